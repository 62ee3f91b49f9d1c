"""What can go wrong, sorted by what the host should do about it.

BotcoreError
├── ConfigError     edit a file: carries every problem found, each with its place and mend
├── PluginError     edit, install or switch off a plugin
├── ModelError      a model cannot be fetched, verified or loaded
├── NotReady        try again later: the journal cannot write, a model is loading
├── AuthFailed      tell a person: a token or signature is wrong
├── Overloaded      shed load; carries the seconds after which to come back
└── BadInput        what came from outside breaks a rule; safe to show to the sender
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class BotcoreError(Exception):
    """An error with its mend: `what` happened, and the command or edit that `fix`es it."""

    def __init__(self, what: str, *, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what} {self.fix}".strip()


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file: where (line and column count from 1), what was found, and the mend."""

    file: str
    line: int
    column: int
    what: str
    fix: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.what} {self.fix}".rstrip()


class ConfigError(BotcoreError):
    """Every mistake found in the configuration, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


class PluginError(BotcoreError):
    """A plugin cannot be used as it is."""


class ModelError(BotcoreError):
    """A model cannot be fetched, verified or loaded."""


class NotReady(BotcoreError):
    """Try again later: nothing was taken, nothing is lost."""


class AuthFailed(BotcoreError):
    """A token, key or signature was refused."""


class Overloaded(BotcoreError):
    """Too much at once; come back after `retry_after_s` seconds."""

    def __init__(self, what: str, *, retry_after_s: float, fix: str = "") -> None:
        super().__init__(what, fix=fix)
        self.retry_after_s = retry_after_s


class BadInput(BotcoreError):
    """What came from outside breaks a rule. `code` is stable and machine-readable; the text is safe to show."""

    def __init__(self, code: str, what: str, *, fix: str = "") -> None:
        super().__init__(what, fix=fix)
        self.code = code
