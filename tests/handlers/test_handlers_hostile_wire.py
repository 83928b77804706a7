"""Raw bytes at the HTTP door, addresses that answers must not go to, and what the log must never hold."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import hostile
import httpx
import pytest
import pytest_asyncio
from hostile import Stage, nothing_moves
from wire import Wire
from world import Way, World, running

from bot import app as composition
from bot.clock import PushedClock
from bot.logs import set_up_logging
from bot.sandbox.slack.delivery import Kind
from bot.sandbox.slack.faults import Fault
from handlers import slack_http

COMMAND = urlencode({"command": "/access", "text": "help"}).encode()


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def staged(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A stage that is shared, over HTTP on SQLite."""
    path = tmp_path_factory.mktemp("stage") / "store.db"
    shutil.copy(sqlite_template, path)
    async with running(f"sqlite:///{path}", way=Way.HTTP, clock=PushedClock(), seed=hostile.seed) as world:
        yield await hostile.set_stage(world)


@pytest.fixture
def http_world(staged: Stage) -> World:
    return staged.world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire(staged: Stage) -> AsyncIterator[Wire]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Wire(staged.world, client)


@asynccontextmanager
async def connected(world: World) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    to = urlsplit(world.app.url)
    reader, writer = await asyncio.open_connection(to.hostname, to.port)
    try:
        yield reader, writer
    finally:
        writer.close()


def head(*lines: str) -> bytes:
    return "\r\n".join(("POST /slack/events HTTP/1.1", "Host: x", *lines, "", "")).encode("latin-1")


async def status(reader: asyncio.StreamReader) -> int:
    async with asyncio.timeout(5):
        return int((await reader.readline()).split()[1])


# --- raw bytes ------------------------------------------------------------------------------------


@pytest.mark.covers("T4")
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in chunks"])
async def test_a_hundred_megabytes_are_refused_without_being_read(
    http_world: World, caplog: pytest.LogCaptureFixture, *, chunked: bool
) -> None:
    total, piece, sent = 100_000_000, b"a" * 65_536, 0
    how = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {total}"
    async with connected(http_world) as (reader, writer):
        writer.write(head(how))
        with suppress(ConnectionError):  # it hangs up on us
            while sent < total:
                writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
                await writer.drain()
                sent += len(piece)
        assert sent < total / 2
        with suppress(ConnectionError):  # or the answer is lost with the connection: we were still sending
            assert await status(reader) == 413
    assert not hostile.broken(caplog)


async def test_a_body_of_just_over_a_megabyte_is_told_that_it_is_too_long(wire: Wire) -> None:
    assert (await wire.post(b"a" * slack_http.MOST_BYTES)).status_code == 401
    assert (await wire.post(b"a" * (slack_http.MOST_BYTES + 1))).status_code == 413


