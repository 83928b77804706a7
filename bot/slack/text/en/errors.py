# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""Why something is denied, and what is wrong with what was typed at a field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.domain.creating import CreationState
from bot.domain.denials import DenialReason
from bot.domain.events import SubjectKind
from bot.domain.limits import LONGEST_DAYS, MOST_DESCRIBED, MOST_ITEMS, MOST_PEOPLE
from bot.domain.requests import DraftState, ErrorCode, FieldError, RequestState
from bot.domain.reviews import ENDS_ANYWAY, LOOKED_AT, NEW_FOR
from bot.services.results import Denied
from bot.services.views.parties import Signer
from bot.slack.lines import Line, line, plain
from bot.slack.text.en.basics import level_row, names_of, signed
from bot.slack.text.en.settings import MEMBER_WHY, MEMBER_WHY_ELSE

_OUTSIDER = (
    "You can't do that here, or there is no such request. If you think you should be able to, ask an admin of "
    "your business or the person who runs Countersign."
)
_BUSINESS_ID = "A Business ID is 5 to 20 digits, without spaces, letters or signs. They'll find it in Business Settings → Business info."
_DENIALS: Mapping[DenialReason, str] = {
    # Those who are not members learn nothing, not even whether there is such a request.
    DenialReason.STRANGER: _OUTSIDER,
    DenialReason.SISTER_WORKSPACE: "You come from another workspace of your organisation, and I don't know your account in this one. Ask an admin here to add you to the business's members under Settings.",
    DenialReason.NOT_MEMBER: _OUTSIDER,
    DenialReason.UNKNOWN_REQUEST: _OUTSIDER,
    # Of nothing that was named: it is no secret that somebody is in no business.
    DenialReason.NO_BUSINESS: "You aren't in any business here yet. Ask an admin of your business to add you: `/access settings`, then Members. If nobody is admin yet, ask the person who runs Countersign.",
    DenialReason.LINKED_TWICE: "Your Slack account is linked to two people here, so it can't act for either. Ask the person who runs Countersign to correct that.",
    DenialReason.UNCHECKED: "Slack hasn't told me yet who you are. Please try again in a minute.",
    DenialReason.UNCONFIRMED: "I couldn't confirm with Slack within the last day who you are, so nothing was done. I keep asking Slack: please try again in a few minutes.",
    DenialReason.DEACTIVATED_USER: "Your Slack account is deactivated, so it can't act for a business. Ask another admin.",
    DenialReason.GUEST: "Guests of a Slack workspace can't act for a business. Ask a full member who is an admin.",
    DenialReason.BOT: "Bots can't act for a business. A person who is an admin must do this.",
    DenialReason.OUTSIDER: "You are here from another workspace, so you can't act for this business. Ask one of its own admins.",
    DenialReason.WRONG_WORKSPACE: "Act for this business from its own Slack workspace; this is not it.",
    DenialReason.SHARED_LOGIN: "Your Slack account is marked as a shared login, which can't act for a business. Sign in with your own account.",
    DenialReason.NOT_ADMIN: "Only admins of your business can do that. Ask one of them.",
    DenialReason.NOT_ASSET_ADMIN: _OUTSIDER,
    DenialReason.OWN_REQUEST: "You sent or drafted this request, so somebody else must decide on it.",
    DenialReason.BOTH_SIDES: "You belong to the business that asks, so you can't decide on this. Another admin must.",
    DenialReason.KEEPS_OWN: "You belong to {name} too, so another admin has to keep its access. You can shorten or remove it.",
    DenialReason.NOT_SENDER: "Only {name} can cancel {ref}, which they sent. To decline it: `/access show {ref}`.",
    DenialReason.UNKNOWN_BUSINESS: "I know no business with this ID. Check the digits with them; if they are right, the business doesn't use Countersign yet.",
    DenialReason.UNVERIFIED: "This business is not verified yet, so it can't be asked. Ask its people to have it confirmed.",
    DenialReason.OWN_UNVERIFIED: "Your business is not verified yet: it can ask only those who listed it, and can neither decide nor create. The person who runs Countersign can confirm it.",
    DenialReason.OWN_DEACTIVATED: "Your business is deactivated: it can neither ask, decide nor create. See why in your Business Manager.",
    DenialReason.OWN_RESTRICTED: "Your business is restricted: it can neither ask, decide nor create. See why in your Business Manager.",
    DenialReason.DEACTIVATED: "This business is deactivated, so it can't be asked. Its people can see why in their Business Manager: ask again once it is active.",
    DenialReason.RESTRICTED: "This business is restricted at the moment, so it can't be asked. Its people can see why in their Business Manager: ask again once it no longer is.",
    DenialReason.SAME_BUSINESS: "That is your own business. Its assets are yours already; name the other business.",
    DenialReason.NOT_LISTED: "This business takes requests only from businesses it has listed, and yours is not one. Ask its people to list yours.",
    DenialReason.NOBODY_MAY_ASK: "This business takes no requests. Ask its people to share with you instead.",
    DenialReason.TOO_MANY_OPEN: "You have {count} open requests to this business. Wait for a decision or cancel one first: `/access pending`.",
    DenialReason.TOO_MANY_TODAY: "Your business has sent this one {count} requests within a day, the most it can. Go on tomorrow, or put more assets into one request.",
    DenialReason.UNKNOWN_ASSET: "This business has no asset with the ID {name}. Check the ID, or describe the asset instead.",
    DenialReason.TOO_MANY_DRAFTS: "You have {count} drafts waiting for your admins. Ask them to send some, or drop one first: `/access pending`.",
    DenialReason.TOO_MANY_COMMENTS: "A lot was written about {ref} today already. Go on tomorrow, or talk to them directly.",
    DenialReason.PARTNER_INACTIVE: "{name} is not active at Meta just now, so it can be given nothing. You can decline, or decide once it is active again.",
    DenialReason.PARTNER_UNVERIFIED: "{name} is not verified any more, so it can own nothing. You can decline, or decide once the person who runs Countersign has confirmed it.",
    DenialReason.NO_SUCH_ACCOUNT: "I know no ad account {name}. Check the ID: it is act_ and digits. The person who runs Countersign can add the account.",
    DenialReason.GROUP: "{name} is a group of ad accounts, and groups can't be claimed. Claim its accounts one by one; who has access through the group keeps it.",
    DenialReason.OWNED_ALREADY: "{name} belongs to your business already: `/access list owned`.",
    DenialReason.OWNED_BY_OTHER: "{name} belongs to another business, so it can't be claimed. You can ask that business for access to it: `/access request`.",
    DenialReason.OWNED_FOR_GOOD: "{name} belongs to your business, and what a business owns can't be removed from it. You can end the access that others have to it: `/access list given`.",
    DenialReason.OWNED_BY_NOBODY: "No business owns {name} now, so nobody can extend this. Your access goes on until its end ({ref}).",
    DenialReason.TOO_MANY_CLAIMS: "You have {count} open claims. Wait for a decision or cancel one first: `/access pending`.",
    DenialReason.TOO_MANY_CLAIMS_TODAY: "Your business has claimed {count} accounts within a day, the most it can. Go on tomorrow.",
    DenialReason.OPEN_ALREADY: "{name} is asked for already, in {ref}. Wait for that decision, or cancel it first: `/access pending`.",
    DenialReason.GRANTED_ALREADY: "You have that access to {name} already. Ask for more than that, or leave it out: `/access list shared`. For more time on it: `/access extend`.",
    DenialReason.NOT_OWNED: "Your business doesn't own {name}. Choose one that it owns: `/access list owned`.",
    DenialReason.OFFERED_ALREADY: "{name} is offered to them already, in {ref}. Wait until they accept, or cancel it first: `/access pending`.",
    DenialReason.COMING_ALREADY: "That access to {name} is approved already, and being put in force at Meta: `/access list` shows how it stands.",
    DenialReason.HELD_ALREADY: "They have that access to {name} already. Offer more than that, or leave it out: `/access list given`. For more time on it they ask themselves.",
    DenialReason.ASKED_BESIDES: "They ask for {name} already, in {ref}. Decide on that one, and choose another asset here or leave this one out.",
    DenialReason.HELD_BESIDES: "They have that access to {name} already. Choose another asset, or leave this one out.",
    DenialReason.NOT_LONGER: "Their access to {name} goes on that long anyway. Choose a later end on Adjust, or decline.",
    DenialReason.ASSET_MOVED: "{name} has another owner now, so this can no longer be given. Decline it, or leave that one out on Adjust.",
    DenialReason.UNKNOWN_PERSON: "{name} is not one of your business's people. Choose somebody else.",
    DenialReason.NOT_IN_FORCE_YET: "{name} is approved for your business, but not in force at Meta yet: `/access list shared` shows what it waits for.",
    DenialReason.NOBODY_ASSIGNED: "Your business has only on-behalf access to {name}. That is for the business as a whole, and nobody is assigned to it.",
    DenialReason.NOT_HELD: "Your business neither owns {name} nor has access to it now. See what there is with `/access list`.",
    DenialReason.BEYOND_HELD: "On {name} your business has {level}, so nobody can be given more than that. Choose a lower level, or ask for more with `/access request`.",
    DenialReason.NOT_ASSIGNABLE: "{name} can't be given access: {why}.",
    DenialReason.NOT_ASSIGNED: "{people} has no access to {name} through your business. Nothing was changed.",
    DenialReason.EXPIRED: "{ref} expired{at}, so it can no longer be decided. It can be asked for again.",
    DenialReason.CHANGED: "{ref} has changed since you saw it, so nothing was done. Look at the newest card and decide again.",
    DenialReason.APPROVED_ALREADY: "You approved {ref} already. It needs the approval of another admin.",
    DenialReason.WIDER: "That is more than an approval can give here. You can give less, never more.",
    DenialReason.WHOLE_ONLY: "This can only be approved as it was requested. To give nothing of it, decline the request.",
    DenialReason.NOTHING_GIVEN: "You gave nothing of it. To give nothing at all, decline the request.",
    DenialReason.UNBOUND: "An asset is only described so far. Choose on Adjust which of yours it is.",
    DenialReason.REMINDED_ALREADY: "They were reminded of {ref} within the last day. You can remind them again a day after that{at}.",
    DenialReason.UNDO_OVER: "{ref} can't be undone now. To end what it gave: `/access revoke`.",
    DenialReason.NO_UNDO: "{ref} can't be undone: what a business owns, it goes on owning.",
    DenialReason.NOT_WORKSPACE_ADMIN: "Only an admin or owner of this Slack workspace can register a business in it, and Slack says that you are neither. Ask one of them to type `/access setup`.",
    DenialReason.REGISTERED_HERE: "{name} is registered in this workspace already under this Business ID. One of its admins can add you under Settings.",
    DenialReason.ID_NOT_FREE: "This Business ID can't be registered from here. Check the digits. If it is yours, ask the person who runs Countersign, who can settle it for you.",
    DenialReason.TOO_MANY_UNVERIFIED: "No more businesses of this workspace can wait to be verified: {count} do. Connect one with `/access connect`, or ask the person who runs Countersign to confirm them.",
    DenialReason.LAST_ADMIN: "{name} is the last admin of this business, so must stay one. Make somebody else an admin first.",
    DenialReason.ADMIN_ALREADY: "{name} is an admin of this business already, and stays one. To make them an employee, use the button below their name.",
    DenialReason.OWN_PROPOSAL: "You proposed this yourself, so another admin must confirm it.",
    DenialReason.ONE_VOICE: "Where it takes two, you and {name} count as one for a week, because one of you made the other an admin. Another admin must agree.",
    DenialReason.PROPOSAL_OVER: "This can no longer be confirmed: a week is over, the settings were changed since, or who proposed it is no longer an admin. Save it again under Settings.",
    DenialReason.HOME_ELSEWHERE: "{name} is at home in another workspace, so can't be a member here. Have their own business ask you for access, and share with that business.",
    DenialReason.UNKNOWN_PARTNER: "You have no such partner. See those you have with `/access list partners`.",
    DenialReason.OFF_BOARDING: "The contract with {name} has ended, and all that you share ends soon{at}: access can't be extended past that. After that you can share again.",
    DenialReason.CONTRACT_ENDED: "The contract with {name} has ended, and what is left of what you share ends soon{at}. After that you can name the end of a new one.",
    DenialReason.NOTHING_TO_END: "There is no access that you could end now. What is shared, in either direction: `/access list`.",
    DenialReason.UNKNOWN_GRANT: "There is no such access that you could end or extend. See what there is with `/access list`.",
    DenialReason.GRANT_OVER: "Access to {name} ended already{at}. Nothing was changed. What there is: `/access list`.",
    DenialReason.UNKNOWN_DRAFT: "There is no such draft. See what there is with `/access pending`.",
    DenialReason.DRAFT_OVER: "{ref} was sent or dropped already{by}{at}. Nothing was changed.",
    DenialReason.NO_PAGE: "A business needs a published Page before it creates anything, and yours has no Page here. Claim one at Meta, and ask the person who runs Countersign to add it.",
    DenialReason.PAGE_UNPUBLISHED: "The Page {name} of your business is not published, and nothing can be created before it is. Publish it, or find out on Facebook why it was unpublished; then ask the person who runs Countersign to note it.",
    DenialReason.INCOMPLETE_ACCOUNT: "The ad account {name} is incomplete, and nothing else can be created before it is ready. An admin settles how it is paid: `/access create funding {about}`.",
    DenialReason.NO_CREDIT_LINE: "{name} has no credit line with Meta here, so it can't be paid by invoice. Choose a funding source, or settle it later; the person who runs Countersign can note a credit line.",
    DenialReason.UNKNOWN_FUNDING: "Your business has no funding source {name}. Choose one from the list of `/access create`, or ask the person who runs Countersign to add it.",
    DenialReason.BEING_CREATED: "{name} is being created at Meta. Its card says how far that is; go on once it's there.",
    DenialReason.TOO_MANY_CREATED: "Your business has created {count} assets within a day, the most it can. Go on tomorrow.",
    DenialReason.UNKNOWN_CREATION: "There is no such thing prepared. Start again with `/access create`.",
    DenialReason.CREATION_OVER: "{name} was created or dropped already{by}{at}. Nothing was changed.",
    DenialReason.UNKNOWN_FINDING: "There is nothing of that kind found at Meta.",
    DenialReason.UNKNOWN_REVIEW: "There is no access review for you here, or it is over.",
    DenialReason.NOTHING_TO_REVIEW: f"There is nothing of *{{name}}* to review now. What was given within the last {NEW_FOR.days} days, ends within {ENDS_ANYWAY.days} days, or was looked at within the last {LOOKED_AT.days} days needs no review.",
    DenialReason.REVIEW_OVER: "That is settled already{at}. Nothing was changed.",
    DenialReason.KEPT_ALREADY: "{name} was kept already{by}{at}. Nothing was changed.",
    DenialReason.SHORTENED_ALREADY: "Access to {name} was shortened already{by}{at}. Nothing was changed.",
    DenialReason.FINDING_OVER: "That is settled already, or on its way{by}{at}. Nothing was changed.",
    DenialReason.UNKNOWN_HOLDER: "{name} isn't registered here, so what they have can't be recorded. The person who runs Countersign can add them; until then you can revoke it, or ignore it.",
    DenialReason.UNKNOWN_TASKS: "What they have on {name} is nothing that can be recorded here. You can revoke it, or ignore it.",
    DenialReason.NOT_CONNECTED: "Your business isn't connected to Meta, so nothing can be done there for {name}. Connect it with `/access connect`, or change it in Business settings.",
    DenialReason.UNKNOWN_TOKEN: "There is no such token. See those you have with `/access token`.",
    DenialReason.TOO_MANY_TOKENS: "Your business has {count} tokens that are valid, the most it can have. Revoke one that nobody needs any more.",
    DenialReason.BEYOND_TOKEN: "That takes a person: a token can't do it.",
    DenialReason.UNKNOWN_BUNDLE: "There is no such bundle. See those you have with `/access bundle`.",
    DenialReason.TOO_MANY_BUNDLES: "Your business has {count} bundles, the most it can have. Remove one that nobody uses any more.",
    DenialReason.PROGRAM: "A program can't give a further approval to {ref}. A person has to.",
}
_TELLS_NOTHING = frozenset(reason for reason, said in _DENIALS.items() if said == _OUTSIDER)
_OVER: Mapping[str | None, str] = {
    RequestState.APPROVED: "{ref} was approved already{by}{at}. Nothing was changed.",
    RequestState.DECLINED: "{ref} was declined already{by}{at}. Nothing was changed.",
    RequestState.CANCELLED: "{ref} was cancelled{by}{at}. Nothing was changed.",
}
_OVER_ANYHOW = "{ref} is decided already{by}{at}. Nothing was changed."
_ADMINS_CAN = "Only admins of your business can do that: {people}."
_BOTH_PARTNERS = "You belong to {name} too, so what it offers can't be accepted in your name. Another admin has to switch this on."
_APPROVED_AND_UNDONE = "{ref} was approved, and that was undone{by}{at}. Nothing was changed."
_UNDONE_ALREADY = "{ref} was undone already{by}{at}. Nothing was changed."
_GOES_ON_ANYWAY = "Your access to {name} goes on that long anyway. Choose a later end."
_UNCONFIRMED_APPROVER = "I couldn't confirm with Slack within the last day who {name} is, whose approval counts here, so nothing was done. I keep asking Slack: please try again in a few minutes."
_HOW_OVER: Mapping[tuple[DenialReason, str | None], str] = {
    (DenialReason.DRAFT_OVER, DraftState.SENT): "{ref} was sent already{by}{at}. Nothing was changed.",
    (DenialReason.DRAFT_OVER, DraftState.DROPPED): "{ref} was dropped already{by}{at}. Nothing was changed.",
    (
        DenialReason.DRAFT_OVER,
        DraftState.EXPIRED,
    ): "{ref} expired{at}: nobody sent it in time. Nothing was changed.",
    (
        DenialReason.CREATION_OVER,
        CreationState.CREATED,
    ): "{name} was created already{by}{at}. Nothing was changed.",
    (
        DenialReason.CREATION_OVER,
        CreationState.DROPPED,
    ): "{name} was dropped already{by}{at}. Nothing was changed.",
    (
        DenialReason.CREATION_OVER,
        CreationState.EXPIRED,
    ): "{name} expired{at}: nobody created it in time. Nothing was changed.",
}
_CHANGED_SINCE: Mapping[SubjectKind, str] = {
    SubjectKind.ASSET: "Who can use {name} has changed since you looked, so nothing was done. Close the list and open it again.",
    SubjectKind.BUSINESS: "These settings were changed since you opened them, so nothing was saved. Open them again and change what you need.",
    SubjectKind.CREATION: "{name} has changed since you saw it, so nothing was created. Look at the newest card.",
    SubjectKind.FINDING: "What was found on {name} has changed since you saw it, so nothing was done. Look at the newest card.",
    SubjectKind.GRANT: "What this would end has changed since you looked, so nothing was ended. Close this and give the command again.",
}
OF_PEOPLE = frozenset(
    {
        DenialReason.UNKNOWN_PERSON,
        DenialReason.NOT_ASSIGNABLE,
        DenialReason.LAST_ADMIN,
        DenialReason.ADMIN_ALREADY,
        DenialReason.HOME_ELSEWHERE,
        DenialReason.ONE_VOICE,
    }
)
"""Denials that name a person."""
_THAT_PERSON = "That person"
_BEING_ENDED = "Access to {name} is being ended already. Nothing was changed. What there is: `/access list`."
_BUSINESS_NOT_CONNECTED = "{name} isn't connected to Meta. To connect it: `/access connect`."
_NOT_IN_FORCE = "What {ref} gave is no longer in force. Nothing was changed. What there is: `/access list`."
_BEING_REMOVED = "The contract with {name} has ended, and what was left of what you shared is still being removed. After that you can name the end of a new one."
_THIS_REQUEST = "This request"
_ABOUT = "{ref} ({what})"
_THAT_ASSET = "That asset"


