"""When the worker of the outbox says that it is busy, and whose turn it is."""

from __future__ import annotations

import threading
from datetime import timedelta

from sending import put
from world import until

from bot.domain.messages import EffectKind
from bot.services.delivery import Done, Worker, stuck
from bot.store import outbox


async def test_a_worker_is_busy_from_the_moment_it_claims_until_all_is_sent(here, clock):
    sent = []
    release = threading.Event()

    async def send(delivery, _):
        sent.append(delivery.id)
        return Done()

    effect = put(here, kind=EffectKind.CHECK_PERSON)
    held = here.submit(lambda _: release.wait(30))  # the claim waits behind it
    worker = Worker(here, {EffectKind.CHECK_PERSON: send}, clock=clock)
    worker.start()
    try:
        await until(lambda: worker.is_busy)
        assert sent == []
    finally:
        release.set()
        held.result(30)
        await until(lambda: sent == [effect] and not worker.is_busy)
        await worker.stop()


async def test_what_was_put_off_has_its_turn_while_more_is_put_than_can_be_sent(here, clock):
    sent = []

    async def send(delivery, _):
        sent.append(delivery.id)
        return Done()

    for lane in "abcd":
        put(here, kind=EffectKind.CHECK_PERSON, lane=lane, due_at=outbox.AT_ONCE)
    put_off = put(here, kind=EffectKind.CHECK_PERSON, lane="e", due_at=clock.real())
    worker = Worker(here, {EffectKind.CHECK_PERSON: send}, clock=clock, most=1)
    worker.start()
    await until(lambda: len(sent) == 5)
    await worker.stop()
    assert sent.index(put_off) == 1


async def test_a_notice_that_cannot_be_made_gives_way_to_what_waits_behind_it(here, clock):
    sent, tries = [], []

    async def send(delivery, _):
        if delivery.id == broken:
            tries.append(delivery.attempt)
            raise KeyError("what it is about")
        sent.append(delivery.id)
        return Done()

    broken, behind = (put(here, kind=EffectKind.POST_NOTICE, lane="to:T1:D1") for _ in range(2))
    worker = Worker(here, {EffectKind.POST_NOTICE: send}, clock=clock)
    worker.start()
    try:
        for many in range(1, 9):
            await until(lambda many=many: len(tries) == many and not worker.is_busy)
            clock.push_real(timedelta(minutes=5))
            worker.wake()
        await until(lambda: sent == [behind])
    finally:
        await worker.stop()
    assert len(tries) == 8
    (given_up,) = here.read_sync(stuck)
    assert (given_up.state, given_up.error) == ("DEAD", "given up: KeyError")
