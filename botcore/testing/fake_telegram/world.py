"""What the fake platform remembers: users, chats with their messages as people see them, drafts, files."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from botcore.testing.fake_telegram.refusals import Refused, bad_request

DRAFT_LIFE_S = 30.0
Json = dict[str, Any]


@dataclass
class Chat:
    """One chat. `messages` are as they stand now, edits applied, oldest first; `actions` lists typing and such."""

    id: int
    type: str
    title: str = ""
    is_forum: bool = False
    messages: dict[int, Json] = field(default_factory=dict)
    drafts: dict[int, tuple[str, float]] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)
    is_blocked: bool = False  # the user blocked the bot, or the bot was kicked
    is_deactivated: bool = False
    moved_to: int | None = None
    ids: Any = field(default_factory=lambda: itertools.count(1))

    def as_json(self) -> Json:
        """The Bot API's Chat."""
        if self.type == "private":
            return {"id": self.id, "type": "private", "first_name": self.title}
        shown: Json = {"id": self.id, "type": self.type, "title": self.title}
        if self.is_forum:
            shown["is_forum"] = True
        return shown

    def live_drafts(self) -> dict[int, str]:
        """The drafts that are still to be seen."""
        now = time.monotonic()
        return {key: text for key, (text, at) in self.drafts.items() if now - at < DRAFT_LIFE_S}


@dataclass
class StoredFile:
    """A file that the bot may download, or that it sent."""

    id: str
    name: str
    content: bytes
    media_type: str


class World:
    """Everything but the updates on their way."""

    def __init__(self, token: str, username: str) -> None:
        self.bot_id = int(token.partition(":")[0])
        self.username = username
        self.bot: Json = {"id": self.bot_id, "is_bot": True, "first_name": "Test Bot", "username": username}
        self.users: dict[int, Json] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.descriptions: dict[str, str] = {}
        self.short_descriptions: dict[str, str] = {}
        self.callbacks: dict[str, Json | None] = {}  # what was answered; None: still waiting
        self.privacy = True
        self._file_ids = itertools.count(1)

    def me(self) -> Json:
        """The reply to getMe."""
        more = {"can_join_groups": True, "can_read_all_group_messages": not self.privacy}
        return {**self.bot, **more, "supports_inline_queries": False}

    def user(self, who: int | Json) -> Json:
        """A user, made when first named."""
        if isinstance(who, dict):
            known = {"is_bot": False, "first_name": "Ann", **who}
            self.users[known["id"]] = known
            return known
        if who not in self.users:
            self.users[who] = {"id": who, "is_bot": False, "first_name": f"User {who}", "language_code": "en"}
        return self.users[who]

    def chat(self, chat_id: int, first_name: str = "") -> Chat:
        """A chat, made when first named: private for positive ids, else a group or supergroup."""
        chat = self.chats.get(chat_id)
        if chat is None:
            kind = "private" if chat_id > 0 else "supergroup" if str(chat_id).startswith("-100") else "group"
            chat = self.chats[chat_id] = Chat(chat_id, kind, first_name or f"Chat {chat_id}")
        return chat

    def reachable(self, chat_id: int | str) -> Chat:
        """The chat that the bot writes to.

        Raises:
            Refused: it is unknown, has moved, or does not want the bot.
        """
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.moved_to is not None:
            what = "group chat was upgraded to a supergroup chat"
            raise Refused(400, f"Bad Request: {what}", {"migrate_to_chat_id": chat.moved_to})
        if chat.is_deactivated:
            raise Refused(403, "Forbidden: user is deactivated")
        if chat.is_blocked:
            kind = "was blocked by the user" if chat.type == "private" else f"was kicked from the {chat.type} chat"
            raise Refused(403, f"Forbidden: bot {kind}")
        return chat

    def add_message(self, chat: Chat, sender: Json | None, thread: int | None = None, **content: Any) -> Json:
        """Put a message into a chat."""
        message: Json = {"message_id": next(chat.ids), "date": int(time.time()), "chat": chat.as_json()}
        if sender is not None:
            message["from"] = sender
        if thread is not None:
            message |= {"message_thread_id": thread, "is_topic_message": True}
        message |= content
        chat.messages[message["message_id"]] = message
        return message

    def add_file(self, name: str, content: bytes, media_type: str) -> StoredFile:
        """Keep a file under a new file_id."""
        stored = StoredFile(f"file-{next(self._file_ids)}", name, content, media_type)
        self.files[stored.id] = stored
        return stored
