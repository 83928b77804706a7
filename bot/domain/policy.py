"""Who may do what. Pure and total: every question gets a frozen answer that names its reason.

The same functions answer when a modal is opened and in the transaction that acts; only the second
counts. Denials come first and in a fixed order, so that somebody who is not entitled learns nothing
about the request, not even that it is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.actors import (
    Actor,
    ApiSharing,
    AssetAdmins,
    Business,
    Flags,
    Principal,
    Role,
    Status,
    WhoMayAsk,
)
from bot.domain.assets import Kind, Tasks, is_risky
from bot.domain.denials import DenialReason
from bot.domain.kinds import RULES, RequestKind, Side
from bot.domain.limits import (
    LONGEST_DAYS,
    MOST_ASKED_A_DAY,
    MOST_OPEN_BETWEEN,
)
from bot.domain.requests import RequestState
from bot.domain.reviews import NEVER, Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether something may be done; `reason` says why not, None if it may."""

    reason: DenialReason | None = None

    @property
    def is_allowed(self) -> bool:
        """Say whether it may be done."""
        return self.reason is None


ALLOWED = Permission()


def _no(reason: DenialReason) -> Permission:
    return Permission(reason=reason)


def may_administer(who: Principal, *, business: Business | None) -> Permission:
    """Say whether this Slack user acts as an ADMIN of `business`, from its own workspace.

    A shared login, a bot, a guest, a stranger, and a Slack user linked to two people have no ADMIN
    power anywhere; what Slack has not told us about somebody counts against them.
    """
    person = may_view(who, business=business)
    if business is None or not person.is_allowed:
        return person
    member = who.memberships[business.id]
    if member.shared:
        return _no(DenialReason.SHARED_LOGIN)
    if member.role is not Role.ADMIN:
        return _no(DenialReason.NOT_ADMIN)
    return ALLOWED


def may_view(who: Principal, *, business: Business | None) -> Permission:
    """Say whether this Slack user is a member of `business` who is at home in its workspace.

    Membership comes before existence: of a business that does not exist (None) nobody is a member.
    """
    if (nobody := _is_nobody(who)) is not None:
        return nobody
    if business is None or business.id not in who.memberships:
        return _no(DenialReason.NOT_MEMBER)
    if business.team_id is None or who.team_id != business.team_id:
        return _no(DenialReason.WRONG_WORKSPACE)
    return _is_one_person(who)


def may_administer_asset(who: Principal, *, admins: AssetAdmins) -> Permission:
    """Say whether this Slack user acts as an admin of an asset: as themselves, in their own workspace.

    A shared login does not have this power either.
    """
    if (nobody := _is_nobody(who)) is not None:
        return nobody
    if who.person_id not in admins.people:
        return _no(DenialReason.NOT_ASSET_ADMIN)
    person = _is_one_person(who)
    if person.is_allowed and who.shared:
        return _no(DenialReason.SHARED_LOGIN)
    return person


def may_act(who: Principal, *, deciding: Business | AssetAdmins) -> Permission:
    """Say whether this Slack user acts for those who decide: a business, or the admins of an asset."""
    if isinstance(deciding, AssetAdmins):
        return may_administer_asset(who, admins=deciding)
    return may_administer(who, business=deciding)


def _is_nobody(who: Principal) -> Permission | None:
    if who.person_id is None or who.people == 0:
        return _no(DenialReason.SISTER_WORKSPACE if who.from_sister else DenialReason.STRANGER)
    return None


def why_flagged(flags: Flags) -> DenialReason | None:
    """Return why somebody of whom Slack says this has no power; None where none of it is so."""
    reasons = (
        (flags.deactivated, DenialReason.DEACTIVATED_USER),
        (flags.bot, DenialReason.BOT),
        (flags.guest, DenialReason.GUEST),
        (flags.stranger, DenialReason.OUTSIDER),
    )
    return next((reason for is_so, reason in reasons if is_so), None)


def _is_one_person(who: Principal) -> Permission:
    """Say whether Slack says of this user that they are one person, at home here, and said so lately."""
    if who.people > 1:
        return _no(DenialReason.LINKED_TWICE)
    reason = why_flagged(who.flags)
    if reason is not None:
        return _no(reason)
    if not who.flags.are_known:
        return _no(DenialReason.UNCHECKED)
    return ALLOWED if who.confirmed else _no(DenialReason.UNCONFIRMED)


def why_powerless(who: Principal) -> DenialReason | None:
    """Return why somebody has no power over anything; None if they may have some, or nobody knows them."""
    return None if _is_nobody(who) is not None else _is_one_person(who).reason


NOT_YET_KNOWN = frozenset({DenialReason.UNCHECKED, DenialReason.UNCONFIRMED})
"""Why somebody has no power as long as Slack does not say who they are."""


def may_be_assigned(who: Principal, *, business: Business | None) -> Permission:
    """Say whether this Slack user, whoever acts, can be assigned what `business` may do with an asset.

    It is one person who is at home with them: a shared login would hide who did what.
    """
    person = may_view(who, business=business)
    if business is None or not (person.is_allowed or person.reason in NOT_YET_KNOWN):
        return person
    return _no(DenialReason.SHARED_LOGIN) if who.memberships[business.id].shared else person


