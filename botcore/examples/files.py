"""Files of labelled messages: JSON lines, CSV and YAML."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botcore.config.validate import did_you_mean
from botcore.config.yaml_source import Document, KeyPath, parse_yaml, shown
from botcore.errors import ConfigError
from botcore.examples.rows import MAX_TEXT, Rows
from botcore.examples.slots import SlotError, read_marks
from botcore.examples.values import Example

MAX_BYTES = 50_000_000
COLUMNS = ("text", "intent", "language")
DELIMITERS = ",;\t"


def read_examples(path: Path, *, intent: str | None = None) -> list[Example]:
    """The rows of a file: `.jsonl`, `.csv` or `.yaml`. Rows that name no intent have `intent`, if it is given.

    Raises:
        ConfigError: with every mistake in the file, each with its line and mend. Warnings alone raise nothing.
    """
    rows = read_rows(path, intent=intent)
    if rows.has_errors:
        raise ConfigError(rows.all_problems())
    return rows.examples


def read_rows(path: Path, *, intent: str | None = None) -> Rows:
    """The examples of a file with all that is wrong with it; nothing is raised."""
    rows = Rows(shown(path), intent)
    read = READERS.get(path.suffix.lower())
    if read is None:
        known = ", ".join(READERS)
        rows.wrong(1, f"the ending {path.suffix!r} is not known.", f"Use one of {known}.")
    else:
        content = _content(path, rows)
        if content is not None:
            read(content, rows)
    if not rows.problems and not rows.examples:
        rows.wrong(1, "the file has no examples.", "Write some, or take it off the list.")
    return rows


def _content(path: Path, rows: Rows) -> bytes | None:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            rows.wrong(1, f"the file has {size:,} bytes; {MAX_BYTES:,} are the most.", "Split it.")
            return None
        return path.read_bytes()
    except OSError as failure:
        is_missing = isinstance(failure, FileNotFoundError)
        reason = "does not exist" if is_missing else f"cannot be read: {failure.strerror or failure}"
        rows.wrong(1, f"the file {reason}.", "Check its path and permissions.")
        return None


def _decoded(content: bytes, rows: Rows) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        at = wrong.start + len(content) - len(wrong.object)  # the decoder does not count a byte order mark
        before = content[:at]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace").removeprefix("\ufeff")) + 1
        what = f"this is not UTF-8 (byte 0x{content[at]:02x})."
        rows.wrong(before.count(b"\n") + 1, what, "Save the file as UTF-8.", column)
        return None


def _read_json_lines(content: bytes, rows: Rows) -> None:
    text = _decoded(content, rows)
    if text is None:
        return
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: JSON may hold U+2028
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as wrong:
            rows.wrong(number, f"this is not JSON: {wrong.msg}.", "Write one object a line.", wrong.colno)
        except (RecursionError, ValueError) as wrong:
            is_deep = isinstance(wrong, RecursionError)
            what = "nested too deep." if is_deep else f"this is not JSON: {wrong}."
            rows.wrong(number, what, "Write one flat object a line.")
        else:
            rows.add(row, number)


def _read_csv(content: bytes, rows: Rows) -> None:
    text = _decoded(content, rows)
    if text is None:
        return
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    columns: list[str] = []
    try:
        for cells in reader:
            if not columns:
                columns = [cell.strip() for cell in cells]
                if not _are_columns(columns, rows):
                    return
            elif any(cell.strip() for cell in cells):
                _csv_row(cells, columns, line, rows)
            line = reader.line_num + 1
    except csv.Error as wrong:
        rows.wrong(line, f"this is not CSV: {wrong}.", "Check the quotes from here on.")


def _are_columns(columns: list[str], rows: Rows) -> bool:
    """Whether the first line names the columns; `text` and `intent` must be there."""
    for at, name in enumerate(columns, 1):
        if name not in COLUMNS:
            meant = did_you_mean(name, COLUMNS)
            rows.wrong(1, f"column {at} is named {name!r}.", meant or f"The columns are {', '.join(COLUMNS)}.")
        elif name in columns[: at - 1]:
            rows.wrong(1, f"the column {name!r} is there twice.", "Remove one.")
    for name in ("text", "intent") if rows.intent is None else ("text",):
        if name not in columns:
            rows.wrong(1, f"there is no column {name!r}.", "Name the columns in the first line: text,intent.")
    return not rows.problems


def _csv_row(cells: list[str], columns: list[str], line: int, rows: Rows) -> None:
    if len(cells) != len(columns):
        what = f"the row has {len(cells)} cells; the first line has {len(columns)}."
        rows.wrong(line, what, "Put texts with commas in double quotes.")
        return
    row: dict[str, Any] = dict(zip(columns, cells, strict=True))
    row |= {name: row[name].strip() for name in ("text", "intent") if name in row}
    rows.add({name: cell for name, cell in row.items() if cell or name == "text"}, line)


def _read_yaml(content: bytes, rows: Rows) -> None:
    document = parse_yaml(content, rows.file)
    if document.problems:
        for problem in document.problems:
            rows.wrong(problem.line, problem.what, problem.fix, problem.column)
        return
    value = document.value
    if isinstance(value, list):
        for at, row in enumerate(value):
            _yaml_row(row, document, (at,), rows)
    elif isinstance(value, dict):
        for intent, texts in value.items():
            _yaml_intent(intent, texts, document, rows)
    elif value is not None:
        rows.wrong(1, "the file is neither a list nor a mapping.", "Write `intent:` and its texts as a list below.")
    if any(example.has_slots for example in rows.examples):
        rows.examples[:] = [
            Example(one.text, one.intent, one.spans, has_slots=True, place=one.place) for one in rows.examples
        ]


def _yaml_row(row: Any, document: Document, path: KeyPath, rows: Rows) -> None:
    """A row of the list form; its text may carry marks unless its slots are told otherwise."""
    line, column = document.place(path)
    if not isinstance(row, Mapping):
        rows.wrong(line, "the row is no mapping.", "Write `- {text: ..., intent: ...}`.", column)
        return
    text, intent = row.get("text"), row.get("intent")
    if isinstance(text, str) and isinstance(intent, str) and not set(row) - set(COLUMNS):
        _marked(text, intent, document.place((*path, "text")), rows)
        return
    rows.add(row, line, column)


def _yaml_intent(intent: str, texts: Any, document: Document, rows: Rows) -> None:
    """The texts of one intent: a list, or a list per language."""
    line, column = document.place((intent,), of_key=True)
    if not intent.strip():
        rows.wrong(line, "an intent has no name.", "Name what the user wants.", column)
        return
    by_language = texts if isinstance(texts, dict) else {"": texts}
    for language, listed in by_language.items():
        path: KeyPath = (intent, language) if isinstance(texts, dict) else (intent,)
        place = document.place(path)
        if not isinstance(listed, list) or not listed:
            what = f"{'.'.join(map(str, path))!r} has no list of texts."
            rows.wrong(place[0], what, "Write each text on a line that begins with `- `.", place[1])
            continue
        for at, text in enumerate(listed):
            spot = document.place((*path, at))
            if not isinstance(text, str):
                what = "this text is empty." if text is None else "this text is a list or a mapping."
                rows.wrong(spot[0], what, "Put texts with `: ` or brackets in quotes.", spot[1])
            else:
                _marked(text, intent, spot, rows)


def _marked(marked: str, intent: str, place: tuple[int, int], rows: Rows) -> None:
    """A text that may carry marks such as `[Beijing](city)`."""
    line, column = place
    if len(marked) > 2 * MAX_TEXT:
        rows.add({"text": marked, "intent": intent}, line, column)
        return
    try:
        text, spans = read_marks(marked)
    except SlotError as wrong:
        rows.wrong(line, wrong.what, wrong.fix, column)
        return
    known = len(rows.examples)
    rows.add({"text": text, "intent": intent}, line, column)
    if spans and len(rows.examples) > known:
        rows.examples[-1] = Example(text, intent, spans, has_slots=True, place=f"{rows.file}:{line}")


READERS: Mapping[str, Callable[[bytes, Rows], None]] = {
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".csv": _read_csv,
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
}
