"""`countersign backup` and `restore`: what they refuse leaves everything as it was."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from databases import Fresh
from make import town
from story import Story
from test_command_line import Run, countersign

from bot.clock import PushedClock
from bot.domain.requests import Approve
from bot.store import copies
from bot.store.database import Database

assert countersign, "the fixture"


@pytest.fixture
def store(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, clock: PushedClock) -> Path:
    """A SQLite store with a town in which something was given, which the commands use."""
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    with Database.open(sqlite_url, clock=clock) as database:
        give(database, clock)
    return Path(sqlite_url.removeprefix("sqlite:///"))


def give(database: Database, clock: PushedClock) -> None:
    story = Story(database, clock)
    people = town(database)
    story.decide(people.dana, story.submit(people.ann).request_id, Approve())


def kept(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_backup_made_while_it_is_written_to_is_whole_and_restores(
    countersign: Run, store: Path, tmp_path: Path, clock: PushedClock
) -> None:
    file = tmp_path / "backup.db"
    with Database.open(f"sqlite:///{store}", clock=clock, exclusive=True):
        assert countersign("backup", str(file)).code == 0
        assert file.stat().st_mode & 0o777 == 0o600, "nobody else may read it"
        in_use = countersign("restore", str(file))
        assert (in_use.code, "another instance serves" in in_use.err) == (2, True)
    again = countersign("backup", str(file))
    assert (again.code, again.err) == (0, ""), "a backup takes the place of the one before"
    done = countersign("restore", str(file))
    assert done.code == 0, done
    assert "Restored" in done.out
    assert countersign("audit", "verify").code == 0
    replaced = [path for path in store.parent.iterdir() if ".replaced-" in path.name]
    assert {path.name.endswith(".anchor") for path in replaced} == {True, False}


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _other(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE alembic_version (version_num TEXT)")


def _text(file: Path) -> None:
    file.write_text("businesses: []\n")


def _newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as copy, copy:
        copy.execute("UPDATE alembic_version SET version_num = '9999'")


def _altered(file: Path) -> None:
    with closing(sqlite3.connect(file)) as copy, copy:
        for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            copy.execute(f"DROP TRIGGER {name}")
        copy.execute("UPDATE event SET source = 'COMMAND_LINE' WHERE seq = 2")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_cut, "it "),
        (_other, "no store of Countersign"),
        (_text, "no SQLite file"),
        (_newer, "use the newer program"),
        (_altered, "altered at 2"),
        (Path.unlink, "no such file"),
    ],
)
@pytest.mark.covers("F40")
def test_a_bad_file_is_refused_and_the_store_is_as_it_was(
    countersign: Run, store: Path, tmp_path: Path, spoil: Callable[[Path], None], says: str
) -> None:
    file = tmp_path / "backup.db"
    assert countersign("backup", str(file)).code == 0
    spoil(file)
    before = kept(store.parent)
    refused = countersign("restore", str(file), "--access", "keep")
    assert refused.code == 1
    assert says in refused.err
    assert "nothing was changed" in refused.err
    after = kept(store.parent)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) <= {f"{store.name}.lock"}


def test_a_backup_overwrites_neither_the_store_nor_what_is_no_backup(
    countersign: Run, store: Path, tmp_path: Path
) -> None:
    other = tmp_path / "letter.txt"
    other.write_text("dear")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    before = kept(store.parent)
    for file in (store, Path(f"{store}.anchor"), other, pipe, tmp_path, tmp_path / "nowhere" / "backup.db"):
        refused = countersign("backup", str(file))
        assert refused.code == 1, file
    assert kept(store.parent) == before
    assert pipe.is_fifo()


def test_what_is_wrong_with_the_store_is_said_of_the_store(
    countersign: Run, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.db"
    assert countersign("backup", str(file)).code == 0
    missing = tmp_path / "nowhere" / "store.db"
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", f"sqlite:///{missing}")
    refused = countersign("backup", str(tmp_path / "other.db"))
    assert (refused.code, refused.err) == (
        1,
        f"countersign: {missing}: there is no such file: nothing was written\n",
    )
    refused = countersign("restore", str(file), "--access", "keep")
    assert refused.code == 2
    assert refused.err.startswith(f"countersign: COUNTERSIGN_DATABASE_URL: {missing}: ")


@pytest.mark.parametrize(
    "newer",
    ["ALTER TABLE grant_ RENAME COLUMN end_note TO why", "UPDATE membership SET role = 'OWNER'"],
)
def test_a_store_of_a_newer_program_that_cannot_be_read_is_asked_about(
    countersign: Run, store: Path, tmp_path: Path, newer: str
) -> None:
    backup = tmp_path / "backup.db"
    assert countersign("backup", str(backup)).code == 0
    with closing(sqlite3.connect(store)) as upgraded, upgraded:
        upgraded.execute("PRAGMA ignore_check_constraints = 1")
        upgraded.execute("UPDATE alembic_version SET version_num = '9999'")
        upgraded.execute(newer)
    asked = countersign("restore", str(backup))
    assert (asked.code, "of a version that this program cannot read" in asked.err) == (2, True)
    assert countersign("restore", str(backup), "--access", "end").code == 0
    assert countersign("audit", "verify").code == 0


def test_what_root_makes_beside_a_store_belongs_to_whom_the_store_does(
    countersign: Run, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = tmp_path / "backup.db"
    assert countersign("backup", str(backup)).code == 0
    given: dict[str, tuple[int, int]] = {}
    # Only root may give a file away: what is asked for is enough.
    monkeypatch.setattr("os.chown", lambda path, *owner: given.update({Path(path).name: owner}))
    assert countersign("restore", str(backup)).code == 0
    assert countersign("audit", "verify").code == 0
    partial = f".{store.name}.{os.getpid()}.partial"
    made = {partial, f"{partial}.anchor", f"{store.name}.lock", f"{store.name}.anchor"}
    assert set(given) == made
    owner = store.stat()
    assert set(given.values()) == {(owner.st_uid, owner.st_gid)}


@pytest.mark.covers("T31")
def test_a_journal_without_an_anchor_file_is_not_said_to_be_compared_with_it(
    countersign: Run, store: Path
) -> None:
    assert len(countersign("audit", "verify").out.splitlines()) == 1
    Path(f"{store}.anchor").unlink()
    ended = countersign("audit", "verify")
    assert ended.code == 0
    assert ended.out.splitlines()[1].startswith(f"There was no anchor file, {store}.anchor: ")
    assert len(countersign("audit", "verify").out.splitlines()) == 1


def test_an_anchor_file_that_cannot_be_used_is_named_in_a_line(store: Path, tmp_path: Path) -> None:
    anchor = Path(f"{store}.anchor")
    anchor.unlink()
    anchor.mkdir()
    why = f"the anchor file {anchor} cannot be read: Is a directory"
    unanchored = f"countersign: the journal's head is not anchored: {why}"
    backup = tmp_path / "backup.db"
    for command, code, said in (
        (["outbox", "list"], 0, [unanchored]),
        (["audit", "verify"], 2, [unanchored, f"countersign: COUNTERSIGN_DATABASE_URL: {store}: {why}"]),
        (["backup", str(backup)], 1, [f"countersign: {store}: {why}: nothing was written"]),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "bot", *command], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr.splitlines()) == (code, said)


def test_where_a_copy_cannot_be_written_the_folder_is_named(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    command = [sys.executable, "-m", "bot", "backup", str(folder / "backup.db")]
    limited = ["sh", "-c", 'ulimit -f 8 && exec "$@"', "sh", *command]  # as on a full disk
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # or the limit cuts off Python's own files
    done = subprocess.run(limited, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    assert said.startswith(f"countersign: {store}: it cannot be copied to {folder}: ")
    assert said.endswith(": nothing was written")
    assert not list(folder.iterdir())


_KILLED = """
import os, signal, sys
from pathlib import Path
from bot.store import copies
copies.check = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
copies.back_up(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.covers("F7", "FP13")
def test_killed_within_a_backup_the_one_before_it_is_whole(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "copies" / "backup.db"
    file.parent.mkdir()
    copies.back_up(store, file)
    before = file.read_bytes()
    done = subprocess.run([sys.executable, "-c", _KILLED, str(store), str(file)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(file.parent.iterdir())) == 2, "what it was writing is left"
    assert file.read_bytes() == before
    copies.back_up(store, file)
    assert list(file.parent.iterdir()) == [file], "and swept by the next one"


@pytest.mark.postgres
def test_postgresql_is_copied_with_its_own_tools_and_settled_by_restore(
    countersign: Run,
    postgresql_url: str,
    fresh_postgresql: Fresh,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    clock = PushedClock()
    with psycopg.connect(postgresql_url) as connection:
        (server,) = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone() or (
            "",
        )
    monkeypatch.setenv("PATH", f"{server}:{os.environ['PATH']}")  # its tools are as new as the server
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", postgresql_url)
    file = tmp_path / "backup.dump"

    def run_as_said(*arguments: str) -> None:
        """Run the command that the program names."""
        said = countersign(*arguments)
        assert said.code == 2
        command = said.err.partition("own tools: ")[2]
        done = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    with Database.open(postgresql_url, clock=clock) as database:
        give(database, clock)
        run_as_said("backup", str(file))
    with fresh_postgresql() as other:
        monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", other)
        run_as_said("restore", str(file))
        assert countersign("restore").code == 2, "it must be said what becomes of access"
        with Database.open(other, clock=clock):
            assert "in use" in countersign("restore", "--access", "end").err
        done = countersign("restore", "--access", "end")
        assert (done.code, "Access ended that went on in it: 1." in done.out) == (0, True), done


@pytest.mark.parametrize("access", ["keep", "end"])
def test_a_restore_whose_server_does_not_answer_says_so_in_one_line(
    countersign: Run, monkeypatch: pytest.MonkeyPatch, access: str
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/none")
    ended = countersign("restore", "--access", access)
    assert ended.code == 1
    place = "postgresql://me:***@127.0.0.1:1/none"
    assert ended.err.startswith(f"countersign: COUNTERSIGN_DATABASE_URL: {place}: ")
    assert len(ended.err.splitlines()) == 1
