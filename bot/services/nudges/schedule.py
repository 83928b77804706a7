"""When people are nudged: a request's date comes, and each of them gets a date in their own working hours.

While it is open, those who can decide it. Once it is approved, its date comes once more: the holder's person
is asked whether the access works.

Each step claims its rows by moving their dates. A date that was missed is not made up for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from bot.domain.calendar import WorkingTime, local_day, next_working_moment, next_working_morning
from bot.domain.messages import Audience
from bot.domain.nudging import are_nudges_used_up, next_nudge
from bot.domain.requests import RequestState
from bot.services import approvers, cards, deadlines, requests, routing
from bot.services.context import Context
from bot.services.nudges import escalation
from bot.store import tables
from bot.store.compiled import upsert

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

# What becomes due this soon after is included: requests come in groups, and a digest comes once a day.
_GATHER = timedelta(hours=1)
_TRIED_AGAIN_AFTER = timedelta(days=1)

_request = tables.table_of(tables.Request)
_nudge = tables.table_of(tables.Nudge)
_digest = tables.table_of(tables.Digest)
_digest_item = tables.table_of(tables.DigestItem)
_person = tables.table_of(tables.Person)
_also: Any = _request.alias("also")
_REQUESTS_DUE = (
    select(_request)
    .where(
        _request.c.nudge_at <= bindparam("soon"),
        # Keeps the planner off the index over a business's requests, few of which are due. All that are
        # decided by people count as of one.
        func.coalesce(_request.c.deciding_id, "").in_(
            select(func.coalesce(_also.c.deciding_id, "")).where(_also.c.nudge_at <= bindparam("at"))
        ),
    )
    .order_by(_request.c.nudge_at)
    .limit(bindparam("most"))
)
_REQUESTS_NEXT = (
    select(_request)
    .where(_request.c.nudge_at > bindparam("at"))
    .order_by(_request.c.nudge_at)
    .limit(bindparam("most"))
)
_MARKED_NEXT = (
    select(_nudge.c.person_id, _nudge.c.due_at, _request)
    .join_from(_nudge, _request, _nudge.c.request_id == _request.c.id)
    .where(_nudge.c.due_at > bindparam("at"))
    .order_by(_nudge.c.due_at)
    .limit(bindparam("most"))
)
_DIGEST_OF_DAY = select(_digest.c.id).where(
    _digest.c.person_id == bindparam("person"), _digest.c.day == bindparam("the_day")
)
_MOVE_NUDGE = (
    update(_request)
    .where(_request.c.id == bindparam("request"), _request.c.nudge_at == bindparam("seen_at"))
    .values(nudge_at=bindparam("next_at"))
)
_MARKS = select(_nudge).where(_nudge.c.request_id == bindparam("request"))
_new_mark = upsert(_nudge)
_SET_MARK = _new_mark.on_conflict_do_update(
    index_elements=["request_id", "person_id"],
    set_={"due_at": _new_mark.excluded.due_at, "quiet_until": _new_mark.excluded.quiet_until},
)
_PERSON = select(_person).where(_person.c.id == bindparam("person"))
_TOLD = (
    select(_digest.c.id)
    .join_from(_digest_item, _digest, _digest_item.c.digest_id == _digest.c.id)
    .where(
        _digest_item.c.request_id == bindparam("request"),
        _digest.c.person_id == bindparam("person"),
        _digest.c.day == bindparam("the_day"),
    )
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


def nudge_due(ctx: Context, *, limit: int = 100) -> int:
    """Mark whom to nudge about requests that are due, each in their own working hours. A sweep's step.

    Once the nudges are used up, the backups are marked instead.
    """
    due = ctx.tx.all(_REQUESTS_DUE, at=ctx.now, soon=ctx.now + _GATHER, most=limit)
    taken = 0
    for request in ctx.some(due):
        taken += 1
        people = people_to_nudge(ctx, request)
        following, backups = _following(ctx, request, people)
        if not ctx.tx.touched(_MOVE_NUDGE, request=request.id, seen_at=request.nudge_at, next_at=following):
            continue
        if backups:
            reader_of = readers_of(ctx, request)
            unanswered = [*dict.fromkeys(reader_of(person.id) for person in people)]
            asked = [*dict.fromkeys(reader_of(person.id) for person in backups)]
            escalation.escalate(ctx, request, unanswered=unanswered, asked=asked)
            people = [*backups] if following is not None else [*people, *backups]
        mark_people(ctx, request, people, again=not _is_open(request))
    return taken


def _following(ctx: Context, request: Row, people: Sequence[Row]) -> tuple[datetime | None, Sequence[Row]]:
    """Return when people are next nudged about a request (None: no more), and the backups to ask now."""
    if not _is_open(request):
        # It is asked once; where nobody is there to ask, that is tried again.
        is_put_off = not people and requests.is_asked_about(ctx, request)
        return (ctx.now + _TRIED_AGAIN_AFTER if is_put_off else None), ()
    after = max(ctx.now, request.nudge_at)
    points = {"created_at": request.created_at, "expires_at": request.expires_at, "after": after}
    points |= {"last": deadlines.last_nudge(ctx, request, people, expires_at=request.expires_at)}
    following = next_nudge(**points)
    backups = escalation.still_to_ask(ctx, request, approvers.able_to_answer(ctx, request))
    if not backups:
        return following, ()
    if not are_nudges_used_up(created_at=request.created_at, due_at=request.nudge_at, following=following):
        return next_nudge(**points, escalate_at=escalation.escalate_at(ctx, request, after=after)), ()
    looked_at = routing.looking(ctx, request)
    if looked_at and following is not None:  # nobody else is asked before they have looked
        return min(following, max(look.until for look in looked_at)), ()
    return following, backups


def next_reminder(ctx: Context, *, most: int = 20) -> datetime | None:
    """Return when somebody will next be nudged, as far as can be said now."""
    wanted = [
        (admin.id, request.nudge_at, request)
        for request in ctx.tx.all(_REQUESTS_NEXT, at=ctx.now, most=most)
        for admin in people_to_nudge(ctx, request)
    ]
    wanted += [
        (mark.person_id, mark.due_at, mark) for mark in ctx.tx.all(_MARKED_NEXT, at=ctx.now, most=most)
    ]
    moments = []
    for of_id, at, request in wanted:
        person_id = readers_of(ctx, request)(of_id)
        working = working_time_of(ctx, person_id, side_to_nudge(ctx, request))
        moment, _ = free_moment(ctx, person_id, next_working_moment(at, working), working)
        moments += [] if is_too_late(request, moment) else [moment]
    return min(moments, default=None)


def free_moment(
    ctx: Context, person_id: str, moment: datetime, working: WorkingTime, *, excluding: str | None = None
) -> tuple[datetime, str]:
    """Return when from `moment` on somebody works on a day without a digest, and that day of theirs.

    The digest `excluding` is not counted.
    """
    while True:
        day = local_day(moment, working).isoformat()
        if not has_digest(ctx, person_id, day, excluding=excluding):
            return moment, day
        moment = next_working_morning(moment, working)


def has_digest(ctx: Context, person_id: str, day: str, *, excluding: str | None = None) -> bool:
    """Say whether somebody has a digest on a day of theirs, other than `excluding`."""
    found = ctx.tx.all(_DIGEST_OF_DAY, person=person_id, the_day=day)
    return any(other.id != excluding for other in found)


def _is_open(request: Row) -> bool:
    return RequestState(request.state).is_open


def business_to_nudge(request: Row) -> str | None:
    """Return the business whose people are nudged about a request: it decides it, or holds what it gave.

    None: the admins of an asset decide it.
    """
    business_id: str | None = request.deciding_id if _is_open(request) else request.holder_id
    return business_id


def side_to_nudge(ctx: Context, request: Row) -> Row | approvers.AssetSide:
    """Return those who are nudged about a request, with their policy."""
    business_id = business_to_nudge(request)
    side = approvers.deciding_side(ctx, request) if business_id is None else ctx.business_row(business_id)
    assert side is not None
    return side


def is_too_late(request: Row, moment: datetime) -> bool:
    """Say whether a nudge at this moment would come after the request's own end."""
    return _is_open(request) and moment >= request.expires_at


