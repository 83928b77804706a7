"""Requests: decided, cancelled, expired. The heart of the product; `requesting` makes them.

`decide` is the one gate for every decision, whatever the entry; `move` is the only writer of
`request.state`. A "no" is an answer with its reason and its event, and commits like a yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert  # its ON CONFLICT compiles for SQLite too

from bot.domain.assets import Kind, Tasks
from bot.domain.messages import Audience
from bot.domain.policy import (
    CLOCK,
    Actor,
    DenialReason,
    Principal,
    may_administer,
    may_view,
)
from bot.domain.requests import (
    LONGEST_NOTE,
    MOVES,
    ErrorCode,
    FieldError,
    RequestKind,
    RequestState,
    Term,
    TermKind,
)
from bot.errors import AlreadyDecided
from bot.services.directory import businesses as directory
from bot.services.grants import lifecycle as grants
from bot.services.results import Denied, Invalid, Moved, Undone
from bot.store import outbox, tables
from bot.store.journal import Event

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_for_whom = tables.table_of(tables.RequestPerson)
_decision = tables.table_of(tables.Decision)
_opened = tables.table_of(tables.Opened)

_nudge = tables.table_of(tables.Nudge)

# SQLite uses a partial index only where a query says the index's condition with no parameter.
_is_open = text("request.state IN ('PENDING', 'IN_REVIEW')")

_REQUEST = select(_request).where(_request.c.id == bindparam("request"))
_ITEMS = select(_item).where(_item.c.request_id == bindparam("request")).order_by(_item.c.position)
_PEOPLE = (
    select(_for_whom.c.person_id)
    .where(_for_whom.c.request_id == bindparam("request"))
    .order_by(_for_whom.c.person_id)
)
_OPEN_FOR = (
    select(_request.c.id, _request.c.ref)
    .join_from(_item, _request, _item.c.request_id == _request.c.id)
    .where(
        _item.c.request_kind == bindparam("kind"),
        _item.c.asset_id == bindparam("asset"),
        _item.c.holder_id == bindparam("holder"),
        text("item.is_open AND NOT item.is_extension AND item.asset_id IS NOT NULL"),  # its index's condition
    )
)
_VOTERS = select(_decision.c.person_id).where(
    _decision.c.request_id == bindparam("request"), _decision.c.round == bindparam("the_round")
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
    .where(_is_open, _request.c.expires_at <= bindparam("at"))
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
    """Return the ids of those for whom a request is."""
    return [row.person_id for row in tx.all(_PEOPLE, request=request_id)]


def approvals_of(tx: Tx, request_id: str, *, the_round: int) -> list[str]:
    """Return the ids of those who voted in a round."""
    return [row.person_id for row in tx.all(_VOTERS, request=request_id, the_round=the_round)]


def requested_term(row: Row) -> Term:
    """Return the term that a request's row asks for."""
    return Term(kind=TermKind(row.term_kind), days=row.term_days, until=row.term_until)


def given_term(row: Row) -> Term | None:
    """Return the term that a yes fixed, or None before one."""
    if row.given_kind is None:
        return None
    return Term(kind=TermKind(row.given_kind), days=row.given_days, until=row.given_until)


# --- shared with asking ---------------------------------------------------------------------------