def may_claim(*, requesting: Business, open_claims: int, claimed_today: int) -> Permission:
    """Say whether business `requesting` may claim anything: one that is not verified can own nothing.

    `open_claims` counts its open claims, `claimed_today` all that it made within a day.
    """
    own = may_give_own(requesting)
    if not own.is_allowed:
        return own
    if not requesting.verified:
        return _no(DenialReason.OWN_UNVERIFIED)
    if open_claims >= MOST_OPEN_BETWEEN:
        return _no(DenialReason.TOO_MANY_CLAIMS)
    if claimed_today >= MOST_ASKED_A_DAY:
        return _no(DenialReason.TOO_MANY_CLAIMS_TODAY)
    return ALLOWED


def may_give_own(business: Business) -> Permission:
    """Say whether `business` can give its own people more than they have."""
    return {
        Status.DEACTIVATED: _no(DenialReason.OWN_DEACTIVATED),
        Status.RESTRICTED: _no(DenialReason.OWN_RESTRICTED),
    }.get(business.status, ALLOWED)


def may_create(business: Business) -> Permission:
    """Say whether `business` can create assets: it is active, and verified, for no other one can own."""
    if business.status is not Status.ACTIVE:
        return may_give_own(business)
    return ALLOWED if business.verified else _no(DenialReason.OWN_UNVERIFIED)


def may_request(
    *,
    requesting: Business,
    owner: Business | None,
    listed_by_owner: bool,
    open_between: int,
    asked_today: int,
) -> Permission:
    """Say whether business `requesting` may ask `owner` for access.

    An unverified business asks only those who listed it; an unverified owner can decide nothing, so
    nobody asks it. `open_between` counts the open requests between the two, `asked_today` all that were made
    within a day.
    """
    standing = _may_deal(requesting, owner)
    if owner is None or not standing.is_allowed:
        return standing
    if owner.who_may_ask is WhoMayAsk.NOBODY:
        return _no(DenialReason.NOBODY_MAY_ASK)
    if not listed_by_owner:
        if owner.who_may_ask is WhoMayAsk.LISTED:
            return _no(DenialReason.NOT_LISTED)
        if not requesting.verified:
            return _no(DenialReason.OWN_UNVERIFIED)
    return _not_too_many(open_between=open_between, asked_today=asked_today)


def may_invite(
    *, requesting: Business, partner: Business | None, open_between: int, asked_today: int
) -> Permission:
    """Say whether business `requesting` may offer `partner` access to assets of its own.

    A business that is not verified can neither own nor decide: it invites nobody, and nobody invites it.
    """
    standing = _may_deal(requesting, partner)
    if not standing.is_allowed:
        return standing
    if not requesting.verified:
        return _no(DenialReason.OWN_UNVERIFIED)
    return _not_too_many(open_between=open_between, asked_today=asked_today)


def _may_deal(requesting: Business, other: Business | None) -> Permission:
    """Say whether both businesses are such that one can make a request that the other decides on."""
    own = {
        Status.DEACTIVATED: DenialReason.OWN_DEACTIVATED,
        Status.RESTRICTED: DenialReason.OWN_RESTRICTED,
    }.get(requesting.status)
    if own:
        return _no(own)
    if other is None:
        return _no(DenialReason.UNKNOWN_BUSINESS)
    if other.id == requesting.id:
        return _no(DenialReason.SAME_BUSINESS)
    standing = {Status.DEACTIVATED: DenialReason.DEACTIVATED, Status.RESTRICTED: DenialReason.RESTRICTED}.get(
        other.status
    )
    if standing:
        return _no(standing)
    return ALLOWED if other.verified else _no(DenialReason.UNVERIFIED)


def _not_too_many(*, open_between: int, asked_today: int) -> Permission:
    if open_between >= MOST_OPEN_BETWEEN:
        return _no(DenialReason.TOO_MANY_OPEN)
    if asked_today >= MOST_ASKED_A_DAY:
        return _no(DenialReason.TOO_MANY_TODAY)
    return ALLOWED


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingSide:
    """Who is on the side that asks: `touched_by` requested or drafted it, `members` belong to the business.

    These are Slack's ids of users, who have the same one in all workspaces of their organisation.
    """

    touched_by: Collection[str]
    members: Collection[str]


def may_approve(who: Principal, *, deciding: Business | AssetAdmins, asking: AskingSide) -> Permission:
    """Say whether this Slack user acts for the deciding side, and for that side only.

    That is: not for the requesting business too, and without a part in the request.
    """
    entitled = may_act(who, deciding=deciding)
    if not entitled.is_allowed:
        return entitled
    if who.user_id in asking.touched_by:
        return _no(DenialReason.OWN_REQUEST)
    if who.user_id in asking.members:
        return _no(DenialReason.BOTH_SIDES)
    return ALLOWED


@dataclass(frozen=True, slots=True, kw_only=True)
class Decidable:
    """A request, as far as a decision goes."""

    state: RequestState
    version: int
    expires_at: datetime
    asking: AskingSide


