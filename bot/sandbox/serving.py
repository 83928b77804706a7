"""Run an ASGI app with uvicorn inside this event loop, with ways to cut and to stall connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import uvicorn
from starlette.types import ASGIApp

Address = tuple[str, int]

_IDLE_SECONDS = 75
"""Longer than clients keep an idle connection, so that none sends on one that was just closed here."""


class Wire:
    """A running server, bound to 127.0.0.1."""

    def __init__(self, server: uvicorn.Server, port: int) -> None:
        self._server = server
        self.port = port

    def cut(self, client: Address | None) -> None:
        """Abort the connection from `client`."""
        for transport in self._transports(client):
            transport.abort()

    def stall(self, client: Address | None) -> None:
        """Read nothing more from `client`, and leave the connection open."""
        for transport in self._transports(client):
            transport.pause_reading()

    def _transports(self, client: Address | None) -> list[asyncio.Transport]:
        return [
            connection.transport
            for connection in self._server.server_state.connections
            if client is not None and getattr(connection, "client", None) == client
        ]


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, *, port: int) -> AsyncIterator[Wire]:
    """Serve `app` until the block ends, then abort all open connections. Port 0 takes any free port.

    uvicorn's own `serve` is not used: it takes over the signals of the process and stops slowly.
    """
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        ws_ping_interval=None,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=_IDLE_SECONDS,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", port)) as listener:
        # As in `bot.app`: without it each answer takes 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await server.startup(sockets=[listener])
        try:
            yield Wire(server, listener.getsockname()[1])
        finally:
            for listening in server.servers:
                listening.close()
            for connection in list(server.server_state.connections):
                connection.transport.abort()
            tasks = list(server.server_state.tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
