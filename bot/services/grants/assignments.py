"""Which of a business's own people may do what with an asset: the rows, and how they follow its grants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, insert, select, update

from bot.domain.actors import Actor, Source
from bot.domain.assets import Tasks, pack, unpack
from bot.domain.connections import EnforcementKind
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.policy import may_be_assigned
from bot.services import directory, enforcing
from bot.services.context import Context
from bot.services.grants.effective import tasks_of
from bot.store import journal, tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_assignment = tables.table_of(tables.Assignment)
_person = tables.table_of(tables.Person)

_ASSIGNED = select(_assignment).where(
    _assignment.c.asset_id == bindparam("asset"), _assignment.c.business_id == bindparam("business")
)
_ASSIGNED_TO = _ASSIGNED.where(_assignment.c.person_id == bindparam("person"))
_ASSIGN = insert(_assignment)
_one_assignment = and_(
    _assignment.c.asset_id == bindparam("asset"),
    _assignment.c.business_id == bindparam("business"),
    _assignment.c.person_id == bindparam("person"),
)
_REASSIGN = update(_assignment).where(_one_assignment).values(tasks=bindparam("their_tasks"))
_UNASSIGN = delete(_assignment).where(_one_assignment)
_USER = select(_person.c.team_id, _person.c.user_id).where(_person.c.id == bindparam("person"))


def why_not(ctx: Context, person_id: str, *, business_id: str) -> DenialReason | None:
    """Return why a person cannot be assigned anything by a business; None where they can."""
    user = ctx.tx.one(_USER, person=person_id)
    if user is None or not directory.is_member(ctx.tx, person_id, business_id=business_id):
        return DenialReason.NOT_MEMBER
    them = Actor(source=Source.EVENT, team_id=user.team_id, user_id=user.user_id)
    return may_be_assigned(ctx.as_actor(them).principal, business=ctx.business(business_id)).reason


def assigned_to(tx: Tx, *, asset_id: str, business_id: str, person_id: str) -> Tasks:
    """Return what is assigned to a person of a business with an asset: nothing, where nothing is."""
    row = tx.one(_ASSIGNED_TO, asset=asset_id, business=business_id, person=person_id)
    return frozenset() if row is None else unpack(row.tasks)


def assign(
    ctx: Context,
    *,
    asset_id: str,
    business_id: str,
    person_id: str,
    tasks: Tasks,
    acting_for: str | None,
    request_id: str | None = None,
) -> bool:
    """Have a person of a business be assigned exactly these tasks with an asset; none: not assigned any more.

    `request_id` names the request that it comes with. Return whether that changes anything.
    """
    before = assigned_to(ctx.tx, asset_id=asset_id, business_id=business_id, person_id=person_id)
    if tasks == before:
        return False
    _write(ctx, asset_id, business_id, person_id, before=before, tasks=tasks)
    ctx.record(
        EventKind.PERSON_ASSIGNED if tasks else EventKind.PERSON_UNASSIGNED,
        Subject(SubjectKind.PERSON, person_id),
        business_id=business_id,
        acting_for=acting_for,
        asset=asset_id,
        tasks=pack(tasks),
        before=pack(before),
        request=request_id,
    )
    return True


def trim_assignments(ctx: Context, grant: Row, *, acting_for: str | None) -> None:
    """Reduce what the holder's people are assigned to what the holder may do without this grant, at once.

    The event is the holder's alone: the owner does not know its people.
    """
    asset_id, holder_id = grant.asset_id, grant.holder_id
    left = tasks_of(ctx.tx, asset_id=asset_id, business_id=holder_id, at=ctx.now)
    trimmed = {}
    for row in ctx.tx.all(_ASSIGNED, asset=asset_id, business=holder_id):
        before = unpack(row.tasks)
        kept = before & left
        if kept != before:
            _write(ctx, asset_id, holder_id, row.person_id, before=before, tasks=kept)
            trimmed[row.person_id] = pack(kept)
    if trimmed:
        ctx.record(
            EventKind.GRANT_TRIMMED,
            Subject(SubjectKind.GRANT, grant.id),
            business_id=holder_id,
            acting_for=acting_for,
            asset=asset_id,
            people=trimmed,
        )


def trimmed_with(tx: Tx, grant_ids: Sequence[str], *, business_id: str) -> tuple[str, ...]:
    """Return the names of the business's people who could do less when these grants of its ended."""
    people: dict[str, None] = {}
    for grant_id in grant_ids:
        for event in journal.history(tx, SubjectKind.GRANT, grant_id):
            if event.kind == EventKind.GRANT_TRIMMED and event.business_id == business_id:
                people.update(dict.fromkeys(event.data["people"]))
    return tuple(sorted(name for one in people if (name := directory.name_of(tx, one)) is not None))


def left_at_meta(ctx: Context, business_id: str, *, person_id: str) -> None:
    """Have all that a person could do for a business be taken away at Meta: they left it."""
    kind = EnforcementKind.PERSON
    for row in enforcing.of_person(ctx.tx, kind, business_id=business_id, about=person_id):
        _at_meta(ctx, row.subject_id, business_id, person_id, frozenset())


def given_up_at_meta(ctx: Context, business_id: str, *, asset_id: str) -> None:
    """Have all that a business's people could do with an asset be taken away at Meta: it gave it up."""
    kind = EnforcementKind.PERSON
    for row in enforcing.of_subject(ctx.tx, kind, business_id=business_id, subject_id=asset_id):
        _at_meta(ctx, asset_id, business_id, row.about, frozenset())


def _at_meta(ctx: Context, asset_id: str, business_id: str, person_id: str, tasks: Tasks) -> None:
    """Have a person be able to do exactly this at Meta, with the token of the business whose person it is.

    No other token can: to the owner of an asset its partners' people are nobody.
    """
    enforcing.want(
        ctx,
        EnforcementKind.PERSON,
        tasks,
        business_id=business_id,
        subject_id=asset_id,
        about=person_id,
    )


def _write(
    ctx: Context, asset_id: str, business_id: str, person_id: str, *, before: Tasks, tasks: Tasks
) -> None:
    tx = ctx.tx
    _at_meta(ctx, asset_id, business_id, person_id, tasks)
    one = {"asset": asset_id, "business": business_id, "person": person_id}
    if not tasks:
        tx.run(_UNASSIGN, **one)
    elif before:
        tx.run(_REASSIGN, **one, their_tasks=pack(tasks))
    else:
        tx.run(
            _ASSIGN,
            asset_id=asset_id,
            business_id=business_id,
            person_id=person_id,
            tasks=pack(tasks),
            since=ctx.now,
        )
