"""What a verb changed in the store, whole: so that a test says all of it, and nothing besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from make import write
from sqlalchemy import select

from bot.store.database import Database, Tx

RowKey = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """The answer of a verb, whether it woke the worker, and the rows it changed, by their tables' names.

    Of a changed row the columns that are new, of a new one all, of one that is gone nothing.
    """

    answer: Any
    woke: bool
    rows: dict[str, dict[RowKey, dict[str, Any]]]

    def of(self, table: type[Any]) -> dict[RowKey, dict[str, Any]]:
        return self.rows.get(table.__table__.name, {})

    def put(self, table: type[Any], *columns: str) -> list[tuple[Any, ...]]:
        """These columns of the rows that are new, in their order."""
        whole = set(table.__table__.c.keys())
        new = [row for _, row in sorted(self.of(table).items()) if row.keys() == whole]
        return [tuple(row[column] for column in columns) for row in new]


def kept(database: Database, *which: type[Any]) -> dict[str, dict[RowKey, dict[str, Any]]]:
    def read(tx: Tx) -> dict[str, dict[RowKey, dict[str, Any]]]:
        found = {}
        for table in (one.__table__ for one in which):
            key = [column.name for column in table.primary_key.columns]
            rows = [row._asdict() for row in tx.all(select(table))]
            found[table.name] = {tuple(row[name] for name in key): row for row in rows}
        return found

    return database.read_sync(read)


def changes(
    database: Database, verb: Callable[..., Any], /, *args: Any, watch: tuple[type[Any], ...], **kwargs: Any
) -> Changes:
    """Run a verb and return what it changed in the tables that are watched."""
    before = kept(database, *watch)
    answer, woke = write(database, lambda tx: (verb(tx, *args, **kwargs), tx.woken))
    after = kept(database, *watch)
    rows: dict[str, dict[RowKey, dict[str, Any]]] = {}
    for table, now in after.items():
        was = before[table]
        found = {
            key: {name: value for name, value in row.items() if key not in was or was[key][name] != value}
            for key, row in now.items()
        }
        found = {key: row for key, row in found.items() if row} | {key: {} for key in was.keys() - now.keys()}
        if found:
            rows[table] = found
    return Changes(answer, woke, rows)
