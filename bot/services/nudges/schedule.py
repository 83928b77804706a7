"""Nudges: who must decide is reminded, kindly. One digest a person a day, in their own working hours.

A request has a date for its next nudge; when it comes, each of its deciders is marked (`nudge.due_at`,
in their own working hours). When somebody's mark is due they get one digest of up to ten requests.
Each step claims its rows by moving their dates, and no date is computed from one that was missed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # its ON CONFLICT compiles for SQLite too

from bot.domain.calendar import (
    WorkingTime,
    is_working,
    last_call,
    local_day,
    next_working_moment,
    next_working_morning,
    working_time,
)
from bot.domain.messages import Audience
from bot.domain.policy import (
    ACKNOWLEDGED_FOR,
    CLOCK,
    NUDGE_BEFORE,
    NUDGE_LEAVES,
    Actor,
    DenialReason,
    Principal,
    Status,
    may_administer,
    next_nudge,
)
from bot.domain.requests import LONGEST_REASON, ErrorCode, FieldError, RequestState, tidy
from bot.services.directory import businesses as directory
from bot.services.grants import lifecycle as grants
from bot.services.requests import moves as requests
from bot.services.requests import views as cards
from bot.services.results import (
    Acknowledged,
    Commented,
    Denied,
    DigestItemView,
    DigestView,
    Invalid,
    Reminded,
    Snoozed,
)
from bot.store import outbox, tables
from bot.store.journal import Event
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

MOST_IN_DIGEST = 10
MOST_COMMENTS_A_DAY = 20
# What comes due so soon after is told of at once: asks come in runs, and a digest comes once a day.
_GATHER = timedelta(hours=1)

_request = tables.table_of(tables.Request)
_nudge = tables.table_of(tables.Nudge)
_acknowledgement = tables.table_of(tables.Acknowledgement)
_digest = tables.table_of(tables.Digest)
_digest_item = tables.table_of(tables.DigestItem)
_comment = tables.table_of(tables.Comment)
_person = tables.table_of(tables.Person)

_also: Any = _request.alias("also")
_REQUESTS_DUE = (
    select(_request)
    .where(
        _request.c.nudge_at <= bindparam("soon"),
        # Not by the index over a business's requests, of which few are due.
        _request.c.deciding_id.concat("").in_(
            select(_also.c.deciding_id).where(_also.c.nudge_at <= bindparam("at"))
        ),
    )
    .order_by(_request.c.nudge_at)
    .limit(bindparam("most"))
)
_MOVE_NUDGE = (
    update(_request)
    .where(_request.c.id == bindparam("request"), _request.c.nudge_at == bindparam("seen_at"))
    .values(nudge_at=bindparam("next_at"))
)
_MARK = select(_nudge).where(
    _nudge.c.request_id == bindparam("request"), _nudge.c.person_id == bindparam("person")
)
_new_mark = upsert(_nudge)
_SET_MARK = _new_mark.on_conflict_do_update(
    index_elements=["request_id", "person_id"],
    set_={"due_at": _new_mark.excluded.due_at, "quiet_until": _new_mark.excluded.quiet_until},
)
_PEOPLE_DUE = (
    select(_nudge.c.person_id)
    .where(_nudge.c.due_at <= bindparam("at"))
    .group_by(_nudge.c.person_id.concat(""), _nudge.c.person_id)  # so that only what is due is looked at
    .order_by(_nudge.c.person_id)
    .limit(bindparam("most"))
)
_DUE_FOR = (
    select(_nudge.c.request_id, _nudge.c.due_at, _nudge.c.quiet_until, _request.c.deciding_id)
    .join_from(_nudge, _request, _nudge.c.request_id == _request.c.id)
    .where(_nudge.c.person_id == bindparam("person"), _nudge.c.due_at <= bindparam("at"))
    .order_by(_request.c.expires_at, _request.c.id)
)
_MOVE_MARK = (
    update(_nudge)
    .where(
        _nudge.c.request_id == bindparam("request"),
        _nudge.c.person_id == bindparam("person"),
        _nudge.c.due_at == bindparam("seen_at"),
    )
    .values(due_at=bindparam("next_at"), sent=_nudge.c.sent + bindparam("more"))
)
_PERSON = select(_person).where(_person.c.id == bindparam("person"))
_DIGEST_OF_DAY = select(_digest.c.id).where(
    _digest.c.person_id == bindparam("person"), _digest.c.day == bindparam("the_day")
)
_TOLD = (
    select(_digest.c.id)
    .join_from(_digest_item, _digest, _digest_item.c.digest_id == _digest.c.id)
    .where(
        _digest_item.c.request_id == bindparam("request"),
        _digest.c.person_id == bindparam("person"),
        _digest.c.day == bindparam("the_day"),
    )
)
_INSERT_DIGEST = insert(_digest)
_MOVE_DIGEST = update(_digest).where(_digest.c.id == bindparam("digest")).values(day=bindparam("the_day"))
_INSERT_DIGEST_ITEM = insert(_digest_item)
_FIND_DIGEST = select(_digest).where(_digest.c.id == bindparam("digest"))
_ITEMS_OF_DIGEST = (
    select(_digest_item.c.request_id, _nudge.c.quiet_until)
    .join_from(_digest_item, _digest, _digest_item.c.digest_id == _digest.c.id)
    .join(
        _nudge,
        (_nudge.c.request_id == _digest_item.c.request_id) & (_nudge.c.person_id == _digest.c.person_id),
        isouter=True,
    )
    .where(_digest_item.c.digest_id == bindparam("digest"))
    .order_by(_digest_item.c.position)
)
_OTHERS_LOOK = select(_acknowledgement.c.person_id, _acknowledgement.c.until).where(
    _acknowledgement.c.request_id == bindparam("request"),
    _acknowledgement.c.person_id != bindparam("person"),
    _acknowledgement.c.until > bindparam("at"),
)
_new_acknowledgement = upsert(_acknowledgement)
_ACKNOWLEDGE = _new_acknowledgement.on_conflict_do_update(
    index_elements=["request_id", "person_id"], set_={"until": _new_acknowledgement.excluded.until}
)
_REMIND = (
    update(_request)
    .where(_request.c.id == bindparam("request"), _request.c.version == bindparam("expected_version"))
    .values(reminded_at=bindparam("at"))
)
_WARN_DUE = (
    select(_request)
    .where(_request.c.warn_at <= bindparam("at"))
    .order_by(_request.c.warn_at)
    .limit(bindparam("most"))
)
_WARNED = (
    update(_request)
    .where(_request.c.id == bindparam("request"), _request.c.warn_at == bindparam("seen_at"))
    .values(warn_at=None)
)
_INSERT_COMMENT = insert(_comment)
_COMMENTS_SINCE = select(func.count().label("number")).where(
    _comment.c.request_id == bindparam("request"), _comment.c.at > bindparam("since")
)


# --- marking and sending -------------------------------------------------------------------------


def nudge_due(tx: Tx, *, now: datetime, limit: int = 100) -> int:
    """Mark the deciders of requests whose nudge is due, each in their own working hours. A sweep's step."""
    due = tx.all(_REQUESTS_DUE, at=now, soon=now + _GATHER, most=limit)
    for request in due:
        following = next_nudge(
            created_at=request.created_at,
            expires_at=request.expires_at,
            after=max(now, request.nudge_at),
            last=_last_nudge(tx, request),
        )
        if tx.run(_MOVE_NUDGE, request=request.id, seen_at=request.nudge_at, next_at=following):
            _mark_approvers(tx, request, again=False, now=now)
    return len(due)


