"""The whole way of one message, in memory: answered, remembered, in order, and apologised for when it fails."""

from __future__ import annotations

import asyncio

import pytest

from botcore import NotReady
from botcore.app import Bot

pytestmark = pytest.mark.anyio

PLUGIN = """
from pathlib import Path
from botcore import KnowledgeEntry, Plugin

plugin = Plugin("mine")

@plugin.knowledge
def entries(settings, problems):
    return [
        KnowledgeEntry(
            "hours", {"en": ("when are you open",), "zh": ("几点开门",)}, {"en": "9 to 18.", "zh": "9点到18点。"}
        ),
        KnowledgeEntry("empty", {"en": ("an entry without an answer",)}, {}),
    ]

@plugin.skill(examples=["count", "数一数"])
async def count(turn):
    number = turn.conversation.memory.get("number", 0) + 1
    turn.remember("number", number)
    return f"{turn.message.text}: {number}"

@plugin.fallback
async def last(turn):
    if turn.message.text.isdigit():
        return f"{turn.language} {turn.message.text}"

def note(line):
    with Path("seen.txt").open("a", encoding="utf-8") as seen:
        seen.write(line + "\\n")

@plugin.on("handed over")
async def handed_over(facts):
    note("handed over: " + facts["reason"])

@plugin.on("turn finished")
async def finished(facts):
    note("finished: " + facts["command"])

@plugin.on("message accepted")
async def accepted(facts):
    note("accepted on " + facts["channel"])

@plugin.on("turn finished")
async def broken(facts):
    raise ValueError("a watcher's failure costs nothing")
"""
CONFIG = "models: {encoder: none}\nplugins: {mine: {path: mine.py}}\nlogging: {level: error}\n"


@pytest.fixture
def shop(shop):
    shop.write("mine.py", PLUGIN)
    shop.write("config.yaml", CONFIG)
    return shop


async def test_a_question_is_answered_and_says_why(shop):
    async with shop.running() as bot:
        answer = await bot.ask("when are you open")
        assert (answer.text, answer.language, answer.intent, answer.handed_over) == ("9 to 18.", "en", "hours", False)
        assert answer.replies[0].source == "hours"
        assert answer.score > 0.5
        assert answer.commands[0]["command"] == "answer"
        kinds = [event.kind for event in await bot.engine.trace(answer.trace)]
        assert kinds == ["user", "understood", "decided", "timed", "said"]


async def test_what_has_no_language_stays_in_the_conversations(shop):
    async with shop.running() as bot:
        assert (await bot.ask("123", user="b")).text == "en 123"
        assert (await bot.ask("几点开门", user="a")).text == "9点到18点。"
        assert (await bot.ask("123", user="a")).text == "zh 123"
        assert (await bot.ask("123", user="b")).text == "en 123"


async def test_what_a_skill_remembers_is_there_in_the_next_turn_of_this_conversation(shop):
    async with shop.running() as bot:
        for number in (1, 2, 3):
            assert (await bot.ask("count", user="a")).text == f"count: {number}"
        assert (await bot.ask("count", user="b")).text == "count: 1"
        assert (await bot.ask("count", user="b", conversation="cli:a")).text == "count: 4"


async def test_watchers_hear_of_what_happened_and_their_failure_costs_nothing(shop):
    async with shop.running() as bot:
        answer = await bot.ask("hello", choice="person")
        assert answer.handed_over
        async with asyncio.timeout(10):
            while not (shop.folder / "seen.txt").exists() or shop.read("seen.txt").count("\n") < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert sorted(shop.read("seen.txt").splitlines()) == [
            "accepted on cli",
            "finished: hand_over",
            "handed over: the user asked for a person",
        ]
        assert (await bot.ask("count")).text == "count: 1"


async def test_a_turn_that_fails_is_tried_three_times_then_apologised_for_and_the_conversation_goes_on(shop):
    async with shop.running() as bot:
        failing = asyncio.create_task(bot.ask("an entry without an answer"))
        await asyncio.sleep(0.05)
        behind = asyncio.create_task(bot.ask("when are you open"))
        other = await bot.ask("when are you open", user="other")
        assert other.text == "9 to 18.", "other conversations do not wait"
        assert not behind.done()
        failed = await asyncio.wait_for(failing, 20)
        assert (
            failed.text
            == "Sorry, something went wrong on our side. Your message is safe; please try again in a moment."
        )
        events = await bot.engine.trace(failed.trace)
        assert [event.kind for event in events] == ["user", "turn_failed", "said"]
        assert (await behind).text == "9 to 18."
        health = await bot.health()
        assert (health["status"], health["waiting"], health["dead_letters"]) == ("ready", 0, 0)


async def test_fifty_messages_at_once_keep_the_order_within_each_of_ten_conversations(shop):
    async with shop.running() as bot:
        asked = [(f"u{number % 10}", f"count {number // 10}") for number in range(50)]
        answers = await asyncio.gather(*(bot.ask(text, user=user) for user, text in asked))
        for (_, text), answer in zip(asked, answers, strict=True):
            assert answer.text == f"{text}: {int(text[-1]) + 1}"
        for number in range(10):
            events = await bot.engine.events(f"cli:u{number}", kinds=("user", "said"))
            assert [event.body["text"] for event in events if event.kind == "user"] == [f"count {n}" for n in range(5)]
            assert [event.body["text"] for event in events if event.kind == "said"] == [
                f"count {n}: {n + 1}" for n in range(5)
            ]


async def test_the_same_journal_goes_on_after_a_restart(shop):
    for number in (1, 2):
        async with shop.running(store=f"sqlite:///{shop.folder}/state/bot.db") as bot:
            assert (await bot.ask("count")).text == f"count: {number}"


async def test_two_bots_on_one_journal_are_refused(shop):
    store = f"sqlite:///{shop.folder}/state/bot.db"
    async with shop.running(store=store):
        with pytest.raises(NotReady, match="Another process has the journal"):
            async with shop.running(store=store):
                pass


async def test_a_stopped_bot_takes_nothing(shop):
    async with shop.running() as bot:
        pass
    with pytest.raises(NotReady):
        await bot.ask("count")


async def test_a_plugin_that_cannot_start_keeps_the_bot_from_starting_and_is_named(shop):
    shop.write(
        "mine.py", 'from botcore import Plugin\nplugin = Plugin("mine")\n@plugin.start\nasync def go():\n    1/0\n'
    )
    bot = Bot(shop.gather(), store="sqlite://")
    with pytest.raises(Exception, match="mine: start raised ZeroDivisionError: division by zero"):
        await bot.start(serve=False)


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "\ud83d", "a\x00b", "\u202e", "🙂" * 5000, "\r\n", "{0.__class__}", "怎么" * 9999]
)
async def test_u1_hostile_text_is_answered_and_comes_back_in_the_log(shop, text):
    async with shop.running() as bot:
        answer = await bot.ask(text)
        assert answer.text
        (user,) = await bot.engine.events("cli:you", kinds=("user",))
        assert user.body["text"] == text.replace("\x00", "").replace("\ud83d", "\ufffd")


async def test_the_number_of_a_stranger_is_not_known_by_another(shop):
    async with shop.running() as bot:
        await bot.ask("count", user="a")
        state = [event.body for event in await bot.engine.events("cli:b")]
        assert state == []
