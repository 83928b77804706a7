"""Two choices in a form so quickly that both were made in the same view of it: nothing is lost."""

from __future__ import annotations

import copy
from typing import Any

import make
import pytest
from flow_steps import blocks_of, fills, modal, request, sends, types
from world import World

from bot.sandbox.slack import Kind, View
from bot.store import tables

ACCOUNT, PAGE = f"AD_ACCOUNT:{make.ACCOUNT}", f"PAGE:{make.PAGE}"


async def form_with_owner(world: World) -> View:
    await types(world, world.ann, "request")
    form = modal(world, world.ann)
    await world.slack.suggest(world.ann, form, "owner", make.BRAND)
    await fills(world, world.ann, form, "owner", make.BRAND)
    await world.slack.suggest(world.ann, form, "assets", "Acme")
    return form


def chosen(world: World, form: View, values: list[str], *, after: float) -> Any:
    """Choose assets in Ann's browser `after` so many seconds, and return what it sends."""
    payload = world.slack.payload_click(world.ann, form, "assets", selected=values)
    (action,) = payload["actions"]
    action["action_ts"] = f"{world.clock.real().timestamp() + after:.6f}"
    form.state[action["block_id"]]["assets"] = {
        "type": action["type"],
        "selected_options": action["selected_options"],
    }
    payload["view"]["state"] = {"values": form.state}
    return copy.deepcopy(payload)


async def sent(world: World, *payloads: Any) -> None:
    for payload in payloads:
        answer = await world.slack.send_payload(Kind.INTERACTIVE, payload, team_id=world.agency.id)
        assert answer.ok, answer
        await world.settle()


def levels(form: View) -> list[str]:
    return [one for one in blocks_of(form) if one.startswith("level:")]


@pytest.mark.case("8.9")
@pytest.mark.parametrize("is_turned", [False, True], ids=["in order", "the later one first"])
async def test_the_form_shows_the_newest_of_two_quick_choices(town: World, *, is_turned: bool) -> None:
    form = await form_with_owner(town)
    first = chosen(town, form, [ACCOUNT], after=0.1)
    second = chosen(town, form, [ACCOUNT, PAGE], after=0.2)
    assert first["view"]["hash"] == second["view"]["hash"]

    await sent(town, *((second, first) if is_turned else (first, second)))

    assert levels(form) == [f"level:{make.ACCOUNT}", f"level:{make.PAGE}"]
    await fills(town, town.ann, form, "reason", "Spring")
    await sends(town, town.ann, form)
    assert {row.asset_id for row in town.rows(tables.Item)} == {make.ACCOUNT, make.PAGE}
    assert request(town).reason == "Spring"


@pytest.mark.case("8.9")
async def test_a_form_sent_before_its_menus_came_up_says_so_at_the_assets_and_has_them_then(
    town: World,
) -> None:
    form = await form_with_owner(town)
    chosen(town, form, [ACCOUNT], after=0.1)  # that it was chosen is still on its way
    await fills(town, town.ann, form, "reason", "Spring")

    denied = await town.slack.submit(town.ann, form)
    await town.settle()

    ((block, text),) = denied.body["errors"].items()
    assert block.startswith("assets:")
    assert "Acme Main" in text
    assert levels(form) == [f"level:{make.ACCOUNT}"]
    await sends(town, town.ann, form)
    assert request(town).reason == "Spring"
