"""What the clock starts: sweeps, every few seconds or hours, in every replica.

The scheduler only ticks; the rows say what is due, and the first replica to claim one does it. A sweep takes
at most a hundred rows per transaction, fewer where they are much work: clicks never wait long behind it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]  # it has no types

from bot.errors import Misconfigured, StoreDown
from bot.services import delivery, directory
from bot.services.context import act
from bot.services.sweeps import BUSINESS_SWEEPS, ROWS_A_STEP, Sweep, forget_due, forget_sent_due
from bot.slack.wire.calls import Slack

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.store.database import Database

log = logging.getLogger(__name__)

SWEEP_SECONDS = 2
COMPARE_SECONDS = 5
PROBE_SECONDS = 15
FORGET_SECONDS = 60
ANCHOR_SECONDS = 3600
TIDY_SECONDS = 3600
CLOCK_SECONDS = 3600
LOOK_EVERY = timedelta(hours=1)
STOP_SECONDS = 10.0
_WATCH_SECONDS = 10.0


class Ticks:
    """Run the sweeps until stopped. `wake` has them run now."""

    def __init__(
        self,
        database: Database,
        slack: Slack,
        *,
        compare: Callable[[], Awaitable[bool]] | None = None,
        follow: Sequence[Callable[[], Awaitable[None]]] = (),
        hourly: Sequence[Callable[[], Awaitable[None]]] = (),
        clock: Clock,
    ) -> None:
        self._database = database
        self._clock = clock
        self._compare = compare
        self._comparing = asyncio.Lock()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # A missed run is made up for once, however late; a job never runs twice at the same time.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._every(SWEEP_SECONDS, self.sweep)
        for each in (*follow, slack.probe):
            self._every(PROBE_SECONDS, each)
        if compare is not None:
            self._every(COMPARE_SECONDS, self.compare)
        self._every(FORGET_SECONDS, self.forget)
        self._every(ANCHOR_SECONDS, self._anchor)
        self._hourly = hourly
        for each in (self.tidy, self.by_the_hour):
            self._every(TIDY_SECONDS, each)
        self._every(CLOCK_SECONDS, self._set_clock)
        self._sweeping = asyncio.Lock()
        self._swept_at = clock.monotonic()
        self._looked_at: datetime | None = None
        self._is_wanted = False
        self._events_lost = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._jobs: set[asyncio.Task[Any]] = set()
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_busy(self) -> bool:
        """Say whether a sweep runs just now, or a business is being compared with Meta."""
        return self._sweeping.locked() or self._comparing.locked()

    def start(self) -> None:
        """Start the scheduler."""
        self._loop = asyncio.get_running_loop()
        self._scheduler.start()
        self._hold(self._watch())
        self._hold(self.tidy())  # cards may be behind a store that was restored

    async def stop(self) -> None:
        """Stop, after the step of each job that is running; after ten seconds give up on it."""
        self._loop = None  # ignore a clock that is pushed from now on
        self._stopping = True
        if self._scheduler.running:
            self._scheduler.pause()  # its shutdown would cancel what is running
            await asyncio.sleep(0)  # what it has just started is held by then
        if self._jobs:
            _, late = await asyncio.wait(self._jobs, timeout=STOP_SECONDS)
            for job in late:
                job.cancel()
            if late:
                await asyncio.wait(late)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        async with self._sweeping:
            for task in self._tasks:
                task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def wake(self) -> None:
        """Sweep now: the clock was pushed. May be called from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(lambda: self._hold(self.sweep()))
            loop.call_soon_threadsafe(lambda: self._hold(self.compare()))

    def look_up(self, *, events_lost: bool = False) -> None:
        """Look now for people of whom Slack must be asked; `events_lost`: of all of them."""
        self._is_wanted = True
        self._events_lost |= events_lost
        self.wake()

    async def sweep(self) -> None:
        """Run the business sweeps until nothing is due."""
        async with self._sweeping:
            await self._try(self._look_up())
            for sweep in BUSINESS_SWEEPS:
                await self._try(self._run(sweep))
        self._swept_at = self._clock.monotonic()

    async def compare(self) -> None:
        """Compare connected businesses with Meta while any are due; not in a sweep, which must not wait."""
        if not self._comparing.locked():
            async with self._comparing:
                await self._try(self._compare_all())

    async def _compare_all(self) -> None:
        while self._compare is not None and not self._stopping and await self._compare():
            pass

    async def by_the_hour(self) -> None:
        """Do what is done by the hour, and not at the start, when other replicas may have older settings."""
        for each in self._hourly:
            await self._try(each())

    async def tidy(self) -> None:
        """Repair cards that are behind the record, and delete rows that are no longer needed."""
        async with self._sweeping:
            await self._try(self._repair())
            await self._try(self._run(forget_sent_due))

    @staticmethod
    async def _try(work: Awaitable[None]) -> None:
        try:
            await work
        except StoreDown as error:
            log.warning("a sweep could not be run: %s", error)
        except Exception:
            log.exception("a sweep failed")  # the next tick tries again; the other sweeps must not wait

    async def _run(self, sweep: Sweep) -> None:
        done = ROWS_A_STEP
        while done and not self._stopping:
            done = await self._database.write(
                act, sweep, now=self._clock.now(), limit=ROWS_A_STEP, urgent=False
            )

    async def _look_up(self) -> None:
        """Have Slack asked about people: a reader, which reads all members, finds whom.

        It does so every hour, when events are missing, and when it is wanted: also once more if that is while
        it does so.
        """
        now = self._clock.now()
        is_wanted, events_lost = self._is_wanted, self._events_lost
        self._is_wanted = self._events_lost = False
        try:
            await self._look(now, is_wanted=is_wanted, events_lost=events_lost)
        except BaseException:
            self._is_wanted |= is_wanted
            self._events_lost |= events_lost
            raise

    async def _look(self, now: datetime, *, is_wanted: bool, events_lost: bool) -> None:
        if events_lost:
            await self._database.write(act, directory.events_lost, now=now, urgent=False)
        last = self._looked_at
        is_recent = not is_wanted and last is not None and abs(now - last) < LOOK_EVERY
        if is_recent and not await self._database.read(directory.are_events_missing, since=last):
            return
        after = ""
        while not self._stopping and (
            found := await self._database.read(directory.find_due, now=now, after=after, limit=ROWS_A_STEP)
        ):
            await self._database.write(act, directory.look_up, found, now=now, urgent=False)
            after = found[-1]
        self._looked_at = now

    async def _repair(self) -> None:
        """Repair cards: a reader, which reads them all, finds them, and the writer checks what was found."""
        after = ""
        while not self._stopping and (
            found := await self._database.read(delivery.find_behind, after=after, limit=ROWS_A_STEP)
        ):
            await self._database.write(act, delivery.catch_up, found, now=self._clock.now(), urgent=False)
            after = found[-1]
        lost = await self._database.read(delivery.find_lost)
        if lost and not self._stopping:
            await self._database.write(
                act, delivery.recover, lost[:ROWS_A_STEP], now=self._clock.now(), urgent=False
            )

    async def forget(self) -> None:
        """Delete old inbox keys, and bring forward effects put off too far by a clock that was set back."""
        for sweep in (forget_due, delivery.draw_near_due):
            done = ROWS_A_STEP
            while done and not self._stopping:
                done = await self._database.write(
                    sweep, real=self._clock.real(), limit=ROWS_A_STEP, urgent=False
                )

    async def _anchor(self) -> None:
        await asyncio.to_thread(self._database.anchor)

    async def _set_clock(self) -> None:
        await asyncio.to_thread(self._database.set_clock)

    async def _watch(self) -> None:
        # When the wall clock is set back an hour, the scheduler would wait for an hour.
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if self._clock.monotonic() - self._swept_at > _WATCH_SECONDS + SWEEP_SECONDS:
                log.warning("the scheduler is not running jobs: was the wall clock set back?")
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))

    def _every(self, seconds: int, job: Callable[[], Awaitable[None]]) -> None:
        async def held() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._jobs.add(task)
            task.add_done_callback(self._jobs.discard)
            try:
                await job()
            except (StoreDown, Misconfigured) as error:
                log.warning("%s could not be run: %s", job.__name__, error)  # it is due again soon enough
            except asyncio.CancelledError:
                if not self._stopping:
                    raise  # else the scheduler would log it as an error

        self._scheduler.add_job(held, "interval", seconds=seconds, name=job.__name__)

    def _hold(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
