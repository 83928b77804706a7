from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.dates import Ambiguous, read_day, read_days

TODAY = date(2026, 11, 25)
"""A Wednesday."""


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("2026/12/31", date(2026, 12, 31)),
        ("31.12.2026", date(2026, 12, 31)),
        ("31.12.26", date(2026, 12, 31)),
        ("31.12.", date(2026, 12, 31)),
        ("3.4.2027", date(2027, 4, 3)),
        ("12/31/2026", date(2026, 12, 31)),
        ("31/12/2026", date(2026, 12, 31)),
        ("12/12/2026", date(2026, 12, 12)),
        ("31 Dec", date(2026, 12, 31)),
        ("31. December", date(2026, 12, 31)),
        ("31st of December 2026", date(2026, 12, 31)),
        ("31-Dec-2026", date(2026, 12, 31)),
        ("Dec 31", date(2026, 12, 31)),
        ("December 31st, 2026", date(2026, 12, 31)),
        ("1 Nov", date(2027, 11, 1)),
        ("25 Nov", date(2026, 11, 25)),
        ("29 Feb", date(2028, 2, 29)),
        ("friday", date(2026, 11, 27)),
        ("Fri", date(2026, 11, 27)),
        ("next Tuesday", date(2026, 12, 1)),
        ("wednesday", date(2026, 12, 2)),
        ("today", date(2026, 11, 25)),
        ("tomorrow", date(2026, 11, 26)),
        ("Friday next week", date(2026, 12, 4)),
        ("next week Monday", date(2026, 11, 30)),
        ("eom", date(2026, 11, 30)),
        ("year-end", date(2026, 12, 31)),
        ("the end of next month", date(2026, 12, 31)),
        ("end of next year", date(2027, 12, 31)),
        ("end of Q4", date(2026, 12, 31)),
        ("end of q3", date(2027, 9, 30)),
        ("end of November", date(2026, 11, 30)),
        ("end of Feb 2028", date(2028, 2, 29)),
        ("end of Dec 9999", date(9999, 12, 31)),
    ],
)
def test_a_day_is_read_as_people_write_it(text, day):
    assert read_day(text, today=TODAY) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("31 Dec", date(2025, 12, 31)),
        ("25 Nov", date(2026, 11, 25)),
        ("29 Feb", date(2024, 2, 29)),
        ("friday", date(2026, 11, 20)),
        ("last Friday", date(2026, 11, 20)),
        ("wednesday", date(2026, 11, 18)),
        ("next Friday", date(2026, 11, 27)),
        ("yesterday", date(2026, 11, 24)),
        ("today", date(2026, 11, 25)),
        ("tomorrow", date(2026, 11, 26)),
        ("end of the month", date(2026, 10, 31)),
        ("end of the year", date(2025, 12, 31)),
        ("end of q4", date(2025, 12, 31)),
        ("end of October", date(2026, 10, 31)),
        ("3/4", Ambiguous(date(2026, 4, 3), date(2026, 3, 4))),
    ],
)
def test_a_day_of_what_has_been_is_the_last_such_day(text, day):
    assert read_day(text, today=TODAY, past=True) == day


def test_a_month_that_ends_today_has_ended():
    assert read_day("end of month", today=date(2026, 2, 28), past=True) == date(2026, 2, 28)
    assert read_day("end of quarter", today=date(2026, 2, 28), past=True) == date(2025, 12, 31)


def test_a_day_that_has_been_is_said_to_be_one_where_another_is_asked_for():
    assert read_day("last Friday", today=TODAY) == date(2026, 11, 20)
    assert read_day("yesterday", today=TODAY) == date(2026, 11, 24)


def test_a_day_that_two_countries_read_differently_is_not_guessed():
    assert read_day("03/04/2027", today=TODAY) == Ambiguous(date(2027, 4, 3), date(2027, 3, 4))
    assert read_day("3/4", today=TODAY) == Ambiguous(date(2027, 4, 3), date(2027, 3, 4))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31",
        "32.12.2026",
        "end of q5",
        "end of Dec 0000",
        "end of next May",
        "end of it",
        "week next week",
        "31 Foo",
        "ju 3",
        "13/13/2026",
        "ma",
        "2026",
        "30 Feb",
    ],
)
def test_what_is_no_day_is_none(text):
    assert read_day(text, today=TODAY) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("30d", 30),
        ("30 days", 30),
        ("1 day", 1),
        ("2w", 14),
        ("2 weeks", 14),
        ("a week", 7),
        ("a month", 30),
        ("3 months", 90),
        ("three months", 90),
        ("1 year", 365),
        ("30-day", 30),
        ("6wks", 42),
        ("3 mo", 90),
        ("2 yrs", 730),
        ("30 more days", 30),
        ("another month", 30),
        ("half a year", 182),
    ],
)
def test_a_length_is_read_as_people_write_it(text, days):
    assert read_days(text) == days


@pytest.mark.parametrize("text", ["", "30", "days", "spring launch", "a launch", "many days", "ad", "ay"])
def test_what_is_no_length_is_none(text):
    assert read_days(text) is None


@given(st.text())
def test_whatever_is_written_is_read_without_a_fault(text):
    read_day(text, today=TODAY)
    read_day(text, today=TODAY, past=True)
    read_days(text)


_PARTS = (
    "the",
    "end of",
    "next",
    "last",
    "week",
    "month",
    "year",
    "q1",
    "dec",
    "feb",
    "friday",
    "half a",
    "30",
)


@given(st.lists(st.sampled_from((*_PARTS, "29", "0000", "9999", "more", "days")), max_size=5), st.booleans())
def test_whatever_is_made_of_such_words_is_read_without_a_fault(words, past):
    text = " ".join(words)
    read_days(text)
    for today in (TODAY, date(2028, 2, 29)):
        read_day(text, today=today, past=past)
