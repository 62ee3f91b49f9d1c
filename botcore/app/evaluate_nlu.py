"""Understanding measured: intents, slots and what lies outside, on a test file or by cross-validation."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from botcore.app.encoded import encode, frame_of
from botcore.app.evaluation import auroc, load_models
from botcore.errors import BadInput
from botcore.examples import Example, Span, read_examples
from botcore.models.encoder import Encoded, TextEncoder
from botcore.nlu.fitting import stratified
from botcore.nlu.frame import Frame
from botcore.nlu.heads import OUTSIDE, IntentHead
from botcore.nlu.slots import SlotHead, slot_f1
from botcore.nlu.wordy import WordsOnly
from botcore.text import normalise

TIMED = 100
Floats = np.ndarray[Any, np.dtype[np.float32]]
Say = Callable[[str], None]


@dataclass(slots=True)
class Outcome:
    """All that a report is made of: the test rows, what was found in them, and the figures."""

    intents: tuple[str, ...]
    rows: list[Example]
    probabilities: Floats
    density: Floats
    inside: Floats
    outside_rows: list[Example] = field(default_factory=list)
    outside_density: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    outside_inside: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    slots: list[list[Span]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def found(self) -> list[str]:
        """The likeliest intent of each row."""
        return [self.intents[i] for i in self.probabilities.argmax(1)]


def evaluate_nlu(
    train: Path,
    test: Path | None,
    oos: Path | None = None,
    *,
    config: Path | None = None,
    encoder: str | None = None,
    folds: int = 5,
    say: Say = lambda _line: None,
) -> Outcome:
    """Train heads on one file and measure them on another; without `test`, by cross-validation over `folds`.

    Rows without an intent teach slots, and are not measured on.

    Raises:
        ConfigError: a row of a file is not as it should be.
        BadInput: fewer than two intents.
    """
    rows = read_examples(train)
    tests = read_examples(test) if test else []
    beyond = [replace(row, intent="oos") for row in read_examples(oos, intent="oos")] if oos else []
    beyond += [row for row in tests if row.intent in OUTSIDE]
    tests = [row for row in tests if row.intent and row.intent not in OUTSIDE]
    if len({row.intent for row in rows if row.intent} - OUTSIDE) < 2:
        raise BadInput("one_intent", f"{train} has fewer than two intents.", fix="Give rows of at least two.")
    model = load_models(config, encoder)
    has_slots = any(row.spans for row in rows)
    try:
        say(f"encoding {len(rows) + len(tests) + len(beyond)} texts")
        started = time.perf_counter()
        given = encode(rows, model, keep_tokens=has_slots)
        encoding_s = time.perf_counter() - started
        frame = frame_of(model)
        if test is None:
            return _cross_validate(rows, given, beyond, model, frame, folds, has_slots, say)
        say("training")
        started = time.perf_counter()
        found = Heads.train(rows, given, frame, has_slots)
        train_s = time.perf_counter() - started + encoding_s
        outcome = found.read(tests, encode(tests, model, keep_tokens=has_slots), beyond, encode(beyond, model))
        outcome.figures = figures(outcome) | {
            "ms_per_text": ms_per_text(found, model, tests),
            "train_s": round(train_s, 2),
            "held_out": found.intent.report,
        }
        return outcome
    finally:
        if model is not None:
            model.close()


def _cross_validate(
    rows: list[Example],
    given: list[Encoded],
    beyond: list[Example],
    model: TextEncoder | None,
    frame: Frame,
    folds: int,
    has_slots: bool,
    say: Say,
) -> Outcome:
    inside = [i for i, row in enumerate(rows) if row.intent and row.intent not in OUTSIDE]
    labels = np.unique([rows[i].intent for i in inside], return_inverse=True)[1].astype(np.int64)
    if np.bincount(labels).max() < 2:
        raise BadInput("one_row", "Every intent has one row only; none can be held out.", fix="Give --test.")
    far = encode(beyond, model)
    parts: list[Outcome] = []
    spent_s = 0.0
    for number, held in enumerate(stratified(labels, folds, seed=0), 1):
        say(f"fold {number} of {folds}")
        test = [inside[i] for i in held]
        kept = sorted(set(range(len(rows))) - set(test))
        started = time.perf_counter()
        heads = Heads.train([rows[i] for i in kept], [given[i] for i in kept], frame, has_slots)
        spent_s += time.perf_counter() - started
        parts.append(heads.read([rows[i] for i in test], [given[i] for i in test], beyond, far))
    intents = sorted({intent for part in parts for intent in part.intents})
    place = {intent: number for number, intent in enumerate(intents)}
    probabilities = np.zeros((sum(len(part.rows) for part in parts), len(intents)), np.float32)
    begin = 0
    for part in parts:
        columns = [place[intent] for intent in part.intents]
        probabilities[begin : begin + len(part.rows), columns] = part.probabilities
        begin += len(part.rows)
    outcome = Outcome(
        tuple(intents),
        [row for part in parts for row in part.rows],
        probabilities,
        np.concatenate([part.density for part in parts]),
        np.concatenate([part.inside for part in parts]),
        beyond,
        np.mean([part.outside_density for part in parts], 0) if beyond else np.zeros(0, np.float32),
        np.mean([part.outside_inside for part in parts], 0) if beyond else np.zeros(0, np.float32),
        [spans for part in parts for spans in part.slots],
    )
    outcome.figures = figures(outcome) | {
        "folds": len(parts),
        "ms_per_text": ms_per_text(heads, model, outcome.rows),
        "train_s": round(spent_s / len(parts), 2),
    }
    return outcome


def learning_curve(
    train: Path, test: Path, *, config: Path | None = None, encoder: str | None = None, say: Say = lambda _line: None
) -> list[tuple[int, float]]:
    """(training rows, accuracy on the test rows) for an eighth, a quarter, half and all of the training rows.

    Each part holds its share of every intent.
    """
    rows = [row for row in read_examples(train) if row.intent and row.intent not in OUTSIDE]
    tests = [row for row in read_examples(test) if row.intent and row.intent not in OUTSIDE]
    model = load_models(config, encoder)
    try:
        given, far, frame = encode(rows, model), encode(tests, model), frame_of(model)
        labels = np.unique([row.intent for row in rows], return_inverse=True)[1].astype(np.int64)
        eighths = list(stratified(labels, 8, seed=0))
        found: list[tuple[int, float]] = []
        for count in (1, 2, 4, 8):
            chosen = np.concatenate(eighths[:count])
            if len({rows[i].intent for i in chosen}) < 2:
                continue
            say(f"training on {len(chosen)} rows")
            heads = Heads.train([rows[i] for i in chosen], [given[i] for i in chosen], frame, has_slots=False)
            outcome = heads.read(tests, far, [], [])
            found.append((len(chosen), figures(outcome)["accuracy"]))
        return found
    finally:
        if model is not None:
            model.close()


class Heads:
    """The heads of one training, slots included where the rows have any."""

    def __init__(self, intent: IntentHead, slots: SlotHead | None) -> None:
        self.intent = intent
        self.slots = slots

    @classmethod
    def train(cls, rows: Sequence[Example], given: Sequence[Encoded], frame: Frame, has_slots: bool) -> Heads:
        """Train on rows and the encoder's output for them."""
        texts = [normalise(row.text) for row in rows]
        named = [i for i, row in enumerate(rows) if row.intent]
        intent = IntentHead.train(
            [texts[i] for i in named], [rows[i].intent for i in named], [given[i] for i in named], frame
        )
        return cls(intent, SlotHead.train(rows, given, texts=texts) if has_slots else None)

    def read(
        self, rows: list[Example], given: Sequence[Encoded], beyond: list[Example], far: Sequence[Encoded]
    ) -> Outcome:
        """What the heads find in test rows, and in rows that lie beyond."""
        scored = self.intent.score([normalise(row.text) for row in rows], given)
        outcome = Outcome(self.intent.intents, rows, scored.probabilities, scored.density, scored.inside)
        if beyond:
            outside = self.intent.score([normalise(row.text) for row in beyond], far)
            outcome.outside_rows = beyond
            outcome.outside_density, outcome.outside_inside = outside.density, outside.inside
        if self.slots is not None:
            outcome.slots = [self.spans(row.text, one) for row, one in zip(rows, given, strict=True)]
        return outcome

    def spans(self, text: str, encoded: Encoded) -> list[Span]:
        """The slots of one message."""
        if self.slots is None:
            return []
        return [Span(e.start, e.end, e.kind, e.value) for e in self.slots.find(text, encoded)]