def denial(no: Denied, *, what: Line = ()) -> Line:
    """Return why not, and what to do next. Outsiders learn nothing from it.

    `what` is what the request that it names was for. The reasons for which somebody is on no side say the
    same, whatever else the answer carries.
    """
    if no.reason in _TELLS_NOTHING:
        return line(_OUTSIDER)
    known_time = no.at if isinstance(no.at, datetime) else None
    template = _special(no) or _DENIALS.get(no.reason) or _OVER.get(no.state, _OVER_ANYHOW)
    ref = no.ref or _unnamed(template, "{ref}", _THIS_REQUEST)
    is_named = not what or "{name}" in template
    return line(
        template,
        ref=ref if is_named else line(_ABOUT, ref=ref, what=what),
        name=no.name or _unnamed(template, "{name}", _THAT_PERSON if no.reason in OF_PEOPLE else _THAT_ASSET),
        count=no.count,
        about=no.about.id if no.about else "",
        by=line(" by {by}", by=signed(Signer(no.by, no.program))) if no.by else (),
        people=names_of(no.people) or _THAT_PERSON,
        level=level_row(no.kind, no.tasks) if no.kind else "",
        why=MEMBER_WHY.get(no.why, MEMBER_WHY_ELSE) if no.why else MEMBER_WHY_ELSE,
        at=line(", {at}", at=known_time) if known_time else (),
    )


