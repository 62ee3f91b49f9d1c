"""What every delivery engine promises about messages: accepted once, answered in order, never lost to a failure."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from botcore.delivery.engine import Claim, Outcome
from botcore.delivery.options import Options
from botcore.delivery.sqlite import SqliteEngine
from botcore.errors import BadInput, NotReady
from botcore.messages import Attachment, Reply, User

pytestmark = pytest.mark.anyio


async def test_an_accepted_message_is_answered_through_its_channel(world):
    async with world.running(world.echo) as engine, world.Receiver(engine) as web:
        assert await engine.accept(world.message("k1", text="你好")) is True
        assert await web.wait_for(1) == ["re: 你好"]
        assert (web.seen[0].channel, web.seen[0].conversation, web.seen[0].attempt) == ("web", "c1", 1)
        assert not web.seen[0].is_ambiguous


async def test_a_repeat_is_refused_and_answered_once(world):
    async with world.running(world.echo) as engine, world.Receiver(engine) as web:
        found = await asyncio.gather(*(engine.accept(world.message("k1")) for _ in range(50)))
        assert sorted(found) == [False] * 49 + [True]
        await engine.accept(world.message("k2", text="last"))
        assert await web.wait_for(2) == ["re: hello", "re: last"]
        assert await engine.accept(world.message("k1")) is False
        assert len(await engine.events("c1", kinds=["user"])) == 2


async def test_a_key_is_a_repeat_only_on_its_own_channel(world):
    async with world.running() as engine:
        assert await engine.accept(world.message("k1", "c1"))
        assert await engine.accept(world.message("k1", "c2", channel="slack"))


async def test_a_conversation_is_answered_in_order_and_others_do_not_wait(world):
    release = asyncio.Event()

    async def handler(engine, claim):
        if claim.message.text == "slow":
            await release.wait()
        await world.echo(engine, claim)

    async with world.running(handler) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k0", "slow", "slow"))
        for number in range(5):
            await engine.accept(world.message(f"s{number}", "slow", f"s{number}"))
            await engine.accept(world.message(f"f{number}", "fast", f"f{number}"))
        await web.wait_for(5)
        assert web.texts == [f"re: f{number}" for number in range(5)]
        release.set()
        await web.wait_for(11)
        assert web.texts[5:] == ["re: slow"] + [f"re: s{number}" for number in range(5)]


async def test_no_more_conversations_are_answered_at_once_than_allowed(world):
    running, most = 0, 0

    async def handler(engine, claim):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        await world.echo(engine, claim)

    async with world.running(handler, parallel=3) as engine, world.Receiver(engine) as web:
        await asyncio.gather(*(engine.accept(world.message(f"k{n}", f"c{n}")) for n in range(12)))
        await web.wait_for(12)
    assert most == 3


async def test_the_state_of_one_turn_is_there_in_the_next(world):
    async with world.running(world.echo) as engine, world.Receiver(engine) as web:
        for number in range(3):
            await engine.accept(world.message(f"k{number}"))
        await web.wait_for(3)

    async def check(engine, claim):
        assert claim.state == {"turns": 3}
        await world.echo(engine, claim)

    if world.survives_stop:
        async with world.running(check) as engine, world.Receiver(engine) as web:
            await engine.accept(world.message("k3"))
            await web.wait_for(1)


async def test_a_claim_shows_what_came_before_and_itself_but_nothing_later(world):
    shown: list[list[tuple[str, str]]] = []

    async def handler(engine, claim):
        shown.append([(event.kind, event.body["text"]) for event in claim.recent])
        await world.echo(engine, claim)

    engine = world.engine(recent=3)
    await engine.start(None)
    for text in ("a", "b", "c"):
        await engine.accept(world.message(text, text=text))
    if not world.survives_stop:
        return await engine.stop()
    await engine.stop()
    async with world.running(handler, recent=3) as engine, world.Receiver(engine) as web:
        await web.wait_for(3)
    assert shown[0] == [("user", "a")]
    assert shown[1] == [("user", "a"), ("user", "b"), ("said", "re: a")]
    assert shown[2] == [("user", "c"), ("said", "re: a"), ("said", "re: b")]
    return None


async def test_a_second_commit_writes_nothing(world):
    results = []

    async def handler(engine, claim):
        outcome = Outcome(claim, {}, (Reply("once"),), (("understood", {"intent": "x"}),))
        results.append(await engine.commit(outcome))
        results.append(await engine.commit(outcome))

    async with world.running(handler) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1"))
        await web.wait_for(1)
        await world.until(lambda: len(results) == 2)
        assert results == [True, False]
        assert [event.kind for event in await engine.events("c1")] == ["user", "understood", "said"]
        assert web.texts == ["once"]


async def test_a_failing_handler_is_tried_again_with_the_same_turn_and_a_higher_attempt(world):
    tries: list[tuple[str, int]] = []

    async def handler(engine, claim):
        tries.append((claim.turn, claim.attempt))
        if claim.attempt < 3:
            raise ValueError("not yet")
        await world.echo(engine, claim)

    async with world.running(handler) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1"))
        await web.wait_for(1)
    assert [attempt for _, attempt in tries] == [1, 2, 3]
    assert len({turn for turn, _ in tries}) == 1
    assert len(tries[0][0]) == 12


async def test_a_poison_message_becomes_a_dead_letter_and_its_conversation_goes_on(world):
    async def handler(engine, claim):
        if claim.message.text == "poison":
            raise ValueError("cannot digest this")
        await world.echo(engine, claim)

    async with world.running(handler, attempts=3) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1", text="poison"))
        await engine.accept(world.message("k2", text="after"))
        await engine.accept(world.message("k3", "c2", text="beside"))
        await web.wait_for(2)
        assert web.texts == ["re: beside", "re: after"]
        (letter,) = await engine.dead_letters()
        assert (letter.source, letter.key, letter.conversation) == ("inbox", "k1", "c1")
        assert "cannot digest this" in letter.error
        assert letter.body["text"] == "poison"
        assert world.letters == [letter]
        assert (await engine.health()).dead_letters == 1
        assert "dead_letter" in [event.kind for event in await engine.events("c1")]


async def test_a_dead_message_can_be_replayed(world):
    is_well = False

    async def handler(engine, claim):
        if not is_well:
            raise ValueError("broken plugin")
        await world.echo(engine, claim)

    async with world.running(handler, attempts=1) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1"))
        await world.until(lambda: bool(world.letters))
        is_well = True
        assert await engine.replay(world.letters[0].id) is True
        assert await web.wait_for(1) == ["re: hello"]
        assert await engine.dead_letters() == []
        assert await engine.replay(world.letters[0].id) is False
        assert await engine.replay(10**30) is False


async def test_not_ready_is_tried_again_without_using_up_attempts(world):
    tries = []

    async def handler(engine, claim):
        tries.append(claim.attempt)
        if len(tries) < 6:
            raise NotReady("The model is loading.")
        await world.echo(engine, claim)

    async with world.running(handler, attempts=2) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1"))
        await web.wait_for(1)
    assert tries == [1] * 6
    assert world.letters == []


async def test_a_handler_that_is_cancelled_from_within_costs_no_worker(world):
    async def handler(engine, claim):
        if claim.message.text == "bad":
            raise asyncio.CancelledError
        await world.echo(engine, claim)

    async with world.running(handler, attempts=2, parallel=1) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1", text="bad"))
        await engine.accept(world.message("k2"))
        assert await web.wait_for(1) == ["re: hello"]
        assert len(world.letters) == 1


async def test_a_handler_that_forgets_to_commit_is_a_failure(world):
    async def handler(engine, claim):
        return

    async with world.running(handler, attempts=2) as engine:
        await engine.accept(world.message("k1"))
        await world.until(lambda: bool(world.letters))
        assert "without commit" in world.letters[0].error


async def test_a_failure_after_the_commit_answers_nothing_twice(world):
    async def handler(engine, claim):
        await world.echo(engine, claim)
        raise ValueError("too late")

    async with world.running(handler) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1"))
        await engine.accept(world.message("k2", text="next"))
        assert await web.wait_for(2) == ["re: hello", "re: next"]


async def test_a_step_runs_once_however_often_its_message_is_tried(world):
    calls = []

    async def pay():
        calls.append("paid")
        return {"receipt": 7, "parts": ("a", "b")}

    async def handler(engine, claim):
        first = await engine.step(claim, "pay", pay)
        again = await engine.step(claim, "pay", pay)
        assert first == again == {"receipt": 7, "parts": ["a", "b"]}
        if claim.attempt < 3:
            raise ValueError("later")
        await world.echo(engine, claim)

    async with world.running(handler) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1"))
        await web.wait_for(1)
        await engine.accept(world.message("k2"))
        await web.wait_for(2)
    assert calls == ["paid", "paid"], "once for each message"


async def test_a_step_whose_result_json_cannot_hold_is_refused_with_its_mend(world):
    errors = []

    async def handler(engine, claim):
        with pytest.raises(BadInput) as caught:
            await engine.step(claim, "bad", lambda: _value(object()))
        errors.append(str(caught.value))
        await world.echo(engine, claim)

    async with world.running(handler) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1"))
        await web.wait_for(1)
    assert "'bad'" in errors[0]
    assert "Keep only text" in errors[0]


async def _value(value):
    return value


async def test_what_is_unfinished_at_the_stop_is_answered_after_the_next_start(file_world):
    world = file_world
    claims: list[Claim] = []

    async def stuck(engine: SqliteEngine, claim: Claim) -> None:
        claims.append(claim)
        await asyncio.Event().wait()

    async with world.running(stuck, drain_s=0.05) as engine:
        for number in range(3):
            await engine.accept(world.message(f"k{number}", text=str(number)))
        await world.until(lambda: bool(claims))

    async def note(engine: SqliteEngine, claim: Claim) -> None:
        claims.append(claim)
        await world.echo(engine, claim)

    async with world.running(note) as engine, world.Receiver(engine) as web:
        assert await web.wait_for(3) == ["re: 0", "re: 1", "re: 2"]
        assert await engine.accept(world.message("k0")) is False
    assert claims[1].turn == claims[0].turn
    assert claims[1].attempt == 1, "a stop is not the message's fault"


async def test_a_stop_lets_running_turns_finish(world):
    entered = asyncio.Event()

    async def slow(engine, claim):
        entered.set()
        await asyncio.sleep(0.1)
        results.append(await engine.commit(Outcome(claim, {})))

    results: list[bool] = []
    async with world.running(slow) as engine:
        await engine.accept(world.message("k1"))
        await entered.wait()
    assert results == [True]
    with pytest.raises(NotReady):
        await engine.accept(world.message("k2"))
    assert not (await engine.health()).is_writable


async def test_without_work_messages_are_only_stored(file_world):
    engine = file_world.engine()
    await engine.start(None, work=False)
    assert await engine.accept(file_world.message("k1"))
    assert (await engine.health()).waiting == 1
    with pytest.raises(NotReady):
        engine.deliveries("web")
    await engine.stop()
    async with file_world.running(file_world.echo) as engine, file_world.Receiver(engine) as web:
        assert await web.wait_for(1) == ["re: hello"]


async def test_unstorable_text_is_mended_and_everything_else_comes_back_as_it_was(world):
    claims: list[Claim] = []

    async def handler(engine, claim):
        claims.append(claim)
        await engine.commit(
            Outcome(claim, {"name": "\ud83d"}, (Reply("out \udc00\0."),), (("x", {"bad": float("nan")}),))
        )

    sent = replace(
        world.message("k\0", "c\ud800", "héllo 你好 👩‍👩‍👧 \ud83d \0 end \ud83d\ude00"),
        user=User("u\0", name="N\ud800", locale="zh-CN", verified=True, is_bot=True),
        choice="yes",
        attachments=(Attachment("image", "https://x.example/a.png", "a.png", "image/png", 7),),
    )
    async with world.running(handler) as engine, world.Receiver(engine) as web:
        assert await engine.accept(sent)
        assert await engine.accept(sent) is False
        assert await web.wait_for(1) == ["out \ufffd."]
        assert claims[0].message == replace(
            sent,
            key="k",
            conversation="c\ufffd",
            text="héllo 你好 👩‍👩‍👧 \ufffd  end 😀",
            user=User("u", name="N\ufffd", locale="zh-CN", verified=True, is_bot=True),
        )
        assert [event.seq for event in await engine.events("c\ud800")] == [1, 2, 3]


async def test_one_bad_message_does_not_harm_those_that_are_stored_with_it(world):
    async with world.running(world.echo) as engine, world.Receiver(engine) as web:
        messages = [world.message(f"k{number}", f"c{number}") for number in range(20)]
        messages[7] = replace(messages[7], sent_at="yesterday")
        found = await asyncio.gather(*map(engine.accept, messages), return_exceptions=True)
        assert isinstance(found[7], AttributeError)
        assert found[:7] + found[8:] == [True] * 19
        await web.wait_for(19)
        assert await engine.events("c7") == []


async def test_an_observer_that_fails_harms_nobody(world):
    async def handler(engine, claim):
        if claim.message.text == "bad":
            raise ValueError("no")
        await world.echo(engine, claim)

    def observe(letter):
        raise RuntimeError(letter.key)

    engine = SqliteEngine(world.url, Options(attempts=1), on_dead_letter=observe)
    await engine.start(partial(handler, engine))
    async with world.Receiver(engine) as web:
        await engine.accept(world.message("k1", text="bad"))
        await engine.accept(world.message("k2"))
        assert await web.wait_for(1) == ["re: hello"]
    await engine.stop()


async def test_long_messages_come_back_whole(world):
    text = "字" * 1_000_000
    async with world.running(world.echo) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1", text=text))
        assert await web.wait_for(1) == [f"re: {text}"]
