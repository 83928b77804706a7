from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from bot.store.database import Database, Tx


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
