"""What the clock does: sweeps over due rows.

Each sweep takes at most `limit` rows in one transaction, fewer where they are much work, and returns how
many it took; call it until there are none. Any number of replicas may run it: what one has moved, another no
longer finds due. Dates are compared with now, never computed from a missed time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from bot.domain.creating import CreationState
from bot.domain.grants import GrantState
from bot.domain.requests import DraftState, RequestState
from bot.services import directory, drift, grants, nudges, partnerships, requests, reviews, settings, webhooks
from bot.services.context import Context
from bot.services.views.businesses import Due
from bot.store import inbox, outbox, tables

if TYPE_CHECKING:
    from bot.store.tx import Tx

Sweep = Callable[..., int]

ROWS_A_STEP = 100
SENT_KEPT = timedelta(days=30)
"""How long the record of what was sent to whom is kept."""


def forget_due(tx: Tx, *, real: datetime, limit: int = ROWS_A_STEP) -> int:
    """Delete the keys of inbound deliveries that cannot come again (`real` time), at most `limit`."""
    return inbox.forget_due(tx, real, limit=limit)


def forget_sent_due(ctx: Context, *, limit: int = ROWS_A_STEP) -> int:
    """Delete what was sent long ago, at most `limit` rows; what could not be sent stays. A sweep's step."""
    return outbox.forget_due(ctx.tx, before=ctx.now - SENT_KEPT, limit=limit)


# Ends come first: access beyond its end does the most harm. Then what stops nudges, then nudges.
BUSINESS_SWEEPS: tuple[Sweep, ...] = (
    grants.end_due,
    grants.look_due,
    requests.expire_due,
    requests.expire_drafts_due,
    directory.expire_prepared_due,
    requests.close_undo_due,
    partnerships.contracts_due,
    drift.ignored_due,
    settings.stand_ins_due,
    settings.proposals_due,
    reviews.open_due,
    reviews.reviews_due,
    reviews.questions_due,
    nudges.warn_requester_due,
    grants.warn_due,
    nudges.nudge_due,
    nudges.digest_due,
    nudges.weekly_due,
    webhooks.send_due,
)

_request = tables.table_of(tables.Request)
_grant = tables.table_of(tables.Grant)
_business = tables.table_of(tables.BusinessRow)
_draft = tables.table_of(tables.Draft)
_creation = tables.table_of(tables.Creation)
_nudge = tables.table_of(tables.Nudge)
_contract = tables.table_of(tables.Contract)
_finding = tables.table_of(tables.Finding)
_stand_in = tables.table_of(tables.StandIn)
_review = tables.table_of(tables.Review)
_question = tables.table_of(tables.ReviewQuestion)

_is_open = _request.c.state.in_((RequestState.PENDING, RequestState.IN_REVIEW))
_is_live = _grant.c.state == GrantState.ACTIVE
_waits = _draft.c.state == DraftState.WAITING
_is_prepared = _creation.c.state == CreationState.WAITING
_TOLD: dict[str, Any] = {
    "the warning before a request expires": select(func.min(_request.c.warn_at).label("at")),
    "a request expires": select(func.min(_request.c.expires_at).label("at")).where(_is_open),
    "a warning before access ends": select(func.min(_grant.c.warn_at).label("at")),
    "access ends": select(func.min(_grant.c.ends_at).label("at")).where(_is_live),
    "a contract's end draws near": select(func.min(_contract.c.due_at).label("at")),
    "what was ignored is asked again": select(func.min(_finding.c.ignored_until).label("at")),
    "somebody is back": select(func.min(_stand_in.c.due_at).label("at")),
    "a review of access goes on": select(func.min(_review.c.due_at).label("at")),
    "a partner is asked again what it needs": select(func.min(_question.c.due_at).label("at")),
    "a draft expires": select(func.min(_draft.c.expires_at).label("at")).where(_waits),
    "what was prepared expires": select(func.min(_creation.c.expires_at).label("at")).where(_is_prepared),
}
"""What people are told of, by what it is called."""
_UNTOLD: tuple[Any, ...] = (
    select(func.min(_request.c.nudge_at).label("at")),  # it only marks whom to nudge
    select(func.min(_nudge.c.due_at).label("at")),  # and that may put it off to a day without a digest
    select(func.min(_request.c.undo_until).label("at")),
    select(func.min(_grant.c.look_at).label("at")),
    select(func.min(_business.c.weekly_at).label("at")),  # there may be nothing to say
    select(func.min(_business.c.proposal_ends_at).label("at")),
)


def next_due(ctx: Context) -> Due | None:
    """Return what people will be told of next after `now`, and when; None if nothing is to come."""
    found = [Due(at=at, what=what) for what, statement in _TOLD.items() for at in _after_now(ctx, statement)]
    reminder = nudges.next_reminder(ctx)
    if reminder is not None:
        found.append(Due(at=reminder, what="a reminder"))
    return min(found, key=lambda due: due.at, default=None)


def next_sweep(ctx: Context) -> datetime | None:
    """Return when a sweep will next have something to do; None if never."""
    statements = (*_TOLD.values(), *_UNTOLD)
    return min((at for one in statements for at in _after_now(ctx, one)), default=None)


def _after_now(ctx: Context, statement: Any) -> list[datetime]:
    return [row.at for row in ctx.tx.all(statement) if row.at is not None and row.at > ctx.now]
