"""What is kept. Records only: what comes from outside is validated by separate frozen types first.

Enums are text with a CHECK, instants are `UTCDateTime`, lists of tasks are sorted text joined by
commas. The CHECKs and partial unique indexes hold the invariants that the verbs also hold, for the
day when a verb is wrong.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from bot.domain.assets import Kind
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience, EffectKind
from bot.domain.policy import Role, Status, WhoMayAsk
from bot.domain.requests import DraftState, RequestState, TermKind
from bot.store.types import UTCDateTime


def table_of(record: type[SQLModel]) -> Any:
    """Return the table of a record, of which statements are made."""
    return record.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it


class NodeKind(StrEnum):
    """What an id on the wire stands for."""

    BUSINESS = "BUSINESS"
    PERSON = "PERSON"
    ASSET = "ASSET"
    REQUEST = "REQUEST"
    GRANT = "GRANT"
    DRAFT = "DRAFT"
    DIGEST = "DIGEST"


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


def _one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _big() -> Any:
    # AUTOINCREMENT exists for INTEGER alone on SQLite; 32 bits would run out on PostgreSQL.
    return BigInteger().with_variant(Integer, "sqlite")


def _due(name: str, column: str) -> Index:
    """Index the rows for which the clock has something to do, and no others."""
    waits = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=waits, postgresql_where=waits)


# On SQLite a small row that is found by its key lies in the key's own tree: one tree to search and to write
# instead of two.
_IN_ITS_KEY = {"sqlite_with_rowid": False}

_OPEN = "state IN ('PENDING', 'IN_REVIEW')"


class Node(SQLModel, table=True):
    """Every id that appears on the wire, so that no two things share one."""

    __tablename__ = "node"
    __table_args__ = (_one_of("kind", NodeKind), _IN_ITS_KEY)
    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)


class BusinessRow(SQLModel, table=True):
    """An organisation with a Business ID, its home workspace, approvals channel and policy."""

    __tablename__ = "business"
    __table_args__ = (
        _one_of("status", Status),
        _one_of("who_may_ask", WhoMayAsk),
        CheckConstraint("quorum >= 1", name="quorum_positive"),
        CheckConstraint("expires_days >= 1", name="expires_days_positive"),
        _IN_ITS_KEY,
    )
    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    verified: bool
    team_id: str | None = Field(default=None, sa_type=Text)
    channel_id: str | None = Field(default=None, sa_type=Text)
    quorum: int
    expires_days: int
    undo_minutes: int
    who_may_ask: str = Field(sa_type=Text)
    hours: str = Field(sa_type=Text)
    days_off: str = Field(sa_type=Text)
    zone: str = Field(sa_type=Text)
    credit_line: str | None = Field(default=None, sa_type=Text)
    funding_sources: str = Field(sa_type=Text)
    policy_version: int
    created_at: datetime = Field(sa_type=UTCDateTime)


class Listing(SQLModel, table=True):
    """`business_id` lists `listed_id`: a business it knows."""

    __tablename__ = "listing"
    business_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    listed_id: str = Field(primary_key=True, sa_type=Text)


class Person(SQLModel, table=True):
    """A person and the Slack user they are. Slack's flags are None until Slack was asked."""

    __tablename__ = "person"
    __table_args__ = (Index("person_by_user", "team_id", "user_id"), _IN_ITS_KEY)
    id: str = Field(primary_key=True, sa_type=Text)
    team_id: str = Field(sa_type=Text)
    user_id: str = Field(sa_type=Text)
    enterprise_id: str | None = Field(default=None, sa_type=Text)
    name: str = Field(sa_type=Text)
    deactivated: bool | None = None
    guest: bool | None = None
    bot: bool | None = None
    stranger: bool | None = None
    zone: str | None = Field(default=None, sa_type=Text)
    checked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Membership(SQLModel, table=True):
    """A person is ADMIN or EMPLOYEE of a business. `shared` marks a shared login."""

    __tablename__ = "membership"
    __table_args__ = (_one_of("role", Role), Index("membership_by_person", "person_id"), _IN_ITS_KEY)
    business_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    role: str = Field(sa_type=Text)
    shared: bool
    since: datetime = Field(sa_type=UTCDateTime)


class Asset(SQLModel, table=True):
    """Something that can be shared. Owned by one business, or by none yet."""

    __tablename__ = "asset"
    __table_args__ = (_one_of("kind", Kind), Index("asset_by_owner", "owner_id", "name"), _IN_ITS_KEY)
    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    owner_id: str | None = Field(default=None, foreign_key="business.id", sa_type=Text)
    published: bool
    askable: bool


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


