"""Who is told: the places and people that a business has now, whatever messages it had before.

A message is for an audience of a subject. Where it goes is looked up when it is put, and whether its reader
may still read it when it is sent: members come and go, channels move, and an outbox may wait for hours.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from bot.domain.actors import Actor, Principal, Source
from bot.domain.denials import DenialReason
from bot.domain.findings import FindingState
from bot.domain.grants import GrantState
from bot.domain.kinds import Side
from bot.domain.messages import Audience
from bot.domain.policy import NOT_YET_KNOWN, may_administer, may_view
from bot.domain.requests import OPEN, DraftState
from bot.domain.reviews import ReviewState
from bot.services import approvers, routing
from bot.services.admins import gone
from bot.services.context import Context
from bot.store import tables
from bot.store.tables import CardState

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.compiled import Row
    from bot.store.tx import Tx

WITHDRAWN = "withdrawn"
"""The error kept on a copy of a card whose reader may not read it any more, or that moved elsewhere."""

OF_SETTINGS = "@"
"""Between a business and the version of its policy, in the subject of a message about its settings."""

OF_PARTNERS = "+"
"""Between a business and its partner, in the subject of a message to it about the two."""

_UNDECIDED = OPEN | {DraftState.WAITING, GrantState.ACTIVE, FindingState.OPEN, ReviewState.OPEN}

_FOR_ADMINS = {Audience.APPROVERS, Audience.SUBMITTERS}
_ACTED_ON = _FOR_ADMINS | {Audience.REQUESTER, Audience.EXPIRY, Audience.ENDING}
"""What is for who acts for a business: somebody else gets it once its reader can't."""

_request = tables.table_of(tables.Request)
_draft = tables.table_of(tables.Draft)
_finding = tables.table_of(tables.Finding)
_grant = tables.table_of(tables.Grant)
_review = tables.table_of(tables.Review)
_question = tables.table_of(tables.ReviewQuestion)
_creation = tables.table_of(tables.Creation)
_card = tables.table_of(tables.Card)
_person = tables.table_of(tables.Person)
_digest_item = tables.table_of(tables.DigestItem)

