"""What one waits for: the command line's help, `serve` until its first ack; and what it takes at rest.

Each is a process of its own, in turns with one that only imports the libraries. A restart finds thousands
of effects due.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import make
from bench_acks import APP, SECRET, TOKENS, access_command
from bench_crowd import Crowd
from bench_frame import ROOT, SERVER_CORE, Figure, cpu_seconds, interleaved, median, pinned, size, store
from bench_seed import Place
from bench_wire import EasySlack, YesServer, all_at_once, signed

LIBRARIES = (
    "slack_bolt.async_app, aiohttp, starlette.routing, uvicorn, sqlmodel, httpx, "
    "apscheduler.schedulers.asyncio"
)
_SAY_MEMORY = "import re; print(re.search(r'VmRSS:\\s+(\\d+)', open('/proc/self/status').read())[1])"


def measure(*, quick: bool) -> list[Figure]:
    rounds = size(quick, full=9, small=5, smoke=1)
    due = size(quick, full=10_000, small=2_000, smoke=50)
    return [_help(rounds), *restarted(rounds, due=0), *restarted(max(1, rounds // 3), due=due)]


def _help(rounds: int) -> Figure:
    taken = interleaved(
        rounds,
        {
            "ours": _ran("-m", "bot", "--help"),
            "floor": _ran("-c", "pass"),
            "typer": _ran("-c", "import typer"),
        },
    )
    ours = median(taken["ours"])
    return Figure(
        name="countersign --help",
        ours=ours,
        floor=median(taken["floor"]),
        unit="s",
        floor_is="python -c pass",
        promise="<= 0.3 s",
        held=ours <= 0.3,
        note=f"'import typer' alone: {median(taken['typer']):.2f} s",
    )


def _ran(*arguments: str) -> Callable[[], float]:
    def once() -> float:
        began = time.perf_counter()
        with pinned(SERVER_CORE):
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=ROOT)
        return time.perf_counter() - began

    return once


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Seconds from the start of the process, of them the processor's until the ack; MB at rest."""

    ready: float
    acked: float
    busy: float
    sent: float
    memory: float


def restarted(rounds: int, *, due: int) -> list[Figure]:
    taken = interleaved(rounds, {"ours": lambda: asyncio.run(_started(due=due)), "floor": _libraries})
    ours, floor = taken["ours"], taken["floor"]
    if due:
        ready, sent = median([one.ready for one in ours]), median([one.sent for one in ours])
        return [
            Figure(
                name=f"restart with {due:,} effects due, ready",
                ours=ready,
                unit="s",
                promise="<= 3 s",
                held=ready <= 3,
            ),
            Figure(
                name=f"restart with {due:,} effects due, first call to Slack",
                ours=sent,
                unit="s",
                promise="<= 5 s",
                held=sent <= 5,
            ),
        ]
    acked, memory = median([one.acked for one in ours]), median([one.memory for one in ours])
    return [
        Figure(
            name="serve, start to first ack",
            ours=acked,
            floor=median([one.ready for one in floor]),
            unit="s",
            floor_is="python -c 'import …' of the libraries",
            promise="<= 2 s",
            held=acked <= 2,
            note=f"processor {median([one.busy for one in ours]):.2f} s",
        ),
        Figure(
            name="serve, memory at rest",
            ours=memory,
            floor=median([one.memory for one in floor]),
            unit="MB",
            floor_is="the same imports",
            promise="<= 120 MB",
            held=memory <= 120,
        ),
    ]


def _libraries() -> Started:
    began = time.perf_counter()
    with pinned(SERVER_CORE):
        said = subprocess.run(
            [sys.executable, "-c", f"import {LIBRARIES}; {_SAY_MEMORY}"],
            check=True,
            capture_output=True,
            text=True,
        )
    took = time.perf_counter() - began
    return Started(ready=took, acked=0, busy=0, sent=0, memory=int(said.stdout) / 1024)


class _Watched(EasySlack):
    """Notes when it was first asked to change a message."""

    def __init__(self, teams: dict[str, str]) -> None:
        super().__init__(teams)
        self.changed = asyncio.get_running_loop().create_future()

    def answer(self, head: bytes) -> bytes:
        if b"/chat.update" in head and not self.changed.done():
            self.changed.set_result(time.perf_counter())
        return super().answer(head)


async def _started(*, due: int) -> Started:
    with store("sqlite") as url:
        crowd = Crowd(url)
        if due:
            crowd.fill(lambda adding: adding.requests(range(due)), lambda adding: adding.effects(range(due)))
        slack = _Watched(TOKENS)
        server = await asyncio.get_running_loop().create_server(
            lambda: YesServer(slack.answer), "127.0.0.1", 0
        )
        port = free_port()
        command = access_command(Place(agency=make.AGENCY, user="UANN", asset="")) | {"text": "help"}
        began = time.perf_counter()
        async with serve(url, port=port, slack_port=server.sockets[0].getsockname()[1]) as process:
            await listens(port)
            ready = time.perf_counter() - began
            request = signed(command, secret=SECRET, at=int(time.time()))
            await all_at_once(port, [request], fits=lambda body: b"blocks" in body, connections=1)
            acked, busy = time.perf_counter() - began, cpu_seconds(process.pid)
            sent = await asyncio.wait_for(slack.changed, 60) - began if due else 0.0
            await asyncio.sleep(1)  # until it rests
            memory = memory_of(process.pid)
        server.close()
    return Started(ready=ready, acked=acked, busy=busy, sent=sent, memory=memory)


@asynccontextmanager
async def serve(url: str, *, port: int, slack_port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    settings = {
        "BOT_TOKENS": ",".join(TOKENS),
        "MODE": "http",
        "SIGNING_SECRET": SECRET,
        "APP_ID": APP,
        "DATABASE_URL": url,
        "SLACK_API_URL": f"http://127.0.0.1:{slack_port}/api/",
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    with pinned(SERVER_CORE):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "serve"),
            cwd=ROOT,
            env=os.environ | {f"COUNTERSIGN_{name}": value for name, value in settings.items()},
        )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


async def listens(port: int) -> None:
    """Wait until it answers on its port."""
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return


def memory_of(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0
