from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from bot.clock import PushedClock
from bot.store.database import Database, Tx
from bot.store.drivers import Driver, driver_for


@pytest.fixture
def driver(database_url: str) -> Driver:
    """The driver that `database` uses: tests replace its steps by ones that fail or wait."""
    return driver_for(database_url)


@pytest.fixture
def database(driver: Driver, clock: PushedClock) -> Iterator[Database]:
    """An open store with nothing in it."""
    with Database(driver, clock=clock, unlock=lambda: None, anchor=None) as opened:
        yield opened


@pytest.fixture
def held(database: Database) -> Callable[[], AbstractContextManager[None]]:
    """Keep the writer inside a verb: what is submitted meanwhile waits, and becomes one batch."""

    @contextmanager
    def hold() -> Iterator[None]:
        began, go_on = threading.Event(), threading.Event()

        def wait(_: Tx) -> None:
            began.set()
            assert go_on.wait(10)

        waiting = database.submit(wait)
        assert began.wait(10)
        try:
            yield
        finally:
            go_on.set()
            waiting.result(10)

    return hold
