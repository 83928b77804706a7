"""What is requested and how a request lives: NewRequest, Term, verdicts, states and moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.assets import Kind, Tasks, is_asset_id, is_business_id
from bot.domain.kinds import DEFAULT_KIND, RULES, RequestKind, Rules
from bot.domain.limits import (
    LONGEST_DAYS,
    LONGEST_REASON,
    LONGEST_WORDS,
    MOST_DESCRIBED,
    MOST_PEOPLE,
)


class Revision(StrEnum):
    """Why an open request gets a new version without moving: something else that its card shows changed."""

    HELD = "held"  # what the holder has already
    QUORUM = "quorum"  # the approvals that the deciding business asks for
    APPROVER = "approver"  # somebody who had approved lost the right to
    CONTRACT = "contract"  # its end, until which this is or what it extends, was moved; or the two off-board


class RequestState(StrEnum):
    """Where a request stands.

    PENDING: nobody has decided. IN_REVIEW: some approvals, not enough. APPROVED, DECLINED,
    CANCELLED, EXPIRED: over; nothing leaves these.
    """

    PENDING = "PENDING"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"

    @property
    def is_open(self) -> bool:
        """Say whether somebody can still decide."""
        return self in OPEN


OPEN = frozenset({RequestState.PENDING, RequestState.IN_REVIEW})

MOVES: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.PENDING: frozenset(
        {
            RequestState.IN_REVIEW,
            RequestState.APPROVED,
            RequestState.DECLINED,
            RequestState.CANCELLED,
            RequestState.EXPIRED,
        }
    ),
    # IN_REVIEW to itself: a further approval that is not enough, or a new round after a narrowing.
    RequestState.IN_REVIEW: frozenset(
        {
            RequestState.IN_REVIEW,
            RequestState.APPROVED,
            RequestState.DECLINED,
            RequestState.CANCELLED,
            RequestState.EXPIRED,
        }
    ),
    RequestState.APPROVED: frozenset(),
    RequestState.DECLINED: frozenset(),
    RequestState.CANCELLED: frozenset(),
    RequestState.EXPIRED: frozenset(),
}


class ErrorCode(StrEnum):
    """What can be wrong with something that was typed or sent."""

    BUSINESS_ID = "business_id"
    ASSET_ID = "asset_id"
    AD_ACCOUNTS_ONLY = "ad_accounts_only"
    NO_ITEMS = "no_items"
    TOO_MANY_ITEMS = "too_many_items"
    ONE_ITEM = "one_item"
    TOO_MANY_DESCRIBED = "too_many_described"
    SAME_ASSET_TWICE = "same_asset_twice"
    NO_TASKS = "no_tasks"
    UNKNOWN_TASK = "unknown_task"
    NO_WORDS = "no_words"
    TOO_LONG = "too_long"
    NO_REASON = "no_reason"
    DAYS = "days"
    DATE = "date"
    DATE_PAST = "date_past"
    NOT_SOONER = "not_sooner"
    NO_TERM = "no_term"
    TOO_MANY_PEOPLE = "too_many_people"
    NOT_AN_ADMIN = "not_an_admin"
    NAMED_TWICE = "named_twice"
    NOT_YOURSELF = "not_yourself"
    ENDS_FIRST = "ends_first"
    NUMBER = "number"
    HOURS = "hours"
    NO_NAME = "no_name"
    NOT_CREATED = "not_created"
    CURRENCY = "currency"
    TIME_ZONE = "time_zone"
    ADVERTISER = "advertiser"
    HELPER = "helper"
    NO_SCOPES = "no_scopes"
    NAME_TAKEN = "name_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong and where: the field's name, for an item with its position (`items.3`)."""

    field: str
    code: ErrorCode
    got: str = ""


class DraftState(StrEnum):
    """Where a draft stands that an employee wrote for the admins."""

    WAITING = "WAITING"
    SENT = "SENT"
    DROPPED = "DROPPED"
    EXPIRED = "EXPIRED"


UNEXPLAINED = "Requested by a program, which gave no reason."
"""Stands as the reason of what a program asked for without one."""


ERASED = "…"
"""Stands for the words that described an asset, where none was ever named, once these were erased."""


