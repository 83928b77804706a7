"""What a connected business has at Meta is shown, chosen and brought in; what is recorded stays as it is."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, INSTAGRAM, OTHER, PAGE, PIXEL
from meta_town import KEY, local_meta

from bot import operating
from bot.cli import main
from bot.cli.connections import bring_in
from bot.clock import Clock
from bot.domain.assets import Kind
from bot.domain.connections import Known, LeftAlone, Listed, Obstacle
from bot.sandbox.meta import AssetKind, GraphError, LocalMeta
from bot.services.directory_file import ImportPlan, export_directory, write_file
from bot.store import tables
from bot.store.database import Database
from bot.store.tables import table_of

NEW_ACCOUNT, NEW_PAGE, NEW_INSTAGRAM = "act_9001", "590000001", "790000001"
THEIRS, NOBODYS = "act_9002", "act_9003"


@dataclass(frozen=True, kw_only=True)
class Brand:
    """A connected brand with more at Meta than is recorded, and the store's address."""

    url: str
    meta: LocalMeta
    imports: Callable[..., object]

    def rows(self, table: type) -> list:
        with Database.open(self.url, clock=Clock()) as database:
            return database.read_sync(lambda tx: tx.all(table_of(table).select()))

    def owned(self) -> set[str]:
        return {row.id for row in self.rows(tables.Asset) if row.owner_id == BRAND}


@pytest.fixture
async def brand(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Brand]:
    with Database.open(sqlite_url, clock=Clock()) as database:
        make.town(database)
        make.business(database, OTHER, name="Other", team=make.BRAND_TEAM)
        make.asset(database, THEIRS, kind=Kind.AD_ACCOUNT, name="Disputed", owner=OTHER)
        make.asset(database, NOBODYS, kind=Kind.AD_ACCOUNT, name="Loose", owner=None)
    meta = local_meta(Clock())
    meta.businesses[BRAND].people["61"] = "Mia Meta"
    for asset_id, kind, name in (
        (NEW_ACCOUNT, AssetKind.AD_ACCOUNT, "Acme DE"),
        (NEW_PAGE, AssetKind.PAGE, "Acme Berlin"),
        (NEW_INSTAGRAM, AssetKind.INSTAGRAM, "acme.berlin"),
        (THEIRS, AssetKind.AD_ACCOUNT, "Disputed"),
        (NOBODYS, AssetKind.AD_ACCOUNT, "Loose"),
    ):
        meta.add_asset(asset_id, kind, name, owner=BRAND)
    meta.set_agency(NEW_ACCOUNT, AGENCY, "ANALYZE")
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COUNTERSIGN_META_KEYS", KEY)
    async with meta.serve():
        monkeypatch.setenv("COUNTERSIGN_META_API_URL", f"{meta.url}/v25.0")
        await asyncio.to_thread(operating.connect_business, BRAND, meta.add_token(BRAND).value)

        async def imports(*, business: str = BRAND, **how: object) -> object:
            return await asyncio.to_thread(bring_in, business, **{"apply": True, **how})

        yield Brand(url=sqlite_url, meta=meta, imports=imports)


def new(plan: ImportPlan) -> set[str]:
    return {one.id for one in plan.new}


async def test_what_is_new_is_shown_first_then_brought_in_once_with_the_names_there(brand: Brand):
    before = brand.owned()
    plan, shown = await brand.imports(apply=False)
    there = {NEW_ACCOUNT, NEW_PAGE, NEW_INSTAGRAM}
    known = {ACCOUNT, PAGE, PIXEL, INSTAGRAM}
    assert (new(plan), {one.asset.id for one in plan.renamed}, brand.owned()) == (there, known, before)
    assert [(one.at_meta.name, one.known) for one in plan.people] == [("Mia Meta", Known.NOBODY)]
    assert ([(one.id, one.name) for one in plan.partners], plan.unread) == ([(AGENCY, "Northwind")], {})
    _, done = await brand.imports()
    assert (done, brand.owned()) == (shown, before | there)
    names = {row.id: (row.name, row.published) for row in brand.rows(tables.Asset)}
    assert (names[NEW_PAGE], names[NEW_INSTAGRAM]) == (("Acme Berlin", True), ("acme.berlin", False))
    assert names[ACCOUNT][0] == ACCOUNT  # as Meta calls it
    (comparison,) = brand.rows(tables.Comparison)
    assert comparison.done_to == ""
    plan, again = await brand.imports()
    assert (len(again), plan.here) == (0, len(there | known))


