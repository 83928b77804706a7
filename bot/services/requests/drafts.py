"""Drafts: what an employee wrote for the admins of the business to submit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from bot.domain.assets import Kind, pack, unpack
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.kinds import RequestKind
from bot.domain.limits import DRAFT_DAYS, MOST_DRAFTS
from bot.domain.messages import Audience, Notice
from bot.domain.policy import may_administer
from bot.domain.requests import DraftState, NewItem, NewRequest, Term, TermKind
from bot.errors import AlreadyDecided
from bot.services import approvers, cards, directory, voices
from bot.services.context import Context
from bot.services.requests import draft_approvals
from bot.services.requests.send import items_as_recorded, new_ref, objection, send
from bot.services.results import Denied, Dropped, Invalid, Moved, Saved, Sent
from bot.store import tables
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.store.compiled import Row
    from bot.store.tx import Tx

_draft = tables.table_of(tables.Draft)

_INSERT_DRAFT = insert(_draft)
_DRAFT = select(_draft).where(_draft.c.id == bindparam("draft"))
_MOVE_DRAFT = (
    update(_draft)
    .where(
        _draft.c.id == bindparam("draft"),
        _draft.c.state == DraftState.WAITING,
        _draft.c.version == bindparam("expected_version"),
    )
    .values(
        state=bindparam("to_state"),
        version=_draft.c.version + 1,
        content=bindparam("new_content"),
        request_id=bindparam("request"),
        over_at=bindparam("over"),
        over_by=bindparam("by_whom"),
    )
)
_WAITING_OF = select(func.count().label("number")).where(
    _draft.c.author_id == bindparam("author"), _draft.c.state == DraftState.WAITING
)
_SAME = select(_draft).where(
    _draft.c.business_id == bindparam("business"),
    _draft.c.state == DraftState.WAITING,
    _draft.c.author_id == bindparam("author"),
    _draft.c.content == bindparam("same_content"),
    _draft.c.expires_at > bindparam("at"),
)
_WAITING_IN = (
    select(_draft)
    .where(_draft.c.business_id == bindparam("business"), _draft.c.state == DraftState.WAITING)
    .order_by(_draft.c.id)
)
_EXPIRED = (
    select(_draft)
    .where(_draft.c.state == DraftState.WAITING, _draft.c.expires_at <= bindparam("at"))
    .order_by(_draft.c.expires_at)
    .limit(bindparam("most"))
)


def find_draft_row(tx: Tx, draft_id: str) -> Row | None:
    """Return a draft's row, or None."""
    return tx.one(_DRAFT, draft=draft_id)


def pack_request(new: NewRequest) -> str:
    """Return a request as JSON, as a draft keeps it."""
    return json.dumps(
        {
            "requesting": new.requesting_id,
            "kind": new.kind,
            "deciding": new.deciding_id,
            "items": [
                {
                    "kind": item.kind,
                    "tasks": pack(item.tasks),
                    "asset": item.asset_id,
                    "words": item.words,
                }
                for item in new.items
            ],
            "reason": new.reason,
            "people": new.people,
            "direct": new.direct,
            "found": new.found,
            "program": new.program,
            "term": {
                "kind": new.term.kind,
                "days": new.term.days,
                "until": new.term.until.isoformat() if new.term.until else None,
            },
        },
        sort_keys=True,
    )


def unpack_request(stored: str) -> NewRequest:
    """Return what `pack_request` kept."""
    kept = json.loads(stored)
    until = kept["term"]["until"]
    return NewRequest(
        requesting_id=kept["requesting"],
        kind=RequestKind(kept["kind"]),
        deciding_id=kept["deciding"],
        items=tuple(
            NewItem(
                kind=Kind(item["kind"]),
                tasks=unpack(item["tasks"]),
                asset_id=item["asset"],
                words=item["words"],
            )
            for item in kept["items"]
        ),
        reason=kept["reason"],
        people=tuple(kept["people"]),
        direct=kept.get("direct", False),
        found=kept.get("found"),
        program=kept.get("program"),
        term=Term(
            kind=TermKind(kept["term"]["kind"]),
            days=kept["term"]["days"],
            until=datetime.fromisoformat(until) if until else None,
        ),
    )


