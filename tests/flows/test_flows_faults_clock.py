"""Clocks that jump and outages that last: nothing comes twice or back, and ends stay where they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fault_steps import asks, post_of, posted, tried, waits
from flow_steps import held, press
from world import World, until

from bot.sandbox.slack import Message, Person
from bot.store import tables

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def digests(world: World, who: Person) -> list[Message]:
    """The digests among somebody's direct messages."""
    stand = {row.ts for row in world.rows(tables.Card) if row.audience == "DIGEST"}
    return [one for one in world.dms(who) if one.ts in stand]


def came_to(world: World, error: str) -> bool:
    """Whether something was tried and came to this, and nothing is on its way."""
    return world.app.is_idle and error in {row.error for row in world.rows(tables.Effect)}


async def test_a_digest_that_slack_did_not_take_all_day_is_the_only_one_of_the_next(town: World) -> None:
    await town.send_request()
    town.clock.push(26 * HOUR)
    await town.slack.revoke_token(town.brand)
    await town.app.ticks.sweep()  # Tuesday noon: it is Dana's digest of that day, and Slack is deaf
    await until(lambda: came_to(town, "token_revoked"))
    await town.command(town.ann, "request 500000001 analyze for 30d because Posts")  # due on Wednesday noon
    await until(lambda: town.app.is_idle)  # what is being tried as time is pushed is put off from then

    town.clock.push(10 * HOUR)
    town.clock.push_real(HOUR)  # however often it was tried before, it is due again
    await until(lambda: came_to(town, "not_at_work"))
    town.slack.restore_token(town.brand)
    await town.app.slack.probe()
    town.clock.push(12 * HOUR)
    town.clock.push_real(5 * MINUTE)
    await town.pass_time(5 * HOUR)
    town.clock.push_real(MINUTE)  # until Slack has said again who Dana is
    await town.settle()
    assert len(digests(town, town.dana)) == 1, "it was told on Wednesday morning, and there is no second"

    await town.pass_time(18 * HOUR)
    assert len(digests(town, town.dana)) == 2, "what came due on Wednesday follows on Thursday"


# --- the machine's own clock --------------------------------------------------------------------------


@pytest.mark.covers("F33")
@pytest.mark.parametrize(("why", "back"), [("limited", HOUR), ("lost", DAY), ("one a second", DAY)])
async def test_what_waits_to_be_sent_is_sent_within_minutes_though_the_clock_is_put_back(
    town: World, why: str, back: timedelta
) -> None:
    if why == "limited":
        town.slack.faults.rate_limit("chat.postMessage", retry_after="30", channel_id="CBRAND")
    elif why == "lost":
        town.slack.faults.http_error("chat.postMessage", status=503, channel_id="CBRAND")
    else:
        for other in range(9):
            town.app.slack.wait_to_post(town.brand.id, "CBRAND", who=-other)
    await asks(town)
    assert posted(town) == []

    town.clock.push_real(-back)
    for _ in range(4):
        await town.app.ticks.forget()
        await waits(town, 60)

    (card,) = posted(town)
    await press(town, town.dana, card, "approve")
    assert held(town) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.covers("F33")
@pytest.mark.parametrize("by", [DAY, -HOUR], ids=["+1 d", "-1 h"])
async def test_a_step_of_the_clock_while_a_card_is_being_posted_doubles_nothing(
    town: World, by: timedelta
) -> None:
    gate = town.slack.faults.hang("chat.postMessage", channel_id="CBRAND")
    assert (await town.command(town.ann, "request act_1001 analyze for 30d because Spring")).ok
    await gate.reached()

    town.clock.push(by)
    town.clock.push_real(by)
    await town.app.ticks.forget()
    await until(lambda: post_of(town).attempt == 2)  # its lease is over, and it is looked for meanwhile
    gate.release()
    await tried(town)
    for _ in range(3):
        await waits(town, 60)

    (card,) = posted(town)
    assert post_of(town).state == "DONE"
    await press(town, town.dana, card, "approve")
    assert held(town) == {"ANALYZE"}
