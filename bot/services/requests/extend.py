"""Asking for more time with a grant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import bindparam, select

from bot.domain.actors import Business
from bot.domain.denials import LIMITS, DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.grants import GrantState
from bot.domain.kinds import Gives, gives_of, kind_to_extend
from bot.domain.limits import LONGEST_DAYS
from bot.domain.requests import NewItem, NewRequest, RequestState, Term
from bot.services import cards, directory, grants, moves
from bot.services.context import Context
from bot.services.requests.contract_ends import objection_to_extending
from bot.services.requests.send import new_ref, send
from bot.services.results import Denied, Invalid, Moved, Sent
from bot.services.views.access import GrantView
from bot.services.views.parties import Party
from bot.store import tables

_request = tables.table_of(tables.Request)

_EXTENSIONS = select(_request.c.id, _request.c.ref).where(
    _request.c.extends_id == bindparam("grant"),
    _request.c.state.in_((RequestState.PENDING, RequestState.IN_REVIEW)),
)


def extend(ctx: Context, grant_id: str, *, term: Term, reason: str) -> Sent | Moved | Denied | Invalid:
    """Ask the owner for more time than a grant says: a request like any other, which names the grant.

    Days are counted from the grant's end. Any admin of the holder, while the grant is in force. Approved, it
    is a new grant of the same until that later end; the old one ends when it says.
    """
    grant = grants.grant_view(ctx.tx, grant_id)
    business = ctx.business(grant.holder.id) if grant else None
    no = grants.denial_for_holder(ctx.principal, business)
    if no is not None:
        return ctx.deny(no, about=Subject(SubjectKind.GRANT, grant_id))
    assert grant is not None
    assert business is not None, "nobody holds anything for none"
    denied = _no_extension(ctx, grant)
    if denied is not None:
        return ctx.deny(denied, about=Subject(SubjectKind.GRANT, grant.id), business_id=business.id)
    wrong = term.field_error(now=ctx.now)
    if wrong is not None:
        return Invalid(field_errors=(wrong,))
    assert grant.ends_at is not None
    ends_at = term.ends_at(starts_at=grant.ends_at)
    gives = gives_of(grant.tasks)
    new = NewRequest(
        requesting_id=business.id,
        deciding_id=grant.owner.id,
        items=(NewItem(kind=grant.kind, tasks=grant.tasks, asset_id=grant.asset_id),),
        reason=reason,
        kind=kind_to_extend(gives),
        people=_still_for(ctx, grant),
        term=Term.till(ends_at) if ends_at else term,
    )
    field_errors = new.field_errors(now=ctx.now)
    if field_errors:
        return Invalid(field_errors=field_errors)
    last = ends_at - timedelta(seconds=1) if ends_at else ctx.now + timedelta(days=2 * LONGEST_DAYS)
    held, coming = grants.held_and_coming(
        ctx.tx, gives, asset_id=grant.asset_id, holder_id=business.id, at=last
    )
    if grant.tasks <= held:
        longer = Denied(reason=DenialReason.GRANTED_ALREADY, field="term", name=grant.asset_name, tasks=held)
        return ctx.deny(longer, business_id=business.id)
    if grant.tasks <= held | coming:
        longer = Denied(reason=DenialReason.COMING_ALREADY, name=grant.asset_name)
        return ctx.deny(longer, business_id=business.id)
    denied = _no_request(ctx, business, grant.owner)
    if denied is not None:
        return ctx.deny(denied, business_id=business.id)
    sent = send(ctx, new, author_id=None, ref=new_ref(ctx.tx), extends=grant)
    cards.follow(ctx, grant.id, version=grant.version)
    return sent


def why_not_extend(ctx: Context, grant: GrantView) -> Denied | None:
    """Return why its holder cannot ask for more time now, whatever they would ask for; None: they can."""
    business = ctx.business(grant.holder.id)
    assert business is not None, "nobody holds anything for none"
    return _no_extension(ctx, grant) or _no_request(ctx, business, grant.owner)


def _no_request(ctx: Context, business: Business, owner: Party) -> Denied | None:
    """Return why a business cannot ask this owner for anything now."""
    reason = directory.may_business_request(ctx, requesting=business, owner_id=owner.id).reason
    return None if reason is None else Denied(reason=reason, name=owner.name, count=LIMITS.get(reason, 0))


def _still_for(ctx: Context, grant: GrantView) -> tuple[str, ...]:
    """Return those for whom a grant was and who have something of it: who was taken off it stays off it."""
    gives, holder_id = gives_of(grant.tasks), grant.holder.id
    return tuple(
        person
        for person in moves.people_of(ctx.tx, grant.request_id)
        if directory.is_member(ctx.tx, person, business_id=holder_id)
        and (
            gives is not Gives.TASKS
            or grants.assigned_with(ctx, person, business_id=holder_id, asset_id=grant.asset_id)
        )
    )


def _no_extension(ctx: Context, grant: GrantView) -> Denied | None:
    """Return why a grant cannot be extended.

    It is over, has no end, its owner gave the asset up, an extension is open, or the contract has ended.
    """
    here = grants.outcome(grant)
    if grant.state is not GrantState.ACTIVE or (grant.ends_at is not None and grant.ends_at <= ctx.now):
        return here
    if grant.ends_at is None:
        return replace(here, reason=DenialReason.GRANTED_ALREADY, field="term", tasks=grant.tasks)
    asset = directory.find_asset(ctx.tx, grant.asset_id)
    assert asset is not None, "what a grant is of stays"
    if asset.owner is None:
        return Denied(reason=DenialReason.OWNED_BY_NOBODY, name=grant.asset_name, ref=grant.ref)
    for row in ctx.tx.all(_EXTENSIONS, grant=grant.id):
        return Denied(
            reason=DenialReason.OPEN_ALREADY,
            about=Subject(SubjectKind.REQUEST, row.id),
            ref=row.ref,
            name=grant.asset_name,
        )
    return objection_to_extending(ctx, grant, partner=grant.owner)
