"""What is done to a restored copy before anybody is served from it.

`begin` brings over what is known of the time since the copy was made, or without that leaves what may have
been said to be looked for in Slack. Then the sweeps make up for that time, and `hold_back` parks what they
would say: it was probably said. `finish` has all that may have changed meanwhile looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, func, insert, or_, select, update

from bot.domain.actors import Role
from bot.domain.assets import unpack
from bot.domain.connections import EnforcementKind, EnforcementState
from bot.domain.creating import CreationState
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import GOING_ON, NOT_OVER, GrantState
from bot.domain.messages import Audience
from bot.domain.policy import LETS_THROUGH, loosened
from bot.domain.requests import DraftState
from bot.services import (
    cards,
    comparing,
    connections,
    consequences,
    directory,
    enforcing,
    grants,
    installations,
    partnerships,
    programs,
    readers,
    requests,
    settings,
)
from bot.services.context import Context
from bot.services.restoring.known import FIRST_POSTS, Known
from bot.store import journal, tables
from bot.store.outbox import AT_ONCE
from bot.store.tables import CardState, EffectState
from bot.store.types import UTCDateTime

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

HELD_BACK = "restored: it may have been said already"
"""Stands as the error of a message that was not sent, because the record may be older than Slack."""

_effect = tables.table_of(tables.Effect)
_card = tables.table_of(tables.Card)
_follow = tables.table_of(tables.Follow)
_grant = tables.table_of(tables.Grant)
_request = tables.table_of(tables.Request)
_draft = tables.table_of(tables.Draft)
_creation = tables.table_of(tables.Creation)
_event = tables.table_of(tables.Event)
_finding = tables.table_of(tables.Finding)
_review = tables.table_of(tables.Review)
_question = tables.table_of(tables.ReviewQuestion)
_token = tables.table_of(tables.Token)
_membership = tables.table_of(tables.Membership)
_person = tables.table_of(tables.Person)
_business = tables.table_of(tables.BusinessRow)
_connection = tables.table_of(tables.Connection)
_enforcement = tables.table_of(tables.Enforcement)
_asset = tables.table_of(tables.Asset)
_assignment = tables.table_of(tables.Assignment)
_asset_admin = tables.table_of(tables.AssetAdmin)

_is_first_post = _effect.c.kind.in_(FIRST_POSTS)
_is_unsaid = _effect.c.state.in_((EffectState.WAITING, EffectState.SENDING))
_END = select(func.max(_event.c.at).label("at"))
_LAST = select(func.coalesce(func.max(_effect.c.id), 0).label("id"))
_UNSAID = select(_effect.c.id).where(
    _is_first_post, _effect.c.state.in_((EffectState.WAITING, EffectState.SENDING, EffectState.PARKED))
)
_AS_SAID = (
    update(_effect)
    .where(_effect.c.id == bindparam("effect"))
    .values(
        state=bindparam("to"),
        lease_until=None,
        marked_at=bindparam("marked", type_=UTCDateTime),
        reads=bindparam("times_read"),
        error=bindparam("why"),
        over_at=bindparam("over", type_=UTCDateTime),
    )
)
_LOOK_FOR = (
    update(_effect)
    .where(_is_first_post, _is_unsaid)
    .values(
        state=EffectState.WAITING,
        lease_until=None,
        due_at=AT_ONCE,
        reads=0,
        marked_at=func.coalesce(_effect.c.marked_at, bindparam("at", type_=UTCDateTime)),
    )
)
_HOLD_BACK = (
    update(_effect)
    .where(_is_first_post, _is_unsaid, _effect.c.id > bindparam("last"))
    .values(state=EffectState.PARKED, error=HELD_BACK, over_at=bindparam("now", type_=UTCDateTime))
)
_CARD_AS_POSTED = (
    update(_card)
    .where(_card.c.id == bindparam("card"))
    .values(
        channel_id=bindparam("channel"),
        ts=bindparam("message"),
        state=bindparam("to"),
        error=bindparam("why"),
    )
)
_CARDS = select(_card.c.id)
_INSERT_CARD = insert(_card)
_FORGET_FOLLOWS = delete(_follow).where(_follow.c.card_id == bindparam("card"))
_FORGET_CARD = delete(_card).where(_card.c.id == bindparam("card"))
_UNDECIDED = or_(
    *(
        _card.c.subject_id.in_(statement)
        for statement in (
            select(_request.c.id).where(tables.REQUEST_IS_OPEN(_request)),
            select(_request.c.id).where(_request.c.undo_until.is_not(None)),
            select(_grant.c.request_id).where(_grant.c.state.in_(sorted(NOT_OVER))),
            select(_grant.c.id).where(_grant.c.state.in_(sorted(NOT_OVER))),
            select(_draft.c.id).where(_draft.c.state == DraftState.WAITING),
            select(_creation.c.id).where(
                _creation.c.state.in_((CreationState.WAITING, CreationState.CREATING))
            ),
            select(_finding.c.id).where(tables.FINDING_IS_OPEN(_finding)),
            select(_review.c.id).where(tables.REVIEW_IS_OPEN(_review)),
            select(_question.c.id)
            .join_from(_question, _review, _question.c.review_id == _review.c.id)
            .where(tables.REVIEW_IS_OPEN(_review)),
        )
    )
)
_copy: Any = _card.alias("copy")
_CLOSED = (
    select(_card.c.subject_id, _card.c.audience)
    .where(
        _card.c.state == CardState.FAILED,
        _card.c.error == readers.WITHDRAWN,
        _card.c.audience.in_((Audience.APPROVERS, Audience.SUBMITTERS, Audience.REQUESTER, Audience.AUTHOR)),
        _UNDECIDED,
        ~exists(
            select(_copy.c.id).where(
                _copy.c.subject_id == _card.c.subject_id,
                _copy.c.audience == _card.c.audience,
                _copy.c.state != CardState.FAILED,
            )
        ),
    )
    .distinct()
    .order_by(_card.c.subject_id, _card.c.audience)
)
"""What waits in this record, and was over or elsewhere when its last copy was closed."""
_DRAW_AGAIN = update(_card).where(_card.c.state == CardState.POSTED, _UNDECIDED).values(shown=0)
_GOING_ON = select(_grant.c.id, _grant.c.state).where(_grant.c.state.in_(sorted(GOING_ON)))
_VALID = select(_token.c.id).where(_token.c.revoked_at.is_(None), _token.c.parent_id.is_(None))
_MEMBERS = select(_membership).order_by(_membership.c.business_id, _membership.c.person_id)
_ASSIGNED = select(_assignment).order_by(
    _assignment.c.asset_id, _assignment.c.business_id, _assignment.c.person_id
)
_ASSET_ADMINS = (
    select(_asset_admin, _asset.c.owner_id)
    .join_from(_asset_admin, _asset, _asset_admin.c.asset_id == _asset.c.id)
    .order_by(_asset_admin.c.asset_id, _asset_admin.c.person_id)
)
_NO_ASSET_ADMIN = delete(_asset_admin).where(
    _asset_admin.c.asset_id == bindparam("asset"), _asset_admin.c.person_id == bindparam("person")
)
_BUSINESSES = select(_business).order_by(_business.c.id)
_PEOPLE = select(_person).order_by(_person.c.id)
_SET_STATUS = update(_business).where(_business.c.id == bindparam("business")).values(status=bindparam("to"))
_ACCEPTED = (
    select(_event.c.subject_id, _event.c.counterpart_id)
    .where(_event.c.kind == EventKind.BUSINESS_STANDING)
    .distinct()
    .order_by(_event.c.subject_id, _event.c.counterpart_id)
)
_CONNECTED = select(_connection.c.business_id)
_MAY_BE_MADE = select(_enforcement.c.id, _enforcement.c.business_id).where(
    _enforcement.c.kind == EnforcementKind.CREATION,
    _enforcement.c.state.in_((EnforcementState.PENDING, EnforcementState.FAILED)),
)
_OWNED = select(_asset.c.id).where(_asset.c.owner_id == bindparam("owner"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """Where a copy's journal ends, and when that was: nothing in it is newer."""

    seq: int
    at: datetime


