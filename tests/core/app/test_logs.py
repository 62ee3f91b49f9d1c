"""Logs: one line an event whatever users write (U7), and no secret at any level (A5)."""

from __future__ import annotations

import asyncio
import io
import json
import logging

import pytest
import structlog

from botcore import logs
from botcore.config.secrets import Secrets

NASTY = "one\r\ntwo\x1b[31m\x00\u2028three\u2029four\x85five\x0bsix\ud83d"
CANARY = "canary-9f8e7d6c"


@pytest.fixture
def log():
    """Set logging up into a text; everything is put back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict", write_through=True)
    secrets = Secrets()
    secrets.add(CANARY)

    class Log:
        def set_up(self, style: str, level: str = "debug") -> None:
            logs.set_up(level, style, secrets.redact, stream)

        @property
        def text(self) -> str:
            return stream.buffer.getvalue().decode()

        @property
        def events(self) -> list[dict]:
            return [json.loads(line) for line in self.text.split("\n")[:-1]]

    yield Log()
    root.handlers[:] = before
    root.setLevel(level)
    for name in logs.QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def write_everything() -> int:
    """Log hostile text in every way that there is; how many events that were."""
    log, plain = structlog.get_logger("botcore.x"), logging.getLogger("some.library")
    log.warning("event", text=NASTY, nested={"a": [NASTY, {"b": NASTY}]}, number=1, nothing=None)
    log.info(NASTY)
    plain.warning("text %s", NASTY)
    plain.debug(NASTY, extra={"more": NASTY})
    plain.error({"a": NASTY})
    return 5


def test_u7_json_is_one_object_a_line(log):
    log.set_up("json")
    count = write_everything()
    try:
        raise ValueError(NASTY)
    except ValueError:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("y").exception("failed too")
    assert len(log.events) == count + 2
    assert len(log.text.splitlines()) == count + 2, "whatever a reader takes for the end of a line"
    assert not set(log.text) & {"\r", "\x1b", "\x00", "\u2028", "\x85", "\x0b"}
    first = log.events[0]
    assert first["event"] == "event"
    assert first["text"] == "one\\r\\ntwo[31m\\u2028three\\u2029fourfivesix\ufffd"
    assert (first["level"], first["logger"], first["number"], first["nothing"]) == ("warning", "botcore.x", 1, None)
    assert first["timestamp"].endswith("Z")
    assert "ValueError" in log.events[-1]["exception"]


def test_u7_console_is_one_line_an_event_without_colours(log):
    log.set_up("console")
    count = write_everything()
    assert len(log.text.splitlines()) == count
    assert not set(log.text) & {"\r", "\x1b", "\x00", "\u2028"}


def test_auto_is_json_where_there_is_no_terminal(log):
    log.set_up("auto")
    structlog.get_logger("x").info("hello")
    assert log.events[0]["event"] == "hello"


def test_the_level_is_kept(log):
    log.set_up("json", "warning")
    structlog.get_logger("x").info("quiet")
    structlog.get_logger("x").warning("loud")
    assert [event["event"] for event in log.events] == ["loud"]


def test_libraries_that_tell_addresses_are_quiet_at_debug(log):
    log.set_up("json", "debug")
    for name in ("httpx", "uvicorn.access", "watchfiles.main", "urllib3.connectionpool"):
        logging.getLogger(name).info("GET https://api.example/bot%s/getMe", CANARY)
    assert log.text == ""


@pytest.mark.parametrize("style", ["json", "console"])
def test_a5_no_secret_at_debug(log, style):
    log.set_up(style, "debug")
    structlog.get_logger("x").debug(
        f"token {CANARY}", token=CANARY, deep={"a": [CANARY]}, url=f"https://x/?k={CANARY}&y"
    )
    logging.getLogger("lib").debug("sent %s", CANARY, extra={"header": f"Bearer {CANARY}"})
    try:
        raise RuntimeError(f"refused: {CANARY}")
    except RuntimeError:
        logging.getLogger("lib").exception("failed")
    assert CANARY not in log.text
    assert log.text.count("***") >= 6


@pytest.mark.anyio
async def test_a5_no_secret_in_log_trace_or_reply_when_a_plugin_tells_it(shop, log):
    shop.environ = {"KEY": CANARY}
    shop.write("mine.py", LEAKY)
    gathered = shop.gather("models: {encoder: none}\nplugins: {mine: {path: mine.py, key: '${KEY}'}}")
    log.set_up("json", "debug")
    from botcore.app import Bot

    bot = Bot(gathered, store=f"sqlite:///{shop.folder}/data/bot.db")
    await bot.start(serve=False)
    answer = await bot.ask("call the service")
    await asyncio.sleep(0.05)
    trace = await bot.engine.trace(answer.trace)
    await bot.stop()
    assert "*** was refused" in log.text
    assert CANARY not in log.text
    assert CANARY not in str(trace)
    for file in (shop.folder / "data").rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes(), file


LEAKY = """
from pydantic import BaseModel
from botcore import Plugin

class Settings(BaseModel):
    key: str

plugin = Plugin("mine", settings=Settings)

@plugin.skill(examples=["call the service"])
async def call(turn):
    raise RuntimeError(f"https://api.example/{turn.settings.key} was refused")

@plugin.on("turn finished")
async def leak(facts):
    raise RuntimeError("canary-9f8e7d6c was refused")
"""
