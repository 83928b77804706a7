"""The API: reads beside an empty FastAPI route, writes beside the same verb by Slack, and long lists.

The route stands in the same web server with the same settings, on the same core, and takes turns with ours.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import make
import uvloop
from bench_acks import CONNECTIONS, SECRET, TOKENS, Server, access_command, ready, settings_for
from bench_frame import SERVER_CORE, Figure, at_least, median, percentile, program, size, store
from bench_seed import Place, places
from bench_wire import EasySlack, YesServer, all_at_once, signed
from served import token_of

from bot.clock import Clock
from bot.domain.assets import Kind
from bot.domain.grants import GrantState
from bot.domain.kinds import DEFAULT_KIND
from bot.domain.requests import RequestState, TermKind
from bot.graph.paging import cursor
from bot.store import tables
from bot.store.database import Database, Tx
from bot.store.tables import NodeKind

_SERVER = str(Path(__file__).with_name("bench_server.py"))
_ROUTE = "an empty FastAPI route in the same web server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The served product and the empty route, with what was seeded."""

    ours: Server
    route: Server
    reader: str
    agency: str
    asked: Iterator[tuple[Place, str]]
    typed: Iterator[Place]


def measure(*, quick: bool) -> list[Figure]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(quick=quick))


async def _measure(*, quick: bool) -> list[Figure]:
    number = size(quick, full=1000, small=320, smoke=16)
    rounds = size(quick, full=5, small=3, smoke=1)
    clients = size(quick, full=10_000, small=10_000, smoke=60)
    async with _ground(writes=number * rounds, clients=clients) as ground:
        return [
            *[await _read(ground, *one, number=number, rounds=rounds) for one in _READS],
            await _write(ground, number=number, rounds=rounds),
            await _long_list(ground, clients=clients, number=max(8, number // 8), rounds=rounds),
        ]


_READS: list[tuple[str, str, float | None]] = [
    ("read an object", f"/v26.0/{make.BRAND}?fields=id,name", 0.3),
    ("read a page of 25 assets", f"/v26.0/{make.BRAND}/owned_ad_accounts?limit=25", None),
]


async def _read(
    ground: Ground, name: str, path: str, promised: float | None, *, number: int, rounds: int
) -> Figure:
    ours, floor, waits = [], [], []
    for _ in range(rounds):
        took = await _send(ground.ours, [_get(path, ground.reader)] * number)
        ours.append(took.rate)
        waits += took.waits
        floor.append((await _send(ground.route, [_get(path, ground.reader)] * number)).rate)
    held = at_least(promised, median(ours) / median(floor)) if promised else {}
    return Figure(
        name=f"{name}, {CONNECTIONS} connections",
        ours=median(ours),
        floor=median(floor),
        unit="reads/s",
        floor_is=_ROUTE,
        note=f"p50 {percentile(waits, 50):.0f} ms, p99 {percentile(waits, 99):.0f} ms",
        **held,  # type: ignore[arg-type]  # what `at_least` returns
    )


async def _write(ground: Ground, *, number: int, rounds: int) -> Figure:
    """Ask for access by a program, and by `/access request`: the same verb, committed before the answer."""
    ours, slack = [], []
    half = max(1, number // 2)
    for _ in range(rounds):
        by_program = [_ask(*next(ground.asked)) for _ in range(half)]
        ours.append((await _send(ground.ours, by_program)).rate)
        at = int(time.time())
        by_slack = [signed(access_command(next(ground.typed)), secret=SECRET, at=at) for _ in range(half)]
        slack.append((await _send(ground.ours, by_slack)).rate)
    return Figure(
        name=f"ask for access, {CONNECTIONS} connections",
        ours=median(ours),
        floor=median(slack),
        unit="/s",
        floor_is="the same by /access request",
        **at_least(0.8, median(ours) / median(slack)),  # type: ignore[arg-type]  # the same
    )


async def _long_list(ground: Ground, *, clients: int, number: int, rounds: int) -> Figure:
    """Read the first and the last page of an agency's clients."""
    path = f"/v26.0/{make.AGENCY}/clients?limit=25&fields=id,name"
    last_id = f"8{clients - 26:010d}"
    first, last = [], []
    for _ in range(rounds):
        first.append((await _send(ground.ours, [_get(path, ground.agency)] * number)).rate)
        after = _get(f"{path}&after={cursor(last_id)}", ground.agency)
        last.append((await _send(ground.ours, [after] * number)).rate)
    return Figure(
        name=f"the last page of {clients:,} clients",
        ours=median(last),
        floor=median(first),
        unit="reads/s",
        floor_is="the first page",
        **at_least(0.8, median(last) / median(first)),  # type: ignore[arg-type]  # the same
    )


async def _send(server: Server, requests: list[bytes]):
    return await all_at_once(server.port, requests, fits=lambda _: True, connections=CONNECTIONS)


def _get(path: str, token: str) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\r\n"
    return head.encode()


def _ask(place: Place, token: str) -> bytes:
    tasks = "ADVERTISE,ANALYZE"
    what = {"adaccount_id": place.asset, "permitted_tasks": tasks, "days": 30, "reason": "Spring launch"}
    body = urlencode(what).encode()
    head = (
        f"POST /v26.0/{place.agency}/client_ad_accounts HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"authorization: Bearer {token}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


# --- what is served


@asynccontextmanager
async def _ground(*, writes: int, clients: int) -> AsyncIterator[Ground]:
    with store("sqlite") as url:
        room, tokens, reader, agency = await asyncio.to_thread(_seed, url, writes, clients)
        slack = EasySlack(TOKENS)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: YesServer(slack.answer), "127.0.0.1", 0)
        environment = settings_for(url, slack_port=server.sockets[0].getsockname()[1])
        half = len(room) // 2
        with (
            program(_SERVER, "route", core=SERVER_CORE) as empty,
            program(_SERVER, "unlimited", core=SERVER_CORE, **environment) as process,
        ):
            yield Ground(
                ours=await ready(process),
                route=await ready(empty),
                reader=reader,
                agency=agency,
                asked=iter([(place, tokens[place.agency]) for place in room[:half]]),
                typed=iter(room[half:]),
            )
        server.close()


def _seed(url: str, writes: int, clients: int) -> tuple[list[Place], dict[str, str], str, str]:
    clock = Clock()
    with Database.open(url, clock=clock) as database:
        room = places(database, writes + 2)
        tokens = {}
        for place in room:
            if place.agency not in tokens:
                admin = make.Someone(id="", team=make.AGENCY_TEAM, user=place.user, name="")
                tokens[place.agency] = token_of(database, admin, place.agency, clock=clock)
        dana = make.Someone(id="", team=make.BRAND_TEAM, user="UDANA", name="")
        ann = make.Someone(id="", team=make.AGENCY_TEAM, user="UANN", name="")
        for first in range(0, clients, 500):
            make.write(database, _clients, range(first, min(first + 500, clients)), clock)
        reader = token_of(database, dana, make.BRAND, clock=clock)
        return room, tokens, reader, token_of(database, ann, make.AGENCY, clock=clock)


def _clients(tx: Tx, numbers: range, clock: Clock) -> None:
    """Have the agency hold one account of each of so many businesses."""
    now = clock.now()
    for position in numbers:
        owner, asset = f"8{position:010d}", f"act_8{position:010d}"
        request, grant = f"1{position:014d}", f"2{position:014d}"
        make.insert_row(
            tx,
            tables.BusinessRow,
            id=owner,
            name=f"Brand {position}",
            status="ACTIVE",
            verified=True,
            team_id=None,
            channel_id=None,
            quorum=1,
            expires_days=14,
            undo_minutes=10,
            who_may_ask="ANYONE",
            api_sharing="AT_ONCE",
            hours="09:00-17:00",
            days_off="",
            review_days=0,
            review_silence="KEEP",
            reviewed_at=None,
            zone="UTC",
            credit_line=None,
            funding_sources="",
            policy_version=1,
            created_at=now,
            weekly_at=None,
            proposal_ends_at=None,
        )
        make.insert_row(tx, tables.Node, id=asset, kind=NodeKind.ASSET)
        make.insert_row(
            tx,
            tables.Asset,
            id=asset,
            kind=Kind.AD_ACCOUNT,
            name=f"Account {position}",
            owner_id=owner,
            published=True,
            askable=True,
        )
        tx.run(
            tables.Request.__table__.insert(),
            **dict.fromkeys(tables.Request.__table__.columns.keys())
            | {
                "id": request,
                "ref": f"BENCH-{position:07d}",
                "kind": DEFAULT_KIND,
                "state": RequestState.APPROVED,
                "version": 2,
                "requesting_id": make.AGENCY,
                "deciding_id": owner,
                "owner_id": owner,
                "holder_id": make.AGENCY,
                "requester_id": "400000000000001",
                "reason": "Bench",
                "term_kind": TermKind.OPEN_END,
                "round": 1,
                "approvals": 1,
                "required_approvals": 1,
                "quorum": 1,
                "past_requests": 0,
                "live_assets": 0,
                "created_at": now,
                "expires_at": now,
                "over_at": now,
                "note": "",
            },
        )
        tx.run(
            tables.Grant.__table__.insert(),
            **dict.fromkeys(tables.Grant.__table__.columns.keys())
            | {
                "id": grant,
                "request_id": request,
                "position": 0,
                "asset_id": asset,
                "holder_id": make.AGENCY,
                "owner_id": owner,
                "tasks": "ANALYZE",
                "state": GrantState.ACTIVE,
                "version": 1,
                "starts_at": now,
                "end_note": "",
                "may_end": False,
            },
        )
