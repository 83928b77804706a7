"""The ledger of message copies: what is posted, follows its subject, says a notice, is retired or repaired.

Each function puts what must follow into the outbox, in the transaction of what it follows from. Messages are
rendered from the record when they are sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, func, or_, select

from bot.domain.messages import Audience, EffectKind, Notice
from bot.domain.requests import OPEN, DraftState
from bot.services import approvers
from bot.services.context import Context
from bot.store import outbox, tables
from bot.store.tables import CardState, EffectState

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

MOST_REPAIRS = 3
"""How often one version of a card is sent again where Slack refuses the change."""

_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_draft = tables.table_of(tables.Draft)
_grant = tables.table_of(tables.Grant)
_person = tables.table_of(tables.Person)
_card = tables.table_of(tables.Card)
_effect = tables.table_of(tables.Effect)
_dead: Any = _effect.alias("dead")
_later: Any = _effect.alias("later")

_on_its_way = exists(
    select(_effect.c.id).where(
        _effect.c.lane == "card:" + _card.c.id,
        tables.EFFECT_IS_IN_LANE(_effect),
        _effect.c.state != EffectState.PARKED,
    )
)
_given_up = and_(
    tables.EFFECT_IS_STUCK(_dead),
    _dead.c.state == EffectState.DEAD,
    _dead.c.kind == EffectKind.UPDATE_CARD,
    _dead.c.card_id == _card.c.id,
)
_not_repaired = exists(
    select(_dead.c.id).where(
        _given_up,
        ~exists(
            select(_later.c.id).where(
                _later.c.card_id == _dead.c.card_id,
                _later.c.id > _dead.c.id,
                _later.c.state == EffectState.DONE,
            )
        ),
    )
)
# Looked up by the subject's id: of a join PostgreSQL would make one with all of them.
_version: Any = func.coalesce(
    *(
        select(subject.c.version).where(subject.c.id == _card.c.subject_id).correlate(_card).scalar_subquery()
        for subject in (_request, _draft, _grant)
    )
)
_denied = select(func.count()).where(_given_up, _dead.c.version == _version).scalar_subquery()
_idle = select(_card.c.id, _card.c.subject_id, _version.label("version")).where(
    _card.c.state == CardState.POSTED, _version.is_not(None), ~_on_its_way
)
_FIND_BEHIND = (
    _idle.where(
        or_(_card.c.shown < _version, _not_repaired), _denied < MOST_REPAIRS, _card.c.id > bindparam("after")
    )
    .order_by(_card.c.id)
    .limit(bindparam("most"))
)
# What was given up and what came after it is not indexed by card: a reader has looked at that.
_STILL_IDLE = _idle.where(_card.c.id == bindparam("card"))
_OPEN_REQUESTS = select(
    _request.c.id, _request.c.version, _request.c.requesting_id, _request.c.deciding_id
).where(_request.c.state.in_(sorted(OPEN)))
_OPEN_ITEMS = select(_item.c.request_id, _item.c.asset_id).where(_item.c.is_open)
_WAITING = select(_draft.c.id, _draft.c.version, _draft.c.business_id).where(
    _draft.c.state == DraftState.WAITING
)
_USER = select(_person.c.team_id, _person.c.user_id).where(_person.c.id == bindparam("person"))


def post(
    ctx: Context,
    subject_id: str,
    audience: Audience,
    *,
    version: int,
    team_id: str,
    channel_id: str | None = None,
    user_id: str | None = None,
    follows: Sequence[str] = (),
) -> str:
    """Post a new copy of a card to a channel or to somebody's direct messages. Return the copy's id.

    `follows` are the subjects beside its own whose changes it shows.
    """
    return outbox.put_card(
        ctx.tx,
        subject_id=subject_id,
        audience=audience,
        version=version,
        team_id=team_id,
        channel_id=channel_id,
        user_id=user_id,
        now=ctx.now,
        follows=follows,
    )


def post_to_person(
    ctx: Context,
    subject_id: str,
    audience: Audience,
    person_id: str,
    *,
    version: int,
    follows: Sequence[str] = (),
) -> None:
    """Post a copy of a card to the direct messages of one person."""
    person = ctx.tx.one(_USER, person=person_id)
    assert person is not None
    post(
        ctx,
        subject_id,
        audience,
        version=version,
        team_id=person.team_id,
        user_id=person.user_id,
        follows=follows,
    )


def post_to_business(
    ctx: Context,
    subject_id: str,
    audience: Audience,
    business: Row,
    *,
    version: int,
    eligible: Sequence[Row],
    by_dm: bool = False,
) -> int:
    """Post one card to the business's approvals channel; where it has none, one to each `eligible` person.

    Where nobody is eligible, other members get it: the card says that nobody can decide, and they can change
    that. Return how many copies there are.
    """
    if business.team_id and business.channel_id and not by_dm:
        post(
            ctx,
            subject_id,
            audience,
            version=version,
            team_id=business.team_id,
            channel_id=business.channel_id,
        )
        return 1
    people = eligible or approvers.members_to_tell(ctx.tx, business.id)
    for person in people:
        post(ctx, subject_id, audience, version=version, team_id=person.team_id, user_id=person.user_id)
    return len(people)


def adopt(
    ctx: Context, subject_id: str, audience: Audience, *, team_id: str, channel_id: str, ts: str
) -> bool:
    """Keep a message that is in Slack already as a copy of a card. False if it is known as one."""
    return outbox.adopt_card(
        ctx.tx, subject_id=subject_id, audience=audience, team_id=team_id, channel_id=channel_id, ts=ts
    )


def follow(ctx: Context, subject_id: str, *, version: int) -> None:
    """Have every card that shows the subject show it as it is now."""
    outbox.put_updates(ctx.tx, subject_id=subject_id, version=version, now=ctx.now)


def notify(
    ctx: Context, subject_id: str, audience: Audience, notice: Notice, *, version: int, detail: str = ""
) -> int:
    """Say what happened beside every copy of the subject's card for this audience. Return their number."""
    return outbox.put_notices(
        ctx.tx,
        subject_id=subject_id,
        audience=audience,
        about=notice.about(detail),
        version=version,
        now=ctx.now,
    )


