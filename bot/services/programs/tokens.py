"""Tokens: made by those who act with them or answer for them, revoked, and looked up at each call.

The caller makes the secret and hands in its digest: neither the store nor the answer ever holds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import bindparam, func, insert, or_, select, update

from bot.domain.actors import Actor, Role, Source
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.limits import LONGEST_NAME, MOST_TOKEN_DAYS, MOST_TOKENS
from bot.domain.policy import may_administer, may_view
from bot.domain.requests import ErrorCode, FieldError, too_long
from bot.domain.tokens import Scope, pack_scopes, unpack_scopes
from bot.domain.typed import one_line
from bot.services import directory
from bot.services.admins import gone, is_shared_login
from bot.services.context import Context
from bot.services.results import Denied, Invalid, Tokened
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

T = TypeVar("T")

_token = tables.table_of(tables.Token)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)

_INSERT = insert(_token)
_VALID = (_token.c.revoked_at.is_(None), _token.c.expires_at > bindparam("at"))
_BY_DIGEST = (
    select(
        _token,
        _person.c.team_id,
        _person.c.user_id,
        _person.c.enterprise_id,
        _person.c.name.label("person_name"),
    )
    .join_from(_token, _person, _token.c.person_id == _person.c.id)
    .where(_token.c.digest == bindparam("digest"))
)
_MEMBERSHIP = select(_membership.c.role, is_shared_login(_membership.c.person_id).label("shared")).where(
    _membership.c.business_id == bindparam("business"), _membership.c.person_id == bindparam("person")
)
_OF_PERSON = select(_token).where(
    _token.c.business_id == bindparam("business"),
    _token.c.person_id == bindparam("person"),
    _token.c.parent_id.is_(None),
    *_VALID,
)
_MEMBER = (
    select(_person.c.id)
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .where(_membership.c.business_id == bindparam("business"), _person.c.user_id == bindparam("user"))
)
_BY_ID = select(_token).where(_token.c.id == bindparam("token"))
_COUNT = select(func.count().label("number")).where(
    _token.c.business_id == bindparam("business"), _token.c.parent_id.is_(None), *_VALID
)
_REVOKE = (
    update(_token)
    .where(
        or_(_token.c.id == bindparam("token"), _token.c.parent_id == bindparam("token")),
        _token.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("at"), revoked_by=bindparam("by_whom"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """What a valid token stands for: who acts, for which business, and what for. `id` is the token's."""

    id: str
    name: str
    is_program: bool
    business_id: str
    person_id: str
    person: str
    scopes: frozenset[Scope]
    page_id: str | None
    actor: Actor
    expires_at: datetime

    def reaches(self, node_id: str) -> bool:
        """Say whether the token is for an object: one that is bound to a Page is for that alone."""
        return self.page_id in {None, node_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotValid:
    """A token that stands for nothing: unknown, or over `since` then.

    `is_removed`: it does again once the app is added again to the workspace of who acts with it.
    """

    since: datetime | None = None
    is_removed: bool = False


# --- verbs ------------------------------------------------------------------------------------------


def create_token(
    ctx: Context,
    business_id: str,
    *,
    digest: str,
    name: str,
    scopes: frozenset[Scope],
    days: int,
    is_program: bool,
    person_id: str | None = None,
) -> Tokened | Denied | Invalid:
    """Make a token for the actor, or for a program for which they answer, which takes an admin.

    `name` says what it is for; a program goes by it on cards. Nobody makes one with a token, or from a shared
    login. The operator says for whom it is (`person_id`), and that person may do with it what they may.
    """
    by_operator = ctx.actor.source is Source.COMMAND_LINE
    whose = person_id if by_operator else ctx.principal.person_id
    if by_operator:
        no = _operator_objection(ctx, business_id, whose, is_program=is_program)
    else:
        no = _objection(ctx, business_id, is_program=is_program)
    if no is not None:
        own = business_id if by_operator or business_id in ctx.principal.memberships else None
        return ctx.deny(no, about=Subject(SubjectKind.BUSINESS, own or ""), business_id=own)
    assert whose is not None
    wrong = _wrong(name := one_line(name), scopes, days)
    if wrong:
        return Invalid(field_errors=wrong)
    before = ctx.tx.one(_BY_DIGEST, digest=digest)
    if before is not None:  # the form was sent twice
        if (before.business_id, before.person_id) == (business_id, whose):
            return _tokened(ctx, before)
        return ctx.deny(DenialReason.UNKNOWN_TOKEN, business_id=business_id)
    so_far = ctx.tx.one(_COUNT, business=business_id, at=ctx.now)
    assert so_far is not None
    if so_far.number >= MOST_TOKENS:
        many = Denied(reason=DenialReason.TOO_MANY_TOKENS, count=MOST_TOKENS)
        return ctx.deny(many, about=Subject(SubjectKind.BUSINESS, business_id), business_id=business_id)
    return _insert(
        ctx,
        digest=digest,
        business_id=business_id,
        person_id=whose,
        name=name,
        is_program=is_program,
        scopes=scopes,
        expires_at=ctx.now + timedelta(days=days),
    )


def _objection(ctx: Context, business_id: str, *, is_program: bool) -> DenialReason | None:
    business = ctx.business(business_id)
    entitled = (may_administer if is_program else may_view)(ctx.principal, business=business).reason
    if entitled is None and ctx.principal.memberships[business_id].shared:
        entitled = DenialReason.SHARED_LOGIN
    return DenialReason.BEYOND_TOKEN if ctx.actor.token_id is not None else entitled


def _operator_objection(
    ctx: Context, business_id: str, person_id: str | None, *, is_program: bool
) -> DenialReason | None:
    member = ctx.tx.one(_MEMBERSHIP, business=business_id, person=person_id)
    if member is None:
        return DenialReason.UNKNOWN_PERSON
    if member.shared:
        return DenialReason.SHARED_LOGIN
    return DenialReason.NOT_ADMIN if is_program and member.role != Role.ADMIN else None


def _wrong(name: str, scopes: frozenset[Scope], days: int) -> tuple[FieldError, ...]:
    found = [*too_long(name, most=LONGEST_NAME, field="name")]
    if not name:
        found.append(FieldError(field="name", code=ErrorCode.NO_NAME))
    if not scopes:
        found.append(FieldError(field="scopes", code=ErrorCode.NO_SCOPES))
    if not 1 <= days <= MOST_TOKEN_DAYS:
        found.append(FieldError(field="days", code=ErrorCode.NUMBER, got=f"1 to {MOST_TOKEN_DAYS}"))
    return tuple(found)


def page_token(ctx: Context, bearer: Bearer, *, digest: str, page_id: str) -> Tokened:
    """Keep the token that is bound to one Page of what `bearer` may reach; it is over when theirs is.

    The same one is kept once: who asks again is answered alike.
    """
    before = ctx.tx.one(_BY_DIGEST, digest=digest)
    if before is not None:
        return _tokened(ctx, before)
    return _insert(
        ctx,
        digest=digest,
        business_id=bearer.business_id,
        person_id=bearer.person_id,
        name=bearer.name,
        is_program=bearer.is_program,
        scopes=bearer.scopes,
        expires_at=bearer.expires_at,
        page_id=page_id,
        parent_id=bearer.id,
    )


def revoke_token(ctx: Context, token_id: str) -> Tokened | Denied:
    """Revoke a token, and those that rest on it: who acts with it, any admin, or the operator."""
    row = ctx.tx.one(_BY_ID, token=token_id)
    about = Subject(SubjectKind.TOKEN, token_id)
    business = None if row is None else ctx.business(row.business_id)
    by_operator = ctx.actor.source is Source.COMMAND_LINE
    is_member = by_operator or may_view(ctx.principal, business=business).is_allowed
    if row is None or not is_member:
        return ctx.deny(DenialReason.UNKNOWN_TOKEN, about=about)
    assert business is not None
    business_id = business.id
    is_own = row.person_id == ctx.principal.person_id
    if not (by_operator or is_own):
        no = may_administer(ctx.principal, business=business).reason
        if no is not None:
            return ctx.deny(no, about=about, business_id=business_id)
    _revoke(ctx, row)
    return _tokened(ctx, row, is_revoked=True)


def revoke_tokens_of(ctx: Context, person_id: str, *, business_id: str) -> None:
    """Revoke all tokens of somebody who leaves a business: should they come back, none works again."""
    for row in ctx.tx.all(_OF_PERSON, business=business_id, person=person_id, at=ctx.now):
        _revoke(ctx, row)


def _revoke(ctx: Context, row: Row) -> None:
    if ctx.tx.touched(_REVOKE, token=row.id, at=ctx.now, by_whom=ctx.principal.person_id):
        ctx.record(
            EventKind.TOKEN_REVOKED,
            Subject(SubjectKind.TOKEN, row.id),
            business_id=row.business_id,
            acting_for=row.business_id,
            text=row.name,
        )


def _insert(
    ctx: Context,
    *,
    digest: str,
    business_id: str,
    person_id: str,
    name: str,
    is_program: bool,
    scopes: frozenset[Scope],
    expires_at: datetime,
    page_id: str | None = None,
    parent_id: str | None = None,
) -> Tokened:
    token_id = directory.random_id()
    ctx.tx.run(
        _INSERT,
        id=token_id,
        digest=digest,
        business_id=business_id,
        person_id=person_id,
        name=name,
        is_program=is_program,
        scopes=pack_scopes(scopes),
        page_id=page_id,
        parent_id=parent_id,
        created_at=ctx.now,
        created_by=ctx.principal.person_id,
        expires_at=expires_at,
        revoked_at=None,
        revoked_by=None,
    )
    ctx.record(
        EventKind.TOKEN_CREATED,
        Subject(SubjectKind.TOKEN, token_id),
        business_id=business_id,
        acting_for=business_id,
        text=name,
        person=person_id,
        is_program=is_program,
        scopes=pack_scopes(scopes),
        expires_at=expires_at.isoformat(),
        page=page_id,
    )
    row = ctx.tx.one(_BY_ID, token=token_id)
    assert row is not None
    return _tokened(ctx, row)


def _tokened(ctx: Context, row: Row, *, is_revoked: bool = False) -> Tokened:
    business = ctx.business_row(row.business_id)
    assert business is not None
    return Tokened(
        token_id=row.id,
        name=row.name,
        business=business.name,
        expires_at=row.expires_at,
        is_revoked=is_revoked,
        fingerprint=fingerprint(row.digest),
    )


# --- queries ----------------------------------------------------------------------------------------


def member_called(tx: Tx, *, business_id: str, user_id: str) -> str | None:
    """Return the member of a business who is this Slack user, for the operator; else None."""
    found = tx.all(_MEMBER, business=business_id, user=user_id)
    return str(found[0].id) if len(found) == 1 else None


def bearer_of(tx: Tx, digest: str, *, now: datetime) -> Bearer | NotValid:
    """Return what a token stands for now."""
    row = tx.one(_BY_DIGEST, digest=digest)
    if row is None:
        return NotValid()
    over_at = min(row.expires_at, row.revoked_at or row.expires_at)
    if over_at <= now:
        return NotValid(since=over_at)
    if row.team_id in gone(tx):  # nobody hears any more what Slack says of them
        return NotValid(is_removed=True)
    return Bearer(
        id=row.id,
        name=row.name,
        is_program=bool(row.is_program),
        business_id=row.business_id,
        person_id=row.person_id,
        person=row.person_name,
        scopes=unpack_scopes(row.scopes),
        page_id=row.page_id,
        actor=actor_of(row),
        expires_at=row.expires_at,
    )


def fingerprint(digest: str) -> str:
    """Return what tells one token from another, and nothing of either."""
    return digest[:12]


def serve(
    tx: Tx, call: Callable[[Context, Bearer], T], /, *, digest: str, verb: str, now: datetime
) -> T | NotValid:
    """Run what a program asks for in an open transaction, as whom its token stands for in it."""
    bearer = bearer_of(tx, digest, now=now)
    if isinstance(bearer, NotValid):
        return bearer
    return call(Context(tx=tx, actor=bearer.actor, now=now, verb=verb), bearer)


def actor_of(row: Row) -> Actor:
    """Return who acts with a token: its row, with the Slack ids of its person."""
    return Actor(
        source=Source.API,
        team_id=row.team_id,
        user_id=row.user_id,
        enterprise_id=row.enterprise_id,
        token_id=row.id,
        business_id=row.business_id,
        program=row.name if row.is_program else None,
    )
