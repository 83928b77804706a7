"""People and businesses that moved in Slack: `countersign person move` and `business move`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.named import business_typed
from bot.cli.terminal import FOUND, USAGE, confirmed, fail, say
from bot.stopping import finished

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.database import Database

person = typer.Typer(no_args_is_help=True, help="Say with which Slack account somebody acts.")
_ID = re.compile(r"[A-Z][A-Z0-9]{1,30}", re.ASCII)
_Workspace = Annotated[str, typer.Option(metavar="T…", help="The Slack workspace, by its id.")]


@person.callback()
def _group() -> None:
    """Keep `move` a command of its own, though it is the only one."""


@person.command(name="move")
def move_person(
    *,
    before: Annotated[str, typer.Argument(metavar="FROM", help="The Slack account they had, U….")],
    after: Annotated[str, typer.Argument(metavar="TO", help="The one that they have now, U….")],
    workspace: _Workspace,
) -> None:
    """Have somebody act with another Slack account of their workspace.

    They keep their roles, what is assigned to them and what they asked, and have power again as soon as Slack
    has been asked about the new account.
    """
    from bot import operating
    from bot.services import settings

    _check(workspace, before, after)
    with operating.open_database() as database:
        name = _move(database, settings.move_person, team_id=workspace, user_id=before, to_user=after)
    say(f"{name} acts as {after} from now on.")


def move_business(
    *,
    id: Annotated[str, typer.Argument(metavar="ID", help="The Business ID.")],  # noqa: A002 - it is what the id is called
    workspace: _Workspace,
    people: Annotated[
        list[str],
        typer.Option("--person", metavar="UOLD=UNEW", help="A member, and their account there; repeatable."),
    ],
    channel: Annotated[
        str | None, typer.Option(metavar="C…", help="The approvals channel there; else the admins are asked.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before.")] = False,
) -> None:
    """Have a business be at home in another Slack workspace.

    Its requests, access and history go with it. Members who are not named with --person are removed.
    """
    from bot import operating
    from bot.services import settings

    business_id = business_typed(id)
    pairs = [one.partition("=") for one in people]
    accounts = {old.strip(): new.strip() for old, _, new in pairs}
    _check(workspace, *accounts, *accounts.values(), *([channel] if channel else []))
    if len(accounts) < len(pairs) or len(set(accounts.values())) < len(pairs):
        fail("--person: each account may be named once", code=USAGE)
    if not yes and not confirmed(
        f"Move business {business_id} to {workspace}, with {len(accounts)} of its members?"
    ):
        fail("nothing was changed", code=FOUND)
    with operating.open_database() as database:
        where: dict[str, Any] = {"team_id": workspace, "channel_id": channel, "people": accounts}
        left = _move(database, settings.move_business, business_id, **where)
    say(f"Business {business_id} is at home in workspace {workspace}. Members who were removed: {left}.")


def _check(*ids: str) -> None:
    for one in ids:
        if not _ID.fullmatch(one):
            fail(f"{one!r} is no id of Slack's: those are capitals and digits, as T0123 or U0123", code=USAGE)


def _move(database: Database, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    from bot.clock import Clock
    from bot.domain.actors import OPERATOR
    from bot.services.context import act
    from bot.services.settings import CannotMove

    try:
        return finished(database.submit(act, verb, *args, by=OPERATOR, now=Clock().now(), **kwargs))
    except CannotMove as error:
        fail(f"{error}: nothing was changed", code=FOUND)
