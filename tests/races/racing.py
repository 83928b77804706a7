"""Processes of their own that act on one store at one instant, as replicas of the bot do.

with parties(url) as both:
    ((won,), (lost,)) = both.race([do(decide, …)], [do(decide, …)])

They are forked from a warm server that has imported the product and holds nothing else. Each opens the store
as `serve` does; a barrier lets all of them go at once.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.clock import PushedClock
from bot.store.database import Database, InboxKey

_PATIENCE = 300.0
_TOGETHER = 0.0005  # seconds after the barrier: a process that is woken late is there too
_HEAD_START = 0.0003

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(
    [
        "bot.store.database",
        "bot.services.directory_file",
        "bot.services.settings.policy",
        "bot.services.sweeps",
    ]
)


class Reading(StrEnum):
    """A reading of the party's own clock, in the place of an argument."""

    NOW = "now"
    REAL = "real"


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """A verb for a party to run. `lag` is how many seconds after the others it is to begin."""

    verb: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    inbox: InboxKey | None = None
    lag: float = 0.0


def do(verb: Callable[..., Any], *args: Any, inbox: InboxKey | None = None, **kwargs: Any) -> Do:
    return Do(verb=verb, args=args, kwargs=kwargs, inbox=inbox)


@dataclass(frozen=True, slots=True)
class Raised:
    """The answer of a verb that raised."""

    error: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """What a verb answered, and between which readings of the clock that all processes share."""

    answer: Any
    began: float
    ended: float


class SkewedClock(PushedClock):
    """The clock of a machine whose own time is wrong by so much."""

    def __init__(self, wrong: timedelta) -> None:
        self._wrong = wrong
        super().__init__()

    def wall(self) -> datetime:
        return super().wall() + self._wrong


class Parties:
    """The processes, as the test sees them."""

    def __init__(self, pipes: Sequence[Any]) -> None:
        self._pipes = pipes

    def open(self, url: str) -> None:
        """Have all open another store, and let go of the one before."""
        for pipe in self._pipes:
            pipe.send(url)
        self._receive(self._pipes)

    def leave(self) -> None:
        """Have all let go of their store."""
        self.open("")

    def race(self, *programs: Sequence[Do]) -> list[list[Did]]:
        """Let each party run its program, all from one instant on. Return what each did."""
        (round_,) = self.rounds([programs])
        return round_

    def rounds(self, rounds: Sequence[Sequence[Sequence[Do]]]) -> list[list[list[Did]]]:
        """Run one race after the other. Return for each what each party did."""
        size = len(rounds[0])
        pipes = self._pipes[:size]
        for number, pipe in enumerate(pipes):
            pipe.send((size, [one[number] for one in rounds]))
        return [list(one) for one in zip(*self._receive(pipes), strict=True)]

    def duels(self, pairs: Sequence[tuple[Do, Do]], *, seed: int = 0) -> list[tuple[Any, Any]]:
        """Race one verb against another, again and again, and return their answers.

        Who has the head start, and how much of one, is another each time: a race that one side always wins is
        none.
        """
        chance = random.Random(seed)
        rounds = []
        for number, pair in enumerate(pairs):
            lags = [0.0, chance.uniform(0, _HEAD_START)]
            if number % 2:
                lags.reverse()
            rounds.append([[replace(one, lag=lag)] for one, lag in zip(pair, lags, strict=True)])
        return [(one.answer, other.answer) for ((one,), (other,)) in self.rounds(rounds)]

    @staticmethod
    def _receive(pipes: Sequence[Any]) -> list[Any]:
        answers = []
        for pipe in pipes:
            assert pipe.poll(_PATIENCE), "a party does not answer"
            answers.append(pipe.recv())
        return answers


@contextmanager
def parties(
    url: str | None = None, *, count: int = 2, wrong: Sequence[timedelta] = (), pool: int | None = None
) -> Iterator[Parties]:
    """Start `count` processes. `wrong`: how far off each clock is; `pool`: verbs at once in each."""
    barriers = {size: (_server.Barrier(size), _server.Value("d", 0.0)) for size in range(1, count + 1)}
    with ExitStack() as stack:
        pipes = []
        for number in range(count):
            ours, theirs = _server.Pipe()
            skew = wrong[number] if wrong else timedelta(0)
            process = _server.Process(target=_live, args=(theirs, barriers, skew, pool), daemon=True)
            process.start()
            theirs.close()
            stack.callback(process.join, _PATIENCE)
            stack.callback(ours.close)
            stack.callback(ours.send, None)
            pipes.append(ours)
        made = Parties(pipes)
        if url is not None:
            made.open(url)
        yield made


# --- in the process of a party


def _end_with_the_test() -> None:
    """Be gone when the test is, wherever this process waits just then."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _live(pipe: Any, barriers: Mapping[int, tuple[Any, Any]], wrong: timedelta, pool: int | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the test's to act on
    threading.Thread(target=_end_with_the_test, daemon=True).start()
    clock = SkewedClock(wrong)
    with ExitStack() as stack:
        while (message := pipe.recv()) is not None:
            if isinstance(message, str):
                stack.close()
                if message:
                    database = stack.enter_context(Database.open(message, clock=clock, pool=pool))
                    database.set_clock()
                pipe.send(None)
            else:
                size, programs = message
                pipe.send([_run(database, clock, program, *barriers[size]) for program in programs])


def _run(
    database: Database, clock: PushedClock, program: Sequence[Do], barrier: Any, start: Any
) -> list[Did]:
    if barrier.wait(_PATIENCE) == 0:
        start.value = time.monotonic() + _TOGETHER
    barrier.wait(_PATIENCE)
    done = []
    for one in program:
        begin = start.value + one.lag
        while time.monotonic() < begin:
            pass  # a sleep would be too coarse: both are to be in the store within microseconds
        done.append(_do(database, clock, one))
    return done


def _do(database: Database, clock: PushedClock, one: Do) -> Did:
    readings = {Reading.NOW: clock.now, Reading.REAL: clock.real}
    kwargs = {
        name: readings[value]() if isinstance(value, Reading) else value for name, value in one.kwargs.items()
    }
    began = time.monotonic()
    submitted = database.submit(one.verb, *one.args, inbox=one.inbox, deadline=_PATIENCE / 2, **kwargs)
    try:
        answer = submitted.result(_PATIENCE)
    except Exception as error:  # noqa: BLE001 - whatever it is, the test is to see it
        answer = Raised(type(error).__name__, str(error))
    return Did(answer=answer, began=began, ended=time.monotonic())
