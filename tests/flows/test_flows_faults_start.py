"""Slack cannot be reached at the start, or stops the bot for a while: it is asked again, people are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from flow_steps import held, press
from patience import unanswered
from world import Way, World, running, until

from bot.app import build
from bot.clock import PushedClock
from bot.errors import Misconfigured
from bot.sandbox.slack import Delivered, Kind
from bot.sandbox.slack.faults import Faults
from bot.store import tables
from handlers import slack_socket

ASKED = "auth.test"
HICCUPS: dict[str, Callable[..., None]] = {
    "503": lambda faults, **where: Faults.http_error(faults, ASKED, status=503, **where),
    "429": lambda faults, **where: Faults.rate_limit(faults, ASKED, retry_after="1", **where),
    # twice: on a connection that was used before, a read is sent once more
    "dropped": lambda faults, **where: Faults.drop(faults, ASKED, times=2, **where),
    "migrating": lambda faults, **where: Faults.refuse(faults, ASKED, "team_added_to_org", **where),
}


async def health(world: World, path: str = "/healthz") -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return await client.get(f"{world.app.url}{path}")


async def becomes_a_guest(world: World) -> Delivered:
    """Have Slack say that Dana was made a guest."""
    world.dana.is_restricted = True  # it is so: what an event says is looked up
    user = {"id": world.dana.id, "team_id": world.brand.id, "is_restricted": True}
    payload = world.slack.payload_event(world.brand, {"type": "user_change", "user": user})
    return await world.slack.send_payload(Kind.EVENT, payload)


async def becomes_a_guest_unheard(world: World) -> None:
    """The same, and it is not taken."""
    with unanswered(world.slack):
        assert not (await becomes_a_guest(world)).ok


def is_a_guest(world: World) -> bool:
    (dana,) = [one for one in world.rows(tables.Person) if one.user_id == world.dana.id]
    return bool(dana.guest)


@pytest.mark.case("6.1")
@pytest.mark.parametrize("hiccup", HICCUPS.values(), ids=HICCUPS)
async def test_a_workspace_that_cannot_be_asked_for_at_the_start_is_served_as_soon_as_it_can(
    either_way: World, hiccup: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    world = either_way
    card = await world.send_request()
    await world.stop()
    hiccup(world.slack.faults, team_id=world.brand.id)
    await world.start()
    assert world.app.slack.teams == {world.agency.id}
    assert "it is asked again" in caplog.text
    assert world.brand.bot_token not in caplog.text
    answer = await health(world)
    assert (answer.status_code, answer.json()["slack"]) == (200, "1 of 2 workspaces cannot be reached")

    assert "can't reach this workspace" in str((await world.command(world.dana, "help")).body)
    assert (await world.click(world.dana, card, "approve")).ok
    await world.settle()
    assert "can't reach this workspace" in world.told(world.dana)
    assert held(world) == set()
    await becomes_a_guest_unheard(world)
    assert not is_a_guest(world)

    world.clock.push_real(timedelta(seconds=15))
    await world.app.slack.probe()
    assert world.app.slack.teams == {world.agency.id, world.brand.id}
    assert (await health(world)).json()["slack"] == "well"
    await press(world, world.dana, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.case("6.1")
@pytest.mark.covers("F17")
async def test_a_token_that_is_refused_at_the_start_is_asked_about_again(town: World) -> None:
    await town.stop()
    await town.slack.revoke_token(town.brand)
    await town.start()
    for _ in range(2):
        await town.app.slack.probe()
        assert town.app.slack.teams == {town.agency.id}
    assert (await health(town)).json()["slack"] == "well", "whose it is nobody knows"

    town.slack.restore_token(town.brand)
    await town.app.slack.probe()

    assert town.app.slack.teams == {town.agency.id, town.brand.id}
    await town.settle()
    await press(town, town.dana, await town.send_request(), "approve")
    assert held(town) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.case("6.1")
async def test_where_no_workspace_can_be_asked_for_it_starts_all_the_same(town: World) -> None:
    await town.stop()
    town.slack.faults.http_error(ASKED, status=503, times=2)
    await town.start()
    assert town.app.slack.teams == frozenset()
    assert [(await health(town, path)).status_code for path in ("/healthz", "/readyz")] == [200, 503]
    assert "can't reach this workspace" in str((await town.command(town.ann, "help")).body)
    await town.app.slack.probe()
    assert town.app.slack.teams == {town.agency.id, town.brand.id}
    assert (await health(town, "/readyz")).status_code == 200
    await town.send_request()


async def test_slack_is_asked_about_all_tokens_at_once(town: World) -> None:
    await town.stop()
    gates = [town.slack.faults.hang(ASKED, team_id=one.id) for one in (town.agency, town.brand)]
    starting = asyncio.create_task(town.start())
    for gate in gates:
        await gate.reached()
    for gate in gates:
        gate.release()
    await starting
    assert town.app.slack.teams == {town.agency.id, town.brand.id}


async def test_metrics_count_what_was_handled_and_what_waits_without_a_name(town: World) -> None:
    await town.stop()
    town.settings = town.settings.model_copy(update={"metrics": True})
    await town.start()
    await town.send_request()
    said = (await health(town, "/metrics")).text
    figures = dict(line.rsplit(" ", 1) for line in said.splitlines() if not line.startswith("#"))
    assert float(figures['countersign_handled_total{kind="command",status="200"}']) == 1
    assert float(figures['countersign_handled_seconds_count{kind="command"}']) == 1
    assert float(figures["countersign_open_requests"]) == 1
    assert float(figures['countersign_due{kind="UPDATE_CARD"}']) == 0
    for kept in (town.town.dana.id, town.brand.id, "Acme", "Northwind"):
        assert kept not in said


@pytest.mark.case("6.1")
async def test_a_refusal_after_a_hiccup_is_final(town: World) -> None:
    await town.stop()
    town.slack.faults.http_error(ASKED, status=503, team_id=town.brand.id)
    await town.start()
    await town.slack.revoke_token(town.brand)
    await town.app.slack.probe()
    assert "isn't set up" in str((await town.command(town.dana, "help")).body)
    assert (await health(town)).json()["slack"] == "well"
    town.slack.restore_token(town.brand)


@pytest.mark.case("6.1")
async def test_a_socket_that_cannot_be_opened_at_the_start_is_tried_again(
    town: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(slack_socket, "PING_SECONDS", 0.2)
    await town.stop()
    town.slack.faults.http_error("apps.connections.open", status=503, times=1000)
    async with build(town.settings, clock=town.clock) as town.app:
        assert "no socket can be opened yet" in caplog.text
        assert (await health(town)).json()["sockets"] == "none is open"
        town.slack.faults.clear()
        await town.slack.connected(1)
        assert (await health(town)).json()["sockets"] == "well"
        await town.send_request()
    await town.start()


@pytest.mark.case("6.1")
async def test_an_app_token_that_slack_refuses_is_named(sqlite_url: str, clock: PushedClock) -> None:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock) as world:
        await world.stop()
        world.slack.faults.refuse("apps.connections.open", "invalid_auth")
        with pytest.raises(Misconfigured, match=r"\ACOUNTERSIGN_APP_TOKEN: Slack .* invalid_auth\Z"):
            await world.start()


@pytest.mark.case("1.2")
async def test_what_happens_while_a_workspace_is_suspended_is_brought_again(either_way: World) -> None:
    world = either_way
    card = await world.send_request()
    await world.slack.revoke_token(world.brand, tell=True)
    await becomes_a_guest_unheard(world)
    missed = world.slack.deliveries[-1]
    assert "can't reach this workspace" in str((await world.command(world.dana, "help")).body)

    world.slack.restore_token(world.brand)
    await world.app.slack.probe()
    (again,) = await world.slack.redeliver(missed, retry=True)
    assert again.ok
    assert is_a_guest(world)
    await press(world, world.dana, card, "approve")
    assert held(world) == set()
    await press(world, world.dov, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.case("6.2")
async def test_a_click_whose_decision_would_be_lost_with_its_file_is_not_confirmed(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock) as world:
        card = await world.send_request()
        path = sqlite_url.removeprefix("sqlite:///")
        await asyncio.to_thread(Path(path).rename, f"{path}.old")
        await world.click(world.dana, card, "approve")
        await until(lambda: world.told(world.dana))
        assert "nothing was changed" in world.told(world.dana)
        assert (await health(world)).status_code == 503


@pytest.mark.case("1.2")
async def test_a_click_while_a_workspace_is_suspended_does_nothing_and_is_answered(either_way: World) -> None:
    world = either_way
    card = await world.send_request()
    await world.slack.revoke_token(world.brand, tell=True)
    assert (await world.click(world.dana, card, "approve")).ok
    await world.settle()
    assert "can't reach this workspace" in world.told(world.dana)
    assert held(world) == set()
