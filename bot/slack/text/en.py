# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""Every word that people read in Slack: one catalogue, in English.

Templates are filled by `bot.slack.kit.line` (`{name}` a value, `*…*` bold) or by `str.format`
where only plain text can stand. Texts address one person, say what is so, and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.domain.assets import LEVELS, TASKS, Kind, Level, Tasks, find_level, level_name, level_of
from bot.domain.grants import EndReason, GrantState
from bot.domain.policy import DenialReason, Role, Status, WhoMayAsk
from bot.domain.requests import (
    LONGEST_DAYS,
    LONGEST_NOTE,
    LONGEST_REASON,
    LONGEST_WORDS,
    MOST_ITEMS,
    MOST_PEOPLE,
    ErrorCode,
    FieldError,
    RequestState,
    Term,
    TermKind,
)
from bot.services.results import Denied, Party
from bot.slack.ids import Section
from bot.slack.kit import Line, line, plain

# --- small words ------------------------------------------------------------------------------------


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return "1 asset" or "3 assets"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(names: Iterable[str], *, most: int = 10, word: str = "and") -> str:
    """Return "A, B and C"; from the (most + 1)th name on, how many more."""
    all_names = list(names)
    shown, more = all_names[:most], len(all_names) - most
    if more > 0:
        return f"{', '.join(shown)} {word} {more} more"
    return f" {word} ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def kind_name(kind: Kind) -> str:
    """Return the kind as people say it."""
    return KINDS[kind][0]


def kind_counted(kind: Kind, number: int) -> str:
    """Return "1 ad account" or "3 ad accounts", as it stands inside a sentence."""
    return counted(number, KINDS[kind][1], KINDS[kind][2])


KINDS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.PAGE: ("Page", "Page", "Pages"),
    Kind.AD_ACCOUNT: ("Ad account", "ad account", "ad accounts"),
    Kind.PIXEL: ("Pixel", "pixel", "pixels"),
    Kind.INSTAGRAM_ACCOUNT: ("Instagram account", "Instagram account", "Instagram accounts"),
}

ONLY_THESE_TASKS = "only the tasks named here"
NO_TASKS = "nothing"


def level_misfit(kind: Kind, level: str | None) -> str:
    """Return that a kind has no such level, and which it has; nothing where it fits."""
    if level is None or find_level(kind, level):
        return ""
    levels = listed(one.name for one in LEVELS[kind])
    article = "An" if KINDS[kind][1][0] in "aeiouAEIOU" else "A"
    return NO_SUCH_LEVEL.format(kind=f"{article} {KINDS[kind][1]}", level=level, levels=levels)


def level_words(kind: Kind, tasks: Tasks) -> str:
    """Return what a level lets a partner do, in plain words."""
    level = level_of(kind, tasks)
    return level.means if level else ONLY_THESE_TASKS


def level_label(kind: Kind, tasks: Tasks) -> str:
    """Return the level's name; for a custom one with its tasks."""
    level = level_of(kind, tasks)
    return level.name if level else f"{level_name(kind, tasks)}: {task_names(tasks)}"


def task_names(tasks: Iterable[str]) -> str:
    """Return the tasks as Meta calls them."""
    return ", ".join(sorted(tasks)) or NO_TASKS


def standing(party: Party) -> str:
    """Return "Business ID 998877, verified"."""
    standing = f"Business ID {party.id}, {VERIFIED if party.verified else NOT_VERIFIED}"
    return f"{standing}, {STATUSES[party.status]}" if party.status is not Status.ACTIVE else standing


VERIFIED = "verified"
NOT_VERIFIED = "not verified"
STATUSES = {Status.DEACTIVATED: "deactivated", Status.RESTRICTED: "restricted"}


def term(how_long: Term) -> Line:
    """Return for how long, as it follows "How long:"."""
    if how_long.kind is TermKind.DAYS:
        return line(TERM_DAYS, days=counted(how_long.days or 0, "day"))
    if how_long.kind is TermKind.UNTIL and how_long.until is not None:
        return line(TERM_UNTIL, until=how_long.until)
    return line(TERM_OPEN)


def short_term(how_long: Term) -> Line:
    """Return for how long, in a few words."""
    if how_long.kind is TermKind.DAYS:
        return line(counted(how_long.days or 0, "day"))
    if how_long.kind is TermKind.UNTIL and how_long.until is not None:
        return line(TERM_UNTIL, until=how_long.until)
    return line(CONFIRM_NO_END)


def confirm_term(how_long: Term) -> Line:
    """Return for how long, as it follows "gets Admin on 1 ad account"."""
    if how_long.kind is TermKind.DAYS:
        return line(CONFIRM_DAYS, days=counted(how_long.days or 0, "day"))
    return short_term(how_long)


TERM_DAYS = "{days} from the moment access starts"
TERM_UNTIL = "until {until}"
TERM_OPEN = "*no end*. Access stays until somebody ends it"

# --- the request's card -----------------------------------------------------------------------------

REQUEST_TITLE = "Access request {ref}"
DRAFT_TITLE = "Prepared ask {ref}"

ASKS = "*{requesting}* asks *{owner}* for access to {assets}."
ASKS_TO_EXTEND = "*{requesting}* asks *{owner}* to extend access to {assets}."
REQUESTED_BY = "Asked by {requester}, {at}."
REQUESTED_BY_DRAFT = "Asked by {requester}, {at}, prepared by {author}."
STANDING_NEW = "Their first request to you; they hold no access of yours."
STANDING = "Before this: {requests}. Now: {grants} in force."
NO_GRANTS_NOW = "no grant"
FIRST_SEEN = "First seen {at}."
NO_ADMIN = "no admin"
NOT_VERIFIED_WARNING = "*Not verified:* nobody has confirmed that this business is who it says it is."

GROUP = "*{kind}, {level}:* {means}. Tasks: {tasks}."
GROUP_REQUESTED_GIVEN = "*{kind}: asked {requested}, given {given}:* {means}. Tasks: {tasks}."
GROUP_FIRST_YES = "*{kind}: asked {requested}, the first yes gives {given}:* {means}. Tasks: {tasks}."
GROUP_DECLINED = "*{kind}, {level}: declined.*"
GROUP_FIRST_YES_DECLINED = "*{kind}, {level}: declined with the first yes.*"
GROUP_RISKY = "*Risky:* this includes control of billing and of who has access, so two people must say yes."
GROUP_SHORT = "*{kind}, {level}:* {means}."

QUOTED = "“{words}”"
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
THE_REST_OF_A_LIST = "More rows stand in the message itself."
THE_REST = "The rest is in Details."

