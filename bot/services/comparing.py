"""How connected businesses are compared with Meta: a few assets a step, each business in its turn.

Who reads at Meta calls `begin`, reads with no transaction open, and calls `finish` with what it saw. A step
that nobody finished is begun again after a while: what it found would be found again, and nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from bot.domain.assets import Kind
from bot.domain.connections import SHOWN_WITHIN, ConnectionState, Obstacle
from bot.domain.findings import EVERY
from bot.services import grants
from bot.services.context import Context
from bot.store import tables
from bot.store.compiled import upsert
from bot.store.types import UTCDateTime

if TYPE_CHECKING:
    from bot.store.compiled import Row

__all__ = ["Look", "Progress", "begin", "finish", "forget", "is_due", "progress", "want"]

ASSETS_A_STEP = 5
BEGUN_FOR = timedelta(minutes=5)
"""After how long a step that was begun is begun again."""
_SOON = timedelta(minutes=10)
"""When a business is compared again where Meta did not answer about all of it."""
_ARRIVED = SHOWN_WITHIN + timedelta(minutes=1)
"""When it is where something was on its way to Meta, or had just changed there: Meta shows it by then."""

_comparison = tables.table_of(tables.Comparison)
_connection = tables.table_of(tables.Connection)
_asset = tables.table_of(tables.Asset)

_INSERT = upsert(_comparison)
_WANT = _INSERT.on_conflict_do_update(
    index_elements=["business_id"],
    set_={name: getattr(_INSERT.excluded, name) for name in ("due_at", "done_to")},
)
_FORGET = delete(_comparison).where(_comparison.c.business_id == bindparam("business"))
_DUE = (
    select(_comparison.c.business_id, _comparison.c.done_to, _connection.c.ciphertext)
    .join_from(_comparison, _connection, _connection.c.business_id == _comparison.c.business_id)
    .where(_comparison.c.due_at <= bindparam("at"), _connection.c.state == ConnectionState.CONNECTED)
    .order_by(_comparison.c.due_at, _comparison.c.business_id)
    .limit(1)
)
_OWNED = (
    select(_asset.c.id, _asset.c.kind)
    .where(_asset.c.owner_id == bindparam("owner"), _asset.c.id > bindparam("after"))
    .order_by(_asset.c.id)
    .limit(bindparam("most"))
)
_OWNERS = select(_asset.c.owner_id).where(_asset.c.id == bindparam("asset"))
_ONE = select(_comparison).where(_comparison.c.business_id == bindparam("business"))
_BEGIN = (
    update(_comparison)
    .where(_comparison.c.business_id == bindparam("business"))
    .values(due_at=bindparam("later"))
)
_GO_ON = (
    update(_comparison)
    .where(
        _comparison.c.business_id == bindparam("business"),
        _comparison.c.done_to == bindparam("after"),
        _comparison.c.due_at == bindparam("begun", type_=UTCDateTime),
    )
    .values(
        due_at=bindparam("next_at"),
        done_to=bindparam("to"),
        done_at=bindparam("ended_at"),
        unread=bindparam("count"),
        unread_why=bindparam("why"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A few assets of a business to be read at Meta: those after the asset `after`. It began at `since`.

    Nobody else begins it before `held_until`, which is another where it is wanted from the start meanwhile.
    """

    business_id: str
    ciphertext: str
    after: str
    assets: tuple[tuple[str, Kind], ...]
    since: datetime
    held_until: datetime


Seen = Mapping[str, grants.HeldAtMeta] | Obstacle
"""What Meta shows of an asset's partners, by their ids, or why it does not."""


