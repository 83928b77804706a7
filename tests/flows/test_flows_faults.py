"""What breaks between the bot, Slack and the store, and what people see of it: nothing lost or doubled."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from fault_steps import asks, post_of, posted, tried, waits
from flow_steps import (
    approved,
    buttons,
    cards,
    check,
    denials,
    events,
    held,
    modal,
    notices,
    opens,
    press,
    read,
    request,
    types,
)
from world import Way, World, running, until

from bot.clock import PushedClock
from bot.domain.messages import EffectKind
from bot.sandbox.slack import Fault, Faults, Kind
from bot.sandbox.slack.state import State
from bot.services import delivery
from bot.slack.wire import calls
from bot.store import tables
from bot.store.tables import EffectState
from handlers.slack_http import WINDOW_SECONDS

REQUEST = "request act_1001 advertise,analyze for 30d because Spring"
POST = "chat.postMessage"

# --- Slack says wait ----------------------------------------------------------------------------------


@pytest.mark.covers("F9")
async def test_only_the_channel_that_is_limited_waits(either_store: World) -> None:
    world = either_store
    world.slack.faults.rate_limit(POST, retry_after="30", channel_id="CBRAND")

    await asks(world)
    assert posted(world) == []
    (own,) = cards(world, world.ann)
    assert "Not decided yet" in own.text
    await waits(world, 20)
    assert posted(world) == []

    await waits(world, 11)
    assert len(posted(world)) == 1
    assert post_of(world).attempt == 1  # having to wait is no failure


@pytest.mark.covers("F9")
async def test_only_the_method_and_the_workspace_that_are_limited_wait(town: World) -> None:
    def updates() -> int:
        return len([one for one in town.slack.calls_of("chat.update") if one.team_id == town.brand.id])

    card = await town.send_request()
    (own,) = cards(town, town.ann)
    town.slack.faults.rate_limit("chat.update", retry_after="30", team_id=town.brand.id)

    await town.click(town.dana, card, "approve")
    await tried(town)
    assert "Approved" in own.text, "the other workspace goes on"
    assert any("Approved by" in one for one in notices(town, town.ann))
    second = await town.send_request("request 500000001 analyze for 30d because Posts")
    assert posted(town) == [card, second], "and so does posting in this one"
    await town.click(town.dana, second, "approve")
    await tried(town)  # what is in the middle of being sent would lose its lease
    await waits(town, 28)
    assert updates() == 1, "nobody asks again before the time"
    assert "Approved" not in card.text + second.text
    assert held(town) == {"ADVERTISE", "ANALYZE"}

    await waits(town, 3)
    assert "Approved" in card.text
    assert "Approved" in second.text
    attempts = [one.attempt for one in town.rows(tables.Effect) if one.kind == EffectKind.UPDATE_CARD]
    assert set(attempts) == {1}, "having to wait is no failure"


@pytest.mark.covers("F10")
@pytest.mark.parametrize("header", [None, "0", "-1", "1000000000", "x"])
async def test_an_absurd_time_to_wait_is_kept_within_reason(town: World, header: str | None) -> None:
    town.slack.faults.rate_limit(POST, retry_after=header, channel_id="CBRAND")

    await asks(town)
    assert posted(town) == []
    await waits(town, 301)

    assert len(posted(town)) == 1


# --- Slack's answer is lost ---------------------------------------------------------------------------


def _a_proxys_page(faults: Faults) -> None:
    page = {"content-type": "text/html"}
    faults.add(
        Fault(method=POST, channel_id="CBRAND", after=True, headers=page, body=b"<html>Sign in</html>")
    )


LOST = {
    "cut": lambda faults: faults.drop(POST, channel_id="CBRAND"),
    "503": lambda faults: faults.http_error(POST, after=True, channel_id="CBRAND"),
    "fatal_error": lambda faults: faults.refuse(POST, "fatal_error", after=True, channel_id="CBRAND"),
    "internal_error": lambda faults: faults.refuse(POST, "internal_error", after=True, channel_id="CBRAND"),
    "no answer": lambda faults: faults.body(POST, b"", channel_id="CBRAND"),
    "half an answer": lambda faults: faults.body(POST, b'{"ok": tr', channel_id="CBRAND"),
    "too long an answer": lambda faults: faults.body(POST, b"x" * 2_000_000, channel_id="CBRAND"),
    "a proxy's page": _a_proxys_page,
}
ROWS = {"cut": "F12", "503": "F11", "fatal_error": "F13", "internal_error": "F13"}  # the others are F14


@pytest.mark.parametrize(
    "how", [pytest.param(how, marks=pytest.mark.covers(ROWS.get(how, "F14"))) for how in LOST]
)
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


@pytest.mark.covers("F12")
async def test_a_lost_post_is_found_also_where_this_machines_clock_is_minutes_ahead_of_slacks(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = timedelta(seconds=WINDOW_SECONDS - 10)  # any more, and Slack's requests are rejected
    right = State.new_ts
    monkeypatch.setattr(State, "new_ts", lambda self: f"{float(right(self)) - ahead.total_seconds():.6f}")
    town.slack.faults.drop(POST, channel_id="CBRAND")
    await asks(town)
    await waits(town, 3)
    await waits(town, 70)
    assert len(posted(town)) == 1
    assert post_of(town).state == EffectState.DONE


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an answer waited for one second, and not ten."""
    monkeypatch.setattr(calls, "TOTAL_SECONDS", 1.0)


