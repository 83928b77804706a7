"""A world whose API is called."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from served import Served
from world import Way, running

from bot.clock import PushedClock


@pytest.fixture
async def served(sqlite_url: str, clock: PushedClock) -> AsyncIterator[Served]:
    """The whole bot with its HTTP server, and a local Slack."""
    async with running(sqlite_url, way=Way.HTTP, clock=clock) as world:
        yield Served(world=world)
