"""The outbox at work: claim what is due, hand it to its sender, finish it with its consequence.

Three short steps, never a transaction across the network: claim (committed), send, finish (committed). A
claim is a lease of seconds (`LEASE`) and a number; who finishes must still hold both, so a worker that was
stopped and goes on later writes nothing. Within a lane effects go in order, but a card's post before all
that follows from the card, whenever it was put (the card was deleted, its first post lost); between lanes
there is no order.

| state | means | next states |
| --- | --- | --- |
| WAITING | to be sent when it is due and first in its lane | SENDING, SUPERSEDED |
| SENDING | a worker has it, until its lease ends | DONE, WAITING, SUPERSEDED, PARKED, DEAD |
| DONE | it happened | |
| SUPERSEDED | a newer effect does the same | |
| PARKED | it may have happened, and nobody can see whether | WAITING, by hand; SUPERSEDED |
| DEAD | it cannot happen, or was tried too often | WAITING, by hand; SUPERSEDED |

What follows where the answer of a first post never came is in `bot.services.delivery.lost_answers`.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, or_, select, tuple_, update

from bot.domain.messages import EffectKind
from bot.services.context import Context
from bot.services.delivery.outcomes import Delivery
from bot.store import outbox, tables
from bot.store.tables import EffectState
from bot.store.tx import Lock, concurrent
from bot.store.types import UTCDateTime

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=27)
"""The others look for work every second, so what a dead worker had is soon theirs."""
SEND_SECONDS = 20.0
"""How long one delivery may take: well inside its lease."""
CALL_SECONDS = 8.0
"""How long one call of it may take with all of its answer: a lost one can still be read back."""
FAR_AHEAD = timedelta(minutes=15)
"""Longer than any pause or lease: what is due later than this was scheduled before the clock was set back."""
_effect = tables.table_of(tables.Effect)
_other = _effect.alias("other")
_newer = _effect.alias("newer")
_WAITS = tables.EFFECT_WAITS(_effect)
_LEASED = tables.EFFECT_IS_LEASED(_effect)
# Rendered whole from the record, or asked of Slack, so that of several in a lane the last one is enough.
_LAST_IS_ENOUGH = _effect.c.kind.in_(
    (
        EffectKind.UPDATE_CARD,
        EffectKind.PUBLISH_HOME,
        EffectKind.CHECK_PERSON,
        EffectKind.META_ACCESS,
        EffectKind.META_ENFORCE,
    )
)
_CLAIMS = Lock("claims", ())
"""Claims take turns: of one lane, two at once would take an effect each."""
_real: Any = bindparam("real", type_=UTCDateTime)
# One with a greater number may be sent already: numbers are drawn before the commit.
_is_first = ~exists(
    select(_other.c.id).where(
        _other.c.lane == _effect.c.lane,
        tables.EFFECT_IS_IN_LANE(_other),
        or_(
            _other.c.state == EffectState.SENDING,
            and_(
                _other.c.state != EffectState.PARKED,
                tuple_(_other.c.kind != EffectKind.POST_CARD, _other.c.id)
                < tuple_(_effect.c.kind != EffectKind.POST_CARD, _effect.c.id),
            ),
        ),
    )
)
_DUE = select(_effect.c.id).where(_WAITS, _effect.c.due_at <= _real, _is_first).limit(1)
_EXPIRED = select(_effect.c.id).where(_LEASED, _effect.c.lease_until <= _real).limit(1)
_claimable = (
    select(
        *(
            _effect.c[name]
            for name in (
                "id",
                "key",
                "kind",
                "subject_id",
                "card_id",
                "version",
                "about",
                "team_id",
                "attempt",
                "reads",
                "marked_at",
                "put_at",
            )
        )
    )
    .where(_WAITS, _is_first)
    .order_by(_effect.c.due_at, _effect.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=_effect, skip_locked=True)  # nothing on SQLite, where one writer claims at a time
)
_at_once: Any = bindparam("at_once", outbox.AT_ONCE, type_=UTCDateTime)
_before_all: Any = bindparam("before_all", outbox.BEFORE_ALL, type_=UTCDateTime)
_FIRST = _claimable.where(_effect.c.due_at <= _before_all)
_FRESH = _claimable.where(_effect.c.due_at > _before_all, _effect.c.due_at <= _at_once)
_DUE_AGAIN = _claimable.where(_effect.c.due_at > _at_once, _effect.c.due_at <= _real)
_CLAIM = (
    update(_effect)
    .where(_effect.c.id == bindparam("effect"), _WAITS)
    .values(
        state=EffectState.SENDING,
        attempt=_effect.c.attempt + 1,
        lease_until=bindparam("lease", type_=UTCDateTime),
    )
)
_RESCUE = (
    update(_effect)
    .where(_LEASED, _effect.c.lease_until <= _real)
    .values(state=EffectState.WAITING, lease_until=None)
)
_far: Any = bindparam("far", type_=UTCDateTime)
_far_ahead = select(_effect.c.id).where(_WAITS, _effect.c.due_at > _far).limit(bindparam("most"))
_leased_long = select(_effect.c.id).where(_LEASED, _effect.c.lease_until > _far).limit(bindparam("most"))
_DRAW_NEAR = update(_effect).where(_effect.c.id.in_(_far_ahead)).values(due_at=_real)
_END_LEASES = update(_effect).where(_effect.c.id.in_(_leased_long)).values(lease_until=_real)
_SUPERSEDE = (
    update(_effect)
    .where(
        tables.EFFECT_IS_IN_LANE(_effect),
        _WAITS,
        _LAST_IS_ENOUGH,
        _effect.c.lane == bindparam("in_lane"),
        exists(
            select(_newer.c.id).where(
                _newer.c.lane == _effect.c.lane,
                _newer.c.id > _effect.c.id,
                _newer.c.kind == _effect.c.kind,
                tables.EFFECT_IS_IN_LANE(_newer),
                _newer.c.state == EffectState.WAITING,
            )
        ),
    )
    .values(state=EffectState.SUPERSEDED, over_at=bindparam("now", type_=UTCDateTime))
)
_LANES_TO_TIDY = (
    select(_effect.c.lane)
    .where(_WAITS, _effect.c.due_at <= _real, _LAST_IS_ENOUGH, ~_is_first)
    .distinct()
    .limit(bindparam("most"))
)
_is_mine = and_(
    _effect.c.id == bindparam("effect"),
    _effect.c.state == EffectState.SENDING,
    _effect.c.attempt == bindparam("claimed"),
    _effect.c.lease_until == bindparam("lease", type_=UTCDateTime),
)
_MARK = update(_effect).where(_is_mine).values(marked_at=_real, reads=0)
_END = (
    update(_effect)
    .where(_is_mine)
    .values(
        state=bindparam("to"),
        lease_until=None,
        error=bindparam("why"),
        over_at=bindparam("now", type_=UTCDateTime),
    )
)
_PUT_OFF = (
    update(_effect)
    .where(_is_mine)
    .values(
        state=EffectState.WAITING,
        lease_until=None,
        due_at=bindparam("due", type_=UTCDateTime),
        attempt=bindparam("attempts"),
        reads=bindparam("times_read"),
        marked_at=bindparam("marked", type_=UTCDateTime),
        error=bindparam("why"),
    )
)
_MARKED_AT = select(_effect.c.marked_at).where(_effect.c.id == bindparam("effect"))


def is_work(tx: Tx, *, real: datetime) -> bool:
    """Say whether there is something to claim or to rescue."""
    return tx.one(_DUE, real=real) is not None or tx.one(_EXPIRED, real=real) is not None


@concurrent
def claim(ctx: Context, *, most: int, real: datetime, put_off_first: bool = False) -> tuple[Delivery, ...]:
    """Take up to `most` effects that are due and first in their lanes, as long as a lease lasts.

    Leases that have run out are freed first; what had one has kept its place. Of several changes of one card
    only the newest is sent. What takes access away at Meta goes before all else. `put_off_first`: what was
    put off and is due now goes before what was not.
    """
    ctx.tx.lock(_CLAIMS)
    ctx.tx.run(_RESCUE, real=real)
    for row in ctx.tx.all(_LANES_TO_TIDY, real=real, most=most):
        ctx.tx.run(_SUPERSEDE, in_lane=row.lane, now=ctx.now)
    lease = real + LEASE
    claimed: list[Delivery] = []
    rows: list[Row] = []
    then = (_DUE_AGAIN, _FRESH) if put_off_first else (_FRESH, _DUE_AGAIN)
    for statement in (_FIRST, *then):
        if len(rows) == most:
            break
        given = {"real": real} if statement is _DUE_AGAIN else {}
        rows += ctx.tx.all(statement, **given, most=most - len(rows))
    for row in rows:
        if ctx.tx.touched(_CLAIM, effect=row.id, lease=lease):
            values = {**row._asdict(), "kind": EffectKind(row.kind), "attempt": row.attempt + 1}
            claimed.append(Delivery(**values, lease_until=lease))
    return tuple(claimed)


def draw_near_due(tx: Tx, *, real: datetime, limit: int = 100) -> int:
    """Make effects due now that wait for a time far ahead, because the clock was set back.

    At most `limit` that wait and `limit` that are leased; return how many in all.
    """
    given = {"real": real, "far": real + FAR_AHEAD, "most": limit}
    drawn = tx.touched(_DRAW_NEAR, **given) + tx.touched(_END_LEASES, **given)
    if drawn:
        log.warning("%d deliveries waited for a time far ahead: was the clock put back?", drawn)
        tx.wake()
    return drawn


@concurrent
def mark(tx: Tx, delivery: Delivery, *, real: datetime) -> bool:
    """Note that from now on the message may have been posted. False: it is not ours any more, do not post."""
    return tx.touched(_MARK, **_fence(delivery), real=real) == 1


def marked_at(tx: Tx, delivery: Delivery) -> datetime | None:
    """Return when it was marked last, also by this claim: None if it was certainly not sent."""
    row = tx.one(_MARKED_AT, effect=delivery.id)
    return row.marked_at if row else None


def end(ctx: Context, delivery: Delivery, to: EffectState, *, why: str | None = None) -> bool:
    """Have a claim end for good. False: it was not ours any more."""
    return ctx.tx.touched(_END, **_fence(delivery), to=to, why=why, now=ctx.now) == 1


def put_off(
    tx: Tx,
    delivery: Delivery,
    *,
    due: datetime,
    marked: datetime | None,
    why: str,
    attempts: int | None = None,
    reads: int = 0,
) -> bool:
    """Have a claim end, and what it was of wait until it is `due` again. False: it was not ours any more.

    `marked`: it may have been posted since then, and is looked for `reads` times already.
    """
    done = tx.touched(
        _PUT_OFF,
        **_fence(delivery),
        due=due,
        marked=marked,
        why=why,
        attempts=delivery.attempt if attempts is None else attempts,
        times_read=reads,
    )
    return done == 1


def _fence(delivery: Delivery) -> dict[str, Any]:
    """Return what a statement must match so that it changes only what this claim still holds."""
    return {"effect": delivery.id, "claimed": delivery.attempt, "lease": delivery.lease_until}
