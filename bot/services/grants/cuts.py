"""When the contract of two businesses ends what one has given the other, before its own end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_

from bot.domain.contracts import Contract, earliest
from bot.domain.grants import GrantState
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_grant = tables.table_of(tables.Grant)
_contract = tables.table_of(tables.Contract)
_says = {"owner": _contract.alias("owner_says"), "holder": _contract.alias("holder_says")}
"""What each side has stated of the contract of the two."""


def with_contract(statement: Any) -> Any:
    """Return a statement that selects grants with what `cut_at` reads of the contract."""
    stated = [
        said.c[name].label(f"{side}_says_{name}")
        for side, said in _says.items()
        for name in ("ends_at", "days", "closed_at")
    ]
    sides = {"owner": _grant.c.owner_id, "holder": _grant.c.holder_id}
    for (side, said), other in zip(_says.items(), ("holder", "owner"), strict=True):
        of_side = and_(said.c.business_id == sides[side], said.c.other_id == sides[other])
        statement = statement.join(said, of_side, isouter=True)
    return statement.add_columns(*stated)


def cut_at(row: Row) -> datetime | None:
    """Return when a grant will end with the contract of the two, if that is before its own end."""
    sides = [
        {name: getattr(row, f"{side}_says_{name}") for name in ("ends_at", "days", "closed_at")}
        for side in _says
    ]
    if row.state != GrantState.ACTIVE or any(one["closed_at"] is not None for one in sides):
        return None
    contract = earliest(
        Contract(ends_at=one["ends_at"], days=one["days"]) for one in sides if one["ends_at"] is not None
    )
    return (
        None
        if contract is None
        else contract.cuts(starts_at=row.passed_at or row.starts_at, ends_at=row.ends_at)
    )
