"""Who is told: the people and places that a business has now, once for one act."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from flow_steps import (
    approved,
    buttons,
    cards,
    modal,
    notices,
    press,
    read,
    request,
    sends_in,
    thread,
    types,
)
from world import Way, World, running

from bot.clock import PushedClock
from bot.sandbox.slack import Person
from bot.services import requests, settings
from bot.services.context import act


async def removed(world: World, who: Person, *, of: str, by: Person) -> None:
    """Have an admin take somebody out of a business."""
    town = world.town
    person, admin = getattr(town, who.name), getattr(town, by.name)
    make.write(
        world.database, act, settings.remove_member, of, person.id, by=admin.by(), now=world.clock.now()
    )
    await world.settle()


async def ends(world: World, who: Person, words: str) -> None:
    """Type a command that ends access, and confirm it."""
    await types(world, who, words)
    await sends_in(world, who, modal(world, who))


# --- who may read is looked up when a message is sent -----------------------------------------------


@pytest.mark.case("4.1")
async def test_who_drafted_and_was_removed_gets_nothing_of_what_is_sent(town: World) -> None:
    await types(town, town.eva, "request act_1001 advertise,analyze for 30d because Secret merger")
    (drafted,) = cards(town, town.eva)
    await removed(town, town.eva, of=make.AGENCY, by=town.ann)
    before = len(town.dms(town.eva))

    card = town.card_in(town.agency_room)
    assert card is not None
    await press(town, town.ann, card, "send")
    asked = town.card_in(town.brand_room)
    assert asked is not None
    await press(town, town.dana, asked, "approve")

    assert request(town).state == "APPROVED"
    assert len(town.dms(town.eva)) == before
    assert "Secret" not in read(drafted), "and what she had is closed"
    assert buttons(drafted) == set()


@pytest.mark.case("4.1")
async def test_a_guest_is_not_sent_what_details_would_refuse(sqlite_url: str, clock: PushedClock) -> None:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock, brand={"channel_id": None}) as world:
        for who in (world.dana, world.dov, world.emil):
            await world.slack.change_person(who, is_restricted=True)
        await world.settle()
        await types(world, world.ann, "request act_1001 advertise,analyze for 30d because Confidential")
        assert [world.dms(who) for who in (world.dana, world.dov, world.emil)] == [[], [], []]
        (own,) = cards(world, world.ann)
        assert "Nobody at Acme Shoes can decide this now" in read(own)


@pytest.mark.case("4.1")
async def test_an_open_request_of_who_may_read_it_no_longer_goes_to_another_admin(town: World) -> None:
    await town.ask()
    (own,) = cards(town, town.ann)
    await removed(town, town.ann, of=make.AGENCY, by=town.abe)

    assert "Spring" not in read(own)
    assert buttons(own) == set()
    (instead,) = cards(town, town.abe)
    assert "Spring" in read(instead)


# --- notices go to the business as it is now --------------------------------------------------------


@pytest.mark.case("4.4")
@pytest.mark.parametrize("how", ["revoked", "its end", "undone"])
async def test_the_holder_hears_of_an_end_though_the_requester_was_removed(town: World, how: str) -> None:
    card = await approved(town, "request act_1001 advertise,analyze for 1d because Spring")
    await removed(town, town.ann, of=make.AGENCY, by=town.abe)
    heard = len(town.dms(town.abe))
    if how == "revoked":
        await ends(town, town.dana, "revoke act_1001 because breach")
    elif how == "undone":
        await press(town, town.dana, card, "undo")
    else:
        await town.pass_time(timedelta(days=1, minutes=5))

    (told,) = town.dms(town.abe)[heard:]
    assert "Acme Main" in read(told)
    assert len(town.dms(town.eva)) == 0


@pytest.mark.case("4.4")
async def test_the_owner_hears_of_what_is_given_back_though_the_channel_is_gone(town: World) -> None:
    await approved(town)
    await town.slack.archive(town.brand_room)

    await ends(town, town.ann, "revoke act_1001 because we are done")

    for who in (town.dana, town.dov):
        assert any("gave back access to Acme Main" in one for one in notices(town, who))
    assert cards(town, town.dana) == [], "there is nothing left to decide"


@pytest.mark.case("4.4")
@pytest.mark.parametrize("how", ["revoke", "undo"])
async def test_the_author_of_a_draft_hears_of_every_end(town: World, how: str) -> None:
    await types(town, town.eva, "request act_1001 advertise,analyze for 30d because Spring")
    draft = town.card_in(town.agency_room)
    assert draft is not None
    await press(town, town.ann, draft, "send")
    card = town.card_in(town.brand_room)
    assert card is not None
    await press(town, town.dana, card, "approve")
    heard = [(who, len(notices(town, who))) for who in (town.ann, town.eva)]
    if how == "undo":
        await press(town, town.dana, card, "undo")
    else:
        await ends(town, town.dana, "revoke act_1001 because breach")

    assert [len(notices(town, who)) - before for who, before in heard] == [1, 1]
    assert len(thread(town, card)) == 1


# --- one message for one act ------------------------------------------------------------------------


@pytest.mark.case("5.1")
async def test_much_that_ends_at_once_is_one_message_to_each(town: World) -> None:
    make.gives(town.database, 60, to=make.AGENCY, by=town.town.ann, now=town.clock.now())
    await town.settle(seconds=60)
    heard, room = len(town.dms(town.ann)), len(town.slack.messages(town.brand_room))

    await ends(town, town.dana, f"revoke from {make.AGENCY} because contract over")

    (told,) = town.dms(town.ann)[heard:]
    (said,) = town.slack.messages(town.brand_room)[room:]
    for one in (told, said):
        assert "60 assets" in read(one)
        assert "50 more" in read(one)
        assert "contract over" in read(one)


@pytest.mark.case("5.1")
async def test_a_card_that_cannot_be_changed_is_replaced_once_and_not_with_every_change(town: World) -> None:
    card = await town.ask()
    town.slack.faults.refuse("chat.update", "edit_window_closed", channel_id=town.brand_room.id, times=99)
    for words in ("One", "Two", "Three"):
        make.write(
            town.database,
            act,
            requests.comment,
            request(town).id,
            words,
            by=town.town.ann.by(),
            now=town.clock.now(),
        )
        await town.settle()
    cards_there = [one for one in town.slack.messages(town.brand_room) if one.thread_ts in (None, one.ts)]
    assert len(cards_there) == 2
    assert "One" in read(cards_there[1])
    assert len(thread(town, card)) + len(thread(town, cards_there[1])) == 3
