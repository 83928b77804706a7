from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import make
import pytest
import statements
from sqlalchemy import text
from world import Way, World, running, until

from bot.clock import PushedClock
from bot.domain.actors import OPERATOR
from bot.sandbox.slack import Faults
from bot.services import delivery as deliveries
from bot.services import grants
from bot.services.context import act
from bot.services.delivery import Done, Unknown
from bot.services.delivery.ledger import unpost
from bot.store import outbox, tables
from bot.store.database import Database, Tx
from bot.store.tables import CardState, EffectState

POST = "chat.postMessage"
HISTORY = "conversations.history"


def effects(world: World, kind: str = "POST_CARD", *, team: str = "TBRAND") -> list[Any]:
    return [row for row in world.rows(tables.Effect) if row.kind == kind and row.team_id == team]


def cards(world: World) -> list[Any]:
    return [one for one in world.slack.messages(world.brand_room) if one.metadata]


def later(world: World, **by: float) -> None:
    """Let the machinery's time pass."""
    world.clock.push_real(timedelta(**by))


async def requested(
    world: World, words: str = "request act_1001 advertise,analyze for 30d because Spring"
) -> None:
    assert (await world.command(world.ann, words)).ok


def posts(world: World) -> int:
    return len([call for call in world.slack.calls_of(POST) if call.team_id == "TBRAND"])


# --- the answer is lost ---------------------------------------------------------------------------


def _dropped(faults: Faults) -> None:
    faults.drop(POST, team_id="TBRAND", after=True)


def _failed(faults: Faults) -> None:
    faults.http_error(POST, status=503, team_id="TBRAND", after=True)


def _fatal(faults: Faults) -> None:
    faults.refuse(POST, "fatal_error", team_id="TBRAND", after=True)


def _html(faults: Faults) -> None:
    faults.body(POST, b"<html>sorry</html>", team_id="TBRAND", after=True)


def _empty(faults: Faults) -> None:
    faults.body(POST, b"", team_id="TBRAND", after=True)


def _cut_short(faults: Faults) -> None:
    faults.body(POST, b'{"ok":true,"ts":"17', team_id="TBRAND", after=True)


def _list(faults: Faults) -> None:
    faults.body(POST, b"[1]", team_id="TBRAND", after=True)


def _no_ts(faults: Faults) -> None:
    faults.body(POST, b'{"ok":true}', team_id="TBRAND", after=True)


def _deep(faults: Faults) -> None:
    faults.body(POST, b"[" * 200_000, team_id="TBRAND", after=True)


def _huge(faults: Faults) -> None:
    faults.body(POST, b'{"ok":true,"x":"' + b"a" * 20_000_000 + b'"}', team_id="TBRAND", after=True)


LOST = (_dropped, _failed, _fatal, _html, _empty, _cut_short, _list, _no_ts, _deep, _huge)


@pytest.mark.covers("F12", "F13", "F14")
@pytest.mark.parametrize("break_it", LOST, ids=lambda one: one.__name__)
async def test_a_card_whose_answer_was_lost_is_found_and_not_posted_again(here: World, break_it: Any) -> None:
    break_it(here.slack.faults)
    await requested(here)
    await until(lambda: posts(here) == 1 and not here.app.worker.is_busy)

    later(here, seconds=3)
    await here.settle()

    (effect,) = effects(here)
    (card,) = cards(here)
    assert (effect.state, effect.attempt) == ("DONE", 2)
    assert card.metadata["event_payload"]["key"] == effect.key
    assert [row.ts for row in here.rows(tables.Card) if row.audience == "APPROVERS"] == [card.ts]


@pytest.mark.covers("F4", "F11")
async def test_a_card_that_is_not_there_is_posted_again_after_two_reads_a_minute_apart(here: World) -> None:
    here.slack.faults.http_error(POST, status=503, team_id="TBRAND", after=False)
    await requested(here)
    await until(lambda: posts(here) == 1 and not here.app.worker.is_busy)

    later(here, seconds=3)
    await until(lambda: effects(here)[0].reads == 1)
    assert posts(here) == 1
    later(here, seconds=50)
    assert not here.database.read_sync(deliveries.is_work, real=here.clock.real())
    later(here, seconds=15)
    await here.settle()

    assert posts(here) == 2
    assert len(cards(here)) == 1
    assert effects(here)[0].state == "DONE"


