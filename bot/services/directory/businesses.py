"""Businesses, people and assets: who somebody is, and what they may know of the others."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # its ON CONFLICT compiles for SQLite too

from bot.domain.assets import Kind, is_asset_id, is_business_id, read_asset_id
from bot.domain.grants import GrantState
from bot.domain.policy import (
    Actor,
    Business,
    DenialReason,
    Member,
    Permission,
    Principal,
    Role,
    Source,
    Status,
    WhoMayAsk,
    may_administer,
    may_request,
    may_view,
)
from bot.services.cards import refresh_cards
from bot.services.results import AssetChoice, Me, OwnBusiness, Party, PersonChoice, Preview
from bot.store import outbox, tables
from bot.store.journal import Event
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

# So many requests of one business may wait for the same owner: fatigue is how approvals go wrong.
MOST_OPEN_BETWEEN = 50

_node = tables.table_of(tables.Node)
_business = tables.table_of(tables.BusinessRow)
_listing = tables.table_of(tables.Listing)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_asset_admin = tables.table_of(tables.AssetAdmin)
_asset = tables.table_of(tables.Asset)
_request = tables.table_of(tables.Request)
_grant = tables.table_of(tables.Grant)
_workspace = tables.table_of(tables.Workspace)

_INSERT_NODE = insert(_node)
_BUSINESS = select(_business).where(_business.c.id == bindparam("business"))
_IS_MEMBER = select(_membership.c.person_id).where(
    _membership.c.business_id == bindparam("business"), _membership.c.person_id == bindparam("person")
)
_POLICY_VERSION = select(_business.c.policy_version).where(_business.c.id == bindparam("business"))
_PEOPLE = (
    select(_person)
    .where(_person.c.team_id == bindparam("team"), _person.c.user_id == bindparam("user"))
    .order_by(_person.c.id)
)
# Who left every business is no longer who this Slack user is: a shared login can be put right.
_stands = or_(
    _membership.c.person_id.is_not(None),
    exists(select(_asset_admin.c.person_id).where(_asset_admin.c.person_id == _person.c.id)),
)
_STANDING = (
    select(
        _person.c.id,
        _person.c.name,
        _person.c.zone,
        _person.c.deactivated,
        _person.c.guest,
        _person.c.bot,
        _person.c.stranger,
        _membership.c.business_id,
        _membership.c.role,
        _membership.c.shared,
    )
    .outerjoin_from(_person, _membership, _membership.c.person_id == _person.c.id)
    .where(_person.c.team_id == bindparam("team"), _person.c.user_id == bindparam("user"), _stands)
    .order_by(_person.c.id, _membership.c.business_id)
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
# Those whom `policy.may_administer` lets decide, as one set: admins at home, one person a user, flags known.
_other = _person.alias("other")
_also = _membership.alias("also")
# Not by the index over a workspace's people, who may be thousands: from the business's members.
_at_home = _person.c.team_id.concat("") == _business.c.team_id
_ADMINS = (
    select(_person.c.id, _person.c.team_id, _person.c.user_id, _person.c.name)
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .join(_business, _business.c.id == _membership.c.business_id)
    .where(
        _membership.c.business_id == bindparam("business"),
        _membership.c.role == Role.ADMIN,
        _membership.c.shared.is_(False),
        _at_home,
        _person.c.deactivated.is_(False),
        _person.c.guest.is_(False),
        _person.c.bot.is_(False),
        _person.c.stranger.is_(False),
        ~exists(
            select(_other.c.id).where(
                _other.c.team_id == _person.c.team_id,
                _other.c.user_id == _person.c.user_id,
                _other.c.id != _person.c.id,
                or_(
                    exists(select(_also.c.person_id).where(_also.c.person_id == _other.c.id)),
                    exists(select(_asset_admin.c.person_id).where(_asset_admin.c.person_id == _other.c.id)),
                ),
            )
        ),
    )
    .order_by(_person.c.name, _person.c.id)
)
_MEMBERS = (
    select(_person.c.id, _person.c.team_id, _person.c.user_id, _person.c.name)
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .join(_business, _business.c.id == _membership.c.business_id)
    .where(
        _membership.c.business_id == bindparam("business"),
        _at_home,
        _person.c.deactivated.is_not(True),
        _person.c.bot.is_not(True),
    )
    .order_by(_person.c.name, _person.c.id)
    .limit(10)
)
_theirs = _membership.alias("theirs")
_ADMINS_EXCLUDING = _ADMINS.where(
    ~exists(
        select(_theirs.c.person_id).where(
            _theirs.c.person_id == _person.c.id, _theirs.c.business_id == bindparam("excluding")
        )
    )
)
_LISTED = select(_listing.c.listed_id).where(
    _listing.c.business_id == bindparam("by_whom"), _listing.c.listed_id == bindparam("whom")
)
_OPEN_BETWEEN = select(func.count().label("open")).where(
    _request.c.requesting_id == bindparam("requesting"),
    _request.c.deciding_id == bindparam("deciding"),
    _request.c.over_at.is_(None),
)
_live_between = exists(
    select(_grant.c.id).where(
        _grant.c.state == GrantState.ACTIVE,
        or_(
            and_(_grant.c.holder_id == bindparam("requesting"), _grant.c.owner_id == _business.c.id),
            and_(_grant.c.owner_id == bindparam("requesting"), _grant.c.holder_id == _business.c.id),
        ),
    )
)
_listed_between = exists(
    select(_listing.c.listed_id).where(
        or_(
            and_(_listing.c.business_id == bindparam("requesting"), _listing.c.listed_id == _business.c.id),
            and_(_listing.c.listed_id == bindparam("requesting"), _listing.c.business_id == _business.c.id),
        )
    )
)
_OWNERS = (
    select(_business)
    .where(
        _business.c.id != bindparam("requesting"),
        or_(
            and_(
                or_(_live_between, _listed_between),
                or_(
                    func.lower(_business.c.name).like(bindparam("pattern"), escape="\\"),
                    _business.c.id.like(bindparam("pattern"), escape="\\"),
                ),
            ),
            _business.c.id == bindparam("exact"),
        ),
    )
    .order_by(_business.c.name, _business.c.id)
    .limit(bindparam("most"))
)
_ASSET = (
    select(_asset, _business.c.name.label("owner_name"), _business.c.verified, _business.c.status)
    .join_from(_asset, _business, _asset.c.owner_id == _business.c.id, isouter=True)
    .where(_asset.c.id == bindparam("asset"))
)
_held_by_requesting = exists(
    select(_grant.c.id).where(
        _grant.c.asset_id == _asset.c.id,
        _grant.c.holder_id == bindparam("requesting"),
        _grant.c.state == GrantState.ACTIVE,
    )
)
_matches = or_(
    func.lower(_asset.c.name).like(bindparam("pattern"), escape="\\"),
    func.lower(_asset.c.id).like(bindparam("pattern"), escape="\\"),
)
_ASSETS = (
    select(_asset)
    .where(
        _asset.c.owner_id == bindparam("owner"),
        or_(
            and_(or_(_asset.c.askable.is_(True), _held_by_requesting), _matches),
            _asset.c.id == bindparam("exact"),
        ),
    )
    .order_by(_asset.c.name, _asset.c.id)
    .limit(bindparam("most"))
)
_OWN_ASSETS = (
    select(_asset)
    .where(_asset.c.owner_id == bindparam("owner"), _asset.c.kind == bindparam("kind"), _matches)
    .order_by(_asset.c.name, _asset.c.id)
    .limit(bindparam("most"))
)
_OWN_PEOPLE = (
    select(_person.c.id, _person.c.name)
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .where(
        _membership.c.business_id == bindparam("business"),
        func.lower(_person.c.name).like(bindparam("pattern"), escape="\\"),
    )
    .order_by(_person.c.name, _person.c.id)
    .limit(bindparam("most"))
)
_SET_FLAGS = (
    update(_person)
    .where(_person.c.team_id == bindparam("team"), _person.c.user_id == bindparam("user"))
    .values(
        deactivated=bindparam("is_deactivated"),
        guest=bindparam("is_guest"),
        bot=bindparam("is_bot"),
        stranger=bindparam("is_stranger"),
        zone=bindparam("their_zone"),
        checked_at=bindparam("at"),
    )
)
_SET_VERIFIED = (
    update(_business)
    .where(_business.c.id == bindparam("business"), _business.c.verified != bindparam("is_verified"))
    .values(verified=bindparam("is_verified"), policy_version=_business.c.policy_version + 1)
)
_insert_workspace = upsert(_workspace)
_RECORD_WORKSPACE = _insert_workspace.on_conflict_do_update(
    index_elements=["team_id"],
    set_={
        column: _insert_workspace.excluded[column]
        for column in ("name", "url", "bot_id", "bot_user_id", "seen_at")
    },
)
_WORKSPACES = select(_workspace).order_by(_workspace.c.team_id)
_NAME = select(_person.c.name).where(_person.c.id == bindparam("person"))

_ID_DIGITS = 15


def random_id() -> str:
    """Return 15 random digits, for an id on the wire."""
    return str(secrets.randbelow(9 * 10 ** (_ID_DIGITS - 1)) + 10 ** (_ID_DIGITS - 1))


def make_id(tx: Tx, kind: NodeKind) -> str:
    """Return a new id of 15 random digits, unique over all kinds of node, and keep it."""
    digits = random_id()
    # A clash, one in 10^14 with ten nodes, breaks the primary key: the verb is undone and says so.
    tx.run(_INSERT_NODE, id=digits, kind=kind)
    return digits


# --- who somebody is -----------------------------------------------------------------------------


def principal_of(tx: Tx, by: Actor) -> Principal:
    """Return what is known of the Slack user now. Only ever called in the transaction that acts on it."""
    return _principal(by, tx.all(_STANDING, team=by.team_id, user=by.user_id))


def _principal(by: Actor, rows: list[Row]) -> Principal:
    if not rows:
        return Principal(team_id=by.team_id)
    first = rows[0]
    return Principal(
        team_id=by.team_id,
        person_id=first.id,
        people=len({row.id for row in rows}),
        deactivated=first.deactivated,
        guest=first.guest,
        bot=first.bot,
        stranger=first.stranger,
        memberships={
            row.business_id: Member(role=Role(row.role), shared=bool(row.shared))
            for row in rows
            if row.business_id is not None
        },
    )


def as_recorded(by: Actor, who: Principal | None = None, *, business_id: str | None = None) -> dict[str, Any]:
    """Return the actor as the journal keeps them: kind, and for a person who they are and in which role."""
    if by.source is Source.CLOCK:
        return {"kind": "clock"}
    if by.source is Source.COMMAND_LINE:
        return {"kind": "operator"}
    member = who.memberships.get(business_id) if who and business_id else None
    return {
        "kind": "person",
        "team": by.team_id,
        "user": by.user_id,
        "enterprise": by.enterprise_id,
        "person": who.person_id if who else None,
        "role": str(member.role) if member else None,
    }


def find_business(tx: Tx, business_id: str) -> Business | None:
    """Return the business as far as a decision goes, or None."""
    row = tx.one(_BUSINESS, business=business_id)
    return None if row is None else business_of(row)


def business_of(row: Row) -> Business:
    """Return a row of `business` as far as a decision goes."""
    return Business(
        id=row.id,
        team_id=row.team_id,
        status=Status(row.status),
        verified=bool(row.verified),
        quorum=row.quorum,
        who_may_ask=WhoMayAsk(row.who_may_ask),
    )


def find_business_row(tx: Tx, business_id: str) -> Row | None:
    """Return the business's row, with its policy, or None."""
    return tx.one(_BUSINESS, business=business_id)


