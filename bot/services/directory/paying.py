"""How an ad account is paid: set when it is created, and changed later by an admin of its business."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from bot.domain.creating import ACCOUNT_FIELDS, Payment
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.policy import may_administer
from bot.services.context import Context
from bot.services.directory.creations import touch
from bot.services.directory.making import owner_of_account, payment_objection, sources_of
from bot.services.results import Denied, Funded
from bot.services.views.requests import FundingChoices
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_asset = tables.table_of(tables.Asset)
_setup = tables.table_of(tables.AssetSetup)
_creation = tables.table_of(tables.Creation)

_INSERT_SETUP = insert(_setup)
_ACCOUNT = (
    select(_asset.c.id, _asset.c.name, _asset.c.owner_id, _setup.c.invoice, _setup.c.funding_source)
    .join_from(_asset, _setup, _setup.c.asset_id == _asset.c.id, isouter=True)
    .where(_asset.c.id == bindparam("asset"))
)
_SET_PAYMENT = (
    update(_setup)
    .where(_setup.c.asset_id == bindparam("asset"))
    .values(
        invoice=bindparam("new_invoice"),
        funding_source=bindparam("new_source"),
        incomplete=bindparam("new_incomplete"),
    )
)

_OF_ASSET = select(_creation.c.id, _creation.c.version).where(_creation.c.asset_id == bindparam("asset"))


def set_payment(ctx: Context, asset_id: str, payment: Payment) -> Funded | Denied:
    """Set how an ad account of the business is paid, for an admin of it; an incomplete one is ready then."""
    row = _find_account(ctx, asset_id)
    if isinstance(row, Denied):
        return ctx.deny(row, about=Subject(SubjectKind.ASSET, asset_id), business_id=_own(ctx, asset_id))
    business = ctx.business_row(row.owner_id)
    assert business is not None
    objected = payment_objection(business, payment)
    if objected is not None:
        about = Subject(SubjectKind.ASSET, asset_id)
        return ctx.deny(objected, about=about, business_id=row.owner_id)
    before = Payment(invoice=bool(row.invoice), funding_source=row.funding_source)
    funded = Funded(asset_id=row.id, name=row.name, payment=payment)
    if before == payment and row.invoice is not None:
        return funded
    if row.invoice is None:  # it came by the directory file, which said nothing of how it is set up
        nothing = dict.fromkeys((*ACCOUNT_FIELDS, "funding_source", "ad_account_id"))
        ctx.tx.run(_INSERT_SETUP, asset_id=row.id, invoice=False, incomplete=False, **nothing)
    ctx.tx.run(
        _SET_PAYMENT,
        asset=row.id,
        new_invoice=payment.invoice,
        new_source=payment.funding_source,
        new_incomplete=not payment.is_settled,
    )
    ctx.record(
        EventKind.ASSET_FUNDED,
        Subject(SubjectKind.ASSET, row.id),
        business_id=row.owner_id,
        acting_for=row.owner_id,
        invoice=[before.invoice, payment.invoice],
        funding_source=[before.funding_source, payment.funding_source],
        incomplete=not payment.is_settled,
    )
    follow_created(ctx, row.id)
    return funded


def follow_created(ctx: Context, asset_id: str) -> None:
    """Have the card by which an asset was announced show how it stands now, if it was created here."""
    for creation in ctx.tx.all(_OF_ASSET, asset=asset_id):
        touch(ctx, creation)


def payment_of(ctx: Context, asset_id: str) -> FundingChoices | Denied:
    """Return how an ad account is paid and how it could be, for an admin of the business that owns it."""
    row = _find_account(ctx, asset_id)
    if isinstance(row, Denied):
        return row
    business = ctx.business_row(row.owner_id)
    assert business is not None
    return FundingChoices(
        asset_id=row.id,
        name=row.name,
        payment=Payment(invoice=bool(row.invoice), funding_source=row.funding_source),
        sources=sources_of(business),
    )


def _find_account(ctx: Context, asset_id: str) -> Row | Denied:
    """Return an ad account with its setup, to an admin of the business that owns it."""
    owner_id = _own(ctx, asset_id)
    if owner_id is None:
        nowhere = not ctx.principal.memberships
        return Denied(reason=DenialReason.NO_BUSINESS if nowhere else DenialReason.NOT_OWNED, name=asset_id)
    reason = may_administer(ctx.principal, business=ctx.business(owner_id)).reason
    if reason is not None:
        return ctx.denial(reason, business_id=owner_id)
    row = ctx.tx.one(_ACCOUNT, asset=asset_id)
    assert row is not None
    return row


def _own(ctx: Context, asset_id: str) -> str | None:
    """Return the business of the actor's that owns an ad account; None for one that is not theirs."""
    return ctx.own(owner_of_account(ctx, asset_id))
