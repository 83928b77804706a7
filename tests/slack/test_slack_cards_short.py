from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_make import (
    ADMIN,
    AGENCY,
    BRAND,
    GENERAL,
    NOW,
    PIXEL_ANALYST,
    REPORTING,
    approvers_card,
    both,
    digest,
    draft,
    element_of,
    grant,
    item,
    lines_of,
    modal_words,
    notice_of,
    over,
    party,
    request,
    requester_card,
)

from bot.domain.assets import Kind
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience
from bot.domain.requests import DraftState, RequestState, Term
from bot.slack.cards import digest_card, draft_card, ending_card, request_card
from bot.slack.cards.headline import headline
from bot.slack.lines import plain
from bot.slack.modals import comment_modal

FOREVER = Term.without_end()
EU = item(0, asset_name="Acme Shoes EU")
US = item(1, asset_name="Acme Shoes US")
PIXEL = item(2, kind=Kind.PIXEL, asset_id="55555", asset_name="Web pixel", requested=PIXEL_ANALYST)
ODD = {
    "requesting": party(name="Northwind", verified=False),
    "term": FOREVER,
    "people": ("Ann Alder",),
    "author": "Bob Birch",
    "required_approvals": 2,
}


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([EU], "General user on Acme Shoes EU"),
        ([EU, US], "General user on Acme Shoes EU and Acme Shoes US"),
        ([EU, US, item(3), item(4)], "General user on Acme Shoes EU, Acme Shoes US and 2 more"),
        ([EU, PIXEL], "General user on Acme Shoes EU and Analyst on Web pixel"),
        ([EU, US, PIXEL], "General user on Acme Shoes EU and Acme Shoes US, and access to 1 more"),
        ([EU, PIXEL, US], "General user on Acme Shoes EU, Analyst on Web pixel, and access to 1 more"),
        (
            [EU, US, item(5, asset_name="Till", requested=ADMIN)],
            "Admin on Till, General user on Acme Shoes EU, and access to 1 more",
        ),
        ([EU, replace(US, asset_name="Acme Shoes EU")], None),
        ([item(0, asset_name="")], "General user on act_100"),
        ([replace(EU, requested=frozenset({"DRAFT"}))], "custom tasks on Acme Shoes EU"),
    ],
)
def test_the_sentence_names_two_assets_what_is_risky_first_and_counts_the_others(items, said):
    said = said or "General user on Acme Shoes EU (act_100) and Acme Shoes EU (act_101)"
    view = request(requesting=party(name="Northwind"), items=tuple(items))
    assert plain(headline(view)) == f"Northwind requests {said}, for 30 days."


def test_the_sentence_ends_with_the_day_on_which_access_would_end():
    until = Term.till(NOW + timedelta(days=70))
    assert plain(headline(request(term=until))).endswith(" on US ads, until 31 Jan 2027.")
    assert plain(headline(request(term=FOREVER))).endswith(" on US ads, with no end.")


# --- how long a card is -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "audience", [Audience.APPROVERS, Audience.REQUESTER, Audience.AUTHOR, Audience.EXPIRY]
)
@pytest.mark.parametrize(("items", "most"), [((EU,), 9), ((EU, US, PIXEL), 14)], ids=["one", "three"])
@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
def test_a_card_has_at_most_nine_lines_for_one_asset_and_fourteen_for_three(audience, items, most, odd):
    risky = tuple(replace(one, requested=ADMIN, held=REPORTING) for one in items[:1]) + items[1:]
    view = request(items=risky, **ODD) if odd else request(items=items)
    message = request_card(view, audience=audience, now=NOW)
    assert len(lines_of(message.blocks)) <= most


@pytest.mark.parametrize("state", [state for state in RequestState if not state.is_open])
def test_a_card_that_is_over_says_what_was_requested_and_how_it_ended_and_little_more(state):
    given = replace(EU, given=GENERAL, grant=grant(asset_name="Acme Shoes EU"))
    view = over(state, items=(given if state is RequestState.APPROVED else EU,))
    lines = lines_of(approvers_card(view).blocks)
    assert len(lines) <= 5
    assert lines[0] == "Northwind Agency requested General user on Acme Shoes EU, for 30 days."


# --- the same sentence everywhere -------------------------------------------------------------------


@pytest.mark.parametrize("view", [request(items=(EU, US, PIXEL)), request(items=(EU,), extends=grant())])
def test_every_card_about_a_request_begins_with_the_same_sentence(view):
    said = plain(headline(view))
    for audience in (Audience.APPROVERS, Audience.REQUESTER, Audience.AUTHOR, Audience.EXPIRY):
        for words in both(request_card(view, audience=audience, now=NOW)):
            assert words.startswith(said)


