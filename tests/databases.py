"""Databases on a PostgreSQL server for tests: made once, and emptied between two tests that use them.

To make one takes a third of a second on a busy machine, and to empty it a fortieth. Nothing of a test is left
to the next: every row that is not a fresh one's is deleted, and a database whose tables, triggers, functions
or statistics are not a fresh one's any more is dropped.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import make_url

_MOST_USES = 100
_MOST_ROWS = 2000
"""Rows of a test after which the tables are no longer as small as a fresh one's."""
_ALONE = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_SHAPE = " UNION ALL ".join(
    f"SELECT '{catalog}', count(*), max(xmin::text::bigint) FROM {catalog}"
    for catalog in (
        *("pg_attribute", "pg_constraint", "pg_db_role_setting", "pg_namespace", "pg_proc"),
        *("pg_statistic", "pg_trigger"),
    )
)
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
_RESTART = """
    SELECT setval(format('%I', sequencename), 1, false) FROM pg_sequences WHERE last_value IS NOT NULL
"""


class Fresh:
    """Gives fresh databases on a server, each a copy of a template, to one test at a time."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._clean: list[_Made] = []

    @contextmanager
    def __call__(self) -> Iterator[str]:
        """Give the URL of one."""
        made = self._clean.pop() if self._clean else _Made(self._server, self._template)
        yield made.url
        if made.is_clean_again():
            self._clean.append(made)
        else:
            made.drop()

    def close(self) -> None:
        """Drop all that are there."""
        while self._clean:
            self._clean.pop().drop()


class _Made:
    """A database, and what is in a fresh one. Nobody is connected to it while a test has it."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._name = f"countersign_{uuid.uuid4().hex[:12]}"
        self.url = make_url(server).set(database=self._name).render_as_string(hide_password=False)
        make_database(server, self._name, template=template)
        self._uses = 0
        with self._connected() as admin:
            self._shape = admin.execute(_SHAPE).fetchall()
            self._which = " UNION ALL ".join(
                f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for (name,) in admin.execute(_TABLES)
            ).encode()
            self._given = {
                name: admin.execute(f'SELECT json_agg(each)::text FROM "{name}" AS each'.encode()).fetchone()
                for (name,) in admin.execute(self._which).fetchall()
            }

    def is_clean_again(self) -> bool:
        """Empty it, and say whether it is as it was when it was made."""
        self._uses += 1
        if self._uses >= _MOST_USES:
            return False
        try:
            with self._connected() as admin:
                admin.execute(_ALONE)
                return admin.execute(_SHAPE).fetchall() == self._shape and self._empty(admin) <= _MOST_ROWS
        except psycopg.Error:  # as after a test in which the server was stopped
            return False

    def drop(self) -> None:
        drop_database(self._server, self._name)

    def _connected(self) -> psycopg.Connection[Any]:
        # In this role no trigger refuses to delete, and rows go in any order.
        return psycopg.connect(self.url, options="-c session_replication_role=replica")

    def _empty(self, admin: psycopg.Connection[Any]) -> int:
        """Leave the rows of a fresh one alone, and return how many were deleted."""
        filled = admin.execute(self._which).fetchall()
        deleted = sum(admin.execute(f'DELETE FROM "{name}"'.encode()).rowcount for (name,) in filled)
        for name, rows in self._given.items():
            admin.execute(
                f'INSERT INTO "{name}" SELECT * FROM json_populate_recordset(NULL::"{name}", %s)'.encode(),
                rows,
            )
        admin.execute(_RESTART)
        return deleted


def make_database(server: str, name: str, *, template: str = "template0") -> None:
    """Make a database: as a copy of files, as block by block takes twice as long."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())


def drop_database(server: str, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
