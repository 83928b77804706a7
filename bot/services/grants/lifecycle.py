"""Access that was given: put in force, ended, and listed for either side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, exists, func, insert, null, or_, select, update

from bot.domain.assets import Kind, Tasks, pack, unpack
from bot.domain.grants import MOVES, EndReason, GrantState, Held, tasks_in_force
from bot.domain.messages import Audience
from bot.domain.policy import (
    CLOCK,
    Actor,
    Business,
    DenialReason,
    Principal,
    Status,
    may_administer,
    may_view,
    next_warning,
)
from bot.domain.requests import LONGEST_NOTE, ErrorCode, FieldError, Term
from bot.errors import AlreadyDecided
from bot.services.directory import businesses as directory
from bot.services.results import AssetChoice, Denied, Ended, GrantView, Invalid, LetEnd, Party, Rows
from bot.store import outbox, tables
from bot.store.journal import Event
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx


class Direction(StrEnum):
    """Which grants of a business: those it gave, or those it holds."""

    SHARED_BY_US = "SHARED_BY_US"
    SHARED_WITH_US = "SHARED_WITH_US"


_grant = tables.table_of(tables.Grant)
_assignment = tables.table_of(tables.Assignment)
_asset = tables.table_of(tables.Asset)
_request = tables.table_of(tables.Request)
_decision = tables.table_of(tables.Decision)
_person = tables.table_of(tables.Person)
_owner = tables.table_of(tables.BusinessRow).alias("owner")
_holder = tables.table_of(tables.BusinessRow).alias("holder")
_ender = tables.table_of(tables.Person).alias("ender")

_INSERT = insert(_grant).returning(*_grant.c)
_MOVE = (
    update(_grant)
    .where(
        _grant.c.id == bindparam("grant"),
        _grant.c.state == bindparam("from_state"),
        _grant.c.version == bindparam("expected_version"),
    )
    .values(
        state=bindparam("to_state"),
        version=_grant.c.version + 1,
        ended_at=bindparam("ended"),
        end_reason=bindparam("why"),
        ended_by=bindparam("by_whom"),
        end_note=bindparam("with_note"),
        warn_at=null(),
    )
    .returning(*_grant.c)
)
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
_REQUESTER = select(_request.c.requester_id).where(_request.c.id == bindparam("request"))
_GRANT = select(_grant).where(_grant.c.id == bindparam("grant"))
_HELD = select(_grant.c.tasks, _grant.c.state, _grant.c.ends_at).where(
    _grant.c.asset_id == bindparam("asset"),
    _grant.c.holder_id == bindparam("holder"),
    _grant.c.state == GrantState.ACTIVE,
)
_REQUEST_VERSION = select(_request.c.version).where(_request.c.id == bindparam("request"))
_DUE = (
    select(_grant)
    .where(_grant.c.state == GrantState.ACTIVE, _grant.c.ends_at <= bindparam("at"))
    .order_by(_grant.c.ends_at)
    .limit(bindparam("most"))
)
_ASSIGNED = select(_assignment).where(
    _assignment.c.asset_id == bindparam("asset"), _assignment.c.business_id == bindparam("business")
)
_ASSIGNED_TO = _ASSIGNED.where(_assignment.c.person_id == bindparam("person"))
_ASSIGN = insert(_assignment)
_one_assignment = and_(
    _assignment.c.asset_id == bindparam("asset"),
    _assignment.c.business_id == bindparam("business"),
    _assignment.c.person_id == bindparam("person"),
)
_REASSIGN = update(_assignment).where(_one_assignment).values(tasks=bindparam("their_tasks"))
_UNASSIGN = delete(_assignment).where(_one_assignment)
_APPROVERS = (
    select(_person.c.name)
    .join_from(_decision, _person, _decision.c.person_id == _person.c.id)
    .where(
        _decision.c.request_id == bindparam("request"),
        _decision.c.round == bindparam("the_round"),
        _decision.c.approves.is_(True),
    )
    .order_by(_decision.c.at)
)

_VIEW = (
    select(
        _grant,
        _asset.c.name.label("asset_name"),
        _asset.c.kind.label("asset_kind"),
        _owner.c.name.label("owner_name"),
        _owner.c.verified.label("owner_verified"),
        _owner.c.status.label("owner_status"),
        _holder.c.name.label("holder_name"),
        _holder.c.verified.label("holder_verified"),
        _holder.c.status.label("holder_status"),
        _request.c.ref,
        _request.c.reason,
        _request.c.round,
        _ender.c.name.label("ender_name"),
    )
    .join_from(_grant, _asset, _grant.c.asset_id == _asset.c.id)
    .join(_owner, _grant.c.owner_id == _owner.c.id)
    .join(_holder, _grant.c.holder_id == _holder.c.id)
    .join(_request, _grant.c.request_id == _request.c.id)
    .join(_ender, _grant.c.ended_by == _ender.c.id, isouter=True)
)
_ONE = _VIEW.where(_grant.c.id == bindparam("grant"))
_OF_REQUEST = _VIEW.where(_grant.c.request_id == bindparam("request")).order_by(_grant.c.position)
_live = and_(
    _grant.c.state == GrantState.ACTIVE,
    or_(_grant.c.ends_at.is_(None), _grant.c.ends_at > bindparam("at")),
)
_found = or_(
    func.lower(_asset.c.name).like(bindparam("pattern"), escape="\\"),
    func.lower(_asset.c.id).like(bindparam("pattern"), escape="\\"),
    func.lower(_owner.c.name).like(bindparam("pattern"), escape="\\"),
    func.lower(_holder.c.name).like(bindparam("pattern"), escape="\\"),
)
_by_name = select(_grant.c.id).join_from(_grant, _asset, _grant.c.asset_id == _asset.c.id)
_sought = (
    _by_name.join(_owner, _grant.c.owner_id == _owner.c.id)
    .join(_holder, _grant.c.holder_id == _holder.c.id)
    .where(_found)
)


def _list_of(listed: Any, ids: Any, *order: Any) -> dict[bool, tuple[Any, Any]]:
    """Return the statements for a page and for how many there are: for all of them, and for those sought.

    Which grants the page shows is found by an index alone, and no other row is read whole.
    """
    return {
        is_sought: (
            _VIEW.where(
                _grant.c.id.in_(
                    chosen.where(listed)
                    .order_by(*order)
                    .limit(bindparam("most"))
                    .offset(bindparam("skip"))
                    .correlate(None)
                )
            ).order_by(*order),
            counted.where(listed).with_only_columns(func.count().label("total"), maintain_column_froms=True),
        )
        for is_sought, chosen, counted in ((False, ids, select(_grant.c.id)), (True, _sought, _sought))
    }


_holds = and_(_grant.c.holder_id == bindparam("business"), _live)
_LISTS = {
    Direction.SHARED_BY_US: _list_of(
        and_(_grant.c.owner_id == bindparam("business"), _live), _by_name, _asset.c.name, _grant.c.id
    ),
    Direction.SHARED_WITH_US: _list_of(_holds, _by_name, _asset.c.name, _grant.c.id),
}
_ENDING = _list_of(
    and_(_holds, _grant.c.ends_at.is_not(None)), select(_grant.c.id), _grant.c.ends_at, _grant.c.id
)
_owned = select(_asset).where(_asset.c.owner_id == bindparam("business")).order_by(_asset.c.name, _asset.c.id)
_OWNED = _owned.limit(bindparam("most")).offset(bindparam("skip"))
_OWNED_TOTAL = select(func.count().label("total")).where(_asset.c.owner_id == bindparam("business"))
_HOLDERS = (
    select(_holder.c.name)
    .where(
        _holder.c.id != bindparam("excluding"),
        exists(
            select(_grant.c.id).where(
                _grant.c.asset_id == bindparam("asset"), _grant.c.holder_id == _holder.c.id, _live
            )
        ),
    )
    .order_by(_holder.c.name)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One item as it was approved: what the grant will be."""

    position: int
    asset_id: str
    tasks: Tasks


