from __future__ import annotations

import asyncio
import resource
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from nodes import ALL, an_event, kept, put, put_and_tell
from sqlalchemy import BigInteger, Text, text

from bot.clock import PushedClock
from bot.domain.inbox import InboxKind
from bot.errors import Busy, DomainError, Misconfigured, StoreDown, Unconfirmed
from bot.store import database as store
from bot.store import journal
from bot.store.database import Database, InboxKey, Repeated, Tx
from bot.store.drivers import Driver, Lost, driver_for
from bot.store.verifying import Finding, Verdict
from bot.store.writer import BATCH

KEY = InboxKey(InboxKind.ENVELOPE, "e-1")


class TooLate(DomainError):
    pass


def put_then_raise(tx: Tx, node_id: str, error: BaseException) -> None:
    put_and_tell(tx, node_id)
    raise error


# --- savepoints and batches


def test_a_verb_that_raises_takes_nothing_of_its_batch_with_it(database: Database, held):
    with held():
        before = database.submit(put_and_tell, "1")
        failing = database.submit(put_then_raise, "2", RuntimeError("no"))
        after = database.submit(put_and_tell, "3")
    assert (before.result(5), after.result(5)) == (1, 2)
    with pytest.raises(RuntimeError, match="no"):
        failing.result(5)
    assert kept(database) == ["1", "3"]
    assert database.verify() == Verdict(Finding.SOUND, 2)


def test_a_verb_that_breaks_a_constraint_takes_nothing_of_its_batch_with_it(database: Database, held):
    with held():
        answers = [database.submit(put, node_id) for node_id in ("1", "1", "2")]
    assert [answer.exception(5) is None for answer in answers] == [True, False, True]
    assert kept(database) == ["1", "2"]


def test_every_exception_of_a_verb_reaches_its_caller(database: Database):
    with pytest.raises(SystemExit):
        database.submit(put_then_raise, "1", SystemExit(3)).result(5)
    assert database.submit(put, "2").result(5) == "2"


def test_verbs_run_in_the_order_they_came(database: Database, held):
    with held():
        for n in range(3 * BATCH):
            last = database.submit(put_and_tell, f"{n:04}")
    last.result(10)
    events = database.read_sync(lambda tx: list(journal.export(tx)))
    assert [f'"subject_id":"{n:04}"' in line for n, line in enumerate(events)] == [True] * 3 * BATCH


def test_clicks_go_before_sweeps(database: Database, held):
    order: list[str] = []
    with held():
        sweep = database.submit(lambda _: order.append("sweep"), urgent=False)
        click = database.submit(lambda _: order.append("click"))
    sweep.result(5)
    click.result(5)
    assert order == ["click", "sweep"]


def test_clicks_without_end_do_not_keep_a_sweep_from_its_turn(database: Database, held):
    order: list[str] = []
    with held():
        sweep = database.submit(lambda _: order.append("sweep"), urgent=False)
        clicks = [database.submit(lambda _: order.append("click")) for _ in range(3 * BATCH)]
    sweep.result(5)
    [click.result(5) for click in clicks]
    assert order.index("sweep") == BATCH - 1


def test_a_batch_is_one_commit(database: Database, driver: Driver, held, monkeypatch):
    commits = count_calls(monkeypatch, driver, "commit")
    with held():
        answers = [database.submit(put, str(n)) for n in range(BATCH)]
    [answer.result(5) for answer in answers]
    assert len(commits) == 2  # the one that was held, and all the others


def test_nobody_is_answered_before_the_commit(database: Database, driver: Driver, monkeypatch):
    committing, go_on = threading.Event(), threading.Event()
    commit = driver.commit

    def slow_commit(connection: object) -> None:
        committing.set()
        assert go_on.wait(10)
        commit(connection)

    monkeypatch.setattr(driver, "commit", slow_commit)
    answer = database.submit(put, "1")
    assert committing.wait(10)
    assert not answer.done()
    assert kept(database) == []
    go_on.set()
    assert answer.result(5) == "1"
    assert kept(database) == ["1"]


async def test_many_callers_at_once_are_all_answered(database: Database):
    answers = await asyncio.gather(*(database.write(put_and_tell, str(n)) for n in range(200)))
    assert sorted(answers) == list(range(1, 201))
    assert await database.read(lambda tx: len(tx.all(ALL))) == 200