def retire(ctx: Context, card_id: str, *, why: str) -> None:
    """Stop changing a copy of a card: its message stays as it is, and nothing more is said there."""
    outbox.retire_card(ctx.tx, card_id, why=why, now=ctx.now)


def publish_home(ctx: Context, *, team_id: str, user_id: str) -> None:
    """Publish somebody's home again."""
    outbox.put_home(ctx.tx, team_id=team_id, user_id=user_id, now=ctx.now)


def publish_homes(ctx: Context, business_ids: Iterable[str]) -> None:
    """Publish the homes of these businesses' members again, as far as they were ever opened."""
    outbox.put_homes(ctx.tx, business_ids, now=ctx.now)


def refresh(ctx: Context, *, business_ids: Collection[str], asset_ids: Collection[str] = ()) -> None:
    """Render the open cards of these businesses, and those about these assets, again.

    The homes of the businesses' members too.
    """
    about = {row.request_id for row in ctx.tx.all(_OPEN_ITEMS) if row.asset_id in asset_ids}
    stale = [
        (row.id, row.version)
        for row in ctx.tx.all(_OPEN_REQUESTS)
        if row.id in about or row.requesting_id in business_ids or row.deciding_id in business_ids
    ]
    stale += [(row.id, row.version) for row in ctx.tx.all(_WAITING) if row.business_id in business_ids]
    for subject_id, version in stale:
        follow(ctx, subject_id, version=version)
    outbox.put_homes(ctx.tx, business_ids, now=ctx.now)


def find_behind(tx: Tx, *, after: str, limit: int) -> list[str]:
    """Return the next cards after this id that are behind the record; it reads all cards on the way."""
    return [row.id for row in tx.all(_FIND_BEHIND, after=after, most=limit)]


def repair(ctx: Context, card_ids: Sequence[str]) -> int:
    """Send the cards again that a reader found behind, unless an update is on its way since. Return how many.

    This covers what the outbox does not: an update that was given up, a store restored from a backup.
    """
    repaired = 0
    for card_id in card_ids:
        for row in ctx.tx.all(_STILL_IDLE, card=card_id):
            follow(ctx, row.subject_id, version=row.version)
            repaired += 1
    return repaired
