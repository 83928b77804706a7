"""Until when a request can be decided, and when people are reminded of that: three dates that go together.

Once it is approved, one of them comes again: somebody is asked then whether the access works.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.calendar import WorkingTime, last_call, working_time
from bot.domain.kinds import RULES, Gives, RequestKind
from bot.domain.nudging import (
    ASK_AFTER,
    EXPIRY_WARNED_BEFORE,
    NUDGE_BEFORE,
    REMIND_EVERY,
    TIME_TO_ACT,
    next_nudge,
    warning_at,
)
from bot.services import approvers, routing
from bot.services.context import Context
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_request = tables.table_of(tables.Request)
_person = tables.table_of(tables.Person)

_SET = (
    update(_request)
    .where(_request.c.id == bindparam("request"))
    .values(expires_at=bindparam("expires"), nudge_at=bindparam("nudge_next"), warn_at=bindparam("warn_next"))
)
_PERSON = select(_person.c.zone).where(_person.c.id == bindparam("person"))
_ASK_AT = update(_request).where(_request.c.id == bindparam("request")).values(nudge_at=bindparam("at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When a request expires, when its approvers are nudged next, and when its requester is warned."""

    expires_at: datetime
    nudge_at: datetime | None
    warn_at: datetime | None

    @property
    def parameters(self) -> Mapping[str, datetime | None]:
        """Return the dates as the statements that write them take them."""
        return {"expires": self.expires_at, "nudge_next": self.nudge_at, "warn_next": self.warn_at}


def at_first(ctx: Context, expires_at: datetime, *, requesting_id: str) -> Deadline:
    """Return the dates of a request that the actor makes now."""
    zone = ctx.person_rows[0].zone if ctx.person_rows else None
    working = _working_time_in(ctx, requesting_id, zone)
    warn_at = warning_at(expires_at - EXPIRY_WARNED_BEFORE, since=ctx.now, working=working)
    return Deadline(
        expires_at=expires_at,
        nudge_at=next_nudge(created_at=ctx.now, expires_at=expires_at, after=ctx.now),
        warn_at=warn_at if warn_at > ctx.now else None,
    )


def brought_forward(ctx: Context, request: Row, to: datetime | None) -> Deadline:
    """Return the dates of an open request that can be decided until `to` at most; None changes nothing.

    Those who are still to be nudged are nudged for the last time in time for that, or else now.
    """
    expires_at, nudge_at, warn_at = request.expires_at, request.nudge_at, request.warn_at
    if to is None:
        return Deadline(expires_at=expires_at, nudge_at=nudge_at, warn_at=warn_at)
    expires_at = min(expires_at, to)
    if nudge_at is not None:
        people = routing.asked_now(ctx, request, approvers.able_to_answer(ctx, request))
        last = last_nudge(ctx, request, people, expires_at=expires_at)
        nudge_at = min(nudge_at, max(last or ctx.now, ctx.now))
    if warn_at is not None:
        working = working_time_of_requester(ctx, request)
        warn_at = min(warn_at, warning_at(expires_at - EXPIRY_WARNED_BEFORE, since=ctx.now, working=working))
    return Deadline(expires_at=expires_at, nudge_at=nudge_at, warn_at=warn_at)


def bring_forward(ctx: Context, request: Row, to: datetime) -> None:
    """Have an open request be decided until `to` at most."""
    ctx.tx.run(_SET, request=request.id, **brought_forward(ctx, request, to).parameters)


def last_nudge(ctx: Context, request: Row, people: Sequence[Row], *, expires_at: datetime) -> datetime | None:
    """Return when to nudge for the last time, so that each of these approvers can still act on it."""
    side, able = approvers.deciding_side(ctx, request), approvers.able_to_answer(ctx, request)
    readers = [reader for _, reader in routing.read_by(ctx, request.deciding_id, people, able)]
    moments = [
        last_call(expires_at, working, ahead=NUDGE_BEFORE, leaving=TIME_TO_ACT)
        for working in {working_time_at(side, reader) for reader in readers}
    ]
    return min(moments, default=None)


def working_time_at(side: Row | approvers.AssetSide, person: Row) -> WorkingTime:
    """Return when somebody works for a side: in its hours, on its days, by their own clock."""
    return working_time(hours=side.hours, days_off=side.days_off, zone=person.zone, otherwise=side.zone)


def working_time_of_side(side: Row | approvers.AssetSide) -> WorkingTime:
    """Return when a side works, by its own clock."""
    return working_time(hours=side.hours, days_off=side.days_off, zone=None, otherwise=side.zone)


def working_time_of_requester(ctx: Context, request: Row) -> WorkingTime:
    """Return when who made a request works: by their own clock, in the hours of the business that asks."""
    person = ctx.tx.one(_PERSON, person=request.requester_id)
    return _working_time_in(ctx, request.requesting_id, person.zone if person else None)


def working_time_of_holder(ctx: Context, request: Row) -> WorkingTime:
    """Return when who is told of what a request gave works: who asked for it, else the holder's people."""
    if request.requesting_id == request.holder_id:
        return working_time_of_requester(ctx, request)
    return _working_time_in(ctx, request.holder_id, None)


def _working_time_in(ctx: Context, business_id: str, zone: str | None) -> WorkingTime:
    business = ctx.business_row(business_id)
    assert business is not None
    return working_time(hours=business.hours, days_off=business.days_off, zone=zone, otherwise=business.zone)


def remind_after(request: Row, *, now: datetime) -> datetime | None:
    """Return from when on the requester can have the approvers of an open request reminded; None: now."""
    again: datetime | None = request.reminded_at and request.reminded_at + REMIND_EVERY
    return again if again is not None and again > now else None


# --- whether access works ----------------------------------------------------------------------------


def first_asked(ctx: Context, request: Row) -> datetime | None:
    """Return when the holder is asked whether access works that a request gives now, where it gives any."""
    is_access = RULES[RequestKind(request.kind)].gives is not Gives.OWNERSHIP
    return ctx.now + ASK_AFTER if is_access and request.extends_id is None else None


def access_began(ctx: Context, request: Row) -> None:
    """Have its holder be asked whether access works that began later than it was approved.

    Who wants to be asked again is asked when they said; who has said that it works is not, whatever the date.
    """
    if request.works is None or request.nudge_at is None:
        ask_at(ctx, request.id, first_asked(ctx, request))


def ask_at(ctx: Context, request_id: str, at: datetime | None) -> None:
    """Have one of the holder's people be asked at this time, in their next working hours, if access works."""
    ctx.tx.run(_ASK_AT, request=request_id, at=at)
