"""Which phrases each kind of request has, in whatever language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.requests import RequestState
from bot.slack.ids import ActionId, ListWord


@dataclass(frozen=True, slots=True, kw_only=True)
class FormWords:
    """What the form for a new request says; `{other}` is who would decide on it."""

    title: str
    submit: str
    for_whom: str
    other: str
    other_first: str
    unplaced: str
    assets_hint: str
    level_of: str
    reason_hint: str
    reason_hint_any: str
    who_is_asked: str
    who_is_asked_too_few: str
    nobody_is_asked: str
    is_own: str | None = None
    """What happens at once where it is the reader's own to give what they ask for."""
    not_theirs: str | None = None
    """What is said of assets of others once the other business is chosen; None: as `unplaced`."""
    no_assets: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KindWords:
    """Every phrase about a request that would be another for another kind; all are templates.

    `…_to_extend` stands for a request that extends a grant.
    """

    # The command, the lists of what is open, approved and declined (if it has its own), the button that opens
    # its form, what stands before the other business in a line, and the form
    command: str
    lists: tuple[ListWord, ...] = ()
    opens: ActionId
    before_other: frozenset[str]
    form: FormWords

    # The sentence about a request
    requests: str
    requested: str
    requests_to_extend: str
    requested_to_extend: str

    # The approvers' card
    warn_new: str
    too_few_admins: str
    requested_by: str
    requested_by_from_draft: str
    fact_by: str
    fact_by_from_draft: str
    fact_earlier: str
    fact_standing: str
    fact_access: str

    # The requester's card
    sent_your_draft: str
    waiting: str
    waiting_opened: str
    waiting_in_review: str
    nobody_can_decide: str
    not_reached: str
    next_after: Mapping[RequestState, str]
    """What the requester can do once it is over; a state may have nothing."""
    next_after_undo: str

    # How it ended: on cards, and in one line for the deciding side
    approved: str
    approved_less: str
    declined: str
    cancelled: str
    expired: str
    undone: str
    may_undo: str
    line_approved: str
    line_approved_less: str
    line_declined: str
    line_cancelled: str
    line_expired: str
    line_undone: str

    # The warning before it expires
    expires: str
    expired_just_now: str

    # Buttons and their dialogs
    approve: str
    again: str
    elsewhere: str
    counter: str
    undo_approval: str
    confirm_send: str
    button_about: str
    confirm_approve: str
    confirm_gets: str
    confirm_more_needed: str
    confirm_last: str
    confirm_undo: str
    confirm_undo_text: str
    confirm_send_text: str

    # Notices
    notice_approved: str
    notice_approved_less: str
    notice_declined: str
    notice_cancelled: str
    notice_expired: str
    notice_expired_to_approvers: str
    notice_in_review: str
    notice_undone: str

    # Forms
    adjust_described: str
    adjust_intro: str
    decline_intro: str
    cancel_intro: str

    # Whom the requesting side writes to: the other business, unless people decide of themselves
    deciders: str = "{deciding}"
    deciders_thread: str = "{deciding} can't see replies here"
    write_to_deciders: str = "Write to {deciding}…"
    deciders_read: str = "{deciding} reads this with your name. It doesn't change the request."

    # The answer to the person who did it
    answer_moved: Mapping[RequestState, str]
    answer_not_yet: str
    answer_undone: str
    answer_undone_with: str

    # History: by event, where the kind says it otherwise than `texts.modals.HISTORY_WORDS`
    history: Mapping[str, str]