def asset_objection(
    tx: Tx,
    *,
    asset_id: str,
    kind: Kind,
    tasks: Tasks,
    owner_id: str,
    holder_id: str,
    field: str,
    now: datetime,
    excluding: str = "",
) -> Denied | None:
    """Return why `holder_id` cannot ask for (or be given) these tasks with this asset, or None.

    An asset of somebody else and one that does not exist are the same answer: nothing leaks.
    `excluding` is the request that is being decided, which is open for the asset itself.
    """
    asset = directory.find_asset(tx, asset_id)
    if asset is None or asset.kind is not kind or asset.owner is None or asset.owner.id != owner_id:
        return Denied(reason=DenialReason.UNKNOWN_ASSET, field=field, name=asset_id)
    for row in tx.all(_OPEN_FOR, kind=RequestKind.ACCESS, asset=asset_id, holder=holder_id):
        if row.id != excluding:
            return Denied(
                reason=DenialReason.OPEN_ALREADY,
                subject_kind="request",
                subject_id=row.id,
                field=field,
                ref=row.ref,
                name=asset.name,
            )
    held = grants.tasks_held(tx, asset_id=asset_id, holder_id=holder_id, at=now)
    if tasks <= held:
        return Denied(reason=DenialReason.GRANTED_ALREADY, field=field, name=asset.name, tasks=held)
    return None


def post_to_approvers(
    tx: Tx,
    *,
    subject_id: str,
    owner: Row,
    version: int,
    now: datetime,
    excluding: str | None = None,
    audience: Audience = Audience.APPROVERS,
    by_dm: bool = False,
) -> int:
    """Put one card in the business's approvals channel, or a DM card to each admin where that is no way.

    Where no admin is left, its other members get it: the card says that nobody can decide, and
    they can mend that. Returns how many cards were put.
    """
    if owner.team_id and owner.channel_id and not by_dm:
        outbox.put_card(
            tx,
            subject_id=subject_id,
            audience=audience,
            version=version,
            team_id=owner.team_id,
            channel_id=owner.channel_id,
            now=now,
        )
        return 1
    eligible = directory.admins_who_can_decide(tx, owner.id, excluding=excluding)
    people = eligible or directory.members_to_tell(tx, owner.id)
    for person in people:
        outbox.put_card(
            tx,
            subject_id=subject_id,
            audience=audience,
            version=version,
            team_id=person.team_id,
            user_id=person.user_id,
            now=now,
        )
    return len(people)


def deny(
    tx: Tx,
    denied: Denied,
    verb: str,
    *,
    by: Actor,
    who: Principal,
    now: datetime,
    business_id: str | None = None,
    about: str = "",
    about_kind: str = "request",
) -> Denied:
    """Record a refusal in the journal and return it: a no is an answer that commits."""
    tx.append(
        Event(
            kind="denied",
            subject_kind=about_kind,
            subject_id=about or denied.subject_id,
            business_id=business_id,
            actor=directory.as_recorded(by, who, business_id=business_id),
            source=by.source,
            policy_version=directory.policy_version(tx, business_id),
            data={"verb": verb, "reason": str(denied.reason), "field": denied.field},
            at=now,
        )
    )
    return denied


