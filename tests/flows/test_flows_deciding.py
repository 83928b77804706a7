"""How many must agree, what employees prepare, and what the clock decides."""

from __future__ import annotations

import json
from datetime import timedelta

import make
import pytest
from flow_steps import (
    approved,
    buttons,
    cards,
    denials,
    events,
    fills,
    held,
    menu_choice,
    modal,
    notices,
    opens,
    option,
    press,
    read,
    request,
    sends,
    thread,
    types,
)
from world import Way, World, running

from bot.clock import PushedClock
from bot.domain.actors import Role
from bot.sandbox.slack import Kind, Message
from bot.store import tables
from handlers import ticks

RISKY = "request act_1001 admin for 30d because Handover"


# --- two must agree ---------------------------------------------------------------------------------


@pytest.mark.covers("B6")
async def test_control_of_an_ad_account_needs_two_admins(either_store: World) -> None:
    world = either_store
    card = await world.send_request(RISKY)
    assert "Risky" in card.text
    assert "0 of 2 approvals" in card.text
    (own,) = cards(world, world.ann)

    await press(world, world.dana, card, "approve")
    assert request(world).state == "IN_REVIEW"
    assert held(world) == set()
    assert "1 of 2 approvals, from Dana" in card.text
    assert "1 of 2 approvals by Acme Shoes" in own.text
    assert {"approve", "adjust", "decline"} <= buttons(card)
    assert "1 of 2" in world.told(world.dana)

    await press(world, world.dana, card, "approve")  # one person is one approval
    assert request(world).state == "IN_REVIEW"
    assert "You approved" in world.told(world.dana)

    await press(world, world.dov, card, "approve")
    assert held(world) == {"MANAGE", "ADVERTISE", "ANALYZE"}
    assert "Approved by Dana and Dov" in card.text
    assert "Approved by Dana and Dov" in own.text
    assert denials(world) == ["approved_already"]


@pytest.mark.parametrize(
    ("words", "level", "gives"),
    [
        ("request act_1001 general user for 30d because Spring", "Reporting only", {"ANALYZE"}),
        (RISKY, "General user", {"ADVERTISE", "ANALYZE"}),  # for which one approval is enough
    ],
)
async def test_the_next_lower_level_is_given_with_one_press_that_is_confirmed(
    town: World, words: str, level: str, gives: set[str]
) -> None:
    card = await town.send_request(words)
    assert f"Approve as {level}" in str(card.blocks)
    assert f"Approve {level} on Acme Main?" in str(card.blocks)
    await town.click(town.dana, card, "approve_as", confirm=False)
    await town.settle()
    assert request(town).state == "PENDING"

    await press(town, town.dana, card, "approve_as")

    assert held(town) == gives
    assert f"Approved: Northwind has {level} on Acme Main" in town.told(town.dana)
    assert "Approved with changes by Dana" in card.text
    (own,) = cards(town, town.ann)
    assert "Approved with changes by Dana" in own.text


async def test_a_lower_level_is_for_those_who_can_decide_and_for_the_card_as_it_is_now(town: World) -> None:
    card = await town.send_request("request act_1001 general user for 30d because Spring")
    late = town.slack.payload_click(town.dov, card, "approve_as")
    await press(town, town.emil, card, "approve_as")
    assert held(town) == set()

    await press(town, town.dana, card, "approve")
    await town.slack.send_payload(Kind.INTERACTIVE, late)
    await town.settle()

    assert held(town) == {"ADVERTISE", "ANALYZE"}
    ref = request(town).ref
    said = f"{ref} (General user on Acme Main) was approved already by Dana"
    assert said in town.told(town.dov), "which one, of all that stand there"
    assert len(denials(town)) == 2


