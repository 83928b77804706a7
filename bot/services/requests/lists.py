"""What waits for somebody, what they requested and what was drafted, in pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Text, and_, bindparam, exists, func, literal, or_, select

from bot.domain.creating import CreationState
from bot.domain.kinds import RequestKind, Side
from bot.domain.requests import DraftState, RequestState
from bot.services import directory
from bot.services.context import Context
from bot.services.requests.draft_views import draft_card
from bot.services.requests.views import request_card
from bot.services.views.parties import Rows, T
from bot.services.views.requests import CreationView, DraftView, RequestView
from bot.store import tables

_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_asset = tables.table_of(tables.Asset)
_draft = tables.table_of(tables.Draft)
_creation = tables.table_of(tables.Creation)
_author = tables.table_of(tables.Person)
_asset_admin = tables.table_of(tables.AssetAdmin)
_membership = tables.table_of(tables.Membership)
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
_of_kind: Any = bindparam("of_kind", type_=Text)


def _of(is_own: Any, other: Any, *listed: Any, newest_first: bool = False) -> _Statements:
    """Return the statements for somebody's own requests on one side of them: for those that are `listed`."""
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
        exists(select(_item.c.position).where(_item.c.request_id == _request.c.id, _item.c.kind == _of_kind)),
    )
    return _list_of(_request, is_own, *listed, found=found, newest_first=newest_first)


_SIDES = {
    Side.DECIDING: (_request.c.deciding_id == bindparam("business"), _request.c.requesting_id),
    Side.REQUESTING: (_request.c.requesting_id == bindparam("business"), _request.c.deciding_id),
}
_asks_too = exists(
    select(_membership.c.person_id).where(
        _membership.c.business_id == _request.c.requesting_id,
        _membership.c.person_id == bindparam("person"),
    )
)
# What the admins of an asset decide, who act for no business.
_BY_PERSON = (
    and_(
        _request.c.deciding_id.is_(None),
        _request.c.id.in_(
            select(_item.c.request_id)
            .join_from(_item, _asset_admin, _asset_admin.c.asset_id == _item.c.asset_id)
            .where(_asset_admin.c.person_id == bindparam("person"))
        ),
        ~_asks_too,
    ),
    _request.c.requesting_id,
)
_is_open = _request.c.over_at.is_(None)
_is_of_kind = _request.c.kind == bindparam("kind")
_over_of_kind = (_is_of_kind, _request.c.state == bindparam("state"))
# Nobody decides for a business on what another of theirs asks.
_is_for_them = {Side.DECIDING: (~_asks_too,), Side.REQUESTING: ()}
_OPEN = {side: _of(*between, _is_open, *_is_for_them[side]) for side, between in _SIDES.items()}
_OPEN_OF_KIND = {
    side: _of(*between, _is_open, _is_of_kind, *_is_for_them[side]) for side, between in _SIDES.items()
}
_OVER_OF_KIND = {side: _of(*between, *_over_of_kind, newest_first=True) for side, between in _SIDES.items()}
_OPEN_FOR_PERSON = _of(*_BY_PERSON, _is_open)
_OPEN_OF_KIND_FOR_PERSON = _of(*_BY_PERSON, _is_open, _is_of_kind)
_OVER_OF_KIND_FOR_PERSON = _of(*_BY_PERSON, *_over_of_kind, newest_first=True)
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
_LAST = (
    select(_request.c.id, _request.c.over_at)
    .where(
        _request.c.requesting_id == bindparam("requesting"),
        _is_of_kind,
        _request.c.extends_id.is_(None),
        _request.c.over_at.is_not(None),
    )
    .order_by(_request.c.over_at.desc(), _request.c.id.desc())
    .limit(1)
)
_LOOKED_AT = 20
"""How many of the last requests are looked at for those that differ."""


def _found_in(row: Any) -> tuple[Any, ...]:
    """Return the conditions on what one person keeps for others: it is theirs, or names what is sought."""
    return (
        exists(select(_author.c.id).where(_author.c.id == row.c.author_id, _is_like(_author.c.folded))),
        *(and_(one != "", row.c.content.like(literal('%"') + one + '"%')) for one in (*_ids, _of_kind)),
    )


