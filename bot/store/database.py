"""The store: open it, write to it by verbs, read from it by queries.

A verb is a plain function `verb(tx, …)` that decides and stores; it runs on the writer's thread, in a
savepoint of its own, and what it returns reaches the caller only once it is on disk. A denial is a
normal return value; an exception undoes the verb. A query is the same on a thread for reading, over one
consistent state.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Self, TypeVar, overload

from sqlalchemy import Text, text

from bot.clock import Clock
from bot.domain.inbox import InboxKey, Repeated
from bot.errors import Misconfigured, StoreDown
from bot.store import journal, migrations
from bot.store.anchors import anchor_beside, drop_anchor, read_anchors
from bot.store.compiled import Row
from bot.store.drivers import Driver, Lost, driver_for
from bot.store.drivers.sqlite import Sqlite
from bot.store.owners import give_to_owner_of
from bot.store.tx import Tx, is_concurrent
from bot.store.types import UTCDateTime
from bot.store.verifying import Verdict, verify
from bot.store.writer import LAST_TRIES, Job, Writer

__all__ = ["Database", "InboxKey", "Repeated", "Row", "Tx"]

log = logging.getLogger(__name__)

T = TypeVar("T")

INBOUND_DEADLINE = 2.0
"""Seconds an inbound waits for its commit at most: Slack wants its answer within three, reads included."""

_READERS = 4
# In seconds:
_PATIENCE = LAST_TRIES + 1.0  # with a server that does not answer while the store is closed
_AGAIN = 1.0  # and with what it made another connection for
_SERVER_TIME = text("SELECT clock_timestamp() AS at").columns(at=UTCDateTime)
_VERSION = text("SELECT version_num FROM alembic_version").columns(version_num=Text)


class Database:
    """An open store. Close it, or use it as a context manager."""

    def __init__(
        self,
        driver: Driver,
        *,
        clock: Clock,
        unlock: Callable[[], None],
        anchor: Path | None,
        pool: int | None = None,
        patience: float | None = None,
    ) -> None:
        """Use `Database.open`."""
        self._driver = driver
        self._patience = patience
        self._clock = clock
        self._unlock = unlock
        self._anchor = anchor
        self._idle: list[Any] = []
        self._is_open = False
        self._is_released = False
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="countersign-reader")
        try:
            self._check_version()
            self._writer = Writer(driver, clock=clock, pool=pool)
            self._is_open = True
        except BaseException:
            self._release()
            raise

    @classmethod
    def open(
        cls,
        url: str,
        *,
        clock: Clock,
        exclusive: bool = False,
        anchor: Path | None = None,
        pool: int | None = None,
        patience: float | None = None,
    ) -> Self:
        """Open the store at `url`: `sqlite:///path` or `postgresql://…`.

        `exclusive` refuses to be the second on one SQLite file; PostgreSQL serves several replicas. The
        head of the journal is kept outside, in the file `anchor`, by default beside a SQLite file and
        not at all for PostgreSQL. On PostgreSQL, `pool` verbs run at the same time; by default, a few,
        and more if the server is far. `patience` is for how many seconds a verb without a deadline waits
        until it begins; None: for ever. Raise `Misconfigured` if the store is missing, of another version or
        in use.
        """
        driver = driver_for(url)
        if anchor is None and isinstance(driver, Sqlite):
            anchor = anchor_beside(driver.path)
        unlock = driver.take_lock() if exclusive else lambda: None
        try:
            return cls(driver, clock=clock, unlock=unlock, anchor=anchor, pool=pool, patience=patience)
        except Lost as lost:
            raise StoreDown(str(lost)) from lost

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def down(self) -> str | None:
        """Why nothing can be written just now; None if all is well."""
        return self._writer.down

    @property
    def replaced(self) -> Future[str]:
        """Done once the store is not where it was opened, so that nothing can be kept; says so in words."""
        return self._writer.replaced

    # --- writing

    @overload
    async def write(
        self,
        verb: Callable[..., T],
        /,
        *args: Any,
        inbox: None = None,
        urgent: bool = True,
        deadline: float | None = None,
        **kwargs: Any,
    ) -> T: ...
    @overload
    async def write(
        self,
        verb: Callable[..., T],
        /,
        *args: Any,
        inbox: InboxKey | None,
        urgent: bool = True,
        deadline: float | None = None,
        **kwargs: Any,
    ) -> T | Repeated: ...
    async def write(
        self,
        verb: Callable[..., T],
        /,
        *args: Any,
        inbox: InboxKey | None = None,
        urgent: bool = True,
        deadline: float | None = None,
        **kwargs: Any,
    ) -> T | Repeated:
        """Run `verb(tx, *args, **kwargs)` and return its answer once it is on disk.

        `inbox` makes it happen once: the second time the answer is `Repeated`. `urgent` verbs go before
        others. `deadline` is in seconds from now, by default 2 for what has an inbox key and none for
        the rest. Raise `Busy` or `StoreDown` if the deadline passes first (nothing was changed),
        `Unconfirmed` if it is not known whether it was kept, and whatever the verb raises.
        """
        answer: T | Repeated = await self._writer.wait(
            self._job(verb, args, kwargs, inbox=inbox, urgent=urgent, deadline=deadline)
        )
        return answer

    def submit(
        self,
        verb: Callable[..., T],
        /,
        *args: Any,
        inbox: InboxKey | None = None,
        urgent: bool = True,
        deadline: float | None = None,
        **kwargs: Any,
    ) -> Future[T]:
        """Do as `write`, for threads, the command line and tests: the future's `result()` is the answer.

        Never wait for it on the writer's own thread (in a verb or a commit listener).
        """
        job = self._job(verb, args, kwargs, inbox=inbox, urgent=urgent, deadline=deadline)
        self._writer.submit(job)
        return job.future

    def _job(
        self,
        verb: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        inbox: InboxKey | None,
        urgent: bool,
        deadline: float | None,
    ) -> Job:
        if deadline is None:
            deadline = self._patience if inbox is None else INBOUND_DEADLINE
        due = None if deadline is None else self._clock.monotonic() + deadline
        marked = is_concurrent(verb, args)
        return Job(
            verb=verb, args=args, kwargs=kwargs, inbox=inbox, urgent=urgent, due=due, concurrent=marked
        )

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener`, on any thread, after each commit in which a verb called `tx.wake()`.

        On PostgreSQL that may be another replica's commit too, at once, while its connection holds.
        """
        self._writer.on_commit(listener)

    # --- reading

    async def read(self, query: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        """Run `query(tx, *args, **kwargs)` on a thread for reading and return its answer."""
        try:
            reading = asyncio.get_running_loop().run_in_executor(
                self._readers, lambda: self.read_sync(query, *args, **kwargs)
            )
        except RuntimeError as closed:  # the pool takes no more
            raise StoreDown("the store is closed") from closed
        return await reading

    def read_sync(self, query: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        """Run `query(tx, *args, **kwargs)` here and return its answer."""
        with self._reading(at_leisure=False) as tx:
            return query(tx, *args, **kwargs)

    def reading(self) -> AbstractContextManager[Tx]:
        """Give a transaction that reads one consistent state, for what is read in pieces, such as exports.

        It lasts as long as whoever takes the pieces.
        """
        return self._reading(at_leisure=True)

    @contextmanager
    def _reading(self, *, at_leisure: bool) -> Iterator[Tx]:
        connection = self._begin_read(at_leisure=at_leisure)
        try:
            yield Tx(self._driver, connection, now=self._clock.now)
            with suppress(
                *self._driver.errors, Lost
            ):  # all was read: one that is gone now is closed, and no matter
                self._driver.roll_back(connection)
                if len(self._idle) < _READERS and not self._is_released:
                    self._idle.append(connection)
                    connection = None
        except Lost as lost:
            raise StoreDown(str(lost)) from lost
        finally:
            if connection is not None:
                connection.close()
            elif self._is_released:  # just now, and what was kept with it
                self._close_idle()

    def _begin_read(self, *, at_leisure: bool) -> Any:
        while self._idle:
            with suppress(IndexError, Lost):  # taken by another thread; or gone since it was last used
                return self._begin_read_on(self._idle.pop(), at_leisure=at_leisure)
        try:
            return self._begin_read_on(self._driver.connect(readonly=True), at_leisure=at_leisure)
        except Lost as lost:
            raise StoreDown(str(lost)) from lost
        except Misconfigured as wrong:
            if not self._is_open:
                raise
            raise StoreDown(str(wrong)) from wrong  # the file was there when the store was opened

    def _begin_read_on(self, connection: Any, *, at_leisure: bool) -> Any:
        try:
            self._driver.begin_read(connection, at_leisure=at_leisure)
        except BaseException:
            connection.close()
            raise
        return connection

    # --- the time

    def set_clock(self) -> None:
        """Correct the clock to the server's time, which all replicas share. Only PostgreSQL has a server."""
        if self._driver.dialect == "postgresql":
            self._clock.set_offset(self.read_sync(self._offset))

    def _offset(self, tx: Tx) -> timedelta:
        before = self._clock.wall()
        row = tx.one(_SERVER_TIME)
        after = self._clock.wall()
        assert row is not None
        offset: timedelta = row.at - (before + (after - before) / 2)
        # The server looked at its clock somewhere between the two: what is less than that is no offset.
        return offset if abs(offset) > (after - before) / 2 else timedelta(0)

    # --- opening and closing

    def _check_version(self) -> None:
        try:
            row = self.read_sync(lambda tx: tx.one(_VERSION))
        except self._driver.no_table as error:
            raise Misconfigured("the store has no tables yet: run `countersign migrate`") from error
        except self._driver.errors as error:
            raise Misconfigured(f"the store cannot be read: {error}") from error
        found = row.version_num if row else None
        if found != migrations.HEAD:
            raise Misconfigured(
                f"the store is at version {found}, this program needs {migrations.HEAD}: "
                "run `countersign migrate` with the newer of the two"
            )

    def anchor(self) -> None:
        """Append the journal's head to the anchor file, if there is one and the head has moved.

        Raise `Misconfigured` if that cannot be.
        """
        if self._anchor is not None and self._driver.is_in_place():
            drop_anchor(self._anchor, self.read_sync(journal.head), at=self._clock.real())
            give_to_owner_of(Path(self._driver.place), self._anchor)

    def verify(self) -> Verdict:
        """Check the whole journal, also against the anchor file."""
        anchors = [] if self._anchor is None else read_anchors(self._anchor)
        return self.read_sync(verify, anchors=anchors)

    def close(self) -> None:
        """Finish what waits to be written, anchor the journal and close every connection.

        A server that hangs is not waited for: after some seconds every connection is cut off.
        """
        with self._cutting_off():
            self._writer.close()
            try:
                self.anchor()
            except (Misconfigured, StoreDown) as error:  # the next anchor covers this one
                log.warning("the journal's head is not anchored: %s", error)
            except Exception:  # closing must reach its end
                log.exception("the journal's head could not be anchored")
            self._release()

    @contextmanager
    def _cutting_off(self) -> Iterator[None]:
        """Cut every connection off until the block ends, if that takes long."""
        ended = threading.Event()

        def run() -> None:
            wait = _PATIENCE
            while not ended.wait(wait):
                log.warning("the store does not answer: its connections are cut off")
                self._driver.cut()
                wait = _AGAIN

        thread = threading.Thread(target=run, name="countersign-closing", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _release(self) -> None:
        self._readers.shutdown()
        self._is_released = True  # what reads still, on a thread of others, keeps nothing
        self._close_idle()
        self._unlock()

    def _close_idle(self) -> None:
        with suppress(IndexError):  # the last one was taken by another thread
            while self._idle:
                self._idle.pop().close()
