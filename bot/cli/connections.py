"""Businesses whose access is kept at Meta: `countersign connect` and `disconnect`."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.terminal import FOUND, fail, say

_Business = Annotated[str, typer.Argument(metavar="BUSINESS_ID", help="The business, by its Business ID.")]
_Token = Annotated[
    str,
    typer.Option(
        prompt="Token of the business's system user",
        hide_input=True,
        help="Asked for where it is not given by a pipe; on the command line others could read it.",
        hidden=True,
    ),
]

cli = typer.Typer()


@cli.command()
def connect(business: _Business, *, token: _Token) -> None:
    """Connect a business to Meta, or give its connection a new token.

    The token is tested first: who it is, of which business, and whether it may do what is needed. From then
    on what is approved for the business's assets is put in force at Meta.
    """
    from bot import app
    from bot.slack.text import en as texts

    found = app.connect_business(business, token.strip())
    if not isinstance(found, str):
        fail(texts.meta.flaw(found), code=FOUND)
    say(f"{business} is connected to Meta, as {found}.")


@cli.command()
def disconnect(business: _Business) -> None:
    """Forget the token of a business: what it shares at Meta stays there, and can't be ended from here."""
    from bot import app

    left = app.disconnect_business(business)
    if left is None:
        fail(f"there is no business {business}", code=FOUND)
    say(f"{business} is not connected to Meta any more. Grants that go on there: {left}.")
