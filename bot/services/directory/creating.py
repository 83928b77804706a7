"""Creating assets: at once by an admin, prepared for the admins by an employee of the business."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from bot.domain.creating import CreationState, NewAsset, pack_new, unpack_new
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.limits import MOST_DRAFTS
from bot.domain.messages import Audience, Notice
from bot.domain.policy import DenialReason, Role, may_administer, may_view
from bot.errors import AlreadyDecided
from bot.services import approvers, cards
from bot.services.context import Context
from bot.services.directory.businesses import make_id
from bot.services.directory.creations import find_creation
from bot.services.directory.making import insert_asset, objection
from bot.services.directory.people import name_of
from bot.services.results import Created, Denied, Discarded, Invalid, Prepared
from bot.store import tables
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row

PREPARED_FOR = timedelta(days=14)

_creation = tables.table_of(tables.Creation)

_INSERT_CREATION = insert(_creation)
_OF_FORM = select(_creation).where(
    _creation.c.author_id == bindparam("author"), _creation.c.form == bindparam("the_form")
)
_MOVE = (
    update(_creation)
    .where(
        _creation.c.id == bindparam("creation"),
        _creation.c.state == CreationState.WAITING,
        _creation.c.version == bindparam("expected_version"),
    )
    .values(
        state=bindparam("to_state"),
        version=_creation.c.version + 1,
        content=bindparam("new_content"),
        asset_id=bindparam("new_asset"),
        over_at=bindparam("over"),
        over_by=bindparam("by_whom"),
    )
)
_PREPARED = select(func.count().label("number")).where(
    _creation.c.author_id == bindparam("author"), _creation.c.state == CreationState.WAITING
)
_EXPIRED = (
    select(_creation)
    .where(_creation.c.state == CreationState.WAITING, _creation.c.expires_at <= bindparam("at"))
    .order_by(_creation.c.expires_at)
    .limit(bindparam("most"))
)


# --- creating ---------------------------------------------------------------------------------------


def create_asset(
    ctx: Context, new: NewAsset, *, form: str | None = None
) -> Created | Prepared | Denied | Invalid:
    """Create an asset for an ADMIN of the business; what an EMPLOYEE enters is prepared for the admins.

    `form` is the form that was sent in, if it was one: sent twice it creates once, and is answered alike.
    """
    business = ctx.business(new.business_id)
    may_see = may_view(ctx.principal, business=business)
    if business is None or may_see.reason is not None:
        return ctx.deny(may_see.reason or DenialReason.NOT_MEMBER)
    member = ctx.principal.memberships[business.id]
    is_prepared = member.role is Role.EMPLOYEE and not member.shared
    entitled = None if is_prepared else may_administer(ctx.principal, business=business).reason
    if entitled is not None:
        return ctx.deny(entitled, business_id=business.id)
    before = ctx.tx.one(_OF_FORM, author=ctx.principal.person_id, the_form=form) if form else None
    if before is not None:
        return _created(before) if before.asset_id else _prepared(ctx, before.id)
    objected = objection(ctx, new)
    if objected is not None:
        return _denied(ctx, objected, business_id=business.id)
    return _prepare(ctx, new, form=form) if is_prepared else _create(ctx, new, form=form)


def _denied(ctx: Context, no: Denied | Invalid, *, business_id: str) -> Denied | Invalid:
    if isinstance(no, Invalid):
        return no
    return ctx.deny(no, about=Subject(SubjectKind.BUSINESS, business_id), business_id=business_id)


def _create(ctx: Context, new: NewAsset, *, form: str | None) -> Created:
    """Create at once, and tell the business."""
    asset_id = insert_asset(ctx, new)
    creation_id = _insert(ctx, new, state=CreationState.CREATED, asset_id=asset_id, form=form)
    _post(ctx, creation_id, new.business_id)
    row = find_creation(ctx.tx, creation_id)
    assert row is not None
    return _created(row)


def _insert(
    ctx: Context,
    new: NewAsset,
    *,
    state: CreationState,
    asset_id: str | None = None,
    form: str | None,
) -> str:
    creation_id = make_id(ctx.tx, NodeKind.DRAFT)
    is_over = state is not CreationState.WAITING
    ctx.tx.run(
        _INSERT_CREATION,
        id=creation_id,
        state=state,
        version=1,
        business_id=new.business_id,
        author_id=ctx.principal.person_id,
        form=form,
        content=pack_new(new),
        asset_id=asset_id,
        created_at=ctx.now,
        expires_at=ctx.now + PREPARED_FOR,
        over_at=ctx.now if is_over else None,
        over_by=ctx.principal.person_id if is_over else None,
    )
    return creation_id


def _post(ctx: Context, creation_id: str, business_id: str) -> None:
    business = ctx.business_row(business_id)
    assert business is not None
    admins = approvers.admins(ctx.tx, business_id)
    cards.post_to_business(ctx, creation_id, Audience.SUBMITTERS, business, version=1, eligible=admins)


def _created(row: Row) -> Created:
    new = unpack_new(row.content)
    return Created(
        asset_id=row.asset_id,
        kind=new.kind,
        name=new.name,
        incomplete=new.is_incomplete,
    )


# --- prepared for the admins ------------------------------------------------------------------------


def _prepare(ctx: Context, new: NewAsset, *, form: str | None) -> Prepared | Denied:
    """Keep what an employee entered, with a card to its author and to the admins who may create it."""
    assert ctx.principal.person_id is not None
    waiting = ctx.tx.one(_PREPARED, author=ctx.principal.person_id)
    if waiting is not None and waiting.number >= MOST_DRAFTS:
        many = Denied(reason=DenialReason.TOO_MANY_DRAFTS, count=waiting.number)
        return ctx.deny(many, business_id=new.business_id)
    creation_id = _insert(ctx, new, state=CreationState.WAITING, form=form)
    _record(ctx, EventKind.CREATION_WAITING, creation_id, new, move=(None, CreationState.WAITING), version=1)
    _post(ctx, creation_id, new.business_id)
    cards.post_to_person(ctx, creation_id, Audience.AUTHOR, ctx.principal.person_id, version=1)
    cards.publish_homes(ctx, [new.business_id])
    return _prepared(ctx, creation_id)


def _record(
    ctx: Context, kind: EventKind, creation_id: str, new: NewAsset, *, asset: str | None = None, **more: Any
) -> None:
    ctx.record(
        kind,
        Subject(SubjectKind.CREATION, creation_id),
        business_id=new.business_id,
        acting_for=new.business_id,
        kind=str(new.kind),
        name=new.name,
        asset=asset,
        **more,
    )


def _prepared(ctx: Context, creation_id: str) -> Prepared:
    row = find_creation(ctx.tx, creation_id)
    assert row is not None
    business = ctx.business_row(row.business_id)
    assert business is not None
    new = unpack_new(row.content)
    return Prepared(
        name=new.name,
        kind=new.kind,
        business=business.name,
        admins=len(approvers.admins(ctx.tx, business.id)),
    )


def create_prepared(ctx: Context, creation_id: str, *, expected_version: int) -> Created | Denied | Invalid:
    """Create what was prepared; whether it may be is looked up again."""
    row = _find_open(ctx, creation_id, expected_version=expected_version, author_may=False)
    if isinstance(row, Denied):
        return row
    new = unpack_new(row.content)
    objected = objection(ctx, new)
    if objected is not None:
        return _denied(ctx, objected, business_id=row.business_id)
    _move(ctx, row, CreationState.CREATED, asset_id=insert_asset(ctx, new))
    created = find_creation(ctx.tx, row.id)
    assert created is not None
    return _created(created)


def change_prepared(
    ctx: Context, creation_id: str, new: NewAsset, *, expected_version: int
) -> Prepared | Denied | Invalid:
    """Replace what was prepared: its author or an admin."""
    row = _find_open(ctx, creation_id, expected_version=expected_version, author_may=True)
    if isinstance(row, Denied):
        return row
    new = replace(new, business_id=row.business_id)
    objected = objection(ctx, new)
    if objected is not None:
        return _denied(ctx, objected, business_id=row.business_id)
    _move(ctx, row, CreationState.WAITING, content=pack_new(new))
    return _prepared(ctx, row.id)


def drop_prepared(ctx: Context, creation_id: str, *, expected_version: int) -> Discarded | Denied:
    """Drop what was prepared: its author or an admin."""
    row = _find_open(ctx, creation_id, expected_version=expected_version, author_may=True)
    if isinstance(row, Denied):
        return row
    _move(ctx, row, CreationState.DROPPED)
    return Discarded(name=unpack_new(row.content).name)


def expire_prepared_due(ctx: Context, *, limit: int = 100) -> int:
    """Drop what nobody created in time, at most `limit`; return how many. A sweep's step."""
    taken = 0
    for row in ctx.some(ctx.tx.all(_EXPIRED, at=ctx.now, most=limit)):
        taken += 1
        _move(ctx, row, CreationState.EXPIRED)
    return taken


