"""Requests: decided, cancelled, expired. The heart of the product; `asking` makes them.

`decide` is the one gate for every decision, whatever the entry; `_move` is the only writer of
`request.state`. A "no" is an answer with its reason and its event, and commits like a yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # its ON CONFLICT compiles for SQLite too

from bot.domain.assets import Kind, Tasks, pack, unpack
from bot.domain.policy import (
    CLOCK,
    Actor,
    Company,
    Decidable,
    Reason,
    Standing,
    Status,
    may_act,
    may_be_heard,
    may_decide,
    yeses_needed,
)
from bot.domain.requests import (
    LONGEST_NOTE,
    MOVES,
    Approve,
    Decline,
    Flaw,
    Problem,
    RequestKind,
    RequestState,
    Term,
    TermKind,
    Verdict,
)
from bot.errors import AlreadyDecided
from bot.services import directory, grants
from bot.services.results import Invalid, Moved, Refused, Undone
from bot.store import outbox, tables
from bot.store.journal import Event
from bot.store.tables import Audience

if TYPE_CHECKING:
    from bot.store.statements import Row
    from bot.store.tx import Tx

_request: Any = tables.Request.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
_item: Any = tables.Item.__table__  # type: ignore[attr-defined]  # the same
_for_whom: Any = tables.RequestPerson.__table__  # type: ignore[attr-defined]  # the same
_decision: Any = tables.Decision.__table__  # type: ignore[attr-defined]  # the same
_opened: Any = tables.Opened.__table__  # type: ignore[attr-defined]  # the same

_nudge: Any = tables.Nudge.__table__  # type: ignore[attr-defined]  # the same

_OPEN = (RequestState.PENDING, RequestState.IN_REVIEW)

_REQUEST = select(_request).where(_request.c.id == bindparam("request"))
_ITEMS = select(_item).where(_item.c.request_id == bindparam("request")).order_by(_item.c.position)
_PEOPLE = (
    select(_for_whom.c.person_id)
    .where(_for_whom.c.request_id == bindparam("request"))
    .order_by(_for_whom.c.person_id)
)
_INSERT_DECISION = insert(_decision)
_OPEN_FOR = (
    select(_request.c.id, _request.c.ref, _item.c.position)
    .join_from(_item, _request, _item.c.request_id == _request.c.id)
    .where(
        _item.c.request_kind == bindparam("kind"),
        _item.c.asset_id == bindparam("asset"),
        _item.c.holder_id == bindparam("holder"),
        _item.c.is_open.is_(True),
        _item.c.is_extension.is_(False),
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
        _request.c.version == bindparam("seen"),
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
        yeses=bindparam("yeses_now"),
        needed=bindparam("yeses_needed"),
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
_GIVE = (
    update(_item)
    .where(_item.c.request_id == bindparam("request"), _item.c.position == bindparam("at_position"))
    .values(given=bindparam("tasks_given"), asset_id=bindparam("asset"))
)
_DUE = (
    select(_request)
    .where(_request.c.state.in_(_OPEN), _request.c.expires_at <= bindparam("at"))
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


def voters_of(tx: Tx, request_id: str, *, the_round: int) -> list[str]:
    """Return the ids of those who voted in a round."""
    return [row.person_id for row in tx.all(_VOTERS, request=request_id, the_round=the_round)]


def asked_term(row: Row) -> Term:
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
    besides: str = "",
) -> Refused | None:
    """Return why `holder_id` cannot ask for (or be given) these tasks with this asset, or None.

    An asset of somebody else and one that does not exist are the same answer: nothing leaks.
    `besides` is the request that is being decided, which is open for the asset itself.
    """
    asset = directory.find_asset(tx, asset_id)
    if asset is None or asset.kind is not kind or asset.owner is None or asset.owner.id != owner_id:
        return Refused(reason=Reason.UNKNOWN_ASSET, field=field, name=asset_id)
    for row in tx.all(_OPEN_FOR, kind=RequestKind.ACCESS, asset=asset_id, holder=holder_id):
        if row.id != besides:
            return Refused(
                reason=Reason.OPEN_ALREADY,
                subject_kind="request",
                subject_id=row.id,
                field=field,
                ref=row.ref,
                name=asset.name,
            )
    held = grants.tasks_held(tx, asset_id=asset_id, holder_id=holder_id, at=now)
    if tasks <= held:
        return Refused(reason=Reason.GRANTED_ALREADY, field=field, name=asset.name, tasks=held)
    return None


def post_to_deciders(
    tx: Tx,
    *,
    subject_id: str,
    owner: Row,
    version: int,
    now: datetime,
    besides: str | None = None,
    audience: Audience = Audience.DECIDERS,
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
    able = directory.admins_who_can_decide(tx, owner.id, besides=besides)
    people = able or directory.members_to_tell(tx, owner.id)
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


def refuse(
    tx: Tx,
    refused: Refused,
    verb: str,
    *,
    by: Actor,
    who: Standing,
    now: datetime,
    business_id: str | None = None,
    about: str = "",
    about_kind: str = "request",
) -> Refused:
    """Record a refusal in the journal and return it: a no is an answer that commits."""
    tx.append(
        Event(
            kind="refused",
            subject_kind=about_kind,
            subject_id=about or refused.subject_id,
            business_id=business_id,
            actor=directory.as_recorded(by, who, business_id=business_id),
            source=by.source,
            policy_version=directory.policy_version(tx, business_id),
            data={"verb": verb, "reason": str(refused.reason), "field": refused.field},
            at=now,
        )
    )
    return refused


# --- moving --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fixed:
    """What a yes fixes on the request's row; carried along unchanged by every other move."""

    term: Term | None
    round: int
    yeses: int
    needed: int

    @classmethod
    def of(cls, row: Row) -> _Fixed:
        return cls(term=given_term(row), round=row.round, yeses=row.yeses, needed=row.needed)


