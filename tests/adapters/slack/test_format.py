"""Replies become blocks within the limits, with nothing live in them that we did not make. U1 to U7, L05, C8."""

from __future__ import annotations

import re

import pytest
import regex

from botcore import Button, Card, Carousel, Fact, File, Image, Reply, read_markdown
from botcore.testing.fake_slack import check_blocks, check_message, live_markup, mrkdwn_in
from botcore_slack.format import MESSAGE_MAX, SECTION_MAX, Post, Upload, blocks_of, cut, parts_of
from botcore_slack.mrkdwn import EDGE, escaped, plain, render

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


def posts(reply, mentions=()):
    """The posts of a reply, each checked as the platform checks them."""
    parts = parts_of(reply, lambda index: f"1.{index}.mac", mentions)
    for part in parts:
        assert isinstance(part, Post)
        check_message({"text": part.text, **({"blocks": list(part.blocks)} if part.blocks else {})})
        check_blocks(list(blocks_of(part)))
        assert part.text.strip()
    return parts


def words(parts):
    """What is shown, without markup."""
    texts = []
    for part in parts:
        texts += [block["text"]["text"] for block in blocks_of(part) if "text" in block]
    return "\n".join(texts).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace(EDGE, "")


@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("**bold** *it* ~~no~~ `x`", "*bold* _it_ ~no~ `x`"),
        ("***both***", "_*both*_"),
        ("**这是**重点", f"*这是*{EDGE}重点"),
        ("重点。**这是**", f"重点。{EDGE}*这是*"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("&lt;", "&amp;lt;"),
        ("[shop](https://shop.example/?a=1&b=2)", "<https://shop.example/?a=1&amp;b=2|shop>"),
        ("[a|b>c](https://shop.example)", "<https://shop.example|a|b&gt;c>"),
        ("https://shop.example", "https://shop.example"),
        ("# Head\n- one\n- two", "*Head*\n• one\n• two"),
        ("> one\n> two\n\nthree", "> one\n> two\n\nthree"),
        ("```\na *b* <c> ``` d\n```", None),
        ("`` a`b ``", "a`b"),
        ("2 * 3 * 4 snake_case", "2 * 3 * 4 snake_case"),
    ],
)
def test_markdown_becomes_slacks_markup(markdown, mrkdwn):
    made = render(read_markdown(markdown))
    if mrkdwn is None:
        assert made.startswith("```\n")
        assert made.count("```") == 2
        assert "*b*" in made
        assert "&lt;c&gt;" in made
    else:
        assert made.strip() == mrkdwn


def test_escaping_is_exact_and_in_order():
    assert escaped("&<>&amp;\"'") == "&amp;&lt;&gt;&amp;amp;\"'"


HOSTILE = [
    "<!channel> <!here> <!everyone> <@U1> <#C1> <!subteam^S1>",
    "<http://evil.example|https://bank.example>",
    "**<!channel>** `<!here>` > <@U1>",
    "```\n<!channel>\n```",
    "[<!channel>](https://a.example)",
    "[https://bank.example](http://evil.example)",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1)) [y](data:text/html,x) [z](vbscript:x)",
    "![a](https://sink.example/?q=canary)",
    "[x](https://a.example|<!channel>)",
    "&lt;!channel&gt; &#60;!channel&#62;",
    "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07",
    "{{7*7}} ${jndi:ldap://x} =HYPERLINK(1)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_is_live(text):
    """L05, C8: only links to http(s) are, and they show where they go."""
    card = Card(text, text, None, (Fact(text, text),), (Button(text or "x", "v"),))
    for part in posts(Reply(text, content=(card,), buttons=(Button(text, "v"),))):
        shown = {"text": part.text, "blocks": list(part.blocks)}
        for found in live_markup(mrkdwn_in(shown)):
            match = re.fullmatch(r"<(https?://[^|<>]+)\|([^<>]*)>", found)
            assert match is not None, found
            assert "bank" not in match[2]
            assert not any(ord(char) < 32 for char in found)


def test_only_the_mention_of_agents_is_made_by_us():
    part = posts(Reply("hello <@U9>"), mentions=["U0ANN", "S0TEAM"])[0]
    assert live_markup(mrkdwn_in({"text": part.text})) == ["<@U0ANN>", "<!subteam^S0TEAM>"]


ODD = {
    "zero width": "a\u200bb\u2060c\ufeffd",
    "tags": "a\U000e0041\U000e007fb",
    "bidi": "a\u202eb\u2066c",
    "NUL and controls": "a\x00b\x07c\x9dd",
    "separators": "a\u2028b\u2029c",
    "a lone surrogate": "a\ud83db",
    "combining": "e" + "\u0301" * 1000,
    "full width": "ｈｅｌｌｏ",
    "a family": FAMILY * 300,
    "Arabic": "مرحبا بالعالم",
    "a megabyte without a space": "x" * 1_000_000,
    "only spaces": " " * 100,
    "only emoji": "\U0001f600" * 3000,
    "Chinese": "订单。" * 5000,
}


@pytest.mark.parametrize("name", ODD)
def test_odd_text_is_sent_within_the_limits(name):
    """U1, U2: never an exception, and always encodable."""
    text = ODD[name]
    for part in posts(Reply(text, buttons=(Button(text[:5000], "v"),), content=(Card(text[:5000]),))):
        str(part.blocks).encode()
        part.text.encode()


