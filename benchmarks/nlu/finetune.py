"""What fine-tuning brings: `python -m benchmarks.nlu.finetune --data FOLDER --rows 2000 --epochs 1`.

FOLDER holds `train.jsonl` and `test.jsonl`, and may hold `valid.jsonl` or `val.jsonl`, by which the best checkpoint is
chosen. Writes finetune.json beside this file: accuracy of intents, F1 of slots, seconds by the clock and of the
processor, peak memory. In the same run, as the baseline: logistic regression on the vectors of the same encoder as it
was.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.faq.shop import load_encoder_for
from benchmarks.machine import write_result
from botcore.examples import Example, read_examples
from botcore.models.store import ModelStore
from botcore.nlu.slots import slot_f1
from botcore.text import normalise
from botcore.training.finetune import Settings, finetune, load_finetuned

HERE = Path(__file__).parent


def some(rows: Sequence[Example], count: int, seed: int) -> list[Example]:
    if not count or count >= len(rows):
        return list(rows)
    return [rows[i] for i in np.random.default_rng(seed).permutation(len(rows))[:count]]


def linear(name: str, train: Sequence[Example], test: Sequence[Example]) -> dict[str, float]:
    from sklearn.linear_model import LogisticRegression

    encoder = load_encoder_for(name)
    parts = [
        np.stack([one.vector for one in encoder.encode_many([normalise(row.text) for row in rows])])
        for rows in (train, test)
    ]
    encoder.close()
    spread = parts[0].std(axis=0)
    model = LogisticRegression(C=10.0, max_iter=300).fit(parts[0] / spread, [row.intent for row in train])
    right = model.predict(parts[1] / spread) == np.array([row.intent for row in test])
    return {"intent_accuracy": round(100 * float(right.mean()), 2)}


def tuned(folder: Path, test: Sequence[Example], settings: Settings) -> dict[str, float]:
    model = load_finetuned(folder, device=settings.device, threads=settings.threads)
    predicted = model.predict([row.text for row in test])
    model.close()
    found: dict[str, float] = {}
    if model.intents:
        right = [model.intents[odds.argmax()] == row.intent for (odds, _), row in zip(predicted, test, strict=True)]
        found["intent_accuracy"] = round(100 * float(np.mean(right)), 2)
    if model.slots:
        score = slot_f1([row.spans for row in test], [spans for _, spans in predicted])
        found["slot_f1"] = round(100 * score["f1"], 2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--base", default="multilingual-e5-small")
    parser.add_argument("--rows", type=int, default=0, help="0: all")
    parser.add_argument("--epochs", type=int, default=Settings().epochs)
    parser.add_argument("--learning-rate", type=float, default=Settings().learning_rate)
    parser.add_argument("--layers", type=int)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path, default=HERE / "finetune.json")
    options = parser.parse_args()
    settings = Settings(
        epochs=options.epochs,
        learning_rate=options.learning_rate,
        layers=options.layers,
        device=options.device,
        threads=options.threads,
    )
    torch.set_num_threads(options.threads)
    train = some(read_examples(options.data / "train.jsonl"), options.rows, settings.seed)
    test = read_examples(options.data / "test.jsonl")
    named = [options.data / name for name in ("valid.jsonl", "val.jsonl")]
    validation = next((read_examples(file) for file in named if file.is_file()), None)
    base = ModelStore().ensure(options.base).folder
    cpu = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        report = finetune(train, Path(folder) / "model", base=base, validation=validation, settings=settings)
        spent = time.process_time() - cpu
        scored = tuned(Path(folder) / "model", test, settings)
    result: dict[str, Any] = {
        "data": options.data.name,
        "base": options.base,
        "rows": len(train),
        "settings": asdict(settings),
        "device": report.device,
        "steps": report.steps,
        "seconds": report.seconds,
        "cpu_s": round(spent, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "validation": dict(report.metrics),
        "test": scored,
        "linear_test": linear(options.base, train, test),
    }
    write_result(options.output, result)


if __name__ == "__main__":
    main()
