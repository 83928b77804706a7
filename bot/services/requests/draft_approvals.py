"""How many admins it takes to send a draft, and who of them has approved that it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from bot.domain.policy import approvals_to_send
from bot.domain.requests import NewRequest
from bot.services import approvers
from bot.services.context import Context
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_approval = tables.table_of(tables.DraftApproval)

_INSERT = insert(_approval)
_FORGET = delete(_approval).where(_approval.c.draft_id == bindparam("draft"))
_APPROVALS = (
    select(_approval.c.person_id)
    .where(_approval.c.draft_id == bindparam("draft"))
    .order_by(_approval.c.at, _approval.c.person_id)
)


def required(ctx: Context, business_id: str, new: NewRequest) -> int:
    """Return how many admins of this business must approve that a request of theirs is sent."""
    business = ctx.business_row(business_id)
    assert business is not None
    return approvals_to_send(new.kind, quorum=business.quorum, given=new.levels)


def counted(tx: Tx, draft: Row) -> list[Row]:
    """Return the admins whose approval of a draft counts now, the first first."""
    able = {admin.id: admin for admin in approvers.admins(tx, draft.business_id)}
    approved = tx.all(_APPROVALS, draft=draft.id)
    return [able[row.person_id] for row in approved if row.person_id in able]


def approve(ctx: Context, draft_id: str) -> None:
    """Note that the actor approves that a draft is sent as it is now."""
    ctx.tx.run(_INSERT, draft_id=draft_id, person_id=ctx.principal.person_id, at=ctx.now)


def forget(ctx: Context, draft_id: str) -> None:
    """Drop the approvals of a draft, which is not what was approved any more."""
    ctx.tx.run(_FORGET, draft=draft_id)
