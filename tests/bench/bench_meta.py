"""Calls to Meta: the outbox's worker takes access away and gives it, beside the same calls by bare httpx.

Both call the same sort of local Meta in this process, so many at a time. It says in each answer how much of
its limit the business has used.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence

import httpx
from bench_crowd import NOW, Adding, Crowd, asset_id, request_id
from bench_frame import Figure, size, store
from make import AGENCY, BRAND
from meta_town import KEY
from sqlalchemy import func, select

from bot.credentials import Credentials
from bot.domain.actors import OPERATOR
from bot.domain.grants import GrantState
from bot.domain.messages import EffectKind
from bot.domain.requests import RequestState
from bot.meta.client import Graph
from bot.meta.executor import Executor
from bot.sandbox.meta import AssetKind, LocalMeta
from bot.services import connections
from bot.services.context import act
from bot.services.delivery import Delivery, Done, Mark, Outcome, Worker
from bot.store import tables
from bot.store.database import Database, Tx

AT_ONCE = 8
"""As many as the worker has under way."""

_grant = tables.table_of(tables.Grant)
_WAITING = (
    select(_grant.c.asset_id, _grant.c.state)
    .where(_grant.c.state.in_((GrantState.ENDING, GrantState.PENDING)))
    .order_by(_grant.c.id)
)
_OPEN = select(func.count().label("total")).select_from(_WAITING.subquery())

Ids = Sequence[str]


def measure(*, quick: bool) -> list[Figure]:
    # Nine calls together: 1,112 of each are 10,000.
    return asyncio.run(_measure(size(quick, full=1_112, small=112, smoke=8)))


async def _measure(each: int) -> list[Figure]:
    with store("sqlite") as url:
        crowd = Crowd(url)
        crowd.fill(lambda adding: _fill(adding, each))
        with crowd.open() as database:
            rows = await database.read(lambda tx: tx.all(_WAITING))
            leaving, coming = (
                [row.asset_id for row in rows if row.state == state]
                for state in (GrantState.ENDING, GrantState.PENDING)
            )
            async with _meta(crowd, leaving, coming).serve() as meta:
                ours = await _drained(crowd, database, meta)
            async with _meta(crowd, leaving, coming).serve() as other:
                bare = await _bare(other, leaving, coming)
    number, changes = len(meta.calls), [method for method, _ in meta.writes()]
    late = changes[changes.index("POST") :].count("DELETE")
    return [
        Figure(
            name=f"{number:,} calls, for {2 * each:,} changes",
            ours=number / ours,
            unit="a second",
            floor=number / bare,
            floor_is="the same calls by bare httpx",
            promise="no throttle or second try, and revokes first",
            held=number == len(other.calls) and len(changes) == 2 * each and late < AT_ONCE,
        ),
        Figure(name="calls to Meta for access that is given and ends", ours=number / each, unit="calls"),
    ]


def _fill(adding: Adding, each: int) -> None:
    numbers = range(1, 2 * each + 1)
    adding.assets(numbers)
    adding.requests(numbers, state=RequestState.APPROVED)
    common = {"on": request_id, "asset_id": asset_id, "tasks": "ANALYZE", "asked_at": NOW}
    adding.grants(numbers[:each], state=GrantState.PENDING, **common)
    adding.grants(numbers[each:], state=GrantState.ENDING, **common)


def _meta(crowd: Crowd, leaving: Ids, coming: Ids) -> LocalMeta:
    meta = LocalMeta(crowd.clock)
    meta.calls_an_hour = 20_000
    meta.add_business(BRAND, "Brand")
    meta.add_business(AGENCY, "Agency")
    for one in (*leaving, *coming):
        meta.add_asset(one, AssetKind.PAGE, one, owner=BRAND)
    for one in leaving:
        meta.set_agency(one, AGENCY, "ANALYZE")
    return meta


async def _drained(crowd: Crowd, database: Database, meta: LocalMeta) -> float:
    """Have all that waits be put right at Meta; return how many seconds it took."""
    graph = Graph(base_url=f"{meta.url}/v25.0/", clock=crowd.clock)
    credentials = Credentials([KEY])
    executor = Executor(graph, database, credentials, clock=crowd.clock)
    worker = Worker(
        database,
        dict.fromkeys(EffectKind, _sent) | {EffectKind.META_ACCESS: executor.send},
        clock=crowd.clock,
        most=AT_ONCE,
    )
    token = credentials.encrypt(meta.add_token(BRAND).value)
    kept = {"ciphertext": token, "name": "Bench", "by": OPERATOR, "now": crowd.now, "deadline": None}
    await database.write(act, connections.connect, BRAND, **kept)
    database.on_commit(worker.wake)
    began = time.perf_counter()
    worker.start()
    while await database.read(_left):  # noqa: ASYNC110 - the store sets no event
        await asyncio.sleep(0.05)
    took = time.perf_counter() - began
    await worker.stop()
    await graph.close()
    return took


def _left(tx: Tx) -> int:
    row = tx.one(_OPEN)
    assert row is not None
    return int(row.total)


async def _sent(_: Delivery, __: Mark) -> Outcome:
    return Done(ts="1.1", channel_id="C1")


async def _bare(meta: LocalMeta, leaving: Ids, coming: Ids) -> float:
    """Make the same calls; return how many seconds they took."""
    headers = {"Authorization": f"Bearer {meta.add_token(BRAND).value}"}
    waiting = [*((one, "DELETE") for one in reversed(leaving)), *((one, "POST") for one in reversed(coming))]
    waiting.reverse()

    async def some(client: httpx.AsyncClient) -> None:
        while waiting:
            await _change(client, *waiting.pop())

    async with httpx.AsyncClient(base_url=f"{meta.url}/v25.0/", headers=headers, trust_env=False) as client:
        began = time.perf_counter()
        await asyncio.gather(*(some(client) for _ in range(AT_ONCE)))
        return time.perf_counter() - began


async def _change(client: httpx.AsyncClient, page: str, method: str) -> None:
    edge, who = f"{page}/agencies", {"business": AGENCY}
    token = (await client.get(page, params={"fields": "access_token"})).json()["access_token"]
    own = {"Authorization": f"Bearer {token}"}
    await client.get(edge, headers=own)
    if method == "DELETE":
        (await client.delete(edge, params=who, headers=own)).raise_for_status()
    else:
        await client.get(page, params={"fields": "business"}, headers=own)
        body = who | {"permitted_tasks": json.dumps(["ANALYZE"])}
        (await client.post(edge, data=body, headers=own)).raise_for_status()
    await client.get(edge, headers=own)
