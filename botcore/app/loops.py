"""Two bots that answer each other never end: a partner that is no human gets a few answers a minute, then silence."""

from __future__ import annotations

import time
from collections import deque

TURNS = 3
WINDOW_S = 60.0
MAX_CONVERSATIONS = 1000


class LoopGuard:
    """Counts what bots write, by conversation, over the last minute."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = {}

    def lets_in(self, conversation: str, now: float | None = None) -> bool:
        """Whether one more message of a bot may be answered; it is counted if so. `now`: seconds, monotonic."""
        now = time.monotonic() if now is None else now
        times = self._times.pop(conversation, deque())
        while times and now - times[0] >= WINDOW_S:
            times.popleft()
        self._times[conversation] = times  # at the end: the oldest are forgotten first
        while len(self._times) > MAX_CONVERSATIONS:
            del self._times[next(iter(self._times))]
        if len(times) >= TURNS:
            return False
        times.append(now)
        return True

    def take_back(self, conversation: str) -> None:
        """The message that was counted last could not be stored: it will come again."""
        if times := self._times.get(conversation):
            times.pop()
