"""Who may do what: tables of facts and answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.assets import Kind
from bot.domain.policy import (
    CLOCK,
    OPERATOR,
    Company,
    Decidable,
    Member,
    Reason,
    Role,
    Source,
    Standing,
    Status,
    WhoMayAsk,
    may_act,
    may_ask,
    may_be_heard,
    may_decide,
    yeses_needed,
)
from bot.domain.requests import RequestState

NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)
BRAND = Company(id="10000000001", team_id="TBRAND", status=Status.ACTIVE, verified=True)
AGENCY = Company(id="20000000001", team_id="TAGENCY", status=Status.ACTIVE, verified=True)
DANA = Standing(
    team_id="TBRAND",
    person_id="4",
    people=1,
    deactivated=False,
    guest=False,
    bot=False,
    stranger=False,
    memberships={BRAND.id: Member(role=Role.ADMIN)},
)
REQUEST = Decidable(
    state=RequestState.PENDING,
    version=3,
    asking_id=AGENCY.id,
    touched_by=frozenset({"9"}),
    expires_at=NOW + timedelta(days=1),
)


def decided(who=DANA, *, request=REQUEST, company=BRAND, seen=3, now=NOW):
    return may_decide(who, request=request, company=company, seen=seen, now=now).reason


def test_an_admin_at_home_who_saw_the_newest_version_decides():
    assert decided() is None


@pytest.mark.covers("T7")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"person_id": None, "people": 0, "memberships": {}}, Reason.STRANGER),
        ({"person_id": None}, Reason.STRANGER),
        ({"people": 0}, Reason.STRANGER),
        ({"memberships": {}}, Reason.NOT_MEMBER),
        ({"memberships": {AGENCY.id: Member(role=Role.ADMIN)}}, Reason.NOT_MEMBER),
        ({"team_id": "TAGENCY"}, Reason.WRONG_WORKSPACE),
        ({"people": 2}, Reason.LINKED_TWICE),
        ({"deactivated": True}, Reason.DEACTIVATED_USER),
        ({"bot": True}, Reason.BOT),
        ({"guest": True}, Reason.GUEST),
        ({"stranger": True}, Reason.OUTSIDER),
        ({"deactivated": None}, Reason.UNCHECKED),
        ({"memberships": {BRAND.id: Member(role=Role.ADMIN, shared=True)}}, Reason.SHARED_LOGIN),
        ({"memberships": {BRAND.id: Member(role=Role.EMPLOYEE)}}, Reason.NOT_ADMIN),
        ({"person_id": "9"}, Reason.OWN_REQUEST),
        (
            {"memberships": {BRAND.id: Member(role=Role.ADMIN), AGENCY.id: Member(role=Role.EMPLOYEE)}},
            Reason.BOTH_SIDES,
        ),
    ],
)
def test_whoever_is_not_entitled_is_told_why_and_nothing_of_the_request(change, reason):
    who = replace(DANA, **change)
    assert decided(who) is reason
    over = replace(REQUEST, state=RequestState.APPROVED)
    assert decided(who, request=over) is reason, "not even that it is over"


@pytest.mark.parametrize(
    ("request_", "company", "seen", "now", "reason"),
    [
        (REQUEST, replace(BRAND, status=Status.DEACTIVATED), 3, NOW, Reason.OWN_DEACTIVATED),
        (REQUEST, replace(BRAND, status=Status.RESTRICTED), 3, NOW, Reason.OWN_RESTRICTED),
        (REQUEST, replace(BRAND, verified=False), 3, NOW, Reason.OWN_UNVERIFIED),
        (REQUEST, replace(BRAND, team_id=None), 3, NOW, Reason.WRONG_WORKSPACE),
        (replace(REQUEST, state=RequestState.DECLINED), BRAND, 3, NOW, Reason.ALREADY_OVER),
        (replace(REQUEST, state=RequestState.EXPIRED), BRAND, 3, NOW, Reason.EXPIRED),
        (REQUEST, BRAND, 3, NOW + timedelta(days=1), Reason.EXPIRED),
        (REQUEST, BRAND, 2, NOW, Reason.CHANGED),
        (REQUEST, BRAND, 4, NOW, Reason.CHANGED),
    ],
)
def test_the_entitled_are_told_what_stands_in_the_way(request_, company, seen, now, reason):
    assert decided(request=request_, company=company, seen=seen, now=now) is reason


standings = st.builds(
    Standing,
    team_id=st.sampled_from(["TBRAND", "TAGENCY"]),
    person_id=st.sampled_from([None, "4", "9"]),
    people=st.integers(0, 2),
    deactivated=st.sampled_from([None, False, True]),
    guest=st.sampled_from([None, False, True]),
    bot=st.sampled_from([None, False, True]),
    stranger=st.sampled_from([None, False, True]),
    memberships=st.dictionaries(
        st.sampled_from([BRAND.id, AGENCY.id]),
        st.builds(Member, role=st.sampled_from(Role), shared=st.booleans()),
    ),
)
states = st.sampled_from(RequestState)


@pytest.mark.covers("T8", "I3")
@given(standings, states, st.integers(1, 4), st.integers(-2, 2))
def test_a_yes_has_every_reason_for_it_and_not_one_against(who, state, seen, days):
    request = replace(REQUEST, state=state)
    now = NOW + timedelta(days=days)
    answer = decided(who, request=request, seen=seen, now=now)
    entitled = (
        who.person_id == "4"
        and who.people == 1
        and who.team_id == "TBRAND"
        and (who.deactivated, who.guest, who.bot, who.stranger) == (False, False, False, False)
        and who.memberships.get(BRAND.id) == Member(role=Role.ADMIN)
        and AGENCY.id not in who.memberships
    )
    decidable = state.is_open and now < REQUEST.expires_at and seen == REQUEST.version
    assert (answer is None) == (entitled and decidable)


@given(standings)
def test_who_acts_is_always_heard_first(who):
    if may_act(who, company=BRAND).is_yes:
        assert may_be_heard(who, company=BRAND).is_yes


def test_an_employee_is_heard_but_does_not_act():
    eva = replace(DANA, memberships={BRAND.id: Member(role=Role.EMPLOYEE)})
    assert may_be_heard(eva, company=BRAND).is_yes
    assert may_act(eva, company=BRAND).reason is Reason.NOT_ADMIN


def asked(*, asking=AGENCY, owner=BRAND, listed=False, between=0):
    return may_ask(
        asking=asking, owner=owner, listed_by_owner=listed, open_between=between, most_open=50
    ).reason


@pytest.mark.covers("T34")
@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"owner": None}, Reason.UNKNOWN_BUSINESS),
        ({"owner": AGENCY}, Reason.SAME_BUSINESS),
        ({"owner": replace(BRAND, status=Status.DEACTIVATED)}, Reason.DEACTIVATED),
        ({"owner": replace(BRAND, status=Status.RESTRICTED)}, Reason.RESTRICTED),
        ({"owner": replace(BRAND, verified=False)}, Reason.UNVERIFIED),
        ({"asking": replace(AGENCY, status=Status.DEACTIVATED)}, Reason.OWN_DEACTIVATED),
        ({"asking": replace(AGENCY, status=Status.RESTRICTED)}, Reason.OWN_RESTRICTED),
        ({"asking": replace(AGENCY, verified=False)}, Reason.OWN_UNVERIFIED),
        ({"asking": replace(AGENCY, verified=False), "listed": True}, None),
        ({"owner": replace(BRAND, who_may_ask=WhoMayAsk.NOBODY), "listed": True}, Reason.NOBODY_MAY_ASK),
        ({"owner": replace(BRAND, who_may_ask=WhoMayAsk.LISTED)}, Reason.NOT_LISTED),
        ({"owner": replace(BRAND, who_may_ask=WhoMayAsk.LISTED), "listed": True}, None),
        ({"between": 49}, None),
        ({"between": 50}, Reason.TOO_MANY_OPEN),
    ],
)
def test_who_may_ask_whom(facts, reason):
    assert asked(**facts) is reason


@pytest.mark.covers("T18")
@pytest.mark.parametrize(
    ("quorum", "given_", "needed"),
    [
        (1, [(Kind.PAGE, {"MANAGE"})], 1),
        (1, [(Kind.AD_ACCOUNT, {"ADVERTISE"})], 1),
        (1, [(Kind.PAGE, {"ANALYZE"}), (Kind.AD_ACCOUNT, {"MANAGE"})], 2),
        (3, [(Kind.AD_ACCOUNT, {"MANAGE"})], 3),
        (2, [(Kind.PAGE, {"ANALYZE"})], 2),
    ],
)
def test_risk_and_quorum_are_one_counter(quorum, given_, needed):
    assert yeses_needed(quorum=quorum, given=[(kind, frozenset(tasks)) for kind, tasks in given_]) == needed


def test_the_clock_and_the_operator_each_have_a_door_of_their_own():
    assert (CLOCK.source, OPERATOR.source) == (Source.CLOCK, Source.COMMAND_LINE)
