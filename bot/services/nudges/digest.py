"""One digest a person and day, in their own working hours: up to ten requests that wait for their word."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from bot.domain.calendar import is_working, local_day, next_working_moment, next_working_morning
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.messages import Audience
from bot.domain.requests import RequestState
from bot.services import approvers, cards, deadlines, directory, grants, moves, requests, routing
from bot.services.context import Context
from bot.services.nudges.schedule import (
    business_to_nudge,
    free_moment,
    has_digest,
    is_too_late,
    is_wanted,
    quiet_until_mark,
    quiet_until_of,
    readers_of,
    side_to_nudge,
    was_told,
    working_time_of,
)
from bot.services.views.requests import DigestItemView, DigestView
from bot.store import tables
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row

MOST_IN_DIGEST = 10
_MARKS_A_STEP = 100
"""How many marks of one person a step looks at: what they can decide first, the soonest to expire first."""

_request = tables.table_of(tables.Request)
_nudge = tables.table_of(tables.Nudge)
_digest = tables.table_of(tables.Digest)
_digest_item = tables.table_of(tables.DigestItem)

_PEOPLE_DUE = (
    select(_nudge.c.person_id)
    .where(_nudge.c.due_at <= bindparam("at"))
    .group_by(
        tables.not_by_index(_nudge.c.person_id), _nudge.c.person_id
    )  # so that only what is due is looked at
    .order_by(_nudge.c.person_id)
    .limit(bindparam("most"))
)
_DUE_FOR = (
    select(
        _nudge.c.request_id,
        _nudge.c.person_id,
        _nudge.c.due_at,
        _nudge.c.quiet_until,
        _request.c.over_at.is_not(None).label("is_over"),
        _request.c.expires_at,
    )
    .join_from(_nudge, _request, _nudge.c.request_id == _request.c.id)
    .where(_nudge.c.person_id == bindparam("person"), _nudge.c.due_at <= bindparam("at"))
    .order_by(_request.c.over_at.is_not(None), _request.c.expires_at, _request.c.id)
    .limit(bindparam("most"))
)
_MOVE_MARK = (
    update(_nudge)
    .where(
        _nudge.c.request_id == bindparam("request"),
        _nudge.c.person_id == bindparam("person"),
        _nudge.c.due_at == bindparam("seen_at"),
    )
    .values(due_at=bindparam("next_at"))
)
_INSERT_DIGEST = insert(_digest)
_MOVE_DIGEST = update(_digest).where(_digest.c.id == bindparam("digest")).values(day=bindparam("the_day"))
_INSERT_DIGEST_ITEM = insert(_digest_item)
_FIND_DIGEST = select(_digest).where(_digest.c.id == bindparam("digest"))
_ITEMS_OF_DIGEST = (
    select(
        _digest_item.c.request_id,
        _digest_item.c.is_question,
        _digest_item.c.for_id,
        _nudge.c.quiet_until,
        _request.c.id,
        _request.c.deciding_id,
    )
    .join_from(_digest_item, _digest, _digest_item.c.digest_id == _digest.c.id)
    .join(_request, _request.c.id == _digest_item.c.request_id)
    .join(
        _nudge,
        (_nudge.c.request_id == _digest_item.c.request_id) & (_nudge.c.person_id == _digest.c.person_id),
        isouter=True,
    )
    .where(_digest_item.c.digest_id == bindparam("digest"))
    .order_by(_digest_item.c.position)
)


def digest_due(ctx: Context, *, limit: int = 100) -> int:
    """Send each person whose marks are due one digest, never a second on the same day of theirs.

    Somebody who is not at work now (a late sweep, a new day off) gets it when they next are. Who stands in
    for somebody gets theirs with their own. A sweep's step.
    """
    people = ctx.tx.all(_PEOPLE_DUE, at=ctx.now, most=limit)
    taken = 0
    for person in ctx.some(people):
        taken += 1
        for reader_id in routing.could_read_for(ctx, person.person_id):
            _send_digest(ctx, reader_id)
    return taken


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A request of a digest, and for whom its reader gets it; None: for themselves."""

    request: Row
    for_id: str | None


def _send_digest(ctx: Context, reader_id: str) -> None:
    chosen: dict[str, _Chosen] = {}
    day = ""
    for mark in ctx.some(_marks_read_by(ctx, reader_id)):
        request = moves.find_row(ctx.tx, mark.request_id)
        assert request is not None
        # An approver for two businesses has the hours and days off of each.
        working = working_time_of(ctx, reader_id, side_to_nudge(ctx, request))
        today = local_day(ctx.now, working).isoformat()
        is_for_other = mark.person_id != reader_id
        snoozed = quiet_until_mark(ctx, request.id, reader_id) if is_for_other else mark.quiet_until
        quiet = quiet_until_of(ctx, request, reader_id, snoozed)
        next_at = None
        if not is_wanted(ctx, request, mark.person_id):
            _ask_somebody_else(ctx, request)
        elif quiet is not None:
            next_at = next_working_moment(quiet, working)
        elif not is_working(ctx.now, working):
            next_at = next_working_moment(ctx.now, working)
        elif is_for_other and (request.id in chosen or was_told(ctx, request.id, reader_id, today)):
            pass  # they have it on their own account
        elif len(chosen) >= MOST_IN_DIGEST or has_digest(ctx, reader_id, today):
            next_at = next_working_morning(ctx.now, working)
        else:
            chosen[request.id] = _Chosen(request, mark.person_id if is_for_other else None)
            day = today
        if next_at is not None and is_too_late(request, next_at):
            next_at = None
        ctx.tx.run(
            _MOVE_MARK,
            request=request.id,
            person=mark.person_id,
            seen_at=mark.due_at,
            next_at=next_at,
        )
    if chosen:
        _put_digest(ctx, reader_id, [*chosen.values()], day=day)