_FIND_REQUEST = select(_request).where(_request.c.id == bindparam("subject"))
_FIND_DRAFT = select(_draft).where(_draft.c.id == bindparam("subject"))
_FIND_CREATION = select(_creation).where(_creation.c.id == bindparam("subject"))
_FIND_FINDING = select(_finding).where(_finding.c.id == bindparam("subject"))
_FIND_REVIEW = select(_review).where(_review.c.id == bindparam("subject"))
_FIND_QUESTION = (
    select(_question, _review.c.state)
    .join_from(_question, _review, _question.c.review_id == _review.c.id)
    .where(_question.c.id == bindparam("subject"))
)
_FIND_GRANT = (
    select(_grant, _request.c.requester_id)
    .join_from(_grant, _request, _grant.c.request_id == _request.c.id)
    .where(_grant.c.id == bindparam("subject"))
)
_FAILED = select(_card.c.team_id, _card.c.user_id, _card.c.channel_id).where(
    _card.c.subject_id == bindparam("subject"),
    _card.c.audience == bindparam("for_whom"),
    _card.c.state == CardState.FAILED,
    _card.c.error != WITHDRAWN,
)
_USER = select(_person.c.team_id, _person.c.user_id).where(_person.c.id == bindparam("person"))
_REQUESTS_OF_DIGEST = (
    select(_request, _digest_item.c.is_question)
    .join_from(_digest_item, _request, _digest_item.c.request_id == _request.c.id)
    .where(_digest_item.c.digest_id == bindparam("subject"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message goes: a channel, or somebody's direct messages."""

    team_id: str
    channel_id: str | None = None
    user_id: str | None = None

    @classmethod
    def of(cls, card: Row) -> Place:
        """Return where a copy of a card stands; of direct messages, whose they are."""
        channel_id = None if card.user_id else card.channel_id
        return cls(team_id=card.team_id, channel_id=channel_id, user_id=card.user_id)

    def __str__(self) -> str:
        """Return its id in Slack."""
        return self.user_id or self.channel_id or ""


class Reading(StrEnum):
    """Whether a message may be read where it goes; UNKNOWN: Slack is still to be asked who they are."""

    MAY = "may"
    MAY_NOT = "may_not"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A request, draft, grant or the like, or settings, as far as it matters who is told of it."""

    id: str
    version: int
    is_undecided: bool
    requesting_id: str
    deciding_id: str | None = None
    request_id: str = ""
    requester_id: str | None = None
    author_id: str | None = None
    over_at: datetime | None = None
    request: Row | None = None

    def business_of(self, audience: Audience) -> str | None:
        """Return the business whose people an audience are, None if they are no business's."""
        return self.deciding_id if audience.side is Side.DECIDING else self.requesting_id


def of_settings(business_id: str, version: int) -> str:
    """Return the subject of a message about the settings that this version of a policy made, or is to."""
    return f"{business_id}{OF_SETTINGS}{version}"


def find_subject(tx: Tx, subject_id: str) -> Subject | None:
    """Return what a message is about; None for a digest."""
    business_id, is_of_settings, version = subject_id.partition(OF_SETTINGS)
    if is_of_settings:
        return Subject(
            id=subject_id,
            version=int(version),
            is_undecided=False,  # it went to each admin: no copy goes elsewhere
            requesting_id=business_id,
        )
    business_id, is_of_partners, _ = subject_id.partition(OF_PARTNERS)
    if is_of_partners:
        return Subject(id=subject_id, version=1, is_undecided=False, requesting_id=business_id)
    row = tx.one(_FIND_REQUEST, subject=subject_id)
    if row is not None:
        both = {"requesting_id": row.requesting_id, "deciding_id": row.deciding_id}
        own = {"author_id": row.author_id, "over_at": row.over_at}
        return _subject(row, **both, **own, request_id=row.id, requester_id=row.requester_id, request=row)
    row = tx.one(_FIND_DRAFT, subject=subject_id) or tx.one(_FIND_CREATION, subject=subject_id)
    if row is not None:
        return _subject(row, requesting_id=row.business_id, author_id=row.author_id, over_at=row.over_at)
    row = tx.one(_FIND_FINDING, subject=subject_id)
    if row is not None:
        return _subject(row, requesting_id=row.owner_id)
    row = tx.one(_FIND_GRANT, subject=subject_id)
    if row is None:
        return _of_review(tx, subject_id)
    both = {"requesting_id": row.holder_id, "deciding_id": row.owner_id}
    return _subject(row, **both, request_id=row.request_id, requester_id=row.requester_id)


def _of_review(tx: Tx, subject_id: str) -> Subject | None:
    """Return a review, which is its owner's, or what a holder is asked in one."""
    row = tx.one(_FIND_REVIEW, subject=subject_id)
    if row is not None:
        return _subject(row, requesting_id=row.business_id)
    row = tx.one(_FIND_QUESTION, subject=subject_id)
    return None if row is None else _subject(row, requesting_id=row.holder_id)


def _subject(row: Row, **of_its_kind: Any) -> Subject:
    return Subject(id=row.id, version=row.version, is_undecided=row.state in _UNDECIDED, **of_its_kind)


def places(
    ctx: Context, subject: Subject, audience: Audience, *, excluding: Collection[Place] = ()
) -> list[Place]:
    """Return where an audience is told of a subject now, leaving out where it could not be posted before.

    The deciding side, and who sends a draft: in their channel, or those who are asked now
    (`places_of_side`). The requester, also of what warns them: one person, another once they cannot act. The
    author: they alone. Who is away is not told, but who stands in for them.
    """
    unreached = {Place.of(row) for row in ctx.tx.all(_FAILED, subject=subject.id, for_whom=audience)}
    unreached.update(excluding)
    business_id = subject.business_of(audience)
    business = ctx.business_row(business_id) if business_id else None
    if business is None:
        people = approvers.eligible(ctx.tx, subject.request) if subject.request else []
        return _directly(people, unreached)  # the admins of an asset decide
    match audience:
        case Audience.APPROVERS | Audience.SUBMITTERS:
            return places_of_side(
                ctx,
                business,
                lambda: [reader for _, reader in _read_by(ctx, subject, audience)],
                unreached=unreached,
            )
        case Audience.AUTHOR:
            author = ctx.tx.one(_USER, person=subject.author_id)
            own = _directly([author] if author is not None else [], unreached)
            return [one for one in own if _standing(ctx, one, member_of={business.id}) is not Reading.MAY_NOT]
        case _ if subject.request_id:
            others = [reader for _, reader in _read_by(ctx, subject, audience)]
            return _directly(others or approvers.members_to_tell(ctx.tx, business.id), unreached)[:1]
    return []  # a draft has no requester yet


def places_of_side(
    ctx: Context,
    side: Row | approvers.AssetSide,
    asked: Callable[[], Sequence[Row]],
    *,
    unreached: Collection[Place] = (),
) -> list[Place]:
    """Return where those are told who act for a side: in its channel, else each of those who are `asked`.

    Where it has no channel and nobody who can act, up to ten of its members are told, who can change that.
    """
    if side.team_id and side.channel_id:
        channel = Place(team_id=side.team_id, channel_id=side.channel_id)
        if channel not in unreached:
            return [channel]
    return _directly(asked() or approvers.members_to_tell(ctx.tx, side.id), unreached)


def _read_by(ctx: Context, subject: Subject, audience: Audience) -> list[tuple[Row, Row]]:
    """Return those of an audience who are told of a subject, each with who reads it in their stead.

    Of what is to be decided, who is asked to; of the requester's, whoever stands for the requester first.
    """
    business_id, requester_id = subject.business_of(audience), subject.requester_id
    if audience not in _FOR_ADMINS:
        people = able = approvers.to_tell(ctx.tx, requester_id=requester_id, business_id=business_id)
    elif subject.request is None:
        people = able = approvers.admins(ctx.tx, business_id)
    else:
        people = able = approvers.eligible(ctx.tx, subject.request)
        if subject.is_undecided:
            people = routing.asked_now(ctx, subject.request, able)
    return routing.read_by(ctx, business_id, people, able)


def unheard(ctx: Context, *business_ids: str | None) -> tuple[str, ...]:
    """Return the names of those businesses at which nobody can be told.

    They have neither a channel nor a member, or the app was removed from their workspace.
    """
    found = []
    for business_id in dict.fromkeys(business_ids):
        business = ctx.business_row(business_id) if business_id else None
        if business is None:
            continue
        has_place = business.team_id and business.channel_id
        is_told = has_place or approvers.members_to_tell(ctx.tx, business.id)
        if not is_told or business.team_id in gone(ctx.tx):
            found.append(business.name)
    return tuple(found)


def instead_of(ctx: Context, subject_id: str, audience: Audience, place: Place) -> tuple[str, ...]:
    """Return the names of those for whom somebody gets a message about a subject; nobody: for themselves."""
    subject = None if place.user_id is None else find_subject(ctx.tx, subject_id)
    if subject is None or audience is Audience.AUTHOR:
        return ()
    told = _read_by(ctx, subject, audience)
    if audience not in _FOR_ADMINS:
        told = told[:1]
    here = [person for person, reader in told if _dm_of(reader) == place]
    is_own = any(_dm_of(person) == place for person in here)
    return () if is_own else tuple(one.name for one in here)


def _dm_of(person: Row) -> Place:
    return Place(team_id=person.team_id, user_id=person.user_id)


def _directly(people: Sequence[Row], unreached: Collection[Place]) -> list[Place]:
    found = dict.fromkeys(_dm_of(person) for person in people)
    return [place for place in found if place not in unreached]


def reading(ctx: Context, subject_id: str, audience: Audience, place: Place) -> Reading:
    """Say whether a message about a subject may be read at a place now.

    A channel must still be its business's, a person still somebody to whom Details would open; of what takes
    an admin, where somebody can act on it, an admin.
    """
    if audience is Audience.DIGEST:
        found = ctx.tx.all(_REQUESTS_OF_DIGEST, subject=subject_id)
        return _standing(
            ctx,
            place,
            member_of={row.holder_id for row in found if row.is_question},
            deciding_on=[row for row in found if not row.is_question],
        )
    subject = find_subject(ctx.tx, subject_id)
    if subject is None:
        return Reading.MAY_NOT
    business_id = subject.business_of(audience)
    if business_id is None:
        return _standing(ctx, place, deciding_on=filter(None, [subject.request]))
    if place.user_id is not None:
        if audience in _ACTED_ON and _can_anybody_act(ctx, subject, audience):
            return _standing(ctx, place, acting_for={business_id})
        return _standing(ctx, place, member_of={business_id})
    business = ctx.business_row(business_id)
    is_own = business is not None and (business.team_id, business.channel_id) == (
        place.team_id,
        place.channel_id,
    )
    return Reading.MAY if is_own else Reading.MAY_NOT


def _standing(
    ctx: Context,
    place: Place,
    *,
    member_of: Collection[str] = (),
    acting_for: Collection[str] = (),
    deciding_on: Iterable[Row] = (),
) -> Reading:
    """Say whether somebody may read what is for members of a business, for who acts for one, or decides."""
    who = Actor(source=Source.EVENT, team_id=place.team_id, user_id=place.user_id or "")
    theirs = ctx.as_actor(who)
    reasons = {
        *(_why_not(ctx, theirs.principal, one) for one in member_of),
        *(_why_not(ctx, theirs.principal, one, acting=True) for one in acting_for),
        *(approvers.may_act_on(theirs, request).reason for request in deciding_on),
    }
    if None in reasons:
        return Reading.MAY
    return Reading.UNKNOWN if reasons & NOT_YET_KNOWN else Reading.MAY_NOT


def _can_anybody_act(ctx: Context, subject: Subject, audience: Audience) -> bool:
    """Say whether anybody can act on a subject for an audience: else other members are told instead."""
    if audience in _FOR_ADMINS and subject.request is not None:
        return bool(approvers.eligible(ctx.tx, subject.request))
    return bool(approvers.admins(ctx.tx, subject.business_of(audience)))


def _why_not(ctx: Context, who: Principal, business_id: str, *, acting: bool = False) -> DenialReason | None:
    """Return why somebody is no member of a business; `acting`: why no admin."""
    business = ctx.business(business_id)
    return (may_administer if acting else may_view)(who, business=business).reason
