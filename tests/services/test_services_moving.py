"""The operator moves people to other Slack accounts, and businesses to other workspaces."""

from __future__ import annotations

import json
from datetime import timedelta

import make
import pytest
from make import AGENCY, AGENCY_TEAM, BRAND, BRAND_TEAM, Someone, Town
from sending import put_card
from story import Story

from bot.domain.actors import OPERATOR, Role
from bot.domain.assets import OWNERSHIP, Kind
from bot.domain.denials import DenialReason
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, NewItem, Term
from bot.services import directory, readers, settings
from bot.services.directory_file import import_directory, read_file
from bot.services.results import Denied, Sent
from bot.services.settings import CannotMove
from bot.store import tables
from bot.store.tables import CardState, EffectState

NEW_TEAM = "TNEW"
ASSETS = ((Kind.PAGE, make.PAGE), (Kind.PIXEL, make.PIXEL))
PLACE = ("name", "url", "bot_id", "bot_user_id")


def checked(story: Story, team: str, user: str) -> None:
    """Slack has said that this is an ordinary member."""
    story.slack_says(team, user, zone="UTC")


def test_a_person_goes_on_with_another_account_once_slack_has_said_who_that_is(
    story: Story, town: Town, sent: Sent
):
    where = {"team_id": BRAND_TEAM, "user_id": "UDANA", "to_user": "UDANA2"}
    assert story.do(settings.move_person, by=OPERATOR, **where) == "Dana"
    old, new = town.dana, Someone(id=town.dana.id, team=BRAND_TEAM, user="UDANA2", name="Dana")
    assert story.decide(old, sent.request_id, Approve()).reason is DenialReason.STRANGER
    assert story.decide(new, sent.request_id, Approve()).reason is DenialReason.UNCHECKED
    checked(story, BRAND_TEAM, "UDANA2")
    assert not isinstance(story.decide(new, sent.request_id, Approve()), Denied)
    (moved,) = story.rows(tables.Event, kind="person.moved")
    assert moved.subject_id == town.dana.id
    for wrong in ({**where, "user_id": "UNOBODY"}, {**where, "user_id": "UDOV", "to_user": "UDANA2"}):
        with pytest.raises(CannotMove):
            story.do(settings.move_person, by=OPERATOR, **wrong)


def test_somebody_moves_to_an_account_that_was_a_member_once_it_is_none_any_more(story: Story, town: Town):
    new = make.someone(story.database, 71, name="Dana2", team=BRAND_TEAM, roles={BRAND: Role.EMPLOYEE})
    where = {"team_id": BRAND_TEAM, "user_id": "UDANA", "to_user": new.user}
    with pytest.raises(CannotMove, match="is Dana2 of Acme Shoes: remove them there first"):
        story.do(settings.move_person, by=OPERATOR, **where)
    with pytest.raises(CannotMove, match="acts as UDANA in TBRAND already"):
        story.do(settings.move_person, by=OPERATOR, **{**where, "to_user": "UDANA"})
    story.do(settings.remove_member, BRAND, new.id, by=town.dov)
    assert story.do(settings.move_person, by=OPERATOR, **where) == "Dana"
    accounts = {row.id: row.user_id for row in story.rows(tables.Person)}
    assert (accounts[town.dana.id], accounts[new.id]) == (new.user, "UDANA")
    checked(story, BRAND_TEAM, new.user)
    sent = story.submit(town.ann)
    dana = Someone(id=town.dana.id, team=BRAND_TEAM, user=new.user, name="Dana")
    assert not isinstance(story.decide(dana, sent.request_id, Approve()), Denied)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.STRANGER
    assert story.database.verify().sound


