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
from bot.domain.policy import (
    Actor,
    Company,
    Decidable,
    Reason,
    Standing,
    Status,
    may_act,
    may_decide,
    yeses_needed,
)
from bot.domain.requests import (
    LONGEST_NOTE,
    Approve,
    Decline,
    Flaw,
    Problem,
    RequestState,
    Term,
    Verdict,
)
from bot.services.directory import businesses as directory
from bot.services.grants import lifecycle as grants
from bot.services.requests import moves as requests
from bot.services.results import Invalid, Moved, Refused
from bot.store import outbox, tables
from bot.store.tables import Audience

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_item = tables.core(tables.Item)

_INSERT_DECISION = insert(tables.core(tables.Decision))

_GIVE = (
    update(_item)
    .where(_item.c.request_id == bindparam("request"), _item.c.position == bindparam("at_position"))
    .values(given=bindparam("tasks_given"), asset_id=bindparam("asset"))
)


def decide(
    tx: Tx, request_id: str, *, by: Actor, verdict: Verdict, seen: int, now: datetime
) -> Moved | Refused | Invalid:
    """Decide on a request: the one gate, whatever the entry.

    `seen` is the version that the decider looked at. Reads the request, the actor's memberships and
    the policy in this transaction, so that who lost the right a moment ago has no say. Enough yeses
    put what was given in force in the same transaction.
    """
    found = _decidable_by(tx, request_id, by=by, seen=seen, now=now)
    if isinstance(found, Refused):
        return found
    request, company, who = found
    if len(verdict.note) > LONGEST_NOTE:
        return Invalid(problems=(Problem(field="note", flaw=Flaw.TOO_LONG, got=str(len(verdict.note))),))
    if isinstance(verdict, Decline):
        return _decline(tx, request, verdict, by=by, who=who, seen=seen, now=now)
    return _approve(tx, request, verdict, company=company, by=by, who=who, seen=seen, now=now)


def may_decide_now(tx: Tx, request_id: str, *, by: Actor, seen: int, now: datetime) -> Refused | None:
    """Return why the actor could not decide now, or None: asked before a form is opened for it.

    Only `decide` itself counts; a no is recorded alike.
    """
    found = _decidable_by(tx, request_id, by=by, seen=seen, now=now)
    return found if isinstance(found, Refused) else None


def _decidable_by(
    tx: Tx, request_id: str, *, by: Actor, seen: int, now: datetime
) -> tuple[Row, Company, Standing] | Refused:
    """Return the request, the business whose it is to decide and who the actor is there, if they may now."""
    who = directory.standing(tx, by)
    request = requests.find_row(tx, request_id)
    if request is None:
        return requests.refuse(
            tx, Refused(reason=Reason.UNKNOWN_REQUEST), "decide", by=by, who=who, now=now, about=request_id
        )
    company = directory.find_company(tx, request.deciding_id)
    assert company is not None
    answer = may_decide(who, request=_decidable(request), company=company, seen=seen, now=now)
    if answer.reason is not None:
        return _refuse_decision(tx, answer.reason, request, by=by, who=who, now=now)
    return request, company, who


def _decidable(request: Row) -> Decidable:
    return Decidable(
        state=RequestState(request.state),
        version=request.version,
        asking_id=request.asking_id,
        touched_by=frozenset(filter(None, (request.asker_id, request.preparer_id))),
        expires_at=request.expires_at,
    )


