import pytest

GUIDE = """\
# Returns

## How do I **return** an item? {#returns .orders}

Within *30 days*, with the [receipt](https://shop.example).

```
# not a heading
```

### Abroad

At your cost.

Also asked:

- Can I send it back?
- What is the
  return policy?

<!-- checked in May -->

## Refunds

### When do I get my money?

Within 3 working days.
"""


def test_headings_are_questions_and_the_text_below_stays_markdown(faq):
    read = faq({"faq.md": GUIDE})
    assert (read.mistakes, read.warnings) == ([], [])
    assert list(read.entries) == ["returns", "when-do-i-get-my-money"]
    entry = read.entries["returns"]
    assert entry.questions == {"en": ("How do I return an item?", "Can I send it back?", "What is the return policy?")}
    assert entry.answer["en"] == (
        "Within *30 days*, with the [receipt](https://shop.example).\n\n```\n# not a heading\n```\n\n"
        "### Abroad\n\nAt your cost."
    )
    assert (entry.tags, entry.place) == (("orders",), "faq.md:3")
    assert read.entries["when-do-i-get-my-money"].place == "faq.md:25"


def test_the_language_comes_from_the_name_the_folder_or_the_script(faq):
    read = faq(
        {
            "faq.zh.md": "# WiFi {#a}\n密码在小票上。\n",
            "zh/faq.md": "# App {#b}\n有。\n",
            "plain.md": "# 怎么退货？\n三十天。\n\n# Open today?\nYes.\n",
        }
    )
    languages = {name: list(entry.answer) for name, entry in read.entries.items()}
    assert languages == {"a": ["zh"], "b": ["zh"], "怎么退货": ["zh"], "open-today": ["en"]}


def test_one_id_in_two_languages_is_one_entry(faq):
    read = faq({"a.en.md": "# Returns? {#r}\n30 days.\n", "a.zh.md": "# 退货？ {#r}\n三十天。\n也会问：\n- 能退吗\n"})
    assert (read.mistakes, read.warnings) == ([], [])
    assert read.entries["r"].answer == {"en": "30 days.", "zh": "三十天。"}
    assert read.entries["r"].questions == {"en": ("Returns?",), "zh": ("退货？", "能退吗")}


def test_chinese_alternatives_follow_their_own_line(faq):
    read = faq({"a.zh.md": "# 怎么退货？\n三十天。\n\n也会问：\n1. 能退吗\n2. 退货政策\n"})
    assert read.entries["怎么退货"].questions == {"zh": ("怎么退货？", "能退吗", "退货政策")}
    assert read.entries["怎么退货"].answer == {"zh": "三十天。"}


def test_long_headings_get_stable_short_ids(faq):
    heading = "怎么" * 60
    (first,) = faq({"a.md": f"# {heading}甲\n答\n"}).entries
    (second,) = faq({"a.md": f"# {heading}乙\n答\n"}).entries
    assert first == ("怎么" * 30) + "-" + first[-8:]
    assert first != second


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("# Q?\n", "1:3: the answer is empty. Write it, or remove it."),
        ("# Q?\n\n<!-- later -->\n\n# R?\nYes.\n", "1:3: the answer is empty. Write it, or remove it."),
        ("#\nA.\n", "1:1: the id is empty. Write a short name, such as returns."),
        (
            "# Q? {#a:}\nA.\n",
            "1:3: the id 'a:' has blanks or signs, or more than 100 characters."
            " Use letters, digits, hyphens and underscores.",
        ),
        (
            "# Q?\nA.\n\n# Q!\nB.\n",
            "4:3: the id 'q' is here a second time (first at faq.en.md:1). Give one of them another id.",
        ),
        (
            "# Q?\nA.\n\n##  R? {#r}\nB.\n\nAlso asked:\n\nNo list.\n",
            "7:1: no list follows this line. Write each phrasing as `- phrasing`.",
        ),
        (
            "# A?\nA.\n\n# B?\nB.\n\nAlso asked:\n- x\n-  a\n",
            "9:4: 'a' is asked under 'a' too (faq.en.md:1), so the answer is left to chance."
            " Remove one of them, or join the entries.",
        ),
        ("Just text.\n", "1:1: no heading is here. Write each question as a heading: ## Question?"),
        ("", "1:1: the file is empty. Write each question as a heading: ## Question?"),
    ],
)
def test_every_mistake_is_told_with_its_line_and_column(faq, text, mistake):
    mistakes = faq({"faq.en.md": text}).mistakes
    assert f"faq.en.md:{mistake}" in mistakes


def test_text_that_nobody_will_read_is_told_of(faq):
    read = faq({"faq.en.md": "---\nlayout: faq\n---\nHello.\n\n# Title\n\nIntroduction.\n\n## Q?\nA.\n"})
    assert read.warnings == [
        "faq.en.md:1:1: front matter is not read. Name the language in the file's name: NAME.zh.md.",
        "faq.en.md:4:1: this text stands under no question and is not read. Move it under a heading, or ignore this.",
        "faq.en.md:8:1: this text stands under no question and is not read. Move it under a heading, or ignore this.",
    ]
    assert list(read.entries) == ["q"]


def test_gbk_is_refused_with_the_mend(faq):
    (mistake,) = faq({"faq.md": "# 怎么退货\n三十天\n".encode("gbk")}).mistakes
    assert mistake.startswith("faq.md:1:3: this is not UTF-8")
    assert mistake.endswith("it seems to be GBK. Save it as UTF-8.")
