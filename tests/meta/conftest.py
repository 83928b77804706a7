"""A brand at a local Meta, and the client that calls it as the bot does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from caller import Brand
from make import ACCOUNT, AGENCY, BRAND, OTHER, PAGE
from meta_world import AtMeta, at_meta

from bot.clock import PushedClock
from bot.meta.client import Graph
from bot.sandbox.meta import AssetKind, LocalMeta
from bot.store.database import Database


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


@pytest.fixture
def here(sqlite_url: str, clock: PushedClock) -> Iterator[Database]:
    with Database.open(sqlite_url, clock=clock) as opened:
        yield opened


@pytest.fixture
async def acme(here: Database) -> AsyncIterator[AtMeta]:
    """A town whose brand is connected, on SQLite: no statement has another form on the other database."""
    async with at_meta(here) as world:
        yield world


@pytest.fixture
async def on_both(database: Database) -> AsyncIterator[AtMeta]:
    """The same on each database."""
    async with at_meta(database) as world:
        yield world