@pytest.mark.covers("F4", "F33", "I11")
async def test_what_was_posted_after_history_was_read_is_not_missed_by_that_read(here: World) -> None:
    """As when the machine sleeps between two looks: its clock is ahead then, and the read still fresh."""
    here.slack.faults.drop(POST, team_id="TBRAND", after=True)
    await requested(here)
    await until(lambda: posts(here) == 1 and not here.app.worker.is_busy)
    later(here, seconds=3)
    await here.settle()  # found by a read
    here.slack.faults.drop(POST, team_id="TBRAND", after=True)
    await requested(here, "request 500000001 analyze for 30d because Posts")
    await until(lambda: posts(here) == 2 and not here.app.worker.is_busy)

    for seconds in (3, 61, 61):
        later(here, seconds=seconds)
        await here.settle()

    assert (posts(here), len(cards(here))) == (2, 2)
    assert {one.state for one in effects(here)} == {"DONE"}


@pytest.mark.covers("F4", "F9")
async def test_a_pause_between_two_pages_of_history_does_not_begin_the_look_again(here: World) -> None:
    here.slack.faults.drop(POST, team_id="TBRAND", after=True)
    first = b'{"ok":true,"messages":[],"response_metadata":{"next_cursor":"bmV4dDow"}}'
    here.slack.faults.body(HISTORY, first)
    here.slack.faults.rate_limit(HISTORY, retry_after="60")
    await requested(here)
    await until(lambda: posts(here) == 1 and not here.app.worker.is_busy)
    later(here, seconds=3)
    await until(lambda: effects(here)[0].error == "ratelimited")
    later(here, seconds=61)
    await here.settle()

    assert [call.args.get("cursor") for call in here.slack.calls_of(HISTORY)] == [None, *["bmV4dDow"] * 2]
    assert (effects(here)[0].state, posts(here)) == ("DONE", 1)


@pytest.mark.covers("F4")
async def test_where_history_cannot_be_read_a_card_is_posted_again_after_two_minutes(blind: World) -> None:
    blind.slack.faults.drop(POST, team_id="TBRAND", after=True)
    await requested(blind)
    await until(lambda: posts(blind) == 1 and not blind.app.worker.is_busy)
    later(blind, seconds=3)
    await until(lambda: effects(blind)[0].state == "PARKED")
    assert len(cards(blind)) == 1

    later(blind, seconds=120)
    await blind.settle()

    lost, again = effects(blind)
    assert (lost.state, lost.error) == ("PARKED", "unknown: missing_scope")
    assert again.state == "DONE"
    assert len(cards(blind)) == 2
    clicked = await blind.click(blind.dana, cards(blind)[0], "approve")  # the copy that we do not know
    await blind.settle()
    assert clicked.ok
    assert "Approved" in cards(blind)[1].text
    assert [row.id for row in blind.database.read_sync(deliveries.stuck)] == [lost.id]


@pytest.mark.covers("F4")
async def test_a_plain_notice_of_unknown_outcome_is_parked_and_not_said_twice(blind: World) -> None:
    card = await blind.send_request()
    before = len(blind.dms(blind.ann))
    blind.slack.faults.drop(POST, team_id="TAGENCY", after=True)
    await blind.click(blind.dana, card, "approve")
    await until(lambda: any(row.marked_at for row in effects(blind, "POST_NOTICE", team="TAGENCY")))
    later(blind, seconds=3)
    await until(lambda: [row.state for row in effects(blind, "POST_NOTICE", team="TAGENCY")] == ["PARKED"])
    later(blind, minutes=10)
    await blind.settle()
    assert len(blind.dms(blind.ann)) == before + 1

    (parked,) = effects(blind, "POST_NOTICE", team="TAGENCY")
    assert await blind.database.write(act, deliveries.retry, parked.id, by=OPERATOR, now=blind.clock.now())
    await blind.settle()
    assert len(blind.dms(blind.ann)) == before + 2
    assert "outbox.retried" in [row.kind for row in blind.rows(tables.Event)]


# --- the answer is no, or not yet -----------------------------------------------------------------


