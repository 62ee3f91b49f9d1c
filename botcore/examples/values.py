"""A labelled message and its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `text[start:end]` are a `label`; `value` is what they mean, where the file tells."""

    start: int
    end: int
    label: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled message. `has_slots`: the file labels slots, so that no span means that there is none."""

    text: str
    intent: str
    spans: tuple[Span, ...] = ()
    has_slots: bool = False
    place: str = ""
