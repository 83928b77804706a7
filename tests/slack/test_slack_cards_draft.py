from __future__ import annotations

from datetime import timedelta

import pytest
from slack_make import (
    NOW,
    actions_of,
    both,
    draft,
    element_of,
    new_request,
    request,
)

from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience
from bot.domain.requests import DraftState, Term
from bot.services.views.parties import Party
from bot.slack.cards import draft_card, request_card
from bot.slack.values import Ref, read_press


def test_an_admin_sees_what_an_employee_drafted_and_sends_edits_or_drops_it():
    message = draft_card(
        draft(request=new_request(term=Term.without_end())), audience=Audience.SUBMITTERS, now=NOW
    )
    for words in both(message):
        assert "Bob Birch drafted: Northwind Agency requests General user on US ads, with no end." in words
        assert "Not sent yet." in words
        assert "To Brand, Business ID 112233, verified" in words
    assert actions_of(message.blocks) == ["send", "edit", "drop"]
    assert read_press(element_of(message.blocks, "send")).ref == Ref("600000000000001", 2)


def test_a_draft_of_a_program_names_it_and_who_answers_for_it_also_once_somebody_else_sent_it():
    drafted = draft(request=new_request(program="Nightly sync"))
    message = draft_card(drafted, audience=Audience.SUBMITTERS, now=NOW)
    for words in both(message):
        assert "Nightly sync (a program; Bob Birch answers for it) drafted: " in words
    sent = request(program="Nightly sync", requester="Ann Alder", author="Bob Birch")
    for words in both(request_card(sent, audience=Audience.APPROVERS, now=NOW)):
        assert "by Ann Alder, drafted by Nightly sync (a program; Bob Birch answers for it)" in words


def test_what_is_drafted_for_the_admins_of_an_asset_is_to_no_business():
    spring_ads = Party(id="act_7", name="Spring Ads", verified=True)
    claim = new_request(kind=RequestKind.CLAIM, deciding_id=None)
    message = draft_card(draft(request=claim, deciding=spring_ads), audience=Audience.SUBMITTERS, now=NOW)
    for words in both(message):
        assert "To the admins of Spring Ads" in words
        assert "Business ID" not in words
        assert "verified" not in words


@pytest.mark.parametrize("audience", [Audience.SUBMITTERS, Audience.AUTHOR])
def test_a_draft_says_until_when_the_admins_who_send_it_count_as_fewer(audience):
    view = draft(required_approvals=2, enough_from=NOW + timedelta(days=5))
    for words in both(draft_card(view, audience=audience, now=NOW)):
        assert "Not possible before" in words
        assert "the admins of Northwind Agency count as fewer" in words


def test_the_author_sees_that_the_draft_waits_and_has_no_buttons():
    message = draft_card(draft(), audience=Audience.AUTHOR, now=NOW)
    assert "Your draft: Northwind Agency requests General user on US ads" in message.text
    assert actions_of(message.blocks) == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (DraftState.WAITING, "requests"),
        (DraftState.SENT, "requested"),
        (DraftState.DROPPED, "requests"),
        (DraftState.EXPIRED, "requests"),
    ],
)
@pytest.mark.parametrize("audience", [Audience.SUBMITTERS, Audience.AUTHOR])
def test_only_a_draft_that_was_sent_says_that_it_was_requested(state, said, audience):
    over = {} if state is DraftState.WAITING else {"over_at": NOW, "over_by": "Ann Alder"}
    message = draft_card(draft(state=state, **over), audience=audience, now=NOW)
    assert f"Northwind Agency {said} General user on US ads" in message.text


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (DraftState.SENT, "Sent by Ann Alder, "),
        (DraftState.DROPPED, "Dropped by Ann Alder, "),
        (DraftState.EXPIRED, "Expired "),
    ],
)
def test_a_draft_that_is_over_says_how_and_has_no_buttons(state, said):
    view = draft(state=state, over_at=NOW, over_by="Ann Alder")
    message = draft_card(view, audience=Audience.SUBMITTERS, now=NOW)
    assert said in message.text
    assert actions_of(message.blocks) == []


@pytest.mark.parametrize(
    ("approved_by", "said"),
    [((), "Yours is approval 1 of 2"), (("Zoe Zimmer",), "The admins of Brand get it")],
)
def test_sending_says_before_whether_it_goes_out_or_another_admin_must_send_it_too(approved_by, said):
    view = draft(approved_by=approved_by, approvals=len(approved_by), required_approvals=2)
    card = draft_card(view, audience=Audience.SUBMITTERS, now=NOW)
    assert said in element_of(card.blocks, "send")["confirm"]["text"]["text"]