def is_member(tx: Tx, person_id: str, *, business_id: str) -> bool:
    """Say whether a person belongs to a business now."""
    return bool(tx.all(_IS_MEMBER, business=business_id, person=person_id))


def policy_version(tx: Tx, business_id: str | None) -> int | None:
    """Return which version of the business's policy holds now: every event is kept with it."""
    row = None if business_id is None else tx.one(_POLICY_VERSION, business=business_id)
    return None if row is None else int(row.policy_version)


def party_of(row: Row) -> Party:
    """Return a row of `business` as the other side may see it."""
    return Party(id=row.id, name=row.name, verified=bool(row.verified), status=Status(row.status))


def name_of(tx: Tx, person_id: str | None) -> str | None:
    """Return a person's display name; None for nobody."""
    row = None if person_id is None else tx.one(_NAME, person=person_id)
    return None if row is None else str(row.name)


def me(tx: Tx, by: Actor) -> Me:
    """Return who the Slack user is to us: a stranger has no person and no businesses."""
    rows = tx.all(_STANDING, team=by.team_id, user=by.user_id)
    if not rows:
        return Me(person_id=None, name="", zone="UTC", businesses=())
    who = _principal(by, rows)
    own = []
    for row in tx.all(_OWN_BUSINESSES, team=by.team_id, user=by.user_id):
        business = business_of(row)
        member = who.memberships[row.id]
        heard = may_view(who, business=business)
        own.append(
            OwnBusiness(
                party=party_of(row),
                role=member.role,
                may_administer=may_administer(who, business=business).reason,
                may_draft=heard.is_allowed and member.role is Role.EMPLOYEE and not member.shared,
                channel_id=row.channel_id,
            )
        )
    return Me(
        person_id=rows[0].id,
        name=rows[0].name,
        zone=rows[0].zone or "UTC",
        businesses=tuple(own),
    )


