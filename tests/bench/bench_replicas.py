"""Replicas: decisions a second of one, two and three on one PostgreSQL, near and a millisecond away."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from bench_frame import Figure, at_least, size, store  # noqa: E402 - needs the path above
from bench_seed import DANA, open_requests, places  # noqa: E402 - the same
from bench_verbs import key  # noqa: E402 - the same
from sqlalchemy import make_url  # noqa: E402 - the same

from bot.clock import Clock  # noqa: E402 - the same
from bot.domain.requests import Approve  # noqa: E402 - the same
from bot.services import requests  # noqa: E402 - the same
from bot.services.context import act  # noqa: E402 - the same
from bot.store.database import Database  # noqa: E402 - the same

CALLERS = 16
"""Of each replica, each with its next decision as soon as the last is answered."""
_SAYS = {None: "", 1: ", one at a time each", 0: ", all in turn"}
_WAYS = (("far", None), ("near", None), ("near", 1), ("far", 0))
"""Where the server is, and how many verbs each replica runs at the same time: None is what `serve` would."""
AWAY = 1000
"""Microseconds to the server that is far, and as many back."""


def measure(*, quick: bool) -> list[Figure]:
    number = size(quick, full=900, small=300, smoke=12)
    where = _WAYS[: size(quick, full=4, small=4, smoke=1)]
    most = size(quick, full=3, small=3, smoke=1)
    rates = [figure for place, pool in where for figure in _rates(place, number, most, pool=pool)]
    return [*rates, *_alone(size(quick, full=200, small=100, smoke=3))]


def near(*, quick: bool) -> list[Figure]:
    """Measure only where the server is near."""
    number = size(quick, full=900, small=300, smoke=12)
    return _rates("near", number, size(quick, full=3, small=3, smoke=1), pool=None)


def _rates(where: str, number: int, most: int, *, pool: int | None) -> list[Figure]:
    """Measure with one replica, two, and so on."""
    rates = [_decisions(replicas, number, far=where == "far", pool=pool) for replicas in range(1, most + 1)]
    if None in rates:
        return []  # nothing here compiles the way to a server that is far
    figures = []
    for replicas, rate in enumerate(rates, start=1):
        named = f"{replicas} replica{'s' * (replicas > 1)}, {where}"
        figures.append(
            Figure(
                name=f"{named}{_SAYS[pool]}",
                ours=float(rate or 0),
                floor=None if replicas == 1 else rates[0],
                unit="/s",
                floor_is="" if replicas == 1 else "one replica",
                **(at_least(1.6, (rate or 0) / (rates[0] or 1)) if replicas == 2 and pool != 0 else {}),
            )
        )
    return figures


def _alone(number: int) -> list[Figure]:
    """Measure how long one decision takes by itself where the server is far, in round trips."""
    clock = Clock()
    with store("postgresql") as url:
        with Database.open(url, clock=clock, pool=0) as database:
            ids = open_requests(database, places(database, number), clock=clock)
        with _far_from(url) as place:
            if place is None:
                return []
            with Database.open(place, clock=clock) as database:
                ours = asyncio.run(_one_by_one(database, ids, clock))
            with psycopg.connect(place, autocommit=True) as connection:
                trips = [_seconds(partial(connection.execute, "SELECT 1")) for _ in ids]
    return [
        Figure(
            name="a decision by itself, far",
            ours=median(ours) * 1000,
            floor=median(trips) * 1000,
            unit="ms",
            floor_is="a round trip",
        )
    ]


def _decisions(replicas: int, number: int, *, far: bool, pool: int | None) -> float | None:
    """Return how many requests so many replicas approve a second, together."""
    clock = Clock()
    with store("postgresql") as url, ExitStack() as stack:
        with Database.open(url, clock=clock, pool=0) as database:
            ids = open_requests(database, places(database, number), clock=clock)
        place = stack.enter_context(_far_from(url)) if far else url
        if place is None:
            return None
        random.Random(1).shuffle(ids)  # as people decide: not one partner's requests after the other's
        started = [
            stack.enter_context(_replica(place, ids[one::replicas], pool=pool)) for one in range(replicas)
        ]
        for one in started:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        before = time.perf_counter()
        for one in started:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        for one in started:
            assert one.stdout is not None
            assert one.stdout.readline() == "done\n"
        return number / (time.perf_counter() - before)


@contextmanager
def _replica(url: str, ids: Sequence[str], *, pool: int | None) -> Iterator[subprocess.Popen[str]]:
    given = json.dumps({"url": url, "ids": ids, "pool": pool})
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        process.stdin.write(given + "\n")
        process.stdin.flush()
        yield process


@contextmanager
def _far_from(url: str) -> Iterator[str | None]:
    """Give the URL under which the server is a millisecond away; None where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        yield None
        return
    parsed = make_url(url)
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        subprocess.run([compiler, "-O2", "-o", f"{folder}/far", str(HERE / "far.c")], check=True)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        place = f"{parsed.query['host']}/.s.PGSQL.5432"
        with subprocess.Popen(
            [f"{folder}/far", str(port), place, str(AWAY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield f"postgresql://{parsed.username}@127.0.0.1:{port}/{parsed.database}"
            assert process.stdin is not None
            process.stdin.close()


async def _one_by_one(database: Database, ids: Sequence[str], clock: Clock) -> list[float]:
    """Return how many seconds each decision took."""
    taken = []
    for request_id in ids:
        before = time.perf_counter()
        await _approve(database, [request_id], clock)
        taken.append(time.perf_counter() - before)
    return taken


def _seconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


async def _approve(database: Database, ids: Sequence[str], clock: Clock) -> None:
    left = iter(enumerate(ids))

    async def caller() -> None:
        for position, request_id in left:
            await database.write(
                act,
                requests.decide,
                request_id,
                by=DANA,
                verdict=Approve(),
                expected_version=1,
                now=clock.now(),
                inbox=key(int(request_id[:9]) * 10_000 + position),
                deadline=60,
            )

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    given: dict[str, Any] = json.loads(sys.stdin.readline())
    clock = Clock()
    with Database.open(given["url"], clock=clock, pool=given["pool"]) as database:
        say("ready")
        sys.stdin.readline()
        asyncio.run(_approve(database, given["ids"], clock))
        say("done")


if __name__ == "__main__":
    main()
