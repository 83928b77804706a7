"""What a connected business creates is created at Meta, once, and is its own once it is seen there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, creating
from meta_world import AtMeta, at_meta

from bot.domain.actors import OPERATOR
from bot.domain.assets import Kind
from bot.domain.connections import Obstacle
from bot.domain.creating import Payment
from bot.domain.denials import DenialReason
from bot.domain.messages import EffectKind
from bot.sandbox.meta import AssetKind, GraphError
from bot.services import connections, directory, restoring
from bot.services.results import BeingCreated, Denied, Discarded
from bot.store import tables
from bot.store.database import Database

EDGE = "/adaccount"
BILLED = "4242"


class Maker:
    """The brand, which is connected, and what its admins create."""

    def __init__(self, world: AtMeta) -> None:
        self.world, self.meta, self.story = world, world.meta, world.story
        self.story.set(tables.BusinessRow, {"id": BRAND}, funding_sources=BILLED)
        self.meta.businesses[BRAND].funding.add(BILLED)

    def create(self, kind: Kind = Kind.AD_ACCOUNT, **values: object) -> object:
        values = {"payment": Payment(funding_source=BILLED), **values} if kind is Kind.AD_ACCOUNT else values
        return self.story.do(directory.create_asset, creating(kind, **values), by=self.world.town.dana)

    def try_again(self) -> object:
        (row,) = self.creations()
        verb, by = directory.try_creating_again, self.world.town.dov
        return self.story.do(verb, row.id, expected_version=row.version, by=by)

    def creations(self) -> list:
        return self.story.rows(tables.Creation)

    def stands(self) -> tuple[str, str | None]:
        """How far the one creation is, here and at Meta."""
        (row,) = self.creations()
        view = self.story.read(directory.creation_card, row.id, by=self.world.town.dana)
        return row.state, view.at_meta.obstacle if view.at_meta else None

    def made(self) -> list[str]:
        """What was created at Meta beside what was there."""
        return [one.id for one in self.meta.assets.values() if one.name == "Acme DE"]

    def here(self) -> list[str]:
        return [row.id for row in self.story.rows(tables.Asset) if row.name == "Acme DE"]


@pytest.fixture
async def brand(here: Database) -> AsyncIterator[Maker]:
    async with at_meta(here) as world:
        yield Maker(world)


@pytest.fixture
async def on_both(database: Database) -> AsyncIterator[Maker]:
    async with at_meta(database) as world:
        yield Maker(world)


@pytest.mark.covers("A4", "A5")
async def test_an_account_is_the_brands_own_with_metas_id_once_it_is_there(on_both: Maker):
    brand, world = on_both, on_both.world
    answer = brand.create()
    assert isinstance(answer, BeingCreated)
    assert (brand.stands(), brand.here()) == (("CREATING", None), [])
    again = brand.create()
    assert again.reason is DenialReason.BEING_CREATED, "by its name it is looked for at Meta"
    assert isinstance(brand.create(name="Acme AT"), BeingCreated)
    await world.work()
    (made,) = brand.made()
    assert (brand.here(), brand.meta.assets[made].set_up["currency"]) == ([made], "EUR")
    assert {row.state for row in brand.creations()} == {"CREATED"}
    assert world.told() == ["made", "made"]
    assert brand.meta.writes() == [("POST", f"{BRAND}{EDGE}")] * 2
    (setup,) = brand.story.rows(tables.AssetSetup, asset_id=made)
    assert (setup.currency, setup.funding_source, setup.incomplete) == ("EUR", BILLED, False)


async def test_what_an_employee_prepared_is_created_at_meta_when_an_admin_says_so(brand: Maker):
    world = brand.world
    new = creating(payment=Payment(funding_source=BILLED))
    brand.story.do(directory.create_asset, new, by=world.town.emil)
    (row,) = brand.creations()
    world.told()
    verb = directory.create_prepared
    assert isinstance(brand.story.do(verb, row.id, expected_version=1, by=world.town.dana), BeingCreated)
    assert world.told() == ["created"]
    for verb, by, why in (
        (directory.drop_prepared, world.town.dov, DenialReason.BEING_CREATED),
        (directory.create_prepared, world.town.dov, DenialReason.BEING_CREATED),
        (directory.drop_prepared, world.town.emil, DenialReason.NOT_ADMIN),
    ):
        assert brand.story.do(verb, row.id, expected_version=2, by=by).reason is why
    await world.work()
    assert (brand.stands(), world.told()) == (("CREATED", None), ["made"])
    assert brand.here() == brand.made()
    (row,) = brand.creations()
    assert row.over_by == world.town.dana.id, "it was she, not who saw it there"
    moved = [one.kind for one in brand.story.rows(tables.Event, subject_id=row.id) if one.to_state]
    assert moved == ["creation.waiting", "creation.begun", "creation.created"]


async def test_only_what_is_being_created_becomes_an_asset_and_only_if_nobody_else_has_it(brand: Maker):
    def seen(asset_id: str, creation_id: str | None = None) -> bool:
        return brand.story.do(directory.created_at_meta, creation_id or row.id, asset_id)

    assert isinstance(brand.create(), BeingCreated)
    (row,) = brand.creations()
    make.asset(brand.story.database, "act_9001", kind=Kind.AD_ACCOUNT, name="Theirs", owner=AGENCY)
    found = [seen("act_9001"), seen("act_9002", "nosuch"), seen("act_9003"), seen("act_9004")]
    assert (found, brand.here()) == ([False, False, True, False], ["act_9003"])


async def test_a_pixel_is_created_in_the_ad_account_that_it_is_for(brand: Maker):
    how = {"form": "V1", "by": brand.world.town.dana}  # a form that is sent twice
    new = creating(Kind.PIXEL, ad_account_id=ACCOUNT)
    first, again = (brand.story.do(directory.create_asset, new, **how) for _ in range(2))
    assert isinstance(first, BeingCreated)
    assert again == first
    await brand.world.work()
    assert brand.here() == brand.made() != []
    assert brand.meta.writes() == [("POST", f"{ACCOUNT}/adspixels")]
    assert brand.meta.assets[brand.made()[0]].of_account == ACCOUNT


async def test_what_a_business_creates_that_is_not_connected_is_in_the_record_alone(here: Database):
    async with at_meta(here, connected=False) as world:
        brand = Maker(world)
        brand.create()
        await world.work()
        assert (len(brand.here()), brand.made(), brand.meta.writes()) == (1, [], [])


# --- answers that were lost --------------------------------------------------------------------------


@pytest.mark.covers("F28", "FP7")
@pytest.mark.parametrize("delay", [0.0, 300.0])
async def test_an_answer_that_was_lost_is_read_back_by_name_and_nothing_is_created_twice(
    brand: Maker, delay: float
):
    world = brand.world
    brand.meta.add_asset("act_777", AssetKind.AD_ACCOUNT, "Acme DE", owner=BRAND)  # of the same name
    brand.meta.delay = delay
    brand.meta.faults.drop("POST", EDGE)
    brand.create()
    await world.work()
    assert brand.stands() == ("CREATING", Obstacle.UNREACHED)
    brand.world.connect()  # another token does not have it made again
    for _ in range(8):
        await world.later(minutes=1)
    (_, made) = brand.made()
    assert (brand.stands(), brand.here()) == (("CREATED", None), [made])
    assert len(brand.meta.writes()) == 1


@pytest.mark.covers("F27", "F28")
async def test_whether_it_was_created_is_asked_and_not_guessed(
    brand: Maker, caplog: pytest.LogCaptureFixture
):
    world = brand.world
    brand.meta.faults.refuse(GraphError(2, "Service temporarily unavailable"), "POST", EDGE)
    brand.create()
    await world.later(minutes=1)
    assert brand.stands() == ("CREATING", Obstacle.UNREACHED)
    await world.later(minutes=30)
    assert brand.stands() == ("CREATING", Obstacle.UNCLEAR)
    assert world.told() == ["not_made"] * 2, "the author and the admins' channel"
    assert "ALARM: nobody knows" in caplog.text
    await world.later(days=1)
    assert len(brand.meta.writes()) == 1, "until somebody has looked"
    (row,) = brand.creations()
    no = brand.story.do(
        directory.try_creating_again, row.id, expected_version=row.version, by=world.town.emil
    )
    assert isinstance(no, Denied)
    brand.meta.faults.drop("POST", EDGE, after=False)  # the one more call that this allows fares no better
    assert isinstance(brand.try_again(), BeingCreated)
    await world.work()
    await world.later(minutes=30)
    assert (brand.stands(), len(brand.meta.writes())) == (("CREATING", Obstacle.UNCLEAR), 2)
    brand.try_again()
    await world.work()
    assert (brand.stands(), brand.here()) == (("CREATED", None), brand.made())
    assert len(brand.made()) == 1


async def test_of_two_that_it_could_be_people_leave_one(brand: Maker):
    world = brand.world
    brand.meta.faults.drop("POST", EDGE)
    brand.create()
    await world.work()
    other = brand.meta.add_asset("act_778", AssetKind.AD_ACCOUNT, "Acme DE", owner=BRAND)
    await world.later(minutes=2)
    assert (brand.stands(), world.told()) == (("CREATING", Obstacle.SEVERAL), ["not_made"] * 2)
    other.name = "Acme DE, by hand"
    brand.try_again()
    await world.work()
    assert (brand.stands(), brand.here()) == (("CREATED", None), brand.made())
    assert len(brand.meta.writes()) == 1


async def test_what_may_have_been_created_after_a_backup_was_made_is_looked_for_when_it_is_restored(
    brand: Maker,
):
    for_other = brand.meta.add_asset("act_777", AssetKind.AD_ACCOUNT, "Acme DE", owner=BRAND)
    make.asset(brand.story.database, for_other.id, kind=Kind.AD_ACCOUNT, name="Acme", owner=BRAND)
    brand.create()
    brand.story.do(restoring.finish, seq=1, access=None, by=OPERATOR)
    brand.meta.add_asset("act_778", AssetKind.AD_ACCOUNT, "Acme DE", owner=BRAND)
    await brand.world.work()
    assert (brand.stands(), brand.here()) == (("CREATED", None), ["act_778"])
    assert brand.meta.writes() == []


# --- what Meta refuses, and what passes ---------------------------------------------------------------


@pytest.mark.covers("F30")
@pytest.mark.parametrize(
    ("code", "obstacle"),
    [
        (200, Obstacle.PERMISSION),
        (3979, Obstacle.FULL),
        (23007, Obstacle.BILLING),
    ],
)
async def test_what_meta_refuses_is_said_and_tried_again_or_given_up(
    brand: Maker, code: int, obstacle: Obstacle
):
    world = brand.world
    brand.meta.faults.refuse(GraphError(code, "no"), "POST", EDGE)
    brand.create()
    await world.work()
    assert (brand.stands(), "not_made" in world.told()) == (("CREATING", obstacle), True)
    (row,) = brand.creations()
    shown = brand.story.effects(EffectKind.UPDATE_CARD, subject_id=row.id)
    assert shown[-1].version == row.version > 1
    no = brand.story.do(directory.create_prepared, row.id, expected_version=row.version, by=world.town.dana)
    assert (no.reason, no.about.id) == (DenialReason.BEING_CREATED, row.id), "it is tried again, not anew"
    await world.later(days=1)
    assert len(brand.meta.writes()) == 1, "until somebody tries again"
    assert isinstance(brand.try_again(), BeingCreated)
    assert brand.try_again().reason is DenialReason.BEING_CREATED
    await world.work()
    assert (brand.stands(), len(brand.made())) == (("CREATED", None), 1)


async def test_what_could_not_be_created_is_given_up_and_its_name_is_free_again(brand: Maker):
    world = brand.world
    brand.meta.faults.refuse(GraphError(100, "no"), "POST", EDGE)
    brand.create()
    await world.work()
    (row,) = brand.creations()
    drop = directory.drop_prepared
    no = brand.story.do(drop, row.id, expected_version=row.version - 1, by=world.town.dov)
    assert no.reason is DenialReason.CHANGED
    assert isinstance(
        brand.story.do(drop, row.id, expected_version=row.version, by=world.town.dov), Discarded
    )
    brand.world.connect()
    await world.later(days=1)
    assert (brand.stands(), brand.made()) == (("GIVEN_UP", None), [])
    assert isinstance(brand.create(), BeingCreated)


@pytest.mark.covers("F29")
async def test_what_meta_throttles_is_created_later_without_asking_anybody(brand: Maker):
    brand.meta.faults.refuse(GraphError(4, "too many calls"), "POST", EDGE)
    brand.create()
    await brand.world.work()
    await brand.world.later(minutes=20)
    await brand.world.later(minutes=2)
    assert (brand.stands(), len(brand.made())) == (("CREATED", None), 1)


@pytest.mark.covers("F31", "T40")
@pytest.mark.parametrize("said", [{"id": "act_1004"}, {"id": 7}])
async def test_an_id_that_meta_says_and_does_not_show_as_the_brands_own_is_not_taken(
    brand: Maker, said: dict
):
    brand.meta.faults.answer(said, "POST", EDGE)
    brand.create()
    await brand.world.work()
    await brand.world.later(minutes=20)
    await brand.world.later(minutes=20)
    state, obstacle = brand.stands()
    assert (state, obstacle in {Obstacle.MISMATCH, Obstacle.UNCLEAR}, brand.here()) == ("CREATING", True, [])


async def test_one_that_was_imported_meanwhile_is_that_one(brand: Maker):
    brand.meta.delay = 60.0
    brand.create()
    await brand.world.work()
    (made,) = brand.made()
    make.asset(brand.story.database, made, kind=Kind.AD_ACCOUNT, name="Acme DE", owner=BRAND)
    await brand.world.later(minutes=5)
    assert (brand.stands(), brand.here()) == (("CREATED", None), [made])


async def test_what_was_disconnected_meanwhile_is_created_once_it_is_connected_again(brand: Maker):
    brand.create()
    brand.story.do(connections.disconnect, BRAND, by=brand.world.town.dana)
    await brand.world.work()
    assert brand.stands() == ("CREATING", Obstacle.DISCONNECTED)
    brand.world.connect()
    await brand.world.work()
    assert brand.stands() == ("CREATED", None)
