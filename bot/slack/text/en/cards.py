# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""What stands on cards other than the words of the kind: items, terms, approvals, grants, drafts, the digest."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.assets import Kind, level_name
from bot.domain.grants import GrantState
from bot.domain.requests import RequestState

# --- who asks ---------------------------------------------------------------------------------------

NO_GRANTS_NOW = "no grant"
FIRST_SEEN = "First seen {at}."
NOT_VERIFIED_WARNING = "*Not verified:* nobody has confirmed that this business is who it says it is."

# --- items ------------------------------------------------------------------------------------------

GROUP = "*{kind}, {level}:* {means}. Tasks: {tasks}."
GROUP_REQUESTED_GIVEN = "*{kind}: asked {requested}, given {given}:* {means}. Tasks: {tasks}."
GROUP_FIRST_APPROVAL = (
    "*{kind}: asked {requested}, the first approval gives {given}:* {means}. Tasks: {tasks}."
)
GROUP_DECLINED = "*{kind}, {level}: declined.*"
GROUP_FIRST_APPROVAL_DECLINED = "*{kind}, {level}: declined in the first approval.*"
GROUP_RISKY = "*Risky:* this includes control of billing and of who has access, so two people must approve."
GROUP_SHORT = "*{kind}, {level}:* {means}."
LEVEL_ON = "{level} on {kinds}"
CUSTOM_NAME = level_name(Kind.PAGE, ())
ITEM_HELD = "{held} is held already, this adds {added}."
ITEM_HELD_SAME = "{held} is held already."
ITEM_OTHERS = "Also held by {others}."
ITEM_UNNAMED = "“{words}”: not named yet, choose which of your {kinds} on Adjust."
ITEM_DESCRIBED = "“{words}”: described, {owner} chooses the {kind}."
ITEM_BOUND = "For “{words}”."
IN_BRIEF = "Shown in brief: open Details for all of it."
MORE_ITEMS = "And {count} more: open Details."
ALL_ITEMS = "{count} in all: open Details."
THE_REST = "The rest is in Details."

# --- why, for whom, for how long --------------------------------------------------------------------

WHY = "*Why:*"
FOR_WHOM = "*For whom:* {people}."
HOW_LONG = "*How long:* {term}."
HOW_LONG_SHORTENED = "*How long:* {given}. Asked: {requested}."
HOW_LONG_FIRST_APPROVAL = "*How long:* {given}, as the first approval shortened it. Asked: {requested}."
EXTENDS_IF_APPROVED = "*Extension of {ref}:* that access ends {old}; if approved, it goes on {new}."
EXTENDED = "*Extension of {ref}:* from {old}, going on {new}."
NOT_EXTENDED = "*Extension of {ref}:* that access ends {old}; to go on {new} was asked."

# --- where it stands --------------------------------------------------------------------------------

DECIDE_BY = "*Decide by:* {at}. After that the request expires."
THEY_DECIDE_BY = "*Open until:* {at}. After that the request expires."
APPROVALS_NONE = "*Approvals:* none yet; {required_approvals}."
APPROVALS_SOME = "*Approvals:* {approvals} of {required_approvals}, from {approved_by}."
APPROVALS_SO_FAR = "{approvals} of {required_approvals} approvals so far."
NEEDED_ONE = "1 is needed"
NEEDED_RISKY = "{required_approvals} are needed because something risky is asked for"
NEEDED_MORE = "{required_approvals} are needed"
IN_REVIEW = "*In review:* {approvals} of {required_approvals} approvals so far."
OPENED_BY = "*Details opened by:* {people}."
ACKNOWLEDGED = "*Looking at it:* {name}, until {at}. The others are not nudged before."
ACKNOWLEDGED_MORE = "And {count} more are looking at it."
REMINDED = "*Reminded:* they are nudged in their working hours. You can remind them again from {at}."
MAY_REMIND = "Remind them, and they are nudged in their next working hours."
COMMENT_BY = "{name} of {business} wrote, {at}:"
EARLIER_COMMENTS = "{comments} before that: open Details."
NOTE_BY = "{name} wrote:"

# --- grants -----------------------------------------------------------------------------------------

GRANT_UNTIL = "In force until {at}."
GRANT_STATES: Mapping[GrantState, str] = {
    GrantState.ACTIVE: "In force, with no end.",
    GrantState.PENDING: "On its way: not in force yet.",
    GrantState.ENDING: "Being ended now.",
    GrantState.ENDED: "Ended.",
    GrantState.FAILED: "Could not be put in force.",
    GrantState.STUCK: "Should have ended but could not be taken away; it may still work.",
}
GRANT_REACHED = "Ended {at}, as agreed."
GRANT_REVOKED = "Ended {at}: revoked by {by}."
GRANT_RELINQUISHED = "Ended {at}: given back by {by}."
GRANT_UNDONE = "Ended {at}: the approval was undone."
GRANT_NOTE = "“{note}”"
CONTENT_STAYS = "What was made with it stays with the asset."

# --- before access ends -----------------------------------------------------------------------------

ENDING_TITLE = "Access ends soon"
EXTENDED_TITLE = "Access is extended"
ENDED_TITLE = "Access has ended"
YOU_HOLD = "*{asset}* of *{owner}*: {holder} holds {level} ({tasks}), from {ref}."
ENDS = (
    "*It ends {at}.* Then nobody at {holder} can use it any more. What was made with it stays with the asset."
)
LET_END_SAID = "*You let it end.* You are not warned again; you can still ask to extend it."
EXTENSION: Mapping[RequestState, str] = {
    RequestState.PENDING: "*You asked to extend it* with {ref}: {owner} has not decided yet.",
    RequestState.IN_REVIEW: "*You asked to extend it* with {ref}: {approvals} of {required_approvals} approvals so far.",
    RequestState.APPROVED: "*Extended* with {ref}: access goes on {term}.",
    RequestState.DECLINED: "*Not extended:* {owner} declined {ref}.",
    RequestState.CANCELLED: "*Not extended:* {ref} was cancelled.",
    RequestState.EXPIRED: "*Not extended:* {ref} expired, nobody decided in time.",
}
EXTENSION_UNDONE = "*Not extended:* the approval of {ref} was undone."
ASK_AGAIN = "You can ask again: /access request."

# --- the digest -------------------------------------------------------------------------------------

DIGEST_TITLE = "{requests} for you"
DIGEST_WAITS = ("request waits", "requests wait")
DIGEST_NOTHING = "Nothing waits for you any more"
DIGEST_INTRO = "You can decide right here. Each of these also has a card of its own."
DIGEST_DONE = "All of what we asked you about is decided. There is nothing left to do."
DIGEST_WAIT = "{ref}: waits since {at} ({waited}). Expires {expires}."
SNOOZED = "*Snoozed* until {at}."
SNOOZED_FOR_GOOD = "*Snoozed:* you are not nudged about it again before it expires."
AN_HOUR = "less than an hour"

# --- drafts -----------------------------------------------------------------------------------------

DRAFT_TITLE = "Draft {ref}"
DRAFT_WAITS = "Nothing has been sent yet. An admin of {requesting} sends it, edits it or drops it by {at}."
DRAFT_SENT = "*Sent* by {name}, {at}. It goes on as {ref}."
DRAFT_DROPPED = "*Dropped* by {name}, {at}. Nothing was sent."
DRAFT_EXPIRED = "*Expired* {at}: nobody sent it in time. Nothing was sent."