_DRAFT = _list_of(
    _draft,
    _draft.c.business_id == bindparam("business"),
    _draft.c.state == DraftState.WAITING,
    found=or_(_is_like(func.lower(_draft.c.ref)), *_found_in(_draft)),
)
_PREPARED = _list_of(
    _creation,
    _creation.c.business_id == bindparam("business"),
    _creation.c.state.in_((CreationState.WAITING, CreationState.CREATING)),
    found=or_(
        func.lower(_creation.c.content).like(literal('%"name": "') + bindparam("pattern"), escape="\\"),
        *_found_in(_creation),
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
    for_person: _Statements | None = None,
    unasked: bool = False,
    **facts: str,
) -> Rows[T]:
    """Return a page of what the statements find for each of the actor's businesses, and `for_person`.

    `unasked`: the statements leave out what a business of the actor asks.
    """
    me, is_sought = directory.me(ctx), bool(query.strip())
    person = {"person": me.person_id}
    own: list[tuple[_Statements, dict[str, str | None]]] = [
        (statements, {"business": one.party.id, **(person if unasked else {})})
        for one in me.businesses
        if ctx.visible_business(one.party.id)
    ]
    if for_person is not None and me.assets:
        own.append((for_person, person))
    skip = offset if len(own) == 1 else 0  # of several, the first pages of each are needed to know the others
    facts |= directory.sought(query)
    first: list[tuple[Any, str]] = []
    total = 0
    for of, whose in own:
        page, counted = of[is_sought]
        found = ctx.tx.all(page, **whose, **facts, most=offset + limit - skip, skip=skip)
        first += [(row.key, row.id) for row in found]
        total += sum(row.total for row in ctx.tx.all(counted, **whose, **facts))
    first.sort(reverse=newest_first)
    rows = first[offset - skip : offset - skip + limit]
    return Rows(rows=tuple(show(row_id) for _, row_id in rows), total=total, more=offset + len(rows) < total)


def waiting_for(ctx: Context, *, limit: int = 10, offset: int = 0, query: str = "") -> Rows[RequestView]:
    """Return the open requests that the actor or their businesses decide, the next to expire first.

    None that a business of theirs made, too: those are among what that one requested.

    With `query`, those with this reference, from a business or on an asset so called or of such a kind.
    """
    side = Side.DECIDING
    page: dict[str, Any] = {"limit": limit, "offset": offset, "query": query}
    return _page(ctx, _OPEN[side], _shown(ctx, side), **page, for_person=_OPEN_FOR_PERSON, unasked=True)


def requested_by(ctx: Context, *, limit: int = 10, offset: int = 0, query: str = "") -> Rows[RequestView]:
    """Return the open requests that the actor's businesses made, the next to expire first.

    With `query`, those with this reference, to a business or on an asset so called or of such a kind.
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
    """Return the requests of a kind in a state that the actor or their businesses decide, or made.

    PENDING stands for all that are open, the next to expire first; of the others, the last decided is first.
    With `query`, those with this reference, with a business or on an asset so called or of such a kind.
    """
    page: dict[str, Any] = {"limit": limit, "offset": offset, "query": query}
    decides = side is Side.DECIDING
    if state.is_open:
        page |= {"for_person": _OPEN_OF_KIND_FOR_PERSON if decides else None, "unasked": decides}
        return _page(ctx, _OPEN_OF_KIND[side], _shown(ctx, side), **page, kind=kind)
    page["for_person"] = _OVER_OF_KIND_FOR_PERSON if decides else None
    return _page(
        ctx, _OVER_OF_KIND[side], _shown(ctx, side), **page, newest_first=True, kind=kind, state=state
    )


def earlier(
    ctx: Context, kind: RequestKind, *, requesting_id: str, deciding_id: str | None, limit: int = 10
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


def last_over(ctx: Context, kind: RequestKind) -> str | None:
    """Return the id of the last request of a kind by one of somebody's businesses that is over, if any is."""
    own = [one.party.id for one in directory.me(ctx).businesses]
    found = [row for one in own if (row := ctx.tx.one(_LAST, requesting=one, kind=kind)) is not None]
    last = max(found, key=lambda row: (row.over_at, row.id), default=None)
    return None if last is None else str(last.id)


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


def prepared_for(ctx: Context, *, limit: int = 10, offset: int = 0, query: str = "") -> Rows[CreationView]:
    """Return what was prepared in the actor's businesses and waits for an admin, or is created at Meta now.

    With `query`, what is called so, was prepared by somebody who is, or names this id.
    """

    def show(creation_id: str) -> CreationView:
        return directory.creation_card(ctx, creation_id)

    return _page(ctx, _PREPARED, show, limit=limit, offset=offset, query=query)