def _move(
    tx: Tx,
    request: Row,
    to: RequestState,
    *,
    by: Actor,
    who: Standing | None,
    now: datetime,
    note: str = "",
    fixed: _Fixed | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Move a request; the only writer of `request.state`. Returns its new version.

    Raises AlreadyDecided if somebody else moved it since the row was read. Appends the event and
    puts the effects: every copy of the card follows, and the asker is told of an outcome.
    """
    assert to in MOVES[RequestState(request.state)], f"{request.state} does not lead to {to}"
    fixed = fixed or _Fixed.of(request)
    over = not to.is_open
    person_id = who.person_id if who else None
    moved = tx.run(
        _MOVE,
        request=request.id,
        from_state=request.state,
        seen=request.version,
        to_state=to,
        over=now if over else None,
        by_whom=person_id if over else None,
        with_note=note,
        term_given=fixed.term.kind if fixed.term else None,
        days_given=fixed.term.days if fixed.term else None,
        until_given=fixed.term.until if fixed.term else None,
        the_round=fixed.round,
        yeses_now=fixed.yeses,
        yeses_needed=fixed.needed,
        nudge_next=None if over else request.nudge_at,
        warn_next=None if over else request.warn_at,
        undo_before=_undo_until(tx, request, now=now) if to is RequestState.APPROVED else None,
    )
    if moved != 1:
        raise AlreadyDecided(f"request {request.ref} was moved by somebody else")
    if over:
        tx.run(_CLOSE_ITEMS, request=request.id)
        tx.run(_STOP_NUDGES, request=request.id)
    version = int(request.version) + 1
    acts_for = request.asking_id if to is RequestState.CANCELLED else request.deciding_id
    tx.append(
        Event(
            kind=f"request.{to.lower()}",
            subject_kind="request",
            subject_id=request.id,
            business_id=request.asking_id,
            counterpart_id=request.deciding_id,
            from_state=request.state,
            to_state=to,
            version=version,
            actor=directory.as_recorded(by, who, business_id=acts_for),
            source=by.source,
            policy_version=directory.policy_version(tx, request.deciding_id),
            data={
                "ref": request.ref,
                "round": fixed.round,
                "yeses": fixed.yeses,
                "needed": fixed.needed,
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
        own_doing = to is RequestState.CANCELLED and person_id == request.asker_id
        for audience in (Audience.PREPARER,) if own_doing else (Audience.ASKER, Audience.PREPARER):
            outbox.put_notices(
                tx, subject_id=request.id, audience=audience, about=to.lower(), version=version, now=now
            )
    if to is RequestState.IN_REVIEW:
        outbox.put_notices(
            tx,
            subject_id=request.id,
            audience=Audience.DECIDERS,
            about=to.lower(),
            version=version,
            now=now,
        )
    outbox.put_homes(tx, (request.asking_id, request.deciding_id), now=now)
    return version


def _undo_until(tx: Tx, request: Row, *, now: datetime) -> datetime | None:
    business = directory.find_business(tx, request.deciding_id)
    assert business is not None
    return now + timedelta(minutes=business.undo_minutes) if business.undo_minutes else None


# --- deciding ------------------------------------------------------------------------------------


def decide(
    tx: Tx, request_id: str, *, by: Actor, verdict: Verdict, seen: int, now: datetime
) -> Moved | Refused | Invalid:
    """Decide on a request: the one gate, whatever the entry.

    `seen` is the version that the decider looked at. Reads the request, the actor's memberships and
    the policy in this transaction, so that who lost the right a moment ago has no say. Enough yeses
    put what was given in force in the same transaction.
    """
    who = directory.standing(tx, by)
    request = tx.one(_REQUEST, request=request_id)
    if request is None:
        return refuse(
            tx, Refused(reason=Reason.UNKNOWN_REQUEST), "decide", by=by, who=who, now=now, about=request_id
        )
    company = directory.find_company(tx, request.deciding_id)
    assert company is not None
    answer = may_decide(who, request=_decidable(request), company=company, seen=seen, now=now)
    if answer.reason is not None:
        return _refuse_decision(tx, answer.reason, request, by=by, who=who, now=now)
    if len(verdict.note) > LONGEST_NOTE:
        return Invalid(problems=(Problem(field="note", flaw=Flaw.TOO_LONG, got=str(len(verdict.note))),))
    if isinstance(verdict, Decline):
        return _decline(tx, request, verdict, by=by, who=who, seen=seen, now=now)
    return _approve(tx, request, verdict, company=company, by=by, who=who, seen=seen, now=now)


def may_decide_now(tx: Tx, request_id: str, *, by: Actor, seen: int, now: datetime) -> Refused | None:
    """Return why the actor could not decide now, or None: asked before a form is opened for it.

    Only `decide` itself counts; a no is recorded alike.
    """
    who = directory.standing(tx, by)
    request = tx.one(_REQUEST, request=request_id)
    if request is None:
        return refuse(
            tx, Refused(reason=Reason.UNKNOWN_REQUEST), "decide", by=by, who=who, now=now, about=request_id
        )
    company = directory.find_company(tx, request.deciding_id)
    assert company is not None
    answer = may_decide(who, request=_decidable(request), company=company, seen=seen, now=now)
    if answer.reason is None:
        return None
    return _refuse_decision(tx, answer.reason, request, by=by, who=who, now=now)


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
    again = who.person_id in voters_of(tx, request.id, the_round=request.round)
    the_round = request.round + 1 if again else request.round
    _record_vote(tx, request, the_round=the_round, yes=False, note=verdict.note, who=who, seen=seen, now=now)
    version = _move(tx, request, RequestState.DECLINED, by=by, who=who, now=now, note=verdict.note)
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
    """One item as it would be given: which asset (None: still only described) and which tasks."""

    position: int
    kind: Kind
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
    before = _lines_so_far(items_of(tx, request.id))
    term_before = given_term(request) or asked_term(request)
    lines = [
        replace(
            line,
            tasks=frozenset((verdict.given or {}).get(line.position, line.tasks)),
            asset_id=verdict.bound.get(line.position, line.asset_id),
        )
        for line in before
    ]
    # Days that the first yes fixed are counted from now, and may reach past the date that was asked for.
    limit = term_before if term_before.is_within(asked_term(request), at=now) else asked_term(request)
    term = verdict.term or limit
    no = _asker_objection(tx, request) or _narrowing_objection(
        tx, request, verdict, before=before, lines=lines, term=term, limit=limit, now=now
    )
    if isinstance(no, Refused):
        return refuse(tx, no, "decide", by=by, who=who, now=now, business_id=company.id, about=request.id)
    if no is not None:
        return no

    fresh = request.state == RequestState.IN_REVIEW and (lines != before or term != limit)
    the_round = request.round + 1 if fresh else request.round
    voters = set() if fresh else set(voters_of(tx, request.id, the_round=the_round))
    # Who said yes and has since lost the right to no longer counts.
    able = {row.id for row in directory.admins_who_can_decide(tx, company.id, besides=request.asking_id)}
    fixed = _Fixed(
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
    version = _move(
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
            people=people_of(tx, request.id),
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
            asset_id=item.asset_id,
            tasks=unpack(item.tasks if item.given is None else item.given),
        )
        for item in items
    ]


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
    bound = [line.asset_id for line in lines if line.tasks]
    if len(set(bound)) < len(bound):
        twice = next(asset for asset in bound if bound.count(asset) > 1)
        return Invalid(problems=(Problem(field="items", flaw=Flaw.SAME_ASSET_TWICE, got=twice or ""),))
    if not bound:
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
    named = next(item for item in items_of(tx, request.id) if item.position == line.position)
    if named.words is None:
        # A named asset cannot be swapped for another, and must still be the decider's to give.
        if line.asset_id != fixed.asset_id:
            return Refused(reason=Reason.WIDER, field=field, **here)
        asset = directory.find_asset(tx, line.asset_id)
        if asset is None or asset.owner is None or asset.owner.id != request.deciding_id:
            return Refused(
                reason=Reason.ASSET_MOVED, field=field, name=asset.name if asset else line.asset_id, **here
            )
        return None
    return asset_objection(
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
    return refuse(
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
    request = tx.one(_REQUEST, request=request_id)
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


# --- cancelling, expiring, opening ---------------------------------------------------------------


def cancel(tx: Tx, request_id: str, *, by: Actor, note: str = "", now: datetime) -> Moved | Refused | Invalid:
    """Take a request back: any admin of the asking business, while nobody has decided it."""
    who = directory.standing(tx, by)
    request = tx.one(_REQUEST, request=request_id)
    asking = directory.find_company(tx, request.asking_id) if request else None
    reason = Reason.UNKNOWN_REQUEST if asking is None else may_act(who, company=asking).reason
    if request is None or reason is not None:
        return refuse(
            tx,
            Refused(reason=reason or Reason.UNKNOWN_REQUEST),
            "cancel",
            by=by,
            who=who,
            now=now,
            about=request_id,
        )
    if not RequestState(request.state).is_open:
        over = Refused(
            reason=Reason.ALREADY_OVER,
            subject_kind="request",
            subject_id=request.id,
            ref=request.ref,
            state=RequestState(request.state),
            by=directory.name_of(tx, request.over_by),
            at=request.over_at,
        )
        return refuse(
            tx, over, "cancel", by=by, who=who, now=now, business_id=request.asking_id, about=request.id
        )
    if len(note) > LONGEST_NOTE:
        return Invalid(problems=(Problem(field="note", flaw=Flaw.TOO_LONG, got=str(len(note))),))
    version = _move(tx, request, RequestState.CANCELLED, by=by, who=who, now=now, note=note)
    return Moved(
        request_id=request.id,
        ref=request.ref,
        state=RequestState.CANCELLED,
        version=version,
        yeses=request.yeses,
        needed=request.needed,
    )


def undo(tx: Tx, request_id: str, *, by: Actor, now: datetime) -> Undone | Refused:
    """Undo an approval within its window: any admin of the deciding business. What it gave ends at once.

    The request stays APPROVED, since it was; both sides see that it was undone, and by whom.
    """
    who = directory.standing(tx, by)
    request = tx.one(_REQUEST, request=request_id)
    company = directory.find_company(tx, request.deciding_id) if request else None
    reason = Reason.UNKNOWN_REQUEST if company is None else may_act(who, company=company).reason
    if request is None or reason is not None:
        unknown = Refused(reason=reason or Reason.UNKNOWN_REQUEST)
        return refuse(tx, unknown, "undo", by=by, who=who, now=now, about=request_id)
    reason = Reason.BOTH_SIDES if request.asking_id in who.memberships else None
    if reason is None and (request.undo_until is None or now >= request.undo_until):
        reason = Reason.UNDO_OVER
    if reason is not None:
        refused = Refused(
            reason=reason,
            subject_kind="request",
            subject_id=request.id,
            ref=request.ref,
            by=directory.name_of(tx, request.undone_by),
            at=request.undone_at,
        )
        return refuse(
            tx, refused, "undo", by=by, who=who, now=now, business_id=request.deciding_id, about=request.id
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
            business_id=request.asking_id,
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
    for audience in (Audience.ASKER, Audience.PREPARER, Audience.DECIDERS):
        outbox.put_notices(
            tx, subject_id=request.id, audience=audience, about="undone", version=version, now=now
        )
    outbox.put_homes(tx, (request.asking_id, request.deciding_id), now=now)
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
        _move(tx, request, RequestState.EXPIRED, by=CLOCK, who=None, now=now)
    return len(due)


def open_details(tx: Tx, request_id: str, *, by: Actor, now: datetime) -> None:
    """Note that a decider looked at the details, the first time they do; the asker's card says "opened"."""
    who = directory.standing(tx, by)
    request = tx.one(_REQUEST, request=request_id)
    company = directory.find_company(tx, request.deciding_id) if request else None
    if request is None or company is None or not may_be_heard(who, company=company).is_yes:
        return
    if not RequestState(request.state).is_open or request.asking_id in who.memberships:
        return
    if not tx.run(_OPEN_ONCE, request_id=request_id, person_id=who.person_id, at=now):
        return
    tx.append(
        Event(
            kind="request.opened",
            subject_kind="request",
            subject_id=request_id,
            business_id=request.asking_id,
            counterpart_id=request.deciding_id,
            version=request.version,
            actor=directory.as_recorded(by, who, business_id=request.deciding_id),
            source=by.source,
            at=now,
        )
    )
    outbox.put_updates(tx, subject_id=request_id, version=request.version, now=now)
