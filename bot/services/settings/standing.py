"""Standing acceptance, as the admins of the business that is offered something switch it on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.policy import can_decide, takes_two_to_loosen
from bot.services import approvers, requests
from bot.services.context import Context
from bot.services.results import Denied, Stands
from bot.services.settings import loosening
from bot.services.settings.own import find_own, next_version, record_change

if TYPE_CHECKING:
    from bot.store.compiled import Row


def accept_at_once(ctx: Context, business_id: str, other_id: str, *, on: bool) -> Stands | Denied:
    """Have what a partner offers the business accepted at once from now on, or no longer.

    Any of its admins; on, those alone who could accept it each time. That is a looser policy: where two must
    approve, another one confirms it. It is switched on anew where those who did so before are not enough now.
    """
    row = find_own(ctx, business_id)
    if isinstance(row, Denied):
        return row
    other, business = ctx.business_row(other_id), ctx.business(business_id)
    assert business is not None
    about = Subject(SubjectKind.BUSINESS, other_id)
    if other is None or not requests.is_partner(ctx, business_id, other_id):
        return ctx.deny(DenialReason.UNKNOWN_PARTNER, about=about, business_id=business_id)
    if on and (no := can_decide(business).reason) is not None:
        return ctx.deny(no, about=about, business_id=business_id)
    able = {one.id for one in requests.who_can_accept(ctx, business_id, other_id)}
    if on and ctx.principal.person_id not in able:
        denied = Denied(reason=DenialReason.BOTH_SIDES, about=about, name=other.name)
        return ctx.deny(denied, business_id=business_id)
    answer = Stands(other=other.name, on=on)
    stands = requests.accepts_now if on else _is_switched_on
    if on is stands(ctx, business_id, other_id):
        return answer
    proposal = loosening.find_open(ctx, business_id)
    if not on:
        _switch(ctx, row, other_id, by=())
    else:
        agreed = proposal if proposal is not None and proposal.accepts == other_id else None
        if agreed is not None and (agreed.person_id not in able or loosening.objection(ctx, agreed)):
            agreed = None
        waits = takes_two_to_loosen(business) and agreed is None
        if waits:
            version = next_version(ctx, row)
        else:
            people = (agreed.person_id if agreed else None, ctx.principal.person_id)
            version = _switch(ctx, row, other_id, by=tuple(one for one in people if one is not None))
        changes = {loosening.ACCEPTS: (None, other_id)}
        loosening.tell(ctx, row, changes, version=version, waits=waits, confirms=agreed)
        others = len(approvers.admins(ctx.tx, business_id)) - 1
        answer = Stands(other=other.name, on=True, waits=waits, others=others)
    return answer


def accept_no_longer(ctx: Context, business_id: str, other_id: str) -> None:
    """Switch a business's standing acceptance off, if it has one; for a record that was restored."""
    row = ctx.business_row(business_id)
    if row is not None and _is_switched_on(ctx, business_id, other_id):
        _switch(ctx, row, other_id, by=())


def _is_switched_on(ctx: Context, business_id: str, other_id: str) -> bool:
    return requests.standing_for(ctx, business_id, other_id) is not None


def _switch(ctx: Context, row: Row, other_id: str, *, by: tuple[str, ...]) -> int:
    """Record on whose approvals it stands, nobody's: not at all; return the policy's version."""
    record_change(ctx, EventKind.BUSINESS_STANDING, row, counterpart_id=other_id, by=list(by))
    return int(row.policy_version) + 1
