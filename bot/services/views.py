"""What queries return: frozen values as cards, lists and forms show them, with no text for people in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from bot.domain.assets import Kind, Tasks
from bot.domain.connections import EnforcementState, Obstacle
from bot.domain.contracts import Phase
from bot.domain.creating import CreationState, NewAsset, Payment
from bot.domain.findings import FindingKind, FindingState, Remedy
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RequestKind
from bot.domain.policy import ApiSharing, DenialReason, Role, Status, WhoMayAsk
from bot.domain.requests import DraftState, NewRequest, RequestState, Term

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A business as the other side may see it; or an asset, as the side of its admins."""

    id: str
    name: str
    verified: bool
    status: Status = Status.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBusiness:
    """A business that the actor belongs to, and whether they act for it now.

    `may_administer` is None when they act as its ADMIN, else why not; `may_draft` is True for an EMPLOYEE
    who may save drafts for the admins. `admins` are the names of those who act for it where the actor does
    not.
    """

    party: Party
    role: Role
    may_administer: DenialReason | None
    may_draft: bool
    channel_id: str | None
    admins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetName:
    """An asset by its id and its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who the actor is to Countersign. `zone` is their Slack time zone (IANA), "UTC" when unknown.

    `assets` are those of which they act as an admin, as people and for no business.
    """

    person_id: str | None
    name: str
    zone: str
    businesses: tuple[OwnBusiness, ...]
    assets: tuple[AssetName, ...] = ()

    @property
    def decides_for(self) -> frozenset[str]:
        """Return the ids of those for whom the actor decides: businesses, and assets that are claimed."""
        return self.acts_for | {one.id for one in self.assets}

    @property
    def acts_for(self) -> frozenset[str]:
        """Return the ids of the businesses that the actor acts for as ADMIN now."""
        return frozenset(one.party.id for one in self.businesses if one.may_administer is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetChoice:
    """An asset in a picker or a list. `incomplete`: it is not settled how this ad account is paid."""

    id: str
    kind: Kind
    name: str
    owner: Party | None
    incomplete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChoice:
    """A person in a picker."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedPerson:
    """A person and what they are assigned with an asset; `why` says why they could not be assigned it now."""

    person_id: str
    name: str
    tasks: Tasks
    since: datetime
    why: DenialReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMeta:
    """How far something is in force at Meta, and what stands in the way."""

    state: EnforcementState
    obstacle: Obstacle | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforcementView:
    """What one of a business's people should be able to do with an asset at Meta, and how it stands there.

    No tasks: it is being taken away. `obstacle` is what stands in the way.
    """

    person_id: str
    name: str
    asset: AssetChoice
    business: Party
    tasks: Tasks
    state: EnforcementState
    obstacle: Obstacle | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleTold:
    """Of how many of a business's people access is not at Meta as it was set, and the first of them."""

    own: Party
    people: tuple[EnforcementView, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPeople:
    """A business's own people with an asset: `tasks` are the most that they can be assigned, `until` then.

    `can_change`: the reader acts for the business. `unsettled` is its access on the way in or out at Meta,
    `at_meta` the people whose access is not there as it was set.
    """

    business: Party
    asset: AssetChoice
    tasks: Tasks
    until: datetime | None
    people: Rows[AssignedPerson]
    can_change: bool
    unsettled: tuple[GrantView, ...] = ()
    at_meta: tuple[EnforcementView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTold:
    """What a business is told of its connection to Meta: whether it is broken, and how many grants wait."""

    own: Party
    is_broken: bool
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTold:
    """What a business is told of an import from Meta: who did it (None: the operator), and how much."""

    own: Party
    by: str | None
    new: int
    renamed: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """An asset that a person can reach through `business`, which owns it or got it by the requests `refs`."""

    asset: AssetChoice
    business: Party
    tasks: Tasks
    until: datetime | None
    refs: tuple[str, ...]
    can_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReach:
    """All that a person can reach through the businesses that the reader has in common with them.

    `unsettled` is access asked for for them that is on its way in or out at Meta, `at_meta` what of their own
    is not there as it was set.
    """

    person_id: str
    name: str
    rows: Rows[Reach]
    unsettled: tuple[GrantView, ...] = ()
    at_meta: tuple[EnforcementView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would happen to a request: why it would be denied, or None; how many can approve, and must.

    `contract_ends_at`: when the contract of the two ends, if one runs.
    Of the requesting business `senders` can approve that it is sent, and `approvals_to_send` must. `earlier`
    are its last requests of this kind to the same business that are over, for who starts with one of them.
    `is_own`: it is the reader's own to give, and is given as soon as they ask. `owner` is who would decide.
    """

    owner: Party | None
    reason: DenialReason | None
    admins: int
    required_approvals: int
    senders: int = 0
    approvals_to_send: int = 1
    contract_ends_at: datetime | None = None
    earlier: tuple[RequestView, ...] = ()
    is_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    """One grant as both sides may see it. `tasks` are what it gives by itself.

    `works` is what its holder last said when asked whether it can be used; None: nothing so far. `obstacle`
    is why it is not at Meta as it should be. `by_operator`: neither side ended it, but who runs Countersign.
    """

    id: str
    request_id: str
    ref: str
    asset_id: str
    asset_name: str
    kind: Kind
    owner: Party
    holder: Party
    tasks: Tasks
    state: GrantState
    version: int
    starts_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    ended_by: str | None
    end_note: str
    reason: str
    decided_by: tuple[str, ...]
    may_end: bool
    works: bool | None = None
    works_at: datetime | None = None
    is_at_meta: bool = False
    obstacle: Obstacle | None = None
    by_operator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item of a request.

    `held` is what the holder may do with the asset now, by any grant, and `held_until` when that becomes
    less; None: there is no end. `given` is None before an
    approval, empty when declined. `others` names the other partners that hold the asset:
    for the owner's eyes only.
    """

    position: int
    kind: Kind
    asset_id: str | None
    asset_name: str | None
    words: str | None
    requested: Tasks
    given: Tasks | None
    held: Tasks
    held_until: datetime | None
    others: tuple[str, ...]
    grant: GrantView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledger:
    """Somebody who is looking at a request, and until when that keeps the others from being nudged."""

    name: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentView:
    """A question or an answer: who wrote it, for which business, and when."""

    id: str
    by: str
    business: Party
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorksView:
    """What a holder said when asked whether access works: `by` is a name, for the holder's own side."""

    works: bool
    by: str
    holder: Party
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request as a card shows it.

    `approved_by`, `opened_by` and `people` are display names. `admins` counts who can decide now.
    `channel_error` is Slack's word for why it could not be posted in the deciding business's channel,
    `undelivered` the same where nobody there has it otherwise.
    `extends` is the grant that an extension would prolong; `closed_with` says how it ended, if that closed
    the request.
    `parted_by` is the side that ended the partnership, where that cancelled it; `standing_since` is when the
    standing acceptance was switched on by which it was accepted. `direct`: its owner gave it through the API,
    and nobody had to accept it. `found`: the deciding side had it at Meta already, and its owner recorded it.
    `acknowledged_by` says who is looking at it now.
    `is_kept_at_meta`: it is open, and what it would give starts once Meta has put it in force. `at_meta` is
    how far that has come of what is no grant.
    `program` made it, where it was a program: the requester is who answers for it.
    While `undo_until` is set, an approval can be undone until then. `remind_after` is when the
    requester may next press Remind; None: now. `first_seen`, `past_requests` and
    `live_assets` say what the requesting business had with the deciding one before.
    """

    id: str
    ref: str
    kind: RequestKind
    state: RequestState
    version: int
    requesting: Party
    deciding: Party
    requester: str
    author: str | None
    reason: str
    term: Term
    given_term: Term | None
    items: tuple[ItemView, ...]
    people: tuple[str, ...]
    approvals: int
    required_approvals: int
    admins: int
    approved_by: tuple[str, ...]
    opened_by: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    over_at: datetime | None
    over_by: str | None
    note: str
    undelivered: str | None
    first_seen: datetime | None
    past_requests: int
    live_assets: int
    extends: GrantView | None
    closed_with: EndReason | None
    acknowledged_by: tuple[Acknowledger, ...]
    comments: tuple[CommentView, ...]
    undo_until: datetime | None
    undone_at: datetime | None
    undone_by: str | None
    remind_after: datetime | None
    channel_error: str | None = None
    parted_by: Party | None = None
    standing_since: datetime | None = None
    direct: bool = False
    found: bool = False
    works: WorksView | None = None
    program: str | None = None
    is_kept_at_meta: bool = False
    at_meta: AtMeta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A draft as its card shows it. Its `ref` becomes that of the request.

    `required_approvals` admins of its business must approve that it is sent; `approved_by` names those who
    have.
    """

    id: str
    ref: str
    state: DraftState
    version: int
    requesting: Party
    deciding: Party
    author: str
    request: NewRequest
    items: tuple[ItemView, ...]
    people: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    over_at: datetime | None
    over_by: str | None
    request_id: str | None
    author_id: str = ""
    approved_by: tuple[str, ...] = ()
    required_approvals: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """The names of what a created asset names by an id, "" where the record has none."""

    end_advertiser: str = ""
    ad_account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationView:
    """What was created, or prepared by `author` for the admins, as its card shows it.

    `is_owned`: it is still the business's own. `at_meta` is how far it is created there, if it is to be.
    """

    id: str
    version: int
    state: CreationState
    business: Party
    new: NewAsset
    names: AccountView
    author: str
    author_id: str
    over_by: str | None
    over_at: datetime | None
    expires_at: datetime
    asset_id: str | None
    is_owned: bool
    at_meta: AtMeta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingChoices:
    """How an ad account is paid, and the funding sources by which it could be."""

    asset_id: str
    name: str
    payment: Payment
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """How Meta and the record differ about a partner's access to an asset, as its card shows it.

    `tasks` are those that differ. `is_known`: the holder is registered here; if not, `holder` is what Meta
    calls it. `draft_ref` is the draft by which it is to be recorded, while that waits for another admin.
    """

    id: str
    version: int
    kind: FindingKind
    state: FindingState
    owner: Party
    asset_id: str
    asset_name: str
    asset_kind: Kind
    holder: Party
    is_known: bool
    tasks: Tasks
    found_at: datetime
    remedy: Remedy | None = None
    by: str | None = None
    ignored_until: datetime | None = None
    obstacle: Obstacle | None = None
    draft_ref: str | None = None
    over_at: datetime | None = None


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
class HistoryLine:
    """One event of a request's history: what, when, and by whom as far as this side may know.

    `kind` is the journal's (`request.approved`, `denied`, `grant.ended`, …); `by` is a display
    name, or None for the clock; `text` is what a person typed with it.
    """

    at: datetime
    kind: str
    by: str | None
    business: str | None
    facts: Mapping[str, str | int | bool | None]
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestItemView:
    """One request of a digest. `snoozed_until` is set while its reader has put it off.

    `is_question`: the reader was asked whether its access works; `is_in_force`: it goes on.
    """

    request: RequestView
    snoozed_until: datetime | None
    is_question: bool = False
    is_in_force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """What one person was nudged about on one day, as it stands now. `zone` is theirs, as Slack tells it.

    `failed` is how much of their businesses could not be put in force at Meta, `stuck` not be taken away.
    """

    id: str
    person: str
    zone: str
    created_at: datetime
    items: tuple[DigestItemView, ...]
    failed: int = 0
    stuck: int = 0


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
    """The status of `other`, as it concerns `own`, a partner or itself: what is shared, and what is open."""

    own: Party
    other: Party
    shared: int
    open_requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnershipView:
    """What two businesses share in both directions, as a member of `own` may see it.

    `at` is the moment as of which it is read, None: now. `since` is when they first shared something.
    `open_requests` counts those between the two that wait for a decision now.
    """

    own: Party
    other: Party
    at: datetime | None
    since: datetime | None
    grants: Rows[GrantView]
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
class SettingsView:
    """A business's settings, for its admins. `hours` is as `bot.domain.calendar.read_hours` reads it.

    `admins` counts those of its `members` who can act as admin now. `listed` are the names of the businesses
    that it has listed, by their ids where they have none. `channel_error` is Slack's word for why
    what waits could not be posted in its channel.
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
    zone: str
    policy_version: int
    members: int
    admins: int
    listed: tuple[str, ...] = ()
    channel_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """All that somebody's home shows. `since` is when they looked at it before this time.

    `page` is what they are turned to: a section's name and an offset, as the home's own buttons say.
    """

    me: Me
    page: str
    since: datetime | None
    waiting: Rows[RequestView]
    requested: Rows[RequestView]
    drafts: Rows[DraftView]
    prepared: Rows[CreationView]
    reach: Rows[GrantView]
    partners: Rows[PartnerView]
    ends_soon: Rows[GrantView]
    decided_away: Rows[RequestView]
    settings: tuple[SettingsView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What people will be told of next, and when."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleView:
    """A request that its business keeps under a name, and who gave it that name when."""

    name: str
    request: RequestView
    saved_by: str
    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Generic[T]):
    """One page of rows. `more` says whether there are rows after these; `total` counts them all."""

    rows: tuple[T, ...]
    total: int
    more: bool
