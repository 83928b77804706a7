"""What two businesses are to each other: all that is shared in both directions, now or as of a moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, bindparam, func, or_, select

from bot.domain.naming import read_business_id
from bot.domain.typed import folded
from bot.services import directory, grants, requests
from bot.services.context import Context
from bot.services.views.businesses import PartnershipView
from bot.services.views.parties import Party
from bot.store import tables

_business = tables.table_of(tables.BusinessRow)
_request = tables.table_of(tables.Request)

_FOUND = (
    select(_business)
    .where(
        or_(
            _business.c.folded.like(bindparam("pattern"), escape="\\"),
            _business.c.id == bindparam("exact", type_=Text),
        ),
        requests.knows,
    )
    .order_by(_business.c.folded != bindparam("called", type_=Text), _business.c.name, _business.c.id)
    .limit(bindparam("most"))
)
_OPEN = tuple(
    select(func.count().label("open")).where(
        own == bindparam("own"), other == bindparam("other"), _request.c.over_at.is_(None)
    )
    for own, other in (
        (_request.c.requesting_id, _request.c.deciding_id),
        (_request.c.deciding_id, _request.c.requesting_id),
    )
)


def find_partners(ctx: Context, query: str, *, limit: int = 10) -> list[tuple[Party, Party]]:
    """Return the partners that are called so or have this ID, each with the actor's business it is one of.

    Those of exactly this name come first. A partner is who ever shared something with that business, or asked
    it or was asked by it.
    """
    facts = {
        "called": folded(query),
        "pattern": directory.pattern(query),
        "exact": read_business_id(query) or "",
    }
    found = [
        (own.party, directory.party_of(row))
        for own in directory.me(ctx).businesses
        if ctx.visible_business(own.party.id)
        for row in ctx.tx.all(_FOUND, own=own.party.id, **facts, most=limit)
    ]
    return sorted(found, key=lambda pair: folded(pair[1].name) != facts["called"])[:limit]


def partnership(
    ctx: Context, *, business_id: str, other_id: str, at: datetime | None = None, limit: int, offset: int = 0
) -> PartnershipView | None:
    """Return what a business of the actor's and a partner share, a page of it; None for who is no partner.

    With `at`, what was in force at that moment.
    """
    own = ctx.business_row(business_id)
    found = ctx.tx.one(requests.KNOWN, own=business_id, exact=other_id)
    if found is None or not ctx.visible_business(business_id):
        return None
    assert own is not None
    pair = {"business_id": business_id, "other_id": other_id}
    going_on = grants.count_between(ctx, business_id=business_id, other_id=other_id)
    going_on -= grants.count_leaving(ctx, **pair)
    return PartnershipView(
        own=directory.party_of(own),
        other=directory.party_of(found),
        at=at,
        since=grants.shared_since(ctx, **pair),
        grants=grants.list_between(ctx, **pair, at=at, limit=limit, offset=offset),
        going_on=going_on,
        open_requests=sum(
            row.open for counted in _OPEN for row in ctx.tx.all(counted, own=business_id, other=other_id)
        ),
    )
