"""Businesses, people, assets, and the ids and workspaces that they have."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from bot.domain.actors import ApiSharing, Role, Status, WhoMayAsk
from bot.domain.assets import Kind
from bot.domain.creating import CreationState
from bot.domain.reviews import USUAL_CADENCE, Silence
from bot.store.tables.columns import IN_ITS_KEY, Condition, due, one_of
from bot.store.types import UTCDateTime

BUSINESS_IS_REVIEWED = Condition("{t}reviewed_at IS NOT NULL")
"""It has given something: when its next review is, is found by the index `business_review`."""


class NodeKind(StrEnum):
    """What an id that is visible outside stands for."""

    BUSINESS = "BUSINESS"
    PERSON = "PERSON"
    ASSET = "ASSET"
    REQUEST = "REQUEST"
    GRANT = "GRANT"
    DRAFT = "DRAFT"
    DIGEST = "DIGEST"


def as_looked_for() -> Any:
    """Return the column of a name as `domain.typed.folded` makes it, which who writes the name writes too."""
    return Field(sa_type=Text, sa_column_kwargs={"server_default": "", "info": {"is_passed": True}})


class Node(SQLModel, table=True):
    """Every id that is visible outside, so that no two things share one."""

    __tablename__ = "node"
    __table_args__ = (one_of("kind", NodeKind), IN_ITS_KEY)
    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)


class BusinessRow(SQLModel, table=True):
    """An organisation with a Business ID, its home workspace, approvals channel and policy.

    `weekly_at` is when it is next told of its week; None: never.
    What partners have is reviewed `review_days` (0: never) after `reviewed_at`: when the last review began,
    or something was first given; None: nothing yet. `review_silence`: what becomes of what nobody looks at.
    `proposal_ends_at` is until when another admin can confirm a looser policy; None: nothing waits.
    """

    __tablename__ = "business"
    __table_args__ = (
        one_of("status", Status),
        one_of("who_may_ask", WhoMayAsk),
        one_of("api_sharing", ApiSharing),
        one_of("review_silence", Silence),
        CheckConstraint("quorum >= 1", name="quorum_positive"),
        CheckConstraint("expires_days >= 1", name="expires_days_positive"),
        due("business_weekly", "weekly_at"),
        due("business_proposal", "proposal_ends_at"),
        CheckConstraint("review_days >= 0", name="review_days_not_negative"),
        BUSINESS_IS_REVIEWED.index("business_review", "review_days", "reviewed_at"),
        IN_ITS_KEY,
    )
    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    folded: str = as_looked_for()
    status: str = Field(sa_type=Text)
    verified: bool
    team_id: str | None = Field(default=None, sa_type=Text)
    channel_id: str | None = Field(default=None, sa_type=Text)
    quorum: int
    expires_days: int
    undo_minutes: int
    who_may_ask: str = Field(sa_type=Text)
    api_sharing: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ApiSharing.AT_ONCE})
    hours: str = Field(sa_type=Text)
    days_off: str = Field(sa_type=Text)
    zone: str = Field(sa_type=Text)
    credit_line: str | None = Field(default=None, sa_type=Text)
    funding_sources: str = Field(sa_type=Text)
    review_days: int = Field(sa_column_kwargs={"server_default": str(USUAL_CADENCE)})
    review_silence: str = Field(sa_type=Text, sa_column_kwargs={"server_default": Silence.KEEP})
    reviewed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    policy_version: int
    created_at: datetime = Field(sa_type=UTCDateTime)
    weekly_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    proposal_ends_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Listing(SQLModel, table=True):
    """`business_id` lists `listed_id`: a business it knows."""

    __tablename__ = "listing"
    business_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    listed_id: str = Field(primary_key=True, sa_type=Text)


class Person(SQLModel, table=True):
    """A person and the Slack user they are. Slack's flags are None until Slack was asked."""

    __tablename__ = "person"
    __table_args__ = (Index("person_by_user", "user_id", "team_id"), IN_ITS_KEY)
    id: str = Field(primary_key=True, sa_type=Text)
    team_id: str = Field(sa_type=Text)
    user_id: str = Field(sa_type=Text)
    enterprise_id: str | None = Field(default=None, sa_type=Text)
    name: str = Field(sa_type=Text)
    folded: str = as_looked_for()
    deactivated: bool | None = None
    guest: bool | None = None
    bot: bool | None = None
    stranger: bool | None = None
    zone: str | None = Field(default=None, sa_type=Text)
    checked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Membership(SQLModel, table=True):
    """A person is ADMIN or EMPLOYEE of a business. `shared` marks a shared login.

    `at_meta` is who they are among the business's people at Meta, as far as that is known.
    """

    __tablename__ = "membership"
    __table_args__ = (
        one_of("role", Role),
        Index("membership_by_person", "person_id"),
        Index("membership_at_meta", "business_id", "at_meta", unique=True),
        IN_ITS_KEY,
    )
    business_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    role: str = Field(sa_type=Text)
    shared: bool
    since: datetime = Field(sa_type=UTCDateTime)
    at_meta: str | None = Field(default=None, sa_type=Text)


