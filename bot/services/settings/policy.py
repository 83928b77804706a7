"""A business's policy: how many approve, how long requests and undo last, when people work."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from bot.domain.actors import Actor, ApiSharing, Role, Source, WhoMayAsk
from bot.domain.calendar import read_hours, weekly_morning, working_time
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.limits import MOST_DAYS_OFF, MOST_EXPIRES_DAYS, MOST_QUORUM, MOST_UNDO_MINUTES
from bot.domain.policy import may_administer, takes_two_to_loosen
from bot.domain.requests import ErrorCode, FieldError
from bot.domain.reviews import CADENCES, Silence
from bot.services import approvers, cards, consequences, directory, readers
from bot.services.context import Context
from bot.services.results import Changed, Denied, Invalid, Stands
from bot.services.settings import loosening
from bot.services.settings.asked import asked_by
from bot.services.settings.away import away_of
from bot.services.settings.own import find_own, record_change
from bot.services.settings.standing import accept_at_once
from bot.services.views.businesses import MemberView, SettingsView
from bot.services.views.parties import Rows
from bot.store import tables
from bot.store.tables import CardState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.store.compiled import Row


_business = tables.table_of(tables.BusinessRow)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_listing = tables.table_of(tables.Listing)

_CHANGE = (
    update(_business)
    .where(
        _business.c.id == bindparam("business"), _business.c.policy_version == bindparam("expected_version")
    )
    .values(
        policy_version=_business.c.policy_version + 1,
        channel_id=bindparam("new_channel_id"),
        quorum=bindparam("new_quorum"),
        expires_days=bindparam("new_expires_days"),
        undo_minutes=bindparam("new_undo_minutes"),
        who_may_ask=bindparam("new_who_may_ask"),
        api_sharing=bindparam("new_api_sharing"),
        hours=bindparam("new_hours"),
        days_off=bindparam("new_days_off"),
        weekly_at=bindparam("new_weekly_at"),
        review_days=bindparam("new_review_days"),
        review_silence=bindparam("new_review_silence"),
    )
)
_MEMBERS = (
    select(
        _person.c.id,
        _person.c.team_id,
        _person.c.user_id,
        _person.c.name,
        _membership.c.role,
        _membership.c.shared,
    )
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .where(_membership.c.business_id == bindparam("own"))
    .order_by(_person.c.name, _person.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_card = tables.table_of(tables.Card)
_request = tables.table_of(tables.Request)
# Of what waits, and so is found by the business: what could not be posted in its channel.
_NOT_POSTED = (
    select(_card.c.error)
    .join_from(_request, _card, _card.c.subject_id == _request.c.id)
    .where(
        _request.c.deciding_id == bindparam("own"),
        _request.c.over_at.is_(None),
        _card.c.state == CardState.FAILED,
        _card.c.user_id.is_(None),
        _card.c.channel_id == bindparam("channel"),
        _card.c.error != readers.WITHDRAWN,
    )
    .limit(1)
)
_LISTED = (
    select(func.coalesce(_business.c.name, _listing.c.listed_id).label("name"))
    .join_from(_listing, _business, _listing.c.listed_id == _business.c.id, isouter=True)
    .where(_listing.c.business_id == bindparam("own"))
    .order_by("name")
)
_MEMBERS_TOTAL = select(func.count().label("total")).where(_membership.c.business_id == bindparam("own"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A business's policy as its admins set it. `weekly`: it is told of its week."""

    channel_id: str | None
    quorum: int
    expires_days: int
    undo_minutes: int
    who_may_ask: WhoMayAsk
    api_sharing: ApiSharing
    hours: str
    days_off: tuple[date, ...]
    review_days: int
    review_silence: Silence
    weekly: bool = False

    def field_errors(self) -> tuple[FieldError, ...]:
        """Return what is wrong with it, each at its field."""
        ranges = (
            ("quorum", self.quorum, 1, MOST_QUORUM),
            ("expires_days", self.expires_days, 1, MOST_EXPIRES_DAYS),
            ("undo_minutes", self.undo_minutes, 0, MOST_UNDO_MINUTES),
        )
        found = [
            FieldError(field=name, code=ErrorCode.NUMBER, got=f"{low} to {high}")
            for name, value, low, high in ranges
            if not low <= value <= high
        ]
        if read_hours(self.hours) is None:
            found.append(FieldError(field="hours", code=ErrorCode.HOURS, got=self.hours))
        if self.review_days not in CADENCES:
            found.append(FieldError(field="review_days", code=ErrorCode.NUMBER, got=str(self.review_days)))
        if len(self.days_off) > MOST_DAYS_OFF:
            found.append(FieldError(field="days_off", code=ErrorCode.TOO_LONG, got=str(len(self.days_off))))
        return tuple(found)


