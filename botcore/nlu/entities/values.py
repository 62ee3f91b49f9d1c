"""The admin's own entities: values from the config or a file, and every mistake in them with its mend."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from botcore.config.yaml_source import Document, parse_yaml, shown
from botcore.errors import ConfigError, Problem
from botcore.nlu.entities.patterns import mistake
from botcore.nlu.entities.pieces import KINDS
from botcore.text import normalise

Values = dict[str, list[str]]
MAX_VALUES = 200_000
SUFFIXES = (".csv", ".yaml", ".yml", ".jsonl")
Problems = list[tuple[tuple[str, ...], str, str]]


class EntityLike(Protocol):
    """What one entity of the config says; `botcore.config.nlu.EntityConfig` is such."""

    @property
    def values(self) -> Mapping[str, Sequence[str]] | Sequence[str] | None:
        """The values, each with the other words for it."""

    @property
    def file(self) -> str | None:
        """A file of values."""

    @property
    def pattern(self) -> str | None:
        """An RE2 pattern."""

    @property
    def fuzzy(self) -> bool:
        """Whether typos are forgiven."""


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    value: Any
    others: Any


def check_entities(entities: Mapping[str, EntityLike], base: Path) -> Problems:
    """Every mistake: where in the section `nlu.entities` it is (names of keys), what is wrong, and its mend."""
    found: Problems = []
    for name, entity in entities.items():
        if name in KINDS:
            found.append(((name,), f"{name} is a built-in kind.", "Choose another name."))
        if not name.strip():
            found.append(((name,), "an entity has no name.", "Name it."))
        if entity.values is None and entity.file is None and entity.pattern is None:
            found.append(((name,), "it says nothing of what it looks like.", "Give `values`, a `file` or a `pattern`."))
        if entity.values is not None:
            found.extend(((name, "values", *path), what, fix) for path, what, fix in _check_values(entity.values))
        if entity.pattern is not None and (wrong := mistake(entity.pattern)):
            found.append(((name, "pattern"), *wrong))
        if entity.file is not None:
            try:
                read_values(base / entity.file)
            except ConfigError as error:
                found.extend(
                    ((name, "file"), f"{problem.file}:{problem.line}: {problem.what}", problem.fix)
                    for problem in error.problems
                )
    return found


def values_of(entity: EntityLike, base: Path) -> Values:
    """The values of an entity, those of the config first.

    Raises:
        ConfigError: a file cannot be read, with every mistake in it.
    """
    given = entity.values or {}
    values = (
        {str(v): list(others) for v, others in given.items()}
        if isinstance(given, Mapping)
        else {str(v): [] for v in given}
    )
    if entity.file is not None:
        for value, others in read_values(base / entity.file).items():
            values.setdefault(value, []).extend(others)
    return values


def _check_values(values: Mapping[str, Sequence[str]] | Sequence[str]) -> Problems:
    if not values:
        return [((), "the list is empty.", "Write at least one value.")]
    rows = values.items() if isinstance(values, Mapping) else [(value, ()) for value in values]
    found: Problems = []
    of: dict[str, str] = {}
    for value, others in rows:
        for word in (value, *others):
            key = normalise(str(word)).lower()
            if not key:
                found.append(((str(value),), f"{word!r} says nothing that could be found.", "Write a word."))
            elif of.setdefault(key, str(value)) != str(value):
                what = f"{word!r} stands for {of[key]!r} and for {value!r}."
                found.append(((str(value),), what, "Leave it in one of them."))
    return found


def read_values(path: Path) -> Values:
    """The values of a file: CSV with the columns `value` and `synonyms` (several with |), YAML, or JSON lines.

    Raises:
        ConfigError: with every mistake, each with its line and mend.
    """
    problems: list[Problem] = []
    file = shown(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(
            [Problem(file, 1, 1, "it is no kind of file that is read.", "Save it as .csv, .yaml or .jsonl")]
        )
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as wrong:
        what = f"the file cannot be read: {wrong.strerror or wrong}."
        raise ConfigError([Problem(file, 1, 1, what, "Give a file that is there.")]) from wrong
    except UnicodeDecodeError as wrong:
        line = content[: wrong.start].count(b"\n") + 1
        raise ConfigError([Problem(file, line, 1, "this is not UTF-8.", "Save the file as UTF-8.")]) from wrong
    suffix = path.suffix.lower()
    read = _csv if suffix == ".csv" else _jsonl if suffix == ".jsonl" else _yaml
    values = _gathered(read(text, file, problems), file, problems)
    if not values and not problems:
        problems.append(Problem(file, 1, 1, "there are no values in it.", "Write one value a row."))
    if problems:
        raise ConfigError(problems)
    return values


def parse_csv(text: str, file: str) -> Values:
    """The values of a CSV file's text.

    Raises:
        ConfigError: with every mistake.
    """
    problems: list[Problem] = []
    values = _gathered(_csv(text, file, problems), file, problems)
    if problems:
        raise ConfigError(problems)
    return values


def _gathered(rows: list[_Row], file: str, problems: list[Problem]) -> Values:
    values: Values = {}
    of: dict[str, str] = {}
    for row in rows:
        others = row.others if isinstance(row.others, list) else []
        if row.others is not None and not isinstance(row.others, list):
            problems.append(Problem(file, row.line, 1, "`synonyms` is no list.", 'Write ["one", "two"].'))
        if not isinstance(row.value, str | int | float) or not normalise(str(row.value)):
            problems.append(Problem(file, row.line, 1, "the value is empty.", "Write the value."))
            continue
        value = str(row.value).strip()
        kept = values.setdefault(value, [])
        for word in (value, *(str(other).strip() for other in others)):
            key = normalise(word).lower()
            if key and of.setdefault(key, value) != value:
                what = f"{word!r} stands for {of[key]!r} already."
                problems.append(Problem(file, row.line, 1, what, "Leave it in one row."))
            elif key and word != value and word not in kept:
                kept.append(word)
    if len(values) > MAX_VALUES:
        problems.append(Problem(file, 1, 1, f"it has more than {MAX_VALUES:,} values.", "Split the list."))
    return values


def _csv(text: str, file: str, problems: list[Problem]) -> list[_Row]:
    delimiter = max((",", ";", "\t"), key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    rows: list[_Row] = []
    try:
        header = [cell.strip().casefold() for cell in next(reader, [])]
        if "value" not in header:
            problems.append(Problem(file, 1, 1, "the column `value` is missing.", "The first line is value,synonyms"))
            return rows
        unknown = [name for name in header if name not in ("value", "synonyms") and name]
        if unknown:
            problems.append(
                Problem(file, 1, 1, f"unknown column {unknown[0]!r}.", "The columns are value and synonyms.")
            )
        at = header.index("value")
        more = header.index("synonyms") if "synonyms" in header else None
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            others = cells[more] if more is not None and more < len(cells) else ""
            if len(cells) > len(header):
                problems.append(
                    Problem(
                        file,
                        reader.line_num,
                        1,
                        f"this row has {len(cells)} cells instead of {len(header)}.",
                        "Separate synonyms with |",
                    )
                )
            value = cells[at].strip() if at < len(cells) else ""
            rows.append(_Row(reader.line_num, value, [each.strip() for each in others.split("|") if each.strip()]))
    except csv.Error as wrong:
        problems.append(
            Problem(file, reader.line_num, 1, f"this row cannot be read: {wrong}.", 'Write " within quotes as "".')
        )
    return rows


def _jsonl(text: str, file: str, problems: list[Problem]) -> list[_Row]:
    rows: list[_Row] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as wrong:
            at = getattr(wrong, "colno", 1)
            problems.append(
                Problem(file, number, at, "this is no JSON.", 'Write {"value": "red", "synonyms": ["crimson"]}')
            )
            continue
        if isinstance(row, str):
            rows.append(_Row(number, row, None))
        elif isinstance(row, dict) and "value" in row:
            rows.append(_Row(number, row["value"], row.get("synonyms")))
        else:
            problems.append(
                Problem(file, number, 1, "the row has no `value`.", 'Write {"value": "red", "synonyms": ["crimson"]}')
            )
    return rows


def _yaml(text: str, file: str, problems: list[Problem]) -> list[_Row]:
    """A mapping of values to lists of other words, a list of values, or rows as in JSON lines."""
    document = parse_yaml(text.encode(), file)
    problems.extend(document.problems)
    value = document.value
    if isinstance(value, dict):
        return [_Row(_line(document, (key,)), key, others) for key, others in value.items()]
    if isinstance(value, list):
        return [_yaml_row(document, at, row) for at, row in enumerate(value)]
    if not problems:
        problems.append(Problem(file, 1, 1, "this is no list of values.", "Write `value: [other, words]`, one a line."))
    return []


def _yaml_row(document: Document, at: int, row: Any) -> _Row:
    if isinstance(row, dict):
        return _Row(_line(document, (at,)), row.get("value"), row.get("synonyms"))
    return _Row(_line(document, (at,)), row, None)


def _line(document: Document, path: tuple[str | int, ...]) -> int:
    return document.place(path)[0]
