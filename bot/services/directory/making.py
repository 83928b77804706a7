"""What stands against creating an asset, and the asset that it becomes.

Of a business that is connected to Meta it has the id that Meta gives it. The record makes the id of what
others create: until they are connected it is known here alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select

from bot.domain.assets import Kind, Tasks
from bot.domain.creating import (
    ACCOUNT_FIELDS,
    CreationState,
    NewAsset,
    Payment,
    make_asset_id,
    unpack_new,
)
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.limits import MOST_CREATED_A_DAY
from bot.domain.policy import may_create
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
MADE: Tasks = frozenset({"MADE"})
"""Stands for that an asset is there, as tasks stand for what else is put in force at Meta."""

_CREATED_SINCE = select(func.count().label("number")).where(
    _creation.c.business_id == bindparam("business"),
    _creation.c.state.in_((CreationState.CREATED, CreationState.CREATING)),
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
_BEING_CREATED = select(_creation.c.id, _creation.c.content).where(
    _creation.c.business_id == bindparam("business"), _creation.c.state == CreationState.CREATING
)
_FIND = (
    select(_asset.c.owner_id, _asset.c.kind, _setup.c.asset_id.label("set_up"))
    .join_from(_asset, _setup, _setup.c.asset_id == _asset.c.id, isouter=True)
    .where(_asset.c.id == bindparam("asset"))
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
    for _, one in _being_created(ctx, new.business_id):
        # By its name it is found there after an answer that was lost.
        if (one.kind, folded(one.name)) == (new.kind, folded(new.name)):
            return Denied(reason=DenialReason.BEING_CREATED, field="name", name=one.name)
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
    for creation_id, new in _being_created(ctx, business_id):
        if new.is_incomplete:
            about = Subject(SubjectKind.CREATION, creation_id)
            return Denied(reason=DenialReason.BEING_CREATED, about=about, name=new.name)
    since = ctx.now - timedelta(days=1)
    today = ctx.tx.one(_CREATED_SINCE, business=business_id, since=since)
    if today is not None and today.number >= MOST_CREATED_A_DAY:
        return Denied(reason=DenialReason.TOO_MANY_CREATED, count=today.number)
    return None


def _being_created(ctx: Context, business_id: str) -> list[tuple[str, NewAsset]]:
    """Return what is being created at Meta for a business, by its id here."""
    rows = ctx.tx.all(_BEING_CREATED, business=business_id)
    return [(row.id, unpack_new(row.content)) for row in rows]


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


def insert_made(ctx: Context, new: NewAsset, asset_id: str) -> bool:
    """Write an asset that was created at Meta, or how it is set up if it was imported from there meanwhile.

    False: it is not the business's own here.
    """
    found = ctx.tx.one(_FIND, asset=asset_id)
    if found is None:
        insert_asset(ctx, new, asset_id=asset_id)
        return True
    if (found.owner_id, found.kind) != (new.business_id, new.kind):
        return False
    if found.set_up is None:
        _insert_setup(ctx, new, asset_id)
    return True


def insert_asset(ctx: Context, new: NewAsset, *, asset_id: str | None = None) -> str:
    """Write the asset: owned by its business, and confirmed. Without an id from Meta it gets one of ours."""
    asset_id = asset_id or make_asset_id(new.kind)
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
    setup = _insert_setup(ctx, new, asset_id)
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


def _insert_setup(ctx: Context, new: NewAsset, asset_id: str) -> dict[str, Any]:
    setup = {
        **{field: getattr(new, field) for field in ACCOUNT_FIELDS},
        "invoice": new.payment.invoice,
        "funding_source": new.payment.funding_source,
        "ad_account_id": new.ad_account_id,
        "incomplete": new.is_incomplete,
    }
    ctx.tx.run(_INSERT_SETUP, asset_id=asset_id, **setup)
    return setup


def funding_sources(ctx: Context, business_id: str) -> tuple[str, ...]:
    """Return the funding sources of a business, for its members."""
    business = ctx.business_row(business_id)
    is_theirs = business is not None and ctx.visible_business(business_id) is not None
    return sources_of(business) if business is not None and is_theirs else ()
