"""What plugins hand over: skills, fallbacks, watchers, and the `Turn` that a skill sees."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from botcore.errors import PluginError
from botcore.messages import Act, Button, Event, Match, Message, Quote, Reply, Say, Understanding

EventName = Literal["message accepted", "turn finished", "handed over", "feedback"]
Answer = str | Act | Sequence[Act] | None
MAX_REPLY = 20_000
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
        """Keep a JSON-able value for this conversation; the next turn finds it in `conversation.memory`.

        Raises:
            PluginError: JSON cannot hold the value.
        """
        try:
            kept = json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError, RecursionError) as wrong:
            mend = "Keep only text, finite numbers, true, false, None, lists and mappings."
            raise PluginError(f"remember({name!r}): {wrong}.", fix=mend) from wrong
        self._effects.append(("remembered", {"name": str(name), "value": kept}))

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
    parts = [answer] if isinstance(answer, str | Act) else answer
    if isinstance(parts, Sequence) and all(isinstance(part, str | Act) for part in parts):
        acts = tuple(Reply(part) if isinstance(part, str) else part for part in parts)
        for act in acts:
            _check(act)
        return acts
    kind = type(answer).__name__
    if inspect.iscoroutine(answer):
        answer.close()
        kind = "a coroutine that was not awaited"
    raise TypeError(f"returned {kind}; a skill returns text, a Reply, an act, a list of these, or None")


def _check(act: Act) -> None:
    """Raises TypeError for an act that no channel could show."""
    if isinstance(act, Reply):
        if not isinstance(act.text, str):
            raise TypeError(f"returned a Reply whose text is {type(act.text).__name__}; it is a str")
        if len(act.text) > MAX_REPLY:
            raise TypeError(f"returned a text of {len(act.text):,} characters; {MAX_REPLY:,} is the most")
    buttons = () if isinstance(act, Quote) else act.buttons
    if not all(isinstance(button, Button) for button in buttons):
        raise TypeError("returned buttons that are no Button")
