"""Acks over HTTP, durable before each ack, beside our own HTTP door with a verb that does nothing.

The door keeps all that stands around a verb: signature, shape check, dispatch through Bolt, the inbox row and
its commit, the ack. Beside it stands bare Bolt: an app as anyone would write it, whose listener only acks and
stores nothing. All get the same bytes in the same web server with the same settings (`bench_server.py`).
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import make
import uvloop
from bench_frame import (
    SERVER_CORE,
    Figure,
    Kind,
    Share,
    at_least,
    cpu_seconds,
    median,
    percentile,
    program,
    size,
    store,
)
from bench_seed import Place, open_requests, places
from bench_wire import EasySlack, Fits, YesServer, all_at_once, at_a_pace, signed
from sqlalchemy import func, select

from bot.clock import Clock
from bot.domain.kinds import Side
from bot.domain.messages import Audience, EffectKind
from bot.services import requests
from bot.services.context import act
from bot.slack import cards
from bot.slack.ids import ActionId
from bot.slack.values import Ref, button_value
from bot.store import tables
from bot.store.database import Database
from bot.store.tables import EffectState

SECRET, APP = "b" * 32, "ABENCH"
TOKENS = {"xoxb-agency": make.AGENCY_TEAM, "xoxb-brand": make.BRAND_TEAM}
CONNECTIONS = 32
_SOME = (1, 8, 32)
_KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")
DOOR = "our HTTP door, a verb that does nothing, its commit and ack"
BARE_BOLT = "bare Bolt, an empty listener that stores nothing"
_SERVER = str(Path(__file__).with_name("bench_server.py"))


@dataclass(frozen=True, slots=True)
class Server:
    """A program that was started: where it listens, and which process it is."""

    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Round:
    """How it went: acks a second, how long each took, and what the server spent on each, in ms."""

    rate: float
    waits: list[float]
    cpu: float


@dataclass(kw_only=True)
class Ground:
    """A seeded store, the app that serves it, and the commands and clicks not sent yet."""

    url: str
    server: Server = field(init=False)
    said: Any = None
    clicks: Iterator[dict[str, str]] = field(default_factory=lambda: iter(()))
    commands: Iterator[dict[str, str]] = field(default_factory=lambda: iter(()))
    clicked: int = 0
    delivered: int = 0

    def next_clicks(self, number: int) -> list[bytes]:
        self.clicked += number
        return _sign(self.clicks, number)

    def next_commands(self, number: int) -> list[bytes]:
        return _sign(self.commands, number)

    def check(self) -> None:
        """Raise unless each click is a decision, each ack of the door an inbox row, and the journal sound."""
        with Database.open(self.url, clock=Clock()) as database:
            verdict = database.verify()
            decision = tables.table_of(tables.Decision)
            inbox = tables.table_of(tables.InboxRow)
            with database.reading() as tx:
                decisions, deliveries = (
                    tx.all(select(func.count().label("n")).select_from(table))[0].n
                    for table in (decision, inbox)
                )
        if not verdict.sound or decisions != self.clicked or deliveries < self.delivered:
            raise AssertionError(
                f"acked {self.clicked} clicks and {self.delivered} at the door, "
                f"kept {decisions} and {deliveries}; the journal is {verdict}"
            )


def measure(*, quick: bool) -> list[Figure]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(quick=quick))


async def _measure(*, quick: bool) -> list[Figure]:
    number = size(quick, full=1000, small=320, smoke=16)
    return [
        await _capacity(number),
        *await side_by_side(
            number=number,
            rounds=size(quick, full=5, small=3, smoke=1),
            paced=size(quick, full=150, small=40, smoke=4),
        ),
        *await _on_both(
            number=size(quick, full=400, small=160, smoke=8), rounds=size(quick, full=3, small=2, smoke=1)
        ),
        await _on_a_slow_disk(number),
        await _while_delivering(number),
        await burst(size(quick, full=1000, small=300, smoke=10)),
    ]


async def side_by_side(*, number: int, rounds: int, paced: int) -> list[Figure]:
    """Compare the product with its door and with bare Bolt, in turns."""
    figures = []
    async with (
        _bare_bolt() as bolt,
        serving(what="door") as door,
        serving(clicks=rounds * number + paced, commands=rounds * number) as ground,
    ):
        for what in ("approve", "submit"):
            ours, at_door, at_bolt = [], [], []
            for _ in range(rounds):
                requests = ground.next_clicks(number) if what == "approve" else ground.next_commands(number)
                fits = acked if what == "approve" else _requested
                ours.append(await _full_speed(ground.server, requests, fits=fits))
                at_door.append(await _full_speed(door.server, requests, fits=acked))
                door.delivered += number
                at_bolt.append(await _full_speed(bolt, requests, fits=acked))
            promised = 0.3 if what == "approve" else 0.2
            figures += _at_full_speed(what, ours=ours, door=at_door, bolt=at_bolt, promised=promised)
        figures += await _calm(ground.server, door.server, bolt, ground.next_clicks(paced))
    return figures


async def _on_both(*, number: int, rounds: int) -> list[Figure]:
    """Compare the product with its door on each database, with few connections and with many."""
    figures = []
    for kind in _KINDS:
        async with (
            serving(what="door", kind=kind) as door,
            serving(clicks=rounds * number * len(_SOME), kind=kind) as ground,
        ):
            for connections in _SOME:
                ours, at_door = [], []
                for _ in range(rounds):
                    requests = ground.next_clicks(number)
                    ours.append(await _full_speed(ground.server, requests, connections=connections))
                    at_door.append(await _full_speed(door.server, requests, connections=connections))
                    door.delivered += number
                rate, door_rate = (median([one.rate for one in side]) for side in (ours, at_door))
                p50, p99 = (median([percentile(one.waits, percent) for one in ours]) for percent in (50, 99))
                figures.append(
                    Figure(
                        name=f"approve, {kind}, {connections} connection{'s' * (connections > 1)}",
                        ours=rate,
                        floor=door_rate,
                        unit="acks/s",
                        floor_is=DOOR,
                        note=f"p50 {p50:.1f} ms, p99 {p99:.0f} ms",
                    )
                )
    return figures


async def _full_speed(
    server: Server, requests: list[bytes], *, fits: Fits | None = None, connections: int = CONNECTIONS
) -> Round:
    before = cpu_seconds(server.pid)
    took = await all_at_once(server.port, requests, fits=fits or acked, connections=connections)
    return Round(took.rate, took.waits, (cpu_seconds(server.pid) - before) * 1000 / len(requests))


def _at_full_speed(
    what: str, *, ours: list[Round], door: list[Round], bolt: list[Round], promised: float
) -> list[Figure]:
    name = f"{what}, {CONNECTIONS} connections"
    rate, door_rate, bolt_rate = (median([one.rate for one in side]) for side in (ours, door, bolt))
    cpu, door_cpu, bolt_cpu = (median([one.cpu for one in side]) for side in (ours, door, bolt))
    p50, p99 = (median([percentile(one.waits, percent) for one in ours]) for percent in (50, 99))
    return [
        Figure(
            name=name,
            ours=rate,
            floor=door_rate,
            unit="acks/s",
            floor_is=DOOR,
            note=f"p50 {p50:.0f} ms; processor {cpu:.2f} and {door_cpu:.2f} ms an ack",
            **at_least(promised, rate / door_rate),
        ),
        Figure(
            name=name,
            ours=rate,
            floor=bolt_rate,
            unit="acks/s",
            floor_is=BARE_BOLT,
            note=f"processor {cpu:.2f} and {bolt_cpu:.2f} ms an ack",
        ),
        Figure(
            name=f"{name}, p99",
            ours=p99,
            floor=median([percentile(one.waits, 99) for one in door]),
            unit="ms",
            floor_is=DOOR,
            promise="p99 <= 150 ms",
            held=p99 <= 150,
        ),
    ]


async def _calm(ours: Server, door: Server, bolt: Server, requests: list[bytes]) -> list[Figure]:
    mine, at_door, at_bolt = await asyncio.gather(
        at_a_pace(ours.port, requests, fits=acked, a_second=10),
        _later(0.033, at_a_pace(door.port, requests, fits=acked, a_second=10)),
        _later(0.066, at_a_pace(bolt.port, requests, fits=acked, a_second=10)),
    )
    name, p50 = "approve, 10 a second, p50", percentile(mine.waits, 50)
    door_p50, bolt_p50 = percentile(at_door.waits, 50), percentile(at_bolt.waits, 50)
    return [
        Figure(
            name=name,
            ours=p50,
            floor=door_p50,
            unit="ms",
            floor_is=DOOR,
            promise="floor + 3 ms",
            held=p50 <= door_p50 + 3,
            note=f"{p50 - door_p50:+.1f} ms, p99 {percentile(mine.waits, 99):.0f} ms",
        ),
        Figure(
            name=name,
            ours=p50,
            floor=bolt_p50,
            unit="ms",
            floor_is=BARE_BOLT,
            note=f"{p50 - bolt_p50:+.1f} ms",
        ),
    ]


async def _on_a_slow_disk(number: int) -> Figure:
    name = f"approve, {CONNECTIONS} connections, 5 ms a flush"
    with _slow_disk() as environment:
        if environment is None:
            return Figure(name=name, ours=0, unit="acks/s", note="not measured: there is no C compiler")
        async with serving(clicks=number, **environment) as ground:
            requests = ground.next_clicks(number)
            took = await all_at_once(ground.server.port, requests, fits=acked, connections=CONNECTIONS)
    p99 = percentile(took.waits, 99)
    return Figure(
        name=name,
        ours=took.rate,
        unit="acks/s",
        promise=">= 400/s, p99 <= 150 ms",
        held=took.rate >= 400 and p99 <= 150,
        note=f"p50 {percentile(took.waits, 50):.0f} ms, p99 {p99:.0f} ms",
    )


async def _while_delivering(number: int) -> Figure:
    async with serving("delivering", clicks=number) as ground:
        requests = ground.next_clicks(number)
        took = await all_at_once(ground.server.port, requests, fits=acked, connections=CONNECTIONS)
    return Figure(
        name=f"approve, {CONNECTIONS} connections, cards following meanwhile",
        ours=took.rate,
        unit="acks/s",
        note=f"p50 {percentile(took.waits, 50):.0f} ms, p99 {percentile(took.waits, 99):.0f} ms",
    )


async def burst(number: int) -> Figure:
    async with serving("delivering", clicks=number) as ground:
        requests = ground.next_clicks(number)
        took = await at_a_pace(ground.server.port, requests, fits=acked, a_second=number / 10)
    p99 = percentile(took.waits, 99)
    return Figure(
        name=f"{number:,} clicks in 10 s, cards following meanwhile, p99",
        ours=p99,
        unit="ms",
        promise="none lost, none doubled, p99 <= 1 s",
        held=p99 <= 1000,
        note=f"{number:,} decisions, p50 {percentile(took.waits, 50):.0f} ms, worst {max(took.waits):.0f} ms",
    )


async def processor(number: int) -> Figure:
    """Measure our process's time for a click, with all that follows it."""
    async with serving("delivering", clicks=number) as ground:
        clicks = ground.next_clicks(number)
        before = cpu_seconds(ground.server.pid)
        await all_at_once(ground.server.port, clicks, fits=acked, connections=8)
        await _shown(ground.url)
        cost = (cpu_seconds(ground.server.pid) - before) * 1000 / number
    return Figure(name="processor's time of a click, with its cards", ours=cost, unit="ms")


