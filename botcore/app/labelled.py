"""The section `nlu` checked against all else: labelled messages, entities, the fine-tuned model."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from botcore.config import Loaded
from botcore.dialogue.advance import Repertoire
from botcore.errors import ConfigError, Problem
from botcore.examples import Example, read_examples
from botcore.nlu.entities import check_entities
from botcore.nlu.heads import OUTSIDE


def nlu_files(loaded: Loaded) -> list[Path]:
    """The files that the section names: examples, and values of entities."""
    if loaded.config is None:
        return []
    nlu = loaded.config.nlu
    named = [loaded.base / entity.file for entity in nlu.entities.values() if entity.file]
    return [file for pattern in nlu.examples for file in _files(loaded, pattern)] + named


def read_labelled(loaded: Loaded, repertoire: Repertoire) -> tuple[list[Example], list[Problem]]:
    """The labelled messages, and every mistake in the section."""
    if loaded.config is None:
        return [], []
    nlu = loaded.config.nlu
    examples: list[Example] = []
    problems: list[Problem] = []
    for number, pattern in enumerate(nlu.examples):
        files = _files(loaded, pattern)
        if not files:
            what = f"nlu.examples: no file is {pattern!r}."
            problems.append(loaded.document.problem(("nlu", "examples", number), what, "Check the path."))
        for file in files:
            try:
                examples += read_examples(file)
            except ConfigError as wrong:
                problems += wrong.problems
    problems += _unknown(examples, repertoire)
    for path, what, fix in check_entities(nlu.entities, loaded.base):
        problems.append(loaded.document.problem(("nlu", "entities", *path), what, fix))
    if nlu.model is not None and not (loaded.base / nlu.model).is_dir():
        what = f"nlu.model: there is no folder {nlu.model!r}."
        fix = "Make it with botcore train nlu --fine-tune, or take the line out."
        problems.append(loaded.document.problem(("nlu", "model"), what, fix))
    return examples, problems


def _files(loaded: Loaded, pattern: str) -> list[Path]:
    try:
        return sorted(loaded.base.glob(pattern)) if not Path(pattern).is_absolute() else [Path(pattern)]
    except (ValueError, NotImplementedError):
        return []


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
