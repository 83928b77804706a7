"""What an employee drafts, and an admin submits, changes or drops."""

from __future__ import annotations

from datetime import timedelta

import pytest
from make import ACCOUNT, BRAND, BRAND_TEAM, PAGE, item, requesting
from steps import become

from bot.domain.assets import Kind
from bot.domain.policy import DenialReason, Role
from bot.domain.requests import DraftState
from bot.services import requests


@pytest.mark.covers("T12")
def test_an_employee_writes_a_draft_and_an_admin_submits_it_as_their_own(story, town):
    saved = story.ask(town.eva)
    assert story.held(ACCOUNT) == frozenset()

    def send(by, version):
        return story.do(requests.submit_draft, saved.draft_id, by=by, expected_version=version)

    assert send(town.eva, 1).reason is DenialReason.NOT_ADMIN
    assert send(town.dana, 1).reason is DenialReason.UNKNOWN_DRAFT
    assert send(town.ann, 7).reason is DenialReason.CHANGED
    new = requesting(item(Kind.PAGE, PAGE))
    story.do(requests.change_draft, saved.draft_id, new, by=town.eva, expected_version=1)
    assert send(town.ann, 1).reason is DenialReason.CHANGED, "that is not what the admin looked at"
    view = story.card(send(town.ann, 2).request_id)
    assert (view.requester, view.author, view.items[0].asset_id) == ("Ann", "Eva", PAGE)
    assert send(town.abe, 3).reason is DenialReason.DRAFT_OVER


def test_an_author_drops_their_draft_and_one_that_nobody_submits_expires_after_14_days(story, town, clock):
    saved = story.ask(town.eva)
    dropped = story.do(requests.drop_draft, saved.draft_id, by=town.eva, expected_version=1)
    assert dropped.ref == saved.ref
    other = story.ask(town.eva)
    clock.push(timedelta(days=14))
    late = story.do(requests.submit_draft, other.draft_id, by=town.ann, expected_version=1)
    assert late.reason is DenialReason.DRAFT_OVER
    assert story.sweep() == 1
    assert story.read(requests.draft_card, other.draft_id).state is DraftState.EXPIRED


@pytest.mark.covers("T34", "I28")
def test_an_employee_has_at_most_twenty_drafts_waiting_for_the_admins(story, town):
    for _ in range(20):
        story.ask(town.eva)
    denied = story.ask(town.eva)
    assert (denied.reason, denied.count) == (DenialReason.TOO_MANY_DRAFTS, 20)


def test_an_author_who_now_stands_on_the_other_side_is_none_of_those_who_can_decide(story, town):
    saved = story.ask(town.eva)
    become(story, town.eva, business_id=BRAND, role=Role.ADMIN)
    become(story, town.eva, team_id=BRAND_TEAM)
    sent = story.do(requests.submit_draft, saved.draft_id, by=town.ann, expected_version=1)
    assert sent.admins == 2
