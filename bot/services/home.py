"""App Home: all that one person needs to know, and for admins their business's settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, bindparam, cast, func, literal, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert as upsert  # its ON CONFLICT compiles for SQLite too

from bot.domain.grants import GrantState
from bot.domain.policy import Actor, Role, Source, WhoMayAsk, may_administer
from bot.domain.requests import RequestState
from bot.services.directory import businesses as directory
from bot.services.grants import lifecycle as grants
from bot.services.grants.lifecycle import Direction
from bot.services.requests import views as cards
from bot.services.results import (
    GrantView,
    HomeView,
    MemberView,
    OwnBusiness,
    PartnerView,
    RequestView,
    Rows,
    SettingsView,
)
from bot.store import outbox, tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

ROWS = 5
ENDS_SOON = timedelta(days=14)
_AWAY_AFTER = timedelta(minutes=30)
_LONGEST_OFFSET = 6  # digits

_home = tables.table_of(tables.HomeTab)
_business = tables.table_of(tables.BusinessRow)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_grant = tables.table_of(tables.Grant)
_request = tables.table_of(tables.Request)

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
_live = and_(
    _grant.c.state == GrantState.ACTIVE, or_(_grant.c.ends_at.is_(None), _grant.c.ends_at > bindparam("at"))
)
# One side after the other: an OR over the two would read every row that either index finds.
_partner: Any = union_all(
    select(_grant.c.holder_id.label("id"), func.count().label("given"), literal(0).label("held"))
    .where(_grant.c.owner_id == bindparam("own"), _live)
    .group_by(_grant.c.holder_id),
    select(_grant.c.owner_id, literal(0), func.count())
    .where(_grant.c.holder_id == bindparam("own"), _live)
    .group_by(_grant.c.owner_id),
).subquery("partner")
_PARTNERS = (
    select(
        _business,
        cast(func.sum(_partner.c.given), BigInteger).label("given"),
        cast(func.sum(_partner.c.held), BigInteger).label("held"),
    )
    .join_from(_partner, _business, _business.c.id == _partner.c.id)
    .group_by(_business.c.id)
    .order_by(_business.c.name, _business.c.id)
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
_ENDING = select(_ending.c.id).order_by(_ending.c.ends_at, _ending.c.id)
_DECIDED_SINCE = tuple(
    select(_request.c.id, _request.c.over_at)
    .where(
        side == bindparam("own"),
        _request.c.state.in_((RequestState.APPROVED, RequestState.DECLINED)),
        _request.c.over_at > bindparam("since"),
        or_(_request.c.over_by.is_(None), _request.c.over_by != bindparam("me")),
    )
    .order_by(_request.c.over_at.desc(), _request.c.id)
    .limit(100)
    for side in (_request.c.deciding_id, _request.c.requesting_id)
)
_MEMBERS = (
    select(
        _person.c.id,
        _person.c.team_id,
        _person.c.user_id,
        _person.c.name,
        _membership.c.role,
        _membership.c.shared,
    )
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .where(_membership.c.business_id == bindparam("own"))
    .order_by(_person.c.name, _person.c.id)
    .limit(100)
)


def open_home(tx: Tx, *, by: Actor, now: datetime) -> None:
    """Note that somebody opened their home, and have it published.

    What was decided since they last looked is "while I was away": coming back within half an hour is
    the same visit.
    """
    before = tx.one(_HOME, team=by.team_id, user=by.user_id)
    seen_at = now
    if before is not None:
        seen_at = before.seen_at if now - before.opened_at < _AWAY_AFTER else before.opened_at
    tx.run(
        _OPEN,
        team_id=by.team_id,
        user_id=by.user_id,
        page=before.page if before else "",
        opened_at=now,
        seen_at=seen_at,
    )
    outbox.put_home(tx, team_id=by.team_id, user_id=by.user_id, now=now)


def turn_home(tx: Tx, page: str, *, by: Actor, now: datetime) -> None:
    """Turn somebody's home to another page ("section:offset"), and have it published."""
    section, offset = _read_page(page)
    tx.run(_TURN, team=by.team_id, user=by.user_id, turned_to=_page(section, offset))
    outbox.put_home(tx, team_id=by.team_id, user_id=by.user_id, now=now)


