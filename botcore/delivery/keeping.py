"""What channels keep beside the journal: small values by owner and key, some with an end, some of a conversation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from botcore.delivery.lane import Lane
from botcore.store import codec
from botcore.store.query import Database, Query
from botcore.store.tables import kept

_p = bindparam
_MAX_FOUND = 10_000
_HAS_TIME = (kept.c.expires_at == None) | (kept.c.expires_at > _p("now"))  # noqa: E711  # SQLAlchemy's IS NULL
_HERE = (kept.c.owner == _p("owner_"), kept.c.key == _p("key_"))
_ROW: dict[str, Any] = {
    "owner": _p("owner_"),
    "key": _p("key_"),
    "value": _p("value_"),
    "expires_at": _p("expires"),
    "conversation": _p("conversation_"),
}
_PUT = Query(
    insert(kept)
    .values(**_ROW)
    .on_conflict_do_update(
        index_elements=["owner", "key"],
        set_={"value": _p("value_"), "expires_at": _p("expires"), "conversation": _p("conversation_")},
    )
)
_ADD = Query(insert(kept).values(**_ROW).on_conflict_do_nothing())
_GET = Query(select(kept.c.value).where(*_HERE, _HAS_TIME))
_DROP = Query(delete(kept).where(*_HERE))
_DROP_EXPIRED_HERE = Query(delete(kept).where(*_HERE, kept.c.expires_at <= _p("now")))
_DROP_EXPIRED = Query(delete(kept).where(kept.c.expires_at <= _p("now")))
_FIND = Query(
    select(kept.c.key, kept.c.value)
    .where(
        kept.c.owner == _p("owner_"),
        func.substr(kept.c.key, 1, func.length(_p("prefix"))) == _p("prefix"),
        _HAS_TIME,
    )
    .order_by(kept.c.key)
    .limit(_MAX_FOUND)
)


class KeptValues:
    """`botcore.channel.Kept` in the journal's tables. `lanes` gives the lane to write on and the one to read on."""

    def __init__(self, owner: str, lanes: Callable[[], tuple[Lane, Lane]]) -> None:
        self._owner = owner
        self._lanes = lanes

    async def get(self, key: str) -> Any | None:
        """See `Kept.get`."""
        return await self._lanes()[1].submit(partial(_get, owner=self._owner, key=codec.clean_text(key)))

    async def put(self, key: str, value: Any, *, expires_s: float | None = None, conversation: str = "") -> None:
        """See `Kept.put`."""
        await self._write(_PUT, key, value, expires_s, conversation)

    async def add(self, key: str, value: Any, *, expires_s: float | None = None, conversation: str = "") -> bool:
        """See `Kept.add`."""
        return await self._write(_ADD, key, value, expires_s, conversation) > 0

    async def pop(self, key: str) -> Any | None:
        """See `Kept.pop`."""
        return await self._lanes()[0].submit(partial(_pop, owner=self._owner, key=codec.clean_text(key)))

    async def find(self, prefix: str) -> dict[str, Any]:
        """See `Kept.find`."""
        return await self._lanes()[1].submit(partial(_find, owner=self._owner, prefix=codec.clean_text(prefix)))

    async def _write(self, query: Query, key: str, value: Any, expires_s: float | None, conversation: str) -> int:
        values = {
            "owner_": self._owner,
            "key_": codec.clean_text(key),
            "value_": codec.dump_strict(value, f"What is kept as {key!r}"),
            "conversation_": codec.clean_text(conversation),
        }
        return await self._lanes()[0].submit(partial(_write, query=query, values=values, expires_s=expires_s))


def drop_expired(database: Database) -> int:
    """Delete what has had its time; how many there were."""
    return database.run(_DROP_EXPIRED, now=database.now).rowcount


def _get(database: Database, owner: str, key: str) -> Any | None:
    row = database.run(_GET, owner_=owner, key_=key, now=database.read_clock()).fetchone()
    return None if row is None else codec.load(row[0])


def _write(database: Database, query: Query, values: dict[str, Any], expires_s: float | None) -> int:
    expires = None if expires_s is None else database.now + round(expires_s * 1000)
    if query is _ADD:
        database.run(_DROP_EXPIRED_HERE, owner_=values["owner_"], key_=values["key_"], now=database.now)
    return database.run(query, **values, expires=expires).rowcount


def _pop(database: Database, owner: str, key: str) -> Any | None:
    row = database.run(_GET, owner_=owner, key_=key, now=database.now).fetchone()
    database.run(_DROP, owner_=owner, key_=key)
    return None if row is None else codec.load(row[0])


def _find(database: Database, owner: str, prefix: str) -> dict[str, Any]:
    rows = database.run(_FIND, owner_=owner, prefix=prefix, now=database.read_clock()).fetchall()
    return {key: codec.load(value) for key, value in rows}
