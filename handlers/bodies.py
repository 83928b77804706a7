"""The body of an HTTP request, read whole within a limit."""

from __future__ import annotations

import asyncio

from starlette.types import Receive

MOST_BYTES = 1_000_000
BODY_SECONDS = 10.0
"""How long a body may take to arrive."""
HANG_UP = {"connection": "close"}
"""For the answer to a body that was not read: or the server reads the rest only to throw it away."""


class TooSlow(Exception):
    """Raised when a body does not arrive in time."""


async def read_body(receive: Receive) -> bytes | None:
    """Return the body of a request, None if it is too long or the sender left. Raise TooSlow."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _whole(receive)
    except TimeoutError:
        raise TooSlow from None


async def _whole(receive: Receive) -> bytes | None:
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
