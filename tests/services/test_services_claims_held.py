"""What others have of an ad account stays when its owner gives it up, and goes to whom claims it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from directory_text import bring
from make import (
    ACCOUNT,
    AGENCY,
    BRAND,
    OTHER,
    OTHER_TEAM,
    PAGE,
    business,
    claiming,
    given_up,
    item,
    someone,
)
from steps import give, said

from bot.domain.actors import Role
from bot.domain.assets import CAPABILITIES, Kind
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RequestKind, Side
from bot.domain.messages import EffectKind, Notice, read_about
from bot.domain.requests import Approve, NewItem
from bot.services import grants, partnerships, requests, reviews
from bot.services.directory_file import BadDirectory
from bot.services.results import Assigned, Denied, Ended, Moved
from bot.slack import modals
from bot.slack.ids import ActionId
from bot.store import tables

GENERAL = item(Kind.AD_ACCOUNT, ACCOUNT, level="General user")
ON_BEHALF = {"kind": RequestKind.ON_BEHALF}


@pytest.fixture
def oda(story):
    """The admin of a studio, which the brand works with, too."""
    business(story.database, OTHER, name="Oda's Studio", team=OTHER_TEAM, channel_id="COTHER")
    return someone(story.database, 7, name="Oda", team=OTHER_TEAM, roles={OTHER: Role.ADMIN})


@pytest.fixture
def held(story, town, oda):
    """What the agency and the studio have of the brand's account: Ann's, and Oda's."""
    ours = give(story, town, GENERAL)
    sent = story.submit(oda, GENERAL, requesting_id=OTHER)
    story.decide(town.dana, sent.request_id, Approve())
    return ours.id, story.grant_of(sent.request_id).id


def give_up(story, *admins):
    given_up(story.database, ACCOUNT, *admins, now=story.clock.now())


def grant(story, grant_id):
    (row,) = story.rows(tables.Grant, id=grant_id)
    return row


def refused(do):
    """Return the one thing that is wrong with a directory file."""
    with pytest.raises(BadDirectory) as wrong:
        do()
    (problem,) = wrong.value.problems
    return str(problem)


def let(story, who, whom, *, of):
    """Assign a person of a business to the account."""
    may = frozenset({"ANALYZE"})
    done = story.do(grants.assign_person, whom.id, business_id=of, asset_id=ACCOUNT, tasks=may, by=who)
    assert isinstance(done, Assigned)


def claim(story, who, **values):
    return story.do(requests.submit, claiming(ACCOUNT, **values), by=who)


def notices(story, what):
    """Each notice of a kind, as what it is about and to whom it goes."""
    found = []
    for effect in story.effects(EffectKind.POST_NOTICE):
        about = read_about(effect.about)
        cards = story.rows(tables.Card, id=effect.card_id) if effect.card_id else [about]
        found += [(about.details, one.user_id or one.channel_id) for one in cards if about.notice is what]
    return found


# --- the owner gives it up --------------------------------------------------------------------------


def test_an_owner_gives_an_account_up_and_others_keep_their_access(story, town, oda, held):
    let(story, town.ann, town.eva, of=AGENCY)
    let(story, town.dana, town.emil, of=BRAND)
    give_up(story, town.dana)
    assert story.rows(tables.Asset, id=ACCOUNT)[0].owner_id is None
    assert story.held(ACCOUNT) == story.held(ACCOUNT, OTHER) == GENERAL.tasks
    who = [(row.business_id, row.person_id) for row in story.rows(tables.Assignment)]
    assert who == [(AGENCY, town.eva.id)], "the owner's people have it through the owner alone"
    mine = story.read(grants.list_grants, business_id=AGENCY, direction="SHARED_WITH_US", by=town.ann)
    assert [one.asset_id for one in mine.rows] == [ACCOUNT]


def test_who_gave_access_can_still_end_it_and_who_has_it_give_it_back(story, town, oda, held):
    give_up(story, town.dana)
    assert isinstance(story.end(town.dana, held[0], business=BRAND), Ended)
    assert isinstance(story.end(oda, held[1], business=OTHER), Ended)


def test_access_to_an_account_without_an_owner_ends_on_its_date_and_nobody_can_extend_it(story, town, held):
    give_up(story, town.dana)
    ref = story.database.read_sync(grants.grant_view, held[0]).ref
    no = Denied(reason=DenialReason.OWNED_BY_NOBODY, name="Acme Main", ref=ref)
    assert story.extend(town.ann, held[0]) == no
    assert story.rows(tables.Request, extends_id=held[0]) == []
    story.wait(days=31)
    assert grant(story, held[0]).end_reason == EndReason.REACHED


