"""The lists that programs page through: which ids they hold, in the order of their keys.

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

from bot.domain.connections import EnforcementKind, EnforcementState
from bot.domain.grants import UNSETTLED
from bot.domain.kinds import Gives, kind_to_extend, kind_to_offer, kind_to_own
from bot.domain.requests import RequestState
from bot.services import directory
from bot.services.context import Context
from bot.services.grants import is_live
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row


_asset = tables.table_of(tables.Asset)
_setup = tables.table_of(tables.AssetSetup)
_grant = tables.table_of(tables.Grant)
_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_membership = tables.table_of(tables.Membership)
_assignment = tables.table_of(tables.Assignment)
_token = tables.table_of(tables.Token)
_enforcement = tables.table_of(tables.Enforcement)

_business: Any = bindparam("business", type_=Text)
_kind: Any = bindparam("kind", type_=Text)
_pattern: Any = bindparam("pattern", type_=Text)

TO_ASK = kind_to_extend(Gives.TASKS)
TO_OFFER = kind_to_offer(Gives.TASKS)
TO_OWN = kind_to_own()
TO_ACT = kind_to_extend(Gives.CAPABILITY)
_is_sought = or_(
    _pattern == directory.pattern(""),  # then no name is looked at
    _asset.c.folded.like(_pattern, escape="\\"),
    func.lower(_asset.c.id).like(_pattern, escape="\\"),
)
lives = and_(is_live, _grant.c.capability.is_(None))
is_unsettled = _grant.c.state.in_(sorted(UNSETTLED))
"""Whether it is on its way in or out at Meta, or could not get there."""
moves = and_(is_unsettled, _grant.c.capability.is_(None))
_lives_or_moves = or_(lives, moves)
_is_held = exists(
    select(_grant.c.id).where(_grant.c.asset_id == _asset.c.id, _grant.c.holder_id == _business, lives)
)
is_open = _request.c.over_at.is_(None)
is_named = _item.c.words.is_(None)
"""Whether who asked named the asset. Which one is meant by a description is its owner's until it is given."""
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
    REACHED = "reached"
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
    TO_ACT_GIVEN = "to_act_given"
    TO_ACT_DECLINED = "to_act_declined"


_Branches = tuple[tuple[Any, Any], ...]
"""What a list is made of: of each part the id's column, and the rows that have it."""


def _ids(column: Any, *wanted: Any) -> _Branches:
    return ((column, select(column.label("id")).where(*wanted)),)


def _assigned(column: Any, *wanted: Any) -> _Branches:
    """Return what is assigned through the business, of what it owns or still holds."""
    rows = (
        select(column.label("id"))
        .join_from(_assignment, _asset, _assignment.c.asset_id == _asset.c.id)
        .where(*wanted, _assignment.c.business_id == _business, or_(_asset.c.owner_id == _business, _is_held))
    )
    return ((column, rows),)


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
        *_ids(asks, open_, is_open, _gives_tasks, asks.is_not(None)),
    )


_IDS: Mapping[List, _Branches] = {
    List.OWNED: _ids(_asset.c.id, _asset.c.owner_id == _business, _asset.c.kind == _kind, _is_sought),
    List.HELD: _ids(_asset.c.id, _asset.c.kind == _kind, _is_held, _is_sought),
    List.REACHED: (
        *_ids(_asset.c.id, _asset.c.owner_id == _business, _asset.c.kind == _kind, _is_sought),
        *_ids(_asset.c.id, _asset.c.kind == _kind, _is_held, _is_sought),
    ),
    List.PENDING_OWNED: (
        *_of_item(_item.c.request_kind == TO_OWN, _request.c.requesting_id == _business, is_open),
        *_of_item(_item.c.request_kind == TO_OWN, _request.c.requesting_id == _business, _is_at_meta),
    ),
    List.PENDING_HELD: _of_item(
        _item.c.request_kind == TO_ASK, _request.c.holder_id == _business, is_open, is_named
    ),
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
                is_open,
                _gives_tasks,
            ),
        ),
    ),
    List.ASSIGNED: _assigned(
        _assignment.c.asset_id, _assignment.c.person_id == bindparam("person"), _asset.c.kind == _kind
    ),
    List.PEOPLE_OF_ASSET: _assigned(_assignment.c.person_id, _assignment.c.asset_id == bindparam("asset")),
    List.MEMBERS: _ids(_membership.c.person_id, _membership.c.business_id == _business),
    List.PROGRAMS: _ids(
        _token.c.id,
        _token.c.business_id == _business,
        _token.c.is_program.is_(True),
        _token.c.parent_id.is_(None),
        _token.c.revoked_at.is_(None),
        _token.c.expires_at > bindparam("at"),
    ),
    List.TO_ACT_OPEN_BY: _ids(_request.c.id, _acts, is_open, _request.c.holder_id == _business),
    List.TO_ACT_OPEN_FOR: _ids(_request.c.id, _acts, is_open, _request.c.owner_id == _business),
    List.TO_ACT_OF_ACCOUNT: _ids(_request.c.id, _acts, _of_account, _is_side),
    List.TO_ACT_OPEN: _ids(_request.c.id, _acts, _of_account, _is_side, is_open),
    List.TO_ACT_GIVEN: _ids(
        _request.c.id,
        _acts,
        _of_account,
        _is_side,
        exists(select(_grant.c.id).where(_grant.c.request_id == _request.c.id, is_live)),
    ),
    List.TO_ACT_DECLINED: _ids(
        _request.c.id, _acts, _of_account, _is_side, _request.c.state == RequestState.DECLINED
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


_OF_ASSETS = {List.OWNED, List.HELD, List.REACHED, List.SHARED, List.ASSIGNED}
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
