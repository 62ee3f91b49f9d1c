"""What every delivery engine promises about replies: sent in order, one at a time, and what happened is known."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest

from botcore.delivery.engine import Outcome
from botcore.delivery.pace import Pace
from botcore.messages import Failed, Reply, Retry, Sent, Unknown

pytestmark = pytest.mark.anyio


async def three(engine, claim):
    """Answers with three replies."""
    replies = tuple(Reply(f"{claim.message.text}{number}") for number in range(3))
    await engine.commit(Outcome(claim, {}, replies))


@pytest.mark.parametrize("replay_safe", [True, False])
async def test_replies_come_in_order_one_in_flight_per_conversation(world, replay_safe):
    async with world.running(three) as engine:
        for name in "abcd":
            await engine.accept(world.message(name, name, name))
        flying, seen = {}, []
        deliveries = engine.deliveries("web", replay_safe=replay_safe)
        async with asyncio.timeout(5):
            while len(seen) < 12:
                delivery = await anext(deliveries)
                assert delivery.conversation not in flying
                flying[delivery.conversation] = delivery
                seen.append(delivery.reply.text)
                if len(flying) == 4 or len(seen) >= 10:
                    for waiting in list(flying.values()):
                        await engine.settle(waiting, Sent("x"))
                    flying.clear()
        await deliveries.aclose()
        for name in "abcd":
            assert [text for text in seen if text[0] == name] == [f"{name}0", f"{name}1", f"{name}2"]


async def test_every_reply_has_its_said_event(world):
    async with world.running(three) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1", text="x"))
        await web.wait_for(3)
        said = await engine.events("c1", kinds=["said"])
        assert [(event.seq, event.body["text"]) for event in said] == [(d.seq, d.reply.text) for d in web.seen]
        assert len({delivery.key for delivery in web.seen}) == 3


async def test_retry_holds_up_only_its_own_conversation(world):
    held: list[int] = []

    def answer(delivery):
        if delivery.conversation == "limited" and len(held) < 3:
            held.append(delivery.attempt)
            return Retry(0.05, "429")
        return Sent()

    async with world.running(world.echo) as engine, world.Receiver(engine, answer=answer) as web:
        await engine.accept(world.message("k0", "limited", "first"))
        await engine.accept(world.message("k1", "limited", "second"))
        await engine.accept(world.message("k2", "free", "free"))
        await web.wait_for(6)
        assert web.texts[:2] == ["re: first", "re: free"]
        assert web.texts[2:] == ["re: first"] * 3 + ["re: second"]
        assert held == [1, 2, 3]
        keys = {delivery.key for delivery in web.seen if delivery.reply.text == "re: first"}
        assert len(keys) == 1
        assert not any(delivery.is_ambiguous for delivery in web.seen)


async def test_a_refused_reply_becomes_a_dead_letter_and_the_next_is_sent(world):
    def answer(delivery):
        return Failed("blocked by the user") if delivery.reply.text == "a0" else Sent()

    async with world.running(three) as engine, world.Receiver(engine, answer=answer) as web:
        await engine.accept(world.message("k1", text="a"))
        assert await web.wait_for(3) == ["a0", "a1", "a2"]
        (letter,) = await engine.dead_letters()
        assert (letter.source, letter.error) == ("outbox", "blocked by the user")
        assert letter.body["reply"]["text"] == "a0"
        assert world.letters == [letter]
        assert await engine.replay(letter.id)
        await web.wait_for(4)
        assert web.texts[3] == "a0"


async def test_a_lost_answer_is_noted_and_not_repeated(world):
    async with (
        world.running(world.echo) as engine,
        world.Receiver(engine, answer=lambda _: Unknown("timeout")) as web,
    ):
        await engine.accept(world.message("k1"))
        await engine.accept(world.message("k2"))
        await web.wait_for(2)
        noted = await engine.events("c1", kinds=["send_unknown"])
        assert [event.body["why"] for event in noted] == ["timeout", "timeout"]
        assert (await engine.health()).undelivered == 0


async def test_sending_is_tried_a_bounded_number_of_times(world):
    def answer(delivery):
        return Retry(0, "down") if delivery.reply.text == "a0" else Sent()

    async with world.running(three, send_attempts=4) as engine, world.Receiver(engine, answer=answer) as web:
        await engine.accept(world.message("k1", text="a"))
        assert await web.wait_for(6) == ["a0"] * 4 + ["a1", "a2"]
        assert "down" in world.letters[0].error


async def test_settling_twice_changes_nothing(world):
    async with world.running(three, drain_s=0.1) as engine:
        await engine.accept(world.message("k1", text="a"))
        deliveries = engine.deliveries("web")
        async with asyncio.timeout(5):
            first = await anext(deliveries)
            await engine.settle(first, Sent())
            await engine.settle(first, Retry(0))
            assert (await anext(deliveries)).reply.text == "a1"
        await deliveries.aclose()


async def test_a_new_iterator_takes_back_what_the_last_one_left_unsettled(world):
    async with world.running(three, drain_s=0.1) as engine:
        await engine.accept(world.message("k1", text="a"))
        async with asyncio.timeout(5):
            first = engine.deliveries("web")
            cut_off = await anext(first)
            await first.aclose()
            second = engine.deliveries("web")
            again = await anext(second)
            assert again.key == cut_off.key
            assert again.is_ambiguous
            await engine.settle(cut_off, Sent())  # too late to count
            await engine.settle(again, Sent())
            assert (await anext(second)).reply.text == "a1"
            await second.aclose()


@pytest.mark.parametrize("replay_safe", [True, False])
async def test_only_a_send_that_was_cut_off_is_ambiguous_after_a_restart(file_world, replay_safe):
    world = file_world
    async with world.running(three, drain_s=0.01) as engine:
        for name in "abcd":
            await engine.accept(world.message(name, name, name))
        deliveries = engine.deliveries("web", replay_safe=replay_safe)
        async with asyncio.timeout(5):
            cut_off = await anext(deliveries)
            await world.until(lambda: _all_answered(engine))
        # The others were claimed ahead by now, but never handed out.
    async with world.running(three) as engine, world.Receiver(engine, replay_safe=replay_safe) as web:
        await web.wait_for(12)
    ambiguous = [delivery.key for delivery in web.seen if delivery.is_ambiguous]
    assert ambiguous == ([] if replay_safe else [cut_off.key])
    assert cut_off.key in [delivery.key for delivery in web.seen]


async def _all_answered(engine):
    return (await engine.health()).waiting == 0


async def test_the_iterator_ends_with_the_engine(world):
    engine = world.engine()
    await engine.start(None)

    async def consume():
        return [delivery async for delivery in engine.deliveries("web")]

    tasks = [asyncio.create_task(consume()) for _ in range(3)]
    await asyncio.sleep(0.02)
    await engine.stop()
    async with asyncio.timeout(2):
        assert await asyncio.gather(*tasks) == [[], [], []]


async def test_channels_get_only_their_own_replies(world):
    async with (
        world.running(world.echo) as engine,
        world.Receiver(engine, "web") as web,
        world.Receiver(engine, "slack") as slack,
    ):
        await engine.accept(world.message("k1", "c1", "w"))
        await engine.accept(world.message("k1", "c2", "s", channel="slack"))
        assert await web.wait_for(1) == ["re: w"]
        assert await slack.wait_for(1) == ["re: s"]


async def test_where_repeats_cannot_be_recognised_one_reply_is_on_its_way_while_the_platform_is_quick(world):
    async with world.running(world.echo) as engine:
        for number in range(20):
            await engine.accept(world.message(f"k{number}", f"c{number}", f"t{number}"))
        on_the_way, most = 0, 0
        deliveries = engine.deliveries("web")

        async def settle(delivery):
            nonlocal on_the_way
            await asyncio.sleep(0)
            on_the_way -= 1
            await engine.settle(delivery, Sent())

        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            for _ in range(20):
                delivery = await anext(deliveries)
                on_the_way += 1
                most = max(most, on_the_way)
                tasks.create_task(settle(delivery))
        assert most == 1
        await deliveries.aclose()


async def test_a_reply_that_hangs_holds_up_no_other_conversation(world):
    async with world.running(world.echo) as engine:
        for number in range(5):
            await engine.accept(world.message(f"k{number}", f"c{number}", f"t{number}"))
        deliveries = engine.deliveries("web")
        async with asyncio.timeout(10):
            hanging = await anext(deliveries)
            for _ in range(4):
                await engine.settle(await anext(deliveries), Sent())
        await engine.settle(hanging, Sent())
        await deliveries.aclose()


def test_the_pace_follows_how_long_the_platform_takes():
    pace = Pace()
    pace.answered(0.002)
    assert pace.limit == 1
    for _ in range(40):
        pace.answered(0.05)
    assert pace.limit == 15
    pace.answered(60)
    assert pace.limit < 64
    for _ in range(40):
        pace.answered(0.002)
    assert pace.limit == 1


async def test_a_retry_of_what_may_have_arrived_says_so(world):
    answers = [Retry(0.01, "cut off", is_ambiguous=True), Retry(0.01, "429"), Sent()]
    async with (
        world.running(world.echo) as engine,
        world.Receiver(engine, replay_safe=False, answer=lambda _: answers.pop(0)) as web,
    ):
        await engine.accept(world.message("k1"))
        await web.wait_for(3)
        assert [delivery.is_ambiguous for delivery in web.seen] == [False, True, False]


async def test_a_reply_that_cannot_be_read_holds_up_only_its_own_conversation(file_world):
    async with file_world.running(three) as engine:
        for name in "abcd":
            await engine.accept(file_world.message(name, name, name))
        await file_world.until(lambda: engine_waits(engine, 0))
    with closing(sqlite3.connect(file_world.folder / "bot.db")) as database, database:
        database.execute("UPDATE outbox SET reply = '{' WHERE conversation = 'b'")
    async with file_world.running(three) as engine, file_world.Receiver(engine) as web:
        assert {text[0] for text in await web.wait_for(9)} == {"a", "c", "d"}


async def engine_waits(engine, count):
    return (await engine.health()).waiting == count