class Access(StrEnum):
    """What becomes of access of which nobody knows whether it was ended after the copy was made."""

    KEEP = "keep"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What was done to a restored copy."""

    ended: int
    held_back: int


def end_of(tx: Tx) -> Copied:
    """Return where the record ends."""
    last = tx.one(_END)
    seq = journal.head(tx).seq
    return Copied(seq=seq, at=AT_ONCE if last is None or last.at is None else last.at)


def begin(ctx: Context, known: Known | None, *, copied_at: datetime) -> tuple[int, int]:
    """Bring over what is known since. Return where the copy's outbox ends, and how many grants were ended."""
    last = ctx.tx.one(_LAST)
    assert last is not None
    if known is None:
        ctx.tx.run(_LOOK_FOR, at=copied_at)
        return last.id, 0
    _bring_over_messages(ctx, known)
    ended = _bring_over_access(ctx, known)
    _bring_over_people(ctx, known)
    for business in ctx.tx.all(_BUSINESSES):
        _bring_over_business(ctx, business, known)
    for business_id, other_id in sorted(known.no_longer_accepted):
        settings.accept_no_longer(ctx, business_id, other_id)
    for (business_id, other_id), contract in sorted(known.contracts.items()):
        if ctx.business_row(business_id) and ctx.business_row(other_id):
            partnerships.bring_over(ctx, business_id, other_id, contract)
    for installation in known.installations:
        installations.bring_over(ctx, installation)
    for erased in known.erased:
        _erase_again(ctx, erased)
    return last.id, ended


