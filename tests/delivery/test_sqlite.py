"""What is particular to the embedded engine: its file and lock, faults of the storage, reading beside a running bot."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from botcore.delivery.options import Options
from botcore.delivery.sqlite import SqliteEngine
from botcore.errors import NotReady

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this code in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", textwrap.dedent(code), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)


async def test_a_second_process_is_refused_and_told_why(file_world):
    code = """
        import asyncio, sys
        from botcore.delivery.sqlite import SqliteEngine
        from botcore.errors import NotReady
        try:
            asyncio.run(SqliteEngine(sys.argv[1]).start(None))
        except NotReady as error:
            print(error)
    """
    async with file_world.running():
        found = await asyncio.to_thread(run_python, code, file_world.url)
    assert "Another process has the journal" in found.stdout, found.stderr
    assert f"{file_world.folder}/bot.db" in found.stdout
    assert "Stop the other bot" in found.stdout


async def test_two_engines_on_one_file_in_one_process_are_refused_too(file_world):
    async with file_world.running():
        with pytest.raises(NotReady, match="Another process"):
            await file_world.engine().start(None)
    async with file_world.running() as engine:
        assert (await engine.health()).is_writable


@pytest.mark.parametrize("url", ["sqlite:///{}/a/b/x.db", "sqlite:////{}/y.db"])
async def test_folders_are_made_and_commits_are_synced(tmp_path, url):
    engine = SqliteEngine(url.format(tmp_path))
    await engine.start(None)
    pragmas = [await engine._write.submit(_pragma(name)) for name in ("journal_mode", "synchronous", "secure_delete")]
    await engine.stop()
    assert pragmas == ["wal", 2, 1]


def _pragma(name):
    return lambda database: database.connection.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.mark.parametrize("url", ["postgresql://localhost/x", "not a url"])
def test_another_database_is_refused_with_the_mend(url):
    with pytest.raises(NotReady, match=r"sqlite:///var/botcore\.db"):
        SqliteEngine(url)


async def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(NotReady, match="taken"):
        await SqliteEngine(f"sqlite:///{tmp_path}/taken/x.db").start(None)


async def test_memory_journals_are_apart(world):
    first, second = SqliteEngine(":memory:"), SqliteEngine("sqlite://")
    await first.start(None)
    await second.start(None)
    assert await first.accept(world.message("k1"))
    assert await second.accept(world.message("k1"))
    await first.stop()
    await second.stop()


async def test_while_another_program_locks_the_database_nothing_is_acknowledged(file_world):
    world = file_world
    async with world.running(world.echo) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1", text="before"))
        await web.wait_for(1)
        other = sqlite3.connect(world.folder / "bot.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotReady, match="close it"):
            await engine.accept(world.message("k2", text="during"))
        health = await engine.health()
        assert not health.is_writable
        assert "locked" in health.detail
        with pytest.raises(NotReady):
            await engine.accept(world.message("k2", text="during"))
        assert len(await engine.events("c1")) == 2, "reading goes on"
        other.execute("ROLLBACK")
        other.close()
        await world.until(lambda: _is_writable(engine))
        assert await engine.accept(world.message("k2", text="during")) is True
        assert await web.wait_for(2) == ["re: before", "re: during"]


async def _is_writable(engine):
    return (await engine.health()).is_writable


async def test_a_turn_waits_with_its_commit_until_the_journal_can_be_written(file_world):
    world = file_world
    other = None
    calls = []

    async def handler(engine, claim):
        nonlocal other
        calls.append(claim.attempt)
        other = sqlite3.connect(world.folder / "bot.db", isolation_level=None, check_same_thread=False)
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.6, other.rollback)
        await world.echo(engine, claim)

    async with world.running(handler) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1"))
        assert await web.wait_for(1) == ["re: hello"]
        other.close()
    assert calls == [1], "what was worked out once is not thrown away"


async def test_a_full_journal_takes_nothing_and_recovers_when_there_is_room(file_world):
    world = file_world
    async with world.running(world.echo, max_pages=60) as engine:
        accepted = 0
        refusal = ""
        while not refusal:
            try:
                await engine.accept(world.message(f"k{accepted}", "big", "x" * 2000))
                accepted += 1
            except NotReady as error:
                refusal = str(error)
        assert 5 < accepted < 100
        assert "Free space" in refusal
        assert not (await engine.health()).is_writable
        assert await engine.forget("big")
        await world.until(lambda: _is_writable(engine))
        async with world.Receiver(engine) as web:
            assert await engine.accept(world.message("k", "small", "fits"))
            assert await web.wait_for(1) == ["re: fits"]


def test_a_disk_that_fills_up_loses_nothing_that_was_acknowledged(tmp_path):
    """The limit is the operating system's, on the size of files, so every write beyond it fails as on a full disk."""
    code = """
        import asyncio, json, resource, signal, sys
        from datetime import UTC, datetime
        from botcore.delivery.engine import Outcome
        from botcore.delivery.sqlite import SqliteEngine
        from botcore.errors import NotReady
        from botcore.messages import Message, Reply, Sent, User

        async def main():
            engine = SqliteEngine(sys.argv[1])
            async def handler(claim):
                await engine.commit(Outcome(claim, {}, (Reply(claim.message.text),)))
            sent = []
            async def web():
                async for delivery in engine.deliveries("web", replay_safe=True):
                    sent.append(delivery.reply.text)
                    await engine.settle(delivery, Sent())
            def message(n):
                return Message(str(n), "web", f"c{n % 5}", User("u"), f"{n} " + "x" * 500, datetime.now(UTC))
            await engine.start(handler)
            task = asyncio.create_task(web())
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, resource.RLIM_INFINITY))
            accepted, refused, next_ = [], 0, 0
            while refused < 5:
                try:
                    await engine.accept(message(next_))
                    accepted.append(next_)
                    next_ += 1
                except NotReady as error:
                    refused += 1
                    why = str(error)
            health = await engine.health()
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            async with asyncio.timeout(20):
                while not (await engine.health()).is_writable:
                    await asyncio.sleep(0.05)
                await engine.accept(message(next_))
                accepted.append(next_)
                while len(set(sent)) < len(accepted):
                    await asyncio.sleep(0.05)
            await engine.stop()
            await task
            print(json.dumps({"why": why, "writable": health.is_writable, "accepted": len(accepted), "sent": len(sent),
                              "answers": len({text.split()[0] for text in sent})}))
        asyncio.run(main())
    """
    found = run_python(code, f"sqlite:///{tmp_path}/bot.db")
    assert found.returncode == 0, found.stderr
    result = json.loads(found.stdout)
    assert result["writable"] is False
    assert result["accepted"] > 10
    assert result["answers"] == result["accepted"] == result["sent"]


