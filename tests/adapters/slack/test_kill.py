"""C5: the real `botcore run`, killed again and again with messages in hand: none is lost, none answered twice.

BOTCORE_KILLS sets how often (3), BOTCORE_KILL_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from botcore.testing.fake_slack import Setup

pytestmark = [pytest.mark.anyio, pytest.mark.kill]
KILLS = int(os.environ.get("BOTCORE_KILLS", "3"))
SEED = int(os.environ.get("BOTCORE_KILL_SEED", random.SystemRandom().randrange(10**6)))
USERS, ROUNDS = 10, 4 * KILLS
ROOT = Path(__file__).parents[3]
PLUGIN = """
import asyncio
from botcore import Plugin

plugin = Plugin("slow")

@plugin.fallback
async def echo(turn):
    if turn.message.text.endswith("0"):
        turn.preview("re")
    await asyncio.sleep(0.05)
    return f"re: {turn.message.text}"
"""


class Process:
    """The bot in a process of its own."""

    def __init__(self, folder: Path, slack) -> None:
        self.folder = folder
        channel = {"base_url": slack.base_url, "bot_token": "${BOT_TOKEN}", "app_token": "${APP_TOKEN}"}
        config = {
            "models": {"encoder": "none"},
            "store": "sqlite:///bot.db",
            "plugins": {"slow": {"path": "slow.py"}},
            "channels": {"slack": channel},
            "logging": {"level": "warning"},
        }
        (folder / "slow.py").write_text(PLUGIN, encoding="utf-8")
        (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
        paths = os.pathsep.join(map(str, (ROOT, ROOT / "adapters", ROOT / "plugins")))
        tokens = {"BOT_TOKEN": slack.setup.bot_token, "APP_TOKEN": slack.setup.app_token}
        self.environment = {**os.environ, **tokens, "PYTHONPATH": paths}

    async def start(self) -> None:
        command = [sys.executable, "-m", "botcore", "run", "-c", str(self.folder / "config.yaml")]
        pipe = asyncio.subprocess.DEVNULL
        self.running = await asyncio.create_subprocess_exec(*command, env=self.environment, stdout=pipe, stderr=pipe)

    async def end(self, number: signal.Signals) -> int:
        self.running.send_signal(number)
        return await asyncio.wait_for(self.running.wait(), 30)


@pytest.fixture
async def process(slack, tmp_path):
    made = Process(tmp_path, slack)
    yield made
    if made.running.returncode is None:
        await made.end(signal.SIGKILL)


@pytest.mark.timeout(90 + 10 * KILLS)
@pytest.mark.parametrize("setup", [Setup(ack_timeout_s=1.0, time_scale=0.05)])
async def test_every_message_is_answered_once_and_in_order_however_often_the_bot_is_killed(slack, process):
    print(f"BOTCORE_KILL_SEED={SEED} BOTCORE_KILLS={KILLS}")
    rng = random.Random(SEED)
    await process.start()
    await slack.sockets.wait_for(2, timeout_s=30)
    asked: dict[str, list[str]] = {f"U{user}": [] for user in range(USERS)}
    for kill in range(KILLS):
        for number in range(kill * 4, kill * 4 + 4):
            for user, texts in asked.items():
                texts.append(f"{user}-{number}")
                slack.say(texts[-1], user=user)
        for _ in range(rng.randrange(5)):
            slack.fail(rng.choice(["drop_before", "drop_after"]), "chat.postMessage", skip=rng.randrange(8))
        await posted(slack, len(slack.calls_of("chat.postMessage")) + rng.randrange(1, 25))
        await process.end(signal.SIGKILL)
        await process.start()
        await slack.sockets.wait_for(2, timeout_s=30)
    for user, texts in asked.items():
        await answered(slack, user, len(texts))
    assert await process.end(signal.SIGTERM) == 0
    for user, texts in asked.items():
        answers = finals(slack, user)
        assert Counter(answers) == Counter(f"re: {text}" for text in texts)


async def posted(slack, count):
    await slack.until(lambda: len(slack.calls_of("chat.postMessage")) >= count, timeout_s=40)


async def answered(slack, user, count):
    await slack.until(lambda: len(finals(slack, user)) >= count, timeout_s=60)


def finals(slack, user):
    return [shown.text for shown in slack.bot_said(slack.direct(user)) if shown.text != "re"]
