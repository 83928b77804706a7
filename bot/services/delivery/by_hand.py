"""What the operator sees and does: deliveries that are parked or dead, or fail again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update

from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.messages import EffectKind
from bot.services import grants
from bot.services.context import Context
from bot.services.delivery.ledger import find_card, unpost
from bot.store import outbox, tables
from bot.store.tables import CardState, EffectState
from bot.store.types import UTCDateTime

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

OFTEN = 10
"""So many attempts take about a quarter of an hour: what fails as often does not pass by itself soon."""
_effect = tables.table_of(tables.Effect)
_card = tables.table_of(tables.Card)
_request = tables.table_of(tables.Request)
_grant = tables.table_of(tables.Grant)

_LISTED = (
    select(_effect, _request.c.ref, _card.c.channel_id, _card.c.user_id)
    .outerjoin(_card, _effect.c.card_id == _card.c.id)
    .outerjoin(_grant, _effect.c.subject_id == _grant.c.id)
    .outerjoin(_request, _request.c.id == func.coalesce(_grant.c.request_id, _effect.c.subject_id))
)
"""Effects with the reference of the request that they are of, and where their card goes: to look for them."""
_STUCK = (
    _LISTED.where(tables.EFFECT_IS_STUCK(_effect), _effect.c.id > bindparam("after"))
    .order_by(_effect.c.id)
    .limit(bindparam("most"))
)
_RETRIED = (
    _LISTED.where(tables.EFFECT_WAITS(_effect), _effect.c.attempt >= OFTEN, _effect.c.id > bindparam("after"))
    .order_by(_effect.c.id)
    .limit(bindparam("most"))
)
_RETRY = (
    update(_effect)
    .where(_effect.c.id == bindparam("effect"), tables.EFFECT_IS_STUCK(_effect))
    .values(
        state=EffectState.WAITING,
        due_at=bindparam("due", type_=UTCDateTime),
        attempt=0,
        reads=0,
        marked_at=None,
        over_at=None,
    )
)
_LEAVE = (
    update(_effect)
    .where(_effect.c.id == bindparam("effect"), tables.EFFECT_IS_STUCK(_effect))
    .values(state=EffectState.SUPERSEDED, over_at=bindparam("now", type_=UTCDateTime))
)
_FIND_EFFECT = select(_effect).where(_effect.c.id == bindparam("effect"))


def stuck(tx: Tx, *, after: int = 0, limit: int = 100) -> list[Row]:
    """Return a page of the effects that are parked or dead, those numbered above `after`."""
    return tx.all(_STUCK, after=after, most=limit)


def retried(tx: Tx, *, after: int = 0, limit: int = 100) -> list[Row]:
    """Return a page of the effects that were tried often and wait for the next time, those above `after`."""
    return tx.all(_RETRIED, after=after, most=limit)


def retry(ctx: Context, effect_id: int) -> bool:
    """Have a parked or dead effect sent once more. False if there is none of this number."""
    row = ctx.tx.one(_FIND_EFFECT, effect=effect_id)
    if row is None or not ctx.tx.touched(_RETRY, effect=effect_id, due=outbox.AT_ONCE):
        return False
    if row.kind == EffectKind.POST_CARD:
        card = find_card(ctx.tx, row.card_id)
        if card is not None and card.state == CardState.FAILED:
            unpost(ctx.tx, card.id, to=CardState.WAITING)
    if (kept := grants.KEPT.get(EffectKind(row.kind))) is not None:
        kept.again(ctx, **kept.of(row))
    _record(ctx, EventKind.OUTBOX_RETRIED, row)
    ctx.tx.wake()
    return True


def leave(ctx: Context, effect_id: int) -> bool:
    """Put a parked or dead effect away, which is not sent any more. False if there is none of this number."""
    row = ctx.tx.one(_FIND_EFFECT, effect=effect_id)
    if row is None or not ctx.tx.touched(_LEAVE, effect=effect_id, now=ctx.now):
        return False
    _record(ctx, EventKind.OUTBOX_LEFT, row)
    return True


def _record(ctx: Context, kind: EventKind, row: Row) -> None:
    about = Subject(SubjectKind.EFFECT, str(row.id))
    ctx.record(kind, about, effect=row.kind, subject=row.subject_id, error=row.error)
