"""Asking for more time with access that is in force."""

from __future__ import annotations

from datetime import timedelta

import pytest
from make import ACCOUNT, AGENCY, BRAND, PAGE, item
from steps import ADMIN, DAY, assigned, decide, denied, effects, give, run, told

from bot.domain.assets import CAPABILITIES, LEVELS, Kind
from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.kinds import RequestKind, Side
from bot.domain.limits import MOST_OPEN_BETWEEN
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, Decline, ErrorCode, NewItem, RequestState, Term
from bot.services import grants, partnerships, requests, settings
from bot.services.results import Denied, Invalid, Moved, Sent
from bot.store import tables


@pytest.mark.covers("G5")
def test_an_extension_is_decided_like_a_request_and_is_a_new_grant_until_the_later_end(story, town, given):
    story.wait(days=23)
    sent = story.extend(town.abe, given.id, days=14)
    view = story.card(sent.request_id)
    assert (view.extends.id, view.items[0].requested) == (given.id, given.tasks)
    assert story.decide(town.dov, sent.request_id, Approve()).state is RequestState.APPROVED

    new, old = story.grant_of(sent.request_id), story.grant_of(given.request_id)
    assert new.ends_at == given.ends_at + timedelta(days=14)
    assert old.ends_at == given.ends_at, "ends never move"
    story.wait(days=8)
    assert (story.is_live(old.id), story.is_live(new.id)) == (False, True)
    assert story.held(ACCOUNT) == given.tasks
    assert assigned(story).keys() == {town.eva.id}, "who worked with it goes on"
    story.wait(days=14)
    assert (story.held(ACCOUNT), assigned(story)) == (frozenset(), {})


def test_what_is_extended_already_is_not_warned_of_and_the_extension_is(story, town, given):
    story.wait(days=23)
    sent = story.extend(town.ann, given.id, days=30)
    story.decide(town.dana, sent.request_id, Approve())
    story.live(days=8, hours=6)
    assert len(story.cards_for(Audience.ENDING, given.id)) == 1, "not again the day before"
    story.live(days=25, hours=6)
    story.all_posted()
    story.live(days=4, hours=6)
    assert len(story.cards_for(Audience.ENDING, story.grant_of(sent.request_id).id)) == 2


def test_where_its_end_was_warned_of_it_is_shown_that_more_time_was_asked_for(story, town, given):
    story.wait(days=23)
    how = {"term": Term.for_days(30), "reason": "It goes on"}
    did = run(story, requests.extend, given.id, by=town.abe, **how)
    assert effects(story, did, EffectKind.UPDATE_CARD) == [(Audience.ENDING, given.version, "")]


@pytest.mark.parametrize("is_over", [False, True])
@pytest.mark.parametrize("how", ["is ended", "is cut short"])
def test_where_an_end_was_warned_of_it_is_shown_what_becomes_of_its_extension(
    story, town, given, how, is_over
):
    story.wait(days=23)
    sent = story.extend(town.ann, given.id, days=60)
    story.decide(town.dana, sent.request_id, Approve())
    if is_over:
        story.wait(days=8)
    before, after = story.grant_of(given.request_id), story.grant_of(sent.request_id)
    if how == "is ended":
        did = run(story, grants.revoke, [after.id], by=town.dana, business_id=BRAND)
    else:
        (row,) = story.rows(tables.Grant, id=after.id)
        did = run(story, grants.shorten, row, max(given.ends_at, story.clock.now() + timedelta(days=9)))
    assert (Audience.ENDING, before.version, "") in effects(story, did, EffectKind.UPDATE_CARD)


def test_an_open_extension_of_access_that_is_cut_short_is_decided_by_the_new_end(story, town, given):
    story.wait(days=23)
    sent, more = story.extend(town.ann, given.id, days=60), story.submit(town.ann, ADMIN)
    (row,) = story.rows(tables.Grant, id=given.id)
    end = story.clock.now() + timedelta(days=3)
    run(story, grants.shorten, row, end)
    views = [story.card(one.request_id) for one in (sent, more)]
    assert views[0].expires_at == end
    assert views[1].expires_at > end, "a request for more is not about that end"
    assert [one.version for one in views] == [2, 2], "both cards say what is held"


