"""A business that is called like another one which those who decide know: it may pretend to be it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, or_, select

from bot.domain.lookalikes import skeleton
from bot.services.directory.businesses import party_of
from bot.store import tables

if TYPE_CHECKING:
    from bot.services.views.parties import Party
    from bot.store.tx import Tx

_business = tables.table_of(tables.BusinessRow)
_grant = tables.table_of(tables.Grant)
_listing = tables.table_of(tables.Listing)

_HAVE_SHARED = (
    select(_grant.c.id)
    .where(
        or_(
            and_(_grant.c.owner_id == bindparam("own"), _grant.c.holder_id == bindparam("other")),
            and_(_grant.c.owner_id == bindparam("other"), _grant.c.holder_id == bindparam("own")),
        )
    )
    .limit(1)
)
_KNOWN = (
    select(_business)
    .where(
        or_(
            _business.c.id == bindparam("own"),
            _business.c.id.in_(select(_grant.c.holder_id).where(_grant.c.owner_id == bindparam("own"))),
            _business.c.id.in_(select(_grant.c.owner_id).where(_grant.c.holder_id == bindparam("own"))),
            _business.c.id.in_(
                select(_listing.c.listed_id).where(_listing.c.business_id == bindparam("own"))
            ),
        ),
        _business.c.id != bindparam("other"),
    )
    .order_by(_business.c.id)
)


def lookalike_of(tx: Tx, business_id: str, *, name: str, known_to: str) -> Party | None:
    """Return the business whose name looks like that of `business_id`, of those that `known_to` knows.

    These are all its partners, past or present, those it listed, and itself, which comes first. All of them
    are read. None once the two have shared something: then `business_id` is one of these.
    """
    looks = skeleton(name)
    if tx.all(_HAVE_SHARED, own=known_to, other=business_id):
        return None
    found = [row for row in tx.all(_KNOWN, own=known_to, other=business_id) if skeleton(row.name) == looks]
    found.sort(key=lambda row: row.id != known_to)
    return party_of(found[0]) if looks and found else None