WHY = "*Why:*"
NO_REASON = "no reason given"
FOR_WHOM = "*For whom:* {people}."
HOW_LONG = "*How long:* {term}."
HOW_LONG_SHORTENED = "*How long:* {given}. Asked: {requested}."
EXTENDS_IF_YES = "*Extension of {ref}:* that access ends {old}; with a yes, access goes on {new}."
EXTENDED = "*Extension of {ref}:* from {old}, going on {new}."
NOT_EXTENDED = "*Extension of {ref}:* that access ends {old}; to go on {new} was asked."
HOW_LONG_FIRST_YES = "*How long:* {given}, as the first yes shortened it. Asked: {requested}."
DECIDE_BY = "*Decide by:* {at}. After that the request expires."
APPROVALS_NONE = "*Yeses:* none yet; {required_approvals}."
APPROVALS_SOME = "*Yeses:* {approvals} of {required_approvals}, from {approved_by}."
NEEDED_ONE = "1 is needed"
NEEDED_RISKY = "{required_approvals} are needed because something risky is asked for"
NEEDED_MORE = "{required_approvals} are needed"
OPENED_BY = "*Details opened by:* {people}."
ACKNOWLEDGED = "*Looking at it:* {name}, until {at}. The others are not nudged before."
ACKNOWLEDGED_MORE = "And {count} more are looking at it."
COMMENT_BY = "{name} of {business} wrote, {at}:"
EARLIER_COMMENTS = "{comments} before that: open Details."
TOO_FEW_ADMINS = (
    "*This cannot be approved as it is:* {required_approvals} needed and {owner} has {admins} who can decide. "
    "Give less on Adjust, decline, or have another admin added."
)

APPROVED = "*Approved* by {names}, {at}."
APPROVED_LESS = "*Approved with changes* by {names}, {at}."
DECLINED = "*Declined* by {name}, {at}."
CANCELLED = "*Cancelled* by {name}, {at}. Nothing was given."
EXPIRED = "*Expired* {at}: nobody decided in time. Nothing was given."
UNDONE = "*Undone* by {name}, {at}: what was given has ended."
MAY_UNDO = "*It can be undone* until {at}. To end access after that: /access revoke."
NOTE_BY = "{name} wrote:"
SOMEBODY = "somebody"
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
GRANT_GIVEN_BACK = "Ended {at}: given back by {by}."
GRANT_UNDONE = "Ended {at}: the approval was undone."
GRANT_NOTE = "“{note}”"

# --- the asker's card -------------------------------------------------------------------------------

YOU_REQUESTED = "*You asked {owner}* for access to {assets}, for {requesting}."
YOU_REQUESTED_TO_EXTEND = "*You asked {owner}* to extend access to {assets}, for {requesting}."
SENT_YOUR_DRAFT = "*{requester} sent what you prepared:* {requesting} asks {owner} for access to {assets}."
SENT = "*Sent* {at}. {admins} of {owner} can decide."
OPENED = "*Opened:* {owner} has looked at it."
IN_REVIEW = "*In review:* {approvals} of {required_approvals} yeses are there."
THEY_DECIDE_BY = "*Open until:* {at}. After that the request expires."
NOBODY_CAN_DECIDE = (
    "*Nobody at {owner} can decide this now:* {required_approvals} and {owner} has {admins} who can. "
    "Tell somebody you know there."
)
NOT_REACHED = (
    "*{owner} may not have seen this:* we could not post it in their approvals channel. "
    "Tell somebody you know there."
)
REMINDED = "*Reminded:* they are nudged in their working hours. You can remind them again from {at}."
NEXT_UNDONE = "You can ask again: /access request."
NEXT: Mapping[RequestState, str] = {
    RequestState.APPROVED: "You can use what is in force now. To give it back: /access revoke.",
    RequestState.DECLINED: "You can ask again, for less or with more of a reason: /access request.",
    RequestState.EXPIRED: "To ask again: /access request.",
}

# --- before a request expires, before access ends --------------------------------------------------

EXPIRY_TITLE = "Request {ref} expires soon"
NOT_DECIDED = "*{owner} has not decided yet* on {ref}: you asked for {what}, for {requesting}."
NOT_DECIDED_IN_REVIEW = "*{owner} has not decided yet* on {ref}: {approvals} of {required_approvals} yeses are there. You asked for {what}, for {requesting}."
EXPIRES = "*It expires {at}.* If nobody has decided by then, nothing is given and you can ask again."
EXPIRED_JUST_NOW = "*Its time ran out {at}.* Nothing is given; you can ask again."
MAY_REMIND = "Remind them, and they are nudged in their next working hours."

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
    RequestState.IN_REVIEW: "*You asked to extend it* with {ref}: {approvals} of {required_approvals} yeses are there.",
    RequestState.APPROVED: "*Extended* with {ref}: access goes on {term}.",
    RequestState.DECLINED: "*Not extended:* {owner} declined {ref}.",
    RequestState.CANCELLED: "*Not extended:* {ref} was cancelled.",
    RequestState.EXPIRED: "*Not extended:* {ref} expired, nobody decided in time.",
}
EXTENSION_UNDONE = "*Not extended:* the approval of {ref} was undone."

# --- the digest -------------------------------------------------------------------------------------

DIGEST_TITLE = "{requests} for you"
DIGEST_WAITS = ("request waits", "requests wait")
DIGEST_NOTHING = "Nothing waits for you any more"
DIGEST_INTRO = "You can decide right here. Each of these also has a card of its own."
DIGEST_DONE = "All of what we asked you about is decided. There is nothing left to do."
DIGEST_ITEM = "*{requesting}* asks {owner} for {what}, {term}: “{reason}”"
DIGEST_ITEM_EXTEND = "*{requesting}* asks {owner} to extend {what}, {term}: “{reason}”"
DIGEST_WAIT = "{ref}: waits since {at} ({waited}). Expires {expires}."
DIGEST_APPROVALS = "{approvals} of {required_approvals} yeses are there."
SNOOZED = "*Snoozed* until {at}."
SNOOZED_FOR_GOOD = "*Snoozed:* you are not nudged about it again before it expires."
AN_HOUR = "less than an hour"
LINE_APPROVED = "{ref} of {requesting}: approved by {names}, {at}."
LINE_APPROVED_LESS = "{ref} of {requesting}: approved with changes by {names}, {at}."
LINE_UNDONE = "{ref} of {requesting}: approved, and undone by {name}, {at}."
LINE_DECLINED = "{ref} of {requesting}: declined by {name}, {at}."
LINE_CANCELLED = "{ref}: cancelled by {requesting}, {at}."
LINE_EXPIRED = "{ref} of {requesting}: expired {at}, nobody decided in time."

# --- the prepared ask -------------------------------------------------------------------------------

