"""The learned part of cues: one linear layer over the encoder's vector and the message's words.

It knows wordings that no rule lists ("I'd be glad", "别往下走了"). Fitted in closed form (ridge regression on +1 and
-1), so that leave-one-out scores come for free; they set the temperature, and so what a score means.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from botcore.text import HAN, lexemes, normalise
from botcore.understanding import Cue

if TYPE_CHECKING:
    from botcore.models.encoder import Encoded, TextEncoder

Floats = np.ndarray[Any, np.dtype[np.float32]]
EXAMPLES = Path(__file__).with_name("cue_examples.json")
NONE = "none"
WORD_BINS = 1024
WORD_WEIGHT = 0.4
RIDGE = 1.0
"""Weight of words, and ridge: the best of seven pairs in cross-validation; all seven lie within two points."""
SURE_FROM = 0.7
"""A cue below this probability is none. In cross-validation over the examples nine in ten above it are right."""


@dataclass(frozen=True, slots=True, eq=False)
class CueHead:
    """A fitted head: `weights` (features, names), `origins` (2, hidden) for messages without and with Han."""

    names: tuple[str, ...]
    weights: Floats
    origins: Floats
    temperature: float
    sure_from: float = SURE_FROM

    @classmethod
    def train(cls, encoder: TextEncoder, cache: Path | None = None) -> CueHead:
        """Fit on the examples that come with the package; the head is kept in `cache` where it is given.

        Blocks: some seconds the first time, some milliseconds from the cache.
        """
        names, texts, labels = examples()
        key = _key(encoder, names, texts, labels)
        head = _kept(cache, key) if cache is not None else None
        if head is None:
            vectors = np.stack([one.vector for one in encoder.encode_many(texts)]).astype(np.float32)
            head = cls.fit(names, texts, labels, vectors)
            if cache is not None:
                _keep(cache, key, head)
        return head

    @classmethod
    def fit(cls, names: Sequence[str], texts: Sequence[str], labels: Sequence[int], vectors: Floats) -> CueHead:
        """Fit on any labelled texts; `vectors` (texts, hidden), `labels` say which of `names`."""
        is_han = np.array([bool(HAN.search(text)) for text in texts])
        origins = np.stack([_mean(vectors[~is_han], vectors), _mean(vectors[is_han], vectors)])
        features = np.stack([_features(text, vector, origins) for text, vector in zip(texts, vectors, strict=True)])
        wanted = np.where(np.arange(len(names)) == np.asarray(labels)[:, None], 1.0, -1.0).astype(np.float32)
        inverse = np.linalg.inv(features.T @ features + RIDGE * np.eye(features.shape[1], dtype=np.float32))
        weights = inverse @ features.T @ wanted
        own = np.einsum("ij,jk,ik->i", features, inverse, features, optimize=True)[:, None]
        left_out = (features @ weights - own * wanted) / np.maximum(1 - own, 1e-3)
        return cls(tuple(names), weights.astype(np.float32), origins, _temperature(left_out, np.asarray(labels)))

    def scores(self, text: str, encoded: Encoded) -> dict[str, float]:
        """The probability of each name; together 1."""
        logits = _features(normalise(text), encoded.vector, self.origins) @ self.weights
        return dict(zip(self.names, map(float, _softmax(logits[None] * self.temperature)[0]), strict=True))

    def find(self, encoded: Encoded, text: str) -> tuple[Cue, ...]:
        """The cue of a short message, if there is one beyond doubt; it carries the whole of `text`."""
        scores = self.scores(text, encoded)
        best = max(scores, key=scores.__getitem__)
        if best == NONE or scores[best] < self.sure_from:
            return ()
        return (Cue(best, round(scores[best], 3), 0, len(text), "learned"),)


@lru_cache(maxsize=1)
def examples() -> tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...]]:
    """The names, the example texts, and which name each has."""
    by_name: dict[str, dict[str, list[str]]] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    names = tuple(by_name)
    rows = [
        (normalise(text), at) for at, name in enumerate(names) for listed in by_name[name].values() for text in listed
    ]
    return names, tuple(text for text, _ in rows), tuple(label for _, label in rows)


def _mean(vectors: Floats, otherwise: Floats) -> Floats:
    mean: Floats = (vectors if len(vectors) else otherwise).mean(axis=0)
    return mean


def _features(text: str, vector: Floats, origins: Floats) -> Floats:
    """(hidden + word bins + 1,): the vector from its script's origin, the hashed words, and a one."""
    placed = vector - origins[1 if HAN.search(text) else 0]
    placed = placed / max(float(np.linalg.norm(placed)), 1e-9)
    words = np.zeros(WORD_BINS, np.float32)
    for word in lexemes(text[:120]):
        words[zlib.crc32(word.encode("utf-8", "replace")) % WORD_BINS] += 1
    words *= WORD_WEIGHT / max(float(np.linalg.norm(words)), 1e-9)
    found: Floats = np.concatenate([placed, words, np.ones(1, np.float32)]).astype(np.float32)
    return found


def _softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return found


def _temperature(logits: Floats, labels: np.ndarray[Any, Any]) -> float:
    """The factor under which the left-out labels are likeliest."""
    rows = np.arange(len(labels))
    tried = [float(factor) for factor in np.geomspace(1, 20, 40)]
    return max(tried, key=lambda factor: float(np.log(_softmax(logits * factor)[rows, labels] + 1e-9).mean()))


def _key(encoder: TextEncoder, *made_of: Sequence[Any]) -> str:
    """The name of what a head is fitted with and on."""
    constants = (WORD_BINS, WORD_WEIGHT, RIDGE)
    return hashlib.sha256(repr((encoder.identity, constants, made_of)).encode("utf-8", "replace")).hexdigest()


def _kept(cache: Path, key: str) -> CueHead | None:
    """The head; None where the file is missing, damaged or of something else."""
    try:
        with cache.open("rb") as content, np.load(content, allow_pickle=False) as saved:
            if str(saved["key"]) != key:
                return None
            names = tuple(map(str, saved["names"]))
            return CueHead(names, saved["weights"], saved["origins"], float(saved["temperature"]))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error):
        return None


def _keep(cache: Path, key: str, head: CueHead) -> None:
    """Write whole or not at all; a cache that cannot be written is only slower."""
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=cache.parent, suffix=".npz")
        os.close(handle)
    except OSError:
        return
    try:
        np.savez(
            temporary,
            key=np.array(key),
            names=np.array(head.names),
            weights=head.weights,
            origins=head.origins,
            temperature=np.array(head.temperature),
        )
        Path(temporary).replace(cache)
    except OSError:
        return
    finally:
        Path(temporary).unlink(missing_ok=True)