def test_an_account_is_taken_back_by_who_gave_it_up_and_by_nobody_else_while_others_have_access(
    story, town, held
):
    give_up(story, town.dana)

    def listed_by(who):
        return (
            f"businesses: [{{id: {who}, name: X, assets: [{{id: {ACCOUNT}, kind: AD_ACCOUNT, name: Main}}]}}]"
        )

    assert "cannot change its owner while others have access" in refused(
        lambda: bring(story.database, listed_by(AGENCY))
    )
    asset_ids = {row.id for row in story.rows(tables.Asset, owner_id=BRAND)}
    for one in asset_ids:
        story.set(tables.Asset, {"id": one}, owner_id=None)
    bring(story.database, listed_by(BRAND))
    assert story.rows(tables.Asset, id=ACCOUNT)[0].owner_id == BRAND
    assert story.held(ACCOUNT) == GENERAL.tasks


@pytest.mark.parametrize("use", ["asked for", "on its way", "at Meta", "a Page"])
def test_what_needs_its_owner_is_not_given_up(story, town, use):
    sent = story.submit(town.ann, item(Kind.PAGE, PAGE) if use == "a Page" else GENERAL)
    if use != "asked for":
        story.decide(town.dana, sent.request_id, Approve())
        at_meta = {"on its way": {"state": GrantState.PENDING, "starts_at": None}, "at Meta": {}}
        if use in at_meta:
            story.set(tables.Grant, {"asset_id": ACCOUNT}, asked_at=story.clock.now(), **at_meta[use])
    asset_id = PAGE if use == "a Page" else ACCOUNT
    said = refused(lambda: given_up(story.database, asset_id, now=story.clock.now()))
    assert f"{asset_id} cannot change its owner while others have access" in said


# --- somebody claims it -----------------------------------------------------------------------------


@pytest.mark.case("5.1")
@pytest.mark.covers("C6")
def test_who_hears_that_a_claim_is_confirmed_hears_in_the_same_message_of_what_they_had(story, town, held):
    give_up(story, town.dana)
    claim(story, town.ann)
    (sent,) = story.rows(tables.Request, kind=RequestKind.CLAIM)
    story.decide(town.dana, sent.id, Approve())
    assert notices(story, Notice.APPROVED)[-1] == ((), town.ann.user)
    assert notices(story, Notice.ENDED) == [((held[0],), "CBRAND")]


@pytest.mark.covers("A2", "R3")
def test_what_the_claimer_had_ends_and_each_side_is_told_once_and_why(story, town, oda, held):
    let(story, town.ann, town.eva, of=AGENCY)
    give_up(story, town.dana)
    sent = claim(story, town.abe)
    story.decide(town.dana, sent.request_id, Approve())
    ended = grant(story, held[0])
    assert (ended.state, ended.end_reason, ended.owner_id) == (GrantState.ENDED, EndReason.OWNED, BRAND)
    assert notices(story, Notice.ENDED) == [((ended.id,), town.ann.user), ((ended.id,), "CBRAND")]
    (eva,) = story.rows(tables.Assignment)
    assert (eva.person_id, eva.tasks) == (town.eva.id, "ANALYZE"), "they have it through its owner now"
    mine = story.read(grants.list_grants, business_id=AGENCY, direction="SHARED_WITH_US", by=town.ann)
    assert mine.rows == ()
    assert story.database.verify().sound


@pytest.mark.covers("A1", "A2")
@pytest.mark.parametrize("confirmed", ["at once", "by an admin of the account"])
def test_what_others_have_goes_on_under_the_new_owner_and_both_are_told(story, town, oda, held, confirmed):
    at_once = confirmed == "at once"
    give_up(story, town.ann if at_once else town.dana)
    before = grant(story, held[1])
    sent = claim(story, town.ann)
    if not at_once:
        story.decide(town.dana, sent.request_id, Approve())
    after = grant(story, held[1])
    assert (after.owner_id, after.state, after.ends_at) == (AGENCY, GrantState.ACTIVE, before.ends_at)
    assert (after.version, after.passed_at) == (before.version + 1, story.clock.now())
    assert story.held(ACCOUNT, OTHER) == GENERAL.tasks
    assert notices(story, Notice.PASSED) == [((after.id,), oda.user), ((after.id,), "CAGENCY")]
    (event,) = story.rows(tables.Event, kind=EventKind.GRANT_PASSED)
    assert (event.business_id, event.counterpart_id, event.version) == (AGENCY, OTHER, after.version)
    theirs = story.read(grants.list_grants, business_id=AGENCY, direction="SHARED_BY_US", by=town.ann)
    assert [one.id for one in theirs.rows] == [held[1]]

    asked = story.extend(oda, held[1])
    assert story.card(asked.request_id).deciding.name == "Northwind", "it is the new owner who decides"
    assert story.end(town.dana, held[1], business=BRAND).reason is DenialReason.UNKNOWN_GRANT
    assert isinstance(story.end(town.ann, held[1], business=AGENCY), Ended)


