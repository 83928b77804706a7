"""How the program is told to stop: by SIGTERM or SIGINT, also while it starts and waits for Slack."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager


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