async def test_a_caller_who_gives_up_while_waiting_changes_nothing(database: Database, held):
    with held():
        writing = asyncio.create_task(database.write(put, "1"))
        await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    assert kept(database) == []


# --- errors of the domain, and the journal


def test_a_domain_errors_event_is_kept_though_its_verb_is_undone(database: Database):
    error = TooLate("already decided")
    error.event = an_event(kind="request.denied", subject_id="9")
    with pytest.raises(TooLate):
        database.submit(put_then_raise, "1", error).result(5)
    assert kept(database) == []
    (event,) = database.read_sync(journal.history, "request", "9")
    assert (event.seq, event.kind) == (1, "request.denied")
    assert database.verify().sound


def test_an_event_that_cannot_be_recorded_is_an_error_not_a_silent_loss(database: Database):
    error = TooLate("already decided")
    error.event = an_event(data={"fraction": 0.5})
    with pytest.raises(TypeError, match="float"):
        database.submit(put_then_raise, "1", error).result(5)
    assert database.verify() == Verdict(Finding.SOUND, 0)


def test_a_denial_that_is_returned_commits_with_its_event(database: Database):
    assert database.submit(put_and_tell, "1", kind="request.denied").result(5) == 1
    assert kept(database) == ["1"]


# --- waking what delivers


def test_listeners_are_called_once_per_commit_that_has_something_for_them(database: Database, held):
    calls: list[int] = []
    told = threading.Semaphore(0)
    database.on_commit(lambda: (calls.append(1), told.release()))

    def effect(tx: Tx, node_id: str) -> None:
        put(tx, node_id)
        tx.wake()

    with held():
        [database.submit(effect, str(n)) for n in range(5)]
    assert told.acquire(timeout=5)
    database.submit(put, "quiet").result(5)
    with pytest.raises(RuntimeError):
        database.submit(lambda tx: (tx.wake(), put_then_raise(tx, "9", RuntimeError()))).result(5)
    database.submit(effect, "again").result(5)
    assert told.acquire(timeout=5)
    assert len(calls) == 2


def test_a_listener_that_fails_harms_nobody(database: Database):
    def fail() -> None:
        raise RuntimeError("listener")

    database.on_commit(fail)
    database.submit(lambda tx: tx.wake()).result(5)
    assert database.submit(put, "1").result(5) == "1"


# --- deadlines


@pytest.mark.covers("F26")
async def test_a_caller_past_the_deadline_is_told_busy_and_nothing_is_changed(database: Database, held):
    with held():
        with pytest.raises(Busy):
            await database.write(put, "1", deadline=0.05)
        answer = database.submit(put, "2", deadline=0.0)
    with pytest.raises(Busy):
        answer.result(5)
    assert kept(database) == []


def test_a_caller_after_a_slow_verb_of_the_same_batch_is_told_busy(
    database: Database, held, clock: PushedClock
):
    def slow(tx: Tx, until: float) -> str:
        while clock.monotonic() < until:
            threading.Event().wait(0.01)
        return put(tx, "slow")

    with held():
        first = database.submit(slow, clock.monotonic() + 0.3)
        second = database.submit(put, "click", deadline=0.2)
    assert first.result(5) == "slow"
    with pytest.raises(Busy):
        second.result(5)
    assert kept(database) == ["slow"]


@pytest.mark.covers("F26")
async def test_a_verb_taken_but_not_begun_at_its_deadline_is_busy_and_not_unconfirmed(
    database: Database, driver: Driver, monkeypatch
):
    go_on = threading.Event()
    begin = driver.begin_write
    monkeypatch.setattr(driver, "begin_write", lambda connection: (go_on.wait(10), begin(connection)))
    with pytest.raises(Busy):
        await database.write(put, "1", deadline=0.2)
    go_on.set()
    database.submit(put, "2").result(5)
    assert kept(database) == ["2"]


@pytest.mark.covers("F26")
async def test_a_verb_in_a_slow_commit_at_its_deadline_is_unconfirmed(
    database: Database, driver: Driver, monkeypatch
):
    go_on = threading.Event()
    commit = driver.commit
    monkeypatch.setattr(driver, "commit", lambda connection: (go_on.wait(10), commit(connection)))
    with pytest.raises(Unconfirmed):
        await database.write(put, "1", deadline=1.0)
    go_on.set()
    database.submit(put, "2").result(5)
    assert kept(database) == ["1", "2"]