def people_to_nudge(ctx: Context, request: Row) -> list[Row]:
    """Return who is to be nudged about a request now: who can decide it, or who is asked whether it works."""
    return approvers_to_nudge(ctx, request) if _is_open(request) else requests.to_ask(ctx, request)


def is_wanted(ctx: Context, request: Row, person_id: str) -> bool:
    """Say whether somebody can still do what they are nudged about: decide, or say whether it works."""
    if _is_open(request):
        is_approver = any(admin.id == person_id for admin in approvers.able_to_answer(ctx, request))
        return is_approver and ctx.now < request.expires_at
    return requests.is_asked_about(ctx, request) and requests.may_be_asked(ctx, request, person_id)


def approvers_to_nudge(ctx: Context, request: Row) -> list[Row]:
    """Return those who are asked to decide by now, and have not approved yet."""
    return routing.asked_now(ctx, request, approvers.able_to_answer(ctx, request))


def mark_people(ctx: Context, request: Row, people: Sequence[Row], *, again: bool) -> int:
    """Mark each person for their next working moment, unless they snoozed it; return how many get it.

    It is that of who reads it, where somebody else stands in for them.

    Somebody who was nudged about it on that same day is marked only with `again`.
    """
    marks = {row.person_id: row for row in ctx.tx.all(_MARKS, request=request.id)}
    looks = routing.looking(ctx, request)
    new, told = [], set[str]()
    times = _reading_times(ctx, request, people)
    for person, (reader_id, working) in zip(people, times, strict=True):
        snoozed = marks[person.id].quiet_until if person.id in marks else None
        due_at = next_working_moment(_quiet_until(ctx, looks, person.id, snoozed) or ctx.now, working)
        if not again and was_told(ctx, request.id, reader_id, local_day(due_at, working).isoformat()):
            continue
        if not is_too_late(request, due_at):
            new.append(_mark(request.id, person.id, due_at=due_at, quiet_until=snoozed))
            told.add(reader_id)
    ctx.tx.many(_SET_MARK, new)
    return len(told)


