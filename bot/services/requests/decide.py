"""Deciding: the one gate for every yes and no, whatever the entry.

Who may, what they had seen and what may be given are looked up in the transaction that decides. A
"no" is an answer with its reason and its event, and commits like a yes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, update

from bot.domain.assets import Kind, Tasks, pack, unpack
from bot.domain.messages import Audience
from bot.domain.policy import (
    Actor,
    Business,
    Decidable,
    DenialReason,
    Principal,
    Status,
    may_administer,
    may_decide,
    required_approvals_for,
)
from bot.domain.requests import (
    LONGEST_NOTE,
    Approve,
    Decline,
    ErrorCode,
    FieldError,
    RequestState,
    Term,
    Verdict,
)
from bot.services.directory import businesses as directory
from bot.services.grants import lifecycle as grants
from bot.services.requests import moves as requests
from bot.services.results import Denied, Invalid, Moved
from bot.store import outbox, tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_item = tables.table_of(tables.Item)

_INSERT_DECISION = insert(tables.table_of(tables.Decision))

_GIVE = (
    update(_item)
    .where(_item.c.request_id == bindparam("request"), _item.c.position == bindparam("at_position"))
    .values(given=bindparam("tasks_given"), asset_id=bindparam("asset"))
)


def decide(
    tx: Tx, request_id: str, *, by: Actor, verdict: Verdict, expected_version: int, now: datetime
) -> Moved | Denied | Invalid:
    """Decide on a request: the one gate, whatever the entry.

    `expected_version` is what the approver looked at. Reads the request, the actor's memberships and
    the policy in this transaction, so that who lost the right a moment ago has no say. Enough yeses
    put what was given in force in the same transaction.
    """
    found = _decidable_by(tx, request_id, by=by, expected_version=expected_version, now=now)
    if isinstance(found, Denied):
        return found
    request, business, who = found
    if len(verdict.note) > LONGEST_NOTE:
        return Invalid(
            field_errors=(FieldError(field="note", code=ErrorCode.TOO_LONG, got=str(len(verdict.note))),)
        )
    if isinstance(verdict, Decline):
        return _decline(tx, request, verdict, by=by, who=who, expected_version=expected_version, now=now)
    return _approve(
        tx, request, verdict, business=business, by=by, who=who, expected_version=expected_version, now=now
    )


def may_decide_now(
    tx: Tx, request_id: str, *, by: Actor, expected_version: int, now: datetime
) -> Denied | None:
    """Return why the actor could not decide now, or None: asked before a form is opened for it.

    Only `decide` itself counts; a no is recorded alike.
    """
    found = _decidable_by(tx, request_id, by=by, expected_version=expected_version, now=now)
    return found if isinstance(found, Denied) else None


def _decidable_by(
    tx: Tx, request_id: str, *, by: Actor, expected_version: int, now: datetime
) -> tuple[Row, Business, Principal] | Denied:
    """Return the request, the business whose it is to decide and who the actor is there, if they may now."""
    who = directory.principal_of(tx, by)
    request = requests.find_row(tx, request_id)
    if request is None:
        return requests.deny(
            tx,
            Denied(reason=DenialReason.UNKNOWN_REQUEST),
            "decide",
            by=by,
            who=who,
            now=now,
            about=request_id,
        )
    business = directory.find_business(tx, request.deciding_id)
    assert business is not None
    answer = may_decide(
        who, request=_decidable(request), business=business, expected_version=expected_version, now=now
    )
    if answer.reason is not None:
        return _deny_decision(tx, answer.reason, request, by=by, who=who, now=now)
    return request, business, who


def _decidable(request: Row) -> Decidable:
    return Decidable(
        state=RequestState(request.state),
        version=request.version,
        requesting_id=request.requesting_id,
        touched_by=frozenset(filter(None, (request.requester_id, request.author_id))),
        expires_at=request.expires_at,
    )


def _decline(
    tx: Tx, request: Row, verdict: Decline, *, by: Actor, who: Principal, expected_version: int, now: datetime
) -> Moved:
    # Who said yes and thinks again has two votes: their no is kept beside their yes, in a round of its own.
    again = who.person_id in requests.approvals_of(tx, request.id, the_round=request.round)
    the_round = request.round + 1 if again else request.round
    _record_decision(
        tx,
        request,
        the_round=the_round,
        approves=False,
        note=verdict.note,
        who=who,
        expected_version=expected_version,
        now=now,
    )
    version = requests.move(tx, request, RequestState.DECLINED, by=by, who=who, now=now, note=verdict.note)
    return Moved(
        request_id=request.id,
        ref=request.ref,
        state=RequestState.DECLINED,
        version=version,
        approvals=request.approvals,
        required_approvals=request.required_approvals,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One item as it would be given: which asset (None: still only described) and which tasks.

    `is_named`: the asker named the asset; else they described it, and the owner says which it is.
    """

    position: int
    kind: Kind
    is_named: bool
    asset_id: str | None
    tasks: Tasks


