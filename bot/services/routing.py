"""To whom messages go that ask for a decision: those named for it, and who is asked once they do not answer.

None of it says who may decide: any of `approvers.eligible` may.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bot.domain.nudging import Turn
from bot.services.context import Context
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_named = tables.table_of(tables.NamedApprover)
_escalation = tables.table_of(tables.Escalation)

_NAMED = select(_named.c.person_id, _named.c.turn).where(_named.c.business_id == bindparam("business"))
_ESCALATION = select(_escalation).where(_escalation.c.request_id == bindparam("request"))


def named_by(ctx: Context, business_id: str | None) -> Mapping[str, Turn]:
    """Return whom a business has named, by their ids; nobody where the admins of an asset decide."""
    if business_id is None:
        return {}
    return {row.person_id: Turn(row.turn) for row in ctx.tx.all(_NAMED, business=business_id)}


def escalation_of(ctx: Context, request_id: str) -> Row | None:
    """Return when and why backup approvers were asked about a request; None if they were not."""
    return ctx.tx.one(_ESCALATION, request=request_id)


def asked_first(ctx: Context, business_id: str | None, able: Sequence[Row]) -> list[Row]:
    """Return who of those who are `able` to decide is asked first: those named, else all but the backups.

    Where none of those named is able to, all are asked.
    """
    named = named_by(ctx, business_id)
    if Turn.FIRST in named.values():
        chosen = [person for person in able if named.get(person.id) is Turn.FIRST]
    else:
        chosen = [person for person in able if person.id not in named]
    return chosen or list(able)


def backups(ctx: Context, business_id: str | None, able: Sequence[Row]) -> list[Row]:
    """Return who is asked beside them once nobody has answered: those named as backups, else all others."""
    first = {person.id for person in asked_first(ctx, business_id, able)}
    others = [person for person in able if person.id not in first]
    named = named_by(ctx, business_id)
    return [person for person in others if named.get(person.id) is Turn.BACKUP] or others


def asked_now(ctx: Context, request: Row, able: Sequence[Row]) -> list[Row]:
    """Return who of those who are `able` to decide on an open request is asked to by now."""
    first = asked_first(ctx, request.deciding_id, able)
    if escalation_of(ctx, request.id) is None:
        return first
    return [*first, *backups(ctx, request.deciding_id, able)]
