"""What YAML would let through, refused with its place before anything is built (A1, A2)."""

from __future__ import annotations

import time

import pytest

from botcore.config import load_config, parse_yaml
from botcore.config.yaml_source import MAX_NODES

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + previous] * 9)}]\n"
    for previous, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def problems(content: str | bytes) -> list[str]:
    read = parse_yaml(content if isinstance(content, bytes) else content.encode(), "f.yaml")
    return [str(problem) for problem in read.problems]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("alias bomb", BOMB, "f.yaml:1:4: anchors and aliases (& and *) are not read. Write the value out."),
        ("alias", "a: *b", "f.yaml:1:4: anchors and aliases (& and *) are not read. Write the value out."),
        ("anchored key", "&k a: 1", "f.yaml:1:1: anchors and aliases (& and *) are not read. Write the value out."),
        ("deep lists", "[" * 5000, "f.yaml:1:21: nested deeper than 20. Flatten it."),
        ("deep mappings", "{a: " * 5000, "f.yaml:1:"),
        ("deep blocks", "".join("  " * n + "a:\n" for n in range(60)), "f.yaml:21:41: nested deeper than 20."),
        (
            "too large",
            "a: " + "x" * 1_000_000,
            "f.yaml:1:1: the file has 1,000,003 bytes; 1,000,000 is the most. Split it.",
        ),
    ],
)
def test_a1_a_bomb_is_refused_at_once(name, content, expected):
    started = time.perf_counter()
    found = problems(content)
    assert time.perf_counter() - started < 2, "a bomb takes minutes; this takes milliseconds"
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_a1_more_than_fifty_thousand_values_are_refused():
    (found,) = problems("[" + ",".join(["1"] * MAX_NODES) + "]")
    assert "more than 50,000 values. Split the file." in found


@pytest.mark.parametrize(
    "value",
    [
        "!!python/object/apply:os.system ['touch pwned']",
        "!!python/name:os.system",
        "!!python/module:os",
        "!!binary aGk=",
        "!!int '5'",
        "!include other.yaml",
        "!<tag:yaml.org,2002:set> {a}",
    ],
)
def test_a2_tags_are_refused_and_nothing_runs(tmp_path, monkeypatch, value):
    monkeypatch.chdir(tmp_path)
    (found,) = problems(f"a:\n  b: {value}")
    assert found.startswith("f.yaml:2:6: the tag ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", "true"),
        ("0777", "0777"),
        ("007", "007"),
        ("1:30", "1:30"),
        ("1e3", "1e3"),
        ("0x1F", "0x1F"),
        ("12_000", "12_000"),
        ("2026-01-02", "2026-01-02"),
        (".inf", ".inf"),
        ("'null'", "null"),
        ("=", "="),
        ("<<", "<<"),
        ("null", None),
        ("~", None),
        ("", None),
        ("-", [None]),
    ],
)
def test_a2_plain_words_stay_the_words_that_they_are(written, meant):
    read = parse_yaml(f"a: {written}".encode() if meant != [None] else b"a:\n  -", "f.yaml")
    assert read.problems == []
    assert read.value == {"a": meant}


def test_a2_a_text_setting_may_look_like_anything(shop):
    shop.write("config.yaml", "bot: {name: no}\nchannels: {web: {title: 0777, identity_required: no, port: 08000}}")
    loaded = load_config(shop.config, {})
    assert loaded.problems == []
    assert loaded.config.bot.name == "no"
    assert loaded.config.channels["web"]["title"] == "0777"


def test_a2_byte_order_mark_and_windows_line_ends_are_read(shop):
    shop.write("config.yaml", b"\xef\xbb\xbfbot:\r\n  name: \xe5\xb0\x8f\xe6\x9d\xbe\r\n  nope: 1\r\n")
    (problem,) = load_config(shop.config, {}).problems
    assert str(problem).startswith("config.yaml:3:3: unknown key 'nope'.")
    shop.write("config.yaml", b"\xef\xbb\xbfbot:\r\n  name: \xe5\xb0\x8f\xe6\x9d\xbe\r\n")
    assert load_config(shop.config, {}).config.bot.name == "小松"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"bot:\n\tname: a", "f.yaml:2:1: a tab stands where blanks belong. Indent with blanks."),
        ("名: 港松\nb: 中文\n".encode("gbk"), "f.yaml:1:1: this is not UTF-8 (byte 0xc3). Save the file as UTF-8."),
        ("a: 港松".encode() + b"\xff", "f.yaml:1:6: this is not UTF-8 (byte 0xff). Save the file as UTF-8."),
        ("a: 1\nb: 2".encode("utf-16"), "f.yaml:1:1: this is not UTF-8 (byte 0xff). Save the file as UTF-8."),
        (b"a: 1\nb: \x00\n", "f.yaml:2:4: this is not YAML: special characters are not allowed."),
        (b"a: \x1b[31m", "f.yaml:1:4: this is not YAML: special characters are not allowed."),
        (b"a: [1, 2", "f.yaml:1:"),
        (b"a: 'open", "f.yaml:1:"),
        (b"a: b: c", "f.yaml:1:5: this is not YAML:"),
        (b"? [a, b]\n: c", "f.yaml:1:3: a key is not a plain word. Write `key: value`."),
        (b"a: 1\na: 2", "f.yaml:2:1: the key 'a' is here a second time (first in line 1). Keep one of them."),
        (b"%YAML 9.9\n---\na: 1", "f.yaml:1:1: this is not YAML:"),
        (b"@at: 1", "f.yaml:1:1: this is not YAML:"),
    ],
)
def test_a2_a_broken_file_is_one_mistake_with_its_place(content, expected):
    found = problems(content)
    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# only a comment\n", b"---\n", b"null", b"\xef\xbb\xbf"])
def test_a2_an_empty_config_is_a_mistake_since_it_may_be_half_written(shop, content):
    assert shop.errors(content) == [
        "config.yaml:1:1: the file is empty. Write at least `bot: {name: ...}`, or restore the file."
    ]


def test_comments_and_quoting_are_read_as_usual():
    read = parse_yaml(b'# head\na: "x # y" # tail\nb: |\n  two\n  lines\nc: >\n  one\n  line\n', "f.yaml")
    assert read.value == {"a": "x # y", "b": "two\nlines\n", "c": "one line\n"}
