from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from slack_make import (
    AGENCY,
    BRAND,
    assert_offerable,
    assert_openable,
    element_of,
    filled,
    grant,
    me,
    new_request,
    party,
    request,
)

from bot.domain.assets import Kind
from bot.domain.kinds import DEFAULT_KIND
from bot.services.views.parties import AssetChoice, PersonChoice
from bot.slack import modals
from bot.slack.values import Unreadable

REVOKED = (BRAND.id, grant(id="700000000000001"))
RELINQUISHED = (AGENCY.id, grant(id="700000000000002", asset_name="DE ads", asset_id="act_200"))


def test_an_empty_picker_says_what_to_do_instead():
    for answer in (
        modals.owner_options([], text="brand"),
        modals.owner_options([], text="123"),
        modals.asset_options([], request=DEFAULT_KIND),
        modals.person_options([]),
        modals.grant_options([]),
        modals.bind_options([], kind=Kind.PIXEL),
    ):
        assert_offerable(answer)
        assert [one["value"] for one in answer["options"]] == ["nothing"]


def test_an_exact_business_id_that_is_unknown_can_be_chosen_to_be_told_so():
    (option,) = modals.owner_options([], text="445566")["options"]
    assert option["value"] == "445566"


def test_long_names_give_way_and_ids_stay_whole():
    name = "Ünïcödé <Shöp> " * 20
    assets = [
        AssetChoice(id=f"act_{10**19 + n}", kind=Kind.AD_ACCOUNT, name=name, owner=BRAND) for n in range(150)
    ]
    for answer in (
        modals.asset_options(assets, request=DEFAULT_KIND),
        modals.bind_options(assets, kind=Kind.AD_ACCOUNT),
        modals.owner_options([party(id=str(10**19), name=name)], text=""),
        modals.person_options([PersonChoice(id="4" * 15, name=name)]),
        modals.grant_options([(BRAND.id, replace(REVOKED[1], asset_name=name, asset_id=f"act_{10**19}"))]),
    ):
        assert_offerable(answer)
    assert (
        f"(act_{10**19})" in modals.asset_options(assets, request=DEFAULT_KIND)["options"][0]["text"]["text"]
    )


@pytest.mark.parametrize("options", [modals.person_options, modals.admin_options])
def test_people_who_are_called_the_same_are_told_apart_by_their_member_ids(options):
    people = [
        PersonChoice(id=f"{n:015d}", name=name, user_id=f"U{n}")
        for n, name in enumerate(("Zoe", "Ann", "zoe"))
    ]
    shown = [one.get("description", {}).get("text") for one in options(people)["options"]]
    assert shown == ["Member ID in Slack: U0", None, "Member ID in Slack: U2"]


@pytest.mark.case("3.5")
def test_a_menu_with_more_than_it_can_show_says_so_in_its_last_line():
    assets = [AssetChoice(id=f"act_{n}", kind=Kind.PAGE, name="Shop", owner=BRAND) for n in range(101)]
    people = [PersonChoice(id=f"{n:015d}", name="Zoe") for n in range(101)]
    for answer in (modals.asset_options(assets, request=DEFAULT_KIND), modals.person_options(people)):
        assert_offerable(answer)
        assert len(answer["options"]) == 100
        last = answer["options"][-1]
        assert (last["value"], last["text"]["text"]) == ("nothing", "There are more: type what it is called")
    whole = modals.asset_options(assets[:100], request=DEFAULT_KIND)["options"]
    assert [one["value"] for one in whole] == [f"PAGE:act_{n}" for n in range(100)]


def payload(view: dict[str, Any], action: str, block_id: str, value: object = "shop") -> dict[str, Any]:
    return {"action_id": action, "block_id": block_id, "value": value, "view": filled(view)}


def test_a_menu_asks_for_what_is_chosen_around_it():
    state = modals.request_state(new_request(), owner=BRAND, names={}, people={}, zone="UTC")
    form = modals.request_modal(state, me=me(), preview=None)
    query = modals.read_query(payload(form, "assets", "assets:998877:112233"))
    assert (query.text, query.requesting_id, query.owner_id) == ("shop", "998877", "112233")
    adjust = modals.adjust_modal(request(), zone="UTC")
    query = modals.read_query(payload(adjust, "bound", "bound:0:PIXEL"))
    assert (query.owner_id, query.kind) == (BRAND.id, Kind.PIXEL)


@pytest.mark.parametrize(
    "requested",
    [{}, {"action_id": "bound", "view": {}}, {"action_id": "approve", "view": {}}, {"action_id": "owner"}],
)
def test_a_menu_that_is_not_ours_is_unreadable(requested):
    with pytest.raises(Unreadable):
        modals.read_query(requested)


# --- modals that only say something -----------------------------------------------------------------


def test_a_modal_can_show_a_text_or_a_message():
    view = modals.message_modal("Done.")
    assert_openable(view)
    assert "submit" not in view
    assert element_of(modals.decline_modal(request())["blocks"], "note")["max_length"] == 500
