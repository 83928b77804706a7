"""The journal, its head, and the keys of what came in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from bot.store.tables.columns import IN_ITS_KEY, Condition, counted
from bot.store.types import UTCDateTime

WEBHOOK_IS_ON = Condition("{t}is_on")
"""The journal is sent there: found by the index `webhook_on`."""


class InboxRow(SQLModel, table=True):
    """An inbound that was handled: its key, what it led to, and when (real time) it may be forgotten."""

    __tablename__ = "inbox"
    __table_args__ = (Index("inbox_due", "forget_at"), IN_ITS_KEY)
    key: str = Field(primary_key=True, sa_type=Text)
    subject: str | None = Field(default=None, sa_type=Text)
    forget_at: datetime = Field(sa_type=UTCDateTime)


class JournalHead(SQLModel, table=True):
    """The last link of the journal's chain: the one row that every writer locks.

    `fence` is counted up to settle a commit in doubt.
    """

    __tablename__ = "journal_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int = Field(sa_type=BigInteger)
    hash: str = Field(sa_type=Text)
    fence: int = Field(sa_type=BigInteger)


class Event(SQLModel, table=True):
    """One link of the journal. `bot.store.journal` alone writes it; triggers refuse every change."""

    __tablename__ = "event"
    __table_args__ = (Index("event_by_subject", "subject_kind", "subject_id", "seq"),)
    seq: int = Field(primary_key=True, sa_type=counted(), sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UTCDateTime)
    kind: str = Field(sa_type=Text)
    subject_kind: str = Field(sa_type=Text)
    subject_id: str = Field(sa_type=Text)
    business_id: str | None = Field(default=None, sa_type=Text)
    counterpart_id: str | None = Field(default=None, sa_type=Text)
    from_state: str | None = Field(default=None, sa_type=Text)
    to_state: str | None = Field(default=None, sa_type=Text)
    version: int | None = None
    actor: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    inbox_key: str | None = Field(default=None, sa_type=Text)
    policy_version: int | None = None
    data: str = Field(sa_type=Text)
    text_hash: str | None = Field(default=None, sa_type=Text)
    prev: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)


class Webhook(SQLModel, table=True):
    """Where the journal is sent to, and the number of the last event that was taken there.

    `id` is a hash of its address. The one that the settings name is on.
    """

    __tablename__ = "webhook"
    __table_args__ = (WEBHOOK_IS_ON.index("webhook_on", "taken"),)
    id: str = Field(primary_key=True, sa_type=Text)
    is_on: bool
    taken: int = Field(sa_type=BigInteger)


class EventText(SQLModel, table=True):
    """What a person typed or is called, beside its event. Only its salted hash is chained, so it can go."""

    __tablename__ = "event_text"
    seq: int = Field(
        primary_key=True,
        foreign_key="event.seq",
        sa_type=counted(),
        sa_column_kwargs={"autoincrement": False},
    )
    salt: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
