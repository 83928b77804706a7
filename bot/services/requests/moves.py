"""How a request moves: `move` is the only writer of its state; here it is cancelled, undone and expired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # its ON CONFLICT compiles for SQLite too

from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.kinds import RULES, RequestKind
from bot.domain.messages import Audience, Notice
from bot.domain.policy import DenialReason, may_administer
from bot.domain.requests import LONGEST_NOTE, MOVES, RequestState, Term, TermKind, too_long
from bot.errors import AlreadyDecided
from bot.services import approvers, cards, directory
from bot.services.context import Context
from bot.services.requests.kinds import KINDS
from bot.services.results import Denied, Invalid, Moved, Undone
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_for_whom = tables.table_of(tables.RequestPerson)
_opened = tables.table_of(tables.Opened)

_nudge = tables.table_of(tables.Nudge)


_REQUEST = select(_request).where(_request.c.id == bindparam("request"))
_ITEMS = select(_item).where(_item.c.request_id == bindparam("request")).order_by(_item.c.position)
_PEOPLE = (
    select(_for_whom.c.person_id)
    .where(_for_whom.c.request_id == bindparam("request"))
    .order_by(_for_whom.c.person_id)
)
_MOVE = (
    update(_request)
    .where(
        _request.c.id == bindparam("request"),
        _request.c.state == bindparam("from_state"),
        _request.c.version == bindparam("expected_version"),
    )
    .values(
        state=bindparam("to_state"),
        version=_request.c.version + 1,
        over_at=bindparam("over"),
        over_by=bindparam("by_whom"),
        note=bindparam("with_note"),
        given_kind=bindparam("term_given"),
        given_days=bindparam("days_given"),
        given_until=bindparam("until_given"),
        round=bindparam("the_round"),
        approvals=bindparam("approvals_now"),
        required_approvals=bindparam("required_approvals"),
        nudge_at=bindparam("nudge_next"),
        warn_at=bindparam("warn_next"),
        undo_until=bindparam("undo_before"),
    )
)
_STOP_NUDGES = (
    update(_nudge)
    .where(_nudge.c.request_id == bindparam("request"), _nudge.c.due_at.is_not(None))
    .values(due_at=None)
)
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
_CLOSE_UNDO = (
    update(_request)
    .where(_request.c.id == bindparam("request"), _request.c.undo_until == bindparam("seen_until"))
    .values(undo_until=None)
)
_UNDO_DUE = (
    select(_request.c.id, _request.c.version, _request.c.undo_until)
    .where(_request.c.undo_until <= bindparam("at"))
    .order_by(_request.c.undo_until)
    .limit(bindparam("most"))
)
_CLOSE_ITEMS = update(_item).where(_item.c.request_id == bindparam("request")).values(is_open=False)
_DUE = (
    select(_request)
    .where(tables.REQUEST_IS_OPEN(_request), _request.c.expires_at <= bindparam("at"))
    .order_by(_request.c.expires_at)
    .limit(bindparam("most"))
)
_OPEN_ONCE = upsert(_opened).on_conflict_do_nothing()


def find_row(tx: Tx, request_id: str) -> Row | None:
    """Return a request's row, or None."""
    return tx.one(_REQUEST, request=request_id)


def items_of(tx: Tx, request_id: str) -> list[Row]:
    """Return a request's items in their order."""
    return tx.all(_ITEMS, request=request_id)


def people_of(tx: Tx, request_id: str) -> list[str]:
    """Return the ids of the people for whom a request is."""
    return [row.person_id for row in tx.all(_PEOPLE, request=request_id)]


def requested_term(row: Row) -> Term:
    """Return the term that a request's row asks for."""
    return Term(kind=TermKind(row.term_kind), days=row.term_days, until=row.term_until)


def given_term(row: Row) -> Term | None:
    """Return the term that an approval fixed, or None before one."""
    if row.given_kind is None:
        return None
    return Term(kind=TermKind(row.given_kind), days=row.given_days, until=row.given_until)