# --- what is held --------------------------------------------------------------------------------


def tasks_held(tx: Tx, *, asset_id: str, holder_id: str, at: datetime) -> Tasks:
    """Return what a holder may do with an asset at `at`: the union of its live grants."""
    rows = tx.all(_HELD, asset=asset_id, holder=holder_id)
    return tasks_in_force(
        (Held(tasks=unpack(row.tasks), state=GrantState(row.state), ends_at=row.ends_at) for row in rows),
        at=at,
    )


def other_holders(tx: Tx, *, asset_id: str, excluding: str, at: datetime) -> tuple[str, ...]:
    """Return the names of the other partners that hold the asset; for its owner alone."""
    return tuple(row.name for row in tx.all(_HOLDERS, asset=asset_id, excluding=excluding, at=at))


# --- moving --------------------------------------------------------------------------------------


def _move(
    tx: Tx,
    grant: Row,
    to: GrantState,
    *,
    actor: Mapping[str, Any],
    source: str,
    now: datetime,
    **changes: Any,
) -> Row:
    """Take a grant a step further on the way out, after which nobody is warned of its end.

    Raise AlreadyDecided if somebody else moved it.
    """
    assert to in MOVES[GrantState(grant.state)], f"{grant.state} does not lead to {to}"
    values = {
        "ended": grant.ended_at,
        "why": grant.end_reason,
        "by_whom": grant.ended_by,
        "with_note": grant.end_note,
        **changes,
    }
    after = tx.one(
        _MOVE, grant=grant.id, from_state=grant.state, expected_version=grant.version, to_state=to, **values
    )
    if after is None:
        raise AlreadyDecided(f"grant {grant.id} is no longer {grant.state}")
    _record(
        tx, after, GrantState(grant.state), actor=actor, source=source, note=changes.get("with_note"), now=now
    )
    outbox.put_updates(tx, subject_id=grant.id, version=after.version, now=now)
    return after


