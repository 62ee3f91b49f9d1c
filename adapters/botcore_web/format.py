"""Events of the log -> what the widget gets. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botcore import Event
from botcore_web.parse import clean

VISIBLE = ("user", "said", "handed_over")


def visible(event: Event) -> dict[str, Any]:
    """One line of the conversation, as JSON-able values.

    `from` is `user`, `bot`, `agent` or `system`; `id` is the one that the client gave its own message; a system line
    has no text but the `kind` of what happened.
    """
    body = event.body
    line: dict[str, Any] = {"seq": event.seq, "from": "bot", "text": _text(body, "text")}
    line |= {"buttons": [], "source": None, "language": None, "at": event.at.isoformat(timespec="milliseconds")}
    if event.kind == "user":
        line |= {"from": "user", "id": str(body.get("key", "")).rpartition(":")[2]}
        if body.get("choice") is not None:
            line["choice"] = _text(body, "choice")
    elif event.kind == "handed_over":
        line |= {"from": "system", "kind": "handed_over"}
    else:
        line |= {"buttons": _buttons(body), "source": body.get("source"), "language": body.get("language")}
        if body.get("agent"):
            line |= {"from": "agent", "name": _text(body, "agent")}
    return line


def frame(event: str, data: Mapping[str, Any], seq: int | None = None) -> bytes:
    """One server-sent event; `seq` becomes its id."""
    head = f"id: {seq}\n" if seq is not None else ""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # Legal in JSON, but many a client takes them for the end of a line.
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"{head}event: {event}\ndata: {text}\n\n".encode("utf-8", "replace")


def _text(body: Mapping[str, Any], name: str) -> str:
    return clean(str(body.get(name) or ""))


def _buttons(body: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"label": _text(button, "label"), "value": _text(button, "value")} for button in body.get("buttons") or ()]
