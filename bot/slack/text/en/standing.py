# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""Standing acceptance: what a partner offers is accepted at once."""

# --- on the partner's page --------------------------------------------------------------------------

STANDS = "*What {partner} offers you is accepted at once.* Switched on by {names}, {since}. Admin on an ad account still waits for your admins."
STANDS_NOT = "*What {partner} offers you waits for your admins now.* It was to be accepted at once, switched on by {names}, {since}, which is not enough at the moment. Switch it off, or off and on again."
ON = "Accept at once…"
OFF = "Accept at once no more"
CONFIRM_ON = "Accept what they offer at once?"
CONFIRM_ON_TEXT = "From now on you have what {partner} offers as soon as they send it, in your name. Admin on an ad account still waits for your admins. You can switch it off here, and undo what came."
CONFIRM_OFF = "Accept at once no more?"
CONFIRM_OFF_TEXT = "What {partner} offers from now on waits for your admins. What you have already goes on."
KEEP = "Leave it"

# --- the private answer -----------------------------------------------------------------------------

DONE_ON = "Done: what {other} offers you is accepted at once from now on. Your other admins have been notified. What waits already still has to be accepted."
DONE_WAITS = (
    "Another admin has to confirm it, and has been asked: then what {other} offers you is accepted at once."
)
DONE_OFF = "Done: what {other} offers you waits for your admins again."

# --- how a request ended ----------------------------------------------------------------------------

ACCEPTED = "*Accepted by your standing acceptance* for {requesting}, {at}. Switched on by {names}, {since}."
ACCEPTED_THEIRS = (
    "*Accepted by {deciding}'s standing acceptance* for you, {at}. Switched on by {names}, {since}."
)
LINE_ACCEPTED = "*Accepted by your standing acceptance*, {at}: {what} from {requesting} ({ref})."
NOTICE_ACCEPTED = "*Accepted by {deciding}'s standing acceptance*: {given}, {term} ({ref})."
HISTORY = "accepted by their standing acceptance"
