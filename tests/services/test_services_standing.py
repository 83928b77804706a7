"""Standing acceptance: what one partner offers is accepted at once, as far as approvals beforehand reach."""

from __future__ import annotations

import make
import pytest
from make import ACCOUNT, AGENCY, AGENCY_TEAM, BRAND, PAGE, item
from steps import DAY, said

from bot.domain.actors import Role, Status
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, SubjectKind
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, RequestState
from bot.services import installations, partnerships, requests, settings
from bot.services.results import Moved, Saved, Sent, Stands, Undone
from bot.services.views.businesses import LooseningState
from bot.services.views.parties import Signer
from bot.store import journal, tables


def events(story, kind, subject_id):
    return story.database.read_sync(journal.history, kind, subject_id)


def offer(story, by, *items):
    """Have the brand offer the agency something: its ad account, unless said."""
    return story.submit(by, *items, kind=RequestKind.INVITATION, requesting_id=BRAND, deciding_id=AGENCY)


def switch(story, by, *, on=True, own=AGENCY, other=BRAND):
    return story.do(settings.accept_at_once, own, other, on=on, by=by)


def standing(story, by, *, own=AGENCY, other=BRAND):
    return story.read(requests.standing_view, own, other, by=by)


@pytest.fixture
def partners(story, town):
    """The agency has asked the brand once."""
    sent = story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.decide(town.dana, sent.request_id, Approve())


@pytest.mark.usefixtures("partners")
def test_whose_offers_are_accepted_at_once_is_listed_also_where_nothing_is_shared(story, town):
    def accepted(business_id):
        return [one.name for one in story.read(requests.accepted_at_once, business_id, by=town.ann)]

    assert accepted(AGENCY) == []
    switch(story, town.ann)
    assert (accepted(AGENCY), accepted(BRAND)) == (["Acme Shoes"], [])
    end(story, town.dana, BRAND, AGENCY)
    assert accepted(AGENCY) == []
    switch(story, town.ann)
    assert accepted(AGENCY) == ["Acme Shoes"]
    switch(story, town.ann, on=False)
    assert accepted(AGENCY) == []


@pytest.mark.usefixtures("partners")
def test_who_switches_it_on_again_once_those_who_did_are_not_enough_has_it_on(story, town):
    switch(story, town.ann)
    story.set(tables.Membership, {"person_id": town.ann.id}, role=Role.EMPLOYEE)
    assert story.read(requests.accepted_at_once, AGENCY, by=town.abe) == ()
    assert isinstance(offer(story, town.dana, item(Kind.PIXEL, make.PIXEL)), Sent)
    assert switch(story, town.abe).on
    (accepted,) = story.read(requests.accepted_at_once, AGENCY, by=town.abe)
    assert (accepted.id, standing(story, town.abe).by) == (BRAND, ("Abe",))
    assert isinstance(offer(story, town.dana), Moved)


@pytest.mark.covers("P2", "R2")
@pytest.mark.usefixtures("partners")
def test_what_a_partner_offers_is_in_force_at_once_and_says_by_whose_standing_acceptance(story, town):
    assert switch(story, town.ann) == Stands(other="Acme Shoes", on=True, others=1)
    since = story.clock.now()
    assert (standing(story, town.abe).by, standing(story, town.abe).since) == (("Ann",), since)
    assert standing(story, town.abe).suffices
    make.business(story.database, make.OTHER, name="Third", team="TOTHER")
    assert standing(story, town.ann, other=make.OTHER) is standing(story, town.ann, own=make.OTHER) is None
    story.clock.push(3 * DAY)
    sent = offer(story, town.dana)
    assert (type(sent), sent.state) == (Moved, RequestState.APPROVED)
    assert story.held(ACCOUNT) == story.grant_of(sent.request_id).tasks
    assert story.cards_for(Audience.APPROVERS, sent.request_id) == ["CAGENCY"]
    card = story.card(sent.request_id)
    assert (card.standing_since, card.approved_by, card.over_by) == (since, (Signer("Ann"),), "Ann")
    accepted = events(story, SubjectKind.REQUEST, sent.request_id)[-1]
    assert accepted.kind == EventKind.REQUEST_APPROVED
    assert (accepted.actor["user"], accepted.data["standing_since"]) == (town.dana.user, since.isoformat())
    for side in (town.dana, town.abe):
        (line,) = [
            one
            for one in story.read(requests.history, sent.request_id, by=side)
            if one.kind == EventKind.REQUEST_APPROVED
        ]
        assert line.by is None, "the one who offered it has not accepted it"
    assert isinstance(story.undo(town.abe, sent.request_id), Undone)
    assert story.held(ACCOUNT) == frozenset()


