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
from bot.domain.policy import (
    CLOCK,
    Actor,
    Company,
    Reason,
    Role,
    Standing,
    may_act,
    may_be_heard,
    next_nudge,
    yeses_needed,
)
from bot.domain.refs import make_ref
from bot.domain.requests import (
    LONGEST_DAYS,
    Ask,
    AskedItem,
    Flaw,
    Problem,
    RequestKind,
    RequestState,
    Term,
    TermKind,
)
from bot.errors import AlreadyDecided
from bot.services.directory import businesses as directory
from bot.services.grants import lifecycle as grants
from bot.services.requests import moves as requests
from bot.services.results import Dropped, GrantView, Invalid, Refused, Saved, Sent
from bot.store import outbox, tables
from bot.store.journal import Event
from bot.store.tables import Audience, NodeKind, PreparedState

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

log = logging.getLogger(__name__)

PREPARED_LAPSES_AFTER = timedelta(days=14)
MOST_PREPARED = 20
WARN_ASKER_BEFORE = timedelta(days=1)

_request = tables.core(tables.Request)
_item = tables.core(tables.Item)
_for_whom = tables.core(tables.RequestPerson)
_prepared = tables.core(tables.Prepared)
_person = tables.core(tables.Person)
_membership = tables.core(tables.Membership)

_INSERT_REQUEST = insert(_request)
_INSERT_ITEM = insert(_item)
_INSERT_FOR_WHOM = insert(_for_whom)
_INSERT_PREPARED = insert(_prepared)
_REF_TAKEN = (
    select(_request.c.id)
    .where(_request.c.ref == bindparam("ref"))
    .union_all(select(_prepared.c.id).where(_prepared.c.ref == bindparam("ref")))
)
_EXTENSIONS = select(_request.c.id, _request.c.ref).where(
    _request.c.extends_id == bindparam("grant"),
    _request.c.state.in_((RequestState.PENDING, RequestState.IN_REVIEW)),
)
_PREPARED = select(_prepared).where(_prepared.c.id == bindparam("prepared"))
_MOVE_PREPARED = (
    update(_prepared)
    .where(
        _prepared.c.id == bindparam("prepared"),
        _prepared.c.state == PreparedState.WAITING,
        _prepared.c.version == bindparam("seen"),
    )
    .values(
        state=bindparam("to_state"),
        version=_prepared.c.version + 1,
        ask=bindparam("asked"),
        request_id=bindparam("request"),
        over_at=bindparam("over"),
        over_by=bindparam("by_whom"),
    )
)
_WAITING_OF = select(func.count().label("number")).where(
    _prepared.c.preparer_id == bindparam("preparer"), _prepared.c.state == PreparedState.WAITING
)
_LAPSED = (
    select(_prepared)
    .where(_prepared.c.state == PreparedState.WAITING, _prepared.c.lapses_at <= bindparam("at"))
    .order_by(_prepared.c.lapses_at)
    .limit(bindparam("most"))
)
_USER = select(_person.c.team_id, _person.c.user_id).where(_person.c.id == bindparam("person"))


def find_prepared_row(tx: Tx, prepared_id: str) -> Row | None:
    """Return a prepared ask's row, or None."""
    return tx.one(_PREPARED, prepared=prepared_id)


# --- asking --------------------------------------------------------------------------------------


def ask(tx: Tx, asked: Ask, *, by: Actor, now: datetime) -> Sent | Saved | Refused | Invalid:
    """Ask the owner; what an EMPLOYEE asks is saved for the admins instead (guide, Scenario B).

    Not entitled comes first, then flaws at their fields, then what the record says against it.
    """
    who = directory.standing(tx, by)
    asking = directory.find_company(tx, asked.asking_id)
    heard = Reason.NOT_MEMBER if asking is None else may_be_heard(who, company=asking).reason
    if asking is None or heard is not None:
        return requests.refuse(tx, Refused(reason=heard or Reason.NOT_MEMBER), "ask", by=by, who=who, now=now)
    member = who.memberships[asking.id]
    prepares = member.role is Role.EMPLOYEE and not member.shared
    entitled = None if prepares else may_act(who, company=asking).reason
    if entitled is not None:
        return requests.refuse(
            tx, Refused(reason=entitled), "ask", by=by, who=who, now=now, business_id=asking.id
        )
    no = _objection(tx, asked, asking=asking, now=now)
    if isinstance(no, Refused):
        return requests.refuse(tx, no, "ask", by=by, who=who, now=now, business_id=asking.id)
    if no is not None:
        return no
    if prepares:
        waiting = tx.one(_WAITING_OF, preparer=who.person_id)
        if waiting is not None and waiting.number >= MOST_PREPARED:
            many = Refused(reason=Reason.TOO_MANY_PREPARED, count=waiting.number)
            return requests.refuse(tx, many, "ask", by=by, who=who, now=now, business_id=asking.id)
        return _save(tx, asked, who=who, by=by, now=now)
    return _send(tx, asked, who=who, by=by, now=now, preparer_id=None, ref=_new_ref(tx))


