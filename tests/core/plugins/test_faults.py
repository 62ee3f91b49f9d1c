"""A6: a plugin that raises, hangs or returns nonsense costs its own answer only."""

from __future__ import annotations

import asyncio
import time

import pytest

from botcore import Button, Plugin, PluginError, Quote, Reply, Say
from botcore.guard import FAILURES_TO_OPEN, PAUSE_S, Breaker, Guard
from botcore.knowledge import index as _index  # noqa: F401  # loaded before anything is timed

SORRY = "Sorry, something went wrong on our side and I could not do that. Please try again in a moment."


async def swallow(turn):
    while True:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            if turn.message.text == "swallow the cancellation":
                turn.conversation.memory.setdefault("held", True)
                await asyncio.sleep(2)
                return "late"


async def cancel_itself(turn):
    asyncio.current_task().cancel()
    await asyncio.sleep(1)


async def never_awaited(turn):
    async def inner():
        return "x"

    return inner()


def raising(error):
    async def skill(turn):
        raise error

    return skill


def returning(value):
    async def skill(turn):
        return value

    return skill


def remembering(value):
    async def skill(turn):
        turn.remember("it", value)
        return "remembered"

    return skill


FAULTS = {
    "raise an error": raising(ValueError("no")),
    "raise system exit": raising(SystemExit(1)),
    "raise cancelled": raising(asyncio.CancelledError()),
    "raise a time-out": raising(TimeoutError()),
    "hang for ever": returning(None),
    "cancel yourself": cancel_itself,
    "return a number": returning(5),
    "return bytes": returning(b"x"),
    "return a mapping": returning({"text": "x"}),
    "return a list of numbers": returning([1]),
    "return a coroutine": never_awaited,
    "return ten megabytes": returning("x" * 10_000_000),
    "return a reply without text": returning(Reply(None)),
    "return a reply with a wrong button": returning(Reply("x", buttons=("yes",))),
    "remember a set": remembering({1}),
    "remember nan": remembering(float("nan")),
}


async def hang(turn):
    await asyncio.sleep(60)


FAULTS["hang for ever"] = hang


@pytest.mark.parametrize("fault", FAULTS)
def test_a6_a_faulty_skill_costs_its_own_answer_only(bot, fault):
    plugin = Plugin("faulty")
    plugin.skill(examples=[fault], name="fault", timeout_s=0.2)(FAULTS[fault])
    good = Plugin("good")
    good.skill(examples=["opening hours"], name="hours")(returning("From 9 to 18."))
    bot.load(plugin).load(good)
    answer = bot.ask(fault)
    assert answer.text == SORRY
    assert answer.intent == "faulty.fault"
    assert bot.ask("opening hours").text == "From 9 to 18."


def test_a6_none_means_not_mine_after_all(bot):
    plugin = Plugin("shy")
    plugin.skill(examples=["tell me a joke"], name="joke")(returning(None))
    plugin.fallback(returning("Let me think."))
    assert bot.load(plugin).ask("tell me a joke").text == "Let me think."


def test_a6_what_no_channel_can_carry_is_taken_out(bot):
    plugin = Plugin("odd")
    text = "half \ud83d\x00 \x1b[31mred\x1b[0m\ttab\nline"
    plugin.skill(examples=["say something odd"], name="odd")(
        returning(Reply(text, buttons=(Button("\ud83d yes\x07", "yes"),)))
    )
    (reply,) = bot.load(plugin).ask("say something odd").replies
    assert reply.text == "half \ufffd [31mred[0m\ttab\nline"
    assert reply.buttons == (Button("\ufffd yes", "yes"),)


def test_a6_a_skill_that_swallows_its_cancellation_is_left_behind(bot):
    plugin = Plugin("stubborn")
    plugin.skill(examples=["swallow the cancellation"], name="swallow", timeout_s=0.1)(swallow)
    started = time.monotonic()
    assert bot.load(plugin).ask("swallow the cancellation").text == SORRY
    assert time.monotonic() - started < 20


def test_a6_a_skill_sees_a_copy_and_cannot_change_the_conversation(bot):
    plugin = Plugin("greedy")
    plugin.fallback(greedy)
    bot.load(plugin)
    assert bot.ask("one").text == "{}"
    assert bot.ask("two").text == "{}"


async def greedy(turn):
    seen = dict(turn.conversation.memory)
    turn.conversation.memory["stolen"] = True
    return str(seen)


def test_a6_a_fault_in_a_fallback_leaves_the_next_one_to_answer(bot):
    plugin = Plugin("two")

    @plugin.fallback
    async def first(turn):
        raise ValueError("no")

    @plugin.fallback
    async def second(turn):
        return "second"

    assert bot.load(plugin).ask("anything").text == "second"


