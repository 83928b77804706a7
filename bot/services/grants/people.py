"""A business's own people on its assets and on those shared with it: assigned, changed, removed and seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, or_, select

from bot.domain.assets import TASKS, Tasks, pack, unpack
from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.kinds import Gives
from bot.domain.policy import may_administer, may_give_own
from bot.domain.requests import ErrorCode, FieldError
from bot.services import directory
from bot.services.context import Context
from bot.services.grants.assignments import assign, assigned_to, why_not
from bot.services.grants.choices import unsettled
from bot.services.grants.effective import held_until, is_live, tasks_of, why_not_held
from bot.services.grants.enforced import (
    is_moving_at_meta,
    people_at_meta,
    person_at_meta,
    try_people_again,
)
from bot.services.results import Assigned, Denied, Invalid
from bot.services.views.access import (
    AssetPeople,
    AssignedPerson,
    EnforcementView,
    GrantView,
    PersonReach,
    Reach,
)
from bot.services.views.parties import AssetChoice, OwnBusiness, Party, PersonChoice, Rows
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_assignment = tables.table_of(tables.Assignment)
_asset = tables.table_of(tables.Asset)
_grant = tables.table_of(tables.Grant)
_person = tables.table_of(tables.Person)
_request = tables.table_of(tables.Request)

MOST_UNSETTLED = 10
"""How many grants on their way in or out at Meta are shown beside what is in force."""

_business: Any = bindparam("business")
_held = exists(
    select(_grant.c.id).where(
        _grant.c.asset_id == _asset.c.id,
        _grant.c.holder_id == _business,
        _grant.c.capability.is_(None),
        is_live,
    )
)
"""Whether a business holds tasks with an asset now, however late the sweep is that ends what is over."""


def _paged(rows: Any, *order: Any) -> tuple[Any, Any]:
    """Return the statements for a page of rows, and for how many there are."""
    page = rows.order_by(*order).limit(bindparam("most")).offset(bindparam("skip"))
    return page, rows.with_only_columns(func.count().label("total"))


_PEOPLE = _paged(
    select(_assignment, _person.c.name)
    .join_from(_assignment, _person, _assignment.c.person_id == _person.c.id)
    .where(_assignment.c.asset_id == bindparam("asset"), _assignment.c.business_id == _business),
    _person.c.name,
    _person.c.id,
)
_REACH = _paged(
    select(_assignment.c.tasks, _asset.c.id)
    .join_from(_assignment, _asset, _assignment.c.asset_id == _asset.c.id)
    .where(
        _assignment.c.person_id == bindparam("person"),
        _assignment.c.business_id == _business,
        or_(_asset.c.owner_id == _business, _held),
    ),
    _asset.c.name,
    _asset.c.id,
)
_REFS = (
    select(_request.c.ref, _grant.c.tasks)
    .join_from(_grant, _request, _grant.c.request_id == _request.c.id)
    .where(_grant.c.asset_id == bindparam("asset"), _grant.c.holder_id == _business, is_live)
    .order_by(_grant.c.starts_at, _grant.c.id)
)
_FIND = (
    select(_asset.c.id)
    .where(or_(_asset.c.owner_id == _business, _held), directory.ASSET_IS_SOUGHT)
    .order_by(_asset.c.name, _asset.c.id)
    .limit(bindparam("most"))
)


_ALL = {"pattern": "%", "named": "", "or_named": "", "of_kind": ""}
"""What is looked for where nothing was typed."""


# --- verbs ------------------------------------------------------------------------------------------


def assign_person(
    ctx: Context, person_id: str, *, business_id: str, asset_id: str, tasks: Tasks
) -> Assigned | Denied | Invalid:
    """Let a person of the business do just these tasks with an asset: any admin, within what it has."""
    asset, no = _asset_of(ctx, business_id, asset_id)
    if asset is None:
        return _deny(ctx, no, business_id=business_id, asset_id=asset_id)
    if not tasks:
        return Invalid(field_errors=(FieldError(field="level", code=ErrorCode.NO_TASKS),))
    if unknown := tasks - TASKS[asset.kind]:
        wrong = FieldError(field="level", code=ErrorCode.UNKNOWN_TASK, got=pack(unknown))
        return Invalid(field_errors=(wrong,))
    one = {"asset_id": asset_id, "business_id": business_id, "person_id": person_id}
    before = assigned_to(ctx.tx, **one)
    against = _against(ctx, asset, person_id, business_id=business_id, tasks=tasks, before=before)
    if against is not None:
        return _deny(ctx, against, business_id=business_id, asset_id=asset_id)
    assign(ctx, **one, tasks=tasks, acting_for=business_id)
    return _assigned(ctx, asset, person_id, tasks, business_id=business_id)


def try_person_again(ctx: Context, person_id: str, *, business_id: str, asset_id: str) -> Assigned | Denied:
    """Try once more at Meta what one of the business's people should be able to do: any admin."""
    asset, no = _asset_of(ctx, business_id, asset_id)
    one = {"asset_id": asset_id, "business_id": business_id, "person_id": person_id}
    if asset is None:
        return _deny(ctx, no, business_id=business_id, asset_id=asset_id)
    if not (_is_own(ctx, person_id, business_id) and try_people_again(ctx, **one)):
        about = Subject(SubjectKind.ASSET, asset_id)
        nothing = Denied(reason=DenialReason.CHANGED, field="person", about=about, name=asset.name)
        return _deny(ctx, nothing, business_id=business_id, asset_id=asset_id)
    return _assigned(ctx, asset, person_id, assigned_to(ctx.tx, **one), business_id=business_id)


