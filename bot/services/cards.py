"""The ledger of message copies: what is posted, follows its subject, says a notice, is closed or repaired.

Each function puts what must follow into the outbox, in the transaction of what it follows from. Messages are
rendered from the record when they are sent.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, case, func, or_, select, union_all

from bot.domain.creating import CreationState
from bot.domain.events import OF_POLICY, EventKind, SubjectKind
from bot.domain.grants import GrantState
from bot.domain.kinds import Side
from bot.domain.messages import ALIKE_FOR_BOTH, SAID_AGAIN, TOLD, About, Audience, Notice
from bot.domain.requests import OPEN, DraftState
from bot.services import approvers, readers, routing
from bot.services.context import Context
from bot.store import outbox, tables
from bot.store.tables import CardState

if TYPE_CHECKING:
    from bot.store.compiled import Row

_follow = tables.table_of(tables.Follow)
_FOLLOWS = select(_follow.c.subject_id).where(_follow.c.card_id == bindparam("card"))
_request = tables.table_of(tables.Request)
_item = tables.table_of(tables.Item)
_draft = tables.table_of(tables.Draft)
_grant = tables.table_of(tables.Grant)
_asset = tables.table_of(tables.Asset)
_business = tables.table_of(tables.BusinessRow)
_event = tables.table_of(tables.Event)
_creation = tables.table_of(tables.Creation)
_finding = tables.table_of(tables.Finding)
_review = tables.table_of(tables.Review)
_question = tables.table_of(tables.ReviewQuestion)
_person = tables.table_of(tables.Person)
_card = tables.table_of(tables.Card)
SUBJECTS = (_request, _draft, _grant, _creation, _finding, _review, _question)
"""The tables of what a card can show, each with a version."""

_COPIES = (
    select(_card.c.id, _card.c.team_id, _card.c.channel_id, _card.c.user_id, _card.c.state)
    .where(
        _card.c.subject_id == bindparam("subject"),
        _card.c.audience == bindparam("for_whom"),
        _card.c.state != CardState.FAILED,
    )
    .order_by(_card.c.ts.is_(None), _card.c.ts, _card.c.id)
)
# What follows a change is put in one order, whatever order the database would read it in.
_OPEN_REQUESTS = (
    select(_request.c.id, _request.c.version, _request.c.requesting_id, _request.c.deciding_id)
    .where(_request.c.state.in_(sorted(OPEN)))
    .order_by(_request.c.id)
)
_OPEN_ITEMS = select(_item.c.request_id, _item.c.asset_id).where(_item.c.is_open)
_WAITING = (
    select(_draft.c.id, _draft.c.version, _draft.c.content)
    .where(_draft.c.state == DraftState.WAITING)
    .order_by(_draft.c.id)
)
# Who drafts about what somebody may do with an asset: they who may, or its owner.
_WAITING_ABOUT = _WAITING.where(
    _draft.c.business_id.in_(
        [
            bindparam("holder"),
            select(_asset.c.owner_id).where(_asset.c.id == bindparam("asset")).scalar_subquery(),
        ]
    )
)
# Of all that were made of a business the newest waits, if any does; its version is the highest.
_is_proposal = _event.c.kind == EventKind.BUSINESS_LOOSENED
_PROPOSED = (
    select(
        _business.c.id,
        _business.c.proposal_ends_at,
        func.max(case((_is_proposal, _event.c.policy_version))).label("version"),
        (func.max(case((_is_proposal, _event.c.seq))) == func.max(_event.c.seq)).label("is_newest"),
    )
    .join_from(_business, _event, _event.c.subject_id == _business.c.id)
    .where(
        _business.c.proposal_ends_at.is_not(None),
        _event.c.subject_kind == SubjectKind.BUSINESS,
        _event.c.kind.in_(OF_POLICY),
    )
    .group_by(_business.c.id)
    .having(func.max(case((_is_proposal, 1))) == 1)
    .order_by(_business.c.id)
)
_PROPOSED_BY = _PROPOSED.where(_business.c.id == bindparam("business"))
_USER = select(_person.c.team_id, _person.c.user_id).where(_person.c.id == bindparam("person"))
_of_admins = (_card.c.audience == Audience.SUBMITTERS, _card.c.state != CardState.FAILED)
_WARNED_WITHIN = timedelta(days=30)
"""Nobody is warned of an end so long before it, whatever days are off: no other cards are looked for."""
_WARNINGS = (
    select(_card.c.id)
    .join_from(_grant, _card, _card.c.subject_id == _grant.c.id)
    .join(_person, and_(_card.c.team_id == _person.c.team_id, _card.c.user_id == _person.c.user_id))
    .where(
        _grant.c.holder_id == bindparam("business"),
        _grant.c.state == GrantState.ACTIVE,
        _grant.c.ends_at <= bindparam("soon"),
        _person.c.id == bindparam("person"),
        _card.c.audience == Audience.ENDING,
        _card.c.state != CardState.FAILED,
    )
    .order_by(_card.c.id)
)
_elsewhere = or_(
    _card.c.user_id.is_not(None),
    _card.c.team_id.is_distinct_from(_business.c.team_id),
    _card.c.channel_id.is_distinct_from(_business.c.channel_id),
)
# What else waits for the admins of a business, where it went to each of them, or to a channel that is theirs
# no more: there are few, of whom cards are found.
_ELSEWHERE = union_all(
    *(
        select(_card.c.id, _business.c.id.label("business_id")).where(
            _card.c.subject_id == tables.not_by_index(subject.c.id),
            _business.c.id == business,
            waits,
            *_of_admins,
            _elsewhere,
        )
        for subject, business, waits in (
            (_review, _review.c.business_id, tables.REVIEW_IS_OPEN(_review)),
            (
                _question,
                _question.c.holder_id,
                and_(_question.c.review_id == _review.c.id, tables.REVIEW_IS_OPEN(_review)),
            ),
            (_finding, _finding.c.owner_id, tables.FINDING_IS_OPEN(_finding)),
            (
                _creation,
                _creation.c.business_id,
                _creation.c.state.in_((CreationState.WAITING, CreationState.CREATING)),
            ),
        )
    )
)


def post(
    ctx: Context,
    subject_id: str,
    audience: Audience,
    *,
    version: int,
    team_id: str,
    channel_id: str | None = None,
    user_id: str | None = None,
    follows: Sequence[str] = (),
) -> str:
    """Post a new copy of a card to a channel or to somebody's direct messages. Return the copy's id.

    `follows` are the subjects beside its own whose changes it shows.
    """
    return outbox.put_card(
        ctx.tx,
        subject_id=subject_id,
        audience=audience,
        version=version,
        team_id=team_id,
        channel_id=channel_id,
        user_id=user_id,
        now=ctx.now,
        follows=follows,
    )


def post_to_person(
    ctx: Context,
    subject_id: str,
    audience: Audience,
    person_id: str,
    *,
    version: int,
    follows: Sequence[str] = (),
) -> None:
    """Post a copy of a card to the direct messages of one person."""
    person = ctx.tx.one(_USER, person=person_id)
    assert person is not None
    post(
        ctx,
        subject_id,
        audience,
        version=version,
        team_id=person.team_id,
        user_id=person.user_id,
        follows=follows,
    )


def post_to_business(
    ctx: Context,
    subject_id: str,
    audience: Audience,
    business: Row | approvers.AssetSide,
    *,
    version: int,
    eligible: Sequence[Row],
) -> None:
    """Post the first copies of a card to those who act for a business (`readers.places_of_side`).

    Directly to those of the `eligible` who are asked first to decide, or who stand in for them. Where nobody
    is eligible, the card says so, and the members who get it can change that.
    """

    def asked() -> list[Row]:
        first = (
            routing.asked_first(ctx, business.id, eligible) if audience is Audience.APPROVERS else eligible
        )
        return [reader for _, reader in routing.read_by(ctx, business.id, first, eligible)]

    for place in readers.places_of_side(ctx, business, asked):
        post(
            ctx,
            subject_id,
            audience,
            version=version,
            team_id=place.team_id,
            channel_id=place.channel_id,
            user_id=place.user_id,
        )


def adopt(ctx: Context, card: Row, *, channel_id: str, ts: str) -> bool:
    """Keep a message that is in Slack already as a further copy of a card. False if it is known as one."""
    return outbox.adopt_card(
        ctx.tx,
        subject_id=card.subject_id,
        audience=Audience(card.audience),
        team_id=card.team_id,
        user_id=card.user_id,
        channel_id=channel_id,
        ts=ts,
        follows=[row.subject_id for row in ctx.tx.all(_FOLLOWS, card=card.id)],
    )


def copies_at(ctx: Context, subject_id: str, audience: Audience, *, channel_id: str) -> list[str]:
    """Return the copies of a card in a channel, or in the direct messages that have this id."""
    found = ctx.tx.all(_COPIES, subject=subject_id, for_whom=audience)
    return [row.id for row in found if row.channel_id == channel_id]


def follow(ctx: Context, subject_id: str, *, version: int) -> None:
    """Have every card that shows the subject show it as it is now."""
    outbox.put_updates(ctx.tx, subject_id=subject_id, version=version, now=ctx.now)


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened to one subject; `detail` is the id of what a notice about it tells."""

    subject_id: str
    version: int
    detail: str = ""