def admins_who_can_decide(tx: Tx, business_id: str, *, excluding: str | None = None) -> list[Row]:
    """Return the business's admins whose yes would count now: id, team_id, user_id, name.

    Members of the business `excluding` are left out: nobody decides for both sides.
    """
    if excluding is None:
        return tx.all(_ADMINS, business=business_id)
    return tx.all(_ADMINS_EXCLUDING, business=business_id, excluding=excluding)


def members_to_tell(tx: Tx, business_id: str) -> list[Row]:
    """Return up to ten members at home, to be told when no admin is left who could decide."""
    return tx.all(_MEMBERS, business=business_id)


def may_business_request(tx: Tx, *, requesting: Business, owner_id: str) -> Permission:
    """Say whether `requesting` may ask this owner now (policy.may_request, with the record's facts)."""
    owner = find_business(tx, owner_id)
    between = tx.one(_OPEN_BETWEEN, requesting=requesting.id, deciding=owner_id)
    assert between is not None
    return may_request(
        requesting=requesting,
        owner=owner,
        listed_by_owner=bool(tx.all(_LISTED, by_whom=owner_id, whom=requesting.id)),
        open_between=between.open,
        most_open=MOST_OPEN_BETWEEN,
    )


# --- what they may know of the others ------------------------------------------------------------


