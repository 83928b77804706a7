"""What programs read: ids in pages, and what an asset, a business and a holder are to each other.

A page is found by the id that the one before it ended with: the last of ten thousand costs what the first
does. Who may read what is decided by those who call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, bindparam, cast, exists, func, literal, or_, select, union

from bot.domain.assets import Tasks, unpack
from bot.domain.connections import EnforcementKind, EnforcementState
from bot.domain.grants import GrantState, told_of
from bot.domain.kinds import Gives, kind_to_extend, kind_to_offer, kind_to_own
from bot.services import directory
from bot.services.context import Context
from bot.services.grants import is_live, tasks_held
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

TO_ASK = kind_to_extend(Gives.TASKS)
TO_OFFER = kind_to_offer(Gives.TASKS)
TO_OWN = kind_to_own()
TO_ACT = kind_to_extend(Gives.CAPABILITY)

_asset = tables.table_of(tables.Asset)
_setup = tables.table_of(tables.AssetSetup)
_grant = tables.table_of(tables.Grant)
_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_membership = tables.table_of(tables.Membership)
_assignment = tables.table_of(tables.Assignment)
_token = tables.table_of(tables.Token)
_node = tables.table_of(tables.Node)
_enforcement = tables.table_of(tables.Enforcement)

_business: Any = bindparam("business", type_=Text)
_kind: Any = bindparam("kind", type_=Text)
_pattern: Any = bindparam("pattern", type_=Text)
_is_sought = or_(
    _pattern == directory.pattern(""),  # then no name is looked at
    _asset.c.folded.like(_pattern, escape="\\"),
    func.lower(_asset.c.id).like(_pattern, escape="\\"),
)
_lives = and_(is_live, _grant.c.capability.is_(None))
_is_unsettled = _grant.c.state.in_(
    (GrantState.PENDING, GrantState.FAILED, GrantState.ENDING, GrantState.STUCK)
)
"""Whether it is on its way in or out at Meta, or could not get there."""
_moves = and_(_is_unsettled, _grant.c.capability.is_(None))
_lives_or_moves = or_(_lives, _moves)
_is_held = exists(
    select(_grant.c.id).where(_grant.c.asset_id == _asset.c.id, _grant.c.holder_id == _business, _lives)
)
_is_open = _request.c.over_at.is_(None)
_is_at_meta = exists(
    select(_enforcement.c.id).where(
        _enforcement.c.business_id == _business,
        _enforcement.c.kind == EnforcementKind.CLAIM,
        _enforcement.c.about == _request.c.id,
        _enforcement.c.state != EnforcementState.IN_FORCE,
    )
)
"""Whether what was confirmed here is still to be so at Meta."""
_gives_tasks = _request.c.kind.in_([TO_ASK, TO_OFFER])
_acts = _request.c.kind == TO_ACT
_of_account = exists(
    select(_item.c.position).where(
        _item.c.request_id == _request.c.id, _item.c.asset_id == bindparam("asset")
    )
)
_is_side = or_(_request.c.owner_id == _business, _request.c.holder_id == _business)


class List(StrEnum):
    """What is listed. Each takes parameters of its own, which stand in its statement."""

    OWNED = "owned"
    HELD = "held"
    PENDING_OWNED = "pending_owned"
    PENDING_HELD = "pending_held"
    HOLDERS = "holders"
    CLIENTS = "clients"
    AGENCIES = "agencies"
    SHARED = "shared"
    ASSIGNED = "assigned"
    PEOPLE_OF_ASSET = "people_of_asset"
    MEMBERS = "members"
    PROGRAMS = "programs"
    TO_ACT_OPEN_BY = "to_act_open_by"
    TO_ACT_OPEN_FOR = "to_act_open_for"
    TO_ACT_OF_ACCOUNT = "to_act_of_account"
    TO_ACT_OPEN = "to_act_open"
    TO_ACT_IN = "to_act_in"


_Branches = tuple[tuple[Any, Any], ...]
"""What a list is made of: of each part the id's column, and the rows that have it."""


def _ids(column: Any, *wanted: Any) -> _Branches:
    return ((column, select(column.label("id")).where(*wanted)),)


def _of_item(*wanted: Any) -> _Branches:
    """Return the ids of items: the request's, and the position."""
    key = _item.c.request_id.concat(literal("_", Text)).concat(cast(_item.c.position, Text))
    rows = (
        select(key.label("id"))
        .join_from(_item, _request, _item.c.request_id == _request.c.id)
        .where(_item.c.kind == _kind, _item.c.asset_id.is_not(None), *wanted)
    )
    return ((key, rows),)