def notify(ctx: Context, notice: Notice, *happened: Happened, but: Collection[readers.Place] = ()) -> None:
    """Say what happened to those who are told of it (`TOLD`), one message to each place for all of it.

    Beside their copy of the card where they have one. Nobody is told what they did themselves, but comments
    stay together. Nothing is said at the places `but`.
    """
    heard: dict[tuple[Side | None, readers.Place], dict[str, tuple[Audience, Happened]]] = {}
    told = {
        subject_id: _told_of(ctx, notice, subject_id)
        for subject_id in dict.fromkeys(one.subject_id for one in happened)
    }
    for one in happened:
        for audience, place in told[one.subject_id]:
            # The author may be who is told for the requester; two subjects may tell the same detail.
            side = None if notice in ALIKE_FOR_BOTH else audience.side
            of_place = heard.setdefault((side, place), {})
            of_place.setdefault(one.detail or one.subject_id, (audience, one))
    for (_, place), of_place in heard.items():
        told_here = [*of_place.values()]
        if place not in but and (notice is Notice.COMMENT or not _is_actor(ctx, place)):
            audience, first = told_here[0]
            about = About(notice=notice, details=tuple(one.detail for _, one in told_here if one.detail))
            is_one = len({one.subject_id for _, one in told_here}) == 1
            put_notice(ctx, first, audience, about, place, beside_card=is_one)


