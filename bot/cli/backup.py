"""Copies of the store: `countersign backup` and `restore`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.cli.terminal import FOUND, USAGE, fail, say
from bot.errors import Misconfigured
from bot.stopping import finished

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.services.restoring import Access, Known, Settled
    from bot.store.copies import Checked
    from bot.store.database import Database

cli = typer.Typer()

_Access = Annotated[
    str | None,
    typer.Option(
        metavar="keep|end",
        help="What becomes of access and tokens of which nobody knows whether they ended after the backup.",
    ),
]


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="Where the backup is written.")]) -> None:
    """Back the store up, also while `serve` runs.

    The copy is checked before it takes the name FILE: a backup that stood there stays until then.
    """
    from bot import operating
    from bot.store import copies

    driver = operating.store()
    if driver.dialect != "sqlite":
        _of_postgresql("pg_dump --format=custom --file={file}", file)
    try:
        checked = copies.back_up(Path(driver.place), file)
    except copies.BadCopy as bad:
        fail(f"{bad.of or file}: {bad}: nothing was written", code=FOUND)
    say(f"Backed up: {file}, {checked.head.seq:,} events, sound.")


@cli.command()
def restore(
    file: Annotated[
        Path | None, typer.Argument(help="A backup. None for PostgreSQL, once pg_restore is done.")
    ] = None,
    *,
    access: _Access = None,
) -> None:
    """Put a backup in the place of the store, while `serve` is stopped.

    What was said after the backup is not said again, and what was ended or revoked after it stays so, as far
    as the store that is replaced can tell; where that is lost, --access says what becomes of access that was
    in force. The store that is replaced is kept beside it.
    """
    from bot import operating
    from bot.clock import Clock
    from bot.services.restoring import Access
    from bot.store import copies

    if access is not None and access not in set(Access):
        fail(f"--access: keep or end, not {access!r}", code=USAGE)
    driver, chosen = operating.store(), None if access is None else Access(access)
    if driver.dialect != "sqlite":
        if file is not None:
            _of_postgresql("pg_restore --clean --if-exists --single-transaction {file}", file)
        settled = _settle_in_place(chosen)
        say(f"Restored. {_said(settled)}")
        return
    if file is None:
        fail("say which backup: countersign restore FILE", code=USAGE)
    try:
        with operating.naming_the_store(f"sqlite:///{driver.place}"):
            settled, aside = bring_back(Path(driver.place), file, chosen, clock=Clock())
    except copies.BadCopy as bad:
        fail(f"{file}: {bad}: nothing was changed", code=FOUND)
    say(f"Restored: {file}. {_said(settled)}")
    if aside is not None:
        say(f"What was replaced is {aside}; remove it once it is not needed.")


def bring_back(
    store: Path, file: Path, access: Access | None, *, clock: Clock
) -> tuple[Settled, Path | None]:
    """Put a backup in the place of a SQLite store. Return what was done to it, and where that store is now.

    Raise BadCopy or Misconfigured: then the store is as before.
    """
    from bot.services.restoring import known_since
    from bot.store import copies
    from bot.store.database import Database

    def settle(copy: Path, present: Path | None, checked: Checked) -> Settled:
        known = None
        if present is not None and access is None:
            known = copies.read_if_known(present, known_since, checked.head)
        if known is None and access is None:
            _which_access(
                "The store that it replaces is lost, damaged, of a version that this program cannot read, "
                "or not what the backup was made of"
            )
        with Database.open(f"sqlite:///{copy}", clock=clock) as database:
            return settle_copy(database, known, access, clock=clock)

    stamp = f"{clock.wall():%Y%m%dT%H%M%S.%f}"
    return copies.put_in_place(store, file, stamp=stamp, settle=settle)


def _settle_in_place(access: Access | None) -> Settled:
    from bot import operating
    from bot.clock import Clock

    if access is None:
        _which_access("PostgreSQL keeps nothing of what the backup replaced")
    if operating.is_in_use():
        raise Misconfigured("this database is in use: stop every `countersign serve` first")
    with operating.open_database() as database:
        verdict = database.verify()
        if not verdict.sound:
            fail(f"the journal is not sound: {verdict}: nothing was changed", code=FOUND)
        return settle_copy(database, None, access, clock=Clock())


def settle_copy(database: Database, known: Known | None, access: Access | None, *, clock: Clock) -> Settled:
    """Do to a restored copy all that must be done before anybody is served from it."""
    from bot.domain.actors import OPERATOR
    from bot.services import restoring
    from bot.services.context import act
    from bot.services.sweeps import BUSINESS_SWEEPS, ROWS_A_STEP

    now = clock.now()
    copied = database.read_sync(restoring.end_of)
    # What has begun goes on to its end: half of it done leaves what nobody could take up again.
    last, ended = finished(
        database.submit(act, restoring.begin, known, copied_at=copied.at, by=OPERATOR, now=now)
    )
    for sweep in BUSINESS_SWEEPS:
        while database.submit(act, sweep, now=now, limit=ROWS_A_STEP).result():
            pass
    held_back = database.submit(act, restoring.hold_back, last=last, by=OPERATOR, now=now).result()
    ended += database.submit(
        act, restoring.finish, seq=copied.seq, access=access, by=OPERATOR, now=now
    ).result()
    return restoring.Settled(ended=ended, held_back=held_back)


def _said(settled: Settled) -> str:
    list_them = " (countersign outbox list)" if settled.held_back else ""
    return (
        f"Access ended that went on in it: {settled.ended:,}. "
        f"Messages held back, which were probably said: {settled.held_back:,}{list_them}."
    )


def _which_access(why: str) -> NoReturn:
    raise Misconfigured(
        f"{why}: nobody knows what was ended since. Say --access end to end all access that was in force, "
        "which each side is told, and revoke all tokens, or --access keep if nothing was ended or revoked "
        "since. Nothing was changed."
    )


def _of_postgresql(command: str, file: Path) -> NoReturn:
    fail(
        "PostgreSQL is backed up and restored with its own tools: "
        f'{command.format(file=shlex.quote(str(file)))} --dbname="$COUNTERSIGN_DATABASE_URL"',
        code=USAGE,
    )
