"""What is said while those who can decide are enough people, and count as fewer."""

from __future__ import annotations

import pytest
from make import AGENCY, BRAND, item
from steps import ADMIN, DAY, TICK

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.kinds import RequestKind
from bot.domain.policy import INDEPENDENT_AFTER
from bot.domain.requests import Approve, RequestState
from bot.services import requests, settings
from bot.services.results import Sent
from bot.store import tables


@pytest.fixture
def made_at(story, town):
    """Dana has made Emil an admin, beside whom there is nobody else."""
    story.clock.push(DAY)
    story.do(settings.remove_member, BRAND, town.dov.id, by=town.dana)
    story.do(settings.set_role, BRAND, town.emil.id, role=Role.ADMIN, by=town.dana)
    made_at = story.clock.now()
    story.clock.push(DAY)
    return made_at


def heard_of(story):
    """Slack says who everybody is."""
    for row in story.rows(tables.Person):
        story.set(tables.Person, {"id": row.id}, checked_at=story.clock.now())


@pytest.mark.covers("R13")
def test_a_card_says_from_when_two_admins_of_whom_one_made_the_other_are_enough(story, town, made_at):
    sent = story.submit(town.ann, ADMIN)
    assert (sent.admins, sent.required_approvals) == (2, 2)
    free_at = made_at + INDEPENDENT_AFTER
    assert story.card(sent.request_id).enough_from == free_at
    story.decide(town.dana, sent.request_id, Approve())
    assert story.card(sent.request_id).enough_from == free_at
    story.clock.push(free_at - story.clock.now() - TICK)
    heard_of(story)
    assert story.decide(town.emil, sent.request_id, Approve()).reason is DenialReason.ONE_VOICE
    story.clock.push(TICK)
    assert story.card(sent.request_id).enough_from is None
    assert story.decide(town.emil, sent.request_id, Approve()).state is RequestState.APPROVED
    assert story.card(sent.request_id).enough_from is None


@pytest.mark.usefixtures("made_at")
def test_where_one_is_enough_or_nobody_is_nothing_is_said_of_that(story, town):
    usual = story.submit(town.ann)
    assert story.card(usual.request_id).enough_from is None, "it takes one alone"
    story.cancel(town.ann, usual.request_id)
    story.do(settings.set_role, BRAND, town.emil.id, role=Role.EMPLOYEE, by=town.dana)
    risky = story.submit(town.ann, ADMIN)
    assert (risky.admins, story.card(risky.request_id).enough_from) == (1, None), "it has too few admins"


@pytest.mark.usefixtures("made_at")
def test_who_is_made_an_admin_again_counts_as_one_from_then_on(story, town):
    for role in (Role.EMPLOYEE, Role.ADMIN):
        story.do(settings.set_role, BRAND, town.emil.id, role=role, by=town.dana)
        story.clock.push(DAY)
    sent = story.submit(town.ann, ADMIN)
    assert story.card(sent.request_id).enough_from == story.clock.now() - DAY + INDEPENDENT_AFTER


@pytest.mark.covers("R13")
def test_the_form_says_it_before_anything_is_sent(story, town, made_at):
    def preview(level):
        asked = [(Kind.AD_ACCOUNT, item(Kind.AD_ACCOUNT, "act_1", level=level).tasks)]
        sides = {"requesting_id": AGENCY, "deciding_id": BRAND, "requested": asked}
        return story.read(requests.preview, RequestKind.ACCESS, **sides, by=town.ann)

    assert preview("Admin").sent_from is None
    assert preview("Admin").enough_from == made_at + INDEPENDENT_AFTER
    assert preview("Reporting only").enough_from is None


@pytest.mark.covers("R13")
def test_a_draft_and_its_form_say_from_when_those_who_send_it_are_enough(story, town, made_at):
    free_at = made_at + INDEPENDENT_AFTER
    kind, levels = RequestKind.INVITATION, [(ADMIN.kind, ADMIN.tasks)]
    sides = {"requesting_id": BRAND, "deciding_id": AGENCY}
    preview = story.read(requests.preview, kind, **sides, requested=levels, by=town.dana)
    assert (preview.senders, preview.approvals_to_send, preview.sent_from) == (2, 2, free_at)
    assert preview.enough_from is None, "the partner takes one"
    saved = story.submit(town.dana, ADMIN, kind=kind, **sides)
    assert story.read(requests.draft_card, saved.draft_id).enough_from == free_at
    story.clock.push(free_at - story.clock.now())
    heard_of(story)
    assert story.read(requests.draft_card, saved.draft_id).enough_from is None
    sent = story.do(requests.submit_draft, saved.draft_id, expected_version=1, by=town.emil)
    assert isinstance(sent, Sent)
    assert story.read(requests.draft_card, saved.draft_id).enough_from is None
