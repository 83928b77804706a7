"""Working time, in everybody's own hours, days and zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import (
    is_working,
    last_call,
    local_day,
    next_working_moment,
    next_working_morning,
    read_hours,
    week_before,
    week_of,
    weekly_morning,
    working_days_between,
    working_time,
)
from bot.domain.nudging import next_nudge, next_warning

MINUTE = timedelta(minutes=1)


def berlin(*, hours="09:00-17:00", days_off="", zone="Europe/Berlin"):
    return working_time(hours=hours, days_off=days_off, zone=zone, otherwise="UTC")


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "works"),
    [
        ("2026-03-27T08:59:59+01:00", False),
        ("2026-03-27T09:00:00+01:00", True),
        ("2026-03-27T16:59:59+01:00", True),
        ("2026-03-27T17:00:00+01:00", False),
        ("2026-03-28T12:00:00+01:00", False),
        ("2026-03-29T12:00:00+02:00", False),
    ],
)
def test_people_work_from_nine_to_five_from_monday_to_friday(moment, works):
    assert is_working(at(moment), berlin()) is works


def test_the_week_and_the_hours_can_be_others():
    tel_aviv = berlin(hours="Sun-Thu 08:00-16:30", zone="Asia/Jerusalem")
    assert is_working(at("2026-03-29T08:00:00+03:00"), tel_aviv)
    assert not is_working(at("2026-03-27T12:00:00+03:00"), tel_aviv)


@pytest.mark.parametrize(
    "text", ["", "9-5", "17:00-09:00", "09:00-09:00", "25:00-26:00", "Xyz 09:00-17:00", "09:00"]
)
def test_hours_that_cannot_be_read_are_refused(text):
    assert read_hours(text) is None


@pytest.mark.covers("F34")
def test_over_the_spring_change_the_morning_is_still_nine_o_clock():
    friday_evening = at("2026-03-27T18:00:00+01:00")
    assert next_working_moment(friday_evening, berlin()) == at("2026-03-30T09:00:00+02:00")


@pytest.mark.covers("F34")
def test_over_the_autumn_change_the_morning_is_still_nine_o_clock():
    friday_evening = at("2026-10-23T18:00:00+02:00")
    assert next_working_moment(friday_evening, berlin()) == at("2026-10-26T09:00:00+01:00")


@pytest.mark.covers("F34")
def test_an_hour_that_the_change_skips_or_repeats_comes_once():
    owls = berlin(hours="Sat-Sun 02:30-05:00")
    skipped = next_working_moment(at("2026-03-28T12:00:00+01:00"), owls)
    assert skipped == at("2026-03-29T03:30:00+02:00")
    repeated = next_working_moment(at("2026-10-24T12:00:00+02:00"), owls)
    assert repeated == at("2026-10-25T02:30:00+02:00")


def test_a_day_off_is_skipped():
    closed = berlin(days_off="2026-12-24,2026-12-25")
    assert next_working_moment(at("2026-12-24T10:00:00+01:00"), closed) == at("2026-12-28T09:00:00+01:00")


def test_a_moment_in_working_hours_is_its_own_and_the_next_morning_is_another_day():
    noon = at("2026-03-25T12:00:00+01:00")
    assert next_working_moment(noon, berlin()) == noon
    assert next_working_morning(noon, berlin()) == at("2026-03-26T09:00:00+01:00")


def test_before_opening_the_moment_is_today_and_the_morning_tomorrow():
    early = at("2026-03-25T06:00:00+01:00")
    assert next_working_moment(early, berlin()) == at("2026-03-25T09:00:00+01:00")
    assert next_working_morning(early, berlin()) == at("2026-03-26T09:00:00+01:00")


def test_an_unknown_zone_is_that_of_the_business():
    somebody = working_time(hours="09:00-17:00", days_off="", zone="Mars/Base", otherwise="America/New_York")
    assert is_working(at("2026-03-25T09:30:00-04:00"), somebody)


moments = st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2030, 1, 1)).map(  # noqa: DTZ001 - made aware here
    lambda moment: moment.replace(tzinfo=UTC)
)
zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])


@given(moments, zones)
def test_the_next_working_moment_is_never_before_and_always_in_working_hours(moment, zone):
    working = berlin(zone=zone)
    found = next_working_moment(moment, working)
    assert found >= moment
    assert is_working(found, working)
    morning = next_working_morning(moment, working)
    assert local_day(morning, working) > local_day(moment, working)
    assert is_working(morning, working)


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_an_approver_is_nudged_after_one_and_three_days_and_a_day_before_it_expires():
    facts = {"created_at": NOW, "expires_at": NOW + 14 * DAY}
    expected_version, moment = [], NOW
    while (moment := next_nudge(**facts, after=moment)) is not None:
        expected_version.append((moment - NOW) // DAY)
    assert expected_version == [1, 3, 13]


def test_after_an_outage_one_nudge_is_next_and_not_those_that_were_missed():
    assert next_nudge(created_at=NOW, expires_at=NOW + 14 * DAY, after=NOW + 9 * DAY) == NOW + 13 * DAY
    assert next_nudge(created_at=NOW, expires_at=NOW + 14 * DAY, after=NOW + 13 * DAY) is None


def test_days_on_which_nobody_works_are_not_counted_nor_is_the_day_that_has_only_begun():
    friday, tuesday = at("2026-01-09T16:00:00+01:00"), at("2026-01-13T09:00:00+01:00")
    assert working_days_between(friday, tuesday, berlin()) == 2
    assert working_days_between(friday, tuesday, berlin(days_off="2026-01-12")) == 1
    assert working_days_between(friday + DAY, friday + 2 * DAY, berlin()) == 0
    assert working_days_between(tuesday, friday, berlin()) == 0


def test_a_request_that_expires_tomorrow_is_not_nudged_before_it_was_made():
    assert next_nudge(created_at=NOW, expires_at=NOW + DAY, after=NOW) is None


def test_a_holder_is_warned_seven_days_and_one_day_before_the_end():
    always = working_time(hours="Mon-Sun 00:00-23:59", days_off="", zone="UTC", otherwise="UTC")

    def following(ends_at, after):
        return next_warning(ends_at=ends_at, after=after, since=NOW, working=always)

    ends = NOW + 30 * DAY
    first = following(ends, NOW)
    assert first == ends - 7 * DAY
    assert following(ends, first) == ends - DAY
    assert following(ends, ends - DAY) is None
    assert following(NOW + 3 * DAY, NOW) == NOW + 2 * DAY
    assert following(None, NOW) is None


@pytest.mark.parametrize(
    ("ends", "warned"),
    [
        ("2026-01-21 15:00", ["2026-01-14 15:00", "2026-01-20 15:00"]),  # both at work
        ("2026-01-21 23:59", ["2026-01-14 09:00", "2026-01-20 09:00"]),  # both in the evening
        ("2026-01-21 07:00", ["2026-01-13 09:00", "2026-01-19 09:00"]),  # both too early in the morning
        (
            "2026-01-19 10:00",
            ["2026-01-12 10:00", "2026-01-15 09:00"],
        ),  # a day before is a Sunday; Friday is off
        ("2026-01-24 10:00", ["2026-01-15 09:00", "2026-01-23 10:00"]),  # seven days before is a Saturday
    ],
)
def test_a_holder_is_warned_while_they_work_and_no_later_than_at_other_hours(ends, warned):
    berlin = working_time(hours="09:00-17:00", days_off="2026-01-16", zone="Europe/Berlin", otherwise="UTC")
    (ends_at,), moments = local([ends]), local(warned)
    after = since = ends_at - 20 * DAY
    for moment in moments:
        assert next_warning(ends_at=ends_at, after=after, since=since, working=berlin) == moment
        after = moment
    assert next_warning(ends_at=ends_at, after=after, since=since, working=berlin) is None


def test_of_what_was_settled_after_they_last_worked_they_are_warned_at_the_hour():
    berlin = working_time(hours="09:00-17:00", days_off="", zone="Europe/Berlin", otherwise="UTC")
    saturday, monday = local(["2026-01-17 12:00", "2026-01-19 15:00"])
    first = next_warning(ends_at=monday, after=saturday, since=saturday, working=berlin)
    assert first == monday - DAY
    assert next_warning(ends_at=monday, after=first, since=saturday, working=berlin) is None


def local(moments):
    return [datetime.fromisoformat(one).replace(tzinfo=ZoneInfo("Europe/Berlin")) for one in moments]


def test_the_last_nudge_is_moved_to_a_day_on_which_they_still_can():
    berlin = working_time(hours="09:00-17:00", days_off="2026-01-16", zone="Europe/Berlin", otherwise="UTC")
    monday = datetime(2026, 1, 19, 9, tzinfo=UTC)  # the Friday before is a day off
    day, hour = timedelta(days=1), timedelta(hours=1)

    def last(before, leaving=8 * hour):
        return last_call(before, berlin, ahead=day, leaving=leaving)

    assert last(monday) == monday - 4 * day, "an hour on Monday morning is too little"
    assert last(monday, leaving=hour) == monday - day
    assert last(monday - 4 * day) == monday - 5 * day


@pytest.mark.case("6.3")
@given(
    before=st.integers(0, 730 * 24 * 60).map(lambda minutes: at("2026-01-01T00:00:00Z") + minutes * MINUTE),
    off=st.lists(st.integers(-60, 5), max_size=100),
    hours=st.sampled_from(["09:00-17:00", "Sun-Thu 08:00-16:30", "Mon-Mon 22:00-23:59", "00:00-23:59"]),
    zone=st.sampled_from(["Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati", "Africa/Cairo"]),
    waits=st.tuples(st.integers(0, 72), st.integers(0, 48)),
)
def test_the_last_call_is_the_first_day_back_that_leaves_enough_time(before, off, hours, zone, waits):
    days = ",".join(sorted({(before.date() + timedelta(days=day)).isoformat() for day in off}))
    working = berlin(hours=hours, days_off=days, zone=zone)
    ahead, leaving = (timedelta(hours=one) for one in waits)
    each = (before - ahead - timedelta(days=earlier) for earlier in range(400))
    wanted = next(one for one in each if next_working_moment(one, working) <= before - leaving)
    assert last_call(before, working, ahead=ahead, leaving=leaving) == wanted


@pytest.mark.covers("C7")
@pytest.mark.parametrize(
    ("after", "hours", "off", "morning"),
    [
        ("2026-01-05T08:00:00+01:00", "09:00-17:00", "", "2026-01-05T09:00:00+01:00"),
        ("2026-01-05T09:00:00+01:00", "09:00-17:00", "", "2026-01-12T09:00:00+01:00"),
        ("2026-01-07T09:00:00+01:00", "09:00-17:00", "", "2026-01-12T09:00:00+01:00"),
        ("2026-01-11T23:00:00+01:00", "09:00-17:00", "2026-01-12", "2026-01-13T09:00:00+01:00"),
        ("2026-01-12T10:00:00+01:00", "09:00-17:00", "2026-01-12", "2026-01-13T09:00:00+01:00"),
        ("2026-01-07T10:00:00+01:00", "Sun-Thu 08:00-16:00", "", "2026-01-11T08:00:00+01:00"),
        ("2026-01-07T10:00:00+01:00", "Mon-Sun 08:00-16:00", "", "2026-01-12T08:00:00+01:00"),
        ("2026-01-07T10:00:00+01:00", "Sat 08:00-16:00", "", "2026-01-10T08:00:00+01:00"),
        ("2026-03-24T10:00:00+01:00", "09:00-17:00", "", "2026-03-30T09:00:00+02:00"),
    ],
)
def test_a_week_begins_with_the_first_working_morning_of_it(after, hours, off, morning):
    assert weekly_morning(at(after), berlin(hours=hours, days_off=off)) == at(morning)


@pytest.mark.covers("C7")
def test_a_week_off_has_no_morning_and_weeks_neither_overlap_nor_leave_a_gap():
    off = ",".join(f"2026-01-{day}" for day in range(12, 17))
    assert weekly_morning(at("2026-01-08T10:00:00+01:00"), berlin(days_off=off)) == at(
        "2026-01-19T09:00:00+01:00"
    )
    (monday, next_monday) = (
        week_of(at(day), berlin()) for day in ("2026-03-29T23:30:00+02:00", "2026-03-30T00:30:00+02:00")
    )
    assert (monday.isoformat(), next_monday.isoformat()) == ("2026-03-23", "2026-03-30")
    assert week_before(monday, berlin())[1] == week_before(next_monday, berlin())[0]