def _decline(
    tx: Tx, request: Row, verdict: Decline, *, by: Actor, who: Standing, seen: int, now: datetime
) -> Moved:
    # Who said yes and thinks again has two votes: their no is kept beside their yes, in a round of its own.
    again = who.person_id in requests.voters_of(tx, request.id, the_round=request.round)
    the_round = request.round + 1 if again else request.round
    _record_vote(tx, request, the_round=the_round, yes=False, note=verdict.note, who=who, seen=seen, now=now)
    version = requests.move(tx, request, RequestState.DECLINED, by=by, who=who, now=now, note=verdict.note)
    return Moved(
        request_id=request.id,
        ref=request.ref,
        state=RequestState.DECLINED,
        version=version,
        yeses=request.yeses,
        needed=request.needed,
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
    company: Company,
    by: Actor,
    who: Standing,
    seen: int,
    now: datetime,
) -> Moved | Refused | Invalid:
    assert who.person_id is not None
    before = _lines_so_far(requests.items_of(tx, request.id))
    asked = requests.asked_term(request)
    term_before = requests.given_term(request) or asked
    lines = [_as_given(line, verdict) for line in before]
    # Days that the first yes fixed are counted from now, and may reach past the date that was asked for.
    limit = term_before if term_before.is_within(asked, at=now) else asked
    term = verdict.term or limit
    no = _asker_objection(tx, request) or _narrowing_objection(
        tx, request, verdict, before=before, lines=lines, term=term, limit=limit, now=now
    )
    if isinstance(no, Refused):
        return requests.refuse(
            tx, no, "decide", by=by, who=who, now=now, business_id=company.id, about=request.id
        )
    if no is not None:
        return no

    fresh = request.state == RequestState.IN_REVIEW and (lines != before or term != limit)
    the_round = request.round + 1 if fresh else request.round
    voters = set() if fresh else set(requests.voters_of(tx, request.id, the_round=the_round))
    # Who said yes and has since lost the right to no longer counts.
    able = {row.id for row in directory.admins_who_can_decide(tx, company.id, besides=request.asking_id)}
    fixed = requests.Fixed(
        term=term,
        round=the_round,
        yeses=len((voters & able) | {who.person_id}),
        needed=yeses_needed(
            quorum=company.quorum, given=[(line.kind, line.tasks) for line in lines if line.tasks]
        ),
    )
    if who.person_id not in voters:
        _record_vote(
            tx, request, the_round=the_round, yes=True, note=verdict.note, who=who, seen=seen, now=now
        )
    elif fixed.yeses < fixed.needed:
        return _refuse_decision(tx, Reason.VOTED_ALREADY, request, by=by, who=who, now=now)
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
    enough = fixed.yeses >= fixed.needed
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
        grants.put_in_force(
            tx,
            request_id=request.id,
            owner_id=request.deciding_id,
            holder_id=request.asking_id,
            given=[
                grants.Given(position=line.position, asset_id=line.asset_id, tasks=line.tasks)
                for line in lines
                if line.tasks and line.asset_id
            ],
            term=term,
            people=requests.people_of(tx, request.id),
            actor=directory.as_recorded(by, who, business_id=company.id),
            source=by.source,
            now=now,
        )
    return Moved(
        request_id=request.id,
        ref=request.ref,
        state=state,
        version=version,
        yeses=fixed.yeses,
        needed=fixed.needed,
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


def _asker_objection(tx: Tx, request: Row) -> Refused | None:
    """Return why the asking business can be given nothing now: it is deactivated or restricted."""
    asking = directory.find_business(tx, request.asking_id)
    assert asking is not None
    if asking.status == Status.ACTIVE:
        return None
    return Refused(
        reason=Reason.PARTNER_INACTIVE,
        subject_kind="request",
        subject_id=request.id,
        ref=request.ref,
        name=asking.name,
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
) -> Refused | Invalid | None:
    """Return why this cannot be given: more than was asked, nothing at all, or an asset that does not fit."""
    here = {"subject_kind": "request", "subject_id": request.id, "ref": request.ref}
    positions = {line.position for line in before}
    if not {*(verdict.given or {}), *verdict.bound} <= positions:
        return Refused(reason=Reason.WIDER, field="items", **here)
    for line, fixed in zip(lines, before, strict=True):
        field = f"items.{line.position}"
        if not line.tasks <= fixed.tasks:
            return Refused(reason=Reason.WIDER, field=field, tasks=fixed.tasks, **here)
        if line.tasks:
            no = _line_objection(tx, request, line, fixed, field=field, now=now)
            if no is not None:
                return no
    named = [line.asset_id for line in lines if line.asset_id]
    if len(set(named)) < len(named):
        twice = next(asset for asset in named if named.count(asset) > 1)
        return Invalid(problems=(Problem(field="items", flaw=Flaw.SAME_ASSET_TWICE, got=twice),))
    if not any(line.tasks for line in lines):
        return Refused(reason=Reason.NOTHING_GIVEN, field="items", **here)
    problem = term.problem(now=now)
    if problem is not None:
        return Invalid(problems=(problem,))
    if not term.is_within(limit, at=now):
        return Refused(reason=Reason.WIDER, field="term", **here)
    return None


def _line_objection(
    tx: Tx, request: Row, line: _Line, fixed: _Line, *, field: str, now: datetime
) -> Refused | None:
    here = {"subject_kind": "request", "subject_id": request.id, "ref": request.ref}
    if line.asset_id is None:
        return Refused(reason=Reason.UNBOUND, field=field, **here)
    if line.is_named:
        # A named asset cannot be swapped for another, and must still be the decider's to give.
        if line.asset_id != fixed.asset_id:
            return Refused(reason=Reason.WIDER, field=field, **here)
        asset = directory.find_asset(tx, line.asset_id)
        if asset is None or asset.owner is None or asset.owner.id != request.deciding_id:
            return Refused(
                reason=Reason.ASSET_MOVED, field=field, name=asset.name if asset else line.asset_id, **here
            )
        return None
    return requests.asset_objection(
        tx,
        asset_id=line.asset_id,
        kind=line.kind,
        tasks=line.tasks,
        owner_id=request.deciding_id,
        holder_id=request.asking_id,
        field=field,
        now=now,
        besides=request.id,
    )


def _record_vote(
    tx: Tx, request: Row, *, the_round: int, yes: bool, note: str, who: Standing, seen: int, now: datetime
) -> None:
    tx.run(
        _INSERT_DECISION,
        request_id=request.id,
        round=the_round,
        person_id=who.person_id,
        yes=yes,
        seen=seen,
        note=note,
        at=now,
    )


def _refuse_decision(
    tx: Tx, reason: Reason, request: Row, *, by: Actor, who: Standing, now: datetime
) -> Refused:
    """Refuse, and tell the entitled alone what became of the request."""
    member = request.deciding_id in who.memberships
    told = reason in {Reason.ALREADY_OVER, Reason.EXPIRED, Reason.CHANGED, Reason.VOTED_ALREADY}
    refused = Refused(
        reason=reason,
        subject_kind="request" if member else "",
        subject_id=request.id if member else "",
        ref=request.ref if member else "",
        state=RequestState(request.state) if told else None,
        by=directory.name_of(tx, request.over_by) if told else None,
        at=(request.over_at or request.expires_at) if told else None,
    )
    return requests.refuse(
        tx,
        refused,
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
    company = directory.find_company(tx, request.deciding_id) if request else None
    if request is None or company is None or company.team_id != team_id:
        return False
    who = directory.standing(tx, by)
    if request.asking_id in who.memberships or not may_act(who, company=company).is_yes:
        return False
    if not outbox.adopt_card(
        tx,
        subject_id=request_id,
        audience=Audience.DECIDERS,
        team_id=team_id,
        channel_id=channel_id,
        ts=ts,
    ):
        return False
    outbox.put_updates(tx, subject_id=request_id, version=request.version, now=now)
    return True
