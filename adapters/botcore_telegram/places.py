"""Conversations and chats: one name for both ways. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME = re.compile(r"telegram:([0-9]+):(-?[0-9]+)(?::([0-9]+))?(?::u(-?[0-9]+))?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation is: the chat, in forums the topic, and in groups whose it is.

    `chat` is the id under which the conversation began: a group that became a supergroup keeps it here.
    """

    bot: int
    chat: int
    thread: int | None = None
    user: int | None = None

    @property
    def is_private(self) -> bool:
        """Whether it is a chat with one person."""
        return self.chat > 0

    @property
    def conversation(self) -> str:
        """Its name in the journal."""
        thread = "" if self.thread is None else f":{self.thread}"
        user = "" if self.user is None else f":u{self.user}"
        return f"telegram:{self.bot}:{self.chat}{thread}{user}"


def place_of(conversation: str) -> Place:
    """The place behind a conversation's name. Raises ValueError if it is none of Telegram's."""
    found = NAME.fullmatch(conversation)
    if found is None:
        raise ValueError(f"{conversation[:100]!r} is no conversation of Telegram's")
    bot, chat, thread, user = found.groups()
    return Place(int(bot), int(chat), int(thread) if thread else None, int(user) if user else None)
