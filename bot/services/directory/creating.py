"""Creating assets: by an admin, or prepared for the admins by an employee of the business.

What a business creates that is connected to Meta is created there first: it is the business's own, with the
id that Meta gives it, once it was seen there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from bot.domain.actors import Role
from bot.domain.connections import EnforcementKind, EnforcementState
from bot.domain.creating import CreationState, NewAsset, pack_new, unpack_new
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.limits import DRAFT_DAYS, MOST_DRAFTS
from bot.domain.messages import Audience, Notice
from bot.domain.policy import may_administer, may_view
from bot.errors import AlreadyDecided
from bot.services import approvers, cards, enforcing
from bot.services.context import Context
from bot.services.directory.businesses import make_id
from bot.services.directory.creations import find_creation, how_over, touch
from bot.services.directory.making import MADE, insert_asset, insert_made, objection
from bot.services.results import BeingCreated, Created, Denied, Discarded, Invalid, Prepared
from bot.store import tables
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row


_creation = tables.table_of(tables.Creation)

_INSERT_CREATION = insert(_creation)
_OF_FORM = select(_creation).where(
    _creation.c.author_id == bindparam("author"), _creation.c.form == bindparam("the_form")
)
_MOVE = (
    update(_creation)
    .where(
        _creation.c.id == bindparam("creation"),
        _creation.c.state == bindparam("from_state"),
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
_SAME = select(_creation).where(
    _creation.c.author_id == bindparam("author"),
    _creation.c.business_id == bindparam("business"),
    _creation.c.state == CreationState.WAITING,
    _creation.c.content == bindparam("same_content"),
    _creation.c.expires_at > bindparam("at"),
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
) -> Created | BeingCreated | Prepared | Denied | Invalid:
    """Create an asset for an ADMIN of the business; what an EMPLOYEE enters is prepared for the admins.

    `form` is the form that was sent in, if it was one: sent twice it creates once, and is answered alike.
    """
    new = replace(new, program=ctx.actor.program)
    business = ctx.business(new.business_id)
    reason = may_view(ctx.principal, business=business).reason
    if reason is not None:
        return ctx.deny(reason)
    assert business is not None, "nobody is a member of none"
    member = ctx.principal.memberships[business.id]
    is_prepared = member.role is Role.EMPLOYEE and not member.shared
    entitled = None if is_prepared else may_administer(ctx.principal, business=business).reason
    if entitled is not None:
        return ctx.deny(entitled, business_id=business.id)
    before = ctx.tx.one(_OF_FORM, author=ctx.principal.person_id, the_form=form) if form else None
    if before is not None:
        return _made(before) if before.state in _MADE else _prepared(ctx, before.id)
    objected = objection(ctx, new)
    if objected is not None:
        return _denied(ctx, objected, business_id=business.id)
    return _prepare(ctx, new, form=form) if is_prepared else _create(ctx, new, form=form)


def _denied(ctx: Context, no: Denied | Invalid, *, business_id: str) -> Denied | Invalid:
    if isinstance(no, Invalid):
        return no
    return ctx.deny(no, about=Subject(SubjectKind.BUSINESS, business_id), business_id=business_id)


def _create(ctx: Context, new: NewAsset, *, form: str | None) -> Created | BeingCreated:
    """Create at once, or have it created at Meta, and tell the business."""
    is_at_meta = enforcing.is_connected(ctx.tx, new.business_id)
    state = CreationState.CREATING if is_at_meta else CreationState.CREATED
    asset_id = None if is_at_meta else insert_asset(ctx, new)
    creation_id = _insert(ctx, new, state=state, asset_id=asset_id, form=form)
    if is_at_meta:
        _record(ctx, EventKind.CREATION_BEGUN, creation_id, new, move=(None, state), version=1)
        _begin(ctx, creation_id, new)
    _post(ctx, creation_id, new.business_id)
    row = find_creation(ctx.tx, creation_id)
    assert row is not None
    return _made(row)


def _begin(ctx: Context, creation_id: str, new: NewAsset) -> None:
    enforcing.want(ctx, EnforcementKind.CREATION, MADE, business_id=new.business_id, subject_id=creation_id)


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
        expires_at=ctx.now + timedelta(days=DRAFT_DAYS),
        over_at=ctx.now if is_over else None,
        over_by=ctx.principal.person_id if is_over else None,
    )
    return creation_id


def _post(ctx: Context, creation_id: str, business_id: str) -> None:
    business = ctx.business_row(business_id)
    assert business is not None
    admins = approvers.admins(ctx.tx, business_id)
    cards.post_to_business(ctx, creation_id, Audience.SUBMITTERS, business, version=1, eligible=admins)


_MADE = frozenset({CreationState.CREATING, CreationState.CREATED})


def _made(row: Row) -> Created | BeingCreated:
    new = unpack_new(row.content)
    if row.state == CreationState.CREATING:
        return BeingCreated(creation_id=row.id, kind=new.kind, name=new.name)
    return Created(
        asset_id=row.asset_id,
        kind=new.kind,
        name=new.name,
        incomplete=new.is_incomplete,
    )


# --- prepared for the admins ------------------------------------------------------------------------


def _prepare(ctx: Context, new: NewAsset, *, form: str | None) -> Prepared | Denied:
    """Keep what an employee entered, with a card to its author and to the admins who may create it.

    What they have prepared already, to the letter, is that.
    """
    author = ctx.principal.person_id
    assert author is not None
    alike = {"business": new.business_id, "same_content": pack_new(new)}
    for same in ctx.tx.all(_SAME, author=author, at=ctx.now, **alike):
        return _prepared(ctx, same.id)
    waiting = ctx.tx.one(_PREPARED, author=author)
    assert waiting is not None
    if waiting.number >= MOST_DRAFTS:
        many = Denied(reason=DenialReason.TOO_MANY_DRAFTS, count=waiting.number)
        return ctx.deny(many, business_id=new.business_id)
    creation_id = _insert(ctx, new, state=CreationState.WAITING, form=form)
    _record(ctx, EventKind.CREATION_WAITING, creation_id, new, move=(None, CreationState.WAITING), version=1)
    _post(ctx, creation_id, new.business_id)
    cards.post_to_person(ctx, creation_id, Audience.AUTHOR, author, version=1)
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


def create_prepared(
    ctx: Context, creation_id: str, *, expected_version: int
) -> Created | BeingCreated | Denied | Invalid:
    """Create what was prepared; whether it may be is looked up again."""
    row = _find_open(ctx, creation_id, expected_version=expected_version, author_may=False)
    if isinstance(row, Denied):
        return row
    new = unpack_new(row.content)
    objected = objection(ctx, new)
    if objected is not None:
        return _denied(ctx, objected, business_id=row.business_id)
    content = pack_new(replace(new, program=None))  # whatever prepared it, a person creates it
    if enforcing.is_connected(ctx.tx, row.business_id):
        move(ctx, row, CreationState.CREATING, content=content)
        _begin(ctx, row.id, new)
    else:
        move(ctx, row, CreationState.CREATED, content=content, asset_id=insert_asset(ctx, new))
    created = find_creation(ctx.tx, row.id)
    assert created is not None
    return _made(created)


def change_prepared(
    ctx: Context, creation_id: str, new: NewAsset, *, expected_version: int
) -> Prepared | Denied | Invalid:
    """Replace what was prepared: its author or an admin."""
    row = _find_open(ctx, creation_id, expected_version=expected_version, author_may=True)
    if isinstance(row, Denied):
        return row
    new = replace(new, business_id=row.business_id, program=unpack_new(row.content).program)
    objected = objection(ctx, new)
    if objected is not None:
        return _denied(ctx, objected, business_id=row.business_id)
    move(ctx, row, CreationState.WAITING, content=pack_new(new))
    return _prepared(ctx, row.id)


def drop_prepared(ctx: Context, creation_id: str, *, expected_version: int) -> Discarded | Denied:
    """Drop what was prepared: its author or an admin; an admin also what could not be created at Meta."""
    row = _find_open(ctx, creation_id, expected_version=expected_version, author_may=True, failed_too=True)
    if isinstance(row, Denied):
        return row
    at_meta = _at_meta(ctx, row)
    if at_meta is not None:
        enforcing.end(ctx, at_meta)
    move(ctx, row, CreationState.DROPPED if at_meta is None else CreationState.GIVEN_UP)
    return Discarded(name=unpack_new(row.content).name, was_at_meta=at_meta is not None)


def try_creating_again(ctx: Context, creation_id: str, *, expected_version: int) -> BeingCreated | Denied:
    """Try once more to create at Meta what could not be; only an admin."""
    row = _find_open(ctx, creation_id, expected_version=expected_version, author_may=False, failed_too=True)
    if isinstance(row, Denied):
        return row
    at_meta = _at_meta(ctx, row)
    if at_meta is None:
        return _no(ctx, row, DenialReason.CHANGED)
    enforcing.try_again(ctx, at_meta)
    touch(ctx, row)
    new = unpack_new(row.content)
    return BeingCreated(creation_id=row.id, kind=new.kind, name=new.name)


def _at_meta(ctx: Context, row: Row) -> Row | None:
    kind = EnforcementKind.CREATION
    return enforcing.find_of(ctx.tx, kind, business_id=row.business_id, subject_id=row.id)


def created_at_meta(ctx: Context, creation_id: str, asset_id: str) -> bool:
    """Keep what was created at Meta, as it was just seen there. False: another business has it here."""
    row = find_creation(ctx.tx, creation_id)
    if row is None or row.state != CreationState.CREATING:
        return False
    if not insert_made(ctx, unpack_new(row.content), asset_id):
        return False
    move(ctx, row, CreationState.CREATED, asset_id=asset_id)
    return True


def show_creation(ctx: Context, creation_id: str) -> None:
    """Have the card of what is being created follow, because it stands otherwise at Meta than it did."""
    row = find_creation(ctx.tx, creation_id)
    assert row is not None
    touch(ctx, row)


def tell_not_created(ctx: Context, creation_id: str) -> None:
    """Tell the admins, and who prepared it, that it could not be created at Meta."""
    row = find_creation(ctx.tx, creation_id)
    assert row is not None
    cards.notify(ctx, Notice.NOT_MADE, cards.Happened(row.id, row.version))


def expire_prepared_due(ctx: Context, *, limit: int = 100) -> int:
    """Drop what nobody created in time, at most `limit`; return how many. A sweep's step."""
    taken = 0
    for row in ctx.some(ctx.tx.all(_EXPIRED, at=ctx.now, most=limit)):
        taken += 1
        move(ctx, row, CreationState.EXPIRED)
    return taken


