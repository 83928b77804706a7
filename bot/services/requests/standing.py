"""Standing acceptance: approvals that a business gives beforehand for what one partner offers it.

The journal tells whether it stands: it was switched on last, and the two have not parted since.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select

from bot.domain.actors import is_confirmed
from bot.domain.contracts import earliest
from bot.domain.events import PARTING, EventKind, SubjectKind
from bot.domain.kinds import Gives, RequestKind, kind_to_offer
from bot.domain.policy import can_decide, standing_suffices
from bot.services import approvers, directory
from bot.services.admins import in_reach
from bot.services.context import Context
from bot.services.moves import Standing
from bot.services.requests.contract_ends import stated, stated_by
from bot.services.views.businesses import StandingView
from bot.services.views.parties import Party
from bot.store import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.services.requests.kinds import ProposedItem
    from bot.store.compiled import Row

_event = tables.table_of(tables.Event)
_NEWEST = (
    select(_event.c.kind, _event.c.at, _event.c.data)
    .where(
        _event.c.subject_kind == SubjectKind.BUSINESS,
        or_(
            *(
                (_event.c.subject_id == bindparam(one))
                & (_event.c.counterpart_id == bindparam(other))
                & _event.c.kind.in_(kinds)
                for one, other, kinds in (
                    ("own", "other", (EventKind.BUSINESS_STANDING, *PARTING)),
                    ("other", "own", PARTING),
                )
            )
        ),
    )
    .order_by(_event.c.seq.desc())
    .limit(1)
)
_SWITCHED = (
    select(_event.c.counterpart_id)
    .where(
        _event.c.subject_kind == SubjectKind.BUSINESS,
        _event.c.subject_id == bindparam("own"),
        _event.c.kind == EventKind.BUSINESS_STANDING,
    )
    .distinct()
)


def accepted_at_once(ctx: Context, business_id: str) -> tuple[Party, ...]:
    """Return the partners whose offers a business accepts at once, by name, whether they share anything."""
    ids = [str(row.counterpart_id) for row in ctx.tx.all(_SWITCHED, own=business_id)]
    rows = [ctx.business_row(one) for one in ids if accepts_now(ctx, business_id, one)]
    parties = (directory.party_of(row) for row in rows if row is not None)
    return tuple(sorted(parties, key=lambda one: (one.name, one.id)))


def standing_for(ctx: Context, business_id: str, other_id: str) -> Standing | None:
    """Return a business's standing acceptance of what a partner offers; None where it is not switched on."""
    newest = ctx.tx.one(_NEWEST, own=business_id, other=other_id)
    if newest is None or newest.kind != EventKind.BUSINESS_STANDING:
        return None
    by = json.loads(newest.data)["by"]
    contract = earliest(stated_by(stated(ctx, business_id, other_id)).values())
    has_ended = contract is not None and newest.at < contract.ends_at <= ctx.now
    return Standing(by=tuple(by), since=newest.at) if by and not has_ended else None


def accepts_now(ctx: Context, business_id: str, other_id: str) -> bool:
    """Say whether what a partner offers a business is accepted at once, as far as no more is asked for."""
    view = standing_view(ctx, business_id, other_id)
    return view is not None and view.suffices


def parted_since(ctx: Context, business_id: str, other_id: str, *, at: datetime) -> bool:
    """Say whether two businesses have parted since a moment, so that what was proposed before is over."""
    newest = ctx.tx.one(_NEWEST, own=business_id, other=other_id)
    return newest is not None and newest.kind in PARTING and bool(newest.at >= at)


def accepting(
    ctx: Context, request: Row, given: Sequence[ProposedItem], standing: Standing
) -> Standing | None:
    """Return a standing acceptance with those whose approval counts now; None where they do not suffice.

    As in any decision, that of somebody who has lost the right, who is on the other side too, of whom Slack
    has not said lately who they are, or from whose workspace the app was removed counts for nothing.
    """
    deciding = ctx.business(request.deciding_id) if request.deciding_id else None
    if deciding is None or not can_decide(deciding).is_allowed:
        return None
    able = _able(ctx, approvers.eligible(ctx.tx, request))
    by = tuple(person for person in standing.by if person in able)
    suffices = standing_suffices(
        RequestKind(request.kind),
        quorum=request.quorum,
        given=[(item.kind, item.tasks) for item in given],
        approvals=len(by),
    )
    return Standing(by=by, since=standing.since) if suffices else None


def standing_view(ctx: Context, business_id: str, other_id: str) -> StandingView | None:
    """Return a business's standing acceptance as its own people see it; None where it is not switched on."""
    standing, business = standing_for(ctx, business_id, other_id), ctx.business(business_id)
    if standing is None or business is None:
        return None
    able = _able(ctx, who_can_accept(ctx, business_id, other_id))
    return StandingView(
        by=tuple(directory.name_of(ctx.tx, person) or "" for person in standing.by),
        since=standing.since,
        suffices=can_decide(business).is_allowed and len(able.intersection(standing.by)) >= business.quorum,
    )


def who_can_accept(ctx: Context, business_id: str, other_id: str) -> list[Row]:
    """Return the admins of a business who can accept what a partner offers: none who belongs to it, too."""
    return approvers.eligible_for(
        ctx.tx,
        kind_to_offer(Gives.TASKS),
        requesting_id=other_id,
        deciding_id=business_id,
        asset_ids=(),
    )


def _able(ctx: Context, people: Sequence[Row]) -> frozenset[str]:
    return frozenset(one.id for one in in_reach(ctx.tx, people) if is_confirmed(one.checked_at, now=ctx.now))
