"""The program `countersign`: its commands together, and how errors end it.

A command imports what it needs when it runs, so that `--help` loads neither the database nor the web, and
`serve` nothing that only other commands need.
"""

from __future__ import annotations

import io
import logging
import re
import sys
from typing import Annotated

import typer

from bot.cli import (
    audit,
    backup,
    break_glass,
    connections,
    demo,
    directory,
    doctor,
    erase,
    gallery,
    moving,
    outbox,
    report,
    serve,
    tokens,
)
from bot.cli.terminal import FOUND, USAGE, Noted, Program, fail, say
from bot.errors import Busy, ConstraintBroken, Misconfigured, Unconfirmed

_NOT_UTF_8 = re.compile("[\ud800-\udfff]")
"""What Python reads a byte as that is not UTF-8."""

cli = typer.Typer(
    cls=Program,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help comes up in half the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Ask for access to marketing assets in one Slack, decide in another.",
)
for commands in (demo, gallery, serve, doctor, report, backup, erase, directory, connections):
    cli.add_typer(commands.cli)
cli.add_typer(directory.business, name="business")
directory.business.command(name="move")(moving.move_business)
cli.add_typer(moving.person, name="person")
cli.add_typer(outbox.cli, name="outbox")
cli.add_typer(audit.cli, name="audit")
cli.add_typer(tokens.cli, name="token")
cli.add_typer(break_glass.cli, name="break-glass")


def main() -> None:
    """Run the command line."""
    for argument in sys.argv[1:]:
        if _NOT_UTF_8.search(argument):
            fail(f"{argument!a} is not UTF-8", code=USAGE)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")  # what is typed is judged where it is used
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # whatever the locale: an export is a file that others read
    logging.lastResort = Noted(logging.WARNING)
    try:
        cli()
    except Misconfigured as error:
        fail(str(error), code=USAGE)
    except Unconfirmed as error:
        fail(f"{error}: nobody knows whether it was done: look before you call it again", code=FOUND)
    except (Busy, ConstraintBroken) as error:
        fail(str(error), code=FOUND)
    except OSError as error:
        if error.filename is None:
            raise
        fail(f"{error.filename}: {error.strerror}", code=USAGE)


def _version(requested: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    if requested:
        from importlib.metadata import version

        say(f"countersign {version('countersign')}")
        raise typer.Exit


@cli.callback()
def _options(
    *,
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass
