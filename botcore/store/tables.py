"""What the journal keeps, the same on every engine.

Times are milliseconds since 1970 (UTC) by the database's clock; bodies are JSON text made by `codec`. The words in
`status` columns are for people who look with a database shell: inbox `new`, `done`, `dead`; outbox `new`, `sending`,
`sent`, `unknown`, `failed`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

# SQLite only counts ids up by itself in a column declared as INTEGER.
_Id = BigInteger().with_variant(Integer, "sqlite")
_Millis = BigInteger().with_variant(Integer, "sqlite")

_IS_WAITING = text("status = 'new'")
_IS_UNDELIVERED = text("status IN ('new', 'sending')")

inbox = Table(
    "inbox",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("turn", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("accepted_at", _Millis, nullable=False),
    Column("body", Text, nullable=False),
    # Per channel: a key that a web client makes up cannot shadow another platform's.
    UniqueConstraint("channel", "key", name="inbox_key"),
    Index("inbox_waiting", "conversation", "id", sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
    # Ids are never used twice, so a late commit for a forgotten message cannot hit a new one.
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("conversation", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("turn", Text, nullable=False),
    Column("at", _Millis, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("conversation", "seq", name="events_seq"),
    Index("events_turn", "turn"),
    sqlite_with_rowid=False,
)

conversations = Table(
    "conversations",
    metadata,
    Column("conversation", Text, primary_key=True),
    Column("last_seq", Integer, nullable=False),
    Column("updated_at", _Millis, nullable=False),
    Column("state", Text, nullable=False),
    sqlite_with_rowid=False,
)

participants = Table(
    "participants",
    metadata,
    Column("conversation", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("user", Text, nullable=False),
    PrimaryKeyConstraint("conversation", "channel", "user", name="participants_key"),
    Index("participants_user", "channel", "user"),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("turn", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", _Millis, nullable=False),
    Column("sent_at", _Millis),
    Column("external_id", Text),
    Column("why", Text),
    Column("reply", Text, nullable=False),
    Index(
        "outbox_undelivered",
        "channel",
        "conversation",
        "id",
        sqlite_where=_IS_UNDELIVERED,
        postgresql_where=_IS_UNDELIVERED,
    ),
    sqlite_autoincrement=True,
)

timers = Table(
    "timers",
    metadata,
    Column("key", Text, primary_key=True),
    Column("due", _Millis, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("timers_due", "due"),
    sqlite_with_rowid=False,
)

steps = Table(
    "steps",
    metadata,
    Column("inbox_id", _Id, nullable=False),
    Column("key", Text, nullable=False),
    Column("result", Text, nullable=False),
    PrimaryKeyConstraint("inbox_id", "key", name="steps_key"),
    sqlite_with_rowid=False,
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("source", Text, nullable=False),
    Column("source_id", _Id, nullable=False),
    Column("key", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("at", _Millis, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_autoincrement=True,
)

kept = Table(
    "kept",
    metadata,
    Column("owner", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("expires_at", _Millis),
    Column("conversation", Text, nullable=False),
    PrimaryKeyConstraint("owner", "key", name="kept_key"),
    Index("kept_conversation", "conversation"),
    sqlite_with_rowid=False,
)
