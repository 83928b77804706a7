"""A business's week: told once, on its first working morning, of what concerns that business alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from make import ACCOUNT, AGENCY, BRAND, PAGE, item
from steps import DAY, give, said

from bot.domain.assets import Kind
from bot.domain.grants import GrantState
from bot.domain.messages import read_about
from bot.domain.requests import Decline, RequestState, Term
from bot.services import nudges
from bot.services.views.weeks import WeekView
from bot.store import tables
from bot.store.tables import EffectState

WEEK = 7 * DAY
HOUR = timedelta(hours=1)


def tell(story, *, of=BRAND):
    """Have a business be told of its week as soon as the clock comes to it."""
    story.set(tables.BusinessRow, {"id": of}, weekly_at=story.clock.now())


def weeks(story):
    """What is on its way: each with where it goes."""
    found = []
    for row in story.rows(tables.Effect):
        if row.about.startswith("week:") and row.state == EffectState.WAITING:
            about = read_about(row.about)
            found.append((about.channel_id or about.user_id, about.details))
    return sorted(found)


def week(story, *, of=BRAND, day="2026-01-12") -> WeekView:
    view = story.read(nudges.week_told, of, date.fromisoformat(day))
    assert view is not None
    return view


@pytest.mark.covers("C7")
def test_it_says_what_waits_ends_and_is_stuck_and_what_was_decided_began_and_ended_last_week(
    story, town, clock
):
    grant = give(story, town, term=Term.for_days(10))
    declined = story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.decide(town.dana, declined.request_id, Decline(note="No"))
    waits = story.submit(town.ann, item(Kind.PAGE, PAGE))
    clock.push(WEEK)
    view, theirs = week(story), week(story, of=AGENCY)
    assert view.decided == theirs.decided == {RequestState.APPROVED: 1, RequestState.DECLINED: 1}
    assert [(one.asset_id, one.is_given, one.partner) for one in view.ending.rows] == [
        (ACCOUNT, True, "Northwind")
    ]
    assert [(one.is_given, one.partner) for one in theirs.began.rows] == [(False, "Acme Shoes")]
    assert [one.ref for one in view.to_decide.rows] == [one.ref for one in theirs.asked.rows] == [waits.ref]
    assert (theirs.to_decide.total, view.asked.total, view.unsettled.total) == (0, 0, 0)
    story.end(town.dana, grant.id, business=BRAND)
    assert week(story).ended.total == 0, "this week's comes next week"
    clock.push(WEEK)
    later = week(story, day="2026-01-19")
    assert ([one.asset_id for one in later.ended.rows], later.began.total, later.decided) == (
        [ACCOUNT],
        0,
        {},
    )
    story.set(tables.Grant, {"id": grant.id}, state=GrantState.STUCK, ended_at=None)
    assert [one.state for one in week(story).unsettled.rows] == [GrantState.STUCK]


@pytest.mark.covers("C7")
def test_it_is_told_once_a_week_whatever_the_replicas_and_after_an_outage_once(story, town, clock):
    story.submit(town.ann)
    said(story)
    tell(story)
    clock.push(3 * WEEK - 3 * HOUR)
    assert story.do(nudges.weekly_due) == 1
    assert weeks(story) == [], "it is night"
    clock.push(4 * HOUR)
    assert (story.do(nudges.weekly_due), story.do(nudges.weekly_due)) == (1, 0)
    ((where, details),) = weeks(story)
    assert details == ("2026-01-26",)
    assert where.startswith("C"), "in its channel"
    assert [row.kind for row in story.rows(tables.Event)].count("business.week") == 1
    clock.push(WEEK)
    assert story.do(nudges.weekly_due) == 1
    assert week(story, day="2026-01-26").is_past, "the one that was not sent in its week is not said any more"


@pytest.mark.covers("C7")
def test_who_has_nothing_to_hear_hears_nothing_and_without_a_channel_its_admins_do(story, town, clock):
    tell(story)
    story.do(nudges.weekly_due)
    assert weeks(story) == []
    story.submit(town.ann)
    said(story)
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    tell(story)
    story.do(nudges.weekly_due)
    assert [where for where, _ in weeks(story)] == ["UDANA", "UDOV"]