def _unnamed(template: str, at: str, said: str) -> str:
    """Return what stands for a name that is not known: with a capital letter where the sentence begins."""
    return said if template.startswith(at) else said[0].lower() + said[1:]


def _special(no: Denied) -> str | None:
    if no.reason is DenialReason.UNDO_OVER and no.at is not None:
        return _UNDONE_ALREADY
    if no.reason is DenialReason.ALREADY_OVER and no.is_undone:
        return _APPROVED_AND_UNDONE
    if (no.reason, no.state) in _HOW_OVER:
        return _HOW_OVER[no.reason, no.state]
    if no.reason is DenialReason.GRANT_OVER and no.at is None and no.about is not None:
        return _BEING_ENDED if no.about.kind is SubjectKind.GRANT else _NOT_IN_FORCE
    if no.reason is DenialReason.NOT_CONNECTED and no.about is not None:
        return _BUSINESS_NOT_CONNECTED if no.about.kind is SubjectKind.BUSINESS else None
    if no.reason is DenialReason.CONTRACT_ENDED and no.at is None:
        return _BEING_REMOVED
    if no.reason is DenialReason.GRANTED_ALREADY and no.field == "term":
        return _GOES_ON_ANYWAY
    if no.reason is DenialReason.BOTH_SIDES and no.name:
        return _BOTH_PARTNERS
    if no.reason is DenialReason.NOT_ADMIN and no.people:
        return _ADMINS_CAN
    if no.reason is DenialReason.CHANGED and no.about is not None:
        return _CHANGED_SINCE.get(no.about.kind)
    if no.reason is DenialReason.UNCONFIRMED and no.name:
        return _UNCONFIRMED_APPROVER
    return None


