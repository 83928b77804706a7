"""When the contract of two businesses ends: who says so, who is told, and how what they share is removed.

Each side states an end, and the earlier one counts: neither can put off the other's. Before it both are told;
at it all access between them gets an end, so many days later, within which either ends it by hand.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from bot.domain.contracts import MOST_OFFBOARDING_DAYS, Contract, Phase, earliest
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.limits import LONGEST_DAYS
from bot.domain.messages import Notice
from bot.domain.policy import may_administer
from bot.domain.requests import ErrorCode, FieldError, Revision
from bot.services import cards, consequences, deadlines, directory, grants, moves, readers, requests, reviewed
from bot.services.context import Context
from bot.services.readers import OF_PARTNERS
from bot.services.results import Contracted, Denied, Invalid
from bot.services.views.businesses import ContractView
from bot.store import tables
from bot.store.compiled import upsert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.store.compiled import Row

MOST_REPORTED = 40
"""How many grants a closing report lists; the others it counts."""

_contract = tables.table_of(tables.Contract)
_new: Any = upsert(_contract)
_KEEP = _new.on_conflict_do_update(
    index_elements=["business_id", "other_id"],
    set_={
        name: _new.excluded[name] for name in ("ends_at", "days", "set_by", "set_at", "due_at", "closed_at")
    },
)
_NEXT = (
    update(_contract)
    .where(
        _contract.c.business_id == bindparam("own"),
        _contract.c.other_id == bindparam("other"),
        _contract.c.due_at == bindparam("seen_at"),
    )
    .values(due_at=bindparam("look_at"), closed_at=bindparam("closed"))
)
_DUE = (
    select(_contract)
    .where(_contract.c.due_at <= bindparam("at"))
    .order_by(_contract.c.due_at)
    .limit(bindparam("most"))
)


def contract_between(ctx: Context, *, business_id: str, other_id: str) -> ContractView | None:
    """Return the contract of two businesses, as either side sees it; None where none has said anything."""
    rows = requests.stated(ctx, business_id, other_id)
    said = requests.stated_by(rows)
    contract = earliest(said.values())
    if contract is None:
        return None
    own, other = ctx.business_row(business_id), ctx.business_row(other_id)
    assert own is not None
    assert other is not None
    said_by = min(said, key=lambda one: (said[one].ends_at, said[one].days))
    closed = [row.closed_at for row in rows.values() if row.closed_at is not None]
    ended = grants.ended_between(
        ctx,
        business_id=business_id,
        other_id=other_id,
        since=contract.ends_at,
        limit=MOST_REPORTED,
    )
    stated = said.get(business_id)
    return ContractView(
        own=directory.party_of(own),
        other=directory.party_of(other),
        ends_at=contract.ends_at,
        days=contract.days,
        removed_at=contract.removed_at,
        said_by=directory.party_of(own if said_by == business_id else other),
        stated_at=stated.ends_at if stated else None,
        phase=requests.phase_of(rows, contract, now=ctx.now),
        closed_at=min(closed, default=None),
        left=grants.count_between(
            ctx, business_id=business_id, other_id=other_id, before=contract.removed_at
        ),
        ended=ended,
    )


def set_contract(
    ctx: Context, business_id: str, other_id: str, *, ends_at: datetime, days: int
) -> Contracted | Denied | Invalid:
    """State when the contract with a partner ends, and for how many days after it access is removed by hand.

    Any admin of either side. It can be moved earlier by either; later only as far as the other side's word
    allows, and not once it has ended.
    """
    rows = requests.stated(ctx, business_id, other_id)
    before = earliest(requests.stated_by(rows).values())
    phase = None if before is None else requests.phase_of(rows, before, now=ctx.now)
    ended = before if phase is not None and phase.is_winding_down else None
    if denied := _no_word(ctx, business_id, other_id, ended=ended):
        about = Subject(SubjectKind.BUSINESS, other_id)
        return ctx.deny(denied, about=about, business_id=ctx.own(business_id))
    other = ctx.business_row(other_id)
    assert other is not None
    if wrong := _wrong(ctx, ends_at=ends_at, days=days):
        return Invalid(field_errors=wrong)
    if phase is Phase.CLOSED:  # what was said of an earlier one is over
        rows = {}
    own = Contract(ends_at=ends_at, days=days)
    contract = _state(ctx, business_id, other_id, own, rows=rows)
    if contract != before:
        _tell(ctx, Notice.CONTRACT_SET, (business_id, other_id), (other_id, business_id))
    return Contracted(
        other=other.name,
        ends_at=contract.ends_at,
        days=contract.days,
        removed_at=contract.removed_at,
        is_own=contract == own,
        unheard=readers.unheard(ctx, other_id),
    )


def bring_over(ctx: Context, business_id: str, other_id: str, newer: Contract) -> None:
    """Have a business have stated this end, as a newer record has it, unless its own word is sooner here."""
    rows = requests.stated(ctx, business_id, other_id)
    said = requests.stated_by(rows)
    before = earliest(said.values())
    if before is not None and requests.phase_of(rows, before, now=ctx.now) is Phase.CLOSED:
        rows, said = {}, {}  # what was said of an earlier one is over
    own = said.get(business_id)
    if earliest([newer] if own is None else [newer, own]) != own:
        _state(ctx, business_id, other_id, newer, rows=rows)


def _state(
    ctx: Context, business_id: str, other_id: str, own: Contract, *, rows: Mapping[str, Row]
) -> Contract:
    """Have a business have stated an end, beside what the two said so far; return which end counts."""
    so_far = requests.stated_by(rows)
    before, said = earliest(so_far.values()), {**so_far, business_id: own}
    contract = earliest(said.values())
    assert contract is not None
    for own_id, partner_id in ((business_id, other_id), (other_id, business_id)):
        mine, kept = said.get(own_id), rows.get(own_id)
        is_new = own_id == business_id
        ctx.tx.run(
            _KEEP,
            business_id=own_id,
            other_id=partner_id,
            ends_at=mine.ends_at if mine else None,
            days=mine.days if mine else None,
            set_by=ctx.principal.person_id if is_new else kept and kept.set_by,
            set_at=ctx.now if is_new else kept and kept.set_at,
            due_at=rows[own_id].due_at
            if contract == before
            else _next_step(ctx, own_id, contract, since=ctx.now),
            closed_at=None,
        )
    moved_from = requests.ends_so_far(ctx, business_id, other_id)
    ctx.record(
        EventKind.BUSINESS_CONTRACT,
        Subject(SubjectKind.BUSINESS, business_id),
        business_id=business_id,
        counterpart_id=other_id,
        acting_for=business_id,
        ends_at=own.ends_at.isoformat(),
        days=own.days,
        counts=contract.ends_at.isoformat(),
    )
    if contract != before:
        _carry_along(ctx, business_id, other_id, moved_from, contract.ends_at)
        _show(ctx, business_id, other_id, than=min(one.removed_at for one in (before, contract) if one))
    return contract


def _no_word(ctx: Context, business_id: str, other_id: str, *, ended: Contract | None) -> Denied | None:
    """Return why the actor cannot say when the contract of two businesses ends; `ended`: it is over."""
    no = may_administer(ctx.principal, business=ctx.business(business_id)).reason
    if no is not None:
        return ctx.denial(no, business_id=business_id)
    other = ctx.business_row(other_id)
    if other is None or not requests.is_partner(ctx, business_id, other_id):
        return Denied(reason=DenialReason.UNKNOWN_PARTNER)
    if ended is not None:
        soon = ended.removed_at if ctx.now < ended.removed_at else None
        return Denied(reason=DenialReason.CONTRACT_ENDED, name=other.name, at=soon)
    return None


def _carry_along(
    ctx: Context, business_id: str, other_id: str, moved_from: frozenset[datetime], ends_at: datetime
) -> None:
    """Have what ends with the contract follow its new end: access only to an earlier one, the rest to any."""
    for grant in grants.longer_between(ctx, business_id=business_id, other_id=other_id, than=ends_at):
        if requests.ends_with(ctx, grant, moved_from):
            grants.shorten(ctx, grant, ends_at)
    for request in requests.open_between(ctx, business_id, other_id):
        if request.term_until in moved_from and request.term_until != ends_at:
            moves.move_end(ctx, request, ends_at)
    requests.carry_drafts_along(ctx, business_id, other_id, moved_from=moved_from, ends_at=ends_at)


def _show(ctx: Context, business_id: str, other_id: str, *, than: datetime) -> None:
    """Have the cards of what is shared for longer say that it ends with the contract, and when."""
    longer = grants.longer_between(ctx, business_id=business_id, other_id=other_id, than=than)
    for request_id in dict.fromkeys(grant.request_id for grant in longer):
        request = moves.find_row(ctx.tx, request_id)
        assert request is not None
        cards.follow(ctx, request_id, version=request.version)
    for grant in longer:
        cards.follow(ctx, grant.id, version=grant.version)
        consequences.end_shown(ctx, grant.id)
    reviewed.shortened(ctx, *(grant.id for grant in longer))
    if longer:
        cards.publish_homes(ctx, (business_id, other_id))


def _wrong(ctx: Context, *, ends_at: datetime, days: int) -> tuple[FieldError, ...]:
    found = []
    if ends_at <= ctx.now:
        found.append(FieldError(field="until", code=ErrorCode.DATE_PAST))
    elif ends_at > ctx.now + timedelta(days=LONGEST_DAYS):
        found.append(FieldError(field="until", code=ErrorCode.DATE))
    if not 0 <= days <= MOST_OFFBOARDING_DAYS:
        found.append(FieldError(field="days", code=ErrorCode.NUMBER, got=f"0 to {MOST_OFFBOARDING_DAYS}"))
    return tuple(found)


def _tell(ctx: Context, notice: Notice, *sides: tuple[str, str]) -> None:
    """Tell each of these businesses of its contract with the other."""
    cards.notify(ctx, notice, *(cards.Happened(f"{own}{OF_PARTNERS}{other}", 1) for own, other in sides))


# --- the clock ---------------------------------------------------------------------------------------


def contracts_due(ctx: Context, *, limit: int = 100) -> int:
    """Announce the ends of contracts, and wind down those that have ended, at most `limit`. A sweep's step.

    Each side's row has that side told. After an outage it is told once, of how things stand then.
    """
    taken = 0
    for row in ctx.some(ctx.tx.all(_DUE, at=ctx.now, most=limit)):
        taken += 1
        rows = requests.stated(ctx, row.business_id, row.other_id)
        contract = earliest(requests.stated_by(rows).values())
        assert contract is not None
        if ctx.now < contract.ends_at:
            since = _stated_at(rows, contract)
            _move(ctx, row, _next_step(ctx, row.business_id, contract, since=since))
            _announce(ctx, row, contract, EventKind.BUSINESS_CONTRACT_TOLD, Notice.CONTRACT_ENDS)
        else:
            _wind_down(ctx, row, contract)
    return taken


def _next_step(ctx: Context, business_id: str, contract: Contract, *, since: datetime) -> datetime:
    """Return when there is next something to do for one side, of an end that was stated at `since`."""
    side = ctx.business_row(business_id)
    assert side is not None
    working = deadlines.working_time_of_side(side)
    return contract.next_step(after=ctx.now, since=since, working=working)


def _stated_at(rows: Mapping[str, Row], contract: Contract) -> datetime:
    """Return when it was first said that the contract ends so."""
    said = requests.stated_by(rows)
    stated: list[datetime] = [row.set_at for side, row in rows.items() if said.get(side) == contract]
    return min(stated)


def _announce(ctx: Context, row: Row, contract: Contract, event: EventKind, notice: Notice) -> None:
    """Tell one side."""
    _record(ctx, row, event, ends_at=contract.ends_at.isoformat())
    _tell(ctx, notice, (row.business_id, row.other_id))


def _wind_down(ctx: Context, row: Row, contract: Contract) -> None:
    """Give what is shared its end; once it is gone, report that to this side."""
    pair = {"business_id": row.business_id, "other_id": row.other_id}
    requests.cut(ctx, row.business_id, row.other_id, contract)
    cards.follow_proposals(ctx, row.business_id)
    if grants.longer_between(ctx, **pair, than=contract.removed_at):
        return  # too much for one step: it is still due
    if not grants.count_between(ctx, **pair, before=contract.removed_at):
        _move(ctx, row, None, closed=ctx.now)
        _revise_open(ctx, row)
        _announce(ctx, row, contract, EventKind.BUSINESS_OFFBOARDED, Notice.CONTRACT_CLOSED)
        return
    _move(ctx, row, _next_step(ctx, row.business_id, contract, since=contract.ends_at))
    is_first = row.due_at <= contract.ends_at
    if is_first or row.due_at <= contract.removed_at <= ctx.now:  # what is given after that goes on
        _revise_open(ctx, row)
    if is_first:
        _announce(ctx, row, contract, EventKind.BUSINESS_CONTRACT_ENDED, Notice.CONTRACT_ENDED)


def _revise_open(ctx: Context, row: Row) -> None:
    """Have the cards of what is open between two businesses say, or no longer, that they are off-boarding.

    Each side has a row: those of one of them are enough.
    """
    if row.business_id < row.other_id:
        for request in requests.open_between(ctx, row.business_id, row.other_id):
            moves.revise(ctx, request, Revision.CONTRACT)


def _move(ctx: Context, row: Row, look_at: datetime | None, *, closed: datetime | None = None) -> None:
    ctx.tx.run(
        _NEXT,
        own=row.business_id,
        other=row.other_id,
        seen_at=row.due_at,
        look_at=look_at,
        closed=closed,
    )


def _record(ctx: Context, row: Row, event: EventKind, **facts: Any) -> None:
    ctx.record(
        event,
        Subject(SubjectKind.BUSINESS, row.business_id),
        business_id=row.business_id,
        counterpart_id=row.other_id,
        **facts,
    )