def _pairs(found: Any, asks: Any, *wanted: Any, open_: Any) -> _Branches:
    """Return one side of all that is shared, and of all that is open, where the other side is `wanted`."""
    return (
        *_ids(found, *wanted, _lives_or_moves),
        *_ids(asks, open_, _is_open, _gives_tasks, asks.is_not(None)),
    )


_IDS: Mapping[List, _Branches] = {
    List.OWNED: _ids(_asset.c.id, _asset.c.owner_id == _business, _asset.c.kind == _kind, _is_sought),
    List.HELD: _ids(_asset.c.id, _asset.c.kind == _kind, _is_held, _is_sought),
    List.PENDING_OWNED: (
        *_of_item(_item.c.request_kind == TO_OWN, _request.c.requesting_id == _business, _is_open),
        *_of_item(_item.c.request_kind == TO_OWN, _request.c.requesting_id == _business, _is_at_meta),
    ),
    List.PENDING_HELD: _of_item(_item.c.request_kind == TO_ASK, _request.c.holder_id == _business, _is_open),
    List.HOLDERS: (
        *_ids(_grant.c.holder_id, _grant.c.asset_id == bindparam("asset"), _lives_or_moves),
        *_ids(
            _item.c.holder_id,
            _item.c.asset_id == bindparam("asset"),
            _item.c.request_kind.in_([TO_ASK, TO_OFFER]),
            tables.ITEM_IS_OPEN(_item),
        ),
    ),
    List.CLIENTS: _pairs(
        _grant.c.owner_id,
        _request.c.owner_id,
        _grant.c.holder_id == _business,
        open_=_request.c.holder_id == _business,
    ),
    List.AGENCIES: _pairs(
        _grant.c.holder_id,
        _request.c.holder_id,
        _grant.c.owner_id == _business,
        open_=_request.c.owner_id == _business,
    ),
    List.SHARED: (
        (
            _grant.c.asset_id,
            select(_grant.c.asset_id.label("id"))
            .join_from(_grant, _asset, _grant.c.asset_id == _asset.c.id)
            .where(
                _grant.c.owner_id == bindparam("owner"),
                _grant.c.holder_id == bindparam("holder"),
                _asset.c.kind == _kind,
                _lives_or_moves,
            ),
        ),
        (
            _item.c.asset_id,
            select(_item.c.asset_id.label("id"))
            .join_from(_item, _request, _item.c.request_id == _request.c.id)
            .where(
                _request.c.owner_id == bindparam("owner"),
                _request.c.holder_id == bindparam("holder"),
                _item.c.kind == _kind,
                _item.c.asset_id.is_not(None),
                _is_open,
                _gives_tasks,
            ),
        ),
    ),
    List.ASSIGNED: (
        (
            _assignment.c.asset_id,
            select(_assignment.c.asset_id.label("id"))
            .join_from(_assignment, _asset, _assignment.c.asset_id == _asset.c.id)
            .where(
                _assignment.c.person_id == bindparam("person"),
                _assignment.c.business_id == _business,
                _asset.c.kind == _kind,
                or_(_asset.c.owner_id == _business, _is_held),
            ),
        ),
    ),
    List.PEOPLE_OF_ASSET: _ids(
        _assignment.c.person_id,
        _assignment.c.asset_id == bindparam("asset"),
        _assignment.c.business_id == _business,
    ),
    List.MEMBERS: _ids(_membership.c.person_id, _membership.c.business_id == _business),
    List.PROGRAMS: _ids(
        _token.c.id,
        _token.c.business_id == _business,
        _token.c.is_program.is_(True),
        _token.c.parent_id.is_(None),
        _token.c.revoked_at.is_(None),
        _token.c.expires_at > bindparam("at"),
    ),
    List.TO_ACT_OPEN_BY: _ids(_request.c.id, _acts, _is_open, _request.c.holder_id == _business),
    List.TO_ACT_OPEN_FOR: _ids(_request.c.id, _acts, _is_open, _request.c.owner_id == _business),
    List.TO_ACT_OF_ACCOUNT: _ids(_request.c.id, _acts, _of_account, _is_side),
    List.TO_ACT_OPEN: _ids(_request.c.id, _acts, _of_account, _is_side, _is_open),
    List.TO_ACT_IN: _ids(
        _request.c.id, _acts, _of_account, _is_side, _request.c.state == bindparam("state", type_=Text)
    ),
}


def _joined(parts: list[Any]) -> Any:
    """Return the parts of a list as one, each id once."""
    if len(parts) == 1:
        return parts[0]
    return union(*parts)


