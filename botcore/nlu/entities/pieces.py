"""What the rules read, what they find, and which finds are kept where they overlap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from botcore.text import HAN

CODES = ("bank_card", "cn_id", "iban", "url", "email", "phone", "order_id")
"""Kinds that win over all others: they have a check digit or a form of their own. The earlier wins."""
ORDER = (
    "datetime", "datetime_range", "date_range", "time_range", "date", "time", "money", "percentage", "duration",
    "quantity", "place", "ordinal", "number",
)  # fmt: skip
"""The other kinds: the longest wins, and of two that are as long the earlier in this list."""
KINDS = tuple(sorted((*CODES, *ORDER)))
"""Every built-in kind."""
RANKS = {kind: rank for rank, kind in enumerate(ORDER)}


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as the rules read it.

    Attributes:
        text: the normalised copy.
        folded: the same in lower case, character for character.
        now: the moment of the message, in the bot's time zone.
        language: `zh` or `en`: what decides where the text alone does not.
    """

    text: str
    folded: str
    now: datetime
    language: str
    has_han: bool
    has_digit: bool

    @property
    def today(self) -> date:
        """The day of the message in the bot's time zone."""
        return self.now.date()


@dataclass(frozen=True, slots=True)
class Piece:
    """A find: the characters `start` to `end` of the normalised copy are a `kind` and mean `value`."""

    kind: str
    start: int
    end: int
    value: Any
    score: float = 1.0
    by: str = "built-in"


def fold(text: str) -> str:
    """The text in lower case, of the same length (only the dotted capital I would make two)."""
    return text.replace("\u0130", "I").lower()


def read(text: str, now: datetime, language: str | None) -> Reading:
    """The normalised text, ready for the rules; without a language it is guessed from the script."""
    has_han = HAN.search(text) is not None
    tag = (language or "").lower()
    spoken = "zh" if tag.startswith(("zh", "yue")) or (not tag and has_han) else "en"
    return Reading(text, fold(text), now, spoken, has_han, any(map(str.isdigit, text)))


def without_overlaps(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces that are kept, in the order of the text: codes before all, then the longest."""
    taken: list[Piece] = []
    covered = bytearray()
    for piece in sorted(pieces, key=_weight):
        if len(covered) < piece.end:
            covered.extend(bytes(piece.end - len(covered)))
        if not any(covered[piece.start : piece.end]):
            covered[piece.start : piece.end] = b"\1" * (piece.end - piece.start)
            taken.append(piece)
    return sorted(taken, key=lambda piece: (piece.start, piece.end))


def _weight(piece: Piece) -> tuple[int, int, int, int]:
    if piece.kind in CODES:
        return 0, CODES.index(piece.kind), piece.start - piece.end, piece.start
    return 1, piece.start - piece.end, RANKS.get(piece.kind, 99), piece.start


def words(*lists: Sequence[str]) -> str:
    """The alternatives of a pattern: the longest that fits is taken, and those that begin alike are tried together."""
    groups: dict[str, list[str]] = {}
    for word in sorted({word for each in lists for word in each}, key=lambda word: (-len(word), word)):
        groups.setdefault(word[:2] if word[0] == "\\" else word[0], []).append(word)
    found = []
    for begin, group in groups.items():
        rest = "|".join(word[len(begin) :] for word in group)
        found.append(f"{begin}(?:{rest})" if len(group) > 1 else group[0])
    return "|".join(found)
