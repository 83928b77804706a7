"""ACCESS: a partner asks the owner of assets for tasks with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bot.domain.assets import Kind, Tasks, is_business_id
from bot.domain.events import Subject, SubjectKind
from bot.domain.kinds import RequestKind
from bot.domain.policy import LIMITS, DenialReason, Status, required_approvals_for
from bot.services import approvers, directory, grants
from bot.services.context import Context
from bot.services.requests.kinds.proposal import Proposal, ProposedItem
from bot.services.results import Denied
from bot.services.views import Preview
from bot.store import tables

if TYPE_CHECKING:
    from bot.domain.requests import Term
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


def objection(ctx: Context, proposal: Proposal) -> Denied | None:
    """Return why the requester may not ask the owner for this, or the owner not give it now.

    An asset of another business and one that does not exist are the same answer, so that nobody learns which.
    """
    if proposal.request is None:
        no = _asking_objection(ctx, proposal)
    else:
        no = _giving_objection(ctx, proposal.request)
    if no is not None:
        return no
    for item in proposal.items:
        if item.asset_id is not None:
            no = item_objection(ctx, proposal, item, asset_id=item.asset_id)
            if no is not None:
                return no
    return None


def _asking_objection(ctx: Context, proposal: Proposal) -> Denied | None:
    assert proposal.deciding_id is not None
    requesting = ctx.business(proposal.requesting_id)
    assert requesting is not None
    permission = directory.may_business_request(ctx, requesting=requesting, owner_id=proposal.deciding_id)
    if permission.reason is None:
        return None
    owner = ctx.business_row(proposal.deciding_id)
    return Denied(
        reason=permission.reason,
        field="owner",
        name=owner.name if owner else proposal.deciding_id,
        count=LIMITS.get(permission.reason, 0),
    )


def _giving_objection(ctx: Context, request: Row) -> Denied | None:
    """Return why the requesting business can be given nothing now: it is deactivated or restricted."""
    requesting = ctx.business_row(request.requesting_id)
    assert requesting is not None
    if requesting.status == Status.ACTIVE:
        return None
    return Denied(
        reason=DenialReason.PARTNER_INACTIVE,
        about=Subject(SubjectKind.REQUEST, request.id),
        ref=request.ref,
        name=requesting.name,
    )


def item_objection(ctx: Context, proposal: Proposal, item: ProposedItem, *, asset_id: str) -> Denied | None:
    """Return why these tasks with this asset cannot be asked for, or given, now."""
    request = proposal.request
    asset = directory.find_asset(ctx.tx, asset_id)
    is_owners = asset is not None and asset.owner is not None and asset.owner.id == proposal.owner_id
    if request is not None and item.is_named:
        # A named asset must still be the owner's to give. That it is held or asked for was looked at before.
        if is_owners:
            return None
        return Denied(
            reason=DenialReason.ASSET_MOVED,
            about=Subject(SubjectKind.REQUEST, request.id),
            ref=request.ref,
            field=item.field,
            name=asset.name if asset else asset_id,
        )
    if asset is None or asset.kind is not item.kind or not is_owners:
        return Denied(reason=DenialReason.UNKNOWN_ASSET, field=item.field, name=asset_id)
    for row in ctx.tx.all(_OPEN_FOR, kind=proposal.kind, asset=asset_id, holder=proposal.holder_id):
        if request is None or row.id != request.id:
            return Denied(
                reason=DenialReason.OPEN_ALREADY,
                about=Subject(SubjectKind.REQUEST, row.id),
                field=item.field,
                ref=row.ref,
                name=asset.name,
            )
    held = grants.tasks_held(ctx.tx, asset_id=asset_id, holder_id=proposal.holder_id, at=ctx.now)
    if item.tasks <= held:
        return Denied(reason=DenialReason.GRANTED_ALREADY, field=item.field, name=asset.name, tasks=held)
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


def take_back(ctx: Context, request: Row) -> tuple[str, ...]:
    """End all grants of the request that are still in force; return the extensions whose access ended too."""
    return grants.undo_given(ctx, request.id)


def preview(
    ctx: Context, *, requesting_id: str, owner_id: str, requested: Iterable[tuple[Kind, Tasks]]
) -> Preview:
    """Say before sending who would be asked: why nobody, if so, how many could approve, and how many must."""
    requesting = ctx.visible_business(requesting_id)
    if requesting is None:
        return Preview(owner=None, reason=DenialReason.NOT_MEMBER, admins=0, required_approvals=0)
    owner = ctx.business_row(owner_id) if is_business_id(owner_id) else None
    permission = directory.may_business_request(ctx, requesting=requesting, owner_id=owner_id)
    eligible = approvers.eligible_for(
        ctx.tx, RequestKind.ACCESS, requesting_id=requesting_id, deciding_id=owner_id
    )
    return Preview(
        owner=None if owner is None else directory.party_of(owner),
        reason=permission.reason,
        admins=0 if owner is None else len(eligible),
        required_approvals=0
        if owner is None
        else required_approvals_for(quorum=owner.quorum, given=requested),
    )
