"""Dead letters: shown, and put back to work on demand."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, text, update

from botcore.delivery import journal
from botcore.delivery.engine import DeadLetter
from botcore.store import codec
from botcore.store.query import Database, Query, word
from botcore.store.tables import dead_letters, inbox, outbox

_p = bindparam
_MAX_ROWS = 10_000
_MAX_ID = 2**63 - 1

_NEWEST = Query(select(dead_letters).order_by(dead_letters.c.id.desc()).limit(_p("limit")))
_FIND = Query(
    select(dead_letters.c.source, dead_letters.c.source_id, dead_letters.c.conversation).where(
        dead_letters.c.id == _p("id_")
    )
)
_DROP = Query(delete(dead_letters).where(dead_letters.c.id == _p("id_")))
_REVIVE_MESSAGE = Query(
    update(inbox)
    .where(inbox.c.id == _p("id_"), inbox.c.status == word("dead"))
    .values(status=word("new"), attempts=text("0"))
    .returning(inbox.c.channel)
)
_REVIVE_REPLY = Query(
    update(outbox)
    .where(outbox.c.id == _p("id_"), outbox.c.status == word("failed"))
    .values(status=word("new"), attempts=text("0"))
    .returning(outbox.c.channel)
)


@dataclass(frozen=True, slots=True)
class Revived:
    """What is to be worked on again: a message (`inbox`) or a reply (`outbox`)."""

    source: str
    channel: str
    conversation: str


def newest(database: Database, limit: int) -> list[DeadLetter]:
    """See `Engine.dead_letters`."""
    rows = database.run(_NEWEST, limit=max(0, min(limit, _MAX_ROWS)))
    return [
        DeadLetter(id_, source, key, conversation, error, journal.stamp(at), codec.load(body))
        for id_, source, _, key, conversation, error, at, body in rows
    ]


def revive(database: Database, id_: int) -> Revived | None:
    """Put the message or reply of a dead letter back to work; None if there is no such letter, or it was no message."""
    if not 0 < id_ <= _MAX_ID:
        return None
    letter = database.run(_FIND, id_=id_).fetchone()
    if letter is None:
        return None
    source, source_id, conversation = letter
    if source == journal.CHANNEL:
        return None
    database.run(_DROP, id_=id_)
    query = _REVIVE_MESSAGE if source == "inbox" else _REVIVE_REPLY
    row = database.run(query, id_=source_id).fetchone()
    return None if row is None else Revived(source, row[0], conversation)