@pytest.mark.parametrize(
    ("kind", "level", "said"),
    [
        ("AD_ACCOUNT", "Admin", "You can give less, never more"),
        ("PAGE", "Admin", "You can give less, never more"),
        ("AD_ACCOUNT", "Root", "is from an older message"),
        ("HOUSE", "Admin", "is from an older message"),
    ],
)
async def test_no_forged_level_gives_more_than_was_asked(
    town: World, kind: str, level: str, said: str
) -> None:
    card = await town.send_request("request act_1001 general user for 30d because Spring")
    payload = town.slack.payload_click(town.dana, card, "approve_as")
    value = json.loads(payload["actions"][0]["value"])
    payload["actions"][0]["value"] = json.dumps({**value, "k": kind, "l": level})

    await town.slack.send_payload(Kind.INTERACTIVE, payload)
    await town.settle()

    assert said in town.told(town.dana)
    assert request(town).state == "PENDING"
    assert held(town) == set()


async def test_a_risky_approval_is_confirmed_first(town: World) -> None:
    card = await town.send_request(RISKY)

    before = len(town.slack.deliveries)
    await town.click(town.dana, card, "approve", confirm=False)

    assert len(town.slack.deliveries) == before
    assert request(town).state == "PENDING"


async def test_one_denial_ends_it_however_many_approvals_there_are(town: World) -> None:
    card = await town.send_request(RISKY)
    await press(town, town.dana, card, "approve")

    form = await opens(town, town.dov, card, "decline")
    await fills(town, town.dov, form, "note", "Not with them")
    await sends(town, town.dov, form)

    assert request(town).state == "DECLINED"
    assert held(town) == set()
    assert "Declined by Dov" in card.text


async def test_an_approver_who_narrows_further_begins_a_new_round_with_their_approval(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock, brand={"quorum": 2}) as world:
        card = await world.send_request()
        await press(world, world.dana, card, "approve")
        assert "1 of 2 approvals, from Dana" in card.text

        form = await opens(world, world.dov, card, "adjust")
        await fills(world, world.dov, form, "given", option(form, "item:0", "Give Reporting"), block="item:0")
        await sends(world, world.dov, form)
        assert held(world) == set()
        assert "1 of 2 approvals, from Dov" in card.text

        await press(world, world.dana, card, "approve")
        assert held(world) == {"ANALYZE"}
        assert "Reporting only instead of General user" in card.text


async def test_giving_less_than_control_needs_one_approval_only(town: World) -> None:
    card = await town.send_request(RISKY)
    form = await opens(town, town.dana, card, "adjust")

    await fills(town, town.dana, form, "given", option(form, "item:0", "Give General"), block="item:0")
    await sends(town, town.dana, form)

    assert held(town) == {"ADVERTISE", "ANALYZE"}


async def test_an_approval_no_longer_counts_once_its_approver_lost_the_right(town: World) -> None:
    make.someone(town.database, 8, name="Dita", team=make.BRAND_TEAM, roles={make.BRAND: Role.ADMIN})
    dita = town.slack.add_person(town.brand, "dita", user_id="UDITA")
    town.brand_room.members.add(dita.id)
    card = await town.send_request(RISKY)
    await press(town, dita, card, "approve")
    await town.slack.deactivate(dita)
    await town.settle()

    await press(town, town.dana, card, "approve")
    assert request(town).state == "IN_REVIEW"
    assert held(town) == set()

    await press(town, town.dov, card, "approve")
    assert held(town) == {"MANAGE", "ADVERTISE", "ANALYZE"}


async def test_the_requester_cancels_what_has_one_approval_of_two(town: World) -> None:
    card = await town.send_request(RISKY)
    await press(town, town.dana, card, "approve")

    assert "Cancelled:" in await types(town, town.abe, f"cancel {request(town).ref}")

    await press(town, town.dov, card, "details")
    assert buttons(modal(town, town.dov)) == {"comment", "history"}, "nothing is left to decide"
    assert held(town) == set()


# --- what employees prepare ---------------------------------------------------------------------------


async def drafts(world: World) -> Message:
    """Have Eva, an employee of the agency, ask; return the card that her admins got."""
    said = await types(world, world.eva, "request act_1001 advertise,analyze for 30d because Spring")
    assert "Saved, not sent: " in said
    card = world.card_in(world.agency_room)
    assert card is not None
    return card


