"""What the record shows to be wrong with an installation, for the operator."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, or_, select

from bot.domain.actors import Role, Status
from bot.domain.connections import ConnectionState
from bot.domain.faults import Fault, FaultKind
from bot.domain.grants import GrantState
from bot.services import approvers, delivery, moves, webhooks
from bot.services.admins import FLAGS, in_reach
from bot.services.context import Context
from bot.store import tables
from bot.store.tables import EffectState

if TYPE_CHECKING:
    from bot.store.compiled import Row

LATE = timedelta(minutes=5)
"""How long after it was due a message may still wait: Slack's pauses are shorter."""
_PAGE = 200

_business = tables.table_of(tables.BusinessRow)
_connection = tables.table_of(tables.Connection)
_installation = tables.table_of(tables.Installation)
_membership = tables.table_of(tables.Membership)
_person = tables.table_of(tables.Person)
_request = tables.table_of(tables.Request)

_BUSINESSES = (
    select(_business)
    .where(_business.c.status == Status.ACTIVE, _business.c.team_id.is_not(None))
    .order_by(_business.c.id)
)
_UNKNOWN = (
    select(func.count().label("total"))
    .select_from(_membership)
    .join(_person, _membership.c.person_id == _person.c.id)
    .where(
        _membership.c.business_id == bindparam("business"),
        _membership.c.role == Role.ADMIN,
        _membership.c.shared.is_(False),
        or_(*(flag.is_(None) for flag in FLAGS)),
        *(flag.is_not(True) for flag in FLAGS),
    )
)
_CONNECTIONS = (
    select(_connection.c.business_id, _connection.c.ciphertext, _connection.c.state, _business.c.name)
    .join_from(_connection, _business, _connection.c.business_id == _business.c.id)
    .order_by(_connection.c.business_id)
)
_INSTALLATIONS = (
    select(_installation.c.name, _installation.c.ciphertext)
    .where(_installation.c.removed_at.is_(None))
    .order_by(_installation.c.id)
)
_OPEN = (
    select(_request)
    .where(tables.REQUEST_IS_OPEN(_request), _request.c.id > bindparam("after"))
    .order_by(_request.c.id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a business is at home in Slack: its workspace and approvals channel, to be looked at there."""

    name: str
    team_id: str
    channel_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A business or a workspace whose token is to be decrypted as a test."""

    name: str
    ciphertext: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckUp:
    """What the record shows, and what is to be looked at outside of it."""

    faults: tuple[Fault, ...]
    homes: tuple[Home, ...]
    kept: tuple[Kept, ...]
    installed: tuple[Kept, ...]


def check_up(ctx: Context, *, real: datetime) -> CheckUp:
    """Look through the record. `real` is the time by which messages are due."""
    businesses = ctx.tx.all(_BUSINESSES)
    connections = ctx.tx.all(_CONNECTIONS)
    admins = [*_admins(ctx, businesses)]
    unknown = {one.facts["id"] for one in admins if one.kind is FaultKind.ADMINS_UNKNOWN}
    faults = (
        *admins,
        *_dead_ends(ctx, excluding=unknown),
        *_outbox(ctx, real=real),
        *_webhook(ctx),
        *(
            Fault(FaultKind.CONNECTION, {"business": row.name})
            for row in connections
            if row.state != ConnectionState.CONNECTED
        ),
    )
    return CheckUp(
        faults=faults,
        homes=tuple(
            Home(name=row.name, team_id=row.team_id, channel_id=row.channel_id) for row in businesses
        ),
        kept=tuple(Kept(name=row.name, ciphertext=row.ciphertext) for row in connections),
        installed=tuple(Kept(name=row.name, ciphertext=row.ciphertext) for row in ctx.tx.all(_INSTALLATIONS)),
    )


def _admins(ctx: Context, businesses: list[Row]) -> Iterator[Fault]:
    for row in businesses:
        admins = len(approvers.admins(ctx.tx, row.id))
        if admins >= row.quorum:
            continue
        about = {"business": row.name, "id": row.id}
        found = ctx.tx.one(_UNKNOWN, business=row.id)
        assert found is not None
        if admins + found.total >= row.quorum:
            yield Fault(FaultKind.ADMINS_UNKNOWN, {**about, "unknown": found.total})
        else:
            yield Fault(FaultKind.ADMINS, {**about, "has": admins, "needs": row.quorum})


def _dead_ends(ctx: Context, *, excluding: Collection[str | int]) -> Iterator[Fault]:
    """Yield what takes more approvals than can be given, as its card says (`RequestView.admins`).

    `excluding` what these businesses decide, of whom it is said why.
    """
    after = ""
    while rows := ctx.tx.all(_OPEN, after=after, most=_PAGE):
        for row in rows:
            able = in_reach(ctx.tx, approvers.eligible(ctx.tx, row))
            required = moves.required_approvals(row, moves.items_of(ctx.tx, row.id))
            if len(able) < required and row.deciding_id not in excluding:
                done = len(approvers.counted(row, approvers.approvals(ctx.tx, row.id), able))
                facts = {"has": len(able) - done, "needs": required - done}
                yield Fault(FaultKind.DEAD_END, {"ref": row.ref, **facts})
        after = rows[-1].id


def _outbox(ctx: Context, *, real: datetime) -> Iterator[Fault]:
    late = delivery.figures(ctx.tx, real=real - LATE)
    if count := sum(late.due.values()):
        minutes = int((late.oldest + LATE) / timedelta(minutes=1))
        yield Fault(FaultKind.OVERDUE, {"count": count, "minutes": minutes})
    for kind, count in (
        (FaultKind.RETRIED, late.retried),
        (FaultKind.PARKED, late.stuck[EffectState.PARKED]),
        (FaultKind.DEAD, late.stuck[EffectState.DEAD]),
        (FaultKind.STUCK, late.at_meta.get(GrantState.STUCK, 0)),
    ):
        if count:
            yield Fault(kind, {"count": count})


def _webhook(ctx: Context) -> Iterator[Fault]:
    left = webhooks.left(ctx.tx)
    if left.since is None or (age := ctx.now - left.since) <= LATE:
        return
    facts: dict[str, str | int] = {"count": left.total, "minutes": int(age / timedelta(minutes=1))}
    yield Fault(FaultKind.WEBHOOK, facts | {"why": left.why or "not sent"})
