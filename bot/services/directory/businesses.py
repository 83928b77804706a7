"""Businesses and the workspaces they are at home in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select, update

from bot.domain.actors import Business, Status
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.messages import Notice
from bot.domain.policy import Permission, may_claim, may_invite, may_request
from bot.domain.typed import one_line
from bot.services import cards
from bot.services.context import Context
from bot.services.readers import OF_PARTNERS
from bot.services.views.businesses import VerifiedTold
from bot.services.views.parties import Party
from bot.store import tables
from bot.store.compiled import upsert
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx


_node = tables.table_of(tables.Node)
_business = tables.table_of(tables.BusinessRow)
_listing = tables.table_of(tables.Listing)
_request = tables.table_of(tables.Request)
_workspace = tables.table_of(tables.Workspace)

_INSERT_NODE = insert(_node)
_LISTED = select(_listing.c.listed_id).where(
    _listing.c.business_id == bindparam("by_whom"), _listing.c.listed_id == bindparam("whom")
)
_between = (
    _request.c.requesting_id == bindparam("requesting"),
    _request.c.deciding_id == bindparam("deciding"),
)
_asked_since = _request.c.created_at > bindparam("since")
_count = select(func.count())
_SENT_SO_FAR = select(
    _count.where(*_between, _request.c.over_at.is_(None)).scalar_subquery().label("open_between"),
    # A request of the last day is open or was over in it: found by the index over a pair's requests.
    _count.where(
        _request.c.id.in_(
            select(_request.c.id)
            .where(*_between, _request.c.over_at.is_(None), _asked_since)
            .union_all(
                select(_request.c.id).where(*_between, _request.c.over_at > bindparam("since"), _asked_since)
            )
        )
    )
    .scalar_subquery()
    .label("asked_today"),
)
_of_people = (_request.c.requesting_id == bindparam("requesting"), _request.c.deciding_id.is_(None))
_CLAIMED_SO_FAR = select(
    _count.where(*_of_people, _request.c.over_at.is_(None)).scalar_subquery().label("open_claims"),
    _count.where(*_of_people, _asked_since).scalar_subquery().label("claimed_today"),
)
_SET_VERIFIED = (
    update(_business)
    .where(_business.c.id == bindparam("business"), _business.c.verified != bindparam("is_verified"))
    .values(verified=bindparam("is_verified"), policy_version=_business.c.policy_version + 1)
)
_insert_workspace = upsert(_workspace)
_RECORD_WORKSPACE = _insert_workspace.on_conflict_do_update(
    index_elements=["team_id"],
    set_={
        column: _insert_workspace.excluded[column]
        for column in ("name", "url", "bot_id", "bot_user_id", "seen_at")
    },
)
_FORGET_WORKSPACE = delete(_workspace).where(_workspace.c.team_id == bindparam("team"))
_WORKSPACES = select(_workspace).order_by(_workspace.c.team_id)
_ID_DIGITS = 15


def random_id() -> str:
    """Return 15 random digits, for an id on the wire."""
    return str(secrets.randbelow(9 * 10 ** (_ID_DIGITS - 1)) + 10 ** (_ID_DIGITS - 1))


def make_id(tx: Tx, kind: NodeKind) -> str:
    """Return a new id of 15 random digits, unique over all kinds of node, and keep it."""
    digits = random_id()
    # A clash, one in 10^14 with ten nodes, breaks the primary key: the verb is undone and says so.
    tx.run(_INSERT_NODE, id=digits, kind=kind)
    return digits


def party_of(row: Row) -> Party:
    """Return a row of `business` as the other side may see it."""
    return Party(id=row.id, name=row.name, verified=bool(row.verified), status=Status(row.status))


def may_business_request(ctx: Context, *, requesting: Business, owner_id: str) -> Permission:
    """Say whether `requesting` may make a request to this owner now."""
    return may_request(
        requesting=requesting,
        owner=ctx.business(owner_id),
        listed_by_owner=bool(ctx.tx.all(_LISTED, by_whom=owner_id, whom=requesting.id)),
        **_sent_so_far(ctx, requesting_id=requesting.id, deciding_id=owner_id),
    )


def may_business_invite(ctx: Context, *, requesting: Business, partner_id: str) -> Permission:
    """Say whether `requesting` may offer this partner access to assets of its own now."""
    return may_invite(
        requesting=requesting,
        partner=ctx.business(partner_id),
        **_sent_so_far(ctx, requesting_id=requesting.id, deciding_id=partner_id),
    )


def may_business_claim(ctx: Context, *, requesting: Business) -> Permission:
    """Say whether `requesting` may claim anything now."""
    claimed = ctx.tx.one(_CLAIMED_SO_FAR, requesting=requesting.id, since=ctx.now - timedelta(days=1))
    assert claimed is not None
    return may_claim(requesting=requesting, **claimed._asdict())


def _sent_so_far(ctx: Context, *, requesting_id: str, deciding_id: str) -> dict[str, int]:
    """Return how many requests of one business the other has open, and how many were made within a day."""
    sent = ctx.tx.one(
        _SENT_SO_FAR, requesting=requesting_id, deciding=deciding_id, since=ctx.now - timedelta(days=1)
    )
    assert sent is not None
    return sent._asdict()


def record_workspace(
    ctx: Context, *, team_id: str, name: str, url: str, bot_id: str, bot_user_id: str
) -> None:
    """Keep the workspace that a bot token belongs to (auth.test). Its name is what its people call it."""
    ctx.tx.run(
        _RECORD_WORKSPACE,
        team_id=team_id,
        name=one_line(name),
        url=url,
        bot_id=bot_id,
        bot_user_id=bot_user_id,
        seen_at=ctx.now,
    )


def forget_workspace(ctx: Context, team_id: str) -> None:
    """Forget a workspace from which the app was removed, unless it is recorded again."""
    ctx.tx.run(_FORGET_WORKSPACE, team=team_id)


def workspaces(tx: Tx) -> list[Row]:
    """Return the workspaces in which the app is installed."""
    return tx.all(_WORKSPACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOf:
    """Where a business is at home: a workspace, and what that is called if the app is in it."""

    name: str
    team_id: str | None
    workspace: str | None


def home_of(ctx: Context, business_id: str) -> HomeOf | None:
    """Return where a business is at home, for the operator; None for an unknown business."""
    row = ctx.business_row(business_id)
    if row is None:
        return None
    place = next((one for one in workspaces(ctx.tx) if one.team_id == row.team_id), None)
    return HomeOf(name=row.name, team_id=row.team_id, workspace=place.name if place else None)


def verify_business(ctx: Context, business_id: str, *, verified: bool, tell: bool = True) -> bool:
    """Note that it is confirmed who a business is, or that this is taken back, and `tell` the business.

    Return whether it changed. Raise KeyError for an unknown business.
    """
    row = ctx.business_row(business_id)
    if row is None:
        raise KeyError(business_id)
    if not ctx.tx.touched(_SET_VERIFIED, business=business_id, is_verified=verified):
        return False
    ctx.reread_business(business_id)
    ctx.record(
        EventKind.BUSINESS_VERIFIED if verified else EventKind.BUSINESS_UNVERIFIED,
        Subject(SubjectKind.BUSINESS, business_id),
        business_id=business_id,
    )
    cards.refresh(ctx, business_ids={business_id})
    if tell:
        tell_verified(ctx, business_id)
    return True


def tell_verified(ctx: Context, business_id: str) -> None:
    """Tell a business that it is verified now, or no longer."""
    cards.notify(ctx, Notice.VERIFICATION, cards.Happened(f"{business_id}{OF_PARTNERS}{business_id}", 1))


def verified_told(ctx: Context, business_id: str) -> VerifiedTold | None:
    """Return what a business is told of whether it is verified; None if there is no such business."""
    row = ctx.business_row(business_id)
    return None if row is None else VerifiedTold(own=party_of(row))