def _bring_over_access(ctx: Context, known: Known) -> int:
    """End what was ended since, tokens too, and bring ends forward. Return how many grants that ended."""
    for row in ctx.tx.all(_GOING_ON):
        grant = grants.find_grant(ctx.tx, row.id)
        if grant is not None and row.state == GrantState.PENDING and row.id in known.in_force:
            grants.put_in_force(ctx, grant)
    ended = grants.end_as_known(ctx, known.ended)
    for row in ctx.tx.all(_GOING_ON):
        _bring_over_end(ctx, row.id, known.ends.get(row.id))
    for token in ctx.tx.all(_VALID):
        if token.id in known.revoked_tokens:
            programs.revoke_token(ctx, token.id)
    return ended


def _bring_over_people(ctx: Context, known: Known) -> None:
    """Have people act with the accounts that they have now, and with no more power than now."""
    _bring_over_accounts(ctx, known)
    for member in ctx.tx.all(_MEMBERS):
        _bring_over_member(ctx, member, known)
    for row in ctx.tx.all(_ASSIGNED):
        _bring_over_assignment(ctx, row, known)
    _bring_over_asset_admins(ctx, known)


def _bring_over_messages(ctx: Context, known: Known) -> None:
    """Have messages stand where they do now, with the copies posted since of what is known here, too."""
    copied = {card.id for card in ctx.tx.all(_CARDS)}
    for card_id in sorted(copied - known.cards.keys()):  # it was another copy of one message
        ctx.tx.run(_FORGET_FOLLOWS, card=card_id)
        ctx.tx.run(_FORGET_CARD, card=card_id)
    ctx.tx.many(
        _CARD_AS_POSTED,
        [
            {"card": row.id, "channel": row.channel_id, "message": row.ts, "to": row.state, "why": row.error}
            for row in known.cards.values()
        ],
    )
    posted = [one for one in known.cards.values() if one.id not in copied and one.state == CardState.POSTED]
    here = {one for one in {row.subject_id for row in posted} if _is_here(ctx, one)}
    ctx.tx.many(_INSERT_CARD, [{**row._asdict(), "shown": 0} for row in posted if row.subject_id in here])
    ctx.tx.many(_AS_SAID, [_as_said(ctx, row.id, known.said.get(row.id)) for row in ctx.tx.all(_UNSAID)])


def _is_here(ctx: Context, subject_id: str) -> bool:
    """Say whether this record has what a card is about. Of settings a version may be another one here."""
    return readers.OF_SETTINGS not in subject_id and readers.find_subject(ctx.tx, subject_id) is not None


def _as_said(ctx: Context, effect_id: int, row: Row | None) -> dict[str, Any]:
    """Return how a first post stands, of which the newer record has `row`; None: forgotten, so long over."""
    if row is None:
        over = {"to": EffectState.SUPERSEDED, "marked": None, "times_read": 0, "why": None, "over": ctx.now}
        return {"effect": effect_id, **over}
    return {
        "effect": effect_id,
        "to": EffectState.WAITING if row.state == EffectState.SENDING else row.state,
        "marked": row.marked_at,
        "times_read": row.reads,
        "why": row.error,
        "over": row.over_at,
    }


def _bring_over_end(ctx: Context, grant_id: str, ends_at: datetime | None) -> None:
    """Bring the end of a grant forward as far as it was. One that is later now than it was stays."""
    grant = grants.find_grant(ctx.tx, grant_id)
    assert grant is not None
    if ends_at is not None and (grant.ends_at is None or ends_at < grant.ends_at):
        grants.shorten(ctx, grant, ends_at, warned=True)


def _bring_over_accounts(ctx: Context, known: Known) -> None:
    """Have people act with the Slack accounts that they have now, as Slack has described these last."""
    people = [(row, known.people[row.id]) for row in ctx.tx.all(_PEOPLE) if row.id in known.people]
    moved = [(row, now) for row, now in people if (now.team_id, now.user_id) != (row.team_id, row.user_id)]
    for row, now in moved:
        settings.put_account(ctx, row, team_id=now.team_id, user_id=now.user_id)
    for row, now in people:
        directory.described(ctx, row, as_in=now)
    for row, _ in moved:
        consequences.approver_changed(ctx, row.id)


def _bring_over_member(ctx: Context, member: Row, known: Known) -> None:
    """Take from a member the power that they lost. Whoever gained some is named again by an admin."""
    one = (member.business_id, member.person_id)
    role, business = known.roles.get(one), ctx.business_row(member.business_id)
    assert business is not None
    if role is None or (member.role == Role.ADMIN and role is not Role.ADMIN):
        settings.put_role(ctx, business, member, role=role)
    if one in known.shared and not member.shared:
        settings.mark_shared(ctx, business, member)


