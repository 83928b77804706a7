"""A draft's card: for the admins who send it, and for its author."""

from __future__ import annotations

from datetime import datetime

from bot.domain.messages import Audience
from bot.domain.requests import DraftState
from bot.services.views.requests import DraftView
from bot.slack.cards import buttons
from bot.slack.cards.headline import deciders, drafted_by, headline, reason_given
from bot.slack.cards.items import Showing, item_list
from bot.slack.kit import Message, card
from bot.slack.lines import Line, Passage, Small, line, short
from bot.slack.text import en as texts

_NAME = 60
_MOST_NAMES = 3


def draft_card(view: DraftView, *, audience: Audience, now: datetime) -> Message:
    """Return a draft's card, for the admins who send it or for its author."""
    waits = view.state is DraftState.WAITING
    controls = [buttons.draft_row(view)] if waits and audience is Audience.SUBMITTERS else []
    return card(
        lambda room: _draft_passages(view, audience=audience, room=room, now=now),
        controls,
        rest=texts.cards.THE_REST,
    )


def _to(view: DraftView) -> Line:
    """Return to whom it goes: a business, or the admins of the asset that it claims."""
    deciding = deciders(view)
    if view.request.deciding_id is None:
        return line(texts.cards.FACT_TO, deciding=deciding)
    business = texts.basics.id_and_status(view.deciding)
    return line(texts.cards.FACT_TO_BUSINESS, deciding=deciding, business=business)


def _draft_passages(view: DraftView, *, audience: Audience, room: int, now: datetime) -> list[Passage]:
    template = texts.cards.YOUR_DRAFT if audience is Audience.AUTHOR else texts.cards.DRAFT_OF
    first = line(template, author=drafted_by(view), headline=headline(view))
    ref = line("{ref}", ref=view.ref)
    if view.state is not DraftState.WAITING:
        return [(first, _draft_state(view)), (Small((ref,)),)]
    showing = Showing(audience=audience, kind=view.request.kind, deciding=view.deciding, state=None, now=now)
    people = texts.basics.listed((short(name, _NAME) for name in view.people), most=_MOST_NAMES)
    facts = [
        ref,
        _to(view),
        line(texts.cards.FACT_PEOPLE, people=people) if people else (),
        _approvals(view),
    ]
    return [
        (first, _draft_state(view), *_not_before(view)),
        (reason_given(view.request.reason),),
        *item_list(view.items, showing=showing, room=room),
        (Small(tuple(filter(None, facts))),),
    ]


def _draft_state(view: DraftView) -> Line:
    name = short(view.over_by or texts.basics.SOMEBODY, _NAME)
    at = view.over_at or view.expires_at
    match view.state:
        case DraftState.SENT:
            return line(texts.cards.DRAFT_SENT, name=name, at=at, ref=view.ref)
        case DraftState.DROPPED:
            return line(texts.cards.DRAFT_DROPPED, name=name, at=at)
        case DraftState.EXPIRED:
            return line(texts.cards.DRAFT_EXPIRED, at=at)
        case _:
            return line(
                texts.cards.DRAFT_WAITS if view.required_approvals == 1 else texts.cards.DRAFT_NEEDS,
                requesting=short(view.requesting.name, _NAME),
                required_approvals=texts.basics.counted(view.required_approvals, "admin"),
                at=view.expires_at,
            )


def _not_before(view: DraftView) -> list[Line]:
    """Return from when on it can be sent, while the admins who would send it count as too few."""
    if view.enough_from is None:
        return []
    requesting = short(view.requesting.name, _NAME)
    return [line(texts.cards.DRAFT_NOT_BEFORE, at=view.enough_from, requesting=requesting)]


def _approvals(view: DraftView) -> Line:
    """Return how many admins have approved that it is sent, where that takes several."""
    if view.required_approvals == 1:
        return ()
    return line(
        texts.cards.FACT_APPROVALS_FROM if view.approved_by else texts.cards.FACT_APPROVALS,
        approvals=view.approvals,
        required_approvals=texts.basics.counted(view.required_approvals, "approval"),
        approved_by=texts.basics.listed((short(one, _NAME) for one in view.approved_by), most=_MOST_NAMES),
    )
