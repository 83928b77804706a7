"""What would happen to a request if it were sent: shown in the form before it is."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.assets import Kind, Tasks, is_business_id
from bot.domain.kinds import RequestKind
from bot.domain.policy import DenialReason, approvals_to_send, required_approvals_for
from bot.services import approvers, directory
from bot.services.context import Context
from bot.services.requests.kinds import KINDS
from bot.services.requests.lists import earlier
from bot.services.views import Preview


def preview(
    ctx: Context,
    kind: RequestKind,
    *,
    requesting_id: str,
    deciding_id: str,
    requested: Sequence[tuple[Kind, Tasks]],
) -> Preview:
    """Say before sending who would be asked: why nobody, if so, how many could approve, and how many must."""
    requesting = None if ctx.visible_business(requesting_id) is None else ctx.business_row(requesting_id)
    if requesting is None:
        return Preview(owner=None, reason=DenialReason.NOT_MEMBER, admins=0, required_approvals=0)
    deciding = ctx.business_row(deciding_id) if is_business_id(deciding_id) else None
    permission = KINDS[kind].may_send(ctx, requesting_id=requesting_id, deciding_id=deciding_id)
    if deciding is None:
        return Preview(owner=None, reason=permission.reason, admins=0, required_approvals=0)
    able = approvers.eligible_for(ctx.tx, kind, requesting_id=requesting_id, deciding_id=deciding_id)
    return Preview(
        owner=directory.party_of(deciding),
        reason=permission.reason,
        admins=len(able),
        required_approvals=required_approvals_for(kind, quorum=deciding.quorum, given=requested),
        senders=len(approvers.admins(ctx.tx, requesting_id)),
        approvals_to_send=approvals_to_send(kind, quorum=requesting.quorum, given=requested),
        earlier=() if requested else earlier(ctx, kind, requesting_id=requesting_id, deciding_id=deciding_id),
    )
