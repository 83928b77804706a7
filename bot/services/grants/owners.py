"""What becomes of the grants on an asset that nobody owned, when a business comes to own it."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from bot.domain.grants import EndReason
from bot.domain.messages import Notice
from bot.services import cards
from bot.services.context import Context
from bot.services.grants.effective import is_live
from bot.services.grants.ending import end, tell
from bot.services.grants.lifecycle import pass_to
from bot.store import tables

_grant = tables.table_of(tables.Grant)

_LIVE = select(_grant).where(_grant.c.asset_id == bindparam("asset"), is_live).order_by(_grant.c.id)


def owner_found(ctx: Context, asset_id: str, *, owner_id: str) -> None:
    """End what the new owner held of the asset itself; what others hold goes on under it, and they are told.

    What has reached its end is left to the sweep, which says so. All of it is kept by the record alone: with
    anything else the import lets no owner give an account up.
    """
    live = ctx.tx.all(_LIVE, asset=asset_id, at=ctx.now)
    own = [grant for grant in live if grant.holder_id == owner_id]
    for grant in own:  # nobody can have asked for more time: there was no owner to ask
        end(ctx, grant, EndReason.OWNED, acting_for=owner_id)
    tell(ctx, own)
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
