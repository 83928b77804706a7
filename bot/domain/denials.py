"""Why something is denied: one word for each reason, and the limit that some of them name."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bot.domain.limits import (
    MOST_ASKED_A_DAY,
    MOST_BUNDLES,
    MOST_CREATED_A_DAY,
    MOST_OPEN_BETWEEN,
    MOST_TOKENS,
)


class DenialReason(StrEnum):
    """Why something is denied. One word each; `bot.slack.text` has the sentences."""

    # who is asking to act
    STRANGER = "stranger"
    SISTER_WORKSPACE = "sister_workspace"
    LINKED_TWICE = "linked_twice"
    UNCHECKED = "unchecked"
    UNCONFIRMED = "unconfirmed"
    DEACTIVATED_USER = "deactivated_user"
    GUEST = "guest"
    BOT = "bot"
    OUTSIDER = "outsider"
    NOT_MEMBER = "not_member"
    NO_BUSINESS = "no_business"
    WRONG_WORKSPACE = "wrong_workspace"
    SHARED_LOGIN = "shared_login"
    NOT_ADMIN = "not_admin"
    NOT_ASSET_ADMIN = "not_asset_admin"
    OWN_REQUEST = "own_request"
    BOTH_SIDES = "both_sides"
    NOT_SENDER = "not_sender"
    KEEPS_OWN = "keeps_own"
    # the businesses
    UNKNOWN_BUSINESS = "unknown_business"
    UNVERIFIED = "unverified"
    DEACTIVATED = "deactivated"
    RESTRICTED = "restricted"
    OWN_UNVERIFIED = "own_unverified"
    OWN_DEACTIVATED = "own_deactivated"
    OWN_RESTRICTED = "own_restricted"
    SAME_BUSINESS = "same_business"
    NOT_LISTED = "not_listed"
    NOBODY_MAY_ASK = "nobody_may_ask"
    TOO_MANY_OPEN = "too_many_open"
    TOO_MANY_TODAY = "too_many_today"
    TOO_MANY_DRAFTS = "too_many_drafts"
    TOO_MANY_COMMENTS = "too_many_comments"
    PARTNER_INACTIVE = "partner_inactive"
    PARTNER_UNVERIFIED = "partner_unverified"
    # the assets
    UNKNOWN_ASSET = "unknown_asset"
    OPEN_ALREADY = "open_already"
    GRANTED_ALREADY = "granted_already"
    COMING_ALREADY = "coming_already"
    NOT_OWNED = "not_owned"
    OFFERED_ALREADY = "offered_already"
    HELD_ALREADY = "held_already"
    ASKED_BESIDES = "asked_besides"
    HELD_BESIDES = "held_besides"
    NOT_LONGER = "not_longer"
    ASSET_MOVED = "asset_moved"
    NO_SUCH_ACCOUNT = "no_such_account"
    GROUP = "group"
    OWNED_ALREADY = "owned_already"
    OWNED_BY_OTHER = "owned_by_other"
    TOO_MANY_CLAIMS = "too_many_claims"
    TOO_MANY_CLAIMS_TODAY = "too_many_claims_today"
    OWNED_FOR_GOOD = "owned_for_good"
    OWNED_BY_NOBODY = "owned_by_nobody"
    UNKNOWN_PERSON = "unknown_person"
    # people and what they are assigned
    NOT_HELD = "not_held"
    NOT_IN_FORCE_YET = "not_in_force_yet"
    NOBODY_ASSIGNED = "nobody_assigned"  # to a capability, and there is no other access
    BEYOND_HELD = "beyond_held"
    NOT_ASSIGNABLE = "not_assignable"
    NOT_ASSIGNED = "not_assigned"
    # the request
    UNKNOWN_REQUEST = "unknown_request"
    ALREADY_OVER = "already_over"
    EXPIRED = "expired"
    CHANGED = "changed"
    APPROVED_ALREADY = "approved_already"
    WIDER = "wider"
    WHOLE_ONLY = "whole_only"
    NOTHING_GIVEN = "nothing_given"
    UNBOUND = "unbound"
    REMINDED_ALREADY = "reminded_already"
    UNDO_OVER = "undo_over"
    NO_UNDO = "no_undo"
    # settings
    # a business that registers itself
    NOT_WORKSPACE_ADMIN = "not_workspace_admin"
    REGISTERED_HERE = "registered_here"
    ID_NOT_FREE = "id_not_free"
    TOO_MANY_UNVERIFIED = "too_many_unverified"
    LAST_ADMIN = "last_admin"
    ADMIN_ALREADY = "admin_already"
    ONE_VOICE = "one_voice"
    HOME_ELSEWHERE = "home_elsewhere"
    OWN_PROPOSAL = "own_proposal"
    PROPOSAL_OVER = "proposal_over"
    # grants and drafts
    UNKNOWN_PARTNER = "unknown_partner"
    OFF_BOARDING = "off_boarding"
    CONTRACT_ENDED = "contract_ended"
    UNKNOWN_GRANT = "unknown_grant"
    NOTHING_TO_END = "nothing_to_end"
    GRANT_OVER = "grant_over"
    UNKNOWN_DRAFT = "unknown_draft"
    DRAFT_OVER = "draft_over"
    # what a business creates
    NO_PAGE = "no_page"
    PAGE_UNPUBLISHED = "page_unpublished"
    INCOMPLETE_ACCOUNT = "incomplete_account"
    BEING_CREATED = "being_created"
    NO_CREDIT_LINE = "no_credit_line"
    UNKNOWN_FUNDING = "unknown_funding"
    TOO_MANY_CREATED = "too_many_created"
    UNKNOWN_CREATION = "unknown_creation"
    CREATION_OVER = "creation_over"
    # what was found at Meta
    UNKNOWN_FINDING = "unknown_finding"
    FINDING_OVER = "finding_over"
    UNKNOWN_HOLDER = "unknown_holder"
    UNKNOWN_TASKS = "unknown_tasks"
    NOT_CONNECTED = "not_connected"
    # access reviews
    UNKNOWN_REVIEW = "unknown_review"
    NOTHING_TO_REVIEW = "nothing_to_review"
    REVIEW_OVER = "review_over"
    KEPT_ALREADY = "kept_already"
    SHORTENED_ALREADY = "shortened_already"
    # programs
    UNKNOWN_TOKEN = "unknown_token"  # noqa: S105 - the name of a reason
    TOO_MANY_TOKENS = "too_many_tokens"
    BEYOND_TOKEN = "beyond_token"  # noqa: S105 - the same
    PROGRAM = "program"
    # bundles
    UNKNOWN_BUNDLE = "unknown_bundle"
    TOO_MANY_BUNDLES = "too_many_bundles"


LIMITS: Mapping[DenialReason, int] = {
    DenialReason.TOO_MANY_OPEN: MOST_OPEN_BETWEEN,
    DenialReason.TOO_MANY_TODAY: MOST_ASKED_A_DAY,
    DenialReason.TOO_MANY_CREATED: MOST_CREATED_A_DAY,
    DenialReason.TOO_MANY_TOKENS: MOST_TOKENS,
    DenialReason.TOO_MANY_BUNDLES: MOST_BUNDLES,
    DenialReason.TOO_MANY_CLAIMS: MOST_OPEN_BETWEEN,
    DenialReason.TOO_MANY_CLAIMS_TODAY: MOST_ASKED_A_DAY,
}
"""The limit that a denial names."""


NOT_THERE = frozenset(
    {
        DenialReason.UNKNOWN_REQUEST,
        DenialReason.UNKNOWN_GRANT,
        DenialReason.UNKNOWN_DRAFT,
        DenialReason.UNKNOWN_PARTNER,
        DenialReason.UNKNOWN_CREATION,
        DenialReason.UNKNOWN_FINDING,
        DenialReason.UNKNOWN_REVIEW,
        DenialReason.UNKNOWN_BUNDLE,
        DenialReason.UNKNOWN_TOKEN,
    }
)
"""That there is no such thing, or that it is not for who wants to act on it: they do not learn which."""
