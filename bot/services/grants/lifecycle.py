"""How a grant comes into force, and the one function that moves it on.

Where the record alone gives access it is in force at once. Where the owner is connected to Meta it waits
(PENDING) for what `bot.services.grants.at_meta` learns from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from bot.domain.assets import Tasks, capability_in, pack
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import GOING_ON, MOVES, GrantState
from bot.domain.kinds import RULES, RequestKind, Side, gives_of
from bot.domain.nudging import next_warning
from bot.domain.policy import NOT_YET_KNOWN
from bot.domain.requests import Term
from bot.errors import AlreadyDecided
from bot.services import cards, consequences, deadlines, directory, moves, reviewed
from bot.services.context import Context
from bot.services.enforcing import is_connected
from bot.services.grants.assignments import assign, assigned_to, why_not
from bot.services.grants.effective import given_by
from bot.store import outbox, tables
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_grant = tables.table_of(tables.Grant)
_request = tables.table_of(tables.Request)

_INSERT = insert(_grant).returning(*_grant.c)
_MOVE = (
    update(_grant)
    .where(
        _grant.c.id == bindparam("grant"),
        _grant.c.state == bindparam("from_state"),
        _grant.c.version == bindparam("expected_version"),
    )
    .values(
        state=bindparam("to_state"),
        version=_grant.c.version + 1,
        ended_at=bindparam("ended"),
        end_reason=bindparam("why"),
        ended_by=bindparam("by_whom"),
        ended_program=bindparam("by_program"),
        end_note=bindparam("with_note"),
        starts_at=bindparam("starts"),
        ends_at=bindparam("ends"),
        warn_at=bindparam("warn_next"),
        obstacle=bindparam("in_the_way"),
        look_at=bindparam("look_next"),
    )
    .returning(*_grant.c)
)
_SHORTEN = (
    update(_grant)
    .where(
        _grant.c.id == bindparam("grant"),
        _grant.c.state.in_(sorted(GOING_ON)),
        _grant.c.version == bindparam("expected_version"),
    )
    .values(
        version=_grant.c.version + 1,
        ends_at=bindparam("new_end"),
        warn_at=bindparam("warn_next"),
        look_at=bindparam("look_next"),
    )
)
_LOOK_AGAIN = (
    update(_grant)
    .where(_grant.c.id == bindparam("grant"), _grant.c.look_at.is_not_distinct_from(bindparam("seen_at")))
    .values(look_at=bindparam("look_next"))
)
_PASS = (
    update(_grant)
    .where(
        _grant.c.id == bindparam("grant"),
        _grant.c.state == GrantState.ACTIVE,
        _grant.c.version == bindparam("expected_version"),
    )
    .values(version=_grant.c.version + 1, owner_id=bindparam("new_owner"), passed_at=bindparam("at"))
    .returning(*_grant.c)
)
_GRANT = select(_grant).where(_grant.c.id == bindparam("grant"))
_EXTENDED = select(_grant.c.id, _grant.c.version).where(
    _grant.c.id
    == select(_request.c.extends_id).where(_request.c.id == bindparam("request")).scalar_subquery()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One item as it was approved: the tasks or, for some kinds, the capability that the grant gives."""

    position: int
    asset_id: str
    tasks: Tasks


def find_grant(tx: Tx, grant_id: str) -> Row | None:
    """Return a grant's row, or None."""
    return tx.one(_GRANT, grant=grant_id)


def move(
    ctx: Context,
    grant: Row,
    to: GrantState,
    *,
    acting_for: str | None,
    parted: bool = False,
    **changes: Any,
) -> Row:
    """Take a grant a step further. Each step clears its warning and its obstacle, unless it gives new ones.

    `parted`: with the partnership. Raise AlreadyDecided if somebody else moved it.
    """
    assert to in MOVES[GrantState(grant.state)], f"{grant.state} does not lead to {to}"
    values = {
        "ended": grant.ended_at,
        "why": grant.end_reason,
        "by_whom": grant.ended_by,
        "by_program": grant.ended_program,
        "with_note": grant.end_note,
        "starts": grant.starts_at,
        "ends": grant.ends_at,
        "warn_next": None,
        "in_the_way": None,
        "look_next": None,
        **changes,
    }
    after = ctx.tx.one(
        _MOVE, grant=grant.id, from_state=grant.state, expected_version=grant.version, to_state=to, **values
    )
    if after is None:
        raise AlreadyDecided(f"grant {grant.id} is no longer {grant.state}")
    note = changes.get("with_note")
    _record(ctx, after, GrantState(grant.state), acting_for=acting_for, note=note, parted=parted)
    cards.follow(ctx, after.id, version=after.version)
    _follow_extended(ctx, after)
    reviewed.gone(ctx, after)
    return after


