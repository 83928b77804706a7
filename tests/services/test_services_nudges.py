"""Nudges: who must decide is reminded in their own working hours, and not for ever.

The story begins on Monday, 5 January 2026, at 10:00 in Berlin, where everybody is unless a test says so.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, PAGE, item, write
from steps import ADMIN, DAY, MINUTE, become, denied, give, run, told
from story import Story

from bot.domain.actors import Role, Status
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, Decline, RequestState, Term
from bot.services import nudges, partnerships, requests
from bot.services.context import MOST_WORK, act
from bot.services.results import Denied
from bot.store import tables

BERLIN = "Europe/Berlin"


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN))


def set_brand(story, **values):
    story.set(tables.BusinessRow, {"id": BRAND}, **values)


def snoozed_until(story, who):
    """Until when the only request in somebody's only digest is snoozed, as it says."""
    (digest,) = story.rows(tables.Digest, person_id=who.id)
    return story.read(nudges.digest_card, digest.id).items[0].snoozed_until


# --- when --------------------------------------------------------------------------------------------


@pytest.mark.covers("C1")
def test_approvers_are_nudged_after_one_and_three_days_and_a_day_before_it_expires(story, town):
    story.submit(town.ann)
    story.live(days=15)
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Thu 08 10:00", "Fri 16 10:00"], (
        "nobody works on Sunday the 18th, the day before it expires, so it is Friday"
    )
    assert story.nudged(town.dov) == story.nudged(town.dana)
    assert story.nudged(town.emil) == story.nudged(town.ann) == []


@pytest.mark.covers("F34")
@pytest.mark.parametrize(
    ("own", "policy", "requested", "days", "comes"),
    [
        (BERLIN, {}, "2026-01-05 10:00", 2, "Tue 06 10:00"),
        ("America/New_York", {}, "2026-01-05 10:00", 2, "Tue 06 15:00"),
        ("Asia/Tokyo", {}, "2026-01-05 10:00", 2, "Wed 07 01:00"),
        ("Pacific/Auckland", {}, "2026-01-05 10:00", 2, "Tue 06 21:00"),
        (None, {"zone": "Asia/Tokyo"}, "2026-01-05 10:00", 2, "Wed 07 01:00"),
        (BERLIN, {"days_off": "2026-01-12,2026-01-13"}, "2026-01-09 15:00", 6, "Wed 14 09:00"),
        (BERLIN, {"hours": "Sun-Thu 12:00-14:00"}, "2026-01-08 15:00", 3, "Sun 11 12:00"),
        (BERLIN, {}, "2026-01-09 15:00", 5, "Mon 12 09:00"),
        (BERLIN, {}, "2026-03-27 16:30", 3.5, "Mon 30 09:00"),
        (BERLIN, {}, "2026-10-23 16:30", 3.5, "Mon 26 09:00"),
        (BERLIN, {}, "2028-02-28 15:00", 2, "Tue 29 15:00"),
    ],
    ids=[
        *("at home", "west", "east", "far east", "in no zone", "days off", "hours of its own", "a weekend"),
        *("clocks go forward", "clocks go back", "a leap day"),
    ],
)
def test_a_nudge_comes_in_the_recipients_own_working_hours_on_a_working_day_of_the_business_and_once(
    story, town, own, policy, *, requested, days, comes
):
    become(story, town.dana, zone=own)
    set_brand(story, **{"zone": BERLIN, **policy})
    story.to(requested)
    story.submit(town.ann)
    story.live(days=days, hours=0.5)
    assert story.nudged(town.dana) == [comes]


def test_a_day_off_declared_after_the_nudge_was_due_puts_it_off_too(story, town):
    story.submit(town.ann)
    story.to("2026-01-06 08:00")
    set_brand(story, days_off="2026-01-06")
    story.live(days=2)
    assert story.nudged(town.dana)[0] == "Wed 07 09:00"


def test_what_expires_within_a_day_is_not_nudged_about(story, town):
    set_brand(story, expires_days=1)
    story.submit(town.ann)
    story.live(days=2)
    assert story.digests(town.dana) == []


