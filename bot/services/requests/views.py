"""What cards and lists show: the record, read for one of its two sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from bot.domain.assets import Kind, unpack
from bot.domain.grants import EndReason, GrantState
from bot.domain.policy import Actor, may_be_heard, yeses_needed
from bot.domain.refs import read_ref
from bot.domain.requests import RequestKind, RequestState
from bot.services.directory import businesses as directory
from bot.services.grants import lifecycle as grants
from bot.services.requests import moves as requests
from bot.services.requests import submit as asking
from bot.services.results import (
    GrantView,
    HistoryLine,
    ItemView,
    Looker,
    Party,
    PreparedView,
    RemarkView,
    RequestView,
    Rows,
    T,
)
from bot.store import journal, tables
from bot.store.tables import Audience, CardState, PreparedState

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.journal import Recorded
    from bot.store.tx import Tx


REMIND_EVERY = timedelta(days=1)


class Side(StrEnum):
    """Which side of a request somebody belongs to."""

    ASKING = "ASKING"
    DECIDING = "DECIDING"


_request = tables.core(tables.Request)
_for_whom = tables.core(tables.RequestPerson)
_decision = tables.core(tables.Decision)
_opened = tables.core(tables.Opened)
_prepared = tables.core(tables.Prepared)
_person = tables.core(tables.Person)
_card = tables.core(tables.Card)
_grant = tables.core(tables.Grant)
_looking = tables.core(tables.Looking)
_remark = tables.core(tables.Remark)
_asset = tables.core(tables.Asset)

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
        _decision.c.yes.is_(True),
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
    _card.c.audience == Audience.DECIDERS,
    _card.c.user_id.is_(None),
    _card.c.state == CardState.FAILED,
)
# The deciding side's channel has a copy of the card, or somebody there looked at it otherwise.
_REACHED = (
    select(_card.c.id)
    .where(
        _card.c.subject_id == bindparam("request"),
        _card.c.audience == Audience.DECIDERS,
        _card.c.user_id.is_(None),
        _card.c.state == CardState.POSTED,
    )
    .union_all(select(_opened.c.request_id).where(_opened.c.request_id == bindparam("request")))
)
_PAST = select(func.count().label("past"), func.min(_request.c.created_at).label("first_seen")).where(
    _request.c.asking_id == bindparam("asking"),
    _request.c.deciding_id == bindparam("deciding"),
    _request.c.created_at < bindparam("before"),
)
_LIVE = select(func.count().label("live")).where(
    _grant.c.owner_id == bindparam("deciding"),
    _grant.c.holder_id == bindparam("asking"),
    _grant.c.state == GrantState.ACTIVE,
)
_LOOKING = (
    select(_person.c.name, _looking.c.until)
    .join_from(_looking, _person, _looking.c.person_id == _person.c.id)
    .where(_looking.c.request_id == bindparam("request"), _looking.c.until > bindparam("at"))
    .order_by(_looking.c.until, _person.c.name)
)
_REMARKS = (
    select(_remark, _person.c.name)
    .join_from(_remark, _person, _remark.c.person_id == _person.c.id)
    .where(_remark.c.request_id == bindparam("request"))
    .order_by(_remark.c.at, _remark.c.id)
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
_ASKED = (
    select(_request.c.id, _request.c.expires_at)
    .where(_request.c.asking_id == bindparam("business"), _open)
    .order_by(_request.c.expires_at, _request.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_PREPARED = (
    select(_prepared.c.id, _prepared.c.lapses_at.label("expires_at"))
    .where(_prepared.c.business_id == bindparam("business"), _prepared.c.state == PreparedState.WAITING)
    .order_by(_prepared.c.lapses_at, _prepared.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_TOTALS = {
    _WAITING: select(func.count().label("total")).where(
        _request.c.deciding_id == bindparam("business"), _open
    ),
    _ASKED: select(func.count().label("total")).where(_request.c.asking_id == bindparam("business"), _open),
    _PREPARED: select(func.count().label("total")).where(
        _prepared.c.business_id == bindparam("business"), _prepared.c.state == PreparedState.WAITING
    ),
}


# --- one card ------------------------------------------------------------------------------------


def _party(tx: Tx, business_id: str) -> Party:
    row = directory.find_business(tx, business_id)
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
    past = tx.one(_PAST, asking=row.asking_id, deciding=row.deciding_id, before=row.created_at)
    live = tx.one(_LIVE, asking=row.asking_id, deciding=row.deciding_id)
    assert past is not None
    assert live is not None
    undelivered = tx.all(_UNDELIVERED, subject=row.id)
    able = directory.admins_who_can_decide(tx, row.deciding_id, besides=row.asking_id)
    return RequestView(
        id=row.id,
        ref=row.ref,
        kind=RequestKind(row.kind),
        state=RequestState(row.state),
        version=row.version,
        asking=_party(tx, row.asking_id),
        deciding=_party(tx, row.deciding_id),
        asker=directory.name_of(tx, row.asker_id) or "",
        preparer=directory.name_of(tx, row.preparer_id),
        reason=row.reason,
        term=requests.asked_term(row),
        given_term=requests.given_term(row),
        items=tuple(
            _item_view(tx, row, item, by_position, now=now) for item in requests.items_of(tx, row.id)
        ),
        people=tuple(person.name for person in tx.all(_NAMES_FOR_WHOM, request=row.id)),
        yeses=row.yeses,
        needed=_needed(tx, row),
        admins=sum(1 for admin in able if admin.id not in (row.asker_id, row.preparer_id)),
        voters=tuple(voter.name for voter in tx.all(_NAMES_YES, request=row.id, the_round=row.round)),
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
        looking=tuple(
            Looker(name=one.name, until=one.until) for one in tx.all(_LOOKING, request=row.id, at=now)
        ),
        remarks=tuple(remark_view(tx, one) for one in tx.all(_REMARKS, request=row.id)),
        undo_until=row.undo_until if row.undo_until and now < row.undo_until else None,
        undone_at=row.undone_at,
        undone_by=directory.name_of(tx, row.undone_by),
        remind_after=_remind_after(row, now=now),
    )


def _needed(tx: Tx, row: Row) -> int:
    """Return how many yeses it takes: by the policy of now while it is open, as it was when it is over."""
    if row.over_at is not None:
        return int(row.needed)
    business = directory.find_business(tx, row.deciding_id)
    assert business is not None
    items = [
        (Kind(item.kind), unpack(item.tasks if item.given is None else item.given))
        for item in requests.items_of(tx, row.id)
    ]
    return yeses_needed(quorum=business.quorum, given=items)


def extension_of(tx: Tx, grant_id: str, *, now: datetime) -> RequestView | None:
    """Return the newest request to extend a grant, whatever became of it."""
    row = tx.one(_EXTENSION, grant=grant_id)
    return None if row is None else request_card(tx, row.id, now=now)


def _remind_after(row: Row, *, now: datetime) -> datetime | None:
    again = row.reminded_at + REMIND_EVERY if row.reminded_at else None
    return again if again is not None and again > now else None


def remark_view(tx: Tx, row: Row) -> RemarkView:
    """Return a row of `remark`, with its writer's name, as both sides see it."""
    return RemarkView(id=row.id, by=row.name, business=_party(tx, row.business_id), text=row.text, at=row.at)