def _record(
    tx: Tx,
    grant: Row,
    before: GrantState,
    *,
    actor: Mapping[str, Any],
    source: str,
    note: str | None = None,
    now: datetime,
) -> None:
    """Append that a grant went from the state `before` to the one its row is in."""
    tx.append(
        Event(
            kind=f"grant.{grant.state.lower()}",
            subject_kind="grant",
            subject_id=grant.id,
            business_id=grant.owner_id,
            counterpart_id=grant.holder_id,
            from_state=before,
            to_state=grant.state,
            version=grant.version,
            actor=actor,
            source=source,
            policy_version=directory.policy_version(tx, grant.owner_id),
            data={
                "request": grant.request_id,
                "asset": grant.asset_id,
                "tasks": grant.tasks,
                "reason": grant.end_reason,
            },
            text=note or None,
            at=now,
        )
    )


def activate(
    tx: Tx,
    *,
    request_id: str,
    owner_id: str,
    holder_id: str,
    given: Sequence[Given],
    term: Term,
    people: Sequence[str],
    actor: Mapping[str, Any],
    source: str,
    now: datetime,
) -> None:
    """Give what was approved. In the embedded registry it is in force at once, and its clock starts.

    The request's people are assigned in the same moment, with the tasks given.
    """
    ends_at = term.ends_at(starts_at=now)
    for item in given:
        # Written as it is after its first move, by which it was PENDING for no time at all.
        made = tx.one(
            _INSERT,
            id=directory.make_id(tx, NodeKind.GRANT),
            request_id=request_id,
            position=item.position,
            asset_id=item.asset_id,
            holder_id=holder_id,
            owner_id=owner_id,
            tasks=pack(item.tasks),
            state=GrantState.ACTIVE,
            version=2,
            starts_at=now,
            ends_at=ends_at,
            ended_at=None,
            end_reason=None,
            ended_by=None,
            end_note="",
            warn_at=next_warning(ends_at=ends_at, after=now),
            may_end=False,
        )
        assert made is not None
        _record(tx, made, GrantState.PENDING, actor=actor, source=source, now=now)
        for person_id in people:
            if not directory.is_member(tx, person_id, business_id=holder_id):
                continue  # who left since it was asked gets nothing
            _assign(
                tx,
                asset_id=item.asset_id,
                business_id=holder_id,
                person_id=person_id,
                tasks=item.tasks,
                now=now,
            )


