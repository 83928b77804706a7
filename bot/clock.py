"""The time, read in two ways.

`now()` is business time: what is due, what a message says, when a grant ends. The demo and the
tests push it. `real()` is the machinery's time: signatures, leases, back-off, the inbox's age.
Nobody else in the product asks for the time; a clock is made in the composition root and passed in.
Replicas that share a store read its server's time, each by its own offset: else a replica with a fast wall
clock would take leases of the others for ended, and dates for reached.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Read the wall clock, corrected by an offset. All readings are aware datetimes in UTC."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def wall(self) -> datetime:
        """Return this machine's own time, uncorrected."""
        return datetime.now(UTC)

    def set_offset(self, offset: timedelta) -> None:
        """Correct both readings from now on: `offset` is how far this machine's own time is behind."""
        self._offset = offset

    def now(self) -> datetime:
        """Return business time."""
        return self.wall() + self._offset

    def real(self) -> datetime:
        """Return the machinery's time."""
        return self.wall() + self._offset

    def monotonic(self) -> float:
        """Return seconds that never go back, for deadlines inside this process."""
        return time.monotonic()


class PushedClock(Clock):
    """A clock that a person or a test can push, forward or back.

    `push` moves `now()` only; `push_real` moves `real()` only. Each callback registered with `on_push`
    is called after each push, so that sweeps need not wait for their next tick.
    """

    def __init__(self, *, start: datetime | None = None) -> None:
        """Start at `start` (aware), or at the wall clock's time."""
        super().__init__()
        self._ahead = (start - self.wall()) if start is not None else timedelta(0)
        self._real_ahead = timedelta(0)
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Return the wall clock's time plus all that was pushed."""
        return super().now() + self._ahead

    def real(self) -> datetime:
        """Return the wall clock's time plus what `push_real` added."""
        return super().real() + self._real_ahead

    def push(self, by: timedelta) -> None:
        """Move business time by `by` and tell the listeners."""
        self._ahead += by
        for listener in self._listeners:
            listener()

    def push_real(self, by: timedelta) -> None:
        """Move the machinery's time by `by` and tell the listeners."""
        self._real_ahead += by
        for listener in self._listeners:
            listener()

    def on_push(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every push."""
        self._listeners.append(listener)
