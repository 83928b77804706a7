from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from slack_make import (
    ADMIN,
    AGENCY,
    BRAND,
    NOW,
    actions_of,
    ask,
    assert_offerable,
    assert_openable,
    element_of,
    filled,
    grant,
    item,
    me,
    over,
    party,
    request,
    window_words,
)

from bot.domain.assets import Kind
from bot.domain.messages import Audience
from bot.domain.requests import RequestState
from bot.services.results import AssetChoice, HistoryLine, PersonChoice
from bot.slack import modals as forms
from bot.slack.ids import Page, Unreadable, read_press

REVOKED = (BRAND.id, grant(id="700000000000001"))
RELINQUISHED = (AGENCY.id, grant(id="700000000000002", asset_name="DE ads", asset_id="act_200"))


# --- ending access ----------------------------------------------------------------------------------


def test_access_to_end_is_offered_in_both_directions_in_words():
    answer = forms.grant_options([REVOKED, RELINQUISHED])
    assert_offerable(answer)
    said = [(one["text"]["text"], one["description"]["text"]) for one in answer["options"]]
    assert said == [
        ("Revoke: US ads (act_100)", "from Northwind Agency, Reporting only"),
        ("Give back: DE ads (act_200)", "to Brand, Reporting only"),
    ]


def test_what_was_chosen_is_shown_exactly_before_it_ends():
    chosen = forms.end_modal([REVOKED, RELINQUISHED])
    assert_openable(chosen)
    picked = forms.read_end(filled(chosen))
    assert picked == forms.Picked(((BRAND.id, "700000000000001"), (AGENCY.id, "700000000000002")))
    preview = forms.end_preview([REVOKED, RELINQUISHED], now=NOW)
    assert_openable(preview)
    words = window_words(preview)
    assert "Revoke from Northwind Agency: US ads (act_100), Reporting only (ANALYZE). In force until" in words
    assert "Give back to Brand: DE ads (act_200), Reporting only (ANALYZE)." in words
    assert "Content stays with the owner's asset" in words
    assert preview["submit"]["text"] == "End access"
    read = forms.read_end_now(filled(preview, {"note": "contract over"}))
    assert read.by_business == {BRAND.id: ("700000000000001",), AGENCY.id: ("700000000000002",)}
    assert read.note == "contract over"


@pytest.mark.parametrize("chosen", [[], ["nothing"]])
def test_choosing_nothing_to_end_is_said_at_the_field(chosen):
    errors = forms.read_end(filled(forms.end_modal(), {"grants": chosen}))
    assert isinstance(errors, dict)
    assert list(errors) == ["grants"]


def test_a_hundred_grants_still_fit_into_the_preview():
    grants = [(BRAND.id, grant(id=str(7 * 10**14 + n), asset_name="n" * 300)) for n in range(100)]
    preview = forms.end_preview(grants, now=NOW)
    assert_openable(preview)
    assert len(forms.read_end_now(filled(preview)).by_business[BRAND.id]) == 100


@pytest.mark.covers("T11")
@pytest.mark.parametrize(
    "ends", ['{"ends":{}}', '{"ends":{"1":"x"}}', '{"ends":{"a":["1"]}}', '{"ends":["1"]}']
)
def test_an_altered_preview_ends_nothing(ends):
    with pytest.raises(Unreadable):
        forms.read_end_now({"private_metadata": ends, "state": {"values": {}}})


# --- details and history ----------------------------------------------------------------------------


def details(view: Any, **fields: Any) -> dict[str, Any]:
    window = forms.details_modal(
        view, **{"audience": Audience.APPROVERS, "deciding": True, "now": NOW, **fields}
    )
    assert_openable(window)
    return window


def test_details_say_all_of_every_item_over_pages():
    others = tuple(f"Partner {n}" for n in range(9))
    items = tuple(item(n, asset_name=f"Shop {n} " + "n" * 150, others=others) for n in range(25))
    view = request(items=items, people=tuple(f"Person {n}" for n in range(25)))
    words = "".join(window_words(details(view, page=page)) for page in range(4))
    assert all(one.asset_name and one.asset_name in words for one in items)
    assert all(name in words for name in (*others, *view.people))
    assert "open Details" not in words
    assert "Page 2 of 4" in window_words(details(view, page=1))


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
    assert actions_of(details(request())["blocks"]) == ["approve", "adjust", "decline"]


