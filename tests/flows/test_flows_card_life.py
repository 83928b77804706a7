"""What becomes of the copies of a card: lost, doubled, deleted, behind, and long done with."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from flow_steps import approved, buttons, cards, check, held, press, read, stranger_business, types
from world import Way, World, running, until

from bot.clock import PushedClock
from bot.sandbox.slack import Message
from bot.store import tables

REQUEST = "request act_1001 advertise,analyze for 30d because Spring"
POST, UPDATE = "chat.postMessage", "chat.update"


def copies(world: World) -> list[Message]:
    """The copies of the card in the brand's room."""
    return [one for one in world.slack.messages(world.brand_room) if one.metadata and not one.thread_ts]


async def doubled(world: World) -> tuple[Message, Message]:
    """Have a card posted whose answer is lost, and once more since nobody can look; return both copies."""
    world.slack.faults.drop(POST, team_id=make.BRAND_TEAM, after=True)
    assert (await world.command(world.ann, REQUEST)).ok
    await until(lambda: len(copies(world)) == 1 and world.app.is_idle)
    world.clock.push_real(timedelta(seconds=3))
    await until(lambda: [row for row in world.rows(tables.Effect) if row.state == "PARKED"])
    world.clock.push_real(timedelta(minutes=2))
    await until(lambda: len(copies(world)) == 2)
    await world.settle()
    unknown, known = copies(world)
    return unknown, known


