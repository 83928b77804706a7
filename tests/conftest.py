"""Fixtures for all: a clock to push, and a fresh, migrated store on each of the two databases."""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import covered
import pytest
from databases import Fresh, drop_database, make_database
from hypothesis import settings
from own_postgresql import HASTY, own_server
from patience import be_patient
from sqlalchemy import make_url

from bot.clock import PushedClock
from bot.stopping import hearing_again
from bot.store.database import Database
from bot.store.migrations import migrate

if TYPE_CHECKING:
    from world import World


# An example takes as long as a busy machine makes it: nothing timed is asserted.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

# A job in the background begins with Ctrl-C ignored, and so would all that it starts: tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def ctrl_c_is_heard_again() -> Iterator[None]:
    """Have Ctrl-C heard after a test as before it: what a command has begun it ignores it for."""
    with hearing_again():
        yield


_SHOWN = pytest.StashKey[covered.Shown]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--covered", action="store_true", help="run nothing; print what each row of our tables is shown by"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    if config.option.covered:
        config.option.markexpr = ""
        config.option.numprocesses = 0


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before anything is left out: what is long counts too."""
    if covered.is_whole(items):
        config.stash[_SHOWN] = covered.shown_by(items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    if not session.config.option.covered or session.testsfailed:
        return None
    shown = session.config.stash.get(_SHOWN, None)
    if shown is None:
        raise pytest.UsageError("--covered is about all the tests: name none of them")
    flaws = covered.flaws(shown)
    print("", *covered.table(shown), *flaws, sep="\n")  # noqa: T201 - this is what was asked for
    session.testsfailed = len(flaws)
    return True


@pytest.fixture(scope="session")
def shown(request: pytest.FixtureRequest) -> covered.Shown | None:
    """Which tests show which rows; None where only some of the tests were collected."""
    return request.config.stash.get(_SHOWN, None)


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        be_patient(patched.setattr)
        yield


@pytest.fixture(scope="session", autouse=True)
def near() -> Iterator[None]:
    """Have no server taken for far on a busy machine: how many verbs run at once is the same in each run."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("bot.store.writer.IS_FAR", math.inf)
        yield


class _Sooner:
    """asyncio, with shorter sleep."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 20)


@pytest.fixture(scope="session", autouse=True)
def stopped_soon() -> Iterator[None]:
    """uvicorn sleeps for a tenth of a second before it looks whether all is answered: once in most tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("uvicorn.server.asyncio", _Sooner())
        yield


_MEMORY = Path("/dev/shm")  # where Linux keeps files in memory; elsewhere tests use the disk and are slower
_ROOM = 4_000_000_000


def pytest_configure() -> None:
    """Have temporary files in memory where there is room: a fresh database for each test is then cheap.

    And the processes that tests start keep what they compiled, or each would compile every import again.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # it is looked up again


@pytest.fixture
def clock() -> PushedClock:
    return PushedClock()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server on which databases can be made: `DATABASE_URL`, or one of our own."""
    if os.environ.get("DATABASE_URL"):
        yield os.environ["DATABASE_URL"]
        return
    with own_server(*HASTY) as server:
        yield server.get_uri()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[str]:
    with _database_on(postgresql_server) as url:
        migrate(url)
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh, migrated SQLite store."""
    path = tmp_path / "store.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def fresh_postgresql(postgresql_server: str, postgresql_template: str) -> Iterator[Fresh]:
    """Give what makes a fresh, migrated PostgreSQL store, for fixtures that outlive one test.

    They ask for it each time they are set up: a module's fixture is, whenever the cores trade tests.
    """
    fresh = Fresh(postgresql_server, make_url(postgresql_template).database or "")
    yield fresh
    fresh.close()


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL store."""
    with request.getfixturevalue("fresh_postgresql")() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated store: each test runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str, clock: PushedClock) -> Iterator[Database]:
    """A fresh store, open: each test runs on SQLite and on PostgreSQL."""
    with Database.open(database_url, clock=clock) as opened:
        yield opened


@contextmanager
def _database_on(server: str) -> Iterator[str]:
    """Make a database on `server`, and drop it at the end."""
    name = f"countersign_{uuid.uuid4().hex[:12]}"
    make_database(server, name)
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    drop_database(server, name)


@pytest.fixture(params=["socket", pytest.param("http", marks=pytest.mark.postgres)])
async def world(request: pytest.FixtureRequest, clock: PushedClock) -> AsyncIterator[World]:
    """The whole bot with a local Slack: over a socket on SQLite, and over HTTP on PostgreSQL."""
    from world import Way, running  # noqa: PLC0415 - most tests need nothing of it

    store = "sqlite_url" if request.param == "socket" else "postgresql_url"
    async with running(request.getfixturevalue(store), way=Way(request.param), clock=clock) as made:
        yield made
