"""For bots without an encoder: a vector of hashed n-grams in its place, so that all heads work the same."""

from __future__ import annotations

import zlib

import numpy as np

from botcore.models.encoder import Encoded
from botcore.nlu.words import grams

SIZE = 512


class WordsOnly:
    """Random signs of each n-gram's hash (Weinberger 2009), summed up: no model, no torch."""

    @staticmethod
    def encoded(text: str) -> Encoded:
        """The text's vector (SIZE,) of length 1; no token states."""
        vector = np.zeros(SIZE, np.float32)
        for gram in set(grams(text)):
            mark = zlib.crc32(gram.encode("utf-8", "surrogatepass"))
            vector[mark % SIZE] += 1 if mark & 0x80000000 else -1
        length = float(np.linalg.norm(vector))
        return Encoded(vector / length if length else vector, np.zeros((0, SIZE), np.float32), ())
