"""Businesses, people and assets: `countersign import`, `export` and `business verify`."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.named import business_typed
from bot.cli.terminal import FOUND, USAGE, fail, progress_bar, say, written
from bot.stopping import finished

if TYPE_CHECKING:
    from bot.services.directory import HomeOf
    from bot.services.directory_file import Change, Difference, Progress

_MOST_SHOWN = 200

cli = typer.Typer()
business = typer.Typer(
    no_args_is_help=True, help="Say which businesses are verified, and where they are at home."
)


@cli.command(name="import")
def import_(
    *,
    file: Annotated[Path, typer.Argument(help="The directory as YAML.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
) -> None:
    """Bring in businesses, people and assets.

    All of the file or nothing: an error in one line leaves everything as it was.
    """
    from bot import operating
    from bot.clock import Clock
    from bot.domain.actors import OPERATOR
    from bot.services import directory_file
    from bot.services.context import act

    try:
        content = file.read_bytes()
    except OSError as error:
        fail(f"{file}: {error.strerror}", code=USAGE)
    now = Clock().now()
    try:
        with progress_bar("Reading") as progress:
            wanted = directory_file.read_file(content, progress=progress)
        with operating.open_database() as database:
            if dry_run:
                difference = database.read_sync(act, directory_file.plan_import, wanted, by=OPERATOR, now=now)
            else:
                with progress_bar("Writing") as progress:
                    difference = _unless_interrupted(
                        lambda checked: database.submit(
                            act,
                            directory_file.import_directory,
                            wanted,
                            by=OPERATOR,
                            now=now,
                            progress=checked,
                        ),
                        progress,
                    )
    except directory_file.BadDirectory as bad:
        lines = [f"{file}: {problem}" for problem in bad.problems]
        rest = [f"… and {len(lines) - _MOST_SHOWN:,} more"] if len(lines) > _MOST_SHOWN else []
        fail("\n".join([*lines[:_MOST_SHOWN], *rest, "nothing was changed"]), code=FOUND)
    show_difference(difference, unless="without --dry-run" if dry_run else None)


def _unless_interrupted(submit: Callable[[Progress], Future[Difference]], progress: Progress) -> Difference:
    """Return what a long verb returns. On Ctrl-C it is undone, and KeyboardInterrupt raised.

    If it is committed by then, its answer is returned all the same.
    """
    interrupted = threading.Event()

    def checked(done: int, total: int) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt  # in the verb, which undoes it
        progress(done, total)

    return finished(submit(checked), interrupted=interrupted.set)


@cli.command()
def export(
    *,
    file: Annotated[
        Path | None, typer.Argument(help="Where to write it; without it, to the terminal.")
    ] = None,
) -> None:
    """Write businesses, people and assets to a file.

    Importing that file changes nothing.
    """
    from bot import operating
    from bot.services import directory_file

    with operating.open_database() as database:
        text = directory_file.write_file(database.read_sync(directory_file.export_directory))
    if file is None:
        say(text.rstrip())
        return
    with written(file) as out:
        out.write(text)


@business.command()
def verify(
    *,
    id: Annotated[str, typer.Argument(metavar="ID", help="The Business ID.")],  # noqa: A002 - it is what the id is called
    revoke: Annotated[bool, typer.Option("--revoke", help="Take that back.")] = False,
    workspace: Annotated[
        str | None, typer.Option(metavar="T…", help="Only if it is at home in this Slack workspace.")
    ] = None,
) -> None:
    """Say that a business is who it says it is."""
    from bot import operating
    from bot.clock import Clock
    from bot.domain.actors import OPERATOR
    from bot.services.context import act
    from bot.services.directory import home_of, verify_business

    business_id = business_typed(id)
    with operating.open_database() as database:
        home = database.read_sync(act, home_of, business_id, now=Clock().now())
        if home is None:
            fail(f"there is no business {business_id}: import it first", code=FOUND)
        if workspace not in (None, home.team_id):
            fail(f"business {business_id} is at home in {_at(home)}: nothing was changed", code=FOUND)
        news = finished(
            database.submit(
                act, verify_business, business_id, verified=not revoke, by=OPERATOR, now=Clock().now()
            )
        )
    state = "not verified" if revoke else "verified"
    about = f"({home.name}, at home in {_at(home)})"
    say(f"Business {business_id} {about} is {state}{'' if news else ' already'}.")


def _at(home: HomeOf) -> str:
    if home.team_id is None:
        return "no workspace"
    return f"workspace {home.team_id}" + (f", {home.workspace}" if home.workspace else "")


def show_difference(difference: Difference, *, unless: str | None) -> None:
    """Print what was changed; `unless`: nothing was, and how it would be."""
    from rich.console import Console

    shown = io.StringIO()
    is_terminal = Console().is_terminal
    console = Console(file=shown, force_terminal=is_terminal, highlight=False, markup=False, soft_wrap=True)
    for line, style in _lines_of(difference, unless=unless):
        console.print(line, style=style)
    say(shown.getvalue().rstrip("\n"))


def _lines_of(difference: Difference, *, unless: str | None) -> Iterator[tuple[str, str | None]]:
    """Yield the lines about a difference, each with its style."""
    for change in difference.changes[:_MOST_SHOWN]:
        sign, style = _SIGNS[change.how]
        yield f"{sign} {_described(change)}", style
    if len(difference) > _MOST_SHOWN:
        yield f"… and {len(difference) - _MOST_SHOWN:,} more", None
    for note in difference.notes:
        yield f"! {note}", "yellow"
    if not difference.changes:
        yield "No change.", None
        return
    counts = [
        f"{count:,} {how}"
        for how in _SIGNS
        if (count := sum(1 for change in difference.changes if change.how == how))
    ]
    done = f"Nothing was changed; {unless} it would be:" if unless else "Done:"
    yield f"{done} {', '.join(counts)}.", "bold"


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
