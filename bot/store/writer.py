"""The writer: one thread that takes all verbs that wait and commits them together.

Each verb has its own savepoint, so one that fails takes nothing of the others with it; nobody is answered before
the commit. One thread is fair (in order of arrival, clicks before sweeps), keeps the journal one chain, and pays
the disk's flush once for many.

What can go wrong, and what is then said:

* A verb raises: its savepoint is rolled back, and the error is its answer. A domain error's event is recorded.
* The transaction is lost before its commit (disk full, connection gone, deadlock): nothing of it was kept. Each
  verb runs again alone; one that is lost alone too is answered `StoreDown`.
* The commit fails: it may or may not have been kept. All are answered `Unconfirmed`, and nothing else is written
  until a small commit, the fence, has succeeded: what was in doubt is then settled, and can be read.
* The store is locked by another process or out of reach: the writer tries again and again. What has a deadline
  is answered `Busy` or `StoreDown` when it passes; what has none waits.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from bot.clock import Clock
from bot.errors import Busy, DomainError, Misconfigured, StoreDown, Unconfirmed
from bot.store import inbox, journal
from bot.store.drivers import Driver, Locked, Lost
from bot.store.inbox import InboxKey
from bot.store.tx import Tx

log = logging.getLogger(__name__)

BATCH = 64
"""Verbs that share one commit, at most."""

_TRIES = 5
_PAUSE = 0.2
_IDLE = 5.0
_LAST_TRIES = 5.0


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """A verb that waits, and the future that its caller holds. `due` is in seconds of the monotonic clock."""

    verb: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    inbox: InboxKey | None
    urgent: bool
    due: float | None
    future: Future[Any] = field(default_factory=Future)

    def answer(self, outcome: _Outcome) -> None:
        if self.future.done():
            return
        if outcome.error is None:
            self.future.set_result(outcome.result)
        else:
            self.future.set_exception(outcome.error)


@dataclass(frozen=True, slots=True)
class _Outcome:
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Run verbs one after the other on a thread of its own. See the module's text for the rules."""

    def __init__(self, driver: Driver, *, clock: Clock) -> None:
        self.down: str | None = None
        """Why nothing can be written just now, None if all is well."""
        self._driver = driver
        self._clock = clock
        self._connection: Any = None
        self._urgent: deque[Job] = deque()
        self._patient: deque[Job] = deque()
        self._arrived = threading.Condition()
        self._closing = threading.Event()
        self._give_up: float | None = None
        self._listeners: list[Callable[[], None]] = []
        self._waiters: deque[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = deque()
        self._connection = driver.connect(readonly=False)
        self._thread = threading.Thread(target=self._run, name="countersign-writer", daemon=True)
        self._thread.start()

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener`, on the writer's thread, after each commit in which a verb called `tx.wake()`."""
        self._listeners.append(listener)

    def submit(self, job: Job) -> None:
        """Put `job` in its line."""
        with self._arrived:
            if self._closing.is_set():
                raise StoreDown("the store is closed")
            (self._urgent if job.urgent else self._patient).append(job)
            self._arrived.notify()

    def close(self) -> None:
        """Finish what waits, then stop. What cannot be written within seconds is answered `StoreDown`."""
        with self._arrived:
            self._give_up = self._clock.monotonic() + _LAST_TRIES
            self._closing.set()
            self._arrived.notify()
        self._thread.join()
        self._disconnect()

    # --- taking

    def _run(self) -> None:
        while jobs := self._take():
            try:
                self._together(jobs)
            except Lost as lost:
                log.warning("a batch of %d was lost, each runs again alone: %s", len(jobs), lost)
                for job in jobs:
                    self._alone(job)
            except Exception as error:
                # A fault of the engine itself must not leave callers waiting for a thread that is gone.
                log.exception("the writer failed")
                self._disconnect()
                self._answer([(job, _Outcome(error=error)) for job in jobs])

    def _take(self) -> list[Job]:
        """Wait for jobs and return up to a batch of them; none at the end."""
        with self._arrived:
            while not (self._urgent or self._patient):
                if self._closing.is_set():
                    return []
                if not self._arrived.wait(_IDLE):
                    self._tidy()
            # One place is a sweep's, so that clicks without end cannot keep what is due from happening.
            clicks = BATCH - 1 if self._patient else BATCH
            jobs = [self._urgent.popleft() for _ in range(min(clicks, len(self._urgent)))]
            jobs += [self._patient.popleft() for _ in range(min(BATCH - len(jobs), len(self._patient)))]
        taken = [job for job in jobs if job.future.set_running_or_notify_cancel()]
        return taken or self._take()
