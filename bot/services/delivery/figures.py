"""How much waits and how much is stuck, as numbers for monitoring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, func, select

from bot.domain.connections import EnforcementState
from bot.domain.grants import UNSETTLED
from bot.domain.messages import EffectKind
from bot.services import webhooks
from bot.services.delivery.by_hand import OFTEN
from bot.store import tables
from bot.store.tables import EffectState
from bot.store.types import UTCDateTime

if TYPE_CHECKING:
    from bot.store.tx import Tx

_effect = tables.table_of(tables.Effect)
_request = tables.table_of(tables.Request)
_grant = tables.table_of(tables.Grant)
_enforcement = tables.table_of(tables.Enforcement)

_real: Any = bindparam("real", type_=UTCDateTime)
# What is due at once has a date of long ago: it waits since it was put.
_is_due = and_(_effect.c.state == EffectState.WAITING, _effect.c.due_at <= _real, _effect.c.put_at <= _real)
_since = case((_effect.c.due_at < _effect.c.put_at, _effect.c.put_at), else_=_effect.c.due_at)
_DUE = select(_effect.c.kind, func.count().label("total")).where(_is_due).group_by(_effect.c.kind)
_OLDEST = select(func.min(_since).label("due")).where(_is_due)
_STUCK = (
    select(_effect.c.state, func.count().label("total"))
    .where(tables.EFFECT_IS_STUCK(_effect))
    .group_by(_effect.c.state)
)
_RETRIED = (
    select(func.count().label("total"))
    .select_from(_effect)
    .where(tables.EFFECT_WAITS(_effect), _effect.c.attempt >= OFTEN)
)
_OPEN = select(func.count().label("total")).select_from(_request).where(tables.REQUEST_IS_OPEN(_request))
_AT_META = (
    select(_grant.c.state, func.count().label("total"))
    .where(_grant.c.state.in_(sorted(UNSETTLED)))
    .group_by(_grant.c.state)
)
_ENFORCED = (
    select(_enforcement.c.state, func.count().label("total"))
    .where(_enforcement.c.state != EnforcementState.IN_FORCE)
    .group_by(_enforcement.c.state)
)
"""Beside grants: claims, and what people can do. Their states are called like those of grants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is due by kind, how long the oldest of it waits, what is stuck by state, and what is under way.

    `retried` is how much was tried often, and is tried again; `events_left` how many events of the journal
    the webhook has not taken.
    """

    due: Mapping[str, int]
    oldest: timedelta
    stuck: Mapping[str, int]
    retried: int
    open_requests: int
    at_meta: Mapping[str, int]
    events_left: int


def figures(tx: Tx, *, real: datetime) -> Figures:
    """Count, at `real` time. No row of the record shows in it."""
    oldest, waiting, retried = tx.one(_OLDEST, real=real), tx.one(_OPEN), tx.one(_RETRIED)
    assert waiting is not None
    assert retried is not None
    due_at = None if oldest is None else oldest.due
    return Figures(
        due=dict.fromkeys(map(str, EffectKind), 0) | {row.kind: row.total for row in tx.all(_DUE, real=real)},
        oldest=timedelta(0) if due_at is None else max(timedelta(0), real - due_at),
        stuck={str(EffectState.PARKED): 0, str(EffectState.DEAD): 0}
        | {row.state: row.total for row in tx.all(_STUCK)},
        retried=retried.total,
        open_requests=waiting.total,
        at_meta=_at_meta(tx),
        events_left=webhooks.left(tx).total,
    )


def _at_meta(tx: Tx) -> Mapping[str, int]:
    totals: Counter[str] = Counter()
    for statement in (_AT_META, _ENFORCED):
        totals.update({row.state: row.total for row in tx.all(statement)})
    return totals
