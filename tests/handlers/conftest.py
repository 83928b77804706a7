from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import hostile
import httpx
import pytest
import pytest_asyncio
from wire import Wire
from world import Way, World, running

from bot.clock import PushedClock
from bot.store import database
from handlers import edge


@pytest.fixture
async def http_world(sqlite_url: str, clock: PushedClock) -> AsyncIterator[World]:
    async with running(sqlite_url, way=Way.HTTP, clock=clock) as world:
        yield world


@pytest.fixture
async def wire(http_world: World) -> AsyncIterator[Wire]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Wire(http_world, client)


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=["socket", pytest.param("http", marks=pytest.mark.postgres)]
)
async def stage(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[hostile.Stage]:
    """A stage that no test moves, shared by those of a module: a socket on SQLite, HTTP on PostgreSQL."""
    with ExitStack() as stack:
        if request.param == "socket":
            path = tmp_path_factory.mktemp("stage") / "store.db"
            shutil.copy(sqlite_template, path)
            url = f"sqlite:///{path}"
        else:
            url = stack.enter_context(request.getfixturevalue("fresh_postgresql")())
        # What is answered is looked at there, and not how soon: a busy machine is no reason to fail.
        patient = stack.enter_context(pytest.MonkeyPatch.context())
        patient.setattr(database, "INBOUND_DEADLINE", 20.0)
        patient.setattr(edge, "ANSWER_SECONDS", 25.0)
        async with running(url, way=Way(request.param), clock=PushedClock(), seed=hostile.seed) as world:
            world.slack._courier.ack_seconds = 30.0
            yield await hostile.set_stage(world)
