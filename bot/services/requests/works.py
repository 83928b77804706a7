"""Whether the access that a request gave works: its holder is asked once, and what they say is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update

from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.kinds import RULES, Gives, RequestKind, Side
from bot.domain.messages import Notice
from bot.domain.nudging import UNASKED_BEFORE_END
from bot.domain.policy import NOT_YET_KNOWN, may_administer, may_view
from bot.services import approvers, cards, deadlines, grants, moves
from bot.services.context import Context
from bot.services.grants import is_live
from bot.services.results import Answered, Denied
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

ASKED_AGAIN_AFTER = timedelta(days=1)

_request = tables.table_of(tables.Request)
_grant = tables.table_of(tables.Grant)
_for_whom = tables.table_of(tables.RequestPerson)
_person = tables.table_of(tables.Person)
_assignment = tables.table_of(tables.Assignment)

_IN_FORCE = select(func.min(_grant.c.starts_at).label("since")).where(
    _grant.c.request_id == bindparam("request"), is_live
)
_LIVE = (
    select(_grant.c.id, _grant.c.version, _grant.c.owner_id)
    .where(_grant.c.request_id == bindparam("request"), is_live)
    .order_by(_grant.c.position)
)
_FOR_WHOM = (
    select(_person)
    .join_from(_for_whom, _person, _for_whom.c.person_id == _person.c.id)
    .where(_for_whom.c.request_id == bindparam("request"))
    .order_by(_person.c.name, _person.c.id)
)
_ON_IT = (
    select(_assignment.c.asset_id)
    .join_from(_grant, _assignment, _grant.c.asset_id == _assignment.c.asset_id)
    .where(
        _grant.c.request_id == bindparam("request"),
        _assignment.c.business_id == _grant.c.holder_id,
        _assignment.c.person_id == bindparam("person"),
    )
    .limit(1)
)
_ANSWER = (
    update(_request)
    .where(_request.c.id == bindparam("request"))
    .values(
        works=bindparam("it_works"),
        works_at=bindparam("at"),
        works_by=bindparam("by_whom"),
        nudge_at=bindparam("ask_at"),
    )
)


def holders_side(request: Row) -> Side:
    """Return the side of a request that holds what it gave."""
    return Side.DECIDING if request.holder_id == request.deciding_id else Side.REQUESTING


def is_in_force(ctx: Context, request: Row, *, at: datetime | None = None) -> bool:
    """Say whether some of what a request gave is in force: now, or still `at` a later time."""
    return in_force_since(ctx, request, at=at) is not None


def in_force_since(ctx: Context, request: Row, *, at: datetime | None = None) -> datetime | None:
    """Return since when the first of what a request gave is in force, of what is; None if nothing is."""
    first = ctx.tx.one(_IN_FORCE, request=request.id, at=at or ctx.now)
    assert first is not None
    return first.since  # type: ignore[no-any-return]  # a column


def is_asked_about(ctx: Context, request: Row) -> bool:
    """Say whether it is worth asking whether a request's access works: it goes on, and nobody said yes."""
    return not request.works and is_in_force(ctx, request, at=ctx.now + UNASKED_BEFORE_END)


def may_be_asked(ctx: Context, request: Row, person_id: str) -> bool:
    """Say whether somebody is still one of the holder's people, as far as Slack has said, and can answer."""
    why = grants.why_not(ctx, person_id, business_id=request.holder_id)
    is_theirs = why is None or why in NOT_YET_KNOWN
    return is_theirs and (
        person_id in moves.people_of(ctx.tx, request.id)
        or approvers.is_admin(ctx.tx, request.holder_id, person_id)
    )


def _is_on_it(ctx: Context, request: Row, person_id: str) -> bool:
    """Say whether somebody for whom a request was has something of it: their own admins may have taken it."""
    if RULES[RequestKind(request.kind)].gives is not Gives.TASKS:  # then there is nothing to assign
        return True
    return ctx.tx.one(_ON_IT, request=request.id, person=person_id) is not None


