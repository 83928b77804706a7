"""A business's own people on its assets and on those shared with it."""

from __future__ import annotations

import pytest
from make import (
    ACCOUNT,
    AGENCY,
    AGENCY_TEAM,
    BRAND,
    OTHER,
    OTHER_TEAM,
    PAGE,
    PIXEL,
    asset,
    business,
    member,
    someone,
)
from steps import ADMIN, DAY, TICK, become, give, run

from bot.domain.actors import Role, Status
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind
from bot.domain.requests import ErrorCode, Term
from bot.services import directory, grants, settings
from bot.services.results import Assigned, Denied, Invalid
from bot.store import tables

ANALYZE = frozenset({"ANALYZE"})
GENERAL = frozenset({"ADVERTISE", "ANALYZE"})
FULL = GENERAL | {"MANAGE"}


def put(story, by, whom, tasks=ANALYZE, *, business_id=AGENCY, asset_id=ACCOUNT):
    return story.do(
        grants.assign_person, whom.id, business_id=business_id, asset_id=asset_id, tasks=tasks, by=by
    )


def take(story, by, whom, *, business_id=AGENCY, asset_id=ACCOUNT):
    return story.do(grants.unassign_person, whom.id, business_id=business_id, asset_id=asset_id, by=by)


def people(story, by, *, business_id=AGENCY, asset_id=ACCOUNT, limit=20, offset=0):
    return story.read(
        grants.people_of, business_id=business_id, asset_id=asset_id, limit=limit, offset=offset, by=by
    )


def reach(story, by, whom, *, limit=20, offset=0):
    return story.read(grants.reach_of, whom.id, limit=limit, offset=offset, by=by)


def assigned(story):
    return {(row.person_id, row.asset_id): row.tasks for row in story.rows(tables.Assignment)}


def events(story, *kinds):
    return [row for row in story.rows(tables.Event) if row.kind in kinds]


def reason(answer):
    assert isinstance(answer, Denied), answer
    return answer.reason


# --- adding, changing, removing ---------------------------------------------------------------------


def test_an_admin_of_the_holder_adds_changes_and_removes_their_own_people(story, town):
    give(story, town)
    assert put(story, town.ann, town.eva) == Assigned(
        person="Eva", asset="Acme Main", kind=Kind.AD_ACCOUNT, tasks=ANALYZE
    )
    put(story, town.abe, town.eva, GENERAL)
    assert assigned(story) == {(town.eva.id, ACCOUNT): "ADVERTISE,ANALYZE"}
    assert take(story, town.ann, town.eva).tasks == frozenset()
    assert assigned(story) == {}
    added, changed, removed = events(story, EventKind.PERSON_ASSIGNED, EventKind.PERSON_UNASSIGNED)
    assert {one.business_id for one in (added, changed, removed)} == {AGENCY}
    assert {one.counterpart_id for one in (added, changed, removed)} == {None}
    assert '"before":""' in added.data
    assert '"before":"ANALYZE"' in changed.data
    assert removed.kind == EventKind.PERSON_UNASSIGNED
    assert '"tasks":""' in removed.data


def test_an_admin_of_the_owner_assigns_their_own_people_whatever_the_asset_has(story, town):
    assert put(story, town.dana, town.emil, FULL, business_id=BRAND).tasks == FULL
    assert assigned(story) == {(town.emil.id, ACCOUNT): "ADVERTISE,ANALYZE,MANAGE"}


def test_the_same_change_twice_is_done_once(story, town):
    put(story, town.dana, town.emil, business_id=BRAND)
    again = run(
        story,
        grants.assign_person,
        town.emil.id,
        business_id=BRAND,
        asset_id=ACCOUNT,
        tasks=ANALYZE,
        by=town.dov,
    )
    assert isinstance(again.answer, Assigned)
    assert again.rows == {}
    take(story, town.dana, town.emil, business_id=BRAND)
    assert reason(take(story, town.dov, town.emil, business_id=BRAND)) is DenialReason.NOT_ASSIGNED


@pytest.mark.covers("D5")
def test_more_than_the_business_holds_is_denied_with_the_level_that_it_holds(story, town):
    give(story, town)
    no = put(story, town.ann, town.eva, FULL)
    assert (no.reason, no.name, no.tasks, no.kind) == (
        DenialReason.BEYOND_HELD,
        "Acme Main",
        GENERAL,
        Kind.AD_ACCOUNT,
    )
    assert assigned(story) == {}


def test_what_several_grants_give_adds_up(story, town):
    give(story, town)
    give(story, town, ADMIN)
    assert put(story, town.ann, town.eva, FULL).tasks == FULL


