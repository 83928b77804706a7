"""The directory as it is kept: read whole, written row by row, and given as a file's `Directory`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from bot.domain.actors import Role
from bot.domain.grants import GrantState
from bot.domain.nudging import Turn
from bot.domain.typed import tidy
from bot.services.directory_file.entries import (
    AskedEntry,
    AssetEntry,
    BusinessEntry,
    Directory,
    GroupEntry,
    MemberEntry,
    OwnAssetEntry,
    PersonEntry,
    PolicyEntry,
    SlackUser,
)
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_node = tables.table_of(tables.Node)
_business = tables.table_of(tables.BusinessRow)
_listing = tables.table_of(tables.Listing)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_asset = tables.table_of(tables.Asset)
_asset_admin = tables.table_of(tables.AssetAdmin)
_setup = tables.table_of(tables.AssetSetup)
_group = tables.table_of(tables.AssetGroup)
_assignment = tables.table_of(tables.Assignment)
_item = tables.table_of(tables.Item)
_named = tables.table_of(tables.NamedApprover)
_grant = tables.table_of(tables.Grant)

_BUSINESSES = select(_business).order_by(_business.c.id)
_LISTINGS = select(_listing).order_by(_listing.c.business_id, _listing.c.listed_id)
_PEOPLE = select(_person.c.id, _person.c.team_id, _person.c.user_id, _person.c.name).order_by(_person.c.id)
_MEMBERSHIPS = select(_membership)
# Whom a business has named and who is no admin of it any more is not asked.
_NAMED = select(_named).join(
    _membership,
    (_membership.c.business_id == _named.c.business_id)
    & (_membership.c.person_id == _named.c.person_id)
    & (_membership.c.role == Role.ADMIN),
)
_ASSETS = select(_asset).order_by(_asset.c.id)
_SETUPS = select(_setup)
_ASSET_ADMINS = select(_asset_admin)
_GROUPS = select(_group).order_by(_group.c.id)
_REQUESTED_FOR = select(_item.c.asset_id, _item.c.is_open).where(_item.c.asset_id.is_not(None)).distinct()
_GRANTED = select(
    _grant.c.asset_id, _grant.c.state, _grant.c.owner_id, _grant.c.asked_at.is_not(None).label("is_at_meta")
).distinct()

INSERT_NODE = insert(_node)
INSERT_BUSINESS = insert(_business)
SETTINGS = (
    "name",
    "status",
    "verified",
    "team_id",
    "channel_id",
    "quorum",
    "expires_days",
    "undo_minutes",
    "who_may_ask",
    "api_sharing",
    "review_days",
    "review_silence",
    "hours",
    "days_off",
    "zone",
    "credit_line",
    "funding_sources",
)
UPDATE_BUSINESS = (
    update(_business)
    .where(_business.c.id == bindparam("the_id"))
    .values(policy_version=_business.c.policy_version + 1, weekly_at=bindparam("new_weekly_at"))
    .values({column: bindparam(f"new_{column}") for column in (*SETTINGS, "folded")})
)
DELETE_LISTING = delete(_listing).where(
    _listing.c.business_id == bindparam("by_whom"), _listing.c.listed_id == bindparam("whom")
)
INSERT_LISTING = insert(_listing)
INSERT_PERSON = insert(_person)
RENAME_PERSON = (
    update(_person)
    .where(_person.c.id == bindparam("person"))
    .values(name=bindparam("new_name"), folded=bindparam("new_folded"))
)
UNASSIGN_PERSON = delete(_assignment).where(
    _assignment.c.business_id == bindparam("business"), _assignment.c.person_id == bindparam("person")
)
_of_whom = (
    _membership.c.business_id == bindparam("business"),
    _membership.c.person_id == bindparam("person"),
)
DELETE_MEMBER = delete(_membership).where(*_of_whom)
INSERT_MEMBER = insert(_membership)
UPDATE_MEMBER = (
    update(_membership).where(*_of_whom).values(role=bindparam("new_role"), shared=bindparam("new_shared"))
)
FORGET_NAMED = delete(_named).where(_named.c.business_id == bindparam("business"))
INSERT_NAMED = insert(_named)
UNASSIGN_OWNER = delete(_assignment).where(
    _assignment.c.asset_id == bindparam("asset"), _assignment.c.business_id == bindparam("owner")
)
FREE_AT_META = update(_membership).where(*_of_whom).values(at_meta=None)
SET_AT_META = update(_membership).where(*_of_whom).values(at_meta=bindparam("new_at_meta"))
DELETE_ASSET_ADMIN = delete(_asset_admin).where(
    _asset_admin.c.asset_id == bindparam("asset"), _asset_admin.c.person_id == bindparam("person")
)
DELETE_ASSET = delete(_asset).where(_asset.c.id == bindparam("asset"))
DELETE_NODE = delete(_node).where(_node.c.id == bindparam("asset"))
INSERT_ASSET = insert(_asset)
ASSET_FIELDS = ("kind", "name", "owner_id", "published", "askable")
UPDATE_ASSET = (
    update(_asset)
    .where(_asset.c.id == bindparam("asset"))
    .values({column: bindparam(f"new_{column}") for column in (*ASSET_FIELDS, "folded")})
)
SETUP_FIELDS = (
    "currency",
    "timezone_id",
    "end_advertiser",
    "media_agency",
    "partner",
    "invoice",
    "funding_source",
    "ad_account_id",
    "incomplete",
)
DELETE_SETUP = delete(_setup).where(_setup.c.asset_id == bindparam("asset"))
INSERT_SETUP = insert(_setup)
UPDATE_SETUP = (
    update(_setup)
    .where(_setup.c.asset_id == bindparam("asset"))
    .values({column: bindparam(f"new_{column}") for column in SETUP_FIELDS})
)
INSERT_ASSET_ADMIN = insert(_asset_admin)
INSERT_GROUP = insert(_group)
UPDATE_GROUP = (
    update(_group)
    .where(_group.c.id == bindparam("the_id"))
    .values(accounts=bindparam("new_accounts"), people=bindparam("new_people"))
)
# What others refer to comes before them, and goes after them.
ORDER = (
    INSERT_NODE,
    INSERT_BUSINESS,
    UPDATE_BUSINESS,
    DELETE_LISTING,
    INSERT_LISTING,
    INSERT_PERSON,
    RENAME_PERSON,
    UNASSIGN_PERSON,
    DELETE_MEMBER,
    FREE_AT_META,
    INSERT_MEMBER,
    UPDATE_MEMBER,
    SET_AT_META,
    FORGET_NAMED,
    INSERT_NAMED,
    UNASSIGN_OWNER,
    DELETE_ASSET_ADMIN,
    DELETE_SETUP,
    DELETE_ASSET,
    DELETE_NODE,
    INSERT_ASSET,
    UPDATE_ASSET,
    INSERT_SETUP,
    UPDATE_SETUP,
    INSERT_ASSET_ADMIN,
    INSERT_GROUP,
    UPDATE_GROUP,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The whole directory by id, and which assets are in use (granted or asked for) or ever were.

    `givers` are those who gave what is in force of an asset, where that is all its use and the record alone
    keeps it: it can go on without an owner.
    """

    businesses: Mapping[str, Row]
    listed: Mapping[str, set[str]]
    people: Mapping[str, Row]
    members: Mapping[str, Mapping[str, Row]]
    named: Mapping[tuple[str, Turn], set[str]]
    assets: Mapping[str, Row]
    setups: Mapping[str, Row]
    admins: Mapping[str, set[str]]
    groups: Mapping[str, Row]
    in_use: frozenset[str]
    givers: Mapping[str, set[str]]
    known_in_history: frozenset[str]


