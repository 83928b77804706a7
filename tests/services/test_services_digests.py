"""Digests: what waits for somebody comes in one message a day, whatever the sweeps and clocks do.

The story begins on Monday, 5 January 2026, at 10:00 in Berlin, where everybody is unless a test says so.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, PAGE, PIXEL, item, write
from steps import DAY, become, give

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.grants import GrantState
from bot.domain.kinds import RequestKind, Side
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, Decline, RequestState
from bot.services import nudges, readers, requests, sweeps
from bot.services.context import act
from bot.services.views.requests import DigestView
from bot.store import tables

TEN = [f"act_3{number:03d}" for number in range(10)]


def request_for_each(story, town, assets):
    requested = []
    for asset in assets:
        make.asset(story.database, asset, kind=Kind.AD_ACCOUNT, name=asset, owner=BRAND)
        requested.append(story.submit(town.ann, item(Kind.AD_ACCOUNT, asset)).request_id)
        story.clock.push(timedelta(minutes=1))
    return requested


# --- one digest a day --------------------------------------------------------------------------------


@pytest.mark.covers("C1")
def test_all_that_waits_is_one_digest_of_up_to_ten_and_the_rest_comes_the_next_morning(story, town):
    requested = request_for_each(story, town, [*TEN, "act_4001", "act_4002"])
    story.live(days=2)
    (tuesday, first), (wednesday, rest) = story.digests(town.dana)
    assert (first, rest) == (requested[:10], requested[10:]), "those that expire first come first"
    assert f"{tuesday:%a %H} {wednesday:%a %H}" == "Tue 09 Wed 08", "the next morning at nine in Berlin"
    assert len(story.cards_for(Audience.DIGEST)) == 4, "two each, for two people"


def test_an_approver_of_two_businesses_gets_one_digest_and_the_days_off_of_each(story, town, database):
    make.business(database, make.OTHER, name="Other", team=BRAND_TEAM, days_off="2026-01-06")
    make.member(database, town.dana.id, of=make.OTHER)
    make.asset(database, "act_666", kind=Kind.AD_ACCOUNT, name="Other's", owner=make.OTHER)
    mine = story.submit(town.ann).request_id
    others = story.submit(town.ann, item(Kind.AD_ACCOUNT, "act_666"), deciding_id=make.OTHER).request_id
    story.live(days=2)
    assert [items for _, items in story.digests(town.dana)] == [[mine], [others]]
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Wed 07 09:00"]


def test_a_digest_is_a_card_that_follows_each_of_its_requests_and_shows_what_was_decided(story, town):
    first, second = story.submit(town.ann), story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.wait(days=1)
    (digest,) = story.rows(tables.Digest, person_id=town.dana.id)
    (card,) = story.rows(tables.Card, audience=Audience.DIGEST, subject_id=digest.id)
    for verdict, one, waits in ((Decline(), first, {second.request_id}), (Approve(), second, set())):
        before = len(story.effects(EffectKind.UPDATE_CARD, card_id=card.id))
        story.decide(town.dov, one.request_id, verdict)
        assert len(story.effects(EffectKind.UPDATE_CARD, card_id=card.id)) == before + 1
        view = story.read(nudges.digest_card, digest.id)
        assert {one.request.id for one in view.items if one.request.state.is_open} == waits
    for verb in (nudges.digest_card, nudges.place_digest):
        with pytest.raises(KeyError):
            story.do(verb, "1")


def test_a_digest_is_called_by_its_reader_and_counts_what_is_not_at_meta_as_it_should_be(story, town):
    for state, what in (
        (GrantState.FAILED, item(Kind.AD_ACCOUNT, ACCOUNT)),
        (GrantState.STUCK, item(Kind.PIXEL, PIXEL)),
    ):
        story.set(tables.Grant, {"id": give(story, town, what).id}, state=state, asked_at=story.clock.now())
    sent = story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.wait(days=1)
    digest = first_digest(story, town.dana)
    view = story.read(nudges.digest_card, digest.id)
    assert [one.request.id for one in view.items] == [sent.request_id]
    assert replace(view, items=()) == DigestView(
        id=digest.id,
        person="Dana",
        zone="Europe/Berlin",
        created_at=story.clock.now(),
        items=(),
        failed=1,
        stuck=1,
    )
    become(story, town.dana, role=Role.EMPLOYEE)
    assert story.read(nudges.digest_card, digest.id).items == (), "what they no longer decide on"


def test_a_digest_shows_a_request_as_its_reader_may_see_it(story, town):
    sent = story.submit(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"), people=(town.eva.id,))
    story.wait(days=1)
    digest = first_digest(story, town.dana)
    story.decide(town.dana, sent.request_id, Approve())
    (shown,) = story.read(nudges.digest_card, digest.id).items
    card = story.read(requests.request_card, sent.request_id, side=Side.DECIDING, by=town.dana)
    assert shown.request == card
    assert (card.people, card.approved_by_reader) == ((), True)


def test_each_request_stands_once_in_a_digest_with_its_readers_own_snooze(story, town):
    several = [(Kind.AD_ACCOUNT, ACCOUNT), (Kind.PAGE, PAGE), (Kind.PIXEL, PIXEL), (Kind.AD_ACCOUNT, TEN[0])]
    make.asset(story.database, TEN[0], kind=Kind.AD_ACCOUNT, name="Plan", owner=BRAND)
    sent = sorted(story.submit(town.ann, item(*one)).request_id for one in several)
    story.clock.push(DAY)
    story.do(nudges.nudge_due)
    assert story.do(nudges.digest_due) == 2, "so many people"
    until = story.snooze(town.dana, sent[0]).until

    def shown(who):
        view = story.read(nudges.digest_card, first_digest(story, who).id)
        return [(one.request.id, one.snoozed_until) for one in view.items]

    assert shown(town.dana) == [(sent[0], until), *((one, None) for one in sent[1:])]
    assert shown(town.dov) == [(one, None) for one in sent]
    story.clock.push(until - story.clock.now())
    assert shown(town.dana)[0] == (sent[0], None), "which is over"


def test_each_nudge_is_an_event_that_the_other_side_does_not_see(story, town):
    sent = story.submit(town.ann)
    story.wait(days=1)
    assert story.history(town.dana, sent.request_id) == ["request.pending", *["request.nudged"] * 2]
    assert story.history(town.ann, sent.request_id) == ["request.pending"]


def test_what_is_decided_between_its_mark_and_the_digest_is_left_out(story, town):
    for who in (town.dana, town.dov):
        become(story, who, zone="America/New_York")
    first, second = story.submit(town.ann), story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.to("2026-01-06 12:00")  # marked, and New York is still asleep
    story.decide(town.dov, first.request_id, Approve())
    story.live(days=1)
    assert [items for _, items in story.digests(town.dana)] == [[second.request_id]]


def test_a_reminder_joins_the_next_digest_if_one_went_today(story, town):
    sent = story.submit(town.ann)
    story.live(days=1)
    assert story.nudged(town.dana) == ["Tue 06 10:00"]
    story.remind(town.ann, sent.request_id)
    story.live(days=1)
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Wed 07 09:00"]


# --- outages and clocks --------------------------------------------------------------------------------


@pytest.mark.covers("F33")
def test_the_clock_going_back_arms_nothing_again_and_sends_no_second_digest_for_a_day(story, town):
    sent = story.submit(town.ann)
    story.live(days=1)
    story.wait(hours=-26)
    assert story.nudged(town.dana) == ["Tue 06 10:00"]
    story.live(until="2026-01-06 22:00")
    assert story.nudged(town.dana) == ["Tue 06 10:00"]
    story.remind(town.ann, sent.request_id)
    story.live(until="2026-01-07 10:00")
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Wed 07 09:00"]


def swept_by(story, by):
    """Run all sweeps three times, each by a clock that has stepped since the one before."""
    steps = itertools.cycle([timedelta(0), by])
    for sweep in sweeps.BUSINESS_SWEEPS * 3:
        write(story.database, act, sweep, now=story.clock.now() + next(steps))


@pytest.mark.covers("F33")
@pytest.mark.parametrize("by", [timedelta(hours=1), -DAY], ids=["+1 h", "-1 d"])
def test_a_clock_that_steps_during_a_tick_does_all_once_and_takes_nothing_back(story, town, by):
    grant = give(story, town)
    story.to(grant.ends_at - 15 * DAY)
    waits = story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.clock.push(story.card(waits.request_id).expires_at - story.clock.now() - DAY)
    for _ in range(4):
        swept_by(story, by)
        story.clock.push(DAY)

    assert story.card(waits.request_id).state is RequestState.EXPIRED
    assert story.grant_of(grant.request_id).state is GrantState.ENDED
    story.clock.push(-30 * DAY)
    assert story.decide(town.dana, waits.request_id, Approve()).reason is DenialReason.EXPIRED
    assert story.held(grant.asset_id) == frozenset()
    kinds = Counter((row.kind, row.subject_id) for row in story.rows(tables.Event))
    assert {kinds["request.expired", waits.request_id], kinds["grant.ended", grant.id]} == {1}
    assert len(story.cards_for(Audience.EXPIRY)) <= 1
    days = [(row.person_id, row.day) for row in story.rows(tables.Digest)]
    assert len(days) == len(set(days))
    assert story.database.verify().sound


def test_what_a_sweep_comes_to_late_waits_until_its_reader_is_at_work(story, town):
    become(story, town.dana, zone="America/New_York")
    story.submit(town.ann)
    story.to("2026-01-06 12:00")  # marked for three hours later
    story.to("2026-01-07 02:00")
    assert story.digests(town.dana) == []
    story.to("2026-01-07 15:00")
    assert story.nudged(town.dana) == ["Wed 07 15:00"]


def test_what_would_come_after_its_request_has_expired_is_put_off_no_further(story, town):
    become(story, town.dana, zone="America/New_York")
    sent = story.submit(town.ann)
    story.to("2026-01-06 12:00")
    story.set(tables.Request, {"id": sent.request_id}, expires_at=story.clock.now() + DAY)
    story.to("2026-01-07 02:00")
    (mark,) = story.rows(tables.Nudge, person_id=town.dana.id)
    assert mark.due_at is None


def test_what_people_will_be_told_next_and_what_sweeps_will_do_can_be_looked_up(story, town):
    def due():
        found = story.read(sweeps.next_due)
        return found and (f"{found.at:%a %d %H:%M}", found.what)

    def step():
        at = story.read(sweeps.next_sweep)
        return at and f"{at:%a %d %H:%M}"

    assert (due(), step()) == (None, None)
    become(story, town.dana, zone="America/New_York")
    become(story, town.dov, zone="America/New_York")
    sent = story.submit(town.ann)
    assert due() == ("Tue 06 14:00", "a reminder")  # when Dana and Dov begin to work
    assert step() == "Tue 06 09:00"  # when they are marked for then
    story.wait(days=1)
    assert (due(), step()) == (("Tue 06 14:00", "a reminder"), "Tue 06 14:00")
    story.decide(town.dov, sent.request_id, Approve())
    assert due() == ("Thu 08 09:00", "a reminder")  # Ann is asked whether it works
    assert step() == "Tue 06 09:10"  # the end of the undo window, of which nobody is told
    story.wait(minutes=11)
    assert step() == "Thu 08 09:00"
    story.do(requests.say_works, sent.request_id, works=True, by=town.ann)
    assert (due(), step()) == (("Thu 29 09:00", "a warning before access ends"), "Thu 29 09:00")


# --- what is posted late ----------------------------------------------------------------------------


def moment(story, digest):
    """When a digest may be posted, in Berlin's time; None if never."""
    at = story.do(nudges.place_digest, digest.id)
    return None if at is None else f"{at.astimezone(ZoneInfo('Europe/Berlin')):%a %d %H:%M}"


