"""Who somebody is to us, and what Slack says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.actors import Actor, Role, SlackUser, Source, is_confirmed
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.limits import LONGEST_NAME
from bot.domain.policy import may_administer, may_view, why_flagged
from bot.domain.typed import folded, one_line
from bot.services import approvers, cards, consequences, newcomers
from bot.services.admins import FLAGS, admin_names, flags_of
from bot.services.context import Context, business_of
from bot.services.directory.businesses import party_of
from bot.services.views.parties import AssetName, Me, OwnBusiness
from bot.store import outbox, tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_business = tables.table_of(tables.BusinessRow)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_event = tables.table_of(tables.Event)
_asset_admin = tables.table_of(tables.AssetAdmin)

_IS_MEMBER = select(_membership.c.role).where(
    _membership.c.business_id == bindparam("business"), _membership.c.person_id == bindparam("person")
)
_HOMES = select(_person.c.team_id).where(_person.c.user_id == bindparam("user"))
_PEOPLE = (
    select(_person)
    .where(_person.c.team_id == bindparam("team"), _person.c.user_id == bindparam("user"))
    .order_by(_person.c.id)
)
_MEMBERSHIPS = (
    select(
        _membership.c.business_id,
        _membership.c.person_id,
        _membership.c.role,
        _membership.c.shared,
    )
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .where(_person.c.team_id == bindparam("team"), _person.c.user_id == bindparam("user"))
    .order_by(_membership.c.business_id)
)
_ADMINISTERED = (
    select(_asset_admin.c.asset_id)
    .join_from(_asset_admin, _person, _asset_admin.c.person_id == _person.c.id)
    .where(_person.c.team_id == bindparam("team"), _person.c.user_id == bindparam("user"))
)
_OWN_BUSINESSES = (
    select(_business)
    .where(
        _business.c.id.in_(
            select(_membership.c.business_id)
            .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
            .where(_person.c.team_id == bindparam("team"), _person.c.user_id == bindparam("user"))
        )
    )
    .order_by(_business.c.name)
)
_SET_FLAGS = (
    update(_person)
    .where(_person.c.team_id == bindparam("team"), _person.c.user_id == bindparam("user"))
    .values(
        **{flag.name: bindparam(f"is_{flag.name}") for flag in FLAGS},
        zone=bindparam("their_zone"),
        checked_at=bindparam("at"),
    )
)
_DESCRIBE = (
    update(_person)
    .where(_person.c.id == bindparam("person"))
    .values(
        **{flag.name: bindparam(f"is_{flag.name}") for flag in FLAGS},
        zone=bindparam("their_zone"),
        checked_at=bindparam("at"),
    )
)
_RENAME = (
    update(_person)
    .where(_person.c.id == bindparam("person"))
    .values(name=bindparam("new_name"), folded=bindparam("new_folded"))
)
_NAMED_LAST = (
    select(_event.c.kind, _event.c.source)
    .where(
        _event.c.subject_kind == SubjectKind.PERSON,
        _event.c.subject_id == bindparam("person"),
        _event.c.kind.in_((EventKind.PERSON_ADDED, EventKind.PERSON_RENAMED, EventKind.PERSON_ERASED)),
    )
    .order_by(_event.c.seq.desc())
    .limit(1)
)
_ZONE = select(_person.c.zone).where(_person.c.id == bindparam("person"))
_NAME = select(_person.c.name).where(_person.c.id == bindparam("person"))
_AT_META = select(_membership.c.at_meta).where(
    _membership.c.business_id == bindparam("business"), _membership.c.person_id == bindparam("person")
)
_NAME_AT = _NAME.where(_person.c.team_id == bindparam("team"))


def find_people_at(tx: Tx, *, team_id: str, user_id: str) -> list[Row]:
    """Return whom the directory knows by a Slack id: one person, or several who share a login."""
    return tx.all(_PEOPLE, team=team_id, user=user_id)


def is_member(tx: Tx, person_id: str, *, business_id: str) -> bool:
    """Say whether a person belongs to a business now."""
    return bool(tx.all(_IS_MEMBER, business=business_id, person=person_id))


def role_of(tx: Tx, person_id: str, *, business_id: str) -> Role | None:
    """Return what a person is in a business now; None for nobody of it."""
    row = tx.one(_IS_MEMBER, business=business_id, person=person_id)
    return None if row is None else Role(row.role)


def name_of(tx: Tx, person_id: str | None) -> str | None:
    """Return a person's display name; None for nobody."""
    row = None if person_id is None else tx.one(_NAME, person=person_id)
    return None if row is None else str(row.name)


