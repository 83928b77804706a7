"""A request as its cards show it, for a member of either side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from bot.domain.assets import Kind, unpack
from bot.domain.events import EventKind, SubjectKind
from bot.domain.grants import EndReason
from bot.domain.kinds import RULES, RequestKind, Side
from bot.domain.messages import Audience
from bot.domain.policy import Permission, may_administer
from bot.domain.refs import read_ref
from bot.domain.requests import RequestState, over_since
from bot.services import approvers, deadlines, directory, grants, moves, readers, routing, voices
from bot.services.admins import in_reach
from bot.services.context import Context
from bot.services.requests.contract_ends import off_boarding
from bot.services.requests.over import undo_until
from bot.services.views.access import GrantView
from bot.services.views.parties import Party, Signer
from bot.services.views.requests import (
    Acknowledger,
    CommentView,
    EscalationView,
    ItemView,
    RequestView,
    WorksView,
)
from bot.store import journal, tables
from bot.store.tables import CardState

if TYPE_CHECKING:
    from bot.store.compiled import Row


_request = tables.table_of(tables.Request)
_for_whom = tables.table_of(tables.RequestPerson)
_opened = tables.table_of(tables.Opened)
_person = tables.table_of(tables.Person)
_card = tables.table_of(tables.Card)
_comment = tables.table_of(tables.Comment)
_asset = tables.table_of(tables.Asset)

_BY_REF = select(_request.c.id).where(_request.c.ref == bindparam("ref"))
_NAMES_FOR_WHOM = (
    select(_person.c.name)
    .join_from(_for_whom, _person, _for_whom.c.person_id == _person.c.id)
    .where(_for_whom.c.request_id == bindparam("request"))
    .order_by(_person.c.name)
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
    _card.c.error != readers.WITHDRAWN,
)
# The deciding side has a copy of the card or gets one, or somebody there looked at it otherwise.
_REACHED = (
    select(_card.c.id)
    .where(
        _card.c.subject_id == bindparam("request"),
        _card.c.audience == Audience.APPROVERS,
        _card.c.state != CardState.FAILED,
    )
    .union_all(select(_opened.c.request_id).where(_opened.c.request_id == bindparam("request")))
)
_COMMENTS = (
    select(_comment, _person.c.name)
    .join_from(_comment, _person, _comment.c.person_id == _person.c.id)
    # Of one that was erased there is nothing left to show.
    .where(_comment.c.request_id == bindparam("request"), _comment.c.text != "")
    .order_by(_comment.c.at, _comment.c.id)
)
_ASSET_NAME = select(_asset.c.name).where(_asset.c.id == bindparam("asset"))
_EXTENSION = (
    select(_request.c.id)
    .where(_request.c.extends_id == bindparam("grant"))
    .order_by(_request.c.created_at.desc(), _request.c.id)
    .limit(1)
)


def _party(ctx: Context, business_id: str) -> Party:
    return side_party(ctx.business_row(business_id), business_id)


def _decided_by(ctx: Context, row: Row) -> Party:
    """Return those who decide on a request, as its cards name them."""
    return side_party(approvers.deciding_side(ctx, row), row.deciding_id or "")


def side_party(side: Row | approvers.AssetSide | None, named: str) -> Party:
    """Return those who decide, as people are told of them: a business, or an asset for its admins.

    Of what a draft named and the directory has no longer there is only the id.
    """
    if isinstance(side, approvers.AssetSide):
        return Party(id=side.id, name=side.name, verified=True)
    return Party(id=named, name=named, verified=False) if side is None else directory.party_of(side)


def request_card(ctx: Context, request_id: str, *, side: Side, reader: str | None = None) -> RequestView:
    """Return the request as the cards of one side show it now; for callers that know who will see it.

    `reader` alone sees it, where that is not who acts. Raise KeyError for an unknown id.
    """
    row = moves.find_row(ctx.tx, request_id)
    if row is None:
        raise KeyError(request_id)
    return _request_view(ctx, row, side=side, reader=reader)


def _request_view(ctx: Context, row: Row, *, side: Side, reader: str | None = None) -> RequestView:
    by_position, items = grants.grants_of_request(ctx.tx, row.id), moves.items_of(ctx.tx, row.id)
    is_open, reader = row.over_at is None, reader or ctx.principal.person_id
    undelivered = ctx.tx.all(_UNDELIVERED, subject=row.id) if is_open else []
    able = approvers.eligible(ctx.tx, row) if is_open else []
    in_slack, required_approvals = in_reach(ctx.tx, able), moves.required_approvals(row, items)
    extends = grants.grant_view(ctx.tx, row.extends_id) if row.extends_id else None
    said = approvers.approvals(ctx.tx, row.id)
    approved = approvers.counted(row, said, able if is_open else said)
    approvals = row.approvals
    if is_open:
        approvals = voices.count(ctx, row.deciding_id, [one.id for one in approved])
    for_whom = tuple(person.name for person in ctx.tx.all(_NAMES_FOR_WHOM, request=row.id))
    return RequestView(
        id=row.id,
        ref=row.ref,
        kind=RequestKind(row.kind),
        state=RequestState(row.state),
        version=row.version,
        requesting=_party(ctx, row.requesting_id),
        deciding=_decided_by(ctx, row),
        requester=directory.name_of(ctx.tx, row.requester_id) or "",
        program=row.program,
        # The other side sees who asks, and who answers for a program that does, but no more people.
        author=directory.name_of(ctx.tx, row.author_id) if side is Side.REQUESTING or row.program else None,
        reason=row.reason,
        term=moves.requested_term(row),
        given_term=moves.given_term(row),
        items=tuple(_item_view(ctx, row, item, by_position, side=side) for item in items),
        people=for_whom if side is Side.REQUESTING else (),
        people_count=len(for_whom),
        approvals=approvals,
        required_approvals=required_approvals,
        quorum=row.quorum,
        admins=len(in_slack),
        enough_from=voices.enough_from(
            ctx, row.deciding_id, [one.id for one in in_slack], wanted=required_approvals
        ),
        approved_by=tuple(Signer(person.name, person.program) for person in approved),
        approved_by_reader=is_open
        and approvals < required_approvals
        and reader in {person.id for person in approved},
        made_by_reader=is_open and reader is not None and reader in {row.requester_id, row.author_id},
        opened_by=tuple(person.name for person in ctx.tx.all(_NAMES_OPENED, request=row.id)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        over_at=over_since(row.state, over_at=row.over_at, expires_at=row.expires_at),
        over_by=directory.name_of(ctx.tx, row.over_by),
        over_with=row.over_program,
        note=row.note,
        approval_notes=tuple((one.name, one.note) for one in said if one.note),
        undelivered=undelivered[0].error
        if undelivered and not ctx.tx.all(_REACHED, request=row.id)
        else None,
        same_channel=_same_channel(ctx, row),
        channel_error=undelivered[0].error if undelivered else None,
        first_seen=row.first_seen,
        past_requests=row.past_requests,
        live_assets=row.live_assets,
        lookalike=_lookalike(ctx, row) if is_open and side is Side.DECIDING else None,
        extends=extends,
        **_cancelled(ctx, row),
        **_unasked(ctx, row),
        acknowledged_by=tuple(
            Acknowledger(name=one.name, until=one.until)
            for one in (routing.looking(ctx, row) if is_open else ())
        ),
        comments=tuple(_comment_view(ctx, row, one) for one in ctx.tx.all(_COMMENTS, request=row.id)),
        undo_until=undo_until(row, by_position.values(), now=ctx.now),
        undone_at=row.undone_at,
        undone_by=directory.name_of(ctx.tx, row.undone_by),
        remind_after=deadlines.remind_after(row, now=ctx.now),
        works=_works_view(ctx, row),
        cut_at=_cut_at(ctx, row) if is_open else None,
        is_kept_at_meta=is_open and grants.waits_for_meta(ctx.tx, row),
        at_meta=None if is_open else grants.request_at_meta(ctx, row),
        escalation=_escalation(ctx, row, approved) if is_open and side is Side.DECIDING else None,
    )


def _cut_at(ctx: Context, row: Row) -> datetime | None:
    """Return when what is given now ends at the latest, since the two businesses are off-boarding."""
    if row.deciding_id is None:
        return None
    contract = off_boarding(ctx, row.requesting_id, row.deciding_id)
    return None if contract is None else contract.removed_at


def _same_channel(ctx: Context, row: Row) -> bool:
    own, other = ctx.business_row(row.requesting_id), ctx.business_row(row.deciding_id or "")
    if own is None or other is None or own.channel_id is None:
        return False
    return (own.team_id, own.channel_id) == (other.team_id, other.channel_id)


def _lookalike(ctx: Context, row: Row) -> Party | None:
    name = _party(ctx, row.requesting_id).name
    if row.deciding_id is None:
        return None
    return directory.lookalike_of(ctx.tx, row.requesting_id, name=name, known_to=row.deciding_id)


def _escalation(ctx: Context, row: Row, approved: Iterable[Row]) -> EscalationView | None:
    """Return why backup approvers were asked, with names, if they were: who has not answered since."""
    found = routing.escalation_of(ctx, row.id)
    if found is None:
        return None
    answered = {person.id for person in approved}
    unanswered = [person for person in found.unanswered.split(",") if person not in answered]
    if not unanswered:
        return None
    names = [
        tuple(directory.name_of(ctx.tx, person) or "" for person in people)
        for people in (unanswered, found.asked.split(","))
    ]
    return EscalationView(unanswered=names[0], days=found.days, asked=names[1])


def _cancelled(ctx: Context, row: Row) -> dict[str, Any]:
    """Return with what a request was cancelled that its own side did not withdraw: the journal knows.

    With the access that it would have extended, and how that ended; by whom, with their partnership.
    """
    data: Mapping[str, Any] = {}
    if row.state == RequestState.CANCELLED:
        events = journal.history(ctx.tx, SubjectKind.REQUEST, row.id)
        data = next((event.data for event in events if event.kind == EventKind.REQUEST_CANCELLED), {})
    closed_with, parted_by = data.get("closed_with"), data.get("parted_by")
    return {
        "closed_with": None if closed_with is None else EndReason(closed_with),
        "parted_by": None if parted_by is None else _party(ctx, parted_by),
    }


def _unasked(ctx: Context, row: Row) -> dict[str, Any]:
    """Return why the deciding side was not asked, if it was not: the journal knows."""
    if row.state != RequestState.APPROVED or not RULES[RequestKind(row.kind)].may_stand:
        return {}
    events = journal.history(ctx.tx, SubjectKind.REQUEST, row.id)
    data = next((event.data for event in events if event.kind == EventKind.REQUEST_APPROVED), {})
    since = data.get("standing_since")
    return {
        "standing_since": None if since is None else datetime.fromisoformat(since),
        "direct": data.get("direct", False),
        "found": "found" in data,
    }


def extension_of(ctx: Context, grant_id: str) -> RequestView | None:
    """Return the newest request to extend a grant, whatever became of it."""
    row = ctx.tx.one(_EXTENSION, grant=grant_id)
    return None if row is None else request_card(ctx, row.id, side=Side.REQUESTING)


def _works_view(ctx: Context, row: Row) -> WorksView | None:
    if row.works is None:
        return None
    return WorksView(
        works=bool(row.works),
        by=directory.name_of(ctx.tx, row.works_by) or "",
        holder=_party(ctx, row.holder_id),
        at=row.works_at,
    )


def _comment_view(ctx: Context, request: Row, row: Row) -> CommentView:
    """Return a row of `comment`, with its writer's name, as both sides see it.

    An admin of the asset writes for no business, but for those who decide.
    """
    side = _decided_by(ctx, request) if row.business_id is None else _party(ctx, row.business_id)
    return CommentView(id=row.id, by=row.name, business=side, text=row.text, at=row.at)


def _asset_told(row: Row, item: Row, *, side: Side) -> str | None:
    """Return the asset of an item, as far as this side may know it.

    Which of their assets the approvers mean by a description is theirs until it is given.
    """
    is_given = row.state == RequestState.APPROVED and bool(item.given)
    is_own = side is Side.DECIDING or item.words is None
    return item.asset_id if is_own or is_given else None


def _grant_told(row: Row, grant: GrantView | None, *, side: Side) -> GrantView | None:
    """Return a request's grant, as far as this side may know it.

    Who gave it hears only from which business it ended, once the asset has another owner.
    """
    gave = RULES[RequestKind(row.kind)].owner is side
    if grant is None or not gave or grant.owner.id == row.owner_id:
        return grant
    return replace(grant, ended_by=None, end_note="")


def _item_view(
    ctx: Context, row: Row, item: Row, by_position: dict[int, GrantView], *, side: Side
) -> ItemView:
    asset_id, rules = _asset_told(row, item, side=side), RULES[RequestKind(row.kind)]
    name = ctx.tx.one(_ASSET_NAME, asset=asset_id) if asset_id else None
    held, held_until = frozenset[str](), None
    others: tuple[str, ...] = ()
    if asset_id is not None:
        which = {"asset_id": asset_id, "holder_id": row.holder_id}
        held, held_until = grants.held_with_end(ctx.tx, rules.gives, **which, at=ctx.now)
        if row.over_at is None and rules.owner is side:  # it is theirs alone, and of no more use once decided
            others = grants.other_holders(ctx.tx, asset_id=asset_id, excluding=row.holder_id, at=ctx.now)
    return ItemView(
        position=item.position,
        kind=Kind(item.kind),
        asset_id=asset_id,
        asset_name=name.name if name else None,
        words=item.words,
        requested=unpack(item.tasks),
        given=None if item.given is None else unpack(item.given),
        held=held,
        held_until=held_until,
        others=others,
        grant=_grant_told(row, by_position.get(item.position), side=side),
    )


def sides_of(ctx: Context, request_id: str) -> tuple[Side, ...]:
    """Return the sides of a request that the actor is on, the requesting side first."""
    row = moves.find_row(ctx.tx, request_id)
    return () if row is None else tuple(_sides(ctx, row))


def _sides(ctx: Context, row: Row) -> Iterator[Side]:
    if ctx.visible_business(row.requesting_id) is not None:
        yield Side.REQUESTING
    if approvers.may_view_as_decider(ctx, row).is_allowed:
        yield Side.DECIDING


def side_of(ctx: Context, request_id: str) -> Side | None:
    """Return the side of a request that the actor is on; the requesting side first, or None."""
    return next(iter(sides_of(ctx, request_id)), None)


def writing_side(ctx: Context, request_id: str) -> Side | None:
    """Return the side for which the actor writes: the first on which they act, else the first they are on."""
    sides, row = sides_of(ctx, request_id), moves.find_row(ctx.tx, request_id)
    acting = [side for side in sides if row is not None and may_write(ctx, row, side).is_allowed]
    return next(iter([*acting, *sides]), None)


def may_write(ctx: Context, row: Row, side: Side) -> Permission:
    """Say whether the actor may write to the other side of a request, for this one."""
    if side is Side.DECIDING:
        return approvers.may_act_on(ctx, row)
    return may_administer(ctx.principal, business=ctx.business(row.requesting_id))


def unheard_side(ctx: Context, row: Row, side: Side) -> tuple[str, ...]:
    """Return the name of a side of a request at which nobody can be told anything in Slack; else nothing."""
    business_id = row.requesting_id if side is Side.REQUESTING else row.deciding_id
    if business_id is not None:
        return readers.unheard(ctx, business_id)
    reached = in_reach(ctx.tx, approvers.eligible(ctx.tx, row))
    return () if reached else (_decided_by(ctx, row).name,)


def find_request(ctx: Context, request_id: str) -> RequestView | None:
    """Return a request to a member of either side; None for unknown ids and for those of other people."""
    row = moves.find_row(ctx.tx, request_id)
    if row is None or (side := next(_sides(ctx, row), None)) is None:
        return None
    return _request_view(ctx, row, side=side)


def find_request_by_ref(ctx: Context, ref: str) -> RequestView | None:
    """Return a request by the reference that somebody typed; None as for `find_request`."""
    found = ctx.tx.one(_BY_REF, ref=read_ref(ref) or "")
    return None if found is None else find_request(ctx, found.id)