def want(ctx: Context, business_id: str) -> None:
    """Have a connected business be compared now, from its first asset on."""
    ctx.tx.run(
        _WANT,
        business_id=business_id,
        due_at=ctx.now,
        done_to="",
        done_at=None,
        unread=0,
        unread_why=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a business is compared: whether it is due now, and when it last was compared whole.

    Meta would not show `unread` assets then, or so far; `why` says it of the last of them.
    """

    is_due: bool
    done_at: datetime | None
    unread: int
    why: Obstacle | None


def progress(ctx: Context, business_id: str) -> Progress | None:
    """Return how far a business is compared with Meta; None where it is not connected."""
    row = ctx.tx.one(_ONE, business=business_id)
    if row is None:
        return None
    return Progress(
        is_due=bool(row.done_to) or row.due_at <= ctx.now or row.done_at is None,
        done_at=row.done_at,
        unread=row.unread,
        why=Obstacle(row.unread_why) if row.unread_why else None,
    )


def forget(ctx: Context, business_id: str) -> None:
    """Compare a business no more: it is not connected now."""
    ctx.tx.run(_FORGET, business=business_id)


def is_due(ctx: Context) -> bool:
    """Say whether a business is to be compared now."""
    return ctx.tx.one(_DUE, at=ctx.now) is not None


def begin(ctx: Context) -> Look | None:
    """Take the next few assets to be read; None if none are due."""
    row = ctx.tx.one(_DUE, at=ctx.now)
    if row is None:
        return None
    held_until = ctx.now + BEGUN_FOR
    ctx.tx.run(_BEGIN, business=row.business_id, later=held_until)
    assets = ctx.tx.all(_OWNED, owner=row.business_id, after=row.done_to, most=ASSETS_A_STEP)
    return Look(
        business_id=row.business_id,
        ciphertext=row.ciphertext,
        after=row.done_to,
        assets=tuple((one.id, Kind(one.kind)) for one in assets),
        since=ctx.now,
        held_until=held_until,
    )


def finish(ctx: Context, look: Look, seen: Mapping[str, Seen], *, wait: float = 0.0) -> None:
    """Hold what was seen against the record. The next step comes after `wait` seconds, if any are left.

    What was not come to is due in it. Nothing is done if somebody else has finished this step. Where it is
    wanted from the start meanwhile, what was seen counts, and it begins there.
    """
    row = ctx.tx.one(_ONE, business=look.business_id)
    if row is None or row.done_to != look.after:
        return
    for asset_id, what in seen.items():
        owner = ctx.tx.one(_OWNERS, asset=asset_id)
        is_ours = owner is not None and owner.owner_id == look.business_id
        if is_ours and not isinstance(what, Obstacle):
            grants.compare_asset(ctx, asset_id, what, owner_id=look.business_id, since=look.since)
    _go_on(ctx, row, look, seen, wait=wait)
    if Obstacle.TOKEN in seen.values():
        grants.break_connection(ctx, look.business_id)


def _go_on(ctx: Context, row: Row, look: Look, seen: Mapping[str, Seen], *, wait: float) -> None:
    unread = [what for what in seen.values() if isinstance(what, Obstacle)]
    count = len(unread) + (row.unread if look.after else 0)
    why = unread[-1] if unread else (row.unread_why if look.after else None)
    is_end = len(seen) == len(look.assets) < ASSETS_A_STEP
    next_at = ctx.now + timedelta(seconds=wait)
    if is_end:
        next_at = ctx.now + _after_all(ctx, look.business_id, why)
    ctx.tx.run(
        _GO_ON,
        business=look.business_id,
        after=look.after,
        begun=look.held_until,
        next_at=next_at,
        to="" if is_end else max([look.after, *seen]),
        ended_at=ctx.now if is_end else row.done_at,
        count=count,
        why=why,
    )


def _after_all(ctx: Context, business_id: str, why: str | None) -> timedelta:
    """Return how long after a whole comparison the next one comes."""
    if why == Obstacle.UNREACHED:
        return _SOON
    is_moving = grants.is_any_moving(ctx, business_id, since=ctx.now - SHOWN_WITHIN - BEGUN_FOR)
    return _ARRIVED if is_moving else EVERY
