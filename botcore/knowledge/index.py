"""The hybrid index: a message in, candidates with calibrated probabilities out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from botcore.knowledge.features import NAMES, Evidence
from botcore.knowledge.items import Item, lay_out
from botcore.knowledge.vectors import VectorCache, frame_of, stack
from botcore.models.encoder import Encoded, TextEncoder
from botcore.models.everyday import everyday
from botcore.text import Reader
from botcore.understanding import Match

Floats = np.ndarray[Any, np.dtype[np.float32]]
WEIGHTS = Path(__file__).with_name("fusion.json")


class Fusion:
    """One linear score per candidate, against the score of 'none of these'; softmax makes probabilities of them.

    Fitted by `benchmarks/faq/fit.py` on development data only; the weights are in `fusion.json` beside this file.
    """

    def __init__(self, weights: Sequence[float], none: float) -> None:
        self.weights = np.array(weights, np.float32)
        self.none = none

    def logits(self, features: Floats) -> Floats:
        """One number a candidate: (candidates, features) -> (candidates,)."""
        found: Floats = features @ self.weights
        return found

    def probabilities(self, features: Floats) -> Floats:
        """(candidates, features) -> (candidates,), summing up to less than 1: the rest is 'none of these'."""
        logits = self.logits(features)
        top = max(self.none, float(logits.max(initial=self.none)))
        weight = np.exp(logits - top)
        shares: Floats = weight / (weight.sum() + np.exp(self.none - top))
        return shares


@lru_cache(maxsize=3)
def fusion(kind: str) -> Fusion:
    """The fitted weights, `paired`, `hybrid` or `lexical`."""
    fitted = json.loads(WEIGHTS.read_text(encoding="utf-8"))[kind]
    return Fusion([fitted["weights"].get(name, 0.0) for name in NAMES], fitted["none"])


class Index:
    """What the bot can be asked for. Built once per change of the items; searching touches no disk."""

    def __init__(
        self, items: Sequence[Item], evidence: Evidence | None, has_encoder: bool, reader: Reader | None = None
    ) -> None:
        self.items = tuple(items)
        self._reader = reader or Reader()
        self._evidence = evidence
        self.has_encoder = has_encoder

    @classmethod
    def build(
        cls,
        items: Sequence[Item],
        encoder: TextEncoder | None = None,
        cache: Path | None = None,
        own_names: Sequence[str] = (),
    ) -> Index:
        """Lay out, encode (only what the cache does not have) and index. Blocks for as long as the encoder needs."""
        reader = Reader(own_names)
        if not items:
            return cls((), None, encoder is not None, reader)
        layout = lay_out(items, reader)
        if encoder is None:
            return cls(layout.items, Evidence(layout, None, None, None), False, reader)
        kept = VectorCache(cache)
        calm = everyday()
        phrasings = kept.encode(layout.phrasings, encoder)
        answers = kept.encode(layout.answers, encoder)
        frame = frame_of(phrasings, kept.encode(calm, encoder))
        kept.save([*layout.phrasings, *layout.answers, *calm], encoder)
        answer_vectors = stack(answers, frame) if answers else None
        evidence = Evidence(layout, frame, stack(phrasings, frame), answer_vectors)
        return cls(layout.items, evidence, True, reader)

    def read(self, text: str) -> str:
        """The text as the index compares it; this is what the encoder is given."""
        return self._reader.read(text)

    def read_with_places(self, text: str, hidden: Sequence[tuple[int, int]] = ()) -> tuple[str, Sequence[int]]:
        """As `read`, with the place of each of its characters in the normalised text; see `Reader`."""
        return self._reader.read_with_places(text, hidden)

    def search(
        self, text: str, encoded: Encoded | None = None, *, limit: int = 5, heard: Mapping[str, float] | None = None
    ) -> list[Match]:
        """The best candidates for a message, best first.

        Args:
            text: the message.
            encoded: the encoder's pass over `read(text)`.
            limit: so many at most.
            heard: the intent head's evidence for items by id, -1..1; items that it does not know are not in it.
        """
        chosen, features, phrasings = self.evidence(text, encoded, heard)
        if not len(chosen):
            return []
        scores = self._fusion(encoded).probabilities(features)
        order = np.argsort(-scores, kind="stable")[:limit]
        return [self._match(int(chosen[i]), float(scores[i]), int(phrasings[i]), features[i]) for i in order]

    def _fusion(self, encoded: Encoded | None) -> Fusion:
        """The weights for what there is of this message: both encoders, one, or words alone."""
        if encoded is None or not self.has_encoder:
            return fusion("lexical")
        return fusion("paired" if encoded.second is not None else "hybrid")

    def evidence(
        self, text: str, encoded: Encoded | None, heard: Mapping[str, float] | None = None
    ) -> tuple[Any, Floats, Any]:
        """Candidates, their features and best phrasings, before fusion; for fitting and for `botcore explain`."""
        text = self.read(text)
        if self._evidence is None or not text:
            return np.zeros(0, np.int64), np.zeros((0, len(NAMES)), np.float32), np.zeros(0, np.int64)
        return self._evidence.candidates(text, encoded, heard or {})

    def _match(self, item: int, score: float, phrasing: int, features: Floats) -> Match:
        assert self._evidence is not None  # noqa: S101  # there was a candidate
        found = self.items[item]
        evidence = {name: round(value, 4) for name, value in zip(NAMES, features.tolist(), strict=True)}
        return Match(found.id, found.kind, score, self._evidence.layout.phrasings[phrasing], evidence)
