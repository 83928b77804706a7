"""Two replicas on one store, on each of the two databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import make
import pytest
from racing import parties
from ring import Ring

from bot.clock import PushedClock
from bot.store.database import Database


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ring(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ring]:
    """A store that the tests of a module share, with two replicas on it."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            path: Path = tmp_path_factory.mktemp("ring") / "store.db"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            url = f"sqlite:///{path}"
        else:
            url = stack.enter_context(request.getfixturevalue("fresh_postgresql")())
        database = stack.enter_context(Database.open(url, clock=PushedClock()))
        town = make.town(database)
        yield Ring(url, database, town, stack.enter_context(parties(url)))
