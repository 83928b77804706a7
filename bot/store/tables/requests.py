"""Requests, their items, decisions, drafts and comments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from bot.domain.assets import Kind
from bot.domain.kinds import RequestKind
from bot.domain.requests import DraftState, RequestState, TermKind
from bot.store.tables.columns import IN_ITS_KEY, Condition, due, one_of
from bot.store.types import UTCDateTime

REQUEST_IS_OPEN = Condition("{t}state IN ('PENDING', 'IN_REVIEW')")
"""It can still be decided: found by the index `request_due`."""
ITEM_IS_OPEN = Condition("{t}is_open AND NOT {t}is_extension AND {t}asset_id IS NOT NULL")
"""There may be no second open request for the same asset and holder: `item_open_once` is unique."""


class Request(SQLModel, table=True):
    """A request of one business that another decides. Only `bot.services.moves` writes `state`."""

    __tablename__ = "request"
    __table_args__ = (
        one_of("kind", RequestKind),
        one_of("state", RequestState),
        one_of("term_kind", TermKind),
        CheckConstraint(f"({REQUEST_IS_OPEN}) = (over_at IS NULL)", name="over_when_over"),
        CheckConstraint("given_kind IS NULL OR approvals >= 1", name="given_by_approval"),
        CheckConstraint("term_kind <> 'DAYS' OR term_days IS NOT NULL", name="days_given"),
        CheckConstraint("term_kind <> 'UNTIL' OR term_until IS NOT NULL", name="until_given"),
        # Open is what has no over_at: the lists of what waits, and what was decided since, in their orders.
        Index("request_by_requesting", "requesting_id", "over_at", "expires_at", "id"),
        Index("request_by_deciding", "deciding_id", "over_at", "expires_at", "id"),
        Index("request_between", "requesting_id", "deciding_id", "over_at", "created_at", "id"),
        REQUEST_IS_OPEN.index("request_due", "expires_at"),
        due("request_nudge", "nudge_at"),
        due("request_warn", "warn_at"),
        due("request_undo", "undo_until"),
        due("request_extends", "extends_id"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    ref: str = Field(unique=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    version: int
    requesting_id: str = Field(foreign_key="business.id", sa_type=Text)
    deciding_id: str | None = Field(default=None, foreign_key="business.id", sa_type=Text)
    owner_id: str | None = Field(default=None, foreign_key="business.id", sa_type=Text)
    holder_id: str = Field(foreign_key="business.id", sa_type=Text)
    requester_id: str = Field(foreign_key="person.id", sa_type=Text)
    author_id: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
    reason: str = Field(sa_type=Text)
    term_kind: str = Field(sa_type=Text)
    term_days: int | None = None
    term_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # what the first approval of the round fixed
    given_kind: str | None = Field(default=None, sa_type=Text)
    given_days: int | None = None
    given_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    round: int
    approvals: int
    required_approvals: int
    # the most approvals for everything that the deciding business has asked for while it was open
    quorum: int = Field(sa_column_kwargs={"server_default": "1"})
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    over_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    over_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
    note: str = Field(sa_type=Text)
    # The grant that it would extend. No foreign key: grants point at requests, and tables have an order.
    extends_id: str | None = Field(default=None, sa_type=Text)
    # when the clock next has something to do; None: nothing more. Each sweep moves its own.
    nudge_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    warn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    undo_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reminded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    undone_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
    # What its holder last said when asked whether the access works. A person, without a foreign key: SQLite
    # adds none to a table that is there.
    works: bool | None = None
    works_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    works_by: str | None = Field(default=None, sa_type=Text)
    # The program that made it, where one did; the requester is who answers for it.
    program: str | None = Field(default=None, sa_type=Text)
    # The program by which `over_by` decided or cancelled it.
    over_program: str | None = Field(default=None, sa_type=Text)
    # What the requesting side had with the deciding one when it was made: kept, since what begins and ends
    # later, and a clock that is set back, must not change what its cards say.
    past_requests: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    first_seen: datetime | None = Field(default=None, sa_type=UTCDateTime)
    live_assets: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class Item(SQLModel, table=True):
    """One asset of a request: the tasks requested, and once approved the tasks given ('' = declined).

    `asset_id` is None while the item is only described. `is_open` follows the request's state, so
    that the database can refuse a second open request for the same asset and holder; an extension is
    exempt, since it names the grant that it extends.
    """

    __tablename__ = "item"
    __table_args__ = (
        one_of("kind", Kind),
        ITEM_IS_OPEN.index("item_open_once", "request_kind", "asset_id", "holder_id", unique=True),
        CheckConstraint("asset_id IS NOT NULL OR words IS NOT NULL", name="named_or_described"),
        IN_ITS_KEY,
    )
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    position: int = Field(primary_key=True)
    request_kind: str = Field(sa_type=Text)
    holder_id: str = Field(foreign_key="business.id", sa_type=Text)
    is_open: bool
    is_extension: bool
    kind: str = Field(sa_type=Text)
    asset_id: str | None = Field(default=None, foreign_key="asset.id", sa_type=Text)
    words: str | None = Field(default=None, sa_type=Text)
    tasks: str = Field(sa_type=Text)
    given: str | None = Field(default=None, sa_type=Text)


class RequestPerson(SQLModel, table=True):
    """For whom a request is: assigned when the grant is in force."""

    __tablename__ = "request_person"
    __table_args__ = IN_ITS_KEY
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)


class Bundle(SQLModel, table=True):
    """A request that its business keeps under a name, to start others from; each name is one of its own."""

    __tablename__ = "bundle"
    __table_args__ = (Index("bundle_by_name", "business_id", "folded", unique=True),)
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    business_id: str = Field(foreign_key="business.id", sa_type=Text)
    name: str = Field(sa_type=Text)
    folded: str = Field(sa_type=Text)
    saved_by: str = Field(foreign_key="person.id", sa_type=Text)
    saved_at: datetime = Field(sa_type=UTCDateTime)


class Opened(SQLModel, table=True):
    """Who opened a request's details, and when they first did."""

    __tablename__ = "opened"
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    at: datetime = Field(sa_type=UTCDateTime)


