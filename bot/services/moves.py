"""A request's row and how it moves: `move` is the only writer of its state.

A version covers all that a card shows: what changes something else that it shows calls `revise`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from bot.domain.assets import Kind, unpack
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import EndReason
from bot.domain.kinds import RULES, RequestKind
from bot.domain.messages import Notice
from bot.domain.policy import required_approvals_for
from bot.domain.requests import MOVES, RequestState, Revision, Term, TermKind
from bot.errors import AlreadyDecided
from bot.services import cards, deadlines
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
        expires_at=bindparam("expires"),
        over_at=bindparam("over"),
        over_by=bindparam("by_whom"),
        over_program=bindparam("by_program"),
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
_CLOSE_UNDO = (
    update(_request)
    .where(_request.c.id == bindparam("request"), _request.c.undo_until == bindparam("seen_until"))
    .values(undo_until=None)
)
_CLOSE_ITEMS = update(_item).where(_item.c.request_id == bindparam("request")).values(is_open=False)


_MOVE_END = (
    update(_request)
    .where(_request.c.id == bindparam("request"))
    .values(term_until=bindparam("new_until"), given_until=bindparam("until_given"))
)
_REVISE = (
    update(_request)
    .where(
        _request.c.id == bindparam("request"),
        tables.REQUEST_IS_OPEN(_request),
        _request.c.version == bindparam("expected_version"),
    )
    .values(version=_request.c.version + 1, quorum=bindparam("new_quorum"))
)


def find_row(tx: Tx, request_id: str) -> Row | None:
    """Return a request's row, or None."""
    return tx.one(_REQUEST, request=request_id)


def items_of(tx: Tx, request_id: str) -> list[Row]:
    """Return a request's items in their order."""
    return tx.all(_ITEMS, request=request_id)


