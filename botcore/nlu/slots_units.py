"""What the slot head reads of a text: its units, and of each the encoder's states and a few hashed features.

A unit is a word, a number, a Chinese character or a single sign, whatever the encoder's own pieces are, so that a slot
may begin and end at every border that a person would choose.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from botcore.examples import Span

if TYPE_CHECKING:
    from botcore.models.encoder import Encoded

Floats = np.ndarray[Any, np.dtype[np.float32]]
Halves = np.ndarray[Any, np.dtype[np.float16]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bounds = tuple[tuple[int, int], ...]

# scripts without blanks between words: Thai, Lao, Burmese, Khmer, kana, Han
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
)
LETTERS = rf"[^\W\d_{UNSPACED}]+"
UNIT = re.compile(rf"[{UNSPACED}]|{LETTERS}(?:['’]{LETTERS})*|\d+|\S")
IS_UNSPACED = re.compile(f"[{UNSPACED}]")
MAX_UNITS = 512
BUCKETS = 8192
"""Words and n-grams are hashed into so many; bucket 0 means unknown."""
PIECES = 12
"""So many n-grams of a word are looked at, its ends first."""
SHAPES = 32


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """One text for the head.

    Attributes:
        bounds: (start, end) of each unit in the normalised text.
        states: (units, hidden) float16, the mean of the encoder's states over the unit.
        words: (units,) bucket of the lower-cased word.
        pieces: (units, PIECES) buckets of its character n-grams; 0 pads.
        shapes: (units,) what it looks like: script, case, digits, where it stands (see `shapes_of`).
        vector: (hidden,) the whole text's vector.
    """

    bounds: Bounds
    states: Halves
    words: Ints
    pieces: Ints
    shapes: Ints
    vector: Floats


def bounds_of(text: str) -> Bounds:
    """Where the units of a normalised text lie; the first 512 of them."""
    found = []
    for match in UNIT.finditer(text):
        found.append(match.span())
        if len(found) == MAX_UNITS:
            break
    return tuple(found)


def read_units(text: str, encoded: Encoded) -> Units:
    """The units of a normalised text, `encoded` being the encoder's output for just this text.

    What lies beyond the encoder's last token is not read.
    """
    last = encoded.spans[-1][1] if encoded.spans else 0
    bounds = tuple(bound for bound in bounds_of(text) if bound[0] < last)
    ranges = token_ranges(bounds, encoded.spans)
    words = [_word(text[start:end]) for start, end in bounds]
    return Units(
        bounds,
        _states(ranges, encoded.tokens),
        np.array([bucket for bucket, _, _ in words], dtype=np.int64),
        np.array([pieces for _, pieces, _ in words], dtype=np.int64).reshape(len(words), PIECES),
        shapes_of(text, bounds, ranges, encoded.spans),
        encoded.vector.astype(np.float32),
    )


def token_ranges(bounds: Bounds, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(first, after the last) of the encoder's tokens that each unit touches."""
    found = []
    first = 0
    for start, end in bounds:
        while first < len(spans) and spans[first][1] <= start:
            first += 1
        after = first
        while after < len(spans) and spans[after][0] < end:
            after += 1
        found.append((first, after))
    return found


def shapes_of(text: str, bounds: Bounds, ranges: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> Ints:
    """(units,) numbers below SHAPES: script, case, digits, whether joined to the unit before or within a token."""
    shapes = np.zeros(len(bounds), dtype=np.int64)
    for i, ((start, end), (first, after)) in enumerate(zip(bounds, ranges, strict=True)):
        kind = _word(text[start:end])[2]
        is_joined = start > 0 and not text[start - 1].isspace()
        is_inner = after > first and spans[first][0] < start
        shapes[i] = kind + 16 * is_joined + (is_inner and kind == 6)
    return shapes


def _states(ranges: Sequence[tuple[int, int]], tokens: Floats) -> Halves:
    """The mean state of the tokens of each unit."""
    states = np.zeros((len(ranges), tokens.shape[1]), dtype=np.float16)
    for i, (first, after) in enumerate(ranges):
        if after == first + 1:
            states[i] = tokens[first]
        elif after > first:
            states[i] = tokens[first:after].mean(axis=0)
    return states


@lru_cache(maxsize=20_000)
def _word(word: str) -> tuple[int, tuple[int, ...], int]:
    """The word's bucket, the buckets of its n-grams, and its kind."""
    lower = word[:60].lower()
    edged = f"^{lower}$"
    ends = [edged[:n] for n in (3, 4, 5)] + [edged[-n:] for n in (3, 4, 5)]
    inner = [edged[i : i + 3] for i in range(1, len(edged) - 3)]
    pieces = list(dict.fromkeys((*ends, *inner)))[:PIECES]
    buckets = [_bucket(piece) for piece in pieces] + [0] * (PIECES - len(pieces))
    return _bucket("word " + lower), tuple(buckets), _kind(word)


def _bucket(key: str) -> int:
    return 1 + zlib.crc32(key.encode("utf-8", "replace")) % (BUCKETS - 1)


def _kind(word: str) -> int:
    """A number below 16; 7 is kept for a character within a token (see `shapes_of`)."""
    if word[0].isdigit():
        return {1: 1, 2: 2, 4: 3}.get(len(word), 4)
    if not word[0].isalnum():
        return 5
    if IS_UNSPACED.match(word):
        return 6
    if word.islower():
        return 8
    if word.isupper():
        return 9 if len(word) == 1 else 10
    return 11 if word[0].isupper() else 12


def tags_of(spans: Sequence[Span], bounds: Bounds, labels: Mapping[str, int]) -> Ints:
    """BIO tags: 0 outside, 1 + 2k begins label k, 2 + 2k goes on. A span that cuts a unit takes the whole of it.

    Where spans overlap, the first one has the unit.
    """
    tags = np.zeros(len(bounds), dtype=np.int64)
    for span in spans:
        touched = [i for i, (start, end) in enumerate(bounds) if start < span.end and end > span.start and not tags[i]]
        for i in touched:
            tags[i] = (2 if i - 1 in touched else 1) + 2 * labels[span.label]
    return tags


def runs_of(tags: Sequence[int]) -> list[tuple[int, int, int]]:
    """(first unit, unit after the last, label) of each slot in a legal row of tags."""
    found: list[tuple[int, int, int]] = []
    for i, tag in enumerate(tags):
        if tag % 2:
            found.append((i, i + 1, (tag - 1) // 2))
        elif tag:
            first, _, label = found[-1]
            found[-1] = (first, i + 1, label)
    return found
