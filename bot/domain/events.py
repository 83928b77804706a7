"""What the journal records: every kind of event, with the facts that each carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class SubjectKind(StrEnum):
    """What an event, a denial or an inbound delivery is about."""

    REQUEST = "request"
    GRANT = "grant"
    DRAFT = "draft"
    BUSINESS = "business"
    PERSON = "person"
    ASSET = "asset"
    GROUP = "group"
    CREATION = "creation"
    EFFECT = "effect"
    FINDING = "finding"
    REVIEW = "review"
    ENFORCEMENT = "enforcement"
    TOKEN = "token"  # noqa: S105 - the name of a kind
    WORKSPACE = "workspace"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class Subject:
    """One row that something is about. `id` is as somebody gave it: it may be of no row."""

    kind: SubjectKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


class EventKind(StrEnum):
    """What happened. The part before the dot names the subject; `denied` is about any of them."""

    DENIED = "denied"
    # a request's life: each state that it enters, and what happens beside it
    REQUEST_PENDING = "request.pending"
    REQUEST_IN_REVIEW = "request.in_review"
    REQUEST_APPROVED = "request.approved"
    REQUEST_DECLINED = "request.declined"
    REQUEST_CANCELLED = "request.cancelled"
    REQUEST_EXPIRED = "request.expired"
    REQUEST_UNDONE = "request.undone"
    REQUEST_REVISED = "request.revised"
    REQUEST_OPENED = "request.opened"
    REQUEST_NUDGED = "request.nudged"
    REQUEST_ESCALATED = "request.escalated"
    REQUEST_SNOOZED = "request.snoozed"
    REQUEST_ACKNOWLEDGED = "request.acknowledged"
    REQUEST_REMINDED = "request.reminded"
    REQUEST_COMMENT = "request.comment"
    # whether what it gave can be used
    REQUEST_ASKED = "request.asked"
    REQUEST_WORKS = "request.works"
    REQUEST_CHECK_LATER = "request.check_later"
    REQUEST_ERASED = "request.erased"
    # what an employee drafted
    DRAFT_WAITING = "draft.waiting"
    DRAFT_CHANGED = "draft.changed"
    DRAFT_APPROVED = "draft.approved"
    DRAFT_SENT = "draft.sent"
    DRAFT_DROPPED = "draft.dropped"
    DRAFT_EXPIRED = "draft.expired"
    DRAFT_ERASED = "draft.erased"
    # a grant's life: each state that it enters
    GRANT_PENDING = "grant.pending"
    GRANT_ACTIVE = "grant.active"
    GRANT_ENDING = "grant.ending"
    GRANT_ENDED = "grant.ended"
    GRANT_FAILED = "grant.failed"
    GRANT_STUCK = "grant.stuck"
    GRANT_LET_END = "grant.let_end"
    GRANT_TRIMMED = "grant.trimmed"
    GRANT_SHORTENED = "grant.shortened"
    GRANT_KEPT = "grant.kept"  # in a review
    GRANT_HELD_UP = "grant.held_up"
    GRANT_PASSED = "grant.passed"  # to another owner
    # settings, and the directory file
    BUSINESS_ADDED = "business.added"
    BUSINESS_CHANGED = "business.changed"
    BUSINESS_POLICY = "business.policy"
    BUSINESS_APPROVERS = "business.approvers"  # who is asked first, and who then
    BUSINESS_LOOSENED = "business.loosened"
    BUSINESS_VERIFIED = "business.verified"
    BUSINESS_UNVERIFIED = "business.unverified"
    BUSINESS_PARTED = "business.parted"
    BUSINESS_STANDING = "business.standing"
    BUSINESS_STAND_IN = "business.stand_in"  # of one of its admins, on some days
    BUSINESS_STAND_IN_ENDED = "business.stand_in_ended"
    # the connection to Meta
    BUSINESS_CONNECTED = "business.connected"
    BUSINESS_CONNECTION_BROKEN = "business.connection_broken"
    BUSINESS_DISCONNECTED = "business.disconnected"
    BUSINESS_IMPORTED = "business.imported"
    # a request that is kept under a name, to start others from
    BUSINESS_BUNDLE = "business.bundle"
    BUSINESS_BUNDLE_REMOVED = "business.bundle_removed"
    # the end of a contract with a partner: stated, announced, reached, and all that was shared removed
    BUSINESS_CONTRACT = "business.contract"
    BUSINESS_CONTRACT_TOLD = "business.contract_told"
    BUSINESS_CONTRACT_ENDED = "business.contract_ended"
    BUSINESS_OFFBOARDED = "business.offboarded"
    BUSINESS_WEEK = "business.week"  # it was told of it
    MEMBER_ADDED = "member.added"
    MEMBER_CHANGED = "member.changed"
    MEMBER_ROLE = "member.role"
    MEMBER_REMOVED = "member.removed"
    PERSON_ADDED = "person.added"
    PERSON_RENAMED = "person.renamed"
    PERSON_ERASED = "person.erased"
    PERSON_MOVED = "person.moved"
    PERSON_FLAGS = "person.flags"
    PERSON_ASSIGNED = "person.assigned"
    PERSON_UNASSIGNED = "person.unassigned"
    ASSET_ADDED = "asset.added"
    ASSET_CHANGED = "asset.changed"
    ASSET_REMOVED = "asset.removed"
    ASSET_CREATED = "asset.created"
    ASSET_FUNDED = "asset.funded"
    CREATION_WAITING = "creation.waiting"
    CREATION_CHANGED = "creation.changed"
    CREATION_BEGUN = "creation.begun"
    CREATION_CREATED = "creation.created"
    CREATION_DROPPED = "creation.dropped"
    CREATION_GIVEN_UP = "creation.given_up"
    CREATION_EXPIRED = "creation.expired"
    # what was found at Meta: each state that it enters
    FINDING_OPEN = "finding.open"
    FINDING_IGNORED = "finding.ignored"
    FINDING_ACTING = "finding.acting"
    FINDING_CLOSED = "finding.closed"
    # what partners have is looked through
    REVIEW_OPENED = "review.opened"
    REVIEW_ANSWERED = "review.answered"
    REVIEW_NUDGED = "review.nudged"
    REVIEW_CLOSED = "review.closed"
    # what is put in force at Meta beside grants
    ENFORCEMENT_PENDING = "enforcement.pending"
    ENFORCEMENT_HELD_UP = "enforcement.held_up"
    ENFORCEMENT_IN_FORCE = "enforcement.in_force"
    ENFORCEMENT_FAILED = "enforcement.failed"
    ENFORCEMENT_STUCK = "enforcement.stuck"
    ENFORCEMENT_ENDED = "enforcement.ended"
    GROUP_ADDED = "group.added"
    GROUP_CHANGED = "group.changed"
    # tokens of programs
    TOKEN_CREATED = "token.created"  # noqa: S105 - the name of an event
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 - the same
    # where the app is installed
    WORKSPACE_INSTALLED = "workspace.installed"
    WORKSPACE_REMOVED = "workspace.removed"
    # the operator
    OUTBOX_RETRIED = "outbox.retried"
    OUTBOX_LEFT = "outbox.left"
    STORE_RESTORED = "store.restored"


PARTING = (EventKind.BUSINESS_PARTED, EventKind.BUSINESS_CONTRACT_ENDED, EventKind.BUSINESS_OFFBOARDED)
"""With which of them a partnership is over, and what was accepted beforehand in it."""

OF_POLICY = (
    EventKind.BUSINESS_POLICY,
    EventKind.BUSINESS_CHANGED,
    EventKind.BUSINESS_LOOSENED,
    EventKind.BUSINESS_STANDING,
)
"""With which of them a policy is another one: what was proposed of it before is over."""

_STEP = frozenset({"ref", "round", "approvals", "required_approvals", "given"})
_GRANT = frozenset({"request", "asset", "tasks", "reason", "obstacle"})
_DRAFT = frozenset({"ref", "request"})
_MEMBER = frozenset({"person", "role", "shared", "at_meta"})
_SETTINGS = frozenset(
    {
        "name",
        "status",
        "verified",
        "team_id",
        "channel_id",
        "credit_line",
        "funding_sources",
        "quorum",
        "expires_days",
        "undo_minutes",
        "who_may_ask",
        "api_sharing",
        "review_days",
        "review_silence",
        "hours",
        "days_off",
        "zone",
        "weekly",
        "listed",
    }
)
_SETUP = frozenset(
    {
        "currency",
        "timezone_id",
        "end_advertiser",
        "media_agency",
        "partner",
        "invoice",
        "funding_source",
        "ad_account_id",
        "incomplete",
    }
)
_ASSET = frozenset({"kind", "name", "owner", "published", "askable", "admins"}) | _SETUP
_CREATION = frozenset({"kind", "name", "asset"})
_ASSIGNED = frozenset({"asset", "tasks", "before", "request"})
_FINDING = frozenset({"kind", "asset", "holder", "tasks", "remedy", "obstacle", "until"})
_ENFORCEMENT = frozenset({"kind", "of", "about", "tasks", "obstacle"})
_STAND_IN = frozenset({"person", "stand_in", "from_day", "until_day"})
_NONE: frozenset[str] = frozenset()

FACTS: Mapping[EventKind, frozenset[str]] = {
    EventKind.DENIED: frozenset({"verb", "reason", "field"}),
    EventKind.REQUEST_PENDING: frozenset({"ref", "kind", "items", "required_approvals", "author", "extends"}),
    EventKind.REQUEST_IN_REVIEW: _STEP,
    EventKind.REQUEST_APPROVED: _STEP | {"standing_since", "direct", "found"},
    EventKind.REQUEST_DECLINED: _STEP,
    EventKind.REQUEST_CANCELLED: _STEP | {"closed_with", "parted_by"},
    EventKind.REQUEST_EXPIRED: _STEP,
    EventKind.REQUEST_UNDONE: frozenset({"ref"}),
    EventKind.REQUEST_REVISED: frozenset({"because", "required_approvals"}),
    EventKind.REQUEST_OPENED: _NONE,
    EventKind.REQUEST_NUDGED: frozenset({"person", "digest", "for_person"}),
    EventKind.REQUEST_ESCALATED: frozenset({"days", "unanswered", "asked"}),
    EventKind.REQUEST_SNOOZED: _NONE,
    EventKind.REQUEST_ACKNOWLEDGED: _NONE,
    EventKind.REQUEST_REMINDED: _NONE,
    EventKind.REQUEST_COMMENT: _NONE,
    EventKind.REQUEST_ASKED: frozenset({"person", "digest", "for_person"}),
    EventKind.REQUEST_WORKS: frozenset({"works"}),
    EventKind.REQUEST_CHECK_LATER: _NONE,
    EventKind.REQUEST_ERASED: _NONE,
    EventKind.DRAFT_WAITING: frozenset({"ref", "items", "approvals", "required_approvals"}),
    EventKind.DRAFT_CHANGED: _DRAFT,
    EventKind.DRAFT_APPROVED: _DRAFT | {"approvals", "required_approvals"},
    EventKind.DRAFT_SENT: _DRAFT,
    EventKind.DRAFT_DROPPED: _DRAFT,
    EventKind.DRAFT_EXPIRED: _DRAFT,
    EventKind.DRAFT_ERASED: _DRAFT,
    EventKind.GRANT_PENDING: _GRANT,
    EventKind.GRANT_ACTIVE: _GRANT,
    EventKind.GRANT_ENDING: _GRANT | {"parted"},
    EventKind.GRANT_ENDED: _GRANT,
    EventKind.GRANT_FAILED: _GRANT,
    EventKind.GRANT_STUCK: _GRANT,
    EventKind.GRANT_HELD_UP: frozenset({"obstacle"}),
    EventKind.GRANT_LET_END: _NONE,
    EventKind.GRANT_TRIMMED: frozenset({"asset", "people"}),
    EventKind.GRANT_SHORTENED: frozenset({"ends_at"}),
    EventKind.GRANT_KEPT: frozenset({"review"}),
    EventKind.GRANT_PASSED: frozenset({"owner"}),
    EventKind.BUSINESS_ADDED: _SETTINGS,
    EventKind.BUSINESS_CHANGED: _SETTINGS,
    EventKind.BUSINESS_POLICY: _SETTINGS,
    EventKind.BUSINESS_APPROVERS: frozenset({"first", "backups"}),
    EventKind.BUSINESS_LOOSENED: frozenset(
        {
            "quorum",
            "who_may_ask",
            "api_sharing",
            "review_days",
            "review_silence",
            "expires_days",
            "undo_minutes",
            "accepts",
            "waits",
            "confirms",
        }
    ),
    EventKind.BUSINESS_PARTED: frozenset({"grants", "requests"}),
    EventKind.BUSINESS_STAND_IN: _STAND_IN,
    EventKind.BUSINESS_STAND_IN_ENDED: _STAND_IN,
    EventKind.BUSINESS_STANDING: frozenset({"by"}),
    EventKind.BUSINESS_CONNECTED: frozenset({"name"}),
    EventKind.BUSINESS_CONNECTION_BROKEN: _NONE,
    EventKind.BUSINESS_DISCONNECTED: _NONE,
    EventKind.BUSINESS_IMPORTED: frozenset({"new", "renamed", "people", "left", "unread"}),
    EventKind.BUSINESS_BUNDLE: frozenset({"request"}),
    EventKind.BUSINESS_BUNDLE_REMOVED: frozenset({"request"}),
    EventKind.BUSINESS_CONTRACT: frozenset({"ends_at", "days", "counts"}),
    EventKind.BUSINESS_CONTRACT_TOLD: frozenset({"ends_at"}),
    EventKind.BUSINESS_CONTRACT_ENDED: frozenset({"ends_at"}),
    EventKind.BUSINESS_OFFBOARDED: frozenset({"ends_at"}),
    EventKind.BUSINESS_WEEK: frozenset({"week"}),
    EventKind.BUSINESS_VERIFIED: _NONE,
    EventKind.BUSINESS_UNVERIFIED: _NONE,
    EventKind.MEMBER_ADDED: _MEMBER,
    EventKind.MEMBER_CHANGED: _MEMBER,
    EventKind.MEMBER_ROLE: _MEMBER | {"was"},
    EventKind.MEMBER_REMOVED: _MEMBER,
    # The name is in the text of both, so that it can be erased.
    EventKind.PERSON_ADDED: frozenset({"team", "user"}),
    EventKind.PERSON_RENAMED: frozenset({"user"}),
    EventKind.PERSON_ERASED: _NONE,
    EventKind.PERSON_MOVED: frozenset({"team", "user"}),
    EventKind.PERSON_FLAGS: frozenset({"deactivated", "guest", "bot", "stranger"}),
    EventKind.PERSON_ASSIGNED: _ASSIGNED,
    EventKind.PERSON_UNASSIGNED: _ASSIGNED,
    EventKind.ASSET_ADDED: _ASSET,
    EventKind.ASSET_CHANGED: _ASSET,
    EventKind.ASSET_REMOVED: _ASSET,
    EventKind.ASSET_CREATED: _ASSET,
    EventKind.ASSET_FUNDED: frozenset({"invoice", "funding_source", "incomplete"}),
    EventKind.CREATION_WAITING: _CREATION,
    EventKind.CREATION_CHANGED: _CREATION,
    EventKind.CREATION_BEGUN: _CREATION,
    EventKind.CREATION_CREATED: _CREATION,
    EventKind.CREATION_DROPPED: _CREATION,
    EventKind.CREATION_GIVEN_UP: _CREATION,
    EventKind.CREATION_EXPIRED: _CREATION,
    EventKind.FINDING_OPEN: _FINDING,
    EventKind.FINDING_IGNORED: _FINDING,
    EventKind.FINDING_ACTING: _FINDING,
    EventKind.FINDING_CLOSED: _FINDING,
    EventKind.REVIEW_OPENED: frozenset({"grants", "partners", "left_out", "deadline_at", "silence"}),
    EventKind.REVIEW_ANSWERED: frozenset({"need"}),
    EventKind.REVIEW_NUDGED: _NONE,
    EventKind.REVIEW_CLOSED: frozenset({"kept", "shortened", "removed", "given_back", "over", "unanswered"}),
    EventKind.ENFORCEMENT_PENDING: _ENFORCEMENT,
    EventKind.ENFORCEMENT_HELD_UP: _ENFORCEMENT,
    EventKind.ENFORCEMENT_IN_FORCE: _ENFORCEMENT,
    EventKind.ENFORCEMENT_FAILED: _ENFORCEMENT,
    EventKind.ENFORCEMENT_STUCK: _ENFORCEMENT,
    EventKind.ENFORCEMENT_ENDED: _ENFORCEMENT,
    EventKind.GROUP_ADDED: frozenset({"accounts", "people"}),
    EventKind.GROUP_CHANGED: frozenset({"accounts", "people"}),
    EventKind.TOKEN_CREATED: frozenset({"person", "is_program", "scopes", "expires_at", "page"}),
    EventKind.TOKEN_REVOKED: _NONE,
    EventKind.WORKSPACE_INSTALLED: frozenset({"name", "is_org"}),
    EventKind.WORKSPACE_REMOVED: frozenset({"name", "why"}),
    EventKind.OUTBOX_RETRIED: frozenset({"effect", "subject", "error"}),
    EventKind.OUTBOX_LEFT: frozenset({"effect", "subject", "error"}),
    EventKind.STORE_RESTORED: frozenset({"access"}),
}
"""The facts that an event of each kind may carry, and no others."""
