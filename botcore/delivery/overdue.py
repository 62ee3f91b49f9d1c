"""What takes too long, found with one timer for all: a timer for each would cost more than most of the work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
LOOKS = 4
"""Looks in the time after which something is overdue: it is found at most a quarter of that time late."""


class Overdue(Generic[K]):
    """Calls `tell(key)` once for each key that was begun and not ended `after_s` seconds later."""

    def __init__(self, after_s: float, tell: Callable[[K], None]) -> None:
        self._after_s = after_s
        self._tell = tell
        self._begun: dict[K, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, key: K) -> None:
        """From now on the time of this key counts."""
        self._begun[key] = time.monotonic()
        if self._timer is None:
            self._arm()

    def end(self, key: K) -> float | None:
        """The seconds that it took; None if it was overdue, or never begun."""
        begun = self._begun.pop(key, None)
        return None if begun is None else time.monotonic() - begun

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._after_s / LOOKS, self._look)

    def _look(self) -> None:
        """The dictionary is in the order of beginning, so the first that is not overdue ends the look."""
        now = time.monotonic()
        while self._begun:
            key, begun = next(iter(self._begun.items()))
            if now - begun < self._after_s:
                break
            del self._begun[key]
            self._tell(key)
        self._timer = None
        if self._begun:
            self._arm()
