"""Message copies, homes, and the effects that bring them to Slack."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.domain.messages import Audience, EffectKind
from bot.store.tables.columns import Condition, counted, one_of
from bot.store.types import UTCDateTime

EFFECT_WAITS = Condition("{t}state = 'WAITING'")
"""To be sent: found by the index `effect_due`."""
EFFECT_IS_LEASED = Condition("{t}state = 'SENDING'")
"""A worker has it: found by `effect_leased`."""
EFFECT_IS_OVER = Condition("{t}state IN ('DONE', 'SUPERSEDED')")
"""Done, or no longer needed: found by `effect_over`."""
EFFECT_IS_IN_LANE = Condition("{t}state <> 'DONE' AND {t}state <> 'SUPERSEDED' AND {t}state <> 'DEAD'")
"""What others of its lane may have to wait for: found by `effect_lane`."""
EFFECT_IS_STUCK = Condition("{t}state IN ('PARKED', 'DEAD')")
"""For the operator: found by `effect_stuck`."""


class CardState(StrEnum):
    """Whether a copy of a card is in Slack: to be posted, there, or given up with a reason."""

    WAITING = "WAITING"
    POSTED = "POSTED"
    FAILED = "FAILED"


class EffectState(StrEnum):
    """Where an effect stands: see `bot.services.delivery.claim`."""

    WAITING = "WAITING"
    SENDING = "SENDING"
    DONE = "DONE"
    SUPERSEDED = "SUPERSEDED"
    PARKED = "PARKED"
    DEAD = "DEAD"


class Card(SQLModel, table=True):
    """One copy of a card. `subject_id` is the id of what it shows: `readers.find_subject` knows all of these.

    It goes to `channel_id`; where that is None to a DM with `user_id`, whose channel is then kept.
    `error` is Slack's own word for why it could not be posted; of one that is posted, why the one before it
    could not be changed. `shown` is the version that it shows.
    """

    __tablename__ = "card"
    __table_args__ = (
        one_of("audience", Audience),
        one_of("state", CardState),
        CheckConstraint("(state = 'POSTED') = (ts IS NOT NULL)", name="posted_has_ts"),
        CheckConstraint("channel_id IS NOT NULL OR user_id IS NOT NULL", name="goes_somewhere"),
        Index("card_by_subject", "subject_id"),
        UniqueConstraint("team_id", "channel_id", "ts", name="card_by_message"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    subject_id: str = Field(sa_type=Text)
    audience: str = Field(sa_type=Text)
    team_id: str = Field(sa_type=Text)
    user_id: str | None = Field(default=None, sa_type=Text)
    channel_id: str | None = Field(default=None, sa_type=Text)
    ts: str | None = Field(default=None, sa_type=Text)
    state: str = Field(sa_type=Text)
    error: str | None = Field(default=None, sa_type=Text)
    shown: int


class Follow(SQLModel, table=True):
    """A card that is about several requests (a digest) follows each of them."""

    __tablename__ = "follow"
    __table_args__ = (Index("follow_by_subject", "subject_id"),)
    card_id: str = Field(primary_key=True, foreign_key="card.id", sa_type=Text)
    subject_id: str = Field(primary_key=True, sa_type=Text)


class HomeTab(SQLModel, table=True):
    """Somebody opened the app's home: it is published again when what it shows changes.

    `page` is what they last looked at there, as `bot.slack.home` reads it.
    """

    __tablename__ = "home_tab"
    team_id: str = Field(primary_key=True, sa_type=Text)
    user_id: str = Field(primary_key=True, sa_type=Text)
    page: str = Field(sa_type=Text)
    opened_at: datetime = Field(sa_type=UTCDateTime)
    seen_at: datetime = Field(sa_type=UTCDateTime)


class Effect(SQLModel, table=True):
    """The outbox: what must happen outside because of what was committed. Ids and scalars only."""

    __tablename__ = "effect"
    __table_args__ = (
        one_of("kind", EffectKind),
        one_of("state", EffectState),
        CheckConstraint("(state = 'SENDING') = (lease_until IS NOT NULL)", name="leased_when_sending"),
        UniqueConstraint("key", name="effect_key"),
        EFFECT_WAITS.index("effect_due", "due_at"),
        EFFECT_IS_LEASED.index("effect_leased", "lease_until"),
        EFFECT_IS_OVER.index("effect_over", "over_at"),
        EFFECT_IS_IN_LANE.index("effect_lane", "lane", "id"),
        EFFECT_IS_STUCK.index("effect_stuck", "state", "id"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=counted())
    key: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    subject_id: str = Field(sa_type=Text)
    card_id: str | None = Field(default=None, sa_type=Text)
    version: int
    about: str = Field(sa_type=Text)
    lane: str = Field(sa_type=Text)
    team_id: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    due_at: datetime = Field(sa_type=UTCDateTime)
    attempt: int
    reads: int
    marked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    error: str | None = Field(default=None, sa_type=Text)
    put_at: datetime = Field(sa_type=UTCDateTime)
    over_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
