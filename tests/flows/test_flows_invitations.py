"""An owner offers a partner access: in one line, in the form, by two admins, and to the right business."""

from __future__ import annotations

import json
from datetime import timedelta

import make
import pytest
from flow_steps import (
    buttons,
    cards,
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
    sends,
    stranger_business,
    types,
)
from world import World

from bot.store import tables

OFFER = f"share act_1001 general user with {make.AGENCY} for 30d because We start in May"


@pytest.mark.covers("P1", "P2", "B5", "R2")
async def test_from_an_offer_in_one_line_to_access_that_the_partner_accepted(walk: World) -> None:
    # Dana, an admin of the brand, types one line in her own Slack.
    said = await types(walk, walk.dana, OFFER)
    assert "Sent to Northwind" in said
    assert held(walk) == set(), "nothing is shared before the partner accepts"

    # The agency's admins have the card in their channel: who offers what until when, and to accept it whole.
    card = walk.card_in(walk.agency_room)
    assert card is not None
    shown = read(card)
    for words in ("Acme Shoes offers General user on Acme Main to Northwind", "We start in May", "Dana"):
        assert words in shown, words
    assert buttons(card) == {"approve", "decline"}
    (own,) = cards(walk, walk.dana)
    assert "Not accepted yet" in read(own)

    # Ann accepts it: the access is there, both cards say who accepted, and Dana is told.
    await press(walk, walk.ann, card, "approve")
    assert held(walk) == {"ADVERTISE", "ANALYZE"}
    assert "Accepted: Northwind has" in walk.told(walk.ann)
    for one in (card, own):
        assert "Accepted by Ann" in one.text
        assert "Access until" in one.text
    assert any("Accepted by Ann of Northwind: " in one for one in notices(walk, walk.dana))
    assert "Acme Main" in await types(walk, walk.ann, "list shared")
    assert [one.kind for one in events(walk)] == ["request.pending", "request.approved", "grant.active"]


