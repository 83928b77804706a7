"""The local Slack while it runs: its server, its log of calls and deliveries, and the events it sends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Self, TypeVar

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.clock import Clock, PushedClock
from bot.sandbox.serving import Address, Wire, serving
from bot.sandbox.slack import payloads
from bot.sandbox.slack.api import Api, Call
from bot.sandbox.slack.delivery import Courier, Delivered, Delivery, Kind
from bot.sandbox.slack.faults import Faults, Limits
from bot.sandbox.slack.feed import Change
from bot.sandbox.slack.installs import Installs
from bot.sandbox.slack.model import App, CannotDo, Channel, Json, Message, Person, View, Workspace
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.state import State

ACK_SECONDS = 3.0
Found = TypeVar("Found")


class Runtime(State):
    """The state, served over HTTP and WebSocket, and connected to the app."""

    def __init__(
        self, *, clock: Clock, app: App | None = None, ack_seconds: float = ACK_SECONDS, limits: bool = True
    ) -> None:
        """Start empty; `limits` applies Slack's rate limits, with generous bursts."""
        super().__init__(clock=clock, app=app or App())
        self._wire: Wire | None = None
        self.faults = Faults()
        self.installs = Installs(self)
        self.sockets = Sockets(state=self, cut=self._cut, stall=self._stall)
        self._courier = Courier(state=self, sockets=self.sockets, ack_seconds=ack_seconds)
        self._api = Api(
            state=self,
            faults=self.faults,
            limits=Limits() if limits else None,
            installs=self.installs,
            new_socket_url=self._new_socket_url,
            cut=self._cut,
        )
        if isinstance(clock, PushedClock):
            clock.on_push(lambda: self.tell(Change.CLOCK))

    # --- serving -----------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def serve(self, *, port: int = 0, routes: Sequence[BaseRoute] = ()) -> AsyncIterator[Self]:
        """Serve on 127.0.0.1 in this event loop until the block ends; `routes` are served beside Slack's."""
        served = Starlette(
            routes=[*self._api.routes(), *self.installs.routes(), self.sockets.route(), *routes]
        )
        async with serving(served, port=port) as wire:
            self._wire = wire
            try:
                yield self
            finally:
                self.faults.clear()
                await self._courier.close()
                self._wire = None

    @property
    def base_url(self) -> str:
        """Return the server's address, with a slash at its end."""
        if self._wire is None:
            raise RuntimeError("the local Slack is not being served")
        return f"http://127.0.0.1:{self._wire.port}/"

    @property
    def api_url(self) -> str:
        """Return the `base_url` for a Web API client."""
        return f"{self.base_url}api/"

    def _cut(self, client: Address | None) -> None:
        if self._wire is not None:
            self._wire.cut(client)

    def _stall(self, client: Address | None) -> None:
        if self._wire is not None:
            self._wire.stall(client)

    def _new_socket_url(self) -> str:
        root = self.base_url.replace("http", "ws", 1)
        return f"{root}link?ticket={self.sockets.new_ticket()}&app_id={self.app.id}"

    # --- what has happened -------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """Return every call of the Web API so far."""
        return self._api.calls

    def calls_of(self, method: str) -> list[Call]:
        """Return the calls of one method so far; `response_url` names the calls of response URLs."""
        return [call for call in self._api.calls if call.method == method]

    @property
    def ack_seconds(self) -> float:
        """Return how long the app has to answer a payload; tests may set it shorter."""
        return self._courier.ack_seconds

    @ack_seconds.setter
    def ack_seconds(self, seconds: float) -> None:
        self._courier.ack_seconds = seconds

    @property
    def deliveries(self) -> list[Delivery]:
        """Return everything sent to the app so far."""
        return self._courier.deliveries

    async def close_http(self) -> None:
        """Close the idle HTTP connections to the app, so that its server can stop at once."""
        await self._courier.close()

    async def until(self, condition: Callable[[], Found], *, seconds: float = 15.0) -> Found:
        """Wait until a change makes `condition` true, and return its value.

        Raise `TimeoutError` after `seconds`.
        """
        with self.subscribe() as feed:
            async with asyncio.timeout(seconds):
                while not (found := condition()):
                    await feed.next()
        return found

    async def connected(self, count: int = 1, *, seconds: float = 15.0) -> None:
        """Wait until the app has opened `count` sockets."""
        await self.until(lambda: self.sockets.count >= count, seconds=seconds)

    # --- events ------------------------------------------------------------------------------------

    async def _event(self, workspace: Workspace, inner: Json, *, subscribed: str | None = None) -> Delivered:
        if (subscribed or inner["type"]) not in self.app.events or not workspace.installed:
            return Delivered(detail=f"not subscribed to {subscribed or inner['type']}")
        payload = payloads.event(self, workspace, inner)
        return await self._courier.send(Kind.EVENT, payload, team_id=workspace.id)

    async def _channel_event(self, channel: Channel, inner: Json, *, subscribed: str | None = None) -> None:
        for workspace in self.workspaces.values():
            if workspace.bot_user_id in channel.members:
                await self._event(workspace, inner, subscribed=subscribed)

    # --- what a person can do ----------------------------------------------------------------------

    def _check_active(self, person: Person) -> None:
        if person.deleted:
            raise CannotDo(f"{person.name} is deactivated")

    def _check_in(self, person: Person, channel: Channel) -> None:
        self._check_active(person)
        if person.id not in channel.members:
            raise CannotDo(f"{person.name} is not in #{channel.name}")

    def _check_writes(self, person: Person, channel: Channel) -> None:
        self._check_in(person, channel)
        if channel.is_im and self.app.messages_are_read_only:
            raise CannotDo("Sending messages to this app has been turned off.")

    def _check_sees(self, person: Person, where: Message | View) -> None:
        self._check_active(person)
        if isinstance(where, View):
            on_top = where.type == "home" or self.top_view(person) is where
            if where.user_id != person.id or not where.is_open or not on_top:
                raise CannotDo(f"{person.name} does not see this view")
            return
        self._check_in(person, self.channel(where.channel_id))
        if where.deleted or where.ephemeral_to not in (None, person.id):
            raise CannotDo(f"{person.name} does not see this message")
