"""What the API answers when it cannot do as it is told: Meta's envelope, with its codes.

The codes are those of Meta's pages ("Handle errors", and those that the endpoints' references list), so that
a client that knows Meta's knows ours. The message says what to do.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.denials import DenialReason
from bot.domain.limits import LONGEST_DAYS
from bot.domain.requests import ErrorCode
from bot.errors import DomainError
from bot.graph.times import at
from bot.services.results import Denied, Invalid

_OAUTH = "OAuthException"
_METHOD = "GraphMethodException"

PARAMETER, NO_RIGHT, SESSION, OVER_LIMIT, BAD_PATH, BAD_REQUEST = 100, 200, 190, 17, 2500, 1
_NO_NODE = 33
_EXPIRED = 463


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphError:
    """An error as a client gets it. `denied` is what the record keeps of it, if it is not kept yet."""

    code: int
    message: str
    subcode: int | None = None
    type: str = _OAUTH
    status: int = 400
    is_transient: bool = False
    denied: DenialReason | None = None

    def envelope(self) -> dict[str, Any]:
        """Return it as Meta wraps it."""
        shown: dict[str, Any] = {"message": self.message, "type": self.type, "code": self.code}
        if self.subcode is not None:
            shown["error_subcode"] = self.subcode
        if self.is_transient:
            shown["is_transient"] = True
        return {"error": {**shown, "fbtrace_id": secrets.token_urlsafe(8)}}


class TooMuch(DomainError):
    """Raised when a call asks for more than one call may read."""


def no_node(node_id: str, *, method: str = "GET") -> GraphError:
    """Say that there is no such object, or none that the token may know of: the two are one answer."""
    return GraphError(
        code=PARAMETER,
        subcode=_NO_NODE,
        type=_METHOD,
        message=(
            f"Unsupported {method.lower()} request. Object with ID '{node_id[:40]}' does not exist, cannot "
            "be loaded due to missing permissions, or does not support this operation."
        ),
        denied=DenialReason.UNKNOWN_ASSET,
    )


def bad_parameter(message: str) -> GraphError:
    """Say what is wrong with a parameter."""
    return GraphError(code=PARAMETER, message=f"(#{PARAMETER}) {message}")


def no_permission(message: str) -> GraphError:
    """Say what the token, or who it stands for, may not do."""
    return GraphError(code=NO_RIGHT, message=f"(#{NO_RIGHT}) {message}", denied=DenialReason.BEYOND_TOKEN)


def bad_path(path: str) -> GraphError:
    """Say that there is no such edge."""
    return GraphError(code=BAD_PATH, message=f"Unknown path components: /{path[:80]}")


NO_VERSION = GraphError(
    code=BAD_PATH,
    status=404,
    message="Unknown path components: each path of the API begins with a version, such as /v26.0/me",
)
NO_TOKEN = GraphError(
    code=SESSION,
    status=401,
    message=(
        "An access token is required: send it as access_token in the query or the body, or as a Bearer token."
    ),
)
BAD_TOKEN = GraphError(code=SESSION, status=401, message="Invalid OAuth access token: nobody has this one.")
OLD_TOKEN = GraphError(
    code=SESSION,
    subcode=_EXPIRED,
    status=401,
    message="The access token has expired or was revoked. Make a new one.",
)
REMOVED = GraphError(
    code=SESSION,
    status=401,
    message=(
        "Countersign was removed from the Slack workspace of who this token stands for. It works again once "
        "the app is added there again."
    ),
)
TOO_MANY = GraphError(
    code=OVER_LIMIT,
    is_transient=True,
    message="(#17) Too many calls with this token within the hour. Wait until X-App-Usage goes down.",
)
TOO_MUCH = GraphError(
    code=BAD_REQUEST,
    message=(
        "(#1) Please reduce the amount of data you're asking for: a smaller limit, or fewer fields. The rest "
        "is on the next pages."
    ),
)
BUSY = GraphError(
    code=2,
    status=503,
    is_transient=True,
    message="(#2) The record cannot be written just now, and nothing was changed. Try again in a moment.",
)
CHANGED = GraphError(
    code=2,
    is_transient=True,
    message="(#2) Somebody else was quicker, and nothing was changed. Read it again, then decide.",
)
UNCONFIRMED = GraphError(
    code=2,
    status=503,
    message="(#2) It could not be confirmed whether this was done. Read it back before you send it again.",
)
FAILED = GraphError(
    code=BAD_REQUEST, status=500, message="An unknown error occurred. Its trace is in the server's log."
)

_R = DenialReason
_REASONS: Mapping[DenialReason, tuple[int, str]] = {
    _R.STRANGER: (SESSION, "The person this token stands for is not known here any more."),
    _R.SISTER_WORKSPACE: (SESSION, "The person this token stands for is not known here any more."),
    _R.LINKED_TWICE: (NO_RIGHT, "Two people are linked to one Slack user, so neither has power here."),
    _R.UNCHECKED: (NO_RIGHT, "Slack has not said yet who the person behind this token is. Try again soon."),
    _R.UNCONFIRMED: (
        NO_RIGHT,
        "Slack has not confirmed for a day who the person behind this token is. Try again soon.",
    ),
    _R.DEACTIVATED_USER: (SESSION, "The person this token stands for is deactivated in Slack."),
    _R.GUEST: (NO_RIGHT, "The person this token stands for is a guest in Slack."),
    _R.BOT: (NO_RIGHT, "This token stands for a bot."),
    _R.OUTSIDER: (NO_RIGHT, "The person this token stands for is at home in another workspace."),
    _R.NOT_MEMBER: (NO_RIGHT, "The person this token stands for is no member of this business."),
    _R.NO_BUSINESS: (NO_RIGHT, "The person this token stands for is in no business."),
    _R.WRONG_WORKSPACE: (NO_RIGHT, "This business is at home in another workspace."),
    _R.SHARED_LOGIN: (NO_RIGHT, "A shared login cannot act for a business: use somebody's own token."),
    _R.NOT_ADMIN: (NO_RIGHT, "This takes an admin of the business."),
    _R.NOT_ASSET_ADMIN: (NO_RIGHT, "This takes an admin of the ad account."),
    _R.OWN_REQUEST: (NO_RIGHT, "Nobody decides on their own request."),
    _R.BOTH_SIDES: (NO_RIGHT, "Who belongs to both businesses cannot decide between them."),
    _R.KEEPS_OWN: (NO_RIGHT, "Who belongs to the holder, too, cannot keep its access in a review."),
    _R.NOT_SENDER: (NO_RIGHT, "Only the business that made a request can cancel it."),
    _R.NOT_WORKSPACE_ADMIN: (NO_RIGHT, "Businesses are registered in Slack, by an admin of a workspace."),
    _R.REGISTERED_HERE: (PARAMETER, "That business is registered already."),
    _R.ID_NOT_FREE: (PARAMETER, "That Business ID can't be registered."),
    _R.TOO_MANY_UNVERIFIED: (NO_RIGHT, "Too many businesses of this workspace wait to be verified."),
    _R.UNKNOWN_BUSINESS: (PARAMETER, "There is no business with this ID."),
    _R.UNVERIFIED: (NO_RIGHT, "That business is not verified yet, so it cannot decide."),
    _R.DEACTIVATED: (NO_RIGHT, "That business is deactivated."),
    _R.RESTRICTED: (NO_RIGHT, "That business is restricted."),
    _R.OWN_UNVERIFIED: (NO_RIGHT, "Your business is not verified yet."),
    _R.OWN_DEACTIVATED: (NO_RIGHT, "Your business is deactivated."),
    _R.OWN_RESTRICTED: (NO_RIGHT, "Your business is restricted."),
    _R.SAME_BUSINESS: (3944, "Your business owns this itself."),
    _R.NOT_LISTED: (NO_RIGHT, "That business takes requests only from businesses that it lists."),
    _R.NOBODY_MAY_ASK: (NO_RIGHT, "That business takes no requests."),
    _R.TOO_MANY_OPEN: (613, "{count} requests wait there already. Wait until some are decided."),
    _R.TOO_MANY_TODAY: (613, "{count} requests were sent there within a day. Try again tomorrow."),
    _R.TOO_MANY_DRAFTS: (613, "{count} drafts wait for your admins already."),
    _R.TOO_MANY_COMMENTS: (613, "Too many comments within a day."),
    _R.PARTNER_INACTIVE: (NO_RIGHT, "{name} is not active any more, so it can be given nothing."),
    _R.PARTNER_UNVERIFIED: (NO_RIGHT, "{name} is not verified, so it can be given nothing."),
    _R.UNKNOWN_ASSET: (PARAMETER, "There is no such asset that can be asked for."),
    _R.OPEN_ALREADY: (3989, "{ref} asks for this already and is not decided yet."),
    _R.GRANTED_ALREADY: (3946, "Your business has this already."),
    _R.NOT_OWNED: (NO_RIGHT, "Your business does not own this asset, and only its owner can share it."),
    _R.OFFERED_ALREADY: (3989, "{ref} offers this already and is not decided yet."),
    _R.COMING_ALREADY: (3946, "This is approved already, and being put in force at Meta."),
    _R.HELD_ALREADY: (3946, "That business has this already."),
    _R.ASKED_BESIDES: (3989, "{ref} asks for this already and is not decided yet."),
    _R.HELD_BESIDES: (3946, "That business has this already."),
    _R.NOT_LONGER: (3946, "That business has this for so long already."),
    _R.ASSET_MOVED: (PARAMETER, "{name} has another owner now."),
    _R.NO_SUCH_ACCOUNT: (PARAMETER, "There is no ad account with this ID."),
    _R.GROUP: (PARAMETER, "This is a group of ad accounts. Claim the accounts one by one."),
    _R.OWNED_ALREADY: (3944, "Your business owns this already."),
    _R.OWNED_BY_NOBODY: (PARAMETER, "No business owns {name} now."),
    _R.OWNED_BY_OTHER: (3994, "Another business owns this. Ask for access with client_ad_accounts."),
    _R.TOO_MANY_CLAIMS: (613, "{count} claims wait already."),
    _R.TOO_MANY_CLAIMS_TODAY: (613, "{count} claims were made within a day. Try again tomorrow."),
    _R.OWNED_FOR_GOOD: (PARAMETER, "What a business owns stays its own: it cannot be removed."),
    _R.UNKNOWN_PERSON: (PARAMETER, "This is nobody of your business."),
    _R.NOT_IN_FORCE_YET: (PARAMETER, "This is approved for your business, and not in force at Meta yet."),
    _R.NOBODY_ASSIGNED: (
        PARAMETER,
        "Your business only acts on behalf of the owner of this asset. Nobody is assigned for that.",
    ),
    _R.NOT_HELD: (PARAMETER, "Your business neither owns this asset nor has access to it."),
    _R.BEYOND_HELD: (NO_RIGHT, "This is more than your business may do with {name}."),
    _R.NOT_ASSIGNABLE: (NO_RIGHT, "{name} cannot be assigned anything now."),
    _R.NOT_ASSIGNED: (PARAMETER, "This person is not assigned to the asset."),
    _R.UNKNOWN_REQUEST: (PARAMETER, "There is no such request."),
    _R.ALREADY_OVER: (PARAMETER, "{ref} is over already{outcome}."),
    _R.EXPIRED: (PARAMETER, "{ref} has expired."),
    _R.CHANGED: (2, "It changed meanwhile. Read it again, then decide."),
    _R.APPROVED_ALREADY: (PARAMETER, "The person behind this token has approved this already."),
    _R.WIDER: (PARAMETER, "That is more than was asked for, or than the first approval gives."),
    _R.WHOLE_ONLY: (PARAMETER, "This is taken or declined as a whole."),
    _R.NOTHING_GIVEN: (PARAMETER, "Nothing would be given."),
    _R.UNBOUND: (PARAMETER, "The request describes an asset in words: say in Slack which one it is."),
    _R.REMINDED_ALREADY: (613, "They were reminded already."),
    _R.UNDO_OVER: (PARAMETER, "It is too late to undo this."),
    _R.NO_UNDO: (PARAMETER, "This cannot be undone."),
    _R.LAST_ADMIN: (PARAMETER, "A business keeps at least one admin."),
    _R.ADMIN_ALREADY: (PARAMETER, "This person is an admin already."),
    _R.ONE_VOICE: (NO_RIGHT, "A new admin counts as one with the admin who added them."),
    _R.HOME_ELSEWHERE: (PARAMETER, "This person is at home in another workspace."),
    _R.OWN_PROPOSAL: (NO_RIGHT, "Another admin must confirm this."),
    _R.PROPOSAL_OVER: (PARAMETER, "This proposal is over."),
    _R.UNKNOWN_PARTNER: (PARAMETER, "Nothing is shared with this business."),
    _R.OFF_BOARDING: (
        NO_RIGHT,
        "The contract with this business has ended: nothing can be extended.",
    ),
    _R.CONTRACT_ENDED: (NO_RIGHT, "The contract with this business has ended."),
    _R.NOTHING_TO_END: (PARAMETER, "There is no access that could be ended."),
    _R.UNKNOWN_GRANT: (PARAMETER, "That business has no access to this asset."),
    _R.GRANT_OVER: (PARAMETER, "This access has ended already, or is being ended."),
    _R.UNKNOWN_DRAFT: (PARAMETER, "There is no such draft."),
    _R.DRAFT_OVER: (PARAMETER, "This draft is over."),
    _R.NO_PAGE: (NO_RIGHT, "A business needs a published Page before it creates anything."),
    _R.PAGE_UNPUBLISHED: (NO_RIGHT, "Publish {name} first: every Page of the business must be published."),
    _R.INCOMPLETE_ACCOUNT: (NO_RIGHT, "Settle first in Slack how {name} is paid: /access create funding."),
    _R.NO_CREDIT_LINE: (23007, "Your business has no credit line, so the account cannot be invoiced."),
    _R.UNKNOWN_FUNDING: (PARAMETER, "Your business has no such funding source."),
    _R.BEING_CREATED: (3902, "{name} is being created at Meta already. Try again once it is listed."),
    _R.TOO_MANY_CREATED: (3979, "{count} assets were created within a day. Try again tomorrow."),
    _R.UNKNOWN_FINDING: (PARAMETER, "There is nothing found with this ID."),
    _R.UNKNOWN_REVIEW: (PARAMETER, "There is no such review."),
    _R.NOTHING_TO_REVIEW: (PARAMETER, "There is nothing to review."),
    _R.REVIEW_OVER: (PARAMETER, "This is over."),
    _R.KEPT_ALREADY: (PARAMETER, "This is over."),
    _R.SHORTENED_ALREADY: (PARAMETER, "This is over."),
    _R.FINDING_OVER: (PARAMETER, "This is over."),
    _R.UNKNOWN_HOLDER: (PARAMETER, "This business is not registered here."),
    _R.UNKNOWN_TASKS: (PARAMETER, "These tasks cannot be recorded here."),
    _R.NOT_CONNECTED: (PARAMETER, "This business is not connected to Meta."),
    _R.UNKNOWN_CREATION: (PARAMETER, "There is nothing prepared with this ID."),
    _R.CREATION_OVER: (PARAMETER, "This is over."),
    _R.UNKNOWN_TOKEN: (PARAMETER, "There is no such token."),
    _R.TOO_MANY_TOKENS: (613, "{count} tokens are valid already. Revoke one first."),
    _R.UNKNOWN_BUNDLE: (PARAMETER, "There is no such bundle."),
    _R.TOO_MANY_BUNDLES: (613, "{count} bundles are kept already. Remove one first."),
    _R.BEYOND_TOKEN: (NO_RIGHT, "A token cannot do this."),
    _R.PROGRAM: (
        NO_RIGHT,
        "A program gives the first approval at most. A person gives the next, in Slack or with their token.",
    ),
}

_FIELD_ERRORS: Mapping[ErrorCode, str] = {
    ErrorCode.BUSINESS_ID: "is no Business ID",
    ErrorCode.ASSET_ID: "is no ID of such an asset",
    ErrorCode.AD_ACCOUNTS_ONLY: "is no ad account, and only ad accounts can be claimed here",
    ErrorCode.NO_TASKS: "is required: name at least one task",
    ErrorCode.UNKNOWN_TASK: "has tasks that this kind of asset does not have",
    ErrorCode.TOO_LONG: "is too long",
    ErrorCode.NO_REASON: "is required",
    ErrorCode.NO_NAME: "is required",
    ErrorCode.DAYS: f"must be a number of days, 1 to {LONGEST_DAYS}",
    ErrorCode.NOT_SOONER: "is no earlier than the end",
    ErrorCode.DATE: "is not within the next ten years",
    ErrorCode.DATE_PAST: "is in the past",
    ErrorCode.CURRENCY: "is no currency that ad accounts can have",
    ErrorCode.TIME_ZONE: "is no time zone's number",
    ErrorCode.ADVERTISER: "must be a Business ID, NONE or UNFOUND",
    ErrorCode.HELPER: "must be a Page's ID or alias, an app's ID, NONE or UNFOUND",
}


def _outcome(denied: Denied) -> str:
    """Return what became of a request, by whom and when, as far as it may be told."""
    if denied.state is None:
        return ""
    who = f" by {denied.program or denied.by}" if denied.by else ""
    what = f"{denied.state}, undone" if denied.is_undone else f"{denied.state}"
    return f": {what}{who}, {at(denied.at)}" if denied.at else f": {what}{who}"


_OF_CLAIMS: Mapping[DenialReason, tuple[int, str]] = {
    _R.OPEN_ALREADY: (3936, "{ref} claims this already and is not decided yet."),
}
"""What Meta has another code for where something is claimed."""


def of_denial(denied: Denied, *, is_claim: bool = False) -> GraphError:
    """Return a denial, which the record has, as the API says it."""
    code, words = (is_claim and _OF_CLAIMS.get(denied.reason)) or _REASONS[denied.reason]
    said = words.format(
        name=denied.name or "It", ref=denied.ref or "A request", count=denied.count, outcome=_outcome(denied)
    )
    status = 401 if code == SESSION else 400
    return GraphError(code=code, message=f"(#{code}) {said}", status=status)


_NAMES = {
    "owner": "business",
    "items": "the asset",
    "level": "tasks",
    "note": "reason",
    "term": "end_time",
}
_NAMES_BY_CODE = {
    ("items", ErrorCode.AD_ACCOUNTS_ONLY): "page_id",
    ("items", ErrorCode.NO_TASKS): "permitted_tasks",
    ("items", ErrorCode.UNKNOWN_TASK): "permitted_tasks",
    ("term", ErrorCode.DAYS): "days",
}


def of_invalid(invalid: Invalid) -> GraphError:
    """Return what is wrong with what was sent, by the first field."""
    first = invalid.field_errors[0]
    field, _, _ = first.field.partition(".")
    why = _FIELD_ERRORS.get(first.code, f"cannot be taken ({first.code})")
    got = f": {first.got[:80]}" if first.got else ""
    name = _NAMES_BY_CODE.get((field, first.code)) or _NAMES.get(field, field)
    return bad_parameter(f"Param {name} {why}{got}")
