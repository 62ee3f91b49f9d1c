"""What is deleted: by age, once a day, and at once for a user who asks to be forgotten.

Looking for old rows is left to the reading lane, so that a large journal keeps accepting meanwhile; the writing lane
deletes a few hundred rows at a time, and only rows that are finished.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, exists, func, select, text

from botcore.store.query import Database, Query, word
from botcore.store.tables import conversations, dead_letters, events, inbox, kept, outbox, participants, steps, timers

_p = bindparam
_PAGE = 500
_IS_DONE = inbox.c.status == word("done")
_IS_SENT = outbox.c.status.in_([word("sent"), word("unknown")])
_IS_UNDELIVERED = outbox.c.status.in_([word("new"), word("sending")])

_OLD_MESSAGES = Query(
    select(inbox.c.id, _IS_DONE & (inbox.c.accepted_at < _p("cut")))
    .where(inbox.c.id > _p("after"))
    .order_by(inbox.c.id)
    .limit(_PAGE)
)
_OLD_REPLIES = Query(
    select(outbox.c.id, _IS_SENT & (outbox.c.created_at < _p("cut")))
    .where(outbox.c.id > _p("after"))
    .order_by(outbox.c.id)
    .limit(_PAGE)
)
_IDLE = Query(
    select(conversations.c.conversation, conversations.c.updated_at < _p("cut"))
    .where(conversations.c.conversation > _p("after"))
    .order_by(conversations.c.conversation)
    .limit(_PAGE)
)
_DROP_DONE = Query(delete(inbox).where(inbox.c.id == _p("id_"), _IS_DONE))
_DROP_SENT = Query(delete(outbox).where(outbox.c.id == _p("id_"), _IS_SENT))
_IS_IDLE = Query(
    select(text("1")).where(
        exists(text("1")).where(conversations.c.conversation == _p("name"), conversations.c.updated_at < _p("cut")),
        ~exists(text("1")).where(inbox.c.conversation == _p("name"), inbox.c.status == word("new")),
        ~exists(text("1")).where(outbox.c.conversation == _p("name"), _IS_UNDELIVERED),
        ~exists(text("1")).where(timers.c.conversation == _p("name")),
    )
)
_MESSAGES_OF = Query(select(inbox.c.id).where(inbox.c.conversation == _p("name")))
_REPLIES_OF = Query(select(outbox.c.id).where(outbox.c.conversation == _p("name")))
_LAST_MESSAGE = Query(select(func.coalesce(func.max(inbox.c.id), text("0"))))
_LAST_REPLY = Query(select(func.coalesce(func.max(outbox.c.id), text("0"))))
_DROP_STEPS = Query(delete(steps).where(steps.c.inbox_id == _p("id_")))
_DROP_MESSAGE = Query(delete(inbox).where(inbox.c.id == _p("id_")))
_DROP_REPLY = Query(delete(outbox).where(outbox.c.id == _p("id_")))
_NEWER_MESSAGES = Query(select(inbox.c.id).where(inbox.c.id > _p("after"), inbox.c.conversation == _p("name")))
_NEWER_REPLIES = Query(select(outbox.c.id).where(outbox.c.id > _p("after"), outbox.c.conversation == _p("name")))
_LETTERS_OF = Query(
    select(dead_letters.c.source, dead_letters.c.source_id).where(dead_letters.c.conversation == _p("name"))
)
_DROP_REST = tuple(
    Query(delete(table).where(table.c.conversation == _p("name")))
    for table in (events, participants, timers, dead_letters, kept, conversations)
)


@dataclass(frozen=True, slots=True)
class OldRows:
    """One page of a table: ids that are old enough, and the id to go on from (None at the end)."""

    ids: list[int]
    after: int | None


@dataclass(frozen=True, slots=True)
class OldNames:
    """One page of conversations: those that are idle, and the name to go on from (None at the end)."""

    names: list[str]
    after: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a conversation, and how far the tables were looked through for them."""

    messages: list[int]
    replies: list[int]
    last_message: int
    last_reply: int


def old_messages(database: Database, cut: int, after: int) -> OldRows:
    """Answered messages accepted before `cut` (milliseconds since 1970)."""
    return _page(database, _OLD_MESSAGES, cut, after)


def old_replies(database: Database, cut: int, after: int) -> OldRows:
    """Sent replies from before `cut`."""
    return _page(database, _OLD_REPLIES, cut, after)


def idle_conversations(database: Database, cut: int, after: str) -> OldNames:
    """Conversations in which nothing happened since `cut`."""
    rows = database.run(_IDLE, cut=cut, after=after).fetchall()
    return OldNames([row[0] for row in rows if row[1]], rows[-1][0] if len(rows) == _PAGE else None)


def drop_messages(ids: list[int], database: Database) -> int:
    """Delete answered messages; how many there were. Their keys are then no longer known."""
    return sum(database.run(_DROP_DONE, id_=id_).rowcount for id_ in ids)


def drop_replies(ids: list[int], database: Database) -> int:
    """Delete sent replies; how many there were."""
    return sum(database.run(_DROP_SENT, id_=id_).rowcount for id_ in ids)


def drop_idle(database: Database, names: list[str], cut: int) -> int:
    """Delete conversations that are still idle and have nothing unfinished; how many there were."""
    count = 0
    for name in names:
        if database.run(_IS_IDLE, name=name, cut=cut).fetchone() is None:
            continue
        # Of a conversation this old only dead letters have rows left: the others went by their own age.
        for source, id_ in database.run(_LETTERS_OF, name=name).fetchall():
            database.run(_DROP_MESSAGE if source == "inbox" else _DROP_REPLY, id_=id_)
        _drop_rest(database, name)
        count += 1
    return count


def find(database: Database, conversation: str) -> Found:
    """All rows of a conversation in the tables that have no index for it."""
    last_message = database.run(_LAST_MESSAGE).fetchone()[0]
    last_reply = database.run(_LAST_REPLY).fetchone()[0]
    messages = [row[0] for row in database.run(_MESSAGES_OF, name=conversation)]
    replies = [row[0] for row in database.run(_REPLIES_OF, name=conversation)]
    return Found(messages, replies, last_message, last_reply)


def forget(database: Database, conversation: str, found: Found) -> bool:
    """Delete a conversation, finished or not, with what came since `found`; False if there was nothing."""
    # Remembers across restarts that the file wants scrubbing.
    database.connection.execute("PRAGMA user_version = 1")
    newer = database.run(_NEWER_MESSAGES, after=found.last_message, name=conversation)
    messages = {*found.messages, *(row[0] for row in newer)}
    newer = database.run(_NEWER_REPLIES, after=found.last_reply, name=conversation)
    replies = {*found.replies, *(row[0] for row in newer)}
    for id_ in messages:
        database.run(_DROP_STEPS, id_=id_)
        database.run(_DROP_MESSAGE, id_=id_)
    for id_ in replies:
        database.run(_DROP_REPLY, id_=id_)
    return _drop_rest(database, conversation) > 0 or bool(messages) or bool(replies)


def _page(database: Database, query: Query, cut: int, after: int) -> OldRows:
    rows = database.run(query, cut=cut, after=after).fetchall()
    return OldRows([row[0] for row in rows if row[1]], rows[-1][0] if len(rows) == _PAGE else None)


def _drop_rest(database: Database, name: str) -> int:
    return sum(database.run(query, name=name).rowcount for query in _DROP_REST)
