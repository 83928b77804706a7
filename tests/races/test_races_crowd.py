"""A crowd presses one card at one instant, through the real door: one decides, all others hear who did."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import make
import pytest
from world import Way, World, running, until

from bot.app import Countersign, build
from bot.clock import PushedClock
from bot.domain.actors import Role
from bot.sandbox.slack import Forgery, Json, Kind, Person
from bot.store import tables

MOST_TRIES = 5


def crowd_in(world: World, size: int) -> list[Person]:
    """Give the brand so many admins more, all of them in its room."""

    def join(number: int) -> Person:
        name, roles = f"Ada{number}", {make.BRAND: Role.ADMIN}
        who = make.someone(world.database, 100 + number, name=name, team=make.BRAND_TEAM, roles=roles)
        return world.slack.add_person(world.brand, who.name, user_id=who.user)

    with ThreadPoolExecutor(16) as many:  # so that they share commits
        crowd = list(many.map(join, range(size)))
    world.brand_room.members.update(one.id for one in crowd)
    return crowd


async def press_at_once(world: World, clicks: list[Json], *, doors: list[Countersign]) -> None:
    """Bring all these clicks, each to the next of the doors, and let all that follows happen."""
    urls = [f"{doors[n % len(doors)].url}/slack/events" for n in range(len(clicks))]
    await asyncio.gather(
        *(
            world.slack.send_payload(Kind.INTERACTIVE, click, forgery=Forgery(url=url))
            for click, url in zip(clicks, urls, strict=True)
        )
    )
    await until(lambda: all(one.is_idle for one in doors), seconds=60)
    await world.settle(seconds=60)


def events(world: World, kind: str) -> list[tables.Event]:
    return [one for one in world.rows(tables.Event) if one.kind == kind]


@pytest.mark.covers("F22", "I2", "I19")
@pytest.mark.parametrize("size", [30, pytest.param(200, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    "bots", [pytest.param(1, id="one-bot"), pytest.param(2, id="two-bots", marks=pytest.mark.postgres)]
)
async def test_of_a_crowd_that_presses_at_once_one_decides_and_all_others_hear_who_did(
    request: pytest.FixtureRequest, clock: PushedClock, bots: int, size: int
) -> None:
    url = request.getfixturevalue("sqlite_url" if bots == 1 else "postgresql_url")
    async with running(url, way=Way.HTTP, clock=clock) as world, AsyncExitStack() as stack:
        doors = [world.app]
        if bots == 2:
            doors.append(await stack.enter_async_context(build(world.settings, clock=clock)))
        crowd = crowd_in(world, size)
        card = await world.send_request()

        clicks = {who.id: world.slack.payload_click(who, card, "approve") for who in crowd}

        pressed, late = 0, crowd
        for _ in range(MOST_TRIES):
            await press_at_once(world, [clicks[who.id] for who in late], doors=doors)
            pressed += len(late)
            # A machine that is too slow says so, and nothing was done: then people press once more.
            late = [who for who in crowd if "pproved" not in world.told(who)]
            if not late:
                break

        assert len(events(world, "request.approved")) == 1
        assert len(world.rows(tables.Grant)) == 1
        (decision,) = world.rows(tables.Decision)
        winner = next(row.name for row in world.rows(tables.Person) if row.id == decision.person_id)
        told = {who.name: world.told(who) for who in crowd}
        assert "Approved:" in told.pop(winner)
        assert [words for words in told.values() if f"approved already by {winner}" not in words] == []
        reasons = [json.loads(one.data)["reason"] for one in events(world, "denied")]
        assert set(reasons) == {"already_over"}
        assert size - 1 <= len(reasons) <= pressed - 1
        assert f"Approved by {winner}" in card.text
        assert world.database.verify().sound


@pytest.mark.postgres
@pytest.mark.covers("F23", "I18")
async def test_one_signed_request_that_reaches_two_bots_has_one_effect(
    postgresql_url: str, clock: PushedClock
) -> None:
    async with (
        running(postgresql_url, way=Way.HTTP, clock=clock) as world,
        build(world.settings, clock=clock) as other,
    ):
        card = await world.send_request()
        click = world.slack.payload_click(world.dana, card, "approve")
        signed_at = str(int(clock.real().timestamp()))
        doors = [world.app, other]
        sent = await asyncio.gather(
            *(
                world.slack.send_payload(
                    Kind.INTERACTIVE,
                    click,
                    forgery=Forgery(url=f"{one.url}/slack/events", timestamp=signed_at),
                )
                for one in doors
            )
        )
        await until(lambda: all(one.is_idle for one in doors), seconds=60)
        await world.settle(seconds=60)

        assert all(one.ok for one in sent), sent
        assert len(events(world, "request.approved")) == 1
        assert len(world.rows(tables.Grant)) == 1
        assert events(world, "denied") == []
        assert "Approved: Northwind has" in world.told(world.dana)
