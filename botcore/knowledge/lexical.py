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


class Lexical:
    """BM25 over a list of texts (normalised)."""

    def __init__(self, texts: Sequence[str]) -> None:
        tokens = [lexemes(text) or ["\0"] for text in texts]  # bm25s takes no empty document
        self._count = len(texts)
        frequency = Counter(token for row in tokens for token in set(row))
        self._idf = {token: self._weight(df) for token, df in frequency.items()}
        self._unseen = self._weight(0)
        self._bm25 = bm25s.BM25()
        if texts:
            self._bm25.index(tokens, show_progress=False, create_empty_token=False)

    def scores(self, text: str) -> Floats:
        """(texts,) BM25 as a share of the message's own weight: about 1 when all of its words are found."""
        tokens = lexemes(text)
        known = [token for token in tokens if token in self._idf]
        if not known:
            return np.zeros(self._count, np.float32)
        whole = sum(self._idf.get(token, self._unseen) for token in tokens)
        found: Floats = self._bm25.get_scores(known)
        return found / np.float32(whole * 2.5)

    def _weight(self, frequency: int) -> float:
        """Lucene's inverse document frequency."""
        return math.log(1 + (self._count - frequency + 0.5) / (frequency + 0.5))
