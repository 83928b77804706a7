"""The rows of access reviews: what became of a grant, and the end of a review. One outcome for each grant.

`settle` is the only writer of an outcome. Whatever ends a grant, its place in a review is settled with it
(`gone`), and with the last of them the review closes. What people do in a review is in `reviews`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, select, update

from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import EndReason
from bot.domain.messages import Notice
from bot.domain.reviews import Outcome, ReviewState
from bot.errors import AlreadyDecided
from bot.services import cards
from bot.services.context import Context
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_business = tables.table_of(tables.BusinessRow)
_review = tables.table_of(tables.Review)
_item = tables.table_of(tables.ReviewItem)
_question = tables.table_of(tables.ReviewQuestion)

_is_open = tables.REVIEW_ITEM_IS_OPEN(_item)
_ONE = select(_review).where(_review.c.id == bindparam("review"))
_OPEN_OF = select(_review).where(
    tables.REVIEW_IS_OPEN(_review), _review.c.business_id == bindparam("business")
)
_ENDED_IN = select(_item.c.review_id).where(
    _item.c.grant_id == bindparam("grant"), _item.c.outcome.in_((Outcome.REMOVED, Outcome.GIVEN_BACK))
)
_OPEN_ITEM = select(_item).where(_is_open, _item.c.grant_id == bindparam("grant"))
_SOME_OPEN = select(_item.c.position).where(_is_open, _item.c.review_id == bindparam("review")).limit(1)
_SETTLE = (
    update(_item)
    .where(_item.c.review_id == bindparam("review"), _item.c.position == bindparam("place"), _is_open)
    .values(
        outcome=bindparam("became"),
        decided_by=bindparam("by_whom"),
        decided_at=bindparam("at"),
        ends_at=bindparam("until"),
    )
)
_SHOW_AGAIN = (
    update(_review)
    .where(_review.c.id == bindparam("review"))
    .values(version=_review.c.version + 1)
    .returning(_review.c.version, _review.c.business_id)
)
_CLOSE = (
    update(_review)
    .where(_review.c.id == bindparam("review"), _review.c.state == ReviewState.OPEN)
    .values(state=ReviewState.CLOSED, version=_review.c.version + 1, closed_at=bindparam("at"), due_at=None)
    .returning(*_review.c)
)
_QUESTION = select(_question).where(
    _question.c.review_id == bindparam("review"), _question.c.holder_id == bindparam("holder")
)
_QUESTIONS = (
    select(_question).where(_question.c.review_id == bindparam("review")).order_by(_question.c.holder_id)
)
_ASK_AGAIN = (
    update(_question)
    .where(_question.c.id == bindparam("question"))
    .values(version=_question.c.version + 1, due_at=bindparam("look_at"))
    .returning(_question.c.version)
)
_COUNTS = (
    select(
        _item.c.outcome,
        and_(_item.c.outcome.in_((Outcome.KEPT, Outcome.SHORTENED)), _item.c.decided_by.is_(None)).label(
            "is_silent"
        ),
        func.count().label("total"),
    )
    .where(_item.c.review_id == bindparam("review"))
    .group_by(_item.c.outcome, "is_silent")
)
_BEGIN = update(_business).where(_business.c.id == bindparam("business")).values(reviewed_at=bindparam("at"))

_ENDED: Mapping[str | None, Outcome] = {
    EndReason.REVOKED: Outcome.REMOVED,
    EndReason.RELINQUISHED: Outcome.GIVEN_BACK,
}


def find(tx: Tx, review_id: str) -> Row | None:
    """Return a review's row, or None."""
    return tx.one(_ONE, review=review_id)


def open_of(tx: Tx, business_id: str) -> Row | None:
    """Return the review of a business that still waits for somebody, or None."""
    return tx.one(_OPEN_OF, business=business_id)


def open_item(tx: Tx, grant_id: str) -> Row | None:
    """Return the place of a grant in a review that nobody has settled yet, or None."""
    return tx.one(_OPEN_ITEM, grant=grant_id)


def questions(tx: Tx, review_id: str) -> list[Row]:
    """Return what the holders of a review were asked."""
    return tx.all(_QUESTIONS, review=review_id)


def counts(tx: Tx, review_id: str) -> tuple[dict[Outcome | None, int], int]:
    """Return how many grants of a review came to what, and how many of them because nobody looked."""
    rows = tx.all(_COUNTS, review=review_id)
    by_outcome: dict[Outcome | None, int] = {}
    for row in rows:
        outcome = Outcome(row.outcome) if row.outcome else None
        by_outcome[outcome] = by_outcome.get(outcome, 0) + row.total
    return by_outcome, sum(row.total for row in rows if row.is_silent)


