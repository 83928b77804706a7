"""Settings: a business's admins change its policy and its members, and nobody else does."""

from __future__ import annotations

from datetime import date, timedelta

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, PAGE, PIXEL, item
from steps import assigned, become, give, said

from bot.domain.actors import Role, Status, WhoMayAsk
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.limits import LONGEST_NAME
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, Decline, ErrorCode
from bot.services import nudges, readers, requests, settings
from bot.services.directory_file import export_directory, read_file, write_file
from bot.services.readers import Reading
from bot.services.results import Changed
from bot.services.views.businesses import LooseningState
from bot.store import tables
from bot.store.tables import EffectState

WAITING = LooseningState.WAITING


def add(story, by, user, *, business=BRAND, team=BRAND_TEAM, name="Nia", role=Role.EMPLOYEE):
    return story.do(settings.add_member, business, team_id=team, user_id=user, name=name, role=role, by=by)


def set_role(story, by, person, role, *, business=BRAND):
    return story.do(settings.set_role, business, person.id, role=role, by=by)


def remove(story, by, person, *, business=BRAND):
    return story.do(settings.remove_member, business, person.id, by=by)


# --- policy ------------------------------------------------------------------------------------------


def test_an_admin_changes_the_policy_and_it_holds_from_then_on(story, town):
    twice = (date(2026, 12, 25), date(2026, 12, 24), date(2026, 12, 25))
    story.change_policy(town.dana, channel_id="CNEW", quorum=2, expires_days=7, days_off=twice)
    now = story.settings()
    assert (now.policy_version, now.days_off) == (2, (date(2026, 12, 24), date(2026, 12, 25)))
    sent = story.submit(town.ann)
    assert sent.required_approvals == 2
    assert story.card(sent.request_id).expires_at == story.begins + timedelta(days=7)
    assert story.cards_for(Audience.APPROVERS) == ["CNEW"]
    (requested,) = story.rows(tables.Event, kind="request.pending")
    assert (requested.subject_id, requested.policy_version) == (sent.request_id, 2)
    assert story.database.verify().sound


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quorum": 0}, ErrorCode.NUMBER),
        ({"quorum": 11}, ErrorCode.NUMBER),
        ({"expires_days": 0}, ErrorCode.NUMBER),
        ({"expires_days": 366}, ErrorCode.NUMBER),
        ({"undo_minutes": -1}, ErrorCode.NUMBER),
        ({"undo_minutes": 1441}, ErrorCode.NUMBER),
        ({"hours": "9-5"}, ErrorCode.HOURS),
        ({"hours": "17:00-09:00"}, ErrorCode.HOURS),
        ({"hours": ""}, ErrorCode.HOURS),
        ({"days_off": tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(101))}, ErrorCode.TOO_LONG),
    ],
)
def test_each_setting_has_its_limits_and_a_field_error_beyond_them(story, town, change, code):
    (field_error,) = story.change_policy(town.dana, **change).field_errors
    assert (field_error.field, field_error.code) == (next(iter(change)), code)
    assert story.settings().policy_version == 1
    for most, least in (({"quorum": 10}, {"quorum": 1}), ({"undo_minutes": 1440}, {"undo_minutes": 0})):
        for allowed in (most | {"expires_days": 365}, least | {"expires_days": 1, "channel_id": None}):
            assert isinstance(story.change_policy(town.dana, **allowed), Changed)


def test_a_change_to_an_older_version_of_the_policy_is_denied(story, town):
    story.change_policy(town.dana, quorum=2)
    stale = story.change_policy(town.dov, expected_version=1, quorum=3)
    assert stale.reason is DenialReason.CHANGED
    assert story.settings().quorum == 2
    assert [row.business_id for row in story.rows(tables.Event, kind="denied")] == [BRAND]


def test_only_the_businesss_own_admins_change_anything(story, town):
    for who, reason in ((town.emil, DenialReason.NOT_ADMIN), (town.ann, DenialReason.NOT_MEMBER)):
        assert story.change_policy(who, quorum=2).reason is reason
        assert add(story, who, "UNIA").reason is reason
        assert set_role(story, who, town.dov, Role.EMPLOYEE).reason is reason
        assert remove(story, who, town.dov).reason is reason
    assert story.settings().policy_version == 1
    assert len(story.rows(tables.Event, kind="denied")) == 8


