"""How grants end: revoked by the owner, relinquished by the holder, undone, or their end reached.

What Meta keeps is ENDING until it is seen there that it is gone (`at_meta`), and only then told as ended.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.grants import GOING_ON, EndReason, GrantState, Named
from bot.domain.kinds import gives_of
from bot.domain.limits import LONGEST_NOTE, MOST_ENDED
from bot.domain.messages import Notice
from bot.domain.policy import may_administer
from bot.domain.requests import too_long
from bot.services import cards, consequences, directory, readers
from bot.services.context import Context
from bot.services.grants.assignments import trim_assignments
from bot.services.grants.choices import Choice, mark_of, named
from bot.services.grants.effective import given_by, tasks_held
from bot.services.grants.ends_told import over_at_once
from bot.services.grants.lifecycle import find_grant, move
from bot.services.grants.lists import grant_view
from bot.services.results import Denied, Ended, Invalid
from bot.store import outbox, tables

if TYPE_CHECKING:
    from bot.services.views.access import GrantView
    from bot.store.compiled import Row

GONE_WITHIN = timedelta(seconds=60)
"""How long taking access away at Meta may take before it is an alarm."""

_grant = tables.table_of(tables.Grant)
_request = tables.table_of(tables.Request)

_TOLD_WITH = select(_request.c.id, _request.c.version, _request.c.owner_id).where(
    _request.c.id == bindparam("request")
)
_DUE = (
    select(_grant)
    .where(_grant.c.state == GrantState.ACTIVE, _grant.c.ends_at <= bindparam("at"))
    .order_by(_grant.c.ends_at, _grant.c.request_id, _grant.c.position)
    .limit(bindparam("most"))
)
_EXTENSIONS = select(_request.c.id, _request.c.ref).where(_request.c.extends_id == bindparam("grant"))
_GIVEN_BY = select(_grant).where(_grant.c.request_id == bindparam("request")).order_by(_grant.c.position)


@dataclass(frozen=True, slots=True)
class Ender:
    """Who ended access, and the program by which they did: nobody where the clock or the operator did."""

    person_id: str | None
    program: str | None = None


def end(
    ctx: Context,
    grant: Row,
    reason: EndReason,
    *,
    acting_for: str | None,
    note: str = "",
    by: Ender | None = None,
    is_gone: bool = False,
    parted: bool = False,
) -> list[cards.Happened]:
    """End one grant, at once where Countersign itself keeps access, and close what would have extended it.

    `by`: by somebody else than who acts. `is_gone`: it is known to be gone at Meta, too. `parted`: with
    the partnership. `tell` tells both sides, also of the closed requests, which are returned.
    """
    ender = by or Ender(ctx.principal.person_id, ctx.actor.program)
    who = {"by_whom": ender.person_id, "by_program": ender.program}
    how: dict[str, Any] = {"why": reason, "with_note": note, **who}
    if grant.state == GrantState.FAILED:  # it never was at Meta, or was taken back there
        move(ctx, grant, GrantState.ENDED, acting_for=acting_for, ended=ctx.now, **how)
        return consequences.grant_ended(ctx, grant, reason, gives_of(given_by(grant)))
    if grant.asked_at is None or is_gone:
        ending = move(ctx, grant, GrantState.ENDING, acting_for=acting_for, **how)
        # By the record access ends when its end is reached, however late that is noticed.
        by_itself = reason is EndReason.REACHED and grant.asked_at is None
        ended = grant.ends_at if by_itself else ctx.now
        move(ctx, ending, GrantState.ENDED, acting_for=acting_for, ended=ended)
    else:
        look_at = ctx.now + GONE_WITHIN
        # What was in the way may mean that a call that gives it is still to show.
        after: dict[str, Any] = {"look_next": look_at, "in_the_way": grant.obstacle}
        move(ctx, grant, GrantState.ENDING, acting_for=acting_for, parted=parted, **how, **after)
        outbox.put_access(ctx.tx, asset_id=grant.asset_id, holder_id=grant.holder_id, now=ctx.now, first=True)
    trim_assignments(ctx, grant, acting_for=acting_for)
    return consequences.grant_ended(ctx, grant, reason, gives_of(given_by(grant)))


def _follow(ctx: Context, grants: Sequence[Row]) -> None:
    """Have the cards of grants that ended follow."""
    for request_id in sorted({grant.request_id for grant in grants}):
        cards.follow(ctx, request_id, version=_told_with(ctx, request_id).version)
    cards.publish_homes(ctx, {side for grant in grants for side in (grant.owner_id, grant.holder_id)})


def _told_with(ctx: Context, request_id: str) -> Row:
    request = ctx.tx.one(_TOLD_WITH, request=request_id)
    assert request is not None
    return request


def happened(ctx: Context, grant: Row) -> cards.Happened:
    """Return what there is to tell of a grant: beside its request, which it rests on.

    By itself where the asset has another owner since, for the request is not theirs.
    """
    request = _told_with(ctx, grant.request_id)
    told = request if grant.owner_id == request.owner_id else grant
    return cards.Happened(told.id, told.version, grant.id)


def tell(
    ctx: Context,
    grants: Sequence[Row],
    *,
    told: Sequence[Row] | None = None,
    closed: Sequence[cards.Happened] = (),
    but: Collection[readers.Place] = (),
) -> None:
    """Have these grants' cards follow; tell both sides of those in `told`, else of all, and of `closed`.

    One message to each place, none at the places `but`. `closed` are the requests to extend them that closed
    with them. Of what is still at Meta, and what was ended with it, it is told once that is gone.
    """
    _follow(ctx, grants)
    over = over_at_once(ctx, [_now(ctx, one) for one in (grants if told is None else told)])
    cards.notify(ctx, Notice.ENDED, *(happened(ctx, one) for one in over), *closed, but=but)


def _now(ctx: Context, grant: Row) -> Row:
    now = find_grant(ctx.tx, grant.id)
    assert now is not None
    return now


def revoke(
    ctx: Context, grant_ids: Sequence[str], *, business_id: str, note: str = ""
) -> Ended | Denied | Invalid:
    """End grants that the business gave, at once, all or none: any admin, also of a deactivated business."""
    return _end_own(ctx, grant_ids, EndReason.REVOKED, business_id=business_id, note=note)


def relinquish(
    ctx: Context, grant_ids: Sequence[str], *, business_id: str, note: str = ""
) -> Ended | Denied | Invalid:
    """End grants that the business holds, at once, all or none. Any admin of it."""
    return _end_own(ctx, grant_ids, EndReason.RELINQUISHED, business_id=business_id, note=note)


def end_each(
    ctx: Context, choices: Sequence[Choice], *, note: str = ""
) -> tuple[Ended | Denied | Invalid, ...]:
    """Revoke or relinquish grants as (business acted for, grant): one answer a business and direction."""
    together: dict[tuple[str, EndReason], list[str]] = {}
    for business_id, grant_id in choices:
        grant = find_grant(ctx.tx, grant_id)
        is_owner = grant is not None and grant.owner_id == business_id
        reason = EndReason.REVOKED if is_owner else EndReason.RELINQUISHED
        together.setdefault((business_id, reason), []).append(grant_id)
    return tuple(
        _end_own(ctx, grant_ids, reason, business_id=business_id, note=note)
        for (business_id, reason), grant_ids in together.items()
    )


def end_named(
    ctx: Context, which: Named, seen: str, *, note: str = "", limit: int = MOST_ENDED
) -> tuple[Ended | Denied | Invalid, ...]:
    """Revoke or relinquish all that is named, if it is what was shown: `seen` is the mark of that."""
    chosen = named(ctx, which, limit=limit)
    if not chosen.rows or mark_of(chosen.rows) != seen:
        no = DenialReason.CHANGED if chosen.rows else DenialReason.UNKNOWN_GRANT
        return (ctx.deny(Denied(reason=no, about=Subject(SubjectKind.GRANT, ""))),)
    *first, last = end_each(ctx, chosen.rows, note=note)
    left = chosen.total - len(chosen.rows)
    return (*first, replace(last, left=left) if left and isinstance(last, Ended) else last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How a grant ended, as it is known from elsewhere. `is_gone`: it was seen that it is."""

    reason: EndReason
    by: Ender
    note: str
    is_gone: bool


