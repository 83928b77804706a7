"""What programs read: what an asset, a business and a holder are to each other.

Who may read what is decided by those who call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, bindparam, or_, select, union

from bot.domain.assets import Tasks, unpack
from bot.domain.grants import EndReason, GrantState, told_of
from bot.services.context import Context
from bot.services.grants import held_with_end, is_live, tasks_of
from bot.services.programs.lists import (
    TO_ACT,
    TO_ASK,
    TO_OFFER,
    TO_OWN,
    is_named,
    is_open,
    is_unsettled,
    lives,
    moves,
)
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx


_asset = tables.table_of(tables.Asset)
_setup = tables.table_of(tables.AssetSetup)
_grant = tables.table_of(tables.Grant)
_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_assignment = tables.table_of(tables.Assignment)
_token = tables.table_of(tables.Token)
_node = tables.table_of(tables.Node)

_business: Any = bindparam("business", type_=Text)


# --- single facts -----------------------------------------------------------------------------------

_NODE = select(_node.c.kind).where(_node.c.id == bindparam("node"))
_SETUP_OF = (
    select(_asset, _setup)
    .join_from(_asset, _setup, _setup.c.asset_id == _asset.c.id, isouter=True)
    .where(_asset.c.id == bindparam("asset"))
)
_OF_ITEM = (
    _item.c.position,
    _item.c.tasks,
    _item.c.given,
    _item.c.asset_id,
    _item.c.kind.label("asset_kind"),
)
_OPEN_ITEM = (
    select(_request, *_OF_ITEM)
    .join_from(_item, _request, _item.c.request_id == _request.c.id)
    .where(_item.c.asset_id == bindparam("asset"), _item.c.holder_id == bindparam("holder"))
    .where(_item.c.request_kind.in_([TO_ASK, TO_OFFER, TO_OWN]), tables.ITEM_IS_OPEN(_item))
    .where(or_(is_named, _request.c.owner_id == bindparam("reader")))
    .order_by(_request.c.id)
)
_ITEM_AT = (
    select(_request, *_OF_ITEM)
    .join_from(_item, _request, _item.c.request_id == _request.c.id)
    .where(_item.c.request_id == bindparam("request"), _item.c.position == bindparam("position"))
)
_GRANTS = (
    select(_grant, _request.c.created_at.label("requested_at"))
    .join_from(_grant, _request, _grant.c.request_id == _request.c.id)
    .where(_grant.c.asset_id == bindparam("asset"), _grant.c.holder_id == bindparam("holder"), lives)
    .order_by(_grant.c.id)
)
_MOVING = (
    select(_grant.c.tasks, _grant.c.state, _grant.c.obstacle, _request.c.created_at.label("requested_at"))
    .join_from(_grant, _request, _grant.c.request_id == _request.c.id)
    .where(_grant.c.asset_id == bindparam("asset"), _grant.c.holder_id == bindparam("holder"), moves)
    .order_by(_grant.c.id)
)
_TO_END = select(_grant.c.id).where(
    _grant.c.asset_id == bindparam("asset"),
    _grant.c.holder_id == bindparam("holder"),
    or_(lives, and_(_grant.c.state.in_((GrantState.PENDING, GrantState.FAILED)), moves)),
)
_OF_REQUEST = select(_grant.c.id).where(_grant.c.request_id == bindparam("request"), is_live)
_END_OF = select(_grant.c.end_reason).where(_grant.c.request_id == bindparam("request"))
_ACTS = union(
    select(_grant.c.id).where(
        _grant.c.asset_id == bindparam("asset"), _grant.c.holder_id == bindparam("holder"), is_live
    ),
    select(_request.c.id)
    .join_from(_item, _request, _item.c.request_id == _request.c.id)
    .where(
        _item.c.asset_id == bindparam("asset"),
        _item.c.holder_id == bindparam("holder"),
        _item.c.request_kind == TO_ACT,
        tables.ITEM_IS_OPEN(_item),
    ),
).limit(1)
_BETWEEN = (
    union(
        select(_grant.c.id).where(
            _grant.c.owner_id == _business,
            _grant.c.holder_id == bindparam("other"),
            or_(is_live, is_unsettled),
        ),
        select(_grant.c.id).where(
            _grant.c.owner_id == bindparam("other"),
            _grant.c.holder_id == _business,
            or_(is_live, is_unsettled),
        ),
        select(_request.c.id).where(
            _request.c.requesting_id == _business, _request.c.deciding_id == bindparam("other"), is_open
        ),
        select(_request.c.id).where(
            _request.c.requesting_id == bindparam("other"), _request.c.deciding_id == _business, is_open
        ),
    )
).limit(1)
_ASSIGNED_TASKS = select(_assignment.c.tasks).where(
    _assignment.c.asset_id == bindparam("asset"),
    _assignment.c.business_id == _business,
    _assignment.c.person_id == bindparam("person"),
)
_PROGRAM = select(_token).where(
    _token.c.id == bindparam("token"), _token.c.business_id == _business, _token.c.is_program.is_(True)
)


class Standing(StrEnum):
    """How far access of a holder has come."""

    ASKED = "ASKED"
    OFFERED = "OFFERED"
    HELD = "HELD"
    COMING = "COMING"  # approved, and not in force at Meta yet
    FAILED = "FAILED"  # approved, and could not be put in force at Meta
    LEAVING = "LEAVING"  # ended, and being taken away at Meta
    STUCK = "STUCK"  # ended, and could not be taken away at Meta


_STANDING: Mapping[GrantState, Standing] = {
    GrantState.PENDING: Standing.COMING,
    GrantState.FAILED: Standing.FAILED,
    GrantState.ENDING: Standing.LEAVING,
    GrantState.STUCK: Standing.STUCK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessView:
    """What a holder may do with an asset, or would: and since when it was asked for, and is so.

    `ends_at` is when `tasks` become fewer. `obstacle` is what stands in the way at Meta.
    """

    standing: Standing
    tasks: Tasks
    asked_at: datetime | None
    updated_at: datetime | None
    ends_at: datetime | None
    obstacle: str | None = None


def kind_of_node(tx: Tx, node_id: str) -> str | None:
    """Return what an id stands for, as `tables.NodeKind` has it, or None."""
    row = tx.one(_NODE, node=node_id)
    return None if row is None else str(row.kind)


def asset_row(tx: Tx, asset_id: str) -> Row | None:
    """Return an asset with its set-up, or None."""
    return tx.one(_SETUP_OF, asset=asset_id)


def open_requests(ctx: Context, *, asset_id: str, holder_id: str) -> list[Row]:
    """Return the open requests that would give a holder an asset, each with the item's position and tasks.

    That approvers mean the asset by a description is told to its owner alone.
    """
    return ctx.tx.all(_OPEN_ITEM, asset=asset_id, holder=holder_id, reader=ctx.actor.business_id)


def item_at(tx: Tx, key: str) -> Row | None:
    """Return the item that an id of a list of what is pending stands for."""
    request_id, _, position = key.partition("_")
    return tx.one(_ITEM_AT, request=request_id, position=int(position))


def grants_of(ctx: Context, *, asset_id: str, holder_id: str) -> list[Row]:
    """Return the grants by which a holder may do tasks with an asset now."""
    return ctx.tx.all(_GRANTS, asset=asset_id, holder=holder_id, at=ctx.now)


def to_end(ctx: Context, *, asset_id: str, holder_id: str) -> list[str]:
    """Return the grants of tasks with an asset that a holder has, or may come to have: what can be ended."""
    return [row.id for row in ctx.tx.all(_TO_END, asset=asset_id, holder=holder_id, at=ctx.now)]


def grants_by(ctx: Context, request_id: str) -> list[str]:
    """Return the grants in force that a request gave."""
    return [row.id for row in ctx.tx.all(_OF_REQUEST, request=request_id, at=ctx.now)]


def has_ended_early(ctx: Context, request_id: str) -> bool:
    """Say whether what a request gave was ended, and has not come to its end."""
    return any(
        row.end_reason not in {None, EndReason.REACHED} for row in ctx.tx.all(_END_OF, request=request_id)
    )


def acts(ctx: Context, *, asset_id: str, holder_id: str) -> bool:
    """Say whether a business acts on an asset's behalf or has asked to, or has access to it."""
    return bool(ctx.tx.all(_ACTS, asset=asset_id, holder=holder_id, at=ctx.now))


