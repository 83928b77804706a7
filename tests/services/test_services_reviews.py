"""From time to time an owner looks through what partners have, and these say whether they still need it.

The story begins on Monday, 5 January 2026, at 10:00 in Berlin.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, OTHER, OTHER_TEAM, PAGE, PIXEL, item
from steps import DAY, become, give

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import Audience, EffectKind, Notice, read_about
from bot.domain.requests import ErrorCode, Term
from bot.domain.reviews import OPEN_FOR, Need, Outcome, ReviewState, Silence, next_step
from bot.services import grants, partnerships, reviews
from bot.services.grants import lifecycle
from bot.services.results import Denied, Invalid, Needed, Reviewed, Reviewing
from bot.store import tables

REASONS = DenialReason


@pytest.fixture
def given(story, town):
    """What the agency has had of the brand for two months: an ad account and a Page."""
    story.set(tables.BusinessRow, {"id": BRAND}, review_days=90, reviewed_at=None)
    first = give(story, town, item(Kind.AD_ACCOUNT, ACCOUNT), item(Kind.PAGE, PAGE), term=Term.without_end())
    second = story.grant_of(first.request_id, 1)
    story.wait(days=60)
    return first, second


def begin(story, who, business=BRAND):
    return story.do(reviews.open_review, business, by=who)


def keep(story, who, grant, *, version=None):
    now = story.database.read_sync(grants.grant_view, grant.id)
    return story.do(reviews.keep, grant.id, by=who, expected_version=version or now.version)


def shorten(story, who, grant, *, days):
    now = story.database.read_sync(grants.grant_view, grant.id)
    until = story.clock.now() + days * DAY
    return story.do(reviews.shorten, grant.id, by=who, until=until, expected_version=now.version)


def card(story):
    (row, *_) = sorted(story.rows(tables.Review), key=lambda row: row.opened_at, reverse=True)
    return story.read(reviews.review_card, row.id)


def question(story, holder=AGENCY):
    return story.rows(tables.ReviewQuestion, holder_id=holder)[-1]


def outcomes(story):
    return {row.grant_id: row.outcome for row in story.rows(tables.ReviewItem)}


def told(story, *notices):
    """What was told how often, of notices about reviews."""
    found = [read_about(row.about).notice for row in story.effects(EffectKind.POST_NOTICE)]
    return Counter(one for one in found if one in (notices or {Notice.REVIEW, Notice.REVIEW_CLOSED}))


# --- its beginning -----------------------------------------------------------------------------------


@pytest.mark.covers("G9")
def test_a_review_begins_ninety_days_after_something_was_first_given_and_asks_both_sides(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, review_days=90, reviewed_at=None)
    grant = give(story, town, term=Term.without_end())
    story.to("2026-04-05 10:00")  # a Sunday
    assert story.rows(tables.Review) == [], "the brand is not at work"
    story.live(until="2026-04-06 12:00")
    assert story.rows(tables.Review) != []
    assert [row.reviewed_at for row in story.rows(tables.BusinessRow, id=BRAND)] > [grant.starts_at]
    view = card(story)
    assert (view.open, view.total, view.left_out, view.opened_by) == (1, 1, 0, None)
    assert [one.grant.id for one in view.items] == [grant.id]
    subjects = {row.subject_id: row.user_id for row in story.rows(tables.Card, audience=Audience.SUBMITTERS)}
    assert {view.id, question(story).id} <= subjects.keys()
    asked = story.read(reviews.question_card, question(story).id)
    assert (asked.owner.id, asked.holder.id, asked.open, asked.is_open) == (BRAND, AGENCY, 1, True)


def test_off_means_never_and_what_needs_no_review_is_left_out_and_counted(story, town, given):
    first, second = given
    story.set(tables.BusinessRow, {"id": BRAND}, review_days=0)
    story.to("2026-07-01 10:00")
    assert story.rows(tables.Review) == []
    give(story, town, item(Kind.PIXEL, PIXEL))
    opened = begin(story, town.dana)
    assert (opened.grants, opened.partners, opened.left_out) == (2, 1, 1)
    assert set(outcomes(story)) == {first.id, second.id}
    assert begin(story, town.dov) == Reviewing(business=opened.business, grants=2, until=opened.until)
    for grant in given:
        keep(story, town.dana, grant)
    again = begin(story, town.dana)
    assert isinstance(again, Denied), "what was looked at just now need not be looked at again"
    assert (again.reason, again.count) == (REASONS.NOTHING_TO_REVIEW, 3)


def test_the_time_to_the_next_begins_with_this_one_or_once_something_is_given_again(story, town, given):
    story.set(tables.BusinessRow, {"id": BRAND}, review_days=30)
    story.live(days=3)
    assert len(story.rows(tables.Review)) == 1, "a shorter cadence holds at once"
    story.end(town.ann, *(one.id for one in given), business=AGENCY)
    assert card(story).state is ReviewState.CLOSED
    story.live(days=40, hours=6)
    assert len(story.rows(tables.Review)) == 1
    assert [row.reviewed_at for row in story.rows(tables.BusinessRow, id=BRAND)] == [None]


@pytest.mark.covers("G9")
def test_only_an_admin_of_the_right_business_acts_and_outsiders_learn_nothing(story, town, given):
    first, _ = given
    become(story, town.dov, role=Role.EMPLOYEE)
    assert begin(story, town.ann).reason is REASONS.NOT_MEMBER
    begin(story, town.dana)
    for who, reason in ((town.ann, REASONS.UNKNOWN_REVIEW), (town.dov, REASONS.NOT_ADMIN)):
        assert keep(story, who, first).reason is reason
        assert shorten(story, who, first, days=3).reason is reason
    asked = question(story).id
    all_of_it = {"by": town.ann, "expected_answers": 0}
    assert story.do(reviews.keep_all, asked, **all_of_it).reason is REASONS.UNKNOWN_REVIEW
    assert story.do(reviews.answer, asked, Need.WORKS, by=town.dana).reason is REASONS.UNKNOWN_REVIEW
    assert story.read(reviews.review_page, BRAND, limit=5, offset=0, by=town.ann) is None
    assert set(outcomes(story).values()) == {None}


# --- what becomes of each ----------------------------------------------------------------------------


@pytest.mark.covers("G9", "R10")
def test_each_grant_has_one_outcome_and_who_comes_later_is_told_it(story, town, given):
    first, second = given
    begin(story, town.dana)
    done = keep(story, town.dana, first)
    assert done == Reviewed(outcome=Outcome.KEPT, asset=first.asset_name, holder=first.holder.name, count=1)
    late = keep(story, town.dov, first)
    assert (late.reason, late.by, late.at) == (REASONS.KEPT_ALREADY, town.dana.name, story.clock.now())
    assert shorten(story, town.dov, first, days=9).reason is REASONS.KEPT_ALREADY
    assert shorten(story, town.dana, second, days=9).until == story.clock.now() + 9 * DAY
    assert shorten(story, town.dov, second, days=8).reason is REASONS.SHORTENED_ALREADY
    view = card(story)
    assert (view.state, view.counts, view.silent) == (
        ReviewState.CLOSED,
        {Outcome.KEPT: 1, Outcome.SHORTENED: 1},
        0,
    )
    assert told(story) == {Notice.REVIEW_CLOSED: 1}
    assert EventKind.GRANT_KEPT in story.history(town.ann, first.request_id)


def test_a_decision_is_of_the_grant_that_was_shown_and_never_lengthens(story, town, given):
    first, second = given
    begin(story, town.dana)
    assert keep(story, town.dana, first, version=first.version + 1).reason is REASONS.CHANGED
    for days, code in ((0, ErrorCode.DATE_PAST), (-1, ErrorCode.DATE_PAST)):
        wrong = shorten(story, town.dana, first, days=days)
        assert isinstance(wrong, Invalid)
        assert [one.code for one in wrong.field_errors] == [code]
    end = story.clock.now() + 20 * DAY
    story.do(partnerships.set_contract, BRAND, AGENCY, ends_at=end, days=0, by=town.dana)
    story.set(tables.Grant, {"id": second.id}, ends_at=end)
    longer = shorten(story, town.dana, second, days=20)
    assert [one.code for one in longer.field_errors] == [ErrorCode.NOT_SOONER]


@pytest.mark.covers("G9")
def test_shortened_access_ends_as_any_and_its_holder_hears_of_it_and_is_warned(story, town, given):
    first, second = given
    begin(story, town.dana)
    keep(story, town.dana, second)
    shorten(story, town.dana, first, days=10)
    assert told(story, Notice.SHORTENED)[Notice.SHORTENED] >= 1
    story.live(days=4)
    assert story.cards_for(Audience.ENDING, first.id) == [town.ann.user]
    story.live(days=7)
    now = story.database.read_sync(grants.grant_view, first.id)
    assert (now.state, now.end_reason) == (GrantState.ENDED, EndReason.REACHED)


@pytest.mark.covers("G9")
def test_removed_or_given_back_is_ended_as_ever_and_settles_its_place_with_it(story, town, given):
    first, second = given
    begin(story, town.dana)
    story.end(town.dana, first.id, business=BRAND)
    assert card(story).state is ReviewState.OPEN
    story.end(town.ann, second.id, business=AGENCY)
    assert outcomes(story) == {first.id: Outcome.REMOVED, second.id: Outcome.GIVEN_BACK}
    view = card(story)
    assert view.state is ReviewState.CLOSED, "with its last grant it closes by itself"
    assert [(one.outcome, one.by) for one in view.items] == [
        (Outcome.REMOVED, town.dana.name),
        (Outcome.GIVEN_BACK, town.ann.name),
    ]
    assert keep(story, town.dov, first).reason is REASONS.GRANT_OVER


def test_all_of_a_partner_is_kept_with_one_press_as_long_as_it_said_no_more(story, town, given):
    begin(story, town.dana)
    asked = question(story).id
    assert story.do(reviews.answer, asked, Need.BROKEN, by=town.ann) == Needed(
        owner=given[0].owner.name, need=Need.BROKEN
    )
    for one in card(story).items:
        assert (one.holder.need, one.holder.answered_by) == (Need.BROKEN, town.ann.name)
    stale = story.do(reviews.keep_all, asked, expected_answers=0, by=town.dana)
    assert stale.reason is REASONS.CHANGED
    kept = story.do(reviews.keep_all, asked, expected_answers=1, by=town.dana)
    assert (kept.count, kept.more) == (2, False)
    assert story.do(reviews.keep_all, asked, expected_answers=1, by=town.dov).reason is REASONS.REVIEW_OVER
    assert story.do(reviews.answer, asked, Need.WORKS, by=town.ann).reason is REASONS.REVIEW_OVER


def test_what_goes_to_another_owner_is_no_longer_the_former_ones_to_review(story, town, given):
    first, second = given
    begin(story, town.dana)
    make.business(story.database, OTHER, name="Other", team=OTHER_TEAM)
    (row,) = story.rows(tables.Grant, id=first.id)
    story.do(lambda ctx: lifecycle.pass_to(ctx, row, OTHER) and None)
    assert outcomes(story) == {first.id: Outcome.OVER, second.id: None}
    assert keep(story, town.dana, first).reason is REASONS.UNKNOWN_REVIEW


# --- the clock ---------------------------------------------------------------------------------------


def test_what_was_missed_is_not_made_up_for():
    opened_at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    deadline_at = opened_at + OPEN_FOR
    steps = [opened_at]
    while steps[-1] < deadline_at:
        steps.append(next_step(opened_at=opened_at, deadline_at=deadline_at, after=steps[-1]))
    assert [(at - opened_at).days for at in steps] == [0, 5, 12, 14]
    late = opened_at + 13 * DAY
    assert next_step(opened_at=opened_at, deadline_at=deadline_at, after=late) == deadline_at


@pytest.mark.covers("G9")
def test_silence_is_nudged_kindly_and_at_the_deadline_all_is_kept_and_said_so(story, town, given):
    begin(story, town.dana)
    opened_at = card(story).opened_at
    story.live(days=4)
    assert told(story) == {Notice.REVIEW: 1}, "the holder, once"
    story.live(until=opened_at + 13.9 * DAY)
    assert told(story) == {Notice.REVIEW: 3}, "and the owner, twice"
    berlin = ZoneInfo("Europe/Berlin")
    nudged = [row.at.astimezone(berlin) for row in story.rows(tables.Event, kind=EventKind.REVIEW_NUDGED)]
    assert all(at.weekday() < 5 and 9 <= at.hour < 17 for at in nudged)
    story.live(days=1)
    view = card(story)
    assert (view.state, view.counts, view.silent) == (ReviewState.CLOSED, {Outcome.KEPT: 2}, 2)
    assert told(story)[Notice.REVIEW_CLOSED] == 1
    story.live(days=5)
    assert told(story) == {Notice.REVIEW: 3, Notice.REVIEW_CLOSED: 1}


@pytest.mark.covers("G9")
def test_a_stricter_policy_has_what_nobody_looked_at_end_some_time_later_and_lengthens_nothing(
    story, town, given
):
    first, second = given
    story.set(tables.BusinessRow, {"id": BRAND}, review_silence=Silence.WEEK)
    begin(story, town.dana)
    soon = card(story).deadline_at + 3 * DAY
    story.set(tables.Grant, {"id": second.id}, ends_at=soon)
    story.wait(days=15)  # an outage: one look settles it
    assert outcomes(story) == {first.id: Outcome.SHORTENED, second.id: Outcome.KEPT}
    ends = {row.id: row.ends_at for row in story.rows(tables.Grant)}
    assert ends == {first.id: story.clock.now() + 7 * DAY, second.id: soon}
    assert told(story) == {Notice.REVIEW_CLOSED: 1}


def test_a_long_review_is_settled_step_by_step_and_closes_once(story, town, given):
    begin(story, town.dana)
    now = card(story).deadline_at
    story.clock.push(now - story.clock.now())
    steps = [story.do(reviews.reviews_due, limit=1) for _ in range(3)]
    assert (steps, card(story).state) == ([1, 1, 0], ReviewState.CLOSED)
    assert told(story) == {Notice.REVIEW_CLOSED: 1}


def test_an_answer_ends_the_nudges_of_the_holder(story, town, given):
    begin(story, town.dana)
    story.do(reviews.answer, question(story).id, Need.WORKS, by=town.ann)
    story.live(days=4.5)
    assert told(story) == {}
    page = story.read(reviews.review_page, BRAND, limit=1, offset=1, by=town.dov)
    assert [(one.holder.need, one.outcome) for one in page.items.rows] == [(Need.WORKS, None)]
    assert (page.items.total, page.items.more) == (2, False)