def load(tx: Tx) -> Record:
    """Read the whole directory."""
    listed: dict[str, set[str]] = defaultdict(set)
    for row in tx.all(_LISTINGS):
        listed[row.business_id].add(row.listed_id)
    members: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in tx.all(_MEMBERSHIPS):
        members[row.business_id][row.person_id] = row
    named: dict[tuple[str, Turn], set[str]] = defaultdict(set)
    for row in tx.all(_NAMED):
        named[row.business_id, Turn(row.turn)].add(row.person_id)
    admins: dict[str, set[str]] = defaultdict(set)
    for row in tx.all(_ASSET_ADMINS):
        admins[row.asset_id].add(row.person_id)
    requested, granted = tx.all(_REQUESTED_FOR), tx.all(_GRANTED)
    asked_for = {row.asset_id for row in requested if row.is_open}
    given = [row for row in granted if row.state != GrantState.ENDED]
    needs_owner = asked_for | {
        row.asset_id for row in given if row.state != GrantState.ACTIVE or row.is_at_meta
    }
    givers: dict[str, set[str]] = defaultdict(set)
    for row in given:
        if row.asset_id not in needs_owner:
            givers[row.asset_id].add(row.owner_id)
    return Record(
        businesses={row.id: row for row in tx.all(_BUSINESSES)},
        listed=listed,
        people={row.id: row for row in tx.all(_PEOPLE)},
        members=members,
        named=named,
        assets={row.id: row for row in tx.all(_ASSETS)},
        setups={row.asset_id: row for row in tx.all(_SETUPS)},
        admins=admins,
        groups={row.id: row for row in tx.all(_GROUPS)},
        in_use=frozenset(asked_for | {row.asset_id for row in given}),
        givers=givers,
        known_in_history=frozenset({row.asset_id for row in requested} | {row.asset_id for row in granted}),
    )


