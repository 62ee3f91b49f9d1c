"""Long polling: what is stored is confirmed, what is not stored is not."""

from __future__ import annotations

import asyncio

import pytest

pytestmark = pytest.mark.anyio


async def test_a_message_is_answered_once(fake, bot, texts):
    fake.say("hello")
    await fake.until(lambda: texts() == ["Echo: hello"])


async def test_messages_of_one_person_are_answered_in_their_order(fake, bot, texts):
    for number in range(20):
        fake.say(f"m{number}")
    await fake.until(lambda: len(texts()) == 20)
    assert texts() == [f"Echo: m{number}" for number in range(20)]


async def test_a_server_that_answers_at_once_is_not_asked_without_end(fake, make_bot, texts):
    fake.max_poll_s = 0
    await make_bot()
    await fake.until(lambda: fake.polls)
    before = fake.polls
    await asyncio.sleep(2)
    assert fake.polls - before <= 6
    fake.say("hello")
    await fake.until(lambda: texts() == ["Echo: hello"], 2)


async def test_what_is_written_after_an_album_is_answered_after_it(fake, make_bot, texts):
    fake.say("first")
    fake.album(2, caption="look")
    fake.say("what is this?")
    fake.say("other", user=1002)
    await make_bot()
    await fake.until(lambda: len(texts()) == 3 and texts(1002))
    assert texts() == ["Echo: first", "Got image image: look", "Echo: what is this?"]


async def test_an_album_at_the_end_of_a_full_batch_is_whole(fake, make_bot, texts):
    for number in range(97):
        fake.say(f"m{number}", user=2000 + number % 10)
    fake.album(5, caption="look")
    await make_bot()
    await fake.until(texts)
    assert texts() == ["Got image image image image image: look"]
    await fake.until(lambda: len(fake.updates) == 0)