@pytest.mark.covers("F12")
async def test_a_card_that_slack_posted_without_answering_in_time_stands_once(
    impatient: None, town: World
) -> None:
    gate = town.slack.faults.hang(POST, channel_id="CBRAND")
    requested = asyncio.create_task(town.command(town.ann, REQUEST))
    await gate.reached()
    assert (await requested).ok
    await until(lambda: post_of(town).state == EffectState.WAITING)
    assert post_of(town).error == "TimeoutError"
    await waits(town, 3)

    (card,) = posted(town)
    assert post_of(town).state == EffectState.DONE
    gate.release()
    await press(town, town.dana, card, "approve")
    assert "Approved" in card.text
    assert posted(town) == [card]


@pytest.mark.covers("F12")
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


@pytest.mark.covers("F11")
@pytest.mark.parametrize("how", ["cut", "500", "502", "503", "in Slack's words"])
async def test_a_card_that_was_never_posted_is_posted_once_slack_is_seen_not_to_have_it(
    town: World, how: str
) -> None:
    if how == "cut":
        town.slack.faults.drop(POST, after=False, channel_id="CBRAND")
    elif how == "in Slack's words":
        words = {"ok": False, "error": "over_capacity"}
        town.slack.faults.add(Fault(method=POST, channel_id="CBRAND", status=503, body=words))
    else:
        town.slack.faults.http_error(POST, status=int(how), channel_id="CBRAND")

    await asks(town)
    await waits(town, 3)
    assert posted(town) == []  # it may still come: looked for once, and once more a minute later
    await waits(town, 61)

    assert len(posted(town)) == 1
    assert post_of(town).state == EffectState.DONE


@pytest.mark.covers("F4")
async def test_where_slack_cannot_be_read_the_post_is_parked_and_a_new_copy_follows(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock, history=False) as world:
        LOST["cut"](world.slack.faults)
        await asks(world)
        await waits(world, 3)
        (first,) = posted(world)
        (parked,) = world.database.read_sync(delivery.stuck)
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
            assert buttons(copy) == {"undo", "details"}
        await world.slack.send_payload(Kind.INTERACTIVE, late)
        await world.settle()
        assert "approved already by Dana" in world.told(world.dov)
        assert len(world.rows(tables.Grant)) == 1
        check(world)


@pytest.mark.covers("F4")
async def test_a_notice_that_may_have_been_said_is_not_said_twice(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock, history=False) as world:
        card = await world.send_request()
        dm = world.slack.dm(world.ann)
        assert dm is not None
        world.slack.faults.drop(POST, channel_id=dm.id)
        await world.click(world.dana, card, "approve")
        await tried(world)
        await waits(world, 3)
        await waits(world, 3600)

        assert len(notices(world, world.ann)) == 1
        (parked,) = world.database.read_sync(delivery.stuck)
        assert parked.kind == EffectKind.POST_NOTICE


@pytest.mark.covers("F11")
async def test_a_change_that_slack_did_not_take_is_tried_until_it_does(town: World) -> None:
    card = await town.send_request()
    town.slack.faults.http_error("chat.update", status=500, channel_id="CBRAND", times=2)

    await town.click(town.dana, card, "approve")
    await tried(town)
    assert "Approved" not in card.text
    assert held(town) == {"ADVERTISE", "ANALYZE"}  # what holds is the record
    await waits(town, 10)
    await waits(town, 10)

    assert "Approved" in card.text


# --- there is no way to the place ---------------------------------------------------------------------


@pytest.mark.covers("F15")
@pytest.mark.parametrize("how", ["archived", "without the bot", "gone"])
async def test_where_the_channel_cannot_be_posted_in_admins_get_it_directly(town: World, how: str) -> None:
    if how == "archived":
        await town.slack.archive(town.brand_room)
    elif how == "without the bot":
        town.slack.remove_bot(town.brand_room)
    else:
        town.slack.faults.refuse(POST, "channel_not_found", channel_id="CBRAND", times=9)

    await asks(town)

    (own,) = cards(town, town.ann)
    assert "may not have seen this" not in own.text, "the admins have it"
    (to_dana,), (to_dov,) = cards(town, town.dana), cards(town, town.dov)
    assert cards(town, town.emil) == []
    await press(town, town.dana, to_dana, "approve")
    for copy in (to_dana, to_dov, own):
        assert "Approved by Dana" in copy.text
    assert buttons(to_dov) == {"undo", "details"}


