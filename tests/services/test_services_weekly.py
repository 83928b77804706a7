"""A business's week: told once, on its first working morning, of what concerns that business alone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from make import ACCOUNT, AGENCY, BRAND, INSTAGRAM, OTHER, PAGE, PIXEL, claiming, item, unowned
from steps import DAY, TICK, give, said

from bot.domain.assets import Kind
from bot.domain.grants import GrantState
from bot.domain.messages import read_about
from bot.domain.requests import Approve, Decline, RequestState, Term
from bot.services import nudges, requests
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
    story, town, oda, clock
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
    assert (view.to_decide.rows[0].partner, theirs.asked.rows[0].partner) == ("Northwind", "Acme Shoes")
    assert (theirs.to_decide.total, view.asked.total, view.unsettled.total) == (0, 0, 0)
    others = week(story, of=OTHER)
    assert (others.decided, others.ending.total, others.began.total, others.asked.total) == ({}, 0, 0, 0)
    story.end(town.dana, grant.id, business=BRAND)
    assert week(story).ended.total == 0, "this week's comes next week"
    assert week(story).ending.total == 0, "what was removed does not end any more"
    clock.push(WEEK)
    later = week(story, day="2026-01-19")
    assert ([one.asset_id for one in later.ended.rows], later.began.total, later.decided) == (
        [ACCOUNT],
        0,
        {},
    )
    story.set(tables.Grant, {"id": grant.id}, starts_at=None)
    assert week(story, day="2026-01-19").ended.total == 0, "it never began"
    for state in (GrantState.PENDING, GrantState.FAILED, GrantState.STUCK):
        story.set(tables.Grant, {"id": grant.id}, state=state, ended_at=None)
        assert [one.state for one in week(story).unsettled.rows] == [state]


@pytest.mark.covers("C7")
def test_it_says_which_drafts_wait_for_its_admins_and_when_they_expire(story, town, clock):
    drafted = [
        story.submit(town.eva, item(kind, one)) for kind, one in ((Kind.PAGE, PAGE), (Kind.PIXEL, PIXEL))
    ]
    last, first = (one.draft_id for one in drafted)
    story.set(tables.Draft, {"id": first}, expires_at=clock.now() + 6 * DAY)
    listed = [(one.ref, one.partner, one.author, one.at) for one in week(story, of=AGENCY).drafts.rows]
    assert listed == [
        (drafted[1].ref, "Acme Shoes", "Eva", clock.now() + 6 * DAY),
        (drafted[0].ref, "Acme Shoes", "Eva", clock.now() + 14 * DAY),
    ]
    assert week(story).drafts.total == 0, "the other side knows nothing of them"
    tell(story, of=AGENCY)
    story.do(nudges.weekly_due)
    assert [where for where, _ in weeks(story)] == ["CAGENCY"], "although there is nothing else to say"
    clock.push(6 * DAY)
    assert week(story, of=AGENCY).drafts.total == 1, "whether or not the sweep has come to the other"
    story.do(requests.drop_draft, last, expected_version=1, by=town.ann)
    assert week(story, of=AGENCY).drafts.total == 0


def test_what_ends_within_two_weeks_comes_soonest_first_and_what_waits_longest_first(story, town, clock):
    later = give(story, town, item(Kind.AD_ACCOUNT, ACCOUNT), term=Term.for_days(14))
    give(story, town, item(Kind.PAGE, PAGE), term=Term.till(clock.now() + 14 * DAY + TICK))
    sooner = give(story, town, item(Kind.PIXEL, PIXEL), term=Term.for_days(9))
    theirs = give(story, town, item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM), term=Term.for_days(9))
    story.set(tables.Grant, {"id": theirs.id}, owner_id=AGENCY, holder_id=BRAND)

    def ending():
        return [(one.asset_id, one.asset_name, one.at) for one in week(story).ending.rows]

    pixel, account = ((PIXEL, "Acme Pixel", sooner.ends_at), (ACCOUNT, "Acme Main", later.ends_at))
    for first, name in ((True, "Aardvark"), (False, "Zebra")):
        story.set(tables.Asset, {"id": INSTAGRAM}, name=name)
        instagram = (INSTAGRAM, name, theirs.ends_at)
        assert ending() == [*((instagram, pixel) if first else (pixel, instagram)), account]
    waits = [
        story.submit(town.ann, item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM)),
        *(story.extend(town.ann, one.id) for one in (later, sooner)),
    ]
    waits.sort(key=lambda sent: sent.request_id)  # which is not their order
    for days, one in zip((0, 2, 1), waits, strict=True):
        story.set(tables.Request, {"id": one.request_id}, created_at=clock.now() - days * DAY)
    listed = [(one.ref, clock.now() - one.at) for one in week(story).to_decide.rows]
    assert listed == [(waits[1].ref, 2 * DAY), (waits[2].ref, DAY), (waits[0].ref, 0 * DAY)]
    clock.push(9 * DAY)
    assert ending()[0] == account, "whether or not the sweep has come to the others"


@pytest.mark.covers("C6")
def test_what_ends_or_ended_says_where_other_access_to_the_same_goes_on(story, town, clock):
    grant = give(story, town, term=Term.for_days(10))
    give(story, town, item(Kind.PAGE, PAGE), term=Term.for_days(10))
    asked = story.extend(town.ann, grant.id, days=90)
    story.decide(town.dana, asked.request_id, Approve())

    def said(rows):
        return {(one.asset_id, one.goes_on) for one in rows}

    assert said(week(story).ending.rows) == {(ACCOUNT, True), (PAGE, False)}
    assert said(week(story, of=AGENCY).ending.rows) == {(ACCOUNT, True), (PAGE, False)}
    assert said(week(story).began.rows) == {(ACCOUNT, False), (PAGE, False)}, "of what begins it says nothing"
    story.wait(days=11)
    assert said(week(story, day="2026-01-19").ended.rows) == {(ACCOUNT, True), (PAGE, False)}
    story.wait(days=90)
    assert said(week(story, day="2026-01-19").ended.rows) == {(ACCOUNT, False), (PAGE, False)}


def test_so_many_are_named_and_the_others_counted(story, town, monkeypatch):
    monkeypatch.setattr("bot.services.nudges.weekly.MOST_LISTED", 1)
    for total, asset in ((1, item(Kind.PAGE, PAGE)), (2, item(Kind.PIXEL, PIXEL))):
        story.submit(town.ann, asset)
        view = week(story)
        assert (view.own.id, len(view.to_decide.rows)) == (BRAND, 1)
        assert (view.to_decide.total, view.to_decide.more) == (total, total > 1)


def test_which_asset_is_meant_by_what_was_asked_for_in_words_is_said_to_who_decides_alone(story, town):
    in_words = item(Kind.AD_ACCOUNT, words="your main account", level="Admin")
    sent = story.submit(town.ann, in_words)
    story.decide(town.dana, sent.request_id, Approve(bound={0: ACCOUNT}))
    said_to = [week(story).to_decide, week(story, of=AGENCY).asked]
    assert [one.rows[0].items[0].asset_id for one in said_to] == [ACCOUNT, None]


def test_a_claim_waits_for_no_business_and_is_among_what_was_asked(story, town):
    story.do(requests.submit, claiming(unowned(story.database, "act_7001", town.dana)), by=town.ann)
    assert [one.partner for one in week(story, of=AGENCY).asked.rows] == [None]


def test_what_begins_as_the_week_does_is_of_that_week_alone(story, town, clock):
    grant = give(story, town)
    for day, total in (("2026-01-05", 0), ("2026-01-12", 1), ("2026-01-19", 0)):
        for at in (date(2026, 1, 5), date(2026, 1, 12)):
            begins = datetime.combine(at, time(0), tzinfo=ZoneInfo("Europe/Berlin"))
            story.set(tables.Grant, {"id": grant.id}, starts_at=begins)
            expected = total if at.day == 5 else int(day == "2026-01-19")
            assert week(story, day=day).began.total == expected


@pytest.mark.covers("C7")
def test_who_does_not_work_now_is_told_once_it_does_and_who_is_in_no_workspace_never(story, town, clock):
    story.submit(town.ann)
    said(story)
    tell(story)
    clock.push(DAY + 12 * HOUR)  # Tuesday night
    story.do(nudges.weekly_due)
    clock.push(12 * HOUR)
    story.set(tables.BusinessRow, {"id": AGENCY}, team_id=None)
    tell(story, of=AGENCY)
    assert story.do(nudges.weekly_due) == 2
    told = [row for row in story.rows(tables.Event) if row.kind == "business.week"]
    assert [(row.subject_kind, row.business_id, row.data) for row in told] == [
        ("business", BRAND, '{"week":"2026-01-05"}')
    ]


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
    assert story.read(nudges.week_told, "nosuch", date(2026, 1, 5)) is None
    sent = story.submit(town.ann)
    said(story)
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    tell(story)
    story.do(nudges.weekly_due)
    assert [where for where, _ in weeks(story)] == ["UDANA", "UDOV"]
    story.cancel(town.ann, sent.request_id)
    said(story)
    clock.push(WEEK)
    story.do(nudges.weekly_due)
    assert [where for where, _ in weeks(story)] == ["UDANA", "UDOV"], "what was decided alone is said, too"
