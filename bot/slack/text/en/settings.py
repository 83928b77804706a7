# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""A business's settings and members: the forms in which admins change them, and the lists that show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.actors import ApiSharing, Role, WhoMayAsk
from bot.domain.denials import DenialReason
from bot.slack.text.en.basics import names_of

# --- settings ---------------------------------------------------------------------------------------

TITLE = "Settings"
SUBMIT = "Save"
INTRO = "These are the settings of {business} (Business ID {id}). Open requests keep their expiry."
CHANNEL = "Approvals channel"
CHANNEL_HINT = (
    "Requests to you are posted there. Invite Countersign to it first; a direct message is no channel."
)
CHANNEL_PLACEHOLDER = "Choose a channel"
NOT_IN_CHANNEL = "Countersign is not in that channel. Invite it there first, then save again."
CHANNEL_SHARED = "That channel is shared with another organisation (Slack Connect): its people would read all that you are asked. Choose one of your own."
CHANNEL_ARCHIVED = "That channel is archived. Choose another one."
NOT_A_CHANNEL = "Choose a channel, not a direct message."
QUORUM = "How many admins must approve a request?"
QUORUM_HINT = "From {least} to {most}. Admin on an ad account always takes at least two."
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
API_SHARING = "When a partner shares an asset with you through the API"
API_SHARING_HINT = "What partners share with you in Slack waits for your admins, unless you accept a partner's offers at once: /access standing."
API_SHARING_CHOICES: Mapping[ApiSharing, str] = {
    ApiSharing.AT_ONCE: "You have it at once",
    ApiSharing.AFTER_ACCEPTANCE: "Your admins accept it first",
}
HOURS = "Working hours"
HOURS_HINT = "People are reminded in these hours, each in their own time zone. For example: Mon-Fri 09:00-17:00 or 09:00-17:00."
DAYS_OFF = "Days off"
DAYS_OFF_HINT = (
    "Nobody is reminded on these days. Write each as 2026-12-25, with a comma between them. At most {most}."
)
WEEKLY = "Your week"
WEEKLY_HINT = "On the first working morning of the week, where requests are posted: what ends soon, what waits, and what happened last week. Nothing if there is nothing to say."
WEEKLY_CHOICES: Mapping[str, str] = {"WEEKLY": "Once a week", "NEVER": "Not at all"}
NOT_A_NUMBER = "Type a whole number."
TOO_MANY_DAYS_OFF = "These are {count} days; at most {most} fit. Leave out those that are over."
NOT_A_DAY = "“{text}” is not a day. Write it as 2026-12-25."

# --- what lets more through ---------------------------------------------------------------------------

LOOSENS = "{name} wants the settings of {business} to let more through"
LOOSENED = "The settings of {business} let more through now"
LOOSENED_NOT = "The settings of {business} stay as they were"
LOOSENED_QUORUM = "Approvals needed: {after} instead of {before}."
LOOSENED_ASKING = "Who may ask you for access: {after}. So far: {before}."
LOOSENED_API_SHARING = "What partners share with you through the API: {after}. So far: {before}."
LOOSENED_EXPIRY = "How long a request can be decided: {after} instead of {before}."
LOOSENED_UNDO = "How long an approval can be undone: {after} instead of {before}."
LOOSENED_ACCEPTING = "What {after} offers you: accepted at once, without asking you."
LOOSENING_WAITS = "Another admin must confirm this by {at}; until then nothing changes."
LOOSENING_IN_FORCE = "{name} changed this. It holds for requests and offers from now on."
LOOSENING_BY_FILE = (
    "The person who runs Countersign changed this. It holds for requests and offers from now on."
)
LOOSENING_CONFIRMED = (
    "{name} proposed this and {other} confirmed it. It holds for requests and offers from now on."
)
LOOSENING_OVER = (
    "Nobody confirmed it in time, the settings were changed since, or who proposed it is no longer an admin."
)

# --- members ----------------------------------------------------------------------------------------

MEMBERS_TITLE = "Members"
MEMBERS_SUBMIT = "Add member"
MEMBERS_INTRO = "Admins ask and decide for {business}; employees draft requests for them. Names follow Slack; people who came with the directory file keep the name that they have there."
MEMBERS_HEAD = "Members, {first} to {last} of {total}"
MEMBER_ROW = "*{name}:* {role}."
MEMBER_ROW_BUT = "*{name}:* {role}; can't act now: {why}."
ROLES: Mapping[Role, str] = {Role.ADMIN: "Admin", Role.EMPLOYEE: "Employee"}
MEMBER_WHY: Mapping[DenialReason, str] = {
    DenialReason.LINKED_TWICE: "their Slack account is linked to two people",
    DenialReason.UNCHECKED: "Slack hasn't told me yet who this is",
    DenialReason.UNCONFIRMED: "Slack hasn't confirmed within the last day who this is",
    DenialReason.DEACTIVATED_USER: "their Slack account is deactivated",
    DenialReason.GUEST: "they are a guest in Slack",
    DenialReason.BOT: "this is a bot",
    DenialReason.OUTSIDER: "they are at home in another workspace",
    DenialReason.WRONG_WORKSPACE: "they are at home in another workspace",
    DenialReason.SHARED_LOGIN: "this is a shared login",
}
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
CONFIRM_MAKE_EMPLOYEE = "{name} can then only draft requests for {business}; admins send and decide."
CONFIRM_REMOVE = "Remove this member?"
CONFIRM_REMOVE_TEXT = "{name} leaves {business} here, and loses what they were assigned at once."
CONFIRM_DO_IT = "Yes, do it"


def listed(businesses: Sequence[str]) -> str:
    """Return the businesses that one has listed."""
    return names_of(businesses) or LISTED_NONE


# --- in lists and on the home -----------------------------------------------------------------------

ADMIN_OF_NONE = "Only admins see and change settings. You aren't an admin of a business here."
ROW_BUSINESS = "*{business}* · Business ID `{id}`"
ROW_ASKING = "Asking: {who}. Expiry: {expires} after it is sent."
LISTED = "{who} ({businesses})"
LISTED_HINT = "You have listed: {businesses}."
LISTED_NONE = "none yet"
ROW_APPROVALS = "Approvals needed: {quorum}. Undo: {undo}."
NO_UNDO = "not possible"
UNDO_FOR = "for {minutes} after an approval"
ROW_HOURS = "Working hours: {hours}. Days off: {days}."
NO_DAYS_OFF = "none"
ROW_MEMBERS = "{members}, {admins}."
ROW_CHANNEL = "Requests are posted in {channel}."
ROW_CHANNEL_BROKEN = "*Countersign can't post in* {channel}: requests go to your admins directly. Invite it there, or choose another channel under Settings."
