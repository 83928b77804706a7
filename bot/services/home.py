"""App Home: all that one person needs to know, and for admins their business's settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, or_, select, union_all, update

from bot.domain.grants import GrantState
from bot.domain.nudging import ENDS_SOON
from bot.domain.requests import RequestState
from bot.services import cards, directory, grants, partnerships, requests, reviews, settings
from bot.services.context import Context
from bot.services.grants import Direction
from bot.services.views.access import GrantView
from bot.services.views.businesses import HomeView
from bot.services.views.parties import OwnBusiness, Rows, T
from bot.services.views.requests import RequestView
from bot.store import tables
from bot.store.compiled import upsert

if TYPE_CHECKING:
    from bot.store.compiled import Row

ROWS = 5
_AWAY_AFTER = timedelta(minutes=30)
_LONGEST_OFFSET = 6  # digits

_home = tables.table_of(tables.HomeTab)
_grant = tables.table_of(tables.Grant)
_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)

_HOME = select(_home).where(_home.c.team_id == bindparam("team"), _home.c.user_id == bindparam("user"))
_new_home = upsert(_home)
_OPEN = _new_home.on_conflict_do_update(
    index_elements=["team_id", "user_id"],
    set_={column: _new_home.excluded[column] for column in ("page", "opened_at", "seen_at")},
)
_TURN = (
    update(_home)
    .where(_home.c.team_id == bindparam("team"), _home.c.user_id == bindparam("user"))
    .values(page=bindparam("turned_to"))
)
_ending: Any = union_all(
    *(
        select(_grant.c.id, _grant.c.ends_at).where(
            side == bindparam("own"),
            _grant.c.state == GrantState.ACTIVE,
            _grant.c.ends_at > bindparam("at"),
            _grant.c.ends_at <= bindparam("before"),
        )
        for side in (_grant.c.owner_id, _grant.c.holder_id)
    )
).subquery("ending")
_ENDING = select(_ending.c.id, _ending.c.ends_at)
_is_administered = and_(
    _request.c.deciding_id.is_(None),
    _request.c.id.in_(select(_item.c.request_id).where(_item.c.asset_id == bindparam("own"))),
)
_DECIDED_SINCE = tuple(
    select(_request.c.id, _request.c.over_at)
    .where(
        is_own,
        _request.c.state.in_((RequestState.APPROVED, RequestState.DECLINED)),
        _request.c.over_at > bindparam("since"),
        or_(_request.c.over_by.is_(None), _request.c.over_by != bindparam("me")),
    )
    .order_by(_request.c.over_at.desc(), _request.c.id)
    .limit(100)
    for is_own in (
        _request.c.deciding_id == bindparam("own"),
        _request.c.requesting_id == bindparam("own"),
        _is_administered,
    )
)


def open_home(ctx: Context) -> None:
    """Note that somebody opened their home, and publish it.

    What was decided since they last looked is "while I was away": coming back within half an hour is
    the same visit.
    """
    before = ctx.tx.one(_HOME, team=ctx.actor.team_id, user=ctx.actor.user_id)
    seen_at = ctx.now
    if before is not None:
        seen_at = before.seen_at if ctx.now - before.opened_at < _AWAY_AFTER else before.opened_at
    ctx.tx.run(
        _OPEN,
        team_id=ctx.actor.team_id,
        user_id=ctx.actor.user_id,
        page=before.page if before else "",
        opened_at=ctx.now,
        seen_at=seen_at,
    )
    cards.publish_home(ctx, team_id=ctx.actor.team_id, user_id=ctx.actor.user_id)


def turn_home(ctx: Context, page: str) -> None:
    """Turn somebody's home to another page ("section:offset"), and publish it."""
    section, offset = _read_page(page)
    ctx.tx.run(_TURN, team=ctx.actor.team_id, user=ctx.actor.user_id, turned_to=_page(section, offset))
    cards.publish_home(ctx, team_id=ctx.actor.team_id, user_id=ctx.actor.user_id)