DRAFT = "*{author}* prepared this for you to send: *{requesting}* asks *{owner}* for access to {assets}."
YOU_DRAFTED = "*You prepared this:* {requesting} asks {owner} for access to {assets}."
DRAFT_WAITS = "Nothing has been sent yet. An admin of {requesting} sends it, edits it or drops it by {at}."
DRAFT_SENT = "*Sent* by {name}, {at}. It goes on as {ref}."
DRAFT_DROPPED = "*Dropped* by {name}, {at}. Nothing was sent."
DRAFT_EXPIRED = "*Lapsed* {at}: nobody sent it in time. Nothing was sent."

# --- buttons and dialogs ----------------------------------------------------------------------------

APPROVE = "Approve"
ADJUST = "Adjust…"
DECLINE = "Decline…"
CANCEL = "Cancel…"
SEND = "Send"
EDIT = "Edit…"
DROP = "Drop"
DETAILS = "Details"
HISTORY = "History"
UNDO = "Undo"
ACKNOWLEDGE = "I'm looking at it"
QUESTION = "Ask a question…"
WRITE_TO = "Write to {business}…"
REPLY = "Reply…"
SNOOZE = "Snooze"
REMIND = "Remind"
AGAIN = "Ask again…"
EXTEND = "Extend…"
LET_END = "Let it end"
EDIT_SETTINGS = "Edit settings…"
MEMBERS = "Members…"
MAKE_ADMIN = "Make admin"
MAKE_EMPLOYEE = "Make employee"
REMOVE_MEMBER = "Remove"
OPEN = "Open"
REQUEST = "Request access"
END_ACCESS_MORE = "End access…"
SHOW_PENDING = "What waits"
SHOW_LIST = "What is shared"
MORE = "More"
BACK = "Back"
CLOSE = "Close"
KEEP = "Go back"

BUTTON_ABOUT = "{button} request {ref} of {requesting}"
GRANT_BUTTON_ABOUT = "{button} access to {asset} ({ref})"
CONFIRM_APPROVE = "Approve this access?"
CONFIRM_NOT_YET = "Not yet"
CONFIRM_GETS = "{requesting} gets {what}, {term}."
CONFIRM_DAYS = "for {days}"
CONFIRM_NO_END = "with no end"
CONFIRM_FIRST = "Yours is yes {number} of {required_approvals}: nothing is in force until the last one."
CONFIRM_LAST = "Access starts at once."
CONFIRM_UNDO = "Undo this approval?"
CONFIRM_UNDO_TEXT = "What {requesting} got from {ref} ends at once, and both sides are told, with your name. They can ask again."
CONFIRM_UNDO_YES = "Undo approval"
CONFIRM_LET_END = "Let it end?"
CONFIRM_LET_END_TEXT = "Nothing changes now: access ends when it says, and you are not warned again."
CONFIRM_DROP = "Drop this ask?"
CONFIRM_DROP_TEXT = "Nothing is sent to {owner}, and {author} is told. This cannot be undone."
CONFIRM_SEND = "Send this ask?"
CONFIRM_SEND_TEXT = "The admins of {owner} are asked, in your name and that of {requesting}."

# --- notices ----------------------------------------------------------------------------------------

NOTICE_APPROVED = "{owner} approved {ref}: {names} said yes."
NOTICE_APPROVED_LESS = "{owner} approved {ref} with changes: {names} said yes to less than was asked."
NOTICE_DECLINED = "{owner} declined {ref}: {name} said no."
NOTICE_CANCELLED = "{ref} was cancelled by {name}. Nothing was given."
NOTICE_EXPIRED = "{ref} expired: {owner} did not decide in time. To ask again: /access request."
NOTICE_EXPIRED_OURS = "{ref} expired: nobody decided in time, so {requesting} got nothing."
NOTICE_REVIEW = "{ref} has {approvals} of {required_approvals} yeses. It needs another admin of {owner}."
NOTICE_UNDONE = "{name} of {owner} undid the approval of {ref}: what was given has ended."
NOTICE_COMMENT = "{name} of {business} wrote about {ref}:"
NOTICE_SENT = "{name} sent what you prepared for {owner}: {ref}."
NOTICE_DROPPED = "{name} dropped what you prepared for {owner}. Nothing was sent."
NOTICE_DRAFT_EXPIRED = "What you prepared for {owner} lapsed: nobody sent it in time."
NOTICE_DRAFT_EXPIRED_SENDERS = "What {author} prepared for {owner} lapsed: nobody sent it in time."
NOTICE_REACHED = "Access of {holder} to {asset} ended, as agreed ({ref})."
NOTICE_ENDED: Mapping[EndReason | None, str] = {
    EndReason.REACHED: NOTICE_REACHED,
    EndReason.REVOKED: "{by} revoked the access of {holder} to {asset} ({ref}).",
    EndReason.RELINQUISHED: "{by} gave back access to {asset} ({ref}).",
    EndReason.UNDONE: "Access of {holder} to {asset} ended: the approval of {ref} was undone.",
}
CONTENT_STAYS = "What was made with it stays with the asset."

# --- forms ------------------------------------------------------------------------------------------

REQUEST_MODAL_TITLE = "Request access"
REQUEST_EDIT_TITLE = "Edit prepared ask"
REQUEST_SUBMIT = "Send request"
REQUEST_SAVE = "Save for an admin"
REQUEST_SAVE_CHANGES = "Save changes"
REQUEST_FOR = "You ask for {business} (Business ID {id})."
REQUEST_DRAFT = "You prepare this; nothing is sent until an admin of {business} sends it."
REQUESTING = "For which of your businesses?"
OWNER = "Which business owns the assets?"
OWNER_PLACEHOLDER = "Search by name, or type its Business ID"
OWNER_HINT = "A Business ID is 5 to 20 digits. Its people find it in Business Settings → Business info."
OWNER_FIRST = "Choose the business first; then you choose the assets."
ASSETS = "Which assets?"
ASSETS_PLACEHOLDER = "Search, or paste an asset's ID or link"
ASSETS_HINT = (
    "Up to 25. You see what is shared with you or may be asked for; any other takes its exact ID or link."
)
LEVEL_OF = "{asset}: what do you need?"
LEVEL_PLACEHOLDER = "Choose a level"
CUSTOM = "Custom: {tasks}"
DESCRIBE = "Describe what you need instead"
DESCRIBE_MORE = "Describe another"
DESCRIBE_HELP = "No ID or link? Describe the asset, and the owner chooses it."
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
TERM_NONE = "No end: until somebody ends it"
DAYS = "How many days?"
DAYS_HINT = "Counted from the moment access starts."
UNTIL = "Until which day?"
UNTIL_HINT = "Access ends at the end of that day, in your time zone ({zone})."
PEOPLE = "For whom?"
PEOPLE_PLACEHOLDER = "Search your own people"
PEOPLE_HINT = "They are assigned as soon as access starts. Leave it empty to assign people later."
REASON = "Why?"
REASON_HINT = "{owner} reads this when they decide. Up to 500 characters."
REASON_HINT_ANY = "The owner reads this when they decide. Up to 500 characters."
WHO_IS_REQUESTED = "{admins} of {owner} will be asked. {required_approvals}"
WHO_IS_REQUESTED_ONE = "One yes is enough unless {owner} asks for more."
WHO_IS_REQUESTED_RISKY = "Two must say yes, because control of an ad account is asked for."
WHO_IS_REQUESTED_TOO_FEW = (
    "Two must say yes, because control of an ad account is asked for, and {owner} has only 1."
)
NOBODY_IS_REQUESTED = (
    "Nobody at {owner} can decide in Slack now. You can send this, but tell somebody you know there."
)

