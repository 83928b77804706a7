"""What is attacked: a stage that no test moves, shared by a file's tests, or a world of a test's own."""

from __future__ import annotations

import inspect
import io
import logging
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import flow_steps
import httpx
import make
import pytest
import pytest_asyncio
import stages
import verbs
from make import Town
from stages import Stage
from story import Story
from wire import Wire
from world import Way, World, running

from bot.clock import PushedClock
from bot.logs import set_up_logging
from bot.store.database import Database


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of this folder that share a stage on the stage's own event loop.

    pytest calls this hook of one folder with the tests of all folders, and others have a `stage` too.
    """
    here = Path(__file__).parent
    for item in items:
        if not item.path.is_relative_to(here):
            continue
        if not isinstance(item, pytest.Function) or not inspect.iscoroutinefunction(item.function):
            continue
        if {"stage", "staged"} & set(item.fixturenames):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


# --- a shared stage ---------------------------------------------------------------------------------


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=["socket", pytest.param("http", marks=pytest.mark.postgres)]
)
async def stage(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """A stage that no test moves, shared by those of a module: a socket on SQLite, HTTP on PostgreSQL."""
    with ExitStack() as stack:
        if request.param == "socket":
            path = tmp_path_factory.mktemp("stage") / "store.db"
            shutil.copy(sqlite_template, path)
            url = f"sqlite:///{path}"
        else:
            url = stack.enter_context(request.getfixturevalue("fresh_postgresql")())
        async with running(url, way=Way(request.param), clock=PushedClock(), seed=stages.seed) as world:
            yield await stages.set_stage(world)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def staged(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A stage that is shared, over HTTP on SQLite."""
    path = tmp_path_factory.mktemp("stage") / "store.db"
    shutil.copy(sqlite_template, path)
    async with running(f"sqlite:///{path}", way=Way.HTTP, clock=PushedClock(), seed=stages.seed) as world:
        yield await stages.set_stage(world)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire(staged: Stage) -> AsyncIterator[Wire]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        yield Wire(staged.world, client)


# --- a world of one's own ---------------------------------------------------------------------------


@pytest.fixture
async def http_world(sqlite_url: str, clock: PushedClock) -> AsyncIterator[World]:
    async with running(sqlite_url, way=Way.HTTP, clock=clock) as world:
        yield world


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture(params=["socket", "http"])
async def either_way(
    request: pytest.FixtureRequest, sqlite_url: str, clock: PushedClock
) -> AsyncIterator[World]:
    async with running(sqlite_url, way=Way(request.param), clock=clock) as made:
        yield made
        flow_steps.check(made)


@pytest.fixture
async def socket_world(sqlite_url: str, clock: PushedClock) -> AsyncIterator[World]:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock) as made:
        yield made
        flow_steps.check(made)


# --- verbs alone ------------------------------------------------------------------------------------


@pytest.fixture
def story(sqlite_url: str, clock: PushedClock) -> Iterator[Story]:
    """On SQLite alone: what is attacked are the rules, and those are the same on both databases."""
    with Database.open(sqlite_url, clock=clock) as database:
        yield Story(database, clock)


@pytest.fixture
def either(database: Database, clock: PushedClock) -> Story:
    """On each database: for what takes the database itself."""
    return Story(database, clock)


@pytest.fixture
def town(story: Story) -> Town:
    return make.town(story.database)


@pytest.fixture
def things(story: Story, town: Town) -> verbs.Things:
    return verbs.things_of(story, town)


# --- the log ----------------------------------------------------------------------------------------


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the product writes to standard error at DEBUG; all loggers are as they were afterwards."""
    others = [one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    before = [(one, one.level, list(one.handlers)) for one in (logging.getLogger(), *others)]
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    set_up_logging("DEBUG")
    yield out
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers = handlers
