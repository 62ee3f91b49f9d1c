"""The real `botcore run`, killed at random instants: every accepted message is answered once, in order.

BOTCORE_KILLS sets how often (3), BOTCORE_KILL_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import time
import uuid
from contextlib import suppress

import httpx
import pytest

KILLS = int(os.environ.get("BOTCORE_KILLS", "3"))
SEED = int(os.environ.get("BOTCORE_KILL_SEED", random.SystemRandom().randrange(10**6)))
VISITORS, MESSAGES = 10, 10
PLUGIN = """
import asyncio
from pathlib import Path
from botcore import Plugin

plugin = Plugin("slow")

def note(line):
    with Path("turns.txt").open("a") as turns:
        turns.write(line + "\\n")

@plugin.fallback
async def echo(turn):
    note("began " + turn.message.text)
    await asyncio.sleep(0.05)
    count = turn.conversation.memory.get("count", 0) + 1
    turn.remember("count", count)
    note("ended " + turn.message.text)
    return f"re: {turn.message.text} ({count})"
"""
CONFIG = """
models: {{encoder: none}}
store: sqlite:///data/bot.db
plugins: {{slow: {{path: slow.py}}}}
channels: {{web: {{port: {port}, message_rate_per_s: 1000, message_burst: 1000, sessions_per_minute: 1000}}}}
logging: {{level: warning}}
"""


class Process:
    """The bot in a process of its own, on one port."""

    def __init__(self, shop, cli) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        shop.write("slow.py", PLUGIN)
        shop.write("config.yaml", CONFIG.format(port=self.port))
        self.url = f"http://127.0.0.1:{self.port}"
        self._cli = cli
        self._running: subprocess.Popen[str] | None = None

    async def start(self) -> None:
        self._running = self._cli.start("run")
        async with asyncio.timeout(30), httpx.AsyncClient(base_url=self.url) as http:
            while True:
                assert self._running.poll() is None, self._running.communicate()
                with suppress(httpx.TransportError):
                    if (await http.get("/health")).status_code == 200:
                        return
                await asyncio.sleep(0.01)

    async def end(self, number: signal.Signals) -> int:
        """Send the signal; the exit code."""
        assert self._running is not None
        self._running.send_signal(number)
        _, self.errors = await asyncio.to_thread(self._running.communicate, timeout=30)
        return self._running.returncode

    def clean_up(self) -> None:
        if self._running is not None and self._running.poll() is None:
            self._running.kill()
            self._running.communicate()


@pytest.fixture
def process(shop, cli):
    made = Process(shop, cli)
    yield made
    made.clean_up()


class Visitor:
    """Someone who sends each message until it is taken, and follows the conversation from where the last line was."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}
        self.lines: list[dict] = []
        self.repeats = 0

    @classmethod
    async def come(cls, http: httpx.AsyncClient) -> Visitor:
        return cls(http, (await http.post("/web/sessions", json={})).json()["token"])

    async def send(self, text: str) -> None:
        body = {"id": str(uuid.uuid4()), "text": text}
        while True:
            with suppress(httpx.TransportError):
                answer = await self._http.post("/web/messages", json=body, headers=self._headers)
                if answer.status_code == 202:
                    self.repeats += answer.json()["repeat"]
                    return
                assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.02)

    async def follow(self, count: int) -> None:
        """Read the stream, over every break, until there are so many lines."""
        while len(self.lines) < count:
            with suppress(httpx.TransportError):
                after = str(self.lines[-1]["seq"]) if self.lines else "0"
                headers = {**self._headers, "Last-Event-ID": after}
                async with self._http.stream("GET", "/web/events", headers=headers) as stream:
                    await self._read(stream, count)
            await asyncio.sleep(0.02)

    async def _read(self, stream: httpx.Response, count: int) -> None:
        kind = ""
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data" and kind == "message":
                self.lines.append(json.loads(value))
                if len(self.lines) >= count:
                    return


def check(visitor: Visitor, name: str, count: int) -> None:
    """Each message is there once and answered once, in order, each turn on top of the one before."""
    asked = [line["text"] for line in visitor.lines if line["from"] == "user"]
    said = [line["text"] for line in visitor.lines if line["from"] == "bot"]
    assert asked == [f"{name}-{number}" for number in range(count)]
    assert said == [f"re: {name}-{number} ({number + 1})" for number in range(count)]
    seqs = [line["seq"] for line in visitor.lines]
    assert seqs == sorted(set(seqs))