def home_of(tx: Tx, *, team_id: str, user_id: str, now: datetime) -> HomeView:
    """Return what somebody's home shows now, from their rights as of now."""
    by = Actor(source=Source.EVENT, team_id=team_id, user_id=user_id)
    row = tx.one(_HOME, team=team_id, user=user_id)
    section, offset = _read_page(row.page if row else "")
    me = directory.me(tx, by)
    own = [one for one in me.businesses if one.may_administer is None or one.may_draft]
    sections: dict[str, Callable[..., Rows[Any]]] = {
        "waiting": partial(cards.waiting_for, tx, by=by, now=now),
        "requested": partial(cards.requested_by, tx, by=by, now=now),
        "draft": partial(cards.draft_for, tx, by=by, now=now),
        "reach": partial(_reach, tx, own, by=by, now=now),
        "partners": partial(_partners, tx, own, now=now),
        "ends_soon": partial(_ends_soon, tx, own, now=now),
        "decided_away": partial(_decided_away, tx, own, me.person_id, row, now=now),
    }
    shown = {}
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
        settings=tuple(settings_of(tx, one.party.id) for one in own if one.may_administer is None),
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


def _reach(
    tx: Tx, own: Sequence[OwnBusiness], *, by: Actor, now: datetime, limit: int, offset: int
) -> Rows[GrantView]:
    """Return what is shared with the person's businesses, one after the other."""
    found: list[GrantView] = []
    total, skip = 0, offset
    for one in own:
        page = grants.list_grants(
            tx,
            business_id=one.party.id,
            direction=Direction.SHARED_WITH_US,
            by=by,
            now=now,
            limit=limit - len(found),
            offset=skip,
        )
        found.extend(page.rows)
        total += page.total
        skip = max(0, skip - page.total)
    return Rows(rows=tuple(found), total=total, more=offset + len(found) < total)


def _partners(
    tx: Tx, own: Sequence[OwnBusiness], *, now: datetime, limit: int, offset: int
) -> Rows[PartnerView]:
    found = [
        PartnerView(party=directory.party_of(row), shared_with_them=row.given, shared_with_us=row.held)
        for one in own
        for row in tx.all(_PARTNERS, own=one.party.id, at=now)
    ]
    page, counted = _page_of(found, limit=limit, offset=offset)
    return Rows(rows=tuple(page), **counted)


def _ends_soon(
    tx: Tx, own: Sequence[OwnBusiness], *, now: datetime, limit: int, offset: int
) -> Rows[GrantView]:
    ids = list(
        dict.fromkeys(
            row.id for one in own for row in tx.all(_ENDING, own=one.party.id, at=now, before=now + ENDS_SOON)
        )
    )
    page, counted = _page_of(ids, limit=limit, offset=offset)
    views = [grants.grant_view(tx, grant_id) for grant_id in page]
    return Rows(rows=tuple(view for view in views if view is not None), **counted)


def _decided_away(
    tx: Tx,
    own: Sequence[OwnBusiness],
    person_id: str | None,
    home: Row | None,
    *,
    now: datetime,
    limit: int,
    offset: int,
) -> Rows[RequestView]:
    """Return what others decided since the person last looked, what was asked of them and what they asked."""
    if home is None or person_id is None:
        return Rows(rows=(), total=0, more=False)
    found = {
        row.id: row.over_at
        for one in own
        for statement in _DECIDED_SINCE
        for row in tx.all(statement, own=one.party.id, since=home.seen_at, me=person_id)
    }
    ids = sorted(found, key=lambda one: (found[one], one), reverse=True)
    page, counted = _page_of(ids, limit=limit, offset=offset)
    return Rows(rows=tuple(cards.request_card(tx, one, now=now) for one in page), **counted)


def settings_of(tx: Tx, business_id: str) -> SettingsView:
    """Return a business's settings; for callers that know who will see them. Raises KeyError if unknown."""
    row = directory.find_business_row(tx, business_id)
    if row is None:
        raise KeyError(business_id)
    business = directory.business_of(row)
    members = []
    for member in tx.all(_MEMBERS, own=row.id):
        by = Actor(source=Source.EVENT, team_id=member.team_id, user_id=member.user_id)
        members.append(
            MemberView(
                person_id=member.id,
                user_id=member.user_id,
                name=member.name,
                role=Role(member.role),
                shared=bool(member.shared),
                may_administer=may_administer(directory.principal_of(tx, by), business=business).reason,
            )
        )
    return SettingsView(
        party=directory.party_of(row),
        team_id=row.team_id,
        channel_id=row.channel_id,
        quorum=row.quorum,
        expires_days=row.expires_days,
        undo_minutes=row.undo_minutes,
        who_may_ask=WhoMayAsk(row.who_may_ask),
        hours=row.hours,
        days_off=tuple(date.fromisoformat(day) for day in filter(None, row.days_off.split(","))),
        zone=row.zone,
        policy_version=row.policy_version,
        members=tuple(members),
    )
