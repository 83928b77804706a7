"""Verbs that run at the same time, each in a transaction and on a connection of its own. Only PostgreSQL can.

By default verbs take turns: the writer runs one after the other, and replicas lock each other out. A verb
that is marked `concurrent` runs beside others of that kind instead, and says by `Tx.lock` with which of them
it must take turns. Two locks of the server keep this in order:

* the gate: every verb here shares it, the writer takes it for itself. So a verb that is not marked meets
  nothing that is half done, and nothing meets what it has half done;
* the journal's head, which a verb here locks last, in the round trip that commits. So the chain's order is
  that of the commits; for verbs that take the same lock it is the order in which they ran.

What cannot be done here (`Tx.alone`, an error, a connection or a lock that was lost) has changed nothing, and
goes to the writer, which runs it and answers.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from bot.store.drivers import Beside, Locked, Lost
from bot.store.tx import Lock, Tx

if TYPE_CHECKING:
    from bot.store.writer import Job, Outcome

log = logging.getLogger(__name__)

SIZE = 4
"""Verbs at the same time in one replica: as many as keep its interpreter and the server busy."""
SIZE_FAR = 16
"""The same where most of a verb's time is spent waiting for the network."""
IS_FAR = 0.0004
"""Seconds that a round trip to the server takes at least for it to be far."""

_OWN, _SHARED = "pg_advisory_xact_lock(%s::bigint)", "pg_advisory_xact_lock_shared(%s::bigint)"


class _Unsuited(Exception):
    """Raised when a verb must run alone."""


class Concurrent(Tx):
    """A transaction beside others.

    Where the server is far, what nobody waits for (writes, locks) goes to it with the next statement that is
    waited for, or with the commit: one round trip for all of them, in their order. If one fails, the later
    statement raises it. Near, a round trip costs less than sending several at once.
    """

    def __init__(self, driver: Beside, connection: Any, *, now: Callable[[], datetime], far: bool) -> None:
        super().__init__(driver, connection, now=now)
        self.links = []
        self._server = driver
        self._far = far
        self._unsent: list[tuple[str, Sequence[Any]]] = []

    def lock(self, *locks: Lock) -> bool:
        """Take the locks in this order. The server ends a circle of those who wait for each other."""
        taken = ", ".join(_SHARED if one.shared else _OWN for one in locks)
        self._send(f"SELECT {taken}", [one.number for one in locks])
        return True

    def alone(self) -> None:
        """End here: the writer runs the verb once more."""
        raise _Unsuited

    def command(self, sql: str) -> None:
        """Leave savepoints out, and refuse to go back to one: what fails is left to the writer."""
        if sql.startswith("ROLLBACK"):
            raise _Unsuited

    def commit(self) -> None:
        """Append the events and commit, in one round trip. Errors as of `Driver.commit`."""
        assert self.links is not None
        plans = [(self._plan(statement), values) for statement, values in self.links]
        said = [(plan.text, plan.bind(values)) for plan, values in plans]
        self._server.commit_with(self._connection, [*self._unsent, *said], tell=self.woken)

    def _send(self, sql: str, values: Any, *, many: bool = False) -> None:
        if self._far:
            self.work += 1
            self._unsent += [(sql, each) for each in values] if many else [(sql, values)]
        else:
            super()._send(sql, values, many=many)

    def _execute(self, sql: str, values: Any, *, many: bool = False) -> None:
        unsent, self._unsent = self._unsent, []
        with self._server.after(self._connection, unsent) if unsent else nullcontext():
            super()._execute(sql, values, many=many)


class Host(Protocol):
    """What the pool needs of the writer, which has the jobs and answers them."""

    down: str | None

    def is_wanted(self, job: Job) -> bool:
        """Say whether somebody waits for the answer, and hold them to it."""

    def is_late(self, job: Job) -> bool:
        """Say whether it is too late to begin."""

    def do(self, tx: Tx, job: Job) -> Outcome:
        """Run a job in `tx`."""

    def committed(self, job: Job, outcome: Outcome, *, woken: bool) -> None:
        """Answer a job whose transaction is committed."""

    def in_doubt(self, job: Job, error: Exception) -> None:
        """Answer a job of which it is not known whether it was kept."""

    def line_up(self, job: Job) -> None:
        """Have the writer run a job."""


class Pool:
    """Threads that run verbs at the same time, each on a connection of its own."""

    def __init__(
        self, host: Host, driver: Beside, *, now: Callable[[], datetime], size: int, far: bool
    ) -> None:
        self._host = host
        self._driver = driver
        self._now = now
        self._far = far
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"countersign-pool-{number}", daemon=True)
            for number in range(size)
        ]
        for thread in self._threads:
            thread.start()

    def take(self, job: Job) -> bool:
        """Take a job. False: the pool is closed."""
        with self._closing:
            if self._closed:
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

    def _serve(self) -> None:
        connection: Any = None
        while (job := self._jobs.get()) is not None:
            if not self._host.is_wanted(job):
                continue
            if connection is None or connection.closed:
                connection = self._connect()
            if connection is None or self._host.down is not None or not self._run(connection, job):
                job.begun = False
                self._host.line_up(job)
        if connection is not None:
            connection.close()

    def _connect(self) -> Any:
        with suppress(Exception):  # the writer says what is wrong with the server
            return self._driver.connect(readonly=False)
        return None

    def _run(self, connection: Any, job: Job) -> bool:
        """Run a job, commit and answer it. False: nothing was changed, and the writer is to run it."""
        try:
            if not self._begin(connection, job):
                return False
            tx = Concurrent(self._driver, connection, now=self._now, far=self._far)
            outcome = self._host.do(tx, job)
        except Exception as error:  # noqa: BLE001 - the writer runs it, and answers what it comes to
            log.debug("not run beside others: %s", error)
            self._roll_back(connection)
            return False
        if outcome.error is not None:
            self._roll_back(connection)
            return False
        try:
            tx.commit()
        except Lost as lost:
            log.debug("not kept beside others: %s", lost)
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, it may be kept
            self._roll_back(connection)
            self._host.in_doubt(job, error)
        else:
            self._host.committed(job, outcome, woken=tx.woken)
        return True

    def _begin(self, connection: Any, job: Job) -> bool:
        while not self._host.is_late(job):
            with suppress(Locked):
                self._driver.begin_shared(connection)
                return True
            self._roll_back(connection)
        return False

    def _roll_back(self, connection: Any) -> None:
        try:
            self._driver.roll_back(connection)
        except Exception:  # noqa: BLE001 - a connection that cannot even do that is replaced
            connection.close()
