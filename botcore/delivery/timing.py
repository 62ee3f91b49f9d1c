"""What timers are in the journal: rows that become accepted messages when they are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from botcore.delivery import journal
from botcore.delivery.engine import Timer
from botcore.errors import BadInput
from botcore.messages import Message
from botcore.store import codec
from botcore.store.query import Database, Query
from botcore.store.tables import timers

_p = bindparam

_SET = Query(
    insert(timers)
    .values(key=_p("key"), due=_p("due"), conversation=_p("conversation"), body=_p("body"))
    .on_conflict_do_update(
        index_elements=["key"], set_={"due": _p("due"), "conversation": _p("conversation"), "body": _p("body")}
    )
)
_DROP = Query(delete(timers).where(timers.c.key == _p("key_")))
_DUE = Query(
    select(timers.c.key, timers.c.due, timers.c.body)
    .where(timers.c.due <= _p("now"))
    .order_by(timers.c.due, timers.c.key)
    .limit(_p("limit"))
)
_NEXT = Query(select(func.min(timers.c.due)))

# Overdue timers after a long stop are many; messages that arrive meanwhile are committed between groups of them.
_MAX_FIRED = 100


def millis(timer: Timer) -> int:
    """When the timer is due, as stored.

    Raises:
        BadInput: its time has no zone.
    """
    if timer.due.tzinfo is None:
        raise BadInput(
            "naive_time", f"The timer {timer.key} is due at a time without a zone.", fix="Use datetime.now(UTC)."
        )
    return round(timer.due.timestamp() * 1000)


def schedule(database: Database, timer: Timer) -> int | None:
    """Set or replace a timer; when the next one is due."""
    message = codec.clean_keys(timer.message)
    database.run(
        _SET,
        key=codec.clean_text(timer.key),
        due=millis(timer),
        conversation=message.conversation,
        body=codec.dump_message(message),
    )
    return next_due(database)


def cancel(database: Database, key: str) -> bool:
    """Remove a timer; False if there is none."""
    return database.run(_DROP, key_=codec.clean_text(key)).rowcount > 0


def next_due(database: Database) -> int | None:
    """When the next timer is due, in milliseconds since 1970; None without timers."""
    due: int | None = database.run(_NEXT).fetchone()[0]
    return due


def fire(database: Database) -> tuple[list[Message], int | None]:
    """Accept the messages of timers that are due and remove these; also when the next one is due.

    A timer's message has the key `timer:{key}:{due}`, so one that fires twice is a repeat.
    """
    fired = []
    for key, due, body in database.run(_DUE, now=database.now, limit=_MAX_FIRED).fetchall():
        at = journal.stamp(due).astimezone(UTC).isoformat()
        message = replace(codec.load_message(body), key=f"timer:{key}:{at}")
        if journal.accept(database, message):
            fired.append(message)
        database.run(_DROP, key_=key)
    return fired, next_due(database)
