"""What replicas on one PostgreSQL server tell each other: that a commit has left something to do.

Nothing depends on it. Who hears nothing, since the connection is broken or a pooler stands between, looks
for work every second anyway.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

_CHANNEL = "countersign"
_AGAIN = 5.0
"""Seconds after which a lost connection is made again."""


def news(name: str) -> str:
    """Return the statement by which the replica of this name tells the others, once it has committed."""
    return f"NOTIFY {_CHANNEL}, '{name}'"


class Listener:
    """Calls `heard` after what others than `name` have committed, on a thread of its own, until its end."""

    def __init__(
        self, connect: Callable[[], psycopg.Connection[Any]], heard: Callable[[], None], *, name: str
    ) -> None:
        """Begin. `connect` opens a connection or raises; it is called on the thread."""
        self._connect = connect
        self._heard = heard
        self._name = name
        self._ended = threading.Event()
        self._told_to_end, self._end = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="countersign-listener", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Hear nothing more."""
        self._ended.set()
        self._end.send(b".")
        self._thread.join()
        self._told_to_end.close()
        self._end.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001 - whatever it is, who hears nothing looks every second
                log.info("commits of other replicas are not heard of: %s", error)
                self._ended.wait(_AGAIN)

    def _listen(self) -> None:
        """Listen until the end. Raise what breaks the connection."""
        with self._connect() as connection, selectors.DefaultSelector() as said:
            said.register(connection, selectors.EVENT_READ)
            said.register(self._told_to_end, selectors.EVENT_READ)
            connection.execute(f"LISTEN {_CHANNEL}".encode())
            while self._told_to_end not in {key.fileobj for key, _ in said.select()}:
                if any(one.payload != self._name for one in connection.notifies(timeout=0)):
                    self._heard()
