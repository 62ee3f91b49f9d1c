"""A bot in a process of its own, for tests that end it. Run with: DATABASE FOLDER SEED COUNT.

Two conversations on `safe` (its receiver drops repeats by delivery key) and two on `marked` (it cannot). The platform's
side is played here too: it sends a message again until it was acknowledged, and now and then after that. Everything
that outlives the process is written with one `write` call a line, which a SIGKILL cannot undo.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from botcore.delivery.engine import Claim, Outcome
from botcore.delivery.options import Options
from botcore.delivery.sqlite import SqliteEngine
from botcore.messages import Delivery, Message, Reply, Sent, User

CONVERSATIONS = {"s1": "safe", "s2": "safe", "m1": "marked", "m2": "marked"}


class Log:
    """An append-only file of lines."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, *words: object) -> None:
        os.write(self._file, (" ".join(map(str, words)) + "\n").encode())


class Bot:
    """The engine, its handler, its two channels, and their platforms."""

    def __init__(self, database: str, folder: Path, seed: int, count: int) -> None:
        self.rng = random.Random(seed)
        self.folder, self.count = folder, count
        self.accepted, self.received = Log(folder / "accepted"), Log(folder / "received")
        self.engine = SqliteEngine(f"sqlite:///{database}", Options(attempts=100, pause_s=0.01))

    async def moment(self) -> None:
        await asyncio.sleep(self.rng.random() * 0.01)

    async def answer(self, claim: Claim) -> None:
        await self.moment()
        turns = [*claim.state.get("turns", []), claim.message.key]
        await self.engine.commit(Outcome(claim, {"turns": turns}, (Reply(claim.message.key),), (("thought", {}),)))

    async def platform(self, conversation: str, channel: str) -> None:
        done = (self.folder / "accepted").read_text().split()
        first = sum(key.startswith(f"{conversation}-") for key in done)
        for number in range(first, self.count):
            # Sometimes what was acknowledged long ago comes again first.
            for again in {self.rng.randrange(number + 1), number} if self.rng.random() < 0.2 else {number}:
                key = f"{conversation}-{again}"
                await self.engine.accept(Message(key, channel, conversation, User("u"), key, datetime.now(UTC)))
            self.accepted.write(f"{conversation}-{number}")
            await self.moment()

    async def send(self, delivery: Delivery) -> None:
        words = (delivery.channel, delivery.conversation, delivery.reply.text, delivery.key, int(delivery.is_ambiguous))
        self.received.write(*words)
        await self.moment()
        await self.engine.settle(delivery, Sent())

    async def channel(self, name: str) -> None:
        async with asyncio.TaskGroup() as sends:
            async for delivery in self.engine.deliveries(name, replay_safe=name == "safe"):
                sends.create_task(self.send(delivery))

    async def has_work(self) -> bool:
        health = await self.engine.health()
        return bool(health.waiting or health.undelivered)

    async def run(self) -> None:
        await self.engine.start(self.answer)
        self.received.write("start", os.getpid())
        async with asyncio.TaskGroup() as channels:
            for name in ("safe", "marked"):
                channels.create_task(self.channel(name))
            async with asyncio.TaskGroup() as platforms:
                for item in CONVERSATIONS.items():
                    platforms.create_task(self.platform(*item))
            while await self.has_work():  # noqa: ASYNC110  # only at the end of a test
                await asyncio.sleep(0.01)
            await self.engine.stop()
        print("complete", flush=True)


if __name__ == "__main__":
    asyncio.run(Bot(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])).run())
