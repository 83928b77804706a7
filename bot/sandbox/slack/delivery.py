"""Send payloads to the app, by signed HTTP or through a socket, and return what it answered.

Slack gives an app 3 s (of real time) to answer. Slack itself retries only events.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.slack.feed import Change
from bot.sandbox.slack.model import Json, Way
from bot.sandbox.slack.sockets import Connection, NoConnection, Sockets
from bot.sandbox.slack.state import State


class Kind(StrEnum):
    """The kinds of payload; the value names the request URL in `App.request_urls`."""

    COMMAND = "commands"
    INTERACTIVE = "interactivity"
    OPTIONS = "options"
    EVENT = "events"


_ENVELOPE_TYPE = {
    Kind.COMMAND: "slash_commands",
    Kind.INTERACTIVE: "interactive",
    Kind.OPTIONS: "interactive",
    Kind.EVENT: "events_api",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What a person sees after they did something."""

    status: int | None = None
    """HTTP status of the answer; 200 for an ack through a socket; None if nothing was sent or answered."""
    ack_ms: float | None = None
    body: Any = None
    """The answer: parsed JSON, a string, or None if empty."""
    error: str | None = None
    """What Slack shows. Commands: `operation_timeout`, `dispatch_failed`, `invalid_command_response`. Clicks
    in messages: `warning`. Modals: `trouble_connecting`, `invalid`, `required`. Menus: `options_failed`."""
    detail: str | None = None
    """The reason, for people who read a failing test."""
    payload: Json | None = None
    """What was sent."""
    options: tuple[Json, ...] = ()
    """What an external menu shows."""

    @property
    def ok(self) -> bool:
        """Return whether the person saw no error."""
        return self.error is None


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """One payload that was sent, kept for assertions and for sending it again."""

    kind: Kind
    team_id: str | None
    payload: Json
    url: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    envelope: Json | None = None
    attempt: int = 0
    delivered: Delivered | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgery:
    """What to falsify in an HTTP request; fields that are None stay as Slack would send them."""

    secret: str | None = None
    timestamp: str | None = None
    signature: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    url: str | None = None


def signature(*, secret: str, timestamp: str, body: bytes) -> str:
    """Return Slack's signature of a request body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Courier:
    """Send payloads over HTTP or a socket, and keep a log of them."""

    def __init__(self, *, state: State, sockets: Sockets, ack_seconds: float) -> None:
        self._state = state
        self._sockets = sockets
        self._session: aiohttp.ClientSession | None = None
        self.ack_seconds = ack_seconds
        self.deliveries: list[Delivery] = []

    async def close(self) -> None:
        """Close the HTTP connections to the app."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(
        self, kind: Kind, payload: Json, *, team_id: str | None, forgery: Forgery | None = None
    ) -> Delivered:
        """Send a payload for the first time; an app that fails leads to `Delivered.error`."""
        delivery = Delivery(kind=kind, team_id=team_id, payload=payload)
        if self._state.app.way is Way.HTTP:
            forged = forgery or Forgery()
            delivery.url = forged.url or self._state.app.request_urls[kind.value]
            delivery.body = _encoded(kind, payload) if forged.body is None else forged.body
            delivery.headers = self._headers(kind, delivery.body, forged)
        else:
            delivery.envelope = self._envelope(kind, payload)
        return await self._carry(delivery, None)

    async def again(
        self, delivery: Delivery, *, retry: bool, connection: Connection | None = None
    ) -> Delivered:
        """Send it again: the same bytes or envelope, or (events) as Slack's numbered retry."""
        copy = replace(delivery, delivered=None)
        if retry:
            copy.attempt += 1
            if copy.envelope is not None:
                numbered = {"retry_attempt": copy.attempt, "retry_reason": "timeout"}
                copy.envelope = self._envelope(copy.kind, copy.payload) | numbered
            else:
                numbers = {"X-Slack-Retry-Num": str(copy.attempt), "X-Slack-Retry-Reason": "http_timeout"}
                copy.headers = self._headers(copy.kind, copy.body, Forgery(headers=numbers))
        return await self._carry(copy, connection)

    async def _carry(self, delivery: Delivery, connection: Connection | None) -> Delivered:
        self.deliveries.append(delivery)
        clock = self._state.clock
        begun = clock.monotonic()
        try:
            if delivery.envelope is not None:
                body = await self._sockets.deliver(
                    delivery.envelope, seconds=self.ack_seconds, connection=connection
                )
                status = 200
            else:
                async with asyncio.timeout(self.ack_seconds):
                    status, body = await self._post(delivery)
        except TimeoutError:
            found = Delivered(error="timeout", detail=f"no answer within {self.ack_seconds} s")
        except (NoConnection, aiohttp.ClientError) as error:
            found = Delivered(error="unreachable", detail=f"{type(error).__name__}: {error}")
        else:
            ack_ms = (clock.monotonic() - begun) * 1000
            found = Delivered(status=status, ack_ms=ack_ms, body=body)
            if status != HTTPStatus.OK:
                found = replace(found, error="refused", detail=f"the app answered HTTP {status}")
        delivery.delivered = replace(found, payload=delivery.payload)
        self._state.tell(Change.DELIVERY, team_id=delivery.team_id)
        return delivery.delivered

    async def _post(self, delivery: Delivery) -> tuple[int, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        assert delivery.url is not None
        async with self._session.post(
            delivery.url, data=delivery.body, headers=delivery.headers, allow_redirects=False
        ) as answer:
            text = await answer.text()
            if not text:
                return answer.status, None
            if answer.content_type != "application/json":
                return answer.status, text
            try:
                return answer.status, json.loads(text)
            except ValueError:
                return answer.status, text

    def _headers(self, kind: Kind, body: bytes, forged: Forgery) -> dict[str, str]:
        secret = self._state.app.signing_secret if forged.secret is None else forged.secret
        now = str(int(self._state.clock.real().timestamp()))
        timestamp = now if forged.timestamp is None else forged.timestamp
        signed = signature(secret=secret, timestamp=timestamp, body=body)
        json_body = kind is Kind.EVENT
        return {
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Accept": "application/json,*/*",
            "Content-Type": "application/json" if json_body else "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signed if forged.signature is None else forged.signature,
        } | dict(forged.headers)

    def _envelope(self, kind: Kind, payload: Json) -> Json:
        answered = payload.get("type") in ("view_submission", "block_suggestion") or kind is Kind.COMMAND
        envelope: Json = {
            "envelope_id": str(uuid.uuid4()),
            "payload": payload,
            "type": _ENVELOPE_TYPE[kind],
            "accepts_response_payload": answered,
        }
        return envelope | ({"retry_attempt": 0, "retry_reason": ""} if kind is Kind.EVENT else {})


def _encoded(kind: Kind, payload: Json) -> bytes:
    if kind is Kind.EVENT:
        return json.dumps(payload).encode()
    if kind is Kind.COMMAND:
        return urlencode(payload).encode()
    return urlencode({"payload": json.dumps(payload)}).encode()