@pytest.mark.case("1.5")
@pytest.mark.covers("R17")
def test_where_two_must_approve_one_admin_alone_loosens_nothing(story, town):
    story.change_policy(town.dana, quorum=2)
    sent = story.submit(town.ann)
    saved = story.change_policy(town.dana, quorum=1, expires_days=7, who_may_ask=WhoMayAsk.ANYONE)
    assert saved == Changed(business_id=BRAND, waits=True)
    now = story.settings()
    assert (now.quorum, now.expires_days) == (2, 7), "what is not looser holds at once"
    assert sorted(story.cards_for(Audience.SUBMITTERS)) == [town.dana.user, town.dov.user]
    proposed = story.read(
        settings.loosening_card, story.rows(tables.Card, audience="SUBMITTERS")[0].subject_id
    )
    assert (proposed.state, proposed.changes, proposed.by) == (WAITING, {"quorum": (2, 1)}, "Dana")

    version = now.policy_version
    until = story.begins + timedelta(days=7)
    assert (proposed.party.id, proposed.version, proposed.expires_at) == (BRAND, version, until)
    for who, reason in (
        (town.dana, DenialReason.OWN_PROPOSAL),
        (town.emil, DenialReason.NOT_ADMIN),
        (town.ann, DenialReason.NOT_MEMBER),
    ):
        assert confirm(story, who, version).reason is reason
    story.decide(town.dana, sent.request_id, Approve())
    assert not story.held(ACCOUNT)

    assert confirm(story, town.dov, version) == Changed(business_id=BRAND)
    assert (story.settings().quorum, story.settings().expires_days) == (1, 7)
    confirmed = story.read(settings.loosening_card, f"{BRAND}@{version}")
    assert (confirmed.state, confirmed.confirmed_by) == (LooseningState.IN_FORCE, "Dov")
    assert confirm(story, town.dov, version).reason is DenialReason.PROPOSAL_OVER
    assert story.database.verify().sound


@pytest.mark.case("1.5")
def test_another_admin_who_saves_what_was_proposed_confirms_it(story, town):
    story.change_policy(town.dana, quorum=3, who_may_ask=WhoMayAsk.LISTED)
    story.change_policy(town.dana, quorum=2)
    first = story.settings().policy_version
    assert story.change_policy(town.dana, quorum=2).waits, "not by saying it again"
    assert story.read(settings.loosening_card, f"{BRAND}@{first}").state is LooseningState.OVER
    assert story.change_policy(town.dov, quorum=1).waits, "nor by another value, which is a proposal too"
    more = story.change_policy(town.dana, quorum=1, who_may_ask=WhoMayAsk.ANYONE)
    assert more.waits, "nor together with what nobody proposed"
    assert story.settings().quorum == 3
    story.change_policy(town.dov, quorum=2)
    assert story.change_policy(town.dana, quorum=2, expires_days=5) == Changed(business_id=BRAND)
    assert (story.settings().quorum, story.settings().who_may_ask) == (2, WhoMayAsk.LISTED)


@pytest.mark.case("1.5")
@pytest.mark.parametrize("happens", ["a week", "another change"])
def test_a_proposal_lapses_in_a_week_and_with_the_next_change(story, town, happens):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    version = story.settings().policy_version
    if happens == "a week":
        story.clock.push(timedelta(days=7))
    else:
        story.change_policy(town.dana, expires_days=3)
    assert confirm(story, town.dov, version).reason is DenialReason.PROPOSAL_OVER
    assert story.settings().quorum == 2
    assert story.read(settings.loosening_card, f"{BRAND}@{version}").state is LooseningState.OVER


