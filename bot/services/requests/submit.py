"""Asking: what an admin sends to the owner, and what an employee prepares for the admins to send.

Both are checked alike, against what was typed and against the record, when they are made and again
when they are sent.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from bot.domain.assets import Kind, pack, unpack
from bot.domain.grants import GrantState
from bot.domain.messages import Audience
from bot.domain.policy import (
    CLOCK,
    Actor,
    Business,
    DenialReason,
    Principal,
    Role,
    may_administer,
    may_view,
    next_nudge,
    required_approvals_for,
)
from bot.domain.refs import make_ref
from bot.domain.requests import (
    LONGEST_DAYS,
    DraftState,
    ErrorCode,
    FieldError,
    NewItem,
    NewRequest,
    RequestKind,
    RequestState,
    Term,
    TermKind,
)
from bot.errors import AlreadyDecided
from bot.services.directory import businesses as directory
from bot.services.grants import lifecycle as grants
from bot.services.requests import moves as requests
from bot.services.results import Denied, Dropped, GrantView, Invalid, Saved, Sent
from bot.store import outbox, tables
from bot.store.journal import Event
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

log = logging.getLogger(__name__)

DRAFT_EXPIRES_AFTER = timedelta(days=14)
MOST_DRAFT = 20
WARN_REQUESTER_BEFORE = timedelta(days=1)

_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_for_whom = tables.table_of(tables.RequestPerson)
_draft = tables.table_of(tables.Draft)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)

_INSERT_REQUEST = insert(_request)
_INSERT_ITEM = insert(_item)
_INSERT_FOR_WHOM = insert(_for_whom)
_INSERT_DRAFT = insert(_draft)
_REF_TAKEN = (
    select(_request.c.id)
    .where(_request.c.ref == bindparam("ref"))
    .union_all(select(_draft.c.id).where(_draft.c.ref == bindparam("ref")))
)
_EXTENSIONS = select(_request.c.id, _request.c.ref).where(
    _request.c.extends_id == bindparam("grant"),
    _request.c.state.in_((RequestState.PENDING, RequestState.IN_REVIEW)),
)
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
        ask=bindparam("requested"),
        request_id=bindparam("request"),
        over_at=bindparam("over"),
        over_by=bindparam("by_whom"),
    )
)
_WAITING_OF = select(func.count().label("number")).where(
    _draft.c.author_id == bindparam("author"), _draft.c.state == DraftState.WAITING
)
_EXPIRED = (
    select(_draft)
    .where(_draft.c.state == DraftState.WAITING, _draft.c.expires_at <= bindparam("at"))
    .order_by(_draft.c.expires_at)
    .limit(bindparam("most"))
)
_USER = select(_person.c.team_id, _person.c.user_id).where(_person.c.id == bindparam("person"))


def find_draft_row(tx: Tx, draft_id: str) -> Row | None:
    """Return a prepared ask's row, or None."""
    return tx.one(_DRAFT, draft=draft_id)


# --- asking --------------------------------------------------------------------------------------


def ask(tx: Tx, requested: NewRequest, *, by: Actor, now: datetime) -> Sent | Saved | Denied | Invalid:
    """Ask the owner; what an EMPLOYEE asks is saved for the admins instead (guide, Scenario B).

    Not entitled comes first, then flaws at their fields, then what the record says against it.
    """
    who = directory.principal_of(tx, by)
    requesting = directory.find_business(tx, requested.requesting_id)
    heard = DenialReason.NOT_MEMBER if requesting is None else may_view(who, business=requesting).reason
    if requesting is None or heard is not None:
        return requests.deny(
            tx, Denied(reason=heard or DenialReason.NOT_MEMBER), "ask", by=by, who=who, now=now
        )
    member = who.memberships[requesting.id]
    drafts = member.role is Role.EMPLOYEE and not member.shared
    entitled = None if drafts else may_administer(who, business=requesting).reason
    if entitled is not None:
        return requests.deny(
            tx, Denied(reason=entitled), "ask", by=by, who=who, now=now, business_id=requesting.id
        )
    no = _objection(tx, requested, requesting=requesting, now=now)
    if isinstance(no, Denied):
        return requests.deny(tx, no, "ask", by=by, who=who, now=now, business_id=requesting.id)
    if no is not None:
        return no
    if drafts:
        waiting = tx.one(_WAITING_OF, author=who.person_id)
        if waiting is not None and waiting.number >= MOST_DRAFT:
            many = Denied(reason=DenialReason.TOO_MANY_DRAFT, count=waiting.number)
            return requests.deny(tx, many, "ask", by=by, who=who, now=now, business_id=requesting.id)
        return _save(tx, requested, who=who, by=by, now=now)
    return _send(tx, requested, who=who, by=by, now=now, author_id=None, ref=_new_ref(tx))