@pytest.mark.covers("F9", "F10")
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30), (None, 1), ("0", 1), ("-1", 1), ("x", 1), ("nan", 1), ("1000000000", 300)],
)
async def test_a_rate_limit_holds_back_that_channel_alone_and_counts_no_attempt(
    here: World, header: str | None, seconds: int
) -> None:
    here.slack.faults.rate_limit(POST, team_id="TBRAND", retry_after=header)
    start = here.clock.real()
    await requested(here)
    await until(lambda: effects(here)[0].error == "ratelimited")

    (effect,) = effects(here)
    assert (effect.state, effect.attempt, effect.marked_at) == ("WAITING", 0, None)
    wait = (effect.due_at - start).total_seconds()
    assert seconds - 0.5 <= wait <= seconds + 5
    await until(lambda: len(here.dms(here.ann)) == 1)
    assert posts(here) == 1

    later(here, seconds=seconds + 1)
    await here.settle()
    assert len(cards(here)) == 1
    assert posts(here) == 2


@pytest.mark.covers("F15")
@pytest.mark.parametrize("word", ["channel_not_found", "is_archived", "not_in_channel", "restricted_action"])
async def test_a_card_that_no_channel_takes_goes_to_each_admin_and_the_requester_sees_why(
    here: World, word: str
) -> None:
    here.slack.faults.refuse(POST, word, channel_id="CBRAND", times=5)
    await requested(here)
    await here.settle()

    assert [row.state for row in here.rows(tables.Card) if row.channel_id == "CBRAND"] == ["FAILED"]
    assert [len(here.dms(who)) for who in (here.dana, here.dov, here.emil)] == [1, 1, 0]
    assert posts(here) == 3
    clicked = await here.click(here.dana, here.dms(here.dana)[0], "approve")
    await here.settle()
    assert clicked.ok
    assert "Approved" in here.dms(here.dov)[0].text
    assert [row.state for row in here.rows(tables.Grant)] == ["ACTIVE"]


async def test_another_admin_stands_in_for_a_requester_who_cannot_be_written_to(here: World) -> None:
    here.slack.faults.refuse("conversations.open", "user_disabled", team_id="TAGENCY")
    await requested(here)
    await here.settle()
    assert (len(here.dms(here.ann)), len(here.dms(here.abe))) == (0, 1)


async def test_who_slack_never_knows_is_waited_for_more_and_more_seldom(here: World) -> None:
    for table, where, values in (
        (tables.BusinessRow, {"id": make.BRAND}, {"channel_id": None}),  # so that it goes to the admins
        (tables.Person, {"user_id": here.dov.id}, {"user_id": "UNOBODY", "checked_at": None}),
    ):
        statement, given = statements.change(table, where, values), statements.given(where, values)
        make.write(here.database, lambda tx, one=statement, given=given: tx.run(one, **given))
    await requested(here)
    business = timedelta()
    for minutes, seconds in ((0, 5), (5, 30), (60, 60)):
        here.clock.push(timedelta(minutes=minutes) - business)
        business = timedelta(minutes=minutes)
        later(here, seconds=61)
        now = here.clock.real()

        def put_off(now: datetime = now) -> list[Any]:
            waits = [row for row in effects(here) if (row.error, row.state) == ("unchecked", "WAITING")]
            return [row for row in waits if row.due_at > now]

        await until(put_off)
        (row,) = put_off()
        assert timedelta(0) <= row.due_at - now - timedelta(seconds=seconds) < timedelta(seconds=8), row


async def test_a_message_that_slack_finds_wrong_is_dead_and_visible(here: World) -> None:
    here.slack.faults.refuse(POST, "invalid_blocks", team_id="TBRAND", times=9)
    await requested(here)
    await here.settle()
    (dead,) = here.database.read_sync(deliveries.stuck)
    assert (dead.state, dead.error) == ("DEAD", "invalid_blocks")
    assert posts(here) == 1
    here.slack.faults.clear()
    assert await here.database.write(act, deliveries.retry, dead.id, by=OPERATOR, now=here.clock.now())
    await here.settle()
    assert len(cards(here)) == 1