def _statements(branches: _Branches, *, of_assets: bool) -> tuple[Any, Any, Any]:
    """Return the statements for the page after an id, for the one before it, and for how many there are.

    Each part of a list is cut by itself, so that an index gives its first rows and no others are read. A page
    of assets brings their rows.
    """
    after: Any = bindparam("after", type_=Text)
    before: Any = bindparam("before", type_=Text)
    most: Any = bindparam("most")

    def cut(column: Any, rows: Any, *, is_backward: bool) -> Any:
        wanted = column < before if is_backward else column > after
        return rows.where(wanted).order_by(column.desc() if is_backward else column).limit(most)

    def page_of(*, is_backward: bool) -> Any:
        (column, rows), *others = branches
        if of_assets and not others and column is _asset.c.id:  # its rows are the assets' own
            return cut(column, with_setup(rows, _asset), is_backward=is_backward)
        parts: list[Any] = []
        for column, rows in branches:
            part = cut(column, rows, is_backward=is_backward).distinct().subquery()
            parts.append(select(part.c.id))
        one = _joined(parts).subquery()
        found = select(one.c.id)
        if of_assets:
            found = with_setup(found, one.join(_asset, _asset.c.id == one.c.id))
        return found.order_by(one.c.id.desc() if is_backward else one.c.id).limit(most)

    def with_setup(rows: Any, assets: Any) -> Any:
        both = assets.join(_setup, _setup.c.asset_id == _asset.c.id, isouter=True)
        return rows.with_only_columns(_asset, _setup).select_from(both)

    everything = _joined([rows.distinct() for _, rows in branches]).subquery()
    count = select(func.count().label("total")).select_from(everything)
    return page_of(is_backward=False), page_of(is_backward=True), count


