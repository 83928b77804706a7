"""When somebody leaves a business: the cards that they have about it are closed, and their tokens revoked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text, and_, bindparam, exists, or_, select

from bot.domain.messages import Audience
from bot.services import cards, grants, programs, readers
from bot.services.context import Context
from bot.services.settings import away
from bot.store import tables
from bot.store.tables import CardState

_card = tables.table_of(tables.Card)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_request = tables.table_of(tables.Request)
_draft = tables.table_of(tables.Draft)
_creation = tables.table_of(tables.Creation)
_finding = tables.table_of(tables.Finding)
_review = tables.table_of(tables.Review)
_question = tables.table_of(tables.ReviewQuestion)
_grant = tables.table_of(tables.Grant)
_digest_item = tables.table_of(tables.DigestItem)
_home = tables.table_of(tables.HomeTab)

_also: Any = _person.alias("also")
# One Slack user may be two people: as long as one of them is a member, the user is told.
_is_gone = ~exists(
    select(_membership.c.person_id)
    .join_from(_membership, _also, _membership.c.person_id == _also.c.id)
    .where(
        _membership.c.business_id == bindparam("business"),
        _also.c.team_id == _person.c.team_id,
        _also.c.user_id == _person.c.user_id,
    )
)
_subject = _card.c.subject_id
_is_own_side = or_(
    and_(
        _card.c.audience == Audience.APPROVERS,
        _subject.in_(select(_request.c.id).where(_request.c.deciding_id == bindparam("business"))),
    ),
    and_(
        _card.c.audience != Audience.APPROVERS,
        _subject.in_(select(_request.c.id).where(_request.c.requesting_id == bindparam("business"))),
    ),
    *(
        _subject.in_(select(one.c.id).where(business == bindparam("business")))
        for one, business in (
            (_draft, _draft.c.business_id),
            (_creation, _creation.c.business_id),
            (_finding, _finding.c.owner_id),
            (_review, _review.c.business_id),
            (_question, _question.c.holder_id),
        )
    ),
    _subject.in_(select(_grant.c.id).where(_grant.c.holder_id == bindparam("business"))),
    _subject.like(bindparam("business", type_=Text) + readers.OF_SETTINGS + "%"),
    _subject.in_(
        select(_digest_item.c.digest_id)
        .join_from(_digest_item, _request, _digest_item.c.request_id == _request.c.id)
        .where(
            or_(
                _request.c.deciding_id == bindparam("business"), _request.c.holder_id == bindparam("business")
            )
        )
    ),
)
_THEIR_CARDS = (
    select(_card.c.id)
    .join_from(
        _card, _person, and_(_card.c.team_id == _person.c.team_id, _card.c.user_id == _person.c.user_id)
    )
    .where(_person.c.id == bindparam("person"), _card.c.state != CardState.FAILED, _is_gone, _is_own_side)
    .order_by(_card.c.id)
)
_THEIR_HOME = (
    select(_home.c.team_id, _home.c.user_id)
    .join_from(
        _home, _person, and_(_home.c.team_id == _person.c.team_id, _home.c.user_id == _person.c.user_id)
    )
    .where(_person.c.id == bindparam("person"))
)


def leave(ctx: Context, *, business_id: str, person_id: str) -> None:
    """Tell somebody nothing more about a business that they are no longer a member of.

    Their direct messages about it are closed (`bot.services.readers`), and their home, which may show it, is
    published again. Where they had requested something that is still open, another member gets the card. Who
    stood in for them does so no more.
    """
    grants.left_at_meta(ctx, business_id, person_id=person_id)
    programs.revoke_tokens_of(ctx, person_id, business_id=business_id)
    away.end_for(ctx, business_id, person_id)
    for card in ctx.tx.all(_THEIR_CARDS, business=business_id, person=person_id):
        cards.follow_copy(ctx, card.id)
    for home in ctx.tx.all(_THEIR_HOME, person=person_id):
        cards.publish_home(ctx, team_id=home.team_id, user_id=home.user_id)
