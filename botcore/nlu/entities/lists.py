"""Values of a list, found in a text: the longest first, at word borders for Latin letters, and with a typo forgiven.

Exact words are looked up by their first two characters and length, so that a text of n characters costs n times the
few lengths that begin so, however many values there are. For typos each word is kept in two or three pieces: with one
edit one of two halves is untouched, with two edits one of three thirds; only words that share it are compared.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from botcore.nlu.entities.pieces import Piece, fold
from botcore.text import HAN, normalise

WORD = re.compile(r"[^\W_]+(?:['’][a-z]+)?")
ONE_EDIT_FROM, TWO_EDITS_FROM, HAN_FROM = 5, 9, 3
MAX_WORDS = 5
MAX_LENGTH = 120
FUZZY_READ = 1000
"""Typos are looked for in the first so many characters."""


@dataclass(frozen=True, slots=True)
class Word:
    """A way to write a value of the list `kind`."""

    kind: str
    value: str
    by: str
    is_fuzzy: bool


class Lists:
    """Every list of a bot in one index."""

    def __init__(self, lists: Mapping[str, tuple[Mapping[str, Sequence[str]], bool, str]]) -> None:
        """`lists`: kind -> its values with the other words for each, whether typos are forgiven, and what `by` says."""
        self._words: dict[str, list[Word]] = defaultdict(list)
        for kind, (values, is_fuzzy, by) in lists.items():
            for value, others in values.items():
                for name in dict.fromkeys(key for each in (value, *others) if (key := fold(normalise(str(each))))):
                    if len(name) <= MAX_LENGTH and all(word.kind != kind for word in self._words.get(name, ())):
                        self._words[name].append(Word(kind, value, by, is_fuzzy))
        lengths: dict[str, set[int]] = defaultdict(set)
        for name in self._words:
            lengths[name[:2]].add(len(name))
        self._lengths = {start: tuple(sorted(each, reverse=True)) for start, each in lengths.items()}
        fuzzy = [name for name, words in self._words.items() if any(word.is_fuzzy for word in words)]
        self._latin = Latin([name for name in fuzzy if not HAN.search(name)])
        self._han = Han([name for name in fuzzy if HAN.search(name)])

    def find(self, text: str) -> list[Piece]:
        """The values that the folded text names; within a list none overlaps another."""
        if not self._words:
            return []
        exact = list(self._exact(text))
        fuzzy = (
            [piece for piece in self._fuzzy(text) if not _is_within(piece, exact)] if self._latin or self._han else []
        )
        return without_overlaps_by_kind([*exact, *fuzzy])

    def _exact(self, text: str) -> Iterator[Piece]:
        size = len(text)
        for start in range(size):
            lengths = self._lengths.get(text[start : start + 2]) or ()
            single = self._lengths.get(text[start]) if size else None
            for length in (*lengths, *(single or ())) if lengths or single else ():
                name = text[start : start + length]
                if start + length <= size and name in self._words and is_whole(text, start, start + length):
                    for word in self._words[name]:
                        yield Piece(word.kind, start, start + length, word.value, 1.0, word.by)

    def _fuzzy(self, text: str) -> Iterator[Piece]:
        text = text[:FUZZY_READ]
        found = [*(self._latin.find(text) if self._latin else ()), *(self._han.find(text) if self._han else ())]
        for start, end, name, edits in found:
            score = round(1 - edits / len(name), 3)
            for word in self._words[name]:
                if word.is_fuzzy:
                    yield Piece(word.kind, start, end, word.value, score, word.by)


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether no Latin letter or digit goes on before or after a name that begins or ends with one.

    One or two letters after an apostrophe within a word are its end: the s of "what's".
    """
    if end - start <= 2 and start > 1 and text[start - 1] in "'’" and _is_latin(text[start - 2]):
        return False
    before = start and _is_latin(text[start - 1]) and _is_latin(text[start])
    after = end < len(text) and _is_latin(text[end]) and _is_latin(text[end - 1])
    return not before and not after


def _is_latin(character: str) -> bool:
    return character.isalnum() and character < "\u1100"


def _is_within(piece: Piece, others: Sequence[Piece]) -> bool:
    """Whether an exact find of the same list stands there already."""
    return any(other.kind == piece.kind and other.start < piece.end and piece.start < other.end for other in others)


def without_overlaps_by_kind(pieces: Sequence[Piece]) -> list[Piece]:
    """Of overlapping finds of one list the exact, then the longest."""
    kept: list[Piece] = []
    covered: dict[str, set[int]] = defaultdict(set)
    for piece in sorted(
        pieces, key=lambda piece: (piece.score < 1, piece.start - piece.end, -piece.score, piece.start)
    ):
        if covered[piece.kind].isdisjoint(range(piece.start, piece.end)):
            covered[piece.kind].update(range(piece.start, piece.end))
            kept.append(piece)
    return sorted(kept, key=lambda piece: (piece.start, piece.end, piece.kind))


Found = tuple[int, int, str, int]
"""Start, end, the name in the list, and the number of edits."""


