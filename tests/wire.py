"""Requests to the bot's URL, signed or not."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping

import httpx
from world import World


class Wire:
    """Someone who can reach the bot's URL, with or without its signing secret."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.client = client
        self.secret = world.slack.app.signing_secret
        self.url = f"{world.app.url}/slack/events"

    def headers(
        self, body: bytes, *, secret: str | None = None, at: str | None = None
    ) -> list[tuple[str, str]]:
        at = str(int(time.time())) if at is None else at
        key = (self.secret if secret is None else secret).encode()
        signature = "v0=" + hmac.new(key, f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
        return [
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-slack-request-timestamp", at),
            ("x-slack-signature", signature),
        ]

    async def post(
        self,
        body: bytes,
        headers: list[tuple[str, str]] | Mapping[str, str] | None = None,
        *,
        url: str | None = None,
    ) -> httpx.Response:
        """Post a body, signed unless headers are given."""
        headers = self.headers(body) if headers is None else headers
        return await self.client.post(url or self.url, content=body, headers=headers)