# --- moving --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What an approval fixes on the request's row; every other move carries it along unchanged."""

    term: Term | None
    round: int
    approvals: int
    required_approvals: int

    @classmethod
    def of(cls, row: Row) -> Fixed:
        """Return what is fixed so far."""
        return cls(
            term=given_term(row),
            round=row.round,
            approvals=row.approvals,
            required_approvals=row.required_approvals,
        )


def move(
    ctx: Context,
    request: Row,
    to: RequestState,
    *,
    note: str = "",
    fixed: Fixed | None = None,
    given: Mapping[str, str] | None = None,
) -> int:
    """Move a request; the only writer of `request.state`. Returns its new version.

    Raises AlreadyDecided if somebody else moved it since the row was read. Records the event and puts the
    effects: every copy of the card follows, and the requester is told the outcome.
    """
    assert to in MOVES[RequestState(request.state)], f"{request.state} does not lead to {to}"
    fixed = fixed or Fixed.of(request)
    over = not to.is_open
    person_id = ctx.principal.person_id
    deciding = ctx.business_row(request.deciding_id) if request.deciding_id else None
    moved = ctx.tx.run(
        _MOVE,
        request=request.id,
        from_state=request.state,
        expected_version=request.version,
        to_state=to,
        over=ctx.now if over else None,
        by_whom=person_id if over else None,
        with_note=note,
        term_given=fixed.term.kind if fixed.term else None,
        days_given=fixed.term.days if fixed.term else None,
        until_given=fixed.term.until if fixed.term else None,
        the_round=fixed.round,
        approvals_now=fixed.approvals,
        required_approvals=fixed.required_approvals,
        nudge_next=None if over else request.nudge_at,
        warn_next=None if over else request.warn_at,
        undo_before=_undo_until(ctx, request, deciding) if to is RequestState.APPROVED else None,
    )
    if moved != 1:
        raise AlreadyDecided(f"request {request.ref} was moved by somebody else")
    if over:
        ctx.tx.run(_CLOSE_ITEMS, request=request.id)
        ctx.tx.run(_STOP_NUDGES, request=request.id)
    version = int(request.version) + 1
    facts: dict[str, Any] = {} if given is None else {"given": given}
    acts_for = request.requesting_id if to is RequestState.CANCELLED else request.deciding_id
    ctx.record(
        EventKind(f"request.{to.lower()}"),
        Subject(SubjectKind.REQUEST, request.id),
        business_id=request.requesting_id,
        counterpart_id=request.deciding_id,
        acting_for=acts_for,
        policy_version=deciding.policy_version if deciding else None,
        move=(request.state, to),
        version=version,
        text=note or None,
        ref=request.ref,
        round=fixed.round,
        approvals=fixed.approvals,
        required_approvals=fixed.required_approvals,
        **facts,
    )
    cards.follow(ctx, request.id, version=version)
    if request.extends_id is not None:
        cards.follow(ctx, request.extends_id, version=version)
    if over:
        own_doing = to is RequestState.CANCELLED and person_id == request.requester_id
        told = [] if own_doing else [Audience.REQUESTER]
        told += [Audience.AUTHOR] if request.author_id else []
        for audience in told:
            cards.notify(ctx, request.id, audience, Notice(to.lower()), version=version)
    if to is RequestState.IN_REVIEW:
        cards.notify(ctx, request.id, Audience.APPROVERS, Notice(to.lower()), version=version)
    cards.publish_homes(ctx, sides(request))
    return version


def _undo_until(ctx: Context, request: Row, deciding: Row | None) -> datetime | None:
    """Return until when the approval can be undone; None where the business or the kind allows no undo."""
    if deciding is None or not deciding.undo_minutes or not RULES[RequestKind(request.kind)].may_undo:
        return None
    return ctx.now + timedelta(minutes=deciding.undo_minutes)


def sides(request: Row) -> list[str]:
    """Return the businesses that a request concerns."""
    return [side for side in (request.requesting_id, request.deciding_id) if side is not None]


