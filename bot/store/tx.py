"""One open transaction, as verbs and queries see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.sql.expression import ClauseElement

from bot.store import journal
from bot.store.compiled import Row
from bot.store.drivers import DRIVER_ERRORS, Driver, Lost


class Tx:
    """An open transaction. Verbs get it from `Database.write`, queries from `Database.read`.

    `dialect` is "sqlite" or "postgresql". `inbox_key` names the inbound that a verb runs for, if any.
    """

    def __init__(self, driver: Driver, connection: Any, *, now: Callable[[], datetime]) -> None:
        self.dialect = driver.dialect
        self.inbox_key: str | None = None
        # The writer's: the head of the journal's chain (None in a read), and whether to wake who waits
        # for effects.
        self.head: journal.Head | None = None
        self.woken = False
        self.lost = False
        self._driver = driver
        self._connection = connection
        self._cursor = connection.cursor()
        self._plan = driver.plans
        self._now = now

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
        return plan.rows(self._cursor.fetchall())

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
        return int(self._cursor.rowcount)

    def append(self, event: journal.Event) -> int:
        """Append `event` to the journal and return its number."""
        if self.head is None:
            raise TypeError("a read cannot append to the journal")
        self.head = journal.record(self, event, head=self.head, at=self._now())
        return self.head.seq

    def wake(self) -> None:
        """Have the commit listeners called once this is committed: there is something for them to do."""
        self.woken = True

    def command(self, sql: str) -> None:
        """Run transaction control (`SAVEPOINT one`); not for verbs."""
        self._execute(sql, ())

    def _execute(self, sql: str, values: Any, *, many: bool = False) -> None:
        if self.lost:  # SQLite would go on statement by statement, each its own transaction
            raise Lost("the transaction was lost before")
        try:
            (self._cursor.executemany if many else self._cursor.execute)(sql, values)
        except DRIVER_ERRORS as error:
            explained = self._driver.explain(error, self._connection)
            self.lost = isinstance(explained, Lost)
            raise explained from error
