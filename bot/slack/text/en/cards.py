# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""What stands on cards other than the words of the kind: items, terms, approvals, grants, drafts, the digest."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.grants import EndReason, GrantState
from bot.domain.requests import RequestState

# --- the sentence -----------------------------------------------------------------------------------

ON = "*{level}* on {assets}"
ON_MORE = "*{level}* on {assets} and {count} more"
ON_OTHERS = ", and access to {count} more"
ON_ASSET = "*{asset}*"
AND = " and "

# --- items on a card --------------------------------------------------------------------------------

ROW = "{asset}, {kind}: {level}{means}."
ROW_MEANS = " ({means})"
ROW_GIVEN = "{asset}, {kind}: {level}{means} instead of {requested}."
ROW_FIRST_APPROVAL = "{asset}, {kind}: the first approval gives {level}{means} instead of {requested}."
ROW_DECLINED = "{asset}, {kind}: {requested} declined."
ROW_FIRST_APPROVAL_DECLINED = "{asset}, {kind}: {requested} declined in the first approval."
ROW_HELD = "*They have* {held}; this adds {added}."
ROW_HELD_SAME = "*They already have* {held}."
ROW_HELD_BY_READER = "*You have* {held}; this adds {added}."
ROW_HELD_BY_READER_SAME = "*You already have* {held}."
ROW_UNNAMED = "*Not named yet:* pick the {kind} under Adjust."
ROW_DESCRIBED = "{owner} picks the {kind}."
MORE_ITEMS = "And {count} more: open Details."
ALL_ITEMS = "{count} in all: open Details."
THE_REST = "The rest is in Details."

# --- what is risky or odd ---------------------------------------------------------------------------

WARN_NOT_VERIFIED = "*Not verified:* nobody has confirmed who {requesting} is."
WARN_LOOKS_LIKE = "*Looks like another name:* {requesting} (ID {id}) is not {other} (ID {other_id}), which you know already. Compare the IDs before you decide."
WARN_LOOKS_LIKE_YOU = "*Looks like your own name:* {requesting} (ID {id}) is not {other} (ID {other_id}). Compare the IDs before you decide."
WARN_RISKY = "*Risky:* {what} includes billing and who has access."
WARN_CHANNEL = "*Sent to you directly:* Countersign can't post in the approvals channel of {deciding}. Choose another, or invite it there: `/access settings`."
WARN_NO_END = "*No end:* access stays until somebody ends it."

# --- facts in small print ---------------------------------------------------------------------------

NO_ACCESS = "no access"
ACCESS_TO = "access to {assets}"
FACT_DECIDE_BY = "Decide by {at}"
FACT_THREAD = "{other} can't see replies here"
FACT_OPEN_UNTIL = "Open until {at}"
FACT_APPROVALS = "{approvals} of {required_approvals}"
FACT_APPROVALS_FROM = "{approvals} of {required_approvals}, from {approved_by}"
FACT_TO = "To {deciding}"
FACT_TO_BUSINESS = "To {deciding}, {business}"
FACT_WAITING = "Waiting since {day}"
FACT_SEND_BY = "Send by {at}"
FACT_SEEN = "Seen by {people}"
FACT_PEOPLE = "For {people}"
FACT_PEOPLE_COUNT = "For {count} of their people"

# --- where it stands --------------------------------------------------------------------------------

NOT_BEFORE = (
    "*Not possible before {at}:* {required_approvals} needed, and the {admins} of {deciding} count as fewer "
    "until then: a new admin counts as one with who added them."
)
TO_CONFIRM = (
    "*Approve once more:* enough admins have approved, but one of them could not decide for a while. Any of you "
    "can confirm it."
)
TERM_FIRST_APPROVAL = "*The first approval gives it {given}*, not {requested}."
TERM_GIVEN = "*Given {given}*, not {requested}."
EXTENSION_OF = "*Extends {ref}*, which ends {old}."
EXTENSION_OF_DECIDED = "*Extends {ref}* (until {old})."
EXTENSION_OF_OVER = "*Extends {ref}*, which ended {old}."
ACKNOWLEDGED = "*{name} is looking at it.* Nobody else is reminded before {at}."
ACKNOWLEDGED_MORE = "Also looking at it: {count} more."
ESCALATED = "{people} answered for {days}, so {backups} asked too."
ESCALATED_SOON = "{people} answered yet, so {backups} asked too."
HAVE_NOT = ("{names} hasn't", "{names} haven't")
WERE = ("{names} was", "{names} were")
REMINDED = "*Reminded.* It reaches them in their working hours. You can remind them again from {at}."
MAY_REMIND = "Remind them: it reaches them in their next working hours."
COMMENT_BY = "{name} of {business} wrote, {at}:"
EARLIER_COMMENTS = "{comments} before that: open Details."
NOTE_BY = "{name} wrote:"