ADJUST_TITLE = "Adjust {ref}"
ADJUST_SUBMIT = "Approve"
ADJUST_INTRO = "{requesting} asks for this. Choose what you give; you can give less, never more."
AS_REQUESTED = "As asked: {level}"
AS_FIRST_YES = "As the first yes: {level}"
GIVE = "Give {level}"
NOT_THIS = "Decline this one"
BIND = "“{words}”: which of your assets is it?"
KIND_OF = "{kind}: {asset}"
BIND_THIS = "Choose which of your assets it is, or decline this one above."
BIND_PLACEHOLDER = "Search your {kinds}"
SHORTEN = "For how long?"
SHORTEN_KEEP = "As asked: {term}"
SHORTEN_KEEP_FIRST = "As the first yes: {term}"
SHORTEN_DAYS = "Fewer days…"
SHORTEN_UNTIL = "Until an earlier date…"
NOTE = "A word to {requesting}"
NOTE_HINT = "Everybody on both sides of this request can read it. Up to 500 characters."
ADJUST_RISKY = "Giving Admin on an ad account takes two yeses; a lower level may take fewer."

DECLINE_TITLE = "Decline {ref}"
DECLINE_SUBMIT = "Decline"
DECLINE_INTRO = "{requesting} gets nothing from this request and is told, with your words and your name. It cannot be undone; they can ask again."
DECLINE_NOTE = "Why not?"
DECLINE_NOTE_MISSING = "Say in a few words why not; they read it."

CANCEL_TITLE = "Cancel {ref}"
CANCEL_SUBMIT = "Cancel request"
CANCEL_INTRO = (
    "{owner} can no longer decide on it, and their card says that you cancelled. You can ask again."
)
CANCEL_NOTE = "Why?"

END_TITLE = "End access"
END_SUBMIT = "Preview"
END_INTRO = "Choose what to end. You see exactly what would happen before anything does."
END_GRANTS = "Which access?"
END_PLACEHOLDER = "Search by asset, ID or business"
END_NOW_TITLE = "End access now?"
END_NOW_SUBMIT = "End access"
END_REVOKE = "*Revoke* from {holder}: {asset}, {level} ({tasks}). {grant}"
END_GIVE_BACK = "*Give back* to {owner}: {asset}, {level} ({tasks}). {grant}"
END_PEOPLE = (
    "This ends at once, for everybody who works through it. Content stays with the owner's asset, and both sides "
    "are told. It cannot be undone; access can be asked for again."
)
END_NOTE = "Why?"
END_NOTE_HINT = "{others} can read it too. Up to 500 characters."
END_NONE = "Choose what is to end."
END_MOST = 25
GRANT_OPTION_REVOKE = "Revoke: {asset}"
GRANT_OPTION_GIVE_BACK = "Give back: {asset}"
GRANT_OPTION_FROM = "from {business}, {level}"
GRANT_OPTION_TO = "to {business}, {level}"

EXTEND_TITLE = "Extend access"
EXTEND_SUBMIT = "Ask to extend"
EXTEND_INTRO = "*{asset}* of *{owner}*, {level} ({tasks})."
EXTEND_ENDS = "It ends {at}."
EXTEND_HELP = "{owner} decides on this as on any request. Nothing changes before they say yes."
EXTEND_TERM = "For how much longer?"
EXTEND_OTHER = "Another number of days: type it below"
EXTEND_DAYS = "How many more days?"
EXTEND_DAYS_HINT = "Only if you chose another number above. Counted from the day on which access ends now."

COMMENT_TITLE = "About {ref}"
COMMENT_SUBMIT = "Send"
COMMENT_INTRO = (
    "{business} reads this with your name, beside their card. It changes nothing about the request."
)
COMMENT_QUESTION = "What do you want to know?"
COMMENT_ANSWER = "What do you want to say?"
COMMENT_HINT = "Up to 500 characters. Everybody on both sides of this request can read it."
COMMENT_MISSING = "Write a few words first."

SETTINGS_TITLE = "Settings"
SETTINGS_SUBMIT = "Save"
SETTINGS_INTRO = "These are the settings of {business} (Business ID {id}). What is open already keeps the time that it was sent with."
CHANNEL = "Approvals channel"
CHANNEL_HINT = (
    "Requests to you are posted there. Invite Countersign to it first; a direct message is no channel."
)
CHANNEL_PLACEHOLDER = "Choose a channel"
NOT_A_CHANNEL = "Choose a channel, not a direct message."
QUORUM = "How many yeses does an approval need?"
QUORUM_HINT = "From {least} to {most}. Control of an ad account always needs two."
EXPIRES_DAYS = "After how many days does a request expire?"
EXPIRES_DAYS_HINT = "From {least} to {most}."
UNDO_MINUTES = "For how many minutes can an approval be undone?"
UNDO_MINUTES_HINT = "From {least} (not at all) to {most}."
WHO_MAY_ASK = "Who may ask you for access?"
WHO_MAY_ASK_CHOICES: Mapping[WhoMayAsk, str] = {
    WhoMayAsk.ANYONE: "Any verified business that has your ID",
    WhoMayAsk.LISTED: "Only businesses that you have listed",
    WhoMayAsk.NOBODY: "Nobody",
}
HOURS = "Working hours"
HOURS_HINT = "In these hours people are nudged, each in their own time zone. For example: Mon-Fri 09:00-17:00 or 09:00-17:00."
DAYS_OFF = "Days off"
DAYS_OFF_HINT = (
    "On these days nobody is nudged. Write each as 2026-12-25, with a comma between them. At most {most}."
)
NOT_A_NUMBER = "Type a whole number."
TOO_MANY_DAYS_OFF = "These are {count} days; at most {most} fit. Leave out those that are over."
NOT_A_DAY = "“{text}” is not a day. Write it as 2026-12-25."

