"""A token is tested before it is kept: who it is, of which business, and what it may not do."""

from __future__ import annotations

import asyncio

import make
import pytest
from make import AGENCY, BRAND
from meta_town import KEY

from bot import operating
from bot.clock import Clock
from bot.domain.connections import FlawKind, TokenFlaw
from bot.sandbox.meta import DEFAULT_SCOPES, LocalMeta
from bot.store import tables
from bot.store.database import Database
from bot.store.tables import table_of


@pytest.fixture
def store(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    with Database.open(sqlite_url, clock=Clock()) as database:
        make.town(database)
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COUNTERSIGN_META_KEYS", KEY)
    return sqlite_url


def rows(url: str) -> list:
    with Database.open(url, clock=Clock()) as database:
        return database.read_sync(lambda tx: tx.all(table_of(tables.Connection).select()))


async def test_a_token_that_is_in_order_is_kept_encrypted(store: str, monkeypatch: pytest.MonkeyPatch):
    meta = LocalMeta(Clock())
    meta.add_business(BRAND, "Acme Shoes")
    token = meta.add_token(BRAND, name="Countersign")
    async with meta.serve():
        monkeypatch.setenv("COUNTERSIGN_META_API_URL", f"{meta.url}/v25.0")
        assert await asyncio.to_thread(operating.connect_business, BRAND, token.value) == "Countersign"
        (row,) = rows(store)
        assert (row.name, row.state, row.connected_by) == ("Countersign", "CONNECTED", None)
        assert token.value not in str(row)
        again = await asyncio.to_thread(operating.connect_business, BRAND, token.value)
        assert again == "Countersign"
        assert [one.version for one in rows(store)] == [2]
        assert await asyncio.to_thread(operating.disconnect_business, BRAND) == 0
        assert rows(store) == []
        assert await asyncio.to_thread(operating.disconnect_business, "99999") is None
    assert not [call.url for call in meta.calls if token.value in call.url]


async def test_what_is_wrong_with_a_token_is_said_and_nothing_kept(
    store: str, monkeypatch: pytest.MonkeyPatch
):
    meta = LocalMeta(Clock())
    for business in (BRAND, AGENCY):
        meta.add_business(business, business)
    few = meta.add_token(BRAND, scopes=DEFAULT_SCOPES - {"pages_show_list"}).value
    good, theirs = meta.add_token(BRAND).value, meta.add_token(AGENCY).value
    async with meta.serve():
        monkeypatch.setenv("COUNTERSIGN_META_API_URL", f"{meta.url}/v25.0")

        async def found(value: str, business: str = BRAND) -> str | TokenFlaw:
            return await asyncio.to_thread(operating.connect_business, business, value)

        assert await found("EAAnothing") == TokenFlaw(FlawKind.NOT_TAKEN)
        assert await found(theirs) == TokenFlaw(FlawKind.OTHER_BUSINESS)
        assert await found(few) == TokenFlaw(FlawKind.MISSING, ("pages_show_list",))
        assert await found("with a blank") == TokenFlaw(FlawKind.ODD)
        assert await found(good, "99999") == TokenFlaw(FlawKind.NO_BUSINESS)
        meta.faults.outage()
        assert await found(good) == TokenFlaw(FlawKind.UNREACHED)
        monkeypatch.setenv("COUNTERSIGN_META_KEYS", "")
        assert await found(good) == TokenFlaw(FlawKind.NO_KEY)
    assert rows(store) == []
