"""Each business's week: one message on its first working morning, in its channel or to its admins.

A row is claimed by moving the business's own date to the next week, so that one message is put whatever the
replicas, and after an outage one, not several. What it says is read when it is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, literal, select, union_all, update

from bot.domain.calendar import (
    WorkingTime,
    is_working,
    next_working_moment,
    week_before,
    week_of,
    weekly_morning,
)
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import GrantState
from bot.domain.kinds import Side
from bot.domain.messages import Notice
from bot.domain.nudging import ENDS_SOON
from bot.domain.requests import DraftState, RequestState
from bot.services import cards, deadlines, directory, grants, requests
from bot.services.context import Context
from bot.services.readers import OF_PARTNERS
from bot.services.views.parties import Rows
from bot.services.views.weeks import WeekDraft, WeekGrant, WeekRequest, WeekView
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

MOST_LISTED = 5
"""How many of each are named; the others are counted."""

_business = tables.table_of(tables.BusinessRow)
_grant = tables.table_of(tables.Grant)
_asset = tables.table_of(tables.Asset)
_request = tables.table_of(tables.Request)
_draft = tables.table_of(tables.Draft)

_DUE = (
    select(_business)
    .where(_business.c.weekly_at <= bindparam("at"))
    .order_by(_business.c.weekly_at)
    .limit(bindparam("most"))
)
_MOVE = (
    update(_business)
    .where(_business.c.id == bindparam("business"), _business.c.weekly_at == bindparam("seen_at"))
    .values(weekly_at=bindparam("next_at"))
)
_SIDES = ((_grant.c.owner_id, _grant.c.holder_id, 1), (_grant.c.holder_id, _grant.c.owner_id, 0))


def _grants(which: Any, at: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the statement for the first of some grants on both sides, by `at`, and those that count them."""
    sides = [
        select(
            _grant.c.id.label("grant_id"),
            _grant.c.asset_id,
            _asset.c.name.label("asset_name"),
            _business.c.name.label("partner"),
            literal(is_given).label("is_given"),
            _grant.c.state,
            _grant.c.holder_id,
            at.label("at"),
        )
        .join_from(_grant, _asset, _grant.c.asset_id == _asset.c.id)
        .join(_business, _business.c.id == other)
        .where(own == bindparam("own"), which)
        for own, other, is_given in _SIDES
    ]
    page = union_all(*sides).order_by("at", "asset_name", "grant_id").limit(bindparam("most"))
    return page, tuple(
        select(func.count().label("total")).select_from(_grant).where(own == bindparam("own"), which)
        for own, _, _ in _SIDES
    )


def _within(column: Any) -> Any:
    return and_(column >= bindparam("since"), column < bindparam("until"))


_ENDING = _grants(
    and_(
        _grant.c.state == GrantState.ACTIVE,
        _grant.c.ends_at > bindparam("since"),
        _grant.c.ends_at <= bindparam("until"),
    ),
    _grant.c.ends_at,
)
_UNSETTLED = _grants(
    _grant.c.state.in_(sorted({GrantState.PENDING, GrantState.FAILED, GrantState.STUCK})), _grant.c.asked_at
)
_BEGAN = _grants(_within(grants.begins), grants.begins)
_ENDED = _grants(and_(_within(_grant.c.ended_at), grants.begins.is_not(None)), _grant.c.ended_at)


