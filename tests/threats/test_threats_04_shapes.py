"""T4: payloads of an odd shape, one by one and at random, at every entry."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import hostile
import httpx
import make
import pytest
import stages
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from patience import unanswered
from payloads import sound_request
from stages import Json, Stage, changed, nothing_moves
from wire import Wire
from world import Way, World, running

from bot import app as composition
from bot.clock import PushedClock
from bot.sandbox.slack import Kind, payloads


async def test_every_entry_of_the_app_is_one_that_these_tests_attack() -> None:
    """A new entry is added here, together with hostile input for it."""
    listeners = composition.LISTENERS
    assert set(listeners.commands) == {"/access"}
    assert set(listeners.submissions) == {
        *("ask", "adjust", "decline", "cancel", "end", "end_now"),
        *("extend", "comment", "settings", "members"),
        *("people", "asset_people", "reach", "assign", "part", "contract", "create", "fund", "tokens"),
        *("connection", "ignore", "bundle", "import", "register", "asked", "away", "shorten"),
    }
    assert set(listeners.options) == {
        *("owner", "assets", "people", "bound", "grants"),
        *("reachable", "colleague", "timezone", "account", "first", "backups", "stand_in"),
    }
    assert set(listeners.events) == {
        *(
            "user_change",
            "app_home_opened",
            "app_uninstalled",
            "tokens_revoked",
            "app_rate_limited",
            "message",
        )
    }


@pytest.mark.parametrize(
    "shape",
    [
        {"view": None},
        {"view": {"callback_id": "ask", "state": [], "blocks": []}},
        {"view": {"callback_id": "ask", "state": {"values": []}, "blocks": []}},
        {"view": {"callback_id": "ask", "state": {"values": {"a": []}}, "blocks": []}},
        {"view": {"callback_id": "ask", "state": {"values": {"a": {"b": 1}}}, "blocks": []}},
        {"view": {"callback_id": "ask", "blocks": {"a": 1}}},
        {"view": {"callback_id": "ask", "blocks": ["x"]}},
        {"view": {"callback_id": "ask", "blocks": [{"type": "input", "block_id": {"a": 1}}]}},
        {"view": {"callback_id": ["ask"], "blocks": []}},
    ],
    ids=lambda shape: json.dumps(shape["view"]),
)
async def test_a_view_that_is_no_modal_of_slacks_is_not_acknowledged(
    stage: Stage, caplog: pytest.LogCaptureFixture, shape: Json
) -> None:
    payload = await sound_request(stage) | shape
    async with nothing_moves(stage, caplog):
        with unanswered(stage.world.slack):
            delivered = await stage.send(Kind.INTERACTIVE, payload)
        assert delivered.error in ("refused", "timeout")
        assert delivered.status in (401, None)


@pytest.mark.covers("T16")
@pytest.mark.parametrize(("path", "value"), hostile.PRESSES, ids=repr)
async def test_a_press_of_an_odd_shape_or_from_elsewhere_is_not_acknowledged(
    stage: Stage, caplog: pytest.LogCaptureFixture, path: tuple[Any, ...], value: Any
) -> None:
    world = stage.world
    approve = stage.press(world.dana, "approve", json.dumps({"r": stage.request_id, "v": 1}))
    async with nothing_moves(stage, caplog):
        with unanswered(world.slack):
            delivered = await stage.send(Kind.INTERACTIVE, changed(approve, path, value))
    assert delivered.error in ("refused", "timeout")
    assert delivered.status in (401, None)
    assert any("rejected a payload" in record.message for record in caplog.records)


@pytest.mark.parametrize("inner", hostile.EVENTS.values(), ids=hostile.EVENTS)
async def test_an_event_that_says_nothing_we_can_use_is_taken_once_and_changes_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, inner: Json
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        delivered = await stage.send(Kind.EVENT, world.slack.payload_event(world.brand, inner))
        assert delivered.status == 200
        again = await world.slack.redeliver(retry=True)
        assert [one.status for one in again] == [200]
    assert set(world.app.slack.teams) == {make.AGENCY_TEAM, make.BRAND_TEAM}


@pytest.mark.covers("T16")
async def test_dropped_events_of_a_workspace_that_is_not_ours_have_nobody_looked_up(stage: Stage) -> None:
    world = stage.world
    asked = len(world.slack.calls_of("users.info"))
    payload = payloads.events_dropped(world.slack, world.brand)
    with unanswered(world.slack):
        for path, value in ((("team_id",), "TOTHER"), (("api_app_id",), "A0OTHER"), (("team_id",), {"a": 1})):
            await stage.send(Kind.EVENT, changed(payload, path, value))
    await world.pass_time(timedelta(minutes=2))
    assert len(world.slack.calls_of("users.info")) == asked


@pytest.mark.parametrize("event_id", ["", None, 5, "Ev\0", "Ev\ud800", "E" * 400, "Ev é"])
async def test_an_event_without_an_id_of_slacks_is_not_taken(
    stage: Stage, caplog: pytest.LogCaptureFixture, event_id: Any
) -> None:
    world = stage.world
    payload = world.slack.payload_event(
        world.brand, {"type": "user_change", "user": {"id": "UDANA", "deleted": True}}
    )
    async with nothing_moves(stage, caplog):
        with unanswered(world.slack):
            delivered = await stage.send(Kind.EVENT, payload | {"event_id": event_id})
    assert delivered.status in (401, None)


async def test_every_field_of_every_payload_may_be_junk(
    http_world: World, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    world = http_world
    wire = Wire(world, client)
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
    card = await world.send_request()
    await world.click(world.dana, card, "decline")
    await world.settle()
    form = world.slack.top_view(world.dana)
    assert form is not None
    await world.command(world.ann, "request")
    await world.settle()
    request_modal = world.slack.top_view(world.ann)
    assert request_modal is not None
    slack = world.slack
    return [
        (Kind.COMMAND, slack.payload_command(world.vera, world.brand_room, "/access", "list")),
        (Kind.INTERACTIVE, slack.payload_click(world.vera, card, "approve")),
        (
            Kind.INTERACTIVE,
            slack.payload_submit(world.dana, form) | {"user": {"id": "U1", "team_id": "TBRAND"}},
        ),
        (Kind.OPTIONS, slack.payload_suggest(world.ann, request_modal, "owner", "bra")),
        (Kind.EVENT, slack.payload_event(world.brand, {"type": "user_change", "user": {"id": "UX"}})),
    ]


def _mutants(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The payload with each of its fields replaced by some kinds of junk, or taken out; three levels deep."""
    for number, path in enumerate(_paths(payload, 3)):
        for junk in (*hostile.JUNK[number % 4 :: 4], KeyError):
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


