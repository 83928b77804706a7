"""Who acts as ADMIN of a business now, and who as an admin of an asset; and whether Slack reaches them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, bindparam, exists, or_, select

from bot.domain.actors import Flags, Role
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_business = tables.table_of(tables.BusinessRow)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_asset_admin = tables.table_of(tables.AssetAdmin)
_installation = tables.table_of(tables.Installation)
_workspace = tables.table_of(tables.Workspace)

# Those whom `policy.may_administer` lets decide, as one set: admins at home, one person a user, with flags as
# Slack last said. How old that may be is asked of each where they act, as in `decide`.
_other = _person.alias("other")
_also = _membership.alias("also")
# Keeps the planner off the index over a workspace's people, who may be thousands: few are members here.
AT_HOME = tables.not_by_index(_person.c.team_id) == _business.c.team_id
_PERSON = (
    _person.c.id,
    _person.c.team_id,
    _person.c.user_id,
    _person.c.name,
    _person.c.zone,
    _person.c.checked_at,
)
FLAGS = (_person.c.deactivated, _person.c.guest, _person.c.bot, _person.c.stranger)
# Of one Slack user, one person: nobody else who is a member of a business, or an asset's admin, has it.
ONE_A_USER = ~exists(
    select(_other.c.id).where(
        _other.c.team_id == _person.c.team_id,
        _other.c.user_id == _person.c.user_id,
        _other.c.id != _person.c.id,
        or_(
            exists(select(_also.c.person_id).where(_also.c.person_id == _other.c.id)),
            exists(select(_asset_admin.c.person_id).where(_asset_admin.c.person_id == _other.c.id)),
        ),
    )
)


def is_shared_login(person_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that somebody is a shared login in any business: they act with it in each."""
    return exists(select(_also.c.person_id).where(_also.c.person_id == person_id, _also.c.shared.is_(True)))


_IS_ONE_PERSON = (*(flag.is_(False) for flag in FLAGS), ONE_A_USER, ~is_shared_login(_person.c.id))
ADMINS = (
    select(*_PERSON)
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .join(_business, _business.c.id == _membership.c.business_id)
    .where(
        _membership.c.business_id == bindparam("business"),
        _membership.c.role == Role.ADMIN,
        AT_HOME,
        *_IS_ONE_PERSON,
    )
    .order_by(_person.c.name, _person.c.id)
)
# Those whom `policy.may_administer_asset` lets decide.
ASSET_ADMINS = (
    select(*_PERSON)
    .join_from(_asset_admin, _person, _asset_admin.c.person_id == _person.c.id)
    .where(
        _asset_admin.c.asset_id == bindparam("asset"),
        *_IS_ONE_PERSON,
    )
    .order_by(_person.c.name, _person.c.id)
)


# One that has the app again in another way, by its organisation or a token of the environment, is recorded.
_GONE = select(_installation.c.id).where(
    _installation.c.removed_at.is_not(None),
    ~exists(select(_workspace.c.team_id).where(_workspace.c.team_id == _installation.c.id)),
)


def gone(tx: Tx) -> frozenset[str]:
    """Return the workspaces from which the app was removed: nobody there is told anything, or can decide."""
    return frozenset(row.id for row in tx.all(_GONE))


def in_reach(tx: Tx, people: Sequence[Row]) -> list[Row]:
    """Return those of these people whose workspace has the app, as far as that is known."""
    without = gone(tx) if people else ()
    return [person for person in people if person.team_id not in without]


def flags_of(row: Row) -> Flags:
    """Return what a row with `FLAGS` says that Slack said of a user."""
    return Flags(deactivated=row.deactivated, guest=row.guest, bot=row.bot, stranger=row.stranger)


def admin_names(tx: Tx, business_id: str) -> tuple[str, ...]:
    """Return the names of those who act as ADMIN of a business, for those of its people who do not."""
    return tuple(row.name for row in tx.all(ADMINS, business=business_id))
