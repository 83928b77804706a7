"""An access review as both sides see it in Slack: begun by a command, looked through on a card, closed."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from flow_steps import buttons, modal, notices, press, read, sends, types
from world import World

from bot.sandbox.slack import Channel, Kind, Message
from bot.store import tables

DAY = timedelta(days=1)


def message(world: World, room: Channel, table: type) -> Message:
    """The card of the one row of a table, in a channel."""
    (row,) = world.rows(table)
    (card,) = [one for one in world.rows(tables.Card) if one.subject_id == row.id]
    return next(one for one in world.slack.messages(room) if one.ts == card.ts)


def says(world: World, room: Channel) -> str:
    return " ".join(one.text for one in world.slack.messages(room))


@pytest.mark.covers("G9", "R10")
async def test_what_partners_have_is_looked_through_while_they_say_whether_they_need_it(
    either_store: World,
) -> None:
    world = either_store
    for words in (
        "request act_1001 advertise,analyze no end because Spring",
        "request 500000001 analyst no end because Posts",
    ):
        await press(world, world.dana, await world.send_request(words), "approve")
    assert "nothing of Acme Shoes to review" in (await types(world, world.dana, "review")).replace("*", "")
    await world.pass_time(31 * DAY)
    assert "has begun: 2 grants to look at" in await types(world, world.dana, "review")

    asked = message(world, world.agency_room, tables.ReviewQuestion)
    assert {"still_needed", "needed_not_working", "end"} <= buttons(asked)
    await press(world, world.ann, asked, "needed_not_working")
    assert "doesn't work" in read(asked)
    card = message(world, world.brand_room, tables.Review)
    assert "it doesn't work for them" in read(card).replace("*", "")
    assert "Why: Posts" in read(card)

    await press(world, world.dana, card, "keep", block_id="b0007")
    assert "1 kept" in read(card)
    await press(world, world.dana, card, "shorten")
    form = modal(world, world.dana)
    forged = world.slack.payload_submit(world.dana, form)
    forged["view"]["private_metadata"] = "not ours"
    refused = await world.slack.send_payload(Kind.INTERACTIVE, forged)
    assert refused.body["response_action"] == "errors"
    soon = str((world.clock.now() + 9 * DAY).date())
    assert (await world.slack.set_value(world.dana, form, "until", soon)).ok
    await sends(world, world.dana, form)

    assert "is done" in read(card)
    assert "ends" in read(card)
    assert not buttons(card) & {"keep", "keep_all", "shorten", "end_one"}
    assert not buttons(asked) & {"still_needed", "needed_not_working"}
    assert "shortened access after a review" in says(world, world.brand_room)
    assert "1 kept and 1 shortened" in says(world, world.brand_room)
    assert "kept by" in await types(world, world.dov, "list review")


@pytest.mark.covers("G9")
async def test_what_is_removed_in_a_review_is_previewed_and_ended_as_ever_and_closes_it(town: World) -> None:
    await press(town, town.dana, await town.send_request(), "approve")
    make.reviewed(town.database, now=town.clock.now(), by=town.town.dana)
    await town.settle()
    card = message(town, town.brand_room, tables.Review)
    await press(town, town.dana, card, "end_one")
    await sends(town, town.dana, modal(town, town.dana))
    (request,) = town.rows(tables.Request)
    assert f"General user of Northwind ({request.ref}): removed by Dana" in read(card)
    assert [row.state for row in town.rows(tables.Review)] == ["CLOSED"]


@pytest.mark.covers("G9", "C6")
@pytest.mark.case("3.1")
async def test_access_that_ends_sooner_while_more_of_it_goes_on_is_said_to_go_on(town: World) -> None:
    await press(
        town,
        town.dana,
        await town.send_request("request act_1001 advertise,analyze for 90d because Spring"),
        "approve",
    )
    await types(town, town.ann, "extend act_1001 for 60d because Summer")
    await sends(town, town.ann, modal(town, town.ann))
    await press(town, town.dana, town.slack.messages(town.brand_room)[-1], "approve")
    await town.pass_time(31 * DAY)
    await types(town, town.dana, "review")
    card = message(town, town.brand_room, tables.Review)
    (first, _) = sorted(town.rows(tables.Grant), key=lambda row: row.id)
    (ref,) = [row.ref for row in town.rows(tables.Request) if row.id == first.request_id]
    await press(town, town.dana, card, "shorten", block_id="b0007")
    form = modal(town, town.dana)
    assert f"({ref}), ends with the day that you choose" in read(form)
    assert "Northwind keeps General user" in read(form).replace("*", "")
    soon = str((town.clock.now() + 20 * DAY).date())
    assert (await town.slack.set_value(town.dana, form, "until", soon)).ok
    await sends(town, town.dana, form)
    assert "keeps General user by another approval, until" in says(town, town.brand_room)
    assert "keeps General user by another approval, until" in " ".join(notices(town, town.ann))
