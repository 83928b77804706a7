"""Nudges: who must decide is reminded in their own working hours, in one digest a day, and not for ever.

The story begins on Monday, 5 January 2026, at 10:00 in Berlin, where everybody is unless a test says so.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from zoneinfo import ZoneInfo

import make
import pytest
from make import AGENCY, BRAND, BRAND_TEAM, EPOCH, PAGE, PIXEL, item, write
from story import Story

from bot.domain.assets import Kind
from bot.domain.calendar import last_call, working_time
from bot.domain.messages import Audience, EffectKind
from bot.domain.policy import DenialReason, Role, Status
from bot.domain.requests import Approve, Decline, RequestState
from bot.services import nudges, sweeps
from bot.services.context import act
from bot.services.requests import submit_draft as send_draft
from bot.store import outbox, tables
from bot.store.database import Database

TEN = [f"act_3{number:03d}" for number in range(10)]


# --- when --------------------------------------------------------------------------------------------


def test_approvers_are_nudged_after_one_and_three_days_and_a_day_before_it_expires(story, town):
    story.ask(town.ann)
    story.live(until=story.begins + timedelta(days=15))
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Thu 08 10:00", "Fri 16 10:00"], (
        "nobody works on Sunday the 18th, the day before it expires, so it is Friday"
    )
    assert story.nudged(town.dov) == story.nudged(town.dana)
    assert story.nudged(town.emil) == story.nudged(town.ann) == []


def test_a_new_request_itself_is_one_card_and_no_digest(story, town):
    sent = story.ask(town.ann)
    story.wait(hours=23)
    assert story.cards_for(Audience.APPROVERS, sent.request_id) == ["CBRAND"]
    assert story.digests(town.dana) == []


@pytest.mark.parametrize(
    ("zone", "comes"),
    [
        ("Europe/Berlin", "Tue 06 10:00"),
        ("America/New_York", "Tue 06 15:00"),
        ("Asia/Tokyo", "Wed 07 01:00"),
        ("Pacific/Auckland", "Tue 06 21:00"),
    ],
)
def test_a_nudge_comes_in_the_recipients_own_working_hours(story, town, zone, comes):
    story.set(tables.Person, {"id": town.dana.id}, zone=zone)
    story.ask(town.ann)
    story.live(until=story.begins + timedelta(days=2))
    assert story.nudged(town.dana) == [comes]


def test_somebody_without_a_zone_works_in_that_of_the_business(story, town):
    story.set(tables.Person, {"id": town.dana.id}, zone=None)
    story.set(tables.BusinessRow, {"id": BRAND}, zone="Asia/Tokyo")
    story.ask(town.ann)
    story.live(until=story.begins + timedelta(days=2))
    assert story.nudged(town.dana) == ["Wed 07 01:00"]


def test_nobody_is_nudged_on_a_weekend_or_a_day_off(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, days_off="2026-01-12,2026-01-13")
    story.to("2026-01-09 15:00")
    story.ask(town.ann)
    story.live(days=6)
    assert story.nudged(town.dana) == ["Wed 14 09:00"], "Saturday, Monday and one nudge are one morning"


def test_a_day_off_declared_after_the_nudge_was_due_puts_it_off_too(story, town):
    story.ask(town.ann)
    story.to("2026-01-06 08:00")
    story.set(tables.BusinessRow, {"id": BRAND}, days_off="2026-01-06")
    story.live(until=story.begins + timedelta(days=2))
    assert story.nudged(town.dana) == ["Wed 07 09:00"]


def test_the_week_and_the_hours_are_those_of_the_business(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, hours="Sun-Thu 12:00-14:00")
    story.to("2026-01-08 15:00")
    story.ask(town.ann)
    story.live(days=4)
    assert story.nudged(town.dana)[0] == "Sun 11 12:00"


@pytest.mark.covers("F34")
@pytest.mark.parametrize(
    ("requested", "comes"),
    [
        pytest.param("2026-03-27 16:30", "Mon 30 09:00", id="the clocks go forward on Sunday"),
        pytest.param("2026-10-23 16:30", "Mon 26 09:00", id="the clocks go back on Sunday"),
    ],
)
def test_over_a_change_of_the_clocks_nine_o_clock_is_nine_o_clock_and_comes_once(
    story, town, requested, comes
):
    story.to(requested)
    story.ask(town.ann)
    story.live(days=3.5, hours=0.5)
    assert story.nudged(town.dana)[0] == comes
    assert len(story.nudged(town.dana)) == 1


@pytest.mark.covers("F34")
def test_an_hour_that_the_change_of_clocks_skips_or_repeats_nudges_once(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, hours="Sat-Sun 02:00-03:00", expires_days=300)
    for requested in ("2026-03-27 12:00", "2026-10-23 12:00"):
        story.to(requested)
        story.ask(town.ann, item(Kind.PAGE, PAGE) if "03-27" in requested else item(Kind.PIXEL, PIXEL))
        story.live(days=3, hours=0.5)
    at = story.nudged(town.dana)
    assert [one for one in at if one.startswith("Sun 25")] == ["Sun 25 02:00"], "not again an hour later"
    assert len(at) == len({one[:6] for one in at})


def test_the_last_nudge_is_moved_to_a_day_on_which_they_still_can():
    berlin = working_time(hours="09:00-17:00", days_off="2026-01-16", zone="Europe/Berlin", otherwise="UTC")
    monday = EPOCH + timedelta(days=14)  # 19 January; the Friday before is a day off
    day, hour = timedelta(days=1), timedelta(hours=1)

    def last(before, leaving=8 * hour):
        return last_call(before, berlin, ahead=day, leaving=leaving)

    assert last(monday) == monday - 4 * day, "an hour on Monday morning is too little"
    assert last(monday, leaving=hour) == monday - day
    assert last(monday - 4 * day) == monday - 5 * day


def test_what_expires_within_a_day_is_not_nudged_about(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, expires_days=1)
    story.ask(town.ann)
    story.live(until=story.begins + timedelta(days=2))
    assert story.digests(town.dana) == []


# --- one digest a day --------------------------------------------------------------------------------


def request_for_each(story, town, assets):
    requested = []
    for asset in assets:
        make.asset(story.database, asset, kind=Kind.AD_ACCOUNT, name=asset, owner=BRAND)
        requested.append(story.ask(town.ann, item(Kind.AD_ACCOUNT, asset)).request_id)
        story.clock.push(timedelta(minutes=1))
    return requested


def test_all_that_waits_for_somebody_is_one_digest_of_up_to_ten_and_the_rest_comes_the_next_morning(
    story, town
):
    requested = request_for_each(story, town, [*TEN, "act_4001", "act_4002"])
    story.live(until=story.begins + timedelta(days=2))
    (tuesday, first), (wednesday, rest) = story.digests(town.dana)
    assert (first, rest) == (requested[:10], requested[10:]), "those that expire first come first"
    assert f"{tuesday:%a %H} {wednesday:%a %H}" == "Tue 09 Wed 08", "the next morning at nine in Berlin"
    assert len(story.cards_for(Audience.DIGEST)) == 4, "two each, for two people"


def test_requests_made_in_a_row_are_one_digest_though_the_first_is_due_before_the_others(story, town):
    requested = request_for_each(story, town, TEN[:4])
    story.live(days=1)
    assert [items for _, items in story.digests(town.dana)] == [requested]


def test_a_nudge_that_the_weekend_put_off_to_the_day_of_the_next_one_comes_once(story, town):
    story.to("2026-01-09 15:00")
    story.ask(town.ann)  # due on Saturday and on Monday at 15:00
    story.live(days=5)
    assert story.nudged(town.dana) == ["Mon 12 09:00"]


def test_nobody_gets_two_digests_on_one_day_of_theirs(story, town):
    story.ask(town.ann)
    story.wait(hours=5)
    story.ask(town.ann, item(Kind.PAGE, PAGE))
    story.live(until=story.begins + timedelta(days=2))
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Wed 07 09:00"]


def test_an_approver_of_two_businesses_gets_one_digest_and_the_days_off_of_each(story, town, database):
    make.business(database, make.OTHER, name="Other", team=BRAND_TEAM, days_off="2026-01-06")
    make.member(database, town.dana.id, of=make.OTHER)
    make.asset(database, "act_666", kind=Kind.AD_ACCOUNT, name="Other's", owner=make.OTHER)
    mine = story.ask(town.ann).request_id
    others = story.ask(town.ann, item(Kind.AD_ACCOUNT, "act_666"), deciding_id=make.OTHER).request_id
    story.live(until=story.begins + timedelta(days=2))
    assert [items for _, items in story.digests(town.dana)] == [[mine], [others]]
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Wed 07 09:00"]


def test_a_digest_is_a_card_that_follows_each_of_its_requests(story, town):
    first, second = story.ask(town.ann), story.ask(town.ann, item(Kind.PAGE, PAGE))
    story.wait(days=1)
    (digest,) = story.rows(tables.Digest, person_id=town.dana.id)
    (card,) = story.rows(tables.Card, audience=Audience.DIGEST, subject_id=digest.id)
    assert (card.team_id, card.user_id) == (town.dana.team, town.dana.user)
    for number, one in enumerate((first, second), start=1):
        story.decide(town.dov, one.request_id, Approve())
        updates = story.effects(EffectKind.UPDATE_CARD, card_id=card.id)
        assert len(updates) == number
        assert updates[0].subject_id == digest.id


def test_the_sender_of_a_digest_knows_what_was_decided_meanwhile(story, town):
    first, second = story.ask(town.ann), story.ask(town.ann, item(Kind.PAGE, PAGE))
    story.wait(days=1)
    story.decide(town.dov, first.request_id, Decline())
    (digest,) = story.rows(tables.Digest, person_id=town.dana.id)
    view = story.database.read_sync(act, nudges.digest_card, digest.id, now=story.clock.now())
    assert view.person == "Dana"
    assert {one.request.id for one in view.items if one.request.state.is_open} == {second.request_id}
    with pytest.raises(KeyError):
        story.database.read_sync(act, nudges.digest_card, "1", now=story.clock.now())


def test_each_nudge_is_an_event_that_the_other_side_does_not_see(story, town):
    sent = story.ask(town.ann)
    story.wait(days=1)
    assert story.history(town.dana, sent.request_id) == ["request.pending", *["request.nudged"] * 2]
    assert story.history(town.ann, sent.request_id) == ["request.pending"]


# --- whom --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "over",
    [
        pytest.param(lambda story, town, one: story.decide(town.dov, one, Approve()), id="approved"),
        pytest.param(lambda story, town, one: story.decide(town.dov, one, Decline()), id="declined"),
        pytest.param(lambda story, town, one: story.cancel(town.abe, one), id="cancelled"),
    ],
)
def test_nobody_is_nudged_about_what_is_over(story, town, over):
    sent = story.ask(town.ann)
    story.to("2026-01-06 08:59")
    over(story, town, sent.request_id)
    story.live(until=story.begins + timedelta(days=15), hours=6)
    assert story.digests(town.dana) == story.digests(town.dov) == []


def test_what_is_decided_between_its_mark_and_the_digest_is_left_out(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, zone="America/New_York")
    for who in (town.dana, town.dov):
        story.set(tables.Person, {"id": who.id}, zone="America/New_York")
    first, second = story.ask(town.ann), story.ask(town.ann, item(Kind.PAGE, PAGE))
    story.to("2026-01-06 12:00")  # marked, and New York is still asleep
    story.decide(town.dov, first.request_id, Approve())
    story.live(until=story.begins + timedelta(days=2))
    assert [items for _, items in story.digests(town.dana)] == [[second.request_id]]


def test_somebody_who_approved_is_not_nudged_and_the_others_are(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    story.live(until=story.begins + timedelta(days=2))
    assert (story.nudged(town.dana), story.nudged(town.dov)) == ([], ["Tue 06 10:00"])


@pytest.mark.parametrize(
    ("table", "change"),
    [
        (tables.Membership, {"role": Role.EMPLOYEE}),
        (tables.Membership, {"shared": True}),
        (tables.Person, {"deactivated": True}),
        (tables.Person, {"guest": True}),
        (tables.Person, {"stranger": True}),
    ],
)
@pytest.mark.parametrize("when", ["2026-01-05 12:00", "2026-01-06 12:00"])
def test_somebody_who_can_no_longer_decide_is_not_nudged_even_if_marked_before(
    story, town, table, change, when
):
    key = "person_id" if table is tables.Membership else "id"
    for who in (town.dana, town.dov):
        story.set(tables.Person, {"id": who.id}, zone="America/New_York")
    story.ask(town.ann)
    story.to(when)  # before or after the mark, while New York sleeps
    story.set(table, {key: town.dana.id}, **change)
    story.live(until=story.begins + timedelta(days=2))
    assert (story.nudged(town.dana), story.nudged(town.dov)) == ([], ["Tue 06 15:00"])


def test_nobody_is_nudged_about_what_they_requested_or_drafted_or_where_they_are_on_both_sides(
    story, town, database
):
    both = make.someone(
        database, 7, name="Bob", team=BRAND_TEAM, roles={BRAND: Role.ADMIN, AGENCY: Role.EMPLOYEE}
    )
    saved = story.ask(town.eva)
    write(
        database, act, send_draft, saved.draft_id, by=town.ann.by(), expected_version=1, now=story.clock.now()
    )
    for mover in (town.ann, town.eva):  # who changes sides afterwards still decides nothing of it
        story.set(tables.Membership, {"person_id": mover.id}, business_id=BRAND, role=Role.ADMIN)
        story.set(tables.Person, {"id": mover.id}, team_id=BRAND_TEAM)
    story.live(until=story.begins + timedelta(days=4))
    assert [story.digests(one) for one in (both, town.ann, town.eva)] == [[], [], []]
    assert len(story.digests(town.dana)) == 2


def test_nobody_is_nudged_while_their_business_can_decide_nothing(story, town):
    story.ask(town.ann)
    story.set(tables.BusinessRow, {"id": BRAND}, status=Status.RESTRICTED)
    story.live(until=story.begins + timedelta(days=2))
    assert story.digests(town.dana) == []
    story.set(tables.BusinessRow, {"id": BRAND}, status=Status.ACTIVE)
    story.live(until=story.begins + timedelta(days=4))
    assert story.nudged(town.dana) == ["Thu 08 10:00"]


# --- what they say to it -----------------------------------------------------------------------------


def test_a_snooze_lasts_to_the_next_working_morning_and_for_nobody_else(story, town):
    sent = story.ask(town.ann)
    story.live(until=story.begins + timedelta(days=1))
    snoozed = story.snooze(town.dana, sent.request_id)
    assert f"{snoozed.until:%a %H:%M}" == "Wed 08:00", "nine in Berlin"
    (digest,) = story.rows(tables.Digest, person_id=town.dana.id)
    view = story.database.read_sync(act, nudges.digest_card, digest.id, now=story.clock.now())
    assert view.items[0].snoozed_until == snoozed.until
    assert story.effects(EffectKind.UPDATE_CARD, subject_id=digest.id), "its card follows"
    story.live(until=story.begins + timedelta(days=2.5))
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Wed 07 09:00"]
    assert story.nudged(town.dov) == ["Tue 06 10:00"]


def test_a_nudge_that_falls_into_a_snooze_waits_for_its_end(story, town):
    sent = story.ask(town.ann)
    story.to("2026-01-08 08:30")
    story.snooze(town.dov, sent.request_id)
    story.live(until="2026-01-09 12:00")
    assert (story.nudged(town.dana)[0], story.nudged(town.dov)) == ("Thu 08 09:00", ["Fri 09 09:00"])


def test_a_snooze_never_reaches_past_expiry(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, expires_days=3)
    story.to("2026-01-06 18:00")
    sent = story.ask(town.ann)  # expires on Friday at 18:00
    story.live(days=2.7)
    before = story.nudged(town.dana)
    assert before == ["Thu 08 09:00", "Fri 09 09:00"]
    assert story.snooze(town.dana, sent.request_id).until is None
    story.live(days=5, hours=3)
    assert story.nudged(town.dana) == before
    assert story.card(sent.request_id).state is RequestState.EXPIRED


def test_an_acknowledgement_rests_the_nudges_of_the_others_for_a_day_and_not_ones_own(story, town):
    sent = story.ask(town.ann)
    story.to("2026-01-06 09:30")
    acknowledged_by = story.acknowledge(town.dov, sent.request_id)
    assert (acknowledged_by.others, f"{acknowledged_by.until:%a %d %H:%M}") == (1, "Wed 07 08:30")
    assert [one.name for one in story.card(sent.request_id).acknowledged_by] == ["Dov"]
    (card,) = story.rows(tables.Card, audience=Audience.APPROVERS)
    assert story.effects(EffectKind.UPDATE_CARD, card_id=card.id)
    story.live(until=story.begins + timedelta(days=2))
    assert (story.nudged(town.dana), story.nudged(town.dov)) == (["Wed 07 10:00"], ["Tue 06 10:00"])
    assert story.card(sent.request_id).acknowledged_by == ()


def test_an_acknowledgement_of_somebody_else_is_not_shown_as_ones_own_snooze(story, town):
    sent = story.ask(town.ann)
    story.wait(days=1)
    story.acknowledge(town.dov, sent.request_id)
    (digest,) = story.rows(tables.Digest, person_id=town.dana.id)
    view = story.database.read_sync(act, nudges.digest_card, digest.id, now=story.clock.now())
    assert view.items[0].snoozed_until is None


def test_an_admin_who_joins_after_an_acknowledgement_is_not_nudged_either(story, town, database):
    sent = story.ask(town.ann)
    story.to("2026-01-06 09:30")
    story.acknowledge(town.dov, sent.request_id)
    dia = make.someone(database, 7, name="Dia", team=BRAND_TEAM, roles={BRAND: Role.ADMIN})
    story.to("2026-01-06 11:00")
    assert story.digests(dia) == []


@pytest.mark.covers("T34")
def test_a_requester_reminds_once_a_day(story, town):
    sent = story.ask(town.ann)
    reminded = story.remind(town.abe, sent.request_id)
    assert reminded.people == 2
    story.sweep()
    assert story.nudged(town.dana) == ["Mon 05 10:00"]
    story.wait(hours=23)
    again = story.remind(town.ann, sent.request_id)
    assert again.reason is DenialReason.REMINDED_ALREADY
    assert story.card(sent.request_id).remind_after == again.at
    story.wait(hours=1)
    assert story.remind(town.ann, sent.request_id).people == 2


def test_a_reminder_joins_the_next_digest_if_one_went_today(story, town):
    sent = story.ask(town.ann)
    story.live(until=story.begins + timedelta(days=1))
    assert story.nudged(town.dana) == ["Tue 06 10:00"]
    story.remind(town.ann, sent.request_id)
    story.live(until=story.begins + timedelta(days=2))
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Wed 07 09:00"]


VERBS = {"snooze": Story.snooze, "look": Story.acknowledge, "remind": Story.remind}


@pytest.mark.parametrize(("verb", "whose"), [("snooze", "dana"), ("look", "dana"), ("remind", "ann")])
def test_each_is_denied_to_strangers_to_employees_to_the_other_side_and_after_the_decision(
    story, town, verb, whose
):
    do, own = VERBS[verb], getattr(town, whose)
    other, employee = (town.ann, town.emil) if own is town.dana else (town.dana, town.eva)
    sent = story.ask(town.ann)
    assert do(story, other, sent.request_id).reason is DenialReason.NOT_MEMBER
    assert do(story, employee, sent.request_id).reason is DenialReason.NOT_ADMIN
    assert do(story, own, "123").reason is DenialReason.UNKNOWN_REQUEST
    story.decide(town.dov, sent.request_id, Approve())
    late = do(story, own, sent.request_id)
    assert (late.reason, late.by) == (DenialReason.ALREADY_OVER, "Dov")
    other_one = story.ask(town.ann, item(Kind.PAGE, PAGE))
    story.clock.push(timedelta(days=14))  # and no sweep has come yet
    assert do(story, own, other_one.request_id).reason is DenialReason.EXPIRED
    denied = [row for row in story.rows(tables.Event) if row.kind == "denied"]
    assert len(denied) == 5, "each denial is an event"


@pytest.mark.parametrize("verb", ["snooze", "look"])
def test_somebody_on_both_sides_cannot_keep_the_others_from_being_nudged(story, town, database, verb):
    both = make.someone(
        database, 7, name="Bob", team=BRAND_TEAM, roles={BRAND: Role.ADMIN, AGENCY: Role.EMPLOYEE}
    )
    sent = story.ask(town.ann)
    assert VERBS[verb](story, both, sent.request_id).reason is DenialReason.BOTH_SIDES
    story.set(tables.Membership, {"person_id": town.ann.id}, business_id=BRAND)
    story.set(tables.Person, {"id": town.ann.id}, team_id=BRAND_TEAM)
    moved = make.Someone(id=town.ann.id, team=BRAND_TEAM, user=town.ann.user, name="Ann")
    assert VERBS[verb](story, moved, sent.request_id).reason is DenialReason.OWN_REQUEST


# --- outages, replicas, clocks -----------------------------------------------------------------------


def test_after_an_outage_of_days_there_is_one_nudge_and_not_twelve(story, town):
    story.ask(town.ann)
    story.to("2026-01-14 11:00")  # nothing ran for nine days
    story.live(days=1)
    assert story.nudged(town.dana) == ["Wed 14 11:00"]


def test_after_an_outage_beyond_expiry_there_is_no_nudge_at_all(story, town):
    sent = story.ask(town.ann)
    story.to("2026-02-20 11:00")
    assert story.card(sent.request_id).state is RequestState.EXPIRED
    assert story.digests(town.dana) == []
    assert story.cards_for(Audience.EXPIRY) == []


def test_two_sweepers_at_once_nudge_nobody_twice(database_url, clock):
    with Database.open(database_url, clock=clock) as one, Database.open(database_url, clock=clock) as two:
        story = Story(one, clock)
        town = make.town(one)
        people = [town.dana, town.dov] + [
            make.someone(one, 20 + n, name=f"Admin{n}", team=BRAND_TEAM, roles={BRAND: Role.ADMIN})
            for n in range(20)
        ]
        request_for_each(story, town, TEN)
        for hours in (24, 48):
            clock.push(timedelta(hours=hours))
            together(one, two, clock=clock)
        for who in people:
            assert [len(items) for _, items in story.digests(who)] == [10, 10]
        assert len(story.cards_for(Audience.DIGEST)) == 2 * len(people)
        told = [row for row in story.rows(tables.Event) if row.kind == "request.nudged"]
        assert len(told) == 2 * 10 * len(people)


def together(*stores, clock):
    """Run the sweeps in steps of three rows, on each store in a thread of its own, at the same time."""
    start = threading.Barrier(len(stores))
    failed = []

    def run(store):
        try:
            start.wait(10)
            for sweep in sweeps.BUSINESS_SWEEPS:
                while write(store, act, sweep, now=clock.now(), limit=3) >= 3:
                    pass
        except Exception as error:  # noqa: BLE001 - shown by the test
            failed.append(error)

    threads = [threading.Thread(target=run, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed


@pytest.mark.covers("F5")
def test_a_sweep_that_dies_in_the_middle_leaves_nothing_half_done(story, town, monkeypatch):
    sent = story.ask(town.ann)
    story.clock.push(timedelta(days=1))
    write(story.database, act, nudges.nudge_due, now=story.clock.now())
    whole, calls = outbox.put_card, []

    def die_at_the_second(*args, **kwargs):
        calls.append(kwargs)
        if len(calls) == 2:
            raise ZeroDivisionError
        return whole(*args, **kwargs)

    monkeypatch.setattr(outbox, "put_card", die_at_the_second)
    with pytest.raises(ZeroDivisionError):
        write(story.database, act, nudges.digest_due, now=story.clock.now())
    assert story.rows(tables.Digest) == []
    assert story.cards_for(Audience.DIGEST) == []
    story.sweep()
    story.sweep()
    assert [items for _, items in story.digests(town.dana)] == [[sent.request_id]]
    assert [items for _, items in story.digests(town.dov)] == [[sent.request_id]]


@pytest.mark.covers("F33")
def test_the_clock_going_back_arms_nothing_again_and_sends_no_second_digest_for_a_day(story, town):
    sent = story.ask(town.ann)
    story.live(until=story.begins + timedelta(days=1))
    story.wait(hours=-26)
    assert story.nudged(town.dana) == ["Tue 06 10:00"]
    story.live(until=story.begins + timedelta(days=1.5))
    assert story.nudged(town.dana) == ["Tue 06 10:00"]
    story.remind(town.ann, sent.request_id)
    story.live(until=story.begins + timedelta(days=2))
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Wed 07 09:00"]


@pytest.mark.covers("F33")
def test_what_expired_stays_so_when_the_clock_goes_back(story, town):
    sent = story.ask(town.ann)
    story.to("2026-01-19 11:00")
    story.wait(days=-10)
    assert story.card(sent.request_id).state is RequestState.EXPIRED
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.EXPIRED
    story.live(days=9, hours=6)
    assert story.digests(town.dana) == []


def test_what_the_clock_will_do_next_can_be_looked_up(story, town):
    def due():
        found = story.database.read_sync(act, sweeps.next_due, now=story.clock.now())
        return found and (f"{found.at:%a %d %H:%M}", found.what)

    assert due() is None
    sent = story.ask(town.ann)
    assert due() == ("Tue 06 09:00", "reminders for a request that waits")
    story.set(tables.Person, {"id": town.dana.id}, zone="America/New_York")
    story.wait(days=1)
    assert due() == ("Tue 06 14:00", "a nudge")
    story.decide(town.dov, sent.request_id, Approve())
    assert due() == ("Tue 06 09:10", "the end of an undo window")
    story.wait(minutes=11)
    assert due() == ("Thu 29 09:00", "a warning before access ends")


# --- expiry ------------------------------------------------------------------------------------------


def test_the_requester_is_told_once_a_day_before_it_expires(story, town):
    sent = story.ask(town.ann)
    story.live(until=story.begins + timedelta(days=12.9), hours=6)
    assert story.cards_for(Audience.EXPIRY) == []
    story.live(until=story.begins + timedelta(days=13.9), hours=6)
    assert story.cards_for(Audience.EXPIRY, sent.request_id) == [town.ann.user]
    story.wait(days=1)
    assert story.cards_for(Audience.EXPIRY) == [town.ann.user]
    (card,) = story.rows(tables.Card, audience=Audience.EXPIRY)
    assert story.effects(EffectKind.UPDATE_CARD, card_id=card.id), "it follows: it says that it expired"


@pytest.mark.covers("F19")
@pytest.mark.parametrize(
    ("table", "change"),
    [
        pytest.param(tables.Person, {"deactivated": True}, id="left Slack"),
        pytest.param(tables.Membership, {"role": Role.EMPLOYEE}, id="is no admin any more"),
    ],
)
def test_where_the_requester_can_no_longer_act_another_admin_is_told(story, town, table, change):
    sent = story.ask(town.ann)
    key = "person_id" if table is tables.Membership else "id"
    story.set(table, {key: town.ann.id}, **change)
    story.wait(days=13, hours=1)
    assert story.cards_for(Audience.EXPIRY, sent.request_id) == [town.abe.user]
    assert story.remind(town.abe, sent.request_id).people == 2


def test_the_requester_is_not_told_of_what_is_decided_or_expires_at_once(story, town):
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Decline())
    story.set(tables.BusinessRow, {"id": BRAND}, expires_days=1)
    story.ask(town.ann, item(Kind.PAGE, PAGE))
    story.live(until=story.begins + timedelta(days=15), hours=6)
    assert story.cards_for(Audience.EXPIRY) == []


# --- what is posted late ----------------------------------------------------------------------------


def moment(story, who):
    """When the digest of somebody may be posted, in Berlin's time; None if never."""
    (digest,) = story.rows(tables.Digest, person_id=who.id)
    at = write(story.database, act, nudges.place_digest, digest.id, now=story.clock.now())
    return None if at is None else f"{at.astimezone(ZoneInfo('Europe/Berlin')):%a %d %H:%M}"


