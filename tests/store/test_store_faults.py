"""Files that were damaged or swapped: the store says so, at the start or when it is verified."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from nodes import kept, put_and_tell

from bot.clock import PushedClock
from bot.errors import Misconfigured, StoreDown, Unconfirmed
from bot.store.database import Database, Tx
from bot.store.migrations import migrate


def fill(url: str, clock: PushedClock, *, start: int = 0) -> None:
    with Database.open(url, clock=clock) as database:
        for number in range(start, start + 30):
            database.submit(put_and_tell, f"{number:03}").result(5)


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _no_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(100))


def _cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 8192 * 4096)


def _something_else(path: Path) -> None:
    path.write_text("businesses: []\n" * 1000)


@pytest.mark.covers("F40")
@pytest.mark.parametrize("spoil", [_no_header, _cut_in_half, _something_else])
def test_a_file_that_is_no_store_any_more_is_refused_in_a_line(
    sqlite_url: str, clock: PushedClock, spoil: Callable[[Path], None]
) -> None:
    fill(sqlite_url, clock)
    spoil(path_of(sqlite_url))
    for start in (lambda: migrate(sqlite_url), lambda: Database.open(sqlite_url, clock=clock)):
        with pytest.raises(Misconfigured, match=r"the store cannot be (opened|read): [^\n]+\Z"):
            start()


@pytest.mark.covers("F40")
def test_without_its_write_ahead_log_a_store_differs_from_its_anchor(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    path = path_of(sqlite_url)
    with Database.open(sqlite_url, clock=clock) as database:
        for number in range(5):
            database.submit(put_and_tell, f"{number:03}").result(5)
        database.anchor()
        shutil.copy(path, tmp_path / "bare.db")  # as it is found after a power cut, but for the log
        shutil.copy(f"{path}.anchor", tmp_path / "bare.db.anchor")
    with Database.open(f"sqlite:///{tmp_path / 'bare.db'}", clock=clock) as database:
        assert kept(database) == []
        assert str(database.verify()) == "differs from the anchor at 1"


@pytest.mark.covers("F40")
@pytest.mark.parametrize(("swapped", "said"), [("yesterday's", 31), ("another's", 21), ("an empty one", 1)])
def test_a_store_in_the_place_of_another_differs_from_its_anchor(
    sqlite_url: str, clock: PushedClock, tmp_path: Path, swapped: str, said: int
) -> None:
    path, yesterdays, anothers = path_of(sqlite_url), tmp_path / "yesterday.db", tmp_path / "another.db"
    shutil.copy(path, anothers)
    with Database.open(f"sqlite:///{anothers}", clock=clock) as database:
        for number in range(20):
            database.submit(put_and_tell, f"{number:03}").result(5)
    fill(sqlite_url, clock)
    shutil.copy(path, yesterdays)
    fill(sqlite_url, clock, start=30)
    if swapped == "an empty one":
        path.unlink()
        migrate(sqlite_url)  # as `serve` does at its start
    else:
        shutil.copy(yesterdays if swapped == "yesterday's" else anothers, path)
    with Database.open(sqlite_url, clock=clock, exclusive=True) as database:
        assert str(database.verify()) == f"differs from the anchor at {said}"


def _removed(path: Path) -> None:
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        each.unlink()


def _moved(path: Path) -> None:
    path.rename(f"{path}.old")


def _replaced(path: Path) -> None:
    shutil.copy(path, f"{path}.backup")
    Path(f"{path}.backup").replace(path)


def _without_its_log(path: Path) -> None:
    Path(f"{path}-wal").unlink()


TAKEN = [_removed, _moved, _replaced, _without_its_log]


@pytest.mark.case("6.2")
@pytest.mark.parametrize("take", TAKEN)
def test_nothing_is_taken_as_kept_once_the_file_is_not_in_its_place(
    sqlite_url: str, clock: PushedClock, take: Callable[[Path], None]
) -> None:
    path = path_of(sqlite_url)
    with Database.open(sqlite_url, clock=clock, exclusive=True) as database:
        assert database.submit(put_and_tell, "before").result(5)
        database.anchor()
        anchors = Path(f"{path}.anchor").read_text()
        take(path)
        for name in ("after", "again"):
            with pytest.raises(StoreDown, match="removed or replaced"):
                database.submit(put_and_tell, name).result(5)
        assert database.replaced.done()
        assert database.down is not None
    assert Path(f"{path}.anchor").read_text() == anchors


@pytest.mark.case("6.2")
def test_of_what_is_written_while_the_file_is_taken_nobody_knows_whether_it_is_kept(
    sqlite_url: str, clock: PushedClock
) -> None:
    def verb(tx: Tx) -> None:
        put_and_tell(tx, "during")
        _replaced(path_of(sqlite_url))

    with Database.open(sqlite_url, clock=clock) as database:
        with pytest.raises(Unconfirmed, match="removed or replaced"):
            database.submit(verb).result(5)
        with pytest.raises(StoreDown, match="removed or replaced"):
            database.submit(put_and_tell, "after").result(5)
