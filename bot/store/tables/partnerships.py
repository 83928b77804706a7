"""What two businesses agree on outside of single requests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field, SQLModel

from bot.store.tables.columns import due
from bot.store.types import UTCDateTime


class Contract(SQLModel, table=True):
    """When a business says that its contract with a partner ends; the partner's own word is another row.

    The earlier of the two counts. Each row has its side told: `due_at` is when there is next something to do.
    `closed_at`: it ended, and what was shared was removed.
    """

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint("(ends_at IS NULL) = (days IS NULL)", name="ends_with_days"),
        due("contract_due", "due_at"),
    )
    business_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    other_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    ends_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    days: int | None = None
    set_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
    set_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
