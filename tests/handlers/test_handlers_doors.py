from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from wire import Wire
from world import World

from bot.sandbox.slack.delivery import Kind
from bot.store import tables

COMMAND = urlencode({"command": "/access", "text": "help"}).encode()
TAKEN = b"ssl_check=1&token=x"  # answered with 200, whatever else there is, if it is signed
JUNK: tuple[Any, ...] = (None, 5, -1.5, True, "", "x" * 5000, [], [1], {}, {"id": []}, "\u202e<!channel>")


# --- who may speak --------------------------------------------------------------------------------


@pytest.mark.covers("T2")
async def test_what_is_not_signed_is_refused_on_every_slack_route(wire: Wire, http_world: World) -> None:
    for path in ("/slack/events", "/slack/", "/slack/other", "/slack/events?ssl_check=1"):
        for body in (
            b"",
            b"{}",
            COMMAND,
            b"ssl_check=1&token=x",
            b'{"type":"url_verification","challenge":"x"}',
        ):
            answer = await wire.post(body, {}, url=http_world.app.url + path)
            assert answer.status_code == 401, (path, body)


@pytest.mark.covers("T1", "T4")
@pytest.mark.parametrize(
    ("secret", "at"),
    [
        ("", None),
        ("wrong", None),
        (None, ""),
        (None, "x"),
        (None, "1e9"),
        (None, "-5"),
        (None, "٣٣"),
        (None, "99999999999999"),
        (None, "0"),
    ],
)
async def test_a_signature_of_another_secret_or_an_odd_time_is_refused(
    wire: Wire, secret: str | None, at: str | None
) -> None:
    headers = [(name, value.encode()) for name, value in wire.headers(TAKEN, secret=secret, at=at)]
    assert (await wire.post(TAKEN, headers)).status_code == 401  # type: ignore[arg-type]


@pytest.mark.covers("T3")
@pytest.mark.parametrize(("seconds", "status"), [(-299, 200), (-301, 401), (301, 401)])
async def test_a_signature_lives_five_minutes(
    wire: Wire, http_world: World, seconds: int, status: int
) -> None:
    at = str(int(http_world.clock.real().timestamp()) + seconds)
    assert (await wire.post(b"ssl_check=1", wire.headers(b"ssl_check=1", at=at))).status_code == status


@pytest.mark.covers("T4")
async def test_headers_that_come_twice_or_not_at_all_are_refused(wire: Wire) -> None:
    signed = wire.headers(TAKEN)
    assert (await wire.post(TAKEN, signed)).status_code == 200
    for headers in (signed + signed[1:2], signed + signed[2:], signed[:2], [signed[0], signed[2]]):
        assert (await wire.post(TAKEN, headers)).status_code == 401


async def test_a_body_that_was_changed_is_refused(wire: Wire) -> None:
    assert (await wire.post(TAKEN + b"&x=1", wire.headers(TAKEN))).status_code == 401


@pytest.mark.covers("T4")
async def test_a_long_body_is_refused_before_it_is_checked(wire: Wire) -> None:
    assert (await wire.post(b"a" * 1_000_001)).status_code == 413


@pytest.mark.covers("T29")
async def test_refused_requests_leave_nothing_of_theirs_in_the_log(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    await wire.post(b"payload=\r\ncanary" + b"a" * 1000, {})
    assert "not signed" in caplog.text
    assert "canary" not in caplog.text


async def test_slacks_own_checks_are_answered(wire: Wire) -> None:
    answer = await wire.post(b'{"type":"url_verification","challenge":"abc"}')
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})
    assert (await wire.post(b"ssl_check=1&token=x")).status_code == 200


# --- odd shapes -----------------------------------------------------------------------------------


@pytest.mark.covers("T4")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b"5",
        b"{}",
        b"payload=",
        b"payload=%5B%5D",
        b"payload=%ff",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"payload=" + b"%5B" * 50_000,
        b"&".join(b"a=1" for _ in range(1000)),
        b'{"type":"block_actions"}',
        b'{"type":["block_actions"]}',
        b'{"type":"event_callback","event":null}',
        b'{"type":"dialog_submission","callback_id":"x"}',
        b'{"command":[]}',
    ],
)
async def test_a_signed_body_of_an_odd_shape_is_refused_and_breaks_nothing(wire: Wire, body: bytes) -> None:
    assert (await wire.post(body)).status_code == 401


