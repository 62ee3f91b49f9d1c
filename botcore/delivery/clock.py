"""APScheduler as the clock, and nothing more: it says when to look; what is due is in the journal.

So a job that fires late, twice or not at all does no harm: a sweep every minute finds what was missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botcore.delivery import journal

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

_SWEEP_S = 60
_PURGE_FIRST_S = 60
_PURGE_HOURS = 24


class Clock:
    """Wakes `timers` when the next timer is due and `purge` once a day."""

    def __init__(self) -> None:
        self._scheduler: AsyncIOScheduler | None = None
        self._next: int | None = None
        self._is_due = asyncio.Event()
        self._is_purge_due = asyncio.Event()

    def start(
        self, tasks: asyncio.TaskGroup, fire: Callable[[], Awaitable[None]], purge: Callable[[], Awaitable[None]]
    ) -> None:
        """Begin; whatever is overdue is looked at first."""
        # Imported late: `botcore ask` and the reading commands have no use for it.
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        scheduler = self._scheduler = AsyncIOScheduler(timezone=UTC)
        scheduler.configure(job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 2})
        scheduler.add_job(self._wake, "interval", args=(self._is_due,), seconds=_SWEEP_S)
        first = datetime.now(UTC) + timedelta(seconds=_PURGE_FIRST_S)
        scheduler.add_job(self._wake, "interval", args=(self._is_purge_due,), hours=_PURGE_HOURS, next_run_time=first)
        scheduler.start()
        self._is_due.set()
        tasks.create_task(_whenever(self._is_due, fire), name="timers")
        tasks.create_task(_whenever(self._is_purge_due, purge), name="purge")

    def stop(self) -> None:
        """Wake nobody any more."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    def set_next(self, due: int | None) -> None:
        """The next timer is due then (milliseconds since 1970); None: no timer."""
        if due == self._next or self._scheduler is None:
            return
        self._next = due
        if due is not None:
            self._scheduler.add_job(
                self._wake,
                "date",
                args=(self._is_due,),
                run_date=journal.stamp(due),
                id="timers",
                replace_existing=True,
            )

    async def _wake(self, event: asyncio.Event) -> None:
        """What every job does. A coroutine, since APScheduler runs plain functions in threads."""
        self._next = None
        event.set()


async def _whenever(event: asyncio.Event, do: Callable[[], Awaitable[None]]) -> None:
    while True:
        await event.wait()
        event.clear()
        await do()