@pytest.mark.parametrize("tasks", [frozenset(), frozenset({"MODERATE"}), frozenset({"ANALYZE", "ROOT"})])
def test_only_tasks_of_this_kind_of_asset_are_taken(story, town, tasks):
    answer = put(story, town.dana, town.emil, tasks, business_id=BRAND)
    assert isinstance(answer, Invalid)
    assert [one.field for one in answer.field_errors] == ["level"]
    assert {one.code for one in answer.field_errors} <= {ErrorCode.NO_TASKS, ErrorCode.UNKNOWN_TASK}
    assert assigned(story) == {}


@pytest.mark.parametrize("verb", [put, take])
def test_an_employee_a_shared_login_and_the_other_side_change_nobody(story, town, verb):
    give(story, town, people=(town.eva.id,))
    before = assigned(story)
    assert reason(verb(story, town.eva, town.eva)) is DenialReason.NOT_ADMIN
    assert reason(verb(story, town.dana, town.eva)) is DenialReason.NOT_MEMBER
    become(story, town.abe, shared=True)
    assert reason(verb(story, town.abe, town.eva)) is DenialReason.SHARED_LOGIN
    become(story, town.ann, guest=True)
    assert reason(verb(story, town.ann, town.eva)) is DenialReason.GUEST
    assert assigned(story) == before


def test_people_of_another_business_are_nobody_here_and_are_not_named(story, town):
    give(story, town)
    no = put(story, town.ann, town.dana)
    assert (reason(no), no.name) == (DenialReason.UNKNOWN_PERSON, "")
    no = take(story, town.ann, town.dana)
    assert (reason(no), no.name) == (DenialReason.NOT_ASSIGNED, "")


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ({"deactivated": True}, DenialReason.DEACTIVATED_USER),
        ({"guest": True}, DenialReason.GUEST),
        ({"bot": True}, DenialReason.BOT),
        ({"stranger": True}, DenialReason.OUTSIDER),
        ({"checked_at": None, "guest": None}, DenialReason.UNCHECKED),
        ({"shared": True}, DenialReason.SHARED_LOGIN),
    ],
)
def test_who_is_not_one_person_at_home_with_them_is_given_nothing_more_but_can_lose(story, town, what, why):
    give(story, town)
    put(story, town.ann, town.eva, GENERAL)
    become(story, town.eva, **what)
    no = put(story, town.ann, town.eva, ANALYZE)
    assert no.tasks == ANALYZE, "less can always be given"
    no = put(story, town.ann, town.eva, GENERAL)
    assert (reason(no), no.name, no.why) == (DenialReason.NOT_ASSIGNABLE, "Eva", why)
    assert people(story, town.ann).people.rows[0].why is why
    assert take(story, town.ann, town.eva).tasks == frozenset()


@pytest.mark.parametrize("status", [Status.DEACTIVATED, Status.RESTRICTED])
def test_a_business_that_is_not_active_only_takes_away(story, town, status):
    put(story, town.dana, town.emil, business_id=BRAND)
    story.set(tables.BusinessRow, {"id": BRAND}, status=status)
    reasons = {DenialReason.OWN_DEACTIVATED, DenialReason.OWN_RESTRICTED}
    assert reason(put(story, town.dana, town.emil, GENERAL, business_id=BRAND)) in reasons
    assert take(story, town.dana, town.emil, business_id=BRAND).tasks == frozenset()


@pytest.mark.parametrize("asset_id", [ACCOUNT, "act_4040404", "", "5"])
def test_of_an_asset_that_is_not_theirs_nothing_is_said_not_even_whether_there_is_one(story, town, asset_id):
    no = put(story, town.ann, town.eva, asset_id=asset_id)
    assert (no.reason, no.name) == (DenialReason.NOT_HELD, asset_id)
    assert people(story, town.ann, asset_id=asset_id) is None


def test_a_grant_that_ended_a_moment_ago_gives_nobody_anything_however_late_the_sweep(story, town):
    grant = give(story, town)
    put(story, town.ann, town.eva)
    story.clock.push(grant.ends_at - story.clock.now() - TICK)
    assert put(story, town.ann, town.abe).tasks == ANALYZE
    story.clock.push(TICK)
    assert reason(put(story, town.ann, town.abe, GENERAL)) is DenialReason.NOT_HELD
    assert people(story, town.ann) is None
    assert reach(story, town.ann, town.eva).rows.rows == ()


# --- following what the business holds --------------------------------------------------------------


