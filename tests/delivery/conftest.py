"""A world for the engine tests: engines on one journal, messages, and a channel that remembers what it was sent."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botcore.delivery.engine import Claim, DeadLetter, Handler, Outcome
from botcore.delivery.options import Options
from botcore.delivery.sqlite import SqliteEngine
from botcore.messages import Delivery, Message, Reply, SendResult, Sent, User


def message(
    key: str, conversation: str = "c1", text: str = "hello", *, channel: str = "web", user: str = "u1"
) -> Message:
    return Message(key, channel, conversation, User(user), text, datetime(2026, 1, 2, tzinfo=UTC))


async def echo(engine: SqliteEngine, claim: Claim) -> None:
    """Answers "re: ..." and counts the turns of the conversation in its state."""
    turns = claim.state.get("turns", 0) + 1
    await engine.commit(Outcome(claim, {"turns": turns}, (Reply(f"re: {claim.message.text}"),)))


class Receiver:
    """A channel: takes deliveries, answers each with `answer(delivery)`, and remembers them."""

    def __init__(
        self,
        engine: SqliteEngine,
        channel: str = "web",
        *,
        replay_safe: bool = True,
        answer: Callable[[Delivery], SendResult] = lambda delivery: Sent(),
    ) -> None:
        self.seen: list[Delivery] = []
        self._engine = engine
        self._channel = channel
        self._replay_safe = replay_safe
        self._answer = answer
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Receiver:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def texts(self) -> list[str]:
        return [delivery.reply.text for delivery in self.seen]

    async def wait_for(self, count: int, within_s: float = 5) -> list[str]:
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: len(self.seen) >= count)
        return self.texts

    async def _run(self) -> None:
        async for delivery in self._engine.deliveries(self._channel, replay_safe=self._replay_safe):
            await self._engine.settle(delivery, self._answer(delivery))
            async with self._changed:
                self.seen.append(delivery)
                self._changed.notify_all()


async def until(is_so: Callable[[], Awaitable[bool]] | Callable[[], bool], within_s: float = 5) -> None:
    """Return once it is so."""
    async with asyncio.timeout(within_s):
        while True:
            found = is_so()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.005)


class World:
    """Makes engines on one url; `letters` are the dead letters that they reported."""

    message = staticmethod(message)
    echo = staticmethod(echo)
    until = staticmethod(until)
    Receiver = Receiver

    def __init__(self, url: str) -> None:
        self.url = url
        self.letters: list[DeadLetter] = []

    @property
    def folder(self) -> Path:
        """Where the files of the journal are."""
        return Path(self.url.removeprefix("sqlite:///")).parent

    @property
    def survives_stop(self) -> bool:
        return self.url != "sqlite://"

    def engine(self, **options: object) -> SqliteEngine:
        settings = {"pause_s": 0.02, "pause_max_s": 0.1, "busy_timeout_s": 0.2, **options}
        return SqliteEngine(self.url, Options(**settings), on_dead_letter=self.letters.append)  # type: ignore[arg-type]

    @asynccontextmanager
    async def running(
        self,
        handler: Callable[[SqliteEngine, Claim], Awaitable[None]] | None = None,
        *,
        drain_s: float = 5,
        **options: object,
    ) -> AsyncIterator[SqliteEngine]:
        engine = self.engine(**options)
        bound: Handler | None = None
        if handler is not None:

            async def bound(claim: Claim) -> None:
                await handler(engine, claim)

        await engine.start(bound)
        try:
            yield engine
        finally:
            await engine.stop(drain_s=drain_s)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_blocking_calls() -> Iterator[None]:
    """Where blockbuster is installed, a blocking call of botcore's in the event loop fails the test."""
    if importlib.util.find_spec("blockbuster") is None:
        yield
        return
    blockbuster = importlib.import_module("blockbuster")
    with blockbuster.blockbuster_ctx("botcore"):
        yield


@pytest.fixture(params=["file", "memory"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """Both ways to run the embedded engine."""
    return World("sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path}/var/bot.db")


@pytest.fixture
def file_world(tmp_path: Path) -> World:
    """An engine whose journal outlives it."""
    return World(f"sqlite:///{tmp_path}/var/bot.db")
