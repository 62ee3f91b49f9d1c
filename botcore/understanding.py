"""What the bot makes of a message: what may be wanted, what it names, what it does to the dialogue. Plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate for what the user wants: a knowledge entry or a skill.

    `score` is the calibrated probability (0..1) that this is what was asked; `phrasing` the example that was nearest;
    `evidence` the raw scores behind it, for the trace.
    """

    id: str
    kind: Literal["knowledge", "skill"]
    score: float
    phrasing: str = ""
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that a message names: `text` is exactly `message.text[start:end]`, counted in code points.

    Attributes:
        kind: a built-in kind (`number`, `money`, `date`, ...), or the name of a list, pattern or slot.
        value: what it means, as plain JSON: a number, an ISO date, a list's value, a mapping with amount and unit.
        score: 0..1; 1.0 for rules.
        by: what found it: `built-in`, `pattern`, `list` or `learned`.
    """

    kind: str
    text: str
    start: int
    end: int
    value: Any = None
    score: float = 1.0
    by: str = "built-in"


@dataclass(frozen=True, slots=True)
class Cue:
    """A sign of what a message does to the dialogue, such as `affirm` or `correct`; see `botcore.nlu.cues.NAMES`.

    `start` and `end` say which characters of `message.text` carry it; `by` is `rule` or `learned`, `score` 0..1.
    """

    name: str
    score: float = 1.0
    start: int = 0
    end: int = 0
    by: str = "rule"


@dataclass(frozen=True, slots=True)
class Part:
    """One of several wishes in a message: the characters `message.text[start:end]` and what they may mean."""

    start: int
    end: int
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the bot made of one message.

    Attributes:
        text: the normalised copy that was read.
        language: the bot's language to answer in.
        matches: what may be wanted, best first.
        encoded: the output of this message's one encoder pass; None without an encoder or for a button press.
        entities: the things it names, in the order of the text.
        cues: what it does to the dialogue (yes, no, stop, ...), surest first.
        parts: where it holds several wishes, each of them; empty otherwise.
        script: what it is written in: `zh-Hans`, `zh-Hant`, `en`, `mixed` or `other`.
        read: what of `text` was compared and encoded: without the shop's own names, and without codes.
        places: where in `text` each character of `read` stands.
    """

    text: str
    language: str
    matches: tuple[Match, ...] = ()
    encoded: Any = None
    flags: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    cues: tuple[Cue, ...] = ()
    parts: tuple[Part, ...] = ()
    script: str = "other"
    read: str = ""
    places: Sequence[int] = ()

    @property
    def intent(self) -> str | None:
        """The best candidate's id, whatever its score; None when nothing came near."""
        return self.matches[0].id if self.matches else None

    @property
    def score(self) -> float:
        """The best candidate's score, 0.0 without one."""
        return self.matches[0].score if self.matches else 0.0
