"""Looking up message copies, where messages go, and their readers; that a copy is to be posted again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.messages import Audience, read_about
from bot.services import readers
from bot.services.context import Context
from bot.services.delivery.outcomes import Delivery
from bot.store import outbox, tables
from bot.store.tables import CardState

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_card = tables.table_of(tables.Card)
_effect = tables.table_of(tables.Effect)
_person = tables.table_of(tables.Person)

_FIND_CARD = select(_card).where(_card.c.id == bindparam("card"))
_CARD_OF = (
    select(_card)
    .join_from(_effect, _card, _effect.c.card_id == _card.c.id)
    .where(_effect.c.id == bindparam("effect"))
)
_FIND_MESSAGE = select(_card.c.subject_id, _card.c.audience).where(
    _card.c.team_id == bindparam("team"),
    _card.c.channel_id == bindparam("channel"),
    _card.c.ts == bindparam("message"),
)
_DMS = (
    select(_card.c.team_id, _card.c.user_id, _card.c.channel_id)
    .where(_card.c.user_id.is_not(None), _card.c.channel_id.is_not(None), _card.c.state == CardState.POSTED)
    .distinct()
    .limit(bindparam("most"))
)
_FIND_PERSON = select(_person.c.team_id, _person.c.user_id).where(_person.c.id == bindparam("person"))
_UNPOSTED = (
    update(_card)
    .where(_card.c.id == bindparam("card"))
    .values(state=bindparam("to"), ts=None, error=bindparam("why"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a message goes and for whom it is. `ts` is that of the card itself, once it is posted.

    `reading` says whether it may be read there now, `error` why its card was given up.
    """

    subject_id: str
    audience: Audience
    place: readers.Place
    reading: readers.Reading
    channel_id: str | None
    ts: str | None = None
    error: str | None = None


def find_card(tx: Tx, card_id: str) -> Row | None:
    """Return the row of a copy of a card."""
    return tx.one(_FIND_CARD, card=card_id)


def find_target(ctx: Context, delivery: Delivery) -> Target | None:
    """Return where a delivery goes as of now: to its card, or for a notice beside none where that says."""
    if delivery.card_id is None:
        about = read_about(delivery.about)
        if about.audience is None:
            return None
        place = readers.Place(team_id=delivery.team_id, channel_id=about.channel_id, user_id=about.user_id)
        return Target(
            subject_id=delivery.subject_id,
            audience=about.audience,
            place=place,
            reading=readers.reading(ctx, delivery.subject_id, about.audience, place),
            channel_id=place.channel_id,
        )
    card = find_card(ctx.tx, delivery.card_id) or ctx.tx.one(
        _CARD_OF, effect=delivery.id
    )  # handed over since
    if card is None:
        return None
    place, audience = readers.Place.of(card), Audience(card.audience)
    return Target(
        subject_id=card.subject_id,
        audience=audience,
        place=place,
        reading=readers.reading(ctx, card.subject_id, audience, place),
        channel_id=card.channel_id,
        ts=card.ts,
        error=card.error if card.state == CardState.FAILED else None,
    )


def is_card(tx: Tx, *, team_id: str, channel_id: str, ts: str) -> bool:
    """Say whether a message is a copy of a card that we know."""
    return card_at(tx, team_id=team_id, channel_id=channel_id, ts=ts) is not None


def card_at(tx: Tx, *, team_id: str, channel_id: str, ts: str) -> tuple[str, Audience] | None:
    """Return what a message is a card about, and for whom; None if it is no card that we know."""
    row = tx.one(_FIND_MESSAGE, team=team_id, channel=channel_id, message=ts)
    return None if row is None else (str(row.subject_id), Audience(row.audience))


def find_dms(tx: Tx, *, limit: int) -> dict[tuple[str, str], str]:
    """Return people's direct messages, as far as their cards tell; it reads all cards."""
    return {(row.team_id, row.user_id): row.channel_id for row in tx.all(_DMS, most=limit)}


def find_user(tx: Tx, person_id: str) -> Row | None:
    """Return the Slack user (`team_id`, `user_id`) that a person is."""
    return tx.one(_FIND_PERSON, person=person_id)


def unpost(tx: Tx, card_id: str | None, *, to: CardState, why: str | None = None) -> None:
    """Note that a copy of a card is no longer in Slack: to be posted again, or given up."""
    tx.run(_UNPOSTED, card=card_id, to=to, why=why)


def post_again(ctx: Context, delivery: Delivery, *, due: datetime) -> None:
    """Have the copy of a card that a delivery was of posted once more."""
    assert delivery.card_id is not None
    outbox.put_post(
        ctx.tx,
        card_id=delivery.card_id,
        subject_id=delivery.subject_id,
        version=delivery.version,
        team_id=delivery.team_id,
        now=ctx.now,
        due_at=due,
    )