async def test_what_others_own_here_or_meta_does_not_list_is_said_and_left(brand: Brand):
    del brand.meta.assets[PIXEL]
    plan, _ = await brand.imports()
    assert [(one.asset.id, one.why, one.owner) for one in plan.left] == [
        (THEIRS, LeftAlone.THEIRS, "Other"),
        (NOBODYS, LeftAlone.NOBODYS, ""),
        (PIXEL, LeftAlone.NOT_LISTED, ""),
    ]
    owners = {row.id: row.owner_id for row in brand.rows(tables.Asset)}
    assert (owners[THEIRS], owners[NOBODYS], owners[PIXEL]) == (OTHER, None, BRAND)


async def test_only_what_is_chosen_comes_in_and_what_is_odd_is_named(brand: Brand):
    brand.meta.add_asset("123", AssetKind.PAGE, "Too short an id", owner=BRAND)
    plan, done = await brand.imports(only=[NEW_PAGE, "123"])
    assert {change.id for change in done.changes} == {NEW_PAGE}
    assert [(one.asset.id, one.why) for one in plan.left] == [("123", LeftAlone.ODD)]


async def test_what_meta_does_not_show_is_said_and_the_rest_comes_in(brand: Brand):
    brand.meta.faults.refuse(GraphError(10, "no"), "GET", "owned_pages")
    brand.meta.faults.html("GET", "business_users")
    plan, _ = await brand.imports()
    assert plan.unread == {Kind.PAGE: Obstacle.LIMITED, Listed.PEOPLE: Obstacle.UNREACHED}
    assert new(plan) == {NEW_ACCOUNT, NEW_INSTAGRAM}
    assert PAGE in brand.owned()
    assert PAGE not in {one.asset.id for one in plan.left}, "nobody knows whether Meta lists it"


async def test_who_people_are_there_is_kept_with_the_first_import_and_written_to_the_file(brand: Brand):
    people = brand.meta.businesses[BRAND].people
    people |= {"62": "Dana", "63": "Emil", "64": "emil"}
    plan, _ = await brand.imports()
    known = {one.at_meta.id: one.known for one in plan.people}
    assert known == {"61": Known.NOBODY, "62": Known.NAMESAKE, "63": Known.SEVERAL, "64": Known.SEVERAL}
    people |= {"62": "Dana Married", "65": "Dana"}
    plan, again = await brand.imports()
    known = {one.at_meta.id: one.known for one in plan.people}
    assert (known["62"], known["65"], len(again)) == (Known.MEMBER, Known.NOBODY, 0)
    with Database.open(brand.url, clock=Clock()) as database:
        file = write_file(database.read_sync(export_directory))
    assert file.count("at_meta") == 1
    assert "at_meta: '62'" in file
    del people["62"]
    plan, _ = await brand.imports()
    assert {one.at_meta.id: one.known for one in plan.people}["65"] is Known.NAMESAKE, "she has another id"


async def test_without_a_connection_or_a_token_that_holds_nothing_is_read(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
):
    assert await brand.imports(business=AGENCY) is Obstacle.DISCONNECTED
    for token in brand.meta.tokens.values():
        token.revoked = True
    assert await brand.imports() is Obstacle.TOKEN
    monkeypatch.setenv("COUNTERSIGN_META_KEYS", "b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgISE=")
    assert await brand.imports() is Obstacle.KEYS


async def test_the_command_shows_what_it_would_do_and_does_it_with_apply(
    brand: Brand, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    async def runs(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["countersign", "import-from-meta", *arguments])
        with pytest.raises(SystemExit) as ended:
            await asyncio.to_thread(main)
        printed = capfd.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    code, said = await runs(BRAND)
    assert code == 0
    for line in (
        f"+ asset {NEW_ACCOUNT} Acme DE of {BRAND}",
        "Nothing was changed; with --apply it would be: 3 added, 4 changed.",
        f"! {THEIRS} Disputed: Other owns it here; left as it is",
        f"Partners at Meta: Northwind ({AGENCY}).",
        "People at Meta: Mia Meta (61).",
    ):
        assert line in said
    assert (await runs(BRAND, "--apply", "--only", NEW_PAGE))[1].count("Done: 1 added.") == 1
    assert NEW_PAGE in brand.owned()
    assert NEW_ACCOUNT in (await runs(BRAND, "--only", NEW_ACCOUNT.removeprefix("act_")))[1]
    code, said = await runs(BRAND, "--only", "act_404", "--apply")
    assert (code, "Meta does not list act_404 as theirs: nothing was changed" in said) == (1, True)
    code, said = await runs(AGENCY)
    assert (code, f"{AGENCY} is not connected to Meta" in said) == (1, True)
    assert await runs("11111") == (1, "countersign: there is no business 11111\n")
