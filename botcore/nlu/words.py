"""Word and character n-grams, weighed by TF-IDF: what an encoder of pieces may overlook (codes, names, typos)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from botcore.text import HAN, WORDS_OR_HAN, normalise

Floats = np.ndarray[Any, np.dtype[np.float32]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
COMMON_FROM = 2000
"""From this number of texts on, n-grams that occur once are left out."""


def grams(text: str) -> Iterator[str]:
    """Words, pairs of words and 3- to 5-grams inside words; for Han single characters, pairs and triples."""
    previous = "^"
    for match in WORDS_OR_HAN.finditer(normalise(text).lower()):
        found = match.group()
        for word in found if HAN.match(found) else (found,):
            yield word
            yield f"{previous} {word}"
            previous = word
        if HAN.match(found):
            yield from (found[i : i + 3] for i in range(len(found) - 2))
        else:
            edged = f"<{found}>"
            yield from (edged[i : i + n] for n in (3, 4, 5) for i in range(len(edged) - n + 1))


class Vocabulary:
    """The n-grams of the training texts with their inverse document frequencies."""

    def __init__(self, rarity: dict[str, float]) -> None:
        self.rarity = rarity
        self._places = {gram: place for place, gram in enumerate(rarity)}
        self._weights = np.array(list(rarity.values()), np.float32)

    @classmethod
    def of(cls, texts: Sequence[str]) -> Vocabulary:
        """Count once, in a fixed order."""
        seen = Counter(gram for text in texts for gram in set(grams(text)))
        least = 2 if len(texts) >= COMMON_FROM else 1
        kept = sorted(gram for gram, count in seen.items() if count >= least)
        return cls({gram: math.log((1 + len(texts)) / (1 + seen[gram])) + 1 for gram in kept})

    def __len__(self) -> int:
        return len(self.rarity)

    def bag(self, text: str) -> tuple[Ints, Floats]:
        """The text's known n-grams and their weights, of length 1 together."""
        return self._bag(grams(text))

    def bags(self, texts: Iterable[str]) -> list[tuple[Ints, Floats]]:
        """The bag of each text."""
        return [self.bag(text) for text in texts]

    def _bag(self, found: Iterable[str]) -> tuple[Ints, Floats]:
        counts = Counter(self._places[gram] for gram in found if gram in self._places)
        places = np.fromiter(counts.keys(), np.int64, len(counts))
        often = np.fromiter(counts.values(), np.float32, len(counts))
        weights = (1 + np.log(often, dtype=np.float32)) * self._weights[places] if len(places) else often
        length = float(np.linalg.norm(weights)) or 1.0
        return places, (weights / length).astype(np.float32)
