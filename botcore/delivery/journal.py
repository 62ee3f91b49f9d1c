"""What the inbox side of the journal does inside one transaction: accept, claim, commit, give up, remember steps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, overload

from sqlalchemy import bindparam, delete, exists, func, literal, select, text, update
from sqlalchemy.dialects.sqlite import insert

from botcore.delivery.engine import Claim, DeadLetter, Outcome
from botcore.messages import Event, Message
from botcore.store import codec
from botcore.store.query import Database, Query, word
from botcore.store.tables import conversations, dead_letters, events, inbox, outbox, participants, steps

_p = bindparam
CHANNEL = "channel"
"""The source of a dead letter that came from a channel and was no message."""
EVENT = (events.c.conversation, events.c.seq, events.c.kind, events.c.turn, events.c.at, events.c.body)

_ADD_MESSAGE = Query(
    insert(inbox)
    .values(
        channel=_p("channel"),
        key=_p("key"),
        conversation=_p("conversation"),
        seq=func.coalesce(
            select(conversations.c.last_seq)
            .where(conversations.c.conversation == _p("conversation"))
            .scalar_subquery(),
            text("0"),
        )
        + text("1"),
        turn=_p("turn"),
        status=word("new"),
        attempts=text("0"),
        accepted_at=_p("now"),
        body=_p("body"),
    )
    .on_conflict_do_nothing()
    .returning(inbox.c.seq)
)
_SET_SEQ = Query(
    insert(conversations)
    .values(conversation=_p("conversation"), last_seq=_p("seq"), updated_at=_p("now"), state=literal("{}"))
    .on_conflict_do_update(
        index_elements=["conversation"], set_={"last_seq": text("excluded.last_seq"), "updated_at": _p("now")}
    )
)
_ADD_EVENT = Query(
    insert(events).values(
        conversation=_p("conversation"),
        seq=_p("seq"),
        kind=_p("kind"),
        turn=_p("turn"),
        at=_p("at"),
        body=_p("body"),
    )
)
_ADD_PARTICIPANT = Query(
    insert(participants)
    .values(conversation=_p("conversation"), channel=_p("channel"), user=_p("user"))
    .on_conflict_do_nothing()
)
_NEXT_SEQS = Query(
    update(conversations)
    .where(conversations.c.conversation == _p("conversation_"))
    .values(last_seq=conversations.c.last_seq + _p("count"), updated_at=_p("now"))
    .returning(conversations.c.last_seq)
)
_SAVE_STATE = Query(
    update(conversations)
    .where(conversations.c.conversation == _p("conversation_"))
    .values(last_seq=conversations.c.last_seq + _p("count"), updated_at=_p("now"), state=_p("snapshot"))
    .returning(conversations.c.last_seq)
)
_WAITING = Query(
    select(inbox.c.conversation, func.count(), func.min(inbox.c.id), func.max(inbox.c.attempts))
    .where(inbox.c.status == word("new"))
    .group_by(inbox.c.conversation)
    .order_by(func.min(inbox.c.id))
)
_OLDEST = Query(
    select(inbox.c.id, inbox.c.body, inbox.c.seq, inbox.c.turn, inbox.c.attempts, conversations.c.state)
    .join(conversations, conversations.c.conversation == inbox.c.conversation)
    .where(inbox.c.conversation == _p("conversation"), inbox.c.status == word("new"))
    .order_by(inbox.c.id)
    .limit(1)
)
_COUNT_ATTEMPT = Query(
    update(inbox)
    .where(inbox.c.id == _p("id_"), inbox.c.status == word("new"))
    .values(attempts=inbox.c.attempts + _p("by"))
)
_LATEST = (
    select(events.c.seq, events.c.kind, events.c.turn, events.c.at, events.c.body)
    .where(events.c.conversation == _p("conversation"))
    # What the user wrote after this message is not yet its turn.
    .where((events.c.seq <= _p("seq_")) | (events.c.kind != word("user")))
    .order_by(events.c.seq.desc())
    .limit(_p("limit"))
    .subquery()
)
# One text of JSON instead of fifty rows: few turns look at them, and fetching rows cost more than the rest of a claim.
_RECENT = Query(
    select(
        func.group_concat(
            func.printf(
                word("[%d,%s,%s,%d,%s]"),
                _LATEST.c.seq,
                func.json_quote(_LATEST.c.kind),
                func.json_quote(_LATEST.c.turn),
                _LATEST.c.at,
                _LATEST.c.body,
            )
        )
    )
)
_END_MESSAGE = Query(
    update(inbox).where(inbox.c.id == _p("id_"), inbox.c.status == word("new")).values(status=_p("ended"))
)
_ADD_REPLY = Query(
    insert(outbox).values(
        channel=_p("channel"),
        conversation=_p("conversation"),
        seq=_p("seq"),
        turn=_p("turn"),
        status=word("new"),
        attempts=text("0"),
        created_at=_p("at"),
        reply=_p("body"),
    )
)
_DROP_STEPS = Query(delete(steps).where(steps.c.inbox_id == _p("id_")))
_FIND_STEP = Query(select(steps.c.result).where(steps.c.inbox_id == _p("id_"), steps.c.key == _p("key_")))
_ADD_STEP = Query(
    insert(steps)
    .from_select(
        ["inbox_id", "key", "result"],
        select(_p("id_"), _p("key_"), _p("result_")).where(
            exists(text("1")).where(inbox.c.id == _p("id_"), inbox.c.status == word("new"))
        ),
    )
    .on_conflict_do_nothing()
)
_IS_BURIED = Query(
    select(text("1")).where(dead_letters.c.source == _p("source"), dead_letters.c.key == _p("key")).limit(1)
)
_BURY = Query(
    insert(dead_letters)
    .values(
        source=_p("source"),
        source_id=_p("source_id"),
        key=_p("key"),
        conversation=_p("conversation"),
        error=_p("error"),
        at=_p("now"),
        body=_p("body"),
    )
    .returning(dead_letters.c.id)
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A conversation with messages to be answered. `attempts`: the most that any of them was tried."""

    conversation: str
    count: int
    attempts: int


