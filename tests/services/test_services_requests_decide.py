"""What an approval gives, how many it takes, and who may not decide."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, EPOCH, PAGE, PIXEL, item
from steps import ADMIN, DAY, TICK, assigned, become, decide, denied, run, told

from bot.domain.actors import CONFIRMED_FOR, Actor, Role, Source, Status
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.messages import Audience
from bot.domain.requests import Approve, Decline, ErrorCode, FieldError, RequestState, Term
from bot.services import grants, requests, settings
from bot.services.results import Denied, Invalid
from bot.services.views.parties import Signer
from bot.slack.cards import request_card
from bot.store import tables

APPROVED, IN_REVIEW, DECLINED = RequestState.APPROVED, RequestState.IN_REVIEW, RequestState.DECLINED
ANALYZE = frozenset({"ANALYZE"})


def takes(story, town, quorum):
    story.change_policy(town.dana, quorum=quorum)


def given_assets(did):
    return sorted(row["asset_id"] for row in did.of(tables.Grant).values())


def test_a_program_gives_the_first_of_two_approvals_and_never_the_second(story, town):
    sent = story.submit(town.ann, ADMIN)
    nightly, other = (
        replace(who.by(), program=name) for who, name in ((town.dana, "Nightly sync"), (town.dov, "Other"))
    )
    assert story.decide(nightly, sent.request_id, Approve()).state is IN_REVIEW
    assert story.card(sent.request_id).approved_by == (Signer("Dana", "Nightly sync"),)
    no = denied(story, decide(story, sent, other, Approve()), sent, town.dov)
    about = Subject(SubjectKind.REQUEST, sent.request_id)
    assert no == Denied(reason=DenialReason.PROGRAM, about=about, ref=sent.ref)
    assert story.decide(town.dov, sent.request_id, Approve()).state is APPROVED
    both = (Signer("Dana", "Nightly sync"), Signer("Dov"))
    assert story.card(sent.request_id).approved_by == both
    assert story.grant_of(sent.request_id).decided_by == both


@pytest.mark.parametrize("program", [None, "Nightly sync"])
def test_who_declined_is_named_and_the_program_of_theirs_that_did(story, town, program):
    sent = story.submit(town.ann)
    story.decide(replace(town.dana.by(), program=program), sent.request_id, Decline(note="Not now"))
    view = story.card(sent.request_id)
    assert (view.over_by, view.over_with) == ("Dana", program)


def test_who_cancelled_and_the_program_of_theirs_that_did_are_named_on_their_own_side_alone(story, town):
    sent = story.submit(town.ann)
    story.cancel(replace(town.abe.by(), program="Nightly sync"), sent.request_id)
    view = story.card(sent.request_id)
    assert (view.over_by, view.over_with) == ("Abe", "Nightly sync")
    late = run(story, requests.cancel, sent.request_id, by=town.ann).answer
    assert (late.state, late.by, late.program) == (RequestState.CANCELLED, "Abe", "Nightly sync")
    late = decide(story, sent, town.dana, Approve()).answer
    assert (late.state, late.by, late.program) == (RequestState.CANCELLED, None, None)


def test_who_comes_too_late_reads_that_the_requester_cancelled(story, town):
    sent = story.submit(town.ann)
    story.cancel(town.ann, sent.request_id)
    assert decide(story, sent, town.dana, Approve()).answer.by == "Ann"


# --- what is given ---------------------------------------------------------------------------------


@pytest.mark.covers("R6")
def test_some_items_a_lower_level_and_a_shorter_time_can_be_given(story, town, clock):
    sent = story.submit(
        town.ann,
        item(Kind.AD_ACCOUNT, ACCOUNT, level="General user"),
        item(Kind.PAGE, PAGE, level="Employee"),
        item(Kind.PIXEL, PIXEL, level="Analyst"),
    )
    given = {0: ANALYZE, 1: frozenset(), 2: frozenset({"ADVERTISE", "ANALYZE"})}
    story.decide(town.dana, sent.request_id, Approve(given=given, term=Term.for_days(7)))
    assert [story.held(one) for one in (ACCOUNT, PAGE, PIXEL)] == [given[0], given[1], given[2]]
    view = story.card(sent.request_id)
    assert [one.given for one in view.items] == [given[0], given[1], given[2]]
    assert view.items[1].grant is None
    clock.push(timedelta(days=7))
    assert story.held(PIXEL) == frozenset()


def test_what_each_approver_wrote_is_there_for_both_sides_also_from_before_another_narrowed_it(story, town):
    sent = story.submit(town.ann, ADMIN)
    story.decide(town.dana, sent.request_id, Approve(note="Only for spring"))
    story.decide(town.dov, sent.request_id, Approve(term=Term.for_days(5), note="Mind the budget"))
    story.decide(town.dana, sent.request_id, Approve())
    for who in (town.ann, town.dana):
        view = story.read(requests.find_request, sent.request_id, by=who)
        assert view.state is RequestState.APPROVED
        assert view.approval_notes == (("Dana", "Only for spring"), ("Dov", "Mind the budget"))


@pytest.mark.covers("T14", "I6", "R6")
@pytest.mark.parametrize(
    ("verdict", "field", "tasks"),
    [
        (Approve(given={0: frozenset(), 1: frozenset({"MANAGE", "ANALYZE"})}), "items.1", ANALYZE),
        (Approve(given={2: frozenset()}), "items", frozenset()),
        (Approve(bound={2: PAGE}), "items", frozenset()),
        (Approve(bound={1: ACCOUNT}), "items.1", frozenset()),
        (Approve(given={0: frozenset(), 1: frozenset()}), "items", frozenset()),
        (Approve(term=Term.for_days(31)), "term", frozenset()),
        (Approve(term=Term.without_end()), "term", frozenset()),
    ],
    ids=["task", "item", "binding of no item", "another asset", "nothing", "a day longer", "no end"],
)
def test_nobody_is_given_more_than_was_requested(story, town, sent, *, verdict, field, tasks):
    did = decide(story, sent, town.dana, verdict)
    nothing = verdict.given == {0: frozenset(), 1: frozenset()}
    reason = DenialReason.NOTHING_GIVEN if nothing else DenialReason.WIDER
    assert denied(story, did, sent, town.dana, field=field) == told(sent, reason, field=field, tasks=tasks)


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
    assert decide(story, sent, town.dana, verdict).put(tables.EventText, "text") == [("x" * 500,)]


def test_without_an_end_there_is_no_warning_and_without_a_window_no_undo(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, undo_minutes=0)
    sent = story.submit(town.ann, term=Term.without_end())
    did = decide(story, sent, town.dana, Approve())
    assert did.put(tables.Grant, "ends_at", "warn_at") == [(None, None)]
    request = did.of(tables.Request)[sent.request_id,]
    assert (request["given_kind"], "undo_until" in request) == ("OPEN_END", False)


def test_people_who_left_since_the_request_are_not_assigned_and_the_others_are(story, town):
    sent = story.submit(town.ann, people=(town.abe.id, town.eva.id))
    story.do(settings.remove_member, AGENCY, town.abe.id, by=town.ann)
    decide(story, sent, town.dana, Approve())
    assert assigned(story).keys() == {town.eva.id}


@pytest.mark.parametrize("unknown", [{"bot": None}, {"checked_at": EPOCH - 2 * DAY}])
def test_people_of_whom_slack_has_not_said_lately_who_they_are_are_assigned_all_the_same(
    story, town, unknown
):
    sent = story.submit(town.ann, people=(town.eva.id,))
    become(story, town.eva, **unknown)
    decide(story, sent, town.dana, Approve())
    assert assigned(story).keys() == {town.eva.id}


def test_people_who_are_assigned_already_may_do_what_is_added_too(story, town):
    first = story.submit(
        town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Reporting only"), people=(town.eva.id,)
    )
    decide(story, first, town.dana, Approve())
    more = story.submit(town.ann, people=(town.eva.id, town.abe.id))
    decide(story, more, town.dana, Approve(given={0: frozenset({"ADVERTISE"})}))
    assert assigned(story) == {town.eva.id: "ADVERTISE,ANALYZE", town.abe.id: "ADVERTISE"}


@pytest.mark.covers("T12")
@pytest.mark.parametrize("owner", [AGENCY, None])
def test_an_asset_that_changed_hands_is_not_the_old_owners_to_give_and_is_named(story, town, sent, owner):
    story.set(tables.Asset, {"id": PAGE}, owner_id=owner)
    moved = denied(story, decide(story, sent, town.dana, Approve()), sent, town.dana, field="items.1")
    assert moved == told(sent, DenialReason.ASSET_MOVED, field="items.1", name="Acme Page")
    assert decide(story, sent, town.dana, Approve(given={1: frozenset()})).answer.state is APPROVED


@pytest.mark.parametrize("status", [Status.DEACTIVATED, Status.RESTRICTED])
def test_a_requesting_business_that_is_not_active_is_given_nothing_but_declined(story, town, sent, status):
    story.set(tables.BusinessRow, {"id": AGENCY}, status=status)
    no = denied(story, decide(story, sent, town.dana, Approve()), sent, town.dana)
    assert no == told(sent, DenialReason.PARTNER_INACTIVE, name="Northwind")
    assert story.decide(town.dov, sent.request_id, Decline(note="no")).state is DECLINED


def test_who_has_asked_is_given_what_they_asked_for_also_once_they_are_unverified(story, town, sent):
    """Whom they ask knows them; who offers what they own must be verified, as what they own is theirs."""
    story.set(tables.BusinessRow, {"id": AGENCY}, verified=False)
    assert decide(story, sent, town.dana, Approve()).answer.state is APPROVED


# --- described items -------------------------------------------------------------------------------


@pytest.mark.covers("R1")
def test_an_item_described_in_words_is_bound_by_the_approver_to_an_own_asset_of_that_kind(story, town, oda):
    make.asset(story.database, "act_666", kind=Kind.AD_ACCOUNT, name="Not theirs", owner=make.OTHER)
    sent = story.submit(town.ann, item(Kind.AD_ACCOUNT, words="the one for spring"))
    for wrong in ("act_666", PAGE, "act_999"):
        no = story.decide(town.dana, sent.request_id, Approve(bound={0: wrong}))
        assert (no.reason, no.field, no.name) == (DenialReason.NOT_OWNED, "items.0", wrong)
    story.decide(town.dana, sent.request_id, Approve(bound={0: ACCOUNT}))
    assert story.held(ACCOUNT) == ANALYZE


def test_a_described_item_is_bound_only_to_what_could_be_requested(story, town):
    sent = story.submit(town.ann, *(item(Kind.PAGE, words=words) for words in ("one", "two", "three")))
    second = make.asset(story.database, "500000002", kind=Kind.PAGE, name="Second", owner=BRAND)

    def answer(bound):
        did = decide(story, sent, town.dana, Approve(bound=bound, given={2: frozenset()}))
        return denied(story, did, sent, town.dana, field="items.1")

    assert answer({0: PAGE}) == told(sent, DenialReason.UNBOUND, field="items.1")
    twice = decide(story, sent, town.dana, Approve(bound={0: second, 1: PAGE, 2: PAGE})).answer
    assert twice.field_errors == (FieldError(field="items", code=ErrorCode.SAME_ASSET_TWICE, got=PAGE),)
    other = story.submit(town.ann, item(Kind.PAGE, second))
    taken = answer({0: PAGE, 1: second})
    assert (taken.reason, taken.field, taken.name) == (DenialReason.ASKED_BESIDES, "items.1", "Second")
    assert taken.ref == other.ref
    decide(story, other, town.dana, Approve())
    held = answer({0: PAGE, 1: second})
    assert (held.reason, held.field, held.name) == (DenialReason.HELD_BESIDES, "items.1", "Second")
    none = decide(story, sent, town.dana, Approve(given=dict.fromkeys(range(3), frozenset()))).answer
    assert (none.reason, none.field) == (DenialReason.NOTHING_GIVEN, "items")
    given = dict.fromkeys((1, 2), frozenset())
    did = decide(story, sent, town.dana, Approve(bound={0: PAGE, 1: second}, given=given))
    assert did.of(tables.Item)[sent.request_id, 0]["asset_id"] == PAGE
    assert "asset_id" not in did.of(tables.Item)[sent.request_id, 1]
    assert given_assets(did) == [PAGE]


def test_a_described_item_beside_a_named_one_is_bound_by_its_position(story, town):
    sent = story.submit(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT), item(Kind.PAGE, words="the page"))
    assert given_assets(decide(story, sent, town.dana, Approve(bound={1: PAGE}))) == [PAGE, ACCOUNT]


def test_what_the_first_approval_bound_cannot_be_swapped_by_the_second(story, town):
    second = make.asset(story.database, "500000002", kind=Kind.PAGE, owner=BRAND, name="Second page")
    takes(story, town, 2)
    sent = story.submit(town.ann, *(item(Kind.PAGE, words=words) for words in ("one", "two")))
    story.decide(town.dana, sent.request_id, Approve(bound={0: PAGE, 1: second}))
    swapped = decide(story, sent, town.dov, Approve(bound={0: second, 1: PAGE}), expected_version=2).answer
    assert (swapped.reason, swapped.field) == (DenialReason.WIDER, "items.0")
    same = Approve(bound={0: PAGE, 1: second})
    assert decide(story, sent, town.dov, same, expected_version=2).answer.state is APPROVED


def test_what_the_first_approval_bound_is_what_a_plain_second_one_gives(story, town):
    takes(story, town, 2)
    sent = story.submit(town.ann, item(Kind.PAGE, words="the page"))
    decide(story, sent, town.dana, Approve(bound={0: PAGE}))
    assert given_assets(decide(story, sent, town.dov, Approve())) == [PAGE]


# --- several approvals -----------------------------------------------------------------------------


@pytest.mark.covers("T18", "R7")
def test_managing_an_ad_account_takes_two_people(story, town):
    sent = story.submit(town.ann, ADMIN)
    assert sent.required_approvals == 2
    first = story.decide(town.dana, sent.request_id, Approve())
    assert (first.state, first.approvals, first.required_approvals) == (IN_REVIEW, 1, 2)
    assert story.held(ACCOUNT) == frozenset()
    assert story.decide(town.dov, sent.request_id, Approve()).state is APPROVED
    assert "MANAGE" in story.held(ACCOUNT)


def test_how_many_approvals_it_takes_follows_from_what_is_given(story, town):
    sent = story.submit(town.ann, ADMIN)
    moved = story.decide(town.dana, sent.request_id, Approve(given={0: ANALYZE}))
    assert (moved.state, moved.required_approvals) == (APPROVED, 1)


def test_the_end_that_the_first_approval_fixed_is_what_a_plain_second_one_gives(story, town, sent):
    takes(story, town, 2)
    until = story.clock.now() + 5 * DAY
    decide(story, sent, town.dana, Approve(term=Term.till(until)))
    story.clock.push(DAY)
    did = decide(story, sent, town.dov, Approve())
    assert did.answer.approvals == 2
    assert {row["ends_at"] for row in did.of(tables.Grant).values()} == {until}
    assert not any("given" in row for row in did.of(tables.Item).values())


@pytest.mark.covers("R7")
def test_a_further_narrowing_starts_a_new_round_with_the_approval_of_who_narrowed(story, town, dia):
    takes(story, town, 2)
    sent = story.submit(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    narrowed = story.decide(town.dov, sent.request_id, Approve(given={0: ANALYZE}))
    assert (narrowed.state, narrowed.approvals) == (IN_REVIEW, 1)
    done = story.decide(town.dana, sent.request_id, Approve())
    assert (done.state, done.approvals, story.held(ACCOUNT)) == (APPROVED, 2, ANALYZE)


@pytest.mark.covers("T14", "I6")
def test_the_second_approval_cannot_widen_what_the_first_one_fixed(story, town):
    takes(story, town, 2)
    sent = story.submit(town.ann)
    story.decide(town.dana, sent.request_id, Approve(term=Term.for_days(7)))
    wider = story.decide(town.dov, sent.request_id, Approve(term=Term.for_days(30)))
    assert wider.reason is DenialReason.WIDER


def test_days_that_the_first_approval_fixed_never_reach_past_the_requested_date(story, town, clock):
    takes(story, town, 2)
    until = clock.now() + 30 * DAY
    sent = story.submit(town.ann, term=Term.till(until))
    story.decide(town.dana, sent.request_id, Approve(term=Term.for_days(29)))
    clock.push(10 * DAY)
    moved = story.decide(town.dov, sent.request_id, Approve())
    assert moved.state is APPROVED, "a plain approval is no narrowing: it needs no new round"
    assert story.grant_of(sent.request_id).ends_at == until


def test_an_approval_counts_those_of_its_round_who_can_still_decide(story, town, sent, dia):
    takes(story, town, 3)
    decide(story, sent, town.dana, Approve())
    did = decide(story, sent, town.dov, Approve(term=Term.for_days(30)))
    assert (did.answer.approvals, did.answer.required_approvals) == (2, 3), "that term holds already"
    assert did.of(tables.Decision).keys() == {(sent.request_id, 1, town.dov.id)}
    did = decide(story, sent, dia, Approve(term=Term.for_days(29)))
    assert (did.answer.approvals, did.answer.state) == (1, IN_REVIEW)
    new = {"version": 5, "round": 2, "given_days": 29, "approvals": 1}
    assert did.of(tables.Request)[sent.request_id,] == new
    assert did.of(tables.Decision).keys() == {(sent.request_id, 2, dia.id)}
    assert '"round":2' in did.put(tables.Event, "data")[0][0]
    make.member(story.database, town.dov.id, of=AGENCY, role=Role.EMPLOYEE)
    did = decide(story, sent, town.dana, Approve())
    assert (did.answer.approvals, did.answer.state) == (2, IN_REVIEW)


def test_who_approved_what_is_given_is_named_in_that_order_and_of_one_moment_by_name(story, town, dia, clock):
    takes(story, town, 3)
    sent = story.submit(town.ann)
    decide(story, sent, town.dana, Approve())
    decide(story, sent, town.dov, Approve(given={0: ANALYZE}))
    decide(story, sent, dia, Approve())
    clock.push(TICK)
    decide(story, sent, town.dana, Approve())
    named = (story.card(sent.request_id).approved_by, story.grant_of(sent.request_id).decided_by)
    assert named == ((Signer("Dia"), Signer("Dov"), Signer("Dana")),) * 2


@pytest.mark.covers("T13")
@pytest.mark.parametrize("lost", ["demoted", "on both sides"])
def test_the_approval_of_somebody_who_lost_the_right_no_longer_counts(story, town, sent, dia, lost):
    takes(story, town, 2)
    decide(story, sent, town.dana, Approve())
    if lost == "demoted":
        become(story, town.dana, role=Role.EMPLOYEE)
    else:
        make.member(story.database, town.dana.id, of=AGENCY, role=Role.EMPLOYEE)
    still = story.decide(town.dov, sent.request_id, Approve())
    assert (still.state, still.approvals) == (IN_REVIEW, 1)
    assert story.decide(dia, sent.request_id, Approve()).state is APPROVED


@pytest.mark.case("2.4")
@pytest.mark.covers("R17")
def test_an_open_request_needs_what_the_strictest_policy_asked_for_while_it_was_open(story, town):
    before = story.submit(town.ann)
    takes(story, town, 2)
    assert story.card(before.request_id).required_approvals == 2
    (revised,) = story.rows(tables.Event, kind="request.revised")
    assert (revised.subject_id, revised.version) == (before.request_id, 2)
    assert story.decide(town.dana, before.request_id, Approve()).state is IN_REVIEW
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=1)
    after = story.submit(town.ann, item(Kind.PAGE, PAGE))
    assert [story.card(one.request_id).required_approvals for one in (before, after)] == [2, 1]
    assert story.decide(town.dana, before.request_id, Approve()).reason is DenialReason.APPROVED_ALREADY
    assert story.decide(town.dov, before.request_id, Approve()).state is APPROVED


@pytest.mark.case("2.4")
@pytest.mark.parametrize("lost", ["removed", "demoted", "guest"])
def test_a_card_counts_and_names_only_those_whose_approval_counts(story, town, sent, dia, lost):
    takes(story, town, 2)
    decide(story, sent, town.dana, Approve())
    decide(story, sent, town.dov, Approve(term=Term.for_days(29)))
    decide(story, sent, town.dana, Approve(term=Term.for_days(28)))
    before = story.card(sent.request_id)
    assert (before.approvals, before.approved_by) == (1, (Signer("Dana"),))
    version = before.version
    lose = {
        "removed": partial(story.do, settings.remove_member, BRAND, town.dana.id, by=dia),
        "demoted": partial(story.do, settings.set_role, BRAND, town.dana.id, role=Role.EMPLOYEE, by=dia),
        "guest": partial(story.slack_says, town.dana.team, town.dana.user, guest=True),
    }
    lose[lost]()
    after = story.card(sent.request_id)
    assert (after.approvals, after.approved_by, after.version) == (0, (), version + 1)
    *_, revised = story.rows(tables.Event, kind="request.revised")
    assert json.loads(revised.data)["because"] == "approver"


def test_where_the_approvals_that_are_there_suffice_by_now_one_of_them_may_confirm(story, town, sent):
    takes(story, town, 2)
    decide(story, sent, town.dana, Approve())
    again = denied(story, decide(story, sent, town.dana, Approve()), sent, town.dana)
    assert again == told(sent, DenialReason.APPROVED_ALREADY)
    become(story, town.dana, role=Role.EMPLOYEE)
    assert decide(story, sent, town.dov, Approve()).answer.state is IN_REVIEW
    become(story, town.dana, role=Role.ADMIN)
    assert decide(story, sent, town.dov, Approve()).answer.state is APPROVED


@pytest.mark.covers("C1", "R7", "R16")
def test_who_can_confirm_the_approvals_that_are_there_is_asked_to(story, town, sent):
    takes(story, town, 2)
    story.all_posted()
    decide(story, sent, town.dana, Approve())
    become(story, town.dana, role=Role.EMPLOYEE)
    decide(story, sent, town.dov, Approve())
    become(story, town.dana, role=Role.ADMIN)
    view = story.card(sent.request_id)
    assert (view.approvals, view.required_approvals, view.approved_by_reader) == (2, 2, False)
    assert "Approve once more" in request_card(view, audience=Audience.APPROVERS, now=story.clock.now()).text
    story.live(days=4)
    told_of = [{one for _, ids in story.digests(who) for one in ids} for who in (town.dana, town.dov)]
    assert all(sent.request_id in ids for ids in told_of)
    assert story.snooze(town.dov, sent.request_id).until is not None
    assert story.decide(town.dana, sent.request_id, Approve()).state is APPROVED


def test_an_approval_is_denied_while_slack_has_not_confirmed_who_approved_before(story, town, sent):
    takes(story, town, 2)
    old = story.clock.now() - CONFIRMED_FOR - TICK
    become(story, town.emil, role=Role.ADMIN)
    become(story, town.emil, checked_at=old)  # has approved nothing
    assert decide(story, sent, town.dana, Approve()).answer.state is IN_REVIEW
    become(story, town.dana, checked_at=old)
    no = denied(story, decide(story, sent, town.dov, Approve()), sent, town.dov)
    assert no == Denied(reason=DenialReason.UNCONFIRMED, ref=sent.ref, name="Dana")
    become(story, town.dana, checked_at=story.clock.now())
    assert decide(story, sent, town.dov, Approve()).answer.state is APPROVED


# --- declines --------------------------------------------------------------------------------------


def test_a_declined_request_never_becomes_access(story, town):
    sent = story.submit(town.ann)
    story.decide(town.dana, sent.request_id, Decline(note="Ask again in May"))
    late = story.decide(town.dov, sent.request_id, Approve())
    assert (late.reason, late.state, late.by) == (DenialReason.ALREADY_OVER, DECLINED, "Dana")
    assert story.held(ACCOUNT) == frozenset()
    assert story.card(sent.request_id).note == "Ask again in May"


@pytest.mark.parametrize(("first", "the_round"), [("dana", 2), ("dov", 1)], ids=["their own", "another's"])
@pytest.mark.covers("R7")
def test_one_decline_is_enough_and_is_kept_beside_the_approval_before_it(story, town, sent, first, the_round):
    takes(story, town, 2)
    decide(story, sent, getattr(town, first), Approve())
    did = decide(story, sent, town.dana, Decline())
    assert did.of(tables.Decision).keys() == {(sent.request_id, the_round, town.dana.id)}
    assert (did.answer.state, did.answer.approvals, did.answer.required_approvals) == (DECLINED, 1, 2)
    kept = {"round", "given_kind", "given_days", "approvals", "required_approvals"}
    assert not kept & did.of(tables.Request)[sent.request_id,].keys()
    assert did.of(tables.EventText) == {}
    view = story.card(sent.request_id)
    assert (view.over_by, view.approved_by) == ("Dana", (Signer(getattr(town, first).name),))


# --- who may not -----------------------------------------------------------------------------------


@pytest.mark.covers("D2", "R9")
def test_who_is_a_shared_login_in_one_business_has_power_in_none(story, town):
    make.business(story.database, make.OTHER, name="Other", team=make.BRAND_TEAM)
    make.member(story.database, town.dana.id, of=make.OTHER, shared=True)
    sent = story.submit(town.ann)
    answer = story.decide(town.dana, sent.request_id, Approve())
    assert answer == told(sent, DenialReason.SHARED_LOGIN)
    assert story.card(sent.request_id).admins == 1, "only Dov is asked"
    page = {"business_id": BRAND, "asset_id": PAGE, "tasks": ANALYZE}
    no = story.do(grants.assign_person, town.dana.id, **page, by=town.dov)
    assert no.why is DenialReason.SHARED_LOGIN


@pytest.mark.covers("T5", "T13", "D2")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"role": Role.EMPLOYEE}, DenialReason.NOT_ADMIN),
        ({"shared": True}, DenialReason.SHARED_LOGIN),
        ({"deactivated": True}, DenialReason.DEACTIVATED_USER),
        ({"guest": True}, DenialReason.GUEST),
        ({"bot": True}, DenialReason.BOT),
        ({"stranger": True}, DenialReason.OUTSIDER),
        ({"guest": None}, DenialReason.UNCHECKED),
    ],
)
def test_what_slack_or_a_membership_says_counts_against_somebody(story, town, change, reason):
    sent = story.submit(town.ann)
    become(story, town.dana, **change)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is reason


@pytest.mark.covers("T8", "I3", "R8")
def test_nobody_decides_on_their_own_request_by_any_path(story, town, bob):
    sent = story.submit(town.ann)
    assert story.decide(town.ann, sent.request_id, Approve()).reason is DenialReason.NOT_MEMBER
    assert story.decide(bob, sent.request_id, Approve()).reason is DenialReason.BOTH_SIDES
    for own in ({"requester_id": town.dana.id}, {"requester_id": town.ann.id, "author_id": town.dana.id}):
        story.set(tables.Request, {"id": sent.request_id}, **own)
        assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.OWN_REQUEST
    assert story.card(sent.request_id).state is RequestState.PENDING


@pytest.mark.case("1.4")
@pytest.mark.parametrize("part", ["requester_id", "author_id"])
def test_who_was_another_person_when_they_requested_decides_on_it_under_no_name(story, database, town, part):
    # Dana of the directory today is the Slack user who asked for the agency, as somebody else, before.
    old = make.person(database, "499999999999999", team=BRAND_TEAM, user=town.dana.user, name="D. Dekker")
    sent = story.submit(town.ann)
    approve = story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.decide(town.dov, approve.request_id, Approve())
    for one in (sent, approve):
        story.set(tables.Request, {"id": one.request_id}, **{part: old})
    for denied_ in (
        story.decide(town.dana, sent.request_id, Approve()),
        story.snooze(town.dana, sent.request_id),
        story.acknowledge(town.dana, sent.request_id),
        story.undo(town.dana, approve.request_id),
    ):
        assert denied_.reason is DenialReason.OWN_REQUEST
    assert story.card(sent.request_id).admins == 1, "nor do cards count on them"
    assert story.decide(town.dov, sent.request_id, Approve()).state is APPROVED


@pytest.mark.covers("T8")
def test_in_an_organisation_nobody_decides_from_another_of_its_workspaces_what_they_or_their_business_ask(
    story, town
):
    """Somebody has one Slack id in all workspaces of their organisation, and may be an admin in two."""
    names = {"Ann": DenialReason.OWN_REQUEST, "Abe": DenialReason.BOTH_SIDES}
    theirs = [
        make.someone(story.database, number, name=name, team=make.BRAND_TEAM, roles={BRAND: Role.ADMIN})
        for number, name in enumerate(names, start=71)
    ]
    sent = story.submit(town.ann)
    assert [one.user for one in theirs] == [town.ann.user, town.abe.user]
    for one, reason in zip(theirs, names.values(), strict=True):
        assert story.decide(one, sent.request_id, Approve()).reason is reason
    assert story.card(sent.request_id).admins == 2, "nor do cards count on them"
    assert story.decide(town.dov, sent.request_id, Approve()).state is APPROVED


@pytest.mark.covers("T7")
def test_outsiders_learn_nothing_not_even_that_it_is_decided(story, town):
    sent = story.submit(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    stranger = Actor(source=Source.BUTTON, team_id="TNOWHERE", user_id="UNOBODY")
    assert story.decide(stranger, sent.request_id, Approve()) == Denied(reason=DenialReason.STRANGER)
    unknown = story.decide(stranger, "999999999999999", Approve(), expected_version=1)
    assert unknown == Denied(reason=DenialReason.UNKNOWN_REQUEST)


VERBS = [(requests.decide, {"verdict": Approve()}), (requests.may_decide_now, {})]


@pytest.mark.covers("T12")
@pytest.mark.parametrize(
    ("happens", "reason", "state", "by", "version"),
    [
        ("declined", DenialReason.ALREADY_OVER, DECLINED, "Dov", 1),
        ("approved once", DenialReason.CHANGED, None, None, 1),
        ("nothing", DenialReason.CHANGED, None, None, 99),
        ("late", DenialReason.EXPIRED, RequestState.EXPIRED, None, 1),
        ("swept", DenialReason.EXPIRED, RequestState.EXPIRED, None, 1),
    ],
)
def test_an_approver_who_saw_an_older_card_or_a_forged_one_is_told_what_became_of_the_request(
    story, town, sent, *, happens, reason, state, by, version
):
    if happens == "approved once":
        takes(story, town, 2)
    if happens in ("declined", "approved once"):
        decide(story, sent, town.dov, Decline() if happens == "declined" else Approve())
    if happens in ("late", "swept"):
        story.clock.push(14 * DAY)
    if happens == "swept":
        story.sweep()
    (row,) = story.rows(tables.Request, id=sent.request_id)
    for verb, more in VERBS:
        did = run(story, verb, sent.request_id, by=town.dana, expected_version=version, **more)
        no = denied(story, did, sent, town.dana, verb=verb.__name__)
        at = None if state is None else row.over_at or row.expires_at
        assert no == told(sent, reason, state=state, by=by, at=at)


@pytest.mark.parametrize(("verb", "more"), VERBS)
def test_a_member_who_may_not_decide_learns_which_request_it_is_others_nothing(story, town, sent, verb, more):
    def answer(who, about, **as_):
        id_ = about if isinstance(about, str) else about.request_id
        did = run(story, verb, id_, by=who, expected_version=1, **more)
        return denied(story, did, about, who, verb=verb.__name__, **as_)

    no = answer(town.emil, sent, role=Role.EMPLOYEE)
    assert (no, no.people) == (told(sent, DenialReason.NOT_ADMIN), ("Dana", "Dov"))
    assert answer(town.ann, sent, role=None) == Denied(reason=DenialReason.NOT_MEMBER)
    unknown = answer(town.dana, "nosuch", business=None, role=None)
    assert unknown == Denied(reason=DenialReason.UNKNOWN_REQUEST)


def test_somebody_who_may_decide_now_is_told_nothing_and_nothing_is_kept(story, town, sent):
    did = run(story, requests.may_decide_now, sent.request_id, by=town.dana, expected_version=1)
    assert (did.answer, did.rows) == (None, {})
