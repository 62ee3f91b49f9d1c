"""A good edit goes live without a restart; a bad one is shown and changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from watchfiles import awatch

from botcore.app.gather import gather, stamps_of

if TYPE_CHECKING:
    from botcore.app.bot import Bot

log = structlog.get_logger("botcore.reload")
FIXED = ("bot", "store", "models", "channels", "retention", "logging")
"""Sections that are read at start-up only."""
DEBOUNCE_MS = 400
LOOK_MS = 2000


class Reloader:
    """Watches the files that the bot was read from.

    What counts is that a file is another than when it was read last. The system's notice of a change only makes us look
    at once: changes before the watcher was up, while files were being read, or on a network share, are found as well.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._last = bot.gathered

    async def run(self) -> None:
        """Until cancelled: whenever a file is another, read everything again; put it into force if it has no errors."""
        while True:
            folders = self._folders()
            async for _changes in awatch(
                *folders, debounce=DEBOUNCE_MS, rust_timeout=LOOK_MS, yield_on_timeout=True, recursive=False
            ):
                if await asyncio.to_thread(self._has_changed):
                    await self._reload()
                if self._folders() != folders:
                    break

    def _has_changed(self) -> bool:
        return stamps_of(self._last.watched()) != self._last.stamps

    def _folders(self) -> list[Path]:
        """Where to watch: for what is in force, and for what was read last and refused."""
        files = self._bot.gathered.watched() | self._last.watched()
        return sorted({file.resolve().parent for file in files if file.parent.is_dir()})

    async def _reload(self) -> None:
        old = self._bot.config
        gathered = self._last = await asyncio.to_thread(gather, self._bot.gathered.loaded.path)
        if gathered.errors:
            for problem in gathered.errors:
                log.error("reload_refused", problem=str(problem))
            self._bot.metrics.count("reloads_total", labels={"result": "refused"})
            return
        kept = [name for name in FIXED if getattr(gathered.config, name) != getattr(old, name)]
        if gathered.config.nlu.model != old.nlu.model:  # its heads read the encoder that was loaded with them
            kept.append("nlu.model")
        if kept:
            log.warning("restart_needed", sections=", ".join(kept))
        try:
            await self._bot.learn(gathered)
        except Exception as wrong:  # the old index stays in force
            log.error("reload_failed", error=f"{type(wrong).__name__}: {wrong}")
            return
        self._bot.metrics.count("reloads_total", labels={"result": "done"})
        log.info("reloaded", entries=len(gathered.knowing.repertoire.entries))