def unassign_person(ctx: Context, person_id: str, *, business_id: str, asset_id: str) -> Assigned | Denied:
    """Take an asset away from a person of the business: any admin, also of a deactivated business."""
    asset, no = _asset_of(ctx, business_id, asset_id)
    if asset is None:
        return _deny(ctx, no, business_id=business_id, asset_id=asset_id)
    one = {"asset_id": asset_id, "business_id": business_id, "person_id": person_id}
    if not assign(ctx, **one, tasks=frozenset(), acting_for=business_id):
        name = directory.name_of(ctx.tx, person_id) if _is_own(ctx, person_id, business_id) else None
        no = Denied(
            reason=DenialReason.NOT_ASSIGNED,
            field="person",
            name=asset.name,
            people=(name,) if name else (),
        )
        return _deny(ctx, no, business_id=business_id, asset_id=asset_id)
    return _assigned(ctx, asset, person_id, frozenset(), business_id=business_id)


def _asset_of(ctx: Context, business_id: str, asset_id: str) -> tuple[AssetChoice | None, Denied]:
    """Return the asset if the actor acts for the business and it may do anything with it; and else why not.

    Of an asset that the business neither owns nor holds nothing is said, not even whether there is one.
    """
    no = may_administer(ctx.principal, business=ctx.business(business_id)).reason
    if no is not None:
        return None, ctx.denial(no, business_id=business_id)
    asset = directory.find_asset(ctx.tx, asset_id)
    if not tasks_of(ctx.tx, asset_id=asset_id, business_id=business_id, at=ctx.now):
        asset = None
    return asset, why_not_held(ctx, asset_id, business_id)


def _against(
    ctx: Context, asset: AssetChoice, person_id: str, *, business_id: str, tasks: Tasks, before: Tasks
) -> Denied | None:
    """Return what stands against these tasks for a person; anybody can be given less than they have."""
    if not _is_own(ctx, person_id, business_id):
        return Denied(reason=DenialReason.UNKNOWN_PERSON, field="person")
    most = tasks_of(ctx.tx, asset_id=asset.id, business_id=business_id, at=ctx.now)
    if not tasks <= most:
        return Denied(
            reason=DenialReason.BEYOND_HELD, field="level", name=asset.name, tasks=most, kind=asset.kind
        )
    if tasks <= before:
        return None
    business = ctx.business(business_id)
    assert business is not None
    if (no := may_give_own(business).reason) is not None:
        return Denied(reason=no)
    why = why_not(ctx, person_id, business_id=business_id)
    if why is not None:
        name = directory.name_of(ctx.tx, person_id) or ""
        return Denied(reason=DenialReason.NOT_ASSIGNABLE, field="person", name=name, why=why)
    return None


