"""Days and lengths of time as people write them: `31.12.2026`, `31 Dec`, `friday`, `for 3 months`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST_NAME = 3
_NUMBERS = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        start=1,
    )
} | {"a": 1, "an": 1, "another": 1}
_UNITS = {
    **dict.fromkeys(("d", "day"), 1),
    **dict.fromkeys(("w", "wk", "week"), 7),
    "fortnight": 14,
    **dict.fromkeys(("m", "mo", "mth", "month"), 30),
    **dict.fromkeys(("qtr", "quarter"), 90),
    **dict.fromkeys(("half year", "half a year"), 182),
    **dict.fromkeys(("y", "yr", "year"), 365),
}
"""Days in each unit: a month counts 30, a year 365."""

_ISO = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", re.ASCII)
_DOTTED = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\.? ?([0-9]{4}|[0-9]{2})?", re.ASCII)
_SLASHED = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})(?:[/-]([0-9]{4}|[0-9]{2}))?", re.ASCII)
_DAY_FIRST = re.compile(
    r"(?:the )?([0-9]{1,2})(?:st|nd|rd|th|\.)?[ -]?(?:of )?([a-z]{3,9})\.?(?:[ -]([0-9]{4}|[0-9]{2}))?"
)
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.?[ -]?([0-9]{1,2})(?:st|nd|rd|th)?(?:[ -]([0-9]{4}))?")
_WEEKDAY = re.compile(r"(?:(next|this|last|on) )?([a-z]{3,9})")
_LENGTH = re.compile(
    r"([0-9]{1,9}(?=[ -]?[a-z])|[a-z]+(?= ))[ -]?(?:(?:more|extra|further) )?(half year|[a-z]+)|(half a year)"
)
_CENTURY = 2_000
_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
_YEARS = 9
"""Within so many years there is a 29th of February."""
# A week begins on Monday here, whatever days a business works.
_WEEKDAY_NEXT_WEEK = re.compile(r"([a-z]{3,9}) next week|next week (?:on )?([a-z]{3,9})")
_END_OF = re.compile(r"(?:the )?end of (?:the |this )?(next )?([a-z]+|q[1-4])(?: ([0-9]{4}))?")
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
_ENDS = {"eom": "end of month", "eoq": "end of quarter", "eoy": "end of year"} | {
    f"{unit}{blank}end": f"end of {unit}" for unit in _MONTHS_IN for blank in (" ", "-")
}
"""How the end of a month, quarter or year is shortened."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A day that two countries read differently: 03/04/2026."""

    either: date
    other: date


def read_day(text: str, *, today: date, past: bool = False) -> date | Ambiguous | None:
    """Return the day that `text` names, None for anything else.

    Where the words leave it open, it is the next such day, or the last with `past`: no year is said, or only
    a day of the week. Numbers with dots have the day first, as wherever dates have dots; with slashes either
    may come first, so that a day which can be read both ways is `Ambiguous`.
    """
    text = " ".join(text.casefold().replace(",", " ").split())
    if text in _NEAR:
        return today + timedelta(days=_NEAR[text])
    if found := _END_OF.fullmatch(_ENDS.get(text, text)):
        return _end_of(found[2], found[3], is_next=found[1] is not None, today=today, past=past)
    if (found := _WEEKDAY_NEXT_WEEK.fullmatch(text)) and (n := _named(found[1] or found[2], _WEEKDAYS)):
        return today + timedelta(days=7 - today.weekday() + n - 1)
    dated = partial(_day, today=today, past=past)
    if found := _ISO.fullmatch(text):
        return dated(found[1], int(found[2]), int(found[3]))
    if found := _DOTTED.fullmatch(text):
        return dated(found[3], int(found[2]), int(found[1]))
    if found := _SLASHED.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        return _either(dated(found[3], second, first), dated(found[3], first, second))
    if found := _DAY_FIRST.fullmatch(text):
        return dated(found[3], _named(found[2], _MONTHS), int(found[1]))
    if found := _MONTH_FIRST.fullmatch(text):
        return dated(found[3], _named(found[1], _MONTHS), int(found[2]))
    found = _WEEKDAY.fullmatch(text)
    weekday = _named(found[2], _WEEKDAYS) - 1 if found else -1
    if found is None or weekday < 0:
        return None
    if found[1] == "last" or (past and found[1] not in {"next", "this"}):
        return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def read_days(text: str) -> int | None:
    """Return how many days "30d", "2 weeks", "a month" or "3 months" are; None for anything else."""
    found = _LENGTH.fullmatch(" ".join(text.casefold().split()))
    if found is None:
        return None
    said, unit_said = found[1] or "a", found[2] or found[3]
    count = int(said) if said.isdigit() else _NUMBERS.get(said)
    unit = _UNITS.get(unit_said) or _UNITS.get(unit_said.removesuffix("s"))
    return None if count is None or unit is None else count * unit


def _either(first: date | None, second: date | None) -> date | Ambiguous | None:
    if first is None or second is None or first == second:
        return first or second
    return Ambiguous(first, second)


def _named(name: str, names: tuple[str, ...]) -> int:
    """Return the number, from 1, of a month or weekday that may be shortened; 0 for none."""
    found = [n for n, one in enumerate(names, start=1) if one.startswith(name)]
    return found[0] if len(found) == 1 and len(name) >= _SHORTEST_NAME else 0


def _end_of(what: str, year: str | None, *, is_next: bool, today: date, past: bool) -> date | None:
    """Return the last day of this or the next month, quarter or year, of "q4", or of a month that is named.

    Of a quarter or month that is named, without a year, it is the next such day, or the last with `past`.
    """
    if (months := _MONTHS_IN.get(what)) and year is None:
        last = -(-today.month // months) * months
        ends = [_end_of_month(today.year, last + turn * months) for turn in (-1, 0, 1)]
        if is_next:
            return ends[2]
        return ends[0] if past and ends[1] > today else ends[1]
    month = int(what[1]) * 3 if what[:1] == "q" and what[1:].isdigit() else _named(what, _MONTHS)
    if not month or is_next:
        return None
    if year is not None:  # which may be none, or the last one
        return next((end for day in (31, 30, 29, 28) if (end := _in_year(int(year), month, day))), None)
    coming = next(end for turn in (0, 1) if (end := _end_of_month(today.year + turn, month)) >= today)
    return _end_of_month(coming.year - 1, month) if past and coming > today else coming


def _end_of_month(year: int, month: int) -> date:
    """Return the last day of a month, counted from that year's January: 0 is the December before."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _day(year: str | None, month: int, day: int, *, today: date, past: bool) -> date | None:
    """Return a day; if no year is said the next one, or the last with `past`. None if there is none."""
    if year is not None:
        return _in_year(int(year) + (_CENTURY if len(year) == 2 else 0), month, day)  # noqa: PLR2004  # "26"
    ahead = -1 if past else 1
    days = (_in_year(today.year + ahead * years, month, day) for years in range(_YEARS))
    return next((one for one in days if one and (one - today).days * ahead >= 0), None)


def _in_year(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