@pytest.mark.parametrize("page", [-1, 99])
def test_a_page_that_is_not_there_shows_the_nearest(page):
    details(request(items=tuple(item(n) for n in range(25))), page=page)


def test_only_who_may_decide_on_what_is_open_finds_the_buttons_in_details():
    assert actions_of(details(request(), deciding=False)["blocks"]) == []
    assert actions_of(details(over(RequestState.APPROVED))["blocks"]) == []


def test_the_askers_details_show_nothing_of_the_owners_other_partners():
    view = request(items=(item(others=("Otter Media",)),), opened_by=("Zoe Zimmer",))
    words = window_words(details(view, audience=Audience.REQUESTER, deciding=False))
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
    view = forms.history_modal(request(), lines)
    assert_openable(view)
    words = window_words(view)
    assert "asked, by Ann Alder." in words
    assert "Q1 <launch>" in words
    assert "approved, and more approvals are needed, by Zoe Zimmer. Approvals: 1 of 2." in words
    assert "expired, because nobody decided in time." in words
    assert "recorded as request.something_new" in words


def test_a_long_history_has_pages_and_an_empty_one_says_so():
    lines = [happened("request.pending", text="x" * 500) for _ in range(90)]
    for page in range(5):
        assert_openable(forms.history_modal(request(), lines, page=page))
    assert "Nothing is recorded yet." in window_words(forms.history_modal(request(), []))


# --- pickers ----------------------------------------------------------------------------------------


def test_an_empty_picker_says_what_to_do_instead():
    for answer in (
        forms.owner_options([], text="brand"),
        forms.owner_options([], text="123"),
        forms.asset_options([]),
        forms.person_options([]),
        forms.grant_options([]),
        forms.bind_options([], kind=Kind.PIXEL),
    ):
        assert_offerable(answer)
        assert [one["value"] for one in answer["options"]] == ["nothing"]


def test_an_exact_business_id_that_is_unknown_can_be_chosen_to_be_told_so():
    (option,) = forms.owner_options([], text="445566")["options"]
    assert option["value"] == "445566"


def test_long_names_give_way_and_ids_stay_whole():
    name = "Ünïcödé <Shöp> " * 20
    assets = [
        AssetChoice(id=f"act_{10**19 + n}", kind=Kind.AD_ACCOUNT, name=name, owner=BRAND) for n in range(150)
    ]
    for answer in (
        forms.asset_options(assets),
        forms.bind_options(assets, kind=Kind.AD_ACCOUNT),
        forms.owner_options([party(id=str(10**19), name=name)], text=""),
        forms.person_options([PersonChoice(id="4" * 15, name=name)]),
        forms.grant_options([(BRAND.id, replace(REVOKED[1], asset_name=name, asset_id=f"act_{10**19}"))]),
    ):
        assert_offerable(answer)
    options = forms.asset_options(assets)["options"]
    assert len(options) == 100
    assert f"(act_{10**19})" in options[0]["text"]["text"]


def payload(view: dict[str, Any], action: str, block_id: str, value: object = "shop") -> dict[str, Any]:
    return {"action_id": action, "block_id": block_id, "value": value, "view": filled(view)}


def test_a_menu_asks_for_what_is_chosen_around_it():
    state = forms.request_state(ask(), owner=BRAND, names={}, people={}, zone="UTC")
    form = forms.request_modal(state, me=me(), preview=None)
    query = forms.read_query(payload(form, "assets", "assets:998877:112233"))
    assert (query.text, query.requesting_id, query.owner_id) == ("shop", "998877", "112233")
    adjust = forms.adjust_modal(request(), zone="UTC")
    query = forms.read_query(payload(adjust, "bound", "bound:0:PIXEL"))
    assert (query.owner_id, query.kind) == (BRAND.id, Kind.PIXEL)


@pytest.mark.parametrize(
    "requested",
    [{}, {"action_id": "bound", "view": {}}, {"action_id": "approve", "view": {}}, {"action_id": "owner"}],
)
def test_a_menu_that_is_not_ours_is_unreadable(requested):
    with pytest.raises(Unreadable):
        forms.read_query(requested)


# --- windows that only say something ----------------------------------------------------------------


def test_a_window_can_only_say_something():
    view = forms.message_modal("Done.")
    assert_openable(view)
    assert "submit" not in view
    assert element_of(forms.decline_modal(request())["blocks"], "note")["max_length"] == 500