def test_what_the_former_account_was_shown_is_drawn_again_also_once_it_is_over(story: Story, town: Town):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    sent = story.submit(town.ann)
    story.decide(town.dov, sent.request_id, Approve())
    posted = {"state": CardState.POSTED, "channel_id": "D1"}
    cards = {row.user_id: row.id for row in story.rows(tables.Card, audience=Audience.APPROVERS)}
    for number, (user_id, card_id) in enumerate(cards.items()):
        story.set(tables.Card, {"id": card_id}, **posted, ts=f"1.{number}")
        elsewhere = {"user_id": user_id, "team_id": AGENCY_TEAM, "ts": f"2.{number}", **posted}
        put_card(story.database, f"elsewhere{number}", **elsewhere)
        put_card(
            story.database, f"failed{number}", user_id=user_id, team_id=BRAND_TEAM, state=CardState.FAILED
        )
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)

    moved = {"team_id": BRAND_TEAM, "user_id": "UDANA", "to_user": "UDANA2"}
    story.do(settings.move_person, by=OPERATOR, **moved)
    again = story.effects(EffectKind.UPDATE_CARD, state=EffectState.WAITING)
    assert {row.card_id for row in again} == {cards["UDANA"]}


def test_what_waits_is_shown_to_the_new_account_once_slack_has_said_who_that_is(story: Story, town: Town):
    make.unowned(story.database, "act_7001", town.dana)
    ours = NewItem(kind=Kind.AD_ACCOUNT, tasks=OWNERSHIP[Kind.AD_ACCOUNT].tasks, asset_id="act_7001")
    how = {"kind": RequestKind.CLAIM, "deciding_id": None, "term": Term.without_end()}
    claimed = story.submit(town.ann, ours, **how)
    moved = {"team_id": BRAND_TEAM, "user_id": "UDANA", "to_user": "UDANA2"}
    story.do(settings.move_person, by=OPERATOR, **moved)
    checked(story, BRAND_TEAM, "UDANA2")
    shown = {row.user_id for row in story.rows(tables.Card, subject_id=claimed.request_id)}
    assert "UDANA2" in shown


def test_what_stood_in_a_digest_of_the_former_account_comes_in_one_of_the_new_account(
    story: Story, town: Town
):
    sent = story.submit(town.ann)
    snoozed = story.submit(town.ann, make.item(Kind.PAGE, make.PAGE))
    story.live(days=1, hours=2)
    both = {sent.request_id, snoozed.request_id}
    (first,) = story.digests(town.dana)
    assert set(first[1]) == both
    story.snooze(town.dana, snoozed.request_id)
    until = story.clock.now()
    moved = {"team_id": BRAND_TEAM, "user_id": "UDANA", "to_user": "UDANA2"}
    story.do(settings.move_person, by=OPERATOR, **moved)
    story.sweep()
    checked(story, BRAND_TEAM, "UDANA2")
    story.live(until=until + timedelta(hours=26), hours=1)
    assert [set(requests) for _, requests in story.digests(town.dana)] == [both, both], "the next morning"
    assert len(story.digests(town.dov)) == 1, "who did not move is not told again"


def test_a_business_moves_with_an_admin_who_is_a_person(story: Story, town: Town):
    story.do(directory.record_workspace, team_id=NEW_TEAM, **dict.fromkeys(PLACE, "x"))
    move = {"team_id": NEW_TEAM, "channel_id": "CNEW", "people": {"UDANA": "UDANA2"}}
    story.set(tables.Membership, {"person_id": town.dana.id}, shared=True)
    with pytest.raises(CannotMove, match="at least one admin"):
        story.do(settings.move_business, BRAND, by=OPERATOR, **move)
    with pytest.raises(CannotMove, match="there is no business 99999"):
        story.do(settings.move_business, "99999", by=OPERATOR, **move)
    # A member of a business that is at home elsewhere moves along: that one stays where it is.
    story.set(tables.Membership, {"person_id": town.dana.id}, shared=False)
    make.business(story.database, make.OTHER, name="Sister", team="TELSEWHERE")
    make.member(story.database, town.dana.id, of=make.OTHER)
    assert story.do(settings.move_business, BRAND, by=OPERATOR, **move) == 2


