"""What became of a request that can no longer be decided, as an answer to who came too late; undoing that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.grants import GrantState
from bot.domain.requests import RequestState
from bot.services import directory, moves
from bot.services.context import Context
from bot.services.results import Denied

if TYPE_CHECKING:
    from bot.services.views.access import GrantView
    from bot.store.compiled import Row


def find_outcome(ctx: Context, request_id: str) -> Denied | None:
    """Return what became of a request, or None of one that can still be decided; for who may know of it."""
    request = moves.find_row(ctx.tx, request_id)
    assert request is not None, "what was asked stays"
    return outcome(ctx, request)


def undo_until(request: Row, given: Iterable[GrantView], *, now: datetime) -> datetime | None:
    """Return until when an approval can be undone; None if it is too late, or nothing is left of it."""
    until: datetime | None = request.undo_until
    is_left = any(one.state is not GrantState.ENDED for one in given)
    return until if until is not None and now < until and is_left else None


def outcome(ctx: Context, request: Row) -> Denied | None:
    """Return what became of a request, by whom and when, or None of one that can still be decided.

    Of an approval that was undone that is what became of it. It expires by the clock, whether or not the
    sweep has come to it.
    """
    state = RequestState(request.state)
    has_expired = state is RequestState.EXPIRED or (state.is_open and ctx.now >= request.expires_at)
    if state.is_open and not has_expired:
        return None
    is_undone = request.undone_at is not None
    by: str | None = request.undone_by if is_undone else request.over_by
    if state is RequestState.CANCELLED and by != request.requester_id and not ctx.own(request.requesting_id):
        by = None  # of who asks, the other side sees the requester alone
    return Denied(
        reason=DenialReason.EXPIRED if has_expired else DenialReason.ALREADY_OVER,
        about=Subject(SubjectKind.REQUEST, request.id),
        ref=request.ref,
        state=RequestState.EXPIRED if has_expired else state,
        by=directory.name_of(ctx.tx, by),
        program=None if is_undone or by is None else request.over_program,
        at=request.undone_at or request.over_at or request.expires_at,
        is_undone=is_undone,
    )