def end_as_known(ctx: Context, known: Mapping[str, Known]) -> int:
    """End grants as they ended elsewhere, by their ids. Nobody is told again. Return how many there were."""
    ended = []
    for grant in (find_grant(ctx.tx, grant_id) for grant_id in known):
        if grant is not None and grant.state in GOING_ON:
            how = known[grant.id]
            is_known = directory.name_of(ctx.tx, how.by.person_id) is not None
            end(
                ctx,
                grant,
                how.reason,
                acting_for=None,
                note=how.note,
                by=how.by if is_known else None,
                is_gone=how.is_gone,
            )
            ended.append(grant)
    tell(ctx, ended, told=())
    return len(ended)


def end_between(
    ctx: Context, grant_ids: Sequence[str], *, business_id: str, note: str
) -> list[cards.Happened]:
    """End grants between a business and a partner, whoever of the two gave them.

    `partnerships.end_partnership` has seen whether the actor may, and tells of all that is returned.
    """
    ended: list[Row] = []
    closed: list[cards.Happened] = []
    for grant in (find_grant(ctx.tx, grant_id) for grant_id in grant_ids):
        assert grant is not None
        is_ours = grant.owner_id == business_id
        reason = EndReason.REVOKED if is_ours else EndReason.RELINQUISHED
        closed += end(ctx, grant, reason, acting_for=business_id, note=note, parted=True)
        ended.append(grant)
    _follow(ctx, ended)
    return [*(happened(ctx, one) for one in ended), *closed]


