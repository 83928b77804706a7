"""`countersign erase`: what people typed, when it is long over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli.terminal import FOUND, USAGE, confirmed, fail, say

_STEP = 20  # rows in a transaction: nobody's click waits long behind it

cli = typer.Typer()


@cli.command()
def erase(
    *,
    before: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="What was over by then: 2026-12-31, in UTC."),
    ],
    business_id: Annotated[
        str | None, typer.Option("--business", help="Only what this Business ID asked for or decided.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before.")] = False,
) -> None:
    """Erase reasons, notes, comments and descriptions of requests that are over, and so is all they gave.

    Who asked for what, who decided and when stays, and the journal still verifies. Cards in Slack follow;
    comments that were posted in threads, and copies that have left, such as exports and backups, do not.
    """
    from bot import operating
    from bot.clock import Clock
    from bot.domain.actors import OPERATOR
    from bot.domain.assets import is_business_id
    from bot.services import requests
    from bot.services.context import act

    if business_id is not None and not is_business_id(business_id):
        fail(f"--business: {business_id!r} is no Business ID: that is 5 to 20 digits alone", code=USAGE)
    day = before.replace(tzinfo=UTC)
    if day > Clock().now():
        fail("--before: that day is still to come", code=USAGE)
    if not yes and not confirmed(f"Erase what people typed about what was over before {day:%Y-%m-%d}?"):
        fail("nothing was changed", code=FOUND)
    erased = 0
    with operating.open_database() as database:
        while count := database.submit(
            act,
            requests.erase_texts,
            before=day,
            business_id=business_id,
            limit=_STEP,
            by=OPERATOR,
            now=Clock().now(),
        ).result():
            erased += count
    if not erased:
        say("There is nothing to erase.")
        return
    say(f"Erased what people typed. Requests and drafts: {erased:,}.")
