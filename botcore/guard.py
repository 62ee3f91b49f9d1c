"""A plugin that raises, hangs or returns nonsense costs its own answer only.

What this cannot do, since plugins run in the bot's own process: stop a busy loop or `time.sleep` (they hold everybody
up; the watchdog names the culprit), limit memory, or survive `os._exit`. Plugins are trusted code.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from botcore.errors import PluginError

T = TypeVar("T")
TIMEOUT_S = 5.0
GRACE_S = 0.5
FAILURES_TO_OPEN = 5
PAUSE_S = 30.0


@dataclass(slots=True)
class Breaker:
    """Opens after five failures in a row; after thirty seconds one call may try again."""

    failures: int = 0
    open_until: float = 0.0

    def admits(self, now: float) -> bool:
        """Whether a call may be made now. After the pause the one that asks first tries for all."""
        if self.failures < FAILURES_TO_OPEN:
            return True
        if now < self.open_until:
            return False
        self.open_until = now + PAUSE_S
        return True

    def record(self, *, is_good: bool, now: float) -> None:
        """Count how a call ended."""
        self.failures = 0 if is_good else self.failures + 1
        if self.failures >= FAILURES_TO_OPEN:
            self.open_until = now + PAUSE_S


@dataclass(slots=True)
class Guard:
    """Calls into plugins, each with a time limit and its plugin's breaker."""

    breakers: dict[str, Breaker] = field(default_factory=dict)
    running: str = ""
    """The plugin whose code runs now, for the watchdog."""
    last: str = ""
    """The plugin whose code was entered last."""
    redact: Callable[[str], str] = str
    """Takes secrets out of what plugins raise."""

    async def call(
        self, plugin: str, function: Callable[[], Awaitable[T]], *, what: str, timeout_s: float | None = None
    ) -> T:
        """The function's result.

        Raises:
            PluginError: it raised, took longer than `timeout_s` (5 s by default), or its breaker is open.
        """
        breaker = self.breakers.setdefault(plugin, Breaker())
        if not breaker.admits(time.monotonic()):
            raise PluginError(f"{what} is switched off for a moment after {breaker.failures} failures in a row.")
        try:
            result = await self._limited(plugin, function, what, timeout_s or TIMEOUT_S)
        except PluginError:
            breaker.record(is_good=False, now=time.monotonic())
            raise
        breaker.record(is_good=True, now=time.monotonic())
        return result

    async def _limited(self, plugin: str, function: Callable[[], Awaitable[T]], what: str, timeout_s: float) -> T:
        task = asyncio.ensure_future(self._contained(plugin, function, what))
        try:
            done, _ = await asyncio.wait({task}, timeout=timeout_s)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if done:
            if task.cancelled():
                raise PluginError(f"{what} cancelled itself.")
            return task.result()
        task.cancel()
        await asyncio.wait({task}, timeout=GRACE_S)  # one that swallows the cancellation is left behind
        task.add_done_callback(lambda ended: None if ended.cancelled() else ended.exception())
        raise PluginError(
            f"{what} took longer than {timeout_s:g} s.", fix="Give it a larger timeout_s or make it faster."
        )

    async def _contained(self, plugin: str, function: Callable[[], Awaitable[T]], what: str) -> T:
        """Nothing but a result, a PluginError or a cancellation leaves here: SystemExit would end the whole bot."""
        self.running = self.last = plugin
        try:
            return await function()
        except (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, PluginError):
            raise
        except BaseException as wrong:
            raise PluginError(self.redact(f"{what} raised {type(wrong).__name__}: {wrong}")) from wrong
        finally:
            self.running = ""