@pytest.mark.covers("P17", "D2")
async def test_what_an_employee_asks_goes_to_their_own_admins_first(either_store: World) -> None:
    world = either_store
    card = await drafts(world)
    assert "Eva drafted: " in card.text
    assert buttons(card) == {"send", "edit", "drop"}
    assert world.card_in(world.brand_room) is None
    assert world.rows(tables.Request) == []

    await press(world, world.ann, card, "send")

    theirs = world.card_in(world.brand_room)
    assert theirs is not None
    assert "Asked by Ann" in read(theirs)
    details = await opens(world, world.dana, theirs, "more", selected=menu_choice(theirs, "details"))
    assert "Eva" not in read(theirs) + read(details), "the other side sees who asks, and none of their people"
    await types(world, world.eva, "show " + request(world).ref)
    assert "drafted by Eva" in read(modal(world, world.eva))
    assert not buttons(card)
    assert "Sent by Ann" in card.text
    assert any("Ann sent your draft" in one for one in notices(world, world.eva))
    await press(world, world.dana, theirs, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}
    assert any("Approved by" in one for one in notices(world, world.eva))


async def test_an_employee_neither_sends_nor_decides_what_they_drafted(town: World) -> None:
    card = await drafts(town)

    await press(town, town.eva, card, "send")

    assert "can do that: Abe and Ann." in town.told(town.eva)
    assert town.rows(tables.Request) == []
    assert denials(town) == ["not_admin"]


async def test_an_admin_edits_a_draft_and_the_card_seen_before_sends_nothing(town: World) -> None:
    card = await drafts(town)
    old = town.slack.payload_click(town.abe, card, "send")
    form = await opens(town, town.ann, card, "edit")
    await fills(town, town.ann, form, "level", "Reporting only", block="level:act_1001")
    await sends(town, town.ann, form)
    assert "Reporting only" in card.text
    assert buttons(card) == {"send", "edit", "drop"}

    await town.slack.send_payload(Kind.INTERACTIVE, old)
    await town.settle()
    assert "changed since you saw it" in town.told(town.abe)
    assert town.rows(tables.Request) == []

    await press(town, town.abe, card, "send")
    theirs = town.card_in(town.brand_room)
    assert theirs is not None
    assert "Reporting only" in theirs.text


async def test_a_draft_whose_last_day_is_over_asks_for_another_when_it_is_sent(town: World) -> None:
    await types(town, town.eva, "request act_1001 analyze until tomorrow because Spring")
    card = town.card_in(town.agency_room)
    assert card is not None
    await town.pass_time(timedelta(days=3))

    form = await opens(town, town.ann, card, "send")
    assert "That day is over already." in json.dumps(form.blocks)
    assert town.rows(tables.Request) == []

    await fills(town, town.ann, form, "term", "30")
    await sends(town, town.ann, form)
    await press(town, town.ann, card, "send")
    assert town.card_in(town.brand_room) is not None


async def test_an_employee_edits_their_draft_from_what_is_pending(town: World) -> None:
    card = await drafts(town)
    await types(town, town.eva, "pending")
    form = await opens(town, town.eva, town.slack.ephemerals(town.eva)[-1], "edit")
    await fills(town, town.eva, form, "reason", "Summer, after all")

    await sends(town, town.eva, form)

    assert "Summer, after all" in card.text


async def test_a_draft_is_dropped_by_an_admin_and_its_author_is_told(town: World) -> None:
    card = await drafts(town)

    await press(town, town.ann, card, "drop")

    assert not buttons(card)
    assert "Dropped by Ann" in card.text
    assert any("Ann dropped your draft" in one for one in notices(town, town.eva))
    assert town.card_in(town.brand_room) is None


async def test_a_draft_expires_after_fourteen_days(town: World) -> None:
    card = await drafts(town)

    await town.pass_time(timedelta(days=13, hours=23))
    assert buttons(card) == {"send", "edit", "drop"}
    await town.pass_time(timedelta(hours=2))

    assert not buttons(card)
    assert "Expired" in card.text
    assert any("expired" in one for one in notices(town, town.eva))
    assert [one.kind for one in events(town)] == ["draft.waiting", "draft.expired"]


