"""What was not delivered: `countersign outbox list`, `retry` and `leave`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.terminal import FOUND, fail, say
from bot.stopping import finished

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.database import Database

_Number = Annotated[int, typer.Argument(metavar="ID", min=1, max=2**63 - 1, help="Its number in the list.")]

_OUTSIDE = {"META_ACCESS": " and business {}", "SEND_EVENTS": ", up to event {}"}
"""What names more of what goes to no workspace."""

cli = typer.Typer(no_args_is_help=True, help="See what was not delivered, and retry or leave it.")


@cli.command(name="list")
def list_() -> None:
    """List what was not delivered.

    PARKED: it may have arrived or not, and waits for you to look. DEAD: given up, with the reason. WAITING:
    tried again and again, and tried once more by itself.
    """
    from bot import operating
    from bot.services import delivery

    with operating.open_database() as database:
        is_any_retried = _list(database, delivery.retried)
        is_any_stuck = _list(database, delivery.stuck)
    if is_any_stuck:
        say("Send a DEAD or PARKED one again with `countersign outbox retry ID`.")
        say("Put one away with `countersign outbox leave ID`.")
    elif not is_any_retried:
        say("Nothing is stuck.")


def _list(database: Database, page: Callable[..., list[Any]]) -> bool:
    """Print what stands on these pages, and say whether there was anything."""
    after = 0
    while rows := database.read_sync(page, after=after):
        for row in rows:
            where = f" in {row.team_id}" if row.team_id else _OUTSIDE.get(row.kind, "").format(row.about)
            what = f"{row.kind} for {row.subject_id}{where}{_where_to_look(row)}"
            if row.state == "WAITING":
                what += f", tried {row.attempt} times"
            say(f"{row.id}  {row.state}  {what}: {row.error or 'no reason recorded'}")
        after = rows[-1].id
    return after > 0


def _where_to_look(row: Row) -> str:
    """Return what finds a message in Slack: the reference that it shows, who is to get it, and since when."""
    from bot.domain.messages import EffectKind, read_about

    about = read_about(row.about) if row.kind == EffectKind.POST_NOTICE else None
    to = row.channel_id or row.user_id or (about and (about.channel_id or about.user_id))
    if to is None:
        return ""
    ref = f"{row.ref}, " if row.ref else ""
    what = f"{about.notice.lower()}, " if about else ""
    return f" ({ref}{what}to {to}, since {row.put_at:%Y-%m-%d %H:%M} UTC)"


@cli.command()
def retry(*, id: _Number) -> None:  # noqa: A002 - it is what the list calls it
    """Send one of them once more."""
    from bot.services import delivery

    _settle(delivery.retry, id)
    say(f"Delivery {id} will be sent once more.")


@cli.command()
def leave(*, id: _Number) -> None:  # noqa: A002 - the same
    """Put one of them away, after you have looked: it is sent no more, and listed no more."""
    from bot.services import delivery

    _settle(delivery.leave, id)
    say(f"Delivery {id} is left as it is.")


def _settle(verb: Callable[..., bool], number: int) -> None:
    from bot import operating
    from bot.clock import Clock
    from bot.domain.actors import OPERATOR
    from bot.services.context import act

    with operating.open_database() as database:
        if not finished(database.submit(act, verb, number, by=OPERATOR, now=Clock().now())):
            fail(f"there is no parked or dead delivery {number}", code=FOUND)
