"""The journal: `countersign audit verify` and `export`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.named import asset_typed, business_typed
from bot.cli.terminal import FOUND, USAGE, fail, pour, say

if TYPE_CHECKING:
    from bot.domain.naming import TypedAsset
    from bot.store.tx import Tx

cli = typer.Typer(no_args_is_help=True, help="Check and export the journal.")


class Format(StrEnum):
    """What `audit export` writes."""

    JSONL = "jsonl"
    CSV = "csv"


def _day(meaning: str) -> Any:
    return typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help=f"{meaning}, as 2026-12-31, in UTC.")


@cli.command(name="verify")
def verify_journal() -> None:
    """Check that the journal is whole.

    Also against the anchor file, which is kept beside a SQLite store.
    """
    from bot import operating
    from bot.store.anchors import anchor_beside

    driver = operating.store()
    anchor = anchor_beside(Path(driver.place)) if driver.dialect == "sqlite" else None
    is_missing = anchor is not None and not anchor.exists()  # closing the store makes one
    with operating.open_database() as database:
        verdict = database.verify()
    if not verdict.sound:
        fail(f"the journal is not sound: {verdict}", code=FOUND)
    say(f"The journal is {verdict}.")
    if is_missing and verdict.seq:
        say(f"There was no anchor file, {anchor}: so it is not known whether its end was cut off.")


@cli.command(name="export")
def export_journal(
    *,
    business_id: Annotated[
        str | None, typer.Option("--business", help="Only what concerns this Business ID.")
    ] = None,
    partner_id: Annotated[
        str | None, typer.Option("--partner", help="Of that, only what concerns this Business ID, too.")
    ] = None,
    asset: Annotated[str | None, typer.Option(help="Only what is about this asset, by its ID.")] = None,
    since: Annotated[datetime | None, _day("From this day on")] = None,
    until: Annotated[datetime | None, _day("Up to the end of this day")] = None,
    exceptions: Annotated[
        bool, typer.Option("--exceptions", help="Only what is out of the ordinary, each with why.")
    ] = False,
    format: Annotated[Format, typer.Option(help="JSON lines, or CSV for a spreadsheet.")] = Format.JSONL,  # noqa: A002 - it is what people type
) -> None:
    """Print the journal, oldest first.

    A filtered export proves its rows, not that it is complete.
    """
    from bot import operating
    from bot.clock import Clock
    from bot.services import reports
    from bot.services.context import act
    from bot.services.directory import home_of

    if business_id is not None:
        business_id = business_typed(business_id, option="--business")
    if partner_id is not None:
        partner_id = business_typed(partner_id, option="--partner")
    if partner_id is not None and business_id is None:
        fail("--partner: say of which business, with --business", code=USAGE)
    named = None if asset is None else asset_typed(asset, option="--asset")
    if since is not None and until is not None and until < since:
        fail("--until: that is before --since", code=USAGE)

    rows: Callable[..., Iterable[str]]
    rows = reports.as_csv if format is Format.CSV else reports.as_json_lines
    with operating.open_database() as database, database.reading() as tx:
        for one in filter(None, (business_id, partner_id)):
            if act(tx, home_of, one, now=Clock().now()) is None:
                fail(f"there is no business {one}: `countersign export` lists them", code=FOUND)
        asset_id = None if named is None else _in_journal(tx, named)
        which = {"business_id": business_id, "partner_id": partner_id, "asset_id": asset_id}
        pour(rows(tx, **which, since=since, until=_day_after(until), exceptions=exceptions))


def _in_journal(tx: Tx, named: TypedAsset) -> str:
    """Return the ID of the asset that is meant, also of one that was removed. Exit where none ever was."""
    from bot.services import reports

    found = [one for one in named.ids if reports.is_in_journal(tx, one)]
    if len(found) != 1:
        each = " or ".join(named.ids)
        fail(f"say which asset: {each}" if found else f"there is no asset {each}", code=FOUND)
    return found[0]


def _day_after(day: datetime | None) -> datetime | None:
    """Return the day after; None after the last one that there is."""
    try:
        return None if day is None else day + timedelta(days=1)
    except OverflowError:
        return None