# --- in Details -------------------------------------------------------------------------------------

BUSINESS = "*{name}:* {business}."
FIRST_SEEN = "First seen {at}."
GROUP = "*{kind}, {level}:* {means}. Tasks: {tasks}."
GROUP_WITHOUT_TASKS = "*{kind}, {level}:* {means}."
GROUP_REQUESTED_GIVEN = "*{kind}: asked {requested}, given {given}:* {means}. Tasks: {tasks}."
GROUP_FIRST_APPROVAL = (
    "*{kind}: asked {requested}, the first approval gives {given}:* {means}. Tasks: {tasks}."
)
GROUP_DECLINED = "*{kind}, {level}: declined.*"
GROUP_FIRST_APPROVAL_DECLINED = "*{kind}, {level}: declined in the first approval.*"
ITEM_HELD = "They have {held}; this adds {added}."
ITEM_HELD_SAME = "They have {held} already."
ITEM_OTHERS = "Also held by {others}."
ITEM_UNNAMED = "“{words}”: not named yet, pick the {kind} under Adjust."
ITEM_DESCRIBED = "“{words}”: {owner} picks the {kind}."
ITEM_BOUND = "For “{words}”."
WHY = "*Why:*"
FOR_WHOM = "*For whom:* {people}."
FOR_WHOM_COUNT = "*For whom:* {count} of their people."
HOW_LONG = "*How long:* {term}."
HOW_LONG_SHORTENED = "*How long:* {given}. Asked: {requested}."
HOW_LONG_FIRST_APPROVAL = "*How long:* {given}, as the first approval shortened it. Asked: {requested}."
EXTENDS_IF_APPROVED = "*Extension of {ref}:* that access ends {old}; if approved, it goes on {new}."
EXTENDED_IN_PART = (
    "*Extension of {ref}:* {level} goes on {new}. The rest ({rest}) only until {old}, as before."
)
CLOSED_BY_OPERATOR = "*Closed*, {at}: {by} ended the access that {ref} asked to extend: {what}."
CLOSED_WITH: Mapping[EndReason | None, str] = {
    EndReason.REVOKED: "*Closed*, {at}: {owner} revoked the access that {ref} asked to extend: {what}.",
    EndReason.RELINQUISHED: "*Closed*, {at}: {holder} gave back the access that {ref} asked to extend: {what}.",
    EndReason.OWNED: "*Closed*, {at}: {holder} owns what {ref} asked to extend access to: {what}.",
    EndReason.UNDONE: "*Closed*, {at}: the approval of the access that {ref} asked to extend was undone: {what}.",
}
EXTENDED = "*Extension of {ref}:* from {old}, going on {new}."
NOT_EXTENDED = "*Extension of {ref}:* that access ends {old}; to go on {new} was asked."
NOT_EXTENDED_OVER = "*Extension of {ref}:* that access ended {old}; to go on {new} was asked."
DECIDE_BY = "*Decide by:* {at}. After that the request expires."
NEEDED = "*Approvals:* 0 of {required_approvals}."
APPROVALS_SOME = "*Approvals:* {approvals} of {required_approvals}, from {approved_by}."
OPENED_BY = "*Seen by:* {people}."

# --- grants -----------------------------------------------------------------------------------------

GRANT_UNTIL = "Access until {at}."
GRANT_CUT = "Access until {at}: it ends with the contract."
GRANT_STATES: Mapping[GrantState, str] = {
    GrantState.ACTIVE: "Access with no end.",
    GrantState.PENDING: "Access is on its way.",
    GrantState.ENDING: "Access is ending now.",
    GrantState.ENDED: "Access ended.",
    GrantState.FAILED: "Access couldn't be turned on.",
    GrantState.STUCK: "Access should have ended, but couldn't be turned off: it may still work.",
}
GRANT_REACHED = "Ended {at}, as planned."
GRANT_REACHED_LATE = "Ended {at}. It was to end {planned}, but couldn't be taken away at Meta before."
GRANT_REVOKED = "Ended {at}: revoked by {by}."
GRANT_RELINQUISHED = "Ended {at}: given back by {by}."
GRANT_OWNED = "Ended {at}: {holder} owns it now."
GRANT_UNDONE = "Ended {at}: the approval was undone."
GRANT_NOTE = "“{note}”"
GRANT_NEVER = "Ended {at}: it never came into force at Meta."
HAS_ENDED = "This access has ended."
CONTENT_STAYS = "Anything created stays with the asset."