def _assign(tx: Tx, *, asset_id: str, business_id: str, person_id: str, tasks: Tasks, now: datetime) -> None:
    before = tx.one(_ASSIGNED_TO, asset=asset_id, business=business_id, person=person_id)
    if before is None:
        tx.run(
            _ASSIGN,
            asset_id=asset_id,
            business_id=business_id,
            person_id=person_id,
            tasks=pack(tasks),
            since=now,
        )
    else:
        tx.run(
            _REASSIGN,
            asset=asset_id,
            business=business_id,
            person=person_id,
            their_tasks=pack(unpack(before.tasks) | tasks),
        )


def _trim_assignments(tx: Tx, *, asset_id: str, holder_id: str, at: datetime) -> None:
    """Cut the holder's people back to what the holder may still do, at once."""
    left = tasks_held(tx, asset_id=asset_id, holder_id=holder_id, at=at)
    for row in tx.all(_ASSIGNED, asset=asset_id, business=holder_id):
        tasks = unpack(row.tasks)
        kept = tasks & left
        one = {"asset": asset_id, "business": holder_id, "person": row.person_id}
        if not kept:
            tx.run(_UNASSIGN, **one)
        elif kept != tasks:
            tx.run(_REASSIGN, **one, their_tasks=pack(kept))


def _end(
    tx: Tx,
    grant: Row,
    *,
    reason: EndReason,
    note: str,
    ended_by: str | None,
    actor: Mapping[str, Any],
    source: str,
    now: datetime,
) -> None:
    """Take one grant away: at once in the embedded registry. Both sides' cards and a word to both follow."""
    ending = _move(
        tx,
        grant,
        GrantState.ENDING,
        actor=actor,
        source=source,
        now=now,
        why=reason,
        by_whom=ended_by,
        with_note=note,
    )
    _move(tx, ending, GrantState.ENDED, actor=actor, source=source, now=now, ended=now)
    _trim_assignments(tx, asset_id=grant.asset_id, holder_id=grant.holder_id, at=now)


def _tell(tx: Tx, grants: Sequence[Row], *, now: datetime) -> None:
    """Have the cards of these grants' requests follow, and both sides told: one line a grant."""
    versions = {}
    for request_id in sorted({grant.request_id for grant in grants}):
        row = tx.one(_REQUEST_VERSION, request=request_id)
        assert row is not None
        versions[request_id] = row.version
        outbox.put_updates(tx, subject_id=request_id, version=row.version, now=now)
    for grant in grants:
        for audience in (Audience.REQUESTER, Audience.APPROVERS):
            outbox.put_notices(
                tx,
                subject_id=grant.request_id,
                audience=audience,
                about=f"ended:{grant.id}",
                version=versions[grant.request_id],
                now=now,
            )
    outbox.put_homes(tx, {side for grant in grants for side in (grant.owner_id, grant.holder_id)}, now=now)


def end_access(
    tx: Tx, grant_ids: Sequence[str], *, business_id: str, by: Actor, note: str = "", now: datetime
) -> Ended | Denied | Invalid:
    """End grants at once, all or none: revoked by the owner's admin, given back by the holder's.

    `business_id` is the business that the actor acts for; each grant must be its own, in one and the
    same direction. A deactivated owner may still revoke.
    """
    who = directory.principal_of(tx, by)
    business = directory.find_business(tx, business_id)
    entitled = (
        DenialReason.UNKNOWN_GRANT if business is None else may_administer(who, business=business).reason
    )
    rows = [tx.one(_GRANT, grant=grant_id) for grant_id in dict.fromkeys(grant_ids)]
    grants = [row for row in rows if row is not None and business_id in (row.owner_id, row.holder_id)]
    if entitled is None and (not grants or len(grants) != len(rows)):
        entitled = DenialReason.UNKNOWN_GRANT
    if entitled is None and len({grant.owner_id == business_id for grant in grants}) > 1:
        entitled = DenialReason.UNKNOWN_GRANT
    over = next((grant for grant in grants if grant.state != GrantState.ACTIVE), None)
    if entitled is None and over is not None:
        entitled = DenialReason.GRANT_OVER
    if entitled is not None:
        return _deny(
            tx,
            entitled,
            grant_ids,
            over,
            verb="end_access",
            business_id=business_id,
            who=who,
            by=by,
            now=now,
        )
    if len(note) > LONGEST_NOTE:
        return Invalid(field_errors=(FieldError(field="note", code=ErrorCode.TOO_LONG, got=str(len(note))),))
    reason = EndReason.REVOKED if grants[0].owner_id == business_id else EndReason.RELINQUISHED
    actor = directory.as_recorded(by, who, business_id=business_id)
    for grant in grants:
        _end(
            tx,
            grant,
            reason=reason,
            note=note,
            ended_by=who.person_id,
            actor=actor,
            source=by.source,
            now=now,
        )
    _tell(tx, grants, now=now)
    others = {grant.holder_id if reason is EndReason.REVOKED else grant.owner_id for grant in grants}
    names = sorted(row.name for other in others if (row := directory.find_business_row(tx, other)))
    return Ended(grant_ids=tuple(grant.id for grant in grants), reason=reason, other=", ".join(names))


