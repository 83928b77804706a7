"""Creating an ad account: in one line by an admin, in the form by an employee and with an admin's press."""

from __future__ import annotations

import make
import pytest
from flow_steps import (
    buttons,
    cards,
    events,
    fills,
    finds,
    modal,
    notices,
    opens,
    option,
    press,
    read,
    sends,
    types,
)
from make import BRAND
from sqlalchemy import update
from world import World

from bot.sandbox.slack import Kind
from bot.store import tables


def has_funding(world: World) -> None:
    """The brand has a funding source, and no credit line."""
    change = update(tables.BusinessRow.__table__).where(tables.BusinessRow.id == BRAND)
    make.write(world.database, lambda tx: tx.run(change.values(funding_sources="visa-1234")))


@pytest.mark.covers("A4", "A5")
async def test_an_admin_creates_an_account_in_one_line_and_settles_later_how_it_is_paid(walk: World) -> None:
    has_funding(walk)
    said = await types(walk, walk.dana, 'create ad account "Acme DE" EUR Berlin agency UNFOUND')
    account = next(one for one in walk.rows(tables.Asset) if one.name == "Acme DE")
    assert f"Created: the ad account Acme DE ({account.id})" in said
    assert "not made at Meta yet" in said
    assert "incomplete" in said

    # The business is told once, in its channel; everybody of it finds the account at once.
    card = walk.card_in(walk.brand_room)
    assert card is not None
    for words in ("Dana created the ad account Acme DE", "Europe/Berlin", "confirmed", "Incomplete"):
        assert words in read(card), words
    assert "Incomplete" in await types(walk, walk.emil, "list owned")
    assert "Acme DE is incomplete" in await types(walk, walk.dov, 'create pixel "Acme Pixel"')

    # Dov settles on the card how it is paid: by what the business has.
    form = await opens(walk, walk.dov, card, "fund")
    await fills(walk, walk.dov, form, "payment", option(form, "payment", "By invoice"))
    refused = await walk.slack.submit(walk.dov, form)
    assert "no credit line" in form.errors["payment"], refused
    await fills(walk, walk.dov, form, "payment", option(form, "payment", "Funding source visa-1234"))
    assert "is paid by the funding source visa-1234" in await sends(walk, walk.dov, form)
    assert "Incomplete" not in read(card)
    assert "Paid by the funding source visa-1234" in read(card)
    assert [one.kind for one in events(walk) if one.kind.startswith("asset.")] == [
        "asset.created",
        "asset.funded",
    ]


@pytest.mark.covers("A4")
@pytest.mark.case("3.1")
async def test_an_employee_fills_in_the_form_and_an_admin_creates_it_from_the_card(
    either_store: World,
) -> None:
    world = either_store
    await types(world, world.emil, "create Acme AT")
    form = modal(world, world.emil)
    assert "It goes to them as a card" in read(form)
    await fills(world, world.emil, form, "currency", "EUR")
    await fills(
        world, world.emil, form, "timezone", await finds(world, world.emil, form, "timezone", "vienna")
    )
    await fills(world, world.emil, form, "agency", "not a page!")
    await world.slack.submit(world.emil, form)
    assert "not a page!" in form.errors["media_agency"]
    await fills(world, world.emil, form, "agency", "northwind.media")
    sent = world.slack.payload_submit(world.emil, form)
    for again in range(2):  # a second press of Prepare, before the first was answered
        await world.slack.send_payload(Kind.INTERACTIVE, sent | {"trigger_id": f"press{again}"})
    await world.settle()
    assert len(world.rows(tables.Creation)) == 1

    card = world.card_in(world.brand_room)
    (own,) = cards(world, world.emil)
    assert card is not None
    assert buttons(card) == {"make", "rework", "discard"}
    assert "Emil prepared the ad account Acme AT" in read(card)
    assert "northwind.media" in read(card)
    assert buttons(own) == set()

    assert "Emil prepared the ad account Acme AT" in await types(world, world.dana, "pending")
    await press(world, world.dana, card, "make")
    for shown in (card, own):
        assert "Dana created the ad account Acme AT" in read(shown)
    assert any("which you prepared" in one for one in notices(world, world.emil))
    assert [one.owner_id for one in world.rows(tables.Asset) if one.name == "Acme AT"] == [make.BRAND]
