"""The platform's side of a channel: what its author writes so that the contract can be tested."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

Mark = tuple[str, str]
"""A kind of span (`botcore.Span`) and the words that it marks."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of the bot, as the user sees it now.

    Attributes:
        text: its words, escapes and marks resolved; all of them, whatever field of the platform's they stand in.
        buttons: the labels of what can be pressed, in order.
        links: the addresses behind words and buttons that open a page.
        files: the names or descriptions of pictures and files that came with it.
        marks: which words are bold, linked and so on.
    """

    text: str
    buttons: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()


class Platform(ABC):
    """A platform on loopback, such as a fake server, with the people who write to the bot on it.

    People are names such as "ann", each in a private conversation with the bot. It is used in the test's event loop,
    `async with` begins and ends it. What is declared in the class decides which tests are collected.

    Attributes:
        channel: the name of the channel under `channels:`.
        marks: the kinds of spans that the platform can show.
        text_limit: how much text one message may hold, as `measure` counts; None if a message may hold any.
        can_escape: `*words*` can be shown with the asterisks, and not bold.
        can_press: buttons can be pressed. Without them choices must be offered as words.
        keeps_buttons: a button can be pressed again after it was pressed.
        can_forge: somebody can send a press of a button that was never shown.
        can_redeliver: the platform may deliver one message several times.
        redelivers_in_order: what was not confirmed is delivered again in the order in which it was written.
        can_rate_limit: the platform may tell the bot to wait before it sends more to a user.
        can_poison: the platform may deliver what nobody can understand.
        can_attach: people can send files.
        has_previews: an answer can be shown while it is being made.
        repeats_per_kill: how many answers may be shown twice for each time that the bot is killed.
    """

    channel: ClassVar[str]
    marks: ClassVar[frozenset[str]] = frozenset({"bold", "italic", "code", "pre", "link"})
    text_limit: ClassVar[int | None] = None
    can_escape: ClassVar[bool] = True
    can_press: ClassVar[bool] = True
    keeps_buttons: ClassVar[bool] = True
    can_forge: ClassVar[bool] = True
    can_redeliver: ClassVar[bool] = True
    redelivers_in_order: ClassVar[bool] = True
    can_rate_limit: ClassVar[bool] = True
    can_poison: ClassVar[bool] = True
    can_attach: ClassVar[bool] = False
    has_previews: ClassVar[bool] = True
    repeats_per_kill: ClassVar[int] = 1

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; whatever was begun is closed."""
        return

    @abstractmethod
    def section(self) -> Mapping[str, Any]:
        """The channel's section of `config.yaml`, plain values; `file` names one that is not installed."""

    def environ(self) -> Mapping[str, str]:
        """Environment variables that the section names."""
        return {}

    @abstractmethod
    async def connected(self) -> None:
        """Return as soon as the bot, which has just been started, receives; the test limits the time."""

    @abstractmethod
    async def say(self, user: str, text: str) -> None:
        """Somebody writes. Return at once; the platform delivers it until the bot confirms, as it really does."""

    @abstractmethod
    async def shown(self, user: str) -> list[Shown]:
        """What the user sees of the bot now, oldest first; a message that was replaced or deleted is gone."""

    @abstractmethod
    async def is_confirmed(self) -> bool:
        """Whether the bot has told the platform that it has the last message that was said."""

    def measure(self, text: str) -> int:
        """The size of a text in the platform's unit."""
        return len(text)

    async def press(self, user: str, label: str) -> None:
        """Somebody presses the newest button with this label."""
        raise NotImplementedError

    async def forge(self, user: str) -> None:
        """Somebody sends a press of a button that nobody showed, with the value `forged`."""
        raise NotImplementedError

    async def redeliver(self) -> None:
        """Deliver the last message again, though it was confirmed."""
        raise NotImplementedError

    async def poison(self, user: str) -> None:
        """Deliver something that cannot be understood."""
        raise NotImplementedError

    async def limit_rate(self, user: str, seconds: float) -> None:
        """Refuse what the bot sends to this user, telling it to wait so long; until then, each time."""
        raise NotImplementedError

    async def attach(self, user: str, text: str, name: str, content: bytes) -> None:
        """Somebody sends a file with some words."""
        raise NotImplementedError

    async def previewed(self, user: str) -> list[str]:
        """The unfinished texts that were shown to the user so far."""
        raise NotImplementedError

    async def changed(self) -> None:
        """Return when something may have changed; override it where the platform can tell."""
        await asyncio.sleep(0.02)

    def prepare(self, folder: Path) -> None:
        """Put files that the channel needs into the folder of the bot's `config.yaml`, before the first start."""
        return
