"""The writer: one thread that takes the verbs that wait and commits them together.

Each verb has its own savepoint, so one that fails takes nothing of the others with it; nobody is
answered before the commit. One thread is fair (in order of arrival, clicks before sweeps), keeps the
journal one chain, and pays the disk's flush once for many.

What can go wrong, and what is then said:

* A verb raises: its savepoint is rolled back, and the error is its answer. A domain error's event is
  recorded.
* The transaction is lost before its commit (disk full, connection gone, deadlock): nothing of it was kept.
  Each verb runs again alone; one that is lost alone too is answered `StoreDown`.
* The commit fails: it may or may not have been kept. All are answered `Unconfirmed`, and nothing else is
  written until a small commit, the fence, has succeeded: what was in doubt is then settled, and can be read.
* The file of the store was removed or replaced: what comes is answered `StoreDown`, and what was committed in
  that moment `Unconfirmed`. Nothing brings the store back but another start.
* The store is locked by another process or out of reach: the writer tries again and again. What has a
  deadline is answered `Busy` or `StoreDown` when it passes; what has none waits.

On PostgreSQL, verbs that are marked `concurrent` run at the same time, in `bot.store.pool`; what cannot run
there is run here.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bot.clock import Clock
from bot.domain.inbox import InboxKey
from bot.errors import Busy, DomainError, Misconfigured, StoreDown, Unconfirmed
from bot.store import inbox, journal
from bot.store.drivers import Driver, Locked, Lost
from bot.store.pool import IS_FAR, SIZE, SIZE_FAR, Pool
from bot.store.tx import Tx

log = logging.getLogger(__name__)

BATCH = 64
"""Verbs that share one commit, at most."""

_TRIES = 5
# In seconds:
_PAUSE = 0.2  # between attempts to reach the store
_IDLE = 5.0  # without work, before the writer tidies up
GRACE = 0.25  # that a caller waits past its deadline for the writer's answer
LAST_TRIES = 5.0  # that the writer goes on trying after close()


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """A verb that waits, and the future that its caller holds. `due` is in seconds of the monotonic clock.

    `begun` is set before the writer looks at `due` for the last time: what is late and has not begun never
    will. `concurrent`: it may run in the pool.
    """

    verb: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    inbox: InboxKey | None
    urgent: bool
    due: float | None
    future: Future[Any] = field(default_factory=Future)
    concurrent: bool = False
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a verb: the answer that it returned, or the error that it raised."""

    result: Any = None
    error: BaseException | None = None