def to_ask(ctx: Context, request: Row) -> list[Row]:
    """Return who is asked: one of those for whom it is, else the requester, else an admin of the holder."""
    if not is_asked_about(ctx, request):
        return []
    for_whom = [
        one
        for one in ctx.tx.all(_FOR_WHOM, request=request.id)
        if may_be_asked(ctx, request, one.id) and _is_on_it(ctx, request, one.id)
    ]
    others = approvers.to_tell(ctx.tx, requester_id=request.requester_id, business_id=request.holder_id)
    return [*for_whom, *others][:1]


def _find_answerable(ctx: Context, request_id: str) -> Row | Denied:
    """Return a request whose access is in force, to those who can say whether it works."""
    request = moves.find_row(ctx.tx, request_id)
    about = Subject(SubjectKind.REQUEST, request_id)
    if request is None or not may_view(ctx.principal, business=ctx.business(request.holder_id)).is_allowed:
        return ctx.deny(DenialReason.UNKNOWN_REQUEST, about=about)
    is_theirs = ctx.principal.person_id in moves.people_of(ctx.tx, request.id)
    reason = may_administer(ctx.principal, business=ctx.business(request.holder_id)).reason
    if reason is not None and not is_theirs:
        return ctx.deny(Denied(reason=reason, about=about, ref=request.ref), business_id=request.holder_id)
    if not is_in_force(ctx, request):
        over = Denied(reason=DenialReason.GRANT_OVER, about=about, ref=request.ref)
        return ctx.deny(over, business_id=request.holder_id)
    return request


def say_works(ctx: Context, request_id: str, *, works: bool) -> Answered | Denied:
    """Keep whether the access works: those for whom it is can say so, and any admin of the holder.

    If it does not, both sides are told beside their cards, where they go on writing; and again once it does.
    Where an asset has another owner since, that is who is told of it, for the request is not theirs.
    """
    request = _find_answerable(ctx, request_id)
    if isinstance(request, Denied):
        return request
    did_not = request.works is not None and not request.works
    ctx.tx.run(
        _ANSWER,
        request=request.id,
        it_works=works,
        at=ctx.now,
        by_whom=ctx.principal.person_id,
        ask_at=None if works else request.nudge_at,
    )
    ctx.record(
        EventKind.REQUEST_WORKS,
        Subject(SubjectKind.REQUEST, request.id),
        business_id=request.holder_id,
        counterpart_id=request.owner_id,
        acting_for=request.holder_id,
        version=request.version,
        works=works,
    )
    cards.follow(ctx, request.id, version=request.version)
    if did_not is works:  # the first no, and the yes after one: a second no is no news
        cards.notify(ctx, Notice.WORKS, *_told_about(ctx, request))
    return Answered(request_id=request.id, ref=request.ref, works=works)


def _told_about(ctx: Context, request: Row) -> list[cards.Happened]:
    """Return what is told of: what the request gave and goes on under another owner, and else the request."""
    live = ctx.tx.all(_LIVE, request=request.id, at=ctx.now)
    passed = [one for one in live if one.owner_id != request.owner_id]
    told = [cards.Happened(one.id, one.version, one.id) for one in passed]
    if len(passed) < len(live):
        told.append(cards.Happened(request.id, request.version))
    return told


def check_later(ctx: Context, request_id: str) -> Answered | Denied:
    """Ask again a day later whether the access works, at the wish of who said that it does not."""
    request = _find_answerable(ctx, request_id)
    if isinstance(request, Denied):
        return request
    again = ctx.now + ASKED_AGAIN_AFTER
    if not request.works:
        deadlines.ask_at(ctx, request.id, again)
    ctx.record(
        EventKind.REQUEST_CHECK_LATER,
        Subject(SubjectKind.REQUEST, request.id),
        business_id=request.holder_id,
        acting_for=request.holder_id,
        version=request.version,
    )
    return Answered(request_id=request.id, ref=request.ref, works=bool(request.works), again_at=again)