def figures(outcome: Outcome) -> dict[str, Any]:
    """The figures of a result, shares of 0 to 1: accuracy, macro_f1, ece, slot_f1, oos_auroc, oos_recall_at_95."""
    truth = np.array([row.intent for row in outcome.rows])
    found = np.array(outcome.found)
    right = truth == found
    result: dict[str, Any] = {
        "intents": len(outcome.intents),
        "texts": len(outcome.rows),
        "accuracy": round(float(right.mean()), 4) if len(right) else 0.0,
        "macro_f1": round(float(np.mean([one["f1"] for one in per_intent(outcome).values()] or [0])), 4),
        "ece": round(calibration_error(outcome.probabilities.max(1), right), 4) if len(right) else 0.0,
    }
    if any(row.has_slots for row in outcome.rows) and outcome.slots:
        wanted = [list(row.spans) for row in outcome.rows if row.has_slots]
        have = [spans for row, spans in zip(outcome.rows, outcome.slots, strict=True) if row.has_slots]
        result["slot_f1"] = round(slot_f1(wanted, have)["f1"], 4)
    if len(outcome.outside_density) and len(outcome.density):
        bound = float(np.quantile(outcome.density, 0.05))
        result |= {
            "oos_auroc": auroc(outcome.density.tolist(), outcome.outside_density.tolist()),
            "oos_recall_at_95": round(float((outcome.outside_density < bound).mean()), 4),
        }
    if len(outcome.outside_inside) and len(outcome.inside):
        result |= {
            "oos_recall_by_default": round(float((outcome.outside_inside < DEFAULT_INSIDE).mean()), 4),
            "kept_by_default": round(float((outcome.inside >= DEFAULT_INSIDE).mean()), 4),
        }
    return result


