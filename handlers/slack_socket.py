"""Slack's envelopes through a socket (Socket Mode)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from slack_bolt.adapter.socket_mode.async_base_handler import AsyncBaseSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.wire import inbound
from bot.slack.wire.inbound import OddShape
from handlers.admission import admit, reject
from handlers.edge import Edge

PING_SECONDS = 5.0
ADDRESS_SECONDS = 60.0
LASTING_SECONDS = 10.0
_LONGEST_PAUSE = 30.0


def pause_after(short: int) -> float:
    """Return for how many seconds to wait before the next socket, after so many that did not last."""
    return 0.0 if short < 2 else min(_LONGEST_PAUSE, 2.0 ** min(short - 2, 10))  # noqa: PLR2004 - one may go


class _Client(SocketModeClient):
    """The SDK's client, which asks for another address when it cannot connect for a minute.

    An address works once, and only for a short time. After a longer outage the SDK would try the same one
    for ever, and the app would hear nothing. Where each socket is closed at once (too many are open, or the
    link is switched off), the SDK would open one after the other without a pause.
    """

    on_open: Callable[[], Awaitable[None]]
    _opened_at: float | None = None
    _short = 0
    _is_renewing = False

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - the SDK's
        """Connect anew, one at a time: at once, unless the sockets before did not last."""
        if self._is_renewing:
            return
        self._is_renewing = True
        try:
            lasted = self._opened_at is None or time.monotonic() - self._opened_at >= LASTING_SECONDS
            self._short = 0 if lasted else self._short + 1
            await asyncio.sleep(pause_after(self._short))
            if not self.closed:
                await super().connect_to_new_endpoint(force)
        finally:
            self._is_renewing = False

    async def connect(self) -> None:
        """Connect, however long it takes; ask for another address every minute."""
        while not self.closed:
            try:
                async with asyncio.timeout(ADDRESS_SECONDS):
                    await super().connect()  # type: ignore[no-untyped-call]  # the SDK has no type for it
            except TimeoutError:
                self.wss_uri = None
            else:
                self._opened_at = time.monotonic()
                await self.on_open()
                return


class SocketHandler(AsyncBaseSocketModeHandler):
    """Answer the envelopes of one socket.

    Bolt's own handler does not pass on an envelope's id, by which the inbox knows a second delivery.
    """

    def __init__(
        self,
        edge: Edge,
        *,
        app_token: str,
        web_client: AsyncWebClient,
        on_open: Callable[[], Awaitable[None]],
    ) -> None:
        self._edge = edge
        self.app = edge.bolt
        self.client = _Client(
            app_token=app_token,
            logger=logging.getLogger("slack_sdk.socket_mode"),
            web_client=web_client,
            ping_interval=PING_SECONDS,
        )
        self.client.on_open = on_open
        self.client.socket_mode_request_listeners.append(self.handle)

    async def is_connected(self) -> bool:
        """Say whether Slack can be heard through it."""
        return await self.client.is_connected()

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """Answer one envelope."""
        started = time.time()
        try:
            key = inbound.envelope_key(req.envelope_id)
        except OddShape as odd:
            reject(str(odd))
            return
        response = await admit(self._edge, req.payload, key=key)
        # It may go out on the socket that replaced the one it came in by: Slack accepts that.
        await send_async_response(client, req, response, started)
