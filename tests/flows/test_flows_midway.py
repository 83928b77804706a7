"""Between a request and the end of what it gave: those who act on it change, and what is shown with them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import make
import pytest
from flow_steps import (
    approved,
    buttons,
    cards,
    menu_choice,
    modal,
    notices,
    press,
    read,
    request,
    stranger_business,
    types,
)
from world import World

from bot.domain.actors import Role
from bot.sandbox.slack import Kind, Person
from bot.services import partnerships, settings
from bot.services.context import act
from bot.services.directory_file import import_directory, read_file
from bot.services.results import Changed
from bot.store import tables

DAY = timedelta(days=1)


async def changed(world: World, verb: Any, /, *args: Any, by: str, **how: Any) -> None:
    """Somebody changes something in the settings."""
    who = getattr(world.town, by).by()
    answer = await world.database.write(act, verb, *args, by=who, now=world.clock.now(), **how)
    assert answer == Changed(business_id=args[0]), answer
    await world.settle()


async def becomes(world: World, business_id: str, name: str, **what: Any) -> None:
    """The operator changes what a business is."""
    file = {"businesses": [{"id": business_id, "name": name, **what}]}
    make.write(world.database, act, import_directory, read_file(json.dumps(file)), now=world.clock.now())
    await world.settle()


# --- a business that can't decide any more -----------------------------------------------------------


@pytest.mark.covers("R13")
async def test_of_a_business_that_is_not_verified_any_more_nothing_offers_to_decide(town: World) -> None:
    card = await town.send_request()
    await town.pass_time(DAY)
    (own,), (digest,) = cards(town, town.ann), cards(town, town.dana)
    await town.slack.open_home(town.dana)
    for is_verified in (False, True):
        await becomes(town, make.BRAND, "Acme Shoes", verified=is_verified)
        home = town.slack.home(town.dana)
        assert home is not None
        for shown in (card, own, digest, home):
            doing = buttons(shown) & {"approve", "approve_as", "decline", "adjust", "snooze", "remind"}
            assert bool(doing) is is_verified, read(shown)
            assert ("Acme Shoes is not verified, so nobody can decide" in read(shown)) is not is_verified
        assert ("look" in json.dumps(card.blocks)) is is_verified
        assert ("Nothing here waits for you any more" in read(digest)) is not is_verified
        assert ("2 admins of Acme Shoes can decide" in read(own)) is is_verified
        assert ("Waiting for you" in await types(town, town.dana)) is is_verified


async def test_what_a_business_offers_that_is_not_verified_any_more_can_only_be_declined(town: World) -> None:
    await types(town, town.dana, f"share act_1001 general user with {make.AGENCY} for 30d because Spring")
    card = town.card_in(town.agency_room)
    assert card is not None
    await becomes(town, make.BRAND, "Acme Shoes", verified=False)
    assert buttons(card) & {"approve", "decline"} == {"decline"}
    for shown in (card, *cards(town, town.dana)):
        assert "Acme Shoes is not verified, so this can't be approved until it is verified again" in read(
            shown
        )


# --- somebody who is no admin any more ---------------------------------------------------------------


async def test_what_a_stand_in_is_told_is_said_to_nobody_else_once_they_cannot_be_told_it(
    town: World,
) -> None:
    days = {"from_day": date(2026, 1, 5), "until_day": date(2026, 1, 6)}
    dov = town.town.dov.id
    await changed(town, settings.name_stand_in, make.BRAND, by="dana", stand_in=dov, **days)
    assert any("You stand in for Dana" in one for one in notices(town, town.dov))
    await changed(town, settings.set_role, make.BRAND, dov, by="dana", role=Role.EMPLOYEE)
    await town.pass_time(3 * DAY)
    assert not town.rows(tables.StandIn)
    assert town.slack.messages(town.brand_room) == [], "it is over for Dov, not for all who read the channel"


async def no_admin(world: World) -> None:
    """Abe makes Ann an employee."""
    await changed(world, settings.set_role, make.AGENCY, world.town.ann.id, by="abe", role=Role.EMPLOYEE)


async def a_guest(world: World) -> None:
    """Ann's workspace makes her a guest."""
    await world.slack.change_person(world.ann, is_restricted=True)
    await world.settle()


@pytest.mark.parametrize("now", [no_admin, a_guest])
async def test_what_takes_an_admin_to_answer_is_with_another_one_once_its_reader_is_none(
    town: World, now: Callable[[World], Awaitable[None]]
) -> None:
    await approved(town)
    await town.pass_time(23 * DAY)
    await types(town, town.ann, "request 500000001 advertiser for 30d because Posts")
    doing = {"cancel", "remind", "extend", "let_end"}

    def has(who: Person) -> set[str]:
        return {one for shown in cards(town, who) for one in buttons(shown)} & doing

    assert (has(town.ann), has(town.abe)) == (doing, set())
    await now(town)
    assert (has(town.ann), has(town.abe)) == (set(), doing)


