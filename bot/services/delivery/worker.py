"""The worker: it goes round the outbox, claims, sends and finishes, until it is stopped.

What each of the three means is in `bot.services.delivery.claim`; here is only who does it, and when.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.clock import Clock
from bot.domain.messages import EffectKind
from bot.errors import Busy, StoreDown, Unconfirmed
from bot.services.context import act
from bot.services.delivery.claim import LEASE, SEND_SECONDS, claim, is_work, mark
from bot.services.delivery.finish import finish
from bot.services.delivery.outcomes import Delivery, Outcome, Sender, Unknown

if TYPE_CHECKING:
    from bot.store.database import Database

log = logging.getLogger(__name__)

DRAIN_SECONDS = 10.0
POLL_SECONDS = 1.0


class Worker:
    """Claim, send and finish, up to `most` at a time, until it is stopped."""

    def __init__(
        self, database: Database, senders: Mapping[EffectKind, Sender], *, clock: Clock, most: int = 8
    ) -> None:
        self._database = database
        self.senders = senders
        self._clock = clock
        self._most = most
        self._woken = asyncio.Event()
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._turned_at = clock.monotonic()
        self._claiming = False
        self._put_off_first = False

    @property
    def is_alive(self) -> bool:
        """Say whether it goes round."""
        return self._clock.monotonic() - self._turned_at < LEASE.total_seconds()

    @property
    def is_busy(self) -> bool:
        """Say whether something is being claimed or sent."""
        return self._claiming or bool(self._tasks)

    def start(self) -> None:
        """Begin."""
        self._loop = asyncio.get_running_loop()
        self._main = self._loop.create_task(self._run(), name="countersign-worker")

    def wake(self) -> None:
        """Have it look for work now. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def stop(self) -> None:
        """Claim nothing more, let what is being sent end, and after ten seconds give up on it."""
        self._stopping = True
        self._woken.set()
        if self._main is not None:
            await self._main
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    async def _run(self) -> None:
        while not self._stopping:
            self._turned_at = self._clock.monotonic()
            self._woken.clear()
            if not await self._take():
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._woken.wait()
                except TimeoutError:
                    pass

    async def _take(self) -> bool:
        """Claim what there is room for. Return whether anything was claimed."""
        room = self._most - len(self._tasks)
        real = self._clock.real()
        try:
            if room == 0 or not await self._database.read(is_work, real=real):
                return False
            self._claiming = True
            claimed = await self._database.write(
                act,
                claim,
                most=room,
                now=self._clock.now(),
                real=real,
                put_off_first=self._put_off_first,
                urgent=False,
            )
            # In turn: while more is put than can be sent, what was put off would else never be sent.
            self._put_off_first = not self._put_off_first
        except StoreDown as error:
            log.warning("nothing could be claimed: %s", error)  # look again in a second
            return False
        except Exception:
            log.exception("nothing could be claimed")  # the same
            return False
        finally:
            self._claiming = False  # what was claimed has its task before anything else runs
        for delivery in claimed:
            task = asyncio.create_task(self._deliver(delivery), name=f"delivery-{delivery.id}")
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return bool(claimed)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._woken.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("a delivery could not be finished", exc_info=task.exception())

    async def _deliver(self, delivery: Delivery) -> None:
        marked = False

        async def mark_it() -> bool:
            nonlocal marked
            marked = await self._database.write(mark, delivery, real=self._clock.real(), urgent=False)
            # A process paused for long between the two has lost its lease, marked or not.
            return marked and self._clock.real() < delivery.lease_until

        outcome: Outcome
        try:
            async with asyncio.timeout(SEND_SECONDS):
                outcome = await self.senders[delivery.kind](delivery, mark_it)
        except asyncio.CancelledError:
            outcome = Unknown(why="stopped", sent=marked)
        except TimeoutError:
            outcome = Unknown(why="timeout", sent=marked)
        except Exception as error:
            log.exception("effect %d could not be sent", delivery.id)
            is_fault = not isinstance(error, Busy | Unconfirmed)
            outcome = Unknown(why=type(error).__name__, sent=marked, is_fault=is_fault)
        finished = await self._database.write(
            act, finish, delivery, outcome, now=self._clock.now(), real=self._clock.real(), urgent=False
        )
        log.info(
            "effect %d (%s of %s, attempt %d): %s%s",
            delivery.id,
            delivery.kind,
            delivery.subject_id,
            delivery.attempt,
            type(outcome).__name__.lower(),
            "" if finished else ", but it was not ours any more",
        )
