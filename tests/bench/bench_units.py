"""What one request costs, from the question to the end of its access: bytes, calls, the processor's time.

Each day some requests are made by a command, approved by a click, and end a week later; everybody has opened
the app's home. The bytes of a row are those of its table and indexes, shared out evenly. The
processor's time is our process's own, with all that follows the ack.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import bench_acks
import bench_meta
import make
import uvloop
from bench_crowd import NOW
from bench_frame import Figure, size, store
from sqlalchemy import Integer, Text, func, select, text
from sqlmodel import SQLModel
from world import World, running

from bot.clock import PushedClock
from bot.domain.assets import Kind
from bot.store.database import Database, Tx

DAY = timedelta(days=1)
_ENDED = 9  # days, after which all access is over and everybody is told
A_DAY = 40
"""Requests: fewer than one business may send another."""

DATABASES: tuple[Literal["sqlite", "postgresql"], ...] = ("sqlite", "postgresql")

PARTS = {
    "request": ("request", "item", "decision", "node"),
    "grant": ("grant_",),
    "event": ("event", "event_text"),
    "card": ("card",),
    "effect": ("effect",),
}
"""The tables of each part; the rows of the first are what is counted."""

_BYTES = {
    "sqlite": text(
        "SELECT m.tbl_name AS name, SUM(s.pgsize) AS bytes FROM dbstat s "
        "JOIN sqlite_schema m ON m.name = s.name GROUP BY m.tbl_name"
    ),
    "postgresql": text(
        "SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Life:
    """What so many requests left behind, by table, and the calls to Slack, by method: more than any day has.

    `idle` is how many calls to Slack one person costs on a day on which nothing happens.
    """

    requests: int
    rows: Mapping[str, int]
    size: Mapping[str, int]
    calls: Mapping[str, int]
    idle: float


def measure(*, quick: bool) -> list[Figure]:
    days, a_day = size(quick, full=(10, A_DAY), small=(4, A_DAY), smoke=(1, 2))
    figures = []
    for database in DATABASES[: size(quick, full=2, small=2, smoke=1)]:
        with store(database) as url:
            life = asyncio.run(_lives(url, days=days, a_day=a_day))
        figures += _kept(life, database)
    figures += _called(life)
    number = size(quick, full=1000, small=300, smoke=8)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures.append(runner.run(bench_acks.processor(number)))
    return [*figures, bench_meta.measure(quick=True)[-1]]


def _kept(life: Life, database: str) -> list[Figure]:
    found = []
    for part, names in PARTS.items():
        each = life.rows[names[0]] / life.requests
        bytes_ = sum(life.size[name] for name in names) / life.requests
        found.append(
            Figure(
                name=f"bytes of one {part}, {database}",
                ours=bytes_ / each,
                unit="bytes",
                note=f"{each:.1f} a request, so {bytes_:,.0f} bytes",
            )
        )
    whole = sum(life.size.values()) / life.requests
    return [*found, Figure(name=f"bytes of a request with all of it, {database}", ours=whole, unit="bytes")]


def _called(life: Life) -> list[Figure]:
    idle = Figure(name="calls to Slack for a person on a day without anything", ours=life.idle, unit="calls")
    return [idle] + [
        Figure(name=f"calls of {method} a request", ours=number / life.requests, unit="calls")
        for method, number in sorted(life.calls.items(), key=lambda one: -one[1])
        if number / life.requests > 0.05
    ]


# --- a life


async def _lives(url: str, *, days: int, a_day: int) -> Life:
    """Let requests be made, approved and end, and return what they left."""
    clock = PushedClock(start=NOW)

    def seed(database: Database) -> None:
        for number in range(days * a_day):
            account = f"act_9{number:06d}"
            make.asset(database, account, kind=Kind.AD_ACCOUNT, name=f"Account {number}", owner=make.BRAND)

    async with running(url, clock=clock, seed=seed) as world:
        for who in world.people.values():
            await world.slack.open_home(who)
        await world.settle()
        started = len(world.slack.calls)
        await world.pass_time(DAY)
        idle = Counter(one.method for one in world.slack.calls[started:])
        before, started = await world.database.read(_sizes), len(world.slack.calls)
        for day in range(days):
            for number in range(day * a_day, (day + 1) * a_day):
                await _asked_and_approved(world, f"act_9{number:06d}")
            await world.pass_time(DAY)
        for _ in range(_ENDED):
            await world.pass_time(DAY)
        after, rows = await world.database.read(_sizes), await world.database.read(_rows)
        calls = Counter(one.method for one in world.slack.calls[started:])
        calls.subtract({method: number * (days + _ENDED) for method, number in idle.items()})
    left = {name: number - before[name] for name, number in after.items()}
    return Life(
        requests=days * a_day, rows=rows, size=left, calls=calls, idle=idle.total() / len(world.people)
    )


async def _asked_and_approved(world: World, account: str) -> None:
    asked = await world.command(world.ann, f"request {account} analyze for 7d because Spring launch")
    assert asked.ok, asked
    await world.settle()
    card = world.card_in(world.brand_room)
    assert card is not None
    clicked = await world.click(world.dana, card, "approve")
    assert clicked.ok, clicked
    await world.settle()


def _sizes(tx: Tx) -> dict[str, int]:
    sizes = _BYTES[tx.dialect].columns(name=Text, bytes=Integer)
    return {row.name: int(row.bytes) for row in tx.all(sizes)}


def _rows(tx: Tx) -> dict[str, int]:
    counted = [SQLModel.metadata.tables[first] for first, *_ in PARTS.values()]
    return {one.name: tx.all(select(func.count().label("n")).select_from(one))[0].n for one in counted}
