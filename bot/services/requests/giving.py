"""Giving what was approved, or what is the requester's own to give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, update

from bot.domain.actors import ApiSharing
from bot.domain.assets import Kind, pack, unpack
from bot.domain.findings import FindingState, Remedy
from bot.domain.kinds import RequestKind
from bot.domain.requests import RequestState
from bot.services import found, moves, readers
from bot.services.context import Context
from bot.services.requests.contract_ends import cut_what_is_new
from bot.services.requests.kinds import KINDS, ProposedItem
from bot.services.requests.standing import accepting, standing_for
from bot.services.results import Moved
from bot.store import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store.compiled import Row

_item = tables.table_of(tables.Item)

_INSERT_DECISION = insert(tables.table_of(tables.Decision))

_GIVE = (
    update(_item)
    .where(_item.c.request_id == bindparam("request"), _item.c.position == bindparam("at_position"))
    .values(given=bindparam("tasks_given"), asset_id=bindparam("asset"))
)


def confirm(ctx: Context, request_id: str) -> Moved:
    """Give at once what is the requester's own to give, for `send`: they decide, nobody else."""
    request = moves.find_row(ctx.tx, request_id)
    assert request is not None
    assert ctx.principal.person_id is not None
    return _give_whole(ctx, request, by=(ctx.principal.person_id,))


def give_directly(ctx: Context, request_id: str) -> Moved | None:
    """Give at once, for `send`, what its owner gives; None where the other side wants to accept it first."""
    request = moves.find_row(ctx.tx, request_id)
    assert request is not None
    assert request.deciding_id is not None
    receiving = ctx.business(request.deciding_id)
    assert receiving is not None
    if receiving.api_sharing is not ApiSharing.AT_ONCE:
        return None
    assert ctx.principal.person_id is not None
    direct = moves.Direct(by=(ctx.principal.person_id,))
    return _give_whole(ctx, request, by=direct.by, unasked=direct)


def give_found(ctx: Context, request_id: str, finding_id: str) -> Moved | None:
    """Record, for `send`, what the other side was found to have at Meta; None where it has that no more."""
    request, finding = moves.find_row(ctx.tx, request_id), found.find(ctx.tx, finding_id)
    assert request is not None
    if finding is None or finding.state == FindingState.CLOSED:
        return None
    whose = (finding.owner_id, finding.holder_id) == (request.owner_id, request.holder_id)
    items = items_so_far(moves.items_of(ctx.tx, request_id))
    differs = unpack(finding.tasks)
    if not whose or any(item.asset_id != finding.asset_id or not item.tasks <= differs for item in items):
        return None
    assert ctx.principal.person_id is not None
    by = ctx.principal.person_id
    found.move(ctx, finding, FindingState.CLOSED, chosen=Remedy.ADOPT, by_whom=by)
    unasked = moves.Found(by=(by,), finding_id=finding_id)
    return _give_whole(ctx, request, by=unasked.by, unasked=unasked)


def accept_by_standing(
    ctx: Context, request_id: str, *, requesting_id: str, deciding_id: str
) -> Moved | None:
    """Give at once, for `send`, what those who decide have accepted beforehand; None where they have not."""
    standing = standing_for(ctx, deciding_id, requesting_id)
    if standing is None:
        return None
    request = moves.find_row(ctx.tx, request_id)
    assert request is not None
    counting = accepting(ctx, request, items_so_far(moves.items_of(ctx.tx, request_id)), standing)
    return None if counting is None else _give_whole(ctx, request, by=counting.by, unasked=counting)


def _give_whole(
    ctx: Context, request: Row, *, by: Sequence[str], unasked: moves.Unasked | None = None
) -> Moved:
    """Give all that was requested, as these people approve it."""
    for person_id in by:
        record_decision(
            ctx,
            request,
            person_id,
            the_round=request.round,
            approves=True,
            note="",
            expected_version=request.version,
        )
    fixed = moves.Fixed(
        term=moves.requested_term(request),
        round=request.round,
        approvals=len(by),
        required_approvals=request.required_approvals if isinstance(unasked, moves.Standing) else 1,
    )
    items = items_so_far(moves.items_of(ctx.tx, request.id))
    return settle(ctx, request, items, fixed, note="", unasked=unasked)


def settle(
    ctx: Context,
    request: Row,
    items: list[ProposedItem],
    fixed: moves.Fixed,
    *,
    note: str,
    unasked: moves.Unasked | None = None,
) -> Moved:
    """Keep what is given so far; with enough approvals, give it."""
    kind = RequestKind(request.kind)
    ctx.tx.many(
        _GIVE,
        [
            {
                "request": request.id,
                "at_position": item.position,
                "tasks_given": pack(item.tasks),
                "asset": item.asset_id,
            }
            for item in items
        ],
    )
    is_enough = fixed.approvals >= fixed.required_approvals
    state = RequestState.APPROVED if is_enough else RequestState.IN_REVIEW
    version = moves.move(
        ctx,
        request,
        state,
        note=note,
        fixed=fixed,
        given={str(item.position): pack(item.tasks) for item in items},
        unasked=unasked,
    )
    if is_enough:
        assert fixed.term is not None
        given = [item for item in items if item.tasks]
        people = moves.people_of(ctx.tx, request.id)
        KINDS[kind].take_effect(ctx, request, given, term=fixed.term, people=people)
        if request.deciding_id:
            cut_what_is_new(ctx, request.requesting_id, request.deciding_id)
    return Moved(
        request_id=request.id,
        ref=request.ref,
        kind=kind,
        state=state,
        version=version,
        approvals=fixed.approvals,
        required_approvals=fixed.required_approvals,
        unheard=readers.unheard(ctx, request.requesting_id),
    )


def items_so_far(rows: list[Row]) -> list[ProposedItem]:
    """Return the items as a plain approval would give them: as the first one fixed them, or as requested."""
    return [
        ProposedItem(
            position=row.position,
            kind=Kind(row.kind),
            is_named=row.words is None,
            asset_id=row.asset_id,
            tasks=unpack(row.tasks if row.given is None else row.given),
        )
        for row in rows
    ]


def record_decision(
    ctx: Context,
    request: Row,
    person_id: str | None,
    *,
    the_round: int,
    approves: bool,
    note: str,
    expected_version: int,
) -> None:
    """Keep that a person approves or declines, in this round of the request."""
    ctx.tx.run(
        _INSERT_DECISION,
        request_id=request.id,
        round=the_round,
        person_id=person_id,
        approves=approves,
        expected_version=expected_version,
        note=note,
        at=ctx.now,
        program=ctx.actor.program,
    )