def _objection(tx: Tx, asked: Ask, *, asking: Company, now: datetime) -> Invalid | Refused | None:
    """Return what is wrong with an ask, or what the record says against it."""
    problems = asked.problems(now=now)
    if problems:
        return Invalid(problems=problems)
    owner = directory.find_business(tx, asked.owner_id)
    answer = directory.may_business_ask(tx, asking=asking, owner_id=asked.owner_id)
    if answer.reason is not None:
        return Refused(
            reason=answer.reason,
            field="owner",
            name=owner.name if owner else asked.owner_id,
            count=directory.MOST_OPEN_BETWEEN,
        )
    for position, item in enumerate(asked.items):
        if item.asset_id is not None:
            no = requests.asset_objection(
                tx,
                asset_id=item.asset_id,
                kind=item.kind,
                tasks=item.tasks,
                owner_id=asked.owner_id,
                holder_id=asking.id,
                field=f"items.{position}",
                now=now,
            )
            if no is not None:
                return no
    strangers = [
        person for person in asked.people if not directory.is_member(tx, person, business_id=asking.id)
    ]
    if strangers:
        return Refused(reason=Reason.UNKNOWN_PERSON, field="people", name=strangers[0])
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
    asked: Ask,
    *,
    who: Standing,
    by: Actor,
    now: datetime,
    preparer_id: str | None,
    ref: str,
    extends_id: str | None = None,
) -> Sent:
    owner = directory.find_business(tx, asked.owner_id)
    assert owner is not None
    assert who.person_id is not None
    request_id = directory.make_id(tx, NodeKind.REQUEST)
    expires_at = now + timedelta(days=owner.expires_days)
    if asked.term.until is not None:
        # Nobody can approve access whose end has passed: let the ask end with it.
        expires_at = min(expires_at, asked.term.until)
    warn_at = expires_at - WARN_ASKER_BEFORE
    needed = yeses_needed(quorum=owner.quorum, given=[(item.kind, item.tasks) for item in asked.items])
    tx.run(
        _INSERT_REQUEST,
        id=request_id,
        ref=ref,
        kind=RequestKind.ACCESS,
        state=RequestState.PENDING,
        version=1,
        asking_id=asked.asking_id,
        deciding_id=asked.owner_id,
        asker_id=who.person_id,
        preparer_id=preparer_id,
        reason=asked.reason,
        term_kind=asked.term.kind,
        term_days=asked.term.days,
        term_until=asked.term.until,
        given_kind=None,
        given_days=None,
        given_until=None,
        round=1,
        yeses=0,
        needed=needed,
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
                "holder_id": asked.asking_id,
                "is_open": True,
                "is_extension": extends_id is not None,
                "kind": item.kind,
                "asset_id": item.asset_id,
                "words": None if item.asset_id else item.words,
                "tasks": pack(item.tasks),
                "given": None,
            }
            for position, item in enumerate(asked.items)
        ],
    )
    tx.many(
        _INSERT_FOR_WHOM,
        [{"request_id": request_id, "person_id": person} for person in dict.fromkeys(asked.people)],
    )
    tx.append(
        Event(
            kind="request.pending",
            subject_kind="request",
            subject_id=request_id,
            business_id=asked.asking_id,
            counterpart_id=asked.owner_id,
            from_state=None,
            to_state=RequestState.PENDING,
            version=1,
            actor=directory.as_recorded(by, who, business_id=asked.asking_id),
            source=by.source,
            policy_version=owner.policy_version,
            data={
                "ref": ref,
                "items": _items_as_recorded(asked),
                "needed": needed,
                "preparer": preparer_id,
                "extends": extends_id,
            },
            text=asked.reason,
            at=now,
        )
    )
    requests.post_to_deciders(
        tx, subject_id=request_id, owner=owner, version=1, now=now, besides=asked.asking_id
    )
    _post_to_person(tx, request_id, Audience.ASKER, who.person_id, now=now)
    if preparer_id is not None:
        _post_to_person(tx, request_id, Audience.PREPARER, preparer_id, now=now)
    admins = directory.admins_who_can_decide(tx, asked.owner_id, besides=asked.asking_id)
    if len(admins) < needed:
        log.warning("request %s needs %d yeses, and %d can give one", ref, needed, len(admins))
    outbox.put_homes(tx, (asked.asking_id, asked.owner_id), now=now)
    return Sent(request_id=request_id, ref=ref, owner=owner.name, admins=len(admins), needed=needed)


