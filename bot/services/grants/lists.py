"""Grants as either side may see them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, func, or_, select

from bot.domain.actors import Source, Status
from bot.domain.assets import Kind
from bot.domain.connections import Obstacle
from bot.domain.events import EventKind, SubjectKind
from bot.domain.grants import LEAVING, EndReason, GrantState
from bot.services import approvers, directory
from bot.services.context import Context
from bot.services.grants.between import begins, between
from bot.services.grants.cuts import cut_at, with_contract
from bot.services.grants.effective import given_by, is_live, is_shown
from bot.services.views.access import GrantView
from bot.services.views.parties import AssetChoice, Party, Rows, Signer, T
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx


class Direction(StrEnum):
    """Which grants of a business: those it gave, or those it holds."""

    SHARED_BY_US = "SHARED_BY_US"
    SHARED_WITH_US = "SHARED_WITH_US"


_grant = tables.table_of(tables.Grant)
_event = tables.table_of(tables.Event)
_asset = tables.table_of(tables.Asset)
_setup = tables.table_of(tables.AssetSetup)
_request = tables.table_of(tables.Request)
OWNER = tables.table_of(tables.BusinessRow).alias("owner")
HOLDER = tables.table_of(tables.BusinessRow).alias("holder")
_ender = tables.table_of(tables.Person).alias("ender")

VIEW = with_contract(
    select(
        _grant,
        _asset.c.name.label("asset_name"),
        _asset.c.kind.label("asset_kind"),
        OWNER.c.name.label("owner_name"),
        OWNER.c.verified.label("owner_verified"),
        OWNER.c.status.label("owner_status"),
        HOLDER.c.name.label("holder_name"),
        HOLDER.c.verified.label("holder_verified"),
        HOLDER.c.status.label("holder_status"),
        _request.c.ref,
        _request.c.reason,
        _request.c.round,
        _request.c.works,
        _request.c.works_at,
        _ender.c.name.label("ender_name"),
    )
    .join_from(_grant, _asset, _grant.c.asset_id == _asset.c.id)
    .join(OWNER, _grant.c.owner_id == OWNER.c.id)
    .join(HOLDER, _grant.c.holder_id == HOLDER.c.id)
    .join(_request, _grant.c.request_id == _request.c.id)
    .join(_ender, _grant.c.ended_by == _ender.c.id, isouter=True)
)
_OF_REQUEST = VIEW.where(_grant.c.request_id == bindparam("request")).order_by(_grant.c.position)
_BESIDE = (
    select(_grant.c.id)
    .where(_grant.c.asset_id == bindparam("asset"), _grant.c.holder_id == bindparam("holder"), is_live)
    .order_by(_grant.c.ends_at, _grant.c.id)
)
_ONE = VIEW.where(_grant.c.id == bindparam("grant"))
_ENDED_BY_OPERATOR = select(_event.c.seq).where(
    _event.c.subject_kind == SubjectKind.GRANT,
    _event.c.subject_id == bindparam("grant"),
    _event.c.kind.in_((EventKind.GRANT_ENDING, EventKind.GRANT_ENDED)),
    _event.c.source == Source.COMMAND_LINE,
)
by_name = select(_grant.c.id).join_from(_grant, _asset, _grant.c.asset_id == _asset.c.id)


def _sought(other: Any) -> Any:
    """Return the ids of the grants whose asset, reference, or business on the `other` side, is looked for."""
    side = _grant.c.holder_id if other is HOLDER else _grant.c.owner_id
    is_other = or_(
        other.c.folded.like(bindparam("pattern"), escape="\\"),
        other.c.id.in_([bindparam("named"), bindparam("or_named")]),
    )
    is_ref = func.lower(_request.c.ref).like(bindparam("pattern"), escape="\\")
    has_ref = exists(select(_request.c.id).where(_request.c.id == _grant.c.request_id, is_ref))
    return by_name.join(other, side == other.c.id).where(or_(directory.ASSET_IS_SOUGHT, is_other, has_ref))


def list_of(listed: Any, ids: Any, *order: Any, other: Any) -> dict[bool, tuple[Any, Any]]:
    """Return the statements for a page and for how many there are: for all of them, and for those sought.

    `other` is the side that is named beside the assets.

    Which grants the page shows is found by an index alone, and no other row is read whole.
    """
    return {
        is_sought: (
            VIEW.where(
                _grant.c.id.in_(
                    chosen.where(listed)
                    .order_by(*order)
                    .limit(bindparam("most"))
                    .offset(bindparam("skip"))
                    .correlate(None)
                )
            ).order_by(*order),
            counted.where(listed).with_only_columns(func.count().label("total"), maintain_column_froms=True),
        )
        for is_sought, chosen, counted in (
            (False, ids, select(_grant.c.id)),
            (True, _sought(other), _sought(other)),
        )
    }


_holds = and_(_grant.c.holder_id == bindparam("business"), is_live)
_LISTS = {
    Direction.SHARED_BY_US: list_of(
        and_(_grant.c.owner_id == bindparam("business"), is_shown),
        by_name,
        _asset.c.name,
        _grant.c.id,
        other=HOLDER,
    ),
    Direction.SHARED_WITH_US: list_of(
        and_(_grant.c.holder_id == bindparam("business"), is_shown),
        by_name,
        _asset.c.name,
        _grant.c.id,
        other=OWNER,
    ),
}
_ends = and_(_holds, _grant.c.ends_at.is_not(None))
_ENDING = {
    named: list_of(and_(_ends, *wanted), select(_grant.c.id), _grant.c.ends_at, _grant.c.id, other=OWNER)
    for named, wanted in {
        "": (),
        "asset": (_grant.c.asset_id == bindparam("asset"),),
        "request": (_grant.c.request_id == bindparam("request"),),
    }.items()
}
"""What a business holds until a date: all of it, that on one asset, and that by one request."""


_is_before_its_end = or_(_grant.c.ends_at.is_(None), _grant.c.ends_at > bindparam("at"))
# By the record access is over with its end; what Meta keeps is once it was seen that it is gone there.
_was_there = or_(
    and_(_grant.c.ended_at.is_(None), or_(_is_before_its_end, _grant.c.state.in_(sorted(LEAVING)))),
    and_(_grant.c.ended_at > bindparam("at"), or_(_is_before_its_end, _grant.c.asked_at.is_not(None))),
)
SHOWN = {True: is_shown, False: and_(begins <= bindparam("at"), _was_there)}
"""What people are shown of grants now (True), and as it was at a moment (False). Both take it as `at`."""
_BETWEEN = {
    is_now: list_of(
        and_(between, SHOWN[is_now]),
        by_name,
        _grant.c.owner_id != bindparam("business"),
        _asset.c.name,
        _grant.c.id,
        other=HOLDER,
    )
    for is_now in (True, False)
}
"""What two businesses share in both directions, what the one gives first: now, or as it was."""
_ended_since = and_(between, _grant.c.state == GrantState.ENDED, _grant.c.ended_at >= bindparam("since"))
_ENDED_BETWEEN = VIEW.where(_ended_since).order_by(_grant.c.ended_at, _grant.c.id).limit(bindparam("most"))
_COUNT_ENDED = select(func.count().label("total")).select_from(_grant).where(_ended_since)
_owned = _asset.c.owner_id == bindparam("business")
_OWNED = {
    is_sought: (
        select(_asset, _setup.c.incomplete)
        .join_from(_asset, _setup, _setup.c.asset_id == _asset.c.id, isouter=True)
        .where(*wanted)
        .order_by(_asset.c.name, _asset.c.id)
        .limit(bindparam("most"))
        .offset(bindparam("skip")),
        select(func.count().label("total")).where(*wanted),
    )
    for is_sought, wanted in ((False, [_owned]), (True, [_owned, directory.ASSET_IS_SOUGHT]))
}


def view_of(tx: Tx, row: Row, *, decided_by: tuple[Signer, ...] | None = None) -> GrantView:
    """Return the view of a row of VIEW; `decided_by`, where it is known, is not looked up."""

    def party(side: str, party_id: str) -> Party:
        return Party(
            id=party_id,
            name=getattr(row, f"{side}_name"),
            verified=bool(getattr(row, f"{side}_verified")),
            status=Status(getattr(row, f"{side}_status")),
        )

    return GrantView(
        id=row.id,
        request_id=row.request_id,
        ref=row.ref,
        asset_id=row.asset_id,
        asset_name=row.asset_name,
        kind=Kind(row.asset_kind),
        owner=party("owner", row.owner_id),
        holder=party("holder", row.holder_id),
        tasks=given_by(row),
        state=GrantState(row.state),
        version=row.version,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        end_reason=None if row.end_reason is None else EndReason(row.end_reason),
        ended_by=row.ender_name,
        ended_with=row.ended_program,
        end_note=row.end_note,
        reason=row.reason,
        decided_by=approvers.signers(tx, row.request_id, the_round=row.round)
        if decided_by is None
        else decided_by,
        may_end=bool(row.may_end),
        works=None if row.works is None else bool(row.works),
        works_at=row.works_at,
        is_at_meta=row.asked_at is not None,
        obstacle=None if row.obstacle is None else Obstacle(row.obstacle),
        by_operator=row.end_reason == EndReason.REVOKED
        and row.ended_by is None
        and bool(tx.all(_ENDED_BY_OPERATOR, grant=row.id)),
        cut_at=cut_at(row),
    )


def grant_view(tx: Tx, grant_id: str) -> GrantView | None:
    """Return one grant, or None; for callers that know the actor may see it."""
    row = tx.one(_ONE, grant=grant_id)
    return None if row is None else view_of(tx, row)


def grants_of_request(tx: Tx, request_id: str) -> dict[int, GrantView]:
    """Return the grants that rest on a request, by the position of their item."""
    rows = tx.all(_OF_REQUEST, request=request_id)
    decided_by = approvers.signers(tx, request_id, the_round=rows[0].round) if rows else ()
    return {row.position: view_of(tx, row, decided_by=decided_by) for row in rows}


def list_grants(
    ctx: Context, *, business_id: str, direction: Direction, limit: int = 10, offset: int = 0, query: str = ""
) -> Rows[GrantView]:
    """Return a page of what a business has in one direction, or is to have, for its members.

    What is on its way in or out at Meta is among it. A grant whose end has passed is not in force, whether or
    not the sweep has come to it.
    """
    if not ctx.visible_business(business_id):
        return Rows(rows=(), total=0, more=False)
    return page_of(ctx, _LISTS[direction], business_id, query, limit=limit, offset=offset)


def list_between(
    ctx: Context,
    *,
    business_id: str,
    other_id: str,
    at: datetime | None = None,
    limit: int = 10,
    offset: int = 0,
) -> Rows[GrantView]:
    """Return a page of what two businesses share in both directions, for the members of `business_id`.

    What is on its way in or out at Meta is among it. With `at`, what was in force then, as the grants' own
    starts and ends say.
    """
    if not ctx.visible_business(business_id):
        return Rows(rows=(), total=0, more=False)
    facts = {"business": business_id, "other": other_id, "at": at or ctx.now}
    show = partial(view_of, ctx.tx)
    return _rows(ctx, _BETWEEN[at is None], facts, "", limit=limit, offset=offset, show=show)


def ended_between(
    ctx: Context, *, business_id: str, other_id: str, since: datetime, limit: int
) -> Rows[GrantView]:
    """Return what ended between two businesses since a moment, the first that ended first."""
    pair = {"business": business_id, "other": other_id, "since": since}
    rows = ctx.tx.all(_ENDED_BETWEEN, **pair, most=limit)
    counted = ctx.tx.one(_COUNT_ENDED, **pair)
    assert counted is not None
    return Rows(
        rows=tuple(view_of(ctx.tx, row) for row in rows), total=counted.total, more=len(rows) < counted.total
    )


def list_ending(
    ctx: Context,
    *,
    business_id: str,
    limit: int = 10,
    offset: int = 0,
    asset_id: str | None = None,
    request_id: str | None = None,
    query: str = "",
) -> Rows[GrantView]:
    """Return a page of what a business holds until a date, the next to end first; nothing for non-members.

    With `asset_id`, of what it holds on that asset; with `request_id`, of what that request gave.
    """
    if not ctx.visible_business(business_id):
        return Rows(rows=(), total=0, more=False)
    named, more = "", {}
    if asset_id is not None:
        named, more = "asset", {"asset": asset_id}
    elif request_id is not None:
        named, more = "request", {"request": request_id}
    return page_of(ctx, _ENDING[named], business_id, query, limit=limit, offset=offset, **more)


def page_of(
    ctx: Context,
    statements: Mapping[bool, tuple[Any, Any]],
    business_id: str,
    query: str,
    *,
    limit: int,
    offset: int,
    **more: str,
) -> Rows[GrantView]:
    """Return a page of grants by two statements of `list_of`: the rows, and how many there are."""
    facts = {"business": business_id, "at": ctx.now, **more}
    return _rows(
        ctx, statements, facts, query, limit=limit, offset=offset, show=lambda row: view_of(ctx.tx, row)
    )


def _rows(
    ctx: Context,
    statements: Mapping[bool, tuple[Any, Any]],
    facts: Mapping[str, Any],
    query: str,
    *,
    limit: int,
    offset: int,
    show: Callable[[Row], T],
) -> Rows[T]:
    """Return a page of rows, of those alone that match `query`, if there is one."""
    page, counted = statements[bool(query.strip())]
    sought = directory.sought(query)
    rows = ctx.tx.all(page, **facts, **sought, most=limit, skip=offset)
    total = ctx.tx.one(counted, **facts, **sought)
    assert total is not None
    return Rows(
        rows=tuple(show(row) for row in rows), total=total.total, more=offset + len(rows) < total.total
    )


def list_owned(
    ctx: Context, *, business_id: str, limit: int = 10, offset: int = 0, query: str = ""
) -> Rows[AssetChoice]:
    """Return a page of what a business owns; nothing to anybody who is not a member."""
    business = ctx.business_row(business_id)
    if business is None or not ctx.visible_business(business_id):
        return Rows(rows=(), total=0, more=False)
    owner = directory.party_of(business)
    return _rows(
        ctx,
        _OWNED,
        {"business": business_id},
        query,
        limit=limit,
        offset=offset,
        show=lambda row: AssetChoice(
            id=row.id, kind=Kind(row.kind), name=row.name, owner=owner, incomplete=bool(row.incomplete)
        ),
    )


def find_grants(ctx: Context, grant_ids: Sequence[str]) -> list[GrantView]:
    """Return those of the grants that the actor may see: a member of either side."""
    found = []
    for grant_id in dict.fromkeys(grant_ids):
        view = grant_view(ctx.tx, grant_id)
        if view is not None and (ctx.visible_business(view.owner.id) or ctx.visible_business(view.holder.id)):
            found.append(view)
    return found


def going_on(ctx: Context, ending: Sequence[GrantView], *, with_them: Collection[str]) -> list[GrantView]:
    """Return the grants by which the holders keep the same assets when these and `with_them` (ids) end."""
    found: dict[str, GrantView] = {}
    for one in ending:
        for row in ctx.tx.all(_BESIDE, asset=one.asset_id, holder=one.holder.id, at=ctx.now):
            view = grant_view(ctx.tx, row.id)
            if view is not None and view.id not in {other.id for other in ending} | set(with_them):
                found[view.id] = view
    return list(found.values())
