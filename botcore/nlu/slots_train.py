"""Training of the slot head: seeded, with a tenth of the rows held out to choose the epoch and to calibrate."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from botcore.nlu.slots_net import Batch, Size, SlotNet, best_paths, log_partition, path_score
from botcore.nlu.slots_units import Ints, Units, runs_of

Progress = Callable[[int, int], None]
HELD_OUT = 0.1
FEW_ROWS = 2000
MAX_UNITS_TRAINED = 128
WORD_DROPOUT = 0.1
TEMPERATURE_OF_FEW = 1.2
TEMPERATURES = np.linspace(0.6, 3.0, 25)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how boldly to train, by the number of rows; chosen on the validation rows of SNIPS."""

    epochs: int
    batch: int
    rate: float
    dropout: float
    recurrent: int

    @classmethod
    def for_rows(cls, count: int) -> Plan:
        """Few rows are read more often, in smaller batches."""
        if count < FEW_ROWS:
            return cls(20, 16, 2e-3, 0.5, 192)
        return cls(8 if count >= 8000 else 12, 32, 2e-3, 0.4, 192)


def fit(
    rows: Sequence[Units], tags: Sequence[Ints], labels: int, *, seed: int, progress: Progress | None = None
) -> tuple[SlotNet, float]:
    """The trained network in evaluation mode, and the temperature that makes its probabilities honest.

    A tenth of few rows would tell nothing, and is missed: they are all trained on, for a fixed time.
    """
    order = np.random.default_rng(seed).permutation(len(rows))
    held = int(len(rows) * HELD_OUT) if len(rows) >= FEW_ROWS else 0
    course = _Course(rows, tags, labels, Plan.for_rows(len(rows)), seed)
    net = course.run(order[held:], order[:held], progress or (lambda done, total: None))
    return net, course.temperature(net, order[:held]) if held else TEMPERATURE_OF_FEW


@contextmanager
def threads_of(count: int | None) -> Iterator[None]:
    """So many threads of torch; None leaves them as they are."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Course:
    """One set of rows, on parts of which networks are trained."""

    def __init__(self, rows: Sequence[Units], tags: Sequence[Ints], labels: int, plan: Plan, seed: int) -> None:
        self.rows, self.tags, self.plan, self.seed = rows, tags, plan, seed
        self.size = Size(
            rows[0].states.shape[1], labels, recurrent=plan.recurrent, projected=plan.recurrent, dropout=plan.dropout
        )

    def run(self, chosen: Ints, held: Ints, progress: Progress) -> SlotNet:
        """A network trained on the chosen rows: as it was after its best epoch on `held`, else after the last one."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return self._run(chosen, held, progress)

    def _run(self, chosen: Ints, held: Ints, progress: Progress) -> SlotNet:
        rng = np.random.default_rng(self.seed)
        epochs = self.plan.epochs
        net = SlotNet(self.size)
        net.forget_unseen([self.rows[i] for i in chosen])
        steps = epochs * sum(1 for _ in self._batches(chosen, self.plan.batch, None))
        optimiser = torch.optim.AdamW(net.parameters(), lr=self.plan.rate, weight_decay=0.01, fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, self.plan.rate, total_steps=steps, pct_start=0.1)
        best: tuple[float, dict[str, torch.Tensor]] | None = None
        for epoch in range(1, epochs + 1):
            net.train()
            for batch in self._batches(chosen, self.plan.batch, rng):
                self._step(net, batch, optimiser)
                schedule.step()
            progress(epoch, epochs)
            if len(held):
                score = self.f1(net.eval(), held)
                if best is None or score >= best[0]:
                    best = (score, copy.deepcopy(net.state_dict()))
        if best is not None:
            net.load_state_dict(best[1])
        return net.eval()

    def _step(self, net: SlotNet, chosen: Ints, optimiser: torch.optim.Optimizer) -> None:
        batch = Batch.of([self.rows[i] for i in chosen])
        is_known = torch.rand(batch.words.shape) >= WORD_DROPOUT
        batch = Batch(batch.states, batch.words * is_known, batch.pieces, batch.shapes, batch.vectors)
        tags = torch.from_numpy(np.stack([self.tags[i] for i in chosen]))
        loss = net.loss(net(batch), tags).sum() / max(len(chosen), self.plan.batch // 2)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch is untyped here
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()

    def _batches(self, chosen: Ints, size: int, rng: np.random.Generator | None) -> Iterator[Ints]:
        """Rows of the same number of units together, in a new order each time."""
        groups: dict[int, list[int]] = defaultdict(list)
        for i in rng.permutation(chosen) if rng else chosen:
            if 0 < len(self.rows[i].bounds) <= MAX_UNITS_TRAINED:
                groups[len(self.rows[i].bounds)].append(int(i))
        batches = [np.array(group[at : at + size]) for group in groups.values() for at in range(0, len(group), size)]
        for i in rng.permutation(len(batches)) if rng else range(len(batches)):
            yield batches[i]

    def f1(self, net: SlotNet, chosen: Ints) -> float:
        """Slot F1 on rows that were held out; a row without any slot found or meant counts nothing."""
        right = found = meant = 0
        with torch.inference_mode():
            for batch in self._batches(chosen, 256, None):
                paths = best_paths(net(Batch.of([self.rows[i] for i in batch])), net.moves())
                for i, path in zip(batch, paths, strict=True):
                    seen, wanted = set(runs_of(path.tolist())), set(runs_of(self.tags[i].tolist()))
                    right, found, meant = right + len(seen & wanted), found + len(seen), meant + len(wanted)
        return 2 * right / max(1, found + meant)

    def temperature(self, net: SlotNet, chosen: Ints) -> float:
        """What to divide all scores by, so that the held-out rows' tags become most probable (Guo et al., 2017)."""
        losses = np.zeros(len(TEMPERATURES))
        with torch.inference_mode():
            moves = net.moves()
            for batch in self._batches(chosen, 256, None):
                scores = net(Batch.of([self.rows[i] for i in batch]))
                tags = torch.from_numpy(np.stack([self.tags[i] for i in batch]))
                for at, heat in enumerate(TEMPERATURES):
                    partition = log_partition(scores / heat, moves / heat)
                    losses[at] += float((partition - path_score(scores, moves, tags) / heat).sum())
        return float(TEMPERATURES[losses.argmin()])
