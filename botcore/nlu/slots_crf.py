"""A linear-chain CRF over BIO tags (Lafferty et al., 2001): the best row of tags, and how probable a slot is.

This half is numpy, for one message at a time; training is in `slots_net`. `scores` are (units, tags); `transitions`
(tags, tags) from row to column. A row of tags begins as after `outside`.
"""

from __future__ import annotations

import numpy as np

from botcore.nlu.slots_units import Floats, Ints

ILLEGAL = -1e4


def legal(labels: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """(tags, tags): whether the column may follow the row; `go on` follows only its own label's `begin` or `go on`."""
    allowed = np.ones((1 + 2 * labels, 1 + 2 * labels), dtype=np.bool_)
    allowed[:, 2::2] = False
    for label in range(labels):
        allowed[[1 + 2 * label, 2 + 2 * label], 2 + 2 * label] = True
    return allowed


def viterbi(scores: Floats, transitions: Floats) -> list[int]:
    """The best row of tags."""
    if not len(scores):
        return []
    best = scores[0] + transitions[0]
    back: list[Ints] = []
    for row in scores[1:]:
        paths = best[:, None] + transitions
        from_tag = paths.argmax(axis=0)
        back.append(from_tag)
        best = paths[from_tag, np.arange(len(row))] + row
    path = [int(best.argmax())]
    for from_tag in reversed(back):
        path.append(int(from_tag[path[-1]]))
    return path[::-1]


class Lattice:
    """All rows of tags of one text at once (forward-backward), to ask how probable a slot is.

    A temperature above 1 makes it less sure of itself.
    """

    def __init__(self, scores: Floats, transitions: Floats, temperature: float = 1.0) -> None:
        self.scores = scores.astype(np.float64) / temperature
        self.transitions = transitions.astype(np.float64) / temperature
        peak = self.transitions.max()
        weights = np.exp(self.transitions - peak)
        forward = np.empty_like(self.scores)
        forward[0] = self.scores[0] + self.transitions[0]
        for i in range(1, len(scores)):
            forward[i] = _log_sum(forward[i - 1], weights) + peak + self.scores[i]
        backward = np.zeros_like(self.scores)
        for i in range(len(scores) - 2, -1, -1):
            backward[i] = _log_sum(self.scores[i + 1] + backward[i + 1], weights.T) + peak
        self.forward, self.backward = forward, backward
        top = forward[-1].max()
        self.total = top + np.log(np.exp(forward[-1] - top).sum())

    def probability(self, first: int, after: int, label: int) -> float:
        """How probable it is that just the units first..after-1 are a slot of this label."""
        begin, go_on = 1 + 2 * label, 2 + 2 * label
        path = self.forward[first, begin]
        tag = begin
        for i in range(first + 1, after):
            path += self.transitions[tag, go_on] + self.scores[i, go_on]
            tag = go_on
        found = np.exp(path + self.backward[after - 1, tag] - self.total)
        if after < len(self.scores):  # less what goes on to the next unit
            longer = self.transitions[tag, go_on] + self.scores[after, go_on] + self.backward[after, go_on]
            found -= np.exp(path + longer - self.total)
        return float(min(1.0, max(0.0, found)))


def _log_sum(row: Floats, weights: Floats) -> Floats:
    """Log of (exp(row) @ weights), safely."""
    top = row.max()
    return np.log(np.maximum(np.exp(row - top) @ weights, 1e-300)) + top  # type: ignore[no-any-return]  # numpy's arithmetic is Any