def test_a_digest_that_comes_to_be_posted_at_night_waits_for_the_morning(story, town):
    story.ask(town.ann)
    story.live(until="2026-01-06 10:00")
    assert moment(story, town.dana) == "Tue 06 10:00"
    story.clock.push(timedelta(hours=12))
    assert moment(story, town.dana) == "Wed 07 09:00"


@pytest.mark.covers("F17")
def test_a_digest_that_waits_for_the_morning_is_the_one_of_that_day(story, town):
    story.ask(town.ann)
    story.live(until="2026-01-06 12:00")
    story.ask(town.ann, item(Kind.PAGE, PAGE))  # due on Wednesday at noon
    story.to("2026-01-06 22:00")
    assert moment(story, town.dana) == "Wed 07 09:00"
    story.live(until="2026-01-08 09:30")
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Thu 08 09:00"]


def test_a_digest_that_comes_late_to_a_day_that_has_one_waits_for_the_next(story, town):
    story.ask(town.ann)
    story.live(until="2026-01-06 12:00")
    (first,) = story.rows(tables.Digest, person_id=town.dana.id)
    story.ask(town.ann, item(Kind.PAGE, PAGE))
    story.live(until="2026-01-07 12:30")
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Wed 07 12:00"]
    at = write(story.database, act, nudges.place_digest, first.id, now=story.clock.now())
    assert f"{at:%a %d %H:%M}" == "Thu 08 08:00", "nine in Berlin"
    (moved,) = story.rows(tables.Digest, id=first.id)
    assert (first.day, moved.day) == ("2026-01-06", "2026-01-08")


def test_a_digest_for_somebody_who_can_no_longer_decide_is_not_posted(story, town):
    sent = story.ask(town.ann)
    story.live(until="2026-01-06 10:00")
    story.set(tables.Membership, {"person_id": town.dov.id}, role=Role.EMPLOYEE)
    assert moment(story, town.dov) is None
    assert moment(story, town.dana) is not None
    story.decide(town.dana, sent.request_id, Decline())
    assert moment(story, town.dana) is None