async def test_every_field_of_every_payload_may_be_junk(
    http_world: World, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    world = http_world
    for kind, payload in await _payloads(world):
        for mutant in _mutants(payload):
            if kind is Kind.EVENT:
                body = json.dumps(mutant).encode()
            elif kind is Kind.COMMAND:
                body = urlencode({name: str(value) for name, value in mutant.items()}).encode()
            else:
                body = urlencode({"payload": json.dumps(mutant)}).encode()
            answer = await wire.post(body)
            assert answer.status_code in (200, 401), (kind, mutant, answer.status_code)
            assert "Traceback" not in caplog.text, mutant
            caplog.clear()
    await world.settle()


async def _payloads(world: World) -> list[tuple[Kind, dict[str, Any]]]:
    card = await world.ask()
    await world.click(world.dana, card, "decline")
    await world.settle()
    form = world.slack.top_view(world.dana)
    assert form is not None
    await world.command(world.ann, "request")
    await world.settle()
    requesting = world.slack.top_view(world.ann)
    assert requesting is not None
    slack = world.slack
    return [
        (Kind.COMMAND, slack.payload_command(world.vera, world.brand_room, "/access", "list")),
        (Kind.INTERACTIVE, slack.payload_click(world.vera, card, "approve")),
        (
            Kind.INTERACTIVE,
            slack.payload_submit(world.dana, form) | {"user": {"id": "U1", "team_id": "TBRAND"}},
        ),
        (Kind.OPTIONS, slack.payload_suggest(world.ann, requesting, "owner", "bra")),
        (Kind.EVENT, slack.payload_event(world.brand, {"type": "user_change", "user": {"id": "UX"}})),
    ]


def _mutants(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The payload with each of its fields replaced by some kinds of junk, or taken out; three levels deep."""
    for number, path in enumerate(_paths(payload, 3)):
        for junk in (*JUNK[number % 4 :: 4], KeyError):
            mutant = copy.deepcopy(payload)
            at: Any = mutant
            for step in path[:-1]:
                at = at[step]
            if junk is KeyError:
                del at[path[-1]]
            else:
                at[path[-1]] = junk
            yield mutant


def _paths(value: Any, depth: int) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield (name,)
        if depth > 1:
            yield from ((name, *rest) for rest in _paths(part, depth - 1))


# --- for whom, and from where ---------------------------------------------------------------------


@pytest.mark.covers("T16", "T27")
@pytest.mark.parametrize("wrong", ["app", "team", "no user team"])
async def test_what_is_for_another_app_or_from_an_unknown_workspace_changes_nothing(
    http_world: World, wrong: str
) -> None:
    world = http_world
    card = await world.ask()
    payload = world.slack.payload_click(world.dana, card, "approve")
    if wrong == "app":
        payload["api_app_id"] = "A0OTHER"
    elif wrong == "team":
        payload["team"]["id"] = "TOTHER"
    else:
        del payload["user"]["team_id"]

    delivered = await world.slack.send_payload(Kind.INTERACTIVE, payload)

    assert delivered.status == 401
    assert world.rows(tables.Request)[0].state == "PENDING"


@pytest.mark.covers("T16")
async def test_a_command_from_an_unknown_workspace_is_told_so(http_world: World) -> None:
    world = http_world
    payload = world.slack.payload_command(world.ann, world.agency_room, "/access", "help")
    payload["team_id"] = "TOTHER"

    delivered = await world.slack.send_payload(Kind.COMMAND, payload)

    assert delivered.ok
    assert "not set up" in delivered.body["text"]


async def test_an_event_from_an_unknown_workspace_is_taken_and_forgotten(http_world: World) -> None:
    world = http_world
    payload = world.slack.payload_event(world.brand, {"type": "user_change", "user": {"id": "UDANA"}})
    delivered = await world.slack.send_payload(Kind.EVENT, payload | {"team_id": "TOTHER"})
    assert delivered.status == 200


@pytest.mark.covers("T17")
async def test_the_person_is_who_the_payloads_user_says_whatever_the_team_around_it(world: World) -> None:
    card = await world.ask()
    payload = world.slack.payload_click(world.dana, card, "approve")
    payload["user"]["team_id"] = world.agency.id  # Slack Connect: the message is ours, the person is not

    await world.slack.send_payload(Kind.INTERACTIVE, payload)
    await world.settle()

    assert world.rows(tables.Request)[0].state == "PENDING"
    assert "denied" in [row.kind for row in world.rows(tables.Event)]


# --- once -----------------------------------------------------------------------------------------


@pytest.mark.covers("T3")
async def test_the_same_delivery_twice_has_the_effect_of_one_and_the_same_answer(world: World) -> None:
    card = await world.ask()
    await world.click(world.dana, card, "approve")
    await world.settle()
    first = world.told(world.dana)
    world.slack.ephemerals(world.dana).clear()

    again = await world.slack.redeliver(times=3)
    await world.settle()

    assert all(one.ok for one in again)
    assert world.told(world.dana) == first
    assert len(world.rows(tables.Grant)) == 1
    assert [row.kind for row in world.rows(tables.Event)].count("request.approved") == 1
    assert "denied" not in [row.kind for row in world.rows(tables.Event)]


async def test_a_command_delivered_twice_asks_once(world: World) -> None:
    await world.ask()
    again = await world.slack.redeliver()
    await world.settle()
    assert again[0].ok
    assert len(world.rows(tables.Request)) == 1


# --- what we do not know --------------------------------------------------------------------------


async def test_an_unknown_button_is_answered_clearly(world: World) -> None:
    card = await world.ask()
    payload = world.slack.payload_click(world.dana, card, "approve")
    payload["actions"][0]["action_id"] = "launch_missiles"

    delivered = await world.slack.send_payload(Kind.INTERACTIVE, payload)
    await world.settle()

    assert delivered.ok
    assert "does not know" in world.told(world.dana)


@pytest.mark.covers("T11")
@pytest.mark.parametrize(
    "value", ["", "{}", "5", '{"r":"1","v":true}', '{"r":"' + "9" * 30 + '","v":1}', None]
)
async def test_a_buttons_value_that_is_not_ours_is_answered_clearly(http_world: World, value: str) -> None:
    world = http_world
    card = await world.ask()
    payload = world.slack.payload_click(world.dana, card, "approve")
    payload["actions"][0]["value"] = value

    delivered = await world.slack.send_payload(Kind.INTERACTIVE, payload)
    await world.settle()

    assert delivered.ok
    assert "does not know" in world.told(world.dana)
    assert world.rows(tables.Request)[0].state == "PENDING"


async def test_an_unknown_shortcut_command_and_form_are_acknowledged(world: World) -> None:
    await world.ask()
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
    assert "does not know" in str(delivered.body)
    suggested = {"type": "block_suggestion", "action_id": "nothing", "value": "x"}
    delivered = await world.slack.send_payload(Kind.OPTIONS, {**around, **suggested})
    assert (delivered.status, delivered.body) == (200, {"options": []})
    await world.settle()


@pytest.mark.covers("T10")
async def test_ids_of_other_peoples_requests_are_answered_as_unknown_ones(world: World) -> None:
    card = await world.ask()
    payload = world.slack.payload_click(world.dana, card, "approve")
    request = world.rows(tables.Request)[0]
    said = []
    for number in (request.id, "4" * 15):
        forged = copy.deepcopy(payload)
        forged["user"] = {"id": world.vera.id, "team_id": world.brand.id}
        forged["actions"][0] |= {"action_id": "details", "value": json.dumps({"r": number, "v": 1})}
        await world.slack.send_payload(Kind.INTERACTIVE, forged)
        await world.settle()
        said.append(world.told(world.vera))
    assert said[0] == said[1] != ""


async def test_health_is_told_to_anybody(wire: Wire, http_world: World) -> None:
    answer = await wire._client.get(f"{http_world.app.url}/healthz")
    assert (answer.status_code, answer.json()) == (200, {"store": "well", "worker": "well"})
