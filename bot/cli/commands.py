"""The command line: `countersign`.

Exit codes: 0 all is well; 1 something was found or refused (a broken journal, a bad directory file);
2 it was called or set up wrongly. What a command needs is imported when it runs: `--help` waits for
neither the database nor the web.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.errors import Busy, ConstraintBroken, Misconfigured, Unconfirmed

if TYPE_CHECKING:
    from bot.services.directory_file import Change, Difference

FOUND, USAGE = 1, 2
_MOST_SHOWN = 200

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help comes up in half the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Ask for access to marketing assets in one Slack, decide in another.",
)
business = typer.Typer(no_args_is_help=True, help="Say which businesses are verified.")
outbox = typer.Typer(no_args_is_help=True, help="See and retry what was not delivered.")
audit = typer.Typer(no_args_is_help=True, help="Check and export the journal.")
cli.add_typer(business, name="business")
cli.add_typer(outbox, name="outbox")
cli.add_typer(audit, name="audit")


def main() -> None:
    """Run the command line."""
    try:
        cli()
    except Misconfigured as error:
        _fail(str(error), code=USAGE)
    except (Busy, Unconfirmed, ConstraintBroken) as error:
        _fail(str(error), code=FOUND)


def _fail(text: str, *, code: int) -> NoReturn:
    for line in text.splitlines():
        print(f"countersign: {line}", file=sys.stderr)  # noqa: T201 - this is where people read it
    sys.exit(code)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the same


def _version(requested: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    if requested:
        from importlib.metadata import version

        _say(f"countersign {version('countersign')}")
        raise typer.Exit


@cli.callback()
def _options(
    *,
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    pass


# --- running ---------------------------------------------------------------------------------------


@cli.command()
def demo(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the page is served; 0 takes any free port.")
    ] = 8080,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> None:
    """Try it all on this machine, with no account.

    Two made-up Slack workspaces, people, businesses and a clock to push, on a page of your own.
    """
    from bot.sandbox.demo import run as sandbox

    try:
        sandbox.run(port=port, open_browser=not no_open, say=_say)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        _fail(f"--port: {port} is in use or not allowed: choose another, or 0 for any free one", code=USAGE)


@cli.command()
def serve() -> None:
    """Serve your Slack workspaces.

    Settings come from the environment (COUNTERSIGN_…); what is wrong with them is said at once.
    """
    from bot import app

    app.run()


@cli.command()
def migrate() -> None:
    """Bring the store to the version needed."""
    from bot import app

    _say(f"The store is at version {app.migrate_database()}.")


@cli.command()
def manifest(
    *,
    url: Annotated[
        str | None, typer.Option(help="For HTTP: the https address under which Slack reaches the host.")
    ] = None,
) -> None:
    """Print the Slack app's manifest.

    It is for Socket Mode, or with --url for HTTP.
    """
    from bot.slack.wire.manifest import manifest_text

    try:
        text = manifest_text(url=url)
    except ValueError as error:
        _fail(f"--url: {error}", code=USAGE)
    _say(text.rstrip())


# --- the directory ---------------------------------------------------------------------------------


@cli.command(name="import")
def import_(
    *,
    file: Annotated[Path, typer.Argument(help="The directory as YAML.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
) -> None:
    """Bring in businesses, people and assets.

    All of the file, or nothing: a flaw in one line keeps everything out.
    """
    from bot import app
    from bot.clock import Clock
    from bot.services import directory_file

    try:
        content = file.read_bytes()
    except OSError as error:
        _fail(f"{file}: {error.strerror}", code=USAGE)
    now = Clock().now()
    try:
        with _progress("Reading") as progress:
            wanted = directory_file.read_file(content, progress=progress)
        with app.open_database() as database:
            if dry_run:
                difference = database.read_sync(directory_file.plan_import, wanted, now=now)
            else:
                with _progress("Writing") as progress:
                    job = database.submit(directory_file.import_directory, wanted, now=now, progress=progress)
                    difference = job.result()
    except directory_file.BadDirectory as bad:
        lines = [f"{file}: {problem}" for problem in bad.problems]
        rest = [f"… and {len(lines) - _MOST_SHOWN:,} more"] if len(lines) > _MOST_SHOWN else []
        _fail("\n".join([*lines[:_MOST_SHOWN], *rest, "nothing was changed"]), code=FOUND)
    _show_difference(difference, dry_run=dry_run)


@cli.command()
def export(
    *,
    file: Annotated[
        Path | None, typer.Argument(help="Where to write it; without it, to the terminal.")
    ] = None,
) -> None:
    """Write businesses, people and assets to a file.

    Imported again, it is no change.
    """
    from bot import app
    from bot.services import directory_file

    with app.open_database() as database:
        text = directory_file.write_file(database.read_sync(directory_file.export_directory))
    if file is None:
        _say(text.rstrip())
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        _fail(f"{file}: {error.strerror}", code=USAGE)


@business.command()
def verify(
    *,
    id: Annotated[str, typer.Argument(metavar="ID", help="The Business ID.")],  # noqa: A002 - it is what the id is called
    revoke: Annotated[bool, typer.Option("--revoke", help="Say that it is not, after all.")] = False,
) -> None:
    """Say that a business is who it says it is."""
    from bot import app
    from bot.clock import Clock
    from bot.domain.assets import is_business_id
    from bot.services.directory.businesses import verify_business

    if not is_business_id(id):
        _fail(f"{id!r} is no Business ID: that is 5 to 20 digits and nothing else", code=USAGE)
    with app.open_database() as database:
        try:
            news = database.submit(verify_business, id, verified=not revoke, now=Clock().now()).result()
        except KeyError:
            _fail(f"there is no business {id}: import it first", code=FOUND)
    state = "not verified" if revoke else "verified"
    _say(f"Business {id} is {state}{'' if news else ' already'}.")


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Give what tells a bar on the terminal how far it is; where nobody watches, nothing is drawn."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show_difference(difference: Difference, *, dry_run: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False, soft_wrap=True)
    for change in difference.changes[:_MOST_SHOWN]:
        sign, style = _SIGNS[change.how]
        console.print(f"{sign} {_described(change)}", style=style)
    if len(difference) > _MOST_SHOWN:
        console.print(f"… and {len(difference) - _MOST_SHOWN:,} more")
    for note in difference.notes:
        console.print(f"! {note}", style="yellow")
    if not difference.changes:
        console.print("No change.")
        return
    counts = [
        f"{count:,} {how}"
        for how in _SIGNS
        if (count := sum(1 for change in difference.changes if change.how == how))
    ]
    done = "Nothing was changed; without --dry-run it would be:" if dry_run else "Done:"
    console.print(f"{done} {', '.join(counts)}.", style="bold")


_SIGNS = {"added": ("+", "green"), "changed": ("~", "yellow"), "removed": ("-", "red")}


def _described(change: Change) -> str:
    of = (
        f" of {change.business_id}"
        if change.business_id and change.what not in {"business", "policy"}
        else ""
    )
    name = f" {change.name}" if change.name else ""
    fields = "; ".join(f"{field} {_pair(was, becomes)}" for field, was, becomes in change.details)
    return f"{change.what} {change.id}{name}{of}{f': {fields}' if fields else ''}"


def _pair(was: object, becomes: object) -> str:
    if was is None:
        return str(becomes)
    return f"{was} → {'none' if becomes is None else becomes}"


# --- the outbox ------------------------------------------------------------------------------------


@outbox.command(name="list")
def list_() -> None:
    """List what was not delivered.

    PARKED: nobody knows whether it arrived, so it waits for you. DEAD: given up, with the reason.
    """
    from bot import app
    from bot.services.delivery import claim as deliveries

    with app.open_database() as database:
        rows = database.read_sync(deliveries.stuck)
    if not rows:
        _say("Nothing is stuck.")
        return
    for row in rows:
        what = f"{row.kind} for {row.subject_id} in {row.team_id}"
        _say(f"{row.id}  {row.state}  {what}: {row.error or 'no reason kept'}")
    _say("Send one again with `countersign outbox retry ID`.")


@outbox.command()
def retry(*, id: Annotated[int, typer.Argument(metavar="ID", min=1, help="Its number in the list.")]) -> None:  # noqa: A002 - the same
    """Send one of them once more."""
    from bot import app
    from bot.clock import Clock
    from bot.services.delivery import claim as deliveries

    with app.open_database() as database:
        if not database.submit(deliveries.retry, id, now=Clock().now()).result():
            _fail(f"there is no parked or dead delivery {id}", code=FOUND)
    _say(f"Delivery {id} will be sent once more.")


# --- the journal -----------------------------------------------------------------------------------


class Format(StrEnum):
    """What `audit export` writes."""

    JSONL = "jsonl"
    CSV = "csv"


_Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="As 2026-12-31, in UTC.")
]


@audit.command(name="verify")
def verify_journal() -> None:
    """Check that the journal is whole.

    Also against the anchor file, which is kept beside a SQLite store.
    """
    from bot import app

    with app.open_database() as database:
        verdict = database.verify()
    if not verdict.sound:
        _fail(f"the journal is not sound: {verdict}", code=FOUND)
    _say(f"The journal is {verdict}.")


@audit.command(name="export")
def export_journal(
    *,
    business_id: Annotated[
        str | None, typer.Option("--business", help="Only what concerns this Business ID.")
    ] = None,
    since: _Day = None,
    until: _Day = None,
    format: Annotated[Format, typer.Option(help="JSON lines, or CSV for a spreadsheet.")] = Format.JSONL,  # noqa: A002 - it is what people type
) -> None:
    """Print the journal, oldest first.

    A filtered export proves its rows, not that it is complete.
    """
    from bot import app
    from bot.services.reports import journal_export as journal_file

    rows: Callable[..., Iterable[str]]
    rows = journal_file.as_csv if format is Format.CSV else journal_file.as_json_lines
    with app.open_database() as database, database.reading() as tx:
        for line in rows(tx, business_id=business_id, since=since, until=until):
            _say(line)