def _waiting(own: Any, other: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the statement for the requests that wait longest on one side, and that which counts them."""
    waits = (own == bindparam("own"), _request.c.over_at.is_(None))
    page = (
        select(_request.c.id, _request.c.ref, _request.c.created_at, _business.c.name.label("partner"))
        .join_from(_request, _business, _business.c.id == other, isouter=True)
        .where(*waits)
        .order_by(_request.c.created_at, _request.c.id)
        .limit(bindparam("most"))
    )
    return page, (select(func.count().label("total")).where(*waits),)


_TO_DECIDE = _waiting(_request.c.deciding_id, _request.c.requesting_id)
_ASKED = _waiting(_request.c.requesting_id, _request.c.deciding_id)
_is_draft = (
    _draft.c.business_id == bindparam("own"),
    _draft.c.state == DraftState.WAITING,
    _draft.c.expires_at > bindparam("at"),
)
_DRAFTS = (
    select(_draft.c.id).where(*_is_draft).order_by(_draft.c.expires_at, _draft.c.id).limit(bindparam("most")),
    (select(func.count().label("total")).where(*_is_draft),),
)
_DECIDED = tuple(
    select(_request.c.state, func.count().label("total"))
    .where(own == bindparam("own"), _within(_request.c.over_at))
    .group_by(_request.c.state)
    for own in (_request.c.deciding_id, _request.c.requesting_id)
)


def weekly_due(ctx: Context, *, limit: int = 100) -> int:
    """Tell businesses of their week, where there is something to say, at most `limit`. A sweep's step.

    One that does not work now (a late sweep, a new day off) is told when it next does.
    """
    taken = 0
    for row in ctx.some(ctx.tx.all(_DUE, at=ctx.now, most=limit)):
        taken += 1
        working = deadlines.working_time_of_side(row)
        is_now = is_working(ctx.now, working)
        next_at = weekly_morning(ctx.now, working) if is_now else next_working_moment(ctx.now, working)
        if ctx.tx.touched(_MOVE, business=row.id, seen_at=row.weekly_at, next_at=next_at) and is_now:
            _tell(ctx, row, working)
    return taken


def _tell(ctx: Context, row: Row, working: WorkingTime) -> None:
    week = week_of(ctx.now, working)
    if row.team_id is None or _is_empty(ctx, row, week):
        return
    ctx.record(
        EventKind.BUSINESS_WEEK,
        Subject(SubjectKind.BUSINESS, row.id),
        business_id=row.id,
        week=week.isoformat(),
    )
    cards.notify(ctx, Notice.WEEK, cards.Happened(f"{row.id}{OF_PARTNERS}{row.id}", 1, week.isoformat()))


def week_told(ctx: Context, business_id: str, week: date) -> WeekView | None:
    """Return what a business is told of its week, as it is now; None for no business."""
    row = ctx.business_row(business_id)
    return None if row is None else _week(ctx, row, week)


_Statements = tuple[Any, tuple[Any, ...]]
"""A page of what is listed, and what counts it."""
_Part = tuple[_Statements, Callable[[Any], Any], dict[str, Any]]
"""What is listed, what is made of one of its rows, and the parameters."""


def _parts(ctx: Context, row: Row, week: date) -> dict[str, _Part]:
    since, until = week_before(week, deadlines.working_time_of_side(row))
    own: dict[str, Any] = {"own": row.id}
    last, soon = (
        own | {"since": since, "until": until},
        own | {"since": ctx.now, "until": ctx.now + ENDS_SOON},
    )
    return {
        "to_decide": (_TO_DECIDE, partial(_request_of, ctx, Side.DECIDING), own),
        "drafts": (_DRAFTS, partial(_draft_of, ctx), own | {"at": ctx.now}),
        "asked": (_ASKED, partial(_request_of, ctx, Side.REQUESTING), own),
        "unsettled": (_UNSETTLED, _grant_of, own),
        "ending": (_ENDING, partial(_ending_of, ctx), soon),
        "began": (_BEGAN, _grant_of, last),
        "ended": (_ENDED, lambda one: _grant_of(one, goes_on=_has_other(ctx, one, at=ctx.now)), last),
    }


def _decided(ctx: Context, row: Row, week: date) -> dict[RequestState, int]:
    since, until = week_before(week, deadlines.working_time_of_side(row))
    decided: Counter[RequestState] = Counter()
    for side in _DECIDED:
        rows = ctx.tx.all(side, own=row.id, since=since, until=until)
        decided.update({RequestState(one.state): one.total for one in rows})
    return dict(decided)


def _is_empty(ctx: Context, row: Row, week: date) -> bool:
    """Say whether there is nothing to say, by counting alone: the sweep waits for it in its transaction."""
    parts = _parts(ctx, row, week).values()
    if any(_total(ctx, counted, facts) for (_, counted), _, facts in parts) or _decided(ctx, row, week):
        return False
    return not requests.cut_within(ctx, row.id, until=ctx.now + ENDS_SOON)


def _week(ctx: Context, row: Row, week: date) -> WeekView:
    lists = {name: _rows(ctx, *part) for name, part in _parts(ctx, row, week).items()}
    lists["ending"] = _with_cut(ctx, row, lists["ending"])
    return WeekView(
        own=directory.party_of(row),
        is_past=week_of(ctx.now, deadlines.working_time_of_side(row)) != week,
        decided=_decided(ctx, row, week),
        **lists,
    )


def _rows(
    ctx: Context,
    statements: _Statements,
    made: Callable[[Any], Any],
    facts: dict[str, Any],
) -> Rows[Any]:
    page, counted = statements
    rows = ctx.tx.all(page, **facts, most=MOST_LISTED)
    total = _total(ctx, counted, facts)
    return Rows(rows=tuple(map(made, rows)), total=total, more=len(rows) < total)


def _total(ctx: Context, counted: tuple[Any, ...], facts: dict[str, Any]) -> int:
    return sum(row.total for side in counted for row in ctx.tx.all(side, **facts))


def _request_of(ctx: Context, side: Side, row: Row) -> WeekRequest:
    items = requests.request_card(ctx, row.id, side=side).items
    return WeekRequest(ref=row.ref, items=items, partner=row.partner, at=row.created_at)


def _draft_of(ctx: Context, row: Row) -> WeekDraft:
    draft = requests.draft_card(ctx, row.id)
    return WeekDraft(
        ref=draft.ref,
        items=draft.items,
        partner=draft.deciding.name,
        author=draft.author,
        at=draft.expires_at,
    )


def _has_other(ctx: Context, row: Row, *, at: datetime) -> bool:
    """Say whether the holder of a grant that is over by then has other access to its asset."""
    return grants.holds_any(ctx.tx, asset_id=row.asset_id, holder_id=row.holder_id, at=at)


def _with_cut(ctx: Context, row: Row, ending: Rows[WeekGrant]) -> Rows[WeekGrant]:
    """Return what ends soon, with what ends with a contract by then."""
    cut = requests.cut_within(ctx, row.id, until=ctx.now + ENDS_SOON)
    shown = [*ending.rows]
    for at, grant in cut[:MOST_LISTED]:
        view = grants.grant_view(ctx.tx, grant.id)
        assert view is not None
        is_given = grant.owner_id == row.id
        shown.append(
            WeekGrant(
                asset_id=view.asset_id,
                asset_name=view.asset_name,
                partner=view.holder.name if is_given else view.owner.name,
                is_given=is_given,
                state=view.state,
                at=at,
            )
        )
    rows = sorted(shown, key=lambda one: one.at or ctx.now)[:MOST_LISTED]
    total = ending.total + len(cut)
    return Rows(rows=tuple(rows), total=total, more=len(rows) < total)


def _ending_of(ctx: Context, row: Row) -> WeekGrant:
    view = grants.grant_view(ctx.tx, row.grant_id)
    assert view is not None
    goes_on = view.cut_at is None and _has_other(ctx, row, at=row.at)  # a contract ends all of it
    return replace(_grant_of(row, goes_on=goes_on), at=view.until)


def _grant_of(row: Row, *, goes_on: bool = False) -> WeekGrant:
    return WeekGrant(
        asset_id=row.asset_id,
        asset_name=row.asset_name,
        partner=row.partner,
        is_given=bool(row.is_given),
        state=GrantState(row.state),
        at=row.at,
        goes_on=goes_on,
    )
