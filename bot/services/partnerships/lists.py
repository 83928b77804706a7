"""The partners of a business: those it shares something with now, and those that share with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, bindparam, cast, func, literal, select, union_all

from bot.services import directory
from bot.services.context import Context
from bot.services.grants import Direction, is_live
from bot.services.views.businesses import PartnerView
from bot.services.views.parties import Party, Rows
from bot.store import tables

_business = tables.table_of(tables.BusinessRow)
_grant = tables.table_of(tables.Grant)

# One side after the other: an OR over the two would read every row that either index finds.
_SIDES = {
    Direction.SHARED_BY_US: select(
        _grant.c.holder_id.label("id"),
        func.count(_grant.c.asset_id.distinct()).label("given"),
        literal(0).label("held"),
    )
    .where(_grant.c.owner_id == bindparam("own"), is_live)
    .group_by(_grant.c.holder_id),
    Direction.SHARED_WITH_US: select(
        _grant.c.owner_id.label("id"),
        literal(0).label("given"),
        func.count(_grant.c.asset_id.distinct()).label("held"),
    )
    .where(_grant.c.holder_id == bindparam("own"), is_live)
    .group_by(_grant.c.owner_id),
}


def _list_of(*sides: Direction) -> tuple[Any, Any]:
    """Return the statements for a page of the partners on these sides, and for how many there are."""
    partner: Any = union_all(*(_SIDES[side] for side in sides)).subquery("partner")
    page = (
        select(
            _business,
            cast(func.sum(partner.c.given), BigInteger).label("given"),
            cast(func.sum(partner.c.held), BigInteger).label("held"),
        )
        .join_from(partner, _business, _business.c.id == partner.c.id)
        .group_by(_business.c.id)
        .order_by(_business.c.name, _business.c.id)
        .limit(bindparam("most"))
        .offset(bindparam("skip"))
    )
    return page, select(func.count(partner.c.id.distinct()).label("total")).select_from(partner)


_PARTNERS: dict[Direction | None, tuple[Any, Any]] = {
    None: _list_of(*_SIDES),
    **{side: _list_of(side) for side in _SIDES},
}


_both: Any = union_all(*_SIDES.values()).subquery("both")
_ONE = select(
    cast(func.coalesce(func.sum(_both.c.given), 0), BigInteger).label("given"),
    cast(func.coalesce(func.sum(_both.c.held), 0), BigInteger).label("held"),
).where(_both.c.id == bindparam("other"))


def counted(ctx: Context, business_id: str, other: Party) -> PartnerView:
    """Return a partner of a business, with how much is shared now; for callers that know it is visible."""
    row = ctx.tx.one(_ONE, own=business_id, other=other.id, at=ctx.now)
    return PartnerView(
        party=other,
        shared_with_them=row.given if row else 0,
        shared_with_us=row.held if row else 0,
        partner_of=business_id,
    )


def list_partners(
    ctx: Context, *, business_id: str, direction: Direction | None = None, limit: int = 10, offset: int = 0
) -> Rows[PartnerView]:
    """Return a page of a business's partners, in one direction or in both; nothing for non-members.

    Only what is in force counts, each asset once.
    """
    if not ctx.visible_business(business_id):
        return Rows(rows=(), total=0, more=False)
    page, counted = _PARTNERS[direction]
    rows = ctx.tx.all(page, own=business_id, at=ctx.now, most=limit, skip=offset)
    total = ctx.tx.one(counted, own=business_id, at=ctx.now)
    assert total is not None
    return Rows(
        rows=tuple(
            PartnerView(
                party=directory.party_of(row),
                shared_with_them=row.given,
                shared_with_us=row.held,
                partner_of=business_id,
            )
            for row in rows
        ),
        total=total.total,
        more=offset + len(rows) < total.total,
    )
