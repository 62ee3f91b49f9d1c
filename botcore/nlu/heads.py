"""The intent head: one encoder pass in, calibrated probabilities over intents out, and how likely it is meant for us.

Three members speak, and how loud each is is fitted on held-out rows of the training data alone:
a softmax regression on the encoder's vectors, the nearness to each intent's mean, and a softmax regression on n-grams.
What lies outside is told by density: how large energy and nearness are beside those of held-out rows that lie inside
(a conformal p-value: Vovk 2005; energy: Liu 2020), so that one threshold means the same for every bot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from botcore.models.encoder import Encoded
from botcore.nlu.fitting import Members, Plan, fit_members, plan_of
from botcore.nlu.frame import Frame
from botcore.nlu.regression import Floats, Ints
from botcore.nlu.understand import heard_of

Progress = Callable[[str, float], None]
OUTSIDE = frozenset({"oos", "out_of_scope", "outside"})
"""Names under which training files keep rows that no intent is meant by."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What the head makes of texts.

    Attributes:
        logits: (texts, classes), before calibration; their softmax is overconfident or too shy.
        probabilities: (texts, classes), calibrated, each row summing up to 1: which intent, if any.
        density: (texts,), higher the more a text looks like the training rows.
        inside: (texts,), 0..1: the share of held-out training rows that look more foreign than the text.
    """

    logits: Floats
    probabilities: Floats
    density: Floats
    inside: Floats


class IntentHead:
    """A trained head. `intents` are the classes in the order of all columns."""

    def __init__(
        self, intents: Sequence[str], frame: Frame, members: Members, plan: Plan, rows: Rows, report: dict[str, Any]
    ) -> None:
        self.intents = tuple(intents)
        self.frame = frame
        self.members = members
        self.plan = plan
        self.rows = rows
        self.report = report

    @classmethod
    def train(
        cls,
        texts: Sequence[str],
        intents: Sequence[str],
        encoded: Sequence[Encoded],
        frame: Frame,
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> IntentHead:
        """Train on normalised texts, their intents and the encoder's output. At least two intents are needed.

        Rows whose intent is in `OUTSIDE` are no class; they sharpen what counts as outside.

        Raises:
            ValueError: fewer than two intents.
        """
        is_inside = np.array([intent not in OUTSIDE for intent in intents], bool)
        classes = sorted({intent for intent in intents if intent not in OUTSIDE})
        if len(classes) < 2:
            raise ValueError("a head needs at least two intents")
        place = {intent: number for number, intent in enumerate(classes)}
        features = frame.places(texts, encoded)
        labels = np.array([place[intent] for intent in intents if intent in place], np.int64)
        inside_texts = [text for text, inside in zip(texts, is_inside, strict=True) if inside]
        outside_texts = [text for text, inside in zip(texts, is_inside, strict=True) if not inside]
        inside, outside = features[is_inside], features[~is_inside]
        plan, report = plan_of(inside, inside_texts, labels, len(classes), outside, outside_texts, seed, progress)
        members = fit_members(inside, inside_texts, labels, len(classes), plan.strength)
        rows = Rows(tuple(inside_texts), labels, inside.astype(np.float16))
        return cls(classes, frame, members, plan, rows, report)

    def score(self, texts: Sequence[str], encoded: Sequence[Encoded]) -> Scored:
        """Scores of normalised texts."""
        return self.score_features(texts, self.frame.places(texts, encoded))

    def score_features(self, texts: Sequence[str], features: Floats) -> Scored:
        """As `score`, from the frame's features (texts, features)."""
        logits = self.members.logits(features, texts)
        mixed = self.plan.mix(logits)
        density = self.plan.density(logits)
        return Scored(mixed, softmax(mixed / self.plan.temperature), density, self.plan.inside(density))

    def hear(self, text: str, encoded: Encoded) -> tuple[dict[str, float], float]:
        """The evidence for each intent, and how likely the text is meant for the bot; see `ReadsIntents`."""
        scored = self.score([text], [encoded])
        return heard_of(self.intents, scored.probabilities[0]), float(scored.inside[0])

    def nearest(self, features: Floats, count: int = 3, intent: str | None = None) -> list[tuple[str, str, float]]:
        """The training rows nearest to one text's features (features,): text, intent and cosine, nearest first."""
        cosine = self.rows.features.astype(np.float32) @ (features / max(float(np.linalg.norm(features)), 1e-9))
        cosine = cosine / np.sqrt(1 + (self.frame.second > 0))
        if intent is not None:
            cosine = np.where(self.rows.labels == self.intents.index(intent), cosine, -2)
        best = np.argsort(-cosine, kind="stable")[:count]
        return [(self.rows.texts[i], self.intents[self.rows.labels[i]], float(cosine[i])) for i in best]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The training rows, for explanation: texts, class numbers (rows,), features (rows, features) in float16."""

    texts: tuple[str, ...]
    labels: Ints
    features: np.ndarray[Any, np.dtype[np.float16]]


def softmax(logits: Floats) -> Floats:
    """Over the last axis."""
    raised = np.exp(logits - logits.max(-1, keepdims=True))
    found: Floats = raised / raised.sum(-1, keepdims=True)
    return found