async def test_the_form_offers_own_assets_alone_and_what_is_risky_goes_out_with_a_second_admin(
    either_store: World,
) -> None:
    world = either_store
    await types(world, world.dana, "share")
    form = modal(world, world.dana)
    assert form.title == "Share access"
    await fills(world, world.dana, form, "owner", await finds(world, world.dana, form, "owner", make.AGENCY))
    assert "2 admins of Northwind will be invited" in read(form)
    assert "people" not in {one["block_id"].partition(":")[0] for one in form.blocks}
    asset = await finds(world, world.dana, form, "assets", "acme main")
    await fills(world, world.dana, form, "assets", [asset])
    await fills(
        world, world.dana, form, "level", option(form, "level:act_1001", "Admin"), block="level:act_1001"
    )
    assert "It takes 2 admins of Acme Shoes to send this" in read(form)
    await fills(world, world.dana, form, "reason", "They run billing, too")
    await sends(world, world.dana, form)

    # It is with the brand's own admins first, and Dana alone cannot send it.
    assert world.rows(tables.Request) == []
    draft = world.card_in(world.brand_room)
    assert draft is not None
    assert "1 of 2 approvals, from Dana" in read(draft)
    await press(world, world.dana, draft, "send")
    assert "It needs the approval of another admin" in world.told(world.dana)
    await press(world, world.dov, draft, "send")
    assert "Sent to Northwind" in world.told(world.dov)

    # The partner needs one approval to accept what took two to offer.
    card = world.card_in(world.agency_room)
    assert card is not None
    await press(world, world.abe, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE", "MANAGE"}


@pytest.mark.covers("P8", "R11")
async def test_what_went_to_the_wrong_business_is_cancelled_and_sent_to_another(town: World) -> None:
    stranger_business(town)
    await types(town, town.dana, OFFER)
    (own,) = cards(town, town.dana)
    cancelling = await opens(town, town.dana, own, "cancel")
    await sends(town, town.dana, cancelling)
    assert {"again", "elsewhere"} <= buttons(own)
    form = await opens(town, town.dana, own, "elsewhere")
    await fills(town, town.dana, form, "owner", await finds(town, town.dana, form, "owner", make.OTHER))
    assert "Acme Main" in read(form), "what was offered is there, once the business is chosen"
    await sends(town, town.dana, form)
    first, second = town.rows(tables.Request)
    assert {(one.deciding_id, one.state) for one in (first, second)} == {
        (make.AGENCY, "CANCELLED"),
        (make.OTHER, "PENDING"),
    }
    assert second.reason == first.reason


@pytest.mark.covers("P9")
async def test_an_invitation_that_expired_is_sent_again_as_it_was(town: World) -> None:
    await types(town, town.dana, OFFER)
    await town.pass_time(timedelta(days=14, hours=1))
    own = cards(town, town.dana)[0]
    assert "Expired" in own.text
    assert any("To send it again: /access share" in one for one in notices(town, town.dana))
    form = await opens(town, town.dana, own, "again")
    assert form.title == "Share access"
    await sends(town, town.dana, form)
    assert [one.state for one in town.rows(tables.Request)].count("PENDING") == 1


@pytest.mark.covers("R6")
async def test_who_is_asked_for_access_can_offer_something_else(town: World) -> None:
    card = await town.send_request()
    form = await opens(town, town.dana, card, "more", selected=menu_choice(card, "counter"))
    assert form.title == "Share access"
    shown = read(form)
    assert "Northwind" in shown
    assert "Acme Main" in shown
    await fills(
        town, town.dana, form, "level", option(form, "level:act_1001", "Reporting"), block="level:act_1001"
    )
    await fills(town, town.dana, form, "reason", "Reporting is enough for now")
    await sends(town, town.dana, form)
    offer = town.card_in(town.agency_room)
    assert offer is not None
    assert "Acme Shoes offers Reporting only on Acme Main to Northwind" in read(offer)
    await press(town, town.ann, offer, "approve")
    assert held(town) == {"ANALYZE"}


async def test_who_is_offered_access_can_ask_for_something_else(town: World) -> None:
    await types(town, town.dana, OFFER)
    card = town.card_in(town.agency_room)
    assert card is not None
    form = await opens(town, town.ann, card, "more", selected=menu_choice(card, "counter"))
    assert form.title == "Request access"
    assert json.loads(form.private_metadata)["owner"] == make.BRAND


@pytest.mark.covers("P2")
async def test_a_partner_accepts_at_once_what_is_offered_and_stops_that_again(town: World) -> None:
    await types(town, town.dana, OFFER)
    card = town.card_in(town.agency_room)
    assert card is not None
    await press(town, town.ann, card, "approve")
    await town.command(town.ann, "standing Acme Shoes")
    await town.settle()
    await press(town, town.ann, modal(town, town.ann), "standing_on")
    page = modal(town, town.ann)
    assert "What Acme Shoes offers you is accepted at once. Switched on by Ann" in read(page)
    assert "standing_off" in buttons(page)
    told = [read(one) for one in town.dms(town.abe) if "accepted at once" in read(one)]
    assert len(told) == 1, "her fellow admin is told"

    line = f"share {{}} analyst with {make.AGENCY} for 30d because It grows"
    said = await types(town, town.dana, line.format("500000001"))
    assert "Accepted: Northwind has" in said
    theirs = town.card_in(town.agency_room)
    assert theirs is not None
    assert "Accepted by your standing acceptance for Acme Shoes" in read(theirs)
    assert buttons(theirs) == {"details", "undo"}
    *_, own = cards(town, town.dana)
    assert "Accepted by Northwind's standing acceptance for you" in read(own)
    assert "Switched on by Ann" in read(own)

    await types(town, town.dana, "share act_1001 with Northwind")
    offered = read(modal(town, town.dana))
    assert "before anything is shared, unless they accept your offers at once." in offered
    listed = "What Acme Shoes offers you is accepted at once. To stop that: /access standing"
    assert f"{listed} {make.BRAND} off" in await types(town, town.abe, "standing")
    assert listed not in await types(town, town.dana, "standing")
    assert "waits for your admins again" in await types(town, town.abe, f"standing {make.BRAND} off")
    assert listed not in await types(town, town.abe, "standing")
    said = await types(town, town.dana, line.format("600000001"))
    assert "Sent to Northwind" in said
