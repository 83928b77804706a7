"""Verbs without HTTP: submit and approve, each answered once on disk, beside the same written by hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import bench_by_hand
from bench_by_hand import Hand
from bench_frame import (
    Figure,
    Share,
    at_least,
    interleaved,
    median,
    percentile,
    profiler,
    profiling_the_writer,
    shares,
    size,
    store,
)
from bench_seed import Place, open_requests, places
from sqlalchemy import func, select

from bot.clock import Clock
from bot.domain.inbox import InboxKind
from bot.domain.kinds import DEFAULT_KIND, RequestKind
from bot.domain.requests import Approve
from bot.services import requests
from bot.services.context import act
from bot.store import tables
from bot.store.database import Database, InboxKey

What = Literal["submit", "approve"]
VERBS: tuple[What, ...] = ("submit", "approve")
Do = Callable[[int], Awaitable[Any]]

_TABLES = (tables.Request, tables.Decision, tables.Grant, tables.Effect, tables.Event, tables.InboxRow)


@dataclass(frozen=True, slots=True)
class Round:
    """How it went: verbs a second, how long each waited in ms, and the processor's time for each, in ms."""

    rate: float
    waits: list[float]
    cpu: float


def measure(*, quick: bool) -> list[Figure]:
    number = size(quick, full=1600, small=480, smoke=32)
    rounds = size(quick, full=5, small=3, smoke=1)
    figures = []
    for what in VERBS:
        for callers in (8, 32):
            figures += on_sqlite(what, callers=callers, number=number, rounds=rounds)
        figures.append(_on_postgresql(what, number=number, rounds=rounds))
        figures += by_kind(what, number=number, rounds=rounds)
    return figures


def by_kind(what: What, *, number: int, rounds: int) -> list[Figure]:
    """Measure the verb on each kind of request beside that on ACCESS."""
    taken = interleaved(
        rounds,
        {
            str(kind): partial(run_verbs, what, request=kind, callers=32, number=number, kept={})
            for kind in RequestKind
        },
    )
    rates = {kind: median([one.rate for one in taken[str(kind)]]) for kind in RequestKind}
    floor = rates[DEFAULT_KIND]
    return [
        Figure(
            name=f"{what} {kind}, 32 callers",
            ours=rate,
            floor=floor,
            unit="/s",
            floor_is=f"the same of {DEFAULT_KIND}",
            note=_waits(taken[str(kind)]),
            **at_least(0.8, rate / floor),
        )
        for kind, rate in rates.items()
        if kind is not DEFAULT_KIND
    ]


def on_sqlite(what: What, *, callers: int, number: int, rounds: int) -> list[Figure]:
    kept: dict[str, tuple[int, ...]] = {}
    taken = interleaved(
        rounds,
        {
            "ours": partial(run_verbs, what, kept=kept, callers=callers, number=number),
            "hand": partial(_by_hand, what, kept=kept, callers=callers, number=number),
            "bare": partial(_bare, what, callers=callers, number=number),
        },
    )
    if kept["ours"] != kept["hand"]:
        raise AssertionError(f"the floor does not do the same: {kept}")
    ours, hand, bare = (median([one.rate for one in taken[side]]) for side in ("ours", "hand", "bare"))
    name = f"{what}, {callers} callers"
    return [
        Figure(
            name=name,
            ours=ours,
            floor=hand,
            unit="/s",
            floor_is="the verb by hand",
            note=f"{_waits(taken['ours'])}; {_cpu(taken['ours'], taken['hand'])}",
            **at_least(0.45, ours / hand),
        ),
        Figure(
            name=name,
            ours=ours,
            floor=bare,
            unit="/s",
            floor_is="the rows by hand, without checks and journal chain",
            note=_cpu(taken["ours"], taken["bare"]),
        ),
    ]


def _on_postgresql(what: What, *, number: int, rounds: int) -> Figure:
    taken = [
        run_verbs(what, kind="postgresql", callers=32, number=number, kept={}) for _ in range(min(rounds, 2))
    ]
    rate = median([one.rate for one in taken])
    return Figure(name=f"{what}, 32 callers, PostgreSQL", ours=rate, unit="/s", note=_waits(taken))


def _waits(taken: list[Round]) -> str:
    waits = [wait for one in taken for wait in one.waits]
    return f"p50 {percentile(waits, 50):.1f} ms, p99 {percentile(waits, 99):.1f} ms"


