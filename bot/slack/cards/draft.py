"""A draft's card: for the admins who send it, and for its author."""

from __future__ import annotations

from datetime import datetime

from bot.domain.messages import Audience
from bot.domain.requests import DraftState
from bot.services.results import DraftView
from bot.slack.cards import buttons
from bot.slack.cards.items import Showing, item_passages
from bot.slack.kit import Line, Message, Passage, Quote, card, line, short
from bot.slack.text import en as texts

_NAME = 60


def draft_card(view: DraftView, *, audience: Audience, now: datetime) -> Message:
    """Return a draft's card, for the admins who send it or for its author."""
    waits = view.state is DraftState.WAITING
    controls = [buttons.draft_row(view)] if waits and audience is Audience.SUBMITTERS else []
    return card(
        texts.cards.DRAFT_TITLE.format(ref=view.ref),
        lambda room: _draft_passages(view, audience=audience, room=room, now=now),
        controls,
        rest=texts.cards.THE_REST,
    )


def _draft_passages(view: DraftView, *, audience: Audience, room: int, now: datetime) -> list[Passage]:
    words = texts.kinds.WORDS[view.request.kind]
    names = {
        "requesting": short(view.requesting.name, _NAME),
        "deciding": short(view.deciding.name, _NAME),
        "assets": texts.basics.counted(len(view.items), "asset"),
    }
    own = audience is Audience.AUTHOR
    first = (
        line(words.you_drafted, **names)
        if own
        else line(words.draft, author=short(view.author, _NAME), **names)
    )
    business = line(
        "{name}: {business}.", name=names["deciding"], business=texts.basics.id_and_status(view.deciding)
    )
    showing = Showing(audience=audience, kind=view.request.kind, deciding=view.deciding, state=None, now=now)
    facts = [line(texts.cards.HOW_LONG, term=texts.basics.term(view.request.term))]
    if view.people:
        facts.insert(
            0, line(texts.cards.FOR_WHOM, people=texts.basics.names_of(view.people, whole=showing.whole))
        )
    return [
        (first, _draft_state(view), business),
        *item_passages(view.items, showing=showing, room=room),
        (line(texts.cards.WHY), Quote(view.request.reason or texts.basics.NO_REASON)),
        tuple(facts),
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
                texts.cards.DRAFT_WAITS, requesting=short(view.requesting.name, _NAME), at=view.expires_at
            )
