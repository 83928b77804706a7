"""A business's week in Slack: switched on in the settings, told where requests are posted, switched off."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from flow_steps import fills, modal, option, press, sends, types
from world import World

from bot.services.context import act
from bot.services.directory_file import import_directory, read_file

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def sets(world: World, how_often: str) -> None:
    """Dana says in the settings whether her business is told of its week."""
    await types(world, world.dana, "settings")
    await press(world, world.dana, world.slack.ephemerals(world.dana)[-1], "settings")
    form = modal(world, world.dana)
    await fills(world, world.dana, form, "weekly", option(form, "weekly", how_often))
    await sends(world, world.dana, form)


def told(world: World) -> list[str]:
    """What the brand was told of its weeks, in its channel."""
    said = [one.text for one in world.slack.messages(world.brand_room)]
    return [one for one in said if one.startswith("The week of Acme Shoes")]


@pytest.mark.covers("C7")
async def test_a_business_reads_of_its_week_on_monday_morning_until_it_switches_that_off(
    either_store: World,
) -> None:
    world = either_store
    await press(world, world.dana, await world.send_request(), "approve")
    await sets(world, "Once a week")
    await world.pass_time(6 * DAY)
    await world.send_request("request 500000001 analyze for 30d because Posts")
    await world.pass_time(22 * HOUR)
    assert told(world) == [], "not at eight"
    await world.pass_time(HOUR)
    (first,) = told(world)
    assert "Access that began last week: 1 grant." in first
    assert "Requests last week: 1 approved." in first
    assert "Northwind" in first
    assert "Analyst on Acme Page, from Northwind, since" in first
    rooms = [one.text for one in world.slack.messages(world.agency_room)]
    assert not any("The week of" in one for one in rooms), "the other side has not switched it on"
    await world.pass_time(21 * DAY)
    assert len(told(world)) == 2, "after an outage one, not three"
    await sets(world, "Not at all")
    await world.pass_time(7 * DAY)
    assert len(told(world)) == 2


async def test_while_a_business_is_deactivated_nothing_waits_for_its_decision(town: World) -> None:
    await sets(town, "Once a week")
    await town.send_request()
    off = f"businesses: [{{id: '{make.BRAND}', name: Acme Shoes, status: DEACTIVATED}}]"
    make.write(town.database, act, import_directory, read_file(off), now=town.clock.now())
    await town.pass_time(7 * DAY)
    (week,) = told(town)
    assert "Waits until Acme Shoes is active again: 1 request." in week
    assert "your decision" not in week
