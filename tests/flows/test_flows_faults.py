"""What breaks between the bot, Slack and the store, and what people see of it: nothing lost or doubled."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import make
import pytest
from flow_steps import (
    approved,
    buttons,
    cards,
    check,
    events,
    fills,
    held,
    menu_choice,
    notices,
    opens,
    press,
    read,
    refusals,
    request,
    types,
    window,
)
from world import Way, World, running, until

from bot.clock import PushedClock
from bot.sandbox.delivery import Kind
from bot.sandbox.model import Message
from bot.services import deliveries
from bot.store import tables
from bot.store.tables import EffectKind, EffectState

ASK = "request act_1001 advertise,analyze for 30d because Spring"


async def asks(world: World) -> None:
    """Have Ann ask, and wait until everything was tried that can be tried now."""
    asked = await world.command(world.ann, ASK)
    assert asked.ok, asked
    await tried(world)


async def tried(world: World) -> None:
    """Wait until nothing is being sent and nothing waits that was not put off."""

    def is_done() -> bool:
        now = world.clock.real()
        return world.app.is_idle and all(
            one.state == EffectState.WAITING and one.due_at > now for one in world.next_effects()
        )

    await until(is_done, seconds=8)


async def waits(world: World, seconds: float) -> None:
    """Let so many seconds of the machinery's time pass, and all be tried that is due then."""
    world.clock.push_real(timedelta(seconds=seconds))
    await tried(world)


def posted(world: World) -> list[Message]:
    """The copies of cards that stand in the brand's room."""
    return [one for one in world.slack.messages(world.brand_room) if one.metadata and not one.thread_ts]


def post_of(world: World, room: str = "CBRAND") -> Any:
    """The row of the first post of the card that goes to a room."""
    at_home = {one.id for one in world.rows(tables.Card) if one.channel_id == room}
    return next(
        one
        for one in world.rows(tables.Effect)
        if one.card_id in at_home and one.kind == EffectKind.POST_CARD
    )


# --- Slack says wait ----------------------------------------------------------------------------------


async def test_only_the_channel_that_is_limited_waits(either_store: World) -> None:
    world = either_store
    world.slack.faults.rate_limit("chat.postMessage", retry_after="30", channel_id="CBRAND")

    await asks(world)
    assert posted(world) == []
    (own,) = cards(world, world.ann)
    assert "Sent" in own.text
    await waits(world, 20)
    assert posted(world) == []

    await waits(world, 11)
    assert len(posted(world)) == 1
    assert post_of(world).attempt == 1  # having to wait is no failure


@pytest.mark.parametrize("header", [None, "-1", "1000000000"])
async def test_an_absurd_time_to_wait_is_kept_within_reason(town: World, header: str | None) -> None:
    town.slack.faults.rate_limit("chat.postMessage", retry_after=header, channel_id="CBRAND")

    await asks(town)
    assert posted(town) == []
    await waits(town, 301)

    assert len(posted(town)) == 1


# --- Slack's answer is lost ---------------------------------------------------------------------------

LOST = {
    "cut": lambda faults: faults.drop("chat.postMessage", channel_id="CBRAND"),
    "503": lambda faults: faults.http_error("chat.postMessage", after=True, channel_id="CBRAND"),
    "fatal_error": lambda faults: faults.refuse(
        "chat.postMessage", "fatal_error", after=True, channel_id="CBRAND"
    ),
    "half an answer": lambda faults: faults.body("chat.postMessage", b'{"ok": tr', channel_id="CBRAND"),
    "too long an answer": lambda faults: faults.body(
        "chat.postMessage", b"x" * 2_000_000, channel_id="CBRAND"
    ),
}


@pytest.mark.parametrize("how", LOST)
async def test_a_card_whose_post_was_not_confirmed_is_found_and_not_doubled(town: World, how: str) -> None:
    LOST[how](town.slack.faults)

    await asks(town)
    assert len(posted(town)) == 1
    assert post_of(town).state == EffectState.WAITING
    await waits(town, 3)

    (card,) = posted(town)
    assert post_of(town).state == EffectState.DONE
    await press(town, town.dana, card, "approve")
    assert "Approved" in card.text
    assert not buttons(card) & {"approve"}


