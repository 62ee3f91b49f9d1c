"""Two wishes of which one is short or overshadowed by the other; ordinary sentences stay whole."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from botcore.messages import Message, User
from botcore.nlu.parts import cut
from botcore.nlu.understand import Understander

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
FAQ = """
- id: returns
  questions: {en: [I want to return my shoes, How do I send this back?], zh: [怎么退货？, 我要退货]}
  answer: {en: Within 30 days., zh: 三十天内可退。}
- id: delivery_cost
  questions: {en: [What does delivery cost?, How much is shipping?], zh: [运费多少？, 邮费怎么算]}
  answer: {en: Five euros., zh: 运费五元。}
- id: return_postage
  questions:
    en: [Who pays the postage of a return?, What does it cost to send something back?]
    zh: [退货运费谁出？, 退货要运费吗？]
  answer: {en: We do., zh: 我们出。}
- id: hours
  questions: {en: [When are you open?], zh: [几点开门？]}
  answer: {en: From nine., zh: 九点。}
"""


@pytest.fixture
def understand(shop):
    shop.write("faq.yaml", FAQ)
    shop.write("config.yaml", "plugins: {faq: {files: [faq.yaml]}}\nlogging: {level: error}\n")

    async def run(*texts: str) -> list[tuple[str, ...]]:
        async with shop.running() as bot:
            reader = Understander(bot.config.bot.languages, lambda: bot.index, bot.encoder, lambda: bot.trained)
            found = []
            for text in texts:
                message = Message("k", "web", "c", User("u"), text, datetime(2026, 1, 1, tzinfo=UTC))
                parts = (await reader.understand(message)).parts
                found.append(tuple(part.matches[0].id for part in parts))
            return found

    return run


@pytest.mark.xdist_group("encoder")
async def test_a_wish_that_the_rest_of_the_message_overshadows_is_looked_at_by_itself(understand):
    assert await understand(
        "How do I return this? When are you open?",
        "怎么退货？你们几点开门",
        "我想退货，顺便问下运费",
        "几点开门啊 顺便问下邮费",
    ) == [("returns", "hours")] * 2 + [("returns", "delivery_cost"), ("hours", "delivery_cost")]


@pytest.mark.xdist_group("encoder")
async def test_two_questions_are_two_wishes_though_an_entry_sounds_like_both(understand):
    assert await understand("怎么退货？另外运费多少") == [("returns", "delivery_cost")]


@pytest.mark.xdist_group("encoder")
async def test_what_a_comma_joins_is_one_wish_where_an_entry_fits_it_whole(understand):
    assert await understand("我要退货，运费谁出") == [()]


@pytest.mark.xdist_group("encoder")
async def test_ordinary_sentences_are_one_wish(understand):
    texts = (
        "I want to return my shoes, the left one is broken, and I am angry",
        "I paid for shipping and the shoes came broken, how do I send them back",
        "我上周买的鞋，尺码不对，我要退货",
        "你好，请问运费多少，谢谢",
        "when are you open on Saturday and Sunday",
    )
    assert await understand(*texts) == [()] * len(texts)


@pytest.mark.parametrize(
    ("text", "stretches"),
    [
        ("我想退货,顺便问下运费", ["我想退货", "运费"]),
        ("我要退货,另外邮费呢", ["我要退货", "邮费呢"]),
        ("你好,请问运费多少", []),
        ("运费多少,谢谢", []),
    ],
)
def test_two_characters_are_a_wish_only_after_a_word_that_adds_one(text, stretches):
    assert [text[start:end] for start, end in cut(text)[0]] == stretches