def save(ctx: Context, new: NewRequest, *, approves: bool = False) -> Saved | Denied:
    """Keep a request as a draft, with a card to its author and to the admins who may submit it.

    What its author has prepared already, to the letter, is that draft. `approves`: the author is an admin,
    who approves that it is sent.
    """
    business = ctx.business_row(new.requesting_id)
    assert business is not None
    assert ctx.principal.person_id is not None
    content, author = pack_request(new), ctx.principal.person_id
    for same in ctx.tx.all(_SAME, business=business.id, author=author, same_content=content, at=ctx.now):
        return _saved(ctx, same.id, same.ref, new)
    waiting = ctx.tx.one(_WAITING_OF, author=author)
    assert waiting is not None
    if waiting.number >= MOST_DRAFTS:
        many = Denied(reason=DenialReason.TOO_MANY_DRAFTS, count=waiting.number)
        return ctx.deny(many, business_id=business.id)
    draft_id = directory.make_id(ctx.tx, NodeKind.DRAFT)
    ref = new_ref(ctx.tx)
    ctx.tx.run(
        _INSERT_DRAFT,
        id=draft_id,
        ref=ref,
        state=DraftState.WAITING,
        version=1,
        business_id=business.id,
        author_id=author,
        content=content,
        request_id=None,
        created_at=ctx.now,
        expires_at=ctx.now + timedelta(days=DRAFT_DAYS),
        over_at=None,
        over_by=None,
    )
    ctx.record(
        EventKind.DRAFT_WAITING,
        Subject(SubjectKind.DRAFT, draft_id),
        business_id=business.id,
        acting_for=business.id,
        move=(None, DraftState.WAITING),
        version=1,
        text=new.reason,
        ref=ref,
        items=items_as_recorded(new),
        **_approvals(int(approves), draft_approvals.required(ctx, business.id, new)),
    )
    if approves:
        draft_approvals.approve(ctx, draft_id)
    admins = approvers.admins(ctx.tx, business.id)
    cards.post_to_business(ctx, draft_id, Audience.SUBMITTERS, business, version=1, eligible=admins)
    cards.post_to_person(ctx, draft_id, Audience.AUTHOR, author, version=1)
    cards.publish_homes(ctx, (business.id,))
    return _saved(ctx, draft_id, ref, new)


def _saved(ctx: Context, draft_id: str, ref: str, new: NewRequest) -> Saved:
    draft, business = find_draft_row(ctx.tx, draft_id), ctx.business_row(new.requesting_id)
    assert draft is not None
    assert business is not None
    return Saved(
        draft_id=draft_id,
        ref=ref,
        business=business.name,
        admins=len(approvers.admins(ctx.tx, business.id)),
        approvals=voices.count(ctx, business.id, [one.id for one in draft_approvals.counted(ctx.tx, draft)]),
        required_approvals=draft_approvals.required(ctx, business.id, new),
    )


def move(
    ctx: Context,
    row: Row,
    to: DraftState,
    *,
    content: str | None = None,
    request_id: str | None = None,
    approved: Mapping[str, Any] | None = None,
    acting_for: str | None = None,
) -> None:
    """Move a draft; the only writer of its state. Raise AlreadyDecided if somebody else moved it.

    One that stays WAITING was changed, or `approved`: by so many of so many. `acting_for`: another business
    than that of the draft.
    """
    is_over = to is not DraftState.WAITING
    moved = ctx.tx.touched(
        _MOVE_DRAFT,
        draft=row.id,
        expected_version=row.version,
        to_state=to,
        new_content=content or row.content,
        request=request_id,
        over=ctx.now if is_over else None,
        by_whom=ctx.principal.person_id if is_over else None,
    )
    if moved != 1:
        raise AlreadyDecided(f"draft {row.ref} was moved by somebody else")
    version = row.version + 1
    kind = EventKind.DRAFT_APPROVED if approved else EventKind.DRAFT_CHANGED
    ctx.record(
        EventKind(f"draft.{to.lower()}") if is_over else kind,
        Subject(SubjectKind.DRAFT, row.id),
        business_id=row.business_id,
        acting_for=acting_for or row.business_id,
        move=(row.state, to),
        version=version,
        ref=row.ref,
        request=request_id,
        **(approved or {}),
    )
    cards.follow(ctx, row.id, version=version)
    cards.publish_homes(ctx, (row.business_id,))
    if is_over:
        cards.notify(ctx, Notice(to.lower()), cards.Happened(row.id, version))


def _approvals(approvals: int, required: int) -> dict[str, Any]:
    """Return what the journal keeps of the approvals of a draft, where there are any."""
    return {"approvals": approvals, "required_approvals": required} if approvals else {}


def _find_open(ctx: Context, draft_id: str, *, expected_version: int, author_may: bool) -> Row | Denied:
    """Return the draft if the actor may handle it: an admin of its business; for some verbs, its author."""
    row = find_draft_row(ctx.tx, draft_id)
    business = ctx.visible_business(row.business_id) if row else None
    if business is None:
        return ctx.deny(DenialReason.UNKNOWN_DRAFT, about=Subject(SubjectKind.DRAFT, draft_id))
    assert row is not None
    is_author = author_may and approvers.is_actor(ctx, row.author_id)
    reason = None if is_author else may_administer(ctx.principal, business=business).reason
    if reason is None and (row.state != DraftState.WAITING or ctx.now >= row.expires_at):
        reason = DenialReason.DRAFT_OVER
    if reason is None and expected_version != row.version:
        reason = DenialReason.CHANGED
    if reason is None:
        return row
    denied = Denied(reason=reason, about=Subject(SubjectKind.DRAFT, row.id), ref=row.ref)
    if reason is DenialReason.DRAFT_OVER:
        # By the clock, before the sweep.
        has_expired = row.state in {DraftState.WAITING, DraftState.EXPIRED}
        denied = replace(
            denied,
            state=DraftState.EXPIRED if has_expired else DraftState(row.state),
            by=directory.name_of(ctx.tx, row.over_by),
            at=row.expires_at if has_expired else row.over_at,
        )
    return ctx.deny(denied, business_id=row.business_id)


