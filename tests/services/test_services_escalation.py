"""Whom a business has named is asked first; where they do not answer, its backups are asked, and told why.

The story begins on Monday, 5 January 2026, at 10:00 in Berlin, where everybody is unless a test says so.
"""

from __future__ import annotations

import json

import make
import pytest
from make import AGENCY, BRAND, BRAND_TEAM, claiming, unowned
from steps import become, denied, run

from bot.domain.actors import Role
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.kinds import Side
from bot.domain.limits import MOST_PEOPLE
from bot.domain.messages import Audience
from bot.domain.requests import Approve, ErrorCode, FieldError, RequestState
from bot.services import requests, settings
from bot.services.results import Changed
from bot.store import tables


@pytest.fixture
def cleo(database):
    return make.someone(database, 8, name="Cleo", team=BRAND_TEAM, roles={BRAND: Role.ADMIN})


def name(story, by, *, first=(), backups=(), expected_version=None):
    version = story.settings().policy_version if expected_version is None else expected_version
    people = {"first": [one.id for one in first], "backups": [one.id for one in backups]}
    return story.do(settings.name_approvers, BRAND, by=by, expected_version=version, **people)


def escalated(story, sent):
    """What the card says of it: who had not answered for how many working days, and who was asked."""
    found = story.card(sent.request_id).escalation
    return found and (found.unanswered, found.days, found.asked)


# --- who is asked, and when --------------------------------------------------------------------------


@pytest.mark.covers("C2")
def test_when_the_nudges_are_used_up_the_backups_are_asked_once_and_the_card_says_why(story, town, cleo):
    assert isinstance(name(story, town.dana, first=[town.dana, town.dov], backups=[cleo]), Changed)
    sent = story.submit(town.ann)
    story.live(until="2026-01-09 08:30")
    assert (story.nudged(cleo), escalated(story, sent)) == ([], None)
    story.live(days=10)
    assert (
        story.nudged(town.dana) == story.nudged(town.dov) == ["Tue 06 10:00", "Thu 08 10:00", "Fri 16 10:00"]
    )
    assert story.nudged(cleo) == ["Fri 09 09:00", "Fri 16 10:00"], "and once more before it expires"
    assert escalated(story, sent) == (("Dana", "Dov"), 4, ("Cleo",))
    (event,) = story.rows(tables.Event, kind=EventKind.REQUEST_ESCALATED)
    assert (event.subject_id, event.business_id) == (sent.request_id, BRAND)
    assert EventKind.REQUEST_ESCALATED in story.history(town.dana, sent.request_id)


def test_who_has_approved_since_is_not_said_to_have_given_no_answer(story, town, cleo):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=3)
    name(story, town.dana, first=[town.dana, town.dov], backups=[cleo])
    sent = story.submit(town.ann)
    story.live(days=10)
    story.decide(town.dana, sent.request_id, Approve())
    assert escalated(story, sent) == (("Dov",), 4, ("Cleo",))
    story.decide(town.dov, sent.request_id, Approve())
    assert escalated(story, sent) is None


def test_the_other_side_is_told_nothing_of_who_did_not_answer(story, town, cleo):
    name(story, town.dana, first=[town.dana], backups=[cleo])
    sent = story.submit(town.ann)
    story.live(until="2026-01-09 12:00")
    assert escalated(story, sent) == (("Dana",), 4, ("Cleo",))
    theirs = story.read(requests.request_card, sent.request_id, side=Side.REQUESTING)
    assert theirs.escalation is None
    assert EventKind.REQUEST_ESCALATED not in story.history(town.ann, sent.request_id)


@pytest.mark.covers("C2")
def test_any_admin_decides_whoever_was_named(story, town, cleo):
    name(story, town.dana, first=[town.dana], backups=[cleo])
    sent = story.submit(town.ann)
    assert story.decide(town.dov, sent.request_id, Approve()).state is RequestState.APPROVED
    story.live(days=8)
    assert (story.digests(cleo), escalated(story, sent)) == ([], None), "nobody is asked after a decision"


