"""A brand at a local Meta, and the client that calls it as the bot does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from make import ACCOUNT, AGENCY, BRAND, OTHER, PAGE

from bot.clock import PushedClock
from bot.meta.client import Answer, Graph
from bot.meta.credentials import Token
from bot.sandbox.meta import AssetKind, LocalMeta

EDGE = f"{ACCOUNT}/agencies"


@dataclass(frozen=True, slots=True)
class Brand:
    """The brand's system user, who calls Meta with our client."""

    meta: LocalMeta
    graph: Graph
    value: str

    async def __call__(
        self, method: str = "GET", path: str = EDGE, *, of: str = BRAND, **params: str
    ) -> Answer:
        return await self.graph.call(method, path, Token(self.value), of=of, **params)


@pytest.fixture
async def brand(clock: PushedClock) -> AsyncIterator[Brand]:
    """A brand with an ad account and a Page, and two businesses that it may share them with."""
    meta = LocalMeta(clock)
    for business, name in ((BRAND, "Acme Shoes"), (AGENCY, "Northwind"), (OTHER, "Other")):
        meta.add_business(business, name)
    meta.add_asset(ACCOUNT, AssetKind.AD_ACCOUNT, "Acme Main", owner=BRAND)
    meta.add_asset(PAGE, AssetKind.PAGE, "Acme Page", owner=BRAND)
    async with meta.serve():
        graph = Graph(base_url=f"{meta.url}/v25.0/", clock=clock)
        yield Brand(meta, graph, meta.add_token(BRAND).value)
        meta.faults.clear()
        await graph.close()
