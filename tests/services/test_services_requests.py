"""Requests from ask to end, by the verbs alone, on both databases."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, INSTAGRAM, PAGE, PIXEL, item, requesting, write
from sqlalchemy import select

from bot.domain.assets import Kind
from bot.domain.grants import EndReason, GrantState
from bot.domain.policy import Actor, DenialReason, Role, Source, Status, WhoMayAsk
from bot.domain.requests import Approve, Decline, DraftState, ErrorCode, RequestState, Term
from bot.services import grants, requests
from bot.services.context import act
from bot.services.results import Denied, Ended, Invalid, Moved, Saved, Sent
from bot.store import journal, tables

ADMIN = {"level": "Admin"}


def test_an_approved_request_is_access_in_force_until_its_end_and_not_a_moment_longer(story, town, clock):
    sent = story.ask(town.ann)
    assert isinstance(sent, Sent)
    assert (sent.owner, sent.admins, sent.required_approvals) == ("Acme Shoes", 2, 1)
    assert story.held(ACCOUNT) == frozenset()

    moved = story.decide(town.dana, sent.request_id, Approve())

    assert isinstance(moved, Moved)
    assert moved.state is RequestState.APPROVED
    assert story.held(ACCOUNT) == {"ADVERTISE", "ANALYZE"}
    clock.push(timedelta(days=30))
    assert story.held(ACCOUNT) == frozenset(), "the end counts, whether or not the sweep has come"
    story.sweep()
    grant = story.card(sent.request_id).items[0].grant
    assert (grant.state, grant.end_reason) == (GrantState.ENDED, EndReason.REACHED)
    assert story.history(town.dana, sent.request_id) == [
        "request.pending",
        "request.approved",
        "grant.active",
        "grant.ending",
        "grant.ended",
    ]


def test_some_items_a_lower_level_and_a_shorter_time_can_be_given(story, town, clock):
    sent = story.ask(
        town.ann,
        item(Kind.AD_ACCOUNT, ACCOUNT, level="General user"),
        item(Kind.PAGE, PAGE, level="Employee"),
        item(Kind.PIXEL, PIXEL, level="Analyst"),
    )
    given = {0: frozenset({"ANALYZE"}), 1: frozenset(), 2: frozenset({"ADVERTISE", "ANALYZE"})}
    story.decide(town.dana, sent.request_id, Approve(given=given, term=Term.for_days(7)))

    assert story.held(ACCOUNT) == {"ANALYZE"}
    assert story.held(PAGE) == frozenset()
    assert story.held(PIXEL) == {"ADVERTISE", "ANALYZE"}
    view = story.card(sent.request_id)
    assert [one.given for one in view.items] == [given[0], given[1], given[2]]
    assert view.items[1].grant is None
    clock.push(timedelta(days=7))
    assert story.held(PIXEL) == frozenset()


@pytest.mark.covers("T14", "I6")
@pytest.mark.parametrize(
    "verdict",
    [
        pytest.param(Approve(given={0: frozenset({"MANAGE", "ANALYZE"})}), id="a task that was not asked"),
        pytest.param(Approve(given={7: frozenset({"ANALYZE"})}), id="an item that was not asked"),
        pytest.param(Approve(bound={0: PAGE}), id="another asset in place of the one that was asked"),
        pytest.param(Approve(term=Term.for_days(31)), id="a day longer than was asked"),
        pytest.param(Approve(term=Term.without_end()), id="no end where one was asked"),
    ],
)
def test_nobody_is_given_more_than_was_asked(story, town, verdict):
    sent = story.ask(town.ann)
    denied = story.decide(town.dana, sent.request_id, verdict)
    assert isinstance(denied, Denied)
    assert denied.reason is DenialReason.WIDER
    assert story.card(sent.request_id).state is RequestState.PENDING
    assert story.held(ACCOUNT) == frozenset()


def test_an_approval_that_gives_nothing_is_refused(story, town):
    sent = story.ask(town.ann)
    denied = story.decide(town.dana, sent.request_id, Approve(given={0: frozenset()}))
    assert denied.reason is DenialReason.NOTHING_GIVEN


def test_a_declined_request_never_becomes_access(story, town):
    sent = story.ask(town.ann)
    moved = story.decide(town.dana, sent.request_id, Decline(note="Ask again in May"))
    assert moved.state is RequestState.DECLINED
    late = story.decide(town.dov, sent.request_id, Approve())
    assert late.reason is DenialReason.ALREADY_OVER
    assert (late.state, late.by) == (RequestState.DECLINED, "Dana")
    assert story.held(ACCOUNT) == frozenset()
    assert story.card(sent.request_id).note == "Ask again in May"


def test_the_second_click_is_told_who_decided_and_changes_nothing(story, town):
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve(), expected_version=1)
    late = story.decide(town.dov, sent.request_id, Decline(note="no"), expected_version=1)
    assert (late.reason, late.by, late.state) == (DenialReason.ALREADY_OVER, "Dana", RequestState.APPROVED)
    assert story.held(ACCOUNT) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.covers("T18")
def test_managing_an_ad_account_takes_two_people(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, **ADMIN))
    assert sent.required_approvals == 2
    first = story.decide(town.dana, sent.request_id, Approve())
    assert (first.state, first.approvals, first.required_approvals) == (RequestState.IN_REVIEW, 1, 2)
    assert story.held(ACCOUNT) == frozenset()
    again = story.decide(town.dana, sent.request_id, Approve())
    assert again.reason is DenialReason.APPROVED_ALREADY
    second = story.decide(town.dov, sent.request_id, Approve())
    assert second.state is RequestState.APPROVED
    assert "MANAGE" in story.held(ACCOUNT)


def test_how_many_yeses_are_needed_follows_from_what_is_given(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, **ADMIN))
    moved = story.decide(town.dana, sent.request_id, Approve(given={0: frozenset({"ANALYZE"})}))
    assert (moved.state, moved.required_approvals) == (RequestState.APPROVED, 1)


def test_a_further_narrowing_starts_a_new_round_with_the_narrowers_own_yes(story, town, database):
    make.someone(database, 7, name="Dia", team=make.BRAND_TEAM, roles={BRAND: Role.ADMIN})
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    narrowed = story.decide(town.dov, sent.request_id, Approve(given={0: frozenset({"ANALYZE"})}))
    assert (narrowed.state, narrowed.approvals) == (RequestState.IN_REVIEW, 1)
    done = story.decide(town.dana, sent.request_id, Approve())
    assert (done.state, done.approvals) == (RequestState.APPROVED, 2)
    assert story.held(ACCOUNT) == {"ANALYZE"}


@pytest.mark.covers("T14", "I6")
def test_the_second_yes_cannot_widen_what_the_first_one_fixed(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve(term=Term.for_days(7)))
    wider = story.decide(town.dov, sent.request_id, Approve(term=Term.for_days(30)))
    assert wider.reason is DenialReason.WIDER


@pytest.mark.covers("T13")
def test_the_yes_of_somebody_who_lost_the_right_since_no_longer_counts(story, town, database):
    dia = make.someone(database, 7, name="Dia", team=make.BRAND_TEAM, roles={BRAND: Role.ADMIN})
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    story.set(tables.Membership, {"person_id": town.dana.id}, role=Role.EMPLOYEE)
    still = story.decide(town.dov, sent.request_id, Approve())
    assert (still.state, still.approvals) == (RequestState.IN_REVIEW, 1)
    assert story.decide(dia, sent.request_id, Approve()).state is RequestState.APPROVED


def test_one_no_declines_even_after_a_yes(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, **ADMIN))
    story.decide(town.dana, sent.request_id, Approve())
    assert story.decide(town.dov, sent.request_id, Decline(note="too much")).state is RequestState.DECLINED


def test_who_said_yes_may_think_again_and_decline(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, **ADMIN))
    story.decide(town.dana, sent.request_id, Approve())
    assert story.decide(town.dana, sent.request_id, Decline(note="oh")).state is RequestState.DECLINED
    view = story.card(sent.request_id)
    assert (view.over_by, view.note, view.approved_by) == ("Dana", "oh", ("Dana",))


@pytest.mark.covers("T13")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"role": Role.EMPLOYEE}, DenialReason.NOT_ADMIN, id="demoted since the card was posted"),
        pytest.param({"shared": True}, DenialReason.SHARED_LOGIN, id="a shared login"),
    ],
)
def test_a_membership_that_gives_no_power_decides_nothing(story, town, change, reason):
    sent = story.ask(town.ann)
    story.set(tables.Membership, {"person_id": town.dana.id}, **change)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is reason


@pytest.mark.covers("T5")
@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ({"deactivated": True}, DenialReason.DEACTIVATED_USER),
        ({"guest": True}, DenialReason.GUEST),
        ({"bot": True}, DenialReason.BOT),
        ({"stranger": True}, DenialReason.OUTSIDER),
        ({"guest": None}, DenialReason.UNCHECKED),
    ],
)
def test_what_slack_says_or_has_not_said_of_somebody_counts_against_them(story, town, flag, reason):
    sent = story.ask(town.ann)
    story.set(tables.Person, {"id": town.dana.id}, **flag)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is reason


@pytest.mark.covers("T8")
def test_one_slack_user_linked_to_two_people_has_no_power_anywhere(story, town, database):
    sent = story.ask(town.ann)
    make.person(database, "499999999999999", team=make.BRAND_TEAM, user=town.dana.user, name="Desk")
    make.member(database, "499999999999999", of=BRAND, role=Role.EMPLOYEE)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.LINKED_TWICE


@pytest.mark.covers("T17")
def test_an_admin_of_the_owner_who_clicks_from_another_workspace_is_refused(story, town, database):
    away = make.someone(database, 8, name="Away", team=make.AGENCY_TEAM, roles={BRAND: Role.ADMIN})
    sent = story.ask(town.ann)
    assert story.decide(away, sent.request_id, Approve()).reason is DenialReason.WRONG_WORKSPACE


@pytest.mark.covers("T8", "I3")
def test_nobody_decides_on_their_own_request_by_any_path(story, town, database):
    both = make.someone(
        database, 9, name="Both", team=make.BRAND_TEAM, roles={BRAND: Role.ADMIN, AGENCY: Role.EMPLOYEE}
    )
    sent = story.ask(town.ann)
    assert story.decide(town.ann, sent.request_id, Approve()).reason is DenialReason.NOT_MEMBER
    assert story.decide(both, sent.request_id, Approve()).reason is DenialReason.BOTH_SIDES
    story.set(tables.Request, {"id": sent.request_id}, requester_id=town.dana.id)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.OWN_REQUEST
    story.set(tables.Request, {"id": sent.request_id}, requester_id=town.ann.id, author_id=town.dana.id)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.OWN_REQUEST
    assert story.card(sent.request_id).state is RequestState.PENDING


@pytest.mark.covers("T7")
def test_outsiders_learn_nothing_not_even_that_it_is_decided(story, town):
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    stranger = Actor(source=Source.BUTTON, team_id="TNOWHERE", user_id="UNOBODY")
    denied = story.decide(stranger, sent.request_id, Approve())
    assert denied == Denied(reason=DenialReason.STRANGER)
    unknown = story.decide(stranger, "999999999999999", Approve(), expected_version=1)
    assert unknown == Denied(reason=DenialReason.UNKNOWN_REQUEST)


@pytest.mark.covers("T12")
def test_a_card_seen_before_the_request_changed_decides_nothing(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, **ADMIN))
    story.decide(town.dana, sent.request_id, Approve(), expected_version=1)
    stale = story.decide(town.dov, sent.request_id, Approve(), expected_version=1)
    assert stale.reason is DenialReason.CHANGED
    forged = story.decide(town.dov, sent.request_id, Approve(), expected_version=99)
    assert forged.reason is DenialReason.CHANGED


def test_a_request_nobody_decided_in_time_expires_and_stays_so(story, town, clock):
    sent = story.ask(town.ann)
    clock.push(timedelta(days=14))
    late = story.decide(town.dana, sent.request_id, Approve())
    assert late.reason is DenialReason.EXPIRED, "the clock decides, whether or not the sweep has come"
    assert story.sweep() == 1
    assert story.card(sent.request_id).state is RequestState.EXPIRED
    clock.push(timedelta(days=-2))
    assert story.sweep() == 0
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.EXPIRED


def test_a_request_until_a_date_expires_with_that_date_at_the_latest(story, town, clock):
    until = clock.now() + timedelta(days=2)
    sent = story.ask(town.ann, term=Term.till(until))
    assert story.card(sent.request_id).expires_at == until


def test_any_admin_of_the_asking_business_cancels_while_it_is_open(story, town):
    sent = story.ask(town.ann)
    assert story.cancel(town.eva, sent.request_id).reason is DenialReason.NOT_ADMIN
    assert story.cancel(town.dana, sent.request_id).reason is DenialReason.NOT_MEMBER
    assert story.cancel(town.abe, sent.request_id).state is RequestState.CANCELLED
    assert story.cancel(town.ann, sent.request_id).reason is DenialReason.ALREADY_OVER
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.ALREADY_OVER


@pytest.mark.covers("T35")
def test_asking_for_what_is_open_says_so_and_names_it(story, town):
    sent = story.ask(town.ann)
    again = story.ask(town.abe)
    assert (again.reason, again.ref, again.field) == (DenialReason.OPEN_ALREADY, sent.ref, "items.0")
    story.cancel(town.ann, sent.request_id)
    assert isinstance(story.ask(town.abe), Sent)


def test_asking_for_what_is_granted_says_so_and_for_more_is_a_change(story, town):
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    again = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Reporting only"))
    assert (again.reason, again.tasks) == (DenialReason.GRANTED_ALREADY, {"ADVERTISE", "ANALYZE"})
    more = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, **ADMIN))
    assert isinstance(more, Sent)
    assert story.card(more.request_id).items[0].held == {"ADVERTISE", "ANALYZE"}


def test_the_end_of_one_grant_never_cuts_another(story, town, clock):
    short = story.ask(town.ann, term=Term.for_days(5))
    story.decide(town.dana, short.request_id, Approve())
    longer = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, **ADMIN), term=Term.for_days(10))
    story.decide(town.dana, longer.request_id, Approve())
    story.decide(town.dov, longer.request_id, Approve())
    clock.push(timedelta(days=6))
    story.sweep()
    assert story.held(ACCOUNT) == {"MANAGE", "ADVERTISE", "ANALYZE"}
    clock.push(timedelta(days=5))
    story.sweep()
    assert story.held(ACCOUNT) == frozenset()


def test_the_owner_revokes_and_the_holder_gives_back_at_once(story, town):
    first, second = story.ask(town.ann), story.ask(town.ann, item(Kind.PAGE, PAGE))
    for sent in (first, second):
        story.decide(town.dana, sent.request_id, Approve())
    one = story.card(first.request_id).items[0].grant
    two = story.card(second.request_id).items[0].grant
    revoked = story.end(town.dov, one.id, business=BRAND)
    assert (revoked, story.held(ACCOUNT)) == (
        Ended(grant_ids=(one.id,), reason=EndReason.REVOKED, other="Northwind"),
        frozenset(),
    )
    back = story.end(town.abe, two.id, business=AGENCY)
    assert (back.reason, story.held(PAGE)) == (EndReason.RELINQUISHED, frozenset())
    again = story.end(town.dana, one.id, business=BRAND)
    assert (again.reason, again.by) == (DenialReason.GRANT_OVER, "Dov")


def test_only_admins_of_either_side_end_access_and_all_of_it_or_none(story, town, database):
    make.business(database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    oda = make.someone(database, 7, name="Oda", team=make.OTHER_TEAM, roles={make.OTHER: Role.ADMIN})
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    grant = story.card(sent.request_id).items[0].grant
    assert story.end(town.emil, grant.id, business=BRAND).reason is DenialReason.NOT_ADMIN
    assert story.end(town.ann, grant.id, business=BRAND).reason is DenialReason.NOT_MEMBER
    assert story.end(oda, grant.id, business=make.OTHER).reason is DenialReason.UNKNOWN_GRANT
    assert (
        story.end(town.dana, grant.id, "999999999999999", business=BRAND).reason is DenialReason.UNKNOWN_GRANT
    )
    assert story.held(ACCOUNT) == {"ADVERTISE", "ANALYZE"}


def test_a_deactivated_owner_decides_nothing_but_may_still_revoke(story, town):
    given = story.ask(town.ann)
    story.decide(town.dana, given.request_id, Approve())
    waiting = story.ask(town.ann, item(Kind.PAGE, PAGE))
    story.set(tables.BusinessRow, {"id": BRAND}, status=Status.DEACTIVATED)
    assert story.decide(town.dana, waiting.request_id, Approve()).reason is DenialReason.OWN_DEACTIVATED
    grant = story.card(given.request_id).items[0].grant
    assert isinstance(story.end(town.dana, grant.id, business=BRAND), Ended)


def test_those_for_whom_it_is_are_assigned_in_that_moment_and_cut_back_with_the_grant(story, town, database):
    def assigned():
        def query(tx):
            return {row.person_id: row.tasks for row in tx.all(select(tables.Assignment.__table__))}

        return database.read_sync(query)

    low = story.ask(town.ann, people=(town.eva.id,))
    story.decide(town.dana, low.request_id, Approve())
    assert assigned() == {town.eva.id: "ADVERTISE,ANALYZE"}
    high = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, **ADMIN), people=(town.eva.id, town.abe.id))
    story.decide(town.dana, high.request_id, Approve())
    story.decide(town.dov, high.request_id, Approve())
    assert assigned() == {town.eva.id: "ADVERTISE,ANALYZE,MANAGE", town.abe.id: "ADVERTISE,ANALYZE,MANAGE"}
    story.end(town.dana, story.card(high.request_id).items[0].grant.id, business=BRAND)
    assert assigned() == {town.eva.id: "ADVERTISE,ANALYZE", town.abe.id: "ADVERTISE,ANALYZE"}
    story.end(town.ann, story.card(low.request_id).items[0].grant.id, business=AGENCY)
    assert assigned() == {}


def test_an_item_described_in_words_is_bound_by_the_decider_to_one_of_their_own_of_that_kind(
    story, town, database
):
    make.business(database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    make.asset(database, "act_666", kind=Kind.AD_ACCOUNT, name="Not theirs", owner=make.OTHER)
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, words="the one for spring"))
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.UNBOUND
    for wrong in ("act_666", PAGE, "act_999"):
        denied = story.decide(town.dana, sent.request_id, Approve(bound={0: wrong}))
        assert (denied.reason, denied.field) == (DenialReason.UNKNOWN_ASSET, "items.0")
    story.decide(town.dana, sent.request_id, Approve(bound={0: ACCOUNT}))
    assert story.held(ACCOUNT) == {"ANALYZE"}
    other = story.ask(town.ann, item(Kind.AD_ACCOUNT, words="the other one"))
    twice = story.decide(town.dana, other.request_id, Approve(bound={0: ACCOUNT}))
    assert twice.reason is DenialReason.GRANTED_ALREADY


def test_two_described_items_cannot_be_bound_to_the_same_asset(story, town):
    sent = story.ask(town.ann, item(Kind.PAGE, words="one"), item(Kind.PAGE, words="two"))
    twice = story.decide(town.dana, sent.request_id, Approve(bound={0: PAGE, 1: PAGE}))
    assert isinstance(twice, Invalid)
    assert twice.field_errors[0].code is ErrorCode.SAME_ASSET_TWICE


@pytest.mark.covers("T12")
def test_an_asset_that_changed_hands_since_is_not_the_old_owners_to_give(story, town, database):
    make.business(database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    sent = story.ask(town.ann)
    story.set(tables.Asset, {"id": ACCOUNT}, owner_id=make.OTHER)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.ASSET_MOVED


@pytest.mark.parametrize(
    ("owner", "reason"),
    [
        ({"status": Status.DEACTIVATED}, DenialReason.DEACTIVATED),
        ({"status": Status.RESTRICTED}, DenialReason.RESTRICTED),
        ({"verified": False}, DenialReason.UNVERIFIED),
        ({"who_may_ask": WhoMayAsk.NOBODY}, DenialReason.NOBODY_MAY_ASK),
        ({"who_may_ask": WhoMayAsk.LISTED}, DenialReason.NOT_LISTED),
    ],
)
def test_an_owner_that_cannot_be_asked_is_said_at_the_owners_field(story, town, owner, reason):
    story.set(tables.BusinessRow, {"id": BRAND}, **owner)
    denied = story.ask(town.ann)
    assert (denied.reason, denied.field) == (reason, "owner")


def test_who_is_listed_may_ask_even_unverified(story, town, database):
    story.set(tables.BusinessRow, {"id": AGENCY}, verified=False)
    assert story.ask(town.ann).reason is DenialReason.OWN_UNVERIFIED
    make.listing(database, by=BRAND, of=AGENCY)
    assert isinstance(story.ask(town.ann), Sent)


def test_unknown_owner_own_business_and_foreign_asker_are_three_answers(story, town):
    assert story.ask(town.ann, deciding_id="99999").reason is DenialReason.UNKNOWN_BUSINESS
    assert story.ask(town.ann, deciding_id=AGENCY).reason is DenialReason.SAME_BUSINESS
    assert story.ask(town.dana).reason is DenialReason.NOT_MEMBER


@pytest.mark.covers("T10")
def test_an_asset_of_somebody_else_and_one_that_does_not_exist_are_the_same_answer(story, town, database):
    make.business(database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    make.asset(database, "act_666", kind=Kind.AD_ACCOUNT, name="Not theirs", owner=make.OTHER)
    theirs = story.ask(town.ann, item(Kind.AD_ACCOUNT, "act_666"))
    nobodys = story.ask(town.ann, item(Kind.AD_ACCOUNT, "act_667"))
    assert (theirs.reason, nobodys.reason) == (DenialReason.UNKNOWN_ASSET, DenialReason.UNKNOWN_ASSET)


def test_a_request_for_people_of_another_business_is_refused(story, town):
    denied = story.ask(town.ann, people=(town.dana.id,))
    assert (denied.reason, denied.field) == (DenialReason.UNKNOWN_PERSON, "people")


@pytest.mark.covers("T34")
def test_at_most_fifty_requests_of_one_business_wait_for_the_same_owner(story, town, database):
    for number in range(50):
        make.asset(database, f"act_2{number:03d}", kind=Kind.AD_ACCOUNT, name=f"No. {number}", owner=BRAND)
        assert isinstance(story.ask(town.ann, item(Kind.AD_ACCOUNT, f"act_2{number:03d}")), Sent)
    assert story.ask(town.ann).reason is DenialReason.TOO_MANY_OPEN


@pytest.mark.covers("T12")
def test_an_employee_prepares_and_an_admin_sends_it_as_their_own(story, town, database, clock):
    saved = story.ask(town.eva)
    assert isinstance(saved, Saved)
    assert saved.admins == 2
    assert story.held(ACCOUNT) == frozenset()

    def send(by, expected_version):
        return write(
            database,
            act,
            requests.submit_draft,
            saved.draft_id,
            by=by.by(),
            expected_version=expected_version,
            now=clock.now(),
        )

    assert send(town.eva, 1).reason is DenialReason.NOT_ADMIN
    assert send(town.dana, 1).reason is DenialReason.UNKNOWN_DRAFT
    assert send(town.ann, 7).reason is DenialReason.CHANGED
    changed = write(
        database,
        act,
        requests.change_draft,
        saved.draft_id,
        requesting(item(Kind.PAGE, PAGE)),
        by=town.eva.by(),
        expected_version=1,
        now=clock.now(),
    )
    assert isinstance(changed, Saved)
    assert send(town.ann, 1).reason is DenialReason.CHANGED, (
        "what the admin looked at is no longer what it says"
    )
    sent = send(town.ann, 2)
    assert isinstance(sent, Sent)
    assert sent.ref == saved.ref
    view = story.card(sent.request_id)
    assert (view.requester, view.author, view.items[0].asset_id) == ("Ann", "Eva", PAGE)
    assert send(town.abe, 3).reason is DenialReason.DRAFT_OVER


def test_what_was_prepared_can_be_dropped_and_lapses_after_14_days(story, town, database, clock):
    saved = story.ask(town.eva)
    dropped = write(
        database,
        act,
        requests.drop_draft,
        saved.draft_id,
        by=town.eva.by(),
        expected_version=1,
        now=clock.now(),
    )
    assert dropped.ref == saved.ref
    other = story.ask(town.eva)
    clock.push(timedelta(days=14))
    late = write(
        database,
        act,
        requests.submit_draft,
        other.draft_id,
        by=town.ann.by(),
        expected_version=1,
        now=clock.now(),
    )
    assert late.reason is DenialReason.DRAFT_OVER
    assert story.sweep() == 1
    card = database.read_sync(act, requests.draft_card, other.draft_id, now=clock.now())
    assert card.state is DraftState.EXPIRED


def test_flaws_come_back_at_their_fields_and_nothing_is_stored(story, town, clock):
    bad = story.ask(
        town.ann,
        item(Kind.AD_ACCOUNT, "act_1😀"),
        item(Kind.PAGE, "act_5"),
        deciding_id="12a45",
        reason="x" * 501,
        term=Term.till(clock.now() - timedelta(days=1)),
    )
    assert isinstance(bad, Invalid)
    assert {(field_error.field, field_error.code) for field_error in bad.field_errors} == {
        ("owner", ErrorCode.BUSINESS_ID),
        ("items.0", ErrorCode.ASSET_ID),
        ("items.1", ErrorCode.ASSET_ID),
        ("reason", ErrorCode.TOO_LONG),
        ("term", ErrorCode.DATE_PAST),
    }


@pytest.mark.covers("F20")
def test_where_no_admin_is_left_the_other_members_get_the_card_that_says_so(story, town, database):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    for admin in (town.dana, town.dov):
        story.set(tables.Person, {"id": admin.id}, deactivated=True)
    sent = story.ask(town.ann)
    assert sent.admins == 0

    def places(tx):
        statement = select(tables.Card.__table__).where(tables.Card.__table__.c.audience == "APPROVERS")
        return [row.user_id for row in tx.all(statement)]

    assert database.read_sync(places) == [town.emil.user]
    assert story.card(sent.request_id).admins == 0


def test_opening_the_details_is_noted_once_and_only_for_the_deciders(story, town, database, clock):
    sent = story.ask(town.ann)
    for by in (town.dana, town.dana, town.ann):
        write(database, act, requests.open_details, sent.request_id, by=by.by(), now=clock.now())
    assert story.card(sent.request_id).opened_by == ("Dana",)
    assert story.history(town.dana, sent.request_id) == ["request.pending", "request.opened"]
    assert story.history(town.ann, sent.request_id) == ["request.pending"]


def test_both_sides_see_the_request_and_nobody_else_does(story, town, database, clock):
    make.business(database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    oda = make.someone(database, 7, name="Oda", team=make.OTHER_TEAM, roles={make.OTHER: Role.ADMIN})
    sent = story.ask(town.ann)

    def see(by):
        return database.read_sync(act, requests.find_request, sent.request_id, by=by.by(), now=clock.now())

    assert see(town.ann).ref == see(town.emil).ref == sent.ref
    assert see(oda) is None
    typed = sent.ref.lower().replace("-", " ")
    assert (
        database.read_sync(act, requests.find_request_by_ref, typed, by=town.ann.by(), now=clock.now()).id
        == sent.request_id
    )
    assert database.read_sync(act, requests.find_request_by_ref, typed, by=oda.by(), now=clock.now()) is None


def test_the_grants_of_both_sides_are_listed_while_they_are_in_force(story, town, database, clock):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT), item(Kind.PAGE, PAGE))
    story.decide(town.dana, sent.request_id, Approve())

    def rows(by, business, direction, **page):
        return database.read_sync(
            act,
            grants.list_grants,
            business_id=business,
            direction=direction,
            by=by.by(),
            now=clock.now(),
            **page,
        )

    with_us = rows(town.eva, AGENCY, grants.Direction.SHARED_WITH_US)
    assert [row.asset_name for row in with_us.rows] == ["Acme Main", "Acme Page"]
    by_us = rows(town.dana, BRAND, grants.Direction.SHARED_BY_US, limit=1)
    assert (len(by_us.rows), by_us.total, by_us.more) == (1, 2, True)
    assert rows(town.dana, AGENCY, grants.Direction.SHARED_WITH_US).total == 0
    assert rows(town.dana, BRAND, grants.Direction.SHARED_BY_US, query="page").total == 1
    clock.push(timedelta(days=31))
    assert rows(town.eva, AGENCY, grants.Direction.SHARED_WITH_US).total == 0


def test_every_move_and_refusal_is_one_event_and_the_chain_holds(story, town, database):
    sent = story.ask(town.ann, item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM))
    story.decide(town.emil, sent.request_id, Approve())
    story.decide(town.dana, sent.request_id, Approve())
    assert story.history(town.dana, sent.request_id) == [
        "request.pending",
        "denied",
        "request.approved",
        "grant.active",
    ]
    assert database.read_sync(journal.verify).sound
