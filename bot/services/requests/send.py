"""Sending a request: what stands against it, and the rows, cards and events that it becomes."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, insert, or_, select

from bot.domain.assets import pack
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import LEAVING, GrantState
from bot.domain.messages import Audience
from bot.domain.policy import required_approvals_for
from bot.domain.refs import make_ref
from bot.domain.requests import NewRequest, RequestState
from bot.services import approvers, cards, deadlines, directory
from bot.services.admins import in_reach
from bot.services.context import Context
from bot.services.requests.giving import accept_by_standing, confirm, give_directly, give_found
from bot.services.requests.kinds import KINDS, Proposal, ProposedItem
from bot.services.results import Denied, Invalid, Moved, Sent
from bot.services.views.access import GrantView
from bot.store import tables
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.tx import Tx

log = logging.getLogger(__name__)

_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_for_whom = tables.table_of(tables.RequestPerson)
_draft = tables.table_of(tables.Draft)
_grant = tables.table_of(tables.Grant)

_INSERT_REQUEST = insert(_request)
_INSERT_ITEM = insert(_item)
_INSERT_FOR_WHOM = insert(_for_whom)
_REF_TAKEN = (
    select(_request.c.id)
    .where(_request.c.ref == bindparam("ref"))
    .union_all(select(_draft.c.id).where(_draft.c.ref == bindparam("ref")))
)
_PAST = (
    select(func.count().label("past"), func.min(_request.c.created_at).label("first_seen"))
    .where(
        _request.c.requesting_id == bindparam("requesting"),
        _request.c.deciding_id == bindparam("deciding"),
        # Of any kind in the same direction: who asked for access before is no stranger when asking for more.
        _request.c.owner_id == bindparam("owner"),
    )
    .subquery()
)
_LIVE = select(func.count(_grant.c.asset_id.distinct())).where(
    _grant.c.owner_id == bindparam("owner"),
    _grant.c.holder_id == bindparam("holder"),
    or_(
        _grant.c.state.in_(sorted(LEAVING)),  # it is at Meta so far, also beyond its end
        and_(
            _grant.c.state == GrantState.ACTIVE,
            or_(_grant.c.ends_at.is_(None), _grant.c.ends_at > bindparam("at")),
        ),
    ),
)
_HAD = select(_PAST.c.past, _PAST.c.first_seen, _LIVE.scalar_subquery().label("live"))


def objection(ctx: Context, new: NewRequest) -> Invalid | Denied | None:
    """Return what is wrong with a request that somebody would send, or what the record says against it."""
    field_errors = new.field_errors(now=ctx.now)
    if field_errors:
        return Invalid(field_errors=field_errors)
    no = KINDS[new.kind].objection(ctx, _proposal(new))
    if no is not None:
        return no
    for person in new.people:
        if not directory.is_member(ctx.tx, person, business_id=new.holder_id):
            name = directory.name_at_home(ctx, person, business_id=new.requesting_id)
            return Denied(reason=DenialReason.UNKNOWN_PERSON, field="people", name=name)
    return None


def _proposal(new: NewRequest) -> Proposal:
    return Proposal(
        kind=new.kind,
        requesting_id=new.requesting_id,
        deciding_id=new.deciding_id,
        owner_id=new.owner_id,
        holder_id=new.holder_id,
        items=[
            ProposedItem(
                position=position,
                kind=item.kind,
                is_named=item.asset_id is not None,
                asset_id=item.asset_id,
                tasks=item.tasks,
            )
            for position, item in enumerate(new.items)
        ],
    )


def new_ref(tx: Tx) -> str:
    """Return a reference that no request and no draft has."""
    for digits in (4, 4, 4, 5, 6, 7, 7, 7):
        ref = make_ref(digits=digits)
        if not tx.all(_REF_TAKEN, ref=ref):
            return ref
    raise AssertionError("no free reference among billions")


def send(
    ctx: Context, new: NewRequest, *, author_id: str | None, ref: str, extends: GrantView | None = None
) -> Sent | Moved:
    """Write the request, and put the cards that follow; for callers that looked whether it may be sent.

    A request to extend a grant can be decided until that grant ends. What is the actor's own to give is given
    at once, and so is what they have accepted beforehand; the cards of those who could have decided say so.
    """
    deciding = approvers.side_to_ask(ctx, deciding_id=new.deciding_id, asset_ids=new.asset_ids)
    assert deciding is not None
    assert ctx.principal.person_id is not None
    request_id = directory.make_id(ctx.tx, NodeKind.REQUEST)
    extends_id = None if extends is None else extends.id
    granted_until = None if extends is None else extends.ends_at
    ends = (ctx.now + timedelta(days=deciding.expires_days), new.term.until, granted_until)
    deadline = deadlines.at_first(
        ctx, min(end for end in ends if end is not None), requesting_id=new.requesting_id
    )
    required_approvals = required_approvals_for(new.kind, quorum=deciding.quorum, given=new.levels)
    eligible = approvers.eligible_for(
        ctx.tx,
        new.kind,
        requesting_id=new.requesting_id,
        deciding_id=new.deciding_id,
        asset_ids=new.asset_ids,
        author_id=author_id,
    )
    had = ctx.tx.one(
        _HAD,
        requesting=new.requesting_id,
        deciding=new.deciding_id,
        owner=new.owner_id,
        holder=new.holder_id,
        at=ctx.now,
    )
    assert had is not None
    ctx.tx.run(
        _INSERT_REQUEST,
        id=request_id,
        ref=ref,
        kind=new.kind,
        state=RequestState.PENDING,
        version=1,
        requesting_id=new.requesting_id,
        deciding_id=new.deciding_id,
        owner_id=new.owner_id,
        holder_id=new.holder_id,
        requester_id=ctx.principal.person_id,
        author_id=author_id,
        reason=new.reason,
        term_kind=new.term.kind,
        term_days=new.term.days,
        term_until=new.term.until,
        given_kind=None,
        given_days=None,
        given_until=None,
        round=1,
        approvals=0,
        required_approvals=required_approvals,
        quorum=deciding.quorum,
        created_at=ctx.now,
        expires_at=deadline.expires_at,
        over_at=None,
        over_by=None,
        over_program=None,
        note="",
        extends_id=extends_id,
        nudge_at=deadline.nudge_at,
        warn_at=deadline.warn_at,
        undo_until=None,
        reminded_at=None,
        undone_at=None,
        undone_by=None,
        works=None,
        works_at=None,
        works_by=None,
        program=new.program,
        past_requests=had.past,
        first_seen=had.first_seen,
        live_assets=had.live,
    )
    ctx.tx.many(
        _INSERT_ITEM,
        [
            {
                "request_id": request_id,
                "position": position,
                "request_kind": new.kind,
                "holder_id": new.holder_id,
                "is_open": True,
                "is_extension": extends_id is not None,
                "kind": item.kind,
                "asset_id": item.asset_id,
                "words": None if item.asset_id else item.words,
                "tasks": pack(item.tasks),
                "given": None,
            }
            for position, item in enumerate(new.items)
        ],
    )
    ctx.tx.many(
        _INSERT_FOR_WHOM,
        [{"request_id": request_id, "person_id": person} for person in dict.fromkeys(new.people)],
    )
    ctx.record(
        EventKind.REQUEST_PENDING,
        Subject(SubjectKind.REQUEST, request_id),
        business_id=new.requesting_id,
        counterpart_id=new.deciding_id,
        acting_for=new.requesting_id,
        policy_version=deciding.policy_version,
        move=(None, RequestState.PENDING),
        version=1,
        text=new.reason,
        ref=ref,
        kind=str(new.kind),
        items=items_as_recorded(new),
        required_approvals=required_approvals,
        author=author_id,
        extends=extends_id,
    )
    cards.post_to_business(ctx, request_id, Audience.APPROVERS, deciding, version=1, eligible=eligible)
    mine = {"team_id": ctx.principal.team_id, "user_id": ctx.principal.user_id}
    cards.post(ctx, request_id, Audience.REQUESTER, version=1, **mine)
    if author_id not in {None, ctx.principal.person_id}:  # who sends their own draft has the requester's
        cards.post_to_person(ctx, request_id, Audience.AUTHOR, author_id, version=1)
    able = len(in_reach(ctx.tx, eligible))
    if able < required_approvals:
        log.warning("request %s needs %d approvals, and %d can give one", ref, required_approvals, able)
    if approvers.is_own(ctx, new.kind, new.asset_ids):
        return confirm(ctx, request_id)
    if new.found and (given := give_found(ctx, request_id, new.found)) is not None:
        return given
    if new.direct and (given := give_directly(ctx, request_id)) is not None:
        return given
    if new.deciding_id is not None:
        accepted = accept_by_standing(
            ctx, request_id, requesting_id=new.requesting_id, deciding_id=new.deciding_id
        )
        if accepted is not None:
            return accepted
    cards.publish_homes_of(ctx, request_id, new.requesting_id, new.deciding_id)
    return Sent(
        request_id=request_id,
        ref=ref,
        kind=new.kind,
        owner=deciding.name,
        admins=able,
        required_approvals=required_approvals,
    )


def items_as_recorded(new: NewRequest) -> list[Any]:
    """Return the items as the journal keeps them: kind, asset and tasks."""
    return [{"kind": str(item.kind), "asset": item.asset_id, "tasks": pack(item.tasks)} for item in new.items]
