"""Access reviews: what an owner looks through, and what the holders were asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.domain.reviews import Need, Outcome, ReviewState, Silence
from bot.store.tables.columns import Condition, due, one_of
from bot.store.types import UTCDateTime

REVIEW_IS_OPEN = Condition("{t}state = 'OPEN'")
"""It waits for somebody: there is one of a business, found by `review_open_once`."""
REVIEW_ITEM_IS_OPEN = Condition("{t}outcome IS NULL")
"""Nobody has looked at it: there is one of a grant, found by `review_item_open_once`."""


class Review(SQLModel, table=True):
    """What partners have of a business is looked through until `deadline_at`.

    `opened_by` is None where its time had come. `silence` is what becomes of what nobody looks at. `left_out`
    is how many grants needed no review. `due_at` is when the clock reminds of it next, or closes it.
    """

    __tablename__ = "review"
    __table_args__ = (
        one_of("state", ReviewState),
        one_of("silence", Silence),
        CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name="closed_when_closed"),
        CheckConstraint("(state = 'OPEN') = (due_at IS NOT NULL)", name="due_while_open"),
        REVIEW_IS_OPEN.index("review_open_once", "business_id", unique=True),
        Index("review_of_business", "business_id", "opened_at"),
        due("review_due", "due_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    business_id: str = Field(foreign_key="business.id", sa_type=Text)
    state: str = Field(sa_type=Text)
    version: int
    silence: str = Field(sa_type=Text)
    left_out: int
    opened_at: datetime = Field(sa_type=UTCDateTime)
    opened_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
    deadline_at: datetime = Field(sa_type=UTCDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ReviewItem(SQLModel, table=True):
    """One grant of a review. `decided_by` is None where nobody looked at it, or it ended by itself."""

    __tablename__ = "review_item"
    __table_args__ = (
        one_of("outcome", Outcome),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_with_outcome"),
        CheckConstraint("ends_at IS NULL OR outcome = 'SHORTENED'", name="ends_when_shortened"),
        REVIEW_ITEM_IS_OPEN.index("review_item_open_once", "grant_id", unique=True),
        Index("review_item_by_grant", "grant_id", "decided_at"),
        Index("review_item_by_holder", "review_id", "holder_id", "outcome"),
    )
    review_id: str = Field(primary_key=True, foreign_key="review.id", sa_type=Text)
    position: int = Field(primary_key=True)
    grant_id: str = Field(foreign_key="grant_.id", sa_type=Text)
    holder_id: str = Field(foreign_key="business.id", sa_type=Text)
    outcome: str | None = Field(default=None, sa_type=Text)
    decided_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ReviewQuestion(SQLModel, table=True):
    """A holder is asked whether what it has works and is still needed; `answers` is how often it answered.

    `due_at` is when the clock reminds it.
    """

    __tablename__ = "review_question"
    __table_args__ = (
        one_of("need", Need),
        CheckConstraint("(need IS NULL) = (answered_at IS NULL)", name="answered_with_need"),
        UniqueConstraint("review_id", "holder_id", name="review_question_once"),
        due("review_question_due", "due_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    review_id: str = Field(foreign_key="review.id", sa_type=Text)
    holder_id: str = Field(foreign_key="business.id", sa_type=Text)
    version: int
    need: str | None = Field(default=None, sa_type=Text)
    answers: int
    answered_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
    answered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
