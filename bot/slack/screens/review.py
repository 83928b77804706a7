"""Access reviews: the form in which access is shortened."""

from __future__ import annotations

from bot.services import directory, grants, reviews
from bot.services.context import Context
from bot.services.results import Denied
from bot.slack import modals
from bot.slack.kit import View


def shorten_modal(ctx: Context, grant_id: str) -> View | Denied:
    """Return the form that asks when access that is reviewed is to end."""
    found = reviews.find_item(ctx, grant_id)
    if isinstance(found, Denied):
        return found
    grant = grants.grant_view(ctx.tx, grant_id)
    assert grant is not None
    going_on = grants.going_on(ctx, [grant], with_them={grant.id})
    return modals.shorten_modal(grant, zone=directory.me(ctx).zone, going_on=going_on)
