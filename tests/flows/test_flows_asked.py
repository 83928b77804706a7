"""Whom requests are asked of: admins name who is asked first, and who is asked once nobody has answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flow_steps import events, finds, held, modal, press, read, sends, types
from world import World

from bot.clock import PushedClock
from bot.sandbox.slack import Message, Person
from bot.store import tables

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def clock() -> PushedClock:
    """A Monday, ten in the morning where everybody is at home."""
    return PushedClock(start=datetime(2026, 1, 5, 9, tzinfo=UTC))


def digests(world: World, who: Person) -> list[Message]:
    """The digests among somebody's direct messages."""
    stand = {row.ts for row in world.rows(tables.Card) if row.audience == "DIGEST" and row.ts}
    return [one for one in world.dms(who) if one.ts in stand]


async def days_pass(world: World, count: int) -> None:
    for _ in range(count):
        await world.pass_time(DAY)


async def names(world: World, by: Person, **who: str) -> None:
    """Have an admin name who is asked first, and who then."""
    await types(world, by, "settings")
    await press(world, by, world.slack.ephemerals(by)[-1], "asked")
    form = modal(world, by)
    for field, name in who.items():
        found = await finds(world, by, form, field, name)
        assert (await world.slack.set_value(by, form, field, [found])).ok
    await sends(world, by, form)


@pytest.mark.covers("C2")
async def test_who_is_named_as_a_backup_is_asked_once_nobody_has_answered_and_decides(
    either_store: World,
) -> None:
    world = either_store
    await names(world, world.dana, first="Dana", backups="Dov")
    await types(world, world.dov, "settings")
    assert "Asked first: Dana. Asked if nobody answers: Dov." in read(world.slack.ephemerals(world.dov)[-1])
    card = await world.send_request()

    await days_pass(world, 3)
    assert (len(digests(world, world.dana)), digests(world, world.dov)) == (2, [])
    await days_pass(world, 1)

    why = "Dana hasn't answered for 4 working days, so Dov was asked too."
    (digest,) = digests(world, world.dov)
    assert why in read(digest)
    assert why in read(card)
    assert all("answered" not in read(one) for one in world.dms(world.ann)), (
        "the other side sees nothing of it"
    )
    await press(world, world.dov, digest, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}
    assert why not in read(card)
    assert len(events(world, "request.escalated")) == 1
