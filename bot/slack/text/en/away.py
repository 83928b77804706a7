# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""While an admin is away: the form in which they name who stands in, and what that one is told."""

from datetime import date

BUTTON = "While I'm away…"
TITLE = "While I'm away"
SUBMIT = "Save"
INTRO = "Choose another admin of *{business}* who gets what would come to you: reminders, direct messages and questions about access. Who may decide stays the same: they can already, and you still can."
STAND_IN = "Who stands in for you?"
PLACEHOLDER = "Choose an admin"
NOBODY = "Choose who stands in for you."
FROM_DAY = "First day"
UNTIL_DAY = "Last day"
DAYS_HINT = "In your time zone, {zone}."
NO_DAY = "Choose a day."
BACK_AGAIN = "End this now"

# --- in the form, in lists and on the home ----------------------------------------------------------

ROW = "*{name} stands in for you* {days}."
ROW_BUT = "*{name} would stand in for you* {days}, but is no admin now: everything still comes to you."
ROW_FOR = "You stand in for {name} {days}."
ON_DAY = "on {day}"
ON_DAYS = "from {first} to {last}"

# --- what a stand-in is told ------------------------------------------------------------------------

STANDS_IN = "*You stand in for {person}* at {business} {days}. What would come to them comes to you: reminders, direct messages and questions about access, and says so. What you may decide stays the same."
STOOD_IN = (
    "*You don't stand in for {person} any more* at {business}: what is for them no longer comes to you."
)
FOR_WHOM = "For {people}, who is away:"
FOR_THEM = "For {people}, who are away:"
FACT = "For {person}, who is away"


def days(first: date, last: date) -> str:
    """Return on which days, as it ends a sentence: "from 5 Jan 2026 to 9 Jan 2026"."""
    if first == last:
        return ON_DAY.format(day=_day(first))
    return ON_DAYS.format(first=_day(first), last=_day(last))


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
