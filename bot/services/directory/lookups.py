"""Asking Slack again who people are: events that take power away can be lost.

Members of businesses and admins of assets are looked up at each start, after the app could not be reached or
Slack dropped events, and twice within the time for which Slack's word gives power
(`domain.actors.CONFIRMED_FOR`).

A workspace's `seen_at` says until when its events may be missing. While Slack drops them it lies a minute
ahead: people are looked up at once, for what was dropped already, and again when the minute is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, exists, or_, select, update

from bot.domain.actors import LOOK_UP_AFTER
from bot.services.context import Context
from bot.store import outbox, tables
from bot.store.types import Span, UTCDateTime

if TYPE_CHECKING:
    from bot.store.tx import Tx

DROPPED_FOR = timedelta(minutes=1)
"""How long Slack drops a workspace's events, each time that it says so.

Source: docs.slack.dev/reference/events/app_rate_limited
"""

_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_asset_admin = tables.table_of(tables.AssetAdmin)
_workspace = tables.table_of(tables.Workspace)
_effect = tables.table_of(tables.Effect)

_now = bindparam("now", type_=UTCDateTime)

_DUE = (
    select(_person.c.id, _person.c.team_id)
    .join_from(_person, _workspace, _workspace.c.team_id == _person.c.team_id)
    .where(
        or_(
            exists(select(_membership.c.person_id).where(_membership.c.person_id == _person.c.id)),
            exists(select(_asset_admin.c.person_id).where(_asset_admin.c.person_id == _person.c.id)),
        ),
        or_(
            _person.c.checked_at.is_(None),
            _person.c.checked_at < bindparam("before", type_=UTCDateTime),
            and_(_person.c.checked_at < _workspace.c.seen_at, _workspace.c.seen_at <= _now),
            _person.c.checked_at < _workspace.c.seen_at - bindparam("dropped", DROPPED_FOR, type_=Span),
            _person.c.checked_at > _now,  # the clock was set back
        ),
        ~exists(
            select(_effect.c.id).where(
                _effect.c.lane == "person:" + _person.c.id, tables.EFFECT_IS_IN_LANE(_effect)
            )
        ),
    )
)
_FIND_DUE = _DUE.where(_person.c.id > bindparam("after")).order_by(_person.c.id).limit(bindparam("most"))
_STILL_DUE = _DUE.where(_person.c.id == bindparam("person"))
_ALL_SEEN = update(_workspace).values(seen_at=bindparam("at"))
_SEEN = _ALL_SEEN.where(_workspace.c.team_id == bindparam("team"))
_SEEN_SINCE = select(_workspace.c.team_id).where(_workspace.c.seen_at > bindparam("since")).limit(1)


def find_due(tx: Tx, *, now: datetime, after: str, limit: int) -> list[str]:
    """Return the next people after this id to look up; it reads all who are members on the way."""
    found = tx.all(_FIND_DUE, now=now, before=now - LOOK_UP_AFTER, after=after, most=limit)
    return [row.id for row in found]


def look_up(ctx: Context, people: Sequence[str]) -> int:
    """Have Slack asked about those whom a reader found, unless it is asked since. Return how many."""
    due = [
        (row.id, row.team_id)
        for person_id in people
        for row in ctx.tx.all(_STILL_DUE, now=ctx.now, before=ctx.now - LOOK_UP_AFTER, person=person_id)
    ]
    outbox.put_checks_again(ctx.tx, due, now=ctx.now)
    return len(due)


def events_lost(ctx: Context) -> None:
    """Note that Slack could not reach the app until now: what it said before may be old."""
    ctx.tx.run(_ALL_SEEN, at=ctx.now)


def events_dropped(ctx: Context, *, team_id: str) -> None:
    """Note that Slack drops events of this workspace, and may go on for as long as a minute."""
    ctx.tx.run(_SEEN, team=team_id, at=ctx.now + DROPPED_FOR)


def are_events_missing(tx: Tx, *, since: datetime) -> bool:
    """Say whether events of some workspace may be missing that came later than this."""
    return tx.one(_SEEN_SINCE, since=since) is not None
