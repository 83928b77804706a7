"""Somebody who can decide from now on is told what waits already: in one list of theirs, not a card each.

Drafts, which no list shows unasked, are told in one line. What was prepared to be created comes as its card,
where they are told of their business's things themselves. So do an access review that waits, what is asked in
one, and what was found at Meta, and the claim of an account that they administer, which has no card in a
channel. Settings that wait for another admin come as a card to each admin. What their business asks is shown
to them if it is to nobody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists, select

from bot.domain.actors import Role
from bot.domain.creating import CreationState
from bot.domain.findings import FindingState
from bot.domain.messages import About, Audience, Notice
from bot.domain.requests import OPEN, DraftState
from bot.services import approvers, cards, readers, routing
from bot.services.context import Context
from bot.store import tables
from bot.store.compiled import upsert
from bot.store.tables import CardState

if TYPE_CHECKING:
    from bot.store.tx import Tx

_card = tables.table_of(tables.Card)
_membership = tables.table_of(tables.Membership)
_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_asset_admin = tables.table_of(tables.AssetAdmin)
_draft = tables.table_of(tables.Draft)
_creation = tables.table_of(tables.Creation)
_finding = tables.table_of(tables.Finding)
_review = tables.table_of(tables.Review)
_review_item = tables.table_of(tables.ReviewItem)
_question = tables.table_of(tables.ReviewQuestion)
_person = tables.table_of(tables.Person)
_nudge = tables.table_of(tables.Nudge)

_ADMIN_OF = select(_membership.c.business_id).where(
    _membership.c.person_id == bindparam("person"), _membership.c.role == Role.ADMIN
)
_WAITING = select(_request.c.id).where(
    _request.c.deciding_id == bindparam("business"), _request.c.state.in_(sorted(OPEN))
)
_WAITING_FOR_PERSON = (
    select(_request.c.id)
    .join_from(_item, _request, _item.c.request_id == _request.c.id)
    .join(_asset_admin, _asset_admin.c.asset_id == _item.c.asset_id)
    .where(
        _asset_admin.c.person_id == bindparam("person"),
        _request.c.deciding_id.is_(None),
        _request.c.state.in_(sorted(OPEN)),
    )
)
_SHOWN_TO_NOBODY = (
    select(_request.c.id)
    .where(
        _request.c.requesting_id == bindparam("business"),
        _request.c.over_at.is_(None),
        ~exists(
            select(_card.c.id).where(
                _card.c.subject_id == _request.c.id,
                _card.c.audience == Audience.REQUESTER,
                _card.c.state != CardState.FAILED,
            )
        ),
    )
    .order_by(_request.c.id)
)
"""What a business asks, of which nobody there has the card, since for a while nobody could have it."""
_DRAFTS = (
    select(_draft.c.id, _draft.c.version)
    .where(_draft.c.business_id == bindparam("business"), _draft.c.state == DraftState.WAITING)
    .order_by(_draft.c.created_at, _draft.c.id)
)
_PREPARED = (
    select(_creation.c.id)
    .where(_creation.c.business_id == bindparam("business"), _creation.c.state == CreationState.WAITING)
    .order_by(_creation.c.created_at, _creation.c.id)
)
_REVIEWS = select(_review.c.id).where(
    tables.REVIEW_IS_OPEN(_review), _review.c.business_id == bindparam("business")
)
_QUESTIONS = (
    select(_question.c.id)
    .join_from(_question, _review, _question.c.review_id == _review.c.id)
    .where(
        tables.REVIEW_IS_OPEN(_review),
        _question.c.holder_id == bindparam("business"),
        exists(
            select(_review_item.c.position).where(
                tables.REVIEW_ITEM_IS_OPEN(_review_item),
                _review_item.c.review_id == _question.c.review_id,
                _review_item.c.holder_id == _question.c.holder_id,
            )
        ),
    )
    .order_by(_review.c.opened_at, _question.c.id)
)
_FINDINGS = (
    select(_finding.c.id)
    .where(_finding.c.owner_id == bindparam("business"), _finding.c.state == FindingState.OPEN)
    .order_by(_finding.c.found_at, _finding.c.id)
)
_CARDS = (_PREPARED, _REVIEWS, _QUESTIONS, _FINDINGS)
"""What comes as its card to the admins of a business."""
_USER = select(_person.c.team_id, _person.c.user_id).where(_person.c.id == bindparam("person"))
_COPIES = select(_card.c.id, _card.c.team_id, _card.c.user_id).where(
    _card.c.subject_id == bindparam("subject"), _card.c.state != CardState.FAILED
)
_FORGET_TOLD = delete(_nudge).where(_nudge.c.person_id == bindparam("person"), _nudge.c.due_at.is_(None))
_MARK = upsert(_nudge).on_conflict_do_nothing(index_elements=["request_id", "person_id"])


def welcome(ctx: Context, person_id: str) -> None:
    """Put what waits for the person's decision into their next digest, unless it stood in one before.

    The digest comes in their working hours, and leaves out what they cannot decide on.
    """
    acts_for = _acts_for(ctx.tx, person_id)
    asked_for = [own for own in acts_for if _is_asked_first(ctx, own, person_id)]
    waiting = [one for own in asked_for for one in ctx.tx.all(_WAITING, business=own)]
    ctx.tx.many(
        _MARK,
        [
            {
                "request_id": request.id,
                "person_id": person_id,
                "due_at": ctx.now,
                "quiet_until": None,
            }
            for request in waiting
        ],
    )
    for claim in ctx.tx.all(_WAITING_FOR_PERSON, person=person_id):
        cards.post_where_told(ctx, claim.id, Audience.APPROVERS, once=True)
    for business_id in acts_for:
        for request in ctx.tx.all(_SHOWN_TO_NOBODY, business=business_id):
            cards.post_where_told(ctx, request.id, Audience.REQUESTER, once=True)
        _tell_of_drafts(ctx, business_id, person_id)
        _tell_of_proposal(ctx, business_id, person_id)
        for waiting_there in (one for each in _CARDS for one in ctx.tx.all(each, business=business_id)):
            cards.post_where_told(ctx, waiting_there.id, Audience.SUBMITTERS, once=True)


def welcome_anew(ctx: Context, person_id: str) -> None:
    """Tell somebody who has another Slack account what waits: a digest in the old one is closed.

    What they snoozed comes when they wanted it.
    """
    ctx.tx.run(_FORGET_TOLD, person=person_id)
    welcome(ctx, person_id)


def _tell_of_drafts(ctx: Context, business_id: str, person_id: str) -> None:
    drafts, user = ctx.tx.all(_DRAFTS, business=business_id), ctx.tx.one(_USER, person=person_id)
    if drafts and user is not None:
        oldest = cards.Happened(drafts[0].id, drafts[0].version)
        about = About(notice=Notice.DRAFTS, details=(str(len(drafts)),))
        place = readers.Place(team_id=user.team_id, user_id=user.user_id)
        cards.put_notice(ctx, oldest, Audience.SUBMITTERS, about, place, beside_card=False)


def _tell_of_proposal(ctx: Context, business_id: str, person_id: str) -> None:
    """Tell them of the settings that wait for another admin, as the other admins were told."""
    version, user = cards.version_proposed(ctx, business_id), ctx.tx.one(_USER, person=person_id)
    if version is None or user is None:
        return
    subject = readers.of_settings(business_id, version)
    copies = ctx.tx.all(_COPIES, subject=subject)
    own = [one for one in copies if (one.team_id, one.user_id) == (user.team_id, user.user_id)]
    for copy in own:  # they were an admin before
        cards.follow_copy(ctx, copy.id)
    if not own:
        cards.post_to_person(ctx, subject, Audience.SUBMITTERS, person_id, version=version)


def _is_asked_first(ctx: Context, business_id: str, person_id: str) -> bool:
    admins = approvers.admins(ctx.tx, business_id)
    return any(admin.id == person_id for admin in routing.asked_first(ctx, business_id, admins))


def _acts_for(tx: Tx, person_id: str) -> list[str]:
    return [
        row.business_id
        for row in tx.all(_ADMIN_OF, person=person_id)
        if approvers.is_admin(tx, row.business_id, person_id)
    ]