def may_decide(
    who: Principal,
    *,
    request: Decidable,
    deciding: Business | AssetAdmins,
    expected_version: int,
    now: datetime,
) -> Permission:
    """Say whether this Slack user may decide on the request now, having seen `expected_version` of it.

    The requester, the author and members of the requesting business may not decide: nobody decides on their
    own request. Only an entitled person is told that it is over.
    """
    entitled = may_approve(who, deciding=deciding, asking=request.asking)
    if not entitled.is_allowed:
        return entitled
    standing = can_decide(deciding)
    if not standing.is_allowed:
        return standing
    if not request.state.is_open:
        return _no(
            DenialReason.EXPIRED if request.state is RequestState.EXPIRED else DenialReason.ALREADY_OVER
        )
    if now >= request.expires_at:
        return _no(DenialReason.EXPIRED)
    if expected_version != request.version:
        return _no(DenialReason.CHANGED)
    return ALLOWED


def can_decide(deciding: Business | AssetAdmins) -> Permission:
    """Say whether those who decide can: a business that is active and verified, or people."""
    if isinstance(deciding, AssetAdmins):
        return ALLOWED
    standing = may_give_own(deciding)
    if standing.is_allowed and not deciding.verified:
        return _no(DenialReason.OWN_UNVERIFIED)
    return standing


def may_approve_further(actor: Actor, *, approvals: int) -> Permission:
    """Say whether who acts may approve beside so many approvals: a program gives the first, or none.

    Two approvals are two people's. With a token of their own somebody acts as themselves.
    """
    return _no(DenialReason.PROGRAM) if actor.program is not None and approvals else ALLOWED


_ASKERS: tuple[str, ...] = (WhoMayAsk.NOBODY, WhoMayAsk.LISTED, WhoMayAsk.ANYONE)
_SHARERS: tuple[str, ...] = (ApiSharing.AFTER_ACCEPTANCE, ApiSharing.AT_ONCE)
_SILENT: tuple[str, ...] = (Silence.WEEK, Silence.MONTH, Silence.KEEP)
LETS_THROUGH: Mapping[str, Callable[[Any], int]] = {
    "quorum": lambda approvals: -approvals,
    "who_may_ask": _ASKERS.index,
    "api_sharing": _SHARERS.index,
    "expires_days": int,
    "undo_minutes": int,
    "review_days": lambda days: days if days != NEVER else LONGEST_DAYS,
    "review_silence": _SILENT.index,
}
"""The settings by which a business lets more or less through, and how much with each value."""


def loosened(before: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, tuple[Any, Any]]:
    """Return which settings would let more through than before, each with both values."""
    return {
        name: (before[name], after[name])
        for name, how_much in LETS_THROUGH.items()
        if how_much(after[name]) > how_much(before[name])
    }


INDEPENDENT_AFTER = timedelta(days=7)
"""From when on somebody who was made an admin counts beside the admin who did that, where it takes two."""


def is_one_voice(one: str, other: str, *, made_by: Mapping[str, Collection[str]]) -> bool:
    """Say whether two admins count as one, because the one was lately made an admin by the other.

    `made_by` says of each who was lately made one by whom, and by whom that one was then. However long a
    chain it makes, its people count as one: nobody makes two admins to have them agree with each other.
    """
    links = [{person, *makers} for person, makers in made_by.items()]
    linked, added = {one}, {one}
    while added:
        added = set[str]().union(*(link for link in links if not linked.isdisjoint(link))) - linked
        linked |= added
    return other in linked


def takes_two_to_loosen(business: Business) -> bool:
    """Say whether one admin alone cannot loosen its policy: they could approve alone afterwards."""
    return business.quorum > 1


def required_approvals_for(request: RequestKind, *, quorum: int, given: Iterable[tuple[Kind, Tasks]]) -> int:
    """Return how many approvals it takes to decide on a request of this kind.

    That is the deciding business's quorum, and two where it gives something risky.
    """
    return _approvals(quorum, given if RULES[request].giver is Side.DECIDING else ())


def approvals_to_send(request: RequestKind, *, quorum: int, given: Iterable[tuple[Kind, Tasks]]) -> int:
    """Return how many admins of the requesting business it takes to send a request of this kind.

    Where sending it gives something, that is the business's quorum, and two for something risky.
    """
    return _approvals(quorum, given) if RULES[request].giver is Side.REQUESTING else 1


def standing_suffices(
    request: RequestKind, *, quorum: int, given: Collection[tuple[Kind, Tasks]], approvals: int
) -> bool:
    """Say whether approvals given beforehand suffice: as many as it takes now, and never for a risk."""
    if not RULES[request].may_stand or any(is_risky(kind, tasks) for kind, tasks in given):
        return False
    return approvals >= required_approvals_for(request, quorum=quorum, given=given)


def _approvals(quorum: int, given: Iterable[tuple[Kind, Tasks]]) -> int:
    risky = any(is_risky(kind, tasks) for kind, tasks in given)
    return max(quorum, 2 if risky else 1)
