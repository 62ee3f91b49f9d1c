"""Opening the journal: where it is, one process at a time, and SQLite set up so that a commit survives a power cut."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from botcore.delivery.options import Options
from botcore.errors import NotReady
from botcore.store import schema
from botcore.store.query import Database

_MEMORY = ":memory:"
_CHECKPOINT_TRIES = 10
# The write-ahead log keeps the size of its busiest moment unless told otherwise.
_MAX_LOG_BYTES = 64 * 2**20


def path_of(url: str) -> Path | None:
    """The file behind `sqlite:///...`; None for a journal in memory (`sqlite://`, `:memory:`).

    Raises:
        NotReady: the url is not SQLite's.
    """
    if url == _MEMORY:
        return None
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() != "sqlite":
        raise NotReady("The store is not an SQLite url.", fix="Write it as sqlite:///var/botcore.db.")
    return None if parsed.database in (None, "", _MEMORY) else Path(str(parsed.database)).absolute()


class Journal:
    """The database file and the right to write it. Its methods run in the threads of the lanes."""

    def __init__(self, url: str, options: Options) -> None:
        self.path = path_of(url)
        self.place = str(self.path or "in memory")
        self._options = options
        self._lock: FileLock | None = None

    def connect_writer(self) -> sqlite3.Connection:
        """The writing connection, on tables that are up to date, with the file locked against other processes.

        Raises:
            NotReady: another process has it, a newer version wrote it, or its folder cannot be written.
        """
        if self.path is None:
            connection = self._connect(_MEMORY)
        else:
            self._take_lock(self.path)
            if (
                not self.path.exists()
            ):  # customers' messages are for nobody else to read; SQLite's logs take over the mode
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
            connection = self._connect(str(self.path))
        try:
            self._set_up(connection)
        except BaseException:
            connection.close()
            self.release()
            raise
        return connection

    def connect_reader(self) -> sqlite3.Connection:
        """A connection that sees what is committed and never waits for a commit."""
        return self._connect(str(self.path))

    def connect_beside(self) -> sqlite3.Connection:
        """A connection only to read, while another process may be writing.

        Raises:
            NotReady: there is no journal, or its tables are of another version.
        """
        path = self.path
        if path is None or not path.exists():
            raise NotReady(f"There is no journal {self.place}.", fix="Start the bot once, or name its config with -c.")
        connection = self._connect(str(path))
        connection.execute("PRAGMA query_only = ON")
        found = schema.version(connection)
        if found != schema.HEAD:
            connection.close()
            raise NotReady(
                f"The journal {self.place} has schema {found}, this version reads {schema.HEAD}.",
                fix="Use the version of the bot that writes it, or start the bot with this one first.",
            )
        return connection

    def release(self) -> None:
        """Let another process have the journal."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _connect(self, name: str) -> sqlite3.Connection:
        # isolation_level=None: transactions begin where the lane says so, not where the driver guesses.
        return sqlite3.connect(name, isolation_level=None, timeout=self._options.busy_timeout_s)

    def _set_up(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {_MAX_LOG_BYTES}")
        # What is deleted for a user's privacy must not stay readable in the file.
        connection.execute("PRAGMA secure_delete = ON")
        schema.upgrade(connection, place=self.place)
        if self._options.max_pages is not None:
            connection.execute(f"PRAGMA max_page_count = {int(self._options.max_pages)}")

    def _take_lock(self, path: Path) -> None:
        lock_path = path.with_name(path.name + ".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(lock_path, thread_local=False)
            lock.acquire(timeout=0)
        except Timeout:
            raise NotReady(
                f"Another process has the journal {path} open.",
                fix="Stop the other bot, or give this one a `store` of its own.",
            ) from None
        except OSError as error:
            raise NotReady(
                f"The journal {path} cannot be opened: {error.strerror}.",
                fix=f"Make {path.parent} a folder that this user may write to.",
            ) from error
        self._lock = lock


def scrub(database: Database) -> None:
    """Rewrite the whole file, and with it the gaps in its pages, where moved rows leave pieces of themselves.

    `secure_delete` wipes what is deleted, but not the copies that splitting a page left behind.
    """
    database.connection.execute("VACUUM")
    database.connection.execute("PRAGMA user_version = 0")
    empty_log(database)


def needs_scrub(database: Database) -> bool:
    """True if something was forgotten since the last `scrub`; survives a restart."""
    return bool(database.connection.execute("PRAGMA user_version").fetchone()[0])


def size_bytes(database: Database) -> int:
    """How large the database is."""
    pages: int = database.connection.execute("PRAGMA page_count").fetchone()[0]
    page_bytes: int = database.connection.execute("PRAGMA page_size").fetchone()[0]
    return pages * page_bytes


def empty_log(database: Database) -> None:
    """Move SQLite's write-ahead log into the database and empty it, so that nothing deleted stays readable in it."""
    for _ in range(_CHECKPOINT_TRIES):
        is_busy = database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if not is_busy:
            return
