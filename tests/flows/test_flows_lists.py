"""Lists as people ask for them, in both workspaces: filtered as they type, and one after the other."""

from __future__ import annotations

import json
import re

import make
import pytest
from flow_steps import (
    approved,
    buttons,
    cards,
    held,
    modal,
    notices,
    opens,
    press,
    read,
    sends,
    stranger_business,
    types,
)
from sqlalchemy import update
from world import World

from bot.domain.assets import Kind
from bot.slack.ids import Callback, ListWord
from bot.slack.values import Page, page_value
from bot.store import tables


def choice(world, who, word):
    """The option of the menu below somebody's last answer that leads to a list."""
    menu = world.slack.ephemerals(who)[-1].blocks[-1]["elements"][0]
    return next(one["value"] for one in menu["options"] if json.loads(one["value"])["p"] == word)


@pytest.mark.covers("B8", "B10", "B11")
async def test_each_side_lists_the_other_and_looks_for_one_asset(either_store: World) -> None:
    world = either_store
    await approved(world)
    await approved(world, "request 500000001 analyst for 30d because Posts")

    # The brand sees its agencies, and of one asset who has what.
    assert "Northwind (Business ID 20000000001): you share 2 assets with them." in await types(
        world, world.dana, "list agencies"
    )
    of_one = await types(world, world.dana, "list agencies of act_1001")
    assert "Acme Main (act_1001): Ad account, shared with Northwind. General user: can see, create" in of_one
    assert "Acme Page" not in of_one
    of_a_page = await types(world, world.dana, "list agencies “acme page”")
    assert "Acme Page (500000001): Page, shared with Northwind. Analyst: can see results." in of_a_page
    assert "Acme Main" not in of_a_page

    # The agency sees its clients, what it is there, and nothing of what is not shared with it.
    assert "Acme Shoes (Business ID 10000000001): they share 2 assets with you." in await types(
        world, world.ann, "list clients"
    )
    assert "Page of Acme Shoes. Agency, Analyst" in await types(world, world.ann, "list clients page")
    assert "Acme Pixel" not in await types(world, world.ann, "list agencies act_1001")
    assert "Owner: can manage campaigns" in await types(world, world.dana, "list owned main")
    assert "Nothing here matches “main”." in await types(world, world.ann, "list owned main")


@pytest.mark.covers("B3", "A7")
async def test_pending_is_listed_in_either_direction_and_the_menu_leads_on(either_store: World) -> None:
    world = either_store
    await world.send_request("request act_1001 general user for 30d because Spring")
    assert "Sent, not decided yet (1 to 1 of 1)" in await types(world, world.ann, "list pending sent")
    assert "Nothing that you received" in await types(world, world.ann, "list received")
    assert "Waiting for your decision (1 to 1 of 1)" in await types(world, world.dana, "list received")
    assert "Nothing that you sent" in await types(world, world.dana, "list sent")
    assert "Nothing here matches “pixel”." in await types(world, world.dana, "list received pixel")
    assert "Northwind requests General user" in await types(world, world.dana, "list pending northwind")

    shown = world.slack.ephemerals(world.dana)[-1]
    await press(world, world.dana, shown, "lists", selected=choice(world, world.dana, ListWord.OWNED))
    assert "What Acme Shoes owns" in read(world.slack.ephemerals(world.dana)[-1])


async def test_a_filtered_list_of_more_than_a_page_goes_on_with_the_same_filter(either_store: World) -> None:
    world = either_store
    for number in range(23):
        kind = {"kind": Kind.AD_ACCOUNT, "owner": make.BRAND}
        make.asset(world.database, f"act_7{number:03}", name=f"Spring {number:02}", **kind)
    first = await types(world, world.dana, "list owned spring")
    assert "Only what matches “spring”." in first
    assert "1 to 10 of 23" in first
    for rows in ("11 to 20 of 23", "21 to 23 of 23"):
        shown = world.slack.ephemerals(world.dana)[-1]
        await press(world, world.dana, shown, "page")
        assert rows in read(world.slack.ephemerals(world.dana)[-1])
    assert "Spring 22" in read(world.slack.ephemerals(world.dana)[-1])


async def test_the_settings_of_many_businesses_come_page_by_page(town: World) -> None:
    world = town
    for number in range(8):
        of = make.business(world.database, f"7000000000{number}", name=f"Shop {number}", team=make.BRAND_TEAM)
        make.member(world.database, world.town.dana.id, of=of)
    first = re.search("1 to ([5-8]) of 9", await types(world, world.dana, "settings"))
    assert first is not None
    await press(world, world.dana, world.slack.ephemerals(world.dana)[-1], "page")
    last = world.slack.ephemerals(world.dana)[-1]
    assert f"{int(first[1]) + 1} to 9 of 9" in read(last)
    assert "Shop 7" in read(last)
    assert "page" not in buttons(last)


async def test_a_page_of_a_business_that_is_not_theirs_shows_what_waits_for_them(either_store: World) -> None:
    world = either_store
    await approved(world)
    await types(world, world.ann, "list owned")
    shown = world.slack.ephemerals(world.ann)[-1]
    menu = shown.blocks[-1]["elements"][0]
    forged = menu["options"][0]["value"] = page_value(Page(ListWord.AGENCIES, make.BRAND, 0))
    await press(world, world.ann, shown, "lists", selected=forged)
    said = read(world.slack.ephemerals(world.ann)[-1])
    assert "Nothing is pending" in said
    assert "Acme Main" not in said