def end_each(
    tx: Tx, choices: Sequence[tuple[str, str]], *, by: Actor, note: str = "", now: datetime
) -> tuple[Ended | Denied | Invalid, ...]:
    """End grants as (business acted for, grant): one answer for each business and direction."""
    together: dict[tuple[str, bool], list[str]] = {}
    for business_id, grant_id in choices:
        grant = tx.one(_GRANT, grant=grant_id)
        is_owner = grant is not None and grant.owner_id == business_id
        together.setdefault((business_id, is_owner), []).append(grant_id)
    return tuple(
        end_access(tx, grant_ids, business_id=business_id, by=by, note=note, now=now)
        for (business_id, _), grant_ids in together.items()
    )


def undo_given(
    tx: Tx, request_id: str, *, ended_by: str | None, actor: Mapping[str, Any], source: str, now: datetime
) -> None:
    """End all that a request gave and that is still in force, because its approval is undone."""
    for row in tx.all(_OF_REQUEST, request=request_id):
        if row.state == GrantState.ACTIVE:
            _end(
                tx,
                row,
                reason=EndReason.UNDONE,
                note="",
                ended_by=ended_by,
                actor=actor,
                source=source,
                now=now,
            )


def why_not(who: Principal, holder: Business | None) -> DenialReason | None:
    """Return why somebody may not act for who holds a grant; outsiders learn not even that there is one."""
    reason = DenialReason.UNKNOWN_GRANT if holder is None else may_administer(who, business=holder).reason
    return (
        DenialReason.UNKNOWN_GRANT if reason in {DenialReason.STRANGER, DenialReason.NOT_MEMBER} else reason
    )


def let_end(tx: Tx, grant_id: str, *, by: Actor, now: datetime) -> LetEnd | Denied:
    """Note that the holder lets a grant end when it says: no further warning. Any admin of the holder."""
    who = directory.principal_of(tx, by)
    grant = tx.one(_GRANT, grant=grant_id)
    reason = why_not(who, directory.find_business(tx, grant.holder_id) if grant else None)
    over = grant if grant is not None and grant.state != GrantState.ACTIVE else None
    if reason is None and over is not None:
        reason = DenialReason.GRANT_OVER
    if grant is None or reason is not None:
        return _deny(
            tx,
            reason or DenialReason.UNKNOWN_GRANT,
            (grant_id,),
            over,
            verb="let_end",
            business_id=grant.holder_id if grant else "",
            who=who,
            by=by,
            now=now,
        )
    tx.run(_LET_END, grant=grant_id)
    tx.append(
        Event(
            kind="grant.let_end",
            subject_kind="grant",
            subject_id=grant.id,
            business_id=grant.owner_id,
            counterpart_id=grant.holder_id,
            version=grant.version,
            actor=directory.as_recorded(by, who, business_id=grant.holder_id),
            source=by.source,
            policy_version=directory.policy_version(tx, grant.owner_id),
            at=now,
        )
    )
    outbox.put_updates(tx, subject_id=grant.id, version=grant.version, now=now)
    return LetEnd(grant_id=grant.id, ends_at=grant.ends_at)


