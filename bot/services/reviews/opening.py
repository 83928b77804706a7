"""How a review begins: on the business's cadence, or at once by one of its admins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, exists, func, insert, null, or_, select

from bot.domain.calendar import is_working
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.messages import Audience
from bot.domain.nudging import reminder_at
from bot.domain.policy import may_administer
from bot.domain.reviews import (
    CADENCES,
    ENDS_ANYWAY,
    HOLDER_NUDGED_AFTER,
    LOOKED_AT,
    NEVER,
    NEW_FOR,
    OPEN_FOR,
    ReviewState,
    next_step,
)
from bot.services import cards, deadlines, directory, grants, reviewed
from bot.services.context import Context
from bot.services.results import Denied, Reviewing
from bot.services.reviews.reading import is_in_slack
from bot.store import tables
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row

_business = tables.table_of(tables.BusinessRow)
_asset = tables.table_of(tables.Asset)
_grant = tables.table_of(tables.Grant)
_review = tables.table_of(tables.Review)
_item = tables.table_of(tables.ReviewItem)
_question = tables.table_of(tables.ReviewQuestion)

# One statement a cadence, so that each finds its businesses by the index.
_DUE = {
    days: select(_business)
    .where(
        tables.BUSINESS_IS_REVIEWED(_business),
        _business.c.review_days == days,
        _business.c.reviewed_at <= bindparam("before"),
    )
    .order_by(_business.c.reviewed_at)
    .limit(bindparam("most"))
    for days in CADENCES
    if days != NEVER
}
_looked_at = exists(
    select(_item.c.position).where(
        _item.c.grant_id == _grant.c.id,
        _item.c.decided_at > bindparam("looked_at"),
        _item.c.decided_by.is_not(None),
    )
)
_is_of = and_(_grant.c.owner_id == bindparam("business"), grants.is_live)
_needs_review = and_(
    grants.begins <= bindparam("given_before"),
    or_(_grant.c.ends_at.is_(None), _grant.c.ends_at > bindparam("ends_after")),
    ~_looked_at,
)
_COUNT = (
    select(func.count().label("all"), func.count().filter(_needs_review).label("wanted"))
    .select_from(_grant)
    .where(_is_of)
)
_INSERT = insert(_review)
_INSERT_ITEMS = insert(_item).from_select(
    ["review_id", "position", "grant_id", "holder_id", "outcome", "decided_by", "decided_at", "ends_at"],
    select(
        bindparam("review", type_=_review.c.id.type),
        func.row_number().over(order_by=(_business.c.name, _business.c.id, _asset.c.name, _grant.c.id)) - 1,
        _grant.c.id,
        _grant.c.holder_id,
        *(null() for _ in range(4)),
    )
    .join_from(_grant, _asset, _grant.c.asset_id == _asset.c.id)
    .join(_business, _grant.c.holder_id == _business.c.id)
    .where(_is_of, _needs_review),
)
_HOLDERS = (
    select(_item.c.holder_id)
    .where(_item.c.review_id == bindparam("review"))
    .group_by(_item.c.holder_id)
    .order_by(_item.c.holder_id)
)
_ASK = insert(_question)


def open_review(ctx: Context, business_id: str) -> Reviewing | Denied:
    """Begin to look through what partners have of a business, unless that goes on. Any admin of it."""
    no = may_administer(ctx.principal, business=ctx.business(business_id)).reason
    if no is not None:
        about = Subject(SubjectKind.BUSINESS, business_id)
        return ctx.deny(no, about=about, business_id=ctx.own(business_id))
    row = ctx.business_row(business_id)
    assert row is not None
    going_on = reviewed.open_of(ctx.tx, business_id)
    if going_on is not None:
        by_outcome, _ = reviewed.counts(ctx.tx, going_on.id)
        return Reviewing(business=row.name, grants=by_outcome[None], until=going_on.deadline_at)
    wanted, left_out = _counted(ctx, business_id)
    if not wanted:
        about = Subject(SubjectKind.BUSINESS, business_id)
        nothing = DenialReason.NOTHING_TO_REVIEW
        return ctx.deny(
            Denied(reason=nothing, about=about, name=row.name, count=left_out), business_id=business_id
        )
    return _open(ctx, row, wanted=wanted, left_out=left_out)


def open_due(ctx: Context, *, limit: int = 100) -> int:
    """Begin the reviews whose time has come, in the businesses' working hours. A sweep's step.

    Return how many businesses it took. Of what has gone over since, the next giving begins the time anew.
    """
    taken = 0
    due = [
        row
        for days, statement in _DUE.items()
        for row in ctx.tx.all(statement, before=ctx.now - timedelta(days=days), most=limit)
    ]
    at_work = [one for one in due if is_working(ctx.now, deadlines.working_time_of_side(one))]
    for row in ctx.some(at_work[:limit]):
        taken += 1
        wanted, left_out = _counted(ctx, row.id)
        if wanted and row.team_id is not None and reviewed.open_of(ctx.tx, row.id) is None:
            _open(ctx, row, wanted=wanted, left_out=left_out)
        else:
            reviewed.begin_at(ctx, row.id, ctx.now if wanted or left_out else None)
    return taken


def _moments(ctx: Context) -> dict[str, datetime]:
    return {
        "at": ctx.now,
        "given_before": ctx.now - NEW_FOR,
        "ends_after": ctx.now + ENDS_ANYWAY,
        "looked_at": ctx.now - LOOKED_AT,
    }


def _counted(ctx: Context, business_id: str) -> tuple[int, int]:
    """Return how many grants of a business are to be looked at now, and how many need that not."""
    row = ctx.tx.one(_COUNT, business=business_id, **_moments(ctx))
    assert row is not None
    return row.wanted, row.all - row.wanted


def _open(ctx: Context, business: Row, *, wanted: int, left_out: int) -> Reviewing:
    review_id = directory.make_id(ctx.tx, NodeKind.DRAFT)
    deadline_at = ctx.now + OPEN_FOR
    working = deadlines.working_time_of_side(business)
    ctx.tx.run(
        _INSERT,
        id=review_id,
        business_id=business.id,
        state=ReviewState.OPEN,
        version=1,
        silence=business.review_silence,
        left_out=left_out,
        opened_at=ctx.now,
        opened_by=ctx.principal.person_id,
        deadline_at=deadline_at,
        due_at=next_step(opened_at=ctx.now, deadline_at=deadline_at, after=ctx.now, working=working),
        closed_at=None,
    )
    ctx.tx.run(_INSERT_ITEMS, review=review_id, business=business.id, **_moments(ctx))
    holders = [row.holder_id for row in ctx.tx.all(_HOLDERS, review=review_id)]
    asked = [_ask(ctx, review_id, holder_id, deadline_at=deadline_at) for holder_id in holders]
    reviewed.begin_at(ctx, business.id, ctx.now)
    ctx.record(
        EventKind.REVIEW_OPENED,
        Subject(SubjectKind.REVIEW, review_id),
        business_id=business.id,
        acting_for=business.id,
        move=(None, ReviewState.OPEN),
        version=1,
        grants=wanted,
        partners=len(holders),
        left_out=left_out,
        deadline_at=deadline_at.isoformat(),
        silence=business.review_silence,
    )
    for subject_id in (review_id, *asked):
        cards.post_where_told(ctx, subject_id, Audience.SUBMITTERS)
    cards.publish_homes(ctx, [business.id])
    partners = sum(is_in_slack(ctx, ctx.business_row(holder_id)) for holder_id in holders)
    return Reviewing(
        business=business.name, grants=wanted, until=deadline_at, partners=partners, left_out=left_out
    )


def _ask(ctx: Context, review_id: str, holder_id: str, *, deadline_at: datetime) -> str:
    question_id = directory.make_id(ctx.tx, NodeKind.DRAFT)
    holder = ctx.business_row(holder_id)
    assert holder is not None
    working = deadlines.working_time_of_side(holder)
    remind_at = reminder_at(ctx.now + HOLDER_NUDGED_AFTER, by=deadline_at, since=ctx.now, working=working)
    ctx.tx.run(
        _ASK,
        id=question_id,
        review_id=review_id,
        holder_id=holder_id,
        version=1,
        need=None,
        answers=0,
        answered_by=None,
        answered_at=None,
        due_at=remind_at if is_in_slack(ctx, holder) else None,
    )
    return question_id
