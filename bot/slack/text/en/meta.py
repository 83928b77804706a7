# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""What is said of access that Meta keeps: on its way in or out, what stands in the way, and who can help."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.connections import EnforcementState, FlawKind, Obstacle, TokenFlaw
from bot.domain.grants import EndReason, GrantState

PENDING = "It's being put in force at Meta."
PENDING_UNTIL = "It's being put in force at Meta. It ends {at}."
ON_ITS_WAY: Mapping[Obstacle, str] = {
    Obstacle.REVIEW: "It waits for Meta's review: another admin of {owner} has to approve it in Business settings, under Requests. I look again every minute.",
    Obstacle.SETTLING: "Meta has taken it, and takes a few minutes to show it.",
    Obstacle.UNREACHED: "Meta doesn't answer just now, or asks for a pause. I keep trying.",
}
FAILED = "Couldn't be put in force: {why}"
ENDING = "Access is being taken away at Meta."
STUCK = (
    "Access should have ended, but couldn't be taken away at Meta, and may still work: {why} I keep trying."
)
WHY: Mapping[Obstacle, str] = {
    Obstacle.REVIEW: "nobody approved it on Meta's pages in time. An admin of {owner} can do that in Business settings, then press Try again.",
    Obstacle.SETTLING: "Meta took it, but doesn't show it.",
    Obstacle.UNREACHED: "Meta doesn't answer, or asks for a pause.",
    Obstacle.TOKEN: "Meta no longer takes the token of {owner}. An admin of {owner} can connect again with a new one.",
    Obstacle.PERMISSION: "the token of {owner} may not do this. An admin of {owner} can give its system user this asset, with full control, in Business settings.",
    Obstacle.LIMITED: "Meta doesn't let this app share assets (limited access). The person who runs Countersign can ask Meta for it; until then an admin of {owner} can do it in Business settings.",
    Obstacle.BLOCKED: "Meta has blocked this for a time. An admin of {owner} finds out why in Business support home.",
    Obstacle.NOT_THERE: "Meta doesn't know this asset as one of {owner}'s, or not {holder}'s Business ID. An admin of {owner} can look in Business settings.",
    Obstacle.REFUSED: "Meta refused it. An admin of {owner} can try it in Business settings, where Meta says why.",
    Obstacle.MISMATCH: "Meta gave something other than what was approved. An admin of {owner} can look in Business settings.",
    Obstacle.SURPLUS: "Meta gave {holder} more than was approved, and I couldn't take that back yet. I keep trying; if it can't wait, an admin of {owner} can remove {holder} from it in Business settings.",
    Obstacle.DISCONNECTED: "{owner} is no longer connected to Meta. An admin of {owner} can connect it again, or change it in Business settings.",
    Obstacle.KEYS: "the token of {owner} can't be opened with the keys that are set here. The person who runs Countersign has to put the right one back into COUNTERSIGN_META_KEYS, or an admin of {owner} can connect again with a new token.",
    Obstacle.NOBODY: "Meta has nobody in {owner} whose name is {holder}, or more than one. An admin of {owner} can look under People in Business settings: the name there has to be the one here.",
    Obstacle.FULL: "{owner} has as many of these as Meta allows: ad accounts are limited, and an ad account has one pixel. An admin of {owner} can ask Meta for more, or use what is there.",
    Obstacle.BILLING: "Meta asks {owner} for another way to pay. An admin of {owner} can set it in Business settings, under Payments, then press Try again.",
    Obstacle.UNCLEAR: "Meta's answer was lost, and it doesn't show what came of it. An admin of {owner} can look in Business settings.",
    Obstacle.SEVERAL: "Meta shows more than one that it could be. An admin of {owner} can look in Business settings.",
    Obstacle.DECLINED: "somebody declined it on Meta's pages. An admin of {owner} can ask there why, then press Try again.",
    Obstacle.BY_HAND: "Meta lets no program take this away again, so I don't give it. An admin of {owner} can do it in Business settings.",
}
CLAIM_WAITS = "Being claimed at Meta: it belongs to {owner} once Meta says so."
CLAIM_SO_FAR: Mapping[Obstacle, str] = {
    Obstacle.REVIEW: "Asked for at Meta: somebody who manages the account there has to accept it, in Business settings, under Requests. I look again every minute.",
    Obstacle.SETTLING: "Meta has taken the claim, and takes a few minutes to show it.",
    Obstacle.UNREACHED: "Being claimed at Meta, which doesn't answer just now, or asks for a pause. I keep trying.",
}
CLAIM_CONFIRMED = "*Confirmed* by {names}: {given} ({ref})."
WHY_CLAIM: Mapping[Obstacle, str] = {
    **WHY,
    Obstacle.NOT_THERE: "Meta doesn't let {owner} claim this account; perhaps another business owns it there. An admin of {owner} can look in Business settings.",
    Obstacle.REVIEW: "nobody accepted it on Meta's pages in time. Somebody who manages the account there can do that, then press Try again.",
}
CREATION_WAITS = "Being created at Meta: {owner} owns it, with Meta's ID, once Meta shows it."
CREATION_SO_FAR: Mapping[Obstacle, str] = {
    Obstacle.SETTLING: "Meta has created it, and takes a few minutes to show it.",
    Obstacle.UNREACHED: "Meta doesn't answer just now, or asks for a pause. I look whether it is created, and never create it twice.",
}
NOT_CREATED = "Couldn't be created at Meta: {why}"
WHY_CREATION: Mapping[Obstacle, str] = {
    **WHY,
    Obstacle.PERMISSION: "the token of {owner} may not create it. An admin of {owner} can make its system user an admin in Business settings, then press Try again.",
    Obstacle.LIMITED: "Meta doesn't let this app create assets (limited access). The person who runs Countersign can ask Meta for it; until then an admin of {owner} can create it in Business settings.",
    Obstacle.NOT_THERE: "Meta doesn't let {owner} create it. An admin of {owner} can look in Business settings.",
    Obstacle.MISMATCH: "Meta said that it was created, but doesn't show it. An admin of {owner} can look in Business settings, then press Try again.",
    Obstacle.DISCONNECTED: "{owner} is no longer connected to Meta. An admin of {owner} can connect it again, or drop it here.",
    Obstacle.UNCLEAR: "Meta's answer was lost, and it shows no such asset, so I can't tell whether it was created. An admin of {owner} can look in Business settings: if it isn't there, press Try again and I create it; if it is, give it exactly this name there first, and I take that one.",
    Obstacle.SEVERAL: "Meta's answer was lost, and it shows more than one new asset of this name. An admin of {owner} can rename or remove in Business settings what isn't meant, then press Try again.",
}
WHY_PERSON: Mapping[Obstacle, str] = {
    **WHY,
    Obstacle.NOT_THERE: "Meta doesn't show {owner} this asset. An admin of {owner} can give its system user the asset in Business settings.",
}
PERSON: Mapping[tuple[EnforcementState, bool], str] = {
    (EnforcementState.PENDING, True): "*{name}*, {level} on {asset}: being put in force at Meta.",
    (EnforcementState.PENDING, False): "*{name}* on {asset}: being taken away at Meta.",
    (EnforcementState.FAILED, True): "*{name}*, {level} on {asset}: couldn't be put in force at Meta: {why}",
    (
        EnforcementState.STUCK,
        True,
    ): "*{name}* on {asset}: couldn't be brought down to {level} at Meta, and may still do more: {why} I keep trying.",
    (
        EnforcementState.STUCK,
        False,
    ): "*{name}* on {asset}: couldn't be taken away at Meta, and may still work: {why} I keep trying.",
}
PERSON_SO_FAR: Mapping[Obstacle, str] = {
    obstacle: ON_ITS_WAY[obstacle] for obstacle in (Obstacle.SETTLING, Obstacle.UNREACHED)
}
PEOPLE_TOLD = "*What your people can do isn't at Meta as you set it* ({business})."
PEOPLE_MORE = "And {count} more."
PEOPLE_FIX = "`/access people` shows all of it; once it's fixed, press Try again there."
PEOPLE_WHOLE = "*What your people can do is at Meta again as you set it* ({business})."

