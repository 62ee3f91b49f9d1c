"""The seam between the bot and its journal: what every delivery engine promises.

A message is done only in the transaction that writes its events, the new state and the outbox rows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from botcore.channel import Kept
from botcore.messages import Delivery, Event, Message, Reply, SendResult


@dataclass(frozen=True, slots=True)
class Claim:
    """One message to be answered, with the conversation as it stood before it.

    `state` is the last snapshot ({} for a new conversation), `recent` the last events, oldest first, bounded, this
    message's own `user` event included. `turn` is the id under which `botcore trace` finds this turn. `attempt` counts
    from 1 and survives a crash.
    """

    id: int
    message: Message
    turn: str
    attempt: int
    state: Mapping[str, Any]
    recent: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Timer:
    """A message to be accepted at `due` (aware, UTC). The same `key` replaces, `cancel(key)` removes."""

    key: str
    due: datetime
    message: Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one turn leaves behind, committed at once or not at all.

    `events` are (kind, body) pairs for the trace, in order; each reply adds its own `said` event and outbox row.
    """

    claim: Claim
    state: Mapping[str, Any]
    replies: tuple[Reply, ...] = ()
    events: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    timers: tuple[Timer, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """`is_writable`: the journal takes messages. `oldest_unprocessed_s`: age of the oldest message not yet done."""

    is_writable: bool
    oldest_unprocessed_s: float = 0.0
    waiting: int = 0
    undelivered: int = 0
    dead_letters: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message or reply given up after repeated failure; kept, shown, and replayed on demand."""

    id: int
    source: str
    key: str
    conversation: str
    error: str
    at: datetime
    body: Mapping[str, Any] = field(default_factory=dict)


Handler = Callable[[Claim], Awaitable[None]]


class Engine(Protocol):
    """Durable in order per conversation; conversations run in parallel."""

    async def start(self, handler: Handler | None, *, work: bool = True) -> None:
        """Open the journal, then hand every unfinished message to `handler`, which ends each with `commit`.

        A handler that raises is tried again with a growing pause, and after the last try the message becomes a dead
        letter so that its conversation goes on. NotReady from a handler does not count as a try. `work=False` only
        accepts and reads.

        Raises:
            NotReady: another process has this journal open, or it cannot be written.
        """

    async def stop(self, *, drain_s: float = 10) -> None:
        """Take no more, let what runs finish for at most `drain_s` seconds, close. What is unfinished stays safe.

        Turns may still commit and sends may still be settled meanwhile, and `deliveries` end: so stop the engine before
        the channels.
        """

    async def accept(self, message: Message) -> bool:
        """Durable and deduplicated on return; False when its key was seen before.

        Raises:
            NotReady: the journal cannot be written. Nothing was stored.
        """

    async def accept_all(self, messages: Sequence[Message]) -> list[bool]:
        """`accept` for several, in their order and in as few commits as there can be. Either all are stored or none."""

    async def bury(self, channel: str, key: str, error: str, body: Mapping[str, Any]) -> None:
        """Keep what a channel could not read as a dead letter, once for each key.

        Raises:
            NotReady: the journal cannot be written. Nothing was stored.
        """

    def kept(self, owner: str) -> Kept:
        """The small values that the channel `owner` keeps."""

    async def commit(self, outcome: Outcome) -> bool:
        """One transaction for the whole turn. False (and nothing written) when the message was done already.

        Waits for a journal that cannot be written just now. The trace's events come before the replies' in the log.
        """

    async def step(self, claim: Claim, key: str, function: Callable[[], Awaitable[Any]]) -> Any:
        """Run `function` once for this message and remember its JSON-able result across crashes and retries."""

    async def schedule(self, timer: Timer) -> None:
        """Accept the timer's message when it is due, once, across restarts."""

    async def cancel(self, key: str) -> bool:
        """Remove a timer that has not fired; False if there is none."""

    def deliveries(self, channel: str, *, replay_safe: bool = False) -> AsyncIterator[Delivery]:
        """Replies to send, in order, one in flight per conversation; each must be settled.

        `replay_safe`: sending twice is harmless on this channel, so no mark is committed before the send. A new
        iterator of a channel takes back what the last one handed out and nobody settled.
        """

    async def settle(self, delivery: Delivery, result: SendResult) -> None:
        """Record how a send ended. Retry comes back later, Failed becomes a dead letter."""

    async def events(
        self,
        conversation: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
        kinds: Sequence[str] = (),
    ) -> list[Event]:
        """Events in rising order: the first ones after `after`, or the last ones before `before`, or the last ones."""

    async def trace(self, turn: str) -> list[Event]:
        """All events of one turn; a unique prefix of its id is enough. Empty if unknown."""

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """The newest dead letters first."""

    async def replay(self, dead_letter: int) -> bool:
        """Put a dead letter back to work; False if there is none with this id."""

    async def health(self) -> EngineHealth:
        """How the journal is; never raises."""

    async def conversations_of(self, channel: str, user: str) -> list[str]:
        """The conversations in which this user wrote: what to export, or to `forget`."""

    async def forget(self, conversation: str) -> bool:
        """Delete all that is known of a conversation, unfinished work included; False if nothing was.

        A turn of it that is running leaves nothing either: its `commit` returns False.
        """

    async def purge(self, *, keep_keys_days: float | None = None, keep_events_days: float | None = None) -> int:
        """Delete what is finished and older than configured (or than these say); how many rows went. Runs daily."""