def test_a6_others_are_answered_while_a_skill_hangs(bot):
    plugin = Plugin("slow")
    plugin.skill(examples=["hang for a while"], name="hang", timeout_s=3)(hang)
    good = Plugin("good")
    good.skill(examples=["opening hours"], name="hours")(returning("From 9 to 18."))
    bot.load(plugin).load(good)
    bot.ask("opening hours")

    async def both():
        hanging = asyncio.create_task(bot._bot.ask("hang for a while", user="a"))
        await asyncio.sleep(0.1)
        found = [(await bot._bot.ask("opening hours", user=f"b{n}")).text for n in range(5)]
        assert not hanging.done(), "the others had to wait"
        return found, (await hanging).text

    assert bot._run(both()) == (["From 9 to 18."] * 5, SORRY)


def test_a6_an_unknown_kind_of_act_key_is_said_as_it_is(bot):
    plugin = Plugin("acts")
    plugin.fallback(returning([Say("no_words"), "and", Reply("more", source="x")]))
    answer = bot.load(plugin).ask("go")
    assert [reply.text for reply in answer.replies] == ["I can only read words. What can I do for you?", "and", "more"]


def test_quoting_an_entry_names_its_source(bot):
    from botcore import KnowledgeEntry

    plugin = Plugin("quotes")
    plugin.fallback(returning(Quote(KnowledgeEntry("hours", {"en": ("?",)}, {"en": "9 to 18.", "zh": "9点到18点。"}))))
    bot.load(plugin)
    assert (bot.ask("hours").text, bot.ask("hours").replies[0].source) == ("9 to 18.", "hours")
    assert bot.ask("几点开门").text == "9点到18点。"


# The breaker


def test_the_breaker_opens_after_five_failures_in_a_row_and_lets_one_try_again():
    breaker = Breaker()
    for second in range(FAILURES_TO_OPEN):
        assert breaker.admits(second)
        breaker.record(is_good=False, now=second)
    opened_at = FAILURES_TO_OPEN - 1
    assert not breaker.admits(opened_at + PAUSE_S - 0.1)
    assert breaker.admits(opened_at + PAUSE_S), "half-open"
    assert not breaker.admits(opened_at + PAUSE_S), "one tries for all"
    breaker.record(is_good=True, now=opened_at + PAUSE_S)
    assert breaker.admits(opened_at + PAUSE_S)


def test_the_breaker_opens_again_when_the_try_fails():
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        breaker.record(is_good=False, now=0)
    assert breaker.admits(PAUSE_S)
    breaker.record(is_good=False, now=PAUSE_S)
    assert not breaker.admits(2 * PAUSE_S - 0.1)
    assert breaker.admits(2 * PAUSE_S)


def test_a_success_between_failures_keeps_the_breaker_shut():
    breaker = Breaker()
    for number in range(3 * FAILURES_TO_OPEN):
        breaker.record(is_good=number % FAILURES_TO_OPEN == 0, now=0)
    assert breaker.admits(0)


@pytest.mark.anyio
async def test_a_plugin_that_failed_five_times_is_not_called_for_a_while():
    calls = 0

    async def fail():
        nonlocal calls
        calls += 1
        raise ValueError("no")

    guard = Guard()
    for _ in range(FAILURES_TO_OPEN + 3):
        with pytest.raises(PluginError):
            await guard.call("bad", fail, what="bad.skill")
    assert calls == FAILURES_TO_OPEN
    with pytest.raises(PluginError, match=r"bad.skill is switched off for a moment after 5 failures in a row\."):
        await guard.call("bad", fail, what="bad.skill")

    async def fine():
        return 1

    assert await guard.call("good", fine, what="good.skill") == 1


@pytest.mark.anyio
async def test_the_guard_takes_secrets_out_of_what_plugins_raise():
    guard = Guard(redact=lambda text: text.replace("s3cret", "***"))
    with pytest.raises(PluginError, match=r"p.s raised RuntimeError: token \*\*\*$"):
        await guard.call("p", lambda: raising(RuntimeError("token s3cret"))(None), what="p.s")


@pytest.mark.anyio
async def test_cancelling_the_caller_cancels_the_plugin_and_is_no_failure():
    ended = asyncio.Event()

    async def wait():
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    guard = Guard()
    task = asyncio.create_task(guard.call("p", wait, what="p.s"))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(ended.wait(), 5)
    assert guard.breakers["p"].failures == 0
