"""Messages that turn out to be copies of a card: kept as such, and what their place teaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.actors import Actor, Source
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.messages import Audience
from bot.services import cards, readers
from bot.services.context import Context
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_card = tables.table_of(tables.Card)
_business = tables.table_of(tables.BusinessRow)

_CARD = select(_card).where(_card.c.id == bindparam("card"))
_SET_CHANNEL = (
    update(_business)
    .where(_business.c.id == bindparam("business"))
    .values(channel_id=bindparam("new_channel_id"), policy_version=_business.c.policy_version + 1)
)
_MOVE_CARDS = (
    update(_card)
    .where(_card.c.team_id == bindparam("team"), _card.c.channel_id == bindparam("old_channel_id"))
    .values(channel_id=bindparam("new_channel_id"))
)


def adopt_copy(ctx: Context, card_id: str, *, team_id: str, channel_id: str, ts: str) -> bool:
    """Keep a message that carries a card's mark, and that we did not know, as a further copy of it.

    Only a message pressed by somebody who may read it there. From then on it follows like the others. A card
    of the business's channel that stands in another one tells that Slack gave the channel another id. Return
    whether it was new.
    """
    card = ctx.tx.one(_CARD, card=card_id)
    if card is None or {card.team_id, ctx.actor.team_id} != {team_id}:
        return False
    audience = Audience(card.audience)
    own = readers.Place(team_id=team_id, user_id=ctx.actor.user_id)
    if card.user_id not in {None, ctx.actor.user_id}:
        return False
    if readers.reading(ctx, card.subject_id, audience, own) is not readers.Reading.MAY:
        return False
    if card.user_id is None and card.channel_id != channel_id and not _learn(ctx, card, channel_id):
        return False
    adopted = cards.adopt(ctx, card, channel_id=channel_id, ts=ts)
    for row in cards.copies_at(ctx, card.subject_id, audience, channel_id=channel_id):
        cards.follow_copy(ctx, row)
    return adopted


def _learn(ctx: Context, card: Row, channel_id: str) -> bool:
    """Keep the id that the business's channel has now. False: the card's is not the business's channel."""
    subject = readers.find_subject(ctx.tx, card.subject_id)
    business_id = subject.business_of(Audience(card.audience)) if subject else None
    business = ctx.business_row(business_id) if business_id else None
    if business is None or (business.team_id, business.channel_id) != (card.team_id, card.channel_id):
        return False
    ctx.tx.run(_SET_CHANNEL, business=business.id, new_channel_id=channel_id)
    ctx.tx.run(_MOVE_CARDS, team=card.team_id, old_channel_id=card.channel_id, new_channel_id=channel_id)
    ctx.as_actor(Actor(source=Source.EVENT, team_id=card.team_id)).record(
        EventKind.BUSINESS_POLICY,
        Subject(SubjectKind.BUSINESS, business.id),
        business_id=business.id,
        policy_version=business.policy_version + 1,
        channel_id=channel_id,
    )
    ctx.reread_business(business.id)
    cards.refresh(ctx, business_ids={business.id})
    return True
