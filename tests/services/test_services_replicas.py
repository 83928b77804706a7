"""Replicas whose wall clocks are apart go by the time of the server that they share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import make
import pytest
from make import AGENCY_TEAM, write
from story import Story
from world import running

from bot.clock import PushedClock
from bot.services import delivery
from bot.services.context import act
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
