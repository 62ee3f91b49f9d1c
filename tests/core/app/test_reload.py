"""A3: a good edit goes live without a restart; a bad one is shown and changes nothing; no message is lost."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable

import pytest
import structlog

from botcore import logs

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]
CONFIG = """
models: {encoder: none}
plugins: {faq: {files: [faq/*.yaml]}, mine: {path: mine.py}}
channels: {web: {port: 0}}
texts: [texts.yaml]
"""
HOURS = "- {id: hours, questions: {en: [when are you open], zh: [几点开门]}, answer: {en: From ten., zh: 十点。}}\n"
PLUGIN = """
from botcore import Plugin
plugin = Plugin("mine")
state = {}

@plugin.start
async def go():
    state["client"] = "connected"

@plugin.skill(examples=["are you connected"])
async def connected(turn):
    return state["client"]
"""


@pytest.fixture
def log(tmp_path):
    """What is logged, one JSON object a line, into a file that tests may read."""
    before = logging.getLogger().handlers[:]
    path = tmp_path / "log.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        logs.set_up("info", "json", str, stream)
        yield lambda: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    logging.getLogger().handlers[:] = before
    structlog.reset_defaults()


@pytest.fixture
def shop(shop, log):
    shop.write("config.yaml", CONFIG)
    shop.write("faq/a.yaml", HOURS)
    shop.write("mine.py", PLUGIN)
    shop.write("texts.yaml", "no_words: {en: Words please., zh: 请打字。}")
    return shop


async def until(is_so: Callable[[], bool], within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def until_said(bot, question: str, answer: str) -> None:
    async with asyncio.timeout(20):
        while (await bot.ask(question)).text != answer:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def events(log, name: str) -> list[dict]:
    return [line for line in log() if line["event"] == name]


async def test_a_good_edit_of_answers_texts_and_thresholds_goes_live(shop):
    async with shop.running(serve=True) as bot:
        assert (await bot.ask("when are you open")).text == "From ten."
        shop.replace("faq/a.yaml", HOURS.replace("From ten.", "From nine."))
        await until_said(bot, "when are you open", "From nine.")
        shop.replace("texts.yaml", "no_words: {en: Only words., zh: 只要字。}")
        await until_said(bot, "!!", "Only words.")
        shop.replace("config.yaml", CONFIG + "knowledge: {answer_from: 1.0}\n")
        await until_said(bot, "when are you open", "I am not sure I know that. Is it one of these?")


async def test_a_new_file_is_picked_up_by_the_glob(shop):
    async with shop.running(serve=True) as bot:
        shop.write(
            "faq/b.yaml",
            HOURS.replace("hours", "parking")
            .replace("when are you open", "where can I park")
            .replace("几点开门", "停车"),
        )
        await until_said(bot, "where can I park", "From ten.")


async def test_a_broken_edit_is_refused_and_shown_while_messages_flow_and_its_mend_goes_live(shop, log):
    async with shop.running(serve=True) as bot:
        answered: list[str] = []

        async def keep_asking() -> None:
            while True:
                answered.append((await bot.ask("when are you open", user=f"u{len(answered) % 7}")).text)
                await asyncio.sleep(0.01)

        asking = asyncio.create_task(keep_asking())
        for content in (HOURS.replace("answer", "anser"), "- {id: hou", HOURS + HOURS):
            shown = len(events(log, "reload_refused"))
            shop.replace("faq/a.yaml", content)
            await until(lambda: len(events(log, "reload_refused")) > shown)  # noqa: B023
        shop.replace("config.yaml", "")
        await until(lambda: any("the file is empty" in line["problem"] for line in events(log, "reload_refused")))
        shop.replace("config.yaml", CONFIG)
        shop.replace("faq/a.yaml", HOURS.replace("From ten.", "From nine."))
        await until_said(bot, "when are you open", "From nine.")
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert set(answered) <= {"From ten.", "From nine."}
        assert len(answered) > 20
        refused = [line["problem"] for line in events(log, "reload_refused")]
        assert any(problem.startswith("faq/a.yaml:1:") and "anser" in problem for problem in refused)
        page = bot.metrics.page().decode()
        assert 'botcore_reloads_total{result="refused"}' in page
        assert 'botcore_reloads_total{result="done"}' in page


async def test_edits_during_a_reload_are_not_overlooked(shop):
    async with shop.running(serve=True) as bot:
        for number in range(12):
            shop.replace("faq/a.yaml", HOURS.replace("From ten.", f"Answer {number}."))
            await asyncio.sleep(0.15)
        await until_said(bot, "when are you open", "Answer 11.")


async def test_a_plugin_that_did_not_change_keeps_what_its_start_made(shop):
    async with shop.running(serve=True) as bot:
        assert (await bot.ask("are you connected")).text == "connected"
        shop.replace("faq/a.yaml", HOURS.replace("From ten.", "From nine."))
        await until_said(bot, "when are you open", "From nine.")
        assert (await bot.ask("are you connected")).text == "connected"


async def test_a_plugin_that_changed_is_started_before_it_is_used(shop):
    async with shop.running(serve=True) as bot:
        shop.replace("mine.py", PLUGIN.replace('"connected"', '"connected again"'))
        shop.replace("faq/a.yaml", HOURS.replace("From ten.", "From nine."))
        await until_said(bot, "when are you open", "From nine.")
        assert (await bot.ask("are you connected")).text == "connected again"


async def test_what_needs_a_restart_is_said(shop, log):
    async with shop.running(serve=True):
        shop.replace("config.yaml", CONFIG.replace("port: 0", "port: 1") + "bot: {name: Other}\n")
        await until(lambda: bool(events(log, "restart_needed")))
    assert events(log, "restart_needed")[0]["sections"] == "bot, channels"


async def test_a_secret_that_is_gone_is_refused(shop, log):
    shop.write("key.txt", "x" * 40).chmod(0o600)
    shop.write("config.yaml", CONFIG.replace("port: 0", 'port: 0, identity_secret: "${file:key.txt}"'))
    async with shop.running(serve=True) as bot:
        (shop.folder / "key.txt").unlink()
        shop.replace("faq/a.yaml", HOURS.replace("From ten.", "From nine."))
        await until(lambda: bool(events(log, "reload_refused")))
        assert "key.txt cannot be read" in events(log, "reload_refused")[0]["problem"]
        assert (await bot.ask("when are you open")).text == "From ten."