@pytest.mark.parametrize(
    ("to", "comes", "state"),
    [
        ("2026-01-14 11:00", ["Wed 14 11:00"], RequestState.PENDING),
        ("2026-02-20 11:00", [], RequestState.EXPIRED),
    ],
)
def test_after_an_outage_there_is_one_nudge_and_none_beyond_expiry(story, town, to, comes, state):
    sent = story.submit(town.ann)
    story.to(to)
    story.live(days=1)
    assert (story.nudged(town.dana), story.card(sent.request_id).state) == (comes, state)
    assert story.cards_for(Audience.EXPIRY) == []


@pytest.mark.covers("C1", "R12")
@pytest.mark.parametrize(
    ("what", "when", "expires", "nudged", "warned"),
    [
        ("contract", "2026-01-09 10:00", "2026-01-13 10:00", "Mon 12 10:00", "2026-01-12 10:00"),
        ("extended", "2026-01-09 10:00", "2026-01-13 10:00", "Mon 12 10:00", "2026-01-12 10:00"),
        ("approval", "2026-01-08 16:00", "2026-01-11 10:00", "Fri 09 10:00", "2026-01-09 09:00"),
        ("contract", "2026-01-09 15:00", "2026-01-12 09:30", "Fri 09 15:00", "2026-01-11 09:30"),
    ],
    ids=["a contract", "what it extends", "a first approval", "too late for a working day before"],
)
def test_what_is_to_be_decided_sooner_is_nudged_about_and_warned_of_in_time(
    story, town, *, what, when, expires, nudged, warned
):
    until = story.clock.now() + 40 * DAY
    grant = give(story, town, item(Kind.PAGE, PAGE), term=Term.till(until))
    state = {"other_id": AGENCY, "days": 5, "by": town.dana}
    story.do(partnerships.set_contract, BRAND, ends_at=until, **state)
    if what == "extended":
        sent = story.extend(town.ann, grant.id)
    else:
        sent = story.submit(town.ann, ADMIN, term=Term.till(until))
    story.live(until=when)
    if what == "contract":
        story.do(partnerships.set_contract, BRAND, ends_at=until - 20 * DAY, **state)
        assert story.card(sent.request_id).expires_at == story.begins + 14 * DAY, "which is sooner anyway"
    if what == "approval":
        story.decide(town.dana, sent.request_id, Approve(term=Term.till(berlin(expires))))
    else:
        story.do(partnerships.set_contract, BRAND, ends_at=berlin(expires), **state)
    assert story.card(sent.request_id).expires_at == berlin(expires)
    before = len(story.nudged(town.dov))
    story.sweep()
    story.live(until=berlin(warned) - MINUTE)
    assert story.cards_for(Audience.EXPIRY) == []
    story.live(until=berlin(expires) + MINUTE)
    assert story.nudged(town.dov)[before:] == [nudged]
    assert len(story.cards_for(Audience.EXPIRY)) == 1
    assert story.card(sent.request_id).state is RequestState.EXPIRED


@pytest.mark.covers("C1")
def test_who_comes_to_decide_sooner_later_on_is_nudged_and_nobody_twice_for_the_last_time(story, town):
    until = story.clock.now() + 40 * DAY
    give(story, town, item(Kind.PAGE, PAGE))
    state = {"other_id": BRAND, "days": 5, "by": town.ann}
    story.do(partnerships.set_contract, AGENCY, ends_at=until, **state)
    story.submit(town.ann, term=Term.till(until))
    story.live(until="2026-01-09 12:00")
    for who in (town.dana, town.dov):
        become(story, who, role=Role.EMPLOYEE)
    story.do(partnerships.set_contract, AGENCY, ends_at=berlin("2026-01-13 10:00"), **state)
    story.live(until="2026-01-11 12:00")
    before = len(story.nudged(town.dov))
    become(story, town.dov, role=Role.ADMIN)
    story.live(until="2026-01-12 12:00")
    story.do(partnerships.set_contract, AGENCY, ends_at=berlin("2026-01-12 18:00"), **state)
    story.live(until="2026-01-14 10:00")
    assert story.nudged(town.dov)[before:] == ["Mon 12 10:00"]
    assert len(story.cards_for(Audience.EXPIRY)) == 1


