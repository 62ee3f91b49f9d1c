"""What is known of chats: which have moved, which do not want the bot, which must wait."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from botcore import Kept

MAX_REMEMBERED = 20_000
LONGEST_WAIT_S = 60.0


class Chats:
    """Moves are kept for good; what is dead or waits is forgotten when the process ends, and learned anew."""

    def __init__(self, kept: Kept, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept = kept
        self._clock = clock
        self._new: dict[int, int] = {}
        self.old: dict[int, int] = {}
        self._dead: OrderedDict[int, str] = OrderedDict()
        self._until: dict[int, float] = {}

    async def load(self) -> None:
        """Read the moves that are kept."""
        for name, new in (await self._kept.find("moved:")).items():
            self._note(int(name.partition(":")[2]), int(new))

    async def move(self, old: int, new: int) -> None:
        """A group became a supergroup: its conversations keep their names, and are sent to the new id."""
        first = self.old.get(old, old)
        if self._new.get(first) == new or first == new:
            return
        await self._kept.put(f"moved:{first}", new)
        self._note(first, new)
        if old in self._until:
            self._until[new] = self._until.pop(old)

    def _note(self, old: int, new: int) -> None:
        self._new[old] = new
        self.old[new] = old

    def today(self, chat: int) -> int:
        """The id that a chat has now."""
        return self._new.get(chat, chat)

    def hold(self, chat: int, for_s: float) -> None:
        """Telegram wants nothing sent to this chat for a while."""
        now = self._clock()
        if len(self._until) > MAX_REMEMBERED:
            self._until = {key: until for key, until in self._until.items() if until > now}
        self._until[chat] = max(self._until.get(chat, 0.0), now + for_s)

    def hold_courtesy(self, chat: int, for_s: float) -> None:
        """The same for a preview or the line "is typing": the reply itself is tried within a minute all the same."""
        self.hold(chat, min(for_s, LONGEST_WAIT_S))

    def held_s(self, chat: int) -> float:
        """How long this chat has still to wait, in seconds; 0.0 if it need not."""
        until = self._until.get(chat)
        if until is None:
            return 0.0
        left = until - self._clock()
        if left <= 0:
            del self._until[chat]
        return max(0.0, left)

    def bury(self, chat: int, why: str) -> None:
        """Note that a chat does not want the bot."""
        self._dead[chat] = why
        if len(self._dead) > MAX_REMEMBERED:
            self._dead.popitem(last=False)

    def revive(self, chat: int) -> None:
        """Something came from this chat: the bot is wanted."""
        self._dead.pop(chat, None)

    def why_dead(self, chat: int) -> str | None:
        """Why nothing can be sent to this chat; None if it can."""
        return self._dead.get(chat)
