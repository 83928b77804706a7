"""Bring a store to the version this program needs. Alembic, run from here: there is no alembic.ini.

A migration is all or nothing on both databases: one transaction, in which the schema, the data and the
version change together. Two that start at once take turns (SQLite's write lock, an advisory lock on
PostgreSQL).

To add one: change the tables in `bot/store/tables/`, write `versions/000N_….py` by hand after the pattern
of the last, set `HEAD`. A test compares what the migrations make with the tables, up and down, on both
databases. A released migration is never changed: a test holds its hash.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import Misconfigured
from bot.store.drivers import Driver, Lost, driver_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

HEAD = "0032"
"""The version this program needs."""

_LOCK = 0x436F756E  # any number that is ours alone

_PATIENCE = 10.0
_PAUSE = 0.05


def migrate(url: str, *, to: str = "head") -> None:
    """Bring the store at `url` to version `to` ("base" for none). A SQLite file is made if it is missing."""
    driver = driver_for(url)
    if to in {"head", HEAD} and _is_there(driver):
        return
    from alembic import command  # noqa: PLC0415 - half a second that only migrating should pay
    from alembic.util import CommandError  # noqa: PLC0415 - the same
    from sqlalchemy.exc import DatabaseError, OperationalError  # noqa: PLC0415 - the same

    try:
        _migrate(url, to=to, command=command)
    except CommandError as error:  # another version than this program has heard of
        raise Misconfigured(f"{error}: run the newer program") from error
    except DatabaseError as error:
        is_theirs = type(error) in (DatabaseError, OperationalError) or isinstance(
            error.orig, driver.no_right
        )
        if not is_theirs:
            raise
        raise Misconfigured(f"the store cannot be opened: {str(error.orig).splitlines()[0]}") from error


def _is_there(driver: Driver) -> bool:
    """Say whether there is nothing to do, without Alembic: it takes half a second, and memory for good.

    Raise Misconfigured where a program of the older version still has it open, after a while.
    """
    give_up_at = time.monotonic() + _PATIENCE
    while (version := _version(driver)) is not None and version < HEAD and driver.is_in_use():
        if time.monotonic() > give_up_at:
            raise Misconfigured(
                f"the store is at version {version}, and another `countersign` uses it: stop that first"
            )
        time.sleep(_PAUSE)
    return version == HEAD


def _version(driver: Driver) -> str | None:
    with (
        suppress(Misconfigured, Lost, *driver.errors),
        closing(driver.connect(readonly=True)) as found,
    ):
        row = found.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])
    return None


def _migrate(url: str, *, to: str, command: Any) -> None:
    with connection_to(url) as connection:
        config = config_for(connection)
        if to in {"head", HEAD}:
            command.upgrade(config, "head")
        else:
            command.downgrade(config, to)


def config_for(connection: Connection) -> Any:
    """Return Alembic's configuration for this folder's scripts over `connection`."""
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def connection_to(url: str) -> Iterator[Connection]:
    """Give a connection inside a transaction that holds the lock, committed at the end."""
    from sqlalchemy import create_engine, event, text  # noqa: PLC0415 - the same
    from sqlalchemy.pool import NullPool  # noqa: PLC0415 - the same

    driver = driver_for(url)
    is_sqlite = driver.dialect == "sqlite"
    engine = create_engine(driver.url, poolclass=NullPool)
    if is_sqlite:
        with suppress(OSError):  # it is there, or cannot be: opening it says so
            os.close(
                os.open(driver.place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            )  # nobody else reads it

        # The sqlite3 module begins no transaction for DDL; with it out of the way DDL is as
        # transactional as the rest.
        @event.listens_for(engine, "connect")
        def take_over(connection: Any, _: object) -> None:
            connection.isolation_level = None
            _use_wal(connection)
            connection.execute("PRAGMA synchronous=FULL")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        if not is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch the file to WAL, waiting for others: SQLite's own busy timeout does not cover the switch."""
    give_up_at = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=wal")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(_PAUSE)
        else:
            return