def required_approvals(row: Row, items: Iterable[Row]) -> int:
    """Return how many approvals a request takes: of one that is over, how many it took.

    Of an open one what its row keeps is from the last approval: its quorum may have been raised since.
    """
    if row.over_at is not None:
        return int(row.required_approvals)
    given = [(Kind(item.kind), unpack(item.tasks if item.given is None else item.given)) for item in items]
    return required_approvals_for(RequestKind(row.kind), quorum=row.quorum, given=given)


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
class Standing:
    """A standing acceptance: the people by whose approvals it stands, and since when."""

    by: tuple[str, ...]
    since: datetime

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return what the journal keeps of it."""
        return {"standing_since": self.since.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """The owner gives it through the API, and the policy of the other side does not ask to accept that."""

    by: tuple[str, ...]

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return what the journal keeps of it."""
        return {"direct": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The other side has it at Meta already, and the owner records it: the id is that of what was found."""

    by: tuple[str, ...]
    finding_id: str

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return what the journal keeps of it."""
        return {"found": self.finding_id}


Unasked = Standing | Direct | Found
"""Why nobody of the deciding side is asked, and the people by whose approvals it is given."""


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
    closed_with: EndReason | None = None,
    parted_by: str | None = None,
    unasked: Unasked | None = None,
) -> int:
    """Move a request; the only writer of `request.state`. Returns its new version.

    Raises AlreadyDecided if somebody else moved it since the row was read. Records the event and puts the
    effects: every copy of the card follows, and the requester is told the outcome. `closed_with` says how the
    grant ended that the request would have extended, `parted_by` which of the two ended their partnership:
    who tells of that tells of this. `unasked`: nobody of the deciding side is asked.
    """
    assert to in MOVES[RequestState(request.state)], f"{request.state} does not lead to {to}"
    fixed = fixed or Fixed.of(request)
    over = not to.is_open
    person_id = ctx.principal.person_id if unasked is None else unasked.by[0]
    deciding = ctx.business_row(request.deciding_id) if request.deciding_id else None
    if over:
        asked = deadlines.first_asked(ctx, request) if to is RequestState.APPROVED else None
        deadline = deadlines.Deadline(expires_at=request.expires_at, nudge_at=asked, warn_at=None)
    else:
        assert fixed.term is not None, "only an approval leaves a request open, and fixes its term"
        deadline = deadlines.brought_forward(ctx, request, fixed.term.until)
    moved = ctx.tx.touched(
        _MOVE,
        request=request.id,
        from_state=request.state,
        expected_version=request.version,
        to_state=to,
        over=ctx.now if over else None,
        by_whom=person_id if over else None,
        by_program=ctx.actor.program if over and unasked is None else None,
        with_note=note,
        term_given=fixed.term.kind if fixed.term else None,
        days_given=fixed.term.days if fixed.term else None,
        until_given=fixed.term.until if fixed.term else None,
        the_round=fixed.round,
        approvals_now=fixed.approvals,
        required_approvals=fixed.required_approvals,
        undo_before=_undo_until(ctx, request, deciding, unasked) if to is RequestState.APPROVED else None,
        **deadline.parameters,
    )
    if moved != 1:
        raise AlreadyDecided(f"request {request.ref} was moved by somebody else")
    if over:
        ctx.tx.run(_CLOSE_ITEMS, request=request.id)
        ctx.tx.run(_STOP_NUDGES, request=request.id)
    version = int(request.version) + 1
    facts: dict[str, Any] = {} if given is None else {"given": given}
    if closed_with is not None:
        facts["closed_with"] = str(closed_with)
    if parted_by is not None:
        facts["parted_by"] = parted_by
    if unasked is not None:
        facts.update(unasked.facts)
    is_withdrawn = to is RequestState.CANCELLED and closed_with in {None, EndReason.RELINQUISHED}
    is_requesters = is_withdrawn or unasked is not None
    acts_for = request.requesting_id if is_requesters else request.deciding_id
    ctx.record(
        EventKind(f"request.{to.lower()}"),
        Subject(SubjectKind.REQUEST, request.id),
        business_id=request.requesting_id,
        counterpart_id=request.deciding_id,
        acting_for=parted_by or acts_for,
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
    if closed_with is None and parted_by is None:
        cards.notify(ctx, Notice(to.lower()), cards.Happened(request.id, version))
    publish_homes(ctx, request)
    return version


def revise(ctx: Context, request: Row, because: Revision, *, quorum: int | None = None) -> None:
    """Give an open request a new version, because something else that its card shows has changed."""
    quorum = request.quorum if quorum is None else quorum
    revised = ctx.tx.touched(_REVISE, request=request.id, expected_version=request.version, new_quorum=quorum)
    if revised != 1:
        raise AlreadyDecided(f"request {request.ref} was moved by somebody else")
    version = int(request.version) + 1
    ctx.record(
        EventKind.REQUEST_REVISED,
        Subject(SubjectKind.REQUEST, request.id),
        business_id=request.requesting_id,
        counterpart_id=request.deciding_id,
        policy_of=request.deciding_id,
        version=version,
        because=str(because),
    )
    cards.follow(ctx, request.id, version=version)
    publish_homes(ctx, request)


def move_end(ctx: Context, request: Row, until: datetime) -> None:
    """Have an open request be until another instant, because the contract that ends then was moved."""
    ctx.tx.run(
        _MOVE_END,
        request=request.id,
        new_until=until,
        until_given=until if request.given_until == request.term_until else request.given_until,
    )
    deadlines.bring_forward(ctx, request, until)
    revise(ctx, request, Revision.CONTRACT)


def _undo_until(ctx: Context, request: Row, deciding: Row | None, unasked: Unasked | None) -> datetime | None:
    """Return until when the approval can be undone; None where the business or the kind allows no undo.

    What was found at Meta and recorded by its owner was approved by nobody of the deciding side.
    """
    if not RULES[RequestKind(request.kind)].may_undo or isinstance(unasked, Found):
        return None
    assert deciding is not None, "what the admins of an asset decide has no undo"
    return ctx.now + timedelta(minutes=deciding.undo_minutes) if deciding.undo_minutes else None


def close_undo(ctx: Context, request: Row) -> None:
    """Close the window in which an approval can be undone: the button goes."""
    ctx.tx.run(_CLOSE_UNDO, request=request.id, seen_until=request.undo_until)
    cards.follow(ctx, request.id, version=request.version)


def publish_homes(ctx: Context, request: Row) -> None:
    """Publish the homes of those again whom a request concerns, as far as they were ever opened."""
    cards.publish_homes_of(ctx, request.id, request.requesting_id, request.deciding_id)
