"""Businesses whose access is kept at Meta: `countersign connect`, `import-from-meta` and `disconnect`."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.directory import show_difference
from bot.cli.terminal import FOUND, fail, say

if TYPE_CHECKING:
    from bot.domain.connections import Obstacle
    from bot.meta.importing import AtMeta
    from bot.services.directory_file import Difference

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
def import_from_meta(
    business: _Business,
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Bring it in; else it is only shown.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="ASSET_ID", help="Only this asset; may be repeated.")
    ] = None,
) -> None:
    """Bring in the assets that a connected business has at Meta.

    What is recorded stays as it is. What partners hold there is then found, and asked about on cards to the
    business's admins; its people are named, for who they are in Slack Meta does not know.
    """
    from bot.domain.connections import Obstacle
    from bot.services.directory_file import BadDirectory
    from bot.slack.text import en as texts

    try:
        found = bring_in(business, only=only or (), apply=apply)
    except BadDirectory as bad:
        fail("\n".join([*map(str, bad.problems), "nothing was changed"]), code=FOUND)
    if isinstance(found, Obstacle):
        why = texts.meta.WHY[found].format(owner=business, holder="")
        fail(why[:1].upper() + why[1:], code=FOUND)
    at_meta, difference = found
    show_difference(difference, unless=None if apply else "with --apply")
    for edge, obstacle in at_meta.unread.items():
        say(f"! {edge}: {texts.meta.WHY[obstacle].format(owner=business, holder='')}")
    for what, names in (("Partners", at_meta.partners), ("People", at_meta.people)):
        if names:
            say(f"{what} at Meta: {', '.join(sorted(names))}.")


def bring_in(
    business_id: str, *, only: Collection[str] = (), apply: bool
) -> tuple[AtMeta, Difference] | Obstacle:
    """Return what a connected business has at Meta, and what bringing in its assets changes, or would change.

    `only`: of the assets those with these ids, if there are any. Raise BadDirectory.
    """
    from bot import app
    from bot.clock import Clock
    from bot.domain.connections import Obstacle
    from bot.domain.policy import OPERATOR
    from bot.meta.importing import read_business
    from bot.services import directory_file
    from bot.services.context import act

    with app.open_database() as database:
        found = app.read_at_meta(database, business_id, partial(read_business, business_id=business_id))
        if isinstance(found, Obstacle):
            return found
        if Obstacle.TOKEN in found.unread.values():
            return Obstacle.TOKEN
        assets = [one for one in found.assets if not only or one.id in only]
        how: dict[str, Any] = {"by": OPERATOR, "now": Clock().now()}
        if not apply:
            plan = directory_file.plan_from_meta
            return found, database.read_sync(act, plan, business_id, assets, **how)
        done = database.submit(act, directory_file.import_from_meta, business_id, assets, **how)
        return found, done.result()


@cli.command()
def disconnect(business: _Business) -> None:
    """Forget the token of a business: what it shares at Meta stays there, and can't be ended from here."""
    from bot import app

    left = app.disconnect_business(business)
    if left is None:
        fail(f"there is no business {business}", code=FOUND)
    say(f"{business} is not connected to Meta any more. Grants that go on there: {left}.")
