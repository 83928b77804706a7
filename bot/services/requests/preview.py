"""What would happen to a request if it were sent: shown in the form before it is."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.assets import Kind, Tasks, is_business_id
from bot.domain.denials import DenialReason
from bot.domain.kinds import RequestKind
from bot.domain.policy import approvals_to_send, required_approvals_for
from bot.services import approvers
from bot.services.context import Context
from bot.services.requests.contract_ends import contract_end
from bot.services.requests.kinds import KINDS
from bot.services.requests.lists import earlier
from bot.services.requests.views import side_party
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
    return Preview(
        owner=side_party(deciding, deciding.id),
        reason=permission.reason,
        admins=len(able),
        required_approvals=required_approvals_for(kind, quorum=deciding.quorum, given=requested),
        senders=len(approvers.admins(ctx.tx, requesting_id)),
        approvals_to_send=approvals_to_send(kind, quorum=requesting.quorum, given=requested),
        contract_ends_at=contract_end(ctx, requesting_id, deciding_id) if deciding_id else None,
        earlier=() if requested else earlier(ctx, kind, requesting_id=requesting_id, deciding_id=deciding_id),
        is_own=approvers.is_own(ctx, kind, asset_ids),
    )