class RecentEvents(Sequence[Event]):
    """Events that are read from their JSON when somebody looks: few turns do."""

    def __init__(self, conversation: str, text: str) -> None:
        self._conversation = conversation
        self._text = text
        self._events: list[Event] | None = None

    def __len__(self) -> int:
        return len(self._read())

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | Sequence[Event]:
        return self._read()[index]

    def __iter__(self) -> Iterator[Event]:
        return iter(self._read())

    def _read(self) -> list[Event]:
        if self._events is None:
            rows = sorted(codec.load(f"[{self._text}]"), key=lambda row: row[0])
            self._events = [
                Event(self._conversation, seq, kind, body, stamp(at), turn) for seq, kind, turn, at, body in rows
            ]
        return self._events


def turn_of(message: Message) -> str:
    """The turn's id: 12 hex digits, the same for every attempt at this message."""
    name = f"{message.channel}\n{message.key}".encode("utf-8", "replace")
    return hashlib.sha256(name).hexdigest()[:12]


def stamp(millis: int) -> datetime:
    """A stored time as aware UTC."""
    return datetime.fromtimestamp(millis / 1000, UTC)


def accept(database: Database, message: Message) -> bool:
    """Store a message and its `user` event; False when its key is known."""
    turn = turn_of(message)
    conversation = message.conversation
    now = database.now
    row = database.run(
        _ADD_MESSAGE,
        channel=message.channel,
        key=message.key,
        conversation=conversation,
        turn=turn,
        now=now,
        body=codec.dump_message(message),
    ).fetchone()
    if row is None:
        return False
    seq = row[0]
    database.run(_SET_SEQ, conversation=conversation, seq=seq, now=now)
    body = codec.user_body(message)
    database.run(_ADD_EVENT, conversation=conversation, seq=seq, kind="user", turn=turn, at=now, body=body)
    database.run(_ADD_PARTICIPANT, conversation=conversation, channel=message.channel, user=message.user.id)
    return True


def bury_unread(database: Database, channel: str, key: str, error: str, body: Mapping[str, Any]) -> DeadLetter | None:
    """Keep what a channel could not read; None when it is here already."""
    name = f"{channel}:{key}"
    if database.run(_IS_BURIED, source=CHANNEL, key=name).fetchone() is not None:
        return None
    return bury(database, CHANNEL, 0, name, "", turn="", error=error, body=body)


def waiting(database: Database) -> list[Waiting]:
    """The conversations with unanswered messages, the longest waiting first."""
    return [Waiting(row[0], row[1], row[3]) for row in database.run(_WAITING)]


