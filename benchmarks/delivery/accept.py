"""How fast the embedded engine takes messages, and what one costs from accept to settled reply.

    python benchmarks/delivery/accept.py [--seconds 5] [--producers 32] [--folder DIR]

In the same run it measures what the disk allows at best, with SQLite alone: one row a commit, 64 rows a commit, a bare
fsync. Results go to results.json beside this file.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botcore.delivery.engine import Claim, Outcome
from botcore.delivery.sqlite import SqliteEngine
from botcore.messages import Delivery, Message, Reply, Sent, User

TEXT = "Where is my order AB123456? It was due last Monday and I have heard nothing since. 我的订单到哪了？"


def message(producer: int, number: int) -> Message:
    """Each producer is a user with a conversation of its own."""
    conversation = f"web:visitor-{producer}"
    return Message(f"{producer}-{number}", "web", conversation, User(f"u{producer}"), TEXT, datetime.now(UTC))


async def produce(engine: SqliteEngine, producer: int, until: float, taken_s: list[float]) -> None:
    """Accept one message after the other, as a platform's webhook would."""
    number = 0
    while (begin := time.perf_counter()) < until:
        await engine.accept(message(producer, number))
        taken_s.append(time.perf_counter() - begin)
        number += 1


async def accept_only(folder: Path, seconds: float, producers: int) -> dict[str, float]:
    """Producers as fast as they get answers; nothing is answered."""
    engine = SqliteEngine(f"sqlite:///{folder}/accept.db")
    await engine.start(None, work=False)
    taken_s: list[float] = []
    begin, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(produce(engine, n, begin + seconds, taken_s) for n in range(producers)))
    wall_s, cpu_s = time.perf_counter() - begin, time.process_time() - cpu
    await engine.stop()
    return {
        "messages": len(taken_s),
        "messages_per_s": len(taken_s) / wall_s,
        "p50_ms": quantile(taken_s, 50) * 1e3,
        "p99_ms": quantile(taken_s, 99) * 1e3,
        "cpu_ms_per_message": cpu_s / len(taken_s) * 1e3,
    }


async def whole_path(folder: Path, seconds: float, producers: int, *, replay_safe: bool) -> dict[str, float]:
    """Accept, claim, commit with a trace event, a reply and a snapshot, deliver, settle; until all of it is done."""
    engine = SqliteEngine(f"sqlite:///{folder}/path-{int(replay_safe)}.db")
    taken_s: list[float] = []
    settled = 0

    async def answer(claim: Claim) -> None:
        state = {"slots": {"order_number": "AB123456"}, "turns": claim.state.get("turns", 0) + 1}
        events = (("understood", {"intent": "order_status", "score": 0.97}),)
        await engine.commit(Outcome(claim, state, (Reply("It left us on Monday."),), events))

    async def settle(delivery: Delivery) -> None:
        nonlocal settled
        await engine.settle(delivery, Sent("external-1"))
        settled += 1

    async def send() -> None:
        async with asyncio.TaskGroup() as sends:
            async for delivery in engine.deliveries("web", replay_safe=replay_safe):
                sends.create_task(settle(delivery))

    await engine.start(answer)
    sender = asyncio.create_task(send())
    begin, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(produce(engine, n, begin + seconds, taken_s) for n in range(producers)))
    # Looked at every 10 ms; an event would cost what is being measured.
    while settled < len(taken_s):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    wall_s, cpu_s = time.perf_counter() - begin, time.process_time() - cpu
    await engine.stop()
    await sender
    return {
        "messages": len(taken_s),
        "messages_per_s": len(taken_s) / wall_s,
        "accept_p50_ms": quantile(taken_s, 50) * 1e3,
        "accept_p99_ms": quantile(taken_s, 99) * 1e3,
        "cpu_ms_per_message": cpu_s / len(taken_s) * 1e3,
    }


def sqlite_limit(folder: Path, seconds: float, rows: int) -> float:
    """Rows per second that SQLite itself commits here with WAL and FULL, so many at a time."""
    connection = sqlite3.connect(folder / f"limit-{rows}.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, key TEXT, body TEXT)")
    body = TEXT * 3

    def commit() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO rows (key, body) VALUES (?, ?)", [("key", body)] * rows)
        connection.execute("COMMIT")

    count = per_second(commit, seconds) * rows
    connection.close()
    return count


def fsync_limit(folder: Path, seconds: float) -> float:
    """Appends of 4 kB per second, each followed by an fsync."""
    file = os.open(folder / "fsync", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    block = b"x" * 4096

    def append() -> None:
        os.write(file, block)
        os.fsync(file)

    count = per_second(append, seconds)
    os.close(file)
    return count


def per_second(do: Callable[[], None], seconds: float) -> float:
    begin, count = time.perf_counter(), 0
    while time.perf_counter() < begin + seconds:
        do()
        count += 1
    return count / (time.perf_counter() - begin)


def quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def measure(folder: Path, seconds: float, producers: int) -> dict[str, Any]:
    short = min(seconds, 2.0)
    limits = {
        "sqlite_rows_per_s_1_a_commit": sqlite_limit(folder, short, 1),
        "sqlite_rows_per_s_64_a_commit": sqlite_limit(folder, short, 64),
        "fsyncs_per_s": fsync_limit(folder, short),
    }
    accepted = asyncio.run(accept_only(folder, seconds, producers))
    safe = asyncio.run(whole_path(folder, seconds, producers, replay_safe=True))
    marked = asyncio.run(whole_path(folder, seconds, producers, replay_safe=False))
    return {
        "limits": limits,
        "accept": accepted,
        "whole_path_replay_safe": safe,
        "whole_path_marked": marked,
        "ratios": {
            "accepts_to_sqlite_64_rows": accepted["messages_per_s"] / limits["sqlite_rows_per_s_64_a_commit"],
            "accepts_to_sqlite_1_row": accepted["messages_per_s"] / limits["sqlite_rows_per_s_1_a_commit"],
            "accepts_to_fsyncs": accepted["messages_per_s"] / limits["fsyncs_per_s"],
        },
        "meets_target": {"accept_p99_at_most_50_ms": accepted["p99_ms"] <= 50 and safe["accept_p99_ms"] <= 50},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--producers", type=int, default=32)
    parser.add_argument("--folder", type=Path, help="where the databases go: the disk to measure")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        result = measure(Path(folder), min(arguments.seconds, 60.0), arguments.producers)
    machine = {"cpu": cpu_model(), "cores": os.cpu_count(), "system": f"{platform.system()} {platform.release()}"}
    result = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "producers": arguments.producers,
        "seconds": arguments.seconds,
        **rounded(result),
    }
    text = json.dumps(result, indent=2)
    Path(__file__).with_name("results.json").write_text(text + "\n")
    print(text)


def rounded(values: dict[str, Any]) -> dict[str, Any]:
    """The same figures with three decimals."""
    return {
        key: rounded(value) if isinstance(value, dict) else round(value, 3) if isinstance(value, float) else value
        for key, value in values.items()
    }


if __name__ == "__main__":
    main()
