from __future__ import annotations

import _sqlite3
import ctypes
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import make
import psycopg
import pytest
from alembic.script import ScriptDirectory
from nodes import an_event, append
from sqlalchemy import Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine import Inspector
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel
from story import Story

from bot.clock import PushedClock
from bot.domain.assets import Kind
from bot.domain.creating import Payment
from bot.domain.requests import Approve
from bot.errors import Misconfigured
from bot.services import directory
from bot.store import journal, migrations, tables
from bot.store.database import Database
from bot.store.migrations import migrate


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database in which there is nothing yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        url = request.getfixturevalue("postgresql_url")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        yield url


def describe(url: str) -> dict[str, Any]:
    """All that the database knows of its tables, in a form that can be compared."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed)
    with engine.connect() as connection:
        inspector = inspect(connection)
        tables = {
            name: _table(inspector, name) for name in inspector.get_table_names() if name != "alembic_version"
        }
    engine.dispose()
    return tables


def _table(inspector: Inspector, name: str) -> dict[str, Any]:
    return {
        "columns": {
            column["name"]: (str(column["type"]), column["nullable"], str(column["default"]))
            for column in inspector.get_columns(name)
        },
        "key": inspector.get_pk_constraint(name)["constrained_columns"],
        "foreign": sorted(
            (key["constrained_columns"], key["referred_table"]) for key in inspector.get_foreign_keys(name)
        ),
        "unique": sorted(
            (key["name"], key["column_names"]) for key in inspector.get_unique_constraints(name)
        ),
        "checks": sorted(
            (check["name"], check["sqltext"]) for check in inspector.get_check_constraints(name)
        ),
        "indexes": sorted(
            (index["name"], index["column_names"], index["unique"], _where(index))
            for index in inspector.get_indexes(name)
        ),
    }


def _where(index: Any) -> list[str]:
    return [f"{name}={value}" for name, value in index.get("dialect_options", {}).items() if "where" in name]


def test_the_migrations_make_what_the_tables_say(empty_url: str, tmp_path: Path):
    with migrations.connection_to(empty_url) as connection:
        SQLModel.metadata.create_all(connection)
    wanted = describe(empty_url)
    assert "item_open_once" in str(wanted["item"]["indexes"])
    assert "known" in str(wanted["request"]["checks"])
    with migrations.connection_to(empty_url) as connection:
        SQLModel.metadata.drop_all(connection)
    migrate(empty_url)
    assert describe(empty_url) == wanted


def test_a_migrated_store_can_go_down_and_up_again(empty_url: str, clock: PushedClock):
    migrate(empty_url)
    there = describe(empty_url)
    migrate(empty_url, to="base")
    assert describe(empty_url) == {}
    migrate(empty_url)
    assert describe(empty_url) == there
    with Database.open(empty_url, clock=clock) as database:
        assert database.submit(lambda tx: append(tx, an_event())).result(5) == 1


def test_the_version_the_program_needs_is_the_last_there_is():
    folder = Path(migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_heads() == [migrations.HEAD]


def test_migrating_again_changes_nothing(empty_url: str, clock: PushedClock):
    migrate(empty_url)
    with Database.open(empty_url, clock=clock) as database:
        database.submit(lambda tx: journal.append(tx, an_event())).result(5)
        migrate(empty_url)
        assert database.verify().seq == 1


@pytest.mark.covers("F6")
def test_two_processes_that_migrate_at_once_take_turns(empty_url: str):
    with ThreadPoolExecutor(2) as both:
        list(both.map(migrate, [empty_url] * 2))
    assert "event" in describe(empty_url)


@pytest.mark.covers("F6", "FP12")
@pytest.mark.parametrize("statement", [3, 30, 45])
def test_a_migration_killed_in_the_middle_leaves_nothing_and_can_be_run_again(empty_url: str, statement: int):
    program = (
        "import os, signal\n"
        "from sqlalchemy import Engine, event\n"
        "from bot.store.migrations import migrate\n"
        f"left = iter(range({statement}))\n"
        "@event.listens_for(Engine, 'before_cursor_execute')\n"
        "def kill(connection, cursor, sql, *_):\n"
        "    if sql.strip().startswith(('CREATE', 'INSERT')) and next(left, None) is None:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        f"migrate({empty_url!r})\n"
    )
    killed = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert describe(empty_url) == {}
    migrate(empty_url)
    assert "event" in describe(empty_url)


@pytest.mark.covers("F6")
def test_a_store_of_another_version_is_refused(database_url: str, clock: PushedClock):
    with migrations.connection_to(database_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Misconfigured, match="9999"):
        Database.open(database_url, clock=clock)


@pytest.mark.case("8.4")
def test_the_names_of_a_store_of_the_first_release_are_folded(empty_url: str):
    migrate(empty_url)
    migrate(empty_url, to="0001")
    rows = {
        "person": ("id, team_id, user_id, name", "'1', 'T', 'U', 'Ö'"),
        "asset": ("id, kind, name, published, askable", "'2', 'PAGE', 'Straße', true, true"),
    }
    with migrations.connection_to(empty_url) as connection:
        for table, (columns, values) in rows.items():
            connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"))

    migrate(empty_url)

    with migrations.connection_to(empty_url) as connection:
        found = [connection.execute(text(f"SELECT folded FROM {table}")).scalar_one() for table in rows]
    assert found == ["o", "strasse"]


@pytest.mark.case("2.4")
def test_an_open_request_of_the_first_release_goes_on_needing_the_approvals_that_it_needed(
    empty_url: str, clock: PushedClock
):
    migrate(empty_url)
    with Database.open(empty_url, clock=clock) as database:
        town, story = make.town(database), Story(database, clock)
        story.set(tables.BusinessRow, {"id": make.BRAND}, quorum=3)
        story.submit(town.ann)
    migrate(empty_url, to="0001")
    migrate(empty_url)
    with Database.open(empty_url, clock=clock) as database:
        (request,) = Story(database, clock).rows(tables.Request)
    assert (request.quorum, request.required_approvals) == (3, 3)


def test_what_they_had_when_a_request_was_made_is_kept_with_it_by_the_upgrade(
    empty_url: str, clock: PushedClock
):
    migrate(empty_url)
    with Database.open(empty_url, clock=clock) as database:
        town, story = make.town(database), Story(database, clock)
        first = story.submit(town.ann).request_id
        story.decide(town.dana, first, Approve())
        story.wait(minutes=1)
        later = story.submit(town.ann, make.item(Kind.PAGE, make.PAGE)).request_id
        story.wait(minutes=1)
        story.decide(town.dana, later, Approve())
    migrate(empty_url, to="0026")
    migrate(empty_url)
    with Database.open(empty_url, clock=clock) as database:
        rows = {row.id: row for row in Story(database, clock).rows(tables.Request)}
    had = [(rows[one].past_requests, rows[one].first_seen, rows[one].live_assets) for one in (first, later)]
    assert had == [(0, None, 0), (1, rows[first].created_at, 1)]


@pytest.mark.covers("A4")
def test_a_store_of_the_first_release_creates_assets_once_it_is_upgraded(empty_url: str, clock: PushedClock):
    migrate(empty_url)
    with Database.open(empty_url, clock=clock) as database:
        make.town(database)
    migrate(empty_url, to="0001")
    migrate(empty_url)
    with Database.open(empty_url, clock=clock) as database:
        story = Story(database, clock)
        dana = make.Someone(id=f"4{4:014}", team=make.BRAND_TEAM, user="UDANA", name="Dana")
        story.do(directory.create_asset, make.creating(payment=Payment()), by=dana)
        assert [row.incomplete for row in story.rows(tables.AssetSetup)] == [True]


def test_the_upgrade_leaves_the_rows_and_refuses_what_is_not_known_as_before(
    empty_url: str, clock: PushedClock
) -> None:
    migrate(empty_url)
    with Database.open(empty_url, clock=clock) as database:
        town, story = make.town(database), Story(database, clock)
        story.submit(town.ann)
        there = [story.rows(row) for row in (tables.Request, tables.Item, tables.Effect, tables.Card)]
    for version in ("0030", "head"):
        migrate(empty_url, to=version)
        with pytest.raises(IntegrityError), migrations.connection_to(empty_url) as connection:
            connection.execute(text("UPDATE effect SET state = 'LOST'"))
    with Database.open(empty_url, clock=clock) as database:
        story = Story(database, clock)
        assert [story.rows(row) for row in (tables.Request, tables.Item, tables.Effect, tables.Card)] == there


def test_an_sqlite_that_lets_nobody_write_its_schema_is_upgraded_all_the_same(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'defended.db'}"
    event.listen(Engine, "connect", _defend)
    try:
        migrate(url)
        migrate(url, to="0030")
        migrate(url)
    finally:
        event.remove(Engine, "connect", _defend)
    with pytest.raises(IntegrityError), migrations.connection_to(url) as connection:
        connection.execute(text("INSERT INTO node (id, kind) VALUES ('1', 'LOST')"))


def _defend(connection: Any, _: object) -> None:
    """Turn SQLite's defensive mode on for a connection; before Python 3.12 its module has no way to."""
    if sys.version_info >= (3, 12):
        connection.setconfig(_DEFENSIVE)
        return
    library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    if not hasattr(library, "sqlite3_db_config"):
        pytest.skip("SQLite is a hidden part of this Python")
    handle = ctypes.c_void_p.from_address(id(connection) + object.__basicsize__)
    assert library.sqlite3_db_config(handle, _DEFENSIVE, 1, None) == 0


