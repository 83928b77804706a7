"""Should writers ever not take turns, the rows themselves hold: nothing moves twice, nothing is there twice.

Taking turns is the first line: the lock that a write begins with on SQLite, the locks of the server on
PostgreSQL. Here a verb acts on what it had read before somebody else moved it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import make
import pytest
from make import EPOCH, write
from ring import Ring
from unkept import unkept

from bot.clock import PushedClock
from bot.domain.actors import Source
from bot.domain.assets import Kind
from bot.domain.grants import EndReason, GrantState
from bot.domain.requests import DraftState, RequestState, Term
from bot.errors import AlreadyDecided, ConstraintBroken
from bot.services import delivery as deliveries
from bot.services import moves, requests
from bot.services.context import act
from bot.services.grants import lifecycle
from bot.services.requests import drafts, send
from bot.services.results import Sent
from bot.store.database import Database, Tx

OPEN, REVIEW = RequestState.PENDING, RequestState.IN_REVIEW


@pytest.mark.covers("I2", "I20")
@pytest.mark.parametrize(
    ("at", "meanwhile", "to"),
    [
        (OPEN, REVIEW, REVIEW),
        (REVIEW, REVIEW, REVIEW),
        (REVIEW, REVIEW, RequestState.APPROVED),
        (OPEN, RequestState.CANCELLED, RequestState.APPROVED),
        (REVIEW, RequestState.EXPIRED, RequestState.DECLINED),
    ],
)
def test_a_request_that_moved_since_it_was_read_does_not_move_again(
    ring: Ring, at: RequestState, meanwhile: RequestState, to: RequestState
) -> None:
    ((request_id, now),) = ring.submit_many(1)

    def verb(tx: Tx) -> None:
        fixed = replace(moves.Fixed.of(row(tx)), term=Term.for_days(30), approvals=1)
        if at is REVIEW:
            act(tx, moves.move, row(tx), REVIEW, fixed=fixed, now=now)
        read = row(tx)
        act(tx, moves.move, read, meanwhile, fixed=fixed, now=now)
        act(tx, moves.move, read, to, fixed=fixed, now=now)

    def row(tx: Tx) -> Any:
        return moves.find_row(tx, request_id)

    with pytest.raises(AlreadyDecided):
        write(ring.database, verb)
    ring.decline_open()


@pytest.mark.covers("I7", "I20")
def test_a_grant_that_moved_since_it_was_read_does_not_move_again(ring: Ring) -> None:
    ring.begin()
    ring.approved(1)
    ((grant,),) = ring.record().grants.values()

    def verb(tx: Tx) -> None:
        for reason in (EndReason.REVOKED, EndReason.REACHED):
            act(
                tx,
                lifecycle.move,
                grant,
                GrantState.ENDING,
                acting_for=None,
                why=reason,
                now=EPOCH,
            )

    with pytest.raises(AlreadyDecided):
        write(ring.database, verb)


@pytest.mark.covers("T35", "I20")
def test_a_draft_that_changed_since_it_was_read_is_not_sent(ring: Ring) -> None:
    (account,) = ring.accounts(1)
    requested = make.requesting(make.item(Kind.AD_ACCOUNT, account))
    saved = write(ring.database, act, requests.submit, requested, by=ring.town.eva.by(Source.FORM), now=EPOCH)

    def verb(tx: Tx) -> None:
        row = drafts.find_draft_row(tx, saved.draft_id)
        for to in (DraftState.WAITING, DraftState.DROPPED):
            act(tx, drafts.move, row, to, now=EPOCH)

    with pytest.raises(AlreadyDecided):
        write(ring.database, verb)


@pytest.mark.covers("T35")
def test_the_store_itself_keeps_no_second_open_request_for_the_same(ring: Ring) -> None:
    (account,) = ring.accounts(1)
    requested = make.requesting(make.item(Kind.AD_ACCOUNT, account))
    by = ring.town.ann.by(Source.FORM)

    def sent(tx: Tx, ref: str) -> Sent:
        """Send as if nothing had been looked up."""
        return act(tx, send.send, requested, author_id=None, ref=ref, by=by, now=ring.now)

    ring.begin()
    write(ring.database, sent, "AMBER-1")
    with pytest.raises(ConstraintBroken):
        write(ring.database, sent, "AMBER-2")
    assert ring.decline_open() == 1
    write(ring.database, sent, "AMBER-2")
    assert ring.decline_open() == 1


@pytest.mark.postgres
@pytest.mark.covers("I19")
def test_two_workers_that_do_not_take_turns_claim_different_effects(postgresql_url: str) -> None:
    clock = PushedClock()
    with Database.open(postgresql_url, clock=clock) as database:
        town = make.town(database)
        for asset, kind in (
            (make.ACCOUNT, Kind.AD_ACCOUNT),
            (make.PAGE, Kind.PAGE),
            (make.PIXEL, Kind.PIXEL),
        ):
            write(
                database,
                act,
                requests.submit,
                make.requesting(make.item(kind, asset)),
                by=town.ann.by(),
                now=clock.now(),
            )
        with (
            unkept(postgresql_url, clock, in_turn=False) as one,
            unkept(postgresql_url, clock, in_turn=False) as other,
        ):
            claimed = [
                {
                    delivery.id
                    for delivery in act(tx, deliveries.claim, most=3, now=clock.now(), real=clock.real())
                }
                for tx in (one, other)
            ]
    assert [len(own) for own in claimed] == [3, 3]
    assert not claimed[0] & claimed[1]