# --- before access ends -----------------------------------------------------------------------------

HOLDS_UNTIL = "*{holder}* has *{level}* on *{asset}* until {end}."
HOLDS = "*{holder}* has *{level}* on *{asset}*, with no end."
HELD = "*{holder}* had *{level}* on *{asset}*."
ENDS = "*It ends {at}.* Then nobody at {holder} can use it. Anything created stays with the asset."
ENDS_PARTLY = (
    "*It ends {at}.* {holder} still has {level} then, {term}. Anything created stays with the asset."
)
ENDS_TOGETHER = (
    "*Access to {assets} by {ref} ends then, too*, unless that has changed since: `/access extend` lists it."
)
FACT_ASSET = "{asset} of {owner}"
LET_END_SAID = "*You let it end.* I won't warn you again; you can still extend it."
EXTENSION: Mapping[RequestState, str] = {
    RequestState.PENDING: "*You asked to extend it* with {ref}: {owner} hasn't decided yet.",
    RequestState.IN_REVIEW: "*You asked to extend it* with {ref}: {approvals} of {required_approvals} approvals so far.",
    RequestState.APPROVED: "*Extended* with {ref}: access goes on {term}.",
    RequestState.DECLINED: "*Not extended:* {owner} declined {ref}.",
    RequestState.CANCELLED: "*Not extended:* {ref} was cancelled.",
    RequestState.EXPIRED: "*Not extended:* {ref} expired, nobody decided in time.",
}
EXTENSION_IN_PART = "*Extended in part* with {ref}: {level} goes on {term}, {rest} doesn't."
EXTENDED_ON = "*Extended* with {ref}, which was itself extended with {further}."
EXTENSION_CUT = "*Not extended any more:* what {ref} gave was cut short."
EXTENSION_STANDS: Mapping[GrantState, str] = {
    GrantState.PENDING: "*Extension approved* with {ref}: it's being put in force at Meta.",
    GrantState.FAILED: "*Not extended yet:* {ref} was approved, but couldn't be put in force at Meta.",
    GrantState.ENDING: "*Not extended any more:* what {ref} gave was ended.",
    GrantState.STUCK: "*Not extended any more:* what {ref} gave was ended.",
    GrantState.ENDED: "*Not extended any more:* what {ref} gave has ended.",
}
EXTENSION_UNDONE = "*Not extended:* the approval of {ref} was undone."

# --- the digest -------------------------------------------------------------------------------------

DIGEST_TITLE = "{requests} for you"
DIGEST_WAITS = ("request waits", "requests wait")
DIGEST_ASKS = ("question", "questions")
DIGEST_FAILED = "As of {at}, {count} couldn't be put in force at Meta. Their cards say why, and who can help."
DIGEST_STUCK = "As of {at}, {count} couldn't be taken away at Meta, and may still work. Their cards say why."
DIGEST_NOTHING = "Nothing here waits for you any more"
SNOOZED = "Snoozed until {at}"
SNOOZED_FOR_GOOD = "Snoozed until it expires"

# --- drafts -----------------------------------------------------------------------------------------

DRAFT_OF = "*{author} drafted:* {headline}"
YOUR_DRAFT = "*Your draft:* {headline}"
DRAFT_WAITS = "Not sent yet. An admin of {requesting} can send, edit or drop it until {at}."
DRAFT_NEEDS = "Not sent yet: it takes {required_approvals} of {requesting} to send it, until {at}."
DRAFT_NOT_BEFORE = (
    "*Not possible before {at}:* until then the admins of {requesting} count as fewer, as a new admin counts as one "
    "with who added them."
)
DRAFT_SENT = "*Sent* by {name}, {at}. It goes on as {ref}."
DRAFT_DROPPED = "*Dropped* by {name}, {at}. Nothing was sent."
DRAFT_EXPIRED = "*Expired* {at}: nobody sent it in time. Nothing was sent."

# --- a copy that is closed --------------------------------------------------------------------------

CLOSED = "*Closed here.* This message is kept up to date elsewhere now, or no longer concerns you."
CLOSED_NEXT = "What waits for you, and what you have: `/access`"
