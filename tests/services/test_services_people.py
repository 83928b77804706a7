"""A business's own people on its assets and on those shared with it."""

from __future__ import annotations

import pytest
from make import (
    ACCOUNT,
    AGENCY,
    AGENCY_TEAM,
    BRAND,
    INSTAGRAM,
    OTHER,
    OTHER_TEAM,
    PAGE,
    PIXEL,
    asset,
    business,
    failed_person,
    item,
    member,
    someone,
)
from steps import ADMIN, DAY, TICK, become, give, run

from bot.domain.actors import Role, Status
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind
from bot.domain.grants import GrantState
from bot.domain.requests import ErrorCode, FieldError, Term
from bot.services import grants, settings
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


def again(story, by, whom, *, business_id=AGENCY, asset_id=ACCOUNT):
    return story.do(grants.try_person_again, whom.id, business_id=business_id, asset_id=asset_id, by=by)


def people(story, by, *, business_id=AGENCY, asset_id=ACCOUNT, limit=20, **page):
    return story.read(
        grants.people_of, business_id=business_id, asset_id=asset_id, limit=limit, by=by, **page
    )


def reach(story, by, whom, *, limit=20, **page):
    return story.read(grants.reach_of, whom.id, limit=limit, by=by, **page)


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
    no = take(story, town.dov, town.emil, business_id=BRAND)
    assert (reason(no), no.field, no.people) == (DenialReason.NOT_ASSIGNED, "person", ("Emil",))


@pytest.mark.covers("D5")
def test_more_than_the_business_holds_is_denied_with_the_level_that_it_holds(story, town):
    give(story, town)
    no = put(story, town.ann, town.eva, FULL)
    assert (no.reason, no.field, no.name, no.tasks, no.kind) == (
        DenialReason.BEYOND_HELD,
        "level",
        "Acme Main",
        GENERAL,
        Kind.AD_ACCOUNT,
    )
    assert assigned(story) == {}


def test_what_several_grants_give_adds_up(story, town):
    give(story, town)
    give(story, town, ADMIN)
    assert put(story, town.ann, town.eva, FULL).tasks == FULL


@pytest.mark.parametrize(
    ("tasks", "wrong"),
    [
        (frozenset(), FieldError(field="level", code=ErrorCode.NO_TASKS)),
        (frozenset({"MODERATE"}), FieldError(field="level", code=ErrorCode.UNKNOWN_TASK, got="MODERATE")),
        (
            frozenset({"ANALYZE", "ROOT"}),
            FieldError(field="level", code=ErrorCode.UNKNOWN_TASK, got="ROOT"),
        ),
    ],
)
def test_only_tasks_of_this_kind_of_asset_are_taken(story, town, tasks, wrong):
    answer = put(story, town.dana, town.emil, tasks, business_id=BRAND)
    assert answer == Invalid(field_errors=(wrong,))
    assert assigned(story) == {}


@pytest.mark.parametrize("verb", [put, take, again])
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
    denied = [(one.subject_kind, one.subject_id, one.business_id) for one in events(story, EventKind.DENIED)]
    assert denied == [("asset", ACCOUNT, own) for own in (AGENCY, None, AGENCY, AGENCY)], "their own alone"


def test_people_of_another_business_are_nobody_here_and_are_not_named(story, town):
    give(story, town)
    failed_person(story.database, town.dana.id, of=AGENCY, asset_id=ACCOUNT)
    no = put(story, town.ann, town.dana)
    assert (reason(no), no.field, no.name) == (DenialReason.UNKNOWN_PERSON, "person", "")
    no = take(story, town.ann, town.dana)
    assert (reason(no), no.field, no.people) == (DenialReason.NOT_ASSIGNED, "person", ())
    no = again(story, town.ann, town.dana)
    assert (reason(no), no.field, no.people) == (DenialReason.CHANGED, "person", ())
    assert {one.business_id for one in events(story, EventKind.DENIED)} == {AGENCY}


