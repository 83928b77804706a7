"""Before a grant ends: who holds it is warned, and may let it end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.actors import Business, Principal
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import GrantState
from bot.domain.kinds import gives_of
from bot.domain.messages import Audience
from bot.domain.nudging import next_warning
from bot.domain.policy import may_administer
from bot.services import cards, deadlines, moves
from bot.services.context import Context
from bot.services.grants.effective import given_by, held_with_end, tasks_held
from bot.services.grants.ending import deny_grant
from bot.services.grants.lifecycle import find_grant
from bot.services.grants.lists import grant_view
from bot.services.results import Denied, LetEnd
from bot.services.views.access import GrantView, HeldAfter
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_grant = tables.table_of(tables.Grant)
_asset = tables.table_of(tables.Asset)

_LET_END = (
    update(_grant)
    .where(_grant.c.id == bindparam("grant"), _grant.c.state == GrantState.ACTIVE)
    .values(may_end=True, warn_at=None)
)
_WARN_DUE = (
    select(_grant)
    .where(_grant.c.warn_at <= bindparam("at"))
    .order_by(_grant.c.warn_at)
    .limit(bindparam("most"))
)
_NEXT_WARNING = (
    update(_grant)
    .where(_grant.c.id == bindparam("grant"), _grant.c.warn_at == bindparam("seen_at"))
    .values(warn_at=bindparam("warn_next"))
)
_TOGETHER_WITHIN = timedelta(hours=1)
"""What Meta puts in force one after the other ends so, too."""
_TOGETHER = (
    select(_grant, _asset.c.name.label("asset_name"))
    .join_from(_grant, _asset, _grant.c.asset_id == _asset.c.id)
    .where(
        _grant.c.request_id == bindparam("request"),
        _grant.c.ends_at.between(bindparam("since"), bindparam("until")),
        _grant.c.id != bindparam("but"),
        _grant.c.state == GrantState.ACTIVE,
    )
    .order_by(_grant.c.position)
)


def denial_for_holder(who: Principal, holder: Business | None) -> DenialReason | None:
    """Return why somebody may not act for the holder of a grant; outsiders do not learn that there is one."""
    reason = may_administer(who, business=holder).reason
    return (
        DenialReason.UNKNOWN_GRANT if reason in {DenialReason.STRANGER, DenialReason.NOT_MEMBER} else reason
    )


def let_end(ctx: Context, grant_id: str) -> LetEnd | Denied:
    """Note that the holder lets a grant end on its date, with no further warning. Any admin of the holder."""
    grant = find_grant(ctx.tx, grant_id)
    reason = denial_for_holder(ctx.principal, ctx.business(grant.holder_id) if grant else None)
    over = grant if grant is not None and grant.state != GrantState.ACTIVE else None
    if reason is None and over is not None:
        reason = DenialReason.GRANT_OVER
    if grant is None or reason is not None:
        return deny_grant(
            ctx,
            reason or DenialReason.UNKNOWN_GRANT,
            over,
            grant_id=grant_id,
            business_id=grant.holder_id if grant else "",
        )
    ctx.tx.run(_LET_END, grant=grant_id)
    ctx.record(
        EventKind.GRANT_LET_END,
        Subject(SubjectKind.GRANT, grant.id),
        business_id=grant.owner_id,
        counterpart_id=grant.holder_id,
        acting_for=grant.holder_id,
        version=grant.version,
    )
    cards.follow(ctx, grant.id, version=grant.version)
    view = grant_view(ctx.tx, grant.id)
    assert view is not None
    return LetEnd(grant_id=grant.id, asset=view.asset_name, ends_at=view.until)


def held_after(ctx: Context, grant: GrantView) -> HeldAfter | None:
    """Return what the holder of a grant has of the like once it has ended, by other grants; None: nothing.

    The end of a contract ends all of it.
    """
    if grant.ends_at is None or grant.cut_at is not None:
        return None
    which = {"asset_id": grant.asset_id, "holder_id": grant.holder.id}
    tasks, until = held_with_end(ctx.tx, gives_of(grant.tasks), **which, at=grant.ends_at)
    return HeldAfter(tasks=tasks, until=until) if tasks else None


def ends_together(ctx: Context, grant: GrantView) -> tuple[str, ...]:
    """Return the names of the assets to which the request of a grant gave access that ends with it."""
    return tuple(one.asset_name for one in _together(ctx, grant) if not _goes_on(ctx, one))


def warn_due(ctx: Context, *, limit: int = 100) -> int:
    """Warn the holders whose grants end soon, at most `limit`; return how many. A sweep's step.

    One card goes to the requester; if they have left, to another admin of the holder. It is about the first
    of what one request gave that ends together. There is no warning where other grants, for example an
    extension, go on giving the same.
    """
    due = ctx.tx.all(_WARN_DUE, at=ctx.now, most=limit)
    taken = 0
    for grant in ctx.some(due):
        taken += 1
        request = moves.find_row(ctx.tx, grant.request_id)
        assert request is not None
        working = deadlines.working_time_of_holder(ctx, request)
        following = next_warning(ends_at=grant.ends_at, after=ctx.now, since=grant.starts_at, working=working)
        ctx.tx.run(_NEXT_WARNING, grant=grant.id, seen_at=grant.warn_at, warn_next=following)
        if grant.ends_at <= ctx.now or _goes_on(ctx, grant) or _is_warned_of(ctx, grant):
            continue
        cards.post_where_told(ctx, grant.id, Audience.ENDING)
    return taken


def _goes_on(ctx: Context, grant: Row) -> bool:
    """Say whether other grants go on giving what this one gives once it has ended."""
    gives, which = given_by(grant), {"asset_id": grant.asset_id, "holder_id": grant.holder_id}
    return gives <= tasks_held(ctx.tx, gives_of(gives), **which, at=grant.ends_at)


def _is_warned_of(ctx: Context, grant: Row) -> bool:
    """Say whether the warning of the end of another grant is this one's too."""
    return any(
        one.position < grant.position and not one.may_end and not _goes_on(ctx, one)
        for one in _together(ctx, grant)
    )


def _together(ctx: Context, grant: GrantView | Row) -> list[Row]:
    """Return what the request that a grant rests on gave beside it and ends with it."""
    if grant.ends_at is None:
        return []
    since, until = grant.ends_at - _TOGETHER_WITHIN, grant.ends_at + _TOGETHER_WITHIN
    return ctx.tx.all(_TOGETHER, request=grant.request_id, but=grant.id, since=since, until=until)
