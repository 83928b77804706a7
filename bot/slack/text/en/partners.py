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
ROW_WHY = "{reason} Decided by {names} · {ref}"

# --- its status: whether the notice is about the reader's own business says which sentence it is ------

INACTIVE = "*{name} is {status}*: it can neither ask nor decide. What you share goes on until it ends, and either side can end it."
NOW_INACTIVE = {
    False: "*{other} is {status}.* Until it is active again, it can neither ask {own} for anything nor decide.",
    True: "*{other}, your business, is {status}.* Until it is active again, it can neither ask, decide nor create. Access that you gave or hold goes on until it ends, and you can still end it: `/access list`.",
}
PARTNERS_TOLD = "Your partners have been told."
NOW_ACTIVE = {
    False: "*{other} is active again*: it can ask {own}, and decide.",
    True: "*{other}, your business, is active again*: it can ask, decide and create.",
}
NOW_VERIFIED = "*{own} is verified now*: it can ask any business that lets it, share, own and decide. To start: `/access`."
NOT_VERIFIED_NOW = "*{own} isn't verified any more*: until that is confirmed again, it can ask only those who listed it, and can neither decide nor create. What is shared goes on until it ends. The person who runs Countersign can tell you why."
GOES_ON = "Between you: {shared}. What is shared goes on until it ends; you can end it earlier: `/access partner {id}`."
WAIT = "{requests} between you can't be approved before that: `/access list pending {id}`."
CAN_BE_DECIDED = "{requests} between you can be decided: `/access list pending {id}`."
CANNOT_BE_DECIDED = "*{name} is {status}*, so nobody can decide on this until it is {again} again."
CANNOT_BE_GIVEN = "*{name} is {status}*, so this can't be approved until it is {again} again."

# --- ending it --------------------------------------------------------------------------------------

END = "End the partnership…"
END_TITLE = "End this partnership?"
END_SUBMIT = "End partnership"
ENDS_WITH = "*{own}* and *{other}*, in both directions:"
ENDS_ALL = "{grants} end; {count} of them are shown here."
ENDS_SOME = (
    "{ends} of {total} grants end now, too many for one step: the rest goes on until you end it again."
)
CANCELS = "Cancelled: {requests}, {refs}."
STAYS = (
    "Anything created stays with the asset. Both sides are told. You can't undo this; either can ask again."
)
NOTE_HINT = "{other} can read it too. Up to 500 characters."
DONE = "Done: the partnership with {other} is over. Access that ends: {grants}. Requests cancelled: {requests}. {told}"
LEFT = "Still to end: {count} more, too many for one step. End the partnership again."
NOTICE = (
    "*{by} ended the partnership with {other}.* Access that ends: {grants}. Requests cancelled: {requests}."
)
CANCELLED = "*Cancelled*, {at}: {by} ended the partnership."
LINE_CANCELLED = "*{by} ended the partnership*, {at}, which cancelled {ref}: {what}."
