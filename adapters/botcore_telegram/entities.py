"""Formatted text -> Telegram's text and entities. Pure. Offsets and lengths count UTF-16 code units.

Text with entities cannot be mis-parsed, unlike MarkdownV2 and HTML, of which one slip loses the whole message.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate
from typing import Any

from botcore import Formatted, Span
from botcore_telegram.reading import utf16_length

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ENTITIES = 100
VISIBLE = re.compile("[^\\s\u200b-\u200f\u2060-\u206f\ufeff]")
KINDS = {
    "bold": "bold",
    "italic": "italic",
    "strike": "strikethrough",
    "code": "code",
    "pre": "pre",
    "quote": "blockquote",
    "link": "text_link",
}
ALONE = ("code", "pre")  # nothing else may be in them, and they may be in quotes only
Entity = dict[str, Any]


def measure(part: Formatted) -> int:
    """The size of a text as Telegram counts it."""
    return utf16_length(part.text)


def split(formatted: Formatted, limit: int) -> list[Formatted]:
    """Parts that Telegram takes, without blanks at their ends; [] for a text that shows nothing, which it refuses."""
    whole = len(formatted.text) * 2 <= limit or measure(formatted) <= limit
    parts = [formatted] if whole else formatted.split(limit, measure)
    return [part for part in map(stripped, parts) if VISIBLE.search(part.text)]


def stripped(formatted: Formatted) -> Formatted:
    """Without the blanks at its ends, which Telegram would cut off, moving every offset."""
    text = formatted.text
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if start == 0 and end == len(text):
        return formatted
    if end <= start:
        return Formatted("")
    spans = [
        replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start)
        for span in formatted.spans
        if min(span.end, end) > max(span.start, start)
    ]
    return Formatted(text[start:end], tuple(spans))


def entities_of(formatted: Formatted) -> list[Entity]:
    """The entities of a text, in the order and nesting that Telegram wants."""
    if not formatted.spans:
        return []
    offset = _offsets(formatted.text)
    found = []
    for span in _nested(formatted.spans):
        entity: Entity = {"type": KINDS[span.kind], "offset": offset(span.start)}
        entity["length"] = offset(span.end) - entity["offset"]
        if span.kind == "link":
            entity["url"] = span.url
        elif span.kind == "pre" and span.language:
            entity["language"] = span.language
        if entity["length"] > 0:
            found.append(entity)
    if len(found) > MAX_ENTITIES:  # Telegram passes over those that are too many: rather a bold word than a link
        kept = sorted(found, key=lambda entity: entity["type"] != "text_link")[:MAX_ENTITIES]
        found = [entity for entity in found if entity in kept]
    return found


def _offsets(text: str) -> Any:
    """A function from code points to UTF-16 units."""
    if text.isascii():
        return lambda at: at
    wide = [i for i, char in enumerate(text) if char > "\uffff"]
    return lambda at: at + bisect_right(wide, at - 1)


def _nested(spans: tuple[Span, ...]) -> list[Span]:
    """The spans as Telegram lets them nest: code stands alone, and quotes and links hold none of their kind."""
    alone = [span for span in spans if span.kind in ALONE and not _is_inside(span, spans, ("link", *ALONE))]
    found = list(alone)
    for span in spans:
        if span.kind in ALONE:
            continue
        if span.kind in ("quote", "link"):
            if not _is_inside(span, spans, (span.kind,)):
                found.append(span)
            continue
        found += _around(span, alone)
    return sorted(found, key=lambda span: (span.start, -span.end))


def _is_inside(span: Span, spans: tuple[Span, ...], kinds: tuple[str, ...]) -> bool:
    return any(
        other is not span and other.kind in kinds and other.start <= span.start and span.end <= other.end
        for other in spans
    )


def _around(span: Span, holes: list[Span]) -> list[Span]:
    """The pieces of a span that lie outside the holes."""
    pieces = []
    at = span.start
    for hole in holes:
        if hole.end <= at or hole.start >= span.end:
            continue
        if hole.start > at:
            pieces.append(replace(span, start=at, end=hole.start))
        at = max(at, hole.end)
    if at < span.end:
        pieces.append(replace(span, start=at))
    return pieces


def spelled_out(formatted: Formatted) -> Formatted:
    """Links that Telegram cannot open (mailto, tel) with their address in the text, where it finds them by itself."""
    odd = [s for s in formatted.spans if s.kind == "link" and not s.url.startswith(("http://", "https://"))]
    if not odd:
        return formatted
    added: list[tuple[int, str]] = []
    for span in odd:
        address = span.url.partition(":")[2].partition("?")[0]
        if address and address not in formatted.text[span.start : span.end]:
            added.append((span.end, f" ({address})"))
    moved = [replace(s, start=s.start, end=s.end) for s in formatted.spans if s not in odd]
    text = formatted.text
    for at, words in sorted(added, reverse=True):
        text = text[:at] + words + text[at:]
        size = len(words)
        moved = [replace(s, start=s.start + size * (s.start >= at), end=s.end + size * (s.end > at)) for s in moved]
    return Formatted(text, tuple(moved))


def joined(*parts: Formatted) -> Formatted:
    """The parts one after the other."""
    starts = accumulate((len(part.text) for part in parts), initial=0)
    spans = [
        replace(span, start=span.start + at, end=span.end + at)
        for part, at in zip(parts, starts, strict=False)
        for span in part.spans
    ]
    return Formatted("".join(part.text for part in parts), tuple(spans))
