"""The HTTP client for what is called beside Slack's API: response URLs, Meta, the journal's receiver."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    import ssl

_CONNECT_SECONDS = 3.0


def client(*, seconds: float) -> httpx.AsyncClient:
    """Return a client that follows no redirect and takes nothing from the environment.

    It gives up after `seconds` without a byte from the other side, or three without a connection.
    """
    timeout = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
    return httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False, verify=_trusted())


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are trusted: read once, as it takes as long as all else at the start together."""
    return httpx.create_ssl_context(trust_env=False)
