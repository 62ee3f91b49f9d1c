"""A small real bot around the web channel: the real engine on a real file, behind a real server on loopback.

The tests of the API and the tests in a browser share it. It runs in a thread of its own, so that it can be stopped,
killed and started again on the same port while a browser looks on.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette

from botcore import Button, Event, Message, Preview, Reply
from botcore.delivery.engine import Claim, Outcome
from botcore.delivery.options import Options
from botcore.delivery.sqlite import SqliteEngine
from botcore_web import WebAdapter, WebSettings

T = TypeVar("T")
START_TIMEOUT_S = 20


def echo(message: Message) -> Sequence[Reply]:
    """What the bot answers unless a test says otherwise."""
    if message.choice is not None:
        return [Reply(f"You chose {message.choice}")]
    if message.text == "choices":
        return [Reply("Pick one:", buttons=(Button("Track my order", "track"), Button("Return an item", "return")))]
    return [Reply(f"Echo: {message.text}", source="echo")]


class Bot:
    """Implements `Host` and runs the server; all its state lies in `folder`, so a new one continues an old one."""

    bot_name = "Ada"
    languages = ("en", "zh")

    def __init__(
        self, folder: Path, settings: WebSettings | None = None, options: Options | None = None, port: int = 0
    ) -> None:
        self.folder = folder
        self.settings = settings or WebSettings()
        self.options = options or Options(pause_s=0.05)
        self.port = port or free_port()
        self.answer: Callable[[Message], Sequence[Reply]] = echo
        self.pause_s = 0.0  # how long the bot "thinks"
        self.previews: Sequence[str] = ()  # what every answer is shown as while it is made
        self.is_released = threading.Event()  # until then an answer with previews is not finished
        self.side_events: tuple[tuple[str, Mapping[str, Any]], ...] = ()  # written along with every answer
        self.observed: Counter[str] = Counter()
        self.answered: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # --- Host ---

    async def accept(self, message: Message) -> bool:
        return await self.engine.accept(message)

    async def events(self, conversation: str, **where: Any) -> list[Event]:
        return await self.engine.events(conversation, **where)

    def secret(self, name: str) -> bytes:
        return f"{name}:{self.folder}".encode().ljust(32, b".")[-32:]

    def observe(self, metric: str, value: float = 1.0, labels: Mapping[str, str] | None = None) -> None:
        self.observed[metric] += int(value)

    # --- running ---

    def start(self) -> Bot:
        """Serve. Returns once requests are answered."""
        self._is_up = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="bot", daemon=True)
        self._thread.start()
        if not self._is_up.wait(START_TIMEOUT_S) or self._error:
            raise RuntimeError("the bot did not start") from self._error
        return self

    def stop(self) -> None:
        """Stop in good order; harmless when stopped already."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ends.set)
            self._thread.join(START_TIMEOUT_S)
        if self._error:
            raise self._error

    def restart(self) -> None:
        """Stop, and serve again on the same port and the same data."""
        self.stop()
        self.start()

    def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the bot's loop."""
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(10)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._error = error
        finally:
            self._is_up.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ends = asyncio.Event()
        self.adapter = WebAdapter(self.settings)
        self.engine = SqliteEngine(f"sqlite:///{self.folder / 'bot.db'}", self.options)
        await self.engine.start(self._handle)
        await self.adapter.start(self)
        app = Starlette(routes=list(self.adapter.routes()))
        config = uvicorn.Config(
            app, port=self.port, log_level="warning", lifespan="off", ws="none", timeout_graceful_shutdown=2
        )
        server = _Server(config)
        async with asyncio.TaskGroup() as tasks:
            pump = tasks.create_task(self._deliver())
            serving = tasks.create_task(server.serve())
            while not server.started:  # uvicorn tells in no other way  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            self._is_up.set()
            await self._ends.wait()
            await self.adapter.stop()
            server.should_exit = True
            await serving
            pump.cancel()
        await self.engine.stop(drain_s=1)

    async def _handle(self, claim: Claim) -> None:
        message = claim.message
        if self.pause_s:
            await self.adapter.typing(message.conversation, True)
            await asyncio.sleep(self.pause_s)
            await self.adapter.typing(message.conversation, False)
        for text in self.previews:
            await self.adapter.preview(Preview(claim.turn, "web", message.conversation, text, message.user))
        if self.previews:
            await asyncio.to_thread(self.is_released.wait, START_TIMEOUT_S)
        replies = tuple(self.answer(message))
        self.answered.append(message.key)
        await self.engine.commit(Outcome(claim, {}, replies, self.side_events))

    async def _deliver(self) -> None:
        async for delivery in self.engine.deliveries("web", replay_safe=True):
            await self.engine.settle(delivery, await self.adapter.send(delivery))


class _Server(uvicorn.Server):
    """Leaves the process's signals alone."""

    def capture_signals(self) -> AbstractContextManager[None]:
        return nullcontext()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
