"""The question whether access works, as it is asked and answered in Slack."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from flow_steps import buttons, cards, held, modal, press, read, request, sends, thread, types
from world import World

from bot.sandbox.slack import Message
from bot.store import tables

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def question(world: World) -> Message:
    """The newest digest among Ann's direct messages."""
    subjects = {row.id for row in world.rows(tables.Digest)}
    stand = {row.ts for row in world.rows(tables.Card) if row.subject_id in subjects and row.ts}
    return max((one for one in world.dms(world.ann) if one.ts in stand), key=lambda one: one.ts)


@pytest.mark.covers("P7", "P12", "G8")
async def test_who_cannot_use_what_was_given_gets_help_the_owner_hears_of_it_and_it_is_asked_again(
    town: World,
) -> None:
    card = await town.send_request()
    await press(town, town.dana, card, "approve")
    await town.pass_time(2 * DAY + HOUR)

    asked = question(town)
    assert "Can you use General user on" in read(asked).replace("*", "")
    await press(town, town.ann, asked, "works_not")
    helped = modal(town, town.ann)
    assert "Wait a few minutes" in read(helped)
    assert "Choose the right business" in read(helped)
    assert "can't use it yet" in " ".join(thread(town, card)), "the owner's thread begins with it"
    assert "Be assigned to it" in read(helped)
    assert "Can't be used yet" in read(card)
    own = cards(town, town.ann)[0]
    assert "Can't be used yet" in read(own)
    assert "You can use it now" not in read(own)

    await press(town, town.ann, helped, "check_later")
    assert "again tomorrow" in read(modal(town, town.ann))
    await town.pass_time(DAY + HOUR)
    again = question(town)
    assert again.ts != asked.ts
    assert "You said no" in read(again)
    await press(town, town.ann, again, "works")

    assert "works" not in buttons(asked) | buttons(again)
    assert "It works now" in " ".join(thread(town, card))
    assert "It works:" in read(card)
    assert "You can use it now" in read(own)
    (row,) = town.rows(tables.Request)
    assert (bool(row.works), row.id) == (True, request(town).id)


async def test_what_goes_on_by_an_extension_is_not_said_to_be_over(town: World) -> None:
    await press(town, town.dana, await town.send_request(), "approve")
    await types(town, town.ann, "extend act_1001 for 30d because More")
    await sends(town, town.ann, modal(town, town.ann))
    extension = town.card_in(town.brand_room)
    assert extension is not None
    await press(town, town.dana, extension, "approve")
    await town.pass_time(2 * DAY + HOUR)
    asked = question(town)
    await town.pass_time(28 * DAY)
    assert held(town) == {"ADVERTISE", "ANALYZE"}
    first = min(town.rows(tables.Request), key=lambda one: one.created_at)
    assert f"What {first.ref} gave is no longer in force: General user on Acme Main." in read(asked)


async def test_the_help_with_a_capability_names_nothing_that_only_tasks_have(town: World) -> None:
    await types(town, town.ann, f"obo act_1001 from {make.BRAND} for 30d because Audiences")
    card = town.card_in(town.brand_room)
    assert card is not None
    await press(town, town.dana, card, "approve")
    await town.pass_time(2 * DAY + HOUR)
    await press(town, town.ann, question(town), "works_not")
    assert "Choose the right business" in read(modal(town, town.ann))
    assert "Be assigned" not in read(modal(town, town.ann)), "nobody is"