class Asset(SQLModel, table=True):
    """Something that can be shared. Owned by one business, or by none yet."""

    __tablename__ = "asset"
    __table_args__ = (one_of("kind", Kind), Index("asset_by_owner", "owner_id", "name"), IN_ITS_KEY)
    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    folded: str = as_looked_for()
    owner_id: str | None = Field(default=None, foreign_key="business.id", sa_type=Text)
    published: bool
    askable: bool


class AssetSetup(SQLModel, table=True):
    """What is known of how an asset is set up, as Meta calls it; most assets have no such row.

    An ad account is `incomplete` until it is settled how it is paid. `ad_account_id` is the one that a pixel
    is for.
    """

    __tablename__ = "asset_setup"
    __table_args__ = IN_ITS_KEY
    asset_id: str = Field(primary_key=True, foreign_key="asset.id", sa_type=Text)
    currency: str | None = Field(default=None, sa_type=Text)
    timezone_id: int | None = None
    end_advertiser: str | None = Field(default=None, sa_type=Text)
    media_agency: str | None = Field(default=None, sa_type=Text)
    partner: str | None = Field(default=None, sa_type=Text)
    invoice: bool
    funding_source: str | None = Field(default=None, sa_type=Text)
    ad_account_id: str | None = Field(default=None, sa_type=Text)
    incomplete: bool


class Creation(SQLModel, table=True):
    """An asset that a business created, or that an employee prepared for its admins to create, as JSON.

    `form` is the form that was sent: sent twice, it creates once.
    """

    __tablename__ = "creation"
    __table_args__ = (
        one_of("state", CreationState),
        CheckConstraint("(state = 'CREATED') = (asset_id IS NOT NULL)", name="created_as_an_asset"),
        CheckConstraint("(state = 'WAITING') = (over_at IS NULL)", name="over_when_over"),
        Index("creation_due", "state", "expires_at"),
        Index("creation_by_business", "business_id", "state", "over_at"),
        Index("creation_by_author", "author_id", "form", unique=True),
        Index("creation_by_asset", "asset_id"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    state: str = Field(sa_type=Text)
    version: int
    business_id: str = Field(foreign_key="business.id", sa_type=Text)
    author_id: str = Field(foreign_key="person.id", sa_type=Text)
    form: str | None = Field(default=None, sa_type=Text)
    content: str = Field(sa_type=Text)
    asset_id: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    over_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    over_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)


class AssetAdmin(SQLModel, table=True):
    """A person who has MANAGE on an asset directly, not through a business."""

    __tablename__ = "asset_admin"
    __table_args__ = (Index("asset_admin_by_person", "person_id"),)
    asset_id: str = Field(primary_key=True, foreign_key="asset.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)


class AssetGroup(SQLModel, table=True):
    """An ad account group; its accounts and people come by import and are only recorded."""

    __tablename__ = "asset_group"
    id: str = Field(primary_key=True, sa_type=Text)
    accounts: str = Field(sa_type=Text)
    people: str = Field(sa_type=Text)


class Workspace(SQLModel, table=True):
    """A Slack workspace in which the app is installed, and the bot user it has there."""

    __tablename__ = "workspace"
    team_id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    bot_id: str = Field(sa_type=Text)
    bot_user_id: str = Field(sa_type=Text)
    seen_at: datetime = Field(sa_type=UTCDateTime)
