"""Have cards and homes follow a change of the directory, and mend the cards that are behind the record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, func, or_, select, text

from bot.domain.requests import OPEN, DraftState
from bot.store import outbox, tables
from bot.store.tables import CardState, EffectKind, EffectState

if TYPE_CHECKING:
    from bot.store.tx import Tx

MOST_REPAIRS = 3
"""So often a card is shown one version anew where Slack refuses the change."""

_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_draft = tables.table_of(tables.Draft)
_grant = tables.table_of(tables.Grant)
_card = tables.table_of(tables.Card)
_effect = tables.table_of(tables.Effect)
_dead: Any = _effect.alias("dead")
_later: Any = _effect.alias("later")

# The conditions of the outbox's partial indexes, word for word: SQLite uses them in no other way.
_on_its_way = exists(
    select(_effect.c.id).where(
        _effect.c.lane == "card:" + _card.c.id,
        text("effect.state IN ('WAITING', 'SENDING', 'PARKED')"),
        text("effect.state <> 'PARKED'"),
    )
)
_given_up = and_(
    text("dead.state IN ('PARKED', 'DEAD')"),
    _dead.c.state == EffectState.DEAD,
    _dead.c.kind == EffectKind.UPDATE_CARD,
    _dead.c.card_id == _card.c.id,
)
_not_repaired = exists(
    select(_dead.c.id).where(
        _given_up,
        ~exists(
            select(_later.c.id).where(
                _later.c.card_id == _dead.c.card_id,
                _later.c.id > _dead.c.id,
                _later.c.state == EffectState.DONE,
            )
        ),
    )
)


def _behind(subject: Any) -> Any:
    """Return the statement for cards about rows of `subject` that show something older than the row."""
    denied = select(func.count()).where(_given_up, _dead.c.version == subject.c.version).scalar_subquery()
    return (
        select(subject.c.id, subject.c.version)
        .join_from(_card, subject, _card.c.subject_id == subject.c.id)
        .where(
            _card.c.state == CardState.POSTED,
            or_(_card.c.shown < subject.c.version, _not_repaired),
            ~_on_its_way,
            denied < MOST_REPAIRS,
        )
        .distinct()
        .limit(bindparam("most"))
    )


_BEHIND = tuple(_behind(subject) for subject in (_request, _draft, _grant))
_OPEN_REQUESTS = select(
    _request.c.id, _request.c.version, _request.c.requesting_id, _request.c.deciding_id
).where(_request.c.state.in_(sorted(OPEN)))
_OPEN_ITEMS = select(_item.c.request_id, _item.c.asset_id).where(_item.c.is_open)
_WAITING = select(_draft.c.id, _draft.c.version, _draft.c.business_id).where(
    _draft.c.state == DraftState.WAITING
)


def refresh_cards(
    tx: Tx, *, business_ids: Collection[str], asset_ids: Collection[str] = (), now: datetime
) -> None:
    """Have the cards of all that is open between these businesses, or about these assets, rendered anew.

    The homes of the businesses' members too.
    """
    about = {row.request_id for row in tx.all(_OPEN_ITEMS) if row.asset_id in asset_ids}
    stale = [
        (row.id, row.version)
        for row in tx.all(_OPEN_REQUESTS)
        if row.id in about or row.requesting_id in business_ids or row.deciding_id in business_ids
    ]
    stale += [(row.id, row.version) for row in tx.all(_WAITING) if row.business_id in business_ids]
    for subject_id, version in stale:
        outbox.put_updates(tx, subject_id=subject_id, version=version, now=now)
    outbox.put_homes(tx, business_ids, now=now)


def is_behind(tx: Tx) -> bool:
    """Say whether a card is behind the record. It reads all cards, which is nothing for the writer."""
    return any(tx.all(statement, most=1) for statement in _BEHIND)


def repair_cards(tx: Tx, *, now: datetime, limit: int = 100) -> int:
    """Have the cards shown anew that are behind the record although nothing is on its way to them.

    That is for what no outbox sees: an update given up on, a store restored from a backup.
    """
    behind = [row for statement in _BEHIND for row in tx.all(statement, most=limit)][:limit]
    for row in behind:
        outbox.put_updates(tx, subject_id=row.id, version=row.version, now=now)
    return len(behind)
