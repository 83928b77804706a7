"""A transaction of one's own, as the writer's, of which nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from bot.clock import Clock
from bot.store import journal
from bot.store.drivers import driver_for
from bot.store.tx import Tx

T = TypeVar("T", bound=Tx)


@contextmanager
def unkept(url: str, clock: Clock, *, in_turn: bool = True, kind: type[T] = Tx) -> Iterator[T]:  # type: ignore[assignment]
    """Give a transaction of this kind on the store at `url`, and roll it back.

    `in_turn` waits for all others that write; without it, it is beside them, and nothing can be recorded.
    """
    driver = driver_for(url)
    connection = driver.connect(readonly=False)
    try:
        if in_turn:
            driver.begin_write(connection)
        else:
            assert driver.beside is not None
            driver.beside.begin_shared(connection)
        tx = kind(driver, connection, now=clock.now)
        if in_turn:
            tx.head = journal.lock_head(tx)
        yield tx
        driver.roll_back(connection)
    finally:
        connection.close()
