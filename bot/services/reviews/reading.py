"""What cards and lists show of access reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from bot.domain.reviews import Need, Outcome, ReviewState, Silence
from bot.services import directory, grants, reviewed
from bot.services.admins import gone
from bot.services.context import Context
from bot.services.views.parties import Rows
from bot.services.views.reviews import (
    QuestionView,
    ReviewHolderView,
    ReviewItemView,
    ReviewPage,
    ReviewView,
)
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

MOST_ON_CARD = 8
"""How many grants a card shows at once: as one is settled, the next comes up."""
MOST_REPORTED = 20
"""How many of the grants that changed the closing report lists; the others it counts."""

_review = tables.table_of(tables.Review)
_item = tables.table_of(tables.ReviewItem)
_question = tables.table_of(tables.ReviewQuestion)

_NEWEST = (
    select(_review)
    .where(_review.c.business_id == bindparam("business"))
    .order_by(_review.c.opened_at.desc())
    .limit(1)
)
_FIND_QUESTION = select(_question).where(_question.c.id == bindparam("question"))
_PAGE = (
    select(_item)
    .where(_item.c.review_id == bindparam("review"), _item.c.position >= bindparam("after"))
    .order_by(_item.c.position)
    .limit(bindparam("most"))
)
_WAITING = (
    select(_item)
    .where(_item.c.review_id == bindparam("review"), tables.REVIEW_ITEM_IS_OPEN(_item))
    .order_by(_item.c.position)
    .limit(bindparam("most"))
)
_CHANGED = (
    select(_item)
    .where(
        _item.c.review_id == bindparam("review"),
        _item.c.outcome.in_((Outcome.SHORTENED, Outcome.REMOVED, Outcome.GIVEN_BACK)),
    )
    .order_by(_item.c.position)
    .limit(bindparam("most"))
)
_WAITING_OF = _WAITING.where(_item.c.holder_id == bindparam("holder"))
_COUNT_OF = (
    select(
        func.count().label("total"),
        func.count().filter(_item.c.outcome.is_(None)).label("open"),
    )
    .select_from(_item)
    .where(_item.c.review_id == bindparam("review"), _item.c.holder_id == bindparam("holder"))
)


def is_in_slack(ctx: Context, business: Row | None) -> bool:
    """Say whether a business (its row) is at home in a workspace that has the app: else nobody is asked."""
    team_id = None if business is None else business.team_id
    return team_id is not None and team_id not in gone(ctx.tx)


def find_question(ctx: Context, question_id: str) -> Row | None:
    """Return what a holder was asked, or None."""
    return ctx.tx.one(_FIND_QUESTION, question=question_id)


def waiting_of(ctx: Context, question: Row, *, limit: int) -> list[Row]:
    """Return the first places of a holder in a review that nobody has settled."""
    return ctx.tx.all(_WAITING_OF, review=question.review_id, holder=question.holder_id, most=limit)


def review_card(ctx: Context, review_id: str) -> ReviewView:
    """Return a review as it stands now, with what still waits. Raise KeyError if there is none."""
    row = reviewed.find(ctx.tx, review_id)
    if row is None:
        raise KeyError(review_id)
    is_open = row.state == ReviewState.OPEN
    rows = ctx.tx.all(
        _WAITING if is_open else _CHANGED,
        review=review_id,
        most=MOST_ON_CARD if is_open else MOST_REPORTED,
    )
    return _view(ctx, row, rows)


def review_page(ctx: Context, business_id: str, *, limit: int, offset: int) -> ReviewPage | None:
    """Return a page of a business's newest review; None where there is none, or to no member."""
    row = ctx.tx.one(_NEWEST, business=business_id)
    if row is None or not ctx.visible_business(business_id):
        return None
    view = _view(ctx, row, [])
    rows = ctx.tx.all(_PAGE, review=row.id, after=offset, most=limit)
    items = _items(ctx, rows)
    return ReviewPage(
        review=view,
        items=Rows(rows=items, total=view.total, more=offset + len(items) < view.total),
    )


