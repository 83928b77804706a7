"""What a connected business has at Meta is previewed in Slack, and imported exactly as the preview showed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from copy import deepcopy

import make
import pytest
from flow_steps import buttons, fills, modal, press, read, sends_in, types
from make import ACCOUNT, AGENCY, BRAND, INSTAGRAM, OTHER, PAGE, PIXEL
from meta_town import local_meta
from world import Way, World, running, until

from bot.clock import PushedClock
from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.sandbox.meta import AssetKind, GraphError, LocalMeta
from bot.sandbox.slack import Kind as Payload
from bot.services import connections, settings
from bot.services.context import act
from bot.slack import modals
from bot.store import tables
from handlers import importing

NEW = "act_9001"
THEIRS = "act_9002"
NAMES = {ACCOUNT: "Acme Main", PAGE: "Acme Page", PIXEL: "Acme Pixel", INSTAGRAM: "Acme Insta"}


async def of(url: str, clock: PushedClock) -> AsyncIterator[World]:
    meta = local_meta(clock)
    for asset_id, name in NAMES.items():
        meta.assets[asset_id].name = name
    meta.add_asset(NEW, AssetKind.AD_ACCOUNT, "Acme DE", owner=BRAND)
    async with meta.serve(), running(url, way=Way.SOCKET, clock=clock, meta=meta) as made:
        await types(made, made.dana, "connect")
        form = modal(made, made.dana)
        await fills(made, made.dana, form, "secret", meta.add_token(BRAND).value)
        await sends_in(made, made.dana, form)
        yield made


@pytest.fixture
async def linked(sqlite_url: str, clock: PushedClock) -> AsyncIterator[World]:
    """The bot with the brand connected to a Meta where it has one ad account more."""
    async for made in of(sqlite_url, clock):
        yield made


@pytest.fixture
async def either_store(database_url: str, clock: PushedClock) -> AsyncIterator[World]:
    """The same on each database."""
    async for made in of(database_url, clock):
        yield made


def meta_of(world: World) -> LocalMeta:
    assert world.meta is not None
    return world.meta


def owned(world: World) -> dict[str, str]:
    return {row.id: row.name for row in world.rows(tables.Asset) if row.owner_id == BRAND}


def told(world: World) -> list[str]:
    shown = [read(one) for one in world.slack.messages(world.brand_room)]
    return [one for one in shown if " from Meta for" in one]


async def test_after_connecting_what_is_at_meta_is_offered_shown_and_imported(either_store: World) -> None:
    world, meta = either_store, meta_of(either_store)
    make.business(world.database, OTHER, name="Other", team=make.BRAND_TEAM)
    make.asset(world.database, THEIRS, kind=Kind.AD_ACCOUNT, name="Disputed", owner=OTHER)
    meta.add_asset(THEIRS, AssetKind.AD_ACCOUNT, "Disputed", owner=BRAND)
    meta.assets[ACCOUNT].name = "Acme Main (EU)"
    meta.add_person(BRAND, "Emil")
    meta.add_person(BRAND, "Mia Meta")
    meta.set_agency(NEW, AGENCY, "ANALYZE")
    meta.faults.refuse(GraphError(10, "no"), "GET", "owned_pixels")

    await press(world, world.dana, modal(world, world.dana), "import")
    form = modal(world, world.dana)
    said = read(form)
    for words in (
        "Acme Shoes at Meta: 1 new, 1 with another name there",
        f"Acme DE (ad account {NEW})",
        f"Acme Main becomes Acme Main (EU) (ad account {ACCOUNT})",
        "another business owns them here (1)",
        f"Disputed (ad account {THEIRS})",
        f"Northwind ({AGENCY})",
        "Members found at Meta by name (1)",
        "who aren't members here (1)",
        "pixels: Meta doesn't show it to this app (limited access)",
    ):
        assert words in said
    assert "Other" not in said, "whose it is here is none of their business"
    before = owned(world)

    meta.faults.refuse(GraphError(10, "no"), "GET", "owned_pixels")
    done = await sends_in(world, world.dana, form)
    assert "Imported from Meta for Acme Shoes: 1 asset, 1 new name and 1 person." in read(done)
    assert owned(world) == before | {NEW: "Acme DE", ACCOUNT: "Acme Main (EU)"}
    (notice,) = told(world)
    assert "Dana imported 1 asset, 1 new name and 1 person from Meta for Acme Shoes." in notice
    (event,) = [one for one in world.rows(tables.Event) if one.kind == "business.imported"]
    data = json.loads(event.data)
    assert (json.loads(event.actor)["role"], data["new"], data["unread"]) == ("ADMIN", 1, ["PIXEL"])
    await world.app.ticks.compare()
    await world.settle()
    assert [one for one in world.slack.messages(world.brand_room) if "adopt" in buttons(one)]

    await types(world, world.dana, "import")
    form = modal(world, world.dana)
    assert "There's nothing to import." in read(form)
    assert "submit" not in form.body
    assert len(told(world)) == 1


async def test_what_changed_meanwhile_is_shown_again_and_not_imported(linked: World) -> None:
    world, meta = linked, meta_of(linked)
    await types(world, world.dana, "import")
    form = modal(world, world.dana)
    meta.add_asset("act_9003", AssetKind.AD_ACCOUNT, "Acme FR", owner=BRAND)
    form = await sends_in(world, world.dana, form)
    assert "Nothing was imported: it has changed since you looked" in read(form)
    assert "Acme FR" in read(form)
    assert NEW not in owned(world)

    await types(world, world.dov, "import")
    await sends_in(world, world.dov, modal(world, world.dov))
    again = await sends_in(world, world.dana, form)
    assert "Nothing was imported" in read(again)
    assert "There's nothing to import." in read(again)
    assert len(told(world)) == 1
    assert owned(world).keys() >= {NEW, "act_9003"}


async def test_while_meta_is_slow_it_says_so_and_what_cannot_be_read_is_said(
    linked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, meta = linked, meta_of(linked)
    monkeypatch.setattr(importing, "PATIENCE", 0.05)
    gate = meta.faults.hang("GET", "owned_pages")
    await world.command(world.dana, "import")
    await until_reads(world, "Reading at Meta what Acme Shoes has there")
    gate.set()
    await world.settle()
    form = modal(world, world.dana)
    assert "Acme DE" in read(form)

    gate = meta.faults.hang("GET", "owned_pages")
    await world.slack.submit(world.dana, form)
    assert "Reading at Meta" in read(modal(world, world.dana))
    gate.set()
    await world.settle()
    assert "Imported from Meta" in read(modal(world, world.dana))

    monkeypatch.setattr(importing, "PATIENCE", 1.5)
    for token in meta.tokens.values():
        token.revoked = True
    await types(world, world.dana, "import")
    form = modal(world, world.dana)
    assert "Meta no longer takes the token" in read(form)
    await press(world, world.dana, form, "import")
    assert "Meta no longer takes the token" in read(modal(world, world.dana))


async def until_reads(world: World, words: str) -> None:
    await until(lambda: world.slack.top_view(world.dana) and words in read(modal(world, world.dana)))


async def test_a_long_preview_is_turned_page_by_page_and_read_once(linked: World) -> None:
    world, meta = linked, meta_of(linked)
    for number in range(70):
        meta.add_asset(f"act_7{number:03}", AssetKind.AD_ACCOUNT, f"Shop {number:02}", owner=BRAND)
    await types(world, world.dana, "import")
    form = modal(world, world.dana)
    assert "New here (71)" in read(form)
    assert "Page 1 of 3" in read(form)
    calls = len(meta.calls)
    await press(world, world.dana, form, "import_page")
    form = modal(world, world.dana)
    assert "Page 2 of 3" in read(form)
    assert "Shop 30" in read(form)
    assert len(meta.calls) == calls
    await sends_in(world, world.dana, form)
    assert len(owned(world)) == len(meta.assets)


@pytest.mark.covers("T10", "T15")
async def test_nothing_of_another_business_is_read_or_imported(linked: World) -> None:
    world, meta = linked, meta_of(linked)
    assert "admin" in await types(world, world.emil, "import")
    said = await types(world, world.ann, "import")
    assert "isn't connected to Meta. To connect it: /access connect." in said
    assert "can be done there" not in said, "no asset of theirs is meant"
    await types(world, world.dana, "import")
    sound = world.slack.payload_submit(world.dana, modal(world, world.dana))
    mark = modals.read_import(sound["view"]).mark

    async def send(was: str = "", becomes: str = "") -> str:
        """Send the form again, with a part of what it keeps changed, and return the answer."""
        payload = deepcopy(sound)
        kept = payload["view"]["private_metadata"]
        payload["view"]["private_metadata"] = kept.replace(was, becomes) if was else kept
        delivered = await world.slack.send_payload(Payload.INTERACTIVE, payload)
        await world.settle()
        return str(delivered.body)

    before = len(meta.calls)
    for odd in ('{"own":1,', '{"more":1,"own":', '{"own":"' + "9" * 90):
        assert "from an older message" in await send('{"own":', odd)
    await send(BRAND, AGENCY)
    assert len(meta.calls) == before, "nobody reads with a token that is not theirs to use"
    await send(mark, "f" * 32)
    by = {"by": world.town.dov.by(), "now": world.clock.now()}
    make.write(world.database, act, connections.disconnect, BRAND, **by)
    assert "isn't connected to Meta" in await send()
    make.write(world.database, act, settings.set_role, BRAND, world.town.dana.id, role=Role.EMPLOYEE, **by)
    await send()
    assert NEW not in owned(world)
    denied = [json.loads(one.data)["reason"] for one in world.rows(tables.Event) if one.kind == "denied"]
    assert denied == ["not_member", "changed", "not_connected", "not_admin"]
