"""Tokens as lists show them: what each is for, and what it lets do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bot.domain.actors import Source
from bot.domain.denials import DenialReason
from bot.domain.policy import can_decide, may_administer, may_give_own, may_view
from bot.domain.tokens import Scope, unpack_scopes
from bot.services.admins import gone
from bot.services.context import Context
from bot.services.programs.tokens import actor_of
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_token = tables.table_of(tables.Token)
_person = tables.table_of(tables.Person)
_business = tables.table_of(tables.BusinessRow)

_LIST = (
    select(
        _token,
        _person.c.team_id,
        _person.c.user_id,
        _person.c.enterprise_id,
        _person.c.name.label("person_name"),
        _business.c.name.label("business_name"),
    )
    .join_from(_token, _person, _token.c.person_id == _person.c.id)
    .join(_business, _token.c.business_id == _business.c.id)
    .where(_token.c.business_id == bindparam("business"), _token.c.parent_id.is_(None))
    .order_by(_token.c.created_at.desc(), _token.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenView:
    """A token as a list shows it.

    `can` is what of its `scopes` it lets do now, and `why` it is not all of them; None: it is, or the app was
    removed from the workspace of who acts with it.
    """

    id: str
    name: str
    is_program: bool
    person: str
    business: str
    scopes: frozenset[Scope]
    can: frozenset[Scope]
    why: DenialReason | None = None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def list_tokens(ctx: Context, *, business_id: str) -> list[TokenView]:
    """Return a business's tokens, the newest first: all of them for its admins, else the reader's own."""
    by_operator = ctx.actor.source is Source.COMMAND_LINE
    sees_all = by_operator or may_administer(ctx.principal, business=ctx.business(business_id)).is_allowed
    if not sees_all and ctx.visible_business(business_id) is None:
        return []
    return [
        _view(ctx, row)
        for row in ctx.tx.all(_LIST, business=business_id)
        if sees_all or row.person_id == ctx.principal.person_id
    ]


def _view(ctx: Context, row: Row) -> TokenView:
    scopes = unpack_scopes(row.scopes)
    lost = _lost(ctx, row)
    return TokenView(
        id=row.id,
        name=row.name,
        is_program=bool(row.is_program),
        person=row.person_name,
        business=row.business_name,
        scopes=scopes,
        can=scopes - lost.keys(),
        why=next((lost[scope] for scope in Scope if scope in scopes & lost.keys()), None),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def _lost(ctx: Context, row: Row) -> dict[Scope, DenialReason | None]:
    """Return what no token of who acts with this one lets do now, each with why not."""
    business = ctx.business(row.business_id)
    assert business is not None
    who = ctx.as_actor(actor_of(row)).principal
    if row.team_id in gone(ctx.tx):
        return dict.fromkeys(Scope)
    if (nothing := may_view(who, business=business).reason) is not None:
        return dict.fromkeys(Scope, nothing)
    acts = may_administer(who, business=business).reason
    asks = may_give_own(business).reason or (acts if acts is DenialReason.SHARED_LOGIN else None)
    lost = {Scope.ASK: asks, Scope.DECIDE: acts or can_decide(business).reason}
    return {scope: why for scope, why in lost.items() if why is not None}
