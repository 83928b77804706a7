"""The little town and its story, for the services."""

from __future__ import annotations

import make
import pytest
from make import Town
from story import Story

from bot.clock import PushedClock
from bot.store.database import Database


@pytest.fixture
def town(database: Database) -> Town:
    return make.town(database)


@pytest.fixture
def story(database: Database, clock: PushedClock, town: Town) -> Story:
    return Story(database, clock)
