"""What waits for somebody, what they requested and what was drafted, in pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Text, and_, bindparam, exists, func, literal, or_, select

from bot.domain.kinds import Side
from bot.domain.requests import DraftState
from bot.services import directory
from bot.services.context import Context
from bot.services.requests.views import draft_card, request_card
from bot.services.views import DraftView, RequestView, Rows, T
from bot.store import tables

_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_asset = tables.table_of(tables.Asset)
_draft = tables.table_of(tables.Draft)
_author = tables.table_of(tables.Person)
_other = tables.table_of(tables.BusinessRow)

_Statements = Mapping[bool, tuple[Any, Any]]


def _list_of(row: Any, *listed: Any, found: Any) -> _Statements:
    """Return the statements for a page and for how many there are: for all of them, and for those sought."""
    return {
        is_sought: (
            select(row.c.id, row.c.expires_at)
            .where(*wanted)
            .order_by(row.c.expires_at, row.c.id)
            .limit(bindparam("most"))
            .offset(bindparam("skip")),
            select(func.count().label("total")).where(*wanted),
        )
        for is_sought, wanted in ((False, listed), (True, (*listed, found)))
    }


def _is_like(text: Any) -> Any:
    return text.like(bindparam("pattern"), escape="\\")


_ids: list[Any] = [bindparam("named", type_=Text), bindparam("or_named", type_=Text)]


def _open(own: Any, other: Any) -> _Statements:
    """Return the statements for the open requests of a business on its side of them."""
    found = or_(
        _is_like(func.lower(_request.c.ref)),
        exists(
            select(_other.c.id).where(
                _other.c.id == other, or_(_is_like(_other.c.folded), _other.c.id.in_(_ids))
            )
        ),
        exists(
            select(_item.c.position)
            .join_from(_item, _asset, _item.c.asset_id == _asset.c.id)
            .where(_item.c.request_id == _request.c.id, or_(_is_like(_asset.c.folded), _asset.c.id.in_(_ids)))
        ),
    )
    return _list_of(_request, own == bindparam("business"), _request.c.over_at.is_(None), found=found)


_WAITING = _open(_request.c.deciding_id, _request.c.requesting_id)
_REQUESTED = _open(_request.c.requesting_id, _request.c.deciding_id)
_DRAFT = _list_of(
    _draft,
    _draft.c.business_id == bindparam("business"),
    _draft.c.state == DraftState.WAITING,
    found=or_(
        _is_like(func.lower(_draft.c.ref)),
        exists(select(_author.c.id).where(_author.c.id == _draft.c.author_id, _is_like(_author.c.folded))),
        *(and_(one != "", _draft.c.content.like(literal('%"') + one + '"%')) for one in _ids),
    ),
)


def _page(
    ctx: Context, statements: _Statements, show: Callable[[str], T], *, limit: int, offset: int, query: str
) -> Rows[T]:
    own = [one.party.id for one in directory.me(ctx).businesses if ctx.visible_business(one.party.id)]
    skip = offset if len(own) == 1 else 0  # of several, the first pages of each are needed to know the others
    page, counted = statements[bool(query.strip())]
    sought = directory.sought(query)
    first = sorted(
        (row.expires_at, row.id)
        for business in own
        for row in ctx.tx.all(page, business=business, **sought, most=offset + limit - skip, skip=skip)
    )
    total = sum(row.total for business in own for row in ctx.tx.all(counted, business=business, **sought))
    rows = first[offset - skip : offset - skip + limit]
    return Rows(rows=tuple(show(row_id) for _, row_id in rows), total=total, more=offset + len(rows) < total)


def waiting_for(ctx: Context, *, limit: int = 10, offset: int = 0, query: str = "") -> Rows[RequestView]:
    """Return the open requests that the actor's businesses decide, the next to expire first.

    With `query`, those with this reference, from a business or on an asset that is called so.
    """

    def show(request_id: str) -> RequestView:
        return request_card(ctx, request_id, side=Side.DECIDING)

    return _page(ctx, _WAITING, show, limit=limit, offset=offset, query=query)


def requested_by(ctx: Context, *, limit: int = 10, offset: int = 0, query: str = "") -> Rows[RequestView]:
    """Return the open requests that the actor's businesses made, the next to expire first.

    With `query`, those with this reference, to a business or on an asset that is called so.
    """

    def show(request_id: str) -> RequestView:
        return request_card(ctx, request_id, side=Side.REQUESTING)

    return _page(ctx, _REQUESTED, show, limit=limit, offset=offset, query=query)


def drafts_for(ctx: Context, *, limit: int = 10, offset: int = 0, query: str = "") -> Rows[DraftView]:
    """Return the drafts in the actor's businesses that wait for an admin.

    With `query`, those with this reference, of an author who is called so, or that name this id.
    """

    def show(draft_id: str) -> DraftView:
        return draft_card(ctx, draft_id)

    return _page(ctx, _DRAFT, show, limit=limit, offset=offset, query=query)
