"""Working time: when somebody may be nudged, in their own hours and zone.

Instants go in and come out; local time is looked at only here, at the moment it is needed, so that a
change of clocks (daylight saving) is right on the day and nothing stored ever moves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = re.compile(
    r"(?:([A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))? )?([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})", re.ASCII
)
_LAST_ZONE = timezone(timedelta(hours=-12))
"""Where each day is over last."""
_FAR = 400  # days: no calendar has a year without a working day, and every search ends


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTime:
    """Hours of the day, days of the week (0 is Monday) and dates on which nobody works, in one zone."""

    opens: time
    closes: time
    weekdays: frozenset[int]
    days_off: frozenset[date]
    zone: ZoneInfo


def zone_of(name: str | None, *, otherwise: str = "UTC") -> ZoneInfo:
    """Return the IANA zone of this name, `otherwise` if there is no such zone."""
    for one in (name, otherwise):
        try:
            if one:
                return ZoneInfo(one)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


USUAL_HOURS = "09:00-17:00"
"""When people work, where nobody has set other hours: Monday to Friday."""


def read_hours(text: str) -> tuple[frozenset[int], time, time] | None:
    """Read `09:00-17:00` (Monday to Friday) or `Sun-Thu 08:00-16:30`; None if it is neither."""
    match = _HOURS.fullmatch(text.strip())
    if match is None:
        return None
    first, last = match[1] or "Mon", match[2] or match[1] or "Fri"
    if first not in DAYS or last not in DAYS:
        return None
    try:
        opens, closes = time(int(match[3]), int(match[4])), time(int(match[5]), int(match[6]))
    except ValueError:
        return None
    start, length = DAYS.index(first), (DAYS.index(last) - DAYS.index(first)) % 7
    return (
        (frozenset((start + step) % 7 for step in range(length + 1)), opens, closes)
        if opens < closes
        else None
    )


@lru_cache(maxsize=1024)
def working_time(*, hours: str, days_off: str, zone: str | None, otherwise: str) -> WorkingTime:
    """Return the working time that a business's policy and a person's Slack zone make together.

    `days_off` is ISO dates joined by commas. Hours that cannot be read are the default ones.
    """
    weekdays, opens, closes = read_hours(hours) or (frozenset(range(5)), time(9), time(17))
    return WorkingTime(
        opens=opens,
        closes=closes,
        weekdays=weekdays,
        days_off=frozenset(date.fromisoformat(day) for day in filter(None, days_off.split(","))),
        zone=zone_of(zone, otherwise=otherwise),
    )


def local_day(at: datetime, working: WorkingTime) -> date:
    """Return which day `at` is for them."""
    return at.astimezone(working.zone).date()


def end_of_local_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day is over in a zone."""
    return datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC)


def last_minute_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the last minute of a day in a zone; where clocks go back at midnight, the second of the two."""
    try:  # in UTC, as what is kept: in an hour that comes twice, Python takes no local time as equal to it
        return datetime.combine(day, time(23, 59, fold=1), tzinfo=zone).astimezone(UTC)
    except OverflowError:  # it is over after the last instant that there is
        return datetime.max.replace(tzinfo=UTC)


def last_day_before(at: datetime) -> date:
    """Return the last day that is over before `at` wherever somebody is."""
    return (at.astimezone(_LAST_ZONE) - timedelta(days=1)).date()


def is_within(at: datetime, *, from_day: date, until_day: date, zone: ZoneInfo) -> bool:
    """Say whether `at` is on one of these days in a zone."""
    return from_day <= at.astimezone(zone).date() <= until_day


def is_working(at: datetime, working: WorkingTime) -> bool:
    """Say whether `at` is in their working hours."""
    local = at.astimezone(working.zone)
    return _is_workday(local.date(), working) and working.opens <= local.time() < working.closes


def next_working_moment(at: datetime, working: WorkingTime) -> datetime:
    """Return `at` if they work then, else when they next begin to."""
    if is_working(at, working):
        return at
    day = local_day(at, working)
    if _is_workday(day, working) and _opening(day, working) > at:
        return _opening(day, working)
    return next_working_morning(at, working)


def last_working_moment(at: datetime, working: WorkingTime) -> datetime:
    """Return `at` if they work then, else when they last began to; `at` for who never works."""
    if is_working(at, working):
        return at
    day = _last_opening(at, working)
    return at if day is None else _opening(day, working)


def next_working_morning(at: datetime, working: WorkingTime) -> datetime:
    """Return when they begin to work on their next working day after the day of `at`."""
    today = local_day(at, working)
    for ahead in range(1, _FAR):
        day = today + timedelta(days=ahead)
        if _is_workday(day, working):
            return _opening(day, working)
    return _opening(today + timedelta(days=_FAR), working)


def working_days_between(start: datetime, end: datetime, working: WorkingTime) -> int:
    """Return on how many days they worked, from the day of `start` up to the day before that of `end`."""
    first = local_day(start, working)
    days = (first + timedelta(days=ahead) for ahead in range((local_day(end, working) - first).days))
    return sum(1 for day in days if _is_workday(day, working))


def week_of(at: datetime, working: WorkingTime) -> date:
    """Return the first day of the week in which `at` is for them: the first on which they usually work."""
    return _week_of(local_day(at, working), working)


def week_before(week: date, working: WorkingTime) -> tuple[datetime, datetime]:
    """Return when the week before the one that begins on `week` began and ended, in their zone."""
    since, until = (
        datetime.combine(day, time(), tzinfo=working.zone).astimezone(UTC)
        for day in (week - timedelta(days=7), week)
    )
    return since, until


def weekly_morning(after: datetime, working: WorkingTime) -> datetime:
    """Return when they next begin to work on the first working day of a week, after `after`."""
    first = week_of(after, working)
    for ahead in range(0, _FAR, 7):
        week = [first + timedelta(days=ahead + day) for day in range(7)]
        opening = next((_opening(day, working) for day in week if _is_workday(day, working)), None)
        if opening is not None and opening > after:
            return opening
    return _opening(first + timedelta(days=_FAR), working)


def _week_of(day: date, working: WorkingTime) -> date:
    begins = min((one for one in working.weekdays if (one - 1) % 7 not in working.weekdays), default=0)
    return day - timedelta(days=(day.weekday() - begins) % 7)


def last_call(before: datetime, working: WorkingTime, *, ahead: timedelta, leaving: timedelta) -> datetime:
    """Return the moment `ahead` of `before`; days earlier where that would leave them too little time.

    They begin to work at least `leaving` before `before`.
    """
    latest = before - leaving
    last = _last_opening(latest, working)
    if last is None:
        return before - ahead
    # On any later day they begin to work too late; a day more is for a change of clocks.
    first = max(0, (local_day(before - ahead, working) - last).days - 1)
    for earlier in range(first, _FAR):
        at = before - ahead - timedelta(days=earlier)
        if next_working_moment(at, working) <= latest:
            return at
    return before - ahead


def _last_opening(at: datetime, working: WorkingTime) -> date | None:
    """Return the last day on which they had begun to work by `at`."""
    day = local_day(at, working)
    days = (day - timedelta(days=back) for back in range(_FAR))
    return next((one for one in days if _is_workday(one, working) and _opening(one, working) <= at), None)


def _is_workday(day: date, working: WorkingTime) -> bool:
    return day.weekday() in working.weekdays and day not in working.days_off


def _opening(day: date, working: WorkingTime) -> datetime:
    # A time that daylight saving skips is read with the offset before it: an hour later by the new clock.
    return datetime.combine(day, working.opens, tzinfo=working.zone).astimezone(UTC)
