"""Who gets what would go to an admin while that one is away. It changes nothing of who may decide."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, select

from bot.domain.calendar import end_of_local_day, zone_of
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.limits import LONGEST_DAYS
from bot.domain.messages import About, Audience, Notice, StandingIn
from bot.domain.requests import ErrorCode, FieldError
from bot.services import approvers, cards, directory, readers, routing
from bot.services.context import Context
from bot.services.results import Changed, Denied, Invalid
from bot.services.settings.own import find_own
from bot.services.views.businesses import AwayView, StandingInFor, StandInTold
from bot.services.views.parties import PersonChoice
from bot.store import tables
from bot.store.compiled import upsert

if TYPE_CHECKING:
    from bot.store.compiled import Row

_stand_in = tables.table_of(tables.StandIn)
_person = tables.table_of(tables.Person)

_new = upsert(_stand_in)
_SET = _new.on_conflict_do_update(
    index_elements=["business_id", "person_id"],
    set_={name: _new.excluded[name] for name in ("stand_in_id", "from_day", "until_day", "due_at")},
)
_seen = (
    _stand_in.c.person_id == bindparam("person"),
    _stand_in.c.business_id == bindparam("business"),
    _stand_in.c.due_at == bindparam("seen_at"),
)
_END = delete(_stand_in).where(*_seen)
_MOVE = _stand_in.update().where(*_seen).values(due_at=bindparam("next_at"))
_DUE = (
    select(_stand_in, _person.c.zone)
    .join_from(_stand_in, _person, _stand_in.c.person_id == _person.c.id)
    .where(_stand_in.c.due_at <= bindparam("at"))
    .order_by(_stand_in.c.due_at)
    .limit(bindparam("most"))
)
_STOOD_IN_FOR = (
    select(_stand_in, _person.c.name)
    .join_from(_stand_in, _person, _stand_in.c.person_id == _person.c.id)
    .where(_stand_in.c.stand_in_id == bindparam("person"), _stand_in.c.business_id == bindparam("business"))
    .order_by(_stand_in.c.until_day, _person.c.name)
)
_USER = select(_person.c.team_id, _person.c.user_id).where(_person.c.id == bindparam("person"))


def away_of(ctx: Context, business_id: str) -> AwayView:
    """Return who stands in for the actor, an admin of the business. Raise KeyError for an unknown one."""
    row = ctx.business_row(business_id)
    if row is None:
        raise KeyError(business_id)
    own_id = ctx.principal.person_id or ""
    named = routing.stand_in_of(ctx, business_id, own_id)
    stand_in = None
    if named is not None:
        name = directory.name_of(ctx.tx, named.stand_in_id) or ""
        stand_in = PersonChoice(id=named.stand_in_id, name=name)
    return AwayView(
        party=directory.party_of(row),
        policy_version=row.policy_version,
        stand_in=stand_in,
        can_act=stand_in is not None and approvers.is_admin(ctx.tx, business_id, stand_in.id),
        from_day=date.fromisoformat(named.from_day) if named else None,
        until_day=date.fromisoformat(named.until_day) if named else None,
        zone=_zone_of(ctx, row).key,
        stands_in_for=tuple(
            StandingInFor(
                name=one.name,
                from_day=date.fromisoformat(one.from_day),
                until_day=date.fromisoformat(one.until_day),
            )
            for one in ctx.tx.all(_STOOD_IN_FOR, person=own_id, business=business_id)
        ),
    )


def _zone_of(ctx: Context, row: Row) -> ZoneInfo:
    """Return where the actor is, as far as Slack has said; else where their business (its row) is."""
    rows = ctx.person_rows
    return zone_of(rows[0].zone if rows else None, otherwise=row.zone)


def stand_in_told(ctx: Context, business_id: str, about: StandingIn, *, is_over: bool) -> StandInTold | None:
    """Return what a notice tells a stand-in; None if there is no such business any more."""
    row = ctx.business_row(business_id)
    if row is None:
        return None
    return StandInTold(
        own=directory.party_of(row),
        person=directory.name_of(ctx.tx, about.person_id) or "",
        from_day=about.from_day,
        until_day=about.until_day,
        is_over=is_over,
    )


def name_stand_in(
    ctx: Context, business_id: str, *, stand_in: str, from_day: date | None, until_day: date | None
) -> Changed | Denied | Invalid:
    """Have another admin of the business get what would go to the actor, on these days of the actor's zone.

    It takes the place of what they said before; who stood in so far is told.
    """
    row = find_own(ctx, business_id)
    if isinstance(row, Denied):
        return row
    own_id, zone = ctx.principal.person_id, _zone_of(ctx, row)
    assert own_id is not None
    admins = {one.id: one for one in approvers.admins(ctx.tx, business_id)}
    today = ctx.now.astimezone(zone).date()
    if stand_in == own_id:
        wrong = FieldError(field="stand_in", code=ErrorCode.NOT_YOURSELF)
    elif stand_in not in admins:
        name = directory.name_at_home(ctx, stand_in, business_id=row.id)
        wrong = FieldError(field="stand_in", code=ErrorCode.NOT_AN_ADMIN, got=name)
    elif from_day is None or from_day > today + timedelta(days=LONGEST_DAYS):
        wrong = FieldError(field="from_day", code=ErrorCode.DATE)
    elif until_day is None or until_day > today + timedelta(days=LONGEST_DAYS):
        wrong = FieldError(field="until_day", code=ErrorCode.DATE)
    elif until_day < max(from_day, today):
        code = ErrorCode.DATE_PAST if until_day < today else ErrorCode.ENDS_FIRST
        wrong = FieldError(field="until_day", code=code)
    else:
        return _name(ctx, row, own_id, admins[stand_in], days=(from_day, until_day))
    return Invalid(field_errors=(wrong,))


def _name(ctx: Context, row: Row, own_id: str, stand_in: Row, *, days: tuple[date, date]) -> Changed:
    before = routing.stand_in_of(ctx, row.id, own_id)
    as_said = (stand_in.id, *(day.isoformat() for day in days))
    if before is not None and (before.stand_in_id, before.from_day, before.until_day) == as_said:
        return Changed(business_id=row.id)
    if before is not None and before.stand_in_id != stand_in.id:
        _record(ctx, EventKind.BUSINESS_STAND_IN_ENDED, before, acting_for=row.id)
        _tell(ctx, Notice.STOOD_IN, before)
    from_day, until_day = days
    zone = _zone_of(ctx, row)
    ctx.tx.run(
        _SET,
        person_id=own_id,
        business_id=row.id,
        stand_in_id=stand_in.id,
        from_day=from_day.isoformat(),
        until_day=until_day.isoformat(),
        due_at=end_of_local_day(until_day, zone),
    )
    now = routing.stand_in_of(ctx, row.id, own_id)
    assert now is not None
    _record(ctx, EventKind.BUSINESS_STAND_IN, now, acting_for=row.id)
    _tell(ctx, Notice.STANDS_IN, now)
    cards.publish_homes(ctx, [row.id])
    return Changed(business_id=row.id)


def end_stand_in(ctx: Context, business_id: str) -> Changed | Denied:
    """Have what goes to the actor come to them again, whatever days they had said; the stand-in is told."""
    row = find_own(ctx, business_id)
    if isinstance(row, Denied):
        return row
    named = routing.stand_in_of(ctx, business_id, ctx.principal.person_id or "")
    if named is not None:
        _end(ctx, named, acting_for=business_id)
    return Changed(business_id=business_id)


def end_for(ctx: Context, business_id: str, person_id: str) -> None:
    """Have nobody stand in any more for somebody who is no admin of a business from now on."""
    named = routing.stand_in_of(ctx, business_id, person_id)
    if named is not None:
        _end(ctx, named, acting_for=business_id)


def stand_ins_due(ctx: Context, *, limit: int = 100) -> int:
    """End what was said for days that are over where the admin is. A sweep's step."""
    taken = 0
    for named in ctx.some(ctx.tx.all(_DUE, at=ctx.now, most=limit)):
        taken += 1
        business = ctx.business_row(named.business_id)
        assert business is not None
        zone = zone_of(named.zone, otherwise=business.zone)
        over_at = end_of_local_day(date.fromisoformat(named.until_day), zone)
        if over_at <= ctx.now:
            _end(ctx, named)
        else:  # they are in another zone since
            key = {"person": named.person_id, "business": named.business_id, "seen_at": named.due_at}
            ctx.tx.run(_MOVE, **key, next_at=over_at)
    return taken


