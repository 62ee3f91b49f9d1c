"""What comes with a message besides words. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from botcore import Attachment
from botcore_telegram.reading import Json, Unreadable, clean, may, need

Kind = Literal["image", "audio", "video", "file", "location", "sticker"]
FILES: dict[str, Kind] = {
    "voice": "audio",
    "audio": "audio",
    "video": "video",
    "video_note": "video",
    "document": "file",
    "sticker": "sticker",
}
# Kinds that no skill reads, but that a person sent: better a polite answer than silence.
OTHER = ("dice", "game", "poll", "story", "checklist", "paid_media", "invoice", "giveaway", "rich_message")


def attachments_of(message: Json) -> tuple[Attachment, ...]:
    """The files, stickers and places of a message, the largest size of a photo."""
    if "animation" in message:  # comes with a `document` of the same file
        return (_file(need(message, "animation", dict), "video"),)
    found = [_file(need(message, name, dict), kind) for name, kind in FILES.items() if name in message]
    if "photo" in message:
        found.append(_photo(need(message, "photo", list)))
    for name, read in PLACES.items():
        if name in message:
            found.append(read(need(message, name, dict)))
            break
    if not found:
        found = [Attachment("file", name=name) for name in OTHER if name in message]
    return tuple(found)


def words_for(message: Json) -> str:
    """Words for what is not text but can be said: a contact."""
    contact = may(message, "contact", dict)
    if contact is None:
        return ""
    names = [may(contact, key, str) for key in ("first_name", "last_name", "phone_number")]
    return " ".join(name for name in names if name)


def _file(part: Json, kind: Kind) -> Attachment:
    name = may(part, "file_name", str) or (may(part, "emoji", str) if kind == "sticker" else None)
    return Attachment(
        kind,
        name=clean(name) if name else None,
        media_type=may(part, "mime_type", str),
        size_bytes=may(part, "file_size", int),
        ref=need(part, "file_id", str),
    )


def _photo(sizes: list[Json]) -> Attachment:
    if not sizes or not all(isinstance(size, dict) for size in sizes):
        raise Unreadable("photo has no sizes")
    largest = max(sizes, key=lambda size: need(size, "width", int) * need(size, "height", int))
    size_bytes = may(largest, "file_size", int)
    return Attachment("image", media_type="image/jpeg", size_bytes=size_bytes, ref=need(largest, "file_id", str))


def _location(part: Json) -> Attachment:
    spot = [part.get("latitude"), part.get("longitude")]
    if not all(isinstance(degrees, int | float) and not isinstance(degrees, bool) for degrees in spot):
        raise Unreadable("location has no coordinates")
    return Attachment("location", name=f"{spot[0]}, {spot[1]}", ref=f"geo:{spot[0]},{spot[1]}")


def _venue(part: Json) -> Attachment:
    place = _location(need(part, "location", dict))
    names = [may(part, key, str) for key in ("title", "address")]
    return Attachment("location", name=clean(", ".join(name for name in names if name)), ref=place.ref)


PLACES: dict[str, Callable[[Json], Attachment]] = {"venue": _venue, "location": _location}
