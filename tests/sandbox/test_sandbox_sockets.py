"""Socket Mode: hello, envelopes and acks over any connection, disconnects."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import CONNECTION_LIMIT, Way

pytestmark = pytest.mark.parametrize("way", [Way.SOCKET])


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def link(stage, http: aiohttp.ClientSession) -> tuple[aiohttp.ClientWebSocketResponse, dict[str, Any]]:
    """Open a socket by hand; return it and its first message."""
    client = AsyncWebClient(base_url=stage.slack.api_url)
    url = (await client.apps_connections_open(app_token=stage.slack.app.app_token))["url"]
    socket = await http.ws_connect(url)
    return socket, await socket.receive_json(timeout=15)


async def sending(stage, *, count: int = 1) -> list[asyncio.Task[Any]]:
    return [
        asyncio.create_task(stage.slack.command(stage.ann, stage.room, "/access", str(n)))
        for n in range(count)
    ]


async def test_a_socket_gets_a_hello_and_its_ticket_works_once(stage, http, way: Way) -> None:
    client = AsyncWebClient(base_url=stage.slack.api_url)
    url = (await client.apps_connections_open(app_token=stage.slack.app.app_token))["url"]
    assert url.startswith("ws://127.0.0.1:")
    socket = await http.ws_connect(url)
    hello = await socket.receive_json(timeout=15)
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"]["app_id"] == stage.slack.app.id
    assert hello["debug_info"]["host"]
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await http.ws_connect(url)
    _, second = await link(stage, http)
    assert second["num_connections"] == 2


async def test_payloads_rotate_over_the_sockets_and_any_socket_can_ack(stage, http, way: Way) -> None:
    (first, _), (second, _) = await link(stage, http), await link(stage, http)
    tasks = await sending(stage, count=2)
    envelopes = [await socket.receive_json(timeout=15) for socket in (first, second)]
    assert {envelope["type"] for envelope in envelopes} == {"slash_commands"}
    assert all(envelope["accepts_response_payload"] for envelope in envelopes)
    for envelope in envelopes:
        await second.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "Here"}})
    assert [delivered.ok for delivered in await asyncio.gather(*tasks)] == [True, True]
    assert [message.text for message in stage.slack.ephemerals(stage.ann)] == ["Here", "Here"]


async def test_the_socket_for_a_payload_can_be_chosen(stage, http, way: Way) -> None:
    sockets = [await link(stage, http) for _ in range(3)]
    stage.slack.sockets.pick = lambda connections: connections[-1]
    (task,) = await sending(stage)
    envelope = await sockets[2][0].receive_json(timeout=15)
    await sockets[0][0].send_json({"envelope_id": envelope["envelope_id"]})
    assert (await task).ok


async def test_an_ack_that_comes_too_late_is_kept_as_stray(stage, http, way: Way) -> None:
    socket, _ = await link(stage, http)
    stage.slack.ack_seconds = 0.3
    (task,) = await sending(stage)
    envelope = await socket.receive_json(timeout=15)
    assert (await task).error == "operation_timeout"
    stage.slack.ack_seconds = 15.0
    await socket.send_json({"envelope_id": envelope["envelope_id"]})
    await socket.send_str("nonsense")
    (fresh,) = await sending(stage)
    envelope = await socket.receive_json(timeout=15)
    await socket.send_json({"envelope_id": envelope["envelope_id"]})
    assert (await fresh).ok
    assert len(stage.slack.sockets.stray_acks) == 2


async def test_the_same_envelope_can_be_sent_again_on_any_socket(stage, http, way: Way) -> None:
    (first, _), (second, _) = await link(stage, http), await link(stage, http)
    stage.slack.sockets.pick = lambda connections: connections[0]
    (task,) = await sending(stage)
    envelope = await first.receive_json(timeout=15)
    await first.send_json({"envelope_id": envelope["envelope_id"]})
    await task
    other = stage.slack.sockets.connections[1]
    again = asyncio.create_task(stage.slack.redeliver(times=2, connection=other))
    for _ in range(2):
        assert await second.receive_json(timeout=15) == envelope
        await second.send_json({"envelope_id": envelope["envelope_id"]})
    assert [delivered.ok for delivered in await again] == [True, True]


async def test_the_eleventh_socket_is_closed(stage, http, way: Way) -> None:
    sockets = [await link(stage, http) for _ in range(CONNECTION_LIMIT)]
    socket, first = await link(stage, http)
    assert (first["type"], first["reason"]) == ("disconnect", "too_many_websockets")
    assert (await socket.receive(timeout=15)).type is aiohttp.WSMsgType.CLOSE
    assert stage.slack.sockets.count == len(sockets)


async def test_a_warning_leaves_the_socket_open_and_a_refresh_closes_it(stage, http, way: Way) -> None:
    socket, _ = await link(stage, http)
    await stage.slack.sockets.disconnect("warning")
    assert (await socket.receive_json(timeout=15))["reason"] == "warning"
    assert stage.slack.sockets.count == 1
    await stage.slack.sockets.disconnect("refresh_requested")
    assert (await socket.receive_json(timeout=15))["reason"] == "refresh_requested"
    assert (await socket.receive(timeout=15)).type is aiohttp.WSMsgType.CLOSE
    assert stage.slack.sockets.count == 0


async def test_sockets_can_be_refused(stage, http, way: Way) -> None:
    stage.slack.sockets.refuse = True
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await link(stage, http)


@pytest.mark.parametrize("ping_interval", [0.2])
@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "too_many_websockets", None])
async def test_bolt_reconnects_after_a_disconnect(stage, app: AsyncApp, way: Way, reason: str | None) -> None:
    @app.command("/access")
    async def listen(ack: Any) -> None:
        await ack()

    before = stage.slack.sockets.connections[0]
    await stage.slack.sockets.disconnect(reason)
    await stage.slack.until(
        lambda: stage.slack.sockets.count == 1 and stage.slack.sockets.connections[0] is not before
    )
    assert (await stage.slack.command(stage.ann, stage.room, "/access")).ok


async def test_an_envelope_in_flight_is_acked_on_the_new_socket(stage, app: AsyncApp, way: Way) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    @app.command("/access")
    async def listen(ack: Any) -> None:
        begun.set()
        await release.wait()
        await ack("Done")

    before = stage.slack.sockets.connections[0]
    task = asyncio.create_task(stage.slack.command(stage.ann, stage.room, "/access"))
    await begun.wait()
    await stage.slack.sockets.disconnect("refresh_requested")
    await stage.slack.until(
        lambda: stage.slack.sockets.connections and before not in stage.slack.sockets.connections
    )
    release.set()
    delivered = await task
    assert delivered.ok
    assert stage.slack.ephemerals(stage.ann)[0].text == "Done"


async def test_a_click_is_lost_when_its_socket_is_cut(stage, http, way: Way) -> None:
    socket, _ = await link(stage, http)
    stage.slack.ack_seconds = 0.3
    (task,) = await sending(stage)
    await socket.receive_json(timeout=15)
    await stage.slack.sockets.disconnect(None)
    with contextlib.suppress(aiohttp.ClientError):
        await socket.receive(timeout=15)
    assert (await task).error == "operation_timeout"
    (task,) = await sending(stage)
    assert (await task).error == "dispatch_failed"
