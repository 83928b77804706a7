"""Socket Mode as Slack does it: hello, envelopes and acks over any connection, disconnects."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.sandbox.serving import Address
from bot.sandbox.slack.feed import Change
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.state import State

CONNECTION_LIMIT = 10
"""Slack: an app has at most 10 sockets; one more is closed with `too_many_websockets`."""


class NoConnection(Exception):
    """Raised when the app has no open socket."""


class Connection:
    """One open socket of the app."""

    def __init__(self, websocket: WebSocket, *, number: int) -> None:
        self.websocket = websocket
        self.number = number

    @property
    def client(self) -> Address | None:
        """Return the app's end of it."""
        client = self.websocket.client
        return (client.host, client.port) if client is not None else None

    async def send(self, message: Json) -> None:
        """Send one JSON message; raises `NoConnection` when the socket is already closed."""
        try:
            await self.websocket.send_text(json.dumps(message))
        except (WebSocketDisconnect, RuntimeError):
            raise NoConnection from None


class Sockets:
    """The app's open sockets; each payload is sent over one of them."""

    def __init__(
        self,
        *,
        state: State,
        cut: Callable[[Address | None], None],
        stall: Callable[[Address | None], None],
    ) -> None:
        self._state = state
        self._cut = cut
        self._stall = stall
        self._tickets: set[str] = set()
        self._turn = itertools.count()
        self._numbers = itertools.count(1)
        self._waiting: dict[str, deque[asyncio.Future[Any]]] = {}
        self.connections: list[Connection] = []
        self.stray_acks: list[Json] = []
        """Acks that came too late, or that belong to no envelope."""
        self.refuse = False
        """Whether new sockets are refused."""
        self.drop = False
        """Whether new sockets are closed once they are open: as while the app's link is switched off."""
        self.pick: Callable[[Sequence[Connection]], Connection] = self._round_robin

    @property
    def count(self) -> int:
        """Return how many sockets can take payloads."""
        return len(self.connections)

    def route(self) -> WebSocketRoute:
        """Return the route to serve."""
        return WebSocketRoute("/link", self._serve)

    def new_ticket(self) -> str:
        """Return a ticket that opens one socket."""
        ticket = secrets.token_hex(12)
        self._tickets.add(ticket)
        return ticket

    async def deliver(self, envelope: Json, *, seconds: float, connection: Connection | None = None) -> Any:
        """Send an envelope and return the ack's payload (None for an empty ack).

        Raise `NoConnection` if there is no socket, and `TimeoutError` after `seconds` without an ack.
        """
        acks = self._waiting.setdefault(envelope["envelope_id"], deque())
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        acks.append(ack)
        try:
            await self._send(envelope, connection)
            return await asyncio.wait_for(ack, seconds)
        finally:
            with contextlib.suppress(ValueError):
                acks.remove(ack)
            if not acks:
                self._waiting.pop(envelope["envelope_id"], None)

    async def disconnect(self, reason: str | None, *, which: Connection | None = None) -> None:
        """Send a disconnect to a socket (by default the oldest); with None as reason, abort the connection.

        After `warning` the socket stays open and still gets payloads, as at Slack for about 10 s; after
        `refresh_requested` and `too_many_websockets` it is closed.
        """
        connection = which or self.connections[0]
        if reason is None:
            self._forget(connection)
            self._cut(connection.client)
            return
        await self._send_disconnect(connection, reason)

    def stall(self, connection: Connection) -> None:
        """Answer nothing more on a socket, and leave it open: as when a cable is pulled."""
        self._stall(connection.client)

    def give_up(self) -> None:
        """Wait for no ack any longer: the app's process has died, and none will come."""
        for acks in self._waiting.values():
            for ack in acks:
                if not ack.done():
                    ack.set_exception(NoConnection())

    async def _send_disconnect(self, connection: Connection, reason: str) -> None:
        if reason != "warning":
            self._forget(connection)
        with contextlib.suppress(NoConnection):
            await connection.send(
                {
                    "type": "disconnect",
                    "reason": reason,
                    "debug_info": {"host": "applink-sandbox"},
                }
            )
            if reason != "warning":
                await connection.websocket.close()

    async def _send(self, envelope: Json, connection: Connection | None) -> None:
        if connection is not None:
            await connection.send(envelope)
            return
        while self.connections:
            picked = self.pick(self.connections)
            try:
                await picked.send(envelope)
            except NoConnection:
                self._forget(picked)
            else:
                return
        raise NoConnection

    def _round_robin(self, connections: Sequence[Connection]) -> Connection:
        return connections[next(self._turn) % len(connections)]

    async def _serve(self, websocket: WebSocket) -> None:
        ticket = websocket.query_params.get("ticket", "")
        is_known = ticket in self._tickets
        self._tickets.discard(ticket)  # a ticket works once, also for a socket that is refused
        if self.refuse or not is_known:
            await websocket.close()
            return
        await websocket.accept()
        connection = Connection(websocket, number=next(self._numbers))
        if self.drop or len(self.connections) >= CONNECTION_LIMIT:
            reason = "link_disabled" if self.drop else "too_many_websockets"
            await self._send_disconnect(connection, reason)
            return
        await connection.send(
            {
                "type": "hello",
                "num_connections": len(self.connections) + 1,
                "debug_info": {
                    "host": "applink-sandbox",
                    "build_number": 1,
                    "approximate_connection_time": 18_060,
                },
                "connection_info": {"app_id": self._state.app.id},
            }
        )
        self.connections.append(connection)
        self._state.tell(Change.SOCKET)
        try:
            while True:
                self._read(await websocket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            self._forget(connection)

    def _read(self, raw: str) -> None:
        try:
            ack = json.loads(raw)
            acks = self._waiting[ack["envelope_id"]]
        except (ValueError, TypeError, KeyError):
            self.stray_acks.append({"raw": raw})
            return
        for future in acks:
            if not future.done():
                future.set_result(ack.get("payload"))
                return
        self.stray_acks.append(ack)

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
            self._state.tell(Change.SOCKET)