def heard_at(ctx: Context, notice: Notice, subject_id: str) -> set[readers.Place]:
    """Return the places where a notice about a subject is said now."""
    return {place for _, place in _told_of(ctx, notice, subject_id)}


def _told_of(ctx: Context, notice: Notice, subject_id: str) -> list[tuple[Audience, readers.Place]]:
    subject = readers.find_subject(ctx.tx, subject_id)
    assert subject is not None
    return [
        (audience, place)
        for audience in TOLD[notice]
        if audience is not Audience.AUTHOR or subject.author_id is not None
        for place in readers.places(ctx, subject, audience)
    ]


def _is_actor(ctx: Context, place: readers.Place) -> bool:
    return (place.team_id, place.user_id) == (ctx.actor.team_id, ctx.actor.user_id)


def put_notice(
    ctx: Context,
    one: Happened,
    audience: Audience,
    about: About,
    place: readers.Place,
    *,
    beside_card: bool,
) -> None:
    """Say one thing at one place: beside the audience's copy of the card there, if there is one."""
    copies = ctx.tx.all(_COPIES, subject=one.subject_id, for_whom=audience) if beside_card else []
    card_id = next((row.id for row in copies if readers.Place.of(row) == place), None)
    if card_id is None:
        about = replace(about, audience=audience, channel_id=place.channel_id, user_id=place.user_id)
    outbox.put_notice(
        ctx.tx,
        subject_id=one.subject_id,
        card_id=card_id,
        lane=outbox.lane_of(card_id) if card_id else f"to:{place.team_id}:{place}",
        team_id=place.team_id,
        about=str(about),
        version=one.version,
        now=ctx.now,
        last_is_enough=about.notice in SAID_AGAIN,
    )


def post_where_told(
    ctx: Context, subject_id: str, audience: Audience, *, once: bool = False
) -> list[readers.Place]:
    """Post a copy of a card to each place where its audience is told now and may read it.

    Not where one is still to be posted, which shows it as it is then; `once`: where there is none yet. Return
    these places.
    """
    subject = readers.find_subject(ctx.tx, subject_id)
    assert subject is not None
    copies = ctx.tx.all(_COPIES, subject=subject_id, for_whom=audience)
    there = {readers.Place.of(row) for row in copies if once or row.state == CardState.WAITING}
    places = [
        place
        for place in readers.places(ctx, subject, audience)
        if place not in there
        and readers.reading(ctx, subject_id, audience, place) is not readers.Reading.MAY_NOT
    ]
    for place in places:
        post(
            ctx,
            subject_id,
            audience,
            version=subject.version,
            team_id=place.team_id,
            channel_id=place.channel_id,
            user_id=place.user_id,
        )
    return places