async def test_a_click_on_a_card_whose_post_was_not_confirmed_yet_decides(either_store: World) -> None:
    world = either_store
    LOST["cut"](world.slack.faults)
    await asks(world)
    (card,) = posted(world)

    await world.click(world.dana, card, "approve")
    await tried(world)
    assert held(world) == {"ADVERTISE", "ANALYZE"}
    await waits(world, 3)

    assert posted(world) == [card]
    assert "Approved" in card.text


@pytest.mark.parametrize("how", ["cut", "503"])
async def test_a_card_that_was_never_posted_is_posted_once_slack_is_seen_not_to_have_it(
    town: World, how: str
) -> None:
    if how == "cut":
        town.slack.faults.drop("chat.postMessage", after=False, channel_id="CBRAND")
    else:
        town.slack.faults.http_error("chat.postMessage", status=503, channel_id="CBRAND")

    await asks(town)
    await waits(town, 3)
    assert posted(town) == []  # it may still come: looked for once, and once more a minute later
    await waits(town, 61)

    assert len(posted(town)) == 1
    assert post_of(town).state == EffectState.DONE


async def test_where_slack_cannot_be_read_the_post_is_parked_and_a_new_copy_follows(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock, history=False) as world:
        LOST["cut"](world.slack.faults)
        await asks(world)
        await waits(world, 3)
        (first,) = posted(world)
        (parked,) = world.database.read_sync(deliveries.stuck)
        assert (parked.kind, parked.state) == (EffectKind.POST_CARD, EffectState.PARKED)
        await waits(world, 60)
        assert len(posted(world)) == 1

        await waits(world, 60)
        _, second = posted(world)
        assert {"approve", "adjust", "decline"} <= buttons(second)

        # A click on either copy is judged by the record: once. From then on both follow it.
        late = world.slack.payload_click(world.dov, first, "decline")
        await press(world, world.dana, first, "approve")
        assert held(world) == {"ADVERTISE", "ANALYZE"}
        for copy in (first, second):
            assert "Approved" in copy.text
            assert buttons(copy) == {"undo"}
        await world.slack.send_payload(Kind.INTERACTIVE, late)
        await world.settle()
        assert "approved already by Dana" in world.told(world.dov)
        assert len(world.rows(tables.Grant)) == 1
        check(world)


async def test_a_notice_that_may_have_been_said_is_not_said_twice(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock, history=False) as world:
        card = await world.ask()
        dm = world.slack.dm(world.ann)
        assert dm is not None
        world.slack.faults.drop("chat.postMessage", channel_id=dm.id)
        await world.click(world.dana, card, "approve")
        await tried(world)
        await waits(world, 3)
        await waits(world, 3600)

        assert len(notices(world, world.ann)) == 1
        (parked,) = world.database.read_sync(deliveries.stuck)
        assert parked.kind == EffectKind.POST_NOTICE


async def test_a_change_that_slack_did_not_take_is_tried_until_it_does(town: World) -> None:
    card = await town.ask()
    town.slack.faults.http_error("chat.update", status=500, channel_id="CBRAND", times=2)

    await town.click(town.dana, card, "approve")
    await tried(town)
    assert "Approved" not in card.text
    assert held(town) == {"ADVERTISE", "ANALYZE"}  # what holds is the record
    await waits(town, 10)
    await waits(town, 10)

    assert "Approved" in card.text


# --- there is no way to the place ---------------------------------------------------------------------


@pytest.mark.parametrize("how", ["archived", "without the bot", "gone"])
async def test_where_the_channel_cannot_be_posted_in_admins_get_it_directly(town: World, how: str) -> None:
    if how == "archived":
        await town.slack.archive(town.brand_room)
    elif how == "without the bot":
        town.slack.remove_bot(town.brand_room)
    else:
        town.slack.faults.refuse("chat.postMessage", "channel_not_found", channel_id="CBRAND", times=9)

    await asks(town)

    (own,) = cards(town, town.ann)
    assert "Acme Shoes may not have seen this" in own.text
    (to_dana,), (to_dov,) = cards(town, town.dana), cards(town, town.dov)
    assert cards(town, town.emil) == []
    await press(town, town.dana, to_dana, "approve")
    for copy in (to_dana, to_dov, own):
        assert "Approved by Dana" in copy.text
    assert buttons(to_dov) == {"undo"}


