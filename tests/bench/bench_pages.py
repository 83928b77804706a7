"""What people open in a business with 100,000 requests and 10,000 grants, beside one with a hundredth of it.

The record is read and the blocks are made of it; one request in ten is open, one grant in ten ends soon.
It is the processor's time that is taken: nothing here waits, and what other programs do does not count.
"""

from __future__ import annotations

import gc
import itertools
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import make
from bench_crowd import NOW, WEEK, Adding, Crowd, asset_id, business_id, request_id, spread
from bench_frame import Figure, interleaved, median, percentile, size, store
from make import EPOCH
from sqlalchemy import case, literal

from bot.domain.actors import Actor, Source
from bot.domain.events import SubjectKind
from bot.domain.kinds import Side
from bot.domain.messages import Audience
from bot.domain.requests import RequestState
from bot.services import home as homes
from bot.services import reports, requests
from bot.services.context import act
from bot.slack import cards, home, screens
from bot.slack.ids import ListWord
from bot.slack.values import Page
from bot.store import journal
from bot.store.database import Database, Tx
from bot.store.types import UTCDateTime

MOST = 30.0
"""Milliseconds, at p99."""

PARTNERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Partners requested from the brand and hold its grants; the agency holds as many of partners."""

    database: Database
    crowd: Crowd
    requests: int
    grants: int


def measure(*, quick: bool) -> list[Figure]:
    requests, grants = (
        size(quick, full=100_000, small=20_000, smoke=2_000),
        size(quick, full=10_000, small=2_000, smoke=200),
    )
    rounds = size(quick, full=100, small=20, smoke=2)
    with _town(requests // 100, grants // 100) as small, _town(requests, grants) as large:
        sides = {"small": _pages(small), "large": _pages(large)}
        gc.collect()
        gc.freeze()  # as `serve` does before it serves: what filled the stores is no garbage of a page's
        figures = [
            _figure(what, interleaved(rounds, {side: _timed(of[what]) for side, of in sides.items()}))
            for what in sides["large"]
        ]
        return [*figures, _export(large, size(quick, full=20_000, small=5_000, smoke=2_000))]


def _figure(what: str, taken: Mapping[str, list[float]]) -> Figure:
    p99 = percentile(taken["large"], 99)
    return Figure(
        name=what,
        ours=median(taken["large"]),
        floor=median(taken["small"]),
        unit="ms",
        floor_is="a hundredth of it",
        promise=f"p99 <= {MOST:.0f} ms",
        held=p99 <= MOST,
        note=f"p99 {p99:.1f} ms",
    )


def _timed(show: Callable[[], object]) -> Callable[[], float]:
    def once() -> float:
        began = time.thread_time()
        show()
        return (time.thread_time() - began) * 1000

    return once


@contextmanager
def _town(requests: int, grants: int) -> Iterator[Town]:
    def partner(n: Any) -> Any:
        return business_id(n % PARTNERS)

    def ends_at(n: Any) -> Any:
        soon = literal(NOW + WEEK, UTCDateTime)
        return case((n % 10 == 0, soon), else_=spread(NOW + 6 * WEEK)(n))

    def fill(adding: Adding) -> None:
        adding.businesses(range(PARTNERS))
        adding.assets(range(grants))
        for first, other in ((0, "requesting_id"), (requests, "deciding_id")):
            begun = first + requests // 10
            adding.requests(range(first, begun), **{other: partner})
            adding.requests(range(begun, first + requests), state=RequestState.APPROVED, **{other: partner})
        for first, other in ((0, "holder_id"), (grants, "owner_id")):
            adding.grants(
                range(first, first + grants),
                on=lambda n: request_id(requests // 10 + n % grants),
                asset_id=lambda n: asset_id(n % grants),
                ends_at=ends_at,
                **{other: partner},
            )

    with store("sqlite") as url:
        crowd = Crowd(url)
        crowd.fill(fill)
        with crowd.open() as database:
            _long_history(database, events=200)
            for who in (crowd.town.ann, crowd.town.dana):
                for since in (NOW - timedelta(days=1), NOW):
                    make.write(database, act, homes.open_home, by=who.by(), now=since)
            yield Town(database=database, crowd=crowd, requests=requests, grants=grants)


def _long_history(database: Database, *, events: int) -> None:
    def verb(tx: Tx, request: str) -> None:
        for _ in range(events):
            journal.append(
                tx,
                journal.Event(
                    kind="request.reminded",
                    subject_kind=SubjectKind.REQUEST,
                    subject_id=request,
                    business_id=make.BRAND,
                    actor={"kind": "person"},
                    source=Source.BUTTON,
                    at=NOW,
                ),
            )

    make.write(database, verb, _first(database))


def _first(database: Database) -> str:
    """Return the id of the first request of the crowd."""
    by = Actor(source=Source.BUTTON, team_id=make.BRAND_TEAM, user_id="UDANA")
    return str(database.read_sync(act, requests.waiting_for, by=by, now=NOW, limit=1).rows[0].id)


def _pages(town: Town) -> dict[str, Callable[[], object]]:
    ann, dana = town.crowd.town.ann.by(), town.crowd.town.dana.by()
    last_grants, last_requests = max(0, town.grants - 5), max(0, town.requests // 10 - 5)
    request = _first(town.database)
    read = town.database.read_sync

    def listed(by: Actor, what: ListWord, of: str, offset: int) -> Callable[[], object]:
        return lambda: read(act, screens.page, Page(what, of, offset), by=by, now=NOW)

    def at_home(by: Actor, page: str) -> Callable[[], object]:
        def show(tx: Tx) -> object:
            view = act(
                tx,
                homes.home_of,
                by=Actor(source=Source.EVENT, team_id=by.team_id, user_id=by.user_id),
                now=NOW,
            )
            return home.home_view(view, now=NOW)

        make.write(town.database, act, homes.turn_home, page, by=by, now=NOW)
        return lambda: read(show)

    def opened(tx: Tx) -> object:
        view = act(tx, requests.request_card, request, side=Side.DECIDING, now=NOW)
        return cards.request_card(view, audience=Audience.APPROVERS, now=NOW)

    return {
        "home, first pages": at_home(dana, ""),
        "home of a requester and holder, last page": at_home(ann, f"asked:{last_requests}"),
        "list given, first page": listed(dana, ListWord.GIVEN, make.BRAND, 0),
        "list given, last page": listed(dana, ListWord.GIVEN, make.BRAND, last_grants),
        "list shared, first page": listed(ann, ListWord.SHARED, make.AGENCY, 0),
        "list shared, last page": listed(ann, ListWord.SHARED, make.AGENCY, last_grants),
        "list to extend, last page": listed(ann, ListWord.ENDING, make.AGENCY, last_grants),
        "pending, first page": listed(dana, ListWord.PENDING, "", 0),
        "pending, last page": listed(dana, ListWord.PENDING, "", last_requests),
        "a request's card": lambda: read(opened),
        "a request's history, 200 events": lambda: read(act, requests.history, request, by=dana, now=EPOCH),
    }


def _export(town: Town, events: int) -> Figure:
    """Measure how much memory an export takes at most, beside one of a tenth as many events."""
    _long_history(town.database, events=events // 10)
    few = _peak(town.database)
    _long_history(town.database, events=events - events // 10)
    many = _peak(town.database)
    return Figure(
        name=f"audit export of {events:,} events, memory at most",
        ours=many / 1e6,
        floor=few / 1e6,
        unit="MB",
        floor_is="a tenth as many",
        promise="flat: ratio <= 1.5",
        held=many <= 1.5 * few,
    )


def _peak(database: Database) -> int:
    with database.reading() as tx:
        lines = reports.as_json_lines(tx, business_id=None, since=None, until=None)
        tracemalloc.start()
        for _ in itertools.islice(lines, None):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak
