"""What is done about one asset and holder reaches Meta in order: a late sender does nothing any more."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from make import ACCOUNT
from meta_world import AtMeta, at_meta

from bot.domain.connections import Obstacle
from bot.services import delivery
from bot.services.context import act
from bot.services.delivery import LEASE, Delivery, Unknown
from bot.store.database import Database

SECOND = timedelta(seconds=1)
EDGE = f"{ACCOUNT}/agencies"


async def claimed(world: AtMeta) -> list[Delivery]:
    """Claim all that is due, and return what of it goes to Meta."""
    clock = world.story.clock
    how = {"now": clock.now(), "real": clock.real(), "urgent": False}
    found = await world.story.database.write(act, delivery.claim, most=100, **how)
    return [one for one in found if one.subject_id == ACCOUNT]


async def finish(world: AtMeta, one: Delivery, outcome: delivery.Outcome) -> bool:
    clock = world.story.clock
    return await world.story.database.write(
        act, delivery.finish, one, outcome, now=clock.now(), real=clock.real()
    )


@pytest.mark.covers("I15", "T39")
async def test_what_is_taken_back_while_a_sender_is_held_up_is_not_given_by_it_later(database: Database):
    async with at_meta(database) as world:
        sent = world.approve()
        (late,) = await claimed(world)
        reached, go_on = asyncio.Event(), asyncio.Event()

        async def mark() -> bool:
            reached.set()
            await go_on.wait()
            return await database.write(delivery.mark, late, real=world.story.clock.real())

        sender = asyncio.create_task(world.executor.send(late, mark))
        await reached.wait()  # it has read that nothing is there, and is about to give it
        world.story.undo(world.town.dana, sent.request_id)
        assert await claimed(world) == [], "the lane is taken"
        world.story.clock.push_real(LEASE + SECOND)
        await world.work()
        assert (world.states(), world.there()) == (["ENDED"], set())
        go_on.set()
        outcome = await sender
        assert isinstance(outcome, Unknown)
        assert not await finish(world, late, outcome), "it was not its own any more"
        assert (world.states(), world.meta.writes(), world.there()) == (["ENDED"], [], set())


@pytest.mark.covers("I15")
async def test_each_change_is_at_meta_before_the_next_one_is_made(acme: AtMeta):
    for number in range(3):
        sent = acme.approve()
        await acme.work()
        assert acme.there()
        acme.story.undo(acme.town.dana, sent.request_id)
        await acme.work()
        assert not acme.there()
        assert acme.meta.writes() == [("POST", EDGE), ("DELETE", EDGE)] * (number + 1)


async def test_a_sender_that_broke_down_did_not_reach_meta_as_far_as_anybody_is_told(acme: AtMeta):
    acme.approve()
    (one,) = await claimed(acme)
    assert await finish(acme, one, Unknown(why="KeyError"))
    assert (acme.states(), acme.obstacles()) == (["PENDING"], [Obstacle.UNREACHED])
