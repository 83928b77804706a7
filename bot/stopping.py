"""How the program is told to stop: by SIGTERM or SIGINT, also while it starts and waits for Slack.

A command ends at Ctrl-C (SIGINT) as long as nothing was done. What it has begun it finishes, and says so.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_NOTICED_WITHIN = 0.2
"""Seconds after which Ctrl-C is noticed at the latest."""


class Stopped(Exception):
    """Raised when the start is broken off, because the program was told to stop."""


@contextmanager
def starting(stop: asyncio.Event) -> Iterator[None]:
    """Have SIGTERM and SIGINT set `stop` from now on; one that comes within this block breaks it off.

    Raise Stopped then.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None

    def break_off() -> None:
        if not stop.is_set():
            task.cancel()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, break_off)
    try:
        yield
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
        task.uncancel()
        raise Stopped from None
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


def finished(job: Future[T], *, interrupted: Callable[[], object] = lambda: None) -> T:
    """Return what a command's verb answers. From then on Ctrl-C is not heard: the command says what it did.

    Before the verb has begun, Ctrl-C takes it back: raise KeyboardInterrupt, nothing is done then. One that
    comes later breaks nothing off; `interrupted` is called in either case.
    """
    try:
        # In short waits: a signal that comes just before a wait begins is noticed only after it.
        while not job.done():
            wait([job], timeout=_NOTICED_WITHIN)
        _hear_no_more()
    except KeyboardInterrupt:
        interrupted()
        if job.cancel():
            raise
        _hear_no_more()
    return job.result()


@contextmanager
def hearing_again() -> Iterator[None]:
    """Have Ctrl-C heard after the block as before it."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if _gets_signals():
            signal.signal(signal.SIGINT, before)


def _hear_no_more() -> None:
    if _gets_signals():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _gets_signals() -> bool:
    return threading.current_thread() is threading.main_thread()
