"""One open transaction, as verbs and queries see it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.sql.expression import ClauseElement

from bot.store.compiled import Row
from bot.store.drivers import Driver, Lost


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of the journal's chain: its number (0 in an empty journal) and its hash."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Lock:
    """With what a verb takes turns: who takes the same lock waits, unless both take it as `shared`."""

    kind: str
    ids: tuple[str, ...]
    shared: bool = False

    @property
    def number(self) -> int:
        """Return the number by which a server knows it: 64 bits of a hash, with their sign."""
        name = "\n".join((self.kind, *self.ids))
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


V = TypeVar("V", bound=Callable[..., Any])


def concurrent(verb: V) -> V:
    """Mark a verb that may run at the same time as others that are marked, where the store can do that.

    It says by `Tx.lock` with what it takes turns, before it reads what it goes by, and by `Tx.alone` where
    that is not enough. What is not marked runs alone.
    """
    verb.is_concurrent = True  # type: ignore[attr-defined]
    return verb


def marked_like(verb: Callable[..., Any], function: V) -> V:
    """Mark a function that runs a verb as the verb is marked, and return it."""
    return concurrent(function) if is_concurrent(verb) else function


def is_concurrent(verb: Callable[..., Any], args: Sequence[Any] = ()) -> bool:
    """Say whether a verb is marked as `concurrent`, or the one that it runs: the first of its arguments."""
    return any(getattr(one, "is_concurrent", False) for one in (verb, *args[:1]))


class Tx:
    """An open transaction. Verbs get it from `Database.write`, queries from `Database.read`.

    `dialect` is "sqlite" or "postgresql". `now()` is business time. `inbox_key` names the inbound that a verb
    runs for, if any. `work` counts the statements so far and the rows that they read, for steps that must
    stay short. `head` is the journal's where a verb runs alone; beside others `links` are the events that its
    commit appends. A read has neither: it cannot append to the journal.
    """

    def __init__(self, driver: Driver, connection: Any, *, now: Callable[[], datetime]) -> None:
        self.dialect = driver.dialect
        self.inbox_key: str | None = None
        self.now = now
        self.work = 0
        # Kept here for the writer and the journal.
        self.head: Head | None = None
        self.links: list[tuple[ClauseElement, Mapping[str, Any]]] | None = None
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

    def touched(self, statement: ClauseElement, /, **params: Any) -> int:
        """Run an INSERT, UPDATE or DELETE and return how many rows it touched.

        An INSERT without `.values()` takes every column but those the database fills in.
        """
        plan = self._plan(statement)
        self._execute(plan.text, plan.bind(params))
        return int(self._cursor.rowcount)

    def run(self, statement: ClauseElement, /, **params: Any) -> None:
        """Run the same without asking how many rows it touched, which may save a round trip."""
        plan = self._plan(statement)
        self._send(plan.text, plan.bind(params))

    def many(self, statement: ClauseElement, rows: Iterable[Mapping[str, Any]], /) -> None:
        """Run `statement` as `run` does, once per mapping in `rows`."""
        plan = self._plan(statement)
        values = [plan.bind(row) for row in rows]
        if values:
            self._send(plan.text, values, many=True)
            self.work += len(values)

    def lock(self, *locks: Lock) -> bool:  # noqa: ARG002 - beside others it counts
        """Take turns with others that take the same locks, until the end of this transaction.

        Return whether what was read before may have changed meanwhile. Who runs alone has all locks already.
        """
        return False

    def alone(self) -> None:
        """Say that this verb must run alone: beside others it ends here, and is run once more."""

    def wake(self) -> None:
        """Have the commit listeners called after the commit: there is something for them to do."""
        self.woken = True

    def command(self, sql: str) -> None:
        """Run transaction control, such as `SAVEPOINT one`. Not for verbs."""
        self._execute(sql, ())

    def _send(self, sql: str, values: Any, *, many: bool = False) -> None:
        """Run what nobody waits for."""
        self._execute(sql, values, many=many)

    def _execute(self, sql: str, values: Any, *, many: bool = False) -> None:
        if self.lost:  # SQLite would go on statement by statement, each its own transaction
            raise Lost("the transaction was lost before")
        self.work += 1
        try:
            (self._cursor.executemany if many else self._cursor.execute)(sql, values)
        except self._driver.errors as error:
            explained = self._driver.explain(error, self._connection)
            self.lost = isinstance(explained, Lost)
            raise explained from error