class Latin:
    """Names in Latin letters with up to two typos."""

    def __init__(self, names: Sequence[str]) -> None:
        self._pieces: dict[tuple[int, int, str], list[tuple[str, int]]] = defaultdict(list)
        self._most_words = 0
        self._lengths: set[int] = set()
        self._exact = set()
        for name in names:
            if len(name) < ONE_EDIT_FROM or sum(map(str.isalpha, name)) < ONE_EDIT_FROM:
                continue
            self._exact.add(name)
            self._lengths.add(len(name))
            self._most_words = min(MAX_WORDS, max(self._most_words, len(WORD.findall(name))))
            for number, (start, end) in enumerate(_cuts(len(name))):
                self._pieces[len(name), number, name[start:end]].append((name, letters(name)))

    def __bool__(self) -> bool:
        return bool(self._exact)

    def find(self, text: str) -> Iterator[Found]:
        """Every run of words that is a typo away from a name."""
        words = [match.span() for match in WORD.finditer(text)]
        seen: dict[str, tuple[str, int] | None] = {}
        for at, (start, _) in enumerate(words):
            if not _is_latin(text[start]):
                continue
            for _, end in words[at : at + self._most_words]:
                window = text[start:end]
                if window not in seen:
                    seen[window] = self._nearest(window)
                nearest = seen[window]
                if nearest is not None:
                    yield start, end, *nearest

    def _nearest(self, window: str) -> tuple[str, int] | None:
        """The name with the fewest edits; None when none is near, or when the window is a name itself."""
        if len(window) < ONE_EDIT_FROM - 1 or window in self._exact or not any(map(str.isalpha, window)):
            return None
        best: tuple[int, str] | None = None
        tried: set[str] = set()
        has = letters(window)
        for length in range(len(window) - 2, len(window) + 3):
            if length not in self._lengths:
                continue
            most = edits_allowed(length)
            if abs(length - len(window)) > most:
                continue
            for name, letters_of_name in self._candidates(window, length):
                if (has ^ letters_of_name).bit_count() > 2 * most or name in tried:
                    continue  # an edit adds, takes away or changes a letter
                tried.add(name)
                edits = distance(window, name, most)
                if edits is not None and (best is None or (edits, name) < best):
                    best = (edits, name)
        return (best[1], best[0]) if best and best[0] else None

    def _candidates(self, window: str, length: int) -> Iterator[tuple[str, int]]:
        """Names of this length that share an untouched piece with the window, or its letters with two swapped."""
        cuts, size = _cuts(length), len(window)
        shift = size - length
        for number, (start, end) in enumerate(cuts):
            if number == 0:
                places: Sequence[int] = (0,)
            elif number == len(cuts) - 1:
                places = (start + shift,)
            else:
                places = (start - 1, start, start + 1)
            for place in places:
                if place >= 0:
                    yield from self._pieces.get((length, number, window[place : place + end - start]), ())
        if shift == 0:
            for _, end in cuts[:-1]:
                swapped = window[: end - 1] + window[end] + window[end - 1] + window[end + 1 :]
                if swapped in self._exact:
                    yield swapped, letters(swapped)


class Han:
    """Names with Chinese characters, one of which may be a wrong one."""

    def __init__(self, names: Sequence[str]) -> None:
        self._pieces: dict[tuple[int, int, str], list[str]] = defaultdict(list)
        self._lengths: list[int] = []
        self._exact: set[str] = set()
        for name in names:
            if len(HAN.findall(name)) < HAN_FROM:
                continue
            self._exact.add(name)
            half = len(name) // 2
            self._pieces[len(name), 0, name[:half]].append(name)
            self._pieces[len(name), 1, name[half:]].append(name)
        self._lengths = sorted({len(name) for name in self._exact})

    def __bool__(self) -> bool:
        return bool(self._exact)

    def find(self, text: str) -> Iterator[Found]:
        """Every place where all characters but one are a name's."""
        for start in range(len(text)):
            for length in self._lengths:
                window = text[start : start + length]
                if len(window) < length or window in self._exact:
                    continue
                half = length // 2
                near = (
                    *self._pieces.get((length, 0, window[:half]), ()),
                    *self._pieces.get((length, 1, window[half:]), ()),
                )
                for name in near:
                    wrong = [i for i in range(length) if window[i] != name[i]]
                    if (
                        len(wrong) == 1
                        and HAN.match(window[wrong[0]])
                        and HAN.match(name[wrong[0]])
                        and is_whole(text, start, start + length)
                    ):
                        yield start, start + length, name, 1
                        break


def letters(name: str) -> int:
    """A bit for each kind of letter in the name."""
    mask = 0
    for character in name:
        mask |= 1 << (ord(character) & 63)
    return mask


def edits_allowed(length: int) -> int:
    """One from five letters on, two from nine."""
    return 2 if length >= TWO_EDITS_FROM else 1 if length >= ONE_EDIT_FROM else 0


def _cuts(length: int) -> tuple[tuple[int, int], ...]:
    pieces = edits_allowed(length) + 1
    borders = [length * i // pieces for i in range(pieces + 1)]
    return tuple(itertools.pairwise(borders))


def distance(first: str, second: str, most: int) -> int | None:
    """Edits between two words, two neighbours that changed places being one; None above `most`.

    Only cells that near the diagonal can stay within `most`, so only they are computed.
    """
    if abs(len(first) - len(second)) > most:
        return None
    far = most + 1
    width = len(second)
    before = [far] * (width + 1)
    row = [min(j, far) for j in range(width + 1)]
    for i, one in enumerate(first, 1):
        earlier, before = before, row
        row = [far] * (width + 1)
        if i <= most:
            row[0] = i
        for j in range(max(1, i - most), min(width, i + most) + 1):
            two = second[j - 1]
            cost = before[j - 1] if one == two else 1 + min(before[j - 1], before[j], row[j - 1])
            if i > 1 and j > 1 and one == second[j - 2] and first[i - 2] == two:
                cost = min(cost, earlier[j - 2] + 1)
            row[j] = cost
        if min(row) > most and min(before) > most:
            return None
    return row[-1] if row[-1] <= most else None
