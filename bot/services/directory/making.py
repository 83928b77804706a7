"""What stands against creating an asset, and the asset that it becomes.

The record makes the id: until a business is connected to Meta, what it creates is known here alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select

from bot.domain.assets import Kind
from bot.domain.creating import ACCOUNT_FIELDS, CreationState, NewAsset, Payment, make_asset_id
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.limits import MOST_CREATED_A_DAY
from bot.domain.policy import DenialReason, may_create
from bot.domain.typed import folded
from bot.services import cards
from bot.services.context import Context
from bot.services.results import Denied, Invalid
from bot.store import tables
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row

_asset = tables.table_of(tables.Asset)
_node = tables.table_of(tables.Node)
_setup = tables.table_of(tables.AssetSetup)
_creation = tables.table_of(tables.Creation)

_INSERT_NODE = insert(_node)
_INSERT_ASSET = insert(_asset)
_INSERT_SETUP = insert(_setup)
_CREATED_SINCE = select(func.count().label("number")).where(
    _creation.c.business_id == bindparam("business"),
    _creation.c.state == CreationState.CREATED,
    _creation.c.over_at > bindparam("since"),
)
_PAGES = (
    select(_asset.c.name, _asset.c.id, _asset.c.published)
    .where(_asset.c.owner_id == bindparam("owner"), _asset.c.kind == Kind.PAGE)
    .order_by(_asset.c.published, _asset.c.name, _asset.c.id)
    .limit(1)
)
"""A Page of a business, the first one that is not published if there is one."""
_INCOMPLETE = (
    select(_asset.c.id, _asset.c.name)
    .join_from(_setup, _asset, _setup.c.asset_id == _asset.c.id)
    .where(_asset.c.owner_id == bindparam("owner"), _setup.c.incomplete.is_(True))
    .order_by(_asset.c.name, _asset.c.id)
    .limit(1)
)
_OWNER = select(_asset.c.owner_id).where(_asset.c.id == bindparam("asset"), _asset.c.kind == Kind.AD_ACCOUNT)


def objection(ctx: Context, new: NewAsset) -> Denied | Invalid | None:
    """Return what stands against creating this: what was entered, then what the record says."""
    business = ctx.business_row(new.business_id)
    assert business is not None
    no = may_business_create(ctx, new.business_id)
    if no is not None:
        return no
    field_errors = new.field_errors()
    if field_errors:
        return Invalid(field_errors=field_errors)
    account = new.ad_account_id
    if account is not None and owner_of_account(ctx, account) != business.id:
        return Denied(reason=DenialReason.NOT_OWNED, field="ad_account_id", name=account)
    return payment_objection(business, new.payment)


def may_business_create(ctx: Context, business_id: str) -> Denied | None:
    """Return why a business can create nothing now, whatever it would be, or None if it can."""
    business = ctx.visible_business(business_id)
    reason = DenialReason.NOT_MEMBER if business is None else may_create(business).reason
    if reason is not None:
        return Denied(reason=reason)
    pages = ctx.tx.all(_PAGES, owner=business_id)
    if not pages:
        return Denied(reason=DenialReason.NO_PAGE)
    if not pages[0].published:
        return Denied(reason=DenialReason.PAGE_UNPUBLISHED, name=pages[0].name or pages[0].id)
    for account in ctx.tx.all(_INCOMPLETE, owner=business_id):
        about = Subject(SubjectKind.ASSET, account.id)
        return Denied(reason=DenialReason.INCOMPLETE_ACCOUNT, about=about, name=account.name)
    since = ctx.now - timedelta(days=1)
    today = ctx.tx.one(_CREATED_SINCE, business=business_id, since=since)
    if today is not None and today.number >= MOST_CREATED_A_DAY:
        return Denied(reason=DenialReason.TOO_MANY_CREATED, count=today.number)
    return None


def owner_of_account(ctx: Context, asset_id: str) -> str | None:
    """Return the business that owns an ad account; None for anything else."""
    row = ctx.tx.one(_OWNER, asset=asset_id)
    return None if row is None else row.owner_id


def payment_objection(business: Row, payment: Payment) -> Denied | None:
    """Return why an ad account of a business cannot be paid like this."""
    if payment.invoice and business.credit_line is None:
        return Denied(reason=DenialReason.NO_CREDIT_LINE, field="payment", name=business.name)
    source = payment.funding_source
    if source is not None and source not in sources_of(business):
        return Denied(reason=DenialReason.UNKNOWN_FUNDING, field="payment", name=source)
    return None


def sources_of(business: Row) -> tuple[str, ...]:
    """Return the funding sources of a business."""
    return tuple(filter(None, business.funding_sources.split(",")))


def insert_asset(ctx: Context, new: NewAsset) -> str:
    """Write the asset: owned by its business, and confirmed."""
    asset_id = make_asset_id(new.kind)
    ctx.tx.run(_INSERT_NODE, id=asset_id, kind=NodeKind.ASSET)
    ctx.tx.run(
        _INSERT_ASSET,
        id=asset_id,
        kind=new.kind,
        name=new.name,
        folded=folded(new.name),
        owner_id=new.business_id,
        published=False,
        askable=False,
    )
    setup = {
        **{field: getattr(new, field) for field in ACCOUNT_FIELDS},
        "invoice": new.payment.invoice,
        "funding_source": new.payment.funding_source,
        "ad_account_id": new.ad_account_id,
        "incomplete": new.is_incomplete,
    }
    ctx.tx.run(_INSERT_SETUP, asset_id=asset_id, **setup)
    ctx.record(
        EventKind.ASSET_CREATED,
        Subject(SubjectKind.ASSET, asset_id),
        business_id=new.business_id,
        acting_for=new.business_id,
        kind=str(new.kind),
        name=new.name,
        owner=new.business_id,
        **setup,
    )
    cards.publish_homes(ctx, (new.business_id,))
    return asset_id


def funding_sources(ctx: Context, business_id: str) -> tuple[str, ...]:
    """Return the funding sources of a business, for its members."""
    business = ctx.business_row(business_id)
    is_theirs = business is not None and ctx.visible_business(business_id) is not None
    return sources_of(business) if business is not None and is_theirs else ()
