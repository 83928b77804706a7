"""What waits for somebody, what they requested and what was drafted, in pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Text, and_, bindparam, exists, func, literal, or_, select

from bot.domain.kinds import RequestKind, Side
from bot.domain.requests import DraftState, RequestState
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


def _list_of(row: Any, *listed: Any, found: Any, newest_first: bool = False) -> _Statements:
    """Return the statements for a page and for how many there are: for all of them, and for those sought.

    The next to expire comes first, or what was over last.
    """
    key = row.c.over_at if newest_first else row.c.expires_at
    order = (key.desc(), row.c.id.desc()) if newest_first else (key, row.c.id)
    return {
        is_sought: (
            select(row.c.id, key.label("key"))
            .where(*wanted)
            .order_by(*order)
            .limit(bindparam("most"))
            .offset(bindparam("skip")),
            select(func.count().label("total")).where(*wanted),
        )
        for is_sought, wanted in ((False, listed), (True, (*listed, found)))
    }


def _is_like(text: Any) -> Any:
    return text.like(bindparam("pattern"), escape="\\")


_ids: list[Any] = [bindparam("named", type_=Text), bindparam("or_named", type_=Text)]


def _of(own: Any, other: Any, *listed: Any, newest_first: bool = False) -> _Statements:
    """Return the statements for requests of a business on its side of them: for those that are `listed`."""
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
    return _list_of(_request, own == bindparam("business"), *listed, found=found, newest_first=newest_first)


_SIDES = {
    Side.DECIDING: (_request.c.deciding_id, _request.c.requesting_id),
    Side.REQUESTING: (_request.c.requesting_id, _request.c.deciding_id),
}
_is_open = _request.c.over_at.is_(None)
_is_of_kind = _request.c.kind == bindparam("kind")
_OPEN = {side: _of(*between, _is_open) for side, between in _SIDES.items()}
_OPEN_OF_KIND = {side: _of(*between, _is_open, _is_of_kind) for side, between in _SIDES.items()}
_OVER_OF_KIND = {
    side: _of(*between, _is_of_kind, _request.c.state == bindparam("state"), newest_first=True)
    for side, between in _SIDES.items()
}
_EARLIER = (
    select(_request.c.id)
    .where(
        _request.c.requesting_id == bindparam("requesting"),
        _request.c.deciding_id == bindparam("deciding"),
        _is_of_kind,
        _request.c.extends_id.is_(None),
        _request.c.over_at.is_not(None),
    )
    .order_by(_request.c.over_at.desc(), _request.c.id.desc())
    .limit(bindparam("most"))
)
_LOOKED_AT = 20
"""How many of the last requests are looked at for those that differ."""
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
    ctx: Context,
    statements: _Statements,
    show: Callable[[str], T],
    *,
    limit: int,
    offset: int,
    query: str,
    newest_first: bool = False,
    **facts: str,
) -> Rows[T]:
    own = [one.party.id for one in directory.me(ctx).businesses if ctx.visible_business(one.party.id)]
    skip = offset if len(own) == 1 else 0  # of several, the first pages of each are needed to know the others
    page, counted = statements[bool(query.strip())]
    facts |= directory.sought(query)
    first = sorted(
        (
            (row.key, row.id)
            for business in own
            for row in ctx.tx.all(page, business=business, **facts, most=offset + limit - skip, skip=skip)
        ),
        reverse=newest_first,
    )
    total = sum(row.total for business in own for row in ctx.tx.all(counted, business=business, **facts))
    rows = first[offset - skip : offset - skip + limit]
    return Rows(rows=tuple(show(row_id) for _, row_id in rows), total=total, more=offset + len(rows) < total)


def waiting_for(ctx: Context, *, limit: int = 10, offset: int = 0, query: str = "") -> Rows[RequestView]:
    """Return the open requests that the actor's businesses decide, the next to expire first.

    With `query`, those with this reference, from a business or on an asset that is called so.
    """
    side = Side.DECIDING
    return _page(ctx, _OPEN[side], _shown(ctx, side), limit=limit, offset=offset, query=query)


def requested_by(ctx: Context, *, limit: int = 10, offset: int = 0, query: str = "") -> Rows[RequestView]:
    """Return the open requests that the actor's businesses made, the next to expire first.

    With `query`, those with this reference, to a business or on an asset that is called so.
    """
    side = Side.REQUESTING
    return _page(ctx, _OPEN[side], _shown(ctx, side), limit=limit, offset=offset, query=query)


def of_kind(
    ctx: Context,
    kind: RequestKind,
    state: RequestState,
    side: Side,
    *,
    limit: int = 10,
    offset: int = 0,
    query: str = "",
) -> Rows[RequestView]:
    """Return the requests of a kind in a state that the actor's businesses received, or (REQUESTING) made.

    PENDING stands for all that are open, the next to expire first; of the others, the last decided is first.
    With `query`, those with this reference, with a business or on an asset that is called so.
    """
    page: dict[str, Any] = {"limit": limit, "offset": offset, "query": query}
    if state.is_open:
        return _page(ctx, _OPEN_OF_KIND[side], _shown(ctx, side), **page, kind=kind)
    return _page(
        ctx, _OVER_OF_KIND[side], _shown(ctx, side), **page, newest_first=True, kind=kind, state=state
    )


def earlier(
    ctx: Context, kind: RequestKind, *, requesting_id: str, deciding_id: str, limit: int = 10
) -> tuple[RequestView, ...]:
    """Return the last requests of a kind between two businesses that are over: of those that are alike, one.

    For callers that know that the reader may see those of the requesting business.
    """
    found: dict[tuple[object, ...], RequestView] = {}
    for row in ctx.tx.all(
        _EARLIER, kind=kind, requesting=requesting_id, deciding=deciding_id, most=_LOOKED_AT
    ):
        view = request_card(ctx, row.id, side=Side.REQUESTING)
        asked = tuple((item.kind, item.asset_id, item.words, item.requested) for item in view.items)
        found.setdefault(asked, view)
        if len(found) == limit:
            break
    return tuple(found.values())


def _shown(ctx: Context, side: Side) -> Callable[[str], RequestView]:
    """Return what shows a request as one side sees it."""
    return lambda request_id: request_card(ctx, request_id, side=side)


def drafts_for(ctx: Context, *, limit: int = 10, offset: int = 0, query: str = "") -> Rows[DraftView]:
    """Return the drafts in the actor's businesses that wait for an admin.

    With `query`, those with this reference, of an author who is called so, or that name this id.
    """

    def show(draft_id: str) -> DraftView:
        return draft_card(ctx, draft_id)

    return _page(ctx, _DRAFT, show, limit=limit, offset=offset, query=query)
