"""Who is sent to next: replies of one conversation in order and one at a time, conversations side by side.

In memory there is one number per conversation that waits, and the replies that are being sent right now.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial

from botcore.delivery import sending
from botcore.delivery.engine import DeadLetter
from botcore.delivery.lane import Lane
from botcore.delivery.options import Options
from botcore.delivery.overdue import Overdue
from botcore.delivery.pace import STUCK_S, Pace
from botcore.delivery.sending import Parcel, Settled, Undelivered
from botcore.delivery.writer import Writer
from botcore.errors import NotReady
from botcore.messages import Delivery, Retry, SendResult

log = logging.getLogger(__name__)

_AFTER_FAULT_S = 5.0


# Claimed ahead of a channel that recognises repeats. Elsewhere nothing is: what is marked as being sent looks after a
# crash as if it may have arrived.
_AHEAD = 8


@dataclass(slots=True, eq=False)
class _Channel:
    """What waits for one channel: conversations that are `ready`, parcels to hand out (None ends an iterator).

    `taken` counts claims: up to the handing out where repeats are recognised, elsewhere up to the outcome, or until
    that is overdue.
    """

    name: str
    pending: dict[str, int] = field(default_factory=dict)
    ready: deque[str] = field(default_factory=deque)
    has_work: asyncio.Event = field(default_factory=asyncio.Event)
    claimed: asyncio.Queue[Parcel | None] = field(default_factory=asyncio.Queue)
    in_flight: dict[str, Parcel] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    taken: int = 0
    iterators: int = 0
    is_fed: bool = False
    is_replay_safe: bool = False
    handed_out: Overdue[str] = field(init=False)

    def __post_init__(self) -> None:
        self.handed_out = Overdue(STUCK_S, self._overdue)

    def offer(self, conversation: str) -> None:
        """Have this conversation's oldest reply claimed."""
        self.ready.append(conversation)
        self.has_work.set()

    def free(self) -> None:
        """A claim less."""
        self.taken -= 1
        self.has_work.set()

    def hand_out(self, parcel: Parcel) -> None:
        """The parcel goes to the channel."""
        self.in_flight[parcel.delivery.key] = parcel
        if self.is_replay_safe:
            self.free()
        else:
            self.handed_out.begin(parcel.delivery.key)

    def come_back(self, key: str) -> None:
        """The parcel's outcome is there."""
        spent_s = self.handed_out.end(key)
        if spent_s is not None:
            self.pace.answered(spent_s)
            self.free()

    def _overdue(self, key: str) -> None:
        """The parcel holds others up no more."""
        self.pace.answered(STUCK_S)
        self.free()

    def batch(self) -> list[str]:
        """The conversations to claim from now."""
        limit = _AHEAD if self.is_replay_safe else self.pace.limit
        found = []
        while self.ready and self.taken < limit:
            self.taken += 1
            found.append(self.ready.popleft())
        return found


