"""BM25 over characters and words, scaled to 0..1 so that scores of different messages can be compared."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import bm25s
import numpy as np

from botcore.text import lexemes

logging.getLogger("bm25s").setLevel(logging.WARNING)  # bm25s sets itself to DEBUG when it is imported

Floats = np.ndarray[Any, np.dtype[np.float32]]
Ints = np.ndarray[Any, np.dtype[np.int32]]
LARGEST = 2.5
"""What a token can weigh at most, as a multiple of its inverse document frequency: 1 + k1."""


class Lexical:
    """BM25 over a list of texts (normalised)."""

    def __init__(self, texts: Sequence[str]) -> None:
        tokens = [lexemes(text) or ["\0"] for text in texts]  # bm25s takes no empty document
        self._count = len(texts)
        frequency = Counter(token for row in tokens for token in set(row))
        self._idf = {token: self._weight(df) for token, df in frequency.items()}
        self._unseen = self._weight(0)
        self._postings: dict[str, tuple[Ints, Floats]] = _postings(tokens) if texts else {}

    def scores(self, text: str) -> Floats:
        """(texts,) BM25 as a share of the message's own weight: about 1 when all of its words are found."""
        return self.score_tokens(lexemes(text))

    def score_tokens(self, tokens: Sequence[str]) -> Floats:
        """As `scores`, for the `lexemes` of a text."""
        found = [self._postings[token] for token in tokens if token in self._postings]
        if not found:
            return np.zeros(self._count, np.float32)
        whole = sum(self._idf.get(token, self._unseen) for token in tokens)
        where = np.concatenate([places for places, _ in found])
        weights = np.concatenate([values for _, values in found])
        added = np.bincount(where, weights, self._count)
        return (added / (whole * LARGEST)).astype(np.float32)

    def _weight(self, frequency: int) -> float:
        """Lucene's inverse document frequency."""
        return math.log(1 + (self._count - frequency + 0.5) / (frequency + 0.5))


def _postings(tokens: Sequence[Sequence[str]]) -> dict[str, tuple[Ints, Floats]]:
    """For each token the texts that have it and its BM25 weight in them, as bm25s computed them at once.

    A message's postings are summed by one `bincount`, where bm25s' own scoring calls numpy once a token.
    """
    index = bm25s.BM25()
    index.index(tokens, show_progress=False, create_empty_token=False)
    values, places, bounds = (index.scores[name] for name in ("data", "indices", "indptr"))
    return {
        token: (places[bounds[id_] : bounds[id_ + 1]], values[bounds[id_] : bounds[id_ + 1]])
        for token, id_ in index.vocab_dict.items()
    }
