# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""Access reviews: what the owner looks through, what a holder is asked, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.reviews import (
    ENDS_AFTER,
    ENDS_ANYWAY,
    LOOKED_AT,
    NEVER,
    NEW_FOR,
    OPEN_FOR,
    Need,
    Outcome,
    Silence,
)

# --- the owner's card -------------------------------------------------------------------------------

HEAD = "*Access review of {owner}:* do your partners still need what they have? {open} to look at, by {at}."
OPENED_BY = "begun by {by}"
ON_CADENCE = "begun because it was time"
LEFT_OUT = f"{{count}} not asked about: new within {NEW_FOR.days} days, ending within {ENDS_ANYWAY.days}, or looked at in the last {LOOKED_AT.days}"
SILENCES: Mapping[Silence, str] = {
    Silence.KEEP: "what nobody looks at stays as it is",
    **{one: f"what nobody looks at ends {after.days} days after that" for one, after in ENDS_AFTER.items()},
}
HOLDER = "*{holder}*, {open}."
SAYS: Mapping[Need | None, str] = {
    None: "They haven't said yet whether they still need it.",
    Need.WORKS: "{by} of {holder}, {at}: still needed, and it works.",
    Need.BROKEN: "{by} of {holder}, {at}: still needed, but *it doesn't work* for them.",
}
NOT_ASKED = "They aren't in Slack here, so can't be asked whether they still need it."
ITEM = "*{asset}* ({kind}): {level}, since {since}, {until}. Why: {reason} ({ref})"
UNTIL = "until {at}"
NO_END = "no end"
NO_REASON = "none given"
MORE_WAIT = "And {count} more: the next ones come up here as you settle these, or open *All of it*."
COUNTED: Mapping[Outcome, str] = {
    Outcome.KEPT: "{count} kept",
    Outcome.SHORTENED: "{count} shortened",
    Outcome.REMOVED: "{count} removed",
    Outcome.GIVEN_BACK: "{count} given back",
    Outcome.OVER: "{count} ended anyway",
}
CLOSED = "*Access review of {owner} is done*, {at}: {counts}."
NOBODY_LOOKED = "{count} of these because nobody looked by the deadline."
ROWS: Mapping[Outcome | None, str] = {
    None: "*{asset}*, {level} of {holder} ({ref}): still to look at.",
    Outcome.KEPT: "*{asset}*, {level} of {holder} ({ref}): kept by {by}, {at}.",
    Outcome.SHORTENED: "*{asset}*, {level} of {holder} ({ref}): ends {ends} now, by {by}, {at}.",
    Outcome.REMOVED: "*{asset}*, {level} of {holder} ({ref}): removed by {by}, {at}.",
    Outcome.GIVEN_BACK: "*{asset}*, {level} of {holder} ({ref}): given back by {holder}, {at}.",
    Outcome.OVER: "*{asset}*, {level} of {holder} ({ref}): ended by itself, {at}.",
}
BY_NOBODY = "your settings, as nobody looked at it"
MORE_CHANGED = "And {count} more: open *All of it*."

KEEP = "Keep"
SHORTEN = "Shorten…"
REMOVE = "Remove…"
KEEP_ALL = "Keep all of {holder}"
ALL_OF_IT = "All of it"
ABOUT = "{button}: {holder} on {asset}"
SURE_KEEP_ALL = ("Keep all of it?", "{holder} keeps all that still waits here: {open}.")
NOT_YET = "Not yet"

# --- what holders are asked -------------------------------------------------------------------------

ASK = "*{owner} looks through what it has given {holder}.* Does it work, and do you still need it? Please say so by {at}."
ASK_MORE = "And {count} more: `/access list shared` shows all."
ASKED_OVER = "*{owner} has looked through what it gave {holder}.* There is nothing more to answer."
ANSWERED: Mapping[Need, str] = {
    Need.WORKS: "{by}, {at}: still needed, and it works.",
    Need.BROKEN: "{by}, {at}: still needed, but it doesn't work.",
}
ASK_BUTTONS: Mapping[Need, str] = {
    Need.WORKS: "Still needed, it works",
    Need.BROKEN: "Needed, but doesn't work",
}
DONE_WITH = "Done with some of it…"

# --- notices ----------------------------------------------------------------------------------------

NUDGE = "The access review of {owner} still waits: {open} to look at, by {at}; {silence}."
NUDGE_HOLDER = (
    "{owner} still asks whether you need what it has given {holder}: {open}. Please say so by {at}."
)

# --- the form in which access is shortened ----------------------------------------------------------

TITLE = "Shorten access"
INTRO = "{holder} keeps {level} on {asset} until the end of the day that you choose, is told now, and is warned before."
INTRO_BESIDE = "This access of {holder} to {asset}, {level} ({ref}), ends with the day that you choose. {holder} is told now."
WHEN = "Until which day?"
SUBMIT = "Shorten"

# --- what is said to who acted ----------------------------------------------------------------------

BEGUN = "The review of *{business}* has begun: {grants} to look at by {at}, and {partners} asked. The card is with your admins; here is all of it."
BEGUN_UNASKED = "The review of *{business}* has begun: {grants} to look at by {at}. None of these partners is in Slack here, to be asked. The card is with your admins; here is all of it."
WAITS = "Access review of {business}: {grants} to look at by {at}. See them: `/access review {id}`."
GOES_ON = "The review of *{business}* goes on: {grants} to look at, by {at}."
DONE: Mapping[Outcome, str] = {
    Outcome.KEPT: "Kept: {level} of {holder} on {asset}.",
    Outcome.SHORTENED: "Done: {level} of {holder} on {asset} ends {until}. Both sides are told.",
}
KEPT_ALL = "Kept: all {count} of {holder}."
KEPT_SOME = "Kept: {count} of {holder}. The rest is too much for one step; press again."
THANKS = "Thank you. {owner} sees your answer in its review."
LIST_TITLE = "Access review of {business}"
NO_REVIEW = "There was no access review of {business} yet. `/access review` begins one."

# --- settings ---------------------------------------------------------------------------------------

CADENCE = "How often do you review what partners have?"
CADENCE_HINT = f"Counted from when you first gave something, and then from the last review. Each takes {OPEN_FOR.days} days."
CADENCES: Mapping[int, str] = {
    30: "Every 30 days",
    90: "Every 90 days",
    180: "Every 180 days",
    365: "Once a year",
    NEVER: "Never, only when I type /access review",
}
SILENCE = "What becomes of access that nobody looks at in a review?"
SILENCE_CHOICES: Mapping[Silence, str] = {
    Silence.KEEP: "It stays as it is",
    **{one: f"It ends {after.days} days later" for one, after in ENDS_AFTER.items()},
}
LOOSENED_CADENCE = "How often you review what partners have: {after}. So far: {before}."
LOOSENED_SILENCE = "What becomes of access that nobody looks at in a review: {after}. So far: {before}."