def _hears(tx: Tx, by: Actor, business_id: str) -> Business | None:
    business = find_business(tx, business_id)
    if business is None or not may_view(principal_of(tx, by), business=business).is_allowed:
        return None
    return business


def preview(tx: Tx, *, requesting_id: str, owner_id: str, by: Actor) -> Preview:
    """Say before sending who would be asked: why not, if so, and how many admins can decide."""
    requesting = _hears(tx, by, requesting_id)
    if requesting is None:
        return Preview(owner=None, reason=DenialReason.NOT_MEMBER, admins=0)
    row = find_business_row(tx, owner_id) if is_business_id(owner_id) else None
    answer = may_business_request(tx, requesting=requesting, owner_id=owner_id)
    return Preview(
        owner=None if row is None else party_of(row),
        reason=answer.reason,
        admins=0 if row is None else len(admins_who_can_decide(tx, owner_id, excluding=requesting_id)),
    )


def pattern(query: str) -> str:
    """Return the LIKE pattern (escaped with a backslash) for a text that contains `query`, in lower case."""
    escaped = query.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def find_owners(tx: Tx, *, requesting_id: str, query: str, by: Actor, limit: int = 100) -> list[Party]:
    """Return businesses that `requesting_id` may know and that match: partners and listed ones by name.

    Any other business is found by its exact Business ID alone.
    """
    if _hears(tx, by, requesting_id) is None:
        return []
    exact = query.strip() if is_business_id(query.strip()) else ""
    rows = tx.all(_OWNERS, requesting=requesting_id, pattern=pattern(query), exact=exact, most=limit)
    return [party_of(row) for row in rows]


def find_assets(
    tx: Tx, *, requesting_id: str, owner_id: str, query: str, by: Actor, limit: int = 100
) -> list[AssetChoice]:
    """Return the owner's assets that `requesting_id` may know and that match.

    Those are the assets shared with it already and those marked "may be asked for"; any other is
    found by its exact id, or by a link that carries it.
    """
    if _hears(tx, by, requesting_id) is None:
        return []
    owner = find_business_row(tx, owner_id)
    if owner is None:
        return []
    rows = tx.all(
        _ASSETS,
        requesting=requesting_id,
        owner=owner_id,
        pattern=pattern(query),
        exact=read_asset_id(query) or "",
        most=limit,
    )
    return [_choice(row, party_of(owner)) for row in rows]


def find_asset(tx: Tx, asset_id: str) -> AssetChoice | None:
    """Return the asset with exactly this id, with its owner if it has one, or None."""
    row = tx.one(_ASSET, asset=asset_id) if is_asset_id(asset_id) else None
    if row is None:
        return None
    if row.owner_id is None:
        return _choice(row, None)
    return _choice(
        row,
        Party(id=row.owner_id, name=row.owner_name, verified=bool(row.verified), status=Status(row.status)),
    )


def find_own_assets(
    tx: Tx, *, business_id: str, kind: Kind, query: str, by: Actor, limit: int = 100
) -> list[AssetChoice]:
    """Return the business's own assets of one kind that match, to bind a described item to."""
    if _hears(tx, by, business_id) is None:
        return []
    owner = find_business_row(tx, business_id)
    assert owner is not None
    rows = tx.all(_OWN_ASSETS, owner=business_id, kind=kind, pattern=pattern(query), most=limit)
    return [_choice(row, party_of(owner)) for row in rows]