def test_all_that_goes_on_is_told_to_the_new_owner_in_one_message_and_shown_in_the_homes_of_all(
    story, town, oda, held
):
    behalf = NewItem(kind=Kind.AD_ACCOUNT, tasks=CAPABILITIES[Kind.AD_ACCOUNT].tasks, asset_id=ACCOUNT)
    sent = story.submit(oda, behalf, requesting_id=OTHER, kind=RequestKind.ON_BEHALF)
    story.decide(town.dana, sent.request_id, Approve())
    story.end(town.ann, held[0], business=AGENCY)
    for who in (town.dana, oda, town.ann):
        story.open_home(who)
    give_up(story, town.ann)
    said(story)
    claim(story, town.ann)
    both = tuple(sorted((held[1], story.grant_of(sent.request_id).id)))
    assert notices(story, Notice.PASSED) == [(both, oda.user), (both, "CAGENCY")]
    shown = {one.subject_id for one in story.effects(EffectKind.PUBLISH_HOME, state="WAITING")}
    assert shown == {town.dana.user, oda.user, town.ann.user}


def test_an_approval_is_undone_no_more_once_what_it_gave_goes_on_under_another_owner(story, town, oda, held):
    give_up(story, town.ann)
    request_id = grant(story, held[1]).request_id
    assert story.card(request_id).undo_until is not None
    assert isinstance(claim(story, town.ann), Moved)
    assert story.undo(town.dana, request_id).reason is DenialReason.UNDO_OVER
    assert story.held(ACCOUNT, OTHER) == GENERAL.tasks


def test_that_it_cannot_be_used_is_told_to_todays_owner_and_not_to_who_gave_it(story, town, oda, held):
    give_up(story, town.ann)
    request_id = grant(story, held[1]).request_id
    claim(story, town.ann)
    said(story)
    for works in (False, True):
        before = len(notices(story, Notice.WORKS))
        story.do(requests.say_works, request_id, works=works, by=oda)
        assert notices(story, Notice.WORKS)[before:] == [((held[1],), "CAGENCY")]
    helped = modals.help_modal(story.read(requests.find_request, request_id, by=oda))
    assert "Northwind owns it since" in str(helped)
    assert ActionId.COMMENT not in str(helped), "the request's other side is no more its owner"


def test_that_it_cannot_be_used_is_told_to_each_owner_where_only_some_has_another_one_since(story, town, oda):
    both = (GENERAL, item(Kind.PAGE, PAGE))
    sent = story.submit(oda, *both, requesting_id=OTHER)
    story.decide(town.dana, sent.request_id, Approve())
    account = story.grant_of(sent.request_id).id
    give_up(story, town.ann)
    claim(story, town.ann)
    said(story)
    story.do(requests.say_works, sent.request_id, works=False, by=oda)
    assert sorted(notices(story, Notice.WORKS)) == [((), "CBRAND"), ((account,), "CAGENCY")]


@pytest.mark.covers("B3", "C6")
@pytest.mark.parametrize("how", ["revoked", "given back", "reached"])
def test_that_it_ends_is_told_to_todays_owner_and_the_holder_and_not_to_who_gave_it(
    story, town, oda, held, how
):
    give_up(story, town.ann)
    claim(story, town.ann)
    said(story)
    if how == "reached":
        story.wait(days=31)
    elif how == "revoked":
        story.do(grants.revoke, [held[1]], business_id=AGENCY, note="Bye", by=town.ann)
    else:
        story.do(grants.relinquish, [held[1]], business_id=OTHER, note="Bye", by=oda)
    told = {whom for about, whom in notices(story, Notice.ENDED) if about == (held[1],)}
    assert told == ({"CAGENCY"} if how == "given back" else {"CAGENCY", oda.user})


