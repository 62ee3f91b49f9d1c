"""One update -> what it means for the bot. Pure: no clock, no network, no state."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from botcore import Attachment, Message, User
from botcore_telegram.attachments import attachments_of, words_for
from botcore_telegram.places import Place
from botcore_telegram.reading import (
    Json,
    Unreadable,
    clean,
    entities_of,
    may,
    name_of,
    need,
    utf16_slice,
    utf16_without,
)
from botcore_telegram.settings import CommandSettings

CHANNEL = "telegram"
SERVICE_ACCOUNT = 777000  # what Telegram itself says, and posts copied from a linked channel
SENT_AS_CHAT = frozenset({136817688, 1087968824})  # a channel, an anonymous admin: `sender_chat` says who
MAX_UPDATE_ID = 2**53
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
AFTER_NAME = " \t\n,.:;!，。：；！、"


@dataclass(frozen=True, slots=True)
class Me:
    """What parsing has to know: who the bot is, how it is set, and which chats have moved (new id -> old)."""

    id: int
    username: str = ""
    groups: Literal["per_user", "shared"] = "per_user"
    edits: Literal["ignore", "answer"] = "ignore"
    commands: Mapping[str, CommandSettings] = field(default_factory=dict)
    moved: Mapping[int, int] = field(default_factory=dict)
    language_of: Callable[[str | None], str | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Written:
    """Someone wrote to the bot. `album` names the group of updates that make one message; `chat` is the id of today."""

    message: Message
    chat: int
    album: str | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """Someone pressed a button; `place` is the presser's own conversation, None where there is no message."""

    query: str
    data: str
    place: Place | None
    message: str
    user: User


@dataclass(frozen=True, slots=True)
class Membership:
    """The bot was let in or thrown out."""

    chat: int
    is_in: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became a supergroup."""

    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Passed:
    """Nothing for the bot."""

    why: str


Parsed = Written | Pressed | Membership | Moved | Passed


def update_id_of(update: Any) -> int | None:
    """The update's number; None if it has none."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if type(number) is int and 0 <= number < MAX_UPDATE_ID else None


def query_of(update: Any) -> str | None:
    """The press that an update tells of, even if no more of it can be read."""
    query = update.get("callback_query") if isinstance(update, dict) else None
    key = query.get("id") if isinstance(query, dict) else None
    return key if isinstance(key, str) else None


def parse(update: Any, me: Me) -> Parsed:
    """What the update means.

    Raises:
        Unreadable: it breaks the Bot API's rules, so that nobody can say what it means.
    """
    if not isinstance(update, dict):
        raise Unreadable("the update is no object")
    number = update_id_of(update)
    if number is None:
        raise Unreadable("update_id is missing or no number")
    if "message" in update:
        return _message(need(update, "message", dict), number, me)
    if "callback_query" in update:
        return _pressed(need(update, "callback_query", dict), me)
    if "edited_message" in update:
        edited = need(update, "edited_message", dict)
        # somebody who shares where they go "edits" that message every few seconds
        is_wanted = me.edits == "answer" and "location" not in edited
        return _message(edited, number, me) if is_wanted else Passed("edited")
    if "my_chat_member" in update:
        return _membership(need(update, "my_chat_member", dict))
    return Passed("other kind")


def merged(parts: list[Written]) -> Message:
    """The one message that an album's updates make."""
    first = parts[0].message
    texts = [part.message.text for part in parts if part.message.text]
    files: list[Attachment] = [file for part in parts for file in part.message.attachments]
    return replace(first, text="\n".join(texts), attachments=tuple(files))


def _message(message: Json, number: int, me: Me) -> Parsed:
    chat = need(message, "chat", dict)
    chat_id, kind = need(chat, "id", int), need(chat, "type", str)
    message_id, date = need(message, "message_id", int), need(message, "date", int)
    if kind == "channel":
        return Passed("channel post")
    if (new_id := may(message, "migrate_to_chat_id", int)) is not None:
        return Moved(chat_id, new_id)
    sender = need(message, "from", dict)
    sender_id = need(sender, "id", int)
    if sender_id == me.id or sender_id == SERVICE_ACCOUNT or message.get("is_automatic_forward"):
        return Passed("own or service message")
    name = "caption" if "text" not in message and "caption" in message else "text"
    text = may(message, name, str) or words_for(message)
    entities = entities_of(message, "entities" if name == "text" else "caption_entities", text)
    attachments = attachments_of(message)
    if not text and not attachments:
        return Passed("service message")
    user, who = _sender(message, sender)
    place = _place(chat_id, kind, message, who, me)
    heard = _heard(text, entities, message, me, user, is_private=kind == "private")
    if heard is None:
        return Passed("not for the bot")
    words, choice = heard
    album = may(message, "media_group_id", str)
    built = Message(
        key=f"{me.id}:album:{chat_id}:{album}" if album else f"{me.id}:{number}",
        channel=CHANNEL,
        conversation=place.conversation,
        user=user,
        text=clean(words),
        sent_at=_time(date),
        choice=choice,
        attachments=attachments,
        ref=str(message_id),
    )
    return Written(built, chat_id, album)