class TermKind(StrEnum):
    """How the end of access is said."""

    DAYS = "DAYS"
    UNTIL = "UNTIL"
    OPEN_END = "OPEN_END"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """For how long: `days` counted from when access is in force, or `until` an instant, or no end."""

    kind: TermKind
    days: int | None = None
    until: datetime | None = None

    @classmethod
    def for_days(cls, days: int) -> Term:
        """Return a term of `days` days, counted from when access is in force."""
        return cls(kind=TermKind.DAYS, days=days)

    @classmethod
    def till(cls, until: datetime) -> Term:
        """Return a term that ends at the aware instant `until`, whenever it starts."""
        return cls(kind=TermKind.UNTIL, until=until)

    @classmethod
    def without_end(cls) -> Term:
        """Return a term with no end."""
        return cls(kind=TermKind.OPEN_END)

    @classmethod
    def with_contract(cls) -> Term:
        """Return a term until the contract of the two ends, whenever that is: to be made a `till`."""
        return cls(kind=TermKind.UNTIL)

    def ends_at(self, *, starts_at: datetime) -> datetime | None:
        """Return the instant at which access that starts at `starts_at` ends; None for no end."""
        if self.kind is TermKind.DAYS:
            assert self.days is not None
            return starts_at + timedelta(days=self.days)
        return self.until

    def is_within(self, other: Term, *, at: datetime) -> bool:
        """Say whether access put in force at `at` would end no later with this term than with `other`."""
        mine, others = self.ends_at(starts_at=at), other.ends_at(starts_at=at)
        return others is None or (mine is not None and mine <= others)

    def field_error(self, *, now: datetime, field: str = "term") -> FieldError | None:
        """Return what is wrong with it at `now`, or None."""
        longest = now + timedelta(days=LONGEST_DAYS)
        if self.kind is TermKind.DAYS and not (self.days and 1 <= self.days <= LONGEST_DAYS):
            return FieldError(field=field, code=ErrorCode.DAYS, got=str(self.days))
        if self.kind is TermKind.UNTIL:
            if self.until is None or self.until > longest:
                return FieldError(field=field, code=ErrorCode.DATE, got=str(self.until))
            if self.until <= now:
                return FieldError(field=field, code=ErrorCode.DATE_PAST, got=str(self.until))
        return None


def over_since(state: str, *, over_at: datetime | None, expires_at: datetime) -> datetime | None:
    """Return when something was over, None while it is open: what expired, when its time was up.

    That may be noted much later, as after an outage.
    """
    return over_at if over_at is None or state != RequestState.EXPIRED else min(over_at, expires_at)


