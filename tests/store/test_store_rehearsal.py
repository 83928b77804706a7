"""Verbs rehearsed beside each other do what they would do one after the other, or are not taken for done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from nodes import FIND, an_event, kept, put
from sqlalchemy import BigInteger, insert, text

from bot.clock import PushedClock
from bot.domain.inbox import InboxKind
from bot.errors import Busy, ConstraintBroken, DomainError
from bot.store import journal
from bot.store.database import Database, InboxKey, Repeated, Tx
from bot.store.journal import Finding, Verdict

pytestmark = pytest.mark.postgres

KEY = InboxKey(InboxKind.ENVELOPE, "e-1")
COUNT = text("SELECT count(*) AS found FROM node").columns(found=BigInteger)


class Denied(DomainError):
    def __init__(self) -> None:
        super().__init__("no")
        self.event = an_event(kind="request.denied")


@pytest.fixture
def far(postgresql_url: str, clock: PushedClock) -> Iterator[Database]:
    """A store whose verbs are rehearsed, as if its server were far."""
    with Database.open(postgresql_url, clock=clock, stages=3) as database:
        yield database


class Halves:
    """A verb of two halves: the first time it runs, it stops between them until it is let go on."""

    def __init__(self) -> None:
        self.ran: list[tuple[Any, bool]] = []
        self.is_half_done = threading.Event()
        self.go_on = threading.Event()

    def run(self, tx: Tx, node_id: str) -> int:
        """Count the ids there are, keep one more, record it, and return the number."""
        self.ran.append((threading.current_thread().name, tx.link_later is not None))
        row = tx.one(COUNT)
        assert row is not None
        if len(self.ran) == 1:
            self.is_half_done.set()
            assert self.go_on.wait(20)
        put(tx, node_id)
        journal.append(tx, an_event(subject_id=node_id, data={"before": row.found}, text="typed"))
        tx.wake()
        return int(row.found)


def in_two(database: Database, between: Callable[[], Any]) -> tuple[Halves, int]:
    """Run a verb that counts, with something else committed while it is rehearsed for the first time."""
    halves = Halves()
    answer = database.submit(halves.run, "counted")
    assert halves.is_half_done.wait(20)
    between()
    halves.go_on.set()
    return halves, answer.result(20)


def how_often(halves: Halves) -> tuple[int, int]:
    """Return how often it was rehearsed, and how often run by the writer."""
    rehearsed = sum(was for _, was in halves.ran)
    return rehearsed, len(halves.ran) - rehearsed


def patiently(database: Database, verb: Callable[..., Any], *args: Any) -> Any:
    """Run a verb as the clock's are run: by the writer itself."""
    return database.submit(verb, *args, urgent=False).result(20)


def test_what_was_rehearsed_is_done_as_it_was_and_once(far: Database) -> None:
    woken = threading.Event()
    far.on_commit(woken.set)
    halves, counted = in_two(far, lambda: None)
    assert how_often(halves) == (1, 0)
    assert counted == 0
    assert kept(far) == ["counted"]
    assert far.verify() == Verdict(Finding.SOUND, 1)
    assert far.read_sync(journal.history, "request", "counted")[0].text == "typed"
    assert woken.wait(20)


def test_an_event_that_comes_between_moves_the_link_alone(far: Database) -> None:
    halves, _ = in_two(far, lambda: patiently(far, lambda tx: journal.append(tx, an_event())))
    assert how_often(halves) == (1, 0)
    assert far.verify() == Verdict(Finding.SOUND, 2)


def test_what_was_rehearsed_on_another_state_is_rehearsed_again(far: Database) -> None:
    halves, counted = in_two(far, lambda: patiently(far, put, "between"))
    assert how_often(halves) == (2, 0)
    assert counted == 1
    assert [one.data for one in far.read_sync(journal.history, "request", "counted")] == [{"before": 1}]
    assert far.verify() == Verdict(Finding.SOUND, 1)


