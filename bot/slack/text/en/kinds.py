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

    # The approvers' card
    title: str
    asks: str
    asks_to_extend: str
    requested_by: str
    requested_by_from_draft: str
    standing_new: str
    standing: str
    too_few_admins: str

    # The requester's card
    you_asked: str
    you_asked_to_extend: str
    sent_your_draft: str
    sent: str
    opened: str
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
    expiry_title: str
    not_decided: str
    not_decided_in_review: str
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

    # The draft of one
    draft: str
    you_drafted: str

    # Notices
    notice_approved: str
    notice_approved_less: str
    notice_declined: str
    notice_cancelled: str
    notice_expired: str
    notice_expired_to_approvers: str
    notice_in_review: str
    notice_undone: str

    # Digest, home and lists
    in_brief: str
    in_brief_to_extend: str
    waiting_row: str
    requested_row: str
    draft_row: str

    # Forms
    adjust_intro: str
    decline_intro: str
    cancel_intro: str

    # The answer to the person who did it
    answer_moved: Mapping[RequestState, str]
    answer_undone: str

    # History: by event, where the kind says it otherwise than `texts.modals.HISTORY_WORDS`
    history: Mapping[str, str]


ACCESS = KindWords(
    title="Access request {ref}",
    asks="*{requesting}* asks *{deciding}* for access to {assets}.",
    asks_to_extend="*{requesting}* asks *{deciding}* to extend access to {assets}.",
    requested_by="Asked by {requester}, {at}.",
    requested_by_from_draft="Asked by {requester}, {at}, drafted by {author}.",
    standing_new="Their first request to you; they hold no access of yours.",
    standing="Before this: {requests}. Now: {grants} in force.",
    too_few_admins=(
        "*This cannot be approved as it is:* {required_approvals} needed and {deciding} has {admins} who can "
        "decide. Give less on Adjust, decline, or have another admin added."
    ),
    you_asked="*You asked {deciding}* for access to {assets}, for {requesting}.",
    you_asked_to_extend="*You asked {deciding}* to extend access to {assets}, for {requesting}.",
    sent_your_draft="*{requester} sent your draft:* {requesting} asks {deciding} for access to {assets}.",
    sent="*Sent* {at}. {admins} of {deciding} can decide.",
    opened="*Opened:* {deciding} has looked at it.",
    nobody_can_decide=(
        "*Nobody at {deciding} can decide this now:* {required_approvals} needed and {deciding} has {admins} "
        "who can. Tell somebody you know there."
    ),
    not_reached=(
        "*{deciding} may not have seen this:* we could not post it in their approvals channel. "
        "Tell somebody you know there."
    ),
    next_after={
        RequestState.APPROVED: "You can use what is in force now. To give it back: /access revoke.",
        RequestState.DECLINED: "You can ask again, for less or with more of a reason: /access request.",
        RequestState.EXPIRED: "To ask again: /access request.",
    },
    next_after_undo="You can ask again: /access request.",
    approved="*Approved* by {names}, {at}.",
    approved_less="*Approved with changes* by {names}, {at}.",
    declined="*Declined* by {name}, {at}.",
    cancelled="*Cancelled* by {name}, {at}. Nothing was given.",
    expired="*Expired* {at}: nobody decided in time. Nothing was given.",
    undone="*Undone* by {name}, {at}: what was given has ended.",
    may_undo="*It can be undone* until {at}. To end access after that: /access revoke.",
    line_approved="{ref} of {requesting}: approved by {names}, {at}.",
    line_approved_less="{ref} of {requesting}: approved with changes by {names}, {at}.",
    line_declined="{ref} of {requesting}: declined by {name}, {at}.",
    line_cancelled="{ref}: cancelled by {requesting}, {at}.",
    line_expired="{ref} of {requesting}: expired {at}, nobody decided in time.",
    line_undone="{ref} of {requesting}: approved, and undone by {name}, {at}.",
    expiry_title="Request {ref} expires soon",
    not_decided="*{deciding} has not decided yet* on {ref}: you asked for {what}, for {requesting}.",
    not_decided_in_review=(
        "*{deciding} has not decided yet* on {ref}: {approvals} of {required_approvals} approvals so far. "
        "You asked for {what}, for {requesting}."
    ),
    expires="*It expires {at}.* If nobody has decided by then, nothing is given and you can ask again.",
    expired_just_now="*Its time ran out {at}.* Nothing is given; you can ask again.",
    button_about="{button} request {ref} of {requesting}",
    confirm_approve="Approve this access?",
    confirm_gets="{requesting} gets {what}, {term}.",
    confirm_more_needed=(
        "Yours is approval {number} of {required_approvals}: nothing is in force until the last one."
    ),
    confirm_last="Access starts at once.",
    confirm_undo="Undo this approval?",
    confirm_undo_text=(
        "What {requesting} got from {ref} ends at once, and both sides are told, with your name. "
        "They can ask again."
    ),
    confirm_send_text="The admins of {deciding} are asked, in your name and that of {requesting}.",
    draft="*{author}* drafted this for you to send: *{requesting}* asks *{deciding}* for access to {assets}.",
    you_drafted="*You drafted this:* {requesting} asks {deciding} for access to {assets}.",
    notice_approved="{ref} was approved by {names} of {deciding}.",
    notice_approved_less=(
        "{ref} was approved with changes by {names} of {deciding}: less is given than was asked."
    ),
    notice_declined="{ref} was declined by {name} of {deciding}.",
    notice_cancelled="{ref} was cancelled by {name}. Nothing was given.",
    notice_expired="{ref} expired: {deciding} did not decide in time. To ask again: /access request.",
    notice_expired_to_approvers="{ref} expired: nobody decided in time, so {requesting} got nothing.",
    notice_in_review=(
        "{ref} has {approvals} of {required_approvals} approvals. It needs another admin of {deciding}."
    ),
    notice_undone="The approval of {ref} was undone by {name} of {deciding}: what was given has ended.",
    in_brief="*{requesting}* asks {deciding} for {what}, {term}: “{reason}”",
    in_brief_to_extend="*{requesting}* asks {deciding} to extend {what}, {term}: “{reason}”",
    waiting_row="{ref}: {requesting} asks for {assets}. Decide by {at}.",
    requested_row="{ref}: you asked {deciding} for {assets}. {state} Open until {at}.",
    draft_row="{ref}: {author} drafted a request to {deciding} for {assets}. Send it by {at}.",
    adjust_intro="{requesting} asks for this. Choose what you give; you can give less, never more.",
    decline_intro=(
        "{requesting} gets nothing from this request and is told, with your words and your name. "
        "It cannot be undone; they can ask again."
    ),
    cancel_intro=(
        "{deciding} can no longer decide on it, and their card says that you cancelled. You can ask again."
    ),
    answer_moved={
        RequestState.PENDING: "{ref} waits for a decision.",
        RequestState.IN_REVIEW: (
            "Your approval of {ref} is recorded: {approvals} of {required_approvals}. "
            "Nothing is in force until another admin approves."
        ),
        RequestState.APPROVED: "{ref} is approved. Access is in force, and they are told.",
        RequestState.DECLINED: "{ref} is declined, and they are told.",
        RequestState.CANCELLED: "{ref} is cancelled. Nothing was given.",
        RequestState.EXPIRED: "{ref} has expired. Nothing was given.",
    },
    answer_undone="The approval of {ref} is undone: what it gave has ended, and both sides are told.",
    history={EventKind.REQUEST_PENDING: "asked"},
)

WORDS: dict[RequestKind, KindWords] = {RequestKind.ACCESS: ACCESS}
"""What is said about requests of each kind."""