_OF_ASSETS = {List.OWNED, List.HELD, List.SHARED, List.ASSIGNED}
_PAGES = {name: _statements(ids, of_assets=name in _OF_ASSETS) for name, ids in _IDS.items()}
_USES_TIME = {name for name, parts in _IDS.items() if any(":at" in str(rows) for _, rows in parts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which page: at most `limit` ids after one, or before one."""

    limit: int
    after: str = ""
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """A page of ids, and whether there are more on either side; `rows` are those of a page of assets."""

    ids: tuple[str, ...]
    has_next: bool
    has_previous: bool
    rows: Sequence[Row] = ()


def page(ctx: Context, which: List, span: Span, /, **facts: Any) -> Ids:
    """Return a page of a list."""
    forward, backward, _ = _PAGES[which]
    facts |= _time(ctx, which)
    if span.before is None:
        rows = ctx.tx.all(forward, after=span.after, most=span.limit + 1, **facts)
        found = rows[: span.limit]
        has_next, has_previous = len(rows) > span.limit, span.after != ""
    else:
        rows = ctx.tx.all(backward, before=span.before, most=span.limit + 1, **facts)
        found = rows[: span.limit][::-1]
        has_next, has_previous = True, len(rows) > span.limit
    return Ids(
        ids=tuple([row.id for row in found]),
        has_next=has_next,
        has_previous=has_previous,
        rows=found if which in _OF_ASSETS else (),
    )


def every(ctx: Context, which: List, /, **facts: Any) -> tuple[str, ...]:
    """Return a whole list, for those that are part of one answer."""
    forward, _, _ = _PAGES[which]
    rows = ctx.tx.all(forward, after="", most=2**31 - 1, **facts, **_time(ctx, which))
    return tuple(row.id for row in rows)


def total(ctx: Context, which: List, /, **facts: Any) -> int:
    """Return how many there are in a list."""
    row = ctx.tx.one(_PAGES[which][2], **facts, **_time(ctx, which))
    assert row is not None
    return int(row.total)


def _time(ctx: Context, which: List) -> dict[str, datetime]:
    return {"at": ctx.now} if which in _USES_TIME else {}


# --- single facts -----------------------------------------------------------------------------------

_NODE = select(_node.c.kind).where(_node.c.id == bindparam("node"))
_SETUP_OF = (
    select(_asset, _setup)
    .join_from(_asset, _setup, _setup.c.asset_id == _asset.c.id, isouter=True)
    .where(_asset.c.id == bindparam("asset"))
)
_OPEN_ITEM = (
    select(_request, _item.c.position, _item.c.tasks, _item.c.asset_id, _item.c.kind.label("asset_kind"))
    .join_from(_item, _request, _item.c.request_id == _request.c.id)
    .where(_item.c.asset_id == bindparam("asset"), _item.c.holder_id == bindparam("holder"))
    .where(_item.c.request_kind.in_([TO_ASK, TO_OFFER, TO_OWN]), tables.ITEM_IS_OPEN(_item))
    .order_by(_request.c.id)
)
_ITEM_AT = (
    select(_request, _item.c.position, _item.c.tasks, _item.c.asset_id, _item.c.kind.label("asset_kind"))
    .join_from(_item, _request, _item.c.request_id == _request.c.id)
    .where(_item.c.request_id == bindparam("request"), _item.c.position == bindparam("position"))
)
_GRANTS = (
    select(_grant, _request.c.created_at.label("requested_at"))
    .join_from(_grant, _request, _grant.c.request_id == _request.c.id)
    .where(_grant.c.asset_id == bindparam("asset"), _grant.c.holder_id == bindparam("holder"), _lives)
    .order_by(_grant.c.id)
)
_MOVING = (
    select(_grant.c.tasks, _grant.c.state, _grant.c.obstacle, _request.c.created_at.label("requested_at"))
    .join_from(_grant, _request, _grant.c.request_id == _request.c.id)
    .where(_grant.c.asset_id == bindparam("asset"), _grant.c.holder_id == bindparam("holder"), _moves)
    .order_by(_grant.c.id)
)
_TO_END = select(_grant.c.id).where(
    _grant.c.asset_id == bindparam("asset"),
    _grant.c.holder_id == bindparam("holder"),
    or_(_lives, and_(_grant.c.state.in_((GrantState.PENDING, GrantState.FAILED)), _moves)),
)
_OF_REQUEST = select(_grant.c.id).where(_grant.c.request_id == bindparam("request"), is_live)
_BETWEEN = (
    union(
        select(_grant.c.id).where(
            _grant.c.owner_id == _business,
            _grant.c.holder_id == bindparam("other"),
            or_(is_live, _is_unsettled),
        ),
        select(_grant.c.id).where(
            _grant.c.owner_id == bindparam("other"),
            _grant.c.holder_id == _business,
            or_(is_live, _is_unsettled),
        ),
        select(_request.c.id).where(
            _request.c.requesting_id == _business, _request.c.deciding_id == bindparam("other"), _is_open
        ),
        select(_request.c.id).where(
            _request.c.requesting_id == bindparam("other"), _request.c.deciding_id == _business, _is_open
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

    `obstacle` is what stands in the way at Meta.
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


def open_requests(tx: Tx, *, asset_id: str, holder_id: str) -> list[Row]:
    """Return the open requests that would give a holder an asset, each with the item's position and tasks."""
    return tx.all(_OPEN_ITEM, asset=asset_id, holder=holder_id)


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


def knows(ctx: Context, business_id: str, other_id: str) -> bool:
    """Say whether anything is shared between two businesses, or open between them."""
    return bool(ctx.tx.all(_BETWEEN, business=business_id, other=other_id, at=ctx.now))


def assigned_tasks(tx: Tx, *, asset_id: str, business_id: str, person_id: str) -> Tasks:
    """Return what a person is assigned with an asset through a business."""
    row = tx.one(_ASSIGNED_TASKS, asset=asset_id, business=business_id, person=person_id)
    return frozenset() if row is None else unpack(row.tasks)


def program(tx: Tx, token_id: str, *, business_id: str) -> Row | None:
    """Return a program of a business by its token's id."""
    return tx.one(_PROGRAM, token=token_id, business=business_id)


def access(ctx: Context, *, asset_id: str, holder_id: str) -> AccessView | None:
    """Return how a holder stands with an asset: what it holds, else what is on its way or open, else None."""
    held = grants_of(ctx, asset_id=asset_id, holder_id=holder_id)
    if held:
        ends = [row.ends_at for row in held]
        return AccessView(
            standing=Standing.HELD,
            tasks=tasks_held(ctx.tx, asset_id=asset_id, holder_id=holder_id, at=ctx.now),
            asked_at=min(row.requested_at for row in held),
            updated_at=max(row.starts_at for row in held),
            ends_at=None if None in ends else max(ends),
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
    for row in open_requests(ctx.tx, asset_id=asset_id, holder_id=holder_id):
        if row.owner_id is not None:
            return AccessView(
                standing=Standing.OFFERED if row.requesting_id == row.owner_id else Standing.ASKED,
                tasks=unpack(row.tasks),
                asked_at=row.created_at,
                updated_at=None,
                ends_at=None,
            )
    return None
