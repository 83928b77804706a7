"""The operator moves people to other Slack accounts, and businesses to other workspaces.

A person keeps who they are here: their roles, what is assigned to them, what they asked and decided. Until
Slack has been asked about the new account it has no power. What the old one was shown is closed, and so is
what the channel in an old workspace shows of access that goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, select, update

from bot.domain.actors import Flags, Role
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import NOT_OVER
from bot.services import cards, consequences, directory, newcomers
from bot.services.context import Context
from bot.services.settings.members import put_role
from bot.services.settings.own import record_change
from bot.store import outbox, tables
from bot.store.tables import CardState

if TYPE_CHECKING:
    from bot.store.compiled import Row

_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_business = tables.table_of(tables.BusinessRow)
_asset_admin = tables.table_of(tables.AssetAdmin)
_card = tables.table_of(tables.Card)
_home = tables.table_of(tables.HomeTab)
_grant = tables.table_of(tables.Grant)

_AT = select(_person).where(_person.c.team_id == bindparam("team"), _person.c.user_id == bindparam("user"))
_BUSINESSES_OF = (
    select(_business.c.id, _business.c.name, _business.c.team_id)
    .join_from(_membership, _business, _membership.c.business_id == _business.c.id)
    .where(_membership.c.person_id == bindparam("person"))
    .order_by(_business.c.id)
)
_ADMINISTERED = select(_asset_admin.c.asset_id).where(_asset_admin.c.person_id == bindparam("person"))
_MEMBERS = (
    select(_membership, _person.c.team_id, _person.c.user_id, _person.c.name)
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .where(_membership.c.business_id == bindparam("business"))
    .order_by(_membership.c.person_id)
)
_MOVE_PERSON = (
    update(_person)
    .where(_person.c.id == bindparam("which"))
    .values(
        team_id=bindparam("new_team"),
        user_id=bindparam("new_user"),
        enterprise_id=None,
        **asdict(Flags()),
        checked_at=None,
    )
)
_MOVE_BUSINESS = (
    update(_business)
    .where(_business.c.id == bindparam("which"))
    .values(team_id=bindparam("new_team"), channel_id=bindparam("new_channel"))
)
_CARDS_AT = (
    select(_card.c.id)
    .where(
        and_(_card.c.team_id == bindparam("team"), _card.c.user_id == bindparam("user")),
        _card.c.state == CardState.POSTED,
    )
    .order_by(_card.c.id)
)
_SHOWN_IN = (
    select(_card.c.id)
    .join_from(_card, _grant, _grant.c.request_id == _card.c.subject_id)
    .where(
        _card.c.team_id == bindparam("team"),
        _card.c.channel_id == bindparam("channel"),
        _card.c.state == CardState.POSTED,
        _grant.c.state.in_(sorted(NOT_OVER)),
    )
    .order_by(_card.c.id)
)
_HOME_AT = select(_home.c.user_id).where(
    _home.c.team_id == bindparam("team"), _home.c.user_id == bindparam("user")
)


class CannotMove(Exception):
    """Raised when somebody or something cannot be moved like this; says why. Nothing was changed."""


def move_person(ctx: Context, *, team_id: str, user_id: str, to_user: str) -> str:
    """Have a person act with another Slack account of their workspace, and return their name.

    Raise CannotMove.
    """
    row = _person_at(ctx, team_id, user_id)
    _move(ctx, row, team_id=team_id, user_id=to_user)
    return str(row.name)


def move_business(
    ctx: Context, business_id: str, *, team_id: str, channel_id: str | None, people: Mapping[str, str]
) -> int:
    """Have a business be at home in another workspace, with those of its members who have an account there.

    `people` says which account there each member has whose account here is named; the others are removed.
    Return how many those are. Raise CannotMove.
    """
    row = ctx.business_row(business_id)
    if row is None:
        raise CannotMove(f"there is no business {business_id}")
    if row.team_id == team_id:
        raise CannotMove(f"{row.name} is at home in {team_id} already")
    if team_id not in {one.team_id for one in directory.workspaces(ctx.tx)}:
        raise CannotMove(f"Countersign is not in workspace {team_id}: add it there first")
    members = ctx.tx.all(_MEMBERS, business=business_id)
    if unknown := sorted(people.keys() - {one.user_id for one in members}):
        raise CannotMove(f"{unknown[0]} is no member of {row.name}")
    stay = [one for one in members if one.user_id in people]
    if not any(one.role == Role.ADMIN and not one.shared for one in stay):
        raise CannotMove(f"{row.name} needs at least one admin with an account in {team_id}")
    for member in stay:
        _check_moves_along(ctx, member, business_id)
    place = {"team_id": team_id, "channel_id": channel_id}
    _set_place(ctx, business_id, **place)
    for member in stay:
        _move(ctx, _person_of(ctx, member), team_id=team_id, user_id=people[member.user_id])
    left = [one for one in members if one.user_id not in people]
    for member in left:
        moved = ctx.business_row(business_id)
        assert moved is not None
        put_role(ctx, moved, member, role=None)
    _record_place(ctx, row, **place)
    leave_channel(ctx, row)
    return len(left)


def leave_channel(ctx: Context, before: Row) -> None:
    """Close what the channel of a business shows of access that goes on, now that it is at home elsewhere.

    `before` is its row as it was. What is open follows it, and what is over stays as it stands.
    """
    shown = ctx.tx.all(_SHOWN_IN, team=before.team_id, channel=before.channel_id)
    for card_id in dict.fromkeys(row.id for row in shown):
        cards.follow_copy(ctx, card_id)


def put_place(ctx: Context, row: Row, *, team_id: str | None, channel_id: str | None) -> None:
    """Have a business be at home in another workspace, or its cards be posted in another channel."""
    _set_place(ctx, row.id, team_id=team_id, channel_id=channel_id)
    _record_place(ctx, row, team_id=team_id, channel_id=channel_id)
    if team_id != row.team_id:
        leave_channel(ctx, row)


def _set_place(ctx: Context, business_id: str, *, team_id: str | None, channel_id: str | None) -> None:
    ctx.tx.run(_MOVE_BUSINESS, which=business_id, new_team=team_id, new_channel=channel_id)
    ctx.reread_business(business_id)


def _record_place(ctx: Context, before: Row, *, team_id: str | None, channel_id: str | None) -> None:
    moved = ctx.business_row(before.id)
    assert moved is not None
    places = {"team_id": [before.team_id, team_id], "channel_id": [before.channel_id, channel_id]}
    record_change(ctx, EventKind.BUSINESS_CHANGED, moved, **places)


def _check_moves_along(ctx: Context, member: Row, business_id: str) -> None:
    for other in ctx.tx.all(_BUSINESSES_OF, person=member.person_id):
        if other.id != business_id and other.team_id == member.team_id:
            raise CannotMove(
                f"{member.name} ({member.user_id}) is a member of {other.name} too, which stays: remove them "
                "from one of the two first"
            )


def _person_at(ctx: Context, team_id: str, user_id: str) -> Row:
    found = ctx.tx.all(_AT, team=team_id, user=user_id)
    if len(found) != 1:
        raise CannotMove(f"{user_id} in {team_id} is {'several people' if found else 'nobody'} here")
    return found[0]


def _person_of(ctx: Context, member: Row) -> Row:
    return _person_at(ctx, member.team_id, member.user_id)


def _move(ctx: Context, row: Row, *, team_id: str, user_id: str) -> None:
    there = ctx.tx.all(_AT, team=team_id, user=user_id)
    if row.id in {one.id for one in there}:
        raise CannotMove(f"{row.name} acts as {user_id} in {team_id} already")
    for one in there:
        if still := directory.belongs_to(ctx.tx, one.id):
            of_what = ", ".join(still)
            raise CannotMove(f"{user_id} in {team_id} is {one.name} of {of_what}: remove them there first")
    before = {"team": row.team_id, "user": row.user_id}
    shown = ctx.tx.all(_CARDS_AT, **before)
    has_home = ctx.tx.all(_HOME_AT, **before)
    for one in there:  # who belongs to nothing any more makes room
        put_account(ctx, one, team_id=row.team_id, user_id=row.user_id)
    put_account(ctx, row, team_id=team_id, user_id=user_id)
    outbox.put_checks(ctx.tx, [(row.id, team_id)], now=ctx.now)
    consequences.approver_changed(ctx, row.id)
    for card in shown:
        cards.follow_copy(ctx, card.id)
    if has_home:
        cards.publish_home(ctx, team_id=row.team_id, user_id=row.user_id)
    own = {one.id for one in ctx.tx.all(_BUSINESSES_OF, person=row.id)}
    cards.refresh(
        ctx,
        business_ids=own,
        asset_ids=[one.asset_id for one in ctx.tx.all(_ADMINISTERED, person=row.id)],
    )
    newcomers.welcome_anew(ctx, row.id)


def put_account(ctx: Context, row: Row, *, team_id: str, user_id: str) -> None:
    """Have a person act with another Slack account: with no power until Slack was asked about it."""
    ctx.tx.run(_MOVE_PERSON, which=row.id, new_team=team_id, new_user=user_id)
    ctx.record(
        EventKind.PERSON_MOVED,
        Subject(SubjectKind.PERSON, row.id),
        team=[row.team_id, team_id],
        user=[row.user_id, user_id],
    )
