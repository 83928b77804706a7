"""CLAIM: a business asks to own an ad account that no business owns yet; the account's own admins decide.

It gives no grant, but the account itself. From then on the account is managed by that business alone: what it
held of it ends, and what others hold goes on under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.domain.denials import LIMITS, DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.messages import Notice
from bot.domain.policy import Permission
from bot.services import directory, grants
from bot.services.context import Context
from bot.services.requests.kinds.sharing import asset_moved, giving_objection, open_for
from bot.services.results import Denied

if TYPE_CHECKING:
    from bot.domain.requests import Term
    from bot.services.requests.kinds.proposal import Proposal, ProposedItem
    from bot.store.compiled import Row


def may_send(
    ctx: Context,
    *,
    requesting_id: str,
    deciding_id: str | None = None,  # noqa: ARG001 - no business decides
) -> Permission:
    """Say whether a business may claim anything."""
    requesting = ctx.business(requesting_id)
    assert requesting is not None
    return directory.may_business_claim(ctx, requesting=requesting)


def objection(ctx: Context, proposal: Proposal) -> Denied | None:
    """Return why the account may not be claimed, or why the business cannot be given it now."""
    request = proposal.request
    no = _sending_objection(ctx, proposal) if request is None else giving_objection(ctx, request)
    found = (_item_objection(ctx, proposal, item) for item in proposal.items)
    return no or next(filter(None, found), None)


def _sending_objection(ctx: Context, proposal: Proposal) -> Denied | None:
    permission = may_send(ctx, requesting_id=proposal.requesting_id)
    if permission.reason is None:
        return None
    return Denied(reason=permission.reason, field="items", count=LIMITS.get(permission.reason, 0))


def _item_objection(ctx: Context, proposal: Proposal, item: ProposedItem) -> Denied | None:
    request, asset_id = proposal.request, item.asset_id
    assert asset_id is not None, "a claim names the account"
    asset = directory.find_asset(ctx.tx, asset_id)
    if request is not None:
        assert asset is not None, "what a request names stays"
        if asset.owner is None:
            return None
        return asset_moved(request, item, asset)
    here: dict[str, Any] = {"field": item.field, "name": asset.name if asset else asset_id}
    if asset is None:
        is_group = directory.is_group(ctx.tx, asset_id)
        return Denied(reason=DenialReason.GROUP if is_group else DenialReason.NO_SUCH_ACCOUNT, **here)
    if asset.owner is not None:
        is_ours = asset.owner.id == proposal.requesting_id
        return Denied(reason=DenialReason.OWNED_ALREADY if is_ours else DenialReason.OWNED_BY_OTHER, **here)
    waiting = grants.claims_at_meta(ctx, asset_id, proposal.holder_id)
    for row in (*open_for(ctx, proposal, asset_id), *waiting):
        about = Subject(SubjectKind.REQUEST, row.id)
        return Denied(reason=DenialReason.OPEN_ALREADY, about=about, ref=row.ref, **here)
    return None


def take_effect(
    ctx: Context,
    request: Row,
    given: Sequence[ProposedItem],
    *,
    term: Term,  # noqa: ARG001 - what is owned has no end
    people: Sequence[str],  # noqa: ARG001 - the owner's people are assigned by the owner
) -> None:
    """Have the business own the account: at once, or once Meta has it as the business's own."""
    for item in given:
        asset_id = item.asset_id
        assert asset_id is not None, "a claim names the account"
        if grants.waits_for_meta(ctx.tx, request):
            grants.claim_at_meta(ctx, request, asset_id)
        else:
            owned = grants.become_owner(ctx, request, asset_id, told=Notice.APPROVED)
            assert owned, "an account was given that a business owns"


def take_back(ctx: Context, request: Row) -> grants.TakenBack:  # noqa: ARG001 - it never comes to it
    """Never happens: what is owned stays owned (`Rules.may_undo`)."""
    raise AssertionError(f"claim {request.ref} cannot be undone")