def _is_own(ctx: Context, person_id: str, business_id: str) -> bool:
    return directory.is_member(ctx.tx, person_id, business_id=business_id)


def _assigned(
    ctx: Context, asset: AssetChoice, person_id: str, tasks: Tasks, *, business_id: str
) -> Assigned:
    return Assigned(
        person=directory.name_of(ctx.tx, person_id) or "",
        asset=asset.name,
        kind=asset.kind,
        tasks=tasks,
        is_at_meta=is_moving_at_meta(ctx, business_id=business_id, asset_id=asset.id, person_id=person_id),
    )


def _deny(ctx: Context, no: Denied, *, business_id: str, asset_id: str) -> Denied:
    return ctx.deny(no, about=Subject(SubjectKind.ASSET, asset_id), business_id=ctx.own(business_id))


# --- queries ----------------------------------------------------------------------------------------


def people_of(
    ctx: Context, *, business_id: str, asset_id: str, limit: int, offset: int = 0
) -> AssetPeople | None:
    """Return a page of a business's own people with an asset it has, for its members; None for others."""
    own = next((one for one in _own(ctx) if one.party.id == business_id), None)
    asset = directory.find_asset(ctx.tx, asset_id)
    if own is None or asset is None:
        return None
    tasks = tasks_of(ctx.tx, asset_id=asset_id, business_id=business_id, at=ctx.now)
    if not tasks:
        return None
    rows = _page(ctx, _PEOPLE, limit=limit, offset=offset, asset=asset_id, business=business_id)
    return AssetPeople(
        business=own.party,
        asset=asset,
        tasks=tasks,
        until=held_until(ctx.tx, Gives.TASKS, asset_id=asset_id, holder_id=business_id, at=ctx.now),
        people=Rows(
            rows=tuple(
                AssignedPerson(
                    person_id=row.person_id,
                    name=row.name,
                    tasks=unpack(row.tasks) & tasks,
                    since=row.since,
                    why=why_not(ctx, row.person_id, business_id=business_id),
                )
                for row in rows.rows
            ),
            total=rows.total,
            more=rows.more,
        ),
        can_change=own.may_administer is None,
        unsettled=unsettled(ctx, business_id, asset_id=asset_id, limit=MOST_UNSETTLED),
        at_meta=people_at_meta(ctx, business_id=business_id, asset_id=asset_id),
    )


def reach_of(ctx: Context, person_id: str, *, limit: int, offset: int = 0) -> PersonReach | None:
    """Return a page of all that a person can reach through businesses of the actor's; None for strangers."""
    common = [one for one in _own(ctx) if _is_own(ctx, person_id, one.party.id)]
    if not common:
        return None
    found: list[Reach] = []
    coming: list[GrantView] = []
    at_meta: list[EnforcementView] = []
    total, skip = 0, offset
    for own in common:
        page = _page(
            ctx,
            _REACH,
            limit=limit - len(found),
            offset=skip,
            person=person_id,
            business=own.party.id,
            at=ctx.now,
        )
        found += [_reach(ctx, own, row.id, unpack(row.tasks)) for row in page.rows]
        total += page.total
        skip = max(0, skip - page.total)
        at_meta += person_at_meta(ctx, business_id=own.party.id, person_id=person_id)
        coming += unsettled(ctx, own.party.id, person_id=person_id, limit=MOST_UNSETTLED - len(coming))
    rows = Rows(rows=tuple(found), total=total, more=offset + len(found) < total)
    name = directory.name_of(ctx.tx, person_id) or ""
    return PersonReach(
        person_id=person_id,
        name=name,
        rows=rows,
        unsettled=tuple(coming),
        at_meta=tuple(at_meta),
    )


