"""The name of somebody who left is erased: from the directory, the journal and the cards that show it."""

from __future__ import annotations

import re

import make
import pytest
from make import ACCOUNT, AGENCY, AGENCY_TEAM, BRAND
from sqlmodel import SQLModel
from story import Story

from bot.domain.actors import OPERATOR, Role
from bot.domain.messages import EffectKind
from bot.domain.requests import Approve
from bot.services import directory, settings
from bot.services.directory.erasing import AMONG_OTHERS, WITHOUT_KEY
from bot.store import tables
from bot.store.tables import EffectState

NAME = "Quintessa"


@pytest.fixture
def left(story: Story, town: make.Town) -> make.Someone:
    """Return who asked for access, gave it back and left since."""
    who = make.someone(story.database, 71, name="Max", team=AGENCY_TEAM, roles={AGENCY: Role.ADMIN})
    slack_says(story, who, NAME)
    sent = story.submit(who)
    story.decide(town.dana, sent.request_id, Approve())
    story.end(who, story.grant_of(sent.request_id).id, business=AGENCY)
    story.do(settings.remove_member, AGENCY, who.id, by=town.ann)
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)
    return who


def slack_says(story: Story, who: make.Someone, name: str) -> None:
    story.slack_says(who.team, who.user, name=name, zone="UTC")


def erase(story: Story, who: make.Someone) -> tuple[str, ...]:
    shown = story.database.read_sync(directory.find_shown, who.id)
    return story.do(directory.erase_name, who.id, shown_on=shown, by=OPERATOR)


def name_of(story: Story, who: make.Someone) -> str:
    (row,) = story.rows(tables.Person, id=who.id)
    return row.name


def test_nothing_is_left_of_the_name_what_they_did_is_and_the_journal_is_sound(story, town, left):
    assert NAME in story.everything()
    assert erase(story, left) == ()
    assert NAME.casefold() not in story.everything().casefold(), "nor what it is looked up by"
    assert name_of(story, left) == "Former member"
    assert story.database.verify().sound
    (asked,) = story.rows(tables.Request)
    assert asked.requester_id == left.id
    assert story.card(asked.id).requester == "Former member", "the other side reads it, too, and no id"


def test_each_card_that_may_show_the_name_is_drawn_again(story, town, left):
    theirs = story.rows(tables.Request)[0].id
    story.submit(town.ann)
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)
    erase(story, left)
    assert {one.subject_id for one in story.effects(EffectKind.UPDATE_CARD)} == {theirs}


def test_for_whom_a_draft_is_and_who_proposed_a_setting_is_on_a_card_too(story, town):
    mia = make.someone(story.database, 72, name="Mia", team=AGENCY_TEAM, roles={AGENCY: Role.EMPLOYEE})
    draft = story.submit(town.eva, people=(mia.id,)).draft_id
    assert draft in story.database.read_sync(directory.find_shown, mia.id)
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    story.change_policy(town.dana, quorum=1)
    shown = story.database.read_sync(directory.find_shown, town.dana.id)
    (proposal,) = {card.subject_id for card in story.rows(tables.Card, audience="SUBMITTERS")} - {draft}
    assert "@" in proposal
    assert proposal in shown


def test_each_column_that_names_somebody_is_known_to_erasing():
    named = re.compile(r"(_by|person_id|author_id|for_id|people|unanswered|asked)$")
    columns = [column for table in SQLModel.metadata.sorted_tables for column in table.c]
    without_key = {str(one) for one in columns if named.search(one.name) and not one.foreign_keys}
    known = {str(one) for one in (*WITHOUT_KEY, *AMONG_OTHERS)} - {"draft.content"}
    assert without_key - known == {"asset_group.people", "installation.installed_by"}, (
        "to be in a group is to belong to it; who installed is kept by their id in Slack"
    )


def test_who_belongs_to_a_business_or_administers_an_asset_keeps_their_name(story, town):
    make.write(story.database, make.insert_row, tables.AssetAdmin, asset_id=ACCOUNT, person_id=town.eva.id)
    assert erase(story, town.eva) == ("Northwind", "Acme Main")
    assert name_of(story, town.eva) == "Eva"


def test_slack_gives_the_name_back_only_to_who_is_a_member_again(story, town, left):
    erase(story, left)
    slack_says(story, left, NAME)
    assert name_of(story, left) == "Former member"
    again = {"team_id": left.team, "user_id": left.user, "name": NAME, "role": Role.EMPLOYEE}
    story.do(settings.add_member, AGENCY, **again, by=town.ann)
    slack_says(story, left, NAME)
    assert name_of(story, left) == NAME
