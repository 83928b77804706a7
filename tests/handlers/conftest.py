from __future__ import annotations

import hashlib
import hmac
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import hostile
import httpx
import pytest
import pytest_asyncio
from world import Way, World, running

from bot.clock import PushedClock


class Wire:
    """Someone who can reach the bot's URL, with or without its signing secret."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self._client = client
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
        return await self._client.post(url or self.url, content=body, headers=headers)


@pytest.fixture
async def http_world(sqlite_url: str, clock: PushedClock) -> AsyncIterator[World]:
    async with running(sqlite_url, way=Way.HTTP, clock=clock) as world:
        yield world


@pytest.fixture
async def wire(http_world: World) -> AsyncIterator[Wire]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Wire(http_world, client)


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=["socket", pytest.param("http", marks=pytest.mark.postgres)]
)
async def stage(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[hostile.Stage]:
    """A stage that no test moves, shared by those of a module: a socket on SQLite, HTTP on PostgreSQL."""
    if request.param == "socket":
        path = tmp_path_factory.mktemp("stage") / "store.db"
        shutil.copy(sqlite_template, path)
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("shared_postgresql_url")
    async with running(url, way=Way(request.param), clock=PushedClock(), seed=hostile.seed) as world:
        yield await hostile.set_stage(world)
