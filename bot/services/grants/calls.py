"""Calls that change access at Meta, from before they are made until it was read there what they did.

What the holder could do before is kept, so that what Meta gave beyond what was said can be told from what was
never ours, also after an answer that was lost, a read that failed, or a crash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from bot.domain.assets import Tasks, pack, unpack
from bot.store import tables
from bot.store.compiled import upsert

if TYPE_CHECKING:
    from bot.store.tx import Tx

_call = tables.table_of(tables.MetaCall)
_asset = tables.table_of(tables.Asset)
_is_it = (_call.c.asset_id == bindparam("asset"), _call.c.holder_id == bindparam("holder"))

_BEFORE = select(_call.c.before).where(*_is_it)
_OPEN = (
    select(_call.c.asset_id, _call.c.holder_id)
    .join_from(_call, _asset, _call.c.asset_id == _asset.c.id)
    .where(_asset.c.owner_id == bindparam("owner"))
    .order_by(_call.c.asset_id, _call.c.holder_id)
)
_OF_ASSET = select(_call.c.holder_id).where(_call.c.asset_id == bindparam("asset"))
_NOTE = upsert(_call).on_conflict_do_nothing()
_FORGET = delete(_call).where(*_is_it)


def before_call(tx: Tx, *, asset_id: str, holder_id: str) -> Tasks | None:
    """Return what the holder could do before a call of which nobody knows yet what it did; None: no call."""
    row = tx.one(_BEFORE, asset=asset_id, holder=holder_id)
    return None if row is None else unpack(row.before)


def open_calls(tx: Tx, owner_id: str) -> list[tuple[str, str]]:
    """Return the asset and holder of each call with an owner's assets of which nobody knows what it did."""
    return [(row.asset_id, row.holder_id) for row in tx.all(_OPEN, owner=owner_id)]


def holders_called_for(tx: Tx, asset_id: str) -> set[str]:
    """Return the holders for whose access to an asset a call was made of which nobody knows what it did."""
    return {row.holder_id for row in tx.all(_OF_ASSET, asset=asset_id)}


def note_call(tx: Tx, *, asset_id: str, holder_id: str, before: Tasks) -> None:
    """Note that a call is about to be made. What was before an earlier one stays, until that is known."""
    tx.run(_NOTE, asset_id=asset_id, holder_id=holder_id, before=pack(before))


def call_is_known(tx: Tx, *, asset_id: str, holder_id: str) -> None:
    """Note that what the calls did was read at Meta, or that they did nothing."""
    tx.run(_FORGET, asset=asset_id, holder=holder_id)