def begin(ctx: Context, owner_id: str) -> None:
    """Have the time to a business's first review begin, now that it gives something."""
    row = ctx.business_row(owner_id)
    assert row is not None
    if row.reviewed_at is None:
        ctx.tx.alone()  # it is the business's, not one pair's
        begin_at(ctx, owner_id, ctx.now)


def begin_at(ctx: Context, owner_id: str, at: datetime | None) -> None:
    """Start counting to a business's next review at `at`; None: once it gives something again."""
    ctx.tx.run(_BEGIN, business=owner_id, at=at)
    ctx.reread_business(owner_id)


def gone(ctx: Context, grant: Row) -> None:
    """Settle a grant that ended, or has another owner now, where a review was to look at it.

    Where it was ended while a review looked at it, that says how far it is gone at Meta.
    """
    item = open_item(ctx.tx, grant.id)
    if item is not None:
        settle(ctx, item, _ENDED.get(grant.end_reason, Outcome.OVER))
        followed(ctx, item.review_id, item.holder_id)
    elif grant.asked_at is not None:
        for ended in ctx.tx.all(_ENDED_IN, grant=grant.id):
            follow(ctx, ended.review_id)


def shortened(ctx: Context, *grant_ids: str) -> None:
    """Have the cards of reviews that are still to look at grants show when these end now: Keep is of that."""
    holders: dict[str, list[str]] = {}
    for item in filter(None, (open_item(ctx.tx, grant_id) for grant_id in grant_ids)):
        holders.setdefault(item.review_id, []).append(item.holder_id)
    for review_id, holder_ids in holders.items():
        followed(ctx, review_id, *holder_ids)


def settle(ctx: Context, item: Row, outcome: Outcome, *, until: datetime | None = None) -> None:
    """Note what became of a grant in a review. Raise AlreadyDecided if that was noted before.

    `followed` has the cards show it.
    """
    settled = ctx.tx.touched(
        _SETTLE,
        review=item.review_id,
        place=item.position,
        became=outcome,
        by_whom=ctx.principal.person_id,
        at=ctx.now,
        until=until,
    )
    if settled != 1:
        raise AlreadyDecided(f"grant {item.grant_id} was looked at by somebody else")


def followed(ctx: Context, review_id: str, *holder_ids: str) -> None:
    """Have the cards of a review and of these holders show what was settled; with the last, close it."""
    if not ctx.tx.all(_SOME_OPEN, review=review_id):
        _close(ctx, review_id)
        return
    follow(ctx, review_id)
    for holder_id in dict.fromkeys(holder_ids):
        for question in ctx.tx.all(_QUESTION, review=review_id, holder=holder_id):
            follow_question(ctx, question, look_at=question.due_at)


def follow(ctx: Context, review_id: str) -> None:
    """Have the owner's card show a review as it is now."""
    after = ctx.tx.one(_SHOW_AGAIN, review=review_id)
    assert after is not None
    cards.follow(ctx, review_id, version=after.version)
    cards.publish_homes(ctx, [after.business_id])


def follow_question(ctx: Context, question: Row, *, look_at: datetime | None) -> None:
    """Have a holder's card show what is asked as it is now; the clock looks at it again at `look_at`."""
    after = ctx.tx.one(_ASK_AGAIN, question=question.id, look_at=look_at)
    assert after is not None
    cards.follow(ctx, question.id, version=after.version)


def _close(ctx: Context, review_id: str) -> None:
    """Close a review of which all is settled, and say what became of it."""
    review = ctx.tx.one(_CLOSE, review=review_id, at=ctx.now)
    if review is None:
        raise AlreadyDecided(f"review {review_id} was closed by somebody else")
    for question in questions(ctx.tx, review_id):
        follow_question(ctx, question, look_at=None)
    by_outcome, silent = counts(ctx.tx, review_id)
    ctx.record(
        EventKind.REVIEW_CLOSED,
        Subject(SubjectKind.REVIEW, review_id),
        business_id=review.business_id,
        acting_for=review.business_id,
        move=(ReviewState.OPEN, ReviewState.CLOSED),
        version=review.version,
        unanswered=silent,
        kept=by_outcome.get(Outcome.KEPT, 0),
        shortened=by_outcome.get(Outcome.SHORTENED, 0),
        removed=by_outcome.get(Outcome.REMOVED, 0),
        given_back=by_outcome.get(Outcome.GIVEN_BACK, 0),
        over=by_outcome.get(Outcome.OVER, 0),
    )
    cards.follow(ctx, review_id, version=review.version)
    cards.notify(ctx, Notice.REVIEW_CLOSED, cards.Happened(review_id, review.version))
    cards.publish_homes(ctx, [review.business_id])