def extend(
    tx: Tx, grant_id: str, *, days: int, reason: str, by: Actor, now: datetime
) -> Sent | Refused | Invalid:
    """Ask the owner for `days` more than a grant says: a request like any other, which names the grant.

    Any admin of the holder, while the grant is in force. Approved, it is a new grant of the same tasks
    until that later end; the old one ends when it says.
    """
    who = directory.standing(tx, by)
    grant = grants.grant_view(tx, grant_id)
    company = directory.find_company(tx, grant.holder.id) if grant else None
    reason_not = grants.why_not(who, company)
    if grant is None or company is None or reason_not is not None:
        unknown = Refused(reason=reason_not or Reason.UNKNOWN_GRANT)
        return requests.refuse(
            tx, unknown, "extend", by=by, who=who, now=now, about=grant_id, about_kind="grant"
        )
    refused = _no_extension(tx, grant, now=now)
    if refused is not None:
        return requests.refuse(
            tx,
            refused,
            "extend",
            by=by,
            who=who,
            now=now,
            business_id=company.id,
            about=grant.id,
            about_kind="grant",
        )
    if not 1 <= days <= LONGEST_DAYS:
        return Invalid(problems=(Problem(field="term", flaw=Flaw.DAYS, got=str(days)),))
    assert grant.ends_at is not None
    asked = Ask(
        asking_id=company.id,
        owner_id=grant.owner.id,
        items=(AskedItem(kind=grant.kind, tasks=grant.tasks, asset_id=grant.asset_id),),
        reason=reason,
        people=tuple(
            person
            for person in requests.people_of(tx, grant.request_id)
            if directory.is_member(tx, person, business_id=company.id)
        ),
        term=Term.till(grant.ends_at + timedelta(days=days)),
    )
    problems = asked.problems(now=now)
    if problems:
        return Invalid(problems=problems)
    before_then = grant.ends_at + timedelta(days=days) - timedelta(seconds=1)
    held = grants.tasks_held(tx, asset_id=grant.asset_id, holder_id=company.id, at=before_then)
    if grant.tasks <= held:
        longer = Refused(reason=Reason.GRANTED_ALREADY, name=grant.asset_name, tasks=held)
        return requests.refuse(tx, longer, "extend", by=by, who=who, now=now, business_id=company.id)
    answer = directory.may_business_ask(tx, asking=company, owner_id=grant.owner.id)
    if answer.reason is not None:
        no = Refused(reason=answer.reason, name=grant.owner.name, count=directory.MOST_OPEN_BETWEEN)
        return requests.refuse(tx, no, "extend", by=by, who=who, now=now, business_id=company.id)
    sent = _send(tx, asked, who=who, by=by, now=now, preparer_id=None, ref=_new_ref(tx), extends_id=grant.id)
    outbox.put_updates(tx, subject_id=grant.id, version=grant.version, now=now)
    return sent


