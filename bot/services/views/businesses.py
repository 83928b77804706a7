"""Views of a business: its partners and contracts, its members and settings, and its people's home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from bot.domain.actors import ApiSharing, Role, WhoMayAsk
from bot.domain.contracts import Phase
from bot.domain.denials import DenialReason
from bot.domain.reviews import Silence
from bot.services.views.access import GrantView, HeldAfter
from bot.services.views.parties import Me, Party, PersonChoice, Rows
from bot.services.views.requests import CreationView, DraftView, RequestView
from bot.services.views.reviews import ReviewView


class LooseningState(StrEnum):
    """What became of settings that let more through."""

    WAITING = "WAITING"
    IN_FORCE = "IN_FORCE"
    OVER = "OVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseningView:
    """Settings that let more through, each as (before, after), or that wait for another admin.

    `by` is None if the operator's directory file changed them.
    """

    party: Party
    version: int
    state: LooseningState
    changes: Mapping[str, tuple[Any, Any]]
    by: str | None
    confirmed_by: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerView:
    """A partner of a business: how many assets are shared now in each direction.

    `partner_of` is the business whose partner it is.
    """

    party: Party
    shared_with_them: int
    shared_with_us: int
    partner_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractView:
    """The contract of two businesses: the earlier of the two ends that they state, which `said_by` stated.

    What is left of what they share ends at `removed_at`, so many `days` later. `stated_at` is the end that
    `own` stated. `left` counts the grants in force; `ended` are those that ended since the contract's end.
    """

    own: Party
    other: Party
    ends_at: datetime
    days: int
    removed_at: datetime
    said_by: Party
    stated_at: datetime | None
    phase: Phase
    closed_at: datetime | None
    left: int
    ended: Rows[GrantView]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """The status of `other`, as it concerns `own`, a partner or itself: what is shared, and what is open.

    `are_partners_told` is whether others are told of it as well; False for a partner, who need not know.
    """

    own: Party
    other: Party
    shared: int
    open_requests: int
    are_partners_told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedTold:
    """What a business is told of whether it is confirmed who it is."""

    own: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnershipView:
    """What two businesses share in both directions, as a member of `own` may see it.

    `at` is the moment as of which it is read, None: now. `since` is when they first shared something.
    `open_requests` counts those between the two that wait for a decision now, `going_on` the grants that can
    still be ended.
    """

    own: Party
    other: Party
    at: datetime | None
    since: datetime | None
    grants: Rows[GrantView]
    going_on: int
    open_requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingView:
    """What a partner offers is accepted at once: by whose approvals, since when, and if these suffice."""

    by: tuple[str, ...]
    since: datetime
    suffices: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartingView:
    """What would end with a partnership.

    `grants` are the first in full; `ends` of their total fit one step. `requests` are the references of those
    that would be cancelled. `mark` tells all of it from anything else.
    """

    own: Party
    other: Party
    grants: Rows[GrantView]
    ends: int
    requests: tuple[str, ...]
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A member in the settings. `may_administer` is None when they act as ADMIN, else why not."""

    person_id: str
    user_id: str
    name: str
    role: Role
    shared: bool
    may_administer: DenialReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingInFor:
    """An admin for whom somebody stands in, and on which days: the first and the last."""

    name: str
    from_day: date
    until_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AwayView:
    """Who stands in for an admin of a business, on which days, and for whom that admin does.

    `can_act`: the stand-in is an admin now; else the admin gets everything as usual. `zone` is where the days
    are meant.
    """

    party: Party
    policy_version: int
    stand_in: PersonChoice | None
    can_act: bool
    from_day: date | None
    until_day: date | None
    zone: str
    stands_in_for: tuple[StandingInFor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInTold:
    """What a stand-in is told: for whom of which business, on which days, or that this is over."""

    own: Party
    person: str
    from_day: date
    until_day: date
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """A business's settings, for its admins. `hours` is as `bot.domain.calendar.read_hours` reads it.

    `admins` counts those of its `members` who can act as admin now. `listed` are the names of the businesses
    that it has listed, by their ids where they have none. `channel_error` is Slack's word for why
    what waits could not be posted in its channel. Requests are asked of those in `asked_first` (nobody: all
    admins but the backups), and of its `backups` once nobody has answered. `away` is about the reader alone.
    `weekly`: it is told of its week.
    """

    party: Party
    team_id: str | None
    channel_id: str | None
    quorum: int
    expires_days: int
    undo_minutes: int
    who_may_ask: WhoMayAsk
    api_sharing: ApiSharing
    hours: str
    days_off: tuple[date, ...]
    review_days: int
    review_silence: Silence
    zone: str
    policy_version: int
    members: int
    admins: int
    listed: tuple[str, ...] = ()
    channel_error: str | None = None
    asked_first: tuple[str, ...] = ()
    backups: tuple[str, ...] = ()
    away: AwayView | None = None
    weekly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """All that somebody's home shows. `since` is when they looked at it before this time.

    `page` is what they are turned to: a section's name and an offset, as the home's own buttons say.
    `held_after` is what a holder has by other grants once one that ends soon has ended, by the id of that.
    """

    me: Me
    page: str
    since: datetime | None
    waiting: Rows[RequestView]
    reviews: Sequence[ReviewView]
    requested: Rows[RequestView]
    drafts: Rows[DraftView]
    prepared: Rows[CreationView]
    reach: Rows[GrantView]
    partners: Rows[PartnerView]
    ends_soon: Rows[GrantView]
    held_after: Mapping[str, HeldAfter]
    decided_away: Rows[RequestView]
    settings: tuple[SettingsView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What people will be told of next, and when."""

    at: datetime
    what: str