MEMBERS_TITLE = "Members"
MEMBERS_SUBMIT = "Add member"
MEMBERS_INTRO = "Admins ask and decide for {business}; employees prepare requests for them."
MEMBERS_HEAD = "Members, {first} to {last} of {total}"
MEMBER_ROW = "*{name}:* {role}."
MEMBER_ROW_BUT = "*{name}:* {role}; cannot act now: {why}."
ROLES: Mapping[Role, str] = {Role.ADMIN: "Admin", Role.EMPLOYEE: "Employee"}
MEMBER_WHY: Mapping[DenialReason, str] = {
    DenialReason.LINKED_TWICE: "their Slack account is linked to two people",
    DenialReason.UNCHECKED: "we have not heard from Slack yet who this is",
    DenialReason.DEACTIVATED_USER: "their Slack account is deactivated",
    DenialReason.GUEST: "they are a guest in Slack",
    DenialReason.BOT: "this is a bot",
    DenialReason.OUTSIDER: "they are at home in another workspace",
    DenialReason.WRONG_WORKSPACE: "they are at home in another workspace",
    DenialReason.SHARED_LOGIN: "this is a shared login",
}
MEMBER_BUTTON_ABOUT = "{button}: {name}"
MEMBER_WHY_ELSE = "ask the person who runs Countersign"
ADD_HEAD = "Add a member"
ADD_USER = "Who?"
ADD_USER_HINT = (
    "They must be at home in this Slack workspace. With a partner's people, share through their business."
)
ADD_USER_PLACEHOLDER = "Choose a person"
ADD_USER_MISSING = "Choose who it is."
ADD_ROLE = "As what?"
CONFIRM_ROLE = "Change the role?"
CONFIRM_MAKE_ADMIN = "{name} can then ask, decide, end access and change settings for {business}."
CONFIRM_MAKE_EMPLOYEE = "{name} can then only prepare requests for {business}; admins send and decide."
CONFIRM_REMOVE = "Remove this member?"
CONFIRM_REMOVE_TEXT = (
    "{name} no longer belongs to {business} here, and what they were assigned is taken away at once."
)
CONFIRM_DO_IT = "Yes, do it"

MESSAGE_TITLE = "Countersign"

DETAILS_TITLE = "Request {ref}"
HISTORY_TITLE = "History of {ref}"
PAGE_OF = "Page {page} of {pages}"
NO_HISTORY = "Nothing is recorded yet."
HISTORY_LINE = "*{at}:* {what}."
HISTORY_LINE_BY = "*{at}:* {what}, by {by}."
HISTORY_APPROVALS = " {approvals} of {required_approvals} are there."
HISTORY_OTHER = "recorded as {kind}"
HISTORY_WORDS: Mapping[str, str] = {
    "request.pending": "requested",
    "request.opened": "details opened",
    "request.in_review": "a yes, and more are needed",
    "request.approved": "approved",
    "request.declined": "declined",
    "request.cancelled": "cancelled",
    "request.expired": "expired, because nobody decided in time",
    "request.undone": "approval undone",
    "request.nudged": "deciders nudged",
    "request.reminded": "deciders reminded by who asked",
    "request.snoozed": "put off by a decider",
    "request.looked_into": "looked into by a decider",
    "request.remark": "written",
    "grant.let_end": "to end as it says, the holder is not warned again",
    "grant.pending": "access is on its way",
    "grant.active": "access in force",
    "grant.ending": "access is being ended",
    "grant.ended": "access ended",
    "grant.failed": "access could not be put in force",
    "grant.stuck": "access could not be taken away",
    "denied": "an attempt was refused",
}

# --- pickers ----------------------------------------------------------------------------------------

NO_OWNERS = "No business found. Type its exact Business ID (5 to 20 digits)"
NO_OWNER_ID = "“{text}” is no Business ID: type 5 to 20 digits"
UNKNOWN_OWNER_ID = "Business ID {id} (not known here)"
NO_ASSETS = "Nothing found. Paste the exact ID or link, or describe it below"
NO_PEOPLE = "Nobody of that name in your business"
NO_GRANTS = "No access found that you could end"
NO_OWN_ASSETS = "You own no {kind} of that name"
VERIFIED_OPTION = "Verified"
NOT_VERIFIED_OPTION = "Not verified"
NOT_A_CHOICE = "That line only says that nothing was found. Remove it and choose again."

# --- private answers --------------------------------------------------------------------------------

ANSWER_SENT = "{ref} is with {owner}: {admins} can decide, and {required_approvals}. You follow it in our direct messages."
ANSWER_SENT_STUCK = "{ref} is with {owner}, but nobody there can decide it now: {required_approvals}, and {admins} can give one. Tell somebody you know there."
ANSWER_SAVED = (
    "{ref} is saved, not sent. {admins} of {business} can send it. You are told in our direct messages."
)
ANSWER_SAVED_NOBODY = (
    "{ref} is saved, not sent. {business} has no admin in Slack who could send it now: tell one."
)
ANSWER_DROPPED = "{ref} is dropped. Nothing was sent."
ANSWER_MOVED: Mapping[RequestState, str] = {
    RequestState.PENDING: "{ref} waits for a decision.",
    RequestState.IN_REVIEW: "Your yes to {ref} is recorded: {approvals} of {required_approvals}. Nothing is in force until another admin agrees.",
    RequestState.APPROVED: "{ref} is approved. Access is in force, and they are told.",
    RequestState.DECLINED: "{ref} is declined, and they are told.",
    RequestState.CANCELLED: "{ref} is cancelled. Nothing was given.",
    RequestState.EXPIRED: "{ref} has expired. Nothing was given.",
}
ANSWER_UNDONE = "The approval of {ref} is undone: what it gave has ended, and both sides are told."
ANSWER_SNOOZED = "{ref} is put off: you are not nudged about it before {at}."
ANSWER_SNOOZED_FOR_GOOD = "{ref} is put off: you are not nudged about it again before it expires."
ANSWER_ACKNOWLEDGED = "The card of {ref} says that you are looking at it. {others} not nudged before {at}."
ANSWER_ACKNOWLEDGED_ALONE = "The card of {ref} says that you are looking at it, until {at}."
ANSWER_REMINDED = (
    "{people} will be nudged about {ref}, each in their next working hours. You can remind them once a day."
)
ANSWER_REMINDED_NOBODY = (
    "Nobody is left to be nudged about {ref} before it expires. Tell somebody you know there."
)
ANSWER_COMMENTED = "Sent: it stands beside the cards of {ref} on both sides."
ANSWER_LET_END = "It ends {at}. You are not warned again."
ANSWER_LET_END_OPEN = "Noted. That access has no end; to give it back: /access revoke."
ANSWER_CHANGED = "Saved. It counts from now on."
ANSWER_REVOKED = "Ended: {grants} of {other} revoked. Both sides are told."
ANSWER_GIVEN_BACK = "Ended: {grants} given back to {other}. Both sides are told."
FAULT = "That went wrong on our side, and we do not know more yet. Nothing is lost. If it happens again, tell the person who runs Countersign this reference: {reference}."
BUSY = "It is busy just now and nothing was changed. Please try again in a moment."
USER_NOT_KNOWN = "Slack did not tell us who that is. Nothing was changed; please try again."
LIST_OF_OTHER = "Show {business}"
NOT_SHOWN = "Slack did not let us show you that just now. Please try again."
UNKNOWN_ACTION = "Countersign does not know that button or form: it is from an older message. Type /access to go on from here."
NOT_INSTALLED = "Countersign is not set up for this workspace. Ask the person who runs it to install it here."
DONE_BEFORE = "This was taken care of already. Look at the request to see how it stands."
UNCONFIRMED = "We could not confirm that this was kept. Look at the request again before you try once more."

