"""Questions and answers about a request, between its two sides."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import bindparam, func, insert, select

from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.kinds import Side
from bot.domain.limits import LONGEST_COMMENT, MOST_COMMENTS_A_DAY
from bot.domain.messages import Notice
from bot.domain.requests import ErrorCode, FieldError, too_long
from bot.domain.typed import tidy
from bot.services import cards, moves
from bot.services.context import Context
from bot.services.requests import views
from bot.services.results import Commented, Denied, Invalid
from bot.store import tables

_comment = tables.table_of(tables.Comment)

_INSERT_COMMENT = insert(_comment)
_COMMENTS_SINCE = select(func.count().label("number")).where(
    _comment.c.request_id == bindparam("request"), _comment.c.at > bindparam("since")
)


def comment(ctx: Context, request_id: str, text: str) -> Commented | Denied | Invalid:
    """Write to the other side about a request: it appears in the threads of both sides' cards.

    Any admin of either side, also after the decision: of a business, or of the asset that is claimed. Who is
    on both sides writes for the one on which they act; for the requesting one, if they do on both.
    """
    request = moves.find_row(ctx.tx, request_id)
    side = views.writing_side(ctx, request_id)
    about = Subject(SubjectKind.REQUEST, request_id)
    if request is None or side is None:
        return ctx.deny(DenialReason.UNKNOWN_REQUEST, about=about)
    business_id = request.requesting_id if side is Side.REQUESTING else request.deciding_id
    reason = views.may_write(ctx, request, side).reason
    if reason is not None:
        denied = Denied(reason=reason, about=about, ref=request.ref)
        return ctx.deny(denied, business_id=business_id)
    words = tidy(text)
    if not words:
        return Invalid(field_errors=(FieldError(field="text", code=ErrorCode.NO_WORDS),))
    if wrong := too_long(words, most=LONGEST_COMMENT, field="text"):
        return Invalid(field_errors=wrong)
    today = ctx.tx.one(_COMMENTS_SINCE, request=request.id, since=ctx.now - timedelta(days=1))
    if today is not None and today.number >= MOST_COMMENTS_A_DAY:
        many = Denied(reason=DenialReason.TOO_MANY_COMMENTS, about=about, ref=request.ref)
        return ctx.deny(many, business_id=business_id)
    comment_id = secrets.token_hex(8)
    ctx.tx.run(
        _INSERT_COMMENT,
        id=comment_id,
        request_id=request.id,
        person_id=ctx.principal.person_id,
        business_id=business_id,
        text=words,
        at=ctx.now,
    )
    ctx.record(
        EventKind.REQUEST_COMMENT,
        about,
        business_id=business_id,
        acting_for=business_id,
        version=request.version,
        text=words,
    )
    cards.follow(ctx, request.id, version=request.version)
    cards.notify(ctx, Notice.COMMENT, cards.Happened(request.id, request.version, comment_id))
    other = Side.DECIDING if side is Side.REQUESTING else Side.REQUESTING
    return Commented(request_id=request.id, ref=request.ref, unheard=views.unheard_side(ctx, request, other))