@pytest.mark.covers("F16")
async def test_a_card_that_was_deleted_is_posted_again(here: World) -> None:
    card = await here.send_request()
    await here.slack.delete_message(card)
    own = here.dms(here.ann)[0]
    await here.click(here.ann, own, "cancel")
    await here.settle()
    form = here.slack.top_view(here.ann)
    assert form is not None
    await here.slack.submit(here.ann, form)
    await here.settle()

    again = cards(here)[-1]
    assert again.ts != card.ts
    assert "Cancelled" in again.text


async def decided(world: World, who: Any, card: Any, action: str = "approve") -> None:
    assert (await world.click(who, card, action)).ok
    await world.settle()


def ended(world: World, card: Any) -> list[Any]:
    """What was said in a card's thread."""
    room = world.slack.messages(world.brand_room)
    return [one for one in room if one.thread_ts == card.ts and one.ts != card.ts]


@pytest.mark.covers("F16")
async def test_what_follows_a_card_that_was_deleted_comes_after_it_is_posted_again(here: World) -> None:
    card = await here.send_request()
    await decided(here, here.dana, card)
    (given,) = here.rows(tables.Grant)
    await here.slack.delete_message(card)
    await here.database.write(
        act, grants.revoke, [given.id], business_id=make.BRAND, by=here.town.dana.by(), now=here.clock.now()
    )
    await here.settle()

    again = here.card_in(here.brand_room)
    assert again is not None
    assert again.ts != card.ts
    assert len(ended(here, again)) == 1
    assert {row.state for row in effects(here, "POST_NOTICE")} == {"DONE"}
    assert not [row for row in here.rows(tables.Effect) if row.state == "WAITING"]


@pytest.mark.covers("F16")
async def test_a_requester_whose_card_was_deleted_is_told_of_the_decision(here: World) -> None:
    card = await here.send_request()
    (own,) = here.dms(here.ann)
    await here.slack.delete_message(own)
    await decided(here, here.dana, card)

    again, notice = here.dms(here.ann)
    assert "Approved" in again.text
    assert "pproved" in notice.text


async def test_a_decision_between_a_lost_post_and_the_next_is_told_once_beside_the_card(blind: World) -> None:
    blind.slack.faults.drop(POST, team_id="TAGENCY", after=True)
    await requested(blind)
    await until(lambda: len(blind.dms(blind.ann)) == 1 and len(cards(blind)) == 1 and blind.app.is_idle)
    await until(lambda: any(row.marked_at for row in effects(blind, team="TAGENCY")))

    assert (await blind.click(blind.dana, cards(blind)[0], "approve")).ok
    later(blind, seconds=3)
    await until(lambda: effects(blind, team="TAGENCY")[0].state == "PARKED")
    await until(lambda: blind.app.is_idle)
    assert [row.state for row in effects(blind, "POST_NOTICE", team="TAGENCY")] == ["WAITING"]
    later(blind, minutes=2)
    await until(lambda: len(blind.dms(blind.ann)) == 3)
    await blind.settle()

    _, again, notice = blind.dms(blind.ann)
    assert "Approved" in again.text
    assert "pproved" in notice.text
    assert not [row for row in blind.rows(tables.Effect) if row.state == "WAITING"]


@pytest.mark.parametrize("word", ["user_disabled", "channel_not_found"])
@pytest.mark.parametrize("method", ["chat.update", POST])
async def test_the_outcome_reaches_another_admin_where_the_requester_cannot_be_written_to_any_more(
    here: World, method: str, word: str
) -> None:
    card = await here.send_request()
    (own,) = here.dms(here.ann)
    here.slack.faults.refuse(method, word, channel_id=own.channel_id, times=9)
    await decided(here, here.dana, card)

    (notice,) = here.dms(here.abe)
    assert "pproved" in notice.text
    assert here.dms(here.ann) == [own]
    assert not [row for row in here.rows(tables.Effect) if row.state == "WAITING"]


@pytest.mark.covers("F19")
async def test_the_outcome_reaches_another_admin_where_the_requester_has_left_slack(here: World) -> None:
    card = await here.send_request()
    (own,) = here.dms(here.ann)
    await here.slack.deactivate(here.ann)
    await here.settle()
    await decided(here, here.dana, card)

    assert ["pproved" in one.text for one in here.dms(here.abe)] == [True, True]
    assert here.dms(here.ann) == [own]
    assert "Closed here" in own.text


