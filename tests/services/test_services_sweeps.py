"""Clocks that step, days that are shorter or longer, and a Slack that is away: what the verbs make of it.

The story begins on Monday, 5 January 2026, at 10:00 in Berlin, where everybody is unless a test says so.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from make import BRAND, PAGE, item, write

from bot.domain.assets import Kind
from bot.domain.grants import GrantState
from bot.domain.messages import Audience
from bot.domain.policy import DenialReason
from bot.domain.requests import Approve, RequestState
from bot.services import delivery as deliveries
from bot.services import sweeps
from bot.services.context import act
from bot.services.delivery import Unknown
from bot.store import tables

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# --- the clock steps ---------------------------------------------------------------------------------


def swept_by(story, steps):
    """Run all sweeps, each by a clock that has stepped since the one before."""
    steps = iter(steps)
    for _ in range(3):
        for sweep in sweeps.BUSINESS_SWEEPS:
            write(story.database, act, sweep, now=story.clock.now() + next(steps))


@pytest.mark.covers("F33")
@pytest.mark.parametrize("by", [HOUR, -DAY], ids=["+1 h", "-1 d"])
def test_a_clock_that_steps_during_a_tick_ends_expires_and_tells_all_once_and_takes_nothing_back(
    story, town, by
):
    given = story.ask(town.ann)
    story.decide(town.dana, given.request_id, Approve())
    grant = story.grant_of(given.request_id)
    story.to(grant.ends_at - 15 * DAY)
    waits = story.ask(town.ann, item(Kind.PAGE, PAGE))
    story.clock.push(story.card(waits.request_id).expires_at - story.clock.now() - DAY)
    for _ in range(4):
        swept_by(story, [timedelta(0), by] * 12)
        story.clock.push(DAY)

    assert story.card(waits.request_id).state is RequestState.EXPIRED
    assert story.grant_of(given.request_id).state is GrantState.ENDED
    story.clock.push(-30 * DAY)
    assert story.decide(town.dana, waits.request_id, Approve()).reason is DenialReason.EXPIRED
    assert story.held(grant.asset_id) == frozenset()
    kinds = Counter((row.kind, row.subject_id) for row in story.rows(tables.Event))
    assert {kinds["request.expired", waits.request_id], kinds["grant.ended", grant.id]} == {1}
    assert len(story.cards_for(Audience.EXPIRY)) <= 1
    days = [(row.person_id, row.day) for row in story.rows(tables.Digest)]
    assert len(days) == len(set(days))
    assert story.database.verify().sound


# --- days of other lengths ---------------------------------------------------------------------------


@pytest.mark.covers("F34")
def test_the_twenty_ninth_of_february_is_a_day_like_any_other(story, town):
    story.to("2028-02-28 15:00")
    story.ask(town.ann)
    story.live(days=4, hours=3)
    assert story.nudged(town.dana) == ["Tue 29 15:00", "Thu 02 15:00"]


@pytest.mark.covers("F34")
@pytest.mark.parametrize("approved", ["2026-03-20 10:00", "2028-10-20 10:00"])
def test_thirty_days_are_thirty_times_24_hours_wherever_and_whatever_the_zone_becomes(story, town, approved):
    story.to(approved)
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    at, ends = story.clock.now(), story.grant_of(sent.request_id).ends_at
    assert ends == at + 30 * DAY
    story.set(tables.BusinessRow, {"id": BRAND}, zone="Pacific/Kiritimati")  # a day further on
    assert story.grant_of(sent.request_id).ends_at == ends
    story.to(ends - timedelta(seconds=1))
    assert story.is_live(story.grant_of(sent.request_id).id)
    story.to(ends)
    assert not story.is_live(story.grant_of(sent.request_id).id)


# --- Slack is away -----------------------------------------------------------------------------------


@pytest.mark.covers("F11")
def test_the_longer_slack_is_away_the_rarer_it_is_tried_and_never_in_step(story, town):
    story.ask(town.ann)
    waits: dict[int, list[float]] = {}
    for attempt in range(1, 13):
        real = story.clock.real()
        claimed = write(story.database, act, deliveries.claim, most=10, now=story.clock.now(), real=real)
        assert len(claimed) == 2, "one for each side"
        for one in claimed:
            assert one.attempt == attempt
            away = Unknown(why="http_503", sent=False)
            write(story.database, act, deliveries.finish, one, away, now=story.clock.now(), real=real)
        due = [row.due_at for row in story.rows(tables.Effect)]
        waits[attempt] = [(at - real).total_seconds() for at in due]
        story.clock.push_real(max(due) - story.clock.real() + timedelta(seconds=1))
    for attempt, seconds in waits.items():
        longest = min(2.0**attempt, deliveries.LONGEST_BACKOFF)
        assert all(longest / 2 <= one <= longest for one in seconds)
    assert any(one != other for one, other in waits.values())