def warn_due(tx: Tx, *, now: datetime, limit: int = 100) -> int:
    """Warn the holders whose grants end soon, at most `limit`; return how many. A sweep's step.

    One card to who asked for it; if they have left, to another admin of the holder. Nobody is warned
    where other grants, an extension say, go on giving the same.
    """
    due = tx.all(_WARN_DUE, at=now, most=limit)
    for grant in due:
        following = next_warning(ends_at=grant.ends_at, after=now)
        tx.run(_NEXT_WARNING, grant=grant.id, seen_at=grant.warn_at, warn_next=following)
        then = tasks_held(tx, asset_id=grant.asset_id, holder_id=grant.holder_id, at=grant.ends_at)
        if grant.ends_at <= now or unpack(grant.tasks) <= then:
            continue
        person = whom_to_tell(tx, request_id=grant.request_id, business_id=grant.holder_id)
        if person is not None:
            outbox.put_card(
                tx,
                subject_id=grant.id,
                audience=Audience.ENDING,
                version=grant.version,
                team_id=person.team_id,
                user_id=person.user_id,
                now=now,
            )
    return len(due)


def whom_to_tell(tx: Tx, *, request_id: str, business_id: str) -> Row | None:
    """Return who asked; where they can act no more, another admin of their business, or any member.

    None if nobody is left.
    """
    requested = tx.one(_REQUESTER, request=request_id)
    eligible = directory.admins_who_can_decide(tx, business_id)
    requester = next(
        (admin for admin in eligible if requested is not None and admin.id == requested.requester_id), None
    )
    others = eligible or directory.members_to_tell(tx, business_id)
    return requester or next(iter(others), None)


def _deny(
    tx: Tx,
    reason: DenialReason,
    grant_ids: Sequence[str],
    over: Row | None,
    *,
    verb: str,
    business_id: str,
    who: Principal,
    by: Actor,
    now: datetime,
) -> Denied:
    tx.append(
        Event(
            kind="denied",
            subject_kind="grant",
            subject_id=grant_ids[0] if grant_ids else "",
            business_id=business_id if business_id in who.memberships else None,
            actor=directory.as_recorded(by, who, business_id=business_id),
            source=by.source,
            policy_version=directory.policy_version(tx, business_id),
            data={"verb": verb, "reason": str(reason)},
            at=now,
        )
    )
    if reason is not DenialReason.GRANT_OVER or over is None:
        return Denied(reason=reason)
    view = grant_view(tx, over.id)
    return Denied(
        reason=reason,
        subject_kind="grant",
        subject_id=over.id,
        ref=view.ref if view else "",
        name=view.asset_name if view else "",
        by=view.ended_by if view else None,
        at=over.ended_at,
    )


def end_due(tx: Tx, *, now: datetime, limit: int = 100) -> int:
    """End the grants whose end is reached, at most `limit`; return how many. A sweep's step."""
    due = tx.all(_DUE, at=now, most=limit)
    for grant in due:
        _end(
            tx,
            grant,
            reason=EndReason.REACHED,
            note="",
            ended_by=None,
            actor=directory.as_recorded(CLOCK),
            source=CLOCK.source,
            now=now,
        )
    _tell(tx, due, now=now)
    return len(due)


# --- reading -------------------------------------------------------------------------------------


def _view(tx: Tx, row: Row) -> GrantView:
    def party(side: str, party_id: str) -> Party:
        return Party(
            id=party_id,
            name=getattr(row, f"{side}_name"),
            verified=bool(getattr(row, f"{side}_verified")),
            status=Status(getattr(row, f"{side}_status")),
        )

    return GrantView(
        id=row.id,
        request_id=row.request_id,
        ref=row.ref,
        asset_id=row.asset_id,
        asset_name=row.asset_name,
        kind=Kind(row.asset_kind),
        owner=party("owner", row.owner_id),
        holder=party("holder", row.holder_id),
        tasks=unpack(row.tasks),
        state=GrantState(row.state),
        version=row.version,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        end_reason=None if row.end_reason is None else EndReason(row.end_reason),
        ended_by=row.ender_name,
        end_note=row.end_note,
        reason=row.reason,
        decided_by=tuple(
            approver.name for approver in tx.all(_APPROVERS, request=row.request_id, the_round=row.round)
        ),
        may_end=bool(row.may_end),
    )


def grant_view(tx: Tx, grant_id: str) -> GrantView | None:
    """Return one grant, or None; for callers that know the actor may see it."""
    row = tx.one(_ONE, grant=grant_id)
    return None if row is None else _view(tx, row)