def _approve(
    tx: Tx,
    request: Row,
    verdict: Approve,
    *,
    business: Business,
    by: Actor,
    who: Principal,
    expected_version: int,
    now: datetime,
) -> Moved | Denied | Invalid:
    assert who.person_id is not None
    before = _lines_so_far(requests.items_of(tx, request.id))
    requested = requests.requested_term(request)
    term_before = requests.given_term(request) or requested
    lines = [_as_given(line, verdict) for line in before]
    # Days that the first yes fixed are counted from now, and may reach past the date that was asked for.
    limit = term_before if term_before.is_within(requested, at=now) else requested
    term = verdict.term or limit
    no = _requester_objection(tx, request) or _narrowing_objection(
        tx, request, verdict, before=before, lines=lines, term=term, limit=limit, now=now
    )
    if isinstance(no, Denied):
        return requests.deny(
            tx, no, "decide", by=by, who=who, now=now, business_id=business.id, about=request.id
        )
    if no is not None:
        return no

    fresh = request.state == RequestState.IN_REVIEW and (lines != before or term != limit)
    the_round = request.round + 1 if fresh else request.round
    approved_by = set() if fresh else set(requests.approvals_of(tx, request.id, the_round=the_round))
    # Who said yes and has since lost the right to no longer counts.
    eligible = {
        row.id for row in directory.admins_who_can_decide(tx, business.id, excluding=request.requesting_id)
    }
    fixed = requests.Fixed(
        term=term,
        round=the_round,
        approvals=len((approved_by & eligible) | {who.person_id}),
        required_approvals=required_approvals_for(
            quorum=business.quorum, given=[(line.kind, line.tasks) for line in lines if line.tasks]
        ),
    )
    if who.person_id not in approved_by:
        _record_decision(
            tx,
            request,
            the_round=the_round,
            approves=True,
            note=verdict.note,
            who=who,
            expected_version=expected_version,
            now=now,
        )
    elif fixed.approvals < fixed.required_approvals:
        return _deny_decision(tx, DenialReason.APPROVED_ALREADY, request, by=by, who=who, now=now)
    tx.many(
        _GIVE,
        [
            {
                "request": request.id,
                "at_position": line.position,
                "tasks_given": pack(line.tasks),
                "asset": line.asset_id,
            }
            for line in lines
        ],
    )
    enough = fixed.approvals >= fixed.required_approvals
    state = RequestState.APPROVED if enough else RequestState.IN_REVIEW
    version = requests.move(
        tx,
        request,
        state,
        by=by,
        who=who,
        now=now,
        note=verdict.note,
        fixed=fixed,
        data={"given": {str(line.position): pack(line.tasks) for line in lines}},
    )
    if enough:
        grants.activate(
            tx,
            request_id=request.id,
            owner_id=request.deciding_id,
            holder_id=request.requesting_id,
            given=[
                grants.Given(position=line.position, asset_id=line.asset_id, tasks=line.tasks)
                for line in lines
                if line.tasks and line.asset_id
            ],
            term=term,
            people=requests.people_of(tx, request.id),
            actor=directory.as_recorded(by, who, business_id=business.id),
            source=by.source,
            now=now,
        )
    return Moved(
        request_id=request.id,
        ref=request.ref,
        state=state,
        version=version,
        approvals=fixed.approvals,
        required_approvals=fixed.required_approvals,
    )


def _lines_so_far(items: list[Row]) -> list[_Line]:
    """Return the items as a plain yes would give them: as the first yes fixed them, else as asked."""
    return [
        _Line(
            position=item.position,
            kind=Kind(item.kind),
            is_named=item.words is None,
            asset_id=item.asset_id,
            tasks=unpack(item.tasks if item.given is None else item.given),
        )
        for item in items
    ]


def _as_given(line: _Line, verdict: Approve) -> _Line:
    tasks = frozenset((verdict.given or {}).get(line.position, line.tasks))
    # What is declined is bound to nothing: whether an asset fits is looked at only where it is given.
    asset_id = verdict.bound.get(line.position, line.asset_id) if tasks else line.asset_id
    return replace(line, tasks=tasks, asset_id=asset_id)


def _requester_objection(tx: Tx, request: Row) -> Denied | None:
    """Return why the asking business can be given nothing now: it is deactivated or restricted."""
    requesting = directory.find_business_row(tx, request.requesting_id)
    assert requesting is not None
    if requesting.status == Status.ACTIVE:
        return None
    return Denied(
        reason=DenialReason.PARTNER_INACTIVE,
        subject_kind="request",
        subject_id=request.id,
        ref=request.ref,
        name=requesting.name,
    )


