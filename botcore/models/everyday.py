"""Everyday sentences of many kinds, in both languages: where an encoder's vectors are seen from."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("everyday.txt")


@lru_cache(maxsize=1)
def everyday() -> tuple[str, ...]:
    """The sentences, normalised."""
    return tuple(FILE.read_text(encoding="utf-8").split("\n")[:-1])
