"""When people are nudged, warned and asked: how long after something, and how long before its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.calendar import WorkingTime, last_working_moment, next_working_moment

# An approver is nudged one and three days after the request, and one day before it expires.
NUDGE_AFTER = (timedelta(days=1), timedelta(days=3))
NUDGE_BEFORE = timedelta(days=1)
TIME_TO_ACT = timedelta(hours=8)  # that the last nudge leaves
REMIND_EVERY = timedelta(days=1)
"""How often the requester can have the approvers reminded."""
EXPIRY_WARNED_BEFORE = timedelta(days=1)
"""How long before a request expires its requester is warned."""
# A holder is warned of the end seven days and one day before it, in this order.
WARN_BEFORE = (timedelta(days=7), timedelta(days=1))
ENDS_SOON = timedelta(days=14)
"""How long before its end access is listed among what ends soon: in App Home, and in a business's week."""
ACKNOWLEDGED_FOR = timedelta(days=1)
ASK_AFTER = timedelta(days=2)
"""How long after access began its holder is asked whether it works."""
UNASKED_BEFORE_END = timedelta(days=1)
"""Within this time before its end nobody is asked whether access works."""


class Turn(StrEnum):
    """When those whom a business has named are asked to decide: at first, or once nobody has answered."""

    FIRST = "FIRST"
    BACKUP = "BACKUP"


def next_nudge(
    *,
    created_at: datetime,
    expires_at: datetime,
    after: datetime,
    last: datetime | None = None,
    escalate_at: datetime | None = None,
) -> datetime | None:
    """Return the next of the nudges after `after`: those that were missed are not made up for.

    `last` is when to nudge for the last time where nobody works in the day before it expires, `escalate_at`
    when the backup approvers are asked, where there are any.
    """
    wanted = {created_at + wait for wait in NUDGE_AFTER} | {last or expires_at - NUDGE_BEFORE}
    wanted |= {escalate_at} if escalate_at is not None else set()
    return min((at for at in wanted if after < at < expires_at and at > created_at), default=None)


def are_nudges_used_up(*, created_at: datetime, due_at: datetime, following: datetime | None) -> bool:
    """Say whether what is due at `due_at` comes after the nudges: no backup is asked before them.

    Where it expires so soon that no nudge is following, backups are asked together with the last one.
    """
    return following is None or due_at > created_at + NUDGE_AFTER[-1]


def warning_at(at: datetime, *, since: datetime, working: WorkingTime) -> datetime:
    """Return when to warn of something by `at`: while they work, so earlier where they do not work then.

    `since` is when it was settled: where that is later, `at` itself.
    """
    early = last_working_moment(at, working)
    return early if early > since else at


def reminder_at(at: datetime, *, by: datetime, since: datetime, working: WorkingTime) -> datetime:
    """Return when to remind of something at `at` that can be done until `by`: while they work.

    That is later, where it leaves them time to act; else earlier, as `warning_at` says.
    """
    later = next_working_moment(at, working)
    return later if later <= by - TIME_TO_ACT else warning_at(at, since=since, working=working)


def next_warning(
    *, ends_at: datetime | None, after: datetime, since: datetime, working: WorkingTime
) -> datetime | None:
    """Return the next warning before a grant's end after `after`; None when there is no more.

    `since` is when the grant began, or its end was set, `working` when who is warned works.
    """
    if ends_at is None:
        return None
    moments = (warning_at(ends_at - before, since=since, working=working) for before in WARN_BEFORE)
    return next((at for at in moments if at > after), None)
