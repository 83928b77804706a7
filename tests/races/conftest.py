"""Two replicas on one store, on each of the two databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
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
    if request.param == "sqlite":
        path: Path = tmp_path_factory.mktemp("ring") / "store.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("shared_postgresql_url")
    with Database.open(url, clock=PushedClock()) as database:
        town = make.town(database)
        with parties(url) as both:
            yield Ring(database, town, both)
