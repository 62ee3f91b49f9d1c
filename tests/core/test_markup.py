"""Light Markdown becomes text with spans, and long texts are cut where a reader would cut them."""

from __future__ import annotations

import itertools
import random
import re

import pytest
import regex

from botcore import Formatted, Span, read_markdown
from botcore.markup import reading


def utf16(part: Formatted) -> int:
    return len(part.text.encode("utf-16-le")) // 2


def code_points(part: Formatted) -> int:
    return len(part.text)


def escaped(part: Formatted) -> int:
    """As a platform with markup of its own counts: escapes and marks included."""
    marks = {"bold": 2, "italic": 2, "strike": 2, "code": 2, "pre": 8, "quote": 2, "link": 4}
    text = part.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return len(text) + sum(marks[span.kind] + len(span.url) for span in part.spans)


MEASURES = [code_points, utf16, escaped]


def marked(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text, and what is marked in it."""
    formatted = read_markdown(text)
    return formatted.text, [(span.kind, formatted.text[span.start : span.end]) for span in formatted.spans]


def links(text: str) -> list[tuple[str, str]]:
    formatted = read_markdown(text)
    return [(formatted.text[s.start : s.end], s.url) for s in formatted.spans if s.kind == "link"]


def assert_nothing_is_lost(parts: list[Formatted], text: str) -> None:
    """The parts stand in the text one after the other, with nothing but white space between them."""
    at = 0
    for part in parts:
        found = text.index(part.text, at)
        assert text[at:found].strip() == ""
        at = found + len(part.text)
    assert text[at:].strip() == ""


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text", "marks"),
    [
        ("**Yes**, *really*.", "Yes, really.", [("bold", "Yes"), ("italic", "really")]),
        ("__b__ _i_ ~~s~~ `c`", "b i s c", [("bold", "b"), ("italic", "i"), ("strike", "s"), ("code", "c")]),
        ("***both***", "both", [("italic", "both"), ("bold", "both")]),
        ("**a *b* c**", "a b c", [("bold", "a b c"), ("italic", "b")]),
        ("**注意：**请勿退货", "注意：请勿退货", [("bold", "注意：")]),
        ("他说**“可以”**然后走了", "他说“可以”然后走了", [("bold", "“可以”")]),
        ("原价~~99元。~~现价", "原价99元。现价", [("strike", "99元。")]),
        ("45*30*18 cm, 2*3 and 4*5", "45*30*18 cm, 2*3 and 4*5", []),
        ("snake_case_name", "snake_case_name", []),
        ("a * b * c", "a * b * c", []),
        (r"\*not bold\* C:\temp", r"*not bold* C:\temp", []),
        ("one\ntwo", "one\ntwo", []),
        ("one\n\n\n\ntwo", "one\n\ntwo", []),
        ("# 标题 *斜*\n正文", "标题 斜\n正文", [("bold", "标题 斜"), ("italic", "斜")]),
        ("text\n---\nmore", "text\n———\nmore", []),
        ("> quoted\n> more\n\nown", "quoted\nmore\n\nown", [("quote", "quoted\nmore")]),
        ("> a\n>> b", "a\nb", [("quote", "a\nb")]),
        ("- a\n- b\n  - c\n1. d\n1. e", "• a\n• b\n  • c\n1. d\n2. e", []),
        ("步骤：\n3) 甲\n4) 乙", "步骤：\n3) 甲\n4) 乙", []),
        ("- \n- a", "-\n• a", []),
        ("```py\nx = 1\n\n  y\n```", "x = 1\n\n  y", [("pre", "x = 1\n\n  y")]),
        ("- run:\n  ```\n  ls\n  ```", "• run:\nls", [("pre", "ls")]),
        ("```\nnever closed", "never closed", [("pre", "never closed")]),
        (
            "**bold `code` [x](https://a.example)**",
            "bold code x",
            [("bold", "bold code x"), ("code", "code"), ("link", "x")],
        ),
        ("*", "*", []),
        ("-", "-", []),
        ("&lt; &amp; &#106;", "&lt; &amp; &#106;", []),
        ("", "", []),
        ("  \n ", "", []),
        ("😀 **👨‍👩‍👧** 🇨🇳", "😀 👨‍👩‍👧 🇨🇳", [("bold", "👨‍👩‍👧")]),
        ("مرحبا **بك**", "مرحبا بك", [("bold", "بك")]),
    ],
)
def test_marks_are_read(source, text, marks):
    assert marked(source) == (text, marks)


def test_a_fence_tells_its_language():
    (span,) = read_markdown("```python title=x\npass\n```").spans
    assert (span.kind, span.language) == ("pre", "python")


def test_a_table_is_aligned_by_the_width_of_its_letters():
    formatted = read_markdown("| 尺码 | EU |\n|---|--:|\n| 中 | **38** |\n| XL | [42](https://a.example) |")
    assert formatted.text == "尺码 | EU\n-----+-----------------------\n中   | 38\nXL   | 42 (https://a.example)"
    assert formatted.spans == (Span(0, len(formatted.text), "pre"),)


def test_a_huge_table_does_not_grow():
    source = "|a|b|\n|-|-|\n" + f"|{'x' * 9000}|y|\n" + "|1|2|\n" * 1500
    assert len(read_markdown(source).text) < 2 * len(source)


HOSTILE = [
    "<!channel> <!here> <@U123> @everyone",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<b>bold</b> & <a href='javascript:x'>y</a>",
    "[x](javascript:alert(1))",
    "[x](JaVa\tScript:alert(1))",
    "[x](data:text/html,hi)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    "[x](/relative)",
    "[x](https://user:secret@evil.example)",
    "[x](https://shop.example@evil.example/)",
    "[x](https:///path)",
    "[x](tg://resolve?domain=evil)",
    "[x](slack://open)",
    "[x](file:///etc/passwd)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "{{7*7}} {0.mro} ${jndi:x}",
    "[ref]: https://evil.example",
    "%3Cscript%3E",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_words_stay_the_characters_they_are(source):
    formatted = read_markdown(source)
    assert re.sub(r"\s", "", formatted.text) == re.sub(r"\s", "", source)
    assert not [span for span in formatted.spans if span.kind == "link" and span.url not in source]


def test_character_references_hide_no_scheme():
    assert links("[x](&#106;avascript:alert(1)) [y](&#x6A;avascript:x)") == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("[help](https://shop.example/help?a=1#b)", [("help", "https://shop.example/help?a=1#b")]),
        ("[写信](mailto:help@shop.example)", [("写信", "mailto:help@shop.example")]),
        ("[call](tel:+86-400-123)", [("call", "tel:+86-400-123")]),
        ("<https://a.example/x>", [("https://a.example/x", "https://a.example/x")]),
        ("<help@a.example>", [("help@a.example", "mailto:help@a.example")]),
        ("看https://a.example/a_b_c，谢谢", [("https://a.example/a_b_c", "https://a.example/a_b_c")]),
        ("(see https://a.example/x(1)).", [("https://a.example/x(1)", "https://a.example/x(1)")]),
        ("**https://a.example**", [("https://a.example", "https://a.example")]),
        ("`https://a.example`", []),
        ("[](https://a.example)", [("https://a.example", "https://a.example")]),
        ("[x]()", []),
        ("[帮助](https://例子.公司/路)", [("帮助", "https://xn--fsqu00a.xn--55qx5d/%E8%B7%AF")]),
        ("[a\u202eb\u200b](https://a.example)", [("ab", "https://a.example")]),
        ("![图](https://a.example/a.png)", [("图", "https://a.example/a.png")]),
        ("![](https://a.example/?q=1)", [("https://a.example/?q=1", "https://a.example/?q=1")]),
        ("[![logo](https://i.example/a.png)](https://a.example)", [("logo", "https://a.example")]),
    ],
)
def test_links_are_found(source, found):
    assert links(source) == found


@pytest.mark.parametrize(
    "label",
    [
        "https://bank.example",
        "bank.example",
        "Log in at www.bank.example now",
        "登录bank.example官网",
        "bank。example",
        "bank．example",
        "https：／／bank.example",
        "b\u200bank.example",
        "evil.example.bank.example",
        "银行.公司",
        "https://evil.example@bank.example",
        "**bank**.example",
        "еvil.example",  # a Cyrillic letter
        "bank.example.",
    ],
)
def test_words_that_name_another_address_show_the_target(label):
    assert links(f"[{label}](https://evil.example/x)") == [("https://evil.example/x", "https://evil.example/x")]


@pytest.mark.parametrize(
    "label",
    ["Shop", "shop.example", "https://shop.example/a", "www.shop.example", "访问shop.example", "invoice.pdf", "v1.2.3",
     "第1.查看订单", "e.g. this", "SHOP.example", "Node.js 20"],
)  # fmt: skip
def test_honest_words_stay(label):
    assert links(f"[{label}](https://shop.example/b)") == [(label, "https://shop.example/b")]


def test_other_mail_addresses_and_numbers_are_no_words_for_a_link():
    assert links("[help@bank.example](mailto:x@evil.example)") == [("x@evil.example", "mailto:x@evil.example")]
    assert links("[400-123-4567](tel:+19001111111)") == [("+19001111111", "tel:+19001111111")]
    assert links("[400-123-4567](tel:+864001234567)") == [("400-123-4567", "tel:+864001234567")]


@pytest.mark.parametrize("source", ["https://аpple.com/x", "<https://аррӏе.com/x>", "[x](https://pаypal.com/x)"])
def test_hosts_that_may_deceive_are_shown_in_ascii(source):
    ((label, url),) = links(source)
    assert url.startswith("https://xn--")
    assert label in (url, "x")


def test_names_of_hosts_that_may_deceive_are_no_names_for_a_chat_to_link():
    assert read_markdown("go to pаypal.com/x, not paypal.com").text == "go to xn--pypal-4ve.com/x, not paypal.com"
    assert (
        read_markdown("访问shop.example，или пример.рф。第1.查看 и т.д.").text
        == "访问shop.example，или пример.рф。第1.查看 и т.д."
    )


def test_hosts_in_one_script_are_shown_as_written():
    assert [label for label, _ in links("https://例子.公司/a https://пример.рф https://müller.example")] == [
        "https://例子.公司/a",
        "https://пример.рф",
        "https://müller.example",
    ]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a\x00b\x1b[31mc\x7f\x85", "ab[31mc"),
        ("a\ud83d b", "a� b"),
        ("\ud83d\ude00", "😀"),
        ("a\u202eb\u2066c\u2069", "abc"),
        ("a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"),
        ("a\U000e0041\U000e0042b", "ab"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("he\u200bllo ｈｅｌｌｏ e\u0301", "he\u200bllo ｈｅｌｌｏ e\u0301"),
    ],
)
def test_what_no_chat_can_show_goes(source, text):
    assert read_markdown(source).text == text


def assert_is_sound(formatted: Formatted) -> None:
    formatted.text.encode("utf-8")
    order = [(span.start, -span.end) for span in formatted.spans]
    assert order == sorted(order)
    for span in formatted.spans:
        assert 0 <= span.start < span.end <= len(formatted.text)
        assert bool(span.url) == (span.kind == "link")
    for one, other in itertools.combinations(formatted.spans, 2):
        assert other.start >= one.end or other.end <= one.end


def test_any_text_is_read_and_cut():
    chance = random.Random(7)
    pieces = [
        "*",
        "**",
        "_",
        "~~",
        "`",
        "```\n",
        "[",
        "](",
        ")",
        "<",
        ">",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "# ",
        "|",
        "\\",
        "!",
    ]
    pieces += [
        "a",
        "字",
        "😀",
        "👨‍👩‍👧",
        "🇨🇳",
        "e\u0301",
        " ",
        "    ",
        "https://a.example/",
        "javascript:",
        "\ud800",
        "\x00",
        "。",
        "\t",
        "---\n",
    ]
    pieces += ["[x](https://a.example)", "&lt;", "@", ":", "\u202e", "\r\n", "> ", "|-|-|\n", "mailto:a@b.example"]
    for _ in range(1500):
        formatted = read_markdown("".join(chance.choices(pieces, k=chance.randrange(1, 40))))
        assert_is_sound(formatted)
        limit, measure = chance.randrange(1, 30), chance.choice(MEASURES)
        parts = formatted.split(limit, measure)
        assert_nothing_is_lost(parts, formatted.text)
        for part in parts:
            assert_is_sound(part)


@pytest.mark.parametrize(
    "source",
    ["[" * 20000, "![" * 9000, "*a " * 6000, "_a*" * 6000, "`a``" * 5000, ">" * 20000, "- " * 9000, "<a" * 9000,
     "[a](" * 5000, "~~a" * 6000, "|a" * 9000, "https://a" * 2000, "[a" + ".b" * 9000 + "](https://c.example)",
     "> " * 50 + "deep", "- " * 60 + "deep", "**a：**b" * 2000, "[a](https://b.example \"" * 500],
)  # fmt: skip
def test_no_text_takes_long_or_loses_words(source):
    text = read_markdown(source).text
    assert "deep" in text or "deep" not in source
    assert text


# --- splitting -------------------------------------------------------------------------------------------------------


def split(source: str, limit: int, measure=code_points) -> list[str]:
    return [part.text for part in read_markdown(source).split(limit, measure)]


def test_what_fits_is_one_part():
    formatted = read_markdown("**a** b")
    assert formatted.split(3, code_points) == [formatted]
    assert Formatted("").split(10, code_points) == [Formatted("")]
    assert len(Formatted(" \n" * 5000).split(100, code_points)) == 1


@pytest.mark.parametrize(
    ("source", "limit", "parts"),
    [
        ("First one.\n\nSecond one, which is long.", 30, ["First one.", "Second one, which is long."]),
        ("Line one\nline two\nline three", 20, ["Line one\nline two", "line three"]),
        ("One is here. Two is here. Three is.", 28, ["One is here. Two is here.", "Three is."]),
        ("alpha beta gamma delta", 12, ["alpha beta", "gamma delta"]),
        ("alpha beta gamma delta", 10, ["alpha beta", "gamma", "delta"]),
        ("甲乙丙丁。戊己庚辛，壬癸子丑", 10, ["甲乙丙丁。", "戊己庚辛，壬癸子丑"]),
        ("甲乙丙丁戊己庚辛壬癸，子丑寅卯", 10, ["甲乙丙丁戊己庚辛壬", "癸，子丑寅卯"]),
        ("short aaaaaaaaaaaaaaaaaaaaaaaa", 20, ["short", "aaaaaaaaaaaaaaaaaaaa", "aaaa"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
    ],
)
def test_cuts_are_where_a_reader_would_make_them(source, limit, parts):
    assert split(source, limit) == parts


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    "grapheme", ["😀", "👨‍👩‍👧‍👦", "🇨🇳", "1️⃣", "e\u0301\u0302", "👍🏽", "한", "क्षि",
     "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"]
)  # fmt: skip
def test_no_grapheme_is_cut(grapheme, measure):
    size = measure(Formatted(grapheme))
    for before, limit in itertools.product(("", "x", "xy", "汉字汉"), (size + 3, 3 * size + 1, 60)):
        formatted = Formatted(before + grapheme * 40)
        parts = formatted.split(limit, measure)
        assert "".join(part.text for part in parts) == formatted.text
        assert all(measure(part) <= limit for part in parts)
        assert sum(len(regex.findall(r"\X", part.text)) for part in parts) == len(regex.findall(r"\X", formatted.text))


def test_a_grapheme_beyond_the_limit_is_cut_between_code_points():
    formatted = Formatted("a" + "\u0301" * 1000)
    parts = formatted.split(100, code_points)
    assert "".join(part.text for part in parts) == formatted.text
    assert all(len(part.text) <= 100 for part in parts)


@pytest.mark.parametrize("limit", [4094, 4095, 4096, 4097])
@pytest.mark.parametrize(
    "at_the_edge",
    [
        "😀",
        "👨‍👩‍👧",
        "🇨🇳",
        "**bold words**",
        "`some code`",
        "[a link](https://a.example/x)",
        "\n```\na = 1\nb = 2\n```\n",
        "<b>x</b>",
    ],
)
def test_the_limit_falls_on_something(at_the_edge, limit):
    for shift in range(-12, 3):
        formatted = read_markdown("x" * (4096 + shift) + at_the_edge + "y" * 30)
        parts = formatted.split(limit, utf16)
        assert_nothing_is_lost(parts, formatted.text)
        assert all(utf16(part) <= limit for part in parts)
        whole = [(s.kind, s.url) for s in formatted.spans if s.kind in ("code", "link")]
        assert [(s.kind, s.url) for part in parts for s in part.spans if s.kind in ("code", "link")] == whole


def test_marks_go_on_in_the_next_part():
    parts = read_markdown("**" + "bold words " * 10 + "end** plain").split(42, code_points)
    assert len(parts) == 3
    assert all(part.spans[0].kind == "bold" and part.spans[0].start == 0 for part in parts)
    assert parts[-1].text[parts[-1].spans[0].end :] == " plain"


def test_links_and_code_stay_whole_if_they_fit():
    source = "Some words before [a link of several words](https://a.example) and `code of several words` after"
    for limit in range(26, 60):
        parts = read_markdown(source).split(limit, code_points)
        spans = [part.text[span.start : span.end] for part in parts for span in part.spans]
        assert spans == ["a link of several words", "code of several words"]


def test_a_link_beyond_the_limit_is_a_link_in_each_part():
    parts = read_markdown(f"[{'word ' * 30}end](https://a.example) x").split(40, code_points)
    assert all(part.spans[0].url == "https://a.example" for part in parts)


def test_a_code_block_is_cut_between_its_lines():
    code = "\n".join(f"    line_{n} = {n}" for n in range(40))
    parts = read_markdown(f"Look:\n\n```py\n{code}\n```\n\nDone.").split(100, code_points)
    inside = [part.text[s.start : s.end] for part in parts for s in part.spans]
    assert all(s.kind == "pre" and s.language == "py" for part in parts for s in part.spans)
    assert "\n".join(inside) == code
    assert (parts[0].text[:5], parts[-1].text[-5:]) == ("Look:", "Done.")


def test_the_next_part_keeps_its_indentation():
    assert split("- aaaa\n  - bbbb\n  - cccc", 15) == ["• aaaa\n  • bbbb", "  • cccc"]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("limit", [2999, 3000, 3001, 4096])
def test_long_replies_lose_nothing(limit, measure):
    source = (
        "## 配送说明\n\n您好！**您的订单** A&B <1> 已发货，*预计*明天到达。请看[物流](https://shop.example/t?a=1&b=2)。"
        "Your parcel is on its way. `A&B` is its number!\n\n- one\n- two\n\n> quoted & shown\n\n```\na < b\n```\n\n"
    ) * 60
    formatted = read_markdown(source)
    parts = formatted.split(limit, measure)
    assert_nothing_is_lost(parts, formatted.text)
    assert all(measure(part) <= limit for part in parts)
    assert len(parts) <= 2 * measure(formatted) // limit + 1


@pytest.mark.parametrize(
    "text",
    [
        "字" * 10**6,
        "hello world. " * 80_000,
        "." * 10**6,
        " " * 10**6,
        "a" + "\u0301" * 10**6,
        "👨‍👩‍👧" * 10**5,
        "🇨🇳" * 250_000,
        "a\n" * 500_000,
    ],
    ids=["no space", "words", "dots", "spaces", "one grapheme", "families", "flags", "lines"],
)
def test_a_megabyte_is_cut_without_much_ado(text):
    """A quadratic search would run into the time limit of the tests."""
    parts = read_markdown(text).split(4096, utf16)
    assert all(utf16(part) <= 4096 for part in parts)
    assert len("".join("".join(part.text.split()) for part in parts)) == len("".join(text.split()))


def test_many_spans_are_no_burden():
    words = "".join(f"word{n} " for n in range(60_000))
    spans = tuple(Span(m.start(), m.end(), "bold") for m in re.finditer(r"\S+", words))
    parts = Formatted(words, (Span(0, len(words), "quote"), *spans)).split(4096, escaped)
    assert sum(span.kind == "bold" for part in parts for span in part.spans) == 60_000
    assert all(part.spans[0].kind == "quote" for part in parts)


def test_two_texts_make_one():
    assert read_markdown("a **b**") + Formatted("\n") + read_markdown("*c*") == read_markdown("a **b**\n*c*")


def test_a_slice_has_the_spans_that_reach_into_it():
    formatted = read_markdown("a **bc *de* fg** h")
    part = formatted.slice(3, 9)
    assert part == Formatted("c de f", (Span(0, 6, "bold"), Span(2, 4, "italic")))


@pytest.mark.parametrize(
    "text",
    [
        "quick 12",
        "Within 30 days, with the receipt.",
        "30天内凭小票可退货。",
        "1. a",
        "- a",
        "a  b",
        "x = y",
        " a",
        "---",
        "a - b (c) & d!",
        "see evil.com now",
        "  ",
        "",
    ],
)
def test_a_line_without_marks_is_read_as_the_parser_reads_it(text, monkeypatch):
    quick = read_markdown(text)
    monkeypatch.setattr(reading, "PLAIN", re.compile("(?!)"))
    assert read_markdown(text) == quick