def _no_extension(tx: Tx, grant: GrantView, *, now: datetime) -> Refused | None:
    """Return why a grant cannot be extended: it is over, has no end, or an extension is open already."""
    here = Refused(
        reason=Reason.GRANT_OVER,
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
        return replace(here, reason=Reason.GRANTED_ALREADY, tasks=grant.tasks)
    for row in tx.all(_EXTENSIONS, grant=grant.id):
        return Refused(
            reason=Reason.OPEN_ALREADY,
            subject_kind="request",
            subject_id=row.id,
            ref=row.ref,
            name=grant.asset_name,
        )
    return None


def _items_as_recorded(asked: Ask) -> list[Any]:
    return [
        {"kind": str(item.kind), "asset": item.asset_id, "tasks": pack(item.tasks)} for item in asked.items
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


def pack_ask(asked: Ask) -> str:
    """Return an ask as JSON, as it is kept until an admin sends it."""
    return json.dumps(
        {
            "asking": asked.asking_id,
            "owner": asked.owner_id,
            "items": [
                {
                    "kind": item.kind,
                    "tasks": pack(item.tasks),
                    "asset": item.asset_id,
                    "words": item.words,
                }
                for item in asked.items
            ],
            "reason": asked.reason,
            "people": asked.people,
            "term": {
                "kind": asked.term.kind,
                "days": asked.term.days,
                "until": asked.term.until.isoformat() if asked.term.until else None,
            },
        },
        sort_keys=True,
    )


def unpack_ask(stored: str) -> Ask:
    """Return what `pack_ask` kept."""
    kept = json.loads(stored)
    until = kept["term"]["until"]
    return Ask(
        asking_id=kept["asking"],
        owner_id=kept["owner"],
        items=tuple(
            AskedItem(
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


def _save(tx: Tx, asked: Ask, *, who: Standing, by: Actor, now: datetime) -> Saved:
    business = directory.find_business(tx, asked.asking_id)
    assert business is not None
    assert who.person_id is not None
    prepared_id = directory.make_id(tx, NodeKind.PREPARED)
    ref = _new_ref(tx)
    tx.run(
        _INSERT_PREPARED,
        id=prepared_id,
        ref=ref,
        state=PreparedState.WAITING,
        version=1,
        business_id=business.id,
        preparer_id=who.person_id,
        ask=pack_ask(asked),
        request_id=None,
        created_at=now,
        lapses_at=now + PREPARED_LAPSES_AFTER,
        over_at=None,
        over_by=None,
    )
    tx.append(
        Event(
            kind="prepared.waiting",
            subject_kind="prepared",
            subject_id=prepared_id,
            business_id=business.id,
            to_state=PreparedState.WAITING,
            version=1,
            actor=directory.as_recorded(by, who, business_id=business.id),
            source=by.source,
            policy_version=business.policy_version,
            data={"ref": ref, "items": _items_as_recorded(asked)},
            text=asked.reason,
            at=now,
        )
    )
    requests.post_to_deciders(
        tx, subject_id=prepared_id, owner=business, version=1, now=now, audience=Audience.SENDERS
    )
    _post_to_person(tx, prepared_id, Audience.PREPARER, who.person_id, now=now)
    outbox.put_homes(tx, (business.id,), now=now)
    return Saved(
        prepared_id=prepared_id,
        ref=ref,
        business=business.name,
        admins=len(directory.admins_who_can_decide(tx, business.id)),
    )


def _move_prepared(
    tx: Tx,
    row: Row,
    to: PreparedState,
    *,
    by: Actor,
    who: Standing | None,
    now: datetime,
    asked: str | None = None,
    request_id: str | None = None,
) -> None:
    over = to is not PreparedState.WAITING
    moved = tx.run(
        _MOVE_PREPARED,
        prepared=row.id,
        seen=row.version,
        to_state=to,
        asked=asked or row.ask,
        request=request_id,
        over=now if over else None,
        by_whom=who.person_id if over and who else None,
    )
    if moved != 1:
        raise AlreadyDecided(f"prepared ask {row.ref} was moved by somebody else")
    tx.append(
        Event(
            kind=f"prepared.{to.lower()}" if over else "prepared.changed",
            subject_kind="prepared",
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
    if over and (who is None or who.person_id != row.preparer_id):
        outbox.put_notices(
            tx,
            subject_id=row.id,
            audience=Audience.PREPARER,
            about=to.lower(),
            version=row.version + 1,
            now=now,
        )


def _open_prepared(
    tx: Tx, prepared_id: str, *, verb: str, by: Actor, seen: int, now: datetime, preparer_may: bool
) -> tuple[Row, Company, Standing] | Refused:
    """Return the prepared ask for who may handle it: the business's admins, and for some verbs its author."""
    who = directory.standing(tx, by)
    row = tx.one(_PREPARED, prepared=prepared_id)
    company = directory.find_company(tx, row.business_id) if row else None
    if row is None or company is None or not may_be_heard(who, company=company).is_yes:
        unknown = Refused(reason=Reason.UNKNOWN_PREPARED)
        return requests.refuse(
            tx, unknown, verb, by=by, who=who, now=now, about=prepared_id, about_kind="prepared"
        )
    entitled = may_act(who, company=company).reason
    if preparer_may and who.person_id == row.preparer_id:
        entitled = None
    reason = entitled
    if reason is None and (row.state != PreparedState.WAITING or now >= row.lapses_at):
        reason = Reason.PREPARED_OVER
    if reason is None and seen != row.version:
        reason = Reason.CHANGED
    if reason is None:
        return row, company, who
    refused = Refused(
        reason=reason,
        subject_kind="prepared",
        subject_id=row.id,
        ref=row.ref,
        by=directory.name_of(tx, row.over_by),
        at=row.over_at,
    )
    return requests.refuse(
        tx,
        refused,
        verb,
        by=by,
        who=who,
        now=now,
        business_id=row.business_id,
        about=row.id,
        about_kind="prepared",
    )


def send_prepared(
    tx: Tx, prepared_id: str, *, by: Actor, seen: int, now: datetime
) -> Sent | Refused | Invalid:
    """Send what an employee prepared, as the admin's own ask; checked again as of now."""
    found = _open_prepared(
        tx, prepared_id, verb="send_prepared", by=by, seen=seen, now=now, preparer_may=False
    )
    if isinstance(found, Refused):
        return found
    row, company, who = found
    asked = unpack_ask(row.ask)
    no = _objection(tx, asked, asking=company, now=now)
    if isinstance(no, Refused):
        return requests.refuse(
            tx,
            no,
            "send_prepared",
            by=by,
            who=who,
            now=now,
            business_id=company.id,
            about=row.id,
            about_kind="prepared",
        )
    if no is not None:
        return no
    sent = _send(tx, asked, who=who, by=by, now=now, preparer_id=row.preparer_id, ref=row.ref)
    _move_prepared(tx, row, PreparedState.SENT, by=by, who=who, now=now, request_id=sent.request_id)
    return sent


def change_prepared(
    tx: Tx, prepared_id: str, asked: Ask, *, by: Actor, seen: int, now: datetime
) -> Saved | Refused | Invalid:
    """Put another ask in place of the prepared one: its author or an admin."""
    found = _open_prepared(
        tx, prepared_id, verb="change_prepared", by=by, seen=seen, now=now, preparer_may=True
    )
    if isinstance(found, Refused):
        return found
    row, company, who = found
    no = _objection(tx, replace(asked, asking_id=company.id), asking=company, now=now)
    if isinstance(no, Refused):
        return requests.refuse(
            tx,
            no,
            "change_prepared",
            by=by,
            who=who,
            now=now,
            business_id=company.id,
            about=row.id,
            about_kind="prepared",
        )
    if no is not None:
        return no
    kept = pack_ask(replace(asked, asking_id=company.id))
    _move_prepared(tx, row, PreparedState.WAITING, by=by, who=who, now=now, asked=kept)
    business = directory.find_business(tx, company.id)
    assert business is not None
    return Saved(
        prepared_id=row.id,
        ref=row.ref,
        business=business.name,
        admins=len(directory.admins_who_can_decide(tx, company.id)),
    )


def drop_prepared(tx: Tx, prepared_id: str, *, by: Actor, seen: int, now: datetime) -> Dropped | Refused:
    """Drop what was prepared: its author or an admin."""
    found = _open_prepared(
        tx, prepared_id, verb="drop_prepared", by=by, seen=seen, now=now, preparer_may=True
    )
    if isinstance(found, Refused):
        return found
    row, _, who = found
    _move_prepared(tx, row, PreparedState.DROPPED, by=by, who=who, now=now)
    return Dropped(prepared_id=row.id, ref=row.ref)


def lapse_due(tx: Tx, *, now: datetime, limit: int = 100) -> int:
    """Let go of what was prepared and not sent in time, at most `limit`; return how many."""
    due = tx.all(_LAPSED, at=now, most=limit)
    for row in due:
        _move_prepared(tx, row, PreparedState.LAPSED, by=CLOCK, who=None, now=now)
    return len(due)