def _last_nudge(tx: Tx, request: Row) -> datetime | None:
    """Return when to nudge for the last time, so that each decider can still act on it."""
    moments = [
        last_call(
            request.expires_at,
            _working_time(tx, admin.id, request.deciding_id),
            ahead=NUDGE_BEFORE,
            leaving=NUDGE_LEAVES,
        )
        for admin in _approvers(tx, request)
    ]
    return min(moments, default=None)


def _approvers(tx: Tx, request: Row) -> list[Row]:
    """Return whose yes would count now and is not there already."""
    business = directory.find_business(tx, request.deciding_id)
    if business is None or business.status is not Status.ACTIVE or not business.verified:
        return []
    others = {request.requester_id, request.author_id}
    others.update(requests.approvals_of(tx, request.id, the_round=request.round))
    eligible = directory.admins_who_can_decide(tx, request.deciding_id, excluding=request.requesting_id)
    return [admin for admin in eligible if admin.id not in others]


def _mark_approvers(tx: Tx, request: Row, *, again: bool, now: datetime) -> int:
    """Mark each decider for their next working moment, unless they put it off; return how many.

    Who was nudged about it on that very day is marked only if they are to be nudged `again`.
    """
    marked = 0
    for admin in _approvers(tx, request):
        working = _working_time(tx, admin.id, request.deciding_id)
        before = tx.one(_MARK, request=request.id, person=admin.id)
        snoozed = before.quiet_until if before else None
        rests_until = _rests_until(tx, request.id, admin.id, snoozed, now=now)
        due_at = next_working_moment(rests_until or now, working)
        day = local_day(due_at, working).isoformat()
        if not again and tx.all(_TOLD, request=request.id, person=admin.id, the_day=day):
            continue
        if due_at < request.expires_at:
            _set_mark(tx, request.id, admin.id, due_at=due_at, quiet_until=snoozed)
            marked += 1
    return marked