class Outbox:
    """Hands replies to the channels and records how each ended."""

    def __init__(self, writer: Writer, reader: Lane, options: Options, bury: Callable[[DeadLetter], None]) -> None:
        self._writer = writer
        self._reader = reader
        self._options = options
        self._bury = bury
        self._channels: dict[str, _Channel] = {}
        self._stopping = False

    @property
    def in_flight(self) -> int:
        """How many replies are being sent."""
        return sum(len(channel.in_flight) for channel in self._channels.values())

    def recover(self, found: list[Undelivered]) -> None:
        """Take up what an earlier process left unsent."""
        for row in found:
            self.committed(row.channel, row.conversation, row.count)

    def committed(self, channel: str, conversation: str, count: int) -> None:
        """So many more replies wait for this conversation."""
        if not count:
            return
        lane = self._channel(channel)
        before = lane.pending.get(conversation, 0)
        lane.pending[conversation] = before + count
        if not before:
            lane.offer(conversation)

    def stop(self) -> None:
        """Hand out nothing more, and end the iterators; what is in flight may still be settled."""
        self._stopping = True
        for lane in self._channels.values():
            while not lane.claimed.empty():
                self._return(lane.claimed.get_nowait())
            lane.claimed.put_nowait(None)

    async def deliveries(self, channel: str, tasks: asyncio.TaskGroup, *, replay_safe: bool) -> AsyncIterator[Delivery]:
        """See `Engine.deliveries`; `tasks` runs what claims ahead."""
        lane = self._channel(channel)
        lane.is_replay_safe = replay_safe
        if not lane.iterators:
            self._take_back(lane)
        if not lane.is_fed:
            lane.is_fed = True
            tasks.create_task(self._feed(lane), name=f"outbox-{channel}")
        lane.iterators += 1
        try:
            while not self._stopping:
                parcel = await lane.claimed.get()
                if parcel is None:
                    break
                lane.hand_out(parcel)
                yield parcel.delivery
        finally:
            lane.iterators -= 1
            if self._stopping:
                # The mark that ended this iterator ends the others of the channel too.
                lane.claimed.put_nowait(None)

    async def settle(self, delivery: Delivery, result: SendResult) -> None:
        """See `Engine.settle`. A second settling of the same delivery changes nothing."""
        lane = self._channel(delivery.channel)
        parcel = lane.in_flight.get(delivery.key)
        if parcel is None or parcel.delivery is not delivery:
            return
        del lane.in_flight[delivery.key]
        # The next claim is submitted right behind this outcome: both are one commit, and no more is in doubt.
        lane.come_back(delivery.key)
        pause_s = max(0.0, result.after_s) if isinstance(result, Retry) else 0.0
        try:
            await self._writer.persist(
                partial(sending.settle, parcel=parcel, result=result, attempts=self._options.send_attempts),
                after=partial(self._settled, lane, delivery.conversation, pause_s),
            )
        except NotReady:
            # Not written: the next iterator of this channel, or the next process, finds it again.
            lane.in_flight[delivery.key] = parcel
            raise

    async def _feed(self, lane: _Channel) -> None:
        """Claim parcels for the channel, as many as there may be, in one transaction."""
        while not self._stopping:
            batch = lane.batch()
            if not batch:
                lane.has_work.clear()
                await lane.has_work.wait()
                continue
            await self._try_to_claim(lane, batch)

    async def _try_to_claim(self, lane: _Channel, batch: list[str]) -> None:
        """The border of the feeding task: a fault must not end the channel, nor hold up conversations beside it."""
        try:
            await self._claim(lane, batch)
        except Exception:
            if self._stopping:
                return
            if len(batch) > 1:  # one of them is at fault: which?
                for conversation in batch:
                    await self._try_to_claim(lane, [conversation])
                return
            log.exception("Claiming replies for %s failed; trying again.", lane.name)
            lane.free()
            asyncio.get_running_loop().call_later(_AFTER_FAULT_S, lane.offer, batch[0])

    async def _claim(self, lane: _Channel, batch: list[str]) -> None:
        is_marked = not lane.is_replay_safe
        work = partial(sending.claim_all, channel=lane.name, conversations=batch, is_marked=is_marked)
        after = partial(self._claimed, lane)
        if is_marked:
            await self._writer.persist(work, after)
        else:
            await self._reader.submit(work, after)

    def _claimed(self, lane: _Channel, found: list[tuple[str, Parcel | None]]) -> None:
        """Runs in the order of the commits, so that a reply committed just after an empty claim is not overlooked."""
        for conversation, parcel in found:
            if parcel is None:
                lane.pending.pop(conversation, None)
                lane.free()
            elif self._stopping:
                self._return(parcel)
            else:
                lane.claimed.put_nowait(parcel)

    def _settled(self, lane: _Channel, conversation: str, pause_s: float, settled: Settled) -> None:
        left = lane.pending.get(conversation, 1) - settled.is_done
        if left <= 0:
            lane.pending.pop(conversation, None)
        else:
            lane.pending[conversation] = left
            self._offer(lane, conversation, pause_s)
        if settled.dead_letter is not None:
            self._bury(settled.dead_letter)

    def _offer(self, lane: _Channel, conversation: str, pause_s: float) -> None:
        if pause_s:
            asyncio.get_running_loop().call_later(pause_s, lane.offer, conversation)
        else:
            lane.offer(conversation)

    def _take_back(self, lane: _Channel) -> None:
        """What the channel's last iterator handed out and nobody settled is handed out again."""
        for key, parcel in lane.in_flight.items():
            if lane.handed_out.end(key) is not None:
                lane.free()
            lane.offer(parcel.delivery.conversation)
        lane.in_flight.clear()

    def _return(self, parcel: Parcel | None) -> None:
        """Take the mark off a parcel that was claimed ahead and never handed out."""
        if parcel is not None:
            self._writer.soon(partial(sending.unmark, parcel=parcel))

    def _channel(self, name: str) -> _Channel:
        lane = self._channels.get(name)
        if lane is None:
            lane = self._channels[name] = _Channel(name)
        return lane
