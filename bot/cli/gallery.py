"""`countersign gallery`: everything that Slack shows, on one page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import FOUND, fail, progress_bar, say, written

if TYPE_CHECKING:
    from bot.sandbox.gallery.exhibit import Exhibit

cli = typer.Typer()


@cli.command()
def gallery(
    *,
    file: Annotated[
        Path, typer.Option("--out", help="The file to write.", dir_okay=False, writable=True)
    ] = Path("gallery.html"),
    validate: Annotated[
        bool, typer.Option("--validate", help="Also ask Slack whether it takes each of them.")
    ] = False,
) -> None:
    """Write a page with all that Slack shows.

    Every card, digest, home, form, list, answer and error, in each state and for each reader, made of made-up
    records. The page needs no internet.
    """
    from bot import operating
    from bot.sandbox.gallery.everything import exhibits
    from bot.sandbox.gallery.page import page

    # What cannot work is said before the page is made, which takes some seconds.
    base_url = operating.slack_api_url() if validate else None
    with written(file, named="--out: ") as out:
        shown = exhibits()
        out.write(page(shown))
    say(f"{len(shown)} examples are in {file}.")
    if base_url is not None:
        _validate(shown, base_url=base_url)


def _validate(shown: Sequence[Exhibit], *, base_url: str) -> None:
    """Ask Slack about each payload, once where several are the same."""
    from bot import operating
    from bot.slack.wire.calls import SlackError

    names: dict[str, str] = {}
    for one in shown:
        if one.to_validate is not None:
            names.setdefault(json.dumps(one.to_validate), one.name)
    wrong: list[str] = []
    try:
        with progress_bar("Asking Slack") as done:
            for number, found in enumerate(operating.validate(map(json.loads, names), base_url=base_url)):
                wrong += [f"{[*names.values()][number]}: {complaint}" for complaint in found]
                done(number + 1, len(names))
    except SlackError as error:
        fail(f"Slack did not say: {error}", code=FOUND)
    if wrong:
        fail("\n".join(wrong), code=FOUND)
    say(f"Slack takes all {len(names)} of their payloads.")
