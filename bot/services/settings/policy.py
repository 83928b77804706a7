"""A business's own settings, changed by its admins: policy, channel, members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from bot.domain.calendar import read_hours
from bot.domain.policy import Actor, DenialReason, Principal, Role, WhoMayAsk, may_administer
from bot.domain.requests import ErrorCode, FieldError, tidy
from bot.services import cards as refresh
from bot.services.directory import businesses as directory
from bot.services.requests import moves as requests
from bot.services.results import Changed, Denied, Invalid
from bot.services.settings import departures as leaving
from bot.store import outbox, tables
from bot.store.journal import Event
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

MOST_QUORUM = 10
MOST_EXPIRES_DAYS = 365
MOST_UNDO_MINUTES = 24 * 60
MOST_DAYS_OFF = 100
LONGEST_NAME = 80

_business = tables.table_of(tables.BusinessRow)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_assignment = tables.table_of(tables.Assignment)

_CHANGE = (
    update(_business)
    .where(
        _business.c.id == bindparam("business"), _business.c.policy_version == bindparam("expected_version")
    )
    .values(
        policy_version=_business.c.policy_version + 1,
        channel_id=bindparam("channel"),
        quorum=bindparam("approvals"),
        expires_days=bindparam("days"),
        undo_minutes=bindparam("minutes"),
        who_may_ask=bindparam("who"),
        hours=bindparam("working"),
        days_off=bindparam("off"),
    )
)
_BUMP = (
    update(_business)
    .where(_business.c.id == bindparam("business"))
    .values(policy_version=_business.c.policy_version + 1)
)
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
_REMOVE = delete(_membership).where(
    _membership.c.business_id == bindparam("business"), _membership.c.person_id == bindparam("person")
)
_UNASSIGN = delete(_assignment).where(
    _assignment.c.business_id == bindparam("business"), _assignment.c.person_id == bindparam("person")
)
_PEOPLE = select(_person).where(
    _person.c.team_id == bindparam("team"), _person.c.user_id == bindparam("user")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A business's policy as its admins set it."""

    channel_id: str | None
    quorum: int
    expires_days: int
    undo_minutes: int
    who_may_ask: WhoMayAsk
    hours: str
    days_off: tuple[date, ...]

    def field_errors(self) -> tuple[FieldError, ...]:
        """Return what is wrong with it, each at its field."""
        ranges = (
            ("quorum", self.quorum, 1, MOST_QUORUM),
            ("expires_days", self.expires_days, 1, MOST_EXPIRES_DAYS),
            ("undo_minutes", self.undo_minutes, 0, MOST_UNDO_MINUTES),
        )
        found = [
            FieldError(field=name, code=ErrorCode.NUMBER, got=f"{low} to {high}")
            for name, value, low, high in ranges
            if not low <= value <= high
        ]
        if read_hours(self.hours) is None:
            found.append(FieldError(field="hours", code=ErrorCode.HOURS, got=self.hours))
        if len(self.days_off) > MOST_DAYS_OFF:
            found.append(FieldError(field="days_off", code=ErrorCode.TOO_LONG, got=str(len(self.days_off))))
        return tuple(found)


def change_policy(
    tx: Tx, business_id: str, policy: Policy, *, by: Actor, expected_version: int, now: datetime
) -> Changed | Denied | Invalid:
    """Set the business's policy, if it is still the version that was looked at."""
    found = _own(tx, business_id, verb="change_policy", by=by, now=now)
    if isinstance(found, Denied):
        return found
    row, who = found
    field_errors = policy.field_errors()
    if field_errors:
        return Invalid(field_errors=field_errors)
    values = {
        "channel": policy.channel_id,
        "approvals": policy.quorum,
        "days": policy.expires_days,
        "minutes": policy.undo_minutes,
        "who": policy.who_may_ask,
        "working": policy.hours,
        "off": ",".join(sorted({day.isoformat() for day in policy.days_off})),
    }
    if not tx.run(_CHANGE, business=business_id, expected_version=expected_version, **values):
        denied = Denied(reason=DenialReason.CHANGED, subject_kind="business", subject_id=business_id)
        return _no(tx, denied, "change_policy", by=by, who=who, now=now, business_id=business_id)
    _note(tx, "business.policy", row, by=by, who=who, now=now, data={k: _plain(v) for k, v in values.items()})
    return Changed(business_id=business_id)


def _plain(value: Any) -> str | int | None:
    return value if value is None or isinstance(value, int) else str(value)