def _rests_until(
    tx: Tx, request_id: str, person_id: str, snoozed: datetime | None, *, now: datetime
) -> datetime | None:
    """Return until when somebody is left alone: they snoozed it, or another is looking at it."""
    looks = tx.all(_OTHERS_LOOK, request=request_id, person=person_id, at=now)
    rests = [look.until for look in looks] + ([snoozed] if snoozed is not None and snoozed > now else [])
    return max(rests, default=None)


def _set_mark(
    tx: Tx, request_id: str, person_id: str, *, due_at: datetime | None, quiet_until: datetime | None
) -> None:
    tx.run(
        _SET_MARK,
        request_id=request_id,
        person_id=person_id,
        due_at=due_at,
        quiet_until=quiet_until,
        sent=0,
    )


def _working_time(tx: Tx, person_id: str, business_id: str) -> WorkingTime:
    person = tx.one(_PERSON, person=person_id)
    business = directory.find_business_row(tx, business_id)
    assert person is not None
    assert business is not None
    return working_time(
        hours=business.hours, days_off=business.days_off, zone=person.zone, otherwise=business.zone
    )


def digest_due(tx: Tx, *, now: datetime, limit: int = 100) -> int:
    """Send each person whose marks are due one digest, never a second on the same day of theirs.

    Who is not at work now (a late sweep, a new day off) gets it when they next are. A sweep's step.
    """
    people = tx.all(_PEOPLE_DUE, at=now, most=limit)
    for person in people:
        _send_digest(tx, person.person_id, now=now)
    return len(people)


def _send_digest(tx: Tx, person_id: str, *, now: datetime) -> None:
    chosen: list[Row] = []
    day = ""
    for mark in tx.all(_DUE_FOR, person=person_id, at=now):
        request = requests.find_row(tx, mark.request_id)
        assert request is not None
        # Who decides for two businesses has the hours and days off of each.
        working = _working_time(tx, person_id, mark.deciding_id)
        today = local_day(now, working).isoformat()
        rests_until = _rests_until(tx, request.id, person_id, mark.quiet_until, now=now)
        next_at = None
        if not _still_wanted(tx, request, person_id, now=now):
            pass
        elif rests_until is not None:
            next_at = next_working_moment(rests_until, working)
        elif not is_working(now, working):
            next_at = next_working_moment(now, working)
        elif len(chosen) >= MOST_IN_DIGEST or tx.all(_DIGEST_OF_DAY, person=person_id, the_day=today):
            next_at = next_working_morning(now, working)
        else:
            chosen.append(request)
            day = today
        if next_at is not None and next_at >= request.expires_at:
            next_at = None
        tx.run(
            _MOVE_MARK,
            request=request.id,
            person=person_id,
            seen_at=mark.due_at,
            next_at=next_at,
            more=1 if chosen and chosen[-1] is request else 0,
        )
    if chosen:
        _put_digest(tx, person_id, chosen, day=day, now=now)


