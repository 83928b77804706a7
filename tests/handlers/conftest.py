from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from wire import Wire
from world import Way, World, running

from bot.clock import PushedClock


@pytest.fixture
async def http_world(sqlite_url: str, clock: PushedClock) -> AsyncIterator[World]:
    async with running(sqlite_url, way=Way.HTTP, clock=clock) as world:
        yield world


@pytest.fixture
async def wire(http_world: World) -> AsyncIterator[Wire]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        yield Wire(http_world, client)