_EVENTS = {
    CreationState.WAITING: EventKind.CREATION_CHANGED,
    CreationState.CREATED: EventKind.CREATION_CREATED,
    CreationState.DROPPED: EventKind.CREATION_DROPPED,
    CreationState.EXPIRED: EventKind.CREATION_EXPIRED,
}
_NOTICES = {
    CreationState.CREATED: Notice.CREATED,
    CreationState.DROPPED: Notice.DROPPED,
    CreationState.EXPIRED: Notice.EXPIRED,
}


def _move(
    ctx: Context, row: Row, to: CreationState, *, content: str | None = None, asset_id: str | None = None
) -> None:
    """Move what was prepared; the only writer of its state. Raise AlreadyDecided if it was moved already."""
    is_over = to is not CreationState.WAITING
    moved = ctx.tx.run(
        _MOVE,
        creation=row.id,
        expected_version=row.version,
        to_state=to,
        new_content=content or row.content,
        new_asset=asset_id,
        over=ctx.now if is_over else None,
        by_whom=ctx.principal.person_id if is_over else None,
    )
    if moved != 1:
        raise AlreadyDecided(f"creation {row.id} was moved by somebody else")
    version, new = row.version + 1, unpack_new(content or row.content)
    _record(ctx, _EVENTS[to], row.id, new, asset=asset_id, move=(row.state, to), version=version)
    cards.follow(ctx, row.id, version=version)
    cards.publish_homes(ctx, [row.business_id])
    if to in _NOTICES:
        cards.notify(ctx, _NOTICES[to], cards.Happened(row.id, version))


def _find_open(ctx: Context, creation_id: str, *, expected_version: int, author_may: bool) -> Row | Denied:
    """Return what waits if the actor may handle it: an admin of its business; for some verbs, its author."""
    row = find_creation(ctx.tx, creation_id)
    business = ctx.visible_business(row.business_id) if row else None
    about = Subject(SubjectKind.CREATION, creation_id)
    if row is None or business is None:
        return ctx.deny(DenialReason.UNKNOWN_CREATION, about=about)
    is_author = author_may and approvers.is_actor(ctx, row.author_id)
    reason = None if is_author else may_administer(ctx.principal, business=business).reason
    if reason is None and (row.state != CreationState.WAITING or ctx.now >= row.expires_at):
        reason = DenialReason.CREATION_OVER
    if reason is None and expected_version != row.version:
        reason = DenialReason.CHANGED
    if reason is None:
        return row
    denied = Denied(
        reason=reason,
        about=about,
        name=unpack_new(row.content).name,
        by=name_of(ctx.tx, row.over_by),
        at=row.over_at,
    )
    return ctx.deny(denied, business_id=row.business_id)
