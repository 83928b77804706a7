"""What people do about nudges: put them off, say that they are looking at it, or have others reminded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.calendar import next_working_morning
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.kinds import Side
from bot.domain.nudging import ACKNOWLEDGED_FOR
from bot.domain.policy import may_administer
from bot.services import approvers, cards, deadlines, moves, requests
from bot.services.admins import in_reach
from bot.services.context import Context
from bot.services.nudges.schedule import (
    approvers_to_nudge,
    is_too_late,
    mark_people,
    readers_of,
    set_mark,
    side_to_nudge,
    working_time_of,
)
from bot.services.results import Acknowledged, Denied, Reminded, Snoozed
from bot.store import tables
from bot.store.compiled import upsert

if TYPE_CHECKING:
    from bot.store.compiled import Row

_request = tables.table_of(tables.Request)
_acknowledgement = tables.table_of(tables.Acknowledgement)
_ACKNOWLEDGE = upsert(_acknowledgement).on_conflict_do_nothing()
_ACKNOWLEDGED_UNTIL = select(_acknowledgement.c.until).where(
    _acknowledgement.c.request_id == bindparam("request"), _acknowledgement.c.person_id == bindparam("person")
)
_REMIND = (
    update(_request)
    .where(_request.c.id == bindparam("request"), _request.c.version == bindparam("expected_version"))
    .values(reminded_at=bindparam("at"))
)


def _find_open(ctx: Context, request_id: str, side: Side) -> Row | Denied:
    """Return an open request to an admin of this side; on the deciding side, to who can still answer it."""
    request = moves.find_row(ctx.tx, request_id)
    about = Subject(SubjectKind.REQUEST, request_id)
    if request is None:
        return ctx.deny(DenialReason.UNKNOWN_REQUEST, about=about)
    if side is Side.DECIDING:
        reason = approvers.may_answer(ctx, request).reason
        acting_for = request.deciding_id
    else:
        requesting = ctx.business(request.requesting_id)
        assert requesting is not None
        reason = may_administer(ctx.principal, business=requesting).reason
        acting_for = request.requesting_id
    if reason is not None:
        return ctx.deny(reason, about=about, business_id=ctx.own(acting_for))
    over = requests.outcome(ctx, request)
    if over is not None:
        return ctx.deny(over, business_id=acting_for)
    own = ctx.principal.person_id
    if (
        side is Side.DECIDING
        and own in approvers.approved_by(ctx.tx, request.id, the_round=request.round)
        and own not in {person.id for person in approvers.able_to_answer(ctx, request)}
    ):
        answered = Denied(reason=DenialReason.APPROVED_ALREADY, about=about, ref=request.ref)
        return ctx.deny(answered, business_id=acting_for)
    return request


def _record(ctx: Context, kind: EventKind, request: Row, *, acting_for: str | None) -> None:
    ctx.record(
        kind,
        Subject(SubjectKind.REQUEST, request.id),
        business_id=acting_for,
        acting_for=acting_for,
        version=request.version,
    )


def snooze(ctx: Context, request_id: str) -> Snoozed | Denied:
    """Put a request off until the approver's next working morning; never past its expiry."""
    request = _find_open(ctx, request_id, Side.DECIDING)
    if isinstance(request, Denied):
        return request
    person_id = ctx.principal.person_id
    assert person_id is not None
    morning = next_working_morning(ctx.now, working_time_of(ctx, person_id, side_to_nudge(ctx, request)))
    until = None if is_too_late(request, morning) else morning
    set_mark(ctx.tx, request.id, person_id, due_at=until, quiet_until=until or request.expires_at)
    _record(ctx, EventKind.REQUEST_SNOOZED, request, acting_for=request.deciding_id)
    cards.follow(ctx, request.id, version=request.version)
    return Snoozed(request_id=request.id, ref=request.ref, until=until)


def acknowledge(ctx: Context, request_id: str) -> Acknowledged | Denied:
    """Tell the other approvers that somebody is looking at the request: their nudges pause for a day.

    That counts once for each person and request, and never puts off the last nudge: else nobody would be left
    to notice that it expires.
    """
    request = _find_open(ctx, request_id, Side.DECIDING)
    if isinstance(request, Denied):
        return request
    person_id = ctx.principal.person_id
    others = [person for person in approvers_to_nudge(ctx, request) if person.id != person_id]
    last = deadlines.last_nudge(ctx, request, others, expires_at=request.expires_at)
    until = min(ctx.now + ACKNOWLEDGED_FOR, last or request.expires_at)
    ctx.tx.run(_ACKNOWLEDGE, request_id=request.id, person_id=person_id, until=until)
    kept = ctx.tx.one(_ACKNOWLEDGED_UNTIL, request=request.id, person=person_id)
    assert kept is not None
    _record(ctx, EventKind.REQUEST_ACKNOWLEDGED, request, acting_for=request.deciding_id)
    cards.follow(ctx, request.id, version=request.version)
    reader_of = readers_of(ctx, request)
    return Acknowledged(
        request_id=request.id,
        ref=request.ref,
        until=kept.until if kept.until > ctx.now else None,
        others=len({reader_of(person.id) for person in others} - {person_id}),
    )


def remind(ctx: Context, request_id: str) -> Reminded | Denied:
    """Nudge the approvers because the requester asks for it, once a day: it joins the next digest of each.

    Where nobody is left to remind, nothing is noted.
    """
    request = _find_open(ctx, request_id, Side.REQUESTING)
    if isinstance(request, Denied):
        return request
    again_at = deadlines.remind_after(request, now=ctx.now)
    if again_at is not None:
        denied = Denied(
            reason=DenialReason.REMINDED_ALREADY,
            about=Subject(SubjectKind.REQUEST, request.id),
            ref=request.ref,
            at=again_at,
        )
        return ctx.deny(denied, business_id=request.requesting_id)
    to_nudge = in_reach(ctx.tx, approvers_to_nudge(ctx, request))
    people = mark_people(ctx, request, to_nudge, again=True)
    if people:
        ctx.tx.run(_REMIND, request=request.id, expected_version=request.version, at=ctx.now)
        _record(ctx, EventKind.REQUEST_REMINDED, request, acting_for=request.requesting_id)
        cards.follow(ctx, request.id, version=request.version)
    return Reminded(request_id=request.id, ref=request.ref, people=people)
