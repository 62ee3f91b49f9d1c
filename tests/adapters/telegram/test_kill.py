"""C5: the real `botcore run`, killed with messages in hand: none is lost, and at most one reply a kill is repeated.

BOTCORE_KILLS sets how often (3), BOTCORE_KILL_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from botcore.testing.fake_telegram import TOKEN, FakeTelegram

pytestmark = [pytest.mark.anyio, pytest.mark.kill]
KILLS = int(os.environ.get("BOTCORE_KILLS", "3"))
SEED = int(os.environ.get("BOTCORE_KILL_SEED", random.SystemRandom().randrange(10**6)))
CHATS, MESSAGES = 10, 10
PLUGIN = """
import asyncio
from botcore import Plugin

plugin = Plugin("slow")

@plugin.fallback
async def echo(turn):
    await asyncio.sleep(0.05)
    return f"re: {turn.message.text}"
"""


class Process:
    """The bot in a process of its own."""

    def __init__(self, fake: FakeTelegram, folder: Path) -> None:
        self.fake = fake
        self.folder = folder
        config = {
            "models": {"encoder": "none"},
            "store": "sqlite:///data/bot.db",
            "plugins": {"slow": {"path": "slow.py"}},
            "channels": {"telegram": {"token": TOKEN, "base_url": fake.url}},
            "logging": {"level": "warning"},
        }
        (folder / "slow.py").write_text(PLUGIN, encoding="utf-8")
        (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
        self.running: subprocess.Popen[str] | None = None

    async def start(self) -> None:
        polls = self.fake.polls
        command = [str(Path(sys.executable).with_name("botcore")), "run"]
        self.running = await asyncio.to_thread(
            subprocess.Popen, command, cwd=self.folder, stderr=subprocess.PIPE, text=True
        )
        await self.fake.until(lambda: self.fake.polls > polls, timeout_s=30)

    async def end(self, how: str) -> None:
        assert self.running is not None
        getattr(self.running, how)()
        await asyncio.to_thread(self.running.communicate, timeout=30)


@pytest.fixture
async def process(fake, tmp_path):
    made = Process(fake, tmp_path)
    yield made
    if made.running is not None and made.running.poll() is None:
        await made.end("kill")


def answers(fake) -> dict[int, list[str]]:
    return {chat: [shown["text"] for shown in fake.shown(chat)] for chat in range(2000, 2000 + CHATS)}


@pytest.mark.timeout(90 + 10 * KILLS)
async def test_nothing_is_lost_and_next_to_nothing_repeated(fake, process):
    print(f"BOTCORE_KILL_SEED={SEED} BOTCORE_KILLS={KILLS}")
    rng = random.Random(SEED)
    await process.start()
    for number in range(MESSAGES):
        for chat in range(2000, 2000 + CHATS):
            fake.say(f"m{number}", user=chat)
    for kill in range(1, KILLS + 1):
        wanted = kill * CHATS * MESSAGES // (KILLS + 2) + rng.randrange(5)
        await fake.until(lambda: sum(map(len, answers(fake).values())) >= wanted, timeout_s=30)  # noqa: B023
        await asyncio.sleep(rng.random() * 0.03)
        await process.end("kill")
        await process.start()
    expected = [f"re: m{number}" for number in range(MESSAGES)]
    await fake.until(lambda: all(set(said) == set(expected) for said in answers(fake).values()), timeout_s=60)
    await process.end("terminate")
    repeated = sum(sum(count - 1 for count in Counter(said).values()) for said in answers(fake).values())
    print(f"{repeated} repeated in {KILLS} kills")
    for said in answers(fake).values():
        assert list(dict.fromkeys(said)) == expected
    assert repeated <= KILLS
    assert len(fake.updates) == 0


@pytest.mark.timeout(90)
async def test_a_wrong_token_ends_botcore_run_with_an_error(fake, tmp_path):
    process = Process(fake, tmp_path)
    config = (tmp_path / "config.yaml").read_text(encoding="utf-8")
    wrong = "123456:" + "x" * 35
    (tmp_path / "config.yaml").write_text(config.replace(TOKEN, wrong), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("botcore")), "run"]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=process.folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "BotFather" in done.stderr + done.stdout
    assert wrong not in done.stderr + done.stdout