NEXT_WAITS = "It's being put in force at Meta: I'll tell you when you can use it."
ANSWERS: Mapping[GrantState | None, str] = {
    GrantState.PENDING: "It's being put in force at Meta; both sides are told.",
    GrantState.FAILED: "It couldn't be put in force at Meta: the card says why.",
}
"""How it stands at Meta with what was approved, where it is not in force yet."""
STARTS = "Access starts once Meta has put it in force."
ENDS: Mapping[GrantState | None, str] = {
    GrantState.ENDING: "Access is being taken away at Meta; the card says when it's gone.",
    GrantState.STUCK: "Access couldn't be taken away at Meta yet, and may still work. I keep trying.",
}
ENDS_HERE = "I'll say here when it's gone."
"""That access is being taken away, on the card that says so of each asset."""
ENDED: Mapping[EndReason, str] = {
    EndReason.REVOKED: "Done: this access of *{other}* to {assets} is being taken away at Meta. Both sides are told when it's gone.",
    EndReason.RELINQUISHED: "Done: this access to {assets} of *{other}* is being taken away at Meta. Both sides are told when it's gone.",
}
PARTED = "Still being taken away at Meta: {count}. Both sides are told when that is gone."

TRY_AGAIN = "Try again"
IN_FORCE = "*In force at Meta now:* {what} ({ref})."
CLAIM_IN_FORCE = "*In force at Meta now*, in place of any access your business had: {what} ({ref})."
NOT_IN_FORCE = "*Couldn't be put in force at Meta:* {assets} ({ref})."
ALARM = "*Access couldn't be taken away at Meta:* {holder} may still have {asset} ({ref})."
ALARM_TOGETHER = "*Access couldn't be taken away at Meta.* These may still have it:"
ALARM_ROW = "{holder}: *{asset}* ({ref})."
ALARM_MORE = "And {count} more: `/access list` shows them."
ALARM_WHY_TOGETHER = "Why: {why}"
ALARM_APART = "Until it's connected again I can't take it away, nor see whether it's gone."
ALARM_TRYING = "I keep trying. If it can't wait, remove them in Business settings."
ALARM_WHY = "Why: {why} I keep trying. If it can't wait, remove {holder} from it in Business settings."

