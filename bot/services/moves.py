"""A request's row and how it moves: `move` is the only writer of its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.kinds import RULES, RequestKind
from bot.domain.messages import Notice
from bot.domain.requests import MOVES, RequestState, Term, TermKind
from bot.errors import AlreadyDecided
from bot.services import cards
from bot.services.context import Context
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_for_whom = tables.table_of(tables.RequestPerson)
_nudge = tables.table_of(tables.Nudge)

_REQUEST = select(_request).where(_request.c.id == bindparam("request"))
_ITEMS = select(_item).where(_item.c.request_id == bindparam("request")).order_by(_item.c.position)
_PEOPLE = (
    select(_for_whom.c.person_id)
    .where(_for_whom.c.request_id == bindparam("request"))
    .order_by(_for_whom.c.person_id)
)
_MOVE = (
    update(_request)
    .where(
        _request.c.id == bindparam("request"),
        _request.c.state == bindparam("from_state"),
        _request.c.version == bindparam("expected_version"),
    )
    .values(
        state=bindparam("to_state"),
        version=_request.c.version + 1,
        over_at=bindparam("over"),
        over_by=bindparam("by_whom"),
        note=bindparam("with_note"),
        given_kind=bindparam("term_given"),
        given_days=bindparam("days_given"),
        given_until=bindparam("until_given"),
        round=bindparam("the_round"),
        approvals=bindparam("approvals_now"),
        required_approvals=bindparam("required_approvals"),
        nudge_at=bindparam("nudge_next"),
        warn_at=bindparam("warn_next"),
        undo_until=bindparam("undo_before"),
    )
)
_STOP_NUDGES = (
    update(_nudge)
    .where(_nudge.c.request_id == bindparam("request"), _nudge.c.due_at.is_not(None))
    .values(due_at=None)
)
_CLOSE_ITEMS = update(_item).where(_item.c.request_id == bindparam("request")).values(is_open=False)


def find_row(tx: Tx, request_id: str) -> Row | None:
    """Return a request's row, or None."""
    return tx.one(_REQUEST, request=request_id)


def items_of(tx: Tx, request_id: str) -> list[Row]:
    """Return a request's items in their order."""
    return tx.all(_ITEMS, request=request_id)


def people_of(tx: Tx, request_id: str) -> list[str]:
    """Return the ids of the people for whom a request is."""
    return [row.person_id for row in tx.all(_PEOPLE, request=request_id)]


def requested_term(row: Row) -> Term:
    """Return the term that a request's row asks for."""
    return Term(kind=TermKind(row.term_kind), days=row.term_days, until=row.term_until)


def given_term(row: Row) -> Term | None:
    """Return the term that an approval fixed, or None before one."""
    if row.given_kind is None:
        return None
    return Term(kind=TermKind(row.given_kind), days=row.given_days, until=row.given_until)


# --- moving --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What an approval fixes on the request's row; every other move carries it along unchanged."""

    term: Term | None
    round: int
    approvals: int
    required_approvals: int

    @classmethod
    def of(cls, row: Row) -> Fixed:
        """Return what is fixed so far."""
        return cls(
            term=given_term(row),
            round=row.round,
            approvals=row.approvals,
            required_approvals=row.required_approvals,
        )


def move(
    ctx: Context,
    request: Row,
    to: RequestState,
    *,
    note: str = "",
    fixed: Fixed | None = None,
    given: Mapping[str, str] | None = None,
) -> int:
    """Move a request; the only writer of `request.state`. Returns its new version.

    Raises AlreadyDecided if somebody else moved it since the row was read. Records the event and puts the
    effects: every copy of the card follows, and the requester is told the outcome.
    """
    assert to in MOVES[RequestState(request.state)], f"{request.state} does not lead to {to}"
    fixed = fixed or Fixed.of(request)
    over = not to.is_open
    person_id = ctx.principal.person_id
    deciding = ctx.business_row(request.deciding_id) if request.deciding_id else None
    moved = ctx.tx.run(
        _MOVE,
        request=request.id,
        from_state=request.state,
        expected_version=request.version,
        to_state=to,
        over=ctx.now if over else None,
        by_whom=person_id if over else None,
        with_note=note,
        term_given=fixed.term.kind if fixed.term else None,
        days_given=fixed.term.days if fixed.term else None,
        until_given=fixed.term.until if fixed.term else None,
        the_round=fixed.round,
        approvals_now=fixed.approvals,
        required_approvals=fixed.required_approvals,
        nudge_next=None if over else request.nudge_at,
        warn_next=None if over else request.warn_at,
        undo_before=_undo_until(ctx, request, deciding) if to is RequestState.APPROVED else None,
    )
    if moved != 1:
        raise AlreadyDecided(f"request {request.ref} was moved by somebody else")
    if over:
        ctx.tx.run(_CLOSE_ITEMS, request=request.id)
        ctx.tx.run(_STOP_NUDGES, request=request.id)
    version = int(request.version) + 1
    facts: dict[str, Any] = {} if given is None else {"given": given}
    acts_for = request.requesting_id if to is RequestState.CANCELLED else request.deciding_id
    ctx.record(
        EventKind(f"request.{to.lower()}"),
        Subject(SubjectKind.REQUEST, request.id),
        business_id=request.requesting_id,
        counterpart_id=request.deciding_id,
        acting_for=acts_for,
        policy_version=deciding.policy_version if deciding else None,
        move=(request.state, to),
        version=version,
        text=note or None,
        ref=request.ref,
        round=fixed.round,
        approvals=fixed.approvals,
        required_approvals=fixed.required_approvals,
        **facts,
    )
    cards.follow(ctx, request.id, version=version)
    if request.extends_id is not None:
        cards.follow(ctx, request.extends_id, version=version)
    cards.notify(ctx, Notice(to.lower()), cards.Happened(request.id, version))
    cards.publish_homes(ctx, sides(request))
    return version


def _undo_until(ctx: Context, request: Row, deciding: Row | None) -> datetime | None:
    """Return until when the approval can be undone; None where the business or the kind allows no undo."""
    if deciding is None or not deciding.undo_minutes or not RULES[RequestKind(request.kind)].may_undo:
        return None
    return ctx.now + timedelta(minutes=deciding.undo_minutes)


def sides(request: Row) -> list[str]:
    """Return the businesses that a request concerns."""
    return [side for side in (request.requesting_id, request.deciding_id) if side is not None]