def _still_wanted(tx: Tx, request: Row, person_id: str, *, now: datetime) -> bool:
    is_open = RequestState(request.state).is_open and now < request.expires_at
    return is_open and any(admin.id == person_id for admin in _approvers(tx, request))


def _put_digest(tx: Tx, person_id: str, chosen: list[Row], *, day: str, now: datetime) -> None:
    person = tx.one(_PERSON, person=person_id)
    assert person is not None
    digest_id = directory.make_id(tx, NodeKind.DIGEST)
    tx.run(_INSERT_DIGEST, id=digest_id, person_id=person_id, day=day, created_at=now)
    tx.many(
        _INSERT_DIGEST_ITEM,
        [
            {"digest_id": digest_id, "position": position, "request_id": request.id}
            for position, request in enumerate(chosen)
        ],
    )
    outbox.put_card(
        tx,
        subject_id=digest_id,
        audience=Audience.DIGEST,
        version=1,
        team_id=person.team_id,
        user_id=person.user_id,
        now=now,
        follows=[request.id for request in chosen],
    )
    for request in chosen:
        tx.append(
            Event(
                kind="request.nudged",
                subject_kind="request",
                subject_id=request.id,
                business_id=request.deciding_id,
                version=request.version,
                actor=directory.as_recorded(CLOCK),
                source=CLOCK.source,
                policy_version=directory.policy_version(tx, request.deciding_id),
                data={"person": person_id, "digest": digest_id},
                at=now,
            )
        )


def place_digest(tx: Tx, digest_id: str, *, now: datetime) -> datetime | None:
    """Return when a digest may be posted; that day of its person's is the digest's own from now on.

    It may come late from us: then it is when its person next works, on a day that has no other digest.
    None if they can decide nothing in it any more. Raises KeyError for an unknown id.
    """
    row = tx.one(_FIND_DIGEST, digest=digest_id)
    if row is None:
        raise KeyError(digest_id)
    moments = []
    for item in tx.all(_ITEMS_OF_DIGEST, digest=digest_id):
        request = requests.find_row(tx, item.request_id)
        assert request is not None
        if _still_wanted(tx, request, row.person_id, now=now):
            moments.append(_free_moment(tx, row, request.deciding_id, now=now))
    if not moments:
        return None
    moment, day = min(moments)
    if day != row.day:
        tx.run(_MOVE_DIGEST, digest=row.id, the_day=day)
    return moment


def _free_moment(tx: Tx, digest: Row, business_id: str, *, now: datetime) -> tuple[datetime, str]:
    """Return when a digest's person next works on a day without another digest, and that day of theirs."""
    working = _working_time(tx, digest.person_id, business_id)
    moment = next_working_moment(now, working)
    while True:
        day = local_day(moment, working).isoformat()
        if all(
            other.id == digest.id for other in tx.all(_DIGEST_OF_DAY, person=digest.person_id, the_day=day)
        ):
            return moment, day
        moment = next_working_morning(moment, working)


def digest_card(tx: Tx, digest_id: str, *, now: datetime) -> DigestView:
    """Return a digest as it stands now. Raises KeyError for an unknown id."""
    row = tx.one(_FIND_DIGEST, digest=digest_id)
    if row is None:
        raise KeyError(digest_id)
    items = tx.all(_ITEMS_OF_DIGEST, digest=digest_id)
    return DigestView(
        id=row.id,
        person=directory.name_of(tx, row.person_id) or "",
        created_at=row.created_at,
        items=tuple(
            DigestItemView(
                request=cards.request_card(tx, item.request_id, now=now),
                snoozed_until=item.quiet_until if item.quiet_until and item.quiet_until > now else None,
            )
            for item in items
        ),
    )


