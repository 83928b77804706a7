# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""What is said in private to the person who did something: what it came to, or why not now."""

from __future__ import annotations

SENT = "Sent to {owner} ({ref}): {admins} can decide, {required_approvals}. I'll message you when they do."
SENT_STUCK = "Sent to {owner} ({ref}), but nobody there can decide it now: {required_approvals}, and {admins} can give one. Tell somebody you know there."
SAVED = "{ref} is saved, not sent. {admins} of {business} can send it. I'll message you when they do."
SAVED_NOBODY = "{ref} is saved, not sent. {business} has no admin in Slack who could send it now: tell one."
DROPPED = "{ref} is dropped. Nothing was sent."
SNOOZED = "{ref} is snoozed until {at}."
SNOOZED_FOR_GOOD = "{ref} is snoozed: no more reminders before it expires."
ACKNOWLEDGED = "Thanks! The card of {ref} says that you are looking at it. {others} not reminded before {at}."
ACKNOWLEDGED_ALONE = "The card of {ref} says that you are looking at it, until {at}."
ACKNOWLEDGED_NO_LONGER = (
    "The others get their reminders of {ref}: you can put these off once, and never the last one."
)
REMINDED = (
    "{people} will get a reminder of {ref} in their next working hours. You can remind them once a day."
)
REMINDED_NOBODY = "Nobody is left to remind of {ref} before it expires. Tell somebody you know there."
COMMENTED = "Sent. Both sides see it at the card of {ref}."
LET_END = "It ends {at}. You are not warned again."
LET_END_OPEN = "Noted. That access has no end; to give it back: /access revoke."
CHANGED = "Saved."
REVOKED = "Ended: {grants} of {other} revoked. Both sides have been told."
RELINQUISHED = "Ended: {grants} given back to {other}. Both sides have been told."
ENDED_NOT_ALL = "{count} more that you named go on: that was too much for one step. Give the command again to end them too."

# --- when something did not work --------------------------------------------------------------------

FAULT = "That went wrong on our side, and we do not know more yet. Nothing is lost. If it happens again, tell the person who runs Countersign this reference: {reference}."
BUSY = "It is busy just now and nothing was changed. Please try again in a moment."
USER_NOT_KNOWN = "Slack did not tell us who that is. Nothing was changed; please try again."
NOT_SHOWN = "Slack did not let us show you that just now. Please try again."
UNKNOWN_ACTION = "Countersign does not know that button or form: it is from an older message. Type /access to go on from here."
NOT_INSTALLED = "Countersign is not set up for this workspace. Ask the person who runs it to install it here."
NOT_REACHED = "Countersign has no connection to this workspace just now and keeps trying. Nothing was changed; please try again in a few minutes."
DONE_BEFORE = "This was taken care of already. Look at the request to see how it stands."
UNCONFIRMED = "We could not confirm that this was kept. Look at the request again before you try once more."
