"""`countersign demo`: everything on this machine. The only importer of the sandbox."""

from __future__ import annotations

import errno
import logging
from functools import partial
from typing import Annotated

import typer

from bot.cli.terminal import USAGE, fail, say

cli = typer.Typer()

_USUAL = 8080


@cli.command()
def demo(
    *,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Where the page is served; 0 takes any free port.",
            show_default=f"{_USUAL}, or another if it is taken",
        ),
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> None:
    """Try it all on this machine, with no account.

    Two made-up Slack workspaces, people, businesses and a clock to push, on a page of your own.
    """
    logging.basicConfig(format="%(message)s")  # with where it came from: who tries it may look into it
    say("Starting two made-up Slack workspaces with three months of history…")  # imports alone take seconds
    from bot.sandbox.demo import run as sandbox

    show = partial(sandbox.run, open_browser=not no_open, say=say)
    try:
        show(port=_USUAL if port is None else port)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        if port is not None:
            fail(
                f"--port: {port} is in use or not allowed: choose another, or 0 for any free one", code=USAGE
            )
        say(f"Port {_USUAL} is in use, so the page gets another")
    else:
        return
    show(port=0)
