"""The members of a business: added, made ADMIN or EMPLOYEE, removed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update

from bot.domain.actors import Flags, Role
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.limits import LONGEST_NAME
from bot.domain.requests import ErrorCode, FieldError, too_long
from bot.domain.typed import folded, one_line
from bot.services import approvers, consequences, directory, newcomers
from bot.services.context import Context
from bot.services.results import Changed, Denied, Invalid
from bot.services.settings import away, departures
from bot.services.settings.own import find_own, record_change
from bot.store import outbox, tables
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row

_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_assignment = tables.table_of(tables.Assignment)
_event = tables.table_of(tables.Event)

_MEMBER = select(_membership).where(
    _membership.c.business_id == bindparam("business"), _membership.c.person_id == bindparam("person")
)
_INSERT_PERSON = insert(_person)
_INSERT_MEMBER = insert(_membership)
_SET_ROLE = (
    update(_membership)
    .where(_membership.c.business_id == bindparam("business"), _membership.c.person_id == bindparam("person"))
    .values(role=bindparam("new_role"))
)
_MARK_SHARED = (
    update(_membership)
    .where(_membership.c.business_id == bindparam("business"), _membership.c.person_id == bindparam("person"))
    .values(shared=True)
)
_REMOVE = delete(_membership).where(
    _membership.c.business_id == bindparam("business"), _membership.c.person_id == bindparam("person")
)
_UNASSIGN = delete(_assignment).where(
    _assignment.c.business_id == bindparam("business"), _assignment.c.person_id == bindparam("person")
)
_SHARED_ELSEWHERE = select(_membership.c.business_id).where(
    _membership.c.person_id == bindparam("person"), _membership.c.shared.is_(True)
)
_LEFT = (
    select(_event.c.data)
    .where(
        # By the directory file it is an event of the person, in Slack one of the business that names them.
        or_(
            and_(_event.c.subject_kind == SubjectKind.BUSINESS, _event.c.subject_id == bindparam("business")),
            and_(
                _event.c.subject_kind == SubjectKind.PERSON,
                _event.c.subject_id == bindparam("person"),
                _event.c.business_id == bindparam("business"),
            ),
        ),
        _event.c.kind == EventKind.MEMBER_REMOVED,
    )
    .order_by(_event.c.seq.desc())
)
_PEOPLE = select(_person).where(
    _person.c.team_id == bindparam("team"), _person.c.user_id == bindparam("user")
)


def add_member(
    ctx: Context, business_id: str, *, team_id: str, user_id: str, name: str, role: Role
) -> Changed | Denied | Invalid:
    """Make a Slack user of the business's own workspace a member; Slack is asked about them first.

    Somebody whose home is another workspace belongs to a partner: share with that business instead. Who is a
    member already gets the role, but nobody loses one by being added. A shared login stays one: only the
    directory file says that it is no longer shared.
    """
    row = find_own(ctx, business_id)
    if isinstance(row, Denied):
        return row
    about = Subject(SubjectKind.BUSINESS, business_id)
    words = one_line(name)
    if not words:
        return Invalid(field_errors=(FieldError(field="name", code=ErrorCode.NO_WORDS),))
    if wrong := too_long(words, most=LONGEST_NAME, field="name"):
        return Invalid(field_errors=wrong)
    known = ctx.tx.all(_PEOPLE, team=team_id, user=user_id)
    if team_id != row.team_id or any(person.stranger for person in known):
        denied = Denied(reason=DenialReason.HOME_ELSEWHERE, name=words)
        return ctx.deny(denied, about=about, business_id=business_id)
    if len(known) > 1:
        denied = Denied(reason=DenialReason.LINKED_TWICE, name=words)
        return ctx.deny(denied, about=about, business_id=business_id)
    person_id = person_at(ctx, team_id=team_id, user_id=user_id, name=words)
    member = ctx.tx.one(_MEMBER, business=business_id, person=person_id)
    if member is not None and member.role == Role.ADMIN and role is not Role.ADMIN:
        denied = Denied(reason=DenialReason.ADMIN_ALREADY, name=words)
        return ctx.deny(denied, about=about, business_id=business_id)
    if member is not None:
        return set_role(ctx, business_id, person_id, role=role)
    admit(ctx, row, person_id, role=role)
    return Changed(business_id=business_id)


def person_at(ctx: Context, *, team_id: str, user_id: str, name: str) -> str:
    """Return who a Slack user is; who is not known yet is added, with this name."""
    known = ctx.tx.all(_PEOPLE, team=team_id, user=user_id)
    if known:
        return str(known[0].id)
    person_id = directory.make_id(ctx.tx, NodeKind.PERSON)
    ctx.tx.run(
        _INSERT_PERSON,
        id=person_id,
        team_id=team_id,
        user_id=user_id,
        enterprise_id=None,
        name=name,
        folded=folded(name),
        **asdict(Flags()),
        zone=None,
        checked_at=None,
    )
    return person_id


def admit(ctx: Context, row: Row, person_id: str, *, role: Role) -> None:
    """Make a person of its own workspace a member of a business (its row)."""
    shared = _is_shared_login(ctx, row.id, person_id)
    ctx.tx.run(
        _INSERT_MEMBER,
        business_id=row.id,
        person_id=person_id,
        role=role,
        shared=shared,
        since=ctx.now,
        at_meta=None,
    )
    consequences.approver_changed(ctx, person_id)
    outbox.put_checks(ctx.tx, [(person_id, row.team_id)], now=ctx.now)
    newcomers.welcome(ctx, person_id)
    record_change(ctx, EventKind.MEMBER_ADDED, row, person=person_id, role=str(role), shared=shared)


def _is_shared_login(ctx: Context, business_id: str, person_id: str) -> bool:
    """Say whether somebody is a shared login in another business, or was one here when they left."""
    if ctx.tx.all(_SHARED_ELSEWHERE, person=person_id):
        return True
    left = (json.loads(row.data) for row in ctx.tx.all(_LEFT, business=business_id, person=person_id))
    last: dict[str, Any] = next((one for one in left if one.get("person", person_id) == person_id), {})
    return bool(last.get("shared"))


def set_role(ctx: Context, business_id: str, person_id: str, *, role: Role) -> Changed | Denied:
    """Make a member ADMIN or EMPLOYEE; the last admin stays one."""
    return _change_member(ctx, business_id, person_id, role=role)


def remove_member(ctx: Context, business_id: str, person_id: str) -> Changed | Denied:
    """Remove a member, with what was assigned to them; the last admin stays."""
    return _change_member(ctx, business_id, person_id, role=None)


def _change_member(ctx: Context, business_id: str, person_id: str, *, role: Role | None) -> Changed | Denied:
    row = find_own(ctx, business_id)
    if isinstance(row, Denied):
        return row
    about = Subject(SubjectKind.BUSINESS, business_id)
    member = ctx.tx.one(_MEMBER, business=business_id, person=person_id)
    if member is None:
        name = directory.name_at_home(ctx, person_id, business_id=business_id)
        denied = Denied(reason=DenialReason.UNKNOWN_PERSON, name=name)
        return ctx.deny(denied, about=about, business_id=business_id)
    loses_power = member.role == Role.ADMIN and role is not Role.ADMIN
    others = [one for one in approvers.admins(ctx.tx, business_id) if one.id != person_id]
    if loses_power and not others:
        name = directory.name_of(ctx.tx, person_id) or ""
        denied = Denied(reason=DenialReason.LAST_ADMIN, name=name)
        return ctx.deny(denied, about=about, business_id=business_id)
    if role != member.role:
        put_role(ctx, row, member, role=role)
    return Changed(business_id=business_id)


def put_role(ctx: Context, row: Row, member: Row, *, role: Role | None) -> None:
    """Give a member of a business (its row) a role, or None: remove them, with what was assigned to them."""
    business_id, person_id = row.id, member.person_id
    if role is None:
        ctx.tx.run(_REMOVE, business=business_id, person=person_id)
        ctx.tx.run(_UNASSIGN, business=business_id, person=person_id)
        departures.leave(ctx, business_id=business_id, person_id=person_id)
    else:
        ctx.tx.run(_SET_ROLE, business=business_id, person=person_id, new_role=role)
        if role is not Role.ADMIN:
            away.end_for(ctx, business_id, person_id)
        if role != member.role:
            newcomers.welcome(ctx, person_id)
    consequences.approver_changed(ctx, person_id, left=business_id)
    record_change(
        ctx,
        EventKind.MEMBER_REMOVED if role is None else EventKind.MEMBER_ROLE,
        row,
        person=person_id,
        role=None if role is None else str(role),
        **({"shared": bool(member.shared)} if role is None else {"was": member.role}),
    )


def mark_shared(ctx: Context, row: Row, member: Row) -> None:
    """Have a member of a business (its row) be a shared login, which has no power, from now on."""
    ctx.tx.run(_MARK_SHARED, business=row.id, person=member.person_id)
    consequences.approver_changed(ctx, member.person_id)
    record_change(ctx, EventKind.MEMBER_CHANGED, row, person=member.person_id, shared=[False, True])