def _reach(ctx: Context, own: OwnBusiness, asset_id: str, assigned: Tasks) -> Reach:
    asset = directory.find_asset(ctx.tx, asset_id)
    assert asset is not None
    business_id = own.party.id
    tasks = assigned & tasks_of(ctx.tx, asset_id=asset_id, business_id=business_id, at=ctx.now)
    given = ctx.tx.all(_REFS, asset=asset_id, business=business_id, at=ctx.now)
    return Reach(
        asset=asset,
        business=own.party,
        tasks=tasks,
        until=held_until(
            ctx.tx, Gives.TASKS, asset_id=asset_id, holder_id=business_id, at=ctx.now, tasks=tasks
        ),
        refs=tuple(dict.fromkeys(row.ref for row in given if unpack(row.tasks) & tasks)),
        can_change=own.may_administer is None,
    )


def find_reachable(ctx: Context, *, query: str, limit: int) -> list[tuple[Party, AssetChoice]]:
    """Return assets that the actor's businesses own or hold and that match, each with the business."""
    found: list[tuple[Party, AssetChoice]] = []
    for own in _own(ctx):
        rows = ctx.tx.all(
            _FIND,
            business=own.party.id,
            at=ctx.now,
            **(directory.sought(query) or _ALL),
            most=limit - len(found),
        )
        assets = [directory.find_asset(ctx.tx, row.id) for row in rows]
        found += [(own.party, asset) for asset in assets if asset is not None]
    return found


def find_colleagues(
    ctx: Context, *, query: str, limit: int, business_id: str | None = None
) -> list[PersonChoice]:
    """Return people of the actor's businesses, or of one of them, that match."""
    found: dict[str, PersonChoice] = {}
    for own in _own(ctx):
        if business_id in (None, own.party.id):
            for one in directory.find_people(ctx, business_id=own.party.id, query=query, limit=limit):
                found.setdefault(one.id, one)
    return list(found.values())[:limit]


def find_called(ctx: Context, name: str, *, business_id: str | None = None) -> list[PersonChoice]:
    """Return who of the actor's businesses, or of one of them, is called so; else whose name begins so."""
    exactly: dict[str, PersonChoice] = {}
    nearly: dict[str, PersonChoice] = {}
    for own in _own(ctx):
        if business_id in (None, own.party.id):
            for one, is_exact in directory.find_called_people(ctx, name, business_id=own.party.id):
                (exactly if is_exact else nearly)[one.id] = one
    return list((exactly or nearly).values())


def assigned_with(ctx: Context, person_id: str, *, business_id: str, asset_id: str) -> Tasks:
    """Return what a person has with an asset through a business of the actor's; nothing through any other."""
    if ctx.visible_business(business_id) is None:
        return frozenset()
    return assigned_to(ctx.tx, asset_id=asset_id, business_id=business_id, person_id=person_id)


def through(ctx: Context, asset_id: str) -> str | None:
    """Return the first of the actor's businesses that has an asset; those that they act for come first."""
    own = (one.party.id for one in _own(ctx))
    held = (one for one in own if tasks_of(ctx.tx, asset_id=asset_id, business_id=one, at=ctx.now))
    return next(held, None)


def _own(ctx: Context) -> Sequence[OwnBusiness]:
    """Return the businesses that the actor may see, those that they act for first."""
    own = [one for one in directory.me(ctx).businesses if ctx.visible_business(one.party.id) is not None]
    return sorted(own, key=lambda one: one.may_administer is not None)


def _page(ctx: Context, statements: tuple[Any, Any], *, limit: int, offset: int, **facts: Any) -> Rows[Row]:
    page, counted = statements
    rows = ctx.tx.all(page, **facts, most=limit, skip=offset)
    total = ctx.tx.one(counted, **facts)
    assert total is not None
    return Rows(rows=tuple(rows), total=total.total, more=offset + len(rows) < total.total)
