"""One encoder pass a message, and none where there is nothing to understand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from botcore.knowledge.index import Index
from botcore.knowledge.items import Item
from botcore.messages import Message, User
from botcore.nlu.understand import Understander, has_words

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("encoder"), pytest.mark.timeout(600)]
ITEMS = [
    Item("returns", "knowledge", ("How do I return an item?", "怎么退货？"), ("Within 30 days.", "30天内可退货。")),
    Item("hours", "knowledge", ("When are you open?", "你们几点开门？"), ("From 9 to 18.", "9点到18点。")),
]


def message(text: str, choice: str | None = None) -> Message:
    return Message("k", "web", "c", User("u"), text, datetime.now(UTC), choice)


@pytest.fixture(scope="module")
def index(encoder):
    return Index.build(ITEMS, encoder)


@pytest.fixture
def understander(index, encoder):
    return Understander(("en", "zh"), lambda: index, encoder)


async def test_a_message_costs_one_pass_of_the_encoder(understander, encoder):
    passes, texts = encoder.passes, encoder.texts
    understood = await understander.understand(message("can I send it back?"))
    assert (encoder.passes - passes, encoder.texts - texts) == (1, 1)
    assert (understood.intent, understood.language) == ("returns", "en")
    assert understood.encoded is not None


async def test_messages_at_the_same_time_share_a_pass(understander, encoder):
    passes, texts = encoder.passes, encoder.texts
    await asyncio.gather(*(understander.understand(message(f"may I return {n} mugs?")) for n in range(20)))
    assert encoder.texts - texts == 20
    assert encoder.passes - passes <= 10


@pytest.mark.parametrize(
    ("sent", "flag"), [(message("Returns", "knowledge:returns"), "choice"), (message("🙂!?"), "no_words")]
)
async def test_a_button_and_a_message_without_words_cost_no_pass(understander, encoder, sent, flag):
    passes = encoder.passes
    understood = await understander.understand(sent, "zh")
    assert encoder.passes == passes
    assert understood.flags == (flag,)
    assert (understood.matches, understood.intent, understood.score) == ((), None, 0.0)


@pytest.mark.parametrize(
    ("plain", "disguised"),
    [
        ("when are you open", "ｗｈｅｎ　ａｒｅ　ｙｏｕ　ｏｐｅｎ"),
        ("when are you open", "wh\u200ben are y\u00adou op\u2060en"),
        ("怎么退货", "怎麼退貨"),
    ],
)
async def test_u4_disguised_words_mean_the_same(understander, plain, disguised):
    first, second = [await understander.understand(message(text)) for text in (plain, disguised)]
    assert first.text == second.text
    assert first.intent == second.intent
    assert first.score == pytest.approx(second.score, abs=1e-4)


async def test_search_finds_entries_for_any_text(understander):
    found = await understander.search("opening hours")
    assert found[0].id == "hours"
    assert await understander.search("!!!") == []


def test_words_are_letters_digits_and_characters_of_any_script():
    assert all(map(has_words, ("a", "1", "好", "я", "あ", "한", "ß", "a!")))
    assert not any(map(has_words, ("", " ", "!?…", "🙂", "___", "\u200b")))
