"""Requesting and deciding in modals, field by field, as people fill them in."""

from __future__ import annotations

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import make
import pytest
from flow_steps import (
    DECIDING,
    approved,
    blocks_of,
    buttons,
    cards,
    denials,
    ends,
    events,
    fills,
    finds,
    held,
    menu_choice,
    modal,
    notices,
    opens,
    option,
    press,
    read,
    request,
    sends,
    sends_in,
    stranger_business,
    types,
)
from world import World

from bot.domain.actors import Role
from bot.sandbox.slack import Kind, View
from bot.services import settings
from bot.services.context import act
from bot.store import tables


async def asks_in_the_modal(world: World) -> View:
    """Open the form as Ann and choose the brand as the owner."""
    await types(world, world.ann, "request")
    form = modal(world, world.ann)
    await fills(world, world.ann, form, "owner", await finds(world, world.ann, form, "owner", make.BRAND))
    return form


async def chooses(world: World, form: View, *queries: str) -> None:
    """Choose assets in Ann's form by what she searches for."""
    chosen: list[str] = []
    for query in queries:
        chosen.append(await finds(world, world.ann, form, "assets", query))
        await fills(world, world.ann, form, "assets", chosen)


@pytest.mark.covers("R1")
async def test_a_request_is_put_together_field_by_field_and_sent(either_way: World) -> None:
    world = either_way
    form = await asks_in_the_modal(world)
    assert "2 admins of Acme Shoes will be asked; 1 approval is needed." in read(form)

    await chooses(world, form, "Acme Main", "Acme Page")
    await fills(world, world.ann, form, "level", "General user", block="level:act_1001")
    await fills(world, world.ann, form, "level", "Advertiser", block="level:500000001")
    await fills(world, world.ann, form, "term", "days")
    await fills(world, world.ann, form, "days", "45")
    await fills(world, world.ann, form, "people", [await finds(world, world.ann, form, "people", "Abe")])
    await fills(world, world.ann, form, "reason", "Spring launch")
    await sends(world, world.ann, form)

    card = world.card_in(world.brand_room)
    assert card is not None
    for words in ("General user", "Advertiser", "45 days", "For 1 of their people", "Spring launch"):
        assert words in card.text, words
    (own,) = cards(world, world.ann)
    assert "For Abe" in own.text
    assert "2 admins of Acme Shoes can decide" in own.text
    await press(world, world.dana, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}
    assert held(world, make.PAGE) == {"ADVERTISE", "ANALYZE"}
    assert {row.person_id for row in world.rows(tables.Assignment)} == {world.town.abe.id}


async def test_asking_for_control_says_before_sending_that_two_must_agree(town: World) -> None:
    form = await asks_in_the_modal(town)
    await chooses(town, form, "Acme Main")

    await fills(town, town.ann, form, "level", "Admin", block="level:act_1001")

    assert "2 approvals are needed." in read(form)


async def test_another_owner_empties_the_assets_and_keeps_the_rest(town: World) -> None:
    make.business(town.database, make.OTHER, name="Rival Media", team=make.BRAND_TEAM)
    form = await asks_in_the_modal(town)
    await chooses(town, form, "Acme Main")
    await fills(town, town.ann, form, "reason", "Spring launch")

    await fills(town, town.ann, form, "owner", await finds(town, town.ann, form, "owner", make.OTHER))

    assert not [one for one in blocks_of(form) if one.startswith("level:")]
    assert form.state["reason"]["reason"]["value"] == "Spring launch"
    assert "Nobody at Rival Media can decide" in read(form)


async def test_people_chosen_for_one_business_are_there_again_when_it_is_chosen_again(town: World) -> None:
    stranger_business(town)
    make.member(town.database, town.town.ann.id, of=make.OTHER, role=Role.ADMIN)
    await types(town, town.ann, "request")
    form = modal(town, town.ann)
    eva = await finds(town, town.ann, form, "people", "eva")
    await fills(town, town.ann, form, "people", [eva])
    await fills(town, town.ann, form, "requesting", make.OTHER)
    assert "Eva" not in read(form)
    olga = await finds(town, town.ann, form, "people", "olga")
    await fills(town, town.ann, form, "people", [olga])
    await fills(town, town.ann, form, "requesting", make.AGENCY)
    assert chosen_people(form) == [eva]
    await fills(town, town.ann, form, "requesting", make.OTHER)
    assert chosen_people(form) == [olga]


