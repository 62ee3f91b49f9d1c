"""How well slots are found: `python -m benchmarks.nlu.slots --data FOLDER`, writes slots.json beside this file.

FOLDER holds `train.jsonl`, `valid.jsonl` and `test.jsonl` with `tokens` and BIO `tags` (SNIPS is meant). In one run:

* the slot head and, as the baseline, a linear softmax on the bare states of the same encoder with the same BIO rules:
  F1 of whole slots on both files, trained on all rows and on 200;
* seconds of encoding and training, by the clock and of the processor (which a busy machine changes less), on as many
  threads as are named; milliseconds a message beside the encoder's pass;
* how far the head's scores are from the truth (expected calibration error over ten bins).

The size of the network and the length of its training were chosen on valid.jsonl; test.jsonl is only reported.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.faq.shop import load_encoder_for
from benchmarks.machine import write_result
from botcore.examples import Example, Span, read_examples
from botcore.models.encoder import Encoded, Encoder
from botcore.nlu.slots import SlotHead, slot_f1
from botcore.nlu.slots_crf import ILLEGAL, legal, viterbi
from botcore.nlu.slots_units import read_units, runs_of, tags_of
from botcore.text import align, normalise
from botcore.understanding import Entity

HERE = Path(__file__).parent
FEW = 200


@dataclass(frozen=True, slots=True)
class Rows:
    """Labelled messages, normalised and encoded."""

    examples: Sequence[Example]
    texts: Sequence[str]
    encoded: Sequence[Encoded]

    def some(self, count: int, seed: int) -> Rows:
        chosen = np.random.default_rng(seed).permutation(len(self.examples))[:count]
        return Rows(*([each[i] for i in chosen] for each in (self.examples, self.texts, self.encoded)))


def encode(encoder: Encoder, examples: Sequence[Example]) -> Rows:
    texts = [normalise(example.text) for example in examples]
    return Rows(examples, texts, encoder.encode_many(texts))


def head_on(head: SlotHead, rows: Rows) -> dict[str, float]:
    started = time.process_time()
    found = [head.find(example.text, one) for example, one in zip(rows.examples, rows.encoded, strict=True)]
    spent = time.process_time() - started
    score = slot_f1([example.spans for example in rows.examples], [spans_of(entities) for entities in found])
    return {
        **{name: round(100 * score[name], 2) for name in ("f1", "precision", "recall")},
        "calibration_error": round(calibration_error(rows.examples, found), 4),
        "cpu_ms_per_message": round(1000 * spent / len(rows.examples), 2),
    }


def spans_of(entities: Sequence[Entity]) -> list[Span]:
    return [Span(entity.start, entity.end, entity.kind) for entity in entities]


def calibration_error(examples: Sequence[Example], found: Sequence[Sequence[Entity]]) -> float:
    """Mean distance of score and share of right slots, over ten bins of the score (Naeini et al., 2015)."""
    meant = [{(span.start, span.end, span.label) for span in example.spans} for example in examples]
    pairs = [
        (entity.score, (entity.start, entity.end, entity.kind) in slots)
        for slots, entities in zip(meant, found, strict=True)
        for entity in entities
    ]
    scores, right = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    bins = np.minimum((scores * 10).astype(int), 9)
    return sum(abs(scores[bins == i].mean() - right[bins == i].mean()) * (bins == i).mean() for i in set(bins.tolist()))


class LinearTagger:
    """The baseline: softmax regression on each unit's bare state, and the best row of tags that BIO allows."""

    def __init__(self, rows: Rows) -> None:
        from sklearn.linear_model import LogisticRegression

        self.labels = sorted({span.label for example in rows.examples for span in example.spans})
        numbers = {label: i for i, label in enumerate(self.labels)}
        states, tags = [], []
        for example, text, one in zip(rows.examples, rows.texts, rows.encoded, strict=True):
            units = read_units(text, one)
            back = align(example.text)
            states.append(units.states.astype(np.float32))
            tags.append(tags_of(example.spans, tuple(back.span(*bound) for bound in units.bounds), numbers))
        together = np.concatenate(states)
        self.mean, self.spread = together.mean(axis=0), together.std(axis=0) + 1e-6
        with warnings.catch_warnings():  # more iterations than 60 change the figures by less than .2
            warnings.simplefilter("ignore")
            self.model = LogisticRegression(C=1.0, max_iter=60).fit(self._scaled(together), np.concatenate(tags))
        self.moves = np.where(legal(len(self.labels)), 0.0, ILLEGAL).astype(np.float32)

    def _scaled(self, states: np.ndarray) -> np.ndarray:
        return (states - self.mean) / self.spread

    def on(self, rows: Rows) -> dict[str, float]:
        found = []
        for example, text, one in zip(rows.examples, rows.texts, rows.encoded, strict=True):
            units, back = read_units(text, one), align(example.text)
            scores = np.full((len(units.bounds), 1 + 2 * len(self.labels)), ILLEGAL, dtype=np.float32)
            scores[:, self.model.classes_] = self.model.predict_log_proba(self._scaled(units.states.astype(np.float32)))
            spans = []
            for first, after, label in runs_of(viterbi(scores, self.moves)):
                start, end = back.span(units.bounds[first][0], units.bounds[after - 1][1])
                spans.append(Span(start, end, self.labels[label]))
            found.append(spans)
        score = slot_f1([example.spans for example in rows.examples], found)
        return {name: round(100 * score[name], 2) for name in ("f1", "precision", "recall")}


def measured(train: Rows, files: dict[str, Rows], seed: int, threads: int) -> dict[str, Any]:
    started, cpu = time.perf_counter(), time.process_time()
    head = SlotHead.train(train.examples, train.encoded, texts=train.texts, seed=seed, threads=threads)
    return {
        "rows": len(train.examples),
        "train_s": round(time.perf_counter() - started, 1),
        "train_cpu_s": round(time.process_time() - cpu, 1),
        **{name: head_on(head, rows) for name, rows in files.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder with train, valid and test.jsonl")
    parser.add_argument("--encoder", default="multilingual-e5-small")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-baseline", action="store_true")
    parser.add_argument("--output", type=Path, default=HERE / "slots.json")
    options = parser.parse_args()
    encoder = load_encoder_for(options.encoder)
    torch.set_num_threads(options.threads)
    files = {name: encode(encoder, read_examples(options.data / f"{name}.jsonl")) for name in ("valid", "test")}
    started, cpu = time.perf_counter(), time.process_time()
    train = encode(encoder, read_examples(options.data / "train.jsonl"))
    encode_s, encode_cpu_s = round(time.perf_counter() - started, 1), round(time.process_time() - cpu, 1)
    few = train.some(FEW, options.seed)
    result: dict[str, Any] = {
        "data": options.data.name,
        "encoder": options.encoder,
        "threads": options.threads,
        "encode_s": encode_s,
        "encode_cpu_s": encode_cpu_s,
        "head": measured(train, files, options.seed, options.threads),
        "head_few": measured(few, files, options.seed, options.threads),
    }
    if not options.no_baseline:
        for name, rows in (("linear", train), ("linear_few", few)):
            tagger = LinearTagger(rows)
            result[name] = {file: tagger.on(scored) for file, scored in files.items()}
    encoder.close()
    write_result(options.output, result)


if __name__ == "__main__":
    main()
