"""The keys of inbounds, so that one that is delivered twice is carried out once.

The writer inserts the key of an inbound before its verb, outside the verb's savepoint: a denial keeps
the key too. The second delivery gets `Repeated` with the answer that the first one kept by `keep`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, bindparam, delete, select, update

from bot.domain.inbox import InboxKey, InboxKind, Repeated
from bot.store.compiled import upsert
from bot.store.tables import InboxRow, table_of
from bot.store.types import UTCDateTime

if TYPE_CHECKING:
    from bot.store.tx import Tx


KEPT = {
    InboxKind.SIGNATURE: timedelta(minutes=10),
    InboxKind.ENVELOPE: timedelta(days=1),
    InboxKind.EVENT: timedelta(days=1),
    InboxKind.THREAD: timedelta(days=90),
    InboxKind.STATE: timedelta(minutes=10),
}
"""How long a key is kept: Slack's signatures are valid for five minutes, events are sent again for hours.

People talk about a request for some weeks. An installation is ended within ten minutes of its beginning.
"""

_table = table_of(InboxRow)
_key: BindParameter[str] = bindparam("the_key")
_INSERT = upsert(_table).on_conflict_do_nothing()
# The column's name is older than what it keeps.
_ANSWER = select(_table.c.subject).where(_table.c.key == _key)
_KEEP = update(_table).where(_table.c.key == _key).values(subject=bindparam("the_answer"))
_FORGET = delete(_table).where(_table.c.key == _key)
_FORGET_DUE = delete(_table).where(
    _table.c.key.in_(
        select(_table.c.key)
        .where(_table.c.forget_at <= bindparam("now", type_=UTCDateTime))
        .order_by(_table.c.forget_at)
        .limit(bindparam("most"))
    )
)


def take(tx: Tx, key: InboxKey, *, at: datetime) -> Repeated | None:
    """Claim `key` at `at` (real time). Return `Repeated` if it was claimed before."""
    added = tx.touched(_INSERT, key=str(key), subject=None, forget_at=at + KEPT[key.kind])
    if added:
        return None
    row = tx.one(_ANSWER, the_key=str(key))
    return Repeated(row.subject if row else None)


def keep(tx: Tx, answer: str) -> None:
    """Keep what the inbound is answered for which this transaction's verb runs, if it runs for one."""
    if tx.inbox_key is not None:
        tx.run(_KEEP, the_key=tx.inbox_key, the_answer=answer)


def forget(tx: Tx, key: InboxKey) -> None:
    """Delete `key`, so that the inbound may come again: a fault of ours kept it from being handled."""
    tx.run(_FORGET, the_key=str(key))


def forget_due(tx: Tx, now: datetime, *, limit: int) -> int:
    """Drop at most `limit` keys that cannot come again at `now` (real time). Return how many."""
    return tx.touched(_FORGET_DUE, now=now, most=limit)
