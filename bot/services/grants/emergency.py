"""Access that the operator ends, whoever gave it: when nobody entitled can be reached, or Slack is down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bot.domain.actors import Source
from bot.domain.grants import GOING_ON, LEAVING, EndReason
from bot.services import cards
from bot.services.context import Context
from bot.services.grants.ending import end, tell
from bot.services.grants.lifecycle import find_grant
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_grant = tables.table_of(tables.Grant)
_request = tables.table_of(tables.Request)

_IN_STATE = {
    leaving: select(_grant.c.id)
    .join_from(_grant, _request, _grant.c.request_id == _request.c.id)
    .where(_grant.c.state.in_(sorted(states)))
    .order_by(_grant.c.owner_id, _grant.c.holder_id, _grant.c.id)
    for leaving, states in ((False, GOING_ON), (True, LEAVING))
}
_BY_REF = select(_request.c.id).where(_request.c.ref == bindparam("ref"))


def named_by_operator(
    ctx: Context,
    *,
    asset_id: str | None,
    holder_id: str | None,
    owner_id: str | None,
    ref: str | None,
    leaving: bool = False,
) -> tuple[str, ...]:
    """Return the grants that go on of all that is named together: asset, holder, owner, reference.

    `leaving`: those that are over, and still to be taken away at Meta.
    """
    statement = _IN_STATE[leaving]
    for column, value in (
        (_grant.c.asset_id, asset_id),
        (_grant.c.holder_id, holder_id),
        (_grant.c.owner_id, owner_id),
        (_request.c.ref, ref),
    ):
        statement = statement if value is None else statement.where(column == value)
    return tuple(row.id for row in ctx.tx.all(statement))


def is_known_ref(tx: Tx, ref: str) -> bool:
    """Say whether a request has this reference."""
    return tx.one(_BY_REF, ref=ref) is not None


def end_by_operator(ctx: Context, grant_ids: Sequence[str], *, note: str) -> tuple[str, ...]:
    """End grants whoever gave them, as far as they go on, and tell both sides. Return those that ended.

    For the operator alone, who says why.
    """
    assert ctx.actor.source is Source.COMMAND_LINE, "nobody else ends what others gave"
    ended: list[Row] = []
    closed: list[cards.Happened] = []
    for grant in (find_grant(ctx.tx, grant_id) for grant_id in dict.fromkeys(grant_ids)):
        if grant is not None and grant.state in GOING_ON:
            closed += end(ctx, grant, EndReason.REVOKED, acting_for=None, note=note)
            ended.append(grant)
    tell(ctx, ended, closed=closed)
    return tuple(grant.id for grant in ended)
