"""Requests that are kept under a name, and started from again, as people do it in Slack."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from flow_steps import (
    blocks_of,
    buttons,
    cards,
    fills,
    finds,
    menu_choice,
    modal,
    opens,
    option,
    press,
    read,
    request,
    sends,
    stranger_business,
    types,
)
from world import World

from bot.domain.assets import Kind
from bot.sandbox.slack import Message
from bot.services import requests, settings
from bot.services.context import act
from bot.store import tables


async def saved(world: World, name: str = "Launch kit") -> str:
    """Have Ann request two assets and keep that under a name; return what she is told."""
    await world.send_request(f"request {make.ACCOUNT},{make.PAGE} analyze for 45d because Spring")
    (card,) = cards(world, world.ann)
    form = await opens(world, world.ann, card, "more", selected=menu_choice(card, "save_bundle"))
    await fills(world, world.ann, form, "name", name)
    return await sends(world, world.ann, form)


async def listed(world: World, words: str = "bundle") -> Message:
    before = world.slack.ephemerals(world.ann)
    await types(world, world.ann, words)
    (message,) = [one for one in world.slack.ephemerals(world.ann) if one not in before]
    return message


async def test_a_request_is_saved_from_its_card_and_started_again_by_name_with_a_new_reason(
    town: World,
) -> None:
    said = await saved(town)
    assert "Saved as Launch kit" in said
    await types(town, town.ann, f"cancel {request(town).ref}")

    assert await types(town, town.ann, "bundle launch KIT because the summer sale starts") == ""
    await sends(town, town.ann, modal(town, town.ann))

    first, second = sorted(town.rows(tables.Request), key=lambda one: one.created_at)
    assert second.reason == "the summer sale starts"
    assert (second.deciding_id, second.term_days) == (first.deciding_id, 45)
    items = sorted(town.rows(tables.Item), key=lambda one: (one.request_id == second.id, one.position))
    assert [(one.asset_id, one.tasks) for one in items[:2]] == [
        (one.asset_id, one.tasks) for one in items[2:]
    ]


@pytest.mark.parametrize("words", ["bundle Launch kit because Summer", "again"])
async def test_who_has_left_since_is_left_out_of_what_is_started_again(town: World, words: str) -> None:
    ours = (town.town.eva.id, town.town.abe.id)
    first = await town.database.write(
        act, requests.submit, make.requesting(people=ours), by=town.town.ann.by(), now=town.clock.now()
    )
    how = {"by": town.town.ann.by(), "now": town.clock.now()}
    await town.database.write(act, requests.save_bundle, first.request_id, name="Launch kit", **how)
    await town.database.write(act, requests.cancel, first.request_id, **how)
    await town.database.write(act, settings.remove_member, make.AGENCY, town.town.eva.id, **how)
    await types(town, town.ann, words)
    form = modal(town, town.ann)
    assert "No longer in Northwind, so left out here: Eva." in read(form)
    await sends(town, town.ann, form)
    again = max(town.rows(tables.Request), key=lambda one: one.state == "PENDING")
    named = [one.person_id for one in town.rows(tables.RequestPerson) if one.request_id == again.id]
    assert named == [town.town.abe.id]


async def test_the_empty_form_offers_bundles_and_for_another_owner_asks_which_assets_are_meant(
    town: World,
) -> None:
    await saved(town)
    stranger_business(town)
    make.asset(town.database, "act_5005", kind=Kind.AD_ACCOUNT, owner=make.OTHER, name="Rival Ads")
    await types(town, town.ann, "request")
    form = modal(town, town.ann)
    await fills(town, town.ann, form, "owner", await finds(town, town.ann, form, "owner", make.OTHER))
    await fills(town, town.ann, form, "earlier", option(form, "earlier", "Launch kit"))

    shown = read(modal(town, town.ann))
    assert "This bundle was made for Acme Shoes. Say which assets of Rival Media" in shown
    described = [one for one in blocks_of(modal(town, town.ann)) if one.startswith("words:")]
    assert len(described) == 2
    assert not any(one.startswith("level:") for one in blocks_of(modal(town, town.ann)))


async def test_a_bundle_is_started_by_its_name_however_many_names_hold_it(town: World) -> None:
    await saved(town, "Zed")
    (card,) = cards(town, town.ann)
    for number in range(11):
        form = await opens(town, town.ann, card, "more", selected=menu_choice(card, "save_bundle"))
        await fills(town, town.ann, form, "name", f"A zed {number}")
        await sends(town, town.ann, form)
    await types(town, town.ann, f"cancel {request(town).ref}")

    assert await types(town, town.ann, "bundle zed") == "", "the form is open"


async def test_the_list_starts_renames_and_removes_bundles(town: World) -> None:
    await saved(town)
    message = await listed(town)
    assert "Launch kit: " in read(message)
    assert {"use_bundle", "save_bundle", "remove_bundle"} <= buttons(message)

    form = await opens(town, town.ann, message, "save_bundle")
    await fills(town, town.ann, form, "name", "Spring kit")
    await sends(town, town.ann, form)
    assert [one.name for one in town.rows(tables.Bundle)] == ["Spring kit"]

    await press(town, town.ann, message, "remove_bundle")
    told = [read(one) for one in town.slack.ephemerals(town.ann)]
    assert any("Spring kit is no longer a bundle" in one for one in told), told
    assert "has no bundles" in read(await listed(town))


async def test_nobody_of_the_other_side_sees_a_bundle(town: World) -> None:
    await saved(town)
    assert "Acme Shoes has no bundles" in await types(town, town.dana, "bundle")
    assert "save_bundle" not in str(town.card_in(town.brand_room).blocks)


async def test_a_form_that_was_open_for_long_says_itself_what_came_of_it(town: World) -> None:
    await town.send_request()
    (card,) = cards(town, town.ann)
    form = await opens(town, town.ann, card, "more", selected=menu_choice(card, "save_bundle"))
    await fills(town, town.ann, form, "name", "Launch kit")
    town.clock.push_real(timedelta(minutes=30))  # by then Slack takes no answer beside the card any more
    assert (await town.slack.submit(town.ann, form)).ok
    assert "Saved as Launch kit" in read(modal(town, town.ann))