_CODES: Mapping[ErrorCode, str] = {
    ErrorCode.BUSINESS_ID: _BUSINESS_ID,
    ErrorCode.ASSET_ID: "“{got}” is not an asset ID. An ad account's is act_ and digits (act_123); others are 5 to 20 digits.",
    ErrorCode.NO_ITEMS: "Choose at least one asset, or describe one.",
    ErrorCode.TOO_MANY_ITEMS: f"One request takes at most {MOST_ITEMS} assets; these are {{got}}. Split it into several.",
    ErrorCode.ONE_ITEM: "This takes one ad account at a time; these are {got}. Send one request for each.",
    ErrorCode.AD_ACCOUNTS_ONLY: "This is possible for ad accounts only, and {got} is none.",
    ErrorCode.TOO_MANY_DESCRIBED: f"One request takes at most {MOST_DESCRIBED} assets in words; these are {{got}}. Split it into several, or give their IDs.",
    ErrorCode.SAME_ASSET_TWICE: "{got} is in here twice. Remove one.",
    ErrorCode.NO_TASKS: "Choose what you need it for.",
    ErrorCode.UNKNOWN_TASK: "Not a task of this kind of asset: {got}. Choose a level instead.",
    ErrorCode.NO_WORDS: "Describe the asset in a few words, so that the owner can find it.",
    ErrorCode.TOO_LONG: "Too long: {got} characters. Please shorten it.",
    ErrorCode.NO_REASON: "Say why you need it; the owner reads this when they decide.",
    ErrorCode.DAYS: f"Give a number of days between 1 and {LONGEST_DAYS}.",
    ErrorCode.DATE: "Choose a day within the next ten years.",
    ErrorCode.NO_TERM: "This has no end: what is owned stays owned. Leave out for how long.",
    ErrorCode.NOT_SOONER: "Access ends by then anyway. Choose an earlier day.",
    ErrorCode.DATE_PAST: "That day is over already. Choose a later one.",
    ErrorCode.TOO_MANY_PEOPLE: f"Name at most {MOST_PEOPLE} people; these are {{got}}.",
    ErrorCode.NOT_AN_ADMIN: "{got} isn't an admin of your business now, so can't decide. Choose somebody else, or see Members.",
    ErrorCode.NAMED_TWICE: "{got} is asked first already. Leave them out here, or there.",
    ErrorCode.NOT_YOURSELF: "Choose another admin: this is you.",
    ErrorCode.ENDS_FIRST: "That is before the first day. Choose that day or a later one.",
    ErrorCode.NUMBER: "Give a whole number from {got}.",
    ErrorCode.NO_NAME: "Give it a name.",
    ErrorCode.NAME_TAKEN: "There is a bundle of that name. Give this one another name.",
    ErrorCode.NOT_CREATED: "Only ad accounts and pixels can be created; Pages are claimed, and Instagram accounts come from Meta.",
    ErrorCode.CURRENCY: "“{got}” is no currency that an ad account can have. Choose one from the list, such as EUR.",
    ErrorCode.TIME_ZONE: "“{got}” is no time zone that Meta has. Choose one from the list, such as Europe/Berlin.",
    ErrorCode.ADVERTISER: "“{got}” is no Business ID. That is 5 to 20 digits; or write NONE, or UNFOUND if they are not on Facebook.",
    ErrorCode.HELPER: "“{got}” is neither an ID nor a Page's alias. Write one of these, NONE, or UNFOUND if they are not on Facebook.",
    ErrorCode.NO_SCOPES: "Choose at least one thing that the token is for.",
    ErrorCode.HOURS: "“{got}” are no working hours. Write them as 09:00-17:00, or with days as Mon-Fri 09:00-17:00.",
}


def field_error(wrong: FieldError) -> str:
    """Return what is wrong with something that was typed, as it stands at its field."""
    return plain(line(_CODES[wrong.code], got=" ".join(wrong.got.split())[:100]))