@pytest.mark.usefixtures("partners")
def test_it_is_switched_off_again_and_takes_nothing_that_waits(story, town):
    waits = offer(story, town.dana)
    switch(story, town.ann)
    assert story.card(waits.request_id).state is RequestState.PENDING
    story.decide(town.ann, waits.request_id, Approve())
    assert switch(story, town.abe, on=False) == Stands(other="Acme Shoes", on=False)
    before = len(events(story, SubjectKind.BUSINESS, AGENCY))
    assert switch(story, town.abe, on=False) == Stands(other="Acme Shoes", on=False)
    assert len(events(story, SubjectKind.BUSINESS, AGENCY)) == before, "what is off is not switched off again"
    assert standing(story, town.ann) is None
    make.asset(story.database, "act_55", kind=Kind.AD_ACCOUNT, name="Autumn", owner=BRAND)
    assert isinstance(offer(story, town.dana, item(Kind.AD_ACCOUNT, "act_55")), Sent)


@pytest.mark.usefixtures("partners")
def test_only_an_admin_of_the_business_that_is_offered_something_switches_it_on(story, town):
    assert switch(story, town.eva).reason is DenialReason.NOT_ADMIN
    assert switch(story, town.dana).reason is DenialReason.NOT_MEMBER
    make.business(story.database, make.OTHER, name="Third", team="TOTHER")
    assert switch(story, town.ann, other=make.OTHER).reason is DenialReason.UNKNOWN_PARTNER
    assert switch(story, town.ann, other="99999999").reason is DenialReason.UNKNOWN_PARTNER
    story.set(tables.BusinessRow, {"id": AGENCY}, status=Status.RESTRICTED)
    assert switch(story, town.ann).reason is DenialReason.OWN_RESTRICTED
    story.set(tables.BusinessRow, {"id": AGENCY}, status=Status.ACTIVE, verified=False)
    assert switch(story, town.ann).reason is DenialReason.OWN_UNVERIFIED
    assert standing(story, town.ann) is None
    denied = [
        (one.business_id, one.subject_kind, one.subject_id)
        for one in story.rows(tables.Event, kind=EventKind.DENIED)
    ]
    assert denied[2:] == [(AGENCY, "business", one) for one in (make.OTHER, "99999999", BRAND, BRAND)]
    story.set(tables.BusinessRow, {"id": AGENCY}, verified=True)
    switch(story, town.ann)
    story.set(tables.BusinessRow, {"id": AGENCY}, status=Status.RESTRICTED)
    assert not standing(story, town.ann).suffices
    assert switch(story, town.ann, on=False) == Stands(other="Acme Shoes", on=False), "off is always possible"


