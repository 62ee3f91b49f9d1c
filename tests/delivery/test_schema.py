"""The tables come up from any version, and a version from the future is refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import botcore.store
from botcore.errors import NotReady
from botcore.store import schema
from botcore.store.tables import metadata

MIGRATIONS = Path(botcore.store.__file__).with_name("migrations")


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def shape(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every table's columns and indexes."""
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {}
    for name in names:
        columns = connection.execute(f"PRAGMA table_xinfo({name})").fetchall()
        indexes = sorted(row[1:] for row in connection.execute(f"PRAGMA index_list({name})"))
        found[name] = [*columns, *indexes]
    return found


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]


def migrate(path: Path, revision: str) -> None:
    """Bring an empty database to a revision, as a bot of that time would have."""
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with create_engine(f"sqlite:///{path}").connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
        connection.engine.dispose()


def test_the_newest_migration_is_the_one_the_program_expects():
    assert revisions()[0] == schema.HEAD


def test_migrations_lead_to_the_tables_that_a_new_journal_gets(tmp_path):
    migrate(tmp_path / "old.db", "head")
    new = connect(tmp_path / "new.db")
    schema.upgrade(new, place="new.db")
    old = connect(tmp_path / "old.db")
    assert shape(new).keys() == shape(old).keys()
    for name, found in shape(new).items():
        if name != "alembic_version":
            assert found == shape(old)[name], name
    new.close()
    old.close()


def test_the_tables_are_those_of_the_metadata(tmp_path):
    migrate(tmp_path / "x.db", "head")
    engine = create_engine(f"sqlite:///{tmp_path}/x.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


@pytest.mark.parametrize("revision", revisions())
def test_a_journal_of_any_version_is_upgraded_and_keeps_its_rows(tmp_path, revision):
    migrate(tmp_path / "x.db", revision)
    connection = connect(tmp_path / "x.db")
    connection.execute(
        "INSERT INTO inbox (channel, key, conversation, seq, turn, status, attempts, accepted_at, body)"
        " VALUES ('web', 'k', 'c', 1, 't', 'new', 0, 1, '{}')"
    )
    schema.upgrade(connection, place="x.db")
    assert schema.version(connection) == schema.HEAD
    assert connection.execute("SELECT key, status FROM inbox").fetchall() == [("k", "new")]
    schema.upgrade(connection, place="x.db")
    connection.close()


def test_a_journal_without_its_newest_migration_is_upgraded_by_alembic(tmp_path, monkeypatch):
    """The path that the next migration will take: what is found is known but not the newest."""
    migrate(tmp_path / "x.db", "head")
    connection = connect(tmp_path / "x.db")
    monkeypatch.setattr(schema, "HEAD", "9999")
    schema.upgrade(connection, place="x.db")
    assert schema.version(connection) == revisions()[0]
    assert not connection.in_transaction
    connection.close()


def test_a_journal_from_the_future_is_refused_untouched(tmp_path):
    connection = connect(tmp_path / "x.db")
    schema.upgrade(connection, place="x.db")
    connection.execute("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(NotReady) as caught:
        schema.upgrade(connection, place="/srv/x.db")
    assert "/srv/x.db has schema 0999" in str(caught.value)
    assert "pip install --upgrade botcore-framework" in str(caught.value)
    assert schema.version(connection) == "0999"
    connection.close()
