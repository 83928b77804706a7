"""The demo page's JSON API: what a person sees and can do, and which requests are refused."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from page_world import World, do, state

from bot.sandbox.demo import page
from bot.sandbox.slack import Channel, Message


def texts(shown: dict[str, Any]) -> list[str]:
    return [message["text"] for message in shown["messages"]]


def unread(shown: dict[str, Any], channel: Channel) -> int:
    return next(int(each["unread"]) for each in shown["channels"] if each["id"] == channel.id)


# --- what a person sees -------------------------------------------------------------------------------


async def test_the_servers_root_redirects_to_the_page(http: httpx.AsyncClient) -> None:
    answer = await http.get("", follow_redirects=True)
    assert answer.url.path == "/ui/"
    assert '<script type="module" src="app.js">' in answer.text


async def test_a_person_sees_their_own_conversations_and_no_others(
    http: httpx.AsyncClient, world: World
) -> None:
    shown = await state(http, world.eva)
    assert [channel["id"] for channel in shown["channels"]] == [world.owners.id]
    assert [workspace["name"] for workspace in shown["workspaces"]] == ["Northwind Agency", "Lumen Foods"]
    assert {"Asks for desks", "Owns the desks"} <= {person["label"] for person in shown["people"]}


async def test_an_ephemeral_message_is_shown_only_to_its_person(
    http: httpx.AsyncClient, world: World
) -> None:
    await do(http, "command", world.bo, channel=world.team.id, text="/desk tell hello")
    await world.slack.until(lambda: world.slack.ephemerals(world.bo))
    assert texts(await state(http, world.bo, world.team)) == ["You said: hello"]
    assert texts(await state(http, world.cy, world.team)) == []


async def test_an_unknown_person_or_channel_is_replaced_by_the_first(
    http: httpx.AsyncClient, world: World
) -> None:
    shown = (await http.get("ui/api/state", params={"person": "U404", "channel": world.owners.id})).json()
    assert (shown["me"], shown["channel"]) == (world.bo.id, world.team.id)


async def test_the_page_starts_as_the_configured_person(http: httpx.AsyncClient, world: World) -> None:
    shown = (await http.get("ui/api/state")).json()
    assert (shown["title"], shown["me"]) == ("Desk demo", world.bo.id)


async def test_only_the_newest_messages_are_sent_and_the_rest_counted(
    http: httpx.AsyncClient, world: World
) -> None:
    for number in range(203):
        await world.slack.say(world.cy, world.team, f"message {number}")
    shown = await state(http, world.bo, world.team)
    assert (shown["earlier"], len(shown["messages"]), texts(shown)[-1]) == (3, 200, "message 202")


async def test_messages_of_others_are_unread_until_they_are_seen(
    http: httpx.AsyncClient, world: World
) -> None:
    first = await world.slack.say(world.cy, world.team, "one")
    await world.slack.say(world.cy, world.team, "two")
    await world.slack.say(world.bo, world.team, "mine")
    assert unread(await state(http, world.bo), world.team) == 2
    await do(http, "seen", world.bo, channel=world.team.id, ts=first.ts)
    assert unread(await state(http, world.bo), world.team) == 1
    assert unread(await state(http, world.cy), world.team) == 1


async def test_a_read_mark_never_goes_back(http: httpx.AsyncClient, world: World) -> None:
    first = await world.slack.say(world.cy, world.team, "one")
    second = await world.slack.say(world.cy, world.team, "two")
    for message in (second, first):
        await do(http, "seen", world.bo, channel=world.team.id, ts=message.ts)
    assert unread(await state(http, world.bo), world.team) == 0


async def test_the_person_switcher_counts_unread_messages_of_others(
    http: httpx.AsyncClient, world: World
) -> None:
    await world.post_card()
    news = {person["id"]: person["unread"] for person in (await state(http, world.bo))["people"]}
    assert (news[world.eva.id], news[world.bo.id]) == (1, 0)


# --- what a person does -------------------------------------------------------------------------------


async def test_typed_text_is_escaped_as_in_slacks_client(http: httpx.AsyncClient, world: World) -> None:
    await do(http, "say", world.bo, channel=world.team.id, text="<!channel> & co")
    assert world.slack.messages(world.team)[0].text == "&lt;!channel&gt; &amp; co"


async def test_a_persons_own_message_counts_as_read(http: httpx.AsyncClient, world: World) -> None:
    await world.slack.say(world.cy, world.team, "question?")
    await do(http, "say", world.bo, channel=world.team.id, text="answer")
    assert unread(await state(http, world.bo), world.team) == 0


async def test_a_command_that_is_not_answered_in_time_returns_the_error(
    http: httpx.AsyncClient, world: World
) -> None:
    world.slack.ack_seconds = 0.3
    answer = await do(http, "command", world.bo, channel=world.team.id, text="/slow")
    assert answer.json() == {"ok": False, "error": "operation_timeout", "detail": answer.json()["detail"]}


async def test_a_modal_is_opened_searched_filled_in_and_submitted(
    http: httpx.AsyncClient, world: World
) -> None:
    await do(http, "command", world.bo, channel=world.team.id, text="/desk ask")
    await world.slack.until(lambda: world.slack.top_view(world.bo))
    (view,) = (await state(http, world.bo))["views"]
    at = {"view": view["id"], "action_id": "value"}
    offered = await do(http, "suggest", world.bo, **at, block_id="city", query="ly")
    assert [option["value"] for option in offered.json()["options"]] == ["lyon"]
    await do(http, "set_value", world.bo, **at, block_id="city", value="lyon")
    for query, values in (("win", ["window"]), ("wa", ["window", "wall"])):
        await do(http, "suggest", world.bo, **at, block_id="desks", query=query)
        assert (
            await do(http, "set_value", world.bo, **at, block_id="desks", value=values)
        ).status_code == 200
    refused = await do(http, "submit", world.bo, view=view["id"])
    assert refused.json()["error"] == "required"
    (view,) = (await state(http, world.bo))["views"]
    assert set(view["errors"]) == {"why", "days"}
    await do(http, "set_value", world.bo, **at, block_id="why", value="The light is good.")
    await do(http, "set_value", world.bo, **at, block_id="days", value="3")
    assert (await do(http, "submit", world.bo, view=view["id"])).json()["ok"] is True
    assert (await state(http, world.bo))["views"] == []
    (values,) = world.submitted
    assert [option["value"] for option in values["desks"]["value"]["selected_options"]] == ["window", "wall"]


async def test_a_closed_modal_disappears(http: httpx.AsyncClient, world: World) -> None:
    await do(http, "command", world.bo, channel=world.team.id, text="/desk ask")
    view = await world.slack.until(lambda: world.slack.top_view(world.bo))
    assert view is not None
    world.slack.ack_seconds = 0.3  # the app does not answer to this
    await do(http, "close", world.bo, view=view.id)
    assert (await state(http, world.bo))["views"] == []


async def test_a_button_in_a_message_can_be_clicked(http: httpx.AsyncClient, world: World) -> None:
    ts = await world.post_card()
    answer = await do(
        http, "click", world.eva, channel=world.owners.id, ts=ts, action_id="adjust", value="r1"
    )
    assert answer.json()["ok"] is True
    await world.slack.until(lambda: world.slack.ephemerals(world.eva))


async def test_the_apps_conversation_can_be_opened_before_its_first_message(
    http: httpx.AsyncClient, world: World
) -> None:
    opened = (await do(http, "open_app", world.bo)).json()["channel"]
    assert world.slack.channel(opened).user == world.bo.id


async def test_an_impossible_action_is_refused_with_a_message(http: httpx.AsyncClient, world: World) -> None:
    ts = await world.post_card()
    answer = await do(http, "click", world.bo, channel=world.owners.id, ts=ts, action_id="approve")
    assert answer.json() == {"refused": "bo is not in #desk-owners"}


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("submit", {"view": "V404"}),
        ("say", {"channel": "C404", "text": "hello"}),
        ("click", {"channel": "C404", "ts": "1.0", "action_id": "approve"}),
        ("command", {"channel": "C404", "text": "/desk ask"}),
    ],
)
async def test_an_unknown_id_is_refused(
    http: httpx.AsyncClient, world: World, verb: str, body: dict[str, str]
) -> None:
    assert (await do(http, verb, world.bo, **body)).json()["refused"]


# --- who may ask --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Host": ""},
    ],
    ids=str,
)
async def test_a_foreign_page_is_refused(
    http: httpx.AsyncClient, world: World, headers: dict[str, str]
) -> None:
    body = {"person": world.bo.id, "channel": world.team.id, "text": "not me"}
    assert (await http.post("ui/api/say", json=body, headers=headers)).status_code in (400, 403)
    assert (await http.get("ui/api/state", headers=headers)).status_code in (400, 403)
    assert world.slack.messages(world.team) == []


async def test_requests_from_its_own_page_are_accepted(http: httpx.AsyncClient, world: World) -> None:
    origin = world.slack.base_url.rstrip("/")
    answer = await http.get("ui/api/state", headers={"Origin": origin})
    assert answer.status_code == 200


async def test_a_post_that_a_plain_html_form_could_make_is_refused(
    http: httpx.AsyncClient, world: World
) -> None:
    body = f'{{"person": "{world.bo.id}", "channel": "{world.team.id}", "text": "not me"}}'
    for kind in ({"Content-Type": "text/plain"}, {}):
        assert (await http.post("ui/api/say", content=body, headers=kind)).status_code == 422
    assert world.slack.messages(world.team) == []


async def test_a_foreign_page_cannot_open_the_feed(world: World) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect(f"{world.url}api/feed", headers={"Origin": "https://evil.example"})


async def test_the_page_may_load_nothing_from_other_servers(http: httpx.AsyncClient) -> None:
    policy = (await http.get("ui/")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_no_static_file_contains_an_internet_address() -> None:
    allowed = {"http://www.w3.org/2000/svg"}
    named = {
        address
        for path in page.STATIC.iterdir()
        for address in re.findall(r"https?://[\w.-]+[^\s\"'`)]*", Path(path).read_text())
    }
    assert named <= allowed


# --- the feed -----------------------------------------------------------------------------------------


async def test_the_feed_says_hello_and_then_who_can_see_each_message(world: World) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{world.url}api/feed") as feed:
        assert (await feed.receive_json(timeout=15))["kind"] == "hello"
        said: Message = await world.slack.say(world.bo, world.team, "hello")
        told = await feed.receive_json(timeout=15)
    assert told == {
        "kind": "message",
        "channel": world.team.id,
        "ts": said.ts,
        "people": sorted([world.bo.id, world.cy.id]),
        "user": world.bo.id,
        "text": "hello",
        "dm": False,
    }


async def test_a_closed_feed_connection_is_unsubscribed(world: World) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{world.url}api/feed") as feed:
        await feed.receive_json(timeout=15)
        assert world.slack.feed.reader_count == 1
    async with asyncio.timeout(15):
        while world.slack.feed.reader_count:  # noqa: ASYNC110 - there is no notice when a reader leaves
            await asyncio.sleep(0)
