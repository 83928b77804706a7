# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""Whom requests are asked of: the form in which admins name them."""

BUTTON = "Who is asked…"
TITLE = "Who is asked"
SUBMIT = "Save"
INTRO = (
    "Choose who is reminded of requests that wait for *{business}*. Whoever you choose, any admin can decide."
)
FIRST = "Asked first"
FIRST_HINT = "Leave this empty to ask all admins, except those below."
BACKUPS = "Asked if nobody answers"
BACKUPS_HINT = "They are asked the working morning after the reminders of day one and day three. Leave this empty to ask all other admins then."
PLACEHOLDER = "Choose admins"
NO_ADMINS = "No admin of that name in your business"

# --- in lists and on the home -----------------------------------------------------------------------

ROW = "Asked first: {first}. Asked if nobody answers: {backups}."
ALL_ADMINS = "all admins"
ALL_OTHERS = "all other admins"
NOBODY_ELSE = "nobody else"
