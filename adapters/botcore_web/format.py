"""Events of the log -> what the widget gets. Pure."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from botcore import Event
from botcore_web.files import is_remote
from botcore_web.parse import clean

VISIBLE = ("user", "said", "handed_over")
BUILT_IN_CHOICES = frozenset({"start", "person", "none"})
Address = Callable[[str, int, int], str]


def visible(event: Event, address: Address, image_origins: tuple[str, ...] = ()) -> dict[str, Any]:
    """One line of the conversation, as JSON-able values.

    `from` is `user`, `bot`, `agent` or `system`; `id` is the one that the client gave its own message; a system line
    has no text but the `kind` of what happened. `turn` is that of the previews that the line replaces.

    Args:
        event: what happened.
        address: gives local files an address (`Files.address`).
        image_origins: where pictures may come from without a click, besides this server.
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
        line["turn"] = event.turn
        if body.get("content"):
            numbers = itertools.count()
            local = (address(event.conversation, event.seq, number) for number in numbers)
            line["content"] = [_part(part, local, image_origins) for part in body["content"]]
        if body.get("agent"):
            line |= {"from": "agent", "name": _text(body, "agent")}
    return line


def choices_of(body: Mapping[str, Any]) -> set[str]:
    """The values of the buttons that a reply offers and that come back."""
    offered = [body]
    for part in body.get("content") or ():
        offered += part["cards"] if part["kind"] == "carousel" else [part]
    buttons = [button for each in offered for button in each.get("buttons") or ()]
    return {_text(button, "value") for button in buttons if not button.get("url")}


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
    return [
        {"label": _text(button, "label"), "value": _text(button, "value")}
        | ({"url": _text(button, "url")} if button.get("url") else {})
        for button in body.get("buttons") or ()
    ]


def _part(part: Mapping[str, Any], local: Iterator[str], image_origins: tuple[str, ...]) -> dict[str, Any]:
    """A part of a reply's content; `inline` says that a picture may be loaded without a click."""
    kind = part["kind"]
    if kind == "carousel":
        return {"kind": kind, "cards": [_part(card, local, image_origins) for card in part["cards"]]}
    if kind == "card":
        return {
            "kind": kind,
            "title": _text(part, "title"),
            "text": _text(part, "text"),
            "image": _part(part["image"], local, image_origins) if part["image"] else None,
            "facts": [{"label": _text(fact, "label"), "value": _text(fact, "value")} for fact in part["facts"]],
            "buttons": _buttons(part),
        }
    source = _text(part, "source")
    url = source if is_remote(source) else next(local)
    if kind == "file":
        name = _text(part, "name") or source.partition("?")[0].rstrip("/").rpartition("/")[2] or "file"
        return {"kind": kind, "url": url, "name": name}
    return {
        "kind": kind,
        "url": url,
        "alt": _text(part, "alt"),
        "inline": not is_remote(source) or _origin(source) in image_origins,
    }


def _origin(url: str) -> str:
    """The origin of a URL, as a browser would write it; "" for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    suffix = "" if port in (None, {"http": 80, "https": 443}.get(parts.scheme)) else f":{port}"
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return f"{parts.scheme}://{name}{suffix}"
