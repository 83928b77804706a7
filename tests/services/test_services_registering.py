"""A business registers itself: who may, with which ID, and what it can do before somebody confirms it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import make
from make import AGENCY, BRAND, BRAND_TEAM, Town, insert_row, item, write
from story import Story

from bot.domain.actors import OPERATOR, Actor, Role, Source
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.limits import MOST_UNVERIFIED
from bot.domain.registering import Asker, NewBusiness
from bot.services import connections, directory, settings
from bot.services.results import Connected, Denied, Invalid, Registered, Sent
from bot.store import tables

NEW = "998877665544"
ASKER = Asker(name="Vera Velt", manages=True, flags=make.ORDINARY, zone="Europe/Berlin")
VERA = Actor(source=Source.FORM, team_id=BRAND_TEAM, user_id="UVERA")


def business(id_: str = NEW, **other: Any) -> NewBusiness:
    return NewBusiness(id=id_, name=" Globex Fashion ", channel_id=None, **other)


def register(story: Story, new: NewBusiness, *, by: Actor = VERA, asker: Asker = ASKER) -> Any:
    return story.do(settings.register, new, asker=asker, by=by)


def test_who_manages_the_workspace_is_its_first_admin_with_power_at_once(story: Story):
    done = register(story, business(quorum=1))
    assert done == Registered(business_id=NEW, name="Globex Fashion", channel_id=None)
    (row,) = story.rows(tables.BusinessRow, id=NEW)
    assert (row.verified, row.team_id, row.zone) == (False, BRAND_TEAM, "Europe/Berlin")
    (member,) = story.rows(tables.Membership, business_id=NEW)
    assert member.role == Role.ADMIN
    me = story.do(directory.me, by=VERA)
    assert [(one.party.name, one.may_administer) for one in me.businesses] == [("Globex Fashion", None)]
    assert [one.kind for one in story.rows(tables.Event) if one.business_id == NEW] == [
        "business.added",
        "member.added",
    ]


def test_before_it_is_verified_it_can_neither_own_nor_decide_and_asks_only_who_listed_it(
    story: Story, town: Town
):
    register(story, business())
    vera = make.Someone(id="", team=BRAND_TEAM, user="UVERA", name="Vera")
    own = {"requesting_id": NEW, "deciding_id": AGENCY}
    assert story.submit(vera, item(Kind.PAGE, make.PAGE), **own).reason is DenialReason.OWN_UNVERIFIED
    asked = story.submit(town.ann, item(Kind.PAGE, make.PAGE), deciding_id=NEW)
    assert asked.reason is DenialReason.UNVERIFIED
    write(story.database, insert_row, tables.Listing, business_id=AGENCY, listed_id=NEW)
    described = item(Kind.PAGE, None, words="their Page")
    assert isinstance(story.submit(vera, described, **own), Sent)


def test_nobody_else_may_and_the_journal_has_it(story: Story):
    cases = {
        DenialReason.NOT_WORKSPACE_ADMIN: replace(ASKER, manages=False),
        DenialReason.GUEST: replace(ASKER, flags=replace(make.ORDINARY, guest=True)),
        DenialReason.OUTSIDER: replace(ASKER, flags=replace(make.ORDINARY, stranger=True)),
        DenialReason.BOT: replace(ASKER, flags=replace(make.ORDINARY, bot=True)),
        DenialReason.DEACTIVATED_USER: replace(ASKER, flags=replace(make.ORDINARY, deactivated=True)),
    }
    for reason, asker in cases.items():
        assert register(story, business(), asker=asker).reason is reason
    assert story.rows(tables.BusinessRow, id=NEW) == []
    assert [one.kind for one in story.rows(tables.Event)][-5:] == ["denied"] * 5


def test_a_shared_login_or_a_user_who_is_two_people_may_not(story: Story, town: Town):
    make.person(story.database, "400000000000077", team=BRAND_TEAM, user="UDANA", name="Dana again")
    make.member(story.database, "400000000000077", of=BRAND, role=Role.EMPLOYEE)
    assert register(story, business(), by=town.dana.by()).reason is DenialReason.LINKED_TWICE
    story.set(tables.Membership, {"person_id": town.dov.id}, shared=True)
    assert register(story, business(), by=town.dov.by()).reason is DenialReason.SHARED_LOGIN


def test_an_id_that_is_taken_elsewhere_is_refused_alike_whatever_it_is(story: Story, town: Town):
    elsewhere = {register(story, business(id_)) for id_ in (AGENCY, make.PAGE)}
    assert {one.reason for one in elsewhere} == {DenialReason.ID_NOT_FREE}
    assert all("Northwind" not in repr(one) for one in elsewhere)
    here = register(story, business(BRAND))
    assert (here.reason, here.field) == (DenialReason.REGISTERED_HERE, "id")


def test_several_businesses_register_in_one_workspace_up_to_a_limit_of_those_unverified(story: Story):
    for number in range(MOST_UNVERIFIED):
        assert isinstance(register(story, business(f"90000{number}")), Registered)
    denied = register(story, business())
    assert (denied.reason, denied.count) == (DenialReason.TOO_MANY_UNVERIFIED, MOST_UNVERIFIED)
    story.do(directory.verify_business, "900000", verified=True, by=OPERATOR)
    assert isinstance(register(story, business()), Registered)
    assert len(story.rows(tables.Person, user_id="UVERA")) == 1


def test_what_is_wrong_is_said_at_its_field(story: Story):
    changes: list[dict[str, Any]] = [
        *({"id": one} for one in ("12 34", "1234", "٣٣٣٣٣٣")),
        *({"name": one} for one in (" \t", "x" * 121)),
        *({"quorum": one} for one in (0, 11)),
    ]
    for change in changes:
        answer = register(story, replace(business(), **change))
        assert isinstance(answer, Invalid)
        assert [one.field for one in answer.field_errors] == list(change)


def test_its_own_token_at_meta_verifies_it_unless_the_operator_took_that_back(story: Story):
    register(story, business())
    connected = story.do(connections.connect, NEW, ciphertext="kept", name="Countersign", by=VERA)
    assert connected == Connected(business="Globex Fashion", name="Countersign", is_verified=True)
    assert story.rows(tables.BusinessRow, id=NEW)[0].verified
    story.do(directory.verify_business, NEW, verified=False, by=OPERATOR)
    again = story.do(connections.connect, NEW, ciphertext="kept", name="Countersign", by=VERA)
    assert not again.is_verified
    assert not story.rows(tables.BusinessRow, id=NEW)[0].verified


def test_a_denial_of_an_id_names_nobody(story: Story):
    denied = register(story, business(AGENCY))
    assert isinstance(denied, Denied)
    assert (denied.people, denied.by, denied.about) == ((), None, None)