async def _shown(url: str) -> None:
    """Wait until every card has followed."""
    effect = tables.table_of(tables.Effect)
    is_left = effect.c.state.in_((EffectState.WAITING, EffectState.SENDING))
    left = select(effect.c.id).where(effect.c.kind == EffectKind.UPDATE_CARD, is_left).limit(1)
    with Database.open(url, clock=Clock()) as database:
        while await database.read(lambda tx: tx.all(left)):  # noqa: ASYNC110 - the store sets no event
            await asyncio.sleep(0.05)


async def _capacity(number: int) -> Figure:
    """Measure the load itself, against a server that does nothing, on the servers' core."""
    with program(_SERVER, "nothing", core=SERVER_CORE) as process:
        server = await ready(process)
        requests = _sign(iter([click(str(position), "{}") for position in range(number)]), number)
        took = await all_at_once(server.port, requests * 4, fits=acked, connections=CONNECTIONS)
    note = "to a server that does nothing"
    return Figure(name="what the load could send", ours=took.rate, unit="/s", note=note)


# --- what is served


@asynccontextmanager
async def _bare_bolt() -> AsyncIterator[Server]:
    with program(_SERVER, "empty", SECRET, core=SERVER_CORE) as process:
        yield await ready(process)


async def ready(process: subprocess.Popen[str]) -> Server:
    assert process.stdout is not None
    said = await asyncio.to_thread(process.stdout.readline)
    return Server(json.loads(said)["port"], process.pid)


