"""When the contract of two businesses ends, as each of them states it, and what ends with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select

from bot.domain.contracts import Contract, Phase, earliest
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, SubjectKind
from bot.domain.grants import GrantState
from bot.domain.requests import TermKind
from bot.services import grants, moves
from bot.services.context import Context
from bot.services.results import Denied
from bot.store import journal, tables

if TYPE_CHECKING:
    from bot.services.views.access import GrantView
    from bot.services.views.parties import Party
    from bot.store.compiled import Row

_contract = tables.table_of(tables.Contract)
between = or_(
    *(
        (_contract.c.business_id == bindparam(one)) & (_contract.c.other_id == bindparam(other))
        for one, other in (("own", "other"), ("other", "own"))
    )
)
_STATED = select(_contract).where(between)
_theirs = _contract.alias("theirs")
_ENDS_BY = (
    select(_contract.c.other_id)
    .join(
        _theirs,
        (_theirs.c.business_id == _contract.c.other_id) & (_theirs.c.other_id == _contract.c.business_id),
    )
    .where(
        _contract.c.business_id == bindparam("own"),
        or_(*(one.c.ends_at <= bindparam("until") for one in (_contract, _theirs))),
        *(one.c.closed_at.is_(None) for one in (_contract, _theirs)),
    )
)


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


def phase_of(rows: Mapping[str, Row], contract: Contract, *, now: datetime) -> Phase:
    """Return where a contract stands, by the rows that state it."""
    if any(row.closed_at is not None for row in rows.values()):
        return Phase.CLOSED
    if now < contract.ends_at:
        return Phase.RUNS
    return Phase.OFFBOARDING if now < contract.removed_at else Phase.REMOVING


def contract_end(ctx: Context, business_id: str, other_id: str) -> datetime | None:
    """Return when the contract of two businesses ends; None where none runs."""
    contract = earliest(stated_by(stated(ctx, business_id, other_id)).values())
    return contract.ends_at if contract is not None and contract.ends_at > ctx.now else None


def cut(ctx: Context, business_id: str, other_id: str, contract: Contract) -> None:
    """Have what two businesses share end with their off-boarding.

    What is given once that is over is of no contract that has ended: it goes on.
    """
    longer = grants.longer_between(ctx, business_id=business_id, other_id=other_id, than=contract.removed_at)
    for grant in ctx.some(longer):
        grants.shorten(ctx, grant, contract.removed_at)


def cut_within(ctx: Context, business_id: str, *, until: datetime) -> list[tuple[datetime, Row]]:
    """Return what a business shares that ends with a contract by then, and would not by itself.

    Each grant with when that is, the next to end first. Once the contract has ended they have that end.
    """
    found = []
    for one in ctx.tx.all(_ENDS_BY, own=business_id, until=until):
        pair = {"business_id": business_id, "other_id": one.other_id}
        contract = earliest(stated_by(stated(ctx, **pair)).values())
        if contract is not None and ctx.now < contract.removed_at <= until:
            found += [
                (contract.removed_at, grant)
                for grant in grants.longer_between(ctx, **pair, than=contract.removed_at)
                if grant.state == GrantState.ACTIVE and (grant.ends_at is None or grant.ends_at > until)
            ]
    return sorted(found, key=lambda each: (each[0], each[1].id))


def off_boarding(ctx: Context, business_id: str, other_id: str) -> Contract | None:
    """Return the contract with whose off-boarding ends what two businesses give each other now, or None.

    What is given once that is over goes on, however long Meta takes to remove what was left then.
    """
    rows = stated(ctx, business_id, other_id)
    contract = earliest(stated_by(rows).values())
    is_so = contract is not None and phase_of(rows, contract, now=ctx.now) is Phase.OFFBOARDING
    return contract if is_so else None


def cut_what_is_new(ctx: Context, business_id: str, other_id: str) -> None:
    """Have what two businesses have just given while they are off-boarding end with it, like the rest."""
    contract = off_boarding(ctx, business_id, other_id)
    if contract is not None:
        ctx.tx.alone()  # it goes through all that they share
        cut(ctx, business_id, other_id, contract)


def objection_to_extending(ctx: Context, grant: GrantView, *, partner: Party) -> Denied | None:
    """Return why a grant is not extended, if it goes to the last day of an off-boarding: nothing goes later.

    One that ends before that can be, and its extension is cut to that day where it begins
    (`cut_what_is_new`).
    `partner` is the one of the two that is not told so.
    """
    contract = off_boarding(ctx, grant.owner.id, grant.holder.id)
    if contract is None or grant.ends_at is None or grant.ends_at < contract.removed_at:
        return None
    return Denied(reason=DenialReason.OFF_BOARDING, name=partner.name, at=contract.removed_at)


def ends_with(ctx: Context, grant: Row, ends: frozenset[datetime]) -> bool:
    """Say whether access is until one of these ends of a contract. So many days are no such end."""
    request = moves.find_row(ctx.tx, grant.request_id)
    assert request is not None
    return bool(request.given_kind == TermKind.UNTIL and grant.ends_at in ends)


def ends_so_far(ctx: Context, business_id: str, other_id: str) -> frozenset[datetime]:
    """Return each end of their contract that ever counted: what is until then ends with the contract."""
    return frozenset(
        datetime.fromisoformat(event.data["counts"])
        for own, other in ((business_id, other_id), (other_id, business_id))
        for event in journal.history(ctx.tx, SubjectKind.BUSINESS, own)
        if event.kind == EventKind.BUSINESS_CONTRACT and event.counterpart_id == other
    )
