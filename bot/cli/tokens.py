"""Tokens of programs: `countersign token create`, `list` and `revoke`."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer

from bot.cli.named import business_typed
from bot.cli.terminal import FOUND, USAGE, fail, say
from bot.domain.denials import DenialReason
from bot.domain.limits import MOST_TOKEN_DAYS, USUAL_TOKEN_DAYS
from bot.domain.tokens import Scope
from bot.stopping import finished

_Business = Annotated[str, typer.Option("--business", help="The Business ID it acts for.")]
_Days = Annotated[int, typer.Option(min=1, max=MOST_TOKEN_DAYS, help="For how many days it is valid.")]
_Scopes = Annotated[
    list[Scope] | None, typer.Option("--scope", help="What it is for; several times for several.")
]

_WHY_NOT = {
    DenialReason.UNKNOWN_PERSON: "{person} is no member of business {business}",
    DenialReason.NOT_ADMIN: "{person} is no admin of business {business}, so can answer for no program",
    DenialReason.SHARED_LOGIN: "{person} is a shared login, and acts for nobody",
    DenialReason.TOO_MANY_TOKENS: "business {business} has {count} valid tokens, the most it can have",
}
"""Why no token is made, in words for the operator."""

cli = typer.Typer(no_args_is_help=True, help="Make, see and revoke tokens for programs.")


@cli.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for. A program goes by this name on cards.")],
    *,
    business: _Business,
    person: Annotated[
        str, typer.Option(help="Slack user id of the member who acts with it, or answers for the program.")
    ],
    scope: _Scopes = None,
    days: _Days = USUAL_TOKEN_DAYS,
    program: Annotated[bool, typer.Option("--program", help="A program acts with it.")] = False,
) -> None:
    """Make a token, and print it: this is the only time that it is shown."""
    from bot import operating
    from bot.clock import Clock
    from bot.domain.actors import OPERATOR
    from bot.domain.tokens import digest_of, new_secret
    from bot.services import programs
    from bot.services.context import act
    from bot.services.results import Denied, Invalid
    from bot.slack.text import en as texts

    business = business_typed(business, option="--business")
    secret = new_secret()
    with operating.open_database() as database:
        person_id = database.read_sync(programs.member_called, business_id=business, user_id=person)
        if person_id is None:
            _refuse(DenialReason.UNKNOWN_PERSON, person=person, business=business)
        made = finished(
            database.submit(
                act,
                programs.create_token,
                business,
                digest=digest_of(secret),
                name=name,
                scopes=frozenset(scope or [Scope.READ]),
                days=days,
                is_program=program,
                person_id=person_id,
                by=OPERATOR,
                now=Clock().now(),
            )
        )
    if isinstance(made, Invalid):
        fail(
            "\n".join(f"{one.field}: {texts.errors.field_error(one)}" for one in made.field_errors),
            code=USAGE,
        )
    if isinstance(made, Denied):
        _refuse(made.reason, person=person, business=business, count=made.count)
    say(f"{secret}\nIt is valid until {made.expires_at:%Y-%m-%d}, and is not shown again.")


def _refuse(reason: DenialReason, **about: object) -> NoReturn:
    fail(f"{_WHY_NOT[reason].format(**about)}: no token was made", code=FOUND)


@cli.command(name="list")
def list_(*, business: _Business) -> None:
    """List a business's tokens. What they are cannot be shown: only their digests are kept."""
    from bot import operating
    from bot.clock import Clock
    from bot.domain.actors import OPERATOR
    from bot.services import connections, programs
    from bot.services.context import act

    business = business_typed(business, option="--business")
    now = Clock().now()
    with operating.open_database() as database:
        if not database.read_sync(act, connections.is_known, business, now=now):
            fail(f"there is no business {business}", code=FOUND)
        found = database.read_sync(act, programs.list_tokens, business_id=business, by=OPERATOR, now=now)
    for one in found:
        stands = f"valid until {one.expires_at:%Y-%m-%d}"
        if one.revoked_at is not None:
            stands = f"revoked on {one.revoked_at:%Y-%m-%d}"
        elif one.expires_at <= now:
            stands = f"expired on {one.expires_at:%Y-%m-%d}"
        elif one.can != one.scopes:
            stands += f", can now {', '.join(sorted(one.can)) if one.can else 'do nothing'}"
        who = f"a program, {one.person} answers for it" if one.is_program else one.person
        scopes = ", ".join(sorted(one.scopes))
        say(f"{one.id}  {stands}  {one.name}: {who}; {scopes}")
    if not found:
        say(f"Business {business} has no tokens.")


@cli.command()
def revoke(token: Annotated[str, typer.Argument(metavar="ID", help="Its ID in the list.")]) -> None:
    """Revoke a token at once, with those that rest on it."""
    from bot import operating
    from bot.clock import Clock
    from bot.domain.actors import OPERATOR
    from bot.services import programs
    from bot.services.context import act
    from bot.services.results import Tokened

    with operating.open_database() as database:
        done = finished(database.submit(act, programs.revoke_token, token, by=OPERATOR, now=Clock().now()))
    if not isinstance(done, Tokened):
        fail(f"there is no token {token}", code=FOUND)
    say(f"The token {done.name} of {done.business} is revoked.")
