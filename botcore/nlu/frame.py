"""Where vectors are seen from: each language's everyday sentences are its origin.

A multilingual encoder sets every text of a language off by nearly the same vector; without it a head that was trained
on English rows reads Chinese ones as well (`xsid` in benchmarks/nlu/intents.json).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from botcore.models.encoder import Encoded
from botcore.text import HAN

Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Mean vectors of everyday sentences per script, (hidden,) each; `second`: the size of the second encoder's."""

    han: Floats
    other: Floats
    second: int = 0

    @classmethod
    def of(cls, texts: Sequence[str], encoded: Sequence[Encoded]) -> Frame:
        """The frame from everyday sentences in both languages."""
        vectors = np.stack([one.vector for one in encoded])
        is_han = np.array([bool(HAN.search(text)) for text in texts])
        seconds = [len(one.second) for one in encoded if one.second is not None]
        return cls(vectors[is_han].mean(0), vectors[~is_han].mean(0), max(seconds, default=0))

    def origin(self, text: str) -> Floats:
        """Where a text of this script is seen from: (hidden,)."""
        return self.han if HAN.search(text) else self.other

    def place(self, text: str, encoded: Encoded) -> Floats:
        """The features of one text: (hidden + hidden of the second encoder,), each part of length 1."""
        vector = encoded.vector - self.origin(text)
        vector = vector / max(float(np.linalg.norm(vector)), 1e-9)
        if not self.second:
            return vector.astype(np.float32)
        second = encoded.second if encoded.second is not None else np.zeros(self.second, np.float32)
        return np.concatenate([vector, second]).astype(np.float32)

    def places(self, texts: Sequence[str], encoded: Sequence[Encoded]) -> Floats:
        """The features of all texts: (texts, features)."""
        size = len(self.han) + self.second
        found = np.zeros((len(texts), size), np.float32)
        for row, (text, one) in enumerate(zip(texts, encoded, strict=True)):
            found[row] = self.place(text, one)
        return found