def warn_requester_due(tx: Tx, *, now: datetime, limit: int = 100) -> int:
    """Tell the askers of requests that expire within a day, once. A sweep's step."""
    due = tx.all(_WARN_DUE, at=now, most=limit)
    for request in due:
        if not tx.run(_WARNED, request=request.id, seen_at=request.warn_at) or now >= request.expires_at:
            continue
        person = grants.whom_to_tell(tx, request_id=request.id, business_id=request.requesting_id)
        if person is not None:
            outbox.put_card(
                tx,
                subject_id=request.id,
                audience=Audience.EXPIRY,
                version=request.version,
                team_id=person.team_id,
                user_id=person.user_id,
                now=now,
            )
    return len(due)


# --- what people say to a nudge ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    request: Row
    who: Principal


def _open_for(tx: Tx, request_id: str, *, verb: str, side: str, by: Actor, now: datetime) -> _Found | Denied:
    """Return an open request to an admin of the side that `side` names (a column of it).

    On the deciding side to those alone who may decide: nobody slows down the others on their own.
    """
    who = directory.principal_of(tx, by)
    request = requests.find_row(tx, request_id)
    business = directory.find_business(tx, getattr(request, side)) if request else None
    reason = (
        DenialReason.UNKNOWN_REQUEST if business is None else may_administer(who, business=business).reason
    )
    if request is not None and reason is None and side == "deciding_id":
        if who.person_id in (request.requester_id, request.author_id):
            reason = DenialReason.OWN_REQUEST
        elif request.requesting_id in who.memberships:
            reason = DenialReason.BOTH_SIDES
    if request is None or reason is not None:
        unknown = Denied(reason=reason or DenialReason.UNKNOWN_REQUEST)
        return requests.deny(tx, unknown, verb, by=by, who=who, now=now, about=request_id)
    if RequestState(request.state).is_open and now < request.expires_at:
        return _Found(request=request, who=who)
    over = Denied(
        reason=DenialReason.ALREADY_OVER if request.over_at else DenialReason.EXPIRED,
        subject_kind="request",
        subject_id=request.id,
        ref=request.ref,
        state=RequestState(request.state),
        by=directory.name_of(tx, request.over_by),
        at=request.over_at or request.expires_at,
    )
    return requests.deny(
        tx, over, verb, by=by, who=who, now=now, business_id=getattr(request, side), about=request.id
    )


def _note(
    tx: Tx, kind: str, found: _Found, *, business_id: str, by: Actor, now: datetime, **more: Any
) -> None:
    request = found.request
    tx.append(
        Event(
            kind=kind,
            subject_kind="request",
            subject_id=request.id,
            business_id=business_id,
            version=request.version,
            actor=directory.as_recorded(by, found.who, business_id=business_id),
            source=by.source,
            policy_version=directory.policy_version(tx, business_id),
            at=now,
            **more,
        )
    )


def snooze(tx: Tx, request_id: str, *, by: Actor, now: datetime) -> Snoozed | Denied:
    """Put a request off until the decider's next working morning; never past its expiry."""
    found = _open_for(tx, request_id, verb="snooze", side="deciding_id", by=by, now=now)
    if isinstance(found, Denied):
        return found
    request, person_id = found.request, found.who.person_id
    assert person_id is not None
    morning = next_working_morning(now, _working_time(tx, person_id, request.deciding_id))
    until = morning if morning < request.expires_at else None
    _set_mark(tx, request.id, person_id, due_at=until, quiet_until=until or request.expires_at)
    _note(tx, "request.snoozed", found, business_id=request.deciding_id, by=by, now=now)
    outbox.put_updates(tx, subject_id=request.id, version=request.version, now=now)
    return Snoozed(request_id=request.id, ref=request.ref, until=until)


def acknowledge(tx: Tx, request_id: str, *, by: Actor, now: datetime) -> Acknowledged | Denied:
    """Tell the other deciders that somebody is looking at it: their nudges rest for a day."""
    found = _open_for(tx, request_id, verb="acknowledge", side="deciding_id", by=by, now=now)
    if isinstance(found, Denied):
        return found
    request, person_id = found.request, found.who.person_id
    until = now + ACKNOWLEDGED_FOR
    tx.run(_ACKNOWLEDGE, request_id=request.id, person_id=person_id, until=until)
    others = sum(1 for admin in _approvers(tx, request) if admin.id != person_id)
    _note(tx, "request.looked_into", found, business_id=request.deciding_id, by=by, now=now)
    outbox.put_updates(tx, subject_id=request.id, version=request.version, now=now)
    return Acknowledged(request_id=request.id, ref=request.ref, until=until, others=others)


