"""Businesses whose access is kept at Meta, and the calls that change it there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.domain.connections import ConnectionState, EnforcementState
from bot.store.tables.columns import one_of
from bot.store.types import UTCDateTime


class Connection(SQLModel, table=True):
    """A business's connection to Meta. `ciphertext` is its token, encrypted; `name` whose it is there."""

    __tablename__ = "connection"
    __table_args__ = (one_of("state", ConnectionState),)
    business_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    ciphertext: str = Field(sa_type=Text, repr=False)
    name: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    version: int
    connected_at: datetime = Field(sa_type=UTCDateTime)
    connected_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)


class MetaCall(SQLModel, table=True):
    """A call that changes a business's access to an asset at Meta, until it was read there what it did.

    `before` is what the business could do there before it, as a sorted list of tasks. It need not be known
    here.
    """

    __tablename__ = "meta_call"
    asset_id: str = Field(primary_key=True, foreign_key="asset.id", sa_type=Text)
    holder_id: str = Field(primary_key=True, sa_type=Text)
    before: str = Field(sa_type=Text)


class Enforcement(SQLModel, table=True):
    """What is to hold at Meta beside what grants give: what its `kind` (`EnforcementKind`) makes of the rest.

    `business_id` is whose token it takes. `subject_id` is what it is about, and `about` who. `wanted` is what
    should hold there, `in_force` what was read there last, `given` what our calls may have brought about
    since, and `before` what held before a call of which nobody knows yet what it did; each as a sorted list.
    `party` is Meta's id of who or what it is about, once that is known.
    """

    __tablename__ = "enforcement"
    __table_args__ = (
        one_of("state", EnforcementState),
        CheckConstraint("state <> 'IN_FORCE' OR in_force = wanted", name="in_force_as_wanted"),
        UniqueConstraint("business_id", "kind", "subject_id", "about", name="enforcement_once"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    business_id: str = Field(foreign_key="business.id", sa_type=Text)
    subject_id: str = Field(sa_type=Text)
    about: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    version: int
    wanted: str = Field(sa_type=Text)
    in_force: str = Field(sa_type=Text)
    given: str = Field(sa_type=Text)
    before: str | None = Field(default=None, sa_type=Text)
    party: str | None = Field(default=None, sa_type=Text)
    obstacle: str | None = Field(default=None, sa_type=Text)