def chosen_people(form: View) -> list[str]:
    (found,) = (one["element"] for one in form.blocks if one["block_id"].startswith("people:"))
    return [one["value"] for one in found.get("initial_options", [])]


@pytest.mark.covers("P3")
async def test_an_asset_in_the_requesters_words_is_named_by_the_approver(town: World) -> None:
    form = await asks_in_the_modal(town)
    await fills(town, town.ann, form, "describe", None)
    await fills(town, town.ann, form, "words", "the account of the shoe shop", block="words:")
    await fills(town, town.ann, form, "level", "General user", block="described:")
    await fills(town, town.ann, form, "reason", "Spring launch")
    await sends(town, town.ann, form)
    card = town.card_in(town.brand_room)
    assert card is not None

    adjust = await opens(town, town.dana, card, "approve")  # a plain approval has to say which asset
    assert adjust.callback_id == "adjust"
    assert "Pick the asset first" in read(adjust)
    picker = next(one for one in adjust.blocks if one.get("block_id", "").startswith("bound:"))
    assert (picker["optional"], picker["element"]["focus_on_load"]) == (False, True)
    denied = await town.slack.submit(town.dana, adjust)
    assert denied.error == "required"
    await fills(town, town.dana, adjust, "bound", await finds(town, town.dana, adjust, "bound", "Acme Main"))
    await sends(town, town.dana, adjust)

    assert held(town) == {"ADVERTISE", "ANALYZE"}
    assert "For “the account of the shoe shop”" in card.text


async def test_a_described_asset_that_is_declined_is_not_asked_for(town: World) -> None:
    card = await town.send_request(
        'request act_1001, described page "the old shop" analyze for 30d because x'
    )
    form = await opens(town, town.dana, card, "adjust")
    (bound,) = [one for one in blocks_of(form) if one.startswith("bound:")]
    level = f"item:{bound.split(':')[1]}"

    await fills(town, town.dana, form, "given", option(form, level, "Decline"), block=level)
    assert bound not in blocks_of(form)
    await sends(town, town.dana, form)

    assert held(town) == {"ANALYZE"}


@pytest.mark.covers("P4", "B4")
async def test_an_approver_lowers_one_declines_another_and_shortens(town: World) -> None:
    card = await town.send_request(
        "request act_1001,500000001,600000001 advertise,analyze for 30d because Spring"
    )
    form = await opens(town, town.dana, card, "adjust")

    await fills(town, town.dana, form, "given", option(form, "item:0", "Give Reporting only"), block="item:0")
    await fills(town, town.dana, form, "given", option(form, "item:1", "Decline"), block="item:1")
    await fills(town, town.dana, form, "term", "days")
    await fills(town, town.dana, form, "days", "7")
    await fills(town, town.dana, form, "note", "Only the numbers for now")
    await sends(town, town.dana, form)

    assert (held(town), held(town, make.PAGE), held(town, make.PIXEL)) == (
        {"ANALYZE"},
        set(),
        {"ADVERTISE", "ANALYZE"},
    )
    (own,) = cards(town, town.ann)
    for shown in (card, own):
        assert "Reporting only instead of General user" in shown.text
        assert "declined" in shown.text
        assert "7 days" in shown.text
        assert "Only the numbers for now" in shown.text
    await town.pass_time(timedelta(days=8))
    assert held(town, make.PIXEL) == set()


async def test_giving_nothing_of_it_is_said_at_the_field_and_changes_nothing(town: World) -> None:
    card = await town.send_request()
    form = await opens(town, town.dana, card, "adjust")
    await fills(town, town.dana, form, "given", option(form, "item:0", "Decline"), block="item:0")

    denied = await town.slack.submit(town.dana, form)

    assert denied.error == "invalid"
    assert "decline the request" in str(form.errors)
    assert request(town).state == "PENDING"


