"""The same as `kill`, on a fake Slack with Socket Mode, beside slack-bolt.

    python -m benchmarks.channels.kill_slack [--kills 5]

20 people write 5 direct messages each, all at once; the process is killed at a random instant soon after and started
again on the same data. Slack sends again what was not acknowledged. Results go to kill_slack.json beside this file.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.channels.kill import EACH, PEOPLE, SEED
from benchmarks.machine import write_result
from botcore.testing.fake_slack import FakeSlack

PEERS = Path(__file__).parent / "peers"
QUIET_S = 10.0
START_S = 60.0
NAMES = ("botcore", "slack-bolt (its default)")
CONFIG = """
models: {{encoder: none}}
store: sqlite:///data/bot.db
plugins: {{echo: {{path: {plugin}}}}}
channels: {{slack: {{bot_token: "{bot_token}", app_token: "{app_token}", base_url: "{base_url}"}}}}
logging: {{level: error}}
"""


def start(name: str, slack: FakeSlack, folder: Path, handler_s: float) -> subprocess.Popen[bytes]:
    setup = slack.setup
    if name == "botcore":
        values = {"bot_token": setup.bot_token, "app_token": setup.app_token, "base_url": slack.base_url}
        text = CONFIG.format(plugin=PEERS / "botcore_echo.py", **values)
        (folder / "config.yaml").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "botcore", "run", "-c", str(folder / "config.yaml")]
    else:
        tokens = [slack.base_url, setup.bot_token, setup.app_token, str(handler_s)]
        command = [sys.executable, str(PEERS / "bolt.py"), *tokens]
    environ = {**os.environ, "ECHO_SECONDS": str(handler_s)}
    with (folder / "log.txt").open("ab") as log:
        return subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=folder)


def echoes(slack: FakeSlack) -> Counter[str]:
    """Every text that the bot said, with how often."""
    people = [f"U{person}" for person in range(1, PEOPLE + 1)]
    return Counter(shown.text for user in people for shown in slack.bot_said(slack.direct(user)))


async def settle(slack: FakeSlack, wanted: int, handler_s: float) -> None:
    """Return once everything is answered, or nothing has come for a while."""
    while True:
        before = sum(echoes(slack).values())
        if before >= wanted:
            await asyncio.sleep(2 + handler_s)  # what would be there twice by now
        try:
            await slack.until(lambda seen=before: sum(echoes(slack).values()) > seen, QUIET_S + handler_s)
        except (TimeoutError, AssertionError):
            return


async def one_kill(name: str, handler_s: float, rng: random.Random) -> dict[str, int]:
    """Start, write, kill, start again; what became of the messages."""
    folder = Path(tempfile.mkdtemp(prefix="slack-"))
    async with FakeSlack() as slack:
        process = start(name, slack, folder, handler_s)
        try:
            await slack.sockets.wait_for(1, timeout_s=START_S)
            for person in range(PEOPLE):
                slack.say("hello", user=f"U{person + 1}")
            await slack.until(lambda: sum(echoes(slack).values()) >= PEOPLE, START_S)
            texts = [f"{person} {number}" for number in range(EACH) for person in range(PEOPLE)]
            for text in texts:
                slack.say(text, user=f"U{int(text.split()[0]) + 1}")
            await asyncio.sleep(rng.uniform(0.05, 0.4 + handler_s))
            process.kill()
            process.wait()
            process = start(name, slack, folder, handler_s)
            await settle(slack, len(texts) + PEOPLE, handler_s)
            found = echoes(slack)
            doubled = sum(max(0, found[text] - 1) for text in texts)
            return {"lost": sum(found[text] == 0 for text in texts), "doubled": doubled}
        finally:
            process.terminate()
            process.wait(15)


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in NAMES:
        kills = options.kills if name == "botcore" else min(2, options.kills)
        for handler_s in (0.05, 3.0):
            rng = random.Random(SEED)
            rounds = [await one_kill(name, handler_s, rng) for _ in range(kills)]
            summary = {
                "kills": kills,
                "messages_in_hand": PEOPLE * EACH,
                "lost_per_kill": [each["lost"] for each in rounds],
                "doubled_per_kill": [each["doubled"] for each in rounds],
            }
            found.setdefault(name, {})[f"handlers of {handler_s:g} s"] = summary
            print(name, handler_s, summary, flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=5)
    options = parser.parse_args()
    found = asyncio.run(measure(options))
    write_result(Path(__file__).with_name("kill_slack.json"), {"seed": SEED, "contenders": found})


if __name__ == "__main__":
    main()