# What a spoilt payload may still do, because all that makes it sound was left as it was.
ANY_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**30), max_value=10**30),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(
        [
            "",
            "\0",
            "\ud800",
            "\u202e<!channel>",
            "9" * 5000,
            "x" * 20_000,
            "🙂" * 500,
            "TBRAND",
            "UDANA",
            "nothing",
            make.BRAND,
            make.OTHER,
            make.ACCOUNT,
            "INSTAGRAM_ACCOUNT:700000001",
            "2026-02-30",
            "days",
            "approve",
            '{"r":"1","v":1}',
            "[" * 2000,
        ]
    ),
    st.sampled_from(
        [[], {}, [None], [[]], {"id": {}}, {"": ""}, ["x"] * 1000, [{}] * 1000, {"a": {"b": {"c": []}}}]
    ),
)


STEPS = st.lists(
    st.tuples(st.integers(0, 10_000), st.sampled_from(["put", "put", "take", "twice", "rename"]), ANY_JUNK),
    min_size=1,
    max_size=4,
)


def spoil(payload: Json, steps: list[tuple[int, str, Any]]) -> Json:
    """A copy of a payload with some of its parts replaced, taken out, doubled or renamed."""
    spoilt = copy.deepcopy(payload)
    for which, how, junk in steps:
        places = list(_places(spoilt))
        if not places:
            break
        at, name = places[which % len(places)]
        if how == "put":
            at[name] = copy.deepcopy(junk)
        elif how == "take":
            del at[name]
        elif isinstance(at, list):
            at.append(copy.deepcopy(at[name]))
        elif how == "rename":
            at[str(junk)[:300]] = at.pop(name)
        else:
            at[name] = [at[name], at[name]]
    return spoilt