def change_policy(
    ctx: Context, business_id: str, policy: Policy, *, expected_version: int
) -> Changed | Denied | Invalid:
    """Set the business's policy, if it is still the version that was looked at."""
    row = find_own(ctx, business_id)
    if isinstance(row, Denied):
        return row
    field_errors = policy.field_errors()
    if field_errors:
        return Invalid(field_errors=field_errors)
    before = ctx.business(business_id)
    assert before is not None
    loose = loosening.of(row, asdict(policy))
    proposal = loosening.find_open(ctx, business_id)
    wanted = {name: after for name, (_, after) in loose.items()}
    # Another admin who saves exactly what was proposed confirms it.
    is_confirmed = (
        proposal is not None and proposal.after == wanted and loosening.objection(ctx, proposal) is None
    )
    confirms = proposal if is_confirmed else None
    waits = bool(loose) and takes_two_to_loosen(before) and confirms is None
    if waits:
        policy = replace(policy, **{name: so_far for name, (so_far, _) in loose.items()})
    if not _put(ctx, row, policy, expected_version=expected_version):
        about = Subject(SubjectKind.BUSINESS, business_id)
        return ctx.deny(Denied(reason=DenialReason.CHANGED, about=about), business_id=business_id)
    version = row.policy_version + 1
    if loose:
        loosening.tell(ctx, row, loose, version=version, waits=waits, confirms=confirms)
    return Changed(business_id=business_id, waits=waits)


def tighten(ctx: Context, business_id: str, stricter: Mapping[str, Any]) -> None:
    """Set some of a business's settings, by name, that let less through; for a record that was restored."""
    row = ctx.business_row(business_id)
    assert row is not None
    _put(ctx, row, replace(_policy_of(ctx, business_id), **stricter), expected_version=row.policy_version)


def _policy_of(ctx: Context, business_id: str) -> Policy:
    now = settings_of(ctx, business_id)
    return Policy(**{field.name: getattr(now, field.name) for field in fields(Policy)})


def _put(ctx: Context, row: Row, policy: Policy, *, expected_version: int) -> bool:
    """Set a policy, and have what follows from it happen. False: it is not this version any more."""
    facts = {
        "channel_id": policy.channel_id,
        "quorum": policy.quorum,
        "expires_days": policy.expires_days,
        "undo_minutes": policy.undo_minutes,
        "who_may_ask": str(policy.who_may_ask),
        "api_sharing": str(policy.api_sharing),
        "hours": policy.hours,
        "days_off": ",".join(sorted({day.isoformat() for day in policy.days_off})),
        "review_days": policy.review_days,
        "review_silence": str(policy.review_silence),
    }
    new = {f"new_{column}": value for column, value in facts.items()}
    weekly_at = _weekly_at(ctx, row, policy)
    seen = {"business": row.id, "expected_version": expected_version}
    if not ctx.tx.touched(_CHANGE, **seen, **new, new_weekly_at=weekly_at):
        return False
    record_change(ctx, EventKind.BUSINESS_POLICY, row, **facts, weekly=policy.weekly)
    consequences.raise_quorum(ctx, row.id, policy.quorum)
    return True