def remind(tx: Tx, request_id: str, *, by: Actor, now: datetime) -> Reminded | Denied:
    """Have the deciders nudged at the asker's wish, once a day: it joins the next digest of each."""
    found = _open_for(tx, request_id, verb="remind", side="requesting_id", by=by, now=now)
    if isinstance(found, Denied):
        return found
    request = found.request
    if request.reminded_at is not None and now < request.reminded_at + cards.REMIND_EVERY:
        denied = Denied(
            reason=DenialReason.REMINDED_ALREADY,
            subject_kind="request",
            subject_id=request.id,
            ref=request.ref,
            at=request.reminded_at + cards.REMIND_EVERY,
        )
        return requests.deny(
            tx,
            denied,
            "remind",
            by=by,
            who=found.who,
            now=now,
            business_id=request.requesting_id,
            about=request.id,
        )
    tx.run(_REMIND, request=request.id, expected_version=request.version, at=now)
    people = _mark_approvers(tx, request, again=True, now=now)
    _note(tx, "request.reminded", found, business_id=request.requesting_id, by=by, now=now)
    outbox.put_updates(tx, subject_id=request.id, version=request.version, now=now)
    return Reminded(request_id=request.id, ref=request.ref, people=people)


# --- questions and answers -----------------------------------------------------------------------


def comment(tx: Tx, request_id: str, text: str, *, by: Actor, now: datetime) -> Commented | Denied | Invalid:
    """Write to the other side about a request: it appears in the threads of both sides' cards.

    An admin of the deciding business asks, an admin of the asking one answers; also after the decision.
    """
    who = directory.principal_of(tx, by)
    request = requests.find_row(tx, request_id)
    side = cards.side_of(tx, request_id, by=by)
    if request is None or side is None:
        unknown = Denied(reason=DenialReason.UNKNOWN_REQUEST)
        return requests.deny(tx, unknown, "comment", by=by, who=who, now=now, about=request_id)
    business_id = request.requesting_id if side is cards.Side.REQUESTING else request.deciding_id
    business = directory.find_business(tx, business_id)
    assert business is not None
    reason = may_administer(who, business=business).reason
    if reason is not None:
        denied = Denied(reason=reason, subject_kind="request", subject_id=request.id, ref=request.ref)
        return requests.deny(
            tx, denied, "comment", by=by, who=who, now=now, business_id=business_id, about=request.id
        )
    words = tidy(text)
    if not words or len(words) > LONGEST_REASON:
        code = ErrorCode.TOO_LONG if words else ErrorCode.NO_WORDS
        return Invalid(field_errors=(FieldError(field="text", code=code, got=str(len(words))),))
    today = tx.one(_COMMENTS_SINCE, request=request.id, since=now - timedelta(days=1))
    if today is not None and today.number >= MOST_COMMENTS_A_DAY:
        many = Denied(
            reason=DenialReason.TOO_MANY_COMMENTS,
            subject_kind="request",
            subject_id=request.id,
            ref=request.ref,
        )
        return requests.deny(
            tx, many, "comment", by=by, who=who, now=now, business_id=business_id, about=request.id
        )
    comment_id = secrets.token_hex(8)
    tx.run(
        _INSERT_COMMENT,
        id=comment_id,
        request_id=request.id,
        person_id=who.person_id,
        business_id=business_id,
        text=words,
        at=now,
    )
    found = _Found(request=request, who=who)
    _note(tx, "request.remark", found, business_id=business_id, by=by, now=now, text=words)
    outbox.put_updates(tx, subject_id=request.id, version=request.version, now=now)
    for audience in (Audience.REQUESTER, Audience.AUTHOR, Audience.APPROVERS):
        outbox.put_notices(
            tx,
            subject_id=request.id,
            audience=audience,
            about=f"remark:{comment_id}",
            version=request.version,
            now=now,
        )
    return Commented(request_id=request.id, ref=request.ref)