def test_one_extension_of_a_grant_is_open_at_a_time_and_a_declined_one_can_be_asked_again(story, town, given):
    sent = story.extend(town.ann, given.id)
    again = run(story, requests.extend, given.id, by=town.abe, term=Term.for_days(30), reason="It goes on")
    no = denied(story, again, given.id, town.abe, kind="grant", verb="extend", business=AGENCY)
    assert no == told(sent, DenialReason.OPEN_ALREADY, name=given.asset_name)
    story.decide(town.dana, sent.request_id, Decline())
    assert isinstance(story.extend(town.abe, given.id), Sent)


def test_an_extension_and_a_request_for_more_do_not_stand_in_each_others_way(story, town, given):
    more = story.submit(town.ann, ADMIN)
    assert isinstance(story.extend(town.ann, given.id), Sent)
    story.cancel(town.ann, more.request_id)
    assert isinstance(story.submit(town.ann, ADMIN), Sent)


def test_what_takes_two_people_to_give_takes_two_to_extend(story, town):
    grant = give(story, town, ADMIN)
    sent = story.extend(town.ann, grant.id)
    assert sent.required_approvals == 2
    story.decide(town.dana, sent.request_id, Approve())
    assert story.extend(town.ann, grant.id).reason is DenialReason.OPEN_ALREADY, "while one is still missing"


def test_an_extension_can_be_shortened_and_not_lengthened_by_the_approver(story, town, given):
    sent = story.extend(town.ann, given.id, days=30)
    longer = Term.till(given.ends_at + timedelta(days=31))
    assert story.decide(town.dana, sent.request_id, Approve(term=longer)).reason is DenialReason.WIDER
    shorter = Term.till(given.ends_at + timedelta(days=5))
    story.decide(town.dana, sent.request_id, Approve(term=shorter))
    assert story.grant_of(sent.request_id).ends_at == shorter.until


@pytest.mark.parametrize("shorter", [Term.for_days(30), Term.for_days(9), "its own end"])
def test_an_approver_gives_no_extension_that_ends_before_what_it_extends(story, town, given, shorter):
    sent = story.extend(town.ann, given.id, days=60)
    term = Term.till(given.ends_at) if shorter == "its own end" else shorter
    did = decide(story, sent, town.dana, Approve(term=term))
    no = denied(story, did, sent, town.dana, field="term")
    assert no == told(sent, DenialReason.NOT_LONGER, field="term", name=given.asset_name)
    story.clock.push(DAY)
    assert isinstance(story.decide(town.dana, sent.request_id, Approve(term=Term.for_days(30))), Moved)


def test_an_extension_until_a_contract_that_ends_sooner_by_now_is_not_approved(story, town, given):
    ends_at = given.ends_at + timedelta(days=60)
    story.do(partnerships.set_contract, AGENCY, BRAND, ends_at=ends_at, days=7, by=town.ann)
    sent = story.extend(town.ann, given.id, term=Term.till(ends_at))
    sooner = given.ends_at - timedelta(days=9)
    story.do(partnerships.set_contract, BRAND, AGENCY, ends_at=sooner, days=60, by=town.dana)
    assert story.card(sent.request_id).term == Term.till(sooner)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.NOT_LONGER
    story.decide(town.dana, sent.request_id, Decline())
    assert story.is_live(given.id)


def test_an_extension_that_is_approved_late_gives_until_the_same_end(story, town, given):
    story.wait(days=28)
    sent = story.extend(town.ann, given.id, days=30)
    story.wait(days=1)
    story.decide(town.dana, sent.request_id, Approve())
    assert story.grant_of(sent.request_id).ends_at == given.ends_at + timedelta(days=30)