@pytest.mark.covers("I29")
def test_who_loses_what_with_a_grant_is_an_event_of_the_holder_alone(story, town):
    low = give(story, town)
    high = give(story, town, ADMIN)
    put(story, town.ann, town.eva, FULL)
    put(story, town.ann, town.abe, ANALYZE)
    story.end(town.dana, high.id, business=BRAND)
    assert assigned(story) == {(town.eva.id, ACCOUNT): "ADVERTISE,ANALYZE", (town.abe.id, ACCOUNT): "ANALYZE"}
    (trimmed,) = events(story, EventKind.GRANT_TRIMMED)
    assert (trimmed.subject_id, trimmed.business_id, trimmed.counterpart_id) == (high.id, AGENCY, None)
    assert EventKind.GRANT_TRIMMED in story.history(town.ann, high.request_id)
    assert EventKind.GRANT_TRIMMED not in story.history(town.dana, high.request_id)
    names = {
        business_id: story.database.read_sync(grants.trimmed_with, [high.id], business_id=business_id)
        for business_id in (AGENCY, BRAND)
    }
    assert names == {AGENCY: ("Eva",), BRAND: ()}
    story.end(town.ann, low.id, business=AGENCY)
    assert assigned(story) == {}


@pytest.mark.covers("D5")
def test_the_people_whom_a_request_is_for_are_assigned_when_it_is_in_force_with_an_event(story, town):
    sent = give(story, town, people=(town.eva.id, town.abe.id))
    assert assigned(story).keys() == {(town.eva.id, ACCOUNT), (town.abe.id, ACCOUNT)}
    found = events(story, EventKind.PERSON_ASSIGNED)
    assert {row.subject_id for row in found} == {town.eva.id, town.abe.id}
    assert all(f'"request":"{sent.request_id}"' in row.data for row in found)


def test_a_leaver_named_in_a_request_is_assigned_nothing(story, town):
    become(story, town.eva, deactivated=True)
    give(story, town, people=(town.eva.id, town.abe.id))
    assert assigned(story).keys() == {(town.abe.id, ACCOUNT)}


def test_who_is_no_longer_a_member_is_on_no_list(story, town):
    give(story, town, people=(town.eva.id,))
    story.do(settings.remove_member, AGENCY, town.eva.id, by=town.ann)
    assert people(story, town.ann).people.total == 0
    assert reach(story, town.ann, town.eva) is None


# --- seeing -----------------------------------------------------------------------------------------


@pytest.mark.covers("P16", "D3")
def test_neither_side_sees_the_people_of_the_other(story, town):
    give(story, town, people=(town.eva.id,))
    put(story, town.dana, town.emil, FULL, business_id=BRAND)
    of_holder, of_owner = people(story, town.eva), people(story, town.dana, business_id=BRAND)
    assert [(one.name, one.tasks) for one in of_holder.people.rows] == [("Eva", GENERAL)]
    assert [(one.name, one.tasks) for one in of_owner.people.rows] == [("Emil", FULL)]
    assert (of_holder.tasks, of_holder.can_change, of_owner.can_change) == (GENERAL, False, True)
    assert of_holder.until is not None
    assert of_owner.until is None
    assert people(story, town.dana) is None, "as the agency"
    assert people(story, town.ann, business_id=BRAND) is None
    assert reach(story, town.ann, town.emil) is None


@pytest.mark.covers("A9")
def test_all_that_a_person_can_reach_is_one_list_own_and_shared_with_why_and_until_when(story, town):
    asset(story.database, "act_7", kind=Kind.AD_ACCOUNT, name="Own", owner=AGENCY)
    grant = give(story, town, people=(town.eva.id,))
    put(story, town.ann, town.eva, FULL, asset_id="act_7")
    found = reach(story, town.eva, town.eva)
    assert found.name == "Eva"
    shared, own = found.rows.rows
    assert (shared.asset.id, shared.tasks, shared.until, shared.refs) == (
        ACCOUNT,
        GENERAL,
        grant.ends_at,
        (grant.ref,),
    )
    assert (own.asset.id, own.tasks, own.until, own.refs) == ("act_7", FULL, None, ())
    assert {one.can_change for one in found.rows.rows} == {False}


def test_until_when_is_of_what_the_person_has_and_not_of_what_the_business_has(story, town):
    low = give(story, town)
    give(story, town, ADMIN, term=Term.for_days(7))
    put(story, town.ann, town.eva, ANALYZE)
    put(story, town.ann, town.abe, FULL)
    assert reach(story, town.ann, town.eva).rows.rows[0].until == low.ends_at
    assert reach(story, town.ann, town.abe).rows.rows[0].until == story.clock.now() + 7 * DAY