async def test_a_denial_needs_its_reason_and_the_requester_reads_it(town: World) -> None:
    card = await town.send_request()
    form = await opens(town, town.dana, card, "decline")
    await fills(town, town.dana, form, "note", "   ")
    blank = await town.slack.submit(town.dana, form)
    assert not blank.ok
    assert request(town).state == "PENDING"

    await fills(town, town.dana, form, "note", "Not this spring")
    await sends(town, town.dana, form)

    assert request(town).state == "DECLINED"
    assert held(town) == set()
    (own,) = cards(town, town.ann)
    for shown in (card, own):
        assert "Declined by Dana" in shown.text
        assert "Not this spring" in shown.text
    assert any("Not this spring" in one for one in notices(town, town.ann))


@pytest.mark.covers("R11")
async def test_any_admin_of_the_requesting_business_cancels_a_request(town: World) -> None:
    card = await town.send_request()
    (own,) = cards(town, town.ann)
    form = await opens(town, town.ann, own, "cancel")
    await fills(town, town.ann, form, "note", "Wrong account")
    await sends(town, town.ann, form)

    assert request(town).state == "CANCELLED"
    assert "Cancelled by Northwind" in card.text
    assert "Wrong account" in card.text
    assert buttons(own) == {"again", "elsewhere", "comment"}

    # Nothing is left of it: it can be asked again, and another admin takes that back in one line.
    again = await town.send_request()
    ref = town.rows(tables.Request)[-1].ref if town.rows(tables.Request)[-1].state == "PENDING" else None
    ref = ref or next(row.ref for row in town.rows(tables.Request) if row.state == "PENDING")
    assert "Cancelled: General user on" in await types(town, town.abe, f"cancel {ref} because not needed")
    assert "not needed" in again.text
    assert any("Cancelled by Abe" in one for one in notices(town, town.ann))


async def test_the_details_modal_decides_like_the_card(either_way: World) -> None:
    world = either_way
    card = await world.send_request()
    await types(world, world.dana, "pending")
    await types(world, world.dov, "pending")
    shown = await opens(world, world.dana, world.slack.ephemerals(world.dana)[-1], "open")
    seen_by_dov = await opens(world, world.dov, world.slack.ephemerals(world.dov)[-1], "open")
    assert {"approve", "adjust", "decline"} <= buttons(shown)

    await press(world, world.dana, shown, "approve")
    assert modal(world, world.dana) is shown
    assert "undo" in buttons(shown)
    assert not DECIDING & buttons(shown)
    assert "Approved by Dana" in read(shown)

    # Dov's window still shows the buttons; his click is answered in a window on top of it.
    await press(world, world.dov, seen_by_dov, "decline")
    assert "approved already by Dana" in read(modal(world, world.dov))
    assert "Approved by Dana" in card.text


@pytest.mark.parametrize("action", ["adjust", "decline"])
async def test_a_modal_opened_from_the_details_leaves_none_that_shows_the_past(
    town: World, action: str
) -> None:
    card = await town.send_request()
    details = await opens(town, town.dana, card, "more", selected=menu_choice(card, "details"))
    form = await opens(town, town.dana, details, action)
    assert form is not details
    await fills(town, town.dana, form, "note", "See you in spring")

    await sends(town, town.dana, form)

    (shown,) = town.slack.views(town.dana)
    assert shown.callback_id == "details"
    assert not DECIDING & buttons(shown)
    assert "by Dana" in read(shown)


async def test_what_the_requester_does_from_the_details_is_shown_there(town: World) -> None:
    await town.send_request()
    (own,) = cards(town, town.ann)
    details = await opens(town, town.ann, own, "more", selected=menu_choice(own, "details"))
    form = await opens(town, town.ann, details, "comment")
    await fills(town, town.ann, form, "text", "We begin on Monday")
    await sends(town, town.ann, form)
    (shown,) = town.slack.views(town.ann)
    assert "We begin on Monday" in read(shown)

    form = await opens(town, town.ann, shown, "cancel")
    await sends(town, town.ann, form)
    (shown,) = town.slack.views(town.ann)
    assert "again" in buttons(shown)
    assert not DECIDING & buttons(shown)