@pytest.mark.parametrize("unit", ["word ", "订单查询。", FAMILY, "\U0001f1e8\U0001f1f3", "a & b < c ", "**b** "])
@pytest.mark.parametrize("count", [2999, 3000, 3001, 30_000])
def test_parts_joined_are_the_text_and_no_character_is_cut(unit, count):
    """U3."""
    text = (unit * count)[:count].rstrip()
    parts = posts(Reply(text))
    expected = re.sub(r"\s+", "", read_markdown(text).text)
    assert re.sub(r"[\s*]+", "", words(parts)) == re.sub(r"[\s*]+", "", expected.replace(EDGE, ""))
    whole = set(regex.findall(r"\X", expected))
    for part in parts:
        for block in blocks_of(part):
            shown = block["text"]["text"]
            assert len(shown) <= SECTION_MAX
            if unit in (FAMILY, "\U0001f1e8\U0001f1f3"):
                assert set(regex.findall(r"\X", shown)) <= whole


def test_sixty_kilobytes_are_several_messages():
    parts = posts(Reply("An answer. " * 5500))
    assert len(parts) == 6
    assert all(sum(len(block["text"]["text"]) for block in part.blocks) <= MESSAGE_MAX for part in parts)


def test_a_short_text_needs_no_blocks_and_nothing_is_no_message():
    assert posts(Reply("Hello")) == [Post("Hello")]
    assert posts(Reply("")) == []


def test_many_buttons_are_several_rows_with_short_labels():
    buttons = tuple(Button(f"{number} " + "long " * 40, f"v{number}") for number in range(60))
    part = posts(Reply("Pick", buttons=buttons))[0]
    rows = [block["elements"] for block in part.blocks if block["type"] == "actions"]
    assert [len(row) for row in rows] == [25, 25, 10]
    assert [element["action_id"] for row in rows for element in row] == [f"1.{index}.mac" for index in range(60)]
    assert "value" not in rows[0][0]


def test_buttons_are_numbered_as_choices_are():
    card = Card("A", buttons=(Button("x", "x"), Button("site", url="https://a.example"), Button("y", "y")))
    reply = Reply("t", content=(Carousel((card, card)), card), buttons=(Button("z", "z"),))
    elements = [
        element
        for part in posts(reply)
        for block in part.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    numbered = [element for element in elements if "url" not in element]
    assert [element["action_id"] for element in numbered] == [f"1.{index}.mac" for index in range(7)]
    assert [element["text"]["text"] for element in numbered] == [choice.label for choice in reply.choices]


def test_a_carousel_of_many_cards_is_cut_at_fifty_blocks():
    card = Card("Kettle", "x" * 500, None, tuple(Fact(str(i), "v") for i in range(12)), (Button("Buy", "b"),))
    parts = posts(Reply("", content=(Carousel((card,) * 30),)))
    assert len(parts) > 1
    assert sum(len(part.blocks) for part in parts) == 30 * 4


def test_pictures_and_files_from_a_disk_are_uploads_in_their_place():
    reply = Reply(
        "a", content=(Image("pics/k.png", "kettle"), File("https://a.example/t.pdf"), File("t.pdf", "Terms.pdf"))
    )
    parts = parts_of(reply, str)
    assert parts[0] == Post("a")
    assert parts[1] == Upload("pics/k.png", "k.png", "kettle")
    assert isinstance(parts[2], Post)
    assert "<https://a.example/t.pdf|t.pdf>" in parts[2].text
    assert parts[3] == Upload("t.pdf", "Terms.pdf")


def test_a_picture_over_plain_http_is_a_link():
    part = posts(Reply("", content=(Image("http://a.example/k.png", "kettle"),)))[0]
    assert part.text == "<http://a.example/k.png|kettle>"


def test_labels_are_cut_between_characters():
    assert cut(FAMILY * 20, 75).endswith("…")
    assert set(regex.findall(r"\X", cut(FAMILY * 20, 75))) == {FAMILY, "…"}
    assert cut(" a\n b\x00 ", 75) == "a b"
    assert cut("", 75) == "…"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@U0BOT> hi", "hi"),
        ("hi <@U0BOT>, you", "hi , you"),
        ("ask <@U2> and <@U3|bob>", "ask @Ann and @bob"),
        ("see <#C1|general> <#C2>", "see #general #C2"),
        ("<!channel> <!here> <!subteam^S1|@team> <!date^1^x|today>", "@channel @here @team today"),
        ("<https://a.example/?x=1&amp;y=2>", "https://a.example/?x=1&y=2"),
        ("<https://a.example|a.example>", "a.example"),
        ("<https://a.example|the shop>", "the shop (https://a.example)"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("1 &lt; 2 &amp;amp; 3 &gt; 2", "1 < 2 &amp; 3 > 2"),
        ("  keeps   its   spaces ", "keeps   its   spaces"),
        ("<", "<"),
        ("<>", ""),
    ],
)
def test_what_people_write_becomes_plain_words(written, read):
    assert plain(written, {"U2": "Ann"}, "U0BOT") == read
