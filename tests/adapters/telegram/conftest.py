"""A real bot on a real journal, talking over loopback HTTP to the fake Telegram."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from botcore import Host
from botcore.app import Bot, gather
from botcore.testing.fake_telegram import TOKEN, FakeTelegram
from botcore_telegram.adapter import TelegramAdapter

ECHO = """
import asyncio
from botcore import Attachment, Button, Card, Carousel, Fact, File, Image, Plugin, Reply

plugin = Plugin("echo")

@plugin.fallback
async def echo(turn):
    message = turn.message
    if message.choice is not None:
        return f"You chose {message.choice}"
    if message.text.startswith("slow"):
        await asyncio.sleep(0.6)
    if message.text == "choices":
        buttons = (Button("Track my order", "track"), Button("Return an item", "return"))
        return Reply("Pick one:", buttons=buttons)
    if message.attachments:
        kinds = " ".join(file.kind for file in message.attachments)
        return f"Got {kinds}: {message.text}"
    return f"Echo: {message.text}"
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    """The platform. Whatever the test is about, the bot never sends it anything undocumented."""
    async with FakeTelegram(TOKEN) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def adapters(monkeypatch: pytest.MonkeyPatch) -> list[TelegramAdapter]:
    """The adapters of the bots that were started, for what only the core asks of them."""
    started: list[TelegramAdapter] = []
    start = TelegramAdapter.start

    async def noted(self: TelegramAdapter, host: Host) -> None:
        started.append(self)
        await start(self, host)

    monkeypatch.setattr(TelegramAdapter, "start", noted)
    return started


@pytest.fixture
async def make_bot(
    fake: FakeTelegram, adapters: list[TelegramAdapter], tmp_path: Path
) -> AsyncIterator[Callable[..., Awaitable[Bot]]]:
    """Start bots: `await make_bot(groups="shared", ...)`, with settings of the channel; all on one journal."""
    async with AsyncExitStack() as stack:

        async def make(plugin: str = ECHO, **settings: Any) -> Bot:
            (tmp_path / "echo.py").write_text(plugin, encoding="utf-8")
            config = {
                "bot": {"name": "Ada", "languages": ["en", "zh"]},
                "models": {"encoder": "none"},
                "store": f"sqlite:///{tmp_path}/bot.db",
                "plugins": {"echo": {"path": "echo.py"}},
                "channels": {"telegram": {"token": TOKEN, "base_url": fake.url, **settings}},
            }
            (tmp_path / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
            bot = Bot(gather(tmp_path / "config.yaml"))
            await bot.start()
            stack.push_async_callback(bot.stop, drain_s=1)
            return bot

        yield make


@pytest.fixture
async def bot(make_bot: Callable[..., Awaitable[Bot]]) -> Bot:
    """A polling bot with default settings that echoes."""
    return await make_bot()


@pytest.fixture
def texts(fake: FakeTelegram) -> Callable[..., list[str]]:
    """The texts of the bot's messages in a chat."""
    return lambda chat=1001: [shown["text"] for shown in fake.shown(chat)]


@pytest.fixture
def letters(tmp_path: Path) -> Callable[[], list[Any]]:
    """The dead letters: key, error, body."""

    def read() -> list[Any]:
        with closing(sqlite3.connect(tmp_path / "bot.db")) as database:
            return database.execute("SELECT key, error, body FROM dead_letters ORDER BY id").fetchall()

    return read


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