def grants_of_request(tx: Tx, request_id: str) -> dict[int, GrantView]:
    """Return the grants that rest on a request, by the position of their item."""
    return {row.position: _view(tx, row) for row in tx.all(_OF_REQUEST, request=request_id)}


def _hears(tx: Tx, by: Actor, business_id: str) -> bool:
    business = directory.find_business(tx, business_id)
    return business is not None and may_view(directory.principal_of(tx, by), business=business).is_allowed


def list_grants(
    tx: Tx,
    *,
    business_id: str,
    direction: Direction,
    by: Actor,
    now: datetime,
    limit: int = 10,
    offset: int = 0,
    query: str = "",
) -> Rows[GrantView]:
    """Return a page of what is in force for a business in one direction; nothing to who is no member.

    A grant whose end has passed is not in force, whether or not the sweep has come to it.
    """
    if not _hears(tx, by, business_id):
        return Rows(rows=(), total=0, more=False)
    return _page(tx, _LISTS[direction], business_id, query, now=now, limit=limit, offset=offset)


def _page(
    tx: Tx,
    statements: Mapping[bool, tuple[Any, Any]],
    business_id: str,
    query: str,
    *,
    now: datetime,
    limit: int,
    offset: int,
) -> Rows[GrantView]:
    is_sought = bool(query.strip())
    page, counted = statements[is_sought]
    facts = {"business": business_id, "at": now}
    if is_sought:
        facts["pattern"] = directory.pattern(query)
    rows = tx.all(page, **facts, most=limit, skip=offset)
    total = tx.one(counted, **facts)
    assert total is not None
    return Rows(
        rows=tuple(_view(tx, row) for row in rows),
        total=total.total,
        more=offset + len(rows) < total.total,
    )


def list_ending(
    tx: Tx,
    *,
    business_id: str,
    by: Actor,
    now: datetime,
    limit: int = 10,
    offset: int = 0,
    query: str = "",
) -> Rows[GrantView]:
    """Return a page of what a business holds until a date, the next to end first; nothing to no member."""
    if not _hears(tx, by, business_id):
        return Rows(rows=(), total=0, more=False)
    return _page(tx, _ENDING, business_id, query, now=now, limit=limit, offset=offset)


def list_owned(tx: Tx, *, business_id: str, by: Actor, limit: int = 10, offset: int = 0) -> Rows[AssetChoice]:
    """Return a page of what a business owns; nothing to who is no member."""
    business = directory.find_business_row(tx, business_id)
    if business is None or not _hears(tx, by, business_id):
        return Rows(rows=(), total=0, more=False)
    rows = tx.all(_OWNED, business=business_id, most=limit, skip=offset)
    total = tx.one(_OWNED_TOTAL, business=business_id)
    assert total is not None
    owner = directory.party_of(business)
    return Rows(
        rows=tuple(AssetChoice(id=row.id, kind=Kind(row.kind), name=row.name, owner=owner) for row in rows),
        total=total.total,
        more=offset + len(rows) < total.total,
    )


def find_grants(tx: Tx, grant_ids: Sequence[str], *, by: Actor) -> list[GrantView]:
    """Return those of the grants that the actor may see: a member of either side."""
    found = []
    for grant_id in dict.fromkeys(grant_ids):
        view = grant_view(tx, grant_id)
        if view is not None and (_hears(tx, by, view.owner.id) or _hears(tx, by, view.holder.id)):
            found.append(view)
    return found


def endable(
    tx: Tx, *, by: Actor, now: datetime, query: str = "", limit: int = 100
) -> list[tuple[str, GrantView]]:
    """Return what the actor could end now, each with the business they would act for.

    What their business shares comes first (they would revoke), then what is shared with it (they
    would give it back).
    """
    found: list[tuple[str, GrantView]] = []
    for own in directory.me(tx, by).businesses:
        if own.may_administer is not None:
            continue
        for direction in Direction:
            page = list_grants(
                tx,
                business_id=own.party.id,
                direction=direction,
                by=by,
                now=now,
                limit=limit - len(found),
                query=query,
            )
            found.extend((own.party.id, view) for view in page.rows)
            if len(found) >= limit:
                return found
    return found
