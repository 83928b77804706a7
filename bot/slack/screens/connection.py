"""How somebody's business is connected to Meta."""

from __future__ import annotations

from bot.domain.connections import TokenFlaw
from bot.domain.policy import DenialReason
from bot.services import connections, directory
from bot.services.context import Context
from bot.services.results import Denied
from bot.slack import modals
from bot.slack.kit import View


def connection_modal(
    ctx: Context, business_id: str = "", *, can_keep: bool, flaw: TokenFlaw | None = None
) -> View | Denied:
    """Return how one of somebody's businesses is connected, the first that they administer if none is named.

    `can_keep`: there is a key to keep a token with. `flaw` is what was wrong with the token that was tried.
    """
    me = directory.me(ctx)
    own = [one for one in me.businesses if business_id in ("", one.party.id)]
    mine = next((one for one in own if one.may_administer is None), None)
    if mine is None:
        other = DenialReason.NOT_MEMBER if me.businesses else DenialReason.STRANGER
        return Denied(reason=own[0].may_administer or other if own else other)
    found = connections.find_connection(ctx, mine.party.id)
    return modals.connection_modal(mine.party, found, can_keep=can_keep, flaw=flaw, zone=me.zone)
