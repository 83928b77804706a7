"""Copies of a SQLite store: made while it is in use, checked, and put in a store's place.

A copy is one file in which everything stands that was committed when it was begun. It is written beside its
place and takes that place only when it is whole, so that whatever happens the file that stood there is either
the old one or the new one.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from bot.errors import Misconfigured, StoreDown
from bot.store import journal, migrations
from bot.store.anchors import anchor_beside, keep_anchors, read_anchors
from bot.store.drivers import Driver, Lost, driver_for
from bot.store.drivers.sqlite import Sqlite
from bot.store.owners import give_to_owner_of
from bot.store.tx import Head, Tx
from bot.store.verifying import verify

T = TypeVar("T")

_SUFFIX = ".partial"
_BESIDE = ("", "-wal", "-shm", "-journal", ".anchor", ".lock")
_PATIENCE = 2.0
_PAUSE = 0.05
_HEADER = b"SQLite format 3\x00"


class BadCopy(Exception):
    """Raised when a file cannot be used as a copy of a store; says why in words.

    `of`: the file that it says so of, if it is another one: the store that was to be copied.
    """

    of: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A copy that was found to be whole, and the end of its journal."""

    head: Head


def back_up(store: Path, to: Path) -> Checked:
    """Copy the store to a file, checked, while it is in use. Raise `BadCopy`: then the file is as before."""
    _refuse_other_files(store, to)
    _sweep(to)
    partial = _partial(to)
    try:
        _copy(store, partial)
        checked = check(partial, anchors_of=store)
        partial.replace(to)
        _sync(to.parent)
    except BadCopy as bad:
        bad.of = store
        raise
    finally:
        _remove(partial)
    return checked


def check(path: Path, *, anchors_of: Path) -> Checked:
    """Check that a file is a whole store of ours, whose journal is sound and fits the anchors of a store."""
    _known_version_of(path)
    try:
        with reading(path) as tx:
            head = journal.head(tx)
            outside = read_anchors(anchor_beside(anchors_of))
            verdict = verify(tx, anchors=[one for one in outside if one.seq <= head.seq])
    except sqlite3.Error as error:
        raise BadCopy(f"it cannot be read: {error}") from error
    except Misconfigured as error:
        raise BadCopy(str(error)) from error
    if not verdict.sound:
        raise BadCopy(f"its journal is not sound: {verdict}")
    return Checked(head=head)


@contextmanager
def reading(path: Path) -> Iterator[Tx]:
    """Give a transaction that reads a file, whatever its version, and leaves it as it is."""
    driver = driver_for(f"sqlite:///{path}")
    with closing(_open(path)) as connection:
        driver.begin_read(connection)
        yield Tx(driver, connection, now=lambda: datetime.now(UTC))


def read_if_known(path: Path, query: Callable[..., T], *args: Any) -> T | None:
    """Return what `query(tx, *args)` reads in a file; None if that is newer and cannot be read so."""
    try:
        with reading(path) as tx:
            return query(tx, *args)
    except (sqlite3.Error, ValueError, KeyError):
        if _version_of(path) <= migrations.HEAD:
            raise
        return None


def put_in_place(
    store: Path, file: Path, *, stamp: str, settle: Callable[[Path, Path | None, Checked], T]
) -> tuple[T, Path | None]:
    """Put a copy of `file` in the place of the store, after `settle` has seen to it; keep what stood there.

    `settle` is given the copy, the store that it replaces as this program reads it, if it can, and what was
    found of the copy. Returns what it returns, and where the store that stood there is now. Raise `BadCopy`
    or `Misconfigured`: then the store is as before.
    """
    driver = Sqlite(driver_for(f"sqlite:///{store}").url)
    unlock = driver.take_lock()
    try:
        _sweep(store)
        partial = _partial(store)
        try:
            _copy(file, partial)
            if _known_version_of(partial) < migrations.HEAD:
                migrations.migrate(f"sqlite:///{partial}")
            checked = check(partial, anchors_of=store)
            # The copy's journal goes on from those that it reaches.
            keep_anchors(anchor_beside(store), anchor_beside(partial), last=checked.head.seq)
            with _standing_still(driver, store) as present, _as_read_now(present) as readable:
                answer = settle(partial, readable, checked)
            return answer, _exchange(store, partial, stamp=stamp)
        finally:
            _remove(partial)
    finally:
        unlock()


def is_in_use(driver: Driver) -> bool:
    """Say whether another program of ours has a PostgreSQL database open. Raise `StoreDown`.

    The server takes a moment to notice that one has ended.
    """
    gone: tuple[type[Exception], ...] = (*driver.errors, Lost)
    give_up_at = time.monotonic() + _PATIENCE
    try:
        while driver.is_in_use():
            if time.monotonic() > give_up_at:
                return True
            time.sleep(_PAUSE)
    except gone as error:
        raise StoreDown(str(error)) from error
    return False


# --- its steps ------------------------------------------------------------------------------------------


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, isolation_level=None)


