"""`countersign report`: what a business shares, as one page on paper."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.named import business_typed
from bot.cli.terminal import FOUND, USAGE, fail, say, written

cli = typer.Typer()


@cli.command()
def report(
    business_id: Annotated[str, typer.Argument(metavar="BUSINESS_ID", help="Whose report.")],
    *,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="As it was at the end of this day in the business's zone, as 2026-12-31.",
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--out", help="The file to write: report-BUSINESS_ID.html.", dir_okay=False)
    ] = None,
) -> None:
    """Write what a business shares with its partners as a page: a matrix, each partner, a timeline.

    The page needs no internet, and prints on A4. It names the people who decided.
    """
    from bot import operating
    from bot.clock import Clock
    from bot.domain.calendar import zone_of
    from bot.services import reports
    from bot.services.context import act
    from bot.slack.modals.inputs import as_of as moment_of
    from bot.slack.report import report_page

    business_id = business_typed(business_id)
    out = file or Path(f"report-{business_id}.html")
    now = Clock().now()
    with operating.open_database() as database, database.reading() as tx:
        shared = act(tx, reports.shared_by, business_id, now=now)
        if shared is None:
            fail(f"there is no business {business_id}: `countersign export` lists them", code=FOUND)
        day = as_of.date() if as_of is not None else None
        if day is not None and day > now.astimezone(zone_of(shared.zone)).date():
            fail("--as-of: that day is still to come", code=USAGE)
        at = moment_of(day, zone=shared.zone, now=now)
        with written(out, named="--out: ") as page:
            page.writelines(report_page(shared.as_of(at)))
    say(f"What {shared.own.name} shares is in {out}.")