_EVENTS = {
    CreationState.WAITING: EventKind.CREATION_CHANGED,
    CreationState.CREATING: EventKind.CREATION_BEGUN,
    CreationState.CREATED: EventKind.CREATION_CREATED,
    CreationState.DROPPED: EventKind.CREATION_DROPPED,
    CreationState.EXPIRED: EventKind.CREATION_EXPIRED,
    CreationState.GIVEN_UP: EventKind.CREATION_GIVEN_UP,
}
_NOTICES = {
    (CreationState.WAITING, CreationState.CREATED): Notice.CREATED,
    (CreationState.WAITING, CreationState.CREATING): Notice.CREATED,
    (CreationState.WAITING, CreationState.DROPPED): Notice.DROPPED,
    (CreationState.WAITING, CreationState.EXPIRED): Notice.EXPIRED,
    (CreationState.CREATING, CreationState.CREATED): Notice.MADE,
    (CreationState.CREATING, CreationState.GIVEN_UP): Notice.DROPPED,
}


def move(
    ctx: Context, row: Row, to: CreationState, *, content: str | None = None, asset_id: str | None = None
) -> None:
    """Move what was prepared; the only writer of its state. Raise AlreadyDecided if it was moved already."""
    is_over = to is not CreationState.WAITING
    moved = ctx.tx.touched(
        _MOVE,
        creation=row.id,
        expected_version=row.version,
        from_state=row.state,
        to_state=to,
        new_content=content or row.content,
        new_asset=asset_id,
        over=ctx.now if is_over else None,
        by_whom=(ctx.principal.person_id or row.over_by) if is_over else None,
    )
    if moved != 1:
        raise AlreadyDecided(f"creation {row.id} was moved by somebody else")
    version, new = row.version + 1, unpack_new(content or row.content)
    _record(ctx, _EVENTS[to], row.id, new, asset=asset_id, move=(row.state, to), version=version)
    cards.follow(ctx, row.id, version=version)
    cards.publish_homes(ctx, [row.business_id])
    notice = _NOTICES.get((CreationState(row.state), to))
    if notice is not None:
        cards.notify(ctx, notice, cards.Happened(row.id, version))


