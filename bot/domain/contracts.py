"""When a contract between two businesses ends, and what follows from that: pure rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.calendar import WorkingTime
from bot.domain.nudging import warning_at

ANNOUNCED_BEFORE = (timedelta(days=30), timedelta(days=7), timedelta(days=1))
"""How long before its end a contract's end is announced; earlier where a side does not work then."""
LOOKED_AT_EVERY = timedelta(days=1)
"""How often it is looked whether an off-boarding is finished early."""
_SOON = timedelta(minutes=1)
MOST_OFFBOARDING_DAYS = 90
USUAL_OFFBOARDING_DAYS = 14


class Phase(StrEnum):
    """Where a contract stands.

    It runs; it has ended, and in the days of off-boarding access is ended by hand; these are over, and what
    was left is being removed, which can take long where Meta keeps it; or all of that is done. From its end
    until all is done it winds down.
    """

    RUNS = "RUNS"
    OFFBOARDING = "OFFBOARDING"
    REMOVING = "REMOVING"
    CLOSED = "CLOSED"

    @property
    def is_winding_down(self) -> bool:
        """Say whether the contract has ended, and not all of what was shared is gone."""
        return self in {Phase.OFFBOARDING, Phase.REMOVING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract's end, and for how many days of off-boarding after it access is ended by hand."""

    ends_at: datetime
    days: int

    @property
    def removed_at(self) -> datetime:
        """Return when what is left ends by itself."""
        return self.ends_at + timedelta(days=self.days)

    def cuts(self, *, starts_at: datetime | None, ends_at: datetime | None) -> datetime | None:
        """Return when access that began and would end then ends with this contract; None: it does not.

        What is given once the off-boarding is over is of no contract that has ended.
        """
        is_of_it = starts_at is None or starts_at < self.removed_at
        is_longer = ends_at is None or ends_at > self.removed_at
        return self.removed_at if is_of_it and is_longer else None

    def next_step(self, *, after: datetime, since: datetime, working: WorkingTime) -> datetime:
        """Return when one side has next something to do: announcements that were missed are not made up for.

        `since` is when this end was stated, `working` when that side works: it is told in its working hours.
        """
        days = (self.ends_at - before for before in ANNOUNCED_BEFORE)
        told = (warning_at(day, since=since, working=working) for day in days)
        coming = [at for at in (*told, self.ends_at) if at > after]
        if coming:
            return min(coming)
        return max(min(self.removed_at, after + LOOKED_AT_EVERY), after + _SOON)


def earliest(stated: Iterable[Contract]) -> Contract | None:
    """Return which of the ends that two businesses state counts: neither can put off the other's."""
    return min(stated, key=lambda one: (one.ends_at, one.days), default=None)
