"""What a reader makes of a file, before the entries of all files are checked against each other."""

from __future__ import annotations

from dataclasses import dataclass, field

from botcore import Problem


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: line and column count from 1."""

    file: str
    line: int
    column: int

    def problem(self, what: str, fix: str = "", *, severity: str = "error") -> Problem:
        """A mistake at this place."""
        return Problem(self.file, self.line, self.column, what, fix, severity)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Text:
    """A phrasing or an answer, with its language and its place."""

    language: str
    text: str
    place: Place


@dataclass(slots=True)
class RawEntry:
    """One entry as a file has it. `is_part`: the same id in another language may stand elsewhere (CSV, Markdown)."""

    id: str
    place: Place
    questions: list[Text] = field(default_factory=list)
    answers: list[Text] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    is_part: bool = False

    @property
    def languages(self) -> set[str]:
        """The languages that it says anything in."""
        return {text.language for text in (*self.questions, *self.answers)}
