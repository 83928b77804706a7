"""How a grant comes into force, and the one function that moves it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, null, select, update

from bot.domain.assets import Tasks, capability_in, pack
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import MOVES, GrantState
from bot.domain.kinds import gives_of
from bot.domain.nudging import next_warning
from bot.domain.policy import NOT_YET_KNOWN
from bot.domain.requests import Term
from bot.errors import AlreadyDecided
from bot.services import cards, directory, moves
from bot.services.context import Context
from bot.services.grants.assignments import assign, assigned_to, why_not
from bot.services.grants.effective import given_by
from bot.store import tables
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_grant = tables.table_of(tables.Grant)

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
        end_note=bindparam("with_note"),
        warn_at=null(),
    )
    .returning(*_grant.c)
)
_SHORTEN = (
    update(_grant)
    .where(
        _grant.c.id == bindparam("grant"),
        _grant.c.state == GrantState.ACTIVE,
        _grant.c.version == bindparam("expected_version"),
    )
    .values(version=_grant.c.version + 1, ends_at=bindparam("new_end"), warn_at=null())
)
_GRANT = select(_grant).where(_grant.c.id == bindparam("grant"))


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
    **changes: Any,
) -> Row:
    """Take a grant a step further on the way out, after which nobody is warned of its end.

    Raise AlreadyDecided if somebody else moved it.
    """
    assert to in MOVES[GrantState(grant.state)], f"{grant.state} does not lead to {to}"
    values = {
        "ended": grant.ended_at,
        "why": grant.end_reason,
        "by_whom": grant.ended_by,
        "with_note": grant.end_note,
        **changes,
    }
    after = ctx.tx.one(
        _MOVE, grant=grant.id, from_state=grant.state, expected_version=grant.version, to_state=to, **values
    )
    if after is None:
        raise AlreadyDecided(f"grant {grant.id} is no longer {grant.state}")
    _record(ctx, after, GrantState(grant.state), acting_for=acting_for, note=changes.get("with_note"))
    cards.follow(ctx, grant.id, version=after.version)
    return after


def shorten(ctx: Context, grant: Row, ends_at: datetime) -> None:
    """Bring the end of a grant forward. Nobody is warned of it: who shortens it tells of that."""
    assert grant.ends_at is None or ends_at < grant.ends_at, "an end is only brought forward"
    shortened = ctx.tx.run(_SHORTEN, grant=grant.id, expected_version=grant.version, new_end=ends_at)
    if shortened != 1:
        raise AlreadyDecided(f"grant {grant.id} was moved by somebody else")
    ctx.record(
        EventKind.GRANT_SHORTENED,
        Subject(SubjectKind.GRANT, grant.id),
        business_id=grant.owner_id,
        counterpart_id=grant.holder_id,
        version=int(grant.version) + 1,
        ends_at=ends_at.isoformat(),
    )
    cards.follow(ctx, grant.id, version=int(grant.version) + 1)
    request = moves.find_row(ctx.tx, grant.request_id)
    assert request is not None
    cards.follow(ctx, request.id, version=request.version)
    gives = gives_of(given_by(grant))
    moves.held_changed(ctx, gives, asset_id=grant.asset_id, holder_id=grant.holder_id)


def _record(
    ctx: Context, grant: Row, before: GrantState, *, acting_for: str | None, note: str | None = None
) -> None:
    """Append that a grant went from the state `before` to the one its row is in."""
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
    )


def activate(
    ctx: Context,
    *,
    request: Row,
    given: Sequence[Given],
    term: Term,
    people: Sequence[str],
) -> None:
    """Give what was approved. In the embedded registry it is in force at once, and its clock starts.

    The request's people are assigned in the same moment, with the tasks given.
    """
    ends_at = term.ends_at(starts_at=ctx.now)
    for item in given:
        capability = capability_in(item.tasks)
        # Inserted as ACTIVE at version 2: in the embedded registry the step from PENDING takes no time.
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
            state=GrantState.ACTIVE,
            version=2,
            starts_at=ctx.now,
            ends_at=ends_at,
            ended_at=None,
            end_reason=None,
            ended_by=None,
            end_note="",
            warn_at=next_warning(ends_at=ends_at, after=ctx.now),
            may_end=False,
        )
        assert made is not None
        _record(ctx, made, GrantState.PENDING, acting_for=request.deciding_id)
        for person_id in () if capability else people:  # of a capability there is nothing to assign
            one = {"asset_id": item.asset_id, "business_id": request.holder_id, "person_id": person_id}
            if why_not(ctx, person_id, business_id=request.holder_id) not in {None, *NOT_YET_KNOWN}:
                continue  # they left since the request was made, or Slack says that they are nobody to assign
            assign(
                ctx,
                **one,
                tasks=item.tasks | assigned_to(ctx.tx, **one),
                acting_for=request.deciding_id,
                request_id=request.id,
            )
        moves.held_changed(ctx, gives_of(item.tasks), asset_id=item.asset_id, holder_id=request.holder_id)