def test_what_failed_at_meta_for_a_person_is_shown_and_tried_again_by_an_admin(story, town):
    give(story, town)
    put(story, town.ann, town.eva)
    no = again(story, town.ann, town.eva)
    assert (reason(no), no.field) == (DenialReason.CHANGED, "person"), "nothing failed"
    assert (reach(story, town.ann, town.eva).at_meta, people(story, town.ann).at_meta) == ((), ())
    failed_person(story.database, town.eva.id, of=AGENCY, asset_id=ACCOUNT)
    (one,) = people(story, town.ann).at_meta
    assert (one.name, reach(story, town.ann, town.eva).at_meta) == ("Eva", (one,))
    assert again(story, town.ann, town.eva) == Assigned(
        person="Eva", asset="Acme Main", kind=Kind.AD_ACCOUNT, tasks=ANALYZE, is_at_meta=True
    )
    assert put(story, town.ann, town.eva, GENERAL).is_at_meta, "until it is there"
    assert take(story, town.ann, town.eva).is_at_meta, "until it is gone there"


def test_of_what_is_on_its_way_ten_are_shown_of_all_businesses_together_and_of_what_failed_all(story, town):
    business(story.database, OTHER, name="Second", team=AGENCY_TEAM)
    for who in (town.ann, town.eva):
        member(story.database, who.id, of=OTHER)
    accounts = [f"act_8{number:03d}" for number in range(12)]
    for one in accounts:
        asset(story.database, one, kind=Kind.AD_ACCOUNT, name=one, owner=BRAND)
        failed_person(story.database, town.eva.id, of=AGENCY, asset_id=one)
    first = give(story, town, *(item(Kind.AD_ACCOUNT, one) for one in accounts), people=(town.eva.id,))
    assert reach(story, town.ann, town.eva).unsettled == ()
    story.set(tables.Grant, {"request_id": first.request_id}, state=GrantState.STUCK)
    story.set(tables.Grant, {"id": first.id}, holder_id=OTHER)
    found = reach(story, town.ann, town.eva)
    assert (len(found.unsettled), len(found.at_meta)) == (10, 12)
    story.set(tables.Grant, {"asset_id": accounts[-1]}, state=GrantState.ACTIVE)
    story.set(tables.Grant, {"asset_id": accounts[-2]}, asset_id=accounts[-1])
    (stuck,) = people(story, town.ann, asset_id=accounts[-1]).unsettled
    assert stuck.state is GrantState.STUCK
    story.set(tables.Grant, {"asset_id": accounts[1]}, state=GrantState.PENDING)
    assert reason(put(story, town.ann, town.eva, asset_id=accounts[1])) is DenialReason.NOT_IN_FORCE_YET


def test_nobody_is_assigned_to_an_account_that_no_business_owns(story, town):
    spring = asset(story.database, "act_7001", kind=Kind.AD_ACCOUNT, name="Spring Ads", owner=None)
    assert reason(put(story, town.ann, town.eva, asset_id=spring)) is DenialReason.NOT_HELD


def test_access_is_said_to_be_on_its_way_until_it_would_be_over_and_not_once_it_was_revoked(story, town):
    def refused(**values):
        story.set(tables.Grant, {"id": grant.id}, **values)
        return reason(put(story, town.ann, town.eva))

    grant = give(story, town)
    story.set(tables.Grant, {"id": grant.id}, state=GrantState.PENDING)
    for name, shown in (("Acme Main", "Acme Main"), ("", ACCOUNT)):
        story.set(tables.Asset, {"id": ACCOUNT}, name=name)
        coming = Denied(reason=DenialReason.NOT_IN_FORCE_YET, field="asset", name=shown)
        assert put(story, town.ann, town.eva) == coming
    assert put(story, town.ann, town.eva, asset_id=PAGE) == Denied(
        reason=DenialReason.NOT_HELD, field="asset", name=PAGE
    )
    assert refused(state=GrantState.FAILED) is DenialReason.NOT_IN_FORCE_YET
    assert refused(state=GrantState.PENDING) is DenialReason.NOT_IN_FORCE_YET
    assert refused(ends_at=None) is DenialReason.NOT_IN_FORCE_YET
    assert refused(ends_at=story.clock.now()) is DenialReason.NOT_HELD
    story.set(tables.Grant, {"id": grant.id}, ends_at=None, state=GrantState.ACTIVE)
    story.end(town.dana, grant.id, business=BRAND)
    assert reason(put(story, town.ann, town.eva)) is DenialReason.NOT_HELD


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
    assert put(story, town.ann, town.eva, GENERAL).tasks == GENERAL, "which is no more"
    no = put(story, town.ann, town.eva, ANALYZE)
    assert no.tasks == ANALYZE, "less can always be given"
    no = put(story, town.ann, town.eva, GENERAL)
    assert (reason(no), no.field, no.name, no.why) == (DenialReason.NOT_ASSIGNABLE, "person", "Eva", why)
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