def id_at_meta(tx: Tx, *, business_id: str, person_id: str) -> str | None:
    """Return the id of a member among the business's people at Meta, as far as it is known."""
    row = tx.one(_AT_META, business=business_id, person=person_id)
    return None if row is None or row.at_meta is None else str(row.at_meta)


def name_at(tx: Tx, person_id: str, *, team_id: str) -> str | None:
    """Return the name of a person who is at home in a workspace, member of a business or not; else None."""
    row = tx.one(_NAME_AT, person=person_id, team=team_id)
    return None if row is None else str(row.name)


def name_at_home(ctx: Context, person_id: str, *, business_id: str) -> str:
    """Return how somebody is called, as far as people of a business may know it; else their id.

    They may have left it a moment ago: whoever is at home in its workspace has a name there.
    """
    business = ctx.business_row(business_id)
    team_id = business.team_id if business is not None else None
    return (name_at(ctx.tx, person_id, team_id=team_id) if team_id else None) or person_id


def zone_of(tx: Tx, person_id: str) -> str:
    """Return a person's time zone as Slack tells it; "UTC" where it is not known."""
    row = tx.one(_ZONE, person=person_id)
    return (row.zone if row else None) or "UTC"


def me(ctx: Context) -> Me:
    """Return who the Slack user is to us: a stranger has no person and no businesses."""
    rows = ctx.person_rows
    if not rows:
        return Me(person_id=None, name="", zone="UTC", businesses=())
    own = []
    for row in ctx.tx.all(_OWN_BUSINESSES, team=ctx.actor.team_id, user=ctx.actor.user_id):
        business = business_of(row)
        member = ctx.principal.memberships[row.id]
        heard = may_view(ctx.principal, business=business)
        no = may_administer(ctx.principal, business=business).reason
        own.append(
            OwnBusiness(
                party=party_of(row),
                role=member.role,
                may_administer=no,
                admins=admin_names(ctx.tx, row.id) if no is DenialReason.NOT_ADMIN else (),
                may_draft=heard.is_allowed and member.role is Role.EMPLOYEE and not member.shared,
                channel_id=row.channel_id,
            )
        )
    return Me(
        person_id=rows[0].id,
        name=rows[0].name,
        zone=rows[0].zone or "UTC",
        businesses=tuple(own),
        assets=tuple(AssetName(id=row.id, name=row.name) for row in approvers.administered(ctx)),
    )


