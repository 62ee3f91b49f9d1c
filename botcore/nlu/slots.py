"""Learned slots: which characters of a message name what, read from the encoder's token states of its one pass.

Every text trains the same small network (`slots_net`) on the frozen encoder; a CRF decides, and says how sure it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botcore.errors import ModelError
from botcore.examples import Example, Span
from botcore.nlu.slots_crf import Lattice, viterbi
from botcore.nlu.slots_units import read_units, runs_of, tags_of
from botcore.text import align
from botcore.understanding import Entity

if TYPE_CHECKING:
    from botcore.models.encoder import Encoded
    from botcore.nlu.slots_net import SlotNet

FORMAT = "botcore-slots-1"


class SlotHead:
    """Finds the slots that it was trained on. `labels` are their kinds; without any it finds nothing."""

    def __init__(self, labels: Sequence[str], net: SlotNet | None, temperature: float = 1.0) -> None:
        self.labels = tuple(labels)
        self.temperature = temperature
        self._net = net
        if net is not None:
            self._moves = net.moves().detach().numpy()

    @classmethod
    def train(
        cls,
        examples: Sequence[Example],
        encoded: Sequence[Encoded],
        *,
        texts: Sequence[str],
        seed: int = 0,
        progress: Callable[[int, int], None] | None = None,
        threads: int | None = None,
    ) -> SlotHead:
        """A head for the slots of the examples that label them.

        Args:
            examples: the rows; those without `has_slots` say nothing about slots and are left out.
            encoded: the encoder's output for each of `texts`.
            texts: the examples' texts, normalised.
            seed: the same rows and seed give the same head.
            progress: called with (epochs done, epochs in all).
            threads: of torch, for as long as it trains; None leaves them as they are.
        """
        labels = sorted({span.label for example in examples if example.has_slots for span in example.spans})
        numbers = {label: i for i, label in enumerate(labels)}
        rows, tags = [], []
        for example, text, output in zip(examples, texts, encoded, strict=True):
            units = read_units(text, output) if labels and example.has_slots else None
            if units is not None and units.bounds:
                back = align(example.text)
                rows.append(units)
                tags.append(tags_of(example.spans, tuple(back.span(*bound) for bound in units.bounds), numbers))
        if not rows:
            return cls((), None)
        from botcore.nlu.slots_train import fit, threads_of

        with threads_of(threads):
            net, temperature = fit(rows, tags, len(labels), seed=seed, progress=progress)
        return cls(labels, net, temperature)

    def find(self, text: str, encoded: Encoded) -> list[Entity]:
        """The slots of a message, in its order; offsets are those of `text` as it was written.

        `encoded` is the encoder's output for just `normalise(text)`. A value is the slot's text, normalised.
        """
        aligned = align(text)
        found = []
        for span, score in self.read(aligned.text, encoded):
            start, end = aligned.span(span.start, span.end)
            found.append(Entity(span.label, text[start:end], start, end, span.value, score, "learned"))
        return found

    def read(self, text: str, encoded: Encoded) -> list[tuple[Span, float]]:
        """The slots of a normalised text, and how probable each is."""
        if self._net is None:
            return []
        units = read_units(text, encoded)
        if not units.bounds:
            return []
        import torch

        from botcore.nlu.slots_net import Batch

        with torch.inference_mode():
            scores = self._net(Batch.of([units]))[0].numpy()
        runs = runs_of(viterbi(scores, self._moves))
        if not runs:
            return []
        lattice = Lattice(scores, self._moves, self.temperature)
        found = []
        for first, after, label in runs:
            start, end = units.bounds[first][0], units.bounds[after - 1][1]
            span = Span(start, end, self.labels[label], text[start:end])
            found.append((span, lattice.probability(first, after, label)))
        return found

    def save(self, path: Path) -> None:
        """Write it: safetensors in float16, all else as JSON in its header."""
        import torch
        from safetensors.torch import save_file

        about: dict[str, Any] = {"format": FORMAT, "labels": self.labels, "temperature": self.temperature}
        tensors = {"empty": torch.zeros(1)}
        if self._net is not None:
            about["size"] = asdict(self._net.size)
            tensors = {name: value.half().contiguous() for name, value in self._net.state_dict().items()}
        save_file(tensors, path, metadata={"slots": json.dumps(about, ensure_ascii=False)})

    @classmethod
    def load(cls, path: Path) -> SlotHead:
        """The head that `save` wrote.

        Raises:
            ModelError: there is none in `path`, or one of another version.
        """
        from safetensors import SafetensorError, safe_open

        from botcore.nlu.slots_net import Size, SlotNet

        try:
            with safe_open(path, framework="pt") as file:
                about = json.loads((file.metadata() or {}).get("slots", "{}"))
                if about.get("format") != FORMAT:
                    raise ValueError("it is no slot head of this version")
                if "size" not in about:
                    return cls((), None)
                net = SlotNet(Size(**about["size"]))
                net.load_state_dict({name: file.get_tensor(name).float() for name in file.keys()})  # noqa: SIM118  # no mapping
            return cls(about["labels"], net.eval().requires_grad_(False), float(about["temperature"]))
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as broken:
            raise ModelError(f"{path} cannot be read: {broken}", fix="botcore train nlu") from broken


def slot_f1(gold: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]]) -> dict[str, Any]:
    """Micro F1, precision and recall of whole slots (exact borders and label, as CoNLL counts), and of each label."""
    right, seen, meant = Counter[str](), Counter[str](), Counter[str]()
    for wanted, have in zip(gold, found, strict=True):
        a, b = ({(span.start, span.end, span.label) for span in spans} for spans in (wanted, have))
        meant.update(label for _, _, label in a)
        seen.update(label for _, _, label in b)
        right.update(label for _, _, label in a & b)
    labels = {
        label: {**_ratios(right[label], seen[label], meant[label]), "count": meant[label]}
        for label in sorted({*meant, *seen})
    }
    return {**_ratios(right.total(), seen.total(), meant.total()), "labels": labels}


def _ratios(right: int, seen: int, meant: int) -> dict[str, float]:
    return {
        "f1": 2 * right / (seen + meant) if seen + meant else 1.0,
        "precision": right / seen if seen else 1.0,
        "recall": right / meant if meant else 1.0,
    }
