"""Who of one's own people can do what."""

from __future__ import annotations

from bot.domain.assets import Tasks
from bot.domain.denials import DenialReason
from bot.services import directory, grants
from bot.services.context import Context
from bot.services.results import Denied
from bot.services.views.parties import PersonChoice
from bot.slack import modals
from bot.slack.ids import Callback
from bot.slack.kit import View
from bot.slack.screens.owning import no_power
from bot.slack.values import Seat


def people_modal(ctx: Context) -> View | Denied:
    """Return the form for choosing whose access or what asset to look at, for members of a business."""
    own = directory.me(ctx).businesses
    if any(ctx.visible_business(one.party.id) for one in own):
        return modals.people_modal()
    return no_power(ctx) or Denied(reason=DenialReason.NOT_MEMBER)


def asset_people_modal(ctx: Context, business_id: str, asset_id: str, *, page: int = 0) -> View | Denied:
    """Return a page of a business's own people with an asset."""
    most = modals.PEOPLE_A_PAGE
    found = grants.people_of(ctx, business_id=business_id, asset_id=asset_id, limit=most, offset=page * most)
    if found is None:
        return grants.why_not_held(ctx, asset_id, business_id)
    if page and not found.people.rows:  # there are fewer pages than there were
        return asset_people_modal(ctx, business_id, asset_id, page=max(0, found.people.total - 1) // most)
    return modals.asset_people_modal(found, page=page)


def reach_modal(ctx: Context, person_id: str, *, page: int = 0) -> View | Denied:
    """Return a page of what a person can reach through the businesses that they share with the reader."""
    most = modals.PEOPLE_A_PAGE
    found = grants.reach_of(ctx, person_id, limit=most, offset=page * most)
    if found is None:
        return Denied(reason=DenialReason.UNKNOWN_PERSON)
    if page and not found.rows.rows:
        return reach_modal(ctx, person_id, page=max(0, found.rows.total - 1) // most)
    return modals.reach_modal(found, page=page, can_add=bool(directory.me(ctx).acts_for))


def shown_people(ctx: Context, shown: modals.Shown) -> View | Denied:
    """Return a list of people or of what one can reach, as it is now."""
    if shown.callback is Callback.REACH:
        return reach_modal(ctx, shown.person_id, page=shown.page)
    return asset_people_modal(ctx, shown.business_id, shown.asset_id, page=shown.page)


def assign_modal(
    ctx: Context, seat: Seat, *, back: modals.Shown | None = None, chosen: Tasks = frozenset()
) -> View | Denied:
    """Return the form for what one person can do with one asset, for admins; then `back` is shown.

    Without `back`, that is the people of the asset. `chosen` is the level that the form starts with.
    """
    if (no := no_power(ctx, seat.business_id)) is not None:
        return no
    found = grants.people_of(ctx, business_id=seat.business_id, asset_id=seat.asset_id, limit=1)
    if found is None:
        return grants.why_not_held(ctx, seat.asset_id, seat.business_id)
    if not directory.is_member(ctx.tx, seat.person_id, business_id=seat.business_id):
        return Denied(reason=DenialReason.UNKNOWN_PERSON)
    person = PersonChoice(id=seat.person_id, name=directory.name_of(ctx.tx, seat.person_id) or "")
    tasks = grants.assigned_with(ctx, seat.person_id, business_id=seat.business_id, asset_id=seat.asset_id)
    people = modals.Shown(
        callback=Callback.ASSET_PEOPLE,
        business_id=seat.business_id,
        asset_id=seat.asset_id,
        kind=found.asset.kind,
    )
    return modals.assign_modal(found, person, tasks=tasks & found.tasks, back=back or people, chosen=chosen)
