"""A claim is approved here and carried out at Meta: the account is the business's own once Meta says so."""

from __future__ import annotations

from collections.abc import AsyncIterator

import make
import pytest
from make import AGENCY, OTHER, claiming
from meta_world import AtMeta, at_meta

from bot.domain.connections import Obstacle
from bot.domain.denials import DenialReason
from bot.domain.requests import Approve
from bot.sandbox.meta import AssetKind, GraphError
from bot.services import grants, requests
from bot.services.results import Denied, Sent, TriedAgain
from bot.store import tables
from bot.store.database import Database

SPRING = "act_7001"
EDGE = "/owned_ad_accounts"


class Claims:
    """An agency that is connected, and an account that no business owns, of which Dana is an admin."""

    def __init__(self, world: AtMeta) -> None:
        self.world = world
        make.unowned(world.story.database, SPRING, world.town.dana)
        self.account = world.meta.add_asset(SPRING, AssetKind.AD_ACCOUNT, "Spring Ads")
        world.connect(AGENCY)

    def claim(self) -> Sent:
        """Have Ann claim the account, and Dana confirm it."""
        sent = self.world.story.do(requests.submit, claiming(SPRING), by=self.world.town.ann)
        assert isinstance(sent, Sent), sent
        self.world.story.decide(self.world.town.dana, sent.request_id, Approve())
        self.world.told()
        return sent

    def owner(self) -> str | None:
        (row,) = self.world.story.rows(tables.Asset, id=SPRING)
        return row.owner_id


@pytest.fixture
async def acme(here: Database) -> AsyncIterator[Claims]:
    async with at_meta(here) as world:
        yield Claims(world)


@pytest.fixture
async def on_both(database: Database) -> AsyncIterator[Claims]:
    async with at_meta(database) as world:
        yield Claims(world)


async def test_an_account_is_owned_once_meta_says_so_and_not_before(on_both: Claims):
    acme, world = on_both, on_both.world
    acme.account.managed_by.add(AGENCY)
    sent = acme.claim()
    view = world.story.card(sent.request_id)
    assert (acme.owner(), view.at_meta.state, world.enforced()) == (None, "PENDING", [("PENDING", None)])
    again = world.story.do(requests.submit, claiming(SPRING), by=world.town.ann)
    assert (again.reason, again.ref) == (DenialReason.OPEN_ALREADY, view.ref)
    await world.work()
    assert (acme.owner(), acme.account.owner_id) == (AGENCY, AGENCY)
    assert world.enforced() == [("IN_FORCE", None)]
    assert world.told() == ["in_force"]
    assert world.meta.writes() == [("POST", f"{AGENCY}{EDGE}")], "with the token of who claims it"


@pytest.mark.parametrize("accept", [True, False])
async def test_a_claim_that_somebody_at_meta_has_to_accept_is_followed_to_its_end(
    acme: Claims,
    accept: bool,  # noqa: FBT001 - a parameter
):
    world = acme.world
    sent = acme.claim()
    await world.work()
    assert world.enforced() == [("PENDING", Obstacle.REVIEW)]
    await world.later(hours=3)
    assert (world.enforced(), acme.owner()) == ([("PENDING", Obstacle.REVIEW)], None)
    world.meta.settle_claim(SPRING, AGENCY, accept=accept)
    await world.later(minutes=2)
    if accept:
        assert (world.enforced(), acme.owner()) == ([("IN_FORCE", None)], AGENCY)
    else:
        assert (world.enforced(), acme.owner()) == ([("FAILED", Obstacle.DECLINED)], None)
        assert world.told()[0] == "not_in_force"
        acme.account.managed_by.add(AGENCY)
        assert isinstance(world.story.do(grants.try_again, sent.request_id, by=world.town.dana), Denied)
        assert isinstance(world.story.do(grants.try_again, sent.request_id, by=world.town.abe), TriedAgain)
        await world.work()
        assert acme.owner() == AGENCY
    assert len(world.meta.writes()) == (1 if accept else 2)


@pytest.mark.covers("F28", "FP7")
@pytest.mark.parametrize("is_managed", [True, False])
async def test_an_answer_that_was_lost_is_read_back_and_nothing_is_claimed_twice(
    acme: Claims,
    is_managed: bool,  # noqa: FBT001 - a parameter
):
    world = acme.world
    if is_managed:
        acme.account.managed_by.add(AGENCY)
    world.meta.faults.drop("POST", EDGE)
    acme.claim()
    await world.work()
    assert world.enforced() == [("PENDING", Obstacle.UNREACHED)]
    await world.later(minutes=2)
    expected = [("IN_FORCE", None)] if is_managed else [("PENDING", Obstacle.REVIEW)]
    assert (world.enforced(), len(world.meta.writes())) == (expected, 1)


@pytest.mark.covers("F31", "T40")
async def test_what_is_said_to_be_confirmed_and_does_not_show_is_not_owned(acme: Claims):
    world = acme.world
    world.meta.faults.answer({"access_status": "CONFIRMED"}, "POST", EDGE, times=10)
    acme.claim()
    await world.work()
    assert (world.enforced(), acme.owner()) == ([("PENDING", Obstacle.SETTLING)], None)
    await world.later(minutes=20)
    assert (world.enforced(), acme.owner()) == ([("FAILED", Obstacle.MISMATCH)], None)


@pytest.mark.covers("F30")
async def test_an_account_that_another_business_owns_at_meta_is_not_owned_here(acme: Claims):
    world = acme.world
    acme.account.owner_id = OTHER
    acme.claim()
    await world.work()
    assert (world.enforced(), acme.owner()) == ([("FAILED", Obstacle.REFUSED)], None)
    assert "not_in_force" in world.told()
    acme.account.owner_id, acme.account.owned_since = AGENCY, 0.0
    await world.later(days=1)
    assert (acme.owner(), len(world.meta.writes())) == (None, 1), "until somebody tries again"


@pytest.mark.covers("F27", "F29")
@pytest.mark.parametrize("code", [2, 4])
async def test_a_fault_that_passes_is_tried_again(acme: Claims, code: int):
    world = acme.world
    acme.account.managed_by.add(AGENCY)
    world.meta.faults.refuse(GraphError(code, "passing"), "POST", EDGE)
    acme.claim()
    await world.work()
    await world.later(minutes=10)
    assert (world.enforced(), acme.owner()) == ([("IN_FORCE", None)], AGENCY)
