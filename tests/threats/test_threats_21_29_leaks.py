"""T21, T25, T26, T28 and T29: where answers go, what links and metadata do, and what the log says."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import hostile
import httpx
import make
import pytest
import pytest_asyncio
import stages
from flow_steps import (
    buttons,
    cards,
    fills,
    opens,
    press,
    sends,
    types,
)
from patience import unanswered
from stages import MONDAY, Stage, nothing_moves, stored
from wire import Wire
from world import Way, World, running

from bot.clock import PushedClock
from bot.domain.messages import Audience, EffectKind
from bot.sandbox.slack import Fault, Kind
from bot.store import tables
from handlers import bodies


@pytest.fixture
def clock() -> PushedClock:
    return PushedClock(start=MONDAY)


@pytest_asyncio.fixture(loop_scope="module")
async def trap() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Somebody else's server, and what it heard."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            heard.append(await reader.read(1000))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


@pytest.mark.covers("T21")
async def test_an_answer_goes_to_no_other_address_than_slacks(
    staged: Stage,
    trap: tuple[str, list[bytes]],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a channel where the app cannot write, only the payload's own address would be left."""
    world = staged.world
    elsewhere, heard = trap
    requested: list[str] = []
    send = httpx.AsyncClient.send

    async def watched(self: httpx.AsyncClient, request: httpx.Request, **more: Any) -> httpx.Response:
        requested.append(str(request.url))
        return await send(self, request, **more)

    monkeypatch.setattr(httpx.AsyncClient, "send", watched)
    origin = world.slack.base_url.removesuffix("/")
    async with nothing_moves(staged, caplog):
        for name, address in hostile.ADDRESSES.items():
            url = address.format(
                us=origin,
                our_host=origin.removeprefix("http://"),
                them=elsewhere,
                their_host=elsewhere.removeprefix("http://"),
            )
            payload = staged.press(world.dana, "approve", "junk")
            payload |= {
                "response_url": url,
                "channel": {"id": "CNOWHERE", "name": "x"},
            }
            delivered = await staged.send(Kind.INTERACTIVE, payload)
            assert delivered.status == 200, name
    assert heard == []
    assert requested == []


@pytest.mark.covers("T21")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_an_answer_follows_no_redirect(
    staged: Stage, trap: tuple[str, list[bytes]], status: int
) -> None:
    world = staged.world
    elsewhere, heard = trap
    to = {"location": f"{elsewhere}/x"}
    world.slack.faults.add(Fault(method="response_url", status=status, headers=to, body=b""))
    before = len(world.slack.calls_of("response_url"))
    payload = staged.press(world.dana, "approve", "junk") | {"channel": {"id": "CNOWHERE", "name": "x"}}
    await staged.send(Kind.INTERACTIVE, payload)
    assert [one.status for one in world.slack.calls_of("response_url")[before:]] == [status]
    assert heard == []


