"""Who may do what: tables of facts and answers."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from make import ORDINARY

from bot.domain.actors import (
    CLOCK,
    CONFIRMED_FOR,
    LOOK_UP_AFTER,
    OPERATOR,
    Actor,
    Business,
    Flags,
    Member,
    Principal,
    Role,
    Source,
    Status,
    WhoMayAsk,
    is_confirmed,
)
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.kinds import RULES, Side
from bot.domain.policy import (
    AskingSide,
    Decidable,
    approvals_to_send,
    may_administer,
    may_approve_further,
    may_decide,
    may_request,
    may_view,
    required_approvals_for,
)
from bot.domain.requests import RequestState

NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)
BRAND = Business(id="10000000001", team_id="TBRAND", status=Status.ACTIVE, verified=True)
AGENCY = Business(id="20000000001", team_id="TAGENCY", status=Status.ACTIVE, verified=True)
DANA = Principal(
    team_id="TBRAND",
    user_id="UDANA",
    person_id="4",
    people=1,
    flags=ORDINARY,
    confirmed=True,
    memberships={BRAND.id: Member(role=Role.ADMIN)},
)
REQUEST = Decidable(
    state=RequestState.PENDING,
    version=3,
    expires_at=NOW + timedelta(days=1),
    asking=AskingSide(touched_by={"UANN"}, members={"UABE"}),
)


def decided(who=DANA, *, request=REQUEST, business=BRAND, expected_version=3, now=NOW):
    return may_decide(
        who, request=request, deciding=business, expected_version=expected_version, now=now
    ).reason


def test_an_admin_at_home_who_saw_the_newest_version_decides():
    assert decided() is None


def test_who_is_not_known_to_be_confirmed_has_no_power():
    who = {"team_id": DANA.team_id, "user_id": DANA.user_id, "person_id": DANA.person_id, "people": 1}
    assert decided(Principal(**who, flags=ORDINARY, memberships=DANA.memberships)) is DenialReason.UNCONFIRMED
    nobody = Principal(team_id=DANA.team_id, user_id=DANA.user_id)
    assert decided(nobody) is DenialReason.STRANGER
    assert not nobody.memberships


@pytest.mark.parametrize("may", [may_view, may_administer])
def test_of_a_business_that_does_not_exist_nobody_is_a_member(may):
    assert may(DANA, business=None).reason is DenialReason.NOT_MEMBER


@pytest.mark.covers("T7")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"person_id": None, "people": 0, "memberships": {}}, DenialReason.STRANGER),
        ({"person_id": None}, DenialReason.STRANGER),
        ({"person_id": None, "from_sister": True}, DenialReason.SISTER_WORKSPACE),
        ({"from_sister": True, "memberships": {}}, DenialReason.NOT_MEMBER),
        ({"people": 0}, DenialReason.STRANGER),
        ({"memberships": {}}, DenialReason.NOT_MEMBER),
        ({"memberships": {AGENCY.id: Member(role=Role.ADMIN)}}, DenialReason.NOT_MEMBER),
        ({"team_id": "TAGENCY"}, DenialReason.WRONG_WORKSPACE),
        ({"people": 2}, DenialReason.LINKED_TWICE),
        ({"flags": replace(ORDINARY, deactivated=True)}, DenialReason.DEACTIVATED_USER),
        ({"flags": replace(ORDINARY, bot=True)}, DenialReason.BOT),
        ({"flags": replace(ORDINARY, guest=True)}, DenialReason.GUEST),
        ({"flags": replace(ORDINARY, stranger=True)}, DenialReason.OUTSIDER),
        ({"flags": replace(ORDINARY, deactivated=None)}, DenialReason.UNCHECKED),
        ({"confirmed": False}, DenialReason.UNCONFIRMED),
        ({"memberships": {BRAND.id: Member(role=Role.ADMIN, shared=True)}}, DenialReason.SHARED_LOGIN),
        ({"memberships": {BRAND.id: Member(role=Role.EMPLOYEE)}}, DenialReason.NOT_ADMIN),
        ({"user_id": "UANN"}, DenialReason.OWN_REQUEST),
        ({"user_id": "UABE"}, DenialReason.BOTH_SIDES),
    ],
)
def test_somebody_not_entitled_is_told_why_and_nothing_of_the_request(change, reason):
    who = replace(DANA, **change)
    assert decided(who) is reason
    over = replace(REQUEST, state=RequestState.APPROVED)
    assert decided(who, request=over) is reason, "not even that it is over"


@pytest.mark.parametrize(
    ("request_", "business", "expected_version", "now", "reason"),
    [
        (REQUEST, replace(BRAND, status=Status.DEACTIVATED), 3, NOW, DenialReason.OWN_DEACTIVATED),
        (REQUEST, replace(BRAND, status=Status.RESTRICTED), 3, NOW, DenialReason.OWN_RESTRICTED),
        (REQUEST, replace(BRAND, verified=False), 3, NOW, DenialReason.OWN_UNVERIFIED),
        (REQUEST, replace(BRAND, team_id=None), 3, NOW, DenialReason.WRONG_WORKSPACE),
        (replace(REQUEST, state=RequestState.DECLINED), BRAND, 3, NOW, DenialReason.ALREADY_OVER),
        (replace(REQUEST, state=RequestState.EXPIRED), BRAND, 3, NOW, DenialReason.EXPIRED),
        (REQUEST, BRAND, 3, NOW + timedelta(days=1), DenialReason.EXPIRED),
        (REQUEST, BRAND, 2, NOW, DenialReason.CHANGED),
        (REQUEST, BRAND, 4, NOW, DenialReason.CHANGED),
    ],
)
def test_the_entitled_are_told_what_stands_in_the_way(request_, business, expected_version, now, reason):
    assert decided(request=request_, business=business, expected_version=expected_version, now=now) is reason


standings = st.builds(
    Principal,
    team_id=st.sampled_from(["TBRAND", "TAGENCY"]),
    user_id=st.sampled_from(["UDANA", "UANN"]),
    person_id=st.sampled_from([None, "4"]),
    people=st.integers(0, 2),
    flags=st.builds(Flags, **dict.fromkeys(asdict(ORDINARY), st.sampled_from([None, False, True]))),
    confirmed=st.booleans(),
    memberships=st.dictionaries(
        st.sampled_from([BRAND.id, AGENCY.id]),
        st.builds(Member, role=st.sampled_from(Role), shared=st.booleans()),
    ),
)
states = st.sampled_from(RequestState)


@pytest.mark.case("1.1")
@pytest.mark.parametrize(
    ("age", "confirmed"),
    [(timedelta(0), True), (timedelta(days=1), True), (timedelta(days=1, microseconds=1), False)],
)
@pytest.mark.covers("D10")
def test_what_slack_said_of_somebody_gives_power_for_a_day(age, confirmed):
    assert is_confirmed(NOW - age, now=NOW) is confirmed
    assert not is_confirmed(None, now=NOW)
    assert LOOK_UP_AFTER < CONFIRMED_FOR, "Slack is asked again before that is over"


@pytest.mark.covers("T8", "I3")
@given(standings, states, st.integers(1, 4), st.integers(-2, 2))
def test_a_permission_has_every_reason_for_it_and_not_one_against(who, state, expected_version, days):
    request = replace(REQUEST, state=state)
    now = NOW + timedelta(days=days)
    answer = decided(who, request=request, expected_version=expected_version, now=now)
    entitled = (
        who.person_id == "4"
        and who.user_id == "UDANA"
        and who.confirmed
        and who.people == 1
        and who.team_id == "TBRAND"
        and who.flags == ORDINARY
        and who.memberships.get(BRAND.id) == Member(role=Role.ADMIN)
        and AGENCY.id not in who.memberships
    )
    decidable = state.is_open and now < REQUEST.expires_at and expected_version == REQUEST.version
    assert (answer is None) == (entitled and decidable)


@given(standings)
def test_who_acts_is_always_heard_first(who):
    if may_administer(who, business=BRAND).is_allowed:
        assert may_view(who, business=BRAND).is_allowed


def test_an_employee_is_heard_but_does_not_act():
    eva = replace(DANA, memberships={BRAND.id: Member(role=Role.EMPLOYEE)})
    assert may_view(eva, business=BRAND).is_allowed
    assert may_administer(eva, business=BRAND).reason is DenialReason.NOT_ADMIN


def requested(*, requesting=AGENCY, owner=BRAND, listed=False, between=0, today=0):
    return may_request(
        requesting=requesting, owner=owner, listed_by_owner=listed, open_between=between, asked_today=today
    ).reason


@pytest.mark.covers("T34", "D8")
@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"owner": None}, DenialReason.UNKNOWN_BUSINESS),
        ({"owner": AGENCY}, DenialReason.SAME_BUSINESS),
        ({"owner": replace(BRAND, status=Status.DEACTIVATED)}, DenialReason.DEACTIVATED),
        ({"owner": replace(BRAND, status=Status.RESTRICTED)}, DenialReason.RESTRICTED),
        ({"owner": replace(BRAND, verified=False)}, DenialReason.UNVERIFIED),
        ({"requesting": replace(AGENCY, status=Status.DEACTIVATED)}, DenialReason.OWN_DEACTIVATED),
        ({"requesting": replace(AGENCY, status=Status.RESTRICTED)}, DenialReason.OWN_RESTRICTED),
        ({"requesting": replace(AGENCY, verified=False)}, DenialReason.OWN_UNVERIFIED),
        ({"requesting": replace(AGENCY, verified=False), "listed": True}, None),
        (
            {"owner": replace(BRAND, who_may_ask=WhoMayAsk.NOBODY), "listed": True},
            DenialReason.NOBODY_MAY_ASK,
        ),
        ({"owner": replace(BRAND, who_may_ask=WhoMayAsk.LISTED)}, DenialReason.NOT_LISTED),
        ({"owner": replace(BRAND, who_may_ask=WhoMayAsk.LISTED), "listed": True}, None),
        ({"between": 49}, None),
        ({"between": 50}, DenialReason.TOO_MANY_OPEN),
        ({"today": 49}, None),
        ({"today": 50}, DenialReason.TOO_MANY_TODAY),
    ],
)
def test_who_may_ask_whom(facts, reason):
    assert requested(**facts) is reason


@pytest.mark.covers("T18", "R7")
@pytest.mark.parametrize(
    ("quorum", "given_", "required_approvals"),
    [
        (1, [(Kind.PAGE, {"MANAGE"})], 1),
        (1, [(Kind.AD_ACCOUNT, {"ADVERTISE"})], 1),
        (1, [(Kind.PAGE, {"ANALYZE"}), (Kind.AD_ACCOUNT, {"MANAGE"})], 2),
        (3, [(Kind.AD_ACCOUNT, {"MANAGE"})], 3),
        (2, [(Kind.PAGE, {"ANALYZE"})], 2),
    ],
)
def test_risk_and_quorum_are_one_counter_on_the_side_that_gives(quorum, given_, required_approvals):
    given = [(kind, frozenset(tasks)) for kind, tasks in given_]
    for request, rules in RULES.items():
        gives_by_sending = rules.giver is Side.REQUESTING
        decide = quorum if gives_by_sending else required_approvals
        send = required_approvals if gives_by_sending else 1
        assert required_approvals_for(request, quorum=quorum, given=given) == decide
        assert approvals_to_send(request, quorum=quorum, given=given) == send


@pytest.mark.parametrize("approvals", [0, 1, 2])
def test_a_program_approves_first_or_not_at_all_and_a_person_however_they_do_it(approvals):
    person = Actor(source=Source.API, token_id="7")
    assert may_approve_further(person, approvals=approvals).is_allowed
    reason = may_approve_further(replace(person, program="Nightly"), approvals=approvals).reason
    assert reason is (DenialReason.PROGRAM if approvals else None)


def test_the_clock_and_the_operator_each_have_a_door_of_their_own():
    assert (CLOCK.source, OPERATOR.source) == (Source.CLOCK, Source.COMMAND_LINE)
    assert not CLOCK.from_sister
    assert not OPERATOR.from_sister
