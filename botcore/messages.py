"""The values that travel through the bot: frozen, plain, free of any SDK's types.

Message -> Understanding -> Command -> Act -> Reply -> Delivery, in the order in which one message meets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from botcore.understanding import Match


@dataclass(frozen=True, slots=True)
class User:
    """Who wrote. `id` is unique within the channel; `verified` when the channel proved it (signed identity)."""

    id: str
    name: str | None = None
    locale: str | None = None
    verified: bool = False
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message: where the channel keeps it, not its bytes (`Turn.fetch` gets these).

    `ref` is the platform's own handle; `url` is only there when it is public and holds no secret.
    """

    kind: Literal["image", "audio", "video", "file", "location", "sticker"]
    url: str | None = None
    name: str | None = None
    media_type: str | None = None
    size_bytes: int | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message from a user, as a channel's pure `parse` made it.

    `key` identifies it for ever (a redelivery has the same key), `conversation` names the conversation it belongs to,
    `choice` is the value of the button that was pressed (then `text` is the button's label). `sent_at` is aware, UTC.
    `ref` is the platform's own id of this message, with which an answer can be tied to it.
    """

    key: str
    channel: str
    conversation: str
    user: User
    text: str
    sent_at: datetime
    choice: str | None = None
    attachments: tuple[Attachment, ...] = ()
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered to the user; `value` comes back as `Message.choice`.

    With a `url` (http or https) it opens that page instead, and nothing comes back.
    """

    label: str
    value: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture. `source` is an https URL or the path of a file on the bot's machine; `alt` says what it shows."""

    source: str
    alt: str = ""

    @property
    def is_remote(self) -> bool:
        """Whether `source` is a URL."""
        return is_url(self.source)


@dataclass(frozen=True, slots=True)
class File:
    """A file to download. `source` is an https URL or the path of a file on the bot's machine."""

    source: str
    name: str = ""

    @property
    def is_remote(self) -> bool:
        """Whether `source` is a URL."""
        return is_url(self.source)

    @property
    def shown_name(self) -> str:
        """The name, or the last part of the source."""
        return self.name or self.source.partition("?")[0].rstrip("/").rpartition("/")[2] or "file"


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a card: what, and how much."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """One thing shown: a product, an order. `text` is light Markdown."""

    title: str
    text: str = ""
    image: Image | None = None
    facts: tuple[Fact, ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Carousel:
    """Several cards side by side, or one below the other where a channel has no such thing."""

    cards: tuple[Card, ...]


Content = Image | File | Card | Carousel


@dataclass(frozen=True, slots=True)
class Reply:
    """What the user gets: `text` in light Markdown, then the `content`, then the `buttons`, each where it is given.

    Attributes:
        source: id of the approved answer that is quoted.
        at_most_once: rather lose it than show it twice, where a channel cannot do both (codes, payments).
        hand_over: with this reply the conversation goes to people; a channel in which they are may call them.
    """

    text: str = ""
    buttons: tuple[Button, ...] = ()
    source: str | None = None
    language: str | None = None
    content: tuple[Content, ...] = ()
    at_most_once: bool = False
    hand_over: bool = False

    @property
    def choices(self) -> tuple[Button, ...]:
        """Every button that comes back, in the order shown: those of the cards, then the reply's own."""
        found = [button for card in self.cards for button in card.buttons]
        return tuple(button for button in (*found, *self.buttons) if button.url is None)

    @property
    def cards(self) -> tuple[Card, ...]:
        """Every card, those of carousels too."""
        groups = [part.cards if isinstance(part, Carousel) else (part,) for part in self.content]
        return tuple(card for group in groups for card in group if isinstance(card, Card))


def is_url(source: str) -> bool:
    """Whether an image's or file's source is a URL and no path."""
    return source.lower().startswith(("https://", "http://"))


HAND_OVER = "hand_over"
"""The tag of knowledge entries with which the bot hands over to people."""


@dataclass(frozen=True, slots=True)
class KnowledgeEntry:
    """An approved answer: several phrasings of its question per language, and the answer per language.

    `source` is the plugin that brought it, `place` the file and line that it was read from.
    """

    id: str
    questions: Mapping[str, tuple[str, ...]]
    answer: Mapping[str, str]
    tags: tuple[str, ...] = ()
    source: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """What an interpreter decided; `by` names the rule or model, `score` its confidence (0..1)."""

    name: Literal["greet", "run_skill", "answer", "clarify", "hand_over", "not_understood"]
    target: str = ""
    candidates: tuple[Match, ...] = ()
    score: float = 1.0
    by: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """An act: say the text with this key, its `{placeholders}` filled from `values`."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """An act: quote an approved answer word for word, naming its source."""

    entry: KnowledgeEntry


Act = Say | Quote | Reply


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a conversation. `seq` rises by at least one and never repeats within it.

    Kinds that people see: `user` (body: key, text, choice, attachments), `said` (body: text, buttons, source, language)
    and `handed_over` (body: reason). All others are for the trace. `turn` is the trace id; `at` is aware, UTC.
    """

    conversation: str
    seq: int
    kind: str
    body: Mapping[str, Any]
    at: datetime
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A reply on its way out through a channel.

    `key` is the same for every attempt. `seq` is the number of the `said` event. `is_ambiguous`: an earlier attempt was
    cut off in mid-send, so the platform may have it already: look it up first where the platform lets you. `turn` is
    the trace id, `to` the `Message.ref` of the message that is answered.
    """

    key: str
    channel: str
    conversation: str
    reply: Reply
    seq: int
    attempt: int = 1
    is_ambiguous: bool = False
    turn: str = ""
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a reply that is still being made: all of the text so far, in light Markdown.

    `turn` is the trace id, which the reply's `Delivery` will carry too; `user` and `to` are whom and what it answers.
    """

    turn: str
    channel: str
    conversation: str
    text: str
    user: User
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform has it, under `external_id` where it gives one."""

    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer of the platform was lost, and it cannot be asked: shown to the operator, not repeated."""

    why: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not sent; try again after `after_s` seconds.

    `is_ambiguous`: nobody knows whether it was sent; the next `Delivery` of it says so too.
    """

    after_s: float
    why: str = ""
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """Refused for good (blocked, gone, invalid): goes to the dead letters."""

    why: str


SendResult = Sent | Unknown | Retry | Failed
