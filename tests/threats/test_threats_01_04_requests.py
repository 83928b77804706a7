"""T1 to T4: what is not signed, comes again, or has odd headers or an odd body."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

import hostile
import httpx
import pytest
import stages
from hypothesis import given, settings
from hypothesis import strategies as st
from stages import Stage
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from wire import Wire
from world import Way, World, running

from bot import app as composition
from bot.clock import PushedClock
from bot.store import tables
from bot.web_server import WebServer
from handlers import bodies, slack_http
from handlers.graph import API_PATH, GraphApi


@asynccontextmanager
async def served(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch, way: Way
) -> AsyncIterator[tuple[World, dict[str, set[str]]]]:
    """The world, and every route of the bot's own server with the methods that it takes."""
    apps: list[Any] = []

    def watched(app: Any, **more: Any) -> WebServer:
        apps.append(app)
        return WebServer(app, **more)

    monkeypatch.setattr(composition, "WebServer", watched)
    async with running(sqlite_url, way=way, clock=clock) as world:
        yield world, dict(routes_of(apps[-1]))


def routes_of(app: Any, under: str = "") -> Iterator[tuple[str, set[str]]]:
    """All paths below an app with their methods; of what is behind the guard, that it is."""
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, slack_http.Guard):
            yield f"{under}{route.path}/", {"guarded"}
        elif isinstance(getattr(route, "endpoint", None), GraphApi):
            yield route.path, {"token"}
        elif isinstance(route, Mount):
            yield from routes_of(route.app, under + route.path)
        elif hasattr(route, "path"):
            yield under + route.path, set(route.methods)
        else:  # what was included as a whole
            yield from routes_of(route.original_router, under)


OPEN = {
    "/healthz": {"GET", "HEAD"},
    "/readyz": {"GET", "HEAD"},
    "/slack/install": {"GET", "HEAD"},
    "/slack/oauth_redirect": {"GET", "HEAD"},
}


@pytest.mark.covers("T2", "T43")
async def test_every_route_that_can_be_posted_to_is_behind_the_signature(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The routes are read from the server itself, so that a new one is checked too."""
    async with served(sqlite_url, clock, monkeypatch, Way.HTTP) as (world, routes):
        assert routes == {**OPEN, "/slack/": {"guarded"}, API_PATH: {"token"}}
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            for path in (
                *(path for path in routes if path != API_PATH),
                "/slack/events",
                "/slack/other",
                "/slack/events/",
                "/slack/events?ssl_check=1",
            ):
                for body in hostile.UNSIGNED:
                    for kind in ("application/x-www-form-urlencoded", "application/json", "text/plain"):
                        url, headers = f"{world.app.url}{path}", {"content-type": kind}
                        answer = await client.post(url, content=body, headers=headers)
                        wanted = 405 if path in OPEN and not path.startswith("/slack") else 401
                        assert (answer.status_code, b"x" in answer.content) == (wanted, False), (path, body)
                        called = await client.post(f"{world.app.url}/v26.0/me", content=body, headers=headers)
                        assert called.status_code in (400, 401), body  # no form at all, or no token in it


@pytest.mark.covers("T1", "T2")
async def test_over_a_socket_there_is_no_route_for_slack(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(sqlite_url, clock, monkeypatch, Way.SOCKET) as (world, routes):
        assert routes == {**OPEN, API_PATH: {"token"}}
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            wire = Wire(world, client)
            assert (await wire.post(b"ssl_check=1")).status_code == 404
            empty = wire.headers(b"ssl_check=1", secret="")
            assert (await wire.post(b"ssl_check=1", empty)).status_code == 404


TAKEN = b"ssl_check=1&token=x"  # answered with 200, whatever else there is, if it is signed


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
@pytest.mark.parametrize(("seconds", "status"), [(-270, 200), (-301, 401), (330, 401)])
async def test_a_signature_lives_five_minutes(wire: Wire, staged: Stage, seconds: int, status: int) -> None:
    at = str(int(staged.world.clock.real().timestamp()) + seconds)
    assert (await wire.post(b"ssl_check=1", wire.headers(b"ssl_check=1", at=at))).status_code == status


@pytest.mark.covers("T4")
async def test_headers_that_come_twice_or_not_at_all_are_refused(wire: Wire) -> None:
    signed = wire.headers(TAKEN)
    assert (await wire.post(TAKEN, signed)).status_code == 200
    for headers in (signed + signed[1:2], signed + signed[2:], signed[:2], [signed[0], signed[2]]):
        assert (await wire.post(TAKEN, headers)).status_code == 401


async def test_a_body_that_was_changed_is_refused(wire: Wire) -> None:
    assert (await wire.post(TAKEN + b"&x=1", wire.headers(TAKEN))).status_code == 401


NAMES = st.sampled_from(
    [b"x-slack-signature", b"X-Slack-Signature", b"x-slack-request-timestamp", b"X-SLACK-REQUEST-TIMESTAMP"]
)


ODD = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"v0=", b"v0=" + b"0" * 64, b"\xff\xfe", b"0", b"-1", b"1e9", "٣٣".encode(), b""]),
    st.integers(-(10**20), 10**20).map(lambda number: str(number).encode()),
)


class TooLong(bytes):
    """A body over the limit, short to print."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


BODIES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=50).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [
            b"ssl_check=1",
            b'{"type":"url_verification","challenge":"x"}',
            b"[" * 5000,
            TooLong(b"a" * 1_000_001),
        ]
    ),
    st.dictionaries(
        st.sampled_from(
            ["type", "command", "payload", "team_id", "user", "api_app_id", "ssl_check", "token"]
        ),
        st.sampled_from(["", "block_actions", "/access", "{}", "TBRAND", "UDANA", "\0", "\ud800"]),
    ).map(lambda fields: json.dumps(fields).encode()),
)