def knows(ctx: Context, business_id: str, other_id: str) -> bool:
    """Say whether anything is shared between two businesses, or open between them."""
    return bool(ctx.tx.all(_BETWEEN, business=business_id, other=other_id, at=ctx.now))


def assigned_tasks(ctx: Context, *, asset_id: str, business_id: str, person_id: str) -> Tasks:
    """Return what a person may do with an asset through a business, however late a sweep ends it."""
    row = ctx.tx.one(_ASSIGNED_TASKS, asset=asset_id, business=business_id, person=person_id)
    if row is None:
        return frozenset()
    return unpack(row.tasks) & tasks_of(ctx.tx, asset_id=asset_id, business_id=business_id, at=ctx.now)


def program(tx: Tx, token_id: str, *, business_id: str) -> Row | None:
    """Return a program of a business by its token's id."""
    return tx.one(_PROGRAM, token=token_id, business=business_id)


def access(ctx: Context, *, asset_id: str, holder_id: str) -> AccessView | None:
    """Return how a holder stands with an asset: what it holds, else what is on its way or open, else None."""
    held = grants_of(ctx, asset_id=asset_id, holder_id=holder_id)
    if held:
        tasks, until = held_with_end(ctx.tx, asset_id=asset_id, holder_id=holder_id, at=ctx.now)
        return AccessView(
            standing=Standing.HELD,
            tasks=tasks,
            asked_at=min(row.requested_at for row in held),
            updated_at=max(row.starts_at for row in held),
            ends_at=until,
        )
    moving = ctx.tx.all(_MOVING, asset=asset_id, holder=holder_id)
    state = told_of(GrantState(row.state) for row in moving)
    if state is not None:
        alike = [row for row in moving if row.state == state]
        return AccessView(
            standing=_STANDING[state],
            tasks=frozenset[str]().union(*(unpack(row.tasks) for row in alike)),
            asked_at=min(row.requested_at for row in alike),
            updated_at=None,
            ends_at=None,
            obstacle=next((row.obstacle for row in alike if row.obstacle), None),
        )
    for row in open_requests(ctx, asset_id=asset_id, holder_id=holder_id):
        if row.owner_id is not None:
            return AccessView(
                standing=Standing.OFFERED if row.requesting_id == row.owner_id else Standing.ASKED,
                tasks=unpack(row.tasks),
                asked_at=row.created_at,
                updated_at=None,
                ends_at=None,
            )
    return None
