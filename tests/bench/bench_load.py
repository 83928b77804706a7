"""What is promised of load, L1 to L10 in order: each measured, and whether it was kept.

Whatever was clicked is counted in the record afterwards: one decision each, none lost, none twice, and the
journal sound. That alone is asserted; a figure that is not kept is shown as such. Some are figures of other
subjects.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace

import bench_acks
import bench_calls
import bench_replicas
import bench_starts
import bench_sweeps
import make
import uvloop
from bench_acks import SECRET, TOKENS, acked, serving, settings_for
from bench_frame import ROOT, Figure, cpu_seconds, percentile, size, store
from bench_journal import fill, verified
from bench_wire import EasySlack, YesServer, all_at_once, at_a_pace, signed
from sqlalchemy import func, select

from bot.clock import Clock
from bot.domain.events import EventKind
from bot.store import tables
from bot.store.database import Database

A_SECOND = 50
"""Clicks, for as long as L1 lasts."""
_PORTION = 60
"""Seconds of clicks that are signed at once: a signature is good for five minutes."""


def measure(*, quick: bool) -> list[Figure]:
    seconds = size(quick, full=600, small=20, smoke=2)
    due = size(quick, full=10_000, small=2_000, smoke=50)
    number = size(quick, full=1_000_000, small=20_000, smoke=400)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        paced = runner.run(at_fifty_a_second(seconds))
        burst = runner.run(bench_acks.burst(size(quick, full=1000, small=300, smoke=10)))
        contended = runner.run(all_on_one_request(size(quick, full=200, small=200, smoke=8)))
        at_rest = runner.run(_at_rest(size(quick, full=60, small=10, smoke=1)))
    ticks = bench_sweeps.passes(quick=quick)
    calls = bench_calls.cards_changed(
        size(quick, full=1000, small=300, smoke=16), size(quick, full=5, small=3, smoke=1)
    )
    (memory,) = (one for one in bench_starts.restarted(1, due=0) if one.unit == "MB")
    of_promises = {
        "L1": paced,
        "L2": [burst],
        "L3": [contended],
        "L4": ticks[:1],
        "L5": ticks[-1:],
        "L6": [calls],
        "L7": bench_starts.restarted(size(quick, full=3, small=1, smoke=1), due=due),
        "L8": journal_of(number),
        "L9": [memory, at_rest],
        "L10": bench_replicas.near(quick=quick),
    }
    return [
        replace(one, name=f"{promise} {one.name}") for promise, made in of_promises.items() for one in made
    ]


async def at_fifty_a_second(seconds: int) -> list[Figure]:
    """L1, and what L9 says of ten minutes: clicks at a pace, their cards following."""
    waits: list[float] = []
    memory = []
    async with serving("delivering", clicks=seconds * A_SECOND) as ground:
        for begun in range(0, seconds, _PORTION):
            clicks = ground.next_clicks(min(_PORTION, seconds - begun) * A_SECOND)
            took = await at_a_pace(ground.server.port, clicks, fits=acked, a_second=A_SECOND)
            waits += took.waits
            memory.append(bench_starts.memory_of(ground.server.pid))
    p50, p99, worst = percentile(waits, 50), percentile(waits, 99), max(waits)
    figures = [
        Figure(
            name=f"{A_SECOND} clicks a second for {seconds} s, p99",
            ours=p99,
            unit="ms",
            promise="p50 <= 15 ms, p99 <= 150 ms, worst <= 2.5 s",
            held=p50 <= 15 and p99 <= 150 and worst <= 2500,
            note=f"{len(waits):,} decisions, p50 {p50:.1f} ms, worst {worst:.0f} ms",
        )
    ]
    if len(memory) > 1:
        growth = memory[-1] / memory[0] - 1
        figures.append(
            Figure(
                name=f"memory after {seconds} s of it",
                ours=memory[-1],
                floor=memory[0],
                unit="MB",
                floor_is="after the first minute",
                promise="grows by <= 5 %",
                held=growth <= 0.05,
            )
        )
    return figures


async def all_on_one_request(people: int) -> Figure:
    """L3: so many admins press Approve on one request at the same moment."""
    async with serving("delivering", clicks=1) as ground:
        users = await asyncio.to_thread(_admins, ground.url, people)
        click = next(ground.clicks)["payload"]
        ground.clicked = 1  # one of them decides, and `serving` counts decisions
        at = int(time.time())
        clicks = [signed({"payload": click.replace("UDANA", user)}, secret=SECRET, at=at) for user in users]
        took = await all_at_once(ground.server.port, clicks, fits=acked, connections=people)
        refused = await asyncio.to_thread(_refused, ground.url)
    if refused != people - 1:
        raise AssertionError(f"of {people} who pressed, {refused} were told that another had decided")
    worst = max(took.waits) / 1000
    return Figure(
        name=f"{people} people approve one request at the same moment, the last ack",
        ours=worst,
        unit="s",
        promise="one decision, all others are told, <= 2 s",
        held=worst <= 2,
    )


def _admins(url: str, number: int) -> list[str]:
    users = [f"UADMIN9{position:05d}" for position in range(number)]
    with Database.open(url, clock=Clock()) as database:
        for position, user in enumerate(users):
            person = f"7{position:014d}"
            make.person(database, person, team=make.BRAND_TEAM, user=user, name=user)
            make.member(database, person, of=make.BRAND)
    return users


def _refused(url: str) -> int:
    event = tables.table_of(tables.Event)
    denied = select(func.count().label("n")).where(event.c.kind == EventKind.DENIED)
    with Database.open(url, clock=Clock()) as database, database.reading() as tx:
        return int(tx.all(denied)[0].n)


def journal_of(number: int) -> list[Figure]:
    """L8: so many events are verified and exported; the export's memory beside that of a hundredth."""
    with ExitStack() as stack:
        took, memory = {}, {}
        for events in (number // 100, number):
            url = stack.enter_context(store("sqlite"))
            with Database.open(url, clock=Clock()) as database:
                fill(database, events)
                verifying = verified(database, events)
            took[events], memory[events] = _export(url, lines=events)
    million = 1_000_000 / number
    start = took[number // 100]  # of which the events are next to nothing
    exporting = start + max(0.0, took[number] - start) * million
    note = "" if number == 1_000_000 else f"extrapolated from {number:,} events"
    return [
        Figure(
            name="verify a million events",
            ours=verifying * million,
            unit="s",
            promise="<= 10 s",
            held=verifying * million <= 10,
            note=note,
        ),
        Figure(
            name="export a million events as JSON lines",
            ours=exporting,
            unit="s",
            promise="<= 60 s",
            held=exporting <= 60,
            note=note,
        ),
        Figure(
            name="memory of the export",
            ours=memory[number],
            floor=memory[number // 100],
            unit="MB",
            floor_is="of a hundredth of the events",
            promise="<= 200 MB",
            held=memory[number] <= 200,
        ),
    ]


def _export(url: str, *, lines: int) -> tuple[float, float]:
    """Export the journal, and return the seconds that it took, and the MB at most."""
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "audit", "export"],
            stdout=file,
            cwd=ROOT,
            env=os.environ | settings_for(url, slack_port=1),
        )
        memory = 0.0
        while process.poll() is None:
            memory = max(memory, bench_starts.memory_of(process.pid))
            time.sleep(0.02)
        took = time.perf_counter() - began
        file.seek(0)
        exported = sum(1 for _ in file)
    if (process.returncode, exported) != (0, lines):
        raise AssertionError(f"{exported} of {lines} events were exported, with {process.returncode}")
    return took, memory


async def _at_rest(seconds: int) -> Figure:
    """L9: `serve` with nothing to do."""
    slack = EasySlack(TOKENS)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: YesServer(slack.answer), "127.0.0.1", 0)
    port = bench_starts.free_port()
    with store("sqlite") as url:
        async with bench_starts.serve(
            url, port=port, slack_port=server.sockets[0].getsockname()[1]
        ) as process:
            await bench_starts.listens(port)
            await asyncio.sleep(min(5, seconds))  # until it rests
            before = cpu_seconds(process.pid)
            await asyncio.sleep(seconds)
            percent = 100 * (cpu_seconds(process.pid) - before) / seconds
    server.close()
    return Figure(
        name=f"serve, processor at rest for {seconds} s",
        ours=percent,
        unit="%",
        promise="<= 1 %",
        held=percent <= 1,
    )
