"""Replicas whose wall clocks are apart go by the time of the server that they share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import make
import pytest
from make import AGENCY_TEAM, BRAND, write
from story import Story
from world import running

from bot.clock import PushedClock
from bot.domain.actors import OPERATOR
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.services import connections, delivery, directory_file
from bot.services.context import act
from bot.services.results import Denied, Imported
from bot.store.database import Database

SECOND = timedelta(seconds=1)
APART = timedelta(seconds=90)

pytestmark = pytest.mark.postgres


class SkewedClock(PushedClock):
    """The clock of a machine whose own time is wrong by so much."""

    def __init__(self, wrong: timedelta) -> None:
        self._wrong = wrong
        super().__init__()

    def wall(self) -> datetime:
        return super().wall() + self._wrong


@pytest.fixture(params=[(APART, -APART), (-APART, APART)], ids=["fast-slow", "slow-fast"])
def replicas(request: pytest.FixtureRequest, postgresql_url: str) -> Iterator[tuple[Story, Story]]:
    """Two replicas on one store, each with a wall clock of its own."""
    first, second = (SkewedClock(wrong) for wrong in request.param)
    with (
        Database.open(postgresql_url, clock=first) as one,
        Database.open(postgresql_url, clock=second) as other,
    ):
        one.set_clock()
        other.set_clock()
        yield Story(one, first), Story(other, second)


@pytest.mark.covers("F35")
def test_both_tell_the_servers_time(replicas: tuple[Story, Story]) -> None:
    one, other = replicas
    assert abs(one.clock.now() - other.clock.now()) < SECOND
    assert abs(one.clock.real() - other.clock.real()) < SECOND


@pytest.mark.covers("F35", "F33")
def test_what_one_of_them_holds_the_other_does_not_take_before_its_lease_is_over(
    replicas: tuple[Story, Story],
) -> None:
    one, other = replicas
    one.submit(make.town(one.database).ann)

    def claim(story: Story) -> int:
        now, real = story.clock.now(), story.clock.real()
        return len(write(story.database, act, delivery.claim, most=10, now=now, real=real))

    assert claim(one) == 2
    assert claim(other) == 0
    other.clock.push_real(delivery.LEASE + SECOND)
    assert claim(other) == 2


@pytest.mark.covers("F35")
async def test_the_bot_goes_by_the_servers_time(postgresql_url: str) -> None:
    clock = SkewedClock(APART)
    async with running(postgresql_url, clock=clock) as world:
        assert abs(clock.real() - PushedClock().real()) < 10 * SECOND
        assert AGENCY_TEAM in world.app.slack.teams


def test_a_file_has_no_other_time_than_its_machines(sqlite_url: str) -> None:
    clock = SkewedClock(APART)
    with Database.open(sqlite_url, clock=clock) as database:
        database.set_clock()
    assert abs(clock.real() - PushedClock().real() - APART) < 10 * SECOND


def test_of_two_imports_from_meta_at_the_same_time_one_does_it_and_the_other_is_told_so(
    replicas: tuple[Story, Story],
) -> None:
    one, other = replicas
    town = make.town(one.database)
    one.do(connections.connect, BRAND, ciphertext="kept", name="Countersign", by=OPERATOR)
    for number in range(5):
        asset = directory_file.AssetAtMeta(Kind.PAGE, f"59000000{number}", "Acme Berlin")
        reading = directory_file.Reading(assets=(asset,))
        mark = one.do(directory_file.plan_from_meta, BRAND, reading, by=town.dana).mark
        verb, how = directory_file.import_from_meta, {"expected_mark": mark, "now": one.clock.now()}
        both = [
            story.database.submit(act, verb, BRAND, reading, by=who.by(), **how)
            for story, who in ((one, town.dana), (other, town.dov))
        ]
        answers = [done.result(30) for done in both]
        assert {type(answer) for answer in answers} == {Imported, Denied}
        assert DenialReason.CHANGED in [getattr(answer, "reason", None) for answer in answers]
