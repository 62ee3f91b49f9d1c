"""The first journal: inbox, events, conversations, participants, outbox, timers, steps, dead letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_IS_WAITING = sa.text("status = 'new'")
_IS_UNDELIVERED = sa.text("status IN ('new', 'sending')")


def _text(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable, primary_key=primary_key)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _big(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(name, _Big, nullable=nullable, primary_key=primary_key)


def upgrade() -> None:
    """Create all tables."""
    _create_inbox()
    _create_log()
    _create_outbox()
    _create_rest()


def _create_inbox() -> None:
    op.create_table(
        "inbox",
        _big("id", primary_key=True),
        _text("channel"),
        _text("key"),
        _text("conversation"),
        _number("seq"),
        _text("turn"),
        _text("status"),
        _number("attempts"),
        _big("accepted_at"),
        _text("body"),
        sa.UniqueConstraint("channel", "key", name="inbox_key"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "inbox_waiting", "inbox", ["conversation", "id"], sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING
    )


def _create_log() -> None:
    op.create_table(
        "events",
        _text("conversation"),
        _number("seq"),
        _text("kind"),
        _text("turn"),
        _big("at"),
        _text("body"),
        sa.PrimaryKeyConstraint("conversation", "seq", name="events_seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("events_turn", "events", ["turn"])
    op.create_table(
        "conversations",
        _text("conversation", primary_key=True),
        _number("last_seq"),
        _big("updated_at"),
        _text("state"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "participants",
        _text("conversation"),
        _text("channel"),
        _text("user"),
        sa.PrimaryKeyConstraint("conversation", "channel", "user", name="participants_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("participants_user", "participants", ["channel", "user"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        _big("id", primary_key=True),
        _text("channel"),
        _text("conversation"),
        _number("seq"),
        _text("turn"),
        _text("status"),
        _number("attempts"),
        _big("created_at"),
        _big("sent_at", nullable=True),
        _text("external_id", nullable=True),
        _text("why", nullable=True),
        _text("reply"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "outbox_undelivered",
        "outbox",
        ["channel", "conversation", "id"],
        sqlite_where=_IS_UNDELIVERED,
        postgresql_where=_IS_UNDELIVERED,
    )


def _create_rest() -> None:
    op.create_table(
        "timers",
        _text("key", primary_key=True),
        _big("due"),
        _text("conversation"),
        _text("body"),
        sqlite_with_rowid=False,
    )
    op.create_index("timers_due", "timers", ["due"])
    op.create_table(
        "steps",
        _big("inbox_id"),
        _text("key"),
        _text("result"),
        sa.PrimaryKeyConstraint("inbox_id", "key", name="steps_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dead_letters",
        _big("id", primary_key=True),
        _text("source"),
        _big("source_id"),
        _text("key"),
        _text("conversation"),
        _text("error"),
        _big("at"),
        _text("body"),
        sqlite_autoincrement=True,
    )
