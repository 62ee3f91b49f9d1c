"""The open event streams. The log is the truth; a stream is only woken, and reads on from where it was."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from botcore import Overloaded

RETRY_AFTER_S = 10.0


@dataclass(eq=False, slots=True)
class Stream:
    """One tab that follows a conversation; `news` is set when there may be something to read.

    `preview` is the newest unfinished text that the tab has not got yet.
    """

    conversation: str
    tab: str | None
    news: asyncio.Event = field(default_factory=asyncio.Event)
    preview: Mapping[str, str] | None = None
    is_closed: bool = False


class Streams:
    """Who follows which conversation, and in which one the bot is typing."""

    def __init__(self, *, per_conversation: int, total: int) -> None:
        self._per_conversation = per_conversation
        self._total = total
        self._open: dict[str, list[Stream]] = {}
        self._typing: set[str] = set()
        self._is_closed = False

    def __len__(self) -> int:
        return sum(map(len, self._open.values()))

    def open(self, conversation: str, tab: str | None) -> Stream:
        """Begin to follow. A second stream of the same tab ends the first, which its client has given up.

        Raises:
            Overloaded: this conversation, or the server, has as many as it may.
        """
        for stream in list(self._open.get(conversation, ())):
            if tab is not None and stream.tab == tab:
                self.close(stream)
        siblings = len(self._open.get(conversation, ()))
        if self._is_closed or siblings >= self._per_conversation or len(self) >= self._total:
            raise Overloaded("Too many open streams.", retry_after_s=RETRY_AFTER_S)
        stream = Stream(conversation, tab)
        self._open.setdefault(conversation, []).append(stream)
        return stream

    def close(self, stream: Stream) -> None:
        """End a stream and forget it; closing twice is harmless."""
        stream.is_closed = True
        stream.news.set()
        siblings = self._open.get(stream.conversation, [])
        if stream in siblings:
            siblings.remove(stream)
        if not siblings:
            self._open.pop(stream.conversation, None)

    def wake(self, conversation: str) -> None:
        """Let all who follow the conversation read its log again."""
        for stream in self._open.get(conversation, ()):
            stream.news.set()

    def show_preview(self, conversation: str, turn: str, text: str) -> None:
        """Show those who follow the beginning of a reply; it is not kept for those who come later."""
        for stream in self._open.get(conversation, ()):
            stream.preview = {"turn": turn, "text": text}
            stream.news.set()

    def is_typing(self, conversation: str) -> bool:
        """True while the bot is thinking about this conversation."""
        return conversation in self._typing

    def set_typing(self, conversation: str, is_on: bool) -> None:
        """Note that the bot began or ceased to think, and tell those who follow."""
        if is_on:
            self._typing.add(conversation)
        else:
            self._typing.discard(conversation)
        self.wake(conversation)

    def close_all(self) -> None:
        """End every stream and open no more."""
        self._is_closed = True
        for stream in [stream for siblings in self._open.values() for stream in siblings]:
            self.close(stream)
