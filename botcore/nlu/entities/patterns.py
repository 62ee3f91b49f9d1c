"""Patterns of the admin's own, under RE2: whatever is written, a message costs time in proportion to its length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import re2  # type: ignore[import-untyped]  # google-re2 brings no types

from botcore.nlu.entities.pieces import Piece

MAX_MEMORY_BYTES = 2 << 20
"""Bounds the size of the compiled pattern, and so what a character costs."""


class Patterns:
    """The compiled patterns by kind. A group `(?P<value>...)` is the entity, the rest what must be around it."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self._compiled = {kind: compiled(pattern) for kind, pattern in patterns.items()}

    def find(self, text: str) -> Iterator[Piece]:
        """What the patterns find in the normalised text."""
        for kind, pattern in self._compiled.items():
            group = pattern.groupindex.get("value", 0)
            for match in pattern.finditer(text):
                start, end = match.span(group)
                if start < end:
                    yield Piece(kind, start, end, text[start:end], 1.0, "pattern")


def compiled(pattern: str) -> Any:
    """The pattern, ready for use.

    Raises:
        re2.error: it is none that RE2 knows.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_MEMORY_BYTES
    return re2.compile(pattern, options)


def mistake(pattern: str) -> tuple[str, str] | None:
    """What is wrong with a pattern and how it is mended; None when nothing is."""
    try:
        compiled(pattern)
    except re2.error as wrong:
        reason = wrong.args[0] if wrong.args else ""
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    except (UnicodeError, TypeError):
        return "the pattern holds what is no text.", "Write it anew."
    else:
        if not pattern.strip("^$ "):
            return "the pattern is empty.", "Write what the entity looks like, such as [A-Z]{2}\\d{6}"
        return None
    if "(?=" in pattern or "(?!" in pattern or "(?<=" in pattern or "(?<!" in pattern:
        sign = next(sign for sign in ("(?<=", "(?<!", "(?=", "(?!") if sign in pattern)
        return (
            f"RE2 has no lookaround, and the pattern uses {sign}",
            "Write what must be around it into the pattern, and put (?P<value>...) around what is wanted.",
        )
    if any(f"\\{digit}" in pattern for digit in "123456789") or "(?P=" in pattern:
        return "RE2 has no back-references, and the pattern uses one.", "Write out what may stand there."
    if "too large" in reason or "repetition size" in reason or "bad repetition" in reason:
        return f"the pattern is too large: {reason}", "Repeat at most 1,000 times, and fewer within other repetitions."
    return f"RE2 cannot read the pattern: {reason}", "See github.com/google/re2/wiki/Syntax for what it reads."