# --- lists and help ---------------------------------------------------------------------------------

OVERVIEW_TITLE = "Access between businesses"
YOU_ARE = "You act for *{business}*. Business ID, to copy: {id}."
YOU_CAN_DRAFT = "You can prepare requests for *{business}*; its admins send them. Business ID, to copy: {id}."
YOU_BELONG = "You belong to *{business}* (Business ID {id}). {why}"
NOT_VERIFIED_OWN = "It is not verified yet: it can ask only those who listed it, and cannot decide."
NO_CHANNEL = (
    "It has no approvals channel yet, so requests to it go nowhere. Ask the person who runs Countersign."
)
WAITING_COUNT = "*Waiting for you:* {requests}."
NOTHING_WAITS = "Nothing waits for your decision."
REQUESTED_COUNT = "*Asked by you, not decided yet:* {requests}."
DRAFT_COUNT = "*Prepared, not sent yet:* {asks}."
OVERVIEW_HELP = "Type /access help to see every word."

PENDING_TITLE = "Pending"
WAITING_HEAD = "*Waiting for your decision* ({first} to {last} of {total})"
REQUESTED_HEAD = "*Asked by you* ({first} to {last} of {total})"
DRAFT_HEAD = "*Prepared, not sent yet* ({first} to {last} of {total})"
NOTHING_PENDING = "Nothing is pending: nobody waits for you, and you wait for nobody."
WAITING_ROW = "{ref}: {requesting} asks for {assets}. Decide by {at}."
REQUESTED_ROW = "{ref}: you asked {owner} for {assets}. {state} Open until {at}."
DRAFT_ROW = "{ref}: {author} prepared {assets} from {owner}. Send it by {at}."
STATE_PENDING = "No yes or no yet."
STATE_IN_REVIEW = "{approvals} of {required_approvals} yeses."
MORE_ROWS = "And {count} more."

OWNED_TITLE = "What {business} owns"
SHARED_TITLE = "What others share with {business}"
GIVEN_TITLE = "What {business} shares with others"
NONE_OWNED = "{business} owns no assets here."
NONE_SHARED = "Nobody shares anything with {business} now. To ask: /access request."
NONE_GIVEN = "{business} shares nothing with others now."
OWNED_ROW = "{asset}: {kind}. Access type OWNER."
SHARED_ROW = "{asset}: {kind} of {owner}. Access type AGENCY, {level} ({tasks}). {grant}"
GIVEN_ROW = "{asset}: {kind}, held by {holder}. Access type AGENCY, {level} ({tasks}). {grant}"
ENDING_LIST_TITLE = "What ends for {business}"
NONE_ENDING = "Nothing that {business} holds has an end."
ENDING_ROW = "{asset}: {kind} of {owner}, {level}. {grant}"
SETTINGS_MORE = "And {count} more: they stand in Countersign's home."
SETTINGS_NONE = "Only admins see and change the settings of a business. You are admin of none here."
ROWS_OF = "{first} to {last} of {total}"

# --- the home ---------------------------------------------------------------------------------------

HOME_TITLE = "Access between businesses"
HOME_STRANGER = "Hello! You do not belong to any business here yet, so there is nothing to show."
HOME_STRANGER_NEXT = "To be added, ask an admin of your business: in their Countersign home, under Settings, they choose Members and add you. If nobody is admin yet, ask the person who runs Countersign. Then open this page again."
HOME_HEADS: Mapping[Section, str] = {
    Section.WAITING: "Waiting for me",
    Section.REQUESTED: "My requests",
    Section.DRAFT: "Prepared, not sent yet",
    Section.REACH: "What I can reach",
    Section.PARTNERS: "Partners",
    Section.ENDS_SOON: "Ends soon",
    Section.DECIDED_AWAY: "Decided while I was away",
    Section.SETTINGS: "Settings",
}
HOME_NONE: Mapping[Section, str] = {
    Section.WAITING: "Nothing waits for your decision.",
    Section.REQUESTED: "You wait for nobody's decision.",
    Section.DRAFT: "Nothing is prepared.",
    Section.REACH: "Nobody shares anything with you now. To ask for access: Request access, above.",
    Section.PARTNERS: "You share with nobody, and nobody shares with you.",
    Section.ENDS_SOON: "No access ends in the next two weeks.",
    Section.DECIDED_AWAY: "Your colleagues decided nothing since you last looked.",
}
HOME_HEAD_ROWS = "{head} ({first} to {last} of {total})"
HOME_PAGE_EMPTY = "There is nothing on this page any more. Go back to see the others."
REACH_ROW = "*{asset}:* {kind} of {owner}, {level} ({tasks}). {grant}"
PARTNER_ROW = "*{partner}* (Business ID {id}): you share {given} with them, they share {held} with you."
PARTNER_NOTHING = "nothing"
PARTNER_NOT_VERIFIED = "Not verified."
HOLDS_UNTIL = "*{asset}* of {owner}: {holder} holds {level}. {grant}"
LENDS_UNTIL = "*{asset}:* {holder} holds {level} from {owner}. {grant}"
SETTINGS_OF = "*{business}*. Business ID, to copy: {id}."
SETTINGS_REQUEST = "Asking: {who}. Expiry: {expires} after it is sent."
SETTINGS_YES = "Yeses needed: {quorum}. Undo: {undo}."
SETTINGS_NO_UNDO = "not possible"
SETTINGS_UNDO = "for {minutes} after an approval"
SETTINGS_HOURS = "Working hours: {hours}. Days off: {days}."
SETTINGS_NO_DAYS = "none"
SETTINGS_MEMBERS = "Members: {members}, {admins} of whom can act as admin."
SETTINGS_CHANNEL = "Approvals channel: set."

