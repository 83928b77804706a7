"""Bundles: requests that a business keeps under names of its own, to start others from.

What a request asks for never changes, so that a bundle is that request and a name, and nothing is copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.kinds import RULES, RequestKind, Side
from bot.domain.limits import LONGEST_BUNDLE_NAME, MOST_BUNDLES
from bot.domain.requests import ErrorCode, FieldError, too_long
from bot.domain.typed import folded, one_line
from bot.services.context import Context
from bot.services.requests.views import request_card
from bot.services.results import Bundled, Denied, Invalid
from bot.services.views.parties import Rows
from bot.services.views.requests import BundleView
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_bundle = tables.table_of(tables.Bundle)
_request = tables.table_of(tables.Request)
_person = tables.table_of(tables.Person)

_OF_BUSINESS = (
    select(_bundle, _request.c.kind, _person.c.name.label("saver"))
    .join_from(_bundle, _request, _request.c.id == _bundle.c.request_id)
    .join(_person, _person.c.id == _bundle.c.saved_by)
    .where(_bundle.c.business_id == bindparam("business"))
    .order_by(_bundle.c.folded)
)
_ASKED = select(_request.c.requesting_id, _request.c.kind, _request.c.extends_id).where(
    _request.c.id == bindparam("request")
)
_KEPT = select(_bundle).where(_bundle.c.request_id == bindparam("request"))
_INSERT = insert(_bundle)
_RENAME = (
    update(_bundle)
    .where(_bundle.c.request_id == bindparam("request"))
    .values(
        name=bindparam("new_name"),
        folded=bindparam("new_folded"),
        saved_by=bindparam("by_whom"),
        saved_at=bindparam("at"),
    )
)
_REMOVE = delete(_bundle).where(_bundle.c.request_id == bindparam("request"))


def save_bundle(ctx: Context, request_id: str, *, name: str) -> Bundled | Denied | Invalid:
    """Keep a request under a name for everybody in the business that made it; again: under another name.

    Any of its members. Names are told apart without regard to case and accents.
    """
    asked = ctx.tx.one(_ASKED, request=request_id)
    if (
        asked is None
        or ctx.visible_business(asked.requesting_id) is None
        or not RULES[RequestKind(asked.kind)].may_bundle(extends=asked.extends_id)
    ):
        return ctx.deny(DenialReason.UNKNOWN_REQUEST, about=Subject(SubjectKind.REQUEST, request_id))
    name = one_line(name)
    wrong = too_long(name, most=LONGEST_BUNDLE_NAME, field="name")
    if not folded(name).strip():
        wrong = (FieldError(field="name", code=ErrorCode.NO_NAME),)
    business_id = asked.requesting_id
    kept = ctx.tx.all(_OF_BUSINESS, business=business_id)
    others = [row for row in kept if row.request_id != request_id]
    if folded(name) in {row.folded for row in others}:
        wrong = (FieldError(field="name", code=ErrorCode.NAME_TAKEN, got=name),)
    if wrong:
        return Invalid(field_errors=wrong)
    about = Subject(SubjectKind.BUSINESS, business_id)
    if len(others) >= MOST_BUNDLES:
        many = Denied(reason=DenialReason.TOO_MANY_BUNDLES, count=MOST_BUNDLES)
        return ctx.deny(many, about=about, business_id=business_id)
    before = next((row for row in kept if row.request_id == request_id), None)
    if before is None or before.name != name:
        _keep(ctx, request_id, name=name, business_id=business_id, is_new=before is None)
        ctx.record(
            EventKind.BUSINESS_BUNDLE,
            about,
            business_id=business_id,
            acting_for=business_id,
            request=request_id,
            text=name,
        )
    return Bundled(name=name)


def bundle_name(ctx: Context, request_id: str) -> str:
    """Return what a request is called as a bundle, for members of its business; else nothing."""
    row = ctx.tx.one(_KEPT, request=request_id)
    return row.name if row is not None and ctx.visible_business(row.business_id) else ""


def _keep(ctx: Context, request_id: str, *, name: str, business_id: str, is_new: bool) -> None:
    person_id = ctx.principal.person_id
    if not is_new:
        ctx.tx.run(
            _RENAME,
            request=request_id,
            new_name=name,
            new_folded=folded(name),
            by_whom=person_id,
            at=ctx.now,
        )
        return
    ctx.tx.run(
        _INSERT,
        request_id=request_id,
        business_id=business_id,
        name=name,
        folded=folded(name),
        saved_by=person_id,
        saved_at=ctx.now,
    )


def remove_bundle(ctx: Context, request_id: str) -> Bundled | Denied:
    """Keep a request as a bundle no longer: any member of its business. The request stays as it is."""
    row = ctx.tx.one(_KEPT, request=request_id)
    if row is None or ctx.visible_business(row.business_id) is None:
        return ctx.deny(DenialReason.UNKNOWN_BUNDLE, about=Subject(SubjectKind.REQUEST, request_id))
    remove_kept(ctx, request_id)
    return Bundled(name=row.name, is_removed=True)


def remove_kept(ctx: Context, request_id: str) -> None:
    """Keep a request as a bundle no longer, if it is one."""
    row = ctx.tx.one(_KEPT, request=request_id)
    if row is not None and ctx.tx.touched(_REMOVE, request=request_id):
        ctx.record(
            EventKind.BUSINESS_BUNDLE_REMOVED,
            Subject(SubjectKind.BUSINESS, row.business_id),
            business_id=row.business_id,
            acting_for=row.business_id,
            request=request_id,
            text=row.name,
        )


def list_bundles(
    ctx: Context,
    *,
    business_id: str,
    kind: RequestKind | None = None,
    limit: int,
    offset: int = 0,
    query: str = "",
) -> Rows[BundleView]:
    """Return a page of a business's bundles by name, for its members.

    Those for one kind of request, and those whose names hold `query`, if these are given.
    """
    if ctx.visible_business(business_id) is None:
        return Rows(rows=(), total=0, more=False)
    sought = folded(query.strip())
    kept = ctx.tx.all(_OF_BUSINESS, business=business_id)
    found = [row for row in kept if sought in row.folded and kind in {None, row.kind}]
    rows = tuple(_view(ctx, row) for row in found[offset : offset + limit])
    return Rows(rows=rows, total=len(found), more=offset + len(rows) < len(found))


def _view(ctx: Context, row: Row) -> BundleView:
    request = request_card(ctx, row.request_id, side=Side.REQUESTING)
    return BundleView(name=row.name, request=request, saved_by=row.saver)