def _objection(
    tx: Tx, requested: NewRequest, *, requesting: Business, now: datetime
) -> Invalid | Denied | None:
    """Return what is wrong with an ask, or what the record says against it."""
    field_errors = requested.field_errors(now=now)
    if field_errors:
        return Invalid(field_errors=field_errors)
    owner = directory.find_business_row(tx, requested.owner_id)
    answer = directory.may_business_request(tx, requesting=requesting, owner_id=requested.owner_id)
    if answer.reason is not None:
        return Denied(
            reason=answer.reason,
            field="owner",
            name=owner.name if owner else requested.owner_id,
            count=directory.MOST_OPEN_BETWEEN,
        )
    for position, item in enumerate(requested.items):
        if item.asset_id is not None:
            no = requests.asset_objection(
                tx,
                asset_id=item.asset_id,
                kind=item.kind,
                tasks=item.tasks,
                owner_id=requested.owner_id,
                holder_id=requesting.id,
                field=f"items.{position}",
                now=now,
            )
            if no is not None:
                return no
    strangers = [
        person
        for person in requested.people
        if not directory.is_member(tx, person, business_id=requesting.id)
    ]
    if strangers:
        return Denied(reason=DenialReason.UNKNOWN_PERSON, field="people", name=strangers[0])
    return None


def _new_ref(tx: Tx) -> str:
    """Return a reference that no request and no prepared ask has."""
    for digits in (4, 4, 4, 5, 6, 7, 7, 7):
        ref = make_ref(digits=digits)
        if not tx.all(_REF_TAKEN, ref=ref):
            return ref
    raise AssertionError("no free reference among billions")


