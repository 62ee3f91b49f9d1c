"""Labelled messages: what heads are trained and measured on, read from files with every mistake named by its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botcore.errors import ConfigError, Problem


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `text[start:end]` are a `label`; `value` is what they mean, where the file tells."""

    start: int
    end: int
    label: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled message. `has_slots`: the file labels slots, so that no span means that there is none."""

    text: str
    intent: str
    spans: tuple[Span, ...] = ()
    has_slots: bool = False
    place: str = ""


def read_examples(path: Path) -> list[Example]:
    """The rows of a file.

    Raises:
        ConfigError: with every mistake in the file, each with its line and mend.
    """
    problems: list[Problem] = []
    found = [example for number, row in _lines(path) for example in _example(row, path, number, problems)]
    if problems:
        raise ConfigError(problems)
    return found


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1):
        if line.strip():
            yield number, json.loads(line)


def _example(row: Mapping[str, Any], path: Path, number: int, problems: list[Problem]) -> Iterator[Example]:
    place = f"{path}:{number}"
    tokens, tags = row.get("tokens"), row.get("tags")
    text = row.get("text")
    if text is None and tokens:
        text = " ".join(tokens)
    if not isinstance(text, str):
        problems.append(Problem(str(path), number, 1, "the row has no `text`.", 'Write {"text": ..., "intent": ...}.'))
        return
    spans: tuple[Span, ...] = ()
    if tokens and tags:
        spans = tuple(spans_of_tags(text, tokens, tags))
    elif isinstance(row.get("slots"), Mapping):
        spans = tuple(_spans_of_values(text, row["slots"]))
    has_slots = bool(tokens and tags) or "slots" in row
    yield Example(text, str(row.get("intent", "")), spans, has_slots, place)


def spans_of_tags(text: str, tokens: list[str], tags: list[str]) -> Iterator[Span]:
    """BIO tags over tokens as character spans; the tokens are looked up in the text one after the other."""
    begin, end, label, at = 0, 0, "", 0
    for token, tag in zip(tokens, tags, strict=True):
        found = text.find(token, at)
        if found < 0:
            continue
        kind = tag[2:]
        if tag[:1] == "I" and kind == label:
            end = found + len(token)
        else:
            if label:
                yield Span(begin, end, label)
            begin, end, label = found, found + len(token), kind
        at = found + len(token)
    if label:
        yield Span(begin, end, label)


def _spans_of_values(text: str, slots: Mapping[str, Any]) -> Iterator[Span]:
    for label, values in slots.items():
        for value in values if isinstance(values, list) else [values]:
            start = text.find(str(value))
            if start >= 0 and str(value):
                yield Span(start, start + len(str(value)), label)