def follow_copy(ctx: Context, card_id: str) -> None:
    """Have one copy of a card show what its reader may see of it now; if that is nothing, it is closed."""
    outbox.put_update(ctx.tx, card_id, now=ctx.now)


def follow_warnings(ctx: Context, *, business_id: str, person_id: str) -> None:
    """Have the warnings that somebody got for a business stand with who is warned now, if they are not."""
    soon = ctx.now + _WARNED_WITHIN
    for card in ctx.tx.all(_WARNINGS, business=business_id, person=person_id, soon=soon):
        follow_copy(ctx, card.id)


def publish_home(ctx: Context, *, team_id: str, user_id: str) -> None:
    """Publish somebody's home again."""
    outbox.put_home(ctx.tx, team_id=team_id, user_id=user_id, now=ctx.now)


def publish_homes(ctx: Context, business_ids: Iterable[str]) -> None:
    """Publish the homes of these businesses' members again, as far as they were ever opened."""
    outbox.put_homes(ctx.tx, business_ids, now=ctx.now)


def publish_homes_of(ctx: Context, request_id: str, requesting_id: str, deciding_id: str | None) -> None:
    """Publish the homes of those again whom a request concerns: of both sides, as far as ever opened."""
    if deciding_id is not None:
        publish_homes(ctx, [requesting_id, deciding_id])
    else:
        publish_homes(ctx, [requesting_id])
        outbox.put_homes_of_asset_admins(ctx.tx, request_id, now=ctx.now)


def refresh(ctx: Context, *, business_ids: Collection[str], asset_ids: Collection[str] = ()) -> None:
    """Render the open cards of these businesses, those about these assets, and the drafts that name either.

    What waits for another admin of these businesses, what else waits that went to their admins directly or to
    a channel that is theirs no more, and their members' homes, too.
    """
    about = {row.request_id for row in ctx.tx.all(_OPEN_ITEMS) if row.asset_id in asset_ids}
    stale = [
        (row.id, row.version)
        for row in ctx.tx.all(_OPEN_REQUESTS)
        if row.id in about or row.requesting_id in business_ids or row.deciding_id in business_ids
    ]
    named = [*business_ids, *asset_ids]
    stale += [(row.id, row.version) for row in ctx.tx.all(_WAITING) if _names(row.content, *named)]
    for subject_id, version in stale:
        follow(ctx, subject_id, version=version)
    follow_proposals(ctx, *business_ids)
    elsewhere = (card.id for card in ctx.tx.all(_ELSEWHERE) if card.business_id in business_ids)
    for card_id in sorted(elsewhere):
        follow_copy(ctx, card_id)
    outbox.put_homes(ctx.tx, business_ids, now=ctx.now)


def follow_proposals(ctx: Context, *business_ids: str) -> None:
    """Have the cards of what waits for another admin of these businesses show whether it still does."""
    for row in ctx.tx.all(_PROPOSED):
        if row.id in business_ids:
            follow_settings(ctx, row.id, row.version)


def version_proposed(ctx: Context, business_id: str) -> int | None:
    """Return the version of a business's policy under which something waits for another admin, if it does."""
    row = ctx.tx.one(_PROPOSED_BY, business=business_id)
    is_open = row is not None and row.is_newest and ctx.now < row.proposal_ends_at
    return int(row.version) if row is not None and is_open else None


def follow_settings(ctx: Context, business_id: str, version: int) -> None:
    """Have the cards of what was loosened under this version of a policy show what became of it."""
    follow(ctx, readers.of_settings(business_id, version), version=version + 1)


def follow_drafts(ctx: Context, *, asset_id: str, holder_id: str) -> None:
    """Have the cards follow of the drafts that say what somebody may do with an asset by now."""
    for draft in ctx.tx.all(_WAITING_ABOUT, asset=asset_id, holder=holder_id):
        if _names(draft.content, asset_id):
            follow(ctx, draft.id, version=draft.version)


def _names(content: str, *ids: str) -> bool:
    """Say whether a draft's JSON holds one of these ids; what was typed has no such quotes in it."""
    return any(json.dumps(one) in content for one in ids)