# --- cancelling, expiring, opening ---------------------------------------------------------------


def cancel(ctx: Context, request_id: str, *, note: str = "") -> Moved | Denied | Invalid:
    """Cancel a request: any admin of the requesting business, while it is open."""
    request = find_row(ctx.tx, request_id)
    requesting = ctx.business(request.requesting_id) if request else None
    reason = (
        DenialReason.UNKNOWN_REQUEST
        if requesting is None
        else may_administer(ctx.principal, business=requesting).reason
    )
    if request is None or reason is not None:
        return ctx.deny(
            reason or DenialReason.UNKNOWN_REQUEST, about=Subject(SubjectKind.REQUEST, request_id)
        )
    if not RequestState(request.state).is_open:
        over = Denied(
            reason=DenialReason.ALREADY_OVER,
            about=Subject(SubjectKind.REQUEST, request.id),
            ref=request.ref,
            state=RequestState(request.state),
            by=directory.name_of(ctx.tx, request.over_by),
            at=request.over_at,
        )
        return ctx.deny(
            over, about=Subject(SubjectKind.REQUEST, request.id), business_id=request.requesting_id
        )
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


def undo(ctx: Context, request_id: str) -> Undone | Denied:
    """Undo an approval within its window: any approver of the request. What it gave ends at once.

    The request stays APPROVED, since it was; both sides see that it was undone, and by whom.
    """
    request = find_row(ctx.tx, request_id)
    about = Subject(SubjectKind.REQUEST, request_id)
    if request is None:
        return ctx.deny(DenialReason.UNKNOWN_REQUEST, about=about)
    reason = approvers.may_approve_for(ctx, request).reason
    if reason not in {None, DenialReason.BOTH_SIDES}:
        return ctx.deny(reason, about=about)
    if reason is None and (request.undo_until is None or ctx.now >= request.undo_until):
        reason = DenialReason.UNDO_OVER
    if reason is not None:
        denied = Denied(
            reason=reason,
            about=about,
            ref=request.ref,
            by=directory.name_of(ctx.tx, request.undone_by),
            at=request.undone_at,
        )
        return ctx.deny(denied, business_id=request.deciding_id)
    undone = ctx.tx.run(
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
    KINDS[RequestKind(request.kind)].take_back(ctx, request)
    cards.follow(ctx, request.id, version=version)
    for audience in (Audience.REQUESTER, Audience.AUTHOR, Audience.APPROVERS):
        cards.notify(ctx, request.id, audience, Notice.UNDONE, version=version)
    cards.publish_homes(ctx, sides(request))
    return Undone(request_id=request.id, ref=request.ref, kind=RequestKind(request.kind))


def close_undo_due(ctx: Context, *, limit: int = 100) -> int:
    """Close the undo windows that are over: the button goes. A sweep's step."""
    due = ctx.tx.all(_UNDO_DUE, at=ctx.now, most=limit)
    for request in due:
        ctx.tx.run(_CLOSE_UNDO, request=request.id, seen_until=request.undo_until)
        cards.follow(ctx, request.id, version=request.version)
    return len(due)


def expire_due(ctx: Context, *, limit: int = 100) -> int:
    """Expire the requests that nobody decided in time, at most `limit`; return how many. A sweep's step."""
    due = ctx.tx.all(_DUE, at=ctx.now, most=limit)
    for request in due:
        move(ctx, request, RequestState.EXPIRED)
    return len(due)


def open_details(ctx: Context, request_id: str) -> None:
    """Note the first time that somebody on the deciding side looks at the details; the cards say so."""
    request = find_row(ctx.tx, request_id)
    if request is None or request.deciding_id is None or not ctx.visible_business(request.deciding_id):
        return
    if not RequestState(request.state).is_open or request.requesting_id in ctx.principal.memberships:
        return
    if not ctx.tx.run(_OPEN_ONCE, request_id=request_id, person_id=ctx.principal.person_id, at=ctx.now):
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