def test_an_extension_can_be_decided_for_as_long_as_the_access_lasts(story, town, given):
    story.wait(days=23)
    sent = story.extend(town.ann, given.id)
    assert story.card(sent.request_id).expires_at == given.ends_at


def test_only_the_holders_admins_extend_and_only_what_is_in_force_until_a_date(story, town, given, oda):
    endless = give(story, town, item(Kind.PAGE, PAGE), term=Term.without_end())
    for who, grant, reason in (
        (oda, given.id, DenialReason.UNKNOWN_GRANT),
        (town.dana, given.id, DenialReason.UNKNOWN_GRANT),
        (town.eva, given.id, DenialReason.NOT_ADMIN),
        (town.ann, "123", DenialReason.UNKNOWN_GRANT),
    ):
        how = {"term": Term.for_days(30), "reason": "It goes on"}
        did = run(story, requests.extend, grant, by=who, **how)
        nobodys = {"kind": "grant", "verb": "extend", "business": None, "role": None}
        assert denied(story, did, grant, who, **nobodys) == Denied(reason=reason)
    here = {"about": Subject(SubjectKind.GRANT, endless.id), "name": endless.asset_name, "ref": endless.ref}
    for_good = Denied(reason=DenialReason.GRANTED_ALREADY, field="term", tasks=endless.tasks, **here)
    did = run(story, requests.extend, endless.id, by=town.ann, **how)
    at_term = {"kind": "grant", "verb": "extend", "business": AGENCY, "field": "term"}
    assert denied(story, did, endless.id, town.ann, **at_term) == for_good
    story.clock.push(timedelta(days=30))  # no sweep has come yet
    here = {"about": Subject(SubjectKind.GRANT, given.id), "name": given.asset_name, "ref": given.ref}
    assert story.extend(town.ann, given.id) == Denied(reason=DenialReason.GRANT_OVER, **here)
    story.sweep()
    over = Denied(reason=DenialReason.GRANT_OVER, at=story.clock.now(), **here)
    assert story.extend(town.ann, given.id) == over


def test_what_its_holder_gave_back_is_not_extended_and_says_by_whom_it_ended(story, town, given):
    story.end(town.abe, given.id, business=AGENCY)
    no = story.extend(town.ann, given.id)
    assert (no.reason, no.by, no.at) == (DenialReason.GRANT_OVER, "Abe", story.clock.now())


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_an_extension_is_for_a_sensible_number_of_days(story, town, given, days):
    (field_error,) = story.extend(town.ann, given.id, days=days).field_errors
    assert (field_error.field, field_error.code) == ("term", ErrorCode.DAYS)


def test_an_extension_has_a_reason(story, town, given):
    assert isinstance(story.extend(town.ann, given.id, reason=" "), Invalid)
    assert story.extend(town.ann, given.id, reason="x" * 501).field_errors[0].code is ErrorCode.TOO_LONG


def test_who_was_taken_off_or_down_by_their_own_admins_stays_so_when_access_is_extended(story, town):
    grant = give(story, town, people=(town.eva.id, town.abe.id))
    on_it = {"business_id": AGENCY, "asset_id": ACCOUNT, "by": town.ann}
    story.do(grants.unassign_person, town.eva.id, **on_it)
    story.do(grants.assign_person, town.abe.id, tasks=frozenset({"ANALYZE"}), **on_it)
    sent = story.extend(town.ann, grant.id)
    assert story.read(requests.request_card, sent.request_id, side=Side.REQUESTING).people == ("Abe",)
    story.decide(town.dana, sent.request_id, Approve())
    assert assigned(story) == {town.abe.id: "ANALYZE"}
    story.wait(days=31)
    assert assigned(story) == {town.abe.id: "ANALYZE"}
    assert story.held(ACCOUNT) == grant.tasks