def test_a_message_that_ends_the_process_becomes_a_dead_letter_and_takes_no_other_along(tmp_path):
    code = """
        import asyncio, os, sys
        from datetime import UTC, datetime
        from botcore.delivery.engine import Outcome
        from botcore.delivery.sqlite import SqliteEngine
        from botcore.messages import Message, Reply, User

        async def main():
            engine = SqliteEngine(sys.argv[1])
            async def handler(claim):
                await asyncio.sleep(0.02)
                if claim.message.text == "poison":
                    os._exit(9)
                await asyncio.sleep(0.1)
                await engine.commit(Outcome(claim, {}, (Reply("ok"),)))
            await engine.start(None, work=False)
            for n in range(10):
                text = "poison" if n == 4 else "fine"
                await engine.accept(Message(str(n), "web", f"c{n}", User("u"), text, datetime.now(UTC)))
            await engine.accept(Message("behind", "web", "c4", User("u"), "fine", datetime.now(UTC)))
            await engine.stop()
            await engine.start(handler)
            while (await engine.health()).waiting:
                await asyncio.sleep(0.01)
            letters = await engine.dead_letters()
            print([letter.key for letter in letters], letters[0].error)
            await engine.stop()
        asyncio.run(main())
    """
    runs = 1
    while (found := run_python(code, f"sqlite:///{tmp_path}/bot.db")).returncode:
        assert found.returncode == 9, found.stderr
        assert runs < 20
        runs += 1
    assert runs == 6, "five crashes, then it was given up"
    assert found.stdout.startswith("['4'] Tried 5 times; each time the process ended")


async def test_another_process_can_read_beside_a_running_bot(file_world):
    world = file_world
    async with world.running(world.echo) as engine, world.Receiver(engine) as web:
        await engine.accept(world.message("k1"))
        await web.wait_for(1)
        beside = SqliteEngine(world.url, Options(read_only=True))
        await beside.start(None)
        assert [event.kind for event in await beside.events("c1")] == ["user", "said"]
        assert not (await beside.health()).is_writable
        with pytest.raises(NotReady):
            await beside.accept(world.message("k2"))
        await beside.stop()
        await engine.accept(world.message("k2"))
        await web.wait_for(2)


async def test_reading_needs_a_journal(tmp_path):
    with pytest.raises(NotReady, match="There is no journal"):
        await SqliteEngine(f"sqlite:///{tmp_path}/none.db", Options(read_only=True)).start(None)


async def test_starting_twice_is_refused(world):
    async with world.running() as engine:
        with pytest.raises(NotReady, match="already"):
            await engine.start(None)


async def test_an_engine_can_be_started_again(file_world):
    world = file_world
    engine = world.engine()
    for number in range(3):
        await engine.start(None)
        assert await engine.accept(world.message(f"k{number}"))
        await engine.stop()
        await engine.stop()


async def test_nothing_remains_in_the_gaps_of_the_file_after_forgetting(file_world):
    world = file_world
    async with world.running(world.echo) as engine, world.Receiver(engine) as web:
        for number in range(600):
            name = "canary" if number % 5 == 0 else f"c{number % 7}"
            await engine.accept(world.message(f"{name}{number}", name, f"{name} " * (number * 7 % 80), user=name))
        await web.wait_for(600, within_s=20)
        await engine.forget("canary")
        for file in world.folder.iterdir():
            assert b"canary" not in file.read_bytes(), file
