"""Requests: submitted, decided, moved, discussed and shown, whatever their kind."""

from bot.services.requests.bundles import bundle_name, list_bundles, remove_bundle, save_bundle
from bot.services.requests.closing import (
    cancel,
    cancel_between,
    close_undo_due,
    expire_due,
    open_between,
    open_details,
    undo,
)
from bot.services.requests.comments import comment
from bot.services.requests.contract_ends import (
    contract_end,
    cut,
    cut_within,
    ends_so_far,
    ends_with,
    phase_of,
    stated,
    stated_by,
)
from bot.services.requests.copies import adopt_copy
from bot.services.requests.decide import decide, may_decide_now
from bot.services.requests.draft_views import draft_card, find_draft
from bot.services.requests.drafts import (
    carry_drafts_along,
    change_draft,
    drop_draft,
    expire_drafts_due,
    submit_draft,
)
from bot.services.requests.erasing import erase_again, erase_texts, find_over
from bot.services.requests.extend import extend, why_not_extend
from bot.services.requests.history import history
from bot.services.requests.lists import (
    drafts_for,
    last_over,
    of_kind,
    prepared_for,
    requested_by,
    waiting_for,
)
from bot.services.requests.over import find_outcome, outcome
from bot.services.requests.partners import KNOWN, is_partner, knows
from bot.services.requests.preview import preview, stands_against
from bot.services.requests.standing import (
    accepted_at_once,
    accepts_now,
    parted_since,
    standing_for,
    standing_view,
    who_can_accept,
)
from bot.services.requests.submit import submit
from bot.services.requests.views import (
    extension_of,
    find_request,
    find_request_by_ref,
    request_card,
    side_of,
    sides_of,
    writing_side,
)
from bot.services.requests.works import (
    check_later,
    holders_side,
    in_force_since,
    is_asked_about,
    is_in_force,
    may_be_asked,
    say_works,
    to_ask,
)

__all__ = [
    "KNOWN",
    "accepted_at_once",
    "accepts_now",
    "adopt_copy",
    "bundle_name",
    "cancel",
    "cancel_between",
    "carry_drafts_along",
    "change_draft",
    "check_later",
    "close_undo_due",
    "comment",
    "contract_end",
    "cut",
    "cut_within",
    "decide",
    "draft_card",
    "drafts_for",
    "drop_draft",
    "ends_so_far",
    "ends_with",
    "erase_again",
    "erase_texts",
    "expire_drafts_due",
    "expire_due",
    "extend",
    "extension_of",
    "find_draft",
    "find_outcome",
    "find_over",
    "find_request",
    "find_request_by_ref",
    "history",
    "holders_side",
    "in_force_since",
    "is_asked_about",
    "is_in_force",
    "is_partner",
    "knows",
    "last_over",
    "list_bundles",
    "may_be_asked",
    "may_decide_now",
    "of_kind",
    "open_between",
    "open_details",
    "outcome",
    "parted_since",
    "phase_of",
    "prepared_for",
    "preview",
    "remove_bundle",
    "request_card",
    "requested_by",
    "save_bundle",
    "say_works",
    "side_of",
    "sides_of",
    "standing_for",
    "standing_view",
    "stands_against",
    "stated",
    "stated_by",
    "submit",
    "submit_draft",
    "to_ask",
    "undo",
    "waiting_for",
    "who_can_accept",
    "why_not_extend",
    "writing_side",
]
