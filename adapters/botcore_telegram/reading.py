"""Checked reading of what Telegram sends: fields with their types, texts with their entities. Pure."""

from __future__ import annotations

import re
from typing import Any

LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
MAX_NAME = 100
Json = dict[str, Any]


class Unreadable(Exception):
    """An update that breaks the Bot API's own rules."""


def need(source: Json, name: str, kind: type) -> Any:
    """A field that must be there, of this very type (True is no int)."""
    value = source.get(name)
    if type(value) is not kind:
        raise Unreadable(f"{name} is {'missing' if name not in source else 'no ' + kind.__name__}")
    return value


def may(source: Json, name: str, kind: type) -> Any:
    """A field that may be left out; None then."""
    return need(source, name, kind) if name in source else None


def clean(text: str) -> str:
    """The text without control characters; a lone surrogate, which no encoding can carry, becomes U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return CONTROLS.sub("", LONE_SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")))


def name_of(sender: Json) -> str | None:
    """A person's name on one line, without what could turn a line round or hide in it."""
    parts = [may(sender, key, str) for key in ("first_name", "last_name")]
    name = " ".join(part for part in parts if part) or may(sender, "title", str) or ""
    return INVISIBLE.sub("", LONE_SURROGATE.sub("\ufffd", name)).strip()[:MAX_NAME] or None


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units, in which Telegram counts."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def utf16_slice(text: str, offset: int, length: int) -> str:
    """The part of a text that an entity marks."""
    if text.isascii():
        return text[offset : offset + length]
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * offset : 2 * (offset + length)].decode("utf-16-le", "surrogatepass")


def utf16_without(text: str, offset: int, length: int) -> str:
    """The text without the part that an entity marks."""
    units = text.encode("utf-16-le", "surrogatepass")
    return (units[: 2 * offset] + units[2 * (offset + length) :]).decode("utf-16-le", "surrogatepass")


def entities_of(source: Json, name: str, text: str) -> list[Json]:
    """The entities of a text. Raises Unreadable when one lies about where it is."""
    found = may(source, name, list) or []
    if not found:
        return []
    units = text.encode("utf-16-le", "surrogatepass")
    size = len(units) // 2
    for entity in found:
        if not isinstance(entity, dict):
            raise Unreadable(f"{name} holds no entity")
        need(entity, "type", str)
        offset, length = need(entity, "offset", int), need(entity, "length", int)
        if offset < 0 or length < 1 or offset + length > size:
            raise Unreadable(f"an entity lies outside the text: {offset}+{length} of {size}")
        if _splits_pair(units, offset) or _splits_pair(units, offset + length):
            raise Unreadable(f"an entity begins or ends inside a character: {offset}+{length}")
    return found


def _splits_pair(units: bytes, at: int) -> bool:
    return 0 < 2 * at < len(units) and 0xDC <= units[2 * at + 1] <= 0xDF