_DEFENSIVE = 1010  # SQLITE_DBCONFIG_DEFENSIVE


def test_a_new_file_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    migrate(f"sqlite:///{path}")
    with Database.open(f"sqlite:///{path}", clock=PushedClock()) as database:
        assert database.verify().sound
        found = {name: (tmp_path / name).stat().st_mode & 0o077 for name in ("new.db", "new.db-wal")}
    assert found == {"new.db": 0, "new.db-wal": 0}


@pytest.mark.postgres
def test_the_schema_that_a_url_names_is_the_store_for_all_that_opens_it(
    postgresql_url: str, clock: PushedClock
) -> None:
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA ours")
    url = make_url(postgresql_url).update_query_dict({"options": "-csearch_path=ours"})
    ours = url.render_as_string(hide_password=False)
    with pytest.raises(Misconfigured, match="no tables yet"):
        Database.open(ours, clock=clock)
    migrate(ours)
    migrate(ours, to="0028")
    with Database.open(postgresql_url, clock=clock):
        migrate(ours)  # which is not under a program that uses it
    with Database.open(ours, clock=clock) as database, Database.open(postgresql_url, clock=clock) as other:
        database.submit(append, an_event()).result(10)
        assert [one.read_sync(journal.head).seq for one in (database, other)] == [1, 0]


def test_a_store_is_not_migrated_under_a_program_that_uses_it(
    empty_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty_url)
    monkeypatch.setattr(migrations, "_PATIENCE", 0.2)
    with Database.open(empty_url, clock=clock, exclusive=True):
        migrate(empty_url)  # which changes nothing
        migrate(empty_url, to="0028")
        with pytest.raises(Misconfigured, match="is at version 0028, and another `countersign` uses it"):
            migrate(empty_url)
    migrate(empty_url)
    Database.open(empty_url, clock=clock).close()


def test_a_store_is_migrated_once_those_that_stop_have_ended(empty_url: str, clock: PushedClock) -> None:
    migrate(empty_url)
    old = Database.open(empty_url, clock=clock, exclusive=True)
    migrate(empty_url, to="0028")
    with ThreadPoolExecutor() as pool:
        migrating = pool.submit(migrate, empty_url)
        old.close()
        migrating.result(20)
    Database.open(empty_url, clock=clock).close()