# --- whom --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("over", ["approved", "declined", "cancelled"])
@pytest.mark.covers("C1")
def test_nobody_is_nudged_about_what_is_over(story, town, over):
    sent = story.submit(town.ann)
    story.to("2026-01-06 08:59")
    if over == "cancelled":
        story.cancel(town.abe, sent.request_id)
    else:
        story.decide(town.dov, sent.request_id, Approve() if over == "approved" else Decline())
    story.live(days=14, hours=6)
    assert story.digests(town.dana) == story.digests(town.dov) == []


def test_somebody_who_approved_is_not_nudged_and_the_others_are(story, town):
    set_brand(story, quorum=2)
    sent = story.submit(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    story.live(days=2)
    assert (story.nudged(town.dana), story.nudged(town.dov)) == ([], ["Tue 06 10:00"])


@pytest.mark.parametrize(
    "change",
    [{"role": Role.EMPLOYEE}, {"shared": True}, {"deactivated": True}, {"guest": True}, {"stranger": True}],
)
@pytest.mark.parametrize("when", ["2026-01-05 12:00", "2026-01-06 12:00"])
def test_somebody_who_can_no_longer_decide_is_not_nudged_even_if_marked_before(story, town, change, when):
    for who in (town.dana, town.dov):
        become(story, who, zone="America/New_York")
    story.submit(town.ann)
    story.to(when)  # before or after the mark, while New York sleeps
    become(story, town.dana, **change)
    story.live(until="2026-01-07 10:00")
    assert (story.nudged(town.dana), story.nudged(town.dov)) == ([], ["Tue 06 15:00"])


def test_nobody_is_nudged_about_what_they_had_a_part_in_or_where_they_are_on_both_sides(story, town, bob):
    saved = story.submit(town.eva)
    story.do(requests.submit_draft, saved.draft_id, by=town.ann, expected_version=1)
    for mover in (town.ann, town.eva):  # who changes sides afterwards still decides nothing of it
        become(story, mover, business_id=BRAND, role=Role.ADMIN)
        become(story, mover, team_id=BRAND_TEAM)
    story.live(days=4)
    assert [story.digests(one) for one in (bob, town.ann, town.eva)] == [[], [], []]
    assert len(story.digests(town.dana)) == 2


def test_nobody_is_nudged_while_their_business_can_decide_nothing(story, town):
    story.submit(town.ann)
    set_brand(story, status=Status.RESTRICTED)
    story.live(days=2)
    assert story.digests(town.dana) == []
    set_brand(story, status=Status.ACTIVE)
    story.live(days=2)
    assert story.nudged(town.dana) == ["Thu 08 10:00"]


# --- what they say to it -----------------------------------------------------------------------------


@pytest.mark.covers("C1")
def test_a_snooze_lasts_to_the_next_working_morning_and_for_nobody_else(story, town):
    sent = story.submit(town.ann)
    story.live(days=1)
    snoozed = story.snooze(town.dana, sent.request_id)
    assert f"{snoozed.until:%a %H:%M}" == "Wed 08:00", "nine in Berlin"
    assert snoozed_until(story, town.dana) == snoozed.until
    (digest,) = story.rows(tables.Digest, person_id=town.dana.id)
    assert story.effects(EffectKind.UPDATE_CARD, subject_id=digest.id), "its card follows"
    story.live(days=1.5)
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Wed 07 09:00"]
    assert story.nudged(town.dov) == ["Tue 06 10:00"]


def test_a_nudge_that_falls_into_a_snooze_waits_for_its_end(story, town):
    sent = story.submit(town.ann)
    story.to("2026-01-08 08:30")
    story.snooze(town.dov, sent.request_id)
    story.live(until="2026-01-09 12:00")
    assert (story.nudged(town.dana)[0], story.nudged(town.dov)) == ("Thu 08 09:00", ["Fri 09 09:00"])


def test_a_snooze_never_reaches_past_expiry(story, town):
    set_brand(story, expires_days=3)
    story.to("2026-01-06 18:00")
    sent = story.submit(town.ann)  # expires on Friday at 18:00
    story.live(days=2.7)
    before = story.nudged(town.dana)
    assert before == ["Thu 08 09:00", "Fri 09 09:00"]
    assert story.snooze(town.dana, sent.request_id).until is None
    story.live(days=5, hours=3)
    assert story.nudged(town.dana) == before
    assert story.card(sent.request_id).state is RequestState.EXPIRED


def test_a_snooze_until_the_very_moment_of_expiry_is_until_then(story, town):
    set_brand(story, expires_days=2)
    story.to("2026-01-06 09:00")
    sent = story.submit(town.ann)
    story.to("2026-01-07 12:00")
    assert story.snooze(town.dana, sent.request_id).until is None, "next morning at nine it is over"


def test_on_its_last_day_a_snooze_is_for_the_rest_of_it(story, town):
    set_brand(story, expires_days=3)
    story.to("2026-01-06 18:00")
    sent = story.submit(town.ann)
    story.clock.push(2.5 * DAY + 150 * MINUTE)  # Friday morning, and no sweep has come yet
    story.snooze(town.dana, sent.request_id)
    story.live(until="2026-01-09 17:30")
    assert (story.nudged(town.dana), story.nudged(town.dov)) == ([], ["Fri 09 09:00"])


@pytest.mark.covers("C1")
def test_an_acknowledgement_rests_the_nudges_of_the_others_for_a_day_and_not_ones_own(story, town):
    sent = story.submit(town.ann)
    story.to("2026-01-06 09:30")
    acknowledged = story.acknowledge(town.dov, sent.request_id)
    assert (f"{acknowledged.until:%a %d %H:%M}", acknowledged.others) == ("Wed 07 08:30", 1)
    assert [one.name for one in story.card(sent.request_id).acknowledged_by] == ["Dov"]
    dia = make.someone(story.database, 7, name="Dia", team=BRAND_TEAM, roles={BRAND: Role.ADMIN})
    story.live(until="2026-01-06 11:00")
    assert story.digests(dia) == [], "nor of somebody who joins afterwards"
    story.live(until="2026-01-07 10:00")
    assert (story.nudged(town.dana), story.nudged(town.dov)) == (["Wed 07 10:00"], ["Tue 06 10:00"])
    assert story.card(sent.request_id).acknowledged_by == ()


def test_who_has_approved_is_not_looking_at_it_any_more_and_the_others_are_reminded(story, town):
    sent = story.submit(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    story.to("2026-01-06 09:30")
    story.acknowledge(town.dana, sent.request_id)
    story.decide(town.dana, sent.request_id, Approve())
    assert story.card(sent.request_id).acknowledged_by == ()
    story.live(until="2026-01-06 11:00")
    assert (story.nudged(town.dana), story.nudged(town.dov)) == ([], ["Tue 06 10:00"])


@pytest.mark.parametrize("what", [{"role": Role.EMPLOYEE}, {"shared": True}, {"deactivated": True}])
def test_who_cannot_decide_any_more_is_not_looking_at_it_either(story, town, what):
    sent = story.submit(town.ann)
    story.to("2026-01-06 09:30")
    story.acknowledge(town.dana, sent.request_id)
    become(story, town.dana, **what)
    assert story.card(sent.request_id).acknowledged_by == ()
    story.live(until="2026-01-06 11:00")
    assert story.nudged(town.dov) == ["Tue 06 10:00"]


@pytest.mark.parametrize("verb", ["snooze", "acknowledge"])
def test_who_has_approved_already_or_cannot_decide_now_puts_nothing_off(story, town, verb):
    sent = story.submit(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    story.decide(town.dana, sent.request_id, Approve())
    do = VERBS[verb]
    assert do(story, town.dana, sent.request_id) == told(sent, DenialReason.APPROVED_ALREADY)
    assert not isinstance(do(story, town.dov, sent.request_id), Denied)
    for value, reason in (
        ({"status": Status.RESTRICTED}, DenialReason.OWN_RESTRICTED),
        ({"verified": False}, DenialReason.OWN_UNVERIFIED),
    ):
        set_brand(story, status=Status.ACTIVE, verified=True)
        set_brand(story, **value)
        assert do(story, town.dov, sent.request_id) == Denied(reason=reason)


@pytest.mark.case("5.2")
def test_acknowledging_again_and_again_puts_off_the_nudges_of_the_others_only_once(story, town):
    sent = story.submit(town.ann)
    story.to("2026-01-06 09:30")
    first = story.acknowledge(town.dana, sent.request_id)
    story.wait(hours=1)
    assert story.acknowledge(town.dana, sent.request_id).until == first.until, "it does not begin again"
    assert story.acknowledge(town.dov, sent.request_id).until > first.until, "that is each person's own"
    rest = first.until - story.clock.now()
    story.clock.push(rest)
    assert story.acknowledge(town.dana, sent.request_id).until is None, "that day is over"
    story.clock.push(-rest)
    while story.card(sent.request_id).state is RequestState.PENDING:
        story.acknowledge(town.dana, sent.request_id)
        story.live(hours=1, days=0.5)
    assert story.nudged(town.dov) == ["Wed 07 10:00", "Thu 08 10:00", "Fri 16 10:00"], "all of them"


@pytest.mark.case("5.2")
def test_an_acknowledgement_does_not_put_off_the_last_nudge(story, town):
    sent = story.submit(town.ann)
    story.live(until="2026-01-16 09:30")
    acknowledged = story.acknowledge(town.dana, sent.request_id)
    assert f"{acknowledged.until:%a %d %H:%M}" == "Fri 16 09:00", "in UTC: Friday's nudge is the last"
    story.live(until="2026-01-16 12:00")
    assert story.nudged(town.dov)[-1] == "Fri 16 10:00"
    assert story.acknowledge(town.dov, sent.request_id).until is None, "it would put off nothing"


def test_an_acknowledgement_of_somebody_else_is_not_shown_as_ones_own_snooze(story, town):
    sent = story.submit(town.ann)
    story.wait(days=1)
    story.acknowledge(town.dov, sent.request_id)
    assert snoozed_until(story, town.dana) is None


@pytest.mark.covers("T34", "C1")
def test_a_requester_reminds_once_a_day(story, town):
    sent = story.submit(town.ann)
    assert story.remind(town.abe, sent.request_id).people == 2
    story.sweep()
    assert story.nudged(town.dana) == ["Mon 05 10:00"]
    story.wait(hours=23)
    did = run(story, nudges.remind, sent.request_id, by=town.ann)
    again = denied(story, did, sent, town.ann, verb="remind", business=AGENCY)
    assert again == told(sent, DenialReason.REMINDED_ALREADY, at=story.begins + DAY)
    assert story.card(sent.request_id).remind_after == again.at
    story.wait(hours=1)
    assert story.remind(town.ann, sent.request_id).people == 2


def test_where_nobody_is_left_to_remind_it_is_not_noted_that_they_were(story, town):
    sent = story.submit(town.ann)
    story.set(tables.BusinessRow, {"id": BRAND}, status=Status.DEACTIVATED)
    assert story.remind(town.ann, sent.request_id).people == 0
    assert story.card(sent.request_id).remind_after is None
    story.set(tables.BusinessRow, {"id": BRAND}, status=Status.ACTIVE)
    assert story.remind(town.ann, sent.request_id).people == 2


VERBS = {"snooze": Story.snooze, "acknowledge": Story.acknowledge, "remind": Story.remind}


@pytest.mark.parametrize(("verb", "whose"), [("snooze", "dana"), ("acknowledge", "dana"), ("remind", "ann")])
def test_each_is_denied_to_employees_to_the_other_side_and_after_the_decision(story, town, verb, whose):
    do, own = getattr(nudges, verb), getattr(town, whose)
    other, employee = (town.ann, town.emil) if whose == "dana" else (town.dana, town.eva)
    ours = BRAND if whose == "dana" else AGENCY
    first, second = story.submit(town.ann), story.submit(town.ann, item(Kind.PAGE, PAGE))

    def no(by, about, business=None, role=Role.ADMIN):
        did = run(story, do, about if isinstance(about, str) else about.request_id, by=by)
        role = role if business else None
        return denied(story, did, about, by, verb=verb, business=business, role=role)

    assert no(other, first) == Denied(reason=DenialReason.NOT_MEMBER)
    admins = ("Dana", "Dov") if whose == "dana" else ("Abe", "Ann")
    assert no(employee, first, ours, Role.EMPLOYEE) == Denied(reason=DenialReason.NOT_ADMIN, people=admins)
    assert no(own, "123") == Denied(reason=DenialReason.UNKNOWN_REQUEST)
    story.decide(town.dov, first.request_id, Approve())
    over = {"state": RequestState.APPROVED, "by": "Dov", "at": story.clock.now()}
    assert no(own, first, ours) == told(first, DenialReason.ALREADY_OVER, **over)
    expires_at = story.card(second.request_id).expires_at
    story.clock.push(expires_at - story.clock.now())
    late = {"state": RequestState.EXPIRED, "at": expires_at}
    assert no(own, second, ours) == told(second, DenialReason.EXPIRED, **late), "and no sweep has come yet"


@pytest.mark.parametrize("verb", ["snooze", "acknowledge"])
def test_somebody_on_both_sides_cannot_keep_the_others_from_being_nudged(story, town, bob, verb):
    sent = story.submit(town.ann)
    assert VERBS[verb](story, bob, sent.request_id).reason is DenialReason.BOTH_SIDES
    become(story, town.ann, business_id=BRAND)
    become(story, town.ann, team_id=BRAND_TEAM)
    moved = make.Someone(id=town.ann.id, team=BRAND_TEAM, user=town.ann.user, name="Ann")
    assert VERBS[verb](story, moved, sent.request_id).reason is DenialReason.OWN_REQUEST


# --- expiry ------------------------------------------------------------------------------------------


@pytest.mark.covers("F33")
def test_what_expired_stays_so_when_the_clock_goes_back(story, town):
    sent = story.submit(town.ann)
    story.to("2026-01-19 11:00")
    story.wait(days=-10)
    assert story.card(sent.request_id).state is RequestState.EXPIRED
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.EXPIRED
    story.live(days=9, hours=6)
    assert story.digests(town.dana) == []


def test_the_requester_is_told_once_a_day_before_it_expires_also_while_one_approval_is_missing(story, town):
    sent = story.submit(town.ann, ADMIN)
    story.decide(town.dana, sent.request_id, Approve())
    story.live(until="2026-01-16 08:59")
    assert story.cards_for(Audience.EXPIRY) == [], "a day before is a Sunday; on Friday they begin at nine"
    story.live(until="2026-01-16 09:01")
    assert story.cards_for(Audience.EXPIRY, sent.request_id) == ["UANN"]
    story.wait(days=4)
    assert story.cards_for(Audience.EXPIRY) == story.cards_for(Audience.EXPIRY, sent.request_id) == ["UANN"]
    (card,) = story.rows(tables.Card, audience=Audience.EXPIRY)
    assert story.effects(EffectKind.UPDATE_CARD, card_id=card.id), "it follows: it says that it expired"


@pytest.mark.covers("F19")
@pytest.mark.parametrize(
    "change", [{"deactivated": True}, {"role": Role.EMPLOYEE}], ids=["left Slack", "is no admin any more"]
)
def test_where_the_requester_can_no_longer_act_another_admin_is_told(story, town, change):
    sent = story.submit(town.ann)
    become(story, town.ann, **change)
    story.wait(days=13, hours=1)
    assert story.cards_for(Audience.EXPIRY, sent.request_id) == [town.abe.user]
    assert story.remind(town.abe, sent.request_id).people == 2


def test_the_requester_is_not_told_of_what_is_decided_or_expires_at_once(story, town):
    sent = story.submit(town.ann)
    story.decide(town.dana, sent.request_id, Decline())
    set_brand(story, expires_days=1)
    story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.live(days=15, hours=6)
    assert story.cards_for(Audience.EXPIRY) == []


@pytest.mark.case("6.3")
@pytest.mark.covers("I34")
def test_a_step_of_nudges_is_bounded_in_work_however_many_approvers_and_days_off(story, town):
    off = ",".join((story.begins.date() + day * DAY).isoformat() for day in range(5, 105))
    story.set(tables.BusinessRow, {"id": BRAND}, days_off=off, expires_days=110, channel_id="CBRAND")
    for n in range(40):
        make.someone(story.database, 100 + n, name=f"N{n}", team=BRAND_TEAM, roles={BRAND: Role.ADMIN})
    for number in range(45):
        story.submit(town.ann, item(Kind.PIXEL, words=f"the pixel {number}"))
    story.clock.push(DAY + MINUTE)
    works = []

    def step(tx):
        done = act(tx, nudges.nudge_due, now=story.clock.now())
        works.append(tx.work)
        return done

    taken = 0
    while done := write(story.database, step):
        taken += done
    assert taken == 45
    assert len(story.rows(tables.Nudge)) == 45 * 42
    of_one = 4 * 42 + 20  # each approver's rows, and a few statements
    assert max(works) <= MOST_WORK + of_one
    assert len(works) > 2
