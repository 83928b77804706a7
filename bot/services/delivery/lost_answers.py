"""Whether a message is sent again whose answer never came.

Slack has no idempotency key, so a first post is the only call whose outcome can be unknown in a way that
matters: all others may simply be made again. It is marked before its first byte leaves (`claim.mark`), and
the message is looked for by the key in its metadata. Found, it is done.

| what is known | what is done |
| --- | --- |
| no answer came | it is looked for, soon (`FIRST_READ`) |
| it is not there | it is looked for once more, over a minute later (`SETTLE`): Slack may show it late |
| it is not there twice | it is posted again |
| history cannot be read: a card | it is posted again after `REPOST`, and if that answer is lost too, after
  twice that, and so on, up to an hour; doubled, it does no harm: a click on either is judged by the record |
| history cannot be read: a notice | it is parked: whether it is said again, the operator decides |

What Meta is asked for has its own rule, in `bot.meta.executor`: there all that was done can be read back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from bot.domain.messages import EffectKind
from bot.services.context import Context
from bot.services.delivery.claim import end, marked_at, put_off
from bot.services.delivery.ledger import post_again
from bot.services.delivery.outcomes import Delivery, NotFound, Unknown, Unverifiable
from bot.store import outbox, tables
from bot.store.tables import EffectState

if TYPE_CHECKING:
    from bot.store.tx import Tx

FIRST_READ = timedelta(seconds=2)
SETTLE = timedelta(seconds=60)
REPOST = timedelta(minutes=2)
LONGEST_REPOST = timedelta(hours=1)
_FIRST_POSTS = frozenset({EffectKind.POST_CARD, EffectKind.POST_NOTICE})

_effect = tables.table_of(tables.Effect)

_PARKED = (
    select(func.count().label("total"))
    .select_from(_effect)
    .where(
        _effect.c.lane == bindparam("of_card"),
        tables.EFFECT_IS_IN_LANE(_effect),
        _effect.c.state == EffectState.PARKED,
        _effect.c.kind == EffectKind.POST_CARD,
    )
)


def is_lost(delivery: Delivery, outcome: Unknown) -> bool:
    """Say whether a message may stand in Slack without our knowing it."""
    return delivery.kind in _FIRST_POSTS and outcome.sent


def settle_lost(
    ctx: Context, delivery: Delivery, outcome: Unknown | NotFound | Unverifiable, *, real: datetime
) -> bool:
    """Do what follows from what is known of a lost answer so far. False: it was not ours any more."""
    match outcome:
        case Unknown():
            marked = marked_at(ctx.tx, delivery)
            return put_off(ctx.tx, delivery, due=real + FIRST_READ, marked=marked, why=outcome.why)
        case NotFound():
            return _not_found(ctx.tx, delivery, real=real)
        case Unverifiable():
            return _unverifiable(ctx, delivery, outcome, real=real)


def _not_found(tx: Tx, delivery: Delivery, *, real: datetime) -> bool:
    marked = delivery.marked_at
    assert marked is not None
    if delivery.reads == 0:
        settled = max(real, marked) + SETTLE
        return put_off(tx, delivery, due=settled, marked=marked, why="not_seen_yet", reads=1)
    return put_off(tx, delivery, due=real, marked=None, why="not_posted")


def _unverifiable(ctx: Context, delivery: Delivery, outcome: Unverifiable, *, real: datetime) -> bool:
    if not end(ctx, delivery, EffectState.PARKED, why=f"unknown: {outcome.why}"):
        return False
    if delivery.kind is EffectKind.POST_CARD:
        assert delivery.card_id is not None
        row = ctx.tx.one(_PARKED, of_card=outbox.lane_of(delivery.card_id))
        assert row is not None
        # Each may stand in Slack: the more of them there are, the longer the next one waits.
        wait = min(LONGEST_REPOST, REPOST * 2 ** min(row.total - 1, 10))
        post_again(ctx, delivery, due=(delivery.marked_at or real) + wait)
    ctx.tx.wake()
    return True