async def test_a_card_in_a_channel_that_was_archived_goes_to_the_admins_with_the_next_change(
    town: World,
) -> None:
    await town.ask("request act_1001 admin for 30d because Handover")
    await types(town, town.dana, "pending")
    shown = await opens(town, town.dana, town.slack.ephemerals(town.dana)[-1], "open")
    await town.slack.archive(town.brand_room)

    await press(town, town.dana, shown, "approve")

    (to_dov,) = cards(town, town.dov)
    assert "1 of 2, from Dana" in to_dov.text
    await press(town, town.dov, to_dov, "approve")
    assert held(town) == {"MANAGE", "ADVERTISE", "ANALYZE"}


async def test_a_deleted_card_is_posted_anew_with_the_next_change(town: World) -> None:
    card = await town.ask("request act_1001 admin for 30d because Handover")
    await types(town, town.dana, "pending")
    shown = await opens(town, town.dana, town.slack.ephemerals(town.dana)[-1], "open")
    await town.slack.delete_message(card)

    await press(town, town.dana, shown, "approve")

    (anew,) = posted(town)
    assert "1 of 2, from Dana" in anew.text
    await press(town, town.dov, anew, "approve")
    assert "Approved by Dana and Dov" in anew.text


async def test_the_asker_who_cannot_be_reached_is_stood_in_for_by_another_admin(town: World) -> None:
    town.slack.faults.refuse("conversations.open", "user_disabled", team_id=town.agency.id)

    await asks(town)

    (own,) = cards(town, town.abe)
    assert cards(town, town.ann) == []
    (card,) = posted(town)
    await press(town, town.dana, card, "approve")
    assert "Approved by Dana" in own.text
    assert any("Acme Shoes approved" in one for one in notices(town, town.abe))


async def test_a_private_answer_reaches_people_where_the_bot_was_taken_out(either_way: World) -> None:
    world = either_way
    card = await world.ask()
    world.slack.remove_bot(world.brand_room)

    await press(world, world.emil, card, "approve")

    assert "Only admins" in world.told(world.emil)


# --- the workspace lets us go -------------------------------------------------------------------------


async def test_a_workspace_whose_token_is_revoked_waits_and_the_other_goes_on(either_store: World) -> None:
    world = either_store
    await world.slack.revoke_token(world.brand)

    await asks(world)
    (own,) = cards(world, world.ann)
    assert "Sent" in own.text
    assert posted(world) == []
    assert post_of(world).state == EffectState.WAITING

    # Access does not outlive the silence: what is due is due all the same.
    await waits(world, 600)
    assert posted(world) == []
    assert world.database.read_sync(deliveries.stuck) == []

    world.slack.restore_token(world.brand)
    await world.app.slack.probe()
    await waits(world, 61)
    (card,) = posted(world)
    await press(world, world.dana, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.parametrize(
    "told",
    [("tokens_revoked", "app_uninstalled"), ("app_uninstalled", "tokens_revoked"), ("app_uninstalled",)],
)
async def test_an_uninstalled_workspace_is_left_alone_whatever_it_tells_us(
    town: World, told: tuple[str, ...]
) -> None:
    card = await approved(town)
    assert "In force" in card.text
    answers = await town.slack.uninstall(town.brand, events=told)
    assert all(one.ok for one in answers)
    before = len([one for one in town.slack.calls if one.team_id == town.brand.id])

    town.clock.push(timedelta(days=31))
    await town.app.ticks.sweep()
    await tried(town)

    assert held(town) == set()  # it ends all the same
    assert any("ended, as agreed" in one for one in notices(town, town.ann))
    assert len([one for one in town.slack.calls if one.team_id == town.brand.id]) == before


# --- sockets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["refresh_requested", None])
async def test_a_socket_that_goes_in_the_middle_of_a_click_loses_nothing(
    sqlite_url: str, clock: PushedClock, reason: str | None
) -> None:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock) as world:
        card = await world.ask()
        await world.slack.connected(2, seconds=6)
        first = world.slack.sockets.connections[0]
        world.slack.sockets.pick = lambda _: first

        with stalled(world):
            click = asyncio.create_task(world.click(world.dana, card, "approve"))
            await until(lambda: world.slack.deliveries[-1].payload.get("type") == "block_actions")
            await world.slack.sockets.disconnect(reason, which=first)
        delivered = await click
        await world.settle()

        if reason is not None:  # whoever was cut off without a word may not have brought the answer any more
            assert delivered.ok, delivered
        assert held(world) == {"ADVERTISE", "ANALYZE"}
        assert len(events(world, "request.approved")) == 1
        world.slack.sockets.pick = lambda connections: connections[-1]
        await press(world, world.dov, card, "more", selected=menu_choice(card, "details"))
        assert "Approved by Dana" in read(window(world, world.dov))
        check(world)