# --- moving --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What a yes fixes on the request's row; carried along unchanged by every other move."""

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
    tx: Tx,
    request: Row,
    to: RequestState,
    *,
    by: Actor,
    who: Principal | None,
    now: datetime,
    note: str = "",
    fixed: Fixed | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Move a request; the only writer of `request.state`. Returns its new version.

    Raises AlreadyDecided if somebody else moved it since the row was read. Appends the event and
    puts the effects: every copy of the card follows, and the asker is told of an outcome.
    """
    assert to in MOVES[RequestState(request.state)], f"{request.state} does not lead to {to}"
    fixed = fixed or Fixed.of(request)
    over = not to.is_open
    person_id = who.person_id if who else None
    deciding = directory.find_business_row(tx, request.deciding_id)
    assert deciding is not None
    moved = tx.run(
        _MOVE,
        request=request.id,
        from_state=request.state,
        expected_version=request.version,
        to_state=to,
        over=now if over else None,
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
        undo_before=_undo_until(deciding, now=now) if to is RequestState.APPROVED else None,
    )
    if moved != 1:
        raise AlreadyDecided(f"request {request.ref} was moved by somebody else")
    if over:
        tx.run(_CLOSE_ITEMS, request=request.id)
        tx.run(_STOP_NUDGES, request=request.id)
    version = int(request.version) + 1
    acts_for = request.requesting_id if to is RequestState.CANCELLED else request.deciding_id
    tx.append(
        Event(
            kind=f"request.{to.lower()}",
            subject_kind="request",
            subject_id=request.id,
            business_id=request.requesting_id,
            counterpart_id=request.deciding_id,
            from_state=request.state,
            to_state=to,
            version=version,
            actor=directory.as_recorded(by, who, business_id=acts_for),
            source=by.source,
            policy_version=deciding.policy_version,
            data={
                "ref": request.ref,
                "round": fixed.round,
                "approvals": fixed.approvals,
                "required_approvals": fixed.required_approvals,
                **(data or {}),
            },
            text=note or None,
            at=now,
        )
    )
    outbox.put_updates(tx, subject_id=request.id, version=version, now=now)
    if request.extends_id is not None:
        outbox.put_updates(tx, subject_id=request.extends_id, version=version, now=now)
    if over:
        own_doing = to is RequestState.CANCELLED and person_id == request.requester_id
        told = [] if own_doing else [Audience.REQUESTER]
        told += [Audience.AUTHOR] if request.author_id else []
        for audience in told:
            outbox.put_notices(
                tx, subject_id=request.id, audience=audience, about=to.lower(), version=version, now=now
            )
    if to is RequestState.IN_REVIEW:
        outbox.put_notices(
            tx,
            subject_id=request.id,
            audience=Audience.APPROVERS,
            about=to.lower(),
            version=version,
            now=now,
        )
    outbox.put_homes(tx, (request.requesting_id, request.deciding_id), now=now)
    return version


def _undo_until(deciding: Row, *, now: datetime) -> datetime | None:
    return now + timedelta(minutes=deciding.undo_minutes) if deciding.undo_minutes else None


# --- cancelling, expiring, opening ---------------------------------------------------------------


def cancel(tx: Tx, request_id: str, *, by: Actor, note: str = "", now: datetime) -> Moved | Denied | Invalid:
    """Take a request back: any admin of the asking business, while nobody has decided it."""
    who = directory.principal_of(tx, by)
    request = tx.one(_REQUEST, request=request_id)
    requesting = directory.find_business(tx, request.requesting_id) if request else None
    reason = (
        DenialReason.UNKNOWN_REQUEST
        if requesting is None
        else may_administer(who, business=requesting).reason
    )
    if request is None or reason is not None:
        return deny(
            tx,
            Denied(reason=reason or DenialReason.UNKNOWN_REQUEST),
            "cancel",
            by=by,
            who=who,
            now=now,
            about=request_id,
        )
    if not RequestState(request.state).is_open:
        over = Denied(
            reason=DenialReason.ALREADY_OVER,
            subject_kind="request",
            subject_id=request.id,
            ref=request.ref,
            state=RequestState(request.state),
            by=directory.name_of(tx, request.over_by),
            at=request.over_at,
        )
        return deny(
            tx, over, "cancel", by=by, who=who, now=now, business_id=request.requesting_id, about=request.id
        )
    if len(note) > LONGEST_NOTE:
        return Invalid(field_errors=(FieldError(field="note", code=ErrorCode.TOO_LONG, got=str(len(note))),))
    version = move(tx, request, RequestState.CANCELLED, by=by, who=who, now=now, note=note)
    return Moved(
        request_id=request.id,
        ref=request.ref,
        state=RequestState.CANCELLED,
        version=version,
        approvals=request.approvals,
        required_approvals=request.required_approvals,
    )


def undo(tx: Tx, request_id: str, *, by: Actor, now: datetime) -> Undone | Denied:
    """Undo an approval within its window: any admin of the deciding business. What it gave ends at once.

    The request stays APPROVED, since it was; both sides see that it was undone, and by whom.
    """
    who = directory.principal_of(tx, by)
    request = tx.one(_REQUEST, request=request_id)
    business = directory.find_business(tx, request.deciding_id) if request else None
    reason = (
        DenialReason.UNKNOWN_REQUEST if business is None else may_administer(who, business=business).reason
    )
    if request is None or reason is not None:
        unknown = Denied(reason=reason or DenialReason.UNKNOWN_REQUEST)
        return deny(tx, unknown, "undo", by=by, who=who, now=now, about=request_id)
    reason = DenialReason.BOTH_SIDES if request.requesting_id in who.memberships else None
    if reason is None and (request.undo_until is None or now >= request.undo_until):
        reason = DenialReason.UNDO_OVER
    if reason is not None:
        denied = Denied(
            reason=reason,
            subject_kind="request",
            subject_id=request.id,
            ref=request.ref,
            by=directory.name_of(tx, request.undone_by),
            at=request.undone_at,
        )
        return deny(
            tx, denied, "undo", by=by, who=who, now=now, business_id=request.deciding_id, about=request.id
        )
    undone = tx.run(_UNDO, request=request.id, seen_until=request.undo_until, at=now, by_whom=who.person_id)
    assert undone == 1
    version = int(request.version) + 1
    actor = directory.as_recorded(by, who, business_id=request.deciding_id)
    tx.append(
        Event(
            kind="request.undone",
            subject_kind="request",
            subject_id=request.id,
            business_id=request.requesting_id,
            counterpart_id=request.deciding_id,
            version=version,
            actor=actor,
            source=by.source,
            policy_version=directory.policy_version(tx, request.deciding_id),
            data={"ref": request.ref},
            at=now,
        )
    )
    grants.undo_given(tx, request.id, ended_by=who.person_id, actor=actor, source=by.source, now=now)
    outbox.put_updates(tx, subject_id=request.id, version=version, now=now)
    for audience in (Audience.REQUESTER, Audience.AUTHOR, Audience.APPROVERS):
        outbox.put_notices(
            tx, subject_id=request.id, audience=audience, about="undone", version=version, now=now
        )
    outbox.put_homes(tx, (request.requesting_id, request.deciding_id), now=now)
    return Undone(request_id=request.id, ref=request.ref)


def close_undo_due(tx: Tx, *, now: datetime, limit: int = 100) -> int:
    """Close the windows for undoing that are over: the button goes. A sweep's step."""
    due = tx.all(_UNDO_DUE, at=now, most=limit)
    for request in due:
        tx.run(_CLOSE_UNDO, request=request.id, seen_until=request.undo_until)
        outbox.put_updates(tx, subject_id=request.id, version=request.version, now=now)
    return len(due)