@pytest.mark.usefixtures("partners")
def test_what_is_risky_waits_for_people_and_for_the_giving_sides_two_approvals_first(story, town):
    switch(story, town.ann)
    saved = offer(story, town.dana, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    assert isinstance(saved, Saved)
    sent = story.do(requests.submit_draft, saved.draft_id, expected_version=1, by=town.dov)
    assert isinstance(sent, Sent)
    assert story.card(sent.request_id).state is RequestState.PENDING


@pytest.mark.usefixtures("partners")
def test_where_the_giving_side_takes_two_nothing_is_accepted_before_the_second_has_agreed(story, town):
    switch(story, town.ann)
    story.change_policy(town.dana, quorum=2)
    saved = offer(story, town.dana)
    assert isinstance(saved, Saved)
    assert story.held(ACCOUNT) == frozenset()
    sent = story.do(requests.submit_draft, saved.draft_id, expected_version=1, by=town.dov)
    assert (type(sent), sent.state) == (Moved, RequestState.APPROVED)


@pytest.mark.usefixtures("partners")
def test_where_two_must_accept_another_admin_confirms_it_and_both_count(story, town):
    story.change_policy(town.ann, business=AGENCY, quorum=2)
    assert switch(story, town.ann) == Stands(other="Acme Shoes", on=True, waits=True, others=1)
    assert standing(story, town.ann) is None
    assert switch(story, town.ann).waits, "nobody agrees with themselves"
    proposed = story.settings(AGENCY).policy_version
    assert story.read(settings.loosening_card, f"{AGENCY}@{proposed - 1}").state is LooseningState.OVER
    told = [
        row
        for row in story.rows(tables.Card, audience="SUBMITTERS")
        if row.subject_id == f"{AGENCY}@{proposed}"
    ]
    assert sorted(row.user_id for row in told) == [town.abe.user, town.ann.user]
    card = story.read(settings.loosening_card, f"{AGENCY}@{proposed}")
    assert (card.state, card.changes) == (LooseningState.WAITING, {"accepts": (None, "Acme Shoes")})
    assert isinstance(offer(story, town.dana), Sent)
    confirm = {"expected_version": proposed}
    own = story.do(settings.confirm_policy, AGENCY, by=town.ann, **confirm)
    assert own.reason is DenialReason.OWN_PROPOSAL
    done = story.do(settings.confirm_policy, AGENCY, by=town.abe, **confirm)
    assert done == Stands(other="Acme Shoes", on=True, others=1)
    assert standing(story, town.ann).by == ("Ann", "Abe")
    card = story.read(settings.loosening_card, f"{AGENCY}@{proposed}")
    assert (card.state, card.confirmed_by) == (LooseningState.IN_FORCE, "Abe")
    make.asset(story.database, "act_55", kind=Kind.AD_ACCOUNT, name="Autumn", owner=BRAND)
    sent = offer(story, town.dana, item(Kind.AD_ACCOUNT, "act_55"))
    assert (sent.state, sent.approvals, sent.required_approvals) == (RequestState.APPROVED, 2, 2)


@pytest.mark.usefixtures("partners")
def test_what_was_proposed_is_over_once_nothing_is_accepted_at_once_any_more(story, town):
    switch(story, town.ann)
    story.change_policy(town.ann, business=AGENCY, quorum=2)
    story.change_policy(town.ann, business=AGENCY, quorum=1)
    proposed = f"{AGENCY}@{story.settings(AGENCY).policy_version}"
    assert story.read(settings.loosening_card, proposed).state is LooseningState.WAITING
    switch(story, town.abe, on=False)
    assert story.read(settings.loosening_card, proposed).state is LooseningState.OVER


@pytest.mark.usefixtures("partners")
def test_whoever_accepts_from_another_partner_agrees_with_no_proposal_and_ends_it(story, town):
    make.business(story.database, make.OTHER, name="Third", team="TOTHER")
    make.asset(story.database, "act_77", kind=Kind.AD_ACCOUNT, name="Third", owner=make.OTHER)
    olga = make.someone(story.database, 70, name="Olga", team="TOTHER", roles={make.OTHER: Role.ADMIN})
    asked = story.submit(town.ann, item(Kind.AD_ACCOUNT, "act_77"), deciding_id=make.OTHER)
    story.decide(olga, asked.request_id, Approve())
    story.change_policy(town.ann, business=AGENCY, quorum=2)
    switch(story, town.ann)
    first = f"{AGENCY}@{story.settings(AGENCY).policy_version}"
    (card,) = (one for one in story.rows(tables.Card, subject_id=first) if one.user_id == town.abe.user)
    said = [one.version for one in story.rows(tables.Effect, card_id=card.id)]
    assert switch(story, town.abe, other=make.OTHER).waits
    assert story.read(settings.loosening_card, first).state is LooseningState.OVER
    assert standing(story, town.ann) is None
    now = [one.version for one in story.rows(tables.Effect, card_id=card.id)]
    assert max(now) > max(said), "its card says that it is over"


def takes_two_now(story, town):
    story.change_policy(town.abe, business=AGENCY, quorum=2)


def has_lost_the_right(story, town):
    story.do(settings.set_role, AGENCY, town.ann.id, role=Role.EMPLOYEE, by=town.abe)


def is_not_confirmed_by_slack(story, town):
    story.set(tables.Person, {"id": town.ann.id}, checked_at=story.clock.now() - 2 * DAY)


def is_on_the_other_side_too(story, town):
    make.member(story.database, town.ann.id, of=BRAND, role=Role.EMPLOYEE)


def has_had_the_app_removed(story, town):
    place = dict.fromkeys(("name", "url", "bot_id", "bot_user_id"), "x")
    tokens = {"is_org": False, "enterprise_id": None, "ciphertext": "x", "rotates_at": None}
    story.do(installations.install, AGENCY_TEAM, **place, **tokens)
    story.do(installations.remove, AGENCY_TEAM, version=1, why="uninstalled")


@pytest.mark.usefixtures("partners")
@pytest.mark.parametrize(
    "since",
    [
        takes_two_now,
        has_lost_the_right,
        is_not_confirmed_by_slack,
        is_on_the_other_side_too,
        has_had_the_app_removed,
    ],
)
def test_it_accepts_nothing_once_its_approvals_would_not_be_enough(story, town, since):
    switch(story, town.ann)
    since(story, town)
    sent = offer(story, town.dana)
    assert isinstance(sent, Sent)
    assert story.held(ACCOUNT) == frozenset()
    assert not standing(story, town.abe).suffices


@pytest.mark.usefixtures("partners")
def test_who_belongs_to_the_partner_too_switches_on_nothing_that_would_never_hold(story, town):
    is_on_the_other_side_too(story, town)
    no = switch(story, town.ann)
    assert (no.reason, no.name) == (DenialReason.BOTH_SIDES, "Acme Shoes")
    assert standing(story, town.abe) is None
    story.change_policy(town.abe, business=AGENCY, quorum=2)
    assert switch(story, town.abe).waits
    proposed = story.settings(AGENCY).policy_version
    confirmed = story.do(settings.confirm_policy, AGENCY, expected_version=proposed, by=town.ann)
    assert confirmed.reason is DenialReason.BOTH_SIDES
    assert standing(story, town.abe) is None
    assert switch(story, town.abe, on=False) == Stands(other="Acme Shoes", on=False)


@pytest.mark.usefixtures("partners")
def test_a_proposal_of_who_belongs_to_the_partner_too_by_now_is_not_one_of_two(story, town):
    story.change_policy(town.abe, business=AGENCY, quorum=2)
    assert switch(story, town.ann).waits
    is_on_the_other_side_too(story, town)
    assert switch(story, town.abe).waits, "as a proposal of its own"
    assert standing(story, town.abe) is None


@pytest.mark.usefixtures("partners")
@pytest.mark.parametrize("by", ["ann", "dana"])
def test_it_ends_with_the_partnership_whoever_ends_it_and_what_was_proposed_too(story, town, by):
    switch(story, town.ann)
    own, other = (AGENCY, BRAND) if by == "ann" else (BRAND, AGENCY)
    end(story, getattr(town, by), own, other)
    assert standing(story, town.ann) is None
    assert isinstance(offer(story, town.dana), Sent)


@pytest.mark.usefixtures("partners")
@pytest.mark.parametrize("by", ["ann", "dana"])
def test_what_was_proposed_before_the_partnership_ended_is_over(story, town, by):
    story.change_policy(town.ann, business=AGENCY, quorum=2)
    switch(story, town.ann)
    proposed = story.settings(AGENCY).policy_version
    said(story)
    own, other = (AGENCY, BRAND) if by == "ann" else (BRAND, AGENCY)
    end(story, getattr(town, by), own, other)
    assert f"{AGENCY}@{proposed}" in followed(story)
    late = story.do(settings.confirm_policy, AGENCY, by=town.abe, expected_version=proposed)
    assert late.reason is DenialReason.PROPOSAL_OVER
    assert story.read(settings.loosening_card, f"{AGENCY}@{proposed}").state is LooseningState.OVER


@pytest.mark.usefixtures("partners")
def test_what_is_proposed_after_they_parted_and_met_again_can_be_confirmed(story, town):
    end(story, town.dana, BRAND, AGENCY)
    sent = story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.decide(town.dana, sent.request_id, Approve())
    story.clock.push(DAY)
    story.change_policy(town.ann, business=AGENCY, quorum=2)
    switch(story, town.ann)
    version = story.settings(AGENCY).policy_version
    story.do(settings.confirm_policy, AGENCY, by=town.abe, expected_version=version)
    assert standing(story, town.ann) is not None


@pytest.mark.usefixtures("partners")
def test_what_was_proposed_before_the_contract_ended_is_over(story, town):
    ends_at = story.clock.now() + 2 * DAY
    story.do(partnerships.set_contract, BRAND, AGENCY, ends_at=ends_at, days=7, by=town.dana)
    story.change_policy(town.ann, business=AGENCY, quorum=2)
    switch(story, town.ann)
    version = story.settings(AGENCY).policy_version
    story.clock.push(2 * DAY)
    story.set(tables.Person, {"deactivated": False}, checked_at=story.clock.now())
    said(story)
    story.do(partnerships.contracts_due)
    assert f"{AGENCY}@{version}" in followed(story)
    late = story.do(settings.confirm_policy, AGENCY, by=town.abe, expected_version=version)
    assert late.reason is DenialReason.PROPOSAL_OVER


@pytest.mark.usefixtures("partners")
def test_who_switches_it_on_as_the_contract_ends_or_later_means_it(story, town):
    ends_at = story.clock.now() + 2 * DAY
    story.do(partnerships.set_contract, BRAND, AGENCY, ends_at=ends_at, days=7, by=town.dana)
    story.clock.push(2 * DAY)
    story.set(tables.Person, {"deactivated": False}, checked_at=story.clock.now())
    switch(story, town.ann)
    assert standing(story, town.ann) is not None


def followed(story):
    return {row.subject_id for row in story.effects(EffectKind.UPDATE_CARD, state="WAITING")}


def end(story, by, own, other):
    seen = story.read(partnerships.parting, business_id=own, other_id=other, limit=1, by=by).mark
    story.do(partnerships.end_partnership, own, other, seen, by=by)


@pytest.mark.usefixtures("partners")
@pytest.mark.parametrize("is_shared", [True, False], ids=["something is shared", "nothing is"])
def test_it_ends_with_the_contract_however_late_the_clock_says_so(story, town, is_shared):
    switch(story, town.ann)
    if not is_shared:
        (grant,) = story.rows(tables.Grant)
        story.end(town.dana, grant.id, business=BRAND)
    ends_at = story.clock.now() + 2 * DAY
    story.do(partnerships.set_contract, BRAND, AGENCY, ends_at=ends_at, days=7, by=town.dana)
    assert standing(story, town.ann) is not None
    story.clock.push(2 * DAY)
    story.set(tables.Person, {"deactivated": False}, checked_at=story.clock.now())
    assert isinstance(offer(story, town.dana), Sent)
    assert standing(story, town.ann) is None
    story.do(partnerships.contracts_due)
    assert standing(story, town.ann) is None
    ends_at = story.clock.now() + 90 * DAY
    story.do(partnerships.set_contract, BRAND, AGENCY, ends_at=ends_at, days=7, by=town.dana)
    assert standing(story, town.ann) is None, "a new contract brings nothing back"
