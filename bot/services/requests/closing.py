"""How a request is cancelled, undone and expires, and that somebody has opened it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, or_, select, update

from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.kinds import RULES, RequestKind
from bot.domain.limits import LONGEST_NOTE
from bot.domain.messages import Notice
from bot.domain.policy import may_administer
from bot.domain.requests import RequestState, too_long
from bot.services import approvers, cards, directory, grants, readers
from bot.services.context import Context
from bot.services.moves import close_undo, find_row, move, publish_homes
from bot.services.requests.kinds import KINDS
from bot.services.requests.over import outcome, undo_until
from bot.services.results import Denied, Invalid, Moved, Undone
from bot.store import tables
from bot.store.compiled import upsert

if TYPE_CHECKING:
    from bot.store.compiled import Row

_request = tables.table_of(tables.Request)
_opened = tables.table_of(tables.Opened)

_UNDO = (
    update(_request)
    .where(_request.c.id == bindparam("request"), _request.c.undo_until == bindparam("seen_until"))
    .values(
        version=_request.c.version + 1,
        undo_until=None,
        undone_at=bindparam("at"),
        undone_by=bindparam("by_whom"),
    )
)
_UNDO_DUE = (
    select(_request.c.id, _request.c.version, _request.c.undo_until)
    .where(_request.c.undo_until <= bindparam("at"))
    .order_by(_request.c.undo_until)
    .limit(bindparam("most"))
)
_DUE = (
    select(_request)
    .where(tables.REQUEST_IS_OPEN(_request), _request.c.expires_at <= bindparam("at"))
    .order_by(_request.c.expires_at)
    .limit(bindparam("most"))
)
_sides = (_request.c.requesting_id, _request.c.deciding_id)
_OPEN_BETWEEN = (
    select(_request)
    .where(
        or_(
            *(
                and_(one == bindparam("business"), two == bindparam("other"))
                for one, two in (_sides, _sides[::-1])
            )
        ),
        _request.c.over_at.is_(None),
    )
    .order_by(_request.c.id)
)
_OPEN_ONCE = upsert(_opened).on_conflict_do_nothing()
_TOLD_WHAT_BECAME = frozenset({DenialReason.BOTH_SIDES, DenialReason.NO_UNDO, DenialReason.UNDO_OVER})
"""Why somebody who acts for those who decide cannot undo: they alone are told what became of a request."""


def cancel(ctx: Context, request_id: str, *, note: str = "") -> Moved | Denied | Invalid:
    """Cancel a request: any admin of the requesting business, while it is open.

    Those who were asked are told who can.
    """
    request = find_row(ctx.tx, request_id)
    requesting = ctx.business(request.requesting_id) if request else None
    reason = (
        DenialReason.UNKNOWN_REQUEST
        if requesting is None
        else may_administer(ctx.principal, business=requesting).reason
    )
    if request is not None and reason is DenialReason.NOT_MEMBER:
        sender = ctx.business_row(request.requesting_id)
        assert sender is not None
        if approvers.may_view_as_decider(ctx, request).is_allowed:
            about = Subject(SubjectKind.REQUEST, request.id)
            denied = Denied(reason=DenialReason.NOT_SENDER, about=about, ref=request.ref, name=sender.name)
            return ctx.deny(denied, business_id=request.deciding_id)
    if request is None or reason is not None:
        return ctx.deny(
            reason or DenialReason.UNKNOWN_REQUEST,
            about=Subject(SubjectKind.REQUEST, request_id),
            business_id=ctx.own(None if request is None else request.requesting_id),
        )
    if (over := outcome(ctx, request)) is not None:
        return ctx.deny(over, business_id=request.requesting_id)
    if wrong := too_long(note, most=LONGEST_NOTE, field="note"):
        return Invalid(field_errors=wrong)
    version = move(ctx, request, RequestState.CANCELLED, note=note)
    return Moved(
        request_id=request.id,
        ref=request.ref,
        kind=RequestKind(request.kind),
        state=RequestState.CANCELLED,
        version=version,
        approvals=request.approvals,
        required_approvals=request.required_approvals,
    )


def open_between(ctx: Context, business_id: str, other_id: str) -> list[Row]:
    """Return the open requests of either of two businesses to the other."""
    return ctx.tx.all(_OPEN_BETWEEN, business=business_id, other=other_id)


def cancel_between(ctx: Context, *, business_id: str, other_id: str, note: str) -> list[cards.Happened]:
    """Cancel what is open between two businesses, because `business_id` ends their partnership.

    Who tells of that tells of these, too: they are returned.
    """
    return [
        cards.Happened(
            request.id, move(ctx, request, RequestState.CANCELLED, note=note, parted_by=business_id)
        )
        for request in open_between(ctx, business_id, other_id)
    ]


def undo(ctx: Context, request_id: str) -> Undone | Denied:
    """Undo an approval within its window: any approver of the request. What it gave ends at once.

    The request stays APPROVED, since it was; both sides see that it was undone, and by whom.
    """
    request = find_row(ctx.tx, request_id)
    about = Subject(SubjectKind.REQUEST, request_id)
    if request is None:
        return ctx.deny(DenialReason.UNKNOWN_REQUEST, about=about)
    reason = _why_not_undone(ctx, request)
    if reason is not None:
        denied = Denied(reason=reason)
        if reason in _TOLD_WHAT_BECAME:
            by = directory.name_of(ctx.tx, request.undone_by)
            denied = replace(denied, about=about, ref=request.ref, by=by, at=request.undone_at)
        return ctx.deny(denied, about=about, business_id=ctx.own(request.deciding_id))
    undone = ctx.tx.touched(
        _UNDO, request=request.id, seen_until=request.undo_until, at=ctx.now, by_whom=ctx.principal.person_id
    )
    assert undone == 1
    version = int(request.version) + 1
    ctx.record(
        EventKind.REQUEST_UNDONE,
        about,
        business_id=request.requesting_id,
        counterpart_id=request.deciding_id,
        acting_for=request.deciding_id,
        policy_of=request.deciding_id,
        version=version,
        ref=request.ref,
    )
    taken = KINDS[RequestKind(request.kind)].take_back(ctx, request)
    cards.follow(ctx, request.id, version=version)
    cards.notify(
        ctx,
        Notice.UNDONE,
        *(cards.Happened(request.id, version, extension) for extension in taken.extensions or ("",)),
    )
    publish_homes(ctx, request)
    return Undone(
        request_id=request.id,
        ref=request.ref,
        kind=RequestKind(request.kind),
        with_it=taken.refs,
        unheard=readers.unheard(ctx, request.requesting_id),
    )


def _why_not_undone(ctx: Context, request: Row) -> DenialReason | None:
    """Return why the actor may not undo an approval now; None if they may."""
    entitled = approvers.may_approve_for(ctx, request)
    if not entitled.is_allowed:
        return entitled.reason
    if not RULES[RequestKind(request.kind)].may_undo:
        return DenialReason.NO_UNDO
    given = grants.grants_of_request(ctx.tx, request.id).values()
    return DenialReason.UNDO_OVER if undo_until(request, given, now=ctx.now) is None else None


def close_undo_due(ctx: Context, *, limit: int = 100) -> int:
    """Close the undo windows that are over: the button goes. A sweep's step."""
    due = ctx.tx.all(_UNDO_DUE, at=ctx.now, most=limit)
    taken = 0
    for request in ctx.some(due):
        taken += 1
        close_undo(ctx, request)
    return taken


def expire_due(ctx: Context, *, limit: int = 100) -> int:
    """Expire the requests that nobody decided in time, at most `limit`; return how many. A sweep's step."""
    due = ctx.tx.all(_DUE, at=ctx.now, most=limit)
    taken = 0
    for request in ctx.some(due):
        taken += 1
        move(ctx, request, RequestState.EXPIRED)
    return taken


def open_details(ctx: Context, request_id: str) -> None:
    """Note the first time that somebody on the deciding side looks at the details; the cards say so."""
    request = find_row(ctx.tx, request_id)
    if request is None or not approvers.may_view_as_decider(ctx, request).is_allowed:
        return
    if not RequestState(request.state).is_open or request.requesting_id in ctx.principal.memberships:
        return
    if not ctx.tx.touched(_OPEN_ONCE, request_id=request_id, person_id=ctx.principal.person_id, at=ctx.now):
        return
    ctx.record(
        EventKind.REQUEST_OPENED,
        Subject(SubjectKind.REQUEST, request_id),
        business_id=request.requesting_id,
        counterpart_id=request.deciding_id,
        acting_for=request.deciding_id,
        policy_of=request.deciding_id,
        version=request.version,
    )
    cards.follow(ctx, request_id, version=request.version)