REQUESTS = st.tuples(
    BODIES,
    st.sampled_from(["as it is", "of another body", "with no secret", "old", "not at all"]),
    st.lists(st.tuples(NAMES, ODD), max_size=2),
    st.integers(0, 3),
)


async def answered(app: Any, body: bytes, headers: list[tuple[bytes, bytes]], *, pieces: int) -> int:
    """The status with which an ASGI app answers a POST whose body comes in so many pieces."""
    size = len(body) // max(pieces, 1) + 1
    parts = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    incoming = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    incoming[-1]["more_body"] = False
    statuses: list[int] = []

    async def receive() -> Any:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/events",
        "raw_path": b"/events",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await app(scope, receive, send)
    (status,) = statuses
    return status


@pytest.mark.covers("T4")
def test_whatever_headers_and_body_come_the_answer_is_ok_not_signed_or_too_long(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """200 only for what was signed, just now, with each header once."""
    seen: set[int] = set()
    with asyncio.Runner() as runner:
        context = running(sqlite_url, way=Way.HTTP, clock=PushedClock())
        world = runner.run(context.__aenter__())
        secret = world.slack.app.signing_secret
        routes = slack_http.slack_requests(world.app.edge, secret=secret)

        async def welcome(*_: Any) -> PlainTextResponse:
            return PlainTextResponse("let in")

        let_in = slack_http.Guard(welcome, secret=secret, clock=world.clock)

        @settings(max_examples=250, derandomize=True, database=None)
        @given(REQUESTS)
        def sent(request: tuple[bytes, str, list[tuple[bytes, bytes]], int]) -> None:
            body, signed, others, pieces = request
            at = str(int(time.time()) - (301 if signed == "old" else 0)).encode()
            key = b"" if signed == "with no secret" else secret.encode()
            over = body + b"x" if signed == "of another body" else body
            mine = b"v0=" + hmac.new(key, b"v0:" + at + b":" + over, hashlib.sha256).hexdigest().encode()
            own = [(b"x-slack-signature", mine), (b"x-slack-request-timestamp", at)]
            headers = [*([] if signed == "not at all" else own), *others]
            wanted = 200 if signed == "as it is" and not others else 401
            if len(body) > bodies.MOST_BYTES:
                wanted = 413
            caplog.clear()
            assert runner.run(answered(let_in, body, headers, pieces=pieces)) == wanted
            status = runner.run(answered(routes, body, headers, pieces=pieces))
            assert status in {wanted, 401}
            assert not stages.broken(caplog)
            seen.add(status)

        try:
            sent()
        finally:
            runner.run(context.__aexit__(None, None, None))
    assert seen == {200, 401, 413}, "or it has shown nothing"


COMMAND = urlencode({"command": "/access", "text": "help"}).encode()


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
    async with asyncio.timeout(15):
        return int((await reader.readline()).split()[1])


@pytest.mark.covers("T4")
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in chunks"])
async def test_a_hundred_megabytes_are_refused_without_being_read(
    staged: Stage, caplog: pytest.LogCaptureFixture, *, chunked: bool
) -> None:
    total, piece, sent = 100_000_000, b"a" * 65_536, 0
    how = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {total}"
    async with connected(staged.world) as (reader, writer):
        writer.write(head(how))
        with suppress(ConnectionError):  # it hangs up on us
            while sent < total:
                writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
                await writer.drain()
                sent += len(piece)
        assert sent < total / 2
        with suppress(ConnectionError):  # or the answer is lost with the connection: we were still sending
            assert await status(reader) == 413
    assert not stages.broken(caplog)


async def test_a_body_of_just_over_a_megabyte_is_told_that_it_is_too_long(wire: Wire) -> None:
    assert (await wire.post(b"a" * bodies.MOST_BYTES)).status_code == 401
    assert (await wire.post(b"a" * (bodies.MOST_BYTES + 1))).status_code == 413


@pytest.mark.covers("T4")
async def test_a_body_that_does_not_come_is_not_waited_for(
    staged: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    async with connected(staged.world) as (reader, writer):
        writer.write(head("Content-Length: 1000") + b"command=%2Faccess")
        assert await status(reader) == 401
        async with asyncio.timeout(15):
            assert (await reader.read()).endswith(b"not signed")  # and then it hung up
    assert not stages.broken(caplog)


async def test_a_sender_who_leaves_in_the_middle_of_a_body_breaks_nothing(
    staged: Stage, caplog: pytest.LogCaptureFixture, wire: Wire
) -> None:
    async with connected(staged.world) as (_, writer):
        writer.write(head("Content-Length: 1000") + b"command")
        await writer.drain()
    assert (await wire.post(COMMAND, {})).status_code == 401
    assert not stages.broken(caplog)


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
    staged: Stage, caplog: pytest.LogCaptureFixture, raw: bytes
) -> None:
    async with connected(staged.world) as (reader, writer):
        writer.write(raw)
        writer.write_eof()
        async with asyncio.timeout(15):
            answer = await reader.read()
    assert not answer or 400 <= int(answer.split()[1]) < 500
    assert not stages.broken(caplog)


async def test_a_websocket_at_slacks_address_is_refused_and_breaks_nothing(
    staged: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    upgrade = (
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    )
    async with connected(staged.world) as (reader, writer):
        writer.write(head(*upgrade).replace(b"POST", b"GET"))
        assert await status(reader) == 401  # it is read as any other request, and is not signed
    assert not stages.broken(caplog)


@pytest.mark.covers("T4")
async def test_a_signed_body_of_an_odd_shape_is_refused_and_breaks_nothing(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    for body in hostile.BODIES:
        assert (await wire.post(body)).status_code == 401, body[:100]
    assert not stages.broken(caplog)


@pytest.mark.covers("T3")
async def test_a_request_that_slack_signed_is_taken_once_however_often_it_is_replayed(staged: Stage) -> None:
    """The same bytes: even a refusal is recorded once."""
    world = staged.world
    events = len(staged.events())
    body = urlencode(
        world.slack.payload_command(world.eva, world.agency_room, "/access", f"cancel {staged.ref}")
    ).encode()
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        wire = Wire(world, client)
        headers = wire.headers(body)
        answers = [await wire.post(body, headers) for _ in range(3)]
        late = wire.headers(body, at=str(int(time.time()) - 301))
        assert (await wire.post(body, late)).status_code == 401
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert all(one.json()["text"] for one in answers)
    assert [event.kind for event in staged.events()[events:]] == ["denied"]


@pytest.mark.covers("T3")
async def test_the_same_delivery_twice_has_the_effect_of_one_and_the_same_answer(world: World) -> None:
    card = await world.send_request()
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


@pytest.mark.covers("T3", "I18")
async def test_the_same_bytes_many_times_at_one_instant_have_one_effect(http_world: World) -> None:
    world = http_world
    card = await world.send_request()
    payload = world.slack.payload_click(world.dana, card, "approve")
    body = urlencode({"payload": json.dumps(payload)}).encode()
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        wire = Wire(world, client)
        headers = wire.headers(body)
        answers = await asyncio.gather(*(wire.post(body, headers) for _ in range(8)))
        await world.settle()
        before = world.rows(tables.Event)
        again = await wire.post(body, headers)
        await world.settle()
    assert [one.status_code for one in (*answers, again)] == [200] * 9
    assert world.rows(tables.Event) == before
    assert [row.kind for row in before].count("request.approved") == 1
    assert "denied" not in [row.kind for row in before]
    assert len(world.rows(tables.Grant)) == 1
