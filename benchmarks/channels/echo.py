"""An echo over a fake Telegram: CPU a message, and throughput with slow sends, beside three other frameworks.

    python -m benchmarks.channels.echo [--messages 2000] [--chats 40] [--peers FOLDER] [--rounds 3]

Every bot polls the same server over real HTTP on this machine, each in a process of its own; the server runs in this
one, so its CPU is nobody's. botcore keeps every message in its journal (SQLite, each commit synced); the others keep
nothing. The rounds of the contenders alternate, and the median counts. Results go to echo.json beside this file.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.channels.contender import TOKEN, Contender, contenders, peers_python
from benchmarks.machine import write_result
from botcore.testing.fake_telegram import FakeTelegram

FIRST_CHAT = 1000
START_S = 60
WARM_UP = 3
ROUND_S = 120


class Round:
    """Messages sent to one bot through one server, and what came back."""

    def __init__(self, fake: FakeTelegram, contender: Contender, chats: int) -> None:
        self.fake = fake
        self.contender = contender
        self.chats = [FIRST_CHAT + number for number in range(chats)]
        self._sent: dict[int, list[str]] = {chat: [] for chat in self.chats}
        self._looked_at = self._seen = 0

    async def warm_up(self) -> None:
        """Begin, and let every chat be answered a few times."""
        for number in range(WARM_UP):
            await self.exchange(len(self.chats), f"warm-{number}", START_S)

    async def exchange(self, messages: int, name: str, within_s: float = ROUND_S) -> float:
        """Send so many messages, one chat after the other, wait for all the echoes; the seconds that it took."""
        before = self._echoes()
        started = time.perf_counter()
        for number in range(messages):
            chat = self.chats[number % len(self.chats)]
            text = f"{name} {number}"
            self._sent[chat].append(text)
            self.fake.say(text, chat)
        try:
            await self.fake.until(lambda: self._echoes() - before >= messages, within_s)
        except TimeoutError as late:
            raise SystemExit(f"{self.contender.name}: {late}\n{self.contender.log()}") from None
        return time.perf_counter() - started

    def disorder(self) -> int:
        """In how many chats the echoes are not exactly what was said, in its order."""
        shown = {chat: [message["text"] for message in self.fake.shown(chat)] for chat in self.chats}
        return sum(shown[chat] != self._sent[chat] for chat in self.chats)

    def _echoes(self) -> int:
        """How many messages were sent: only calls that came since the last look are looked at."""
        for call in self.fake.calls[self._looked_at :]:
            self._seen += call.method == "sendMessage"
        self._looked_at = len(self.fake.calls)
        return self._seen


async def one_round(contender: Contender, peers: Path, options: argparse.Namespace) -> dict[str, float]:
    """A fresh server and a fresh process: CPU with quick sends, then throughput with sends of 50 ms."""
    async with FakeTelegram(token=TOKEN) as fake:
        contender.start(fake.url, peers)
        try:
            told = Round(fake, contender, options.chats)
            await told.warm_up()
            cpu_s = contender.cpu_s()
            quick_s = await told.exchange(options.messages, "quick")
            cpu_s = contender.cpu_s() - cpu_s
            fake.fault("delay_before", method="sendMessage", count=None, seconds=options.send_ms / 1000)
            slow = options.messages if contender.is_durable or "its default" not in contender.name else 200
            if "one after the other" not in contender.name:
                slow = options.messages
                await told.exchange(4 * len(told.chats), "slow warm-up")
            slow_s = await told.exchange(slow, "slow")
            return {
                "cpu_us_per_message": cpu_s / options.messages * 1e6,
                "messages_per_s": options.messages / quick_s,
                "messages_per_s_with_slow_sends": slow / slow_s,
                "chats_out_of_order": told.disorder(),
            }
        finally:
            contender.stop()


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    peers = await asyncio.to_thread(peers_python, options.peers)
    rounds: dict[str, list[dict[str, float]]] = {}
    for _ in range(options.rounds):
        for contender in contenders():
            if options.only in contender.name:
                rounds.setdefault(contender.name, []).append(await one_round(contender, peers, options))
                print(contender.name, rounds[contender.name][-1], flush=True)
    return {name: _median(found) for name, found in rounds.items()}


def _median(found: list[dict[str, float]]) -> dict[str, float]:
    figures = {key: round(statistics.median(each[key] for each in found), 1) for key in found[0]}
    return {**figures, "chats_out_of_order": max(each["chats_out_of_order"] for each in found)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--chats", type=int, default=40)
    parser.add_argument("--send-ms", type=float, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=Path(tempfile.gettempdir()) / "botcore-bench-peers")
    parser.add_argument("--only", default="", help="a part of a contender's name; nothing is written then")
    options = parser.parse_args()
    found = asyncio.run(measure(options))
    if options.only:
        return
    ours, sequential = found["botcore"], next(each for name, each in found.items() if "one after" in name)
    write_result(
        Path(__file__).with_name("echo.json"),
        {
            "messages": options.messages,
            "chats": options.chats,
            "send_ms": options.send_ms,
            "rounds": options.rounds,
            "contenders": found,
            "cpu_to_python_telegram_bot": round(ours["cpu_us_per_message"] / sequential["cpu_us_per_message"], 2),
        },
    )


if __name__ == "__main__":
    main()