HELP_TITLE = "What you can type"
HELP: Mapping[str, tuple[str, str]] = {
    "request": (
        "Ask another business for access. Alone it opens a form; in one line it names assets, level, how long and why.",
        "/access request act_123 general user for 30d because Q1 launch from 998877",
    ),
    "pending": ("See what waits for you, what you asked, and what is prepared.", "/access pending"),
    "list": (
        "See what you own, what is shared with you (shared), what you share (given), what ends (ending), or what is pending.",
        "/access list shared",
    ),
    "cancel": (
        "Take back a request that is not decided yet.",
        "/access cancel AMBER-1234 because wrong account",
    ),
    "revoke": (
        "End access: revoke what you share, or give back what is shared with you. You see a preview first.",
        "/access revoke act_123 from 998877",
    ),
    "extend": (
        "Ask for more time on access that ends. Alone it lists what ends.",
        "/access extend act_123 for 30d because the campaign goes on",
    ),
    "settings": ("See your Business ID, and as an admin change settings and members.", "/access settings"),
    "help": ("See this, or one word of it.", "/access help request"),
}
HELP_START = "After /access:"
HELP_ROW = "*{word}:* {text}"

# --- what was typed after /access -------------------------------------------------------------------

WRONG_WORD = "I do not know “{word}”. Did you mean /access {near}? {example}"
WRONG_WORD_FAR = "I do not know “{word}”. Type /access help to see what there is. {example}"
EXAMPLE = "For example: {example}"
NOT_AN_ASSET = (
    "“{text}” is neither an asset ID, nor a link to one, nor a task or level. An ad account's ID is act_ and "
    "digits; others are 5 to 20 digits."
)
NEAR_TASK = "“{text}” is not a task or level. Did you mean {near}?"
TOO_MANY_ASSETS = "You named {count} assets; one request takes at most {most}. Split it into several."
TWICE = "You named {asset} twice."
NO_LENGTH = "“for {text}” is not a length of time. Say for 30d, for 2 weeks, until 2026-12-31, or no end."
NO_DATE = "“{text}” is not a date. Write it as 2026-12-31."
PAST_DATE = "{text} is over already. Choose a day from today on."
TOO_MANY_DAYS = f"“{{text}}” is not possible: between 1 and {LONGEST_DAYS} days."
NO_WORDS_AFTER = "Something must follow “{word}”."
NOT_AN_OWNER = "“{text}” is not a Business ID. It is 5 to 20 digits; its people find it in Business Settings → Business info."
REASON_TOO_LONG = f"The reason has {{count}} characters; at most {LONGEST_REASON} fit. Please shorten it."
NOTE_TOO_LONG = (
    f"What follows “because” has {{count}} characters; at most {LONGEST_NOTE} fit. Please shorten it."
)
WORDS_TOO_LONG = f"The description has {{count}} characters; at most {LONGEST_WORDS} fit. Please shorten it."
NO_DESCRIPTION = "Put the description in quotes after “described”."
QUOTE_OPEN = "A quotation mark is opened and not closed."
NO_SUCH_LEVEL = "{kind} has no level “{level}”. It has {levels}."
TWO_LEVELS = "You named a level and tasks. Name one level, or tasks."
SAID_TWICE = "You said “{word}” twice."
NOT_A_REF = "“{text}” is not a request's reference. It stands in the card's title and looks like AMBER-1234."
WHICH_REQUEST = "Which request? Name its reference, as it stands in the card's title."
WHICH_LIST = (
    "There is no list “{text}”. There are owned, shared (with you), given (by you), ending and pending."
)
NOT_UNDERSTOOD = "I do not understand “{text}” there."

# --- no ---------------------------------------------------------------------------------------------

_OUTSIDER = (
    "You cannot do that here, or there is no such request. If you think you should be able to, ask an admin of "
    "your business or the person who runs Countersign."
)
_BUSINESS_ID = "A Business ID is 5 to 20 digits, without spaces, letters or signs. Its people find it in Business Settings → Business info."