def home_of(ctx: Context) -> HomeView:
    """Return what the actor's home shows now, with their rights as of now."""
    row = ctx.tx.one(_HOME, team=ctx.actor.team_id, user=ctx.actor.user_id)
    section, offset = _read_page(row.page if row else "")
    me = directory.me(ctx)
    own = [one for one in me.businesses if one.may_administer is None or one.may_draft]
    sections: dict[str, Callable[..., Rows[Any]]] = {
        "waiting": partial(requests.waiting_for, ctx),
        "requested": partial(requests.requested_by, ctx),
        "drafts": partial(requests.drafts_for, ctx),
        "prepared": partial(requests.prepared_for, ctx),
        "reach": partial(
            _one_after_another,
            partial(grants.list_grants, ctx, direction=Direction.SHARED_WITH_US),
            own,
        ),
        "partners": partial(_one_after_another, partial(partnerships.list_partners, ctx), own),
        "ends_soon": partial(_ends_soon, ctx, own),
        "decided_away": partial(
            _decided_away,
            ctx,
            [one.party.id for one in own] + [one.id for one in me.assets],
            me.person_id,
            row,
        ),
    }
    shown: dict[str, Rows[Any]] = {}
    for name, show in sections.items():
        skip = offset if name == section else 0
        shown[name] = show(limit=ROWS, offset=skip)
        if skip and not shown[name].rows:  # there are fewer than there were: the last page that is
            offset = max(0, shown[name].total - 1) // ROWS * ROWS
            shown[name] = show(limit=ROWS, offset=offset)
    return HomeView(
        me=me,
        page=_page(section, offset),
        since=row.seen_at if row else None,
        reviews=reviews.open_reviews(ctx),
        held_after={
            one.id: after
            for one in shown["ends_soon"].rows
            if (after := grants.held_after(ctx, one)) is not None
        },
        settings=tuple(settings.settings_of(ctx, one.party.id) for one in own if one.may_administer is None),
        **shown,
    )


def _page(section: str, offset: int) -> str:
    return f"{section}:{offset}" if offset else ""


def _read_page(page: str) -> tuple[str, int]:
    """Return the section and the offset that a page says; the first page for what cannot be read."""
    section, _, number = page.partition(":")
    sound = number.isascii() and number.isdigit() and len(number) <= _LONGEST_OFFSET
    return (section, int(number)) if sound else ("", 0)


def _page_of(found: Sequence[Any], *, limit: int, offset: int) -> tuple[Sequence[Any], dict[str, Any]]:
    page = found[offset : offset + limit]
    return page, {"total": len(found), "more": offset + len(page) < len(found)}


def _one_after_another(
    show: Callable[..., Rows[T]], own: Sequence[OwnBusiness], *, limit: int, offset: int
) -> Rows[T]:
    """Return a page of what `show` shows of each of the person's businesses, one after the other."""
    found: list[T] = []
    total, skip = 0, offset
    for one in own:
        page = show(business_id=one.party.id, limit=limit - len(found), offset=skip)
        found.extend(page.rows)
        total += page.total
        skip = max(0, skip - page.total)
    return Rows(rows=tuple(found), total=total, more=offset + len(found) < total)


def _ends_soon(ctx: Context, own: Sequence[OwnBusiness], *, limit: int, offset: int) -> Rows[GrantView]:
    ids: dict[str, None] = {}
    before = ctx.now + ENDS_SOON
    for one in own:
        rows = ctx.tx.all(_ENDING, own=one.party.id, at=ctx.now, before=before)
        ends = {(row.ends_at, row.id) for row in rows}
        ends |= {(at, grant.id) for at, grant in requests.cut_within(ctx, one.party.id, until=before)}
        ids.update(dict.fromkeys(grant_id for _, grant_id in sorted(ends)))
    page, counted = _page_of(list(ids), limit=limit, offset=offset)
    views = [grants.grant_view(ctx.tx, grant_id) for grant_id in page]
    return Rows(rows=tuple(view for view in views if view is not None), **counted)


def _decided_away(
    ctx: Context,
    own: Sequence[str],
    person_id: str | None,
    home: Row | None,
    *,
    limit: int,
    offset: int,
) -> Rows[RequestView]:
    """Return what others decided since they last looked: of their businesses and their assets."""
    if home is None or person_id is None:
        return Rows(rows=(), total=0, more=False)
    found = {
        row.id: row.over_at
        for one in own
        for statement in _DECIDED_SINCE
        for row in ctx.tx.all(statement, own=one, since=home.seen_at, me=person_id)
    }
    ids = sorted(found, key=lambda one: (found[one], one), reverse=True)
    page, counted = _page_of(ids, limit=limit, offset=offset)
    views = [requests.find_request(ctx, one) for one in page]
    return Rows(rows=tuple(view for view in views if view is not None), **counted)