def _narrowing_objection(
    tx: Tx,
    request: Row,
    verdict: Approve,
    *,
    before: list[_Line],
    lines: list[_Line],
    term: Term,
    limit: Term,
    now: datetime,
) -> Denied | Invalid | None:
    """Return why this cannot be given: more than was asked, nothing at all, or an asset that does not fit."""
    here = {"subject_kind": "request", "subject_id": request.id, "ref": request.ref}
    positions = {line.position for line in before}
    if not {*(verdict.given or {}), *verdict.bound} <= positions:
        return Denied(reason=DenialReason.WIDER, field="items", **here)
    for line, fixed in zip(lines, before, strict=True):
        field = f"items.{line.position}"
        if not line.tasks <= fixed.tasks:
            return Denied(reason=DenialReason.WIDER, field=field, tasks=fixed.tasks, **here)
        if line.tasks:
            no = _line_objection(tx, request, line, fixed, field=field, now=now)
            if no is not None:
                return no
    named = [line.asset_id for line in lines if line.asset_id]
    if len(set(named)) < len(named):
        twice = next(asset for asset in named if named.count(asset) > 1)
        return Invalid(field_errors=(FieldError(field="items", code=ErrorCode.SAME_ASSET_TWICE, got=twice),))
    if not any(line.tasks for line in lines):
        return Denied(reason=DenialReason.NOTHING_GIVEN, field="items", **here)
    field_error = term.field_error(now=now)
    if field_error is not None:
        return Invalid(field_errors=(field_error,))
    if not term.is_within(limit, at=now):
        return Denied(reason=DenialReason.WIDER, field="term", **here)
    return None


def _line_objection(
    tx: Tx, request: Row, line: _Line, fixed: _Line, *, field: str, now: datetime
) -> Denied | None:
    here = {"subject_kind": "request", "subject_id": request.id, "ref": request.ref}
    if line.asset_id is None:
        return Denied(reason=DenialReason.UNBOUND, field=field, **here)
    if line.is_named:
        # A named asset cannot be swapped for another, and must still be the decider's to give.
        if line.asset_id != fixed.asset_id:
            return Denied(reason=DenialReason.WIDER, field=field, **here)
        asset = directory.find_asset(tx, line.asset_id)
        if asset is None or asset.owner is None or asset.owner.id != request.deciding_id:
            return Denied(
                reason=DenialReason.ASSET_MOVED,
                field=field,
                name=asset.name if asset else line.asset_id,
                **here,
            )
        return None
    return requests.asset_objection(
        tx,
        asset_id=line.asset_id,
        kind=line.kind,
        tasks=line.tasks,
        owner_id=request.deciding_id,
        holder_id=request.requesting_id,
        field=field,
        now=now,
        excluding=request.id,
    )


def _record_decision(
    tx: Tx,
    request: Row,
    *,
    the_round: int,
    approves: bool,
    note: str,
    who: Principal,
    expected_version: int,
    now: datetime,
) -> None:
    tx.run(
        _INSERT_DECISION,
        request_id=request.id,
        round=the_round,
        person_id=who.person_id,
        approves=approves,
        expected_version=expected_version,
        note=note,
        at=now,
    )


def _deny_decision(
    tx: Tx, reason: DenialReason, request: Row, *, by: Actor, who: Principal, now: datetime
) -> Denied:
    """Refuse, and tell the entitled alone what became of the request."""
    member = request.deciding_id in who.memberships
    told = reason in {
        DenialReason.ALREADY_OVER,
        DenialReason.EXPIRED,
        DenialReason.CHANGED,
        DenialReason.APPROVED_ALREADY,
    }
    denied = Denied(
        reason=reason,
        subject_kind="request" if member else "",
        subject_id=request.id if member else "",
        ref=request.ref if member else "",
        state=RequestState(request.state) if told else None,
        by=directory.name_of(tx, request.over_by) if told else None,
        at=(request.over_at or request.expires_at) if told else None,
    )
    return requests.deny(
        tx,
        denied,
        "decide",
        by=by,
        who=who,
        now=now,
        business_id=request.deciding_id,
        about=request.id,
    )


def adopt_copy(
    tx: Tx, request_id: str, *, by: Actor, team_id: str, channel_id: str, ts: str, now: datetime
) -> bool:
    """Take a message that showed the request's card, and that we did not know, as a further copy of it.

    Only for a message that an entitled decider pressed in their own workspace. From then on it
    follows the request like the others. Returns whether it was new.
    """
    request = requests.find_row(tx, request_id)
    business = directory.find_business(tx, request.deciding_id) if request else None
    if request is None or business is None or business.team_id != team_id:
        return False
    who = directory.principal_of(tx, by)
    if request.requesting_id in who.memberships or not may_administer(who, business=business).is_allowed:
        return False
    if not outbox.adopt_card(
        tx,
        subject_id=request_id,
        audience=Audience.APPROVERS,
        team_id=team_id,
        channel_id=channel_id,
        ts=ts,
    ):
        return False
    outbox.put_updates(tx, subject_id=request_id, version=request.version, now=now)
    return True
