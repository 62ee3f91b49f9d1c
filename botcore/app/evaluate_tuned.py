"""A fine-tuned encoder measured by the same figures as the heads."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from botcore.app.evaluate_nlu import TIMED, Outcome, Say, figures
from botcore.app.evaluation import model_folder
from botcore.errors import BadInput
from botcore.examples import Example, read_examples
from botcore.nlu.fitting import energy
from botcore.nlu.heads import OUTSIDE
from botcore.text import normalise
from botcore.training.finetune import finetune
from botcore.training.folder import FineTuned, load_finetuned
from botcore.training.settings import Settings


def evaluate_tuned(
    train: Path,
    test: Path,
    oos: Path | None = None,
    *,
    config: Path | None = None,
    encoder: str | None = None,
    settings: Settings | None = None,
    out: Path | None = None,
    say: Say = lambda _line: None,
) -> Outcome:
    """Fine-tune on one file (in `out`, resumable; else in a folder that is thrown away), and measure on another.

    Raises:
        ConfigError: a row of a file is not as it should be.
        BadInput: fewer than two intents.
    """
    rows = [row for row in read_examples(train) if row.intent not in OUTSIDE]
    tests = read_examples(test)
    beyond = [row for row in tests if row.intent in OUTSIDE] + (read_examples(oos, intent="oos") if oos else [])
    tests = [row for row in tests if row.intent and row.intent not in OUTSIDE]
    if len({row.intent for row in rows} - {""}) < 2:
        raise BadInput("one_intent", f"{train} has fewer than two intents.", fix="Give rows of at least two.")
    with tempfile.TemporaryDirectory() as scratch:
        target = out or Path(scratch) / "model"
        started = time.perf_counter()
        say("fine-tuning")
        base = model_folder(config, encoder)
        finetune(rows, target, base=base, validation=None, settings=settings or Settings(), progress=_told(say))
        train_s = time.perf_counter() - started
        model = load_finetuned(target)
        try:
            outcome = _read(model, tests, beyond)
            outcome.figures = figures(outcome) | {"ms_per_text": _ms(model, tests), "train_s": round(train_s, 2)}
        finally:
            model.close()
    return outcome


def _read(model: FineTuned, tests: list[Example], beyond: list[Example]) -> Outcome:
    """What lies outside is told by the energy of the scores; there is no threshold of its own."""
    found = model.predict([row.text for row in tests])
    probabilities = np.stack([shares for shares, _ in found]).astype(np.float32)
    nothing = np.zeros(0, np.float32)
    outcome = Outcome(tuple(model.intents), tests, probabilities, _density(model, tests), nothing)
    outcome.slots = [spans for _, spans in found]
    if beyond:
        outcome.outside_rows, outcome.outside_density = beyond, _density(model, beyond)
    return outcome


def _density(model: FineTuned, rows: list[Example]) -> Any:
    encoded = model.encode_many([normalise(row.text) for row in rows])
    return energy(np.stack([model.heads.scores(one) for one in encoded]).astype(np.float32))


def _ms(model: FineTuned, rows: list[Example]) -> float:
    chosen = rows[:: max(1, len(rows) // TIMED)][:TIMED]
    started = time.process_time()
    for row in chosen:
        model.predict([row.text])
    return round(1000 * (time.process_time() - started) / max(1, len(chosen)), 2)


def _told(say: Say) -> Any:
    shown = -1

    def tell(done: int, total: int) -> None:
        nonlocal shown
        tenth = done * 10 // total if total else 0
        if tenth > shown:
            shown = tenth
            say(f"step {done} of {total}")

    return tell
