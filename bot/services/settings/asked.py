"""Whom a business's admins have named to be asked to decide: at first, and once nobody has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from bot.domain.actors import Role
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.limits import MOST_PEOPLE
from bot.domain.nudging import Turn
from bot.domain.requests import ErrorCode, FieldError
from bot.domain.typed import folded
from bot.services import approvers, directory
from bot.services.context import Context
from bot.services.results import Changed, Denied, Invalid
from bot.services.settings.own import find_own, record_change
from bot.services.views.parties import Party, PersonChoice
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_named = tables.table_of(tables.NamedApprover)
_membership = tables.table_of(tables.Membership)
_person = tables.table_of(tables.Person)

_FORGET = delete(_named).where(_named.c.business_id == bindparam("business"))
_NAME = insert(_named)
_NAMED = (
    select(_person.c.id, _person.c.name, _named.c.turn)
    .join_from(_named, _person, _named.c.person_id == _person.c.id)
    .join(
        _membership,
        (_membership.c.business_id == _named.c.business_id)
        & (_membership.c.person_id == _named.c.person_id)
        & (_membership.c.role == Role.ADMIN),
    )
    .where(_named.c.business_id == bindparam("business"))
    .order_by(_person.c.name, _person.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom a business has named, those who are still its admins, and the version of its policy."""

    party: Party
    policy_version: int
    first: tuple[PersonChoice, ...]
    backups: tuple[PersonChoice, ...]


def asked_by(ctx: Context, business_id: str) -> Asked:
    """Return whom a business has named; for callers that know the business, and who will see it."""
    row = ctx.business_row(business_id)
    assert row is not None
    named = ctx.tx.all(_NAMED, business=business_id)
    first, backups = (
        tuple(PersonChoice(id=one.id, name=one.name) for one in named if one.turn == turn)
        for turn in (Turn.FIRST, Turn.BACKUP)
    )
    return Asked(
        party=directory.party_of(row), policy_version=row.policy_version, first=first, backups=backups
    )


def find_admins(ctx: Context, *, business_id: str, query: str, limit: int) -> list[PersonChoice]:
    """Return the admins of one's own business that match."""
    if ctx.visible_business(business_id) is None:
        return []
    found = [
        PersonChoice(id=admin.id, name=admin.name, user_id=admin.user_id)
        for admin in approvers.admins(ctx.tx, business_id)
        if folded(query) in folded(admin.name)
    ]
    return found[:limit]


def name_approvers(
    ctx: Context, business_id: str, *, first: Sequence[str], backups: Sequence[str], expected_version: int
) -> Changed | Denied | Invalid:
    """Name who is asked to decide for a business at first, and who once nobody has answered: ids of people.

    Nobody named first: all admins but the backups. It changes nothing of who may decide.
    """
    row = find_own(ctx, business_id)
    if isinstance(row, Denied):
        return row
    if expected_version != row.policy_version:
        about = Subject(SubjectKind.BUSINESS, business_id)
        return ctx.deny(Denied(reason=DenialReason.CHANGED, about=about), business_id=business_id)
    first, backups = list(dict.fromkeys(first)), list(dict.fromkeys(backups))
    wrong = _wrong(ctx, row, first=first, backups=backups)
    if wrong:
        return Invalid(field_errors=wrong)
    turns = {Turn.FIRST: first, Turn.BACKUP: backups}
    ctx.tx.run(_FORGET, business=business_id)
    ctx.tx.many(
        _NAME,
        [
            {"business_id": business_id, "person_id": person, "turn": turn}
            for turn, people in turns.items()
            for person in people
        ],
    )
    record_change(ctx, EventKind.BUSINESS_APPROVERS, row, first=first, backups=backups)
    return Changed(business_id=business_id)


def _wrong(ctx: Context, row: Row, *, first: Sequence[str], backups: Sequence[str]) -> tuple[FieldError, ...]:
    """Return what is wrong with whom somebody would name, each at its field."""
    may_be = {one.id for one in approvers.admins(ctx.tx, row.id)}
    may_be |= {one.id for one in ctx.tx.all(_NAMED, business=row.id)}  # who only cannot act at the moment
    found = []
    for field, people in (("first", first), ("backups", backups)):
        if len(people) > MOST_PEOPLE:
            found.append(FieldError(field=field, code=ErrorCode.TOO_MANY_PEOPLE, got=str(len(people))))
        found += [
            FieldError(
                field=field,
                code=ErrorCode.NOT_AN_ADMIN,
                got=directory.name_at_home(ctx, one, business_id=row.id),
            )
            for one in people
            if one not in may_be
        ]
    both = [one for one in backups if one in first]
    found += [
        FieldError(
            field="backups",
            code=ErrorCode.NAMED_TWICE,
            got=directory.name_at_home(ctx, one, business_id=row.id),
        )
        for one in both
    ]
    return tuple(found)