TRIED_AGAIN = "Trying again at Meta: {about}. The card says how it goes."
CONNECTED = (
    "*{business}* is connected to Meta, as {name}. What is approved from now on is put in force there."
)
CONNECTED_VERIFIED = "*{business}* is connected to Meta, as {name}, and verified by that: it can now ask, own and decide. What is approved from now on is put in force there."
DISCONNECTED = "*{business}* is no longer connected to Meta."
DISCONNECTED_LEFT = "*{business}* is no longer connected to Meta. Access given there goes on ({count}); I can't take it away any more."

# --- when Meta no longer takes a token ---------------------------------------------------------------

REFUSED = "*Meta no longer takes the token of {business}.* Until there is a new one, nothing can be put in force or taken away for it at Meta."
REFUSED_WAITS = "Waiting for that now: {grants}."
REFUSED_FIX = "An admin can make a new token in Business settings, under System users, and enter it with `/access connect`. What waits is then tried by itself."
WHOLE = "*{business} is connected to Meta*, and what waited is being tried again."

# --- the form by which a business is connected -------------------------------------------------------

BUTTON = "Meta"
TITLE = "Connect to Meta"
SUBMIT = "Connect"
REPLACE = "Use this token"
NOT_YET = "*{business} isn't connected to Meta.* What you approve stands in the record here, and somebody has to do it in Business settings too. Once connected, it is put in force and taken away at Meta for you."
NOW = "*{business} is connected to Meta* as {name}, since {at}, by {by}. What you approve is put in force there, and what ends is taken away there."
BROKEN = "*Meta no longer takes the token of {business}* ({name}, connected {at} by {by}). Nothing can be shared or taken away there until you enter a new one."
BY_OPERATOR = "the person who runs Countersign"
THE_OPERATOR = "The person who runs Countersign"
TOKEN = "Token of a system user"  # noqa: S105 - words
TOKEN_HINT = "In Business settings, under System users: Generate token, with {needed}. It's tested now and kept encrypted; nobody sees it again."  # noqa: S105 - words
FLAW = "*Not connected:* {flaw} Enter the token once more: I don't keep what I couldn't use."
CHECKING = "*Checking the token with Meta.* That takes a few seconds. If this stays, open `/access connect` again: it says how it stands."
DISCONNECT = "Disconnect"
CONFIRM = "Disconnect {business} from Meta?"
CONFIRM_TEXT = "The token is forgotten. What you share at Meta stays there ({left}), and I can't put in force or take away anything any more."
KEEP = "Stay connected"

COMPARED = "*Compared with Meta:* {at}. What differs is on cards of its own, to be settled."
COMPARING = "*It's being compared with Meta now.* What differs comes as cards."
COMPARE = "Compare now"
UNREAD = "{assets} couldn't be read: {why} What partners have there isn't known."
UNREAD_WHY: Mapping[Obstacle, str] = {
    Obstacle.UNREACHED: "Meta doesn't answer, or asks for a pause. I try again in a few minutes.",
    Obstacle.TOKEN: "Meta no longer takes the token.",
    Obstacle.KEYS: "no key that is set here opens the token. The person who runs Countersign can put the right one back.",
    Obstacle.PERMISSION: "the system user may not see it. Give it the asset, with full control, in Business settings.",
    Obstacle.LIMITED: "Meta doesn't show this app any partners (limited access). The person who runs Countersign can ask Meta for it.",
    Obstacle.BLOCKED: "Meta has blocked this for a time. Business support home says why.",
    Obstacle.NOT_THERE: "Meta doesn't show it as yours. Look in Business settings.",
    Obstacle.REFUSED: "Meta refuses to show it.",
}
"""Why Meta does not show an asset's partners; whatever else it was, Meta refused it."""

FLAWS: Mapping[FlawKind, str] = {
    FlawKind.NOT_TAKEN: "Meta doesn't take this token. Make a new one for the system user in Business settings, and copy all of it.",
    FlawKind.OTHER_BUSINESS: "This token isn't of a system user of this business. Make one in its own Business settings, under System users.",
    FlawKind.MISSING: "This token may not do all that is needed. Make it again with: {missing}.",
    FlawKind.UNREACHED: "Meta can't be reached just now. Nothing was changed; try again in a few minutes.",
    FlawKind.NO_KEY: "There is no key to keep tokens with. The person who runs Countersign has to set COUNTERSIGN_META_KEYS.",
    FlawKind.ODD: "That is no token: it has blanks or other characters in it that a token doesn't have.",
    FlawKind.NO_BUSINESS: "There is no such business here.",
}


def flaw(found: TokenFlaw) -> str:
    """Return what is wrong with a token, and what to do about it."""
    return FLAWS[found.kind].format(missing=", ".join(found.missing))
