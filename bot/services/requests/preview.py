"""What would happen to a request if it were sent: shown in the form before it is."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.assets import Kind, Tasks, is_business_id
from bot.domain.denials import DenialReason
from bot.domain.kinds import RULES, RequestKind
from bot.domain.policy import approvals_to_send, required_approvals_for
from bot.domain.requests import NewItem
from bot.services import approvers, voices
from bot.services.admins import in_reach
from bot.services.context import Context
from bot.services.requests.contract_ends import contract_end
from bot.services.requests.kinds import KINDS, Proposal, ProposedItem
from bot.services.requests.lists import earlier
from bot.services.requests.views import side_party
from bot.services.results import Denied, Invalid
from bot.services.views.requests import Preview


def preview(
    ctx: Context,
    kind: RequestKind,
    *,
    requesting_id: str,
    deciding_id: str | None,
    requested: Sequence[tuple[Kind, Tasks]],
    asset_ids: Sequence[str] = (),
) -> Preview | None:
    """Say before sending who would be asked: why nobody, if so, how many could approve, and how many must.

    Or that nobody needs be, because it is theirs to give who asks. None while what is named is not known.
    """
    requesting = None if ctx.visible_business(requesting_id) is None else ctx.business_row(requesting_id)
    if requesting is None:
        return Preview(owner=None, reason=DenialReason.NOT_MEMBER, admins=0, required_approvals=0)
    is_named = deciding_id is None or is_business_id(deciding_id)
    deciding = approvers.side_to_ask(ctx, deciding_id=deciding_id, asset_ids=asset_ids) if is_named else None
    permission = KINDS[kind].may_send(ctx, requesting_id=requesting_id, deciding_id=deciding_id)
    if deciding is None:
        if permission.is_allowed:
            return None
        return Preview(owner=None, reason=permission.reason, admins=0, required_approvals=0)
    able = approvers.eligible_for(
        ctx.tx,
        kind,
        requesting_id=requesting_id,
        deciding_id=deciding_id,
        asset_ids=asset_ids,
    )
    in_slack = in_reach(ctx.tx, able)
    required_approvals = required_approvals_for(kind, quorum=deciding.quorum, given=requested)
    own = approvers.admins(ctx.tx, requesting_id)
    to_send = approvals_to_send(kind, quorum=requesting.quorum, given=requested)
    return Preview(
        owner=side_party(deciding, deciding.id),
        reason=permission.reason,
        admins=len(in_slack),
        required_approvals=required_approvals,
        enough_from=voices.enough_from(
            ctx, deciding_id, [one.id for one in in_slack], wanted=required_approvals
        ),
        senders=len(own),
        approvals_to_send=to_send,
        sent_from=voices.enough_from(ctx, requesting_id, [one.id for one in own], wanted=to_send),
        contract_ends_at=contract_end(ctx, requesting_id, deciding_id) if deciding_id else None,
        earlier=() if requested else earlier(ctx, kind, requesting_id=requesting_id, deciding_id=deciding_id),
        is_own=approvers.is_own(ctx, kind, asset_ids),
    )


def stands_against(
    ctx: Context,
    kind: RequestKind,
    *,
    requesting_id: str,
    requested: Sequence[tuple[Kind, Tasks]],
    asset_ids: Sequence[str],
) -> Denied | Invalid | None:
    """Say before sending what stands against asking for these assets, where no business decides.

    Where one does, what there is of its assets is told to nobody before they have asked.
    """
    rules = RULES[kind]
    if rules.names_other or ctx.visible_business(requesting_id) is None:
        return None
    named = zip(asset_ids, requested, strict=False)
    items = [NewItem(kind=of, tasks=tasks, asset_id=asset_id) for asset_id, (of, tasks) in named]
    wrong = [error for item in items for error in item.field_errors(field="items", rules=rules)]
    if wrong:
        return Invalid(field_errors=tuple(wrong))
    proposal = Proposal(
        kind=kind,
        requesting_id=requesting_id,
        deciding_id=None,
        owner_id=None,
        holder_id=requesting_id,
        items=[
            ProposedItem(
                position=position, kind=item.kind, is_named=True, asset_id=item.asset_id, tasks=item.tasks
            )
            for position, item in enumerate(items)
        ],
    )
    return KINDS[kind].objection(ctx, proposal)