def export_directory(tx: Tx) -> Directory:
    """Return the whole directory, as a file says it."""
    record = load(tx)
    owned: dict[str | None, list[Row]] = defaultdict(list)
    for row in record.assets.values():
        owned[row.owner_id].append(row)
    return Directory(
        businesses=tuple(_business_entry(record, row, owned[row.id]) for row in record.businesses.values()),
        assets=tuple(
            AssetEntry(
                kind=row.kind,
                id=row.id,
                name=_name(row),
                admins=_people(record, record.admins.get(row.id, ())),
            )
            for row in owned[None]
        ),
        groups=tuple(
            GroupEntry(
                id=row.id,
                accounts=tuple(_split(row.accounts)),
                people=_people(record, _split(row.people)),
            )
            for row in record.groups.values()
        ),
    )


def setup_of(row: Row | None) -> dict[str, Any]:
    """Return how an asset is set up, as far as it is known: nothing for one without a row."""
    return {} if row is None else {column: getattr(row, column) for column in SETUP_FIELDS}


def own_assets(record: Record, rows: Iterable[Row]) -> tuple[OwnAssetEntry, ...]:
    """Return assets that somebody owns, as a file lists them under their owner."""
    return tuple(
        OwnAssetEntry(
            kind=row.kind,
            id=row.id,
            name=_name(row),
            published=row.published,
            askable=row.askable,
            admins=_people(record, record.admins.get(row.id, ())),
            **setup_of(record.setups.get(row.id)),
        )
        for row in rows
    )


def own_members(
    record: Record, business_id: str, *, at_meta: Mapping[str | None, str] = MappingProxyType({})
) -> tuple[MemberEntry, ...]:
    """Return the members of a business, as a file lists them. Who somebody is at Meta `at_meta` may say."""
    held = record.members.get(business_id, {})
    members = sorted(
        ((record.people[person_id], row) for person_id, row in held.items()),
        key=lambda pair: (pair[0].name, pair[0].id),
    )
    return tuple(
        MemberEntry(
            slack=_slack(person),
            name=_name(person),
            role=row.role,
            shared=row.shared,
            at_meta=at_meta.get(person.id, row.at_meta),
        )
        for person, row in members
    )


def _name(row: Row) -> str:
    """Return a name as a file takes it: some were kept as they came."""
    return tidy(row.name).replace("\n", " ") or str(row.id)


def _people(record: Record, ids: Iterable[str]) -> tuple[PersonEntry, ...]:
    rows = sorted((record.people[person] for person in ids), key=lambda row: (row.name, row.id))
    return tuple(PersonEntry(slack=_slack(row), name=_name(row)) for row in rows)


def _business_entry(record: Record, row: Row, assets: Iterable[Row]) -> BusinessEntry:
    return BusinessEntry(
        id=row.id,
        name=_name(row),
        status=row.status,
        verified=row.verified,
        workspace=row.team_id,
        channel=row.channel_id,
        policy=PolicyEntry(
            quorum=row.quorum,
            expires_days=row.expires_days,
            undo_minutes=row.undo_minutes,
            who_may_ask=row.who_may_ask,
            api_sharing=row.api_sharing,
            review_days=row.review_days,
            review_silence=row.review_silence,
            hours=row.hours,
            days_off=tuple(_split(row.days_off)),
            zone=row.zone,
            weekly=row.weekly_at is not None,
        ),
        listed=tuple(sorted(record.listed.get(row.id, ()))),
        credit_line=row.credit_line,
        funding_sources=tuple(_split(row.funding_sources)),
        members=own_members(record, row.id),
        asked=AskedEntry(
            first=_people(record, record.named.get((row.id, Turn.FIRST), ())),
            backups=_people(record, record.named.get((row.id, Turn.BACKUP), ())),
        ),
        assets=own_assets(record, assets),
    )


def _slack(row: Row) -> SlackUser:
    return SlackUser(team=row.team_id, user=row.user_id)


def _split(stored: str) -> list[str]:
    return [part for part in stored.split(",") if part]
