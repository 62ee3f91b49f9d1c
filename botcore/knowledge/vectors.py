"""The encoder's view of the items: vectors of phrasings and answers, kept on disk by the hash of each text.

All vectors are taken relative to a mean: small encoders put every text into a narrow cone, and what tells texts apart
is the rest (measured: recall@1 rises by 2 to 4 points on every set). The mean is that of the items, steadied by a few
dozen everyday sentences so that a bot with three entries has one as well.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from botcore.knowledge.items import text_key
from botcore.models.encoder import Encoded, TextEncoder

Floats = np.ndarray[Any, np.dtype[np.float32]]
SMALL_CORPUS = 4000
_Kept = tuple[Floats, Floats, Floats | None]
"""A text's pooled vector, token vectors, and the second encoder's vector."""


class TextVectors:
    """Vectors of a list of texts: `pooled` (texts, hidden) of length 1, and all token vectors in one row of rows.

    Text i's tokens are `tokens[starts[i]:starts[i + 1]]`, each of length 1; float16 for large corpora. `second` is
    (texts, hidden of the second encoder), a zero row where that one cannot read the text; None without one.
    """

    def __init__(
        self,
        pooled: Floats,
        tokens: np.ndarray[Any, Any],
        starts: np.ndarray[Any, Any],
        second: Floats | None = None,
    ) -> None:
        self.pooled = pooled
        self.tokens = tokens
        self.starts = starts
        self.second = second

    def tokens_of(self, rows: np.ndarray[Any, Any]) -> tuple[Floats, np.ndarray[Any, Any]]:
        """(tokens, hidden) of the texts `rows`, one after the other, and where each begins."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        begins = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        chosen = np.concatenate([np.arange(self.starts[row], self.starts[row + 1]) for row in rows])
        return self.tokens[chosen].astype(np.float32, copy=False), begins


class Frame:
    """Where the items' vectors have their origin: a mean for whole texts and one for tokens."""

    def __init__(self, pooled_mean: Floats, token_mean: Floats, second_mean: Floats | None = None) -> None:
        self.pooled_mean = pooled_mean
        self.token_mean = token_mean
        self.second_mean = second_mean

    def pooled(self, vectors: Floats) -> Floats:
        """(texts, hidden) relative to the mean, of length 1."""
        return _unit(vectors - self.pooled_mean)

    def tokens(self, vectors: Floats) -> Floats:
        """(tokens, hidden) relative to the mean, of length 1."""
        return _unit(vectors - self.token_mean)

    def second(self, vector: Floats | None) -> Floats | None:
        """(hidden of the second encoder,) relative to its mean, of length 1; None where there is none."""
        if vector is None or self.second_mean is None:
            return None
        return _unit(vector - self.second_mean)


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Floats = (vectors / np.maximum(length, 1e-6)).astype(np.float32, copy=False)
    return scaled


def frame_of(encoded: Sequence[Encoded], anchors: Sequence[Encoded]) -> Frame:
    """The origin for these texts; an anchor counts as much as a text."""
    both = [*encoded, *anchors]
    tokens = np.concatenate([one.tokens for one in both if len(one.tokens)])
    second = [one.second for one in both if one.second is not None]
    second_mean = np.mean(second, axis=0) if second else None
    return Frame(np.mean([one.vector for one in both], axis=0), tokens.mean(axis=0), second_mean)


def stack(encoded: Sequence[Encoded], frame: Frame) -> TextVectors:
    """Encoded texts as arrays in the frame. A text without tokens (emoji that the encoder drops) gets one zero row."""
    hidden = frame.pooled_mean.shape[0]
    empty = np.zeros((1, hidden), np.float32)
    rows = [frame.tokens(one.tokens) if len(one.tokens) else empty for one in encoded]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    tokens = np.concatenate(rows) if rows else np.zeros((0, hidden), np.float32)
    pooled = frame.pooled(np.array([one.vector for one in encoded], np.float32).reshape(-1, hidden))
    kept = tokens.astype(np.float16) if len(rows) > SMALL_CORPUS else tokens
    return TextVectors(pooled, kept, starts, _stack_second(encoded, frame))


def _stack_second(encoded: Sequence[Encoded], frame: Frame) -> Floats | None:
    """The second encoder's vectors, zero where a text has none."""
    if frame.second_mean is None:
        return None
    found = np.zeros((len(encoded), frame.second_mean.shape[0]), np.float32)
    for row, one in enumerate(encoded):
        vector = frame.second(one.second)
        if vector is not None:
            found[row] = vector
    return found


class VectorCache:
    """Vectors by encoder and text in one file, so that only new texts are encoded when the items change."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self._known: dict[str, _Kept] = {}
        if file is not None and file.is_file():
            self._known = _read(file)

    def encode(self, texts: Sequence[str], encoder: TextEncoder) -> list[Encoded]:
        """All texts' vectors, from the cache where it has them; spans are not kept."""
        keys = [text_key(f"{encoder.identity}\n{text}") for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        for key, one in zip(missing, encoder.encode_many(list(missing.values())), strict=True):
            self._known[key] = (one.vector, one.tokens, one.second)
        return [_restored(self._known[key]) for key in keys]

    def save(self, keep: Sequence[str], encoder: TextEncoder) -> None:
        """Write what belongs to `keep`; what is no longer used goes. A cache that cannot be written is only slower."""
        if self.file is None:
            return
        wanted = dict.fromkeys(text_key(f"{encoder.identity}\n{text}") for text in keep)
        try:
            _write(self.file, {key: self._known[key] for key in wanted})
        except OSError:
            return


def _restored(kept: _Kept) -> Encoded:
    pooled, tokens, second = kept
    return Encoded(pooled, tokens, spans=(), second=second)


def _read(file: Path) -> dict[str, _Kept]:
    """A cache that is damaged or of another version counts as empty."""
    names = ("keys", "pooled", "tokens", "starts", "second", "second_of")
    try:
        # Opened here, since np.load leaves a damaged archive open.
        with file.open("rb") as content, np.load(content, allow_pickle=False) as saved:
            return _unpacked(*(saved[name] for name in names))
    except (OSError, ValueError, KeyError, IndexError, EOFError, BadZipFile, zlib.error):
        return {}


def _unpacked(keys: Any, pooled: Any, tokens: Any, starts: Any, second: Any, second_of: Any) -> dict[str, _Kept]:
    found: dict[str, _Kept] = {}
    for i, key in enumerate(keys):
        english = second[second_of[i]].astype(np.float32) if second_of[i] >= 0 else None
        own = tokens[starts[i] : starts[i + 1]].astype(np.float32)
        found[str(key)] = (pooled[i].astype(np.float32), own, english)
    return found


def _write(file: Path, known: dict[str, _Kept]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = list(known.values())
    english = [second for _, _, second in rows if second is not None]
    places = iter(range(len(english)))
    handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".npz")
    os.close(handle)
    try:
        np.savez(
            temporary,
            keys=np.array(list(known)),
            pooled=np.array([pooled for pooled, _, _ in rows], np.float16),
            tokens=np.concatenate([tokens for _, tokens, _ in rows]).astype(np.float16),
            starts=np.concatenate([[0], np.cumsum([len(tokens) for _, tokens, _ in rows])]).astype(np.int64),
            second=np.array(english, np.float16),
            second_of=np.array([-1 if second is None else next(places) for _, _, second in rows], np.int64),
        )
        Path(temporary).replace(file)
    finally:
        Path(temporary).unlink(missing_ok=True)
