"""What must happen outside because of what is being committed: rows put in the caller's transaction.

Effects hold ids and scalars, never text: messages are rendered from the record when they are sent.
A row is put with the change it follows from and in no other way; `bot.services.delivery.claim` claims,
sends and finishes it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, insert, or_, select, union, update

from bot.domain.limits import MOST_HOMES_AT_ONCE
from bot.domain.messages import Audience, EffectKind
from bot.store.compiled import upsert
from bot.store.tables import (
    EFFECT_IS_IN_LANE,
    EFFECT_IS_OVER,
    EFFECT_IS_STUCK,
    AssetAdmin,
    Card,
    CardState,
    Effect,
    EffectState,
    Follow,
    HomeTab,
    Item,
    Membership,
    Person,
    table_of,
)
from bot.store.types import UTCDateTime

if TYPE_CHECKING:
    from bot.store.tx import Tx

# Always due: at once, whatever the two clocks say.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)

BEFORE_ALL = AT_ONCE - timedelta(days=1)
"""Due before everything that is due at once."""

IN_TURN = AT_ONCE + timedelta(seconds=1)
"""Due as well, but in turn with that: of these there may be thousands, and nobody waits for one of them."""

ADOPTED = "adopted"
"""Stands as the error of a copy that was found in Slack: where it cannot be changed, no other is posted."""

_card = table_of(Card)
_effect = table_of(Effect)
_follow = table_of(Follow)
_home = table_of(HomeTab)
_membership = table_of(Membership)
_asset_admin = table_of(AssetAdmin)
_item = table_of(Item)
_person = table_of(Person)

_INSERT_CARD = insert(_card)
_ADOPT_CARD = upsert(_card).on_conflict_do_nothing()
_INSERT_EFFECT = insert(_effect)
_INSERT_FOLLOW = insert(_follow)
_shown = select(_card.c.id, _card.c.subject_id, _card.c.team_id).where(_card.c.state != CardState.FAILED)
_CARDS_TO_UPDATE = union(  # PostgreSQL would read all cards for an OR
    _shown.where(_card.c.subject_id == bindparam("subject")),
    _shown.join_from(_card, _follow, _follow.c.card_id == _card.c.id).where(
        _follow.c.subject_id == bindparam("subject")
    ),
)
_waiting = _effect.alias("waiting")
_is_opened = (_home.c.team_id == _person.c.team_id) & (_home.c.user_id == _person.c.user_id)
_is_published_next = (
    or_(_person.c.deactivated.is_(None), _person.c.deactivated.is_(False)),
    ~exists(
        select(_waiting.c.id)
        .where(
            _waiting.c.lane == "home:" + _home.c.team_id + ":" + _home.c.user_id,
            EFFECT_IS_IN_LANE(_waiting),
            _waiting.c.state == EffectState.WAITING,
        )
        .with_for_update(read=True)  # it is not claimed before this is committed, which it is to show
    ),
)
_HOMES = (
    select(_home.c.team_id, _home.c.user_id)
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .join(_home, _is_opened)
    .where(_membership.c.business_id == bindparam("business"), *_is_published_next)
    .order_by(_home.c.opened_at.desc(), _home.c.user_id)
    .limit(bindparam("most"))
)
_HOMES_OF_ASSET_ADMINS = (
    select(_home.c.team_id, _home.c.user_id)
    .join_from(_item, _asset_admin, _item.c.asset_id == _asset_admin.c.asset_id)
    .join(_person, _asset_admin.c.person_id == _person.c.id)
    .join(_home, _is_opened)
    .where(_item.c.request_id == bindparam("request"), *_is_published_next)
    .order_by(_home.c.opened_at.desc(), _home.c.user_id)
    .limit(bindparam("most"))
)
_SUPERSEDE_CHECKS = (
    update(_effect)
    .where(
        EFFECT_IS_STUCK(_effect),
        _effect.c.kind == EffectKind.CHECK_PERSON,
        _effect.c.subject_id == bindparam("person"),
    )
    .values(state=EffectState.SUPERSEDED, over_at=bindparam("now", type_=UTCDateTime))
)
_SUPERSEDE_NOTICES = (
    update(_effect)
    .where(
        EFFECT_IS_IN_LANE(_effect),
        _effect.c.lane == bindparam("in_lane"),
        _effect.c.state == EffectState.WAITING,
        _effect.c.kind == EffectKind.POST_NOTICE,
        _effect.c.subject_id == bindparam("subject"),
        _effect.c.about == bindparam("about_"),
        _effect.c.marked_at.is_(None),  # else it may stand in Slack
    )
    .values(state=EffectState.SUPERSEDED, over_at=bindparam("now", type_=UTCDateTime))
)
_CARD = select(_card.c.id, _card.c.subject_id, _card.c.team_id).where(_card.c.id == bindparam("card"))
_over = _effect.alias("over")
_FORGET_DUE = delete(_effect).where(
    _effect.c.id.in_(
        select(_over.c.id)
        .where(
            EFFECT_IS_OVER(_over),
            _over.c.over_at <= bindparam("before", type_=UTCDateTime),
        )
        .order_by(_over.c.over_at)
        .limit(bindparam("most"))
    )
)


def lane_of_webhook(webhook_id: str) -> str:
    """Return the lane of all that is sent to a webhook: one after the other."""
    return f"webhook:{webhook_id}"


def lane_of(card_id: str) -> str:
    """Return the lane of everything about one copy of a card."""
    return f"card:{card_id}"


def _row(**values: Any) -> dict[str, Any]:
    return {
        "key": secrets.token_hex(16),
        "state": EffectState.WAITING,
        "due_at": AT_ONCE,
        "attempt": 0,
        "reads": 0,
        "marked_at": None,
        "lease_until": None,
        "error": None,
        "over_at": None,
        "card_id": None,
        "version": 0,
        "about": "",
        **values,
    }


def put_card(
    tx: Tx,
    *,
    subject_id: str,
    audience: Audience,
    version: int,
    team_id: str,
    now: datetime,
    channel_id: str | None = None,
    user_id: str | None = None,
    follows: Sequence[str] = (),
) -> str:
    """Put a new copy of a card, to a channel or to a person's DM, and its first post. Return its id.

    `follows` are subjects beside its own whose changes it shows.
    """
    card_id = secrets.token_hex(8)
    tx.run(
        _INSERT_CARD,
        id=card_id,
        subject_id=subject_id,
        audience=audience,
        team_id=team_id,
        user_id=user_id,
        channel_id=channel_id,
        ts=None,
        state=CardState.WAITING,
        error=None,
        shown=0,
    )
    tx.many(_INSERT_FOLLOW, [{"card_id": card_id, "subject_id": one} for one in follows])
    put_post(tx, card_id=card_id, subject_id=subject_id, version=version, team_id=team_id, now=now)
    return card_id


def adopt_card(
    tx: Tx,
    *,
    subject_id: str,
    audience: Audience,
    team_id: str,
    user_id: str | None,
    channel_id: str,
    ts: str,
    follows: Sequence[str] = (),
) -> bool:
    """Record a message that is in Slack already as a copy of a card. False: it was recorded before."""
    card_id = secrets.token_hex(8)
    adopted = tx.touched(
        _ADOPT_CARD,
        id=card_id,
        subject_id=subject_id,
        audience=audience,
        team_id=team_id,
        user_id=user_id,
        channel_id=channel_id,
        ts=ts,
        state=CardState.POSTED,
        error=ADOPTED,
        shown=0,
    )
    if adopted:
        tx.many(_INSERT_FOLLOW, [{"card_id": card_id, "subject_id": one} for one in follows])
    return adopted == 1


def put_post(
    tx: Tx,
    *,
    card_id: str,
    subject_id: str,
    version: int,
    team_id: str,
    now: datetime,
    due_at: datetime = AT_ONCE,
) -> None:
    """Have a copy of a card posted at `due_at` (real time): its first post, or another if that was lost."""
    tx.run(
        _INSERT_EFFECT,
        **_row(
            kind=EffectKind.POST_CARD,
            subject_id=subject_id,
            card_id=card_id,
            version=version,
            lane=lane_of(card_id),
            team_id=team_id,
            put_at=now,
            due_at=due_at,
        ),
    )
    tx.wake()


def put_updates(tx: Tx, *, subject_id: str, version: int, now: datetime) -> int:
    """Have every card that shows the subject show the newest state. Return how many there are."""
    cards = tx.all(_CARDS_TO_UPDATE, subject=subject_id)
    tx.many(
        _INSERT_EFFECT,
        [
            _row(
                kind=EffectKind.UPDATE_CARD,
                subject_id=card.subject_id,
                card_id=card.id,
                version=version,
                lane=lane_of(card.id),
                team_id=card.team_id,
                put_at=now,
            )
            for card in cards
        ],
    )
    if cards:
        tx.wake()
    return len(cards)


def put_update(tx: Tx, card_id: str, *, now: datetime) -> None:
    """Have one copy of a card show the newest truth, as far as its reader may see it."""
    for card in tx.all(_CARD, card=card_id):
        tx.run(
            _INSERT_EFFECT,
            **_row(
                kind=EffectKind.UPDATE_CARD,
                subject_id=card.subject_id,
                card_id=card.id,
                lane=lane_of(card.id),
                team_id=card.team_id,
                put_at=now,
            ),
        )
        tx.wake()


def put_notice(
    tx: Tx,
    *,
    subject_id: str,
    card_id: str | None,
    lane: str,
    team_id: str,
    about: str,
    version: int,
    now: datetime,
    last_is_enough: bool = False,
) -> None:
    """Have one line about what happened said: beside a copy of a card, or where `about` says (`About`).

    `last_is_enough`: the same about the same that still waits there is not said any more.
    """
    if last_is_enough:
        tx.run(_SUPERSEDE_NOTICES, in_lane=lane, subject=subject_id, about_=about, now=now)
    tx.run(
        _INSERT_EFFECT,
        **_row(
            kind=EffectKind.POST_NOTICE,
            subject_id=subject_id,
            card_id=card_id,
            version=version,
            about=about,
            lane=lane,
            team_id=team_id,
            put_at=now,
        ),
    )
    tx.wake()


def put_access(tx: Tx, *, asset_id: str, holder_id: str, now: datetime, first: bool = False) -> None:
    """Have Meta's state of a business's access to an asset be made what the record says.

    `first`: something is to be taken away there, which goes before all that is to be given.
    """
    tx.run(
        _INSERT_EFFECT,
        **_row(
            kind=EffectKind.META_ACCESS,
            subject_id=asset_id,
            about=holder_id,
            lane=f"meta:{asset_id}:{holder_id}",
            team_id="",
            put_at=now,
            due_at=BEFORE_ALL if first else AT_ONCE,
        ),
    )
    tx.wake()


def put_enforcement(tx: Tx, enforcement_id: str, *, now: datetime, first: bool = False) -> None:
    """Have Meta's state be made what an enforcement says. `first`: something is to be taken away there."""
    tx.run(
        _INSERT_EFFECT,
        **_row(
            kind=EffectKind.META_ENFORCE,
            subject_id=enforcement_id,
            lane=f"enforcement:{enforcement_id}",
            team_id="",
            put_at=now,
            due_at=BEFORE_ALL if first else AT_ONCE,
        ),
    )
    tx.wake()


