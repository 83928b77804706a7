"""Clocks that step, and days that are shorter or longer: what the verbs make of it."""

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
from bot.services import sweeps
from bot.services.context import act
from bot.store import tables

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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
