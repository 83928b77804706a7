"""What queries return: frozen values as cards, lists and forms show them, with no text for people in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.assets import Kind, Tasks
from bot.domain.connections import Obstacle
from bot.domain.creating import CreationState, NewAsset, Payment
from bot.domain.denials import DenialReason
from bot.domain.findings import FindingKind, FindingState, Remedy
from bot.domain.grants import EndReason
from bot.domain.kinds import RequestKind
from bot.domain.requests import DraftState, NewRequest, RequestState, Term
from bot.services.views.access import AtMeta, GrantView
from bot.services.views.parties import Party, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would happen to a request: why it would be denied, or None; how many can approve, and must.

    `contract_ends_at`: when the contract of the two ends, if one runs.
    `senders` is how many admins of the requesting business can agree to sending it, and `approvals_to_send`
    how many it takes. `enough_from`: until then those who can approve count as fewer than must, although they
    are enough; `sent_from`: the same of those who send it.
    `earlier` are its last requests of this kind to the same business that are over, for who starts with one
    of them.
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
    enough_from: datetime | None = None
    sent_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item of a request.

    `held` is what the holder may do with the asset now, by any grant, and `held_until` when that becomes
    less; None: there is no end. `given` is None before an
    approval, empty when declined. `others` names the other partners that hold the asset, while it can be
    decided: for the owner's eyes only.
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
class EscalationView:
    """That backup approvers were asked (`asked`, names), because others had not answered for working days."""

    unanswered: tuple[str, ...]
    days: int
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request as a card shows it.

    `opened_by` and `people` are display names. `people`, for whom it is, is empty for the
    other side, which sees `people_count` alone. `note` came with the last move; `approval_notes` are what
    approvers wrote, each with a name, the first first. While it is open, `admins` counts who can decide now,
    and `channel_error` is Slack's word for why it could not be posted in the deciding business's channel,
    `undelivered` the same where nobody there has it otherwise. `approved_by_reader`: its reader approved it,
    and others have to. `made_by_reader`: its reader sent or drafted it, on whichever side they are now.
    `extends` is the grant that an extension would prolong; `closed_with` says how it ended, if that closed
    the request.
    `parted_by` is the side that ended the partnership, where that cancelled it; `standing_since` is when the
    standing acceptance was switched on by which it was accepted. `direct`: its owner gave it through the API,
    and nobody had to accept it. `found`: the deciding side had it at Meta already, and its owner recorded it.
    `acknowledged_by` says who is looking at it now. `escalation` is for the deciding side alone.
    `quorum` is how many must approve whatever is given; what is risky may take more. `enough_from`: until
    then those who can decide count as fewer than must approve, although they are enough.
    `cut_at`: it is open, and the two are off-boarding, so that what is given ends then at the latest.
    `is_kept_at_meta`: it is open, and what it would give starts once Meta has put it in force. `at_meta` is
    how far that has come of what is no grant.
    `same_channel`: what goes to the deciding side's channel is read by the requesting one, whose it is, too.
    `program` made it, where it was a program: the requester is who answers for it. `over_with` is the program
    by which `over_by` decided or cancelled it.
    While `undo_until` is set, an approval can be undone until then. `remind_after` is when the
    requester may next press Remind; None: now. `first_seen`, `past_requests` and
    `live_assets` say what the requesting business had with the deciding one when it was made. `lookalike`: if
    the two have shared nothing yet, who else the deciding one knows (or is itself) with a name like that.
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
    people_count: int
    approvals: int
    required_approvals: int
    admins: int
    approved_by: tuple[Signer, ...]
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
    lookalike: Party | None
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
    over_with: str | None = None
    quorum: int = 1
    enough_from: datetime | None = None
    is_kept_at_meta: bool = False
    cut_at: datetime | None = None
    at_meta: AtMeta | None = None
    escalation: EscalationView | None = None
    approval_notes: tuple[tuple[str, str], ...] = ()
    approved_by_reader: bool = False
    made_by_reader: bool = False
    same_channel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A draft as its card shows it. Its `ref` becomes that of the request.

    `required_approvals` admins of its business must approve that it is sent; `approved_by` names those who
    have, and `approvals` says as how many they count. `approved_by_reader`: its reader is one of them,
    and others have to, too.
    `enough_from`: it waits, and until then its admins count as fewer than must, although they are enough.
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
    approved_by_reader: bool = False
    approvals: int = 0
    required_approvals: int = 1
    enough_from: datetime | None = None


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

    `is_question`: the reader was asked whether its access works; `since`: when that began, if it goes on.
    """

    request: RequestView
    snoozed_until: datetime | None
    is_question: bool = False
    instead_of: str | None = None
    since: datetime | None = None


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
class BundleView:
    """A request that its business keeps under a name, and who gave it that name when."""

    name: str
    request: RequestView
    saved_by: str
