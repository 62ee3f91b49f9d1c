"""Albums: several updates with one `media_group_id`, which the user sent as one."""

from __future__ import annotations

from typing import Any


def album_of(update: Any) -> str | None:
    """The album that an update is a part of; None if it is of none."""
    message = update.get("message") if isinstance(update, dict) else None
    group = message.get("media_group_id") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(group, str):
        return None
    chat = message.get("chat")
    return f"{chat.get('id') if isinstance(chat, dict) else ''}:{group}"
