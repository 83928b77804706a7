"""What people typed, erased when it is long over: reasons, notes, comments and descriptions.

Who asked for what, who decided and when stays, and the journal still verifies: it chains a salted hash of
what was typed, and the text beside it goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Text,
    and_,
    bindparam,
    case,
    delete,
    exists,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.requests import ERASED, UNEXPLAINED
from bot.services import cards
from bot.services.context import Context
from bot.services.requests.bundles import remove_kept
from bot.services.requests.drafts import pack_request, unpack_request
from bot.store import journal, tables
from bot.store.types import UTCDateTime

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_decision = tables.table_of(tables.Decision)
_comment = tables.table_of(tables.Comment)
_grant = tables.table_of(tables.Grant)
_draft = tables.table_of(tables.Draft)
_bundle = tables.table_of(tables.Bundle)
_event = tables.table_of(tables.Event)
_text = tables.table_of(tables.EventText)

_of_request: Any = bindparam("request")
_before: Any = bindparam("before", type_=UTCDateTime)
_business: Any = bindparam("business", type_=Text)
_goes_on = exists().where(_grant.c.request_id == _request.c.id, _grant.c.ended_at.is_(None))
_ended_since = exists().where(_grant.c.request_id == _request.c.id, _grant.c.ended_at >= _before)
_is_kept = exists().where(_bundle.c.request_id == _request.c.id)
_has_text = or_(
    _request.c.reason.not_in(("", UNEXPLAINED)),
    _request.c.note != "",
    exists().where(_item.c.request_id == _request.c.id, _item.c.words != ERASED),
    exists().where(_decision.c.request_id == _request.c.id, _decision.c.note != ""),
    exists().where(_comment.c.request_id == _request.c.id, _comment.c.text != ""),
    exists().where(_grant.c.request_id == _request.c.id, _grant.c.end_note != ""),
)
_is_over = and_(_request.c.over_at < _before, ~_goes_on, ~_ended_since, ~_is_kept, _has_text)
_typed = (
    select(_text.c.seq)
    .join_from(_event, _text, _event.c.seq == _text.c.seq)
    .where(_event.c.subject_kind == SubjectKind.DRAFT, _event.c.subject_id == _draft.c.id)
)
_is_over_unsent = and_(_draft.c.over_at < _before, _draft.c.request_id.is_(None), exists(_typed))
_OVER_SINCE_LONG = union_all(
    select(_request.c.id).where(
        _is_over,
        or_(_business.is_(None), _request.c.requesting_id == _business, _request.c.deciding_id == _business),
    ),
    select(_draft.c.id).where(_is_over_unsent, or_(_business.is_(None), _draft.c.business_id == _business)),
)
_REQUEST = select(_request).where(_request.c.id == bindparam("subject"), _has_text)
_DRAFT = select(_draft).where(
    _draft.c.id == bindparam("subject"), _draft.c.request_id.is_(None), exists(_typed)
)
_STILL_OVER, _STILL_OVER_UNSENT = _REQUEST.where(_is_over), _DRAFT.where(_is_over_unsent)
_DRAFTS = select(_draft).where(_draft.c.request_id == _of_request)
_GRANTS = select(_grant.c.id, _grant.c.owner_id, _grant.c.holder_id).where(_grant.c.request_id == _of_request)
# Why the two parted stands beside what ended with that, too.
_ERASE_PARTED = delete(_text).where(
    _text.c.seq.in_(
        select(_event.c.seq).where(
            _event.c.subject_kind == SubjectKind.BUSINESS,
            _event.c.subject_id == bindparam("own"),
            _event.c.counterpart_id == bindparam("other"),
            _event.c.kind == EventKind.BUSINESS_PARTED,
            _event.c.at < _before,
        )
    )
)
_ERASE = (
    update(_request)
    .where(_request.c.id == _of_request)
    .values(
        reason=case((_request.c.reason == UNEXPLAINED, literal(UNEXPLAINED)), else_=literal("")),
        note="",
        version=_request.c.version + 1,
    ),
    update(_item)
    .where(_item.c.request_id == _of_request)
    .values(words=case((_item.c.asset_id.is_(None), literal(ERASED)), else_=null())),
    update(_decision).where(_decision.c.request_id == _of_request).values(note=""),
    update(_comment).where(_comment.c.request_id == _of_request).values(text=""),
    update(_grant).where(_grant.c.request_id == _of_request).values(end_note=""),
)
_ERASE_DRAFT = (
    update(_draft)
    .where(_draft.c.id == bindparam("draft"))
    .values(content=bindparam("new_content"), version=_draft.c.version + 1)
)


def find_over(tx: Tx, *, before: datetime, business_id: str | None = None) -> list[str]:
    """Return the requests and drafts that were over `before`, and all they gave too, and have text to erase.

    `business_id`: only those in which it was a side. What is kept as a bundle is none of them. It reads all
    that were ever over.
    """
    return [row.id for row in tx.all(_OVER_SINCE_LONG, before=before, business=business_id)]


def erase_texts(ctx: Context, subject_ids: Sequence[str], *, before: datetime) -> int:
    """Erase what was typed about these requests and drafts, as far as `find_over` would still find them.

    Cards in Slack follow. Return how many were erased.
    """
    erased = 0
    for subject_id in subject_ids:
        for row in ctx.tx.all(_STILL_OVER, subject=subject_id, before=before):
            _erase_request(ctx, row, before=before)
            erased += 1
        for row in ctx.tx.all(_STILL_OVER_UNSENT, subject=subject_id, before=before):
            _erase_draft(ctx, row)
            erased += 1
    return erased


def erase_again(ctx: Context, subject_id: str, *, erased_at: datetime) -> None:
    """Erase what was typed about a request or draft as a newer record has it erased, however it stands here.

    It was over there by then, and no bundle any more: nor is it one here.
    """
    for row in ctx.tx.all(_REQUEST, subject=subject_id):
        remove_kept(ctx, row.id)
        _erase_request(ctx, row, before=erased_at)
    for row in ctx.tx.all(_DRAFT, subject=subject_id):
        _erase_draft(ctx, row)


def _erase_request(ctx: Context, row: Row, *, before: datetime) -> None:
    for statement in _ERASE:
        ctx.tx.run(statement, request=row.id)
    journal.erase_texts(ctx.tx, subject_kind=SubjectKind.REQUEST, subject_id=row.id, but=UNEXPLAINED)
    between = {(row.requesting_id, row.deciding_id)}
    for grant in ctx.tx.all(_GRANTS, request=row.id):
        journal.erase_texts(ctx.tx, subject_kind=SubjectKind.GRANT, subject_id=grant.id)
        between.add((grant.owner_id, grant.holder_id))
    for own, other in sorted({pair for one, two in between if two for pair in ((one, two), (two, one))}):
        ctx.tx.run(_ERASE_PARTED, own=own, other=other, before=before)
    for draft in ctx.tx.all(_DRAFTS, request=row.id):
        _erase_draft(ctx, draft)
    ctx.record(
        EventKind.REQUEST_ERASED,
        Subject(SubjectKind.REQUEST, row.id),
        business_id=row.requesting_id,
        counterpart_id=row.deciding_id,
        version=row.version + 1,
    )
    cards.follow(ctx, row.id, version=row.version + 1)


def _erase_draft(ctx: Context, draft: Row) -> None:
    new = unpack_request(draft.content)
    items = tuple(replace(item, words=item.words and ERASED) for item in new.items)
    kept = pack_request(replace(new, reason="", items=items))
    ctx.tx.run(_ERASE_DRAFT, draft=draft.id, new_content=kept)
    journal.erase_texts(ctx.tx, subject_kind=SubjectKind.DRAFT, subject_id=draft.id)
    about = Subject(SubjectKind.DRAFT, draft.id)
    ctx.record(EventKind.DRAFT_ERASED, about, business_id=draft.business_id, version=draft.version + 1)
    cards.follow(ctx, draft.id, version=draft.version + 1)
