"""Who can approve a request or a draft, as a set; whether one person may is `domain.policy.may_decide`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, literal, select, union_all

from bot.domain.actors import Account, AssetAdmins, Business
from bot.domain.calendar import USUAL_HOURS
from bot.domain.kinds import RULES, Approvers, RequestKind
from bot.domain.limits import USUAL_EXPIRES_DAYS
from bot.domain.policy import (
    AskingSide,
    Decidable,
    Permission,
    can_decide,
    may_act,
    may_approve,
    may_decide,
    may_view,
)
from bot.domain.requests import RequestState
from bot.services.admins import ADMINS, ASSET_ADMINS, AT_HOME, FLAGS, ONE_A_USER
from bot.services.context import Context
from bot.services.views.parties import Signer
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_business = tables.table_of(tables.BusinessRow)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_decision = tables.table_of(tables.Decision)
_item = tables.table_of(tables.Item)
_asset = tables.table_of(tables.Asset)
_asset_admin = tables.table_of(tables.AssetAdmin)

_ADMIN = ADMINS.where(_person.c.id == bindparam("person"))
# Those whom `policy.may_view` lets read, or Slack is still to be asked about.
_MEMBERS = (
    select(_person.c.team_id, _person.c.user_id)
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .join(_business, _business.c.id == _membership.c.business_id)
    .where(
        _membership.c.business_id == bindparam("business"),
        AT_HOME,
        *(flag.is_not(True) for flag in FLAGS),
        ONE_A_USER,
    )
    .order_by(_person.c.name, _person.c.id)
    .limit(10)
)
# Somebody has the same Slack id in all workspaces of their organisation, and is one person in each.
_theirs = _membership.alias("theirs")
_asker = _person.alias("asker")
_is_not_theirs = ~exists(
    select(_theirs.c.person_id)
    .join_from(_theirs, _asker, _theirs.c.person_id == _asker.c.id)
    .where(
        # By the person: a business may have thousands of members.
        tables.not_by_index(_theirs.c.business_id) == bindparam("excluding"),
        _asker.c.user_id == _person.c.user_id,
    )
)
_involved = _person.alias("involved")
_is_not_involved = ~exists(
    select(_involved.c.id).where(
        _involved.c.id.in_([bindparam("requester"), bindparam("author")]),
        _involved.c.user_id == _person.c.user_id,
    )
)
_ADMINS_EXCLUDING = ADMINS.where(_is_not_theirs, _is_not_involved)
_ASSET_ADMINS_EXCLUDING = ASSET_ADMINS.where(_is_not_theirs, _is_not_involved)
_ONE_ASSET_ADMIN = ASSET_ADMINS.where(_person.c.id == bindparam("person"))
_IS_ASSET_ADMIN = select(_asset_admin.c.person_id).where(_asset_admin.c.asset_id == bindparam("asset"))
_ADMINISTERED = (
    select(_asset.c.id, _asset.c.name)
    .join_from(_asset_admin, _asset, _asset_admin.c.asset_id == _asset.c.id)
    .where(_asset_admin.c.person_id == bindparam("person"))
    .order_by(_asset.c.name, _asset.c.id)
)
_ASSET = select(_asset.c.id, _asset.c.name).where(_asset.c.id == bindparam("asset"))
_ASSET_OF = (
    select(_asset.c.id, _asset.c.name)
    .join_from(_item, _asset, _item.c.asset_id == _asset.c.id)
    .where(_item.c.request_id == bindparam("request"))
)
_APPROVED_BY = (
    select(_person.c.id, _person.c.name, _decision.c.program, _decision.c.round, _decision.c.note)
    .join_from(_decision, _person, _decision.c.person_id == _person.c.id)
    .where(_decision.c.request_id == bindparam("request"), _decision.c.approves.is_(True))
    .order_by(_decision.c.at, _person.c.name)
)

# Who touched the request; and the actor, if they belong to the business that asks.
_ASKING_SIDE = union_all(
    select(_person.c.user_id, literal(1).label("touched")).where(
        _person.c.id.in_([bindparam("requester"), bindparam("author")])
    ),
    select(_person.c.user_id, literal(0))
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .where(
        tables.not_by_index(_membership.c.business_id) == bindparam("requesting"),
        _person.c.user_id == bindparam("user"),
    ),
)
_ACCOUNT = select(_person.c.team_id, _person.c.user_id, _person.c.name).where(
    _person.c.id == bindparam("person")
)


# --- those who decide -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetSide:
    """An asset whose admins decide, as far as it stands where else a business does.

    Nobody has set a policy for them: it is the one that a business starts with, with nothing to undo. They
    have no channel in common, only direct messages, and each their own workspace.
    """

    id: str
    name: str
    team_id: None = None
    channel_id: None = None
    policy_version: None = None
    quorum: int = 1
    expires_days: int = USUAL_EXPIRES_DAYS
    hours: str = USUAL_HOURS
    days_off: str = ""
    zone: str = "UTC"


def asset_side(tx: Tx, asset_id: str | None) -> AssetSide | None:
    """Return an asset as those who decide on it, its admins; None if there is no such asset."""
    row = tx.one(_ASSET, asset=asset_id)
    return None if row is None else AssetSide(id=row.id, name=row.name)


def side_to_ask(
    ctx: Context, *, deciding_id: str | None, asset_ids: Collection[str]
) -> Row | AssetSide | None:
    """Return those who would decide on a request, with their policy; None if there are none such."""
    if deciding_id is not None:
        return ctx.business_row(deciding_id)
    return next((asset_side(ctx.tx, asset_id) for asset_id in asset_ids), None)


def deciding_side(ctx: Context, request: Row) -> Row | AssetSide:
    """Return those who decide on a request, with their policy: a business, or the asset that is claimed."""
    if request.deciding_id is not None:
        side = ctx.business_row(request.deciding_id)
        assert side is not None
        return side
    asset = ctx.tx.one(_ASSET_OF, request=request.id)
    assert asset is not None
    return AssetSide(id=asset.id, name=asset.name)


def _deciding(ctx: Context, request: Row) -> Business | AssetAdmins:
    """Return those who decide on a request, as far as a decision goes."""
    if request.deciding_id is not None:
        business = ctx.business(request.deciding_id)
        assert business is not None
        return business
    return asset_admins(ctx.tx, deciding_side(ctx, request).id)


def asset_admins(tx: Tx, asset_id: str) -> AssetAdmins:
    """Return the admins of an asset, whether they can act now or not."""
    return AssetAdmins(people=frozenset(row.person_id for row in tx.all(_IS_ASSET_ADMIN, asset=asset_id)))


def administered(ctx: Context) -> list[Row]:
    """Return the assets of which the actor acts as an admin now: id, name."""
    found = ctx.tx.all(_ADMINISTERED, person=ctx.principal.person_id)
    return [row for row in found if may_act(ctx.principal, deciding=asset_admins(ctx.tx, row.id)).is_allowed]


def is_own(ctx: Context, kind: RequestKind, asset_ids: Collection[str]) -> bool:
    """Say whether the actor can approve what they ask for at once, with nobody else to agree."""
    match RULES[kind].approvers:
        case Approvers.ADMINS:
            return False
        case Approvers.ASSET_ADMINS:
            admins = [asset_admins(ctx.tx, asset_id) for asset_id in asset_ids]
            # Nothing named is nobody's to give.
            return bool(admins) and all(may_act(ctx.principal, deciding=one).is_allowed for one in admins)


def can_be_decided(ctx: Context, request: Row) -> bool:
    """Say whether those who decide on a request can: a business must be active and verified."""
    return can_decide(_deciding(ctx, request)).is_allowed


def may_act_on(ctx: Context, request: Row) -> Permission:
    """Say whether the actor acts for those who decide on a request, whatever they have to do with it."""
    return may_act(ctx.principal, deciding=_deciding(ctx, request))


def may_view_as_decider(ctx: Context, request: Row) -> Permission:
    """Say whether the actor is on the side of those who decide: a member, or an admin of the asset."""
    deciding = _deciding(ctx, request)
    if isinstance(deciding, Business):
        return may_view(ctx.principal, business=deciding)
    return may_act(ctx.principal, deciding=deciding)


def acts_on(tx: Tx, request: Row, person_id: str) -> bool:
    """Say whether a person acts for those who decide on a request; its `id` and `deciding_id` are read."""
    if request.deciding_id is not None:
        return is_admin(tx, request.deciding_id, person_id)
    assets = tx.all(_ASSET_OF, request=request.id)
    return any(tx.all(_ONE_ASSET_ADMIN, asset=asset.id, person=person_id) for asset in assets)


def eligible(tx: Tx, request: Row) -> list[Row]:
    """Return the people whose approval of a request would count, by what Slack last said of them.

    As id, team_id, user_id, name.
    """
    return eligible_for(
        tx,
        RequestKind(request.kind),
        requesting_id=request.requesting_id,
        deciding_id=request.deciding_id,
        asset_ids=() if request.deciding_id else [row.id for row in tx.all(_ASSET_OF, request=request.id)],
        requester_id=request.requester_id,
        author_id=request.author_id,
    )


def able_to_answer(ctx: Context, request: Row) -> list[Row]:
    """Return the people whose approval would count now and who have not approved yet, asked or not.

    Where those who have are enough, since one of them counts again, each of them can confirm it.
    """
    if not can_be_decided(ctx, request):
        return []
    able = eligible(ctx.tx, request)
    approved = approved_by(ctx.tx, request.id, the_round=request.round)
    left = [person for person in able if person.id not in approved]
    is_enough = len(able) - len(left) >= max(request.required_approvals, request.quorum)
    return able if is_enough else left


def eligible_for(
    tx: Tx,
    kind: RequestKind,
    *,
    requesting_id: str,
    deciding_id: str | None,
    asset_ids: Collection[str],
    requester_id: str | None = None,
    author_id: str | None = None,
) -> list[Row]:
    """Return whose approval of a request for these assets would count.

    Members of the requesting business are left out: nobody decides for both sides. So are the Slack accounts
    of who requested or drafted it.
    """
    excluded = {"excluding": requesting_id, "requester": requester_id, "author": author_id}
    match RULES[kind].approvers:
        case Approvers.ADMINS:
            return tx.all(_ADMINS_EXCLUDING, business=deciding_id, **excluded)
        case Approvers.ASSET_ADMINS:
            return [
                person
                for asset_id in asset_ids
                for person in tx.all(_ASSET_ADMINS_EXCLUDING, asset=asset_id, **excluded)
            ]


def is_actor(ctx: Context, person_id: str | None) -> bool:
    """Say whether this person is the actor: the same Slack account, whatever person it is now."""
    return ctx.principal.account in _accounts(ctx.tx, (person_id,))


def _accounts(tx: Tx, people: Collection[str | None]) -> frozenset[Account]:
    return frozenset(
        (row.team_id, row.user_id)
        for person_id in people
        if person_id is not None
        for row in tx.all(_ACCOUNT, person=person_id)
    )


def _asking_side(ctx: Context, request: Row) -> AskingSide:
    found = ctx.tx.all(
        _ASKING_SIDE,
        requester=request.requester_id,
        author=request.author_id,
        requesting=request.requesting_id,
        user=ctx.principal.user_id,
    )
    return AskingSide(
        touched_by={row.user_id for row in found if row.touched},
        members={row.user_id for row in found if not row.touched},
    )


def belongs_to(ctx: Context, business_id: str) -> bool:
    """Say whether the actor's Slack account is a member of a business, at home there or not."""
    nobody = {"requester": None, "author": None}
    return bool(ctx.tx.all(_ASKING_SIDE, requesting=business_id, user=ctx.principal.user_id, **nobody))


