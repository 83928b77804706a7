"""The journal at a webhook: a real bot, and a receiver that checks signatures and the chain by itself."""

from __future__ import annotations

import asyncio
import logging
from contextlib import closing, suppress
from datetime import timedelta

import pytest
from make import BRAND
from receiver import NEXT_SECRET, SECRET, Receiver
from world import World, running, until

from bot.clock import PushedClock
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.faults import FaultKind
from bot.domain.messages import EffectKind
from bot.services import reports, webhooks
from bot.services.context import Context, act
from bot.store import tables


def left(world: World) -> webhooks.Left:
    return world.database.read_sync(webhooks.left)


async def all_taken(world: World) -> int:
    """Sweep until the receiver has all of the journal; return the last number."""
    await world.app.ticks.sweep()
    await world.settle()
    assert world.receiver is not None
    assert world.receiver.check() == len(world.rows(tables.Event))
    assert left(world).total == 0
    return world.receiver.check()


async def test_the_journal_arrives_whole_in_order_and_signed_and_goes_on_where_it_was(
    database_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "EVENTS_A_BATCH", 3)
    async with (
        Receiver(secrets=[SECRET, NEXT_SECRET]).serve() as receiver,
        running(database_url, clock=clock, receiver=receiver) as world,
    ):
        card = await world.send_request()
        before = await all_taken(world)
        await world.stop()
        receiver.secrets = [NEXT_SECRET]  # it has changed to the second one
        await world.start()
        for _ in range(8):
            await world.click(world.vera, card, "approve")
        assert await all_taken(world) >= before + 8
        assert max(len(one["data"]["events"]) for one in receiver.taken.values()) == 3


async def test_of_long_events_fewer_go_together_and_one_goes_alone(
    database_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "BYTES_A_BATCH", 4_000)
    brand, long = Subject(SubjectKind.BUSINESS, BRAND), [f"{number:020}" for number in range(200)]

    def change(ctx: Context) -> None:
        for listed in ([], [], [], [], [], [], long, []):
            ctx.record(EventKind.BUSINESS_CHANGED, brand, business_id=BRAND, listed=listed)

    async with Receiver().serve() as receiver, running(database_url, clock=clock, receiver=receiver) as world:
        await all_taken(world)
        await world.database.write(act, change, now=clock.now())
        await all_taken(world)
        sizes = [len(one["data"]["events"]) for one in receiver.taken.values()]
    assert sizes[-4:] == [5, 1, 1, 1]


async def test_what_people_typed_does_not_leave(sqlite_url: str, clock: PushedClock) -> None:
    async with Receiver().serve() as receiver, running(sqlite_url, clock=clock, receiver=receiver) as world:
        await world.send_request("request act_1001 analyze for 30d because canary")
        await all_taken(world)
        assert "canary" not in str(receiver.taken)


@pytest.mark.parametrize("status", [307, 401, 500])
async def test_what_is_not_taken_is_sent_again_in_the_same_message_until_it_is(
    sqlite_url: str, clock: PushedClock, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver = Receiver(statuses=[status] * 3)
    async with receiver.serve(), running(sqlite_url, clock=clock, receiver=receiver) as world:
        await world.send_request()
        clock.push(timedelta(minutes=6))
        await until(lambda: left(world).why == f"http_{status}")
        found = world.database.read_sync(act, reports.check_up, now=clock.now(), real=clock.real()).faults
        (fault,) = [one for one in found if one.kind is FaultKind.WEBHOOK]
        assert fault.facts == {"count": left(world).total, "minutes": 6, "why": f"http_{status}"}
        assert left(world).total == len(world.rows(tables.Event))
        for _ in range(4):
            clock.push_real(timedelta(minutes=5))
            await world.settle()
        await all_taken(world)
    assert len(set(receiver.tried[:4])) == 1
    ours = [one.getMessage() for one in caplog.records if one.name.startswith(("bot.", "handlers."))]
    assert "SEND_EVENTS" in "".join(ours)
    assert receiver.url not in "".join(ours), "an address may hold a secret"


async def test_a_receiver_that_is_away_is_waited_for(sqlite_url: str, clock: PushedClock) -> None:
    receiver = Receiver()
    async with receiver.serve():
        pass  # its address is known, and nobody is there
    async with running(sqlite_url, clock=clock, receiver=receiver) as world:
        await world.send_request()
        await until(lambda: left(world).why == "ConnectError")


async def test_a_receiver_that_answers_without_an_end_is_given_up_for_now_and_never_for_good(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 204 No Content\r\n")
        with closing(writer), suppress(ConnectionError, asyncio.CancelledError):
            while not writer.is_closing():
                writer.write(b"x-more: x\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)

    monkeypatch.setattr("bot.webhooks.CALL_SECONDS", 0.2)
    async with await asyncio.start_server(trickle, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with running(sqlite_url, clock=clock, receiver=Receiver(url=url)) as world:
            await world.send_request()
            await until(lambda: left(world).why == "TimeoutError")
            (row,) = [one for one in world.rows(tables.Effect) if one.kind == EffectKind.SEND_EVENTS]
            assert row.attempt == 0, "it is not counted"


async def test_another_address_gets_the_journal_from_its_first_event_and_the_old_one_nothing_more(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with (
        Receiver().serve() as old,
        Receiver().serve() as new,
        running(sqlite_url, clock=clock, receiver=old) as world,
    ):
        await world.send_request()
        had = await all_taken(world)
        await world.stop()
        world.receiver = new
        world.settings = world.settings.model_copy(update={"webhook_url": new.url})
        await world.start()
        await world.send_request("request 500000001 analyze for 30d because Spring")
        await all_taken(world)
        assert old.check() == had < new.check()
