"""What a channel adapter is, and what the bot gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from botcore.messages import Attachment, Button, Delivery, Event, Message, Preview, SendResult

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


class Kept(Protocol):
    """What one channel keeps beside the journal: small JSON-able values by key. On return a change is durable."""

    async def get(self, key: str) -> Any | None:
        """The value; None if there is none or its time is over."""

    async def put(self, key: str, value: Any, *, expires_s: float | None = None, conversation: str = "") -> None:
        """Keep a value, over an older one. With a `conversation` it goes when that conversation is forgotten."""

    async def add(self, key: str, value: Any, *, expires_s: float | None = None, conversation: str = "") -> bool:
        """Keep a value if there is none; False (and nothing changed) if there is."""

    async def pop(self, key: str) -> Any | None:
        """Take a value out: of several who try, one gets it."""

    async def find(self, prefix: str) -> dict[str, Any]:
        """Every key that begins so, with its value, in order; at most 10,000."""


class Host(Protocol):
    """The bot as an adapter sees it."""

    bot_name: str
    languages: tuple[str, ...]

    async def accept(self, message: Message) -> bool:
        """Store a message durably; only then may the platform be told that it arrived.

        Returns False for a repeat. Raises NotReady when the journal cannot write (answer the platform with a 503) and
        BadInput when the message itself breaks a limit. Of a bot (`user.is_bot`) more than three messages a minute and
        conversation are dropped: two bots would talk for ever.
        """

    async def accept_all(self, messages: Sequence[Message]) -> list[bool]:
        """`accept` for several at once, in their order and in one commit."""

    async def bury(self, channel: str, key: str, error: str, body: Mapping[str, Any]) -> None:
        """Keep what the platform sent and nobody could read as a dead letter, so that it may be acknowledged."""

    async def choice(self, conversation: str, seq: int, index: int) -> Button | None:
        """The button that `Reply.choices` had at `index` in the reply with this `Delivery.seq`; None if unknown.

        So what a platform sends back need only name a place, never a value.
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

    def kept(self, name: str) -> Kept:
        """What the channel of this name keeps."""

    def say(self, key: str, language: str | None = None, values: Mapping[str, Any] | None = None) -> str:
        """One of the bot's own texts, as the admin worded it; in the bot's first language if it has not this one."""

    def language_of(self, locale: str | None) -> str | None:
        """The bot's language for a locale such as `zh-CN`, `zh_TW` or `en-GB`; None if it has none for it."""

    def secret(self, name: str) -> bytes:
        """32 random bytes that stay the same for this installation, kept beside the store with mode 0600."""

    def observe(self, metric: str, value: float = 1.0, labels: Mapping[str, str] | None = None) -> None:
        """Count something for /metrics; `metric` without prefix, such as `rate_limited_total`."""


class Adapter(Protocol):
    """One channel. Only values cross this line: the platform's own types stay on the adapter's side.

    `name` is the channel's name; `replay_safe` says that sending the same `Delivery.key` twice shows it once, and that
    nothing is lost by a send which nobody was there to see.
    """

    name: str
    replay_safe: bool

    def routes(self) -> Sequence[BaseRoute]:
        """What this channel serves on the bot's HTTP server; may be empty."""

    async def start(self, host: Host) -> None:
        """Begin to receive. Returns once ready; what runs for ever belongs into `listen`.

        Raises:
            AuthFailed: the platform does not know the token: the bot does not start.
        """

    async def listen(self) -> None:
        """Run until cancelled (polling loop, socket); return at once when routes are all there is."""

    async def send(self, delivery: Delivery) -> SendResult:
        """Show one reply to the user. It replaces the preview of the same turn, and does not wait for rate limits.

        NotReady says that nothing was sent; after any other exception the reply comes back as ambiguous.
        """

    async def preview(self, preview: Preview) -> None:
        """Show a reply as far as it is made; best effort.

        Previews of a turn come one after the other, the newest text only, and none once its first reply is being sent.
        """

    async def fetch(self, attachment: Attachment, *, limit_bytes: int) -> bytes:
        """The bytes of a file that a message brought.

        Raises:
            BadInput: it is gone, or larger than the limit.
        """

    async def typing(self, conversation: str, is_on: bool) -> None:
        """Show or hide that the bot is thinking; best effort."""

    async def stop(self) -> None:
        """Stop receiving, close what is open."""


class Settings(Protocol):
    """A settings model: pydantic's BaseModel, named structurally so that this layer needs no import of it."""

    def model_dump(self) -> dict[str, Any]:
        """The settings as plain values."""
