"""Escalation: where nobody answers the nudges, backup approvers are asked, once, and the card says why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert

from bot.domain.calendar import (
    next_working_moment,
    next_working_morning,
    working_days_between,
)
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.nudging import NUDGE_AFTER
from bot.services import approvers, cards, deadlines, routing
from bot.services.context import Context
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_ESCALATE = insert(tables.table_of(tables.Escalation))


def still_to_ask(ctx: Context, request: Row, able: Sequence[Row]) -> list[Row]:
    """Return which backups are to be asked, of those `able` to decide, if nobody has asked them before."""
    is_asked = routing.escalation_of(ctx, request.id) is not None
    return [] if is_asked else routing.backups(ctx, request.deciding_id, able)


def escalate_at(ctx: Context, request: Row, *, after: datetime) -> datetime | None:
    """Return when backups are asked, if the nudge at `after` was the last; None if others follow.

    It is the morning after those who were asked first could read it.
    """
    if after < request.created_at + NUDGE_AFTER[-1]:
        return None
    working = deadlines.working_time_of_side(approvers.deciding_side(ctx, request))
    return next_working_morning(next_working_moment(after, working), working)


def escalate(ctx: Context, request: Row, *, unanswered: Sequence[str], asked: Sequence[str]) -> None:
    """Note whom else a request was asked of, and who has not answered for how many working days.

    They are ids of people: of those who got it, where somebody stands in for who is named.
    """
    days = working_days_between(
        request.created_at, ctx.now, deadlines.working_time_of_side(approvers.deciding_side(ctx, request))
    )
    ctx.tx.run(
        _ESCALATE,
        request_id=request.id,
        at=ctx.now,
        days=days,
        unanswered=",".join(unanswered),
        asked=",".join(asked),
    )
    ctx.record(
        EventKind.REQUEST_ESCALATED,
        Subject(SubjectKind.REQUEST, request.id),
        business_id=request.deciding_id,
        version=request.version,
        days=days,
        unanswered=list(unanswered),
        asked=list(asked),
    )
    cards.follow(ctx, request.id, version=request.version)
