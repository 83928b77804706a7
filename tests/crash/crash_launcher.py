"""Start the real bot again and again, each time with one of its steps wrapped, so that it dies just there.

Importing the bot costs a second of work; a process that has done so once forks a child for each case. The
child is `bot.app.run` with settings from its environment: the product has no hook for any of this. On
standard input comes one line of JSON for each process to start (`Orders`), and, while that runs, what it is
to do; on standard output stands what became of it: where it serves, the step it has reached, how it ended.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import signal
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

import httpx
import psycopg
import uvicorn
from fastapi import FastAPI
from patience import be_patient

from bot import app
from bot.clock import PushedClock
from bot.domain.messages import EffectKind
from bot.meta.client import Graph
from bot.services import comparing
from bot.services import delivery as deliveries
from bot.services.delivery import Worker
from bot.services.delivery import worker as delivery_worker
from bot.settings import Settings
from bot.store import inbox, journal
from bot.store.database import Database
from bot.store.drivers import postgresql, sqlite
from bot.store.pool import Concurrent
from bot.store.tx import marked_like
from handlers import edge, slack_http, slack_socket
from handlers.follow_ups import FollowUps

LONGEST_LIFE = 90
"""Seconds: what a failed test left behind ends by itself."""


class Step(StrEnum):
    """Where a process can die. The first word is the failpoint it stands for."""

    SIGNED = "FP1 admitted, the signature checked where there is one"
    TAKEN = "FP2 the key is in the inbox"
    COMMITTING = "FP2 all is done and not committed"
    COMMITTED = "FP3 committed and not acknowledged"
    ACKED = "FP4 acknowledged"
    CLAIMED = "FP5 claimed"
    MARKED = "FP6 marked"
    CALLED = "FP11 Meta has answered a call that changes something, and it is not read back"
    SENT = "FP7 Slack or Meta has answered, all of it"
    FINISHED = "FP8 finished and not committed"
    TICKING = "FP9 in a sweep"
    TICKED = "FP9 between two sweeps"
    APPENDED = "FP10 the event is appended and the head is not"
    READ = "FP15 Meta was read and nothing of it is recorded"

    @property
    def failpoint(self) -> str:
        return self.split()[0]


class End(StrEnum):
    """What happens at the step."""

    DIE = "die"
    HOLD = "hold"  # stop there until told to go on
    FAIL_KEPT = "fail, kept"  # the commit reports an error, and was kept all the same
    FAIL_LOST = "fail, lost"  # the commit reports an error, and nothing was kept


@dataclass(frozen=True, kw_only=True)
class Orders:
    """One process to start.

    `of` narrows a step to an effect's kind, or to a sweep's name. `synchronous` is how SQLite writes, by
    its own number: FULL, unless said.
    """

    env: dict[str, str]
    log: str
    ahead: float
    real_ahead: float
    step: Step | None = None
    of: str = ""
    end: End = End.DIE
    synchronous: str = "2"


def tell(**what: Any) -> None:
    """Write one line for the reading process: complete, and flushed when this returns."""
    os.write(1, (json.dumps(what) + "\n").encode())


@dataclass
class Fate:
    """What becomes of this process at its step, the first time that it comes there."""

    orders: Orders
    met: bool = False
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def die(self) -> None:
        tell(hit=self.orders.step)
        os.kill(os.getpid(), signal.SIGKILL)

    async def meet(self) -> None:
        if self.met:
            return
        self.met = True
        if self.orders.end is End.DIE:
            self.die()
        tell(hit=self.orders.step)
        await self.released.wait()


# --- wrapping a step --------------------------------------------------------------------------------


def _signed(fate: Fate) -> None:
    async def admit(*_: Any, **__: Any) -> Any:
        fate.die()

    slack_http.admit = slack_socket.admit = admit


def _taken(fate: Fate) -> None:
    take = inbox.take

    def taken(*args: Any, **more: Any) -> Any:
        take(*args, **more)
        fate.die()

    inbox.take = taken


def _appended(fate: Fate) -> None:
    def commit(self: Concurrent) -> None:
        assert self.links, "nothing is appended"
        *linked, _ = self.links  # the last one moves the head
        for statement, values in linked:
            self.run(statement, **values)
        fate.die()

    journal.store_head = lambda *_: fate.die()
    Concurrent.commit = commit


def _on_inbound_commits(wrapped: Callable[[Callable[..., None], Any, Any], None]) -> None:
    """Wrap the first commit in which there is something that came in, and all after it.

    What must run alone is taken in and rolled back first, and something else may be committed before it.
    """
    take: Any = inbox.take
    holding, is_reached = set[Any](), False

    def taken(tx: Any, *args: Any, **more: Any) -> Any:
        holding.add(tx._connection)
        return take(tx, *args, **more)

    inbox.take = taken
    for driver, name in (
        (sqlite.Sqlite, "commit"),
        (postgresql.Postgres, "commit"),
        (postgresql.Postgres, "commit_with"),
    ):
        plain = getattr(driver, name)

        def commit(self: Any, connection: Any, *args: Any, keep: Any = plain, **more: Any) -> None:
            nonlocal is_reached
            if is_reached or connection in holding:
                is_reached = True
                wrapped(lambda *of: keep(*of, *args, **more), self, connection)
            else:
                keep(self, connection, *args, **more)

        setattr(driver, name, commit)
    roll_back = postgresql.Postgres.roll_back

    def rolled_back(self: Any, connection: Any) -> None:
        holding.discard(connection)
        roll_back(self, connection)

    postgresql.Postgres.roll_back = rolled_back


def _committing(fate: Fate) -> None:
    def commit(keep: Callable[..., None], driver: Any, connection: Any) -> None:
        if fate.orders.end is End.DIE:
            fate.die()
        if not fate.met and fate.orders.end is End.FAIL_KEPT:
            keep(driver, connection)
        if not fate.met:  # and no later commit succeeds either: the disk, the server is gone
            tell(hit=fate.orders.step)
        fate.met = True
        if isinstance(driver, sqlite.Sqlite):
            raise sqlite3.OperationalError("disk I/O error")
        connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    _on_inbound_commits(commit)


def _committed(fate: Fate) -> None:
    def commit(keep: Callable[..., None], driver: Any, connection: Any) -> None:
        keep(driver, connection)
        fate.die()

    _on_inbound_commits(commit)


def _acked(fate: Fate) -> None:
    dispatch, start = edge.Edge.dispatch, FollowUps.start

    async def dispatched(self: edge.Edge, inbound: Any) -> Any:
        answer = await dispatch(self, inbound)
        start(self.follow_ups, fate.meet())
        return answer

    FollowUps.start = lambda _, work: work.close()  # nothing else follows the ack
    edge.Edge.dispatch = dispatched


def _sending(fate: Fate) -> None:
    """Wrap the sender of one kind of effect: before it, when it marks, and after its answer."""
    step, build_worker, write = fate.orders.step, app.Worker, Database.write
    kind = EffectKind(fate.orders.of)

    async def written(self: Database, verb: Any, /, *args: Any, **more: Any) -> Any:
        answer = await write(self, verb, *args, **more)
        if step is Step.MARKED and verb is deliveries.mark and args[0].kind is kind and answer:
            await fate.meet()
        return answer

    def doomed(sender: deliveries.Sender) -> deliveries.Sender:
        async def send(delivery: deliveries.Delivery, mark: deliveries.Mark) -> deliveries.Outcome:
            if step is Step.CLAIMED:
                await fate.meet()
            outcome = await sender(delivery, mark)
            if step is Step.SENT and isinstance(outcome, deliveries.Done):
                await fate.meet()
            return outcome

        return send

    def worker(database: Any, senders: Any, **more: Any) -> Worker:
        return build_worker(database, {**senders, kind: doomed(senders[kind])}, **more)

    app.Worker = worker
    Database.write = written


def _called(fate: Fate) -> None:
    call = Graph.call

    async def called(self: Graph, method: str, *args: Any, **more: Any) -> Any:
        answer = await call(self, method, *args, **more)
        if method != "GET":
            await fate.meet()
        return answer

    Graph.call = called


def _finished(fate: Fate) -> None:
    finish = delivery_worker.finish  # the name by which the worker calls it

    def finished(ctx: Any, delivery: Any, outcome: Any, **more: Any) -> bool:
        was_ours = finish(ctx, delivery, outcome, **more)
        if was_ours and delivery.kind == fate.orders.of and isinstance(outcome, deliveries.Done):
            fate.die()
        return was_ours

    delivery_worker.finish = marked_like(finish, finished)


def _ticking(fate: Fate) -> None:
    write, taken = Database.write, 0

    async def written(self: Database, verb: Any, /, *args: Any, **more: Any) -> Any:
        nonlocal taken
        sweep = args[0] if args else None
        if getattr(sweep, "__name__", "") != fate.orders.of:
            return await write(self, verb, *args, **more)

        def swept(ctx: Any, **more: Any) -> int:
            number: int = sweep(ctx, **more)
            if number and fate.orders.step is Step.TICKING:
                fate.die()
            return number

        number = await write(self, verb, swept, **more)
        taken += number
        if taken and not number:  # a sweep is run until it takes nothing more
            fate.die()
        return number

    Database.write = written


def _read(fate: Fate) -> None:
    write = Database.write

    async def written(self: Database, verb: Any, /, *args: Any, **more: Any) -> Any:
        if comparing.finish in args:
            fate.die()
        return await write(self, verb, *args, **more)

    Database.write = written


WRAP = {
    Step.SIGNED: _signed,
    Step.TAKEN: _taken,
    Step.COMMITTING: _committing,
    Step.COMMITTED: _committed,
    Step.ACKED: _acked,
    Step.CLAIMED: _sending,
    Step.MARKED: _sending,
    Step.CALLED: _called,
    Step.SENT: _sending,
    Step.FINISHED: _finished,
    Step.TICKING: _ticking,
    Step.TICKED: _ticking,
    Step.APPENDED: _appended,
    Step.READ: _read,
}


# --- one life ---------------------------------------------------------------------------------------


def live(orders: Orders) -> None:
    """Be the bot, until a signal or the step ends it."""
    signal.alarm(LONGEST_LIFE)
    os.dup2(os.open(orders.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    os.environ.update(orders.env)
    clock = PushedClock()
    clock.push(timedelta(seconds=orders.ahead))
    clock.push_real(timedelta(seconds=orders.real_ahead))
    fate = Fate(orders)
    sqlite.PRAGMAS["synchronous"] = orders.synchronous
    if orders.step is not None:
        WRAP[orders.step](fate)
    build = app.build

    @asynccontextmanager
    async def told(settings: Settings, **more: Any) -> AsyncIterator[app.Countersign]:
        async with build(settings, **more) as running:
            loop = asyncio.get_running_loop()

            def listen() -> None:
                # In a thread: uvloop would make the input non-blocking, which the launcher reads too.
                while line := os.read(0, 65536):
                    loop.call_soon_threadsafe(_obey, line, clock, fate)

            threading.Thread(target=listen, daemon=True).start()
            tell(url=running.url, pid=os.getpid())
            yield running

    app.build = told
    stop = Worker.stop

    async def stopping(self: Worker) -> None:
        self._main.add_done_callback(lambda _: tell(claims_no_more=True))
        await stop(self)

    Worker.stop = stopping
    app.run(clock=clock)


def _obey(line: bytes, clock: PushedClock, fate: Fate) -> None:
    for word, value in json.loads(line).items():
        match word:
            case "push":
                clock.push(timedelta(seconds=value))
            case "push_real":
                clock.push_real(timedelta(seconds=value))
            case "go_on":
                fate.released.set()
            case "largest_file":
                _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
                resource.setrlimit(resource.RLIMIT_FSIZE, (hard if value is None else value, hard))
    tell(obeyed=True)


def main() -> None:
    """Start what is ordered, one at a time, until nobody orders any more."""
    be_patient(setattr)
    httpx.AsyncClient()  # these two import the most of what they need only now
    uvicorn.Config(app=FastAPI()).load()
    gc.collect()
    gc.freeze()  # or every child's own collection would look at, and so copy, all that is here
    while line := os.read(0, 65536):
        ordered = json.loads(line)
        step = Step(ordered["step"]) if ordered["step"] else None
        orders = Orders(**{**ordered, "step": step, "end": End(ordered["end"])})
        child = os.fork()
        if child == 0:
            live(orders)
            return
        _, status = os.waitpid(child, 0)
        tell(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
