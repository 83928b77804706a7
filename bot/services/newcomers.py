"""Somebody who can decide from now on is told what waits already: in one list of theirs, not a card each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert  # its ON CONFLICT compiles for SQLite too

from bot.domain.policy import Role
from bot.domain.requests import OPEN
from bot.services import approvers
from bot.services.context import Context
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.tx import Tx

_membership = tables.table_of(tables.Membership)
_request = tables.table_of(tables.Request)
_nudge = tables.table_of(tables.Nudge)

_ADMIN_OF = select(_membership.c.business_id).where(
    _membership.c.person_id == bindparam("person"), _membership.c.role == Role.ADMIN
)
_WAITING = select(_request.c.id).where(
    _request.c.deciding_id == bindparam("business"), _request.c.state.in_(sorted(OPEN))
)
_MARK = upsert(_nudge).on_conflict_do_nothing(index_elements=["request_id", "person_id"])


def welcome(ctx: Context, person_id: str) -> None:
    """Put what waits for the person's decision into their next digest, unless it stood in one before.

    The digest comes in their working hours, and leaves out what they cannot decide on.
    """
    for business_id in _acts_for(ctx.tx, person_id):
        ctx.tx.many(
            _MARK,
            [
                {
                    "request_id": request.id,
                    "person_id": person_id,
                    "due_at": ctx.now,
                    "quiet_until": None,
                    "sent": 0,
                }
                for request in ctx.tx.all(_WAITING, business=business_id)
            ],
        )


def _acts_for(tx: Tx, person_id: str) -> list[str]:
    return [
        row.business_id
        for row in tx.all(_ADMIN_OF, person=person_id)
        if approvers.is_admin(tx, row.business_id, person_id)
    ]
