# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""What is said in private to the person who did something: what it came to, or why not now."""

from __future__ import annotations

ABOUT = "{what}, {term} ({ref})"
ABOUT_SHORT = "{what} ({ref})"
SENT = "Sent to {owner} ({admins}): {about}. {required_approvals} needed. I'll message you when they decide."
SENT_STUCK = "Sent to {owner}: {about}. {stuck}"
SAVED = "Saved, not sent: {about}. {admins} of {business} can send it. I'll message you when they do."
SAVED_NOBODY = "Saved, not sent: {about}. {business} has no admin in Slack who could send it now: tell one."
SAVED_NEEDS = "Saved, not sent: {about}. It has {approvals} of {required_approvals} approvals: another admin of {business} has to send it too."
SAVED_TOO_FEW = "Saved, not sent: {about}. It takes {required_approvals} admins, and {business} has {admins}. Add another admin, or give less: `/access settings`."
DROPPED = "Dropped: {about}. Nothing was sent."
SNOOZED = "Snoozed until {at}: {about}."
SNOOZED_FOR_GOOD = "Snoozed: {about}. No more reminders before it expires."
ACKNOWLEDGED = "Thanks! The card says that you are looking at it: {about}. {others} not reminded before {at}."
ACKNOWLEDGED_ALONE = "The card says until {at} that you are looking at it: {about}."
ACKNOWLEDGED_NO_LONGER = (
    "The others get their reminders of this: {about}. You can put these off once, and never the last one."
)
REMINDED = (
    "{people} will get a reminder in their next working hours: {about}. You can remind them once a day."
)
REMINDED_NOBODY = "Nobody is left to remind before this expires: {about}. Tell somebody you know there."
COMMENTED = "Message sent. Both sides see it on the card: {about}."
COMMENTED_UNHEARD = "Your message is kept, but nobody at *{business}* can read it in Slack now: please let them know. It is about {about}."
LET_END = "This access to {asset} ends {at}. I won't warn you again."
LET_END_OPEN = "Noted. This access to {asset} has no end; to give it back: `/access revoke`."
CHANGED = "Saved."
ASSIGNED = "Done: {person} has {level} on {asset} now."
ASSIGNED_AT_META = (
    "{person}'s {level} on {asset} is being put in force at Meta. `/access people` shows how it stands."
)
UNASSIGNED_AT_META = "Taking {asset} away from {person} at Meta. `/access people` shows how it stands."
UNASSIGNED = "Done: {person} no longer has access to {asset} through your business."
TOLD = "They've been notified."
TOLD_BOTH = "Both sides have been notified."
UNHEARD = "Nobody at *{business}* can be told in Slack: please let them know."
DONE = "Done: {ref}."
REVOKED = "Done: this access of *{other}* to {assets} has ended. {told}"
RELINQUISHED = "Done: you gave this access to {assets} back to *{other}*. {told}"
ASSETS = "*{assets}*"
AND_MORE = "*{assets}* and {count} more"
THESE_ASSETS = "these assets"
ENDED_NOT_ALL = "Still to end: {count} more, too many for one step. Give the command again."

# --- when something didn't work --------------------------------------------------------------------

FAULT = "Sorry, something went wrong on my side. Nothing is lost. If it happens again, tell the person who runs Countersign this: `{reference}`."
BUSY = "I'm busy just now, and nothing was changed. Please try again in a moment."
USER_NOT_KNOWN = "Slack didn't tell me who that is. Nothing was changed; please try again."
NOT_SHOWN = "Slack didn't let me show you that just now. Please try again."
UNKNOWN_ACTION = "That button or form is from an older message and no longer works. Type `/access` to go on."
NOT_INSTALLED = "Countersign isn't set up for this workspace. Ask the person who runs it to install it here."
NOT_IN_THIS_ONE = "Countersign isn't set up for this workspace of your organisation. Do this from {workspaces}, or ask the person who runs it to install it here, too."
ONLY_YOUR_SIDE = "Only your side sees what you wrote about {ref} here. Reply sends it to {business}."
NOT_REACHED = "I can't reach this workspace just now, and keep trying. Nothing was changed; please try again in a few minutes."
DONE_BEFORE = "That was done already. Look at the request to see how it stands."
UNCONFIRMED = "I couldn't confirm that this was saved. Look at the request before you try again."
