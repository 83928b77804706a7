"""What the kinds that give something with an owner's assets share: what stands against it, and its grants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import bindparam, select

from bot.domain.actors import Status
from bot.domain.denials import LIMITS, DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.kinds import RULES, RequestKind
from bot.domain.policy import Permission
from bot.services import directory, grants
from bot.services.context import Context
from bot.services.requests.kinds.proposal import Proposal, ProposedItem
from bot.services.results import Denied
from bot.store import tables

if TYPE_CHECKING:
    from bot.domain.requests import Term
    from bot.services.views.parties import AssetChoice
    from bot.store.compiled import Row

_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)

_OPEN_FOR = (
    select(_request.c.id, _request.c.ref)
    .join_from(_item, _request, _item.c.request_id == _request.c.id)
    .where(
        _item.c.request_kind == bindparam("kind"),
        _item.c.asset_id == bindparam("asset"),
        _item.c.holder_id == bindparam("holder"),
        tables.ITEM_IS_OPEN(_item),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """What a kind says of an asset that is not the owner's, of one that is open, and of one that is held."""

    not_theirs: DenialReason
    open: DenialReason
    held: DenialReason


_OWNERS_OWN = Reasons(
    not_theirs=DenialReason.NOT_OWNED,
    open=DenialReason.ASKED_BESIDES,
    held=DenialReason.HELD_BESIDES,
)
"""What its owner is told who names an asset that was described."""


class MaySend(Protocol):
    """Whether one business may make a request of a kind to another at all."""

    def __call__(self, ctx: Context, *, requesting_id: str, deciding_id: str | None) -> Permission:
        """Return the permission, or why not."""
        ...


def objection(ctx: Context, proposal: Proposal, may_send: MaySend, *, says: Reasons) -> Denied | None:
    """Return why this may not be asked for, or not be given now.

    An asset of another business and one that does not exist are the same answer, so that nobody learns which.
    """
    if proposal.request is not None:
        no = giving_objection(ctx, proposal.request)
    else:
        no = _sending_objection(ctx, proposal, may_send)
    if no is not None:
        return no
    for item in proposal.items:
        if item.asset_id is not None:
            no = _item_objection(ctx, proposal, item, asset_id=item.asset_id, says=says)
            if no is not None:
                return no
    return None


def open_for(ctx: Context, proposal: Proposal, asset_id: str) -> list[Row]:
    """Return the open requests of the same kind for the same asset and holder: id, ref."""
    return ctx.tx.all(_OPEN_FOR, kind=proposal.kind, asset=asset_id, holder=proposal.holder_id)


def _sending_objection(ctx: Context, proposal: Proposal, may_send: MaySend) -> Denied | None:
    assert proposal.deciding_id is not None
    permission = may_send(ctx, requesting_id=proposal.requesting_id, deciding_id=proposal.deciding_id)
    if permission.reason is None:
        return None
    deciding = ctx.business_row(proposal.deciding_id)
    return Denied(
        reason=permission.reason,
        field="owner",
        name=deciding.name if deciding else proposal.deciding_id,
        count=LIMITS.get(permission.reason, 0),
    )


def giving_objection(ctx: Context, request: Row) -> Denied | None:
    """Return why nothing can be given now: who requests is not active, or not verified and is to own it."""
    requesting = ctx.business_row(request.requesting_id)
    assert requesting is not None
    if requesting.status != Status.ACTIVE:
        reason = DenialReason.PARTNER_INACTIVE
    elif RULES[RequestKind(request.kind)].requesting_owns and not requesting.verified:
        reason = DenialReason.PARTNER_UNVERIFIED
    else:
        return None
    return Denied(
        reason=reason,
        about=Subject(SubjectKind.REQUEST, request.id),
        ref=request.ref,
        name=requesting.name,
    )


def asset_moved(request: Row, item: ProposedItem, asset: AssetChoice) -> Denied:
    """Return that an asset which a request names has another owner by now, so that it cannot be given."""
    return Denied(
        reason=DenialReason.ASSET_MOVED,
        about=Subject(SubjectKind.REQUEST, request.id),
        ref=request.ref,
        field=item.field,
        name=asset.name,
    )


def _item_objection(
    ctx: Context, proposal: Proposal, item: ProposedItem, *, asset_id: str, says: Reasons
) -> Denied | None:
    """Return why these tasks with this asset cannot be asked for, offered or given now."""
    request = proposal.request
    asset = directory.find_asset(ctx.tx, asset_id)
    is_owners = asset is not None and asset.owner is not None and asset.owner.id == proposal.owner_id
    if request is not None and item.is_named:
        # A named asset must still be the owner's to give. That it is held or asked for was looked at before.
        if is_owners:
            return None
        assert asset is not None
        return asset_moved(request, item, asset)
    if request is not None:
        says = _OWNERS_OWN
    if asset is None or asset.kind is not item.kind or not is_owners:
        return Denied(reason=says.not_theirs, field=item.field, name=asset_id)
    for row in open_for(ctx, proposal, asset_id):
        if request is None or row.id != request.id:
            return Denied(
                reason=says.open,
                about=Subject(SubjectKind.REQUEST, row.id),
                field=item.field,
                ref=row.ref,
                name=asset.name,
            )
    gives = RULES[proposal.kind].gives
    held, coming = grants.held_and_coming(
        ctx.tx, gives, asset_id=asset_id, holder_id=proposal.holder_id, at=ctx.now
    )
    if item.tasks <= held:
        return Denied(reason=says.held, field=item.field, name=asset.name, tasks=held)
    if item.tasks <= held | coming:
        return Denied(reason=DenialReason.COMING_ALREADY, field=item.field, name=asset.name)
    return None


def take_effect(
    ctx: Context, request: Row, given: Sequence[ProposedItem], *, term: Term, people: Sequence[str]
) -> None:
    """Put what was given in force, and assign the people for whom it is."""
    grants.activate(
        ctx,
        request=request,
        given=[
            grants.Given(position=item.position, asset_id=item.asset_id, tasks=item.tasks)
            for item in given
            if item.asset_id is not None
        ],
        term=term,
        people=people,
    )


def take_back(ctx: Context, request: Row) -> grants.TakenBack:
    """End all grants of the request that are still in force; return what extended them, and is over too."""
    return grants.undo_given(ctx, request.id)
