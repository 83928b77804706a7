"""A business is deactivated, restricted, or active again: it is told, and so is each of its partners.

Nothing ends with that. What is shared goes on until its end, and either side can end it; what is open waits.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select, union

from bot.domain.messages import Notice
from bot.services import cards, directory, grants, requests
from bot.services.context import Context
from bot.services.readers import OF_PARTNERS
from bot.services.views.businesses import StatusView
from bot.store import tables

_grant = tables.table_of(tables.Grant)
_request = tables.table_of(tables.Request)


_SIDES = (
    (_grant.c.owner_id, _grant.c.holder_id, grants.is_shown),
    (_request.c.requesting_id, _request.c.deciding_id, _request.c.over_at.is_(None)),
)
_PARTNERS: Any = union(
    *(
        select(other.label("id")).where(own == bindparam("own"), other.is_not(None), which)
        for one, another, which in _SIDES
        for own, other in ((one, another), (another, one))
    )
)


def status_changed(ctx: Context, business_id: str) -> None:
    """Tell a business of its new status, and those that share something with it or have something open."""
    for own_id in (business_id, *_partners_of(ctx, business_id)):
        cards.notify(ctx, Notice.STATUS, cards.Happened(f"{own_id}{OF_PARTNERS}{business_id}", 1))


def status_between(ctx: Context, *, business_id: str, other_id: str) -> StatusView | None:
    """Return the status of `other_id` as it concerns a business, or itself; None if one is no business."""
    own, other = ctx.business_row(business_id), ctx.business_row(other_id)
    if own is None or other is None:
        return None
    return StatusView(
        own=directory.party_of(own),
        other=directory.party_of(other),
        shared=grants.count_between(ctx, business_id=business_id, other_id=other_id),
        open_requests=len(requests.open_between(ctx, business_id, other_id)),
        are_partners_told=business_id == other_id and bool(_partners_of(ctx, business_id)),
    )


def _partners_of(ctx: Context, business_id: str) -> list[str]:
    """Return the businesses that share something with this one, or have something open with it, by id."""
    return sorted(row.id for row in ctx.tx.all(_PARTNERS, own=business_id, at=ctx.now))