def record_user(ctx: Context, user: SlackUser, *, team_id: str) -> int:
    """Keep what Slack says of a user (users.info, user_change). Return how many people that is.

    The name is kept for who was added in Slack; for who came with the directory file, the file names them.
    """
    at, flags = {"team": team_id, "user": user.user_id}, asdict(user.flags)
    before = find_people_at(ctx.tx, team_id=team_id, user_id=user.user_id)
    slack = ctx.as_actor(Actor(source=Source.EVENT, team_id=team_id))
    is_news = False
    changed = ctx.tx.touched(
        _SET_FLAGS,
        **at,
        **{f"is_{flag}": is_so for flag, is_so in flags.items()},
        their_zone=user.zone,
        at=ctx.now,
    )
    for row in before:
        if flags_of(row) != user.flags:
            is_news = True
            slack.record(EventKind.PERSON_FLAGS, Subject(SubjectKind.PERSON, row.id), **flags)
            consequences.approver_changed(ctx, row.id)
    for row in before:
        _follow_name(slack, row, name=one_line(user.name or ""))
    if is_news:
        members = ctx.tx.all(_MEMBERSHIPS, **at)
        # Cards say who can decide: that is admins alone, and after an import thousands are looked up.
        decide_for = {row.business_id for row in members if row.role == Role.ADMIN}
        own_assets = [row.asset_id for row in ctx.tx.all(_ADMINISTERED, **at)]
        cards.refresh(ctx, business_ids=decide_for, asset_ids=own_assets)
        cards.publish_homes(ctx, {row.business_id for row in members} - decide_for)
        for row in before:
            newcomers.welcome(ctx, row.id)
    elif not all(is_confirmed(row.checked_at, now=ctx.now) for row in before):
        members = ctx.tx.all(_MEMBERSHIPS, **at)
        cards.publish_homes(ctx, {row.business_id for row in members})  # theirs has its buttons again
    return changed


def described(ctx: Context, person: Row, *, as_in: Row) -> None:
    """Have somebody (their row) be as Slack has described them to a newer record, which has `as_in`."""
    flags = flags_of(as_in)
    facts = {f"is_{flag}": is_so for flag, is_so in asdict(flags).items()}
    ctx.tx.run(_DESCRIBE, person=person.id, **facts, their_zone=as_in.zone, at=as_in.checked_at)
    if flags_of(person) != flags:
        ctx.record(EventKind.PERSON_FLAGS, Subject(SubjectKind.PERSON, person.id), **asdict(flags))
        consequences.approver_changed(ctx, person.id)


def _follow_name(slack: Context, person: Row, *, name: str) -> None:
    if name == person.name or not 0 < len(name) <= LONGEST_NAME:
        return
    own = slack.tx.all(_MEMBERSHIPS, team=person.team_id, user=person.user_id)
    last = slack.tx.one(_NAMED_LAST, person=person.id)
    if last is not None and last.kind == EventKind.PERSON_ERASED:
        is_wanted = bool(own)  # who comes back has a name again
    else:
        is_wanted = last is None or last.source != Source.COMMAND_LINE  # the directory file's stands
    if is_wanted:
        set_name(slack, person, name=name)
        slack.record(
            EventKind.PERSON_RENAMED, Subject(SubjectKind.PERSON, person.id), user=person.user_id, text=name
        )
        cards.refresh(slack, business_ids={row.business_id for row in own})


def set_name(ctx: Context, person: Row, *, name: str) -> None:
    """Give a person (their row) a name."""
    ctx.tx.run(_RENAME, person=person.id, new_name=name, new_folded=folded(name))


def find_homes(ctx: Context, user_id: str) -> frozenset[str]:
    """Return the workspaces in which somebody is known by this Slack id."""
    return frozenset(row.team_id for row in ctx.tx.all(_HOMES, user=user_id))


def user_changed(ctx: Context, user: SlackUser, *, team_id: str, elsewhere: Sequence[str] = ()) -> None:
    """Keep what an event says of a user where that takes power away, and look the user up in Slack again.

    Events come late, twice and out of order: an old one must not give power back. `elsewhere` are other
    workspaces of their organisation in which they are known: what is so here may not be so there, and is only
    looked up.
    """
    people = find_people_at(ctx.tx, team_id=team_id, user_id=user.user_id)
    if people and why_flagged(user.flags) is not None:
        record_user(ctx, replace(user, zone=people[0].zone, name=None), team_id=team_id)
    for other in elsewhere:
        people += find_people_at(ctx.tx, team_id=other, user_id=user.user_id)
    outbox.put_checks(ctx.tx, [(row.id, row.team_id) for row in people], now=ctx.now)
