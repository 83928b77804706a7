"""Who can approve a request or a draft, as a set; whether one person may is `domain.policy.may_decide`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, select

from bot.domain.events import EventKind, SubjectKind
from bot.domain.kinds import RULES, Approvers, RequestKind
from bot.domain.policy import (
    INDEPENDENT_AFTER,
    Account,
    Decidable,
    DenialReason,
    Permission,
    Role,
    is_one_voice,
    may_approve,
    may_decide,
)
from bot.domain.requests import RequestState
from bot.services.admins import ADMINS, AT_HOME
from bot.services.context import Context
from bot.services.results import Denied
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_business = tables.table_of(tables.BusinessRow)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_decision = tables.table_of(tables.Decision)
_request = tables.table_of(tables.Request)

_ADMIN = ADMINS.where(_person.c.id == bindparam("person"))
_MEMBERS = (
    select(_person.c.id, _person.c.team_id, _person.c.user_id, _person.c.name)
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .join(_business, _business.c.id == _membership.c.business_id)
    .where(
        _membership.c.business_id == bindparam("business"),
        AT_HOME,
        _person.c.deactivated.is_not(True),
        _person.c.guest.is_not(True),
        _person.c.bot.is_not(True),
        _person.c.stranger.is_not(True),
    )
    .order_by(_person.c.name, _person.c.id)
    .limit(10)
)
_theirs = _membership.alias("theirs")
_ADMINS_EXCLUDING = ADMINS.where(
    ~exists(
        select(_theirs.c.person_id).where(
            _theirs.c.person_id == _person.c.id, _theirs.c.business_id == bindparam("excluding")
        )
    )
)
_APPROVED_BY = (
    select(_person.c.id, _person.c.name)
    .join_from(_decision, _person, _decision.c.person_id == _person.c.id)
    .where(
        _decision.c.request_id == bindparam("request"),
        _decision.c.round == bindparam("the_round"),
        _decision.c.approves.is_(True),
    )
    .order_by(_decision.c.at, _person.c.name)
)

_event = tables.table_of(tables.Event)
_MADE = (
    select(_event.c.kind, _event.c.actor, _event.c.data)
    .where(
        _event.c.subject_kind == SubjectKind.BUSINESS,
        _event.c.subject_id == bindparam("business"),
        _event.c.kind.in_((EventKind.MEMBER_ADDED, EventKind.MEMBER_ROLE, EventKind.MEMBER_REMOVED)),
        _event.c.at > bindparam("since"),
    )
    .order_by(_event.c.seq)
)
_REQUESTER = select(_request.c.requester_id).where(_request.c.id == bindparam("request"))
_ACCOUNT = select(_person.c.team_id, _person.c.user_id, _person.c.name).where(
    _person.c.id == bindparam("person")
)


def eligible(tx: Tx, request: Row) -> list[Row]:
    """Return the people whose approval of a request would count now: id, team_id, user_id, name."""
    return eligible_for(
        tx,
        RequestKind(request.kind),
        requesting_id=request.requesting_id,
        deciding_id=request.deciding_id,
        involved=(request.requester_id, request.author_id),
    )


def eligible_for(
    tx: Tx,
    kind: RequestKind,
    *,
    requesting_id: str,
    deciding_id: str | None,
    involved: Collection[str | None] = (),
) -> list[Row]:
    """Return whose approval would count between two businesses; `involved` people requested or drafted it.

    Members of the requesting business are left out: nobody decides for both sides.
    """
    match RULES[kind].approvers:
        case Approvers.ADMINS:
            found = tx.all(_ADMINS_EXCLUDING, business=deciding_id, excluding=requesting_id)
    touched_by = _accounts(tx, involved)
    return [person for person in found if (person.team_id, person.user_id) not in touched_by]


def is_actor(ctx: Context, person_id: str | None) -> bool:
    """Say whether this person is the actor: the same Slack account, whatever person it is now."""
    return ctx.principal.account in _accounts(ctx.tx, (person_id,))


def _accounts(tx: Tx, people: Collection[str | None]) -> frozenset[Account]:
    return frozenset(
        (row.team_id, row.user_id)
        for person_id in people
        if person_id is not None
        for row in tx.all(_ACCOUNT, person=person_id)
    )


def _touched_by(tx: Tx, request: Row) -> frozenset[Account]:
    return _accounts(tx, (request.requester_id, request.author_id))


def admins(tx: Tx, business_id: str) -> list[Row]:
    """Return the people who act as ADMIN of a business now: id, team_id, user_id, name."""
    return tx.all(ADMINS, business=business_id)


def is_admin(tx: Tx, business_id: str, person_id: str) -> bool:
    """Say whether a person acts as ADMIN of a business now."""
    return tx.one(_ADMIN, business=business_id, person=person_id) is not None


def one_voice(ctx: Context, business_id: str, people: Iterable[str | None]) -> Denied | None:
    """Return why the actor's agreement adds nothing to that of these admins where it takes two, or None."""
    own = ctx.principal.person_id
    others = [person for person in people if person is not None and person != own]
    if own is None or not others:
        return None
    made_by: dict[str, str] = {}
    for event in ctx.tx.all(_MADE, business=business_id, since=ctx.now - INDEPENDENT_AFTER):
        facts, actor = json.loads(event.data), json.loads(event.actor)
        person = facts["person"]
        if facts["role"] != Role.ADMIN:
            made_by.pop(person, None)
        elif facts.get("was") != Role.ADMIN:
            made_by[person] = actor["person"]
    same = next((one for one in others if is_one_voice(own, one, made_by=made_by)), None)
    named = None if same is None else ctx.tx.one(_ACCOUNT, person=same)
    return None if named is None else Denied(reason=DenialReason.ONE_VOICE, name=named.name)