@pytest.mark.covers("T27")
async def test_a_click_on_a_copy_nobody_knew_decides_and_the_copy_follows_from_then_on(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with running(sqlite_url, way=Way.HTTP, clock=clock, history=False) as world:
        unknown, known = await doubled(world)

        await press(world, world.dana, unknown, "approve")

        assert held(world) == {"ADVERTISE", "ANALYZE"}
        for copy in (unknown, known):
            assert "Approved" in read(copy)
            assert "undo" in buttons(copy)
        await press(world, world.dov, known, "undo")
        assert "undo" not in buttons(unknown)
        assert "ndone" in read(unknown)
        check(world)


@pytest.mark.covers("T27")
async def test_a_copy_is_adopted_only_for_somebody_who_may_decide(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with running(sqlite_url, way=Way.HTTP, clock=clock, history=False) as world:
        unknown, _ = await doubled(world)
        before = len(world.rows(tables.Card))

        await press(world, world.emil, unknown, "approve")
        await press(world, world.vera, unknown, "approve")

        assert len(world.rows(tables.Card)) == before


async def test_a_private_answer_is_never_taken_for_a_copy(town: World) -> None:
    await town.send_request()
    await types(town, town.dana, "pending")
    before = len(town.rows(tables.Card))

    await press(town, town.dana, town.slack.ephemerals(town.dana)[-1], "open")

    assert len(town.rows(tables.Card)) == before


def copied(world: World, message: Message, team: str) -> Message:
    """The same message once more, as after an answer that was lost where history cannot be read."""
    home = world.slack.workspace(team)
    return world.slack.post(
        world.slack.channel(message.channel_id),
        team_id=team,
        user=home.bot_user_id,
        bot_id=home.bot_id,
        text=message.text,
        blocks=message.blocks,
    )


@pytest.mark.case("4.7")
async def test_a_copy_of_a_digest_that_is_pressed_follows_all_that_it_shows(town: World) -> None:
    await town.send_request()
    await town.send_request("request 500000001 analyze for 30d because Posts")
    await town.pass_time(timedelta(days=1, minutes=1))
    (digest,) = town.dms(town.dana)
    unknown = copied(town, digest, make.BRAND_TEAM)

    first, _ = copies(town)
    await press(town, town.dana, unknown, "details", block_id=unknown.blocks[-1]["block_id"])
    await press(town, town.dov, first, "approve")

    assert read(unknown) == read(digest)
    assert "Approved" in read(unknown)


@pytest.mark.case("4.7")
async def test_a_copy_of_the_requesters_card_that_is_pressed_follows_too(town: World) -> None:
    card = await town.send_request()
    (own,) = cards(town, town.ann)
    unknown = copied(town, own, make.AGENCY_TEAM)

    await press(town, town.ann, unknown, "remind")
    await press(town, town.dana, card, "approve")

    assert "Approved" in read(unknown)
    assert buttons(unknown) == buttons(own)


@pytest.mark.case("4.5")
async def test_a_press_on_the_old_card_teaches_the_id_that_the_channel_has_now(town: World) -> None:
    card = await town.send_request()
    town.slack.renumber(town.brand_room, "CBRANDNEW")

    await press(town, town.dana, card, "approve")
    assert "Approved" in read(card)
    assert "approve" not in buttons(card)

    await types(town, town.ann, "request 500000001 analyze for 30d because Posts")
    assert "Acme Page" in read(copies(town)[-1])
    assert town.dms(town.dana) == []


async def test_a_click_before_the_post_is_answered_leaves_one_copy(either_store: World) -> None:
    world = either_store
    gate = world.slack.faults.hang(POST, team_id=make.BRAND_TEAM, after=True)
    assert (await world.command(world.ann, REQUEST)).ok
    await gate.reached()
    await until(lambda: copies(world))
    (card,) = copies(world)

    assert (await world.click(world.dana, card, "approve")).ok
    await until(lambda: len([row for row in world.rows(tables.Card) if row.ts == card.ts]) == 1)
    gate.release()
    await world.settle()

    (row,) = [row for row in world.rows(tables.Card) if row.audience == "APPROVERS"]
    assert (row.state, row.ts) == ("POSTED", card.ts)
    assert copies(world) == [card]
    assert "Approved" in read(card)


async def test_a_card_behind_the_record_is_updated_by_the_hourly_check(town: World) -> None:
    card = await town.send_request()
    town.slack.faults.refuse(UPDATE, "msg_too_long", team_id=make.BRAND_TEAM)
    await press(town, town.dana, card, "approve")
    assert "approve" in buttons(card), "Slack did not take the change"

    await town.app.ticks.tidy()
    await town.settle()

    assert "approve" not in buttons(card)
    sent = len(town.slack.calls_of(UPDATE))
    await town.app.ticks.tidy()
    await town.settle()
    assert len(town.slack.calls_of(UPDATE)) == sent, "what is right is left alone"


async def test_cards_behind_the_record_are_updated_when_the_bot_starts(town: World) -> None:
    card = await town.send_request()
    town.slack.faults.refuse(UPDATE, "msg_too_long", team_id=make.BRAND_TEAM)
    await press(town, town.dana, card, "approve")

    await town.stop()
    await town.start()
    await until(lambda: "approve" not in buttons(card))
    await town.settle()


@pytest.mark.covers("F16")
async def test_a_deleted_digest_is_posted_again_only_while_something_waits(town: World) -> None:
    card = await town.send_request()
    await town.pass_time(timedelta(days=1, minutes=1))
    (row,) = [
        row for row in town.rows(tables.Card) if row.user_id == town.dana.id and row.audience == "DIGEST"
    ]
    digest = town.slack.message(row.channel_id, row.ts)
    assert digest is not None
    before = len(town.dms(town.dana))
    await town.slack.delete_message(digest)

    await press(town, town.dov, card, "approve")

    assert len(town.dms(town.dana)) == before - 1


async def test_what_was_sent_is_forgotten_after_thirty_days_and_what_failed_is_kept(town: World) -> None:
    town.slack.faults.refuse(UPDATE, "msg_too_long", team_id=make.BRAND_TEAM)
    await approved(town)
    await town.pass_time(timedelta(days=29))
    await town.app.ticks.tidy()
    old = {row.id for row in town.rows(tables.Effect)}
    dead = {row.id for row in town.rows(tables.Effect) if row.state == "DEAD"}
    assert dead

    town.clock.push(timedelta(days=2))
    await town.app.ticks.tidy()

    left = {row.id for row in town.rows(tables.Effect)} & old
    assert dead <= left < old
    await town.settle()


async def test_a_member_of_several_businesses_reaches_the_lists_of_each(town: World) -> None:
    await approved(town)
    stranger_business(town)
    make.member(town.database, town.town.ann.id, of=make.OTHER)

    first = await types(town, town.ann, "list shared")
    assert "Northwind" in first
    shown = town.slack.ephemerals(town.ann)[-1]
    await press(town, town.ann, shown, "list")

    assert "Rival Media" in read(town.slack.ephemerals(town.ann)[-1])


@pytest.mark.case("4.6")
async def test_cards_of_a_channel_from_which_the_bot_was_taken_follow_again_once_it_is_back(
    town: World,
) -> None:
    card = await town.send_request()
    second = await town.send_request("request 500000001 analyze for 30d because Posts")
    town.brand_room.is_private = True  # in a public one it could still change what it wrote
    town.slack.remove_bot(town.brand_room)
    (own, other) = cards(town, town.ann)
    await press(town, town.ann, own, "remind")
    await press(town, town.ann, other, "remind")
    (directly, later) = cards(town, town.dana)
    await press(town, town.dana, directly, "approve")
    await press(town, town.dana, later, "approve")
    assert {"approve"} <= buttons(card) & buttons(second), "nobody could take them away"

    calls = len(town.slack.calls_of(UPDATE))
    await town.app.ticks.tidy()
    await town.settle()
    assert len(town.slack.calls_of(UPDATE)) == calls + 1, "one is tried for all of the channel"

    town.brand_room.members.add(town.brand.bot_user_id)
    await town.app.ticks.tidy()
    await town.settle()
    for one in (card, second):
        assert "approve" not in buttons(one)
        assert "Approved" in read(one)
