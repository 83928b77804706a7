"""The two databases: how each connects, begins and commits, and what its errors mean."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote
from weakref import WeakSet

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import ConstraintBroken, Misconfigured
from bot.store.compiled import POSTGRESQL, SQLITE, Plans
from bot.store.listening import Listener, news

LOCK_WAIT = 0.25
"""Seconds one attempt to begin waits for another writer; the writer looks at its deadlines in between."""

DRIVER_ERRORS = (sqlite3.Error, psycopg.Error)
NO_TABLE = (sqlite3.OperationalError, pg.UndefinedTable)
NO_RIGHT = pg.InsufficientPrivilege

_READ_LOCK_WAIT = 2.0
_CONNECT_WAIT = 5
_MOST_PREPARED = 2000
_ALIVE = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""Within about half a minute a connection to a server that is gone is an error, unless the URL says more."""
_IDLE_LIMIT = 10
"""Seconds that a replica which was stopped within a transaction can keep the others from writing."""


class Lost(Exception):
    """Raised when the transaction is gone, with all that was done in it. Nothing of it was kept.

    `again`: it lost against another transaction, and the same may well succeed.
    """

    def __init__(self, words: str, *, again: bool = False) -> None:
        super().__init__(words)
        self.again = again


class Locked(Lost):
    """Raised when another writer did not release its lock in time."""

    def __init__(self, words: str) -> None:
        super().__init__(words, again=True)