def test_an_extension_is_for_the_same_people_as_the_grant_as_far_as_they_are_still_there(story, town, clock):
    grant = give(story, town, people=(town.eva.id, town.abe.id))
    story.do(settings.remove_member, AGENCY, town.abe.id, by=town.ann)
    longer = story.extend(town.ann, grant.id)
    card = story.read(requests.request_card, longer.request_id, side=Side.REQUESTING)
    assert card.people == (town.eva.name,)
    story.decide(town.dana, longer.request_id, Approve())
    clock.push(timedelta(days=31))
    story.sweep()
    assert grant.id != story.grant_of(longer.request_id).id
    assert assigned(story).keys() == {town.eva.id}


def test_what_is_extended_already_is_not_requested_again(story, town, given):
    longer = story.extend(town.ann, given.id, days=30)
    story.decide(town.dana, longer.request_id, Approve())
    for days in (10, 30):
        how = {"term": Term.for_days(days), "reason": "It goes on"}
        did = run(story, requests.extend, given.id, by=town.ann, **how)
        no = denied(story, did, "", town.ann, verb="extend", business=AGENCY, field="term")
        longer = {"field": "term", "name": given.asset_name, "tasks": given.tasks}
        assert no == Denied(reason=DenialReason.GRANTED_ALREADY, **longer)
    assert isinstance(story.extend(town.ann, given.id, days=60), Sent)


@pytest.mark.case("8.10")
def test_an_extension_is_until_a_day_or_without_an_end_as_a_request_is(story, town, given):
    until = given.ends_at + timedelta(days=3, hours=5)
    story.decide(town.dana, story.extend(town.ann, given.id, term=Term.till(until)).request_id, Approve())
    (longer,) = [one for one in story.rows(tables.Grant) if one.id != given.id]
    assert longer.ends_at == until

    endless = story.extend(town.ann, given.id, term=Term.without_end())
    story.decide(town.dana, endless.request_id, Approve())
    assert story.grant_of(endless.request_id).ends_at is None
    assert story.extend(town.ann, given.id, term=Term.without_end()).reason is DenialReason.GRANTED_ALREADY


def test_who_could_not_ask_the_owner_now_cannot_ask_for_more_time(story, town, given):
    story.set(tables.BusinessRow, {"id": BRAND}, who_may_ask="NOBODY")
    did = run(story, requests.extend, given.id, by=town.ann, term=Term.for_days(9), reason="It goes on")
    no = denied(story, did, "", town.ann, verb="extend", business=AGENCY)
    assert no == Denied(reason=DenialReason.NOBODY_MAY_ASK, name="Acme Shoes")


def test_more_time_counts_among_what_may_be_open_between_two(story, town, given, monkeypatch):
    monkeypatch.setattr("bot.domain.policy.MOST_OPEN_BETWEEN", 0)
    no = story.extend(town.ann, given.id)
    assert (no.reason, no.count) == (DenialReason.TOO_MANY_OPEN, MOST_OPEN_BETWEEN)


@pytest.mark.parametrize(
    ("kind", "tasks"),
    [
        (RequestKind.ACCESS, LEVELS[Kind.AD_ACCOUNT][0].tasks),
        (RequestKind.ON_BEHALF, CAPABILITIES[Kind.AD_ACCOUNT].tasks),
    ],
)
def test_an_extension_until_a_day_before_the_end_adds_nothing(story, town, kind, tasks):
    grant = give(story, town, NewItem(kind=Kind.AD_ACCOUNT, tasks=tasks, asset_id=ACCOUNT), kind=kind)
    sooner = Term.till(grant.ends_at - timedelta(days=3))
    no = story.extend(town.ann, grant.id, term=sooner)
    assert (no.reason, no.field, no.tasks) == (DenialReason.GRANTED_ALREADY, "term", tasks)


@pytest.mark.covers("G5")
def test_more_time_is_not_given_to_a_business_that_may_not_be_given_anything_now(story, town, given):
    sent = story.extend(town.ann, given.id)
    story.set(tables.BusinessRow, {"id": AGENCY}, status="DEACTIVATED")
    no = story.decide(town.dana, sent.request_id, Approve())
    assert (no.reason, no.name) == (DenialReason.PARTNER_INACTIVE, "Northwind")
    assert story.grant_of(sent.request_id) is None