def _copy(source: Path, to: Path) -> None:
    if not source.is_file():
        raise BadCopy("there is no such file")
    try:
        with source.open("rb") as file:
            if file.read(len(_HEADER)) != _HEADER:
                raise BadCopy("it is no SQLite file")
        os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # nobody else may read it
        with closing(_open(source)) as read, closing(sqlite3.connect(to)) as written:
            read.backup(written)  # in one step: other steps would begin again with each commit of others
            written.execute(
                "PRAGMA journal_mode=DELETE"
            )  # one file, that can be read where nothing is written
            (found,) = written.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise BadCopy(f"it cannot be copied to {to.parent}: {error}") from error
    except OSError as error:
        raise BadCopy(f"it cannot be copied to {to.parent}: {error.strerror}") from error
    if found != "ok":
        raise BadCopy(f"it is damaged: {found}")
    _sync(to)


def _version_of(path: Path) -> str:
    try:
        with closing(_open(path)) as connection:
            connection.execute("SELECT seq FROM journal_head").fetchone()
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise BadCopy("it is no store of Countersign") from error
    return str(row[0]) if row else ""


def _known_version_of(path: Path) -> str:
    version = _version_of(path)
    if version > migrations.HEAD:
        raise BadCopy(
            f"it is of version {version}, this program knows {migrations.HEAD}: use the newer program"
        )
    return version


@contextmanager
def _standing_still(driver: Sqlite, store: Path) -> Iterator[Path | None]:
    """Let nobody write to the store meanwhile; None where there is none that can be read."""
    if not store.exists():
        yield None
        return
    try:
        connection = driver.connect(readonly=False)
    except (Misconfigured, Lost):
        yield None
        return
    with closing(connection):
        try:
            driver.tidy(connection)
            connection.execute("BEGIN IMMEDIATE")
            log = Path(f"{store}-wal")
            is_still = not log.exists() or log.stat().st_size == 0
            is_whole = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
        except sqlite3.Error as error:
            if driver.explain(error, connection).__class__ is Misconfigured:
                is_still, is_whole = True, False
            else:
                raise Misconfigured(f"another command uses this store: wait for its end ({error})") from error
        if not is_still:
            raise Misconfigured("another command uses this store: wait for its end")
        yield store if is_whole else None
        driver.roll_back(connection)


@contextmanager
def _as_read_now(present: Path | None) -> Iterator[Path | None]:
    """Give a store so that this program can read it: one of an older version as a copy that is migrated.

    None where there is none, or where the file is something else.
    """
    try:
        is_older = present is not None and _version_of(present) < migrations.HEAD
    except BadCopy:
        present, is_older = None, False
    if present is None or not is_older:
        yield present
        return
    older = _partial(Path(f"{present}.older"))
    try:
        _copy(present, older)
        migrations.migrate(f"sqlite:///{older}")
        yield older
    except BadCopy as bad:
        raise Misconfigured(f"the store that it replaces: {bad}") from bad
    finally:
        _remove(older)


def _exchange(store: Path, copy: Path, *, stamp: str) -> Path | None:
    """Put the copy where the store is. At each moment one of the two is there, whole."""
    aside = store.with_name(f"{store.name}.replaced-{stamp}")
    is_there = store.exists()
    for suffix in ("", ".anchor"):
        give_to_owner_of(store, Path(f"{copy}{suffix}"))
    if is_there:
        aside.hardlink_to(store)
        for suffix in ("-wal", "-shm", ".anchor"):
            with suppress(FileNotFoundError):
                Path(f"{store}{suffix}").rename(f"{aside}{suffix}")
    _sync(copy)
    copy.replace(store)
    with suppress(FileNotFoundError):
        anchor_beside(copy).replace(anchor_beside(store))
    _sync(store.parent)
    return aside if is_there else None


def _refuse_other_files(store: Path, to: Path) -> None:
    """Raise `BadCopy` if the file is the store itself, or anything but a copy made before."""
    if to.is_dir() or not to.parent.is_dir():
        raise BadCopy("it is a folder" if to.is_dir() else "there is no such folder")
    if to.absolute() in {Path(f"{store}{suffix}").absolute() for suffix in _BESIDE}:
        raise BadCopy("that is the store itself")
    if not to.exists():
        return
    if not to.is_file():
        raise BadCopy("it is no file that could hold it")
    if to.samefile(store):
        raise BadCopy("that is the store itself")
    with to.open("rb") as file:
        if file.read(len(_HEADER)) not in {_HEADER, b""}:
            raise BadCopy("another file has that name")


def _partial(place: Path) -> Path:
    return place.with_name(f".{place.name}.{os.getpid()}{_SUFFIX}")


def _sweep(place: Path) -> None:
    """Remove what was left by those that were killed while they wrote a copy to this place."""
    for left in list(place.parent.iterdir()):
        if not (left.name.startswith(f".{place.name}.") and left.name.endswith(_SUFFIX)):
            continue
        number = left.name.removesuffix(_SUFFIX).rpartition(".")[2]
        if number == str(os.getpid()) or not (number.isdigit() and _runs(int(number))):
            _remove(left)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


def _remove(partial: Path) -> None:
    for suffix in _BESIDE:
        Path(f"{partial}{suffix}").unlink(missing_ok=True)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
