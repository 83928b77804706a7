# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""A partner's page, other than the words of lists."""

TITLE = "Partner"
OTHER = "*{partner}* · {status}"
SINCE = "Partner of {own} since {since}."
NEVER = "{own} and they have shared nothing so far."
AS_OF = "*As of {at}:* what was in force at that moment, whatever has ended or changed since."
WAITING = "{requests} between you not decided yet: `/access list pending {id}`."
GIVEN = "*{own} shares with {partner}*"
HELD = "*{partner} shares with {own}*"
NOTHING = "Nothing is shared in either direction now. To ask: `/access request`."
NOTHING_THEN = "Nothing was shared in either direction then."
ROW = "*{asset}*: {kind}, {level}."
ROW_SINCE = "Since {since}."
ROW_WHY = "“{reason}” Decided by {names} · {ref}"

# --- ending it --------------------------------------------------------------------------------------

END = "End the partnership…"
END_TITLE = "End this partnership?"
END_SUBMIT = "End partnership"
ENDS_WITH = "*{own}* and *{other}*, in both directions and at once:"
ENDS_ALL = "{grants} ends; {count} of them are shown here."
ENDS_SOME = (
    "{ends} of {total} assets end now, too many for one step: the rest goes on until you end it again."
)
CANCELS = "Cancelled: {requests}, {refs}."
STAYS = (
    "Anything created stays with the asset. Both sides are told. You can't undo this; either can ask again."
)
NOTE_HINT = "{other} can read it too. Up to 500 characters."
DONE = "Done: the partnership with {other} is over. Access ended: {grants}. Requests cancelled: {requests}. They've been notified."
LEFT = "{count} more go on: that was too many for one step. End the partnership again to end them too."
NOTICE = "*{by} ended the partnership with {other}.* Access ended: {grants}. Requests cancelled: {requests}."
CANCELLED = "*Cancelled*, {at}: {by} ended the partnership."
LINE_CANCELLED = "*{by} ended the partnership*, {at}, which cancelled {ref}: {what}."
