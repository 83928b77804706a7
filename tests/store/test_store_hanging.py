"""A PostgreSQL server that takes what it is sent and never answers again."""

from __future__ import annotations

import asyncio
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import func, select

from bot.clock import Clock, PushedClock
from bot.errors import Busy, StoreDown
from bot.store import database as opened
from bot.store import writer
from bot.store.database import Database, Tx
from bot.store.drivers import postgresql

pytestmark = pytest.mark.postgres


class Line:
    """What is said to a server and answered goes through here, until it is `dead`."""

    def __init__(self, url: str) -> None:
        self._server = conninfo_to_dict(url)
        self.dead, self.end = threading.Event(), threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._others: dict[socket.socket, socket.socket] = {}
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._listening, selectors.EVENT_READ)
        port = self._listening.getsockname()[1]
        self.url = f"postgresql://{self._server['user']}@127.0.0.1:{port}/{self._server['dbname']}"

    def carry(self) -> None:
        while not self.end.is_set():
            for key, _ in self._ready.select(timeout=0.05):
                one = key.fileobj
                assert isinstance(one, socket.socket)
                if one is self._listening:
                    self._join(one.accept()[0])
                elif not self.dead.is_set():
                    self._pass_on(one)
                else:
                    self._ready.unregister(one)

    def close(self) -> None:
        for one in (self._ready, self._listening, *self._others):
            one.close()

    def _join(self, client: socket.socket) -> None:
        host = str(self._server["host"])
        if host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{host}/.s.PGSQL.{self._server.get('port', 5432)}")
        else:
            server = socket.create_connection((host, int(self._server.get("port", 5432))))
        for one, other in ((client, server), (server, client)):
            self._others[one] = other
            self._ready.register(one, selectors.EVENT_READ)

    def _pass_on(self, one: socket.socket) -> None:
        said = one.recv(65_536)
        with suppress(OSError):
            if said:
                self._others[one].sendall(said)
                return
            self._others[one].shutdown(socket.SHUT_RDWR)
        self._ready.unregister(one)


@pytest.fixture
def line(postgresql_url: str) -> Iterator[Line]:
    made = Line(postgresql_url)
    carrying = threading.Thread(target=made.carry)
    carrying.start()
    yield made
    made.end.set()
    carrying.join()
    made.close()


@contextmanager
def impatiently(patched: pytest.MonkeyPatch) -> Iterator[None]:
    with patched.context() as soon:
        soon.setattr(postgresql, "_CONNECT_WAIT", 2)  # the least that there is
        soon.setattr(writer, "LAST_TRIES", 0.1)
        soon.setattr(opened, "_PATIENCE", 0.2)
        soon.setattr(opened, "_AGAIN", 0.1)
        yield


@pytest.mark.covers("F8")
async def test_a_store_whose_server_hangs_can_be_closed_and_says_that_nothing_was_changed(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database.open(line.url, clock=Clock())
    database.on_commit(lambda: None)
    database.submit(Tx.wake).result(10)
    line.dead.set()
    waiting = database.submit(Tx.wake)
    with pytest.raises(Busy):
        await database.write(Tx.wake, deadline=0.1)
    reading = asyncio.create_task(database.read(Tx.wake))
    with impatiently(monkeypatch):
        await asyncio.to_thread(database.close)
    for answer in (asyncio.wrap_future(waiting), reading):
        with pytest.raises(StoreDown):
            await answer


def test_what_is_read_in_pieces_waits_for_whoever_takes_them(postgresql_url: str, clock: PushedClock) -> None:
    limit = select(func.current_setting("idle_in_transaction_session_timeout").label("now"))

    def limits(tx: Tx) -> list[str]:
        return [row.now for row in tx.all(limit)]

    with Database.open(postgresql_url, clock=clock) as database:
        assert database.read_sync(limits) == ["10s"]
        with database.reading() as tx:
            assert limits(tx) == ["0"], "an export that is looked through page by page"
        assert database.read_sync(limits) == ["10s"]
