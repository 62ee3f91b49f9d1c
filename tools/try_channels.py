"""The example shop's bot on Slack and Telegram without either: both are played on this machine, and the bot is killed.

    python tools/try_channels.py

Starts the fake platforms of `botcore.testing`, then `botcore run` with the shop's own config, its channels pointed at
them. Ann talks on Telegram, Li on Slack; half-way the process is ended with SIGKILL and started again. Both
conversations are printed as their people see them. Exit code 1 if anything was lost or said twice.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from asyncio.subprocess import Process, create_subprocess_exec
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from botcore.testing.fake_slack import FakeSlack
from botcore.testing.fake_telegram import FakeTelegram

ROOT = Path(__file__).resolve().parents[1]
ANN = 1001
QUESTIONS = {
    "Telegram": ["怎么退货？", "How long does delivery take?", "可以开发票吗？", "Can I pay by card?"],
    "Slack": ["How do I return an item?", "运费多少钱？", "Do you have a shop in town?", "谢谢"],
}
CONFIG = """
bot: {{name: Pine, languages: [zh, en], time_zone: Asia/Shanghai}}
store: sqlite:///{folder}/bot.db
models: {{encoder: multilingual-e5-small, second_encoder: all-minilm-l6-v2}}
knowledge: {{own_names: [Harbour & Pine, Harbour and Pine, 港松生活, 港松]}}
channels:
  telegram: {{mode: polling, token: "{telegram.token}", base_url: "{telegram.url}"}}
  slack: {{mode: socket, bot_token: "{bot_token}", app_token: "{app_token}", base_url: "{slack.base_url}"}}
plugins: {{faq: {{files: ["{root}/content/faq/*.yaml"]}}}}
texts: ["{root}/content/texts.yaml"]
logging: {{level: warning}}
"""


async def start(config: Path) -> Process:
    """The bot in a process of its own."""
    return await create_subprocess_exec(sys.executable, "-m", "botcore", "run", "-c", str(config))


def say(line: str) -> None:
    """One line of the play."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def talk(telegram: FakeTelegram, slack: FakeSlack, config: Path) -> None:
    """The first half, the kill, the second half, written while nobody is there to read it."""

    def answered(count: int) -> Callable[[], bool]:
        return lambda: len(telegram.shown(ANN)) >= count and len(slack.bot_said(slack.direct("U1"))) >= count

    bot = await start(config)
    try:
        await slack.sockets.wait_for(2, timeout_s=60)
        for half in (0, 1):
            for number in (2 * half, 2 * half + 1):
                telegram.say(QUESTIONS["Telegram"][number], ANN)
                slack.say(QUESTIONS["Slack"][number], user="U1")
            if half == 0:
                await _until(answered(1), 120)
                bot.send_signal(signal.SIGKILL)
                await bot.wait()
                say("-- SIGKILL: one answer each is there, the others were in hand --")
                bot = await start(config)
                await _until(answered(2), 120)
        await _until(answered(4), 60)
        await asyncio.sleep(3)  # what would be said twice by now
    finally:
        bot.terminate()
        await bot.wait()


async def _until(is_so: Callable[[], bool], within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110  # two fakes are looked at
            await asyncio.sleep(0.05)


def show(name: str, seen: list[tuple[bool, str]]) -> bool:
    """Print a conversation as its person sees it; whether each question was answered once."""
    say(f"\n{name}")
    for is_bot, text in seen:
        say(f"  {'   ' if is_bot else '>'} {text.splitlines()[0][:110]}")
    said = [text for is_bot, text in seen if is_bot]
    doubled = [text for text, count in Counter(said).items() if count > 1]
    say(f"  {len(QUESTIONS[name])} questions, {len(said)} answers, {len(doubled)} of them twice")
    return len(said) == len(QUESTIONS[name]) and not doubled


def on_telegram(fake: FakeTelegram) -> list[tuple[bool, str]]:
    """Ann's chat: whether the bot said it, and what."""
    messages = fake.world.chat(ANN).messages.values()
    return [(bool(message["from"]["is_bot"]), message["text"]) for message in messages]


def on_slack(fake: FakeSlack) -> list[tuple[bool, str]]:
    """Li's direct messages: whether the bot said it, and what."""
    return [(shown.user == fake.team.bot_user, shown.text) for shown in fake.shown(fake.direct("U1"))]


async def main() -> int:
    """Play it."""
    with tempfile.TemporaryDirectory() as folder:
        async with FakeTelegram() as telegram, FakeSlack() as slack:
            text = CONFIG.format(
                folder=folder,
                root=ROOT,
                telegram=telegram,
                slack=slack,
                bot_token=slack.setup.bot_token,
                app_token=slack.setup.app_token,
            )
            config = Path(folder, "config.yaml")
            await asyncio.to_thread(config.write_text, text, encoding="utf-8")
            await talk(telegram, slack, config)
            results = [show("Telegram", on_telegram(telegram)), show("Slack", on_slack(slack))]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
