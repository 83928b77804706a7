"""What a business may do with an asset: all with its own, else the union of its live grants."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, exists, or_, select

from bot.domain.assets import TASKS, Tasks, unpack
from bot.domain.denials import DenialReason
from bot.domain.grants import NOT_OVER, GrantState, Held, tasks_in_force
from bot.domain.kinds import Gives, gives_of
from bot.services import directory
from bot.services.context import Context
from bot.services.grants.cuts import cut_at, with_contract
from bot.services.results import Denied
from bot.store import tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.store.compiled import Row
    from bot.store.tx import Tx


_grant = tables.table_of(tables.Grant)
_holder = tables.table_of(tables.BusinessRow).alias("holder")

_of_pair = (_grant.c.asset_id == bindparam("asset"), _grant.c.holder_id == bindparam("holder"))
_in_state = select(_grant.c.tasks, _grant.c.capability, _grant.c.state, _grant.c.ends_at).where(*_of_pair)
_HELD = _in_state.where(_grant.c.state == GrantState.ACTIVE)
_HELD_UNTIL = with_contract(_HELD.add_columns(_grant.c.starts_at, _grant.c.passed_at).select_from(_grant))
_HELD_OR_COMING = _in_state.where(_grant.c.state.in_((GrantState.ACTIVE, GrantState.PENDING)))
_AWAITED = (
    select(_grant.c.id)
    .where(
        *_of_pair,
        _grant.c.state.in_((GrantState.PENDING, GrantState.FAILED)),
        or_(_grant.c.ends_at.is_(None), _grant.c.ends_at > bindparam("at")),
    )
    .limit(1)
)
is_live = and_(
    _grant.c.state == GrantState.ACTIVE,
    or_(_grant.c.ends_at.is_(None), _grant.c.ends_at > bindparam("at")),
)
is_shown = and_(
    _grant.c.state.in_(sorted(NOT_OVER)),
    or_(_grant.c.state != GrantState.ACTIVE, _grant.c.ends_at.is_(None), _grant.c.ends_at > bindparam("at")),
)
"""Whether people look for it in lists: in force, or on its way in or out at Meta, which its line says."""
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


def _held(rows: Iterable[Row], gives: Gives) -> list[Held]:
    return [
        Held(tasks=given_by(row), state=GrantState(row.state), ends_at=row.ends_at)
        for row in rows
        if gives_of(given_by(row)) is gives
    ]


def _held_until(tx: Tx, gives: Gives, *, asset_id: str, holder_id: str) -> list[Held]:
    """Return what a holder has with the end that will hold, also where a contract ends it before its own."""
    rows = tx.all(_HELD_UNTIL, asset=asset_id, holder=holder_id)
    return [replace(held, ends_at=cut_at(row) or row.ends_at) for row in rows for held in _held([row], gives)]


def tasks_held(tx: Tx, gives: Gives = Gives.TASKS, *, asset_id: str, holder_id: str, at: datetime) -> Tasks:
    """Return what a holder may do with an asset at `at`: the union of its live grants that give the like.

    Tasks and capabilities are apart: neither is held by a grant of the other.
    """
    return tasks_in_force(_held(tx.all(_HELD, asset=asset_id, holder=holder_id), gives), at=at)


def held_and_coming(
    tx: Tx, gives: Gives, *, asset_id: str, holder_id: str, at: datetime
) -> tuple[Tasks, Tasks]:
    """Return what a holder may do with an asset at `at`, and what else is being put in force at Meta.

    The latter is what is approved, tasks and capabilities, and not over by `at`.
    """
    rows = tx.all(_HELD_OR_COMING, asset=asset_id, holder=holder_id)
    coming = [
        given_by(row)
        for row in rows
        if row.state == GrantState.PENDING and (row.ends_at is None or row.ends_at > at)
    ]
    return tasks_in_force(_held(rows, gives), at=at), frozenset[str]().union(*coming)


def holds_any(tx: Tx, *, asset_id: str, holder_id: str, at: datetime) -> bool:
    """Say whether a holder has any access to an asset at `at`, of whatever sort."""
    rows = tx.all(_HELD, asset=asset_id, holder=holder_id)
    return any(row.ends_at is None or row.ends_at > at for row in rows)


def why_not_held(ctx: Context, asset_id: str, *holder_ids: str) -> Denied:
    """Return why nobody of these businesses of the actor can be assigned to an asset: not theirs, or not yet.

    Of an asset that none of them has anything of, nothing is said, not even whether there is one.
    """
    own = [one for one in holder_ids if one in ctx.principal.memberships]
    at = {"asset": asset_id, "at": ctx.now}
    if any(ctx.tx.one(_AWAITED, holder=one, **at) for one in own):
        asset = directory.find_asset(ctx.tx, asset_id)
        assert asset is not None
        return Denied(reason=DenialReason.NOT_IN_FORCE_YET, field="asset", name=asset.name or asset_id)
    if any(holds_any(ctx.tx, asset_id=asset_id, holder_id=one, at=ctx.now) for one in own):
        asset = directory.find_asset(ctx.tx, asset_id)
        assert asset is not None
        return Denied(reason=DenialReason.NOBODY_ASSIGNED, field="asset", name=asset.name or asset_id)
    return Denied(reason=DenialReason.NOT_HELD, field="asset", name=asset_id)


def tasks_of(tx: Tx, *, asset_id: str, business_id: str, at: datetime) -> Tasks:
    """Return what a business may do with an asset at `at`, the most that its people can be assigned."""
    asset = directory.find_asset(tx, asset_id)
    if asset is not None and asset.owner is not None and asset.owner.id == business_id:
        return TASKS[asset.kind]
    return tasks_held(tx, asset_id=asset_id, holder_id=business_id, at=at)


def held_with_end(
    tx: Tx, gives: Gives = Gives.TASKS, *, asset_id: str, holder_id: str, at: datetime
) -> tuple[Tasks, datetime | None]:
    """Return what a holder may do with an asset at `at` as `tasks_held` does, and its end as `held_until`."""
    held = _held_until(tx, gives, asset_id=asset_id, holder_id=holder_id)
    return tasks_in_force(held, at=at), _end_of(held, at=at)


def held_until(
    tx: Tx, gives: Gives, *, asset_id: str, holder_id: str, at: datetime, tasks: Tasks | None = None
) -> datetime | None:
    """Return until when a holder may do all that it may do of this with an asset, or of `tasks` alone.

    None: there is no end, or nothing is held.
    """
    held = _held_until(tx, gives, asset_id=asset_id, holder_id=holder_id)
    return _end_of(held if tasks is None else [replace(one, tasks=one.tasks & tasks) for one in held], at=at)


def _end_of(held: Iterable[Held], *, at: datetime) -> datetime | None:
    """Return when the first of what is held together at `at` is held no more."""
    live = [(one.tasks, one.ends_at) for one in held if one.ends_at is None or one.ends_at > at]
    together = frozenset[str]().union(*(given for given, _ in live))
    for end in sorted({end for _, end in live if end is not None}):
        left = [given for given, until in live if until is None or until > end]
        if frozenset[str]().union(*left) != together:
            return end
    return None


def other_holders(tx: Tx, *, asset_id: str, excluding: str, at: datetime) -> tuple[str, ...]:
    """Return the names of the other partners that hold the asset; for its owner alone."""
    return tuple(row.name for row in tx.all(_HOLDERS, asset=asset_id, excluding=excluding, at=at))
