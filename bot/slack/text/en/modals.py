# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""What stands in forms and pickers, other than the words of the kind and the settings."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.events import EventKind

# --- asking -----------------------------------------------------------------------------------------

REQUEST_EDIT_TITLE = "Edit draft"
REQUEST_SAVE = "Save for an admin"
REQUEST_SAVE_CHANGES = "Save changes"
REQUEST_DRAFT = "This is a draft: nothing is sent until an admin of {business} sends it."
REQUESTING = "For which of your businesses?"
REQUESTING_MORE = (
    "Not in this menu, which is full: {count} more of your businesses. Another admin of theirs can ask."
)
OWNER_PLACEHOLDER = "Search by name, or type its Business ID"
OWNER_HINT = "A Business ID is 5 to 20 digits. They'll find it in Business Settings → Business info."
TYPED = "You typed: /access {line}"
EARLIER = "Start from an earlier request?"
EARLIER_OR_BUNDLE = "Start from a bundle or an earlier request?"
EARLIER_PLACEHOLDER = "Choose one, or go on below"
EARLIER_ABOUT = "{day}: {reason}"
ASSETS = "Which assets?"
ASSET = "Which {kind}?"
ASSETS_PLACEHOLDER = "Search, or paste an asset's ID or link"
LEVEL_PLACEHOLDER = "Choose a level"
CUSTOM = "Custom: {tasks}"
DESCRIBE = "Describe what you need instead"
DESCRIBE_MORE = "Describe another"
DESCRIBE_HELP = "No ID or link? Describe the asset, and the owner picks it."
UNDESCRIBE = "Remove"
DESCRIBED = "Described asset {number}"
DESCRIBED_KIND = "Described asset {number}: what is it?"
DESCRIBED_WORDS = "Described asset {number}: in your words"
DESCRIBED_PLACEHOLDER = "For example: the ad account of the Berlin shop"
DESCRIBED_LEVEL = "Described asset {number}: what do you need?"
TERM = "For how long?"
TERM_CHOICES = {"7": "7 days", "30": "30 days", "90": "90 days"}
TERM_OTHER_DAYS = "Another number of days…"
TERM_DATE = "Until a date…"
TERM_CONTRACT = "Until the contract ends, {day}"
TERM_NONE = "No end: until somebody ends it"
DAYS = "How many days?"
DAYS_HINT = "Counted from the moment access starts."
UNTIL = "Until which day?"
UNTIL_HINT = "Access ends at the end of that day, in your time zone ({zone})."
UNTIL_HINT_KEPT = "On this day access ends at {time}, as it was asked for; on another, at the end of the day. In your time zone ({zone})."
PEOPLE = "For whom?"
PEOPLE_LEFT = "No longer in {business}, so left out here: {people}."
PEOPLE_PLACEHOLDER = "Search your own people"
PEOPLE_HINT = "They're assigned as soon as access starts; you can also assign people later. The owner sees how many, not who."
REASON = "Why?"
TO_SEND = "It takes {approvals} of {business} to send this: the others get a card first."
NOT_BEFORE = "{said} Not possible before {day}: a new admin counts as one with who added them."
TO_SEND_TOO_FEW = (
    "It takes {approvals} of {business} to send this, and you have {senders}. Add an admin, or give less."
)

# --- adjusting, declining, cancelling ---------------------------------------------------------------

ADJUST_TITLE = "Adjust {ref}"
ADJUST_SUBMIT = "Approve"
AS_REQUESTED = "As asked: {level}"
AS_FIRST_APPROVED = "As first approved: {level}"
GIVE = "Give {level}"
NOT_THIS = "Decline this one"
BIND = "“{words}”: which of your assets is it?"
KIND_OF = "{kind}: {asset}"
BIND_THIS = "Choose which of your assets it is, or decline this one above."
BIND_PLACEHOLDER = "Search your {kinds}"
SHORTEN = "For how long?"
SHORTEN_KEEP = "As asked: {term}"
SHORTEN_KEEP_FIRST_APPROVED = "As first approved: {term}"
SHORTEN_DAYS = "Fewer days…"
SHORTEN_UNTIL = "Until an earlier date…"
NOTE = "Message to {requesting}"
NOTE_HINT = "Both sides can read it. Up to 500 characters."
ADJUST_RISKY = "Admin on an ad account takes at least two approvals; a lower level may take fewer."
DECLINE_TITLE = "Decline {ref}"
DECLINE_SUBMIT = "Decline"
DECLINE_NOTE = "Why not?"
DECLINE_NOTE_MISSING = "Say in a few words why not; they read it."
CANCEL_TITLE = "Cancel {ref}"
CANCEL_SUBMIT = "Cancel request"
CANCEL_NOTE = "Why?"

# --- ending access ----------------------------------------------------------------------------------

END_TITLE = "End access"
END_SUBMIT = "Preview"
END_INTRO = "You'll see what would happen before anything ends."
END_GRANTS = "Which access?"
END_PLACEHOLDER = "Search by asset, ID or business"
END_NOW_TITLE = "End access now?"
END_NOW_SUBMIT = "End access"
END_REVOKE = "*Revoke* from {holder}: {asset}, {level}. {grant}"
END_RELINQUISH = "*Give back* to {owner}: {asset}, {level}. {grant}"
END_ALL = "This ends all {total} that you named; {count} of them are shown here."
END_SOME = (
    "This ends {most} of the {total} that you named, too many for one step; {count} of them are shown here."
)
END_KEEPS = (
    "*{holder} keeps {level}* on {asset}, with no end. To end that too: `/access revoke {id} from {other}`."
)
END_KEEPS_UNTIL = (
    "*{holder} keeps {level}* on {asset} until {until}. To end that too: `/access revoke {id} from {other}`."
)
END_WHOSE_REVOKED = (
    "It ends for everybody who uses it. Anything created stays with the asset. You can't undo this; they can ask "
    "again."
)
END_WHOSE_RELINQUISHED = (
    "It ends for all your people who use it. Anything created stays with the asset. You can't undo this; you can "
    "ask again."
)
END_WHOSE_BOTH = (
    "It ends for everybody who uses it. Anything created stays with the asset. You can't undo this; whoever had "
    "it can ask again."
)
END_NOTE = "Why?"
END_NOTE_HINT = "{others} can read it too. Up to 500 characters."
END_NONE = "Choose what is to end."
END_MANY = "Choose at most {most}; these are {count}. For all of an asset or a partner: /access revoke."
GRANT_OPTION_REVOKE = "Revoke: {asset}"
GRANT_OPTION_RELINQUISH = "Give back: {asset}"
GRANT_OPTION_FROM = "from {business}, {level}"
GRANT_OPTION_TO = "to {business}, {level}"

