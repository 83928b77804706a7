"""Access reviews: how often an owner looks through what partners have, and what becomes of it when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.calendar import WorkingTime
from bot.domain.nudging import reminder_at


class ReviewState(StrEnum):
    """Whether a review still waits for somebody."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Outcome(StrEnum):
    """What became of one grant in a review. OVER: it ended, or got another owner, on its own account."""

    KEPT = "KEPT"
    SHORTENED = "SHORTENED"
    REMOVED = "REMOVED"
    GIVEN_BACK = "GIVEN_BACK"
    OVER = "OVER"


class Need(StrEnum):
    """What a holder says of what it has: that it is still needed, and whether it works."""

    WORKS = "WORKS"
    BROKEN = "BROKEN"


class Silence(StrEnum):
    """What becomes of what nobody looks at by the deadline: it stays, or ends after a month or a week."""

    KEEP = "KEEP"
    MONTH = "MONTH"
    WEEK = "WEEK"


ENDS_AFTER: Mapping[Silence, timedelta] = {
    Silence.MONTH: timedelta(days=30),
    Silence.WEEK: timedelta(days=7),
}
"""How long after the deadline access ends that nobody has looked at, so that its holder is warned."""

NEVER = 0
CADENCES = (30, 90, 180, 365, NEVER)
"""After how many days a business can have its next review."""
USUAL_CADENCE = 90

OPEN_FOR = timedelta(days=14)
NEW_FOR = timedelta(days=30)
"""What was given within this time needs no review yet."""
ENDS_ANYWAY = timedelta(days=14)
"""What ends within this time needs none any more."""
LOOKED_AT = timedelta(days=7)
"""What somebody has kept or shortened within this time need not be looked at again."""

HOLDER_NUDGED_AFTER = timedelta(days=3)
_NUDGED_AFTER = timedelta(days=5)
_NUDGED_BEFORE = timedelta(days=2)


def next_step(
    *, opened_at: datetime, deadline_at: datetime, after: datetime, working: WorkingTime
) -> datetime:
    """Return when the clock next looks at a review: to remind, while they work, or at the deadline.

    What was missed is not made up for.
    """
    first, last = (
        reminder_at(at, by=deadline_at, since=opened_at, working=working)
        for at in (opened_at + _NUDGED_AFTER, deadline_at - _NUDGED_BEFORE)
    )
    reminders = (first, last) if first < last else (last,)
    return min((at for at in (*reminders, deadline_at) if at > after), default=deadline_at)
