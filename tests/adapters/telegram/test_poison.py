"""C4: one update that nobody can read does not stop those behind it."""

from __future__ import annotations

import asyncio
import time

import pytest

pytestmark = pytest.mark.anyio
CHAT = {"id": 1001, "type": "private", "first_name": "Ann"}
SENDER = {"id": 1001, "is_bot": False, "first_name": "Ann"}
GOOD = {"message_id": 900, "date": 1_700_000_000, "chat": CHAT, "from": SENDER}
POISON = {
    "no date": {"message": {"message_id": 1, "chat": CHAT, "from": SENDER, "text": "x"}},
    "no chat": {"message": {"message_id": 1, "date": 1, "from": SENDER, "text": "x"}},
    "no sender": {"message": {"message_id": 1, "date": 1, "chat": CHAT, "text": "x"}},
    "text null": {"message": {**GOOD, "text": None}},
    "entity before": {"message": {**GOOD, "text": "x", "entities": [{"type": "bold", "offset": -1, "length": 1}]}},
    "entity beyond": {"message": {**GOOD, "text": "x", "entities": [{"type": "bold", "offset": 0, "length": 99}]}},
    "entity inside": {"message": {**GOOD, "text": "👋", "entities": [{"type": "bold", "offset": 1, "length": 1}]}},
    "message list": {"message": []},
    "no number": {"update_id": None, "message": {**GOOD, "text": "x"}},
    "number true": {"update_id": True, "message": {**GOOD, "text": "x"}},
    "a string": "poison",
    "a list": [],
    "null": None,
    "number huge": {"update_id": 10**30, "message": {**GOOD, "text": "x"}},
    "deeper": {"message": {**GOOD, "text": "x", "date": eval("[" * 80 + "{'x': " * 80 + "1" + "}" * 80 + "]" * 80)}},
    "deep": {"message": {**GOOD, "text": "x", "entities": eval("[" * 90 + "]" * 90)}},
}
HARMLESS = {
    "unknown kind": {"from_the_future": {"x": 1}},
    "nothing": {},
    "a poll": {"poll": {"id": "1"}},
}


@pytest.mark.parametrize("name", POISON)
async def test_the_next_message_is_answered_and_the_poison_is_kept(fake, bot, texts, letters, name):
    fake.say("first")
    await fake.until(lambda: texts() == ["Echo: first"])
    polls = fake.polls
    started = time.monotonic()
    fake.push_raw(POISON[name])
    fake.say("next")
    await fake.until(lambda: "Echo: next" in texts())
    assert time.monotonic() - started < 2
    await fake.until(lambda: len(fake.updates) == 0)
    assert fake.polls - polls < 8
    assert len(letters()) == 1


@pytest.mark.parametrize("name", HARMLESS)
async def test_kinds_that_nobody_knows_are_passed_over(fake, bot, texts, letters, name):
    fake.push_raw(HARMLESS[name])
    fake.say("next")
    await fake.until(lambda: texts() == ["Echo: next"])
    await fake.until(lambda: len(fake.updates) == 0)
    assert letters() == []


GARBAGE = {
    "cut off": b'{"update_id": 10000, "message": {{{',
    "not text": b"\xff\xfe[",
    "deep": b'{"update_id":10000,"x":' + b"[" * 100_000,
}


@pytest.mark.parametrize("name", GARBAGE)
async def test_an_answer_that_is_no_json_is_put_aside_too(fake, bot, texts, letters, name):
    fake.push_raw(GARBAGE[name])
    fake.say("next")
    if name != "not text":
        await fake.until(lambda: texts() == ["Echo: next"], timeout_s=5)
        assert len(letters()) == 1
    else:  # nothing says which update it is: it is asked for again, with pauses
        await asyncio.sleep(1)
    assert fake.polls <= 20


async def test_a_wedged_update_costs_few_polls(fake, bot):
    """The case that made other frameworks poll hundreds of times in six seconds."""
    fake.push_raw(POISON["no date"])
    fake.push_raw({"update_id": None})
    await asyncio.sleep(1.5)
    assert fake.polls <= 6