def members_to_tell(tx: Tx, business_id: str) -> list[Row]:
    """Return up to ten members at home, to be told when nobody is left who could decide."""
    return tx.all(_MEMBERS, business=business_id)


def counted(tx: Tx, request: Row, able: Collection[Row]) -> list[Row]:
    """Return who of the eligible people approved what is proposed now, the first first: id, name."""
    ids = {person.id for person in able}
    approved = tx.all(_APPROVED_BY, request=request.id, the_round=request.round)
    return [person for person in approved if person.id in ids]


def may_approve_for(ctx: Context, request: Row) -> Permission:
    """Say whether the actor is one of those who decide on such a request: no part of the other side."""
    business = ctx.business(request.deciding_id)
    assert business is not None
    return may_approve(
        ctx.principal,
        business=business,
        requesting_id=request.requesting_id,
        touched_by=_touched_by(ctx.tx, request),
    )


def may_decide_on(ctx: Context, request: Row, *, expected_version: int) -> Permission:
    """Say whether the actor may decide on the request now, having looked at `expected_version` of it."""
    business = ctx.business(request.deciding_id)
    assert business is not None
    return may_decide(
        ctx.principal,
        request=Decidable(
            state=RequestState(request.state),
            version=request.version,
            requesting_id=request.requesting_id,
            touched_by=_touched_by(ctx.tx, request),
            expires_at=request.expires_at,
        ),
        business=business,
        expected_version=expected_version,
        now=ctx.now,
    )


def approved_by(tx: Tx, request_id: str, *, the_round: int) -> set[str]:
    """Return the ids of the people who approved in a round."""
    return {person.id for person in tx.all(_APPROVED_BY, request=request_id, the_round=the_round)}


def names(tx: Tx, request_id: str, *, the_round: int) -> tuple[str, ...]:
    """Return the names of the people who approved in a round, the first first."""
    return tuple(person.name for person in tx.all(_APPROVED_BY, request=request_id, the_round=the_round))


def to_tell(tx: Tx, *, request_id: str, business_id: str) -> list[Row]:
    """Return who can act for the requesting business, the requester first if they still can."""
    requested = tx.one(_REQUESTER, request=request_id)
    requester_id = requested.requester_id if requested is not None else None
    return sorted(admins(tx, business_id), key=lambda admin: admin.id != requester_id)