def test_that_it_ends_sooner_is_told_to_todays_owner_and_the_holder(story, town, oda, held):
    give_up(story, town.ann)
    claim(story, town.ann)
    story.set(tables.Grant, {"id": held[1]}, starts_at=story.begins - timedelta(days=99), passed_at=None)
    story.do(reviews.open_review, AGENCY, by=town.ann)
    until, version = story.clock.now() + timedelta(days=1), grant(story, held[1]).version
    story.do(reviews.shorten, held[1], until=until, expected_version=version, by=town.ann)
    assert notices(story, Notice.SHORTENED) == [((held[1],), oda.user), ((held[1],), "CAGENCY")]


def test_that_todays_owner_ends_the_partnership_is_told_to_both_sides_of_it(story, town, oda, held):
    give_up(story, town.ann)
    claim(story, town.ann)
    pair = {"business_id": AGENCY, "other_id": OTHER}
    mark = story.read(partnerships.parting, **pair, limit=1, by=town.ann).mark
    story.do(partnerships.end_partnership, AGENCY, OTHER, mark, by=town.ann)
    assert [whom for _, whom in notices(story, Notice.PARTED)] == [oda.user, "CAGENCY"]


def test_who_gave_it_reads_of_its_end_neither_a_name_nor_a_note_of_the_others(story, town, oda, held):
    give_up(story, town.ann)
    request_id = grant(story, held[1]).request_id
    claim(story, town.ann)
    story.do(grants.revoke, [held[1]], business_id=AGENCY, note="Bye", by=town.ann)
    sides = [story.read(requests.request_card, request_id, side=side).items[0].grant for side in Side]
    read = {(one.owner.name, one.ended_by, one.end_note) for one in sides}
    assert read == {("Northwind", None, ""), ("Northwind", "Ann", "Bye")}
    assert "Bye" in [line.text for line in story.read(requests.history, request_id, by=oda)]
    lines = story.read(requests.history, request_id, by=town.dov)
    assert {(line.by, line.text) for line in lines if line.kind == EventKind.GRANT_ENDED} == {(None, None)}
    assert "Bye" not in [line.text for line in lines]


def test_what_has_reached_its_end_is_not_called_owned_nor_passed_on(story, town, oda, held):
    give_up(story, town.ann)
    story.clock.push(timedelta(days=31))  # and no sweep yet
    claim(story, town.ann)
    assert (notices(story, Notice.PASSED), notices(story, Notice.ENDED)) == ([], [])
    story.sweep()
    assert {(one.end_reason, one.owner_id) for one in story.rows(tables.Grant)} == {
        (EndReason.REACHED, BRAND)
    }


def test_who_gave_the_access_and_claims_the_account_is_told_nothing_of_it(story, town, oda, held):
    give_up(story, town.dana)
    claim(story, town.dana, requesting_id=BRAND)
    assert {one.owner_id for one in story.rows(tables.Grant)} == {BRAND}
    assert {one.passed_at for one in story.rows(tables.Grant)} == {None}
    assert (notices(story, Notice.PASSED), notices(story, Notice.ENDED)) == ([], [])


def test_what_two_shared_is_counted_from_when_it_came_to_the_new_owner(story, town, oda, held):
    give_up(story, town.ann)
    story.wait(days=2)
    before = story.clock.now() - timedelta(days=1)
    claim(story, town.ann)
    pair = {"business_id": AGENCY, "other_id": OTHER, "limit": 5}
    page = story.read(partnerships.partnership, by=town.ann, **pair)
    assert ([one.id for one in page.grants.rows], page.since) == ([held[1]], story.clock.now())
    assert story.read(partnerships.partnership, by=town.ann, at=before, **pair).grants.rows == ()


def test_each_side_reads_in_the_history_who_is_of_its_own_side_alone(story, town, oda, held):
    give_up(story, town.dana)
    sent = claim(story, town.abe)
    story.decide(town.dana, sent.request_id, Approve())

    def ends(who, request_id):
        lines = story.read(requests.history, request_id, by=who)
        return {line.by for line in lines if line.kind in {EventKind.GRANT_ENDED, EventKind.GRANT_PASSED}}

    ours, theirs = (grant(story, one).request_id for one in held)
    assert (ends(town.ann, ours), ends(town.dov, ours)) == ({"Dana"}, {None})
    assert (ends(oda, theirs), ends(town.dov, theirs)) == ({None}, {None})
