# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""Whether access works: the question, the help for those who cannot use it, and what is said of the answer."""

ASKED = "Can you use {what}?"
ASKED_AGAIN = "Can you use {what} now?"
FACT_SAID_NO = "You said no {at}"
IS_OVER = "*What {ref} gave is no longer in force:* {what}."
YOU_SAID_YES = "*It works:* {what} ({ref}). {by} said so, {at}."
FACT_TERM = "Access since {at}"

YES = "Yes"
NO = "No, help…"
NOW = "It works now"
LATER = "Ask me again tomorrow"

# --- on cards and lists -----------------------------------------------------------------------------

WORKS = "*It works:* {by} said so, {at}."
WORKS_NOT = "*Can't be used yet:* {by} said so, {at}."
ROW_WORKS = "In use."
ROW_WORKS_NOT = "*Can't be used yet*, said {at}."

# --- the help ---------------------------------------------------------------------------------------

HELP_TITLE = "Can't use it yet?"
HELP_SAID = "*{owner} knows now* that you can't use {what} ({ref}). What usually helps:"
HELP_WAIT = (
    "*Wait a few minutes* after the access was given, then reload Business Manager: it takes a while to show."
)
HELP_BUSINESS = "*Choose the right business:* {holder}, Business ID {id}, at the top of Business Manager. In another business, or in your own profile, it doesn't show."
HELP_ASSIGNED = "*Be assigned to it:* an admin of {holder} decides who of you may use it: `/access people`"
HELP_LISTED = "*Look at what was given:* `/access partner {id}` lists it, with each level."
HELP_THEN = "Still not there? Write to {owner}, or let me ask you again tomorrow."
HELP_PASSED = "Still not there? {owner} owns it since the access was given, so ask one of their admins, or let me ask you again tomorrow."

# --- notices ----------------------------------------------------------------------------------------

NOTICE_NOT = "*{holder} can't use it yet:* {what} ({ref}). Look whether it went to the right business, at the right level: `/access partner {id}`. To write to them, use the buttons of the card."
NOTICE_NOT_OWN = (
    "*{by} can't use it yet:* {what} ({ref}). {owner} knows. To write to them, use the buttons of the card."
)
PASSED_NOT = "*{holder} can't use {asset} yet* ({refs}). They have that from before {owner} owned it: `/access partner {id}` shows at which level."
PASSED_NOT_OWN = "*{holder} can't use {asset} yet* ({refs}). {owner}, who owns it now, knows."
PASSED_NOW = "*It works now*, {holder} says: {asset} ({refs})."
NOTICE_NOW = "*It works now*, {by} says: {what} ({ref})."

# --- private answers --------------------------------------------------------------------------------

THANKS = "Thanks! Both sides see that it works: {about}."
NOTED = "Noted that it can't be used yet: {about}."
ASKS_AGAIN = "I'll ask you again tomorrow: {about}."