def test_a_draft_quotes_the_sentence_of_the_request_that_it_would_become():
    view = draft(items=(EU, US, PIXEL))
    said = plain(headline(request(items=(EU, US, PIXEL))))
    for words in both(draft_card(view, audience=Audience.SUBMITTERS, now=NOW)):
        assert words.startswith(f"Bob Birch drafted: {said}")


@pytest.mark.parametrize(
    "message",
    [
        *(
            request_card(request(reason=""), audience=audience, now=NOW)
            for audience in (Audience.APPROVERS, Audience.REQUESTER)
        ),
        draft_card(
            replace(draft(), request=replace(draft().request, reason="")),
            audience=Audience.SUBMITTERS,
            now=NOW,
        ),
        digest_card(digest(request(reason="")), now=NOW),
        ending_card(grant(reason=""), now=NOW),
    ],
)
def test_where_nobody_typed_a_reason_that_is_said_and_not_quoted(message):
    assert "No reason given" in message.text
    assert "“No reason given”" not in message.text
    assert "rich_text_quote" not in str(message.blocks)


def test_a_digest_shows_the_sentence_of_each_request():
    views = [request(items=(EU, US)), request(items=(PIXEL,), ref="OTTER-1")]
    for words in both(digest_card(digest(*views), now=NOW)):
        assert all(plain(headline(view)) in words for view in views)


@pytest.mark.parametrize(
    "risk", [{"items": (replace(EU, requested=ADMIN),)}, {"items": (EU,), "term": FOREVER}]
)
def test_the_dialog_before_a_risky_approval_names_the_asset_and_the_level(risk):
    dialog = element_of(approvers_card(request(**risk)).blocks, "approve")["confirm"]
    level = "Admin" if "term" not in risk else "General user"
    assert dialog["title"]["text"] == f"Approve {level} on Acme Shoes EU?"
    assert f"{level} on Acme Shoes EU" in dialog["text"]["text"]


NOTICES: list[tuple[str, Any]] = [
    *((state.lower(), over(state, items=(EU,))) for state in RequestState if not state.is_open),
    ("in_review", request(items=(EU,), approvals=1, required_approvals=2)),
    ("undone", over(RequestState.APPROVED, items=(EU,), undone_at=NOW, undone_by="Max Maple")),
    *(
        (state.lower(), draft(items=(EU,), state=state))
        for state in DraftState
        if state is not DraftState.WAITING
    ),
]


@pytest.mark.parametrize(("about", "view"), NOTICES)
def test_every_notification_names_the_asset(about, view):
    for audience in (Audience.APPROVERS, Audience.REQUESTER, Audience.AUTHOR):
        assert "General user on Acme Shoes EU" in notice_of(about, view, audience=audience)


def test_the_first_line_of_every_message_names_the_asset():
    ending = grant(asset_name="Acme Shoes EU", holder=party(name="Northwind"), owner=BRAND)
    for message in (
        approvers_card(request(items=(EU,))),
        requester_card(request(items=(EU,))),
        draft_card(draft(items=(EU,)), audience=Audience.SUBMITTERS, now=NOW),
        ending_card(ending, now=NOW),
        digest_card(digest(request(items=(EU,))), now=NOW),
    ):
        first = message.text.splitlines()[0]
        assert "Acme Shoes EU" in first


@pytest.mark.parametrize("items", [(EU,), (EU, US, PIXEL)], ids=["one", "three"])
def test_a_card_of_what_was_given_as_requested_has_two_lines_small_print_and_buttons(items):
    given = tuple(replace(one, given=one.requested, grant=grant()) for one in items)
    lines = lines_of(approvers_card(over(RequestState.APPROVED, items=given)).blocks)
    assert len(lines) == 4
    assert lines[1].startswith("Approved by ")
    assert "Access until " in lines[1]
    less = (replace(given[0], given=REPORTING), *given[1:])
    assert len(lines_of(approvers_card(over(RequestState.APPROVED, items=less)).blocks)) > 4


@pytest.mark.case("10.3")
def test_an_open_card_says_that_the_other_side_reads_no_replies_to_it():
    assert f"{AGENCY.name} can't see replies here" in approvers_card(request()).text
    assert f"{BRAND.name} can't see replies here" in requester_card(request()).text


def test_an_asset_that_is_claimed_is_not_said_to_read_or_be_written_to():
    spring_ads = party(id="act_7", name="Spring Ads")
    claim = request(kind=RequestKind.CLAIM, deciding=spring_ads)
    said = requester_card(claim)
    assert "To the admins of Spring Ads" in said.text
    assert "The admins of Spring Ads can't see replies here" in said.text
    assert "Write to its admins…" in str(said.blocks)
    form = comment_modal(claim, audience=Audience.REQUESTER)
    assert "The admins of Spring Ads read this with your name." in modal_words(form)
    for card in (approvers_card(over(RequestState.DECLINED)), requester_card(over(RequestState.DECLINED))):
        assert "can't see replies" not in card.text