def _send(
    tx: Tx,
    requested: NewRequest,
    *,
    who: Principal,
    by: Actor,
    now: datetime,
    author_id: str | None,
    ref: str,
    extends_id: str | None = None,
) -> Sent:
    owner = directory.find_business_row(tx, requested.owner_id)
    assert owner is not None
    assert who.person_id is not None
    request_id = directory.make_id(tx, NodeKind.REQUEST)
    expires_at = now + timedelta(days=owner.expires_days)
    if requested.term.until is not None:
        # Nobody can approve access whose end has passed: let the ask end with it.
        expires_at = min(expires_at, requested.term.until)
    warn_at = expires_at - WARN_REQUESTER_BEFORE
    required_approvals = required_approvals_for(
        quorum=owner.quorum, given=[(item.kind, item.tasks) for item in requested.items]
    )
    tx.run(
        _INSERT_REQUEST,
        id=request_id,
        ref=ref,
        kind=RequestKind.ACCESS,
        state=RequestState.PENDING,
        version=1,
        requesting_id=requested.requesting_id,
        deciding_id=requested.owner_id,
        requester_id=who.person_id,
        author_id=author_id,
        reason=requested.reason,
        term_kind=requested.term.kind,
        term_days=requested.term.days,
        term_until=requested.term.until,
        given_kind=None,
        given_days=None,
        given_until=None,
        round=1,
        approvals=0,
        required_approvals=required_approvals,
        created_at=now,
        expires_at=expires_at,
        over_at=None,
        over_by=None,
        note="",
        extends_id=extends_id,
        nudge_at=next_nudge(created_at=now, expires_at=expires_at, after=now),
        warn_at=warn_at if warn_at > now else None,
        undo_until=None,
        reminded_at=None,
        undone_at=None,
        undone_by=None,
    )
    tx.many(
        _INSERT_ITEM,
        [
            {
                "request_id": request_id,
                "position": position,
                "request_kind": RequestKind.ACCESS,
                "holder_id": requested.requesting_id,
                "is_open": True,
                "is_extension": extends_id is not None,
                "kind": item.kind,
                "asset_id": item.asset_id,
                "words": None if item.asset_id else item.words,
                "tasks": pack(item.tasks),
                "given": None,
            }
            for position, item in enumerate(requested.items)
        ],
    )
    tx.many(
        _INSERT_FOR_WHOM,
        [{"request_id": request_id, "person_id": person} for person in dict.fromkeys(requested.people)],
    )
    tx.append(
        Event(
            kind="request.pending",
            subject_kind="request",
            subject_id=request_id,
            business_id=requested.requesting_id,
            counterpart_id=requested.owner_id,
            from_state=None,
            to_state=RequestState.PENDING,
            version=1,
            actor=directory.as_recorded(by, who, business_id=requested.requesting_id),
            source=by.source,
            policy_version=owner.policy_version,
            data={
                "ref": ref,
                "items": _items_as_recorded(requested),
                "required_approvals": required_approvals,
                "author": author_id,
                "extends": extends_id,
            },
            text=requested.reason,
            at=now,
        )
    )
    requests.post_to_approvers(
        tx, subject_id=request_id, owner=owner, version=1, now=now, excluding=requested.requesting_id
    )
    _post_to_person(tx, request_id, Audience.REQUESTER, who.person_id, now=now)
    if author_id is not None:
        _post_to_person(tx, request_id, Audience.AUTHOR, author_id, now=now)
    admins = directory.admins_who_can_decide(tx, requested.owner_id, excluding=requested.requesting_id)
    if len(admins) < required_approvals:
        log.warning("request %s needs %d yeses, and %d can give one", ref, required_approvals, len(admins))
    outbox.put_homes(tx, (requested.requesting_id, requested.owner_id), now=now)
    return Sent(
        request_id=request_id,
        ref=ref,
        owner=owner.name,
        admins=len(admins),
        required_approvals=required_approvals,
    )


