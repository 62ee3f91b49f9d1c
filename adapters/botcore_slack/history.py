"""Looking up what has arrived: the only way to know after a crash or a lost answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from botcore_slack.places import Place, is_ts
from botcore_slack.workspaces import Workspace

REPLY = "botcore_reply"
PREVIEW = "botcore_preview"
PAGE = 200
PAGES_MAX = 5
DAY_S = 86_400


@dataclass(slots=True)
class Found:
    """What of a reply is there: parts by number, files by id, and messages of ours that belong to no reply yet."""

    parts: dict[int, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    unfinished: list[str] = field(default_factory=list)


async def look_up(workspace: Workspace, place: Place, key: str, since: str | None) -> Found:
    """What Slack has of the reply with this key. Raises what the SDK raises (missing_scope, for one)."""
    found = Found()
    oldest = since if is_ts(since) else f"{time.time() - DAY_S:.6f}"
    cursor = ""
    for _ in range(PAGES_MAX):
        asked: dict[str, Any] = {
            "channel": place.channel,
            "oldest": oldest,
            "limit": PAGE,
            "include_all_metadata": True,
        }
        if cursor:
            asked["cursor"] = cursor
        if place.thread:
            page = await workspace.client.conversations_replies(ts=place.thread, **asked)
        else:
            page = await workspace.client.conversations_history(**asked)
        for message in page["messages"]:
            if message.get("user") == workspace.me.user or message.get("bot_id") == workspace.me.bot:
                _note(found, message, key)
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return found


def reply_metadata(key: str, part: int) -> dict[str, Any]:
    """What a message carries so that it can be found again."""
    return {"event_type": REPLY, "event_payload": {"key": key, "part": part}}


def _note(found: Found, message: dict[str, Any], key: str) -> None:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    if metadata.get("event_type") == REPLY:
        if payload.get("key") == key:
            found.parts[int(payload.get("part", 0))] = message["ts"]
        return
    files = message.get("files") or ()
    for file in files:
        found.files[str(file.get("id"))] = message["ts"]
    if not files and not message.get("subtype"):
        found.unfinished.append(message["ts"])