def find_people(tx: Tx, *, business_id: str, query: str, by: Actor, limit: int = 100) -> list[PersonChoice]:
    """Return the business's own people that match."""
    if _hears(tx, by, business_id) is None:
        return []
    rows = tx.all(_OWN_PEOPLE, business=business_id, pattern=pattern(query), most=limit)
    return [PersonChoice(id=row.id, name=row.name) for row in rows]


def _choice(row: Row, owner: Party | None) -> AssetChoice:
    return AssetChoice(id=row.id, kind=Kind(row.kind), name=row.name, owner=owner)


# --- what is recorded ----------------------------------------------------------------------------


def record_person_flags(
    tx: Tx,
    *,
    team_id: str,
    user_id: str,
    deactivated: bool,
    guest: bool,
    bot: bool,
    stranger: bool,
    zone: str | None,
    now: datetime,
) -> int:
    """Keep what Slack says of a user (users.info, user_change). Return how many people that is."""
    before = tx.all(_PEOPLE, team=team_id, user=user_id)
    is_news = False
    changed = tx.run(
        _SET_FLAGS,
        team=team_id,
        user=user_id,
        is_deactivated=deactivated,
        is_guest=guest,
        is_bot=bot,
        is_stranger=stranger,
        their_zone=zone,
        at=now,
    )
    for row in before:
        if (row.deactivated, row.guest, row.bot, row.stranger) != (deactivated, guest, bot, stranger):
            is_news = True
            tx.append(
                Event(
                    kind="person.flags",
                    subject_kind="person",
                    subject_id=row.id,
                    actor={"kind": "slack", "team": team_id},
                    source=Source.EVENT,
                    data={"deactivated": deactivated, "guest": guest, "bot": bot, "stranger": stranger},
                    at=now,
                )
            )
    if is_news:
        members = tx.all(_MEMBERSHIPS, team=team_id, user=user_id)
        # Cards say who can decide: that is admins alone, and after an import thousands are looked up.
        decide_for = {row.business_id for row in members if row.role == Role.ADMIN}
        refresh_cards(tx, business_ids=decide_for, now=now)
        outbox.put_homes(tx, {row.business_id for row in members} - decide_for, now=now)
    return changed


def user_changed(
    tx: Tx,
    *,
    team_id: str,
    user_id: str,
    deactivated: bool,
    guest: bool,
    bot: bool,
    stranger: bool,
    now: datetime,
) -> None:
    """Take what an event says of a user where it takes power away, and have Slack asked what holds now.

    Events come late, twice and out of order: an old one must give nobody back what they have lost.
    """
    people = tx.all(_PEOPLE, team=team_id, user=user_id)
    if people and (deactivated or guest or bot or stranger):
        record_person_flags(
            tx,
            team_id=team_id,
            user_id=user_id,
            deactivated=deactivated,
            guest=guest,
            bot=bot,
            stranger=stranger,
            zone=people[0].zone,
            now=now,
        )
    outbox.put_checks(tx, [(row.id, row.team_id) for row in people], now=now)


def record_workspace(
    tx: Tx, *, team_id: str, name: str, url: str, bot_id: str, bot_user_id: str, now: datetime
) -> None:
    """Keep the workspace that a bot token belongs to (auth.test)."""
    tx.run(
        _RECORD_WORKSPACE,
        team_id=team_id,
        name=name,
        url=url,
        bot_id=bot_id,
        bot_user_id=bot_user_id,
        seen_at=now,
    )


def workspaces(tx: Tx) -> list[Row]:
    """Return the workspaces in which the app is installed."""
    return tx.all(_WORKSPACES)


def verify_business(tx: Tx, business_id: str, *, verified: bool, now: datetime) -> bool:
    """Have the operator say that a business is (or is not) who it says. Return whether that is news.

    Raises KeyError for an unknown business.
    """
    row = find_business_row(tx, business_id)
    if row is None:
        raise KeyError(business_id)
    if not tx.run(_SET_VERIFIED, business=business_id, is_verified=verified):
        return False
    tx.append(
        Event(
            kind="business.verified" if verified else "business.unverified",
            subject_kind="business",
            subject_id=business_id,
            business_id=business_id,
            actor={"kind": "operator"},
            source=Source.COMMAND_LINE,
            policy_version=row.policy_version + 1,
            at=now,
        )
    )
    refresh_cards(tx, business_ids={business_id}, now=now)
    return True