@pytest.mark.parametrize(
    ("first", "backups", "at_once", "then"),
    [
        ("", "", "Cleo Dana Dov", ""),
        ("Dana", "", "Dana", "Cleo Dov"),
        ("", "Cleo", "Dana Dov", "Cleo"),
        ("Dana", "Dov", "Dana", "Dov"),
        ("", "Cleo Dana Dov", "Cleo Dana Dov", ""),
    ],
    ids=["nobody is named", "no backups", "backups alone", "both", "everybody a backup"],
)
def test_who_is_not_named_is_left_out_only_where_somebody_else_is(
    story, town, cleo, *, first, backups, at_once, then
):
    who = {one.name: one for one in (cleo, town.dana, town.dov)}
    name(story, town.dana, first=[who[n] for n in first.split()], backups=[who[n] for n in backups.split()])
    sent = story.submit(town.ann)
    story.live(until="2026-01-09 12:00")
    got = {
        n: [f"{day} {clock}" for day, _, clock in map(str.split, story.nudged(one))] for n, one in who.items()
    }
    assert " ".join(n for n in who if got[n] == ["Tue 10:00", "Thu 10:00"]) == at_once
    assert " ".join(n for n in who if got[n] == ["Fri 09:00"]) == then
    _, _, asked = escalated(story, sent) or (None, None, ())
    assert " ".join(asked) == then


@pytest.mark.covers("C2")
@pytest.mark.parametrize("gone", [{"role": Role.EMPLOYEE}, {"deactivated": True}])
def test_where_none_of_those_named_can_be_asked_any_more_all_admins_are(story, town, cleo, gone):
    name(story, town.dana, first=[town.dana], backups=[cleo])
    become(story, town.dana, **gone)
    story.submit(town.ann)
    story.live(days=2)
    assert story.nudged(town.dov) == story.nudged(cleo) == ["Tue 06 10:00"]
    assert story.digests(town.dana) == []


