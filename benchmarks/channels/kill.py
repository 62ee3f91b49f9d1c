"""What a SIGKILL costs with 100 messages in hand: how many are never answered, how many twice.

    python -m benchmarks.channels.kill [--kills 5] [--peers FOLDER]

Each bot polls a fake Telegram; 20 people write 5 messages each, all at once; the process is killed at a random instant
soon after and started again on the same data; then everything that still comes is waited for. Handlers take 50 ms,
then 3 s. Results go to kill.json beside this file.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.channels.contender import TOKEN, Contender, contenders, peers_python
from benchmarks.machine import write_result
from botcore.testing.fake_telegram import FakeTelegram

PEOPLE, EACH = 20, 5
FIRST_CHAT = 1000
START_S = 60.0
QUIET_S = 12.0
SEED = 20261124


def echoes(fake: FakeTelegram) -> Counter[str]:
    """Every text that was said by the bot, with how often."""
    chats = range(FIRST_CHAT, FIRST_CHAT + PEOPLE)
    return Counter(message["text"] for chat in chats for message in fake.shown(chat))


async def settle(fake: FakeTelegram, wanted: int, handler_s: float) -> None:
    """Return once everything is answered, or nothing has come for a while."""
    while True:
        before = sum(echoes(fake).values())
        if len(echoes(fake)) >= wanted:
            await asyncio.sleep(1 + handler_s)  # what would be there twice by now
            if sum(echoes(fake).values()) == before:
                return
            continue
        try:
            await fake.until(lambda seen=before: sum(echoes(fake).values()) > seen, QUIET_S + 2 * handler_s)
        except TimeoutError:
            return


async def one_kill(make: Any, peers: Path, handler_s: float, rng: random.Random) -> dict[str, int]:
    """Start, write, kill, start again; what became of the messages."""
    contender: Contender = make()
    async with FakeTelegram(token=TOKEN) as fake:
        contender.start(fake.url, peers, handler_s)
        try:
            for number in range(PEOPLE):
                fake.say("hello", FIRST_CHAT + number)
            await fake.until(lambda: sum(echoes(fake).values()) >= PEOPLE, START_S + 20 * handler_s)
            texts = [f"{person} {number}" for number in range(EACH) for person in range(PEOPLE)]
            for text in texts:
                fake.say(text, FIRST_CHAT + int(text.split()[0]))
            await asyncio.sleep(rng.uniform(0.05, 0.4 + handler_s))
            contender.kill()
            contender.start(fake.url, peers, handler_s)
            await settle(fake, len(texts) + 1, handler_s)
            found = echoes(fake)
            return {
                "lost": sum(found[text] == 0 for text in texts),
                "doubled": sum(max(0, found[text] - 1) for text in texts),
            }
        finally:
            contender.stop()


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    peers = await asyncio.to_thread(peers_python, options.peers)
    found: dict[str, Any] = {}
    for number, contender in enumerate(contenders()):
        if options.only not in contender.name:
            continue
        kills = options.kills if contender.is_durable else min(2, options.kills)
        for handler_s in (0.05, 3.0):
            rng = random.Random(SEED)  # the instant of a kill, not a secret
            rounds = [await one_kill(lambda n=number: contenders()[n], peers, handler_s, rng) for _ in range(kills)]
            summary = {
                "kills": kills,
                "messages_in_hand": PEOPLE * EACH,
                "lost_per_kill": [each["lost"] for each in rounds],
                "doubled_per_kill": [each["doubled"] for each in rounds],
            }
            found.setdefault(contender.name, {})[f"handlers of {handler_s:g} s"] = summary
            print(contender.name, handler_s, summary, flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--peers", type=Path, default=Path(tempfile.gettempdir()) / "botcore-bench-peers")
    parser.add_argument("--only", default="", help="a part of a contender's name; nothing is written then")
    options = parser.parse_args()
    found = asyncio.run(measure(options))
    if not options.only:
        write_result(Path(__file__).with_name("kill.json"), {"seed": SEED, "contenders": found})


if __name__ == "__main__":
    main()
