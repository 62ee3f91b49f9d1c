"""Labelled messages through the encoder, for heads: trained, measured and explained by the same vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from botcore.examples import Example
from botcore.models.encoder import Encoded, TextEncoder
from botcore.models.everyday import everyday
from botcore.nlu.frame import Frame
from botcore.nlu.wordy import WordsOnly
from botcore.text import normalise

CHUNK = 512


def encode(rows: Sequence[Example], model: TextEncoder | None, *, keep_tokens: bool = False) -> list[Encoded]:
    """The encoder's output of each row; equal texts once, and token states only where they are needed."""
    if model is None:
        return [WordsOnly.encoded(normalise(row.text)) for row in rows]
    texts = [normalise(row.text) for row in rows]
    unique = sorted(set(texts), key=len)
    known: dict[str, Encoded] = {}
    for start in range(0, len(unique), CHUNK):
        chunk = unique[start : start + CHUNK]
        for text, one in zip(chunk, model.encode_many(chunk), strict=True):
            tokens: Any = one.tokens.astype(np.float16) if keep_tokens else one.tokens[:0].copy()
            known[text] = replace(one, tokens=tokens)
    return [known[text] for text in texts]


def frame_of(model: TextEncoder | None) -> Frame:
    """The origin of each language's vectors under this encoder."""
    calm = everyday()
    if model is None:
        return Frame.of(calm, [WordsOnly.encoded(text) for text in calm])
    return Frame.of(calm, model.encode_many(calm))