async def test_who_presses_in_a_channel_where_nobody_can_write_is_answered_in_a_modal(town: World) -> None:
    await asks(town)
    card = town.card_in(town.brand_room)
    await town.slack.archive(town.brand_room)
    await press(town, town.dana, card, "approve")
    assert "Approved: Northwind has General user on Acme Main" in read(modal(town, town.dana))


@pytest.mark.covers("F15")
async def test_a_card_in_a_channel_that_was_archived_goes_to_the_admins_with_the_next_change(
    town: World,
) -> None:
    await town.send_request("request act_1001 admin for 30d because Handover")
    await types(town, town.dana, "pending")
    shown = await opens(town, town.dana, town.slack.ephemerals(town.dana)[-1], "open")
    await town.slack.archive(town.brand_room)

    await press(town, town.dana, shown, "approve")

    (to_dov,) = cards(town, town.dov)
    assert "1 of 2 approvals, from Dana" in to_dov.text
    await press(town, town.dov, to_dov, "approve")
    assert held(town) == {"MANAGE", "ADVERTISE", "ANALYZE"}


@pytest.mark.covers("F15")
@pytest.mark.parametrize("word", ["is_archived", "restricted_action_thread_only_channel", "msg_too_long"])
async def test_what_slack_takes_nowhere_is_tried_once_each_stands_at_home_and_expires(
    town: World, word: str
) -> None:
    town.slack.faults.refuse(POST, word, team_id=town.brand.id, times=99)

    await asks(town)
    tries = len([one for one in town.slack.calls_of(POST) if one.team_id == town.brand.id])
    assert tries == (1 if word == "msg_too_long" else 3), (
        "the channel, and where that is the trouble two admins"
    )
    assert {one.error for one in town.database.read_sync(delivery.stuck)} == {word}
    (own,) = cards(town, town.ann)
    assert "Acme Shoes may not have seen this" in own.text
    await town.slack.open_home(town.dana)
    await waits(town, 600)
    home = town.slack.home(town.dana)
    assert home is not None
    assert request(town).ref in read(home)
    assert "approve" in buttons(home)

    town.clock.push(timedelta(days=15))
    await town.app.ticks.sweep()
    await tried(town)
    await waits(town, 61)  # Slack has said by then who they are
    assert request(town).state == "EXPIRED"
    assert "Expired" in own.text
    assert any("Expired" in one for one in notices(town, town.ann))


@pytest.mark.covers("F16")
async def test_a_deleted_card_is_posted_again_with_the_next_change(town: World) -> None:
    card = await town.send_request("request act_1001 admin for 30d because Handover")
    await types(town, town.dana, "pending")
    shown = await opens(town, town.dana, town.slack.ephemerals(town.dana)[-1], "open")
    await town.slack.delete_message(card)

    await press(town, town.dana, shown, "approve")

    (card,) = posted(town)
    assert "1 of 2 approvals, from Dana" in card.text
    await press(town, town.dov, card, "approve")
    assert "Approved by Dana and Dov" in card.text


@pytest.mark.covers("F19")
async def test_another_admin_stands_in_for_a_requester_who_cannot_be_reached(town: World) -> None:
    town.slack.faults.refuse("conversations.open", "user_disabled", team_id=town.agency.id)

    await asks(town)

    (own,) = cards(town, town.abe)
    assert cards(town, town.ann) == []
    (card,) = posted(town)
    await press(town, town.dana, card, "approve")
    assert "Approved by Dana" in own.text
    assert any("Approved by" in one for one in notices(town, town.abe))


@pytest.mark.covers("F19")
async def test_a_request_of_somebody_who_left_slack_belongs_to_their_business(town: World) -> None:
    card = await town.send_request()
    await town.slack.deactivate(town.ann)
    await town.settle()

    await types(town, town.abe, "pending")
    assert request(town).ref in read(town.slack.ephemerals(town.abe)[-1])
    await press(town, town.dana, card, "approve")

    assert held(town) == {"ADVERTISE", "ANALYZE"}
    (instead,) = cards(town, town.abe)
    assert "Approved by Dana" in instead.text
    assert any("Approved by" in one for one in notices(town, town.abe))
    assert "Northwind" in await types(town, town.dana, "list given")


