"""The command line: what each command prints, its exit code, and that none ends in a traceback."""

from __future__ import annotations

import codecs
import csv
import errno
import io
import json
import logging
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from make import ACCOUNT, BRAND, town
from meta_town import KEY
from sqlalchemy import make_url, select, text
from story import Story

from bot import operating
from bot.cli import main
from bot.clock import PushedClock
from bot.domain.messages import EffectKind
from bot.domain.requests import Approve
from bot.services.delivery import OFTEN
from bot.store import journal, outbox, tables
from bot.store.database import Database
from bot.store.drivers.sqlite import Sqlite
from bot.store.tables import EffectState
from bot.store.tx import Tx

DIRECTORY = """\
businesses:
  - id: 20000000001
    name: Blue Brand
    workspace: T0BRAND
    channel: C0BRAND
    members:
      - {slack: {team: T0BRAND, user: U0BEA}, name: Bea Lund, role: ADMIN}
    assets:
      - {id: act_301, kind: AD_ACCOUNT, name: Blue EU}
"""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def countersign(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command line in this process, in a folder of its own, with nothing set in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COUNTERSIGN_BOT_TOKENS", raising=False)

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["countersign", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capfd.readouterr()
        assert "Traceback" not in printed.err
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def store(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Set a fresh store, SQLite or PostgreSQL, as the one that commands use."""
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", database_url)
    return database_url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "directory.yml"
    path.write_text(DIRECTORY)
    return path


def stored(store: str, query: Callable[..., Any]) -> Any:
    with Database.open(store, clock=PushedClock()) as database:
        return database.read_sync(query)


def append_event(tx: Tx, *, at: datetime) -> None:
    journal.append(
        tx,
        journal.Event(
            kind="request.nudged",
            subject_kind="request",
            subject_id="1",
            actor={"kind": "clock"},
            source="CLOCK",
            at=at,
        ),
    )


# --- calling ---------------------------------------------------------------------------------------


def test_the_version_is_that_of_the_package(countersign: Run) -> None:
    assert countersign("--version") == Ended(0, f"countersign {version('countersign')}\n", "")


def test_it_runs_as_a_module_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("countersign ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["import"],
        ["outbox", "retry", "x"],
        ["outbox", "retry", str(2**63)],
        ["demo", "--port", "70000"],
        ["audit"],
        ["audit", "export", "--business", "act_1"],
        ["business", "verify", "\udcff"],
    ],
)
def test_a_wrong_call_ends_with_2(countersign: Run, arguments: list[str]) -> None:
    assert countersign(*arguments).code == 2


def test_an_argument_that_is_not_utf_8_is_named_before_anything_is_done(
    countersign: Run, store: str, file: Path
) -> None:
    countersign("import", str(file))
    for command in (
        ["report", "20000000001", "--out"],
        ["token", "list", "--business"],
        ["token", "create", "Nightly", "--person", "U0BEA", "--business"],
        ["token", "revoke"],
        ["disconnect"],
        ["break-glass", "revoke", "--reason", "A breach", "--yes", "--asset"],
        ["backup"],
    ):
        said = "countersign: 'x\\udcff' is not UTF-8\n"
        assert countersign(*command, "x\udcff") == Ended(2, "", said), command
    assert not [one for one in Path().iterdir() if one.name.startswith(("x", "."))]


def test_serve_names_the_variable_that_is_missing(countersign: Run) -> None:
    ended = countersign("serve")
    assert ended.code == 2
    assert "COUNTERSIGN_BOT_TOKENS" in ended.err
    assert all(line.startswith("countersign: ") for line in ended.err.splitlines())


@pytest.mark.covers("T1")
@pytest.mark.parametrize("secret", [None, "", " " * 40, "5" * 31], ids=["unset", "empty", "blank", "short"])
def test_serve_does_not_start_over_http_without_a_signing_secret(
    countersign: Run, monkeypatch: pytest.MonkeyPatch, secret: str | None
) -> None:
    monkeypatch.setenv("COUNTERSIGN_BOT_TOKENS", "xoxb-1")
    monkeypatch.setenv("COUNTERSIGN_APP_ID", "A1")
    monkeypatch.setenv("COUNTERSIGN_MODE", "http")
    if secret is not None:
        monkeypatch.setenv("COUNTERSIGN_SIGNING_SECRET", secret)
    ended = countersign("serve")
    assert ended.code == 2
    assert ended.err.startswith("countersign: COUNTERSIGN_SIGNING_SECRET: ")


@pytest.mark.case("9.2")
@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("mysql://here/db", ""),
        ("sqlite://", ""),
        ("nonsense", ""),
        ("sqlite:////nowhere/at/all.db", "/nowhere/at/all.db: "),
        ("sqlite:////dev", "/dev: "),
        ("sqlite:////dev/null", "/dev/null: "),
        ("sqlite:///spoiled.db", "{here}/spoiled.db: "),
        ("postgresql://me:se@cret@127.0.0.1:1/none", "postgresql://me:***@127.0.0.1:1/none: "),
        ("postgresql://127.0.0.1:1/none?user=me&password=secret", "postgresql://127.0.0.1:1/none: "),
        ("postgresql://me:se@cret@127.0.0.1:1/none?sslmode=odd", "postgresql://me:***@127.0.0.1:1/none: "),
    ],
)
def test_what_is_wrong_with_the_store_is_one_line_with_its_variable_and_place(
    countersign: Run, url: str, place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "spoiled.db").write_text("businesses: []\n" * 1000)
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", url)
    monkeypatch.setenv("COUNTERSIGN_BOT_TOKENS", "xoxb-1")
    monkeypatch.setenv("COUNTERSIGN_APP_TOKEN", "xapp-1-A1-1-1")
    for command in (["export"], ["migrate"], ["serve"]):
        ended = countersign(*command)
        assert ended.code in {1, 2}
        assert ended.out == ""
        assert len(ended.err.splitlines()) == 1
        assert ended.err.startswith(
            f"countersign: COUNTERSIGN_DATABASE_URL: {place.format(here=tmp_path.resolve())}"
        )
        assert "cret" not in ended.err


@pytest.mark.parametrize(
    "command",
    [
        "report {} --out report.html",
        "business verify {}",
        "business move {} --workspace T0NEW --person U0BEA=U0NEW --yes",
        "token list --business {}",
        "token create Robot --business {} --person U0BEA",
        "connect {} --token EAA",
        "disconnect {}",
        "import-from-meta {}",
        "erase --before 2020-01-01 --business {}",
        "audit export --business {}",
        "audit export --business 20000000001 --partner {}",
        "break-glass revoke --reason Breach --yes --owner {}",
    ],
)
def test_a_business_id_is_read_as_people_have_it_by_each_command(
    countersign: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, file: Path, command: str
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    countersign("import", str(file))
    for typed, is_read in (
        (" 20000000001", True),
        ("2000 0000 001", True),
        ("Blue Brand", False),
        ("2", False),
    ):
        ended = countersign(*(part.format(typed) for part in command.split(" ")))
        assert ("is no Business ID: that is 5 to 20 digits alone" not in ended.err) is is_read, typed
        assert is_read or (ended.code, ended.out) == (2, "")
        assert "there is no business" not in ended.err


@pytest.mark.case("9.2")
def test_a_store_whose_lock_cannot_be_kept_beside_it_is_not_taken_for_one_in_use(
    countersign: Run, monkeypatch: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    Path(f"{sqlite_url.removeprefix('sqlite:///')}.lock").mkdir()
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COUNTERSIGN_BOT_TOKENS", "xoxb-1")
    monkeypatch.setenv("COUNTERSIGN_APP_TOKEN", "xapp-1-A1-1-1")
    ended = countersign("serve")
    assert ended.code == 2
    assert "store.db.lock beside it cannot be locked: unable to open" in ended.err


@pytest.mark.case("9.2")
def test_a_store_of_a_newer_program_is_refused_in_one_line(countersign: Run, store: str) -> None:
    with Database.open(store, clock=PushedClock()) as database:
        database.submit(lambda tx: tx.run(text("UPDATE alembic_version SET version_num = '9999'"))).result()
    for command in ("export", "migrate"):
        ended = countersign(command)
        assert ended.code == 2
        assert ended.err.startswith("countersign: COUNTERSIGN_DATABASE_URL: ")
        assert "9999" in ended.err
        assert len(ended.err.splitlines()) == 1


@pytest.mark.case("9.1")
def test_without_the_systems_time_zones_those_of_the_package_are_used(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    file.write_text(f"{DIRECTORY}    policy: {{zone: Europe/Berlin, hours: '09:00-17:00'}}\n")
    program = (
        "from bot.cli import main\n"
        "from bot.domain.calendar import zone_of\n"
        "print(zone_of('America/Los_Angeles'))\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "import", str(file)],
        env={**os.environ, "PYTHONTZPATH": ""},  # as in an image that has none
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("America/Los_Angeles\n")
    assert done.stdout.endswith("Done: 4 added.\n")


def test_a_command_that_cannot_write_says_so_and_waits_for_no_end(
    countersign: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    monkeypatch.setattr(operating, "PATIENCE", 0.1)
    path = sqlite_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ended = countersign("import", str(file))
    assert (ended.code, ended.out) == (1, "")
    assert (
        ended.err == f"countersign: COUNTERSIGN_DATABASE_URL: {path}: the store did not get to it in time\n"
    )
    assert countersign("import", str(file)).code == 0


def test_where_nobody_knows_whether_it_was_kept_that_is_said(
    countersign: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    monkeypatch.setattr(Sqlite, "commit", full)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # as in a process of its own
    ended = countersign("import", str(file))
    assert (ended.code, ended.out) == (1, "")
    first, last = ended.err.splitlines()
    assert first == "countersign: a commit of 1 verbs failed, kept or not is unknown"
    assert "the commit failed: database or disk is full: nobody knows whether it was done" in last


@pytest.mark.postgres
def test_a_user_of_the_server_without_the_rights_is_told_which(
    countersign: Run, postgresql_url: str, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    reader = make_url(postgresql_url).update_query_dict({"options": "-crole=pg_read_all_data"})
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", reader.render_as_string(hide_password=False))
    assert countersign("export").code == 0
    ended = countersign("import", str(file))
    assert (ended.code, ended.out) == (2, "")
    assert "permission denied for table" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_a_store_that_does_not_exist_is_reported_with_how_to_create_it(
    countersign: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    ended = countersign("export")
    assert (ended.code, ended.out) == (2, "")
    assert "countersign migrate" in ended.err
    assert countersign("migrate").code == 0
    assert countersign("export").code == 0


# --- the demo --------------------------------------------------------------------------------------


def test_the_demo_says_where_it_is_and_ends_quietly_when_told_to() -> None:
    with _demo("--port", "0") as (starting, ready):
        assert starting.startswith("Starting "), "one waits for seconds, and knows for what"
        assert re.search(r"http://127\.0\.0\.1:[0-9]+/", ready)


def test_the_demo_takes_another_port_where_the_usual_one_is_in_use() -> None:
    with _usual_port_taken(), _demo(lines=3) as (_, taken, ready):
        assert taken == "Port 8080 is in use, so the page gets another\n"
        address = re.search(r"http://127\.0\.0\.1:([0-9]+)/", ready)
        assert address is not None
        assert address[1] != "8080"


@contextmanager
def _demo(*arguments: str, lines: int = 2) -> Iterator[list[str]]:
    """Run the demo, and give the first lines that it says; told to end, it does so without a word."""
    command = [sys.executable, "-m", "bot", "demo", "--no-open", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        watchdog = threading.Timer(60, demo.kill)
        watchdog.start()
        yield [demo.stdout.readline() for _ in range(lines)]
        demo.send_signal(signal.SIGTERM)
        assert demo.wait() == 0
        watchdog.cancel()
        assert demo.stderr.read() == ""


@contextmanager
def _usual_port_taken() -> Iterator[None]:
    """Take port 8080, unless somebody else on this machine has it."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            taken.bind(("127.0.0.1", 8080))
            taken.listen()
        yield


def test_a_port_in_use_is_named(countersign: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = countersign("demo", "--no-open", "--port", port)
    assert ended.code == 2
    assert ended.err.startswith(f"countersign: --port: {port} is in use")


# --- the directory ---------------------------------------------------------------------------------


def test_import_shows_the_difference_and_keeps_it(countersign: Run, store: str, file: Path) -> None:
    ended = countersign("import", str(file))
    assert ended.code == 0
    assert "+ business 20000000001 Blue Brand\n" in ended.out
    assert "+ asset act_301 Blue EU of 20000000001: kind AD_ACCOUNT\n" in ended.out
    assert ended.out.endswith("Done: 4 added.\n")
    names = stored(store, lambda tx: tx.all(select(tables.BusinessRow.__table__.c.name)))  # type: ignore[attr-defined]
    assert [row.name for row in names] == ["Blue Brand"]
    assert countersign("import", str(file)).out == "No change.\n"


def test_a_dry_run_says_what_it_would_do_and_does_not(countersign: Run, store: str, file: Path) -> None:
    ended = countersign("import", str(file), "--dry-run")
    assert ended.code == 0
    assert ended.out.endswith("Nothing was changed; without --dry-run it would be: 4 added.\n")
    assert yaml.safe_load(countersign("export").out)["businesses"] == []


def test_a_refused_import_ends_with_1_and_names_every_line(countersign: Run, store: str, file: Path) -> None:
    file.write_text(DIRECTORY.replace("role: ADMIN", "role: BOSS").replace("act_301", "301"))
    ended = countersign("import", str(file))
    assert ended == Ended(
        1,
        "",
        f"countersign: {file}: line 7, businesses[0].members[0].role: is 'ADMIN' or 'EMPLOYEE', not 'BOSS'\n"
        f"countersign: {file}: line 9, businesses[0].assets[0].id: "
        "'301' is no id of a AD_ACCOUNT: that is act_ followed by digits\n"
        "countersign: nothing was changed\n",
    )


@pytest.fixture
def ctrl_c(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have somebody press Ctrl-C when an import of many assets has got so far in one of its two parts."""

    def press(part: str, *, at: Callable[[int, int], bool]) -> None:
        @contextmanager
        def bar(title: str) -> Iterator[Callable[[int, int], None]]:
            def shown(done: int, total: int) -> None:
                if title != part or not at(done, total) or pressed:
                    return
                pressed.append(done)
                # Here, not to the process: so the main thread is not woken, as when a signal comes
                # just before it begins to wait.
                signal.pthread_kill(threading.get_ident(), signal.SIGINT)
                if threading.current_thread() is not threading.main_thread():
                    for _ in range(10_000):
                        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # it was noticed
                            break
                        heard.wait(0.001)

            yield shown

        pressed: list[int] = []
        heard = threading.Event()
        monkeypatch.setattr("bot.cli.directory.progress_bar", bar)

    return press


def many(file: Path) -> None:
    """Add thousands of assets to a directory."""
    more = [f"      - {{id: act_{7000 + n}, kind: AD_ACCOUNT, name: A{n}}}\n" for n in range(3000)]
    file.write_text(DIRECTORY + "".join(more))


@pytest.mark.case("6.6")
@pytest.mark.parametrize("part", ["Reading", "Writing"])
def test_an_interrupted_import_changes_nothing_and_says_so(
    countersign: Run, store: str, file: Path, ctrl_c: Callable[..., None], part: str
) -> None:
    many(file)
    ctrl_c(part, at=lambda done, _: done > 0)
    assert countersign("import", str(file)) == Ended(
        130, "", "countersign: interrupted: nothing was changed\n"
    )
    assert yaml.safe_load(countersign("export").out)["businesses"] == []


@pytest.mark.case("6.6")
def test_an_import_that_is_interrupted_too_late_says_what_it_has_done(
    countersign: Run, store: str, file: Path, ctrl_c: Callable[..., None]
) -> None:
    many(file)
    ctrl_c("Writing", at=lambda done, total: done == total)
    ended = countersign("import", str(file))
    assert ended.code == 0
    assert ended.out.endswith("Done: 3,004 added.\n")
    assert len(yaml.safe_load(countersign("export").out)["businesses"]) == 1


class Presses:
    """Presses Ctrl-C while a verb of a command runs, or while it waits for its turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._submit = Database.submit
        self._monkeypatch = monkeypatch

    def within(self, number: int = 1) -> None:
        """Press it within the verb with this number."""
        begun = count(1)

        def submit(database: Database, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
            def pressed(tx: Tx, *given: Any, **named: Any) -> Any:
                if next(begun) == number:
                    self._press_until(lambda: signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
                return verb(tx, *given, **named)

            return self._submit(database, pressed, *args, **kwargs)

        self._monkeypatch.setattr(Database, "submit", submit)

    def before(self) -> None:
        """Press it while the verb waits behind another one."""

        def submit(database: Database, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
            waits: list[Future[Any]] = []
            begun, lined_up = threading.Event(), threading.Event()

            def other(_: Tx) -> None:
                begun.set()
                lined_up.wait(10)
                self._press_until(waits[0].cancelled)

            self._submit(database, other)
            begun.wait(10)
            waits.append(self._submit(database, verb, *args, **kwargs))
            lined_up.set()
            return waits[0]

        self._monkeypatch.setattr(Database, "submit", submit)

    @staticmethod
    def _press_until(is_noticed: Callable[[], bool]) -> None:
        main_thread = threading.main_thread().ident
        assert main_thread is not None
        signal.pthread_kill(main_thread, signal.SIGINT)
        pause = threading.Event()
        for _ in range(10_000):
            if is_noticed():
                return
            pause.wait(0.001)


@pytest.fixture
def presses(monkeypatch: pytest.MonkeyPatch) -> Presses:
    return Presses(monkeypatch)


_CREATE = ("token", "create", "Night job", "--business", "20000000001", "--person", "U0BEA")


@pytest.mark.case("6.6")
@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("business", "verify", "20000000001"), "is verified.\n"),
        (("person", "move", "U0BEA", "U0NEW", "--workspace", "T0BRAND"), "acts as U0NEW from now on.\n"),
        (_CREATE, "is not shown again.\n"),
    ],
    ids=["verify", "move", "token"],
)
def test_what_has_begun_when_ctrl_c_is_pressed_is_finished_and_said(
    countersign: Run, file: Path, presses: Presses, command: tuple[str, ...], says: str
) -> None:
    countersign("import", str(file))
    heard = signal.getsignal(signal.SIGINT)
    presses.within()
    ended = countersign(*command)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith(says)
    assert signal.getsignal(signal.SIGINT) is heard


@pytest.mark.case("6.6")
def test_what_has_not_begun_when_ctrl_c_is_pressed_is_not_done(
    countersign: Run, store: str, file: Path, presses: Presses
) -> None:
    countersign("import", str(file))
    presses.before()
    assert countersign(*_CREATE) == Ended(130, "", "countersign: interrupted: nothing was changed\n")
    assert countersign("token", "list", "--business", "20000000001").out.endswith("has no tokens.\n")


def test_ctrl_c_while_the_program_is_loaded_is_an_answer_too() -> None:
    program = (
        "import os, signal, sys, threading\n"
        "class Presses:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Presses())\n"
        "from bot.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "countersign: interrupted: nothing was changed\n")


def test_a_file_that_is_not_there_is_named(countersign: Run, store: str) -> None:
    ended = countersign("import", "nowhere.yml")
    assert (ended.code, ended.err) == (2, "countersign: nowhere.yml: No such file or directory\n")


def test_what_was_exported_imports_as_no_change(countersign: Run, store: str, file: Path) -> None:
    countersign("import", str(file))
    assert countersign("export", "out.yml").code == 0
    assert Path("out.yml").read_text() == countersign("export").out
    assert countersign("import", "out.yml").out == "No change.\n"


def test_a_business_is_verified_and_unverified_by_its_id(countersign: Run, store: str, file: Path) -> None:
    countersign("import", str(file))
    done = "Business 20000000001 (Blue Brand, at home in workspace T0BRAND) is verified.\n"
    elsewhere = countersign("business", "verify", "20000000001", "--workspace", "T0OTHER")
    assert elsewhere.code == 1
    assert "is at home in workspace T0BRAND: nothing was changed" in elsewhere.err
    assert countersign("business", "verify", "20000000001", "--workspace", "T0BRAND").out == done
    assert countersign("business", "verify", "20000000001").out.endswith("is verified already.\n")
    assert countersign("business", "verify", "20000000001", "--revoke").out.endswith("is not verified.\n")
    unknown = countersign("business", "verify", "99999999999")
    assert (unknown.code, unknown.err) == (
        1,
        "countersign: there is no business 99999999999: import it first\n",
    )
    assert countersign("business", "verify", "act_1").code == 2


def test_people_and_businesses_move_to_other_accounts_and_workspaces(
    countersign: Run, store: str, file: Path
) -> None:
    countersign("import", str(file))
    at = ("--workspace", "T0BRAND")
    assert (
        countersign("person", "move", "U0BEA", "U0BEA2", *at).out == "Bea Lund acts as U0BEA2 from now on.\n"
    )
    gone = countersign("person", "move", "U0BEA", "U0BEA3", *at)
    assert (gone.code, gone.err) == (
        1,
        "countersign: U0BEA in T0BRAND is nobody here: nothing was changed\n",
    )
    there = ("business", "move", "20000000001", "--workspace", "T0NEW", "--yes", "--person")
    assert "is not in workspace T0NEW" in countersign(*there, "U0BEA2=U0BEA").err
    for wrong in ("U0BEA2", "u0bea2=U0BEA", "=U0BEA"):
        assert countersign(*there, wrong).code == 2
    twice = countersign(*there, "U0BEA2=U0BEA", "--person", "U0BEA2=U0BEA4")
    assert (twice.code, "named once" in twice.err) == (2, True)


# --- tokens of programs -----------------------------------------------------------------------------


def test_a_token_is_made_for_a_member_shown_once_listed_and_revoked(
    countersign: Run, store: str, tmp_path: Path
) -> None:
    (tmp_path / "directory.yml").write_text(DIRECTORY)
    assert countersign("import", "directory.yml").code == 0
    ours = ["--business", "20000000001"]
    made = countersign(
        "token", "create", "Nightly", *ours, "--person", "U0BEA", "--scope", "ask", "--program"
    )
    secret = made.out.split()[0]
    assert secret.startswith("csgn_")
    listed = countersign("token", "list", *ours)
    assert "valid until" in listed.out
    assert "Nightly: a program, Bea Lund answers for it; ask" in listed.out
    assert "can now do nothing" in listed.out, "Slack has not said yet who she is"
    assert secret not in listed.out
    number = listed.out.split()[0]
    assert countersign("token", "revoke", number).out == "The token Nightly of Blue Brand is revoked.\n"
    assert "  revoked on 20" in countersign("token", "list", *ours).out
    with Database.open(store, clock=PushedClock()) as database:
        Story(database, PushedClock()).set(
            tables.Token, {}, expires_at=datetime(2026, 1, 5, tzinfo=UTC), revoked_at=None
        )
    assert "expired on 2026-01-05  Nightly" in countersign("token", "list", *ours).out
    assert countersign("token", "revoke", "777").code == 1
    assert (
        countersign("token", "list", "--business", "77777").err == "countersign: there is no business 77777\n"
    )


def test_why_no_token_is_made_is_said_in_words(countersign: Run, store: str, file: Path) -> None:
    more = "      - {slack: {team: T0BRAND, user: %s}, name: %s, role: EMPLOYEE%s}\n    assets:"
    members = more % ("U0EVE", "Eve", "") + more % ("U0ALL", "All of us", ", shared: true")
    file.write_text(DIRECTORY.replace("    assets:", members.replace("    assets:", "", 1)))
    assert countersign("import", str(file)).code == 0
    create = ("token", "create", "--business", "20000000001", "--program", "--person")
    for arguments, code, why in (
        (("U0NOBODY", "Nightly"), 1, "U0NOBODY is no member of business 20000000001: no token was made"),
        (("U0EVE", "Nightly"), 1, "U0EVE is no admin of business 20000000001, so can answer"),
        (("U0ALL", "Nightly"), 1, "U0ALL is a shared login, and acts for nobody"),
        (("U0BEA", " "), 2, "name: Give it a name."),
        (("U0BEA", "N" * 500), 2, "name: Too long: 500 characters. Please shorten it."),
    ):
        ended = countersign(*create, *arguments)
        assert (ended.code, ended.out, len(ended.err.splitlines())) == (code, "", 1), arguments
        assert ended.err.startswith(f"countersign: {why}"), arguments


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [(KeyboardInterrupt, 130, "interrupted"), (EOFError, 2, "nobody answers")],
    ids=["Ctrl-C", "no input"],
)
def test_a_question_that_is_not_answered_changes_nothing(
    countersign: Run, monkeypatch: pytest.MonkeyPatch, given: type[BaseException], code: int, says: str
) -> None:
    def asked(*_: object, **__: object) -> str:
        raise given

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", asked)
    monkeypatch.setattr("bot.operating.may_connect", lambda _: None)
    ended = countersign("connect", "20000000001")
    assert ended.code == code
    assert ended.err.endswith("nothing was changed\n")
    assert says in ended.err


def test_what_no_token_can_help_is_said_before_one_is_typed(
    countersign: Run, store: str, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: pytest.fail("it asked for the token"))
    countersign("import", str(file))
    ended = countersign("connect", "20000000001")
    assert (ended.code, "COUNTERSIGN_META_KEYS" in ended.err) == (2, True)
    monkeypatch.setenv("COUNTERSIGN_META_KEYS", KEY)
    ended = countersign("connect", "20000000002")
    assert (ended.code, ended.err) == (1, "countersign: There is no such business here.\n")


def test_a_token_that_is_no_text_is_an_answer_like_another(
    countersign: Run, store: str, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    countersign("import", str(file))
    monkeypatch.setenv("COUNTERSIGN_META_KEYS", KEY)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\n"), encoding="utf-8"))
    ended = countersign("connect", "20000000001")
    assert (ended.code, "no token" in ended.err.lower()) == (1, True), ended.err


def test_a_token_in_a_pipe_is_read_and_nothing_is_asked_at_the_terminal(
    countersign: Run, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object, **__: object) -> str:
        pytest.fail("it asked at the terminal")

    monkeypatch.setattr("getpass.getpass", asked)
    given = []
    monkeypatch.setattr("bot.operating.may_connect", lambda _: None)
    monkeypatch.setattr("bot.operating.connect_business", lambda *those: given.append(those) or "Acme's bot")
    for piped, code in ((b"EAAtoken\n", 0), (b"", 2)):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(piped), encoding="utf-8"))
        ended = countersign("connect", "20000000001")
        assert ended.code == code
    assert given == [("20000000001", "EAAtoken")]
    assert ended.err == "countersign: this asks for something, and nobody answers: nothing was changed\n"


def test_what_cannot_be_written_is_said_and_no_traceback(
    countersign: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    countersign("import", str(file))
    for command in (["export"], ["audit", "verify"], ["import", str(file)], ["audit", "export"]):
        with Path("/dev/full").open("w") as full:
            ended = subprocess.run(
                [sys.executable, "-m", "bot", *command], check=False, stdout=full, stderr=subprocess.PIPE
            )
        said = "countersign: what is printed could not be written: No space left on device\n"
        assert (ended.returncode, ended.stderr.decode()) == (1, said)


def test_where_nobody_reads_on_a_command_does_what_it_is_there_for(
    countersign: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    many(file)
    for command, code in (
        (["import", str(file)], 0),
        (["business", "verify", "20000000001"], 0),
        (["audit", "export"], 1),
    ):
        unread, printed = os.pipe()
        os.close(unread)  # as `| head` does when it has enough
        ended = subprocess.run(
            [sys.executable, "-m", "bot", *command], check=False, stdout=printed, stderr=subprocess.PIPE
        )
        os.close(printed)
        assert (ended.returncode, ended.stderr) == (code, b""), command
    assert countersign("business", "verify", "20000000001").out.endswith("is verified already.\n")


def test_where_there_is_no_input_at_all_nobody_answers(
    countersign: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COUNTERSIGN_META_KEYS", KEY)
    countersign("import", str(file))
    for command in (
        ["business", "move", "20000000001", "--workspace", "T0", "--person", "U1=U2"],
        ["connect", "20000000001"],
    ):
        done = subprocess.run(
            ["sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-m", "bot", *command],
            check=False,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done


# --- the outbox and the journal --------------------------------------------------------------------


def test_what_is_stuck_is_listed_and_sent_again(countersign: Run, store: str) -> None:
    assert countersign("outbox", "list").out == "Nothing is stuck.\n"
    now = PushedClock().now()
    effect: Any = tables.Effect.__table__  # type: ignore[attr-defined]

    def put(tx: Any) -> None:
        outbox.put_checks(tx, [("123456789012345", "T0BRAND")], now=now)
        tx.run(effect.update().values(state=EffectState.DEAD, error="user_not_found", over_at=now))

    with Database.open(store, clock=PushedClock()) as database:
        database.submit(put).result()
        number = database.read_sync(lambda tx: tx.one(select(effect.c.id))).id
    listed = countersign("outbox", "list")
    assert f"{number}  DEAD  CHECK_PERSON for 123456789012345 in T0BRAND: user_not_found\n" in listed.out
    assert countersign("outbox", "retry", str(number)).code == 0
    assert countersign("outbox", "list").out == "Nothing is stuck.\n"
    again = countersign("outbox", "retry", str(number))
    assert (again.code, again.err) == (1, f"countersign: there is no parked or dead delivery {number}\n")
    with Database.open(store, clock=PushedClock()) as database:
        database.submit(put).result()
    assert countersign("outbox", "leave", str(number)).out == f"Delivery {number} is left as it is.\n"
    assert str(number + 1) in countersign("outbox", "list").out
    assert countersign("outbox", "leave", str(number + 1)).code == 0
    assert countersign("outbox", "list").out == "Nothing is stuck.\n"
    assert countersign("outbox", "leave", str(number)).code == 1


@pytest.mark.parametrize("is_ended", [False, True])
def test_a_message_is_listed_with_what_finds_it_in_slack(
    countersign: Run, store: str, clock: PushedClock, *, is_ended: bool
) -> None:
    effect: Any = tables.Effect.__table__  # type: ignore[attr-defined]
    with Database.open(store, clock=clock) as database:
        story, people = Story(database, clock), town(database)
        request = story.submit(people.ann).request_id
        if is_ended:
            story.decide(people.dana, request, Approve())
            story.end(people.dana, story.grant_of(request).id, business=BRAND)
        kind = EffectKind.POST_NOTICE if is_ended else EffectKind.POST_CARD
        lost = {"state": EffectState.PARKED, "error": "timeout", "over_at": clock.now()}
        database.submit(
            lambda tx: tx.run(effect.update().where(effect.c.kind == kind).values(**lost))
        ).result()
        ref = story.card(request).ref
    what = f"{ref}, (approved|ended), to" if is_ended else f"{ref}, to"
    since = rf"since {clock.now():%Y-%m-%d} \d\d:\d\d UTC\): timeout"
    listed = [line for line in countersign("outbox", "list").out.splitlines() if "PARKED  POST" in line]
    assert listed
    for line in listed:
        assert re.search(rf"\({what} [CDU]\w+, {since}$", line), line
    assert not is_ended or any(", ended, " in line for line in listed)


def test_what_fails_again_and_again_is_listed_with_why(countersign: Run, store: str) -> None:
    now = PushedClock().now()
    effect: Any = tables.Effect.__table__  # type: ignore[attr-defined]

    def tried(tx: Any, times: int) -> None:
        tx.run(effect.update().values(attempt=times, error="internal_error"))

    with Database.open(store, clock=PushedClock()) as database:
        database.submit(outbox.put_checks, [("123456789012345", "T0BRAND")], now=now).result()
        number = database.read_sync(lambda tx: tx.one(select(effect.c.id))).id
        database.submit(tried, OFTEN - 1).result()
        assert countersign("outbox", "list").out == "Nothing is stuck.\n"
        database.submit(tried, OFTEN).result()
        listed = "CHECK_PERSON for 123456789012345 in T0BRAND, tried 10 times: internal_error"
        assert countersign("outbox", "list").out == f"{number}  WAITING  {listed}\n"
        database.submit(outbox.put_events, "siem", last=12, now=now).result()
        database.submit(outbox.put_access, asset_id=ACCOUNT, holder_id=BRAND, now=now).result()
        database.submit(tried, OFTEN).result()
    listed = countersign("outbox", "list").out
    assert "SEND_EVENTS for siem, up to event 12, tried 10 times: " in listed
    assert f"META_ACCESS for {ACCOUNT} and business {BRAND}, tried 10 times: " in listed


@pytest.mark.case("3.5")
def test_everything_that_is_stuck_is_listed(countersign: Run, store: str) -> None:
    now = PushedClock().now()
    effect: Any = tables.Effect.__table__  # type: ignore[attr-defined]

    def put(tx: Any) -> None:
        outbox.put_checks(tx, [(f"{n:015d}", "T0BRAND") for n in range(130)], now=now)
        tx.run(effect.update().values(state=EffectState.DEAD, error="user_not_found", over_at=now))

    with Database.open(store, clock=PushedClock()) as database:
        database.submit(put).result()
    listed = countersign("outbox", "list").out
    assert all(f"for {n:015d} in" in listed for n in range(130))


def test_a_sound_journal_is_reported_as_sound(countersign: Run, store: str, file: Path) -> None:
    countersign("import", str(file))
    assert countersign("audit", "verify").out == "The journal is sound, 4 events.\n"


@pytest.mark.covers("T31")
def test_an_altered_journal_ends_with_1_and_names_the_event(countersign: Run, store: str, file: Path) -> None:
    countersign("import", str(file))
    off, on = {
        "sqlite": ("DROP TRIGGER event_no_update", "SELECT 1"),
        "postgresql": ("ALTER TABLE event DISABLE TRIGGER ALL", "ALTER TABLE event ENABLE TRIGGER ALL"),
    }[store.split(":", 1)[0]]

    def alter(tx: Any) -> None:
        tx.run(text(off))
        tx.run(text("UPDATE event SET kind = 'member.removed' WHERE seq = 2"))
        tx.run(text(on))

    with Database.open(store, clock=PushedClock()) as database:
        database.submit(alter).result()
    ended = countersign("audit", "verify")
    assert (ended.code, ended.err) == (1, "countersign: the journal is not sound: altered at 2\n")


def test_the_journal_is_printed_as_json_lines_and_as_csv(countersign: Run, store: str, file: Path) -> None:
    countersign("import", str(file))
    lines = [json.loads(line) for line in countersign("audit", "export").out.splitlines()]
    assert [line["event"]["kind"] for line in lines] == [
        "person.added",
        "business.added",
        "member.added",
        "asset.added",
    ]
    table = list(csv.DictReader(countersign("audit", "export", "--format", "csv").out.splitlines()))
    assert [row["hash"] for row in table] == [line["hash"] for line in lines]
    mine = countersign("audit", "export", "--business", "20000000001").out.splitlines()
    assert len(mine) == 3
    assert countersign("audit", "export", "--until", "2020-01-01").out == ""
    assert countersign("audit", "export", "--since", "yesterday").code == 2


def test_the_last_day_of_an_export_belongs_to_it(countersign: Run, store: str) -> None:
    with Database.open(store, clock=PushedClock()) as database:
        for at in (
            "2026-03-30T23:59:59.999999",
            "2026-03-31T00:00",
            "2026-03-31T23:59:59.999999",
            "2026-04-01T00:00",
        ):
            database.submit(append_event, at=datetime.fromisoformat(at).replace(tzinfo=UTC)).result()

    def exported(*days: str) -> list[int]:
        ended = countersign("audit", "export", *days)
        assert ended.code == 0
        return [json.loads(line)["event"]["seq"] for line in ended.out.splitlines()]

    assert exported("--since", "2026-03-31", "--until", "2026-03-31") == [2, 3]
    assert exported("--until", "2026-03-30") == [1]
    assert exported("--since", "0001-01-01", "--until", "9999-12-31") == [1, 2, 3, 4]
    assert exported("--since", "2026-04-02") == []


def test_an_export_is_of_an_asset_as_people_name_it(countersign: Run, store: str, file: Path) -> None:
    countersign("import", str(file))
    for name in ("act_301", "301"):
        kinds = [
            json.loads(line)["event"]["kind"]
            for line in countersign("audit", "export", "--asset", name).out.splitlines()
        ]
        assert kinds == ["asset.added"]
    for wrong, code, why in (
        (["--asset", "act_302"], 1, "there is no asset act_302"),
        (["--asset", "the account"], 2, "--asset: 'the account' is no asset's ID"),
        (["--partner", "20000000001"], 2, "--partner: say of which business"),
        (["--business", "20000000001", "--partner", "20000000002"], 1, "there is no business 20000000002"),
    ):
        ended = countersign("audit", "export", *wrong)
        assert (ended.code, ended.out, why in ended.err) == (code, "", True), ended.err


def test_an_export_of_what_there_cannot_be_is_refused(countersign: Run, store: str, file: Path) -> None:
    countersign("import", str(file))
    for wrong, code, why in (
        (["--since", "2026-04-01", "--until", "2026-03-31"], 2, "--until: that is before --since"),
        (["--business", "99999"], 1, "there is no business 99999"),
    ):
        ended = countersign("audit", "export", *wrong)
        assert (ended.code, ended.out) == (code, ""), wrong
        assert why in ended.err, wrong


@pytest.mark.case("10.4")
def test_what_is_exported_is_utf_8_whatever_the_locale(
    countersign: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    file.write_text(DIRECTORY.replace("Bea Lund", "Zo\u00eb \u0141"))
    countersign("import", str(file))
    for command in (["export"], ["audit", "export", "--format", "csv"]):
        done = subprocess.run(
            [sys.executable, "-m", "bot", *command],
            env={**os.environ, "PYTHONIOENCODING": "latin-1"},
            capture_output=True,
            check=True,
        )
        assert "Zo\u00eb \u0141".encode() in done.stdout
    assert done.stdout.startswith(codecs.BOM_UTF8)


@pytest.mark.covers("G10")
def test_a_report_is_written_whole_or_not_at_all(store: str, countersign: Run, file: Path) -> None:
    countersign("import", str(file))
    done = countersign("report", "20000000001", "--as-of", "2026-01-31")
    assert (done.code, done.out) == (0, "What Blue Brand shares is in report-20000000001.html.\n")
    assert "Nothing was shared" in Path("report-20000000001.html").read_text(encoding="utf-8")
    for wrong, code, why in (
        (["2000"], 2, "no Business ID"),
        (["99999"], 1, "there is no business 99999"),
        (["20000000001", "--as-of", "2999-01-01"], 2, "still to come"),
        (["20000000001", "--as-of", "31.1.2026"], 2, "does not match"),
        (["20000000001", "--out", "nowhere/report.html"], 2, "No such file or directory"),
    ):
        done = countersign("report", *wrong)
        assert (done.code, done.out) == (code, ""), wrong
        assert why in done.err, wrong
    assert [one.name for one in Path().iterdir() if "report" in one.name] == ["report-20000000001.html"]


@pytest.mark.parametrize("command", [["export"], ["report", "20000000001", "--out"]], ids=lambda one: one[0])
def test_a_file_is_written_in_the_place_of_another_once_it_is_whole_and_a_pipe_is_written_to(
    store: str, countersign: Run, file: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    countersign("import", str(file))
    before = Path("before.yml")
    before.write_text("what stood there")
    before.chmod(0o640)
    link, pipe = Path("link"), Path("pipe")
    link.symlink_to(before)
    os.mkfifo(pipe)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", _full)
        ended = countersign(*command, str(link))
    assert (ended.code, "No space left on device" in ended.err) == (2, True)
    assert before.read_text() == "what stood there"
    assert countersign(*command, str(link)).code == 0
    assert "Blue Brand" in before.read_text(encoding="utf-8")
    assert (link.is_symlink(), before.stat().st_mode & 0o777) == (True, 0o640)
    with ThreadPoolExecutor() as pool:
        read = pool.submit(pipe.read_text, encoding="utf-8")
        assert countersign(*command, str(pipe)).code == 0
        assert "Blue Brand" in read.result(10)
    assert pipe.is_fifo()
    assert not [one for one in Path().iterdir() if one.name.endswith(".part")]


def test_a_file_is_written_to_standard_output_by_its_name(countersign: Run, store: str, file: Path) -> None:
    countersign("import", str(file))
    command = [sys.executable, "-m", "bot", "export", "/dev/stdout"]
    assert b"Blue Brand" in subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    Path("out.yml").write_text("# what stood there\n")
    with Path("out.yml").open("ab") as out:
        subprocess.run(command, check=True, stdout=out)
    assert Path("out.yml").read_text().startswith("# what stood there\n# Countersign's directory")


def _full(_: Path, __: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# --- the manifest ----------------------------------------------------------------------------------


def test_the_manifest_is_printed_for_both_modes(countersign: Run) -> None:
    assert yaml.safe_load(countersign("manifest").out)["settings"]["socket_mode_enabled"] is True
    http = countersign("manifest", "--url", "https://access.example.com").out
    assert "request_url: https://access.example.com/slack/events\n" in http


def test_a_manifest_for_plain_http_is_refused(countersign: Run) -> None:
    ended = countersign("manifest", "--url", "http://access.example.com")
    assert ended.code == 2
    assert ended.err.startswith("countersign: --url: 'http://access.example.com' must be the https address")
