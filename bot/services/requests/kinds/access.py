"""ACCESS and ON_BEHALF: a partner asks the owner of assets for tasks with them, or for a capability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.denials import DenialReason
from bot.domain.policy import Permission
from bot.services import directory
from bot.services.context import Context
from bot.services.requests.kinds import sharing
from bot.services.requests.kinds.sharing import take_back, take_effect

if TYPE_CHECKING:
    from bot.services.requests.kinds.proposal import Proposal
    from bot.services.results import Denied

__all__ = ["may_send", "objection", "take_back", "take_effect"]

_SAYS = sharing.Reasons(
    not_theirs=DenialReason.UNKNOWN_ASSET,
    open=DenialReason.OPEN_ALREADY,
    held=DenialReason.GRANTED_ALREADY,
)


def may_send(ctx: Context, *, requesting_id: str, deciding_id: str | None) -> Permission:
    """Say whether a business may ask this owner."""
    requesting = ctx.business(requesting_id)
    assert requesting is not None
    assert deciding_id is not None
    return directory.may_business_request(ctx, requesting=requesting, owner_id=deciding_id)


def objection(ctx: Context, proposal: Proposal) -> Denied | None:
    """Return why the requester may not ask the owner for this, or the owner not give it now."""
    return sharing.objection(ctx, proposal, may_send, says=_SAYS)
