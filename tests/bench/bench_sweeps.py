"""What the clock does about 1,000 rows that are due among ever more that are not, and when nothing is due."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from bench_crowd import NOW, Adding, Crowd, asset_id, business_id, request_id
from bench_frame import Figure, interleaved, median, size, store

from bot.domain.requests import RequestState
from bot.services import grants, nudges, requests, sweeps
from bot.services.context import act
from bot.slack.wire.calls import Slack, open_session
from bot.store.database import Database
from handlers.ticks import Ticks

STEP = sweeps.ROWS_A_STEP
FLAT = 1.5
"""So much longer may a sweep take among ten times as many rows: a taller index, and colder pages."""

_HOUR = timedelta(hours=1)
_ids = itertools.count(1)


def measure(*, quick: bool) -> list[Figure]:
    sizes = size(quick, full=1, small=0, smoke=-1)
    open_ = {1: [10_000, 100_000, 1_000_000], 0: [10_000, 100_000], -1: [200, 400]}[sizes]
    return [*_flat(open_, quick=quick), *passes(quick=quick)]


# --- flat


Due = Callable[[Adding, range], None]
"""Adds rows that are due."""


def _expiring(adding: Adding, numbers: range) -> None:
    adding.requests(numbers, expires_at=NOW - _HOUR)


def _nudging(adding: Adding, numbers: range) -> None:
    adding.requests(numbers, nudge_at=NOW - _HOUR)


def _ending(adding: Adding, numbers: range) -> None:
    _grants(adding, numbers, ends_at=NOW - _HOUR, warn_at=None)


def _warning(adding: Adding, numbers: range) -> None:
    _grants(adding, numbers, warn_at=NOW - _HOUR)


def _grants(adding: Adding, numbers: range, **values: Any) -> None:
    """Add grants, each of an asset of its own."""
    adding.assets(numbers)
    adding.grants(numbers, on=_first, asset_id=asset_id, **values)


def _first(n: Any) -> Any:
    return request_id(n % 20)


SWEEPS: Mapping[str, tuple[Callable[..., int], Due]] = {
    "requests expire": (requests.expire_due, _expiring),
    "grants end": (grants.end_due, _ending),
    "grants are warned of": (grants.warn_due, _warning),
    "requests are nudged": (nudges.nudge_due, _nudging),
}


def _flat(sizes: list[int], *, quick: bool) -> list[Figure]:
    due = size(quick, full=1000, small=1000, smoke=20)
    rounds = size(quick, full=7, small=3, smoke=1)
    figures = []
    with ExitStack() as stack:
        crowds = {number: stack.enter_context(_crowd(number)) for number in sizes}
        for what, (sweep, add) in SWEEPS.items():
            sides = {
                str(number): _swept(crowd, database, sweep, add, due)
                for number, (crowd, database) in crowds.items()
            }
            if sweep is requests.expire_due:
                sides["floor"] = _bare(crowds[sizes[0]][0], due)
            taken = {name: median(times) for name, times in interleaved(rounds, sides).items()}
            floor = taken.get("floor")
            figures += [
                Figure(
                    name=f"{due:,} {what}, of {number:,}",
                    ours=taken[str(number)],
                    unit="ms",
                    floor=floor,
                    floor_is="the same rows written by bare sqlite3" if floor else "",
                )
                for number in sizes
            ]
            less, more = taken[str(sizes[-2])], taken[str(sizes[-1])]
            figures.append(
                Figure(
                    name=f"{what}: {sizes[-1]:,} beside {sizes[-2]:,}",
                    ours=more,
                    unit="ms",
                    floor=less,
                    floor_is=f"the same among {sizes[-2]:,}",
                    promise=f"flat: ratio <= {FLAT}",
                    held=more <= FLAT * less,
                )
            )
    return figures


@contextmanager
def _crowd(number: int) -> Iterator[tuple[Crowd, Database]]:
    """Give a store with so many open requests and as many grants in force, none of them due."""

    def fill(adding: Adding) -> None:
        adding.requests(range(20), state=RequestState.APPROVED)
        adding.requests(range(20, number))
        _grants(adding, range(number))
        adding.marks(range(20, number), person=adding.approver)

    with store("sqlite") as url:
        crowd = Crowd(url)
        crowd.fill(fill)
        with crowd.open() as database:
            yield crowd, database


def _swept(
    crowd: Crowd, database: Database, sweep: Callable[..., int], add: Due, due: int
) -> Callable[[], float]:
    def once() -> float:
        crowd.fill(lambda adding: add(adding, _fresh(due)))
        began = time.perf_counter()
        done = total = database.submit(act, sweep, now=NOW, limit=STEP).result()
        while done:
            done = database.submit(act, sweep, now=NOW, limit=STEP).result()
            total += done
        assert total == due, (total, due)
        return (time.perf_counter() - began) * 1000

    return once


def _fresh(count: int) -> range:
    """Return numbers that no row has yet."""
    first = 10_000_000 + next(_ids) * 10_000
    return range(first, first + count)


def _bare(crowd: Crowd, due: int) -> Callable[[], float]:
    """Write what the expiry of requests writes, a hundred at a time, with no product around it."""
    connection = sqlite3.connect(crowd.url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("journal_mode=wal", "synchronous=FULL", "foreign_keys=1"):
        connection.execute(f"PRAGMA {pragma}")
    at = int(NOW.timestamp() * 1_000_000)
    effect = ("UPDATE_CARD", "1", "1", 2, "", "lane", "T", "WAITING", 0, 0, 0, at)
    event = (at, "request.expired", "request", "1", "1", "1", 2, "{}", "CLOCK", "{}", "0" * 64, "0" * 64)

    def once() -> float:
        crowd.fill(lambda adding: _expiring(adding, _fresh(due)))
        began = time.perf_counter()
        while True:
            connection.execute("BEGIN IMMEDIATE")
            found = connection.execute(
                "SELECT id FROM request WHERE state IN ('PENDING', 'IN_REVIEW') AND expires_at <= ?"
                " ORDER BY expires_at LIMIT ?",
                (at, STEP),
            ).fetchall()
            connection.executemany(
                "UPDATE request SET state = 'EXPIRED', version = 2, over_at = ?, nudge_at = NULL,"
                " warn_at = NULL WHERE id = ? AND state = 'PENDING' AND version = 1",
                [(at, *row) for row in found],
            )
            connection.executemany("UPDATE item SET is_open = 0 WHERE request_id = ?", found)
            connection.executemany(
                "INSERT INTO effect (key, kind, subject_id, card_id, version, about, lane, team_id, state,"
                " due_at, attempt, reads, put_at) VALUES (hex(randomblob(16)),"
                " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [effect for _ in found for _ in range(4)],
            )
            connection.executemany(
                "INSERT INTO event (seq, at, kind, subject_kind, subject_id, business_id, counterpart_id,"
                " version, actor, source, data, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(1_000_000_000 + next(_ids), *event) for _ in found],
            )
            connection.execute("COMMIT")
            if len(found) < STEP:
                return (time.perf_counter() - began) * 1000

    return once


# --- whole passes


def passes(*, quick: bool) -> list[Figure]:
    """Measure the scheduler's whole pass: with nothing due, and with thousands of grants that end at once."""
    number = size(quick, full=10_000, small=10_000, smoke=100)
    at_once = size(quick, full=5_000, small=1_000, smoke=50)

    def fill(adding: Adding) -> None:
        adding.businesses(range(number // 10))
        adding.assets(range(10 * number))
        adding.requests(range(number), requesting_id=lambda n: business_id(n % (number // 10)))
        adding.requests(range(number, 2 * number), state=RequestState.APPROVED)
        adding.grants(
            range(10 * number),
            on=lambda n: request_id(number + n % number),
            asset_id=asset_id,
            holder_id=lambda n: business_id(n % (number // 10)),
        )

    with store("sqlite") as url:
        crowd = Crowd(url)
        crowd.fill(fill)
        with crowd.open() as database:
            idle = asyncio.run(_pass_times(crowd, database, rounds=size(quick, full=30, small=10, smoke=2)))
            tidying = asyncio.run(_pass_times(crowd, database, rounds=1, tidy=True))
            crowd.fill(
                lambda adding: adding.grants(
                    _fresh(at_once),
                    on=lambda n: request_id(number + n % number),
                    asset_id=lambda n: asset_id(n % (10 * number)),
                    ends_at=NOW - _HOUR,
                    warn_at=None,
                )
            )
            (ending,) = asyncio.run(_pass_times(crowd, database, rounds=1))
    held = f"{number:,} open requests, {10 * number:,} grants, {number // 10:,} businesses"
    return [
        Figure(
            name="a whole pass, nothing due",
            ours=median(idle) * 1000,
            unit="ms",
            promise="<= 1 s",
            held=median(idle) <= 1,
            note=held,
        ),
        Figure(name="the hourly look for cards behind", ours=tidying[0] * 1000, unit="ms", note=held),
        Figure(
            name=f"{at_once:,} grants end at the same second",
            ours=ending,
            unit="s",
            promise="<= 60 s",
            held=ending <= 60,
            note="all ended on disk, and the effects put",
        ),
    ]


async def _pass_times(crowd: Crowd, database: Database, *, rounds: int, tidy: bool = False) -> list[float]:
    async with open_session() as session:
        slack = Slack(session=session, base_url="http://127.0.0.1/api/", clock=crowd.clock)
        ticks = Ticks(database, slack, clock=crowd.clock)
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            await (ticks.tidy() if tidy else ticks.sweep())
            taken.append(time.perf_counter() - began)
    return taken
