"""Texts with entities, as the Bot API checks them. Offsets and lengths count UTF-16 code units.

Source: https://core.telegram.org/bots/api#messageentity and #formatting-options.
"""

from __future__ import annotations

from typing import Any

from botcore.testing.fake_telegram.refusals import Refused, bad_request

MAX_ENTITIES = 100
PLAIN_TYPES = frozenset(
    {
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
        "date_time",
    }
)
ALONE = frozenset({"code", "pre"})  # no other entity may overlap these
QUOTES = frozenset({"blockquote", "expandable_blockquote"})
Entity = dict[str, Any]


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def checked(text: str, entities: list[Entity]) -> list[Entity]:
    """The entities that Telegram would keep: at most 100, those of known types, in order.

    Raises:
        Refused: one lies outside the text, splits a character, lacks a field, or they overlap without nesting.
    """
    if not entities:
        return []
    units = text.encode("utf-16-le", "surrogatepass")
    size = len(units) // 2
    found = []
    for entity in entities:
        kind, offset, length = _fields_of(entity)
        if offset < 0 or length <= 0 or offset + length > size:
            raise bad_request(f"entity beyond the text: offset {offset}, length {length} in {size} UTF-16 units")
        if _is_inside_character(units, offset) or _is_inside_character(units, offset + length):
            raise bad_request(f"entity begins or ends inside a surrogate pair at offset {offset}")
        if kind == "text_link" and not str(entity.get("url", "")).startswith(
            ("http://", "https://", "tg://", "ton://")
        ):
            raise bad_request(f"unsupported URL protocol or empty URL in a text_link at offset {offset}")
        found.append(entity)
    found = sorted(found, key=lambda e: (e["offset"], -e["length"]))[:MAX_ENTITIES]
    _check_nesting(found)
    return found


def _fields_of(entity: Any) -> tuple[str, int, int]:
    if not isinstance(entity, dict):
        raise bad_request("can't parse entities: expected an object")
    kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
    if kind not in PLAIN_TYPES:
        raise bad_request(f'can\'t parse entities: unsupported type "{kind}" specified')
    if type(offset) is not int or type(length) is not int:
        raise bad_request("can't parse entities: offset and length must be of type Number")
    return kind, offset, length


def _is_inside_character(units: bytes, at: int) -> bool:
    """Whether the position lies between the two halves of a surrogate pair."""
    return 0 < 2 * at < len(units) and 0xDC <= units[2 * at + 1] <= 0xDF


def _check_nesting(entities: list[Entity]) -> None:
    open_: list[Entity] = []
    for entity in entities:
        while open_ and open_[-1]["offset"] + open_[-1]["length"] <= entity["offset"]:
            open_.pop()
        for outer in open_:
            if entity["offset"] + entity["length"] > outer["offset"] + outer["length"]:
                raise bad_request(f"entities {outer['type']} and {entity['type']} overlap without nesting")
            if outer["type"] in ALONE or (outer["type"] in QUOTES and entity["type"] in QUOTES):
                raise bad_request(f"entity {entity['type']} can't be inside {outer['type']}")
            if entity["type"] in ALONE and outer["type"] not in QUOTES and outer["type"] != "text_link":
                raise bad_request(f"entity {entity['type']} can't be inside {outer['type']}")
        open_.append(entity)


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """The text without blanks at its ends, as Telegram stores it, and the entities moved along."""
    shorter = text.rstrip()
    front = len(shorter) - len(shorter.lstrip())
    size = utf16_length(shorter)
    shift = utf16_length(shorter[:front])
    if not front and len(shorter) == len(text):
        return text, entities
    moved = []
    for entity in entities:
        start = max(entity["offset"], shift)
        end = min(entity["offset"] + entity["length"], size)
        if end > start:
            moved.append({**entity, "offset": start - shift, "length": end - start})
    return shorter[front:], moved


def found_in(text: str, commands_and_mentions: bool = True) -> list[Entity]:
    """The entities that Telegram finds by itself in what a user writes: commands and mentions."""
    if not commands_and_mentions or ("/" not in text and "@" not in text):
        return []
    found = []
    offset = 0
    for word in text.replace("\n", " ").split(" "):
        bare = word.rstrip(".,:;!?，。：；！？")
        name = bare[1:].replace("@", "", 1) if bare.startswith("/") else bare[1:]
        if len(bare) > 1 and bare[0] in "/@" and name.isascii() and name.replace("_", "").isalnum():
            kind = "bot_command" if bare[0] == "/" else "mention"
            found.append({"type": kind, "offset": offset, "length": len(bare)})
        offset += utf16_length(word) + 1
    return found


__all__ = ["Entity", "Refused", "checked", "found_in", "trimmed", "utf16_length"]