@pytest.mark.covers("P5", "P10", "G6")
async def test_a_partners_page_shows_both_directions_on_either_side_and_as_of_a_day(
    either_store: World,
) -> None:
    world = either_store
    await approved(world)

    # Dana opens it from her list, Ann by name; each sees why, since when and who decided.
    await types(world, world.dana, "list partners")
    page = await opens(world, world.dana, world.slack.ephemerals(world.dana)[-1], "partner")
    assert "Acme Shoes shares with Northwind" in read(page)
    assert "Acme Main (act_1001): Ad account, General user. Since" in read(page)
    assert "“Spring” Decided by Dana" in read(page)
    await types(world, world.ann, "partner acme")
    assert "Acme Shoes shares with Northwind" in read(modal(world, world.ann))

    # As of a day before, nothing was; it is revoked, and nothing is any more.
    await types(world, world.ann, f"partner {make.BRAND} on 2026-01-02")
    assert "Nothing was shared in either direction then." in read(modal(world, world.ann))
    await types(world, world.dana, "revoke act_1001")
    await sends(world, world.dana, modal(world, world.dana))
    await types(world, world.ann, "partner “Acme Shoes”")
    assert "Nothing is shared in either direction now." in read(modal(world, world.ann))

    assert "You have no partner “nobody”." in await types(world, world.ann, "partner nobody")
    for named in ("northwind", make.AGENCY):
        assert f"“{named}” is your own business" in await types(world, world.ann, f"partner {named}")
    await types(world, world.ann, "request act_1001 analyze from Northwind because Spring")
    assert "“Northwind” is your own business: name the other one." in read(modal(world, world.ann))
    assert "What Acme Shoes" not in await types(world, world.dana, "partner acme")


async def test_a_long_partners_page_turns_and_one_of_strangers_does_not_open(either_store: World) -> None:
    world = either_store
    make.gives(world.database, 9, to=make.AGENCY, by=world.town.ann, now=world.clock.now())
    await types(world, world.ann, "partner acme")
    first = modal(world, world.ann)
    assert "Page 1 of 2" in read(first)
    await press(world, world.ann, first, "page")
    assert "Page 2 of 2" in read(modal(world, world.ann))

    await types(world, world.dana, "list partners")
    shown = world.slack.ephemerals(world.dana)[-1]
    button = next(one["elements"][0] for one in shown.blocks if one["type"] == "actions")
    button["value"] = page_value(Page(Callback.PARTNER, make.AGENCY, 0, make.BRAND))
    await press(world, world.dana, shown, "partner")
    assert "You have no such partner." in read(world.slack.ephemerals(world.dana)[-1])


async def test_a_partnership_is_ended_from_its_page_and_both_sides_read_it(either_store: World) -> None:
    world = either_store
    card = await approved(world)
    waits = await world.send_request("request 500000001 analyst for 30d because Posts")

    # Dana sees exactly what would end, and ends it with a reason.
    await types(world, world.dana, "partner northwind")
    preview = await opens(world, world.dana, modal(world, world.dana), "part")
    assert "Revoke from Northwind: Acme Main (act_1001), General user" in read(preview)
    assert "Cancelled: 1 request, " in read(preview)
    assert held(world) == {"ADVERTISE", "ANALYZE"}
    await world.slack.set_value(world.dana, preview, "note", "The contract is over")
    await sends(world, world.dana, preview)
    page = modal(world, world.dana)
    assert "Northwind" in page.title or "Northwind" in read(page)
    assert "Acme Main" not in read(page), "the page below shows what is left: nothing"
    assert held(world) == set()

    # The cards follow, without buttons, and say who ended it; Ann is told once, for all of it.
    assert "Acme Shoes ended the partnership" in waits.text
    assert not buttons(waits) & {"approve", "adjust", "decline"}
    assert "Revoked" in card.text or "revoked" in card.text
    for own in cards(world, world.ann):
        assert "cancel" not in buttons(own)
    told = [one for one in notices(world, world.ann) if "ended the partnership with Northwind" in one]
    assert len(told) == 1
    assert "Access that ends: 1. Requests cancelled: 1." in told[0]
    assert "The contract is over" in told[0]

    # Ann finds nothing to end any more.
    await types(world, world.ann, "partner acme")
    assert "part" not in buttons(modal(world, world.ann))


async def test_an_employee_sees_the_partner_and_no_way_to_end_it(either_store: World) -> None:
    world = either_store
    await approved(world)
    await types(world, world.emil, "partner northwind")
    shown = modal(world, world.emil)
    assert "Acme Main" in read(shown)
    assert "part" not in buttons(shown)


@pytest.mark.covers("T8")
async def test_who_has_asked_and_is_on_the_other_side_since_is_told_that_others_decide(town: World) -> None:
    olga = stranger_business(town)
    make.asset(town.database, "500000009", kind=Kind.PAGE, name="Northwind Page", owner=make.AGENCY)
    await types(town, olga, "request 500000009 analyze for 30d because Spring")
    joins = update(tables.Membership.__table__).where(tables.Membership.business_id == make.OTHER)
    make.write(town.database, lambda tx: tx.run(joins.values(business_id=make.AGENCY)))
    listed = await types(town, olga, "pending")
    assert "Waiting for your decision" not in listed
    assert "Waiting for a decision" in listed
    assert "You sent or drafted it; somebody else decides" in listed
    assert "Waiting for a decision: 1 request" in await types(town, olga)
    assert "Waiting for your decision" in await types(town, town.ann, "pending")
    home = await town.slack.open_home(olga)
    await town.settle()
    assert home.ok
    view = town.slack.home(olga)
    assert view is not None
    assert "approve" not in buttons(view)