def admins(tx: Tx, business_id: str | None) -> list[Row]:
    """Return the people who act as ADMIN of a business now: id, team_id, user_id, name."""
    return tx.all(ADMINS, business=business_id)


def is_admin(tx: Tx, business_id: str, person_id: str | None) -> bool:
    """Say whether a person acts as ADMIN of a business now."""
    return tx.one(_ADMIN, business=business_id, person=person_id) is not None


def members_to_tell(tx: Tx, business_id: str) -> list[Row]:
    """Return up to ten members at home, to be told when nobody is left who could decide: team_id, user_id."""
    return tx.all(_MEMBERS, business=business_id)


def counted(request: Row, approved: Iterable[Row], able: Iterable[Row]) -> list[Row]:
    """Return who of those who approved in any round is eligible and approved what is proposed now."""
    ids = {person.id for person in able}
    return [person for person in approved if person.round == request.round and person.id in ids]


def may_approve_for(ctx: Context, request: Row) -> Permission:
    """Say whether the actor is one of those who decide on such a request: no part of the other side."""
    asking = _asking_side(ctx, request)
    return may_approve(ctx.principal, deciding=_deciding(ctx, request), asking=asking)


def may_answer(ctx: Context, request: Row) -> Permission:
    """Say whether the actor is one of those who decide on a request, whose business is able to."""
    entitled = may_approve_for(ctx, request)
    return can_decide(_deciding(ctx, request)) if entitled.is_allowed else entitled


