"""Who is nudged about what, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from bot.domain.nudging import Turn
from bot.store.tables.columns import IN_ITS_KEY, due, one_of
from bot.store.types import UTCDateTime


class Nudge(SQLModel, table=True):
    """What one person is to be nudged about, and when: in their own working hours (`due_at`).

    A request that is open is theirs to decide; of one that is approved they are asked whether it works.

    `quiet_until`: they snoozed it until then.
    """

    __tablename__ = "nudge"
    __table_args__ = (due("nudge_due", "due_at"), Index("nudge_by_person", "person_id", "due_at"))
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    quiet_until: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Digest(SQLModel, table=True):
    """What one person was nudged about on one of their days (`day`, ISO date): at most one a day."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("person_id", "day", name="digest_once_a_day"),)
    id: str = Field(primary_key=True, sa_type=Text)
    person_id: str = Field(foreign_key="person.id", sa_type=Text)
    day: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UTCDateTime)


class DigestItem(SQLModel, table=True):
    """One request of a digest, at its position.

    `is_question`: it was approved, and its holder is asked whether the access works. `for_id`: it came to the
    digest's person because they stand in for this one.
    """

    __tablename__ = "digest_item"
    digest_id: str = Field(primary_key=True, foreign_key="digest.id", sa_type=Text)
    position: int = Field(primary_key=True)
    request_id: str = Field(foreign_key="request.id", sa_type=Text)
    is_question: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    for_id: str | None = Field(default=None, sa_type=Text)


class NamedApprover(SQLModel, table=True):
    """Whom a business has named to be asked first to decide for it, or once nobody has answered."""

    __tablename__ = "named_approver"
    __table_args__ = (one_of("turn", Turn), IN_ITS_KEY)
    business_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    turn: str = Field(sa_type=Text)


class Escalation(SQLModel, table=True):
    """That backup approvers were asked about a request, once: whom (`asked`), and why.

    `unanswered` had not answered for so many working `days`. Both are ids of people joined by commas.
    """

    __tablename__ = "escalation"
    __table_args__ = IN_ITS_KEY
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    at: datetime = Field(sa_type=UTCDateTime)
    days: int
    unanswered: str = Field(sa_type=Text)
    asked: str = Field(sa_type=Text)


class StandIn(SQLModel, table=True):
    """Who gets the messages of an admin who is away, from one day to another (ISO dates, both included).

    They are days in the admin's own zone. `due_at` is when the clock next checks whether they are over.
    """

    __tablename__ = "stand_in"
    __table_args__ = (
        Index("stand_in_due", "due_at"),
        Index("stand_in_by_person", "person_id"),
        Index("stand_in_by_stand_in", "stand_in_id"),
    )
    business_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    stand_in_id: str = Field(foreign_key="person.id", sa_type=Text)
    from_day: str = Field(sa_type=Text)
    until_day: str = Field(sa_type=Text)
    due_at: datetime = Field(sa_type=UTCDateTime)