def _follow_extended(ctx: Context, grant: Row) -> None:
    """Have the warning of the end of what a grant extends follow, also once that is over."""
    for extended in ctx.tx.all(_EXTENDED, request=grant.request_id):
        cards.follow(ctx, extended.id, version=extended.version)


def shorten(
    ctx: Context, grant: Row, ends_at: datetime, *, acting_for: str | None = None, warned: bool = False
) -> None:
    """Bring the end of a grant forward, also of one that is not in force yet. Who does that tells of it.

    `warned`: its holder is warned before it, as of any end, unless they said that it may end; of the end of a
    contract other notices tell.
    """
    assert grant.ends_at is None or ends_at < grant.ends_at, "an end is only brought forward"
    in_force = grant.state == GrantState.ACTIVE
    warn_at = None
    if warned and not grant.may_end:
        request = moves.find_row(ctx.tx, grant.request_id)
        assert request is not None
        warn_at = _first_warning(ctx, request, ends_at)
    how = {"new_end": ends_at, "look_next": None if in_force else ends_at, "warn_next": warn_at}
    shortened = ctx.tx.touched(_SHORTEN, grant=grant.id, expected_version=grant.version, **how)
    if shortened != 1:
        raise AlreadyDecided(f"grant {grant.id} was moved by somebody else")
    ctx.record(
        EventKind.GRANT_SHORTENED,
        Subject(SubjectKind.GRANT, grant.id),
        business_id=grant.owner_id,
        counterpart_id=grant.holder_id,
        acting_for=acting_for,
        version=int(grant.version) + 1,
        ends_at=ends_at.isoformat(),
    )
    _follow_extended(ctx, grant)
    reviewed.shortened(ctx, grant.id)
    request = moves.find_row(ctx.tx, grant.request_id)
    assert request is not None
    cards.follow(ctx, request.id, version=request.version)
    if in_force:
        consequences.grant_shortened(ctx, grant, ends_at, gives_of(given_by(grant)))


def look_again(ctx: Context, grant: Row, at: datetime | None) -> bool:
    """Have the clock look at a grant at this time; None: no more. False: somebody else has seen to it."""
    return ctx.tx.touched(_LOOK_AGAIN, grant=grant.id, seen_at=grant.look_at, look_next=at) == 1


def pass_to(ctx: Context, grant: Row, owner_id: str) -> Row:
    """Have a grant go on under another owner; who gave it can no longer undo that."""
    after = ctx.tx.one(_PASS, grant=grant.id, expected_version=grant.version, new_owner=owner_id, at=ctx.now)
    if after is None:
        raise AlreadyDecided(f"grant {grant.id} was moved by somebody else")
    ctx.record(
        EventKind.GRANT_PASSED,
        Subject(SubjectKind.GRANT, grant.id),
        business_id=owner_id,
        counterpart_id=grant.holder_id,
        acting_for=owner_id,
        version=after.version,
        owner=[grant.owner_id, owner_id],
    )
    cards.follow(ctx, grant.id, version=after.version)
    request = moves.find_row(ctx.tx, grant.request_id)
    assert request is not None
    moves.close_undo(ctx, request)
    reviewed.gone(ctx, after)
    reviewed.begin(ctx, owner_id)
    return after


def _record(
    ctx: Context,
    grant: Row,
    before: GrantState | None,
    *,
    acting_for: str | None,
    note: str | None = None,
    parted: bool = False,
) -> None:
    """Append that a grant went from the state `before` to the one its row is in."""
    facts: dict[str, Any] = {"obstacle": grant.obstacle} if grant.obstacle else {}
    if parted:
        facts["parted"] = True
    ctx.record(
        EventKind(f"grant.{grant.state.lower()}"),
        Subject(SubjectKind.GRANT, grant.id),
        business_id=grant.owner_id,
        counterpart_id=grant.holder_id,
        acting_for=acting_for,
        move=(before, grant.state),
        version=grant.version,
        text=note or None,
        request=grant.request_id,
        asset=grant.asset_id,
        tasks=pack(given_by(grant)),
        reason=grant.end_reason,
        **facts,
    )