def _cpu(ours: list[Round], floor: list[Round]) -> str:
    mine, theirs = median([one.cpu for one in ours]), median([one.cpu for one in floor])
    return f"processor {mine:.2f} and {theirs:.2f} ms each"


# --- the three sides


def run_verbs(
    what: What,
    *,
    callers: int,
    number: int,
    kept: dict[str, tuple[int, ...]],
    kind: Literal["sqlite", "postgresql"] = "sqlite",
    request: RequestKind = DEFAULT_KIND,
) -> Round:
    clock = Clock()
    with store(kind) as url, Database.open(url, clock=clock) as database:
        requested = places(database, number, request)
        open_ = open_requests(database, requested, clock=clock) if what == "approve" else []

        def submit(position: int) -> Awaitable[Any]:
            place = requested[position]
            return database.write(
                act, requests.submit, place.request, by=place.by, now=clock.now(), inbox=key(position)
            )

        def approve(position: int) -> Awaitable[Any]:
            return database.write(
                act,
                requests.decide,
                open_[position],
                by=requested[position].decided_by,
                verdict=Approve(),
                expected_version=1,
                now=clock.now(),
                inbox=key(position),
            )

        done = asyncio.run(_drive(submit if what == "submit" else approve, callers=callers, number=number))
        kept["ours"] = _rows(database)
        return done


def _by_hand(what: What, *, callers: int, number: int, kept: dict[str, tuple[int, ...]]) -> Round:
    return _hand(
        what,
        submit=bench_by_hand.submit,
        approve=bench_by_hand.approve,
        callers=callers,
        number=number,
        kept=kept,
    )


def _bare(what: What, *, callers: int, number: int) -> Round:
    somewhere = Place(agency="60000000000", user="", asset="act_9000000")
    return _hand(
        what,
        submit=bench_by_hand.bare_submit,
        approve=lambda request, key: bench_by_hand.bare_approve(request, somewhere, key),
        callers=callers,
        number=number,
    )


def _hand(
    what: What,
    *,
    submit: Callable[[Place, str], bench_by_hand.Verb],
    approve: Callable[[str, str], bench_by_hand.Verb],
    callers: int,
    number: int,
    kept: dict[str, tuple[int, ...]] | None = None,
) -> Round:
    clock = Clock()
    with store("sqlite") as url:
        with Database.open(url, clock=clock) as database:
            requested = places(database, number)
            open_ = open_requests(database, requested, clock=clock) if what == "approve" else []

        async def run() -> Round:
            hand = Hand(url.removeprefix("sqlite:///"))
            try:
                if what == "submit":
                    return await _drive(
                        lambda position: hand.write(submit(requested[position], str(key(position)))),
                        callers=callers,
                        number=number,
                    )
                return await _drive(
                    lambda position: hand.write(approve(open_[position], str(key(position)))),
                    callers=callers,
                    number=number,
                )
            finally:
                hand.close()

        done = asyncio.run(run())
        if kept is not None:
            with Database.open(url, clock=clock) as database:
                kept["hand"] = _rows(database)
        return done


def key(position: int) -> InboxKey:
    return InboxKey(InboxKind.ENVELOPE, f"{position:036d}")


async def _drive(do: Do, *, callers: int, number: int) -> Round:
    """Have `callers` do all of it, each as soon as it has its last answer."""
    left = iter(range(number))
    waits: list[float] = []

    async def caller() -> None:
        for position in left:
            requested_at = time.perf_counter()
            await do(position)
            waits.append((time.perf_counter() - requested_at) * 1000)

    began, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(callers)))
    cpu = (time.process_time() - used) * 1000 / number
    return Round(number / (time.perf_counter() - began), waits, cpu)


def _rows(database: Database) -> tuple[int, ...]:
    """Return how many rows each table has, once the chain is known to hold."""
    verdict = database.verify()
    assert verdict.sound, verdict
    counts = [select(func.count().label("n")).select_from(tables.table_of(table)) for table in _TABLES]
    with database.reading() as tx:
        return tuple(tx.all(count)[0].n for count in counts)


# --- where the time goes


def profile(*, quick: bool) -> list[Share]:
    """Profile the writer's thread while requests are approved."""
    number = size(quick, full=800, small=300, smoke=16)
    writing = profiler()
    with profiling_the_writer(writing):
        run_verbs("approve", callers=32, number=number, kept={})
    return shares(writing)
