# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""The end of a contract with a partner: on the partner's page, in its form, and in what both sides are told."""

# --- on the partner's page --------------------------------------------------------------------------

BUTTON = "Contract end…"
END_ONE = "End…"
END_ONE_ABOUT = "End {ref}: {asset}"
ENDS = "*The contract ends {at}*, says {said_by}. {then}"
OFFBOARDING = "*The contract ended {at}.* What is left of what you share ends {removed_at}. Either side can end it earlier here."
REMOVING = "*The contract ended {at}.* What was left of what you shared is being removed, since {removed_at}."
CLOSED = "*The contract ended {at}*, and what you shared was removed."

# --- the form ---------------------------------------------------------------------------------------

TITLE = "Contract end"
SUBMIT = "Save"
INTRO = "When does the contract of *{own}* with *{other}* end? Both sides are told 30, 7 and 1 days before."
YOURS = "*{own} says {at}.* The earlier of both sides' dates counts."
COUNTS = "*{at} counts now*, as {said_by} said."
UNTIL = "Contract ends on"
DAYS = "Days to end access by hand"
DAYS_HINT = (
    "0 to 90. After that many days, what is left of what you share ends by itself, in both directions."
)

# --- notices ----------------------------------------------------------------------------------------

CUT = "*The contract of {requesting} and {deciding} has ended*, so what is given now ends {at} at the latest."
NOTICE_SET = "*The contract of {own} with {other} ends {at}*, says {said_by}. {then} See it, or name an earlier day: `/access offboard {id}`."
NOTICE_ENDS = "*The contract of {own} with {other} ends {at}.* Between you: {grants}. {then} See it: `/access partner {id}`."
NOTICE_ENDED = "*The contract of {own} with {other} ended {at}.* Between you: {grants}. Go through it together: either side can end each on `/access partner {id}`. What is left ends {removed_at}."
NOTICE_REMOVING = "*The contract of {own} with {other} ended {at}.* Between you: {grants}, being removed since {removed_at}. See it: `/access partner {id}`."
NOTICE_NOTHING_LEFT = "*The contract of {own} with {other} ended {at}.* Nothing is left of what you shared then. See it: `/access partner {id}`."
NOTICE_CLOSED = "*Off-boarding of {other} is done.* Its contract with {own} ended {at}, and all that you shared then is removed. Anything created stays with the asset."
CLOSED_ROW = "{asset}: {level}, {holder}. {grant}"
CLOSED_MORE = "And {count} more: `/access partner {id} on {day}` shows what was shared."
CLOSED_NOTHING = "Nothing was left when the contract ended."
NO_GRANTS = "nothing that is shared"
THEN = "Then {days} to end access by hand; what is left ends {removed_at}."
THEN_NONE = "What you share ends with it."
REMAIN = ("day remains", "days remain")

# --- the private answer -----------------------------------------------------------------------------

DONE = "Saved: the contract with {other} ends {at}. {then} {told}"
DONE_LATER = "Saved. The earlier date counts: the contract with {other} ends {at}, as they said."