async def test_opening_the_details_is_shown_to_the_requester_once(town: World) -> None:
    card = await town.send_request()
    (own,) = cards(town, town.ann)

    for _ in range(2):
        await opens(town, town.dana, card, "more", selected=menu_choice(card, "details"))
    await opens(town, town.emil, card, "more", selected=menu_choice(card, "details"))

    assert "Acme Shoes has looked at it" in own.text
    assert "Dana" not in own.text  # who of them it was is theirs
    assert "Dana and Emil" in card.text
    assert len(events(town, "request.opened")) == 2


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"reason": {"value": "x" * 501}}, "reason"),
        ({"reason": {"value": " \u200b\n"}}, "reason"),
        ({"assets": {"selected_options": []}}, "assets"),
        ({"days": {"value": "0"}}, "days"),
        ({"days": {"value": "9999999"}}, "days"),
        ({"until": {"selected_date": "2001-01-01"}}, "until"),
    ],
    ids=[
        "a reason too long",
        "a reason of blanks",
        "no items",
        "no days",
        "too many days",
        "a date in the past",
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    town: World, change: dict[str, dict[str, object]], at: str
) -> None:
    form = await asks_in_the_modal(town)
    await chooses(town, form, "Acme Main")
    if at in ("days", "until"):
        await fills(town, town.ann, form, "term", at)
    await fills(town, town.ann, form, "reason", "Spring")
    payload = town.slack.payload_submit(town.ann, form)
    for block_id, fields in payload["view"]["state"]["values"].items():
        for action_id, entered in change.items():
            if action_id in fields:
                assert block_id.partition(":")[0] == at
                fields[action_id].update(entered)

    # Slack's own client would stop some of it; a payload written by hand gets the same answer.
    answer = await town.slack.send_payload(Kind.INTERACTIVE, payload)

    assert answer.body["response_action"] == "errors"
    assert [one.partition(":")[0] for one in answer.body["errors"]] == [at]
    assert not town.rows(tables.Request)


async def test_a_form_filled_before_its_ask_became_impossible_says_so(town: World) -> None:
    form = await asks_in_the_modal(town)
    await chooses(town, form, "Acme Main")
    await fills(town, town.ann, form, "reason", "Spring")
    await types(town, town.abe, "request act_1001 analyze for 30d because first")

    denied = await town.slack.submit(town.ann, form)

    ref = request(town).ref
    assert denied.error == "invalid"
    assert ref in str(form.errors)
    assert denials(town) == ["open_already"]


async def test_access_is_given_back_by_its_holder(town: World) -> None:
    card = await approved(town)
    await types(town, town.abe, "revoke")
    form = modal(town, town.abe)
    await fills(town, town.abe, form, "grants", [await finds(town, town.abe, form, "grants", "Acme")])
    preview = await sends_in(town, town.abe, form)
    assert "Give back to Acme Shoes" in read(preview)

    answer = await sends(town, town.abe, preview)

    assert "you gave this access to Acme Main back to Acme Shoes" in answer
    assert held(town) == set()
    (own,) = cards(town, town.ann)
    assert "given back by Abe" in own.text
    assert "given back by Northwind" in card.text
    assert town.rows(tables.Grant)[0].end_reason == "RELINQUISHED"


async def test_the_reason_typed_with_revoke_is_in_the_preview(town: World) -> None:
    card = await approved(town)

    await ends(town, town.dana, "revoke act_1001 because the campaign is over")

    assert "the campaign is over" in card.text


async def test_access_that_is_ended_from_the_home_leaves_nothing_to_close(town: World) -> None:
    await approved(town)
    await town.slack.open_home(town.dana)
    await town.settle()
    home = town.slack.home(town.dana)
    assert home is not None
    form = await opens(town, town.dana, home, "end")
    await fills(town, town.dana, form, "grants", [await finds(town, town.dana, form, "grants", "Acme")])
    preview = await sends_in(town, town.dana, form)

    await sends(town, town.dana, preview)

    assert town.slack.top_view(town.dana) is None
    assert held(town) == set()


