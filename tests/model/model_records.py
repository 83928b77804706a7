"""The words of the model and what it keeps: businesses, people, requests, drafts, grants. No rules yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

User = tuple[str, str]  # workspace and Slack user
Tasks = frozenset[str]
Kinds = frozenset[str]  # the kinds of answer that would be right
Term = tuple[str, Any]  # ("DAYS", 30), ("UNTIL", an instant), ("OPEN_END", None)
Key = tuple[str, int]  # a grant: its request and the position of the item

OPEN = ("PENDING", "IN_REVIEW")
EDGES = {
    "request": {
        None: {"PENDING"},
        "PENDING": {"IN_REVIEW", "APPROVED", "DECLINED", "CANCELLED", "EXPIRED"},
        "IN_REVIEW": {"IN_REVIEW", "APPROVED", "DECLINED", "CANCELLED", "EXPIRED"},
    },
    "grant": {"PENDING": {"ACTIVE"}, "ACTIVE": {"ENDING"}, "ENDING": {"ENDED"}},
    "draft": {None: {"WAITING"}, "WAITING": {"WAITING", "SENT", "DROPPED", "EXPIRED"}},
}
DAY = timedelta(days=1)
MOST_DAYS, MOST_ITEMS, MOST_TEXT, MOST_OPEN, MOST_DRAFTS, MOST_COMMENTS = 3650, 25, 500, 50, 20, 20
KNOWN_TASKS = {  # the tasks of each kind's levels, and no more than the tests use
    "AD_ACCOUNT": frozenset({"MANAGE", "ADVERTISE", "ANALYZE"}),
    "PAGE": frozenset({"MANAGE", "CREATE_CONTENT", "MODERATE", "ADVERTISE", "ANALYZE"}),
    "PIXEL": frozenset({"ADVERTISE", "ANALYZE", "EDIT", "UPLOAD"}),
    "INSTAGRAM_ACCOUNT": frozenset({"ADVERTISE", "ANALYZE", "COMMUNITY_ACTIVITY", "CONTENT", "MESSAGES"}),
}


def end_of(term: Term, *, start: datetime) -> datetime | None:
    """Return when access that starts at `start` ends; None: never."""
    return start + timedelta(days=term[1]) if term[0] == "DAYS" else term[1]


def is_later(one: datetime | None, other: datetime | None) -> bool:
    """Whether `one` ends later than `other`; None never ends."""
    return other is not None and (one is None or one > other)


def is_risky(kind: str, tasks: Iterable[str]) -> bool:
    """Whether these tasks on an asset of this kind need two approvals, whatever the policy says."""
    return kind == "AD_ACCOUNT" and "MANAGE" in tasks


@dataclass
class Business:
    id: str
    team: str
    channel: str | None
    quorum: int = 1
    expires_days: int = 14
    undo_minutes: int = 10
    who_may_ask: str = "ANYONE"
    api_sharing: str = "AT_ONCE"
    hours: str = "09:00-17:00"
    days_off: str = ""
    review_days: int = 0
    review_silence: str = "KEEP"
    status: str = "ACTIVE"
    verified: bool = True
    listed: frozenset[str] = frozenset()
    policy_version: int = 1
    proposal: tuple[User, str, dict[str, Any], datetime] | None = None
    """Which admin wants it to let more through, how, and since when."""


@dataclass
class Person:
    """`slack_flag` is what takes away their power: deactivated, guest, bot or stranger.

    It is empty if Slack reports none of these, and None if Slack has not been asked yet. `confirmed` is when
    Slack said so last.
    """

    id: str
    user: User
    slack_flag: str | None = ""
    confirmed: datetime | None = None


@dataclass(frozen=True)
class Item:
    """One asset by its id, or described in words, with the tasks requested.

    `given` is what an approval gave: None before the first, empty if the item was declined.
    """

    kind: str
    tasks: Tasks
    asset: str | None = None
    words: str | None = None
    given: Tasks | None = None

    @property
    def current(self) -> Tasks:
        """What the next approval gives if it changes nothing."""
        return self.tasks if self.given is None else self.given


@dataclass
class NewRequest:
    """What somebody filled in; `people` are those of the requesting business who would be assigned."""

    requesting: str
    deciding: str
    items: tuple[Item, ...]
    reason: str
    term: Term
    people: tuple[str, ...] = ()


@dataclass
class Request:
    """`author` wrote the draft, if there was one; `extends` is the grant that an extension goes on from.

    `decisions` says for each round and person whether they approved. `quorum` is the highest that the
    deciding business had while it was open.
    """

    id: str
    content: NewRequest
    requester: str
    author: str | None
    created: datetime
    expires: datetime
    items: list[Item]
    required_approvals: int
    quorum: int
    extends: Key | None = None
    state: str = "PENDING"
    version: int = 1
    round: int = 1
    approvals: int = 0
    given: Term | None = None
    decisions: dict[tuple[int, str], bool] = field(default_factory=dict)
    undo_until: datetime | None = None
    undone: bool = False
    reminded: datetime | None = None
    comments: list[datetime] = field(default_factory=list)

    @property
    def requesting(self) -> str:
        return self.content.requesting

    @property
    def deciding(self) -> str:
        return self.content.deciding

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass
class Draft:
    id: str
    content: NewRequest
    author: str
    expires: datetime
    state: str = "WAITING"
    version: int = 1

    @property
    def requesting(self) -> str:
        return self.content.requesting


@dataclass
class Grant:
    request: str
    position: int
    asset: str
    holder: str
    owner: str
    tasks: Tasks
    start: datetime
    end: datetime | None
    state: str = "ACTIVE"
    end_reason: str | None = None
    version: int = 2
