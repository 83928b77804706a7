from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from patience import hurrying
from world import Way, World, running, until

from bot.clock import PushedClock
from bot.errors import AlreadyDecided, Busy, StoreDown, Unconfirmed
from bot.sandbox.slack import Kind
from bot.slack.wire.inbound import Inbound
from bot.store import tables
from handlers.edge import Answer, Edge


@pytest.fixture
async def socket_world(sqlite_url: str, clock: PushedClock) -> AsyncIterator[World]:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock) as world:
        yield world


@contextmanager
def locked(world: World) -> Iterator[None]:
    """Another process holds the store."""
    path = Path(world.settings.database_url.removeprefix("sqlite:///"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with hurrying():
        yield
    other.execute("ROLLBACK")
    other.close()


def with_approve(world: World, error: Exception | None = None, *, seconds: float = 0) -> None:
    async def approve(_: Edge, __: Inbound) -> Answer:
        await asyncio.sleep(seconds)
        if error is not None:
            raise error
        return Answer()

    listeners = world.app.edge.listeners
    world.app.edge.listeners = replace(listeners, actions={**listeners.actions, "approve": approve})


# --- in words -------------------------------------------------------------------------------------


@pytest.mark.covers("F26", "F36")
async def test_a_store_that_is_held_by_another_makes_a_click_busy_within_the_budget(
    http_world: World,
) -> None:
    world = http_world
    card = await world.send_request()
    with locked(world):
        clicked = await world.click(world.dana, card, "approve")
    await world.settle()

    assert clicked.ok, "Slack had its answer in time"
    assert "nothing was changed" in world.told(world.dana)
    assert world.rows(tables.Request)[0].state == "PENDING"

    again = await world.click(world.dana, card, "approve")
    await world.settle()
    assert again.ok
    assert world.rows(tables.Request)[0].state == "APPROVED"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Busy("x"), "nothing was changed"),
        (StoreDown("x"), "nothing was changed"),
        (Unconfirmed("x"), "couldn't confirm"),
        (AlreadyDecided("x"), "couldn't confirm"),
        (RuntimeError("canary"), "wrong on my side"),
    ],
)
async def test_whatever_goes_wrong_is_told_truthfully_and_privately(
    world: World, error: Exception, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    card = await world.send_request()
    with_approve(world, error)
    clicked = await world.click(world.dana, card, "approve")
    await world.settle()

    assert clicked.ok
    told = world.told(world.dana)
    assert words in told
    assert "canary" not in told
    if isinstance(error, RuntimeError):
        (reference,) = re.findall(r"fault ([0-9a-f]{8})", caplog.text)
        assert reference in told


@pytest.mark.covers("F26")
async def test_a_handler_that_takes_too_long_is_cut_off_and_its_person_told(http_world: World) -> None:
    card = await http_world.send_request()
    with_approve(http_world, seconds=10)
    with hurrying():
        clicked = await http_world.click(http_world.dana, card, "approve")
        await http_world.settle()
    assert clicked.ok
    assert "couldn't confirm" in http_world.told(http_world.dana)


@pytest.mark.covers("F26")
async def test_a_form_sent_while_the_store_is_busy_keeps_what_was_typed(http_world: World) -> None:
    world = http_world
    await world.command(world.ann, "request act_1001 advertise,analyze for 30d from 10000000001")
    await world.settle()
    form = world.slack.top_view(world.ann)
    assert form is not None
    await world.slack.set_value(world.ann, form, "reason", "Spring")
    with locked(world):
        sent = await world.slack.submit(world.ann, form)
    assert sent.error == "invalid"
    assert "nothing was changed" in str(form.errors)
    sent = await world.slack.submit(world.ann, form)
    assert sent.ok, sent


@pytest.mark.covers("F25", "F26")
async def test_an_event_that_could_not_be_handled_is_not_acknowledged_so_slack_sends_it_again(
    http_world: World,
) -> None:
    world = http_world
    world.dana.deleted = True  # it is so: what an event says is looked up
    event = world.slack.payload_event(
        world.brand,
        {"type": "user_change", "user": {"id": world.dana.id, "team_id": "TBRAND", "deleted": True}},
    )
    with locked(world):
        assert (await world.slack.send_payload(Kind.EVENT, event)).status == 503
    again = await world.slack.send_payload(Kind.EVENT, event)
    assert again.status == 200
    twice = await world.slack.send_payload(Kind.EVENT, event)
    assert twice.status == 200
    assert [row.deactivated for row in world.rows(tables.Person) if row.user_id == world.dana.id] == [True]
    assert [row.kind for row in world.rows(tables.Event)].count("person.flags") == 1


async def test_where_the_app_may_not_write_the_answer_goes_by_the_response_url(world: World) -> None:
    card = await world.send_request()
    world.slack.faults.refuse("chat.postEphemeral", "not_in_channel")
    await world.click(world.vera, card, "approve")
    await world.settle()
    assert world.told(world.vera)
    assert len(world.slack.calls_of("response_url")) == 1


@pytest.mark.covers("T17")
async def test_an_unknown_workspace_in_a_shared_channel_is_refused_and_recorded(sqlite_url: str) -> None:
    def to_the_lobby(database: object) -> None:
        del database

    async with running(sqlite_url, brand={"channel_id": "CLOBBY"}, seed=to_the_lobby) as world:
        lobby = world.slack.add_channel(
            world.brand,
            "joint",
            members=[world.dana, world.abe],
            shared_with=[world.agency],
            channel_id="CLOBBY",
        )
        await world.command(world.ann, "request act_1001 advertise,analyze for 30d because Spring")
        await world.settle()
        card = world.card_in(lobby)
        assert card is not None
        clicked = await world.click(world.abe, card, "approve")
        await world.settle()

        assert clicked.ok, clicked
        assert world.told(world.abe)
        assert world.rows(tables.Request)[0].state == "PENDING"
        assert "denied" in [row.kind for row in world.rows(tables.Event)]


# --- after the ack --------------------------------------------------------------------------------


@pytest.mark.covers("F8")
async def test_stopping_waits_for_what_follows_an_ack(sqlite_url: str) -> None:
    async with running(sqlite_url) as world:
        gate = world.slack.faults.hang("views.open")
        assert (await world.command(world.ann, "request")).ok
        await gate.reached()
        draining = asyncio.create_task(world.app.edge.follow_ups.drain(seconds=5))
        done, _ = await asyncio.wait([draining], timeout=0.05)
        assert not done
        gate.release()
        await draining
        assert world.slack.top_view(world.ann) is not None
        assert not world.app.edge.follow_ups.is_busy


@pytest.mark.covers("F8")
async def test_stopping_gives_up_on_what_never_ends(sqlite_url: str) -> None:
    async with running(sqlite_url) as world:
        gate = world.slack.faults.hang("views.open")
        await world.command(world.ann, "request")
        await gate.reached()
        await world.app.edge.follow_ups.drain(seconds=0.05)
        assert not world.app.edge.follow_ups.is_busy


@pytest.mark.covers("F12")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_form_opens_once_though_slack_hung_up_on_the_first_try(
    http_world: World,
    after: bool,  # noqa: FBT001 - a case
) -> None:
    """A connection that was idle is often gone by the time it is used; nobody has to type again for that."""
    http_world.slack.faults.drop("views.open", after=after)
    await http_world.command(http_world.ann, "request")
    await http_world.settle()
    assert http_world.slack.top_view(http_world.ann) is not None
    assert len(http_world.slack.calls_of("views.open")) == 2
    assert not http_world.told(http_world.ann)


async def test_a_form_that_slack_drops_twice_is_said(http_world: World) -> None:
    for _ in range(2):
        http_world.slack.faults.drop("views.open", after=False)
    await http_world.command(http_world.ann, "request")
    await http_world.settle()
    assert "try again" in http_world.told(http_world.ann)


async def test_a_form_that_cannot_be_opened_is_said(http_world: World) -> None:
    http_world.slack.faults.refuse("views.open", "expired_trigger_id")
    await http_world.command(http_world.ann, "request")
    await http_world.settle()
    assert "try again" in http_world.told(http_world.ann)


async def test_a_form_that_nothing_came_with_to_open_it_is_said_without_asking_slack(
    http_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    payload = http_world.slack.payload_command(http_world.ann, http_world.agency_room, "/access", "request")
    assert (await http_world.slack.send_payload(Kind.COMMAND, payload | {"trigger_id": ""})).ok
    await http_world.settle()
    assert "try again" in http_world.told(http_world.ann)
    assert not [call for call in http_world.slack.calls if call.method == "views.open"]
    assert "fault" not in caplog.text


# --- sockets --------------------------------------------------------------------------------------


@pytest.mark.covers("F24")
async def test_two_sockets_are_open_and_one_covers_for_the_other(socket_world: World) -> None:
    world = socket_world
    card = await world.send_request()
    await world.slack.connected(2)
    await world.slack.sockets.disconnect(None)

    clicked = await world.click(world.dana, card, "approve")
    await world.settle()

    assert clicked.ok, clicked
    assert world.rows(tables.Request)[0].state == "APPROVED"


@pytest.mark.covers("F24")
@pytest.mark.parametrize("reason", ["refresh_requested", "warning", "too_many_websockets"])
async def test_a_socket_that_is_sent_away_comes_back(socket_world: World, reason: str) -> None:
    world = socket_world
    await world.slack.connected(2)
    before = {one.number for one in world.slack.sockets.connections}
    await world.slack.sockets.disconnect(reason)
    await until(
        lambda: len([one for one in world.slack.sockets.connections if one.number not in before]) == 1
    )
    assert (await world.command(world.ann, "help")).ok


@pytest.mark.covers("F23")
async def test_the_same_envelope_down_both_sockets_counts_once(socket_world: World) -> None:
    world = socket_world
    card = await world.send_request()
    await world.slack.connected(2)
    await world.click(world.dana, card, "approve")
    for connection in list(world.slack.sockets.connections):
        (again,) = await world.slack.redeliver(connection=connection)
        assert again.ok
    await world.settle()
    assert len(world.rows(tables.Grant)) == 1
    assert "denied" not in [row.kind for row in world.rows(tables.Event)]


# --- the clock ------------------------------------------------------------------------------------


async def test_a_pushed_clock_sweeps_at_once(http_world: World) -> None:
    await http_world.send_request()
    http_world.clock.push(timedelta(days=15))
    await until(lambda: http_world.rows(tables.Request)[0].state == "EXPIRED")


async def test_keys_that_cannot_come_again_are_forgotten(http_world: World) -> None:
    await http_world.send_request()
    assert http_world.rows(tables.InboxRow)
    http_world.clock.push_real(timedelta(minutes=11))
    await http_world.app.ticks.forget()
    assert not http_world.rows(tables.InboxRow)
