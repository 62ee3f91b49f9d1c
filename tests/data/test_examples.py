"""Files of labelled messages: what they may look like, and how their mistakes are told."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from botcore.errors import ConfigError
from botcore.examples import Example, Span, read_examples, read_rows


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(name: str, content: str | bytes) -> Path:
        path = Path(name)
        path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).lstrip("\n").encode())
        return path.absolute()

    return write


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as wrong:
        read_examples(path)
    return [str(problem) for problem in wrong.value.problems]


def lines(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_json_lines_with_slots_by_value(write):
    path = write("a.jsonl", lines({"text": "去上海，明天", "intent": "book", "slots": {"to": "上海", "day": "明天"}}))
    assert read_examples(path) == [
        Example("去上海，明天", "book", (Span(1, 3, "to"), Span(4, 6, "day")), has_slots=True, place="a.jsonl:1")
    ]


def test_json_lines_with_tokens_and_tags(write):
    row = {"tokens": ["to", "New", "York"], "tags": ["O", "B-city", "I-city"], "intent": "book"}
    (example,) = read_examples(write("a.jsonl", lines(row)))
    assert example.text == "to New York"
    assert example.spans == (Span(3, 11, "city"),)


def test_a_value_is_found_as_a_whole_word_and_each_place_only_once(write):
    row = {"text": "11 or 1 and 1", "intent": "n", "slots": {"count": [1, "1"]}}
    (example,) = read_examples(write("a.jsonl", lines(row)))
    assert [(span.start, span.end) for span in example.spans] == [(6, 7), (12, 13)]


def test_a_line_separator_within_json_is_no_new_line(write):
    (example,) = read_examples(write("a.jsonl", '{"text": "one\u2028two", "intent": "x"}\n'))
    assert example.text == "one\u2028two"


def test_a_row_that_labels_slots_may_be_without_an_intent(write):
    path = write("a.jsonl", lines({"text": "to Rome", "slots": {"city": "Rome"}}))
    assert [(one.intent, len(one.spans)) for one in read_examples(path)] == [("", 1)]


def test_yaml_as_a_list_of_rows(write):
    path = write("a.yaml", "- {text: hello, intent: greet}\n- text: bye\n  intent: leave\n  language: en\n")
    assert [(one.text, one.intent, one.place) for one in read_examples(path)] == [
        ("hello", "greet", "a.yaml:1"),
        ("bye", "leave", "a.yaml:2"),
    ]


def test_yaml_by_intent_and_by_language(write):
    path = write(
        "a.yaml",
        """
        greet:
          - hello
          - no
        book:
          en: [I want to fly]
          zh:
            - 我要订机票
        """,
    )
    assert [(one.text, one.intent) for one in read_examples(path)] == [
        ("hello", "greet"),
        ("no", "greet"),
        ("I want to fly", "book"),
        ("我要订机票", "book"),
    ]


def test_yaml_with_slots_marked_in_the_text(write):
    path = write(
        "a.yaml",
        """
        book:
          - "fly to [Beijing](city) on [Monday](day)"
          - "去[帝都](city:北京)"
          - 'a bracket \\[like this] stays'
        greet: [hello]
        """,
    )
    first, second, third, greeting = read_examples(path)
    assert first.text == "fly to Beijing on Monday"
    assert [(first.text[span.start : span.end], span.label, span.value) for span in first.spans] == [
        ("Beijing", "city", None),
        ("Monday", "day", None),
    ]
    assert (second.text, second.spans) == ("去帝都", (Span(1, 3, "city", "北京"),))
    assert third.text == "a bracket [like this] stays"
    assert all(one.has_slots for one in (first, second, third, greeting)), "no mark means that there is none"


def test_csv_with_quotes_and_a_byte_order_mark_and_windows_lines(write):
    path = write(
        "a.csv", '\ufefftext,intent,language\r\n"hello, you",greet,en\r\n\r\n"two\r\nlines",x,\r\n你好,greet,zh\r\n'
    )
    assert [(one.text, one.intent, one.place) for one in read_examples(path)] == [
        ("hello, you", "greet", "a.csv:2"),
        ("two\r\nlines", "x", "a.csv:4"),
        ("你好", "greet", "a.csv:6"),
    ]


def test_csv_may_be_parted_by_semicolons(write):
    assert len(read_examples(write("a.csv", "text;intent\nhello, you;greet\n"))) == 1


def test_every_mistake_of_a_json_lines_file_is_told_with_line_and_mend(write):
    path = write(
        "a.jsonl",
        lines(
            {"intent": "x"},
            {"text": 5, "intent": "x"},
            {"text": "  ", "intent": "x"},
            {"text": "a"},
            {"text": "a", "intent": ["x"]},
            ["a"],
            {"text": "a", "intnet": "x"},
            {"text": "a b", "tokens": ["a", "b"], "tags": ["O"], "intent": "x"},
            {"text": "a", "tokens": ["a"], "tags": ["X-y"], "intent": "x"},
            {"text": "a", "slots": "b", "intent": "x"},
            {"text": "a", "slots": {"b": None}, "intent": "x"},
        )
        + '{"text": }\n'
        + '{"text": "\\ud800", "intent": "x"}\n',
    )
    assert mistakes(path) == [
        'a.jsonl:1:1: the row has no `text`. Write {"text": ..., "intent": ...}.',
        "a.jsonl:2:1: `text` is a number. Write it in quotes.",
        "a.jsonl:3:1: `text` is empty. Write what a user would say, or remove the row.",
        "a.jsonl:4:1: the row has no `intent`. Name what the user wants.",
        "a.jsonl:5:1: `intent` is a list. Write it in quotes.",
        'a.jsonl:6:1: the row is no object. Write {"text": ..., "intent": ...}.',
        "a.jsonl:7:1: no key is named 'intnet'. Did you mean 'intent'?",
        "a.jsonl:7:1: the row has no `intent`. Name what the user wants.",
        "a.jsonl:8:1: 2 tokens have 1 tags. Give each token one tag.",
        "a.jsonl:9:1: 'X-y' is no BIO tag. Write O, B-label or I-label.",
        'a.jsonl:10:1: `slots` is a text. Write {"label": "words of the text"}.',
        "a.jsonl:11:1: the slot 'b' has no value. Write the words of the text that it stands for.",
        "a.jsonl:12:10: this is not JSON: Expecting value. Write one object a line.",
        "a.jsonl:13:1: `text` holds half a character (a lone surrogate). Remove it.",
    ]


def test_a_slot_that_is_not_in_the_text_is_a_warning_since_data_sets_have_such_rows(write):
    path = write(
        "a.jsonl",
        lines(
            {"text": "to Rome", "intent": "x", "slots": {"city": "Paris"}},
            {"text": "a b", "intent": "x", "tokens": ["a", "b"], "tags": ["O", "I-y"]},
        ),
    )
    assert len(read_examples(path)) == 2
    assert [(one.line, one.severity, one.what) for one in read_rows(path).problems] == [
        (1, "warning", "the slot 'city' has 'Paris', which is not in the text."),
        (2, "warning", "the tag 'I-y' goes on from nothing."),
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("text,label\na,b\n", ["a.csv:1:1: column 2 is named 'label'.", "a.csv:1:1: there is no column 'intent'."]),
        ("text,intent,text\na,b,c\n", ["a.csv:1:1: the column 'text' is there twice."]),
        ("text,intent\nhello, you,greet\n", ["a.csv:2:1: the row has 3 cells; the first line has 2."]),
        ("text,intent\n,greet\nhi,\n", ["a.csv:2:1: `text` is empty.", "a.csv:3:1: the row has no `intent`."]),
        ('text,intent\nhi,greet\n"open,x\n', ["a.csv:3:1: this is not CSV"]),
        ("", ["a.csv:1:1: the file has no examples."]),
    ],
)
def test_mistakes_of_a_csv_file(write, content, told):
    found = mistakes(write("a.csv", content))
    assert len(found) == len(told)
    assert all(one.startswith(start) for one, start in zip(found, told, strict=True))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("greet: hello\n", "a.yaml:1:8: 'greet' has no list of texts."),
        ("greet:\n  en: []\n", "a.yaml:2:7: 'greet.en' has no list of texts."),
        ("greet:\n  - a: b\n", "a.yaml:2:5: this text is a list or a mapping."),
        ("greet:\n  -\n", "a.yaml:2:4: this text is empty."),
        ('book:\n  - "to [Rome](my city)"\n', "a.yaml:2:5: '[Rome](my city)' is no slot."),
        ('book:\n  - "to [Rome](city"\n', "a.yaml:2:5: '[Rome](city' is no slot."),
        ('book:\n  - "to [Rome](1city)"\n', "a.yaml:2:5: '1city' is no name for a slot."),
        ("- hello\n", "a.yaml:1:3: the row is no mapping."),
        ("- {text: hello}\n", "a.yaml:1:3: the row has no `intent`."),
        ("- {text: hello, intent: x, langauge: en}\n", "a.yaml:1:3: no key is named 'langauge'."),
        ("hello\n", "a.yaml:1:1: the file is neither a list nor a mapping."),
        ("a: [b\n", "a.yaml:2:1: this is not YAML"),
        ("greet: &x [hi]\n", "a.yaml:1:8: anchors and aliases"),
    ],
)
def test_mistakes_of_a_yaml_file(write, content, told):
    (found,) = mistakes(write("a.yaml", content))
    assert found.startswith(told)


def test_what_cannot_be_read_at_all_is_told(write, tmp_path):
    assert mistakes(tmp_path / "none.jsonl")[0].startswith("none.jsonl:1:1: the file does not exist.")
    assert "the ending '.txt' is not known" in mistakes(write("a.txt", "hello"))[0]
    assert mistakes(write("b.jsonl", b'{"text": "a", "intent": "x"}\n{"text": "\xff"}\n'))[0].startswith(
        "b.jsonl:2:11: this is not UTF-8 (byte 0xff)."
    )
    (tmp_path / "c.jsonl").mkdir()
    assert "cannot be read" in mistakes(tmp_path / "c.jsonl")[0]
    with (tmp_path / "d.jsonl").open("wb") as big:
        big.truncate(50_000_001)
    assert "50,000,001 bytes" in mistakes(tmp_path / "d.jsonl")[0]
    deep = "[" * 100_000 + "]" * 100_000 + "\n"
    assert "nested too deep" in mistakes(write("e.jsonl", deep))[0]


def test_of_thousands_of_mistakes_five_hundred_are_listed_and_the_rest_counted(write):
    found = mistakes(write("a.jsonl", "{}\n" * 2000))
    assert len(found) == 501
    assert found[-1].endswith("3500 more mistakes are not listed.")


@pytest.mark.parametrize(
    "content",
    [b"\x00" * 100, b"\xff\xfe\x00", b"{" * 5000, b'"' * 5000, b"[" * 5000, b"[](" * 3000, b"- [a](b:" * 900],
)
@pytest.mark.parametrize("ending", ["jsonl", "csv", "yaml"])
def test_bad_files_give_mistakes_and_nothing_else(write, ending, content):
    assert mistakes(write(f"a.{ending}", content))