def test_an_inbound_has_a_deadline_by_itself_and_other_work_waits(database: Database, held, monkeypatch):
    monkeypatch.setattr(store, "INBOUND_DEADLINE", 0.0)
    with held():
        inbound = database.submit(put, "inbound", inbox=KEY)
        other = database.submit(put, "other", urgent=False)
    with pytest.raises(Busy):
        inbound.result(5)
    assert other.result(5) == "other"


@pytest.mark.covers("F26", "F36")
def test_a_store_locked_for_long_says_busy_in_time_and_loses_nothing(sqlite_url: str, clock: PushedClock):
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    with Database.open(sqlite_url, clock=clock) as database:
        other.execute("BEGIN IMMEDIATE")
        patient = database.submit(put, "sweep", urgent=False)
        with pytest.raises(Busy):
            database.submit(put, "click", inbox=KEY, deadline=0.5).result(5)
        assert not patient.done()
        other.execute("ROLLBACK")
        assert patient.result(5) == "sweep"
        assert database.submit(put, "click", inbox=KEY).result(5) == "click"
    other.close()


@pytest.mark.covers("F26")
@pytest.mark.postgres
def test_while_another_replica_holds_the_journal_for_long_the_store_is_busy(
    postgresql_url: str, clock: PushedClock
):
    with psycopg.connect(postgresql_url) as other, Database.open(postgresql_url, clock=clock) as database:
        other.execute("SELECT 1 FROM journal_head FOR UPDATE")
        patient = database.submit(put, "sweep", urgent=False)
        with pytest.raises(Busy):
            database.submit(put, "click", deadline=0.3).result(5)
        other.rollback()
        assert patient.result(5) == "sweep"


@pytest.mark.covers("F26", "F39")
@pytest.mark.postgres
def test_a_wait_for_the_journal_that_is_cancelled_is_begun_again(postgresql_url: str, clock: PushedClock):
    cancel = (
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'countersign' AND datname = current_database() AND wait_event_type = 'Lock'"
    )
    with psycopg.connect(postgresql_url) as other, Database.open(postgresql_url, clock=clock) as database:
        other.execute("SELECT 1 FROM journal_head FOR UPDATE")
        waiting = database.submit(put, "1")
        with psycopg.connect(postgresql_url, autocommit=True) as admin:
            while not admin.execute(cancel).fetchall():
                pass
        other.rollback()
        assert waiting.result(5) == "1"
        assert database.down is None


# --- losing the transaction, and doubt


@pytest.mark.covers("F39")
def test_a_lost_batch_is_run_again_one_by_one(database: Database, driver: Driver, held, monkeypatch):
    lost_once = iter([True])
    lose_connection_at(driver, monkeypatch, when=lambda: next(lost_once, False))
    with held():
        answers = [database.submit(put_and_tell, str(n)) for n in range(3)]
    assert [answer.result(10) for answer in answers] == [1, 2, 3]
    assert kept(database) == ["0", "1", "2"]
    assert database.verify().sound


def test_only_the_verb_that_loses_its_transaction_again_and_again_is_refused(database: Database, held):
    def poison(tx: Tx) -> None:
        put(tx, "poison")
        tx.command("ROLLBACK")  # as SQLite does by itself when the disk is full

    with held():
        good = database.submit(put_and_tell, "1")
        bad = database.submit(poison)
        more = database.submit(put_and_tell, "2")
    assert (good.result(10), more.result(10)) == (1, 2)
    with pytest.raises(StoreDown):
        bad.result(10)
    assert kept(database) == ["1", "2"]


@pytest.mark.covers("F37", "F39")
def test_a_commit_that_fails_is_unknown_and_the_store_is_fenced_before_it_goes_on(
    database: Database, driver: Driver, monkeypatch
):
    commit, failures = driver.commit, iter([OSError("fsync"), OSError("fsync again")])

    def failing_commit(connection: object) -> None:
        if (failure := next(failures, None)) is not None:
            raise failure
        commit(connection)

    monkeypatch.setattr(driver, "commit", failing_commit)
    with pytest.raises(Unconfirmed):
        database.submit(put, "1").result(5)
    assert database.submit(put, "2").result(10) == "2"
    assert database.down is None
    assert kept(database) == ["2"]
    fence = database.read_sync(
        lambda tx: tx.one(text("SELECT fence FROM journal_head").columns(fence=BigInteger))
    )
    assert fence.fence == 1


