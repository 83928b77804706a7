"""What breaks on the way in: sockets that go, events that come again, names that lead nowhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fault_steps import asks, post_of, posted, stalled, waits
from flow_steps import check, events, held, modal, press, read
from world import Way, World, running, until

from bot import app
from bot.clock import PushedClock
from bot.sandbox.slack import Connection, Kind
from bot.store.tables import EffectState
from handlers import slack_socket


@pytest.fixture
async def sockets(
    request: pytest.FixtureRequest, sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """The whole bot with a local Slack, over two sockets, that are looked after every few seconds."""
    monkeypatch.setattr(app, "STAGGER_SECONDS", 0.1)
    monkeypatch.setattr(slack_socket, "PING_SECONDS", getattr(request, "param", slack_socket.PING_SECONDS))
    async with running(sqlite_url, way=Way.SOCKET, clock=clock) as world:
        await world.slack.connected(2)
        yield world
        check(world)


looked_after_often = pytest.mark.parametrize("sockets", [0.5], indirect=True, ids=[""])


async def replaced(world: World, gone: Connection) -> None:
    """Wait until there are two sockets again, and one of them is not any more."""
    await until(lambda: gone not in world.slack.sockets.connections, seconds=10)
    await world.slack.connected(2, seconds=10)


# --- sockets ------------------------------------------------------------------------------------------


@pytest.mark.covers("F24")
@pytest.mark.parametrize("reason", ["refresh_requested", "warning", "too_many_websockets", None])
async def test_a_socket_that_goes_in_the_middle_of_a_click_loses_nothing(
    sockets: World, reason: str | None
) -> None:
    world = sockets
    card = await world.send_request()
    first = world.slack.sockets.connections[0]
    world.slack.sockets.pick = lambda _: first
    if reason is None:  # who is cut off without a word may not bring the answer any more
        world.slack.ack_seconds = 0.5

    with stalled(world):
        click = asyncio.create_task(world.click(world.dana, card, "approve"))
        await until(lambda: world.slack.deliveries[-1].payload.get("type") == "block_actions")
        await world.slack.sockets.disconnect(reason, which=first)
        if reason is not None:
            await replaced(world, first)
    delivered = await click
    await world.settle()

    assert delivered.ok or reason is None, delivered
    assert held(world) == {"ADVERTISE", "ANALYZE"}
    assert len(events(world, "request.approved")) == 1
    world.slack.sockets.pick = lambda connections: connections[-1]
    world.slack.ack_seconds = 30.0
    await press(world, world.dov, card, "details")
    assert "Approved by Dana" in read(modal(world, world.dov))


@pytest.mark.covers("F24")
async def test_a_second_socket_is_opened_only_after_the_first(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "STAGGER_SECONDS", 3600)
    async with running(sqlite_url, way=Way.SOCKET, clock=clock) as world:
        await world.send_request()
        assert len(world.slack.calls_of("apps.connections.open")) == world.slack.sockets.count == 1


@pytest.mark.covers("F24")
@looked_after_often
async def test_sockets_that_slack_would_not_open_for_a_while_are_opened_at_a_new_address(
    sockets: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sockets
    card = await world.send_request()
    monkeypatch.setattr(slack_socket, "ADDRESS_SECONDS", 1.0)
    world.slack.sockets.refuse = True
    requested = len(world.slack.calls_of("apps.connections.open"))
    for one in list(world.slack.sockets.connections):
        await world.slack.sockets.disconnect(None, which=one)
    assert not (await world.click(world.dana, card, "approve")).ok
    # Each asks for an address; that is spent at the first try, and no use however often it is tried.
    await until(lambda: len(world.slack.calls_of("apps.connections.open")) >= requested + 4, seconds=10)
    assert held(world) == set()

    world.slack.sockets.refuse = False
    await world.slack.connected(2, seconds=15)
    await press(world, world.dana, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.covers("F24")
async def test_where_no_socket_lasts_they_are_opened_more_and_more_seldom(sockets: World) -> None:
    world = sockets
    world.slack.sockets.drop = True
    opened = len(world.slack.calls_of("apps.connections.open"))
    began = time.monotonic()
    for one in list(world.slack.sockets.connections):
        await world.slack.sockets.disconnect("refresh_requested", which=one)
    await until(lambda: len(world.slack.calls_of("apps.connections.open")) >= opened + 6, seconds=10)
    assert time.monotonic() - began > 0.9, "of each the first two may follow at once, the third waits"
    world.slack.sockets.drop = False
    await world.slack.connected(2, seconds=15)


@pytest.mark.parametrize(("short", "seconds"), [(0, 0), (1, 0), (2, 1), (3, 2), (6, 16), (7, 30), (5000, 30)])
def test_the_pause_before_a_socket_grows_with_how_many_did_not_last(short: int, seconds: float) -> None:
    assert slack_socket.pause_after(short) == seconds


@looked_after_often
async def test_a_socket_from_which_nothing_comes_any_more_is_replaced(sockets: World) -> None:
    world = sockets
    card = await world.send_request()
    world.slack.sockets.stall(world.slack.sockets.connections[0])

    await until(lambda: world.slack.sockets.count == 3, seconds=10)
    world.slack.sockets.pick = lambda connections: connections[-1]
    await press(world, world.dana, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}


# --- events -------------------------------------------------------------------------------------------


@pytest.mark.covers("F25")
async def test_events_that_come_again_late_and_out_of_order_change_nothing_any_more(
    either_way: World,
) -> None:
    world = either_way
    card = await world.send_request()
    for restricted in (True, False, True, False):
        await world.slack.change_person(world.dana, is_restricted=restricted)
        await world.settle()
    sent = [
        one for one in world.slack.deliveries if one.payload.get("event", {}).get("type") == "user_change"
    ]
    assert len(sent) == 4
    assert len(events(world, "person.flags")) == 4

    for later in (timedelta(0), timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=2)):
        world.clock.push_real(later)
        await world.app.ticks.forget()
        for one in reversed(sent):
            assert (await world.slack.redeliver(one, retry=True))[0].ok
        await world.settle()

    assert len(events(world, "person.flags")) == 4, "no event was taken twice"
    await press(world, world.dana, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.covers("F25")
async def test_an_event_that_first_comes_when_it_is_long_over_is_judged_by_what_is_true_now(
    town: World,
) -> None:
    card = await town.send_request()
    gone = {"type": "user_change", "user": {"id": town.dana.id, "team_id": town.brand.id, "deleted": True}}
    late = town.slack.payload_event(town.brand, gone)  # she was let in again since
    town.clock.push_real(timedelta(hours=2))

    assert (await town.slack.send_payload(Kind.EVENT, late)).ok
    await town.settle()

    await press(town, town.dana, card, "approve")
    assert held(town) == {"ADVERTISE", "ANALYZE"}


# --- Slack's address ----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["http://slack.invalid/api/", "http://127.0.0.1:9/api/"])
async def test_what_never_left_is_sent_without_being_looked_for(town: World, address: str) -> None:
    client = town.app.slack.find(town.brand.id).client
    there = client.base_url
    client.base_url = address  # no such name, or nobody there

    await asks(town)
    assert (post_of(town).state, post_of(town).marked_at) == (EffectState.WAITING, None)
    client.base_url = there
    await waits(town, 3)

    (card,) = posted(town)
    assert town.slack.calls_of("conversations.history") == []
    await press(town, town.dana, card, "approve")
    assert held(town) == {"ADVERTISE", "ANALYZE"}
