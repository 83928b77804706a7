"""What is named is ended whole: by an asset, by a business, and never only what a menu would show."""

from __future__ import annotations

import make
import pytest
from make import AGENCY, BRAND, OTHER, PAGE

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.grants import EndReason, Named
from bot.domain.requests import Approve
from bot.services import grants
from bot.services.results import Denied, Ended, Invalid
from bot.store import tables


@pytest.fixture
def olga(database, town):
    """An admin of a third business, which holds what comes last by name."""
    make.business(database, OTHER, name="Rival Media", team=make.AGENCY_TEAM)
    return make.someone(database, 7, name="Olga", team=make.AGENCY_TEAM, roles={OTHER: Role.ADMIN})


def give(story, number, **more):
    make.gives(story.database, number, now=story.clock.now(), **more)


def named(story, who, *, limit=500, **which):
    return story.read(grants.named, Named(**which), by=who, limit=limit)


def end_named(story, who, *, seen=None, limit=500, note="", **which):
    if seen is None:
        seen = grants.mark_of(named(story, who, limit=limit, **which).rows)
    more = {"note": note} if note else {}
    return story.do(grants.end_named, Named(**which), seen, limit=limit, by=who, **more)


def live(story, **where):
    return story.rows(tables.Grant, state="ACTIVE", **where)


@pytest.mark.case("3.2")
@pytest.mark.case("3.3")
@pytest.mark.covers("G4")
def test_all_that_a_partner_holds_ends_and_nothing_of_anybody_else(story, town, olga):
    give(story, 110, to=AGENCY, by=town.ann, name="A{:04d}")
    give(story, 130, to=OTHER, by=olga, name="B{:04d}", first=500)
    (answer,) = end_named(story, town.dana, other_id=OTHER)
    assert (answer.reason, answer.other, answer.left) == (EndReason.REVOKED, "Rival Media", 0)
    assert len(answer.grant_ids) == 130
    assert not live(story, holder_id=OTHER)
    assert len(live(story, holder_id=AGENCY)) == 110
    assert {row.end_note for row in story.rows(tables.Grant)} == {""}


@pytest.mark.covers("G4")
def test_what_one_business_of_an_admin_gives_another_counts_once(story, town, olga):
    make.member(story.database, olga.id, of=AGENCY)
    make.asset(story.database, "act_2001", kind=Kind.AD_ACCOUNT, name="Plan", owner=AGENCY)
    sent = story.submit(olga, make.item(Kind.AD_ACCOUNT, "act_2001"), requesting_id=OTHER, deciding_id=AGENCY)
    story.decide(town.ann, sent.request_id, Approve())
    assert named(story, olga, asset_id="act_2001").total == 1
    (answer,) = end_named(story, olga, asset_id="act_2001")
    assert (len(answer.grant_ids), answer.left) == (1, 0)


@pytest.mark.covers("D4")
def test_an_asset_is_taken_from_all_who_hold_it_or_from_the_one_that_is_named(story, town, olga):
    give(story, 1, to=AGENCY, by=town.ann)
    sent = story.submit(olga, make.item(Kind.AD_ACCOUNT, "act_9000000"), requesting_id=OTHER)
    story.decide(town.dana, sent.request_id, Approve())
    give(story, 1, to=AGENCY, by=town.ann, first=1)
    both = named(story, town.dana, asset_id="act_9000000")
    assert (both.total, len(both.rows), both.more) == (2, 2, False)
    (answer,) = end_named(story, town.dana, asset_id="act_9000000", other_id=AGENCY)
    assert len(answer.grant_ids) == 1
    assert [row.holder_id for row in live(story, asset_id="act_9000000")] == [OTHER]
    (given_back,) = end_named(story, olga, asset_id="act_9000000")
    assert given_back.reason is EndReason.RELINQUISHED
    assert [row.asset_id for row in live(story)] == ["act_9000001"]


@pytest.mark.case("3.3")
def test_where_more_is_named_than_one_step_takes_the_answer_says_how_much_goes_on(story, town, monkeypatch):
    give(story, 5, to=AGENCY, by=town.ann)
    first = named(story, town.dana, other_id=AGENCY, limit=3)
    assert (len(first.rows), first.total, first.more) == (3, 5, True)
    (answer,) = end_named(story, town.dana, other_id=AGENCY, seen=grants.mark_of(first.rows), limit=3)
    assert isinstance(answer, Ended)
    assert (len(answer.grant_ids), answer.left) == (3, 2)
    assert len(live(story)) == 2
    (wrong,) = end_named(story, town.dana, other_id=AGENCY, limit=1, note="x" * 501)
    assert isinstance(wrong, Invalid)


def test_somebody_of_two_businesses_is_answered_for_each(story, town, olga):
    make.member(story.database, olga.id, of=AGENCY)
    give(story, 1, to=AGENCY, by=town.ann)
    sent = story.submit(olga, make.item(Kind.AD_ACCOUNT, "act_9000000"), requesting_id=OTHER)
    story.decide(town.dana, sent.request_id, Approve())
    answers = end_named(story, olga, asset_id="act_9000000")
    assert [(one.reason, len(one.grant_ids)) for one in answers] == [(EndReason.RELINQUISHED, 1)] * 2


def test_nothing_ends_when_it_is_no_longer_what_was_shown(story, town):
    give(story, 2, to=AGENCY, by=town.ann)
    seen = grants.mark_of(named(story, town.dana, other_id=AGENCY).rows)
    give(story, 1, to=AGENCY, by=town.ann, first=10)
    (answer,) = end_named(story, town.dana, other_id=AGENCY, seen=seen)
    nothing = Subject(SubjectKind.GRANT, "")
    assert answer == Denied(reason=DenialReason.CHANGED, about=nothing)
    assert len(live(story)) == 3


def test_nothing_named_ends_nothing(story, town):
    for which in ({"other_id": OTHER}, {"asset_id": "act_9000000"}, {"asset_id": PAGE, "other_id": "99999"}):
        (answer,) = end_named(story, town.dana, **which)
        assert answer.reason is DenialReason.UNKNOWN_GRANT


def test_only_admins_of_a_side_can_name_anything(story, town, olga):
    give(story, 2, to=AGENCY, by=town.ann)
    for who in (town.emil, town.eva, olga):
        assert named(story, who, other_id=AGENCY).total == 0
        assert named(story, who, other_id=BRAND).total == 0
        assert named(story, who, asset_id="act_9000000").rows == ()


@pytest.mark.case("3.2")
def test_what_is_held_on_an_asset_until_a_date_is_found_behind_any_number_of_others(story, town):
    give(story, 15, to=AGENCY, by=town.ann)
    which = {"business_id": AGENCY, "asset_id": "act_9000014", "limit": 7}
    found = story.read(grants.list_ending, **which, by=town.ann)
    assert ([one.asset_id for one in found.rows], found.total) == (["act_9000014"], 1)