@pytest.mark.kill
@pytest.mark.anyio
@pytest.mark.timeout(90 + 10 * KILLS)
async def test_every_accepted_message_is_answered_once_and_in_order_whenever_the_process_is_killed(process, shop):
    print(f"BOTCORE_KILL_SEED={SEED} BOTCORE_KILLS={KILLS}")
    rng = random.Random(SEED)
    await process.start()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=process.url, timeout=15, limits=limits) as http:
        visitors = [await Visitor.come(http) for _ in range(VISITORS)]

        async def talk(name: str, visitor: Visitor) -> None:
            for number in range(MESSAGES):
                await visitor.send(f"{name}-{number}")
                await asyncio.sleep(rng.uniform(0, 0.05 * KILLS))

        async def kill_now_and_then() -> None:
            for _ in range(KILLS):
                await asyncio.sleep(rng.uniform(0.05, 0.4))
                assert await process.end(signal.SIGKILL) == -signal.SIGKILL
                await process.start()

        async with asyncio.timeout(60 + 8 * KILLS), asyncio.TaskGroup() as tasks:
            tasks.create_task(kill_now_and_then())
            for number, visitor in enumerate(visitors):
                tasks.create_task(talk(f"v{number}", visitor))
                tasks.create_task(visitor.follow(2 * MESSAGES))
        for number, visitor in enumerate(visitors):
            check(visitor, f"v{number}", MESSAGES)
        await asyncio.sleep(0.2)
        for number, visitor in enumerate(visitors):
            fresh = Visitor(http, visitor._headers["Authorization"].removeprefix("Bearer "))
            await fresh.follow(2 * MESSAGES)
            check(fresh, f"v{number}", MESSAGES)
    assert await process.end(signal.SIGTERM) == 0
    began = shop.read("turns.txt").count("began")
    print(
        f"{began} turns for {VISITORS * MESSAGES} messages, {sum(v.repeats for v in visitors)} repeats were recognised"
    )


@pytest.mark.kill
@pytest.mark.anyio
@pytest.mark.timeout(90)
async def test_sigterm_finishes_what_runs_and_leaves_no_accepted_message_unanswered(process, shop):
    await process.start()
    async with httpx.AsyncClient(base_url=process.url, timeout=15) as http:
        visitors = [await Visitor.come(http) for _ in range(4)]
        for number in range(5):
            await asyncio.gather(*(visitor.send(f"v{name}-{number}") for name, visitor in enumerate(visitors)))
        started = time.monotonic()
        assert await process.end(signal.SIGTERM) == 0, process.errors
        assert time.monotonic() - started < 20
        assert "Traceback" not in process.errors
        turns = shop.read("turns.txt").splitlines()
        assert sorted(turn.split()[1] for turn in turns if turn.startswith("began")) == sorted(
            turn.split()[1] for turn in turns if turn.startswith("ended")
        ), "a turn that began was cut off"
        await process.start()
        async with asyncio.timeout(30):
            await asyncio.gather(*(visitor.follow(10) for visitor in visitors))
        for name, visitor in enumerate(visitors):
            check(visitor, f"v{name}", 5)
        texts = [turn.split()[1] for turn in shop.read("turns.txt").splitlines() if turn.startswith("began")]
        assert len(texts) == len(set(texts)) == 20, "no turn ran twice"


@pytest.mark.anyio
async def test_sigterm_while_it_starts_ends_it_well(process, shop):
    shop.write("slow.py", PLUGIN + "\n@plugin.start\nasync def wait():\n    await asyncio.sleep(20)\n")
    process._running = process._cli.start("run")
    async with asyncio.timeout(30), httpx.AsyncClient(base_url=process.url) as http:
        while True:
            with suppress(httpx.TransportError):
                assert (await http.get("/health")).json()["status"] == "loading"
                break
            await asyncio.sleep(0.05)
    assert await process.end(signal.SIGTERM) == 0
    assert "Traceback" not in process.errors