def extend(
    tx: Tx, grant_id: str, *, days: int, reason: str, by: Actor, now: datetime
) -> Sent | Denied | Invalid:
    """Ask the owner for `days` more than a grant says: a request like any other, which names the grant.

    Any admin of the holder, while the grant is in force. Approved, it is a new grant of the same tasks
    until that later end; the old one ends when it says.
    """
    who = directory.principal_of(tx, by)
    grant = grants.grant_view(tx, grant_id)
    business = directory.find_business(tx, grant.holder.id) if grant else None
    reason_not = grants.why_not(who, business)
    if grant is None or business is None or reason_not is not None:
        unknown = Denied(reason=reason_not or DenialReason.UNKNOWN_GRANT)
        return requests.deny(
            tx, unknown, "extend", by=by, who=who, now=now, about=grant_id, about_kind="grant"
        )
    denied = _no_extension(tx, grant, now=now)
    if denied is not None:
        return requests.deny(
            tx,
            denied,
            "extend",
            by=by,
            who=who,
            now=now,
            business_id=business.id,
            about=grant.id,
            about_kind="grant",
        )
    if not 1 <= days <= LONGEST_DAYS:
        return Invalid(field_errors=(FieldError(field="term", code=ErrorCode.DAYS, got=str(days)),))
    assert grant.ends_at is not None
    requested = NewRequest(
        requesting_id=business.id,
        owner_id=grant.owner.id,
        items=(NewItem(kind=grant.kind, tasks=grant.tasks, asset_id=grant.asset_id),),
        reason=reason,
        people=tuple(
            person
            for person in requests.people_of(tx, grant.request_id)
            if directory.is_member(tx, person, business_id=business.id)
        ),
        term=Term.till(grant.ends_at + timedelta(days=days)),
    )
    field_errors = requested.field_errors(now=now)
    if field_errors:
        return Invalid(field_errors=field_errors)
    before_then = grant.ends_at + timedelta(days=days) - timedelta(seconds=1)
    held = grants.tasks_held(tx, asset_id=grant.asset_id, holder_id=business.id, at=before_then)
    if grant.tasks <= held:
        longer = Denied(reason=DenialReason.GRANTED_ALREADY, name=grant.asset_name, tasks=held)
        return requests.deny(tx, longer, "extend", by=by, who=who, now=now, business_id=business.id)
    answer = directory.may_business_request(tx, requesting=business, owner_id=grant.owner.id)
    if answer.reason is not None:
        no = Denied(reason=answer.reason, name=grant.owner.name, count=directory.MOST_OPEN_BETWEEN)
        return requests.deny(tx, no, "extend", by=by, who=who, now=now, business_id=business.id)
    sent = _send(
        tx, requested, who=who, by=by, now=now, author_id=None, ref=_new_ref(tx), extends_id=grant.id
    )
    outbox.put_updates(tx, subject_id=grant.id, version=grant.version, now=now)
    return sent


def _no_extension(tx: Tx, grant: GrantView, *, now: datetime) -> Denied | None:
    """Return why a grant cannot be extended: it is over, has no end, or an extension is open already."""
    here = Denied(
        reason=DenialReason.GRANT_OVER,
        subject_kind="grant",
        subject_id=grant.id,
        name=grant.asset_name,
        ref=grant.ref,
        by=grant.ended_by,
        at=grant.ended_at,
    )
    if grant.state is not GrantState.ACTIVE or (grant.ends_at is not None and grant.ends_at <= now):
        return here
    if grant.ends_at is None:
        return replace(here, reason=DenialReason.GRANTED_ALREADY, tasks=grant.tasks)
    for row in tx.all(_EXTENSIONS, grant=grant.id):
        return Denied(
            reason=DenialReason.OPEN_ALREADY,
            subject_kind="request",
            subject_id=row.id,
            ref=row.ref,
            name=grant.asset_name,
        )
    return None


def _items_as_recorded(requested: NewRequest) -> list[Any]:
    return [
        {"kind": str(item.kind), "asset": item.asset_id, "tasks": pack(item.tasks)}
        for item in requested.items
    ]


def _post_to_person(tx: Tx, subject_id: str, audience: Audience, person_id: str, *, now: datetime) -> None:
    person = tx.one(_USER, person=person_id)
    assert person is not None
    outbox.put_card(
        tx,
        subject_id=subject_id,
        audience=audience,
        version=1,
        team_id=person.team_id,
        user_id=person.user_id,
        now=now,
    )


# --- what employees prepare ----------------------------------------------------------------------