# --- the store ----------------------------------------------------------------------------------------


@contextmanager
def stalled(world: World) -> Iterator[None]:
    """Hold the store's only place for writing, as another process on the same file does."""
    other = sqlite3.connect(world.settings.database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


async def test_while_the_store_stands_still_people_are_told_in_time_and_nothing_changes(
    either_way: World,
) -> None:
    world = either_way
    card = await world.ask()
    form = await opens(world, world.dov, card, "decline")
    await fills(world, world.dov, form, "note", "No")
    rows = len(world.rows(tables.Event))

    with stalled(world):
        clicked, sent, typed = await asyncio.gather(
            world.click(world.dana, card, "approve"),
            world.slack.submit(world.dov, form),
            world.command(world.abe, "request 500000001 analyze for 30d because x"),
        )
        for answer in (clicked, sent, typed):
            assert answer.ack_ms is not None
            assert answer.ack_ms < 2900
        assert clicked.ok
        assert "busy" in str(form.errors)
        assert "busy" in world.told(world.abe)
        await world.slack.until(lambda: "busy" in world.told(world.dana))
    await world.settle()

    assert len(world.rows(tables.Event)) == rows
    assert request(world).state == "PENDING"
    # The same click once more, as it was: it was not taken for handled.
    click = next(one for one in world.slack.deliveries[::-1] if one.payload.get("type") == "block_actions")
    await world.slack.redeliver(click)
    await world.settle()
    assert held(world) == {"ADVERTISE", "ANALYZE"}
    assert "is approved" in world.told(world.dana)


# --- the bot stops and starts -------------------------------------------------------------------------


async def test_what_waited_to_be_sent_goes_out_once_after_a_restart(either_store: World) -> None:
    world = either_store
    world.slack.faults.rate_limit("chat.postMessage", retry_after="30", channel_id="CBRAND")
    await asks(world)
    assert posted(world) == []
    (own,) = cards(world, world.ann)

    await world.stop()
    await world.start()
    await waits(world, 31)

    (card,) = posted(world)
    assert cards(world, world.ann) == [own]
    await press(world, world.dana, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}
    assert "Approved" in own.text


async def test_a_post_whose_answer_was_lost_is_looked_for_after_a_restart(either_store: World) -> None:
    world = either_store
    LOST["cut"](world.slack.faults)
    await asks(world)

    await world.stop()
    await world.start()
    await waits(world, 3)

    (card,) = posted(world)
    assert post_of(world).state == EffectState.DONE
    await press(world, world.dana, card, "approve")
    assert "Approved" in card.text


async def test_what_was_due_while_the_bot_was_away_is_done_once_when_it_is_back(town: World) -> None:
    world = town
    card = await approved(world)
    open_card = await world.ask("request 500000001 analyze for 30d because Spring")
    seen = world.slack.payload_click(world.dana, open_card, "approve")

    await world.stop()
    missed = await world.slack.send_payload(Kind.INTERACTIVE, seen)
    assert not missed.ok
    world.clock.push(timedelta(days=90))
    await world.start()
    await until(lambda: all(one.state == "ENDED" for one in world.rows(tables.Grant)))
    await until(lambda: "EXPIRED" in {one.state for one in world.rows(tables.Request)})
    await world.settle()

    assert held(world) == set()
    assert "as agreed" in card.text
    assert "Expired" in open_card.text
    assert len(events(world, "grant.ended")) == 1
    assert len([one for one in notices(world, world.ann) if "ended" in one]) == 1
    assert refusals(world) == []
    assert make.ACCOUNT in card.text