class Decision(SQLModel, table=True):
    """One person's approval or decline in one round of a request; `program`: which of theirs gave it."""

    __tablename__ = "decision"
    __table_args__ = IN_ITS_KEY
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    round: int = Field(primary_key=True)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    approves: bool
    expected_version: int
    note: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UTCDateTime)
    program: str | None = Field(default=None, sa_type=Text)


class Draft(SQLModel, table=True):
    """A request that an employee saved for the admins to send, as JSON, and what became of it."""

    __tablename__ = "draft"
    __table_args__ = (
        one_of("state", DraftState),
        CheckConstraint("(state = 'SENT') = (request_id IS NOT NULL)", name="sent_as_a_request"),
        CheckConstraint("(state = 'WAITING') = (over_at IS NULL)", name="over_when_over"),
        Index("draft_due", "state", "expires_at"),
        Index("draft_by_business", "business_id", "state", "created_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    ref: str = Field(unique=True, sa_type=Text)
    state: str = Field(sa_type=Text)
    version: int
    business_id: str = Field(foreign_key="business.id", sa_type=Text)
    author_id: str = Field(foreign_key="person.id", sa_type=Text)
    content: str = Field(sa_type=Text)
    request_id: str | None = Field(default=None, foreign_key="request.id", sa_type=Text)
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    over_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    over_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)


class DraftApproval(SQLModel, table=True):
    """An admin approved that a draft is sent, where that takes several of them."""

    __tablename__ = "draft_approval"
    __table_args__ = IN_ITS_KEY
    draft_id: str = Field(primary_key=True, foreign_key="draft.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    at: datetime = Field(sa_type=UTCDateTime)


class Acknowledgement(SQLModel, table=True):
    """Somebody said "I'm looking at it"."""

    __tablename__ = "acknowledgement"
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    until: datetime = Field(sa_type=UTCDateTime)


class Comment(SQLModel, table=True):
    """A question or an answer about a request, shown to both sides in the threads of their cards.

    `business_id` is the side that wrote it; None: an admin of the asset, where these decide.
    """

    __tablename__ = "comment"
    __table_args__ = (Index("comment_by_request", "request_id", "at"),)
    id: str = Field(primary_key=True, sa_type=Text)
    request_id: str = Field(foreign_key="request.id", sa_type=Text)
    person_id: str = Field(foreign_key="person.id", sa_type=Text)
    business_id: str | None = Field(default=None, foreign_key="business.id", sa_type=Text)
    text: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UTCDateTime)
