"""What plugins hand over: skills, fallbacks, watchers, and the `Turn` that a skill sees."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from botcore.errors import BadInput, PluginError
from botcore.messages import (
    Act,
    Attachment,
    Button,
    Card,
    Carousel,
    Event,
    File,
    Image,
    Message,
    Quote,
    Reply,
    Say,
    is_url,
)
from botcore.understanding import Match, Understanding

EventName = Literal["message accepted", "turn finished", "handed over", "feedback"]
Answer = str | Act | Sequence[Act] | None
MAX_REPLY = 20_000
MAX_CARDS = 10
MAX_FILE_BYTES = 20_000_000
Search = Callable[[str], Awaitable[Sequence[Match]]]
Show = Callable[[str], None]
Fetch = Callable[[Attachment, int], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as a skill may see it: a copy, so that changing it changes nothing.

    `slots` and `memory` hold what was collected and remembered, `recent` the last events, oldest first.
    """

    id: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    memory: Mapping[str, Any] = field(default_factory=dict)
    recent: Sequence[Event] = ()


class Turn:
    """One message being answered: what a skill receives.

    Attributes:
        message: what the user wrote.
        conversation: what is known of the conversation before this message.
        understanding: language, candidates and scores.
        language: the language to answer in.
        settings: the skill's plugin's section of `config.yaml`, as its settings model.
    """

    __slots__ = (
        "_effects",
        "_fetch",
        "_search",
        "_show",
        "conversation",
        "language",
        "message",
        "settings",
        "understanding",
    )

    def __init__(
        self,
        message: Message,
        conversation: Conversation,
        understanding: Understanding,
        settings: Any = None,
        *,
        search: Search | None = None,
        show: Show | None = None,
        fetch: Fetch | None = None,
    ) -> None:
        self.message = message
        self.conversation = conversation
        self.understanding = understanding
        self.language = understanding.language
        self.settings = settings
        self._search = search
        self._show = show
        self._fetch = fetch
        self._effects: list[tuple[str, Mapping[str, Any]]] = []

    async def search(self, text: str) -> Sequence[Match]:
        """The knowledge entries nearest to `text`, best first, with calibrated scores."""
        return await self._search(text) if self._search else ()

    def preview(self, text: str) -> None:
        """Show the customer the answer as far as it is made: all of its text so far, not only what is new.

        What the skill returns replaces it. Channels that cannot show it show nothing; calling it often is fine.
        """
        if self._show is not None:
            self._show(text)

    async def fetch(self, attachment: Attachment, *, limit_bytes: int = MAX_FILE_BYTES) -> bytes:
        """The bytes of a file that came with the message.

        Raises:
            BadInput: it is gone, or larger than the limit.
        """
        if self._fetch is None:
            raise BadInput("no_file", "This message came through no channel that keeps files.")
        return await self._fetch(attachment, limit_bytes)

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
        for part in act.content:
            if not isinstance(part, Image | File | Card | Carousel):
                raise TypeError(
                    f"returned content of type {type(part).__name__}; it is an Image, File, Card or Carousel"
                )
        if not (act.text.strip() or act.content):
            raise TypeError("returned a Reply that is empty: give it a text or content")
        if len(act.cards) > MAX_CARDS:
            raise TypeError(f"returned {len(act.cards)} cards; {MAX_CARDS} is the most")
        for card in act.cards:
            _check_buttons(card.buttons)
    if not isinstance(act, Quote):
        _check_buttons(act.buttons)


def _check_buttons(buttons: Sequence[Button]) -> None:
    for button in buttons:
        if not isinstance(button, Button):
            raise TypeError("returned buttons that are no Button")
        if button.url is not None and not is_url(button.url):
            raise TypeError(f"returned a button to {button.url[:80]!r}; its url begins with https:// or http://")
