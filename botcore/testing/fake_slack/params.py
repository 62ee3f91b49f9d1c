"""What each Web API method takes: names, types and which must be there; strict reading of form and JSON bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TEXT, FLAG, NUMBER, JSON = "text", "flag", "number", "json"

_MESSAGE = {
    "channel!": TEXT,
    "text": TEXT,
    "blocks": JSON,
    "attachments": JSON,
    "metadata": JSON,
    "markdown_text": TEXT,
}
_LOOK = {"text": TEXT, "icon_emoji": TEXT, "icon_url": TEXT, "username": TEXT, "mrkdwn": FLAG}
_MARKS = {"link_names": FLAG, "parse": TEXT, "as_user": FLAG}
_PAGE = {"cursor": TEXT, "limit": NUMBER, "oldest": TEXT, "latest": TEXT, "inclusive": FLAG}
_STREAM = {"channel!": TEXT, "markdown_text": TEXT, "chunks": JSON}

# A name that ends in ! must be there.
METHODS: dict[str, dict[str, str]] = {
    "api.test": {"error": TEXT, "foo": TEXT},
    "auth.test": {},
    "auth.revoke": {"test": FLAG},
    "apps.connections.open": {},
    "apps.uninstall": {"client_id!": TEXT, "client_secret!": TEXT},
    "bots.info": {"bot": TEXT, "team_id": TEXT},
    "chat.postMessage": {
        **_MESSAGE,
        **_LOOK,
        **_MARKS,
        "thread_ts": TEXT,
        "reply_broadcast": FLAG,
        "unfurl_links": FLAG,
        "unfurl_media": FLAG,
        "client_msg_id": TEXT,
    },
    "chat.update": {**_MESSAGE, **_MARKS, "ts!": TEXT, "reply_broadcast": FLAG, "file_ids": JSON},
    "chat.delete": {"channel!": TEXT, "ts!": TEXT, "as_user": FLAG},
    "chat.postEphemeral": {**_MESSAGE, **_LOOK, **_MARKS, "user!": TEXT, "thread_ts": TEXT},
    "chat.startStream": {
        **_STREAM,
        "thread_ts!": TEXT,
        "recipient_team_id": TEXT,
        "recipient_user_id": TEXT,
        "task_display_mode": TEXT,
        "icon_emoji": TEXT,
        "icon_url": TEXT,
        "username": TEXT,
    },
    "chat.appendStream": {**_STREAM, "ts!": TEXT},
    "chat.stopStream": {**_STREAM, "ts!": TEXT, "blocks": JSON, "metadata": JSON},
    "conversations.open": {"channel": TEXT, "users": TEXT, "return_im": FLAG, "prevent_creation": FLAG},
    "conversations.info": {"channel!": TEXT, "include_locale": FLAG, "include_num_members": FLAG},
    "conversations.replies": {"channel!": TEXT, "ts!": TEXT, **_PAGE, "include_all_metadata": FLAG},
    "conversations.history": {"channel!": TEXT, **_PAGE, "include_all_metadata": FLAG},
    "users.info": {"user!": TEXT, "include_locale": FLAG},
    "assistant.threads.setStatus": {
        "channel_id!": TEXT,
        "thread_ts!": TEXT,
        "status!": TEXT,
        "loading_messages": JSON,
        "icon_emoji": TEXT,
        "icon_url": TEXT,
        "username": TEXT,
    },
    "assistant.threads.setTitle": {"channel_id!": TEXT, "thread_ts!": TEXT, "title!": TEXT},
    "assistant.threads.setSuggestedPrompts": {
        "channel_id!": TEXT,
        "thread_ts": TEXT,
        "title": TEXT,
        "prompts!": JSON,
    },
    "files.getUploadURLExternal": {"filename!": TEXT, "length!": NUMBER, "alt_txt": TEXT, "snippet_type": TEXT},
    "files.completeUploadExternal": {
        "files!": JSON,
        "channel_id": TEXT,
        "channels": TEXT,
        "initial_comment": TEXT,
        "thread_ts": TEXT,
        "blocks": JSON,
    },
    "files.info": {"file!": TEXT, "count": NUMBER, "page": NUMBER, "limit": NUMBER, "cursor": TEXT},
    "reactions.add": {"channel!": TEXT, "name!": TEXT, "timestamp!": TEXT},
    "views.open": {"trigger_id": TEXT, "interactivity_pointer": TEXT, "view!": JSON},
    "views.update": {"view_id": TEXT, "external_id": TEXT, "view!": JSON, "hash": TEXT},
    "views.publish": {"user_id!": TEXT, "view!": JSON, "hash": TEXT},
    "oauth.v2.access": {
        "client_id": TEXT,
        "client_secret": TEXT,
        "code": TEXT,
        "redirect_uri": TEXT,
        "grant_type": TEXT,
        "refresh_token": TEXT,
    },
}
# Accepted by the SDK and the platform on every call.
_EVERYWHERE = {"token": TEXT, "team_id": TEXT, "pretty": TEXT}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
# What the platform's reference names differently from `invalid_arguments`.
_MISSING = {"channel": "channel_not_found", "user": "user_not_found", "thread_ts": "invalid_thread_ts"}


class Refused(Exception):
    """The call is answered with `ok: false` and this error; `needed` names the scope that is missing."""

    def __init__(self, error: str, needed: str = "", detail: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.needed = needed
        self.detail = detail


def read(method: str, body: Mapping[str, Any], *, is_json: bool, violations: list[str]) -> dict[str, Any]:
    """The parameters by name, each of its type. What is unknown or mistyped is written to `violations` too.

    Raises:
        Refused: the method is unknown, a parameter must be there and is not, or has the wrong type.
    """
    known = METHODS.get(method)
    if known is None:
        violations.append(f"{method}: unknown method")
        raise Refused("unknown_method")
    types = {name.rstrip("!"): kind for name, kind in known.items()} | _EVERYWHERE
    values: dict[str, Any] = {}
    for name, value in body.items():
        if name not in types:
            violations.append(f"{method}: unknown parameter {name!r}")
            raise Refused("invalid_arguments", detail=f"[ERROR] unknown parameter: {name}")
        if value is None:
            continue
        try:
            values[name] = _typed(value, types[name], is_json=is_json)
        except ValueError:
            violations.append(f"{method}: {name} is no {types[name]}: {value!r}"[:200])
            raise Refused("invalid_arguments", detail=f"[ERROR] invalid type: {name}") from None
    for name in known:
        if name.endswith("!") and values.get(name[:-1]) in (None, ""):
            # An empty status is how a status is cleared.
            if name == "status!" and "status" in values:
                continue
            violations.append(f"{method}: {name[:-1]} is missing")
            raise Refused(
                _MISSING.get(name[:-1], "invalid_arguments"), detail=f"[ERROR] missing required field: {name}"
            )
    return values


def _typed(value: Any, kind: str, *, is_json: bool) -> Any:
    match kind:
        case "json" if isinstance(value, str):
            return json.loads(value)
        case "json" if is_json:
            return value
        case "flag" if isinstance(value, bool):
            return value
        case "flag" if str(value).lower() in _FLAGS:
            return _FLAGS[str(value).lower()]
        case "number" if isinstance(value, int | str) and not isinstance(value, bool):
            return int(value)
        case "text" if isinstance(value, str):
            return value
    raise ValueError(kind)
