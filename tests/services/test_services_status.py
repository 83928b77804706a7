"""A business is deactivated, restricted or active again: who is told, and what goes on.

The story begins on Monday, 5 January 2026, at 10:00 in Berlin.
"""

from __future__ import annotations

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, OTHER, PAGE, claiming, item, unowned
from steps import DAY, give

from bot.domain.actors import OPERATOR, Status
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason
from bot.domain.messages import EffectKind, Notice, read_about
from bot.domain.requests import Approve, Decline, RequestState
from bot.services import directory, partnerships, requests
from bot.services.directory_file import import_directory, read_file
from bot.store import tables


def says(story, status, *, of=BRAND):
    """Have the directory file say of a business that it has this status."""
    (row,) = story.rows(tables.BusinessRow, id=of)
    text = f"businesses: [{{id: '{of}', name: '{row.name}', status: {status}}}]"
    return story.do(import_directory, read_file(text))


def told(story, what=Notice.STATUS):
    """Whom a notice told of the status of which business, so far."""
    rows = story.effects(EffectKind.POST_NOTICE)
    return sorted(tuple(row.subject_id.split("+")) for row in rows if read_about(row.about).notice is what)


def asks(story, who, **values):
    return story.submit(who, item(Kind.PAGE, PAGE), **values)


@pytest.mark.covers("P6")
@pytest.mark.parametrize("status", [Status.DEACTIVATED, Status.RESTRICTED])
@pytest.mark.parametrize("which", [BRAND, AGENCY], ids=["who gives", "who holds"])
def test_a_business_and_its_partners_are_told_once_of_its_status_and_when_it_is_active_again(
    story, town, which, status
):
    give(story, town)
    asked = claiming(unowned(story.database, "act_7001", town.dana))
    story.do(requests.submit, asked, by=town.ann)  # which is open, and with no business
    make.business(story.database, OTHER, name="Other", team=None)
    other = AGENCY if which == BRAND else BRAND
    says(story, status, of=which)
    both = sorted([(which, which), (other, which)])
    assert told(story) == both, "those who share nothing with it hear nothing"
    says(story, status, of=which)
    assert told(story) == both, "what changes nothing is no news"
    says(story, Status.ACTIVE, of=which)
    assert told(story) == sorted(both * 2)
    view = story.read(partnerships.status_between, business_id=other, other_id=which)
    assert (view.own.id, view.other.id, view.shared, view.open_requests) == (other, which, 1, 0)


def test_who_only_has_something_open_with_it_is_told_and_nobody_of_what_is_over(story, town):
    sent = asks(story, town.ann)
    says(story, Status.DEACTIVATED)
    assert told(story) == sorted([(BRAND, BRAND), (AGENCY, BRAND)])
    view = story.read(partnerships.status_between, business_id=AGENCY, other_id=BRAND)
    assert (view.other.status, view.shared, view.open_requests) == (Status.DEACTIVATED, 0, 1)
    story.cancel(town.ann, sent.request_id)
    says(story, Status.ACTIVE)
    assert told(story).count((AGENCY, BRAND)) == 1
    for own, other in ((AGENCY, "404404"), ("404404", BRAND)):
        assert story.read(partnerships.status_between, business_id=own, other_id=other) is None


@pytest.mark.covers("P6", "P15")
def test_what_is_shared_with_a_deactivated_business_goes_on_and_either_side_still_ends_it(story, town):
    given = give(story, town)
    says(story, Status.DEACTIVATED)
    assert story.is_live(given.id)
    (ended,) = story.end(town.dana, given.id, business=BRAND).grant_ids
    assert ended == given.id
    assert story.rows(tables.Grant, id=given.id)[0].end_reason == EndReason.REVOKED


@pytest.mark.covers("P11")
def test_the_contract_with_a_deactivated_business_ends_as_stated_and_either_states_an_end(story, town):
    given = give(story, town)
    says(story, Status.DEACTIVATED)
    for own, other, by, on in ((AGENCY, BRAND, town.ann, 20), (BRAND, AGENCY, town.dana, 10)):
        ends_at = story.clock.now() + on * DAY
        story.do(partnerships.set_contract, own, other, ends_at=ends_at, days=3, by=by)
    story.live(days=14)
    assert not story.is_live(given.id)
    closed = [row for row in story.effects(EffectKind.POST_NOTICE) if Notice.CONTRACT_CLOSED in row.about]
    assert {row.subject_id.split("+")[0] for row in closed} == {BRAND, AGENCY}


@pytest.mark.covers("P6")
def test_what_is_open_waits_without_nudges_and_is_decided_once_the_business_is_active_again(story, town):
    sent = asks(story, town.ann)
    says(story, Status.DEACTIVATED)
    no = story.decide(town.dana, sent.request_id, Approve())
    assert no.reason is DenialReason.OWN_DEACTIVATED
    assert asks(story, town.ann, items=(item(Kind.AD_ACCOUNT, ACCOUNT),)).reason is DenialReason.DEACTIVATED
    story.live(days=5)
    assert story.nudged(town.dana) == []
    says(story, Status.ACTIVE)
    assert story.decide(town.dana, sent.request_id, Approve()).state is RequestState.APPROVED


def test_what_a_deactivated_business_asked_for_can_be_declined_or_cancelled_but_not_given(story, town):
    first = asks(story, town.ann)
    second = story.submit(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT))
    says(story, Status.DEACTIVATED, of=AGENCY)
    assert story.decide(town.dana, first.request_id, Approve()).reason is DenialReason.PARTNER_INACTIVE
    assert story.decide(town.dana, first.request_id, Decline(note="Later")).state is RequestState.DECLINED
    assert story.cancel(town.ann, second.request_id).state is RequestState.CANCELLED


@pytest.mark.parametrize("by_file", [False, True], ids=["by the operator's command", "by the file"])
def test_a_business_alone_is_told_that_it_is_verified_and_that_it_is_no_longer(story, town, by_file):
    give(story, town)

    def says_verified(verified):
        if by_file:
            text = f"businesses: [{{id: '{BRAND}', name: Blue Brand, verified: {str(verified).lower()}}}]"
            story.do(import_directory, read_file(text))
        else:
            story.do(directory.verify_business, BRAND, verified=verified, by=OPERATOR)

    for verified, times in ((True, 0), (False, 1), (False, 1), (True, 2)):
        says_verified(verified)
        assert told(story, Notice.VERIFICATION) == [(BRAND, BRAND)] * times
