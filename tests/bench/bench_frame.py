"""What the subjects of the bench share: figures, cores, rounds taken in turn, stores, and where time goes."""

from __future__ import annotations

import cProfile
import importlib.util
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from own_postgresql import own_server

from bot.store.migrations import migrate

T = TypeVar("T")
N = TypeVar("N", int, float)

ROOT = Path(__file__).parents[2]
_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
SERVER_CORE, LOAD_CORE = _CORES[0], _CORES[-1]
"""Where what is measured runs, and where what drives it does: the same one if there is only one."""

CORES = len(_CORES)

SMOKE = "COUNTERSIGN_BENCH_SMOKE"
"""Set by the test of the bench: everything runs, with numbers so small that the figures mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One thing that was measured.

    `floor` was measured in the same run, in turns with ours, on whatever `floor_is` names. `promise` says
    in words what was promised, `held` whether this run kept it; both are empty for what is only reported.
    """

    name: str
    ours: float
    unit: str
    floor: float | None = None
    floor_is: str = ""
    promise: str = ""
    held: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the time one part of the program took."""

    what: str
    percent: float


# --- taking turns, and what comes of it


def size(quick: bool, *, full: N, small: N, smoke: N) -> N:  # noqa: FBT001 - handed on from `measure`
    """Return how much to do: `smoke` under the test of the bench."""
    if os.environ.get(SMOKE):
        return smoke
    return small if quick else full


def interleaved(rounds: int, sides: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
    """Take turns, A B A B, so that what else the machine does meets all sides alike."""
    taken: dict[str, list[T]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            taken[name].append(side())
    return taken


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of them do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def at_least(promised: float, ratio: float | None) -> dict[str, str | bool]:
    """Return `promise` and `held` of a figure whose ratio to its floor was promised."""
    return {"promise": f"ratio >= {promised}", "held": ratio is not None and ratio >= promised}


# --- cores and programs


def pin(core: int) -> None:
    """Keep this process, and what it starts, on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def cpu_seconds(pid: int) -> float:
    """Return the processor's time that a running process has used; 0 where that cannot be read."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Pin for a while: what is started meanwhile stays there."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    pin(core)
    yield
    if before:
        os.sched_setaffinity(0, before)


@contextmanager
def program(*arguments: str, core: int, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run a module of the bench on a core of its own; it says a line when it is ready, and ends with us."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests"), str(Path(__file__).parent)])
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=os.environ | {"PYTHONPATH": path} | environment,
            preexec_fn=lambda: pin(core),  # noqa: PLW1509 - it only sets the core, before anything else runs
        )
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()  # which tells it to end
            if process.wait(timeout=30) != 0:
                errors.seek(0)
                sys.stderr.write(errors.read()[-4000:])
            assert process.stdout is not None
            process.stdout.close()


# --- stores

Kind = Literal["sqlite", "postgresql"]


@contextmanager
def store(kind: Kind) -> Iterator[str]:
    """Give the URL of a fresh, migrated store that keeps what it says it keeps, and take it away again."""
    with ExitStack() as stack:
        if kind == "sqlite":
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench"))
            url = f"sqlite:///{folder}/store.db"
        else:
            with pinned(SERVER_CORE):
                url = stack.enter_context(own_server()).get_uri()  # its own settings: fsync is on
        migrate(url)
        yield url


# --- where the time goes

_REST = "all else"
_PARTS = {
    "bot/store/compiled.py": "statements: binding and rows",
    "bot/store/journal.py": "journal: canonical form and hash",
    "bot/store/chain.py": "journal: canonical form and hash",
    "bot/store": "store: writer, transaction, inbox, outbox",
    "bot/services": "verbs and queries",
    "bot/domain": "rules",
    "bot/slack": "reading and writing Slack's shapes",
    "bot/logs.py": "logging",
    "handlers": "handlers, doors",
    "slack_bolt": "Bolt",
    "slack_sdk": "Slack SDK",
    "starlette": "Starlette, FastAPI",
    "fastapi": "Starlette, FastAPI",
    "uvicorn": "uvicorn",
    "aiohttp": "HTTP to Slack",
    "yarl": "HTTP to Slack",
    "structlog": "logging",
    "logging": "logging",
    "json": "JSON",
    "sqlalchemy": "compiling statements, once each",
    "urllib": "reading and writing Slack's shapes",
    "asyncio": "event loop, threads",
    "threading.py": "event loop, threads",
    "concurrent": "event loop, threads",
    "sqlite3": "database",
    "psycopg": "database",
}


def profiler() -> cProfile.Profile:
    """Return a profile of the thread that enables it, in the processor's time: waiting is none."""
    return cProfile.Profile(time.thread_time)


@contextmanager
def profiling_the_writer(profile: cProfile.Profile) -> Iterator[None]:
    """Have the store's writer profiled, if it starts inside the block: a profile is of one thread."""
    run = threading.Thread.run

    def profiled(thread: threading.Thread) -> None:
        if thread.name != "countersign-writer":
            run(thread)
            return
        profile.enable()
        run(thread)
        profile.disable()

    threading.Thread.run = profiled  # type: ignore[method-assign]  # and back, below
    try:
        yield
    finally:
        threading.Thread.run = run  # type: ignore[method-assign]  # as it was


def shares(*profiles: cProfile.Profile, most: int = 8) -> list[Share]:
    """Return how own time is spread over the parts of the program, biggest first."""
    spent: dict[str, float] = {}
    for profile in profiles:
        for (file, _, name), values in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]  # it has
            part = _part(file, name)
            spent[part] = spent.get(part, 0.0) + values[2]
    rest = spent.pop(_REST, 0.0)
    whole = sum(spent.values()) + rest or 1.0
    ordered = sorted(spent.items(), key=lambda one: -one[1])
    named = [Share(part, 100 * own / whole) for part, own in ordered[:most]]
    return [*named, Share(_REST, 100 - sum(share.percent for share in named))]


def _part(file: str, name: str) -> str:
    """Return the part of the program to which a function belongs."""
    if file == "~":  # built in
        is_database = "sqlite3" in name or "psycopg" in name
        return "database" if is_database else "JSON" if "json" in name.lower() else "built-in functions"
    inside = file.replace(os.sep, "/").removeprefix(f"{ROOT}/").rpartition("/site-packages/")[2]
    inside = inside.rpartition(f"/python{sys.version_info.major}.{sys.version_info.minor}/")[2]
    for prefix, part in _PARTS.items():
        if inside.startswith(prefix):
            return part
    return _REST


# --- subjects


def subjects() -> dict[str, object]:
    """Return the modules that measure something, by their names."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        if "\ndef measure(" in path.read_text():
            spec = importlib.util.find_spec(path.stem)
            assert spec is not None
            found[path.stem.removeprefix("bench_")] = importlib.import_module(path.stem)
    return found