def _time(date: int) -> datetime:
    try:
        return datetime.fromtimestamp(date, UTC)
    except (OverflowError, OSError, ValueError):
        raise Unreadable("date is no time") from None


def _sender(message: Json, sender: Json) -> tuple[User, int]:
    """Who wrote, and the number that names them in conversations."""
    who = need(sender, "id", int)
    is_bot = bool(may(sender, "is_bot", bool))
    if who in SENT_AS_CHAT and isinstance(message.get("sender_chat"), dict):
        sender, is_bot = message["sender_chat"], False
        who = need(sender, "id", int)
    return User(str(who), name_of(sender), may(sender, "language_code", str), is_bot=is_bot), who


def _place(chat_id: int, kind: str, message: Json, who: int, me: Me) -> Place:
    thread = may(message, "message_thread_id", int) if message.get("is_topic_message") else None
    user = who if kind != "private" and me.groups == "per_user" else None
    return Place(me.id, me.moved.get(chat_id, chat_id), thread, user)


def _heard(
    text: str, entities: list[Json], message: Json, me: Me, user: User, *, is_private: bool
) -> tuple[str, str | None] | None:
    """The words that are meant for the bot, and the choice they make; None if they are not for it."""
    if entities and entities[0]["type"] == "bot_command" and entities[0]["offset"] == 0:
        command, _, addressee = text[1 : entities[0]["length"]].partition("@")
        if addressee and addressee.lower() != me.username.lower():
            return None
        return _command(command.lower(), text[entities[0]["length"] :].strip(), text, me, user)
    if is_private:
        return text, None
    mentions = [entity for entity in entities if _is_mention(entity, text, me)]
    if not mentions and not _is_reply_to_me(message, me):
        return None
    for entity in reversed(mentions):
        text = utf16_without(text, entity["offset"], entity["length"])
    if mentions:
        text = text.replace("  ", " ").lstrip(AFTER_NAME).rstrip()
        if not text and not attachments_of(message):
            return "", "start"  # only called by name
    return text, None


def _is_mention(entity: Json, text: str, me: Me) -> bool:
    if entity["type"] == "mention":
        return utf16_slice(text, entity["offset"], entity["length"]).lower() == f"@{me.username}".lower()
    user = entity.get("user")
    return entity["type"] == "text_mention" and isinstance(user, dict) and user.get("id") == me.id


def _is_reply_to_me(message: Json, me: Me) -> bool:
    """In topics every message "answers" the one that made the topic; that is no reply."""
    answered = may(message, "reply_to_message", dict)
    if not answered or "forum_topic_created" in answered:
        return False
    sender = answered.get("from")
    return isinstance(sender, dict) and sender.get("id") == me.id


def _command(name: str, rest: str, text: str, me: Me, user: User) -> tuple[str, str | None]:
    if settings := me.commands.get(name):
        if settings.choice is not None:
            return _worded(settings.description, me, user), settings.choice
        words = _worded(settings.text or settings.description, me, user)
        return f"{words} {rest}".strip(), None
    if name in ("start", "help"):
        # What follows /start comes from a link that anybody can make.
        return f"/{name} {rest}" if PAYLOAD.fullmatch(rest) else f"/{name}", "start"
    return text, None


def _worded(texts: Mapping[str, str], me: Me, user: User) -> str:
    return texts.get(me.language_of(user.locale) or "") or next(iter(texts.values()))


def _pressed(query: Json, me: Me) -> Pressed:
    sender = need(query, "from", dict)
    message = may(query, "message", dict)
    user, who = _sender({}, sender)
    place, identity = None, ""
    if message is not None:
        chat = need(message, "chat", dict)
        chat_id = need(chat, "id", int)
        place = _place(chat_id, "private" if chat_id > 0 else "group", message, who, me)
        identity = f"{chat_id}:{need(message, 'message_id', int)}"
    return Pressed(need(query, "id", str), may(query, "data", str) or "", place, identity, user)


def _membership(change: Json) -> Membership:
    chat_id = need(need(change, "chat", dict), "id", int)
    status = need(need(change, "new_chat_member", dict), "status", str)
    return Membership(chat_id, status not in ("kicked", "left"))
