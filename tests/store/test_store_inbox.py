from __future__ import annotations

from datetime import timedelta

import pytest
from nodes import kept, put
from sqlalchemy import select

from bot.clock import PushedClock
from bot.domain.inbox import InboxKind
from bot.errors import Busy, DomainError
from bot.store import inbox, tables
from bot.store.database import Database, InboxKey, Repeated, Tx

CLICK = InboxKey(InboxKind.SIGNATURE, "v0=abc:1700000000")
ENVELOPE = InboxKey(InboxKind.ENVELOPE, "0b7a-77")


def submit(tx: Tx, node_id: str) -> str:
    put(tx, node_id)
    answer = f"request {node_id}"
    inbox.keep(tx, answer)
    return answer


class NotAllowed(DomainError):
    pass


def fail(tx: Tx, error: Exception) -> None:
    put(tx, "gone")
    raise error


@pytest.mark.covers("T3", "I18", "F2", "F25")
def test_the_second_delivery_does_nothing_and_gets_the_first_answer(database: Database):
    assert database.submit(submit, "1", inbox=CLICK).result(5) == "request 1"
    for _ in range(3):
        assert database.submit(submit, "2", inbox=CLICK).result(5) == Repeated("request 1")
    assert kept(database) == ["1"]


@pytest.mark.covers("T3", "I18")
def test_two_deliveries_in_one_batch_have_the_effect_of_one(database: Database, held):
    with held():
        answers = [database.submit(submit, "1", inbox=CLICK) for _ in range(5)]
    assert [answer.result(5) for answer in answers] == ["request 1"] + [Repeated("request 1")] * 4


@pytest.mark.covers("F23")
def test_the_same_envelope_to_two_replicas_has_one_effect(database_url: str, clock: PushedClock):
    with Database.open(database_url, clock=clock) as one, Database.open(database_url, clock=clock) as other:
        for n in range(20):
            key = InboxKey(InboxKind.ENVELOPE, str(n))
            answers = [store.submit(submit, str(n), inbox=key) for store in (one, other)]
            results = [answer.result(10) for answer in answers]
            assert f"request {n}" in results
            assert Repeated(f"request {n}") in results
        assert len(kept(one)) == 20


def test_another_key_is_another_inbound(database: Database):
    database.submit(submit, "1", inbox=CLICK).result(5)
    same_value = InboxKey(InboxKind.ENVELOPE, CLICK.value)
    assert database.submit(submit, "2", inbox=same_value).result(5) == "request 2"


def test_what_kept_no_answer_keeps_the_key(database: Database):
    def deny(_: Tx) -> bool:
        return False

    assert database.submit(deny, inbox=CLICK).result(5) is False
    assert database.submit(submit, "1", inbox=CLICK).result(5) == Repeated(None)


def test_a_domain_error_keeps_the_key(database: Database):
    with pytest.raises(NotAllowed):
        database.submit(fail, NotAllowed(), inbox=CLICK).result(5)
    assert database.submit(submit, "1", inbox=CLICK).result(5) == Repeated(None)
    assert kept(database) == []


@pytest.mark.parametrize("error", [Busy("later"), RuntimeError("our own fault")])
def test_what_was_not_answered_may_come_again(database: Database, error: Exception):
    with pytest.raises(type(error)):
        database.submit(fail, error, inbox=CLICK).result(5)
    assert database.submit(submit, "1", inbox=CLICK).result(5) == "request 1"


@pytest.mark.covers("F26")
def test_a_click_that_came_too_late_may_come_again(database: Database):
    with pytest.raises(Busy):
        database.submit(submit, "1", inbox=CLICK, deadline=-1).result(5)
    assert database.submit(submit, "1", inbox=CLICK).result(5) == "request 1"


def test_the_verb_knows_its_key_and_the_next_one_does_not(database: Database, held):
    def which(tx: Tx) -> str | None:
        return tx.inbox_key

    with held():
        answers = [database.submit(which, inbox=CLICK), database.submit(which)]
    assert [answer.result(5) for answer in answers] == ["signature:v0=abc:1700000000", None]


@pytest.mark.parametrize("value", ["", "a\nb", "\x00", "ä", "x" * 301])
def test_a_key_is_short_and_printable(value: str):
    with pytest.raises(ValueError, match="inbox key"):
        InboxKey(InboxKind.EVENT, value)


@pytest.mark.covers("T3", "I28", "F25")
def test_signatures_and_states_are_forgotten_after_ten_minutes_and_envelopes_after_a_day(
    database: Database, clock: PushedClock
):
    def left() -> set[str]:
        rows = database.read_sync(lambda tx: tx.all(select(tables.InboxRow.__table__.c.key)))
        return {row.key.partition(":")[0] for row in rows}

    def forgotten() -> int:
        return database.submit(inbox.forget_due, clock.real(), limit=100).result(5)

    for kind in InboxKind:
        database.submit(submit, kind, inbox=InboxKey(kind, "1")).result(5)
    assert forgotten() == 0
    clock.push(timedelta(days=2))  # business time is not what keys age by
    clock.push_real(timedelta(minutes=9))
    assert forgotten() == 0
    clock.push_real(timedelta(minutes=2))
    assert forgotten() == 2
    assert left() == {"envelope", "event", "thread"}
    clock.push_real(timedelta(days=1))
    assert forgotten() == 2
    assert left() == {"thread"}, "what is told once in a thread is kept for months"
    clock.push_real(timedelta(days=90))
    assert forgotten() == 1
    assert left() == set()
