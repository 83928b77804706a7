"""What cards and lists show: the record, read for one of its two sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from bot.domain.assets import Kind, unpack
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import Audience
from bot.domain.policy import Actor, may_view, required_approvals_for
from bot.domain.refs import read_ref
from bot.domain.requests import DraftState, RequestKind, RequestState
from bot.services.directory import businesses as directory
from bot.services.grants import lifecycle as grants
from bot.services.requests import moves as requests
from bot.services.requests import submit as requesting
from bot.services.results import (
    Acknowledger,
    CommentView,
    DraftView,
    GrantView,
    HistoryLine,
    ItemView,
    Party,
    RequestView,
    Rows,
    T,
)
from bot.store import journal, tables
from bot.store.tables import CardState

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.journal import Recorded
    from bot.store.tx import Tx


REMIND_EVERY = timedelta(days=1)


class Side(StrEnum):
    """Which side of a request somebody belongs to."""

    REQUESTING = "REQUESTING"
    DECIDING = "DECIDING"


_request = tables.table_of(tables.Request)
_for_whom = tables.table_of(tables.RequestPerson)
_decision = tables.table_of(tables.Decision)
_opened = tables.table_of(tables.Opened)
_draft = tables.table_of(tables.Draft)
_person = tables.table_of(tables.Person)
_card = tables.table_of(tables.Card)
_grant = tables.table_of(tables.Grant)
_acknowledgement = tables.table_of(tables.Acknowledgement)
_comment = tables.table_of(tables.Comment)
_asset = tables.table_of(tables.Asset)

_open = _request.c.over_at.is_(None)
_BY_REF = select(_request.c.id).where(_request.c.ref == bindparam("ref"))
_NAMES_FOR_WHOM = (
    select(_person.c.name)
    .join_from(_for_whom, _person, _for_whom.c.person_id == _person.c.id)
    .where(_for_whom.c.request_id == bindparam("request"))
    .order_by(_person.c.name)
)
_NAMES_YES = (
    select(_person.c.name)
    .join_from(_decision, _person, _decision.c.person_id == _person.c.id)
    .where(
        _decision.c.request_id == bindparam("request"),
        _decision.c.round == bindparam("the_round"),
        _decision.c.approves.is_(True),
    )
    .order_by(_decision.c.at, _person.c.name)
)
_NAMES_OPENED = (
    select(_person.c.name)
    .join_from(_opened, _person, _opened.c.person_id == _person.c.id)
    .where(_opened.c.request_id == bindparam("request"))
    .order_by(_opened.c.at, _person.c.name)
)
_UNDELIVERED = select(_card.c.error).where(
    _card.c.subject_id == bindparam("subject"),
    _card.c.audience == Audience.APPROVERS,
    _card.c.user_id.is_(None),
    _card.c.state == CardState.FAILED,
)
# The deciding side's channel has a copy of the card, or somebody there looked at it otherwise.
_REACHED = (
    select(_card.c.id)
    .where(
        _card.c.subject_id == bindparam("request"),
        _card.c.audience == Audience.APPROVERS,
        _card.c.user_id.is_(None),
        _card.c.state == CardState.POSTED,
    )
    .union_all(select(_opened.c.request_id).where(_opened.c.request_id == bindparam("request")))
)
_PAST = select(func.count().label("past"), func.min(_request.c.created_at).label("first_seen")).where(
    _request.c.requesting_id == bindparam("requesting"),
    _request.c.deciding_id == bindparam("deciding"),
    _request.c.created_at < bindparam("before"),
)
_LIVE = select(func.count().label("live")).where(
    _grant.c.owner_id == bindparam("deciding"),
    _grant.c.holder_id == bindparam("requesting"),
    _grant.c.state == GrantState.ACTIVE,
)
_ACKNOWLEDGED = (
    select(_person.c.name, _acknowledgement.c.until)
    .join_from(_acknowledgement, _person, _acknowledgement.c.person_id == _person.c.id)
    .where(_acknowledgement.c.request_id == bindparam("request"), _acknowledgement.c.until > bindparam("at"))
    .order_by(_acknowledgement.c.until, _person.c.name)
)
_COMMENTS = (
    select(_comment, _person.c.name)
    .join_from(_comment, _person, _comment.c.person_id == _person.c.id)
    .where(_comment.c.request_id == bindparam("request"))
    .order_by(_comment.c.at, _comment.c.id)
)
_ASSET_NAME = select(_asset.c.name).where(_asset.c.id == bindparam("asset"))

_EXTENSION = (
    select(_request.c.id)
    .where(_request.c.extends_id == bindparam("grant"))
    .order_by(_request.c.created_at.desc(), _request.c.id)
    .limit(1)
)
_WAITING = (
    select(_request.c.id, _request.c.expires_at)
    .where(_request.c.deciding_id == bindparam("business"), _open)
    .order_by(_request.c.expires_at, _request.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_REQUESTED = (
    select(_request.c.id, _request.c.expires_at)
    .where(_request.c.requesting_id == bindparam("business"), _open)
    .order_by(_request.c.expires_at, _request.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_DRAFT = (
    select(_draft.c.id, _draft.c.expires_at.label("expires_at"))
    .where(_draft.c.business_id == bindparam("business"), _draft.c.state == DraftState.WAITING)
    .order_by(_draft.c.expires_at, _draft.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_TOTALS = {
    _WAITING: select(func.count().label("total")).where(
        _request.c.deciding_id == bindparam("business"), _open
    ),
    _REQUESTED: select(func.count().label("total")).where(
        _request.c.requesting_id == bindparam("business"), _open
    ),
    _DRAFT: select(func.count().label("total")).where(
        _draft.c.business_id == bindparam("business"), _draft.c.state == DraftState.WAITING
    ),
}


# --- one card ------------------------------------------------------------------------------------


def _party(tx: Tx, business_id: str) -> Party:
    row = directory.find_business_row(tx, business_id)
    if row is None:  # an owner that was named by id in a prepared ask and left the directory since
        return Party(id=business_id, name=business_id, verified=False)
    return directory.party_of(row)


def request_card(tx: Tx, request_id: str, *, now: datetime) -> RequestView:
    """Return the request as cards show it at `now`; for callers that know who will see it.

    Raises KeyError for an unknown id.
    """
    row = requests.find_row(tx, request_id)
    if row is None:
        raise KeyError(request_id)
    return _request_view(tx, row, now=now)


def _request_view(tx: Tx, row: Row, *, now: datetime) -> RequestView:
    by_position = grants.grants_of_request(tx, row.id)
    past = tx.one(_PAST, requesting=row.requesting_id, deciding=row.deciding_id, before=row.created_at)
    live = tx.one(_LIVE, requesting=row.requesting_id, deciding=row.deciding_id)
    assert past is not None
    assert live is not None
    undelivered = tx.all(_UNDELIVERED, subject=row.id)
    eligible = directory.admins_who_can_decide(tx, row.deciding_id, excluding=row.requesting_id)
    return RequestView(
        id=row.id,
        ref=row.ref,
        kind=RequestKind(row.kind),
        state=RequestState(row.state),
        version=row.version,
        requesting=_party(tx, row.requesting_id),
        deciding=_party(tx, row.deciding_id),
        requester=directory.name_of(tx, row.requester_id) or "",
        author=directory.name_of(tx, row.author_id),
        reason=row.reason,
        term=requests.requested_term(row),
        given_term=requests.given_term(row),
        items=tuple(
            _item_view(tx, row, item, by_position, now=now) for item in requests.items_of(tx, row.id)
        ),
        people=tuple(person.name for person in tx.all(_NAMES_FOR_WHOM, request=row.id)),
        approvals=row.approvals,
        required_approvals=_needed(tx, row),
        admins=sum(1 for admin in eligible if admin.id not in (row.requester_id, row.author_id)),
        approved_by=tuple(
            approver.name for approver in tx.all(_NAMES_YES, request=row.id, the_round=row.round)
        ),
        opened_by=tuple(person.name for person in tx.all(_NAMES_OPENED, request=row.id)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        over_at=row.over_at,
        over_by=directory.name_of(tx, row.over_by),
        note=row.note,
        undelivered=undelivered[0].error if undelivered and not tx.all(_REACHED, request=row.id) else None,
        first_seen=past.first_seen,
        past_requests=past.past,
        live_grants=live.live,
        extends=grants.grant_view(tx, row.extends_id) if row.extends_id else None,
        acknowledged_by=tuple(
            Acknowledger(name=one.name, until=one.until)
            for one in tx.all(_ACKNOWLEDGED, request=row.id, at=now)
        ),
        comments=tuple(comment_view(tx, one) for one in tx.all(_COMMENTS, request=row.id)),
        undo_until=row.undo_until if row.undo_until and now < row.undo_until else None,
        undone_at=row.undone_at,
        undone_by=directory.name_of(tx, row.undone_by),
        remind_after=_remind_after(row, now=now),
    )


def _needed(tx: Tx, row: Row) -> int:
    """Return how many yeses it takes: by the policy of now while it is open, as it was when it is over."""
    if row.over_at is not None:
        return int(row.required_approvals)
    business = directory.find_business_row(tx, row.deciding_id)
    assert business is not None
    items = [
        (Kind(item.kind), unpack(item.tasks if item.given is None else item.given))
        for item in requests.items_of(tx, row.id)
    ]
    return required_approvals_for(quorum=business.quorum, given=items)


def extension_of(tx: Tx, grant_id: str, *, now: datetime) -> RequestView | None:
    """Return the newest request to extend a grant, whatever became of it."""
    row = tx.one(_EXTENSION, grant=grant_id)
    return None if row is None else request_card(tx, row.id, now=now)


def _remind_after(row: Row, *, now: datetime) -> datetime | None:
    again = row.reminded_at + REMIND_EVERY if row.reminded_at else None
    return again if again is not None and again > now else None


def comment_view(tx: Tx, row: Row) -> CommentView:
    """Return a row of `comment`, with its writer's name, as both sides see it."""
    return CommentView(id=row.id, by=row.name, business=_party(tx, row.business_id), text=row.text, at=row.at)


