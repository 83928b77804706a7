"""What an approval gives, how many it takes, and who may not decide."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, EPOCH, PAGE, PIXEL, item
from steps import DAY, decide, denied, events, run, typed

from bot.domain.assets import Kind
from bot.domain.events import Subject, SubjectKind
from bot.domain.policy import Actor, DenialReason, Role, Source, Status
from bot.domain.requests import Approve, Decline, ErrorCode, FieldError, RequestState, Term
from bot.services import requests, settings
from bot.services.context import act
from bot.services.results import Denied, Invalid
from bot.store import tables

# --- what is given ---------------------------------------------------------------------------------


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
def test_nobody_is_given_more_than_was_requested(story, town, verdict):
    sent = story.ask(town.ann)
    denied = story.decide(town.dana, sent.request_id, verdict)
    assert isinstance(denied, Denied)
    assert denied.reason is DenialReason.WIDER
    assert story.card(sent.request_id).state is RequestState.PENDING
    assert story.held(ACCOUNT) == frozenset()


@pytest.mark.parametrize(
    ("verdict", "reason", "field", "tasks"),
    [
        (Approve(given={2: frozenset()}), DenialReason.WIDER, "items", ()),
        (Approve(bound={2: PAGE}), DenialReason.WIDER, "items", ()),
        (Approve(given={1: frozenset({"MANAGE"})}), DenialReason.WIDER, "items.1", ("ANALYZE",)),
        (Approve(bound={1: ACCOUNT}), DenialReason.WIDER, "items.1", ()),
        (Approve(given={0: frozenset(), 1: frozenset()}), DenialReason.NOTHING_GIVEN, "items", ()),
        (Approve(term=Term.for_days(31)), DenialReason.WIDER, "term", ()),
        (Approve(term=Term.without_end()), DenialReason.WIDER, "term", ()),
    ],
)
def test_what_cannot_be_given_is_named_at_its_field(story, town, sent, *, verdict, reason, field, tasks):
    did = decide(story, sent, town.dana, verdict)
    assert denied(story, did, sent, town.dana, field=field) == Denied(
        reason=reason,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        ref=sent.ref,
        field=field,
        tasks=frozenset(tasks),
    )


@pytest.mark.parametrize(
    ("verdict", "field_error"),
    [
        (Approve(term=Term.for_days(0)), FieldError(field="term", code=ErrorCode.DAYS, got="0")),
        (Approve(term=Term.till(EPOCH)), FieldError(field="term", code=ErrorCode.DATE_PAST, got=str(EPOCH))),
        (Approve(note="x" * 501), FieldError(field="note", code=ErrorCode.TOO_LONG, got="501")),
        (Decline(note="x" * 501), FieldError(field="note", code=ErrorCode.TOO_LONG, got="501")),
    ],
)
def test_field_errors_in_a_decision_change_nothing(story, town, sent, verdict, field_error):
    did = decide(story, sent, town.dana, verdict)
    assert (did.answer, did.rows) == (Invalid(field_errors=(field_error,)), {})


@pytest.mark.parametrize("verdict", [Approve(note="x" * 500), Decline(note="x" * 500)])
def test_the_longest_note_is_kept(story, town, sent, verdict):
    assert typed(decide(story, sent, town.dana, verdict)) == ["x" * 500]


def test_without_an_end_there_is_no_warning_and_without_a_window_no_undo(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, undo_minutes=0)
    sent = story.ask(town.ann, term=Term.without_end())
    did = decide(story, sent, town.dana, Approve())
    (row,) = did.of(tables.Grant).values()
    assert (row["ends_at"], row["warn_at"]) == (None, None)
    assert "undo_until" not in did.of(tables.Request)[sent.request_id,]
    assert did.of(tables.Request)[sent.request_id,]["given_kind"] == "OPEN_END"


def test_people_who_left_since_the_request_are_not_assigned_and_the_others_are(story, town):
    sent = story.ask(town.ann, people=(town.abe.id, town.eva.id))
    run(story, act, settings.remove_member, AGENCY, town.abe.id, by=town.ann)
    did = decide(story, sent, town.dana, Approve())
    assert did.of(tables.Assignment).keys() == {(ACCOUNT, AGENCY, town.eva.id)}


def test_people_who_are_assigned_already_may_do_what_is_added_too(story, town):
    first = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Reporting only"), people=(town.eva.id,))
    decide(story, first, town.dana, Approve())
    more = story.ask(town.ann, people=(town.eva.id, town.abe.id))
    given = {0: frozenset({"ADVERTISE"})}
    did = decide(story, more, town.dana, Approve(given=given))
    assert {key[2]: row["tasks"] for key, row in did.of(tables.Assignment).items()} == {
        town.eva.id: "ADVERTISE,ANALYZE",
        town.abe.id: "ADVERTISE",
    }


def test_an_asset_that_no_longer_is_the_owners_is_named(story, town, sent):
    story.set(tables.Asset, {"id": PAGE}, owner_id=AGENCY)
    moved = denied(story, decide(story, sent, town.dana, Approve()), sent, town.dana, field="items.1")
    assert (moved.reason, moved.name) == (DenialReason.ASSET_MOVED, "Acme Page")
    assert (moved.about, moved.ref) == (Subject(SubjectKind.REQUEST, sent.request_id), sent.ref)
    story.set(tables.Asset, {"id": PAGE}, owner_id=None)
    moved = decide(story, sent, town.dana, Approve()).answer
    assert (moved.reason, moved.name) == (DenialReason.ASSET_MOVED, "Acme Page")
    given = {1: frozenset()}
    assert decide(story, sent, town.dana, Approve(given=given)).answer.state is RequestState.APPROVED


@pytest.mark.covers("T12")
def test_an_asset_that_changed_hands_is_not_the_old_owners_to_give(story, town, database):
    make.business(database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    sent = story.ask(town.ann)
    story.set(tables.Asset, {"id": ACCOUNT}, owner_id=make.OTHER)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.ASSET_MOVED


def test_a_requesting_business_that_is_not_active_is_named(story, town, sent):
    story.set(tables.BusinessRow, {"id": AGENCY}, status=Status.RESTRICTED)
    did = decide(story, sent, town.dana, Approve())
    assert denied(story, did, sent, town.dana) == Denied(
        reason=DenialReason.PARTNER_INACTIVE,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        ref=sent.ref,
        name="Northwind",
    )


def test_a_requesting_business_that_is_not_active_is_given_nothing_but_may_be_declined(story, town):
    for status in (Status.DEACTIVATED, Status.RESTRICTED):
        sent = story.ask(town.ann)
        story.set(tables.BusinessRow, {"id": AGENCY}, status=status)
        denied = story.decide(town.dana, sent.request_id, Approve())
        assert (denied.reason, denied.name) == (DenialReason.PARTNER_INACTIVE, "Northwind")
        assert story.held(ACCOUNT) == frozenset()
        assert story.decide(town.dov, sent.request_id, Decline(note="no")).state is RequestState.DECLINED
        story.set(tables.BusinessRow, {"id": AGENCY}, status=Status.ACTIVE)


# --- described items -------------------------------------------------------------------------------


def test_an_item_described_in_words_is_bound_by_the_approver_to_an_own_asset_of_that_kind(
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


def test_a_described_item_is_bound_only_to_what_could_be_requested(story, town):
    described = (item(Kind.PAGE, words="the page"), item(Kind.PAGE, words="the other one"))
    sent = story.ask(town.ann, *described)
    make.asset(story.database, "500000002", kind=Kind.PAGE, name="Second", owner=BRAND)

    def field(bound, **more):
        answer = decide(story, sent, town.dana, Approve(bound=bound, **more)).answer
        if isinstance(answer, Invalid):
            return answer.field_errors
        return answer.reason, answer.field, answer.name

    unbound = denied(
        story, decide(story, sent, town.dana, Approve(bound={0: PAGE})), sent, town.dana, field="items.1"
    )
    assert unbound == Denied(
        reason=DenialReason.UNBOUND,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        ref=sent.ref,
        field="items.1",
    )
    assert field({0: PAGE, 1: ACCOUNT}) == (DenialReason.UNKNOWN_ASSET, "items.1", ACCOUNT)
    assert field({0: PAGE, 1: PAGE}) == (
        FieldError(field="items", code=ErrorCode.SAME_ASSET_TWICE, got=PAGE),
    )
    other = story.ask(town.ann, item(Kind.PAGE, "500000002"))
    did = decide(story, sent, town.dana, Approve(bound={0: PAGE, 1: "500000002"}))
    taken = denied(story, did, sent, town.dana, field="items.1")
    assert (taken.reason, taken.name, taken.ref) == (DenialReason.OPEN_ALREADY, "Second", other.ref)
    decide(story, other, town.dana, Approve())
    assert field({0: PAGE, 1: "500000002"}) == (DenialReason.GRANTED_ALREADY, "items.1", "Second")
    assert field({}, given={0: frozenset(), 1: frozenset()}) == (DenialReason.NOTHING_GIVEN, "items", "")
    bound = {0: PAGE, 1: "500000002"}
    did = decide(story, sent, town.dana, Approve(bound=bound, given={1: frozenset()}))
    assert did.of(tables.Item)[sent.request_id, 0]["asset_id"] == PAGE
    assert "asset_id" not in did.of(tables.Item)[sent.request_id, 1]
    assert [row["asset_id"] for row in did.of(tables.Grant).values()] == [PAGE]


def test_the_asset_that_two_described_items_are_bound_to_is_named(story, town):
    sent = story.ask(town.ann, *(item(Kind.PAGE, words=words) for words in ("one", "two", "three")))
    make.asset(story.database, "500000002", kind=Kind.PAGE, name="Second", owner=BRAND)
    did = decide(story, sent, town.dana, Approve(bound={0: "500000002", 1: PAGE, 2: PAGE}))
    assert did.answer.field_errors == (FieldError(field="items", code=ErrorCode.SAME_ASSET_TWICE, got=PAGE),)


def test_a_described_item_beside_a_named_one_is_bound_by_its_position(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT), item(Kind.PAGE, words="the page"))
    did = decide(story, sent, town.dana, Approve(bound={1: PAGE}))
    assert sorted(row["asset_id"] for row in did.of(tables.Grant).values()) == [PAGE, ACCOUNT]


def test_what_the_first_approval_bound_is_what_a_plain_second_one_gives(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    sent = story.ask(town.ann, item(Kind.PAGE, words="the page"))
    decide(story, sent, town.dana, Approve(bound={0: PAGE}))
    did = decide(story, sent, town.dov, Approve(), expected_version=2)
    assert [row["asset_id"] for row in did.of(tables.Grant).values()] == [PAGE]


# --- several approvals -----------------------------------------------------------------------------


@pytest.mark.covers("T18")
def test_managing_an_ad_account_takes_two_people(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    assert sent.required_approvals == 2
    first = story.decide(town.dana, sent.request_id, Approve())
    assert (first.state, first.approvals, first.required_approvals) == (RequestState.IN_REVIEW, 1, 2)
    assert story.held(ACCOUNT) == frozenset()
    again = story.decide(town.dana, sent.request_id, Approve())
    assert again.reason is DenialReason.APPROVED_ALREADY
    second = story.decide(town.dov, sent.request_id, Approve())
    assert second.state is RequestState.APPROVED
    assert "MANAGE" in story.held(ACCOUNT)


def test_how_many_approvals_it_takes_follows_from_what_is_given(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    moved = story.decide(town.dana, sent.request_id, Approve(given={0: frozenset({"ANALYZE"})}))
    assert (moved.state, moved.required_approvals) == (RequestState.APPROVED, 1)


def test_the_end_that_the_first_approval_fixed_is_what_a_plain_second_one_gives(story, town, sent):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    until = story.clock.now() + 5 * DAY
    decide(story, sent, town.dana, Approve(term=Term.till(until)))
    story.clock.push(DAY)
    did = decide(story, sent, town.dov, Approve(), expected_version=2)
    assert did.answer.approvals == 2
    assert {row["ends_at"] for row in did.of(tables.Grant).values()} == {until}
    assert {row["given"] for row in did.of(tables.Item).values() if "given" in row} == set()


def test_a_further_narrowing_starts_a_new_round_with_the_approval_of_who_narrowed(story, town, database):
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
def test_the_second_approval_cannot_widen_what_the_first_one_fixed(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve(term=Term.for_days(7)))
    wider = story.decide(town.dov, sent.request_id, Approve(term=Term.for_days(30)))
    assert wider.reason is DenialReason.WIDER


def test_days_that_the_first_approval_fixed_never_reach_past_the_requested_date(story, town, clock):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    until = clock.now() + timedelta(days=30)
    sent = story.ask(town.ann, term=Term.till(until))
    story.decide(town.dana, sent.request_id, Approve(term=Term.for_days(29)))
    clock.push(timedelta(days=10))
    moved = story.decide(town.dov, sent.request_id, Approve())
    assert moved.state is RequestState.APPROVED, "a plain approval is no narrowing: it needs no new round"
    assert story.card(sent.request_id).items[0].grant.ends_at == until


def test_an_approval_counts_those_of_its_round_who_can_still_decide(story, town, sent):
    dia = make.someone(story.database, 7, name="Dia", team=make.BRAND_TEAM, roles={BRAND: Role.ADMIN})
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=3)
    decide(story, sent, town.dana, Approve())
    did = decide(story, sent, town.dov, Approve(term=Term.for_days(30)), expected_version=2)
    assert (did.answer.approvals, did.answer.required_approvals) == (2, 3), (
        "the term that holds already is no new one"
    )
    assert did.of(tables.Decision).keys() == {(sent.request_id, 1, town.dov.id)}
    did = decide(story, sent, dia, Approve(term=Term.for_days(29)), expected_version=3)
    assert (did.answer.approvals, did.answer.state) == (1, RequestState.IN_REVIEW)
    assert did.of(tables.Request)[sent.request_id,] == {
        "version": 4,
        "round": 2,
        "given_days": 29,
        "approvals": 1,
    }
    assert did.of(tables.Decision).keys() == {(sent.request_id, 2, dia.id)}
    assert events(did)[0]["data"]["round"] == 2
    make.member(story.database, town.dov.id, of=AGENCY, role=Role.EMPLOYEE)
    did = decide(story, sent, town.dana, Approve(), expected_version=4)
    assert (did.answer.approvals, did.answer.state) == (2, RequestState.IN_REVIEW)


@pytest.mark.covers("T13")
def test_the_approval_of_somebody_who_lost_the_right_no_longer_counts(story, town, database):
    dia = make.someone(database, 7, name="Dia", team=make.BRAND_TEAM, roles={BRAND: Role.ADMIN})
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    story.set(tables.Membership, {"person_id": town.dana.id}, role=Role.EMPLOYEE)
    still = story.decide(town.dov, sent.request_id, Approve())
    assert (still.state, still.approvals) == (RequestState.IN_REVIEW, 1)
    assert story.decide(dia, sent.request_id, Approve()).state is RequestState.APPROVED


def test_the_approval_of_somebody_who_is_now_on_both_sides_no_longer_counts(story, town, sent):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    decide(story, sent, town.dana, Approve())
    make.member(story.database, town.dana.id, of=AGENCY, role=Role.EMPLOYEE)
    did = decide(story, sent, town.dov, Approve(), expected_version=2)
    assert (did.answer.approvals, did.answer.state) == (1, RequestState.IN_REVIEW)


def test_a_first_approval_starts_no_new_round_however_narrow_it_is(story, town, sent):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    did = decide(story, sent, town.dana, Approve(given={1: frozenset()}, term=Term.for_days(1)))
    assert did.of(tables.Decision).keys() == {(sent.request_id, 1, town.dana.id)}
    assert "round" not in did.of(tables.Request)[sent.request_id,]


def test_the_card_says_how_many_approvals_it_takes_by_the_current_policy(story, town):
    sent = story.ask(town.ann)
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    assert story.card(sent.request_id).required_approvals == 2
    assert story.decide(town.dana, sent.request_id, Approve()).state is RequestState.IN_REVIEW
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=1)
    assert story.card(sent.request_id).required_approvals == 1


def test_where_the_approvals_that_are_there_suffice_by_now_one_of_them_may_confirm(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.APPROVED_ALREADY
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=1)
    assert story.decide(town.dana, sent.request_id, Approve()).state is RequestState.APPROVED


def test_after_the_first_approval_the_other_approvers_are_told_that_one_more_is_needed(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    story.decide(town.dana, sent.request_id, Approve())
    about = [row.about for row in story.rows(tables.Effect) if row.kind == "POST_NOTICE"]
    assert about == ["in_review"]


# --- declines --------------------------------------------------------------------------------------


def test_a_declined_request_never_becomes_access(story, town):
    sent = story.ask(town.ann)
    moved = story.decide(town.dana, sent.request_id, Decline(note="Ask again in May"))
    assert moved.state is RequestState.DECLINED
    late = story.decide(town.dov, sent.request_id, Approve())
    assert late.reason is DenialReason.ALREADY_OVER
    assert (late.state, late.by) == (RequestState.DECLINED, "Dana")
    assert story.held(ACCOUNT) == frozenset()
    assert story.card(sent.request_id).note == "Ask again in May"


def test_one_decline_is_enough_even_after_an_approval(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    story.decide(town.dana, sent.request_id, Approve())
    assert story.decide(town.dov, sent.request_id, Decline(note="too much")).state is RequestState.DECLINED


def test_an_approver_may_think_again_and_decline(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    story.decide(town.dana, sent.request_id, Approve())
    assert story.decide(town.dana, sent.request_id, Decline(note="oh")).state is RequestState.DECLINED
    view = story.card(sent.request_id)
    assert (view.over_by, view.note, view.approved_by) == ("Dana", "oh", ("Dana",))


def test_a_decline_after_ones_own_approval_is_kept_beside_it_and_the_count_stands(story, town, sent):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    decide(story, sent, town.dana, Approve())
    did = decide(story, sent, town.dana, Decline(), expected_version=2)
    assert did.of(tables.Decision).keys() == {(sent.request_id, 2, town.dana.id)}
    assert (did.answer.approvals, did.answer.required_approvals) == (1, 2)
    kept = {"round", "given_kind", "given_days", "approvals", "required_approvals"}
    assert not kept & did.of(tables.Request)[sent.request_id,].keys()
    assert typed(did) == []


def test_a_decline_after_somebody_elses_approval_is_of_the_same_round(story, town, sent):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    decide(story, sent, town.dov, Approve())
    did = decide(story, sent, town.dana, Decline(), expected_version=2)
    assert did.of(tables.Decision).keys() == {(sent.request_id, 1, town.dana.id)}


# --- who may not -----------------------------------------------------------------------------------


def test_the_second_click_is_told_who_decided_and_changes_nothing(story, town):
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve(), expected_version=1)
    late = story.decide(town.dov, sent.request_id, Decline(note="no"), expected_version=1)
    assert (late.reason, late.by, late.state) == (DenialReason.ALREADY_OVER, "Dana", RequestState.APPROVED)
    assert story.held(ACCOUNT) == {"ADVERTISE", "ANALYZE"}


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
def test_an_admin_of_the_owner_who_clicks_from_another_workspace_is_denied(story, town, database):
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
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    story.decide(town.dana, sent.request_id, Approve(), expected_version=1)
    stale = story.decide(town.dov, sent.request_id, Approve(), expected_version=1)
    assert stale.reason is DenialReason.CHANGED
    forged = story.decide(town.dov, sent.request_id, Approve(), expected_version=99)
    assert forged.reason is DenialReason.CHANGED


def denials(story, town, sent):
    return {
        "over": (
            DenialReason.ALREADY_OVER,
            RequestState.DECLINED,
            "Dov",
            lambda: story.decide(town.dov, sent.request_id, Decline()),
        ),
        "changed": (
            DenialReason.CHANGED,
            RequestState.IN_REVIEW,
            None,
            lambda: (
                story.set(tables.BusinessRow, {"id": BRAND}, quorum=2),
                story.decide(town.dov, sent.request_id, Approve()),
            ),
        ),
        "expired": (DenialReason.EXPIRED, RequestState.PENDING, None, lambda: story.clock.push(14 * DAY)),
        "swept": (
            DenialReason.EXPIRED,
            RequestState.EXPIRED,
            None,
            lambda: (story.clock.push(14 * DAY), story.sweep()),
        ),
    }


@pytest.mark.parametrize("case", ["over", "changed", "expired", "swept"])
def test_an_approver_who_comes_too_late_is_told_what_became_of_the_request(story, town, sent, case):
    reason, state, by, happens = denials(story, town, sent)[case]
    happens()
    row = story.rows(tables.Request, id=sent.request_id)[0]
    asked = run(story, act, requests.may_decide_now, sent.request_id, by=town.dana, expected_version=1)
    told = Denied(
        reason=reason,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        ref=sent.ref,
        state=state,
        by=by,
        at=row.over_at or row.expires_at,
    )
    assert denied(story, asked, sent, town.dana, verb="may_decide_now") == told
    assert denied(story, decide(story, sent, town.dana, Approve()), sent, town.dana) == told


def test_an_approver_who_approved_already_is_told_so(story, town, sent):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    decide(story, sent, town.dana, Approve())
    did = decide(story, sent, town.dana, Approve(), expected_version=2)
    again = denied(story, did, sent, town.dana)
    assert (again.reason, again.state, again.by) == (
        DenialReason.APPROVED_ALREADY,
        RequestState.IN_REVIEW,
        None,
    )
    assert again.at == EPOCH + 14 * DAY


def test_a_member_who_may_not_decide_learns_which_request_it_is_and_no_more(story, town, sent):
    for verb, more in ((requests.decide, {"verdict": Approve()}), (requests.may_decide_now, {})):
        did = run(story, act, verb, sent.request_id, by=town.emil, expected_version=1, **more)
        assert denied(story, did, sent, town.emil, verb=verb.__name__, role=Role.EMPLOYEE) == Denied(
            reason=DenialReason.NOT_ADMIN, about=Subject(SubjectKind.REQUEST, sent.request_id), ref=sent.ref
        )


def test_somebody_of_neither_business_learns_nothing(story, town, sent):
    for verb, more in ((requests.decide, {"verdict": Approve()}), (requests.may_decide_now, {})):
        did = run(story, act, verb, sent.request_id, by=town.ann, expected_version=1, **more)
        outsider = denied(story, did, sent, town.ann, verb=verb.__name__, role=None)
        assert outsider == Denied(reason=DenialReason.NOT_MEMBER)
        did = run(story, act, verb, "nosuch", by=town.dana, expected_version=1, **more)
        unknown = denied(story, did, "nosuch", town.dana, verb=verb.__name__, business=None, role=None)
        assert unknown == Denied(reason=DenialReason.UNKNOWN_REQUEST)


def test_somebody_who_may_decide_now_is_told_nothing_and_nothing_is_kept(story, town, sent):
    did = run(story, act, requests.may_decide_now, sent.request_id, by=town.dana, expected_version=1)
    assert (did.answer, did.rows) == (None, {})
