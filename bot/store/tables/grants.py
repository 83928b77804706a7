"""Grants, and the holder's people who are assigned to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.domain.grants import EndReason, GrantState
from bot.store.tables.columns import Condition, due, one_of
from bot.store.types import UTCDateTime

GRANT_MAY_END = Condition("{t}state = 'ACTIVE' AND {t}ends_at IS NOT NULL")
"""It is in force and has an end: found by the index `grant_due`."""


class Grant(SQLModel, table=True):
    """An asset, a holder, tasks, a start, an end, and the request it rests on.

    `may_end`: the holder said that it may end, and wants no more warnings. `asked_at` is since when Meta is
    to put it in force; None: the record alone gives it. `obstacle` is why it is not at Meta as it should be,
    and `look_at` when the clock looks at it next, while it is on its way in or out, or gone and not told of
    yet. `passed_at` is since when it goes on under an owner who did not give it.
    """

    __tablename__ = "grant_"
    __table_args__ = (
        one_of("state", GrantState),
        one_of("end_reason", EndReason),
        CheckConstraint("state <> 'ACTIVE' OR starts_at IS NOT NULL", name="started_when_active"),
        CheckConstraint("(state = 'ENDED') = (ended_at IS NOT NULL)", name="ended_when_ended"),
        CheckConstraint("(tasks <> '') <> (capability IS NOT NULL)", name="gives_one_thing"),
        UniqueConstraint("request_id", "position", name="grant_once_per_item"),
        due("grant_warn", "warn_at"),
        due("grant_look", "look_at"),
        # All that a list looks at to find its page.
        Index("grant_by_holder", "holder_id", "state", "owner_id", "ends_at", "asset_id", "id"),
        Index("grant_by_owner", "owner_id", "state", "holder_id", "ends_at", "asset_id", "id"),
        Index("grant_by_asset", "asset_id", "holder_id", "state"),
        GRANT_MAY_END.index("grant_due", "ends_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    request_id: str = Field(foreign_key="request.id", sa_type=Text)
    position: int
    asset_id: str = Field(foreign_key="asset.id", sa_type=Text)
    holder_id: str = Field(foreign_key="business.id", sa_type=Text)
    owner_id: str = Field(foreign_key="business.id", sa_type=Text)
    tasks: str = Field(sa_type=Text)
    capability: str | None = Field(default=None, sa_type=Text)
    state: str = Field(sa_type=Text)
    version: int
    starts_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    end_reason: str | None = Field(default=None, sa_type=Text)
    ended_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
    end_note: str = Field(sa_type=Text)
    warn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    may_end: bool
    asked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    obstacle: str | None = Field(default=None, sa_type=Text)
    look_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    passed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # The program by which `ended_by` ended it.
    ended_program: str | None = Field(default=None, sa_type=Text)


class Assignment(SQLModel, table=True):
    """A business's own person may do these tasks with an asset, as far as the business may."""

    __tablename__ = "assignment"
    __table_args__ = (Index("assignment_by_person", "person_id", "business_id"),)
    asset_id: str = Field(primary_key=True, foreign_key="asset.id", sa_type=Text)
    business_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    tasks: str = Field(sa_type=Text)
    since: datetime = Field(sa_type=UTCDateTime)
