"""YAML with positions and without traps.

Plain scalars stay text: the schema decides what is a number or a yes, so `0777`, `1:30` and `no` are safe as ids, times
and words. Anchors, aliases, tags, duplicate keys, more than 1 MB, more than 50,000 nodes and depth over 20 are refused
while the event stream is read, before anything is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from botcore.errors import Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_NODES = 50_000
NULLS = ("", "~", "null", "Null", "NULL")

KeyPath = tuple[str | int, ...]
Place = tuple[int, int]


@dataclass(slots=True)
class Document:
    """A YAML file read: plain values (dict, list, str, None), and where each value and key stands."""

    file: str
    value: Any = field(default=None, repr=False)  # may hold secrets
    places: dict[KeyPath, Place] = field(default_factory=dict, repr=False)
    key_places: dict[KeyPath, Place] = field(default_factory=dict, repr=False)
    problems: list[Problem] = field(default_factory=list, repr=False)

    def place(self, path: KeyPath, *, of_key: bool = False) -> Place:
        """Line and column (from 1) of the value at `path`, or of the nearest thing above it that exists."""
        if of_key and path in self.key_places:
            return self.key_places[path]
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))

    def has_error(self, path: KeyPath) -> bool:
        """Whether something is known to be wrong with the value at `path`."""
        place = self.place(path)
        return any((each.line, each.column) == place and each.severity == "error" for each in self.problems)

    def problem(
        self, path: KeyPath, what: str, fix: str = "", *, of_key: bool = False, severity: str = "error"
    ) -> Problem:
        """A mistake at `path`."""
        line, column = self.place(path, of_key=of_key)
        return Problem(self.file, line, column, what, fix, severity)


class _RefusedError(Exception):
    """Reading stops here: what is wrong and where."""

    def __init__(self, event: Event, what: str, fix: str) -> None:
        self.place = (event.start_mark.line + 1, event.start_mark.column + 1)
        self.what = what
        self.fix = fix


def read_yaml(path: Path, *, shown_as: str | None = None) -> Document:
    """Read a file; whatever is wrong with it is in `problems`, never raised."""
    file = shown_as or shown(path)
    try:
        content = path.read_bytes()
    except OSError as failure:
        is_missing = isinstance(failure, FileNotFoundError)
        reason = "does not exist" if is_missing else f"cannot be read: {failure.strerror or failure}"
        return Document(file, problems=[Problem(file, 1, 1, f"the file {reason}.", "Check its path and permissions.")])
    return parse_yaml(content, file)


def shown(path: Path) -> str:
    """The path as a person would type it from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def parse_yaml(content: bytes, file: str) -> Document:
    """Parse the bytes of a YAML file; `file` is the name shown in problems."""
    document = Document(file)
    if len(content) > MAX_BYTES:
        what = f"the file has {len(content):,} bytes; {MAX_BYTES:,} is the most."
        document.problems.append(Problem(file, 1, 1, what, "Split it."))
        return document
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        at = wrong.start + len(content) - len(wrong.object)  # the decoder does not count a byte order mark
        what = f"this is not UTF-8 (byte 0x{content[at]:02x})."
        place = _place_of(content[:at].decode("utf-8-sig"))
        document.problems.append(Problem(file, *place, what, "Save the file as UTF-8."))
        return document
    try:
        _Builder(document).build(YAML(typ="safe", pure=True).parse(text))
    except _RefusedError as refused:
        document.problems.append(Problem(file, *refused.place, refused.what, refused.fix))
    except MarkedYAMLError as wrong:
        document.problems.append(_syntax_problem(file, wrong))
    except YAMLError as wrong:
        place = _place_of(text[: getattr(wrong, "position", 0) or 0])
        document.problems.append(Problem(file, *place, f"this is not YAML: {getattr(wrong, 'reason', wrong)}."))
    except RecursionError:
        document.problems.append(Problem(file, 1, 1, f"nested deeper than {MAX_DEPTH}.", "Flatten it."))
    return document


def _place_of(before: str) -> Place:
    """Line and column of what follows `before`."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _syntax_problem(file: str, wrong: MarkedYAMLError) -> Problem:
    mark = wrong.problem_mark or wrong.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    found = str(wrong.problem or wrong.context)
    if "\\t" in found or "tab" in found:
        return Problem(file, line, column, "a tab stands where blanks belong.", "Indent with blanks.")
    return Problem(file, line, column, f"this is not YAML: {found}.", "Check indentation, quotes and colons nearby.")


class _Builder:
    """Builds plain values from the event stream, remembering places."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes = 0

    def build(self, events: Iterator[Event]) -> None:
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _RefusedError(event, "a second document starts here.", "Keep one document in a file.")
            elif not isinstance(event, DocumentEndEvent) and hasattr(event, "anchor"):
                self.document.value = self._node(event, events, (), 1)

    def _node(self, event: Event, events: Iterator[Event], path: KeyPath, depth: int) -> Any:
        self._check(event, depth)
        self.document.places[path] = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, ScalarEvent):
            is_plain = event.implicit[0] and event.style in (None, "")
            return None if is_plain and event.value in NULLS else event.value
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, path, depth)
        return self._mapping(events, path, depth)

    def _check(self, event: Event, depth: int) -> None:
        self.nodes += 1
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise _RefusedError(event, "anchors and aliases (& and *) are not read.", "Write the value out.")
        tag = getattr(event, "tag", None)
        if tag and str(tag) != "!":
            raise _RefusedError(event, f"the tag {tag} is not read.", "Remove it: plain values are all there is.")
        if depth > MAX_DEPTH:
            raise _RefusedError(event, f"nested deeper than {MAX_DEPTH}.", "Flatten it.")
        if self.nodes > MAX_NODES:
            raise _RefusedError(event, f"more than {MAX_NODES:,} values.", "Split the file.")

    def _sequence(self, events: Iterator[Event], path: KeyPath, depth: int) -> list[Any]:
        values: list[Any] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            values.append(self._node(event, events, (*path, len(values)), depth + 1))
        return values

    def _mapping(self, events: Iterator[Event], path: KeyPath, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            if not isinstance(event, ScalarEvent):
                raise _RefusedError(event, "a key is not a plain word.", "Write `key: value`.")
            self._check(event, depth)
            key, key_place = event.value, (event.start_mark.line + 1, event.start_mark.column + 1)
            child = (*path, key)
            if key in values:
                first = self.document.key_places[child][0]
                what = f"the key {key!r} is here a second time (first in line {first})."
                self.document.problems.append(Problem(self.document.file, *key_place, what, "Keep one of them."))
            self.document.key_places.setdefault(child, key_place)
            values[key] = self._node(next(events), events, child, depth + 1)
        return values
