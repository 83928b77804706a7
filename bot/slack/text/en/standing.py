# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""What a partner gives without asking: standing acceptance, sharing through the API, and what was found at Meta."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# --- on the partner's page --------------------------------------------------------------------------

STANDS = "*What {partner} offers you is accepted at once.* Switched on by {names}, {since}. Admin on an ad account still waits for your admins."
STANDS_NOT = "*What {partner} offers you waits for your admins now.* Accepting at once was switched on by {names}, {since}, which is no longer enough for that. Switch it off, or off and on again."
ON = "Accept at once…"
OFF = "Stop accepting at once"
CONFIRM_ON = "Accept what they offer at once?"
CONFIRM_ON_TEXT = "From now on what {partner} offers is accepted as soon as they send it, in your name. Admin on an ad account still waits for your admins. You can switch it off here, and undo what came."
CONFIRM_OFF = "Stop accepting at once?"
CONFIRM_OFF_TEXT = "What {partner} offers from now on waits for your admins. What you have already goes on."
KEEP = "Leave it"

# --- the private answer -----------------------------------------------------------------------------

DONE_ON = "Done: what {other} offers you is accepted at once from now on. {told}What waits already still has to be accepted."
OTHERS_TOLD = "Your other admins have been notified. "
DONE_WAITS = (
    "Another admin has to confirm it, and has been asked: then what {other} offers you is accepted at once."
)
DONE_WAITS_ALONE = "Another admin has to confirm it, and you have no other now: until one does, what {other} offers you waits. To add one: `/access settings`."
DONE_OFF = "Done: what {other} offers you waits for your admins again."

# --- how a request ended that nobody was asked about -------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """How a request ended about which the deciding side was not asked: to it, and to the requesting side."""

    ours: str
    theirs: str
    one_line: str
    notice: str
    history: str


UNASKED: Mapping[str, Unasked] = {
    "standing_since": Unasked(
        ours="*Accepted by your standing acceptance* for {requesting}, {at}. Switched on by {names}, {since}.",
        theirs="*Accepted by {deciding}'s standing acceptance* for you, {at}. Switched on by {names}, {since}.",
        one_line="*Accepted by your standing acceptance*, {at}: {what} from {requesting} ({ref}).",
        notice="*Accepted by {deciding}'s standing acceptance*: {given}, {term} ({ref}).",
        history="accepted by their standing acceptance",
    ),
    "direct": Unasked(
        ours="*Given by {requesting} through the API*, {at}. You weren't asked to accept it; `/access settings` can change that.",
        theirs="*Given through the API*, {at}. {deciding} takes what comes that way without accepting it first.",
        one_line="*Given by {requesting} through the API*, {at}: {what} ({ref}).",
        notice="*Given to {deciding} through the API*: {given}, {term} ({ref}).",
        history="given through the API",
    ),
    "found": Unasked(
        ours="*Recorded by {requesting}*, {at}: you have this at Meta already, and it wasn't written down here.",
        theirs="*Recorded by {names}*, {at}: {deciding} has this at Meta already.",
        one_line="*Recorded by {requesting}*, {at}: {what}, which you have at Meta already ({ref}).",
        notice="*Recorded:* {deciding} has {given} at Meta already, {term} ({ref}).",
        history="recorded, as found at Meta",
    ),
}
"""By the fact that the journal keeps of it."""
