"""Calls to Slack: the outbox's worker with all that it renders, beside Slack's own client in a loop.

Both go over one shared session, so many at a time, to a Slack on the other core that accepts every call.
"""

from __future__ import annotations

import asyncio
import cProfile
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import bench_acks
import uvloop
from bench_acks import APP, SECRET, TOKENS, Ground
from bench_crowd import NOW, Crowd, request_id
from bench_frame import (
    LOAD_CORE,
    SERVER_CORE,
    Figure,
    Share,
    median,
    percentile,
    pinned,
    program,
    shares,
    size,
    store,
)
from bench_wire import EasySlack, YesServer, all_at_once
from sqlalchemy import select

from bot.domain.kinds import Side
from bot.domain.messages import Audience
from bot.services import delivery as deliveries
from bot.services import requests
from bot.services.context import act
from bot.services.delivery import Worker
from bot.slack import cards
from bot.slack.senders import make_senders
from bot.slack.wire.calls import Slack, make_client, open_session
from bot.store import tables
from bot.store.database import Database, Tx
from bot.store.tables import CardState, EffectState

T = TypeVar("T")

AT_ONCE = 8
"""As many as the worker has under way."""

_HERE = Path(__file__).parent
_rounds = itertools.count(1)


def measure(*, quick: bool) -> list[Figure]:
    number = size(quick, full=1000, small=300, smoke=16)
    rounds = size(quick, full=7, small=3, smoke=1)
    figure = cards_changed(number, rounds)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        clicks = runner.run(_click_to_card(size(quick, full=200, small=50, smoke=4)))
    return [figure, *clicks]


def cards_changed(number: int, rounds: int) -> Figure:
    """Measure how many cards a second the worker changes."""
    return _run(_side_by_side(number, rounds))


def profile(*, quick: bool) -> list[Share]:
    """Profile the event loop while the worker delivers; the store's threads are left out."""
    mine = cProfile.Profile()

    async def run() -> None:
        number = size(quick, full=1000, small=300, smoke=16)
        async with _delivering(number) as (ours, _):
            mine.enable()
            await ours()
            mine.disable()

    _run(run())
    return shares(mine)


def _run(work: Coroutine[Any, Any, T]) -> T:
    with pinned(SERVER_CORE), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


# --- calls a second


async def _side_by_side(number: int, rounds: int) -> Figure:
    ours, floor = [], []
    async with _delivering(number) as (worker, client):
        for _ in range(rounds):
            ours.append(number / await worker())
            floor.append(number / await client())
    rate = median(ours)
    return Figure(
        name=f"cards changed, {AT_ONCE} at once",
        ours=rate,
        floor=median(floor),
        unit="calls/s",
        floor_is="Slack's client, one payload, one session",
        promise=">= 300/s",
        held=rate >= 300,
        note="claimed, read, rendered, sent and finished on disk",
    )


@asynccontextmanager
async def _delivering(
    number: int,
) -> AsyncIterator[tuple[Callable[[], Awaitable[float]], Callable[[], Awaitable[float]]]]:
    """Give what delivers so many updates, by the worker and by the bare client; both return the seconds."""
    with store("sqlite") as url, program(str(_HERE / "easy_slack.py"), core=LOAD_CORE) as process:
        crowd = Crowd(url)
        crowd.fill(lambda adding: adding.requests(range(number)))
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        base_url = f"http://127.0.0.1:{port}/api/"
        async with open_session() as session:
            with crowd.open() as database:
                slack = Slack(session=session, base_url=base_url, clock=crowd.clock)
                for token in TOKENS:
                    await slack.install(token)
                client = make_client(session, base_url=base_url, token=next(iter(TOKENS)))
                payload = database.read_sync(_payload)

                async def ours() -> float:
                    prefix = f"round-{next(_rounds)}-"
                    crowd.fill(
                        lambda adding: adding.effects(range(number), key=lambda n: prefix + request_id(n))
                    )
                    return await _drain(crowd, database, slack)

                async def floor() -> float:
                    left = iter(range(number))

                    async def one_after_the_other() -> None:
                        for _ in left:
                            await client.api_call("chat.update", json=payload)

                    began = time.perf_counter()
                    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
                    return time.perf_counter() - began

                yield ours, floor


