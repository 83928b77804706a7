"""Businesses are connected to Meta: from then on what they give is put in force there.

A token comes here encrypted already, and is read by nobody but the sender of access effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, update

from bot.domain.actors import Source
from bot.domain.connections import ConnectionState
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import NOT_OVER, GrantState
from bot.domain.policy import may_administer
from bot.services import comparing, directory, grants
from bot.services.context import Context
from bot.services.results import Comparing, Connected, Denied, Disconnected
from bot.services.views.access import ConnectionTold
from bot.store import tables
from bot.store.compiled import upsert

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.compiled import Row

__all__ = [
    "ConnectionView",
    "bring_over",
    "compare_now",
    "connect",
    "connection_told",
    "disconnect",
    "find_connection",
    "is_known",
    "kept_token",
    "may_connect",
    "may_use",
    "objection",
]

_connection = tables.table_of(tables.Connection)
_grant = tables.table_of(tables.Grant)
_event = tables.table_of(tables.Event)

_ONE = select(_connection).where(_connection.c.business_id == bindparam("business"))
_INSERT = upsert(_connection)
_CONNECT = _INSERT.on_conflict_do_update(
    index_elements=["business_id"],
    set_={
        name: getattr(_INSERT.excluded, name)
        for name in ("ciphertext", "name", "state", "version", "connected_at", "connected_by")
    },
)
_HOLD = (
    update(_connection)
    .where(
        _connection.c.business_id == bindparam("business"), _connection.c.state == ConnectionState.CONNECTED
    )
    .values(state=_connection.c.state)
)
_DISCONNECT = delete(_connection).where(_connection.c.business_id == bindparam("business"))
_TAKEN_BACK = (
    select(_event.c.seq)
    .where(
        _event.c.subject_kind == SubjectKind.BUSINESS,
        _event.c.subject_id == bindparam("which"),
        _event.c.kind == EventKind.BUSINESS_UNVERIFIED,
    )
    .limit(1)
)
_LEFT = (
    select(func.count().label("total"))
    .select_from(_grant)
    .where(
        _grant.c.owner_id == bindparam("business"),
        _grant.c.asked_at.is_not(None),
        _grant.c.state != GrantState.ENDED,
    )
)


_WAITING = (
    select(func.count().label("total"))
    .select_from(_grant)
    .where(
        _grant.c.owner_id == bindparam("business"),
        _grant.c.asked_at.is_not(None),
        _grant.c.state.in_(sorted(NOT_OVER - {GrantState.ACTIVE})),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """A business's connection as its admins see it: whose token it is, and whether Meta still takes it.

    `by` is who connected it; None: the operator. `left` counts the grants that it has at Meta, or that are on
    their way there. `compared` says how far the record was compared with Meta.
    """

    name: str
    state: ConnectionState
    since: datetime
    by: str | None
    left: int
    compared: comparing.Progress | None


def find_connection(ctx: Context, business_id: str) -> ConnectionView | None:
    """Return how a business is connected; None where it is not, and to nobody but its members."""
    row = _row(ctx, business_id) if ctx.visible_business(business_id) else None
    if row is None:
        return None
    return ConnectionView(
        name=row.name,
        state=ConnectionState(row.state),
        since=row.connected_at,
        by=directory.name_of(ctx.tx, row.connected_by),
        left=_left(ctx, business_id),
        compared=comparing.progress(ctx, business_id),
    )


def connection_told(ctx: Context, business_id: str) -> ConnectionTold | None:
    """Return what a business is told of its connection, as it is now; None if it is no business."""
    own, row = ctx.business_row(business_id), _row(ctx, business_id)
    waiting = ctx.tx.one(_WAITING, business=business_id)
    if own is None or waiting is None:
        return None
    is_broken = row is not None and row.state == ConnectionState.BROKEN
    return ConnectionTold(
        own=directory.party_of(own),
        is_connected=row is not None,
        is_broken=is_broken,
        waiting=int(waiting.total),
    )


def is_known(ctx: Context, business_id: str) -> bool:
    """Say whether there is such a business, for the operator."""
    return ctx.business_row(business_id) is not None


def kept_token(ctx: Context, business_id: str) -> str | None:
    """Return a business's token as it is kept, for who reads at Meta; None where it is not connected."""
    row = _row(ctx, business_id)
    return None if row is None else row.ciphertext


def objection(ctx: Context, business_id: str) -> DenialReason | None:
    """Return why the actor may not connect a business, for those who only look; None if they may."""
    if ctx.actor.source is Source.COMMAND_LINE:
        return None
    return may_administer(ctx.principal, business=ctx.business(business_id)).reason


