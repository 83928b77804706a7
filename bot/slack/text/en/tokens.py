# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""The words about tokens of programs."""

from collections.abc import Iterable, Mapping

from bot.domain.denials import DenialReason
from bot.domain.tokens import Scope
from bot.slack.text.en.settings import MEMBER_WHY

# --- the form ---------------------------------------------------------------------------------------

TITLE = "Tokens for programs"
SUBMIT = "Create token"
BUTTON = "Tokens"
INTRO = "With a token a program can do for *{business}* what you can do, and no more. When you can do less, so can it."
NONE = "You have no valid tokens."
ROW = "*{name}*: {who}; {use}, until {until}."
ROW_BUT = "*{name}*: {who}; {use}, until {until}. *Now it {can}:* {why}."
WHY_REMOVED = "the app was removed from their workspace"
CAN_NOTHING = "can do nothing"
CAN_ONLY = "only {use}"
WHY_NOT: Mapping[DenialReason, str] = {
    **MEMBER_WHY,
    DenialReason.NOT_ADMIN: "they aren't an admin any more",
    DenialReason.NOT_MEMBER: "they aren't a member any more",
    DenialReason.STRANGER: "they aren't a member any more",
    DenialReason.OWN_DEACTIVATED: "the business is deactivated",
    DenialReason.OWN_RESTRICTED: "the business is restricted",
    DenialReason.OWN_UNVERIFIED: "the business isn't verified",
}
ROW_PROGRAM = "a program, {person} answers for it"
REVOKE = "Revoke"
CONFIRM = "Revoke this token?"
CONFIRM_TEXT = "What uses {name} can do nothing more from that moment. Access that it brought stays."
KEEP = "Keep it"
NAME = "What is it for?"
NAME_HINT = "A name that others understand, such as “Nightly report”. A program's requests show this name."
BEARER = "Who acts with it?"
ME = "I do, on my own computer"
A_PROGRAM = "A program, and I answer for it"
SCOPES = "What may it do?"
USES = {
    "read": "Only read",
    "ask": "Read, and make requests",
    "decide": "Read, make requests and decide on access",
}
DAYS = "For how many days?"
DAYS_HINT = "1 to {most}. After that it stops working."

_DOES = {Scope.READ: "reads", Scope.ASK: "makes requests", Scope.DECIDE: "decides on access"}


def uses(scopes: Iterable[Scope]) -> str:
    """Return what a token is for: "reads, makes requests"."""
    held = set(scopes)
    return ", ".join(said for scope, said in _DOES.items() if scope in held)


# --- once it is made --------------------------------------------------------------------------------

SECRET_TITLE = "Your token"  # noqa: S105 - words
SECRET = "*Copy it now: it is not shown again.* It works for {business} until {at}."  # noqa: S105 - words
HOW = 'Send it with each call: `curl -H "Authorization: Bearer TOKEN" https://YOUR-SERVER/v26.0/me`. Keep it where only the program can read it, and revoke it when it\'s no longer needed.'
SHOWN_ALREADY = (
    "*The token {name} was made, and it was shown once.* If you couldn't copy it, revoke it and make another."
)

# --- the private answer -----------------------------------------------------------------------------

MADE = "The token *{name}* works now for {business}, until {at}."
REVOKED = "The token *{name}* is revoked. Programs that use it can do nothing more for {business}."