def test_what_no_longer_holds_twice_is_run_by_the_writer(
    far: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def played(*_: Any) -> list[bool]:
        return [False]

    monkeypatch.setattr("bot.store.writer.play", played)
    halves, counted = in_two(far, lambda: None)
    assert how_often(halves) == (2, 1)
    assert counted == 0
    assert kept(far) == ["counted"]


def test_of_several_played_together_only_the_spoiled_is_left_out(far: Database) -> None:
    started = [threading.Event() for _ in range(3)]
    go_on = threading.Event()

    def keep(tx: Tx, number: int) -> str:
        there = tx.one(FIND, the_id=str(number))
        started[number].set()
        assert go_on.wait(20)
        return "there already" if there else put(tx, str(number))

    answers = [far.submit(keep, number) for number in range(3)]
    assert all(one.wait(20) for one in started)
    patiently(far, put, "1")
    go_on.set()
    assert [one.result(20) for one in answers] == ["0", "there already", "2"]
    assert kept(far) == ["0", "1", "2"]


def test_what_breaks_a_constraint_is_refused_and_nothing_else_with_it(far: Database) -> None:
    answers = [far.submit(put, node_id) for node_id in ("1", "1", "2", "1", "3")]
    broken = [one for one in answers if one.exception(20) is not None]
    assert [type(one.exception()) for one in broken] == [ConstraintBroken, ConstraintBroken]
    assert kept(far) == ["1", "2", "3"]


@pytest.mark.parametrize("times", [1, 20])
def test_a_verb_that_is_denied_changes_nothing_and_its_event_is_kept(far: Database, times: int) -> None:
    def verb(tx: Tx) -> None:
        put(tx, "1")
        raise Denied

    answers = [far.submit(verb) for _ in range(times)]
    assert all(isinstance(one.exception(20), Denied) for one in answers)
    assert kept(far) == []
    assert far.verify() == Verdict(Finding.SOUND, times)


def test_the_same_delivery_is_handled_once_by_two_replicas(
    far: Database, postgresql_url: str, clock: PushedClock
) -> None:
    with Database.open(postgresql_url, clock=clock, stages=3) as other:
        answers = [
            database.submit(put, "1", inbox=KEY, deadline=20) for database in (far, other) for _ in range(3)
        ]
        found = [one.result(20) for one in answers]
    assert len([one for one in found if isinstance(one, Repeated)]) == 5
    assert kept(far) == ["1"]


def test_a_verb_of_many_statements_is_run_by_the_writer(
    far: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.rehearsal._MOST_STATEMENTS", 1)
    halves, _ = in_two(far, lambda: None)
    assert how_often(halves) == (1, 1)
    assert kept(far) == ["counted"]


def test_many_rows_at_once_are_rehearsed_too(far: Database) -> None:
    nodes = insert(journal.tables.Node.__table__)

    def verb(tx: Tx, *ids: str) -> int:
        return tx.many(nodes, [{"id": one, "kind": "PERSON"} for one in ids])

    assert far.submit(verb, "1", "2", "3").result(20) == 3
    with pytest.raises(ConstraintBroken):
        far.submit(verb, "4", "4").result(20)
    assert kept(far) == ["1", "2", "3"]


def test_a_verb_whose_server_ends_its_rehearsal_is_answered_all_the_same(
    far: Database, postgresql_url: str
) -> None:
    def cut() -> None:
        with psycopg.connect(postgresql_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'countersign' AND pid <> pg_backend_pid()"
            )

    halves, counted = in_two(far, cut)
    assert how_often(halves)[1] == 1
    assert counted == 0
    assert kept(far) == ["counted"]
    assert far.submit(put, "after").result(20) == "after"


def test_closing_finishes_what_is_being_rehearsed(postgresql_url: str, clock: PushedClock) -> None:
    database = Database.open(postgresql_url, clock=clock, stages=1)
    halves = Halves()
    answers = [database.submit(halves.run, str(n)) for n in range(3)]
    closing = threading.Thread(target=database.close)
    assert halves.is_half_done.wait(20)
    closing.start()
    halves.go_on.set()
    closing.join(20)
    assert sorted(one.result(0) for one in answers) == [0, 1, 2]


def test_a_verb_that_waits_for_its_rehearsal_past_its_deadline_is_not_done(far: Database) -> None:
    halves = Halves()
    late = far.submit(halves.run, "late", deadline=1e-9)
    assert halves.is_half_done.wait(20)
    halves.go_on.set()
    assert isinstance(late.exception(20), Busy)
    assert kept(far) == []
