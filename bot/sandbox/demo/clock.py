"""The demo's clock: pushed, it stops wherever something is due, as if the time had really passed."""

from __future__ import annotations

import asyncio
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
    ) -> None:
        self._clock = clock
        self._slack = slack
        self._ready = ready
        self._restart = restart

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
            if bot.is_idle and not await bot.database.read(delivery.is_work, real=real):
                if not await bot.database.read(delivery.is_work, real=real + _SOON):
                    break
                self._clock.push_real(_TURN)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _go(self, bot: Countersign, at: datetime) -> None:
        self._clock.push(max(at - self._clock.now(), timedelta(0)))
        await bot.ticks.sweep()
        await self.settle()

    def _messages(self) -> int:
        return sum(len(self._slack.messages(channel)) for channel in self._slack.channels.values())
