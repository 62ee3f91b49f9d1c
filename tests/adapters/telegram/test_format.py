"""A reply in, the calls that show it out; checked by the fake's own strict rules."""

from __future__ import annotations

import random

import pytest
import regex

from botcore import Button, Card, Carousel, Fact, File, Formatted, Image, Reply, Span, read_markdown
from botcore.testing.fake_telegram.entities import checked
from botcore_telegram.entities import MAX_CAPTION, MAX_TEXT, entities_of, spelled_out, split
from botcore_telegram.format import keyboard_rows, parts_of, plain, without_links
from botcore_telegram.reading import utf16_length, utf16_slice

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇨🇳"


ODD = [
    *["```py\n", "\n", "\n\n", "1. ", " ", "\\", "| a | b |\n|---|---|\n| 1 | 2 |\n"],
    *["[x](https://a.example)", "[x](javascript:alert(1))", "[bank.com](https://evil.example)", "https://аррӏе.com"],
    *["![i](https://sink.example/?q=1)", "\u202e", "\u200b", "\x00", "\ud800", "\x1b]8;;"],
    *[FAMILY, FLAG, "👋", "中文", "ﷺ", "a\u0301"],
]


def mark(index):
    return f"mark-{index}"


def shown(reply):
    return parts_of(reply, mark)


def all_texts(reply):
    return [part.values.get("text") or part.values.get("caption", "") for part in shown(reply)]


def test_text_is_text_with_entities():
    (part,) = shown(Reply("**Within 30 days** 👋 with the [receipt](https://a.example/r) and `code`."))
    text = part.values["text"]
    assert part.method == "sendMessage"
    assert part.values["link_preview_options"] == {"is_disabled": True}
    marked = {e["type"]: utf16_slice(text, e["offset"], e["length"]) for e in part.values["entities"]}
    assert marked == {"bold": "Within 30 days", "text_link": "receipt", "code": "code"}
    assert text == "Within 30 days 👋 with the receipt and code."


def test_plain_text_has_no_entities():
    (part,) = shown(Reply("您好 1 * 2 = 2, snake_case and a < b & c"))
    assert part.values["text"] == "您好 1 * 2 = 2, snake_case and a < b & c"
    assert "entities" not in part.values


def test_nothing_to_say_is_no_call():
    assert shown(Reply("")) == []
    assert shown(Reply(" \n ")) == []


@pytest.mark.parametrize(
    "text",
    [
        "word " * 3000,
        "中文句子。" * 2000,
        FAMILY * 900,
        FLAG * 1500,
        "👋" * 5000,
        "x" * 10_000,
        "```python\n" + "print('hello')\n" * 600 + "```\n\nafter",
        "**" + "bold words " * 900 + "**",
        ("A [link](https://a.example/x) here. " * 500),
        "a\u0301" * 5000,
        "line\n\n" * 2000,
    ],
)
def test_long_texts_are_cut_where_nothing_breaks(text):
    formatted = read_markdown(text)
    parts = shown(Reply(text))
    texts = [part.values["text"] for part in parts]
    assert len(texts) > 1
    assert "".join("".join(texts).split()) == "".join(formatted.text.split())
    for part in parts:
        assert utf16_length(part.values["text"]) <= MAX_TEXT
        checked(part.values["text"], part.values.get("entities", []))
    clusters = iter(regex.findall(r"\X", "".join(formatted.text.split())))
    for one in texts:
        for cluster in regex.findall(r"\X", "".join(one.split())):
            assert cluster == next(clusters)


