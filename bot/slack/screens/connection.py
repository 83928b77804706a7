"""How somebody's business is connected to Meta."""

from __future__ import annotations

from bot.domain.connections import TokenFlaw
from bot.domain.denials import DenialReason
from bot.services import connections, directory
from bot.services.context import Context
from bot.services.results import Denied
from bot.services.views.parties import Party
from bot.slack import modals
from bot.slack.kit import View


def connection_modal(
    ctx: Context, business_id: str = "", *, can_keep: bool, flaw: TokenFlaw | None = None
) -> View | Denied:
    """Return how one of somebody's businesses is connected, the first that they administer if none is named.

    `can_keep`: there is a key to keep a token with. `flaw` is what was wrong with the token that was tried.
    """
    own = _administered(ctx, business_id)
    if isinstance(own, Denied):
        return own
    found = connections.find_connection(ctx, own.id)
    zone = directory.me(ctx).zone
    return modals.connection_modal(own, found, can_keep=can_keep, flaw=flaw, zone=zone)


def to_import(ctx: Context, business_id: str = "") -> Party | Denied:
    """Return the connected one of somebody's businesses of which what is at Meta is to be imported.

    The first that they administer if none is named.
    """
    own = _administered(ctx, business_id)
    if isinstance(own, Denied) or connections.kept_token(ctx, own.id) is not None:
        return own
    return Denied(reason=DenialReason.NOT_CONNECTED, name=own.name)


def _administered(ctx: Context, business_id: str) -> Party | Denied:
    me = directory.me(ctx)
    own = [one for one in me.businesses if business_id in ("", one.party.id)]
    mine = next((one for one in own if one.may_administer is None), None)
    if mine is not None:
        return mine.party
    other = DenialReason.NOT_MEMBER if me.businesses else DenialReason.STRANGER
    return Denied(reason=own[0].may_administer or other if own else other)
