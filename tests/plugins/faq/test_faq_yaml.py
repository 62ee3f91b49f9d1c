import pytest
from pydantic import ValidationError

from botcore_faq import FaqSettings, plugin

RETURNS = """\
- id: returns
  questions: {en: [How do I return an item?, Can I send it back?], zh: [怎么退货？, 可以退吗？]}
  answer: {en: "Within 30 days, with the receipt.", zh: 30天内凭小票可退货。}
  tags: [orders]
"""


def test_an_entry_has_its_phrasings_answers_tags_and_place(faq):
    read = faq({"faq.yaml": RETURNS})
    assert (read.mistakes, read.warnings) == ([], [])
    entry = read.entries["returns"]
    assert entry.questions == {
        "en": ("How do I return an item?", "Can I send it back?"),
        "zh": ("怎么退货？", "可以退吗？"),
    }
    assert entry.answer == {"en": "Within 30 days, with the receipt.", "zh": "30天内凭小票可退货。"}
    assert (entry.tags, entry.source, entry.place) == (("orders",), "faq", "faq.yaml:1")


def test_one_question_may_stand_without_a_list(faq):
    read = faq({"faq.yaml": "- {id: a, questions: {en: Open?}, answer: {en: Yes.}}"})
    assert read.entries["a"].questions == {"en": ("Open?",)}


def test_a_good_entry_is_kept_beside_a_bad_one(faq):
    read = faq({"faq.yaml": RETURNS + "- {id: bad, questions: {en: [Where?]}}\n"})
    assert list(read.entries) == ["returns"]
    assert read.mistakes == ["faq.yaml:5:3: 'answer' is missing. Add `answer:`."]


@pytest.mark.parametrize(
    ("entry", "mistake"),
    [
        (
            "{id: a, qestions: {en: x}, questions: {en: x}, answer: {en: y}}",
            "1:11: unknown key 'qestions'. Did you mean 'questions'?",
        ),
        ("{id: '', questions: {en: x}, answer: {en: y}}", "1:8: the id is empty. Write a short name, such as returns."),
        (
            "{id: a b, questions: {en: x}, answer: {en: y}}",
            "1:8: the id 'a b' has blanks or signs, or more than 100 characters."
            " Use letters, digits, hyphens and underscores.",
        ),
        ("{id: a, questions: {en: ''}, answer: {en: y}}", "1:27: the question is empty. Write it, or remove it."),
        ("{id: a, questions: {en: []}, answer: {en: y}}", "1:27: the question is empty. Write it, or remove it."),
        ("{id: a, questions: {en: [x, ' ']}, answer: {en: y}}", "1:31: the question is empty. Write it, or remove it."),
        ("{id: a, questions: {}, answer: {en: y}}", "1:8: 'a' has no question. Add one."),
        ("{id: a, questions: {en: x}, answer: {}}", "1:8: 'a' has questions but no answer in any language. Add one."),
        ("{id: a, questions: {en: x}, answer: {en: ''}}", "1:44: the answer is empty. Write it, or remove it."),
        ("{id: a, questions: {en: x}, answer: {en: }}", "1:43: 0.answer.en: nothing was found. Write a text."),
        ("{id: a, questions: {en: x}, answer: y}", "1:39: 0.answer: 'y' was found. Write a mapping of `key: value`."),
        (
            "{id: a, questions: {English: x}, answer: {en: y}}",
            "1:32: 'English' is no language code. Write one such as en.",
        ),
        ("{id: a, questions: {en: x}, answer: {中文: y}}", "1:44: '中文' is no language code. Write one such as zh."),
        ("hello", "1:3: 0: 'hello' was found. Write a mapping of `key: value`."),
        ("", "1:2: this entry is empty. Write `id:`, `questions:` and `answer:`."),
    ],
)
def test_every_mistake_is_told_with_its_line_and_column(faq, entry, mistake):
    read = faq({"faq.yaml": f"- {entry}\n"})
    assert read.mistakes == [f"faq.yaml:{mistake}"]
    assert read.entries == {}


def test_an_answer_that_is_too_long_is_a_mistake(faq):
    read = faq({"faq.yaml": "- {id: a, questions: {en: x}, answer: {en: " + "long " * 801 + "}}"})
    assert read.mistakes == [
        "faq.yaml:1:44: the answer has 4,004 characters; 4,000 is the most. Shorten it, or split the entry."
    ]


def test_a_duplicate_id_names_both_places(faq):
    read = faq({"a.yaml": RETURNS, "b.yaml": "\n- {id: returns, questions: {en: Other?}, answer: {en: y}}"})
    assert read.mistakes == [
        "b.yaml:2:8: the id 'returns' is here a second time (first at a.yaml:1). Give one of them another id."
    ]
    assert list(read.entries) == ["returns"]


def test_the_same_phrasing_under_two_ids_names_both_places(faq):
    read = faq({"a.yaml": RETURNS, "b.yaml": "- id: back\n  questions: {en: can i SEND it back}\n  answer: {en: y}\n"})
    assert read.mistakes == [
        "b.yaml:2:19: 'can i SEND it back' is asked under 'returns' too (a.yaml:2), so the answer is left to chance."
        " Remove one of them, or join the entries."
    ]