def test_hostile_text_never_breaks_a_message():
    """U1 to U7: whatever a model or an admin writes becomes calls that Telegram takes."""
    rng = random.Random(5)
    pieces = [
        *[
            "**",
            "*",
            "_",
            "__",
            "~~",
            "`",
            "```",
            ">",
            "-",
            "#",
            "[",
            "](",
            ")",
            "<b>",
            "<!channel>",
            "@everyone",
            "{{7*7}}",
            "&lt;",
            "word",
        ],
        *ODD,
    ]
    for _ in range(300):
        text = "".join(rng.choice(pieces) for _ in range(rng.randint(1, 40)))
        for part in shown(Reply(text)):
            value = part.values["text"]
            assert 1 <= utf16_length(value) <= MAX_TEXT
            value.encode("utf-8")
            assert not regex.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e]", value)
            for entity in checked(value, part.values.get("entities", [])):
                assert entity.get("url", "https://").startswith(("https://", "http://"))


def test_code_stands_alone():
    text = "ab code cd"
    formatted = Formatted(text, (Span(0, 10, "bold"), Span(3, 7, "code"), Span(3, 7, "italic")))
    entities = entities_of(formatted)
    assert [(e["type"], e["offset"], e["length"]) for e in entities] == [("bold", 0, 3), ("code", 3, 4), ("bold", 7, 3)]
    checked(text, entities)


def test_links_that_telegram_cannot_open_are_spelled_out():
    formatted = spelled_out(read_markdown("Write [us](mailto:shop@a.example) or **call** [+86 10](tel:+8610)."))
    assert formatted.text == "Write us (shop@a.example) or call +86 10 (+8610)."
    assert [formatted.text[span.start : span.end] for span in formatted.spans] == ["call"]


def test_blanks_at_the_ends_move_no_entity():
    (part,) = split(Formatted("  \n👋 bold ", (Span(5, 9, "bold"),)), MAX_TEXT)
    assert part.text == "👋 bold"
    (entity,) = entities_of(part)
    assert utf16_slice(part.text, entity["offset"], entity["length"]) == "bold"


# --- buttons ---


class Counter:
    def __init__(self):
        self.count = -1

    def data(self):
        self.count += 1
        return mark(self.count)


def rows_of(*labels):
    return [[b["text"] for b in row] for row in keyboard_rows([Button(label, label) for label in labels], Counter())]


def test_short_labels_stand_side_by_side_and_long_ones_alone():
    assert rows_of("Yes", "No") == [["Yes", "No"]]
    assert rows_of("A", "B", "C", "D") == [["A", "B", "C"], ["D"]]
    long = "I would like to talk to a person, please"
    assert rows_of("Yes", long, "No") == [["Yes"], [long], ["No"]]
    assert rows_of("转人工客服", "查订单", "都不是") == [["转人工客服", "查订单", "都不是"]]


def test_buttons_are_under_the_last_part():
    reply = Reply("x " * 4000, buttons=(Button("Yes", "y"), Button("Site", url="https://a.example")))
    parts = shown(reply)
    assert all("reply_markup" not in part.values for part in parts[:-1])
    (row,) = parts[-1].values["reply_markup"]["inline_keyboard"]
    assert row == [{"text": "Yes", "callback_data": "mark-0"}, {"text": "Site", "url": "https://a.example"}]


def test_buttons_alone_get_a_text_and_odd_labels_are_mended():
    (part,) = shown(Reply("", buttons=(Button("\x00 ", "a"), Button("x" * 500, "b"))))
    assert part.values["text"]
    labels = [b["text"] for row in part.values["reply_markup"]["inline_keyboard"] for b in row]
    assert labels[0] == "…"
    assert len(labels[1]) == 200


def test_a_hundred_buttons_are_the_most():
    (part,) = shown(Reply("x", buttons=tuple(Button(f"b{i}", str(i)) for i in range(130))))
    assert sum(map(len, part.values["reply_markup"]["inline_keyboard"])) == 100


