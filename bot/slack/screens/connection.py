"""How somebody's business is connected to Meta."""

from __future__ import annotations

from bot.domain.connections import TokenFlaw
from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.services import connections, directory
from bot.services.context import Context
from bot.services.results import Denied
from bot.services.views.parties import Party
from bot.slack import modals
from bot.slack.kit import View
from bot.slack.screens.owning import no_power


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
    about = Subject(SubjectKind.BUSINESS, own.id)
    return Denied(reason=DenialReason.NOT_CONNECTED, about=about, name=own.name)


def _administered(ctx: Context, business_id: str) -> Party | Denied:
    if (no := no_power(ctx, business_id)) is not None:
        return no
    own = directory.me(ctx).businesses
    return next(one.party for one in own if one.may_administer is None and business_id in ("", one.party.id))
