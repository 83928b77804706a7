"""What a business's own people can do is at Meta what its admins say, with the business's own token."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from make import ACCOUNT, AGENCY, BRAND, INSTAGRAM, PAGE, PIXEL, Someone, given_up, item
from meta_world import AtMeta, at_meta

from bot.domain.actors import OPERATOR
from bot.domain.assets import Kind
from bot.domain.connections import Obstacle
from bot.domain.denials import DenialReason
from bot.sandbox.meta import GraphError
from bot.services import connections, grants, settings
from bot.services.results import Assigned
from bot.store import tables
from bot.store.database import Database

ANALYZE = frozenset({"ANALYZE"})
GENERAL = frozenset({"ADVERTISE", "ANALYZE"})
NOTHING = frozenset[str]()
EDGE = "/assigned_users"


class People:
    """A brand and an agency whose people are at Meta under the same names."""

    def __init__(self, world: AtMeta) -> None:
        self.world = world
        town = world.town
        whose = ((BRAND, town.emil), (BRAND, town.dov), (AGENCY, town.eva))
        self.ids = {who.id: world.meta.add_person(business_id, who.name) for business_id, who in whose}

    def let(
        self, whom: Someone, tasks: frozenset[str], *, asset_id: str = ACCOUNT, business_id: str = BRAND
    ) -> Assigned:
        by = self.world.town.dana if business_id == BRAND else self.world.town.ann
        place = {"business_id": business_id, "asset_id": asset_id}
        verb, more = (grants.assign_person, {"tasks": tasks}) if tasks else (grants.unassign_person, {})
        answer = self.world.story.do(verb, whom.id, **place, **more, by=by)
        assert isinstance(answer, Assigned), answer
        return answer

    def there(self, whom: Someone, asset_id: str = ACCOUNT) -> set[str]:
        return set(self.world.meta.assets[asset_id].users.get(self.ids[whom.id], ()))


@pytest.fixture
async def acme(here: Database) -> AsyncIterator[People]:
    async with at_meta(here) as world:
        yield People(world)


@pytest.fixture
async def on_both(database: Database) -> AsyncIterator[People]:
    async with at_meta(database) as world:
        yield People(world)


async def test_a_person_is_added_changed_and_removed_at_meta_and_only_then_is_it_said(on_both: People):
    acme, world, emil = on_both, on_both.world, on_both.world.town.emil
    assert acme.let(emil, GENERAL).is_at_meta
    assert (acme.there(emil), world.enforced()) == (set(), [("PENDING", None)])
    await world.work()
    assert (acme.there(emil), world.enforced()) == (GENERAL, [("IN_FORCE", None)])
    acme.let(emil, ANALYZE)
    await world.work()
    assert (acme.there(emil), world.enforced()) == (ANALYZE, [("IN_FORCE", None)])
    acme.let(emil, NOTHING)
    assert acme.there(emil), "not before Meta shows it"
    await world.work()
    assert (acme.there(emil), world.enforced()) == (NOTHING, [])
    assert world.meta.writes(EDGE) == [("POST", f"{ACCOUNT}{EDGE}")] * 2 + [("DELETE", f"{ACCOUNT}{EDGE}")]
    kinds = [row.kind for row in world.story.rows(tables.Event) if row.kind.startswith("enforcement")]
    steps = ["pending", "in_force"] * 2 + ["pending", "ended"]
    assert kinds == [f"enforcement.{step}" for step in steps]


@pytest.mark.parametrize(("asset_id", "kind"), [(PAGE, Kind.PAGE), (INSTAGRAM, Kind.INSTAGRAM_ACCOUNT)])
async def test_each_kind_of_asset_has_its_people(acme: People, asset_id: str, kind: Kind):
    for wanted in (item(kind, asset_id).tasks, NOTHING):
        acme.let(acme.world.town.emil, wanted, asset_id=asset_id)
        await acme.world.work()
        assert acme.there(acme.world.town.emil, asset_id) == wanted


async def test_a_partner_puts_its_own_people_on_what_it_holds_with_its_own_token(acme: People):
    world, eva = acme.world, acme.world.town.eva
    world.connect(AGENCY)
    sent = world.approve(people=(eva.id,))
    await world.work()
    assert acme.there(eva) == GENERAL, "with the grant, for those for whom it was asked"
    assert world.enforced() == [("IN_FORCE", None)]
    world.story.undo(world.town.dana, sent.request_id)
    await world.work()
    assert (acme.there(eva), world.there(), world.enforced()) == (NOTHING, set(), [])


async def test_what_a_partner_loses_its_people_lose_with_it(acme: People):
    world, eva = acme.world, acme.world.town.eva
    world.connect(AGENCY)
    world.approve()
    second = world.approve(item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    await world.work()
    acme.let(eva, frozenset({"MANAGE", *GENERAL}), business_id=AGENCY)
    await world.work()
    world.story.undo(world.town.dana, second.request_id)
    await world.work()
    assert (acme.there(eva), world.enforced()) == (GENERAL, [("IN_FORCE", None)])


async def test_who_is_known_by_their_id_is_found_whatever_their_name_is_there(acme: People):
    world, emil = acme.world, acme.world.town.emil
    world.meta.add_person(BRAND, "Emil")
    acme.let(emil, GENERAL)
    await world.work()
    assert world.enforced() == [("FAILED", "NOBODY")], "two have his name"
    world.story.set(tables.Membership, {"person_id": emil.id}, at_meta=acme.ids[emil.id])
    by = world.town.dana
    world.story.do(grants.try_person_again, emil.id, business_id=BRAND, asset_id=ACCOUNT, by=by)
    await world.work()
    assert acme.there(emil) == GENERAL


async def test_whoever_leaves_the_business_loses_it_at_meta_under_whatever_name_they_have_there(acme: People):
    world, emil = acme.world, acme.world.town.emil
    acme.let(emil, GENERAL)
    await world.work()
    world.meta.businesses[BRAND].people[acme.ids[emil.id]] = "Emil Married"
    world.story.do(settings.remove_member, BRAND, emil.id, by=world.town.dana)
    await world.work()
    assert (acme.there(emil), world.enforced()) == (NOTHING, [])


async def test_an_asset_that_its_owner_gives_up_is_taken_from_its_people(acme: People):
    world, emil = acme.world, acme.world.town.emil
    acme.let(emil, GENERAL)
    await world.work()
    given_up(world.story.database, ACCOUNT, world.town.dana, now=world.story.clock.now())
    await world.work()
    assert (acme.there(emil), world.enforced()) == (NOTHING, [])


async def test_what_somebody_was_given_at_meta_by_hand_is_left_to_them(acme: People):
    world, emil = acme.world, acme.world.town.emil
    world.meta.set_user(ACCOUNT, acme.ids[emil.id], "DRAFT")
    acme.let(emil, ANALYZE)
    await world.work()
    assert acme.there(emil) == {"DRAFT", "ANALYZE"}
    acme.let(emil, NOTHING)
    await world.work()
    assert acme.there(emil) == {"DRAFT"}


async def test_a_business_that_is_not_connected_has_its_people_in_the_record_alone(acme: People):
    world = acme.world
    world.story.do(connections.disconnect, BRAND, by=OPERATOR)
    assert not acme.let(world.town.emil, GENERAL).is_at_meta
    assert (await world.work(), world.meta.calls, world.enforced()) == (0, [], [])


# --- Meta's faults -----------------------------------------------------------------------------------


@pytest.mark.covers("F28", "FP7")
@pytest.mark.parametrize("tasks", [GENERAL, NOTHING])
async def test_an_answer_that_was_lost_is_found_by_reading_back(acme: People, tasks: frozenset[str]):
    world, emil = acme.world, acme.world.town.emil
    acme.let(emil, ANALYZE)
    await world.work()
    world.meta.faults.drop(edge=EDGE, method="POST" if tasks else "DELETE")
    acme.let(emil, tasks)
    await world.work()
    assert world.enforced() == [("PENDING", Obstacle.UNREACHED)]
    await world.later(seconds=5)
    assert acme.there(emil) == tasks
    assert world.enforced() == ([("IN_FORCE", None)] if tasks else [])
    assert len(world.meta.writes(EDGE)) == 2, "it is not made twice"


@pytest.mark.covers("F27")
async def test_a_passing_fault_is_read_back_and_tried_again(acme: People):
    world, emil = acme.world, acme.world.town.emil
    world.meta.faults.refuse(GraphError(2, "passing", is_transient=True), "POST", EDGE)
    acme.let(emil, GENERAL)
    await world.work()
    await world.later(seconds=90)
    assert (acme.there(emil), len(world.meta.writes(EDGE))) == (GENERAL, 2)


@pytest.mark.covers("F29")
async def test_what_is_taken_from_people_goes_before_all_that_is_given(acme: People):
    world, emil, dov = acme.world, acme.world.town.emil, acme.world.town.dov
    acme.let(emil, GENERAL)
    await world.work()
    world.approve()
    acme.let(dov, GENERAL)
    acme.let(emil, NOTHING)
    await world.work()
    assert world.meta.writes()[1] == ("DELETE", f"{ACCOUNT}{EDGE}")


@pytest.mark.covers("F30")
async def test_who_meta_does_not_know_by_that_name_alone_waits_for_somebody_and_is_tried_again(acme: People):
    world, emil = acme.world, acme.world.town.emil
    double = world.meta.add_person(BRAND, "emil")
    world.told()
    acme.let(emil, GENERAL)
    await world.work()
    assert (world.enforced(), world.meta.writes()) == ([("FAILED", Obstacle.NOBODY)], [])
    assert world.told() == ["people"]
    (told,) = world.story.read(grants.people_told, BRAND).people
    assert (told.name, told.obstacle) == ("Emil", Obstacle.NOBODY)
    del world.meta.businesses[BRAND].people[double]
    again = {"business_id": BRAND, "asset_id": ACCOUNT}
    assert world.story.do(grants.try_person_again, emil.id, **again, by=world.town.dov).is_at_meta
    await world.work()
    assert (acme.there(emil), world.enforced()) == (GENERAL, [("IN_FORCE", None)])
    denied = world.story.do(grants.try_person_again, emil.id, **again, by=world.town.dov)
    assert denied.reason is DenialReason.CHANGED


@pytest.mark.covers("F31")
async def test_more_than_was_said_is_taken_back_and_nothing_is_in_force(acme: People):
    world, emil = acme.world, acme.world.town.emil
    share = world.meta.set_user

    def too_much(asset_id: str, user_id: str, *tasks: str) -> None:
        share(asset_id, user_id, *({"MANAGE", *tasks} if "ADVERTISE" in tasks else tasks))

    world.meta.set_user = too_much
    acme.let(emil, GENERAL)
    await world.work()
    assert "MANAGE" not in acme.there(emil)
    assert world.enforced() == [("FAILED", Obstacle.MISMATCH)]


@pytest.mark.covers("F32", "T37")
async def test_what_cannot_be_taken_away_is_an_alarm_and_is_tried_for_as_long_as_it_takes(
    acme: People, caplog: pytest.LogCaptureFixture
):
    world, emil = acme.world, acme.world.town.emil
    acme.let(emil, GENERAL)
    await world.work()
    world.meta.faults.refuse(GraphError(200, "no"), "DELETE", EDGE, times=1000)
    acme.let(emil, NOTHING)
    world.told()
    await world.work()
    assert (world.enforced(), world.told()) == ([("STUCK", Obstacle.PERMISSION)], ["people"])
    assert "ALARM" in caplog.text
    await world.later(days=1)
    assert (world.enforced(), acme.there(emil)) == ([("STUCK", Obstacle.PERMISSION)], GENERAL)
    assert "people" not in world.told(), "it is said once"
    world.meta.faults.clear()
    await world.later(minutes=10)
    assert (world.enforced(), acme.there(emil)) == ([], NOTHING)


@pytest.mark.covers("F32", "T37", "P5")
async def test_what_meta_does_not_answer_about_for_longer_than_taking_away_may_take_is_an_alarm(
    acme: People, caplog: pytest.LogCaptureFixture
):
    world, emil, dov = acme.world, acme.world.town.emil, acme.world.town.dov
    for who, asset_id in ((emil, ACCOUNT), (emil, PAGE), (dov, ACCOUNT)):
        acme.let(who, ANALYZE, asset_id=asset_id)
    await world.work()
    world.meta.faults.outage()
    for who, asset_id in ((emil, ACCOUNT), (emil, PAGE), (dov, ACCOUNT)):
        acme.let(who, NOTHING, asset_id=asset_id)
    world.told()
    await world.later(seconds=50)
    assert (world.told(), set(world.enforced())) == ([], {("PENDING", Obstacle.UNREACHED)})
    await world.later(minutes=10)
    assert (world.told(), world.enforced()) == (["people"], [("STUCK", Obstacle.UNREACHED)] * 3)
    assert "ALARM" in caplog.text
    for _ in range(3):
        await world.later(days=1)
    assert "people" not in world.told(), "it is said once"
    world.meta.faults.clear()
    await world.later(hours=2)
    assert (world.enforced(), acme.there(emil), acme.there(dov)) == ([], NOTHING, NOTHING)


async def test_what_is_given_while_meta_does_not_answer_is_no_alarm(acme: People):
    world, emil = acme.world, acme.world.town.emil
    world.meta.faults.outage()
    acme.let(emil, ANALYZE)
    world.told()
    for _ in range(3):
        await world.later(days=1)
    assert (world.told(), world.enforced()) == ([], [("PENDING", Obstacle.UNREACHED)])


async def test_what_has_just_come_is_taken_away_also_where_meta_shows_what_was_before(acme: People):
    world, emil = acme.world, acme.world.town.emil
    acme.let(emil, GENERAL)
    await world.later(minutes=5)
    assert acme.there(emil) == GENERAL
    acme.let(emil, NOTHING)
    world.meta.delay = 30
    await world.work()
    assert (world.enforced(), acme.there(emil)) == ([], NOTHING)


async def test_what_no_call_takes_away_again_is_not_given(acme: People):
    world, emil = acme.world, acme.world.town.emil
    acme.let(emil, ANALYZE, asset_id=PIXEL)
    await world.work()
    assert (world.enforced(), world.meta.writes()) == ([("FAILED", Obstacle.BY_HAND)], [])
    acme.let(emil, NOTHING, asset_id=PIXEL)
    assert world.enforced() == []


async def test_a_change_that_fails_leaves_what_was_there_before(acme: People):
    world, emil = acme.world, acme.world.town.emil
    acme.let(emil, ANALYZE)
    await world.work()
    world.meta.faults.refuse(GraphError(200, "no"), "POST", EDGE)
    acme.let(emil, GENERAL)
    await world.work()
    assert (world.enforced(), acme.there(emil)) == ([("FAILED", Obstacle.PERMISSION)], ANALYZE)
    acme.let(emil, NOTHING)
    await world.work()
    assert (world.enforced(), acme.there(emil)) == ([], NOTHING)


async def test_a_token_that_is_refused_is_told_once_and_the_next_one_does_what_waited(acme: People):
    world, emil = acme.world, acme.world.town.emil
    for token in world.meta.tokens.values():
        token.revoked = True
    acme.let(emil, GENERAL)
    world.told()
    await world.work()
    assert world.enforced() == [("FAILED", Obstacle.TOKEN)]
    assert "connection" in world.told()
    world.connect()
    await world.work()
    assert (world.enforced(), acme.there(emil)) == ([("IN_FORCE", None)], GENERAL)