def add_member(
    tx: Tx, business_id: str, *, team_id: str, user_id: str, name: str, role: Role, by: Actor, now: datetime
) -> Changed | Denied | Invalid:
    """Make a Slack user of the business's own workspace a member; Slack is asked about them first.

    Whose home is another workspace belongs to a partner: that business is shared with, not its people.
    """
    found = _own(tx, business_id, verb="add_member", by=by, now=now)
    if isinstance(found, Denied):
        return found
    row, who = found
    words = tidy(name)[:LONGEST_NAME]
    if not words:
        return Invalid(field_errors=(FieldError(field="name", code=ErrorCode.NO_WORDS),))
    known = tx.all(_PEOPLE, team=team_id, user=user_id)
    if team_id != row.team_id or any(person.stranger for person in known):
        denied = Denied(reason=DenialReason.HOME_ELSEWHERE, name=words)
        return _no(tx, denied, "add_member", by=by, who=who, now=now, business_id=business_id)
    if len(known) > 1:
        denied = Denied(reason=DenialReason.LINKED_TWICE, name=words)
        return _no(tx, denied, "add_member", by=by, who=who, now=now, business_id=business_id)
    if known:
        person_id = str(known[0].id)
    else:
        person_id = directory.make_id(tx, NodeKind.PERSON)
        tx.run(
            _INSERT_PERSON,
            id=person_id,
            team_id=team_id,
            user_id=user_id,
            enterprise_id=None,
            name=words,
            deactivated=None,
            guest=None,
            bot=None,
            stranger=None,
            zone=None,
            checked_at=None,
        )
    if tx.all(_MEMBER, business=business_id, person=person_id):
        return set_role(tx, business_id, person_id, role=role, by=by, now=now)
    tx.run(
        _INSERT_MEMBER,
        business_id=business_id,
        person_id=person_id,
        role=role,
        shared=False,
        since=now,
    )
    outbox.put_checks(tx, [(person_id, team_id)], now=now)
    _note(tx, "member.added", row, by=by, who=who, now=now, data={"person": person_id, "role": str(role)})
    return Changed(business_id=business_id)


def set_role(
    tx: Tx, business_id: str, person_id: str, *, role: Role, by: Actor, now: datetime
) -> Changed | Denied:
    """Make a member ADMIN or EMPLOYEE; the last admin stays one."""
    return _change_member(tx, business_id, person_id, role=role, by=by, now=now)


def remove_member(tx: Tx, business_id: str, person_id: str, *, by: Actor, now: datetime) -> Changed | Denied:
    """Remove a member, with what was assigned to them; the last admin stays."""
    return _change_member(tx, business_id, person_id, role=None, by=by, now=now)


def _change_member(
    tx: Tx, business_id: str, person_id: str, *, role: Role | None, by: Actor, now: datetime
) -> Changed | Denied:
    verb = "remove_member" if role is None else "set_role"
    found = _own(tx, business_id, verb=verb, by=by, now=now)
    if isinstance(found, Denied):
        return found
    row, who = found
    member = tx.one(_MEMBER, business=business_id, person=person_id)
    if member is None:
        denied = Denied(reason=DenialReason.UNKNOWN_PERSON, name=person_id)
        return _no(tx, denied, verb, by=by, who=who, now=now, business_id=business_id)
    loses_power = member.role == Role.ADMIN and role is not Role.ADMIN
    others = [one for one in directory.admins_who_can_decide(tx, business_id) if one.id != person_id]
    if loses_power and not others:
        name = directory.name_of(tx, person_id) or ""
        denied = Denied(reason=DenialReason.LAST_ADMIN, name=name)
        return _no(tx, denied, verb, by=by, who=who, now=now, business_id=business_id)
    if role is None:
        tx.run(_REMOVE, business=business_id, person=person_id)
        tx.run(_UNASSIGN, business=business_id, person=person_id)
        leaving.let_go(tx, business_id=business_id, person_id=person_id, now=now)
    else:
        tx.run(_SET_ROLE, business=business_id, person=person_id, new_role=role)
    _note(
        tx,
        "member.removed" if role is None else "member.role",
        row,
        by=by,
        who=who,
        now=now,
        data={"person": person_id, "role": None if role is None else str(role)},
    )
    return Changed(business_id=business_id)


def _own(tx: Tx, business_id: str, *, verb: str, by: Actor, now: datetime) -> tuple[Row, Principal] | Denied:
    who = directory.principal_of(tx, by)
    row = directory.find_business_row(tx, business_id)
    reason = (
        DenialReason.UNKNOWN_BUSINESS
        if row is None
        else may_administer(who, business=directory.business_of(row)).reason
    )
    if row is not None and reason is None:
        return row, who
    denied = Denied(reason=reason or DenialReason.UNKNOWN_BUSINESS)
    own = business_id if business_id in who.memberships else None
    return _no(tx, denied, verb, by=by, who=who, now=now, business_id=own)


def _no(
    tx: Tx,
    denied: Denied,
    verb: str,
    *,
    by: Actor,
    who: Principal,
    now: datetime,
    business_id: str | None = None,
) -> Denied:
    return requests.deny(
        tx,
        denied,
        verb,
        by=by,
        who=who,
        now=now,
        business_id=business_id,
        about=business_id or "",
        about_kind="business",
    )


def _note(
    tx: Tx,
    kind: str,
    row: Row,
    *,
    by: Actor,
    who: Principal,
    now: datetime,
    data: Mapping[str, Any],
) -> None:
    """Record a change of settings under its new version, and have what shows it follow."""
    if kind != "business.policy":
        tx.run(_BUMP, business=row.id)
    tx.append(
        Event(
            kind=kind,
            subject_kind="business",
            subject_id=row.id,
            business_id=row.id,
            actor=directory.as_recorded(by, who, business_id=row.id),
            source=by.source,
            policy_version=row.policy_version + 1,
            data=data,
            at=now,
        )
    )
    refresh.refresh_cards(tx, business_ids={row.id}, now=now)
