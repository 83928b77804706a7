"""`countersign demo`: everything on this machine. The only importer of the sandbox."""

from __future__ import annotations

import errno
import logging
from typing import Annotated

import typer

from bot.cli.terminal import USAGE, fail, say

cli = typer.Typer()


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
    logging.basicConfig(format="%(message)s")  # with where it came from: who tries it may look into it
    say("Starting two made-up Slack workspaces with three months of history…")  # imports alone take seconds
    from bot.sandbox.demo import run as sandbox

    try:
        sandbox.run(port=port, open_browser=not no_open, say=say)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        fail(f"--port: {port} is in use or not allowed: choose another, or 0 for any free one", code=USAGE)