def first_digest(story, who):
    return min(story.rows(tables.Digest, person_id=who.id), key=lambda row: row.created_at)


def test_a_digest_about_what_was_decided_meanwhile_asks_its_reader_nothing_else(story, town):
    offer = {"kind": RequestKind.INVITATION, "requesting_id": BRAND, "deciding_id": AGENCY}
    sent = story.submit(town.dana, **offer)
    story.wait(days=1)
    digest = first_digest(story, town.ann)
    assert moment(story, digest) is not None
    story.decide(town.abe, sent.request_id, Approve())
    assert moment(story, digest) is None, "whether it works is another question"


@pytest.mark.covers("F17")
def test_a_digest_that_waits_for_the_morning_is_the_one_of_that_day(story, town):
    story.submit(town.ann)
    story.live(until="2026-01-06 12:00")
    assert moment(story, first_digest(story, town.dana)) == "Tue 06 12:00", "by day it may be posted"
    story.submit(town.ann, item(Kind.PAGE, PAGE))  # due on Wednesday at noon
    story.to("2026-01-06 22:00")
    assert moment(story, first_digest(story, town.dana)) == "Wed 07 09:00"
    story.live(until="2026-01-08 09:30")
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Thu 08 09:00"]


def test_a_digest_that_comes_late_to_a_day_that_has_one_waits_for_the_next(story, town):
    story.submit(town.ann)
    story.live(until="2026-01-06 12:00")
    story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.live(until="2026-01-07 12:30")
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Wed 07 12:00"]
    first = first_digest(story, town.dana)
    assert moment(story, first) == "Thu 08 09:00"
    (moved,) = story.rows(tables.Digest, id=first.id)
    assert (first.day, moved.day) == ("2026-01-06", "2026-01-08")


