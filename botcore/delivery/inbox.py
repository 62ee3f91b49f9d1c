"""Who is answered next: messages of one conversation in order, conversations side by side.

In memory there is one number per conversation that waits, never a message: the oldest one is read when it is claimed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from botcore.delivery import journal
from botcore.delivery.engine import Claim, DeadLetter, Handler
from botcore.delivery.options import Options
from botcore.delivery.writer import Writer
from botcore.errors import NotReady

log = logging.getLogger(__name__)

# Tried this often before the start, a message may be what ended the process: it is tried alone, so that it cannot use
# up the attempts of others that are answered at the same time.
_SUSPECT_ATTEMPTS = 2


class Inbox:
    """Hands waiting messages to the handler and sees each through to done or dead letter."""

    def __init__(self, writer: Writer, options: Options, bury: Callable[[DeadLetter], None]) -> None:
        self.running = 0
        self._writer = writer
        self._options = options
        self._bury = bury
        self._pending: dict[str, int] = {}
        self._suspects: set[str] = set()
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._suspicious: asyncio.Queue[str] = asyncio.Queue()
        self._done: set[int] = set()
        self._stopping = False

    def recover(self, found: list[journal.Waiting]) -> None:
        """Take up what an earlier process left unanswered."""
        for waiting in found:
            self._pending[waiting.conversation] = waiting.count
            if waiting.attempts >= _SUSPECT_ATTEMPTS:
                self._suspects.add(waiting.conversation)
            self._offer(waiting.conversation)

    def accepted(self, conversation: str) -> None:
        """One more message waits in this conversation."""
        count = self._pending.get(conversation, 0)
        self._pending[conversation] = count + 1
        if not count:
            self._offer(conversation)

    def committed(self, claim: Claim) -> None:
        """The message of this claim is done."""
        self._done.add(claim.id)

    def work(self, tasks: asyncio.TaskGroup, handler: Handler) -> None:
        """Start the workers."""
        tasks.create_task(self._work(self._suspicious, handler), name="inbox-suspects")
        for number in range(self._options.parallel):
            tasks.create_task(self._work(self._ready, handler), name=f"inbox-{number}")

    def stop(self) -> None:
        """Claim nothing more; what runs goes on."""
        self._stopping = True

    def _offer(self, conversation: str) -> None:
        queue = self._suspicious if conversation in self._suspects else self._ready
        queue.put_nowait(conversation)

    async def _work(self, queue: asyncio.Queue[str], handler: Handler) -> None:
        while True:
            conversation = await queue.get()
            if self._stopping:
                continue
            self.running += 1
            try:
                await self._answer(conversation, handler)
            except Exception:
                # The border of this task: a fault of ours must not cost a worker, nor the conversation.
                log.exception("Answering in %s failed; trying again.", conversation)
                self._offer_later(conversation, self._options.pause_max_s)
            finally:
                self.running -= 1

    async def _answer(self, conversation: str, handler: Handler) -> None:
        claim = await self._writer.persist(
            partial(
                journal.claim, conversation=conversation, attempts=self._options.attempts, recent=self._options.recent
            ),
            after=partial(self._claimed, conversation),
        )
        if not isinstance(claim, Claim):
            return
        error = await self._try(claim, handler)
        if claim.id in self._done:
            self._done.discard(claim.id)
            self._ended(conversation)
        elif isinstance(error, NotReady):
            # Not the message's fault, so it does not count.
            await self._writer.persist(partial(journal.uncount, id_=claim.id))
            self._offer_later(conversation, self._pause(claim.attempt))
        elif claim.attempt < self._options.attempts:
            self._offer_later(conversation, self._pause(claim.attempt))
        else:
            text = f"Tried {claim.attempt} times. Last: {type(error).__name__}: {error}"
            await self._writer.persist(
                partial(journal.give_up, claimed=claim, error=text), after=partial(self._given_up, conversation)
            )

    async def _try(self, claim: Claim, handler: Handler) -> BaseException | None:
        """Run the handler; what it raised, or None when the message is done."""
        error: BaseException
        try:
            await handler(claim)
        except asyncio.CancelledError as cancelled:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                self._writer.soon(partial(journal.uncount, id_=claim.id))
                raise
            # Nobody cancelled this worker: something that the handler waited for was cancelled, which is its failure.
            error = cancelled
        except Exception as raised:
            error = raised
        else:
            if claim.id in self._done:
                return None
            error = RuntimeError("the handler returned without commit()")
        log.warning("Turn %s, attempt %d, failed.", claim.turn, claim.attempt, exc_info=error)
        return error

    def _claimed(self, conversation: str, claim: Claim | DeadLetter | None) -> None:
        """Runs in the order of the commits, so that a message accepted just after an empty claim is not overlooked."""
        if claim is None:
            self._pending.pop(conversation, None)
            self._suspects.discard(conversation)
        elif isinstance(claim, DeadLetter):
            self._given_up(conversation, claim)

    def _given_up(self, conversation: str, letter: DeadLetter | None) -> None:
        self._ended(conversation)
        if letter is not None:
            self._bury(letter)

    def _ended(self, conversation: str) -> None:
        """One message less; the conversation goes to the end of the queue with the next."""
        self._suspects.discard(conversation)
        left = self._pending.get(conversation, 1) - 1
        if left > 0:
            self._pending[conversation] = left
            self._offer(conversation)
        else:
            self._pending.pop(conversation, None)

    def _pause(self, attempt: int) -> float:
        doubled: float = self._options.pause_s * 2.0 ** min(attempt - 1, 30)
        return min(doubled, self._options.pause_max_s)

    def _offer_later(self, conversation: str, pause_s: float) -> None:
        asyncio.get_running_loop().call_later(pause_s, self._offer, conversation)
