"""Replies shown while they are being made: the newest text only, one call at a time, none after the reply itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog

from botcore.channel import Adapter
from botcore.messages import Preview

log = structlog.get_logger("botcore.channels")
CALL_TIMEOUT_S = 10.0
Spawn = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]


@dataclass(slots=True, eq=False)
class _Shown:
    """What waits to be shown of one turn, and the task that shows it."""

    waiting: Preview | None
    task: asyncio.Task[None] | None = None


class Previews:
    """The turns that are being shown while they run."""

    def __init__(self, spawn: Spawn) -> None:
        self._spawn = spawn
        self._shown: dict[str, _Shown] = {}

    def begin(self, turn: str) -> None:
        """The turn runs: from now on, until `end`, it may be shown."""
        self._shown[turn] = _Shown(None)

    def show(self, adapter: Adapter, preview: Preview) -> None:
        """Show this text of the turn, in place of what was shown before; what is still waiting is passed over."""
        shown = self._shown.get(preview.turn)
        if shown is None:
            return  # work that a skill left running: the turn has its answer
        if shown.task is None or shown.task.done():
            shown.waiting = preview
            shown.task = self._spawn(self._pump(adapter, shown), "preview")
        else:
            shown.waiting = preview

    async def end(self, turn: str) -> None:
        """Show nothing more of this turn; returns once no call of it is under way."""
        shown = self._shown.pop(turn, None)
        if shown is not None and shown.task is not None:
            shown.waiting = None
            await asyncio.wait({shown.task})

    async def _pump(self, adapter: Adapter, shown: _Shown) -> None:
        while shown.waiting is not None:
            preview, shown.waiting = shown.waiting, None
            try:
                async with asyncio.timeout(CALL_TIMEOUT_S):
                    await adapter.preview(preview)
            except Exception as wrong:  # the border to the channel; a preview is best effort
                log.warning("preview_failed", channel=adapter.name, error=f"{type(wrong).__name__}: {wrong}")
                return
