"""Text made comparable: what the bot reads is a copy; what the user wrote is kept as it was."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
SURROGATE = re.compile("[\ud800-\udfff]")
BLANKS = re.compile(r"\s+")
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
WORDS_OR_HAN = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f]+|[^\\W_\u3400-\u4dbf\u4e00-\u9fff]+(?:['’][a-z]+)?"
)
LATIN_OR_DIGIT = re.compile(r"[^\W_]")
HAN_BLOCKS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))
MAX_MATCHED = 4000


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
        text = normalise(text)
        if self._names is None:
            return text
        rest = BLANKS.sub(" ", self._names.sub(" ", text)).strip()
        return rest if any(character.isalnum() for character in rest) else text


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