async def test_where_no_admin_is_left_another_member_is_told_the_outcome(here: World) -> None:
    card = await here.send_request()
    for who in (here.ann, here.abe):
        await here.slack.deactivate(who)
    await here.settle()
    await decided(here, here.dana, card)

    assert ["pproved" in one.text for one in here.dms(here.eva)] == [True, True]
    assert not [row for row in here.rows(tables.Effect) if row.state == "WAITING"]


async def test_a_card_given_up_while_it_was_sent_stays_so(here: World) -> None:
    gate = here.slack.faults.hang(POST, team_id="TAGENCY", after=True)
    await requested(here)
    await gate.reached()
    (own,) = [row for row in here.rows(tables.Card) if row.audience == "REQUESTER"]
    await here.database.write(unpost, own.id, to=CardState.FAILED, why="left")
    gate.release()
    await here.settle()

    (row,) = [row for row in here.rows(tables.Card) if row.audience == "REQUESTER"]
    assert (row.state, row.error, row.ts) == ("FAILED", "left", None)


@pytest.mark.covers("F17")
async def test_a_revoked_token_stops_one_workspace_and_nothing_is_lost(here: World) -> None:
    await here.slack.revoke_token(here.brand)
    await requested(here)
    # Whichever call comes first hears that the token is revoked; those after it are not made.
    await until(lambda: effects(here)[0].error in {"token_revoked", "not_installed"})
    await until(lambda: len(here.dms(here.ann)) == 1)
    calls = len(here.slack.calls)
    later(here, seconds=61)
    await until(lambda: effects(here)[0].error == "not_installed")
    assert len([one for one in here.slack.calls[calls:] if one.team_id == "TBRAND"]) == 0

    here.slack.restore_token(here.brand)
    await here.app.slack.probe()
    later(here, seconds=61)
    await here.settle()
    assert len(cards(here)) == 1


@pytest.mark.covers("F18")
@pytest.mark.parametrize(
    "events", [("tokens_revoked", "app_uninstalled"), ("app_uninstalled",), ("tokens_revoked",)]
)
async def test_a_workspace_that_removed_the_app_is_left_alone(here: World, events: tuple[str, ...]) -> None:
    await here.slack.uninstall(here.brand, events=events)
    await until(lambda: "TBRAND" not in here.app.slack.teams)
    assert set(here.app.slack.teams) == {"TAGENCY"}


def _waits_after(world: World, attempt: int) -> bool:
    first = effects(world, team="TAGENCY")[0]
    return first.attempt == attempt and first.state == EffectState.WAITING


async def test_while_slack_is_away_it_is_tried_again_later_each_time(here: World) -> None:
    here.slack.faults.drop("conversations.open", team_id="TAGENCY", times=3)
    await requested(here)
    for attempt in (1, 2, 3):
        await until(lambda attempt=attempt: _waits_after(here, attempt))
        later(here, seconds=10)
    await here.settle()
    assert len(here.dms(here.ann)) == 1


# --- one at a time, the newest, and only what is ours ----------------------------------------------


async def test_many_changes_of_a_card_are_one_update_that_shows_the_newest(here: World) -> None:
    card = await here.send_request()
    gate = here.slack.faults.hang("chat.update", channel_id="CBRAND")
    for who in (here.dana, here.dov):
        await here.click(who, card, "more", selected=_choice(card, "details"))
    await gate.reached()
    await here.click(here.dana, card, "approve")
    gate.release()
    await here.settle()

    states = [row.state for row in effects(here, "UPDATE_CARD")]
    assert states[-1] == "DONE"
    assert "SUPERSEDED" in states
    assert "Approved" in card.text


def _choice(card: Any, which: str) -> str:
    for block in card.blocks:
        for element in block.get("elements", []) if block["type"] == "actions" else []:
            for option in element.get("options", []):
                if which in option["value"]:
                    return str(option["value"])
    raise AssertionError(card.blocks)


async def test_posts_to_one_channel_keep_to_one_a_second(here: World) -> None:
    taken = [here.app.slack.wait_to_post("T1", "C1", who=who) for who in range(6)]
    assert taken[:3] == [0, 0, 0]
    assert [round(wait) for wait in taken[3:]] == [1, 2, 3]
    assert here.app.slack.wait_to_post("T1", "C2", who=7) == 0
    later(here, seconds=3.1)
    assert [here.app.slack.wait_to_post("T1", "C1", who=who) for who in (3, 4, 5)] == [0, 0, 0]


