"""Who somebody is to Slack has an age: people are looked up again, and what is old gives no power."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import make
import pytest
from fault_steps import tried, waits
from flow_steps import denials, fills, held, modal, press, read
from patience import unanswered
from world import World, until

from bot.sandbox.slack import Kind, Person
from bot.store import tables


async def restarts(world: World) -> None:
    """The bot is down while it happens."""
    await world.stop()
    world.dana.is_restricted = True
    await world.start()


async def is_suspended(world: World) -> None:
    """The bot is told nothing of the workspace for a while."""
    world.app.slack.suspend(world.brand.id)
    world.dana.is_restricted = True
    await world.app.slack.probe()


async def loses_the_event(world: World) -> None:
    """Half a day later, the event that said so never came."""
    world.dana.is_restricted = True
    await world.pass_time(timedelta(hours=13))


@pytest.mark.case("1.1")
@pytest.mark.parametrize("happens", [restarts, is_suspended, loses_the_event])
async def test_who_lost_their_standing_while_nobody_heard_of_it_is_looked_up_and_decides_no_more(
    either_store: World, happens: Callable[[World], Awaitable[None]]
) -> None:
    world = either_store
    card = await world.send_request()
    await happens(world)
    await until(lambda: flags(world, world.dana).guest)
    await world.settle()
    await press(world, world.dana, card, "approve")
    assert (denials(world), held(world)) == (["guest"], set())
    await press(world, world.dov, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}, "who did not change goes on"


@pytest.mark.case("1.1")
@pytest.mark.covers("D10")
async def test_what_slack_said_more_than_a_day_ago_gives_no_power_until_slack_is_heard_again(
    either_store: World,
) -> None:
    world = either_store
    await world.settle()
    card = await world.send_request()
    world.slack.faults.http_error("users.info", times=10_000)
    world.clock.push(timedelta(hours=23))
    await world.app.ticks.sweep()
    await tried(world)
    await world.click(world.dana, card, "adjust")
    world.clock.push(timedelta(hours=2))
    await world.click(world.dana, card, "approve")
    await tried(world)
    assert (denials(world), held(world)) == (["unconfirmed"], set())
    assert "couldn't confirm with Slack" in world.told(world.dana)
    world.slack.faults.clear()
    await waits(world, 301)
    await world.settle()
    await press(world, world.dana, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.case("1.1")
async def test_what_was_said_while_no_socket_was_open_is_asked_for(town: World) -> None:
    await town.settle()
    town.dana.is_restricted = True
    for connection in list(town.slack.sockets.connections):
        await town.slack.sockets.disconnect(None, which=connection)
    await until(lambda: flags(town, town.dana).guest)


@pytest.mark.case("1.1")
async def test_what_slack_drops_while_a_workspace_is_limited_is_asked_for_at_once_and_when_it_is_over(
    either_way: World,
) -> None:
    world = either_way
    await world.settle()
    world.dana.is_restricted = True
    assert (await world.slack.drop_events(world.brand)).status == 200
    await until(lambda: flags(world, world.dana).guest)
    await world.settle()
    world.dov.is_restricted = True  # in the same minute, later
    asked = len(world.slack.calls_of("users.info"))
    await world.pass_time(timedelta(seconds=30))
    assert len(world.slack.calls_of("users.info")) == asked
    await world.pass_time(timedelta(seconds=31))
    assert flags(world, world.dov).guest
    again = len(world.slack.calls_of("users.info"))
    assert again == asked + len([one for one in world.rows(tables.Person) if one.team_id == world.brand.id])
    await world.pass_time(timedelta(minutes=5))
    assert len(world.slack.calls_of("users.info")) == again


@pytest.mark.case("1.1")
async def test_people_are_looked_up_once_and_not_at_every_step(town: World) -> None:
    await town.settle()
    before = len(town.slack.calls_of("users.info"))
    for _ in range(5):
        await town.pass_time(timedelta(minutes=61))
    assert len(town.slack.calls_of("users.info")) == before
    await town.pass_time(timedelta(hours=12))
    assert len(town.slack.calls_of("users.info")) == before + len(town.rows(tables.Membership))


@pytest.mark.case("10.2")
async def test_somebody_who_changes_their_name_in_slack_is_called_so_on_cards(town: World) -> None:
    card = await town.send_request()
    await press(town, town.dana, card, "approve")
    await town.slack.change_person(town.dana, real_name="Dana Dekel")
    await town.settle()
    assert flags(town, town.dana).name == "Dana Dekel"
    await town.pass_time(timedelta(minutes=11))
    assert "Dana Dekel" in read(card), "by the next change at the latest"


@pytest.mark.case("1.3")
async def test_somebody_whom_slack_lists_first_in_a_sister_workspace_is_at_home_here(
    either_way: World,
) -> None:
    world = either_way
    await in_an_organisation(world, "EACME")
    card = await world.send_request()
    await press(world, world.dana, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}
    assert not flags(world, world.dana).stranger


BY_THE_WORKSPACE = {"team": {"id": make.BRAND_TEAM, "enterprise_id": "EACME", "enterprise_name": "Acme"}}
BY_THE_ORGANISATION = {"team": None, "enterprise": {"id": "EACME"}, "is_enterprise_install": True}


@pytest.mark.case("1.3")
@pytest.mark.parametrize("person_of", ["EACME", "TSISTER"])
@pytest.mark.parametrize(
    "shape",
    [BY_THE_WORKSPACE | {"enterprise": None}, BY_THE_ORGANISATION],
    ids=["by the workspace", "by the organisation"],
)
async def test_however_slack_names_an_organisation_whose_who_presses_and_sends_is_at_home_in_the_workspace(
    town: World, shape: dict[str, Any], person_of: str
) -> None:
    """A person's `team_id` may be the organisation's id, and with its own installation `team` be null."""
    await in_an_organisation(town, "EACME")

    def shaped(payload: dict[str, Any]) -> dict[str, Any]:
        return payload | shape | {"user": payload["user"] | {"team_id": person_of}}

    card = await town.send_request()
    opened = town.slack.payload_click(town.dana, card, "decline")
    assert (await town.slack.send_payload(Kind.INTERACTIVE, shaped(opened))).ok
    await town.settle()
    form = modal(town, town.dana)
    await fills(town, town.dana, form, "note", "Not now")
    sent = town.slack.payload_submit(town.dana, form)
    assert (await town.slack.send_payload(Kind.INTERACTIVE, shaped(sent))).ok
    await town.settle()
    assert denials(town) == []
    assert [one.state for one in town.rows(tables.Request)] == ["DECLINED"]


@pytest.mark.covers("T17")
async def test_who_presses_from_a_partners_workspace_is_who_they_are_there_also_in_an_organisation(
    town: World,
) -> None:
    """As in a channel shared with partners: what Slack says of the card is not said of a guest."""
    await in_an_organisation(town, "EACME")
    card = await town.send_request()
    payload = town.slack.payload_click(town.dana, card, "approve")
    for shape in ({}, BY_THE_WORKSPACE):
        guest = {"user": payload["user"] | {"id": town.ann.id, "team_id": make.AGENCY_TEAM}}
        assert (await town.slack.send_payload(Kind.INTERACTIVE, payload | guest | shape)).ok
        await town.settle()
    (plain, in_organisation) = denials(town)
    assert (plain, held(town)) == (in_organisation, set())
    assert plain != "sister_workspace"


@pytest.mark.case("1.3")
async def test_who_comes_from_a_sister_workspace_and_is_known_nowhere_reads_why(either_way: World) -> None:
    world = either_way
    await in_an_organisation(world, "EACME")
    card = await world.send_request()
    visitor = world.slack.add_person(world.brand, "nia", user_id="UNIA", listed_as="TSISTER")
    world.slack.channel(card.channel_id).members.add(visitor.id)
    await press(world, visitor, card, "approve")
    assert (denials(world), held(world)) == (["sister_workspace"], set())
    assert "another workspace of your organisation" in world.told(visitor)


@pytest.mark.case("1.3")
@pytest.mark.parametrize("organisation", ["EACME", "EOTHER", None])
async def test_a_press_from_a_workspace_without_the_app_is_told_where_its_organisation_has_it(
    either_way: World, organisation: str | None
) -> None:
    world = either_way
    await in_an_organisation(world, "EACME")
    card = await world.send_request()
    payload = world.slack.payload_click(world.dana, card, "approve")
    payload["team"], payload["user"]["team_id"] = {"id": "TSISTER", "domain": "sister"}, "TSISTER"
    payload["enterprise"] = organisation and {"id": organisation}
    with unanswered(world.slack) if organisation != "EACME" else nullcontext():
        delivered = await world.slack.send_payload(Kind.INTERACTIVE, payload)
    await world.settle()
    assert held(world) == set()
    assert delivered.ok == (organisation == "EACME")
    if delivered.ok:
        said = world.told(world.dana)
        assert "isn't set up for this workspace of your organisation" in said
        assert world.brand.name in said


@pytest.mark.case("1.3")
async def test_only_the_organisation_of_our_own_installation_is_believed(town: World) -> None:
    await in_an_organisation(town, "EACME")
    card = await town.send_request()
    town.brand.enterprise_id = "EOTHER"  # which our installation knows nothing of
    await town.pass_time(timedelta(hours=13))
    assert flags(town, town.dana).stranger
    town.brand.enterprise_id = "EACME"
    await press(town, town.dana, card, "approve")
    assert (denials(town), held(town)) == (["outsider"], set())
    assert "another workspace" in town.told(town.dana)


async def in_an_organisation(world: World, organisation: str) -> None:
    """Have the brand's workspace belong to an organisation, in which Dana is listed in another one first."""
    await world.stop()
    world.brand.enterprise_id, world.dana.listed_as = organisation, "TSISTER"
    await world.start()
    await world.settle()


def flags(world: World, who: Person) -> tables.Person:
    """What the directory has kept of what Slack said."""
    (row,) = [row for row in world.rows(tables.Person) if row.user_id == who.id]
    assert row.team_id == make.BRAND_TEAM
    return row