@pytest.mark.covers("F20")
async def test_where_the_only_admin_has_left_slack_nobody_decides_and_it_expires(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock, brand={"channel_id": None}) as world:
        await world.slack.deactivate(world.dov)
        await asks(world)
        (card,) = cards(world, world.dana)
        under_way = world.slack.payload_click(world.dana, card, "approve")
        await world.slack.deactivate(world.dana)
        await world.settle()

        (own,) = cards(world, world.ann)
        assert "Nobody at Acme Shoes can decide this now" in read(own)
        await world.slack.send_payload(Kind.INTERACTIVE, under_way)
        await asks(world, "request 500000001 analyze for 30d because Posts")  # goes to who is left
        first, to_emil = cards(world, world.emil)
        assert ("Acme Main" in first.text, "Acme Page" in to_emil.text) == (True, True)
        await press(world, world.emil, to_emil, "approve")
        assert denials(world) == ["deactivated_user", "not_admin"]

        for _ in range(15):
            world.clock.push(timedelta(days=1))
            await world.app.ticks.sweep()
        await world.settle()  # also what waits until Slack has said who they are
        assert {one.state for one in world.rows(tables.Request)} == {"EXPIRED"}
        assert world.rows(tables.Grant) == []
        assert "Expired" in own.text
        check(world)


async def test_a_private_answer_reaches_people_where_the_bot_was_taken_out(either_way: World) -> None:
    world = either_way
    card = await world.send_request()
    world.slack.remove_bot(world.brand_room)

    await press(world, world.emil, card, "approve")

    assert "Only admins of your business can do that:" in world.told(world.emil)


# --- the workspace lets us go -------------------------------------------------------------------------


@pytest.mark.covers("F17")
async def test_a_workspace_whose_token_is_revoked_waits_and_the_other_goes_on(either_store: World) -> None:
    world = either_store
    await world.slack.revoke_token(world.brand)

    await asks(world)
    (own,) = cards(world, world.ann)
    assert "Not decided yet" in own.text
    assert posted(world) == []
    assert post_of(world).state == EffectState.WAITING

    # Access does not outlive the silence: what is due is due all the same.
    await waits(world, 600)
    assert posted(world) == []
    assert world.database.read_sync(delivery.stuck) == []

    world.slack.restore_token(world.brand)
    await world.app.slack.probe()
    await waits(world, 61)
    (card,) = posted(world)
    await press(world, world.dana, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.covers("F18")
@pytest.mark.parametrize(
    "told",
    [("tokens_revoked", "app_uninstalled"), ("app_uninstalled", "tokens_revoked"), ("app_uninstalled",)],
)
async def test_an_uninstalled_workspace_is_left_alone_whatever_it_tells_us(
    town: World, told: tuple[str, ...]
) -> None:
    card = await approved(town)
    assert "Access until" in card.text
    answers = await town.slack.uninstall(town.brand, events=told)
    assert all(one.ok for one in answers)
    before = _said_to(town)

    town.clock.push(timedelta(days=31))
    await town.app.ticks.sweep()
    await tried(town)
    await waits(town, 61)  # Slack has said by then who she is

    assert held(town) == set()  # it ends all the same
    assert any("ended, as planned" in one for one in notices(town, town.ann))
    assert _said_to(town) == before


def _said_to(world: World) -> int:
    """How much was said to the brand's workspace, beside asking whether it still has the app."""
    return sum(one.team_id == world.brand.id and one.method != "auth.test" for one in world.slack.calls)


# --- the bot stops and starts -------------------------------------------------------------------------


@pytest.mark.covers("F9")
async def test_what_waited_to_be_sent_goes_out_once_after_a_restart(either_store: World) -> None:
    world = either_store
    world.slack.faults.rate_limit(POST, retry_after="30", channel_id="CBRAND")
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


@pytest.mark.covers("F4", "F12")
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


@pytest.mark.covers("F5")
async def test_what_was_due_while_the_bot_was_away_is_done_once_when_it_is_back(
    town: World, caplog: pytest.LogCaptureFixture
) -> None:
    world = town
    card = await approved(world)
    open_card = await world.send_request("request 500000001 analyze for 30d because Spring")
    expected_version = world.slack.payload_click(world.dana, open_card, "approve")

    await world.stop()
    missed = await world.slack.send_payload(Kind.INTERACTIVE, expected_version)
    assert not missed.ok
    world.clock.push(timedelta(days=90))
    await world.start()
    await until(lambda: all(one.state == "ENDED" for one in world.rows(tables.Grant)))
    assert "a sweep failed" not in caplog.text  # what has stopped does not hear of the clock any more
    await until(lambda: "EXPIRED" in {one.state for one in world.rows(tables.Request)})
    await world.settle()

    assert held(world) == set()
    assert "as planned" in card.text
    assert "Expired" in open_card.text
    assert len(events(world, "grant.ended")) == 1
    assert len([one for one in notices(world, world.ann) if "ended" in one]) == 1
    assert denials(world) == []
    assert "Acme Main" in card.text
