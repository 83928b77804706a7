"""What becomes of the grants on an asset that nobody owned, when a business comes to own it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import EndReason
from bot.domain.messages import Notice
from bot.domain.requests import RequestState
from bot.services import cards, moves, readers
from bot.services.context import Context
from bot.services.grants.effective import is_live
from bot.services.grants.ending import end, tell
from bot.services.grants.lifecycle import pass_to
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_grant = tables.table_of(tables.Grant)
_asset = tables.table_of(tables.Asset)
_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)

_OWN = (
    update(_asset)
    .where(_asset.c.id == bindparam("asset"), _asset.c.owner_id.is_(None))
    .values(owner_id=bindparam("owner"))
)
_OTHER_CLAIMS = (
    select(_request)
    .join_from(_item, _request, _item.c.request_id == _request.c.id)
    .where(
        _item.c.request_kind == bindparam("kind"),
        _item.c.asset_id == bindparam("asset"),
        _request.c.id != bindparam("request"),
        tables.ITEM_IS_OPEN(_item),
    )
    .order_by(_request.c.id)
)

_LIVE = select(_grant).where(_grant.c.asset_id == bindparam("asset"), is_live).order_by(_grant.c.id)


def become_owner(ctx: Context, request: Row, asset_id: str, *, told: Notice) -> bool:
    """Have the business that claimed an account own it, and decline what others had claimed of it.

    `told` says to the claimer that it does, in place of what it had. False: another business owns it
    meanwhile.
    """
    if not ctx.tx.touched(_OWN, asset=asset_id, owner=request.holder_id):
        return False
    ctx.record(
        EventKind.ASSET_CHANGED,
        Subject(SubjectKind.ASSET, asset_id),
        business_id=request.holder_id,
        acting_for=request.holder_id,
        owner=[None, request.holder_id],
    )
    heard = cards.heard_at(ctx, told, request.id)
    owner_found(ctx, asset_id, owner_id=request.holder_id, heard=heard)
    for other in ctx.tx.all(_OTHER_CLAIMS, kind=request.kind, asset=asset_id, request=request.id):
        moves.move(ctx, other, RequestState.DECLINED)
    return True


def owner_found(ctx: Context, asset_id: str, *, owner_id: str, heard: Collection[readers.Place] = ()) -> None:
    """End what the new owner held of the asset itself; what others hold goes on under it, and they are told.

    At the places `heard` the first is told in other words. What has reached its end is left to the sweep,
    which says so. All of it is kept by the record alone: with anything else the import lets no owner give an
    account up.
    """
    live = ctx.tx.all(_LIVE, asset=asset_id, at=ctx.now)
    own = [grant for grant in live if grant.holder_id == owner_id]
    for grant in own:  # nobody can have asked for more time: there was no owner to ask
        end(ctx, grant, EndReason.OWNED, acting_for=owner_id)
    tell(ctx, own, but=heard)
    passed = [
        (grant, pass_to(ctx, grant, owner_id))
        for grant in live
        if owner_id not in {grant.holder_id, grant.owner_id}
    ]
    cards.notify(
        ctx, Notice.PASSED, *(cards.Happened(after.id, after.version, after.id) for _, after in passed)
    )
    cards.publish_homes(
        ctx, {side for before, after in passed for side in (before.owner_id, after.holder_id)}
    )
