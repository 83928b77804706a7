"""When it is told that access ended that Meta keeps: one act may end much, which is taken away one by one.

One act is one message. What is gone waits for the rest of what the same act ended, but no longer than until
that is an alarm: all of it has the same `look_at`, and what is gone keeps it until it is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bot.domain.grants import EndReason, GrantState
from bot.services.context import Context
from bot.services.grants.lifecycle import look_again
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_grant = tables.table_of(tables.Grant)

_SAME_ACT = {
    side: select(_grant)
    .where(
        _grant.c.look_at == bindparam("at"),
        _grant.c.end_reason == bindparam("why"),
        _grant.c.ended_by.is_not_distinct_from(bindparam("by_whom")),
        _grant.c[side] == bindparam("business"),
        _grant.c.state.in_((GrantState.ENDING, GrantState.ENDED)),
    )
    .order_by(_grant.c.id)
    for side in ("owner_id", "holder_id")
}


def over_at_once(ctx: Context, ended: Iterable[Row]) -> list[Row]:
    """Return of what was ended just now what is told at once; what is still at Meta is told later.

    With that waits what else its act ended.
    """
    rows = list(ended)
    waits_until = {_act_of(one): one.look_at for one in rows if one.state != GrantState.ENDED}
    over = []
    for one in rows:
        if _act_of(one) not in waits_until:
            over.append(one)
        elif one.state == GrantState.ENDED:
            look_again(ctx, one, waits_until[_act_of(one)])
    return over


def over_now(ctx: Context, gone: Iterable[Row]) -> list[Row]:
    """Return what is told now that this is gone: it and what it waited with, once none of that is at Meta."""
    acts = [_same_act(ctx, one) for one in gone]
    return _told(ctx, [act for act in acts if all(one.state == GrantState.ENDED for one in act)])


def over_by_now(ctx: Context, late: Iterable[Row]) -> list[Row]:
    """Return what is told now that waited long enough: the rest of what its act ended is told by itself."""
    acts = [_same_act(ctx, one) for one in late]
    return _told(ctx, [[one for one in act if one.state == GrantState.ENDED] for act in acts])


def _told(ctx: Context, acts: Iterable[Sequence[Row]]) -> list[Row]:
    told = {one.id: one for act in acts for one in act}
    return [one for one in told.values() if look_again(ctx, one, None)]


def _same_act(ctx: Context, row: Row) -> list[Row]:
    """Return what was ended with a grant and is not told yet, itself among it."""
    if row.look_at is None:
        return [row]
    side, business_id = _side_of(row)
    return ctx.tx.all(
        _SAME_ACT[side], at=row.look_at, why=row.end_reason, by_whom=row.ended_by, business=business_id
    )


def _side_of(row: Row) -> tuple[str, str]:
    """Return the side whose act it was."""
    side = "holder_id" if row.end_reason == EndReason.RELINQUISHED else "owner_id"
    return side, getattr(row, side)


def _act_of(row: Row) -> tuple[str | None, ...]:
    return (row.end_reason, row.ended_by, *_side_of(row))
