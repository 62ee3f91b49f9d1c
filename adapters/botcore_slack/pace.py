"""How fast may be written where: what Slack said when it was too much, per channel."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

CHANNELS_MAX = 5000
SPREAD_S = 1.0  # Slack's own rule: about one message a second and channel
GIVE_UP_S = 60.0


class Pace:
    """Channels that are blocked, and until when. Other channels go on."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._until: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._shown: OrderedDict[tuple[str, str], float] = OrderedDict()

    def wait_s(self, team: str, channel: str) -> float:
        """How long to wait before the next message there, 0 if it may go.

        Each one that has to wait is given a second of its own, so that they do not all come at once.
        """
        key, now = (team, channel), self._now()
        until, slot = self._until.get(key, (0.0, 0.0))
        if until <= now:
            self._until.pop(key, None)
            return 0.0
        slot = max(slot, until)
        self._until[key] = (until, slot + SPREAD_S)
        return slot - now

    def block(self, team: str, channel: str, for_s: float) -> None:
        """Slack said to come back after so many seconds."""
        key = (team, channel)
        until, slot = self._until.get(key, (0.0, 0.0))
        self._until[key] = (max(until, self._now() + for_s), slot)
        self._until.move_to_end(key)
        while len(self._until) > CHANNELS_MAX:
            self._until.popitem(last=False)

    def is_blocked(self, team: str, channel: str) -> bool:
        """Whether Slack wants no message there now."""
        return self._until.get((team, channel), (0.0, 0.0))[0] > self._now()

    def may_show(self, team: str, channel: str, every_s: float) -> bool:
        """Whether an unfinished reply may be shown again; True counts as done."""
        key, now = (team, channel), self._now()
        if self.is_blocked(team, channel) or now - self._shown.get(key, -every_s) < every_s:
            return False
        self._shown[key] = now
        self._shown.move_to_end(key)
        while len(self._shown) > CHANNELS_MAX:
            self._shown.popitem(last=False)
        return True