def quiet_until_of(ctx: Context, request: Row, person_id: str, snoozed: datetime | None) -> datetime | None:
    """Return until when somebody is not nudged: they snoozed it, or somebody else is looking at it."""
    return _quiet_until(ctx, routing.looking(ctx, request), person_id, snoozed)


def _quiet_until(
    ctx: Context, looks: Sequence[Row], person_id: str, snoozed: datetime | None
) -> datetime | None:
    moments = [look.until for look in looks if look.person_id != person_id]
    moments += [snoozed] if snoozed is not None and snoozed > ctx.now else []
    return max(moments, default=None)


def set_mark(
    tx: Tx, request_id: str, person_id: str, *, due_at: datetime | None, quiet_until: datetime | None
) -> None:
    """Note when somebody is to be nudged about a request, and until when they snoozed it."""
    tx.run(_SET_MARK, **_mark(request_id, person_id, due_at=due_at, quiet_until=quiet_until))


def _mark(
    request_id: str, person_id: str, *, due_at: datetime | None, quiet_until: datetime | None
) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "person_id": person_id,
        "due_at": due_at,
        "quiet_until": quiet_until,
    }


def was_told(ctx: Context, request_id: str, person_id: str, day: str) -> bool:
    """Say whether a request stood in somebody's digest on a day of theirs."""
    return bool(ctx.tx.all(_TOLD, request=request_id, person=person_id, the_day=day))


def quiet_until_mark(ctx: Context, request_id: str, person_id: str) -> datetime | None:
    """Return until when somebody has snoozed a request, if they have."""
    marks = ctx.tx.all(_MARKS, request=request_id)
    return next((mark.quiet_until for mark in marks if mark.person_id == person_id), None)


def readers_of(ctx: Context, request: Row) -> Callable[[str], str]:
    """Return who reads what somebody is nudged about: they, or who stands in and can do the same; by ids."""

    def able() -> list[Row]:
        if _is_open(request):
            return approvers.able_to_answer(ctx, request)
        return approvers.admins(ctx.tx, request.holder_id)

    return routing.readers(ctx, business_to_nudge(request), able)


def _reading_times(ctx: Context, request: Row, people: Sequence[Row]) -> list[tuple[str, WorkingTime]]:
    """Return for each of these people who reads what they are nudged about, and when that one works."""
    reader_of, side = readers_of(ctx, request), side_to_nudge(ctx, request)
    found = [(reader_of(person.id), person) for person in people]
    return [
        (
            reader_id,
            deadlines.working_time_at(side, person)
            if reader_id == person.id
            else working_time_of(ctx, reader_id, side),
        )
        for reader_id, person in found
    ]


def working_time_of(ctx: Context, person_id: str, side: Row | approvers.AssetSide) -> WorkingTime:
    """Return when somebody works, as far as a side is concerned: its hours and days off, their own zone."""
    person = ctx.tx.one(_PERSON, person=person_id)
    assert person is not None
    return deadlines.working_time_at(side, person)


def warn_requester_due(ctx: Context, *, limit: int = 100) -> int:
    """Tell the requester once, a day before a request expires. A sweep's step."""
    due = ctx.tx.all(_WARN_DUE, at=ctx.now, most=limit)
    taken = 0
    for request in ctx.some(due):
        taken += 1
        if (
            not ctx.tx.touched(_WARNED, request=request.id, seen_at=request.warn_at)
            or ctx.now >= request.expires_at
        ):
            continue
        cards.post_where_told(ctx, request.id, Audience.EXPIRY)
    return taken
