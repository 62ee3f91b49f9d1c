"""APScheduler as the clock, and nothing more: it says when to look; what is due is in the journal.

So a job that fires late, twice or not at all does no harm: a sweep every minute finds what was missed.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botcore.delivery import journal

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)

_SWEEP_S = 60
_PURGE_FIRST_S = 60
_PURGE_HOURS = 24
# However late a job fires, it fires; several missed firings are one.
_JOB_DEFAULTS = {"coalesce": True, "misfire_grace_time": None, "max_instances": 2}


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
        self._is_due.set()
        tasks.create_task(self._tick(), name="clock")
        tasks.create_task(_whenever(self._is_due, fire), name="timers")
        tasks.create_task(_whenever(self._is_purge_due, purge), name="purge")

    def set_next(self, due: int | None) -> None:
        """The next timer is due then (milliseconds since 1970); None: no timer."""
        if due != self._next:
            self._next = due
            self._arm()

    async def _tick(self) -> None:
        """Run the scheduler until cancelled."""
        # Importing it takes longer than a turn may wait.
        module = await asyncio.to_thread(importlib.import_module, "apscheduler.schedulers.asyncio")
        scheduler: AsyncIOScheduler = module.AsyncIOScheduler(timezone=UTC, job_defaults=_JOB_DEFAULTS)
        scheduler.add_job(self._wake, "interval", args=(self._is_due,), seconds=_SWEEP_S)
        first = datetime.now(UTC) + timedelta(seconds=_PURGE_FIRST_S)
        scheduler.add_job(self._wake, "interval", args=(self._is_purge_due,), hours=_PURGE_HOURS, next_run_time=first)
        scheduler.start()
        self._scheduler = scheduler
        self._arm()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._scheduler = None
            scheduler.shutdown(wait=False)

    def _arm(self) -> None:
        if self._scheduler is not None and self._next is not None:
            due = journal.stamp(self._next)
            self._scheduler.add_job(
                self._wake, "date", args=(self._is_due,), run_date=due, id="timers", replace_existing=True
            )

    async def _wake(self, event: asyncio.Event) -> None:
        """What every job does. A coroutine, since APScheduler runs plain functions in threads."""
        self._next = None
        event.set()


async def _whenever(event: asyncio.Event, do: Callable[[], Awaitable[None]]) -> None:
    while True:
        await event.wait()
        event.clear()
        try:
            await do()
        except Exception:
            # The border of this task: the next wake-up, a minute or a day later, tries again.
            log.exception("Work of the clock failed.")