def settings_for(url: str, *, slack_port: int) -> dict[str, str]:
    """Return the environment of the product: over HTTP, with this store and this Slack."""
    settings = {
        "BOT_TOKENS": ",".join(TOKENS),
        "MODE": "http",
        "SIGNING_SECRET": SECRET,
        "APP_ID": APP,
        "DATABASE_URL": url,
        "SLACK_API_URL": f"http://127.0.0.1:{slack_port}/api/",
        "PORT": "0",
    }
    return {f"COUNTERSIGN_{name}": value for name, value in settings.items()}


@asynccontextmanager
async def serving(
    *how: str,
    what: str = "ours",
    clicks: int = 0,
    commands: int = 0,
    kind: Kind = "sqlite",
    **environment: str,
) -> AsyncIterator[Ground]:
    with store(kind) as url:
        ground = Ground(url=url)
        await asyncio.to_thread(seed, ground, clicks=clicks, commands=commands)
        slack = EasySlack(TOKENS)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: YesServer(slack.answer), "127.0.0.1", 0)
        environment |= settings_for(url, slack_port=server.sockets[0].getsockname()[1])
        with program(_SERVER, what, *how, core=SERVER_CORE, **environment) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            ground.server = await ready(process)
            yield ground
            process.stdin.close()
            last = await asyncio.to_thread(process.stdout.read)
            ground.said = json.loads(last) if last else None
        server.close()
        ground.check()


