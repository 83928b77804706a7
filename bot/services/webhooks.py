"""The journal on its way to a webhook: in order, in batches, one after the other, none left out.

How far a receiver is stands in its row and moves with the delivery that it took. A batch whose answer was
lost is sent again: the receiver knows it by its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, func, insert, select, update

from bot.services.context import Context
from bot.store import journal, outbox, tables

if TYPE_CHECKING:
    from bot.store.tx import Tx

EVENTS_A_BATCH = 100
BYTES_A_BATCH = 256_000
"""What most receivers take at once, and more than any event has; of long ones fewer go together."""
_FRAME = 700
"""About as much of an event as its facts are not."""

_webhook = tables.table_of(tables.Webhook)
_effect = tables.table_of(tables.Effect)
_event = tables.table_of(tables.Event)

_KNOWN = select(_webhook.c.id).where(_webhook.c.id == bindparam("webhook"))
_ADD = insert(_webhook).values(id=bindparam("webhook"), is_on=False, taken=0)
_TURN = update(_webhook).values(is_on=_webhook.c.id == bindparam("webhook"))
_BEHIND = select(_webhook.c.id, _webhook.c.taken).where(
    tables.WEBHOOK_IS_ON(_webhook),
    _webhook.c.taken < bindparam("last"),
    ~exists(
        select(_effect.c.id).where(
            _effect.c.lane == "webhook:" + _webhook.c.id, tables.EFFECT_IS_IN_LANE(_effect)
        )
    ),
)
_TAKEN = select(_webhook.c.taken).where(_webhook.c.id == bindparam("webhook"), tables.WEBHOOK_IS_ON(_webhook))
_TAKE = (
    update(_webhook)
    .where(_webhook.c.id == bindparam("webhook"), _webhook.c.taken < bindparam("last"))
    .values(taken=bindparam("last"))
)
_SIZES = (
    select(_event.c.seq, func.length(_event.c.data).label("size"))
    .where(_event.c.seq > bindparam("after"), _event.c.seq <= bindparam("last"))
    .order_by(_event.c.seq)
)
_LEFT = (
    select(_webhook.c.taken, _event.c.at)
    .join_from(_webhook, _event, _event.c.seq == _webhook.c.taken + 1)
    .where(tables.WEBHOOK_IS_ON(_webhook))
)
_WHY = (
    select(_effect.c.error)
    .join(_webhook, _effect.c.lane == "webhook:" + _webhook.c.id)
    .where(tables.WEBHOOK_IS_ON(_webhook), tables.EFFECT_IS_IN_LANE(_effect))
    .order_by(_effect.c.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is sent at once: events as JSON objects, oldest first, and their first and last number."""

    first: int
    last: int
    events: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a receiver has not taken: how many events, the oldest one's time, and why it failed last."""

    total: int
    since: datetime | None
    why: str | None


def turn(ctx: Context, webhook_id: str | None) -> None:
    """Have the journal sent to this webhook and to no other, from where it was, at first from its beginning.

    None: to none.
    """
    if webhook_id is not None and ctx.tx.one(_KNOWN, webhook=webhook_id) is None:
        ctx.tx.run(_ADD, webhook=webhook_id)
    ctx.tx.run(_TURN, webhook=webhook_id or "")


def send_due(ctx: Context, *, limit: int = 100) -> int:
    """Have the next batch sent where the last one was taken. A sweep's step; return how many it put."""
    last = journal.head(ctx.tx).seq
    behind = ctx.tx.all(_BEHIND, last=last)[:limit]
    for row in behind:
        until = min(last, row.taken + EVENTS_A_BATCH)
        outbox.put_events(
            ctx.tx, row.id, last=_last_of_batch(ctx.tx, after=row.taken, last=until), now=ctx.now
        )
    return len(behind)


def _last_of_batch(tx: Tx, *, after: int, last: int) -> int:
    """Return the number of the last event that goes with the one after `after`, up to `last`."""
    taken, size = after, 0
    for row in tx.all(_SIZES, after=after, last=last):
        size += row.size + _FRAME
        if size > BYTES_A_BATCH and taken > after:
            break
        taken = row.seq
    return taken


def find_batch(tx: Tx, webhook_id: str, *, last: int) -> Batch | None:
    """Return what is to be sent, up to number `last`. None: nothing, or not there any more."""
    row = tx.one(_TAKEN, webhook=webhook_id)
    if row is None or row.taken >= last:
        return None
    return Batch(first=row.taken + 1, last=last, events=journal.numbered(tx, after=row.taken, last=last))


def taken(ctx: Context, webhook_id: str, *, last: int) -> None:
    """Record that a receiver has taken the events up to number `last`, and send on."""
    ctx.tx.run(_TAKE, webhook=webhook_id, last=last)
    send_due(ctx)


def left(tx: Tx) -> Left:
    """Return what the receiver has not taken yet."""
    first = tx.one(_LEFT)
    if first is None:
        return Left(total=0, since=None, why=None)
    why = tx.one(_WHY)
    total = journal.head(tx).seq - first.taken  # events have no gaps: `/metrics` need not count them
    return Left(total=total, since=first.at, why=None if why is None else why.error)
