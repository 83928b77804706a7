"""What was created or prepared, as its card shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from bot.domain.connections import EnforcementKind
from bot.domain.creating import CreationState, NewAsset, Payment, unpack_new
from bot.domain.denials import DenialReason
from bot.domain.policy import may_administer
from bot.domain.requests import over_since
from bot.services import approvers, cards, enforcing
from bot.services.context import Context
from bot.services.directory.businesses import party_of
from bot.services.directory.people import name_of
from bot.services.results import Denied
from bot.services.views.requests import AccountView, CreationView
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_asset = tables.table_of(tables.Asset)
_setup = tables.table_of(tables.AssetSetup)
_creation = tables.table_of(tables.Creation)

_CREATION = select(_creation).where(_creation.c.id == bindparam("creation"))
_TOUCH = (
    update(_creation).where(_creation.c.id == bindparam("creation")).values(version=_creation.c.version + 1)
)
_ONE_OWNED = (
    select(_asset.c.name, _setup.c.invoice, _setup.c.funding_source)
    .join_from(_asset, _setup, _setup.c.asset_id == _asset.c.id, isouter=True)
    .where(_asset.c.owner_id == bindparam("owner"), _asset.c.id == bindparam("asset"))
)


def find_creation(tx: Tx, creation_id: str) -> Row | None:
    """Return the row of what was created or prepared, or None."""
    return tx.one(_CREATION, creation=creation_id)


def touch(ctx: Context, row: Row) -> None:
    """Have the card of what was created or prepared show how it stands now, without a move."""
    ctx.tx.run(_TOUCH, creation=row.id)
    cards.follow(ctx, row.id, version=row.version + 1)


def creation_card(ctx: Context, creation_id: str) -> CreationView:
    """Return what was created or prepared, as it is now. Raises KeyError if there is no such thing."""
    row = find_creation(ctx.tx, creation_id)
    business = ctx.business_row(row.business_id) if row is not None else None
    if row is None or business is None:
        raise KeyError(creation_id)
    new = unpack_new(row.content)
    account = ctx.tx.one(_ONE_OWNED, owner=row.business_id, asset=row.asset_id) if row.asset_id else None
    kind = EnforcementKind.CREATION
    at_meta = enforcing.find_of(ctx.tx, kind, business_id=row.business_id, subject_id=row.id)
    if account is not None and account.invoice is not None:
        payment = Payment(invoice=bool(account.invoice), funding_source=account.funding_source)
        new = replace(new, payment=payment)
    return CreationView(
        id=row.id,
        version=row.version,
        state=CreationState(row.state),
        business=party_of(business),
        new=new,
        names=_names(ctx, new),
        author=name_of(ctx.tx, row.author_id) or "",
        author_id=row.author_id,
        over_by=name_of(ctx.tx, row.over_by),
        over_at=over_since(row.state, over_at=row.over_at, expires_at=row.expires_at),
        expires_at=row.expires_at,
        asset_id=row.asset_id,
        is_owned=account is not None,
        at_meta=None if at_meta is None else enforcing.how(at_meta),
    )


def how_over(ctx: Context, row: Row) -> dict[str, Any]:
    """Return what is said of something that was prepared and is over: by whom, when, or that it expired."""
    # By the clock, before the sweep.
    has_expired = row.state in {CreationState.WAITING, CreationState.EXPIRED}
    return {
        "name": unpack_new(row.content).name,
        "state": CreationState.EXPIRED if has_expired else CreationState(row.state),
        "by": name_of(ctx.tx, row.over_by),
        "at": row.expires_at if has_expired else row.over_at,
    }


def find_prepared(ctx: Context, creation_id: str) -> CreationView | Denied:
    """Return what waits, to somebody who may change it; nothing of it to anybody else."""
    row = find_creation(ctx.tx, creation_id)
    business = ctx.visible_business(row.business_id) if row else None
    if row is None or business is None:
        return Denied(reason=DenialReason.UNKNOWN_CREATION)
    view = creation_card(ctx, creation_id)
    if view.state is not CreationState.WAITING or ctx.now >= view.expires_at:
        return Denied(reason=DenialReason.CREATION_OVER, **how_over(ctx, row))
    reason = may_administer(ctx.principal, business=business).reason
    if reason is not None and not approvers.is_actor(ctx, row.author_id):
        return ctx.denial(reason, business_id=row.business_id)
    return view


def _names(ctx: Context, new: NewAsset) -> AccountView:
    """Return the names of what is named by its id, as far as the record has them."""
    advertiser = ctx.business_row(new.end_advertiser) if new.end_advertiser else None
    account = (
        ctx.tx.one(_ONE_OWNED, owner=new.business_id, asset=new.ad_account_id) if new.ad_account_id else None
    )
    return AccountView(
        end_advertiser=advertiser.name if advertiser is not None else "",
        ad_account=account.name if account is not None else "",
    )
