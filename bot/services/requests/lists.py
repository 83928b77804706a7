"""What waits for somebody, what they requested and what was drafted, in pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, func, select

from bot.domain.kinds import Side
from bot.domain.requests import DraftState
from bot.services import directory
from bot.services.context import Context
from bot.services.requests.views import draft_card, request_card
from bot.services.views import DraftView, RequestView, Rows, T
from bot.store import tables

_request = tables.table_of(tables.Request)
_draft = tables.table_of(tables.Draft)
_open = _request.c.over_at.is_(None)
_WAITING = (
    select(_request.c.id, _request.c.expires_at)
    .where(_request.c.deciding_id == bindparam("business"), _open)
    .order_by(_request.c.expires_at, _request.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_REQUESTED = (
    select(_request.c.id, _request.c.expires_at)
    .where(_request.c.requesting_id == bindparam("business"), _open)
    .order_by(_request.c.expires_at, _request.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_DRAFT = (
    select(_draft.c.id, _draft.c.expires_at.label("expires_at"))
    .where(_draft.c.business_id == bindparam("business"), _draft.c.state == DraftState.WAITING)
    .order_by(_draft.c.expires_at, _draft.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_TOTALS = {
    _WAITING: select(func.count().label("total")).where(
        _request.c.deciding_id == bindparam("business"), _open
    ),
    _REQUESTED: select(func.count().label("total")).where(
        _request.c.requesting_id == bindparam("business"), _open
    ),
    _DRAFT: select(func.count().label("total")).where(
        _draft.c.business_id == bindparam("business"), _draft.c.state == DraftState.WAITING
    ),
}


def _page(ctx: Context, statement: Any, show: Callable[[str], T], *, limit: int, offset: int) -> Rows[T]:
    own = [one.party.id for one in directory.me(ctx).businesses if ctx.visible_business(one.party.id)]
    skip = offset if len(own) == 1 else 0  # of several, the first pages of each are needed to know the others
    first = sorted(
        (row.expires_at, row.id)
        for business in own
        for row in ctx.tx.all(statement, business=business, most=offset + limit - skip, skip=skip)
    )
    total = sum(row.total for business in own for row in ctx.tx.all(_TOTALS[statement], business=business))
    page = first[offset - skip : offset - skip + limit]
    return Rows(rows=tuple(show(row_id) for _, row_id in page), total=total, more=offset + len(page) < total)


def waiting_for(ctx: Context, *, limit: int = 10, offset: int = 0) -> Rows[RequestView]:
    """Return the open requests that the actor's businesses decide, the next to expire first."""
    return _page(
        ctx, _WAITING, lambda one: request_card(ctx, one, side=Side.DECIDING), limit=limit, offset=offset
    )


def requested_by(ctx: Context, *, limit: int = 10, offset: int = 0) -> Rows[RequestView]:
    """Return the open requests that the actor's businesses made, the next to expire first."""
    return _page(
        ctx, _REQUESTED, lambda one: request_card(ctx, one, side=Side.REQUESTING), limit=limit, offset=offset
    )


def drafts_for(ctx: Context, *, limit: int = 10, offset: int = 0) -> Rows[DraftView]:
    """Return the drafts in the actor's businesses that wait for an admin."""
    return _page(ctx, _DRAFT, lambda one: draft_card(ctx, one), limit=limit, offset=offset)
