"""Looking up message copies and their readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, select, update

from bot.store import tables
from bot.store.tables import CardState

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_card = tables.table_of(tables.Card)
_person = tables.table_of(tables.Person)

_FIND_CARD = select(
    _card,
    exists(
        select(_person.c.id).where(
            _person.c.team_id == _card.c.team_id,
            _person.c.user_id == _card.c.user_id,
            _person.c.deactivated.is_(True),
        )
    ).label("left_slack"),
).where(_card.c.id == bindparam("card"))
_FIND_MESSAGE = select(_card.c.id).where(
    _card.c.team_id == bindparam("team"),
    _card.c.channel_id == bindparam("channel"),
    _card.c.ts == bindparam("message"),
)
_FIND_PERSON = select(_person.c.team_id, _person.c.user_id).where(_person.c.id == bindparam("person"))
_UNPOSTED = (
    update(_card)
    .where(_card.c.id == bindparam("card"))
    .values(state=bindparam("to"), ts=None, error=bindparam("why"))
)


def find_card(tx: Tx, card_id: str) -> Row | None:
    """Return the row of a copy of a card. `left_slack`: it goes to somebody who is deactivated."""
    return tx.one(_FIND_CARD, card=card_id)


def is_card(tx: Tx, *, team_id: str, channel_id: str, ts: str) -> bool:
    """Say whether a message is a copy of a card that we know."""
    return tx.one(_FIND_MESSAGE, team=team_id, channel=channel_id, message=ts) is not None


def find_user(tx: Tx, person_id: str) -> Row | None:
    """Return the Slack user (`team_id`, `user_id`) that a person is."""
    return tx.one(_FIND_PERSON, person=person_id)


def unpost(tx: Tx, card_id: str | None, *, to: CardState, why: str | None = None) -> None:
    """Note that a copy of a card is no longer in Slack: to be posted again, or given up."""
    tx.run(_UNPOSTED, card=card_id, to=to, why=why)