def _bring_over_assignment(ctx: Context, row: Row, known: Known) -> None:
    """Take from a person what they could do with an asset and cannot any more."""
    one = {"asset_id": row.asset_id, "business_id": row.business_id, "person_id": row.person_id}
    left = known.assigned.get((row.asset_id, row.business_id, row.person_id), frozenset())
    grants.assign(ctx, **one, tasks=unpack(row.tasks) & left, acting_for=None)


def _bring_over_asset_admins(ctx: Context, known: Known) -> None:
    for row in ctx.tx.all(_ASSET_ADMINS):
        if (row.asset_id, row.person_id) not in known.asset_admins:
            ctx.tx.run(_NO_ASSET_ADMIN, asset=row.asset_id, person=row.person_id)
            ctx.record(
                EventKind.ASSET_CHANGED,
                Subject(SubjectKind.ASSET, row.asset_id),
                business_id=row.owner_id,
                admins={"added": [], "removed": [row.person_id]},
            )


def _bring_over_business(ctx: Context, row: Row, known: Known) -> None:
    newer, connection = known.businesses.get(row.id, row), known.connections.get(row.id)
    if newer.status != row.status:
        ctx.tx.run(_SET_STATUS, business=row.id, to=newer.status)
        ctx.reread_business(row.id)
        about = Subject(SubjectKind.BUSINESS, row.id)
        ctx.record(EventKind.BUSINESS_CHANGED, about, business_id=row.id, status=[row.status, newer.status])
    if row.verified and not newer.verified:
        directory.verify_business(ctx, row.id, verified=False, tell=False)  # they were told
    if connection is not None:
        connections.bring_over(ctx, connection)
    elif connections.kept_token(ctx, row.id) is not None:
        connections.disconnect(ctx, row.id)
    if (newer.team_id, newer.channel_id) != (row.team_id, row.channel_id):
        settings.put_place(ctx, row, team_id=newer.team_id, channel_id=newer.channel_id)
    before, after = ({name: getattr(one, name) for name in LETS_THROUGH} for one in (newer, row))
    stricter = {name: value for name, (value, _) in loosened(before, after).items()}
    if stricter:
        settings.tighten(ctx, row.id, stricter)


def _erase_again(ctx: Context, erased: Row) -> None:
    """Erase what was erased since; of people, the names of those who belong to nothing in this record."""
    which = erased.subject_id
    if erased.kind == EventKind.PERSON_ERASED:
        directory.erase_name(ctx, which, shown_on=directory.find_shown(ctx.tx, which))
    else:
        requests.erase_again(ctx, which, erased_at=erased.at)


def hold_back(ctx: Context, *, last: int) -> int:
    """Park each message that was put since the outbox ended with `last`. Return how many."""
    return ctx.tx.touched(_HOLD_BACK, last=last, now=ctx.now)


def finish(ctx: Context, *, seq: int, access: Access | None) -> int:
    """Have Slack, Meta and the cards looked at again, and record it. Return how many grants were ended.

    `seq` is the last event of the copy. `access`: what becomes of that of which nothing is known.
    """
    ended = 0
    if access is Access.END:
        going_on = [row.id for row in ctx.tx.all(_GOING_ON)]
        ended = len(grants.end_by_operator(ctx, going_on, note=_NOTE))
        for token in ctx.tx.all(_VALID):  # nor does anybody know which of them were revoked
            programs.revoke_token(ctx, token.id)
        for row in ctx.tx.all(_ACCEPTED):
            settings.accept_no_longer(ctx, row.subject_id, row.counterpart_id)
    ctx.tx.run(_DRAW_AGAIN)
    for closed in ctx.tx.all(_CLOSED):
        subject = readers.find_subject(ctx.tx, closed.subject_id)
        if subject is not None and subject.is_undecided:
            cards.post_where_told(ctx, subject.id, Audience(closed.audience), once=True)
    directory.events_lost(ctx)
    for row in ctx.tx.all(_MAY_BE_MADE):  # after the copy was made: then it is found there by its name
        owned = frozenset(one.id for one in ctx.tx.all(_OWNED, owner=row.business_id))
        enforcing.note_call(ctx.tx, row.id, before=owned)
    for row in ctx.tx.all(_CONNECTED):
        comparing.want(ctx, row.business_id)
    ctx.record(
        EventKind.STORE_RESTORED,
        Subject(SubjectKind.STORE, str(seq)),
        access=None if access is None else str(access),
    )
    return ended


_NOTE = "Countersign's record was restored from a backup."
