"""One open transaction, as verbs and queries see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.sql.expression import ClauseElement

from bot.store.compiled import Row
from bot.store.drivers import DRIVER_ERRORS, Driver, Lost


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of the journal's chain: its number (0 in an empty journal) and its hash."""

    seq: int
    hash: str


Link = Callable[[Head], tuple[Head, list[tuple[ClauseElement, dict[str, Any]]]]]
"""Given the last link, an event's own link, and the statements with their values that write it."""


class Tx:
    """An open transaction. Verbs get it from `Database.write`, queries from `Database.read`.

    `dialect` is "sqlite" or "postgresql". `now()` is business time. `inbox_key` names the inbound that a verb
    runs for, if any. `head` is None in a read: it cannot append to the journal.
    `work` counts the statements so far and the rows that they read, for steps that must stay short.
    `link_later` takes the links of a rehearsal, whose places in the chain are not known yet.
    """

    def __init__(self, driver: Driver, connection: Any, *, now: Callable[[], datetime]) -> None:
        self.dialect = driver.dialect
        self.inbox_key: str | None = None
        self.now = now
        self.work = 0
        # Kept here for the writer and the journal.
        self.head: Head | None = None
        self.link_later: Callable[[Link], None] | None = None
        self.woken = False
        self.lost = False
        self._driver = driver
        self._connection = connection
        self._cursor = connection.cursor()
        self._plan = driver.plans

    def one(self, statement: ClauseElement, /, **params: Any) -> Row | None:
        """Return the row of `statement`, None without one. Raise LookupError if there are several."""
        rows = self.all(statement, **params)
        if len(rows) > 1:
            raise LookupError(f"{len(rows)} rows where one was expected: {statement}")
        return rows[0] if rows else None

    def all(self, statement: ClauseElement, /, **params: Any) -> list[Row]:
        """Return all rows of `statement`."""
        plan = self._plan(statement)
        self._execute(plan.text, plan.bind(params))
        rows = plan.rows(self._cursor.fetchall())
        self.work += len(rows)
        return rows

    def run(self, statement: ClauseElement, /, **params: Any) -> int:
        """Run an INSERT, UPDATE or DELETE and return how many rows it touched.

        An INSERT without `.values()` takes every column but those the database fills in.
        """
        plan = self._plan(statement)
        self._execute(plan.text, plan.bind(params))
        return int(self._cursor.rowcount)

    def many(self, statement: ClauseElement, rows: Iterable[Mapping[str, Any]], /) -> int:
        """Run `statement` once per mapping in `rows` and return how many rows were touched in all."""
        plan = self._plan(statement)
        values = [plan.bind(row) for row in rows]
        if not values:
            return 0
        self._execute(plan.text, values, many=True)
        self.work += len(values)
        return int(self._cursor.rowcount)

    def wake(self) -> None:
        """Have the commit listeners called after the commit: there is something for them to do."""
        self.woken = True

    def command(self, sql: str) -> None:
        """Run transaction control, such as `SAVEPOINT one`. Not for verbs."""
        self._execute(sql, ())

    def _execute(self, sql: str, values: Any, *, many: bool = False) -> None:
        if self.lost:  # SQLite would go on statement by statement, each its own transaction
            raise Lost("the transaction was lost before")
        self.work += 1
        try:
            (self._cursor.executemany if many else self._cursor.execute)(sql, values)
        except DRIVER_ERRORS as error:
            explained = self._driver.explain(error, self._connection)
            self.lost = isinstance(explained, Lost)
            raise explained from error
