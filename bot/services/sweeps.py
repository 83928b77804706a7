"""What the clock does: sweeps over due rows.

Each sweep takes at most `limit` rows in one transaction and returns how many it took; call it until
it returns fewer. Any number of replicas may run it: what one has moved, another no longer finds
due. Dates are compared with now, never computed from a missed time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from bot.services import asking, grants, requests
from bot.store import inbox

if TYPE_CHECKING:
    from bot.store.tx import Tx

Sweep = Callable[..., int]

ROWS_A_STEP = 100


def expire_due(tx: Tx, *, now: datetime, limit: int = ROWS_A_STEP) -> int:
    """Expire requests that nobody decided in time."""
    return requests.expire_due(tx, now=now, limit=limit)


def end_due(tx: Tx, *, now: datetime, limit: int = ROWS_A_STEP) -> int:
    """End grants whose end is reached."""
    return grants.end_due(tx, now=now, limit=limit)


def lapse_due(tx: Tx, *, now: datetime, limit: int = ROWS_A_STEP) -> int:
    """Let go of prepared asks that no admin sent in time."""
    return asking.lapse_due(tx, now=now, limit=limit)


def forget_due(tx: Tx, *, real: datetime) -> int:
    """Let go of the keys of inbound deliveries that cannot come again (`real` time)."""
    return inbox.forget_due(tx, real)


# Ends come first: access that outlives its end is the worst of the three.
BUSINESS_SWEEPS: tuple[Sweep, ...] = (end_due, expire_due, lapse_due)
