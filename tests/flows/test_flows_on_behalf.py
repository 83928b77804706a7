"""An agency asks to act on a business's behalf: in one line, in the form, until it ends."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from flow_steps import (
    DECIDING,
    approved,
    buttons,
    cards,
    ends,
    events,
    fills,
    finds,
    held,
    modal,
    notices,
    opens,
    press,
    read,
    sends,
    thread,
    types,
)
from world import World

from bot.store import tables

ASKED = f"obo act_1001 from {make.BRAND} for 30d because We plan your audiences"
WHAT = "On-behalf access on Acme Main"


@pytest.mark.covers("B12")
async def test_from_a_request_in_one_line_to_acting_on_behalf_and_giving_it_back(walk: World) -> None:
    # Ann, an admin of the agency, types one line in her own Slack.
    said = await types(walk, walk.ann, ASKED)
    assert "Sent to Acme Shoes" in said

    # The brand's admins have the card in their channel. They give it whole or not at all.
    card = walk.card_in(walk.brand_room)
    assert card is not None
    shown = read(card)
    for words in (f"Northwind asks Acme Shoes for {WHAT}", "We plan your audiences", "audience overlap"):
        assert words in shown, words
    assert buttons(card) == {"approve", "decline"}
    (own,) = cards(walk, walk.ann)
    assert "Not decided yet" in read(own)

    # Dana approves it: the agency acts on behalf of the brand, and has none of the account's tasks.
    await press(walk, walk.dana, card, "approve")
    (grant,) = walk.rows(tables.Grant)
    assert (grant.state, grant.capability, held(walk)) == ("ACTIVE", "ON_BEHALF", set())
    for one in (card, own):
        assert "Approved by Dana" in one.text
        assert "Access until" in one.text
    assert any(f"Approved by Dana of Acme Shoes: {WHAT}" in one for one in notices(walk, walk.ann))
    assert "On-behalf access" in await types(walk, walk.ann, "list shared")
    assert "On-behalf access" in await types(walk, walk.dana, "list given")

    # Ann gives it back, and sees before what that is.
    await types(walk, walk.ann, "revoke act_1001")
    ending = modal(walk, walk.ann)
    assert "On-behalf access" in read(ending)
    await sends(walk, walk.ann, ending)
    assert "you gave this access to Acme Main back to Acme Shoes" in walk.told(walk.ann)
    assert [one.kind for one in events(walk)] == [
        "request.pending",
        "request.approved",
        "grant.active",
        "grant.ending",
        "grant.ended",
    ]


async def test_the_form_asks_for_one_ad_account_and_neither_a_level_nor_people(either_store: World) -> None:
    world = either_store
    await types(world, world.ann, "obo")
    form = modal(world, world.ann)
    assert form.title == "Act on behalf"
    await fills(world, world.ann, form, "owner", await finds(world, world.ann, form, "owner", make.BRAND))
    assert "2 admins of Acme Shoes will be asked; 1 approval is needed" in read(form)
    asset = await finds(world, world.ann, form, "assets", "acme")  # of three that a request for access finds
    assert asset == "AD_ACCOUNT:act_1001"
    await fills(world, world.ann, form, "assets", [asset])
    names = {one["block_id"].partition(":")[0] for one in form.blocks}
    assert names.isdisjoint({"level", "people", "describe"})
    await fills(world, world.ann, form, "reason", "We plan your audiences")
    await sends(world, world.ann, form)

    (request,) = world.rows(tables.Request)
    assert (request.kind, request.state) == ("ON_BEHALF", "PENDING")
    card = world.card_in(world.brand_room)
    assert card is not None
    declining = await opens(world, world.dana, card, "decline")
    await fills(world, world.dana, declining, "note", "Our own team does that")
    await sends(world, world.dana, declining)
    (own,) = cards(world, world.ann)
    assert "Declined by Dana" in own.text
    assert "Our own team does that" in read(own)

    # Ask again opens the same form, filled.
    again = await opens(world, world.ann, own, "again")
    assert (again.title, "We plan your audiences" in str(again.state)) == ("Act on behalf", True)
    await sends(world, world.ann, again)
    assert len(world.rows(tables.Request)) == 2


async def test_a_request_is_cancelled_while_it_is_in_progress(town: World) -> None:
    await types(town, town.ann, ASKED)
    (request,) = town.rows(tables.Request)
    card = town.card_in(town.brand_room)
    assert card is not None
    await types(town, town.abe, f"cancel {request.ref}")
    assert "Cancelled by Northwind" in card.text
    assert buttons(card) & DECIDING == set()


@pytest.mark.covers("B13", "B14")
async def test_each_side_lists_its_requests_by_how_they_stand(town: World) -> None:
    await types(town, town.ann, ASKED)
    (request,) = town.rows(tables.Request)
    card = town.card_in(town.brand_room)
    assert card is not None
    for who, head in (
        (town.dana, "Waiting for your decision (1 to 1 of 1)"),
        (town.ann, "Sent, not decided yet"),
    ):
        listed = await types(town, who, "list obo")
        assert head in listed
        assert request.ref in listed
        assert "Approved by" not in await types(town, who, "list obo approved")

    await press(town, town.dana, card, "approve")
    for who, head in ((town.dana, "Received (1 to 1 of 1)"), (town.ann, "Sent (1 to 1 of 1)")):
        listed = await types(town, who, "list obo approved")
        assert head in listed
        assert "Approved by Dana" in listed
        assert f"Northwind asked Acme Shoes for {WHAT}" in listed
        assert "is in progress" in await types(town, who, "list obo")
        assert "was declined" in await types(town, who, "list obo declined")
    await press(town, town.ann, town.slack.ephemerals(town.ann)[-3], "open")
    assert request.ref in read(modal(town, town.ann))


async def test_its_holder_is_warned_before_it_ends_and_asks_for_more_time(town: World) -> None:
    await types(town, town.ann, ASKED)
    card = town.card_in(town.brand_room)
    assert card is not None
    await press(town, town.dana, card, "approve")
    await town.pass_time(timedelta(days=23, minutes=1))
    (warning,) = [one for one in cards(town, town.ann) if "extend" in buttons(one)]
    assert f"Northwind has {WHAT}" in read(warning)

    form = await opens(town, town.ann, warning, "extend")
    await fills(town, town.ann, form, "reason", "We plan the summer, too")
    await sends(town, town.ann, form)
    longer = town.card_in(town.brand_room)
    assert longer is not None
    assert f"Northwind asks to keep {WHAT}" in read(longer)
    await press(town, town.dana, longer, "approve")
    assert {one.kind for one in town.rows(tables.Request)} == {"ON_BEHALF"}


@pytest.mark.case("3.1")
async def test_it_ends_apart_from_the_tasks_and_each_end_says_which_of_them_it_is(town: World) -> None:
    await approved(town)
    await types(town, town.ann, ASKED.replace("30d", "10d"))
    longer = town.card_in(town.brand_room)
    assert longer is not None
    await press(town, town.dana, longer, "approve")
    await town.pass_time(timedelta(days=10, minutes=1))
    said = "Access of Northwind to Acme Main (act_1001) ended, as planned: On-behalf access"
    assert [one for one in notices(town, town.ann) if said in one]
    assert [one for one in thread(town, longer) if said in one]
    assert held(town) == {"ADVERTISE", "ANALYZE"}


async def test_nobody_can_be_assigned_to_it_and_it_is_said_why(town: World) -> None:
    await types(town, town.ann, ASKED)
    card = town.card_in(town.brand_room)
    assert card is not None
    await press(town, town.dana, card, "approve")
    for words in ("people act_1001", "people act_1001 add @Eva analyst"):
        said = await types(town, town.ann, words)
        assert "only on-behalf access to Acme Main" in said
    await press(town, town.dana, card, "details")
    details = read(modal(town, town.dana))
    assert "On-behalf access: use its custom audiences" in details.replace("*", "")
    assert "Tasks:" not in details, "it is none"


@pytest.mark.case("3.1")
async def test_two_that_end_together_on_one_account_are_access_to_one_asset(town: World) -> None:
    await approved(town)
    await types(town, town.ann, ASKED)
    card = town.card_in(town.brand_room)
    assert card is not None
    await press(town, town.dana, card, "approve")
    await ends(town, town.dana, "revoke act_1001 because done")
    (told,) = [one for one in notices(town, town.ann) if "revoked" in one]
    assert "Acme Shoes revoked the access of Northwind to 1 asset. Ended: Acme Main. Anything" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("obo 500000001", "This is possible for ad accounts only"),
        ("obo act_1001, act_1002", "This takes one ad account at a time"),
        ("request act_1001 on_behalf", "neither an asset ID"),
    ],
)
async def test_what_cannot_be_asked_for_says_why(town: World, words: str, said: str) -> None:
    answer = await types(town, town.ann, f"{words} from {make.BRAND} for 30d because Spring")
    shown = town.slack.top_view(town.ann)
    assert said in answer + (read(shown) if shown else "")
    assert town.rows(tables.Request) == []