def expire_due(tx: Tx, *, now: datetime, limit: int = 100) -> int:
    """Expire the requests that nobody decided in time, at most `limit`; return how many. A sweep's step."""
    due = tx.all(_DUE, at=now, most=limit)
    for request in due:
        move(tx, request, RequestState.EXPIRED, by=CLOCK, who=None, now=now)
    return len(due)


def open_details(tx: Tx, request_id: str, *, by: Actor, now: datetime) -> None:
    """Note that a decider looked at the details, the first time they do; the asker's card says "opened"."""
    who = directory.principal_of(tx, by)
    request = tx.one(_REQUEST, request=request_id)
    business = directory.find_business(tx, request.deciding_id) if request else None
    if request is None or business is None or not may_view(who, business=business).is_allowed:
        return
    if not RequestState(request.state).is_open or request.requesting_id in who.memberships:
        return
    if not tx.run(_OPEN_ONCE, request_id=request_id, person_id=who.person_id, at=now):
        return
    tx.append(
        Event(
            kind="request.opened",
            subject_kind="request",
            subject_id=request_id,
            business_id=request.requesting_id,
            counterpart_id=request.deciding_id,
            version=request.version,
            actor=directory.as_recorded(by, who, business_id=request.deciding_id),
            source=by.source,
            at=now,
        )
    )
    outbox.put_updates(tx, subject_id=request_id, version=request.version, now=now)