@pytest.mark.case("1.5")
@pytest.mark.covers("R17")
def test_what_lets_more_through_is_told_to_the_admins_also_where_one_may_do_it(story, town):
    story.change_policy(town.dana, who_may_ask=WhoMayAsk.LISTED)
    assert story.cards_for(Audience.SUBMITTERS) == [], "stricter is no such thing"
    assert not story.change_policy(town.dana, who_may_ask=WhoMayAsk.ANYONE).waits
    assert sorted(story.cards_for(Audience.SUBMITTERS)) == [town.dana.user, town.dov.user]
    version = story.settings().policy_version
    told = story.read(settings.loosening_card, f"{BRAND}@{version}")
    assert (told.state, told.changes) == (LooseningState.IN_FORCE, {"who_may_ask": ("LISTED", "ANYONE")})
    assert confirm(story, town.dov, version).reason is DenialReason.PROPOSAL_OVER
    with pytest.raises(KeyError):
        story.read(settings.loosening_card, f"{BRAND}@{version + 1}")


def confirm(story, by, version):
    return story.do(settings.confirm_policy, BRAND, expected_version=version, by=by)


def test_a_shorter_undo_window_is_for_what_is_approved_from_then_on(story, town, given):
    story.change_policy(town.dana, undo_minutes=0)
    assert story.card(given.request_id).undo_until == story.begins + timedelta(minutes=10)


# --- members -----------------------------------------------------------------------------------------


def is_made_admin(story, town):
    set_role(story, town.dana, town.emil, Role.ADMIN)
    return town.emil


def is_added_and_looked_up(story, town):
    add(story, town.dana, "UNIA", role=Role.ADMIN)
    story.sweep()
    (nia,) = story.rows(tables.Person, user_id="UNIA")
    assert not story.digests(nia), "before Slack was asked they decide on nothing"
    slack_says(story, "UNIA", guest=False)
    return nia


def is_no_guest_any_more(story, town):
    become(story, town.emil, role=Role.ADMIN)
    slack_says(story, town.emil.user, guest=True)
    slack_says(story, town.emil.user, guest=False)
    return town.emil


def slack_says(story, user, *, guest, name=None):
    story.slack_says(BRAND_TEAM, user, zone="Europe/Berlin", guest=guest, name=name)


