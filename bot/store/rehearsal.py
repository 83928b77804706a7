"""Verbs rehearsed: run beside each other in transactions that are rolled back, then played in one round trip.

A verb takes some thirty statements, each of which waits for the one before it. With a server that is a
millisecond away, and all replicas taking turns at the journal's head, that is what limits them. So a verb
is first run without the head, on a connection of its own that is rolled back, and what it said to the
database and was answered is noted. Once it has the head, the writer says the same again, all at once. If
each statement is answered as in the rehearsal, the verb would have done exactly this: it decides by nothing
else. If one is not, something has changed in between, and what was played of it is rolled back.

So verbs still happen one after the other, in the order of the journal; each is only shorter. What fails, or
takes many statements, is not rehearsed but run by the writer itself.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from bot.store.compiled import Row
from bot.store.drivers import Answer, Lost, Postgres
from bot.store.tx import Head, Link, Tx

if TYPE_CHECKING:
    from concurrent.futures import Future

    from sqlalchemy.sql.expression import ClauseElement

log = logging.getLogger(__name__)

STAGES = 16
"""Rehearsals at the same time, each on a connection of its own."""
WORTH_IT = 0.0004
"""Seconds that a round trip takes at least where doing everything twice is the faster way."""

_MOST_STATEMENTS = 500
_MOST_SPOILED = 2
"""Of those played together: what was rehearsed before so much changed has likely changed as well."""
_SAVEPOINT = "played{}"
_NOWHERE = Head(0, "")


class _Unsuited(Exception):
    """Raised when a verb cannot be rehearsed."""


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    values: Sequence[Any]
    answer: Answer


@dataclass(slots=True)
class Rehearsed:
    """What a verb said and was answered, its links of the journal in their places, and what it returned."""

    steps: list[_Said | Link] = field(default_factory=list)
    result: Any = None
    woken: bool = False


class Job(Protocol):
    """What is rehearsed: a verb, and the future that its caller holds."""

    future: Future[Any]
    rehearsed: Rehearsed | None


class _Noting(Tx):
    """A transaction that notes what is said in it."""

    def __init__(self, driver: Postgres, connection: Any, *, now: Callable[[], datetime]) -> None:
        super().__init__(driver, connection, now=now)
        self.noted = Rehearsed()
        self.head = _NOWHERE
        self.link_later = self.noted.steps.append
        self._at_once = driver.at_once

    def all(self, statement: ClauseElement, /, **params: Any) -> list[Row]:
        plan = self._plan(statement)
        self._execute(plan.text, values := plan.bind(params))
        self._note(plan.text, values, (self._cursor.rowcount, found := self._cursor.fetchall()))
        self.work += len(found)
        return plan.rows(found)

    def run(self, statement: ClauseElement, /, **params: Any) -> int:
        plan = self._plan(statement)
        self._execute(plan.text, values := plan.bind(params))
        self._note(plan.text, values, (touched := int(self._cursor.rowcount), []))
        return touched

    def many(self, statement: ClauseElement, rows: Iterable[Mapping[str, Any]], /) -> int:
        plan = self._plan(statement)
        values = [plan.bind(row) for row in rows]
        answers = self._at_once(self._connection, [(plan.text, one) for one in values])
        for one, answer in zip(values, answers, strict=True):
            self._note(plan.text, one, answer)
        self.work += len(values)
        return sum(touched for touched, _ in answers)

    def command(self, sql: str) -> None:
        """Leave savepoints out, and refuse to go back to one: what fails is not rehearsed."""
        if sql.startswith("ROLLBACK"):
            raise _Unsuited(sql)

    def _note(self, text: str, values: Sequence[Any], answer: Answer) -> None:
        if len(self.noted.steps) >= _MOST_STATEMENTS:
            raise _Unsuited("too many statements")
        self.noted.steps.append(_Said(text, values, answer))


class Rehearsals:
    """Threads that rehearse. `run` runs a job in a transaction and returns what its verb returned, or raises.

    Every job that was taken goes on to `onward`, rehearsed or not.
    """

    def __init__(
        self,
        driver: Postgres,
        *,
        now: Callable[[], datetime],
        run: Callable[[Tx, Any], Any],
        onward: Callable[[Any], None],
        stages: int,
    ) -> None:
        self._driver = driver
        self._now = now
        self._run = run
        self._onward = onward
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._connected = set(range(stages))  # or about to be
        self._closing = threading.Lock()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._stage, args=(n,), name=f"countersign-rehearsal-{n}", daemon=True)
            for n in range(stages)
        ]
        for thread in self._threads:
            thread.start()

    def take(self, job: Job) -> bool:
        """Take a job to be rehearsed. False: there is nowhere to do that just now."""
        with self._closing:
            if self._closed or not self._connected:
                return False
            self._jobs.put(job)
        return True

    def close(self) -> None:
        """Finish what was taken."""
        with self._closing:
            self._closed = True
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _stage(self, number: int) -> None:
        connection = self._connect(number)
        while (job := self._jobs.get()) is not None:
            if connection is not None and not job.future.cancelled():
                job.rehearsed = self._rehearse(connection, job)
                if connection.closed:
                    self._connected.discard(number)
                    connection = None
            self._onward(job)
            if connection is None:
                connection = self._connect(number)
        if connection is not None:
            connection.close()

    def _connect(self, number: int) -> Any:
        try:
            connection = self._driver.connect(readonly=False)
        except Lost:  # the writer says what is wrong with the server
            self._connected.discard(number)
            return None
        self._connected.add(number)
        return connection

    def _rehearse(self, connection: Any, job: Job) -> Rehearsed | None:
        try:
            self._driver.begin_write(connection)
            tx = _Noting(self._driver, connection, now=self._now)
            tx.noted.result = self._run(tx, job)
            tx.noted.woken = tx.woken
        except Exception as error:  # noqa: BLE001 - the writer runs it itself, and answers what it comes to
            log.debug("not rehearsed: %s", error)
            return None
        finally:
            try:
                self._driver.roll_back(connection)
            except Exception:  # noqa: BLE001 - a connection that cannot even do that is replaced
                connection.close()
        return tx.noted


def play(driver: Postgres, connection: Any, tx: Tx, parts: Sequence[Rehearsed]) -> list[bool]:
    """Do in `tx`, which has the journal's head, what was rehearsed; return of each whether it is done.

    Of one that is not, nothing is kept. Raise `Lost` if one breaks a constraint: all else is lost with it.
    """
    done: list[bool] = []
    while len(done) < len(parts) and done.count(False) < _MOST_SPOILED:
        left = parts[len(done) :]
        good = _play_up_to_the_first_spoiled(driver, connection, tx, left)
        done += [True] * good + [False] * (good < len(left))
    return done + [False] * (len(parts) - len(done))


def _play_up_to_the_first_spoiled(
    driver: Postgres, connection: Any, tx: Tx, parts: Sequence[Rehearsed]
) -> int:
    """Return how many parts are done."""
    assert tx.head is not None
    said: list[_Said] = []
    starts: list[tuple[int, Head]] = []
    head = tx.head
    for number, part in enumerate(parts):
        starts.append((len(said), head))
        said.append(_Said(f"SAVEPOINT {_SAVEPOINT.format(number)}", (), _ANY))
        for step in part.steps:
            if isinstance(step, _Said):
                said.append(step)
                continue
            head, rows = step(head)
            plans = [(driver.plans(statement), values) for statement, values in rows]
            said += [_Said(plan.text, plan.bind(values), _ONE_ROW) for plan, values in plans]
    answers = driver.at_once(connection, [(one.text, one.values) for one in said])
    held = [one.answer is _ANY or one.answer == answer for one, answer in zip(said, answers, strict=True)]
    if all(held):
        tx.head = head
        return len(parts)
    wrong = held.index(False)
    spoiled = max(number for number, (start, _) in enumerate(starts) if start <= wrong)
    driver.roll_back_to(connection, _SAVEPOINT.format(spoiled))
    tx.head = starts[spoiled][1]
    return spoiled


_ANY: Answer = (-1, [])
_ONE_ROW: Answer = (1, [])
