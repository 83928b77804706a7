"""What Meta shows of an asset's partners, held against what is recorded: each difference becomes a finding.

What is on its way, or changed so recently that Meta may not show it yet, is not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, or_, select, update

from bot.domain.assets import Tasks
from bot.domain.connections import SHOWN_WITHIN
from bot.domain.findings import FindingKind, compare
from bot.domain.grants import ON_ITS_WAY, GrantState
from bot.services import found
from bot.services.context import Context
from bot.services.grants.calls import holders_called_for
from bot.services.grants.effective import given_by
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_grant = tables.table_of(tables.Grant)

_OF_ASSET = (
    select(_grant)
    .where(_grant.c.asset_id == bindparam("asset"), _grant.c.capability.is_(None))
    .order_by(_grant.c.id)
)
_OF_PAIR = _OF_ASSET.where(_grant.c.holder_id == bindparam("holder"))
_KEEP = (
    update(_grant)
    .where(
        _grant.c.asset_id == bindparam("asset"),
        _grant.c.holder_id == bindparam("holder"),
        _grant.c.state == GrantState.ACTIVE,
        _grant.c.capability.is_(None),
        _grant.c.asked_at.is_(None),
    )
    .values(asked_at=bindparam("at"))
)

_ANY_MOVING = (
    select(_grant.c.id)
    .where(
        _grant.c.owner_id == bindparam("owner"),
        _grant.c.capability.is_(None),
        or_(
            and_(
                _grant.c.state.in_((GrantState.PENDING, GrantState.ENDING)),
                _grant.c.obstacle.is_(None),
            ),
            and_(_grant.c.state == GrantState.ACTIVE, _grant.c.starts_at > bindparam("since")),
            and_(_grant.c.state == GrantState.ENDED, _grant.c.ended_at > bindparam("since")),
        ),
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class HeldAtMeta:
    """What Meta shows of a partner: its name there, and what it can do with the asset."""

    name: str
    tasks: Tasks


def compare_asset(
    ctx: Context, asset_id: str, there: Mapping[str, HeldAtMeta], *, owner_id: str, since: datetime
) -> None:
    """Hold what Meta showed of an asset's partners against the record. It was read after `since`."""
    grants: dict[str, list[Row]] = {}
    for row in ctx.tx.all(_OF_ASSET, asset=asset_id):
        grants.setdefault(row.holder_id, []).append(row)
    settled_by = since - SHOWN_WITHIN
    skipped = found.decided_since(ctx.tx, asset_id, settled_by) | holders_called_for(ctx.tx, asset_id)
    known = {row.holder_id: row.holder_name for row in found.open_of(ctx.tx, asset_id)}
    for holder_id in sorted({*there, *grants, *known} - {owner_id}):
        rows = grants.get(holder_id, [])
        if holder_id in skipped or _is_moving(rows, since=settled_by, now=ctx.now):
            continue
        held = there.get(holder_id, HeldAtMeta(known.get(holder_id, ""), frozenset()))
        found.meet(
            ctx,
            differing(rows, held.tasks, now=ctx.now),
            owner_id=owner_id,
            asset_id=asset_id,
            holder_id=holder_id,
            holder_name=held.name,
        )


def is_any_moving(ctx: Context, owner_id: str, *, since: datetime) -> bool:
    """Say whether access to what a business owns is on its way in or out, or was so after a moment.

    What something stands in the way of does not count, nor what Meta keeps on refusing to remove: that may
    stay so for long.
    """
    return bool(ctx.tx.all(_ANY_MOVING, owner=owner_id, since=since))


def grants_of_pair(ctx: Context, *, asset_id: str, holder_id: str) -> list[Row]:
    """Return all that a holder was ever given with an asset, but capabilities."""
    return ctx.tx.all(_OF_PAIR, asset=asset_id, holder=holder_id)


def differing(rows: Iterable[Row], there: Tasks, *, now: datetime) -> Mapping[FindingKind, Tasks]:
    """Return how what is at Meta differs from what these grants of one holder give now, or gave."""
    rows = list(rows)
    recorded = [given_by(row) for row in rows if _is_in_force(row, now=now)]
    over = [given_by(row) for row in rows if row.state == GrantState.ENDED]
    return compare(
        there,
        recorded=frozenset[str]().union(*recorded),
        given_before=frozenset[str]().union(*over),
    )


def _is_in_force(row: Row, *, now: datetime) -> bool:
    return row.state == GrantState.ACTIVE and (row.ends_at is None or row.ends_at > now)


def _is_moving(rows: Sequence[Row], *, since: datetime, now: datetime) -> bool:
    """Say whether a holder's access is on its way in or out, or was so after a moment."""
    for row in rows:
        is_over = row.state == GrantState.ACTIVE and not _is_in_force(row, now=now)
        changed = [at for at in (row.starts_at, row.ended_at) if at is not None]
        if row.state in ON_ITS_WAY or is_over or any(at > since for at in changed):
            return True
    return False


# --- what is done about it ---------------------------------------------------------------------------


def giving(ctx: Context, tasks: Tasks, *, asset_id: str, holder_id: str) -> list[str]:
    """Return the grants in force that give any of these tasks."""
    rows = grants_of_pair(ctx, asset_id=asset_id, holder_id=holder_id)
    return [row.id for row in rows if _is_in_force(row, now=ctx.now) and given_by(row) & tasks]


def keep_at_meta(ctx: Context, *, asset_id: str, holder_id: str) -> None:
    """Have what the record alone gave so far be kept at Meta, too."""
    ctx.tx.run(_KEEP, asset=asset_id, holder=holder_id, at=ctx.now)
