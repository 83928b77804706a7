"""Verbs whose statements are compiled once (`bot/store/compiled.py`), beside SQLAlchemy Core's execution.

Both sides are the whole verb through the writer, with the same database connection and the same commits; only
what runs a statement differs. The ratio is the reason why statements are compiled once and run as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import bench_verbs
from bench_frame import Figure, interleaved, median, size
from bench_verbs import Round, What
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.expression import ClauseElement

from bot.store import writer
from bot.store.tx import Tx


def measure(*, quick: bool) -> list[Figure]:
    number = size(quick, full=800, small=320, smoke=32)
    return measure_on_sqlite(callers=32, number=number, rounds=size(quick, full=5, small=3, smoke=1))


def measure_on_sqlite(*, callers: int, number: int, rounds: int) -> list[Figure]:
    return [_side_by_side(what, callers=callers, number=number, rounds=rounds) for what in bench_verbs.VERBS]


def _side_by_side(what: What, *, callers: int, number: int, rounds: int) -> Figure:
    kept: dict[str, dict[str, tuple[int, ...]]] = {"compiled": {}, "core": {}}
    verbs = partial(bench_verbs.run_verbs, what, callers=callers, number=number)

    def by_core() -> Round:
        with _run_by_core():
            return verbs(kept=kept["core"])

    taken = interleaved(rounds, {"compiled": lambda: verbs(kept=kept["compiled"]), "core": by_core})
    if kept["compiled"] != kept["core"]:
        raise AssertionError(f"the two do not do the same: {kept}")
    compiled, core = (median([one.rate for one in taken[side]]) for side in ("compiled", "core"))
    return Figure(
        name=f"{what}, {callers} callers",
        ours=compiled,
        floor=core,
        unit="/s",
        floor_is="SQLAlchemy Core's Connection.execute, same statements",
        note="a ratio above 1 is what compiling gains",
    )


class CoreTx(Tx):
    """A transaction that runs its statements by SQLAlchemy Core on the writer's own connection."""

    def __init__(self, driver: Any, connection: Any, *, now: Any) -> None:
        super().__init__(driver, connection, now=now)
        self._core = _core(connection)

    def all(self, statement: ClauseElement, /, **params: Any) -> list[Any]:
        return list(self._core.execute(statement, params).all())  # type: ignore[call-overload]  # any statement

    def run(self, statement: ClauseElement, /, **params: Any) -> int:
        return int(self._core.execute(statement, params).rowcount)  # type: ignore[call-overload]  # the same

    def many(self, statement: ClauseElement, rows: Iterable[Mapping[str, Any]], /) -> int:
        values = list(rows)
        return int(self._core.execute(statement, values).rowcount) if values else 0  # type: ignore[call-overload]


class _Shared:
    """The writer's connection as SQLAlchemy's pool gets it: the transaction on it stays the writer's."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        pass

    def rollback(self) -> None:
        pass

    def close(self) -> None:
        pass


_connections: dict[int, Connection] = {}


def _core(connection: Any) -> Connection:
    """Return SQLAlchemy's connection around a driver's, made once for each."""
    known = _connections.get(id(connection))
    if known is None:
        engine = create_engine("sqlite://", creator=lambda: _Shared(connection), poolclass=StaticPool)
        known = _connections[id(connection)] = engine.connect()
    return known


@contextmanager
def _run_by_core() -> Iterator[None]:
    writer.Tx = CoreTx  # type: ignore[misc]  # the product has no switch for it
    try:
        yield
    finally:
        writer.Tx = Tx  # type: ignore[misc]  # as it was
        _connections.clear()
