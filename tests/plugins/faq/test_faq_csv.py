import pytest

HEADER = "id,language,question,answer,tags\n"


def test_rows_with_one_id_add_phrasings_and_languages(faq):
    read = faq(
        {
            "faq.csv": HEADER
            + "returns,en,How do I return it?,Within 30 days.,orders money\n"
            + "hours,en,When are you open?,9 to 18.,\n"
            + "returns,en,Can I send it back?,,\n"
            + "returns,en,Refund?,Within 30 days.,\n"
            + "returns,zh,怎么退货？,30天内。,\n"
        }
    )
    assert (read.mistakes, read.warnings) == ([], [])
    entry = read.entries["returns"]
    assert entry.questions == {"en": ("How do I return it?", "Can I send it back?", "Refund?"), "zh": ("怎么退货？",)}
    assert entry.answer == {"en": "Within 30 days.", "zh": "30天内。"}
    assert (entry.tags, entry.place) == (("orders", "money"), "faq.csv:2")


def test_what_excel_writes_is_read(faq):
    rows = (
        "\ufeffid;Language;question;answer",
        'a;en;"Open; when?";"From 9,',
        'to 18. Say ""hi""."',
        "b;zh;几点开门？;九点。",
    )
    read = faq({"faq.csv": "\r\n".join(rows).encode()})
    assert (read.mistakes, read.warnings) == ([], [])
    assert read.entries["a"].questions == {"en": ("Open; when?",)}
    assert read.entries["a"].answer == {"en": 'From 9,\nto 18. Say "hi".'}
    assert read.entries["b"].place == "faq.csv:4"


def test_a_formula_is_plain_text(faq):
    formula = '=HYPERLINK(""http://x.example"")'
    read = faq({"faq.csv": HEADER + f'a,en,"{formula}",=1+1,\n'})
    assert read.entries["a"].questions == {"en": ('=HYPERLINK("http://x.example")',)}
    assert read.entries["a"].answer == {"en": "=1+1"}


def test_inches_in_a_cell_are_no_quotation(faq):
    read = faq({"faq.csv": HEADER + 'a,en,Is 5" enough?,Yes.,\nb,xx1,q,a,\n'})
    assert read.entries["a"].questions == {"en": ('Is 5" enough?',)}
    assert read.mistakes == ["faq.csv:3:7: 'xx1' is no language code. Write one such as en."]


@pytest.mark.parametrize(
    ("rows", "mistake"),
    [
        ("id,lang,question,answer\n", "1:4: unknown column 'lang'. Did you mean 'language'?"),
        (
            "id,language,question\n",
            "1:1: the column 'answer' is missing. The first line is id,language,question,answer,tags",
        ),
        ("id,id,language,question,answer\n", "1:4: the column 'id' is here a second time. Remove one."),
        (HEADER + ",en,q,a,\n", "2:1: the id is empty. Fill it in."),
        (HEADER + "a,,q,a,\n", "2:3: the language is empty. Fill it in."),
        (HEADER + "a,en,,,\n", "2:6: question and answer are empty. Fill them in."),
        (HEADER + "a,en,,A,\n", "2:1: 'a' has no question. Add one."),
        (HEADER + "a,en,Q,,\n", "2:1: 'a' has questions but no answer in any language. Add one."),
        (HEADER + "a,en,Q\n", "2:1: this row has 3 cells instead of 5. Put quotes around cells that hold commas."),
        (
            HEADER + "a,en,Q,A,t,x\n",
            "2:1: this row has 6 cells instead of 5. Put quotes around cells that hold commas.",
        ),
        (
            HEADER + 'a,en,Q,"one\n\ntwo",\na,en,R,other,\n',
            "5:8: 'a' has another answer in 'en' at faq.csv:2. Keep one of them.",
        ),
        (
            HEADER + "a,en,Q,A,\nb,en,q?,B,\n",
            "3:6: 'q?' is asked under 'a' too (faq.csv:2), so the answer is left to chance."
            " Remove one of them, or join the entries.",
        ),
        (
            HEADER + 'a,en,Q,A,\nb,en,"R,B,\nc,en,S,C,\n',
            "3:1: this row cannot be read: unexpected end of data."
            ' Put quotes around cells with commas or line ends, and write " inside them as "".',
        ),
        ("", "1:1: the file is empty. Begin with the line id,language,question,answer"),
    ],
)
def test_every_mistake_is_told_with_its_line_and_column(faq, rows, mistake):
    assert f"faq.csv:{mistake}" in faq({"faq.csv": rows.encode()}).mistakes


@pytest.mark.parametrize(("encoding", "seems"), [("gbk", "GBK"), ("utf-16", "UTF-16")])
def test_other_encodings_are_refused_with_the_mend(faq, encoding, seems):
    read = faq({"faq.csv": (HEADER + "a,zh,怎么退货,三十天\n").encode(encoding)})
    assert len(read.mistakes) == 1
    assert read.mistakes[0].startswith("faq.csv:2:6: " if encoding == "gbk" else "faq.csv:1:1: ")
    assert read.mistakes[0].endswith(f"it seems to be {seems}. Save it as 'CSV UTF-8'.")


def test_parts_in_two_files_are_joined_unless_they_speak_the_same_language(faq):
    english, chinese = HEADER + "a,en,Q,A,\n", HEADER + "a,zh,问,答,\n"
    assert faq({"en.csv": english, "zh.csv": chinese}).entries["a"].answer == {"en": "A", "zh": "答"}
    assert faq({"1.csv": english, "2.csv": english}).mistakes == [
        "2.csv:2:1: the id 'a' is here a second time (first at 1.csv:2). Give one of them another id."
    ]