async def test_who_sends_their_own_draft_as_an_admin_by_now_gets_one_card_of_what_is_sent(
    town: World,
) -> None:
    await types(town, town.eva, "request act_1001 advertise,analyze for 30d because Spring")
    draft = town.card_in(town.agency_room)
    assert draft is not None
    await changed(town, settings.set_role, make.AGENCY, town.town.eva.id, by="ann", role=Role.ADMIN)
    await press(town, town.eva, draft, "send")
    (drafted, sent) = cards(town, town.eva)
    assert ("Sent by Eva" in read(drafted), "cancel" in buttons(sent)) == (True, True)
    card = town.card_in(town.brand_room)
    assert card is not None
    await press(town, town.dana, card, "approve")
    assert [one for one in notices(town, town.eva) if "Approved by Dana" in one] == notices(town, town.eva)[
        -1:
    ]


@pytest.mark.covers("B2")
async def test_a_form_that_an_employee_cannot_send_is_not_opened_for_them(town: World) -> None:
    """In the approvals channel everybody can press; who asked may be no admin any more."""
    card = await town.send_request()
    await press(town, town.emil, card, "more", selected=menu_choice(card, "comment"))
    (own,) = cards(town, town.ann)
    cancels, writes = (town.slack.payload_click(town.ann, own, one) for one in ("cancel", "comment"))
    await changed(town, settings.set_role, make.AGENCY, town.town.ann.id, by="abe", role=Role.EMPLOYEE)
    for late in (cancels, writes):
        assert (await town.slack.send_payload(Kind.INTERACTIVE, late)).ok
        await town.settle()
        assert town.told(town.ann) == "Only admins of your business can do that: Abe."
    await types(town, town.ann, "request 500000001 advertiser for 30d because Posts")
    draft = town.card_in(town.agency_room)
    assert draft is not None
    await press(town, town.eva, draft, "edit")
    assert town.told(town.emil) == "Only admins of your business can do that: Dana and Dov."
    assert town.told(town.eva) == "Only admins of your business can do that: Abe."
    assert not any(town.slack.top_view(one) for one in (town.ann, town.emil, town.eva))
    await press(town, town.abe, draft, "edit")
    assert "Posts" in str(modal(town, town.abe).blocks)


async def test_who_was_asked_and_cancels_it_is_told_who_can_and_what_they_can_do(town: World) -> None:
    await town.send_request()
    ref = request(town).ref
    for who in (town.dana, town.emil):
        said = await types(town, who, f"cancel {ref} because wrong account")
        assert f"Only Northwind can cancel {ref}, which they sent. To decline it: /access show {ref}." in said
    olga = stranger_business(town)
    assert "there is no such request" in await types(town, olga, f"cancel {ref}")
    assert request(town).state == "PENDING"


async def test_a_request_whose_time_is_over_is_not_cancelled_whenever_the_sweep_comes(town: World) -> None:
    await town.send_request()
    (own,) = cards(town, town.ann)
    cancels = town.slack.payload_click(town.ann, own, "cancel")
    await town.pass_time(13.5 * DAY)
    town.clock.push(DAY / 2)
    assert (await town.slack.send_payload(Kind.INTERACTIVE, cancels)).ok
    await town.settle()
    assert town.slack.top_view(town.ann) is None
    assert "expired" in town.told(town.ann)


# --- two businesses that off-board --------------------------------------------------------------------


@pytest.mark.covers("G7", "R16")
async def test_what_is_open_between_two_that_off_board_says_when_it_would_end_before_it_is_approved(
    town: World,
) -> None:
    await approved(town)
    card = await town.send_request("request 500000001 advertiser for 60d because Page")
    await changed_contract(town, ends_in=4 * DAY, days=14)
    unaware = town.slack.payload_click(town.dana, card, "approve")
    said = "The contract of Northwind and Acme Shoes has ended, so what is given now ends "
    assert said not in read(card)
    await town.pass_time(5 * DAY)
    for shown in (card, *cards(town, town.ann)[-1:]):
        assert said in read(shown)
        assert "23 Jan 2026, 09:00 UTC" in read(shown)
    assert (await town.slack.send_payload(Kind.INTERACTIVE, unaware)).ok
    await town.settle()
    assert "has changed since you saw it" in town.told(town.dana)
    await press(town, town.dana, card, "approve")
    assert "23 Jan 2026" in town.told(town.dana)
    another = await town.send_request("request 600000001 analyst for 60d because Pixel")
    assert said in read(another)
    await town.pass_time(15 * DAY)
    assert said not in read(another), "what is given once that is over goes on"


async def changed_contract(world: World, *, ends_in: timedelta, days: int) -> None:
    """The brand says when its contract with the agency ends."""
    how = {"ends_at": world.clock.now() + ends_in, "days": days, "by": world.town.dana.by()}
    verb = partnerships.set_contract
    await world.database.write(act, verb, make.BRAND, make.AGENCY, now=world.clock.now(), **how)
    await world.settle()