def test_a_business_moves_with_those_who_have_an_account_there_and_goes_on(
    story: Story, town: Town, sent: Sent
):
    move = {"team_id": NEW_TEAM, "channel_id": "CNEW", "people": {"UDANA": "UDANA2"}}

    def moved(**other: object) -> int:
        return int(story.do(settings.move_business, BRAND, by=OPERATOR, **{**move, **other}))

    with pytest.raises(CannotMove, match="not in workspace TNEW"):
        moved()
    story.do(directory.record_workspace, team_id=NEW_TEAM, **dict.fromkeys(PLACE, "x"))
    for people, why in (
        ({"UEMIL": "UEMIL2"}, "at least one admin"),
        ({"UDANA": "UDANA2", "UANN": "UANN2"}, "UANN is no member"),
    ):
        with pytest.raises(CannotMove, match=why):
            moved(people=people)
    make.business(story.database, make.OTHER, name="Sister", team=BRAND_TEAM)
    make.member(story.database, town.dov.id, of=make.OTHER, role=Role.ADMIN)
    with pytest.raises(CannotMove, match=r"Dov .* is a member of Sister too"):
        moved(people={"UDOV": "UDOV2", "UDANA": "UDANA2"})

    assert moved() == 2
    (row,) = story.rows(tables.BusinessRow, id=BRAND)
    assert (row.team_id, row.channel_id) == (NEW_TEAM, "CNEW")
    assert [one.person_id for one in story.rows(tables.Membership, business_id=BRAND)] == [town.dana.id]
    assert story.decide(town.dov, sent.request_id, Approve()).reason is DenialReason.NOT_MEMBER
    checked(story, NEW_TEAM, "UDANA2")
    dana = Someone(id=town.dana.id, team=NEW_TEAM, user="UDANA2", name="Dana")
    assert not isinstance(story.decide(dana, sent.request_id, Approve()), Denied)
    assert story.held(make.ACCOUNT, AGENCY)
    with pytest.raises(CannotMove, match="already"):
        moved()


@pytest.mark.parametrize("how", ["moved", "imported", "to another channel"])
def test_what_the_channel_in_the_old_workspace_shows_of_access_that_goes_on_is_closed(
    story: Story, town: Town, how: str
):
    grants = [story.submit(town.ann, make.item(kind, one)) for kind, one in ASSETS]
    for sent in grants:
        story.decide(town.dana, sent.request_id, Approve())
    over, goes_on = (story.grant_of(sent.request_id).id for sent in grants)
    story.end(town.dana, over, business=BRAND)
    story.all_posted()
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)
    story.do(directory.record_workspace, team_id=NEW_TEAM, **dict.fromkeys(PLACE, "x"))
    if how == "moved":
        there = {"team_id": NEW_TEAM, "channel_id": "CNEW", "people": {"UDANA": "UDANA2"}}
        story.do(settings.move_business, BRAND, by=OPERATOR, **there)
    else:
        home = NEW_TEAM if how == "imported" else BRAND_TEAM
        dana = {"slack": {"team": home, "user": "UDANA"}, "name": "Dana", "role": "ADMIN"}
        entry = {"id": BRAND, "name": "Acme Shoes", "workspace": home, "channel": "CNEW", "members": [dana]}
        file = read_file(json.dumps({"businesses": [entry]}))
        story.do(import_directory, file, by=OPERATOR)
    shown = {row.id: row.subject_id for row in story.rows(tables.Card, channel_id="CBRAND")}
    updates = story.effects(EffectKind.UPDATE_CARD, state=EffectState.WAITING)
    followed = {shown[row.card_id] for row in updates if row.card_id in shown}
    assert followed == ({grants[1].request_id} if how != "to another channel" else set())
    (copy,) = [row for row in story.rows(tables.Card, subject_id=grants[1].request_id) if row.id in shown]
    place = readers.Place.of(copy)
    reading = story.read(readers.reading, copy.subject_id, Audience.APPROVERS, place)
    assert reading is readers.Reading.MAY_NOT
    assert story.is_live(goes_on)


def test_the_operator_reads_a_workspaces_name_in_one_line_as_it_was_written(story: Story):
    odd = "Northwind\u202e\nverified by Countersign\x1b[2J"
    story.do(directory.record_workspace, **dict.fromkeys(PLACE, "x") | {"team_id": BRAND_TEAM, "name": odd})
    home = story.read(directory.home_of, BRAND)
    assert home.workspace == "Northwind verified by Countersign[2J"