def _weekly_at(ctx: Context, row: Row, policy: Policy) -> datetime | None:
    """Return when a business is next told of its week: once it is switched on, in the next one."""
    if not policy.weekly or row.weekly_at is not None:
        return row.weekly_at if policy.weekly else None
    days_off = ",".join(day.isoformat() for day in policy.days_off)
    working = working_time(hours=policy.hours, days_off=days_off, zone=row.zone, otherwise="UTC")
    return weekly_morning(ctx.now, working)


def confirm_policy(
    ctx: Context, business_id: str, *, expected_version: int
) -> Changed | Stands | Denied | Invalid:
    """Bring into force what another admin proposed under this version of the policy."""
    row = find_own(ctx, business_id)
    if isinstance(row, Denied):
        return row
    proposal = loosening.find_open(ctx, business_id)
    about = Subject(SubjectKind.BUSINESS, business_id)
    if proposal is None or proposal.version != expected_version:
        cards.follow_settings(ctx, business_id, expected_version)  # its button should not be there
        return ctx.deny(DenialReason.PROPOSAL_OVER, about=about, business_id=business_id)
    objection = loosening.objection(ctx, proposal)
    if objection is not None:
        return ctx.deny(objection, about=about, business_id=business_id)
    if proposal.accepts is not None:
        return accept_at_once(ctx, business_id, proposal.accepts, on=True)
    wanted = replace(_policy_of(ctx, business_id), **proposal.after)
    return change_policy(ctx, business_id, wanted, expected_version=row.policy_version)


def settings_of(ctx: Context, business_id: str) -> SettingsView:
    """Return a business's settings; for callers that know who will see them. Raises KeyError if unknown."""
    row = ctx.business_row(business_id)
    if row is None:
        raise KeyError(business_id)
    members = ctx.tx.one(_MEMBERS_TOTAL, own=row.id)
    assert members is not None
    asked = asked_by(ctx, row.id)
    not_posted = ctx.tx.one(_NOT_POSTED, own=row.id, channel=row.channel_id)
    return SettingsView(
        party=directory.party_of(row),
        team_id=row.team_id,
        channel_id=row.channel_id,
        quorum=row.quorum,
        expires_days=row.expires_days,
        undo_minutes=row.undo_minutes,
        who_may_ask=WhoMayAsk(row.who_may_ask),
        api_sharing=ApiSharing(row.api_sharing),
        hours=row.hours,
        days_off=tuple(date.fromisoformat(day) for day in filter(None, row.days_off.split(","))),
        review_days=row.review_days,
        review_silence=Silence(row.review_silence),
        zone=row.zone,
        weekly=row.weekly_at is not None,
        policy_version=row.policy_version,
        members=members.total,
        admins=len(approvers.admins(ctx.tx, row.id)),
        listed=tuple(one.name for one in ctx.tx.all(_LISTED, own=row.id)),
        channel_error=not_posted.error if not_posted else None,
        asked_first=tuple(one.name for one in asked.first),
        backups=tuple(one.name for one in asked.backups),
        away=away_of(ctx, row.id),
    )


def members_of(ctx: Context, business_id: str, *, limit: int, offset: int) -> Rows[MemberView]:
    """Return a page of a business's members by name; for callers that know who will see them."""
    business = ctx.business(business_id)
    total = ctx.tx.one(_MEMBERS_TOTAL, own=business_id)
    assert total is not None
    members = []
    for member in ctx.tx.all(_MEMBERS, own=business_id, most=limit, skip=offset):
        actor = Actor(source=Source.EVENT, team_id=member.team_id, user_id=member.user_id)
        members.append(
            MemberView(
                person_id=member.id,
                user_id=member.user_id,
                name=member.name,
                role=Role(member.role),
                shared=bool(member.shared),
                may_administer=may_administer(ctx.as_actor(actor).principal, business=business).reason,
            )
        )
    return Rows(rows=tuple(members), total=total.total, more=offset + len(members) < total.total)
