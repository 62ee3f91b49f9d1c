"""The process is killed at random instants, again and again, on the same data: nothing lost, nothing answered twice.

BOTCORE_KILLS sets how often (12), BOTCORE_KILL_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

KILLS = int(os.environ.get("BOTCORE_KILLS", "12"))
SEED = int(os.environ.get("BOTCORE_KILL_SEED", random.SystemRandom().randrange(10**6)))
# What one conversation gets done between two kills, and more, so that there is always something to cut off.
MESSAGES = 30 * KILLS
CHILD = Path(__file__).with_name("child.py")


def start(folder: Path, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(CHILD), str(folder / "bot.db"), str(folder), str(seed), str(MESSAGES)]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def kill_at_random(folder: Path, rng: random.Random, seed: int) -> None:
    """Start a bot, let it run for a moment, kill it; one time in six before it is even up."""
    starts = (folder / "received").read_text().count("start")
    child = start(folder, seed)
    deadline = time.monotonic() + 30
    if rng.random() > 1 / 6:
        while (folder / "received").read_text().count("start") == starts:
            assert child.poll() is None, child.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(rng.uniform(0.0, 0.5))
    else:
        time.sleep(rng.uniform(0.0, 0.8))
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=30)


@pytest.mark.kill
@pytest.mark.timeout(120 + 10 * KILLS)
def test_nothing_is_lost_or_answered_twice_when_the_process_is_killed(tmp_path):
    print(f"BOTCORE_KILL_SEED={SEED} BOTCORE_KILLS={KILLS}")
    rng = random.Random(SEED)
    for name in ("accepted", "received"):
        (tmp_path / name).touch()
    for number in range(KILLS):
        kill_at_random(tmp_path, rng, SEED + number)
    child = start(tmp_path, SEED + KILLS)
    out, err = child.communicate(timeout=60 + 5 * KILLS)
    assert out.strip() == "complete", err

    accepted = (tmp_path / "accepted").read_text().split()
    runs = [run.splitlines()[1:] for run in ("\n" + (tmp_path / "received").read_text()).split("\nstart ")[1:]]
    sends = [[line.split() for line in run] for run in runs]
    check_journal(tmp_path / "bot.db", accepted)
    check_safe(sends, accepted)
    check_marked(sends, accepted)
    lines = [line for run in sends for line in run]
    repeats = {
        name: len(found) - len(set(found))
        for name in ("safe", "marked")
        if (found := [x[2] for x in lines if x[0] == name])
    }
    print(f"{len(runs)} runs, {len(lines)} sends, repeated: {repeats}, ambiguous: {sum(x[4] == '1' for x in lines)}")


def check_journal(database: Path, accepted: list[str]) -> None:
    """Exactly one user event, one said event and one turn for each message, in order."""
    connection = sqlite3.connect(database)
    for conversation in ("s1", "s2", "m1", "m2"):
        expected = [key for key in dict.fromkeys(accepted) if key.startswith(f"{conversation}-")]
        assert len(expected) == MESSAGES
        rows = connection.execute(
            "SELECT kind, json_extract(body, '$.text'), seq FROM events WHERE conversation = ? ORDER BY seq",
            (conversation,),
        ).fetchall()
        for kind in ("user", "said"):
            assert [text for found, text, _ in rows if found == kind] == expected, kind
        assert [seq for _, _, seq in rows] == list(range(1, 3 * MESSAGES + 1))
        state = connection.execute(
            "SELECT json_array_length(state, '$.turns') FROM conversations WHERE conversation = ?", (conversation,)
        ).fetchone()
        assert state == (MESSAGES,)
    for table, unfinished in (
        ("inbox", "status <> 'done'"),
        ("outbox", "status <> 'sent'"),
        ("steps", "1"),
        ("dead_letters", "1"),
    ):
        assert connection.execute(f"SELECT count(*) FROM {table} WHERE {unfinished}").fetchone() == (0,), table
    connection.close()


def check_safe(sends: list[list[list[str]]], accepted: list[str]) -> None:
    """A receiver that drops repeated keys has each answer once, in order."""
    shown: dict[str, str] = {}
    for channel, _, text, key, _ in (line for run in sends for line in run):
        if channel == "safe":
            assert shown.setdefault(key, text) == text
    for conversation in ("s1", "s2"):
        expected = [key for key in dict.fromkeys(accepted) if key.startswith(f"{conversation}-")]
        assert [text for text in shown.values() if text.startswith(f"{conversation}-")] == expected


def check_marked(sends: list[list[list[str]]], accepted: list[str]) -> None:
    """Without the receiver's help: nothing lost, in order, and a repeat says that it may be one."""
    seen: Counter[str] = Counter()
    order: list[str] = []
    for run in sends:
        ambiguous: Counter[str] = Counter()
        for channel, conversation, text, _, is_ambiguous in run:
            if channel != "marked":
                continue
            assert seen[text] == 0 or is_ambiguous == "1", f"{text} was repeated as if it were new"
            ambiguous[conversation] += int(is_ambiguous)
            seen[text] += 1
            order.append(text)
        assert all(count <= 1 for count in ambiguous.values()), ambiguous
    for conversation in ("m1", "m2"):
        expected = [key for key in dict.fromkeys(accepted) if key.startswith(f"{conversation}-")]
        assert [text for text in dict.fromkeys(order) if text.startswith(f"{conversation}-")] == expected