_DENIALS: Mapping[DenialReason, str] = {
    # Whoever is not a member learns nothing, not even whether there is such a request.
    DenialReason.STRANGER: _OUTSIDER,
    DenialReason.NOT_MEMBER: _OUTSIDER,
    DenialReason.UNKNOWN_REQUEST: _OUTSIDER,
    DenialReason.LINKED_TWICE: "Your Slack account is linked to two people here, so it cannot act for either. Ask the person who runs Countersign to mend that.",
    DenialReason.UNCHECKED: "We have not heard from Slack yet who you are. Please try again in a minute.",
    DenialReason.DEACTIVATED_USER: "Your Slack account is deactivated, so it cannot act for a business. Ask another admin.",
    DenialReason.GUEST: "Guests of a Slack workspace cannot act for a business. Ask a full member who is an admin.",
    DenialReason.BOT: "Bots cannot act for a business. A person who is an admin must do this.",
    DenialReason.OUTSIDER: "You are here from another workspace, so you cannot act for this business. Ask one of its own admins.",
    DenialReason.WRONG_WORKSPACE: "Act for this business from its own Slack workspace; this is not it.",
    DenialReason.SHARED_LOGIN: "Your membership is marked as a shared login, which cannot act for a business. Sign in with your own account.",
    DenialReason.NOT_ADMIN: "Only admins of your business can do that. Ask one of them; you can prepare a request with /access request.",
    DenialReason.OWN_REQUEST: "You asked or prepared this, so somebody else must decide on it.",
    DenialReason.BOTH_SIDES: "You belong to the business that asks, so you cannot decide on this. Another admin must.",
    DenialReason.UNKNOWN_BUSINESS: "We know no business with this ID. Check the digits with them; if they are right, the business does not use Countersign yet.",
    DenialReason.UNVERIFIED: "This business is not verified yet, so it cannot be asked. Ask its people to have it confirmed.",
    DenialReason.DEACTIVATED: "This business is deactivated, so it cannot be asked. Its people can see why in their Business Manager.",
    DenialReason.RESTRICTED: "This business is restricted at the moment, so it cannot be asked. Its people can see why in their Business Manager.",
    DenialReason.OWN_UNVERIFIED: "Your business is not verified yet: it can ask only those who listed it, and cannot decide. The person who runs Countersign can confirm it.",
    DenialReason.OWN_DEACTIVATED: "Your business is deactivated: it can neither ask nor decide. See why in your Business Manager.",
    DenialReason.OWN_RESTRICTED: "Your business is restricted: it can neither ask nor decide. See why in your Business Manager.",
    DenialReason.SAME_BUSINESS: "That is your own business. Its assets are yours already; name the other business.",
    DenialReason.NOT_LISTED: "This business takes requests only from businesses it has listed, and yours is not one. Ask its people to list yours.",
    DenialReason.NOBODY_MAY_ASK: "This business takes no requests. Ask its people to share with you instead.",
    DenialReason.TOO_MANY_OPEN: "You have {count} open requests to this business. Wait for a decision or cancel one first: /access pending.",
    DenialReason.UNKNOWN_ASSET: "This business has no asset with the ID {name}. Check the ID, or describe the asset instead.",
    DenialReason.TOO_MANY_DRAFT: "You have {count} prepared asks waiting for your admins. Ask them to send some, or drop one first: /access pending.",
    DenialReason.TOO_MANY_COMMENTS: "A lot was written about {ref} today already. Go on tomorrow, or talk to them directly.",
    DenialReason.PARTNER_INACTIVE: "{name} is not active at Meta just now, so it can be given nothing. You can decline, or decide once it is active again.",
    DenialReason.OPEN_ALREADY: "{name} is asked for already, in {ref}. Wait for that decision, or cancel it first: /access pending.",
    DenialReason.GRANTED_ALREADY: "You hold that on {name} already. Ask for more than that, or leave it out: /access list shared.",
    DenialReason.ASSET_MOVED: "{name} has another owner now, so this can no longer be given. Decline it, or leave that one out on Adjust.",
    DenialReason.UNKNOWN_PERSON: "{name} is not one of your business's people. Choose somebody else.",
    DenialReason.EXPIRED: "{ref} has expired, so it can no longer be decided. It can be asked for again.",
    DenialReason.CHANGED: "{ref} has changed since you saw it, so nothing was done. Look at the newest card and decide again.",
    DenialReason.APPROVED_ALREADY: "You said yes to {ref} already. It needs the yes of another admin.",
    DenialReason.WIDER: "That is more than was asked, or more than the first yes gave. You can give less, never more.",
    DenialReason.NOTHING_GIVEN: "You gave nothing of it. To give nothing at all, decline the request.",
    DenialReason.UNBOUND: "An asset is only described so far. Choose on Adjust which of yours it is.",
    DenialReason.REMINDED_ALREADY: "They were reminded of {ref} within the last day. You can remind them again a day after that{at}.",
    DenialReason.UNDO_OVER: "The time to undo {ref} is over. To end what it gave: /access revoke.",
    DenialReason.LAST_ADMIN: "{name} is the last admin of this business, so must stay one. Make somebody else an admin first.",
    DenialReason.HOME_ELSEWHERE: "{name} is at home in another workspace, so cannot be a member here. Have their own business ask you for access, and share with that business.",
    DenialReason.UNKNOWN_GRANT: "There is no such access that you could end or extend. See what there is with /access list.",
    DenialReason.GRANT_OVER: "That access ended already{at}. Nothing was changed.",
    DenialReason.UNKNOWN_DRAFT: "There is no such prepared request. See what there is with /access pending.",
    DenialReason.DRAFT_OVER: "{ref} was sent or dropped already{by}{at}. Nothing was changed.",
}
_OVER: Mapping[RequestState | None, str] = {
    RequestState.APPROVED: "{ref} was approved already{by}{at}. Nothing was changed.",
    RequestState.DECLINED: "{ref} was declined already{by}{at}. Nothing was changed.",
    # Who cancelled may be a colleague of the asker, whose name stays on their side.
    RequestState.CANCELLED: "{ref} was cancelled{at}. Nothing was changed.",
    RequestState.EXPIRED: "{ref} expired{at}, so it can no longer be decided. It can be asked for again.",
}
_OVER_ANYHOW = "{ref} is decided already{by}{at}. Nothing was changed."
_UNDONE_ALREADY = "{ref} was undone already{by}{at}. Nothing was changed."
_SETTINGS_CHANGED = "These settings were changed since you opened them, so nothing was saved. Open them again and change what you need."
_OF_PEOPLE = frozenset({DenialReason.UNKNOWN_PERSON, DenialReason.LAST_ADMIN, DenialReason.HOME_ELSEWHERE})
_THAT_PERSON = "That person"
_THIS_REQUEST = "This request"
_THAT_ASSET = "That asset"


def denial(no: Denied) -> Line:
    """Return why not, and what to do next. Outsiders learn nothing from it.

    The three reasons of those who are not entitled say one and the same; what the answer carries
    besides is not even looked at for them.
    """
    if no.reason in {DenialReason.STRANGER, DenialReason.NOT_MEMBER, DenialReason.UNKNOWN_REQUEST}:
        return line(_OUTSIDER)
    known_time = no.at if isinstance(no.at, datetime) else None
    template = _special(no) or _DENIALS.get(no.reason) or _OVER.get(no.state, _OVER_ANYHOW)
    return line(
        template,
        ref=no.ref or _THIS_REQUEST,
        name=no.name or (_THAT_PERSON if no.reason in _OF_PEOPLE else _THAT_ASSET),
        count=no.count,
        by=line(" by {by}", by=no.by) if no.by else (),
        at=line(", {at}", at=known_time) if known_time else (),
    )


def _special(no: Denied) -> str | None:
    if no.reason is DenialReason.UNDO_OVER and no.at is not None:
        return _UNDONE_ALREADY
    return _SETTINGS_CHANGED if no.reason is DenialReason.CHANGED and no.subject_kind == "business" else None


_CODES: Mapping[ErrorCode, str] = {
    ErrorCode.BUSINESS_ID: _BUSINESS_ID,
    ErrorCode.ASSET_ID: "“{got}” is not an asset ID. An ad account's is act_ and digits (act_123); others are 5 to 20 digits.",
    ErrorCode.NO_ITEMS: "Choose at least one asset, or describe one.",
    ErrorCode.TOO_MANY_ITEMS: f"One request takes at most {MOST_ITEMS} assets; these are {{got}}. Split it into several.",
    ErrorCode.SAME_ASSET_TWICE: "{got} is in here twice. Remove one.",
    ErrorCode.NO_TASKS: "Choose what you need it for.",
    ErrorCode.UNKNOWN_TASK: "Not a task of this kind of asset: {got}. Choose a level instead.",
    ErrorCode.NO_WORDS: "Describe the asset in a few words, so that the owner can find it.",
    ErrorCode.TOO_LONG: "Too long: {got} characters. Please shorten it.",
    ErrorCode.NO_REASON: "Say why you need it; the owner reads this when they decide.",
    ErrorCode.DAYS: f"Give a number of days between 1 and {LONGEST_DAYS}.",
    ErrorCode.DATE: "Choose a day within the next ten years.",
    ErrorCode.DATE_PAST: "That day is over already. Choose a later one.",
    ErrorCode.TOO_MANY_PEOPLE: f"Name at most {MOST_PEOPLE} people; these are {{got}}.",
    ErrorCode.NUMBER: "Give a whole number from {got}.",
    ErrorCode.HOURS: "“{got}” are no working hours. Write them as 09:00-17:00, or with days as Mon-Fri 09:00-17:00.",
}


def field_error(wrong: FieldError) -> str:
    """Return what is wrong with something that was typed, as it stands at its field."""
    return plain(line(_CODES[wrong.code], got=" ".join(wrong.got.split())[:100]))


def known_tasks() -> frozenset[str]:
    """Return every task of every kind."""
    return frozenset[str]().union(*TASKS.values())


def level_description(level: Level) -> str:
    """Return what a level means, as an option's description."""
    return level.means[:1].upper() + level.means[1:]