def test_buttons_are_numbered_as_choices_are():
    cards = Carousel(
        (
            Card("A", buttons=(Button("one", "1"), Button("site", url="https://a.example"))),
            Card("B", buttons=(Button("two", "2"),)),
        )
    )
    reply = Reply("x", content=(cards,), buttons=(Button("three", "3"),))
    found = {}
    for part in shown(reply):
        for row in part.values.get("reply_markup", {}).get("inline_keyboard", []):
            found |= {b["text"]: b["callback_data"] for b in row if "callback_data" in b}
    assert found == {choice.label: mark(index) for index, choice in enumerate(reply.choices)}


# --- content ---


def test_a_remote_picture_goes_by_its_address_and_falls_back_to_the_link():
    (part,) = shown(Reply(content=(Image("https://a.example/p.png", "A **chair**"),)))
    assert (part.method, part.values["photo"], part.values["caption"]) == (
        "sendPhoto",
        "https://a.example/p.png",
        "A **chair**",
    )
    assert part.instead[0].values["text"] == "A **chair**\nhttps://a.example/p.png"


def test_a_local_file_is_uploaded(tmp_path):
    (part,) = shown(Reply(content=(File(str(tmp_path / "a.pdf"), "Manual.pdf"),)))
    assert (part.method, part.upload) == ("sendDocument", ("document", str(tmp_path / "a.pdf"), "Manual.pdf"))


def test_a_card_is_a_picture_with_its_words():
    card = Card(
        "Oak chair",
        "Made of **oak**",
        Image("https://a.example/p.png"),
        (Fact("Price", "€90"), Fact("库存", "3")),
        (Button("Buy", "b"),),
    )
    (part,) = shown(Reply(content=(card,)))
    assert part.values["caption"] == "Oak chair\nMade of oak\nPrice: €90\n库存：3"
    kinds = [(e["type"], e["offset"], e["length"]) for e in part.values["caption_entities"]]
    assert kinds == [("bold", 0, 9), ("bold", 18, 3)]
    assert part.instead[-1].values["reply_markup"] == part.values["reply_markup"]


def test_a_card_too_long_for_a_caption_is_picture_and_text():
    parts = shown(
        Reply(content=(Card("T", "word " * 400, Image("https://a.example/p.png", "alt"), (), (Button("Buy", "b"),)),))
    )
    assert [part.method for part in parts] == ["sendPhoto", "sendMessage"]
    assert utf16_length(parts[0].values["caption"]) <= MAX_CAPTION
    assert "reply_markup" in parts[1].values


def test_a_card_without_picture_is_text_and_a_carousel_is_its_cards():
    assert all_texts(Reply("Look:", content=(Carousel((Card("A", "a"), Card("B"))),))) == ["Look:", "A\na", "B"]
    assert all_texts(Reply(content=(Card("", buttons=(Button("x", "x"),)),))) == ["👇"]


def test_what_telegram_refuses_can_be_said_more_plainly():
    (part,) = shown(Reply("**x**", buttons=(Button("Site", url="https://a"), Button("Yes", "y"))))
    assert "entities" not in plain(part).values
    (simpler,) = without_links(part)
    assert simpler.values["text"] == "x\nSite: https://a"
    assert simpler.values["reply_markup"] == {"inline_keyboard": [[{"text": "Yes", "callback_data": "mark-0"}]]}


def test_a_long_label_is_not_cut_inside_a_character():
    ((button,),) = keyboard_rows([Button("x" * 197 + FAMILY, "a")], Counter())
    assert button["text"] == "x" * 197


def test_what_shows_nothing_is_not_sent():
    assert all_texts(Reply("\u200b\ufeff", content=(Card("A"),))) == ["A"]
    assert all_texts(Reply("\u200d \u2060", buttons=(Button("x", "x"),))) == ["👇"]


def test_of_more_marks_than_telegram_takes_links_are_kept():
    (part,) = shown(Reply("**b** " * 120 + "[l](https://a.example/)"))
    entities = part.values["entities"]
    assert (len(entities), entities[-1]["url"]) == (100, "https://a.example/")
    assert [entity["offset"] for entity in entities] == sorted(entity["offset"] for entity in entities)