def too_long(text: str, *, most: int, field: str) -> tuple[FieldError, ...]:
    """Return the error of a text of more than `most` characters, or nothing."""
    if len(text) <= most:
        return ()
    return (FieldError(field=field, code=ErrorCode.TOO_LONG, got=str(len(text))),)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """One asset by its id, or described in words where the requester has no id, with the tasks requested."""

    kind: Kind
    tasks: Tasks
    asset_id: str | None = None
    words: str | None = None

    def field_errors(self, *, field: str, rules: Rules) -> tuple[FieldError, ...]:
        """Return what is wrong with it in a request of a kind with these rules."""
        found: list[FieldError] = []
        if self.asset_id is not None and not is_asset_id(self.asset_id, kind=self.kind):
            found.append(FieldError(field=field, code=ErrorCode.ASSET_ID, got=self.asset_id))
        if self.asset_id is None and not rules.may_describe:
            found.append(FieldError(field=field, code=ErrorCode.ASSET_ID, got=self.words or ""))
        elif self.asset_id is None and not (self.words or "").strip():
            found.append(FieldError(field=field, code=ErrorCode.NO_WORDS))
        found.extend(too_long(self.words or "", most=LONGEST_WORDS, field=field))
        if rules.asset_kind not in {None, self.kind}:
            found.append(FieldError(field=field, code=ErrorCode.AD_ACCOUNTS_ONLY, got=self.asset_id or ""))
            return tuple(found)
        if not self.tasks:
            found.append(FieldError(field=field, code=ErrorCode.NO_TASKS))
        unknown = sorted(self.tasks - rules.tasks(self.kind))
        if unknown:
            found.append(FieldError(field=field, code=ErrorCode.UNKNOWN_TASK, got=", ".join(unknown)))
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """What somebody requests, as typed: of whom, for what, why, for whom and for how long.

    `people` are ids of the holder's own people, assigned when access is in force. `deciding_id` is None where
    the admins of the asset decide. `direct`: the owner gives it through the API, for which the other side is
    not asked, unless its policy says so. `found` is what was found at Meta and is recorded by this: the other
    side has it already. `program` is the name of the program that asks.
    """

    requesting_id: str
    deciding_id: str | None
    items: tuple[NewItem, ...]
    reason: str
    term: Term
    people: tuple[str, ...] = ()
    kind: RequestKind = DEFAULT_KIND
    direct: bool = False
    found: str | None = None
    program: str | None = None

    @property
    def levels(self) -> list[tuple[Kind, Tasks]]:
        """Return what it would give, asset by asset."""
        return [(item.kind, item.tasks) for item in self.items]

    @property
    def asset_ids(self) -> list[str]:
        """Return the assets that it names."""
        return [item.asset_id for item in self.items if item.asset_id is not None]

    @property
    def owner_id(self) -> str | None:
        """Return the business that owns the assets, if one does."""
        return RULES[self.kind].owner_of(requesting_id=self.requesting_id, deciding_id=self.deciding_id)

    @property
    def holder_id(self) -> str:
        """Return the business that would hold what is given."""
        return RULES[self.kind].holder_of(requesting_id=self.requesting_id, deciding_id=self.deciding_id)

    def field_errors(self, *, now: datetime) -> tuple[FieldError, ...]:
        """Return everything that is wrong with it at `now`, each at its field; nothing if it is sound."""
        found: list[FieldError] = []
        names_other = RULES[self.kind].names_other
        if names_other is not is_business_id(self.deciding_id or ""):
            found.append(FieldError(field="owner", code=ErrorCode.BUSINESS_ID, got=self.deciding_id or ""))
        if not self.items:
            found.append(FieldError(field="items", code=ErrorCode.NO_ITEMS))
        most = RULES[self.kind].most_items
        if len(self.items) > most:
            code = ErrorCode.ONE_ITEM if most == 1 else ErrorCode.TOO_MANY_ITEMS
            found.append(FieldError(field="items", code=code, got=str(len(self.items))))
        described = sum(1 for item in self.items if item.asset_id is None)
        if described > MOST_DESCRIBED:
            found.append(FieldError(field="items", code=ErrorCode.TOO_MANY_DESCRIBED, got=str(described)))
        # Of too many, only the first ones are checked.
        items = self.items[: most + 1]
        named = [item.asset_id for item in items if item.asset_id]
        twice = sorted({asset for asset in named if named.count(asset) > 1})
        found.extend(FieldError(field="items", code=ErrorCode.SAME_ASSET_TWICE, got=asset) for asset in twice)
        for position, item in enumerate(items):
            found.extend(item.field_errors(field=f"items.{position}", rules=RULES[self.kind]))
        if not self.reason.strip():
            found.append(FieldError(field="reason", code=ErrorCode.NO_REASON))
        found.extend(too_long(self.reason, most=LONGEST_REASON, field="reason"))
        if len(self.people) > MOST_PEOPLE:
            found.append(
                FieldError(field="people", code=ErrorCode.TOO_MANY_PEOPLE, got=str(len(self.people)))
            )
        if term := self.term.field_error(now=now):
            found.append(term)
        elif self.term != Term.without_end() and not RULES[self.kind].has_term:
            found.append(FieldError(field="term", code=ErrorCode.NO_TERM))
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """An approval: of all of it, or narrowed.

    `given` maps an item's position to the tasks given, the empty set for an item that is declined;
    None, or a position left out, means as requested (or as the first approval fixed it). `bound` maps the
    position of a described item to the asset it stands for. `term` shortens; None leaves it.
    """

    given: Mapping[int, Tasks] | None = None
    bound: Mapping[int, str] = field(default_factory=dict)
    term: Term | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """A decline, with a note to the requester."""

    note: str = ""


Verdict = Approve | Decline
