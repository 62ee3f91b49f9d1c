"""CSV: a row per phrasing with the columns id, language, question, answer and, if wanted, tags.

Rows with the same id and language add phrasings; the answer stands in one of them or is the same in all. What a
spreadsheet would take for a formula is plain text here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from botcore import Problem, did_you_mean
from botcore_faq.cleaning import decode
from botcore_faq.entries import Place, RawEntry, Text

REQUIRED = ("id", "language", "question", "answer")
COLUMNS = (*REQUIRED, "tags")
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Row:
    """A record with the place of each of its cells."""

    cells: list[str]
    places: list[Place]


def read_csv(content: bytes, file: str, problems: list[Problem]) -> list[RawEntry]:
    """The entries of a CSV file; mistakes go into `problems`, and the rows around them are read all the same."""
    text = decode(content, file, problems, "Save it as 'CSV UTF-8'.")
    if text is None:
        return []
    if not text.strip():
        problems.append(Problem(file, 1, 1, "the file is empty.", f"Begin with the line {','.join(REQUIRED)}"))
        return []
    rows = _rows(text, file, problems)
    header = next(rows, None)
    columns = _columns(header, problems) if header is not None else None
    if columns is None:
        return []
    entries: dict[str, RawEntry] = {}
    for row in rows:
        if any(cell.strip() for cell in row.cells):
            _add(row, columns, entries, problems)
    return list(entries.values())


def _rows(text: str, file: str, problems: list[Problem]) -> Iterator[Row]:
    """The records. The csv module splits them; the places of cells are found in the lines that it consumed."""
    lines = [line + "\n" for line in text.split("\n")]
    delimiter = max(DELIMITERS, key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start = 0
    try:
        for cells in reader:
            raw = "".join(lines[start : reader.line_num])
            yield Row(cells, list(_places(raw, delimiter, file, start + 1)))
            start = reader.line_num
    except csv.Error as wrong:
        what = f"this row cannot be read: {wrong}."
        mend = 'Put quotes around cells with commas or line ends, and write " inside them as "".'
        problems.append(Problem(file, start + 1, 1, what, mend))


def _places(raw: str, delimiter: str, file: str, line: int) -> Iterator[Place]:
    """Where each cell of the record `raw` begins."""
    column, is_quoted, is_start, has_quotes = 1, False, True, False
    for char in raw:
        if is_start:
            yield Place(file, line, column)
            is_start, has_quotes = False, char == '"'
        if char == '"' and has_quotes:
            is_quoted = not is_quoted
        elif char == delimiter and not is_quoted:
            is_start = True
        column += 1
        if char == "\n":
            line, column = line + 1, 1


def _columns(header: Row, problems: list[Problem]) -> dict[str, int] | None:
    """Column name -> its number; None when one that is needed is missing."""
    columns: dict[str, int] = {}
    for i, (cell, place) in enumerate(zip(header.cells, header.places, strict=False)):
        name = cell.strip().casefold()
        if name in columns:
            problems.append(place.problem(f"the column {name!r} is here a second time.", "Remove one."))
        elif name in COLUMNS:
            columns[name] = i
        elif name:
            problems.append(place.problem(f"unknown column {name!r}.", did_you_mean(name, COLUMNS)))
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        what = f"the column {', '.join(map(repr, missing))} is missing."
        problems.append(header.places[0].problem(what, f"The first line is {','.join(COLUMNS)}"))
        return None
    return columns


def _add(row: Row, columns: dict[str, int], entries: dict[str, RawEntry], problems: list[Problem]) -> None:
    """Put one row into its entry."""
    width = max(columns.values()) + 1
    needed = max(columns[name] for name in REQUIRED) + 1
    if len(row.cells) < needed or any(cell.strip() for cell in row.cells[width:]):
        what = f"this row has {len(row.cells)} cells instead of {width}."
        problems.append(row.places[0].problem(what, "Put quotes around cells that hold commas."))
        return
    values = {name: row.cells[i].strip() for name, i in columns.items() if i < len(row.cells)}
    places = {name: row.places[i] for name, i in columns.items() if i < len(row.cells)}
    for name in ("id", "language"):
        if not values[name]:
            problems.append(places[name].problem(f"the {name} is empty.", "Fill it in."))
            return
    if not values["question"] and not values["answer"]:
        problems.append(places["question"].problem("question and answer are empty.", "Fill them in."))
        return
    entry = entries.setdefault(values["id"], RawEntry(values["id"], places["id"], is_part=True))
    if values["question"]:
        entry.questions.append(Text(values["language"], values["question"], places["question"]))
    if values["answer"]:
        _add_answer(entry, Text(values["language"], values["answer"], places["answer"]), problems)
    tags = values.get("tags", "").replace(";", " ").replace(",", " ").split()
    entry.tags += [tag for tag in tags if tag not in entry.tags]


def _add_answer(entry: RawEntry, answer: Text, problems: list[Problem]) -> None:
    first = next((known for known in entry.answers if known.language == answer.language), None)
    if first is None:
        entry.answers.append(answer)
    elif first.text != answer.text:
        what = f"{entry.id!r} has another answer in {answer.language!r} at {first.place}."
        problems.append(answer.place.problem(what, "Keep one of them."))
