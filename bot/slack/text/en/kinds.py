"""What is said about a request, for each kind of request: who asks what of whom, and what approving it does.

`{requesting}` is the business that made the request, `{deciding}` the one that decides on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.events import EventKind
from bot.domain.kinds import RequestKind
from bot.domain.requests import RequestState


@dataclass(frozen=True, slots=True, kw_only=True)
class KindWords:
    """Every phrase about a request that would be another for another kind; all are templates.

    `…_to_extend` stands for a request that extends a grant.
    """

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

    # The answer to the person who did it
    answer_moved: Mapping[RequestState, str]
    answer_undone: str
    answer_undone_with: str

    # History: by event, where the kind says it otherwise than `texts.modals.HISTORY_WORDS`
    history: Mapping[str, str]


ACCESS = KindWords(
    requests="*{requesting}* requests {what}, {term}.",
    requested="*{requesting}* requested {what}, {term}.",
    requests_to_extend="*{requesting}* asks to keep {what}, {term}.",
    requested_to_extend="*{requesting}* asked to keep {what}, {term}.",
    warn_new="*First request:* {requesting} has no access to anything of yours.",
    too_few_admins=(
        "*This can't be approved as it is:* {required_approvals} needed, and {deciding} has {admins} who can "
        "decide. Give less under Adjust, decline, or add another admin."
    ),
    requested_by="Asked by {requester}, {at}.",
    requested_by_from_draft="Asked by {requester}, {at}, drafted by {author}.",
    sent_your_draft="*{requester} sent your draft.*",
    waiting="*Not decided yet:* {admins} of {deciding} can decide.",
    waiting_opened="*Not decided yet:* {deciding} has looked at it. {admins} can decide.",
    waiting_in_review="*In review:* {approvals} of {required_approvals} approvals by {deciding}.",
    nobody_can_decide=(
        "*Nobody at {deciding} can decide this now:* {required_approvals} needed, and {deciding} has "
        "{admins} who can. Tell somebody you know there."
    ),
    not_reached=(
        "*{deciding} may not have seen this:* I couldn't post it in their approvals channel. "
        "Tell somebody you know there."
    ),
    next_after={
        RequestState.APPROVED: "You can use it now. To give it back: `/access revoke`.",
        RequestState.DECLINED: "You can ask again, for less or with a better reason: `/access request`.",
        RequestState.EXPIRED: "To ask again: `/access request`.",
    },
    next_after_undo="You can ask again: `/access request`.",
    approved="*Approved* by {names}, {at}.",
    approved_less="*Approved with changes* by {names}, {at}.",
    declined="*Declined* by {name}, {at}.",
    cancelled="*Cancelled* by {name}, {at}.",
    expired="*Expired* {at}: nobody decided in time.",
    undone="*Undone* by {name}, {at}: access has ended.",
    may_undo="*You can undo it* until {at}.",
    line_approved="*Approved* by {names}, {at}: {what} for {requesting} ({ref}).",
    line_approved_less="*Approved with changes* by {names}, {at}: {what} for {requesting} ({ref}).",
    line_declined="*Declined* by {name}, {at}: {what} for {requesting} ({ref}).",
    line_cancelled="*Cancelled* by {requesting}, {at}: {what} ({ref}).",
    line_expired="*Expired* {at}, nobody decided in time: {what} for {requesting} ({ref}).",
    line_undone="*Undone* by {name}, {at}: {what} for {requesting} ({ref}).",
    expires="*It expires {at}* if nobody decides. You can ask again then.",
    expired_just_now="*It expired {at}:* nobody decided in time. You can ask again.",
    button_about="{button} request {ref} of {requesting}",
    confirm_approve="Approve {what}?",
    confirm_gets="{requesting} gets {what}, {term}.",
    confirm_more_needed=(
        "Yours is approval {number} of {required_approvals}: access starts with the last one."
    ),
    confirm_last="Access starts at once.",
    confirm_undo="Undo this approval?",
    confirm_undo_text=(
        "{requesting} loses this at once: {what}. Both sides are notified, with your name. "
        "They can ask again."
    ),
    confirm_send_text="The admins of {deciding} get it, in your name and {requesting}'s.",
    notice_approved="*Approved* by {names} of {deciding}: {given}, {term} ({ref}).",
    notice_approved_less=(
        "*Approved with changes* by {names} of {deciding}: {given}, {term} ({ref}). "
        "That is less than you asked for."
    ),
    notice_declined="*Declined* by {name} of {deciding}: {what} ({ref}).",
    notice_cancelled="*Cancelled* by {name}: {what} ({ref}).",
    notice_expired=(
        "*Expired:* {what} ({ref}). {deciding} didn't decide in time. To ask again: `/access request`."
    ),
    notice_expired_to_approvers=(
        "*Expired:* {what} ({ref}). Nobody decided in time, so {requesting} did not get it."
    ),
    notice_in_review=(
        "*{approvals} of {required_approvals} approvals:* {given} ({ref}). "
        "Another admin of {deciding} has to approve."
    ),
    notice_undone="*Undone* by {name} of {deciding}: {given} ({ref}). Access has ended.",
    adjust_described="*Pick the asset first:* they only described it.",
    adjust_intro="Choose what you give; you can give less, never more.",
    decline_intro=(
        "{requesting} gets nothing, and reads your words and your name. You can't undo this; "
        "they can ask again."
    ),
    cancel_intro=(
        "{deciding} can no longer decide on it, and their card says that you cancelled. You can ask again."
    ),
    answer_moved={
        RequestState.PENDING: "{ref} waits for a decision.",
        RequestState.IN_REVIEW: (
            "Your approval of {ref} is recorded: {approvals} of {required_approvals}. "
            "Access starts when another admin approves."
        ),
        RequestState.APPROVED: "{ref} is approved. Access is on; they've been notified.",
        RequestState.DECLINED: "{ref} is declined; they've been notified.",
        RequestState.CANCELLED: "{ref} is cancelled.",
        RequestState.EXPIRED: "{ref} has expired: nobody decided in time.",
    },
    answer_undone="The approval of {ref} is undone. What it gave has ended; both sides have been notified.",
    answer_undone_with="The approval of {ref} is undone. What it gave has ended, and what extended it "
    "({refs}); both sides have been notified.",
    history={EventKind.REQUEST_PENDING: "asked"},
)

WORDS: dict[RequestKind, KindWords] = {RequestKind.ACCESS: ACCESS}
"""What is said about requests of each kind."""
