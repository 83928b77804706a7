"""Submitting a request, the one entry for all who ask: checked, then sent or kept as a draft."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.actors import Role
from bot.domain.denials import DenialReason
from bot.domain.policy import may_administer, may_view
from bot.domain.requests import NewRequest
from bot.services.context import Context, lock_of_pair
from bot.services.requests.draft_approvals import required
from bot.services.requests.drafts import save
from bot.services.requests.send import new_ref, objection, send
from bot.services.results import Denied, Invalid, Moved, Saved, Sent
from bot.store.tx import concurrent


@concurrent
def submit(ctx: Context, new: NewRequest) -> Sent | Moved | Saved | Denied | Invalid:
    """Send a request to those who decide on it; what an EMPLOYEE submits is kept as a draft for the admins.

    So is what takes more than one admin to send, with the approval of the one who submits it.
    First comes whether the actor may, then what is wrong in the fields, then what the record says against it.
    """
    if new.deciding_id is None or new.found or new.direct:  # others may be concerned
        ctx.tx.alone()
    else:
        ctx.tx.lock(lock_of_pair(new.requesting_id, new.deciding_id))
    new = replace(new, program=ctx.actor.program)
    requesting = ctx.business(new.requesting_id)
    may_see = may_view(ctx.principal, business=requesting)
    if requesting is None or may_see.reason is not None:
        return ctx.deny(may_see.reason or DenialReason.NOT_MEMBER)
    member = ctx.principal.memberships[requesting.id]
    is_draft = member.role is Role.EMPLOYEE and not member.shared
    entitled = None if is_draft else may_administer(ctx.principal, business=requesting).reason
    if entitled is not None:
        return ctx.deny(entitled, business_id=requesting.id)
    objected = objection(ctx, new)
    if isinstance(objected, Denied):
        return ctx.deny(objected, business_id=requesting.id)
    if objected is not None:
        return objected
    if is_draft:
        ctx.tx.alone()
        return save(ctx, new)
    if required(ctx, requesting.id, new) > 1:
        ctx.tx.alone()
        return save(ctx, new, approves=True)
    return send(ctx, new, author_id=None, ref=new_ref(ctx.tx))
