"""INVITATION: the owner of assets offers a partner tasks with them, which the partner's admins accept."""

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

# What a business holds of another's assets is not its to share, and looks like any asset that is not its own.
_SAYS = sharing.Reasons(
    not_theirs=DenialReason.NOT_OWNED,
    open=DenialReason.OFFERED_ALREADY,
    held=DenialReason.HELD_ALREADY,
)


def may_send(ctx: Context, *, requesting_id: str, deciding_id: str | None) -> Permission:
    """Say whether a business may offer this partner anything."""
    requesting = ctx.business(requesting_id)
    assert requesting is not None
    assert deciding_id is not None
    return directory.may_business_invite(ctx, requesting=requesting, partner_id=deciding_id)


def objection(ctx: Context, proposal: Proposal) -> Denied | None:
    """Return why the owner may not offer this, or the partner not accept it now."""
    return sharing.objection(ctx, proposal, may_send, says=_SAYS)
