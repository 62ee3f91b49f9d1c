"""A good edit goes live without a restart; a bad one is shown and changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from watchfiles import awatch

from botcore.app.gather import gather

if TYPE_CHECKING:
    from botcore.app.bot import Bot

log = structlog.get_logger("botcore.reload")
FIXED = ("bot", "store", "models", "channels", "retention", "logging")
"""Sections that are read at start-up only."""


class Reloader:
    """Watches the files that the bot was read from."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def run(self) -> None:
        """Until cancelled: wait for a change, read everything again, put it into force if it has no errors."""
        while True:
            files, folders = self._watched()
            # The watcher stays open while the files are read: what changes meanwhile is seen afterwards.
            async for changes in awatch(*folders, debounce=400, recursive=False):
                if any(_concerns(changed, files) for _, changed in changes):
                    await self._reload()
                    files, now = self._watched()
                    if now != folders:
                        break

    def _watched(self) -> tuple[set[Path], list[Path]]:
        """The files to watch, and their folders."""
        files = {path.resolve() for path in self._bot.gathered.watched()}
        return files, sorted({file.parent for file in files if file.parent.is_dir()})

    async def _reload(self) -> None:
        old = self._bot.config
        gathered = await asyncio.to_thread(gather, self._bot.gathered.loaded.path)
        if gathered.errors:
            for problem in gathered.errors:
                log.error("reload_refused", problem=str(problem))
            self._bot.metrics.count("reloads_total", labels={"result": "refused"})
            return
        kept = [name for name in FIXED if getattr(gathered.config, name) != getattr(old, name)]
        if kept:
            log.warning("restart_needed", sections=", ".join(kept))
        try:
            await self._bot.learn(gathered)
        except Exception as wrong:  # the old index stays in force
            log.error("reload_failed", error=f"{type(wrong).__name__}: {wrong}")
            return
        self._bot.metrics.count("reloads_total", labels={"result": "done"})
        log.info("reloaded", entries=len(gathered.knowing.repertoire.entries))


def _concerns(changed: str, files: set[Path]) -> bool:
    """A watched file, or a new one beside watched ones of its kind: a glob may take it in."""
    path = Path(changed).resolve()
    return any(path.parent == file.parent and path.suffix == file.suffix for file in files)
