"""What happened to a request, as each side may know it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from bot.domain.events import EventKind, SubjectKind
from bot.domain.grants import EndReason
from bot.domain.kinds import Side
from bot.services import directory, grants, moves
from bot.services.context import Context
from bot.services.requests.views import side_of
from bot.services.views.requests import HistoryLine
from bot.store import journal

if TYPE_CHECKING:
    from bot.store.journal import Recorded
    from bot.store.tx import Tx

# Shown to one side only: a denied attempt to the business on whose behalf it was made; who opened a request,
# and who was nudged about it when, to the deciding business.
_OWN_SIDE_ONLY = {
    EventKind.DENIED,
    EventKind.REQUEST_OPENED,
    EventKind.REQUEST_NUDGED,
    EventKind.REQUEST_ESCALATED,
    EventKind.REQUEST_SNOOZED,
    EventKind.REQUEST_ACKNOWLEDGED,
    EventKind.REQUEST_ASKED,
    EventKind.REQUEST_CHECK_LATER,
    EventKind.GRANT_TRIMMED,
}


def history(ctx: Context, request_id: str) -> list[HistoryLine]:
    """Return what happened to a request and its grants, the oldest first, as this side may know it.

    Of the other side, only the requester and the approvers are named; denied attempts and who opened it are
    shown to their own side only. Empty for anybody else.
    """
    row = moves.find_row(ctx.tx, request_id)
    side = side_of(ctx, request_id)
    if row is None or side is None:
        return []
    own = row.requesting_id if side is Side.REQUESTING else row.deciding_id
    events = list(journal.history(ctx.tx, SubjectKind.REQUEST, request_id))
    for grant in grants.grants_of_request(ctx.tx, request_id).values():
        events.extend(journal.history(ctx.tx, SubjectKind.GRANT, grant.id))
    return [
        _line(ctx.tx, event, side=side, own=own)
        for event in sorted(events, key=lambda event: event.seq)
        if event.kind not in _OWN_SIDE_ONLY or own in _sides_of(event, row.deciding_id)
    ]


def _sides_of(event: Recorded, deciding_id: str) -> Sequence[str | None]:
    return (deciding_id,) if event.kind == EventKind.REQUEST_OPENED else (event.business_id,)


# Steps of one side: the other is told which business took them, not which person.
_STEPS_OF_REQUESTERS = {EventKind.REQUEST_CANCELLED, EventKind.REQUEST_REMINDED, EventKind.GRANT_LET_END}
_STEPS_OF_OWNERS = {EventKind.GRANT_KEPT, EventKind.GRANT_SHORTENED}
_ENDS = {EventKind.GRANT_ENDING, EventKind.GRANT_ENDED}
# Which side of a grant's event ended it: the owner is its business, the holder its counterpart.
_OWNER, _HOLDER = attrgetter("business_id"), attrgetter("counterpart_id")
_ENDED_BY = {
    str(EndReason.REVOKED): _OWNER,
    str(EndReason.RELINQUISHED): _HOLDER,
    str(EndReason.OWNED): _HOLDER,
}


def _is_hidden(event: Recorded, *, side: Side, own: str) -> bool:
    """Say whether a person stays unnamed here: the other side only sees requester and approvers named."""
    if event.kind == EventKind.DENIED:
        return event.actor.get("role") is None
    if (parted_by := event.data.get("parted_by")) is not None:
        return (parted_by == event.business_id) is not (side is Side.REQUESTING)
    if event.data.get("standing_since") is not None:
        return True
    if event.kind == EventKind.REQUEST_WORKS:
        return event.business_id != own
    if event.kind in _STEPS_OF_REQUESTERS:
        return side is not Side.REQUESTING
    if event.kind in _STEPS_OF_OWNERS:  # who moved the contract that shortened it has no role in that
        return event.business_id != own or event.actor.get("role") is None
    if event.kind in _ENDS:
        side_of_it = _ENDED_BY.get(str(event.data.get("reason")))
        return side_of_it is not None and side_of_it(event) != own
    return event.kind == EventKind.GRANT_PASSED


def _concerns(event: Recorded, *, own: str) -> bool:
    """Say whether an event is between this side and another: not once another owner has what it gave."""
    return event.subject_kind != SubjectKind.GRANT or own in {event.business_id, event.counterpart_id}


def _line(tx: Tx, event: Recorded, *, side: Side, own: str) -> HistoryLine:
    is_ours = _concerns(event, own=own)
    return HistoryLine(
        at=event.at,
        kind=event.kind,
        by=None
        if not is_ours or _is_hidden(event, side=side, own=own)
        else directory.name_of(tx, event.actor.get("person")),
        business=event.business_id,
        facts={
            key: value
            for key, value in event.data.items()
            if value is None or isinstance(value, str | int | bool)
        },
        text=event.text if is_ours else None,
    )
