"""Labelled messages as tensors for fine-tuning: tokens, the units that slots consist of, and the labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from botcore.examples import Example
from botcore.models.tokenizers import Tokenizer
from botcore.nlu.slots_units import bounds_of, shapes_of, tags_of, token_ranges
from botcore.text import align

IGNORED = -100
"""A label that counts in no loss and no metric (torch's `ignore_index`)."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The names behind the numbers."""

    intents: tuple[str, ...]
    slots: tuple[str, ...]

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Labels:
        """Those that the rows have."""
        intents = sorted({example.intent for example in examples if example.intent})
        slots = sorted({span.label for example in examples if example.has_slots for span in example.spans})
        return cls(tuple(intents), tuple(slots))


class RowMaker:
    """Makes a row of tensors of an example."""

    def __init__(self, tokenizer: Tokenizer, labels: Labels, *, prefix: str, max_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._prefix, self._limit = prefix, max_tokens
        self._intents = {name: i for i, name in enumerate(labels.intents)}
        self._slots = {name: i for i, name in enumerate(labels.slots)}

    def make(self, example: Example) -> dict[str, Any]:
        """The row; labels that training did not have are ignored.

        `own` names the tokens that are the text's own, as in `Encoded.tokens`; `first` and `after` the range of them
        that each unit touches.
        """
        aligned = align(example.text)
        text, skip = aligned.text or " ", len(self._prefix)
        tokens = self._tokenizer.encode(self._prefix + text, self._limit)
        pairs = enumerate(tokens.spans)
        own = [(i, span) for i, span in pairs if span and span[1] > skip and span[1] > span[0]]
        spans = [(max(0, start - skip), end - skip) for _, (start, end) in own]
        last = spans[-1][1] if spans else 0
        bounds = tuple(bound for bound in bounds_of(text) if bound[0] < last)
        ranges = token_ranges(bounds, spans)
        known = [span for span in example.spans if span.label in self._slots]
        tags = tags_of(known, tuple(aligned.span(*bound) for bound in bounds), self._slots)
        return {
            "input_ids": tokens.ids,
            "own": [i for i, _ in own] or [0],
            "first": [first for first, _ in ranges] or [0],
            "after": [after for _, after in ranges] or [0],
            "shapes": shapes_of(text, bounds, ranges, spans) if bounds else [0],
            "tags": tags if bounds and example.has_slots else [IGNORED] * max(1, len(bounds)),
            "intents": self._intents.get(example.intent, IGNORED),
        }


def collate(rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """Rows as one batch, padded at the end; `attention_mask` says what is no padding."""
    ids = _padded([row["input_ids"] for row in rows], 1)
    mask = _padded([[1] * len(row["input_ids"]) for row in rows], 0)
    batch = {name: _padded([row[name] for row in rows], 0) for name in ("own", "first", "after", "shapes")}
    tags = _padded([row["tags"] for row in rows], IGNORED)
    intents = torch.tensor([row["intents"] for row in rows])
    return {"input_ids": ids, "attention_mask": mask, **batch, "tags": tags, "intents": intents}


def _padded(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    found = np.full((len(rows), max(map(len, rows))), filler, dtype=np.int64)
    for i, row in enumerate(rows):
        found[i, : len(row)] = row
    return torch.from_numpy(found)