def _end_own(
    ctx: Context, grant_ids: Sequence[str], reason: EndReason, *, business_id: str, note: str
) -> Ended | Denied | Invalid:
    no = may_administer(ctx.principal, business=ctx.business(business_id)).reason
    rows = [find_grant(ctx.tx, grant_id) for grant_id in dict.fromkeys(grant_ids)]
    own, other = ("owner_id", "holder_id") if reason is EndReason.REVOKED else ("holder_id", "owner_id")
    grants = [row for row in rows if row is not None and getattr(row, own) == business_id]
    if no is None and (not grants or len(grants) != len(rows)):
        no = DenialReason.UNKNOWN_GRANT
    over = next((grant for grant in grants if grant.state not in GOING_ON), None)
    if no is None and over is not None:
        no = DenialReason.GRANT_OVER
    if no is not None:
        return deny_grant(ctx, no, over, grant_id=grant_ids[0] if grant_ids else "", business_id=business_id)
    if wrong := too_long(note, most=LONGEST_NOTE, field="note"):
        return Invalid(field_errors=wrong)
    closed = []
    for grant in grants:
        closed += end(ctx, grant, reason, acting_for=business_id, note=note)
    tell(ctx, grants, closed=closed)
    others = {getattr(grant, other) for grant in grants}
    names = {row.name for one in others if (row := ctx.business_row(one)) is not None}
    return Ended(
        grant_ids=tuple(grant.id for grant in grants),
        reason=reason,
        other=", ".join(sorted(names)),
        at_meta=sum(_now(ctx, grant).state != GrantState.ENDED for grant in grants),
        unheard=readers.unheard(ctx, *sorted(others)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What is over with an approval that was undone, beside what it gave.

    `refs` are those of the extensions whose access ended; `extensions` the ids of these, and of the requests
    to extend that closed.
    """

    refs: tuple[str, ...]
    extensions: tuple[str, ...]


def undo_given(ctx: Context, request_id: str) -> TakenBack:
    """End all that a request gave and that is still in force, because its approval is undone.

    An extension rests on what it extends: what they gave ends too. Both sides are told: who hears of the undo
    hears of that in the same message.
    """
    closed: list[cards.Happened] = []
    resting: list[Row] = []
    refs: dict[str, str] = {}
    for by_request in (undone := [request_id]):  # which grows by the extensions that are found
        for row in ctx.tx.all(_GIVEN_BY, request=by_request):
            if row.state in GOING_ON:
                closed += end(ctx, row, EndReason.UNDONE, acting_for=row.owner_id)
                resting += [row] if by_request != request_id else []
            for extension in ctx.tx.all(_EXTENSIONS, grant=row.id):
                refs[extension.id] = extension.ref
                undone.append(extension.id)
    tell(ctx, resting, closed=closed, but=cards.heard_at(ctx, Notice.UNDONE, request_id))
    ended = dict.fromkeys(row.request_id for row in resting)
    return TakenBack(
        refs=tuple(refs[one] for one in ended),
        extensions=(*ended, *dict.fromkeys(one.subject_id for one in closed)),
    )


def outcome(grant: GrantView) -> Denied:
    """Return that a grant is over, by whom and since when, as an answer to who came too late."""
    return Denied(
        reason=DenialReason.GRANT_OVER,
        about=Subject(SubjectKind.GRANT, grant.id),
        ref=grant.ref,
        name=grant.asset_name,
        by=grant.ended_by,
        program=grant.ended_with,
        at=grant.ended_at,
    )


def deny_grant(
    ctx: Context, reason: DenialReason, over: Row | None, *, grant_id: str, business_id: str
) -> Denied:
    """Deny a step with a grant. Say what became of the grant, if it is `over`, to those who may know."""
    denied = Denied(reason=reason)
    if reason is DenialReason.GRANT_OVER and over is not None:
        view = grant_view(ctx.tx, over.id)
        assert view is not None
        denied = outcome(view)
    return ctx.deny(
        denied,
        about=Subject(SubjectKind.GRANT, grant_id),
        business_id=ctx.own(business_id),
    )


def end_due(ctx: Context, *, limit: int = 100) -> int:
    """End the grants whose end is reached, at most `limit`; return how many. A sweep's step."""
    ended = []
    for grant in ctx.some(ctx.tx.all(_DUE, at=ctx.now, most=limit)):
        end(ctx, grant, EndReason.REACHED, acting_for=None)
        ended.append(grant)
    tell(ctx, ended, told=[grant for grant in ended if not goes_on(ctx, grant)])
    return len(ended)


def goes_on(ctx: Context, grant: Row) -> bool:
    """Say whether other grants go on giving all that this one gave: then its end changes nothing."""
    gave = given_by(grant)
    held = tasks_held(ctx.tx, gives_of(gave), asset_id=grant.asset_id, holder_id=grant.holder_id, at=ctx.now)
    return gave <= held
