"""Businesses whose access is kept at Meta: `countersign connect`, `import-from-meta` and `disconnect`."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.directory import show_difference
from bot.cli.named import business_typed
from bot.cli.terminal import FOUND, USAGE, fail, say, secret
from bot.stopping import finished

if TYPE_CHECKING:
    from bot.domain.connections import Obstacle
    from bot.services.directory_file import Difference, ImportPlan, Reading
    from bot.services.results import Denied

_Business = Annotated[str, typer.Argument(metavar="BUSINESS_ID", help="The business, by its Business ID.")]
_Token = Annotated[str | None, typer.Option(help="On the command line others could read it.", hidden=True)]

LEFT_ALONE = {
    "THEIRS": "{owner} owns it here; left as it is",
    "NOBODYS": "nobody owns it here; it can be claimed",
    "OTHER_KIND": "it is an asset of another kind here; left as it is",
    "ODD": "its id or its name can't be kept here",
    "NOT_LISTED": "it is theirs here, and Meta doesn't list it as theirs; left as it is",
}
"""Why an asset is left alone (`bot.domain.connections.LeftAlone`)."""

cli = typer.Typer()


@cli.command()
def connect(business: _Business, *, token: _Token = None) -> None:
    """Connect a business to Meta, or give its connection a new token.

    The token of a system user of the business is asked for, or read from a pipe. It is tested first: who it
    is, of which business, and whether it may do what is needed. From then on what is approved for the
    business's assets is put in force at Meta.
    """
    from bot import operating
    from bot.domain.connections import FlawKind
    from bot.slack.text import en as texts

    business = business_typed(business)
    # What no token can help is said before anybody types one.
    if (flaw := operating.may_connect(business)) is not None:
        fail(texts.meta.flaw(flaw), code=FOUND if flaw.kind is FlawKind.NO_BUSINESS else USAGE)
    given = token or secret("Token of the business's system user")
    found = operating.connect_business(business, given.strip())
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

    What is recorded stays as it is, but gets its name at Meta. What partners hold there is then found, and
    asked about on cards to the business's admins; its people are named, for who they are in Slack Meta does
    not know.
    """
    from bot.domain.connections import Obstacle
    from bot.services.directory_file import BadDirectory
    from bot.services.results import Denied
    from bot.slack.text import en as texts

    business = business_typed(business)
    try:
        found = bring_in(business, only=only or (), apply=apply)
    except BadDirectory as bad:
        fail("\n".join([*map(str, bad.problems), "nothing was changed"]), code=FOUND)
    if found is None:
        fail(f"there is no business {business}", code=FOUND)
    if found is Obstacle.DISCONNECTED:
        fail(f"{business} is not connected to Meta: see `countersign connect`", code=FOUND)
    if isinstance(found, Obstacle):
        why = texts.meta.WHY[found].format(owner=business, holder="")
        fail(why[:1].upper() + why[1:], code=FOUND)
    if isinstance(found, Denied):
        fail("it has changed meanwhile, here or at Meta; nothing was changed: look at it again", code=FOUND)
    plan, difference = found
    show_difference(difference, unless=None if apply else "with --apply")
    for one in plan.left:
        why = LEFT_ALONE[one.why].format(owner=one.owner)
        say(f"! {one.asset.id} {one.asset.name[:60]}: {why}")
    for what, obstacle in plan.unread.items():
        say(f"! {texts.importing.LISTS[what]}: {texts.meta.WHY[obstacle].format(owner=business, holder='')}")
    for what, named in (("Partners", plan.partners), ("People", [one.at_meta for one in plan.people])):
        if named:
            say(f"{what} at Meta: {', '.join(f'{one.name} ({one.id})' for one in named)}.")


def bring_in(
    business_id: str, *, only: Collection[str] = (), apply: bool
) -> tuple[ImportPlan, Difference] | Denied | Obstacle | None:
    """Return what bringing in what a connected business has at Meta changes, or would change.

    None: there is no such business. `only`: of the assets those with these ids, if there are any.
    Raise BadDirectory.
    """
    from bot import operating
    from bot.clock import Clock
    from bot.domain.actors import OPERATOR
    from bot.domain.connections import Obstacle
    from bot.services import connections, directory_file
    from bot.services.context import act
    from bot.services.results import Denied

    with operating.open_database() as database:
        if not database.read_sync(act, connections.is_known, business_id, now=Clock().now()):
            return None
        reading = operating.read_at_meta(database, business_id)
        if isinstance(reading, Obstacle):
            return reading
        if only:
            reading = _only(reading, only)
        how: dict[str, Any] = {"by": OPERATOR, "now": Clock().now()}
        plan = database.read_sync(act, directory_file.plan_from_meta, business_id, reading, **how)
        if isinstance(plan, Denied):
            return plan
        difference = database.read_sync(act, directory_file.difference_from_meta, plan, **how)
        if apply:
            verb, mark = directory_file.import_from_meta, plan.mark
            done = finished(database.submit(act, verb, business_id, reading, expected_mark=mark, **how))
            if isinstance(done, Denied):
                return done
        return plan, difference


def _only(reading: Reading, named: Collection[str]) -> Reading:
    """Return the same with the named assets alone. Exit where Meta has shown all, and not one of them."""
    from bot.domain.naming import read_asset

    meant = {one: {one, *(typed.ids if (typed := read_asset(one)) else ())} for one in named}
    listed = {one.id for one in reading.assets}
    for one, ids in meant.items():
        if listed.isdisjoint(ids) and not reading.unread:
            fail(f"--only: Meta does not list {one} as theirs: nothing was changed", code=FOUND)
    return reading.only(set[str]().union(*meant.values()))


@cli.command()
def disconnect(business: _Business) -> None:
    """Forget the token of a business: what it shares at Meta stays there, and can't be ended from here."""
    from bot import operating

    business = business_typed(business)
    left = operating.disconnect_business(business)
    if left is None:
        fail(f"there is no business {business}", code=FOUND)
    say(f"{business} is not connected to Meta any more. Grants that go on there: {left}.")
