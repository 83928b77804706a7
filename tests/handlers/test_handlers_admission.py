from __future__ import annotations

import pytest
from wire import Wire
from world import World

from bot.errors import StoreDown
from bot.sandbox.slack import Kind
from bot.store import tables
from handlers import health


async def test_slacks_own_checks_are_answered(wire: Wire) -> None:
    answer = await wire.post(b'{"type":"url_verification","challenge":"abc"}')
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})
    assert (await wire.post(b"ssl_check=1&token=x")).status_code == 200


@pytest.mark.covers("T16")
async def test_a_command_from_an_unknown_workspace_is_told_so(http_world: World) -> None:
    world = http_world
    payload = world.slack.payload_command(world.ann, world.agency_room, "/access", "help")
    payload["team_id"] = "TOTHER"

    delivered = await world.slack.send_payload(Kind.COMMAND, payload)

    assert delivered.ok
    assert "isn't set up" in delivered.body["text"]


async def test_an_event_from_an_unknown_workspace_is_taken_and_forgotten(http_world: World) -> None:
    world = http_world
    payload = world.slack.payload_event(world.brand, {"type": "user_change", "user": {"id": "UDANA"}})
    delivered = await world.slack.send_payload(Kind.EVENT, payload | {"team_id": "TOTHER"})
    assert delivered.status == 200


@pytest.mark.covers("F26")
async def test_what_comes_from_a_workspace_that_is_not_known_while_the_store_is_down_is_asked_for_again(
    http_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world = http_world
    command = world.slack.payload_command(world.ann, world.agency_room, "/access", "help")
    event = world.slack.payload_event(world.brand, {"type": "user_change", "user": {"id": "UDANA"}})
    elsewhere = {"team_id": "TOTHER"}

    async def down(*_: object, **__: object) -> None:
        raise StoreDown("its server is gone")

    with monkeypatch.context() as trouble:
        trouble.setattr(world.database, "read", down)
        told = await world.slack.send_payload(Kind.COMMAND, command | elsewhere)
        brought_again = await world.slack.send_payload(Kind.EVENT, event | elsewhere)
        of_another_app = await world.slack.send_payload(
            Kind.EVENT, event | elsewhere | {"api_app_id": "AOTHER"}
        )
    assert "try again" in told.body["text"]
    assert (brought_again.status, of_another_app.status) == (503, 401)
    assert not [one for one in caplog.records if one.exc_info and one.name != "handlers.ticks"]

    known = await world.slack.send_payload(Kind.COMMAND, command | elsewhere)
    assert "isn't set up" in known.body["text"], "it is looked for again at once"


async def test_a_command_delivered_twice_makes_one_request(world: World) -> None:
    await world.send_request()
    again = await world.slack.redeliver()
    await world.settle()
    assert again[0].ok
    assert len(world.rows(tables.Request)) == 1


async def test_an_unknown_button_is_answered_clearly(world: World) -> None:
    card = await world.send_request()
    payload = world.slack.payload_click(world.dana, card, "approve")
    payload["actions"][0]["action_id"] = "launch_missiles"

    delivered = await world.slack.send_payload(Kind.INTERACTIVE, payload)
    await world.settle()

    assert delivered.ok
    assert "older message" in world.told(world.dana)


async def test_an_unknown_shortcut_command_and_modal_are_acknowledged(world: World) -> None:
    await world.send_request()
    who = {"id": world.dana.id, "team_id": world.brand.id}
    around = {
        "api_app_id": world.slack.app.id,
        "team": {"id": world.brand.id},
        "user": who,
        "trigger_id": "1.2",
    }
    for body in (
        {"type": "shortcut", "callback_id": "nothing"},
        {"type": "message_action", "callback_id": "nothing"},
        {"type": "view_submission", "view": {"callback_id": "nothing", "blocks": []}},
        {"type": "view_closed", "view": {"callback_id": "details"}},
    ):
        delivered = await world.slack.send_payload(Kind.INTERACTIVE, {**around, **body})
        assert delivered.status == 200, body
    command = world.slack.payload_command(world.ann, world.agency_room, "/access")
    delivered = await world.slack.send_payload(Kind.COMMAND, command | {"command": "/other"})
    assert "older message" in str(delivered.body)
    suggested = {"type": "block_suggestion", "action_id": "nothing", "value": "x"}
    delivered = await world.slack.send_payload(Kind.OPTIONS, {**around, **suggested})
    assert (delivered.status, delivered.body) == (200, {"options": []})
    await world.settle()


async def test_health_is_answered_without_a_signature(wire: Wire, http_world: World) -> None:
    answer = await wire.client.get(f"{http_world.app.url}/healthz")
    assert (answer.status_code, answer.json()) == (200, {"store": "well", "worker": "well", "slack": "well"})
    assert (await wire.client.get(f"{http_world.app.url}/metrics")).status_code == 404, (
        "unless it is asked for"
    )


@pytest.mark.covers("F8")
async def test_a_store_that_does_not_answer_in_time_is_down(
    wire: Wire, http_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_ANSWER_SECONDS", 0.0)
    for path in ("healthz", "readyz"):
        answer = await wire.client.get(f"{http_world.app.url}/{path}")
        assert (answer.status_code, answer.json()["store"]) == (503, "down")
