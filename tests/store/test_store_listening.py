"""Replicas on one PostgreSQL tell each other that there is something to do."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from bot.clock import PushedClock
from bot.store import listening
from bot.store.database import Database, Tx

pytestmark = pytest.mark.postgres


@pytest.fixture
def replicas(postgresql_url: str, clock: PushedClock) -> Iterator[tuple[Database, Database]]:
    with (
        Database.open(postgresql_url, clock=clock) as one,
        Database.open(postgresql_url, clock=clock) as other,
    ):
        yield one, other


def listeners(url: str) -> list[int]:
    """The server's processes for those who listen."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = current_database()"
        )
        return [pid for (pid,) in found]


def wait_for_listeners(url: str, many: int, *, other_than: tuple[int, ...] = ()) -> list[int]:
    waited = threading.Event()
    for _ in range(500):
        found = [pid for pid in listeners(url) if pid not in other_than]
        if len(found) == many:
            return found
        waited.wait(0.02)
    raise AssertionError(f"{many} should listen")


def test_what_one_replica_commits_wakes_the_others_and_nothing_else_does(
    replicas: tuple[Database, Database], postgresql_url: str
) -> None:
    one, other = replicas
    calls, woken = [], threading.Semaphore(0)
    here = threading.Event()
    one.on_commit(here.set)
    other.on_commit(lambda: (calls.append(1), woken.release()))
    wait_for_listeners(postgresql_url, 2)
    one.submit(lambda _: None).result(10)
    one.submit(Tx.wake).result(10)
    assert woken.acquire(timeout=10)
    assert here.wait(10)
    other.submit(Tx.wake).result(10)
    assert woken.acquire(timeout=10)
    one.submit(Tx.wake).result(10)
    assert woken.acquire(timeout=10)
    assert len(calls) == 3, "once for each commit, and its own is not heard of a second time"


def test_who_was_cut_off_listens_again(
    replicas: tuple[Database, Database], postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "_AGAIN", 0.01)
    one, other = replicas
    woken = threading.Event()
    other.on_commit(woken.set)
    (pid,) = wait_for_listeners(postgresql_url, 1)
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
    wait_for_listeners(postgresql_url, 1, other_than=(pid,))
    one.submit(Tx.wake).result(10)
    assert woken.wait(10)
