"""The channels that are on: opened, served by one HTTP server, fed with replies, closed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from botcore.api.metrics import Metrics
from botcore.api.server import HealthReport, HttpServer, build_app
from botcore.app.host import BotHost
from botcore.app.previews import Previews
from botcore.channel import Adapter
from botcore.delivery.engine import Engine
from botcore.delivery.overdue import Overdue
from botcore.errors import BadInput, NotReady
from botcore.messages import Attachment, Delivery, Failed, Message, Preview, Retry, SendResult, Unknown
from botcore.plugins import Plugins

log = structlog.get_logger("botcore.channels")
SEND_TIMEOUT_S = 60.0
FETCH_TIMEOUT_S = 60.0
TYPING_AFTER_S = 0.3
RETRY_MAX_S = 60.0
LISTEN_PAUSE_S = 0.5
DEFAULT_ADDRESS = ("127.0.0.1", 8000)
Spawn = Callable[..., asyncio.Task[None]]


class Channels:
    """All adapters of one bot, and the server that carries their routes."""

    def __init__(self, engine: Engine, metrics: Metrics, spawn: Spawn) -> None:
        self._engine = engine
        self._metrics = metrics
        self._spawn = spawn
        self._adapters: list[Adapter] = []
        self._by_name: dict[str, Adapter] = {}
        self._thinking: Overdue[tuple[str, str]] = Overdue(TYPING_AFTER_S, self._show_typing)
        self._shown: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._server: HttpServer | None = None
        self._previews = Previews(lambda work, name: spawn(work, name, is_passing=True))

    @property
    def url(self) -> str | None:
        """Where the HTTP server listens; None when nothing needs one."""
        return self._server.url if self._server else None

    async def open(self, plugins: Plugins, host: BotHost, health: HealthReport) -> None:
        """Serve first, so that `/health` answers while models load; then start every adapter."""
        address: tuple[str, int] | None = None
        routes: list[Any] = []
        for plugin, adapter in plugins.gather("botcore_channel"):
            if not plugin.is_channel:
                continue
            self._adapters.append(adapter)
            self._by_name[adapter.name] = adapter
            routes += adapter.routes()
            if address is None and getattr(plugin.settings, "port", None) is not None:
                address = (plugin.settings.host, plugin.settings.port)
        for _plugin, found in plugins.gather("botcore_routes", host=host):
            routes += found
        if address is not None or routes:
            self._server = HttpServer(build_app(routes, health, self._metrics), *(address or DEFAULT_ADDRESS))
            await self._server.start()
        for adapter in self._adapters:
            await adapter.start(host)
            self._spawn(self._send(adapter), f"send-{adapter.name}")
            self._spawn(self._listen(adapter), f"listen-{adapter.name}", is_passing=True)

    async def close(self) -> None:
        """Stop every adapter, then the server."""
        for adapter in self._adapters:
            await quietly(adapter.stop(), f"channel {adapter.name}")
        if self._server is not None:
            await self._server.stop()

    def begin_thinking(self, message: Message) -> None:
        """Its channel shows that the bot is thinking, once it takes longer than a glance.

        Nothing waits for that: it costs a call to the platform, which most answers are quicker than.
        """
        if message.channel in self._by_name:
            self._thinking.begin((message.channel, message.conversation))

    def end_thinking(self, message: Message) -> None:
        """The bot has thought."""
        place = (message.channel, message.conversation)
        if self._thinking.end(place) is None and place in self._shown:
            self._spawn(self._hide_typing(place), "typing", is_passing=True)

    def _show_typing(self, place: tuple[str, str]) -> None:
        channel, conversation = place
        work = quietly(self._by_name[channel].typing(conversation, True), f"typing on {channel}")
        self._shown[place] = self._spawn(work, "typing", is_passing=True)

    async def _hide_typing(self, place: tuple[str, str]) -> None:
        channel, conversation = place
        await asyncio.wait({self._shown.pop(place)})
        await quietly(self._by_name[channel].typing(conversation, False), f"typing on {channel}")

    def preview(self, message: Message, turn: str, text: str) -> None:
        """Show on the message's channel what there is of its answer."""
        adapter = self._by_name.get(message.channel)
        if adapter is not None and text.strip():
            shown = Preview(turn, message.channel, message.conversation, text, message.user, message.ref)
            self._previews.show(adapter, shown)

    def begin_preview(self, turn: str) -> None:
        """The turn runs, and may be shown."""
        self._previews.begin(turn)

    async def end_preview(self, turn: str) -> None:
        """The turn has its answer: nothing more of it is shown before that."""
        await self._previews.end(turn)

    async def fetch(self, message: Message, attachment: Attachment, limit_bytes: int) -> bytes:
        """The bytes of an attachment of this message, from its channel."""
        adapter = self._by_name.get(message.channel)
        if adapter is None:
            raise BadInput("no_file", f"The channel {message.channel!r} keeps no files.")
        async with asyncio.timeout(FETCH_TIMEOUT_S):
            return await adapter.fetch(attachment, limit_bytes=limit_bytes)

    async def _listen(self, adapter: Adapter) -> None:
        """Listen until the adapter has done so, or the bot stops; a failure is followed by a pause and a new try."""
        pause_s = LISTEN_PAUSE_S
        while True:
            started = time.monotonic()
            try:
                return await adapter.listen()
            except Exception as wrong:  # the border to the channel
                log.error("listen_failed", channel=adapter.name, error=f"{type(wrong).__name__}: {wrong}")
                self._metrics.count("listen_failed_total", labels={"channel": adapter.name})
            pause_s = LISTEN_PAUSE_S if time.monotonic() - started > RETRY_MAX_S else min(2 * pause_s, RETRY_MAX_S)
            await asyncio.sleep(pause_s)

    async def _send(self, adapter: Adapter) -> None:
        """Steps 9 and 10: hand each reply to the adapter, settle how it went."""
        async with asyncio.TaskGroup() as tasks:
            async for delivery in self._engine.deliveries(adapter.name, replay_safe=adapter.replay_safe):
                tasks.create_task(self._send_one(adapter, delivery))

    async def _send_one(self, adapter: Adapter, delivery: Delivery) -> None:
        result = await self._call(adapter, delivery)
        if isinstance(result, Failed):
            log.error("not_delivered", channel=adapter.name, why=result.why)
        elif isinstance(result, Unknown):
            log.error("maybe_delivered", channel=adapter.name, why=result.why)
        await self._engine.settle(delivery, result)

    async def _call(self, adapter: Adapter, delivery: Delivery) -> SendResult:
        """How the adapter's sending ended; after any exception but NotReady nobody knows, and it is tried again."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                return await adapter.send(delivery)
        except Exception as wrong:  # the border to the channel: what it cannot say is tried again
            log.warning("send_failed", channel=adapter.name, error=f"{type(wrong).__name__}: {wrong}")
            pause_s = min(RETRY_MAX_S, 2.0 ** min(delivery.attempt, 6))
            return Retry(pause_s, why=str(wrong), is_ambiguous=not isinstance(wrong, NotReady))


async def quietly(work: Awaitable[Any], what: str) -> None:
    """Await what must not fail the turn; a failure is a log line."""
    try:
        await work
    except Exception as wrong:  # the border to channels and plugins
        log.warning("side_work_failed", what=what, error=f"{type(wrong).__name__}: {wrong}")
