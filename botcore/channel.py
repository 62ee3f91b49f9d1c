"""What a channel adapter is, and what the bot gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from botcore.messages import Delivery, Event, Message, SendResult

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


class Host(Protocol):
    """The bot as an adapter sees it."""

    bot_name: str
    languages: tuple[str, ...]

    async def accept(self, message: Message) -> bool:
        """Store a message durably; only then may the platform be told that it arrived.

        Returns False for a repeat. Raises NotReady when the journal cannot write (answer the platform with a 503) and
        BadInput when the message itself breaks a limit.
        """

    async def events(
        self,
        conversation: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
        kinds: Sequence[str] = (),
    ) -> list[Event]:
        """The conversation's log, rising by `seq` (see `Engine.events`)."""

    def secret(self, name: str) -> bytes:
        """32 random bytes that stay the same for this installation, kept beside the store with mode 0600."""

    def observe(self, metric: str, value: float = 1.0, labels: Mapping[str, str] | None = None) -> None:
        """Count something for /metrics; `metric` without prefix, such as `rate_limited_total`."""


class Adapter(Protocol):
    """One channel. Only values cross this line: the platform's own types stay on the adapter's side.

    `name` is the channel's name; `replay_safe` says that sending the same `Delivery.key` twice shows it once.
    """

    name: str
    replay_safe: bool

    def routes(self) -> Sequence[BaseRoute]:
        """What this channel serves on the bot's HTTP server; may be empty."""

    async def start(self, host: Host) -> None:
        """Begin to receive. Returns once ready; what runs for ever belongs into `listen`."""

    async def listen(self) -> None:
        """Run until cancelled (polling loop, socket); return at once when routes are all there is."""

    async def send(self, delivery: Delivery) -> SendResult:
        """Show one reply to the user."""

    async def typing(self, conversation: str, is_on: bool) -> None:
        """Show or hide that the bot is thinking; best effort."""

    async def stop(self) -> None:
        """Stop receiving, close what is open."""


class Settings(Protocol):
    """A settings model: pydantic's BaseModel, named structurally so that this layer needs no import of it."""

    def model_dump(self) -> dict[str, Any]:
        """The settings as plain values."""