class Driver(Protocol):
    """What the writer and the readers need of a database. A connection is the driver library's own."""

    dialect: str
    plans: Plans
    url: URL
    place: str
    """Where it is, for people to read: without a password."""

    def connect(self, *, readonly: bool) -> Any:
        """Open a connection in the state this product needs, checked by reading it back."""

    def begin_write(self, connection: Any) -> None:
        """Begin. Raise `Locked` if another writer holds its lock, `Lost` if the connection cannot be used."""

    def begin_read(self, connection: Any) -> None:
        """Begin a read of one consistent state."""

    def commit(self, connection: Any) -> None:
        """Commit. Raise `Lost` if it is certain that nothing was kept; any other error leaves it unknown."""

    def roll_back(self, connection: Any) -> None:
        """Leave the transaction, whatever state it is in."""

    def explain(self, error: Exception, connection: Any) -> Exception:
        """Return what a driver's error means: `Lost`, `Locked`, `ConstraintBroken` or itself."""

    def take_lock(self) -> Callable[[], None]:
        """Lock out a second instance and return how to unlock. Raise `Misconfigured` if there is one."""

    def is_in_place(self) -> bool:
        """Say whether the store is where it was opened. What is written to one that is not is soon lost."""

    def tidy(self, connection: Any) -> None:
        """Do what is best done while nobody waits."""

    def tell(self, connection: Any) -> None:
        """Have other processes on the store told, once this transaction is committed, to look for work."""

    def hear(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Call `heard`, on any thread, when told so by another process, and return how to stop that."""

    def cut(self) -> None:
        """Cut every connection off: who waits for a server that hangs is answered that it is `Lost`."""


class Sqlite:
    """A file in WAL mode, with one writer at a time."""

    dialect = "sqlite"
    plans = SQLITE

    def __init__(self, url: URL) -> None:
        if not url.database or url.database == ":memory:" or url.host or url.query:
            raise Misconfigured("a SQLite store is a file and nothing more: sqlite:///path/to/store.db")
        self.url = url
        self.path = Path(url.database).absolute()
        self.place = str(self.path)
        self._files: dict[str, tuple[int, int] | None] = {}

    def connect(self, *, readonly: bool) -> sqlite3.Connection:
        """Open the file; never make an empty one."""
        if not self.path.is_file():
            raise Misconfigured("there is no store: run `countersign migrate` first")
        try:
            connection = sqlite3.connect(
                f"file:{quote(str(self.path))}?mode=rw",  # never make an empty one
                uri=True,
                isolation_level=None,  # or the module begins and commits by its own rules
                check_same_thread=False,
                cached_statements=1000,
                timeout=_READ_LOCK_WAIT if readonly else LOCK_WAIT,
            )
            for pragma, value in PRAGMAS.items():
                connection.execute(f"PRAGMA {pragma}={value}")
                (found,) = connection.execute(f"PRAGMA {pragma}").fetchone()
                if str(found) != value:
                    connection.close()
                    raise Misconfigured(f"SQLite does not keep {pragma}={value} here (it says {found})")
            if readonly:
                connection.execute("PRAGMA query_only=1")
            else:
                self._keep_in_mind()
        except sqlite3.Error as error:
            kind = Lost if _code(error) in _SQLITE_LOST else Misconfigured
            raise kind(f"the store cannot be opened: {error}") from error
        return connection

    def begin_write(self, connection: sqlite3.Connection) -> None:
        """Take the write lock at once, so that nothing read in the transaction is out of date."""
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise self.explain(error, connection) from error

    def begin_read(self, connection: sqlite3.Connection) -> None:
        """Begin; the state is fixed by the first read."""
        connection.execute("BEGIN")

    def commit(self, connection: sqlite3.Connection) -> None:
        """Commit to the disk. Only a broken deferred constraint says for certain that nothing was kept."""
        try:
            connection.execute("COMMIT")
        except sqlite3.IntegrityError as error:  # a deferred constraint: the transaction is still open
            raise Lost(str(error)) from error

    def roll_back(self, connection: sqlite3.Connection) -> None:
        """Roll back, if SQLite has not done so by itself."""
        if connection.in_transaction:
            connection.execute("ROLLBACK")

    def explain(self, error: Exception, connection: sqlite3.Connection) -> Exception:
        """Judge by the result code, and by whether SQLite has ended the transaction (disk full)."""
        code = _code(error)
        if code == sqlite3.SQLITE_BUSY and not connection.in_transaction:
            return Locked(str(error))
        if code in _SQLITE_LOST or not connection.in_transaction:
            return Lost(str(error))
        if code in _SQLITE_DAMAGED:
            return Misconfigured(f"the store cannot be read: {error}")
        if isinstance(error, sqlite3.IntegrityError):
            return ConstraintBroken(str(error))
        return error

    def take_lock(self) -> Callable[[], None]:
        """Lock a file beside the store."""
        # SQLite's own lock on a file beside the store: portable, and gone with the process however it ends.
        try:
            lock = sqlite3.connect(
                f"{self.path}.lock", isolation_level=None, check_same_thread=False, timeout=0
            )
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if _code(error) != sqlite3.SQLITE_BUSY:
                raise Misconfigured(f"{self.path.name}.lock beside it cannot be locked: {error}") from error
            raise Misconfigured("another instance serves this store: stop it first") from error
        return lock.close

    def _keep_in_mind(self) -> None:
        """Note which files a writer has open. The main one stays the same for as long as this lives."""
        log = f"{self.path}-wal"
        self._files = {self.place: _inode(self.place)} | self._files | {log: _inode(log)}

    def is_in_place(self) -> bool:
        """Compare the inodes: a file that was removed or replaced goes on taking writes, for nobody."""
        return all(_inode(name) == inode for name, inode in self._files.items())

    def tidy(self, connection: sqlite3.Connection) -> None:
        """Move the write-ahead log into the file."""
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def tell(self, connection: sqlite3.Connection) -> None:
        """Tell nobody: one process at a time serves a file."""

    def hear(self, heard: Callable[[], None]) -> Callable[[], None]:  # noqa: ARG002 - nobody tells anything
        """Hear nothing."""
        return lambda: None

    def cut(self) -> None:
        """Cut nothing: there is no server."""


PRAGMAS = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}  # synchronous 2 is FULL
_SQLITE_LOST = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,  # as when the process has too many files open
}
_SQLITE_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _inode(name: str) -> tuple[int, int] | None:
    try:
        found = os.stat(name)  # noqa: PTH116 - at each commit: a Path takes four times as long
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _code(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


class Postgres:
    """A server. Writers of its replicas lock each other out, and together what runs in their pools."""

    dialect = "postgresql"
    plans = POSTGRESQL

    def __init__(self, url: URL) -> None:
        if not url.database:
            raise Misconfigured("a PostgreSQL store is a database: postgresql://user:password@host/database")
        self.url = url.set(drivername="postgresql+psycopg")
        self.place = url.set(query={}).render_as_string(hide_password=True)
        self._name = uuid.uuid4().hex  # among the replicas
        self._connections = WeakSet[psycopg.Connection[Any]]()
        try:
            given = conninfo_to_dict(url.render_as_string(hide_password=False))
        except psycopg.Error as error:
            raise Misconfigured(str(error)) from error
        self._conninfo = make_conninfo("", **{**_ALIVE, **given})

    def connect(self, *, readonly: bool) -> psycopg.Connection[Any]:
        """Connect to the server. Raise `Lost` if that fails."""
        wait = int((_READ_LOCK_WAIT if readonly else LOCK_WAIT) * 1000)
        try:
            connection = psycopg.connect(
                self._conninfo,
                autocommit=True,  # begin and commit are ours, as text
                connect_timeout=_CONNECT_WAIT,
                options=f"-c TimeZone=UTC -c lock_timeout={wait}ms"
                f" -c idle_in_transaction_session_timeout={_IDLE_LIMIT}s",
                application_name="countersign",
            )
            self._connections.add(connection)
            row = connection.execute("SHOW synchronous_commit").fetchone()
            if row == ("off",):  # stronger settings than "on" are the operator's to choose
                connection.execute("SET synchronous_commit = on")
        except psycopg.Error as error:
            raise Lost(str(error)) from error
        connection.prepared_max = _MOST_PREPARED
        return connection

    def begin_write(self, connection: psycopg.Connection[Any]) -> None:
        """Begin alone: nothing else is written until the end of this transaction. Raise `Locked`, `Lost`."""
        self._begin(connection, f"{_BEGIN}; SELECT pg_advisory_xact_lock({_GATE})")

    def begin_shared(self, connection: psycopg.Connection[Any]) -> None:
        """Begin beside others that do the same, with no writer among them. Raise `Locked` or `Lost`."""
        self._begin(connection, f"{_BEGIN}; SELECT pg_advisory_xact_lock_shared({_GATE}); {_PATIENT}")

    def begin_read(self, connection: psycopg.Connection[Any]) -> None:
        """Begin on a snapshot, so that all statements see the same state."""
        self._begin(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

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
            raise Lost(str(error), again=isinstance(error, _POSTGRES_AGAIN)) from error
        if (
            status != "COMMIT"
        ):  # to the commit of a failed transaction the server answers ROLLBACK, and no error
            raise Lost("the transaction had failed before its commit")

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
                for text, values in (*statements, *told):
                    connection.cursor().execute(text.encode(), values)
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
        if isinstance(error, _POSTGRES_LOCKED) and _TOO_LONG not in str(error):
            return Locked(str(error))
        if isinstance(error, _POSTGRES_AGAIN):
            return Lost(str(error), again=True)
        if isinstance(error, _POSTGRES_LOST):
            return Lost(str(error))
        if isinstance(error, psycopg.IntegrityError):
            return ConstraintBroken(str(error))
        return error

    def take_lock(self) -> Callable[[], None]:
        """Lock nothing: several replicas may serve one server."""
        return lambda: None

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


_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_PATIENT = f"SET LOCAL lock_timeout = '{_READ_LOCK_WAIT}s'"
_GATE = 0x436F756E74657273
"""The number of the lock that a writer takes for itself, and the verbs of a pool share."""

# A lock timeout is a signal that the server sends itself. If one lock of a statement is taken just then and
# the next is waited for, it takes the signal for somebody's cancel.
_POSTGRES_LOCKED = (pg.LockNotAvailable, pg.QueryCanceled)
_TOO_LONG = "statement timeout"
"""In what the server says if it was the statement's own time that ended it."""
_POSTGRES_AGAIN = (pg.SerializationFailure, pg.DeadlockDetected)
_POSTGRES_LOST = (pg.DiskFull, pg.OutOfMemory, pg.ReadOnlySqlTransaction, pg.IdleInTransactionSessionTimeout)


def driver_for(url: str) -> Driver:
    """Return the driver for a URL as `sqlite:///path` or `postgresql://…`.

    Raise `Misconfigured`, in words that hold nothing of a password.
    """
    scheme, between, rest = url.partition("://")
    make = _DRIVERS.get(scheme.lower())
    if make is Postgres:  # only the last @ ends the password: what stands before it may be typed as it is
        account, at, where = rest.rpartition("@")
        rest = account.replace("@", "%40") + at + where
    try:
        parsed = make_url(scheme.lower() + between + rest)
    except (ArgumentError, ValueError):
        make = None
    if make is None:
        raise Misconfigured("must be sqlite:///path/to/file or postgresql://user:password@host/database")
    return make(parsed)


_DRIVERS: dict[str, Callable[[URL], Driver]] = {"sqlite": Sqlite, "postgresql": Postgres}