def _item_view(tx: Tx, row: Row, item: Row, by_position: dict[int, GrantView], *, now: datetime) -> ItemView:
    name = tx.one(_ASSET_NAME, asset=item.asset_id) if item.asset_id else None
    return ItemView(
        position=item.position,
        kind=Kind(item.kind),
        asset_id=item.asset_id,
        asset_name=name.name if name else None,
        words=item.words,
        asked=unpack(item.tasks),
        given=None if item.given is None else unpack(item.given),
        held=frozenset()
        if item.asset_id is None
        else grants.tasks_held(tx, asset_id=item.asset_id, holder_id=row.asking_id, at=now),
        others=()
        if item.asset_id is None
        else grants.other_holders(tx, asset_id=item.asset_id, besides=row.asking_id, at=now),
        grant=by_position.get(item.position),
    )


def prepared_card(tx: Tx, prepared_id: str, *, now: datetime) -> PreparedView:
    """Return the prepared ask as its cards show it at `now`. Raises KeyError for an unknown id."""
    row = asking.find_prepared_row(tx, prepared_id)
    if row is None:
        raise KeyError(prepared_id)
    asked = asking.unpack_ask(row.ask)
    names = [directory.name_of(tx, person) for person in asked.people]
    items = []
    for position, item in enumerate(asked.items):
        name = tx.one(_ASSET_NAME, asset=item.asset_id) if item.asset_id else None
        items.append(
            ItemView(
                position=position,
                kind=item.kind,
                asset_id=item.asset_id,
                asset_name=name.name if name else None,
                words=item.words,
                asked=item.tasks,
                given=None,
                held=frozenset()
                if item.asset_id is None
                else grants.tasks_held(tx, asset_id=item.asset_id, holder_id=row.business_id, at=now),
                others=(),
                grant=None,
            )
        )
    return PreparedView(
        id=row.id,
        ref=row.ref,
        state=PreparedState(row.state),
        version=row.version,
        asking=_party(tx, row.business_id),
        owner=_party(tx, asked.owner_id),
        preparer=directory.name_of(tx, row.preparer_id) or "",
        ask=asked,
        items=tuple(items),
        people=tuple(sorted(name for name in names if name)),
        created_at=row.created_at,
        lapses_at=row.lapses_at,
        over_at=row.over_at,
        over_by=directory.name_of(tx, row.over_by),
        request_id=row.request_id,
    )


