"""What was found at Meta that the record does not say."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from bot.domain.findings import FindingKind, FindingState, Remedy
from bot.store.tables.columns import Condition, due, one_of
from bot.store.types import UTCDateTime

FINDING_IS_OPEN = Condition("{t}state <> 'CLOSED'")
"""It is not over: there is one of a kind for an asset and a holder, found by `finding_open_once`."""

FINDING_IS_DECIDED = Condition("{t}state = 'CLOSED' AND {t}remedy IS NOT NULL")
"""Something was done about it: found by when, with the index `finding_decided`."""


class Finding(SQLModel, table=True):
    """How Meta and the record differ about one holder's access to one asset.

    `holder_id` is a business at Meta, which need not be known here; `holder_name` is what Meta calls it.
    `tasks` are those that differ. `remedy` is what was last chosen, by `decided_by`; `ignored_until` is for
    how long it is ignored, and `obstacle` why it could not be done at Meta yet. `draft_id` is the draft by
    which it is to be recorded, where that takes another admin. Persons and drafts are without foreign keys.
    """

    __tablename__ = "finding"
    __table_args__ = (
        one_of("kind", FindingKind),
        one_of("state", FindingState),
        one_of("remedy", Remedy),
        CheckConstraint("(state = 'CLOSED') = (over_at IS NOT NULL)", name="over_when_over"),
        CheckConstraint("(state = 'IGNORED') = (ignored_until IS NOT NULL)", name="ignored_until_a_day"),
        CheckConstraint("tasks <> ''", name="differs"),
        FINDING_IS_OPEN.index("finding_open_once", "asset_id", "holder_id", "kind", unique=True),
        FINDING_IS_DECIDED.index("finding_decided", "asset_id", "over_at"),
        due("finding_ignored", "ignored_until"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    version: int
    owner_id: str = Field(foreign_key="business.id", sa_type=Text)
    asset_id: str = Field(foreign_key="asset.id", sa_type=Text)
    holder_id: str = Field(sa_type=Text)
    holder_name: str = Field(sa_type=Text)
    tasks: str = Field(sa_type=Text)
    found_at: datetime = Field(sa_type=UTCDateTime)
    remedy: str | None = Field(default=None, sa_type=Text)
    decided_by: str | None = Field(default=None, sa_type=Text)
    ignored_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    obstacle: str | None = Field(default=None, sa_type=Text)
    draft_id: str | None = Field(default=None, sa_type=Text)
    over_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Comparison(SQLModel, table=True):
    """How far a connected business has been compared with Meta, asset by asset.

    `due_at` is when it goes on, after the asset `done_to` ('': from the first), and `done_at` when it last
    came to an end. `unread` is how many assets Meta would not show on the way, and `unread_why` why the last
    of them.
    """

    __tablename__ = "comparison"
    __table_args__ = (Index("comparison_due", "due_at"),)
    business_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    due_at: datetime = Field(sa_type=UTCDateTime)
    done_to: str = Field(sa_type=Text)
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    unread: int
    unread_why: str | None = Field(default=None, sa_type=Text)