def claim(database: Database, conversation: str, *, attempts: int, recent: int) -> Claim | DeadLetter | None:
    """The conversation's oldest unanswered message, with this attempt counted.

    A message whose attempts are used up (each ended with the process) becomes a dead letter, which is returned.
    """
    row = database.run(_OLDEST, conversation=conversation).fetchone()
    if row is None:
        return None
    id_, body, seq, turn, tried, state = row
    message = codec.load_message(body)
    if tried >= attempts:
        error = f"Tried {tried} times; each time the process ended before an answer was committed."
        return bury_message(database, id_, message, turn, error)
    database.run(_COUNT_ATTEMPT, id_=id_, by=1)
    latest = database.run(_RECENT, conversation=conversation, seq_=seq, limit=recent).fetchone()[0]
    return Claim(
        id=id_,
        message=message,
        turn=turn,
        attempt=tried + 1,
        state=codec.load(state),
        recent=RecentEvents(conversation, latest or ""),
    )


def events_of(rows: Sequence[tuple[Any, ...]]) -> list[Event]:
    """Events from their rows: conversation, seq, kind, turn, at, body."""
    bodies = codec.load_all([row[5] for row in rows])
    return [
        Event(conversation, seq, kind, body, stamp(at), turn)
        for (conversation, seq, kind, turn, at, _), body in zip(rows, bodies, strict=True)
    ]


def uncount(database: Database, id_: int) -> None:
    """Take an attempt back that was not the message's fault."""
    database.run(_COUNT_ATTEMPT, id_=id_, by=-1)


def commit(database: Database, outcome: Outcome, state: str, bodies: Iterable[tuple[str, str]]) -> bool:
    """All of a turn but its timers; `bodies` are its events as (kind, JSON). False when it was done already."""
    claimed = outcome.claim
    if not database.run(_END_MESSAGE, id_=claimed.id, ended="done").rowcount:
        return False
    message = claimed.message
    bodies = list(bodies)
    replies = len(outcome.replies)
    last = database.run(
        _SAVE_STATE, conversation_=message.conversation, count=len(bodies), now=database.now, snapshot=state
    ).fetchone()[0]
    rows = [
        {
            "conversation": message.conversation,
            "channel": message.channel,
            "seq": seq,
            "kind": kind,
            "turn": claimed.turn,
            "at": database.now,
            "body": body,
        }
        for seq, (kind, body) in enumerate(bodies, last - len(bodies) + 1)
    ]
    database.run_many(_ADD_EVENT, rows)
    if replies:
        database.run_many(_ADD_REPLY, rows[-replies:])
    database.run(_DROP_STEPS, id_=claimed.id)
    return True


def give_up(database: Database, claimed: Claim, error: str) -> DeadLetter | None:
    """Make a dead letter of a message that failed too often; None when it was done after all."""
    return bury_message(database, claimed.id, claimed.message, claimed.turn, error)


def bury_message(database: Database, id_: int, message: Message, turn: str, error: str) -> DeadLetter | None:
    """The message's dead letter, with an event in its trace."""
    if not database.run(_END_MESSAGE, id_=id_, ended="dead").rowcount:
        return None
    database.run(_DROP_STEPS, id_=id_)
    body = codec.load(codec.dump_message(message))
    return bury(database, "inbox", id_, message.key, message.conversation, turn=turn, error=error, body=body)


def bury(
    database: Database,
    source: str,
    source_id: int,
    key: str,
    conversation: str,
    *,
    turn: str,
    error: str,
    body: Mapping[str, Any],
) -> DeadLetter:
    """Add a dead letter and its `dead_letter` event."""
    error = codec.clean_text(error)
    row = database.run(
        _BURY,
        source=source,
        source_id=source_id,
        key=key,
        conversation=conversation,
        error=error,
        now=database.now,
        body=codec.dump(body),
    ).fetchone()
    add_event(database, conversation, turn, "dead_letter", {"source": source, "key": key, "error": error})
    return DeadLetter(row[0], source, key, conversation, error, stamp(database.now), body)


def add_event(database: Database, conversation: str, turn: str, kind: str, body: Mapping[str, Any]) -> None:
    """One more event at the end of a conversation; nothing when the conversation was forgotten."""
    row = database.run(_NEXT_SEQS, conversation_=conversation, count=1, now=database.now).fetchone()
    if row is not None:
        database.run(
            _ADD_EVENT,
            conversation=conversation,
            seq=row[0],
            kind=kind,
            turn=turn,
            at=database.now,
            body=codec.dump(body),
        )


def find_step(database: Database, id_: int, key: str) -> str | None:
    """The stored result of a step as JSON; None when it has not been run to its end."""
    row = database.run(_FIND_STEP, id_=id_, key_=key).fetchone()
    return None if row is None else str(row[0])


def add_step(database: Database, id_: int, key: str, result: str) -> None:
    """Remember a step's result until its message is done."""
    database.run(_ADD_STEP, id_=id_, key_=key, result_=result)