def test_the_same_phrasing_twice_in_an_entry_is_a_warning(faq):
    read = faq({"a.yaml": "- {id: a, questions: {en: [Open?, open]}, answer: {en: y}}"})
    assert read.warnings == ["a.yaml:1:35: this phrasing is here a second time (first at a.yaml:1). Remove one."]
    assert read.entries["a"].questions == {"en": ("Open?",)}


def test_a_question_without_an_answer_in_its_language_is_a_warning(faq):
    read = faq({"a.yaml": "- {id: a, questions: {en: Open?, zh: 开门吗}, answer: {en: y}}"})
    assert read.warnings == ["a.yaml:1:38: 'a' is asked in 'zh' but answered in en only. Add an answer in 'zh'."]
    assert read.mistakes == []


def test_a_language_that_the_bot_does_not_speak_is_a_warning(faq):
    read = faq({"a.yaml": "- {id: a, questions: {en: x, fr: y}, answer: {en: x, fr: y}}"})
    assert read.warnings == [
        "a.yaml:1:34: the bot does not answer in 'fr' (bot.languages: en, zh). Add it there, or remove this."
    ]


def test_invisible_characters_are_removed_with_a_warning(faq):
    answer = "Free\u200b ret\u202eurns\u0007 \U000e0041 within 30 days \U0001f468\u200d\U0001f469\u200d\U0001f467"
    read = faq(
        {
            "a.yaml": f'- id: a\n  questions: {{en: "Re\u200bturns?"}}\n  answer: {{en: "{answer}"}}\n'.replace(
                "\a", "\\a"
            )
        }
    )
    assert read.entries["a"].questions == {"en": ("Returns?",)}
    assert read.entries["a"].answer["en"] == "Free returns  within 30 days \U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert read.warnings == [
        "a.yaml:2:19: invisible characters were removed: U+200B ZERO WIDTH SPACE. Delete them in the file.",
        "a.yaml:3:16: invisible characters were removed: U+0007 control, U+200B ZERO WIDTH SPACE,"
        " U+202E RIGHT-TO-LEFT OVERRIDE, U+E0041 TAG LATIN CAPITAL LETTER A. Delete them in the file.",
    ]


def test_yaml_traps_are_refused(faq):
    assert faq({"a.yaml": "- &x {id: a}\n- *x\n"}).mistakes == [
        "a.yaml:1:3: anchors and aliases (& and *) are not read. Write the value out."
    ]
    assert faq({"b.yaml": "id: a\n"}).mistakes == [
        "b.yaml:1:1: this is no list of entries. Begin each entry with `- id: NAME`."
    ]
    assert faq({"c.yaml": ""}).mistakes == ["c.yaml:1:1: the file is empty. Begin each entry with `- id: NAME`."]
    assert faq({"d.yaml": "- id: 怎么\n".encode("gbk")}).mistakes[0].startswith("d.yaml:1:7: this is not UTF-8")
    assert faq({"e.yaml": "- {id: 0777, questions: {no: [yes]}, answer: {no: 1:30}}"}, languages=()).entries[
        "0777"
    ].answer == {"no": "1:30"}


def test_files_come_in_their_order_and_each_once(faq, tmp_path):
    files = {f"faq/{name}.yaml": f"- {{id: {name}, questions: {{en: {name}}}, answer: {{en: y}}}}" for name in "cba"}
    assert list(faq(files, "faq/b.yaml", "faq/*.yaml").entries) == ["b", "a", "c"]


def test_a_pattern_that_matches_nothing_is_a_mistake(faq):
    read = faq(
        {"content/faq/a.yaml": RETURNS}, "content/faq/*.yml", "content/fqa/*.yaml", "content/faq/b.yaml", "no/a.csv"
    )
    assert read.mistakes == [
        "content/faq/*.yml:1:1: no file matches this pattern. The folder has files that end in .yaml.",
        "content/fqa/*.yaml:1:1: no file matches this pattern. There is no folder content/fqa. Did you mean 'faq'?",
        "content/faq/b.yaml:1:1: the file does not exist. Check its path and permissions.",
        "no/a.csv:1:1: the file does not exist. Check its path and permissions.",
    ]


def test_other_files_are_told_of(faq):
    assert faq({"faq.xlsx": "PK"}).mistakes == [
        "faq.xlsx:1:1: a file that ends in '.xlsx' is not read. Save it as 'CSV UTF-8'."
    ]
    assert faq({"all/faq.txt": "x", "all/.hidden.yaml": ":"}, "all/*").warnings == [
        "all/faq.txt:1:1: a file that ends in '.txt' is not read. Known: .yaml, .yml, .csv, .md, .markdown."
    ]


def test_the_settings_take_files_and_nothing_else():
    for wrong in ({}, {"files": []}, {"file": ["a"]}, {"files": ["a"], "base_dir": "/"}):
        with pytest.raises(ValidationError):
            FaqSettings.model_validate(wrong)


def test_the_files_are_watched(faq, tmp_path):
    faq({"faq/a.yaml": RETURNS})
    settings = FaqSettings(files=["faq/*.yaml", "later.csv"]).model_copy(update={"base_dir": tmp_path})
    assert plugin.botcore_watch(settings=settings) == [tmp_path / "faq/a.yaml", tmp_path / "later.csv"]
