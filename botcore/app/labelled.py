"""The section `nlu` checked against all else: labelled messages, entities, the fine-tuned model."""

from __future__ import annotations

import difflib
import glob
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from botcore.app.encoders import NO_ENCODER
from botcore.config import Config, Loaded
from botcore.dialogue.advance import Repertoire
from botcore.errors import ModelError, Problem
from botcore.examples import Example, read_rows
from botcore.models.loading import WEIGHTS
from botcore.nlu.entities import check_entities
from botcore.nlu.heads import OUTSIDE


def nlu_files(loaded: Loaded) -> list[Path]:
    """The files that the section names: examples, and values of entities."""
    if loaded.config is None:
        return []
    nlu = loaded.config.nlu
    named = [loaded.base / entity.file for entity in nlu.entities.values() if entity.file]
    return [file for pattern in nlu.examples for file in example_files(loaded, pattern)] + named


def read_labelled(loaded: Loaded, repertoire: Repertoire) -> tuple[list[Example], list[Problem]]:
    """The labelled messages, and every mistake in the section."""
    if loaded.config is None:
        return [], []
    nlu = loaded.config.nlu
    examples: list[Example] = []
    problems: list[Problem] = []
    for number, pattern in enumerate(nlu.examples):
        files = example_files(loaded, pattern)
        if not files:
            what = f"nlu.examples: no file is {pattern!r}."
            problems.append(loaded.document.problem(("nlu", "examples", number), what, "Check the path."))
        for file in files:
            rows = read_rows(file)
            problems += rows.all_problems()
            examples += [] if rows.has_errors else rows.examples
    problems += _unknown(examples, repertoire)
    for path, what, fix in check_entities(nlu.entities, loaded.base):
        problems.append(loaded.document.problem(("nlu", "entities", *path), what, fix))
    problems += _of_model(loaded, loaded.config)
    return examples, problems


def example_files(loaded: Loaded, pattern: str) -> list[Path]:
    """The files that an entry of `nlu.examples` names, in the order of their names; folders are passed over."""
    names = glob.glob(pattern, root_dir=loaded.base, recursive=True)  # noqa: PTH207  # Path.glob raises on a dot
    return sorted(file for name in names if (file := loaded.base / name).is_file())


def _of_model(loaded: Loaded, config: Config) -> Iterator[Problem]:
    """Whether the folder of the fine-tuned model holds one, and whether it is used."""
    model = config.nlu.model
    if model is None:
        return
    from botcore.training.folder import read_heads

    fix = "Make it with botcore train nlu --fine-tune, or take the line out."
    what = None if (loaded.base / model).is_dir() else f"there is no folder {model!r}."
    if what is None:
        try:
            read_heads(loaded.base / model)
        except ModelError:
            what = f"{model!r} holds no fine-tuned model."
        if not (loaded.base / model / WEIGHTS).is_file():
            what = f"{model!r} holds no fine-tuned model."
    if what is not None:
        yield loaded.document.problem(("nlu", "model"), f"nlu.model: {what}", fix)
    elif config.models.encoder == NO_ENCODER:
        what = "nlu.model: it is not used, since models.encoder is none."
        unused = loaded.document.problem(("nlu", "model"), what, "Name the folder under models.encoder too.")
        yield replace(unused, severity="warning")


def _unknown(examples: list[Example], repertoire: Repertoire) -> Iterator[Problem]:
    """A warning for each intent that nothing here carries out."""
    known = {*repertoire.skills, *repertoire.entries, *OUTSIDE, ""}
    seen: set[str] = set()
    for example in examples:
        if example.intent in known or example.intent in seen:
            continue
        seen.add(example.intent)
        near = difflib.get_close_matches(example.intent, known - {""}, n=1)
        fix = f"Did you mean {near[0]!r}?" if near else "Name a skill or FAQ entry; without one it is only recognised."
        file, _, line = example.place.rpartition(":")
        what = f"the intent {example.intent!r} belongs to no skill or FAQ entry."
        yield Problem(file, int(line or 1), 1, what, fix, severity="warning")