def _item_view(tx: Tx, row: Row, item: Row, by_position: dict[int, GrantView], *, now: datetime) -> ItemView:
    name = tx.one(_ASSET_NAME, asset=item.asset_id) if item.asset_id else None
    return ItemView(
        position=item.position,
        kind=Kind(item.kind),
        asset_id=item.asset_id,
        asset_name=name.name if name else None,
        words=item.words,
        requested=unpack(item.tasks),
        given=None if item.given is None else unpack(item.given),
        held=frozenset()
        if item.asset_id is None
        else grants.tasks_held(tx, asset_id=item.asset_id, holder_id=row.requesting_id, at=now),
        others=()
        if item.asset_id is None
        else grants.other_holders(tx, asset_id=item.asset_id, excluding=row.requesting_id, at=now),
        grant=by_position.get(item.position),
    )


def draft_card(tx: Tx, draft_id: str, *, now: datetime) -> DraftView:
    """Return the prepared ask as its cards show it at `now`. Raises KeyError for an unknown id."""
    row = requesting.find_draft_row(tx, draft_id)
    if row is None:
        raise KeyError(draft_id)
    requested = requesting.unpack_request(row.ask)
    names = [directory.name_of(tx, person) for person in requested.people]
    items = []
    for position, item in enumerate(requested.items):
        name = tx.one(_ASSET_NAME, asset=item.asset_id) if item.asset_id else None
        items.append(
            ItemView(
                position=position,
                kind=item.kind,
                asset_id=item.asset_id,
                asset_name=name.name if name else None,
                words=item.words,
                requested=item.tasks,
                given=None,
                held=frozenset()
                if item.asset_id is None
                else grants.tasks_held(tx, asset_id=item.asset_id, holder_id=row.business_id, at=now),
                others=(),
                grant=None,
            )
        )
    return DraftView(
        id=row.id,
        ref=row.ref,
        state=DraftState(row.state),
        version=row.version,
        requesting=_party(tx, row.business_id),
        owner=_party(tx, requested.owner_id),
        author=directory.name_of(tx, row.author_id) or "",
        ask=requested,
        items=tuple(items),
        people=tuple(sorted(name for name in names if name)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        over_at=row.over_at,
        over_by=directory.name_of(tx, row.over_by),
        request_id=row.request_id,
    )


# --- for somebody --------------------------------------------------------------------------------


def _hears(tx: Tx, by: Actor, business_id: str) -> bool:
    business = directory.find_business(tx, business_id)
    return business is not None and may_view(directory.principal_of(tx, by), business=business).is_allowed


def side_of(tx: Tx, request_id: str, *, by: Actor) -> Side | None:
    """Return the side of a request that the actor is a member of; the asking side first, or None."""
    row = requests.find_row(tx, request_id)
    if row is None:
        return None
    if _hears(tx, by, row.requesting_id):
        return Side.REQUESTING
    return Side.DECIDING if _hears(tx, by, row.deciding_id) else None


def find_request(tx: Tx, request_id: str, *, by: Actor, now: datetime) -> RequestView | None:
    """Return a request to a member of either side; None alike for unknown ids and other people's."""
    return None if side_of(tx, request_id, by=by) is None else request_card(tx, request_id, now=now)


def find_request_by_ref(tx: Tx, ref: str, *, by: Actor, now: datetime) -> RequestView | None:
    """Return a request by the reference that somebody typed; None as for `find_request`."""
    found = tx.one(_BY_REF, ref=read_ref(ref) or "")
    return None if found is None else find_request(tx, found.id, by=by, now=now)


def find_draft(tx: Tx, draft_id: str, *, by: Actor, now: datetime) -> DraftView | None:
    """Return a prepared ask to a member of its business; else None."""
    row = requesting.find_draft_row(tx, draft_id)
    if row is None or not _hears(tx, by, row.business_id):
        return None
    return draft_card(tx, draft_id, now=now)


def _page(
    tx: Tx,
    statement: Any,
    show: Callable[[str], T],
    *,
    by: Actor,
    limit: int,
    offset: int,
) -> Rows[T]:
    own = [one.party.id for one in directory.me(tx, by).businesses if _hears(tx, by, one.party.id)]
    skip = offset if len(own) == 1 else 0  # of several, the first pages of each are needed to know the others
    first = sorted(
        (row.expires_at, row.id)
        for business in own
        for row in tx.all(statement, business=business, most=offset + limit - skip, skip=skip)
    )
    total = sum(row.total for business in own for row in tx.all(_TOTALS[statement], business=business))
    page = first[offset - skip : offset - skip + limit]
    return Rows(rows=tuple(show(row_id) for _, row_id in page), total=total, more=offset + len(page) < total)


def waiting_for(tx: Tx, *, by: Actor, now: datetime, limit: int = 10, offset: int = 0) -> Rows[RequestView]:
    """Return the open requests that the actor's businesses decide, the next to expire first."""
    return _page(tx, _WAITING, lambda one: request_card(tx, one, now=now), by=by, limit=limit, offset=offset)


def requested_by(tx: Tx, *, by: Actor, now: datetime, limit: int = 10, offset: int = 0) -> Rows[RequestView]:
    """Return the open requests that the actor's businesses asked, the next to expire first."""
    return _page(
        tx, _REQUESTED, lambda one: request_card(tx, one, now=now), by=by, limit=limit, offset=offset
    )


def draft_for(tx: Tx, *, by: Actor, now: datetime, limit: int = 10, offset: int = 0) -> Rows[DraftView]:
    """Return what was prepared in the actor's businesses and waits for an admin."""
    return _page(tx, _DRAFT, lambda one: draft_card(tx, one, now=now), by=by, limit=limit, offset=offset)


def subject_of(tx: Tx, subject: str | None, *, by: Actor, now: datetime) -> RequestView | DraftView | None:
    """Return what an earlier delivery of the same input led to, for answering it anew."""
    kind, _, subject_id = (subject or "").partition(":")
    if kind == "request":
        return find_request(tx, subject_id, by=by, now=now)
    if kind == "draft":
        return find_draft(tx, subject_id, by=by, now=now)
    return None


# --- history -------------------------------------------------------------------------------------

# A refused attempt is the business of the side whose right it was; who opened it, and whom it was put
# before when, of the deciders.
_OWN_SIDE_ONLY = {
    "denied",
    "request.opened",
    "request.nudged",
    "request.snoozed",
    "request.looked_into",
}


def history(tx: Tx, request_id: str, *, by: Actor) -> list[HistoryLine]:
    """Return what happened to a request and its grants, the oldest first, as this side may know it.

    Names of the other side are those of who asked and who decided; refused attempts and who opened
    it are shown to their own side alone. Empty for anybody else.
    """
    row = requests.find_row(tx, request_id)
    side = side_of(tx, request_id, by=by)
    if row is None or side is None:
        return []
    own = row.requesting_id if side is Side.REQUESTING else row.deciding_id
    events = list(journal.history(tx, "request", request_id))
    for grant in grants.grants_of_request(tx, request_id).values():
        events.extend(journal.history(tx, "grant", grant.id))
    return [
        _line(tx, event, side=side)
        for event in sorted(events, key=lambda event: event.seq)
        if event.kind not in _OWN_SIDE_ONLY or own in _sides_of(event, row.deciding_id)
    ]


def _sides_of(event: Recorded, deciding_id: str) -> Sequence[str | None]:
    return (deciding_id,) if event.kind == "request.opened" else (event.business_id,)


# Steps of one side; the others are told which business took them, not which person.
_STEPS_OF_REQUESTERS = {"request.cancelled", "request.reminded", "grant.let_end"}
_ENDS = {"grant.ending", "grant.ended"}
_ENDED_BY = {str(EndReason.REVOKED): Side.DECIDING, str(EndReason.RELINQUISHED): Side.REQUESTING}


def _is_hidden(event: Recorded, *, side: Side) -> bool:
    """Say whether who took a step is somebody else's to know: only asker and decider are named across."""
    if event.kind == "denied":
        return event.actor.get("role") is None
    if event.kind in _STEPS_OF_REQUESTERS:
        return side is not Side.REQUESTING
    if event.kind in _ENDS:
        return _ENDED_BY.get(str(event.data.get("reason")), side) is not side
    return False


def _line(tx: Tx, event: Recorded, *, side: Side) -> HistoryLine:
    return HistoryLine(
        at=event.at,
        kind=event.kind,
        by=None if _is_hidden(event, side=side) else directory.name_of(tx, event.actor.get("person")),
        business=event.business_id,
        facts={
            key: value
            for key, value in event.data.items()
            if value is None or isinstance(value, str | int | bool)
        },
        text=event.text,
    )