def _end(ctx: Context, named: Row, *, acting_for: str | None = None) -> None:
    key = {"person": named.person_id, "business": named.business_id, "seen_at": named.due_at}
    if ctx.tx.touched(_END, **key):
        _record(ctx, EventKind.BUSINESS_STAND_IN_ENDED, named, acting_for=acting_for)
        _tell(ctx, Notice.STOOD_IN, named)
        cards.publish_homes(ctx, [named.business_id])


def _record(ctx: Context, kind: EventKind, named: Row, *, acting_for: str | None) -> None:
    ctx.record(
        kind,
        Subject(SubjectKind.BUSINESS, named.business_id),
        business_id=named.business_id,
        acting_for=acting_for,
        person=named.person_id,
        stand_in=named.stand_in_id,
        from_day=named.from_day,
        until_day=named.until_day,
    )


def _tell(ctx: Context, notice: Notice, named: Row) -> None:
    """Tell a stand-in for whom they stand in, or that this is over."""
    user = ctx.tx.one(_USER, person=named.stand_in_id)
    assert user is not None
    days = (date.fromisoformat(named.from_day), date.fromisoformat(named.until_day))
    about = About(notice=notice, details=(str(StandingIn(named.person_id, *days)),))
    place = readers.Place(team_id=user.team_id, user_id=user.user_id)
    happened = cards.Happened(f"{named.business_id}{readers.OF_PARTNERS}", 1)
    cards.put_notice(ctx, happened, Audience.SUBMITTERS, about, place, beside_card=False)
