"""How many replies may be on their way at once through a channel that cannot recognise a repeat.

Each reply that is in mid-send when the process is killed has to be sent again, and may then be seen twice. So no more
are sent at once than it takes to keep up: one where the platform answers at once, as many as its answers take where
it is slow (Little's law: rate times time is the number on the way).
"""

from __future__ import annotations

import asyncio
import math

RATE_PER_S = 300.0
AT_ONCE_S = 0.012
MAX_AT_ONCE = 64
WEIGHT = 0.2


class SendGate:
    """Lets as many in as the platform's answers take; `limit` follows their mean time."""

    def __init__(self) -> None:
        self.limit = 1
        self._inside = 0
        self._mean_s = 0.0
        self._has_room = asyncio.Event()
        self._has_room.set()

    async def enter(self) -> None:
        """Wait for a place, which `leave` gives back. One caller at a time."""
        await self._has_room.wait()
        self._inside += 1
        self._look()

    def leave(self) -> None:
        """Give a place back: the reply is settled."""
        self._inside -= 1
        self._look()

    def answered(self, spent_s: float) -> None:
        """The platform took so many seconds to answer one call."""
        self._mean_s = spent_s if not self._mean_s else (1 - WEIGHT) * self._mean_s + WEIGHT * spent_s
        self.limit = 1 if self._mean_s < AT_ONCE_S else min(MAX_AT_ONCE, math.ceil(RATE_PER_S * self._mean_s))
        self._look()

    def _look(self) -> None:
        if self._inside < self.limit:
            self._has_room.set()
        else:
            self._has_room.clear()
