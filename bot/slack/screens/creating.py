"""The forms for creating an asset, changing what is prepared, and how an ad account is paid."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.services import directory, grants
from bot.services.context import Context
from bot.services.results import Denied
from bot.services.views.parties import OwnBusiness
from bot.slack import modals
from bot.slack.kit import View
from bot.slack.modals import CreateState


def new_asset_modal(ctx: Context, kind: Kind = modals.DEFAULT_CREATED) -> View | Denied:
    """Return the empty form, for the first business of somebody's that can create something now."""
    choices = _choices(ctx)
    if isinstance(choices, Denied):
        return choices
    own_id = creating_for(ctx, choices)
    return create_modal(ctx, modals.blank_creation(own_id, zone=directory.me(ctx).zone, kind=kind))


def creating_for(ctx: Context, choices: Sequence[OwnBusiness], *, account_id: str | None = None) -> str:
    """Return which of somebody's businesses creates something: the owner of the account that it is for.

    Without one, the first that can create something now; if none can, the first.
    """
    own = [one.party.id for one in choices]
    account = directory.find_asset(ctx.tx, account_id) if account_id else None
    if account is not None and account.owner is not None and account.owner.id in own:
        return account.owner.id
    return next((one for one in own if directory.may_business_create(ctx, one) is None), own[0])


def create_modal(ctx: Context, state: CreateState) -> View | Denied:
    """Return the form as far as it is filled in; if somebody's only business can create nothing, why not."""
    choices = _choices(ctx)
    if isinstance(choices, Denied):
        return choices
    if state.business_id not in {one.party.id for one in choices}:
        return Denied(reason=DenialReason.NOT_MEMBER)
    no = directory.may_business_create(ctx, state.business_id)
    if no is not None and len(choices) == 1:
        return no
    sources = directory.funding_sources(ctx, state.business_id)
    is_at_meta = grants.is_connected(ctx.tx, state.business_id)
    return modals.create_modal(state, choices=choices, sources=sources, no=no, is_at_meta=is_at_meta)


def rework_modal(ctx: Context, creation_id: str) -> View | Denied:
    """Return the form for changing what is prepared."""
    view = directory.find_prepared(ctx, creation_id)
    return view if isinstance(view, Denied) else create_modal(ctx, modals.prepared_state(view))


def fund_modal(ctx: Context, asset_id: str) -> View | Denied:
    """Return the form for how an ad account is paid, for an admin of the business that owns it."""
    found = directory.payment_of(ctx, asset_id)
    return found if isinstance(found, Denied) else modals.fund_modal(found)


def _choices(ctx: Context) -> list[OwnBusiness] | Denied:
    me = directory.me(ctx)
    return modals.businesses_to_ask_for(me) or modals.no_power(me) or []
