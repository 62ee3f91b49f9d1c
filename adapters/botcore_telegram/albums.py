"""Albums: several updates with one `media_group_id`, which the user sent as one."""

from __future__ import annotations

from typing import Any

MAX_PARTS = 10


def album_of(update: Any) -> str | None:
    """The album that an update is a part of; None if it is of none."""
    message = update.get("message") if isinstance(update, dict) else None
    group = message.get("media_group_id") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(group, str):
        return None
    chat = message.get("chat")
    return f"{chat.get('id') if isinstance(chat, dict) else ''}:{group}"


def chat_of(update: Any) -> int | None:
    """The chat that an update is about; None if it tells of none."""
    if not isinstance(update, dict):
        return None
    query = update.get("callback_query")
    for place in (query, *update.values()) if isinstance(query, dict) else update.values():
        message = place.get("message", place) if isinstance(place, dict) else None
        chat = message.get("chat") if isinstance(message, dict) else None
        if isinstance(chat, dict) and isinstance(chat.get("id"), int):
            return int(chat["id"])
    return None


def without_albums(updates: list[Any]) -> list[Any]:
    """What need not wait for an album: neither a part of one nor written after one in the same chat."""
    chats: set[int | None] = set()
    found = []
    for update in updates:
        if album_of(update) is not None:
            chats.add(chat_of(update))
        elif (chat := chat_of(update)) is None or chat not in chats:
            found.append(update)
    return found


def up_to_cut(updates: list[Any]) -> list[Any]:
    """A full batch as far as it goes before an album of which more may come; all of it if there is nothing before."""
    last = {album_of(update) for update in updates[-MAX_PARTS:]} - {None}
    first = next((i for i, update in enumerate(updates) if album_of(update) in last), 0) if last else 0
    return updates[:first] or updates
