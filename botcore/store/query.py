"""SQLAlchemy Core statements, compiled once, run on the driver itself.

Building and running a statement through SQLAlchemy's connection costs about ten times what SQLite needs for it; the
compiled text costs nothing more than the driver.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.expression import ClauseElement, ColumnElement, literal_column

_DIALECT = sqlite.dialect(paramstyle="named")

# The database's own clock, in milliseconds since 1970. `unixepoch('subsec')` would need SQLite 3.42.
_NOW = "SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"


def word(value: str) -> ColumnElement[str]:
    """A constant written into the statement: SQLite uses a partial index only if it sees the value."""
    return literal_column(f"'{value}'")


class Query:
    """A compiled statement and the constants that were bound in it."""

    __slots__ = ("constants", "sql")

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self.constants = {name: value for name, value in compiled.params.items() if value is not None}


class Database:
    """One SQLite connection of one thread. `now` is the stamp of the running transaction, in milliseconds."""

    __slots__ = ("connection", "now")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.now = 0

    def read_clock(self) -> int:
        """The database's clock now; kept in `now`."""
        self.now = int(self.connection.execute(_NOW).fetchone()[0])
        return self.now

    def run(self, query: Query, **values: Any) -> sqlite3.Cursor:
        """Run once with these values."""
        if query.constants:
            values = query.constants | values
        return self.connection.execute(query.sql, values)

    def run_many(self, query: Query, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run once a row."""
        if query.constants:
            rows = [{**query.constants, **row} for row in rows]
        self.connection.executemany(query.sql, rows)