def seed(ground: Ground, *, clicks: int, commands: int) -> None:
    clock = Clock()
    with Database.open(ground.url, clock=clock) as database:
        room = places(database, clicks + commands)
        made = open_requests(database, room[:clicks], clock=clock)
        ground.commands = iter([access_command(place) for place in room[clicks:]])
        if made:
            now = clock.now()
            view = database.read_sync(act, requests.request_card, made[0], side=Side.DECIDING, now=now)
            card = cards.request_card(view, audience=Audience.APPROVERS, now=now)
            shown = json.dumps({"text": card.text, "blocks": list(card.blocks)})
            ground.clicks = iter([click(one, shown.replace(made[0], one)) for one in made])


def _sign(payloads: Iterator[dict[str, str]], number: int) -> list[bytes]:
    at = int(time.time())
    return [signed(next(payloads), secret=SECRET, at=at) for _ in range(number)]


def access_command(place: Place) -> dict[str, str]:
    return {
        "token": "t",
        "team_id": make.AGENCY_TEAM,
        "team_domain": "agency",
        "channel_id": "CAGENCY",
        "channel_name": "agency",
        "user_id": place.user,
        "user_name": "somebody",
        "command": "/access",
        "text": f"request {place.asset} general user for 30d because Spring launch",
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T1/2/3",
        "trigger_id": "1.2.3",
    }


def click(request_id: str, shown: str) -> dict[str, str]:
    ts = f"1700000000.{request_id}"
    message = {"type": "message", "user": "U1", "bot_id": "B1", "app_id": APP, "ts": ts, **json.loads(shown)}
    payload = {
        "type": "block_actions",
        "user": {"id": "UDANA", "username": "dana", "name": "dana", "team_id": make.BRAND_TEAM},
        "api_app_id": APP,
        "token": "t",
        "team": {"id": make.BRAND_TEAM, "domain": "brand"},
        "enterprise": None,
        "is_enterprise_install": False,
        "container": {"type": "message", "message_ts": ts, "channel_id": "CBRAND", "is_ephemeral": False},
        "channel": {"id": "CBRAND", "name": "approvals"},
        "message": message,
        "trigger_id": "1.2.3",
        "state": {"values": {}},
        "response_url": "https://hooks.slack.com/actions/T1/2/3",
        "actions": [
            {
                "action_id": ActionId.APPROVE,
                "block_id": "b",
                "type": "button",
                "text": {"type": "plain_text", "text": "Approve", "emoji": True},
                "value": button_value(Ref(request_id, 1)),
                "style": "primary",
                "action_ts": "1700000000.000001",
            }
        ],
    }
    return {"payload": json.dumps(payload)}


def acked(_: bytes) -> bool:
    return True  # a click's ack is empty; that it was decided is counted in the record


def _requested(body: bytes) -> bool:
    return b"Sent to " in body


async def _later(seconds: float, what: Any) -> Any:
    await asyncio.sleep(seconds)
    return await what


@contextmanager
def _slow_disk() -> Iterator[dict[str, str] | None]:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        library = f"{folder}/slow_sync.so"
        source = str(Path(__file__).with_name("slow_sync.c"))
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        yield {"LD_PRELOAD": library, "SLOW_SYNC_US": "5000"}


# --- where the time goes


def profile(*, quick: bool) -> list[Share]:
    """Profile the server while approvals come in, its event loop and its writer."""

    async def run() -> list[Share]:
        number = size(quick, full=1000, small=320, smoke=32)
        async with serving("profiled", clicks=number) as ground:
            requests = ground.next_clicks(number)
            await all_at_once(ground.server.port, requests, fits=acked, connections=CONNECTIONS)
        return [Share(*one) for one in ground.said["shares"]]

    return asyncio.run(run())
