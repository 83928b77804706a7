from __future__ import annotations

from typing import Any

import pytest
from world import World

from bot.sandbox.slack import Kind
from bot.store import tables


def flags_of(world: World, person_id: str) -> tuple[bool, bool]:
    (row,) = [row for row in world.rows(tables.Person) if row.id == person_id]
    return row.deactivated, row.guest


async def test_somebody_who_became_a_guest_or_was_deactivated_loses_power_at_once(here: World) -> None:
    person = here.town.dana
    await here.slack.change_person(here.dana, is_restricted=True)
    assert flags_of(here, person.id) == (False, True)
    await here.settle()
    await here.slack.change_person(here.dana, is_restricted=False)
    await here.settle()
    assert flags_of(here, person.id) == (False, False)
    await here.slack.deactivate(here.dana)
    assert flags_of(here, person.id) == (True, False)
    await here.settle()
    assert flags_of(here, person.id) == (True, False)


@pytest.mark.covers("F25")
async def test_an_old_event_restores_no_power_that_was_lost(here: World) -> None:
    before = here.slack.payload_event(
        here.brand, {"type": "user_change", "user": {"id": here.dana.id, "team_id": "TBRAND"}}
    )
    await here.slack.deactivate(here.dana)
    await here.settle()
    assert (await here.slack.send_payload(Kind.EVENT, before)).ok
    assert flags_of(here, here.town.dana.id) == (True, False)
    await here.settle()
    assert flags_of(here, here.town.dana.id) == (True, False)


async def test_cards_follow_when_other_people_can_decide(here: World) -> None:
    card = await here.send_request()
    for who in (here.dana, here.dov):
        await here.slack.deactivate(who)
    await here.settle()
    nobody = _words(card)
    for who in (here.dana, here.dov):
        await here.slack.change_person(who, deleted=False)
    await here.settle()
    assert _words(card) != nobody


def _words(card: Any) -> str:
    return str(card.blocks)
