"""As how many admins count where it takes several: who lately made another one counts as one with them.

Nobody adds an admin to agree with them (`bot.domain.policy.is_one_voice`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bot.domain.actors import Role, is_confirmed
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, SubjectKind
from bot.domain.policy import INDEPENDENT_AFTER, is_one_voice
from bot.services.context import Context
from bot.services.results import Denied
from bot.store import tables

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.compiled import Row

_event = tables.table_of(tables.Event)
_MADE = (
    select(_event.c.actor, _event.c.data, _event.c.at)
    .where(
        _event.c.subject_kind == SubjectKind.BUSINESS,
        _event.c.subject_id == bindparam("business"),
        _event.c.kind.in_((EventKind.MEMBER_ADDED, EventKind.MEMBER_ROLE, EventKind.MEMBER_REMOVED)),
        _event.c.at > bindparam("since"),
    )
    .order_by(_event.c.seq)
)


def objection_beside(ctx: Context, business_id: str | None, agreed: Iterable[Row]) -> Denied | None:
    """Return why the actor's agreement adds nothing to that of these admins where it takes two, or None.

    What Slack said of one of them is too old to count, or the two count as one.
    """
    own = ctx.principal.person_id
    assert own is not None
    others = [one for one in agreed if one.id != own]
    for one in others:
        if not is_confirmed(one.checked_at, now=ctx.now):
            return Denied(reason=DenialReason.UNCONFIRMED, name=one.name)
    made_by = _made_by(_changes(ctx, business_id)) if others else {}
    for one in others:
        if is_one_voice(own, one.id, made_by=made_by):
            return Denied(reason=DenialReason.ONE_VOICE, name=one.name)
    return None


def count(ctx: Context, business_id: str | None, people: Iterable[str]) -> int:
    """Return as how many these admins count, by their ids.

    They may have agreed while one of them was no admin, and be counted again since.
    """
    found = set(people)
    return _count(found, _changes(ctx, business_id) if len(found) > 1 else ())


def enough_from(
    ctx: Context, business_id: str | None, people: Iterable[str], *, wanted: int
) -> datetime | None:
    """Return from when on so many people who count as fewer count as many as it takes.

    None: they count as that now, or they are too few.
    """
    found = set(people)
    if not 1 < wanted <= len(found):
        return None
    changes = _changes(ctx, business_id)
    lapsed = next(number for number in range(len(changes) + 1) if _count(found, changes[number:]) >= wanted)
    at: datetime | None = changes[lapsed - 1].at + INDEPENDENT_AFTER if lapsed else None
    return at


def _count(people: Collection[str], changes: Sequence[Row]) -> int:
    made_by = _made_by(changes)
    independent: list[str] = []
    for person in sorted(people):
        if not any(is_one_voice(person, one, made_by=made_by) for one in independent):
            independent.append(person)
    return len(independent)


def _changes(ctx: Context, business_id: str | None) -> list[Row]:
    """Return what was lately changed of who is an admin of a business, the first first."""
    return ctx.tx.all(_MADE, business=business_id, since=ctx.now - INDEPENDENT_AFTER)


def _made_by(changes: Iterable[Row]) -> dict[str, frozenset[str]]:
    """Return who was made an admin by these changes, each by whom, and by whom that one was then.

    Whoever made both stays linked to the second, also once the first is no admin any more.
    """
    made_by: dict[str, frozenset[str]] = {}
    for event in changes:
        facts, actor = json.loads(event.data), json.loads(event.actor)
        person = facts["person"]
        if facts["role"] != Role.ADMIN:
            made_by.pop(person, None)
        elif facts.get("was") != Role.ADMIN:
            maker = actor["person"]
            made_by[person] = frozenset({maker}) | made_by.get(maker, frozenset())
    return made_by
