"""When the worker of the outbox says that it is busy."""

from __future__ import annotations

import threading

from sending import put
from world import until

from bot.domain.messages import EffectKind
from bot.services.delivery import Done, Worker


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
