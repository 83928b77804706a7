"""What may be ended of what is given: found as it was named, with a mark of what was shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import chain, combinations
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from bot.domain.grants import GOING_ON, NOT_OVER, GrantState, Named
from bot.domain.limits import MOST_ENDED
from bot.services import directory
from bot.services.context import Context
from bot.services.grants.lists import (
    HOLDER,
    OWNER,
    VIEW,
    Direction,
    by_name,
    list_of,
    page_of,
    view_of,
)
from bot.services.views.access import GrantView
from bot.services.views.parties import Rows
from bot.store import tables

_grant = tables.table_of(tables.Grant)
_asset = tables.table_of(tables.Asset)
_for = tables.table_of(tables.RequestPerson)


is_going_on = and_(
    _grant.c.state.in_(sorted(GOING_ON)),
    or_(_grant.c.state != GrantState.ACTIVE, _grant.c.ends_at.is_(None), _grant.c.ends_at > bindparam("at")),
)
"""Whether a grant can be ended: it is in force, or may come to be, where its owner is connected to Meta."""
Choice = tuple[str, str]
"""A grant to end: the business to act for, and the grant's id."""

_ENDABLE = {
    direction: list_of(
        and_(own == bindparam("business"), is_going_on), by_name, _asset.c.name, _grant.c.id, other=other
    )
    for direction, own, other in (
        (Direction.SHARED_BY_US, _grant.c.owner_id, HOLDER),
        (Direction.SHARED_WITH_US, _grant.c.holder_id, OWNER),
    )
}
_unsettled = and_(
    _grant.c.holder_id == bindparam("business"), _grant.c.state.in_(sorted(NOT_OVER - {GrantState.ACTIVE}))
)
_UNSETTLED_ON = (
    VIEW.where(_unsettled, _grant.c.asset_id == bindparam("asset"))
    .order_by(_asset.c.name, _grant.c.id)
    .limit(bindparam("most"))
)
_UNSETTLED_FOR = (
    VIEW.join(_for, _for.c.request_id == _grant.c.request_id)
    .where(_unsettled, _for.c.person_id == bindparam("person"))
    .order_by(_asset.c.name, _grant.c.id)
    .limit(bindparam("most"))
)


def _named(own: Any, other: Any) -> dict[frozenset[str], tuple[Any, Any]]:
    """Return the statements for the ids of a business's grants and their number, by what names them."""
    names = {
        "asset": _grant.c.asset_id == bindparam("asset"),
        "other": other == bindparam("other"),
        "request": _grant.c.request_id == bindparam("request"),
    }
    found = {}
    for named in chain.from_iterable(combinations(names, count) for count in range(len(names) + 1)):
        wanted = [own == bindparam("business"), is_going_on, *(names[one] for one in named)]
        found[frozenset(named)] = (
            by_name.where(*wanted).order_by(_asset.c.name, _grant.c.id).limit(bindparam("most")),
            select(func.count().label("total")).select_from(_grant).where(*wanted),
        )
    return found


_NAMED = (_named(_grant.c.owner_id, _grant.c.holder_id), _named(_grant.c.holder_id, _grant.c.owner_id))


def named(
    ctx: Context, which: Named, *, business_id: str | None = None, limit: int = MOST_ENDED
) -> Rows[Choice]:
    """Return all that is named and the actor could end now, each as the business to act for and the grant.

    At most `limit` of them; the total says how many there are. With `business_id`, for that business alone.
    """
    found: dict[str, str] = {}
    total = 0
    for own in directory.me(ctx).businesses:
        if own.may_administer is not None or business_id not in {None, own.party.id}:
            continue
        for ids, counted, facts in _statements(ctx, which, own.party.id):
            number = ctx.tx.one(counted, **facts)
            assert number is not None
            total += number.total
            for row in ctx.tx.all(ids, most=limit - len(found), **facts):
                total -= row.id in found  # the actor acts for both sides
                found.setdefault(row.id, own.party.id)
    rows = tuple((business_id, grant_id) for grant_id, business_id in found.items())
    return Rows(rows=rows, total=total, more=total > len(rows))


def could_end(ctx: Context, which: Named, business_id: str) -> bool:
    """Say whether anything that is named could be ended for a business, by an admin of it."""
    return any(ctx.tx.all(ids, most=1, **facts) for ids, _, facts in _statements(ctx, which, business_id))


def _statements(ctx: Context, which: Named, business_id: str) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
    """Return what finds and counts what is named of a business, in either direction, with the facts."""
    said = {"asset": which.asset_id, "other": which.other_id, "request": which.request_id}
    names = {name: value for name, value in said.items() if value}
    for statements in _NAMED:
        ids, counted = statements[frozenset(names)]
        yield ids, counted, {"business": business_id, "at": ctx.now, **names}


def unsettled(
    ctx: Context, business_id: str, *, asset_id: str | None = None, person_id: str | None = None, limit: int
) -> tuple[GrantView, ...]:
    """Return what a business is to have, or still has, at Meta: on an asset, or asked for for a person.

    For callers that know that the actor may see it.
    """
    facts = {"business": business_id, "most": limit}
    if person_id is not None:
        rows = ctx.tx.all(_UNSETTLED_FOR, person=person_id, **facts)
    else:
        rows = ctx.tx.all(_UNSETTLED_ON, asset=asset_id, **facts)
    return tuple(view_of(ctx.tx, row) for row in rows)


def mark_of(choices: Sequence[Choice]) -> str:
    """Return what tells these grants from any others, to see whether they are still what was shown."""
    return hashlib.sha256(json.dumps(choices).encode()).hexdigest()[:16]


def endable(ctx: Context, *, query: str = "", limit: int) -> list[tuple[str, GrantView]]:
    """Return what the actor could end now, each with the business they would act for.

    What their business shares comes first (they would revoke), then what is shared with it (they
    would give it back).
    """
    found: list[tuple[str, GrantView]] = []
    for own in directory.me(ctx).businesses:
        if own.may_administer is not None:
            continue
        for direction in Direction:
            page = page_of(ctx, _ENDABLE[direction], own.party.id, query, limit=limit - len(found), offset=0)
            found.extend((own.party.id, view) for view in page.rows)
            if len(found) >= limit:
                return found
    return found