def _marks_read_by(ctx: Context, reader_id: str) -> Iterator[Row]:
    """Yield the marks due that somebody reads: their own, and of those for whom they stand in now."""
    people = routing.could_be_read_by(ctx, reader_id)
    due = {one: ctx.tx.all(_DUE_FOR, person=one, at=ctx.now, most=_MARKS_A_STEP) for one in people}
    if routing.could_read_for(ctx, reader_id) == people == [reader_id]:  # nobody stands in for anybody
        yield from due[reader_id]
        return
    marks = itertools.chain(*due.values())
    for mark in sorted(marks, key=lambda one: (one.is_over, one.expires_at, one.request_id)):
        request = moves.find_row(ctx.tx, mark.request_id)
        assert request is not None
        if readers_of(ctx, request)(mark.person_id) == reader_id:
            yield mark


def _is_question(request: Row) -> bool:
    return not RequestState(request.state).is_open


def _ask_somebody_else(ctx: Context, request: Row) -> None:
    """Have the next of the holder's people be asked whether access works, since one who was to be is gone."""
    if requests.is_asked_about(ctx, request):
        deadlines.ask_at(ctx, request.id, ctx.now)


def _put_digest(ctx: Context, person_id: str, chosen: Sequence[_Chosen], *, day: str) -> None:
    digest_id = directory.make_id(ctx.tx, NodeKind.DIGEST)
    ctx.tx.run(_INSERT_DIGEST, id=digest_id, person_id=person_id, day=day, created_at=ctx.now)
    ctx.tx.many(
        _INSERT_DIGEST_ITEM,
        [
            {
                "digest_id": digest_id,
                "position": position,
                "request_id": one.request.id,
                "is_question": _is_question(one.request),
                "for_id": one.for_id,
            }
            for position, one in enumerate(chosen)
        ],
    )
    cards.post_to_person(
        ctx,
        digest_id,
        Audience.DIGEST,
        person_id,
        version=1,
        follows=[one.request.id for one in chosen],
    )
    for one in chosen:
        request = one.request
        facts: dict[str, Any] = {"for_person": one.for_id} if one.for_id else {}
        ctx.record(
            EventKind.REQUEST_ASKED if _is_question(request) else EventKind.REQUEST_NUDGED,
            Subject(SubjectKind.REQUEST, request.id),
            business_id=business_to_nudge(request),
            version=request.version,
            person=person_id,
            digest=digest_id,
            **facts,
        )


def place_digest(ctx: Context, digest_id: str) -> datetime | None:
    """Return when a digest may be posted, and reserve that local day of its person for it.

    If it is sent late, that is when the person next works, on a day without another digest.
    None if they can decide nothing in it any more. Raise KeyError for an unknown id.
    """
    row = ctx.tx.one(_FIND_DIGEST, digest=digest_id)
    if row is None:
        raise KeyError(digest_id)
    moments = []
    for item in ctx.tx.all(_ITEMS_OF_DIGEST, digest=digest_id):
        request = moves.find_row(ctx.tx, item.request_id)
        assert request is not None
        if bool(item.is_question) is _is_question(request) and is_wanted(ctx, request, row.person_id):
            moments.append(_free_moment(ctx, row, side_to_nudge(ctx, request)))
    if not moments:
        return None
    moment, day = min(moments)
    if day != row.day:
        ctx.tx.run(_MOVE_DIGEST, digest=row.id, the_day=day)
    return moment


def _free_moment(ctx: Context, digest: Row, side: Row | approvers.AssetSide) -> tuple[datetime, str]:
    """Return when a digest's person next works on a day without another digest, and that day of theirs."""
    working = working_time_of(ctx, digest.person_id, side)
    now = next_working_moment(ctx.now, working)
    return free_moment(ctx, digest.person_id, now, working, excluding=digest.id)


def digest_card(ctx: Context, digest_id: str) -> DigestView:
    """Return a digest as it stands now, without what its reader no longer decides on.

    Raise KeyError for an unknown id.
    """
    row = ctx.tx.one(_FIND_DIGEST, digest=digest_id)
    if row is None:
        raise KeyError(digest_id)
    items = ctx.tx.all(_ITEMS_OF_DIGEST, digest=digest_id)
    shown = [_item_view(ctx, item, row.person_id) for item in items]
    failed, stuck = grants.count_not_at_meta(ctx, row.person_id)
    return DigestView(
        id=row.id,
        person=directory.name_of(ctx.tx, row.person_id) or "",
        zone=directory.zone_of(ctx.tx, row.person_id),
        created_at=row.created_at,
        items=tuple(one for one in shown if one is not None),
        failed=failed,
        stuck=stuck,
    )


def _item_view(ctx: Context, item: Row, person_id: str) -> DigestItemView | None:
    """Return one request of a digest; None if its reader has no longer anything to do with it."""
    if item.is_question:
        request = moves.find_row(ctx.tx, item.request_id)
        assert request is not None
        if not requests.may_be_asked(ctx, request, person_id):
            return None
        return DigestItemView(
            request=requests.request_card(ctx, request.id, side=requests.holders_side(request)),
            snoozed_until=None,
            is_question=True,
            since=requests.in_force_since(ctx, request),
            instead_of=directory.name_of(ctx.tx, item.for_id),
        )
    if not approvers.acts_on(ctx.tx, item, person_id):
        return None
    return DigestItemView(
        request=requests.request_card(ctx, item.request_id, side=Audience.DIGEST.side, reader=person_id),
        snoozed_until=item.quiet_until if item.quiet_until and item.quiet_until > ctx.now else None,
        instead_of=directory.name_of(ctx.tx, item.for_id),
    )