def pack_request(requested: NewRequest) -> str:
    """Return an ask as JSON, as it is kept until an admin sends it."""
    return json.dumps(
        {
            "requesting": requested.requesting_id,
            "owner": requested.owner_id,
            "items": [
                {
                    "kind": item.kind,
                    "tasks": pack(item.tasks),
                    "asset": item.asset_id,
                    "words": item.words,
                }
                for item in requested.items
            ],
            "reason": requested.reason,
            "people": requested.people,
            "term": {
                "kind": requested.term.kind,
                "days": requested.term.days,
                "until": requested.term.until.isoformat() if requested.term.until else None,
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
        owner_id=kept["owner"],
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
        term=Term(
            kind=TermKind(kept["term"]["kind"]),
            days=kept["term"]["days"],
            until=datetime.fromisoformat(until) if until else None,
        ),
    )


def _save(tx: Tx, requested: NewRequest, *, who: Principal, by: Actor, now: datetime) -> Saved:
    business = directory.find_business_row(tx, requested.requesting_id)
    assert business is not None
    assert who.person_id is not None
    draft_id = directory.make_id(tx, NodeKind.DRAFT)
    ref = _new_ref(tx)
    tx.run(
        _INSERT_DRAFT,
        id=draft_id,
        ref=ref,
        state=DraftState.WAITING,
        version=1,
        business_id=business.id,
        author_id=who.person_id,
        ask=pack_request(requested),
        request_id=None,
        created_at=now,
        expires_at=now + DRAFT_EXPIRES_AFTER,
        over_at=None,
        over_by=None,
    )
    tx.append(
        Event(
            kind="prepared.waiting",
            subject_kind="draft",
            subject_id=draft_id,
            business_id=business.id,
            to_state=DraftState.WAITING,
            version=1,
            actor=directory.as_recorded(by, who, business_id=business.id),
            source=by.source,
            policy_version=business.policy_version,
            data={"ref": ref, "items": _items_as_recorded(requested)},
            text=requested.reason,
            at=now,
        )
    )
    requests.post_to_approvers(
        tx, subject_id=draft_id, owner=business, version=1, now=now, audience=Audience.SENDERS
    )
    _post_to_person(tx, draft_id, Audience.AUTHOR, who.person_id, now=now)
    outbox.put_homes(tx, (business.id,), now=now)
    return Saved(
        draft_id=draft_id,
        ref=ref,
        business=business.name,
        admins=len(directory.admins_who_can_decide(tx, business.id)),
    )


def _move_draft(
    tx: Tx,
    row: Row,
    to: DraftState,
    *,
    by: Actor,
    who: Principal | None,
    now: datetime,
    requested: str | None = None,
    request_id: str | None = None,
) -> None:
    over = to is not DraftState.WAITING
    moved = tx.run(
        _MOVE_DRAFT,
        draft=row.id,
        expected_version=row.version,
        to_state=to,
        requested=requested or row.ask,
        request=request_id,
        over=now if over else None,
        by_whom=who.person_id if over and who else None,
    )
    if moved != 1:
        raise AlreadyDecided(f"prepared ask {row.ref} was moved by somebody else")
    tx.append(
        Event(
            kind=f"prepared.{to.lower()}" if over else "prepared.changed",
            subject_kind="draft",
            subject_id=row.id,
            business_id=row.business_id,
            from_state=row.state,
            to_state=to,
            version=row.version + 1,
            actor=directory.as_recorded(by, who, business_id=row.business_id),
            source=by.source,
            policy_version=directory.policy_version(tx, row.business_id),
            data={"ref": row.ref, "request": request_id},
            at=now,
        )
    )
    outbox.put_updates(tx, subject_id=row.id, version=row.version + 1, now=now)
    outbox.put_homes(tx, (row.business_id,), now=now)
    if over and (who is None or who.person_id != row.author_id):
        outbox.put_notices(
            tx,
            subject_id=row.id,
            audience=Audience.AUTHOR,
            about=to.lower(),
            version=row.version + 1,
            now=now,
        )


def _open_draft(
    tx: Tx, draft_id: str, *, verb: str, by: Actor, expected_version: int, now: datetime, author_may: bool
) -> tuple[Row, Business, Principal] | Denied:
    """Return the prepared ask for who may handle it: the business's admins, and for some verbs its author."""
    who = directory.principal_of(tx, by)
    row = tx.one(_DRAFT, draft=draft_id)
    business = directory.find_business(tx, row.business_id) if row else None
    if row is None or business is None or not may_view(who, business=business).is_allowed:
        unknown = Denied(reason=DenialReason.UNKNOWN_DRAFT)
        return requests.deny(tx, unknown, verb, by=by, who=who, now=now, about=draft_id, about_kind="draft")
    entitled = may_administer(who, business=business).reason
    if author_may and who.person_id == row.author_id:
        entitled = None
    reason = entitled
    if reason is None and (row.state != DraftState.WAITING or now >= row.expires_at):
        reason = DenialReason.DRAFT_OVER
    if reason is None and expected_version != row.version:
        reason = DenialReason.CHANGED
    if reason is None:
        return row, business, who
    denied = Denied(
        reason=reason,
        subject_kind="draft",
        subject_id=row.id,
        ref=row.ref,
        by=directory.name_of(tx, row.over_by),
        at=row.over_at,
    )
    return requests.deny(
        tx,
        denied,
        verb,
        by=by,
        who=who,
        now=now,
        business_id=row.business_id,
        about=row.id,
        about_kind="draft",
    )


def send_draft(
    tx: Tx, draft_id: str, *, by: Actor, expected_version: int, now: datetime
) -> Sent | Denied | Invalid:
    """Send what an employee prepared, as the admin's own ask; checked again as of now."""
    found = _open_draft(
        tx, draft_id, verb="send_draft", by=by, expected_version=expected_version, now=now, author_may=False
    )
    if isinstance(found, Denied):
        return found
    row, business, who = found
    requested = unpack_request(row.ask)
    no = _objection(tx, requested, requesting=business, now=now)
    if isinstance(no, Denied):
        return requests.deny(
            tx,
            no,
            "send_draft",
            by=by,
            who=who,
            now=now,
            business_id=business.id,
            about=row.id,
            about_kind="draft",
        )
    if no is not None:
        return no
    sent = _send(tx, requested, who=who, by=by, now=now, author_id=row.author_id, ref=row.ref)
    _move_draft(tx, row, DraftState.SENT, by=by, who=who, now=now, request_id=sent.request_id)
    return sent


def change_draft(
    tx: Tx, draft_id: str, requested: NewRequest, *, by: Actor, expected_version: int, now: datetime
) -> Saved | Denied | Invalid:
    """Put another ask in place of the prepared one: its author or an admin."""
    found = _open_draft(
        tx, draft_id, verb="change_draft", by=by, expected_version=expected_version, now=now, author_may=True
    )
    if isinstance(found, Denied):
        return found
    row, business, who = found
    no = _objection(tx, replace(requested, requesting_id=business.id), requesting=business, now=now)
    if isinstance(no, Denied):
        return requests.deny(
            tx,
            no,
            "change_draft",
            by=by,
            who=who,
            now=now,
            business_id=business.id,
            about=row.id,
            about_kind="draft",
        )
    if no is not None:
        return no
    kept = pack_request(replace(requested, requesting_id=business.id))
    _move_draft(tx, row, DraftState.WAITING, by=by, who=who, now=now, requested=kept)
    own = directory.find_business_row(tx, business.id)
    assert own is not None
    return Saved(
        draft_id=row.id,
        ref=row.ref,
        business=own.name,
        admins=len(directory.admins_who_can_decide(tx, business.id)),
    )


def drop_draft(tx: Tx, draft_id: str, *, by: Actor, expected_version: int, now: datetime) -> Dropped | Denied:
    """Drop what was prepared: its author or an admin."""
    found = _open_draft(
        tx, draft_id, verb="drop_draft", by=by, expected_version=expected_version, now=now, author_may=True
    )
    if isinstance(found, Denied):
        return found
    row, _, who = found
    _move_draft(tx, row, DraftState.DROPPED, by=by, who=who, now=now)
    return Dropped(draft_id=row.id, ref=row.ref)


def expire_drafts_due(tx: Tx, *, now: datetime, limit: int = 100) -> int:
    """Let go of what was prepared and not sent in time, at most `limit`; return how many."""
    due = tx.all(_EXPIRED, at=now, most=limit)
    for row in due:
        _move_draft(tx, row, DraftState.EXPIRED, by=CLOCK, who=None, now=now)
    return len(due)
