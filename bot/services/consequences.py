"""What follows elsewhere when something changes that open requests and drafts show, or hang on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, select, update

from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RULES, Gives, RequestKind
from bot.domain.requests import DraftState, RequestState, Revision
from bot.errors import AlreadyDecided
from bot.services import cards, deadlines
from bot.services.context import Context
from bot.services.moves import move, revise
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_decision = tables.table_of(tables.Decision)
_membership = tables.table_of(tables.Membership)
_grant = tables.table_of(tables.Grant)
_draft = tables.table_of(tables.Draft)
_draft_approval = tables.table_of(tables.DraftApproval)

_OPEN_FOR = (
    select(_request)
    .join(_item, _item.c.request_id == _request.c.id)
    .where(
        _item.c.request_kind.in_(list(RequestKind)),
        _item.c.asset_id == bindparam("asset"),
        _item.c.holder_id == bindparam("holder"),
        tables.ITEM_IS_OPEN(_item),
    )
    .order_by(_request.c.id)
)
_GRANTS_HELD = (
    select(_grant.c.id, _grant.c.version)
    .where(
        _grant.c.id != bindparam("but"),
        _grant.c.asset_id == bindparam("asset"),
        _grant.c.holder_id == bindparam("holder"),
        _grant.c.state == GrantState.ACTIVE,
    )
    .order_by(tables.not_by_index(_grant.c.id))  # its pair has few, by an index of their own
)
_OPEN_EXTENSIONS = (
    select(_request)
    .where(_request.c.extends_id == bindparam("grant"), tables.REQUEST_IS_OPEN(_request))
    .order_by(_request.c.id)
)
_BUSINESSES_OF = (
    select(_membership.c.business_id)
    .where(_membership.c.person_id == bindparam("person"))
    .order_by(_membership.c.business_id)
)
_APPROVED_HERE = (
    select(_request)
    .where(
        _request.c.deciding_id == bindparam("business"),
        _request.c.over_at.is_(None),
        exists(
            select(_decision.c.person_id).where(
                _decision.c.request_id == _request.c.id,
                _decision.c.round == _request.c.round,
                _decision.c.person_id == bindparam("person"),
                _decision.c.approves.is_(True),
            )
        ),
    )
    .order_by(_request.c.id)
)
_DRAFTS_APPROVED_HERE = (
    select(_draft)
    .join_from(_draft_approval, _draft, _draft.c.id == _draft_approval.c.draft_id)
    .where(
        _draft_approval.c.person_id == bindparam("person"),
        _draft.c.business_id == bindparam("business"),
        _draft.c.state == DraftState.WAITING,
    )
    .order_by(_draft.c.id)
)
_REVISE_DRAFT = (
    update(_draft)
    .where(
        _draft.c.id == bindparam("draft"),
        _draft.c.state == DraftState.WAITING,
        _draft.c.version == bindparam("expected_version"),
    )
    .values(version=_draft.c.version + 1)
)
_QUORUM_BELOW = (
    select(_request)
    .where(
        _request.c.deciding_id == bindparam("business"),
        _request.c.over_at.is_(None),
        _request.c.quorum < bindparam("quorum"),
    )
    .order_by(_request.c.id)
)


def grant_shortened(ctx: Context, grant: Row, ends_at: datetime, gives: Gives) -> None:
    """Have the requests to extend a grant be decided by its new end; revise those that say what is held."""
    for request in ctx.tx.all(_OPEN_EXTENSIONS, grant=grant.id):
        deadlines.bring_forward(ctx, request, ends_at)
    held_changed(ctx, gives, asset_id=grant.asset_id, holder_id=grant.holder_id)


def end_shown(ctx: Context, grant_id: str) -> None:
    """Revise the requests to extend a grant, whose cards say when it ends: that follows the contract."""
    for request in ctx.tx.all(_OPEN_EXTENSIONS, grant=grant_id):
        revise(ctx, request, Revision.CONTRACT)


def held_changed(ctx: Context, gives: Gives, *, asset_id: str, holder_id: str, begun: str = "") -> None:
    """Revise the open requests whose cards say what the holder has of an asset: those for the like.

    The warnings of an end, which say what is held after it, follow, and so do drafts. Nothing follows a grant
    that has only `begun`.
    """
    cards.follow_drafts(ctx, asset_id=asset_id, holder_id=holder_id)
    concerned = ctx.tx.all(_OPEN_FOR, asset=asset_id, holder=holder_id)
    for grant in ctx.tx.all(_GRANTS_HELD, asset=asset_id, holder=holder_id, but=begun):
        cards.follow(ctx, grant.id, version=grant.version)
        concerned += ctx.tx.all(_OPEN_EXTENSIONS, grant=grant.id)
    for request in concerned:
        if RULES[RequestKind(request.kind)].gives is gives:
            revise(ctx, request, Revision.HELD)


def grant_ended(ctx: Context, grant: Row, reason: EndReason, gives: Gives) -> list[cards.Happened]:
    """Close the requests to extend a grant that has ended; revise those whose cards say that it is held.

    Where its end was reached they expire. Else who tells of its end tells of these, too, in one message: they
    are returned.
    """
    closed = []
    for request in ctx.tx.all(_OPEN_EXTENSIONS, grant=grant.id):
        if reason is EndReason.REACHED:
            move(ctx, request, RequestState.EXPIRED)
        else:
            version = move(ctx, request, RequestState.CANCELLED, closed_with=reason)
            closed.append(cards.Happened(request.id, version, grant.id))
    held_changed(ctx, gives, asset_id=grant.asset_id, holder_id=grant.holder_id)
    return closed


def approver_changed(ctx: Context, person_id: str, *, left: str | None = None) -> None:
    """Revise the open requests and drafts that somebody has approved, whose right to do so may have changed.

    What they were warned of follows. `left` is a business that they are no longer a member of.
    """
    of = {row.business_id for row in ctx.tx.all(_BUSINESSES_OF, person=person_id)}
    for business_id in sorted(of | ({left} if left else set())):
        for request in ctx.tx.all(_APPROVED_HERE, business=business_id, person=person_id):
            revise(ctx, request, Revision.APPROVER)
        for draft in ctx.tx.all(_DRAFTS_APPROVED_HERE, business=business_id, person=person_id):
            _revise_draft(ctx, draft)
        cards.follow_warnings(ctx, business_id=business_id, person_id=person_id)


def _revise_draft(ctx: Context, draft: Row) -> None:
    """Give a draft that waits a new version, because who approves that it is sent has changed."""
    if ctx.tx.touched(_REVISE_DRAFT, draft=draft.id, expected_version=draft.version) != 1:
        raise AlreadyDecided(f"draft {draft.ref} was moved by somebody else")
    version = int(draft.version) + 1
    ctx.record(
        EventKind.DRAFT_CHANGED,
        Subject(SubjectKind.DRAFT, draft.id),
        business_id=draft.business_id,
        version=version,
        ref=draft.ref,
        request=None,
    )
    cards.follow(ctx, draft.id, version=version)
    cards.publish_homes(ctx, [draft.business_id])


def raise_quorum(ctx: Context, business_id: str, quorum: int) -> None:
    """Have the open requests that a business decides need its new quorum too; a lower one changes none."""
    for request in ctx.tx.all(_QUORUM_BELOW, business=business_id, quorum=quorum):
        revise(ctx, request, Revision.QUORUM, quorum=quorum)
