"""Where a card or a notice goes that could not be said where it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.messages import FOR_ONE, About, Audience, read_about
from bot.services import cards, readers
from bot.services.context import Context
from bot.services.delivery.ledger import Target
from bot.services.delivery.outcomes import Delivery

if TYPE_CHECKING:
    from bot.store.compiled import Row


def reroute(ctx: Context, card: Row, *, elsewhere: bool) -> None:
    """Reach those with a card who are told now, where one copy was given up; have the other copies say so.

    With `elsewhere` False the message was the trouble, not the place. What is over needs no card: those who
    are told now are told of it. A digest is for one person: it goes nowhere else.
    """
    subject = readers.find_subject(ctx.tx, card.subject_id)
    if subject is None:
        return
    if elsewhere and subject.is_undecided:
        cards.post_where_told(ctx, card.subject_id, Audience(card.audience), once=True)
    cards.follow(ctx, card.subject_id, version=subject.version)


def places_instead(ctx: Context, delivery: Delivery, target: Target) -> list[readers.Place]:
    """Return where a notice is said that cannot be said at its target: where it may be read.

    Somebody who was written to directly, beside no card, and could not be reached, was the last to be tried.
    """
    if read_about(delivery.about).notice in FOR_ONE:
        return []
    subject = readers.find_subject(ctx.tx, target.subject_id)
    was_last = delivery.card_id is None and target.place.user_id is not None
    if subject is None or (was_last and target.reading is readers.Reading.MAY):
        return []
    return [
        place
        for place in readers.places(ctx, subject, target.audience, excluding=[target.place])
        if readers.reading(ctx, subject.id, target.audience, place) is not readers.Reading.MAY_NOT
    ]


def say_there(ctx: Context, delivery: Delivery, target: Target, places: list[readers.Place]) -> None:
    """Say a notice at other places."""
    about = read_about(delivery.about)
    for place in places:
        cards.put_notice(
            ctx,
            cards.Happened(target.subject_id, delivery.version),
            target.audience,
            About(notice=about.notice, details=about.details),
            place,
            beside_card=len(about.details) <= 1,
        )
