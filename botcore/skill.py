"""What plugins hand over: skills, fallbacks, watchers, and the `Turn` that a skill sees."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from botcore.messages import Act, Event, Match, Message, Reply, Say, Understanding

EventName = Literal["message accepted", "turn finished", "handed over", "feedback"]
Answer = str | Act | Sequence[Act] | None
Search = Callable[[str], Awaitable[Sequence[Match]]]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as a skill may see it: a copy, so that changing it changes nothing.

    `slots` and `memory` hold what was collected and remembered, `recent` the last events, oldest first.
    """

    id: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    memory: Mapping[str, Any] = field(default_factory=dict)
    recent: tuple[Event, ...] = ()


class Turn:
    """One message being answered: what a skill receives.

    Attributes:
        message: what the user wrote.
        conversation: what is known of the conversation before this message.
        understanding: language, candidates and scores.
        language: the language to answer in.
        settings: the skill's plugin's section of `config.yaml`, as its settings model.
    """

    __slots__ = ("_effects", "_search", "conversation", "language", "message", "settings", "understanding")

    def __init__(
        self,
        message: Message,
        conversation: Conversation,
        understanding: Understanding,
        settings: Any = None,
        *,
        search: Search | None = None,
    ) -> None:
        self.message = message
        self.conversation = conversation
        self.understanding = understanding
        self.language = understanding.language
        self.settings = settings
        self._search = search
        self._effects: list[tuple[str, Mapping[str, Any]]] = []

    async def search(self, text: str) -> Sequence[Match]:
        """The knowledge entries nearest to `text`, best first, with calibrated scores."""
        return await self._search(text) if self._search else ()

    def handoff(self, reason: str) -> Act:
        """Ask for a person to take over. Return the result from the skill to tell the user so."""
        self._effects.append(("handed_over", {"reason": reason}))
        return Say("handed_over")

    def remember(self, name: str, value: Any) -> None:
        """Keep a JSON-able value for this conversation; the next turn finds it in `conversation.memory`."""
        self._effects.append(("remembered", {"name": name, "value": value}))

    @property
    def effects(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """The events that the skill caused, as (kind, body), to be committed with the turn."""
        return tuple(self._effects)


SkillFunction = Callable[..., Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Skill:
    """Something that the bot can do. `examples` are what users say to ask for it, in any language."""

    name: str
    function: SkillFunction
    examples: tuple[str, ...] = ()
    description: str = ""
    plugin: str = ""
    timeout_s: float | None = None

    @property
    def id(self) -> str:
        """`plugin.name`, unique in the bot."""
        return f"{self.plugin}.{self.name}"


@dataclass(frozen=True, slots=True)
class Fallback:
    """Tried when nothing else answered; returns None to pass on to the next."""

    name: str
    function: SkillFunction
    plugin: str = ""
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Watcher:
    """Told of an event after it happened; cannot change it, and its failure costs nothing but a log line."""

    event: EventName
    function: Callable[[Mapping[str, Any]], Awaitable[None]]
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Run at start or stop of the bot."""

    when: Literal["start", "stop"]
    function: Callable[[], Awaitable[None]]
    plugin: str = ""


def as_acts(answer: Answer) -> tuple[Act, ...] | None:
    """What a skill returned, as acts; None when it declined. Raises TypeError for what cannot be said."""
    if answer is None:
        return None
    if isinstance(answer, str):
        return (Reply(answer),)
    if isinstance(answer, Act):
        return (answer,)
    if isinstance(answer, Sequence) and all(isinstance(part, str | Act) for part in answer):
        return tuple(Reply(part) if isinstance(part, str) else part for part in answer)
    kind = "a coroutine that was not awaited" if inspect.iscoroutine(answer) else type(answer).__name__
    raise TypeError(f"returned {kind}; a skill returns text, a Reply, an act, a list of these, or None")