@pytest.mark.covers("T4")
async def test_a_body_that_does_not_come_is_not_waited_for(
    http_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(slack_http, "BODY_SECONDS", 0.2)
    async with connected(http_world) as (reader, writer):
        writer.write(head("Content-Length: 1000") + b"command=%2Faccess")
        assert await status(reader) == 401
        async with asyncio.timeout(5):
            assert (await reader.read()).endswith(b"not signed")  # and then it hung up
    assert not hostile.broken(caplog)


async def test_who_leaves_in_the_middle_of_a_body_breaks_nothing(
    http_world: World, caplog: pytest.LogCaptureFixture, wire: Wire
) -> None:
    async with connected(http_world) as (_, writer):
        writer.write(head("Content-Length: 1000") + b"command")
        await writer.drain()
    assert (await wire.post(COMMAND, {})).status_code == 401
    assert not hostile.broken(caplog)


@pytest.mark.covers("T4")
@pytest.mark.parametrize(
    "raw",
    [
        b"\0" * 100,
        b"GET\r\n\r\n",
        b"POST /slack/events HTTP/9.9\r\n\r\n",
        head("Content-Length: -1"),
        head("Content-Length: 1e3"),
        head("Content-Length: 5", "Content-Length: 6"),
        head("Transfer-Encoding: chunked") + b"zz\r\n",
        head("X-Slack-Signature: \xff\xfe", "X-Slack-Request-Timestamp: \xb2", "Content-Length: 2") + b"{}",
        b"POST /slack/events?" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=[
        "NULs",
        "no request line",
        "an unknown version",
        "less than no bytes",
        "a length with an exponent",
        "two lengths",
        "a chunk of no size",
        "headers that are no text",
        "an address of 100 kB",
    ],
)
async def test_what_is_hardly_http_is_refused_and_breaks_nothing(
    http_world: World, caplog: pytest.LogCaptureFixture, raw: bytes
) -> None:
    async with connected(http_world) as (reader, writer):
        writer.write(raw)
        writer.write_eof()
        async with asyncio.timeout(5):
            answer = await reader.read()
    assert not answer or 400 <= int(answer.split()[1]) < 500
    assert not hostile.broken(caplog)


async def test_a_websocket_at_slacks_address_is_refused_and_breaks_nothing(
    http_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    upgrade = (
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    )
    async with connected(http_world) as (reader, writer):
        writer.write(head(*upgrade).replace(b"POST", b"GET"))
        assert await status(reader) == 401  # it is read as any other request, and is not signed
    assert not hostile.broken(caplog)


@pytest.mark.covers("T25")
async def test_no_address_takes_anything_by_get_and_none_moves_anything(
    staged: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Slack's own link preview opens whatever is posted; so may any browser."""
    world = staged.world
    approve = staged.press(world.dana, "approve", json.dumps({"r": staged.request_id, "v": 1}))
    events = len(staged.events())
    query = urlencode({"payload": json.dumps(approve)})
    async with nothing_moves(staged, caplog), httpx.AsyncClient(trust_env=False) as client:
        wire = Wire(world, client)
        for path in (
            "/slack/events",
            "/slack",
            "/slack/",
            "/healthz",
            "/",
            "/docs",
            "/openapi.json",
            "/metrics",
        ):
            for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"):
                for headers in ([], wire.headers(b"")):
                    url = f"{world.app.url}{path}?{query}"
                    answer = await client.request(method, url, headers=headers)
                    assert answer.status_code in (200, 401, 404, 405, 307), (method, path)
                    assert answer.status_code != 200 or path == "/healthz"
    assert len(staged.events()) == events


@pytest.mark.covers("T3")
async def test_a_request_that_slack_signed_is_taken_once_however_often_it_is_replayed(staged: Stage) -> None:
    """The same bytes: even a refusal is recorded once."""
    world = staged.world
    events = len(staged.events())
    body = urlencode(
        world.slack.payload_command(world.eva, world.agency_room, "/access", f"cancel {staged.ref}")
    ).encode()
    async with httpx.AsyncClient(trust_env=False) as client:
        wire = Wire(world, client)
        headers = wire.headers(body)
        answers = [await wire.post(body, headers) for _ in range(3)]
        late = wire.headers(body, at=str(int(time.time()) - 301))
        assert (await wire.post(body, late)).status_code == 401
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert all(one.json()["text"] for one in answers)
    assert [event.kind for event in staged.events()[events:]] == ["denied"]


@pytest.mark.parametrize(
    "body",
    [
        b"payload=%7B%7D&payload=%7B%7D",
        b"command=%2Faccess&payload=5",
        b"command=%2Faccess&team_id=TBRAND&user_id=U%00&api_app_id=A",
        b"command=%2Faccess&command=%2Faccess",
        b'{"command":"/access","text":' + b"9" * 5000 + b"}",
        b'{"type":"event_callback","event":{"type":"x"},"event_id":"\\ud800"}',
        b'{"type":"event_callback","event":{"type":"x"},"event_id":"E","team_id":"T","api_app_id":"\\ud800"}',
        b'{"type":"block_actions","user":{"id":"U","team_id":"T"},"actions":[{"action_id":"a"}],"api_app_id":NaN}',
        b'\xef\xbb\xbf{"type":"url_verification","challenge":"x"}',
        b"{" + b'"a":1,' * 100_000 + b'"b":2}',
    ],
    ids=range(10),
)
async def test_a_signed_body_that_says_nothing_is_refused(
    wire: Wire, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    assert (await wire.post(body)).status_code == 401
    assert not hostile.broken(caplog)


@pytest.mark.covers("T29")
async def test_many_refusals_do_not_fill_the_log(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    """At most twenty lines a minute, whatever was refused before."""
    for number in range(40):
        await wire.post(b"x%d" % number, {})
    assert sum("rejected a request" in record.message for record in caplog.records) <= 20


# --- where answers go -----------------------------------------------------------------------------

# `{us}` is Slack's own origin, `{them}` somebody else's, `{their_host}` that without its scheme.
ELSEWHERE = {
    "another host": "{them}/x",
    "another port": "{us}0/x",
    "a user": "http://user@{our_host}/x",
    "our origin as a user": "{us}@{their_host}/x",
    "a backslash": "{us}\\@{their_host}/x",
    "a host that begins like ours": "{us}.evil.example/x",
    "a fragment": "{us}#@{their_host}/x",
    "no path": "{us}",
    "another scheme": "https://{our_host}/x",
    "a file": "file:///etc/passwd",
    "punycode": "http://xn--hooks-slack-ucb.com/x",
    "capitals": "HTTP://{our_host}/x",
    "a tab": "\t{them}/x",
    "a line break": "{us}/x\r\nHost: evil",
    "the machine by a number": "http://2130706433:80/x",
    "the machine by IPv6": "http://[::1]:80/x",
    "where clouds keep secrets": "http://169.254.169.254/latest/meta-data",
    "nothing": "",
}


@pytest.fixture
async def trap() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Somebody else's server, and what it heard."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

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
        for name, address in ELSEWHERE.items():
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


# --- the log --------------------------------------------------------------------------------------


@pytest.fixture
def log_of_the_product() -> Iterator[io.StringIO]:
    """What the product itself writes to standard error at DEBUG, all loggers back as they were after."""
    root, written, stderr = logging.getLogger(), io.StringIO(), sys.stderr
    handlers, level = list(root.handlers), root.level
    names = (
        "aiohttp",
        "apscheduler",
        "asyncio",
        "httpcore",
        "httpx",
        "slack_bolt",
        "slack_sdk",
        "uvicorn.access",
    )
    levels = {name: logging.getLogger(name).level for name in names}
    sys.stderr = written
    try:
        set_up_logging("DEBUG")
        yield written
    finally:
        sys.stderr = stderr
        root.handlers, root.level = handlers, level
        root.setLevel(level)
        for name, before in levels.items():
            logging.getLogger(name).setLevel(before)


@pytest.mark.covers("T28")
@pytest.mark.parametrize("way", [Way.HTTP, Way.SOCKET])
async def test_at_debug_the_log_holds_no_token_secret_address_or_word_of_a_person(
    sqlite_url: str, clock: PushedClock, log_of_the_product: io.StringIO, way: Way
) -> None:
    canary = "canary-7f3a"
    async with running(sqlite_url, way=way, clock=clock, seed=hostile.seed) as world:
        stage = await hostile.set_stage(world)
        world.clock.push(timedelta(hours=1))
        await world.command(world.ann, f"request {hostile.OTHER_PAGE} admin for 3d because {canary}")
        await world.command(world.ann, f"nonsense {canary}")
        await world.command(world.ann, f"cancel AMBER-9999 because {canary}")
        for value in ("junk " + canary, json.dumps({"r": canary, "v": 1})):
            await stage.send(Kind.INTERACTIVE, stage.press(world.dana, canary, value))
            await stage.send(Kind.INTERACTIVE, stage.press(world.dana, "approve", value))
        for odd in ({"user": canary}, {"api_app_id": canary}, {"type": canary}, {"team": {"id": canary}}):
            payload = stage.press(world.dana, "approve", canary) | odd
            world.slack._courier.ack_seconds = 0.3
            await stage.send(Kind.INTERACTIVE, payload)
            world.slack._courier.ack_seconds = 3.0
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
            async with httpx.AsyncClient(trust_env=False) as client:
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
    written = log_of_the_product.getvalue()
    assert written.count("\n") > 5
    assert canary not in written
    assert not [name for name, secret in secrets.items() if secret in written]
    assert not [one for one in triggers | addresses if one in written]
    assert all(json.loads(line) for line in written.splitlines() if line.startswith("{"))


@pytest.mark.covers("T29")
async def test_who_is_turned_away_writes_no_line_of_theirs_and_few_of_ours(
    wire: Wire, http_world: World, log_of_the_product: io.StringIO
) -> None:
    """A megabyte with line breaks that begin what looks like a line of ours; in headers and addresses too."""
    forged = '\r\n{"event": "canary", "level": "info", "logger": "bot"}\r\n'
    body = (forged * (slack_http.MOST_BYTES // len(forged))).encode()
    raw = quote(forged)
    for content, headers in (
        (body, {}),
        (body, wire.headers(body, secret="wrong")),
        (body * 2, {}),
        (b"payload=" + raw.encode(), {"user-agent": raw, "x-slack-signature": raw}),
        (body[:2000], {"content-type": f"application/json; {raw}"}),
    ):
        answer = await wire.post(content, headers, url=f"{http_world.app.url}/slack/events?{raw}")
        assert answer.status_code in (401, 413)
        assert "canary" not in answer.text
    signed = b"payload=" + raw.encode()
    assert (await wire.post(signed)).status_code == 401
    for number in range(60):
        await wire.post(b"%d" % number + body[:500], {})
    log = log_of_the_product.getvalue()
    assert "canary" not in log
    assert 1 <= log.count("\n") <= 21
    assert len(log) < 10_000
    assert all("canary" not in json.loads(line)["event"] for line in log.splitlines())


async def test_every_entry_of_the_app_is_one_that_these_tests_attack() -> None:
    """Whoever adds an entry adds what is bad for it here."""
    listeners = composition.LISTENERS
    assert set(listeners.commands) == {"/access"}
    assert set(listeners.submissions) == {
        *("ask", "adjust", "decline", "cancel", "end", "end_now"),
        *("extend", "comment", "settings", "members"),
    }
    assert set(listeners.options) == {"owner", "assets", "people", "bound", "grants"}
    assert set(listeners.events) == {"user_change", "app_home_opened", "app_uninstalled", "tokens_revoked"}