def _places(value: Any) -> Any:
    if isinstance(value, dict):
        for name in list(value):
            yield value, name
            yield from _places(value[name])
    elif isinstance(value, list):
        for number in range(min(len(value), 30)):
            yield value, number
            yield from _places(value[number])


async def one_of_every_kind(stage: Stage) -> list[tuple[Kind, Json]]:
    """A payload of every kind, each by somebody who may do what it says, or by somebody who may not."""
    world, slack = stage.world, stage.world.slack
    value = json.dumps({"r": stage.request_id, "v": 1})
    found = [
        (Kind.INTERACTIVE, stage.press(world.vera, "approve", value)),
        (Kind.INTERACTIVE, stage.press(world.ann, "decline", value)),
        (Kind.INTERACTIVE, stage.press(world.dana, "details", value)),
        (
            Kind.INTERACTIVE,
            stage.press(world.dana, "page", json.dumps({"p": "given", "b": make.BRAND, "o": 0})),
        ),
        (Kind.COMMAND, slack.payload_command(world.ann, world.agency_room, "/access", "list shared")),
        (Kind.COMMAND, slack.payload_command(world.vera, world.brand_room, "/access", f"cancel {stage.ref}")),
        (
            Kind.EVENT,
            slack.payload_event(world.brand, {"type": "user_change", "user": {"id": "UNONE", "tz": "UTC"}}),
        ),
    ]
    ask = await stage.form(world.ann, f"request {make.INSTAGRAM} advertiser for 30d from {make.BRAND}")
    sent = slack.payload_submit(world.ann, ask)
    del sent["view"]["state"]["values"]["reason"]  # without one it is never sound, whatever else is put in it
    found += [
        (Kind.INTERACTIVE, sent),
        (Kind.INTERACTIVE, slack.payload_click(world.ann, ask, "describe")),
        (Kind.INTERACTIVE, slack.payload_click(world.ann, ask, "term", selected="days")),
        *(
            (Kind.OPTIONS, slack.payload_suggest(world.ann, ask, menu, "a"))
            for menu in ("owner", "assets", "people")
        ),
    ]
    for action, who in (("adjust", world.dana), ("decline", world.dana)):
        form = await stage.modal_of(who, action)
        payload = slack.payload_submit(who, form)
        payload["user"]["id"] = "UEMIL"  # no admin
        found.append((Kind.INTERACTIVE, payload))
        stage.close_all()
    ending = await stage.form(world.dana, f"revoke {make.PAGE}")
    payload = slack.payload_submit(world.dana, ending)
    payload["user"]["id"] = "UEMIL"
    found.append((Kind.INTERACTIVE, payload))
    stage.close_all()
    return found


def attack(url: str, examples: int, caplog: pytest.LogCaptureFixture) -> None:
    """Send so many spoilt payloads. Sound ones are by people who may not, so nothing may move."""
    with asyncio.Runner() as runner:
        world_context = running(url, way=Way.HTTP, clock=PushedClock(), seed=stages.seed)
        world = runner.run(world_context.__aenter__())
        try:
            stage = runner.run(stages.set_stage(world))
            payloads = runner.run(one_of_every_kind(stage))
            before = stage.dump()

            @settings(
                max_examples=examples,
                database=None,
                derandomize=True,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            )
            @given(st.integers(0, len(payloads) - 1), STEPS)
            def spoilt(which: int, steps: list[tuple[int, str, Any]]) -> None:
                kind, payload = payloads[which]
                if kind is Kind.COMMAND:  # a form of fields has only texts in it
                    mutant = {
                        str(name).encode("utf-8", "replace").decode(): str(held)
                        .encode("utf-8", "replace")
                        .decode()
                        for name, held in spoil(payload, steps).items()
                    }
                else:
                    mutant = spoil(payload, steps)
                caplog.clear()
                delivered = runner.run(stage.send(kind, mutant))
                stage.close_all()
                assert delivered.status in (200, 401), delivered
                assert not stages.broken(caplog)
                assert stage.dump() == before

            with caplog.at_level(logging.WARNING):
                spoilt()
        finally:
            runner.run(world_context.__aexit__(None, None, None))


def test_a_payload_spoilt_at_random_breaks_and_moves_nothing(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    attack(sqlite_url, 150, caplog)


@pytest.mark.long
def test_many_payloads_spoilt_at_random_break_and_move_nothing(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    attack(sqlite_url, 20_000, caplog)
