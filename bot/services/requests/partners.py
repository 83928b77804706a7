"""Who is a partner of whom."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text, bindparam, exists, or_, select

from bot.services.context import Context
from bot.store import tables

_business = tables.table_of(tables.BusinessRow)
_grant = tables.table_of(tables.Grant)
_request = tables.table_of(tables.Request)


def _sides(one: Any, other: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    return (one, other), (other, one)


knows = or_(
    *(
        exists(select(table.c.id).where(own == bindparam("own"), other == _business.c.id))
        for table, sides in (
            (_grant, _sides(_grant.c.owner_id, _grant.c.holder_id)),
            (_request, _sides(_request.c.requesting_id, _request.c.deciding_id)),
        )
        for own, other in sides
    )
)
"""A business that ever shared something with the one `own`, or asked it or was asked by it."""
KNOWN = select(_business).where(_business.c.id == bindparam("exact", type_=Text), knows)


def is_partner(ctx: Context, business_id: str, other_id: str) -> bool:
    """Say whether two businesses ever shared something, or one asked the other."""
    return ctx.tx.one(KNOWN, own=business_id, exact=other_id) is not None