def test_of_what_ended_a_moment_ago_nobody_is_shown_to_have_anything_left(story, town):
    low = give(story, town)
    give(story, town, ADMIN, term=Term.for_days(7))
    put(story, town.ann, town.eva, FULL)
    story.clock.push(7 * DAY)
    (one,) = reach(story, town.ann, town.eva).rows.rows
    assert (one.tasks, one.refs) == (GENERAL, (low.ref,))
    assert people(story, town.ann).people.rows[0].tasks == GENERAL


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
    (eva,) = of_holder.people.rows
    assert (eva.person_id, eva.name, eva.tasks, eva.since) == (
        town.eva.id,
        "Eva",
        GENERAL,
        story.clock.now(),
    )
    assert (of_holder.business.name, of_holder.asset.id) == ("Northwind", ACCOUNT)
    assert [(one.name, one.tasks) for one in of_owner.people.rows] == [("Emil", FULL)]
    assert (of_holder.tasks, of_holder.can_change, of_owner.can_change) == (GENERAL, False, True)
    assert of_holder.until is not None
    assert of_owner.until is None
    assert people(story, town.dana) is None, "as the agency"
    assert people(story, town.ann, business_id=BRAND) is None
    assert reach(story, town.ann, town.emil) is None


@pytest.mark.covers("A9")
def test_all_that_a_person_can_reach_is_one_list_own_and_shared_with_why_and_until_when(story, town):
    asset(story.database, "act_7", kind=Kind.AD_ACCOUNT, name="Abroad", owner=AGENCY)
    grant = give(story, town, people=(town.eva.id,))
    put(story, town.ann, town.eva, FULL, asset_id="act_7")
    story.submit(town.ann, item(Kind.PAGE, PAGE))
    found = reach(story, town.eva, town.eva)
    assert (found.person_id, found.name) == (town.eva.id, "Eva")
    own, shared = found.rows.rows
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
    high = give(story, town, ADMIN, term=Term.for_days(7))
    began = low.starts_at - DAY  # the order in which it began is not that in which it was asked for
    story.set(tables.Grant, {"id": high.id}, tasks="MANAGE", starts_at=began)
    put(story, town.ann, town.eva, ANALYZE)
    put(story, town.ann, town.abe, FULL)
    (of_eva,), (of_abe,) = (reach(story, town.ann, one).rows.rows for one in (town.eva, town.abe))
    assert (of_eva.until, of_eva.refs) == (low.ends_at, (low.ref,))
    assert (of_abe.until, of_abe.refs) == (story.clock.now() + 7 * DAY, (high.ref, low.ref))
    story.set(tables.Grant, {"id": high.id}, starts_at=low.starts_at + TICK)
    (of_abe,) = reach(story, town.ann, town.abe).rows.rows
    assert of_abe.refs == (low.ref, high.ref), "nor is it that of the ids"


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
    (held,) = story.rows(tables.Grant)
    story.set(tables.Grant, {"id": held.id}, holder_id=OTHER)
    story.set(tables.Asset, {"id": ACCOUNT}, owner_id=AGENCY)
    assert reach(story, town.ann, town.eva).rows.total == 2, "under the business that assigned it"


