"""A store that another process holds: people are told in time, nothing changes, and then it goes on."""

from __future__ import annotations

import asyncio

import pytest
from fault_steps import asks, posted, stalled
from flow_steps import check, events, fills, held, opens, press, request
from patience import hurrying
from world import Way, World, running, until

from bot.clock import PushedClock
from bot.sandbox.slack import Gate
from bot.store import database, writer
from handlers import edge

# As they are; the tests wait longer (see `patient`).
VERB_SECONDS, ANSWER_SECONDS = database.INBOUND_DEADLINE, edge.ANSWER_SECONDS


@pytest.mark.covers("F26")
def test_all_that_a_click_may_wait_for_fits_into_what_slack_waits() -> None:
    assert VERB_SECONDS + writer.GRACE <= 2.5
    assert ANSWER_SECONDS < 3.0


@pytest.mark.covers("F26", "F36")
async def test_while_the_store_stands_still_people_are_told_in_time_and_nothing_changes(
    either_way: World,
) -> None:
    world = either_way
    card = await world.send_request()
    form = await opens(world, world.dov, card, "decline")
    await fills(world, world.dov, form, "note", "No")
    rows = len(events(world))
    world.slack.ack_seconds = 3.0  # as long as Slack waits

    with stalled(world), hurrying():
        clicked, sent, typed = await asyncio.gather(
            world.click(world.dana, card, "approve"),
            world.slack.submit(world.dov, form),
            world.command(world.abe, "request 500000001 analyze for 30d because x"),
        )
        for answer in (clicked, sent, typed):
            assert answer.ack_ms is not None, answer
        assert clicked.ok
        assert "busy" in str(form.errors)
        assert "busy" in world.told(world.abe)
        await world.slack.until(lambda: "busy" in world.told(world.dana), seconds=10)
    await world.settle()

    assert len(events(world)) == rows
    assert request(world).state == "PENDING"
    # The same click once more, as it was: it was not taken for handled.
    click = next(one for one in world.slack.deliveries[::-1] if one.payload.get("type") == "block_actions")
    await world.slack.redeliver(click)
    await world.settle()
    assert held(world) == {"ADVERTISE", "ANALYZE"}
    assert "Approved: Northwind has" in world.told(world.dana)


@pytest.mark.covers("F36")
async def test_what_was_being_sent_when_the_store_stood_still_is_kept_once_it_goes_on(
    town: World,
) -> None:
    gate: Gate = town.slack.faults.hang("chat.postMessage", channel_id="CBRAND")
    typing = asyncio.create_task(town.command(town.ann, "request act_1001 analyze for 30d because Spring"))
    await gate.reached()
    assert (await typing).ok

    with stalled(town), hurrying():
        gate.release()
        again = await town.command(town.ann, "request 500000001 analyze for 30d because Posts")
        assert "busy" in str(again.body)
        assert town.app.worker.is_busy, "it waits to write down what it sent"
        assert town.app.worker.is_alive
    await town.settle()

    (card,) = posted(town)
    await press(town, town.dana, card, "approve")
    assert held(town) == {"ANALYZE"}
    assert town.slack.calls_of("conversations.history") == []


@pytest.mark.long
@pytest.mark.covers("F36")
async def test_a_store_that_stands_still_for_ten_seconds_loses_nothing(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with running(sqlite_url, way=Way.HTTP, clock=clock) as world:
        card = await world.send_request()
        with stalled(world):
            for _ in range(4):
                clicked = await world.click(world.dana, card, "approve")
                assert clicked.ok, clicked
                await world.slack.until(lambda: "busy" in world.told(world.dana))
            sweeping = asyncio.create_task(world.app.ticks.sweep())
            done, _ = await asyncio.wait([sweeping], timeout=2)
            assert not done
            assert request(world).state == "PENDING"
        await sweeping
        await press(world, world.dana, card, "approve")
        await until(lambda: held(world) == {"ADVERTISE", "ANALYZE"})
        await world.settle()
        assert "Approved" in card.text
        assert len(events(world, "request.approved")) == 1
        await asks(world, "request 500000001 analyze for 30d because Posts")
        assert len(posted(world)) == 2
        check(world)