def enforcing_id(request: Row) -> str | None:
    """Return the business whose token at Meta it takes to put in force what a request gives; None: none."""
    side = RULES[RequestKind(request.kind)].enforced_by
    if side is None:
        return None
    return str(request.requesting_id) if side is Side.REQUESTING else request.deciding_id


def waits_for_meta(tx: Tx, request: Row) -> bool:
    """Say whether what a request gives starts once Meta has put it in force.

    Meta offers no call that gives a capability.
    """
    business_id = enforcing_id(request)
    return business_id is not None and is_connected(tx, business_id)


def activate(
    ctx: Context,
    *,
    request: Row,
    given: Sequence[Given],
    term: Term,
    people: Sequence[str],
) -> None:
    """Give what was approved. Where Countersign itself keeps access it is in force at once.

    Its clock starts then. The request's people are assigned in the same moment, with the tasks given. What is
    kept at Meta waits until it is in force there.
    """
    waits = waits_for_meta(ctx.tx, request)
    for item in given:
        capability = capability_in(item.tasks)
        ends_at = term.until if waits else term.ends_at(starts_at=ctx.now)
        # Inserted as ACTIVE at version 2: where we keep access ourselves the step from PENDING takes no time.
        made = ctx.tx.one(
            _INSERT,
            id=directory.make_id(ctx.tx, NodeKind.GRANT),
            request_id=request.id,
            position=item.position,
            asset_id=item.asset_id,
            holder_id=request.holder_id,
            owner_id=request.owner_id,
            tasks="" if capability else pack(item.tasks),
            capability=capability,
            state=GrantState.PENDING if waits else GrantState.ACTIVE,
            version=1 if waits else 2,
            starts_at=None if waits else ctx.now,
            ends_at=ends_at,
            ended_at=None,
            end_reason=None,
            ended_by=None,
            ended_program=None,
            end_note="",
            warn_at=None if waits else _first_warning(ctx, request, ends_at),
            may_end=False,
            asked_at=ctx.now if waits else None,
            obstacle=None,
            look_at=ends_at if waits else None,
            passed_at=None,
        )
        assert made is not None
        _record(ctx, made, None if waits else GrantState.PENDING, acting_for=request.deciding_id)
        if waits:
            outbox.put_access(ctx.tx, asset_id=item.asset_id, holder_id=request.holder_id, now=ctx.now)
        else:
            _begin(ctx, made, request, people)


def put_in_force(ctx: Context, grant: Row) -> None:
    """Note that Meta has put a grant in force: its clock starts now. An end that it has already stays."""
    request = moves.find_row(ctx.tx, grant.request_id)
    assert request is not None
    term = moves.given_term(request)
    assert term is not None, "an approval fixes it"
    ends = (grant.ends_at, term.ends_at(starts_at=ctx.now))
    ends_at = min((end for end in ends if end is not None), default=None)
    warn_at = _first_warning(ctx, request, ends_at)
    after = move(
        ctx, grant, GrantState.ACTIVE, acting_for=None, starts=ctx.now, ends=ends_at, warn_next=warn_at
    )
    deadlines.access_began(ctx, request)
    _begin(ctx, after, request, moves.people_of(ctx.tx, request.id))


def _first_warning(ctx: Context, request: Row, ends_at: datetime | None) -> datetime | None:
    """Return when to warn first of an end that is set now, of what a request gave; None: not at all."""
    if ends_at is None:
        return None
    working = deadlines.working_time_of_holder(ctx, request)
    return next_warning(ends_at=ends_at, after=ctx.now, since=ctx.now, working=working)


def _begin(ctx: Context, grant: Row, request: Row, people: Sequence[str]) -> None:
    """Assign those for whom a request was, now that what it gave is in force."""
    reviewed.begin(ctx, grant.owner_id)
    given = given_by(grant)
    for person_id in () if grant.capability else people:  # of a capability there is nothing to assign
        one = {"asset_id": grant.asset_id, "business_id": grant.holder_id, "person_id": person_id}
        if why_not(ctx, person_id, business_id=grant.holder_id) not in {None, *NOT_YET_KNOWN}:
            continue  # they left since the request was made, or Slack says that they are nobody to assign
        before = assigned_to(ctx.tx, **one)
        if before and request.extends_id is not None:
            continue  # they go on with what they have, which may be less by now
        assign(
            ctx,
            **one,
            tasks=given | before,
            acting_for=request.deciding_id,
            request_id=request.id,
        )
    pair = {"asset_id": grant.asset_id, "holder_id": grant.holder_id}
    consequences.held_changed(ctx, gives_of(given), **pair, begun=grant.id)
