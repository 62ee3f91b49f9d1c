"""What the outbox side of the journal does inside one transaction: claim a reply, record how sending it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from sqlalchemy import bindparam, func, select, update

from botcore.delivery import journal
from botcore.delivery.engine import DeadLetter
from botcore.messages import Delivery, Failed, Retry, SendResult, Sent, Unknown
from botcore.store import codec
from botcore.store.query import Database, Query, word
from botcore.store.tables import outbox

_p = bindparam
_IS_UNDELIVERED = outbox.c.status.in_([word("new"), word("sending")])

_UNDELIVERED = Query(
    select(outbox.c.channel, outbox.c.conversation, func.count())
    .where(_IS_UNDELIVERED)
    .group_by(outbox.c.channel, outbox.c.conversation)
    .order_by(func.min(outbox.c.id))
)
_OLDEST = Query(
    select(outbox.c.id, outbox.c.seq, outbox.c.turn, outbox.c.status, outbox.c.attempts, outbox.c.reply)
    .where(outbox.c.channel == _p("channel"), outbox.c.conversation == _p("conversation"), _IS_UNDELIVERED)
    .order_by(outbox.c.id)
    .limit(1)
)
_MARK = Query(
    update(outbox)
    .where(outbox.c.id == _p("id_"))
    .values(status=word("sending"), attempts=_p("attempt"), sent_at=_p("now"))
)
_SETTLE = Query(
    update(outbox)
    .where(outbox.c.id == _p("id_"), _IS_UNDELIVERED)
    .values(status=_p("ended"), attempts=_p("attempt"), sent_at=_p("now"), external_id=_p("external"), why=_p("reason"))
)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """How many replies of a conversation have not reached its channel."""

    channel: str
    conversation: str
    count: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery with what settling it needs: its row and its turn."""

    id: int
    turn: str
    delivery: Delivery
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """How a row stands after `settle`: done with, or to be tried again; and its dead letter if it became one."""

    is_done: bool
    dead_letter: DeadLetter | None = None


def undelivered(database: Database) -> list[Undelivered]:
    """The conversations with replies to send, the longest waiting first."""
    return [Undelivered(*row) for row in database.run(_UNDELIVERED)]


def claim(database: Database, channel: str, conversation: str, *, is_marked: bool) -> Parcel | None:
    """The conversation's oldest unsent reply; `is_marked` says that the attempt is written down before it is made.

    A row that already carries the mark was cut off in mid-send: it may have arrived.
    """
    row = database.run(_OLDEST, channel=channel, conversation=conversation).fetchone()
    if row is None:
        return None
    id_, seq, turn, status, attempts, reply = row
    if is_marked:
        database.run(_MARK, id_=id_, attempt=attempts + 1, now=database.now)
    body = codec.load(reply)
    delivery = Delivery(
        key=f"{turn}-{id_}",
        channel=channel,
        conversation=conversation,
        reply=codec.reply_of(body),
        seq=seq,
        attempt=attempts + 1,
        is_ambiguous=status == "sending",
        turn=turn,
        to=body.get("to"),
    )
    return Parcel(id_, turn, delivery, is_marked)


def claim_all(
    database: Database, channel: str, conversations: list[str], *, is_marked: bool
) -> list[tuple[str, Parcel | None]]:
    """`claim` for several conversations."""
    return [(name, claim(database, channel, name, is_marked=is_marked)) for name in conversations]


def unmark(database: Database, parcel: Parcel) -> None:
    """Take back a mark whose delivery was never handed out."""
    if parcel.is_marked and not parcel.delivery.is_ambiguous:
        _set(database, parcel, "new", attempt=parcel.delivery.attempt - 1)


def settle(database: Database, parcel: Parcel, result: SendResult, *, attempts: int) -> Settled:
    """Record how a send ended."""
    match result:
        case Sent(external_id):
            _set(database, parcel, "sent", external=external_id)
            return Settled(is_done=True)
        case Unknown(why):
            if _set(database, parcel, "unknown", reason=why):
                body = {"key": parcel.delivery.key, "seq": parcel.delivery.seq, "why": why}
                journal.add_event(database, parcel.delivery.conversation, parcel.turn, "send_unknown", body)
            return Settled(is_done=True)
        case Retry(_, why, is_ambiguous):
            if parcel.delivery.attempt < attempts:
                status = "sending" if is_ambiguous else "new"
                return Settled(is_done=not _set(database, parcel, status, reason=why))
            return _give_up(database, parcel, f"Tried {attempts} times. Last: {why}")
        case Failed(why):
            return _give_up(database, parcel, why)
        case _:
            assert_never(result)


def _give_up(database: Database, parcel: Parcel, why: str) -> Settled:
    if not _set(database, parcel, "failed", reason=why):
        return Settled(is_done=True)
    delivery = parcel.delivery
    body = {"channel": delivery.channel, "seq": delivery.seq, "reply": codec.load(codec.dump_reply(delivery.reply))}
    letter = journal.bury(
        database, "outbox", parcel.id, delivery.key, delivery.conversation, turn=parcel.turn, error=why, body=body
    )
    return Settled(is_done=True, dead_letter=letter)


def _set(
    database: Database,
    parcel: Parcel,
    status: str,
    *,
    external: str | None = None,
    reason: str | None = None,
    attempt: int | None = None,
) -> bool:
    """Write a row's new status; False when the row is settled or forgotten already."""
    cursor = database.run(
        _SETTLE,
        id_=parcel.id,
        ended=status,
        attempt=parcel.delivery.attempt if attempt is None else attempt,
        now=database.now,
        external=None if external is None else codec.clean_text(str(external)),
        reason=None if reason is None else codec.clean_text(reason),
    )
    return cursor.rowcount > 0