# --- the clock ----------------------------------------------------------------------------------------


async def test_what_nobody_decides_in_time_expires_and_the_requester_is_told(either_store: World) -> None:
    world = either_store
    card = await world.send_request()
    (own,) = cards(world, world.ann)

    await world.pass_time(timedelta(days=13, hours=23))
    assert {"approve", "adjust", "decline"} <= buttons(card)
    expected_version = world.slack.payload_click(world.dana, card, "approve")
    await world.pass_time(timedelta(hours=2))

    assert request(world).state == "EXPIRED"
    for shown in (card, own):
        assert "Expired" in shown.text
        assert not buttons(shown) - {"again", "comment", "details"}
    assert any("Acme Shoes didn't decide in time" in one for one in notices(world, world.ann))

    # A click that was under way is told so; the clock put back does not bring the request back.
    world.clock.push(-timedelta(days=10))
    await world.slack.send_payload(Kind.INTERACTIVE, expected_version)
    await world.settle()
    assert "expired" in world.told(world.dana)
    assert request(world).state == "EXPIRED"
    assert held(world) == set()


async def test_a_click_after_the_end_of_the_time_decides_nothing_even_before_the_sweep(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await town.send_request()
    expected_version = town.slack.payload_click(town.dana, card, "approve")

    with monkeypatch.context() as patched:
        patched.setattr(ticks, "BUSINESS_SWEEPS", ())
        await town.pass_time(timedelta(days=15))  # in which people are looked up, and nothing else is done
        await town.slack.send_payload(Kind.INTERACTIVE, expected_version)
        await town.slack.until(lambda: "expired" in town.told(town.dana))
        assert held(town) == set()
    await town.app.ticks.sweep()
    await town.settle()
    assert request(town).state == "EXPIRED"
    assert not town.rows(tables.Grant)


@pytest.mark.covers("C6")
async def test_access_ends_on_time_and_both_sides_are_told(either_store: World) -> None:
    world = either_store
    card = await approved(world)
    (own,) = cards(world, world.ann)

    await world.pass_time(timedelta(days=29, hours=23))
    assert held(world) == {"ADVERTISE", "ANALYZE"}
    world.clock.push(timedelta(hours=2))
    assert held(world) == set()  # at the moment itself, whenever the sweep comes
    await world.pass_time(timedelta(0))

    for shown in (card, own):
        assert "as planned" in shown.text
    assert any("ended, as planned" in one for one in notices(world, world.ann))
    assert any("ended, as planned" in one for one in thread(world, card))
    assert "Acme Main" not in await types(world, world.ann, "list shared")

    await world.pass_time(-timedelta(days=20))
    assert held(world) == set()
    assert world.rows(tables.Grant)[0].state == "ENDED"


async def test_overlapping_access_is_the_union_and_one_end_cuts_no_other(town: World) -> None:
    await approved(town, "request act_1001 analyze for 60d because Numbers")
    await approved(town, "request act_1001 advertise,analyze for 7d because Sprint")
    assert held(town) == {"ADVERTISE", "ANALYZE"}

    await town.pass_time(timedelta(days=8))

    assert held(town) == {"ANALYZE"}


@pytest.mark.covers("F33")
async def test_the_clock_pushed_a_day_and_back_while_messages_are_under_way(town: World) -> None:
    gate = town.slack.faults.hang("chat.postMessage", after=True, channel_id=town.brand_room.id)
    requested = await town.command(town.ann, "request act_1001 advertise,analyze for 30d because Spring")
    assert requested.ok
    await gate.reached()

    town.clock.push(timedelta(days=1))
    town.clock.push(-timedelta(days=2))
    gate.release()
    await town.settle()

    card = town.card_in(town.brand_room)
    assert card is not None
    assert len([one for one in town.slack.messages(town.brand_room) if one.metadata]) == 1
    await town.pass_time(timedelta(days=1))
    await press(town, town.dana, card, "approve")
    assert held(town) == {"ADVERTISE", "ANALYZE"}
    assert "Approved" in card.text