# --- for somebody --------------------------------------------------------------------------------


def _hears(tx: Tx, by: Actor, business_id: str) -> bool:
    company = directory.find_company(tx, business_id)
    return company is not None and may_be_heard(directory.standing(tx, by), company=company).is_yes


def side_of(tx: Tx, request_id: str, *, by: Actor) -> Side | None:
    """Return the side of a request that the actor is a member of; the asking side first, or None."""
    row = requests.find_row(tx, request_id)
    if row is None:
        return None
    if _hears(tx, by, row.asking_id):
        return Side.ASKING
    return Side.DECIDING if _hears(tx, by, row.deciding_id) else None


def find_request(tx: Tx, request_id: str, *, by: Actor, now: datetime) -> RequestView | None:
    """Return a request to a member of either side; None alike for unknown ids and other people's."""
    return None if side_of(tx, request_id, by=by) is None else request_card(tx, request_id, now=now)


def find_request_by_ref(tx: Tx, ref: str, *, by: Actor, now: datetime) -> RequestView | None:
    """Return a request by the reference that somebody typed; None as for `find_request`."""
    found = tx.one(_BY_REF, ref=read_ref(ref) or "")
    return None if found is None else find_request(tx, found.id, by=by, now=now)


def find_prepared(tx: Tx, prepared_id: str, *, by: Actor, now: datetime) -> PreparedView | None:
    """Return a prepared ask to a member of its business; else None."""
    row = asking.find_prepared_row(tx, prepared_id)
    if row is None or not _hears(tx, by, row.business_id):
        return None
    return prepared_card(tx, prepared_id, now=now)


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


def asked_by(tx: Tx, *, by: Actor, now: datetime, limit: int = 10, offset: int = 0) -> Rows[RequestView]:
    """Return the open requests that the actor's businesses asked, the next to expire first."""
    return _page(tx, _ASKED, lambda one: request_card(tx, one, now=now), by=by, limit=limit, offset=offset)


def prepared_for(tx: Tx, *, by: Actor, now: datetime, limit: int = 10, offset: int = 0) -> Rows[PreparedView]:
    """Return what was prepared in the actor's businesses and waits for an admin."""
    return _page(
        tx, _PREPARED, lambda one: prepared_card(tx, one, now=now), by=by, limit=limit, offset=offset
    )


def subject_of(tx: Tx, subject: str | None, *, by: Actor, now: datetime) -> RequestView | PreparedView | None:
    """Return what an earlier delivery of the same input led to, for answering it anew."""
    kind, _, subject_id = (subject or "").partition(":")
    if kind == "request":
        return find_request(tx, subject_id, by=by, now=now)
    if kind == "prepared":
        return find_prepared(tx, subject_id, by=by, now=now)
    return None


# --- history -------------------------------------------------------------------------------------

# A refused attempt is the business of the side whose right it was; who opened it, and whom it was put
# before when, of the deciders.
_OWN_SIDE_ONLY = {
    "refused",
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
    own = row.asking_id if side is Side.ASKING else row.deciding_id
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
_STEPS_OF_ASKERS = {"request.cancelled", "request.reminded", "grant.let_end"}
_ENDS = {"grant.ending", "grant.ended"}
_ENDED_BY = {str(EndReason.REVOKED): Side.DECIDING, str(EndReason.GIVEN_BACK): Side.ASKING}


def _is_hidden(event: Recorded, *, side: Side) -> bool:
    """Say whether who took a step is somebody else's to know: only asker and decider are named across."""
    if event.kind == "refused":
        return event.actor.get("role") is None
    if event.kind in _STEPS_OF_ASKERS:
        return side is not Side.ASKING
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
