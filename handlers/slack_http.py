"""Slack's signed requests over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Iterable

from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from bot.clock import Clock
from bot.domain.inbox import InboxKey
from bot.slack.wire import inbound
from bot.slack.wire.inbound import OddShape
from handlers.admission import admit, reject
from handlers.bodies import HANG_UP, TooSlow, read_body
from handlers.edge import Edge

log = logging.getLogger(__name__)

WINDOW_SECONDS = 300
"""How old a signature may be (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""

_NUMBER = re.compile(rb"[0-9]{1,12}", re.ASCII)
_LINES_A_MINUTE = 20

Answering = Callable[[Scope, bytes, InboxKey], Awaitable[Response]]


class Guard:
    """An ASGI app that passes on only what Slack signed, checked on the raw bytes.

    Everything else is answered 401, and a body that is too long 413; only its hash and length are logged.
    """

    def __init__(self, answer: Answering, *, secret: str, clock: Clock) -> None:
        self._answer = answer
        self._secret = secret.encode()
        self._clock = clock
        self._logged: list[float] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await send({"type": "websocket.close"})  # answered 403: Slack opens no websocket here
            return
        try:
            body = await read_body(receive)
        except TooSlow:
            self._log("too slow", b"")
            await PlainTextResponse("not signed", status_code=401, headers=HANG_UP)(scope, receive, send)
            return
        if body is None:
            self._log("too long", b"")
            await PlainTextResponse("too long", status_code=413, headers=HANG_UP)(scope, receive, send)
            return
        key = self._key(scope["headers"], body)
        if key is None:
            self._log("not signed", body)
            await PlainTextResponse("not signed", status_code=401)(scope, receive, send)
            return

        response = await self._answer(scope, body, key)
        await response(scope, receive, send)

    def _key(self, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> InboxKey | None:
        """Return the inbox key of a request, None unless Slack signed it in the last five minutes."""
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
            log.warning("rejected a request: %s, %d bytes, sha256 %.12s", what, len(body), _digest(body))


def slack_requests(edge: Edge, *, secret: str) -> Guard:
    """Return the app to mount at one path: below it, Slack's requests come to `/events`."""

    async def answer(scope: Scope, body: bytes, key: InboxKey) -> Response:
        if scope["path"].removeprefix(scope["root_path"]) != "/events":
            return PlainTextResponse("not found", status_code=404)
        if scope["method"] != "POST":
            return PlainTextResponse("only POST", status_code=405, headers={"allow": "POST"})
        try:
            payload = inbound.read_bytes(body)
        except OddShape as odd:
            return to_starlette_response(reject(str(odd)))
        if payload.get("type") == "url_verification" and isinstance(payload.get("challenge"), str):
            return JSONResponse({"challenge": payload["challenge"]})
        if "ssl_check" in payload:
            return Response()
        return to_starlette_response(await admit(edge, payload, key=key))

    return Guard(answer, secret=secret, clock=edge.clock)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
