"""What people typed, erased when it is long over: reasons, notes, comments and descriptions.

Who asked for what, who decided and when stays, and the journal still verifies: it chains a salted hash of
what was typed, and the text beside it goes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, case, delete, exists, literal, null, or_, select, update

from bot.domain.events import EventKind, Subject, SubjectKind
from bot.services import cards
from bot.services.context import Context
from bot.services.requests.drafts import pack_request, unpack_request
from bot.store import tables
from bot.store.types import UTCDateTime

if TYPE_CHECKING:
    from bot.store.compiled import Row

ERASED = "…"
"""In place of words that say which asset was meant, where no asset was ever named."""

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
    _request.c.reason != "",
    _request.c.note != "",
    exists().where(_item.c.request_id == _request.c.id, _item.c.words != ERASED),
    exists().where(_decision.c.request_id == _request.c.id, _decision.c.note != ""),
    exists().where(_comment.c.request_id == _request.c.id, _comment.c.text != ""),
    exists().where(_grant.c.request_id == _request.c.id, _grant.c.end_note != ""),
)
_OVER_SINCE_LONG = (
    select(_request)
    .where(
        _request.c.over_at < _before,
        or_(_business.is_(None), _request.c.requesting_id == _business, _request.c.deciding_id == _business),
        ~_goes_on,
        ~_ended_since,
        ~_is_kept,
        _has_text,
    )
    .order_by(_request.c.over_at, _request.c.id)
    .limit(bindparam("most"))
)
_typed = (
    select(_text.c.seq)
    .join_from(_event, _text, _event.c.seq == _text.c.seq)
    .where(_event.c.subject_kind == SubjectKind.DRAFT, _event.c.subject_id == _draft.c.id)
)
_DRAFTS_OVER_SINCE_LONG = (
    select(_draft)
    .where(
        _draft.c.over_at < _before,
        _draft.c.request_id.is_(None),
        or_(_business.is_(None), _draft.c.business_id == _business),
        exists(_typed),
    )
    .order_by(_draft.c.over_at, _draft.c.id)
    .limit(bindparam("most"))
)
_DRAFTS = select(_draft).where(_draft.c.request_id == _of_request)
_GRANTS = select(_grant.c.id).where(_grant.c.request_id == _of_request)
_ERASE = (
    update(_request)
    .where(_request.c.id == _of_request)
    .values(reason="", note="", version=_request.c.version + 1),
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
_ERASE_TYPED = delete(_text).where(
    _text.c.seq.in_(
        select(_event.c.seq).where(
            _event.c.subject_kind == bindparam("kind"), _event.c.subject_id == bindparam("subject")
        )
    )
)


def erase_texts(ctx: Context, *, before: datetime, business_id: str | None = None, limit: int = 100) -> int:
    """Erase what was typed about requests and drafts that were over `before`, and all they gave too.

    `business_id`: only those in which it was a side. What is kept as a bundle stays. Cards in Slack follow.
    Return how many were erased, `limit` at most of each; call it until there are none.
    """
    over = {"before": before, "business": business_id, "most": limit}
    requests = ctx.tx.all(_OVER_SINCE_LONG, **over)
    for row in requests:
        for statement in _ERASE:
            ctx.tx.run(statement, request=row.id)
        _erase_typed(ctx, SubjectKind.REQUEST, row.id)
        for grant in ctx.tx.all(_GRANTS, request=row.id):
            _erase_typed(ctx, SubjectKind.GRANT, grant.id)
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
    drafts = ctx.tx.all(_DRAFTS_OVER_SINCE_LONG, **over)
    for draft in drafts:
        _erase_draft(ctx, draft)
    return len(requests) + len(drafts)


def _erase_draft(ctx: Context, draft: Row) -> None:
    new = unpack_request(draft.content)
    items = tuple(replace(item, words=item.words and ERASED) for item in new.items)
    kept = pack_request(replace(new, reason="", items=items))
    ctx.tx.run(_ERASE_DRAFT, draft=draft.id, new_content=kept)
    _erase_typed(ctx, SubjectKind.DRAFT, draft.id)
    about = Subject(SubjectKind.DRAFT, draft.id)
    ctx.record(EventKind.DRAFT_ERASED, about, business_id=draft.business_id, version=draft.version + 1)
    cards.follow(ctx, draft.id, version=draft.version + 1)


def _erase_typed(ctx: Context, kind: SubjectKind, subject_id: str) -> None:
    ctx.tx.run(_ERASE_TYPED, kind=kind, subject=subject_id)
