"""The time, read in two ways.

`now()` is business time: what is due, what a message says, when a grant ends. The demo and the
tests push it. `real()` is the machinery's time: signatures, leases, back-off, the inbox's age.
Nobody else in the product asks for the time; a clock is made in the composition root and passed in.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Read the wall clock. Both readings are aware datetimes in UTC."""

    def now(self) -> datetime:
        """Return business time."""
        return datetime.now(UTC)

    def real(self) -> datetime:
        """Return the machinery's time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back, for deadlines inside this process."""
        return time.monotonic()


class PushedClock(Clock):
    """A clock that a person or a test can push, forward or back.

    `push` moves `now()` only; `push_real` moves `real()` only. Whoever registered with `on_push`
    is called after each push, so that sweeps need not wait for their next tick.
    """

    def __init__(self, *, start: datetime | None = None) -> None:
        """Start at `start` (aware), or at the wall clock's time."""
        wall = datetime.now(UTC)
        self._ahead = (start - wall) if start is not None else timedelta(0)
        self._real_ahead = timedelta(0)
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Return the wall clock's time plus all that was pushed."""
        return datetime.now(UTC) + self._ahead

    def real(self) -> datetime:
        """Return the wall clock's time plus what `push_real` added."""
        return datetime.now(UTC) + self._real_ahead

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
