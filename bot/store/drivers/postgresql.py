"""PostgreSQL: a server, and any number of replicas."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from hashlib import sha256
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL

from bot.errors import ConstraintBroken, Misconfigured
from bot.store.compiled import Plans
from bot.store.drivers.driver import LOCK_WAIT, READ_LOCK_WAIT, Locked, Lost
from bot.store.listening import Listener, news

PLANS = Plans(PGDialect_psycopg(paramstyle="format"))  # type: ignore[no-untyped-call]  # SQLAlchemy's

_CONNECT_WAIT = 5
_MOST_PREPARED = 2000
_ALIVE = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""Within about half a minute a connection to a server that is gone is an error, unless the URL says more."""
_IDLE_LIMIT = 10
"""Seconds that a replica which was stopped within a transaction can keep the others from writing."""


class Postgres:
    """A server. Writers of its replicas lock each other out, and together what runs in their pools."""

    dialect = "postgresql"
    plans = PLANS
    errors: tuple[type[Exception], ...] = (psycopg.Error,)
    no_table: tuple[type[Exception], ...] = (pg.UndefinedTable,)
    no_right: tuple[type[Exception], ...] = (pg.InsufficientPrivilege,)

    def __init__(self, url: URL) -> None:
        if not url.database:
            raise Misconfigured("a PostgreSQL store is a database: postgresql://user:password@host/database")
        self.url = url.set(drivername="postgresql+psycopg")
        self.place = url.set(query={}).render_as_string(hide_password=True)
        self._name = uuid.uuid4().hex  # among the replicas
        self._connections = WeakSet[psycopg.Connection[Any]]()
        bare = URL.create(**{**url._asdict(), "password": None})
        try:  # what is wrong with a URL is quoted by who reads it
            given = conninfo_to_dict(bare.render_as_string(hide_password=False).replace(" ", "%20"))
        except psycopg.Error as error:
            raise Misconfigured(str(error)) from error
        self._options = str(given.pop("options", ""))
        # With options it may be another schema, which is another store in the same database.
        which = f" {sha256(self._options.encode()).hexdigest()[:8]}" if self._options else ""
        self._called = f"countersign{which}"
        secret = {} if url.password is None else {"password": url.password}
        self._conninfo = make_conninfo("", **{**_ALIVE, **given, **secret})

    @property
    def beside(self) -> Postgres:
        """Return itself: a pool can run verbs at the same time."""
        return self

    def connect(self, *, readonly: bool) -> psycopg.Connection[Any]:
        """Connect to the server. Raise `Lost` if that fails."""
        wait = int((READ_LOCK_WAIT if readonly else LOCK_WAIT) * 1000)
        connection: psycopg.Connection[Any] | None = None
        try:
            connection = psycopg.connect(
                self._conninfo,
                autocommit=True,  # begin and commit are ours, as text
                connect_timeout=_CONNECT_WAIT,
                options=f"{self._options} -c TimeZone=UTC -c lock_timeout={wait}ms"
                f" -c idle_in_transaction_session_timeout={_IDLE_LIMIT}s",
                application_name=self._called,
            )
            self._connections.add(connection)
            row = connection.execute("SHOW synchronous_commit").fetchone()
            if row == ("off",):  # stronger settings than "on" are the operator's to choose
                connection.execute("SET synchronous_commit = on")
        except psycopg.Error as error:
            if connection is not None:
                connection.close()
            raise Lost(str(error)) from error
        connection.prepared_max = _MOST_PREPARED
        return connection

    def begin_write(self, connection: psycopg.Connection[Any]) -> None:
        """Begin alone: nothing else is written until the end of this transaction. Raise `Locked`, `Lost`."""
        self._begin(connection, f"{_BEGIN}; SELECT pg_advisory_xact_lock({_GATE})")

    def begin_shared(self, connection: psycopg.Connection[Any]) -> None:
        """Begin beside others that do the same, with no writer among them. Raise `Locked` or `Lost`."""
        self._begin(connection, f"{_BEGIN}; SELECT pg_advisory_xact_lock_shared({_GATE}); {_PATIENT}")

    def begin_read(self, connection: psycopg.Connection[Any], *, at_leisure: bool = False) -> None:
        """Begin on a snapshot, so that all statements see the same state."""
        self._begin(connection, f"{_BEGIN_READ}; {_AT_LEISURE}" if at_leisure else _BEGIN_READ)

    def _begin(self, connection: psycopg.Connection[Any], sql: str) -> None:
        try:
            connection.execute(sql.encode(), prepare=False)  # two statements cannot be prepared
        except psycopg.Error as error:
            raise self.explain(error, connection) from error

    def commit(self, connection: psycopg.Connection[Any]) -> None:
        """Commit. While the server still answers, an error says for certain that nothing was kept."""
        try:
            status = connection.execute("COMMIT").statusmessage
        except psycopg.Error as error:
            if connection.closed:
                raise  # sent, perhaps done: unknown
            raise Lost(str(error), again=isinstance(error, _AGAIN)) from error
        if (
            status != "COMMIT"
        ):  # to the commit of a failed transaction the server answers ROLLBACK, and no error
            raise Lost("the transaction had failed before its commit")

    @contextmanager
    def after(
        self, connection: psycopg.Connection[Any], statements: Sequence[tuple[str, Sequence[Any]]]
    ) -> Iterator[None]:
        """Have what is executed within go in one round trip with `statements`, which run before it.

        An error of any of them is raised at the end, explained.
        """
        try:
            with connection.pipeline():
                _send(connection, statements)
                yield
        except psycopg.Error as error:
            raise self.explain(error, connection) from error

    def commit_with(
        self,
        connection: psycopg.Connection[Any],
        statements: Sequence[tuple[str, Sequence[Any]]],
        *,
        tell: bool,
    ) -> None:
        """Run statements and commit in one round trip, with errors as of `commit`; `tell` the others, too.

        After an error the connection is closed.
        """
        told = [(news(self._name), ())] if tell else []
        try:
            with connection.pipeline() as pipeline:
                _send(connection, (*statements, *told))
                committed = connection.cursor().execute(b"COMMIT")
                pipeline.sync()
            status = committed.statusmessage
        except psycopg.Error as error:
            is_unknown = connection.closed
            connection.close()
            if is_unknown:
                raise  # sent, perhaps done
            raise Lost(str(error), again=True) from error
        if status != "COMMIT":
            raise Lost("the transaction had failed before its commit")

    def round_trip(self, connection: psycopg.Connection[Any]) -> float:
        """Return the seconds that the shortest of a few statements takes, there and back."""
        taken = []
        for _ in range(20):
            before = time.perf_counter()
            connection.execute("SELECT 1")
            taken.append(time.perf_counter() - before)
        return min(taken)

    def roll_back(self, connection: psycopg.Connection[Any]) -> None:
        """Roll back, if a transaction is open."""
        if connection.info.transaction_status is TransactionStatus.IDLE:
            return
        # Past psycopg, which would have every statement prepared again after that.
        result = connection.pgconn.exec_(b"ROLLBACK")
        if result.status != ExecStatus.COMMAND_OK:
            raise Lost(result.error_message.decode(errors="replace").strip() or "the connection is gone")

    def explain(self, error: Exception, connection: psycopg.Connection[Any]) -> Exception:
        """Judge by the connection first, then by the server's error class."""
        if connection.closed or connection.info.transaction_status is TransactionStatus.IDLE:
            return Lost(str(error))
        if isinstance(error, _LOCKED) and _TOO_LONG not in str(error):
            return Locked(str(error))
        if isinstance(error, _AGAIN):
            return Lost(str(error), again=True)
        if isinstance(error, _LOST):
            return Lost(str(error))
        if isinstance(error, psycopg.IntegrityError):
            return ConstraintBroken(str(error))
        return error

    def take_lock(self) -> Callable[[], None]:
        """Lock nothing: several replicas may serve one server."""
        return lambda: None

    def is_in_use(self) -> bool:
        """Ask the server."""
        with closing(self.connect(readonly=True)) as connection:
            return connection.execute(_OTHERS, [self._called]).fetchone() != (0,)

    def is_in_place(self) -> bool:
        """Return True: a server has one place for its connections."""
        return True

    def tidy(self, connection: psycopg.Connection[Any]) -> None:
        """Leave it to the server's own vacuum and checkpoints."""

    def tell(self, connection: psycopg.Connection[Any]) -> None:
        """Tell the other replicas."""
        try:
            connection.execute(news(self._name).encode())
        except psycopg.Error as error:
            raise self.explain(error, connection) from error

    def hear(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Listen, on a connection more."""
        return Listener(partial(self.connect, readonly=True), heard, name=self._name).end

    def cut(self) -> None:
        """Shut the sockets down. It may be called from any thread."""
        for connection in list(self._connections):
            with suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)


def _send(connection: psycopg.Connection[Any], statements: Iterable[tuple[str, Sequence[Any]]]) -> None:
    for text, values in statements:
        connection.cursor().execute(text.encode(), values)


_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = %s AND pid <> pg_backend_pid()"
)
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_AT_LEISURE = "SET LOCAL idle_in_transaction_session_timeout = 0"  # who only reads keeps nobody from writing
_PATIENT = f"SET LOCAL lock_timeout = '{READ_LOCK_WAIT}s'"
_GATE = 0x436F756E74657273
"""The number of the lock that a writer takes for itself, and the verbs of a pool share."""

# A lock timeout is a signal that the server sends itself. If one lock of a statement is taken just then and
# the next is waited for, it takes the signal for somebody's cancel.
_LOCKED = (pg.LockNotAvailable, pg.QueryCanceled)
_TOO_LONG = "statement timeout"
"""In what the server says if it was the statement's own time that ended it."""
_AGAIN = (pg.SerializationFailure, pg.DeadlockDetected)
_LOST = (pg.DiskFull, pg.OutOfMemory, pg.ReadOnlySqlTransaction, pg.IdleInTransactionSessionTimeout)
