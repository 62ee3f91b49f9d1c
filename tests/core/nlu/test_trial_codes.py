"""A number that only names an order, a phone or a card says nothing of what is wanted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from botcore.messages import Message, User
from botcore.nlu.understand import Understander
from botcore.text import Reader

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
FAQ = """
- id: parcel
  questions: {en: [Where is my parcel?], zh: [我的包裹到哪了？]}
  answer: {en: On its way., zh: 在路上。}
- id: returns
  questions: {en: [How do I send this back?], zh: [我想退货]}
  answer: {en: Within 30 days., zh: 三十天内可退。}
"""


@pytest.fixture
def read(shop):
    shop.write("faq.yaml", FAQ)
    shop.write("config.yaml", "plugins: {faq: {files: [faq.yaml]}}\nlogging: {level: error}\n")

    async def run(*texts: str) -> list:
        async with shop.running() as bot:
            reader = Understander(bot.config.bot.languages, lambda: bot.index, bot.encoder, lambda: bot.trained)
            when = datetime(2026, 1, 1, tzinfo=UTC)
            return [await reader.understand(Message("k", "web", "c", User("u"), text, when)) for text in texts]

    return run


@pytest.mark.xdist_group("encoder")
async def test_an_order_number_beside_a_question_changes_nothing(read):
    plain, with_number = await read("Where is my parcel?", "Where is my parcel AB123456?")
    assert with_number.matches[0].id == "parcel"
    assert with_number.matches[0].score == pytest.approx(plain.matches[0].score, abs=0.05)
    assert [(entity.kind, entity.text) for entity in with_number.entities] == [("order_id", "AB123456")]


@pytest.mark.xdist_group("encoder")
async def test_in_chinese_too(read):
    (found,) = await read("我想退貨，訂單 AB123456")
    assert (found.matches[0].id, found.matches[0].score > 0.5) == ("returns", True)


@pytest.mark.xdist_group("encoder")
async def test_a_message_of_nothing_but_a_number_is_read_as_it_is(read):
    (found,) = await read("AB123456")
    assert [entity.text for entity in found.entities] == ["AB123456"]


def test_hidden_characters_are_left_out_and_the_others_keep_their_places():
    text = "where is AB123456 now"
    rest, places = Reader().read_with_places(text, [(9, 17)])
    assert rest == "where is now"
    assert "".join(text[place] for place in places) == "where is now"


def test_where_all_would_be_hidden_nothing_is():
    assert Reader().read_with_places("AB123456", [(0, 8)])[0] == "AB123456"
