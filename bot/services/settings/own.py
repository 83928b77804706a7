"""What all settings share: that they are one's own, and that a change of them is recorded and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, update

from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.policy import may_administer
from bot.services import cards
from bot.services.context import Context
from bot.services.results import Denied
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_business = tables.table_of(tables.BusinessRow)
_BUMP = (
    update(_business)
    .where(_business.c.id == bindparam("business"))
    .values(policy_version=_business.c.policy_version + 1)
)


def find_own(ctx: Context, business_id: str) -> Row | Denied:
    """Return the business's row to somebody who acts as its ADMIN."""
    row = ctx.business_row(business_id)
    reason = may_administer(ctx.principal, business=ctx.business(business_id)).reason
    if row is not None and reason is None:
        return row
    own = ctx.own(business_id)
    return ctx.deny(
        reason or DenialReason.NOT_MEMBER,
        about=Subject(SubjectKind.BUSINESS, own or ""),
        business_id=own,
    )


def record_change(ctx: Context, kind: EventKind, row: Row, **facts: Any) -> None:
    """Record a change of settings under the policy's new version, and have what shows it follow."""
    if kind is not EventKind.BUSINESS_POLICY:  # whose own statement moves the version on
        next_version(ctx, row)
    ctx.record(
        kind,
        Subject(SubjectKind.BUSINESS, row.id),
        business_id=row.id,
        acting_for=row.id,
        policy_version=row.policy_version + 1,
        **facts,
    )
    ctx.reread_business(row.id)
    cards.refresh(ctx, business_ids={row.id})


def next_version(ctx: Context, row: Row) -> int:
    """Move on the version of a business's policy, and return it."""
    ctx.tx.run(_BUMP, business=row.id)
    ctx.reread_business(row.id)
    return int(row.policy_version) + 1
