"""The tokens of somebody's business."""

from __future__ import annotations

from bot.domain.denials import DenialReason
from bot.services import directory, programs
from bot.services.context import Context
from bot.services.results import Denied
from bot.slack import modals
from bot.slack.kit import View


def tokens_modal(ctx: Context, business_id: str = "") -> View | Denied:
    """Return the tokens of one of somebody's businesses, the first if none is named, with a form for more."""
    me = directory.me(ctx)
    own = next((one for one in me.businesses if business_id in ("", one.party.id)), None)
    if own is None:
        return Denied(reason=DenialReason.NOT_MEMBER if me.businesses else DenialReason.NO_BUSINESS)
    tokens = [
        one
        for one in programs.list_tokens(ctx, business_id=own.party.id)
        if one.revoked_at is None and one.expires_at > ctx.now
    ]
    return modals.tokens_modal(own, tokens, zone=me.zone)
