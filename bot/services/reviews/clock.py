"""What the clock does with reviews: it reminds, and at the deadline settles what nobody has looked at."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.calendar import WorkingTime, next_working_moment
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.messages import Audience, Notice
from bot.domain.reviews import ENDS_AFTER, Silence, next_step
from bot.services import cards, deadlines, grants, reviewed
from bot.services.context import Context
from bot.services.reviews.deciding import ends_anyway, keep_one, shorten_one
from bot.services.reviews.reading import waiting_of
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_review = tables.table_of(tables.Review)
_item = tables.table_of(tables.ReviewItem)
_question = tables.table_of(tables.ReviewQuestion)

_DUE = (
    select(_review)
    .where(_review.c.due_at <= bindparam("at"))
    .order_by(_review.c.due_at)
    .limit(bindparam("most"))
)
_QUESTIONS_DUE = (
    select(_question)
    .where(_question.c.due_at <= bindparam("at"))
    .order_by(_question.c.due_at)
    .limit(bindparam("most"))
)
_NEXT = (
    update(_review)
    .where(_review.c.id == bindparam("review"), _review.c.due_at == bindparam("seen_at"))
    .values(due_at=bindparam("look_at"))
)
_NEXT_QUESTION = (
    update(_question)
    .where(_question.c.id == bindparam("question"), _question.c.due_at == bindparam("seen_at"))
    .values(due_at=bindparam("look_at"))
)
_WAITING = (
    select(_item)
    .where(_item.c.review_id == bindparam("review"), tables.REVIEW_ITEM_IS_OPEN(_item))
    .order_by(_item.c.position)
    .limit(bindparam("most"))
)


def reviews_due(ctx: Context, *, limit: int = 100) -> int:
    """Remind owners of reviews that wait, and settle those at their deadline. A sweep's step.

    Return how many it took; of more grants than one step settles the review is still due.
    """
    taken = 0
    for review in ctx.some(ctx.tx.all(_DUE, at=ctx.now, most=limit)):
        taken += 1
        if ctx.now >= review.deadline_at:
            _settle(ctx, review, limit=limit)
        else:
            _remind(ctx, review)
    return taken


def questions_due(ctx: Context, *, limit: int = 100) -> int:
    """Remind holders once of what they were asked, in their working hours. A sweep's step.

    Who has answered is not due any more.
    """
    taken = 0
    for question in ctx.some(ctx.tx.all(_QUESTIONS_DUE, at=ctx.now, most=limit)):
        taken += 1
        moment = _at_work(ctx, question.holder_id)
        look_at = moment if moment > ctx.now else None
        ctx.tx.run(_NEXT_QUESTION, question=question.id, seen_at=question.due_at, look_at=look_at)
        if look_at is None and waiting_of(ctx, question, limit=1):
            _tell(ctx, question)
            _record(ctx, question.review_id, question.holder_id)
    return taken


def _remind(ctx: Context, review: Row) -> None:
    moment = min(_at_work(ctx, review.business_id), review.deadline_at)
    dates = {"opened_at": review.opened_at, "deadline_at": review.deadline_at}
    following = next_step(**dates, after=ctx.now, working=_working(ctx, review.business_id))
    look_at = moment if moment > ctx.now else following
    ctx.tx.run(_NEXT, review=review.id, seen_at=review.due_at, look_at=look_at)
    if moment <= ctx.now:
        _tell(ctx, review)
        _record(ctx, review.id, review.business_id)


def _tell(ctx: Context, row: Row) -> None:
    """Remind of a review, or of what is asked in one; who was away and has no card of it gets that."""
    posted = cards.post_where_told(ctx, row.id, Audience.SUBMITTERS, once=True)
    cards.notify(ctx, Notice.REVIEW, cards.Happened(row.id, row.version), but=posted)


def _record(ctx: Context, review_id: str, business_id: str) -> None:
    ctx.record(EventKind.REVIEW_NUDGED, Subject(SubjectKind.REVIEW, review_id), business_id=business_id)


def _at_work(ctx: Context, business_id: str) -> datetime:
    """Return when a business works next: now, or later."""
    return next_working_moment(ctx.now, _working(ctx, business_id))


def _working(ctx: Context, business_id: str) -> WorkingTime:
    row = ctx.business_row(business_id)
    assert row is not None
    return deadlines.working_time_of_side(row)


def _settle(ctx: Context, review: Row, *, limit: int) -> None:
    """Settle what nobody has looked at, as the owner's policy was when the review began; then it closes."""
    after = ENDS_AFTER.get(Silence(review.silence))
    told = []
    holders = []
    for item in ctx.some(ctx.tx.all(_WAITING, review=review.id, most=limit)):
        grant = grants.find_grant(ctx.tx, item.grant_id)
        assert grant is not None
        until = None if after is None else ctx.now + after
        if until is None or ends_anyway(ctx, grant, until):
            keep_one(ctx, item, grant)
        else:
            told.append(shorten_one(ctx, item, grant, until))
        holders.append(item.holder_id)
    reviewed.followed(ctx, review.id, *holders)
    cards.notify(ctx, Notice.SHORTENED, *told)
