"""Multinomial logistic regression (softmax regression) by L-BFGS, over dense rows or over bags of words.

Kept here and not taken from scikit-learn: torch is there anyway, while scikit-learn and scipy would add 60 MB to the
memory of every bot that trains at its start. `benchmarks/nlu` holds both against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

Floats = np.ndarray[Any, np.dtype[np.float32]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bag = tuple[Ints, Floats]
"""A text as numbers of words and their weights, both (words,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A fitted model: `weights` (features, classes), `bias` (classes,)."""

    weights: Floats
    bias: Floats

    def dense(self, rows: Floats) -> Floats:
        """(rows, features) -> logits (rows, classes)."""
        found: Floats = rows @ self.weights + self.bias
        return found

    def bags(self, bags: Sequence[Bag]) -> Floats:
        """Bags -> logits (bags, classes)."""
        found = np.repeat(self.bias[None], len(bags), axis=0)
        for row, (words, shares) in enumerate(bags):
            if len(words):
                found[row] += shares @ self.weights[words]
        return found


def fit_dense(rows: Floats, labels: Ints, classes: int, strength: float, most_steps: int = 100) -> Linear:
    """Fit on (rows, features) and (rows,); a larger `strength` (C of the literature) is less regularised."""
    import torch

    given = torch.from_numpy(np.ascontiguousarray(rows))
    return _fit(lambda weights: given @ weights, rows.shape[1], labels, classes, strength, most_steps)


def fit_bags(
    bags: Sequence[Bag], vocabulary: int, labels: Ints, classes: int, strength: float, most_steps: int = 40
) -> Linear:
    """Fit on bags of `vocabulary` different words, without a bias: a text of unknown words says nothing."""
    if not vocabulary:
        return Linear(np.zeros((0, classes), np.float32), np.zeros(classes, np.float32))
    import torch

    words = torch.from_numpy(np.concatenate([words for words, _ in bags] or [np.zeros(0, np.int64)]))
    shares = torch.from_numpy(np.concatenate([shares for _, shares in bags] or [np.zeros(0, np.float32)]))
    begins = torch.from_numpy(np.cumsum([0, *[len(words) for words, _ in bags[:-1]]]).astype(np.int64))

    def logits(weights: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.embedding_bag(words, weights, begins, mode="sum", per_sample_weights=shares)

    return _fit(logits, vocabulary, labels, classes, strength, most_steps, has_bias=False)


def _fit(
    logits: Any, features: int, labels: Ints, classes: int, strength: float, most_steps: int, has_bias: bool = True
) -> Linear:
    import torch

    targets = torch.from_numpy(labels)
    weights = torch.zeros(features, classes, requires_grad=True)
    bias = torch.zeros(classes, requires_grad=has_bias)
    penalty = 0.5 / (strength * max(1, len(labels)))
    optimiser = torch.optim.LBFGS(
        [weights, bias] if has_bias else [weights],
        max_iter=most_steps,
        tolerance_grad=1e-6,
        tolerance_change=1e-8,
        line_search_fn="strong_wolfe",
    )

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        found = torch.nn.functional.cross_entropy(logits(weights) + bias, targets) + penalty * (weights**2).sum()
        found.backward()  # type: ignore[no-untyped-call]  # torch's stubs
        return found

    optimiser.step(loss)  # type: ignore[no-untyped-call]  # torch's stubs
    return Linear(weights.detach().numpy(), bias.detach().numpy())