class Request(SQLModel, table=True):
    """Somebody asks, somebody else must agree. Only `bot.services.requests.moves` writes `state`."""

    __tablename__ = "request"
    __table_args__ = (
        _one_of("kind", RequestKind),
        _one_of("state", RequestState),
        _one_of("term_kind", TermKind),
        CheckConstraint(f"({_OPEN}) = (over_at IS NULL)", name="over_when_over"),
        CheckConstraint("given_kind IS NULL OR approvals >= 1", name="given_by_a_yes"),
        CheckConstraint("term_kind <> 'DAYS' OR term_days IS NOT NULL", name="days_said"),
        CheckConstraint("term_kind <> 'UNTIL' OR term_until IS NOT NULL", name="until_said"),
        # Open is what has no over_at: the lists of what waits, and what was decided since, in their orders.
        Index("request_by_requesting", "requesting_id", "over_at", "expires_at", "id"),
        Index("request_by_deciding", "deciding_id", "over_at", "expires_at", "id"),
        Index("request_between", "requesting_id", "deciding_id", "over_at", "created_at", "id"),
        Index(
            "request_due",
            "expires_at",
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        _due("request_nudge", "nudge_at"),
        _due("request_warn", "warn_at"),
        _due("request_undo", "undo_until"),
        _due("request_extends", "extends_id"),
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
    # what the first yes of the round fixed
    given_kind: str | None = Field(default=None, sa_type=Text)
    given_days: int | None = None
    given_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    round: int
    approvals: int
    required_approvals: int
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


class Item(SQLModel, table=True):
    """One asset of a request: the tasks asked, and after a yes the tasks given ('' = declined).

    `asset_id` is None while the item is only described. `is_open` follows the request's state, so
    that the database can refuse a second open request for the same asset and holder; an extension is
    exempt, since it names the grant that it extends.
    """

    __tablename__ = "item"
    __table_args__ = (
        _one_of("kind", Kind),
        Index(
            "item_open_once",
            "request_kind",
            "asset_id",
            "holder_id",
            unique=True,
            sqlite_where=text("is_open AND NOT is_extension AND asset_id IS NOT NULL"),
            postgresql_where=text("is_open AND NOT is_extension AND asset_id IS NOT NULL"),
        ),
        CheckConstraint("asset_id IS NOT NULL OR words IS NOT NULL", name="named_or_described"),
        _IN_ITS_KEY,
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
    __table_args__ = _IN_ITS_KEY
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)


class Opened(SQLModel, table=True):
    """Who opened a request's details, when first."""

    __tablename__ = "opened"
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    at: datetime = Field(sa_type=UTCDateTime)


class Decision(SQLModel, table=True):
    """One person's yes or no in one round of a request."""

    __tablename__ = "decision"
    __table_args__ = _IN_ITS_KEY
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    round: int = Field(primary_key=True)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    approves: bool
    expected_version: int
    note: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UTCDateTime)


class Draft(SQLModel, table=True):
    """An ask that an employee saved for the admins, as JSON, with what became of it."""

    __tablename__ = "draft"
    __table_args__ = (
        _one_of("state", DraftState),
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


class Grant(SQLModel, table=True):
    """An asset, a holder, tasks, a start, an end, and the request it rests on.

    `may_end`: the holder said that it may end, and wants no more warnings.
    """

    __tablename__ = "grant_"
    __table_args__ = (
        _one_of("state", GrantState),
        CheckConstraint(
            f"end_reason IS NULL OR end_reason IN ({', '.join(repr(str(r)) for r in EndReason)})",
            name="end_reason_known",
        ),
        CheckConstraint("state <> 'ACTIVE' OR starts_at IS NOT NULL", name="started_when_active"),
        CheckConstraint("(state = 'ENDED') = (ended_at IS NOT NULL)", name="ended_when_ended"),
        CheckConstraint("(tasks <> '') <> (capability IS NOT NULL)", name="gives_one_thing"),
        UniqueConstraint("request_id", "position", name="grant_once_per_item"),
        _due("grant_warn", "warn_at"),
        # All that a list looks at to find its page.
        Index("grant_by_holder", "holder_id", "state", "owner_id", "ends_at", "asset_id", "id"),
        Index("grant_by_owner", "owner_id", "state", "holder_id", "ends_at", "asset_id", "id"),
        Index("grant_by_asset", "asset_id", "holder_id", "state"),
        Index(
            "grant_due",
            "ends_at",
            sqlite_where=text("state = 'ACTIVE' AND ends_at IS NOT NULL"),
            postgresql_where=text("state = 'ACTIVE' AND ends_at IS NOT NULL"),
        ),
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


class Assignment(SQLModel, table=True):
    """A business's own person may do these tasks with an asset, within what the business may."""

    __tablename__ = "assignment"
    asset_id: str = Field(primary_key=True, foreign_key="asset.id", sa_type=Text)
    business_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    tasks: str = Field(sa_type=Text)
    since: datetime = Field(sa_type=UTCDateTime)


class Card(SQLModel, table=True):
    """One copy of a card. `subject` is a request's or prepared ask's id.

    It goes to `channel_id`; where that is None to a DM with `user_id`, whose channel is then kept.
    `error` is Slack's own word for why it could not be posted, `shown` the version that it shows.
    """

    __tablename__ = "card"
    __table_args__ = (
        _one_of("audience", Audience),
        _one_of("state", CardState),
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


class Nudge(SQLModel, table=True):
    """What one decider is to be nudged about, and when: in their own working hours (`due_at`).

    `quiet_until`: they snoozed it until then. `sent` counts the digests it stood in.
    """

    __tablename__ = "nudge"
    __table_args__ = (_due("nudge_due", "due_at"), Index("nudge_by_person", "person_id", "due_at"))
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    quiet_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    sent: int


class Acknowledgement(SQLModel, table=True):
    """Somebody said "I'm looking at it"."""

    __tablename__ = "acknowledgement"
    request_id: str = Field(primary_key=True, foreign_key="request.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="person.id", sa_type=Text)
    until: datetime = Field(sa_type=UTCDateTime)


class Digest(SQLModel, table=True):
    """What one person was nudged about on one day of theirs (`day`, ISO date): never two a day."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("person_id", "day", name="digest_once_a_day"),)
    id: str = Field(primary_key=True, sa_type=Text)
    person_id: str = Field(foreign_key="person.id", sa_type=Text)
    day: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UTCDateTime)


class DigestItem(SQLModel, table=True):
    """One request of a digest, in its place."""

    __tablename__ = "digest_item"
    digest_id: str = Field(primary_key=True, foreign_key="digest.id", sa_type=Text)
    position: int = Field(primary_key=True)
    request_id: str = Field(foreign_key="request.id", sa_type=Text)


class Comment(SQLModel, table=True):
    """A question or an answer about a request, shown to both sides in the threads of their cards."""

    __tablename__ = "comment"
    __table_args__ = (Index("comment_by_request", "request_id", "at"),)
    id: str = Field(primary_key=True, sa_type=Text)
    request_id: str = Field(foreign_key="request.id", sa_type=Text)
    person_id: str = Field(foreign_key="person.id", sa_type=Text)
    business_id: str = Field(foreign_key="business.id", sa_type=Text)
    text: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UTCDateTime)


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
        _one_of("kind", EffectKind),
        _one_of("state", EffectState),
        CheckConstraint("(state = 'SENDING') = (lease_until IS NOT NULL)", name="leased_when_sending"),
        UniqueConstraint("key", name="effect_key"),
        Index(
            "effect_due",
            "due_at",
            sqlite_where=text("state = 'WAITING'"),
            postgresql_where=text("state = 'WAITING'"),
        ),
        Index(
            "effect_leased",
            "lease_until",
            sqlite_where=text("state = 'SENDING'"),
            postgresql_where=text("state = 'SENDING'"),
        ),
        Index(
            "effect_over",
            "over_at",
            sqlite_where=text("state IN ('DONE', 'SUPERSEDED')"),
            postgresql_where=text("state IN ('DONE', 'SUPERSEDED')"),
        ),
        Index(
            "effect_lane",
            "lane",
            "id",
            sqlite_where=text("state IN ('WAITING', 'SENDING', 'PARKED')"),
            postgresql_where=text("state IN ('WAITING', 'SENDING', 'PARKED')"),
        ),
        Index(
            "effect_stuck",
            "state",
            "id",
            sqlite_where=text("state IN ('PARKED', 'DEAD')"),
            postgresql_where=text("state IN ('PARKED', 'DEAD')"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=_big())
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


class InboxRow(SQLModel, table=True):
    """An inbound that was handled: its key, what it led to, and when (real time) it may be forgotten."""

    __tablename__ = "inbox"
    __table_args__ = (Index("inbox_due", "forget_at"), _IN_ITS_KEY)
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
    seq: int = Field(primary_key=True, sa_type=_big(), sa_column_kwargs={"autoincrement": False})
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


class EventText(SQLModel, table=True):
    """What a person typed, beside its event. Only a salted hash of it is chained: it can be erased."""

    __tablename__ = "event_text"
    seq: int = Field(
        primary_key=True,
        foreign_key="event.seq",
        sa_type=_big(),
        sa_column_kwargs={"autoincrement": False},
    )
    salt: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