DEFAULT_INSIDE = 0.05


def per_intent(outcome: Outcome) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and number of rows of each intent that occurs in the truth or in what was found."""
    truth = [row.intent for row in outcome.rows]
    found = outcome.found
    report: dict[str, dict[str, float]] = {}
    for intent in sorted({*truth, *found}):
        hits = sum(a == b == intent for a, b in zip(truth, found, strict=True))
        seen, meant = found.count(intent), truth.count(intent)
        report[intent] = {
            "precision": hits / seen if seen else 0.0,
            "recall": hits / meant if meant else 0.0,
            "f1": 2 * hits / (seen + meant) if seen + meant else 0.0,
            "rows": meant,
        }
    return report


def calibration_error(confidence: Floats, right: np.ndarray[Any, np.dtype[np.bool_]], bins: int = 10) -> float:
    """Expected calibration error: how far confidence is from being right, averaged over ten bins (Naeini 2015)."""
    total = 0.0
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    for place in np.unique(places):
        chosen = places == place
        total += abs(float(confidence[chosen].mean()) - float(right[chosen].mean())) * float(chosen.mean())
    return total


def ms_per_text(heads: Heads, model: TextEncoder | None, rows: Sequence[Example]) -> float:
    """Milliseconds of processor time a message, encoder pass and heads together, one message at a time."""
    chosen = rows[:: max(1, len(rows) // TIMED)][:TIMED]
    if not chosen:
        return 0.0
    started = time.process_time()
    for row in chosen:
        text = normalise(row.text)
        one = model.encode_many([text])[0] if model is not None else WordsOnly.encoded(text)
        heads.intent.score([text], [one])
        heads.spans(row.text, one)
    return round(1000 * (time.process_time() - started) / len(chosen), 2)
