"""Text made comparable: what the bot reads is a copy; what the user wrote is kept as it was."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
SURROGATE = re.compile("[\ud800-\udfff]")
BLANKS = re.compile(r"\s+")
BLANK_OR_NOT = re.compile(r"\s+|\S")
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
WORDS_OR_HAN = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f]+|[^\\W_\u3400-\u4dbf\u4e00-\u9fff]+(?:['’][a-z]+)?"
)
LATIN_OR_DIGIT = re.compile(r"[^\W_]")
HAN_BLOCKS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))
MAX_MATCHED = 4000
PLAIN = re.compile("[ -~\u4e00-\u9fff]")
JOINS_BACK = re.compile(
    "[\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf\u0ddf\u0fb5\u0fb7\u102e\u1161-\u1175"
    "\u11a8-\u11c2\u1b35\U00011127\U0001133e\U00011357\U000114b0\U000114ba\U000114bd\U000115af\U00011930]"
)
"""What NFKC may join to the character before it, beside combining marks: vowel signs and Korean letters."""


def storable(text: str) -> str:
    """The text as every store and platform takes it: no control characters, U+FFFD for lone surrogates."""
    return CONTROL.sub("", SURROGATE.sub("\ufffd", text))


def normalise(text: str) -> str:
    """A copy for matching: NFKC, nothing invisible, simplified Chinese, single blanks, at most 4,000 characters."""
    return _normalised(text[: 4 * MAX_MATCHED])


@lru_cache(maxsize=256)
def _normalised(text: str) -> str:
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", storable(text)))
    text = BLANKS.sub(" ", text).strip()[:MAX_MATCHED]
    return to_simplified(text) if HAN.search(text) else text


@dataclass(frozen=True, slots=True)
class Aligned:
    """A text's normalised copy, and where each of its characters came from.

    `starts` and `ends` hold for each character of `text` where in the original its source begins and ends; None where
    the copy is a slice of the original, which begins at `shift`.
    """

    text: str
    shift: int = 0
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original `text[start:end]` stands; what NFKC joined or split is taken whole."""
        if self.starts is None:
            return start + self.shift, end + self.shift
        if start < end:
            return self.starts[start], self.ends[end - 1]
        at = self.starts[start] if start < len(self.starts) else self.ends[-1] if self.ends else 0
        return at, at

    def places(self, start: int, end: int) -> tuple[int, int]:
        """Where in the copy what stands at `original[start:end]` is: the way back of `span`."""
        if self.starts is None:
            return max(0, start - self.shift), max(0, min(end - self.shift, len(self.text)))
        spans = enumerate(zip(self.starts, self.ends, strict=True))
        inside = [i for i, (first, last) in spans if first >= start and last <= end]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)


def align(text: str) -> Aligned:
    """`normalise(text)` with the way back to the original offsets."""
    normal = normalise(text)
    head = text[: 4 * MAX_MATCHED]
    shift = len(head) - len(head.lstrip())
    if head.startswith(normal, shift):
        return Aligned(normal, shift)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _chunks(head):
        piece = head[start:end]
        if not PLAIN.fullmatch(piece):
            piece = unicodedata.normalize("NFKC", INVISIBLE.sub("", storable(piece)))
        pieces.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
    joined = "".join(pieces)
    kept = [(at, at + 1) for at in range(len(joined))]
    if "  " in joined or not joined.isprintable():  # each blank but the plain one is not printable
        kept = [(m.start(), m.end()) for m in BLANK_OR_NOT.finditer(joined)]
    lead = len(joined) - len(joined.lstrip())
    kept = kept[1 if lead else 0 :][: len(normal)]
    if len(kept) != len(normal):  # a newer Unicode joins what JOINS_BACK does not know: nothing finer can be said
        return Aligned(normal, 0, (0,) * len(normal), (len(head),) * len(normal))
    return Aligned(normal, 0, tuple(starts[a] for a, _ in kept), tuple(ends[b - 1] for _, b in kept))


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    """Pieces that normalise by themselves: a character with all that NFKC may join to it."""
    start, is_begun = 0, False
    for at, character in enumerate(text):
        if INVISIBLE.match(character) or CONTROL.match(character):
            continue  # it vanishes, and what follows may join to what is before it
        if is_begun and _stands_alone(character):
            yield start, at
            start = at
        elif not is_begun:
            start = at
        is_begun = True
    if is_begun:
        yield start, len(text)


def _stands_alone(character: str) -> bool:
    """Whether NFKC never joins the character to what is before it."""
    if character < "\u0300" or "\u3400" <= character <= "\u9fff":
        return True
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.combining(first) == 0 and not JOINS_BACK.match(first)


class Reader:
    """Reads texts for matching: normalised, and without the names that any question may carry.

    A shop's own name says nothing of what is asked, yet it is rare, so that words and vectors alike make much of it:
    "where is the Harbour & Pine shop" was taken for "what is Harbour & Pine".
    """

    def __init__(self, own_names: Iterable[str] = ()) -> None:
        names = sorted({normalise(name) for name in own_names if name.strip()}, key=len, reverse=True)
        parts = [_whole(name) for name in names]
        self._names = re.compile("|".join(parts), re.IGNORECASE) if parts else None

    def read(self, text: str) -> str:
        """The text for matching; as it is when nothing else would be left."""
        return self.read_with_places(text)[0]

    def read_with_places(self, text: str, hidden: Sequence[tuple[int, int]] = ()) -> tuple[str, Sequence[int]]:
        """As `read`, and where in the normalised text each of its characters stands.

        `hidden` are further stretches of the normalised text that count for nothing.
        """
        text = normalise(text)
        blanked = text if self._names is None else self._names.sub(lambda name: " " * len(name.group()), text)
        for start, end in hidden:
            blanked = blanked[:start] + " " * (end - start) + blanked[end:]
        if blanked == text:
            return text, range(len(text))
        places = [i for i, one in enumerate(blanked) if one != " " or (i and blanked[i - 1] != " ")]
        while places and blanked[places[-1]] == " ":
            places.pop()
        rest = "".join(blanked[i] for i in places)
        return (rest, places) if any(one.isalnum() for one in rest) else (text, range(len(text)))


def _whole(name: str) -> str:
    """A pattern for the name, at word borders where it begins and ends with Latin letters."""
    before = r"\b" if name[0].isascii() and name[0].isalnum() else ""
    after = r"\b" if name[-1].isascii() and name[-1].isalnum() else ""
    return before + re.escape(name) + after


def to_simplified(text: str) -> str:
    """Traditional Chinese characters as simplified ones, one for one, so that offsets stay."""
    return text.translate(_simplified())


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """Character to character, from OpenCC's table; made once, in about 30 ms."""
    import opencc

    characters = [chr(code) for first, last in HAN_BLOCKS for code in range(first, last + 1)]
    converted = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, converted, strict=True)
    return {ord(old): new for old, new in pairs if new != old and len(new) == 1}


def lexemes(text: str) -> list[str]:
    """What BM25 counts: for Han every character and pair of neighbours, for other scripts words and their 4-grams.

    `text` is normalised. The n-grams of words forgive a typo; pairs of characters beat word segmentation on every
    Chinese set that was measured.
    """
    found: list[str] = []
    for match in WORDS_OR_HAN.finditer(text.lower()):
        word = match.group()
        if HAN.match(word):
            found.extend(word)
            found.extend(word[i : i + 2] for i in range(len(word) - 1))
        else:
            found.append(word)
            edged = f"^{word}$"
            found.extend("#" + edged[i : i + 4] for i in range(max(1, len(edged) - 3)))
    return found
