"""SQLite: a file, and one process at a time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL

from bot.errors import ConstraintBroken, Misconfigured
from bot.store.compiled import Plans
from bot.store.drivers.driver import LOCK_WAIT, READ_LOCK_WAIT, Locked, Lost
from bot.store.owners import give_to_owner_of

PLANS = Plans(SQLiteDialect_pysqlite(paramstyle="qmark"))


class Sqlite:
    """A file in WAL mode, with one writer at a time."""

    dialect = "sqlite"
    plans = PLANS
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)
    no_table: tuple[type[Exception], ...] = (sqlite3.OperationalError,)
    no_right: tuple[type[Exception], ...] = ()

    def __init__(self, url: URL) -> None:
        if not url.database or url.database == ":memory:" or url.host or url.query:
            raise Misconfigured("a SQLite store is a file and nothing more: sqlite:///path/to/store.db")
        self.url = url
        self.path = Path(url.database).absolute()
        if not self.path.name:
            raise Misconfigured("a SQLite store is a file and no folder: sqlite:///path/to/store.db")
        self.place = str(self.path)
        self._files: dict[str, tuple[int, int] | None] = {}

    @property
    def beside(self) -> None:
        """Return None: there is one writer at a time."""

    def connect(self, *, readonly: bool) -> sqlite3.Connection:
        """Open the file; never make an empty one."""
        if not self.path.is_file():
            raise Misconfigured("there is no store: run `countersign migrate` first")
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(
                f"file:{quote(str(self.path))}?mode=rw",  # never make an empty one
                uri=True,
                isolation_level=None,  # or the module begins and commits by its own rules
                check_same_thread=False,
                cached_statements=1000,
                timeout=READ_LOCK_WAIT if readonly else LOCK_WAIT,
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
            if connection is not None:
                connection.close()
            kind = Lost if _code(error) in _LOST else Misconfigured
            raise kind(f"the store cannot be opened: {error}") from error
        return connection

    def begin_write(self, connection: sqlite3.Connection) -> None:
        """Take the write lock at once, so that nothing read in the transaction is out of date."""
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise self.explain(error, connection) from error

    def begin_read(self, connection: sqlite3.Connection, *, at_leisure: bool = False) -> None:  # noqa: ARG002 - nothing ends it here
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
        if code in _LOST or not connection.in_transaction:
            return Lost(str(error))
        if code in _DAMAGED:
            return Misconfigured(f"the store cannot be read: {error}")
        if isinstance(error, sqlite3.IntegrityError):
            return ConstraintBroken(str(error))
        return error

    def take_lock(self) -> Callable[[], None]:
        """Lock a file beside the store."""
        # SQLite's own lock on a file beside the store: portable, and gone with the process however it ends.
        lock = None
        try:
            lock = sqlite3.connect(
                f"{self.path}.lock", isolation_level=None, check_same_thread=False, timeout=0
            )
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if lock is not None:
                lock.close()
            if _code(error) != sqlite3.SQLITE_BUSY:
                raise Misconfigured(f"{self.path.name}.lock beside it cannot be locked: {error}") from error
            raise Misconfigured("another instance serves this store: stop it first") from error
        give_to_owner_of(self.path, Path(f"{self.path}.lock"))
        return lock.close

    def is_in_use(self) -> bool:
        """Try the lock, if there ever was one."""
        if not Path(f"{self.path}.lock").exists():
            return False
        try:
            with closing(sqlite3.connect(f"{self.path}.lock", isolation_level=None, timeout=0)) as lock:
                lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            return _code(error) == sqlite3.SQLITE_BUSY
        return False

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
_LOST = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,  # as when the process has too many files open
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _inode(name: str) -> tuple[int, int] | None:
    try:
        found = os.stat(name)  # noqa: PTH116 - at each commit: a Path takes four times as long
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _code(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
