"""Sound payloads of every kind, spoilt at random: answered or refused, never broken, never believed."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
from typing import Any

import hostile
import make
import pytest
from hostile import Json, Stage
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from world import Way, running

from bot.clock import PushedClock
from bot.sandbox.slack.delivery import Kind

# What a spoilt payload may still do, because all that makes it sound was left as it was.
JUNK = st.one_of(
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
    st.tuples(st.integers(0, 10_000), st.sampled_from(["put", "put", "take", "twice", "rename"]), JUNK),
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


async def sound(stage: Stage) -> list[tuple[Kind, Json]]:
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
    found += [
        (Kind.INTERACTIVE, slack.payload_submit(world.ann, ask)),  # without a reason it is never sound
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


def attack(url: str, way: Way, examples: int, caplog: pytest.LogCaptureFixture) -> None:
    """Send so many spoilt payloads. Sound ones are by people who may not, so nothing may move."""
    with asyncio.Runner() as runner:
        world_context = running(url, way=way, clock=PushedClock(), seed=hostile.seed)
        world = runner.run(world_context.__aenter__())
        try:
            stage = runner.run(hostile.set_stage(world))
            payloads = runner.run(sound(stage))
            before = stage.dump()
            world.slack._courier.ack_seconds = 3.0 if way is Way.HTTP else 0.5

            @settings(
                max_examples=examples,
                deadline=None,
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
                assert delivered.status in ((200, 401) if way is Way.HTTP else (200, None)), delivered
                assert not hostile.broken(caplog)
                assert stage.dump() == before

            with caplog.at_level(logging.WARNING):
                spoilt()
        finally:
            runner.run(world_context.__aexit__(None, None, None))


def test_a_payload_spoilt_at_random_breaks_and_moves_nothing(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    attack(sqlite_url, Way.HTTP, 150, caplog)


@pytest.mark.long
def test_many_payloads_spoilt_at_random_break_and_move_nothing(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    attack(sqlite_url, Way.HTTP, 20_000, caplog)