def test_whoever_is_of_two_businesses_acts_first_for_the_one_that_they_administer(story, town):
    business(story.database, OTHER, name="Second", team=AGENCY_TEAM)
    member(story.database, town.eva.id, of=OTHER)
    asset(story.database, "act_8", kind=Kind.AD_ACCOUNT, name="Zeta", owner=OTHER)
    give(story, town, people=(town.eva.id,))

    def through(asset_id):
        return story.read(grants.through, asset_id, by=town.eva)

    def found(query, **more):
        return story.read(query, by=town.eva, query="", **{"limit": 9, **more})

    assert [(one.id, it.id) for one, it in found(grants.find_reachable)] == [
        (OTHER, "act_8"),
        (AGENCY, ACCOUNT),
    ]
    assert len(found(grants.find_reachable, limit=1)) == len(found(grants.find_colleagues, limit=1)) == 1
    assert (through("act_8"), through(ACCOUNT), through(PAGE)) == (OTHER, AGENCY, None)
    story.set(tables.Grant, {"asset_id": ACCOUNT}, asset_id="act_8")
    assert through("act_8") == OTHER
    for business_id, names in ((OTHER, ["Eva"]), (AGENCY, ["Abe", "Ann", "Eva"])):
        assert [one.name for one in found(grants.find_colleagues, business_id=business_id)] == names
        called = story.read(grants.find_called, "A", business_id=business_id, by=town.eva)
        assert [one.name for one in called] == [name for name in names if name != "Eva"]


def test_what_somebody_has_with_an_asset_is_known_to_colleagues_alone(story, town):
    give(story, town)
    put(story, town.ann, town.eva)

    def has(by):
        return story.read(grants.assigned_with, town.eva.id, business_id=AGENCY, asset_id=ACCOUNT, by=by)

    assert (has(town.abe), has(town.dana)) == (ANALYZE, frozenset())


def test_a_hundred_and_fifty_people_are_all_on_the_pages(story, town):
    crowd = [
        someone(
            story.database, 100 + n, name=f"P{149 - n:03d}", team=AGENCY_TEAM, roles={AGENCY: Role.EMPLOYEE}
        )
        for n in range(150)
    ]
    grant = give(story, town)
    for one in crowd:
        put(story, town.ann, one)
    seen, offset = [], 0
    while True:
        page = people(story, town.ann, offset=offset).people
        assert page.rows, "it was said that more come"
        seen += [one.name for one in page.rows]
        offset += len(page.rows)
        assert page.total == 150
        if not page.more:
            break
    assert seen == sorted(one.name for one in crowd)
    for one in crowd[:11]:
        failed_person(story.database, one.id, of=AGENCY, asset_id=ACCOUNT)
    assert len(people(story, town.ann).at_meta) == 11, "each of them can be tried again"
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
    story.slack_says(AGENCY_TEAM, town.eva.user, name="Évi Ekholm")
    assert [one.name for one in story.read(grants.find_called, "@évi", by=town.ann)] == ["Évi Ekholm"]
    assert story.read(grants.find_called, "@eva", by=town.ann) == []


def test_pickers_find_own_and_shared_assets_and_own_people_alone(story, town):
    business(story.database, OTHER, name="Third", team=OTHER_TEAM)
    asset(story.database, "act_9", kind=Kind.AD_ACCOUNT, name="50%_Off", owner=OTHER)
    olga = someone(story.database, 60, name="Olga", team=OTHER_TEAM, roles={OTHER: Role.ADMIN})
    grant = give(story, town)

    def assets(by, query=""):
        return [
            (business.id, one.id)
            for business, one in story.read(grants.find_reachable, query=query, limit=9, by=by)
        ]

    def names(by, query=""):
        return [one.name for one in story.read(grants.find_colleagues, query=query, limit=9, by=by)]

    assert assets(town.ann) == [(AGENCY, ACCOUNT)]
    assert [one for _, one in assets(town.emil)] == [INSTAGRAM, ACCOUNT, PAGE, PIXEL], "by name"
    assert assets(town.emil, "act_9") == []
    assert assets(town.emil, "MAIN") == assets(town.emil, "act_1") == [(BRAND, ACCOUNT)]
    assert assets(olga) == assets(olga, "50%_") == [(OTHER, "act_9")]
    assert names(town.eva) == ["Abe", "Ann", "Eva"]
    assert names(town.eva, "AN") == ["Ann"]
    become(story, town.eva, guest=True)
    assert (assets(town.eva), names(town.eva)) == ([], [])
    story.set(tables.Grant, {"id": grant.id}, tasks="", capability="ON_BEHALF")
    assert assets(town.ann) == [], "to act on behalf is nothing that people are assigned"