def may_decide_on(ctx: Context, request: Row, *, expected_version: int) -> Permission:
    """Say whether the actor may decide on the request now, having looked at `expected_version` of it."""
    return may_decide(
        ctx.principal,
        request=Decidable(
            state=RequestState(request.state),
            version=request.version,
            expires_at=request.expires_at,
            asking=_asking_side(ctx, request),
        ),
        deciding=_deciding(ctx, request),
        expected_version=expected_version,
        now=ctx.now,
    )


def approved_by(tx: Tx, request_id: str, *, the_round: int) -> set[str]:
    """Return the ids of the people who approved in a round."""
    return {person.id for person in approvals(tx, request_id) if person.round == the_round}


def approvals(tx: Tx, request_id: str) -> list[Row]:
    """Return who approved in any round, the first first: id, name, program, round, note."""
    return tx.all(_APPROVED_BY, request=request_id)


def signers(tx: Tx, request_id: str, *, the_round: int) -> tuple[Signer, ...]:
    """Return who approved in a round, the first first."""
    return tuple(
        Signer(person.name, person.program)
        for person in approvals(tx, request_id)
        if person.round == the_round
    )


def to_tell(tx: Tx, *, requester_id: str | None, business_id: str | None) -> list[Row]:
    """Return who can act for the requesting business, the requester first if they still can."""
    return sorted(admins(tx, business_id), key=lambda admin: admin.id != requester_id)