@pytest.mark.covers("T25")
async def test_no_address_takes_anything_by_get_and_none_moves_anything(
    staged: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Slack's own link preview opens whatever is posted; so may any browser."""
    world = staged.world
    approve = staged.press(world.dana, "approve", json.dumps({"r": staged.request_id, "v": 1}))
    query = urlencode({"payload": json.dumps(approve), **approve["actions"][0], "command": "/access"})
    before = stored(world)
    async with nothing_moves(staged, caplog), httpx.AsyncClient(trust_env=False, timeout=60) as client:
        wire = Wire(world, client)
        for path in (
            "/slack/events",
            "/slack",
            "/slack/install",
            "/slack/oauth_redirect",
            "/slack/",
            "/healthz",
            "/readyz",
            "/",
            "/docs",
            "/openapi.json",
            "/metrics",
        ):
            for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"):
                for headers in (
                    [],
                    wire.headers(b""),
                    [("user-agent", "Slackbot-LinkExpanding 1.0")],
                    [("user-agent", "Mozilla/5.0")],
                ):
                    url = f"{world.app.url}{path}?{query}"
                    answer = await client.request(method, url, headers=headers)
                    assert answer.status_code in (200, 400, 401, 404, 405, 307), (method, path)
                    assert answer.status_code != 200 or path in ("/healthz", "/readyz", "/slack/install")
    assert stored(world) == before
    links = re.findall(r"https?://[^\s\"|>\\\\]+", json.dumps([one.args for one in world.slack.calls]))
    assert not [one for one in links if one.startswith(world.app.url)]


async def everything(world: World, said: str = "Spring") -> None:
    """Have every kind of message sent: cards, notices, threads, digests, warnings, homes, private answers."""
    for who in (world.ann, world.dana):
        await world.slack.open_home(who)
    await types(world, world.eva, f"request {make.PIXEL} analyst for 30d because {said}")
    draft = world.card_in(world.agency_room)
    assert draft is not None
    await press(world, world.ann, draft, "send")
    card = await world.send_request(f"request {make.ACCOUNT} advertise,analyze for 9d because {said}")
    own = next(one for one in cards(world, world.ann) if "comment" in buttons(one))
    comment = await opens(world, world.ann, own, "comment")
    await fills(world, world.ann, comment, "text", said)
    await sends(world, world.ann, comment)
    await press(world, world.emil, card, "approve")
    await press(world, world.dana, card, "approve")
    page = await world.send_request(f"request {make.PAGE} analyze for 30d because {said}")
    declining = await opens(world, world.dana, page, "decline")
    await fills(world, world.dana, declining, "note", said)
    await sends(world, world.dana, declining)
    await types(world, world.ann, f"cancel AMBER-9999 because {said}")
    await types(world, world.vera, said)
    await world.pass_time(timedelta(days=1, hours=2))  # what was sent waits: a digest
    await world.pass_time(timedelta(days=2))  # the access ends in a week: a warning
    warning = next(one for one in world.dms(world.ann) if "extend" in buttons(one))
    longer = await opens(world, world.ann, warning, "extend")
    await fills(world, world.ann, longer, "reason", said)
    await sends(world, world.ann, longer)
    await world.pass_time(timedelta(days=10))  # what nobody decides is about to expire
    await world.pass_time(timedelta(days=5))


@pytest.mark.covers("T25", "T26")
async def test_no_message_unfurls_a_link_or_tells_other_apps_anything(socket_world: World) -> None:
    await everything(socket_world, "https://evil.example/x and act_1001")
    assert {row.audience for row in socket_world.rows(tables.Card) if row.state == "POSTED"} == set(Audience)
    sent = {row.kind for row in socket_world.rows(tables.Effect) if row.state == "DONE"}
    assert sent >= {EffectKind.POST_CARD, EffectKind.POST_NOTICE, EffectKind.UPDATE_CARD}
    posts = [one.args for one in socket_world.slack.calls_of("chat.postMessage")]
    for post in posts:
        assert (post["unfurl_links"], post["unfurl_media"]) == (False, False)
        metadata = post["metadata"]
        assert set(metadata) == {"event_type", "event_payload"}
        assert set(metadata["event_payload"]) == {"key"}
        assert re.fullmatch("[0-9a-f]{32}", metadata["event_payload"]["key"])
    assert len({json.dumps(post["metadata"]) for post in posts}) == len(posts)
    assert len({post["metadata"]["event_type"] for post in posts}) == 1
    others = ("chat.update", "chat.postEphemeral", "views.open", "views.push", "views.update")
    assert not [
        one for name in others for one in socket_world.slack.calls_of(name) if one.args.get("metadata")
    ]


@pytest.mark.covers("T28", "I23")
@pytest.mark.parametrize("way", list(Way))
async def test_at_debug_a_whole_story_writes_no_token_and_nothing_that_was_typed(
    sqlite_url: str, clock: PushedClock, written: io.StringIO, way: Way
) -> None:
    """And they stand in nothing that is kept or said either, but for the words where they belong."""
    canary = "canary-91c4"
    async with running(sqlite_url, way=way, clock=clock) as world:
        await everything(world, canary)
        world.slack.faults.refuse("chat.postMessage", f"invalid_blocks: {canary}")  # Slack quotes us
        world.slack.faults.drop("views.open", after=True)
        await types(world, world.ann, f"request {make.PAGE} analyze for 3d because {canary}")
        await types(world, world.ann, f"request {make.PAGE} analyze because {canary}")
        secrets = {
            world.slack.app.signing_secret,
            world.slack.app.app_token,
            world.slack.app.verification_token,
            *(one.bot_token for one in world.slack.workspaces.values()),
        }
        triggers = {str(one.payload.get("trigger_id")) for one in world.slack.deliveries} - {"None"}
        addresses = {str(one.payload.get("response_url")) for one in world.slack.deliveries} - {"None"}
        rows = repr(stored(world))
        said = json.dumps([one.args for one in world.slack.calls], default=str)
    log = written.getvalue()
    assert log.count("\n") > 20
    assert canary not in log
    assert canary in rows
    assert not [one for one in secrets | triggers | addresses if one in log]
    assert not [one for one in secrets | addresses if one in rows or one in said]
    assert all(json.loads(line) for line in log.splitlines())


@pytest.mark.covers("T28")
@pytest.mark.parametrize("way", [Way.HTTP, Way.SOCKET])
async def test_at_debug_the_log_holds_no_token_secret_address_or_word_of_a_person(
    sqlite_url: str, clock: PushedClock, written: io.StringIO, way: Way
) -> None:
    canary = "canary-7f3a"
    async with running(sqlite_url, way=way, clock=clock, seed=stages.seed) as world:
        stage = await stages.set_stage(world)
        world.clock.push(timedelta(hours=1))
        await world.command(world.ann, f"request {stages.OTHER_PAGE} admin for 3d because {canary}")
        await world.command(world.ann, f"nonsense {canary}")
        await world.command(world.ann, f"cancel AMBER-9999 because {canary}")
        for value in ("junk " + canary, json.dumps({"r": canary, "v": 1})):
            await stage.send(Kind.INTERACTIVE, stage.press(world.dana, canary, value))
            await stage.send(Kind.INTERACTIVE, stage.press(world.dana, "approve", value))
        for odd in ({"user": canary}, {"api_app_id": canary}, {"type": canary}, {"team": {"id": canary}}):
            payload = stage.press(world.dana, "approve", canary) | odd
            with unanswered(world.slack):
                await stage.send(Kind.INTERACTIVE, payload)
        inner = {"type": canary, "user": {"id": canary}}
        await stage.send(Kind.EVENT, world.slack.payload_event(world.brand, inner))
        # A fault of our own, and Slack not taking what we say: both log an exception.
        world.slack.faults.refuse("chat.postEphemeral", "fatal_error")
        await stage.send(Kind.INTERACTIVE, stage.press(world.dana, "approve", canary))
        for _ in range(2):
            world.slack.faults.drop("views.open", after=False)
        await world.command(world.ann, "request")
        await world.settle()
        if way is Way.HTTP:
            async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
                await Wire(world, client).post(canary.encode() * 10, {})
        secrets = {
            "signing secret": world.slack.app.signing_secret,
            "app token": world.slack.app.app_token,
            "verification token": world.slack.app.verification_token,
            **{f"token of {one.name}": one.bot_token for one in world.slack.workspaces.values()},
        }
        triggers = {str(one.payload.get("trigger_id")) for one in world.slack.deliveries} - {"None"}
        addresses = {
            urlsplit(one.payload["response_url"]).path
            for one in world.slack.deliveries
            if one.payload.get("response_url")
        }
    written = written.getvalue()
    assert written.count("\n") > 5
    assert canary not in written
    assert not [name for name, secret in secrets.items() if secret in written]
    assert not [one for one in triggers | addresses if one in written]
    assert all(json.loads(line) for line in written.splitlines() if line.startswith("{"))


@pytest.mark.covers("T29")
async def test_rejected_requests_write_no_line_of_theirs_and_few_of_ours(
    wire: Wire, staged: Stage, written: io.StringIO
) -> None:
    """A megabyte with line breaks that begin what looks like a line of ours; in headers and addresses too."""
    forged = '\r\n{"event": "canary", "level": "info", "logger": "bot"}\r\n'
    body = (forged * (bodies.MOST_BYTES // len(forged))).encode()
    raw = quote(forged)
    for content, headers in (
        (body, {}),
        (body, wire.headers(body, secret="wrong")),
        (body * 2, {}),
        (b"payload=" + raw.encode(), {"user-agent": raw, "x-slack-signature": raw}),
        (body[:2000], {"content-type": f"application/json; {raw}"}),
    ):
        answer = await wire.post(content, headers, url=f"{staged.world.app.url}/slack/events?{raw}")
        assert answer.status_code in (401, 413)
        assert "canary" not in answer.text
    signed = b"payload=" + raw.encode()
    assert (await wire.post(signed)).status_code == 401
    for number in range(60):
        await wire.post(b"%d" % number + body[:500], {})
    log = written.getvalue()
    assert "canary" not in log
    assert 1 <= log.count("\n") <= 21
    assert len(log) < 10_000
    assert all("canary" not in json.loads(line)["event"] for line in log.splitlines())
