"""A business registers itself in a workspace: whoever manages that names it, and is its first admin.

It is not verified until the operator confirms it, or somebody connects it with a token of its own at Meta:
until then it can ask only those who listed it, and can neither own nor decide. A Business ID that is
registered somewhere else is the operator's to settle; whose it is there is not said.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, insert, select

from bot.domain.actors import ApiSharing, Role, SlackUser, Status
from bot.domain.calendar import USUAL_HOURS, weekly_morning, working_time
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.limits import MOST_UNVERIFIED, USUAL_EXPIRES_DAYS, USUAL_UNDO_MINUTES
from bot.domain.registering import Asker, NewBusiness
from bot.domain.reviews import USUAL_CADENCE, Silence
from bot.domain.typed import folded, one_line
from bot.services import directory
from bot.services.context import Context
from bot.services.results import Denied, Invalid, Registered
from bot.services.settings.members import admit, person_at
from bot.store import tables
from bot.store.tables import NodeKind

_business = tables.table_of(tables.BusinessRow)
_node = tables.table_of(tables.Node)

_NODE = select(_node.c.kind).where(_node.c.id == bindparam("which"))
_INSERT_NODE = insert(_node)
_INSERT = insert(_business)
_UNVERIFIED = select(func.count().label("total")).where(
    _business.c.team_id == bindparam("team"), _business.c.verified.is_(False)
)


def register_objection(ctx: Context, asker: Asker) -> DenialReason | None:
    """Return why the actor may register no business in their workspace, for those who only look."""
    reason = asker.objection()
    if reason is None and ctx.principal.people > 1:
        return DenialReason.LINKED_TWICE
    if reason is None and ctx.principal.shared:
        return DenialReason.SHARED_LOGIN
    return reason


def may_register(ctx: Context, asker: Asker) -> Denied | None:
    """Return why the actor may register no business in their workspace; None if they may."""
    reason = register_objection(ctx, asker)
    return None if reason is None else ctx.deny(reason, about=Subject(SubjectKind.BUSINESS, ""))


def register(ctx: Context, new: NewBusiness, *, asker: Asker) -> Registered | Denied | Invalid:
    """Add a business that is not verified, at home in the actor's workspace, with them as its ADMIN."""
    if (no := may_register(ctx, asker)) is not None:
        return no
    if wrong := new.field_errors():
        return Invalid(field_errors=wrong)
    if (no := _not_free(ctx, new.id)) is not None:
        return ctx.deny(no, about=Subject(SubjectKind.BUSINESS, new.id))
    name, team_id = one_line(new.name), ctx.actor.team_id
    facts: dict[str, Any] = {
        "name": name,
        "status": str(Status.ACTIVE),
        "verified": False,
        "team_id": team_id,
        "channel_id": new.channel_id,
        "quorum": new.quorum,
        "expires_days": USUAL_EXPIRES_DAYS,
        "undo_minutes": USUAL_UNDO_MINUTES,
        "who_may_ask": str(new.who_may_ask),
        "api_sharing": str(ApiSharing.AT_ONCE),
        "hours": USUAL_HOURS,
        "days_off": "",
        "zone": asker.zone or "UTC",
        "credit_line": None,
        "funding_sources": "",
        "review_days": USUAL_CADENCE,
        "review_silence": str(Silence.KEEP),
    }
    working = working_time(hours=USUAL_HOURS, days_off="", zone=facts["zone"], otherwise="UTC")
    weekly_at = weekly_morning(ctx.now, working)
    ctx.tx.run(_INSERT_NODE, id=new.id, kind=NodeKind.BUSINESS)
    ctx.tx.run(
        _INSERT,
        id=new.id,
        folded=folded(name),
        policy_version=1,
        created_at=ctx.now,
        **facts,
        weekly_at=weekly_at,
        reviewed_at=None,
        proposal_ends_at=None,
    )
    ctx.reread_business(new.id)
    ctx.record(EventKind.BUSINESS_ADDED, Subject(SubjectKind.BUSINESS, new.id), business_id=new.id, **facts)
    row = ctx.business_row(new.id)
    assert row is not None
    person_id = person_at(ctx, team_id=team_id, user_id=ctx.actor.user_id, name=one_line(asker.name) or name)
    admit(ctx, row, person_id, role=Role.ADMIN)
    user = SlackUser(user_id=ctx.actor.user_id, flags=asker.flags, zone=asker.zone)
    directory.record_user(ctx, user, team_id=team_id)
    return Registered(business_id=new.id, name=name, channel_id=new.channel_id)


def _not_free(ctx: Context, business_id: str) -> Denied | None:
    """Return why a Business ID cannot be registered here; None if it can be."""
    row = ctx.business_row(business_id)
    if row is not None and row.team_id == ctx.actor.team_id:
        return Denied(reason=DenialReason.REGISTERED_HERE, field="id", name=row.name)
    if row is not None or ctx.tx.all(_NODE, which=business_id):
        return Denied(reason=DenialReason.ID_NOT_FREE, field="id", name=business_id)
    waiting = ctx.tx.one(_UNVERIFIED, team=ctx.actor.team_id)
    assert waiting is not None
    if waiting.total >= MOST_UNVERIFIED:
        return Denied(reason=DenialReason.TOO_MANY_UNVERIFIED, count=int(waiting.total))
    return None
