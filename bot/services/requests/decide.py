"""Deciding: the one gate for every approval and every decline, wherever it comes from.

Who may decide, which version they looked at and what may be given is looked up in the transaction that
decides. A denial is an answer with its reason and its event, and commits like an approval.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.kinds import RULES, RequestKind
from bot.domain.limits import LONGEST_NOTE
from bot.domain.policy import may_approve_further, required_approvals_for
from bot.domain.requests import Approve, Decline, ErrorCode, FieldError, RequestState, Term, Verdict, too_long
from bot.services import approvers, grants, moves, readers, voices
from bot.services.context import Context, lock_of_pair
from bot.services.requests.contract_ends import objection_to_extending
from bot.services.requests.giving import items_so_far, record_decision, settle
from bot.services.requests.kinds import KINDS, Proposal, ProposedItem
from bot.services.requests.over import outcome
from bot.services.results import Denied, Invalid, Moved
from bot.store.tx import Lock, concurrent

if TYPE_CHECKING:
    from bot.store.compiled import Row


@concurrent
def decide(
    ctx: Context, request_id: str, *, verdict: Verdict, expected_version: int
) -> Moved | Denied | Invalid:
    """Decide on a request.

    `expected_version` is the version that the approver looked at. The request, the actor's memberships and
    the policy are read in this transaction, so that somebody who lost the right a moment ago cannot decide.
    With enough approvals the request takes effect in the same transaction.
    """
    found = _decidable_by(ctx, request_id, expected_version=expected_version)
    if isinstance(found, Denied):
        return found
    if wrong := too_long(verdict.note, most=LONGEST_NOTE, field="note"):
        return Invalid(field_errors=wrong)
    if isinstance(verdict, Decline):
        return _decline(ctx, found, verdict, expected_version=expected_version)
    return _approve(ctx, found, verdict, expected_version=expected_version)


def may_decide_now(ctx: Context, request_id: str, *, expected_version: int) -> Denied | None:
    """Return why the actor may not decide now, or None: looked up before a modal is opened for it.

    A denial is recorded; an allowed answer promises nothing: `decide` looks again.
    """
    found = _decidable_by(ctx, request_id, expected_version=expected_version)
    return found if isinstance(found, Denied) else None


def _decidable_by(ctx: Context, request_id: str, *, expected_version: int) -> Row | Denied:
    """Return the request, if the actor may decide on it now."""
    request = moves.find_row(ctx.tx, request_id)
    if request is None:
        return ctx.deny(DenialReason.UNKNOWN_REQUEST, about=Subject(SubjectKind.REQUEST, request_id))
    if _take_turn(ctx, request):
        request = moves.find_row(ctx.tx, request_id)
        assert request is not None, "what was asked stays"
    permission = approvers.may_decide_on(ctx, request, expected_version=expected_version)
    if permission.reason is not None:
        return _deny_decision(ctx, permission.reason, request)
    return request


def _take_turn(ctx: Context, request: Row) -> bool:
    """Have decisions on this request happen one after the other. Return whether it must be read again.

    Decisions on other requests may be made meanwhile, but nothing is asked between these two businesses.
    """
    if request.deciding_id is None or request.extends_id is not None:  # other owners may be concerned
        ctx.tx.alone()
        return False
    pair = lock_of_pair(request.requesting_id, request.deciding_id, shared=True)
    return ctx.tx.lock(pair, Lock("request", (request.id,)))


def _decline(ctx: Context, request: Row, verdict: Decline, *, expected_version: int) -> Moved:
    # An approver who changes their mind has decided twice: the decline is kept beside the approval, in a
    # round of its own.
    again = ctx.principal.person_id in approvers.approved_by(ctx.tx, request.id, the_round=request.round)
    the_round = request.round + 1 if again else request.round
    record_decision(
        ctx,
        request,
        ctx.principal.person_id,
        the_round=the_round,
        approves=False,
        note=verdict.note,
        expected_version=expected_version,
    )
    version = moves.move(ctx, request, RequestState.DECLINED, note=verdict.note)
    return Moved(
        request_id=request.id,
        ref=request.ref,
        kind=RequestKind(request.kind),
        state=RequestState.DECLINED,
        version=version,
        approvals=request.approvals,
        required_approvals=request.required_approvals,
        unheard=readers.unheard(ctx, request.requesting_id),
    )


def _approve(
    ctx: Context, request: Row, verdict: Approve, *, expected_version: int
) -> Moved | Denied | Invalid:
    assert ctx.principal.person_id is not None
    further = may_approve_further(ctx.actor, approvals=request.approvals)
    if further.reason is not None:
        return _deny_decision(ctx, further.reason, request)
    kind = RequestKind(request.kind)
    before = items_so_far(moves.items_of(ctx.tx, request.id))
    requested = moves.requested_term(request)
    term_before = moves.given_term(request) or requested
    items = [_as_given(item, verdict) for item in before]
    given = [item for item in items if item.tasks]
    assets = sorted({item.asset_id for item in given if item.asset_id is not None})
    if assets:  # what the holder has of each must stay as it is read
        ctx.tx.lock(*(Lock("held", (asset, request.holder_id)) for asset in assets))
    # Days that the first approval fixed are counted from now, and may reach past the date that was requested.
    limit = term_before if term_before.is_within(requested, at=ctx.now) else requested
    term = verdict.term or limit
    no = _narrowing_objection(
        ctx, request, verdict, before=before, items=items, given=given, term=term, limit=limit
    ) or _objection(ctx, request, given, term=term)
    if isinstance(no, Denied):
        return ctx.deny(no, about=_subject(request), business_id=request.deciding_id)
    if no is not None:
        return no

    is_new_round = request.state == RequestState.IN_REVIEW and (items != before or term != limit)
    the_round = request.round + 1 if is_new_round else request.round
    approved_by: set[str] = set()
    if request.state == RequestState.IN_REVIEW and not is_new_round:
        approved_by = approvers.approved_by(ctx.tx, request.id, the_round=the_round)
    # An approval of somebody who has since lost the right no longer counts.
    able = approvers.eligible(ctx.tx, request) if approved_by else []
    agreed = [person for person in able if person.id in approved_by]
    beside = voices.objection_beside(ctx, request.deciding_id, agreed)
    if beside is not None:
        beside = replace(beside, ref=request.ref)
        return ctx.deny(beside, about=_subject(request), business_id=request.deciding_id)
    fixed = moves.Fixed(
        term=term,
        round=the_round,
        approvals=voices.count(
            ctx, request.deciding_id, {*(person.id for person in agreed), ctx.principal.person_id}
        ),
        required_approvals=required_approvals_for(
            kind, quorum=request.quorum, given=[(item.kind, item.tasks) for item in given]
        ),
    )
    if ctx.principal.person_id not in approved_by:
        record_decision(
            ctx,
            request,
            ctx.principal.person_id,
            the_round=the_round,
            approves=True,
            note=verdict.note,
            expected_version=expected_version,
        )
    elif fixed.approvals < fixed.required_approvals:
        return _deny_decision(ctx, DenialReason.APPROVED_ALREADY, request)
    return settle(ctx, request, items, fixed, note=verdict.note)


def _subject(request: Row) -> Subject:
    return Subject(SubjectKind.REQUEST, request.id)


def _as_given(item: ProposedItem, verdict: Approve) -> ProposedItem:
    tasks = frozenset((verdict.given or {}).get(item.position, item.tasks))
    # What is declined is bound to nothing: whether an asset fits is looked at only where it is given.
    asset_id = verdict.bound.get(item.position, item.asset_id) if tasks else item.asset_id
    return replace(item, tasks=tasks, asset_id=asset_id)


def _proposal(request: Row, given: list[ProposedItem]) -> Proposal:
    return Proposal(
        kind=RequestKind(request.kind),
        requesting_id=request.requesting_id,
        deciding_id=request.deciding_id,
        owner_id=request.owner_id,
        holder_id=request.holder_id,
        items=given,
        request=request,
    )


def _objection(ctx: Context, request: Row, given: list[ProposedItem], *, term: Term) -> Denied | None:
    """Return why this cannot be given now, or adds nothing: an extension ends later than what it extends."""
    no = KINDS[RequestKind(request.kind)].objection(ctx, _proposal(request, given))
    extended = grants.grant_view(ctx.tx, request.extends_id) if request.extends_id else None
    if no is not None or extended is None or extended.ends_at is None:
        return no
    no = objection_to_extending(ctx, extended, partner=extended.holder)
    if no is not None:
        return replace(no, about=_subject(request), ref=request.ref)
    ends_at = term.ends_at(starts_at=ctx.now)
    if ends_at is None or ends_at > extended.ends_at:
        return None
    return Denied(
        reason=DenialReason.NOT_LONGER,
        about=_subject(request),
        ref=request.ref,
        field="term",
        name=extended.asset_name,
    )


def _narrowing_objection(
    ctx: Context,
    request: Row,
    verdict: Approve,
    *,
    before: list[ProposedItem],
    items: list[ProposedItem],
    given: list[ProposedItem],
    term: Term,
    limit: Term,
) -> Denied | Invalid | None:
    """Return why this is no approval of what was requested: more than that, nothing, or an asset missing."""
    here = Denied(reason=DenialReason.WIDER, about=_subject(request), ref=request.ref)
    positions = {item.position for item in before}
    if not {*(verdict.given or {}), *verdict.bound} <= positions:
        return replace(here, field="items")
    for item, fixed in zip(items, before, strict=True):
        if not item.tasks <= fixed.tasks:
            return replace(here, field=item.field, tasks=fixed.tasks)
        if item not in given:
            continue
        if item.asset_id is None:
            return replace(here, reason=DenialReason.UNBOUND, field=item.field)
        # What was named, or bound by the first approval, cannot be swapped for another.
        if fixed.asset_id not in {None, item.asset_id}:
            return replace(here, field=item.field)
    is_narrowed = term != limit or any(
        item.tasks != fixed.tasks for item, fixed in zip(items, before, strict=True)
    )
    if is_narrowed and not RULES[RequestKind(request.kind)].may_narrow:
        return replace(here, reason=DenialReason.WHOLE_ONLY, field="items")
    named = [item.asset_id for item in items if item.asset_id]
    if len(set(named)) < len(named):
        twice = next(asset for asset in named if named.count(asset) > 1)
        return Invalid(field_errors=(FieldError(field="items", code=ErrorCode.SAME_ASSET_TWICE, got=twice),))
    if not given:
        return replace(here, reason=DenialReason.NOTHING_GIVEN, field="items")
    field_error = term.field_error(now=ctx.now)
    if field_error is not None:
        return Invalid(field_errors=(field_error,))
    return None if term.is_within(limit, at=ctx.now) else replace(here, field="term")


def _deny_decision(ctx: Context, reason: DenialReason, request: Row) -> Denied:
    """Deny a decision, and tell what became of the request to those alone who may know."""
    denied = Denied(reason=reason)
    if request.deciding_id in ctx.principal.memberships or approvers.may_act_on(ctx, request).is_allowed:
        denied = replace(denied, about=_subject(request), ref=request.ref)
    if reason in {DenialReason.ALREADY_OVER, DenialReason.EXPIRED}:  # of which the entitled alone are told
        denied = outcome(ctx, request) or denied
    return ctx.deny(denied, about=_subject(request), business_id=request.deciding_id)
