"""Whom requests are asked of: admins name who is asked first, who then, and who stands in for them."""

from __future__ import annotations

from datetime import date, timedelta

import make
import pytest
from flow_steps import buttons, events, fills, finds, held, modal, opens, press, read, sends, types
from world import World

from bot.sandbox.slack import Message, Person
from bot.services import settings
from bot.services.context import act
from bot.store import tables

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


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


@pytest.mark.covers("C3")
async def test_who_stands_in_is_told_so_gets_the_digest_and_decides_until_the_admin_ends_it(
    either_store: World,
) -> None:
    world = either_store
    await names(world, world.dana, first="Dana")
    await press(world, world.dana, world.slack.ephemerals(world.dana)[-1], "away")
    form = modal(world, world.dana)
    dov = await finds(world, world.dana, form, "stand_in", "Dov")
    for field, value in (("stand_in", dov), ("from_day", "2026-01-05"), ("until_day", "2026-01-09")):
        await fills(world, world.dana, form, field, value)
    await sends(world, world.dana, form)
    said = "You stand in for Dana at Acme Shoes from 5 Jan 2026 to 9 Jan 2026."
    assert said in read(world.dms(world.dov)[-1])

    card = await world.send_request()
    await days_pass(world, 1)
    (digest,) = digests(world, world.dov)
    assert "For Dana, who is away" in read(digest)
    assert not digests(world, world.dana)
    await press(world, world.dov, digest, "approve")
    assert "Approved" in read(card)

    await types(world, world.dana, "settings")
    shown = world.slack.ephemerals(world.dana)[-1]
    assert "Dov stands in for you from 5 Jan 2026 to 9 Jan 2026." in read(shown)
    form = await opens(world, world.dana, shown, "away")
    await press(world, world.dana, form, "back_again")
    assert "back_again" not in buttons(modal(world, world.dana))
    assert "You don't stand in for Dana any more" in read(world.dms(world.dov)[-1])
    assert len(events(world, "business.stand_in_ended")) == 1


async def test_a_message_that_somebody_gets_for_another_says_so(town: World) -> None:
    await town.database.write(
        act,
        settings.name_stand_in,
        make.AGENCY,
        stand_in=town.town.abe.id,
        from_day=date(2026, 1, 5),
        until_day=date(2026, 1, 9),
        by=town.town.ann.by(),
        now=town.clock.now(),
    )
    card = await town.send_request()
    await press(town, town.dana, card, "approve")
    (approved,) = [one for one in town.dms(town.abe) if "Approved" in read(one)]
    assert read(approved).startswith("For Ann, who is away:")
    assert approved.text.startswith("For Ann, who is away:")