class Writer:
    """Runs verbs one after the other on a thread of its own. See the module's docstring for the rules."""

    def __init__(self, driver: Driver, *, clock: Clock, pool: int | None = None) -> None:
        """Begin. `pool`: how many verbs run at the same time; by default, by how far the server is."""
        self.down: str | None = None
        """Why nothing can be written just now; None if all is well."""
        self.replaced: Future[str] = Future()
        """Done once the store is not where it was opened; says so in words."""
        self._driver = driver
        self._clock = clock
        self._connection = driver.connect(readonly=False)
        self._untidy = False
        self._urgent: deque[Job] = deque()
        self._patient: deque[Job] = deque()
        self._arrived = threading.Condition()
        self._closed = False  # to callers
        self._closing = False  # to all: the pool has ended
        self._give_up_at = float("inf")
        self._listeners: list[Callable[[], None]] = []
        self._hear_no_more: Callable[[], None] | None = None
        self._waiters: deque[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = deque()
        self._thread = threading.Thread(target=self._run, name="countersign-writer", daemon=True)
        self._pool = self._open_pool(driver, pool)
        self._thread.start()

    def _open_pool(self, driver: Driver, size: int | None) -> Pool | None:
        beside = driver.beside
        if beside is None or size == 0:
            return None
        far = beside.round_trip(self._connection) >= IS_FAR
        if size is None:
            size = SIZE_FAR if far else SIZE
        return Pool(self, beside, now=self._clock.now, size=size, far=far)

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener`, on any thread, after each commit here or elsewhere that called `tx.wake()`."""
        self._listeners.append(listener)
        if self._hear_no_more is None:
            self._hear_no_more = self._driver.hear(self._tell_listeners)

    def submit(self, job: Job) -> None:
        """Put `job` in its line. Raise `StoreDown` after `close`."""
        with self._arrived:
            if self._closed:
                raise StoreDown("the store is closed")
            if not (job.concurrent and self._pool is not None and self._pool.take(job)):
                self.line_up(job)

    def line_up(self, job: Job) -> None:
        """Have the writer run a job, after those that came before it."""
        with self._arrived:
            (self._urgent if job.urgent else self._patient).append(job)
            self._arrived.notify()

    async def wait(self, job: Job) -> Any:
        """Submit `job` and return its answer; raise `Busy` or `Unconfirmed` past its deadline."""
        answered = asyncio.Event()
        loop = asyncio.get_running_loop()
        job.future.add_done_callback(lambda _: self._waiters.append((loop, answered)))
        self.submit(job)
        left = None if job.due is None else max(0.0, job.due - self._clock.monotonic()) + GRACE
        try:
            async with asyncio.timeout(left):
                await answered.wait()
        except TimeoutError:
            if job.future.cancel() or not job.begun:
                raise self._too_late() from None
            if not job.future.done():
                raise Unconfirmed("the store has not answered in time") from None
        except asyncio.CancelledError:
            job.future.cancel()
            raise
        return job.future.result()

    def close(self) -> None:
        """Finish what waits, then stop. What cannot be written within seconds is answered `StoreDown`."""
        with self._arrived:
            self._give_up_at = self._clock.monotonic() + LAST_TRIES
            self._closed = True
        if self._pool is not None:
            self._pool.close()
        with self._arrived:
            self._closing = True
            self._arrived.notify()
        self._thread.join()
        if self._hear_no_more is not None:
            self._hear_no_more()
        self._disconnect()

    # --- the thread: taking

    def _run(self) -> None:
        while jobs := self._take():
            try:
                self._together(jobs)
            except Lost as lost:
                log.warning("a batch of %d was lost, each runs again alone: %s", len(jobs), lost)
                for job in jobs:
                    self._alone(job)

    def _take(self) -> list[Job]:
        """Wait for jobs and return up to a batch of them; none at the end."""
        jobs: list[Job] = []
        while not jobs:
            with self._arrived:
                while not (self._urgent or self._patient):
                    if self._closing:
                        return []
                    if not self._arrived.wait(_IDLE) and self._untidy:
                        self._tidy()
                # The last place is a sweep's: clicks without end must not keep what is due from happening.
                clicks = BATCH - 1 if self._patient else BATCH
                taken = [self._urgent.popleft() for _ in range(min(clicks, len(self._urgent)))]
                taken += [self._patient.popleft() for _ in range(min(BATCH - len(taken), len(self._patient)))]
            jobs = [job for job in taken if self.is_wanted(job)]
        return jobs

    def is_wanted(self, job: Job) -> bool:
        """Say whether the caller still waits, who cannot go away from now on."""
        return job.future.running() or job.future.set_running_or_notify_cancel()

    def is_late(self, job: Job) -> bool:
        """Say whether it is too late to begin with a job."""
        now = self._clock.monotonic()
        return self.replaced.done() or now >= self._give_up_at or (job.due is not None and now >= job.due)

    def _too_late(self) -> Busy:
        if self.down is not None:
            return StoreDown(f"the store cannot write just now: {self.down}")
        return Busy("the store did not get to it in time")

    def _answer_the_late(self, jobs: Sequence[Job]) -> None:
        """Answer what has waited too long, among `jobs` and in the lines."""
        late = [job for job in jobs if not job.future.done() and self.is_late(job)]
        with self._arrived:
            for line in (self._urgent, self._patient):
                overdue = [job for job in line if self.is_late(job)]
                for job in overdue:
                    line.remove(job)
                late += [job for job in overdue if self.is_wanted(job)]
        self._answer([(job, Outcome(error=self._too_late())) for job in late])

    def _answer(self, answers: Iterable[tuple[Job, Outcome]]) -> None:
        """Hand out answers, and wake each event loop once for all of its callers."""
        for job, outcome in answers:
            if outcome.error is None:
                job.future.set_result(outcome.result)
            else:
                job.future.set_exception(outcome.error)
        events: dict[asyncio.AbstractEventLoop, list[asyncio.Event]] = {}
        with suppress(IndexError):  # empty: the threads of the pool answer here, too
            while True:
                loop, event = self._waiters.popleft()
                events.setdefault(loop, []).append(event)
        for loop, answered in events.items():
            with suppress(RuntimeError):  # that loop is closed, nobody waits there
                loop.call_soon_threadsafe(_set_all, answered)

    # --- the thread: doing

    def _together(self, jobs: Sequence[Job]) -> None:
        """Run `jobs` in one transaction and answer them. Raise `Lost` if nothing of it was kept."""
        try:
            tx = self._begin(jobs)
            if tx is None:
                return
            before = tx.head
            outcomes = [(job, self.do(tx, job)) for job in jobs if not job.future.done()]
            if tx.head is not None and tx.head != before:
                journal.store_head(tx, tx.head)
            if tx.woken:
                self._driver.tell(self._connection)
            self._commit()
            self._must_be_in_place(otherwise=_InDoubt)
        except Lost:
            self._roll_back()
            raise
        except _InDoubt as doubt:
            log.exception("a commit of %d verbs failed, kept or not is unknown", len(outcomes))
            self._answer([(job, Outcome(error=Unconfirmed(str(doubt)))) for job, _ in outcomes])
            return
        except Exception as error:
            # A fault of the engine, not of a verb: the callers must not wait for a thread that is gone.
            if not isinstance(error, self._driver.no_right):  # which is the operator's to give
                log.exception("the writer failed")
            self._disconnect()
            self._answer([(job, Outcome(error=error)) for job in jobs if not job.future.done()])
            return
        self._untidy = True
        self._answer(outcomes)
        if tx.woken:
            self._tell_listeners()

    def _alone(self, job: Job) -> None:
        for _ in range(_TRIES):
            try:
                return self._together([job])
            except Lost as lost:
                reason = lost
                if not lost.again:
                    break
        log.error("a verb was lost alone too: %s", reason)
        self._answer([(job, Outcome(error=StoreDown(f"nothing was changed: {reason}")))])
        return None

    def do(self, tx: Tx, job: Job) -> Outcome:
        """Run a job in `tx`: once for each inbox key, not past its deadline. Raise `Lost` if `tx` is."""
        job.begun = True
        if self.is_late(job):
            return Outcome(error=self._too_late())
        return self._perform(tx, job)

    def _perform(self, tx: Tx, job: Job) -> Outcome:
        tx.inbox_key = None if job.inbox is None else str(job.inbox)
        if job.inbox is not None:
            repeated = inbox.take(tx, job.inbox, at=self._clock.real())
            if repeated is not None:
                return Outcome(result=repeated)
        outcome = self._guarded(tx, partial(job.verb, tx, *job.args, **job.kwargs))
        if isinstance(outcome.error, DomainError) and outcome.error.event is not None:
            recorded = self._guarded(tx, partial(journal.append, tx, outcome.error.event))
            outcome = outcome if recorded.error is None else recorded
        if job.inbox is not None and not self._is_answered(outcome):
            inbox.forget(tx, job.inbox)
        return outcome

    @staticmethod
    def _guarded(tx: Tx, work: Callable[[], Any]) -> Outcome:
        """Run `work` in a savepoint. Raise `Lost` if that took the whole transaction away."""
        head, woken = tx.head, tx.woken
        tx.command("SAVEPOINT verb")
        try:
            result = work()
            tx.command("RELEASE SAVEPOINT verb")
        except BaseException as error:
            if tx.lost:
                raise error if isinstance(error, Lost) else Lost(str(error)) from error
            tx.command("ROLLBACK TO SAVEPOINT verb")
            tx.command("RELEASE SAVEPOINT verb")
            tx.head, tx.woken = head, woken
            return Outcome(error=error)
        return Outcome(result=result)

    @staticmethod
    def _is_answered(outcome: Outcome) -> bool:
        """Say whether an inbound was answered; after a fault of ours, or in doubt, it may come again."""
        error = outcome.error
        return error is None or (isinstance(error, DomainError) and not isinstance(error, Busy | Unconfirmed))

    # --- what the pool has done

    def committed(self, job: Job, outcome: Outcome, *, woken: bool) -> None:
        """Answer a job that was run in the pool."""
        self._answer([(job, outcome)])
        if woken:
            self._tell_listeners()

    def in_doubt(self, job: Job, error: Exception) -> None:
        """Answer a job of the pool whose commit is in doubt; with its next job the writer settles that."""
        log.error("a commit failed, kept or not is unknown: %s", error)
        self.down = str(error)
        self._answer([(job, Outcome(error=Unconfirmed(f"the commit failed: {error}")))])

    # --- the thread: the transaction around them

    def _begin(self, jobs: Sequence[Job]) -> Tx | None:
        """Begin, however long it takes. Return None once every job was answered as too late."""
        while True:
            self._answer_the_late(jobs)
            if all(job.future.done() for job in jobs):
                return None
            try:
                if self.down is not None:
                    self._settle_doubt()
                return self._open()
            except Locked:
                self._roll_back()
            except (Lost, Misconfigured, _InDoubt) as error:
                self.down = str(error)
                self._disconnect()
                time.sleep(_PAUSE)

    def _open(self) -> Tx:
        if self._connection is None:
            self._connection = self._driver.connect(readonly=False)
        self._driver.begin_write(self._connection)
        self._must_be_in_place(otherwise=Lost)
        tx = Tx(self._driver, self._connection, now=self._clock.now)
        tx.head = journal.lock_head(tx)
        return tx

    def _must_be_in_place(self, *, otherwise: type[Exception]) -> None:
        if not self.replaced.done() and not self._driver.is_in_place():
            self.down = "its file was removed or replaced while it was in use: what came since is not kept"
            self.replaced.set_result(self.down)
        if self.replaced.done():
            raise otherwise(self.replaced.result())

    def _settle_doubt(self) -> None:
        """Commit the fence: whether the commit in doubt before it was kept can then be read."""
        journal.fence(self._open())
        self._commit()
        self.down = None
        log.warning("the store can write again")

    def _commit(self) -> None:
        try:
            self._driver.commit(self._connection)
        except Lost:
            raise
        except Exception as error:
            self.down = str(error)
            self._disconnect()
            raise _InDoubt(f"the commit failed: {error}") from error

    def _roll_back(self) -> None:
        try:
            self._driver.roll_back(self._connection)
        except Exception:  # noqa: BLE001 - a connection that cannot even do that is replaced
            self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()

    def _tidy(self) -> None:
        self._untidy = False
        if self._connection is not None:
            with suppress(Exception):  # it is only tidying; the next write says what is wrong
                self._driver.tidy(self._connection)

    def _tell_listeners(self) -> None:
        for listener in self._listeners:
            try:
                listener()
            except Exception:
                log.exception("a commit listener failed")


class _InDoubt(Exception):
    """Raised when a commit failed and it is not known whether it was kept."""


def _set_all(events: Iterable[asyncio.Event]) -> None:
    for event in events:
        event.set()
