"""How many replies may be on their way at once through a channel that cannot recognise a repeat.

Each reply that is in mid-send when the process is killed has to be sent again, and may then be seen twice. So no more
are sent at once than it takes to keep up: one where the platform answers at once, as many as its answers take where
it is slow (Little's law: rate times time is the number on the way).
"""

from __future__ import annotations

import math

RATE_PER_S = 300.0
AT_ONCE_S = 0.012
STUCK_S = 0.25
"""A reply that is longer on its way no longer holds others up."""
MAX_AT_ONCE = 64
WEIGHT = 0.2


class Pace:
    """`limit` follows the mean time that the platform takes to answer."""

    def __init__(self) -> None:
        self.limit = 1
        self._mean_s = 0.0

    def answered(self, spent_s: float) -> None:
        """One reply took so many seconds from being handed out to its outcome."""
        spent_s = min(spent_s, STUCK_S)
        self._mean_s = spent_s if not self._mean_s else (1 - WEIGHT) * self._mean_s + WEIGHT * spent_s
        self.limit = 1 if self._mean_s < AT_ONCE_S else min(MAX_AT_ONCE, math.ceil(RATE_PER_S * self._mean_s))