def test_a_digest_is_read_by_who_decides_on_what_it_shows_and_by_nobody_else(story, town):
    story.submit(town.ann)
    make.asset(story.database, TEN[0], kind=Kind.AD_ACCOUNT, name="Plan", owner=AGENCY)
    of_theirs = {"requesting_id": BRAND, "deciding_id": AGENCY}
    story.submit(town.dana, item(Kind.AD_ACCOUNT, TEN[0]), **of_theirs)
    story.live(until="2026-01-06 10:00")
    for whose in (town.dana, town.ann):
        (digest,) = story.rows(tables.Digest, person_id=whose.id)
        may = [
            who
            for who in (town.dana, town.ann)
            if story.read(
                readers.reading,
                digest.id,
                Audience.DIGEST,
                readers.Place(team_id=who.team, user_id=who.user),
            )
            is readers.Reading.MAY
        ]
        assert may == [whose]


def test_a_digest_for_somebody_who_can_no_longer_decide_is_not_posted(story, town):
    sent = story.submit(town.ann)
    story.live(until="2026-01-06 10:00")
    danas, dovs = first_digest(story, town.dana), first_digest(story, town.dov)
    become(story, town.dov, role=Role.EMPLOYEE)
    assert moment(story, dovs) is None
    assert moment(story, danas) is not None
    story.decide(town.dana, sent.request_id, Decline())
    assert moment(story, danas) is None