@pytest.mark.covers("F39")
def test_what_was_kept_though_its_commit_failed_is_not_done_twice(
    database: Database, driver: Driver, monkeypatch
):
    commit, failures = driver.commit, iter([OSError("the answer got lost")])

    def kept_but_failing_commit(connection: object) -> None:
        commit(connection)
        if (failure := next(failures, None)) is not None:
            raise failure

    monkeypatch.setattr(driver, "commit", kept_but_failing_commit)
    with pytest.raises(Unconfirmed):
        database.submit(put, "1", inbox=KEY).result(5)
    assert database.submit(put, "1", inbox=KEY).result(5) == Repeated(None)
    assert kept(database) == ["1"]


@pytest.mark.covers("F37")
def test_while_the_store_cannot_write_it_says_so_and_reads_go_on(
    database: Database, driver: Driver, monkeypatch
):
    broken = threading.Event()
    broken.set()
    commit = driver.commit

    def failing_commit(connection: object) -> None:
        if broken.is_set():
            raise OSError("no")
        commit(connection)

    monkeypatch.setattr(driver, "commit", failing_commit)
    with pytest.raises(Unconfirmed):
        database.submit(put, "1").result(5)
    with pytest.raises(StoreDown):
        database.submit(put, "2", deadline=0.1).result(5)
    assert database.down is not None
    assert kept(database) == []
    patient = database.submit(put, "3")
    broken.clear()
    assert patient.result(5) == "3"
    assert database.down is None


@pytest.mark.covers("F37")
def test_a_full_disk_rolls_everything_back_and_the_store_goes_on(sqlite_url: str, clock: PushedClock):
    with Database.open(sqlite_url, clock=clock) as database:
        database.submit(put_and_tell, "before").result(5)

        def fill(tx: Tx) -> None:
            tx.command("PRAGMA max_page_count=1")  # never below what there is: no further page
            for n in range(3000):
                put_and_tell(tx, f"{n:0500}")

        with pytest.raises(StoreDown):
            database.submit(fill).result(10)
        with pytest.raises(StoreDown):
            database.submit(fill).result(10)
        assert kept(database) == ["before"]
        database.submit(lambda tx: tx.command("PRAGMA max_page_count=1000000")).result(5)
        assert database.submit(put_and_tell, "after").result(5) == 2
        assert database.verify().sound
        check = text("PRAGMA integrity_check").columns(ok=Text)
        assert [tuple(row) for row in database.read_sync(lambda tx: tx.all(check))] == [("ok",)]


@pytest.mark.covers("F37")
def test_a_file_that_may_not_grow_costs_no_answered_verb(sqlite_url: str, clock: PushedClock):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    answered, errors = [], []
    with Database.open(sqlite_url, clock=clock) as database:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
        try:
            for n in range(400):
                try:
                    answered.append(database.submit(put, f"{n:05}" + "x" * 3000, deadline=0.5).result(5)[:5])
                except DomainError as error:
                    errors.append(type(error))
                if len(errors) == 3:
                    break
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert set(errors) <= {Unconfirmed, StoreDown, Busy}
        assert errors
        assert database.submit(put, "after").result(10) == "after"
        found = {node_id[:5] for node_id in kept(database)}
        assert {*answered, "after"} <= found
        assert len(found) <= len(answered) + 1 + errors.count(Unconfirmed)
        check = text("PRAGMA integrity_check").columns(ok=Text)
        assert [tuple(row) for row in database.read_sync(lambda tx: tx.all(check))] == [("ok",)]


@pytest.mark.covers("F37")
def test_a_verb_that_swallows_a_full_disk_keeps_nothing_either(sqlite_url: str, clock: PushedClock):
    with Database.open(sqlite_url, clock=clock) as database:

        def stubborn(tx: Tx) -> str:
            tx.command("PRAGMA max_page_count=1")
            with suppress(Exception):
                for n in range(3000):
                    put(tx, f"{n:0500}")
            tx.command("PRAGMA max_page_count=1000000")
            with suppress(Exception):
                put(tx, "would be a transaction of its own")
            return "fine"

        with pytest.raises(StoreDown):
            database.submit(stubborn).result(10)
        assert kept(database) == []
        assert database.submit(put, "1").result(5) == "1"


