"""How an intent head is fitted: its members, and by cross-validation how they are mixed, regularised and calibrated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from botcore.nlu.regression import Floats, Ints, Linear, fit_bags, fit_dense
from botcore.nlu.words import Vocabulary

STRENGTHS = (3.0, 10.0, 30.0, 100.0)
WORD_STRENGTH = 100.0
NEARNESS_SCALE = 20.0
FOLDS = 5
FEW_FOLDS_FROM = 4000
"""From this number of rows on, two of the five folds are enough to decide by."""
QUANTILES = 1000
Named = dict[str, Floats]
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """The fitted members. `centres` (features, classes): each intent's mean, of length 1."""

    vectors: Linear
    centres: Floats
    words: Linear
    vocabulary: Vocabulary

    def logits(self, features: Floats, texts: Sequence[str]) -> Named:
        """Each member's logits, (texts, classes), by its name."""
        return {
            "vectors": self.vectors.dense(features),
            "nearness": NEARNESS_SCALE * (features @ self.centres),
            "words": self.words.bags(self.vocabulary.bags(texts)),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What cross-validation decided.

    Attributes:
        strength: the regularisation of the regression on vectors.
        weights: how loud each member is.
        temperature: by which mixed logits are divided to be calibrated.
        usual: mean and deviation of each density score over held-out rows inside.
        shares: how much each density score counts.
        ladder: (QUANTILES + 1,) quantiles of the held-out rows' density, lowest first.
    """

    strength: float
    weights: dict[str, float]
    temperature: float
    usual: dict[str, tuple[float, float]]
    shares: dict[str, float]
    ladder: Floats

    def mix(self, logits: Named) -> Floats:
        """The members' logits as one, (texts, classes)."""
        return mixed(logits, self.weights)

    def density(self, logits: Named) -> Floats:
        """(texts,): energy and nearness in units of the held-out rows' deviation."""
        found = np.zeros(len(next(iter(logits.values()))), np.float32)
        for name, value in densities(logits, self.weights).items():
            mean, deviation = self.usual[name]
            found += self.shares[name] * (value - mean) / deviation
        return found

    def inside(self, density: Floats) -> Floats:
        """(texts,): the share of held-out rows that are not denser."""
        places = np.searchsorted(self.ladder, density, side="right")
        found: Floats = (places / len(self.ladder)).astype(np.float32)
        return found


def fit_members(features: Floats, texts: Sequence[str], labels: Ints, classes: int, strength: float) -> Members:
    """Fit every member on all rows given."""
    centres = np.zeros((features.shape[1], classes), np.float32)
    np.add.at(centres.T, labels, features)
    centres /= np.maximum(np.linalg.norm(centres, axis=0, keepdims=True), 1e-9)
    vocabulary = Vocabulary.of(texts)
    words = fit_bags(vocabulary.bags(texts), len(vocabulary), labels, classes, WORD_STRENGTH)
    return Members(fit_dense(features, labels, classes, strength), centres, words, vocabulary)


def plan_of(
    features: Floats,
    texts: Sequence[str],
    labels: Ints,
    classes: int,
    outside: Floats,
    outside_texts: Sequence[str],
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[Plan, dict[str, Any]]:
    """Decide on held-out rows of the training data; the report holds their figures.

    Where intents are too small to hold rows out, each row is scored by a head that has seen it, with caution: no
    member but the regression on vectors speaks.
    """
    folds = list(stratified(labels, FOLDS, seed))
    if len(labels) >= FEW_FOLDS_FROM:
        folds = folds[:2]
    is_held_out = len(folds[0]) < len(labels)
    strength = best_strength(features, labels, classes, folds) if is_held_out else STRENGTHS[0]
    kept: list[Named] = []
    held: list[Ints] = []
    beyond: list[Named] = []
    for number, test in enumerate(folds):
        if progress is not None:
            progress("cross-validation", number / len(folds))
        train = np.setdiff1d(np.arange(len(labels)), test) if is_held_out else test
        members = fit_members(features[train], [texts[i] for i in train], labels[train], classes, strength)
        kept.append(members.logits(features[test], [texts[i] for i in test]))
        held.append(labels[test])
        if len(outside):
            beyond.append(members.logits(outside, outside_texts))
    logits = {name: np.concatenate([one[name] for one in kept]) for name in kept[0]}
    truth = np.concatenate(held)
    weights, temperature = fit_mix(logits, truth) if is_held_out else (only("vectors", logits), 1.0)
    scores = densities(logits, weights)
    usual = {name: (float(value.mean()), float(value.std()) or 1.0) for name, value in scores.items()}
    shares = dict.fromkeys(scores, 1.0)
    if len(outside) >= 20:
        far = {name: np.concatenate([one[name] for one in beyond]) for name in beyond[0]}
        shares = fit_shares(scores, densities(far, weights), usual)
    plan = Plan(strength, weights, temperature, usual, shares, np.zeros(0, np.float32))
    ladder = np.quantile(plan.density(logits), np.linspace(0, 1, QUANTILES + 1)).astype(np.float32)
    plan = Plan(strength, weights, temperature, usual, shares, ladder)
    right = plan.mix(logits).argmax(1) == truth
    report = {"held_out_accuracy": float(right.mean()), "held_out_rows": len(truth), "strength": strength}
    return plan, {**report, "weights": weights, "temperature": temperature, "density": shares}


def best_strength(features: Floats, labels: Ints, classes: int, folds: Sequence[Ints]) -> float:
    """The strength under which held-out rows are likeliest, each at its own best temperature."""
    logits: dict[float, list[Floats]] = {strength: [] for strength in STRENGTHS}
    chosen = folds[:2] if len(labels) >= FEW_FOLDS_FROM // 8 else folds
    for test in chosen:
        train = np.setdiff1d(np.arange(len(labels)), test)
        for strength in STRENGTHS:
            model = fit_dense(features[train], labels[train], classes, strength)
            logits[strength].append(model.dense(features[test]))
    truth = np.concatenate([labels[test] for test in chosen])
    losses = {}
    for strength, parts in logits.items():
        found = np.concatenate(parts)
        losses[strength] = loss_of(found / fit_temperature(found, truth), truth)
    return min(losses, key=losses.__getitem__)


def stratified(labels: Ints, folds: int, seed: int) -> Iterator[Ints]:
    """Disjoint held-out sets, each with its share of every class; a class with one row is never held out."""
    chance = np.random.default_rng(seed)
    fold_of = np.full(len(labels), -1)
    begin = 0
    for label in np.unique(labels):
        own = chance.permutation(np.flatnonzero(labels == label))
        if len(own) > 1:
            fold_of[own] = (begin + np.arange(len(own))) % folds
            begin += len(own)
    found = [np.flatnonzero(fold_of == fold) for fold in range(folds)]
    found = [test for test in found if len(test)]
    yield from found or [np.arange(len(labels))]


def mixed(logits: Named, weights: dict[str, float]) -> Floats:
    """The weighted sum of the members' logits."""
    total = np.zeros_like(next(iter(logits.values())))
    for name, value in logits.items():
        total += np.float32(weights[name]) * value
    return total


def densities(logits: Named, weights: dict[str, float]) -> Named:
    """What tells inside from outside, (rows,) each: the mix's energy, and the nearness to the nearest intent."""
    return {"energy": energy(mixed(logits, weights)), "nearness": logits["nearness"].max(1)}


def energy(logits: Floats) -> Floats:
    """Log sum exp over classes: large where some class claims the row loudly."""
    top = logits.max(1)
    found: Floats = top + np.log(np.exp(logits - top[:, None]).sum(1))
    return found


def only(name: str, logits: Named) -> dict[str, float]:
    """Weights under which one member speaks."""
    return {other: float(other == name) for other in logits}


def fit_mix(logits: Named, truth: Ints) -> tuple[dict[str, float], float]:
    """Weights of the members (the regression on vectors has 1) and the temperature, by held-out log likelihood.

    A member is only heard where it makes held-out rows more right, not merely surer.
    """
    best = only("vectors", logits)
    top = float((mixed(logits, best).argmax(1) == truth).mean())
    error = (top * (1 - top) / max(1, len(truth))) ** 0.5
    for nearness in (0.0, 0.25, 0.5, 1.0):
        for words in (0.0, 0.1, 0.2, 0.35, 0.5):
            tried = {"vectors": 1.0, "nearness": nearness, "words": words}
            right = float((mixed(logits, tried).argmax(1) == truth).mean())
            if right > top + 0.1 * error:
                best, top = tried, right
    return best, fit_temperature(mixed(logits, best), truth)


def fit_temperature(logits: Floats, truth: Ints) -> float:
    """The temperature with the highest likelihood of the truth (Guo 2017), by a search on a ladder.

    The truth counts as a row less than certain (Platt 1999): a few rows that are all right are no proof of certainty.
    """
    doubt = 1 / (len(truth) + 2)
    tried = np.geomspace(0.05, 5, 60)
    losses = []
    for temperature in tried:
        scaled = logits / temperature
        any_class = float((energy(scaled) - scaled.mean(1)).mean())
        losses.append((1 - doubt) * loss_of(scaled, truth) + doubt * any_class)
    return float(tried[int(np.argmin(losses))])


def loss_of(logits: Floats, truth: Ints) -> float:
    """The mean negative log likelihood of the truth."""
    return float((energy(logits) - logits[np.arange(len(truth)), truth]).mean())


def fit_shares(inside: Named, outside: Named, usual: dict[str, tuple[float, float]]) -> dict[str, float]:
    """How much each density score counts, where examples of what lies outside were given: a logistic regression."""
    names = list(inside)
    rows = [
        np.stack([(part[name] - usual[name][0]) / usual[name][1] for name in names], 1) for part in (inside, outside)
    ]
    labels = np.repeat([1, 0], [len(rows[0]), len(rows[1])])
    model = fit_dense(np.concatenate(rows).astype(np.float32), labels, 2, 1.0)
    slopes = np.maximum(model.weights[:, 1] - model.weights[:, 0], 0)
    total = float(slopes.sum()) or 1.0
    return {name: float(len(names) * slope / total) for name, slope in zip(names, slopes, strict=True)}
