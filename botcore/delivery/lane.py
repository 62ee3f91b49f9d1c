"""A database connection with a thread of its own, which commits whatever has gathered as one group.

A commit costs an fsync however much is in it. So the thread takes everything that is waiting, runs it so that one
piece of work that fails harms no other, commits once, and only then tells those who wait.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from botcore.errors import BotcoreError, NotReady
from botcore.store.query import Database

T = TypeVar("T")
Work = Callable[[Database], T]

_MAX_GROUP = 512
_MAX_WAITING = 20_000
_PROBE_S = 0.5
# More than one page, so that the probe of a full disk has to find room as a message would.
_PROBE_BYTES = 16_384


@dataclass(slots=True, eq=False)
class _Job:
    """Work, the future that gets its result, and what the event loop does first once it is committed."""

    work: Work[Any]
    future: asyncio.Future[Any]
    after: Callable[[Any], None] | None
    is_alone: bool
    result: Any = None
    error: BaseException | None = None


class Lane:
    """Runs work on one connection in the order of `submit`.

    `writes`: in write transactions, group-committed; otherwise each piece of work reads what is committed.
    """

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection], *, place: str, writes: bool) -> None:
        self.fault = ""
        self._name = name
        self._connect = connect
        self._place = place
        self._writes = writes
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self.is_open = False

    async def open(self) -> None:
        """Connect in a new thread; raises what connecting raises."""
        if self.is_open:
            return
        self._loop = asyncio.get_running_loop()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        opened: asyncio.Future[None] = self._loop.create_future()
        threading.Thread(target=self._run, args=(opened,), name=self._name, daemon=True).start()
        await opened
        self.is_open = True

    async def close(self) -> None:
        """Run what is queued, then close the connection."""
        if self.is_open:
            self.is_open = False
            self._jobs.put(None)
            await self._closed

    def submit(
        self, work: Work[T], after: Callable[[T], None] | None = None, *, is_alone: bool = False
    ) -> asyncio.Future[T]:
        """Queue work. Once it is committed `after(result)` runs on the event loop, even if nobody waits any more.

        The work must bear being run again after a rollback: it changes nothing but the database.
        `is_alone`: outside of any transaction, for what SQLite refuses to do within one.

        Raises:
            NotReady: the lane is closed.
        """
        if not self.is_open:
            raise NotReady(f"The journal {self._place} is closed.", fix="Start the bot, then try again.")
        if self._jobs.qsize() > _MAX_WAITING:
            raise NotReady(f"The journal {self._place} cannot keep up.", fix="Send more slowly, or use a faster disk.")
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(work, future, after, is_alone))
        return future

    def _run(self, opened: asyncio.Future[None]) -> None:
        try:
            database = Database(self._connect())
        except BaseException as error:  # handed to open(), which raises it
            self._call(_fail, opened, self._translated(error))
            return
        self._call(_succeed, opened)
        try:
            while self._turn(database):
                pass
        finally:
            database.connection.close()
            self._call(_succeed, self._closed)

    def _turn(self, database: Database) -> bool:
        """One group, or one probe of a database that could not be written; False when it is time to close."""
        try:
            first = self._jobs.get(timeout=_PROBE_S if self.fault else None)
        except Empty:
            self._probe(database)
            return True
        group, goes_on = self._gather(first)
        if group:
            together = [job for job in group if not job.is_alone] if self._writes else []
            if together:
                self._commit(database, together)
            for job in group:
                if job.is_alone or not self._writes:
                    self._do(database, job)
            self._call(_resolve, group)
        return goes_on

    def _gather(self, first: _Job | None) -> tuple[list[_Job], bool]:
        group: list[_Job] = []
        job = first
        while job is not None:
            group.append(job)
            if len(group) >= _MAX_GROUP:
                return group, True
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return group, True
        return group, False

    def _commit(self, database: Database, group: list[_Job]) -> None:
        """The whole group in one transaction. A fault of the storage fails all of it: then nothing was stored.

        Savepoints are a third of the statements and hardly ever needed. So the group is first run without; if a job
        fails, all of it is run again, each job in a savepoint that undoes only what failed.
        """
        try:
            self._run_group(database, group, with_savepoints=False)
            if any(job.error is not None for job in group):
                database.connection.rollback()
                self._run_group(database, group, with_savepoints=True)
            database.connection.execute("COMMIT")
            self.fault = ""
        except sqlite3.Error as error:
            fault = self._translated(error)
            self.fault = str(fault)
            for job in group:
                job.error = NotReady(self.fault)
            _roll_back(database.connection)

    def _run_group(self, database: Database, group: list[_Job], *, with_savepoints: bool) -> None:
        connection = database.connection
        connection.execute("BEGIN IMMEDIATE")
        database.read_clock()
        for job in group:
            job.error = None
            if with_savepoints:
                connection.execute("SAVEPOINT job")
            self._do(database, job)
            if isinstance(job.error, sqlite3.Error) and _is_fault(job.error):
                raise job.error
            if with_savepoints:
                if job.error is not None:
                    connection.execute("ROLLBACK TO job")
                connection.execute("RELEASE job")
            elif job.error is not None:
                return

    def _do(self, database: Database, job: _Job) -> None:
        try:
            job.result = job.work(database)
        except Exception as error:  # belongs to the one who waits for this job
            job.error = self._translated(error) if job.is_alone or not self._writes else error

    def _probe(self, database: Database) -> None:
        """Write and remove a few pages, to see whether a database that failed can be written again."""
        connection = database.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT OR REPLACE INTO steps VALUES (-1, 'probe', zeroblob(?))", (_PROBE_BYTES,))
            connection.execute("COMMIT")
            connection.execute("DELETE FROM steps WHERE inbox_id = -1")
            self.fault = ""
        except sqlite3.Error as error:
            self.fault = str(self._translated(error))
            _roll_back(connection)

    def _translated(self, error: BaseException) -> BaseException:
        """The storage's error in our words, with its mend."""
        if isinstance(error, BotcoreError) or not _is_fault(error):
            return error
        mend = f"Check it: sqlite3 {self._place} 'PRAGMA integrity_check'."
        for sign, better in (
            ("full", f"Free space on the disk that holds {self._place}."),
            ("locked", f"Another program is writing to {self._place}: close it."),
            ("readonly", f"Make {self._place} and its folder writable for this user."),
            ("unable to open", f"Make the folder of {self._place} exist and writable for this user."),
        ):
            if sign in str(error):
                mend = better
        fault = NotReady(f"The journal {self._place} cannot be used: {error}.", fix=mend)
        fault.__cause__ = error
        return fault

    def _call(self, function: Callable[..., None], *values: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *values)
        except RuntimeError:
            # The event loop ended without stop(): nobody is left to be told, and what is committed is safe.
            return


def _is_fault(error: BaseException | None) -> bool:
    """True for what the storage does to us, False for a mistake of ours in one statement."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.NotSupportedError)
    )


def _roll_back(connection: sqlite3.Connection) -> None:
    # SQLite ends the transaction by itself after some faults (disk full) and not after others.
    if connection.in_transaction:
        connection.rollback()


def _resolve(group: list[_Job]) -> None:
    """On the event loop: what each job left behind, in the order of the jobs."""
    for job in group:
        if job.error is None and job.after is not None:
            job.after(job.result)
        if job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)


def _succeed(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _fail(future: asyncio.Future[None], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