def put_events(tx: Tx, webhook_id: str, *, last: int, now: datetime) -> None:
    """Have the events of the journal up to number `last` sent to a webhook, from where it is."""
    tx.run(
        _INSERT_EFFECT,
        **_row(
            kind=EffectKind.SEND_EVENTS,
            subject_id=webhook_id,
            about=str(last),
            lane=lane_of_webhook(webhook_id),
            team_id="",
            put_at=now,
        ),
    )
    tx.wake()


def put_checks(tx: Tx, people: list[tuple[str, str]], *, now: datetime, due_at: datetime = AT_ONCE) -> None:
    """Have Slack asked about these people, each as (person id, team id): deactivated, guest, bot, zone."""
    tx.many(
        _INSERT_EFFECT,
        [
            _row(
                kind=EffectKind.CHECK_PERSON,
                subject_id=person_id,
                lane=f"person:{person_id}",
                team_id=team_id,
                put_at=now,
                due_at=due_at,
            )
            for person_id, team_id in people
        ],
    )
    if people:
        tx.wake()


def put_checks_again(tx: Tx, people: list[tuple[str, str]], *, now: datetime) -> None:
    """Have Slack asked once more about people: what it could not be asked before is not tried by itself.

    After a start these may be all that there are: no card waits behind them.
    """
    tx.many(_SUPERSEDE_CHECKS, [{"person": person_id, "now": now} for person_id, _ in people])
    put_checks(tx, people, now=now, due_at=IN_TURN)


