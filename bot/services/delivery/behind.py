"""Cards that show less than the record: those that fell behind, and those that the app could not change.

An update may be given up, a store restored from a backup, and the app removed from a channel. Such cards are
found by reading all of them, and follow again as soon as they can.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, func, or_, select, update

from bot.domain.messages import EffectKind
from bot.services import cards, readers
from bot.services.context import Context
from bot.store import tables
from bot.store.tables import CardState, EffectState

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

RECOVERING = "recovering"
"""Stands as the error of a copy while it is tried whether its message can be changed again."""
MOST_REPAIRS = 3
"""How often one version of a card is sent again where Slack refuses the change."""

_card = tables.table_of(tables.Card)
_effect = tables.table_of(tables.Effect)
_dead: Any = _effect.alias("dead")
_later: Any = _effect.alias("later")

_LOST_AT = " @"
_is_lost = _card.c.error.like(f"%{_LOST_AT}%")
_LOST = select(_card).where(_card.c.id == bindparam("card"), _is_lost)
_ONE_LOST = (
    select(func.min(_card.c.id).label("id")).where(_is_lost).group_by(_card.c.team_id, _card.c.channel_id)
)
_FAILED_IN = (
    select(_card.c.id, _card.c.subject_id, _card.c.audience, _card.c.error)
    .where(
        _card.c.team_id == bindparam("team"),
        _card.c.channel_id == bindparam("channel"),
        _card.c.ts.is_(None),
        _card.c.state == CardState.FAILED,
        _card.c.error != readers.WITHDRAWN,
    )
    .order_by(_is_lost.desc())
    .limit(100)
)
_STANDS = (
    select(_card.c.id)
    .where(
        _card.c.subject_id == bindparam("subject"),
        _card.c.audience == bindparam("for_whom"),
        _card.c.state != CardState.FAILED,
    )
    .limit(1)
)
_AT_MESSAGE = select(_card.c.id).where(
    _card.c.team_id == bindparam("team"),
    _card.c.channel_id == bindparam("channel"),
    _card.c.ts == bindparam("message"),
)
_RECOVER = (
    update(_card)
    .where(_card.c.id == bindparam("card"))
    .values(state=CardState.POSTED, ts=bindparam("message"), error=RECOVERING)
)
_RECOVERED = update(_card).where(_card.c.id == bindparam("card")).values(error=None)
_FORGET_LOST = update(_card).where(_card.c.id == bindparam("card")).values(error=readers.WITHDRAWN)
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
# Looked up by the subject's id: of a join PostgreSQL would make one with all of them. Digests and cards about
# settings have no version: they are behind if an update of them was given up.
_version: Any = func.coalesce(
    *(
        select(subject.c.version).where(subject.c.id == _card.c.subject_id).correlate(_card).scalar_subquery()
        for subject in cards.SUBJECTS
    ),
    0,
)
_denied = select(func.count()).where(_given_up, _dead.c.version == _version).scalar_subquery()
_idle = select(_card.c.id, _card.c.subject_id, _version.label("version")).where(
    _card.c.state == CardState.POSTED, ~_on_its_way
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


def lost_at(ts: str, *, why: str) -> str:
    """Return the error of a card whose message stands where the app cannot change it just now."""
    return f"{why}{_LOST_AT}{ts}"


def find_lost(tx: Tx) -> list[str]:
    """Return one card of each channel whose cards the app could not change: whether it can is tried again."""
    return [row.id for row in tx.all(_ONE_LOST)]


def recover(ctx: Context, card_ids: Sequence[str]) -> int:
    """Have cards whose messages were lost show the newest truth, where they still stand. Return how many."""
    recovered = 0
    for card_id in card_ids:
        for card in ctx.tx.all(_LOST, card=card_id):
            ts = card.error.partition(_LOST_AT)[2]
            where = {"team": card.team_id, "channel": card.channel_id, "message": ts}
            if ctx.tx.all(_AT_MESSAGE, **where):  # somebody pressed it meanwhile, and it was kept as a copy
                ctx.tx.run(_FORGET_LOST, card=card.id)
                continue
            ctx.tx.run(_RECOVER, card=card.id, message=ts)
            cards.follow_copy(ctx, card.id)
            recovered += 1
    return recovered


def reached(ctx: Context, card: Row) -> None:
    """Recover the lost cards of a channel, because the app could write there just now.

    What the other copies of these, and of what went elsewhere instead, say of the channel is no longer true:
    they are rendered again.
    """
    if card.error == RECOVERING:
        ctx.tx.alone()
        ctx.tx.run(_RECOVERED, card=card.id)
        subject = readers.find_subject(ctx.tx, card.subject_id)
        if subject is not None:
            cards.follow(ctx, card.subject_id, version=subject.version)
    at = {"team": card.team_id, "channel": card.channel_id}
    failed = ctx.tx.all(_FAILED_IN, **at) if card.user_id is None else []
    if failed:
        ctx.tx.alone()
        lost = [row for row in failed if _LOST_AT in row.error]
        recover(ctx, [row.id for row in lost])
        _went_elsewhere(ctx, [row for row in failed if row not in lost])


def _went_elsewhere(ctx: Context, failed: Sequence[Row]) -> None:
    """Forget that cards could not be posted in a channel, where copies of them stand elsewhere instead."""
    for row in failed:
        subject = readers.find_subject(ctx.tx, row.subject_id)
        if subject is not None and ctx.tx.all(_STANDS, subject=row.subject_id, for_whom=row.audience):
            ctx.tx.run(_FORGET_LOST, card=row.id)
            cards.follow(ctx, row.subject_id, version=subject.version)


def find_behind(tx: Tx, *, after: str, limit: int) -> list[str]:
    """Return the next cards after this id that are behind the record; it reads all cards on the way."""
    return [row.id for row in tx.all(_FIND_BEHIND, after=after, most=limit)]


def catch_up(ctx: Context, card_ids: Sequence[str]) -> int:
    """Send the cards again that a reader found behind, unless an update is on its way since. Return how many.

    This covers what the outbox does not: an update that was given up, a store restored from a backup.
    """
    repaired = 0
    for card_id in card_ids:
        for row in ctx.tx.all(_STILL_IDLE, card=card_id):
            cards.follow(ctx, row.subject_id, version=row.version)
            repaired += 1
    return repaired
