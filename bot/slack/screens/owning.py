"""A business's settings and members, and who acts for it."""

from __future__ import annotations

from datetime import date

from bot.services import directory, settings
from bot.services.context import Context
from bot.services.results import Denied
from bot.services.views.businesses import SettingsView
from bot.services.views.parties import PersonChoice
from bot.slack import modals
from bot.slack.kit import View


def settings_modal(ctx: Context, business_id: str) -> View | Denied:
    """Return the form for a business's policy, for its admins."""
    found = _settings(ctx, business_id)
    return found if isinstance(found, Denied) else modals.settings_modal(found)


def asked_modal(ctx: Context, business_id: str) -> View | Denied:
    """Return the form for whom requests are asked of, for a business's admins."""
    no = _settings(ctx, business_id)
    return no if isinstance(no, Denied) else modals.asked_modal(settings.asked_by(ctx, business_id))


def away_modal(
    ctx: Context,
    business_id: str,
    *,
    stand_in: PersonChoice | None = None,
    from_day: date | None = None,
    until_day: date | None = None,
) -> View | Denied:
    """Return the form for who stands in for the actor, for a business's admins, with what was typed."""
    no = _settings(ctx, business_id)
    if isinstance(no, Denied):
        return no
    away = settings.away_of(ctx, business_id)
    return modals.away_modal(away, stand_in=stand_in, from_day=from_day, until_day=until_day)


def members_modal(ctx: Context, business_id: str, *, page: int = 0) -> View | Denied:
    """Return the modal of a business's members, for its admins."""
    found = _settings(ctx, business_id)
    if isinstance(found, Denied):
        return found
    most = modals.MEMBERS_A_PAGE
    page = max(0, min(page, (found.members - 1) // most))  # there may be fewer pages than there were
    members = settings.members_of(ctx, business_id, limit=most, offset=page * most)
    return modals.members_modal(found, members, page=page)


def no_power(ctx: Context, business_id: str = "") -> Denied | None:
    """Return why somebody administers no business, or not this one, and who does; None: they do."""
    return modals.no_power(directory.me(ctx), business_id)


def _settings(ctx: Context, business_id: str) -> SettingsView | Denied:
    if (no := no_power(ctx, business_id)) is not None:
        return no
    return settings.settings_of(ctx, business_id)
