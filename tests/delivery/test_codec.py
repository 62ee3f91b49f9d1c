"""What is stored comes back as it was; what cannot be stored is mended first."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime

import pytest

from botcore.errors import BadInput
from botcore.messages import Attachment, Button, Card, Carousel, Fact, File, Image, Message, Reply, User
from botcore.store import codec

MESSAGE = Message(
    key="k",
    channel="web",
    conversation="c",
    user=User("u", "Ann 安", "zh-CN", verified=True, is_bot=True),
    text='quote " backslash \\ newline \n 中文 👩‍👩‍👧 \u2028',
    sent_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    choice="yes",
    attachments=(Attachment("image", "https://x.example/a", "a", "image/png", 3, "F1"), Attachment("location")),
    ref="17.4",
)
CARD = Card(
    "Lamp 灯", "*oak*", Image("https://x.example/lamp.png", "a lamp"), (Fact("Price", "¥9"),), (Button("Buy", "b"),)
)
REPLY = Reply(
    "**hi** 你好",
    (Button("Yes", "y", "https://x.example"), Button("是", "n")),
    "faq:returns",
    "zh",
    content=(CARD, Carousel((CARD, Card("Plain"))), Image("a.png", "甲"), File("/tmp/x.pdf", "invoice.pdf")),
    at_most_once=True,
    hand_over=True,
)


def test_messages_and_replies_come_back_as_they_were():
    assert codec.load_message(codec.dump_message(MESSAGE)) == MESSAGE
    assert codec.load_reply(codec.dump_reply(REPLY)) == REPLY


@pytest.mark.parametrize(
    "value",
    [MESSAGE, MESSAGE.user, MESSAGE.attachments[0], REPLY, REPLY.buttons[0], CARD, CARD.image, REPLY.content[3]],
)
def test_every_field_is_stored(value):
    """A field that someone adds has to be given a value above, and so a place in the codec."""
    for field in fields(value):
        assert getattr(value, field.name) != field.default, field.name


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a\0b", "ab"),
        ("\ud83d", "\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("你\udc00好", "你\ufffd好"),
        ("\\u0000", "\\u0000"),
    ],
)
def test_what_no_database_holds_is_mended(text, stored):
    assert codec.clean_text(text) == stored
    assert codec.load(codec.dump({text: [text, {"x": text}]})) == {stored: [stored, {"x": stored}]}
    assert codec.load(codec.dump_strict({"x": text}, "it")) == {"x": stored}


def test_traces_take_anything():
    @dataclass
    class Point:
        x: float

    found = codec.load(
        codec.dump({"a": Point(float("inf")), "b": {3, 1}, "c": datetime(2026, 1, 1, tzinfo=UTC), 4: b"x"})
    )
    assert found == {"a": {"x": None}, "b": [1, 3], "c": "2026-01-01T00:00:00+00:00", "4": "b'x'"}


@pytest.mark.parametrize("value", [{"x": float("nan")}, {"x": object()}, {1, 2}])
def test_a_state_that_would_not_come_back_is_refused(value):
    with pytest.raises(BadInput, match="The state cannot be stored as JSON"):
        codec.dump_strict(value, "The state")