def _objection(ctx: Context, row: Row, new: NewRequest) -> Denied | Invalid | None:
    no = objection(ctx, new)
    if isinstance(no, Denied):
        return ctx.deny(no, about=Subject(SubjectKind.DRAFT, row.id), business_id=row.business_id)
    return no


def submit_draft(
    ctx: Context, draft_id: str, *, expected_version: int
) -> Sent | Moved | Saved | Denied | Invalid:
    """Send a draft as the admin's own request; whether it may be is looked up again.

    Where it takes several admins to send it, this is the approval of one of them, and the last one sends it.
    """
    row = _find_open(ctx, draft_id, expected_version=expected_version, author_may=False)
    if isinstance(row, Denied):
        return row
    new = unpack_request(row.content)
    no = _objection(ctx, row, new)
    if no is not None:
        return no
    required = draft_approvals.required(ctx, row.business_id, new)
    if required > 1:
        waits = _approve(ctx, row, new, required=required)
        if waits is not None:
            return waits
    sent = send(ctx, new, author_id=row.author_id, ref=row.ref)
    move(ctx, row, DraftState.SENT, request_id=sent.request_id)
    return sent


def _approve(ctx: Context, row: Row, new: NewRequest, *, required: int) -> Saved | Denied | None:
    """Count the actor's approval that a draft is sent; return why it is not sent yet, or None if it is."""
    before = draft_approvals.counted(ctx.tx, row)
    has_approved = any((one.team_id, one.user_id) == ctx.principal.account for one in before)
    no = voices.objection_beside(ctx, row.business_id, before)
    if no is None and has_approved and len(before) < required:
        no = Denied(reason=DenialReason.APPROVED_ALREADY)
    if no is not None:
        no = replace(no, about=Subject(SubjectKind.DRAFT, row.id), ref=row.ref)
        return ctx.deny(no, business_id=row.business_id)
    if not has_approved:
        draft_approvals.approve(ctx, row.id)
    own = ctx.principal.person_id
    assert own is not None
    approvals = voices.count(ctx, row.business_id, {own, *(one.id for one in before)})
    if approvals >= required:
        return None
    move(ctx, row, DraftState.WAITING, approved=_approvals(approvals, required))
    return _saved(ctx, row.id, row.ref, new)


def change_draft(
    ctx: Context, draft_id: str, new: NewRequest, *, expected_version: int
) -> Saved | Denied | Invalid:
    """Replace what a draft asks for: its author or an admin."""
    row = _find_open(ctx, draft_id, expected_version=expected_version, author_may=True)
    if isinstance(row, Denied):
        return row
    kept = unpack_request(row.content)
    new = replace(
        new, requesting_id=row.business_id, direct=kept.direct, found=kept.found, program=kept.program
    )
    no = _objection(ctx, row, new)
    if no is not None:
        return no
    draft_approvals.forget(ctx, row.id)
    move(ctx, row, DraftState.WAITING, content=pack_request(new))
    return _saved(ctx, row.id, row.ref, new)


def carry_drafts_along(
    ctx: Context, business_id: str, other_id: str, *, moved_from: frozenset[datetime], ends_at: datetime
) -> None:
    """Have the drafts of either business that are until the end of their contract be until its new end.

    `business_id` has moved it. Who had approved that a draft is sent had approved another end.
    """
    for own_id, asked_id in ((business_id, other_id), (other_id, business_id)):
        for row in ctx.tx.all(_WAITING_IN, business=own_id):
            kept = unpack_request(row.content)
            until = kept.term.until
            if kept.deciding_id == asked_id and until in moved_from and until != ends_at:
                draft_approvals.forget(ctx, row.id)
                content = pack_request(replace(kept, term=Term.till(ends_at)))
                move(ctx, row, DraftState.WAITING, content=content, acting_for=business_id)


def drop_draft(ctx: Context, draft_id: str, *, expected_version: int) -> Dropped | Denied:
    """Drop a draft: its author or an admin."""
    row = _find_open(ctx, draft_id, expected_version=expected_version, author_may=True)
    if isinstance(row, Denied):
        return row
    move(ctx, row, DraftState.DROPPED)
    return Dropped(draft_id=row.id, ref=row.ref)


def expire_drafts_due(ctx: Context, *, limit: int = 100) -> int:
    """Expire the drafts that nobody submitted in time, at most `limit`; return how many. A sweep's step."""
    due = ctx.tx.all(_EXPIRED, at=ctx.now, most=limit)
    taken = 0
    for row in ctx.some(due):
        taken += 1
        move(ctx, row, DraftState.EXPIRED)
    return taken
