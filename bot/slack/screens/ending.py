"""Ending access: what there is to end, and what would end."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.denials import DenialReason
from bot.domain.grants import GOING_ON, Named
from bot.domain.limits import MOST_CHOSEN
from bot.services import directory, grants
from bot.services.context import Context
from bot.services.results import Denied
from bot.services.views.access import GrantView
from bot.slack import modals
from bot.slack.kit import View
from bot.slack.lines import short
from bot.slack.screens.owning import no_power

_NAME = 60


def end_modal(ctx: Context) -> View | Denied:
    """Return the form for choosing what access to end."""
    if not grants.endable(ctx, limit=1):
        return no_power(ctx) or Denied(reason=DenialReason.NOTHING_TO_END)
    return modals.end_modal()


def end_now_modal(ctx: Context, choices: Sequence[grants.Choice]) -> View | Denied:
    """Return what would end, of grants that were chosen."""
    found = _choices(ctx, choices)
    if not found:
        return Denied(reason=DenialReason.UNKNOWN_GRANT)
    return modals.end_now_modal(found, going_on=_going_on(ctx, found, choices), now=ctx.now)


def _nothing_to_end(ctx: Context, named: Named) -> Denied:
    """Return who can end what is named, else that there is none; of an asset of their own, that it stays."""
    own = [one.party.id for one in directory.me(ctx).businesses]
    for business_id in filter(ctx.visible_business, own):  # of several they may administer another one
        no = no_power(ctx, business_id)
        if no is not None and grants.could_end(ctx, named, business_id):
            return no
    if (no := no_power(ctx)) is not None:
        return no
    asset = directory.find_asset(ctx.tx, named.asset_id or "")
    if (
        asset is not None
        and asset.owner is not None
        and asset.owner.id in own
        and named == Named(asset_id=asset.id)
    ):
        return Denied(reason=DenialReason.OWNED_FOR_GOOD, name=short(asset.name, _NAME))
    return Denied(reason=DenialReason.UNKNOWN_GRANT)


def end_one_modal(ctx: Context, grant_id: str) -> View | Denied:
    """Return what would end, of one grant on a partner's page, for an admin of either side."""
    view = next(iter(grants.find_grants(ctx, [grant_id])), None)
    own = directory.me(ctx).acts_for
    sides = () if view is None else ((view.owner.id, view.holder.id), (view.holder.id, view.owner.id))
    mine = next((pair for pair in sides if pair[0] in own), None)
    if view is None or mine is None or view.state not in GOING_ON:
        return no_power(ctx) or Denied(reason=DenialReason.UNKNOWN_GRANT)
    found = [(mine[0], view)]
    going_on = grants.going_on(ctx, [view], with_them={view.id})
    return modals.end_now_modal(found, going_on=going_on, now=ctx.now, sides=mine)


def end_named_modal(ctx: Context, named: Named, *, note: str = "") -> View | Denied:
    """Return what would end, of all that is named. `note` is why, if it was typed already.

    The form carries each grant where it can, so that it can be said what became of one meanwhile.
    """
    chosen = grants.named(ctx, named)
    if not chosen.rows:
        return _nothing_to_end(ctx, named)
    if chosen.total <= MOST_CHOSEN:
        found = _choices(ctx, chosen.rows)
        going_on = _going_on(ctx, found, chosen.rows)
        return modals.end_now_modal(found, going_on=going_on, now=ctx.now, note=note)
    found = _choices(ctx, chosen.rows[: modals.PREVIEWED])
    return modals.end_now_modal(
        found,
        going_on=_going_on(ctx, found, chosen.rows),
        now=ctx.now,
        note=note,
        named=named,
        seen=grants.mark_of(chosen.rows),
        most=len(chosen.rows),
        total=chosen.total,
    )


def _going_on(
    ctx: Context, shown: Sequence[tuple[str, GrantView]], chosen: Sequence[grants.Choice]
) -> list[GrantView]:
    return grants.going_on(ctx, [grant for _, grant in shown], with_them={grant_id for _, grant_id in chosen})


def _choices(ctx: Context, choices: Sequence[grants.Choice]) -> list[tuple[str, GrantView]]:
    by_id = {view.id: view for view in grants.find_grants(ctx, [grant for _, grant in choices])}
    return [(business, by_id[grant]) for business, grant in choices if grant in by_id]
