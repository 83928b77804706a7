"""Worlds in which what is sent to Slack is tried."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from world import Way, World, running

from bot.clock import PushedClock


@pytest.fixture
async def here(database_url: str, clock: PushedClock) -> AsyncIterator[World]:
    """The world, on each of the two databases."""
    async with running(database_url, way=Way.HTTP, clock=clock) as world:
        yield world


@pytest.fixture
async def blind(sqlite_url: str, clock: PushedClock) -> AsyncIterator[World]:
    """A world in which the app may not read back what it posted."""
    async with running(sqlite_url, way=Way.HTTP, clock=clock, history=False) as world:
        yield world
