"""Worlds for the flows. Whatever a flow did, what holds after every flow is checked when its world ends.

| fixture | runs on |
| --- | --- |
| `world` (of all tests) | a socket with SQLite, and HTTP with PostgreSQL |
| `walk` | both transports with both databases: for the walks of the product |
| `either_way` | both transports, with SQLite: for what is about how things come in |
| `either_store` | both databases, over HTTP: for what is about what is kept |
| `town` | a socket with SQLite: for what is about words, forms and cards |
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import flow_steps
import pytest
from world import Way, World, running

from bot.clock import PushedClock

_ON_POSTGRESQL = pytest.mark.postgres


@pytest.fixture
def clock() -> PushedClock:
    """A Monday, ten in the morning where everybody is at home: a flow is the same whenever it runs."""
    return PushedClock(start=datetime(2026, 1, 5, 9, tzinfo=UTC))


@pytest.fixture(
    params=[
        ("socket", "sqlite"),
        ("http", "sqlite"),
        pytest.param(("socket", "postgresql"), marks=_ON_POSTGRESQL),
        pytest.param(("http", "postgresql"), marks=_ON_POSTGRESQL),
    ],
    ids="-".join,
)
async def walk(request: pytest.FixtureRequest, clock: PushedClock) -> AsyncIterator[World]:
    """The whole bot with a local Slack, on each transport with each database."""
    way, store = request.param
    url = request.getfixturevalue(f"{store}_url")
    async with running(url, way=Way(way), clock=clock) as made:
        yield made
        flow_steps.check(made)


@pytest.fixture(params=["socket", "http"])
async def either_way(
    request: pytest.FixtureRequest, sqlite_url: str, clock: PushedClock
) -> AsyncIterator[World]:
    """The whole bot with a local Slack, on each transport."""
    async with running(sqlite_url, way=Way(request.param), clock=clock) as made:
        yield made
        flow_steps.check(made)


@pytest.fixture
async def either_store(database_url: str, clock: PushedClock) -> AsyncIterator[World]:
    """The whole bot with a local Slack, on each database."""
    async with running(database_url, way=Way.HTTP, clock=clock) as made:
        yield made
        flow_steps.check(made)


@pytest.fixture
async def town(sqlite_url: str, clock: PushedClock) -> AsyncIterator[World]:
    """The whole bot with a local Slack, as cheaply as it goes."""
    async with running(sqlite_url, way=Way.SOCKET, clock=clock) as made:
        yield made
        flow_steps.check(made)
