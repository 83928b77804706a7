"""What people do in a review: the owner keeps or shortens, the holder says whether it is still needed.

Access is removed and given back as ever (`grants.revoke`, `grants.relinquish`), which settles its place in a
review with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import GOING_ON, GrantState
from bot.domain.limits import MOST_ENDED
from bot.domain.messages import Notice
from bot.domain.policy import may_administer
from bot.domain.requests import ErrorCode, FieldError, Term
from bot.domain.reviews import Need, Outcome
from bot.services import approvers, cards, directory, grants, reviewed
from bot.services.context import Context
from bot.services.results import Denied, Invalid, Needed, Reviewed
from bot.services.reviews.reading import find_question, waiting_of
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_item = tables.table_of(tables.ReviewItem)
_question = tables.table_of(tables.ReviewQuestion)

_LAST = (
    select(_item).where(_item.c.grant_id == bindparam("grant")).order_by(_item.c.decided_at.desc()).limit(1)
)
_ANSWER = (
    update(_question)
    .where(_question.c.id == bindparam("question"))
    .values(
        need=bindparam("they_need"),
        answers=_question.c.answers + 1,
        answered_by=bindparam("by_whom"),
        answered_at=bindparam("at"),
    )
)
_SETTLED: Mapping[str, DenialReason] = {
    Outcome.KEPT: DenialReason.KEPT_ALREADY,
    Outcome.SHORTENED: DenialReason.SHORTENED_ALREADY,
}


def keep(ctx: Context, grant_id: str, *, expected_version: int) -> Reviewed | Denied:
    """Note that a grant that is reviewed stays as it is, if it is what was shown.

    Any admin of its owner who does not belong to its holder, too: nobody keeps their own access.
    """
    found = _find(ctx, grant_id, expected_version=expected_version)
    if isinstance(found, Denied):
        return found
    grant, item = found
    if (own := _keeps_own(ctx, grant.holder_id)) is not None:
        return ctx.deny(own, about=Subject(SubjectKind.GRANT, grant_id), business_id=grant.owner_id)
    keep_one(ctx, item, grant)
    reviewed.followed(ctx, item.review_id, item.holder_id)
    return _reviewed(ctx, Outcome.KEPT, [grant])


def keep_all(
    ctx: Context, question_id: str, *, expected_answers: int, limit: int = MOST_ENDED
) -> Reviewed | Denied:
    """Note that all that still waits of one holder stays, if the holder has said no more since.

    For who can keep one of it. Of more than one step takes the rest still waits, which the answer says.
    """
    found = _asked(ctx, question_id)
    if found is None or not ctx.visible_business(found[1].business_id):
        return ctx.deny(DenialReason.UNKNOWN_REVIEW, about=Subject(SubjectKind.REVIEW, question_id))
    question, review = found
    about = Subject(SubjectKind.REVIEW, review.id)
    no = may_administer(ctx.principal, business=ctx.business(review.business_id)).reason
    waiting = waiting_of(ctx, question, limit=limit + 1)
    if no is None and not waiting:
        no = DenialReason.REVIEW_OVER
    if no is None and question.answers != expected_answers:
        no = DenialReason.CHANGED
    if no is not None:
        return ctx.deny(Denied(reason=no, about=about, at=review.closed_at), business_id=review.business_id)
    if (own := _keeps_own(ctx, question.holder_id)) is not None:
        return ctx.deny(own, about=about, business_id=review.business_id)
    kept = []
    for item in waiting[:limit]:
        grant = grants.find_grant(ctx.tx, item.grant_id)
        assert grant is not None
        keep_one(ctx, item, grant)
        kept.append(grant)
    reviewed.followed(ctx, review.id, question.holder_id)
    return _reviewed(ctx, Outcome.KEPT, kept, more=len(waiting) > limit)


def _keeps_own(ctx: Context, holder_id: str) -> Denied | None:
    """Return that the actor would keep what a business has to which they belong, else None."""
    if not approvers.belongs_to(ctx, holder_id):
        return None
    holder = ctx.business_row(holder_id)
    assert holder is not None
    return Denied(reason=DenialReason.KEEPS_OWN, name=holder.name)


def shorten(
    ctx: Context, grant_id: str, *, until: datetime, expected_version: int
) -> Reviewed | Denied | Invalid:
    """Bring the end of a grant that is reviewed forward. Both sides are told. Any admin of its owner."""
    found = _find(ctx, grant_id, expected_version=expected_version)
    if isinstance(found, Denied):
        return found
    grant, item = found
    wrong = Term.till(until).field_error(now=ctx.now, field="until")
    if wrong is None and ends_anyway(ctx, grant, until):
        wrong = FieldError(field="until", code=ErrorCode.NOT_SOONER)
    if wrong is not None:
        return Invalid(field_errors=(wrong,))
    told = shorten_one(ctx, item, grant, until)
    reviewed.followed(ctx, item.review_id, item.holder_id)
    cards.notify(ctx, Notice.SHORTENED, told)
    return _reviewed(ctx, Outcome.SHORTENED, [grant], until=until)


def answer(ctx: Context, question_id: str, need: Need) -> Needed | Denied:
    """Keep what a holder says of what it has, until it says otherwise. Any admin of it, while it is asked."""
    found = _asked(ctx, question_id)
    about = Subject(SubjectKind.REVIEW, question_id)
    if found is None or not ctx.visible_business(found[0].holder_id):
        return ctx.deny(DenialReason.UNKNOWN_REVIEW, about=about)
    question, review = found
    no = may_administer(ctx.principal, business=ctx.business(question.holder_id)).reason
    if no is None and not waiting_of(ctx, question, limit=1):
        no = DenialReason.REVIEW_OVER
    if no is not None:
        return ctx.deny(Denied(reason=no, about=about, at=review.closed_at), business_id=question.holder_id)
    owner = ctx.business_row(review.business_id)
    assert owner is not None
    noted = Needed(owner=owner.name, need=need)
    if (question.need, question.answered_by) == (need, ctx.principal.person_id):
        return noted  # pressed again: the owner need not look again
    ctx.tx.run(_ANSWER, question=question.id, they_need=need, by_whom=ctx.principal.person_id, at=ctx.now)
    ctx.record(
        EventKind.REVIEW_ANSWERED,
        Subject(SubjectKind.REVIEW, review.id),
        business_id=question.holder_id,
        counterpart_id=review.business_id,
        acting_for=question.holder_id,
        need=str(need),
    )
    reviewed.follow_question(ctx, question, look_at=None)
    reviewed.follow(ctx, review.id)
    return noted


def _asked(ctx: Context, question_id: str) -> tuple[Row, Row] | None:
    """Return what a holder was asked, and in which review."""
    question = find_question(ctx, question_id)
    if question is None:
        return None
    review = reviewed.find(ctx.tx, question.review_id)
    assert review is not None
    return question, review


def keep_one(ctx: Context, item: Row, grant: Row) -> None:
    """Settle one grant as kept. `reviewed.followed` has the cards show it."""
    reviewed.settle(ctx, item, Outcome.KEPT)
    ctx.record(
        EventKind.GRANT_KEPT,
        Subject(SubjectKind.GRANT, grant.id),
        business_id=grant.owner_id,
        counterpart_id=grant.holder_id,
        acting_for=grant.owner_id,
        version=grant.version,
        review=item.review_id,
    )


def ends_anyway(ctx: Context, grant: Row, by: datetime) -> bool:
    """Say whether access ends by then as things stand, by itself or with the contract of the two."""
    view = grants.grant_view(ctx.tx, grant.id)
    assert view is not None
    return view.until is not None and view.until <= by


def shorten_one(ctx: Context, item: Row, grant: Row, until: datetime) -> cards.Happened:
    """Bring the end of one grant forward, and settle it so. Return what there is to tell of it."""
    reviewed.settle(ctx, item, Outcome.SHORTENED, until=until)
    grants.shorten(ctx, grant, until, acting_for=grant.owner_id, warned=True)
    return grants.happened(ctx, grant)


def find_item(ctx: Context, grant_id: str) -> Row | Denied:
    """Return a grant that waits in a review, to somebody who may decide on it; for those who only look."""
    found = _objection(ctx, grant_id, expected_version=None)
    return found if isinstance(found, Denied) else found[0]


def _find(ctx: Context, grant_id: str, *, expected_version: int) -> tuple[Row, Row] | Denied:
    found = _objection(ctx, grant_id, expected_version=expected_version)
    if not isinstance(found, Denied):
        return found
    grant = grants.find_grant(ctx.tx, grant_id)
    own = ctx.own(None if grant is None else grant.owner_id)
    return ctx.deny(found, about=Subject(SubjectKind.GRANT, grant_id), business_id=own)


def _objection(ctx: Context, grant_id: str, *, expected_version: int | None) -> tuple[Row, Row] | Denied:
    """Return a grant and its place in an open review, or why the actor cannot decide on it there."""
    grant = grants.find_grant(ctx.tx, grant_id)
    if grant is None or not ctx.visible_business(grant.owner_id):
        return Denied(reason=DenialReason.UNKNOWN_REVIEW)
    about = Subject(SubjectKind.GRANT, grant_id)
    no = may_administer(ctx.principal, business=ctx.business(grant.owner_id)).reason
    if no is not None:
        return ctx.denial(Denied(reason=no, about=about), business_id=grant.owner_id)
    item = reviewed.open_item(ctx.tx, grant_id)
    if item is None:
        return _settled(ctx, grant)
    if grant.ends_at is not None and grant.ends_at <= ctx.now:  # whether or not the sweep has come to it
        return _over(ctx, grant)
    if expected_version not in {None, grant.version}:
        return Denied(reason=DenialReason.CHANGED, about=about)
    return grant, item


def _settled(ctx: Context, grant: Row) -> Denied:
    """Return what became of a grant that no review waits for, and by whom; or that none looks at it."""
    last = ctx.tx.one(_LAST, grant=grant.id)
    reason = None if last is None else _SETTLED.get(last.outcome)
    if reason is None:
        is_over = GrantState(grant.state) not in GOING_ON
        return _over(ctx, grant) if is_over else Denied(reason=DenialReason.UNKNOWN_REVIEW)
    view = grants.grant_view(ctx.tx, grant.id)
    assert view is not None
    assert last is not None, "what came of it was noted there"
    return Denied(
        reason=reason,
        about=Subject(SubjectKind.GRANT, grant.id),
        name=view.asset_name,
        by=directory.name_of(ctx.tx, last.decided_by),
        at=last.decided_at,
    )


def _over(ctx: Context, grant: Row) -> Denied:
    view = grants.grant_view(ctx.tx, grant.id)
    assert view is not None
    return grants.outcome(view)


def _reviewed(
    ctx: Context, outcome: Outcome, of: list[Row], *, until: datetime | None = None, more: bool = False
) -> Reviewed:
    first = grants.grant_view(ctx.tx, of[0].id)
    assert first is not None
    return Reviewed(
        outcome=outcome,
        asset=first.asset_name,
        kind=first.kind,
        tasks=first.tasks,
        holder=first.holder.name,
        count=len(of),
        until=until,
        more=more,
    )