@pytest.mark.case("10.1")
def test_who_is_no_admin_any_more_reads_no_card_for_admins_while_there_are_some(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    sent = story.submit(town.ann)
    assert sorted(story.cards_for(Audience.APPROVERS)) == [town.dana.user, town.dov.user]
    story.live(days=1, hours=1)
    (digest,) = story.rows(tables.Digest, person_id=town.dov.id)
    draft = story.submit(town.eva, item(Kind.PAGE, PAGE))

    def read_by(who, subject, audience=Audience.APPROVERS):
        place = readers.Place(team_id=who.team, user_id=who.user)
        return story.read(readers.reading, subject, audience, place)

    assert read_by(town.dov, sent.request_id) is Reading.MAY
    said(story)
    set_role(story, town.dana, town.dov, Role.EMPLOYEE)
    assert read_by(town.dov, sent.request_id) is Reading.MAY_NOT
    assert read_by(town.dov, digest.id, Audience.DIGEST) is Reading.MAY_NOT
    assert read_by(town.dana, sent.request_id) is Reading.MAY
    for who, may in ((town.abe, Reading.MAY), (town.eva, Reading.MAY_NOT)):
        assert read_by(who, draft.draft_id, Audience.SUBMITTERS) is may
    (card,) = story.rows(tables.Card, user_id=town.dov.user, subject_id=sent.request_id)
    assert story.effects(EffectKind.UPDATE_CARD, card_id=card.id, state=EffectState.WAITING)
    become(story, town.dana, deactivated=True)
    assert read_by(town.emil, sent.request_id) is Reading.MAY, "where nobody could act, others must know"


@pytest.mark.case("10.1")
@pytest.mark.parametrize("happens", [is_made_admin, is_added_and_looked_up, is_no_guest_any_more])
def test_who_can_decide_from_now_on_is_told_what_waits_in_one_list(story, town, happens):
    asked = [
        story.submit(town.ann, one).request_id for one in (item(Kind.PAGE, PAGE), item(Kind.PIXEL, PIXEL))
    ]
    over = story.submit(town.ann).request_id
    story.decide(town.dov, over, Decline(note="No"))
    who = happens(story, town)
    story.sweep()
    ((at, told),) = story.digests(who)
    assert (at, set(told)) == (story.clock.now(), set(asked))
    assert story.digests(town.dana) == [], "the others have them already"
    story.live(days=1, hours=1)
    assert len(story.digests(who)) <= 2, "and are nudged like everybody from then on"


@pytest.mark.case("10.1")
def test_who_can_send_drafts_from_now_on_is_told_of_those_that_wait_in_one_line(story, town):
    mia = make.someone(story.database, 41, name="Mia", team=make.AGENCY_TEAM, roles={AGENCY: Role.EMPLOYEE})
    oldest = story.submit(town.eva, item(Kind.PAGE, PAGE))
    story.clock.push(timedelta(minutes=1))
    story.submit(town.eva, item(Kind.PIXEL, PIXEL))
    set_role(story, town.ann, mia, Role.ADMIN, business=AGENCY)
    (told,) = story.effects(EffectKind.POST_NOTICE)
    assert (told.about, told.subject_id) == (f"drafts:2 SUBMITTERS @{mia.user}", oldest.draft_id)
    set_role(story, town.ann, mia, Role.ADMIN, business=AGENCY)
    assert len(story.effects(EffectKind.POST_NOTICE)) == 1, "not because somebody says it again"


@pytest.mark.case("10.2")
def test_the_name_of_who_was_added_in_slack_follows_slack(story, town):
    add(story, town.dana, "UNIA")
    sent = story.submit(town.ann)
    said(story)
    for name in ("  Nia Nova ", "", "x" * (LONGEST_NAME + 1), None, "Nia Nova"):
        slack_says(story, "UNIA", guest=False, name=name)
        assert [one.name for one in story.rows(tables.Person, user_id="UNIA")] == ["Nia Nova"]
    assert len(story.rows(tables.Event, kind="person.renamed")) == 1, "and only a new name is news"
    assert story.effects(EffectKind.UPDATE_CARD, subject_id=sent.request_id)


@pytest.mark.covers("T5")
def test_a_new_member_has_no_power_before_slack_was_asked_about_them(story, town):
    add(story, town.dana, "UNIA", role=Role.ADMIN)
    (nia,) = [one for one in story.members().rows if one.name == "Nia"]
    assert (nia.role, nia.may_administer) == (Role.ADMIN, DenialReason.UNCHECKED)
    sent = story.submit(town.ann)
    someone = make.Someone(id=nia.person_id, team=BRAND_TEAM, user="UNIA", name="Nia")
    assert story.decide(someone, sent.request_id, Approve()).reason is DenialReason.UNCHECKED
    flags = dict.fromkeys(("deactivated", "guest", "bot", "stranger"), False)
    become(story, someone, **flags, checked_at=story.clock.now())
    story.decide(someone, sent.request_id, Approve())
    assert story.held(ACCOUNT)


def test_adding_somebody_who_is_known_changes_the_role_of_the_same_person(story, town):
    remove(story, town.dana, town.emil)
    people = len(story.rows(tables.Person))
    add(story, town.dana, town.emil.user, name="Emil")
    assert len(story.rows(tables.Person)) == people
    add(story, town.dana, town.emil.user, name="Emil", role=Role.ADMIN)
    (emil,) = story.rows(tables.Membership, person_id=town.emil.id)
    assert emil.role == Role.ADMIN
    before = story.settings().policy_version
    stays = add(story, town.dana, town.emil.user, name="Emil", role=Role.EMPLOYEE)
    assert (stays.reason, stays.name) == (DenialReason.ADMIN_ALREADY, "Emil"), "who is added loses nothing"
    assert add(story, town.dana, town.emil.user, name="Emil", role=Role.ADMIN) == Changed(business_id=BRAND)
    assert story.settings().policy_version == before, "nothing has changed"


def test_a_shared_login_that_is_removed_and_added_again_is_still_one(story, town):
    story.set(tables.Membership, {"person_id": town.emil.id}, shared=True)
    story.do(settings.remove_member, BRAND, town.emil.id, by=town.dana)
    who = {"team_id": town.emil.team, "user_id": town.emil.user, "name": "Emil", "role": Role.ADMIN}
    story.do(settings.add_member, BRAND, by=town.dana, **who)
    (member,) = story.rows(tables.Membership, person_id=town.emil.id)
    assert (member.role, bool(member.shared)) == (Role.ADMIN, True)


@pytest.mark.covers("D9")
def test_somebody_of_another_workspace_or_who_is_two_people_is_not_made_a_member(story, town, database):
    guest = make.someone(database, 7, name="Guy", team=BRAND_TEAM, roles={}, stranger=True)
    for user, team in (("UANN", make.AGENCY_TEAM), (guest.user, BRAND_TEAM)):
        denied = add(story, town.dana, user, team=team, name="Somebody")
        assert (denied.reason, denied.name) == (DenialReason.HOME_ELSEWHERE, "Somebody")
    for digits in (8, 9):
        make.someone(database, digits, name="Twin", team=BRAND_TEAM, roles={})
    assert add(story, town.dana, "UTWIN", name="Twin").reason is DenialReason.LINKED_TWICE
    assert story.settings().members == 3


def test_a_member_has_a_name(story, town):
    (field_error,) = add(story, town.dana, "UNIA", name=" \u200b ").field_errors
    assert (field_error.field, field_error.code) == ("name", ErrorCode.NO_WORDS)


@pytest.mark.covers("D9")
def test_the_last_admin_stays_one_and_stays(story, town):
    assert isinstance(remove(story, town.dana, town.dov), Changed)
    for denied in (remove(story, town.dana, town.dana), set_role(story, town.dana, town.dana, Role.EMPLOYEE)):
        assert (denied.reason, denied.name) == (DenialReason.LAST_ADMIN, "Dana")
    assert story.members().rows[0].role is Role.ADMIN


@pytest.mark.parametrize(
    "change", [{"deactivated": True}, {"guest": True}, {"deactivated": None}, {"bot": True}]
)
def test_an_admin_without_power_does_not_count_as_another(story, town, change):
    become(story, town.dov, **change)
    assert remove(story, town.dana, town.dana).reason is DenialReason.LAST_ADMIN
    assert isinstance(remove(story, town.dana, town.dov), Changed), "who has none can go"


@pytest.mark.covers("T13", "I26")
def test_somebody_removed_or_demoted_decides_nothing_from_that_moment(story, town):
    first, second = story.submit(town.ann), story.submit(town.ann, item(Kind.PAGE, PAGE))
    set_role(story, town.dana, town.dov, Role.EMPLOYEE)
    assert story.decide(town.dov, first.request_id, Approve()).reason is DenialReason.NOT_ADMIN
    remove(story, town.dana, town.dov)
    assert story.decide(town.dov, second.request_id, Approve()).reason is DenialReason.STRANGER


def test_the_assignments_of_a_removed_member_go_with_them(story, town):
    give(story, town, people=(town.eva.id, town.abe.id))
    remove(story, town.ann, town.eva, business=AGENCY)
    assert assigned(story).keys() == {town.abe.id}
    assert story.held(ACCOUNT), "the business's own access stays"


def test_only_members_can_be_removed_and_a_deactivated_business_still_keeps_its_people(story, town):
    assert remove(story, town.dana, town.ann).reason is DenialReason.UNKNOWN_PERSON
    story.set(tables.BusinessRow, {"id": BRAND}, status=Status.DEACTIVATED)
    assert isinstance(remove(story, town.dana, town.emil), Changed)


@pytest.mark.case("8.10")
def test_who_was_removed_a_moment_ago_is_refused_by_name(story, town):
    """Whatever form or button still has them; of nobody in their workspace no name is given."""

    def change(person_id):
        return story.do(settings.set_role, BRAND, person_id, role=Role.ADMIN, by=town.dana).name

    def stand_in(person_id):
        days = {"from_day": story.begins.date(), "until_day": story.begins.date()}
        answer = story.do(settings.name_stand_in, BRAND, by=town.dana, stand_in=person_id, **days)
        return answer.field_errors[0].got

    def ask_first(person_id):
        version = story.settings().policy_version
        how = {"first": [person_id], "backups": [], "expected_version": version}
        return story.do(settings.name_approvers, BRAND, by=town.dana, **how).field_errors[0].got

    def request_for(person_id):
        asked = {"requesting_id": BRAND, "deciding_id": AGENCY, "people": (person_id,)}
        make.asset(story.database, "act_2001", kind=Kind.AD_ACCOUNT, name="Northwind Main", owner=AGENCY)
        return story.submit(town.dana, item(Kind.AD_ACCOUNT, "act_2001"), **asked).name

    remove(story, town.dana, town.emil)
    assert (change(town.emil.id), change(town.ann.id)) == ("Emil", town.ann.id)
    assert (stand_in(town.emil.id), ask_first(town.emil.id)) == ("Emil", "Emil")
    assert request_for(town.emil.id) == "Emil"


def test_the_requests_of_a_removed_requester_belong_to_the_business(story, town):
    sent = story.submit(town.ann)
    remove(story, town.abe, town.ann, business=AGENCY)
    story.wait(days=13, hours=1)
    assert story.cards_for(Audience.EXPIRY) == [town.abe.user]
    assert story.cancel(town.abe, sent.request_id).state == "CANCELLED"


# --- who leaves -----------------------------------------------------------------------------------


def readings(story, who):
    """Whether somebody may read their copies of cards now, by audience; all of them are looked at again."""
    found = {}
    for row in story.rows(tables.Card, user_id=who.user):
        place = readers.Place.of(row)
        reading = story.read(readers.reading, row.subject_id, Audience(row.audience), place)
        found[row.subject_id, row.audience] = reading
    return found


def is_looked_at_again(story, who):
    waits = {row.card_id for row in story.effects(EffectKind.UPDATE_CARD)}
    return all(row.id in waits for row in story.rows(tables.Card, user_id=who.user))


@pytest.mark.case("4.1")
def test_a_requester_who_left_may_read_nothing_further_and_another_admin_is_told_the_outcome(story, town):
    sent = story.submit(town.ann)
    assert readings(story, town.ann) == {(sent.request_id, "REQUESTER"): Reading.MAY}
    remove(story, town.abe, town.ann, business=AGENCY)
    assert readings(story, town.ann) == {(sent.request_id, "REQUESTER"): Reading.MAY_NOT}
    assert is_looked_at_again(story, town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    assert [row.about for row in story.effects(EffectKind.POST_NOTICE)] == ["approved REQUESTER @UABE"]


@pytest.mark.case("4.1")
def test_an_approver_who_left_may_read_nothing_further_of_what_waits_for_the_others(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    story.submit(town.ann)
    story.live(days=1, hours=1)
    assert {audience for _, audience in readings(story, town.dov)} == {"APPROVERS", "DIGEST"}

    remove(story, town.dana, town.dov)

    assert set(readings(story, town.dov).values()) == {Reading.MAY_NOT}
    assert is_looked_at_again(story, town.dov)
    assert set(readings(story, town.dana).values()) == {Reading.MAY}


@pytest.mark.case("4.1")
@pytest.mark.parametrize(
    ("change", "reading"),
    [
        ({"deactivated": True}, Reading.MAY_NOT),
        ({"guest": True}, Reading.MAY_NOT),
        ({"stranger": True}, Reading.MAY_NOT),
        ({"team_id": "TELSEWHERE"}, Reading.MAY_NOT),
        ({"guest": None}, Reading.UNKNOWN),
    ],
)
def test_who_may_read_a_card_is_to_whom_details_would_open(story, town, change, reading):
    sent = story.submit(town.ann)
    become(story, town.ann, **change)
    assert readings(story, town.ann) == {(sent.request_id, "REQUESTER"): reading}
    assert story.read(requests.find_request, sent.request_id, by=town.ann) is None


def test_nobody_stands_in_for_somebody_who_left_where_all_is_over(story, town):
    give(story, town)
    remove(story, town.abe, town.ann, business=AGENCY)
    assert story.rows(tables.Card, user_id=town.abe.user) == []


def test_somebody_who_leaves_one_business_still_hears_of_the_other(story, town):
    make.business(story.database, make.OTHER, name="Rival Media", team=make.AGENCY_TEAM)
    make.member(story.database, town.ann.id, of=make.OTHER)
    own = story.submit(town.ann)
    other = story.submit(town.ann, item(Kind.PAGE, PAGE), requesting_id=make.OTHER)
    remove(story, town.abe, town.ann, business=AGENCY)
    assert readings(story, town.ann) == {
        (own.request_id, "REQUESTER"): Reading.MAY_NOT,
        (other.request_id, "REQUESTER"): Reading.MAY,
    }


@pytest.mark.case("4.6")
def test_a_digest_goes_on_without_what_its_reader_no_longer_decides_on(story, town):
    make.business(story.database, make.OTHER, name="Acme Second", team=make.BRAND_TEAM)
    for who in (town.dana, town.dov):
        make.member(story.database, who.id, of=make.OTHER)
    make.asset(story.database, "act_2222", kind=Kind.AD_ACCOUNT, name="Second", owner=make.OTHER)
    own = story.submit(town.ann)
    other = story.submit(town.ann, item(Kind.AD_ACCOUNT, "act_2222"), deciding_id=make.OTHER)
    story.live(days=1, hours=1)
    ((_, shown),) = story.digests(town.dana)
    assert sorted(shown) == sorted([own.request_id, other.request_id])
    (digest,) = story.rows(tables.Card, user_id=town.dana.user, audience=Audience.DIGEST)
    remove(story, town.dov, town.dana, business=make.OTHER)
    view = story.read(nudges.digest_card, digest.subject_id)
    assert [one.request.id for one in view.items] == [own.request_id]
    assert readings(story, town.dana)[digest.subject_id, "DIGEST"] is Reading.MAY
    assert is_looked_at_again(story, town.dana)


def test_hours_with_days_that_were_set_in_slack_stand_in_the_exported_file(story, town, database):
    story.set(tables.BusinessRow, {"id": BRAND}, hours="Mon-Thu 09:00-17:00")
    text = write_file(database.read_sync(export_directory))
    assert "Mon-Thu 09:00-17:00" in text
    read_file(text)


@pytest.mark.case("7.3")
def test_a_business_of_others_is_denied_like_one_that_does_not_exist(story, town):
    for business in (AGENCY, "39999999999"):
        for answer in (
            add(story, town.dana, "UNIA", business=business),
            set_role(story, town.dana, town.ann, Role.EMPLOYEE, business=business),
            remove(story, town.dana, town.ann, business=business),
        ):
            assert (answer.reason, answer.name) == (DenialReason.NOT_MEMBER, "")


@pytest.mark.case("3.5")
def test_every_member_can_be_reached_however_many_there_are(story, town):
    for n in range(150):
        make.someone(story.database, 900 + n, name=f"Z{n:03d}", team=BRAND_TEAM, roles={BRAND: Role.EMPLOYEE})
    assert (story.settings().members, story.settings().admins) == (153, 2)
    pages = [story.members(limit=20, offset=first) for first in range(0, 160, 20)]
    assert {page.total for page in pages} == {153}
    assert [page.more for page in pages] == [True] * 7 + [False]
    assert len({one.person_id for page in pages for one in page.rows}) == 153
    last = pages[-1].rows[-1]
    someone = make.Someone(id=last.person_id, team=BRAND_TEAM, user=last.user_id, name=last.name)
    assert isinstance(remove(story, town.dana, someone), Changed)
    assert story.settings().members == 152


@pytest.mark.case("7.1")
def test_a_name_is_taken_whole_or_not_at_all(story, town):
    assert isinstance(add(story, town.dana, "ULONG", name="N" * LONGEST_NAME), Changed)
    assert "N" * LONGEST_NAME in {one.name for one in story.members().rows}
    (wrong,) = add(story, town.dana, "ULONGER", name="N" * (LONGEST_NAME + 1)).field_errors
    assert (wrong.field, wrong.code) == ("name", ErrorCode.TOO_LONG)