@pytest.mark.covers("F39")
@pytest.mark.postgres
def test_a_server_that_drops_the_writer_costs_nothing_but_time(postgresql_url: str, clock: PushedClock):
    with Database.open(postgresql_url, clock=clock) as database:
        database.submit(put_and_tell, "1").result(5)
        with psycopg.connect(postgresql_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'countersign' AND datname = current_database()"
            )
        assert database.submit(put_and_tell, "2", deadline=5).result(10) == 2
        assert database.verify().sound


@pytest.mark.covers("F39")
@pytest.mark.postgres
@pytest.mark.parametrize("state", ["40001", "40P01", "57014"])
def test_a_transaction_that_lost_against_another_is_run_again(
    postgresql_url: str, clock: PushedClock, state: str
):
    tries = iter(range(10))
    fail = text(f"DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{state}'; END $$")

    def unlucky(tx: Tx) -> str:
        put(tx, "1")
        if next(tries) < 3:
            tx.run(fail)
        return "won"

    with Database.open(postgresql_url, clock=clock) as database:
        assert database.submit(unlucky).result(10) == "won"
        assert kept(database) == ["1"]


# --- opening and closing


@pytest.mark.covers("F40")
def test_a_second_instance_is_refused_and_other_programs_may_open_the_store_beside_it(
    sqlite_url: str, clock: PushedClock
):
    with Database.open(sqlite_url, clock=clock, exclusive=True) as serving:
        with pytest.raises(Misconfigured, match="another instance"):
            Database.open(sqlite_url, clock=clock, exclusive=True)
        with Database.open(sqlite_url, clock=clock) as beside:
            beside.submit(put_and_tell, "1").result(5)
        assert serving.submit(put_and_tell, "2").result(5) == 2
    with Database.open(sqlite_url, clock=clock, exclusive=True) as again:
        assert kept(again) == ["1", "2"]


@pytest.mark.postgres
def test_several_replicas_serve_one_server(postgresql_url: str, clock: PushedClock):
    with (
        Database.open(postgresql_url, clock=clock, exclusive=True) as one,
        Database.open(postgresql_url, clock=clock, exclusive=True) as other,
    ):
        assert one.submit(put_and_tell, "1").result(5) == 1
        assert other.submit(put_and_tell, "2").result(5) == 2


def test_sqlite_flushes_every_commit_and_keeps_foreign_keys(sqlite_url: str):
    with closing(driver_for(sqlite_url).connect(readonly=False)) as connection:
        settings = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in SETTINGS]
    assert settings == ["wal", 2, 1]


SETTINGS = ("journal_mode", "synchronous", "foreign_keys")


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite://", "sqlite:////nowhere/at/all.db"])
def test_an_impossible_url_is_refused_at_once(url: str, clock: PushedClock):
    with pytest.raises(Misconfigured):
        Database.open(url, clock=clock)


@pytest.mark.case("9.2")
@pytest.mark.parametrize("password", ["p@ss", "p@s:w/o?r#d", "%", "@", "p%40"])
def test_a_password_may_be_typed_as_it_is(password: str):
    url = driver_for(f"postgresql://me:{password}@host:5433/db?sslmode=require").url
    assert (url.username, url.host, url.port, url.database) == ("me", "host", 5433, "db")
    assert url.password == password.replace("%40", "@")


def test_a_store_that_was_never_migrated_is_refused(tmp_path: Path, clock: PushedClock):
    sqlite3.connect(tmp_path / "empty.db").close()
    (tmp_path / "empty.db").touch()
    with pytest.raises(Misconfigured, match="countersign migrate"):
        Database.open(f"sqlite:///{tmp_path / 'empty.db'}", clock=clock)


def test_closing_finishes_what_waits_and_refuses_what_comes(database_url: str, clock: PushedClock):
    database = Database.open(database_url, clock=clock)
    answers = [database.submit(put, f"{n:03}") for n in range(100)]
    database.close()
    assert [answer.result(0) for answer in answers] == [f"{n:03}" for n in range(100)]
    with pytest.raises(StoreDown):
        database.submit(put, "late")
    with Database.open(database_url, clock=clock) as again:
        assert len(kept(again)) == 100


# --- helpers


def count_calls(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[object]:
    calls: list[object] = []
    original = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *args: (calls.append(args), original(*args))[1])
    return calls


def lose_connection_at(driver: Driver, monkeypatch: pytest.MonkeyPatch, *, when) -> None:
    commit = driver.commit

    def losing_commit(connection: object) -> None:
        if when():
            connection.close()
            raise Lost("gone")
        commit(connection)

    monkeypatch.setattr(driver, "commit", losing_commit)