def test_who_approved_already_is_not_waited_for_and_who_is_named_beside_them_is(story, town, cleo):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    name(story, town.dana, first=[town.dana, town.dov], backups=[cleo])
    sent = story.submit(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    story.live(until="2026-01-09 12:00")
    assert escalated(story, sent) == (("Dov",), 4, ("Cleo",))


@pytest.mark.parametrize(
    ("policy", "requested", "until", "asked_at", "days"),
    [
        ({}, "2026-01-08 10:00", "2026-01-14 12:00", "Tue 13 09:00", 3),
        ({"days_off": "2026-01-13"}, "2026-01-08 10:00", "2026-01-15 12:00", "Wed 14 09:00", 3),
        ({"hours": "Sun-Thu 08:00-16:00"}, "2026-01-08 10:00", "2026-01-14 12:00", "Mon 12 08:00", 2),
        ({"zone": "Asia/Tokyo"}, "2026-01-05 16:30", "2026-01-13 12:00", "Mon 12 09:00", 4),
        ({"expires_days": 2}, "2026-01-05 10:00", "2026-01-07 09:00", "Tue 06 10:00", 1),
    ],
    ids=["over a weekend", "a day off", "other days", "the business's zone", "it expires soon"],
)
def test_days_are_counted_and_waited_for_as_the_business_works(
    story, town, cleo, *, policy, requested, until, asked_at, days
):
    story.set(tables.BusinessRow, {"id": BRAND}, **{"quorum": 1, **policy})
    name(story, town.dana, first=[town.dana], backups=[cleo])
    story.to(requested)
    sent = story.submit(town.ann)
    story.live(until=until)
    assert (story.nudged(cleo), escalated(story, sent)) == ([asked_at], (("Dana",), days, ("Cleo",)))


def test_nobody_else_is_asked_while_somebody_is_looking_at_it(story, town, cleo):
    name(story, town.dana, first=[town.dana], backups=[cleo])
    sent = story.submit(town.ann)
    story.live(until="2026-01-08 17:30")
    story.acknowledge(town.dana, sent.request_id)
    story.live(until="2026-01-09 17:00")
    assert (story.digests(cleo), escalated(story, sent)) == ([], None)
    story.live(until="2026-01-12 12:00")
    assert story.nudged(cleo) == ["Mon 12 09:00"]


def test_after_an_outage_those_who_are_first_are_nudged_before_anybody_else_is_asked(story, town, cleo):
    name(story, town.dana, first=[town.dana], backups=[cleo])
    story.submit(town.ann)
    story.to("2026-01-12 10:00")  # no sweep since it was requested
    story.live(hours=1, days=2)
    assert (story.nudged(town.dana), story.nudged(cleo)) == (["Mon 12 10:00"], ["Tue 13 09:00"])


def test_a_claim_is_decided_by_people_and_nobodys_names_count(story, town, cleo):
    name(story, town.dana, first=[town.dov], backups=[town.dana])
    spring = unowned(story.database, "act_7001", town.dana)
    sent = story.do(requests.submit, claiming(spring), by=town.ann)
    story.live(days=6)
    assert story.nudged(town.dana) == ["Tue 06 10:00", "Thu 08 10:00"]
    assert (story.digests(town.dov), escalated(story, sent)) == ([], None)


def test_without_a_channel_those_who_are_first_get_the_card_and_a_new_admin_no_digest(story, town, cleo):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    name(story, town.dana, first=[town.dov], backups=[cleo])
    sent = story.submit(town.ann)
    assert story.cards_for(Audience.APPROVERS, sent.request_id) == [town.dov.user]
    story.do(settings.set_role, BRAND, town.emil.id, role=Role.ADMIN, by=town.dana)
    story.live(hours=1, days=0.1)
    assert story.digests(town.emil) == []


# --- who names them ----------------------------------------------------------------------------------


def test_an_admin_names_them_and_it_is_on_record(story, town, cleo):
    name(story, town.dana, first=[town.dov], backups=[cleo, cleo])
    now = story.read(settings.asked_by, BRAND)
    assert ([one.name for one in now.first], [one.name for one in now.backups]) == (["Dov"], ["Cleo"])
    (event,) = story.rows(tables.Event, kind=EventKind.BUSINESS_APPROVERS)
    assert json.loads(event.data) == {"first": [town.dov.id], "backups": [cleo.id]}
    assert now.policy_version == event.policy_version == 2
    assert now.party.id == BRAND
    name(story, town.dana, backups=[town.dov, town.dana, cleo])
    listed = [(one.id, one.name) for one in story.read(settings.asked_by, BRAND).backups]
    assert listed == [(one.id, one.name) for one in (cleo, town.dana, town.dov)], "by their names"
    name(story, town.dov)
    assert story.rows(tables.NamedApprover) == []


def test_who_was_named_is_shown_while_an_admin_here_and_can_be_named_again_while_unable_to_act(
    story, town, cleo
):
    name(story, town.dana, first=[town.dov], backups=[cleo])

    def shown():
        now = story.read(settings.asked_by, BRAND)
        return [one.id for one in (*now.first, *now.backups)]

    become(story, town.dov, deactivated=True)
    assert isinstance(name(story, town.dana, first=[town.dov], backups=[cleo]), Changed)
    assert shown() == [town.dov.id, cleo.id]
    become(story, town.dov, role=Role.EMPLOYEE)
    make.member(story.database, town.dov.id, of=AGENCY, role=Role.ADMIN)
    assert shown() == [cleo.id]


def test_who_is_no_admin_or_named_twice_is_refused_at_the_field(story, town):
    many = [make.Someone(id=str(n), team="", user="", name="") for n in range(MOST_PEOPLE + 1)]
    wrong = name(story, town.dana, first=[town.dov, town.emil], backups=[town.dov])
    assert [(one.field, one.code, one.got) for one in wrong.field_errors] == [
        ("first", ErrorCode.NOT_AN_ADMIN, "Emil"),
        ("backups", ErrorCode.NAMED_TWICE, "Dov"),
    ]
    of_others = name(story, town.dana, backups=[town.ann]).field_errors
    assert [one.got for one in of_others] == [town.ann.id], "nobody learns how a partner's people are called"
    for people, at_most in ((many, False), (many[1:], True)):
        found = name(story, town.dana, backups=people).field_errors
        got = str(len(people))
        wrong = FieldError(field="backups", code=ErrorCode.TOO_MANY_PEOPLE, got=got)
        assert (wrong in found) is not at_most


@pytest.mark.parametrize(
    ("who", "reason"),
    [("emil", DenialReason.NOT_ADMIN), ("ann", DenialReason.NOT_MEMBER), ("dana", DenialReason.CHANGED)],
)
def test_only_admins_name_them_looking_at_the_newest_settings(story, town, who, reason):
    by = getattr(town, who)
    named = {"first": [town.dov.id], "backups": [], "expected_version": 7}
    did = run(story, settings.name_approvers, BRAND, by=by, **named)
    role = {"emil": Role.EMPLOYEE, "dana": Role.ADMIN}.get(who)
    own = BRAND if role else None
    on_record = {"kind": "business", "verb": "name_approvers", "role": role}
    assert denied(story, did, own or "", by, business=own, **on_record).reason is reason
    about = Subject(SubjectKind.BUSINESS, BRAND) if who == "dana" else None
    assert did.answer.about == about


def test_the_picker_finds_ones_own_admins_and_nobody_else(story, town, cleo):
    def found(by, query):
        look = {"business_id": BRAND, "query": query, "limit": 2}
        return [(one.id, one.name) for one in story.read(settings.find_admins, by=by, **look)]

    assert (found(town.dana, ""), found(town.dana, "DO"), found(town.ann, "")) == (
        [(cleo.id, "Cleo"), (town.dana.id, "Dana")],
        [(town.dov.id, "Dov")],
        [],
    )
