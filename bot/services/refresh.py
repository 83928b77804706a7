"""Have open cards follow a change of the directory: a name, a verification, who is an admin."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, select

from bot.domain.requests import OPEN
from bot.store import outbox, tables
from bot.store.tables import CardState, EffectState, PreparedState

if TYPE_CHECKING:
    from bot.store.tx import Tx

_request: Any = tables.Request.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
_item: Any = tables.Item.__table__  # type: ignore[attr-defined]  # the same
_prepared: Any = tables.Prepared.__table__  # type: ignore[attr-defined]  # the same

_card: Any = tables.Card.__table__  # type: ignore[attr-defined]  # the same
_effect: Any = tables.Effect.__table__  # type: ignore[attr-defined]  # the same

_BEHIND = (
    select(_card.c.subject_id, _request.c.version)
    .join_from(_card, _request, _card.c.subject_id == _request.c.id)
    .where(
        _card.c.state == CardState.POSTED,
        _card.c.shown < _request.c.version,
        ~exists(
            select(_effect.c.id).where(
                _effect.c.card_id == _card.c.id,
                _effect.c.state.in_((EffectState.WAITING, EffectState.SENDING)),
            )
        ),
    )
    .distinct()
    .limit(bindparam("most"))
)
_OPEN_REQUESTS = select(
    _request.c.id, _request.c.version, _request.c.asking_id, _request.c.deciding_id
).where(_request.c.state.in_(sorted(OPEN)))
_OPEN_ITEMS = select(_item.c.request_id, _item.c.asset_id).where(_item.c.is_open)
_WAITING = select(_prepared.c.id, _prepared.c.version, _prepared.c.business_id).where(
    _prepared.c.state == PreparedState.WAITING
)


def refresh_cards(
    tx: Tx, *, business_ids: Collection[str], asset_ids: Collection[str] = (), now: datetime
) -> None:
    """Have the cards of all that is open between these businesses, or about these assets, rendered anew."""
    about = {row.request_id for row in tx.all(_OPEN_ITEMS) if row.asset_id in asset_ids}
    stale = [
        (row.id, row.version)
        for row in tx.all(_OPEN_REQUESTS)
        if row.id in about or row.asking_id in business_ids or row.deciding_id in business_ids
    ]
    stale += [(row.id, row.version) for row in tx.all(_WAITING) if row.business_id in business_ids]
    for subject_id, version in stale:
        outbox.put_updates(tx, subject_id=subject_id, version=version, now=now)


def repair_cards(tx: Tx, *, now: datetime, limit: int = 100) -> int:
    """Have the cards shown anew that are behind the record although nothing is on its way to them.

    That is for what no outbox sees: an update given up on, a store restored from a backup.
    """
    behind = tx.all(_BEHIND, most=limit)
    for row in behind:
        outbox.put_updates(tx, subject_id=row.subject_id, version=row.version, now=now)
    return len(behind)