# --- extending access -------------------------------------------------------------------------------

EXTEND_TITLE = "Extend access"
EXTEND_SUBMIT = "Ask to extend"
EXTEND_INTRO = "*{asset}* of *{owner}*, {level}{means}."
EXTEND_ENDS = "It ends {at}."
EXTEND_CUT = (
    "*The contract ends it {at}.* By itself it would end {end}: more days are counted from then, and help only if "
    "the contract ends later."
)
EXTEND_HELP = "{owner} decides. Nothing changes before they approve."
EXTEND_TERM = "For how much longer?"
EXTEND_DAYS = "How many more days?"
EXTEND_DAYS_HINT = "Counted from the day until which you have it now."

# --- comments ---------------------------------------------------------------------------------------

COMMENT_TITLE = "About {ref}"
COMMENT_SUBMIT = "Send"
COMMENT_INTRO = "{business} reads this with your name. It doesn't change the request."
COMMENT_QUESTION = "What do you want to know?"
COMMENT_ANSWER = "What do you want to say?"
COMMENT_HINT = "Both sides can read it. Up to 500 characters."
COMMENT_MISSING = "Write a few words first."

# --- details and history ----------------------------------------------------------------------------

MESSAGE_TITLE = "Countersign"
DETAILS_TITLE = "Request {ref}"
HISTORY_TITLE = "History {ref}"
PAGE_OF = "Page {page} of {pages}"
NO_HISTORY = "Nothing is recorded yet."
HISTORY_LINE = "*{at}:* {what}."
HISTORY_LINE_BY = "*{at}:* {what}, by {by}."
HISTORY_APPROVALS = " Approvals: {approvals} of {required_approvals}."
HISTORY_OTHER = "recorded as {kind}"
HISTORY_WORDS: Mapping[str, str] = {
    EventKind.REQUEST_OPENED: "details opened",
    EventKind.REQUEST_IN_REVIEW: "approved, and more approvals are needed",
    EventKind.REQUEST_APPROVED: "approved",
    EventKind.REQUEST_DECLINED: "declined",
    EventKind.REQUEST_CANCELLED: "cancelled",
    EventKind.REQUEST_EXPIRED: "expired, because nobody decided in time",
    EventKind.REQUEST_UNDONE: "approval undone",
    EventKind.REQUEST_REVISED: "card updated, because what it shows changed",
    EventKind.REQUEST_NUDGED: "approvers reminded",
    EventKind.REQUEST_ESCALATED: "backup approvers asked, because nobody had answered",
    EventKind.REQUEST_REMINDED: "approvers reminded by the requester",
    EventKind.REQUEST_SNOOZED: "snoozed by an approver",
    EventKind.REQUEST_ACKNOWLEDGED: "acknowledged by an approver",
    EventKind.REQUEST_COMMENT: "comment written",
    EventKind.REQUEST_ASKED: "asked whether the access works",
    EventKind.REQUEST_WORKS: "told whether the access works",
    EventKind.REQUEST_CHECK_LATER: "to be asked again whether it works",
    EventKind.REQUEST_ERASED: "what people had written was erased",
    EventKind.GRANT_LET_END: "left to end",
    EventKind.GRANT_HELD_UP: "access held up at Meta",
    EventKind.GRANT_TRIMMED: "your people's access ended or was reduced with it",
    EventKind.GRANT_PASSED: "another business owns it now, and access goes on",
    EventKind.GRANT_SHORTENED: "the end of access was brought forward",
    EventKind.GRANT_KEPT: "access was reviewed, and kept",
    EventKind.GRANT_PENDING: "access is on its way",
    EventKind.GRANT_ACTIVE: "access started",
    EventKind.GRANT_ENDING: "access is being ended",
    EventKind.GRANT_ENDED: "access ended",
    EventKind.GRANT_FAILED: "access couldn't be turned on",
    EventKind.GRANT_STUCK: "access couldn't be turned off",
    EventKind.DENIED: "an attempt was denied",
}

# --- pickers ----------------------------------------------------------------------------------------

NO_OWNERS = "No business found. Type its exact Business ID (5 to 20 digits)"
NO_OWNER_ID = "“{text}” is no Business ID: type 5 to 20 digits"
UNKNOWN_OWNER_ID = "Business ID {id} (not known here)"
UNKNOWN_PERSON = "Somebody I don't know"
NO_PEOPLE = "Nobody of that name in your business"
NO_GRANTS = "No access found that you could end"
NO_OWN_ASSETS = "You own no {kind} of that name"
VERIFIED_OPTION = "Verified"
NOT_VERIFIED_OPTION = "Not verified"
MEMBER_ID = "Member ID in Slack: {id}"
NOT_A_CHOICE = "That line is only a note. Remove it and choose again."
MORE_OPTIONS = "There are more: type what it is called"
