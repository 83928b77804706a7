"""What two businesses have given each other, in either direction: how much, since when, and what goes on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, or_, select

from bot.domain.grants import GOING_ON, LEAVING, NOT_OVER
from bot.domain.limits import MOST_ENDED
from bot.services.context import Context
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_grant = tables.table_of(tables.Grant)

_sides = (_grant.c.owner_id, _grant.c.holder_id)
between = or_(
    *(
        and_(own == bindparam("business"), other == bindparam("other"))
        for own, other in (_sides, _sides[::-1])
    )
)
begins = func.coalesce(_grant.c.passed_at, _grant.c.starts_at)
_given = func.coalesce(begins, _grant.c.asked_at)
_COUNT_BETWEEN = (
    select(func.count().label("total"))
    .select_from(_grant)
    .where(between, _grant.c.state.in_(sorted(NOT_OVER)))
)
_COUNT_GIVEN_BEFORE = _COUNT_BETWEEN.where(_given < bindparam("before"))
_COUNT_LEAVING = (
    select(func.count().label("total"))
    .select_from(_grant)
    .where(between, _grant.c.state.in_(sorted(LEAVING)))
)
_LONGER_BETWEEN = (
    select(_grant)
    .where(
        between,
        _grant.c.state.in_(sorted(GOING_ON)),
        or_(_grant.c.ends_at.is_(None), _grant.c.ends_at > bindparam("than")),
        _given < bindparam("than"),
    )
    .order_by(_grant.c.id)
    .limit(bindparam("most"))
)
_SINCE = select(func.min(begins).label("since")).where(between)


def count_between(ctx: Context, *, business_id: str, other_id: str, before: datetime | None = None) -> int:
    """Return how many grants two businesses have given each other that are not over; or, given `before`."""
    if before is None:
        row = ctx.tx.one(_COUNT_BETWEEN, business=business_id, other=other_id)
    else:
        row = ctx.tx.one(_COUNT_GIVEN_BEFORE, business=business_id, other=other_id, before=before)
    assert row is not None
    return int(row.total)


def count_leaving(ctx: Context, *, business_id: str, other_id: str) -> int:
    """Return how many grants between two businesses are still to be taken away at Meta."""
    row = ctx.tx.one(_COUNT_LEAVING, business=business_id, other=other_id)
    assert row is not None
    return int(row.total)


def longer_between(
    ctx: Context, *, business_id: str, other_id: str, than: datetime, limit: int = MOST_ENDED
) -> list[Row]:
    """Return the grants between two businesses, given before a moment, that go on or may begin after it."""
    return ctx.tx.all(_LONGER_BETWEEN, business=business_id, other=other_id, than=than, most=limit)


def shared_since(ctx: Context, *, business_id: str, other_id: str) -> datetime | None:
    """Return when two businesses first shared something, in either direction."""
    row = ctx.tx.one(_SINCE, business=business_id, other=other_id)
    assert row is not None
    since: datetime | None = row.since
    return since
