"""The page's JSON API for the app's Home, unread replies, the clock bar and the tour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp
import httpx
import pytest
from page_world import World, desk_world, do, state


@pytest.fixture
def guided() -> bool:
    return True


# --- the app's Home ------------------------------------------------------------------------------------


async def test_opening_the_home_tells_the_app_and_shows_what_it_published(
    http: httpx.AsyncClient, world: World
) -> None:
    assert (await state(http, world.bo))["home"] is None
    assert (await do(http, "open_home", world.bo)).json()["ok"] is True
    await world.slack.until(lambda: world.slack.home(world.bo))
    shown = (await state(http, world.bo))["home"]
    assert [block["block_id"] for block in shown["blocks"]] == ["head", "count", "plants", "room"]
    assert (await state(http, world.cy))["home"] is None


async def test_a_click_in_the_home_makes_the_app_publish_it_again(
    http: httpx.AsyncClient, world: World
) -> None:
    await world.publish_home(world.bo, count=1)
    view = (await state(http, world.bo))["home"]["id"]
    pressed = await do(http, "click", world.bo, view=view, action_id="count", block_id="count")
    assert pressed.json()["ok"] is True
    await world.slack.until(lambda: "*2* desks" in str(world.slack.home(world.bo).blocks))  # type: ignore[union-attr]  # published above


async def test_a_person_cannot_click_in_the_home_of_another(http: httpx.AsyncClient, world: World) -> None:
    await world.publish_home(world.bo, count=1)
    view = (await state(http, world.bo))["home"]["id"]
    pressed = await do(http, "click", world.cy, view=view, action_id="count", block_id="count")
    assert pressed.json()["refused"]


async def test_a_conversations_menu_offers_the_visible_channels_of_the_persons_workspace(
    http: httpx.AsyncClient, world: World
) -> None:
    hidden = world.slack.add_channel(world.agency, "board", members=[world.cy], private=True)
    open_room = world.slack.add_channel(world.agency, "lunch", members=[world.cy])
    offered = {room["id"] for room in (await state(http, world.bo))["rooms"]}
    assert offered == {world.team.id, open_room.id}
    assert hidden.id in {room["id"] for room in (await state(http, world.cy))["rooms"]}


# --- replies -------------------------------------------------------------------------------------------


async def test_replies_are_new_until_their_thread_is_opened(http: httpx.AsyncClient, world: World) -> None:
    def news(shown: dict[str, Any]) -> int:
        return next(int(each["news"]) for each in shown["messages"] if each["ts"] == root.ts)

    root = await world.slack.say(world.bo, world.team, "Who has a key?")
    reply = await world.slack.say(world.cy, world.team, "I do", thread_ts=root.ts)
    await do(http, "seen", world.bo, channel=world.team.id, ts=reply.ts)
    assert news(await state(http, world.bo, world.team)) == 1
    assert news(await state(http, world.cy, world.team)) == 0
    await do(http, "seen", world.bo, channel=world.team.id, ts=reply.ts, thread_ts=root.ts)
    assert news(await state(http, world.bo, world.team)) == 0


# --- the clock -----------------------------------------------------------------------------------------


async def test_the_clock_is_pushed_by_a_number_of_seconds(http: httpx.AsyncClient, world: World) -> None:
    before = world.clock.now()
    assert (await http.post("ui/api/clock", json={"by": 3600})).json() == {"ok": True}
    assert timedelta(hours=1) <= world.clock.now() - before < timedelta(hours=1, minutes=1)


async def test_pushing_the_clock_to_the_next_due_thing_makes_it_happen(
    http: httpx.AsyncClient, world: World
) -> None:
    soon, later = (world.clock.now() + timedelta(days=days) for days in (2, 5))
    world.due += [later, soon]
    shown = await state(http, world.bo, world.team)
    assert shown["clock"] == {"next": {"at": soon.timestamp(), "what": "the plants"}}
    await http.post("ui/api/clock", json={"by": "next"})
    assert soon <= world.clock.now() < soon + timedelta(minutes=1)
    shown = await state(http, world.bo, world.team)
    assert [message["text"] for message in shown["messages"]] == ["It is time to water the plants."]
    assert shown["clock"]["next"]["at"] == later.timestamp()


async def test_pushing_to_the_next_due_thing_is_refused_when_nothing_is_due(
    http: httpx.AsyncClient, world: World
) -> None:
    assert (await state(http, world.bo))["clock"] == {"next": None}
    answer = await http.post("ui/api/clock", json={"by": "next"})
    assert answer.json() == {"refused": "nothing more is due"}


@pytest.mark.parametrize("by", [0, -60, 10**9, 1.5, "later", None])
async def test_the_clock_accepts_only_whole_seconds_forward_up_to_400_days(
    http: httpx.AsyncClient, world: World, by: object
) -> None:
    before = world.clock.now()
    assert (await http.post("ui/api/clock", json={"by": by})).status_code == 422
    assert world.clock.now() - before < timedelta(minutes=1)


async def test_a_foreign_page_cannot_push_the_clock_or_restart(http: httpx.AsyncClient, world: World) -> None:
    evil = {"Origin": "https://evil.example"}
    assert (await http.post("ui/api/clock", json={"by": 60}, headers=evil)).status_code == 403
    assert (await http.post("ui/api/restart", headers=evil)).status_code == 403
    assert not world.restart_wanted.is_set()


async def test_restarting_is_passed_on_to_the_demo(http: httpx.AsyncClient, world: World) -> None:
    assert (await http.post("ui/api/restart", json={})).status_code == 200
    assert world.restart_wanted.is_set()


async def test_a_page_without_clock_controls_has_no_clock() -> None:
    async with desk_world() as world, httpx.AsyncClient(base_url=world.slack.base_url, timeout=60) as http:
        shown = await state(http, world.bo)
        assert (shown["clock"], shown["switch"], shown["tour"]) == (None, None, [])
        for verb, what, body in (
            ("clock", "clock", {"by": 60}),
            ("restart", "clock", {}),
            ("switch", "switch", {"to": "works"}),
        ):
            assert (await http.post(f"ui/api/{verb}", json=body)).json() == {
                "refused": f"there is no such {what} now"
            }


async def test_while_it_is_quiet_messages_are_shown_but_not_announced(world: World) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{world.url}api/feed") as feed:
        assert (await feed.receive_json(timeout=15))["kind"] == "hello"
        told = []
        for world.quiet in (True, False):
            await world.slack.say(world.bo, world.team, "hello")
            told.append(await feed.receive_json(timeout=15))
    silent, loud = told
    assert (
        (silent["kind"], silent["channel"]) == (loud["kind"], loud["channel"]) == ("message", world.team.id)
    )
    assert {"user", "text"} & silent.keys() == set()
    assert (loud["user"], loud["text"]) == (world.bo.id, "hello")


# --- the tour ------------------------------------------------------------------------------------------


async def test_the_tour_reports_for_each_step_whether_it_is_done(
    http: httpx.AsyncClient, world: World
) -> None:
    assert [step["done"] for step in (await state(http, world.bo))["tour"]] == [False, *[None] * 4]
    world.submitted.append({})
    assert [step["done"] for step in (await state(http, world.bo))["tour"]] == [True, *[None] * 4]