def open_reviews(ctx: Context) -> tuple[ReviewView, ...]:
    """Return the reviews in which grants wait to be looked at, for the admins of their businesses."""
    newest = (ctx.tx.one(_NEWEST, business=one) for one in sorted(directory.me(ctx).acts_for))
    shown = (_view(ctx, row, []) for row in newest if row is not None and row.state == ReviewState.OPEN)
    return tuple(one for one in shown if one.open)


def question_card(ctx: Context, question_id: str) -> QuestionView:
    """Return what a holder is asked as it stands now. Raise KeyError if there is no such question."""
    row = find_question(ctx, question_id)
    if row is None:
        raise KeyError(question_id)
    review = reviewed.find(ctx.tx, row.review_id)
    holder = _holder(ctx, row)
    owner = ctx.business_row(review.business_id) if review is not None else None
    assert review is not None
    assert owner is not None
    waiting = waiting_of(ctx, row, limit=MOST_ON_CARD)
    shown = (grants.grant_view(ctx.tx, one.grant_id) for one in waiting)
    return QuestionView(
        id=row.id,
        version=row.version,
        owner=directory.party_of(owner),
        holder=holder.holder,
        is_open=review.state == ReviewState.OPEN and bool(holder.open),
        deadline_at=review.deadline_at,
        open=holder.open,
        total=holder.total,
        grants=tuple(one for one in shown if one is not None),
        need=holder.need,
        answered_by=holder.answered_by,
        answered_at=holder.answered_at,
    )


def _view(ctx: Context, row: Row, rows: list[Row]) -> ReviewView:
    owner = ctx.business_row(row.business_id)
    assert owner is not None
    by_outcome, silent = reviewed.counts(ctx.tx, row.id)
    return ReviewView(
        id=row.id,
        version=row.version,
        owner=directory.party_of(owner),
        state=ReviewState(row.state),
        silence=Silence(row.silence),
        left_out=row.left_out,
        opened_at=row.opened_at,
        opened_by=directory.name_of(ctx.tx, row.opened_by),
        deadline_at=row.deadline_at,
        closed_at=row.closed_at,
        counts=by_outcome,
        silent=silent,
        items=_items(ctx, rows),
    )


def _items(ctx: Context, rows: list[Row]) -> tuple[ReviewItemView, ...]:
    """Return places in one review as they stand, each with what its holder says."""
    asked = {one.holder_id: one for one in reviewed.questions(ctx.tx, rows[0].review_id)} if rows else {}
    holders = {holder_id: _holder(ctx, asked[holder_id]) for holder_id in {one.holder_id for one in rows}}
    views = {one.grant_id: grants.grant_view(ctx.tx, one.grant_id) for one in rows}
    return tuple(
        ReviewItemView(
            grant=grant,
            outcome=Outcome(one.outcome) if one.outcome else None,
            by=directory.name_of(ctx.tx, one.decided_by),
            at=one.decided_at,
            ends_at=one.ends_at,
            holder=holders[one.holder_id],
        )
        for one in rows
        if (grant := views[one.grant_id]) is not None
    )


def _holder(ctx: Context, question: Row) -> ReviewHolderView:
    holder = ctx.business_row(question.holder_id)
    counted = ctx.tx.one(_COUNT_OF, review=question.review_id, holder=question.holder_id)
    assert holder is not None
    assert counted is not None
    return ReviewHolderView(
        question_id=question.id,
        answers=question.answers,
        holder=directory.party_of(holder),
        is_asked=is_in_slack(ctx, holder),
        open=counted.open,
        total=counted.total,
        need=Need(question.need) if question.need else None,
        answered_by=directory.name_of(ctx.tx, question.answered_by),
        answered_at=question.answered_at,
    )
