"""The demo's clock: pushed, it stops wherever something is due, as if the time had really passed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.services import delivery
from bot.services.context import act
from bot.services.sweeps import next_due, next_sweep

if TYPE_CHECKING:
    from bot.app import Countersign
    from bot.clock import PushedClock
    from bot.sandbox.slack import LocalSlack

_MOST_STOPS = 100
_SETTLE_SECONDS = 30.0
_SOON = timedelta(seconds=30)
"""Messages to one channel are sent a second apart, so some wait this long. What waits longer is put off."""
_TURN = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(minutes=5)
"""What could not be sent is tried again after this time at the latest."""
_LOOK_SECONDS = 0.02


class DemoClock:
    """The clock bar's functions; they wait until the past is recorded (`ready`)."""

    def __init__(
        self,
        clock: PushedClock,
        *,
        slack: LocalSlack,
        ready: asyncio.Future[Countersign],
        restart: asyncio.Event,
        meta_is_broken: Callable[[], bool],
    ) -> None:
        self._clock = clock
        self._slack = slack
        self._ready = ready
        self._restart = restart
        self._meta_is_broken = meta_is_broken

    async def push(self, by: timedelta) -> None:
        """Let this much time pass."""
        bot = await asyncio.shield(self._ready)
        target = self._clock.now() + by
        for _ in range(_MOST_STOPS):
            at = await bot.database.read(act, next_sweep, now=self._clock.now())
            if at is None or at >= target:
                break
            await self._go(bot, at)
        await self._go(bot, target)

    async def push_to_next(self) -> bool:
        """Let time pass until somebody got a message. Return False if nothing more is due."""
        bot = await asyncio.shield(self._ready)
        await self.settle()
        before = self._messages()
        for _ in range(_MOST_STOPS):
            at = await bot.database.read(act, next_sweep, now=self._clock.now())
            if at is None:
                return False
            await self._go(bot, at)
            if self._messages() > before:
                break
        return True

    async def next_due(self) -> tuple[datetime, str] | None:
        """Return when people will next be told something, and what."""
        bot = await asyncio.shield(self._ready)
        found = await bot.database.read(act, next_due, now=self._clock.now())
        return None if found is None else (found.at, found.what)

    async def restart(self) -> None:
        """Have the story start again."""
        self._restart.set()

    async def settle(self) -> None:
        """Return when what is to be sent now is sent, or after half a minute.

        What only waits for its turn in a channel is sent without the wait: the machinery's time is pushed.
        """
        bot = await asyncio.shield(self._ready)
        late = self._clock.monotonic() + _SETTLE_SECONDS
        while self._clock.monotonic() < late:
            real = self._clock.real()
            if await bot.is_settled(real=real):
                if not await bot.database.read(delivery.is_work, real=real + _SOON):
                    break
                self._clock.push_real(_TURN)
            await asyncio.sleep(_LOOK_SECONDS)

    async def let_pass(self, by: timedelta = _LONGEST_WAIT) -> None:
        """Have what waits for another try be tried now, if it would be within this time."""
        bot = await asyncio.shield(self._ready)
        await self.settle()
        waits = await bot.database.read(delivery.is_work, real=self._clock.real() + by)
        if waits and bot.is_idle:  # what is being sent would lose its lease
            self._clock.push_real(by)
            await self.settle()

    async def _go(self, bot: Countersign, at: datetime) -> None:
        by = max(at - self._clock.now(), timedelta(0))
        self._clock.push(by)
        await bot.ticks.sweep()
        await self.settle()
        if self._meta_is_broken():  # what waits for it was tried again in all that time
            await self.let_pass(min(by, _LONGEST_WAIT))

    def _messages(self) -> int:
        return sum(len(self._slack.messages(channel)) for channel in self._slack.channels.values())
