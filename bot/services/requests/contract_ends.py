"""When the contract of two businesses ends, as each of them states it: the end that access can be until."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select

from bot.domain.contracts import Contract, earliest
from bot.domain.events import EventKind, SubjectKind
from bot.services.context import Context
from bot.store import journal, tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_contract = tables.table_of(tables.Contract)
between = or_(
    *(
        (_contract.c.business_id == bindparam(one)) & (_contract.c.other_id == bindparam(other))
        for one, other in (("own", "other"), ("other", "own"))
    )
)
_STATED = select(_contract).where(between)


def stated(ctx: Context, business_id: str, other_id: str) -> dict[str, Row]:
    """Return what each of the two has stated of their contract, by who stated it."""
    return {row.business_id: row for row in ctx.tx.all(_STATED, own=business_id, other=other_id)}


def stated_by(rows: Mapping[str, Row]) -> dict[str, Contract]:
    """Return the ends that these rows state."""
    return {
        said_by: Contract(ends_at=row.ends_at, days=row.days)
        for said_by, row in rows.items()
        if row.ends_at is not None
    }


def contract_end(ctx: Context, business_id: str, other_id: str) -> datetime | None:
    """Return when the contract of two businesses ends; None where none runs."""
    contract = earliest(stated_by(stated(ctx, business_id, other_id)).values())
    return contract.ends_at if contract is not None and contract.ends_at > ctx.now else None


def ends_so_far(ctx: Context, business_id: str, other_id: str) -> frozenset[datetime]:
    """Return each end of their contract that ever counted: what ends then ends with the contract."""
    return frozenset(
        datetime.fromisoformat(event.data["counts"])
        for own, other in ((business_id, other_id), (other_id, business_id))
        for event in journal.history(ctx.tx, SubjectKind.BUSINESS, own)
        if event.kind == EventKind.BUSINESS_CONTRACT and event.counterpart_id == other
    )
