"""What a holder may do: the union of its live grants, and what its people are assigned within that."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, exists, insert, or_, select, update

from bot.domain.assets import Tasks, pack, unpack
from bot.domain.grants import GrantState, Held, tasks_in_force
from bot.domain.kinds import Gives, gives_of
from bot.services.context import Context
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx


_grant = tables.table_of(tables.Grant)
_assignment = tables.table_of(tables.Assignment)
_holder = tables.table_of(tables.BusinessRow).alias("holder")

_HELD = select(_grant.c.tasks, _grant.c.capability, _grant.c.state, _grant.c.ends_at).where(
    _grant.c.asset_id == bindparam("asset"),
    _grant.c.holder_id == bindparam("holder"),
    _grant.c.state == GrantState.ACTIVE,
)
_ASSIGNED = select(_assignment).where(
    _assignment.c.asset_id == bindparam("asset"), _assignment.c.business_id == bindparam("business")
)
_ASSIGNED_TO = _ASSIGNED.where(_assignment.c.person_id == bindparam("person"))
_ASSIGN = insert(_assignment)
_one_assignment = and_(
    _assignment.c.asset_id == bindparam("asset"),
    _assignment.c.business_id == bindparam("business"),
    _assignment.c.person_id == bindparam("person"),
)
_REASSIGN = update(_assignment).where(_one_assignment).values(tasks=bindparam("their_tasks"))
_UNASSIGN = delete(_assignment).where(_one_assignment)
is_live = and_(
    _grant.c.state == GrantState.ACTIVE,
    or_(_grant.c.ends_at.is_(None), _grant.c.ends_at > bindparam("at")),
)
_HOLDERS = (
    select(_holder.c.name)
    .where(
        _holder.c.id != bindparam("excluding"),
        exists(
            select(_grant.c.id).where(
                _grant.c.asset_id == bindparam("asset"), _grant.c.holder_id == _holder.c.id, is_live
            )
        ),
    )
    .order_by(_holder.c.name)
)


def given_by(grant: Row) -> Tasks:
    """Return what a grant gives by itself: tasks, or a capability."""
    return unpack(grant.tasks) if grant.capability is None else frozenset({grant.capability})


def _held(tx: Tx, gives: Gives, *, asset_id: str, holder_id: str) -> list[Held]:
    rows = tx.all(_HELD, asset=asset_id, holder=holder_id)
    return [
        Held(tasks=given_by(row), state=GrantState(row.state), ends_at=row.ends_at)
        for row in rows
        if gives_of(given_by(row)) is gives
    ]


def tasks_held(tx: Tx, gives: Gives = Gives.TASKS, *, asset_id: str, holder_id: str, at: datetime) -> Tasks:
    """Return what a holder may do with an asset at `at`: the union of its live grants that give the like.

    Tasks and capabilities are apart: neither is held by a grant of the other.
    """
    return tasks_in_force(_held(tx, gives, asset_id=asset_id, holder_id=holder_id), at=at)


def held_until(tx: Tx, gives: Gives, *, asset_id: str, holder_id: str, at: datetime) -> datetime | None:
    """Return until when a holder may do all that it may do of this with an asset at `at`.

    None: there is no end, or nothing is held.
    """
    live: list[tuple[Tasks, datetime | None]] = [
        (one.tasks, one.ends_at)
        for one in _held(tx, gives, asset_id=asset_id, holder_id=holder_id)
        if one.ends_at is None or one.ends_at > at
    ]
    held = frozenset[str]().union(*(tasks for tasks, _ in live))
    for end in sorted({end for _, end in live if end is not None}):
        left = [tasks for tasks, until in live if until is None or until > end]
        if frozenset[str]().union(*left) != held:
            return end
    return None


def other_holders(tx: Tx, *, asset_id: str, excluding: str, at: datetime) -> tuple[str, ...]:
    """Return the names of the other partners that hold the asset; for its owner alone."""
    return tuple(row.name for row in tx.all(_HOLDERS, asset=asset_id, excluding=excluding, at=at))


def assign(ctx: Context, *, asset_id: str, business_id: str, person_id: str, tasks: Tasks) -> None:
    """Assign tasks with an asset to a person of the holder, beside those they have."""
    before = ctx.tx.one(_ASSIGNED_TO, asset=asset_id, business=business_id, person=person_id)
    if before is None:
        ctx.tx.run(
            _ASSIGN,
            asset_id=asset_id,
            business_id=business_id,
            person_id=person_id,
            tasks=pack(tasks),
            since=ctx.now,
        )
    else:
        ctx.tx.run(
            _REASSIGN,
            asset=asset_id,
            business=business_id,
            person=person_id,
            their_tasks=pack(unpack(before.tasks) | tasks),
        )


def trim_assignments(tx: Tx, *, asset_id: str, holder_id: str, at: datetime) -> None:
    """Reduce what the holder's people are assigned to what the holder may still do, at once."""
    left = tasks_held(tx, asset_id=asset_id, holder_id=holder_id, at=at)
    for row in tx.all(_ASSIGNED, asset=asset_id, business=holder_id):
        tasks = unpack(row.tasks)
        kept = tasks & left
        one = {"asset": asset_id, "business": holder_id, "person": row.person_id}
        if not kept:
            tx.run(_UNASSIGN, **one)
        elif kept != tasks:
            tx.run(_REASSIGN, **one, their_tasks=pack(kept))