@pytest.mark.covers("F3")
async def test_what_a_dead_worker_held_is_sent_once_after_its_lease(here: World) -> None:
    await here.app.worker.stop()
    await requested(here)
    now, real = here.clock.now(), here.clock.real()
    held = await here.database.write(act, deliveries.claim, most=10, now=now, real=real)
    assert len(held) == 2
    assert not await here.database.write(act, deliveries.claim, most=10, now=now, real=here.clock.real())

    later(here, seconds=31)
    claimed = await here.database.write(act, deliveries.claim, most=10, now=now, real=here.clock.real())
    assert sorted(one.id for one in claimed) == sorted(one.id for one in held)

    for stale in held:  # a worker that slept through its lease writes nothing
        done = Done(ts="1.2", channel_id="CBRAND")
        assert not await here.database.write(
            act, deliveries.finish, stale, done, now=now, real=here.clock.real()
        )
        assert not await here.database.write(deliveries.mark, stale, real=here.clock.real())
    assert [row.ts for row in here.rows(tables.Card)] == [None, None]


@pytest.mark.covers("F3")
@pytest.mark.postgres
async def test_two_replicas_never_claim_the_same(postgresql_url: str, clock: PushedClock) -> None:
    async with running(postgresql_url, clock=clock) as world:
        await world.app.worker.stop()
        people = [(world.town.dana.id, "TBRAND")] * 200
        await world.database.write(_put_checks_apart, people, now=clock.now())
        with Database.open(postgresql_url, clock=clock) as other:
            claimed: list[int] = []

            async def claim_all(database: Database) -> None:
                while taken := await database.write(
                    act, deliveries.claim, most=3, now=clock.now(), real=clock.real(), urgent=False
                ):
                    claimed.extend(one.id for one in taken)

            await asyncio.gather(*(claim_all(one) for one in (world.database, other) * 3))
    assert len(claimed) == len(set(claimed)) == 200


def _put_checks_apart(tx: Tx, people: list[tuple[str, str]], *, now: datetime) -> None:
    outbox.put_checks(tx, people, now=now)
    tx.run(text("UPDATE effect SET lane = lane || id"))  # or they would go one after the other


@pytest.mark.covers("F4")
async def test_what_was_marked_by_a_dead_worker_is_looked_for_first(here: World) -> None:
    await here.app.worker.stop()
    await requested(here)
    now = here.clock.now()
    for one in await here.database.write(act, deliveries.claim, most=10, now=now, real=here.clock.real()):
        assert await here.database.write(deliveries.mark, one, real=here.clock.real())
    later(here, seconds=31)
    claimed = await here.database.write(act, deliveries.claim, most=10, now=now, real=here.clock.real())
    assert all(one.marked_at is not None for one in claimed)


async def test_after_too_many_tries_it_is_dead_and_says_why(here: World) -> None:
    await here.app.worker.stop()
    await requested(here)
    now = here.clock.now()
    for _ in range(deliveries.MOST_ATTEMPTS):
        later(here, minutes=10)
        real = here.clock.real()
        for one in await here.database.write(act, deliveries.claim, most=10, now=now, real=real):
            await here.database.write(
                act, deliveries.finish, one, Unknown(why="http_500", sent=False), now=now, real=real
            )
    stuck = here.database.read_sync(deliveries.stuck)
    assert {(row.state, row.error) for row in stuck} == {("DEAD", "given up: http_500")}


@pytest.mark.covers("F8")
async def test_stopping_waits_for_what_is_being_sent_and_leaves_nothing_claimed(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with running(sqlite_url, way=Way.HTTP, clock=clock) as world:
        gate = world.slack.faults.hang(POST, team_id="TBRAND", after=True)
        await requested(world)
        await gate.reached()
        stopping = asyncio.create_task(world.app.worker.stop())
        done, _ = await asyncio.wait([stopping], timeout=0.05)
        assert not done
        gate.release()
        await stopping
        assert "SENDING" not in {row.state for row in world.rows(tables.Effect)}
        assert len(cards(world)) == 1
