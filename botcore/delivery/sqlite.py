"""The embedded engine: one process, one SQLite file, nothing else to install."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from botcore.delivery import journal, letters, reading, retention, sending, timing
from botcore.delivery.clock import Clock
from botcore.delivery.connect import Journal, empty_log, needs_scrub, scrub, size_bytes
from botcore.delivery.engine import Claim, DeadLetter, EngineHealth, Handler, Outcome, Timer
from botcore.delivery.inbox import Inbox
from botcore.delivery.keeping import KeptValues, drop_expired
from botcore.delivery.lane import Lane
from botcore.delivery.options import Options
from botcore.delivery.outbox import Outbox
from botcore.delivery.writer import Writer
from botcore.errors import BotcoreError, NotReady
from botcore.messages import Delivery, Event, Message, SendResult
from botcore.store import codec
from botcore.store.query import Database

log = logging.getLogger(__name__)

_DAY_MS = 86_400_000
_HEALTH_S = 5.0
_CANCEL_S = 5.0
# Rewriting so much takes about a second.
_SCRUBBED_AT_ONCE_BYTES = 64 * 2**20


class SqliteEngine:
    """`Engine` on SQLite: `sqlite:////absolute/path.db`, or `sqlite://` in memory.

    `on_dead_letter` is called on the event loop with each new dead letter.
    """

    def __init__(
        self,
        url: str,
        options: Options | None = None,
        *,
        on_dead_letter: Callable[[DeadLetter], None] | None = None,
    ) -> None:
        self.options = options or Options()
        self._journal = Journal(url, self.options)
        self._on_dead_letter = on_dead_letter
        self._is_open = False
        self._runner: asyncio.Task[None] | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._build()

    async def start(self, handler: Handler | None, *, work: bool = True) -> None:
        """See `Engine.start`."""
        if self._is_open:
            raise NotReady("The engine is running already.", fix="Call stop() first.")
        self._build()
        try:
            await self._write.open()
            await self._read.open()
        except BaseException:
            await self._close()
            raise
        self._is_open = True
        if work and not self.options.read_only:
            await self._work(handler)

    async def stop(self, *, drain_s: float = 10) -> None:
        """See `Engine.stop`."""
        if not self._is_open:
            return
        self._is_open = False
        self._inbox.stop()
        self._outbox.stop()
        try:
            await self._drain(drain_s)
        finally:
            self._writer.stop()
            await self._end_tasks()
            await self._close()

    async def accept(self, message: Message) -> bool:
        """See `Engine.accept`."""
        return await self._accept(self._open_writer(), message)

    async def accept_all(self, messages: Sequence[Message]) -> list[bool]:
        """See `Engine.accept_all`: submitted at once, so committed together."""
        writer = self._open_writer()
        return await asyncio.gather(*[self._accept(writer, message) for message in messages])

    def _accept(self, writer: Lane, message: Message) -> asyncio.Future[bool]:
        message = codec.clean_keys(message)
        work = partial(journal.accept, message=message)
        return writer.submit(work, partial(self._accepted, message.conversation))

    async def bury(self, channel: str, key: str, error: str, body: Mapping[str, Any]) -> None:
        """See `Engine.bury`."""
        work = partial(journal.bury_unread, channel=channel, key=codec.clean_text(key), error=error, body=body)
        await self._open_writer().submit(work, self._buried)

    def kept(self, owner: str) -> KeptValues:
        """See `Engine.kept`. Replies that are sent while the engine drains may still keep things."""
        return KeptValues(owner, lambda: (self._write, self._read))

    async def commit(self, outcome: Outcome) -> bool:
        """See `Engine.commit`."""
        state = codec.dump_strict(outcome.state, "The conversation's state")
        bodies = [(kind, codec.dump(body)) for kind, body in outcome.events]
        to = outcome.claim.message.ref
        bodies += [("said", codec.dump_reply(reply, to)) for reply in outcome.replies]

        def work(database: Database) -> tuple[bool, int | None]:
            is_first = journal.commit(database, outcome, state, bodies)
            due = None
            if is_first:
                for timer in outcome.timers:
                    due = timing.schedule(database, timer)
            return is_first, due

        committed: tuple[bool, int | None] = await self._writer.persist(work, partial(self._committed, outcome))
        return committed[0]

    async def step(self, claim: Claim, key: str, function: Callable[[], Awaitable[Any]]) -> Any:
        """See `Engine.step`."""
        key = codec.clean_text(key)
        found = await self._read.submit(partial(journal.find_step, id_=claim.id, key=key))
        if found is None:
            found = codec.dump_strict(await function(), f"The result of the step {key!r}")
            await self._writer.persist(partial(journal.add_step, id_=claim.id, key=key, result=found))
        return codec.load(found)

    async def schedule(self, timer: Timer) -> None:
        """See `Engine.schedule`."""
        await self._open_writer().submit(partial(timing.schedule, timer=timer), self._clock.set_next)

    async def cancel(self, key: str) -> bool:
        """See `Engine.cancel`."""
        return await self._open_writer().submit(partial(timing.cancel, key=key))

    def deliveries(self, channel: str, *, replay_safe: bool = False) -> AsyncIterator[Delivery]:
        """See `Engine.deliveries`."""
        if self._tasks is None:
            raise NotReady("The engine sends nothing: it was not started with work=True.", fix="Call start() first.")
        return self._outbox.deliveries(channel, self._tasks, replay_safe=replay_safe)

    async def settle(self, delivery: Delivery, result: SendResult) -> None:
        """See `Engine.settle`."""
        await self._outbox.settle(delivery, result)

    async def events(
        self,
        conversation: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
        kinds: Sequence[str] = (),
    ) -> list[Event]:
        """See `Engine.events`."""
        return await self._read.submit(
            lambda database: reading.events_between(database, conversation, after, before, limit, kinds)
        )

    async def trace(self, turn: str) -> list[Event]:
        """See `Engine.trace`."""
        return await self._read.submit(partial(reading.trace, turn=turn))

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """See `Engine.dead_letters`."""
        return await self._read.submit(partial(letters.newest, limit=limit))

    async def replay(self, dead_letter: int) -> bool:
        """See `Engine.replay`."""
        work = partial(letters.revive, id_=dead_letter)
        return await self._open_writer().submit(work, self._revived) is not None

    async def health(self) -> EngineHealth:
        """See `Engine.health`."""
        try:
            async with asyncio.timeout(_HEALTH_S):
                health = await self._read.submit(reading.health)
        except (BotcoreError, TimeoutError) as error:
            return EngineHealth(is_writable=False, detail=str(error) or "The journal does not answer.")
        fault = self._write.fault
        if not fault and self._runner is not None and self._runner.done():
            fault = "The workers ended unexpectedly. Restart the bot."
        if self.options.read_only:
            fault = "The journal is open only to be read."
        return replace(health, is_writable=not fault, detail=fault)

    async def conversations_of(self, channel: str, user: str) -> list[str]:
        """The conversations in which this user wrote: what to export, or to `forget`."""
        return await self._read.submit(partial(reading.conversations_of, channel=channel, user=user))

    async def forget(self, conversation: str) -> bool:
        """Delete all that is known of a conversation, unfinished work included; False if nothing was.

        On return no query finds any of it, and a journal of up to 64 MB has no trace of it in its files. In a larger
        one, traces in unused places of the file go with the next `purge`: rewriting it would hold up messages.
        """
        conversation = codec.clean_text(conversation)
        found = await self._read.submit(partial(retention.find, conversation=conversation))
        is_known = await self._write.submit(partial(retention.forget, conversation=conversation, found=found))
        if is_known and self._journal.path is not None:
            is_small = await self._read.submit(size_bytes) <= _SCRUBBED_AT_ONCE_BYTES
            await self._write.submit(scrub if is_small else empty_log, is_alone=True)
        return is_known

    async def purge(self, *, keep_keys_days: float | None = None, keep_events_days: float | None = None) -> int:
        """Delete what is older than the options (or these arguments) say; how many rows and conversations went."""
        options = self.options
        keys = options.keep_keys_days if keep_keys_days is None else keep_keys_days
        idle = options.keep_events_days if keep_events_days is None else keep_events_days
        now = await self._read.submit(Database.read_clock)
        cut = now - round(keys * _DAY_MS)
        count = await self._purge_rows(partial(retention.old_messages, cut=cut), retention.drop_messages)
        count += await self._purge_rows(partial(retention.old_replies, cut=cut), retention.drop_replies)
        count += await self._writer.persist(drop_expired)
        # A conversation goes whole, so never before the keys of its messages.
        count += await self._purge_idle(now - round(max(idle, keys) * _DAY_MS))
        if await self._read.submit(needs_scrub):
            await self._write.submit(scrub, is_alone=True)
        return count

    async def _purge_rows(
        self, look: Callable[..., retention.OldRows], drop: Callable[[list[int], Database], int]
    ) -> int:
        count, after = 0, 0
        while True:
            page = await self._read.submit(partial(look, after=after))
            if page.ids:
                count += await self._writer.persist(partial(drop, page.ids))
            if page.after is None:
                return count
            after = page.after

    async def _purge_idle(self, cut: int) -> int:
        count, after = 0, ""
        while True:
            page = await self._read.submit(partial(retention.idle_conversations, cut=cut, after=after))
            if page.names:
                count += await self._writer.persist(partial(retention.drop_idle, names=page.names, cut=cut))
            if page.after is None:
                return count
            after = page.after

    def _build(self) -> None:
        """New parts for a start: a lane to write and one to read; in memory one, since a second would see nothing."""
        files, place = self._journal, self._journal.place
        connect = files.connect_beside if self.options.read_only else files.connect_writer
        self._write = self._read = Lane("journal-write", connect, place=place, writes=not self.options.read_only)
        if files.path is not None and not self.options.read_only:
            self._read = Lane("journal-read", files.connect_reader, place=place, writes=False)
        self._writer = Writer(self._write)
        self._inbox = Inbox(self._writer, self.options, self._bury)
        self._outbox = Outbox(self._writer, self._read, self.options, self._bury)
        self._clock = Clock()

    async def _close(self) -> None:
        await self._read.close()
        await self._write.close()
        self._journal.release()

    async def _work(self, handler: Handler | None) -> None:
        """Take up what is unfinished, then run the workers until stop()."""
        unanswered = await self._read.submit(journal.waiting)
        unsent = await self._read.submit(sending.undelivered)
        started = asyncio.Event()
        # The one task that start() leaves behind; all others belong to its group, and stop() awaits it.
        self._runner = asyncio.create_task(self._run(handler, started), name="delivery")
        await started.wait()
        self._inbox.recover(unanswered)
        self._outbox.recover(unsent)

    async def _run(self, handler: Handler | None, started: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            if handler is not None:
                self._inbox.work(tasks, handler)
            self._clock.start(tasks, self._fire, self._purge_daily)
            started.set()

    async def _drain(self, drain_s: float) -> None:
        """Wait until what runs has finished, at most so long."""
        try:
            async with asyncio.timeout(drain_s):
                # Two counters, looked at once in a lifetime: a look every 10 ms is simpler than an event for each.
                while self._inbox.running or self._outbox.in_flight:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        except TimeoutError:
            log.warning(
                "Stopped with %d turns and %d sends unfinished; they are taken up at the next start.",
                self._inbox.running,
                self._outbox.in_flight,
            )

    async def _end_tasks(self) -> None:
        runner, self._runner, self._tasks = self._runner, None, None
        if runner is not None:
            runner.cancel()
            await asyncio.wait({runner}, timeout=_CANCEL_S)
            if not runner.done():
                log.error("A turn goes on although it was cancelled; the journal closes without it.")
            elif not runner.cancelled() and (error := runner.exception()) is not None:
                log.error("The workers had ended unexpectedly.", exc_info=error)

    def _open_writer(self) -> Lane:
        if not self._is_open or self.options.read_only:
            raise NotReady(f"The journal {self._journal.place} is not open for writing.", fix="Start the bot.")
        if self._write.fault:
            # Known to fail: said at once, so that no platform waits for its answer. The lane looks when it is over.
            raise NotReady(self._write.fault)
        return self._write

    async def _fire(self) -> None:
        await self._writer.persist(timing.fire, self._fired)

    async def _purge_daily(self) -> None:
        count = await self.purge()
        if count:
            log.info("Purged %d rows past their time.", count)

    # What follows runs on the event loop in the order of the commits, before those who wait for them go on.

    def _accepted(self, conversation: str, is_new: bool) -> None:
        if is_new:
            self._inbox.accepted(conversation)

    def _committed(self, outcome: Outcome, result: tuple[bool, int | None]) -> None:
        is_first, due = result
        self._inbox.committed(outcome.claim)
        if is_first:
            message = outcome.claim.message
            self._outbox.committed(message.channel, message.conversation, len(outcome.replies))
        if due is not None:
            self._clock.set_next(due)

    def _fired(self, result: tuple[list[Message], int | None]) -> None:
        fired, due = result
        for message in fired:
            self._inbox.accepted(message.conversation)
        self._clock.set_next(due)

    def _revived(self, revived: letters.Revived | None) -> None:
        if revived is None:
            return
        if revived.source == "inbox":
            self._inbox.accepted(revived.conversation)
        else:
            self._outbox.committed(revived.channel, revived.conversation, 1)

    def _buried(self, letter: DeadLetter | None) -> None:
        if letter is not None:
            self._bury(letter)

    def _bury(self, letter: DeadLetter) -> None:
        log.error("Dead letter %d (%s %s): %s", letter.id, letter.source, letter.key, letter.error)
        if self._on_dead_letter is None:
            return
        try:
            self._on_dead_letter(letter)
        except Exception:
            # An observer must not keep the others of this commit from hearing that they are done.
            log.exception("on_dead_letter failed.")
