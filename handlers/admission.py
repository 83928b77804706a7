"""The two doors: signed requests over HTTP, and envelopes through a socket. Both lead to `Edge.dispatch`.

Each payload is checked before Bolt sees anything of it: that Slack signed it (over a socket Slack is the
only one who speaks), that its shape is one we know, that it is for this app, and that it came through a
workspace in which the app is installed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from slack_bolt.adapter.socket_mode.async_base_handler import AsyncBaseSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from bot.clock import Clock
from bot.domain.inbox import InboxKey
from bot.slack import replies
from bot.slack.text import en as texts
from bot.slack.wire import inbound
from bot.slack.wire.inbound import Inbound, InboundKind, OddShape
from handlers.edge import Edge, ephemeral

log = logging.getLogger(__name__)

WINDOW_SECONDS = 300
"""How old a signature may be (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""
MOST_BYTES = 1_000_000
BODY_SECONDS = 10.0
"""How long a body may take to arrive. Slack itself gives up on an answer after three seconds."""

_NUMBER = re.compile(rb"[0-9]{1,12}", re.ASCII)
_LINES_A_MINUTE = 20
_PING_SECONDS = 5.0
_ADDRESS_SECONDS = 60.0
_HANG_UP = {"connection": "close"}  # or the rest of it is read, only to be thrown away


Answering = Callable[[Scope, bytes, InboxKey], Awaitable[Response]]


class Guard:
    """An ASGI app that answers nothing but what Slack signed: on the raw bytes, before all else.

    Whatever is odd is 401, what is too long 413; nothing of it is logged but its hash and length.
    """

    def __init__(self, answer: Answering, *, secret: str, clock: Clock) -> None:
        self._answer = answer
        self._secret = secret.encode()
        self._clock = clock
        self._logged: list[float] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await send({"type": "websocket.close"})  # Slack speaks plain requests here: it is answered 403
            return
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _whole(receive)
        except TimeoutError:
            self._log("too slow", b"")
            await PlainTextResponse("not signed", status_code=401, headers=_HANG_UP)(scope, receive, send)
            return
        if body is None:
            self._log("too long", b"")
            await PlainTextResponse("too long", status_code=413, headers=_HANG_UP)(scope, receive, send)
            return
        key = self._key(scope["headers"], body)
        if key is None:
            self._log("not signed", body)
            await PlainTextResponse("not signed", status_code=401)(scope, receive, send)
            return

        response = await self._answer(scope, body, key)
        await response(scope, receive, send)

    def _key(self, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> InboxKey | None:
        """Return what makes a signed request unique, None if Slack did not sign it just now."""
        found: dict[bytes, bytes] = {}
        for raw_name, value in headers:
            name = raw_name.lower()
            if name in (b"x-slack-signature", b"x-slack-request-timestamp"):
                if name in found:
                    return None
                found[name] = value
        signature = found.get(b"x-slack-signature", b"")
        timestamp = found.get(b"x-slack-request-timestamp", b"")
        if not _NUMBER.fullmatch(timestamp):
            return None
        if abs(self._clock.real().timestamp() - int(timestamp)) > WINDOW_SECONDS:
            return None
        mine = hmac.new(self._secret, b"v0:" + timestamp + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(b"v0=" + mine.encode(), signature):
            return None
        return inbound.signed_key(timestamp.decode(), mine)

    def _log(self, what: str, body: bytes) -> None:
        now = self._clock.monotonic()
        self._logged = [at for at in self._logged if now - at < 60]  # noqa: PLR2004 - a minute
        if len(self._logged) < _LINES_A_MINUTE:
            self._logged.append(now)
            log.warning("refused a request: %s, %d bytes, sha256 %.12s", what, len(body), _digest(body))


def slack_requests(edge: Edge, *, secret: str) -> Guard:
    """Return the app for all below one path: Slack's requests come to `/events` there."""

    async def answer(scope: Scope, body: bytes, key: InboxKey) -> Response:
        if scope["path"].removeprefix(scope["root_path"]) != "/events":
            return PlainTextResponse("not found", status_code=404)
        if scope["method"] != "POST":
            return PlainTextResponse("only POST", status_code=405, headers={"allow": "POST"})
        try:
            payload = inbound.read_bytes(body)
        except OddShape as odd:
            return to_starlette_response(_refuse(str(odd)))
        if payload.get("type") == "url_verification" and isinstance(payload.get("challenge"), str):
            return JSONResponse({"challenge": payload["challenge"]})
        if "ssl_check" in payload:
            return Response()
        return to_starlette_response(await admit(edge, payload, key=key))

    return Guard(answer, secret=secret, clock=edge.clock)


async def admit(edge: Edge, body: Mapping[str, Any], *, key: InboxKey) -> BoltResponse:
    """Return the answer to a payload that Slack sent."""
    try:
        what = inbound.read(body, key=key)
    except OddShape as odd:
        return _refuse(str(odd))
    return _not_for_us(edge, what) or await edge.dispatch(what)


def _not_for_us(edge: Edge, what: Inbound) -> BoltResponse | None:
    """Return the answer to what is for another app, or came through a workspace that is not ours."""
    if not hmac.compare_digest(what.app_id.encode(), edge.app_id.encode()):
        return _refuse("another app's")
    installed = edge.slack.find(what.team_id)
    if installed is None:
        if what.kind is InboundKind.COMMAND:
            return BoltResponse(status=200, body=ephemeral(replies.error(texts.replies.NOT_INSTALLED)))
        if what.kind is InboundKind.EVENT:
            return BoltResponse(status=200)  # or Slack sends it again, and in the end no events at all
        return _refuse("from a workspace that is not ours")
    named = what.actor.enterprise_id
    if named and what.actor.team_id == what.team_id and installed.enterprise_id not in (None, named):
        return _refuse("from another organisation")
    return None


def _refuse(why: str) -> BoltResponse:
    # 401, and no ack over a socket: the person sees that nothing came of it.
    log.warning("refused a payload: %s", why)
    return BoltResponse(status=401)


class _Client(SocketModeClient):
    """The SDK's client, but for this: an address that Slack does not take is not tried for ever.

    An address is good once, and for a short while. After an outage longer than that the SDK would go on
    with the one it was given at its beginning, and the app stay deaf.
    """

    async def connect(self) -> None:
        """Connect, however long it takes; ask for another address every now and then."""
        while not self.closed:
            try:
                async with asyncio.timeout(_ADDRESS_SECONDS):
                    await super().connect()  # type: ignore[no-untyped-call]  # the SDK has no type for it
                    return
            except TimeoutError:
                self.wss_uri = None


class SocketHandler(AsyncBaseSocketModeHandler):
    """Take envelopes through one socket. Bolt never sees the envelope's id: it makes a delivery unique."""

    def __init__(self, edge: Edge, *, app_token: str, web_client: AsyncWebClient) -> None:
        self._edge = edge
        self.app = edge.bolt
        self.client = _Client(
            app_token=app_token,
            logger=logging.getLogger("slack_sdk.socket_mode"),
            web_client=web_client,
            ping_interval=_PING_SECONDS,
        )
        self.client.socket_mode_request_listeners.append(self.handle)

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """Answer one envelope."""
        started = time.time()
        try:
            key = inbound.envelope_key(str(req.envelope_id))
        except OddShape as odd:
            _refuse(str(odd))
            return
        response = await admit(self._edge, req.payload, key=key)
        # It may leave on the socket that replaced the one it came by: Slack takes it all the same.
        await send_async_response(client, req, response, started)


async def _whole(receive: Receive) -> bytes | None:
    """Return the body of a request, None if it is too long or the sender left."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
