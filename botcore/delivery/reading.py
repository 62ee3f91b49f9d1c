"""Questions to the journal: events, traces, health, who talked where."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import bindparam, func, literal_column, select

from botcore.delivery import journal
from botcore.delivery.engine import EngineHealth
from botcore.messages import Event
from botcore.store import codec
from botcore.store.query import Database, Query, word
from botcore.store.tables import dead_letters, events, inbox, outbox, participants

_p = bindparam
_MAX = 2**63 - 1
_MAX_ROWS = 10_000

# One statement for any number of kinds: they come as a JSON list, None for all.
_IS_KIND = (literal_column(":kinds") == None) | events.c.kind.in_(  # noqa: E711  # SQLAlchemy's way to say IS NULL
    select(func.json_each(literal_column(":kinds")).table_valued("value").c.value)
)
_IN_RANGE = (
    events.c.conversation == _p("conversation"),
    events.c.seq > _p("after"),
    events.c.seq < _p("before"),
    _IS_KIND,
)
_FIRST = Query(select(*journal.EVENT).where(*_IN_RANGE).order_by(events.c.seq).limit(_p("limit")))
_LAST = Query(select(*journal.EVENT).where(*_IN_RANGE).order_by(events.c.seq.desc()).limit(_p("limit")))
_TURNS = Query(
    select(events.c.turn).where(events.c.turn >= _p("first"), events.c.turn < _p("last")).distinct().limit(2)
)
_TRACE = Query(select(*journal.EVENT).where(events.c.turn == _p("turn")).order_by(events.c.conversation, events.c.seq))
_HEALTH = Query(
    select(
        select(func.count()).select_from(inbox).where(inbox.c.status == word("new")).scalar_subquery(),
        select(func.min(inbox.c.accepted_at)).where(inbox.c.status == word("new")).scalar_subquery(),
        select(func.count())
        .select_from(outbox)
        .where(outbox.c.status.in_([word("new"), word("sending")]))
        .scalar_subquery(),
        select(func.count()).select_from(dead_letters).scalar_subquery(),
    )
)
_CONVERSATIONS = Query(
    select(participants.c.conversation).where(
        participants.c.channel == _p("channel"), participants.c.user == _p("user")
    )
)


def events_between(
    database: Database, conversation: str, after: int | None, before: int | None, limit: int, kinds: Sequence[str]
) -> list[Event]:
    """See `Engine.events`."""
    query = _LAST if after is None else _FIRST
    rows = database.run(
        query,
        conversation=codec.clean_text(conversation),
        after=-1 if after is None else _clamp(after),
        before=_MAX if before is None else _clamp(before),
        limit=max(0, min(limit, _MAX_ROWS)),
        kinds=json.dumps([codec.clean_text(kind) for kind in kinds]) if kinds else None,
    ).fetchall()
    if after is None:
        rows.reverse()
    return journal.events_of(rows)


def trace(database: Database, turn: str) -> list[Event]:
    """See `Engine.trace`."""
    turn = codec.clean_text(turn.strip().lower())
    if not turn:
        return []
    # Turn ids are hex digits, so "g" comes after whatever may follow the prefix.
    turns = [row[0] for row in database.run(_TURNS, first=turn, last=turn + "g")]
    if turn not in turns and len(turns) != 1:
        return []
    rows = database.run(_TRACE, turn=turn if turn in turns else turns[0])
    return journal.events_of(rows.fetchall())


def health(database: Database) -> EngineHealth:
    """The counts, as if the journal were writable."""
    waiting, oldest, undelivered, buried = database.run(_HEALTH).fetchone()
    # The wall clock may have been set back since: an age is never negative.
    age_s = 0.0 if oldest is None else max(0.0, (database.read_clock() - oldest) / 1000)
    return EngineHealth(
        is_writable=True, oldest_unprocessed_s=age_s, waiting=waiting, undelivered=undelivered, dead_letters=buried
    )


def conversations_of(database: Database, channel: str, user: str) -> list[str]:
    """All conversations that this user wrote in."""
    rows = database.run(_CONVERSATIONS, channel=codec.clean_text(channel), user=codec.clean_text(user))
    return sorted(row[0] for row in rows)


def _clamp(number: int) -> int:
    return max(-_MAX, min(number, _MAX))
