"""One row of a file as an example, or as the mistakes that it has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botcore.config.validate import did_you_mean
from botcore.errors import Problem
from botcore.examples.slots import SlotError, spans_of_tags, spans_of_values
from botcore.examples.values import Example, Span

SURROGATE = re.compile("[\ud800-\udfff]")
KEYS = ("text", "intent", "language", "slots", "tokens", "tags")
MOST_PROBLEMS = 500
MAX_TEXT = 10_000


@dataclass(slots=True)
class Rows:
    """What a file gives: examples, and mistakes; of these at most 500 are kept. Warnings leave the example standing."""

    file: str
    intent: str | None = None
    """Of rows that name none; without it they are mistakes."""
    examples: list[Example] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0
    has_errors: bool = False
    _misspelt: set[str] = field(default_factory=set)

    def wrong(self, line: int, what: str, fix: str = "", column: int = 1, severity: str = "error") -> None:
        """Note a mistake."""
        self.has_errors = self.has_errors or severity == "error"
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(self.file, line, column, what, fix, severity))
        else:
            self.left_out += 1

    def all_problems(self) -> list[Problem]:
        """The mistakes, with a last one that counts those left out."""
        if not self.left_out:
            return self.problems
        what = f"{self.left_out} more mistakes are not listed."
        severity = "error" if self.has_errors else "warning"
        last = Problem(self.file, self.problems[-1].line, 1, what, severity=severity)
        return [*self.problems, last]

    def add(self, row: Any, line: int, column: int = 1) -> None:
        """Read one row, a mapping with `text` and `intent`."""
        if not isinstance(row, Mapping):
            self.wrong(line, "the row is no object.", 'Write {"text": ..., "intent": ...}.', column)
            return
        self._spelling(row, line, column)
        text = self._text(row, line, column)
        intent = self._intent(row, line, column)
        language = row.get("language")
        if language is not None and not isinstance(language, str):
            self.wrong(line, "`language` is no text.", "Write a code such as en or zh.", column)
        if text is None or intent is None:
            return
        try:
            spans = self._spans(text, row, line, column)
        except SlotError as wrong:
            self.wrong(line, wrong.what, wrong.fix, column)
            return
        has_slots = "slots" in row or bool(row.get("tags"))
        self.examples.append(Example(text, intent, spans, has_slots, f"{self.file}:{line}"))

    def _spelling(self, row: Mapping[str, Any], line: int, column: int) -> None:
        """Keys of one's own are left alone; those that look like a slip of the finger are told, once a file."""
        for key in row:
            if key in KEYS or key in self._misspelt:
                continue
            meant = did_you_mean(str(key), [known for known in KEYS if known not in row])
            if meant.startswith("Did you mean"):
                self._misspelt.add(key)
                self.wrong(line, f"no key is named {key!r}.", meant, column)

    def _text(self, row: Mapping[str, Any], line: int, column: int) -> str | None:
        text = row.get("text")
        tokens = row.get("tokens")
        if text is None and _are_words(tokens):
            text = " ".join(tokens or ())
        if text is None:
            what = "the row has no `text`."
            self.wrong(line, what, 'Write {"text": ..., "intent": ...}.', column)
        elif not isinstance(text, str):
            self.wrong(line, f"`text` is {_kind(text)}.", "Write it in quotes.", column)
        elif not text.strip():
            self.wrong(line, "`text` is empty.", "Write what a user would say, or remove the row.", column)
        elif len(text) > MAX_TEXT:
            self.wrong(line, f"`text` has {len(text):,} characters; {MAX_TEXT:,} are the most.", "Shorten it.", column)
        elif not text.isascii() and SURROGATE.search(text):
            self.wrong(line, "`text` holds half a character (a lone surrogate).", "Remove it.", column)
        else:
            return text
        return None

    def _intent(self, row: Mapping[str, Any], line: int, column: int) -> str | None:
        intent = row.get("intent")
        if intent is None and (row.get("tags") or row.get("slots")):
            return ""  # it teaches slots alone
        if intent is None and self.intent is not None:
            return self.intent
        if intent is None:
            self.wrong(line, "the row has no `intent`.", "Name what the user wants.", column)
        elif not isinstance(intent, str):
            self.wrong(line, f"`intent` is {_kind(intent)}.", "Write it in quotes.", column)
        elif not intent.strip():
            self.wrong(line, "`intent` is empty.", "Name what the user wants.", column)
        else:
            return intent
        return None

    def _spans(self, text: str, row: Mapping[str, Any], line: int, column: int) -> tuple[Span, ...]:
        tokens, tags, slots = row.get("tokens"), row.get("tags"), row.get("slots")
        odd: list[str] = []
        spans: tuple[Span, ...] = ()
        if tags:
            if not _are_words(tokens) or not _are_words(tags):
                raise SlotError("`tokens` and `tags` are no lists of words.", "Write two lists of the same length.")
            spans = tuple(spans_of_tags(text, tokens or (), tags, odd))
        elif slots is not None:
            if not isinstance(slots, Mapping):
                raise SlotError(f"`slots` is {_kind(slots)}.", 'Write {"label": "words of the text"}.')
            spans = tuple(spans_of_values(text, slots, odd))
        for what in odd:
            self.wrong(line, what, "Write it as the text has it.", column, "warning")
        return spans


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _kind(value: Any) -> str:
    """What a value is, in words."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "a yes or no"
    if isinstance(value, int | float):
        return "a number"
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "a text"