async def test_what_a_form_of_the_home_could_not_end_stands_in_its_place(town: World) -> None:
    await approved(town, "request act_1001,500000001 analyze for 30d because Spring")
    await town.slack.open_home(town.dana)
    await town.settle()
    home = town.slack.home(town.dana)
    assert home is not None
    form = await opens(town, town.dana, home, "end")
    found = await town.slack.suggest(town.dana, form, "grants", "")
    ids = [one["value"].partition(":")[2] for one in found.options]
    payload = town.slack.payload_submit(town.dana, form)
    payload["view"]["callback_id"] = "end_now"
    ends = [f"{make.BRAND}:{ids[0]}", f"{make.AGENCY}:{ids[1]}"]  # of which she may end the first
    payload["view"]["private_metadata"] = json.dumps({"ends": ends})

    answer = await town.slack.send_payload(Kind.INTERACTIVE, payload)

    assert answer.body["response_action"] == "update"
    said = str(answer.body["view"]["blocks"])
    assert "Done: this access of" in said
    assert "You can't do that here" in said


@pytest.mark.parametrize("url", ["https://evil.example/x", "http://127.0.0.1:1/x", 7, "file:///etc/passwd"])
async def test_a_forged_address_in_a_form_is_not_called(town: World, url: object) -> None:
    await approved(town)
    await types(town, town.dana, "revoke act_1001")
    payload = town.slack.payload_submit(town.dana, modal(town, town.dana))
    kept = json.loads(payload["view"]["private_metadata"])
    own, at = kept["answer"]
    assert own.startswith(town.slack.base_url)
    payload["view"]["private_metadata"] = json.dumps({**kept, "answer": [url, at]})
    before = len(town.slack.ephemerals(town.dana))

    answer = await town.slack.send_payload(Kind.INTERACTIVE, payload)
    await town.settle()

    assert answer.status == 200
    assert held(town) == set()
    assert len(town.slack.ephemerals(town.dana)) == before


async def test_ending_what_has_ended_meanwhile_says_so_and_changes_nothing(town: World) -> None:
    await approved(town)
    await types(town, town.dana, "revoke act_1001")
    await ends(town, town.ann, "revoke act_1001")

    late = await town.slack.submit(town.dana, modal(town, town.dana))

    assert late.error == "invalid"
    assert "Access to Acme Main ended already, " in str(modal(town, town.dana).errors)
    assert len(events(town, "grant.ended")) == 1
    assert town.rows(tables.Grant)[0].end_reason == "RELINQUISHED"


@pytest.mark.parametrize("doing", ["decline", "cancel", "end_now"])
async def test_a_note_that_is_too_long_is_refused_at_its_field_and_never_cut(town: World, doing: str) -> None:
    who = town.ann if doing == "cancel" else town.dana
    if doing == "end_now":
        await approved(town)
        await types(town, who, "revoke act_1001")
    else:
        card = await town.send_request()
        await opens(town, who, cards(town, who)[0] if doing == "cancel" else card, doing)
    form = modal(town, who)
    await fills(town, who, form, "note", "x")
    before = len(events(town))
    payload = town.slack.payload_submit(who, form)
    payload["view"]["state"]["values"]["note"]["note"]["value"] = "x" * 501

    answer = await town.slack.send_payload(Kind.INTERACTIVE, payload)

    assert list(answer.body["errors"]) == ["note"]
    assert "501 characters" in answer.body["errors"]["note"]
    assert len(events(town)) == before


async def test_all_access_to_a_partner_is_ended_in_one_go(town: World) -> None:
    await approved(town, "request act_1001,500000001,600000001 analyze for 30d because Spring")
    await types(town, town.dana, f"revoke from {make.AGENCY}")
    preview = modal(town, town.dana)
    for name in ("Acme Main", "Acme Page", "Acme Pixel"):
        assert name in read(preview)

    answer = await sends(town, town.dana, preview)

    assert "to Acme Main, Acme Page and Acme Pixel has ended" in answer
    assert not any(held(town, asset) for asset in (make.ACCOUNT, make.PAGE, make.PIXEL))


