"""`countersign erase`: what people typed, when it is long over, or the name of somebody who has left."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from bot.cli.named import business_typed, check_business
from bot.cli.terminal import FOUND, INTERRUPTED, USAGE, confirmed, fail, say
from bot.stopping import finished, hearing_again

_STEP = 20  # rows in a transaction: nobody's click waits long behind it

cli = typer.Typer()


@cli.command()
def erase(
    *,
    before: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="What was over by then: 2026-12-31, in UTC."),
    ] = None,
    business_id: Annotated[
        str | None, typer.Option("--business", help="Only what this Business ID asked for or decided.")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(metavar="WORKSPACE/USER", help="The name of this Slack user instead: T0123/U0456."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before.")] = False,
) -> None:
    """Erase reasons, notes, comments and descriptions of requests that are over, and so is all they gave.

    With --person, erase the name of somebody who belongs to no business any more. Who asked for what, who
    decided and when stays, and the journal still verifies. Cards in Slack follow; comments posted in threads,
    other messages, and copies that have left, such as exports and backups, do not.
    """
    if (before is None) == (person is None) or (person and business_id):
        fail("say either --before (with --business, if you like) or --person", code=USAGE)
    if person is not None:
        _erase_name(person, yes=yes)
        return
    if business_id is not None:
        business_id = business_typed(business_id, option="--business")
    assert before is not None
    _erase_texts(before.replace(tzinfo=UTC), business_id, yes=yes)


def _erase_texts(before: datetime, business_id: str | None, *, yes: bool) -> None:
    from bot import operating
    from bot.clock import Clock
    from bot.domain.actors import OPERATOR
    from bot.services import requests
    from bot.services.context import act

    if before > Clock().now():
        fail("--before: that day is still to come", code=USAGE)
    with operating.open_database() as database:
        if business_id is not None:
            check_business(database, business_id)
        found = database.read_sync(requests.find_over, before=before, business_id=business_id)
        if not found:
            say("There is nothing to erase.")
            return
        question = f"Erase what people typed about what was over before {before:%Y-%m-%d}: {len(found):,}?"
        if not yes and not confirmed(question):
            fail("nothing was changed", code=FOUND)
        erased, interrupted = 0, threading.Event()
        try:
            for step in _steps(found):
                with hearing_again():
                    how: dict[str, Any] = {"before": before, "by": OPERATOR, "now": Clock().now()}
                    erasing = database.submit(act, requests.erase_texts, step, **how)
                    erased += finished(erasing, interrupted=interrupted.set)
                if interrupted.is_set():
                    break
        except KeyboardInterrupt:
            interrupted.set()
    if interrupted.is_set():
        fail(
            f"interrupted: erased {erased:,} of {len(found):,}; call it again for the rest", code=INTERRUPTED
        )
    say(f"Erased what people typed. Requests and drafts: {erased:,}.")


def _erase_name(person: str, *, yes: bool) -> None:
    from bot import operating
    from bot.clock import Clock
    from bot.domain.actors import OPERATOR
    from bot.services import directory
    from bot.services.context import act

    team_id, _, user_id = person.partition("/")
    if not team_id or not user_id:
        fail("--person: say the ids of the workspace and of the user, such as T0123/U0456", code=USAGE)
    with operating.open_database() as database:
        people = database.read_sync(directory.find_people_at, team_id=team_id, user_id=user_id)
        if not people:
            fail(f"nobody is known as {user_id} in {team_id}: nothing was changed", code=FOUND)
        for one in people:
            _need_left(one.name, database.read_sync(directory.belongs_to, one.id))
        names = " and ".join(one.name for one in people)
        if not yes and not confirmed(f"Erase the name {names}?"):
            fail("nothing was changed", code=FOUND)
        drawn = 0
        for one in people:
            shown = database.read_sync(directory.find_shown, one.id)
            erasing = database.submit(
                act, directory.erase_name, one.id, shown_on=shown, by=OPERATOR, now=Clock().now()
            )
            _need_left(one.name, finished(erasing))
            drawn += len(shown)
    say(f"Erased the name of {user_id}. Requests and the like whose cards are drawn again: {drawn:,}.")


def _need_left(name: str, still: tuple[str, ...]) -> None:
    if still:
        fail(f"{name} still belongs to {', '.join(still)}: remove them there first", code=FOUND)


def _steps(ids: list[str]) -> list[list[str]]:
    return [ids[at : at + _STEP] for at in range(0, len(ids), _STEP)]