def may_connect(ctx: Context, business_id: str) -> Denied | None:
    """Return why the actor may not connect a business, before its token is tested; None if they may."""
    reason = objection(ctx, business_id)
    if reason is None:
        return None
    return ctx.deny(
        reason,
        about=Subject(SubjectKind.BUSINESS, business_id),
        business_id=ctx.own(business_id),
    )


def may_use(ctx: Context, business_id: str) -> Denied | None:
    """Return why the actor may not have a business's connection used now; None if they may.

    Then whoever else wants to use it, or to end it, comes after this transaction, and sees what it did.
    """
    if (no := may_connect(ctx, business_id)) is not None:
        return no
    if ctx.tx.touched(_HOLD, business=business_id):
        return None
    business = ctx.business_row(business_id)
    about = Subject(SubjectKind.BUSINESS, business_id)
    name = "" if business is None else business.name
    no = Denied(reason=DenialReason.NOT_CONNECTED, about=about, name=name)
    return ctx.deny(no, business_id=business_id)


def connect(ctx: Context, business_id: str, *, ciphertext: str, name: str) -> Connected | Denied:
    """Connect a business, or give its connection another token. What is on its way is tried now.

    `name` is that of the system user at Meta whose token it is.
    """
    if (no := may_connect(ctx, business_id)) is not None:
        return no
    business = ctx.business_row(business_id)
    assert business is not None
    before = _row(ctx, business_id)
    ctx.tx.run(
        _CONNECT,
        business_id=business_id,
        ciphertext=ciphertext,
        name=name,
        state=ConnectionState.CONNECTED,
        version=1 if before is None else before.version + 1,
        connected_at=ctx.now,
        connected_by=ctx.principal.person_id,
    )
    _record(ctx, EventKind.BUSINESS_CONNECTED, business_id, name=name)
    grants.connected_again(ctx, business_id)
    grants.all_enforced_again(ctx, business_id)
    comparing.want(ctx, business_id)
    return Connected(business=business.name, name=name, is_verified=_verify(ctx, business))


def bring_over(ctx: Context, newer: Row) -> None:
    """Give a connection the token that a newer record has for it, for a store that was restored."""
    here = _row(ctx, newer.business_id)
    if here is not None and here.ciphertext != newer.ciphertext:
        ctx.tx.run(_CONNECT, **newer._asdict())
        _record(ctx, EventKind.BUSINESS_CONNECTED, newer.business_id, name=newer.name)


def _verify(ctx: Context, business: Row) -> bool:
    """Confirm who a business is that has a token of its own at Meta, unless the operator took that back."""
    if business.verified or ctx.tx.all(_TAKEN_BACK, which=business.id):
        return False
    return directory.verify_business(ctx, business.id, verified=True)


def compare_now(ctx: Context, business_id: str) -> Comparing | Denied:
    """Have a connected business be compared with Meta now, from its first asset on.

    Also while it is compared: who asks knows of a change there, which that may have passed.
    """
    if (no := may_use(ctx, business_id)) is not None:
        return no
    business = ctx.business_row(business_id)
    assert business is not None
    comparing.want(ctx, business_id)
    return Comparing(business=business.name)


def disconnect(ctx: Context, business_id: str) -> Disconnected | Denied:
    """Forget a business's token. What it gave at Meta stays there; what is to end there is an alarm."""
    if (no := may_connect(ctx, business_id)) is not None:
        return no
    business = ctx.business_row(business_id)
    assert business is not None
    left = _left(ctx, business_id)
    if ctx.tx.touched(_DISCONNECT, business=business_id):
        _record(ctx, EventKind.BUSINESS_DISCONNECTED, business_id)
        comparing.forget(ctx, business_id)
        grants.put_all_at_meta(ctx, business_id)
        grants.all_enforced_again(ctx, business_id)
    return Disconnected(business=business.name, left=left)


def _left(ctx: Context, business_id: str) -> int:
    row = ctx.tx.one(_LEFT, business=business_id)
    assert row is not None
    return int(row.total)


def _row(ctx: Context, business_id: str) -> Row | None:
    return ctx.tx.one(_ONE, business=business_id)


def _record(ctx: Context, kind: EventKind, business_id: str, **facts: Any) -> None:
    ctx.record(
        kind,
        Subject(SubjectKind.BUSINESS, business_id),
        business_id=business_id,
        acting_for=business_id,
        **facts,
    )