async def test_ending_one_of_two_grants_says_what_the_holder_keeps_and_how_to_end_that_too(
    town: World,
) -> None:
    await approved(town, "request act_1001 analyze for 60d because Spring")
    await approved(town, "request act_1001 general user for 10d because Launch")
    await types(town, town.dana, "revoke")
    form = modal(town, town.dana)
    found = await town.slack.suggest(town.dana, form, "grants", "Acme Main")
    await fills(town, town.dana, form, "grants", [found.options[0]["value"]])

    preview = read(await sends_in(town, town.dana, form))

    both = f"/access revoke act_1001 from {make.AGENCY}"
    assert "Northwind keeps " in preview
    assert both in preview
    await types(town, town.dana, both.removeprefix("/access "))
    assert "Northwind keeps " not in read(modal(town, town.dana))


async def test_employees_end_nothing(town: World) -> None:
    await approved(town)

    for who, admins in ((town.emil, "Dana and Dov"), (town.eva, "Abe and Ann")):
        assert f"can do that: {admins}." in await types(town, who, "revoke act_1001")

    assert held(town) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.case("8.10")
async def test_somebody_who_left_is_named_by_name_in_a_form(town: World) -> None:
    form = await asks_in_the_modal(town)
    await chooses(town, form, "Acme Main")
    await fills(town, town.ann, form, "people", [await finds(town, town.ann, form, "people", "Abe")])
    ann, abe = town.town.ann, town.town.abe
    await town.database.write(
        act, settings.remove_member, make.AGENCY, abe.id, by=ann.by(), now=town.clock.now()
    )

    await fills(town, town.ann, form, "term", "none")

    (menu,) = [one["element"] for one in form.blocks if one["block_id"].startswith("people")]
    assert [one["text"]["text"] for one in menu["initial_options"]] == ["Abe"]


@pytest.mark.covers("C5")
async def test_a_time_in_a_form_is_in_the_readers_zone(town: World) -> None:
    card = await town.send_request("request act_1001 advertise,analyze until 2027-03-31 because Spring")
    adjust = await opens(town, town.dana, card, "adjust")
    (menu,) = [one["element"] for one in adjust.blocks if one["block_id"] == "term"]
    assert "31 Mar 2027" in menu["options"][0]["text"]["text"]
    assert "UTC" not in str(adjust.blocks)

    decline = await opens(town, town.dov, card, "decline")
    await press(town, town.dana, card, "approve")
    await fills(town, town.dov, decline, "note", "No")
    denied = await town.slack.submit(town.dov, decline)
    local = request(town).over_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert f"{local:%H:%M}" in str(denied.body["errors"])
    assert "UTC" not in str(denied.body["errors"])


async def test_the_form_starts_from_an_earlier_request_and_keeps_the_reason_that_was_typed(
    town: World,
) -> None:
    await town.send_request("request act_1001 advertise,analyze for 45d because Spring")
    await types(town, town.ann, f"cancel {request(town).ref}")
    form = await asks_in_the_modal(town)
    await fills(town, town.ann, form, "reason", "Summer")
    await fills(town, town.ann, form, "earlier", option(form, "earlier", "General user on Acme Main"))

    assert not any(block.startswith("earlier") for block in blocks_of(form)), "something is chosen now"
    await sends(town, town.ann, form)
    first, second = sorted(town.rows(tables.Request), key=lambda one: one.created_at)
    assert (second.reason, second.deciding_id) == ("Summer", first.deciding_id)
    assert (second.term_kind, second.term_days) == (first.term_kind, first.term_days)
    before, again = town.rows(tables.Item)
    assert (again.asset_id, again.tasks) == (before.asset_id, before.tasks)


async def test_what_was_done_in_a_form_is_no_fault_where_the_one_below_it_was_closed_meanwhile(
    town: World, caplog: pytest.LogCaptureFixture
) -> None:
    card = await town.send_request()
    details = await opens(town, town.dana, card, "more", selected=menu_choice(card, "details"))
    form = await opens(town, town.dana, details, "decline")
    await fills(town, town.dana, form, "note", "No")
    town.slack.faults.refuse("views.update", "not_found", times=1)
    await sends(town, town.dana, form)
    assert request(town).state == "DECLINED"
    assert "fault" not in caplog.text
