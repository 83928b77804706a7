"""Two replicas sweep at one instant: what is due happens once, exactly as if one of them had been alone."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from racing import do
from ring import Ring
from sqlalchemy import select
from unkept import unkept

from bot.clock import PushedClock
from bot.services.context import act
from bot.services.sweeps import BUSINESS_SWEEPS
from bot.store import tables
from bot.store.database import Tx

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

# What tells rows of a table apart, except what differs each time: ids of digests, cards and effects.
LOOKED_AT: dict[Any, tuple[str, ...]] = {
    tables.Request: ("id", "state", "version", "nudge_at", "warn_at", "undo_until"),
    tables.Grant: ("id", "state", "version", "warn_at", "ended_at"),
    tables.Nudge: ("request_id", "person_id", "due_at"),
    tables.Digest: ("person_id", "day", "created_at"),
    tables.Card: ("audience", "user_id", "channel_id"),
    tables.Effect: ("kind", "version", "about", "put_at"),
    tables.Event: ("kind", "subject_id", "version", "at"),
}


def counted(tx: Tx) -> Counter[Any]:
    """Count the rows that are alike in what is looked at."""
    found: Counter[Any] = Counter()
    for table, columns in LOOKED_AT.items():
        for row in tx.all(select(tables.table_of(table))):
            found[table.__name__, *(getattr(row, column) for column in columns)] += 1
    return found


@pytest.mark.covers("I7", "I19", "I21")
@pytest.mark.parametrize(
    "moments",
    [
        pytest.param([DAY, 3 * DAY, 10 * DAY, 13 * DAY + HOUR, 14 * DAY + HOUR], id="days"),
        pytest.param([n * HOUR for n in range(1, 15 * 24)], id="hours", marks=pytest.mark.long),
    ],
)
def test_what_is_due_happens_once_though_two_sweep_at_one_instant(
    ring: Ring, moments: list[timedelta]
) -> None:
    ring.begin()
    beginning = ring.now
    ring.approved(6, minutes=10 * 24 * 60)
    ring.submit_many(8)
    happened: set[str] = set()
    for moment in moments:
        now = beginning + moment
        with unkept(ring.url, PushedClock()) as tx:
            alone = sum(act(tx, sweep, now=now) for sweep in BUSINESS_SWEEPS)
            wanted = counted(tx)
        program = [do(act, sweep, now=now) for sweep in BUSINESS_SWEEPS]
        both = ring.both.race(program, program)
        assert sum(did.answer for one in both for did in one) == alone, (moment, both)
        assert ring.database.read_sync(counted) == wanted
        happened.update(row.kind for row in ring.record().events)
    assert {"request.nudged", "request.expired", "grant.ended"} <= happened
    audiences = {card.audience for card in ring.rows(tables.Card)}
    assert {"DIGEST", "EXPIRY", "ENDING"} <= audiences
    assert not any(row.undo_until for row in ring.rows(tables.Request))
    assert ring.database.verify().sound
