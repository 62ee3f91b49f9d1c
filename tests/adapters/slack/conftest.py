"""A real bot on a real journal, and a Slack of its own to talk with, in one event loop."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from botcore.app import Bot, gather
from botcore.testing.fake_slack import FakeSlack, Setup
from botcore_slack import SlackAdapter, SlackSettings

DESK = """
import asyncio
from botcore import Button, Card, Carousel, Fact, File, Image, Plugin, Reply

plugin = Plugin("desk")

GROWING = "Your order **4711** left us today. You can follow it on the way."

@plugin.fallback
async def desk(turn):
    message = turn.message
    if message.choice is not None:
        return f"You chose {message.choice}"
    match message.text.split():
        case ["buttons"]:
            site = Button("Site", url="https://shop.example")
            return Reply("**Pick**", buttons=(Button("One", "one"), Button("Two", "two"), site))
        case ["long"]:
            return Reply("\\n\\n".join(f"Paragraph {i}. " + "word " * 150 for i in range(25)))
        case ["card"]:
            image = Image("https://shop.example/k.png", "a kettle")
            card = Card("Kettle <1>", "*hot*", image, (Fact("Price", "20 EUR"),), (Button("Buy", "buy"),))
            return Reply("Here:", content=(Carousel((card, card)),), buttons=(Button("More", "more"),))
        case ["files", *paths]:
            return Reply("Before", content=(Image(paths[0], "a picture"), File(paths[1], "terms.pdf")))
        case ["stream", *pause]:
            for end in (12, 30, len(GROWING)):
                turn.preview(GROWING[:end])
                await asyncio.sleep(float(pause[0]) if pause else 0.05)
            return GROWING
        case ["code"]:
            return Reply("Your code is 1234", at_most_once=True)
        case ["person"]:
            return turn.handoff("asked for")
        case ["look"]:
            found = await turn.fetch(message.attachments[0], limit_bytes=1000)
            return f"{len(found)} bytes"
        case ["locale"]:
            return f"{message.user.name} {message.user.locale}"
        case ["slow"]:
            await asyncio.sleep(0.6)
    return f"echo: {message.text}" + "".join(f" [{file.kind} {file.name}]" for file in message.attachments)
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def setup() -> Setup:
    """How the platform begins; tests may replace it."""
    return Setup(ack_timeout_s=1.0, time_scale=0.005)


@pytest.fixture
async def slack(setup: Setup) -> AsyncIterator[FakeSlack]:
    """The platform. Whatever a test is about, the bot sends it nothing that it does not know."""
    async with FakeSlack(setup) as running:
        running.add_person("U1", "Wei", "zh-CN")
        running.add_person("U2", "Ann", "en-GB")
        yield running
        assert running.violations == []


def section_of(slack: FakeSlack, **settings: Any) -> dict[str, Any]:
    """The section `channels: slack:` for this platform."""
    tokens = {"bot_token": slack.setup.bot_token, "app_token": slack.setup.app_token}
    return {**tokens, "base_url": slack.base_url, **settings}


def http_section(slack: FakeSlack, **settings: Any) -> dict[str, Any]:
    """The same for HTTP mode, on a free port."""
    own = {"mode": "http", "signing_secret": slack.setup.signing_secret, "port": 0}
    section = section_of(slack, **{**own, **settings})
    return {name: value for name, value in section.items() if value is not None and name != "app_token"}


Make = Callable[..., Awaitable[Bot]]


@pytest.fixture
async def make_bot(slack: FakeSlack, tmp_path: Path) -> AsyncIterator[Make]:
    """Start bots: `await make_bot(section?, plugin?)`, all on one journal."""
    async with AsyncExitStack() as stack:

        async def make(section: dict[str, Any] | None = None, plugin: str = DESK) -> Bot:
            (tmp_path / "desk.py").write_text(plugin, encoding="utf-8")
            config = {
                "bot": {"name": "Ada", "languages": ["en", "zh"]},
                "models": {"encoder": "none"},
                "store": "sqlite:///bot.db",
                "plugins": {"desk": {"path": "desk.py"}},
                "channels": {"slack": section or section_of(slack)},
            }
            (tmp_path / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
            bot = Bot(gather(tmp_path / "config.yaml"))
            await bot.start()
            stack.push_async_callback(bot.stop, drain_s=1)
            if config["channels"]["slack"].get("mode") != "http":
                await slack.sockets.wait_for(1)
            return bot

        yield make


@pytest.fixture
async def bot(make_bot: Make) -> Bot:
    """A bot in Socket Mode."""
    return await make_bot()


@pytest.fixture
def section(slack: FakeSlack) -> Callable[..., dict[str, Any]]:
    """`section(edits="answer")`: settings of the channel in Socket Mode."""
    return lambda **settings: section_of(slack, **settings)


@pytest.fixture
def over_http(slack: FakeSlack) -> Callable[..., dict[str, Any]]:
    """`over_http(agents=[])`: settings of the channel in HTTP mode."""
    return lambda **settings: http_section(slack, **settings)


@pytest.fixture
def memory_host() -> Any:
    """A host that can be told to refuse (`is_full`)."""
    spec = importlib.util.spec_from_file_location("slack_memory_host", Path(__file__).with_name("host.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MemoryHost()


@pytest.fixture
async def quick_adapter(slack: FakeSlack, memory_host: Any) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """`await quick_adapter(ping_s=0.2)`: the adapter alone on a host in memory, listening."""
    running: list[tuple[SlackAdapter, asyncio.Task[None]]] = []

    async def start(**options: Any) -> Any:
        adapter = SlackAdapter(SlackSettings(**section_of(slack)), **options)
        await adapter.start(memory_host)
        running.append((adapter, asyncio.create_task(adapter.listen())))
        await slack.sockets.wait_for(1)
        return memory_host

    yield start
    for adapter, listening in running:
        await adapter.stop()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