def forget_due(tx: Tx, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` effects that were over by then and that nobody must see. Return how many."""
    return tx.touched(_FORGET_DUE, before=before, most=limit)


def put_home(tx: Tx, *, team_id: str, user_id: str, now: datetime) -> None:
    """Have somebody's home published again."""
    tx.run(
        _INSERT_EFFECT,
        **_row(
            kind=EffectKind.PUBLISH_HOME,
            subject_id=user_id,
            lane=f"home:{team_id}:{user_id}",
            team_id=team_id,
            put_at=now,
        ),
    )
    tx.wake()


def put_homes(tx: Tx, business_ids: Iterable[str], *, now: datetime) -> None:
    """Have the homes of these businesses' members published again, where they were ever opened.

    Of each business only those that were opened last, as many as one change may write for; the others are
    published when somebody looks at them, as every home is.
    """
    homes = {
        (row.team_id, row.user_id)
        for business_id in business_ids
        for row in tx.all(_HOMES, business=business_id, most=MOST_HOMES_AT_ONCE)
    }
    for team_id, user_id in sorted(homes):
        put_home(tx, team_id=team_id, user_id=user_id, now=now)


def put_homes_of_asset_admins(tx: Tx, request_id: str, *, now: datetime) -> None:
    """Have the homes of those published again who are admins of what a request names, likewise."""
    for row in tx.all(_HOMES_OF_ASSET_ADMINS, request=request_id, most=MOST_HOMES_AT_ONCE):
        put_home(tx, team_id=row.team_id, user_id=row.user_id, now=now)
