"""The HTTP server: it listens where the settings say, and serves an app there until it is stopped."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from bot.errors import Misconfigured
from bot.settings import PREFIX

_IDLE_SECONDS = 75
"""Longer than a proxy in front keeps an idle connection (60 s is usual): else it may send a click over one
that was just closed here."""


def listen(host: str, port: int) -> socket.socket:
    """Listen for connections. Raise Misconfigured if that is not possible, as where the port is taken."""
    try:
        listening = socket.create_server(
            (host, port),
            family=socket.AF_INET6 if ":" in host else socket.AF_INET,
            # "::" means every address, also 127.0.0.1, where the image looks at its own health.
            dualstack_ipv6=host == "::" and socket.has_dualstack_ipv6(),
        )
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", "this is no host")
        raise Misconfigured(f"{PREFIX}HOST, {PREFIX}PORT: cannot listen on {host}:{port}: {why}") from error
    # What it accepts inherits this: asyncio sets it only on sockets made with a protocol's number. Without it
    # an answer's body waits until its head is acknowledged: 40 ms on each that has one.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the address under which a listening socket is reached, as `http://127.0.0.1:3000`."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class WebServer(uvicorn.Server):
    """A server that leaves signals to the caller of `serve`, and wakes once a second instead of ten times.

    `drain_seconds`: how long it waits for answers under way when it is stopped.
    """

    def __init__(self, app: ASGIApp, *, drain_seconds: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=drain_seconds,
            )
        )
        self._stopping = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    async def main_loop(self) -> None:
        """Renew the date that answers carry, until it is stopped."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._stopping.wait()

    def stop(self) -> None:
        """Take no further connections; `serve` returns once what is under way is answered."""
        self.should_exit = True
        self._stopping.set()
