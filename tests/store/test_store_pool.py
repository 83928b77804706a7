"""Verbs that run at the same time do what they would do one after the other, or are run by the writer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from nodes import FIND, NODE, an_event, kept, put
from sqlalchemy import BigInteger, func, insert, select, text

from bot.clock import PushedClock
from bot.domain.inbox import InboxKind
from bot.errors import Busy, ConstraintBroken, DomainError, Unconfirmed
from bot.store import journal
from bot.store.database import Database, InboxKey, Repeated, Tx
from bot.store.drivers.postgresql import Postgres
from bot.store.pool import Concurrent
from bot.store.tx import Lock, concurrent
from bot.store.verifying import Finding, Verdict

pytestmark = pytest.mark.postgres

KEY = InboxKey(InboxKind.ENVELOPE, "e-1")
COUNT = select(func.count().label("found")).select_from(NODE)
HERE = Lock("place", ("here",))
SHARED = Lock("place", ("here",), shared=True)
WAIT = 20
"""Seconds after which something is not going to happen."""


class Denied(DomainError):
    def __init__(self) -> None:
        super().__init__("no")
        self.event = an_event(kind="request.denied")


@pytest.fixture(params=["near", "far"])
def database(
    request: pytest.FixtureRequest,
    postgresql_url: str,
    clock: PushedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Database]:
    """A store whose server is near, or is taken for far: what is not waited for is sent with what is."""
    if request.param == "far":
        monkeypatch.setattr("bot.store.writer.IS_FAR", 0.0)
    with Database.open(postgresql_url, clock=clock, pool=3) as database:
        yield database


class Halves:
    """A verb of two halves: the first time it runs, it stops between them until it is let go on."""

    is_concurrent = True

    def __init__(self, *locks: Lock) -> None:
        self.locks = locks
        self.beside: list[bool] = []
        self.is_half_done = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, tx: Tx, node_id: str) -> int:
        """Take its locks, count the ids there are, keep one more, record it, and return the number."""
        self.beside.append(isinstance(tx, Concurrent))
        if self.locks:
            tx.lock(*self.locks)
        row = tx.one(COUNT)
        assert row is not None
        if len(self.beside) == 1:
            self.is_half_done.set()
            assert self.go_on.wait(WAIT)
        put(tx, node_id)
        written = tx.one(COUNT)
        assert written is not None
        assert written.found > row.found, "what it has written itself is seen by what it reads then"
        journal.append(tx, an_event(subject_id=node_id, data={"before": row.found}, text="typed"))
        tx.wake()
        return int(row.found)


@concurrent
def count(tx: Tx, node_id: str, *locks: Lock) -> int:
    """Do as `Halves`, without a stop."""
    tx.lock(*locks)
    row = tx.one(COUNT)
    assert row is not None
    put(tx, node_id)
    journal.append(tx, an_event(subject_id=node_id, text=f"Größe {node_id}"))
    return int(row.found)


def half_done(database: Database, *locks: Lock) -> tuple[Halves, Any]:
    """Return a verb that has done its first half, and its answer to come."""
    halves = Halves(*locks)
    answer = database.submit(halves, "first")
    assert halves.is_half_done.wait(WAIT)
    return halves, answer


def waits_for_a_lock(url: str) -> None:
    """Return once somebody in the store waits for a lock of the product's."""
    with psycopg.connect(url, autocommit=True) as connection:
        waiting = (
            b"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            b" AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        for _ in range(100_000):
            if connection.execute(waiting).fetchone() != (0,):
                return
    raise AssertionError("nobody waits")


def test_two_that_are_marked_run_at_the_same_time_and_see_nothing_half_done(database: Database) -> None:
    halves, first = half_done(database)
    assert database.submit(count, "second").result(WAIT) == 0
    halves.go_on.set()
    assert first.result(WAIT) == 0
    assert halves.beside == [True]
    assert kept(database) == ["first", "second"]
    assert database.verify() == Verdict(Finding.SOUND, 2)


def test_the_chain_is_in_the_order_of_the_commits_and_holds_what_was_typed(database: Database) -> None:
    halves, first = half_done(database)
    database.submit(count, "second").result(WAIT)
    halves.go_on.set()
    first.result(WAIT)
    found = [
        event
        for node_id in ("first", "second")
        for event in database.read_sync(journal.history, "request", node_id)
    ]
    assert [(event.subject_id, event.seq, event.text) for event in found] == [
        ("first", 2, "typed"),
        ("second", 1, "Größe second"),
    ]


@pytest.mark.parametrize("other", [False, True], ids=["in one replica", "in two"])
def test_what_is_not_marked_waits_for_what_runs_beside_others(
    database: Database, postgresql_url: str, clock: PushedClock, *, other: bool
) -> None:
    with Database.open(postgresql_url, clock=clock, pool=1) as second:
        halves, first = half_done(database)
        alone = (second if other else database).submit(lambda tx: tx.one(COUNT).found)
        waits_for_a_lock(postgresql_url)
        assert not alone.done()
        halves.go_on.set()
        first.result(WAIT)
        assert alone.result(WAIT) == 1


def test_what_runs_beside_others_waits_for_what_is_not_marked(
    database: Database, postgresql_url: str, clock: PushedClock
) -> None:
    halves = Halves()
    with Database.open(postgresql_url, clock=clock, pool=1) as second:
        alone = database.submit(lambda tx: halves(tx, "first"))
        assert halves.is_half_done.wait(WAIT)
        beside = second.submit(count, "second")
        waits_for_a_lock(postgresql_url)
        assert not beside.done()
        halves.go_on.set()
        assert alone.result(WAIT) == 0
        assert beside.result(WAIT) == 1


@pytest.mark.parametrize(("has", "wants"), [(HERE, HERE), (HERE, SHARED), (SHARED, HERE)])
def test_those_who_take_the_same_lock_take_turns(
    database: Database, postgresql_url: str, has: Lock, wants: Lock
) -> None:
    halves, first = half_done(database, has)
    second = database.submit(count, "second", wants)
    waits_for_a_lock(postgresql_url)
    halves.go_on.set()
    assert (first.result(WAIT), second.result(WAIT)) == (0, 1)
    assert [one.seq for one in database.read_sync(journal.history, "request", "second")] == [2]


@pytest.mark.parametrize("wants", [SHARED, Lock("place", ("there",)), Lock("other", ("here",))])
def test_those_who_share_a_lock_or_take_another_do_not_wait(database: Database, wants: Lock) -> None:
    halves, first = half_done(database, SHARED)
    assert database.submit(count, "second", wants).result(WAIT) == 0
    halves.go_on.set()
    assert first.result(WAIT) == 0


def test_of_a_circle_of_those_who_wait_for_each_other_all_are_done(database: Database) -> None:
    there = Lock("place", ("there",))
    both = threading.Barrier(2)
    beside: list[bool] = []

    @concurrent
    def verb(tx: Tx, node_id: str, first: Lock, then: Lock) -> str:
        beside.append(isinstance(tx, Concurrent))
        tx.lock(first)
        tx.one(COUNT)  # what is waited for takes the lock along
        if beside[-1]:
            both.wait(WAIT)
        tx.lock(then)
        return put(tx, node_id)

    answers = [database.submit(verb, "1", HERE, there), database.submit(verb, "2", there, HERE)]
    assert [one.result(WAIT) for one in answers] == ["1", "2"]
    assert sorted(beside) == [False, True, True]
    assert kept(database) == ["1", "2"]


def test_a_verb_that_must_run_alone_is_run_by_the_writer_and_kept_once(database: Database) -> None:
    beside: list[bool] = []

    @concurrent
    def verb(tx: Tx) -> str:
        beside.append(isinstance(tx, Concurrent))
        journal.append(tx, an_event())
        put(tx, "1")
        tx.alone()
        return "done"

    assert database.submit(verb, inbox=KEY).result(WAIT) == "done"
    assert beside == [True, False]
    assert kept(database) == ["1"]
    assert database.verify() == Verdict(Finding.SOUND, 1)


def test_what_breaks_a_constraint_is_refused_and_nothing_else_with_it(database: Database) -> None:
    answers = [database.submit(concurrent_put, node_id) for node_id in ("1", "1", "2", "1", "3")]
    broken = [one for one in answers if one.exception(WAIT) is not None]
    assert [type(one.exception()) for one in broken] == [ConstraintBroken, ConstraintBroken]
    assert kept(database) == ["1", "2", "3"]


def alone(tx: Tx, *, verb: Callable[[Tx], Any]) -> Any:
    """Run a verb although it is marked."""
    return verb(tx)


@concurrent
def concurrent_put(tx: Tx, node_id: str) -> str:
    return put(tx, node_id)


@pytest.mark.parametrize("times", [1, 20])
def test_a_verb_that_is_denied_changes_nothing_and_its_event_is_kept(database: Database, times: int) -> None:
    @concurrent
    def verb(tx: Tx) -> None:
        put(tx, "1")
        raise Denied

    answers = [database.submit(verb) for _ in range(times)]
    assert all(isinstance(one.exception(WAIT), Denied) for one in answers)
    assert kept(database) == []
    assert database.verify() == Verdict(Finding.SOUND, times)


def test_the_same_delivery_is_handled_once_by_two_replicas(
    database: Database, postgresql_url: str, clock: PushedClock
) -> None:
    with Database.open(postgresql_url, clock=clock, pool=3) as other:
        answers = [
            one.submit(concurrent_put, "1", inbox=KEY, deadline=WAIT)
            for one in (database, other)
            for _ in range(3)
        ]
        found = [one.result(WAIT) for one in answers]
    assert len([one for one in found if isinstance(one, Repeated)]) == 5
    assert kept(database) == ["1"]


def test_many_rows_at_once_are_kept_or_none_of_them(database: Database) -> None:
    nodes = insert(NODE)

    @concurrent
    def verb(tx: Tx, *ids: str) -> None:
        tx.many(nodes, [{"id": one, "kind": "PERSON"} for one in ids])

    database.submit(verb, "1", "2", "3").result(WAIT)
    with pytest.raises(ConstraintBroken):
        database.submit(verb, "4", "4").result(WAIT)
    assert kept(database) == ["1", "2", "3"]


def test_a_commit_wakes_whoever_looks_for_work_here_and_elsewhere(
    database: Database, postgresql_url: str, clock: PushedClock
) -> None:
    here, elsewhere = threading.Event(), threading.Event()
    database.on_commit(here.set)
    with Database.open(postgresql_url, clock=clock, pool=1) as other:
        other.on_commit(elsewhere.set)
        other.submit(put, "before").result(WAIT)
        for number in range(1000):  # until the other listens
            halves = Halves()
            halves.go_on.set()
            database.submit(halves, str(number)).result(WAIT)
            assert halves.beside == [True]
            if elsewhere.is_set():
                break
        assert here.is_set()
        assert elsewhere.wait(WAIT)


def test_a_verb_whose_connection_is_lost_is_done_all_the_same(
    database: Database, postgresql_url: str
) -> None:
    halves, answer = half_done(database)
    with psycopg.connect(postgresql_url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'countersign' AND pid <> pg_backend_pid()"
        )
    halves.go_on.set()
    assert answer.result(WAIT) == 0
    assert halves.beside == [True, False]
    assert kept(database) == ["first"]
    assert database.submit(count, "after").result(WAIT) == 1


@pytest.mark.covers("F39")
@pytest.mark.parametrize("was_kept", [True, False])
def test_a_commit_that_fails_is_unknown_and_the_store_is_fenced_before_it_goes_on(
    database: Database, postgresql_url: str, monkeypatch: pytest.MonkeyPatch, *, was_kept: bool
) -> None:
    commit, failures = Postgres.commit_with, [OSError("the answer got lost")]

    def failing(driver: Postgres, connection: Any, *args: Any, **kwargs: Any) -> None:
        if failures and was_kept:
            commit(driver, connection, *args, **kwargs)
        if failures:
            connection.close()
            raise failures.pop()
        commit(driver, connection, *args, **kwargs)

    monkeypatch.setattr(Postgres, "commit_with", failing)
    with pytest.raises(Unconfirmed):
        database.submit(concurrent_put, "1", inbox=KEY).result(WAIT)
    assert database.down is not None
    again = database.submit(concurrent_put, "1", inbox=KEY).result(WAIT)
    assert again == (Repeated(None) if was_kept else "1")
    assert database.down is None
    assert kept(database) == ["1"]
    fence = text("SELECT fence FROM journal_head").columns(fence=BigInteger)
    assert database.read_sync(lambda tx: tx.one(fence)).fence == 1


def test_closing_finishes_what_runs_and_what_waits(postgresql_url: str, clock: PushedClock) -> None:
    database = Database.open(postgresql_url, clock=clock, pool=1)
    halves = Halves()
    answers = [database.submit(halves, str(number)) for number in range(3)]
    closing = threading.Thread(target=database.close)
    assert halves.is_half_done.wait(WAIT)
    closing.start()
    halves.go_on.set()
    closing.join(WAIT)
    assert sorted(one.result(0) for one in answers) == [0, 1, 2]


async def test_a_verb_that_waits_for_its_turn_past_its_deadline_is_busy_and_not_done(
    database: Database,
) -> None:
    halves = Halves()
    alone = database.submit(lambda tx: halves(tx, "first"))
    assert halves.is_half_done.wait(WAIT)
    with pytest.raises(Busy):
        await database.write(count, "late", deadline=0.3)
    halves.go_on.set()
    assert alone.result(WAIT) == 0
    assert database.submit(count, "after").result(WAIT) == 1
    assert kept(database) == ["after", "first"]


def test_a_read_that_was_before_the_lock_is_to_be_done_again(database: Database) -> None:
    told: list[bool] = []

    @concurrent
    def verb(tx: Tx) -> bool:
        told.append(tx.lock(HERE))
        return tx.one(FIND, the_id="1") is None

    assert database.submit(verb).result(WAIT)
    assert database.submit(alone, verb=verb).result(WAIT)
    assert told == [True, False]
