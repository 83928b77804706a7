"""Where two admins must agree, they are two: who was lately made one by the other counts as one with them."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
import yaml
from directory_text import bring
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, PAGE, PIXEL, item
from steps import become, said

from bot.domain.actors import CONFIRMED_FOR, OPERATOR, Role, WhoMayAsk
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve
from bot.services import readers, settings
from bot.services.directory_file import export_directory, write_file
from bot.services.results import Changed, Denied
from bot.services.views.businesses import LooseningState
from bot.store import tables


def set_role(story, by, person, role):
    return story.do(settings.set_role, BRAND, person.id, role=role, by=by)


def is_made_admin(story, town):
    set_role(story, town.dana, town.emil, Role.ADMIN)
    return town.emil


def is_added_and_looked_up(story, town):
    nia = {"team_id": BRAND_TEAM, "user_id": "UNIA"}
    story.do(settings.add_member, BRAND, name="Nia", role=Role.ADMIN, by=town.dana, **nia)
    story.slack_says(BRAND_TEAM, "UNIA", zone="Europe/Berlin")
    (row,) = story.rows(tables.Person, user_id="UNIA")
    return make.Someone(row.id, row.team_id, row.user_id, row.name)


def confirm(story, by, version):
    return story.do(settings.confirm_policy, BRAND, expected_version=version, by=by)


@pytest.mark.case("1.5")
def test_a_longer_time_to_decide_or_undo_lets_more_through_too(story, town):
    story.change_policy(town.dana, quorum=2)
    assert story.change_policy(town.dana, expires_days=30, undo_minutes=60).waits
    now = story.settings()
    assert (now.expires_days, now.undo_minutes) == (14, 10)
    assert confirm(story, town.dov, now.policy_version) == Changed(business_id=BRAND)
    assert (story.settings().expires_days, story.settings().undo_minutes) == (30, 60)


def test_what_nobody_confirmed_within_a_week_says_so_on_its_cards(story, town):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, expires_days=30)
    before = {row.id for row in story.rows(tables.Card, audience=Audience.SUBMITTERS)}
    story.change_policy(town.dana, quorum=1)
    version = story.settings().policy_version
    told = {row.id for row in story.rows(tables.Card, subject_id=f"{BRAND}@{version}")}
    said(story)

    def updated():
        waiting = {row.card_id for row in story.effects(EffectKind.UPDATE_CARD) if row.state == "WAITING"}
        return waiting & (told | before)

    story.live(days=6.9, hours=6)
    assert updated() == set()
    story.live(days=0.2, hours=1)
    assert updated() == told != set()
    assert story.read(settings.loosening_card, f"{BRAND}@{version}").state is LooseningState.OVER
    said(story)
    story.live(days=8, hours=12)
    assert updated() == set(), "once"


def test_who_becomes_admin_while_settings_wait_is_told_and_can_confirm_them(story, town):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    version = story.settings().policy_version
    said(story)

    def told():
        cards = story.rows(tables.Card, subject_id=f"{BRAND}@{version}")
        return sorted(row.user_id for row in cards)

    assert told() == [town.dana.user, town.dov.user]
    for role in (Role.ADMIN, Role.EMPLOYEE, Role.ADMIN):
        set_role(story, town.dov, town.emil, role)
        said(story)
    assert told() == [town.dana.user, town.dov.user, town.emil.user], "once"
    assert confirm(story, town.emil, version) == Changed(business_id=BRAND)


def test_who_becomes_admin_once_the_settings_are_settled_is_told_nothing_of_them(story, town):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    version = story.settings().policy_version
    confirm(story, town.dov, version)
    set_role(story, town.dov, town.emil, Role.ADMIN)
    assert town.emil.user not in {row.user_id for row in story.rows(tables.Card)}


def test_what_is_proposed_anew_is_open_for_a_week_of_its_own(story, town):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    story.wait(days=3)
    story.change_policy(town.dana, quorum=1)
    version = story.settings().policy_version
    story.live(days=6, hours=12)
    assert confirm(story, town.dov, version) == Changed(business_id=BRAND)
    assert {row.proposal_ends_at for row in story.rows(tables.BusinessRow)} == {None}


def test_who_leaves_reads_nothing_more_of_settings_that_are_settled(story, town):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, expires_days=30)
    confirm(story, town.dov, story.settings().policy_version)
    story.all_posted()
    own = {row.user_id: row.id for row in story.rows(tables.Card, audience=Audience.SUBMITTERS)}
    before = {row.id for row in story.effects(EffectKind.UPDATE_CARD)}
    story.do(settings.remove_member, BRAND, town.dov.id, by=town.dana)
    after = [row.card_id for row in story.effects(EffectKind.UPDATE_CARD) if row.id not in before]
    assert own[town.dov.user] in after
    assert own[town.dana.user] not in after


def test_a_proposal_of_before_its_end_was_kept_has_one_after_the_first_look(story, town):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    (kept,) = story.rows(tables.BusinessRow, id=BRAND)
    assert kept.proposal_ends_at == story.begins + timedelta(days=7)
    story.set(tables.BusinessRow, {"id": BRAND}, proposal_ends_at=make.EPOCH)
    said(story)
    assert (story.do(settings.proposals_due), story.do(settings.proposals_due)) == (1, 0)
    assert story.rows(tables.BusinessRow, id=BRAND) == [kept]
    assert [one for one in story.effects(EffectKind.UPDATE_CARD) if one.state == "WAITING"] == []
    story.clock.push(timedelta(days=7))
    assert (story.do(settings.proposals_due), story.do(settings.proposals_due)) == (1, 0)


def test_who_presses_confirm_when_it_is_too_late_sees_it_gone(story, town):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    version = story.settings().policy_version
    story.set(tables.Membership, {"person_id": town.dana.id}, role=Role.EMPLOYEE)
    said(story)
    assert confirm(story, town.dov, version).reason is DenialReason.PROPOSAL_OVER
    updated = {row.subject_id for row in story.effects(EffectKind.UPDATE_CARD) if row.state == "WAITING"}
    assert f"{BRAND}@{version}" in updated


@pytest.mark.parametrize(
    ("table", "values"),
    [(tables.Membership, {"role": Role.EMPLOYEE}), (tables.Person, {"deactivated": True})],
)
def test_what_somebody_proposed_who_is_no_admin_any_more_is_over(story, town, table, values):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    version = story.settings().policy_version
    story.set(table, {"person_id" if table is tables.Membership else "id": town.dana.id}, **values)
    assert confirm(story, town.dov, version).reason is DenialReason.PROPOSAL_OVER
    assert story.settings().quorum == 2


def leaves(story, town):
    story.do(settings.remove_member, BRAND, town.dana.id, by=town.dov)


def is_no_admin_any_more(story, town):
    set_role(story, town.dov, town.dana, Role.EMPLOYEE)


def is_deactivated_in_slack(story, town):
    story.slack_says(town.dana.team, town.dana.user, deactivated=True)


def test_a_proposal_is_shown_to_who_is_made_an_admin_while_it_waits_and_to_an_account_that_is_new(
    story, town
):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    subject = f"{BRAND}@{story.settings().policy_version}"
    assert set(story.cards_for(Audience.SUBMITTERS, subject)) == {"UDANA", "UDOV"}
    for role in (Role.ADMIN, Role.EMPLOYEE, Role.ADMIN):
        set_role(story, town.dana, town.emil, role)
    moved = {"team_id": BRAND_TEAM, "user_id": "UDOV", "to_user": "UDOV2"}
    story.do(settings.move_person, by=OPERATOR, **moved)
    story.slack_says(BRAND_TEAM, "UDOV2", zone="Europe/Berlin")
    shown = story.cards_for(Audience.SUBMITTERS, subject)
    assert sorted(shown) == ["UDANA", "UDOV", "UDOV2", "UEMIL"]
    story.change_policy(town.dana, quorum=3)
    nia = is_added_and_looked_up(story, town)
    assert nia.user not in story.cards_for(Audience.SUBMITTERS, subject), "it waits no more"


@pytest.mark.parametrize("goes", [leaves, is_no_admin_any_more, is_deactivated_in_slack])
def test_the_cards_of_a_proposal_say_at_once_that_who_made_it_is_no_admin_any_more(story, town, goes):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    subject = f"{BRAND}@{story.settings().policy_version}"
    assert story.read(settings.loosening_card, subject).state is LooseningState.WAITING
    said(story)
    goes(story, town)
    assert story.read(settings.loosening_card, subject).state is LooseningState.OVER
    assert subject in {row.subject_id for row in story.effects(EffectKind.UPDATE_CARD, state="WAITING")}


def test_what_is_said_of_settings_is_for_the_admins_of_that_business(story, town):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    version = story.settings().policy_version
    about = {"id": f"{BRAND}@{version}", "version": version, "is_undecided": False, "requesting_id": BRAND}
    found = story.read(lambda ctx: readers.find_subject(ctx.tx, about["id"]))
    assert found == readers.Subject(**about)

    def may(who):
        place = readers.Place(team_id=who.team, user_id=who.user)
        return story.read(readers.reading, found.id, Audience.SUBMITTERS, place) is readers.Reading.MAY

    assert [who.name for who in (town.dana, town.dov, town.emil, town.ann) if may(who)] == ["Dana", "Dov"]


LOOSER = {"quorum": 1, "expires_days": 30, "undo_minutes": 60, "who_may_ask": "ANYONE"}


@pytest.mark.case("1.5")
@pytest.mark.parametrize("field", LOOSER)
def test_a_looser_policy_that_comes_with_the_directory_file_is_told_to_the_admins(story, town, field):
    story.change_policy(town.dana, quorum=2, who_may_ask=WhoMayAsk.NOBODY)
    story.change_policy(town.dana, undo_minutes=11)
    proposal = story.settings().policy_version
    said(story)
    change_in_the_file(story, **{field: LOOSER[field]})
    version = story.settings().policy_version
    assert version == proposal + 1
    told = [
        row
        for row in story.rows(tables.Card, audience="SUBMITTERS")
        if row.subject_id == f"{BRAND}@{version}"
    ]
    assert sorted(row.user_id for row in told) == [town.dana.user, town.dov.user]
    view = story.read(settings.loosening_card, f"{BRAND}@{version}")
    assert (view.state, view.by, list(view.changes)) == (LooseningState.IN_FORCE, None, [field])
    assert view.changes[field][1] == LOOSER[field]
    (before,) = [
        row
        for row in story.rows(tables.Card, user_id=town.dov.user)
        if row.subject_id == f"{BRAND}@{proposal}"
    ]
    assert story.effects(EffectKind.UPDATE_CARD, card_id=before.id), "what was proposed is over"
    change_in_the_file(story, expires_days=1, undo_minutes=0, who_may_ask="NOBODY", quorum=3)
    assert len(story.rows(tables.Card, audience="SUBMITTERS")) == 4, "stricter is no news"
    assert story.database.verify().sound


def test_what_the_directory_file_makes_stricter_is_no_news_and_ends_what_was_proposed(story, town):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, undo_minutes=11)
    proposal = story.settings().policy_version
    change_in_the_file(story, expires_days=1)
    assert story.read(settings.loosening_card, f"{BRAND}@{proposal}").state is LooseningState.OVER
    assert confirm(story, town.dov, proposal).reason is DenialReason.PROPOSAL_OVER


def change_in_the_file(story, **policy):
    """Import what the record says, with another policy for the brand."""
    written = yaml.safe_load(write_file(story.database.read_sync(export_directory)))
    (brand,) = [one for one in written["businesses"] if one["id"] == BRAND]
    brand["policy"] |= policy
    bring(story.database, yaml.safe_dump(written), clock=story.clock)


def test_what_somebody_proposed_is_not_confirmed_while_slack_has_not_confirmed_who_they_are(story, town):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    version = story.settings().policy_version
    become(story, town.dana, checked_at=story.clock.now() - CONFIRMED_FOR - timedelta(seconds=1))
    assert confirm(story, town.dov, version) == Denied(reason=DenialReason.UNCONFIRMED, name="Dana")
    assert story.settings().quorum == 2
    become(story, town.dana, checked_at=story.clock.now())
    assert confirm(story, town.dov, version) == Changed(business_id=BRAND)


@pytest.mark.case("1.5")
@pytest.mark.parametrize("how", [is_made_admin, is_added_and_looked_up])
def test_an_admin_made_by_the_one_who_proposed_is_no_second_one_for_a_week(story, town, how):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    version = story.settings().policy_version
    puppet = how(story, town)
    assert confirm(story, puppet, version).reason is DenialReason.ONE_VOICE
    assert story.change_policy(puppet, quorum=1).waits
    version = story.settings().policy_version
    assert confirm(story, town.dana, version).reason is DenialReason.ONE_VOICE, "nor the other way round"
    assert story.settings().quorum == 2
    story.clock.push(timedelta(days=7))
    stays_known(story)
    story.change_policy(puppet, quorum=1)
    assert confirm(story, town.dana, story.settings().policy_version) == Changed(business_id=BRAND)


@pytest.mark.case("1.5")
def test_two_admins_of_whom_one_made_the_other_approve_as_one_for_a_week(story, town):
    story.change_policy(town.dana, quorum=2)
    set_role(story, town.dana, town.emil, Role.ADMIN)
    one, other = story.submit(town.ann).request_id, story.submit(town.ann, item(Kind.PAGE, PAGE)).request_id
    story.decide(town.dana, one, Approve())
    assert story.decide(town.emil, one, Approve()).reason is DenialReason.ONE_VOICE
    assert not story.held(ACCOUNT)
    story.decide(town.emil, other, Approve())
    assert story.decide(town.dana, other, Approve()).reason is DenialReason.ONE_VOICE
    denials = [(row.subject_id, row.business_id) for row in story.rows(tables.Event, kind="denied")]
    assert denials == [(one, BRAND), (other, BRAND)]
    story.decide(town.dov, one, Approve())
    story.decide(town.dov, other, Approve())
    assert story.held(ACCOUNT)
    assert story.held(PAGE)
    again = story.submit(town.ann, item(Kind.PIXEL, PIXEL)).request_id
    story.decide(town.dana, again, Approve())
    story.clock.push(timedelta(days=7))
    stays_known(story)
    story.decide(town.emil, again, Approve())
    assert story.held(PIXEL)


@pytest.mark.case("1.5")
def test_who_was_an_admin_before_and_who_was_taken_back_is_nobody_s_second_voice(story, town):
    story.change_policy(town.dana, quorum=2)
    set_role(story, town.dana, town.dov, Role.ADMIN)  # as he was
    sent = story.submit(town.ann).request_id
    story.decide(town.dana, sent, Approve())
    story.decide(town.dov, sent, Approve())
    assert story.held(ACCOUNT)


@pytest.mark.case("1.5")
@pytest.mark.parametrize("how", ["removed", "demoted"])
def test_whom_the_operators_file_makes_an_admin_again_is_nobody_s_second_voice(story, town, how):
    story.change_policy(town.dana, quorum=2)
    set_role(story, town.dana, town.emil, Role.ADMIN)
    if how == "removed":
        story.do(settings.remove_member, BRAND, town.emil.id, by=town.dana)
        make.member(story.database, town.emil.id, of=BRAND)  # as the file does
    else:
        set_role(story, town.dana, town.emil, Role.EMPLOYEE)
        become(story, town.emil, role=Role.ADMIN)
    set_role(story, town.dana, town.dov, Role.EMPLOYEE)  # whom nobody made an admin lately
    sent = story.submit(town.ann).request_id
    for who in (town.dana, town.emil):
        story.decide(who, sent, Approve())
    assert story.held(ACCOUNT)


@pytest.mark.case("1.5")
def test_an_admin_who_approved_cannot_confirm_with_whom_they_made_an_admin_again(story, town):
    story.change_policy(town.dana, quorum=2)
    set_role(story, town.dana, town.emil, Role.ADMIN)
    sent = story.submit(town.ann).request_id
    story.decide(town.emil, sent, Approve())
    set_role(story, town.dana, town.emil, Role.EMPLOYEE)
    assert story.decide(town.dana, sent, Approve()).approvals == 1, "nobody else's counts now"
    set_role(story, town.dana, town.emil, Role.ADMIN)
    assert story.decide(town.dana, sent, Approve()).reason is DenialReason.ONE_VOICE
    assert not story.held(ACCOUNT)
    assert story.decide(town.dov, sent, Approve()).approvals == 2, "they count as one beside him"


@pytest.mark.case("1.5")
def test_two_approvals_of_one_voice_are_one_of_the_three_that_it_takes(story, town):
    story.change_policy(town.dana, quorum=3)
    set_role(story, town.dana, town.emil, Role.ADMIN)
    sent = story.submit(town.ann).request_id
    story.decide(town.emil, sent, Approve())
    set_role(story, town.dana, town.emil, Role.EMPLOYEE)
    story.decide(town.dana, sent, Approve())
    set_role(story, town.dana, town.emil, Role.ADMIN)
    assert story.card(sent).approvals == 1
    moved = story.decide(town.dov, sent, Approve())
    assert (moved.approvals, moved.state) == (2, "IN_REVIEW")
    assert not story.held(ACCOUNT)


@pytest.mark.case("1.5")
@pytest.mark.parametrize("how", ["removed", "demoted"])
def test_whoever_made_both_admins_counts_as_one_with_the_second_also_once_the_first_is_none(
    story, town, dia, how
):
    story.change_policy(town.dana, quorum=2)
    set_role(story, town.dov, dia, Role.EMPLOYEE)
    set_role(story, town.dana, town.emil, Role.ADMIN)
    set_role(story, town.emil, dia, Role.ADMIN)
    if how == "removed":
        story.do(settings.remove_member, BRAND, town.emil.id, by=town.dana)
    else:
        set_role(story, town.dana, town.emil, Role.EMPLOYEE)
    sent = story.submit(town.ann).request_id
    story.decide(town.dana, sent, Approve())
    assert story.decide(dia, sent, Approve()).reason is DenialReason.ONE_VOICE
    assert story.decide(town.dov, sent, Approve()).approvals == 2, "he made neither"


@pytest.mark.case("1.5")
def test_an_approval_that_no_longer_counts_is_nobody_s_first_voice(story, town):
    story.change_policy(town.dana, quorum=2)
    set_role(story, town.dana, town.emil, Role.ADMIN)
    sent = story.submit(town.ann).request_id
    story.decide(town.emil, sent, Approve())
    make.member(story.database, town.emil.id, of=AGENCY, role=Role.EMPLOYEE)
    assert story.decide(town.dana, sent, Approve()).approvals == 1


def stays_known(story):
    """Slack is heard of everybody again."""
    for row in story.rows(tables.Person):
        story.set(tables.Person, {"id": row.id}, checked_at=story.clock.now())


@pytest.mark.parametrize("moves", [False, True])
def test_who_proposed_it_is_no_second_admin_with_another_slack_account_either(story, town, moves):
    story.change_policy(town.dana, quorum=2)
    story.change_policy(town.dana, quorum=1)
    version = story.settings().policy_version
    dana = town.dana
    if moves:
        where = {"team_id": BRAND_TEAM, "user_id": dana.user, "to_user": "UDANA2"}
        story.do(settings.move_person, by=OPERATOR, **where)
        story.slack_says(BRAND_TEAM, "UDANA2", zone="UTC")
        dana = make.Someone(dana.id, BRAND_TEAM, "UDANA2", dana.name)
    assert confirm(story, dana, version).reason is DenialReason.OWN_PROPOSAL
    assert story.settings().quorum == 2
