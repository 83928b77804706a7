"""Run it for your own Slack: `countersign serve`, `migrate` and `manifest`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot.cli.terminal import USAGE, fail, say

cli = typer.Typer()

_FOR_TERMINALS = ("pygments", "rich")
"""What httpx and structlog load, where it is there, for programs that print in colours: 4 MB of memory."""


@cli.command()
def serve() -> None:
    """Serve your Slack workspaces.

    Settings come from the environment (COUNTERSIGN_…); what is wrong with them is said at once.
    """
    for library in _FOR_TERMINALS:
        sys.modules[library] = None  # type: ignore[assignment]  # to import it says that it is not there
    from bot import app

    app.run()


@cli.command()
def migrate() -> None:
    """Bring the store to the version needed."""
    from bot import operating

    say(f"The store is at version {operating.migrate_database()}.")


@cli.command()
def manifest(
    *,
    url: Annotated[
        str | None, typer.Option(help="For HTTP: the https address under which Slack reaches the host.")
    ] = None,
    replies: Annotated[
        bool, typer.Option("--replies", help="Hear replies under cards, to say who cannot see them.")
    ] = False,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Have tokens end after twelve hours, and renewed by `serve`.")
    ] = False,
    org: Annotated[
        bool, typer.Option("--org", help="Let it be installed in a whole organisation (Enterprise Grid).")
    ] = False,
) -> None:
    """Print the Slack app's manifest.

    It is for Socket Mode, or with --url for HTTP.
    """
    from bot.slack.wire.manifest import manifest_text

    try:
        text = manifest_text(url=url, replies=replies, rotate=rotate, org=org)
    except ValueError as error:
        fail(f"--url: {error}", code=USAGE)
    say(text.rstrip())