def _find_open(
    ctx: Context, creation_id: str, *, expected_version: int, author_may: bool, failed_too: bool = False
) -> Row | Denied:
    """Return what waits if the actor may handle it: an admin of its business; for some verbs, its author.

    For those that are about what could not be created at Meta, an admin, `failed_too`.
    """
    row = find_creation(ctx.tx, creation_id)
    if row is None or ctx.visible_business(row.business_id) is None:
        return ctx.deny(DenialReason.UNKNOWN_CREATION, about=Subject(SubjectKind.CREATION, creation_id))
    is_waiting = row.state == CreationState.WAITING
    is_author = author_may and row.state != CreationState.CREATING and approvers.is_actor(ctx, row.author_id)
    business = ctx.business(row.business_id)
    reason = None if is_author else may_administer(ctx.principal, business=business).reason
    if reason is None and row.state == CreationState.CREATING:
        at_meta = _at_meta(ctx, row) if failed_too else None
        has_failed = at_meta is not None and at_meta.state == EnforcementState.FAILED
        reason = None if has_failed else DenialReason.BEING_CREATED
    elif reason is None and (not is_waiting or ctx.now >= row.expires_at):
        reason = DenialReason.CREATION_OVER
    if reason is None and expected_version != row.version:
        reason = DenialReason.CHANGED
    return row if reason is None else _no(ctx, row, reason)


def _no(ctx: Context, row: Row, reason: DenialReason) -> Denied:
    about = Subject(SubjectKind.CREATION, row.id)
    denied = Denied(reason=reason, about=about, name=unpack_new(row.content).name)
    if reason is DenialReason.CREATION_OVER:
        denied = Denied(reason=reason, about=about, **how_over(ctx, row))
    return ctx.deny(denied, business_id=row.business_id)