def _payload(tx: Tx) -> dict[str, Any]:
    """Return what the worker sends for one of them."""
    view = act(tx, requests.request_card, _first_request(tx), side=Side.DECIDING, now=NOW)
    card = cards.request_card(view, audience=Audience.APPROVERS, now=NOW)
    return {"channel": "CAPPROVERS", "ts": "1.000100", "text": card.text, "blocks": list(card.blocks)}


def _first_request(tx: Tx) -> str:
    request = tables.table_of(tables.Request)
    return str(tx.all(select(request.c.id).where(request.c.state == "PENDING").limit(1))[0].id)


async def _drain(crowd: Crowd, database: Database, slack: Slack) -> float:
    """Have the worker run until nothing is left, and return the seconds."""
    worker = Worker(
        database, make_senders(slack, database, clock=crowd.clock), clock=crowd.clock, most=AT_ONCE
    )
    began = time.perf_counter()
    worker.start()
    await asyncio.sleep(0.01)
    while worker.is_busy or await database.read(deliveries.is_work, real=crowd.clock.real()):  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)
    took = time.perf_counter() - began
    await worker.stop()
    assert database.read_sync(_ends) == {(EffectState.DONE, CardState.POSTED)}, "each card was changed"
    return took


def _ends(tx: Tx) -> set[tuple[str, str]]:
    """Return what became of the updates, each with what became of its card."""
    effect, card = tables.table_of(tables.Effect), tables.table_of(tables.Card)
    both = select(effect.c.state, card.c.state.label("stands")).join_from(
        effect, card, effect.c.card_id == card.c.id
    )
    return {(row.state, row.stands) for row in tx.all(both.where(effect.c.key.like("round-%")).distinct())}


# --- from a click to the card


class _Noting(YesServer):
    """Notes when each message was first changed, by its ts."""

    def __init__(self, slack: EasySlack, changed: dict[bytes, asyncio.Future[float]]) -> None:
        super().__init__(slack.answer)
        self._changed = changed

    def data_received(self, data: bytes) -> None:
        for ts in _TS.findall(data):
            if ts in self._changed and not self._changed[ts].done():
                self._changed[ts].set_result(time.perf_counter())
        super().data_received(data)


_TS = re.compile(rb"1700000000\.\d{15}")


async def _click_to_card(number: int) -> list[Figure]:
    """Click on one card after the other, and wait each time until that very message is changed."""
    loop = asyncio.get_running_loop()
    changed: dict[bytes, asyncio.Future[float]] = {}
    waits = []
    with store("sqlite") as url:
        ground = Ground(url=url)
        await asyncio.to_thread(bench_acks.seed, ground, clicks=number, commands=0)
        slack = EasySlack(TOKENS)
        server = await loop.create_server(lambda: _Noting(slack, changed), "127.0.0.1", 0)
        settings = {
            "BOT_TOKENS": ",".join(TOKENS),
            "MODE": "http",
            "SIGNING_SECRET": SECRET,
            "APP_ID": APP,
            "DATABASE_URL": url,
            "SLACK_API_URL": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/",
            "PORT": "0",
        }
        environment = {f"COUNTERSIGN_{name}": value for name, value in settings.items()}
        with program(
            str(_HERE / "bench_server.py"), "ours", "delivering", core=SERVER_CORE, **environment
        ) as app:
            ready = await bench_acks.ready(app)
            for request in ground.next_clicks(number):
                (ts,) = set(_TS.findall(request))
                changed[ts] = loop.create_future()
                began = time.perf_counter()
                await all_at_once(ready.port, [request], fits=lambda _: True, connections=1)
                async with asyncio.timeout(10):
                    waits.append((await changed[ts] - began) * 1000)
        server.close()
        ground.check()
    p99 = percentile(waits, 99)
    return [
        Figure(name="click to its card's chat.update, p50", ours=percentile(waits, 50), unit="ms"),
        Figure(name="click to its card's chat.update, p99", ours=p99, unit="ms"),
    ]
