"""What an employee drafts, and an admin submits, changes or drops."""

from __future__ import annotations

from datetime import timedelta

import pytest
from make import ACCOUNT, PAGE, item, requesting, write

from bot.domain.assets import Kind
from bot.domain.policy import DenialReason
from bot.domain.requests import DraftState
from bot.services import requests
from bot.services.context import act
from bot.services.results import Saved, Sent


@pytest.mark.covers("T12")
def test_an_employee_writes_a_draft_and_an_admin_submits_it_as_their_own(story, town, database, clock):
    saved = story.ask(town.eva)
    assert isinstance(saved, Saved)
    assert saved.admins == 2
    assert story.held(ACCOUNT) == frozenset()

    def send(by, expected_version):
        return write(
            database,
            act,
            requests.submit_draft,
            saved.draft_id,
            by=by.by(),
            expected_version=expected_version,
            now=clock.now(),
        )

    assert send(town.eva, 1).reason is DenialReason.NOT_ADMIN
    assert send(town.dana, 1).reason is DenialReason.UNKNOWN_DRAFT
    assert send(town.ann, 7).reason is DenialReason.CHANGED
    changed = write(
        database,
        act,
        requests.change_draft,
        saved.draft_id,
        requesting(item(Kind.PAGE, PAGE)),
        by=town.eva.by(),
        expected_version=1,
        now=clock.now(),
    )
    assert isinstance(changed, Saved)
    assert send(town.ann, 1).reason is DenialReason.CHANGED, (
        "what the admin looked at is no longer what it says"
    )
    sent = send(town.ann, 2)
    assert isinstance(sent, Sent)
    assert sent.ref == saved.ref
    view = story.card(sent.request_id)
    assert (view.requester, view.author, view.items[0].asset_id) == ("Ann", "Eva", PAGE)
    assert send(town.abe, 3).reason is DenialReason.DRAFT_OVER


def test_a_draft_can_be_dropped_and_expires_after_14_days(story, town, database, clock):
    saved = story.ask(town.eva)
    dropped = write(
        database,
        act,
        requests.drop_draft,
        saved.draft_id,
        by=town.eva.by(),
        expected_version=1,
        now=clock.now(),
    )
    assert dropped.ref == saved.ref
    other = story.ask(town.eva)
    clock.push(timedelta(days=14))
    late = write(
        database,
        act,
        requests.submit_draft,
        other.draft_id,
        by=town.ann.by(),
        expected_version=1,
        now=clock.now(),
    )
    assert late.reason is DenialReason.DRAFT_OVER
    assert story.sweep() == 1
    card = database.read_sync(act, requests.draft_card, other.draft_id, now=clock.now())
    assert card.state is DraftState.EXPIRED


@pytest.mark.covers("T34", "I28")
def test_an_employee_has_at_most_twenty_drafts_waiting_for_the_admins(story, town):
    for _ in range(20):
        story.ask(town.eva)
    denied = story.ask(town.eva)
    assert (denied.reason, denied.count) == (DenialReason.TOO_MANY_DRAFTS, 20)
