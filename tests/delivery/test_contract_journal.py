"""What every delivery engine promises about its log: events, traces, timers, retention, health."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from botcore.delivery.engine import Outcome, Timer
from botcore.errors import BadInput
from botcore.messages import Failed, Reply, Sent

pytestmark = pytest.mark.anyio


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def talk(world, engine, count: int, conversation: str = "c1") -> None:
    """Some turns of a conversation, answered and sent."""
    async with world.Receiver(engine) as web:
        for number in range(count):
            await engine.accept(world.message(f"{conversation}-{number}", conversation, f"m{number}"))
        await web.wait_for(count)


async def test_events_rise_and_can_be_paged_both_ways(world):
    async def handler(engine, claim):
        await engine.commit(Outcome(claim, {}, (Reply("a"), Reply("b")), (("understood", {"score": 0.5}),)))

    async with world.running(handler) as engine:
        async with world.Receiver(engine) as web:
            await engine.accept(world.message("k1"))
            await web.wait_for(2)
            await engine.accept(world.message("k2"))
            await web.wait_for(4)
        everything = await engine.events("c1")
        assert [event.kind for event in everything] == ["user", "understood", "said", "said"] * 2
        assert [event.seq for event in everything] == list(range(1, 9))
        assert all(event.at.tzinfo is not None for event in everything)
        assert everything[0].body == {"key": "k1", "text": "hello", "choice": None, "attachments": []}
        assert await engine.events("c1", limit=3) == everything[-3:]
        assert await engine.events("c1", after=0, limit=3) == everything[:3]
        assert await engine.events("c1", after=3, limit=2) == everything[3:5]
        assert await engine.events("c1", before=4, limit=2) == everything[1:3]
        assert await engine.events("c1", after=2, before=5) == everything[2:4]
        assert [event.seq for event in await engine.events("c1", kinds=["user", "said"], limit=4)] == [4, 5, 7, 8]
        assert await engine.events("c1", limit=0) == []
        assert await engine.events("c1", after=10**40) == []
        assert await engine.events("elsewhere") == []


async def test_a_trace_is_found_by_a_unique_prefix_of_its_turn(world):
    async with world.running(world.echo) as engine:
        await talk(world, engine, 3)
        turns = [event.turn for event in await engine.events("c1", kinds=["user"])]
        assert [event.kind for event in await engine.trace(turns[1])] == ["user", "said"]
        assert await engine.trace(turns[1][:9].upper()) == await engine.trace(turns[1])
        assert await engine.trace("") == []
        assert await engine.trace("zzz") == []


async def test_a_timer_becomes_a_message_when_it_is_due(world):
    async with world.running(world.echo) as engine, world.Receiver(engine, "slack") as slack:
        due = soon(0.2)
        await engine.schedule(Timer("t1", due, world.message("ignored", "c7", "wake up", channel="slack")))
        assert slack.seen == []
        assert await slack.wait_for(1) == ["re: wake up"]
        assert datetime.now(UTC) >= due - timedelta(milliseconds=1)
        (user,) = await engine.events("c7", kinds=["user"])
        shown = due.replace(microsecond=due.microsecond // 1000 * 1000)
        assert user.body["key"].startswith("timer:t1:")
        assert abs(datetime.fromisoformat(user.body["key"].removeprefix("timer:t1:")) - shown) < timedelta(seconds=0.01)
        assert await engine.cancel("t1") is False, "a timer that fired is gone"


async def test_a_timer_can_be_replaced_and_cancelled(world):
    async with world.running(world.echo) as engine, world.Receiver(engine) as web:
        await engine.schedule(Timer("t1", soon(0.05), world.message("x", text="too early")))
        await engine.schedule(Timer("t1", soon(0.25), world.message("x", text="in time")))
        await engine.schedule(Timer("t2", soon(0.1), world.message("y", "c2", text="never")))
        assert await engine.cancel("t2") is True
        assert await engine.cancel("t2") is False
        assert await web.wait_for(1) == ["re: in time"]
        await asyncio.sleep(0.1)
        assert web.texts == ["re: in time"]


async def test_a_turn_sets_timers_with_its_commit(world):
    async def handler(engine, claim):
        timers = ()
        if claim.message.text == "remind me":
            timers = (Timer("r", soon(0.1), replace(claim.message, text="reminder")),)
        await engine.commit(Outcome(claim, {}, (Reply(claim.message.text),), timers=timers))

    async with world.running(handler) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1", text="remind me"))
        assert await web.wait_for(2) == ["remind me", "reminder"]


async def test_timers_survive_a_restart_and_overdue_ones_fire_at_the_start(file_world):
    world = file_world
    async with world.running(world.echo) as engine:
        for number in range(150):
            await engine.schedule(Timer(f"t{number}", soon(0.3), world.message("x", f"c{number}", f"overdue {number}")))
        await engine.schedule(Timer("later", soon(1.2), world.message("x", text="later")))
    await asyncio.sleep(0.4)
    async with world.running(world.echo) as engine, world.Receiver(engine) as web:
        await web.wait_for(150, within_s=10)
        await web.wait_for(151, within_s=10)
        assert web.texts[-1] == "re: later"
        assert len(set(web.texts)) == 151


async def test_a_timer_without_a_zone_is_refused(world):
    async with world.running() as engine:
        with pytest.raises(BadInput, match="without a zone"):
            await engine.schedule(Timer("t", datetime(2030, 1, 1), world.message("x")))  # noqa: DTZ001


async def test_health_counts_what_waits_and_how_long(world):
    release = asyncio.Event()

    async def handler(engine, claim):
        await release.wait()
        await world.echo(engine, claim)

    async with world.running(handler) as engine:
        await engine.accept(world.message("k1"))
        await engine.accept(world.message("k2"))
        await asyncio.sleep(0.05)
        health = await engine.health()
        assert (health.is_writable, health.waiting, health.undelivered, health.dead_letters) == (True, 2, 0, 0)
        assert 0.04 < health.oldest_unprocessed_s < 5
        release.set()
        await world.until(lambda: _undelivered(engine, 2))
        assert (await engine.health()).waiting == 0


async def _undelivered(engine, count):
    return (await engine.health()).undelivered == count


async def test_purge_deletes_what_is_old_and_finished_and_nothing_else(world):
    async def handler(engine, claim):
        if claim.message.text == "stuck":
            raise ValueError("no")
        await world.echo(engine, claim)

    async with world.running(handler, attempts=1) as engine:
        await talk(world, engine, 3, "done")
        await engine.accept(world.message("u", "unsent", "u"))
        await engine.accept(world.message("d", "dead", "stuck"))
        await engine.schedule(Timer("t", soon(3600), world.message("x", "timed")))
        await engine.accept(world.message("w", "timed", "w"))
        await world.until(lambda: _undelivered(engine, 2))
        await world.until(lambda: bool(world.letters))
        await asyncio.sleep(0.01)

        assert await engine.purge() == 0
        assert await engine.purge(keep_keys_days=0) == 8, "3 + 2 answered messages and 3 sent replies"
        assert len(await engine.events("done")) == 6, "events live longer than keys"
        assert await engine.accept(world.message("done-0", "done")) is True, "its key is no longer known"
        assert await engine.accept(world.message("d", "dead")) is False, "unfinished"
        await world.until(lambda: _undelivered(engine, 3))

        await engine.purge(keep_keys_days=0, keep_events_days=0)
        assert await engine.events("done") != [], "its new reply is not sent yet"
        async with world.Receiver(engine) as web:
            await web.wait_for(3)
        await asyncio.sleep(0.01)
        await engine.purge(keep_keys_days=0, keep_events_days=0)
        assert await engine.events("done") == []
        assert await engine.events("unsent") == []
        assert await engine.events("timed") != [], "its timer is still to come"
        assert await engine.dead_letters() == []
        assert (await engine.health()).is_writable


async def test_forgetting_a_conversation_leaves_nothing_of_it(world):
    canary = "canary-4711"
    entered = asyncio.Event()
    results = []

    async def handler(engine, claim):
        if claim.message.text == "hang":
            entered.set()
            await asyncio.sleep(0.2)
            results.append(await engine.commit(Outcome(claim, {"secret": canary}, (Reply(canary),))))
            return
        secret = claim.message.conversation
        await engine.step(claim, "s", lambda: _value(secret))
        reply = Reply(f"re {claim.message.text}")
        await engine.commit(Outcome(claim, {"secret": secret}, (reply,), (("x", {"y": secret}),)))

    async with world.running(handler, attempts=1) as engine:
        async with world.Receiver(engine, answer=lambda d: Failed("no") if "bad" in d.reply.text else Sent()) as web:
            for text in ("a", "b", "bad"):
                await engine.accept(world.message(f"{canary}-{text}", canary, f"{canary} {text}", user=canary))
            await engine.accept(world.message("k", "other", "keep me", user="someone"))
            await web.wait_for(4)
            await engine.schedule(Timer(canary, soon(3600), world.message("x", canary)))
            assert await engine.conversations_of("web", canary) == [canary]
            await engine.accept(world.message("hang", canary, "hang"))
            await entered.wait()
            assert await engine.forget(canary) is True
            assert await engine.forget(canary) is False
            await world.until(lambda: bool(results))
        assert results == [False], "a turn of a forgotten conversation leaves nothing either"
        assert await engine.events(canary) == []
        assert await engine.dead_letters() == []
        assert await engine.conversations_of("web", canary) == []
        assert await engine.cancel(canary) is False
        assert len(await engine.events("other")) == 3
        assert (await engine.health()).waiting == 0
        if world.survives_stop:
            for file in world.folder.iterdir():
                assert canary.encode() not in file.read_bytes(), file
        # The conversation can begin anew.
        async with world.Receiver(engine) as web:
            await engine.accept(world.message("new", canary, "new"))
            assert await web.wait_for(1) == ["re new"]


async def _value(value):
    return value
