"""The end of a contract in Slack: stated in a form, announced, and what is left ended one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flow_steps import blocks_of, buttons, fills, held, modal, option, press, read, sends, types
from world import World

from bot.sandbox.slack import View
from bot.store import tables

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.covers("P11", "P17")
async def test_a_contract_s_end_is_stated_in_a_form_and_what_is_left_is_ended_on_the_page_of_the_partner(
    either_store: World,
) -> None:
    world = either_store
    await press(world, world.dana, await world.send_request(), "approve")
    assert (await world.command(world.ann, "offboard Acme Shoes on 2026-02-01 then 7 days")).ok
    await world.settle()
    form = modal(world, world.ann)
    assert {"until", "days"} <= set(blocks_of(form))
    assert "2026-02-01" in str(form.blocks)
    assert "Saved: the contract with Acme Shoes" in await sends(world, world.ann, form)
    said = " ".join(one.text for one in world.slack.messages(world.brand_room))
    assert "The contract of" in said
    assert "Then 7 days remain" in said

    await world.pass_time(25 * DAY)
    assert "Between you: " in " ".join(one.text for one in world.slack.messages(world.brand_room))
    await world.pass_time(3 * DAY)

    page = await partner(world)
    assert "end_one" in buttons(page)
    await press(world, world.dana, page, "end_one")
    await sends(world, world.dana, modal(world, world.dana))
    assert held(world) == set()
    assert "end_one" not in buttons(modal(world, world.dana)), "the list below shows what is left"
    await world.pass_time(DAY + HOUR)
    closing = " ".join(one.text for one in world.slack.messages(world.brand_room))
    assert "is done" in closing


async def partner(world: World) -> View:
    """The page of the agency, as the brand's Dana sees it."""
    assert (await world.command(world.dana, "partner northwind")).ok
    await world.settle()
    return modal(world, world.dana)


@pytest.mark.covers("P11", "R1")
async def test_access_is_requested_until_the_contract_ends_in_one_line_and_in_the_form(town: World) -> None:
    await press(town, town.dana, await town.send_request(), "approve")
    line = "request {} analyze from Acme Shoes until contract end because Spring"
    await types(town, town.ann, line.format("500000001"))
    assert "when your contract with them ends" in read(modal(town, town.ann))
    await town.command(town.ann, "offboard Acme Shoes on 2026-06-30 then 7 days")
    await town.settle()
    await sends(town, town.ann, modal(town, town.ann))

    await types(town, town.ann, line.format("500000001"))
    await types(town, town.ann, "request 600000001 analyst from Acme Shoes")
    form = modal(town, town.ann)
    until = option(form, "term", "Until the contract ends, 2026-06-30")
    await fills(town, town.ann, form, "term", until)
    await fills(town, town.ann, modal(town, town.ann), "reason", "Spring")
    await sends(town, town.ann, modal(town, town.ann))

    (contract,) = [row for row in town.rows(tables.Contract) if row.ends_at]
    asked = [row.term_until for row in town.rows(tables.Request) if row.term_kind == "UNTIL"]
    assert asked == [contract.ends_at, contract.ends_at]
