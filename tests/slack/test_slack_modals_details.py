from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from slack_make import (
    ADMIN,
    NOW,
    actions_of,
    assert_openable,
    comment,
    item,
    modal_words,
    over,
    request,
)

from bot.domain.assets import Kind
from bot.domain.events import EventKind
from bot.domain.messages import Audience
from bot.domain.requests import RequestState
from bot.services.views.requests import HistoryLine
from bot.slack import modals
from bot.slack.values import Page, read_press


def details(view: Any, **fields: Any) -> dict[str, Any]:
    modal = modals.details_modal(
        view, **{"audience": Audience.APPROVERS, "acting": True, "now": NOW, **fields}
    )
    assert_openable(modal)
    return modal


def test_details_say_all_of_every_item_over_pages():
    others = tuple(f"Partner {n}" for n in range(9))
    items = tuple(item(n, asset_name=f"Shop {n} " + "n" * 150, others=others) for n in range(25))
    view = request(items=items, people=tuple(f"Person {n}" for n in range(25)))
    words = "".join(modal_words(details(view, page=page)) for page in range(4))
    assert all(one.asset_name and one.asset_name in words for one in items)
    assert all(name in words for name in (*others, *view.people))
    assert "open Details" not in words
    assert "Page 2 of 4" in modal_words(details(view, page=1))


def test_details_lead_from_page_to_page():
    view = request(items=tuple(item(n) for n in range(25)))
    buttons = [
        one
        for block in details(view, page=1)["blocks"]
        if block["type"] == "actions"
        for one in block["elements"]
    ]
    pages = [read_press(one).page for one in buttons if one["action_id"] == "page"]
    assert pages == [Page("details", view.id, 0), Page("details", view.id, 2)]
    assert actions_of(details(request())["blocks"]) == [
        "approve",
        "approve_as",
        "adjust",
        "decline",
        "more",
    ]


@pytest.mark.parametrize("page", [-1, 99])
def test_a_page_that_is_not_there_shows_the_nearest(page):
    details(request(items=tuple(item(n) for n in range(25))), page=page)


def test_who_acts_for_a_side_finds_in_details_what_its_card_offers():
    assert actions_of(details(request(), acting=False)["blocks"]) == []
    undoable = over(RequestState.APPROVED, undo_until=NOW + timedelta(minutes=5))
    assert actions_of(details(undoable)["blocks"]) == ["undo", "more"]
    assert actions_of(details(over(RequestState.DECLINED))["blocks"]) == ["comment", "history"]
    asked = {"audience": Audience.REQUESTER}
    assert actions_of(details(request(), **asked)["blocks"]) == ["remind", "cancel", "comment", "more"]
    assert actions_of(details(over(RequestState.DECLINED), **asked)["blocks"]) == ["again", "comment", "more"]


def test_the_requesters_details_show_nothing_of_the_owners_other_partners():
    view = request(items=(item(others=("Otter Media",)),), opened_by=("Zoe Zimmer",))
    words = modal_words(details(view, audience=Audience.REQUESTER, acting=False))
    assert "Otter" not in words
    assert "Zoe" not in words


def test_details_of_the_largest_request_fit():
    items = tuple(
        item(
            n,
            kind=Kind.PAGE,
            asset_id=str(10**19 + n),
            words="w" * 200,
            others=("o" * 300,) * 40,
            requested=ADMIN,
        )
        for n in range(25)
    )
    details(request(items=items, reason="&" * 500, people=("p" * 300,) * 25))


def happened(kind: str, **fields: Any) -> HistoryLine:
    return HistoryLine(
        **{"at": NOW, "kind": kind, "by": None, "business": None, "facts": {}, "text": None, **fields}
    )


def test_history_says_what_happened_by_whom_and_what_they_wrote():
    lines = [
        happened("request.pending", by="Ann Alder", text="Q1 <launch>"),
        happened("request.in_review", by="Zoe Zimmer", facts={"approvals": 1, "required_approvals": 2}),
        happened("request.expired"),
        happened("request.something_new"),
    ]
    view = modals.history_modal(request(), lines)
    assert_openable(view)
    words = modal_words(view)
    assert "asked, by Ann Alder." in words
    assert "Q1 <launch>" in words
    assert "approved, and more approvals are needed, by Zoe Zimmer. Approvals: 1 of 2." in words
    assert "expired, because nobody decided in time." in words
    assert "recorded as request.something_new" in words


def test_a_long_history_has_pages_and_an_empty_one_says_so():
    lines = [happened("request.pending", text="x" * 500) for _ in range(90)]
    for page in range(5):
        assert_openable(modals.history_modal(request(), lines, page=page))
    assert "Nothing is recorded yet." in modal_words(modals.history_modal(request(), []))


def test_all_comments_stand_in_details_a_few_a_page():
    comments = tuple(comment(n, text=f"Comment {n}.", by="Ünïcödé & <Söns> " * 30) for n in range(45))
    view = request(comments=comments)
    shown: set[int] = set()
    for page in range(3):
        modal = modals.details_modal(view, audience=Audience.REQUESTER, acting=False, now=NOW, page=page)
        assert_openable(modal)
        shown |= {n for n in range(45) if f"Comment {n}." in modal_words(modal)}
    assert shown == set(range(45))


@pytest.mark.parametrize(
    "kind", [one for one in EventKind if one.startswith(("request.", "grant.", "denied"))]
)
def test_every_event_of_a_request_and_its_grants_has_words(kind):
    assert "recorded as" not in modal_words(modals.history_modal(request(), [happened(kind)]))
