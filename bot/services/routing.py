"""To whom messages go: of those who can decide, who is named for it; and who stands in for somebody away.

None of it says who may decide: any of `approvers.eligible` may.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from bot.domain.calendar import is_within, zone_of
from bot.domain.nudging import Turn
from bot.services import approvers
from bot.services.context import Context
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_named = tables.table_of(tables.NamedApprover)
_escalation = tables.table_of(tables.Escalation)
_acknowledgement = tables.table_of(tables.Acknowledgement)

_stand_in = tables.table_of(tables.StandIn)
_person = tables.table_of(tables.Person)

_STAND_INS = (
    select(_stand_in, _person.c.zone)
    .join_from(_stand_in, _person, _stand_in.c.person_id == _person.c.id)
    .where(_stand_in.c.business_id == bindparam("business"))
)
_STAND_IN = _STAND_INS.where(_stand_in.c.person_id == bindparam("person"))
_STAND_IN_FOR = select(_stand_in.c.stand_in_id.label("id")).where(
    _stand_in.c.person_id == bindparam("person")
)
_STOOD_IN_FOR = select(_stand_in.c.person_id.label("id")).where(
    _stand_in.c.stand_in_id == bindparam("person")
)
_NAMED = select(_named.c.person_id, _named.c.turn).where(_named.c.business_id == bindparam("business"))
_ESCALATION = select(_escalation).where(_escalation.c.request_id == bindparam("request"))
_LOOKS = (
    select(_acknowledgement.c.person_id, _acknowledgement.c.until, _person.c.name)
    .join_from(_acknowledgement, _person, _acknowledgement.c.person_id == _person.c.id)
    .where(_acknowledgement.c.request_id == bindparam("request"), _acknowledgement.c.until > bindparam("at"))
    .order_by(_acknowledgement.c.until, _person.c.name)
)


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


def looking(ctx: Context, request: Row) -> list[Row]:
    """Return who is looking at an open request (person_id, name), until when nobody else is reminded.

    Who has answered since, or can no longer, is not looking any more.
    """
    found = ctx.tx.all(_LOOKS, request=request.id, at=ctx.now)
    able = {person.id for person in approvers.able_to_answer(ctx, request)} if found else set()
    return [look for look in found if look.person_id in able]


# --- who stands in ------------------------------------------------------------------------------------


def stand_in_of(ctx: Context, business_id: str, person_id: str) -> Row | None:
    """Return the stand-in whom an admin of a business has named, whether the days have begun or not."""
    return ctx.tx.one(_STAND_IN, person=person_id, business=business_id)


def readers(
    ctx: Context, business_id: str | None, able: Callable[[], Collection[Row]]
) -> Callable[[str], str]:
    """Return a function from a person's id to that of who reads their messages for a business now.

    That is they themselves, or who stands in for them, and for that one, and so on. Only who is `able` to do
    the same gets it. Where all of a circle are away, each gets their own.
    """
    away = {} if business_id is None else _away(ctx, business_id)
    ids = {one.id for one in able()} if away else frozenset[str]()

    def reader_of(person_id: str) -> str:
        reader, seen = person_id, set[str]()
        while away.get(reader) in ids:
            reader = away[reader]
            if reader in seen:
                return person_id
            seen.add(reader)
        return reader

    return reader_of


def _away(ctx: Context, business_id: str) -> dict[str, str]:
    """Return whose stand-in is who, of a business's admins for whom it is one of the days, where they are."""
    named, business = ctx.tx.all(_STAND_INS, business=business_id), ctx.business_row(business_id)
    otherwise = "UTC" if business is None else business.zone
    return {
        row.person_id: row.stand_in_id
        for row in named
        if is_within(
            ctx.now,
            from_day=date.fromisoformat(row.from_day),
            until_day=date.fromisoformat(row.until_day),
            zone=zone_of(row.zone, otherwise=otherwise),
        )
    }


def read_by(
    ctx: Context, business_id: str | None, people: Sequence[Row], able: Sequence[Row]
) -> list[tuple[Row, Row]]:
    """Return these people, each with who gets what is for them now; `able` are all who can do the same."""
    known = {one.id: one for one in able}
    reader_of = readers(ctx, business_id, lambda: able)
    return [(person, known[reader_of(person.id)]) for person in people]


def could_read_for(ctx: Context, person_id: str) -> list[str]:
    """Return those who may get what is for somebody, some day and for some business, and that one first."""
    return _linked(ctx, _STAND_IN_FOR, person_id)


def could_be_read_by(ctx: Context, person_id: str) -> list[str]:
    """Return those for whom somebody may get something, some day, for some business; that one first."""
    return _linked(ctx, _STOOD_IN_FOR, person_id)


def _linked(ctx: Context, statement: Any, person_id: str) -> list[str]:
    found = [person_id]
    for one in found:
        found += [row.id for row in ctx.tx.all(statement, person=one) if row.id not in found]
    return found