def test_somebody_of_two_businesses_sees_all_that_a_colleague_reaches_through_both(story, town):
    business(story.database, OTHER, name="Second", team=AGENCY_TEAM)
    for number, who in enumerate((town.ann, town.eva)):
        role = Role.ADMIN if number == 0 else Role.EMPLOYEE
        member(story.database, who.id, of=OTHER, role=role)
    asset(story.database, "act_8", kind=Kind.AD_ACCOUNT, name="Zeta", owner=OTHER)
    give(story, town, people=(town.eva.id,))
    put(story, town.ann, town.eva, business_id=OTHER, asset_id="act_8")
    found = reach(story, town.ann, town.eva)
    assert {(one.business.name, one.asset.name) for one in found.rows.rows} == {
        ("Northwind", "Acme Main"),
        ("Second", "Zeta"),
    }
    assert [one.asset.name for one in reach(story, town.abe, town.eva).rows.rows] == ["Acme Main"]
    pages = [reach(story, town.ann, town.eva, limit=1, offset=at).rows for at in (0, 1)]
    assert [(len(one.rows), one.total, one.more) for one in pages] == [(1, 2, True), (1, 2, False)]


def test_a_hundred_and_fifty_people_are_all_on_the_pages(story, town):
    crowd = [
        someone(story.database, 100 + n, name=f"P{n:03d}", team=AGENCY_TEAM, roles={AGENCY: Role.EMPLOYEE})
        for n in range(150)
    ]
    grant = give(story, town)
    for one in crowd:
        put(story, town.ann, one)
    seen, offset = [], 0
    while True:
        page = people(story, town.ann, offset=offset).people
        seen += [one.name for one in page.rows]
        offset += len(page.rows)
        assert page.total == 150
        if not page.more:
            break
    assert seen == [one.name for one in crowd]
    story.end(town.dana, grant.id, business=BRAND)
    assert assigned(story) == {}
    assert len(story.database.read_sync(grants.trimmed_with, [grant.id], business_id=AGENCY)) == 150


def test_people_are_called_by_their_name_or_how_it_begins_or_as_slack_mentions_them(story, town):
    for number, name in enumerate(("Sam Stone", "Sam Stein", "Eva-Lou", "50%_Off")):
        someone_ = {"team": AGENCY_TEAM, "roles": {AGENCY: Role.EMPLOYEE}}
        someone(story.database, 50 + number, name=name, **someone_)

    def called(name, by=town.ann):
        return [one.name for one in story.read(grants.find_called, name, by=by)]

    assert called("@eva") == ["Eva"], "whose whole name it is"
    assert called("EVA LOU") == called("eva.lou") == ["Eva-Lou"]
    assert called("@sam") == ["Sam Stein", "Sam Stone"]
    assert called("@sam.stone") == ["Sam Stone"]
    assert called("<@UEVA>") == called("<@UEVA|somebody else>") == ["Eva"]
    assert called("50%") == called("50%_") == ["50%_Off"]
    assert called("%") == called("_") == called("@") == called("<@UDANA>") == called("Dana") == []
    assert called("Eva", by=town.dana) == []


def test_who_is_called_otherwise_in_slack_now_is_found_by_that_name(story, town):
    flags = dict.fromkeys(("deactivated", "guest", "bot", "stranger"), False)
    story.do(
        directory.record_person_flags,
        team_id=AGENCY_TEAM,
        user_id=town.eva.user,
        zone=None,
        name="Évi Ekholm",
        **flags,
    )
    assert [one.name for one in story.read(grants.find_called, "@évi", by=town.ann)] == ["Évi Ekholm"]
    assert story.read(grants.find_called, "@eva", by=town.ann) == []


def test_pickers_find_own_and_shared_assets_and_own_people_alone(story, town):
    business(story.database, OTHER, name="Third", team=OTHER_TEAM)
    asset(story.database, "act_9", kind=Kind.AD_ACCOUNT, name="Acme Third", owner=OTHER)
    give(story, town)

    def assets(by, query=""):
        return [
            (business.id, one.id)
            for business, one in story.read(grants.find_reachable, query=query, limit=9, by=by)
        ]

    def names(by, query=""):
        return [one.name for one in story.read(grants.find_colleagues, query=query, limit=9, by=by)]

    assert assets(town.ann) == [(AGENCY, ACCOUNT)]
    assert {one for _, one in assets(town.emil)} >= {ACCOUNT, PAGE, PIXEL}
    assert assets(town.emil, "act_9") == []
    assert names(town.eva) == ["Abe", "Ann", "Eva"]
    assert names(town.eva, "AN") == ["Ann"]
    become(story, town.eva, guest=True)
    assert (assets(town.eva), names(town.eva)) == ([], [])
