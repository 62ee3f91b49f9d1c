"""Patterns with Unicode properties and graphemes, which the standard library lacks."""

from __future__ import annotations

import re
from typing import cast

import regex  # type: ignore[import-untyped,unused-ignore]  # its stubs are a package of their own


def compiled(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """A pattern in the syntax of the `regex` package."""
    return cast("re.Pattern[str]", regex.compile(pattern, regex.IGNORECASE if ignore_case else 0))
