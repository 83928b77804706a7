"""Two replicas at work on one journal, one outbox and one time."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import make
import pytest
from make import write
from racing import Do, Reading, do, parties
from ring import Ring, approves, no
from sqlalchemy import select

from bot.clock import PushedClock
from bot.domain.denials import DenialReason
from bot.services import delivery as deliveries
from bot.services import requests
from bot.services.context import act
from bot.services.delivery import Delivery, Done
from bot.services.results import Moved
from bot.store import journal, tables
from bot.store.database import Database, Tx
from bot.store.tables import EffectState

SECOND = timedelta(seconds=1)
APART = timedelta(seconds=90)


# --- one journal ------------------------------------------------------------------------------------


def append(tx: Tx, party: int, number: int) -> int:
    journal.append(
        tx,
        journal.Event(
            kind="test.appended",
            subject_kind="test",
            subject_id=str(number),
            actor={"kind": "operator"},
            source="COMMAND_LINE",
            data={"party": party},
        ),
    )
    assert tx.head is not None
    return tx.head.seq


@pytest.mark.covers("T32", "I9")
@pytest.mark.parametrize("each", [200, pytest.param(5000, marks=pytest.mark.long)])
def test_two_processes_that_append_at_once_make_one_chain_without_a_gap(ring: Ring, each: int) -> None:
    ring.begin()
    first = ring.head() + 1
    both = ring.both.race(*([do(append, party, n) for n in range(each)] for party in range(2)))
    numbers = [[did.answer for did in one] for one in both]
    assert sorted(numbers[0] + numbers[1]) == list(range(first, first + 2 * each))
    for own in numbers:
        assert own == sorted(own)
    kept: Counter[Any] = Counter(
        (json.loads(row.data)["party"], int(row.subject_id)) for row in ring.record().events
    )
    assert kept == Counter((party, n) for party in range(2) for n in range(each))
    assert ring.database.verify().sound


# --- one outbox -------------------------------------------------------------------------------------


def claim(ring: Ring, *, real: datetime, most: int = 3) -> Do:
    return do(act, deliveries.claim, most=most, now=ring.now, real=real)


def finish(ring: Ring, one: Delivery, *, real: datetime, ts: str) -> Do:
    done = Done(ts=ts, channel_id="CBRAND")
    return do(act, deliveries.finish, one, done, now=ring.now, real=real)


@pytest.mark.covers("I19")
@pytest.mark.parametrize("many", [8, pytest.param(40, marks=pytest.mark.long)])
def test_two_workers_empty_one_outbox_and_claim_nothing_twice(ring: Ring, many: int) -> None:
    requested = ring.submit_many(many)
    ring.at_once(
        [no(ring.town.dov, id_, now=at) for id_, at in requested]
    )  # what follows in each card's lane
    real = datetime.now(UTC)
    due = {row.id for row in ring.rows(tables.Effect) if row.state == EffectState.WAITING}
    claimed: Counter[int] = Counter()
    while True:
        ((one, other),) = ring.both.duels([(claim(ring, real=real), claim(ring, real=real))])
        if not one and not other:
            break
        claimed.update(delivery.id for delivery in (*one, *other))
        finished = ring.both.race(
            *([finish(ring, each, real=real, ts=f"{each.id}.0") for each in own] for own in (one, other))
        )
        assert all(did.answer for own in finished for did in own)
    assert claimed == Counter(due)
    assert {row.state for row in ring.rows(tables.Effect) if row.id in due} == {EffectState.DONE}


@pytest.mark.covers("V5")
def test_a_worker_that_was_stopped_past_its_lease_writes_nothing_when_it_goes_on(ring: Ring) -> None:
    ring.submit_many(2)
    real = datetime.now(UTC)
    over = real + deliveries.LEASE + SECOND
    ((stopped,),) = ring.both.race([claim(ring, real=real, most=100)])
    held = stopped.answer
    (marked,), (taken,) = ring.both.race(
        [do(deliveries.mark, held[0], real=over)], [claim(ring, real=over, most=100)]
    )
    assert marked.answer in {True, False}, "the mark came first, or the end of the lease did"
    assert {(one.id, one.attempt) for one in taken.answer} == {(one.id, one.attempt + 1) for one in held}

    late, own = ring.both.race(
        [
            do(deliveries.mark, held[0], real=over),
            *(finish(ring, one, real=over, ts=f"{one.id}.late") for one in held),
        ],
        [finish(ring, one, real=over, ts=f"{one.id}.0") for one in taken.answer],
    )

    assert [did.answer for did in late] == [False] * (len(held) + 1)
    assert [did.answer for did in own] == [True] * len(held)
    posted = {one.card_id: f"{one.id}.0" for one in held if one.card_id}
    assert {row.id: row.ts for row in ring.rows(tables.Card) if row.id in posted} == posted
    ring.decline_open()


# --- one time ---------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.covers("F35", "I5")
@pytest.mark.parametrize("wrong", [(APART, -APART), (-APART, APART)], ids=["fast-slow", "slow-fast"])
def test_replicas_whose_clocks_are_apart_go_by_the_time_of_their_server(
    postgresql_url: str, wrong: tuple[timedelta, timedelta]
) -> None:
    clock = PushedClock()
    with Database.open(postgresql_url, clock=clock) as database:
        database.set_clock()
        town = make.town(database)
        ends = {name: clock.now() + after for name, after in (("soon", 60 * SECOND), ("past", -60 * SECOND))}
        requested = {}
        for (name, end), asset in zip(ends.items(), (make.PAGE, make.PIXEL), strict=True):
            kind = make.Kind.PAGE if asset == make.PAGE else make.Kind.PIXEL
            sent = write(
                database,
                act,
                requests.submit,
                make.requesting(make.item(kind, asset)),
                by=town.ann.by(),
                now=end - timedelta(days=14),
            )
            requested[name] = sent.request_id
        with parties(postgresql_url, wrong=wrong) as both:
            sweep = do(act, requests.expire_due, now=Reading.NOW)
            clicks = [
                approves(town.dana, requested["soon"], now=Reading.NOW),
                approves(town.dov, requested["past"], now=Reading.NOW),
            ]
            swept, clicked = both.race([sweep], clicks)
        rows = {
            row.id: row
            for row in database.read_sync(lambda tx: tx.all(select(tables.table_of(tables.Request))))
        }
        assert isinstance(clicked[0].answer, Moved)
        assert clicked[1].answer.reason is DenialReason.EXPIRED
        assert swept[0].answer == 1
        assert rows[requested["soon"]].state == "APPROVED"
        assert rows[requested["past"]].state == "EXPIRED"
