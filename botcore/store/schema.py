"""Bring a journal's tables to what this version expects, whatever version wrote them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from botcore.errors import NotReady
from botcore.store.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

# The newest file in migrations/versions; a test holds the two together. Known without importing alembic, which would
# cost every start a quarter of a second.
HEAD = "0002"


def version(connection: sqlite3.Connection) -> str | None:
    """The version of the tables in this database; None for an empty one."""
    has_table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    if connection.execute(has_table).fetchone() is None:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def upgrade(connection: sqlite3.Connection, *, place: str) -> None:
    """Create or upgrade the tables in one transaction; `place` names the database in errors.

    Raises:
        NotReady: a newer version of botcore wrote it. Nothing was changed.
    """
    found = version(connection)
    if found == HEAD:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if found is None:
            _create(connection)
        else:
            _migrate(connection, found, place)
    finally:
        if connection.in_transaction:
            connection.rollback()


def _create(connection: sqlite3.Connection) -> None:
    """The tables of `HEAD` in an empty database; the migrations lead to the same ones, which a test checks."""
    with _engine(connection).connect() as borrowed:
        metadata.create_all(borrowed, checkfirst=False)
        borrowed.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY NOT NULL)")
        borrowed.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (HEAD,))
        borrowed.commit()


def _migrate(connection: sqlite3.Connection, found: str, place: str) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found not in known:
        raise NotReady(
            f"The journal {place} has schema {found}; this version knows schemas up to {HEAD}.",
            fix="Run the newer version that wrote it: pip install --upgrade botcore-framework.",
        )
    with _engine(connection).connect() as borrowed:
        config.attributes["connection"] = borrowed
        command.upgrade(config, "head")
        borrowed.commit()


def _engine(connection: sqlite3.Connection) -> Engine:
    """SQLAlchemy over a connection that stays ours."""
    return create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)


def _config() -> Config:
    """Alembic's settings: the migrations beside this file, no ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config
