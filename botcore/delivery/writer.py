"""Writing that has to succeed in the end: what is already promised waits for a journal that cannot be written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from botcore.delivery.lane import Lane, Work
from botcore.errors import NotReady

T = TypeVar("T")

_FIRST_PAUSE_S = 0.05
_LAST_PAUSE_S = 1.0


class Writer:
    """The write lane with patience."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._gives_up = False

    def stop(self) -> None:
        """From now on a journal that cannot be written is an error at once."""
        self._gives_up = True

    async def persist(self, work: Work[T], after: Callable[[T], None] | None = None) -> T:
        """The committed result of `work`, which is tried until the journal can be written.

        Raises:
            NotReady: the engine stops and the journal still cannot be written.
        """
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return await self._lane.submit(work, after)
            except NotReady:
                if self._gives_up or not self._lane.is_open:
                    raise
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LAST_PAUSE_S)

    def soon(self, work: Work[Any], after: Callable[[Any], None] | None = None) -> None:
        """Write if possible, without waiting: for what merely makes a restart smoother."""
        try:
            self._lane.submit(work, after).add_done_callback(_forget)
        except NotReady:
            return


def _forget(future: asyncio.Future[Any]) -> None:
    """Look at the exception, so that asyncio does not report it as overlooked."""
    if not future.cancelled():
        future.exception()
