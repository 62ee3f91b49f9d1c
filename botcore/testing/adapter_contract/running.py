"""The bot under test: in this process, or in one of its own that can be killed."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from botcore.app import Bot, gather
from botcore.testing.adapter_contract import skills
from botcore.testing.adapter_contract.platform import Platform, Shown

WAIT_S = 30.0
END = "the end"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" + "1f15c4890000000d49444154789c6360f8cfc000000301"
    "0100c9fe92ef0000000049454e44ae426082"
)


class Stage:
    """A platform, a folder with the bot's files, and the bot on both."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.platform = platform
        self.folder = folder
        self._bot: Bot | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._home = Path.cwd()
        self._ends = 0
        os.chdir(folder)
        shutil.copy(skills.__file__, folder / "contract.py")
        (folder / "terms.txt").write_text("Terms. 条款。\n", encoding="utf-8")
        (folder / "picture.png").write_bytes(PNG)
        platform.prepare(folder)

    # --- the bot ---

    async def start(self) -> None:
        """Start the bot in this process."""
        os.environ.update(self.platform.environ())
        self._bot = Bot(gather(self._config()))
        await self._bot.start()
        await self._until_connected()

    async def stop(self) -> None:
        """Stop it in good order."""
        if self._bot is not None:
            await self._bot.stop(drain_s=5)
            self._bot = None

    async def run(self) -> None:
        """Start `botcore run` in a process of its own."""
        environ = {**os.environ, **self.platform.environ(), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-m", "botcore", "run", "-c", str(self._config())]
        with (self.folder / "run.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, cwd=self.folder, env=environ, stdout=log, stderr=log
            )
        await self._until_connected()

    async def end(self, number: signal.Signals) -> int:
        """Send the process a signal; its exit code."""
        assert self._process is not None  # noqa: S101  # after run()
        self._process.send_signal(number)
        async with asyncio.timeout(WAIT_S):
            code = await self._process.wait()
        self._process = None
        return code

    async def close(self) -> None:
        """End whatever runs."""
        await self.stop()
        if self._process is not None:
            await self.end(signal.SIGKILL)
        os.chdir(self._home)

    # --- what happens ---

    async def answers(self, user: str, count: int, *, within_s: float = WAIT_S) -> list[Shown]:
        """What the user sees, as soon as there are so many messages."""
        return await self.until(user, lambda shown: len(shown) >= count, within_s=within_s)

    async def until(self, user: str, holds: Callable[[list[Shown]], bool], *, within_s: float = WAIT_S) -> list[Shown]:
        """What the user sees, as soon as `holds` is true of it."""
        shown: list[Shown] = []
        try:
            async with asyncio.timeout(within_s):
                while not holds(shown := await self.platform.shown(user)):
                    await self.platform.changed()
        except TimeoutError:
            raise AssertionError(
                f"{user} waited {within_s} s and sees: {[each.text[:200] for each in shown]}"
            ) from None
        return shown

    async def settle(self, user: str) -> list[Shown]:
        """What the user sees after one more question was answered: by then anything unwanted would be there too."""
        self._ends += 1
        await self.platform.say(user, f"{END} {self._ends}")
        shown = await self.until(user, lambda shown: any(each.text == f"re: {END} {self._ends}" for each in shown))
        return [each for each in shown if not each.text.startswith(f"re: {END}")]

    async def said_after(self, user: str, text: str) -> list[Shown]:
        """The messages that answer one question."""
        before = await self.platform.shown(user)
        known = sum(not each.text.startswith(f"re: {END}") for each in before)
        await self.platform.say(user, text)
        await self.answers(user, len(before) + 1)
        return (await self.settle(user))[known:]

    def began(self) -> list[str]:
        """What the skills `wait` and `slow` have begun with, in order."""
        file = self.folder / "turns.txt"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    def dead_letters(self) -> int:
        """How many dead letters are kept."""
        with closing(sqlite3.connect(self.folder / "bot.db")) as database:
            return int(database.execute("SELECT count(*) FROM dead_letters").fetchone()[0])

    def lock_journal(self) -> sqlite3.Connection:
        """Keep the bot from writing its journal until the result is closed."""
        database = sqlite3.connect(self.folder / "bot.db", isolation_level=None, check_same_thread=False)
        database.execute("BEGIN IMMEDIATE")
        return database

    async def _until_connected(self) -> None:
        async with asyncio.timeout(WAIT_S):
            await self.platform.connected()

    def _config(self) -> Path:
        config = {
            "bot": {"name": "Contract", "languages": ["en", "zh"]},
            "models": {"encoder": "none"},
            "store": "sqlite:///bot.db",
            "plugins": {"contract": {"path": "contract.py"}},
            "channels": {self.platform.channel: dict(self.platform.section())},
            "logging": {"level": "warning"},
        }
        path = self.folder / "config.yaml"
        # JSON is YAML: no writer with rules of its own is needed
        path.write_text(json.dumps(config), encoding="utf-8")
        return path
